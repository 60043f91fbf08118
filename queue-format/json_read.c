/*
 * json_read.c - JSON that somebody else has written.
 */
#include "json_read.h"

#include <errno.h>

#include <jansson.h>

#include "buffer.h"
#include "text.h"

static const json_t *
tree_of(const struct qf_json *value)
{
	return (const json_t *)value;
}

static const struct qf_json *
value_of(const json_t *value)
{
	return (const struct qf_json *)value;
}

static enum qf_status
no_memory(struct qf_error *err)
{
	errno = ENOMEM;
	return qf_system(err, "cannot read JSON");
}

/* A copy with U+FFFD for each byte that is not UTF-8. */
static void
repair(struct qf_buffer *repaired, const char *text, size_t len)
{
	uint32_t rune;

	while (len > 0) {
		size_t size = qf_utf8_next(text, len, &rune);

		if (size == 0) {
			qf_buffer_string(repaired, "\xef\xbf\xbd");
			size = 1;
		} else {
			qf_buffer_add(repaired, text, size);
		}
		text += size;
		len -= size;
	}
}

/* The place in the text that became the place `position' by repair. */
static size_t
place_before_repair(const char *text, size_t len, size_t position)
{
	size_t done = 0;
	size_t i = 0;
	uint32_t rune;

	while (i < len) {
		size_t size = qf_utf8_next(text + i, len - i, &rune);

		done += size == 0 ? 3 : size;
		if (done > position)
			break;
		i += size == 0 ? 1 : size;
	}
	return i;
}

/* jansson sets no text when it has run out of memory. */
static enum qf_status
refuse(const char *text, size_t len, const json_error_t *error,
       struct qf_error *err)
{
	size_t place;

	if (json_error_code(error) == json_error_out_of_memory ||
	    error->text[0] == '\0')
		return no_memory(err);
	place = place_before_repair(text, len, (size_t)error->position);
	return qf_corrupt(err, (off_t)place, "not JSON: %s", error->text);
}

enum qf_status
qf_json_parse(const char *text, size_t len, struct qf_json **value,
	      struct qf_error *err)
{
	struct qf_buffer repaired = { 0 };
	const char *sound = text;
	size_t sound_len = len;
	enum qf_status status = QF_OK;
	json_error_t error;
	json_t *tree;

	if (!qf_utf8_valid(text, len)) {
		repair(&repaired, text, len);
		sound = repaired.data;
		sound_len = repaired.len;
	}
	if (repaired.failed) {
		status = no_memory(err);
		goto out;
	}
	tree = json_loadb(sound, sound_len, JSON_REJECT_DUPLICATES, &error);
	if (tree == NULL)
		status = refuse(text, len, &error, err);
	else
		*value = (struct qf_json *)tree;
out:
	qf_buffer_free(&repaired);
	return status;
}

void
qf_json_free(struct qf_json *value)
{
	json_decref((json_t *)value);
}

bool
qf_json_is_object(const struct qf_json *value)
{
	return json_is_object(tree_of(value));
}

bool
qf_json_is_array(const struct qf_json *value)
{
	return json_is_array(tree_of(value));
}

const struct qf_json *
qf_json_member(const struct qf_json *object, const char *name)
{
	return value_of(json_object_get(tree_of(object), name));
}

size_t
qf_json_count(const struct qf_json *array)
{
	return json_array_size(tree_of(array));
}

const struct qf_json *
qf_json_at(const struct qf_json *array, size_t i)
{
	return value_of(json_array_get(tree_of(array), i));
}

const char *
qf_json_string(const struct qf_json *value)
{
	return json_string_value(tree_of(value));
}

bool
qf_json_integer(const struct qf_json *value, int64_t *number)
{
	if (!json_is_integer(tree_of(value)))
		return false;
	*number = json_integer_value(tree_of(value));
	return true;
}

bool
qf_json_flag(const struct qf_json *value, bool *flag)
{
	if (!json_is_boolean(tree_of(value)))
		return false;
	*flag = json_is_true(tree_of(value));
	return true;
}
