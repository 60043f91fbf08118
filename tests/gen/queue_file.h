/*
 * queue_file.h - write a queue file as Postfix's cleanup daemon does.
 *
 * The file is built in memory, record by record in the order of the calls.
 * What a message is made of is known in compose.c; this module knows the
 * records, the places that later edits need, and the sizes in the first
 * record.
 */
#ifndef GEN_QUEUE_FILE_H
#define GEN_QUEUE_FILE_H

#include <stdbool.h>

#include "bytes.h"

enum record_type {
	REC_SIZE = 'C',
	REC_TIME = 'T',
	REC_FULL_NAME = 'F',
	REC_FILTER = 'L',
	REC_SENDER = 'S',
	REC_ORIGINAL = 'O',
	REC_RCPT = 'R',
	REC_DONE = 'D',
	REC_CANCELED = '/',
	REC_WARN = 'W',
	REC_ATTR = 'A',
	REC_KILLED = 'K',
	REC_REDIRECT = '>',
	REC_VERP = 'V',
	REC_CONTENT = 'M',
	REC_LINE = 'N',
	REC_LINE_PART = 'L',
	REC_PADDING = 'w',
	REC_EXTRACTED = 'X',
	REC_POINTER = 'p',
	REC_END = 'E',
};

/* Queue manager hints in the size record. */
#define HINT_NOTIFY_SHIFT 1
#define HINT_NOTIFY_MASK  0xeu /* success, failure, delay; not never */

/* line_length_limit: longer lines are stored in pieces. */
#define LINE_PART_MAX 2048
#define LINE_ROOM     4 /* what a record of a line needs beside its text */

/* Where a header lies, for those who put another one in its place. */
struct header_place {
	size_t at;   /* its first record */
	size_t rest; /* what comes after that record and its padding */
	size_t next; /* what comes after the whole header */
};

/* All zero, but for `milters', is a new file. */
struct queue_file {
	struct bytes bytes;
	bool milters; /* leave room for edits */

	size_t sender_at, after_sender;
	size_t append_rcpt_at, append_rcpt_to; /* 0: no such pointer */
	size_t append_header_at, append_header_to;
	struct header_place *headers;
	size_t header_count, header_size;

	size_t data_at;	    /* where the content starts */
	size_t extra_at;    /* where it ends */
	size_t content_len; /* without what edits left behind */
	unsigned rcpts;
	unsigned hints;
	unsigned utf8; /* 1 SMTPUTF8 requested, 2 in a header, 4 in sender */
};

/* Begin again; memory and `milters' are kept. */
void queue_file_clear(struct queue_file *f);
void queue_file_free(struct queue_file *f);

/* Append one record; returns its offset. */
size_t queue_file_put(struct queue_file *f, enum record_type type,
		      const char *data, size_t len);
size_t
queue_file_text(struct queue_file *f, enum record_type type, const char *text);
size_t queue_file_printf(struct queue_file *f, enum record_type type,
			 const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* A text line, in pieces when it is long. */
void queue_file_line(struct queue_file *f, const char *line, size_t len);

/* The parts of a file, in this order. */
void queue_file_start(struct queue_file *f);
void queue_file_sender(struct queue_file *f, const char *address);
void queue_file_rcpts_end(struct queue_file *f);
void queue_file_content(struct queue_file *f);
void queue_file_header(struct queue_file *f, const char *lines);
void queue_file_headers_end(struct queue_file *f);
void queue_file_content_end(struct queue_file *f);
void queue_file_meta_end(struct queue_file *f);
void queue_file_end(struct queue_file *f);

/* Fill in the sizes; to be called last, also after edits. */
void queue_file_finish(struct queue_file *f);

/* For edits: write a pointer, or overwrite what lies at `at' with one. */
size_t queue_file_pointer(struct queue_file *f, size_t target);
void queue_file_point(struct queue_file *f, size_t at, size_t target);

#endif
