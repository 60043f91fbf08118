/*
 * value.h - the right side of a comparison.  Private to query/.
 *
 * What is written is checked against the type of the field once; what comes
 * out can be compared fast, and in bounded time.
 */
#ifndef QF_QUERY_VALUE_H
#define QF_QUERY_VALUE_H

#include "queue-format/arena.h"
#include "queue-format/query/query.h"

enum qf_value_kind {
	QF_VALUE_RANGE,	  /* numbers: from <= value < below */
	QF_VALUE_TEXT,	  /* these bytes */
	QF_VALUE_GLOB,	  /* `*' and `?' */
	QF_VALUE_TREE,	  /* this domain, and all below it */
	QF_VALUE_NETWORK, /* IP addresses */
	QF_VALUE_REGEX,
};

struct qf_value {
	enum qf_value_kind kind;
	bool exact; /* case counts */
	int64_t from;
	int64_t below;
	struct qf_span text; /* in the arena */
	unsigned char network[16];
	unsigned prefix; /* bits of it that count */
	struct qf_regex *regex;
};

/* What a value is read for, and where it goes. */
struct qf_value_reader {
	const struct qf_query_options *options;
	struct qf_arena *arena;
	struct qf_regex **regexes; /* the list that owns them */
};

/*
 * Read `text' as a value for this field; `regex': for ~.
 *
 * QF_INVALID  mistake->text, and ->offset and ->len relative to the text
 * QF_SYSTEM   out of memory
 */
enum qf_status qf_value_read(const struct qf_value_reader *reader,
			     const struct qf_field *field, bool regex,
			     struct qf_span text, struct qf_value *value,
			     struct qf_query_mistake *mistake);

/* Does the text have an unescaped `*' or `?'? */
bool qf_glob_is(struct qf_span text);

/* Without regard to the case of ASCII letters, or with (exact). */
bool qf_glob_matches(struct qf_span glob, struct qf_span text, bool exact);

/* Is `text' equal to a value that is no range and no regular expression? */
bool qf_value_equals(const struct qf_value *value, struct qf_span text);

/* An IPv4 address becomes ::ffff:a.b.c.d.  False: it is no address. */
bool qf_ip_read(struct qf_span text, unsigned char ip[16]);

/* Numbers and times: number.c. */
enum qf_status qf_number_read(const struct qf_query_options *options,
			      enum qf_field_type type, struct qf_span text,
			      struct qf_value *value,
			      struct qf_query_mistake *mistake);

/* Fill in mistake->text; the place is the whole value. */
enum qf_status qf_value_wrong(struct qf_query_mistake *mistake,
			      struct qf_span text, const char *format, ...)
	QF_PRINTF(3, 4);

#endif
