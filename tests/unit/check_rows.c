/*
 * check_rows.c - messages are sorted, and of many only the wanted are held.
 */
#include "mailq-tools/rows.h"

#include <stdio.h>
#include <string.h>

#include "apart.h"
#include "unit.h"

#define NOW 1795342700

#define KNOWN                                                                  \
	(QF_PART_NAME | QF_PART_INODE | QF_PART_ENVELOPE |                     \
	 QF_PART_RECIPIENTS | QF_PART_REASONS)

static struct tool tool;
static struct rows rows;
static struct apart apart;

static void
begin(void)
{
	tool = (struct tool){ .name = "mqtest" };
	rows = (struct rows){ .now = NOW };
}

static void
end(void)
{
	rows_free(&rows);
	apart_free(&apart);
}

static void
add(const struct qf_message *message)
{
	struct qf_error err;

	ck_assert(rows_add(&rows, message, &err) == QF_OK);
}

/* The ids, in order: "A B C". */
static void
expect(const char *wanted)
{
	char found[400] = "";

	for (size_t i = 0; i < rows.count; i++) {
		size_t len = strlen(found);

		snprintf(found + len, sizeof(found) - len, "%s%s",
			 i > 0 ? " " : "", rows.items[i].message.id);
	}
	ck_assert_str_eq(found, wanted);
}

static const struct qf_message messages[] = {
	{ .parts = KNOWN,
	  .id = "A",
	  .queue = QF_QUEUE_HOLD,
	  .size = 300,
	  .arrival = NOW - 30,
	  .sender = "bob@example.org" },
	{ .parts = KNOWN,
	  .id = "B",
	  .queue = QF_QUEUE_DEFERRED,
	  .size = 100,
	  .arrival = NOW - 10,
	  .next = NOW + 5,
	  .sender = "Alice@example.com" },
	/* Damaged: nothing is known but its name. */
	{ .parts = QF_PART_NAME | QF_PART_INODE,
	  .id = "C",
	  .queue = QF_QUEUE_DEFERRED,
	  .next = NOW + 1 },
	{ .parts = KNOWN,
	  .id = "D",
	  .queue = QF_QUEUE_ACTIVE,
	  .size = 300,
	  .arrival = NOW - 20,
	  .sender = "alice@example.com" },
	{ .parts = KNOWN,
	  .id = "E",
	  .queue = QF_QUEUE_DEFERRED,
	  .size = 5000000000,
	  .arrival = NOW - 40,
	  .next = NOW - 5,
	  .sender = "" },
};

static const struct {
	const char *keys;
	const char *order;
} orders[] = {
	{ "size", "B A D E C" },
	{ "-size", "E A D B C" },
	{ "age", "B D A E C" },
	{ "-age", "E A D B C" },
	{ "arrival", "E A D B C" },
	{ "next", "E C B A D" },
	{ "-next", "B C E A D" },
	{ "size,age", "B D A E C" },
	{ "size,-age", "B A D E C" },
	{ "-size,age", "E D A B C" },
	/* Texts without regard to case; the shorter one first. */
	{ "sender", "E B D A C" },
	{ "-sender", "A B D E C" },
	{ "sender.domain", "B D A C E" },
	{ "sender.domain,-id", "D B A E C" },
	{ "queue", "D B C E A" },
	{ "-queue,size", "A B E C D" },
	{ "-id", "E D C B A" },
	/* Nobody knows a reason: they stay as they came. */
	{ "reason", "A B C D E" },
	{ "-reason", "A B C D E" },
};

START_TEST(sorts_by_keys)
{
	rows_read_keys(&tool, orders[_i].keys, &rows);
	for (int i = 0; i < COUNT(messages); i++)
		add(&messages[i]);
	rows_sort(&rows);
	expect(orders[_i].order);
}
END_TEST

START_TEST(a_limit_keeps_the_first)
{
	rows_read_keys(&tool, "-size", &rows);
	rows.limit = 2;
	for (int i = 0; i < COUNT(messages); i++)
		add(&messages[i]);
	rows_sort(&rows);
	expect("E A");
}
END_TEST

START_TEST(a_limit_may_be_more_than_there_is)
{
	rows_read_keys(&tool, "-size", &rows);
	rows.limit = 100;
	add(&messages[0]);
	add(&messages[1]);
	rows_sort(&rows);
	expect("A B");
}
END_TEST

START_TEST(nothing_is_sorted_too)
{
	rows_read_keys(&tool, "size", &rows);
	rows_sort(&rows);
	ck_assert_uint_eq(rows.count, 0);
}
END_TEST

/* The caller's message and its strings go away. */
START_TEST(rows_hold_a_copy)
{
	char id[] = "A";
	char sender[] = "alice@example.com";
	struct qf_recipient left = { .address = sender };
	struct qf_message message = { .parts = KNOWN,
				      .id = id,
				      .sender = sender,
				      .left = &left,
				      .left_count = 1 };

	add(&message);
	strcpy(id, "?");
	strcpy(sender, "?");
	left.address = NULL;
	message.size = 7;
	expect("A");
	ck_assert_str_eq(rows.items[0].message.sender, "alice@example.com");
	ck_assert_str_eq(rows.items[0].message.left[0].address,
			 "alice@example.com");
	ck_assert_int_eq(rows.items[0].message.size, 0);
}
END_TEST

/* A number that looks like chance, the same each time. */
static unsigned
scatter(unsigned i)
{
	return i * 2654435761u % 100003u;
}

static void
add_many(unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		char id[20];
		struct qf_message message = { .parts = KNOWN,
					      .id = id,
					      .size = scatter(i) };

		snprintf(id, sizeof(id), "%08X", i);
		add(&message);
	}
}

/* The best of all, and not of those that came first or last. */
START_TEST(a_limit_among_many)
{
	static const unsigned many = 50000;
	int64_t sizes[5] = { -1, -1, -1, -1, -1 };

	rows_read_keys(&tool, "-size", &rows);
	rows.limit = 5;
	add_many(many);
	for (unsigned i = 0; i < many; i++) {
		int64_t size = scatter(i);

		for (int j = 0; j < 5; j++) {
			int64_t best = sizes[j];

			if (size > best) {
				sizes[j] = size;
				size = best;
			}
		}
	}
	rows_sort(&rows);
	ck_assert_uint_eq(rows.count, 5);
	for (int j = 0; j < 5; j++)
		ck_assert_int_eq(rows.items[j].message.size, sizes[j]);
}
END_TEST

/* Without a limit all are held, each equal string once. */
START_TEST(a_limit_saves_memory)
{
	size_t most = 0;

	rows_read_keys(&tool, "size", &rows);
	rows.limit = 10;
	for (int i = 0; i < 20; i++) {
		add_many(5000);
		if (rows.arena.used > most)
			most = rows.arena.used;
		ck_assert_uint_lt(rows.count, 2 * 10 + 4096);
	}
	ck_assert_uint_lt(most, 1000000);
	ck_assert_uint_lt(rows.room, 10000);
}
END_TEST

START_TEST(equal_rows_stay_as_they_came)
{
	static const unsigned many = 20000;

	rows_read_keys(&tool, "queue,-size", &rows);
	rows.limit = 9000;
	for (unsigned i = 0; i < many; i++) {
		char id[20];
		struct qf_message message = { .parts = KNOWN,
					      .id = id,
					      .size = i % 2 };

		snprintf(id, sizeof(id), "%08X", i);
		add(&message);
	}
	rows_sort(&rows);
	ck_assert_uint_eq(rows.count, 9000);
	for (unsigned i = 0; i < 9000; i++) {
		char id[20];

		snprintf(id, sizeof(id), "%08X", 2 * i + 1);
		ck_assert_str_eq(rows.items[i].message.id, id);
	}
}
END_TEST

static const struct {
	const char *keys;
	unsigned parts;
} costs[] = {
	{ "id", QF_PART_NAME },
	{ "queue,-id", QF_PART_NAME },
	{ "next", QF_PART_NAME | QF_PART_INODE },
	{ "id,-age", QF_PART_NAME | QF_PART_INODE | QF_PART_ENVELOPE },
	{ "reason", KNOWN },
};

START_TEST(keys_have_a_cost)
{
	ck_assert_uint_eq(rows_parts(&rows), 0);
	rows_read_keys(&tool, costs[_i].keys, &rows);
	ck_assert_uint_eq(rows_parts(&rows), costs[_i].parts);
}
END_TEST

static int
read_keys(void *context)
{
	rows_read_keys(&tool, context, &rows);
	return 0;
}

static const struct {
	const char *keys;
	const char *says;
} mistakes[] = {
	{ "sise", "--sort: unknown field 'sise' (did you mean 'size'?)\n" },
	{ "-sendr",
	  "--sort: unknown field 'sendr' (did you mean 'sender'?)\n" },
	{ "age,xyzzy",
	  "--sort: unknown field 'xyzzy'; \"mqtest --fields\" lists all\n" },
	{ "", "--sort: unknown field ''; \"mqtest --fields\" lists all\n" },
	{ "age,", "--sort: unknown field ''; " },
	{ "--age", "--sort: unknown field '-age' (did you mean 'age'?)\n" },
	{ "id,id,id,id,id,id,id,id,id", "--sort: more than 8 fields\n" },
};

START_TEST(mistakes_are_pointed_at)
{
	char keys[50];

	strcpy(keys, mistakes[_i].keys);
	apart_run(&apart, read_keys, keys);
	ck_assert_int_eq(apart.status, 64);
	unit_says(apart.err, mistakes[_i].says);
}
END_TEST

START_TEST(eight_keys_are_not_too_many)
{
	rows_read_keys(&tool, "id,-id,id,-id,id,-id,id,-id", &rows);
	ck_assert_uint_eq(rows.key_count, 8);
	ck_assert(rows.keys[7].descending);
	ck_assert(!rows.keys[6].descending);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("rows");
	TCase *tc = tcase_create("rows");

	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_loop_test(tc, sorts_by_keys, 0, COUNT(orders));
	tcase_add_test(tc, a_limit_keeps_the_first);
	tcase_add_test(tc, a_limit_may_be_more_than_there_is);
	tcase_add_test(tc, nothing_is_sorted_too);
	tcase_add_test(tc, rows_hold_a_copy);
	tcase_add_test(tc, a_limit_among_many);
	tcase_add_test(tc, a_limit_saves_memory);
	tcase_add_test(tc, equal_rows_stay_as_they_came);
	tcase_add_loop_test(tc, keys_have_a_cost, 0, COUNT(costs));
	tcase_add_loop_test(tc, mistakes_are_pointed_at, 0, COUNT(mistakes));
	tcase_add_test(tc, eight_keys_are_not_too_many);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
