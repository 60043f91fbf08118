/*
 * letter.c - one message as the sink gets it: whom it is for, and what it is.
 */
#include "letter.h"

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
letter_clear(struct letter *letter)
{
	for (size_t i = 0; i < letter->count; i++)
		free(letter->recipients[i]);
	free(letter->recipients);
	log_free(&letter->told);
	*letter = (struct letter){ 0 };
}

void
letter_add_recipient(struct letter *letter, const char *address)
{
	letter->recipients = reallocarray(letter->recipients, letter->count + 1,
					  sizeof(*letter->recipients));
	if (letter->recipients == NULL)
		err(1, "recipients");
	letter->recipients[letter->count] = strdup(address);
	if (letter->recipients[letter->count++] == NULL)
		err(1, "recipients");
}

/* The word behind a field's name, if that is the field. */
static bool
field(const char *line, const char *name, char word[LETTER_WORD])
{
	size_t len = strlen(name);

	if (strncasecmp(line, name, len) != 0)
		return false;
	line += len;
	line += strspn(line, " \t");
	snprintf(word, LETTER_WORD, "%.*s", (int)strcspn(line, " \t"), line);
	return true;
}

/* A report has a part for each recipient, the address before the action. */
static void
read_report(struct letter *letter, const char *line)
{
	char action[LETTER_WORD];

	if (field(line, "Final-Recipient: rfc822;", letter->address))
		return;
	if (letter->address[0] == '\0' || !field(line, "Action:", action))
		return;
	log_add(&letter->told, "%s %s\n", action, letter->address);
	letter->address[0] = '\0';
}

void
letter_add_line(struct letter *letter, const char *line)
{
	char word[LETTER_WORD];

	if (letter->is_report) {
		read_report(letter, line);
		return;
	}
	if (letter->tag[0] == '\0')
		(void)field(line, "X-Test-Id:", letter->tag);
	if (field(line, "end of ", word))
		letter->is_whole = strcmp(word, letter->tag) == 0;
}

static void
tell_report(const struct letter *letter, int64_t time, const char *recipient,
	    struct log_lines *lines)
{
	const char *line = letter->told.text;
	const char *end = line + letter->told.len;

	if (letter->told.len == 0)
		log_add(lines, "report %lld %s none -\n", (long long)time,
			recipient);
	while (line < end) {
		int len = (int)strcspn(line, "\n");

		log_add(lines, "report %lld %s %.*s\n", (long long)time,
			recipient, len, line);
		line += len + 1;
	}
}

void
letter_tell(const struct letter *letter, int64_t time, struct log_lines *lines)
{
	for (size_t i = 0; i < letter->count; i++) {
		if (letter->is_report)
			tell_report(letter, time, letter->recipients[i], lines);
		else
			log_add(lines, "sent %lld %s %s\n", (long long)time,
				letter->recipients[i],
				letter->is_whole ? letter->tag : "damaged");
	}
}
