/*
 * value.c - the right side of a comparison.
 */
#include "value.h"

#include <arpa/inet.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "queue-format/ascii.h"
#include "queue-format/nearest.h"
#include "queue-format/query/regex.h"

#define VALUE_MAX 4096 /* bytes */

enum qf_status
qf_value_wrong(struct qf_query_mistake *mistake, struct qf_span text,
	       const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(mistake->text, sizeof(mistake->text), format, args);
	va_end(args);
	mistake->offset = 0;
	mistake->len = text.len;
	return QF_INVALID;
}

static enum qf_status
no_memory(struct qf_query_mistake *mistake)
{
	snprintf(mistake->text, sizeof(mistake->text), "out of memory");
	return QF_SYSTEM;
}

/* Copy without the backslashes that make `*' and `?' plain. */
static bool
copy_plain(struct qf_arena *arena, struct qf_span from, struct qf_span *to)
{
	char *copy = qf_arena_copy(arena, from.text, from.len);
	size_t len = 0;

	if (copy == NULL)
		return false;
	for (size_t i = 0; i < from.len; i++) {
		if (from.text[i] == '\\' && i + 1 < from.len &&
		    strchr("*?\\", from.text[i + 1]) != NULL)
			i++;
		copy[len++] = from.text[i];
	}
	copy[len] = '\0';
	*to = (struct qf_span){ copy, len };
	return true;
}

/* There is no such value: say which was meant, or which there are. */
static enum qf_status
unknown_value(const struct qf_field *field, struct qf_span text,
	      struct qf_query_mistake *mistake)
{
	struct qf_nearest search = { .name = text.text, .len = text.len };
	struct qf_buffer all = { 0 };
	enum qf_status status;

	for (size_t i = 0; field->values[i] != NULL; i++) {
		qf_nearest_offer(&search, field->values[i]);
		qf_buffer_string(&all, i > 0 ? ", " : "");
		qf_buffer_string(&all, field->values[i]);
	}
	if (search.best != NULL)
		status = qf_value_wrong(mistake, text,
					"%s is never '%.*s' (did you mean "
					"'%s'?)",
					field->name, (int)text.len, text.text,
					search.best);
	else
		status = qf_value_wrong(mistake, text, "%s is one of %s",
					field->name, qf_buffer_text(&all));
	qf_buffer_free(&all);
	return status;
}

static enum qf_status
check_known(const struct qf_field *field, const struct qf_value *value,
	    struct qf_span text, struct qf_query_mistake *mistake)
{
	/* "Has none" can be asked of any field. */
	if (value->text.len == 0)
		return QF_OK;
	for (size_t i = 0; field->values[i] != NULL; i++) {
		if (strlen(field->values[i]) == value->text.len &&
		    strncasecmp(field->values[i], value->text.text,
				value->text.len) == 0)
			return QF_OK;
	}
	return unknown_value(field, text, mistake);
}

bool
qf_ip_read(struct qf_span text, unsigned char ip[16])
{
	static const unsigned char mapped[12] = { [10] = 0xff, [11] = 0xff };
	char copy[INET6_ADDRSTRLEN];

	if (text.len >= sizeof(copy))
		return false;
	memcpy(copy, text.text, text.len);
	copy[text.len] = '\0';
	memcpy(ip, mapped, sizeof(mapped));
	return inet_pton(AF_INET, copy, ip + sizeof(mapped)) == 1 ||
	       inet_pton(AF_INET6, copy, ip) == 1;
}

static bool
read_prefix(const char *text, size_t len, unsigned most, unsigned *prefix)
{
	unsigned value = 0;

	if (len == 0 || len > 3)
		return false;
	for (size_t i = 0; i < len; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
		value = value * 10 + (unsigned)(text[i] - '0');
	}
	*prefix = value;
	return value <= most;
}

/* 192.0.2.1, 10.0.0.0/8, 2001:db8::/32 */
static enum qf_status
read_network(struct qf_span text, struct qf_value *value,
	     struct qf_query_mistake *mistake)
{
	const char *slash = memchr(text.text, '/', text.len);
	struct qf_span ip = text;
	unsigned most = memchr(text.text, ':', text.len) != NULL ? 128 : 32;

	if (slash != NULL)
		ip.len = (size_t)(slash - text.text);
	value->kind = QF_VALUE_NETWORK;
	value->prefix = most;
	if (!qf_ip_read(ip, value->network))
		return qf_value_wrong(mistake, text,
				      "expected an IP address or a network "
				      "such as 192.0.2.0/24 or 2001:db8::/32");
	if (slash != NULL && !read_prefix(slash + 1, text.len - ip.len - 1,
					  most, &value->prefix))
		return qf_value_wrong(
			mistake, text,
			"expected a prefix of 0 to %u bits behind the slash",
			most);
	if (most == 32)
		value->prefix += 96;
	return QF_OK;
}

/* ::/0 is all of IPv6, and nothing of IPv4. */
static bool
is_other_family(const struct qf_value *value, const unsigned char ip[16])
{
	unsigned char ipv4[16];

	return value->prefix < 96 &&
	       qf_ip_read((struct qf_span){ "0.0.0.0", 7 }, ipv4) &&
	       memcmp(ip, ipv4, 12) == 0;
}

static bool
is_in_network(const struct qf_value *value, struct qf_span text)
{
	unsigned bytes = value->prefix / 8;
	unsigned rest = value->prefix % 8;
	unsigned char ip[16];
	unsigned char mask = (unsigned char)(0xff00u >> rest);

	if (!qf_ip_read(text, ip) || is_other_family(value, ip) ||
	    memcmp(ip, value->network, bytes) != 0)
		return false;
	return rest == 0 || ((ip[bytes] ^ value->network[bytes]) & mask) == 0;
}

static enum qf_status
read_text(const struct qf_value_reader *reader, const struct qf_field *field,
	  struct qf_span text, struct qf_value *value,
	  struct qf_query_mistake *mistake)
{
	value->exact = field->form == QF_FORM_EXACT;
	if (qf_glob_is(text)) {
		value->kind = QF_VALUE_GLOB;
		value->text = text;
		return QF_OK;
	}
	if (field->form == QF_FORM_IP && text.len > 0)
		return read_network(text, value, mistake);
	if (field->form == QF_FORM_ADDRESS && text.len == 2 &&
	    memcmp(text.text, "<>", 2) == 0)
		text.len = 0; /* how people write the null sender */
	value->kind = QF_VALUE_TEXT;
	if (!copy_plain(reader->arena, text, &value->text))
		return no_memory(mistake);
	if (field->values != NULL)
		return check_known(field, value, text, mistake);
	if (text.len > 1 && text.text[0] == '.') {
		if (field->form == QF_FORM_ADDRESS &&
		    memchr(text.text, '@', text.len) == NULL)
			return qf_value_wrong(
				mistake, text,
				"%s is an address; for a domain there is "
				"%s.domain",
				field->name,
				*field->name == 's' ? "sender" : "rcpt");
		if (field->form == QF_FORM_DOMAIN)
			value->kind = QF_VALUE_TREE;
	}
	return QF_OK;
}

static enum qf_status
read_regex(const struct qf_value_reader *reader, struct qf_span text,
	   struct qf_value *value, struct qf_query_mistake *mistake)
{
	enum qf_status status = qf_regex_new(text, &value->regex, mistake);

	value->kind = QF_VALUE_REGEX;
	if (status == QF_OK)
		*reader->regexes =
			qf_regex_push(value->regex, *reader->regexes);
	return status;
}

enum qf_status
qf_value_read(const struct qf_value_reader *reader,
	      const struct qf_field *field, bool regex, struct qf_span text,
	      struct qf_value *value, struct qf_query_mistake *mistake)
{
	*value = (struct qf_value){ .kind = QF_VALUE_TEXT };
	if (text.len > VALUE_MAX)
		return qf_value_wrong(mistake, text,
				      "a value has at most %d bytes",
				      VALUE_MAX);
	if (regex)
		return read_regex(reader, text, value, mistake);
	if (field->type == QF_FIELD_TEXT)
		return read_text(reader, field, text, value, mistake);
	return qf_number_read(reader->options, field->type, text, value,
			      mistake);
}

static bool
same_text(struct qf_span a, struct qf_span b, bool exact)
{
	for (size_t i = 0; i < a.len; i++) {
		if (a.text[i] != b.text[i] &&
		    (exact || qf_fold(a.text[i]) != qf_fold(b.text[i])))
			return false;
	}
	return true;
}

/* .example.org: that domain itself, or one below it. */
static bool
is_in_tree(struct qf_span tree, struct qf_span domain)
{
	if (domain.len + 1 == tree.len) {
		tree.text++;
		tree.len--;
	} else if (domain.len < tree.len) {
		return false;
	}
	domain.text += domain.len - tree.len;
	return same_text(tree, domain, false);
}

bool
qf_value_equals(const struct qf_value *value, struct qf_span text)
{
	/* What has no value is equal to nothing but "". */
	if (text.text == NULL)
		return value->kind == QF_VALUE_TEXT && value->text.len == 0;
	switch (value->kind) {
	case QF_VALUE_TEXT:
		return value->text.len == text.len &&
		       same_text(value->text, text, value->exact);
	case QF_VALUE_GLOB:
		return qf_glob_matches(value->text, text, value->exact);
	case QF_VALUE_TREE:
		return is_in_tree(value->text, text);
	case QF_VALUE_NETWORK:
		return is_in_network(value, text);
	case QF_VALUE_RANGE:
	case QF_VALUE_REGEX:
		break;
	}
	return false;
}
