/*
 * address.c - addresses as Postfix writes them for people.
 */
#include "address.h"

#include <stdbool.h>
#include <string.h>

#include "queue-format/text.h"

/* Bytes that a local part may not have outside quotes. */
static bool
needs_quotes(unsigned char byte)
{
	return byte <= ' ' || byte == 0x7f ||
	       strchr("()<>@,;:\\\"[]", byte) != NULL;
}

static bool
is_dot_string(const char *local, size_t len)
{
	if (len == 0 || local[0] == '.' || local[len - 1] == '.')
		return false;
	for (size_t i = 0; i < len; i++) {
		if (needs_quotes((unsigned char)local[i]) ||
		    (local[i] == '.' && local[i + 1] == '.'))
			return false;
	}
	return true;
}

/* `@relay,@relay:' in front of the local part is not quoted. */
static const char *
behind_route(const char *raw)
{
	const char *colon = raw[0] == '@' ? strchr(raw, ':') : NULL;

	return colon == NULL ? raw : colon + 1;
}

static char *
put_quoted(char *out, const char *local, size_t len)
{
	*out++ = '"';
	for (size_t i = 0; i < len; i++) {
		if (local[i] == '"' || local[i] == '\\' || local[i] == '\r')
			*out++ = '\\';
		*out++ = local[i];
	}
	*out++ = '"';
	return out;
}

const char *
qf_address_quote(struct qf_arena *arena, const char *raw)
{
	const char *local = behind_route(raw);
	const char *at = strrchr(local, '@');
	size_t route = (size_t)(local - raw);
	size_t len = at == NULL ? strlen(local) : (size_t)(at - local);
	const char *rest = local + len;
	char *quoted;
	char *out;

	if (is_dot_string(local, len))
		return raw;
	quoted = qf_arena_alloc(arena, route + 2 * len + strlen(rest) + 3);
	if (quoted == NULL)
		return NULL;
	memcpy(quoted, raw, route);
	out = put_quoted(quoted + route, local, len);
	memcpy(out, rest, strlen(rest) + 1);
	return quoted;
}

static bool
is_continuation(char byte)
{
	return ((unsigned char)byte & 0xc0) == 0x80;
}

/* How many bytes from here on are kept; 0: the first is replaced. */
static size_t
keep(const char *text, size_t len, enum qf_printable how)
{
	unsigned char first = (unsigned char)*text;
	uint32_t rune;
	size_t i = 1;

	if (first < 0x80)
		return first >= 0x20 && first != 0x7f;
	if (how == QF_PRINTABLE_ASCII)
		return 0;
	if (how == QF_PRINTABLE_STRICT)
		return qf_utf8_next(text, len, &rune);
	if (first < 194 || first == 255 || len < 2 || !is_continuation(text[1]))
		return 0;
	while (i < len && is_continuation(text[i]))
		i++;
	return i;
}

void
qf_printable(char *text, size_t len, enum qf_printable how)
{
	size_t i = 0;

	while (i < len) {
		size_t kept = keep(text + i, len - i, how);

		if (kept == 0)
			text[i] = '?';
		i += kept == 0 ? 1 : kept;
	}
}
