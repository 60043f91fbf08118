/*
 * compose.c - make the bytes of a queue file from a message's description.
 *
 * The order of records was taken from files that Postfix 3.7 wrote.
 */
#include "compose.h"

#include <string.h>

#include "body.h"
#include "edit.h"
#include "text.h"

/* The last number of the size record. */
#define UTF8_REQUESTED 1u
#define UTF8_HEADER    2u
#define UTF8_SENDER    4u

static void
attr(struct queue_file *f, const char *name, const char *value)
{
	if (value != NULL)
		queue_file_printf(f, REC_ATTR, "%s=%s", name, value);
}

static void
attr_number(struct queue_file *f, const char *name, long value)
{
	queue_file_printf(f, REC_ATTR, "%s=%ld", name, value);
}

static void
optional(struct queue_file *f, enum record_type type, const char *text)
{
	if (text != NULL)
		queue_file_text(f, type, text);
}

static bool
is_ipv6(const char *address)
{
	return strchr(address, ':') != NULL;
}

/* An address as SMTP writes it. */
static const char *
rfc_address(struct arena *a, const char *address)
{
	if (is_ipv6(address))
		return arena_printf(a, "IPv6:%s", address);
	return address;
}

/* What smtpd tells for logging, and then once more as it really is. */
static void
client_attrs(struct queue_file *f, const struct mail *m, struct arena *a)
{
	const struct client *c = &m->client;
	const char *port = arena_printf(a, "%lu", 32768 + m->serial % 28000);

	attr(f, "log_client_name", c->name);
	attr(f, "log_client_address", rfc_address(a, c->address));
	attr(f, "log_client_port", port);
	queue_file_printf(f, REC_ATTR, "log_message_origin=%s[%s]", c->name,
			  c->address);
	attr(f, "log_helo_name", c->helo);
	attr(f, "log_protocol_name", "ESMTP");
	attr(f, "client_name", c->name);
	attr(f, "reverse_client_name", c->name);
	attr(f, "client_address", c->address);
	attr(f, "client_port", port);
	attr(f, "server_address",
	     is_ipv6(c->address) ? "2001:db8::1" : MY_ADDRESS);
	attr(f, "server_port", c->sasl_user != NULL ? "587" : "25");
	attr(f, "helo_name", c->helo);
	attr(f, "protocol_name", "ESMTP");
	attr_number(f, "client_address_type", is_ipv6(c->address) ? 10 : 2);
}

static void
times(struct queue_file *f, const struct mail *m)
{
	queue_file_printf(f, REC_TIME, "%ld %ld", (long)m->arrival.tv_sec,
			  (long)m->arrival.tv_usec);
	if (!m->postdrop)
		attr_number(f, "create_time", m->created);
}

static void
dsn_of_message(struct queue_file *f, const struct mail *m)
{
	attr(f, "envelope_id", m->envelope_id);
	if (m->ret_flags != 0)
		attr_number(f, "ret_flags", m->ret_flags);
}

/* Mail from local users need not ask for SMTPUTF8. */
static void
note_utf8(struct queue_file *f, const struct mail *m, unsigned where)
{
	f->utf8 |= where;
	if (m->origin == ORIGIN_SENDMAIL)
		f->utf8 |= UTF8_REQUESTED;
}

static void
sender(struct queue_file *f, const struct mail *m)
{
	const char *old = m->edits.old_sender;

	queue_file_sender(f, old != NULL ? old : m->sender);
	if (!text_is_ascii(m->sender))
		note_utf8(f, m, UTF8_SENDER);
}

static void
envelope_smtp(struct queue_file *f, const struct mail *m, const char *id,
	      struct arena *a)
{
	times(f, m);
	optional(f, REC_FILTER, m->filter);
	attr(f, "log_ident", id);
	attr(f, "rewrite_context", m->client.trusted ? "local" : "remote");
	attr(f, "sasl_method", m->client.sasl_method);
	attr(f, "sasl_username", m->client.sasl_user);
	dsn_of_message(f, m);
	sender(f, m);
	attr(f, "encoding", m->encoding);
	client_attrs(f, m, a);
	optional(f, REC_VERP, m->verp);
}

/* The filter comes from pickup, which writes it before all the rest. */
static void
envelope_sendmail(struct queue_file *f, const struct mail *m)
{
	if (!m->postdrop)
		optional(f, REC_FILTER, m->filter);
	times(f, m);
	dsn_of_message(f, m);
	attr(f, "rewrite_context", "local");
	optional(f, REC_FULL_NAME, m->full_name);
	sender(f, m);
	attr(f, "encoding", m->encoding);
	if (m->trace_flags != 0)
		attr_number(f, "trace_flags", m->trace_flags);
	optional(f, REC_VERP, m->verp);
}

static void
envelope_bounce(struct queue_file *f, const struct mail *m)
{
	times(f, m);
	attr(f, "log_message_origin", "local");
	attr(f, "trace_flags", "0");
	sender(f, m);
}

static const char *
orcpt_type(const struct queue_file *f, const char *address)
{
	if ((f->utf8 & UTF8_REQUESTED) != 0 && !text_is_ascii(address))
		return "utf-8";
	return "rfc822";
}

static void
put_rcpt(struct queue_file *f, struct mail *m, struct rcpt *r, struct arena *a)
{
	/* A milter's cancellation comes later, as an edit. */
	enum record_type type = r->state == RCPT_DONE ? REC_DONE : REC_RCPT;

	if (r->place == RCPT_BCC)
		r->notify = NOTIFY_NEVER;
	else if (r->orcpt == NULL && !m->postdrop && *r->address != '\0')
		r->orcpt = arena_printf(a, "%s;%s", orcpt_type(f, r->address),
					r->address);

	if (r->notify != 0)
		attr_number(f, "notify_flags", r->notify);
	attr(f, "dsn_orig_rcpt", r->orcpt);
	if (!m->postdrop)
		queue_file_text(f, REC_ORIGINAL,
				r->original != NULL ? r->original : r->address);
	r->offset = queue_file_text(f, type, r->address);
	f->rcpts++;
	if (r->place != RCPT_BCC)
		f->hints |= (unsigned)r->notify << HINT_NOTIFY_SHIFT &
			    HINT_NOTIFY_MASK;
}

/* Returns how many there were. */
static size_t
rcpts_of(struct queue_file *f, struct mail *m, enum rcpt_place place,
	 struct arena *a)
{
	size_t count = 0;

	for (size_t i = 0; i < m->rcpt_count; i++) {
		if (m->rcpts[i].place != place)
			continue;
		put_rcpt(f, m, &m->rcpts[i], a);
		count++;
	}
	return count;
}

/* With a single recipient, SMTP's Received: header tells it. */
static const char *
for_whom(const struct mail *m, struct arena *a)
{
	const struct rcpt *only = NULL;

	for (size_t i = 0; i < m->rcpt_count; i++) {
		if (m->rcpts[i].place != RCPT_BEFORE)
			continue;
		if (only != NULL)
			return "";
		only = &m->rcpts[i];
	}
	if (only == NULL)
		return "";
	return arena_printf(a, "\n\tfor <%s>", text_address(a, only->address));
}

static const char *
received(const struct mail *m, const char *id, struct arena *a)
{
	const struct client *c = &m->client;
	const char *date = text_date(a, m->arrival.tv_sec);
	const char *tls = "\n\t(using TLSv1.3 with cipher "
			  "TLS_AES_256_GCM_SHA384 (256/256 bits)"
			  "\n\t key-exchange X25519)"
			  "\n\t(No client certificate requested)";
	const char *to;

	switch (m->origin) {
	case ORIGIN_BOUNCE:
		return arena_printf(a,
				    "Received: by " MY_HOST " (Postfix)\n"
				    "\tid %s; %s",
				    id, date);
	case ORIGIN_SENDMAIL:
		return arena_printf(a,
				    "Received: by " MY_HOST
				    " (Postfix, from userid %lu)\n\tid %s; %s",
				    (unsigned long)m->uid, id, date);
	case ORIGIN_SMTP:
		break;
	}
	to = for_whom(m, a);
	return arena_printf(a,
			    "Received: from %s (%s [%s])%s\n\tby " MY_HOST
			    " (Postfix) with %s%s id %s%s;%s%s",
			    c->helo, c->name, rfc_address(a, c->address),
			    strncmp(c->protocol, "ESMTPS", 6) == 0 ? tls : "",
			    m->smtputf8 ? "UTF8" : "",
			    c->protocol + (m->smtputf8 ? 1 : 0), id, to,
			    *to != '\0' ? " " : "\n\t", date);
}

static void
write_line(void *context, const char *line, size_t len)
{
	queue_file_line(context, line, len);
}

static void
content(struct queue_file *f, const struct mail *m, const char *id,
	struct arena *a)
{
	const struct body *body = m->edits.old_body;

	queue_file_content(f);
	if (!m->postdrop)
		queue_file_header(f, received(m, id, a));
	for (size_t i = 0; i < m->header_count; i++) {
		queue_file_header(f, m->headers[i]);
		if (!text_is_ascii(m->headers[i]))
			note_utf8(f, m, UTF8_HEADER);
	}
	queue_file_headers_end(f);
	queue_file_line(f, "", 0);
	body_lines(body != NULL ? body : &m->body, write_line, f);
	queue_file_content_end(f);
}

static void
write_new_line(void *context, const char *line, size_t len)
{
	edit_body_line(context, line, len);
}

static void
edit_body(struct queue_file *f, const struct mail *m)
{
	struct body_edit e;

	edit_body_start(&e, f);
	edit_body_line(&e, "", 0);
	body_lines(&m->body, write_new_line, &e);
	edit_body_end(&e);
}

static void
edit_rcpts(struct queue_file *f, struct mail *m)
{
	for (size_t i = 0; i < m->rcpt_count; i++) {
		struct rcpt *r = &m->rcpts[i];

		if (r->place == RCPT_BY_MILTER)
			r->offset = edit_append_rcpt(
				f, (enum record_type)r->state, r->address);
		else if (r->state == RCPT_CANCELED)
			edit_cancel_rcpt(f, r->offset);
	}
}

static void
edit(struct queue_file *f, struct mail *m)
{
	const struct edits *e = &m->edits;

	if (e->insert != NULL)
		edit_insert_header(f, 1, e->insert);
	if (e->change != NULL)
		edit_change_header(f, e->change_at, e->change);
	for (size_t i = 0; i < sizeof(e->append) / sizeof(e->append[0]); i++)
		if (e->append[i] != NULL)
			edit_append_header(f, e->append[i]);
	if (e->old_sender != NULL)
		edit_sender(f, m->sender);
	edit_rcpts(f, m);
	if (e->old_body != NULL)
		edit_body(f, m);
}

static void
envelope(struct queue_file *f, const struct mail *m, const char *id,
	 struct arena *a)
{
	switch (m->origin) {
	case ORIGIN_SMTP:
		envelope_smtp(f, m, id, a);
		break;
	case ORIGIN_SENDMAIL:
		envelope_sendmail(f, m);
		break;
	case ORIGIN_BOUNCE:
		envelope_bounce(f, m);
		break;
	}
	if (m->warn != 0 && !m->postdrop)
		queue_file_printf(f, REC_WARN, "%15ld", (long)m->warn);
}

/*
 * The recipients' pointer is behind those that came with the envelope, if
 * any did, else behind those from the headers.
 */
static void
extracted(struct queue_file *f, struct mail *m, size_t before, struct arena *a)
{
	if (!m->postdrop) {
		optional(f, REC_REDIRECT, m->redirect);
		attr(f, "encoding",
		     m->transfer_encoding != NULL ? m->transfer_encoding
						  : m->encoding);
		queue_file_meta_end(f);
	}
	rcpts_of(f, m, RCPT_BEHIND, a);
	if (before == 0)
		queue_file_rcpts_end(f);
	rcpts_of(f, m, RCPT_BCC, a);
	queue_file_end(f);
}

void
compose(struct queue_file *f, struct mail *m, const char *id, struct arena *a)
{
	size_t before;

	f->milters = m->milters;
	queue_file_clear(f);
	f->utf8 = m->smtputf8 ? UTF8_REQUESTED : 0;
	if (!m->postdrop)
		queue_file_start(f);
	envelope(f, m, id, a);
	before = rcpts_of(f, m, RCPT_BEFORE, a);
	if (before > 0)
		queue_file_rcpts_end(f);
	content(f, m, id, a);
	extracted(f, m, before, a);
	edit(f, m);
	if (!m->postdrop && m->state != STATE_WRITING)
		queue_file_finish(f);
}
