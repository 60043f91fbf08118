/*
 * by_print.h - the forms in which groups are printed, and what they share.
 */
#ifndef BY_PRINT_H
#define BY_PRINT_H

#include "mailq-tools/by.h"

/* One line of what is printed: a group, or the sum of those left out. */
struct by_row {
	const struct qf_group_row *known;
	size_t others; /* how many are summed up; 0: a group */
	bool at_most;  /* some messages are counted several times */
};

/* How many lines, and each of them; `sum' is where a sum is put. */
size_t by_row_count(const struct by *by);
struct by_row
by_row(const struct by *by, size_t index, struct qf_group_row *sum);

/* Is it about reasons, so that there are classes and hints? */
bool by_has_class(const struct by *by);

/* Of all messages: 0 to 1, and the same as text for programs. */
double by_share(const struct by *by, const struct by_row *row);
void by_put_share(struct qf_buffer *out, const struct by *by,
		  const struct by_row *row);

/* False: there is no column of that name. */
bool by_kind_by_name(const char *name, size_t len, enum by_kind *kind);

/* "messages", or the field's name. */
const char *by_column_name(const struct by *by, const struct by_column *column);

/* What stands above it in a table.  Returns the length. */
size_t by_column_heading(const struct by *by, const struct by_column *column,
			 char heading[COLUMN_HEADING_MAX]);

/* Is it a number, to be put to the right? */
bool by_column_is_number(const struct by *by, const struct by_column *column);

/*
 * Append what a column has for a row, as people like it, and for programs.
 * Texts are as in the spool: make them safe before showing them.
 */
void by_for_people(struct qf_buffer *out, const struct by *by,
		   const struct by_column *column, const struct by_row *row);
void by_for_programs(struct qf_buffer *out, const struct by *by,
		     const struct by_column *column, const struct by_row *row);

/*
 * What the messages of a group have in common, likewise.  Programs get
 * nothing where they have nothing.
 */
void by_value_for_people(struct qf_buffer *out, const struct tool *tool,
			 const struct qf_field *field,
			 const struct qf_group_value *value);
void by_value_for_programs(struct qf_buffer *out, const struct tool *tool,
			   const struct qf_field *field,
			   const struct qf_group_value *value);

/* Append a row as an object of JSON. */
void by_put_json(struct qf_buffer *out, const struct by *by,
		 const struct by_row *row);

/* The forms.  False: no use to go on. */
bool by_print_table(const struct by *by, struct stream *stream);
bool by_print_reasons(const struct by *by, struct stream *stream);
bool by_print_json(const struct by *by, struct stream *stream);
bool by_print_jsonl(const struct by *by, struct stream *stream);
bool by_print_csv(const struct by *by, struct stream *stream);
bool by_print_tsv(const struct by *by, struct stream *stream);

#endif
