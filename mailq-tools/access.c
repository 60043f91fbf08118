/*
 * access.c - which queues the caller means, and the right to read or change
 * them.
 */
#include "access.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mailq-tools/privilege.h"
#include "queue-format/postfix/postfix_store.h"
#include "queue-format/showq/showq_store.h"

/* Is there one instance that the caller wants, and no other? */
static bool
wants_one(const struct tool *tool)
{
	return tool->instance != NULL && strcmp(tool->instance, "all") != 0;
}

static _Noreturn void
die_of(struct tool *tool, const struct qf_error *err)
{
	if (err->status == QF_DENIED)
		tool_die(tool, TOOL_DENIED,
			 "%s; run it as root, or as the owner of the queue",
			 err->text);
	if (err->status == QF_ABSENT && tool->spool == NULL)
		tool_die(tool, TOOL_NOT_FOUND,
			 "%s; name a queue directory with --spool DIR",
			 err->text);
	tool_die(tool, tool_exit_of(err->status), "%s", err->text);
}

/* What is wrong with one of our own directories says what is to be done. */
static _Noreturn void
die_of_workplace(struct tool *tool, const struct qf_error *err)
{
	tool_die(tool, tool_exit_of(err->status), "%s", err->text);
}

static enum qf_status
may_change(const struct identity *owner, const char *name, struct qf_error *err)
{
	if (geteuid() == 0 || geteuid() == owner->uid)
		return QF_OK;
	return qf_fail(err, QF_DENIED,
		       "only root and the owner of the queue (%s) may change "
		       "it",
		       name);
}

/*
 * Who owns a spool without Postfix.  A link belongs to who made it, wherever
 * it leads to.
 */
static enum qf_status
spool_owner(const struct tool *tool, struct identity *owner,
	    struct qf_error *err)
{
	char path[PATH_MAX];
	struct stat st;

	snprintf(path, sizeof(path), "%s/deferred", tool->spool);
	if (lstat(path, &st) < 0) {
		enum qf_status status = qf_system(err, "%s", path);

		/* A file is no queue directory, either. */
		return err->errnum == ENOTDIR
			       ? qf_fail(err, QF_GONE, "%s", tool->spool)
			       : status;
	}
	*owner = identity_of_owner(&st);
	return QF_OK;
}

static void
prepare_spool(struct tool *tool, struct access *access,
	      const struct identity *owner)
{
	struct qf_error err;
	char name[40];

	snprintf(name, sizeof(name), "uid %ld", (long)owner->uid);
	if (may_change(owner, name, &err) != QF_OK)
		die_of_workplace(tool, &err);
	if (owner->uid == 0)
		tool_die(tool, TOOL_BAD_DATA,
			 "%s/deferred: belongs to root: give the queue to the "
			 "user whose Postfix it is for",
			 tool->spool);
	if (workplace_prepare(access->settings, &access->configs[0], owner,
			      !access->may_lack_journal, &access->workplaces[0],
			      &err) != QF_OK ||
	    (access->for_import &&
	     workplace_prepare_import(&access->workplaces[0],
				      &access->configs[0], owner,
				      &err) != QF_OK))
		die_of_workplace(tool, &err);
}

/* What only the owner may see is looked at by nobody else. */
static void
look_at_spool(struct tool *tool, struct access *access,
	      const struct identity *owner)
{
	struct qf_error err;
	char name[40];
	enum qf_status status;

	snprintf(name, sizeof(name), "uid %ld", (long)owner->uid);
	status = may_change(owner, name, &err);
	if (status == QF_OK)
		status = workplace_look(access->settings, &access->configs[0],
					&access->workplaces[0], &err);
	if (status != QF_OK)
		die_of(tool, &err);
}

/* It is read as who owns it; that may be root. */
static void
become_spool_owner(struct tool *tool, struct access *access)
{
	struct identity owner;
	struct qf_error err;
	enum qf_status status = spool_owner(tool, &owner, &err);

	/* What is missing is told by whoever opens it. */
	if (status == QF_GONE)
		return;
	if (status != QF_OK)
		die_of(tool, &err);
	if (access->for_change)
		prepare_spool(tool, access, &owner);
	else if (access->for_look)
		look_at_spool(tool, access, &owner);
	if (geteuid() == 0 && owner.uid != 0 &&
	    identity_become(&owner, &err) != QF_OK)
		die_of(tool, &err);
}

static void
open_spool(struct tool *tool, struct access *access)
{
	bool was_root = geteuid() == 0;
	struct qf_error err;

	if (wants_one(tool))
		tool_misuse(tool, "--instance: a queue directory named with "
				  "--spool has no instances");
	if (qf_config_default(tool->spool, &access->configs[0], &err) != QF_OK)
		die_of(tool, &err);
	access->count = 1;
	become_spool_owner(tool, access);
	if (qf_postfix_store_open(&access->configs[0], NULL, &access->stores[0],
				  &err) == QF_OK) {
		access->store_count = 1;
		return;
	}
	if (was_root && err.status == QF_DENIED)
		tool_die(tool, TOOL_DENIED,
			 "%s; root reads it as its owner (uid %ld), whom the "
			 "folders above it must let pass",
			 err.text, (long)geteuid());
	die_of(tool, &err);
}

/* What people call an instance: its own name, or that of its folder. */
static char *
name_of(const struct qf_config *config)
{
	const char *slash = strrchr(config->directory, '/');

	if (config->instance[0] != '\0')
		return strdup(config->instance);
	if (slash != NULL && slash[1] != '\0')
		return strdup(slash + 1);
	return strdup("postfix");
}

static enum qf_status
add_instance(struct tool *tool, struct access *access, const char *directory,
	     struct qf_error *err)
{
	struct qf_config *config = &access->configs[access->count];
	enum qf_status status;

	if (access->count == ACCESS_MAX)
		tool_die(tool, TOOL_BAD_DATA, "more than %d instances",
			 ACCESS_MAX);
	status = qf_config_read(directory, config, err);
	if (status != QF_OK)
		return status;
	access->names[access->count] = name_of(config);
	if (access->names[access->count] == NULL)
		tool_die(tool, TOOL_IO, "%s", strerror(ENOMEM));
	access->count++;
	return QF_OK;
}

/* One of several cannot be had; that is no matter to who wants another. */
static void
leave_out(struct tool *tool, const char *name, const struct qf_error *err)
{
	if (wants_one(tool))
		tool_note(tool, "%s: %s", name, err->text);
	else
		tool_complain(tool, TOOL_PARTLY, "%s: %s", name, err->text);
}

/* The list is in the configuration of the default instance only. */
static void
add_other_instances(struct tool *tool, struct access *access)
{
	const char *rest = access->configs[0].instances;

	for (;;) {
		char directory[PATH_MAX];
		struct qf_error err;
		size_t len;

		rest += strspn(rest, ", \t\r\n");
		len = strcspn(rest, ", \t\r\n");
		if (len == 0)
			return;
		/* What is too long for a path is none that exists. */
		snprintf(directory, sizeof(directory), "%.*s", (int)len, rest);
		if (add_instance(tool, access, directory, &err) != QF_OK)
			leave_out(tool, directory, &err);
		rest += len;
	}
}

static void
forget(struct access *access, size_t i)
{
	qf_config_free(&access->configs[i]);
	free(access->names[i]);
	access->names[i] = NULL;
}

/* --instance: keep the one, and give no names then. */
static void
choose_instance(struct tool *tool, struct access *access)
{
	size_t kept = 0;
	bool one = wants_one(tool);

	for (size_t i = 0; i < access->count; i++) {
		if (one && strcmp(access->names[i], tool->instance) != 0) {
			forget(access, i);
			continue;
		}
		if (kept != i) {
			access->configs[kept] = access->configs[i];
			access->names[kept] = access->names[i];
			access->configs[i] = (struct qf_config){ 0 };
			access->names[i] = NULL;
		}
		kept++;
	}
	access->count = kept;
	if (kept == 0)
		tool_die(tool, TOOL_NOT_FOUND, "no instance \"%s\"",
			 tool->instance);
	if (kept == 1) {
		access->sole = access->names[0];
		access->names[0] = NULL;
	}
}

static struct identity
owner_of(struct tool *tool, const struct qf_config *config)
{
	struct identity owner;
	struct qf_error err;

	if (identity_of_user(config->mail_owner, &owner, &err) != QF_OK)
		die_of(tool, &err);
	return owner;
}

/*
 * One process can become one user.  The list of another mail_owner needs a
 * run of its own.
 */
static struct identity
common_owner(struct tool *tool, const struct access *access)
{
	struct identity owner = owner_of(tool, &access->configs[0]);

	for (size_t i = 1; i < access->count; i++) {
		if (owner_of(tool, &access->configs[i]).uid != owner.uid)
			tool_die(tool, TOOL_DENIED,
				 "instance \"%s\" has another mail_owner than "
				 "\"%s\": choose one with --instance",
				 access->names[i], access->names[0]);
	}
	return owner;
}

/* May this process read the spool itself? */
static bool
is_owner(const struct qf_config *config)
{
	struct identity owner;

	return identity_of_user(config->mail_owner, &owner, NULL) == QF_OK &&
	       geteuid() == owner.uid;
}

static enum qf_status
open_store(struct access *access, size_t i, struct qf_error *err)
{
	const struct qf_config *config = &access->configs[i];
	struct qf_store **store = &access->stores[access->store_count];
	char *postqueue = access->programs[i];
	size_t room = sizeof(access->programs[i]);

	if (is_owner(config))
		return qf_postfix_store_open(config, access->names[i], store,
					     err);
	if ((size_t)snprintf(postqueue, room, "%s/postqueue",
			     config->command_directory) >= room)
		return qf_fail(err, QF_INVALID, "command_directory: too long");
	return qf_showq_store_open(postqueue, config->directory,
				   access->names[i], store, err);
}

static enum qf_status
prepare_instance(struct access *access, size_t i, const struct identity *owner,
		 struct qf_error *err)
{
	const struct qf_config *config = &access->configs[i];
	struct workplace *place = &access->workplaces[i];

	if (access->for_look)
		return workplace_look(access->settings, config, place, err);
	return workplace_prepare(access->settings, config, owner,
				 !access->may_lack_journal, place, err);
}

/* Ours, for those instances that the caller may change. */
static void
prepare_instances(struct tool *tool, struct access *access)
{
	struct qf_error err = { .status = QF_OK };
	size_t prepared = 0;

	for (size_t i = 0; i < access->count; i++) {
		const struct qf_config *config = &access->configs[i];
		struct identity owner = owner_of(tool, config);
		enum qf_status status;

		status = may_change(&owner, config->mail_owner, &err);
		if (status == QF_OK)
			status = prepare_instance(access, i, &owner, &err);
		if (status == QF_OK && access->for_import)
			status = workplace_prepare_import(
				&access->workplaces[i], config, &owner, &err);
		if (status == QF_OK)
			prepared++;
		else if (access->count == 1)
			die_of_workplace(tool, &err);
		else
			leave_out(tool, access->names[i], &err);
	}
	if (prepared == 0)
		tool_die(tool, tool_exit_of(err.status), "no queue can be %s",
			 access->for_look ? "looked at" : "changed");
}

static void
open_instances(struct tool *tool, struct access *access)
{
	struct qf_error err = { .status = QF_OK };

	for (size_t i = 0; i < access->count; i++) {
		if (access->for_change && access->workplaces[i].spool == NULL)
			continue;
		if (open_store(access, i, &err) == QF_OK)
			access->store_count++;
		else if (access->count == 1)
			die_of(tool, &err);
		else
			leave_out(tool, access->names[i], &err);
	}
	if (access->store_count > 0)
		return;
	if (err.status == QF_OK)
		tool_die(tool, TOOL_BAD_DATA, "no queue can be changed");
	die_of(tool, &err);
}

/* Not before the rights are given up: it is read by a library. */
static void
open_journals(struct tool *tool, struct access *access)
{
	for (size_t i = 0; access->for_change && i < access->count; i++) {
		struct workplace *place = &access->workplaces[i];
		struct qf_error err;

		if (place->spool == NULL ||
		    workplace_open(place, false, &err) == QF_OK)
			continue;
		if (access->may_lack_journal && qf_error_is_full(&err)) {
			place->unnoted = true;
			continue;
		}
		if (access->count == 1)
			die_of_workplace(tool, &err);
		leave_out(tool, access->names[i], &err);
		workplace_close(place);
	}
}

void
access_open(struct tool *tool, struct access *access)
{
	bool was_root = geteuid() == 0;
	struct identity owner = { 0 };
	struct qf_error err;

	*access = (struct access){
		.for_change = access->for_change,
		.for_look = access->for_look && !access->for_change,
		.may_lack_journal = access->may_lack_journal,
		.for_import = access->for_import,
		.settings = access->settings,
	};
	if (tool->spool != NULL) {
		open_spool(tool, access);
		open_journals(tool, access);
		return;
	}
	if (add_instance(tool, access, tool->config_directory, &err) != QF_OK)
		die_of(tool, &err);
	if (tool->config_directory == NULL)
		add_other_instances(tool, access);
	choose_instance(tool, access);
	if (was_root)
		owner = common_owner(tool, access);
	if (access->for_change || access->for_look)
		prepare_instances(tool, access);
	if (was_root && identity_become(&owner, &err) != QF_OK)
		die_of(tool, &err);
	open_journals(tool, access);
	open_instances(tool, access);
}

enum qf_status
access_journal(struct access *access, size_t i, struct qf_journal **journal,
	       struct qf_error *err)
{
	struct workplace *place = &access->workplaces[i];
	enum qf_status status = QF_OK;

	if (place->state == NULL)
		status = workplace_find(access->settings, &access->configs[i],
					place, err);
	if (status == QF_OK)
		status = workplace_open(place, true, err);
	if (status == QF_OK)
		*journal = place->journal;
	return status;
}

size_t
access_store(const struct access *access, const char *instance)
{
	size_t i = 0;

	while (i + 1 < access->store_count &&
	       access->stores[i]->instance != instance)
		i++;
	return i;
}

size_t
access_instance(const struct access *access, size_t store)
{
	size_t i = 0;

	while (i + 1 < access->count &&
	       access->names[i] != access->stores[store]->instance)
		i++;
	return i;
}

void
access_close(struct access *access)
{
	for (size_t i = 0; i < access->store_count; i++)
		qf_store_close(access->stores[i]);
	for (size_t i = 0; i < access->count; i++) {
		workplace_close(&access->workplaces[i]);
		forget(access, i);
	}
	free(access->sole);
	access->sole = NULL;
	access->store_count = 0;
	access->count = 0;
}
