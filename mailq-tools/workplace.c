/*
 * workplace.c - what a program that changes a queue has open for each
 * instance.
 */
#include "workplace.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "queue-format/plan/plan.h"
#include "queue-format/plan/stage.h"

#define OPEN_FLAGS   (O_RDONLY | O_DIRECTORY | O_CLOEXEC)
#define INSTANCE_MAX 100 /* of an instance; a longer one gets a hash */

/* Below which each instance has its directory. */
static const char *
state_base(const struct settings *settings)
{
	const char *base = getenv(WORKPLACE_ENVIRONMENT);

	if ((base == NULL || *base == '\0') && settings != NULL)
		base = settings_get(settings, "", WORKPLACE_SETTING,
				    strlen(WORKPLACE_SETTING));
	return base == NULL || *base == '\0' ? WORKPLACE_STATE : base;
}

/* A name that means the same in a path, in a shell and on a terminal. */
static bool
is_plain_name(const char *name)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "abcdefghijklmnopqrstuvwxyz"
				    "0123456789._-";
	size_t len = strlen(name);

	return len > 0 && len <= INSTANCE_MAX && name[0] != '.' &&
	       name[0] != '-' && strspn(name, plain) == len;
}

/* FNV-1a: only to tell the few queue directories of one machine apart. */
static uint64_t
hash_of(const char *text)
{
	uint64_t hash = 0xcbf29ce484222325;

	for (; *text != '\0'; text++)
		hash = (hash ^ (unsigned char)*text) * 0x100000001b3;
	return hash;
}

/* What the directory of an instance is called. */
static enum qf_status
instance_name(const struct qf_config *config, char name[INSTANCE_MAX + 1],
	      struct qf_error *err)
{
	char *path;

	if (config->instance != NULL && is_plain_name(config->instance)) {
		memcpy(name, config->instance, strlen(config->instance) + 1);
		return QF_OK;
	}
	path = realpath(config->queue_directory, NULL);
	if (path == NULL)
		return qf_system(err, "%s", config->queue_directory);
	snprintf(name, INSTANCE_MAX + 1, "%016" PRIx64, hash_of(path));
	free(path);
	return QF_OK;
}

enum qf_status
workplace_find(const struct settings *settings, const struct qf_config *config,
	       struct workplace *place, struct qf_error *err)
{
	const char *base = state_base(settings);
	char name[INSTANCE_MAX + 1];
	enum qf_status status;

	if (base[0] != '/')
		return qf_fail(err, QF_INVALID,
			       "%s: not an absolute path: \"%s\"",
			       WORKPLACE_SETTING, base);
	status = instance_name(config, name, err);
	if (status != QF_OK)
		return status;
	free(place->state);
	if (asprintf(&place->state, "%s/%s", base, name) < 0) {
		place->state = NULL;
		return qf_fail(err, QF_SYSTEM, "out of memory");
	}
	return QF_OK;
}

/* A directory that is to be ours, named as people know it. */
struct wanted {
	int parent;
	const char *name;
	const char *path;
	const struct identity *owner;
};

static enum qf_status
cannot_make(const char *path, struct qf_error *err)
{
	if (errno == EACCES || errno == EPERM)
		return qf_fail(err, QF_DENIED,
			       "%s: there is no such directory; mqadm makes "
			       "it when it is run as root once",
			       path);
	if (errno == ENOENT)
		return qf_fail(err, QF_INVALID,
			       "%s: cannot make it: there is no directory "
			       "for it",
			       path);
	return qf_system(err, "cannot make %s", path);
}

/* A new name is there after a power cut when its directory was written. */
static enum qf_status
make(const struct wanted *wanted, mode_t mode, struct qf_error *err)
{
	if (mkdirat(wanted->parent, wanted->name, mode) < 0 && errno != EEXIST)
		return cannot_make(wanted->path, err);
	if (fsync(wanted->parent) < 0 && errno != EINVAL)
		return qf_system(err, "%s", wanted->path);
	return QF_OK;
}

static bool
is_empty(int fd)
{
	int copy = openat(fd, ".", OPEN_FLAGS);
	DIR *dir = copy < 0 ? NULL : fdopendir(copy);
	const struct dirent *entry;
	bool empty = dir != NULL;

	if (dir == NULL && copy >= 0)
		close(copy);
	while (empty && (entry = readdir(dir)) != NULL)
		empty = strcmp(entry->d_name, ".") == 0 ||
			strcmp(entry->d_name, "..") == 0;
	if (dir != NULL)
		closedir(dir);
	return empty;
}

/*
 * What root has made and not given away yet: by this program, by another one
 * a moment ago, or by one that died between the two steps.
 */
static bool
is_fresh(int fd, const struct stat *st)
{
	return geteuid() == 0 && st->st_uid == 0 &&
	       (st->st_mode & 0777) == 0700 && is_empty(fd);
}

static enum qf_status
check_ours(const struct wanted *wanted, const struct stat *st,
	   struct qf_error *err)
{
	if (st->st_uid != wanted->owner->uid)
		return qf_fail(err, QF_UNSAFE,
			       "%s: belongs to user %ld, not to the owner of "
			       "the queue (%ld): move it away",
			       wanted->path, (long)st->st_uid,
			       (long)wanted->owner->uid);
	if ((st->st_mode & 0777) != 0700)
		return qf_fail(err, QF_UNSAFE,
			       "%s: its mode is %04o and not 0700: see who "
			       "has changed it and what is in it, then move "
			       "it away, or set the mode",
			       wanted->path, (unsigned)st->st_mode & 07777);
	return QF_OK;
}

static enum qf_status
take(const struct wanted *wanted, int fd, struct qf_error *err)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return qf_system(err, "%s", wanted->path);
	if (is_fresh(fd, &st) && wanted->owner->uid != 0) {
		if (fchown(fd, wanted->owner->uid, wanted->owner->gid) < 0 ||
		    fstat(fd, &st) < 0)
			return qf_system(err, "%s: cannot give it to user %ld",
					 wanted->path,
					 (long)wanted->owner->uid);
	}
	return check_ours(wanted, &st, err);
}

/* Make it where there is none, and see that it is the owner's alone. */
static enum qf_status
make_ours(const struct wanted *wanted, struct qf_error *err)
{
	const int flags = OPEN_FLAGS | O_NOFOLLOW;
	int fd = openat(wanted->parent, wanted->name, flags);
	enum qf_status status = QF_OK;

	if (fd < 0 && errno == ENOENT) {
		status = make(wanted, 0700, err);
		if (status != QF_OK)
			return status;
		fd = openat(wanted->parent, wanted->name, flags);
	}
	if (fd < 0 && (errno == ELOOP || errno == ENOTDIR))
		return qf_fail(err, QF_UNSAFE,
			       "%s: not a directory, where one of the suite's "
			       "own has to be: move it away",
			       wanted->path);
	if (fd < 0)
		return qf_system(err, "%s", wanted->path);
	status = take(wanted, fd, err);
	close(fd);
	return status;
}

/*
 * The base itself is the administrator's word, links on the way to it
 * included.  But who may rename what is in it could put another journal there.
 */
static enum qf_status
check_base(const char *path, int fd, struct qf_error *err)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return qf_system(err, "%s", path);
	if ((st.st_mode & 022) != 0 && (st.st_mode & S_ISVTX) == 0)
		return qf_fail(err, QF_UNSAFE,
			       "%s: others may write to it (mode %04o): take "
			       "that right away, or choose another %s",
			       path, (unsigned)st.st_mode & 07777,
			       WORKPLACE_SETTING);
	return QF_OK;
}

static enum qf_status
open_base(const char *path, int *fd, struct qf_error *err)
{
	enum qf_status status;

	*fd = open(path, OPEN_FLAGS);
	if (*fd < 0 && errno == ENOENT) {
		if (mkdir(path, 0755) < 0 && errno != EEXIST)
			return cannot_make(path, err);
		*fd = open(path, OPEN_FLAGS);
	}
	if (*fd < 0 && errno == ENOTDIR)
		return qf_fail(err, QF_UNSAFE, "%s: not a directory", path);
	if (*fd < 0)
		return qf_system(err, "%s", path);
	status = check_base(path, *fd, err);
	if (status != QF_OK) {
		close(*fd);
		*fd = -1;
	}
	return status;
}

static enum qf_status
make_state(const struct workplace *place, const struct identity *owner,
	   struct qf_error *err)
{
	const char *slash = strrchr(place->state, '/');
	char *base = strndup(place->state, (size_t)(slash - place->state));
	struct wanted wanted = {
		.name = slash + 1,
		.path = place->state,
		.owner = owner,
	};
	enum qf_status status;

	if (base == NULL)
		return qf_fail(err, QF_SYSTEM, "out of memory");
	status = open_base(base[0] == '\0' ? "/" : base, &wanted.parent, err);
	if (status == QF_OK) {
		status = make_ours(&wanted, err);
		close(wanted.parent);
	}
	free(base);
	return status;
}

/* Beside the queues: a message keeps its inode on the way there and back. */
static enum qf_status
make_beside(const struct workplace *place, const char *name,
	    const struct qf_config *config, const struct identity *owner,
	    struct qf_error *err)
{
	struct wanted wanted = {
		.parent = qf_spool_root(place->spool),
		.name = name,
		.owner = owner,
	};
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", config->queue_directory, name);
	wanted.path = path;
	return make_ours(&wanted, err);
}

enum qf_status
workplace_look(const struct settings *settings, const struct qf_config *config,
	       struct workplace *place, struct qf_error *err)
{
	enum qf_status status;

	*place = (struct workplace){ .spool = NULL };
	status = workplace_find(settings, config, place, err);
	if (status == QF_OK)
		status = qf_spool_open(config, &place->spool, err);
	if (status == QF_OK)
		status = qf_daemon_open(place->spool, &place->daemon, err);
	if (status != QF_OK)
		workplace_close(place);
	return status;
}

enum qf_status
workplace_prepare(const struct settings *settings,
		  const struct qf_config *config, const struct identity *owner,
		  bool needs_journal, struct workplace *place,
		  struct qf_error *err)
{
	enum qf_status status;

	/* Also of a queue that was named with --spool: Postfix may run it. */
	status = workplace_look(settings, config, place, err);
	if (status == QF_OK)
		status = make_state(place, owner, err);
	if (status == QF_OK)
		status = make_beside(place, QF_TRASH, config, owner, err);
	if (status != QF_OK && !needs_journal && place->daemon != NULL &&
	    qf_error_is_full(err)) {
		place->unnoted = true;
		status = QF_OK;
	}
	if (status != QF_OK)
		workplace_close(place);
	return status;
}

/*
 * Whoever made it for us has not given it away yet, or died before that: its
 * time is still that of its birth, as nothing was ever put into it.
 */
static bool
is_not_given(const char *path)
{
	struct statx st;

	return geteuid() != 0 &&
	       statx(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW,
		     STATX_BASIC_STATS | STATX_BTIME, &st) == 0 &&
	       (st.stx_mask & STATX_BTIME) != 0 && S_ISDIR(st.stx_mode) &&
	       (st.stx_mode & 0777) == 0700 && st.stx_uid == 0 &&
	       st.stx_mtime.tv_sec == st.stx_btime.tv_sec &&
	       st.stx_mtime.tv_nsec == st.stx_btime.tv_nsec;
}

enum qf_status
workplace_prepare_import(struct workplace *place,
			 const struct qf_config *config,
			 const struct identity *owner, struct qf_error *err)
{
	enum qf_status status =
		make_beside(place, QF_STAGE, config, owner, err);

	if (status != QF_OK)
		workplace_close(place);
	return status;
}

enum qf_status
workplace_open(struct workplace *place, bool read_only, struct qf_error *err)
{
	enum qf_status status;

	if (place->journal != NULL || place->unnoted)
		return QF_OK;
	status = qf_journal_open(place->state, read_only, &place->journal, err);
	/* The next change goes on with it; there is nothing to read yet. */
	if (read_only && status == QF_DENIED && is_not_given(place->state))
		return qf_fail(err, QF_ABSENT, "%s: there is no journal",
			       place->state);
	return status;
}

void
workplace_close(struct workplace *place)
{
	qf_journal_close(place->journal);
	qf_daemon_close(place->daemon);
	qf_spool_close(place->spool);
	free(place->state);
	*place = (struct workplace){ .spool = NULL };
}
