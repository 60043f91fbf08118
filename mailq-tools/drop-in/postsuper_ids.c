/*
 * postsuper_ids.c - messages that are named, one after the other or on
 * standard input.
 *
 * What comes at once is done at once: a plan for thousands costs about as
 * much as one for a single message.  The lines are in the order of the ids,
 * and say of each what would have been said if it had been the only one.
 */
#include "postsuper.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "queue-format/postfix/queue_id.h"
#include "queue-format/string_set.h"

#define INPUT 65536

/* One that was named. */
struct named {
	const char *id;
	const char *now;	 /* its id by now, where that is another one */
	const char *renamed;	 /* the one that it gets */
	struct qf_chosen chosen; /* inode 0: none was found */
	bool is_bad;
	bool is_over;
	bool is_expired; /* -f: and what comes next is the other half */
	bool is_done;
	const char *why; /* it was not */
};

/* Some that are done together: no id twice. */
struct lot {
	struct postsuper *p;
	char action;
	enum qf_verb verb;
	struct qf_arena arena;
	struct named *items;
	size_t count;
	size_t room;
	size_t told;
	size_t *named; /* by number in the plan that is carried out */
	struct qf_string_set ids;
	bool is_at_work;
};

static _Noreturn void
no_memory(struct postsuper *p)
{
	say_fatal(p, "%s", strerror(ENOMEM));
}

static const char *
keep(struct lot *lot, const char *text)
{
	const char *copy = qf_arena_copy(&lot->arena, text, strlen(text));

	if (copy == NULL)
		no_memory(lot->p);
	return copy;
}

/* By its id, or by one that we have given it since. */
static bool
find(struct lot *lot, char action, const char *id, struct named *item)
{
	struct qf_journal *journal = lot->p->place.journal;
	const struct qf_journal_name *names = NULL;

	item->chosen.inode = 0;
	if (postsuper_find(lot->p, action, id, &item->chosen))
		return true;
	while (journal != NULL && qf_journal_next_name(journal, id, &lot->arena,
						       &names, NULL) == QF_OK) {
		if (!qf_queue_id_ok(names->name) ||
		    !postsuper_find(lot->p, action, names->name, &item->chosen))
			continue;
		if (item->renamed == NULL)
			item->now = names->name;
		return true;
	}
	return false;
}

/* All that is known of it by now; nobody waits for those behind it. */
static void
tell_one(struct lot *lot, const struct named *item)
{
	static const struct {
		char action;
		const char *done;
	} words[] = {
		{ 'd', "removed" },
		{ 'e', "expired" },
		{ 'h', "placed on hold" },
		{ 'H', "released from hold" },
		{ 'f', "released from hold" },
		{ 'r', "requeued" },
	};
	struct postsuper *p = lot->p;

	/* Each half of -f looks at it. */
	for (int i = item->is_bad ? 0 : 2; i < (lot->action == 'f' ? 2 : 1);
	     i++)
		say_warning(p, "invalid mail queue id: %s", item->id);
	if (item->now != NULL)
		say_info(p, "%s: renamed to %s", item->id, item->now);
	if (item->is_expired)
		say_info(p, "%s: expired", item->id);
	if (item->renamed != NULL)
		say_info(p, "%s: renamed to %s", item->id, item->renamed);
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (item->is_done && words[i].action == lot->action)
			say_info(p, "%s: %s", item->id, words[i].done);
	}
	if (item->why != NULL)
		say_warning(p, "%s: %s", item->id, item->why);
}

static void
tell(struct lot *lot)
{
	while (lot->told < lot->count && lot->items[lot->told].is_over)
		tell_one(lot, &lot->items[lot->told++]);
}

static void
renamed(void *context, const char *old, const char *now)
{
	struct lot *lot = context;

	for (size_t i = lot->told; i < lot->count; i++) {
		struct named *item = &lot->items[i];
		const char *id = item->now == NULL ? item->id : item->now;

		if (item->renamed != NULL)
			id = item->renamed;
		if (strcmp(id, old) == 0)
			item->renamed = keep(lot, now);
	}
}

static void
over(void *context, size_t i, bool done, const char *why)
{
	struct lot *lot = context;
	struct named *item = &lot->items[lot->named[i]];

	if (why != NULL)
		item->why = keep(lot, why);
	if (lot->action == 'f' && lot->verb == QF_EXPIRE) {
		item->is_expired = done;
		return; /* until the other half is done, too */
	}
	item->is_done = done;
	item->is_over = true;
	tell(lot);
}

static unsigned
queues_of(struct lot *lot, char action)
{
	unsigned queues = 0;

	for (const char *const *name = lot->p->queues; *name != NULL; name++) {
		const struct postsuper_queue *queue = NULL;

		/* Nobody has come to a name that is none. */
		if (postsuper_known_queue(*name) != NULL &&
		    postsuper_looks_in(lot->p, action, *name, &queue))
			queues |= QF_QUEUE_BIT(queue->queue);
	}
	return queues;
}

/* A plan for all that were found. */
static void
work(struct lot *lot, enum qf_verb verb, char action)
{
	struct postsuper_work job = {
		.verb = verb,
		.selection = "ids",
		.queues = queues_of(lot, action),
		.renamed = renamed,
		.over = over,
		.context = lot,
	};
	struct qf_chosen *chosen =
		qf_arena_alloc(&lot->arena, lot->count * sizeof(*chosen));
	size_t count = 0;

	lot->verb = verb;
	lot->named =
		qf_arena_alloc(&lot->arena, lot->count * sizeof(*lot->named));
	if (chosen == NULL || lot->named == NULL)
		no_memory(lot->p);
	for (size_t i = 0; i < lot->count; i++) {
		if (lot->items[i].chosen.inode == 0)
			continue;
		lot->named[count] = i;
		chosen[count++] = lot->items[i].chosen;
	}
	postsuper_work(lot->p, &job, chosen, count);
}

/* The other half of -f: what is on hold by now. */
static void
release(struct lot *lot)
{
	for (size_t i = 0; i < lot->count; i++) {
		struct named *item = &lot->items[i];

		if (!item->is_bad && !find(lot, 'H', item->id, item))
			item->is_over = true;
	}
	work(lot, QF_RELEASE, 'H');
}

static void
carry_out(struct lot *lot)
{
	switch (lot->action) {
	case 'd':
		work(lot, lot->p->delete, 'd');
		break;
	case 'h':
		work(lot, QF_HOLD, 'h');
		break;
	case 'H':
		work(lot, QF_RELEASE, 'H');
		break;
	case 'r':
		work(lot, QF_REQUEUE, 'r');
		break;
	case 'e':
		work(lot, QF_EXPIRE, 'e');
		break;
	case 'f':
		work(lot, QF_EXPIRE, 'e');
		release(lot);
		break;
	}
}

/* Those that are in the lot; not while that is under way. */
static void
come_up_to(void *context)
{
	struct lot *lot = context;

	if (lot->count == 0 || lot->is_at_work)
		return;
	lot->is_at_work = true;
	tell(lot);
	carry_out(lot);
	for (size_t i = lot->told; i < lot->count; i++)
		lot->items[i].is_over = true;
	tell(lot);
	lot->items = NULL;
	lot->count = lot->room = lot->told = 0;
	qf_string_set_empty(&lot->ids);
	lot->is_at_work = false;
}

static void
flush_lot(struct lot *lot)
{
	come_up_to(lot);
	/* Nobody knows when there will be more. */
	maillog_flush(&lot->p->log);
	qf_arena_empty(&lot->arena, INPUT);
}

static bool
remember(struct lot *lot, const char *id)
{
	if (id == NULL)
		return true;
	if (qf_string_set_find(&lot->ids, id) != NULL)
		return false;
	if (!qf_string_set_add(&lot->ids, id))
		no_memory(lot->p);
	return true;
}

/* False: one of the lot has this id; that one comes first. */
static bool
add(struct lot *lot, const char *id)
{
	struct named item = { .id = keep(lot, id) };

	item.is_bad = !qf_queue_id_ok(id);
	item.is_over = item.is_bad;
	if (!item.is_bad) {
		if (qf_string_set_find(&lot->ids, id) != NULL)
			return false;
		item.is_over = !find(lot, lot->action, item.id, &item) &&
			       lot->action != 'f';
		if (!remember(lot, item.now) || !remember(lot, item.id))
			return false;
	}
	lot->items = qf_arena_grow(&lot->arena, lot->items, lot->count,
				   &lot->room, sizeof(*lot->items));
	if (lot->items == NULL)
		no_memory(lot->p);
	lot->items[lot->count++] = item;
	return true;
}

static void
take(struct lot *lot, const char *id)
{
	if (add(lot, id))
		return;
	flush_lot(lot);
	(void)add(lot, id);
}

/* The lines of the buffer; how much of it that is. */
static size_t
take_lines(struct lot *lot, char *buffer, size_t len)
{
	size_t taken = 0;
	char *end;

	while ((end = memchr(buffer + taken, '\n', len - taken)) != NULL) {
		*end = '\0';
		take(lot, buffer + taken);
		taken = (size_t)(end - buffer) + 1;
	}
	return taken;
}

static ssize_t
read_more(struct postsuper *p, char *buffer, size_t room)
{
	ssize_t got;

	do {
		postsuper_check_interrupt(p);
		got = read(STDIN_FILENO, buffer, room);
	} while (got < 0 && errno == EINTR);
	return got;
}

/* A line each; who writes them slowly sees what comes of them at once. */
static void
take_input(struct lot *lot)
{
	size_t room = INPUT;
	char *buffer = malloc(room + 1);
	size_t len = 0;
	ssize_t got;

	if (buffer == NULL)
		no_memory(lot->p);
	while ((got = read_more(lot->p, buffer + len, room - len)) > 0) {
		size_t taken = take_lines(lot, buffer, len += (size_t)got);

		flush_lot(lot);
		memmove(buffer, buffer + taken, len -= taken);
		if (len < room)
			continue;
		room *= 2;
		buffer = realloc(buffer, room + 1);
		if (buffer == NULL)
			no_memory(lot->p);
	}
	buffer[len] = '\0';
	if (len > 0)
		take(lot, buffer);
	free(buffer);
}

void
postsuper_ids(struct postsuper *p, char action, const char *id)
{
	struct lot lot = { .p = p, .action = action };

	p->before = come_up_to;
	p->before_context = &lot;
	if (strcmp(id, "-") == 0)
		take_input(&lot);
	else
		take(&lot, id);
	flush_lot(&lot);
	p->before = NULL;
	qf_string_set_free(&lot.ids);
	qf_arena_free(&lot.arena);
}
