/*
 * mqadm_export.c - copies of messages, with their logs, for another host.
 */
#include "mqadm.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "mailq-tools/parcel.h"

#define PARTS (QF_PART_NAME | QF_PART_INODE | QF_PART_BIRTH | QF_PART_ENVELOPE)
#define PIECE 65536

struct export
{
	struct mqadm *m;
	struct qf_archive_writer *writer;
	struct qf_buffer manifest;
	struct qf_checksum *sum;
	struct qf_reader *reader;
	int memory[QF_COPY_FILES]; /* the message at hand, at one moment */
	uint64_t count;
	uint64_t delivered_here; /* not on hold: this host goes on with them */
	uint64_t skipped;
};

static _Noreturn void
die(struct export *x, const struct qf_error *err)
{
	struct mqadm *m = x->m;

	tool_die(&m->tool, TOOL_IO,
		 "%s: %s; what is there of it is not complete: remove it",
		 m->archive, err->text);
}

/* The folder is put on the disk, too: else a power cut could take the name. */
void
mqadm_open_export(struct mqadm *m)
{
	char *copy;

	m->archive_folder = -1;
	if (strcmp(m->archive, "-") == 0) {
		m->archive = "standard output";
		m->archive_fd = STDOUT_FILENO;
		if (isatty(STDOUT_FILENO) == 1)
			tool_misuse(&m->tool, "an archive is not for a "
					      "terminal: --output FILE");
		return;
	}
	m->archive_fd =
		open(m->archive,
		     O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOCTTY, 0600);
	if (m->archive_fd < 0)
		tool_die(&m->tool, errno == EACCES ? TOOL_DENIED : TOOL_IO,
			 "%s: %s", m->archive, strerror(errno));
	copy = strdup(m->archive);
	if (copy != NULL)
		m->archive_folder =
			open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	free(copy);
}

/* All of a file as it is now. */
static enum qf_status
take_file(int from, int to, int64_t size, struct qf_error *err)
{
	char data[PIECE];
	int64_t at = 0;

	if (ftruncate(to, 0) < 0)
		return qf_system(err, "cannot copy a message");
	while (at < size) {
		size_t room = size - at < PIECE ? (size_t)(size - at) : PIECE;
		ssize_t got = pread(from, data, room, (off_t)at);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0 || pwrite(to, data, (size_t)got, (off_t)at) != got)
			return qf_system(err, "cannot copy a message");
		at += got;
	}
	return QF_OK;
}

static enum qf_status
take_files(struct export *x, const struct qf_copy *copy, struct qf_error *err)
{
	enum qf_status status = QF_OK;

	for (size_t i = 0; i < QF_COPY_FILES && status == QF_OK; i++) {
		if (copy->files[i].fd >= 0)
			status = take_file(copy->files[i].fd, x->memory[i],
					   copy->files[i].size, err);
	}
	return status;
}

static void
put_file(struct export *x, const struct qf_copy *copy, size_t i,
	 struct parcel_message *message)
{
	int64_t size = copy->files[i].size;
	char name[PARCEL_NAME_MAX];
	char data[PIECE];
	struct qf_error err;
	ssize_t got = 1;

	message->parts[i].there = true;
	message->parts[i].size = size;
	parcel_name(x->count, copy->id, i, name);
	if (qf_archive_add(x->writer, name, size, x->m->tool.now, &err) !=
	    QF_OK)
		die(x, &err);
	qf_checksum_reset(x->sum);
	for (int64_t at = 0; at < size && got > 0; at += got) {
		got = pread(x->memory[i], data, sizeof(data), (off_t)at);
		if (got <= 0)
			break;
		qf_checksum_add(x->sum, data, (size_t)got);
		if (qf_archive_write(x->writer, data, (size_t)got, &err) !=
		    QF_OK)
			die(x, &err);
	}
	qf_checksum_text(x->sum, message->parts[i].sum);
}

static void
put_message(struct export *x, const struct qf_chosen *chosen,
	    const char *instance, const struct qf_copy *copy, const char *key)
{
	struct parcel_message message = { .id = copy->id,
					  .expire = copy->expire };
	struct parcel_facts facts = {
		.number = ++x->count,
		.instance = instance,
		.queue = copy->folder,
		.inode = copy->inode,
		.arrival = chosen->arrival,
		.sender = chosen->sender,
	};

	memcpy(message.key, key, sizeof(message.key));
	for (size_t i = 0; i < QF_COPY_FILES; i++) {
		if (copy->files[i].fd >= 0)
			put_file(x, copy, i, &message);
	}
	parcel_put_message(&x->manifest, &facts, &message);
}

/* Where one of the two goes on with it, the other must not. */
static enum qf_status
may_move(const struct export *x, const struct qf_copy *copy,
	 struct qf_error *err)
{
	if (!x->m->move || strcmp(copy->folder, "hold") == 0)
		return QF_OK;
	return qf_fail(err, QF_BUSY, "not on hold: put it there, to move it");
}

static enum qf_status
copy_one(struct export *x, struct qf_copier *copier,
	 const struct qf_chosen *chosen, const char *instance,
	 struct qf_error *err)
{
	char key[QF_ESSENCE_KEY] = "";
	struct qf_copy copy;
	enum qf_status status = qf_copy_open(copier, chosen, &copy, err);

	if (status != QF_OK)
		return status;
	status = may_move(x, &copy, err);
	if (status == QF_OK)
		status = take_files(x, &copy, err);
	if (status == QF_OK)
		status = qf_essence(x->reader, x->memory[0],
				    (off_t)copy.files[0].size, key, err);
	if (status == QF_OK && !qf_copy_is_same(copier, &copy))
		status = qf_fail(err, QF_BUSY,
				 "delivered, or moved, while it was copied");
	if (status == QF_OK) {
		put_message(x, chosen, instance, &copy, key);
		x->delivered_here += strcmp(copy.folder, "hold") != 0;
	}
	qf_copy_close(&copy);
	return status;
}

/* Those that were not copied go out of the list. */
static void
copy_list(struct export *x, struct qf_copier *copier, const char *instance,
	  struct chosen_list *list)
{
	struct tool *tool = &x->m->tool;
	size_t kept = 0;

	for (size_t i = 0; i < list->count; i++) {
		struct qf_error err;

		if (copy_one(x, copier, &list->items[i], instance, &err) ==
		    QF_OK) {
			list->items[kept++] = list->items[i];
			continue;
		}
		x->skipped++;
		tool_complain(tool, TOOL_PARTLY, "%s%s%s: %s: not exported",
			      instance == NULL ? "" : instance,
			      instance == NULL ? "" : "/", list->items[i].id,
			      err.text);
	}
	list->count = kept;
}

static void
copy_store(struct export *x, size_t store)
{
	struct mqadm *m = x->m;
	size_t i = access_instance(&m->access, store);
	struct qf_spool *spool = m->access.workplaces[i].spool;
	struct qf_spool *own = NULL;
	struct qf_journal *journal = NULL;
	struct qf_copier *copier = NULL;
	const char *instance = m->access.names[i];
	enum qf_status status = QF_OK;
	struct qf_error err;

	if (spool == NULL) {
		status = qf_spool_open(&m->access.configs[i], &own, &err);
		spool = own;
	}
	/* Without a journal, logs are known by the id of now. */
	if (status == QF_OK &&
	    access_journal(&m->access, i, &journal, NULL) != QF_OK)
		journal = NULL;
	if (status == QF_OK) {
		copier = qf_copier_new(spool, journal);
		if (copier == NULL)
			status = qf_fail(&err, QF_SYSTEM, "out of memory");
	}
	if (status == QF_OK)
		copy_list(x, copier,
			  instance != NULL ? instance : m->access.sole,
			  &m->choose.lists[store]);
	else
		die(x, &err);
	qf_copier_free(copier);
	qf_spool_close(own);
}

static void
choose(struct mqadm *m)
{
	m->choose = (struct choose){
		.tool = &m->tool,
		.access = &m->access,
		.where = &m->where,
		.ids = m->by_id ? &m->ids : NULL,
		.queues = mqadm_queues(m),
		.limit = m->limit,
		.parts = PARTS,
	};
	choose_messages(&m->choose);
}

/* What was said to be in it survives a power cut. */
static void
finish(struct export *x)
{
	struct mqadm *m = x->m;
	struct qf_error err;
	enum qf_status status;

	parcel_put_end(&x->manifest);
	status = x->manifest.failed ? qf_fail(&err, QF_SYSTEM, "out of memory")
				    : qf_archive_add(x->writer, PARCEL_MANIFEST,
						     (int64_t)x->manifest.len,
						     m->tool.now, &err);
	if (status == QF_OK)
		status = qf_archive_write(x->writer, x->manifest.data,
					  x->manifest.len, &err);
	if (status == QF_OK)
		status = qf_archive_finish(x->writer, &err);
	if (status == QF_OK && m->archive_folder >= 0 &&
	    (fsync(m->archive_fd) < 0 ||
	     (fsync(m->archive_folder) < 0 && errno != EINVAL)))
		status = qf_system(&err, "cannot put it on the disk");
	if (status != QF_OK)
		die(x, &err);
}

static void
start(struct export *x)
{
	struct mqadm *m = x->m;
	struct qf_job job = { .host = "" };
	struct qf_error err;

	for (size_t i = 0; i < QF_COPY_FILES; i++) {
		x->memory[i] = memfd_create("copy", MFD_CLOEXEC);
		if (x->memory[i] < 0)
			tool_die(&m->tool, TOOL_IO, "cannot copy messages: %s",
				 strerror(errno));
	}
	x->sum = qf_checksum_new();
	x->reader = qf_reader_new();
	if (x->sum == NULL || x->reader == NULL)
		tool_die(&m->tool, TOOL_IO, "out of memory");
	caller_sign(&m->caller, &job);
	parcel_put_head(&x->manifest, job.host, m->tool.now);
	if (qf_archive_create(m->archive_fd, m->compress, &x->writer, &err) !=
	    QF_OK)
		die(x, &err);
}

static void
end(struct export *x)
{
	for (size_t i = 0; i < QF_COPY_FILES; i++)
		close(x->memory[i]);
	qf_archive_writer_free(x->writer);
	qf_reader_free(x->reader);
	qf_checksum_free(x->sum);
	qf_buffer_free(&x->manifest);
}

static void
report(const struct export *x)
{
	struct mqadm *m = x->m;

	tool_note(&m->tool, "exported to %s: %llu message%s", m->archive,
		  (unsigned long long)x->count, x->count == 1 ? "" : "s");
	if (x->delivered_here > 0)
		tool_note(&m->tool,
			  "not on hold, so that this host goes on with them: "
			  "%llu; whoever imports them delivers them a second "
			  "time",
			  (unsigned long long)x->delivered_here);
}

/* Nothing of them is lost: they are in the archive, and in the trash. */
static void
move_away(struct export *x)
{
	struct mqadm *m = x->m;
	struct qf_buffer question = { 0 };
	struct qf_buffer reason = { 0 };

	m->choose.count = (size_t)x->count;
	qf_buffer_string(&reason, "moved to ");
	qf_buffer_string(&reason, m->archive);
	if (m->reason[0] == '\0')
		m->reason = qf_buffer_text(&reason);
	qf_buffer_string(&question, "mqadm: move the ");
	qf_buffer_number(&question, (long long)x->count);
	qf_buffer_string(&question, " that are in the archive to the trash? "
				    "[y/N] ");
	mqadm_change(m, x->count > 1 ? qf_buffer_text(&question) : NULL);
	qf_buffer_free(&question);
	qf_buffer_free(&reason);
}

void
mqadm_run_export(struct mqadm *m)
{
	struct export x = { .m = m };

	mqadm_need_inodes(m, "an export");
	if (m->move)
		mqadm_recover(m);
	where_parse(&m->tool, &m->where, &m->access);
	m->ids.sole = m->access.sole;
	choose(m);
	mqadm_report_unfinished(m);
	start(&x);
	for (size_t i = 0; i < m->access.store_count; i++) {
		if (m->choose.lists[i].count > 0)
			copy_store(&x, i);
	}
	finish(&x);
	if (x.count == 0 && x.skipped == 0 && m->where.query != NULL)
		tool_exit_with(&m->tool, TOOL_NO_MATCH);
	report(&x);
	if (m->move && x.count > 0)
		move_away(&x);
	end(&x);
	choose_free(&m->choose);
}
