/*
 * monday.c - a sample spool: a company's mail relay on a Monday morning.
 *
 * The weekend's mail for servers that are down has piled up; a mailbox was
 * broken into at breakfast and the big providers have become careful about
 * us; and everybody is at work.
 */
#include "monday.h"

#include "compose.h"
#include "scene.h"

/* Ordinary mail for a site that does not take it. */
struct pile {
	struct site site;
	unsigned count;
	long from, to; /* age */
};

static const struct pile piles[] = {
	{ { "bigmail.example", "mx1.bigmail.example", "198.51.100.10",
	    "ratelimit" },
	  18,
	  5 * MINUTE,
	  5 * HOUR },
	{ { "freemail.example", "mx.freemail.example", "198.51.100.20",
	    "reputation" },
	  13,
	  5 * MINUTE,
	  8 * HOUR },
	{ { "campus.example", "mail.campus.example", "198.51.100.30",
	    "greylist" },
	  11,
	  20,
	  35 * MINUTE },
	{ { "northwind.example", "mx.northwind.example", "203.0.113.10",
	    "timeout" },
	  7,
	  3 * HOUR,
	  62 * HOUR },
	{ { "northwind.example", "mx.northwind.example", "203.0.113.10",
	    "suspended" },
	  9,
	  MINUTE,
	  60 * HOUR },
	{ { "tailspin.example", "mail.tailspin.example", "203.0.113.20",
	    "refused" },
	  8,
	  10 * MINUTE,
	  40 * HOUR },
	{ { "oldpartner.example", "mx.oldpartner.example", "203.0.113.30",
	    "dns" },
	  7,
	  HOUR,
	  4 * DAY },
	{ { "savingsbank.example", "mx2.savingsbank.example", "203.0.113.40",
	    "tls" },
	  6,
	  30 * MINUTE,
	  14 * HOUR },
	{ { "branch.example.org", "relay.example.com", "192.0.2.1",
	    "local_loop" },
	  6,
	  2 * HOUR,
	  30 * HOUR },
	{ { "cityhall.example", "mail.cityhall.example", "203.0.113.50",
	    "server" },
	  5,
	  40 * MINUTE,
	  9 * HOUR },
	{ { "freemail.example", "mx.freemail.example", "198.51.100.20",
	    "mailbox_full" },
	  6,
	  2 * HOUR,
	  4 * DAY },
	{ { "museum.example", "mx.museum.example", "203.0.113.60", "policy" },
	  4,
	  15 * MINUTE,
	  5 * HOUR },
	{ { "telco.example", "in.telco.example", "203.0.113.70", "lost" },
	  4,
	  10 * MINUTE,
	  2 * HOUR },
	{ { "clinic.example", "gw.clinic.example", "203.0.113.80", "content" },
	  3,
	  10 * MINUTE,
	  HOUR },
	{ { "harbour.example", "mx6.harbour.example", "203.0.113.90",
	    "unreachable" },
	  3,
	  4 * HOUR,
	  20 * HOUR },
};

static const char *const locals[] = {
	"info",	  "m.rossi", "h.schmidt", "purchasing", "eva",	  "j.smith",
	"office", "l.novak", "tom",	  "sales",	"claire", "dr.weber",
};

struct letter {
	const char *subject;
	const char *text;
};

static const struct letter letters[] = {
	{ "Offer 2214, revised",
	  "Good morning,\n\nattached to our portal you find the new offer.  "
	  "It is valid for 30 days.\n\nBest regards\n" },
	{ "Re: Termin am Donnerstag",
	  "Guten Morgen,\n\nDonnerstag um 10 Uhr passt mir gut.\n\nViele "
	  "Grüße\n" },
	{ "Meeting moved to 11:30",
	  "Hi all,\n\nroom 4.02 is taken until 11:30, so we start later.\n" },
	{ "Facture n° 88-1042",
	  "Bonjour,\n\nveuillez trouver la facture dans votre espace "
	  "client.\n\nCordialement\n" },
	{ "Re: Re: Valves for the north plant",
	  "Thanks!  If they are not here by noon I will order them again.\n" },
	{ "Application as a lab technician",
	  "Dear Ms Keller,\n\nI saw your notice in Saturday's paper.\n" },
	{ "Delivery note 40017", "Two pallets, 640 kg, dock 3.\n" },
	{ "Lunch?", "12:15, the usual place?\n" },
	{ "Minutes, works council, 9 November",
	  "Dear colleagues,\n\nthe minutes are in the usual folder.\n" },
	{ "Your ticket [#58213] has been updated",
	  "We replaced the toner.  Please tell us if it still leaks.\n" },
};

static void
business_mail(struct stage *s, enum queue queue, long age,
	      const struct site *site)
{
	struct worker *w = &s->worker;
	const struct person *from = &staff[rng_below(&w->rng, staff_count)];
	const struct letter *letter =
		&letters[rng_below(&w->rng, COUNT(letters))];
	struct mail m = scene_mail(s, queue, age, &exchange);
	unsigned variant = rng_below(&w->rng, 3);
	unsigned rcpts = rng_percent(&w->rng, 80) ? 1 : 2;

	if (queue == QUEUE_MAILDROP) {
		worker_schedule(w, &m);
		m.changed = w->now - 30;
	}
	m.sender = from->address;
	for (unsigned i = 0; i < rcpts; i++) {
		const char *local = locals[(s->posted + 5 * i) % COUNT(locals)];
		struct rcpt *r = scene_rcpt(
			s, &m,
			arena_printf(&w->arena, "%s@%s", local, site->domain));

		if (site->reason != NULL && m.attempt != 0)
			scene_fail(s, &m, r, site, variant);
	}
	scene_headers(s, &m, from->name, letter->subject);
	scene_header(s, &m, "MIME-Version: 1.0");
	scene_header(s, &m, "Content-Type: text/plain; charset=utf-8");
	scene_header(s, &m, "Content-Transfer-Encoding: 8bit");
	m.encoding = "8bit";
	m.transfer_encoding = "8bit";
	m.body.text = letter->text;
	m.body.filler = (size_t)rng_around(&w->rng, 900);
	m.log_style = rng_percent(&w->rng, 70) ? LOG_BOTH : LOG_NEW;
	scene_post(s, &m);
}

static void
backlog(struct stage *s)
{
	for (size_t i = 0; i < COUNT(piles); i++)
		for (unsigned n = 0; n < piles[i].count; n++)
			business_mail(s, QUEUE_DEFERRED,
				      rng_between(&s->worker.rng, piles[i].from,
						  piles[i].to),
				      &piles[i].site);
}

/* The shop confirms orders in HTML, also to people who cannot spell. */
static void
shop_orders(struct stage *s)
{
	static const struct site typo = { "bigmial.example",
					  "mx.bigmial.example", "203.0.113.200",
					  "dns" };
	static const struct site big = { "bigmail.example",
					 "mx1.bigmail.example", "198.51.100.10",
					 "ratelimit" };

	for (unsigned n = 0; n < 14; n++) {
		struct worker *w = &s->worker;
		const struct site *site = n % 5 == 0 ? &typo : &big;
		struct mail m = scene_mail(
			s, QUEUE_DEFERRED,
			rng_between(&w->rng, 3 * MINUTE, 11 * HOUR), &webshop);
		const char *customer = arena_printf(
			&w->arena, "customer%lu@%s",
			rng_between(&w->rng, 100, 999), site->domain);
		const char *order =
			arena_printf(&w->arena, "Your order %lu is on its way",
				     7013000 + s->posted);

		m.sender = "orders@shop.example.com";
		scene_fail(s, &m, scene_rcpt(s, &m, customer), site, 0);
		scene_headers(s, &m, "Example Shop", order);
		scene_header(s, &m, "MIME-Version: 1.0");
		scene_header(s, &m, "Content-Type: text/html; charset=utf-8");
		scene_header(s, &m, "Auto-Submitted: auto-generated");
		m.body.text = "<html><body style=\"font-family: sans-serif\">\n"
			      "<h1>Thank you!</h1>\n"
			      "<p>We have handed your parcel to the carrier."
			      "</p>\n<p><a href=\"https://shop.example.com/t\">"
			      "Where is it?</a></p>\n</body></html>\n";
		scene_post(s, &m);
	}
}

static const struct pile victims[] = {
	{ { "gone.example", "mx.gone.example", "203.0.113.110", "dns" },
	  6,
	  2 * HOUR,
	  4 * DAY },
	{ { "mailer.spamhaven.example", "mx.spamhaven.example", "203.0.113.120",
	    "timeout" },
	  7,
	  10 * MINUTE,
	  3 * DAY },
	{ { "freemail.example", "mx.freemail.example", "198.51.100.20",
	    "reputation" },
	  6,
	  10 * MINUTE,
	  5 * HOUR },
	{ { "bounces.newsletter.example", "mx.newsletter.example",
	    "203.0.113.130", "refused" },
	  5,
	  30 * MINUTE,
	  DAY },
};

static void
bounce(struct stage *s, const struct pile *pile)
{
	struct worker *w = &s->worker;
	struct mail m =
		scene_mail(s, QUEUE_DEFERRED,
			   rng_between(&w->rng, pile->from, pile->to), NULL);
	const char *boundary = arena_printf(&w->arena, "%lX.%lu/" MY_HOST,
					    0xB01000 + s->posted, s->posted);
	const char *to = arena_printf(
		&w->arena, "%s.%lu@%s", locals[s->posted % COUNT(locals)],
		rng_between(&w->rng, 1, 99), pile->site.domain);

	m.origin = ORIGIN_BOUNCE;
	scene_fail(s, &m, scene_rcpt(s, &m, to), &pile->site, 0);
	scene_headers(s, &m, "Mail Delivery System",
		      "Undelivered Mail Returned to Sender");
	scene_header(s, &m, "Auto-Submitted: auto-replied");
	scene_header(s, &m, "MIME-Version: 1.0");
	scene_header(s, &m,
		     "Content-Type: multipart/report; "
		     "report-type=delivery-status;\n\tboundary=\"%s\"",
		     boundary);
	scene_header(s, &m, "Content-Transfer-Encoding: 8bit");
	m.transfer_encoding = "8bit";
	m.body.text = arena_printf(
		&w->arena,
		"This message has several parts.\n\n--%s\n"
		"Content-Description: Notification\n"
		"Content-Type: text/plain; charset=utf-8\n\n"
		"Nobody here has this address, so your message comes back.\n\n"
		"<nobody.%lu@example.com>: unknown user\n\n--%s\n"
		"Content-Type: message/delivery-status\n\n"
		"Reporting-MTA: dns; " MY_HOST "\n\n"
		"Final-Recipient: rfc822; nobody.%lu@example.com\n"
		"Action: failed\nStatus: 5.1.1\n\n--%s--\n",
		boundary, s->posted, boundary, s->posted, boundary);
	scene_post(s, &m);
}

static void
bounces(struct stage *s)
{
	for (size_t i = 0; i < COUNT(victims); i++)
		for (unsigned n = 0; n < victims[i].count; n++)
			bounce(s, &victims[i]);
}

/* Under way at this moment. */
static void
traffic(struct stage *s)
{
	for (size_t i = 0; i < 11; i++)
		business_mail(s, QUEUE_ACTIVE,
			      rng_between(&s->worker.rng, 1, 40),
			      &piles[i].site);
	for (size_t i = 0; i < 5; i++)
		business_mail(s, QUEUE_INCOMING,
			      rng_between(&s->worker.rng, 0, 3),
			      &piles[2 * i].site);
	for (size_t i = 0; i < 6; i++)
		business_mail(s, QUEUE_HOLD,
			      rng_between(&s->worker.rng, 6 * HOUR, 3 * DAY),
			      &piles[i].site);
}

/* A message of which only a part has come in. */
static void
being_written(struct stage *s)
{
	struct mail m = scene_mail(s, QUEUE_INCOMING, 1, &partner);

	m.state = STATE_WRITING;
	m.sender = "newsletter@partner.example";
	scene_rcpt(s, &m, "info@example.com");
	scene_headers(s, &m, "Partner News", "Our new catalogue");
	m.body.filler = 5000;
	scene_post(s, &m);
}

static const struct {
	uid_t uid;
	const char *name, *sender, *rcpt, *subject, *text;
} submissions[] = {
	{ 0, "root", "root", "root", "Cron <root@relay> test -x /usr/sbin/x",
	  "/etc/cron.daily/logrotate:\nerror: skipping "
	  "\"/var/log/app.log\"\n" },
	{ 33, "www-data", "www-data", "webmaster@example.com",
	  "Contact form: please call me back", "Phone: 555 0147\n" },
	{ 34, "backup", "backup", "root", "backup of relay: FAILED (23)",
	  "rsync error: some files could not be transferred\n" },
	{ 1001, "Anna Keller", "anna.keller", "marc.dubois@example.com",
	  "from the console", "It works from here.\n" },
};

static void
local_submissions(struct stage *s)
{
	for (size_t i = 0; i < COUNT(submissions); i++) {
		struct mail m =
			scene_mail(s, QUEUE_MAILDROP, 2 + (long)i * 3, NULL);

		m.postdrop = true;
		m.uid = submissions[i].uid;
		m.full_name = submissions[i].name;
		m.sender = submissions[i].sender;
		scene_rcpt(s, &m, submissions[i].rcpt);
		m.subject = submissions[i].subject;
		scene_header(s, &m, "Subject: %s", m.subject);
		scene_header(s, &m, "To: %s", submissions[i].rcpt);
		m.body.text = submissions[i].text;
		scene_post(s, &m);
	}
	/* Put back by postsuper -r: as it was in the queue, log and all. */
	business_mail(s, QUEUE_MAILDROP, 2 * DAY, &piles[3].site);
}

void
monday(const struct spool *spool, FILE *manifest, time_t now, uint64_t seed)
{
	struct stage s = {
		.worker = {
			.spool = spool,
			.manifest = manifest,
			.now = now,
			.rng = rng_new(seed, 0),
		},
	};

	backlog(&s);
	shop_orders(&s);
	bounces(&s);
	monday_spam(&s);
	monday_lists(&s);
	traffic(&s);
	being_written(&s);
	local_submissions(&s);
	monday_odd(&s);
	worker_free(&s.worker);
}
