/*
 * listing_json.h - a line of what `postqueue -j' prints.
 *
 * Each line is a JSON object that describes one message.  All versions of
 * Postfix that have it are understood: 3.1, 3.5 with forced_expire, 3.11 with
 * orig_address and more kinds of reasons.  Members with other names are
 * ignored.  Nothing here runs a program or knows a queue directory.
 */
#ifndef QF_LISTING_JSON_H
#define QF_LISTING_JSON_H

#include "queue-format/message.h"

/* A message with 100,000 recipients and their reasons needs less than half. */
#define QF_LISTING_LINE_MAX ((size_t)64 * 1024 * 1024)

/* Room for a queue id and its NUL. */
#define QF_LISTING_ID_SIZE 256

/* What a line can tell.  Of recipients, only those that are left. */
#define QF_LISTING_PARTS                                                       \
	(QF_PART_NAME | QF_PART_ENVELOPE | QF_PART_RECIPIENTS | QF_PART_REASONS)

/*
 * Queue and id, when the line begins as Postfix writes it.  Cheap, and no
 * proof that the rest is sound.  False: it takes qf_listing_json_parse().
 */
bool qf_listing_json_head(const char *line, size_t len, enum qf_queue *queue,
			  char id[QF_LISTING_ID_SIZE]);

/*
 * Make a message of one line, which has no newline at its end.  All strings
 * live in the arena.
 *
 * Of the envelope, sender, size and arrival are known; times are 0, the
 * origin is empty.  QF_PART_INODE is not known, even where forced_expire was
 * given and is set.  The reasons have no dsn and no mta.  Recipients that
 * are done are not listed: done_count is 0 and means nothing.
 *
 * Postfix has put a question mark in place of each byte that it takes for
 * unprintable; what is not UTF-8 nevertheless becomes U+FFFD here.  Text is
 * for showing, then, and may differ from the spool's.
 *
 * QF_CORRUPT  err->offset is the place in the line just behind what breaks
 *             the syntax, 0 for a member that is missing or wrong
 * QF_SYSTEM   out of memory
 */
enum qf_status
qf_listing_json_parse(const char *line, size_t len, struct qf_arena *arena,
		      struct qf_message *message, struct qf_error *err);

#endif
