/*
 * delay_log.c - defer, bounce and trace logs.
 */
#include "delay_log.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A log of one recipient fits; who has more gets larger pieces. */
#define FIRST_READ 4096
#define NEXT_READ  65536

/* Postfix's replies are cut at a few kB; this is for damaged files. */
#define MAX_LINE (1024 * 1024)

struct qf_delay_log {
	int fd;
	char *buffer;
	size_t room;
	size_t have;
	size_t pos;  /* of the next line in the buffer */
	off_t start; /* file offset of buffer[0] */
	size_t want; /* how much the next pread asks for */
	bool at_end; /* the file has no more than what is in the buffer */
	unsigned skipped;
	off_t first_skipped;
};

struct line {
	const char *text;
	size_t len;
	off_t offset;
};

struct qf_delay_log *
qf_delay_log_new(void)
{
	struct qf_delay_log *log = calloc(1, sizeof(*log));

	if (log == NULL)
		return NULL;
	log->room = NEXT_READ;
	log->buffer = malloc(log->room);
	if (log->buffer == NULL) {
		free(log);
		return NULL;
	}
	return log;
}

void
qf_delay_log_free(struct qf_delay_log *log)
{
	if (log == NULL)
		return;
	free(log->buffer);
	free(log);
}

void
qf_delay_log_start(struct qf_delay_log *log, int fd)
{
	log->fd = fd;
	log->have = 0;
	log->pos = 0;
	log->start = 0;
	log->want = FIRST_READ;
	log->at_end = false;
	log->skipped = 0;
}

unsigned
qf_delay_log_skipped(const struct qf_delay_log *log, off_t *first)
{
	*first = log->first_skipped;
	return log->skipped;
}

static void
skip(struct qf_delay_log *log, const struct line *line)
{
	if (log->skipped++ == 0)
		log->first_skipped = line->offset;
}

/* A full buffer holds one long line: make it larger. */
static enum qf_status
make_room(struct qf_delay_log *log, struct qf_error *err)
{
	char *buffer;

	if (log->have < log->room)
		return QF_OK;
	if (log->room >= MAX_LINE)
		return qf_corrupt(err, log->start, "line of more than 1 MB");
	buffer = realloc(log->buffer, log->room * 2);
	if (buffer == NULL) {
		errno = ENOMEM;
		return qf_system(err, "cannot read a line");
	}
	log->buffer = buffer;
	log->room *= 2;
	return QF_OK;
}

/* Get more of the file behind what is there. */
static enum qf_status
fill(struct qf_delay_log *log, struct qf_error *err)
{
	enum qf_status status;
	size_t want;
	ssize_t got;

	memmove(log->buffer, log->buffer + log->pos, log->have - log->pos);
	log->start += (off_t)log->pos;
	log->have -= log->pos;
	log->pos = 0;
	status = make_room(log, err);
	if (status != QF_OK)
		return status;
	want = log->room - log->have;
	if (want > log->want)
		want = log->want;
	do
		got = pread(log->fd, log->buffer + log->have, want,
			    log->start + (off_t)log->have);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return qf_system(err, "cannot read");
	/* A plain file gives less than asked for at its end only. */
	log->at_end = (size_t)got < want;
	log->have += (size_t)got;
	log->want = NEXT_READ;
	return QF_OK;
}

/* QF_END: no complete line is left, or one without its newline. */
static enum qf_status
next_line(struct qf_delay_log *log, struct line *line, struct qf_error *err)
{
	size_t searched = 0;

	for (;;) {
		char *start = log->buffer + log->pos;
		size_t have = log->have - log->pos;
		char *end = have == searched ? NULL
					     : memchr(start + searched, '\n',
						      have - searched);
		enum qf_status status;

		if (end != NULL) {
			/* Postfix handles lines as strings: a NUL ends one. */
			line->text = start;
			line->len = strnlen(start, (size_t)(end - start));
			line->offset = log->start + (off_t)log->pos;
			log->pos += (size_t)(end - start) + 1;
			return QF_OK;
		}
		if (log->at_end)
			return QF_END;
		searched = have;
		status = fill(log, err);
		if (status != QF_OK)
			return status;
	}
}

/* Postfix has made any other white space a `?' before it looks for blanks. */
static bool
is_blank(char byte)
{
	return byte == ' ';
}

static bool
is_alnum(char byte)
{
	return (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') ||
	       (byte >= 'a' && byte <= 'z');
}

/* Each line of each log is looked up here. */
enum line_name {
	LINE_UNKNOWN,
	LINE_IGNORED,
	LINE_OFFSET,
	LINE_RECIPIENT,
	LINE_REASON,
	LINE_STATUS,
	LINE_ACTION,
	LINE_ORIGINAL,
	LINE_DSN_ORIGINAL,
	LINE_MTA,
};

static enum line_name
name_of(const char *name, size_t len)
{
	static const struct {
		const char *text;
		size_t len;
		enum line_name name;
	} names[] = {
#define ROW(text, name) { text, sizeof(text) - 1, name }
		ROW("recipient", LINE_RECIPIENT),
		ROW("offset", LINE_OFFSET),
		ROW("dsn_orig_rcpt", LINE_DSN_ORIGINAL),
		ROW("status", LINE_STATUS),
		ROW("action", LINE_ACTION),
		ROW("diag_type", LINE_IGNORED),
		ROW("diag_text", LINE_IGNORED),
		ROW("mta_type", LINE_IGNORED),
		ROW("mta_mname", LINE_MTA),
		ROW("reason", LINE_REASON),
		ROW("original_recipient", LINE_ORIGINAL),
		ROW("notify_flags", LINE_IGNORED),
#undef ROW
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (names[i].len == len &&
		    memcmp(names[i].text, name, len) == 0)
			return names[i].name;
	}
	return LINE_UNKNOWN;
}

static int64_t
positive_number(const char *text, size_t len)
{
	int64_t value = 0;

	for (size_t i = 0; i < len && text[i] >= '0' && text[i] <= '9'; i++) {
		if (value > INT64_MAX / 10 - 1)
			return 0;
		value = value * 10 + (text[i] - '0');
	}
	return value;
}

static enum qf_status
keep(struct qf_arena *arena, const char **field, const char *text, size_t len,
     struct qf_error *err)
{
	char *value = qf_arena_copy(arena, text, strnlen(text, len));

	if (value == NULL) {
		errno = ENOMEM;
		return qf_system(err, "cannot keep a log entry");
	}
	*field = value;
	return QF_OK;
}

/* An empty address in a log is the null recipient. */
#define NULL_ADDRESS "(MAILER-DAEMON)"

/* Where a line with text goes; NULL: it is not kept. */
static const char **
field_of(struct qf_delay *entry, enum line_name name)
{
	switch (name) {
	case LINE_RECIPIENT:
		return &entry->address;
	case LINE_REASON:
		return &entry->reason;
	case LINE_STATUS:
		return &entry->status;
	case LINE_ACTION:
		return &entry->action;
	case LINE_ORIGINAL:
		return &entry->original;
	case LINE_DSN_ORIGINAL:
		return &entry->dsn_original;
	case LINE_MTA:
		return &entry->mta;
	case LINE_UNKNOWN:
	case LINE_IGNORED:
	case LINE_OFFSET:
		break;
	}
	return NULL;
}

/* name=value */
static enum qf_status
new_form(struct qf_delay_log *log, const struct line *line,
	 struct qf_arena *arena, struct qf_delay *entry, struct qf_error *err)
{
	const char *end = line->text + line->len;
	const char *equal = memchr(line->text, '=', line->len);
	const char *name_end = equal;
	enum line_name name = LINE_UNKNOWN;
	const char *value = NULL;
	const char **field;

	if (equal != NULL) {
		while (name_end > line->text && is_blank(name_end[-1]))
			name_end--;
		for (value = equal + 1; value < end && is_blank(*value);)
			value++;
		while (end > value && is_blank(end[-1]))
			end--;
		name = name_of(line->text, (size_t)(name_end - line->text));
	}
	if (name == LINE_UNKNOWN)
		skip(log, line);
	if (name == LINE_OFFSET)
		entry->offset = positive_number(value, (size_t)(end - value));
	field = field_of(entry, name);
	if (field == NULL)
		return QF_OK;
	if (value == end && (name == LINE_RECIPIENT || name == LINE_ORIGINAL)) {
		*field = NULL_ADDRESS;
		return QF_OK;
	}
	return keep(arena, field, value, (size_t)(end - value), err);
}

/* <address>: reason */
static enum qf_status
old_form(struct qf_delay_log *log, const struct line *line,
	 struct qf_arena *arena, struct qf_delay *entry, struct qf_error *err)
{
	const char *end = line->text + line->len;
	const char *address = line->text + 1;
	const char *mark = line->text[0] != '<'
				   ? NULL
				   : memmem(address, line->len - 1, ">: ", 3);
	const char *reason;
	enum qf_status status;

	if (mark == NULL) {
		skip(log, line);
		return QF_OK;
	}
	for (reason = mark + 3; reason < end && is_blank(*reason); reason++)
		;
	status = keep(arena, &entry->reason, reason, (size_t)(end - reason),
		      err);
	if (status != QF_OK)
		return status;
	if (mark == address) {
		entry->address = NULL_ADDRESS;
		return QF_OK;
	}
	return keep(arena, &entry->address, address, (size_t)(mark - address),
		    err);
}

static void
fill_gaps(struct qf_delay *entry)
{
	if (entry->address == NULL || entry->address[0] == '\0')
		entry->address = "(recipient address unavailable)";
	if (entry->reason == NULL || entry->reason[0] == '\0')
		entry->reason = "(description unavailable)";
}

enum qf_status
qf_delay_log_next(struct qf_delay_log *log, struct qf_arena *arena,
		  struct qf_delay *entry, struct qf_error *err)
{
	struct qf_delay found = { 0 };
	bool begun = false;
	enum qf_status status;
	struct line line;

	for (;;) {
		status = next_line(log, &line, err);
		if (status != QF_OK)
			return status;
		if (line.len == 0) {
			if (begun)
				break;
			continue;
		}
		begun = true;
		if (is_alnum(line.text[0]))
			status = new_form(log, &line, arena, &found, err);
		else
			status = old_form(log, &line, arena, &found, err);
		if (status != QF_OK)
			return status;
	}
	fill_gaps(&found);
	*entry = found;
	return QF_OK;
}
