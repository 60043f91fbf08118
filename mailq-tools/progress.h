/*
 * progress.h - a sign of life on a terminal while work goes on.
 *
 * One line on stderr that says how many and how fast, from the second second
 * on, and that is gone at the end; where it is known how many there are, also
 * a bar and the time that is left.  Work at a pace says that in place of how
 * fast it is.  Nothing where stderr is no terminal.
 */
#ifndef PROGRESS_H
#define PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct progress {
	const char *what; /* "messages read" */
	uint64_t total;	  /* 0: not known */
	const char *pace; /* "60/min", NULL: none; `each' belongs to it */
	double each;	  /* s from one to the next */
	bool enabled;
	bool shown;
	int64_t begin; /* ms */
	int64_t last;
};

void progress_start(struct progress *progress, const char *what);

/* The same for work whose end is known. */
void
progress_start_of(struct progress *progress, const char *what, uint64_t total);

/* From now on no faster than that; `pace' is borrowed. */
void progress_pace(struct progress *progress, const char *pace, double each);

/* So many are done.  Cheap without a total: see the clock now and then only. */
void progress_tell(struct progress *progress, uint64_t done);

/* Take the line away; the next progress_tell() may bring it back. */
void progress_end(struct progress *progress);

#endif
