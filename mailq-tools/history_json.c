/*
 * history_json.c - jobs for programs; docs/mqadm-history.schema.json says
 * what each member means.
 */
#include "history_print.h"

#include "mailq-tools/json.h"
#include "mailq-tools/verb.h"

static void
put_outcomes(struct qf_buffer *out, const struct qf_job *job)
{
	json_name(out, "outcomes");
	qf_buffer_byte(out, '{');
	for (int i = 0; i < QF_OUTCOME_COUNT; i++) {
		if (job->counts[i] > 0)
			json_number(out, verb_outcome_name((enum qf_outcome)i),
				    (int64_t)job->counts[i]);
	}
	qf_buffer_byte(out, '}');
}

/* All but the closing brace: its messages may follow. */
static void
put_job(struct qf_buffer *out, const struct history_job *shown)
{
	const struct qf_job *job = shown->job;
	char id[QF_JOB_ID_TEXT];

	qf_job_id_text(&job->id, id);
	qf_buffer_byte(out, '{');
	json_text(out, "job", id);
	json_text(out, "instance", shown->instance);
	json_text(out, "state", shown->state);
	json_text(out, "action", job->action);
	json_time(out, "begun", job->begun);
	json_time(out, "ended", job->ended);
	json_number(out, "uid", job->uid);
	json_words(out, "user", job->user);
	json_words(out, "sudo_user", job->sudo_user);
	json_words(out, "tty", job->tty);
	json_words(out, "host", job->host);
	json_words(out, "command", job->command);
	json_words(out, "selection", job->selection);
	json_words(out, "reason", job->reason);
	json_number(out, "messages", (int64_t)shown->messages);
	put_outcomes(out, job);
}

static void
put_sender(struct qf_buffer *out, const char *sender)
{
	if (sender == NULL)
		return;
	json_text(out, "sender", *sender == '\0' ? "MAILER-DAEMON" : sender);
	json_exact(out, "sender", sender);
	json_flag(out, "null_sender", *sender == '\0');
}

static void
put_item(struct qf_buffer *out, const struct qf_journal_item *item)
{
	qf_buffer_byte(out, '{');
	json_number(out, "number", item->number);
	json_text(out, "outcome", verb_outcome_name(item->outcome));
	json_text(out, "queue_id", item->from_id);
	json_text(out, "from", item->from_folder);
	json_text(out, "to", item->to_folder);
	json_text(out, "new_queue_id", item->to_id);
	json_time(out, "arrival_time", item->arrival);
	put_sender(out, item->sender);
	json_number(out, "inode", (int64_t)item->inode);
	if (item->text != NULL && *item->text != '\0')
		json_text(out, "text", item->text);
	qf_buffer_byte(out, '}');
}

/* How far an array is. */
struct array {
	struct history *history;
	bool by_line;
	size_t count;
	const struct history_ref *ref; /* whose messages follow, or NULL */
};

static bool
add_item(void *context, const struct qf_journal_item *item)
{
	struct array *array = context;
	struct stream *stream = &array->history->stream;

	qf_buffer_string(&stream->buffer, array->count++ > 0 ? ", " : "");
	put_item(&stream->buffer, item);
	return stream_offer(stream);
}

static bool
add_items(struct array *array)
{
	struct array inner = { .history = array->history };
	struct qf_buffer *out = &array->history->stream.buffer;
	bool fine;

	json_name(out, "changes");
	qf_buffer_byte(out, '[');
	fine = history_items(array->history, array->ref, add_item, &inner);
	qf_buffer_byte(out, ']');
	return fine;
}

static bool
add_job(void *context, const struct history_job *job)
{
	struct array *array = context;
	struct stream *stream = &array->history->stream;
	bool fine = true;

	if (!array->by_line)
		qf_buffer_string(&stream->buffer,
				 array->count > 0 ? ",\n" : "\n");
	array->count++;
	put_job(&stream->buffer, job);
	if (array->ref != NULL)
		fine = add_items(array);
	qf_buffer_string(&stream->buffer, array->by_line ? "}\n" : "}");
	return stream_offer(stream) && fine;
}

static bool
print(struct history *history, const struct history_ref *ref)
{
	struct qf_buffer *out = &history->stream.buffer;
	struct array array = {
		.history = history,
		.by_line = history->options->format == OUTPUT_JSONL,
		.ref = ref,
	};
	bool fine;

	qf_buffer_string(out, array.by_line ? "" : "[");
	fine = ref == NULL ? history_each(history, add_job, &array)
			   : history_one(history, ref, add_job, &array);
	if (!array.by_line)
		qf_buffer_string(out, array.count > 0 ? "\n]\n" : "]\n");
	return fine;
}

bool
history_json_list(struct history *history)
{
	return print(history, NULL);
}

bool
history_json_job(struct history *history, const struct history_ref *ref)
{
	return print(history, ref);
}
