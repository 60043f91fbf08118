/*
 * json_read.h - JSON that somebody else has written.
 *
 * A text becomes a tree of values, which can be asked what they are.  Knows
 * nothing of what they mean.  What is wrong with the text is an error; that a
 * value is not what somebody wants of it is for that one to say.
 */
#ifndef QF_JSON_READ_H
#define QF_JSON_READ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "error.h"

/* Opaque: a value of any kind, with all that is in it. */
struct qf_json;

/*
 * Read one value, and nothing else but white space around it.  *value belongs
 * to the caller.  A byte that is not UTF-8 becomes U+FFFD; the same member
 * twice, a NUL in a string, and an integer beyond 64 bits are refused.
 *
 * QF_CORRUPT  it is not JSON; err->offset is the place in the text just behind
 *             what breaks the syntax
 * QF_SYSTEM   out of memory
 */
enum qf_status qf_json_parse(const char *text, size_t len,
			     struct qf_json **value, struct qf_error *err);
void qf_json_free(struct qf_json *value); /* NULL is allowed */

/*
 * The rest is about values of a tree, and what is given lives as long as
 * that.  Each allows NULL: that is a value of no kind.
 */

bool qf_json_is_object(const struct qf_json *value);
bool qf_json_is_array(const struct qf_json *value);

/* NULL: the object has no such member, or it is no object. */
const struct qf_json *
qf_json_member(const struct qf_json *object, const char *name);

/* 0, and NULL, for what is no array, or behind its end. */
size_t qf_json_count(const struct qf_json *array);
const struct qf_json *qf_json_at(const struct qf_json *array, size_t i);

/* NULL: it is no string.  UTF-8. */
const char *qf_json_string(const struct qf_json *value);

/* False: it is no integer, or neither true nor false. */
bool qf_json_integer(const struct qf_json *value, int64_t *number);
bool qf_json_flag(const struct qf_json *value, bool *flag);

#endif
