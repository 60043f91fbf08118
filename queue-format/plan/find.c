/*
 * find.c - where a message is, and that it is the one that was chosen.
 */
#include "work.h"

#include <stdio.h>
#include <string.h>

/*
 * In the order in which a message goes, so that one that moves on while we
 * look is met later rather than not at all.
 */
static const enum qf_queue way[] = {
	QF_QUEUE_MAILDROP, QF_QUEUE_INCOMING, QF_QUEUE_ACTIVE,
	QF_QUEUE_DEFERRED, QF_QUEUE_HOLD,     QF_QUEUE_CORRUPT,
};
#define WAY (sizeof(way) / sizeof(way[0]))

/* What was met in place of the message: the worst is told. */
struct search {
	struct work *work;
	struct change *c;
	struct qf_error met; /* QF_OK: nothing */
};

/* In the form in which the chosen one was shown. */
static bool
is_sender(struct work *work, const char *raw, const char *shown)
{
	const char *address = NULL;

	return qf_recipients_address(work->recipients, &work->arena, raw,
				     &address, NULL) == QF_OK &&
	       strcmp(address, shown) == 0;
}

/*
 * An inode can come back for another message.  Where the file system knows
 * no time of birth, its contents have to tell.
 */
static enum qf_status
check_contents(struct search *search, struct qf_error *err)
{
	const struct qf_chosen *chosen = search->c->chosen;
	struct work *work = search->work;
	enum qf_status status;
	struct marks marks;

	if (chosen == NULL ||
	    (chosen->birth != 0 && search->c->pin.identity.birth != 0))
		return QF_OK;
	status = qf_plan_marks(work, search->c, false, &marks, err);
	if (status != QF_OK)
		return status;
	if ((chosen->arrival != 0 && marks.arrival != 0 &&
	     chosen->arrival != marks.arrival) ||
	    (chosen->sender != NULL && marks.sender != NULL &&
	     !is_sender(work, marks.sender, chosen->sender)))
		return qf_fail(err, QF_CHANGED,
			       "%s: another message has this id now",
			       search->c->id);
	return QF_OK;
}

/* QF_OK: it is held.  QF_GONE: go on looking. */
static enum qf_status
look_in(struct search *search, enum qf_queue queue)
{
	struct change *c = search->c;
	const struct qf_identity *wanted =
		c->wanted.inode == 0 ? NULL : &c->wanted;
	const char *folder = qf_spool_queue(queue);
	struct qf_error err;
	enum qf_status status;

	status = qf_action_pin(search->work->action, folder, c->id, wanted,
			       &c->pin, &err);
	if (status == QF_OK) {
		status = check_contents(search, &err);
		if (status != QF_OK)
			qf_action_unpin(&c->pin);
	}
	if (status == QF_OK) {
		c->queue = queue;
		c->folder = folder;
		c->wanted = c->pin.identity;
	} else if (status != QF_GONE) {
		search->met = err;
	}
	return status;
}

static bool
look_everywhere(struct search *search)
{
	if (look_in(search, search->c->queue) == QF_OK)
		return true;
	for (int round = 0; round < 2; round++) {
		for (size_t i = 0; i < WAY; i++) {
			if (look_in(search, way[i]) == QF_OK)
				return true;
		}
		/* Something is there that does not move on. */
		if (search->met.status != QF_OK)
			return false;
	}
	return false;
}

/* Somebody of us may have renamed it since it was chosen, and others again. */
static bool
look_for_new_name(struct search *search)
{
	struct qf_journal *journal = search->work->plan->journal;
	const struct qf_journal_name *names = NULL;
	struct change *c = search->c;
	struct qf_error met = search->met;
	struct qf_arena arena = { 0 };
	char id[sizeof(c->id)];
	bool found = false;

	memcpy(id, c->id, sizeof(id));
	while (!found && journal != NULL &&
	       qf_journal_next_name(journal, id, &arena, &names, NULL) ==
		       QF_OK) {
		if (strlen(names->name) >= sizeof(c->id))
			continue;
		snprintf(c->id, sizeof(c->id), "%s", names->name);
		search->met.status = QF_OK;
		found = look_everywhere(search);
	}
	if (!found) {
		memcpy(c->id, id, sizeof(id));
		search->met = met;
	}
	qf_arena_free(&arena);
	return found;
}

static bool
is_from_trash(const struct change *c)
{
	return c->chosen != NULL && c->chosen->in_trash;
}

/* Where nobody but us moves it; NULL: it comes from a queue. */
static const char *
own_folder(const struct work *work, const struct change *c)
{
	if (c->chosen != NULL && work->verb == QF_IMPORT)
		return QF_STAGE;
	return is_from_trash(c) ? QF_TRASH : NULL;
}

void
qf_plan_fetch(struct work *work, struct change *c)
{
	const struct qf_identity *wanted =
		c->wanted.inode == 0 ? NULL : &c->wanted;
	const char *own = own_folder(work, c);
	const char *folder = own != NULL ? own : qf_spool_queue(c->queue);

	if (qf_action_pin(work->action, folder,
			  qf_plan_name_in(c, folder, c->id), wanted, &c->pin,
			  NULL) != QF_OK)
		return;
	c->folder = folder;
	c->wanted = c->pin.identity;
	qf_plan_take_origin(work, c);
	qf_plan_remember_early(work, c);
}

/* It is held already; but is it that one? */
static bool
is_fetched(struct search *search)
{
	struct change *c = search->c;

	if (c->pin.fd < 0)
		return false;
	if (check_contents(search, NULL) == QF_OK)
		return true;
	qf_action_unpin(&c->pin);
	return false;
}

/* It is there, or not. */
static bool
find_in(struct work *work, struct change *c, const char *folder)
{
	enum qf_status status = QF_OK;
	struct qf_error err;

	if (c->pin.fd < 0)
		status = qf_action_pin(work->action, folder,
				       qf_plan_name_in(c, folder, c->id),
				       c->wanted.inode == 0 ? NULL : &c->wanted,
				       &c->pin, &err);
	if (status == QF_OK) {
		c->folder = folder;
		c->wanted = c->pin.identity;
	} else if (status == QF_GONE) {
		qf_plan_over(work, c, QF_OUTCOME_GONE, "not in %s any more",
			     strcmp(folder, QF_TRASH) == 0 ? "the trash"
							   : folder);
	} else {
		qf_plan_failed(work, c, &err);
	}
	return status == QF_OK;
}

enum qf_status
qf_plan_is_at(struct work *work, const struct change *c,
	      const struct qf_place *place, struct qf_error *err)
{
	struct qf_pin pin = { .fd = -1 };
	enum qf_status status = qf_action_pin(work->action, place->folder,
					      place->id, &c->wanted, &pin, err);

	qf_action_unpin(&pin);
	return status;
}

bool
qf_plan_find(struct work *work, struct change *c)
{
	struct search search = { .work = work, .c = c };
	const char *own = own_folder(work, c);

	if (own != NULL)
		return find_in(work, c, own);
	if (is_fetched(&search) || look_everywhere(&search))
		return true;
	if ((search.met.status == QF_OK || search.met.status == QF_CHANGED) &&
	    c->wanted.inode != 0 && look_for_new_name(&search))
		return true;
	if (search.met.status != QF_OK)
		qf_plan_failed(work, c, &search.met);
	else
		qf_plan_over(work, c, QF_OUTCOME_GONE,
			     "delivered, returned or removed meanwhile");
	return false;
}
