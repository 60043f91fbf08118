/*
 * fuzz_output - text from strangers in each form of a listing: it stays in
 * its line and in its cell, and no control character comes out.
 *
 * The input is flags and strings that end in NUL: a sender, then recipients
 * with the reason and the original address of each.
 */
#include "fuzz.h"

#include <locale.h>
#include <string.h>
#include <unistd.h>

#include "mailq-tools/output.h"
#include "queue-format/postfix/address.h"
#include "queue-format/text.h"

#define MAX_RECIPIENTS 8

struct input {
	const uint8_t *data;
	size_t left;
	struct qf_arena arena;
	bool as_showq;
	enum qf_printable printable;
};

struct sample {
	struct qf_recipient recipients[MAX_RECIPIENTS];
	struct qf_message message;
};

static unsigned
take_byte(struct input *input)
{
	if (input->left == 0)
		return 0;
	input->left--;
	return *input->data++;
}

/* As a queue file has it, or as Postfix's listing would show it. */
static const char *
take_string(struct input *input)
{
	const char *text = (const char *)input->data;
	size_t len = strnlen(text, input->left);
	char *copy = qf_arena_copy(&input->arena, text, len);

	FUZZ_ASSERT(copy != NULL);
	input->data += len;
	input->left -= len;
	take_byte(input);
	if (input->as_showq)
		qf_printable(copy, len, input->printable);
	return copy;
}

static void
take_sample(struct input *input, struct sample *sample)
{
	struct qf_message *m = &sample->message;
	unsigned flags = take_byte(input);

	*m = (struct qf_message){
		.parts = ~0u,
		.id = (flags & 1) != 0 ? "6C3B5A9C049" : "4jXQyk6zNkz1bblD",
		.queue = (enum qf_queue)((flags >> 1) % QF_QUEUE_CORRUPT),
		.forced_expire = (flags & 16) != 0,
		.place = "deferred/6/6C3B5A9C049",
		.size = take_byte(input) * 65537,
		.arrival = 1795342700,
		.left = sample->recipients,
		.fault_offset = -1,
	};
	m->sender = take_string(input);
	m->origin.helo = m->sender;
	while (input->left > 0 && m->left_count < MAX_RECIPIENTS) {
		struct qf_recipient *r = &sample->recipients[m->left_count++];

		*r = (struct qf_recipient){ .state = QF_RECIPIENT_DEFERRED };
		r->address = take_string(input);
		r->reason = take_string(input);
		r->original = take_string(input);
	}
}

static size_t
count(const char *text, size_t len, char byte)
{
	size_t found = 0;

	for (size_t i = 0; i < len; i++)
		found += text[i] == byte;
	return found;
}

/* No control character but those that the form itself is made of. */
static void
check_clean(const struct qf_buffer *out, const char *allowed)
{
	for (size_t i = 0; i < out->len; i++) {
		char byte = out->data[i];
		bool control = (byte >= 0 && byte < ' ') || byte == 0x7f;

		FUZZ_ASSERT(!control ||
			    (byte != '\0' && strchr(allowed, byte) != NULL));
	}
}

/* A heading, a message, its recipients and reasons, and two lines more. */
static void
look_at_mailq(const struct qf_config *config, const struct qf_message *m)
{
	struct postqueue_format format;
	struct qf_buffer out = { 0 };
	size_t lines = 2 + m->left_count + 2;
	const char *last = "";

	for (size_t i = 0; i < m->left_count; i++) {
		lines += strcmp(last, m->left[i].reason) != 0;
		last = m->left[i].reason;
	}
	postqueue_format_start(&format, config);
	postqueue_format_mailq(&format, m, &out);
	postqueue_format_mailq_end(&format, &out);
	FUZZ_ASSERT(count(out.data, out.len, '\n') == lines);
	check_clean(&out, "\n");
	qf_buffer_free(&out);
}

/* One line; each quote that is not escaped begins or ends a string. */
static void
look_at_json(const struct qf_config *config, const struct qf_message *m)
{
	struct postqueue_format format;
	struct qf_buffer out = { 0 };
	bool inside = false;

	postqueue_format_start(&format, config);
	postqueue_format_json(&format, m, &out);
	FUZZ_ASSERT(count(out.data, out.len, '\n') == 1);
	FUZZ_ASSERT(out.data[out.len - 1] == '\n');
	check_clean(&out, "\n");
	for (size_t i = 0; i < out.len; i++) {
		if (inside && out.data[i] == '\\')
			i++;
		else if (out.data[i] == '"')
			inside = !inside;
		else if (!inside)
			FUZZ_ASSERT(strchr("{}[]:, \n0123456789abcdefghijklmnop"
					   "qrstuvwxyz",
					   out.data[i]) != NULL);
	}
	FUZZ_ASSERT(!inside);
	qf_buffer_free(&out);
}

/* What a form writes goes here: the table does not leave it in its buffer. */
static void
read_back(int fd, struct qf_buffer *out)
{
	char piece[4096];
	off_t at = 0;
	ssize_t got;

	while ((got = pread(fd, piece, sizeof(piece), at)) > 0) {
		qf_buffer_add(out, piece, (size_t)got);
		at += got;
	}
	FUZZ_ASSERT(got == 0);
}

/* Of four columns, with headings; tabs are between them. */
static const struct form {
	const struct output_ops *ops;
	const char *allowed;
	size_t lines;
	size_t tabs;
} forms[] = {
	{ &output_table_ops, "\n", 2, 0 }, { &output_json_ops, "\n", 3, 0 },
	{ &output_jsonl_ops, "\n", 1, 0 }, { &output_csv_ops, "\r\n", 2, 0 },
	{ &output_tsv_ops, "\t\n", 2, 6 },
};

static void
look_at_form(const struct form *form, const struct tool *tool,
	     const struct columns *columns, const struct qf_message *m)
{
	struct output output = { .tool = tool,
				 .columns = columns,
				 .headings = true,
				 .ops = form->ops };
	struct qf_buffer out = { 0 };

	output.stream.fd = fuzz_file(NULL, 0);
	FUZZ_ASSERT(lseek(output.stream.fd, 0, SEEK_SET) == 0);
	FUZZ_ASSERT(form->ops->start(&output));
	FUZZ_ASSERT(output_message(&output, m));
	FUZZ_ASSERT(output_end(&output));
	read_back(output.stream.fd, &out);
	FUZZ_ASSERT(count(out.data, out.len, '\n') == form->lines);
	FUZZ_ASSERT(count(out.data, out.len, '\t') == form->tabs);
	FUZZ_ASSERT(qf_utf8_valid(out.data, out.len));
	check_clean(&out, form->allowed);
	output_free(&output);
	qf_buffer_free(&out);
}

static void
look_at_forms(const struct qf_message *m, bool utf8)
{
	struct tool tool = { .name = "fuzz",
			     .now = 1795342700,
			     .color = TOOL_COLOR_NEVER,
			     .utf8 = utf8 };
	struct columns columns = { 0 };

	columns_read(&tool, "id,size,sender,rcpt", &columns);
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
		look_at_form(&forms[i], &tool, &columns, m);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const versions[] = { "mail_version = 3.4.29\n",
						"mail_version = 3.7.11\n",
						"mail_version = 3.9.0\n",
						"mail_version = 3.11.6\n" };
	struct input input = { .data = data, .left = size };
	struct sample sample;
	struct qf_config config;
	unsigned flags = take_byte(&input);

	setlocale(LC_ALL, "C.UTF-8");
	FUZZ_ASSERT(qf_config_parse(versions[flags & 3], &config, NULL) ==
		    QF_OK);
	config.smtputf8 = (flags & 4) != 0;
	config.long_queue_ids = (flags & 8) != 0;
	input.as_showq = (flags & 16) != 0;
	input.printable = qf_config_printable(&config);
	take_sample(&input, &sample);
	if (input.as_showq) {
		look_at_mailq(&config, &sample.message);
		look_at_json(&config, &sample.message);
	}
	look_at_forms(&sample.message, (flags & 32) != 0);
	qf_config_free(&config);
	qf_arena_free(&input.arena);
	return 0;
}
