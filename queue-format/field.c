/*
 * field.c - what can be asked of a message by name.
 */
#include "field.h"

#include <string.h>

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

static const char *
recipient_address(const struct qf_message *m)
{
	const struct qf_recipient *first = first_recipient(m);

	return first == NULL ? NULL : first->address;
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
TEXT(get_rcpt, span(recipient_address(m)))
TEXT(get_rcpt_local, local_part(recipient_address(m)))
TEXT(get_rcpt_domain, domain(recipient_address(m)))
TEXT(get_client_name, span(m->origin.client_name))
TEXT(get_client_address, span(m->origin.client_address))
TEXT(get_helo, span(m->origin.helo))
TEXT(get_proto, span(m->origin.protocol))
TEXT(get_sasl_user, span(m->origin.sasl_user))
TEXT(get_full_name, span(m->origin.full_name))
TEXT(get_filter, span(m->origin.filter))
TEXT(get_encoding, span(m->origin.encoding))
TEXT(get_envelope_id, span(m->origin.envelope_id))
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

static struct qf_span
get_rcpt_orig(const struct qf_message *m)
{
	const struct qf_recipient *first = first_recipient(m);

	return span(first == NULL ? NULL : first->original);
}

static struct qf_span
get_reason(const struct qf_message *m)
{
	const struct qf_recipient *first = first_reason(m);

	return span(first == NULL ? NULL : first->reason);
}

static struct qf_span
get_reason_dsn(const struct qf_message *m)
{
	const struct qf_recipient *first = first_reason(m);

	return span(first == NULL ? NULL : first->dsn);
}

static struct qf_span
get_reason_host(const struct qf_message *m)
{
	const struct qf_recipient *first = first_reason(m);

	return span(first == NULL ? NULL : first->mta);
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

static const struct qf_field fields[] = {
#define TEXT_FIELD(name, part, get, meaning)                                   \
	{                                                                      \
		name, QF_FIELD_TEXT, part, meaning, .text = get                \
	}
#define NUMBER_FIELD(name, type, part, get, meaning)                           \
	{                                                                      \
		name, type, part, meaning, .number = get                       \
	}
	TEXT_FIELD("id", QF_PART_NAME, get_id, "queue id"),
	TEXT_FIELD("queue", QF_PART_NAME, get_queue,
		   "maildrop, active, incoming, deferred, hold or corrupt"),
	TEXT_FIELD("mark", QF_PART_INODE, get_mark,
		   "* active, ! hold, D deferred, I incoming, M maildrop; "
		   "# expired by hand"),
	TEXT_FIELD("instance", QF_PART_NAME, get_instance,
		   "Postfix instance, where there is more than one"),
	TEXT_FIELD("path", QF_PART_NAME, get_place,
		   "file of the message, below the queue directory"),
	NUMBER_FIELD("held", QF_FIELD_BOOLEAN, QF_PART_NAME, get_held,
		     "on hold"),
	NUMBER_FIELD("next", QF_FIELD_TIME, QF_PART_INODE, get_next,
		     "next delivery attempt, not before this"),
	NUMBER_FIELD("forced_expire", QF_FIELD_BOOLEAN, QF_PART_INODE,
		     get_forced_expire, "to be returned at the next attempt"),
	NUMBER_FIELD("size", QF_FIELD_SIZE, QF_PART_ENVELOPE, get_size,
		     "size as Postfix counts it"),
	NUMBER_FIELD("age", QF_FIELD_DURATION, QF_PART_ENVELOPE, get_age,
		     "time since arrival"),
	NUMBER_FIELD("arrival", QF_FIELD_TIME, QF_PART_ENVELOPE, get_arrival,
		     "when it came"),
	NUMBER_FIELD("created", QF_FIELD_TIME, QF_PART_ENVELOPE, get_created,
		     "when its clock of expiry was started"),
	NUMBER_FIELD("last", QF_FIELD_TIME, QF_PART_ENVELOPE, get_last,
		     "last delivery attempt, computed from the next"),
	NUMBER_FIELD("expires", QF_FIELD_TIME, QF_PART_ENVELOPE, get_expires,
		     "returned at the first attempt after this"),
	TEXT_FIELD("sender", QF_PART_ENVELOPE, get_sender,
		   "envelope sender; empty for bounces"),
	TEXT_FIELD("sender.local", QF_PART_ENVELOPE, get_sender_local,
		   "its part before the @"),
	TEXT_FIELD("sender.domain", QF_PART_ENVELOPE, get_sender_domain,
		   "its domain"),
	NUMBER_FIELD("bounce", QF_FIELD_BOOLEAN, QF_PART_ENVELOPE, get_bounce,
		     "has the null sender"),
	TEXT_FIELD("sasl_user", QF_PART_ENVELOPE, get_sasl_user,
		   "user who logged in to send it"),
	TEXT_FIELD("client.ip", QF_PART_ENVELOPE, get_client_address,
		   "address of the client that sent it"),
	TEXT_FIELD("client.name", QF_PART_ENVELOPE, get_client_name,
		   "name of that client"),
	TEXT_FIELD("helo", QF_PART_ENVELOPE, get_helo,
		   "name the client gave itself"),
	TEXT_FIELD("proto", QF_PART_ENVELOPE, get_proto,
		   "protocol it came by: SMTP, ESMTP, ..."),
	NUMBER_FIELD("local", QF_FIELD_BOOLEAN, QF_PART_ENVELOPE, get_local,
		     "submitted on this host"),
	TEXT_FIELD("full_name", QF_PART_ENVELOPE, get_full_name,
		   "name of a local submitter"),
	TEXT_FIELD("filter", QF_PART_ENVELOPE, get_filter,
		   "content filter it goes through"),
	TEXT_FIELD("encoding", QF_PART_ENVELOPE, get_encoding, "7bit or 8bit"),
	TEXT_FIELD("envelope_id", QF_PART_ENVELOPE, get_envelope_id,
		   "the sender's own id for reports (DSN)"),
	NUMBER_FIELD("smtputf8", QF_FIELD_BOOLEAN, QF_PART_ENVELOPE,
		     get_smtputf8, "needs SMTPUTF8"),
	NUMBER_FIELD("rcpt.count", QF_FIELD_NUMBER, QF_PART_REASONS, get_left,
		     "recipients left"),
	NUMBER_FIELD("rcpt.done", QF_FIELD_NUMBER, QF_PART_RECIPIENTS, get_done,
		     "recipients done"),
	TEXT_FIELD("rcpt", QF_PART_REASONS, get_rcpt, "first recipient left"),
	TEXT_FIELD("rcpt.local", QF_PART_REASONS, get_rcpt_local,
		   "its part before the @"),
	TEXT_FIELD("rcpt.domain", QF_PART_REASONS, get_rcpt_domain,
		   "its domain"),
	TEXT_FIELD("rcpt.orig", QF_PART_REASONS, get_rcpt_orig,
		   "what that recipient was at first"),
	TEXT_FIELD("reason", QF_PART_REASONS, get_reason,
		   "why it waits: the first reason in the log"),
	TEXT_FIELD("reason.dsn", QF_PART_REASONS, get_reason_dsn,
		   "its enhanced status code, like 4.4.1"),
	TEXT_FIELD("reason.host", QF_PART_REASONS, get_reason_host,
		   "the host that said so"),
	NUMBER_FIELD("broken", QF_FIELD_BOOLEAN, QF_PART_REASONS, get_broken,
		     "damaged"),
	TEXT_FIELD("fault", QF_PART_REASONS, get_fault, "what is damaged"),
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

#define MAX_NAME 24

/* Insertions, deletions and replacements between two short names. */
static size_t
distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
	size_t row[MAX_NAME + 1];

	for (size_t j = 0; j <= b_len; j++)
		row[j] = j;
	for (size_t i = 1; i <= a_len; i++) {
		size_t corner = row[0];

		row[0] = i;
		for (size_t j = 1; j <= b_len; j++) {
			size_t best = corner + (a[i - 1] != b[j - 1]);

			corner = row[j];
			if (row[j] + 1 < best)
				best = row[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			row[j] = best;
		}
	}
	return row[b_len];
}

const char *
qf_field_nearest(const char *name, size_t len)
{
	const char *nearest = NULL;
	size_t least = len < 5 ? 2 : 3; /* this far is another word */

	if (len > MAX_NAME)
		return NULL;
	for (const struct qf_field *f = fields; f->name != NULL; f++) {
		size_t far = distance(name, len, f->name, strlen(f->name));

		if (far < least) {
			least = far;
			nearest = f->name;
		}
	}
	return nearest;
}

unsigned
qf_field_parts(const struct qf_field *field)
{
	switch (field->part) {
	case QF_PART_NAME:
		return QF_PART_NAME;
	case QF_PART_INODE:
		return QF_PART_NAME | QF_PART_INODE;
	case QF_PART_ENVELOPE:
		return QF_PART_NAME | QF_PART_INODE | QF_PART_ENVELOPE;
	case QF_PART_RECIPIENTS:
		return QF_PART_NAME | QF_PART_INODE | QF_PART_ENVELOPE |
		       QF_PART_RECIPIENTS;
	case QF_PART_REASONS:
	case QF_PART_DONE:
		break;
	}
	return QF_PART_NAME | QF_PART_INODE | QF_PART_ENVELOPE |
	       QF_PART_RECIPIENTS | QF_PART_REASONS;
}
