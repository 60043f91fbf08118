/*
 * monday_lists.c - mailing lists, which are partly delivered.
 */
#include "scene.h"

#define SUBSCRIBERS 60

static const struct site sites[] = {
	{ "bigmail.example", "mx1.bigmail.example", "198.51.100.10",
	  "ratelimit" },
	{ "freemail.example", "mx.freemail.example", "198.51.100.20",
	  "mailbox_full" },
	{ "campus.example", "mail.campus.example", "198.51.100.30",
	  "greylist" },
	{ "northwind.example", "mx.northwind.example", "203.0.113.10",
	  "timeout" },
	{ "museum.example", "mx.museum.example", "203.0.113.60", "policy" },
};

struct issue {
	enum queue queue;
	long age;
	const char *list;
	const char *subject;
	unsigned done;	  /* of the first so many */
	unsigned bounced; /* and so many of the next */
	const char *verp;
};

static const struct issue issues[] = {
	{ QUEUE_DEFERRED, 3 * HOUR, "news", "Newsletter 47: winter opening", 44,
	  0, "+=" },
	{ QUEUE_DEFERRED, 26 * HOUR, "users", "[users] Re: pump model 7 leaks",
	  53, 0, NULL },
	{ QUEUE_ACTIVE, 25, "announce", "[announce] Maintenance on Saturday",
	  23, 2, NULL },
	{ QUEUE_HOLD, 5 * HOUR, "users", "[users] unsubscribe", 31, 0, NULL },
};

static void
add_subscriber(struct stage *s, struct mail *m, const struct issue *issue,
	       unsigned n)
{
	const struct site *site = &sites[n % COUNT(sites)];
	struct rcpt *r =
		scene_rcpt(s, m,
			   arena_printf(&s->worker.arena, "subscriber%02u@%s",
					n, site->domain));

	if (n < issue->done)
		r->state = RCPT_DONE;
	else if (n < issue->done + issue->bounced)
		scene_bounce(s, m, r, site, &final_reasons[0]);
	else if (m->attempt != 0)
		scene_fail(s, m, r, site, n % 2);
}

static void
post_issue(struct stage *s, const struct issue *issue)
{
	struct arena *a = &s->worker.arena;
	struct mail m = scene_mail(s, issue->queue, issue->age, &lists);

	/* Held by somebody after it had been tried. */
	if (issue->queue == QUEUE_HOLD)
		worker_schedule(&s->worker, &m);
	/* Bounces have been noted a moment ago. */
	if (issue->bounced > 0)
		m.attempt = m.created + 10;
	m.sender = arena_printf(a, "%s-bounces@lists.example.com", issue->list);
	m.verp = issue->verp;
	for (unsigned n = 0; n < SUBSCRIBERS; n++)
		add_subscriber(s, &m, issue, n);
	scene_headers(s, &m, issue->list, issue->subject);
	scene_header(s, &m, "List-Id: <%s.lists.example.com>", issue->list);
	scene_header(s, &m,
		     "List-Unsubscribe: "
		     "<mailto:%s-leave@lists.example.com>",
		     issue->list);
	scene_header(s, &m, "Precedence: list");
	m.body.filler = 3000;
	scene_post(s, &m);
}

void
monday_lists(struct stage *s)
{
	for (size_t i = 0; i < COUNT(issues); i++)
		post_issue(s, &issues[i]);
}
