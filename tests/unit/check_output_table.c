/*
 * check_output_table.c - a listing as a table, on terminals of all widths.
 */
#include "mailq-tools/output.h"

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apart.h"
#include "unit.h"

#define NOW 1795342700

#define KNOWN                                                                  \
	(QF_PART_NAME | QF_PART_INODE | QF_PART_ENVELOPE |                     \
	 QF_PART_RECIPIENTS | QF_PART_REASONS | QF_PART_DONE)

static struct tool tool;
static struct columns columns;
static struct output output;
static struct apart apart;

static void
begin(void)
{
	ck_assert_ptr_nonnull(setlocale(LC_ALL, "C.UTF-8"));
	ck_assert_int_eq(setenv("TERM", "xterm", 1), 0);
	ck_assert_int_eq(unsetenv("NO_COLOR"), 0);
	tool = (struct tool){ .name = "mqtest",
			      .now = NOW,
			      .utf8 = true,
			      .color = TOOL_COLOR_NEVER };
	columns = (struct columns){ 0 };
	output = (struct output){ .tool = &tool,
				  .format = OUTPUT_TABLE,
				  .columns = &columns,
				  .headings = true };
}

static void
end(void)
{
	apart_free(&apart);
}

/* Messages to be listed: `count' in all, over and over the same. */
struct given {
	const struct qf_message *messages;
	size_t there_are;
	size_t count;
};

static int
list(void *context)
{
	const struct given *given = context;
	bool fine = output_start(&output);

	for (size_t i = 0; fine && i < given->count; i++)
		fine = output_message(&output,
				      &given->messages[i % given->there_are]);
	fine = fine && output_end(&output);
	output_free(&output);
	return fine ? 0 : 1;
}

/* A terminal of so many columns; 0: none. */
static void
list_on(unsigned short terminal, const char *names, const struct given *given)
{
	struct given all = *given;

	columns_read(&tool, names, &columns);
	if (terminal == 0)
		apart_run(&apart, list, &all);
	else
		apart_run_on_terminal(&apart, terminal, list, &all);
	ck_assert_str_eq(apart.err, "");
	ck_assert_int_eq(apart.status, 0);
}

static void
expect(unsigned short terminal, const char *names, const struct given *given,
       const char *wanted)
{
	list_on(terminal, names, given);
	ck_assert_str_eq(apart.out, wanted);
	apart_free(&apart);
}

static const struct qf_recipient waiting[] = {
	{ .state = QF_RECIPIENT_DEFERRED,
	  .address = "bob@example.org",
	  .reason = "connect to mx.example.org[192.0.2.1]:25: refused" },
};

static const struct qf_message messages[] = {
	{ .parts = KNOWN,
	  .id = "6C3B5A9C049",
	  .queue = QF_QUEUE_DEFERRED,
	  .size = 12288,
	  .arrival = NOW - 11100,
	  .next = NOW + 61,
	  .sender = "alice@example.com",
	  .left = waiting,
	  .left_count = 1 },
	{ .parts = KNOWN,
	  .id = "4jXQyk6zNkz1bblD",
	  .queue = QF_QUEUE_HOLD,
	  .forced_expire = true,
	  .size = 7,
	  .arrival = NOW - 1,
	  .sender = "" },
};

static const struct given both = { messages, 2, 2 };

/* Numbers to the right, and no blank behind the last column. */
START_TEST(a_file_gets_all)
{
	expect(0, "id,mark,size,age,next,rcpts,sender,rcpt,reason", &both,
	       "ID               Q  SIZE   AGE NEXT RCPTS SENDER            "
	       "RCPT            REASON\n"
	       "6C3B5A9C049      D   12K 3h05m   1m   1/1 alice@example.com "
	       "bob@example.org connect to mx.example.org[192.0.2.1]:25: "
	       "refused\n"
	       "4jXQyk6zNkz1bblD !#    7    1s held   0/0 <>\n");
}
END_TEST

START_TEST(headings_may_be_left_out)
{
	output.headings = false;
	expect(0, "id,size", &both,
	       "6C3B5A9C049      12K\n4jXQyk6zNkz1bblD   7\n");
}
END_TEST

/* Without a row there is no heading either. */
START_TEST(nothing_is_no_table)
{
	static const struct given none = { messages, 2, 0 };

	expect(0, "id,size", &none, "");
	expect(80, "id,size", &none, "");
}
END_TEST

static const unsigned short terminals[] = {
	16, 17, 18, 19, 25, 33, 40, 59, 60, 79, 80, 81, 100, 132, 200,
};

/* Characters that take two columns are not cut in half. */
START_TEST(no_terminal_is_too_narrow)
{
	struct qf_message m[2] = { messages[0], messages[1] };
	const struct given given = { m, 2, 2 };

	m[0].sender = "\xe7\x94\xa8\xe6\x88\xb7\xe7\x94\xa8\xe6\x88\xb7@"
		      "\xe4\xbe\x8b\xe3\x81\x88\xe4\xbe\x8b\xe3\x81\x88.x";
	list_on(terminals[_i], "id,mark,size,age,next,rcpts,sender,rcpt,reason",
		&given);
	ck_assert_uint_le(apart_widest(&apart), terminals[_i]);
	/* Ids are never cut. */
	unit_says(apart.out, "6C3B5A9C049");
	unit_says(apart.out, "4jXQyk6zNkz1bblD");
}
END_TEST

START_TEST(free_text_is_cut)
{
	expect(60, "id,sender,reason", &both,
	       "ID               SENDER         REASON\n"
	       "6C3B5A9C049      alice@example\xe2\x80\xa6 "
	       "connect to mx.example.org[1\xe2\x80\xa6\n"
	       "4jXQyk6zNkz1bblD <>\n");
	tool.utf8 = false;
	expect(60, "id,sender,reason", &both,
	       "ID               SENDER         REASON\n"
	       "6C3B5A9C049      alice@example> connect to mx.example.org[1>\n"
	       "4jXQyk6zNkz1bblD <>\n");
}
END_TEST

START_TEST(hostile_text_is_harmless)
{
	struct qf_message m = messages[0];
	const struct given given = { &m, 1, 1 };

	m.sender = "\033[2J\nx\xe2\x80\xaey@\xff";
	expect(0, "id,sender", &given,
	       "ID          SENDER\n"
	       "6C3B5A9C049 ^[[2J^Jx<U+202E>y@<FF>\n");
	expect(80, "id,sender", &given,
	       "ID          SENDER\n"
	       "6C3B5A9C049 ^[[2J^Jx<U+202E>y@<FF>\n");
}
END_TEST

/* Each kind of message has its colour. */
static const struct {
	enum qf_queue queue;
	bool forced_expire;
	const char *fault;
	const char *color; /* of ANSI, "" for none */
} colors[] = {
	{ QF_QUEUE_MAILDROP, false, NULL, "\033[36m" },
	{ QF_QUEUE_INCOMING, false, NULL, "\033[36m" },
	{ QF_QUEUE_ACTIVE, false, NULL, "\033[32m" },
	{ QF_QUEUE_DEFERRED, false, NULL, "" },
	{ QF_QUEUE_HOLD, false, NULL, "\033[1;33m" },
	{ QF_QUEUE_CORRUPT, false, NULL, "\033[31m" },
	{ QF_QUEUE_DEFERRED, true, NULL, "\033[35m" },
	{ QF_QUEUE_ACTIVE, true, "damaged", "\033[31m" },
};

START_TEST(colors_tell_the_state)
{
	struct qf_message m = messages[0];
	const struct given given = { &m, 1, 1 };

	m.queue = colors[_i].queue;
	m.forced_expire = colors[_i].forced_expire;
	m.fault = colors[_i].fault;
	tool.color = TOOL_COLOR_ALWAYS;
	output.headings = false;
	list_on(0, "id", &given);
	unit_says(apart.out, "6C3B5A9C049");
	if (*colors[_i].color == '\0')
		ck_assert_str_eq(apart.out, "6C3B5A9C049\n");
	else
		ck_assert_int_eq(strncmp(apart.out, colors[_i].color,
					 strlen(colors[_i].color)),
				 0);
	apart_free(&apart);
	tool.color = TOOL_COLOR_NEVER;
	expect(0, "id", &given, "6C3B5A9C049\n");
}
END_TEST

/* Several pieces look like one table: one heading, the same widths. */
START_TEST(many_rows_are_one_table)
{
	static const struct given many = { messages, 2, 2500 };
	size_t lines = 0;
	size_t headings = 0;

	list_on(0, "id,size", &many);
	for (const char *line = apart.out; *line != '\0';) {
		size_t len = strcspn(line, "\n");

		ck_assert_uint_eq(len, 21);
		headings += strncmp(line, "ID ", 3) == 0;
		lines++;
		line += len + 1;
	}
	ck_assert_uint_eq(headings, 1);
	ck_assert_uint_eq(lines, 2501);
}
END_TEST

/* A later piece may have an id that is wider than all before. */
START_TEST(a_later_id_is_not_cut)
{
	static struct qf_message rows[1001];
	const struct given given = { rows, 1001, 1001 };

	for (int i = 0; i < 1001; i++)
		rows[i] = messages[0];
	rows[1000].id = "4jXQyk6zNkz1bblD";
	rows[1000].size = 999;
	list_on(40, "id,size", &given);
	unit_says(apart.out, "6C3B5A9C049  12K\n");
	unit_says(apart.out, "\n4jXQyk6zNkz1bblD  999\n");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("output_table");
	TCase *tc = tcase_create("output_table");

	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_test(tc, a_file_gets_all);
	tcase_add_test(tc, headings_may_be_left_out);
	tcase_add_test(tc, nothing_is_no_table);
	tcase_add_loop_test(tc, no_terminal_is_too_narrow, 0, COUNT(terminals));
	tcase_add_test(tc, free_text_is_cut);
	tcase_add_test(tc, hostile_text_is_harmless);
	tcase_add_loop_test(tc, colors_tell_the_state, 0, COUNT(colors));
	tcase_add_test(tc, many_rows_are_one_table);
	tcase_add_test(tc, a_later_id_is_not_cut);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
