/*
 * mqadm.h - what mqadm was asked for, and how far it is.
 */
#ifndef MQADM_H
#define MQADM_H

#include "mailq-tools/access.h"
#include "mailq-tools/caller.h"
#include "mailq-tools/choose.h"
#include "mailq-tools/consider.h"
#include "mailq-tools/history.h"
#include "mailq-tools/id_list.h"
#include "mailq-tools/interrupt.h"
#include "mailq-tools/pace_options.h"
#include "mailq-tools/result.h"
#include "mailq-tools/tool.h"
#include "mailq-tools/trash_due.h"
#include "mailq-tools/trash_list.h"
#include "mailq-tools/where.h"
#include "queue-format/archive.h"

struct mqadm;

/* The first word of the command line, or the first two. */
struct mqadm_command {
	const char *name;
	/* Take the rest of it; ends the program for a mistake in it. */
	void (*read)(struct mqadm *m, char **arguments);
	void (*run)(struct mqadm *m);
	bool is_change;	 /* takes the options of a change */
	bool reads_only; /* needs no right to change the queue */
};

/* What a change does between the begin of its job and the first message. */
struct mqadm_staging {
	/* May take messages out of the list, and tell what became of them. */
	void (*before)(struct mqadm *m, const struct workplace *place,
		       const struct qf_job_id *job, struct chosen_list *list);
	/* The job went to its end, as far as it went. */
	void (*after)(struct mqadm *m);
	/* What people call the message of that name. */
	const char *(*id_of)(const struct mqadm *m, const char *name);
	void *context;
};

struct mqadm {
	struct tool tool;
	struct access access;
	struct caller caller;

	/* What to do. */
	const struct mqadm_command *command;
	const char *format; /* as it was given; NULL: it was not */
	struct history_options history;
	struct trash_list_options trash_list;
	enum qf_verb verb;
	bool purge;	  /* delete: for good */
	const char *job;  /* undo: its first digits; NULL: the last one */
	const char *plan; /* apply: the name of the file, */
	int plan_fd;	  /* and the file */
	/* export, import: the archive, opened with the rights of the caller. */
	const char *archive; /* as people know it */
	int archive_fd;
	int archive_folder; /* export: where it is; -1: nowhere */
	enum qf_archive_filter compress;
	bool has_compress;
	bool move;
	bool release;
	struct mqadm_staging staging;
	bool dry_run;
	bool yes;
	bool all;
	bool now;
	const char *reason; /* "": none */
	int64_t wait_ms;
	struct pace_options pace;
	bool repair;	    /* check: put right what can be */
	bool prune;	    /* history: forget what is old */
	bool has_age;	    /* --older-than */
	int64_t older_than; /* seconds */

	/* How much of what was done is remembered. */
	uint32_t journal_days;
	uint32_t journal_messages;
	struct trash_rules trash_rules;

	/* To which messages. */
	struct where where;
	struct id_list ids;
	bool by_id;
	bool ids_on_stdin;
	unsigned queues; /* that were named, QF_QUEUE_BIT()s */
	size_t limit;

	struct interrupt interrupt;
	struct choose choose;
	struct consider consider;
	struct result result;
	struct qf_buffer selection; /* for the journal, where it is not "" */
};

/*
 * Read the command line; ends the program for a mistake in it, and for what
 * only prints something.
 */
void mqadm_read_options(struct mqadm *m, int argc, char **argv);

/* For people. */
#define MQADM_COMMANDS                                                         \
	"hold, release, requeue, expire, delete, restore, undo, trash, "       \
	"plan, apply, export, import, history, check"

/* The command with which the words begin, or NULL; they go behind it. */
const struct mqadm_command *mqadm_command(char ***words);

/* In a file of its own. */
void mqadm_read_check(struct mqadm *m, char **arguments);

/* What each command does. */
void mqadm_run_change(struct mqadm *m);
void mqadm_run_history(struct mqadm *m);
void mqadm_run_restore(struct mqadm *m);
void mqadm_run_undo(struct mqadm *m);
void mqadm_run_trash_list(struct mqadm *m);
void mqadm_run_trash_purge(struct mqadm *m);
void mqadm_run_prune(struct mqadm *m);
void mqadm_run_plan(struct mqadm *m);
void mqadm_run_apply(struct mqadm *m);
void mqadm_run_check(struct mqadm *m);
void mqadm_run_export(struct mqadm *m);
void mqadm_run_import(struct mqadm *m);

/* Open what is to be written, or read. */
void mqadm_open_export(struct mqadm *m);
void mqadm_open_import(struct mqadm *m);

/*
 * Change what is in m->choose, after a question where one is due; `question'
 * is asked in place of the usual one, or NULL.
 */
void mqadm_change(struct mqadm *m, const char *question);

/* Ids that were not found were complained about: say that about the rest. */
void mqadm_report_nothing(struct mqadm *m);

/* The same of those that are still being written. */
void mqadm_report_unfinished(struct mqadm *m);

/* Of a dry run: what --rate and --per-domain make of so many messages. */
void mqadm_consider_pace(const struct mqadm *m, struct consider *consider,
			 uint64_t messages);

/* The same in a line or two, for what is not in the queue. */
void mqadm_report_dry_run(struct mqadm *m);

/*
 * Without an inode nobody can tell whether a message is that of a plan: ends
 * the program for a listing that has none.  `what': "a plan".
 */
void mqadm_need_inodes(struct mqadm *m, const char *what);

/* Append what was asked for: "ids", "all of deferred", or the expression. */
void mqadm_put_selection(const struct mqadm *m, struct qf_buffer *out);

/* Where messages are looked for, when it is not by id. */
unsigned mqadm_queues(const struct mqadm *m);

/* Bring jobs to their end whose programs have died. */
void mqadm_recover(struct mqadm *m);

/* A job for each instance that has messages to be changed. */
void mqadm_carry_out(struct mqadm *m);

#endif
