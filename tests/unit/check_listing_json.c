/*
 * A line of `postqueue -j' becomes a message, in the form of each version of
 * Postfix; whatever is wrong with it is named, and where.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "queue-format/showq/listing_json.h"
#include "unit.h"

/* A line that is sound, but for what stands in its middle. */
#define BEGIN                                                                  \
	"{\"queue_name\": \"deferred\", \"queue_id\": \"4F2A11\", "            \
	"\"arrival_time\": 1763800000, \"message_size\": 512, "
#define SENDER "\"sender\": \"a@example.org\", "
#define END    "\"recipients\": [{\"address\": \"b@example.net\"}]}"
#define LAST   "\"recipients\": ["

static struct qf_arena arena;
static struct qf_message message;
static struct qf_error err;

static void
free_arena(void)
{
	qf_arena_free(&arena);
}

static enum qf_status
parse(const char *line, size_t len)
{
	/* A copy of just this size, so that reading on is noticed. */
	char *exact = malloc(len == 0 ? 1 : len);
	enum qf_status status;

	memcpy(exact, line, len);
	err = (struct qf_error){ 0 };
	status = qf_listing_json_parse(exact, len, &arena, &message, &err);
	free(exact);
	return status;
}

static void
parse_well(const char *line)
{
	enum qf_status status = parse(line, strlen(line));

	ck_assert_msg(status == QF_OK, "%s: %s", line, err.text);
}

/* The forms of all versions, as their sources print them. */
static const struct form {
	const char *line;
	enum qf_queue queue;
	const char *id;
	int64_t arrival;
	int64_t size;
	bool forced_expire;
	const char *sender;
	size_t count;
	struct qf_recipient left[3];
} forms[] = {
	/* 3.1 to 3.4 */
	{
		"{\"queue_name\": \"deferred\", \"queue_id\": \"4F2A11\", "
		"\"arrival_time\": 1459000000, \"message_size\": 327, "
		"\"sender\": \"a@example.org\", \"recipients\": ["
		"{\"address\": \"b@example.net\", \"delay_reason\": "
		"\"connect to [192.0.2.1]:25: Connection refused\"}, "
		"{\"address\": \"c@example.net\"}]}",
		QF_QUEUE_DEFERRED,
		"4F2A11",
		1459000000,
		327,
		false,
		"a@example.org",
		2,
		{ { .state = QF_RECIPIENT_DEFERRED,
		    .address = "b@example.net",
		    .reason = "connect to [192.0.2.1]:25: "
			      "Connection refused" },
		  { .state = QF_RECIPIENT_WAITING,
		    .address = "c@example.net" } },
	},
	/* 3.5 to 3.10 */
	{
		"{\"queue_name\": \"active\", "
		"\"queue_id\": \"3Pt2mN2VXxznjll\", "
		"\"arrival_time\": 1581000000, \"message_size\": 0, "
		"\"forced_expire\": true, \"sender\": \"MAILER-DAEMON\", "
		"\"recipients\": [{\"address\": \"\\\"a b\\\"@example.net\"}]}",
		QF_QUEUE_ACTIVE,
		"3Pt2mN2VXxznjll",
		1581000000,
		0,
		true,
		"",
		1,
		{ { .state = QF_RECIPIENT_WAITING,
		    .address = "\"a b\"@example.net" } },
	},
	{
		"{\"queue_name\": \"hold\", \"queue_id\": \"0\", "
		"\"arrival_time\": 1, "
		"\"message_size\": 9223372036854775807, "
		"\"forced_expire\": false, "
		"\"sender\": \"j\xc3\xb6rg@example.org\", \"recipients\": []}",
		QF_QUEUE_HOLD,
		"0",
		1,
		INT64_MAX,
		false,
		"j\xc3\xb6rg@example.org",
		0,
		{ { .address = NULL } },
	},
	/* 3.11 and later */
	{
		"{\"queue_name\": \"incoming\", \"queue_id\": \"_x9\", "
		"\"arrival_time\": 1763800000, \"message_size\": 512, "
		"\"forced_expire\": false, \"sender\": \"a@example.org\", "
		"\"recipients\": [{\"orig_address\": \"\", "
		"\"address\": \"b@example.net\", \"delay_reason\": \"busy\"}, "
		"{\"orig_address\": \"list@example.net\", "
		"\"address\": \"c@example.net\", \"bounce_reason\": \"no\"}, "
		"{\"orig_address\": \"d@example.net\", "
		"\"address\": \"d@example.net\", \"other_reason\": \"odd\"}]}",
		QF_QUEUE_INCOMING,
		"_x9",
		1763800000,
		512,
		false,
		"a@example.org",
		3,
		{ { .state = QF_RECIPIENT_DEFERRED,
		    .address = "b@example.net",
		    .reason = "busy" },
		  { .state = QF_RECIPIENT_BOUNCED,
		    .address = "c@example.net",
		    .original = "list@example.net",
		    .reason = "no" },
		  { .state = QF_RECIPIENT_DEFERRED,
		    .address = "d@example.net",
		    .reason = "odd" } },
	},
	/* A later one: other members, another order, other blanks. */
	{
		"\t{\"new\":{\"sender\":[1,-2.5e3,null]},\"recipients\":"
		"[{\"tries\":3,\"address\":\"b@example.net\"}],"
		"\"sender\":\"\",\"message_size\":1,\"arrival_time\":0,"
		"\"queue_id\":\"A1\",\"queue_name\":\"maildrop\"} \r",
		QF_QUEUE_MAILDROP,
		"A1",
		0,
		1,
		false,
		"",
		1,
		{ { .state = QF_RECIPIENT_WAITING,
		    .address = "b@example.net" } },
	},
};

START_TEST(reads_the_form_of_each_version)
{
	const struct form *form = &forms[_i];

	parse_well(form->line);
	ck_assert_int_eq(message.queue, form->queue);
	ck_assert_str_eq(message.id, form->id);
	ck_assert_int_eq(message.arrival, form->arrival);
	ck_assert_int_eq(message.size, form->size);
	ck_assert_int_eq(message.forced_expire, form->forced_expire);
	ck_assert_str_eq(message.sender, form->sender);
	ck_assert_uint_eq(message.left_count, form->count);
	for (size_t i = 0; i < form->count; i++) {
		const struct qf_recipient *is = &message.left[i];
		const struct qf_recipient *want = &form->left[i];

		ck_assert_int_eq(is->state, want->state);
		ck_assert_str_eq(is->address, want->address);
		ck_assert_pstr_eq(is->original, want->original);
		ck_assert_pstr_eq(is->reason, want->reason);
		ck_assert_ptr_null(is->dsn);
		ck_assert_ptr_null(is->mta);
	}
}
END_TEST

START_TEST(tells_what_it_does_not_know)
{
	parse_well(forms[1].line);
	ck_assert_uint_eq(message.parts, QF_PART_NAME | QF_PART_ENVELOPE |
						 QF_PART_RECIPIENTS |
						 QF_PART_REASONS);
	ck_assert_ptr_null(message.instance);
	ck_assert_ptr_null(message.place);
	ck_assert_uint_eq(message.inode, 0);
	ck_assert_int_eq(message.file_size, 0);
	ck_assert_int_eq(message.next, 0);
	ck_assert_int_eq(message.created, 0);
	ck_assert_int_eq(message.last, 0);
	ck_assert_int_eq(message.expires, 0);
	ck_assert_ptr_null(message.origin.client_address);
	ck_assert_ptr_null(message.done);
	ck_assert_uint_eq(message.done_count, 0);
	ck_assert_ptr_null(message.fault);
	ck_assert_int_eq(message.fault_offset, -1);
}
END_TEST

/* Each text stands in a line as the sender. */
static const struct text {
	const char *in_line;
	const char *text;
} texts[] = {
	/* The null sender is this text and no other. */
	{ "MAILER-DAEMON", "" },
	{ "mailer-daemon", "mailer-daemon" },
	{ "MAILER-DAEMON@example.org", "MAILER-DAEMON@example.org" },
	{ "MAILER-DAEMO\\u004e", "" },
	/* Escapes. */
	{ "\\\"\\\\\\/\\b\\f\\n\\r\\t", "\"\\/\b\f\n\r\t" },
	{ "\\u007F\\u001f", "\x7f\x1f" },
	{ "\\u00E9\\u4e2d", "\xc3\xa9\xe4\xb8\xad" },
	{ "\\uD83D\\uDE00", "\xf0\x9f\x98\x80" },
	{ "\\uFFFE", "\xef\xbf\xbe" },
	/* UTF-8 at the limits of each length. */
	{ "\x7f", "\x7f" },
	{ "\xc2\x80 \xdf\xbf", "\xc2\x80 \xdf\xbf" },
	{ "\xe0\xa0\x80 \xed\x9f\xbf", "\xe0\xa0\x80 \xed\x9f\xbf" },
	{ "\xee\x80\x80 \xef\xbf\xbf", "\xee\x80\x80 \xef\xbf\xbf" },
	{ "\xf0\x90\x80\x80 \xf4\x8f\xbf\xbf",
	  "\xf0\x90\x80\x80 \xf4\x8f\xbf\xbf" },
#define U "\xef\xbf\xbd"
	/* What is not UTF-8: each byte becomes U+FFFD. */
	{ "a\x80z", "a" U "z" },
	{ "\xbf\xbf", U U },
	{ "\xc3\xa9\x80\x80", "\xc3\xa9" U U },
	{ "\xff\xfe", U U },
	{ "\xc0\xaf", U U },
	{ "\xc1\xbf", U U },
	{ "\xe0\x9f\xbf", U U U },
	{ "\xed\xa0\x80", U U U },
	{ "\xed\xbf\xbf", U U U },
	{ "\xf0\x8f\xbf\xbf", U U U U },
	{ "\xf4\x90\x80\x80", U U U U },
	{ "\xf8\x88\x80\x80\x80", U U U U U },
	/* Cut off, by the end of the text or by another character. */
	{ "\xc3", U },
	{ "\xe4\xb8", U U },
	{ "\xf0\x9f\x98z", U U U "z" },
	{ "\xe4\xc3\xa9", U "\xc3\xa9" },
	{ "\xc3\\n", U "\n" },
};

START_TEST(reads_text_and_repairs_it)
{
	char line[400];

	snprintf(line, sizeof(line), BEGIN "\"sender\": \"%s\", " END,
		 texts[_i].in_line);
	parse_well(line);
	ck_assert_str_eq(message.sender, texts[_i].text);
}
END_TEST

START_TEST(repairs_all_texts)
{
	parse_well(BEGIN SENDER LAST "{\"orig_address\": \"\xff@o\", "
				     "\"address\": \"\xfe@a\", "
				     "\"delay_reason\": \"r\xe4\"}]}");
	ck_assert_str_eq(message.left[0].original, U "@o");
	ck_assert_str_eq(message.left[0].address, U "@a");
	ck_assert_str_eq(message.left[0].reason, "r" U);
}
END_TEST

/* A member that is missing, or is not what it should be. */
static const struct {
	const char *line;
	const char *says;
} wrong[] = {
	{ "[]", "not a JSON object" },
	{ "{}", "queue_id is missing" },
	{ "{\"queue_id\": 5}", "queue_id is not a string" },
	{ "{\"queue_id\": \"\"}", "queue_id is not a queue id" },
	{ "{\"queue_id\": \"../x\"}", "queue_id is not a queue id" },
	{ "{\"queue_id\": \"A1 \"}", "queue_id is not a queue id" },
	{ "{\"queue_id\": \"A\\n1\"}", "queue_id is not a queue id" },
	{ "{\"queue_id\": \"\xc3\xa9\"}", "queue_id is not a queue id" },
	{ "{\"queue_id\": \"A1\"}", "A1: queue_name is missing" },
	{ "{\"queue_id\": \"A1\", \"queue_name\": null}",
	  "A1: queue_name is not a string" },
	{ "{\"queue_id\": \"A1\", \"queue_name\": \"\"}",
	  "A1: queue_name is not a queue" },
	{ "{\"queue_id\": \"A1\", \"queue_name\": \"Active\"}",
	  "A1: queue_name is not a queue" },
	{ "{\"queue_id\": \"A1\", \"queue_name\": \"corrupt\"}",
	  "A1: queue_name is not a queue" },
#define NAME "{\"queue_id\": \"A1\", \"queue_name\": \"hold\""
	{ NAME "}", "A1: arrival_time is missing" },
	{ NAME ", \"arrival_time\": \"1\"}",
	  "A1: arrival_time is not an integer" },
	{ NAME ", \"arrival_time\": 1.0}",
	  "A1: arrival_time is not an integer" },
	{ NAME ", \"arrival_time\": -1}", "A1: arrival_time is negative" },
#define TIME NAME ", \"arrival_time\": 1"
	{ TIME "}", "A1: message_size is missing" },
	{ TIME ", \"message_size\": 1e3}",
	  "A1: message_size is not an integer" },
	{ TIME ", \"message_size\": true}",
	  "A1: message_size is not an integer" },
	{ TIME ", \"message_size\": -9223372036854775808}",
	  "A1: message_size is negative" },
#define SIZE TIME ", \"message_size\": 1"
	{ SIZE ", \"forced_expire\": 1}",
	  "A1: forced_expire is neither true nor false" },
	{ SIZE ", \"forced_expire\": null}",
	  "A1: forced_expire is neither true nor false" },
	{ SIZE ", \"forced_expire\": true}", "A1: sender is missing" },
	{ SIZE ", \"sender\": null}", "A1: sender is not a string" },
	{ SIZE ", \"sender\": \"\"}", "A1: recipients is missing" },
	{ SIZE ", \"sender\": \"\", \"recipients\": {}}",
	  "A1: recipients is not an array" },
	{ SIZE ", \"sender\": \"\", \"recipients\": null}",
	  "A1: recipients is not an array" },
#define RCPT SIZE ", \"sender\": \"\", \"recipients\": ["
	{ RCPT "\"b\"]}", "A1: recipients[0] is not an object" },
	{ RCPT "{}]}", "A1: recipients[0].address is missing" },
	{ RCPT "{\"orig_address\": \"x\"}]}",
	  "A1: recipients[0].address is missing" },
	{ RCPT "{\"address\": \"b\"}, {\"address\": \"b\"}, []]}",
	  "A1: recipients[2] is not an object" },
	{ RCPT "{\"address\": \"b\"}, {\"address\": 1}]}",
	  "A1: recipients[1].address is not a string" },
	{ RCPT "{\"address\": \"b\", \"orig_address\": null}]}",
	  "A1: recipients[0].orig_address is not a string" },
	{ RCPT "{\"address\": \"b\", \"delay_reason\": []}]}",
	  "A1: recipients[0].delay_reason is not a string" },
	{ RCPT "{\"address\": \"b\", \"bounce_reason\": 4}]}",
	  "A1: recipients[0].bounce_reason is not a string" },
	{ RCPT "{\"address\": \"b\", \"other_reason\": false}]}",
	  "A1: recipients[0].other_reason is not a string" },
	{ RCPT "{\"address\": \"b\", \"bounce_reason\": \"x\", "
	       "\"delay_reason\": \"y\"}]}",
	  "A1: recipients[0].bounce_reason is a second reason" },
};

START_TEST(names_the_member_that_is_wrong)
{
	message.size = 4711;
	ck_assert_int_eq(parse(wrong[_i].line, strlen(wrong[_i].line)),
			 QF_CORRUPT);
	ck_assert_int_eq(err.status, QF_CORRUPT);
	ck_assert_str_eq(err.text, wrong[_i].says);
	ck_assert_int_eq(err.offset, 0);
	/* A message is made whole or not at all. */
	ck_assert_int_eq(message.size, 4711);
}
END_TEST

/* What is not JSON; the place is behind what has broken the syntax. */
static const struct {
	const char *bytes;
	size_t len;
	off_t offset;
	const char *says;
} damages[] = {
	{ BYTES(""), 0, "near end of file" },
	{ BYTES("  "), 2, "near end of file" },
	{ BYTES("null"), 4, "near 'null'" },
	{ BYTES("Mail queue is empty"), 4, "near 'Mail'" },
	{ BYTES("{\"a\""), 4, "':' expected near end of file" },
	{ BYTES("{\"a\": 1"), 7, "'}' expected near end of file" },
	{ BYTES("{\"a\": \"b"), 8, "premature end of input" },
	{ BYTES("{\"a\": 1,}"), 9, "near '}'" },
	{ BYTES("{'a': 1}"), 2, "near '''" },
	{ BYTES("{\"a\": 1} {"), 10, "end of file expected near '{'" },
	{ BYTES("{\"a\": 1}\0"), 9, "end of file expected" },
	{ BYTES("{\"a\": 01}"), 7, "invalid token near '0'" },
	{ BYTES("{\"a\": NaN}"), 9, "near 'NaN'" },
	{ BYTES("{\"a\": 9223372036854775808}"), 25, "too big integer" },
	{ BYTES("{\"a\": -9223372036854775809}"), 26,
	  "too big negative integer" },
	{ BYTES("{\"a\": 1e999}"), 11, "real number overflow" },
	{ BYTES("{\"a\": 1, \"a\": 1}"), 12,
	  "duplicate object key near '\"a\"'" },
	{ BYTES("{\"a\": [{\"b\": 1, \"b\": 2}]}"), 19,
	  "duplicate object key" },
	{ BYTES("{\"a\": 1, \"\\u0061\": 1}"), 17, "duplicate object key" },
	{ BYTES("{\"a\": \"\\u0000\"}"), 14, "\\u0000 is not allowed" },
	{ BYTES("{\"\\u0000\": 1}"), 9, "NUL byte in object key" },
	{ BYTES("{\"a\": \"\0\"}"), 7, "control character 0x0" },
	{ BYTES("{\"a\": \"\\uD800\"}"), 14, "invalid Unicode '\\uD800'" },
	{ BYTES("{\"a\": \"\\uDC00\"}"), 14, "invalid Unicode '\\uDC00'" },
	{ BYTES("{\"a\": \"\\uD800\\u0041\"}"), 20, "'\\uD800\\u0041'" },
	{ BYTES("{\"a\": \"\\x\"}"), 9, "invalid escape" },
	{ BYTES("{\"a\": \"\\u12\"}"), 12, "invalid escape" },
	{ BYTES("{\"a\": \"\t\"}"), 7, "control character 0x9" },
	{ BYTES("\xef\xbb\xbf{}"), 3, "near '\xef\xbb\xbf'" },
	/* Repaired bytes in front count as what they are in the output. */
	{ BYTES("{\"a\": \"\xff\", ?}"), 12, "near '?'" },
	{ BYTES("{\"a\": \"\xed\xa0\x80\xc3\xa9\", ?}"), 16, "near '?'" },
	{ BYTES("{\"a\": 1} \xff"), 10, "end of file expected near '" U "'" },
};

START_TEST(names_the_damaged_place)
{
	ck_assert_int_eq(parse(damages[_i].bytes, damages[_i].len), QF_CORRUPT);
	unit_says(err.text, "not JSON: ");
	unit_says(err.text, damages[_i].says);
	ck_assert_int_eq(err.offset, damages[_i].offset);
}
END_TEST

START_TEST(refuses_every_beginning_of_a_line)
{
	const char *line = forms[3].line;

	for (size_t len = 0; len < strlen(line); len++) {
		ck_assert_int_eq(parse(line, len), QF_CORRUPT);
		ck_assert_int_le(err.offset, (off_t)len);
	}
}
END_TEST

START_TEST(error_may_be_null)
{
	ck_assert_int_eq(qf_listing_json_parse("{}", 2, &arena, &message, NULL),
			 QF_CORRUPT);
	ck_assert_int_eq(qf_listing_json_parse("{\"queue_id\": \"A1\"}", 18,
					       &arena, &message, NULL),
			 QF_CORRUPT);
	ck_assert_int_eq(qf_listing_json_parse("{", 1, &arena, &message, NULL),
			 QF_CORRUPT);
}
END_TEST

/* The id has a limit, and one character more is too much. */
START_TEST(limits_the_id)
{
	char id[300] = "";
	char line[500];

	for (size_t len = 255; len <= 256; len++) {
		memset(id, 'x', len);
		snprintf(
			line, sizeof(line),
			"{\"queue_id\": \"%s\", \"queue_name\": \"hold\", "
			"\"arrival_time\": 1, \"message_size\": 1, " SENDER END,
			id);
		ck_assert_int_eq(parse(line, strlen(line)),
				 len == 255 ? QF_OK : QF_CORRUPT);
	}
	ck_assert_str_eq(err.text, "queue_id is not a queue id");
}
END_TEST

static void
nest(char *line, size_t size, size_t depth)
{
	size_t len = strlen(BEGIN "\"x\": ");

	snprintf(line, size, BEGIN "\"x\": ");
	memset(line + len, '[', depth);
	memset(line + len + depth, ']', depth);
	snprintf(line + len + 2 * depth, size - len - 2 * depth,
		 ", " SENDER END);
}

/* jansson goes 2048 levels deep, of which the object is one. */
START_TEST(limits_the_depth)
{
	char line[200000];

	nest(line, sizeof(line), 2047);
	parse_well(line);
	nest(line, sizeof(line), 2048);
	ck_assert_int_eq(parse(line, strlen(line)), QF_CORRUPT);
	ck_assert_str_eq(err.text, "not JSON: maximum parsing depth reached "
				   "near '['");
	nest(line, sizeof(line), 80000);
	ck_assert_int_eq(parse(line, strlen(line)), QF_CORRUPT);
	ck_assert_int_eq(err.offset, (off_t)strlen(BEGIN "\"x\": ") + 2048);
}
END_TEST

START_TEST(limits_the_length)
{
	size_t len = QF_LISTING_LINE_MAX + 1;
	char *line = calloc(1, len);

	ck_assert_ptr_nonnull(line);
	ck_assert_int_eq(
		qf_listing_json_parse(line, len, &arena, &message, &err),
		QF_CORRUPT);
	ck_assert_str_eq(err.text, "line of more than 67108864 bytes");
	ck_assert_int_eq(err.offset, 0);
	free(line);
}
END_TEST

/* Recipients share a reason; it is held once as long as it stays the same. */
START_TEST(keeps_a_reason_once)
{
	parse_well(BEGIN SENDER LAST
		   "{\"address\": \"b\", \"delay_reason\": \"full\"}, "
		   "{\"address\": \"c\"}, "
		   "{\"address\": \"d\", \"delay_reason\": \"full\"}, "
		   "{\"address\": \"e\", \"delay_reason\": \"busy\"}, "
		   "{\"address\": \"f\", \"delay_reason\": \"\"}]}");
	ck_assert_uint_eq(message.left_count, 5);
	ck_assert_str_eq(message.left[0].reason, "full");
	ck_assert_ptr_null(message.left[1].reason);
	ck_assert_ptr_eq(message.left[2].reason, message.left[0].reason);
	ck_assert_str_eq(message.left[3].reason, "busy");
	ck_assert_ptr_null(message.left[4].reason);
	ck_assert_int_eq(message.left[4].state, QF_RECIPIENT_WAITING);
}
END_TEST

START_TEST(reads_many_recipients)
{
	const size_t count = 20000;
	char *line = NULL;
	size_t size;
	FILE *out = open_memstream(&line, &size);

	fprintf(out, BEGIN SENDER LAST);
	for (size_t i = 0; i < count; i++)
		fprintf(out, "%s{\"address\": \"r%zu@example.net\"}",
			i == 0 ? "" : ", ", i);
	fprintf(out, "]}");
	fclose(out);
	parse_well(line);
	ck_assert_uint_eq(message.left_count, count);
	ck_assert_str_eq(message.left[0].address, "r0@example.net");
	ck_assert_str_eq(message.left[count - 1].address, "r19999@example.net");
	free(line);
}
END_TEST

#define HEAD "{\"queue_name\": \"hold\", \"queue_id\": "

static const struct {
	const char *line;
	const char *id; /* NULL: not the form */
} heads[] = {
	{ HEAD "\"A1\", \"more", "A1" },
	{ HEAD "\"3Pt2mN2VXxznjll\"", "3Pt2mN2VXxznjll" },
	{ HEAD "\"A1", NULL },
	{ HEAD "\"\"", NULL },
	{ HEAD "\"A.1\"", NULL },
	{ HEAD "\"\\u0041\"", NULL },
	{ "{\"queue_name\": \"hole\", \"queue_id\": \"A1\"", NULL },
	{ "{\"queue_name\": \"corrupt\", \"queue_id\": \"A1\"", NULL },
	{ "{\"queue_name\":\"hold\",\"queue_id\":\"A1\"", NULL },
	{ "{\"queue_id\": \"A1\", \"queue_name\": \"hold\"", NULL },
	{ " " HEAD "\"A1\"", NULL },
	{ "", NULL },
};

START_TEST(finds_the_name_at_the_head)
{
	size_t len = strlen(heads[_i].line);
	char *exact = malloc(len + 1);
	enum qf_queue queue = QF_QUEUE_MAILDROP;
	char id[QF_LISTING_ID_SIZE] = "";
	bool found;

	memcpy(exact, heads[_i].line, len);
	found = qf_listing_json_head(exact, len, &queue, id);
	free(exact);
	ck_assert_int_eq(found, heads[_i].id != NULL);
	if (found) {
		ck_assert_str_eq(id, heads[_i].id);
		ck_assert_int_eq(queue, QF_QUEUE_HOLD);
	}
}
END_TEST

START_TEST(limits_the_id_at_the_head)
{
	char line[400] = HEAD "\"";
	size_t len = strlen(line);
	enum qf_queue queue;
	char id[QF_LISTING_ID_SIZE];

	memset(line + len, 'x', 256);
	line[len + 255] = '"';
	ck_assert(qf_listing_json_head(line, len + 256, &queue, id));
	ck_assert_uint_eq(strlen(id), 255);
	line[len + 255] = 'x';
	line[len + 256] = '"';
	ck_assert(!qf_listing_json_head(line, len + 257, &queue, id));
}
END_TEST

/* The head must never tell another name than the whole line. */
START_TEST(head_agrees_with_the_line)
{
	enum qf_queue queue;
	char id[QF_LISTING_ID_SIZE];

	if (!qf_listing_json_head(forms[_i].line, strlen(forms[_i].line),
				  &queue, id)) {
		ck_assert_int_eq(_i, COUNT(forms) - 1);
		return;
	}
	ck_assert_int_eq(queue, forms[_i].queue);
	ck_assert_str_eq(id, forms[_i].id);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("listing_json");
	TCase *tc = tcase_create("lines");

	tcase_add_checked_fixture(tc, NULL, free_arena);
	tcase_add_loop_test(tc, reads_the_form_of_each_version, 0,
			    COUNT(forms));
	tcase_add_test(tc, tells_what_it_does_not_know);
	tcase_add_loop_test(tc, reads_text_and_repairs_it, 0, COUNT(texts));
	tcase_add_test(tc, repairs_all_texts);
	tcase_add_loop_test(tc, names_the_member_that_is_wrong, 0,
			    COUNT(wrong));
	tcase_add_loop_test(tc, names_the_damaged_place, 0, COUNT(damages));
	tcase_add_test(tc, refuses_every_beginning_of_a_line);
	tcase_add_test(tc, error_may_be_null);
	tcase_add_test(tc, limits_the_id);
	tcase_add_test(tc, limits_the_depth);
	tcase_add_test(tc, limits_the_length);
	tcase_add_test(tc, keeps_a_reason_once);
	tcase_add_test(tc, reads_many_recipients);
	tcase_add_loop_test(tc, finds_the_name_at_the_head, 0, COUNT(heads));
	tcase_add_test(tc, limits_the_id_at_the_head);
	tcase_add_loop_test(tc, head_agrees_with_the_line, 0, COUNT(forms));
	tcase_set_timeout(tc, 60);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
