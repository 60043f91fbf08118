/*
 * postcat.h - the parts of the drop-in for postcat(1).
 *
 * It prints what Postfix's prints, in its order and with its mistakes; what
 * is a record and where pointers lead is the library's knowledge.
 */
#ifndef DROP_IN_POSTCAT_H
#define DROP_IN_POSTCAT_H

#include <stdbool.h>

#include "mailq-tools/settings.h"
#include "mailq-tools/stream.h"
#include "queue-format/postfix/config.h"
#include "queue-format/postfix/walk.h"

/* The status of every failure of Postfix's postcat. */
#define POSTCAT_FAILED 1

struct postcat {
	const char *name;      /* argv[0]: it stands before messages */
	const char *directory; /* of main.cf, or NULL */
	bool body;
	bool headers;
	bool envelope;
	bool decimal; /* -d */
	bool paths;   /* -f */
	bool offsets; /* -o */
	bool raw;     /* -r */
	bool search;  /* -q */
	int verbose;
	off_t start; /* -s */
	enum qf_printable printable;
	struct qf_config config;
	struct qf_walk *walk;
	struct stream out;
	size_t flushed; /* so much of what is in `out' counts as written */
};

/*
 * postcat_out.c: messages, and the output.  Postfix's postcat writes what it
 * has at certain points, and loses what came behind the last of them: each is
 * marked with postcat_flush().
 */
void postcat_warn(struct postcat *p, const char *format, ...) QF_PRINTF(2, 3);
_Noreturn void postcat_fatal(struct postcat *p, const char *format, ...)
	QF_PRINTF(2, 3);
void postcat_print(struct postcat *p, const char *format, ...) QF_PRINTF(2, 3);
void postcat_flush(struct postcat *p);
_Noreturn void postcat_exit(struct postcat *p, int status);

/*
 * postcat_show.c: one file from its start, or from where its descriptor
 * stands (`is_stdin').  Returns the errno of a read that failed, or 0.
 */
int postcat_show(struct postcat *p, int fd, const char *path, bool is_stdin);

/*
 * postcat_queue.c: the messages with these ids, after the program has become
 * mail_owner.  `settings' say where the journal is, which knows old ids.
 */
void postcat_queue(struct postcat *p, struct tool *tool,
		   struct settings *settings, char *const ids[]);

#endif
