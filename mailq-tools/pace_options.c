/*
 * pace_options.c - the options of programs that change messages at a pace.
 */
#include "pace_options.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	const char *name;
	int64_t seconds;
} spans[] = {
	{ "s", 1 },
	{ "min", 60 },
	{ "h", 3600 },
};

/* 0: it does not begin with a number above zero. */
static unsigned long
read_digits(const char *text, char **end)
{
	unsigned long number;

	*end = (char *)text;
	if (*text < '0' || *text > '9')
		return 0;
	errno = 0;
	number = strtoul(text, end, 10);
	return errno == 0 ? number : 0;
}

/* In ns; 0: there is no span of that name. */
static int64_t
span_by_name(const char *name)
{
	for (size_t i = 0; i < sizeof(spans) / sizeof(spans[0]); i++) {
		if (strcmp(spans[i].name, name) == 0)
			return spans[i].seconds * QF_PACE_SECOND;
	}
	return 0;
}

static void
read_rate(struct tool *tool, struct pace_options *options, const char *text)
{
	char *end;
	unsigned long count = read_digits(text, &end);
	int64_t span = *end == '/' ? span_by_name(end + 1) : 0;

	if (count == 0 || span == 0)
		tool_misuse(tool,
			    "--rate: \"%s\" is not a rate such as 10/s, 60/min "
			    "or 500/h",
			    text);
	if (!qf_pace_start(&options->pace, count, span))
		tool_misuse(tool,
			    "--rate: more than %d/s is no pace: leave "
			    "it out",
			    QF_PACE_MAX);
	options->rate = text;
}

static void
read_percent(struct tool *tool, struct pace_options *options, const char *text)
{
	char *end;
	unsigned long percent = read_digits(text, &end);

	if (*end == '%')
		end++;
	if (percent == 0 || percent > 100 || *end != '\0')
		tool_misuse(tool,
			    "--stop-on-defer: \"%s\" is not a share such as "
			    "20%%, from 1%% to 100%%",
			    text);
	options->stop_percent = (unsigned)percent;
}

bool
pace_option(struct tool *tool, struct pace_options *options, int option,
	    const char *argument)
{
	switch (option) {
	case PACE_OPT_RATE:
		read_rate(tool, options, argument);
		return true;
	case PACE_OPT_PER_DOMAIN:
		options->per_domain =
			tool_read_number(tool, "--per-domain", argument);
		return true;
	case PACE_OPT_STOP_ON_DEFER:
		read_percent(tool, options, argument);
		return true;
	default:
		return false;
	}
}

void
pace_check(struct tool *tool, const struct pace_options *options,
	   enum qf_verb verb)
{
	if (options->stop_percent == 0)
		return;
	if (verb != QF_RELEASE && verb != QF_FLUSH)
		tool_misuse(tool,
			    "--stop-on-defer goes with release, not with %s: "
			    "nothing else is tried and may come back",
			    qf_verb_name(verb));
	if (options->rate == NULL)
		tool_misuse(tool, "--stop-on-defer needs --rate: without it "
				  "all are let go before the first is tried");
	if (tool->spool != NULL)
		tool_misuse(tool, "--stop-on-defer does not go with --spool: "
				  "nobody tries what is released there");
}
