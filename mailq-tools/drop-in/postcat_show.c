/*
 * postcat_show.c - one queue file as postcat(1) prints it.
 *
 * The order of the tests, and what is forgotten in between, are Postfix's:
 * where it takes a part of a long header line for the start of the body, this
 * does, too.
 */
#include "postcat_show.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What a file may begin with. */
#define ENVELOPE_TYPES "MCTcFILSDRO/WVA>K<ion"

/* lseek(2) says what cannot be; the descriptor's own position is not used. */
static void
seek_to(struct show *s, off_t offset)
{
	if (lseek(s->fd, offset, SEEK_SET) < 0)
		postcat_fatal(s->p, "seek error: %s", strerror(errno));
	qf_walk_seek(s->p->walk, offset, QF_SECTION_ENVELOPE);
}

/*
 * To behind the content.  An offset of 0, as a file has it that is still
 * being written, would lead back to the start, for ever; Postfix knows that
 * since 3.9.
 */
static void
skip_content(struct show *s)
{
	long end;

	if (s->data_start <= 0 || s->data_size < 0)
		return;
	if (__builtin_add_overflow(s->data_start, s->data_size, &end))
		end = -1;
	seek_to(s, end);
}

static void
keep_text(struct show *s)
{
	size_t len = strnlen(s->rec.data, s->rec.len);

	if (len >= s->room) {
		char *text = realloc(s->text, len + 1);

		if (text == NULL)
			postcat_fatal(s->p, "%s", strerror(ENOMEM));
		s->text = text;
		s->room = len + 1;
	}
	memcpy(s->text, s->rec.data, len);
	s->text[len] = '\0';
}

static void
look_at_text(struct show *s)
{
	const struct postcat *p = s->p;

	if (s->state != IN_HEADERS || (!p->headers && !p->body) ||
	    s->previous == QF_REC_FRAGMENT ||
	    qf_header_name(s->text, strlen(s->text)) > 0 || s->text[0] == ' ' ||
	    s->text[0] == '\t')
		return;
	s->state = IN_BODY;
	s->printing = p->body;
	if (s->printing)
		return;
	s->is_done = !p->envelope;
	if (p->envelope)
		skip_content(s);
}

static void
look_at_message(struct show *s)
{
	if (s->state != IN_ENVELOPE)
		postcat_warn(s->p, "%s: out-of-order message content marker",
			     s->path);
	if (s->p->envelope)
		show_marker(s, "MESSAGE CONTENTS");
	if (!s->p->headers && !s->p->body)
		skip_content(s);
	s->state = IN_HEADERS;
	s->printing = s->p->headers;
}

static void
look_at_extracted(struct show *s)
{
	if (s->state == IN_ENVELOPE)
		postcat_warn(s->p, "%s: out-of-order extracted segment marker",
			     s->path);
	if (s->printing && s->previous == QF_REC_FRAGMENT)
		show_string(s, "\n");
	if (s->p->envelope)
		show_marker(s, "HEADER EXTRACTED");
	s->state = IN_ENVELOPE;
	s->printing = s->p->envelope;
	s->is_done = !s->printing;
}

/*
 * Behind the end record, Postfix's goes to the end of the file, which it
 * cannot in a pipe; but not with -v.
 */
static void
look_at_end(struct show *s)
{
	if (!s->can_seek && s->p->verbose == 0) {
		postcat_warn(s->p,
			     "%s: seek error after reading END record: %s",
			     s->path, strerror(ESPIPE));
		show_fatal(s);
	}
	if (s->state != IN_ENVELOPE)
		postcat_warn(s->p, "%s: out-of-order message end marker",
			     s->path);
	if (s->p->envelope)
		show_marker(s, "MESSAGE FILE END");
	s->is_done = !s->p->raw;
}

/* Two numbers as sscanf(3) reads them: false when there are not two. */
static bool
read_size(struct show *s)
{
	char *end;
	long size = strtol(s->text, &end, 10);
	const char *rest = end;

	if (end == s->text)
		return false;
	s->data_size = size;
	size = strtol(rest, &end, 10);
	if (end == rest)
		return false;
	s->data_start = size;
	return s->data_start > 0 && s->data_size > 0;
}

/* In maildrop, sendmail(1) of 3.11 leaves one that says nothing. */
static bool
is_from_submitter(const struct show *s)
{
	return !qf_config_trusts_maildrop(&s->p->config) &&
	       strncmp(s->path, "maildrop/", strlen("maildrop/")) == 0;
}

static void
look_at_size(struct show *s)
{
	if (s->printing)
		show_named(s);
	if (is_from_submitter(s))
		return;
	if (s->data_size >= 0 || s->data_start >= 0) {
		postcat_warn(s->p, "file contains multiple size records");
		return;
	}
	if (!read_size(s))
		postcat_warn(s->p, "invalid size record: %.100s", s->text);
	if (s->p->envelope)
		return;
	seek_to(s, s->data_start);
	s->state = IN_HEADERS;
	s->printing = s->p->headers;
}

static void
take_record(struct show *s)
{
	keep_text(s);
	switch (s->rec.type) {
	case QF_REC_FRAGMENT:
	case QF_REC_LINE:
		look_at_text(s);
		if (s->printing && !s->is_done)
			show_record(s);
		break;
	case QF_REC_MESSAGE:
		look_at_message(s);
		break;
	case QF_REC_EXTRACTED:
		look_at_extracted(s);
		break;
	case QF_REC_END:
		look_at_end(s);
		break;
	case QF_REC_SIZE:
		look_at_size(s);
		break;
	case QF_REC_POINTER:
		/* It is shown with -v alone, and does not count as previous. */
		if (s->printing)
			show_named(s);
		break;
	default:
		if (s->printing)
			show_record(s);
	}
}

static void
fetch(struct show *s)
{
	enum qf_section section;

	s->offset = s->can_seek ? qf_walk_tell(s->p->walk) : -1;
	s->status = qf_walk_next(s->p->walk, &s->rec, &section, &s->err);
}

/* Is there another record?  What stops Postfix's stops this, too. */
static bool
is_there(struct show *s)
{
	if (s->status == QF_CORRUPT)
		show_damage(s, qf_walk_damage(s->p->walk));
	else if (s->status != QF_OK && s->status != QF_END && s->offset > 0)
		show_fatal(s);
	return s->status == QF_OK;
}

/* -s: where to begin; what cannot be gone to is read and left out. */
static void
skip_start(struct show *s, bool is_stdin)
{
	off_t skip = s->p->start;

	if (s->can_seek && !is_stdin) {
		if (lseek(s->fd, skip, SEEK_SET) < 0)
			postcat_fatal(s->p, "%s: seek to %ld: %s", s->path,
				      (long)skip, strerror(errno));
		return;
	}
	if (!is_stdin)
		postcat_fatal(s->p, "%s: seek to %ld: %s", s->path, (long)skip,
			      strerror(ESPIPE));
	for (off_t done = 0; done < skip;) {
		char piece[4096];
		size_t want = sizeof(piece);
		ssize_t got;

		if (skip - done < (off_t)want)
			want = (size_t)(skip - done);
		got = read(s->fd, piece, want);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			postcat_fatal(s->p,
				      "%s: skip %ld bytes failed after %ld",
				      s->path, (long)skip, (long)done);
		done += got;
	}
}

/*
 * Standard input is read from where somebody may have left it.  Returns where
 * the first record is.
 */
static off_t
begin(struct show *s, bool is_stdin)
{
	const struct postcat *p = s->p;
	enum qf_walk_way way = QF_WALK_MESSAGE;
	struct qf_error err;
	off_t at;

	if (p->verbose > 0)
		way = p->raw ? QF_WALK_FILE : QF_WALK_RECORDS;
	if (qf_walk_start(p->walk, s->fd, way, &err) != QF_OK)
		postcat_fatal(s->p, "%s: %s", s->path, err.text);
	s->can_seek = !qf_walk_is_pipe(p->walk);
	if (p->start > 0)
		skip_start(s, is_stdin);
	at = s->can_seek ? lseek(s->fd, 0, SEEK_CUR) : 0;
	if (at > 0)
		qf_walk_seek(p->walk, at, QF_SECTION_ENVELOPE);
	return qf_walk_tell(p->walk);
}

/*
 * The first byte decides: it may be that of a broken record, or of one that
 * the walk has not shown.  A file without one is no mistake.
 */
static bool
is_queue_file(const struct show *s, off_t start)
{
	const struct qf_record *first = &s->rec;

	if (s->status == QF_CORRUPT)
		first = &qf_walk_damage(s->p->walk)->record;
	else if (s->status != QF_OK)
		return qf_walk_tell(s->p->walk) == start;
	return first->offset == start &&
	       strchr(ENVELOPE_TYPES, first->type) != NULL;
}

int
postcat_show(struct postcat *p, int fd, const char *path, bool is_stdin)
{
	struct show s = { .p = p, .fd = fd, .path = path };
	off_t start;

	s.printing = p->envelope;
	s.data_size = -1;
	s.data_start = -1;
	start = begin(&s, is_stdin);
	fetch(&s);
	if (p->start == 0 && !is_queue_file(&s, start)) {
		postcat_warn(p, "%s: input is not a valid queue file", path);
		return 0;
	}
	if (p->start == 0 && p->envelope)
		show_banner(&s, "ENVELOPE RECORDS");
	while (!s.is_done && is_there(&s)) {
		take_record(&s);
		if (!s.is_done)
			fetch(&s);
	}
	free(s.text);
	return s.status == QF_OK || s.status == QF_END ? 0 : s.err.errnum;
}
