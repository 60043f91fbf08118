/*
 * query.h - questions about messages: the selection language.
 *
 *     queue = deferred and sender = *@example.org and age > 2d
 *
 * An expression is parsed once and asked of any number of messages, by any
 * number of threads.  It knows which parts of the spool each of its terms
 * needs, and decides with the cheapest ones where it can.
 * mailq-tools-selection(7) has the language.
 */
#ifndef QF_QUERY_H
#define QF_QUERY_H

#include "queue-format/buffer.h"
#include "queue-format/field.h"
#include "queue-format/filter.h"

/* Opaque. */
struct qf_query;

struct qf_query_options {
	int64_t now;   /* what ages and relative times are counted from */
	bool utc;      /* times are in UTC, and not in the local time zone */
	bool comments; /* what stands behind a # in its line is one */
	/*
	 * The text behind @NAME, which lives as long as the query; NULL: there
	 * is no such selection.  May be NULL itself.
	 */
	const char *(*named)(void *context, const char *name, size_t len);
	void *context;
};

/* What is wrong with an expression, and where. */
struct qf_query_mistake {
	char text[300];		/* in the manner of struct qf_error */
	const char *expression; /* the given one, or that of a name */
	size_t offset;		/* bytes into it */
	size_t len;		/* of what is wrong; 0 at its end */
	char name[64];		/* of the selection; "": the given one */
};

/*
 * QF_OK       *query is yours to free; it borrows `text'
 * QF_INVALID  *mistake says what and where
 * QF_SYSTEM   out of memory; mistake->text says so
 */
enum qf_status
qf_query_parse(const char *text, const struct qf_query_options *options,
	       struct qf_query **query, struct qf_query_mistake *mistake);
void qf_query_free(struct qf_query *query); /* NULL is allowed */

/*
 * One query of two that both have to hold; it owns them.  NULL when out of
 * memory: they are then as before.
 */
struct qf_query *qf_query_both(struct qf_query *one, struct qf_query *other);

/* QF_UNDECIDED as long as it takes parts that are not known yet. */
enum qf_verdict
qf_query_test(struct qf_query *query, const struct qf_message *message);

/* Let a listing ask the query, as early as each message can be decided. */
void qf_query_filter(struct qf_query *query, struct qf_filter *filter);

/* All parts that the query may have to know. */
unsigned qf_query_parts(const struct qf_query *query);

/*
 * Of these queues (QF_QUEUE_BIT()s), those in which a message may be that
 * fulfils it; the others need not be listed.  0 stands for all that a
 * listing has, and the corrupt queue where the query names it.
 */
unsigned qf_query_queues(struct qf_query *query, unsigned among);

/* A field that Postfix's own listing does not tell; NULL: there is none. */
const struct qf_field *qf_query_spool_only(const struct qf_query *query);

/* Messages that were dropped, and that somebody may miss. */
struct qf_query_report {
	/*
	 * A regular expression took too long or too much memory on them.  The
	 * first of them is told in `first'.
	 */
	uint64_t undecided;
	struct qf_error first;
	uint64_t damaged; /* what could be read of them does not fulfil it */
};

void qf_query_report(struct qf_query *query, struct qf_query_report *report);

/*
 * The terms, in the order in which they are looked at: what needs less comes
 * first.  A quantifier is one term.  `text' is borrowed from the expression.
 */
struct qf_query_term {
	struct qf_span text;
	enum qf_part part;	      /* that it waits for */
	const struct qf_field *field; /* NULL: a quantifier */
};

size_t qf_query_term_count(const struct qf_query *query);
void qf_query_term(const struct qf_query *query, size_t index,
		   struct qf_query_term *term);

/*
 * Of a term about recipients *witness becomes the one who decided it: for
 * whom it holds, or who breaks it; NULL: nobody did.
 */
enum qf_verdict qf_query_term_test(struct qf_query *query, size_t index,
				   const struct qf_message *message,
				   const struct qf_recipient **witness);

/*
 * Read a duration such as 90m or 1h30m, as the language has it, for what is
 * given elsewhere.  False: it is none.
 */
bool qf_query_duration(const char *text, int64_t *seconds);

/*
 * Append a value so that an expression takes it for just these bytes: quoted
 * where it must be, without globs.
 */
void qf_query_quote(struct qf_buffer *out, const char *value, size_t len);

#endif
