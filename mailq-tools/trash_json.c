/*
 * trash_json.c - what is in the trash, for programs;
 * docs/mqadm-trash.schema.json says what each member means.
 */
#include "trash_list.h"

#include "mailq-tools/json.h"

struct array {
	struct trash_list *list;
	bool by_line;
	size_t count;
};

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
put_recipients(struct qf_buffer *out, const struct qf_message *message)
{
	json_name(out, "recipients");
	qf_buffer_byte(out, '[');
	for (size_t i = 0; i < message->left_count; i++) {
		const struct qf_recipient *recipient = &message->left[i];

		qf_buffer_string(out, i > 0 ? ", {" : "{");
		json_text(out, "address", recipient->address);
		json_exact(out, "address", recipient->address);
		qf_buffer_byte(out, '}');
	}
	qf_buffer_byte(out, ']');
}

static void
put_message(struct qf_buffer *out, const struct qf_message *message)
{
	bool is_read = (message->parts & QF_PART_ENVELOPE) != 0;

	if (is_read) {
		json_number(out, "message_size", message->size);
		json_time(out, "arrival_time", message->arrival);
	}
	put_sender(out, message->sender);
	if ((message->parts & QF_PART_RECIPIENTS) != 0)
		put_recipients(out, message);
	if (message->fault != NULL)
		json_words(out, "fault", message->fault);
}

static bool
add(void *context, const struct trash_row *row)
{
	struct array *array = context;
	struct stream *stream = &array->list->stream;
	struct qf_buffer *out = &stream->buffer;
	char id[QF_JOB_ID_TEXT];

	if (!array->by_line)
		qf_buffer_string(out, array->count > 0 ? ",\n" : "\n");
	array->count++;
	qf_job_id_text(&row->entry->trashed.job, id);
	qf_buffer_byte(out, '{');
	json_text(out, "instance", row->instance);
	json_text(out, "queue_id", row->entry->trashed.id);
	json_text(out, "from", row->entry->trashed.origin);
	json_time(out, "deleted", trash_row_deleted(row));
	json_time(out, "due", row->due);
	json_text(out, "job", id);
	if (row->job != NULL) {
		json_number(out, "uid", row->job->uid);
		json_words(out, "user", row->job->user);
		json_words(out, "sudo_user", row->job->sudo_user);
		json_words(out, "reason", row->job->reason);
	}
	json_number(out, "occupied", row->entry->occupied);
	put_message(out, row->message);
	qf_buffer_string(out, array->by_line ? "}\n" : "}");
	return stream_offer(stream);
}

bool
trash_json(struct trash_list *list)
{
	struct qf_buffer *out = &list->stream.buffer;
	struct array array = {
		.list = list,
		.by_line = list->options->format == OUTPUT_JSONL,
	};
	bool fine;

	qf_buffer_string(out, array.by_line ? "" : "[");
	fine = trash_list_each(list, add, &array);
	if (!array.by_line)
		qf_buffer_string(out, array.count > 0 ? "\n]\n" : "]\n");
	return fine;
}
