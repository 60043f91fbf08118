/*
 * output_json.c - a listing as JSON.
 *
 * The members of `postqueue -j' come first, with the same names and in the
 * same order; docs/mqls.schema.json describes all.  What is not known is left
 * out.
 */
#include "output.h"

#include <stdio.h>
#include <string.h>

#include "queue-format/text.h"

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

static void
put_name(struct qf_buffer *out, const char *name)
{
	if (out->len > 0 && out->data[out->len - 1] != '{')
		qf_buffer_add(out, ", ", 2);
	qf_buffer_byte(out, '"');
	qf_buffer_string(out, name);
	qf_buffer_add(out, "\": ", 3);
}

/* A string member; left out where it is not known. */
static void
put_text(struct qf_buffer *out, const char *name, const char *text)
{
	if (text == NULL)
		return;
	put_name(out, name);
	qf_text_json(out, text);
}

static void
put_number(struct qf_buffer *out, const char *name, int64_t number)
{
	put_name(out, name);
	qf_buffer_number(out, number);
}

/* A time; 0 is none. */
static void
put_time(struct qf_buffer *out, const char *name, int64_t when)
{
	if (when != 0)
		put_number(out, name, when);
}

static void
put_flag(struct qf_buffer *out, const char *name, bool flag)
{
	put_name(out, name);
	qf_buffer_string(out, flag ? "true" : "false");
}

/*
 * An address; postqueue shows the null sender as MAILER-DAEMON.  Bytes that
 * are not UTF-8 cannot stand in JSON: the exact ones follow in base64.
 */
static void
put_address(struct qf_buffer *out, const char *name, const char *address)
{
	char exact[64];

	put_text(out, name, *address == '\0' ? "MAILER-DAEMON" : address);
	if (qf_utf8_valid(address, strlen(address)))
		return;
	snprintf(exact, sizeof(exact), "%s_base64", name);
	put_name(out, exact);
	qf_buffer_byte(out, '"');
	qf_text_base64(out, address, strlen(address));
	qf_buffer_byte(out, '"');
}

static const char *
reason_name(const struct qf_recipient *recipient)
{
	return recipient->state == QF_RECIPIENT_BOUNCED ? "bounce_reason"
							: "delay_reason";
}

static void
put_recipients(struct qf_buffer *out, const char *name,
	       const struct qf_recipient *list, size_t count)
{
	put_name(out, name);
	qf_buffer_byte(out, '[');
	for (size_t i = 0; i < count; i++) {
		const struct qf_recipient *recipient = &list[i];

		if (i > 0)
			qf_buffer_add(out, ", ", 2);
		qf_buffer_byte(out, '{');
		put_address(out, "address", recipient->address);
		put_text(out, reason_name(recipient), recipient->reason);
		if (recipient->original != NULL)
			put_address(out, "orig_address", recipient->original);
		put_text(out, "dsn", recipient->dsn);
		put_text(out, "host", recipient->mta);
		qf_buffer_byte(out, '}');
	}
	qf_buffer_byte(out, ']');
}

static void
put_origin(struct qf_buffer *out, const struct qf_origin *origin)
{
	put_flag(out, "local", origin->local);
	put_flag(out, "smtputf8", origin->smtputf8);
	put_text(out, "client_name", origin->client_name);
	put_text(out, "client_address", origin->client_address);
	put_text(out, "helo", origin->helo);
	put_text(out, "protocol", origin->protocol);
	put_text(out, "sasl_method", origin->sasl_method);
	put_text(out, "sasl_user", origin->sasl_user);
	put_text(out, "sasl_sender", origin->sasl_sender);
	put_text(out, "full_name", origin->full_name);
	put_text(out, "filter", origin->filter);
	put_text(out, "redirect", origin->redirect);
	put_text(out, "encoding", origin->encoding);
	put_text(out, "envelope_id", origin->envelope_id);
	put_text(out, "message_id", origin->message_id);
	put_text(out, "upstream_id", origin->upstream_id);
}

/* What postqueue -j has. */
static void
put_postqueue(struct qf_buffer *out, const struct qf_message *m)
{
	put_text(out, "queue_name", qf_queue_name(m->queue));
	put_text(out, "queue_id", m->id);
	if ((m->parts & QF_PART_ENVELOPE) != 0) {
		put_number(out, "arrival_time", m->arrival);
		put_number(out, "message_size", m->size);
	}
	put_flag(out, "forced_expire", m->forced_expire);
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
	put_time(out, "create_time", m->created);
	put_time(out, "next_try", m->next);
	put_time(out, "last_try", m->last);
	put_time(out, "expires", m->expires);
	put_number(out, "file_size", m->file_size);
	put_text(out, "path", m->place);
	put_origin(out, &m->origin);
}

static void
put_message(struct qf_buffer *out, const struct qf_message *m)
{
	qf_buffer_byte(out, '{');
	put_postqueue(out, m);
	put_text(out, "instance", m->instance);
	if (m->sender != NULL)
		put_flag(out, "null_sender", m->sender[0] == '\0');
	if ((m->parts & QF_PART_INODE) != 0)
		put_spool(out, m);
	put_text(out, "fault", m->fault);
	if (m->fault != NULL && m->fault_offset >= 0)
		put_number(out, "fault_offset", m->fault_offset);
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
