/*
 * magic_type.c - what bytes are, whatever they are called.
 */
#include "magic_type.h"

#include <magic.h>
#include <string.h>

/*
 * Nothing is unpacked, and what takes longest is cut short: looking for some
 * hundred regular expressions in a long text.
 */
struct qf_magic *
qf_magic_open(void)
{
	magic_t table = magic_open(MAGIC_MIME_TYPE | MAGIC_NO_CHECK_COMPRESS |
				   MAGIC_NO_CHECK_ELF);
	size_t regex = 1024;
	size_t bytes = QF_MAGIC_BYTES;

	if (table == NULL)
		return NULL;
	if (magic_load(table, NULL) != 0) {
		magic_close(table);
		return NULL;
	}
	(void)magic_setparam(table, MAGIC_PARAM_REGEX_MAX, &regex);
	(void)magic_setparam(table, MAGIC_PARAM_BYTES_MAX, &bytes);
	return (struct qf_magic *)table;
}

void
qf_magic_close(struct qf_magic *magic)
{
	if (magic != NULL)
		magic_close((magic_t)magic);
}

const char *
qf_magic_type(struct qf_magic *magic, const char *data, size_t len)
{
	const char *type;

	if (len == 0)
		return "";
	type = magic_buffer((magic_t)magic, data,
			    len < QF_MAGIC_BYTES ? len : QF_MAGIC_BYTES);
	return type == NULL || strchr(type, '/') == NULL ? "" : type;
}
