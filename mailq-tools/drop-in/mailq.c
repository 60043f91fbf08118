/*
 * mailq - list the queue as Postfix's mailq does, only faster.
 *
 * Postfix's mailq is sendmail(1) under another name: it takes all options of
 * that, and ignores most.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "mailq-tools/drop-in/listing.h"
#include "mailq-tools/process.h"

/* The status of every failure of Postfix's sendmail. */
#define SENDMAIL_FAILED 75

#define SENDMAIL_OPTIONS "+A:B:C:F:GIL:N:O:R:UV:X:b:ce:f:h:imno:p:r:q:tvx"

/* -C may name main.cf itself, or its folder. */
static const char *
directory_of(char *path)
{
	char *slash = strrchr(path, '/');

	if (slash != NULL && slash != path && strcmp(slash, "/main.cf") == 0)
		*slash = '\0';
	return path;
}

/* What would not list the queue is left to sendmail itself. */
static void
take_option(int opt)
{
	if (opt == '?')
		drop_in_fatal("mailq", SENDMAIL_FAILED,
			      "usage: mailq [options]");
	if (opt == 'b' && optarg[0] != 'p')
		drop_in_fatal("mailq", SENDMAIL_FAILED,
			      "-b%c does not list the queue: use sendmail",
			      optarg[0]);
	if (opt == 'q' || opt == 'I')
		drop_in_fatal("mailq", SENDMAIL_FAILED,
			      "-%c does not list the queue: use sendmail", opt);
	if (opt == 'n')
		drop_in_fatal("mailq", SENDMAIL_FAILED,
			      "-n option not supported");
}

int
main(int argc, char **argv)
{
	const char *directory = getenv("MAIL_CONFIG");
	int opt;

	argv[0] = (char[]){ "mailq" };
	process_start(SENDMAIL_FAILED);
	tzset();
	/* As sendmail does, look for -C first, so that mistakes show twice. */
	while ((opt = getopt(argc, argv, SENDMAIL_OPTIONS)) != -1) {
		if (opt == 'C')
			directory = directory_of(optarg);
	}
	optind = 1;
	while ((opt = getopt(argc, argv, SENDMAIL_OPTIONS)) != -1)
		take_option(opt);
	if (argc > optind)
		drop_in_fatal("mailq", SENDMAIL_FAILED,
			      "display queue mode requires no recipient");
	drop_in_list(&(struct drop_in){ "mailq", SENDMAIL_FAILED }, directory,
		     false);
}
