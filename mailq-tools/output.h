/*
 * output.h - a listing in one of several forms.
 *
 * Messages are put in one after the other; each form writes them as it can,
 * and holds no more of them than a screen or two.
 */
#ifndef OUTPUT_H
#define OUTPUT_H

#include "mailq-tools/postqueue_format.h"
#include "mailq-tools/stream.h"
#include "mailq-tools/tool.h"
#include "mailq-tools/value.h"
#include "queue-format/message.h"

enum output_format {
	OUTPUT_TABLE,
	OUTPUT_MAILQ,
	OUTPUT_JSON,
	OUTPUT_JSONL,
	OUTPUT_CSV,
	OUTPUT_TSV,
	OUTPUT_IDS,
};

struct output;

/* What a form does.  False: no use to go on. */
struct output_ops {
	bool (*start)(struct output *output);
	bool (*message)(struct output *output,
			const struct qf_message *message);
	bool (*end)(struct output *output);
	void (*free)(struct output *output); /* may be NULL */
};

struct output {
	/* To be set by the caller before output_start(). */
	const struct tool *tool;
	enum output_format format;
	const struct columns *columns; /* of tables, CSV and TSV */
	bool headings;
	bool null;			/* ids end in NUL and not in newline */
	const struct qf_config *config; /* whose mailq it looks like */

	/* State. */
	const struct output_ops *ops;
	struct stream stream;
	uint64_t count;
	struct qf_buffer value;	       /* of one column */
	struct postqueue_format mailq; /* OUTPUT_MAILQ */
	struct output_table *table;    /* OUTPUT_TABLE */
};

/* False: there is no form of that name. */
bool output_format_by_name(const char *name, enum output_format *format);

/* Parts of a message that the form shows. */
unsigned output_parts(const struct output *output);

/* Each returns false when there is no use to go on; see output->stream. */
bool output_start(struct output *output);
bool output_message(struct output *output, const struct qf_message *message);
bool output_end(struct output *output);

void output_free(struct output *output);

/* The forms. */
extern const struct output_ops output_table_ops;
extern const struct output_ops output_mailq_ops;
extern const struct output_ops output_json_ops;
extern const struct output_ops output_jsonl_ops;
extern const struct output_ops output_csv_ops;
extern const struct output_ops output_tsv_ops;
extern const struct output_ops output_ids_ops;

#endif
