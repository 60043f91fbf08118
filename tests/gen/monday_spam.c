/*
 * monday_spam.c - a mailbox was broken into: tony's password is known.
 *
 * 120 messages within an hour, all from one address far away, to recipients
 * that somebody has made up or bought.
 */
#include "scene.h"

#define SPAM_COUNT 120

static const struct site targets[] = {
	{ "bigmail.example", "mx1.bigmail.example", "198.51.100.10",
	  "ratelimit" },
	{ "freemail.example", "mx.freemail.example", "198.51.100.20",
	  "reputation" },
	{ "webbox.example", "mx4.webbox.example", "198.51.100.40", "greylist" },
	{ "bigmail.example", "mx2.bigmail.example", "198.51.100.11",
	  "mailbox_full" },
	{ "kiosk.example", "mail.kiosk.example", "198.51.100.50", "timeout" },
	{ "nosuch.example", "mx.nosuch.example", "198.51.100.60", "dns" },
};

static const char *const baits[] = {
	"Your parcel could not be delivered", "RE: outstanding payment",
	"You have (3) new voice messages",    "Account will be closed today!!",
	"💰 Your winnings are waiting 💰",      "Ihre Rechnung ist überfällig",
};

static const char *const syllables[] = {
	"ka", "mo", "ri", "ta",	 "ne",	"lu",
	"so", "vi", "da", "bel", "mar", "jo",
};

static const char *
made_up_address(struct worker *w, const struct site *site)
{
	const char *const *part = syllables;

	return arena_printf(&w->arena, "%s%s%s%ld@%s",
			    part[rng_below(&w->rng, COUNT(syllables))],
			    part[rng_below(&w->rng, COUNT(syllables))],
			    part[rng_below(&w->rng, COUNT(syllables))],
			    rng_between(&w->rng, 1, 2005), site->domain);
}

/* The latest ones are still under way, and a few were stopped by hand. */
static enum queue
where(unsigned n)
{
	if (n < 3)
		return QUEUE_INCOMING;
	if (n < 15)
		return QUEUE_ACTIVE;
	if (n % 29 == 0)
		return QUEUE_HOLD;
	return QUEUE_DEFERRED;
}

static void
spam(struct stage *s, unsigned n)
{
	struct client thief = scene_login("tony", "unknown", "203.0.113.66");
	struct worker *w = &s->worker;
	struct mail m;
	unsigned rcpts;

	thief.helo = "WIN-7K2R9";
	thief.sasl_method = "LOGIN";
	m = scene_mail(s, where(n), 2 + n * 29L + rng_between(&w->rng, 0, 20),
		       &thief);
	m.sender = n % 7 == 0 ? "service@parcels.example" : "tony@example.com";
	rcpts = 2 + rng_below(&w->rng, 6);
	for (unsigned i = 0; i < rcpts; i++) {
		const struct site *site =
			&targets[rng_skewed(&w->rng, COUNT(targets))];
		struct rcpt *r = scene_rcpt(s, &m, made_up_address(w, site));

		if (m.attempt != 0)
			scene_fail(s, &m, r, site, 0);
	}
	scene_headers(s, &m, n % 7 == 0 ? "Parcel Service" : "Tony",
		      baits[rng_below(&w->rng, COUNT(baits))]);
	scene_header(s, &m, "MIME-Version: 1.0");
	scene_header(s, &m, "Content-Type: text/html; charset=utf-8");
	scene_header(s, &m, "X-Mailer: MassBlaster 2.1");
	scene_header(s, &m, "X-Priority: 1");
	m.body.text = "<p>Dear customer,</p>\n"
		      "<p>click <a href=\"http://203.0.113.66/x\">here</a> "
		      "and enter your password.</p>\n";
	scene_post(s, &m);
}

void
monday_spam(struct stage *s)
{
	for (unsigned n = 0; n < SPAM_COUNT; n++)
		spam(s, n);
}
