/*
 * progress.h - a sign of life on a terminal while work goes on.
 *
 * One line on stderr that says how many and how fast, from the second second
 * on, and that is gone at the end; where it is known how many there are, also
 * a bar and the time that is left.  Nothing where stderr is no terminal.
 */
#ifndef PROGRESS_H
#define PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct progress {
	const char *what; /* "messages read" */
	uint64_t total;	  /* 0: not known */
	bool enabled;
	bool shown;
	int64_t begin; /* ms */
	int64_t last;
};

void progress_start(struct progress *progress, const char *what);

/* The same for work whose end is known. */
void
progress_start_of(struct progress *progress, const char *what, uint64_t total);

/* So many are done.  Cheap without a total: see the clock now and then only. */
void progress_tell(struct progress *progress, uint64_t done);

/* Take the line away; the next progress_tell() may bring it back. */
void progress_end(struct progress *progress);

#endif
