/*
 * flush.c - what `postqueue -f', `-i' and `-s' do.
 *
 * There is nothing in them that could be done faster, and much that is not to
 * be had twice: who may flush, tables of domains, lines in the log.  So
 * Postfix's own program does it; only an id may have to be translated first.
 */
#include "flush.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "mailq-tools/drop-in/postfix_own.h"
#include "mailq-tools/privilege.h"
#include "mailq-tools/settings.h"
#include "mailq-tools/workplace.h"
#include "queue-format/postfix/queue_id.h"

/* Messages move between queues while somebody looks. */
#define LOOKS 2

static bool
is_queued(const struct qf_spool *spool, const char *id)
{
	static const enum qf_queue queues[] = {
		QF_QUEUE_DEFERRED, QF_QUEUE_INCOMING, QF_QUEUE_ACTIVE,
		QF_QUEUE_HOLD,	   QF_QUEUE_MAILDROP,
	};
	size_t count = sizeof(queues) / sizeof(queues[0]);

	for (size_t i = 0; i < LOOKS * count; i++) {
		char path[QF_SPOOL_PATH_MAX];
		struct stat st;

		qf_spool_path(spool, qf_spool_queue(queues[i % count]), id,
			      path);
		if (qf_spool_stat(spool, path, &st, NULL) == QF_OK)
			return true;
	}
	return false;
}

/* One of the names that the journal has for it; "": none is in the queue. */
static const char *
name_now(const struct qf_spool *spool, struct qf_journal *journal,
	 const char *id, struct qf_arena *arena)
{
	const struct qf_journal_name *names = NULL;

	while (qf_journal_next_name(journal, id, arena, &names, NULL) ==
	       QF_OK) {
		if (is_queued(spool, names->name))
			return names->name;
	}
	return "";
}

/*
 * In a process of its own, which ends with it: what cannot be known leaves
 * the id as it is, and nobody is told.
 */
static _Noreturn void
look_up(const struct qf_config *config, const struct identity *owner,
	const char *id, int to)
{
	struct tool tool = { .name = POSTQUEUE };
	struct settings settings = { .path = NULL };
	struct workplace place = { .spool = NULL };
	struct qf_arena arena = { 0 };
	struct qf_spool *spool = NULL;
	const char *now = "";

	settings_open(&tool, &settings);
	if (geteuid() == 0 && identity_become(owner, NULL) != QF_OK)
		_exit(1);
	settings_parse(&tool, &settings);
	if (qf_spool_open(config, &spool, NULL) == QF_OK &&
	    !is_queued(spool, id) &&
	    workplace_find(&settings, config, &place, NULL) == QF_OK &&
	    workplace_open(&place, true, NULL) == QF_OK)
		now = name_now(spool, place.journal, id, &arena);
	_exit(write(to, now, strlen(now)) < 0);
}

static void
start_looking(const struct qf_config *config, const struct identity *owner,
	      const char *id, const int ends[2])
{
	int nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);

	close(ends[0]);
	if (nowhere < 0 || dup2(nowhere, STDERR_FILENO) < 0)
		_exit(1);
	look_up(config, owner, id, ends[1]);
}

/* All that comes, up to the end; false: no id. */
static bool
read_answer(int from, char answer[QF_QUEUE_ID_MAX + 1])
{
	size_t len = 0;
	ssize_t got;

	while (len < QF_QUEUE_ID_MAX &&
	       (got = read(from, answer + len, QF_QUEUE_ID_MAX - len)) > 0)
		len += (size_t)got;
	answer[len] = '\0';
	return qf_queue_id_ok(answer);
}

/* `now' is the id to ask for; who may not read the journal asks as he did. */
static void
translate(const struct qf_config *config, const char *id,
	  char now[QF_QUEUE_ID_MAX + 1])
{
	struct identity owner;
	int ends[2];
	pid_t child;

	snprintf(now, QF_QUEUE_ID_MAX + 1, "%s", id);
	if (identity_of_user(config->mail_owner, &owner, NULL) != QF_OK ||
	    (geteuid() != 0 && geteuid() != owner.uid) ||
	    pipe2(ends, O_CLOEXEC) < 0)
		return;
	child = fork();
	if (child == 0)
		start_looking(config, &owner, id, ends);
	close(ends[1]);
	if (child > 0 && !read_answer(ends[0], now))
		snprintf(now, QF_QUEUE_ID_MAX + 1, "%s", id);
	close(ends[0]);
	if (child > 0)
		(void)waitpid(child, NULL, 0);
}

void
drop_in_flush(const char *directory, const struct drop_in_flush *flush)
{
	static const struct drop_in caller = { POSTQUEUE, POSTQUEUE_FAILED };
	const char option[] = { '-', flush->option, '\0' };
	const char *arguments[5] = { NULL };
	char now[QF_QUEUE_ID_MAX + 1];
	struct qf_config config;
	size_t n = 0;

	drop_in_read_config(&caller, directory, &config);
	if (flush->verbose)
		arguments[n++] = "-v";
	arguments[n++] = option;
	arguments[n] = flush->argument;
	if (flush->option == 'i' && qf_queue_id_ok(flush->argument)) {
		translate(&config, flush->argument, now);
		arguments[n] = now;
	}
	drop_in_become_postqueue(&config, directory, arguments);
}
