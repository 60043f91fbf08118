/*
 * output.c - a listing in one of several forms.
 */
#include "output.h"

#include <string.h>
#include <unistd.h>

#define ALL_PARTS                                                              \
	(QF_PART_NAME | QF_PART_INODE | QF_PART_ENVELOPE |                     \
	 QF_PART_RECIPIENTS | QF_PART_REASONS)

static const struct {
	const char *name;
	const struct output_ops *ops;
} formats[] = {
	[OUTPUT_TABLE] = { "table", &output_table_ops },
	[OUTPUT_MAILQ] = { "mailq", &output_mailq_ops },
	[OUTPUT_JSON] = { "json", &output_json_ops },
	[OUTPUT_JSONL] = { "jsonl", &output_jsonl_ops },
	[OUTPUT_CSV] = { "csv", &output_csv_ops },
	[OUTPUT_TSV] = { "tsv", &output_tsv_ops },
	[OUTPUT_IDS] = { "ids", &output_ids_ops },
};

bool
output_format_by_name(const char *name, enum output_format *format)
{
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		if (strcmp(formats[i].name, name) == 0) {
			*format = (enum output_format)i;
			return true;
		}
	}
	return false;
}

unsigned
output_parts(const struct output *output)
{
	switch (output->format) {
	case OUTPUT_IDS:
		return QF_PART_NAME | QF_PART_INODE;
	case OUTPUT_TABLE:
		/* Colours show what is forced to expire or damaged. */
		return output->columns->parts | QF_PART_INODE;
	case OUTPUT_CSV:
	case OUTPUT_TSV:
		return output->columns->parts | QF_PART_INODE;
	case OUTPUT_MAILQ:
		return ALL_PARTS;
	case OUTPUT_JSON:
	case OUTPUT_JSONL:
		break;
	}
	return ALL_PARTS | QF_PART_CLASSES | QF_PART_HOLDER;
}

bool
output_start(struct output *output)
{
	output->ops = formats[output->format].ops;
	output->stream = (struct stream){
		.fd = STDOUT_FILENO,
		.ascii = !output->tool->utf8 && isatty(STDOUT_FILENO) == 1,
	};
	return output->ops->start(output);
}

bool
output_message(struct output *output, const struct qf_message *message)
{
	bool fine = output->ops->message(output, message);

	output->count++;
	return fine && stream_offer(&output->stream);
}

bool
output_end(struct output *output)
{
	return output->ops->end(output) && stream_flush(&output->stream);
}

void
output_free(struct output *output)
{
	if (output->ops != NULL && output->ops->free != NULL)
		output->ops->free(output);
	qf_buffer_free(&output->value);
	stream_free(&output->stream);
}
