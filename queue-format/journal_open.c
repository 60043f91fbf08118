/*
 * journal_open.c - open and close the journal, and what it knows of itself.
 */
#include "journal_table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PATIENCE 30000 /* ms */

enum qf_status
qf_journal_get_head(struct qf_journal_txn *txn, struct qf_journal_head *head,
		    struct qf_error *err)
{
	struct qf_journal_key key;
	enum qf_status status;
	struct qf_bytes value;

	*head = (struct qf_journal_head){ 0 };
	qf_journal_key_head(&key);
	status = qf_journal_get(txn, &key, &value, err);
	if (status == QF_GONE)
		return QF_OK;
	if (status != QF_OK)
		return status;
	return qf_journal_unpack_head((struct qf_bytes){ key.bytes, key.len },
				      value, head, err);
}

enum qf_status
qf_journal_put_head(struct qf_journal_txn *txn,
		    const struct qf_journal_head *head, struct qf_error *err)
{
	struct qf_buffer *value = &txn->journal->value;
	struct qf_journal_key key;
	enum qf_status status;

	qf_journal_key_head(&key);
	status = qf_journal_pack_head(&key, head, value, err);
	if (status == QF_OK)
		status = qf_journal_put(txn, &key, value, err);
	return status;
}

static enum qf_status
look_at_format(struct qf_journal_txn *txn, void *context, struct qf_error *err)
{
	return qf_journal_get_head(txn, context, err);
}

/* Bring the table from its format to ours; a new one has format 0. */
static enum qf_status
migrate(struct qf_journal_txn *txn, void *context, struct qf_error *err)
{
	struct qf_journal_head head;
	enum qf_status status = qf_journal_get_head(txn, &head, err);

	(void)context;
	if (status != QF_OK)
		return status;
	switch (head.format) {
	case 0:
		head.format = QF_JOURNAL_FORMAT;
		return qf_journal_put_head(txn, &head, err);
	/* Steps from older formats come here, each falling into the next. */
	default: /* another process was faster */
		return QF_OK;
	}
}

static enum qf_status
check_format(struct qf_journal *journal, struct qf_error *err)
{
	struct qf_journal_head head;
	enum qf_status status;

	status = qf_journal_view(journal, look_at_format, &head, err);
	if (status != QF_OK)
		return status;
	if (head.format > QF_JOURNAL_FORMAT)
		return qf_fail(err, QF_INVALID,
			       "%s: a newer version has written it (format "
			       "%llu, known is %d): use that version, or move "
			       "the directory away",
			       journal->path, (unsigned long long)head.format,
			       QF_JOURNAL_FORMAT);
	if (head.format < QF_JOURNAL_FORMAT && !journal->read_only)
		status = qf_journal_update(journal, migrate, NULL, err);
	return status;
}

/* What can be known before LMDB sees the file. */
static enum qf_status
check_file(struct qf_journal *journal, bool *fresh, struct qf_error *err)
{
	enum qf_status status;
	struct stat st;

	status = qf_journal_place_file(&journal->place, "data.mdb", &st, err);
	*fresh = status == QF_GONE || (status == QF_OK && st.st_size == 0);
	if (*fresh && journal->read_only)
		return qf_fail(err, QF_ABSENT, "%s: there is no journal",
			       journal->path);
	if (*fresh || status != QF_OK)
		return *fresh ? QF_OK : status;
	if (qf_journal_place_is_open(&st))
		return qf_fail(err, QF_INVALID,
			       "%s: this process has it open already",
			       journal->path);
	if (qf_journal_stamp_fits(&journal->place, &st))
		return QF_OK;
	return qf_journal_check(journal->path, err);
}

static enum qf_status
open_journal(struct qf_journal *journal, struct qf_error *err)
{
	enum qf_status status;
	bool fresh = false;

	status = qf_journal_place_open(journal->path, journal->read_only,
				       &journal->place, err);
	if (status != QF_OK) {
		qf_error_prefix(err, journal->path);
		return status;
	}
	status = check_file(journal, &fresh, err);
	if (status == QF_OK)
		status = qf_journal_table_open(journal, fresh, err);
	if (status == QF_OK)
		status = check_format(journal, err);
	return status;
}

/* It lies there until somebody does something. */
static void
advise(struct qf_error *err)
{
	size_t len = err == NULL ? 0 : strlen(err->text);

	if (err != NULL)
		snprintf(err->text + len, sizeof(err->text) - len,
			 "; move the directory away: no message is in it");
}

enum qf_status
qf_journal_open(const char *directory, bool read_only,
		struct qf_journal **journal, struct qf_error *err)
{
	const struct qf_journal_place nowhere = QF_JOURNAL_NOWHERE;
	struct qf_journal *fresh = calloc(1, sizeof(*fresh));
	enum qf_status status;

	*journal = NULL;
	if (fresh == NULL)
		return qf_fail(err, QF_SYSTEM, "out of memory");
	fresh->place = nowhere;
	fresh->read_only = read_only;
	fresh->pid = getpid();
	fresh->patience = PATIENCE;
	fresh->path = strdup(directory);
	if (fresh->path == NULL)
		status = qf_fail(err, QF_SYSTEM, "out of memory");
	else
		status = open_journal(fresh, err);
	if (status == QF_CORRUPT)
		advise(err);
	if (status == QF_OK)
		*journal = fresh;
	else
		qf_journal_close(fresh);
	return status;
}

/*
 * In a child of the process that opened it, LMDB must not be called; what is
 * its own goes away with the child.
 */
void
qf_journal_close(struct qf_journal *journal)
{
	if (journal == NULL)
		return;
	if (journal->pid == getpid())
		qf_journal_table_close(journal);
	while (journal->own != NULL) {
		struct qf_journal_own *next = journal->own->next;

		close(journal->own->fd);
		free(journal->own);
		journal->own = next;
	}
	qf_journal_place_close(&journal->place);
	qf_buffer_free(&journal->value);
	free(journal->path);
	free(journal);
}
