/*
 * csv.h - a value in a CSV file (RFC 4180).
 */
#ifndef CSV_H
#define CSV_H

#include <stdbool.h>

#include "queue-format/buffer.h"

/*
 * Append `value', in quotes where it needs them.  Spreadsheets take some
 * texts for formulas, and an address may be one of these: it gets an
 * apostrophe in front, unless it is a number of ours.
 */
void
csv_put(struct qf_buffer *out, const struct qf_buffer *value, bool is_number);

#endif
