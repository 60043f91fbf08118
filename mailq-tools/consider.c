/*
 * consider.c - before a wide change: what it would be about.
 */
#include "consider.h"

#include <string.h>

#include "mailq-tools/value.h"
#include "mailq-tools/verb.h"

#define ROWS 10 /* of a table, and one for the rest */

static _Noreturn void
no_memory(const struct consider *consider)
{
	tool_die(consider->tool, TOOL_IO, "out of memory");
}

static const struct qf_field *
field(const char *name)
{
	return qf_field_by_name(name, strlen(name));
}

static void
start_table(struct consider *consider, const struct access *access,
	    const char *name, struct by *by)
{
	static const struct option_lists columns = {
		.items = { "messages,recipients,size,share,value" },
		.count = 1,
	};

	*by = (struct by){
		.tool = consider->tool,
		.headings = true,
		.limit = ROWS,
		.fields = { field(name) },
		.field_count = 1,
	};
	by_take_lists(consider->tool, by, &columns,
		      &(struct option_lists){ 0 });
	by_start(consider->tool, by, access);
}

void
consider_start(struct consider *consider, const struct access *access)
{
	static const char *const names[CONSIDER_TABLES] = { "queue",
							    "rcpt.domain",
							    "sender" };
	const struct qf_field *domain = field("sender.domain");

	consider->domains = qf_group_new(&domain, 1, consider->tool->now,
					 consider->tool->utc);
	if (consider->domains == NULL)
		no_memory(consider);
	for (size_t i = 0; consider->in_full && i < CONSIDER_TABLES; i++)
		start_table(consider, access, names[i], &consider->tables[i]);
}

unsigned
consider_parts(const struct consider *consider)
{
	if (consider->in_full)
		return QF_PART_NAME | QF_PART_ENVELOPE | QF_PART_RECIPIENTS;
	return QF_PART_NAME |
	       (consider->verb == QF_EXPIRE ? QF_PART_ENVELOPE : 0);
}

/*
 * A message that expires gives its sender one notice, however many recipients
 * it has; what has no sender goes back to nobody.
 */
static void
count_notice(struct consider *consider, const struct qf_message *message)
{
	struct qf_error err;

	if (message->sender == NULL || *message->sender == '\0') {
		consider->quiet++;
		return;
	}
	consider->notices++;
	if (qf_group_add(consider->domains, message, &err) != QF_OK)
		no_memory(consider);
}

static void
add_in_full(struct consider *consider, const struct qf_message *message)
{
	struct qf_error err;

	if (__builtin_add_overflow(consider->bytes, message->size,
				   &consider->bytes))
		consider->bytes = INT64_MAX;
	for (size_t i = 0; i < CONSIDER_TABLES; i++)
		by_add(consider->tool, &consider->tables[i], message);
	if (consider->sample_count == CONSIDER_SAMPLES)
		return;
	if (qf_message_copy(&consider->samples[consider->sample_count++],
			    message, &consider->arena, &consider->pool,
			    &err) != QF_OK)
		no_memory(consider);
}

void
consider_add(struct consider *consider, const struct qf_message *message)
{
	consider->messages++;
	if (consider->verb == QF_EXPIRE)
		count_notice(consider, message);
	if (consider->in_full)
		add_in_full(consider, message);
}

static void
put_count(struct qf_buffer *out, uint64_t count, const char *what)
{
	qf_buffer_number(out, (long long)count);
	qf_buffer_byte(out, ' ');
	qf_buffer_string(out, what);
	qf_buffer_string(out, count == 1 ? "" : "s");
}

void
consider_notices(const struct consider *consider, struct qf_buffer *out)
{
	if (consider->notices > 0) {
		qf_buffer_string(out, "Up to ");
		put_count(out, consider->notices, "notice");
		qf_buffer_string(out, " would go to senders in ");
		put_count(out, qf_group_count(consider->domains), "domain");
		qf_buffer_string(out, "; where a sender is forged, somebody "
				      "gets it who never wrote.");
	}
	if (consider->quiet > 0) {
		qf_buffer_string(out, consider->notices > 0 ? " " : "");
		put_count(out, consider->quiet, "message");
		qf_buffer_string(out, consider->quiet == 1 ? " has" : " have");
		qf_buffer_string(out, " no sender who could get one.");
	}
}

void
consider_pace(const struct consider *consider, struct qf_buffer *out)
{
	if (consider->rate != NULL) {
		qf_buffer_string(out, "At ");
		qf_buffer_string(out, consider->rate);
		qf_buffer_string(out, " that takes ");
		value_duration(out, consider->seconds);
		qf_buffer_string(out, ".");
	}
	if (consider->later > 0) {
		qf_buffer_string(out, consider->rate != NULL ? " " : "");
		put_count(out, consider->later, "message");
		qf_buffer_string(out, " would be left for a later run (");
		qf_buffer_string(out, consider->later_for);
		qf_buffer_string(out, ").");
	}
}

void
consider_question(const struct consider *consider, struct qf_buffer *out)
{
	const struct verb *verb = verb_words(consider->verb);

	qf_buffer_string(out, consider->tool->name);
	qf_buffer_string(out, ": ");
	if (consider->verb == QF_EXPIRE) {
		consider_notices(consider, out);
		qf_buffer_byte(out, '\n');
		qf_buffer_string(out, consider->tool->name);
		qf_buffer_string(out, ": ");
	}
	qf_buffer_string(out, verb->before);
	qf_buffer_byte(out, ' ');
	put_count(out, consider->messages, "message");
	qf_buffer_string(out, verb->behind);
	qf_buffer_string(out, "? [y/N] ");
}

void
consider_free(struct consider *consider)
{
	for (size_t i = 0; i < CONSIDER_TABLES; i++)
		by_free(&consider->tables[i]);
	qf_group_free(consider->domains);
	qf_string_set_free(&consider->pool);
	qf_arena_free(&consider->arena);
}
