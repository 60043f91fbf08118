/*
 * list_as.c - whole listings in the form of a certain Postfix.
 */
#include "list_as.h"

#include <stdio.h>
#include <string.h>

#include "unit.h"

const char *const list_series[LIST_SERIES] = {
	"3.1.0", "3.2.0", "3.3.0", "3.4.0",  "3.5.0",  "3.6.0",
	"3.7.0", "3.8.0", "3.9.0", "3.10.0", "3.11.0",
};

void
list_as(const char *version, bool long_ids, struct postqueue_format *format)
{
	struct qf_config config;
	struct qf_error err;
	char text[100];

	snprintf(text, sizeof(text),
		 "mail_version = %s\nenable_long_queue_ids = %s\n", version,
		 long_ids ? "yes" : "no");
	ck_assert(qf_config_parse(text, &config, &err) == QF_OK);
	postqueue_format_start(format, &config);
	qf_config_free(&config);
}

/* A copy that nobody has to free. */
static const char *
take(struct qf_buffer *out)
{
	static char text[4096];

	ck_assert(!out->failed);
	ck_assert_uint_lt(out->len, sizeof(text));
	memcpy(text, qf_buffer_text(out), out->len + 1);
	qf_buffer_free(out);
	return text;
}

const char *
list_mailq(const char *version, bool long_ids,
	   const struct qf_message *messages, size_t count)
{
	struct postqueue_format format;
	struct qf_buffer out = { 0 };

	list_as(version, long_ids, &format);
	for (size_t i = 0; i < count; i++)
		postqueue_format_mailq(&format, &messages[i], &out);
	postqueue_format_mailq_end(&format, &out);
	return take(&out);
}

const char *
list_json(const char *version, const struct qf_message *messages, size_t count)
{
	struct postqueue_format format;
	struct qf_buffer out = { 0 };

	list_as(version, false, &format);
	for (size_t i = 0; i < count; i++)
		postqueue_format_json(&format, &messages[i], &out);
	return take(&out);
}
