/*
 * mqadm_plan.c - write down what would be changed, for another person to look
 * at, and for mqadm apply.
 */
#include "mqadm.h"

#include <string.h>
#include <unistd.h>

#include "mailq-tools/plan_file.h"
#include "mailq-tools/verb.h"

#define PARTS                                                                  \
	(QF_PART_NAME | QF_PART_INODE | QF_PART_BIRTH | QF_PART_ENVELOPE |     \
	 QF_PART_RECIPIENTS | QF_PART_REASONS)

struct planning {
	struct mqadm *m;
	struct qf_buffer lines; /* of the messages; their sum comes first */
	int64_t bytes;
};

/* A name of the instance is worth something to who has several elsewhere. */
static void
take_message(void *context, const struct qf_message *message)
{
	struct planning *planning = context;
	const char *instance = message->instance;

	consider_add(&planning->m->consider, message);
	if (instance == NULL)
		instance = planning->m->access.sole;
	plan_put_message(&planning->lines, instance, message);
	if (__builtin_add_overflow(planning->bytes, message->size,
				   &planning->bytes))
		planning->bytes = INT64_MAX;
}

void
mqadm_need_inodes(struct mqadm *m, const char *what)
{
	for (size_t i = 0; i < m->access.store_count; i++) {
		if ((m->access.stores[i]->parts & QF_PART_INODE) == 0)
			tool_die(&m->tool, TOOL_DENIED,
				 "%s is for who may read the queue itself: run "
				 "it as root, or as the owner of the queue",
				 what);
	}
}

static void
choose(struct planning *planning)
{
	struct mqadm *m = planning->m;

	m->consider = (struct consider){ .tool = &m->tool, .verb = m->verb };
	consider_start(&m->consider, &m->access);
	m->choose = (struct choose){
		.tool = &m->tool,
		.access = &m->access,
		.where = &m->where,
		.ids = m->by_id ? &m->ids : NULL,
		.queues = mqadm_queues(m),
		.limit = m->limit,
		.per_domain = { .limit = m->pace.per_domain },
		.parts = PARTS,
		.take = take_message,
		.context = planning,
	};
	choose_messages(&m->choose);
}

static void
put_head(struct planning *planning, struct qf_buffer *out)
{
	struct mqadm *m = planning->m;
	struct qf_buffer selection = { 0 };
	struct qf_job job = { 0 };

	caller_sign(&m->caller, &job);
	mqadm_put_selection(m, &selection);
	plan_put_head(out, &(struct plan_head){
				   .verb = m->verb,
				   .now = m->now,
				   .made = m->tool.now,
				   .messages = m->choose.count,
				   .bytes = planning->bytes,
				   .uid = job.uid,
				   .user = job.user,
				   .sudo_user = job.sudo_user,
				   .host = job.host,
				   .command = job.command,
				   .selection = qf_buffer_text(&selection),
				   .reason = m->reason,
			   });
	qf_buffer_free(&selection);
}

/* The lines are many, and written from where they are. */
static void
write_all(struct planning *planning)
{
	struct tool *tool = &planning->m->tool;
	struct stream stream = {
		.fd = STDOUT_FILENO,
		.ascii = !tool->utf8 && isatty(STDOUT_FILENO) == 1,
	};
	struct qf_buffer head = { 0 };

	put_head(planning, &head);
	plan_put_end(&planning->lines, planning->m->choose.count);
	planning->lines.failed |= head.failed;
	stream.buffer = head;
	stream_flush(&stream);
	qf_buffer_free(&stream.buffer);
	stream.buffer = planning->lines;
	if (stream.errnum == 0)
		stream_flush(&stream);
	if (stream.errnum != 0)
		tool_die(tool, TOOL_IO, "standard output: %s",
			 strerror(stream.errnum));
	stream_free(&stream);
}

/* What the one who looks at an expiry has to think of. */
static void
report_notices(struct mqadm *m)
{
	struct qf_buffer text = { 0 };

	consider_notices(&m->consider, &text);
	if (text.len > 0)
		tool_note(&m->tool, "%s", qf_buffer_text(&text));
	qf_buffer_free(&text);
}

static void
report(struct planning *planning)
{
	struct mqadm *m = planning->m;

	if (m->choose.count == 0)
		mqadm_report_nothing(m);
	else
		tool_note(&m->tool,
			  "planned: %zu message%s to be %s; nothing is changed "
			  "yet",
			  m->choose.count, m->choose.count == 1 ? "" : "s",
			  verb_words(m->verb)->done);
}

void
mqadm_run_plan(struct mqadm *m)
{
	struct planning planning = { .m = m };

	mqadm_need_inodes(m, "a plan");
	where_parse(&m->tool, &m->where, &m->access);
	m->ids.sole = m->access.sole;
	choose(&planning);
	mqadm_report_unfinished(m);
	write_all(&planning);
	report(&planning);
	report_notices(m);
	consider_free(&m->consider);
	choose_free(&m->choose);
}
