/*
 * plan_file.h - a plan: messages that somebody has chosen, for somebody else
 * to look at, and for mqadm to change then.
 *
 * Lines of JSON.  The first says what it is, by whom and why; one for each
 * message says who that is and what a person wants to know of it; the last
 * one closes it.  A person may take out lines of messages: the last line says
 * how many there were, so that a file that was cut is known.
 * docs/mqadm-plan.schema.json describes each member.
 *
 * What is read is anybody's: nothing of it is believed before it was looked
 * at, and nothing here opens a file.
 */
#ifndef PLAN_FILE_H
#define PLAN_FILE_H

#include "queue-format/arena.h"
#include "queue-format/buffer.h"
#include "queue-format/journal.h"
#include "queue-format/plan/plan.h"

#define PLAN_FORMAT 1

/* A line of a plan that was written here needs a tenth of that. */
#define PLAN_LINE_MAX ((size_t)1024 * 1024)

/* More than any queue has that somebody would read through. */
#define PLAN_MESSAGES_MAX 10000000

/* Strings are never NULL; "" is unknown, or none. */
struct plan_head {
	enum qf_verb verb;
	bool now; /* release, expire: at once */
	int64_t made;
	uint64_t messages;
	int64_t bytes; /* their size altogether */
	uint64_t uid;  /* who made it, in the words of a job */
	const char *user;
	const char *sudo_user;
	const char *host;
	const char *command;
	const char *selection;
	const char *reason;
};

/* Can there be a plan of that? */
bool plan_takes(enum qf_verb verb);

/* Append a line, with its end. */
void plan_put_head(struct qf_buffer *out, const struct plan_head *head);
void plan_put_message(struct qf_buffer *out, const char *instance,
		      const struct qf_message *message);
void plan_put_end(struct qf_buffer *out, uint64_t messages);

enum plan_line {
	PLAN_BLANK, /* nothing in it */
	PLAN_HEAD,
	PLAN_MESSAGE,
	PLAN_END,
};

/* Somebody's plan, as far as it was read; all zero: nothing yet. */
struct plan_file {
	struct plan_head head;
	uint64_t line; /* the one at hand, from 1 */
	uint64_t messages;
	bool has_head;
	bool is_over;
};

/* The strings live in the arena. */
struct plan_message {
	const char *instance;	 /* NULL: the only one */
	struct qf_chosen chosen; /* id and inode are known */
};

/*
 * Take the next line, without its end.  *message is set for PLAN_MESSAGE.
 *
 * QF_CORRUPT  it is no line of a plan, or not where it may be; or the plan
 *             is of a newer format
 * QF_SYSTEM   out of memory
 */
enum qf_status
plan_take_line(struct plan_file *file, const char *line, size_t len,
	       struct qf_arena *arena, enum plan_line *kind,
	       struct plan_message *message, struct qf_error *err);

/* There are no more lines.  QF_CORRUPT: that cannot be all of a plan. */
enum qf_status
plan_take_end(const struct plan_file *file, struct qf_error *err);

#endif
