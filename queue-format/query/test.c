/*
 * test.c - ask a message.
 *
 * An answer is yes, no, or not known yet: a term whose part of the message
 * has not been read is not known, and "and", "or" and "not" carry that on, so
 * that "no and not known" is no already.
 */
#include "query.h"

#include <string.h>
#include <strings.h>

#include "queue-format/query/regex.h"
#include "queue-format/query/tree.h"

enum answer {
	NO,
	YES,
	UNKNOWN,
};

/* One message, looked at once. */
struct work {
	const struct qf_query *query;
	const struct qf_message *message;
	const struct qf_recipient *recipient; /* inside of a quantifier */
	const struct qf_recipient *witness;   /* who decided a quantifier */
	const struct qf_node *limited;	      /* a term that took too long */
	bool queue_only; /* nothing but its queue is known */
};

static enum answer
of(bool yes)
{
	return yes ? YES : NO;
}

static enum answer
negate(enum answer answer)
{
	if (answer == UNKNOWN)
		return UNKNOWN;
	return answer == YES ? NO : YES;
}

/*
 * Each step of reading has the ones before it in it.  Postfix's own listing
 * gives no inode, but what comes later.
 */
static bool
is_known(const struct work *work, const struct qf_field *field)
{
	unsigned steps = QF_PART_NAME | QF_PART_INODE | QF_PART_ENVELOPE |
			 QF_PART_RECIPIENTS | QF_PART_REASONS;
	unsigned parts = work->message->parts;

	/* Nobody holds what is in another queue. */
	if (field->part == QF_PART_HOLDER)
		return work->message->queue != QF_QUEUE_HOLD ||
		       (parts & QF_PART_HOLDER) != 0;
	if (work->queue_only)
		return strcmp(field->name, "queue") == 0 ||
		       strcmp(field->name, "held") == 0;
	if (field->part == QF_PART_CLASSES || field->part == QF_PART_DONE)
		return (parts & field->part) != 0;
	return (parts & steps) >= (unsigned)field->part;
}

static bool
number_of(const struct work *work, const struct qf_field *field, int64_t *value)
{
	if (work->recipient != NULL && field->rcpt_number != NULL)
		return field->rcpt_number(work->recipient, value);
	return field->number(work->message, work->query->now, value);
}

static struct qf_span
text_of(const struct work *work, const struct qf_field *field)
{
	if (work->recipient != NULL && field->rcpt_text != NULL)
		return field->rcpt_text(work->recipient);
	return field->text(work->message);
}

static bool
compare(enum qf_operator op, int64_t number, const struct qf_value *value)
{
	switch (op) {
	case QF_OP_EQUAL:
		return number >= value->from && number < value->below;
	case QF_OP_LESS:
		return number < value->from;
	case QF_OP_LESS_EQUAL:
		return number <= value->from;
	case QF_OP_GREATER:
		return number > value->from;
	case QF_OP_GREATER_EQUAL:
		return number >= value->from;
	case QF_OP_IS:
	case QF_OP_MATCH:
		break;
	}
	return false;
}

static enum answer
ask_number(const struct work *work, const struct qf_node *term)
{
	int64_t number = 0;

	if (!number_of(work, term->field, &number))
		return NO;
	if (term->op == QF_OP_IS)
		return of(term->field->type == QF_FIELD_TIME || number != 0);
	for (size_t i = 0; i < term->value_count; i++) {
		if (compare(term->op, number, &term->values[i]))
			return YES;
	}
	return NO;
}

static enum answer
ask_regex(struct work *work, const struct qf_node *term, struct qf_span text)
{
	if (text.text == NULL)
		return NO;
	switch (qf_regex_ask(term->values[0].regex, text)) {
	case QF_REGEX_NO:
		return NO;
	case QF_REGEX_YES:
		return YES;
	case QF_REGEX_LIMIT:
		break;
	}
	work->limited = term;
	return UNKNOWN;
}

static enum answer
ask_text(struct work *work, const struct qf_node *term)
{
	struct qf_span text = text_of(work, term->field);

	if (term->op == QF_OP_IS)
		return of(text.text != NULL && text.len > 0);
	if (term->op == QF_OP_MATCH)
		return ask_regex(work, term, text);
	for (size_t i = 0; i < term->value_count; i++) {
		if (qf_value_equals(&term->values[i], text))
			return YES;
	}
	return NO;
}

static enum answer
ask_term(struct work *work, const struct qf_node *term)
{
	if (!is_known(work, term->field))
		return UNKNOWN;
	return term->field->type == QF_FIELD_TEXT ? ask_text(work, term)
						  : ask_number(work, term);
}

static enum answer ask(struct work *work, const struct qf_node *node);

/* The first child that answers `end' decides. */
static enum answer
ask_children(struct work *work, const struct qf_node *node, enum answer end)
{
	enum answer all = negate(end);

	for (size_t i = 0; i < node->count; i++) {
		enum answer answer = ask(work, node->children[i]);

		if (answer == end)
			return end;
		if (answer == UNKNOWN)
			all = UNKNOWN;
	}
	return all;
}

/* The first recipient for whom it is `end' decides. */
static enum answer
ask_list(struct work *work, const struct qf_node *node,
	 const struct qf_recipient *list, size_t count, enum answer end)
{
	enum answer all = negate(end);

	for (size_t i = 0; i < count && all != end; i++) {
		enum answer answer;

		work->recipient = &list[i];
		answer = ask(work, node->children[0]);
		if (answer != negate(end))
			all = answer;
		if (all == end)
			work->witness = &list[i];
	}
	work->recipient = NULL;
	return all;
}

/* Of two halves of the recipients. */
static enum answer
join(enum answer left, enum answer right, enum answer end)
{
	if (left == end || right == end)
		return end;
	return left == UNKNOWN || right == UNKNOWN ? UNKNOWN : left;
}

static enum answer
ask_recipients(struct work *work, const struct qf_node *node)
{
	const struct qf_message *m = work->message;
	enum answer end = node->kind == QF_NODE_ALL ? NO : YES;
	size_t done = node->also_done ? m->done_count : 0;
	enum answer answer;

	if (work->queue_only || (m->parts & QF_PART_REASONS) == 0)
		return UNKNOWN;
	if (node->kind == QF_NODE_ALL && m->left_count + done == 0)
		return NO;
	answer = ask_list(work, node, m->left, m->left_count, end);
	if (done > 0 && answer != end)
		answer = join(answer, ask_list(work, node, m->done, done, end),
			      end);
	return node->kind == QF_NODE_NONE ? negate(answer) : answer;
}

static enum answer
ask(struct work *work, const struct qf_node *node)
{
	switch (node->kind) {
	case QF_NODE_AND:
		return ask_children(work, node, NO);
	case QF_NODE_OR:
		return ask_children(work, node, YES);
	case QF_NODE_NOT:
		return negate(ask(work, node->children[0]));
	case QF_NODE_ANY:
	case QF_NODE_ALL:
	case QF_NODE_NONE:
		return ask_recipients(work, node);
	case QF_NODE_TERM:
		break;
	}
	return ask_term(work, node);
}

/* All is known, and still there is no answer. */
static void
note_undecided(struct qf_query *query, const struct work *work)
{
	const struct qf_node *term = work->limited;

	pthread_mutex_lock(&query->lock);
	if (query->report.undecided++ == 0)
		(void)qf_fail(&query->report.first, QF_INVALID,
			      "%s: cannot be decided: '%.*s' takes too long",
			      work->message->id,
			      term->text.len > 100 ? 100 : (int)term->text.len,
			      term->text.text);
	pthread_mutex_unlock(&query->lock);
}

static void
note_damaged(struct qf_query *query)
{
	pthread_mutex_lock(&query->lock);
	query->report.damaged++;
	pthread_mutex_unlock(&query->lock);
}

static enum qf_verdict
verdict(enum answer answer)
{
	if (answer == UNKNOWN)
		return QF_UNDECIDED;
	return answer == YES ? QF_TAKE : QF_DROP;
}

enum qf_verdict
qf_query_test(struct qf_query *query, const struct qf_message *message)
{
	struct work work = { .query = query, .message = message };
	enum answer answer = ask(&work, query->root);

	if (answer == UNKNOWN && work.limited != NULL &&
	    (query->root->part & ~message->parts) == 0) {
		note_undecided(query, &work);
		return QF_DROP;
	}
	if (answer == NO && message->fault != NULL)
		note_damaged(query);
	return verdict(answer);
}

enum qf_verdict
qf_query_term_test(struct qf_query *query, size_t index,
		   const struct qf_message *message,
		   const struct qf_recipient **witness)
{
	struct work work = { .query = query, .message = message };
	enum qf_verdict answer = verdict(ask(&work, query->terms[index]));

	if (witness != NULL)
		*witness = work.witness;
	return answer;
}

void
qf_query_report(struct qf_query *query, struct qf_query_report *report)
{
	pthread_mutex_lock(&query->lock);
	*report = query->report;
	pthread_mutex_unlock(&query->lock);
}

static bool
names_corrupt(const struct qf_node *node)
{
	if (node->kind == QF_NODE_TERM) {
		if (strcmp(node->field->name, "queue") != 0)
			return false;
		for (size_t i = 0; i < node->value_count; i++) {
			const struct qf_value *value = &node->values[i];

			if (value->kind == QF_VALUE_TEXT &&
			    strcasecmp(value->text.text, "corrupt") == 0)
				return true;
		}
		return false;
	}
	for (size_t i = 0; i < node->count; i++) {
		if (names_corrupt(node->children[i]))
			return true;
	}
	return false;
}

unsigned
qf_query_queues(struct qf_query *query, unsigned among)
{
	unsigned queues = 0;

	if (among == 0)
		among = QF_QUEUES_LISTED |
			(names_corrupt(query->root)
				 ? QF_QUEUE_BIT(QF_QUEUE_CORRUPT)
				 : 0);
	for (unsigned i = 0; i < QF_QUEUE_COUNT; i++) {
		struct qf_message message = { .queue = (enum qf_queue)i };
		struct work work = { .query = query,
				     .message = &message,
				     .queue_only = true };

		if ((among & QF_QUEUE_BIT(i)) != 0 &&
		    ask(&work, query->root) != NO)
			queues |= QF_QUEUE_BIT(i);
	}
	return queues;
}

static bool
needs_quotes(const char *value, size_t len)
{
	if (len == 0 || value[0] == '"' || value[0] == '\'')
		return true;
	for (size_t i = 0; i < len; i++) {
		if ((unsigned char)value[i] <= ' ' ||
		    strchr("(),\\*?", value[i]) != NULL)
			return true;
	}
	return false;
}

void
qf_query_quote(struct qf_buffer *out, const char *value, size_t len)
{
	char quote = memchr(value, '"', len) != NULL ? '\'' : '"';

	if (!needs_quotes(value, len)) {
		qf_buffer_add(out, value, len);
		return;
	}
	qf_buffer_byte(out, quote);
	for (size_t i = 0; i < len; i++) {
		if (value[i] == quote || strchr("\\*?", value[i]) != NULL)
			qf_buffer_byte(out, '\\');
		qf_buffer_byte(out, value[i]);
	}
	qf_buffer_byte(out, quote);
}
