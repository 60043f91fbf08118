/*
 * journal.c - the table of the journal, on LMDB.
 *
 * Commits are synchronous: two writes to the disk each, in order.  The file
 * is written with pwrite(2) and never through the map, so a full disk is an
 * error and not a signal.
 */
#include "journal_table.h"

#include <errno.h>
#include <fcntl.h>
#include <lmdb.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "journal_lock.h"

#define FREE_PAGES 0 /* LMDB's own table, of pages that nobody needs */
#define FIRST_MAP  ((size_t)16 << 20)
#define STEP	   ((size_t)8 << 20) /* by which the file grows ahead */

static enum qf_status
fail(const struct qf_journal *journal, int error, const char *what,
     struct qf_error *err)
{
	const char *path = journal->path;

	if (error == EIO)
		return qf_fail(err, QF_SYSTEM,
			       "%s: cannot %s: the disk is full or broken",
			       path, what);
	if (error > 0) {
		errno = error;
		return qf_system(err, "%s: cannot %s", path, what);
	}
	switch (error) {
	case MDB_MAP_FULL:
	case MDB_TXN_FULL:
	case MDB_READERS_FULL:
	case MDB_MAP_RESIZED:
	case MDB_PANIC:
	case MDB_BAD_TXN:
	case MDB_BAD_VALSIZE:
		return qf_fail(err, QF_SYSTEM, "%s: cannot %s: %s", path, what,
			       mdb_strerror(error));
	default:
		return qf_corrupt(err, -1, "%s: it is damaged: %s", path,
				  mdb_strerror(error));
	}
}

enum qf_status
qf_journal_table_open(struct qf_journal *journal, bool fresh,
		      struct qf_error *err)
{
	unsigned flags = MDB_NOTLS | (journal->read_only ? MDB_RDONLY : 0);
	int dead;
	int error;

	error = mdb_env_create(&journal->env);
	if (error == 0 && fresh)
		error = mdb_env_set_mapsize(journal->env, FIRST_MAP);
	if (error == 0)
		error = mdb_env_open(journal->env, journal->path, flags, 0600);
	if (error == 0)
		error = mdb_reader_check(journal->env, &dead);
	if (error == 0)
		return QF_OK;
	mdb_env_close(journal->env);
	journal->env = NULL;
	return fail(journal, error, "open the journal", err);
}

void
qf_journal_table_close(struct qf_journal *journal)
{
	struct stat st;
	bool stamp;
	int fd;

	if (journal->env == NULL)
		return;
	stamp = !journal->read_only && !journal->damaged &&
		mdb_env_get_fd(journal->env, &fd) == 0 && fstat(fd, &st) == 0;
	mdb_env_close(journal->env);
	journal->env = NULL;
	if (stamp)
		qf_journal_stamp(&journal->place, &st);
}

/* A table that could not be written to the end wants to be opened anew. */
static enum qf_status
open_again(struct qf_journal *journal, struct qf_error *err)
{
	mdb_env_close(journal->env);
	journal->env = NULL;
	return qf_journal_table_open(journal, false, err);
}

static enum qf_status
begin(struct qf_journal *journal, bool read_only, struct qf_journal_txn *txn,
      struct qf_error *err)
{
	enum qf_status status = QF_OK;
	int error = 0;

	*txn = (struct qf_journal_txn){ .journal = journal };
	for (int i = 0; i < 3 && status == QF_OK; i++) {
		int dead;

		if (journal->env == NULL)
			status = qf_journal_table_open(journal, false, err);
		if (status != QF_OK)
			return status;
		error = mdb_txn_begin(journal->env, NULL,
				      read_only ? MDB_RDONLY : 0, &txn->mdb);
		if (error == MDB_MAP_RESIZED)
			error = mdb_env_set_mapsize(journal->env, 0);
		else if (error == MDB_READERS_FULL)
			error = mdb_reader_check(journal->env, &dead);
		else if (error == MDB_PANIC)
			status = open_again(journal, err);
		else
			break;
	}
	if (status != QF_OK)
		return status;
	if (error == 0 && txn->mdb == NULL)
		error = MDB_READERS_FULL;
	if (error == 0)
		error = mdb_dbi_open(txn->mdb, NULL, 0, &txn->table);
	if (error == 0)
		return QF_OK;
	mdb_txn_abort(txn->mdb);
	return fail(journal, error, "begin a step", err);
}

static enum qf_status
usable(const struct qf_journal *journal, bool to_write, struct qf_error *err)
{
	if (journal->pid != getpid())
		return qf_fail(err, QF_INVALID,
			       "%s: the parent process has opened it, not this "
			       "one",
			       journal->path);
	if (to_write && journal->read_only)
		return qf_fail(err, QF_INVALID, "%s: opened for reading only",
			       journal->path);
	return QF_OK;
}

enum qf_status
qf_journal_view(struct qf_journal *journal,
		enum qf_status (*look)(struct qf_journal_txn *txn,
				       void *context, struct qf_error *err),
		void *context, struct qf_error *err)
{
	struct qf_journal_txn txn;
	enum qf_status status;

	status = usable(journal, false, err);
	if (status == QF_OK)
		status = begin(journal, true, &txn, err);
	if (status != QF_OK)
		return status;
	status = look(&txn, context, err);
	mdb_txn_abort(txn.mdb);
	journal->damaged = journal->damaged || status == QF_CORRUPT;
	return status;
}

/* What is used, in bytes, and the size of a page. */
static size_t
used(const struct qf_journal *journal, size_t *page)
{
	MDB_envinfo info;
	MDB_stat stat;

	mdb_env_info(journal->env, &info);
	mdb_env_stat(journal->env, &stat);
	*page = stat.ms_psize;
	return (info.me_last_pgno + 1) * stat.ms_psize;
}

static enum qf_status
grow_map(struct qf_journal *journal, size_t wanted, struct qf_error *err)
{
	MDB_envinfo info;
	size_t size;
	int error;

	mdb_env_info(journal->env, &info);
	size = info.me_mapsize;
	while (size < wanted)
		size *= 2;
	if (size == info.me_mapsize)
		return QF_OK;
	error = mdb_env_set_mapsize(journal->env, size);
	return error == 0 ? QF_OK
			  : fail(journal, error, "grow the journal", err);
}

static enum qf_status
step(struct qf_journal *journal,
     enum qf_status (*change)(struct qf_journal_txn *txn, void *context,
			      struct qf_error *err),
     void *context, bool *too_small, struct qf_error *err)
{
	struct qf_journal_txn txn;
	enum qf_status status;
	int error;

	status = begin(journal, false, &txn, err);
	if (status != QF_OK)
		return status;
	status = change(&txn, context, err);
	*too_small = txn.failed == MDB_MAP_FULL;
	if (status != QF_OK) {
		mdb_txn_abort(txn.mdb);
		return status;
	}
	error = mdb_txn_commit(txn.mdb);
	*too_small = error == MDB_MAP_FULL;
	return error == 0 ? QF_OK
			  : fail(journal, error, "write the journal", err);
}

enum qf_status
qf_journal_update(struct qf_journal *journal,
		  enum qf_status (*change)(struct qf_journal_txn *txn,
					   void *context, struct qf_error *err),
		  void *context, struct qf_error *err)
{
	enum qf_status status;
	bool too_small = true;

	status = usable(journal, true, err);
	if (status == QF_OK)
		status = qf_lock_wait(journal->place.writer, journal->patience,
				      err);
	if (status != QF_OK)
		return status;
	while (too_small) {
		MDB_envinfo info;

		too_small = false;
		status = step(journal, change, context, &too_small, err);
		if (!too_small)
			break;
		mdb_env_info(journal->env, &info);
		status = grow_map(journal, info.me_mapsize + 1, err);
		too_small = status == QF_OK;
	}
	qf_lock_release(journal->place.writer);
	journal->damaged = journal->damaged || status == QF_CORRUPT;
	return status;
}

/*
 * fallocate(2) and not posix_fallocate(3), which writes zeros where the file
 * system has no such function: into pages of another writer.
 */
static enum qf_status
allocate(const struct qf_journal *journal, int fd, size_t wanted,
	 struct qf_error *err)
{
	struct statvfs fs;
	size_t ahead = 0;

	/* The last of a disk is not for us. */
	if (fstatvfs(fd, &fs) == 0 &&
	    fs.f_bavail > (wanted + 4 * STEP) / fs.f_frsize)
		ahead = STEP;
	while (fallocate(fd, 0, 0, (off_t)(wanted + ahead)) != 0) {
		if (errno == EOPNOTSUPP || errno == ENOSYS)
			return QF_OK;
		if (errno != EINTR)
			return qf_system(err, "%s: cannot reserve space",
					 journal->path);
	}
	return QF_OK;
}

/*
 * A step copies the pages that it changes.  For each item these are, at most,
 * one for each of its two index entries, and its own, which many share; twice
 * over, for the two steps of its life, and what leads to them.  A name's entry
 * is moved by the second step, but only among those of the same name.
 */
enum qf_status
qf_journal_reserve(struct qf_journal *journal, size_t items,
		   struct qf_error *err)
{
	enum qf_status status = usable(journal, true, err);
	struct stat st;
	size_t wanted;
	size_t page;
	int fd;

	if (status == QF_OK && journal->env == NULL)
		status = qf_journal_table_open(journal, false, err);
	if (status != QF_OK)
		return status;
	wanted = used(journal, &page);
	wanted += (4 * items + 128) * page;
	status = grow_map(journal, wanted, err);
	if (status != QF_OK)
		return status;
	if (mdb_env_get_fd(journal->env, &fd) != 0 || fstat(fd, &st) != 0)
		return qf_system(err, "%s: cannot look at it", journal->path);
	if ((size_t)st.st_size >= wanted)
		return QF_OK;
	return allocate(journal, fd, wanted, err);
}

static MDB_val
key_of(const struct qf_journal_key *key)
{
	/* LMDB does not write to it, but has no const either. */
	const union {
		const void *ours;
		void *theirs;
	} bytes = { .ours = key->bytes };

	return (MDB_val){ .mv_size = key->len, .mv_data = bytes.theirs };
}

static struct qf_bytes
bytes_of(MDB_val value)
{
	return (struct qf_bytes){ value.mv_data, value.mv_size };
}

static enum qf_status
failed(struct qf_journal_txn *txn, int error, struct qf_error *err)
{
	txn->failed = error;
	return fail(txn->journal, error, "use the journal", err);
}

enum qf_status
qf_journal_get(struct qf_journal_txn *txn, const struct qf_journal_key *key,
	       struct qf_bytes *value, struct qf_error *err)
{
	MDB_val name = key_of(key);
	MDB_val found;
	int error = mdb_get(txn->mdb, txn->table, &name, &found);

	if (error == MDB_NOTFOUND)
		return QF_GONE;
	if (error != 0)
		return failed(txn, error, err);
	*value = bytes_of(found);
	return QF_OK;
}

enum qf_status
qf_journal_put(struct qf_journal_txn *txn, const struct qf_journal_key *key,
	       const struct qf_buffer *value, struct qf_error *err)
{
	MDB_val name = key_of(key);
	MDB_val data = { 0 };
	int error;

	if (value != NULL)
		data = (MDB_val){ value->len, value->data };
	error = mdb_put(txn->mdb, txn->table, &name, &data, 0);
	return error == 0 ? QF_OK : failed(txn, error, err);
}

enum qf_status
qf_journal_delete(struct qf_journal_txn *txn, const struct qf_journal_key *key,
		  struct qf_error *err)
{
	MDB_val name = key_of(key);
	int error = mdb_del(txn->mdb, txn->table, &name, NULL);

	return error == 0 || error == MDB_NOTFOUND ? QF_OK
						   : failed(txn, error, err);
}

/* The first one; MDB_NOTFOUND when there is none. */
static int
seek(MDB_cursor *cursor, const struct qf_journal_walk *walk, MDB_val *key,
     MDB_val *value)
{
	int error;

	*key = key_of(&walk->from);
	error = mdb_cursor_get(cursor, key, value, MDB_SET_RANGE);
	if (!walk->down || (error != 0 && error != MDB_NOTFOUND))
		return error;
	return mdb_cursor_get(cursor, key, value,
			      error == MDB_NOTFOUND ? MDB_LAST : MDB_PREV);
}

enum qf_status
qf_journal_walk(struct qf_journal_txn *txn, const struct qf_journal_walk *walk,
		struct qf_error *err)
{
	enum qf_status status = QF_OK;
	MDB_cursor *cursor;
	MDB_val value;
	MDB_val key;
	int error;

	error = mdb_cursor_open(txn->mdb, txn->table, &cursor);
	if (error != 0)
		return failed(txn, error, err);
	error = seek(cursor, walk, &key, &value);
	while (error == 0 && key.mv_size >= walk->prefix &&
	       memcmp(key.mv_data, walk->from.bytes, walk->prefix) == 0) {
		status = walk->take(walk->context, bytes_of(key),
				    bytes_of(value), err);
		if (status != QF_OK)
			break;
		error = mdb_cursor_get(cursor, &key, &value,
				       walk->down ? MDB_PREV : MDB_NEXT);
	}
	mdb_cursor_close(cursor);
	if (error != 0 && error != MDB_NOTFOUND)
		return failed(txn, error, err);
	return status;
}

/* One entry of LMDB's list: how many pages, and their numbers. */
static bool
add_free(MDB_val value, size_t last_page, size_t *pages)
{
	const size_t *list = value.mv_data;
	size_t count;

	if (value.mv_size < sizeof(*list))
		return false;
	count = list[0];
	if (count != value.mv_size / sizeof(*list) - 1)
		return false;
	for (size_t i = 1; i <= count; i++) {
		if (list[i] < 2 || list[i] > last_page)
			return false;
	}
	*pages += count;
	return true;
}

static int
count_free(struct qf_journal_txn *txn, size_t last_page, size_t *pages)
{
	MDB_cursor *cursor;
	MDB_val value;
	MDB_val key;
	int error = mdb_cursor_open(txn->mdb, FREE_PAGES, &cursor);

	if (error != 0)
		return error;
	while ((error = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)) == 0) {
		if (add_free(value, last_page, pages))
			continue;
		error = MDB_CORRUPTED;
		break;
	}
	mdb_cursor_close(cursor);
	return error == MDB_NOTFOUND ? 0 : error;
}

static size_t
pages_of(const MDB_stat *stat)
{
	return stat->ms_branch_pages + stat->ms_leaf_pages +
	       stat->ms_overflow_pages;
}

enum qf_status
qf_journal_add_up(struct qf_journal_txn *txn, size_t *entries,
		  struct qf_error *err)
{
	MDB_env *env = txn->journal->env;
	MDB_envinfo info;
	MDB_stat table;
	MDB_stat list;
	struct stat st;
	size_t pages = 2;
	int error;
	int fd;

	mdb_env_info(env, &info);
	error = mdb_stat(txn->mdb, txn->table, &table);
	if (error == 0)
		error = mdb_stat(txn->mdb, FREE_PAGES, &list);
	if (error == 0)
		error = mdb_env_get_fd(env, &fd);
	if (error == 0 && fstat(fd, &st) != 0)
		error = errno;
	/* It is the end of the file that is missing after a bad copy. */
	if (error == 0 &&
	    (size_t)st.st_size / table.ms_psize <= info.me_last_pgno)
		error = MDB_CORRUPTED;
	if (error == 0)
		error = count_free(txn, info.me_last_pgno, &pages);
	if (error != 0)
		return failed(txn, error, err);
	pages += pages_of(&table) + pages_of(&list);
	*entries = table.ms_entries;
	/* A writer may have added pages since the step began. */
	if (pages > info.me_last_pgno + 1)
		return failed(txn, MDB_CORRUPTED, err);
	return QF_OK;
}
