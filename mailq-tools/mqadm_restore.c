/*
 * mqadm_restore.c - messages come back from the trash.
 */
#include "mqadm.h"

#include "mailq-tools/trash.h"

/*
 * What is in the trash since its sender has got it back is only restored when
 * somebody names it, and refused then with the reason.
 */
static void
leave_returned(struct trash *trash)
{
	size_t kept = 0;

	for (size_t i = 0; i < trash->count; i++) {
		const struct trash_entry *entry = &trash->entries[i];

		if (strcmp(entry->trashed.origin, QF_TRASH_RETURNED) != 0)
			trash->entries[kept++] = *entry;
	}
	if (kept < trash->count)
		tool_note(trash->tool,
			  "returned to their senders when they were taken, and "
			  "left in the trash: %zu",
			  trash->count - kept);
	trash->count = kept;
}

static void
choose(struct mqadm *m, struct trash *trash)
{
	trash_read(trash);
	if (m->by_id)
		trash_keep_ids(trash, &m->ids);
	else
		leave_returned(trash);
	trash_keep_first(trash, m->limit);
	m->choose = (struct choose){ .tool = &m->tool, .access = &m->access };
	trash_choose(trash, &m->choose);
}

static void
ask_first(const struct mqadm *m, struct qf_buffer *question)
{
	if (m->choose.count < 2)
		return;
	qf_buffer_string(question, "mqadm: restore ");
	qf_buffer_number(question, (long long)m->choose.count);
	qf_buffer_string(question, " messages from the trash? [y/N] ");
}

void
mqadm_run_restore(struct mqadm *m)
{
	struct trash trash = { .tool = &m->tool, .access = &m->access };
	struct qf_buffer question = { 0 };

	if (!m->dry_run)
		mqadm_recover(m);
	choose(m, &trash);
	qf_buffer_string(&m->selection, m->by_id ? "ids" : "all of the trash");
	ask_first(m, &question);
	if (m->dry_run)
		mqadm_report_dry_run(m);
	else
		mqadm_change(m, question.len > 0 ? qf_buffer_text(&question)
						 : NULL);
	qf_buffer_free(&question);
	choose_free(&m->choose);
	trash_free(&trash);
}
