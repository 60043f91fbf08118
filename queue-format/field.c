/*
 * field.c - what can be asked of a message by name.
 */
#include "field.h"

#include <string.h>

#include "nearest.h"

static struct qf_span
span(const char *text)
{
	return (struct qf_span){ text, text == NULL ? 0 : strlen(text) };
}

static struct qf_span
local_part(const char *address)
{
	const char *at = address == NULL ? NULL : strrchr(address, '@');

	if (at == NULL)
		return span(address);
	return (struct qf_span){ address, (size_t)(at - address) };
}

static struct qf_span
domain(const char *address)
{
	const char *at = address == NULL ? NULL : strrchr(address, '@');

	return span(at == NULL ? NULL : at + 1);
}

/* The listing's first recipient: of those left, else of those done. */
static const struct qf_recipient *
first_recipient(const struct qf_message *m)
{
	if (m->left_count > 0)
		return &m->left[0];
	return m->done_count > 0 ? &m->done[0] : NULL;
}

/* The first one that says why. */
static const struct qf_recipient *
first_reason(const struct qf_message *m)
{
	for (size_t i = 0; i < m->left_count; i++) {
		if (m->left[i].reason != NULL)
			return &m->left[i];
	}
	return NULL;
}

/* A field that is a string of the message, or a piece of one. */
#define TEXT(name, expression)                                                 \
	static struct qf_span name(const struct qf_message *m)                 \
	{                                                                      \
		return expression;                                             \
	}

TEXT(get_id, span(m->id))
TEXT(get_queue, span(qf_queue_name(m->queue)))
TEXT(get_instance, span(m->instance))
TEXT(get_place, span(m->place))
TEXT(get_sender, span(m->sender))
TEXT(get_sender_local, local_part(m->sender))
TEXT(get_sender_domain, domain(m->sender))
TEXT(get_client_name, span(m->origin.client_name))
TEXT(get_client_address, span(m->origin.client_address))
TEXT(get_helo, span(m->origin.helo))
TEXT(get_proto, span(m->origin.protocol))
TEXT(get_sasl_user, span(m->origin.sasl_user))
TEXT(get_full_name, span(m->origin.full_name))
TEXT(get_filter, span(m->origin.filter))
TEXT(get_encoding, span(m->origin.encoding))
TEXT(get_envelope_id, span(m->origin.envelope_id))
TEXT(get_hold_by, span(m->holder.by))
TEXT(get_hold_reason, span(m->holder.reason))
TEXT(get_fault, span(m->fault))

/* As mailq's marks, with a letter where those have none. */
static struct qf_span
get_mark(const struct qf_message *m)
{
	static const char *const marks[QF_QUEUE_COUNT][2] = {
		[QF_QUEUE_MAILDROP] = { "M", "M#" },
		[QF_QUEUE_ACTIVE] = { "*", "*#" },
		[QF_QUEUE_INCOMING] = { "I", "I#" },
		[QF_QUEUE_DEFERRED] = { "D", "D#" },
		[QF_QUEUE_HOLD] = { "!", "!#" },
		[QF_QUEUE_CORRUPT] = { "C", "C#" },
	};

	return span(marks[m->queue][m->forced_expire]);
}

/* A field of one recipient, and the message's first one of these. */
#define OF_RECIPIENT(name, first, expression)                                  \
	static struct qf_span name(const struct qf_recipient *r)               \
	{                                                                      \
		return expression;                                             \
	}                                                                      \
	static struct qf_span name##_first(const struct qf_message *m)         \
	{                                                                      \
		const struct qf_recipient *r = first(m);                       \
		return r == NULL ? (struct qf_span){ NULL, 0 } : name(r);      \
	}

/* A log may lack what its text tells nevertheless. */
static struct qf_span
dsn_of(const struct qf_recipient *r)
{
	if (r->dsn == NULL && r->reason != NULL)
		return qf_reason_dsn(r->reason);
	return span(r->dsn);
}

static struct qf_span
host_of(const struct qf_recipient *r)
{
	if (r->mta == NULL && r->reason != NULL)
		return qf_reason_host(r->reason);
	return span(r->mta);
}

OF_RECIPIENT(get_rcpt, first_recipient, span(r->address))
OF_RECIPIENT(get_rcpt_local, first_recipient, local_part(r->address))
OF_RECIPIENT(get_rcpt_domain, first_recipient, domain(r->address))
OF_RECIPIENT(get_rcpt_orig, first_recipient,
	     span(r->original == NULL ? r->address : r->original))
OF_RECIPIENT(get_rcpt_state, first_recipient,
	     span(qf_recipient_state_name(r->state)))
OF_RECIPIENT(get_reason, first_reason, span(r->reason))
OF_RECIPIENT(get_reason_dsn, first_reason, dsn_of(r))
OF_RECIPIENT(get_reason_host, first_reason, host_of(r))
OF_RECIPIENT(get_reason_class, first_reason,
	     span(qf_reason_class_name(r->reason_class)))

static bool
get_reason_code(const struct qf_recipient *r, int64_t *value)
{
	int code = r->reason == NULL ? 0 : qf_reason_code(r->reason);

	if (code == 0)
		return false;
	*value = code;
	return true;
}

static bool
get_reason_code_first(const struct qf_message *m, int64_t now, int64_t *value)
{
	const struct qf_recipient *first = first_reason(m);

	(void)now;
	return first != NULL && get_reason_code(first, value);
}

/* A field that is a number of the message; `known' says when it is one. */
#define NUMBER(name, known, expression)                                        \
	static bool name(const struct qf_message *m, int64_t now,              \
			 int64_t *value)                                       \
	{                                                                      \
		(void)now;                                                     \
		if (!(known))                                                  \
			return false;                                          \
		*value = (int64_t)(expression);                                \
		return true;                                                   \
	}

#define KNOWN(part) ((m->parts & (part)) != 0)

NUMBER(get_held, true, m->queue == QF_QUEUE_HOLD)
NUMBER(get_hold_since, m->holder.since > 0, m->holder.since)
NUMBER(get_next, m->next > 0, m->next)
/* Postfix's own listing has it without the rest of the file's state. */
NUMBER(get_forced_expire, KNOWN(QF_PART_INODE | QF_PART_ENVELOPE),
       m->forced_expire)
NUMBER(get_size, KNOWN(QF_PART_ENVELOPE), m->size)
NUMBER(get_arrival, m->arrival > 0, m->arrival)
NUMBER(get_age, m->arrival > 0, now - m->arrival)
NUMBER(get_created, m->created > 0, m->created)
NUMBER(get_last, m->last > 0, m->last)
NUMBER(get_expires, m->expires > 0, m->expires)
NUMBER(get_bounce, m->sender != NULL, m->sender[0] == '\0')
/* These are not in Postfix's own listing, which gives no inode either. */
NUMBER(get_local, KNOWN(QF_PART_ENVELOPE) && KNOWN(QF_PART_INODE),
       m->origin.local)
NUMBER(get_smtputf8, KNOWN(QF_PART_ENVELOPE) && KNOWN(QF_PART_INODE),
       m->origin.smtputf8)
NUMBER(get_left, KNOWN(QF_PART_RECIPIENTS), m->left_count)
NUMBER(get_done, KNOWN(QF_PART_DONE), m->done_count)
NUMBER(get_broken, m->fault != NULL || KNOWN(QF_PART_INODE), m->fault != NULL)

static const char *const queues[] = { "maildrop", "active", "incoming",
				      "deferred", "hold",   "corrupt",
				      NULL };
static const char *const states[] = { "waiting", "deferred", "bounced", "done",
				      NULL };
static const char *const classes[] = {
	"dns",	    "connect",	 "refused",    "timeout",      "tls",
	"greylist", "ratelimit", "reputation", "mailbox-full", "no-such-user",
	"policy",   "content",	 "loop",       "local-config", "suspended",
	"other",    NULL,
};

#define TEXT_OF(get)	  QF_FIELD_TEXT, .text = get
#define NUMBER_OF(t, get) QF_FIELD_##t, .number = get
#define RCPT_OF(get)	  QF_FIELD_TEXT, .text = get##_first, .rcpt_text = get

static const struct qf_field fields[] = {
	{ "id", TEXT_OF(get_id), .part = QF_PART_NAME, .form = QF_FORM_EXACT,
	  .meaning = "queue id", .example = "id = 4F2*" },
	{ "queue", TEXT_OF(get_queue), .part = QF_PART_NAME, .values = queues,
	  .meaning = "maildrop, active, incoming, deferred, hold or corrupt",
	  .example = "queue = deferred" },
	{ "instance", TEXT_OF(get_instance), .part = QF_PART_NAME,
	  .meaning = "Postfix instance, where there is more than one",
	  .example = "instance = out" },
	{ "path", TEXT_OF(get_place), .part = QF_PART_NAME,
	  .form = QF_FORM_EXACT, .spool_only = true,
	  .meaning = "file of the message, below the queue directory",
	  .example = "path = deferred/4/*" },
	{ "held", NUMBER_OF(BOOLEAN, get_held), .part = QF_PART_NAME,
	  .meaning = "on hold", .example = "not held" },
	{ "hold.by", TEXT_OF(get_hold_by), .part = QF_PART_HOLDER,
	  .spool_only = true,
	  .meaning = "who put it on hold, as far as mqadm did it",
	  .example = "hold.by = alice" },
	{ "hold.reason", TEXT_OF(get_hold_reason), .part = QF_PART_HOLDER,
	  .spool_only = true, .meaning = "why, as was said then",
	  .example = "hold.reason = *abuse*" },
	{ "hold.since", NUMBER_OF(TIME, get_hold_since), .part = QF_PART_HOLDER,
	  .spool_only = true, .meaning = "when",
	  .example = "hold.since < -1d" },
	{ "mark", TEXT_OF(get_mark), .part = QF_PART_INODE,
	  .form = QF_FORM_EXACT,
	  .meaning = "* active, ! hold, D deferred, I incoming, M maildrop; # "
		     "expired by hand",
	  .example = "mark = *#" },
	{ "next", NUMBER_OF(TIME, get_next), .part = QF_PART_INODE,
	  .spool_only = true,
	  .meaning = "next delivery attempt, not before this",
	  .example = "next < 10m" },
	{ "forced_expire", NUMBER_OF(BOOLEAN, get_forced_expire),
	  .part = QF_PART_INODE,
	  .meaning = "to be returned at the next attempt",
	  .example = "forced_expire" },
	{ "size", NUMBER_OF(SIZE, get_size), .part = QF_PART_ENVELOPE,
	  .meaning = "size as Postfix counts it", .example = "size > 5M" },
	{ "age", NUMBER_OF(DURATION, get_age), .part = QF_PART_ENVELOPE,
	  .meaning = "time since arrival", .example = "age > 2d" },
	{ "arrival", NUMBER_OF(TIME, get_arrival), .part = QF_PART_ENVELOPE,
	  .meaning = "when it came",
	  .example = "arrival < \"2026-11-20 10:00\"" },
	{ "created", NUMBER_OF(TIME, get_created), .part = QF_PART_ENVELOPE,
	  .spool_only = true, .meaning = "when its clock of expiry was started",
	  .example = "created < -4d" },
	{ "last", NUMBER_OF(TIME, get_last), .part = QF_PART_ENVELOPE,
	  .spool_only = true,
	  .meaning = "last delivery attempt, computed from the next",
	  .example = "last < -1h" },
	{ "expires", NUMBER_OF(TIME, get_expires), .part = QF_PART_ENVELOPE,
	  .spool_only = true,
	  .meaning = "returned at the first attempt after this",
	  .example = "expires < 12h" },
	{ "sender", TEXT_OF(get_sender), .part = QF_PART_ENVELOPE,
	  .form = QF_FORM_ADDRESS,
	  .meaning = "envelope sender; empty for bounces",
	  .example = "sender = *@example.org" },
	{ "sender.local", TEXT_OF(get_sender_local), .part = QF_PART_ENVELOPE,
	  .meaning = "its part before the @",
	  .example = "sender.local = www-data" },
	{ "sender.domain", TEXT_OF(get_sender_domain), .part = QF_PART_ENVELOPE,
	  .form = QF_FORM_DOMAIN, .meaning = "its domain",
	  .example = "sender.domain = .example.org" },
	{ "bounce", NUMBER_OF(BOOLEAN, get_bounce), .part = QF_PART_ENVELOPE,
	  .meaning = "has the null sender", .example = "bounce and age > 1h" },
	{ "sasl_user", TEXT_OF(get_sasl_user), .part = QF_PART_ENVELOPE,
	  .spool_only = true, .meaning = "user who logged in to send it",
	  .example = "sasl_user = tony" },
	{ "client.ip", TEXT_OF(get_client_address), .part = QF_PART_ENVELOPE,
	  .form = QF_FORM_IP, .spool_only = true,
	  .meaning = "address of the client that sent it",
	  .example = "client.ip in 192.0.2.0/24" },
	{ "client.name", TEXT_OF(get_client_name), .part = QF_PART_ENVELOPE,
	  .form = QF_FORM_DOMAIN, .spool_only = true,
	  .meaning = "name of that client",
	  .example = "client.name = .example.net" },
	{ "helo", TEXT_OF(get_helo), .part = QF_PART_ENVELOPE,
	  .form = QF_FORM_DOMAIN, .spool_only = true,
	  .meaning = "name the client gave itself",
	  .example = "helo = localhost" },
	{ "proto", TEXT_OF(get_proto), .part = QF_PART_ENVELOPE,
	  .spool_only = true,
	  .meaning = "protocol it came by: SMTP, ESMTP, ...",
	  .example = "proto = ESMTPSA" },
	{ "local", NUMBER_OF(BOOLEAN, get_local), .part = QF_PART_ENVELOPE,
	  .spool_only = true, .meaning = "submitted on this host",
	  .example = "local and size > 1M" },
	{ "origin_user", TEXT_OF(get_full_name), .part = QF_PART_ENVELOPE,
	  .spool_only = true, .meaning = "name of a local submitter",
	  .example = "origin_user = \"Cron Daemon\"" },
	{ "filter", TEXT_OF(get_filter), .part = QF_PART_RECIPIENTS,
	  .spool_only = true, .meaning = "content filter it goes through",
	  .example = "filter = smtp:*" },
	{ "encoding", TEXT_OF(get_encoding), .part = QF_PART_RECIPIENTS,
	  .spool_only = true, .meaning = "7bit or 8bit",
	  .example = "encoding = 8bit" },
	{ "envelope_id", TEXT_OF(get_envelope_id), .part = QF_PART_ENVELOPE,
	  .spool_only = true,
	  .meaning = "the sender's own id for reports (DSN)",
	  .example = "envelope_id = QQ314159" },
	{ "smtputf8", NUMBER_OF(BOOLEAN, get_smtputf8),
	  .part = QF_PART_ENVELOPE, .spool_only = true,
	  .meaning = "needs SMTPUTF8", .example = "smtputf8" },
	{ "rcpt.count", NUMBER_OF(NUMBER, get_left), .part = QF_PART_REASONS,
	  .meaning = "recipients left", .example = "rcpt.count > 50" },
	{ "rcpt.done", NUMBER_OF(NUMBER, get_done), .part = QF_PART_RECIPIENTS,
	  .spool_only = true, .meaning = "recipients done",
	  .example = "rcpt.done > 0" },
	{ "rcpt", RCPT_OF(get_rcpt), .part = QF_PART_REASONS,
	  .form = QF_FORM_ADDRESS,
	  .meaning = "recipient left, the first one in a column",
	  .example = "rcpt = *@example.net" },
	{ "rcpt.local", RCPT_OF(get_rcpt_local), .part = QF_PART_REASONS,
	  .meaning = "its part before the @", .example = "rcpt.local = info" },
	{ "rcpt.domain", RCPT_OF(get_rcpt_domain), .part = QF_PART_REASONS,
	  .form = QF_FORM_DOMAIN, .meaning = "its domain",
	  .example = "all(rcpt.domain = .example.net)" },
	{ "rcpt.orig", RCPT_OF(get_rcpt_orig), .part = QF_PART_REASONS,
	  .form = QF_FORM_ADDRESS, .spool_only = true,
	  .meaning = "what that recipient was at first",
	  .example = "rcpt.orig = staff@*" },
	{ "rcpt.state", RCPT_OF(get_rcpt_state), .part = QF_PART_REASONS,
	  .values = states, .meaning = "waiting, deferred, bounced or done",
	  .example = "rcpt.state = done" },
	{ "reason", RCPT_OF(get_reason), .part = QF_PART_REASONS,
	  .meaning = "why it waits: the first reason in the log",
	  .example = "reason ~ \"timed? ?out\"" },
	{ "reason.dsn", RCPT_OF(get_reason_dsn), .part = QF_PART_REASONS,
	  .spool_only = true, .meaning = "its enhanced status code, like 4.4.1",
	  .example = "reason.dsn = 4.7.*" },
	{ "reason.code", QF_FIELD_NUMBER, .number = get_reason_code_first,
	  .rcpt_number = get_reason_code, .part = QF_PART_REASONS,
	  .meaning = "its SMTP code, like 450",
	  .example = "reason.code >= 500" },
	{ "reason.host", RCPT_OF(get_reason_host), .part = QF_PART_REASONS,
	  .form = QF_FORM_DOMAIN,
	  .meaning = "the host that said so, or was not reached",
	  .example = "reason.host = .google.com" },
	{ "reason.class", RCPT_OF(get_reason_class), .part = QF_PART_CLASSES,
	  .values = classes,
	  .meaning = "what it means: dns, connect, refused, ...",
	  .example = "reason.class in (dns, timeout)" },
	{ "broken", NUMBER_OF(BOOLEAN, get_broken), .part = QF_PART_REASONS,
	  .spool_only = true, .meaning = "damaged", .example = "broken" },
	{ "fault", TEXT_OF(get_fault), .part = QF_PART_REASONS,
	  .spool_only = true, .meaning = "what is damaged",
	  .example = "fault ~ \"ends inside\"" },
	{ .name = NULL },
};

const struct qf_field *
qf_fields(void)
{
	return fields;
}

const struct qf_field *
qf_field_by_name(const char *name, size_t len)
{
	for (const struct qf_field *f = fields; f->name != NULL; f++) {
		if (strlen(f->name) == len && memcmp(f->name, name, len) == 0)
			return f;
	}
	return NULL;
}

/* What people call them elsewhere. */
static const struct {
	const char *other;
	const char *name;
} synonyms[] = {
	{ "from", "sender" },
	{ "to", "rcpt" },
	{ "recipient", "rcpt" },
	{ "recipients", "rcpt.count" },
	{ "domain", "rcpt.domain" },
	{ "user", "sasl_user" },
	{ "sasl_username", "sasl_user" },
	{ "ip", "client.ip" },
	{ "client", "client.ip" },
	{ "client_address", "client.ip" },
	{ "class", "reason.class" },
	{ "dsn", "reason.dsn" },
	{ "error", "reason" },
	{ "state", "rcpt.state" },
	{ "full_name", "origin_user" },
	{ "queue_id", "id" },
	{ "queue_name", "queue" },
	{ "message_size", "size" },
	{ "arrival_time", "arrival" },
	{ "delay_reason", "reason" },
	{ "expire", "forced_expire" },
	{ "hold", "held" },
	{ "held.by", "hold.by" },
	{ "held_by", "hold.by" },
	{ "holder", "hold.by" },
	{ "held.since", "hold.since" },
	{ "held.reason", "hold.reason" },
};

const char *
qf_field_nearest(const char *name, size_t len)
{
	struct qf_nearest search = { .name = name, .len = len };

	for (size_t i = 0; i < sizeof(synonyms) / sizeof(synonyms[0]); i++) {
		if (strlen(synonyms[i].other) == len &&
		    memcmp(synonyms[i].other, name, len) == 0)
			return synonyms[i].name;
	}
	for (const struct qf_field *f = fields; f->name != NULL; f++)
		qf_nearest_offer(&search, f->name);
	return search.best;
}

unsigned
qf_field_parts(const struct qf_field *field)
{
	switch (field->part) {
	case QF_PART_NAME:
		return QF_PART_NAME;
	case QF_PART_HOLDER:
		/* What that takes is for the filter to say, by message. */
		return QF_PART_NAME | QF_PART_HOLDER;
	case QF_PART_INODE:
	case QF_PART_BIRTH:
		return QF_PART_NAME | QF_PART_INODE | field->part;
	case QF_PART_ENVELOPE:
		return QF_PART_NAME | QF_PART_INODE | QF_PART_ENVELOPE;
	case QF_PART_RECIPIENTS:
		return QF_PART_NAME | QF_PART_INODE | QF_PART_ENVELOPE |
		       QF_PART_RECIPIENTS;
	case QF_PART_REASONS:
	case QF_PART_DONE:
	case QF_PART_CLASSES:
		break;
	}
	return QF_PART_NAME | QF_PART_INODE | QF_PART_ENVELOPE |
	       QF_PART_RECIPIENTS | QF_PART_REASONS | field->part;
}
