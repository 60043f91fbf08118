/*
 * store.h - what every mail system implements: listing and loading.
 *
 * Two steps.  `list' gives a reference to each message and opens no message
 * file; `load' makes a message of a reference, as far as a filter wants it.
 * Listing is done by one thread at a time, loading by many, each with a
 * loader of its own.
 */
#ifndef QF_STORE_H
#define QF_STORE_H

#include "arena.h"
#include "filter.h"

/* A message as the listing found it; strings live in the caller's arena. */
struct qf_ref {
	enum qf_queue queue;
	const char *id;
	const char *place; /* path below the queue directory, or NULL */
	const char *data;  /* the store's own, for load */
	size_t data_len;
};

/* Which messages: whole queues, or these ids wherever they are. */
struct qf_selection {
	unsigned queues;	/* QF_QUEUE_BIT()s */
	const char *const *ids; /* NULL: all */
	size_t id_count;
};

/* Opaque; what is behind them is the store's business. */
struct qf_listing;
struct qf_loader;

struct qf_store {
	const struct qf_store_ops *ops;
	void *self;	      /* the store's own */
	const char *instance; /* for messages to people; NULL: only one */
	unsigned parts;	      /* QF_PART_*: what it can know at all */
};

struct qf_store_ops {
	/* `selection' must outlive the listing. */
	enum qf_status (*list)(struct qf_store *store,
			       const struct qf_selection *selection,
			       struct qf_listing **listing,
			       struct qf_error *err);

	/*
	 * QF_OK    *ref is the next message
	 * QF_END   there are no more
	 * others   something could not be looked at; go on with the next call
	 */
	enum qf_status (*next)(struct qf_listing *listing,
			       struct qf_arena *arena, struct qf_ref *ref,
			       struct qf_error *err);
	void (*list_end)(struct qf_listing *listing);

	enum qf_status (*loader_new)(struct qf_store *store,
				     const struct qf_filter *filter,
				     struct qf_loader **loader,
				     struct qf_error *err);

	/*
	 * QF_OK    *message is filled in; strings live in the arena
	 * QF_END   the filter dropped it
	 * QF_STOPPED  it is not a message yet: still being written
	 * QF_GONE  it is not there any more
	 * others   it cannot be read
	 */
	enum qf_status (*load)(struct qf_loader *loader,
			       const struct qf_ref *ref, struct qf_arena *arena,
			       struct qf_message *message,
			       struct qf_error *err);
	void (*loader_free)(struct qf_loader *loader);

	void (*close)(struct qf_store *store);
};

/* Give back what the store owns, and the store.  NULL is allowed. */
void qf_store_close(struct qf_store *store);

#endif
