/*
 * list_as.h - whole listings in the form of a certain Postfix.
 */
#ifndef LIST_AS_H
#define LIST_AS_H

#include "mailq-tools/postqueue_format.h"

/* A format as that Postfix has it. */
void
list_as(const char *version, bool long_ids, struct postqueue_format *format);

/* postqueue -p and -j.  What they return lives until the next call. */
const char *list_mailq(const char *version, bool long_ids,
		       const struct qf_message *messages, size_t count);
const char *
list_json(const char *version, const struct qf_message *messages, size_t count);

/* The first version of each series since 3.1. */
#define LIST_SERIES 11
extern const char *const list_series[LIST_SERIES];

#endif
