/*
 * scene.c - helpers for inventing the messages of the sample.
 */
#include "scene.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "compose.h"
#include "text.h"

#define HEADER_MAX 64
#define RCPT_MAX   64

const struct person staff[] = {
	{ "Anna Keller", "anna.keller@example.com" },
	{ "Marc Dubois", "marc.dubois@example.com" },
	{ "Zoë Brøndum", "zoe.brondum@example.com" },
	{ "Yuki Tanaka", "yuki.tanaka@example.com" },
	{ "Paul O'Neill", "paul.oneill@example.com" },
	{ "Fatima al-Sayed", "fatima@sales.example.com" },
	{ "Jürgen Groß", "j.gross@example.org" },
	{ "Accounts", "accounts@example.com" },
	{ "Chen Wei", "chen.wei@example.net" },
	{ "Olga Petrova", "olga.petrova@example.org" },
	{ "Support", "support@example.com" },
	{ "Luís Carvalho", "luis+mail@sales.example.com" },
};

const uint32_t staff_count = COUNT(staff);

const struct client exchange = {
	.name = "exchange.example.com",
	.address = "192.0.2.10",
	.helo = "exchange.example.com",
	.protocol = "ESMTPS",
	.trusted = true,
};

const struct client webshop = {
	.name = "web1.shop.example.com",
	.address = "192.0.2.30",
	.helo = "web1.shop.example.com",
	.protocol = "ESMTP",
	.trusted = true,
};

const struct client lists = {
	.name = "lists.example.com",
	.address = "192.0.2.40",
	.helo = "lists.example.com",
	.protocol = "ESMTP",
	.trusted = true,
};

const struct client partner = {
	.name = "out3.partner.example",
	.address = "2001:db8:77::3",
	.helo = "out3.partner.example",
	.protocol = "ESMTPS",
};

struct client
scene_login(const char *user, const char *host, const char *ip)
{
	return (struct client){
		.name = host,
		.address = ip,
		.helo = "[192.168.1.23]",
		.protocol = "ESMTPSA",
		.sasl_user = user,
		.sasl_method = "PLAIN",
		.trusted = true,
	};
}

struct mail
scene_mail(struct stage *s, enum queue queue, long age,
	   const struct client *client)
{
	struct worker *w = &s->worker;
	struct mail m = worker_mail(w, queue, age);

	m.serial = s->posted;
	m.origin = ORIGIN_SENDMAIL;
	m.uid = 1000;
	if (client != NULL) {
		m.origin = ORIGIN_SMTP;
		m.client = *client;
	}
	m.headers = arena_alloc(&w->arena, HEADER_MAX * sizeof(*m.headers));
	m.rcpts = arena_alloc(&w->arena, RCPT_MAX * sizeof(*m.rcpts));
	if (queue == QUEUE_DEFERRED)
		worker_schedule(w, &m);
	return m;
}

void
scene_header(struct stage *s, struct mail *m, const char *format, ...)
{
	char text[4096];
	va_list ap;
	int len;

	va_start(ap, format);
	len = vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	assert(len > 0 && (size_t)len < sizeof(text));
	assert(m->header_count < HEADER_MAX);
	m->headers[m->header_count++] =
		arena_printf(&s->worker.arena, "%s", text);
}

static const char *
to_list(struct arena *a, const struct mail *m)
{
	const char *list = "";

	if (m->rcpt_count > 8)
		return "undisclosed-recipients:;";
	for (size_t i = 0; i < m->rcpt_count; i++)
		list = arena_printf(a, "%s%s%s", list, i > 0 ? ",\n\t" : "",
				    text_address(a, m->rcpts[i].address));
	return list;
}

/* A name before an address: encoded, quoted, or as it is. */
static const char *
phrase(struct arena *a, const char *name)
{
	if (!text_is_ascii(name))
		return text_encoded(a, name);
	if (strpbrk(name, ".'@,") != NULL)
		return arena_printf(a, "\"%s\"", name);
	return name;
}

/* The host that has made the message up. */
static const char *
home_of(const struct mail *m)
{
	if (m->origin != ORIGIN_SMTP)
		return MY_HOST;
	if (m->client.helo[0] == '[')
		return text_domain(m->sender);
	return m->client.helo;
}

void
scene_headers(struct stage *s, struct mail *m, const char *from,
	      const char *subject)
{
	struct arena *a = &s->worker.arena;
	const char *sender = *m->sender != '\0' ? text_address(a, m->sender)
						: "MAILER-DAEMON@example.com";

	scene_header(s, m, "From: %s <%s>", phrase(a, from), sender);
	scene_header(s, m, "To: %s", to_list(a, m));
	scene_header(s, m, "Subject: %s", text_encoded(a, subject));
	scene_header(s, m, "Date: %s", text_date(a, m->arrival.tv_sec - 1));
	scene_header(s, m, "Message-ID: <%lx.%05lx.%lu@%s>",
		     (unsigned long)m->arrival.tv_sec,
		     (unsigned long)m->arrival.tv_usec, m->serial, home_of(m));
	m->subject = subject;
}

struct rcpt *
scene_rcpt(struct stage *s, struct mail *m, const char *address)
{
	struct rcpt *r = &m->rcpts[m->rcpt_count++];

	assert(m->rcpt_count <= RCPT_MAX);
	*r = (struct rcpt){
		.address = arena_printf(&s->worker.arena, "%s", address),
		.state = RCPT_LEFT,
	};
	return r;
}

static const struct failure *
fail(struct stage *s, const struct mail *m, const struct rcpt *r,
     const struct site *site, const struct reason *reason)
{
	const struct talk talk = {
		.host = site->host,
		.ip = site->ip,
		.sender = m->sender,
		.rcpt = r->address,
	};

	return reason_failure(&s->worker.arena, reason, &talk);
}

void
scene_fail(struct stage *s, const struct mail *m, struct rcpt *r,
	   const struct site *site, unsigned variant)
{
	r->failure = fail(s, m, r, site, reason_by_name(site->reason, variant));
}

void
scene_bounce(struct stage *s, const struct mail *m, struct rcpt *r,
	     const struct site *site, const struct reason *reason)
{
	r->failure = fail(s, m, r, site, reason);
	r->state = RCPT_DONE;
}

void
scene_post(struct stage *s, struct mail *m)
{
	worker_post(&s->worker, m);
	s->posted++;
}
