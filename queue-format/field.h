/*
 * field.h - what can be asked of a message by name.
 *
 * One table serves columns, sorting and templates, and says of each field
 * which part of the spool has to be read to know it.
 */
#ifndef QF_FIELD_H
#define QF_FIELD_H

#include "message.h"

enum qf_field_type {
	QF_FIELD_TEXT,	   /* bytes from the spool, or a name of ours */
	QF_FIELD_NUMBER,   /* a count */
	QF_FIELD_SIZE,	   /* bytes */
	QF_FIELD_TIME,	   /* seconds since 1970 */
	QF_FIELD_DURATION, /* seconds */
	QF_FIELD_BOOLEAN,  /* 0 or 1 */
};

/* A piece of a string of the message; NULL: not known, or none. */
struct qf_span {
	const char *text;
	size_t len;
};

struct qf_field {
	const char *name;
	enum qf_field_type type;
	enum qf_part part;   /* what has to be known for it */
	const char *meaning; /* one line for people */
	/* One of the two, by the type. */
	struct qf_span (*text)(const struct qf_message *message);
	/* False: not known, or does not apply. */
	bool (*number)(const struct qf_message *message, int64_t now,
		       int64_t *value);
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
