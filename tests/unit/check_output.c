/*
 * check_output.c - a listing in each of its forms, on standard output.
 */
#include "mailq-tools/output.h"

#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "apart.h"
#include "unit.h"

/* Sun Nov 22 10:18:20 2026, UTC */
#define NOW 1795342700

#define KNOWN                                                                  \
	(QF_PART_NAME | QF_PART_INODE | QF_PART_ENVELOPE |                     \
	 QF_PART_RECIPIENTS | QF_PART_REASONS | QF_PART_DONE)

static struct tool tool;
static struct columns columns;
static struct qf_config config;
static struct output output;
static struct apart apart;

static void
begin(void)
{
	struct qf_error err;

	ck_assert_int_eq(setenv("TZ", "UTC0", 1), 0);
	tzset();
	ck_assert_ptr_nonnull(setlocale(LC_ALL, "C.UTF-8"));
	ck_assert_int_eq(setenv("TERM", "xterm", 1), 0);
	tool = (struct tool){ .name = "mqtest", .now = NOW, .utf8 = true };
	columns = (struct columns){ 0 };
	ck_assert(qf_config_parse("mail_version = 3.7.11\n", &config, &err) ==
		  QF_OK);
	output = (struct output){ .tool = &tool,
				  .columns = &columns,
				  .headings = true,
				  .config = &config };
}

static void
end(void)
{
	qf_config_free(&config);
	apart_free(&apart);
}

/* Messages to be listed. */
struct given {
	const struct qf_message *messages;
	size_t count;
};

static int
list(void *context)
{
	const struct given *given = context;
	bool fine = output_start(&output);

	signal(SIGPIPE, SIG_IGN);
	for (size_t i = 0; fine && i < given->count; i++)
		fine = output_message(&output, &given->messages[i]);
	fine = fine && output_end(&output);
	output_free(&output);
	qf_config_free(&config);
	return fine ? 0 : 1;
}

/* What `mqls -f FORM -o LIST' prints. */
static void
list_as(const char *form, const char *names, const struct qf_message *messages,
	size_t count)
{
	struct given given = { messages, count };

	ck_assert(output_format_by_name(form, &output.format));
	columns_read(&tool, names, &columns);
	apart_run(&apart, list, &given);
	ck_assert_str_eq(apart.err, "");
	ck_assert_int_eq(apart.status, 0);
}

static void
expect(const char *form, const char *names, const struct qf_message *messages,
       size_t count, const char *wanted)
{
	list_as(form, names, messages, count);
	ck_assert_str_eq(apart.out, wanted);
	apart_free(&apart);
}

static const struct qf_recipient waiting[] = {
	{ .state = QF_RECIPIENT_DEFERRED,
	  .address = "bob@example.org",
	  .original = "robert@example.org",
	  .reason = "say \"no\", or wait",
	  .dsn = "4.4.1",
	  .mta = "mx.example.org" },
	{ .state = QF_RECIPIENT_WAITING, .address = "carol@example.org" },
};

static const struct qf_recipient done[] = {
	{ .state = QF_RECIPIENT_DONE, .address = "dave@example.org" },
};

static const struct qf_message messages[] = {
	{ .parts = KNOWN,
	  .id = "6C3B5A9C049",
	  .queue = QF_QUEUE_DEFERRED,
	  .place = "deferred/6/6C3B5A9C049",
	  .file_size = 999,
	  .next = NOW + 60,
	  .size = 327,
	  .arrival = NOW - 3600,
	  .created = NOW - 3599,
	  .last = NOW - 300,
	  .expires = NOW + 86400,
	  .sender = "alice@example.com",
	  .left = waiting,
	  .left_count = 2,
	  .done = done,
	  .done_count = 1,
	  .fault_offset = -1 },
	{ .parts = KNOWN,
	  .id = "4jXQyk6zNkz1bblD",
	  .queue = QF_QUEUE_HOLD,
	  .forced_expire = true,
	  .size = 700,
	  .arrival = NOW - 60,
	  .sender = "",
	  .fault_offset = -1 },
};

static const char *const forms[] = { "table", "mailq", "json", "jsonl",
				     "csv",   "tsv",   "ids" };

START_TEST(forms_have_names)
{
	enum output_format format = OUTPUT_TABLE;

	ck_assert(output_format_by_name(forms[_i], &format));
	ck_assert_int_eq(format, _i);
	ck_assert(!output_format_by_name("", &format));
	ck_assert(!output_format_by_name("JSON", &format));
	ck_assert(!output_format_by_name("jso", &format));
	ck_assert_int_eq(format, _i);
}
END_TEST

/* Of nothing: the text of mailq, an empty array, and headings. */
static const char *const empties[] = {
	"", "Mail queue is empty\n", "[]\n", "", "id,size\r\n", "id\tsize\n",
	"",
};

START_TEST(an_empty_listing)
{
	expect(forms[_i], "id,size", NULL, 0, empties[_i]);
}
END_TEST

START_TEST(ids_are_lines)
{
	expect("ids", "id", messages, 2, "6C3B5A9C049\n4jXQyk6zNkz1bblD\n");
}
END_TEST

START_TEST(ids_may_end_in_nul)
{
	output.null = true;
	list_as("ids", "id", messages, 2);
	ck_assert_uint_eq(apart.out_len, 29);
	ck_assert_mem_eq(apart.out,
			 "6C3B5A9C049\0"
			 "4jXQyk6zNkz1bblD\0",
			 29);
}
END_TEST

START_TEST(ids_tell_their_instance)
{
	struct qf_message m = messages[0];

	m.instance = "out";
	expect("ids", "id", &m, 1, "out/6C3B5A9C049\n");
	expect("csv", "id,instance", &m, 1,
	       "id,instance\r\nout/6C3B5A9C049,out\r\n");
}
END_TEST

START_TEST(csv_as_in_rfc_4180)
{
	expect("csv", "id,mark,size,age,next,rcpts,sender,reason", messages, 2,
	       "id,mark,size,age,next,rcpts,sender,reason\r\n"
	       "6C3B5A9C049,D,327,3600,2026-11-22T10:19:20+00:00,2/3,"
	       "alice@example.com,\"say \"\"no\"\", or wait\"\r\n"
	       "4jXQyk6zNkz1bblD,!#,700,60,,0/0,,\r\n");
}
END_TEST

START_TEST(csv_without_headings)
{
	output.headings = false;
	expect("csv", "id", messages, 2, "6C3B5A9C049\r\n4jXQyk6zNkz1bblD\r\n");
}
END_TEST

/* What a spreadsheet would compute, and what would end the line. */
static const struct {
	const char *sender;
	const char *csv;
	const char *tsv;
} hostiles[] = {
	{ "=1+1@x", "\"'=1+1@x\"\r\n", "=1+1@x\n" },
	{ "+cmd@x", "\"'+cmd@x\"\r\n", "+cmd@x\n" },
	{ "-2@x", "\"'-2@x\"\r\n", "-2@x\n" },
	{ "@SUM@x", "\"'@SUM@x\"\r\n", "@SUM@x\n" },
	{ "\t=1@x", "\"'^I=1@x\"\r\n", "^I=1@x\n" },
	{ "\r=1@x", "\"'^M=1@x\"\r\n", "^M=1@x\n" },
	{ "a=1@x", "a=1@x\r\n", "a=1@x\n" },
	{ "a\r\nb@x", "a^M^Jb@x\r\n", "a^M^Jb@x\n" },
	{ "a\tb@x", "a^Ib@x\r\n", "a^Ib@x\n" },
	{ "a,b@x", "\"a,b@x\"\r\n", "a,b@x\n" },
	{ "\"a b\"@x", "\"\"\"a b\"\"@x\"\r\n", "\"a b\"@x\n" },
	{ "\033]0;x\a@x", "^[]0;x^G@x\r\n", "^[]0;x^G@x\n" },
	{ "\xff@x", "<FF>@x\r\n", "<FF>@x\n" },
	{ "\xc2\x9b@x", "<U+009B>@x\r\n", "<U+009B>@x\n" },
	{ "\xe2\x80\xaex@y", "<U+202E>x@y\r\n", "<U+202E>x@y\n" },
	{ "\xe7\x94\xa8@x", "\xe7\x94\xa8@x\r\n", "\xe7\x94\xa8@x\n" },
};

START_TEST(hostile_text_stays_in_its_cell)
{
	struct qf_message m = messages[0];

	m.sender = hostiles[_i].sender;
	output.headings = false;
	expect("csv", "sender", &m, 1, hostiles[_i].csv);
	expect("tsv", "sender", &m, 1, hostiles[_i].tsv);
}
END_TEST

/* Numbers are not formulas: nothing is put before a minus. */
START_TEST(numbers_stay_numbers)
{
	struct qf_message m = messages[0];

	m.arrival = NOW + 90;
	output.headings = false;
	expect("csv", "age", &m, 1, "-90\r\n");
}
END_TEST

START_TEST(tsv_has_tabs)
{
	expect("tsv", "id,mark,size,sender,reason", messages, 2,
	       "id\tmark\tsize\tsender\treason\n"
	       "6C3B5A9C049\tD\t327\talice@example.com\t"
	       "say \"no\", or wait\n"
	       "4jXQyk6zNkz1bblD\t!#\t700\t\t\n");
}
END_TEST

/* The members of postqueue -j come first, in its order. */
#define JSON_FIRST                                                             \
	"{\"queue_name\": \"deferred\", \"queue_id\": \"6C3B5A9C049\", "       \
	"\"arrival_time\": 1795339100, \"message_size\": 327, "                \
	"\"forced_expire\": false, \"sender\": \"alice@example.com\", "        \
	"\"recipients\": [{\"address\": \"bob@example.org\", "                 \
	"\"delay_reason\": \"say \\\"no\\\", or wait\", "                      \
	"\"orig_address\": \"robert@example.org\", \"dsn\": \"4.4.1\", "       \
	"\"host\": \"mx.example.org\"}, "                                      \
	"{\"address\": \"carol@example.org\"}], "                              \
	"\"null_sender\": false, "                                             \
	"\"delivered\": [{\"address\": \"dave@example.org\"}], "               \
	"\"create_time\": 1795339101, \"next_try\": 1795342760, "              \
	"\"last_try\": 1795342400, \"expires\": 1795429100, "                  \
	"\"file_size\": 999, \"path\": \"deferred/6/6C3B5A9C049\", "           \
	"\"local\": false, \"smtputf8\": false}"
#define JSON_SECOND                                                            \
	"{\"queue_name\": \"hold\", \"queue_id\": \"4jXQyk6zNkz1bblD\", "      \
	"\"arrival_time\": 1795342640, \"message_size\": 700, "                \
	"\"forced_expire\": true, \"sender\": \"MAILER-DAEMON\", "             \
	"\"recipients\": [], \"null_sender\": true, \"delivered\": [], "       \
	"\"file_size\": 0, \"local\": false, \"smtputf8\": false}"

START_TEST(json_is_an_array)
{
	expect("json", "id", messages, 2,
	       "[\n" JSON_FIRST ",\n" JSON_SECOND "\n]\n");
	expect("json", "id", messages, 1, "[\n" JSON_FIRST "\n]\n");
}
END_TEST

START_TEST(jsonl_is_lines)
{
	expect("jsonl", "id", messages, 2, JSON_FIRST "\n" JSON_SECOND "\n");
}
END_TEST

/* Postfix's own listing tells less, and a damaged file as well. */
START_TEST(json_leaves_out_what_is_not_known)
{
	const struct qf_recipient bounced = { .state = QF_RECIPIENT_BOUNCED,
					      .address = "",
					      .reason = "no" };
	struct qf_message m = { .parts = QF_PART_NAME | QF_PART_ENVELOPE |
					 QF_PART_RECIPIENTS | QF_PART_REASONS,
				.instance = "out",
				.id = "A",
				.queue = QF_QUEUE_ACTIVE,
				.size = 1,
				.arrival = 2,
				.sender = "a@b",
				.left = &bounced,
				.left_count = 1,
				.fault_offset = -1 };

	expect("jsonl", "id", &m, 1,
	       "{\"queue_name\": \"active\", \"queue_id\": \"A\", "
	       "\"arrival_time\": 2, \"message_size\": 1, "
	       "\"forced_expire\": false, \"sender\": \"a@b\", "
	       "\"recipients\": [{\"address\": \"MAILER-DAEMON\", "
	       "\"bounce_reason\": \"no\"}], \"instance\": \"out\", "
	       "\"null_sender\": false}\n");
	m = (struct qf_message){ .parts = QF_PART_NAME,
				 .id = "A",
				 .queue = QF_QUEUE_CORRUPT,
				 .fault = "no \"end\"",
				 .fault_offset = 0 };
	expect("jsonl", "id", &m, 1,
	       "{\"queue_name\": \"corrupt\", \"queue_id\": \"A\", "
	       "\"forced_expire\": false, \"recipients\": [], "
	       "\"fault\": \"no \\\"end\\\"\", \"fault_offset\": 0}\n");
}
END_TEST

/* A reason need not be given; who is not known at all is not there. */
START_TEST(json_says_who_holds_it)
{
	struct qf_message m = { .parts = QF_PART_NAME | QF_PART_HOLDER,
				.id = "A",
				.queue = QF_QUEUE_HOLD,
				.holder = { .by = "al\"ice",
					    .reason = "why",
					    .job = "0f",
					    .since = 7 },
				.fault_offset = -1 };

#define HEAD                                                                   \
	"{\"queue_name\": \"hold\", \"queue_id\": \"A\", "                     \
	"\"forced_expire\": false, \"recipients\": []"
	expect("jsonl", "id", &m, 1,
	       HEAD ", \"hold\": {\"by\": \"al\\\"ice\", "
		    "\"reason\": \"why\", \"since\": 7, "
		    "\"job\": \"0f\"}}\n");
	m.holder.reason = NULL;
	expect("jsonl", "id", &m, 1,
	       HEAD ", \"hold\": {\"by\": \"al\\\"ice\", "
		    "\"since\": 7, \"job\": \"0f\"}}\n");
	m.holder = (struct qf_holder){ .by = NULL };
	expect("jsonl", "id", &m, 1, HEAD "}\n");
	m.holder = (struct qf_holder){ .by = "a", .job = "0f", .since = 0 };
	expect("tsv", "hold.by,hold.reason,hold.since", &m, 1,
	       "hold.by\thold.reason\thold.since\na\t\t\n");
	m.holder.since = NOW;
	m.holder.reason = "x y";
	expect("tsv", "hold.by,hold.reason,hold.since", &m, 1,
	       "hold.by\thold.reason\thold.since\n"
	       "a\tx y\t2026-11-22T10:18:20+00:00\n");
}
END_TEST

/* No byte is lost, also where JSON cannot have it. */
START_TEST(json_has_exact_bytes)
{
	struct qf_message m = messages[1];

	m.sender = "\xff\x01@x";
	list_as("jsonl", "id", &m, 1);
	unit_says(apart.out, "\"sender\": \"\xef\xbf\xbd\\u0001@x\", "
			     "\"sender_base64\": \"/wFAeA==\", "
			     "\"recipients\": [], ");
}
END_TEST

START_TEST(mailq_is_as_postqueue_p)
{
	expect("mailq", "id", messages, 2,
	       "-Queue ID-  --Size-- ----Arrival Time---- "
	       "-Sender/Recipient-------\n"
	       "6C3B5A9C049     327 Sun Nov 22 09:18:20  "
	       "alice@example.com\n"
	       "                                         "
	       "                  (say \"no\", or wait)\n"
	       "                                         "
	       "bob@example.org\n"
	       "                                         "
	       "                 (reason unavailable)\n"
	       "                                         "
	       "carol@example.org\n"
	       "\n"
	       "4jXQyk6zNkz1bblD!#     700 Sun Nov 22 10:17:20  \n"
	       "\n"
	       "-- 1 Kbytes in 2 Requests.\n");
}
END_TEST

/* Who did not say as_showq still does no harm; damage is not in a mailq. */
START_TEST(mailq_is_safe)
{
	struct qf_message m[2] = { messages[1], messages[1] };

	tool.utc = true;
	m[0].sender = "\033[2Ja\xff@x";
	m[1].sender = NULL;
	expect("mailq", "id", m, 2,
	       "-Queue ID-  --Size-- ----Arrival Time---- "
	       "-Sender/Recipient-------\n"
	       "4jXQyk6zNkz1bblD!#     700 Sun Nov 22 10:17:20  "
	       "^[[2Ja<FF>@x\n"
	       "\n"
	       "-- 0 Kbytes in 1 Request.\n");
}
END_TEST

static const struct {
	const char *form;
	const char *names;
	unsigned parts;
} costs[] = {
	{ "ids", "reason", QF_PART_NAME | QF_PART_INODE },
	{ "csv", "id", QF_PART_NAME | QF_PART_INODE },
	{ "tsv", "sender", QF_PART_NAME | QF_PART_INODE | QF_PART_ENVELOPE },
	{ "table", "next", QF_PART_NAME | QF_PART_INODE },
};

START_TEST(forms_have_a_cost)
{
	ck_assert(output_format_by_name(costs[_i].form, &output.format));
	columns_read(&tool, costs[_i].names, &columns);
	ck_assert_uint_eq(output_parts(&output), costs[_i].parts);
}
END_TEST

START_TEST(whole_messages_cost_all)
{
	const unsigned all = QF_PART_NAME | QF_PART_INODE | QF_PART_ENVELOPE |
			     QF_PART_RECIPIENTS | QF_PART_REASONS;

	for (int i = 1; i < 4; i++) {
		ck_assert(output_format_by_name(forms[i], &output.format));
		ck_assert_uint_eq(output_parts(&output) & all, all);
	}
}
END_TEST

/* Standard output goes wrong: 10 + the reason is what `list' ended with. */
static int
list_into_nowhere(void *context)
{
	int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);

	dup2(fd, STDOUT_FILENO);
	return list(context) == 1 && output.stream.errnum == ENOSPC ? 10 : 98;
}

static int
list_into_closed_pipe(void *context)
{
	int ends[2];

	if (pipe(ends) < 0)
		return 98;
	close(ends[0]);
	dup2(ends[1], STDOUT_FILENO);
	return list(context) == 1 && stream_is_closed(&output.stream) ? 10 : 98;
}

START_TEST(failures_are_told)
{
	struct given given = { messages, 2 };

	ck_assert(output_format_by_name(forms[_i], &output.format));
	columns_read(&tool, "id", &columns);
	apart_run(&apart, list_into_nowhere, &given);
	ck_assert_int_eq(apart.status, 10);
	apart_free(&apart);
	apart_run(&apart, list_into_closed_pipe, &given);
	ck_assert_int_eq(apart.status, 10);
}
END_TEST

static TCase *
text_case(void)
{
	TCase *tc = tcase_create("text");

	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_test(tc, ids_are_lines);
	tcase_add_test(tc, ids_may_end_in_nul);
	tcase_add_test(tc, ids_tell_their_instance);
	tcase_add_test(tc, csv_as_in_rfc_4180);
	tcase_add_test(tc, csv_without_headings);
	tcase_add_loop_test(tc, hostile_text_stays_in_its_cell, 0,
			    COUNT(hostiles));
	tcase_add_test(tc, numbers_stay_numbers);
	tcase_add_test(tc, tsv_has_tabs);
	tcase_add_test(tc, json_is_an_array);
	tcase_add_test(tc, jsonl_is_lines);
	tcase_add_test(tc, json_leaves_out_what_is_not_known);
	tcase_add_test(tc, json_says_who_holds_it);
	tcase_add_test(tc, json_has_exact_bytes);
	tcase_add_test(tc, mailq_is_as_postqueue_p);
	tcase_add_test(tc, mailq_is_safe);
	return tc;
}

int
main(void)
{
	Suite *suite = suite_create("output");
	TCase *tc = tcase_create("forms");

	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_loop_test(tc, forms_have_names, 0, COUNT(forms));
	tcase_add_loop_test(tc, an_empty_listing, 0, COUNT(forms));
	tcase_add_loop_test(tc, forms_have_a_cost, 0, COUNT(costs));
	tcase_add_test(tc, whole_messages_cost_all);
	tcase_add_loop_test(tc, failures_are_told, 0, COUNT(forms));
	suite_add_tcase(suite, tc);
	suite_add_tcase(suite, text_case());
	return unit_run(suite);
}
