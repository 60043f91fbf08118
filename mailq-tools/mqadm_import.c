/*
 * mqadm_import.c - messages that another host has exported.
 */
#include "mqadm.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "mailq-tools/parcel.h"
#include "queue-format/plan/stage.h"

#define PIECE 65536

/* Where what comes through a pipe is kept while it is looked at. */
#define TEMPORARY "/var/tmp"

/* A message by who it is. */
struct known {
	const char *key;
	const char *id;
};

struct import {
	struct mqadm *m;
	struct parcel parcel;
	struct known *known; /* by key */
	size_t count;
	struct qf_stage *stage;
	struct qf_journal *journal;
	struct chosen_list *list;
	size_t staged;
	bool is_clear; /* what was left there is gone */
};

void
mqadm_open_import(struct mqadm *m)
{
	if (strcmp(m->archive, "-") == 0) {
		m->archive = "standard input";
		m->archive_fd = STDIN_FILENO;
		m->ids_on_stdin = true;
		return;
	}
	m->archive_fd = open(m->archive, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (m->archive_fd < 0)
		tool_die(&m->tool,
			 errno == ENOENT   ? TOOL_NOT_FOUND
			 : errno == EACCES ? TOOL_DENIED
					   : TOOL_IO,
			 "%s: %s", m->archive, strerror(errno));
}

static _Noreturn void
die(const struct import *in, const struct qf_error *err)
{
	bool is_bad = err->status == QF_CORRUPT || err->status == QF_UNSAFE;

	tool_die(&in->m->tool, is_bad ? TOOL_BAD_DATA : TOOL_IO,
		 "%s: %s; nothing was imported", in->m->archive, err->text);
}

/* It is read twice: first all of it, before anything is changed. */
static void
make_seekable(struct import *in)
{
	struct mqadm *m = in->m;
	char data[PIECE];
	ssize_t got;
	int fd;

	if (lseek(m->archive_fd, 0, SEEK_SET) == 0)
		return;
	fd = open(TEMPORARY, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (fd < 0)
		tool_die(&m->tool, TOOL_IO, "%s: %s", TEMPORARY,
			 strerror(errno));
	while ((got = read(m->archive_fd, data, sizeof(data))) != 0) {
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0 || write(fd, data, (size_t)got) != got)
			tool_die(&m->tool, TOOL_IO, "%s: %s", m->archive,
				 strerror(errno));
	}
	m->archive_fd = fd;
	if (lseek(fd, 0, SEEK_SET) != 0)
		tool_die(&m->tool, TOOL_IO, "%s: %s", TEMPORARY,
			 strerror(errno));
}

static void
rewind_archive(const struct import *in)
{
	if (lseek(in->m->archive_fd, 0, SEEK_SET) != 0)
		tool_die(&in->m->tool, TOOL_IO, "%s: %s", in->m->archive,
			 strerror(errno));
}

static int64_t
free_disk(const struct import *in)
{
	const char *path = in->m->access.configs[0].queue_directory;
	struct statvfs fs;
	int64_t bytes;

	if (statvfs(path, &fs) < 0)
		tool_die(&in->m->tool, TOOL_IO, "%s: %s", path,
			 strerror(errno));
	if (__builtin_mul_overflow((int64_t)fs.f_bavail, (int64_t)fs.f_frsize,
				   &bytes))
		bytes = INT64_MAX;
	return bytes;
}

static int
compare(const void *a, const void *b)
{
	const struct known *left = a, *right = b;

	return strcmp(left->key, right->key);
}

static const char *
id_of(const struct mqadm *m, const char *name)
{
	const struct import *in = m->staging.context;
	struct known wanted = { .key = name };
	const struct known *found =
		in->count == 0 ? NULL
			       : bsearch(&wanted, in->known, in->count,
					 sizeof(*in->known), compare);

	return found == NULL ? name : found->id;
}

/* Those that can be taken; the others are complained about. */
static void
collect(struct import *in)
{
	struct mqadm *m = in->m;

	in->known = calloc(in->parcel.count + 1, sizeof(*in->known));
	if (in->known == NULL)
		tool_die(&m->tool, TOOL_IO, "out of memory");
	for (size_t i = 0; i < in->parcel.count; i++) {
		const struct parcel_message *message = &in->parcel.messages[i];

		if (message->fault != NULL)
			tool_complain(&m->tool, TOOL_PARTLY, "%s: %s: left out",
				      message->id, message->fault);
		else
			in->known[in->count++] =
				(struct known){ message->key, message->id };
	}
	qsort(in->known, in->count, sizeof(*in->known), compare);
}

/* The name that it has here by now.  NULL: it has never been here. */
static const char *
imported_as(struct import *in, const char *key, struct qf_arena *arena)
{
	const struct qf_journal_name *names = NULL;
	struct qf_error err;
	enum qf_status status = QF_GONE;

	if (in->journal != NULL)
		status = qf_journal_next_name(in->journal, key, arena, &names,
					      &err);
	if (status == QF_OK)
		return names->name;
	if (status != QF_GONE)
		die(in, &err);
	return NULL;
}

static void
tell(struct import *in, const struct parcel_message *message,
     enum qf_outcome outcome, const char *now, const char *what)
{
	struct qf_buffer text = { 0 };
	struct qf_plan_note note = {
		.outcome = outcome,
		.id = message->id,
		.now = message->id,
	};

	qf_buffer_string(&text, what);
	qf_buffer_string(&text, now);
	note.text = qf_buffer_text(&text);
	result_over(&in->m->result, &note);
	qf_buffer_free(&text);
}

/* A second time, in the same archive. */
static bool
is_staged(const struct import *in, const char *key)
{
	for (size_t i = 0; i < in->staged; i++) {
		if (strcmp(in->list->items[i].id, key) == 0)
			return true;
	}
	return false;
}

static enum qf_status
take_message(void *context, size_t i, struct qf_error *err)
{
	struct import *in = context;
	const struct parcel_message *message = &in->parcel.messages[i];
	struct qf_arena arena = { 0 };
	const char *now;
	enum qf_status status;

	if (message->fault != NULL)
		return QF_END;
	if (atomic_load(&in->m->interrupt.came))
		return qf_fail(err, QF_STOPPED, "interrupted");
	now = imported_as(in, message->key, &arena);
	if (now != NULL)
		tell(in, message, QF_OUTCOME_ALREADY, now,
		     "already imported as ");
	qf_arena_free(&arena);
	if (now != NULL)
		return QF_END;
	status = qf_stage_begin(in->stage, message->key, err);
	if (status == QF_EXISTS && is_staged(in, message->key)) {
		tell(in, message, QF_OUTCOME_ALREADY, "",
		     "there twice in the archive");
		return QF_END;
	}
	return status;
}

static enum qf_status
take_log(void *context, const char *name, struct qf_error *err)
{
	struct import *in = context;

	return qf_stage_log(in->stage, name, err);
}

static enum qf_status
take_bytes(void *context, const void *data, size_t len, struct qf_error *err)
{
	struct import *in = context;

	return qf_stage_write(in->stage, data, len, err);
}

static enum qf_status
end_message(void *context, size_t i, bool good, struct qf_error *err)
{
	struct import *in = context;
	const struct parcel_message *message = &in->parcel.messages[i];
	struct qf_chosen *chosen = &in->list->items[in->staged];
	enum qf_status status;

	if (!good) {
		qf_stage_drop(in->stage);
		return qf_fail(err, QF_CORRUPT,
			       "the archive was changed while it was read");
	}
	*chosen = (struct qf_chosen){ .id = message->key,
				      .queue = QF_QUEUE_HOLD };
	status = qf_stage_end(in->stage, message->expire, chosen, err);
	if (status == QF_OK)
		in->staged++;
	return status;
}

static enum qf_status
stage_all(struct import *in, const struct workplace *place,
	  const struct qf_job_id *job, struct qf_error *err)
{
	const struct parcel_taker taker = {
		.begin = take_message,
		.log = take_log,
		.bytes = take_bytes,
		.end = end_message,
		.context = in,
	};
	enum qf_status status = qf_stage_claim(place->journal, job, err);

	if (status != QF_OK)
		return status;
	in->stage = qf_stage_new(place->spool);
	if (in->stage == NULL)
		return qf_fail(err, QF_SYSTEM, "out of memory");
	status = qf_stage_clear(in->stage, err);
	if (status == QF_OK) {
		rewind_archive(in);
		status = parcel_unpack(&in->parcel, in->m->archive_fd, &taker,
				       err);
	}
	if (status == QF_OK)
		status = qf_stage_sync(in->stage, err);
	return status;
}

/* All of them are on the disk before the first one is moved; or none is. */
static void
before(struct mqadm *m, const struct workplace *place,
       const struct qf_job_id *job, struct chosen_list *list)
{
	struct import *in = m->staging.context;
	struct qf_error err;
	enum qf_status status;

	in->journal = place->journal;
	in->list = list;
	status = stage_all(in, place, job, &err);
	if (status != QF_OK) {
		result_pause(&m->result);
		tool_complain(
			&m->tool,
			status == QF_CORRUPT ? TOOL_BAD_DATA : TOOL_PARTLY,
			"%s: %s; nothing was imported", m->archive, err.text);
		in->staged = 0;
	}
	list->count = in->staged;
}

/* What could not be moved is in the archive. */
static void
after(struct mqadm *m)
{
	struct import *in = m->staging.context;
	struct qf_error err;

	if (in->stage == NULL)
		return;
	qf_stage_drop(in->stage);
	if (qf_stage_clear(in->stage, &err) != QF_OK)
		tool_note(&m->tool, "%s", err.text);
}

static void
print_dry_run(struct import *in)
{
	struct mqadm *m = in->m;
	struct qf_arena arena = { 0 };
	size_t known = 0;

	if (access_journal(&m->access, 0, &in->journal, NULL) != QF_OK)
		in->journal = NULL;
	for (size_t i = 0; i < in->count; i++) {
		known += imported_as(in, in->known[i].key, &arena) != NULL;
		qf_arena_empty(&arena, PIECE);
	}
	qf_arena_free(&arena);
	tool_note(&m->tool,
		  "from %s: %zu would be imported, %zu already are, %zu "
		  "cannot be",
		  in->parcel.host[0] == '\0' ? "an unknown host"
					     : in->parcel.host,
		  in->count - known, known, in->parcel.count - in->count);
}

static void
carry_out(struct import *in)
{
	struct mqadm *m = in->m;
	struct qf_buffer question = { 0 };

	m->choose = (struct choose){ .tool = &m->tool, .access = &m->access };
	for (size_t i = 0; i < in->count; i++)
		choose_add(&m->choose, 0,
			   &(struct qf_chosen){ .id = in->known[i].key,
						.queue = QF_QUEUE_HOLD });
	m->staging = (struct mqadm_staging){ before, after, id_of, in };
	qf_buffer_string(&m->selection, "an export of ");
	qf_buffer_string(&m->selection, in->parcel.host);
	qf_buffer_string(&question, "mqadm: import ");
	qf_buffer_number(&question, (long long)in->count);
	qf_buffer_string(&question, " messages? [y/N] ");
	mqadm_change(m, in->count > 1 ? qf_buffer_text(&question) : NULL);
	qf_buffer_free(&question);
	choose_free(&m->choose);
}

void
mqadm_run_import(struct mqadm *m)
{
	struct import in = { .m = m };
	struct qf_error err;

	if (m->access.store_count != 1)
		tool_misuse(&m->tool, "there are several instances: say which "
				      "one with --instance");
	if (!m->dry_run)
		mqadm_recover(m);
	make_seekable(&in);
	if (parcel_read(&in.parcel, m->archive_fd, free_disk(&in), &err) !=
	    QF_OK)
		die(&in, &err);
	collect(&in);
	if (m->dry_run)
		print_dry_run(&in);
	else
		carry_out(&in);
	qf_stage_free(in.stage);
	free(in.known);
	parcel_free(&in.parcel);
}
