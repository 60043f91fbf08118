/*
 * check_by.c - groups as a table, on terminals of all widths, and as JSON.
 */
#include "mailq-tools/by.h"

#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "apart.h"
#include "unit.h"

#define NOW 1795342700

#define KNOWN                                                                  \
	(QF_PART_NAME | QF_PART_INODE | QF_PART_ENVELOPE |                     \
	 QF_PART_RECIPIENTS | QF_PART_REASONS | QF_PART_DONE)

static struct tool tool;
static struct by by;
static struct option_lists columns;
static struct option_lists sorts;
static struct apart apart;

static const struct qf_recipient down[] = {
	{ .state = QF_RECIPIENT_DEFERRED,
	  .address = "bob@example.org",
	  .reason = "connect to mx.example.org[192.0.2.1]:25: Connection "
		    "refused" },
	{ .address = "eve@example.net" },
};

static const struct qf_recipient full[] = {
	{ .state = QF_RECIPIENT_DEFERRED,
	  .address = "ann@example.net",
	  .reason = "host mx.example.net[192.0.2.2] said: 452 4.2.2 Mailbox "
		    "full (in reply to RCPT TO command)" },
};

/* 16 messages of one, 4 of another, and one bounce. */
static struct qf_message messages[21];

static void
begin(void)
{
	ck_assert_ptr_nonnull(setlocale(LC_ALL, "C.UTF-8"));
	ck_assert_int_eq(setenv("TERM", "xterm", 1), 0);
	ck_assert_int_eq(unsetenv("NO_COLOR"), 0);
	tool = (struct tool){ .name = "mqtest",
			      .now = NOW,
			      .utc = true,
			      .utf8 = true,
			      .color = TOOL_COLOR_NEVER };
	by = (struct by){ .tool = &tool, .headings = true };
	columns = (struct option_lists){ .count = 0 };
	sorts = (struct option_lists){ .count = 0 };
	for (int i = 0; i < COUNT(messages); i++)
		messages[i] = (struct qf_message){
			.parts = KNOWN,
			.id = "ABC",
			.queue = QF_QUEUE_DEFERRED,
			.size = 1024,
			.arrival = NOW - 3600 - i * 60,
			.next = NOW + 120,
			.sender = i == 20  ? ""
				  : i < 16 ? "tony@example.com"
					   : "list-owner@example.com",
			.left = i < 16 ? down : full,
			.left_count = i < 16 ? 2 : 1,
		};
}

static void
end(void)
{
	apart_free(&apart);
}

static int
print(void *context)
{
	struct stream stream = { .fd = STDOUT_FILENO };
	static struct access none;
	bool fine;

	(void)context;
	by_take_lists(&tool, &by, &columns, &sorts);
	by_start(&tool, &by, &none);
	for (int i = 0; i < COUNT(messages); i++)
		by_add(&tool, &by, &messages[i]);
	fine = by_print(&by, &stream) && stream_flush(&stream);
	by_free(&by);
	stream_free(&stream);
	return fine ? 0 : 1;
}

/* A terminal of so many columns; 0: none. */
static void
group_on(unsigned short terminal, const char *fields)
{
	apart_free(&apart);
	by_read_fields(&tool, fields, &by);
	if (terminal == 0)
		apart_run(&apart, print, NULL);
	else
		apart_run_on_terminal(&apart, terminal, print, NULL);
	ck_assert_str_eq(apart.err, "");
	ck_assert_int_eq(apart.status, 0);
}

#define BLOCK	   "\xe2\x96\x88"
#define FIVE	   BLOCK BLOCK BLOCK BLOCK BLOCK
#define FOURTH	   "\xe2\x96\x8e"
#define AT_MOST	   "\xe2\x89\xa4"
#define ARROW	   "\xe2\x86\x92"
#define DOTS	   "\xe2\x80\xa6"
#define SIXTEENTHS FIVE FIVE FIVE FIVE

/* 4 of 16 are 5 of 20 columns, and 1 of them is 1 and a fourth. */
START_TEST(a_line_for_each)
{
	group_on(0, "sender");
	ck_assert_str_eq(
		apart.out,
		"MSGS RCPTS SIZE SHARE                      OLDEST NEWEST NEXT "
		"SENDER\n"
		"  16    32  16K   76% " SIXTEENTHS "  1h15m  1h00m   2m "
		"tony@example.com\n"
		"   4     4 4.0K   19% " FIVE "                 1h19m  1h16m   "
		"2m list-owner@example.com\n"
		"   1     1 1.0K  4.8% " BLOCK FOURTH
		"                    1h20m  1h20m   2m <>\n");
	tool.utf8 = false;
	by.headings = false;
	group_on(0, "sender");
	ck_assert_str_eq(apart.out,
			 "16 32  16K  76% #################### 1h15m 1h00m 2m "
			 "tony@example.com\n"
			 " 4  4 4.0K  19% #####                1h19m 1h16m 2m "
			 "list-owner@example.com\n"
			 " 1  1 1.0K 4.8% #                    1h20m 1h20m 2m "
			 "<>\n");
}
END_TEST

START_TEST(on_a_terminal_the_bar_takes_what_is_left)
{
	group_on(69, "sender");
	ck_assert_str_eq(
		apart.out,
		"MSGS RCPTS SIZE SHARE              OLDEST NEXT SENDER\n"
		"  16    32  16K   76% " FIVE FIVE BLOCK BLOCK
		"  1h15m   2m tony@example.com\n"
		"   4     4 4.0K   19% " BLOCK BLOCK BLOCK
		"           1h19m   2m list-owner@example.com\n"
		"   1     1 1.0K  4.8% \xe2\x96\x8a"
		"             1h20m   2m <>\n");
	/* It is no bar any more: the address needs the room. */
	group_on(60, "sender");
	ck_assert_str_eq(apart.out,
			 "MSGS RCPTS SIZE SHARE OLDEST NEXT SENDER\n"
			 "  16    32  16K   76%  1h15m   2m tony@example.com\n"
			 "   4     4 4.0K   19%  1h19m   2m "
			 "list-owner@example.com\n"
			 "   1     1 1.0K  4.8%  1h20m   2m <>\n");
	/* Numbers go before an address is cut to nothing. */
	group_on(40, "sender");
	ck_assert_str_eq(apart.out,
			 "MSGS SHARE OLDEST NEXT SENDER\n"
			 "  16   76%  1h15m   2m tony@example.com\n"
			 "   4   19%  1h19m   2m list-owner@examp" DOTS "\n"
			 "   1  4.8%  1h20m   2m <>\n");
}
END_TEST

START_TEST(a_reason_has_two_lines)
{
	group_on(80, "reason");
	ck_assert_str_eq(
		apart.out,
		"MSGS  REASON\n"
		"                  SHARE OLDEST NEXT  CLASS\n"
		"  16  connect to <host>[<ip>]:25: Connection refused\n"
		"      " FIVE FIVE BLOCK "   76%  1h15m   2m  refused " ARROW
		" their trouble: wait, or tell them\n"
		"  16  -\n"
		"      " FIVE FIVE BLOCK "   76%  1h15m   2m\n"
		"   5  host <host>[<ip>] said: 452 4.2.2 Mailbox full (in "
		"reply to RCPT TO comma" DOTS "\n"
		"      " BLOCK BLOCK BLOCK "\xe2\x96\x8c"
		"          24%  1h20m   2m  mailbox-full " ARROW
		" tell them another way\n");
	/* With room for it, how much there is comes back. */
	group_on(90, "reason");
	ck_assert_ptr_nonnull(strstr(
		apart.out, "   76%    16  16K  1h15m   2m  refused " ARROW
			   " their trouble: wait, or tell them\n"));
}
END_TEST

static const char *const groupings[] = {
	"sender",
	"reason",
	"reason.class",
	"reason,sender",
	"sender,rcpt.domain",
	"age",
	"rcpt,reason.class",
	"id,sender,rcpt,reason",
};

START_TEST(no_terminal_is_too_narrow)
{
	messages[3].sender = "\xe7\x94\xa8\xe6\x88\xb7\xe7\x94\xa8\xe6\x88\xb7"
			     "@\xe4\xbe\x8b\xe3\x81\x88\xe4\xbe\x8b.x";
	for (unsigned short width = 16; width < 230; width += 7) {
		memset(&by, 0, sizeof(by));
		by.tool = &tool;
		by.headings = true;
		group_on(width, groupings[_i]);
		ck_assert_msg(apart_widest(&apart) <= width, "%zu of %d:\n%s",
			      apart_widest(&apart), width, apart.out);
		unit_says(apart.out, "MSGS");
	}
}
END_TEST

START_TEST(hostile_text_is_harmless)
{
	messages[0].sender = "\033[2J\nx\xe2\x80\xaey@\xff";
	columns.items[columns.count++] = "messages,value";
	messages[20].sender = messages[19].sender;
	sorts.items[sorts.count++] = "messages";
	by.limit = 1;
	group_on(0, "sender");
	ck_assert_str_eq(apart.out, "MSGS SENDER\n"
				    "   1 ^[[2J^Jx<U+202E>y@<FF>\n"
				    "  20 (2 others)\n");
	group_on(80, "sender");
	unit_says(apart.out, "   1 ^[[2J^Jx<U+202E>y@<FF>\n");
}
END_TEST

START_TEST(what_is_not_sure_says_so)
{
	by.limit = 1;
	columns.items[columns.count++] = "value,messages,recipients,size,share";
	messages[20].left = down;
	messages[20].left_count = 2;
	messages[20].next = 0;
	group_on(0, "rcpt");
	unit_says(apart.out, " " AT_MOST "21 ");
	tool.utf8 = false;
	group_on(0, "rcpt");
	unit_says(apart.out, " <=21 ");
}
END_TEST

/* When nothing is scheduled. */
static const struct {
	enum qf_queue queue;
	int64_t next;
	const char *says;
} nexts[] = {
	{ QF_QUEUE_DEFERRED, NOW + 60, "1m" },
	{ QF_QUEUE_DEFERRED, NOW, "due" },
	{ QF_QUEUE_ACTIVE, 0, "now" },
	{ QF_QUEUE_HOLD, 0, "held" },
	{ QF_QUEUE_MAILDROP, 0, "-" },
};

START_TEST(the_next_try)
{
	for (int i = 0; i < COUNT(messages); i++) {
		messages[i].queue = nexts[_i].queue;
		messages[i].next = nexts[_i].next;
	}
	columns.items[columns.count++] = "next";
	by.headings = false;
	group_on(0, "queue");
	ck_assert_int_eq(
		strncmp(apart.out, nexts[_i].says, strlen(nexts[_i].says)), 0);
	ck_assert_uint_eq(apart.out_len, strlen(nexts[_i].says) + 1);
}
END_TEST

START_TEST(colors_are_for_who_wants_them)
{
	group_on(80, "reason");
	ck_assert_ptr_null(strchr(apart.out, '\033'));
	tool.color = TOOL_COLOR_ALWAYS;
	group_on(80, "reason");
	unit_says(apart.out, "\033[36m" BLOCK);
	unit_says(apart.out, "\033[33mrefused\033[0m\033[2m " ARROW);
}
END_TEST

START_TEST(json_has_the_ends_of_ranges)
{
	by.format = OUTPUT_JSONL;
	group_on(0, "age");
	ck_assert_str_eq(
		apart.out,
		"{\"age\": \"40m-80m\", \"age_from\": 2400, \"age_to\": 4800, "
		"\"messages\": 20, \"recipients\": 36, \"bytes\": 20480, "
		"\"share\": 0.952381, \"oldest\": 1795337960, "
		"\"newest\": 1795339100, \"next_try\": 1795342820}\n"
		"{\"age\": \"80m-160m\", \"age_from\": 4800, \"age_to\": 9600, "
		"\"messages\": 1, \"recipients\": 1, \"bytes\": 1024, "
		"\"share\": 0.047619, \"oldest\": 1795337900, "
		"\"newest\": 1795337900, \"next_try\": 1795342820}\n");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("by");
	TCase *tc = tcase_create("by");

	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_test(tc, a_line_for_each);
	tcase_add_test(tc, on_a_terminal_the_bar_takes_what_is_left);
	tcase_add_test(tc, a_reason_has_two_lines);
	tcase_add_loop_test(tc, no_terminal_is_too_narrow, 0, COUNT(groupings));
	tcase_add_test(tc, hostile_text_is_harmless);
	tcase_add_test(tc, what_is_not_sure_says_so);
	tcase_add_loop_test(tc, the_next_try, 0, COUNT(nexts));
	tcase_add_test(tc, colors_are_for_who_wants_them);
	tcase_add_test(tc, json_has_the_ends_of_ranges);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
