/*
 * mqadm_apply.c - change the messages of a plan: these, and no others.
 */
#include "mqadm_apply.h"

#include <unistd.h>

#include "mailq-tools/value.h"
#include "mailq-tools/verb.h"
#include "queue-format/text.h"

/* Of what somebody else has written a question shows that much. */
#define COLUMNS_SHOWN 200

/* "alice as root, made 2026-11-22T09:47:48+01:00". */
static void
put_origin(struct apply *apply, struct qf_buffer *out)
{
	const struct plan_head *head = &apply->file.head;
	const struct qf_job job = {
		.uid = (uid_t)head->uid,
		.user = head->user,
		.sudo_user = head->sudo_user,
	};

	qf_buffer_string(out, "plan of ");
	history_put_user(out, &job);
	if (head->made != 0) {
		qf_buffer_string(out, ", made ");
		value_iso_time(out, &apply->m->tool, head->made);
	}
}

/* For the journal: both persons are in it, and what the first one wanted. */
static void
note_origin(struct apply *apply)
{
	struct qf_buffer *out = &apply->m->selection;

	put_origin(apply, out);
	if (apply->file.head.selection[0] != '\0') {
		qf_buffer_string(out, ": ");
		qf_buffer_string(out, apply->file.head.selection);
	}
}

/* Words of somebody else on a terminal. */
static void
put_question(struct apply *apply, struct qf_buffer *out)
{
	const struct mqadm *m = apply->m;
	const struct verb *verb = verb_words(m->verb);
	struct qf_buffer origin = { 0 };

	put_origin(apply, &origin);
	if (m->reason[0] != '\0') {
		qf_buffer_string(&origin, ": ");
		qf_buffer_string(&origin, m->reason);
	}
	qf_buffer_string(out, "mqadm: ");
	qf_text_show(out, qf_buffer_text(&origin), COLUMNS_SHOWN, m->tool.utf8);
	qf_buffer_string(out, "\nmqadm: ");
	qf_buffer_string(out, verb->before);
	qf_buffer_byte(out, ' ');
	qf_buffer_number(out, (long long)m->choose.count);
	qf_buffer_string(out, m->choose.count == 1 ? " message" : " messages");
	qf_buffer_string(out, verb->behind);
	qf_buffer_string(out, "? [y/N] ");
	qf_buffer_free(&origin);
}

static void
change(struct apply *apply)
{
	struct qf_buffer question = { 0 };

	mqadm_recover(apply->m);
	put_question(apply, &question);
	mqadm_change(apply->m, apply->m->choose.count == 0
				       ? NULL
				       : qf_buffer_text(&question));
	qf_buffer_free(&question);
}

/* Only what purges does without, and that it does is in the file. */
static void
need_journals(struct mqadm *m)
{
	for (size_t i = 0; i < m->access.count && m->verb != QF_PURGE; i++) {
		const struct workplace *place = &m->access.workplaces[i];

		if (place->unnoted)
			tool_die(&m->tool, TOOL_IO,
				 "%s: the disk has no space for the journal, "
				 "and only a plan of delete --purge goes "
				 "without",
				 place->state);
	}
}

void
mqadm_run_apply(struct mqadm *m)
{
	struct apply apply = { .m = m };

	apply_read(&apply);
	need_journals(m);
	note_origin(&apply);
	if (m->dry_run)
		apply_look(&apply);
	else
		change(&apply);
	choose_free(&m->choose);
	qf_arena_free(&apply.arena);
	if (m->plan_fd > STDERR_FILENO)
		close(m->plan_fd);
}
