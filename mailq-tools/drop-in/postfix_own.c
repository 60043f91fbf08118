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

#include "mailq-tools/drop-in/say.h"

#define ARGUMENTS 4

void
drop_in_fatal(const char *name, int status, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	drop_in_say(name, ": fatal: ", QF_PRINTABLE_STRICT, format, args);
	va_end(args);
	exit(status);
}

void
drop_in_warn(const char *name, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	drop_in_say(name, ": warning: ", QF_PRINTABLE_STRICT, format, args);
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

bool
drop_in_is_myself(const char *path)
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
	if (drop_in_is_myself(program))
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
