/*
 * mqadm.h - what mqadm was asked for, and how far it is.
 */
#ifndef MQADM_H
#define MQADM_H

#include <stdatomic.h>

#include "mailq-tools/access.h"
#include "mailq-tools/caller.h"
#include "mailq-tools/choose.h"
#include "mailq-tools/consider.h"
#include "mailq-tools/history.h"
#include "mailq-tools/id_list.h"
#include "mailq-tools/result.h"
#include "mailq-tools/tool.h"
#include "mailq-tools/where.h"

struct mqadm {
	struct tool tool;
	struct access access;
	struct caller caller;

	/* What to do. */
	bool is_history;
	struct history_options history;
	enum qf_verb verb;
	bool dry_run;
	bool yes;
	bool all;
	bool now;
	const char *reason; /* "": none */
	int64_t wait_ms;

	/* How much of what was done is remembered. */
	uint32_t journal_days;
	uint32_t journal_messages;

	/* To which messages. */
	struct where where;
	struct id_list ids;
	bool by_id;
	bool ids_on_stdin;
	unsigned queues; /* that were named, QF_QUEUE_BIT()s */
	size_t limit;

	atomic_bool interrupted;
	struct choose choose;
	struct consider consider;
	struct result result;
};

/*
 * Read the command line; ends the program for a mistake in it, and for what
 * only prints something.
 */
void mqadm_read_options(struct mqadm *m, int argc, char **argv);

/* Where messages are looked for, when it is not by id. */
unsigned mqadm_queues(const struct mqadm *m);

/* Bring jobs to their end whose programs have died. */
void mqadm_recover(struct mqadm *m);

/* A job for each instance that has messages to be changed. */
void mqadm_carry_out(struct mqadm *m);

#endif
