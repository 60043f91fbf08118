/*
 * choose.h - the messages that shall be changed: which ones, and who they
 * are, so that no other one is touched later.
 */
#ifndef CHOOSE_H
#define CHOOSE_H

#include "mailq-tools/access.h"
#include "mailq-tools/holder.h"
#include "mailq-tools/id_list.h"
#include "mailq-tools/per_domain.h"
#include "mailq-tools/progress.h"
#include "mailq-tools/where.h"
#include "queue-format/plan/plan.h"
#include "queue-format/survey.h"

/* Those of one store. */
struct chosen_list {
	struct qf_chosen *items;
	size_t count;
	size_t room;
};

struct choose {
	/* To be set by the caller; all of it is borrowed. */
	struct tool *tool;
	struct access *access;
	struct where *where;	      /* every message, where it has no query */
	struct id_list *ids;	      /* NULL: not by id */
	unsigned queues;	      /* without ids; QF_QUEUE_BIT()s */
	unsigned apart;		      /* of these, only counted */
	size_t limit;		      /* 0: none */
	struct per_domain per_domain; /* limit 0: no matter how many */
	unsigned parts;		      /* to be known beside who it is */
	/* Each that is chosen, with these parts; or NULL. */
	void (*take)(void *context, const struct qf_message *message);
	void *context;

	/* What came of it. */
	struct chosen_list lists[ACCESS_MAX]; /* as access->stores */
	size_t count;
	uint64_t unfinished; /* without ids: still being written */
	uint64_t later;	     /* left out, since a domain has its number */
	uint64_t counted;    /* in the queues that are apart */

	/* State. */
	struct qf_selection selection;
	struct qf_arena arena;
	struct qf_string_set pool;
	struct progress progress;
	struct holder holder;
	uint64_t seen;
};

/*
 * Find them.  What could not be read is complained about, and so are ids that
 * were not found, or whose messages are still being written.  Ends the program
 * when there is no going on.
 */
void choose_messages(struct choose *choose);

/* One that was found otherwise; its strings are borrowed. */
void
choose_add(struct choose *choose, size_t list, const struct qf_chosen *chosen);

void choose_free(struct choose *choose);

#endif
