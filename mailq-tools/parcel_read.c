/*
 * parcel_read.c - look at all of an archive, before anything of it is
 * believed.
 */
#include "parcel.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define PIECE 65536

struct reading {
	struct parcel *parcel;
	struct qf_archive *archive;
	struct qf_checksum *sum;
	struct qf_reader *reader;
	int fd; /* in memory: the queue file at hand */
	int64_t room;
	struct qf_buffer manifest;
	bool has_manifest;
	size_t part; /* the last one of the last message */
};

static enum qf_status
no_memory(struct qf_error *err)
{
	return qf_fail(err, QF_SYSTEM, "out of memory");
}

/* The name is anybody's; whoever shows it makes it safe. */
static enum qf_status
refuse(struct qf_error *err, const char *name, const char *why)
{
	return qf_fail(err, QF_UNSAFE, "%.200s: %s", name, why);
}

static const char *
keep_text(struct reading *r, const char *text, size_t len)
{
	return qf_arena_copy(&r->parcel->arena, text, len);
}

static enum qf_status
set_fault(struct reading *r, struct parcel_message *message, const char *text,
	  struct qf_error *err)
{
	if (message->fault == NULL)
		message->fault =
			keep_text(r, text, strnlen(text, PARCEL_FAULT_MAX));
	return message->fault == NULL ? no_memory(err) : QF_OK;
}

static enum qf_status
keep_bytes(struct reading *r, const char *data, size_t len,
	   struct qf_error *err)
{
	while (len > 0) {
		ssize_t done = write(r->fd, data, len);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return qf_system(err, "cannot look at a message");
		data += done;
		len -= (size_t)done;
	}
	return QF_OK;
}

/* All bytes of a file, to be summed up and where they are needed. */
static enum qf_status
take_bytes(struct reading *r, int64_t size, bool is_message, bool is_manifest,
	   char sum[QF_CHECKSUM_TEXT], struct qf_error *err)
{
	char data[PIECE];
	int64_t sofar = 0;
	enum qf_status status = QF_OK;

	qf_checksum_reset(r->sum);
	while (status == QF_OK) {
		size_t got = 0;

		status = qf_archive_read(r->archive, data, sizeof(data), &got,
					 err);
		if (status != QF_OK || got == 0)
			break;
		sofar += (int64_t)got;
		if (sofar > size)
			break;
		qf_checksum_add(r->sum, data, got);
		if (is_message)
			status = keep_bytes(r, data, got, err);
		if (is_manifest)
			qf_buffer_add(&r->manifest, data, got);
	}
	if (status == QF_OK && sofar != size)
		status = qf_fail(err, QF_CORRUPT,
				 "a file has another size than it says");
	if (status == QF_OK && r->manifest.failed)
		status = no_memory(err);
	qf_checksum_text(r->sum, sum);
	return status;
}

/* Who it is, or why it is none. */
static enum qf_status
look_at_message(struct reading *r, struct parcel_message *message,
		struct qf_error *err)
{
	struct qf_error fault;
	enum qf_status status =
		qf_essence(r->reader, r->fd, (off_t)message->parts[0].size,
			   message->key, &fault);

	if (status == QF_OK)
		return QF_OK;
	message->key[0] = '\0';
	if (status == QF_CORRUPT)
		return set_fault(r, message, fault.text, err);
	return qf_fail(err, status, "%s", fault.text);
}

static enum qf_status
add_message(struct reading *r, const char *id, size_t len, struct qf_error *err)
{
	struct parcel *parcel = r->parcel;
	struct parcel_message *message;

	parcel->messages =
		qf_arena_grow(&parcel->arena, parcel->messages, parcel->count,
			      &parcel->room, sizeof(*parcel->messages));
	if (parcel->messages == NULL)
		return no_memory(err);
	message = &parcel->messages[parcel->count];
	*message = (struct parcel_message){ .id = keep_text(r, id, len) };
	if (message->id == NULL)
		return no_memory(err);
	parcel->count++;
	if (ftruncate(r->fd, 0) < 0 || lseek(r->fd, 0, SEEK_SET) < 0)
		return qf_system(err, "cannot look at a message");
	return QF_OK;
}

/* Is it what comes next: the next message, or another part of this one? */
static bool
is_next(const struct reading *r, uint64_t number, const char *id, size_t len,
	size_t part)
{
	const struct parcel *parcel = r->parcel;
	const char *last;

	if (part == 0)
		return number == parcel->count + 1;
	if (number == 0 || number != parcel->count || part <= r->part)
		return false;
	last = parcel->messages[parcel->count - 1].id;
	return strlen(last) == len && memcmp(last, id, len) == 0;
}

static enum qf_status
take_part(struct reading *r, const struct qf_archive_entry *entry,
	  struct qf_error *err)
{
	enum qf_status status = QF_OK;
	struct parcel_message *message;
	struct parcel_part *found;
	uint64_t number = 0;
	const char *id = NULL;
	size_t len = 0;
	size_t part = 0;

	if (!parcel_read_name(entry->name, &number, &id, &len, &part))
		return refuse(err, entry->name, "not a file of an export");
	if (number > PARCEL_MESSAGES_MAX ||
	    entry->size > (part == 0 ? PARCEL_MESSAGE_MAX : PARCEL_LOG_MAX))
		return refuse(err, entry->name, "too large");
	if (entry->size > r->room - r->parcel->bytes)
		return refuse(err, entry->name,
			      "more than there is disk for; nothing was "
			      "changed");
	if (!is_next(r, number, id, len, part))
		return refuse(err, entry->name, "out of order, or there twice");
	if (part == 0)
		status = add_message(r, id, len, err);
	if (status != QF_OK)
		return status;
	r->part = part;
	r->parcel->bytes += entry->size;
	message = &r->parcel->messages[r->parcel->count - 1];
	found = &message->parts[part];
	found->there = true;
	found->size = entry->size;
	status = take_bytes(r, entry->size, part == 0, false, found->sum, err);
	if (status == QF_OK && part == 0)
		status = look_at_message(r, message, err);
	return status;
}

static enum qf_status
take_entry(struct reading *r, const struct qf_archive_entry *entry,
	   struct qf_error *err)
{
	char sum[QF_CHECKSUM_TEXT];

	if (r->has_manifest)
		return refuse(err, entry->name, "behind the manifest");
	if (strcmp(entry->name, PARCEL_MANIFEST) != 0)
		return take_part(r, entry, err);
	if (entry->size > PARCEL_MANIFEST_MAX)
		return refuse(err, entry->name, "too large");
	r->has_manifest = true;
	return take_bytes(r, entry->size, false, true, sum, err);
}

static enum qf_status
read_all(struct reading *r, struct qf_error *err)
{
	enum qf_status status = QF_OK;

	while (status == QF_OK) {
		struct qf_archive_entry entry;

		status = qf_archive_next(r->archive, &entry, err);
		if (status == QF_OK)
			status = take_entry(r, &entry, err);
	}
	if (status != QF_END)
		return status;
	if (!r->has_manifest)
		return qf_fail(err, QF_CORRUPT,
			       "it has no manifest at its end: it is not "
			       "complete, or no export");
	return parcel_check(r->parcel, qf_buffer_text(&r->manifest),
			    r->manifest.len, err);
}

enum qf_status
parcel_read(struct parcel *parcel, int fd, int64_t room, struct qf_error *err)
{
	struct reading r = { .parcel = parcel, .room = room };
	enum qf_status status;

	r.fd = memfd_create("message", MFD_CLOEXEC);
	if (r.fd < 0)
		return qf_system(err, "cannot look at messages");
	r.sum = qf_checksum_new();
	r.reader = qf_reader_new();
	status = r.sum == NULL || r.reader == NULL
			 ? no_memory(err)
			 : qf_archive_open(fd, &r.archive, err);
	if (status == QF_OK)
		status = read_all(&r, err);
	qf_archive_close(r.archive);
	qf_reader_free(r.reader);
	qf_checksum_free(r.sum);
	qf_buffer_free(&r.manifest);
	close(r.fd);
	return status;
}
