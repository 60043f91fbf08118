/*
 * mqadm_apply_look.c - what a plan would be about now, for --dry-run.
 *
 * What a plan says of a message may be a lie, or have been true: this tells
 * what is in the queue.
 */
#include "mqadm_apply.h"

#include <stdlib.h>
#include <string.h>

/* A message of the plan: sorted, so that one of the queue finds it. */
struct wanted {
	size_t list;
	const struct qf_chosen *chosen;
};

struct looking {
	struct mqadm *m;
	struct wanted *wanted;
	size_t count;
	struct consider consider;
};

/* By store and inode; a plan may name an inode twice, but no queue does. */
static int
compare(const void *left, const void *right)
{
	const struct wanted *a = left;
	const struct wanted *b = right;

	if (a->list != b->list)
		return a->list < b->list ? -1 : 1;
	if (a->chosen->inode != b->chosen->inode)
		return a->chosen->inode < b->chosen->inode ? -1 : 1;
	return 0;
}

static void
sort_wanted(struct looking *looking)
{
	const struct choose *choose = &looking->m->choose;
	size_t count = 0;

	looking->wanted = calloc(choose->count + 1, sizeof(*looking->wanted));
	if (looking->wanted == NULL)
		tool_die(&looking->m->tool, TOOL_IO, "out of memory");
	for (size_t i = 0; i < looking->m->access.store_count; i++) {
		const struct chosen_list *list = &choose->lists[i];

		for (size_t k = 0; k < list->count; k++)
			looking->wanted[count++] =
				(struct wanted){ i, &list->items[k] };
	}
	looking->count = count;
	qsort(looking->wanted, count, sizeof(*looking->wanted), compare);
}

/* The message of the plan, whatever it is called now. */
static bool
is_same(const struct qf_chosen *chosen, const struct qf_message *message)
{
	if (chosen->birth != 0 && message->birth != 0)
		return chosen->birth == message->birth;
	return (chosen->arrival == 0 || chosen->arrival == message->arrival) &&
	       (chosen->sender == NULL || message->sender == NULL ||
		strcmp(chosen->sender, message->sender) == 0);
}

static void
look_at(void *context, const struct qf_message *message)
{
	struct looking *looking = context;
	const struct access *access = &looking->m->access;
	const struct qf_chosen key = { .inode = message->inode };
	struct wanted wanted = { .chosen = &key };
	const struct wanted *found;

	while (wanted.list + 1 < access->store_count &&
	       access->stores[wanted.list]->instance != message->instance)
		wanted.list++;
	found = bsearch(&wanted, looking->wanted, looking->count,
			sizeof(*looking->wanted), compare);
	if (found != NULL && is_same(found->chosen, message))
		consider_add(&looking->consider, message);
}

void
apply_look(const struct apply *apply)
{
	struct mqadm *m = apply->m;
	struct looking looking = { .m = m };
	struct choose look = {
		.tool = &m->tool,
		.access = &m->access,
		.where = &m->where,
		.queues = QF_QUEUES_LISTED,
		.take = look_at,
		.context = &looking,
	};

	mqadm_need_inodes(m, "a plan");
	sort_wanted(&looking);
	looking.consider = (struct consider){ .tool = &m->tool,
					      .verb = m->verb,
					      .in_full = true };
	consider_start(&looking.consider, &m->access);
	look.parts = consider_parts(&looking.consider);
	choose_messages(&look);
	mqadm_consider_pace(m, &looking.consider, looking.consider.messages);
	consider_print(&looking.consider, m->result.format != RESULT_TEXT);
	if (looking.consider.messages < m->choose.count)
		tool_note(&m->tool,
			  "of the plan, and not in the queue any more: %llu",
			  (unsigned long long)(m->choose.count -
					       looking.consider.messages));
	choose_free(&look);
	consider_free(&looking.consider);
	free(looking.wanted);
}
