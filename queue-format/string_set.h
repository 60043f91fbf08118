/*
 * string_set.h - a set of strings that live elsewhere.
 *
 * It answers "seen before?" for the recipients of a message, and gives
 * equal strings one address when many rows have to be held.
 */
#ifndef QF_STRING_SET_H
#define QF_STRING_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Plain value; all zero is an empty set.  It owns the table only. */
struct qf_string_set {
	const char **slots;
	size_t room; /* a power of two, or 0 */
	size_t count;
	uint64_t key[2]; /* of the hash */
};

/* The equal string in the set, NULL when there is none. */
const char *
qf_string_set_find(const struct qf_string_set *set, const char *string);

/*
 * Put a string in; it has to outlive the set.  No effect when an equal one
 * is there.  False: out of memory.
 */
bool qf_string_set_add(struct qf_string_set *set, const char *string);

/* Forget the strings, keep a table of common size. */
void qf_string_set_empty(struct qf_string_set *set);
void qf_string_set_free(struct qf_string_set *set);

#endif
