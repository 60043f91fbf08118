/*
 * attribute.h - the name=value form of attribute records.
 *
 * The same as in a line of main.cf.  What the names mean is not known here;
 * envelope.h does.
 * Source: Postfix src/util/split_nameval.c.
 */
#ifndef QF_POSTFIX_ATTRIBUTE_H
#define QF_POSTFIX_ATTRIBUTE_H

#include "queue-format/span.h"

/*
 * Split the data of a record, up to a NUL, into a name and a value without
 * blanks around them; both are borrowed from it, and the value may be empty.
 * Returns NULL, or what is wrong with it, in Postfix's words.
 */
const char *qf_attribute_split(const char *data, size_t len,
			       struct qf_span *name, struct qf_span *value);

#endif
