/*
 * explain.c - what a selection reads, and which of its terms hold.
 */
#include "explain.h"

#include <unistd.h>

#include "mailq-tools/fields.h"
#include "mailq-tools/value.h"
#include "queue-format/text.h"

/* Terms that are longer push what follows to the right. */
#define TERM_COLUMNS 34

#define GREEN "\033[32m"
#define RED   "\033[31m"
#define PLAIN "\033[m"

/* What it costs to know the part of a message that a term needs. */
static const char *
cost_of(enum qf_part part)
{
	switch (part) {
	case QF_PART_NAME:
		return "the name of the file: opens nothing";
	case QF_PART_INODE:
	case QF_PART_BIRTH:
		return "the file's times and mode: opens nothing";
	case QF_PART_ENVELOPE:
		return "the begin of the queue file";
	case QF_PART_RECIPIENTS:
	case QF_PART_DONE:
		return "all recipients in the queue file";
	case QF_PART_HOLDER:
		return "the journal, for what is on hold";
	case QF_PART_REASONS:
	case QF_PART_CLASSES:
		break;
	}
	return "the queue file, and the log of delays";
}

static void
put(struct explain *explain, const char *text)
{
	qf_buffer_string(&explain->stream->buffer, text);
}

/* Text of strangers, or of the command line; returns the columns. */
static size_t
put_safe(struct explain *explain, const char *text, size_t len)
{
	struct qf_buffer copy = { 0 };
	size_t columns;

	qf_buffer_add(&copy, text, len);
	/* An expression from a file has several lines. */
	for (size_t i = 0; i < copy.len; i++) {
		if (copy.data[i] == '\n' || copy.data[i] == '\t')
			copy.data[i] = ' ';
	}
	columns = qf_text_show(&explain->stream->buffer, qf_buffer_text(&copy),
			       (size_t)-1, explain->tool->utf8);
	qf_buffer_free(&copy);
	return columns;
}

static void
put_term(struct explain *explain, const struct qf_query_term *term)
{
	size_t columns = put_safe(explain, term->text.text, term->text.len);

	qf_buffer_fill(&explain->stream->buffer, ' ',
		       columns < TERM_COLUMNS ? TERM_COLUMNS - columns + 2 : 2);
}

bool
explain_plan(struct explain *explain, unsigned queues)
{
	size_t count = qf_query_term_count(explain->query);
	const char *separator = " ";

	put(explain, "Lists:");
	for (unsigned i = 0; i < QF_QUEUE_COUNT; i++) {
		if ((queues & QF_QUEUE_BIT(i)) == 0)
			continue;
		put(explain, separator);
		put(explain, qf_queue_name((enum qf_queue)i));
		separator = ", ";
	}
	put(explain, queues == 0 ? " no queue: it can hold in none\n" : "\n");
	put(explain, "Looks, until it is decided, at:\n");
	for (size_t i = 0; i < count; i++) {
		struct qf_query_term term;

		qf_query_term(explain->query, i, &term);
		put(explain, "  ");
		put_term(explain, &term);
		put(explain, cost_of(term.part));
		put(explain, "\n");
	}
	put(explain, "\n");
	return stream_flush(explain->stream);
}

/* What the term was compared with. */
static void
put_value(struct explain *explain, const struct qf_query_term *term,
	  const struct qf_message *message, const struct qf_recipient *witness)
{
	struct column column = { .field = term->field };
	struct qf_message seen = *message;
	struct qf_buffer value = { 0 };

	if (witness != NULL) {
		/* As if there were nobody else. */
		seen.left = witness;
		seen.left_count = 1;
	}
	if (term->field == NULL && witness != NULL) {
		put_safe(explain, witness->address,
			 witness->address == NULL ? 0
						  : strlen(witness->address));
	} else if (term->field != NULL) {
		column.name = term->field->name;
		value_for_people(&value, explain->tool, &column, &seen);
		put_safe(explain, qf_buffer_text(&value), value.len);
	}
	qf_buffer_free(&value);
}

static void
put_answer(struct explain *explain, enum qf_verdict verdict)
{
	if (explain->color)
		put(explain, verdict == QF_TAKE ? GREEN : RED);
	if (verdict == QF_UNDECIDED)
		put(explain, "  ?    ");
	else
		put(explain, verdict == QF_TAKE ? "  yes  " : "  no   ");
	if (explain->color)
		put(explain, PLAIN);
}

bool
explain_message(struct explain *explain, const struct qf_message *message,
		bool taken)
{
	size_t count = qf_query_term_count(explain->query);

	if (message->instance != NULL) {
		put(explain, message->instance);
		put(explain, "/");
	}
	put(explain, message->id);
	put(explain, taken ? ": selected\n" : ": not selected\n");
	for (size_t i = 0; i < count; i++) {
		const struct qf_recipient *witness = NULL;
		struct qf_query_term term;
		enum qf_verdict verdict;

		qf_query_term(explain->query, i, &term);
		verdict = qf_query_term_test(explain->query, i, message,
					     &witness);
		put_answer(explain, verdict);
		put_term(explain, &term);
		put_value(explain, &term, message, witness);
		put(explain, "\n");
	}
	return stream_offer(explain->stream);
}
