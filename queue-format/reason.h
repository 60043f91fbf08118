/*
 * reason.h - why a message waits: the texts of servers and of Postfix,
 * understood.
 *
 * Knows bytes and nothing of messages.  A text says in the words of whoever
 * wrote the server what is wrong; this sorts it into a few classes that each
 * lead to something else to do, and makes texts that differ only in names
 * and numbers equal.
 */
#ifndef QF_REASON_H
#define QF_REASON_H

#include <stdbool.h>
#include <stddef.h>

#include "buffer.h"
#include "span.h"

/*
 * The class is the cause that an administrator can act on; of a text that
 * wraps another one ("delivery temporarily suspended: ...") it is the inner
 * one's.
 */
enum qf_reason_class {
	QF_REASON_NONE,	   /* there is no reason */
	QF_REASON_DNS,	   /* a name could not be looked up */
	QF_REASON_CONNECT, /* no way to the host, or it broke */
	QF_REASON_REFUSED, /* it is there, but takes no mail now */
	QF_REASON_TIMEOUT,
	QF_REASON_TLS,
	QF_REASON_GREYLIST,   /* passes by itself */
	QF_REASON_RATELIMIT,  /* too much from us */
	QF_REASON_REPUTATION, /* what they think of our host or address */
	QF_REASON_MAILBOX_FULL,
	QF_REASON_NO_SUCH_USER, /* unknown or disabled */
	QF_REASON_POLICY,	/* a rule about who or how: SPF, relaying */
	QF_REASON_CONTENT,	/* this message was judged: spam, virus */
	QF_REASON_LOOP,
	QF_REASON_LOCAL_CONFIG, /* trouble on this host */
	QF_REASON_SUSPENDED,	/* our Postfix does not try, cause not told */
	QF_REASON_OTHER,
	QF_REASON_CLASS_COUNT
};

/* "no-such-user"; NULL for QF_REASON_NONE. */
const char *qf_reason_class_name(enum qf_reason_class reason_class);

/* False: there is no class of that name. */
bool qf_reason_class_by_name(const char *name, size_t len,
			     enum qf_reason_class *reason_class);

/* One line: what to do about it.  NULL for QF_REASON_NONE. */
const char *qf_reason_hint(enum qf_reason_class reason_class);

/*
 * What finds phrases in a text.  Made once and used by any number of threads.
 * NULL when out of memory.
 */
struct qf_reason_table *qf_reason_table_new(void);
void qf_reason_table_free(struct qf_reason_table *table);

/*
 * The class of `text', as it stands in a log of Postfix or in its listing.
 * `dsn' is the enhanced status code (RFC 3463) that was logged with it, or
 * NULL.  The text's own words count first, then its codes, as far as they can
 * be meant when it was said; where they tell nothing sure it is "other".
 */
enum qf_reason_class qf_reason_classify(const struct qf_reason_table *table,
					const char *text, const char *dsn);

/*
 * The host that the text speaks of: who said it, or who could not be
 * reached.  Only the name, or the address where there is no name.  Like
 * what qf_reason_dsn() gives it is a piece of the text.
 */
struct qf_span qf_reason_host(const char *text);

/* The SMTP code of the reply in the text, 200 to 599; 0: there is none. */
int qf_reason_code(const char *text);

/* The enhanced status code in the reply, like 4.7.1. */
struct qf_span qf_reason_dsn(const char *text);

/*
 * Append the text with everything replaced that differs between two messages
 * with the same trouble: addresses become <address>, hosts <host>, IP
 * addresses <ip>, queue ids and other long ids <id>, times <time>, other
 * numbers <n>; codes of SMTP and RFC 3463 stay.  Equal for equal troubles,
 * and short enough to read.
 */
void qf_reason_normalise(struct qf_buffer *out, const char *text);

#endif
