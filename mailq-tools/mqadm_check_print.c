/*
 * mqadm_check_print.c - what was found, for people and for programs;
 * docs/mqadm-check.schema.json says what each member means.
 */
#include "mqadm_check.h"

#include <string.h>
#include <unistd.h>

#include "mailq-tools/json.h"
#include "queue-format/text.h"

#define COLUMNS 80

/* So many of a kind; with --verbose or --limit as many as there are, or N. */
#define EXAMPLES 5

static void
put_indent(struct qf_buffer *out, size_t width)
{
	qf_buffer_fill(out, ' ', width);
}

/* Words of our own, in lines that fit; from column `first' on. */
static void
put_wrapped(struct qf_buffer *out, const char *text, size_t first,
	    size_t indent)
{
	size_t column = first;

	while (*text != '\0') {
		size_t len = strcspn(text, " ");

		if (column > indent && column + 1 + len >= COLUMNS) {
			qf_buffer_byte(out, '\n');
			put_indent(out, indent);
			column = indent;
		} else if (column > indent) {
			qf_buffer_byte(out, ' ');
			column++;
		}
		qf_buffer_add(out, text, len);
		column += len;
		text += len;
		text += strspn(text, " ");
	}
	qf_buffer_byte(out, '\n');
}

/* Whatever stands behind the path has a line of its own, if it is long. */
static void
put_more(struct qf_buffer *out, const struct tool *tool, const char *label,
	 const char *text, size_t *column)
{
	if (*text == '\0')
		return;
	if (*column + 1 + strlen(label) + strlen(text) >= COLUMNS) {
		qf_buffer_string(out, "\n     ");
		*column = 5;
	}
	qf_buffer_string(out, label);
	*column += strlen(label);
	*column += qf_text_show(out, text, COLUMNS - 1 - *column, tool->utf8);
}

static void
put_example(struct qf_buffer *out, const struct tool *tool,
	    const struct qf_check_finding *finding)
{
	bool has_path = finding->path[0] != '\0';
	size_t column = 4;

	if (!has_path && finding->text[0] == '\0')
		return;
	put_indent(out, 4);
	column += qf_text_show(out, has_path ? finding->path : finding->text,
			       COLUMNS - 5, tool->utf8);
	put_more(out, tool, " -> ", finding->right, &column);
	if (has_path)
		put_more(out, tool, ": ", finding->text, &column);
	qf_buffer_byte(out, '\n');
}

static void
put_heading(struct qf_buffer *out, const struct mqadm *m, size_t instance,
	    const struct qf_check_words *words, size_t count)
{
	const char *name = m->access.names[instance];

	if (name != NULL) {
		(void)qf_text_show(out, name, COLUMNS / 2, m->tool.utf8);
		qf_buffer_string(out, ": ");
	}
	qf_buffer_string(out, qf_check_severity_name(words->severity));
	qf_buffer_string(out, ": ");
	qf_buffer_number(out, (long long)count);
	qf_buffer_byte(out, ' ');
	qf_buffer_string(out, count == 1 ? words->title : words->titles);
	qf_buffer_string(out, " (");
	qf_buffer_string(out, words->name);
	qf_buffer_string(out, ")\n");
}

/* One kind: how many, what it means, who they are, and what to do. */
static void
put_group(struct qf_buffer *out, const struct mqadm *m, size_t instance,
	  const struct qf_check_finding *items, size_t count)
{
	const struct qf_check_words *words = qf_check_words(items[0].kind);
	size_t most = m->limit != 0 ? m->limit : EXAMPLES;

	if (m->result.verbose || count <= most + 1)
		most = count;
	put_heading(out, m, instance, words, count);
	put_indent(out, 2);
	put_wrapped(out, words->means, 2, 2);
	for (size_t i = 0; i < count && i < most; i++)
		put_example(out, &m->tool, &items[i]);
	if (count > most) {
		put_indent(out, 4);
		qf_buffer_string(out, "... and ");
		qf_buffer_number(out, (long long)(count - most));
		qf_buffer_string(out, " more (--verbose names all)\n");
	}
	qf_buffer_string(out, "  Remedy:");
	put_wrapped(out, words->remedy, 9, 4);
}

static size_t
group_end(const struct qf_check_report *report, size_t start)
{
	size_t end = start;

	while (end < report->count &&
	       report->items[end].kind == report->items[start].kind)
		end++;
	return end;
}

static bool
print_text(const struct mqadm_check *check, struct stream *stream)
{
	bool first = true;

	for (size_t i = 0; i < check->m->access.count; i++) {
		const struct qf_check_report *report = &check->reports[i];
		size_t end;

		for (size_t at = 0; at < report->count; at = end) {
			end = group_end(report, at);
			qf_buffer_string(&stream->buffer, first ? "" : "\n");
			first = false;
			put_group(&stream->buffer, check->m, i,
				  &report->items[at], end - at);
			if (!stream_offer(stream))
				return false;
		}
	}
	return true;
}

static void
put_object(struct qf_buffer *out, const struct mqadm *m, size_t instance,
	   const struct qf_check_finding *finding)
{
	const struct qf_check_words *words = qf_check_words(finding->kind);

	qf_buffer_byte(out, '{');
	json_text(out, "instance", m->access.names[instance]);
	json_text(out, "finding", words->name);
	json_text(out, "severity", qf_check_severity_name(words->severity));
	json_words(out, "path", finding->path);
	if (finding->inode != 0)
		json_number(out, "inode", (int64_t)finding->inode);
	json_words(out, "right", finding->right);
	json_words(out, "text", finding->text);
	json_text(out, "means", words->means);
	json_text(out, "remedy", words->remedy);
	json_flag(out, "repairs", words->repairs);
	qf_buffer_byte(out, '}');
}

static bool
print_json(const struct mqadm_check *check, struct stream *stream)
{
	bool by_line = check->m->result.format == RESULT_JSONL;
	struct qf_buffer *out = &stream->buffer;
	size_t count = 0;

	qf_buffer_string(out, by_line ? "" : "[");
	for (size_t i = 0; i < check->m->access.count; i++) {
		const struct qf_check_report *report = &check->reports[i];

		for (size_t k = 0; k < report->count; k++) {
			if (!by_line)
				qf_buffer_string(out, count > 0 ? ",\n" : "\n");
			count++;
			put_object(out, check->m, i, &report->items[k]);
			qf_buffer_string(out, by_line ? "\n" : "");
			if (!stream_offer(stream))
				return false;
		}
	}
	if (!by_line)
		qf_buffer_string(out, count > 0 ? "\n]\n" : "]\n");
	return true;
}

void
mqadm_check_print(struct mqadm_check *check)
{
	struct tool *tool = &check->m->tool;
	struct stream stream = { .fd = STDOUT_FILENO,
				 .ascii =
					 !tool->utf8 && isatty(STDOUT_FILENO) };
	bool fine = check->m->result.format == RESULT_TEXT
			    ? print_text(check, &stream)
			    : print_json(check, &stream);

	fine = stream_flush(&stream) && fine;
	if (!fine && !stream_is_closed(&stream))
		tool_die(tool, TOOL_IO, "standard output: %s",
			 strerror(stream.errnum));
	stream_free(&stream);
}
