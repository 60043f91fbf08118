/*
 * reason.c - why mail is not delivered.
 *
 * The frames ("host ... said:") are Postfix's, since programs look for them;
 * what the servers say is invented.
 */
#include "reason.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>

#include "text.h"

#define RCPT "RCPT TO"
#define DATA "end of DATA"

const struct reason reasons[] = {
	{ "timeout", "4.4.1", REASON_OURS,
	  "connect to %h[%i]:25: Connection timed out", NULL },
	{ "refused", "4.4.1", REASON_OURS,
	  "connect to %h[%i]:25: Connection refused", NULL },
	{ "dns", "4.4.3", REASON_OURS,
	  "Host or domain name not found. Name service error for name=%d "
	  "type=MX: Host not found, try again",
	  NULL },
	{ "greylist", "4.2.0", REASON_SAID,
	  "450 4.2.0 <%r>: Recipient address rejected: Greylisted, please "
	  "come back in 300 seconds",
	  RCPT },
	{ "ratelimit", "4.7.28", REASON_SAID,
	  "421-4.7.28 Our system has seen an unusual rate of mail from your "
	  "address [192.0.2.1      18]. 421-4.7.28 To protect our users, it "
	  "is let in slowly. See 421 4.7.28 "
	  "https://help.example.net/senders/rate 5a478bee46e88si31 - mx1",
	  DATA },
	{ "reputation", "4.7.1", REASON_SAID,
	  "450 4.7.1 Service unavailable; client [192.0.2.1] is listed at "
	  "bl.example.org; see https://bl.example.org/why?192.0.2.1",
	  RCPT },
	{ "mailbox_full", "4.2.2", REASON_SAID,
	  "452 4.2.2 The mailbox <%r> has no room left, tell its owner to "
	  "tidy up",
	  RCPT },
	{ "suspended", "4.4.1", REASON_OURS,
	  "delivery temporarily suspended: connect to %h[%i]:25: Connection "
	  "timed out",
	  NULL },
	{ "tls", "4.7.4", REASON_OURS,
	  "TLS is required, but was not offered by host %h[%i]", NULL },
	{ "local_loop", "4.4.6", REASON_OURS,
	  "mail for %d loops back to myself", NULL },
	{ "greylist", "4.7.1", REASON_SAID,
	  "451 4.7.1 Greylisting in force, try again in 00:04:59", RCPT },
	{ "ratelimit", "4.7.0", REASON_REFUSED,
	  "421 4.7.0 %h too many connections from 192.0.2.1, try later", NULL },
	{ "reputation", "4.7.0", REASON_REFUSED,
	  "421 4.7.0 [TS04] Mail from 192.0.2.1 is put off: users complain - "
	  "4.16.55.1; see https://postmaster.example.net/codes/ts04",
	  NULL },
	{ "server", "4.3.2", REASON_SAID,
	  "451 4.3.2 Maintenance under way, the system takes no mail now",
	  "MAIL FROM" },
	{ "timeout", "4.4.2", REASON_OURS,
	  "conversation with %h[%i] timed out while receiving the initial "
	  "server greeting",
	  NULL },
	{ "lost", "4.4.2", REASON_OURS,
	  "lost connection with %h[%i] while sending RCPT TO", NULL },
	{ "dns", "4.4.3", REASON_OURS,
	  "Host or domain name not found. Name service error for name=%h "
	  "type=A: Host not found, try again",
	  NULL },
	{ "tls", "4.7.5", REASON_OURS, "Cannot start TLS: handshake failure",
	  NULL },
	{ "tls", "4.7.5", REASON_OURS, "Server certificate not trusted", NULL },
	{ "suspended", "4.4.1", REASON_OURS,
	  "delivery temporarily suspended: connect to %h[%i]:25: Connection "
	  "refused",
	  NULL },
	{ "policy", "4.7.25", REASON_SAID,
	  "450 4.7.25 Client host rejected: no host name for [192.0.2.1]",
	  RCPT },
	{ "server", "4.3.1", REASON_SAID, "452 4.3.1 The disk is full, sorry",
	  "MAIL FROM" },
	{ "policy", "4.1.8", REASON_SAID,
	  "450 4.1.8 <%s>: Sender address rejected: Domain not found", RCPT },
	{ "unreachable", "4.4.1", REASON_OURS,
	  "connect to %h[2001:db8:25::19]:25: Network is unreachable", NULL },
	{ "ratelimit", "4.5.3", REASON_SAID,
	  "452 4.5.3 <%r>: enough recipients from you for this hour", RCPT },
	{ "content", "4.7.1", REASON_SAID,
	  "451 4.7.1 The virus scanner does not answer, try again later",
	  DATA },
	{ "timeout", "4.4.2", REASON_OURS,
	  "conversation with %h[%i] timed out while sending end of data -- "
	  "message may be sent more than once",
	  NULL },
	{ "mailbox_full", "4.2.2", REASON_SAID,
	  "452-4.2.2 The recipient is out of storage space. 452 4.2.2 "
	  "https://help.example.net/full w7si901 - mx2",
	  RCPT },
	{ "reputation", "4.7.500", REASON_SAID,
	  "451 4.7.500 Server busy. Please try again later from [192.0.2.1]. "
	  "(S77719) [PX1EUR01]",
	  DATA },
	{ "unreachable", "4.4.1", REASON_OURS,
	  "connect to %h[%i]:25: No route to host", NULL },
};

const size_t reason_count = sizeof(reasons) / sizeof(reasons[0]);

const struct reason final_reasons[] = {
	{ "no_user", "5.1.1", REASON_SAID,
	  "550 5.1.1 <%r>: Recipient address rejected: no such user here",
	  RCPT },
	{ "no_domain", "5.4.4", REASON_OURS,
	  "Host or domain name not found. Name service error for name=%d "
	  "type=AAAA: Host not found",
	  NULL },
	{ "spam", "5.7.1", REASON_SAID,
	  "554 5.7.1 This looks like spam, and we do not want it", DATA },
	{ "mailbox_full", "5.2.2", REASON_SAID,
	  "552 5.2.2 <%r>: quota exceeded for too long", RCPT },
};

const size_t final_reason_count =
	sizeof(final_reasons) / sizeof(final_reasons[0]);

const struct reason *
reason_by_name(const char *name, unsigned variant)
{
	const struct reason *found = NULL;

	for (size_t i = 0; i < reason_count; i++) {
		if (strcmp(reasons[i].name, name) != 0)
			continue;
		found = &reasons[i];
		if (variant-- == 0)
			break;
	}
	assert(found != NULL);
	return found;
}

static const char *
value_of(struct arena *a, char letter, const struct talk *talk)
{
	switch (letter) {
	case 'd':
		return text_domain(talk->rcpt);
	case 'h':
		return talk->host;
	case 'i':
		return talk->ip;
	case 'r':
		return text_address(a, talk->rcpt);
	}
	assert(letter == 's');
	return text_address(a, talk->sender);
}

/* Copy the text, or only count its length when `out' is NULL. */
static size_t
expand(struct arena *a, char *out, const char *text, const struct talk *talk)
{
	size_t len = 0;

	for (; *text != '\0'; text++) {
		const char *value = text;
		size_t value_len = 1;

		if (*text == '%') {
			value = value_of(a, *++text, talk);
			value_len = strlen(value);
		}
		if (out != NULL)
			memcpy(out + len, value, value_len);
		len += value_len;
	}
	return len;
}

struct failure *
reason_failure(struct arena *a, const struct reason *r, const struct talk *talk)
{
	struct failure *f = arena_alloc(a, sizeof(*f));
	char *text = arena_alloc(a, expand(a, NULL, r->text, talk) + 1);

	expand(a, text, r->text, talk);
	f->status = r->status;
	switch (r->kind) {
	case REASON_OURS:
		f->text = text;
		return f;
	case REASON_SAID:
		f->text = arena_printf(
			a, "host %s[%s] said: %s (in reply to %s command)",
			talk->host, talk->ip, text, r->command);
		break;
	case REASON_REFUSED:
		f->text =
			arena_printf(a, "host %s[%s] refused to talk to me: %s",
				     talk->host, talk->ip, text);
		break;
	}
	f->reply = text;
	f->host = talk->host;
	return f;
}
