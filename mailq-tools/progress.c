/*
 * progress.c - a sign of life on a terminal while work goes on.
 */
#include "progress.h"

#include <stdio.h>
#include <unistd.h>

#include "mailq-tools/clock.h"

#define QUIET_MS 1000 /* short work says nothing */
#define STEP_MS	 200
#define TURNS	 256 /* between two looks at the clock */

void
progress_start(struct progress *progress, const char *what)
{
	*progress = (struct progress){ .what = what,
				       .enabled = isatty(STDERR_FILENO) == 1,
				       .begin = clock_ms() };
}

void
progress_tell(struct progress *progress, uint64_t done)
{
	int64_t now;

	if (!progress->enabled || done % TURNS != 0)
		return;
	now = clock_ms();
	if (now - progress->begin < QUIET_MS || now - progress->last < STEP_MS)
		return;
	progress->last = now;
	progress->shown = true;
	/* Back to the start of the line, and erase what stood behind. */
	fprintf(stderr, "\r%llu %s, %llu/s\033[K", (unsigned long long)done,
		progress->what,
		(unsigned long long)(done * 1000 /
				     (uint64_t)(now - progress->begin)));
}

void
progress_end(struct progress *progress)
{
	if (progress->shown)
		fputs("\r\033[K", stderr);
	progress->shown = false;
}
