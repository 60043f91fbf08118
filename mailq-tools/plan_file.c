/*
 * plan_file.c - write a plan.
 */
#include "plan_file.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "mailq-tools/json.h"
#include "queue-format/text.h"

/* What is for people only is long enough then. */
#define RECIPIENTS_SHOWN 3
#define TEXT_SHOWN	 1000

/* As much as a journal keeps of it. */
#define WORDS_SHOWN 4096

bool
plan_takes(enum qf_verb verb)
{
	return verb == QF_HOLD || verb == QF_RELEASE || verb == QF_REQUEUE ||
	       verb == QF_EXPIRE || verb == QF_DELETE || verb == QF_PURGE;
}

/* A text for people, or the begin of it; none where it is empty. */
static void
put_words(struct qf_buffer *out, const char *name, const char *text,
	  size_t room)
{
	struct qf_buffer part = { 0 };

	if (text == NULL || *text == '\0')
		return;
	if (strlen(text) <= room) {
		json_text(out, name, text);
		return;
	}
	qf_buffer_add(&part, text, room);
	qf_buffer_string(&part, "...");
	json_text(out, name, qf_buffer_text(&part));
	qf_buffer_free(&part);
}

/* A programmer's time, and the same for a person. */
static void
put_time(struct qf_buffer *out, const char *name, const char *shown,
	 int64_t when)
{
	time_t seconds = (time_t)when;
	struct tm parts;
	char text[64];

	if (when == 0)
		return;
	json_number(out, name, when);
	if (gmtime_r(&seconds, &parts) != NULL &&
	    strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &parts) > 0)
		json_text(out, shown, text);
}

/* Programs that know one kind of number keep 53 bits of it. */
static void
put_large(struct qf_buffer *out, const char *name, unsigned long long number)
{
	char text[32];

	snprintf(text, sizeof(text), "%llu", number);
	json_text(out, name, text);
}

void
plan_put_head(struct qf_buffer *out, const struct plan_head *head)
{
	qf_buffer_byte(out, '{');
	json_number(out, "plan", PLAN_FORMAT);
	json_text(out, "action", qf_verb_name(head->verb));
	if (head->now)
		json_flag(out, "now", true);
	json_number(out, "messages", (int64_t)head->messages);
	json_number(out, "bytes", head->bytes);
	put_time(out, "made", "made_at", head->made);
	put_words(out, "user", head->user, WORDS_SHOWN);
	put_words(out, "sudo_user", head->sudo_user, WORDS_SHOWN);
	json_number(out, "uid", (int64_t)head->uid);
	put_words(out, "host", head->host, WORDS_SHOWN);
	put_words(out, "selection", head->selection, WORDS_SHOWN);
	put_words(out, "reason", head->reason, WORDS_SHOWN);
	put_words(out, "command", head->command, WORDS_SHOWN);
	qf_buffer_string(out, "}\n");
}

/* Who it is is known without it, where it is too long to be shown. */
static void
put_sender(struct qf_buffer *out, const char *sender)
{
	if (sender == NULL || strlen(sender) > WORDS_SHOWN)
		return;
	json_text(out, "sender", sender);
	json_exact(out, "sender", sender);
}

static void
put_recipients(struct qf_buffer *out, const struct qf_message *message)
{
	if ((message->parts & QF_PART_RECIPIENTS) == 0)
		return;
	json_number(out, "recipient_count", (int64_t)message->left_count);
	json_name(out, "recipients");
	qf_buffer_byte(out, '[');
	for (size_t i = 0; i < message->left_count && i < RECIPIENTS_SHOWN;
	     i++) {
		struct qf_buffer part = { 0 };
		const char *address = message->left[i].address;

		qf_buffer_add(&part, address, strnlen(address, TEXT_SHOWN));
		qf_buffer_string(out, i > 0 ? ", " : "");
		qf_text_json(out, qf_buffer_text(&part));
		qf_buffer_free(&part);
	}
	qf_buffer_byte(out, ']');
}

static void
put_reason(struct qf_buffer *out, const struct qf_message *message)
{
	for (size_t i = 0; i < message->left_count; i++) {
		if (message->left[i].reason != NULL) {
			put_words(out, "reason", message->left[i].reason,
				  TEXT_SHOWN);
			return;
		}
	}
}

void
plan_put_message(struct qf_buffer *out, const char *instance,
		 const struct qf_message *message)
{
	qf_buffer_byte(out, '{');
	json_text(out, "instance", instance);
	json_text(out, "id", message->id);
	json_text(out, "queue", qf_queue_name(message->queue));
	if ((message->parts & QF_PART_ENVELOPE) != 0)
		json_number(out, "size", message->size);
	put_sender(out, message->sender);
	put_recipients(out, message);
	put_reason(out, message);
	put_words(out, "fault", message->fault, TEXT_SHOWN);
	put_time(out, "arrival", "arrived", message->arrival);
	put_large(out, "inode", message->inode);
	if (message->birth > 0)
		put_large(out, "birth", (unsigned long long)message->birth);
	qf_buffer_string(out, "}\n");
}

void
plan_put_end(struct qf_buffer *out, uint64_t messages)
{
	qf_buffer_byte(out, '{');
	json_text(out, "end", "of plan");
	json_number(out, "messages", (int64_t)messages);
	qf_buffer_string(out, "}\n");
}
