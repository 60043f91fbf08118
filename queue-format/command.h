/*
 * command.h - run one of Postfix's programs: read what it prints, or tell it
 * something.
 *
 * No shell, no environment but the little that is named here, no descriptor
 * of ours, nothing on standard input but what is given here.
 */
#ifndef QF_COMMAND_H
#define QF_COMMAND_H

#include <stddef.h>
#include <stdio.h>

#include "buffer.h"
#include "error.h"

/* Opaque: a running program. */
struct qf_command;

/*
 * Start argv[0], an absolute path.  Its output is read from *out, which
 * belongs to the command.
 *
 * QF_ABSENT  there is no such program
 */
enum qf_status qf_command_start(const char *const argv[],
				struct qf_command **command, FILE **out,
				struct qf_error *err);

/*
 * The same for a program that gets lines: *in is its standard input, which
 * belongs to the command.  It is in a process group of its own.  What it
 * prints counts as said.
 */
enum qf_status qf_command_feed(const char *const argv[],
			       struct qf_command **command, int *in,
			       struct qf_error *err);

/*
 * Wait for the end, and forget it: after *out was read to its end, or not: the
 * program is then told to end.  One that gets lines gets the end of them, and
 * is killed when it has not ended a few seconds later.  *exit_status gets the
 * status, or 128 + the signal; `said' the line of its standard error that
 * tells why: the one with "fatal:", else the last, "" for none.  Both may be
 * NULL.
 */
enum qf_status qf_command_end(struct qf_command *command, int *exit_status,
			      struct qf_buffer *said, struct qf_error *err);

#endif
