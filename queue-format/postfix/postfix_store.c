/*
 * postfix_store.c - the spool of a Postfix instance as a store.
 */
#include "postfix_store.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "queue-format/postfix/load.h"
#include "queue-format/postfix/queue_id.h"
#include "queue-format/postfix/scan.h"

struct postfix_store {
	struct qf_store store; /* first, so that one pointer is both */
	struct qf_spool *spool;
};

/* Whole queues are scanned; single ids are looked for in each queue. */
struct qf_listing {
	const struct qf_spool *spool;
	const struct qf_selection *selection;
	struct qf_scan *scan; /* NULL: by id */
	size_t id;	      /* the next to be looked for */
	unsigned step;	      /* and where: an index of `way' */
};

/*
 * In the order in which a message goes, so that one that moves on while we
 * look is met later, or twice, rather than not at all.
 */
static const enum qf_queue way[QF_QUEUE_COUNT] = {
	QF_QUEUE_MAILDROP, QF_QUEUE_INCOMING, QF_QUEUE_ACTIVE,
	QF_QUEUE_DEFERRED, QF_QUEUE_HOLD,     QF_QUEUE_CORRUPT,
};

struct qf_loader {
	struct qf_load *load;
};

static enum qf_status
list(struct qf_store *store, const struct qf_selection *selection,
     struct qf_listing **listing, struct qf_error *err)
{
	struct postfix_store *self = store->self;
	struct qf_listing *made = calloc(1, sizeof(*made));
	enum qf_status status = QF_OK;

	if (made == NULL)
		return qf_system(err, "cannot list the queue");
	made->spool = self->spool;
	made->selection = selection;
	if (selection->ids == NULL)
		status = qf_scan_open(self->spool, selection->queues,
				      &made->scan, err);
	if (status == QF_OK)
		*listing = made;
	else
		free(made);
	return status;
}

static void
list_end(struct qf_listing *listing)
{
	qf_scan_close(listing->scan);
	free(listing);
}

/* One id in one queue.  QF_GONE: it is not there. */
static enum qf_status
look(const struct qf_listing *listing, enum qf_queue queue, const char *id,
     struct qf_arena *arena, struct qf_ref *ref, struct qf_error *err)
{
	char path[QF_SPOOL_PATH_MAX];
	size_t len =
		qf_spool_path(listing->spool, qf_spool_queue(queue), id, path);
	enum qf_status status;
	struct stat st;
	char *copy;

	status = qf_spool_stat(listing->spool, path, &st, err);
	if (status != QF_OK)
		return status;
	copy = qf_arena_copy(arena, path, len);
	if (copy == NULL) {
		errno = ENOMEM;
		return qf_system(err, "%s", path);
	}
	*ref = (struct qf_ref){ .queue = queue,
				.place = copy,
				.id = copy + len - strlen(id) };
	return QF_OK;
}

static enum qf_status
next_by_id(struct qf_listing *listing, struct qf_arena *arena,
	   struct qf_ref *ref, struct qf_error *err)
{
	const struct qf_selection *selection = listing->selection;

	for (; listing->id < selection->id_count;
	     listing->id++, listing->step = 0) {
		const char *id = selection->ids[listing->id];

		while (listing->step < QF_QUEUE_COUNT) {
			enum qf_queue queue = way[listing->step++];
			enum qf_status status;

			if (!qf_queue_id_ok(id) ||
			    (selection->queues & QF_QUEUE_BIT(queue)) == 0)
				continue;
			status = look(listing, queue, id, arena, ref, err);
			if (status != QF_GONE)
				return status;
		}
	}
	return QF_END;
}

static enum qf_status
next(struct qf_listing *listing, struct qf_arena *arena, struct qf_ref *ref,
     struct qf_error *err)
{
	struct qf_scan_entry entry;
	enum qf_status status;

	if (listing->scan == NULL)
		return next_by_id(listing, arena, ref, err);
	status = qf_scan_next(listing->scan, arena, &entry, err);
	if (status == QF_OK)
		*ref = (struct qf_ref){ .queue = entry.queue,
					.id = entry.id,
					.place = entry.path };
	return status;
}

static void
loader_free(struct qf_loader *loader)
{
	qf_load_free(loader->load);
	free(loader);
}

static enum qf_status
loader_new(struct qf_store *store, const struct qf_filter *filter,
	   struct qf_loader **loader, struct qf_error *err)
{
	struct postfix_store *self = store->self;
	struct qf_loader *made = calloc(1, sizeof(*made));

	if (made != NULL)
		made->load = qf_load_new(self->spool, store->instance, filter);
	if (made == NULL || made->load == NULL) {
		free(made);
		errno = ENOMEM;
		return qf_system(err, "cannot read messages");
	}
	*loader = made;
	return QF_OK;
}

static enum qf_status
load(struct qf_loader *loader, const struct qf_ref *ref, struct qf_arena *arena,
     struct qf_message *message, struct qf_error *err)
{
	return qf_load_message(loader->load, ref->queue, ref->id, ref->place,
			       arena, message, err);
}

static void
close_store(struct qf_store *store)
{
	struct postfix_store *self = store->self;

	qf_spool_close(self->spool);
	free(self);
}

static const struct qf_store_ops ops = {
	.list = list,
	.next = next,
	.list_end = list_end,
	.loader_new = loader_new,
	.load = load,
	.loader_free = loader_free,
	.close = close_store,
};

enum qf_status
qf_postfix_store_open(const struct qf_config *config, const char *instance,
		      struct qf_store **store, struct qf_error *err)
{
	struct postfix_store *self = calloc(1, sizeof(*self));
	enum qf_status status;

	if (self == NULL)
		return qf_system(err, "cannot open the queue directory");
	status = qf_spool_open(config, &self->spool, err);
	if (status != QF_OK) {
		free(self);
		return status;
	}
	self->store = (struct qf_store){
		.ops = &ops,
		.self = self,
		.instance = instance,
		.parts = QF_PART_NAME | QF_PART_INODE | QF_PART_ENVELOPE |
			 QF_PART_RECIPIENTS | QF_PART_REASONS | QF_PART_DONE |
			 QF_PART_CLASSES | QF_PART_BIRTH,
	};
	*store = &self->store;
	return QF_OK;
}
