/*
 * mqadm_trash.c - what is in the trash, and what leaves it for good.
 */
#include "mqadm.h"

#include <stdlib.h>

#include "mailq-tools/value.h"

void
mqadm_run_trash_list(struct mqadm *m)
{
	trash_list_print(&m->tool, &m->access, &m->trash_rules, &m->trash_list);
}

/* One purge of the trash of all instances. */
struct purge {
	struct mqadm *m;
	struct trash trash;
	struct trash_jobs jobs;
	struct trash_due *dues; /* as access->names */
};

static void
start(struct purge *purge, struct mqadm *m)
{
	*purge = (struct purge){
		.m = m,
		.trash = { .tool = &m->tool, .access = &m->access },
		.jobs = { .tool = &m->tool, .access = &m->access },
		.dues = calloc(m->access.count, sizeof(*purge->dues)),
	};
	if (purge->dues == NULL)
		tool_die(&m->tool, TOOL_IO, "out of memory");
	trash_read(&purge->trash);
	trash_due_open(&purge->trash, &purge->jobs, &m->trash_rules,
		       purge->dues);
}

static void
report_clocks(const struct purge *purge)
{
	struct mqadm *m = purge->m;

	for (size_t i = 0; i < m->access.count; i++)
		trash_due_report(&m->tool, m->access.names[i], &purge->dues[i]);
}

/* Who names an age goes by the clock: it should not be known to be wrong. */
static void
check_clocks(const struct purge *purge)
{
	struct mqadm *m = purge->m;

	for (size_t i = 0; i < m->access.count && !m->yes; i++) {
		const struct trash_clock *clock = &purge->dues[i].clock;
		struct qf_buffer off = { 0 };

		if (clock->belief != TRASH_AHEAD)
			continue;
		value_duration(&off, clock->off);
		tool_die(&m->tool, TOOL_PARTLY,
			 "the clock is %s ahead of the time that has passed "
			 "since the last look: if it is right now (date), say "
			 "--yes",
			 qf_buffer_text(&off));
	}
}

static bool
is_older(void *context, const struct trash_entry *entry)
{
	struct purge *purge = context;
	struct mqadm *m = purge->m;

	return trash_deleted(&purge->jobs, entry) + m->older_than <=
	       m->tool.now;
}

static void
choose(struct purge *purge)
{
	struct mqadm *m = purge->m;
	struct trash *trash = &purge->trash;

	if (m->by_id) {
		trash_keep_ids(trash, &m->ids);
	} else if (m->has_age) {
		check_clocks(purge);
		trash_keep(trash, is_older, purge);
	} else if (!m->all) {
		report_clocks(purge);
		trash_keep_due(trash, &purge->jobs, purge->dues);
	}
	trash_keep_first(trash, m->limit);
	m->choose = (struct choose){ .tool = &m->tool, .access = &m->access };
	trash_choose(trash, &m->choose);
}

static void
put_selection(struct mqadm *m)
{
	if (m->by_id) {
		qf_buffer_string(&m->selection, "ids");
	} else if (m->all) {
		qf_buffer_string(&m->selection, "all of the trash");
	} else {
		qf_buffer_string(&m->selection, "trash older than ");
		if (m->has_age)
			value_duration(&m->selection, m->older_than);
		else
			qf_buffer_string(&m->selection, "the settings allow");
	}
}

static void
put_question(struct mqadm *m, struct qf_buffer *question)
{
	qf_buffer_string(question, "mqadm: remove ");
	qf_buffer_number(question, (long long)m->choose.count);
	qf_buffer_string(question, " messages from the trash for good? [y/N] ");
}

static void
dry_run(struct purge *purge)
{
	size_t count = purge->trash.count;
	struct qf_buffer space = { 0 };
	int64_t occupied = 0;

	trash_look(&purge->trash);
	for (size_t i = 0; i < purge->trash.count; i++)
		occupied += purge->trash.entries[i].occupied;
	value_size(&space, occupied);
	tool_note(&purge->m->tool,
		  "%zu message%s would be removed for good, which frees %s",
		  count, count == 1 ? "" : "s", qf_buffer_text(&space));
	qf_buffer_free(&space);
}

static void
remove_chosen(struct mqadm *m)
{
	struct qf_buffer question = { 0 };

	if (m->choose.count > 1)
		put_question(m, &question);
	mqadm_change(m, question.len > 0 ? qf_buffer_text(&question) : NULL);
	qf_buffer_free(&question);
}

/*
 * The next purge compares its clock with this one.  All that was due is gone
 * if all of it was looked for, and none failed; then something that is as old
 * cannot be met again.
 */
static void
keep_clocks(struct purge *purge)
{
	struct mqadm *m = purge->m;
	bool all = !m->by_id && !m->has_age && m->limit == 0 &&
		   m->result.counts[QF_OUTCOME_DONE] == m->choose.count;

	for (size_t i = 0; i < m->access.count; i++) {
		const struct workplace *place = &m->access.workplaces[i];
		const struct trash_due *due = &purge->dues[i];
		struct trash_clock clock = due->clock;
		int64_t purged = clock.now.wall - due->retention;
		struct qf_error err;

		if (place->spool == NULL)
			continue;
		if (all && purged > clock.purged)
			clock.purged = purged;
		if (trash_stamp_write(place->state, &clock, &err) != QF_OK)
			tool_note(&m->tool,
				  "%s: the next purge will know less of the "
				  "clock, and keep more",
				  err.text);
	}
}

/* A purge that finds nothing to do is no failure. */
static bool
is_nothing(const struct mqadm *m)
{
	return m->choose.count == 0 && !m->by_id && !m->all;
}

void
mqadm_run_trash_purge(struct mqadm *m)
{
	struct purge purge;

	if (!m->dry_run)
		mqadm_recover(m);
	start(&purge, m);
	choose(&purge);
	put_selection(m);
	if (m->dry_run)
		dry_run(&purge);
	else if (is_nothing(m))
		tool_note(&m->tool, "nothing in the trash is old enough");
	else
		remove_chosen(m);
	if (!m->dry_run)
		keep_clocks(&purge);
	choose_free(&m->choose);
	trash_jobs_free(&purge.jobs);
	trash_free(&purge.trash);
	free(purge.dues);
}
