/*
 * group.h - messages counted by what they have in common.
 *
 * Takes messages one by one and keeps a row for each distinct value of a
 * field, or for each combination of values of several.  What is held in
 * memory grows with the rows, and not with the messages.
 *
 * A field of recipients has the values of those that are left: the message
 * counts once in the row of each value, and there only with the recipients
 * that have it.  Texts are one value where `=' of the selection language
 * takes them for equal; reasons are normalised.  Numbers are put into ranges,
 * times into hours, so that any field groups.
 */
#ifndef QF_GROUP_H
#define QF_GROUP_H

#include "field.h"
#include "message.h"

#define QF_GROUP_FIELDS 4

/*
 * What the messages of a row have.  Of a text, `text' has a NUL behind it; of
 * a number, it is from <= number < to, where INT64_MIN and INT64_MAX stand
 * for no end.
 */
struct qf_group_value {
	bool known; /* false: they have none */
	struct qf_span text;
	int64_t from;
	int64_t to;
};

/* Times are seconds since 1970; 0: none is known. */
struct qf_group_row {
	const struct qf_group_value *values; /* NULL in a sum */
	uint64_t messages;
	uint64_t recipients; /* left, and with that value */
	int64_t bytes;	     /* of the whole messages */
	int64_t oldest;	     /* arrival */
	int64_t newest;
	int64_t next;	 /* the earliest next try */
	unsigned queues; /* QF_QUEUE_BIT()s: where they are */
	/* Where it is grouped by reason or class: of the first recipient. */
	enum qf_reason_class reason_class;
};

/* Is it about recipients? */
bool qf_group_by_recipient(const struct qf_field *field);

/*
 * The value that messages with this number are grouped under: the number
 * itself, or a range.  Without `utc' hours are those of the local time zone.
 */
void qf_group_range(const struct qf_field *field, bool utc, int64_t number,
		    struct qf_group_value *value);

/* Opaque: owns the rows. */
struct qf_group;

/*
 * `fields' are up to QF_GROUP_FIELDS of the table; ages are counted from
 * `now'.  NULL when out of memory.
 */
struct qf_group *qf_group_new(const struct qf_field *const *fields,
			      size_t count, int64_t now, bool utc);
void qf_group_free(struct qf_group *group); /* NULL is allowed */

/*
 * Count a message, which need not outlive the call.  What it does not know is
 * taken for what it does not have: load the parts of all fields.
 *
 * QF_SYSTEM  out of memory; the message may be counted in some of its rows
 */
enum qf_status qf_group_add(struct qf_group *group,
			    const struct qf_message *message,
			    struct qf_error *err);

/* All messages that were counted. */
const struct qf_group_row *qf_group_total(const struct qf_group *group);

/* Valid until a message is added; sorted only by qf_group_sort(). */
size_t qf_group_count(const struct qf_group *group);
const struct qf_group_row *
qf_group_row(const struct qf_group *group, size_t index);

enum qf_group_key {
	QF_GROUP_MESSAGES,
	QF_GROUP_RECIPIENTS,
	QF_GROUP_BYTES,
	QF_GROUP_OLDEST,
	QF_GROUP_NEWEST,
	QF_GROUP_NEXT,
	QF_GROUP_VALUE, /* in the order of numbers, or of texts */
};

struct qf_group_order {
	enum qf_group_key key;
	size_t field; /* of QF_GROUP_VALUE: which one */
	bool descending;
};

/*
 * Bring the rows into order; what is not known comes last in either
 * direction, equal rows by their values.
 */
void qf_group_sort(struct qf_group *group, const struct qf_group_order *orders,
		   size_t count);

/*
 * The sum of the rows from `first' on.  False: some messages are in several
 * rows, and counted several times in it; there are no more than that.
 */
bool qf_group_rest(const struct qf_group *group, size_t first,
		   struct qf_group_row *rest);

#endif
