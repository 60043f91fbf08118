/*
 * field.h - what can be asked of a message by name.
 *
 * One table serves columns, sorting, grouping and questions, and says of
 * each field which part of the spool has to be read to know it.
 */
#ifndef QF_FIELD_H
#define QF_FIELD_H

#include "message.h"
#include "span.h"

enum qf_field_type {
	QF_FIELD_TEXT,	   /* bytes from the spool, or a name of ours */
	QF_FIELD_NUMBER,   /* a count */
	QF_FIELD_SIZE,	   /* bytes */
	QF_FIELD_TIME,	   /* seconds since 1970 */
	QF_FIELD_DURATION, /* seconds */
	QF_FIELD_BOOLEAN,  /* 0 or 1 */
};

/* How a text is compared. */
enum qf_field_form {
	QF_FORM_PLAIN,	 /* without case */
	QF_FORM_EXACT,	 /* case counts: ids may differ in nothing else */
	QF_FORM_ADDRESS, /* of mail */
	QF_FORM_DOMAIN,	 /* or the name of a host; .example.org is a tree */
	QF_FORM_IP,
};

/*
 * A field of recipients has many values: rcpt_text or rcpt_number give that
 * of one of them, text or number the first one, for a column.
 */
struct qf_field {
	const char *name;
	enum qf_field_type type;
	/* One of the two, by the type. */
	struct qf_span (*text)(const struct qf_message *message);
	/* False: not known, or does not apply. */
	bool (*number)(const struct qf_message *message, int64_t now,
		       int64_t *value);
	struct qf_span (*rcpt_text)(const struct qf_recipient *recipient);
	bool (*rcpt_number)(const struct qf_recipient *recipient,
			    int64_t *value);
	enum qf_field_form form;
	enum qf_part part;	   /* what has to be known for it */
	bool spool_only;	   /* Postfix's own listing does not tell */
	const char *const *values; /* all that there are, then NULL */
	const char *meaning;	   /* one line for people */
	const char *example;	   /* of its use in an expression */
};

/* The table; ends with a name that is NULL. */
const struct qf_field *qf_fields(void);

/* NULL: there is no such field. */
const struct qf_field *qf_field_by_name(const char *name, size_t len);

/* The name that was most likely meant, NULL: none is near. */
const char *qf_field_nearest(const char *name, size_t len);

/* All parts that have to be read to know one (the cheaper ones with it). */
unsigned qf_field_parts(const struct qf_field *field);

#endif
