/*
 * fake_store.c - a store that is made up.
 */
#include "fake_store.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct qf_listing {
	struct fake_store *store;
	size_t next;
};

struct qf_loader {
	struct fake_store *store;
	atomic_int users; /* threads in load(): must be one */
};

static enum qf_status
list(struct qf_store *store, const struct qf_selection *selection,
     struct qf_listing **listing, struct qf_error *err)
{
	struct fake_store *self = store->self;

	if (selection->queues != 7)
		abort();
	if (self->lists_badly)
		return qf_fail(err, QF_DENIED, "no listing");
	*listing = calloc(1, sizeof(**listing));
	(*listing)->store = self;
	self->listings++;
	return QF_OK;
}

static enum qf_status
next(struct qf_listing *listing, struct qf_arena *arena, struct qf_ref *ref,
     struct qf_error *err)
{
	struct fake_store *self = listing->store;
	enum qf_status status = QF_OK;
	char text[30];

	if (++self->at_once != 1)
		abort();
	if (listing->next == self->count) {
		status = QF_END;
	} else if (++listing->next == self->bad_name) {
		status = qf_fail(err, self->bad_status, "entry %zu",
				 listing->next);
	} else {
		int len = snprintf(text, sizeof(text), "%zu", listing->next);

		*ref = (struct qf_ref){ .queue = QF_QUEUE_HOLD };
		ref->id = qf_arena_copy(arena, text, (size_t)len);
		ref->place = ref->id;
	}
	self->at_once--;
	return status;
}

static void
list_end(struct qf_listing *listing)
{
	listing->store->listings--;
	free(listing);
}

static enum qf_status
loader_new(struct qf_store *store, const struct qf_filter *filter,
	   struct qf_loader **loader, struct qf_error *err)
{
	struct fake_store *self = store->self;

	if (filter->parts != 5)
		abort();
	if (self->loaders_left == 1)
		return qf_fail(err, QF_SYSTEM, "no loader");
	*loader = calloc(1, sizeof(**loader));
	(*loader)->store = self;
	self->loaders++;
	return QF_OK;
}

static void
loader_free(struct qf_loader *loader)
{
	loader->store->loaders--;
	free(loader);
}

static void
be_slow(size_t n)
{
	struct timespec time = { .tv_nsec = (long)(n % 3) * 1000000 };

	nanosleep(&time, NULL);
}

static enum qf_status
load(struct qf_loader *loader, const struct qf_ref *ref, struct qf_arena *arena,
     struct qf_message *message, struct qf_error *err)
{
	struct fake_store *self = loader->store;
	size_t n = strtoul(ref->id, NULL, 10);
	enum qf_status status = QF_OK;

	if (++loader->users != 1)
		abort();
	self->loaded++;
	self->by_others += !pthread_equal(pthread_self(), self->caller);
	if (self->slow)
		be_slow(n);
	if (self->outcome != NULL)
		status = self->outcome(n);
	if (status == QF_OK) {
		char *sender = qf_arena_alloc(arena, self->heavy + 1);

		memset(sender, 's', self->heavy);
		sender[self->heavy] = '\0';
		*message =
			(struct qf_message){ .id = ref->id, .sender = sender };
		message->instance = self->store.instance;
		message->fault = n % 10 == 3 ? "odd" : NULL;
	} else {
		status = qf_fail(err, status, "message %zu", n);
	}
	loader->users--;
	return status;
}

static const struct qf_store_ops ops = {
	.list = list,
	.next = next,
	.list_end = list_end,
	.loader_new = loader_new,
	.load = load,
	.loader_free = loader_free,
};

void
fake_store_begin(struct fake_store *self)
{
	memset(self, 0, sizeof(*self));
	self->store.ops = &ops;
	self->store.self = self;
	self->bad_status = QF_UNSAFE;
	self->caller = pthread_self();
}
