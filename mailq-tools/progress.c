/*
 * progress.c - a sign of life on a terminal while work goes on.
 */
#include "progress.h"

#include <stdio.h>
#include <unistd.h>

#include "mailq-tools/value.h"
#include "queue-format/clock.h"

#define QUIET_MS 1000 /* short work says nothing */
#define STEP_MS	 200
#define TURNS	 256 /* between two looks at the clock */
#define BAR	 20

void
progress_start(struct progress *progress, const char *what)
{
	*progress = (struct progress){ .what = what,
				       .enabled = isatty(STDERR_FILENO) == 1,
				       .begin = qf_clock_ms() };
}

void
progress_start_of(struct progress *progress, const char *what, uint64_t total)
{
	progress_start(progress, what);
	progress->total = total;
}

void
progress_pace(struct progress *progress, const char *pace, double each)
{
	progress->pace = pace;
	progress->each = each;
}

/* It takes as long as the pace says, or longer where that is not reached. */
static void
put_pace(struct qf_buffer *line, const struct progress *progress, uint64_t done)
{
	double rest = (double)(progress->total - done);
	double left = rest * progress->each;
	double gone = (double)(progress->last - progress->begin) / 1000;

	if (done > 0 && gone / (double)done * rest > left)
		left = gone / (double)done * rest;
	qf_buffer_string(line, progress->pace);
	qf_buffer_string(line, ", ");
	value_duration(line, (int64_t)left);
	qf_buffer_string(line, " left");
}

static void
put_rate(struct qf_buffer *line, const struct progress *progress, uint64_t done,
	 uint64_t rate)
{
	qf_buffer_number(line, (long long)rate);
	qf_buffer_string(line, "/s");
	if (rate == 0)
		return;
	qf_buffer_string(line, ", ");
	value_duration(line, (int64_t)((progress->total - done) / rate));
	qf_buffer_string(line, " left");
}

/* [#####.......] 1200 of 4211 messages changed, 300/s, 10s left */
static void
show_part(const struct progress *progress, uint64_t done, uint64_t rate)
{
	uint64_t total = progress->total;
	size_t full = (size_t)((double)done / (double)total * BAR);
	struct qf_buffer line = { 0 };

	qf_buffer_byte(&line, '[');
	qf_buffer_fill(&line, '#', full);
	qf_buffer_fill(&line, '.', BAR - full);
	qf_buffer_string(&line, "] ");
	qf_buffer_number(&line, (long long)done);
	qf_buffer_string(&line, " of ");
	qf_buffer_number(&line, (long long)total);
	qf_buffer_byte(&line, ' ');
	qf_buffer_string(&line, progress->what);
	qf_buffer_string(&line, ", ");
	if (progress->pace != NULL)
		put_pace(&line, progress, done);
	else
		put_rate(&line, progress, done, rate);
	fprintf(stderr, "\r%s\033[K", qf_buffer_text(&line));
	qf_buffer_free(&line);
}

void
progress_tell(struct progress *progress, uint64_t done)
{
	uint64_t rate;
	int64_t now;

	if (!progress->enabled || (progress->total == 0 && done % TURNS != 0))
		return;
	now = qf_clock_ms();
	if (now - progress->begin < QUIET_MS || now - progress->last < STEP_MS)
		return;
	progress->last = now;
	progress->shown = true;
	rate = done * 1000 / (uint64_t)(now - progress->begin);
	/* Back to the start of the line, and erase what stood behind. */
	if (progress->total > 0 && done <= progress->total)
		show_part(progress, done, rate);
	else
		fprintf(stderr, "\r%llu %s, %llu/s\033[K",
			(unsigned long long)done, progress->what,
			(unsigned long long)rate);
}

void
progress_end(struct progress *progress)
{
	if (progress->shown)
		fputs("\r\033[K", stderr);
	progress->shown = false;
}
