/*
 * postfix_own.c - what all drop-ins share.
 */
#include "postfix_own.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "queue-format/buffer.h"
#include "queue-format/text.h"

#define ARGUMENTS 4

static void QF_PRINTF(3, 0) say(const char *name, const char *kind,
				const char *format, va_list args)
{
	struct qf_buffer line = { 0 };
	char text[2000];

	vsnprintf(text, sizeof(text), format, args);
	qf_buffer_string(&line, name);
	qf_buffer_string(&line, kind);
	qf_text_plain(&line, text, strlen(text));
	qf_buffer_byte(&line, '\n');
	fwrite(line.data, 1, line.len, stderr);
	qf_buffer_free(&line);
}

void
drop_in_fatal(const char *name, int status, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(name, ": fatal: ", format, args);
	va_end(args);
	exit(status);
}

void
drop_in_warn(const char *name, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(name, ": warning: ", format, args);
	va_end(args);
}

void
drop_in_read_config(const struct drop_in *caller, const char *directory,
		    struct qf_config *config)
{
	struct qf_error err;

	if (qf_config_read(directory, config, &err) != QF_OK)
		drop_in_fatal(caller->name, caller->status, "%s", err.text);
}

/* Is this file the program that is running?  Then exec would go on forever. */
static bool
is_myself(const char *path)
{
	struct stat self;
	struct stat other;

	return stat("/proc/self/exe", &self) == 0 && stat(path, &other) == 0 &&
	       self.st_dev == other.st_dev && self.st_ino == other.st_ino;
}

void
drop_in_become_postqueue(const struct qf_config *config, const char *directory,
			 const char *const *arguments)
{
	char program[PATH_MAX];
	const char *argv[ARGUMENTS + 4];
	size_t n = 0;

	snprintf(program, sizeof(program), "%s/postqueue",
		 config->command_directory);
	if (is_myself(program))
		drop_in_fatal(POSTQUEUE, POSTQUEUE_FAILED,
			      "%s: this is not Postfix's own program", program);
	argv[n++] = POSTQUEUE;
	if (directory != NULL) {
		argv[n++] = "-c";
		argv[n++] = directory;
	}
	for (size_t i = 0; i < ARGUMENTS && arguments[i] != NULL; i++)
		argv[n++] = arguments[i];
	argv[n] = NULL;
	execv(program, (char *const *)argv);
	drop_in_fatal(POSTQUEUE, POSTQUEUE_FAILED, "%s: %s", program,
		      strerror(errno));
}
