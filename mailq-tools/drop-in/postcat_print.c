/*
 * postcat_print.c - records as postcat(1) prints them.
 */
#include "postcat_show.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "queue-format/postfix/attribute.h"

void
show_string(struct show *s, const char *string)
{
	qf_buffer_string(&s->p->out.buffer, string);
}

static void
print_data(struct show *s)
{
	qf_buffer_add(&s->p->out.buffer, s->rec.data, s->rec.len);
}

static void
print_prefix(struct show *s)
{
	if (s->p->paths) {
		show_string(s, s->path);
		show_string(s, ": ");
	}
	if (s->p->offsets)
		postcat_print(s->p, "%9lu ", (unsigned long)s->offset);
	if (s->p->decimal)
		postcat_print(s->p, "%3d ", s->rec.type);
}

void
show_banner(struct show *s, const char *what)
{
	postcat_print(s->p, "*** %s ", what);
	show_string(s, s->path);
	show_string(s, " ***\n");
}

void
show_marker(struct show *s, const char *what)
{
	print_prefix(s);
	show_banner(s, what);
	postcat_flush(s->p);
}

static void
print_named(struct show *s)
{
	show_string(s, qf_record_name(s->rec.type));
	show_string(s, ": ");
	show_string(s, s->text);
	show_string(s, "\n");
}

void
show_named(struct show *s)
{
	print_prefix(s);
	print_named(s);
	postcat_flush(s->p);
}

/* A time that no calendar has kills Postfix's. */
static void
print_time(struct show *s, const char *name, const char *seconds)
{
	time_t when = strtoll(seconds, NULL, 10);
	char text[40];
	struct tm tm;

	if (localtime_r(&when, &tm) == NULL || tm.tm_year > INT32_MAX - 1900)
		show_fatal(s);
	strftime(text, sizeof(text), "%a %b %e %H:%M:%S", &tm);
	show_string(s, name);
	postcat_print(s->p, ": %s %d\n", text, tm.tm_year + 1900);
}

static void
print_attribute(struct show *s)
{
	struct qf_span name;
	struct qf_span value;
	struct qf_buffer *out = &s->p->out.buffer;
	const char *wrong =
		qf_attribute_split(s->text, strlen(s->text), &name, &value);

	if (wrong != NULL) {
		postcat_warn(s->p, "%s: malformed attribute: %s: %.100s",
			     s->path, wrong, s->text);
		return;
	}
	if (name.len == strlen("create_time") &&
	    memcmp(name.text, "create_time", name.len) == 0) {
		print_time(s, "create_time", value.text);
		return;
	}
	show_string(s, qf_record_name(s->rec.type));
	show_string(s, ": ");
	qf_buffer_add(out, name.text, name.len);
	show_string(s, "=");
	qf_buffer_add(out, value.text, value.len);
	show_string(s, "\n");
}

/* The same letter is a content filter in the envelope. */
static void
print_fragment(struct show *s)
{
	if (s->state == IN_ENVELOPE)
		postcat_print(s->p, "%s: ", qf_record_name(s->rec.type));
	else if (s->p->verbose > 0)
		show_string(s, "unterminated_text: ");
	print_data(s);
	if (s->state == IN_ENVELOPE || s->p->verbose > 0 || s->p->offsets) {
		s->rec.type = 0;
		show_string(s, "\n");
	}
}

void
show_record(struct show *s)
{
	print_prefix(s);
	switch (s->rec.type) {
	case QF_REC_TIME:
	case QF_REC_WARN:
		print_time(s, qf_record_name(s->rec.type), s->text);
		break;
	case QF_REC_FRAGMENT:
		print_fragment(s);
		break;
	case QF_REC_LINE:
	case QF_REC_PADDING:
		if (s->p->verbose > 0)
			postcat_print(s->p,
				      "%s: ", qf_record_name(s->rec.type));
		print_data(s);
		show_string(s, "\n");
		break;
	case QF_REC_ATTRIBUTE:
		print_attribute(s);
		break;
	default:
		print_named(s);
		break;
	}
	s->previous = s->rec.type;
	postcat_flush(s->p);
}
