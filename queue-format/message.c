/*
 * message.c - a message in a queue.
 */
#include "message.h"

#include <errno.h>
#include <string.h>

static const char *const queue_names[QF_QUEUE_COUNT] = {
	[QF_QUEUE_MAILDROP] = "maildrop", [QF_QUEUE_ACTIVE] = "active",
	[QF_QUEUE_INCOMING] = "incoming", [QF_QUEUE_DEFERRED] = "deferred",
	[QF_QUEUE_HOLD] = "hold",	  [QF_QUEUE_CORRUPT] = "corrupt",
};

const char *
qf_queue_name(enum qf_queue queue)
{
	return queue_names[queue];
}

bool
qf_queue_by_name(const char *name, enum qf_queue *queue)
{
	for (size_t i = 0; i < QF_QUEUE_COUNT; i++) {
		if (strcmp(queue_names[i], name) == 0) {
			*queue = (enum qf_queue)i;
			return true;
		}
	}
	return false;
}

const char *
qf_recipient_state_name(enum qf_recipient_state state)
{
	static const char *const names[QF_RECIPIENT_STATE_COUNT] = {
		[QF_RECIPIENT_WAITING] = "waiting",
		[QF_RECIPIENT_DEFERRED] = "deferred",
		[QF_RECIPIENT_BOUNCED] = "bounced",
		[QF_RECIPIENT_DONE] = "done",
	};

	return names[state];
}

/* Where copies go; `failed' is looked at once, at the end. */
struct copier {
	struct qf_arena *arena;
	struct qf_string_set *pool;
	bool failed;
};

/* The one copy of this string in the pool; NULL stays NULL. */
static void
intern(struct copier *c, const char **string)
{
	const char *known;

	if (*string == NULL)
		return;
	known = qf_string_set_find(c->pool, *string);
	if (known == NULL) {
		known = qf_arena_copy(c->arena, *string, strlen(*string));
		if (known == NULL || !qf_string_set_add(c->pool, known))
			c->failed = true;
	}
	*string = known;
}

/* An id is unique: it does not belong into the pool. */
static void
copy_unique(struct copier *c, const char **string)
{
	if (*string == NULL)
		return;
	*string = qf_arena_copy(c->arena, *string, strlen(*string));
	if (*string == NULL)
		c->failed = true;
}

static void
copy_recipients(struct copier *c, const struct qf_recipient **list,
		size_t count)
{
	struct qf_recipient *copies;

	if (count == 0)
		return;
	copies = qf_arena_alloc(c->arena, count * sizeof(*copies));
	if (copies == NULL) {
		c->failed = true;
		return;
	}
	memcpy(copies, *list, count * sizeof(*copies));
	for (size_t i = 0; i < count; i++) {
		intern(c, &copies[i].address);
		intern(c, &copies[i].original);
		intern(c, &copies[i].reason);
		intern(c, &copies[i].dsn);
		intern(c, &copies[i].mta);
	}
	*list = copies;
}

static void
copy_origin(struct copier *c, struct qf_origin *origin)
{
	intern(c, &origin->client_name);
	intern(c, &origin->client_address);
	intern(c, &origin->helo);
	intern(c, &origin->protocol);
	intern(c, &origin->sasl_method);
	intern(c, &origin->sasl_user);
	intern(c, &origin->sasl_sender);
	intern(c, &origin->full_name);
	intern(c, &origin->filter);
	intern(c, &origin->redirect);
	intern(c, &origin->encoding);
	copy_unique(c, &origin->envelope_id);
	copy_unique(c, &origin->message_id);
	copy_unique(c, &origin->upstream_id);
}

enum qf_status
qf_message_copy(struct qf_message *to, const struct qf_message *from,
		struct qf_arena *arena, struct qf_string_set *pool,
		struct qf_error *err)
{
	struct copier c = { .arena = arena, .pool = pool };
	struct qf_message copy = *from;

	intern(&c, &copy.instance);
	copy_unique(&c, &copy.id);
	copy_unique(&c, &copy.place);
	intern(&c, &copy.sender);
	intern(&c, &copy.fault);
	copy_origin(&c, &copy.origin);
	intern(&c, &copy.holder.by);
	intern(&c, &copy.holder.reason);
	intern(&c, &copy.holder.job);
	copy_recipients(&c, &copy.left, copy.left_count);
	copy_recipients(&c, &copy.done, copy.done_count);
	if (c.failed) {
		errno = ENOMEM;
		return qf_system(err, "cannot keep message %s", from->id);
	}
	*to = copy;
	return QF_OK;
}
