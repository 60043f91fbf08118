/*
 * reason_match.c - the phrases of the table that a text has.
 *
 * The text is cut down to its words, and at the start of each of them the
 * few phrases are tried that start as it does.
 */
#include "reason_match.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "ascii.h"
#include "reason_phrases.h"
#include "reason_words.h"

/* How far a `*' reaches. */
#define MAX_GAP 60

#define BUCKETS 1024

/* A phrase that starts with a set of words has one for each of them. */
struct entry {
	const char *word; /* that one; or the phrase has no such start: "" */
	const char *rest; /* of the phrase */
	uint16_t row;	  /* its number in the table */
	uint16_t next;	  /* 0 ends a chain; they count from 1 */
};

/* Phrases by how they start.  Each chain is in the order of the table. */
struct qf_reason_table {
	const struct qf_reason_phrase *rows;
	struct entry *entries;
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

/* The set that a phrase has at `at'; NULL: there is a word. */
static const char *const *
set_at(const char *at)
{
	return qf_is_upper(*at) ? qf_reason_set(at, strcspn(at, " ")) : NULL;
}

static void
add_entry(struct qf_reason_table *table, uint16_t *count, struct entry entry)
{
	const char *start = *entry.word == '\0' ? entry.rest : entry.word;
	uint16_t *first = &table->first[bucket_of(start)];

	entry.next = *first;
	table->entries[++*count] = entry;
	*first = *count;
}

/* A row of the table, for each of the words that it can start with. */
static void
add_row(struct qf_reason_table *table, uint16_t *count, size_t row)
{
	const char *text = table->rows[row].text;
	const char *const *set = set_at(text);
	struct entry entry = { .word = "", .rest = text, .row = (uint16_t)row };

	if (set == NULL) {
		add_entry(table, count, entry);
		return;
	}
	entry.rest = text + strcspn(text, " ");
	for (; *set != NULL; set++) {
		entry.word = *set;
		add_entry(table, count, entry);
	}
}

struct qf_reason_table *
qf_reason_table_new(void)
{
	struct qf_reason_table *table = calloc(1, sizeof(*table));
	uint16_t added = 0;
	size_t count = 0;
	size_t room = 1;

	if (table == NULL)
		return NULL;
	table->rows = qf_reason_phrases(&count);
	for (size_t i = 0; i < count; i++) {
		const char *const *set = set_at(table->rows[i].text);

		for (room++; set != NULL && *set != NULL; set++)
			room++;
	}
	table->entries = calloc(room, sizeof(*table->entries));
	if (table->entries == NULL) {
		free(table);
		return NULL;
	}
	for (size_t i = count; i-- > 0;)
		add_row(table, &added, i);
	return table;
}

void
qf_reason_table_free(struct qf_reason_table *table)
{
	if (table == NULL)
		return;
	free(table->entries);
	free(table);
}

static bool matches(const char *phrase, const char *at);

/* That word, and then what follows it in the phrase. */
static bool
matches_word(const char *word, const char *rest, const char *at)
{
	size_t len = 0;

	for (; word[len] != '\0'; len++) {
		if (word[len] != at[len])
			return false;
	}
	return (len == 0 || at[len] == ' ') && matches(rest, at + len);
}

static bool
matches_set(const char *const *set, const char *rest, const char *at)
{
	for (; *set != NULL; set++) {
		if (matches_word(*set, rest, at))
			return true;
	}
	return false;
}

static bool
matches(const char *phrase, const char *at)
{
	for (; *phrase != '\0'; phrase++, at++) {
		const char *const *set = set_at(phrase);

		if (set != NULL)
			return matches_set(set, phrase + strcspn(phrase, " "),
					   at);
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
		if (phrase[1] == *at && matches(phrase + 1, at))
			return true;
	}
	return false;
}

/* The first row of the table that is found, of those that `wanted' lets. */
static enum qf_reason_class
first_class(const struct qf_reason_table *table,
	    const struct qf_reason_words *words, const bool *wanted)
{
	size_t best = SIZE_MAX;
	const char *blank;

	for (const char *at = words->text; *at != '\0'; at = blank + 1) {
		bool ours = (size_t)(at - words->text) < words->reply;
		enum qf_reason_speaker other =
			ours ? QF_SAID_BY_THEM : QF_SAID_BY_US;
		uint16_t i = table->first[bucket_of(at)];

		for (; i != 0 && table->entries[i].row < best;
		     i = table->entries[i].next) {
			const struct entry *entry = &table->entries[i];
			const struct qf_reason_phrase *row =
				&table->rows[entry->row];

			if (row->speaker != other &&
			    wanted[row->reason_class] &&
			    matches_word(entry->word, entry->rest, at))
				best = entry->row;
		}
		blank = strchr(at, ' ');
		if (blank == NULL)
			break;
	}
	return best == SIZE_MAX ? QF_REASON_OTHER
				: table->rows[best].reason_class;
}

enum qf_reason_class
qf_reason_match(const struct qf_reason_table *table, const char *text,
		const char *reply, const struct qf_reason_setting *setting)
{
	bool wanted[QF_REASON_CLASS_COUNT];
	struct qf_reason_words words;
	enum qf_reason_class found;

	for (int i = 0; i < QF_REASON_CLASS_COUNT; i++)
		wanted[i] =
			qf_reason_is_possible((enum qf_reason_class)i, setting);
	qf_reason_take_words(&words, text, reply);
	found = first_class(table, &words, wanted);
	if (found == QF_REASON_OTHER && reply == NULL) {
		/*
		 * What a filter or a local program said has no "said"; it is
		 * in trouble on this host, and rules of ours are in the table
		 * as our own words.
		 */
		words.reply = 0;
		wanted[QF_REASON_POLICY] = false;
		wanted[QF_REASON_CONTENT] = false;
		found = first_class(table, &words, wanted);
		return found == QF_REASON_REFUSED ? QF_REASON_LOCAL_CONFIG
						  : found;
	}
	if (found == QF_REASON_OTHER && !wanted[QF_REASON_CONTENT]) {
		/* There is nothing better than talk of spam. */
		wanted[QF_REASON_CONTENT] = true;
		found = first_class(table, &words, wanted);
	}
	return qf_reason_meant(found, setting);
}
