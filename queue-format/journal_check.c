/*
 * journal_check.c - look at a journal that may be damaged.
 *
 * LMDB follows what is in its file wherever it leads, so a child process goes
 * first: it reads every entry, and what it says, or that it says nothing any
 * more, decides.
 */
#include "journal_table.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define CPU_SECONDS 120 /* of a child that goes in circles */

struct looking {
	struct qf_journal_txn *txn;
	struct qf_arena arena;
	struct qf_journal_key last;
	size_t entries;
	uint64_t items;
};

static enum qf_status
damaged(struct qf_bytes key, const char *why, struct qf_error *err)
{
	char text[QF_JOURNAL_KEY_TEXT];

	qf_journal_key_text(key, text);
	return qf_corrupt(err, -1, "journal: %s is damaged: %s", text, why);
}

/* Two ways through a table that lead to the same place are a circle. */
static bool
is_above(const struct looking *looking, struct qf_bytes key)
{
	const struct qf_journal_key *last = &looking->last;
	size_t common = key.len < last->len ? key.len : last->len;
	int order = memcmp(key.data, last->bytes, common);

	return order > 0 || (order == 0 && key.len > last->len);
}

/* An entry of an index: the item is there. */
static enum qf_status
look_at_index(struct looking *looking, struct qf_bytes key,
	      struct qf_bytes value, struct qf_error *err)
{
	struct qf_journal_key item;
	struct qf_bytes found;
	enum qf_status status;
	struct qf_job_id id;
	uint32_t number;

	if (!qf_journal_key_read(key, &id, &number) || value.len != 0)
		return damaged(key, "it is no entry of an index", err);
	qf_journal_key_item(&item, &id, number);
	status = qf_journal_get(looking->txn, &item, &found, err);
	return status == QF_GONE ? damaged(key, "it is missing", err) : status;
}

static enum qf_status
look_at_value(struct looking *looking, struct qf_bytes key,
	      struct qf_bytes value, struct qf_error *err)
{
	const unsigned char *bytes = key.data;
	struct qf_journal_head head;
	struct qf_journal_entry entry;
	struct qf_job job;

	switch (bytes[0]) {
	case QF_JOURNAL_HEAD:
		return qf_journal_unpack_head(key, value, &head, err);
	case QF_JOURNAL_JOB:
		return qf_journal_unpack_job(key, value, &looking->arena, &job,
					     err);
	case QF_JOURNAL_ITEM:
		looking->items++;
		return qf_journal_unpack_item(key, value, &looking->arena,
					      &entry, err);
	default:
		return look_at_index(looking, key, value, err);
	}
}

static enum qf_status
look_at(void *context, struct qf_bytes key, struct qf_bytes value,
	struct qf_error *err)
{
	struct looking *looking = context;

	if (key.len == 0 || key.len > sizeof(looking->last.bytes) ||
	    !is_above(looking, key))
		return damaged(key, "it is out of order", err);
	memcpy(looking->last.bytes, key.data, key.len);
	looking->last.len = key.len;
	looking->entries++;
	qf_arena_empty(&looking->arena, 65536);
	return look_at_value(looking, key, value, err);
}

static enum qf_status
look(struct qf_journal_txn *txn, void *context, struct qf_error *err)
{
	struct looking looking = { .txn = txn };
	const struct qf_journal_walk walk = {
		.from = { { 0 }, 1 },
		.take = look_at,
		.context = &looking,
	};
	struct qf_journal_head head;
	enum qf_status status;
	size_t entries;

	(void)context;
	status = qf_journal_get_head(txn, &head, err);
	/* What a newer version has in it is not for us to judge. */
	if (status != QF_OK || head.format > QF_JOURNAL_FORMAT)
		return status;
	status = qf_journal_add_up(txn, &entries, err);
	if (status == QF_OK)
		status = qf_journal_walk(txn, &walk, err);
	qf_arena_free(&looking.arena);
	if (status == QF_OK &&
	    (looking.entries != entries || looking.items != head.items))
		status = qf_corrupt(err, -1,
				    "journal: it has not as many entries as "
				    "it says");
	return status;
}

/* A crash here is an answer: nobody has to see it. */
static void
be_quiet(void)
{
	static const int signals[] = { SIGSEGV, SIGBUS, SIGABRT,
				       SIGILL,	SIGFPE, SIGXCPU };
	const struct rlimit none = { 0, 0 };
	const struct rlimit time = { CPU_SECONDS, CPU_SECONDS };
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC);

	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		signal(signals[i], SIG_DFL);
	setrlimit(RLIMIT_CORE, &none);
	setrlimit(RLIMIT_CPU, &time);
	if (null >= 0)
		dup2(null, STDERR_FILENO);
}

static _Noreturn void
be_child(const char *path, int out)
{
	const struct qf_journal_place nowhere = QF_JOURNAL_NOWHERE;
	struct qf_journal journal = { .read_only = true, .pid = getpid() };
	struct qf_error err = { 0 };
	ssize_t written;

	be_quiet();
	journal.place = nowhere;
	journal.path = strdup(path);
	if (journal.path == NULL)
		err.status = qf_fail(&err, QF_SYSTEM, "out of memory");
	else
		err.status = qf_journal_table_open(&journal, false, &err);
	if (err.status == QF_OK)
		err.status = qf_journal_view(&journal, look, NULL, &err);
	qf_journal_table_close(&journal);
	written = write(out, &err, sizeof(err));
	_exit(written == sizeof(err) ? 0 : 1);
}

/* The child's last words; a pipe takes them as a whole. */
static enum qf_status
listen(const char *path, int in, struct qf_error *err)
{
	struct qf_error said;
	ssize_t len;

	do
		len = read(in, &said, sizeof(said));
	while (len < 0 && errno == EINTR);
	if (len != (ssize_t)sizeof(said))
		return qf_corrupt(
			err, -1, "%s: it is damaged: reading it crashes", path);
	if (said.status != QF_OK && err != NULL)
		*err = said;
	return said.status;
}

enum qf_status
qf_journal_check(const char *path, struct qf_error *err)
{
	enum qf_status status;
	int ends[2];
	pid_t child;

	if (pipe2(ends, O_CLOEXEC) != 0)
		return qf_system(err, "cannot make a pipe");
	child = fork();
	if (child == 0)
		be_child(path, ends[1]);
	close(ends[1]);
	if (child < 0)
		status = qf_system(err, "cannot start a process");
	else
		status = listen(path, ends[0], err);
	close(ends[0]);
	/* It may be that the caller has no interest in children. */
	while (child > 0 && waitpid(child, NULL, 0) < 0 && errno == EINTR)
		continue;
	return status;
}
