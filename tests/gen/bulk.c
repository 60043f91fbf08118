/*
 * bulk.c - large queues of messages that are alike, for tests and timing.
 */
#include "bulk.h"

#include <err.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sysexits.h>

#include "text.h"
#include "worker.h"

/* A part of the work: every `step'th message. */
struct share {
	const struct bulk_options *options;
	struct worker worker;
	unsigned long first;
	unsigned long step;
	pthread_t thread;
};

static const char *const words[] = {
	"amber", "birch", "cedar", "delta", "ember", "fjord", "grove", "heron",
	"iris",	 "jade",  "kelp",  "lotus", "maple", "north", "opal",  "pine",
};

static const char *const people[] = {
	"anna",	 "ben",	   "carla",  "david", "elena",	 "frank",
	"greta", "hugo",   "ines",   "jonas", "karin",	 "luis",
	"maria", "nadia",  "oscar",  "petra", "quentin", "rosa",
	"simon", "teresa", "ulrich", "vera",  "walter",	 "yasmin",
};

static const char *const own_domains[] = {
	"example.com",	    "shop.example.com", "example.org",
	"mail.example.org", "example.net",	"lists.example.com",
};

#define COUNT(table) ((uint32_t)(sizeof(table) / sizeof(table[0])))

/* 768 domains, a few of which get most of the mail. */
static const char *
some_domain(struct worker *w, const struct bulk_options *o)
{
	static const char *const tops[] = { "example.com", "example.net",
					    "example" };
	uint32_t n;

	if (o->domain != NULL)
		return o->domain;
	n = rng_skewed(&w->rng, COUNT(words) * COUNT(words) * COUNT(tops));
	return arena_printf(&w->arena, "%s-%s.%s", words[n % COUNT(words)],
			    words[n / COUNT(words) % COUNT(words)],
			    tops[n % COUNT(tops)]);
}

static const char *
some_sender(struct worker *w, const struct bulk_options *o)
{
	if (o->sender != NULL)
		return o->sender;
	/* Notices of Postfix itself have none. */
	if (rng_percent(&w->rng, 6))
		return "";
	return arena_printf(
		&w->arena, "%s.%s@%s",
		people[rng_skewed(&w->rng, COUNT(people))],
		words[rng_below(&w->rng, COUNT(words))],
		own_domains[rng_skewed(&w->rng, COUNT(own_domains))]);
}

/* A domain mostly fails for the same reason. */
static const struct failure *
some_failure(struct worker *w, const struct mail *m, const char *rcpt)
{
	const char *domain = text_domain(rcpt);
	struct talk talk = { .sender = m->sender, .rcpt = rcpt };
	uint32_t hash = 5381;

	for (const char *p = domain; *p != '\0'; p++)
		hash = hash * 33 + (unsigned char)*p;
	talk.host = arena_printf(&w->arena, "mx%u.%s", 1 + hash % 3, domain);
	talk.ip = arena_printf(&w->arena, "198.51.100.%u", 1 + hash % 250);
	if (rng_percent(&w->rng, 15))
		hash = rng_below(&w->rng, 1000);
	return reason_failure(&w->arena, &reasons[hash % reason_count], &talk);
}

static unsigned
rcpts_wanted(struct worker *w, const struct bulk_options *o)
{
	if (o->rcpts > 0)
		return o->rcpts;
	return rng_percent(&w->rng, 85) ? 1 : 2 + rng_skewed(&w->rng, 8);
}

static void
add_rcpt(struct worker *w, const struct bulk_options *o, struct mail *m,
	 enum rcpt_place place, const char *address)
{
	struct rcpt *r = &m->rcpts[m->rcpt_count++];

	/* The first one stays, so that there is something to deliver. */
	*r = (struct rcpt){ .address = address,
			    .place = place,
			    .state = RCPT_LEFT };
	if (m->rcpt_count > 1 && !m->postdrop &&
	    rng_percent(&w->rng, o->done_share))
		r->state = RCPT_DONE;
}

static void
add_rcpts(struct worker *w, const struct bulk_options *o, struct mail *m)
{
	unsigned wanted = rcpts_wanted(w, o);
	enum rcpt_place place = rng_percent(&w->rng, o->behind_share)
					? RCPT_BEHIND
					: RCPT_BEFORE;
	bool both = !m->postdrop && rng_percent(&w->rng, o->both_share);

	/* Room for a blind copy, and for one that a milter adds. */
	m->rcpts = arena_alloc(&w->arena, (wanted + 2) * sizeof(*m->rcpts));
	for (unsigned i = 0; i < wanted; i++)
		add_rcpt(w, o, m, place,
			 arena_printf(&w->arena, "%s.%lu.%u@%s",
				      people[rng_below(&w->rng, COUNT(people))],
				      m->serial, i, some_domain(w, o)));
	if (both)
		add_rcpt(w, o, m, RCPT_BCC,
			 arena_printf(&w->arena, "archive.%lu@%s", m->serial,
				      o->domain != NULL ? o->domain
							: "archive.example"));
	if (place == RCPT_BEHIND)
		m->origin = ORIGIN_SENDMAIL;
}

static void
add_failures(struct worker *w, const struct bulk_options *o, struct mail *m)
{
	if (m->attempt == 0 || rng_percent(&w->rng, o->no_log_share))
		return;
	for (size_t i = 0; i < m->rcpt_count; i++)
		if (m->rcpts[i].state == RCPT_LEFT)
			m->rcpts[i].failure =
				some_failure(w, m, m->rcpts[i].address);
	m->log_style = rng_percent(&w->rng, 50) ? LOG_BOTH : LOG_NEW;
}

static void
add_client(struct worker *w, struct mail *m)
{
	uint32_t n = rng_skewed(&w->rng, 200);
	const char *name = arena_printf(&w->arena, "host%u.example.com", n);

	m->client = (struct client){
		.name = name,
		.address = arena_printf(&w->arena, "192.0.2.%u", 10 + n),
		.helo = name,
		.protocol = "ESMTP",
		.trusted = true,
	};
	if (rng_percent(&w->rng, 20)) {
		m->client.protocol = "ESMTPSA";
		m->client.sasl_method = "PLAIN";
		m->client.sasl_user =
			people[rng_skewed(&w->rng, COUNT(people))];
	}
}

static void
add_text(struct worker *w, const struct bulk_options *o, struct mail *m)
{
	static const char *const subjects[] = {
		"Invoice no.",	 "Re: order",  "Your parcel",	"Minutes no.",
		"Your code is:", "Newsletter", "Re: Re: offer", "Timetable",
	};
	struct arena *a = &w->arena;
	const char *subject = subjects[rng_below(&w->rng, COUNT(subjects))];
	const char *date = text_date(a, m->arrival.tv_sec);
	const char **headers = arena_alloc(a, 5 * sizeof(*headers));

	m->subject = arena_printf(a, "%s %lu", subject, m->serial);
	headers[0] =
		arena_printf(a, "From: <%s>",
			     *m->sender != '\0' ? m->sender : "MAILER-DAEMON");
	headers[1] = arena_printf(a, "To: <%s>", m->rcpts[0].address);
	headers[2] = arena_printf(a, "Subject: %s", m->subject);
	headers[3] = arena_printf(a, "Date: %s", date);
	headers[4] = arena_printf(a, "Message-ID: <%lu.%llx@example.com>",
				  m->serial, (unsigned long long)o->seed);
	m->headers = headers;
	m->header_count = 5;
	m->body.filler = rng_percent(&w->rng, o->large_share)
				 ? o->large_size
				 : (size_t)rng_around(&w->rng, (double)o->size);
	m->body.last = arena_printf(a, "End of message %lu.", m->serial);
}

/* Two thirds of what milters saw they also changed, each in its own way. */
static void
add_edits(struct worker *w, const struct bulk_options *o, struct mail *m)
{
	static const struct body old_body = { .text = "A short text.\n" };
	static const struct body long_body = { .filler = 6000 };
	uint32_t kinds = rng_below(&w->rng, 64);

	m->milters = true;
	if (rng_percent(&w->rng, 33))
		return;
	if (kinds & 1)
		m->edits.insert = "X-Scanned: yes, by host scan.example.com";
	if (kinds & 2) {
		m->edits.change = arena_printf(
			&w->arena, "Subject: [checked] %s", m->subject);
		m->edits.change_at = 3;
		m->subject =
			arena_printf(&w->arena, "[checked] %s", m->subject);
	}
	if (kinds & 4) {
		m->edits.append[0] = "X-Spam-Score: 1.2";
		m->edits.append[1] = "X-S: 1";
	}
	if (kinds & 8)
		m->edits.old_sender = "x@y";
	if (kinds & 16)
		m->edits.old_body =
			rng_percent(&w->rng, 50) ? &old_body : &long_body;
	if (kinds & 32 && m->rcpt_count > 1)
		m->rcpts[m->rcpt_count - 1].state = RCPT_CANCELED;
	if (kinds & 32)
		add_rcpt(w, o, m, RCPT_BY_MILTER,
			 arena_printf(&w->arena, "spam.%lu@%s", m->serial,
				      some_domain(w, o)));
}

static void
write_one(struct worker *w, const struct bulk_options *o, unsigned long serial)
{
	struct mail m;

	w->rng = rng_new(o->seed, serial);
	m = worker_mail(w, o->queue,
			rng_between(&w->rng, BULK_SPAN_MIN, o->span));
	m.serial = serial;
	m.sender = some_sender(w, o);
	m.origin = *m.sender == '\0' ? ORIGIN_BOUNCE : ORIGIN_SMTP;
	m.postdrop = o->queue == QUEUE_MAILDROP;
	if (o->queue == QUEUE_DEFERRED ||
	    (o->queue == QUEUE_HOLD && rng_percent(&w->rng, 50)))
		worker_schedule(w, &m);
	add_rcpts(w, o, &m);
	if (m.postdrop)
		m.origin = ORIGIN_SENDMAIL;
	if (m.origin == ORIGIN_SMTP)
		add_client(w, &m);
	if (m.origin == ORIGIN_SENDMAIL)
		m.uid = 1000 + rng_below(&w->rng, 20);
	add_text(w, o, &m);
	if (!m.postdrop && rng_percent(&w->rng, o->milter_share))
		add_edits(w, o, &m);
	add_failures(w, o, &m);
	worker_post(w, &m);
}

static void *
run(void *context)
{
	struct share *s = context;

	for (unsigned long i = s->first; i < s->options->count; i += s->step)
		write_one(&s->worker, s->options, i);
	worker_free(&s->worker);
	return NULL;
}

void
bulk(const struct spool *spool, FILE *manifest,
     const struct bulk_options *options)
{
	unsigned threads = options->threads;
	struct share *shares = calloc(threads, sizeof(*shares));

	if (shares == NULL)
		err(EX_OSERR, "no memory");
	for (unsigned i = 0; i < threads; i++) {
		shares[i] = (struct share){
			.options = options,
			.worker = { .spool = spool,
				    .manifest = manifest,
				    .now = options->now },
			.first = i,
			.step = threads,
		};
		errno = pthread_create(&shares[i].thread, NULL, run,
				       &shares[i]);
		if (errno != 0)
			err(EX_OSERR, "thread");
	}
	for (unsigned i = 0; i < threads; i++)
		pthread_join(shares[i].thread, NULL);
	free(shares);
}
