/*
 * check_postqueue_json.c - `postqueue -j' is, byte for byte, that of each
 * Postfix since 3.1.
 *
 * The texts were taken from real ones; docs/COMPATIBILITY.md has the versions.
 */
#include <stdio.h>

#include "list_as.h"
#include "unit.h"

static const struct qf_recipient deferred[] = {
	{ .state = QF_RECIPIENT_DEFERRED,
	  .address = "bob@example.org",
	  .original = "robert@example.org",
	  .reason = "connect to mx.example.org[192.0.2.1]:25: refused" },
	{ .state = QF_RECIPIENT_WAITING, .address = "carol@example.org" },
	{ .state = QF_RECIPIENT_DEFERRED,
	  .address = "dave@example.org",
	  .reason = "" },
};

static const struct qf_message waiting = {
	.id = "6C3B5A9C049",
	.queue = QF_QUEUE_DEFERRED,
	.forced_expire = true,
	.size = 327,
	.arrival = 1795342700,
	.sender = "alice@example.com",
	.left = deferred,
	.left_count = COUNT(deferred),
};

#define HEAD                                                                   \
	"{\"queue_name\": \"deferred\", \"queue_id\": \"6C3B5A9C049\", "       \
	"\"arrival_time\": 1795342700, \"message_size\": 327, "
#define EXPIRE "\"forced_expire\": true, "
#define SENDER "\"sender\": \"alice@example.com\", \"recipients\": ["
#define REASON                                                                 \
	"\"delay_reason\": "                                                   \
	"\"connect to mx.example.org[192.0.2.1]:25: refused\"}, "

#define LINE_3_1                                                               \
	HEAD SENDER "{\"address\": \"bob@example.org\", " REASON               \
		    "{\"address\": \"carol@example.org\"}, "                   \
		    "{\"address\": \"dave@example.org\"}]}\n"
#define LINE_3_5                                                               \
	HEAD EXPIRE SENDER "{\"address\": \"bob@example.org\", " REASON        \
			   "{\"address\": \"carol@example.org\"}, "            \
			   "{\"address\": \"dave@example.org\"}]}\n"
#define LINE_3_11                                                              \
	HEAD EXPIRE SENDER "{\"orig_address\": \"robert@example.org\", "       \
			   "\"address\": \"bob@example.org\", " REASON         \
			   "{\"orig_address\": \"carol@example.org\", "        \
			   "\"address\": \"carol@example.org\"}, "             \
			   "{\"orig_address\": \"\", "                         \
			   "\"address\": \"dave@example.org\"}]}\n"

static const struct {
	const char *version;
	const char *line;
} jsons[] = {
	{ "3.1.0", LINE_3_1 },	 { "3.4.29", LINE_3_1 },
	{ "3.5.0", LINE_3_5 },	 { "3.7.11", LINE_3_5 },
	{ "3.8.0", LINE_3_5 },	 { "3.9.14", LINE_3_5 },
	{ "3.10.13", LINE_3_5 }, { "3.11.0", LINE_3_11 },
};

START_TEST(lines_of_each_version)
{
	ck_assert_str_eq(list_json(jsons[_i].version, &waiting, 1),
			 jsons[_i].line);
}
END_TEST

/* 3.11 alone is given these, and tells them from deferrals. */
START_TEST(bounces_and_originals)
{
	static const struct qf_recipient left[] = {
		{ .state = QF_RECIPIENT_BOUNCED,
		  .address = "eve@example.org",
		  .reason = "User unknown" },
		{ .state = QF_RECIPIENT_WAITING,
		  .address = "frank@example.org",
		  .original = "\"\"" },
	};
	struct qf_message m = waiting;

	m.left = left;
	m.left_count = COUNT(left);
	ck_assert_str_eq(list_json("3.11.6", &m, 1), HEAD EXPIRE SENDER
			 "{\"orig_address\": \"\", "
			 "\"address\": \"eve@example.org\", "
			 "\"bounce_reason\": \"User unknown\"}, "
			 "{\"orig_address\": \"\\\"\\\"\", "
			 "\"address\": \"frank@example.org\"}]}\n");
}
END_TEST

START_TEST(names_each_queue)
{
	static const char *const names[] = { "maildrop", "active", "incoming",
					     "deferred", "hold" };
	struct qf_message m = { .id = "A",
				.queue = (enum qf_queue)_i,
				.size = 99999999999,
				.arrival = 4102444800,
				.sender = "MAILER-DAEMON" };
	char wanted[200];

	snprintf(wanted, sizeof(wanted),
		 "{\"queue_name\": \"%s\", \"queue_id\": \"A\", "
		 "\"arrival_time\": 4102444800, "
		 "\"message_size\": 99999999999, \"forced_expire\": false, "
		 "\"sender\": \"MAILER-DAEMON\", \"recipients\": []}\n",
		 names[_i]);
	ck_assert_str_eq(list_json("3.9.0", &m, 1), wanted);
}
END_TEST

START_TEST(several_messages_are_lines)
{
	struct qf_message m[3] = { waiting, waiting, waiting };

	ck_assert_str_eq(list_json("3.4.0", m, 3), LINE_3_1 LINE_3_1 LINE_3_1);
}
END_TEST

/* Two characters are escaped; a slash and what is not ASCII are not. */
static const struct {
	const char *text;
	const char *json;
} strings[] = {
	{ "", "\"sender\": \"\"," },
	{ "\"", "\"sender\": \"\\\"\"," },
	{ "\\", "\"sender\": \"\\\\\"," },
	{ "\"a\\\"b\"@x", "\"sender\": \"\\\"a\\\\\\\"b\\\"@x\"," },
	{ "a/b@x", "\"sender\": \"a/b@x\"," },
	{ "\xe7\x94\xa8@\xe4\xbe\x8b", "\"sender\": \"\xe7\x94\xa8@\xe4\xbe"
				       "\x8b\"," },
	{ "?[2J?@x", "\"sender\": \"?[2J?@x\"," },
};

START_TEST(escapes)
{
	struct qf_message m = waiting;

	m.sender = strings[_i].text;
	unit_says(list_json(list_series[_i], &m, 1), strings[_i].json);
}
END_TEST

START_TEST(an_empty_queue_is_nothing)
{
	ck_assert_str_eq(list_json(list_series[_i], NULL, 0), "");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("postqueue_json");
	TCase *tc = tcase_create("postqueue_json");

	tcase_add_loop_test(tc, lines_of_each_version, 0, COUNT(jsons));
	tcase_add_test(tc, bounces_and_originals);
	tcase_add_loop_test(tc, names_each_queue, 0, 5);
	tcase_add_test(tc, several_messages_are_lines);
	tcase_add_loop_test(tc, escapes, 0, COUNT(strings));
	tcase_add_loop_test(tc, an_empty_queue_is_nothing, 0, LIST_SERIES);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
