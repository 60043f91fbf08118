/*
 * parcel.c - messages in an archive: names, and taking them out.
 */
#include "parcel.h"

#include <stdio.h>
#include <string.h>

#include "queue-format/postfix/queue_id.h"

#define FOLDER "mailq-export/"
#define PIECE  65536

static const char *const parts[QF_COPY_FILES] = { "message", "defer", "bounce",
						  "trace" };

void
parcel_free(struct parcel *parcel)
{
	qf_arena_free(&parcel->arena);
	*parcel = (struct parcel){ .count = 0 };
}

void
parcel_name(uint64_t number, const char *id, size_t part,
	    char name[PARCEL_NAME_MAX])
{
	snprintf(name, PARCEL_NAME_MAX, FOLDER "%llu-%s/%s",
		 (unsigned long long)number, id, parts[part]);
}

/* As it was written here, and in no other way. */
bool
parcel_read_name(const char *name, uint64_t *number, const char **id,
		 size_t *id_len, size_t *part)
{
	char again[PARCEL_NAME_MAX];
	char copy[QF_QUEUE_ID_MAX + 1];
	const char *at = name + strlen(FOLDER);
	const char *slash;

	if (strncmp(name, FOLDER, strlen(FOLDER)) != 0)
		return false;
	for (*number = 0;
	     *at >= '0' && *at <= '9' && *number <= PARCEL_MESSAGES_MAX; at++)
		*number = *number * 10 + (uint64_t)(*at - '0');
	slash = strchr(at, '/');
	if (*at++ != '-' || slash == NULL ||
	    (size_t)(slash - at) > QF_QUEUE_ID_MAX)
		return false;
	*id = at;
	*id_len = (size_t)(slash - at);
	memcpy(copy, at, *id_len);
	copy[*id_len] = '\0';
	for (size_t i = 0; i < QF_COPY_FILES && qf_queue_id_ok(copy); i++) {
		parcel_name(*number, copy, i, again);
		*part = i;
		if (strcmp(again, name) == 0)
			return true;
	}
	return false;
}

/* On the way through an archive for the second time. */
struct unpacking {
	const struct parcel *parcel;
	const struct parcel_taker *taker;
	struct qf_archive *archive;
	struct qf_checksum *sum;
	size_t at;   /* the message, from 1; 0: none yet */
	bool wanted; /* by the taker */
	bool good;
};

static enum qf_status
unpack_bytes(struct unpacking *u, const struct parcel_part *part,
	     struct qf_error *err)
{
	char data[PIECE];
	char sum[QF_CHECKSUM_TEXT];
	int64_t size = 0;

	qf_checksum_reset(u->sum);
	for (;;) {
		size_t got = 0;
		enum qf_status status = qf_archive_read(
			u->archive, data, sizeof(data), &got, err);

		if (status != QF_OK)
			return status;
		if (got == 0)
			break;
		size += (int64_t)got;
		/* Another archive than the one that was looked at. */
		if (size > part->size)
			break;
		qf_checksum_add(u->sum, data, got);
		status = u->taker->bytes(u->taker->context, data, got, err);
		if (status != QF_OK)
			return status;
	}
	qf_checksum_text(u->sum, sum);
	u->good = u->good && size == part->size && strcmp(sum, part->sum) == 0;
	return QF_OK;
}

static enum qf_status
end_message(struct unpacking *u, struct qf_error *err)
{
	if (!u->wanted)
		return QF_OK;
	u->wanted = false;
	return u->taker->end(u->taker->context, u->at - 1, u->good, err);
}

static enum qf_status
begin_message(struct unpacking *u, struct qf_error *err)
{
	enum qf_status status = end_message(u, err);

	if (status != QF_OK)
		return status;
	status = u->taker->begin(u->taker->context, u->at++, err);
	u->wanted = status == QF_OK;
	u->good = true;
	return status == QF_END ? QF_OK : status;
}

static enum qf_status
changed(struct qf_error *err)
{
	return qf_fail(err, QF_CORRUPT,
		       "the archive was changed while it was read");
}

static enum qf_status
unpack_one(struct unpacking *u, const char *name, struct qf_error *err)
{
	const struct parcel_message *message;
	enum qf_status status = QF_OK;
	uint64_t number = 0;
	const char *id = NULL;
	size_t len = 0;
	size_t part = 0;

	if (!parcel_read_name(name, &number, &id, &len, &part))
		return strcmp(name, PARCEL_MANIFEST) == 0 ? QF_OK
							  : changed(err);
	if (number > u->parcel->count || number != u->at + (part == 0))
		return changed(err);
	message = &u->parcel->messages[number - 1];
	if (!message->parts[part].there)
		return changed(err);
	if (part == 0)
		status = begin_message(u, err);
	else if (u->wanted)
		status = u->taker->log(u->taker->context, parts[part], err);
	if (status == QF_OK && u->wanted)
		status = unpack_bytes(u, &message->parts[part], err);
	return status;
}

static enum qf_status
unpack_all(struct unpacking *u, struct qf_error *err)
{
	enum qf_status status = QF_OK;

	while (status == QF_OK) {
		struct qf_archive_entry entry;

		status = qf_archive_next(u->archive, &entry, err);
		if (status == QF_OK)
			status = unpack_one(u, entry.name, err);
	}
	if (status != QF_END)
		return status;
	return end_message(u, err);
}

enum qf_status
parcel_unpack(const struct parcel *parcel, int fd,
	      const struct parcel_taker *taker, struct qf_error *err)
{
	struct unpacking u = { .parcel = parcel, .taker = taker };
	enum qf_status status = qf_archive_open(fd, &u.archive, err);

	if (status != QF_OK)
		return status;
	u.sum = qf_checksum_new();
	status = u.sum == NULL ? qf_fail(err, QF_SYSTEM, "out of memory")
			       : unpack_all(&u, err);
	qf_checksum_free(u.sum);
	qf_archive_close(u.archive);
	return status;
}
