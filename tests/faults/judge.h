/*
 * judge.h - is every message there, and is it true what was said?
 */
#ifndef FAULTS_JUDGE_H
#define FAULTS_JUDGE_H

#include "bench.h"
#include "program.h"
#include "scenario.h"

/* What is wrong; a line for each. */
struct verdict {
	char text[8192];
	size_t len;
};

/* What the journal says of the last job. */
struct history {
	bool readable;
	char job[40]; /* "": there is none */
	char state[20];
	char text[OUTPUT_ROOM]; /* all of it */
};

void verdict_add(struct verdict *verdict, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Remember where messages are before the run that is tried. */
void judge_start(struct bench *bench);

/*
 * Each message is there once, as it was, with its logs, and at a place that
 * the command may have brought it to.  `settled': what had begun has been
 * brought to its end, so that its logs are where they are looked for.
 */
void judge_files(const struct bench *bench, const struct scenario *scenario,
		 bool settled, struct verdict *verdict);

/* All is done. */
void judge_done(const struct bench *bench, const struct scenario *scenario,
		struct verdict *verdict);

/*
 * What a command has said of each message, and its exit status.  `killed': it
 * was to be killed.
 */
void judge_words(const struct bench *bench, const struct scenario *scenario,
		 const struct outcome *outcome, bool killed,
		 struct verdict *verdict);

/*
 * Read the last job with `mqadm history'.  NULL: that it cannot be read is no
 * mistake.
 */
void history_read(struct stage *stage, struct history *history,
		  struct verdict *verdict);

/* What the journal says has happened is true. */
void judge_history(const struct bench *bench, const struct scenario *scenario,
		   const struct history *history, struct verdict *verdict);

#endif
