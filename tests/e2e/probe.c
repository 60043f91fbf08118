/*
 * probe.c - single steps of the library, for tests against a real Postfix.
 *
 * usage: probe [-u] CONFIG-DIRECTORY COMMAND...
 *
 *	qmgr				which queue manager runs, at once and
 *					for each line of standard input
 *	wake SERVICE BYTES
 *	move FOLDER ID FOLDER ID
 *	quiet FOLDER ID [MILLISECONDS]	look once, or wait
 *
 * -u: become mail_owner, after what needs root was opened.  Prints "ok", or
 * the name of the status and why.
 */
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "queue-format/postfix/action.h"
#include "queue-format/postfix/daemon.h"
#include "queue-format/postfix/quiet.h"
#include "queue-format/postfix/wake.h"

struct probe {
	struct qf_config config;
	struct qf_spool *spool;
	struct qf_daemon *daemon;
	struct qf_action *action;
};

static const char *
name_of(enum qf_status status)
{
	switch (status) {
	case QF_GONE:
		return "gone";
	case QF_CHANGED:
		return "changed";
	case QF_EXISTS:
		return "exists";
	case QF_BUSY:
		return "busy";
	case QF_DENIED:
		return "denied";
	case QF_DOWN:
		return "down";
	case QF_UNSAFE:
		return "unsafe";
	case QF_ABSENT:
		return "absent";
	default:
		return "failed";
	}
}

static void
tell(enum qf_status status, const struct qf_error *err)
{
	if (status == QF_OK)
		printf("ok\n");
	else
		printf("%s: %s\n", name_of(status), err->text);
}

static enum qf_status
ask_qmgr(struct probe *probe, struct qf_error *err)
{
	char line[10];
	enum qf_status status;

	do {
		struct qf_process qmgr;

		status = qf_daemon_qmgr(probe->daemon, &qmgr, err);
		if (status != QF_OK)
			tell(status, err);
		else if (qmgr.pid == 0)
			printf("none\n");
		else
			printf("%ld %llu\n", (long)qmgr.pid,
			       (unsigned long long)qmgr.start);
		fflush(stdout);
	} while (fgets(line, sizeof(line), stdin) != NULL);
	return status;
}

static enum qf_status
move(struct probe *probe, char **words, struct qf_error *err)
{
	const struct qf_place from = { words[0], words[1] };
	const struct qf_place to = { words[2], words[3] };
	struct qf_pin pin = { .fd = -1 };
	enum qf_status status = qf_action_pin(probe->action, from.folder,
					      from.id, NULL, &pin, err);

	if (status == QF_OK)
		status = qf_action_move(probe->action, &pin, &from, &to, err);
	if (status == QF_OK)
		status = qf_action_sync(probe->action, err);
	qf_action_unpin(&pin);
	tell(status, err);
	return status;
}

static enum qf_status
quiet(struct probe *probe, char **words, struct qf_error *err)
{
	struct qf_pin pin = { .fd = -1 };
	enum qf_status status = qf_action_pin(probe->action, words[0], words[1],
					      NULL, &pin, err);

	if (status == QF_OK && words[2] == NULL)
		status = qf_quiet_look(pin.fd, err);
	else if (status == QF_OK)
		status = qf_quiet_wait(pin.fd, strtol(words[2], NULL, 10), NULL,
				       err);
	qf_action_unpin(&pin);
	tell(status, err);
	return status;
}

static enum qf_status
wake(struct probe *probe, char **words, struct qf_error *err)
{
	enum qf_status status = qf_wake(probe->spool, words[0], words[1], err);

	tell(status, err);
	return status;
}

static enum qf_status
run(struct probe *probe, int count, char **words, struct qf_error *err)
{
	if (strcmp(words[0], "qmgr") == 0)
		return ask_qmgr(probe, err);
	if (strcmp(words[0], "wake") == 0 && count == 3)
		return wake(probe, words + 1, err);
	if (strcmp(words[0], "move") == 0 && count == 5)
		return move(probe, words + 1, err);
	if (strcmp(words[0], "quiet") == 0 && count >= 3)
		return quiet(probe, words + 1, err);
	return qf_fail(err, QF_INVALID, "no such command");
}

static enum qf_status
start(struct probe *probe, const char *directory, struct qf_error *err)
{
	enum qf_status status = qf_config_read(directory, &probe->config, err);

	if (status == QF_OK)
		status = qf_spool_open(&probe->config, &probe->spool, err);
	if (status == QF_OK)
		status = qf_daemon_open(probe->spool, &probe->daemon, err);
	if (status == QF_OK)
		probe->action = qf_action_new(probe->spool);
	return status;
}

static bool
drop(const char *user)
{
	const struct passwd *entry = getpwnam(user);

	return entry != NULL && setgroups(1, &entry->pw_gid) == 0 &&
	       setgid(entry->pw_gid) == 0 && setuid(entry->pw_uid) == 0;
}

int
main(int argc, char **argv)
{
	struct probe probe = { .spool = NULL };
	struct qf_error err = { .text = "" };
	enum qf_status status;
	bool become = argc > 1 && strcmp(argv[1], "-u") == 0;
	char **words = argv + 1 + become;

	if (argc - become < 3)
		return 64;
	status = start(&probe, words[0], &err);
	if (status != QF_OK)
		tell(status, &err);
	else if (become && !drop(probe.config.mail_owner))
		return 71;
	else
		status = run(&probe, argc - become - 2, words + 1, &err);
	qf_action_free(probe.action);
	qf_daemon_close(probe.daemon);
	qf_spool_close(probe.spool);
	qf_config_free(&probe.config);
	return status == QF_OK ? 0 : 1;
}
