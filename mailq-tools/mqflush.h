/*
 * mqflush.h - what mqflush was asked for, and how far it is.
 */
#ifndef MQFLUSH_H
#define MQFLUSH_H

#include "mailq-tools/access.h"
#include "mailq-tools/caller.h"
#include "mailq-tools/choose.h"
#include "mailq-tools/consider.h"
#include "mailq-tools/id_list.h"
#include "mailq-tools/interrupt.h"
#include "mailq-tools/pace_options.h"
#include "mailq-tools/result.h"
#include "mailq-tools/run_lock.h"
#include "mailq-tools/tool.h"
#include "mailq-tools/where.h"

struct mqflush {
	struct tool tool;
	struct access access;
	struct caller caller;

	/* To which messages. */
	bool all;
	struct qf_buffer sites; /* an expression; "": no site was named */
	struct where where;
	struct id_list ids;
	bool by_id;
	bool ids_on_stdin;
	size_t limit;

	/* How. */
	struct pace_options pace;
	int64_t jitter; /* seconds */
	enum run_lock_mode lock_mode;
	bool dry_run;
	bool yes;
	bool quiet;

	struct interrupt interrupt;
	struct run_lock locks[ACCESS_MAX];
	bool is_down[ACCESS_MAX];     /* by instance */
	uint64_t waiting[ACCESS_MAX]; /* to be flushed; as access->stores */
	struct choose choose;
	struct consider consider;
	struct result result;
};

/*
 * Read the command line; ends the program for a mistake in it, and for what
 * only prints something.
 */
void mqflush_read_options(struct mqflush *m, int argc, char **argv);

/* All of it, as fast as it goes: as `postqueue -f' does. */
bool mqflush_is_whole(const struct mqflush *m);

/* Then nobody has to be chosen: how many there are, m->consider knows. */
void mqflush_count(struct mqflush *m);

/* Tell Postfix to try all that it has. */
void mqflush_run_whole(struct mqflush *m);

/* Have those tried that were chosen, instance by instance. */
void mqflush_run_chosen(struct mqflush *m);

/* A line in Postfix's log for what was done to an instance. */
void mqflush_log(struct mqflush *m, size_t instance,
		 const uint64_t counts[QF_OUTCOME_COUNT], bool interrupted);

/* The mail system is needed, and this one is down. */
void mqflush_complain_down(struct mqflush *m, size_t instance);

#endif
