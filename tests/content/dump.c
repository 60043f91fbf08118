/*
 * dump.c - what the library finds in messages, as a line of JSON for each.
 *
 * usage: dump [-q] [-p PART] [-w WANT] [-t TEXT_LIMIT] [-d DECODED_LIMIT]
 *	FILE ...
 *
 * With -q the files are queue files, with -p the bytes of a part are printed
 * instead.
 */
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "queue-format/content.h"
#include "queue-format/postfix/text_source.h"
#include "queue-format/text.h"

static const char *const kinds[] = { "differs", "executable", "locked",
				     "hops",	"disguise",   "charset",
				     "damaged", "limit",      "failed" };

static void
member(struct qf_buffer *out, const char *name, const char *value)
{
	qf_text_json(out, name);
	qf_buffer_byte(out, ':');
	qf_text_json(out, value);
	qf_buffer_byte(out, ',');
}

static void
number(struct qf_buffer *out, const char *name, uint64_t value)
{
	qf_text_json(out, name);
	qf_buffer_byte(out, ':');
	qf_buffer_number(out, (long long)value);
	qf_buffer_byte(out, ',');
}

/* The comma behind the last member, or element, goes. */
static void
close_with(struct qf_buffer *out, const char *end)
{
	if (out->len > 0 && out->data[out->len - 1] == ',')
		out->len--;
	qf_buffer_string(out, end);
}

static void
put_headers(struct qf_buffer *out, const struct qf_content *content)
{
	qf_buffer_string(out, "\"headers\":[");
	for (size_t i = 0; i < content->header_count; i++) {
		qf_buffer_byte(out, '[');
		qf_text_json(out, content->headers[i].name);
		qf_buffer_byte(out, ',');
		qf_text_json(out, content->headers[i].value);
		qf_buffer_byte(out, ',');
		qf_buffer_byte(out, '"');
		qf_text_base64(out, content->headers[i].raw.text,
			       content->headers[i].raw.len);
		qf_buffer_string(out, "\"],");
	}
	close_with(out, "],");
}

static void
put_parts(struct qf_buffer *out, const struct qf_content *content)
{
	qf_buffer_string(out, "\"parts\":[");
	for (size_t i = 0; i < content->part_count; i++) {
		const struct qf_content_part *part = &content->parts[i];

		qf_buffer_byte(out, '{');
		number(out, "depth", part->depth);
		number(out, "marks", part->marks);
		member(out, "type", part->type);
		member(out, "found", part->found);
		member(out, "name", part->name);
		member(out, "charset", part->charset);
		member(out, "encoding", part->encoding);
		member(out, "disposition", part->disposition);
		member(out, "description", part->description);
		number(out, "sized", part->sized);
		number(out, "size", part->size);
		member(out, "sha256", part->sha256);
		close_with(out, "},");
	}
	close_with(out, "],");
}

static void
put_texts(struct qf_buffer *out, const struct qf_content *content)
{
	qf_buffer_string(out, "\"texts\":[");
	for (size_t i = 0; i < content->text_count; i++) {
		qf_buffer_byte(out, '{');
		number(out, "part", content->texts[i].part);
		number(out, "html", content->texts[i].html);
		number(out, "extra", content->texts[i].extra);
		member(out, "text", content->texts[i].text);
		close_with(out, "},");
	}
	close_with(out, "],");
}

static void
put_notices(struct qf_buffer *out, const struct qf_content *content)
{
	qf_buffer_string(out, "\"notices\":[");
	for (size_t i = 0; i < content->notice_count; i++) {
		qf_buffer_byte(out, '{');
		member(out, "kind", kinds[content->notices[i].kind]);
		number(out, "part", content->notices[i].part);
		member(out, "text", content->notices[i].text);
		close_with(out, "},");
	}
	close_with(out, "]");
}

static void
dump(struct qf_content_reader *reader, const char *path, unsigned want)
{
	struct qf_buffer out = { 0 };
	struct qf_content content;
	struct qf_error error;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		err(1, "%s", path);
	qf_buffer_byte(&out, '{');
	if (qf_content_read(reader, fd, want, &content, &error) == QF_OK) {
		number(&out, "hops", content.hops);
		put_headers(&out, &content);
		put_parts(&out, &content);
		put_texts(&out, &content);
		put_notices(&out, &content);
	} else {
		member(&out, "error", error.text);
	}
	close_with(&out, "}");
	puts(qf_buffer_text(&out));
	qf_buffer_free(&out);
	close(fd);
}

static enum qf_status
write_out(void *context, const char *data, size_t len)
{
	(void)context;
	return fwrite(data, 1, len, stdout) == len ? QF_OK : QF_STOPPED;
}

static void
dump_part(struct qf_content_reader *reader, const char *path, unsigned part)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct qf_error error;

	if (fd < 0)
		err(1, "%s", path);
	if (qf_content_part(reader, fd, part, write_out, NULL, &error) != QF_OK)
		errx(1, "%s: %s", path, error.text);
	close(fd);
}

int
main(int argc, char **argv)
{
	struct qf_content_settings settings = { .types = true };
	unsigned want = QF_WANT_ALL | QF_WANT_ALL_TEXT;
	struct qf_content_reader *reader;
	struct qf_error error;
	unsigned part = 0;
	int opt;

	while ((opt = getopt(argc, argv, "d:p:qt:w:")) != -1) {
		unsigned long value =
			optarg == NULL ? 0 : strtoul(optarg, NULL, 10);

		if (opt == 'd')
			settings.limits.decoded = value;
		else if (opt == 'p')
			part = (unsigned)value;
		else if (opt == 'q')
			settings.source = &qf_postfix_text;
		else if (opt == 't')
			settings.limits.text = value;
		else if (opt == 'w')
			want = (unsigned)value;
		else
			return 1;
	}
	settings.types = (want & QF_WANT_TYPES) != 0;
	if (qf_content_open(&settings, &reader, &error) != QF_OK)
		errx(1, "%s", error.text);
	for (int i = optind; i < argc; i++)
		if (part > 0)
			dump_part(reader, argv[i], part);
		else
			dump(reader, argv[i], want);
	qf_content_close(reader);
	return 0;
}
