/*
 * choose.c - the messages that shall be changed.
 */
#include "choose.h"

#include <stdlib.h>
#include <string.h>

#include "mailq-tools/old_ids.h"
#include "mailq-tools/trash.h"

static _Noreturn void
no_memory(struct choose *choose)
{
	progress_end(&choose->progress);
	tool_die(choose->tool, TOOL_IO, "out of memory");
}

/* Equal strings are kept once: a run of mail has one sender. */
static const char *
keep(struct choose *choose, const char *text)
{
	const char *known = qf_string_set_find(&choose->pool, text);

	if (known != NULL)
		return known;
	known = qf_arena_copy(&choose->arena, text, strlen(text));
	if (known == NULL || !qf_string_set_add(&choose->pool, known))
		no_memory(choose);
	return known;
}

static struct qf_chosen *
add(struct choose *choose, struct chosen_list *list)
{
	if (list->count == list->room) {
		size_t room = list->room == 0 ? 64 : list->room * 2;
		struct qf_chosen *items =
			reallocarray(list->items, room, sizeof(*items));

		if (items == NULL)
			no_memory(choose);
		list->items = items;
		list->room = room;
	}
	choose->count++;
	return &list->items[list->count++];
}

void
choose_add(struct choose *choose, size_t list, const struct qf_chosen *chosen)
{
	*add(choose, &choose->lists[list]) = *chosen;
}

static void
choose_one(struct choose *choose, const struct qf_message *message)
{
	struct chosen_list *list =
		&choose->lists[access_store(choose->access, message->instance)];
	const char *id =
		qf_arena_copy(&choose->arena, message->id, strlen(message->id));

	if (id == NULL)
		no_memory(choose);
	*add(choose, list) = (struct qf_chosen){
		.id = id,
		.queue = message->queue,
		.inode = message->inode,
		.birth = message->birth,
		.arrival = message->arrival,
		.sender = message->sender == NULL
				  ? NULL
				  : keep(choose, message->sender),
	};
	if (choose->take != NULL)
		choose->take(choose->context, message);
}

/* False: not this time. */
static bool
is_its_turn(struct choose *choose, const struct qf_message *message)
{
	enum qf_status status;

	if (choose->per_domain.limit == 0)
		return true;
	status = per_domain_take(&choose->per_domain, message);
	if (status == QF_SYSTEM)
		no_memory(choose);
	choose->later += status == QF_STOPPED;
	return status == QF_OK;
}

static bool
has_enough(const struct choose *choose)
{
	return choose->limit != 0 && choose->count >= choose->limit;
}

static enum qf_status
take_message(void *context, const struct qf_message *message)
{
	struct choose *choose = context;

	progress_tell(&choose->progress, ++choose->seen);
	if (choose->ids != NULL) {
		if (!id_list_has(choose->ids, message))
			return QF_OK;
		/* Asked only now, since it was found nevertheless. */
		if (choose->where->query != NULL &&
		    qf_query_test(choose->where->query, message) != QF_TAKE)
			return QF_OK;
	}
	if (choose->ids == NULL &&
	    (choose->apart & QF_QUEUE_BIT(message->queue)) != 0)
		choose->counted++;
	else if (is_its_turn(choose, message))
		choose_one(choose, message);
	return has_enough(choose) ? QF_STOPPED : QF_OK;
}

static void
report_trouble(void *context, const char *instance,
	       const struct qf_error *trouble)
{
	struct choose *choose = context;

	progress_end(&choose->progress);
	tool_complain_of(choose->tool, TOOL_PARTLY, instance, trouble->text);
}

static void
note_unfinished(void *context, const char *instance, const char *id)
{
	struct choose *choose = context;

	if (choose->ids != NULL)
		id_list_note_unfinished(choose->ids, instance, id);
	else
		choose->unfinished++;
}

/* Who it is: where there is no time of birth, this reads the envelope. */
static unsigned
wanted_parts(const struct choose *choose)
{
	unsigned parts = QF_PART_NAME | QF_PART_INODE | QF_PART_BIRTH;

	if (choose->ids != NULL && choose->where->query != NULL)
		parts |= qf_query_parts(choose->where->query);
	if (choose->per_domain.limit != 0)
		parts |= QF_PART_ENVELOPE | QF_PART_RECIPIENTS;
	return parts | choose->parts;
}

static void
survey(struct choose *choose)
{
	const struct access *access = choose->access;
	struct qf_query *query = choose->where->query;
	struct qf_survey survey = {
		.stores = access->stores,
		.store_count = access->store_count,
		.selection = choose->selection,
		.filter = { .parts = wanted_parts(choose) },
		.message = take_message,
		.trouble = report_trouble,
		.unfinished = note_unfinished,
		.context = choose,
	};
	struct qf_survey_result result;
	struct qf_error err;
	enum qf_status status;

	if (query != NULL && choose->ids == NULL)
		qf_query_filter(query, &survey.filter);
	holder_join(&choose->holder, choose->selection.queues, &survey.filter);
	progress_start(&choose->progress, "messages read");
	status = qf_survey_run(&survey, &result, &err);
	progress_end(&choose->progress);
	if (status != QF_OK && status != QF_STOPPED)
		tool_die(choose->tool, tool_exit_of(status), "%s", err.text);
	if (result.listing != QF_OK)
		tool_exit_with(choose->tool, tool_exit_of(result.listing));
}

static void
look_for_ids(struct choose *choose)
{
	id_list_close(choose->tool, choose->ids, &choose->selection);
	choose->selection.queues =
		QF_QUEUES_LISTED | QF_QUEUE_BIT(QF_QUEUE_CORRUPT);
	survey(choose);
	while (!has_enough(choose) &&
	       old_ids_look_again(choose->tool, choose->access, choose->ids,
				  &choose->selection))
		survey(choose);
	if (!has_enough(choose) && !id_list_is_complete(choose->ids))
		trash_note_ids(choose->tool, choose->access, choose->ids);
	id_list_report(choose->tool, choose->ids, !has_enough(choose));
}

void
choose_messages(struct choose *choose)
{
	struct qf_query *query = choose->where->query;

	choose->holder = (struct holder){
		.tool = choose->tool,
		.access = choose->access,
		.must = true,
	};
	if (choose->ids != NULL) {
		look_for_ids(choose);
	} else {
		choose->selection.queues =
			query == NULL ? choose->queues
				      : qf_query_queues(query, choose->queues);
		if (choose->selection.queues != 0)
			survey(choose);
	}
	where_report(choose->tool, choose->where);
	holder_report(&choose->holder);
}

void
choose_free(struct choose *choose)
{
	for (size_t i = 0; i < choose->access->store_count; i++)
		free(choose->lists[i].items);
	per_domain_free(&choose->per_domain);
	qf_string_set_free(&choose->pool);
	qf_arena_free(&choose->arena);
}
