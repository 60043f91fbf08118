/*
 * caller.c - who has called the program, for the journal.
 */
#include "caller.h"

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What a shell takes as it is. */
#define PLAIN                                                                  \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"                 \
	"0123456789%+,-./:=@_"

static void
put_word(struct qf_buffer *out, const char *word)
{
	if (*word != '\0' && word[strspn(word, PLAIN)] == '\0') {
		qf_buffer_string(out, word);
		return;
	}
	qf_buffer_byte(out, '\'');
	for (; *word != '\0'; word++) {
		if (*word == '\'')
			qf_buffer_string(out, "'\\''");
		else
			qf_buffer_byte(out, *word);
	}
	qf_buffer_byte(out, '\'');
}

static char *
user_name(uid_t uid)
{
	const struct passwd *entry = getpwuid(uid);
	char number[32];

	if (entry != NULL)
		return strdup(entry->pw_name);
	snprintf(number, sizeof(number), "%ld", (long)uid);
	return strdup(number);
}

/* Any of the three may have been redirected. */
static char *
terminal_name(void)
{
	for (int fd = 0; fd < 3; fd++) {
		const char *name = ttyname(fd);

		if (name != NULL)
			return strdup(name);
	}
	return NULL;
}

void
caller_look(struct caller *caller, char *const argv[])
{
	*caller = (struct caller){ .uid = getuid() };
	caller->user = user_name(caller->uid);
	caller->tty = terminal_name();
	caller->sudo_user = getenv("SUDO_USER");
	if (gethostname(caller->host, sizeof(caller->host)) < 0)
		caller->host[0] = '\0';
	caller->host[sizeof(caller->host) - 1] = '\0';
	for (size_t i = 0; argv[i] != NULL; i++) {
		if (i > 0)
			qf_buffer_byte(&caller->command, ' ');
		put_word(&caller->command, argv[i]);
	}
}

static const char *
known(const char *text)
{
	return text == NULL ? "" : text;
}

void
caller_sign(struct caller *caller, struct qf_job *job)
{
	job->uid = caller->uid;
	job->user = known(caller->user);
	job->sudo_user = known(caller->sudo_user);
	job->tty = known(caller->tty);
	job->host = caller->host;
	job->command = qf_buffer_text(&caller->command);
}

void
caller_free(struct caller *caller)
{
	free(caller->user);
	free(caller->tty);
	qf_buffer_free(&caller->command);
}
