/*
 * tool.h - what all programs of the suite do alike.
 *
 * Talking to people, common options, exit statuses.  Knows nothing of
 * messages.
 */
#ifndef TOOL_H
#define TOOL_H

#include <stdbool.h>
#include <stdint.h>

#include "queue-format/error.h"

/* Exit statuses beyond sysexits.h's; tool.c has the order of their weight. */
enum tool_exit {
	TOOL_OK = 0,
	TOOL_NO_MATCH = 1, /* a selection matched nothing */
	TOOL_USAGE = 64,
	TOOL_BAD_DATA = 65,
	TOOL_NOT_FOUND = 66, /* none of the named ids, or no such instance */
	TOOL_DOWN = 69,	     /* the mail system is needed and down */
	TOOL_IO = 74,
	TOOL_PARTLY = 75, /* some done and some not */
	TOOL_DENIED = 77,
};

enum tool_color {
	TOOL_COLOR_AUTO,
	TOOL_COLOR_ALWAYS,
	TOOL_COLOR_NEVER,
};

struct tool {
	const char *name;
	const char *usage; /* what --help prints */
	/* Common options. */
	const char *config_directory; /* -c or MAIL_CONFIG; NULL: default */
	const char *instance;	      /* --instance; NULL or "all" */
	const char *spool;	      /* --spool; NULL: Postfix's */
	const char *settings;	      /* --settings; NULL: the usual file */
	enum tool_color color;
	bool utc;
	/* State. */
	int64_t now;
	bool utf8; /* the locale's encoding */
	int exit;  /* the worst that happened */
};

/* getopt_long() rows and values of the common options. */
#define TOOL_SHORT_OPTIONS "c:"
#define TOOL_LONG_OPTIONS                                                      \
	{ "postfix-config", required_argument, NULL, 'c' },                    \
		{ "instance", required_argument, NULL, TOOL_OPT_INSTANCE },    \
		{ "spool", required_argument, NULL, TOOL_OPT_SPOOL },          \
		{ "settings", required_argument, NULL, TOOL_OPT_SETTINGS },    \
		{ "color", required_argument, NULL, TOOL_OPT_COLOR },          \
		{ "utc", no_argument, NULL, TOOL_OPT_UTC },                    \
		{ "help", no_argument, NULL, TOOL_OPT_HELP },                  \
	{                                                                      \
		"version", no_argument, NULL, TOOL_OPT_VERSION                 \
	}

enum {
	TOOL_OPT_INSTANCE = 1000,
	TOOL_OPT_SPOOL,
	TOOL_OPT_SETTINGS,
	TOOL_OPT_COLOR,
	TOOL_OPT_UTC,
	TOOL_OPT_HELP,
	TOOL_OPT_VERSION,
};

/* First of all: standard descriptors, locale, environment. */
void tool_start(struct tool *tool);

/*
 * getopt_long(3) repeats a word that it does not know as it is; words come
 * from scripts, too.  Ends the program for one that a terminal must not get.
 */
void tool_check_words(struct tool *tool, char *const argv[]);

/* Take a common option; ends the program for --help, and for a mistake. */
void tool_option(struct tool *tool, int option, const char *argument);

/* The argument of an option: a number above zero, or the program ends. */
unsigned long
tool_read_number(struct tool *tool, const char *option, const char *text);

/* "name: text" on stderr, made safe for a terminal; notes the status. */
void tool_complain(struct tool *tool, int exit, const char *format, ...)
	QF_PRINTF(3, 4);

/* The same of an instance, which is named where there are several. */
void tool_complain_of(struct tool *tool, int exit, const char *instance,
		      const char *text);

/* Without a status: nothing is wrong, but worth knowing. */
void tool_note(struct tool *tool, const char *format, ...) QF_PRINTF(2, 3);

/* The same and end the program. */
_Noreturn void tool_die(struct tool *tool, int exit, const char *format, ...)
	QF_PRINTF(3, 4);

/* A mistake in how the program was called. */
_Noreturn void tool_misuse(struct tool *tool, const char *format, ...)
	QF_PRINTF(2, 3);

/* Note a status: the worst one is what the program ends with. */
void tool_exit_with(struct tool *tool, int exit);

/* The exit status for a failure of the whole. */
int tool_exit_of(enum qf_status status);

/* Does colour belong on this descriptor? */
bool tool_has_color(const struct tool *tool, int fd);

#endif
