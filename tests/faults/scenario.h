/*
 * scenario.h - the commands that are tried, and what they may come to.
 */
#ifndef FAULTS_SCENARIO_H
#define FAULTS_SCENARIO_H

#include <stdbool.h>
#include <stddef.h>

#include "program.h"

/* Where a message is when nothing more is to be done to it. */
#define END_SAME    NULL      /* where it was */
#define END_NOWHERE "nowhere" /* gone for good, with its logs */

#define WORD_JOB  "%job"
#define WORD_PLAN "%plan"

struct scenario {
	const char *name;
	/*
	 * The command; WORD_JOB is the job before it, and WORD_PLAN the file
	 * that has what was said before it.
	 */
	const char *words[WORDS_MAX];
	/* What goes before, without faults; empty: nothing. */
	const char *before[WORDS_MAX];
	const char *places[3]; /* of the messages at first, by turns */
	const char *ends[3];   /* and in the end */
	bool reported;	       /* a bounce log is owed for each */
	bool marks;	       /* it sets the mark of an expiry */
	bool unmarks;	       /* or takes it away */
	bool sets_time;
	bool once;   /* what is done cannot be asked for again (66) */
	bool misses; /* nor without word of what was done before (75) */
	bool parts;  /* it goes part by part, and may leave some */
	bool fresh;  /* it is the first command ever: no journal yet */
};

extern const struct scenario scenarios[];
extern const size_t scenario_count;

#endif
