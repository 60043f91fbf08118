/*
 * attribute.c - the name=value form of attribute records.
 */
#include "attribute.h"

#include <stdbool.h>
#include <string.h>

static bool
is_blank(char byte)
{
	return byte == ' ' || (byte >= '\t' && byte <= '\r');
}

static const char *
skip_blanks(const char *at, const char *end)
{
	while (at < end && is_blank(*at))
		at++;
	return at;
}

const char *
qf_attribute_split(const char *data, size_t len, struct qf_span *name,
		   struct qf_span *value)
{
	const char *end = data + strnlen(data, len);
	const char *start = skip_blanks(data, end);
	const char *name_end = start;
	const char *equal;

	if (start == end || *start == '=')
		return "missing attribute name";
	while (name_end < end && !is_blank(*name_end) && *name_end != '=')
		name_end++;
	equal = skip_blanks(name_end, end);
	if (equal == end || *equal != '=')
		return "missing '=' after attribute name";
	*name = (struct qf_span){ start, (size_t)(name_end - start) };
	start = skip_blanks(equal + 1, end);
	while (end > start && is_blank(end[-1]))
		end--;
	*value = (struct qf_span){ start, (size_t)(end - start) };
	return NULL;
}
