/*
 * manifest.c - say what was written, as one line of JSON for each message.
 */
#include "manifest.h"

#include <string.h>

#include "body.h"
#include "text.h"

/* How many bytes of well-formed UTF-8 there are here, at most one character. */
static size_t
utf8_len(const unsigned char *s)
{
	size_t len;

	if (s[0] < 0x80)
		return 1;
	if (s[0] >= 0xc2 && s[0] <= 0xdf)
		len = 2;
	else if (s[0] >= 0xe0 && s[0] <= 0xef)
		len = 3;
	else if (s[0] >= 0xf0 && s[0] <= 0xf4)
		len = 4;
	else
		return 0;
	for (size_t i = 1; i < len; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	return len;
}

static void
add_string(struct bytes *out, const char *text)
{
	const unsigned char *s = (const unsigned char *)text;

	if (text == NULL) {
		bytes_add_text(out, "null");
		return;
	}
	bytes_add_text(out, "\"");
	while (*s != '\0') {
		size_t len = utf8_len(s);

		if (len == 0)
			bytes_add_text(out, "\\ufffd");
		else if (*s < ' ' || *s == 0x7f)
			bytes_printf(out, "\\u%04x", *s);
		else if (*s == '"' || *s == '\\')
			bytes_printf(out, "\\%c", *s);
		else
			bytes_add(out, s, len);
		s += len > 0 ? len : 1;
	}
	bytes_add_text(out, "\"");
}

static void
add_text(struct bytes *out, const char *name, const char *text)
{
	bytes_printf(out, "\"%s\": ", name);
	add_string(out, text);
	bytes_add_text(out, ", ");
}

static void
add_number(struct bytes *out, const char *name, long number)
{
	bytes_printf(out, "\"%s\": %ld, ", name, number);
}

static void
add_bool(struct bytes *out, const char *name, bool yes)
{
	bytes_printf(out, "\"%s\": %s, ", name, yes ? "true" : "false");
}

static const char *
state_name(enum rcpt_state state)
{
	switch (state) {
	case RCPT_LEFT:
		return "left";
	case RCPT_DONE:
		return "done";
	case RCPT_CANCELED:
		return "canceled";
	}
	return NULL;
}

static const char *
place_name(enum rcpt_place place)
{
	switch (place) {
	case RCPT_BEFORE:
		return "before";
	case RCPT_BEHIND:
		return "behind";
	case RCPT_BCC:
		return "bcc";
	case RCPT_BY_MILTER:
		return "milter";
	}
	return NULL;
}

static void
add_rcpt(struct bytes *out, const struct rcpt *r, struct arena *a)
{
	bytes_add_text(out, "{");
	add_text(out, "address", r->address);
	add_text(out, "text", text_address(a, r->address));
	add_text(out, "original",
		 r->original != NULL ? r->original : r->address);
	add_text(out, "state", state_name(r->state));
	add_text(out, "place", place_name(r->place));
	add_number(out, "offset", (long)r->offset);
	bytes_add_text(out, "\"reason\": ");
	add_string(out, r->failure != NULL ? r->failure->text : NULL);
	bytes_add_text(out, ", \"status\": ");
	add_string(out, r->failure != NULL ? r->failure->status : NULL);
	bytes_add_text(out, "}");
}

static const char *
origin_name(enum origin origin)
{
	switch (origin) {
	case ORIGIN_SMTP:
		return "smtp";
	case ORIGIN_SENDMAIL:
		return "sendmail";
	case ORIGIN_BOUNCE:
		return "bounce";
	}
	return NULL;
}

static bool
is_edited(const struct mail *m)
{
	const struct edits *e = &m->edits;

	return e->old_sender != NULL || e->insert != NULL ||
	       e->change != NULL || e->append[0] != NULL || e->old_body != NULL;
}

/* Only the first one needs no comma before it. */
static void
add_header(struct bytes *out, const char *header, bool *first)
{
	if (header == NULL)
		return;
	if (!*first)
		bytes_add_text(out, ", ");
	*first = false;
	add_string(out, header);
}

/* As they are delivered, without the Received: header of our own. */
static void
add_headers(struct bytes *out, const struct mail *m)
{
	const struct edits *e = &m->edits;
	bool first = true;

	bytes_add_text(out, "\"headers\": [");
	add_header(out, e->insert, &first);
	for (size_t i = 0; i < m->header_count; i++)
		add_header(out,
			   e->change != NULL && e->change_at == i + 1
				   ? e->change
				   : m->headers[i],
			   &first);
	for (size_t i = 0; i < sizeof(e->append) / sizeof(e->append[0]); i++)
		add_header(out, e->append[i], &first);
	bytes_add_text(out, "], ");
}

static void
count_line(void *context, const char *line, size_t len)
{
	long *count = context;

	(void)line;
	(void)len;
	++*count;
}

static void
add_body(struct bytes *out, const struct mail *m)
{
	long lines = 0;

	body_lines(&m->body, count_line, &lines);
	add_number(out, "lines", lines);
	add_text(out, "last_line", m->body.last);
}

static void
add_where(struct bytes *out, const struct mail *m,
	  const struct spool_file *where, const struct queue_file *f)
{
	add_number(out, "n", (long)m->serial);
	add_text(out, "queue", queue_name(where->queue));
	add_text(out, "id", where->id);
	add_text(out, "path", where->path);
	/* What a listing leaves out, and what nobody can deliver. */
	add_bool(out, "listed", m->state != STATE_WRITING);
	add_bool(out, "damaged", m->state == STATE_DAMAGED);
	add_bool(out, "forced_expire", m->forced_expire);
	add_number(out, "file_size", (long)f->bytes.len);
	/* Without a size record, the file's size counts. */
	add_number(out, "size",
		   m->postdrop || m->state == STATE_WRITING
			   ? (long)f->bytes.len
			   : (long)(f->extra_at - f->data_at));
}

static void
add_times(struct bytes *out, const struct mail *m)
{
	add_number(out, "arrival", m->arrival.tv_sec);
	if (!m->postdrop)
		add_number(out, "created", m->created);
	add_number(out, "changed", m->changed);
	if (m->attempt != 0)
		add_number(out, "last", m->attempt);
	if (m->queue == QUEUE_DEFERRED)
		add_number(out, "next", m->changed);
	add_number(out, "warn", m->warn);
}

static void
add_origin(struct bytes *out, const struct mail *m)
{
	const struct client *c = &m->client;

	add_text(out, "origin", origin_name(m->origin));
	add_text(out, "client_name", c->name);
	add_text(out, "client_address", c->address);
	add_text(out, "helo", c->helo);
	add_text(out, "protocol", c->protocol);
	add_text(out, "sasl_user", c->sasl_user);
	add_text(out, "full_name", m->full_name);
}

void
manifest_line(struct bytes *out, const struct mail *m,
	      const struct spool_file *where, const struct queue_file *f,
	      struct arena *a)
{
	bytes_add_text(out, "{");
	add_where(out, m, where, f);
	add_times(out, m);
	add_text(out, "sender", m->sender);
	add_text(out, "sender_text", text_address(a, m->sender));
	add_text(out, "subject", m->subject);
	add_origin(out, m);
	add_text(out, "envelope_id", m->envelope_id);
	add_text(out, "filter", m->filter);
	add_text(out, "redirect", m->redirect);
	add_bool(out, "smtputf8", m->smtputf8);
	add_bool(out, "milters", m->milters);
	add_bool(out, "edited", is_edited(m));
	add_headers(out, m);
	add_body(out, m);
	bytes_add_text(out, "\"recipients\": [");
	for (size_t i = 0; i < m->rcpt_count; i++) {
		if (i > 0)
			bytes_add_text(out, ", ");
		add_rcpt(out, &m->rcpts[i], a);
	}
	bytes_add_text(out, "]}\n");
}
