/*
 * pace_options.h - the options of programs that change messages at a pace:
 * how many in which time, how many of a domain, and when to end it early.
 */
#ifndef PACE_OPTIONS_H
#define PACE_OPTIONS_H

#include "mailq-tools/tool.h"
#include "queue-format/plan/pace.h"
#include "queue-format/plan/plan.h"

/* All zero: as fast as it goes, all of them. */
struct pace_options {
	const char *rate; /* as it was given, NULL: none */
	struct qf_pace pace;
	unsigned long per_domain; /* 0: no matter how many */
	unsigned stop_percent;	  /* 0: never */
};

/* getopt_long() rows and values. */
enum {
	PACE_OPT_RATE = 2000,
	PACE_OPT_PER_DOMAIN,
	PACE_OPT_STOP_ON_DEFER,
};

#define PACE_LONG_OPTIONS                                                      \
	{ "rate", required_argument, NULL, PACE_OPT_RATE },                    \
		{ "per-domain", required_argument, NULL,                       \
		  PACE_OPT_PER_DOMAIN },                                       \
	{                                                                      \
		"stop-on-defer", required_argument, NULL,                      \
			PACE_OPT_STOP_ON_DEFER                                 \
	}

/* Why messages are left for a later run. */
#define PACE_PER_DOMAIN "--per-domain"

/* What --help tells of them. */
#define PACE_USAGE                                                             \
	"  --rate N/s|min|h, --per-domain N, --stop-on-defer N%   steadily, "  \
	"in parts\n"

/* False: it is none of these.  Ends the program for a mistake. */
bool pace_option(struct tool *tool, struct pace_options *options, int option,
		 const char *argument);

/* Ends the program for options that do not go together. */
void pace_check(struct tool *tool, const struct pace_options *options,
		enum qf_verb verb);

#endif
