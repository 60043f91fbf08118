/*
 * walk.c - go through the records of one queue file.
 */
#include "walk.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct qf_walk {
	struct qf_reader *reader;
	enum qf_walk_way way;
	bool is_pipe;
	enum qf_section section;
	bool is_first; /* no line of the headers was seen yet */
	bool is_open;  /* the last text had no newline */
	/* A pointer that was given, and cannot be followed. */
	enum qf_status pending;
	struct qf_error error;
};

struct qf_walk *
qf_walk_new(void)
{
	struct qf_walk *walk = calloc(1, sizeof(*walk));

	if (walk == NULL)
		return NULL;
	walk->reader = qf_reader_new();
	if (walk->reader == NULL) {
		free(walk);
		return NULL;
	}
	return walk;
}

void
qf_walk_free(struct qf_walk *walk)
{
	if (walk == NULL)
		return;
	qf_reader_free(walk->reader);
	free(walk);
}

static void
be_in(struct qf_walk *walk, enum qf_section section)
{
	walk->section = section;
	walk->is_first = true;
	walk->is_open = false;
	walk->pending = QF_OK;
}

/*
 * What is no plain file has no size that could be known: where it ends is
 * found out by reading.
 */
enum qf_status
qf_walk_start(struct qf_walk *walk, int fd, enum qf_walk_way way,
	      struct qf_error *err)
{
	bool raw = way != QF_WALK_MESSAGE;
	struct stat st;

	if (fstat(fd, &st) < 0)
		return qf_system(err, "cannot look at the file");
	walk->way = way;
	walk->is_pipe = lseek(fd, 0, SEEK_CUR) < 0 && errno == ESPIPE;
	be_in(walk, QF_SECTION_ENVELOPE);
	if (walk->is_pipe)
		qf_reader_start_pipe(walk->reader, fd, raw);
	else
		qf_reader_start(walk->reader, fd,
				S_ISREG(st.st_mode) ? st.st_size : INT64_MAX,
				raw);
	return QF_OK;
}

bool
qf_walk_is_pipe(const struct qf_walk *walk)
{
	return walk->is_pipe;
}

const struct qf_damage *
qf_walk_damage(const struct qf_walk *walk)
{
	return qf_reader_damage(walk->reader);
}

off_t
qf_walk_tell(const struct qf_walk *walk)
{
	return qf_reader_tell(walk->reader);
}

void
qf_walk_seek(struct qf_walk *walk, off_t offset, enum qf_section section)
{
	qf_reader_seek(walk->reader, offset);
	be_in(walk, section);
}

/* As RFC 5322 has it, and with blanks before the colon (its section 4.5). */
size_t
qf_header_name(const char *line, size_t len)
{
	size_t name = 0;
	size_t i;

	while (name < len && line[name] > ' ' && line[name] < 127 &&
	       line[name] != ':')
		name++;
	for (i = name; i < len && (line[i] == ' ' || line[i] == '\t'); i++)
		;
	return i < len && line[i] == ':' ? name : 0;
}

/* A line that begins with a blank continues the one before it. */
static bool
is_of_headers(const struct qf_walk *walk, const struct qf_record *rec)
{
	if (walk->is_open)
		return true;
	if (!walk->is_first && rec->len > 0 &&
	    (rec->data[0] == ' ' || rec->data[0] == '\t'))
		return true;
	return qf_header_name(rec->data, rec->len) > 0;
}

static void
note_text(struct qf_walk *walk, const struct qf_record *rec)
{
	if (walk->section == QF_SECTION_HEADERS && !is_of_headers(walk, rec))
		walk->section = QF_SECTION_BODY;
	walk->is_first = false;
	walk->is_open = rec->type == QF_REC_FRAGMENT;
}

/* Returns the section of the record; walk->section is that of the next. */
static enum qf_section
note_section(struct qf_walk *walk, const struct qf_record *rec)
{
	enum qf_section before = walk->section;

	switch (rec->type) {
	case QF_REC_MESSAGE:
		if (before == QF_SECTION_ENVELOPE)
			be_in(walk, QF_SECTION_HEADERS);
		return before;
	case QF_REC_LINE:
	case QF_REC_FRAGMENT:
		note_text(walk, rec);
		break;
	case QF_REC_EXTRACTED:
		if (before == QF_SECTION_HEADERS || before == QF_SECTION_BODY)
			walk->section = QF_SECTION_EXTRACTED;
		break;
	case QF_REC_END:
		walk->section = QF_SECTION_BEHIND;
		return before;
	default:
		break;
	}
	return walk->section;
}

/*
 * A pointer is given in any case; where it does not lead anywhere, that is
 * said by the next call.  Its data stays as it is: going elsewhere reads
 * nothing yet.
 */
static void
follow(struct qf_walk *walk, const struct qf_record *rec)
{
	walk->pending = qf_reader_follow(walk->reader, rec, &walk->error);
}

enum qf_status
qf_walk_next(struct qf_walk *walk, struct qf_record *rec,
	     enum qf_section *section, struct qf_error *err)
{
	enum qf_status status = walk->pending;

	if (status != QF_OK) {
		if (err != NULL)
			*err = walk->error;
		return status;
	}
	if (walk->way == QF_WALK_RECORDS && qf_reader_ended(walk->reader))
		return QF_END;
	status = qf_reader_next(walk->reader, rec, err);
	if (status != QF_OK)
		return status;
	*section = note_section(walk, rec);
	if (walk->way == QF_WALK_RECORDS && rec->type == QF_REC_POINTER)
		follow(walk, rec);
	return QF_OK;
}

/* The second number of a size record; 0: there is none that makes sense. */
static off_t
content_offset(const struct qf_record *rec)
{
	char text[100];
	intmax_t size = 0;
	intmax_t offset = 0;

	snprintf(text, sizeof(text), "%.*s", (int)rec->len, rec->data);
	if (sscanf(text, "%15jd %15jd", &size, &offset) != 2 || size < 0)
		return 0;
	return (off_t)offset;
}

/* An empty message record is what stands before the content. */
#define MESSAGE_RECORD_SIZE 2

bool
qf_walk_skip_envelope(struct qf_walk *walk)
{
	struct qf_record rec;
	off_t offset = 0;

	if (walk->is_pipe || qf_walk_tell(walk) != 0)
		return false;
	if (qf_reader_next(walk->reader, &rec, NULL) == QF_OK &&
	    rec.type == QF_REC_SIZE)
		offset = content_offset(&rec) - MESSAGE_RECORD_SIZE;
	if (offset > 0) {
		qf_reader_seek(walk->reader, offset);
		if (qf_reader_next(walk->reader, &rec, NULL) == QF_OK &&
		    rec.type == QF_REC_MESSAGE && rec.len == 0 &&
		    rec.offset == offset) {
			be_in(walk, QF_SECTION_HEADERS);
			return true;
		}
	}
	qf_walk_seek(walk, 0, QF_SECTION_ENVELOPE);
	return false;
}
