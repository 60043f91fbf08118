/*
 * fuzz_query - any text as a question, asked of a few messages.
 *
 * A mistake is in the text.  What has been decided stays decided when more of
 * the message becomes known, and all is decided at the end.  A queue that is
 * left out has nothing that would be taken.  What was quoted is read as just
 * these bytes.
 */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "queue-format/query/query.h"

#define NOW 1795176000

/* Each of them may take its time. */
#define MAX_PATTERNS 4

/* The text up to a NUL is the question, the next one is in the message. */
struct input {
	char *question;
	const char *word;
};

static struct input
split(const uint8_t *data, size_t size)
{
	struct input input = { .question = malloc(size + 2) };
	size_t len;

	FUZZ_ASSERT(input.question != NULL);
	memcpy(input.question, data, size);
	memset(input.question + size, '\0', 2);
	len = strlen(input.question);
	input.word = input.question + (len < size ? len + 1 : size);
	return input;
}

static const char *
named(void *context, const char *name, size_t len)
{
	static const struct {
		const char *name;
		const char *text;
	} names[] = { { "a", "held or @b" },
		      { "b", "rcpt = *@example.org" },
		      { "c", "all(@b)" },
		      { "self", "not @other" },
		      { "other", "size\n and @self" },
		      { "bad", "size and (" } };

	(void)context;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strlen(names[i].name) == len &&
		    memcmp(names[i].name, name, len) == 0)
			return names[i].text;
	}
	return NULL;
}

static struct qf_query *
parse(const char *text)
{
	struct qf_query_options options = { .now = NOW,
					    .utc = true,
					    .comments = *text == '#',
					    .named = named };
	struct qf_query *query = NULL;
	struct qf_query_mistake mistake;
	size_t len;

	if (qf_query_parse(text, &options, &query, &mistake) == QF_OK)
		return query;
	FUZZ_ASSERT(query == NULL && mistake.text[0] != '\0');
	len = strlen(mistake.expression);
	FUZZ_ASSERT((mistake.expression == text) == (mistake.name[0] == '\0'));
	FUZZ_ASSERT(mistake.offset <= len);
	FUZZ_ASSERT(mistake.len <= len - mistake.offset);
	return NULL;
}

/* What a spool tells step by step; the word is in whatever may have it. */
static struct qf_message
message_at(unsigned step, enum qf_queue queue, const char *word,
	   const struct qf_recipient *recipients)
{
	struct qf_message m = { .parts = QF_PART_NAME,
				.id = "4F2A11bC",
				.queue = queue,
				.place = "deferred/4/4F2A11bC" };

	if (step >= 1) {
		m.parts |= QF_PART_INODE;
		m.next = NOW + 60;
	}
	if (step >= 2) {
		m.parts |= QF_PART_ENVELOPE;
		m.size = 5000;
		m.arrival = NOW - 100000;
		m.sender = word;
		m.origin.sasl_user = word;
		m.origin.client_address = "2001:db8::1";
		m.origin.client_name = word;
	}
	if (step >= 3) {
		m.parts |= QF_PART_RECIPIENTS | QF_PART_DONE;
		m.left = &recipients[0];
		m.left_count = queue == QF_QUEUE_HOLD ? 0 : 2;
		m.done = &recipients[4];
		m.done_count = 1;
	}
	if (step >= 4) {
		m.parts |= QF_PART_REASONS;
		m.left = &recipients[2];
	}
	if (step >= 5)
		m.parts |= QF_PART_CLASSES;
	if (step >= 6)
		m.parts |= QF_PART_HOLDER;
	if (step >= 6 && queue == QF_QUEUE_HOLD) {
		m.holder.by = word;
		m.holder.reason = word;
		m.holder.since = NOW - 100;
	}
	return m;
}

static void
check_terms(struct qf_query *query, const struct qf_message *m)
{
	for (size_t i = 0; i < qf_query_term_count(query); i++) {
		const struct qf_recipient *witness = NULL;
		struct qf_query_term term;

		qf_query_term(query, i, &term);
		FUZZ_ASSERT(term.text.len > 0);
		(void)!qf_query_term_test(query, i, m, &witness);
		FUZZ_ASSERT(witness == NULL || m->left_count > 0 ||
			    m->done_count > 0);
	}
}

static void
ask(struct qf_query *query, enum qf_queue queue, const char *word)
{
	const struct qf_recipient recipients[] = {
		{ .address = "a@example.org" },
		{ .address = word },
		{ .address = "a@example.org", .original = word },
		{ .state = QF_RECIPIENT_DEFERRED,
		  .reason_class = QF_REASON_TIMEOUT,
		  .address = word,
		  .reason = word,
		  .dsn = "4.4.1" },
		{ .state = QF_RECIPIENT_DONE, .address = "c@example.net" },
	};
	unsigned parts = qf_query_parts(query);
	enum qf_verdict before = QF_UNDECIDED;
	enum qf_verdict verdict = QF_UNDECIDED;

	for (unsigned step = 0; step <= 6; step++) {
		struct qf_message m = message_at(step, queue, word, recipients);

		verdict = qf_query_test(query, &m);
		FUZZ_ASSERT(before == QF_UNDECIDED || verdict == before);
		FUZZ_ASSERT(verdict != QF_UNDECIDED || (parts & ~m.parts) != 0);
		before = verdict;
		if (step == 2 || step == 6)
			check_terms(query, &m);
	}
	FUZZ_ASSERT(verdict != QF_UNDECIDED);
	FUZZ_ASSERT(verdict == QF_DROP ||
		    (qf_query_queues(query, ~0u) & QF_QUEUE_BIT(queue)) != 0);
}

static void
check_question(const struct input *input)
{
	struct qf_query *query = parse(input->question);
	struct qf_filter filter = { 0 };
	size_t patterns = 0;

	if (query == NULL)
		return;
	qf_query_filter(query, &filter);
	FUZZ_ASSERT(filter.test != NULL && filter.stages != 0);
	FUZZ_ASSERT((filter.stages & ~qf_query_parts(query)) == 0);
	FUZZ_ASSERT(qf_query_term_count(query) > 0);
	(void)qf_query_spool_only(query);
	for (const char *c = input->question; *c != '\0'; c++)
		patterns += *c == '~';
	if (patterns <= MAX_PATTERNS) {
		ask(query, QF_QUEUE_DEFERRED, input->word);
		ask(query, QF_QUEUE_HOLD, input->word);
	}
	qf_query_free(query);
}

static void
check_quoted(const char *word)
{
	struct qf_message m = { .parts = QF_PART_NAME | QF_PART_INODE |
					 QF_PART_ENVELOPE };
	struct qf_buffer text = { 0 };
	struct qf_buffer other = { 0 };
	struct qf_query *query;

	if (strlen(word) > 2000)
		return;
	qf_buffer_string(&text, "(size or sasl_user in (x, ");
	qf_query_quote(&text, word, strlen(word));
	qf_buffer_string(&text, "))");
	query = parse(qf_buffer_text(&text));
	FUZZ_ASSERT(query != NULL);
	m.origin.sasl_user = word;
	FUZZ_ASSERT(qf_query_test(query, &m) == QF_TAKE);
	qf_buffer_string(&other, word);
	qf_buffer_string(&other, "\\");
	m.origin.sasl_user = qf_buffer_text(&other);
	FUZZ_ASSERT(qf_query_test(query, &m) == QF_DROP);
	qf_query_free(query);
	qf_buffer_free(&other);
	qf_buffer_free(&text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = split(data, size);

	check_question(&input);
	check_quoted(input.word);
	free(input.question);
	return 0;
}
