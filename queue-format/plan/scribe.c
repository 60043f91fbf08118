/*
 * scribe.c - what is done beside the moving: noting it in the journal, letting
 * go of those who are over, and getting hold of those who come next.
 *
 * For a thousand messages this takes about as long as to move a thousand: so
 * a thread does the one while the plan does the other.  The journal is for one
 * thread: between begin and end nobody else uses it.
 */
#include "work.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* For fewer a thread is not worth it. */
#define ALONE 64

/* Notes of one kind. */
struct notes {
	struct qf_journal_item *items;
	size_t count;
};

struct scribe {
	struct notes fresh; /* about to be moved for the first time */
	struct notes again; /* noted before, and going elsewhere */
	struct notes over;
	enum qf_status status;
	struct qf_error err;
	/* To be fetched: the stages of all others change meanwhile. */
	struct change **fetch;
	size_t fetched;
	struct qf_pin *release; /* of those that are over */
	size_t released;
	bool ends_noted; /* those in `over' */
	bool unnoted;	 /* nothing takes a note any more */
	bool is_beside;
	pthread_t thread;
	struct work *work;
};

static struct qf_journal_item *
room_for(size_t count)
{
	return calloc(count, sizeof(struct qf_journal_item));
}

struct scribe *
qf_plan_scribe_new(struct work *work)
{
	struct scribe *scribe = calloc(1, sizeof(*scribe));

	if (scribe == NULL)
		return NULL;
	scribe->work = work;
	scribe->unnoted = work->plan->job == NULL;
	scribe->fresh.items = room_for(work->room);
	scribe->again.items = room_for(work->room);
	scribe->over.items = room_for(work->room);
	scribe->fetch = calloc(work->room, sizeof(struct change *));
	scribe->release = calloc(work->room, sizeof(struct qf_pin));
	if (scribe->fresh.items != NULL && scribe->again.items != NULL &&
	    scribe->over.items != NULL && scribe->fetch != NULL &&
	    scribe->release != NULL)
		return scribe;
	qf_plan_scribe_free(scribe);
	return NULL;
}

void
qf_plan_scribe_free(struct scribe *scribe)
{
	if (scribe == NULL)
		return;
	free(scribe->fresh.items);
	free(scribe->again.items);
	free(scribe->over.items);
	free(scribe->fetch);
	free(scribe->release);
	free(scribe);
}

/* Before a message is moved. */
static struct qf_journal_item
announced(struct work *work, const struct change *c)
{
	struct qf_journal_item item = c->item;

	item.outcome = QF_OUTCOME_PREPARED;
	item.from_id = qf_plan_name_in(c, item.from_folder, c->old_id);
	item.to_folder = c->to_folder;
	item.to_id = c->to_folder == NULL
			     ? NULL
			     : qf_plan_name_in(c, c->to_folder, c->to_id);
	/* Where it is until then, which to_id does not say any more. */
	item.text = c->taken ? c->id : NULL;
	if (!c->taken)
		qf_plan_note_qmgr(work, &item);
	return item;
}

/* What became of it, with the facts of now. */
static struct qf_journal_item
concluded(const struct change *c)
{
	struct qf_journal_item item = c->item;

	item.outcome = c->outcome;
	item.from_id = qf_plan_name_in(c, item.from_folder, c->old_id);
	item.to_folder = c->moved ? c->folder : NULL;
	item.to_id = c->moved ? qf_plan_name_in(c, c->folder, c->id) : NULL;
	item.changed = c->pin.changed;
	item.text = c->text[0] == '\0' ? NULL : c->text;
	return item;
}

/* What the message needs in this round. */
static void
collect_one(struct scribe *scribe, struct work *work, struct change *c)
{
	struct notes *notes = c->noted ? &scribe->again : &scribe->fresh;

	c->written = false;
	if (c->stage == STAGE_OVER && c->pin.fd >= 0) {
		scribe->release[scribe->released++] = c->pin;
		c->pin.fd = -1;
	}
	if (c->stage == STAGE_FETCH) {
		scribe->fetch[scribe->fetched++] = c;
	} else if (c->stage == STAGE_READY) {
		notes->items[notes->count++] = announced(work, c);
		c->written = true;
	} else if (c->stage == STAGE_OVER && c->noted) {
		scribe->over.items[scribe->over.count++] = concluded(c);
		c->written = true;
	}
	work->progress |= c->written || c->stage == STAGE_FETCH;
}

static void
collect(struct scribe *scribe, struct work *work)
{
	scribe->fresh.count = scribe->again.count = scribe->over.count = 0;
	scribe->fetched = scribe->released = 0;
	for (size_t i = 0; i < work->count; i++)
		collect_one(scribe, work, &work->changes[i]);
}

/*
 * What needs no space on the disk to be removed is not kept on a full one for
 * the sake of a note.
 */
static bool
can_do_without(const struct scribe *scribe)
{
	return scribe->work->verb == QF_PURGE && qf_error_is_full(&scribe->err);
}

static void
write_notes(struct scribe *scribe)
{
	struct qf_journal *journal = scribe->work->plan->journal;
	const struct qf_job_id *job = &scribe->work->job;

	scribe->status = QF_OK;
	if (scribe->over.count > 0)
		scribe->status =
			qf_journal_commit(journal, job, scribe->over.items,
					  scribe->over.count, &scribe->err);
	scribe->ends_noted = scribe->status == QF_OK;
	if (scribe->status == QF_OK && scribe->again.count > 0)
		scribe->status =
			qf_journal_commit(journal, job, scribe->again.items,
					  scribe->again.count, &scribe->err);
	if (scribe->status == QF_OK && !scribe->unnoted)
		scribe->status =
			qf_journal_prepare(journal, job, scribe->fresh.items,
					   scribe->fresh.count, &scribe->err);
	if (scribe->status != QF_OK && scribe->ends_noted &&
	    can_do_without(scribe)) {
		scribe->unnoted = true;
		scribe->status = QF_OK;
	}
}

static void *
write_and_fetch(void *context)
{
	struct scribe *scribe = context;

	for (size_t i = 0; i < scribe->released; i++)
		qf_action_unpin(&scribe->release[i]);
	write_notes(scribe);
	for (size_t i = 0; i < scribe->fetched; i++)
		qf_plan_fetch(scribe->work, scribe->fetch[i]);
	return NULL;
}

void
qf_plan_scribe_begin(struct scribe *scribe, struct work *work)
{
	collect(scribe, work);
	scribe->is_beside =
		scribe->fresh.count + scribe->again.count + scribe->fetched >=
			ALONE &&
		pthread_create(&scribe->thread, NULL, write_and_fetch,
			       scribe) == 0;
	if (!scribe->is_beside)
		write_and_fetch(scribe);
}

/* Those that were announced have their numbers now. */
static void
take_over(struct scribe *scribe, struct work *work)
{
	size_t fresh = 0;
	size_t again = 0;

	for (size_t i = 0; i < work->count; i++) {
		struct change *c = &work->changes[i];

		if (c->stage == STAGE_FETCH)
			c->stage = STAGE_LOOK;
		if (!c->written || c->stage != STAGE_READY)
			continue;
		c->item = c->noted ? scribe->again.items[again++]
				   : scribe->fresh.items[fresh++];
		c->noted = c->noted || !scribe->unnoted;
		c->stage = STAGE_NOTED;
	}
}

enum qf_status
qf_plan_scribe_end(struct scribe *scribe, struct work *work,
		   struct qf_error *err)
{
	if (scribe->is_beside)
		pthread_join(scribe->thread, NULL);
	scribe->is_beside = false;
	if (scribe->status == QF_OK)
		take_over(scribe, work);
	else if (err != NULL)
		*err = scribe->err;
	/* What could not be noted is not over yet. */
	for (size_t i = 0; i < work->count && !scribe->ends_noted; i++)
		work->changes[i].written = false;
	return scribe->status;
}
