/*
 * reason.c - the class of a reason.
 *
 * The text is cut down to its words, and at the start of each of them the
 * few phrases are tried that start as it does.
 */
#include "reason.h"

#include <stdint.h>
#include <stdlib.h>
#include <strings.h>

#include "ascii.h"
#include "reason_codes.h"
#include "reason_phrases.h"
#include "reason_text.h"
#include "reason_token.h"

/* Whoever has something to say says it sooner. */
#define MAX_WORDS 2048

/* How far a `*' reaches. */
#define MAX_GAP 60

#define BUCKETS 1024

static const struct {
	const char *name;
	const char *hint;
} classes[QF_REASON_CLASS_COUNT] = {
	[QF_REASON_DNS] = { "dns", "check its MX records and your resolver" },
	[QF_REASON_CONNECT] = { "connect",
				"check route and firewall; is it up?" },
	[QF_REASON_REFUSED] = { "refused",
				"their trouble: wait, or tell them" },
	[QF_REASON_TIMEOUT] = { "timeout",
				"check firewall on port 25, or wait" },
	[QF_REASON_TLS] = { "tls", "compare TLS policies and certificates" },
	[QF_REASON_GREYLIST] = { "greylist",
				 "nothing: a later try gets through" },
	[QF_REASON_RATELIMIT] = { "ratelimit",
				  "send slower to this destination" },
	[QF_REASON_REPUTATION] = { "reputation",
				   "check blocklists, reverse DNS" },
	[QF_REASON_MAILBOX_FULL] = { "mailbox-full", "tell them another way" },
	[QF_REASON_NO_SUCH_USER] = { "no-such-user",
				     "correct or drop the address" },
	[QF_REASON_POLICY] = { "policy", "check SPF, DKIM, DMARC and sender" },
	[QF_REASON_CONTENT] = { "content",
				"look at it: is an account abused?" },
	[QF_REASON_LOOP] = { "loop", "check MX, mydestination and aliases" },
	[QF_REASON_LOCAL_CONFIG] = { "local-config",
				     "repair it: see the mail log" },
	[QF_REASON_SUSPENDED] = { "suspended",
				  "see why earlier deliveries failed" },
	[QF_REASON_OTHER] = { "other", "read the text, and its code" },
};

const char *
qf_reason_class_name(enum qf_reason_class reason_class)
{
	return classes[reason_class].name;
}

bool
qf_reason_class_by_name(const char *name, size_t len,
			enum qf_reason_class *reason_class)
{
	for (int i = QF_REASON_NONE + 1; i < QF_REASON_CLASS_COUNT; i++) {
		if (strlen(classes[i].name) == len &&
		    strncasecmp(classes[i].name, name, len) == 0) {
			*reason_class = (enum qf_reason_class)i;
			return true;
		}
	}
	return false;
}

const char *
qf_reason_hint(enum qf_reason_class reason_class)
{
	return classes[reason_class].hint;
}

/*
 * Phrases by how they start.  Numbers are of rows, counted from 1;
 * 0 ends a chain.  Each chain is in the order of the table.
 */
struct qf_reason_table {
	const struct qf_reason_phrase *rows;
	uint16_t *next;
	uint16_t first[BUCKETS];
};

/* By the first word, or four letters of it. */
static size_t
bucket_of(const char *at)
{
	uint32_t key = 0;

	for (int i = 0; i < 4 && at[i] != ' ' && at[i] != '\0'; i++)
		key = key << 8 | (unsigned char)at[i];
	return (key * 0x9e3779b1U) >> 22;
}

struct qf_reason_table *
qf_reason_table_new(void)
{
	struct qf_reason_table *table = calloc(1, sizeof(*table));
	size_t count = 0;

	if (table == NULL)
		return NULL;
	table->rows = qf_reason_phrases(&count);
	table->next = calloc(count + 1, sizeof(*table->next));
	if (table->next == NULL) {
		free(table);
		return NULL;
	}
	for (size_t i = count; i > 0; i--) {
		size_t bucket = bucket_of(table->rows[i - 1].text);

		table->next[i] = table->first[bucket];
		table->first[bucket] = (uint16_t)i;
	}
	return table;
}

void
qf_reason_table_free(struct qf_reason_table *table)
{
	if (table == NULL)
		return;
	free(table->next);
	free(table);
}

/* The words of a text, in lower case, each with a blank behind it. */
struct words {
	char text[MAX_WORDS + 1];
	size_t len;
	size_t reply; /* where the words of another server start */
};

/* "Can't_deliver" is "cant deliver". */
static void
add_word(struct words *words, const struct qf_token *token)
{
	size_t start = words->len;

	if (token->len + 1 > MAX_WORDS - words->len)
		return;
	for (size_t i = 0; i < token->len; i++) {
		char byte = qf_fold(token->text[i]);

		if (byte == '\'')
			continue;
		if (byte == '-' || byte == '_' || byte == '.')
			byte = ' ';
		if (byte != ' ' ||
		    (words->len > start && words->text[words->len - 1] != ' '))
			words->text[words->len++] = byte;
	}
	if (words->len > start && words->text[words->len - 1] != ' ')
		words->text[words->len++] = ' ';
}

/* No phrase goes on in the next sentence. */
static void
add_stop(struct words *words, char mark)
{
	if ((mark == '.' || mark == ';' || mark == '!') &&
	    MAX_WORDS - words->len >= 2) {
		words->text[words->len++] = '.';
		words->text[words->len++] = ' ';
	}
}

static void
take_words(struct words *words, const char *text, const char *reply)
{
	static const char said_to[] = "(in reply to ";
	size_t said = sizeof(said_to) - 1;
	enum qf_token_kind before = QF_TOKEN_BLANK;
	struct qf_token token;

	words->len = 0;
	words->reply = SIZE_MAX;
	for (; *text != '\0' && words->len < MAX_WORDS; text += token.len) {
		if (reply != NULL && text >= reply && words->reply == SIZE_MAX)
			words->reply = words->len;
		/* What follows is Postfix again. */
		if (*text == '(' && strncmp(text, said_to, said) == 0)
			break;
		token = qf_token_at(text);
		/* "spam/virus" is no path. */
		if (token.kind == QF_TOKEN_PATH && before == QF_TOKEN_WORD)
			token.len = 1;
		else if (token.kind == QF_TOKEN_WORD)
			add_word(words, &token);
		else if (token.kind == QF_TOKEN_MARK)
			add_stop(words, *text);
		before = token.kind;
	}
	words->text[words->len] = '\0';
}

static bool
matches(const char *phrase, const char *at)
{
	for (; *phrase != '\0'; phrase++, at++) {
		if (*phrase == '*')
			break;
		if (*phrase != *at)
			return false;
	}
	if (*phrase == '\0')
		return *at == ' ' || *at == '\0';
	if (phrase[1] == '\0')
		return true;
	/* The blank in front of the gap may be the one behind it. */
	at--;
	for (int gap = 0; gap < MAX_GAP && *at != '\0' && *at != '.';
	     gap++, at++) {
		if (matches(phrase + 1, at))
			return true;
	}
	return false;
}

/* The number of the first row of the table that is found; 0: none. */
static uint16_t
best_row(const struct qf_reason_table *table, const struct words *words)
{
	uint16_t best = UINT16_MAX;
	const char *blank;

	for (const char *at = words->text; *at != '\0'; at = blank + 1) {
		bool ours = (size_t)(at - words->text) < words->reply;
		enum qf_reason_speaker other =
			ours ? QF_SAID_BY_THEM : QF_SAID_BY_US;
		uint16_t row = table->first[bucket_of(at)];

		for (; row != 0 && row < best; row = table->next[row]) {
			if (table->rows[row - 1].speaker != other &&
			    matches(table->rows[row - 1].text, at))
				best = row;
		}
		blank = strchr(at, ' ');
		if (blank == NULL)
			break;
	}
	return best == UINT16_MAX ? 0 : best;
}

/*
 * Postfix logs a status code that it makes up when the reply has none.  What
 * the reply has counts alone, even if it says nothing.
 */
static enum qf_reason_class
class_by_codes(const char *text, const char *dsn, bool ours)
{
	enum qf_reason_class found = QF_REASON_OTHER;
	struct qf_span span = qf_reason_dsn(text);

	if (span.len > 0)
		return qf_reason_class_of_dsn(span.text, span.len, ours);
	if (dsn != NULL && qf_token_dsn_length(dsn) == strlen(dsn))
		found = qf_reason_class_of_dsn(dsn, strlen(dsn), ours);
	return found == QF_REASON_OTHER
		       ? qf_reason_class_of_code(qf_reason_code(text))
		       : found;
}

enum qf_reason_class
qf_reason_classify(const struct qf_reason_table *table, const char *text,
		   const char *dsn)
{
	static const char wrapper[] = "delivery temporarily suspended: ";
	size_t wrapped = sizeof(wrapper) - 1;
	struct words words;
	const char *reply;
	uint16_t row;

	/* What it wraps is the cause. */
	while (strncmp(text, wrapper, wrapped) == 0 && text[wrapped] != '\0')
		text += wrapped;
	if (*text == '\0')
		return QF_REASON_NONE;
	reply = qf_reason_reply(text);
	take_words(&words, text, reply);
	row = best_row(table, &words);
	if (row == 0 && reply == NULL) {
		/* What a filter or a local program said has no "said". */
		words.reply = 0;
		row = best_row(table, &words);
	}
	if (row > 0)
		return table->rows[row - 1].reason_class;
	return class_by_codes(text, dsn, reply == NULL);
}
