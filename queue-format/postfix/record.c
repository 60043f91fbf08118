/*
 * record.c - read the records of a queue file.
 *
 * Files are read with pread(2) and never mapped: Postfix may truncate one
 * under our hands.
 */
#include "record.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/*
 * Most messages have their envelope in the first 4 kB, so that one small
 * read is enough; who reads on gets larger pieces.
 */
#define FIRST_READ 4096
#define NEXT_READ  65536

/*
 * Postfix has no limit here, but writes no record that is longer than a
 * line of input.  This one keeps a damaged file from taking all memory.
 */
#define MAX_RECORD (16 * 1024 * 1024)

/*
 * Postfix's limit (rec_goto()).  There is one such jump for each header that
 * a milter put in, and one for all recipients that it added.
 */
#define MAX_JUMPS_BACK 10000

/* Type byte and four length bytes (Postfix refuses a fifth). */
#define MAX_HEADER 5

struct qf_reader {
	int fd;
	bool raw;
	bool pipe;
	bool ended;
	off_t size; /* of the file when it was opened */
	off_t read; /* bytes of records given so far, to notice a circle */
	off_t jump; /* where the last pointer led to */
	unsigned jumps_back;
	off_t start; /* file offset of buffer[0] */
	size_t have; /* bytes in the buffer */
	size_t pos;  /* of the next record in the buffer */
	size_t room;
	size_t want; /* how much the next pread asks for */
	char *buffer;
	struct qf_damage damage;
};

struct qf_reader *
qf_reader_new(void)
{
	struct qf_reader *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return NULL;
	r->room = NEXT_READ;
	r->buffer = malloc(r->room);
	if (r->buffer == NULL) {
		free(r);
		return NULL;
	}
	return r;
}

void
qf_reader_free(struct qf_reader *r)
{
	if (r == NULL)
		return;
	free(r->buffer);
	free(r);
}

void
qf_reader_start(struct qf_reader *r, int fd, off_t size, bool raw)
{
	r->fd = fd;
	r->raw = raw;
	r->pipe = false;
	r->ended = false;
	r->size = size;
	r->read = 0;
	r->jump = 0;
	r->jumps_back = 0;
	r->start = 0;
	r->have = 0;
	r->pos = 0;
	r->want = FIRST_READ;
	r->damage = (struct qf_damage){ .kind = QF_DAMAGE_NONE };
}

void
qf_reader_start_pipe(struct qf_reader *r, int fd, bool raw)
{
	qf_reader_start(r, fd, INT64_MAX, raw);
	r->pipe = true;
}

const struct qf_damage *
qf_reader_damage(const struct qf_reader *r)
{
	return &r->damage;
}

off_t
qf_reader_tell(const struct qf_reader *r)
{
	return r->start + (off_t)r->pos;
}

bool
qf_reader_ended(const struct qf_reader *r)
{
	return r->ended;
}

void
qf_reader_seek(struct qf_reader *r, off_t offset)
{
	r->ended = false;
	if (offset > r->size)
		offset = r->size;
	if (offset >= r->start && offset - r->start <= (off_t)r->have) {
		r->pos = (size_t)(offset - r->start);
		return;
	}
	r->start = offset;
	r->have = 0;
	r->pos = 0;
	r->want = FIRST_READ;
}

/* Throw away what was used, so that the next record starts the buffer. */
static void
shift(struct qf_reader *r)
{
	memmove(r->buffer, r->buffer + r->pos, r->have - r->pos);
	r->start += (off_t)r->pos;
	r->have -= r->pos;
	r->pos = 0;
}

static enum qf_status
make_room(struct qf_reader *r, size_t need, struct qf_error *err)
{
	char *buffer;

	if (need <= r->room)
		return QF_OK;
	buffer = realloc(r->buffer, need);
	if (buffer == NULL) {
		errno = ENOMEM;
		return qf_system(err, "a record of %zu bytes", need);
	}
	r->buffer = buffer;
	r->room = need;
	return QF_OK;
}

static ssize_t
read_piece(struct qf_reader *r, size_t want)
{
	if (r->pipe)
		return read(r->fd, r->buffer + r->have, want);
	return pread(r->fd, r->buffer + r->have, want,
		     r->start + (off_t)r->have);
}

/*
 * Have at least `need' bytes from the next record on, or all there are: the
 * caller looks at have - pos.  What was appended since the file was opened
 * is not asked for: that would be one more system call for each file.
 */
static enum qf_status
fill(struct qf_reader *r, size_t need, struct qf_error *err)
{
	enum qf_status status;

	if (r->have - r->pos >= need)
		return QF_OK;
	shift(r);
	status = make_room(r, need, err);
	while (status == QF_OK && r->have < need &&
	       r->start + (off_t)r->have < r->size) {
		size_t room = r->room - r->have;
		size_t want = r->want < room ? r->want : room;
		ssize_t got = read_piece(r, want);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return qf_system(err, "cannot read");
		if (got == 0)
			break;
		r->have += (size_t)got;
		r->want = NEXT_READ;
	}
	return status;
}

static enum qf_status
damaged(struct qf_reader *r, enum qf_damage_kind kind,
	const struct qf_record *rec, struct qf_error *err)
{
	static const char *const texts[] = {
		[QF_DAMAGE_NONE] = "no damage",
		[QF_DAMAGE_CUT_LENGTH] = "file ends inside record length",
		[QF_DAMAGE_LONG_LENGTH] = "record length of more than 4 bytes",
		[QF_DAMAGE_CUT_DATA] = "file ends inside record data",
		[QF_DAMAGE_LARGE] = "record of more than 16 MB",
		[QF_DAMAGE_POINTER] = "malformed pointer record",
		[QF_DAMAGE_POINTER_FAR] =
			"pointer record leads behind the file",
		[QF_DAMAGE_POINTER_PIPE] = "pointer record in a pipe",
		[QF_DAMAGE_CIRCLE] = "pointer records lead in a circle",
	};

	r->damage = (struct qf_damage){ .kind = kind, .record = *rec };
	return qf_corrupt(err, rec->offset, "%s", texts[kind]);
}

/* The length that follows the type; `*len' and the size of both parts. */
static enum qf_status
read_header(struct qf_reader *r, size_t *header, size_t *len,
	    struct qf_error *err)
{
	const unsigned char *bytes = (const unsigned char *)r->buffer + r->pos;
	const struct qf_record rec = { .type = bytes[0],
				       .offset = qf_reader_tell(r) };
	size_t have = r->have - r->pos;
	size_t value = 0;

	for (size_t i = 1; i < MAX_HEADER; i++) {
		if (i >= have)
			return damaged(r, QF_DAMAGE_CUT_LENGTH, &rec, err);
		value |= (size_t)(bytes[i] & 0x7f) << (7 * (i - 1));
		if ((bytes[i] & 0x80) == 0) {
			*header = i + 1;
			*len = value;
			return QF_OK;
		}
	}
	return damaged(r, QF_DAMAGE_LONG_LENGTH, &rec, err);
}

/* One record as it lies in the file. */
static enum qf_status
next_raw(struct qf_reader *r, struct qf_record *rec, struct qf_error *err)
{
	struct qf_record found = { .offset = qf_reader_tell(r) };
	enum qf_status status;
	size_t header = 0;
	size_t len = 0;

	status = fill(r, MAX_HEADER, err);
	if (status != QF_OK)
		return status;
	if (r->have == r->pos)
		return QF_END;
	status = read_header(r, &header, &len, err);
	if (status != QF_OK)
		return status;
	found.type = (unsigned char)r->buffer[r->pos];
	found.len = len;
	/* Before memory is asked for: does the file have that much? */
	if (len > MAX_RECORD || (off_t)(header + len) > r->size - found.offset)
		status = fill(r, header, err);
	else
		status = fill(r, header + len, err);
	if (status != QF_OK)
		return status;
	if (r->have - r->pos < header + len)
		return damaged(
			r,
			len > MAX_RECORD && (off_t)len < r->size - found.offset
				? QF_DAMAGE_LARGE
				: QF_DAMAGE_CUT_DATA,
			&found, err);
	found.data = r->buffer + r->pos + header;
	*rec = found;
	r->pos += header + len;
	r->read += (off_t)(header + len);
	return QF_OK;
}

/*
 * Leading blanks, then digits only; 0 is a dummy that a milter's edit did
 * not need (rec_goto()).  False: it is something else.
 */
static bool
parse_pointer(const struct qf_record *rec, off_t *target)
{
	size_t len = strnlen(rec->data, rec->len);
	size_t i = 0;
	off_t value = 0;

	while (i < len && (rec->data[i] == ' ' ||
			   (rec->data[i] >= '\t' && rec->data[i] <= '\r')))
		i++;
	for (; i < len; i++) {
		if (rec->data[i] < '0' || rec->data[i] > '9' ||
		    __builtin_mul_overflow(value, 10, &value) ||
		    __builtin_add_overflow(value, rec->data[i] - '0', &value))
			return false;
	}
	*target = value;
	return true;
}

enum qf_status
qf_reader_follow(struct qf_reader *r, const struct qf_record *pointer,
		 struct qf_error *err)
{
	off_t target = 0;

	if (!parse_pointer(pointer, &target))
		return damaged(r, QF_DAMAGE_POINTER, pointer, err);
	if (target == 0)
		return QF_OK;
	if (r->pipe)
		return damaged(r, QF_DAMAGE_POINTER_PIPE, pointer, err);
	if (target > r->size)
		return damaged(r, QF_DAMAGE_POINTER_FAR, pointer, err);
	if (target <= r->jump && ++r->jumps_back > MAX_JUMPS_BACK)
		return damaged(r, QF_DAMAGE_CIRCLE, pointer, err);
	r->jump = target;
	qf_reader_seek(r, target);
	return QF_OK;
}

/*
 * Records that Postfix relocated are read once, so that a healthy file never
 * gives more bytes than it has.  (A file may have grown since it was opened,
 * or be read again from its start: hence twice.)  In a large file a circle
 * of a few records would take long to add up to that.
 */
static bool
goes_in_circles(const struct qf_reader *r)
{
	return (r->read - NEXT_READ) / 2 > r->size;
}

enum qf_status
qf_reader_next(struct qf_reader *r, struct qf_record *rec, struct qf_error *err)
{
	enum qf_status status;

	if (r->ended && !r->raw)
		return QF_END;
	for (;;) {
		struct qf_record found;

		status = next_raw(r, &found, err);
		if (status != QF_OK)
			return status;
		if (goes_in_circles(r))
			return damaged(r, QF_DAMAGE_CIRCLE, &found, err);
		if (!r->raw && found.type == QF_REC_POINTER) {
			status = qf_reader_follow(r, &found, err);
			if (status != QF_OK)
				return status;
			continue;
		}
		if (!r->raw && found.type == QF_REC_PADDING)
			continue;
		if (found.type == QF_REC_END)
			r->ended = true;
		*rec = found;
		return QF_OK;
	}
}
