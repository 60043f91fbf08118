/*
 * queue_id.c - names of messages.
 */
#include "queue_id.h"

#include <stdio.h>
#include <string.h>

#define SHORT_TIME 5  /* hex digits of the microsecond in a short id */
#define LONG_MICRO 4  /* digits of the microsecond in a long id */
#define LONG_TIME  10 /* and of the whole time, at least */

static bool
is_name_byte(char byte)
{
	return (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') ||
	       (byte >= 'a' && byte <= 'z') || byte == '_';
}

bool
qf_queue_id_ok(const char *id)
{
	size_t len = 0;

	while (is_name_byte(id[len]))
		len++;
	return id[len] == '\0' && len > 0 && len <= QF_QUEUE_ID_MAX;
}

/* The `z' before the inode; NULL: a short id. */
static const char *
long_mark(const char *id)
{
	const char *mark = strrchr(id, 'z');

	return mark != NULL && mark - id >= LONG_TIME ? mark : NULL;
}

bool
qf_queue_id_is_coming(const char *name)
{
	size_t first = strspn(name, "0123456789");

	return first > 0 && name[first] == '.' &&
	       name[first + 1 + strspn(name + first + 1, "0123456789")] == '\0';
}

bool
qf_queue_id_is_long(const char *id)
{
	return long_mark(id) != NULL;
}

/* Digits 0 to 51; the letters have no vowels. */
static const char digits[] =
	"0123456789BCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz";

/* -1: not a digit. */
static int
digit_value(char byte)
{
	const char *found = byte == '\0' ? NULL : strchr(digits, byte);

	return found == NULL ? -1 : (int)(found - digits);
}

static bool
decode(const char *text, size_t len, unsigned base, uint64_t *value)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < len; i++) {
		int digit = digit_value(text[i]);

		if (digit < 0 || (unsigned)digit >= base ||
		    __builtin_mul_overflow(sum, base, &sum) ||
		    __builtin_add_overflow(sum, (uint64_t)digit, &sum))
			return false;
	}
	*value = sum;
	return true;
}

static bool
decode_hex(const char *text, size_t len, uint64_t *value)
{
	uint64_t sum = 0;

	if (len == 0)
		return false;
	for (size_t i = 0; i < len; i++) {
		char byte = text[i];
		unsigned digit;

		if (byte >= '0' && byte <= '9')
			digit = (unsigned)(byte - '0');
		else if (byte >= 'A' && byte <= 'F')
			digit = (unsigned)(byte - 'A' + 10);
		else if (byte >= 'a' && byte <= 'f')
			digit = (unsigned)(byte - 'a' + 10);
		else
			return false;
		if (sum >> 60 != 0)
			return false;
		sum = sum << 4 | digit;
	}
	*value = sum;
	return true;
}

bool
qf_queue_id_inode(const char *id, uint64_t *inode)
{
	const char *mark = long_mark(id);

	if (mark != NULL)
		return decode(mark + 1, strlen(mark + 1), 51, inode);
	if (strlen(id) <= SHORT_TIME)
		return false;
	return decode_hex(id + SHORT_TIME, strlen(id) - SHORT_TIME, inode);
}

bool
qf_queue_id_time(const char *id, int64_t *seconds, uint32_t *microseconds)
{
	const char *mark = long_mark(id);
	uint64_t sec = 0;
	uint64_t usec = 0;

	if (mark == NULL) {
		if (strlen(id) <= SHORT_TIME ||
		    !decode_hex(id, SHORT_TIME, &usec))
			return false;
		*seconds = -1;
	} else {
		if (!decode(id, (size_t)(mark - id) - LONG_MICRO, 52, &sec) ||
		    !decode(mark - LONG_MICRO, LONG_MICRO, 52, &usec) ||
		    sec > INT64_MAX)
			return false;
		*seconds = (int64_t)sec;
	}
	*microseconds = (uint32_t)usec;
	return true;
}

uint32_t
qf_queue_id_microseconds(const char *id)
{
	const char *mark = long_mark(id);
	uint64_t usec = 0;
	bool known = mark != NULL
			     ? decode(mark - LONG_MICRO, LONG_MICRO, 52, &usec)
			     : strlen(id) > SHORT_TIME &&
				       decode_hex(id, SHORT_TIME, &usec);

	return known ? (uint32_t)usec : 0;
}

/* Append a number with at least `width' digits.  Returns the new length. */
static size_t
encode(char *text, size_t len, uint64_t value, unsigned base, size_t width)
{
	char reversed[64];
	size_t count = 0;

	for (; value > 0; value /= base)
		reversed[count++] = digits[value % base];
	while (count < width)
		reversed[count++] = digits[0];
	while (count > 0)
		text[len++] = reversed[--count];
	text[len] = '\0';
	return len;
}

size_t
qf_queue_id_make(bool is_long, int64_t seconds, uint32_t microseconds,
		 uint64_t inode, char id[QF_QUEUE_ID_MAX + 1])
{
	size_t len;

	if (!is_long)
		return (size_t)snprintf(id, QF_QUEUE_ID_MAX + 1, "%05lX%llX",
					(unsigned long)microseconds,
					(unsigned long long)inode);
	len = encode(id, 0, (uint64_t)seconds, 52, LONG_TIME - LONG_MICRO);
	len = encode(id, len, microseconds, 52, LONG_MICRO);
	id[len++] = 'z';
	return encode(id, len, inode, 51, 0);
}

/*
 * A long id is hashed by its microsecond in the form of a short one, so that
 * both spread alike.
 */
size_t
qf_queue_id_hash(const char *id, unsigned depth, char *path)
{
	const char *mark = long_mark(id);
	const char *key = id;
	char hex[24];
	size_t len = 0;

	if (mark != NULL) {
		snprintf(hex, sizeof(hex), "%05lX",
			 (unsigned long)qf_queue_id_microseconds(id));
		key = hex;
	}
	for (unsigned i = 0; i < depth; i++) {
		path[len++] = *key == '\0' ? '_' : *key++;
		path[len++] = '/';
	}
	path[len] = '\0';
	return len;
}
