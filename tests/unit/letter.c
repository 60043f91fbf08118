/*
 * letter.c - a message in a queue, written as Postfix would.
 */
#include "letter.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "unit.h"

static void
add_number(struct sample *s, int type, const char *before, int64_t number)
{
	char text[80];

	snprintf(text, sizeof(text), "%s%lld", before, (long long)number);
	sample_text(s, type, text);
}

/* All between the size and the content. */
static void
add_envelope(struct sample *s, const struct letter *letter)
{
	add_number(s, 'T', "", letter->arrival);
	add_number(s, 'A', "create_time=", letter->created);
	sample_text(s, 'A', "rewrite_context=local");
	if (letter->warn != 0)
		add_number(s, 'W', "", letter->warn);
	sample_text(s, 'S', letter->sender);
	for (const char *r = letter->recipients; *r != '\0'; r++) {
		char address[40];

		snprintf(address, sizeof(address), "r%ld@y.example",
			 (long)(r - letter->recipients));
		sample_text(s, 'O', address);
		sample_text(s, *r, address);
	}
}

static void
add_size(struct sample *s, size_t size, size_t offset, size_t recipients)
{
	char text[120];

	snprintf(text, sizeof(text), "%15zu %15zu %15zu %15d %15zu %15d", size,
		 offset, recipients, 0, size, 0);
	sample_text(s, 'C', text);
}

static struct letter
like_many(const struct letter *letter)
{
	struct letter full = { .sender = "s@x.example" };
	time_t now = time(NULL);

	if (letter != NULL)
		full = *letter;
	if (full.sender == NULL)
		full.sender = "s@x.example";
	if (full.arrival == 0)
		full.arrival = now - 1000;
	if (full.created == 0)
		full.created = full.arrival;
	if (full.modified == 0)
		full.modified = now - 500;
	if (full.recipients == NULL)
		full.recipients = "R";
	if (full.mode == 0)
		full.mode = 0700;
	return full;
}

void
letter_post(const char *place, const struct letter *letter)
{
	struct letter full = like_many(letter);
	struct timespec times[2] = { { .tv_sec = (time_t)full.modified },
				     { .tv_sec = (time_t)full.modified } };
	struct sample envelope = { 0 };
	struct sample content = { 0 };
	struct sample file = { 0 };

	add_envelope(&envelope, &full);
	sample_text(&envelope, 'M', "");
	sample_text(&content, 'N', "Subject: a test");
	sample_text(&content, 'N', "");
	sample_text(&content, 'N', "R is no recipient here");
	/* Type and length of C are two bytes, its text has 95. */
	add_size(&file, content.len, 97 + envelope.len,
		 strlen(full.recipients));
	sample_add(&file, envelope.data, envelope.len);
	sample_add(&file, content.data, content.len);
	sample_text(&file, 'X', "");
	sample_text(&file, 'E', "");
	scratch_file(place, file.data, file.len, full.mode);
	ck_assert_int_eq(utimensat(AT_FDCWD, scratch_path(place), times, 0), 0);
	sample_free(&envelope);
	sample_free(&content);
	sample_free(&file);
}
