/*
 * output_json.c - a listing as JSON.
 *
 * The members of `postqueue -j' come first, with the same names and in the
 * same order; docs/mqls.schema.json describes all.  What is not known is left
 * out.
 */
#include "output.h"

#include "mailq-tools/json.h"

static bool
start_json(struct output *output)
{
	qf_buffer_byte(&output->stream.buffer, '[');
	return true;
}

static bool
end_json(struct output *output)
{
	qf_buffer_string(&output->stream.buffer,
			 output->count > 0 ? "\n]\n" : "]\n");
	return true;
}

static bool
do_nothing(struct output *output)
{
	(void)output;
	return true;
}

/* An address; postqueue shows the null sender as MAILER-DAEMON. */
static void
put_address(struct qf_buffer *out, const char *name, const char *address)
{
	json_text(out, name, *address == '\0' ? "MAILER-DAEMON" : address);
	json_exact(out, name, address);
}

static const char *
reason_name(const struct qf_recipient *recipient)
{
	return recipient->state == QF_RECIPIENT_BOUNCED ? "bounce_reason"
							: "delay_reason";
}

/* What the reason means, and the reply's code where it has one. */
static void
put_class(struct qf_buffer *out, const struct qf_recipient *recipient)
{
	int code = recipient->reason == NULL
			   ? 0
			   : qf_reason_code(recipient->reason);

	if (code != 0)
		json_number(out, "code", code);
	json_text(out, "class", qf_reason_class_name(recipient->reason_class));
}

static void
put_recipients(struct qf_buffer *out, const char *name,
	       const struct qf_recipient *list, size_t count)
{
	json_name(out, name);
	qf_buffer_byte(out, '[');
	for (size_t i = 0; i < count; i++) {
		const struct qf_recipient *recipient = &list[i];

		if (i > 0)
			qf_buffer_add(out, ", ", 2);
		qf_buffer_byte(out, '{');
		put_address(out, "address", recipient->address);
		json_text(out, reason_name(recipient), recipient->reason);
		if (recipient->original != NULL)
			put_address(out, "orig_address", recipient->original);
		json_text(out, "dsn", recipient->dsn);
		json_text(out, "host", recipient->mta);
		put_class(out, recipient);
		qf_buffer_byte(out, '}');
	}
	qf_buffer_byte(out, ']');
}

static void
put_origin(struct qf_buffer *out, const struct qf_origin *origin)
{
	json_flag(out, "local", origin->local);
	json_flag(out, "smtputf8", origin->smtputf8);
	json_text(out, "client_name", origin->client_name);
	json_text(out, "client_address", origin->client_address);
	json_text(out, "helo", origin->helo);
	json_text(out, "protocol", origin->protocol);
	json_text(out, "sasl_method", origin->sasl_method);
	json_text(out, "sasl_user", origin->sasl_user);
	json_text(out, "sasl_sender", origin->sasl_sender);
	json_text(out, "full_name", origin->full_name);
	json_text(out, "filter", origin->filter);
	json_text(out, "redirect", origin->redirect);
	json_text(out, "encoding", origin->encoding);
	json_text(out, "envelope_id", origin->envelope_id);
	json_text(out, "message_id", origin->message_id);
	json_text(out, "upstream_id", origin->upstream_id);
}

/* What postqueue -j has. */
static void
put_postqueue(struct qf_buffer *out, const struct qf_message *m)
{
	json_text(out, "queue_name", qf_queue_name(m->queue));
	json_text(out, "queue_id", m->id);
	if ((m->parts & QF_PART_ENVELOPE) != 0) {
		json_number(out, "arrival_time", m->arrival);
		json_number(out, "message_size", m->size);
	}
	json_flag(out, "forced_expire", m->forced_expire);
	if (m->sender != NULL)
		put_address(out, "sender", m->sender);
	put_recipients(out, "recipients", m->left, m->left_count);
}

/* What only the spool can tell, and what is computed of it. */
static void
put_spool(struct qf_buffer *out, const struct qf_message *m)
{
	if ((m->parts & QF_PART_DONE) != 0)
		put_recipients(out, "delivered", m->done, m->done_count);
	json_time(out, "create_time", m->created);
	json_time(out, "next_try", m->next);
	json_time(out, "last_try", m->last);
	json_time(out, "expires", m->expires);
	json_number(out, "file_size", m->file_size);
	json_text(out, "path", m->place);
	put_origin(out, &m->origin);
}

/* Only of what was noted: others hold messages, too. */
static void
put_holder(struct qf_buffer *out, const struct qf_holder *holder)
{
	if (holder->job == NULL)
		return;
	json_name(out, "hold");
	qf_buffer_byte(out, '{');
	json_text(out, "by", holder->by);
	json_text(out, "reason", holder->reason);
	json_time(out, "since", holder->since);
	json_text(out, "job", holder->job);
	qf_buffer_byte(out, '}');
}

static void
put_message(struct qf_buffer *out, const struct qf_message *m)
{
	qf_buffer_byte(out, '{');
	put_postqueue(out, m);
	json_text(out, "instance", m->instance);
	if (m->sender != NULL)
		json_flag(out, "null_sender", m->sender[0] == '\0');
	if ((m->parts & QF_PART_INODE) != 0)
		put_spool(out, m);
	put_holder(out, &m->holder);
	json_text(out, "fault", m->fault);
	if (m->fault != NULL && m->fault_offset >= 0)
		json_number(out, "fault_offset", m->fault_offset);
	qf_buffer_byte(out, '}');
}

static bool
message_json(struct output *output, const struct qf_message *m)
{
	qf_buffer_string(&output->stream.buffer,
			 output->count > 0 ? ",\n" : "\n");
	put_message(&output->stream.buffer, m);
	return true;
}

static bool
message_jsonl(struct output *output, const struct qf_message *m)
{
	put_message(&output->stream.buffer, m);
	qf_buffer_byte(&output->stream.buffer, '\n');
	return true;
}

const struct output_ops output_json_ops = {
	.start = start_json,
	.message = message_json,
	.end = end_json,
};

const struct output_ops output_jsonl_ops = {
	.start = do_nothing,
	.message = message_jsonl,
	.end = do_nothing,
};
