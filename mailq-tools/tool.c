/*
 * tool.c - what all programs of the suite do alike.
 */
#include "tool.h"

#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "mailq-tools/process.h"
#include "queue-format/text.h"

/* From harmless to worst. */
static const int exits_by_weight[] = {
	TOOL_OK, TOOL_NO_MATCH, TOOL_NOT_FOUND, TOOL_PARTLY, TOOL_BAD_DATA,
	TOOL_IO, TOOL_DOWN,	TOOL_DENIED,	TOOL_USAGE,
};

static size_t
weight(int exit)
{
	size_t count = sizeof(exits_by_weight) / sizeof(exits_by_weight[0]);

	for (size_t i = 0; i < count; i++) {
		if (exits_by_weight[i] == exit)
			return i;
	}
	return count;
}

void
tool_exit_with(struct tool *tool, int exit)
{
	if (weight(exit) > weight(tool->exit))
		tool->exit = exit;
}

int
tool_exit_of(enum qf_status status)
{
	switch (status) {
	case QF_OK:
	case QF_END:
	case QF_STOPPED:
		return TOOL_OK;
	case QF_GONE:
	case QF_ABSENT:
		return TOOL_NOT_FOUND;
	case QF_CHANGED:
	case QF_EXISTS:
	case QF_BUSY:
		return TOOL_PARTLY;
	case QF_CORRUPT:
	case QF_UNSAFE:
	case QF_INVALID:
		return TOOL_BAD_DATA;
	case QF_DENIED:
		return TOOL_DENIED;
	case QF_DOWN:
		return TOOL_DOWN;
	case QF_SYSTEM:
		return TOOL_IO;
	}
	return TOOL_IO;
}

void
tool_start(struct tool *tool)
{
	process_start(TOOL_DENIED);
	umask(022);
	setlocale(LC_ALL, "");
	tzset();
	tool->utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
	tool->now = time(NULL);
	tool->config_directory = getenv("MAIL_CONFIG");
}

void
tool_check_words(struct tool *tool, char *const argv[])
{
	struct qf_buffer safe = { 0 };

	for (; *argv != NULL; argv++) {
		if (**argv != '-')
			continue;
		qf_buffer_empty(&safe);
		qf_text_plain(&safe, *argv, strlen(*argv));
		if (strcmp(qf_buffer_text(&safe), *argv) != 0)
			tool_misuse(tool, "no option: '%s'", *argv);
	}
	qf_buffer_free(&safe);
}

static enum tool_color
color_by_name(struct tool *tool, const char *name)
{
	if (strcmp(name, "auto") == 0)
		return TOOL_COLOR_AUTO;
	if (strcmp(name, "always") == 0)
		return TOOL_COLOR_ALWAYS;
	if (strcmp(name, "never") != 0)
		tool_misuse(tool,
			    "--color: \"%s\" is none of auto, always, "
			    "never",
			    name);
	return TOOL_COLOR_NEVER;
}

static _Noreturn void
print_and_exit(struct tool *tool, const char *text)
{
	if (fputs(text, stdout) == EOF || fflush(stdout) == EOF)
		tool_die(tool, TOOL_IO, "standard output: %s", strerror(errno));
	exit(TOOL_OK);
}

void
tool_option(struct tool *tool, int option, const char *argument)
{
	char version[100];

	switch (option) {
	case 'c':
		tool->config_directory = argument;
		break;
	case TOOL_OPT_INSTANCE:
		tool->instance = argument;
		break;
	case TOOL_OPT_SPOOL:
		tool->spool = argument;
		break;
	case TOOL_OPT_SETTINGS:
		tool->settings = argument;
		break;
	case TOOL_OPT_COLOR:
		tool->color = color_by_name(tool, argument);
		break;
	case TOOL_OPT_UTC:
		tool->utc = true;
		break;
	case TOOL_OPT_HELP:
		print_and_exit(tool, tool->usage);
	case TOOL_OPT_VERSION:
		snprintf(version, sizeof(version), "%s (%s)\n", tool->name,
			 PACKAGE_STRING);
		print_and_exit(tool, version);
	default:
		/* getopt_long() has said what is wrong. */
		fprintf(stderr, "Try \"%s --help\".\n", tool->name);
		exit(TOOL_USAGE);
	}
}

unsigned long
tool_read_number(struct tool *tool, const char *option, const char *text)
{
	char *end = NULL;
	unsigned long value;

	errno = 0;
	value = strtoul(text, &end, 10);
	if (*text < '0' || *text > '9' || *end != '\0' || errno != 0 ||
	    value == 0)
		tool_misuse(tool, "%s: \"%s\" is not a number above zero",
			    option, text);
	return value;
}

static void QF_PRINTF(2, 0)
	say(const struct tool *tool, const char *format, va_list args)
{
	struct qf_buffer line = { 0 };
	char text[2000];

	vsnprintf(text, sizeof(text), format, args);
	qf_buffer_string(&line, tool->name);
	qf_buffer_string(&line, ": ");
	qf_text_show(&line, text, (size_t)-1, tool->utf8);
	qf_buffer_byte(&line, '\n');
	fwrite(line.data, 1, line.len, stderr);
	qf_buffer_free(&line);
}

void
tool_complain(struct tool *tool, int exit, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(tool, format, args);
	va_end(args);
	tool_exit_with(tool, exit);
}

void
tool_complain_of(struct tool *tool, int exit, const char *instance,
		 const char *text)
{
	tool_complain(tool, exit, "%s%s%s", instance == NULL ? "" : instance,
		      instance == NULL ? "" : ": ", text);
}

void
tool_note(struct tool *tool, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(tool, format, args);
	va_end(args);
}

void
tool_die(struct tool *tool, int exit_status, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(tool, format, args);
	va_end(args);
	exit(exit_status);
}

void
tool_misuse(struct tool *tool, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(tool, format, args);
	va_end(args);
	fprintf(stderr, "Try \"%s --help\".\n", tool->name);
	exit(TOOL_USAGE);
}

bool
tool_has_color(const struct tool *tool, int fd)
{
	const char *no_color = getenv("NO_COLOR");
	const char *term = getenv("TERM");

	if (tool->color != TOOL_COLOR_AUTO)
		return tool->color == TOOL_COLOR_ALWAYS;
	return isatty(fd) && (no_color == NULL || *no_color == '\0') &&
	       term != NULL && strcmp(term, "dumb") != 0;
}
