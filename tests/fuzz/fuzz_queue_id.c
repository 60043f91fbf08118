/*
 * fuzz_queue_id - any bytes as the name of a message.
 *
 * What is decoded gives the same name when it is encoded again.
 */
#include "fuzz.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "queue-format/postfix/queue_id.h"

#define DEPTH 20

static const char digits[] =
	"0123456789BCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz";

/* Without leading zeros, so that zero is the empty string. */
static const char *
encode(uint64_t number, unsigned base, char text[80])
{
	char *start = text + 79;

	*start = '\0';
	for (; number > 0; number /= base)
		*--start = digits[number % base];
	return start;
}

static const char *
without_zeros(const char *text)
{
	return text + strspn(text, "0");
}

static void
check_long(const char *id, size_t mark)
{
	char text[80];
	char part[600];
	uint64_t inode = 0;
	int64_t seconds = 0;
	uint32_t microseconds = 0;

	if (qf_queue_id_inode(id, &inode))
		FUZZ_ASSERT(strcmp(encode(inode, 51, text),
				   without_zeros(id + mark + 1)) == 0);
	if (!qf_queue_id_time(id, &seconds, &microseconds))
		return;
	FUZZ_ASSERT(seconds >= 0);
	snprintf(part, sizeof(part), "%.*s", (int)mark - 4, id);
	FUZZ_ASSERT(strcmp(encode((uint64_t)seconds, 52, text),
			   without_zeros(part)) == 0);
	snprintf(part, sizeof(part), "%.4s", id + mark - 4);
	FUZZ_ASSERT(strcmp(encode(microseconds, 52, text),
			   without_zeros(part)) == 0);
}

static void
check_short(const char *id)
{
	char text[40];
	uint64_t inode = 0;
	int64_t seconds = 0;
	uint32_t microseconds = 0;

	if (qf_queue_id_inode(id, &inode)) {
		snprintf(text, sizeof(text), "%llX", (unsigned long long)inode);
		FUZZ_ASSERT(strcasecmp(without_zeros(text),
				       without_zeros(id + 5)) == 0);
	}
	if (qf_queue_id_time(id, &seconds, &microseconds)) {
		FUZZ_ASSERT(seconds == -1);
		snprintf(text, sizeof(text), "%05X", microseconds);
		FUZZ_ASSERT(strncasecmp(text, id, 5) == 0);
	}
}

static void
check_hash(const char *id)
{
	char path[2 * DEPTH + 1];

	FUZZ_ASSERT(qf_queue_id_hash(id, DEPTH, path) == 2 * DEPTH);
	FUZZ_ASSERT(strlen(path) == 2 * DEPTH);
	for (size_t i = 0; i < DEPTH; i++) {
		char byte = path[2 * i];

		FUZZ_ASSERT(byte != '/' && byte != '.');
		FUZZ_ASSERT(path[2 * i + 1] == '/');
		if (qf_queue_id_is_long(id))
			FUZZ_ASSERT(strchr("0123456789ABCDEF_", byte) != NULL);
		else
			FUZZ_ASSERT(byte == (i < strlen(id) ? id[i] : '_'));
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char id[2 * QF_QUEUE_ID_MAX];
	size_t len = size < sizeof(id) - 1 ? size : sizeof(id) - 1;
	const char *mark;

	memcpy(id, data, len);
	id[len] = '\0';
	mark = strrchr(id, 'z');
	FUZZ_ASSERT(qf_queue_id_is_long(id) ==
		    (mark != NULL && mark - id >= 10));
	if (qf_queue_id_is_long(id))
		check_long(id, (size_t)(mark - id));
	else
		check_short(id);
	if (!qf_queue_id_ok(id))
		return 0;
	FUZZ_ASSERT(strlen(id) >= 1 && strlen(id) <= QF_QUEUE_ID_MAX);
	FUZZ_ASSERT(strpbrk(id, "/. \n\\-#") == NULL);
	check_hash(id);
	return 0;
}
