/*
 * consider.h - before a wide change: what it would be about.
 */
#ifndef CONSIDER_H
#define CONSIDER_H

#include "mailq-tools/access.h"
#include "mailq-tools/by.h"
#include "mailq-tools/tool.h"
#include "queue-format/plan/plan.h"
#include "queue-format/string_set.h"

#define CONSIDER_SAMPLES 5

/* By queue, by domain of the recipients, by sender. */
#define CONSIDER_TABLES 3

struct consider {
	/* To be set by the caller. */
	struct tool *tool;
	enum qf_verb verb;
	bool in_full;	  /* all of it, and not only what a question names */
	const char *rate; /* "60/min", NULL: as fast as it goes; then */
	int64_t seconds;  /* so long it takes at least */
	uint64_t later;	  /* left for another time, for `later_for' */
	const char *later_for;

	/* What was taken. */
	uint64_t messages;
	int64_t bytes;
	uint64_t notices;	  /* that an expiry sends */
	struct qf_group *domains; /* that they go to */
	uint64_t quiet;		  /* messages that give no notice */
	struct by tables[CONSIDER_TABLES];
	struct qf_message samples[CONSIDER_SAMPLES];
	size_t sample_count;
	struct qf_arena arena;
	struct qf_string_set pool;
};

void consider_start(struct consider *consider, const struct access *access);

/* Parts of a message that are needed. */
unsigned consider_parts(const struct consider *consider);

void consider_add(struct consider *consider, const struct qf_message *message);

/*
 * Print all of it on standard output, for people or as JSON in one line.  Only
 * where it is considered in full.  Ends the program when that cannot be
 * written.
 */
void consider_print(struct consider *consider, bool json);

/* Append what is asked before it is done. */
void consider_question(const struct consider *consider, struct qf_buffer *out);

/* Append how long it takes, and what is left for later; "" for neither. */
void consider_pace(const struct consider *consider, struct qf_buffer *out);

/* Append what an expiry sends, to whom; one sentence for a line of text. */
void consider_notices(const struct consider *consider, struct qf_buffer *out);

void consider_free(struct consider *consider);

#endif
