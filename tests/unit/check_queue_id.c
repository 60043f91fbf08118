/*
 * check_queue_id.c - names are told from others, taken apart and hashed as
 * Postfix does.  The vectors were made by Postfix 3.7.11.
 */
#include "queue-format/postfix/queue_id.h"

#include <string.h>

#include "unit.h"

static const struct {
	const char *id;
	bool ok;
} names[] = {
	{ "ABC", true },    { "a_b", true },	   { "_", true },
	{ "0", true },	    { "z", true },	   { "4SVLCh0sf8zHS", true },
	{ "AZaz09", true }, { "", false },	   { "a-b", false },
	{ ".x", false },    { "x.", false },	   { "123456.789", false },
	{ "a/b", false },   { "..", false },	   { "A B", false },
	{ "A\n", false },   { "AB#FIX", false },   { "@A", false },
	{ "A[", false },    { "A`", false },	   { "A{", false },
	{ "A:", false },    { "\xc3\xa9", false }, { "A\xff", false },
};

START_TEST(tells_queue_ids)
{
	ck_assert_int_eq(qf_queue_id_ok(names[_i].id), names[_i].ok);
}
END_TEST

START_TEST(an_id_has_at_most_255_bytes)
{
	char id[300];

	for (size_t len = 250; len < 260; len++) {
		memset(id, 'A', len);
		id[len] = '\0';
		ck_assert_int_eq(qf_queue_id_ok(id), len <= 255);
	}
}
END_TEST

/* The inode of a name that has none, or none that can be decoded. */
#define NO_INODE UINT64_MAX

static const struct {
	const char *id;
	bool is_long;
	uint64_t inode;
	int64_t seconds; /* -2: no time */
	uint32_t microseconds;
	const char *hash; /* of depth 2 */
} parts[] = {
	{ "4SVLCh0sf8zHS", true, 789, 1700000000, 123456, "1/E/" },
	{ "1E240315", false, 789, -1, 123456, "1/E/" },
	{ "4SVLCh0000z1", true, 1, 1700000000, 0, "0/0/" },
	{ "000001", false, 1, -1, 0, "0/0/" },
	{ "4SVLCh75plzyN2", true, 131072, 1700000000, 999999, "F/4/" },
	{ "F423F20000", false, 131072, -1, 999999, "F/4/" },
	{ "4jXJj40001z1cmyG", true, 11116637, 1795328136, 1, "0/0/" },
	{ "00001A9A05D", false, 11116637, -1, 1, "0/0/" },
	{ "CHPgSv0SDHz1M89y8hp", true, 1234567890123, 4294967295, 65535,
	  "0/F/" },
	{ "0FFFF11F71FB04CB", false, 1234567890123, -1, 65535, "0/F/" },
	{ "000000000Hz10", true, 51, 0, 15, "0/0/" },
	{ "0000F33", false, 51, -1, 15, "0/0/" },

	/* The last z counts, from the eleventh character on. */
	{ "0123456789z", true, 0, 7601157, 863001, "D/2/" },
	{ "012345678z1", false, NO_INODE, -1, 0x01234, "0/1/" },
	{ "3Jx1y2z", false, NO_INODE, -2, 0, "3/J/" },
	{ "0000000000z1z", true, 0, 0, 2653, "0/0/" },
	{ "zzzzzzzzzzzz", true, 0, 1028071702527, 7311615, "6/F/" },

	/* Logs of the flush service are named after domains. */
	{ "example_co_nz", true, 0, -2, 0, "0/0/" },
	{ "example_com", false, NO_INODE, -2, 0, "e/x/" },

	/* The inode of a long id has no z and no vowels. */
	{ "4SVLCh0000zA", true, NO_INODE, 1700000000, 0, "0/0/" },
	{ "4SVLCh0000z_", true, NO_INODE, 1700000000, 0, "0/0/" },
	{ "4SVLCh0000zy", true, 50, 1700000000, 0, "0/0/" },
	{ "4SVLCh0000zzy", true, 50, 88400000000, 51, "0/0/" },

	/* A time with a vowel counts as none. */
	{ "4SVLCh00A0z1", true, 1, -2, 0, "0/0/" },
	{ "ASVLCh0010z1", true, 1, -2, 0, "0/0/" },

	/* Short ones, too short for an inode. */
	{ "1E240", false, NO_INODE, -2, 0, "1/E/" },
	{ "1E24", false, NO_INODE, -2, 0, "1/E/" },
	{ "A", false, NO_INODE, -2, 0, "A/_/" },
	{ "1E2401", false, 1, -1, 123456, "1/E/" },
	{ "1e240aBc", false, 0xabc, -1, 123456, "1/e/" },
	{ "1E24G1", false, 1, -2, 0, "1/E/" },
	{ "1E240G", false, NO_INODE, -1, 123456, "1/E/" },
	{ "1E240_1", false, NO_INODE, -1, 123456, "1/E/" },

	/* The largest inodes, and one more. */
	{ "1E240FFFFFFFFFFFFFFFE", false, UINT64_MAX - 1, -1, 123456, "1/E/" },
	{ "1E24010000000000000000", false, NO_INODE, -1, 123456, "1/E/" },
	{ "4SVLCh0000z31wvQ2DWVjly", true, UINT64_MAX - 1, 1700000000, 0,
	  "0/0/" },
	{ "4SVLCh0000z31wvQ2DWVjm1", true, NO_INODE, 1700000000, 0, "0/0/" },
	{ "4SVLCh0000zyyyyyyyyyyyyyyyyyy", true, NO_INODE, 1700000000, 0,
	  "0/0/" },
};

START_TEST(takes_names_apart)
{
	uint64_t inode = 0;
	int64_t seconds = 0;
	uint32_t microseconds = 0;
	char path[5];
	bool found;

	ck_assert_int_eq(qf_queue_id_is_long(parts[_i].id), parts[_i].is_long);
	found = qf_queue_id_inode(parts[_i].id, &inode);
	ck_assert_int_eq(found, parts[_i].inode != NO_INODE);
	if (found)
		ck_assert_uint_eq(inode, parts[_i].inode);
	found = qf_queue_id_time(parts[_i].id, &seconds, &microseconds);
	ck_assert_int_eq(found, parts[_i].seconds != -2);
	if (found) {
		ck_assert_int_eq(seconds, parts[_i].seconds);
		ck_assert_uint_eq(microseconds, parts[_i].microseconds);
	}
	ck_assert_uint_eq(qf_queue_id_hash(parts[_i].id, 2, path), 4);
	ck_assert_str_eq(path, parts[_i].hash);
}
END_TEST

/* Seconds that no clock will ever show. */
START_TEST(a_time_that_is_too_large_is_none)
{
	static const char *const ids[] = { "zzzzzzzzzzzzzzzzzzzz0000z1",
					   "1yyyyyyyyyyy0000z1" };
	int64_t seconds = 5;
	uint32_t microseconds = 6;

	for (int i = 0; i < COUNT(ids); i++)
		ck_assert(!qf_queue_id_time(ids[i], &seconds, &microseconds));
	ck_assert_int_eq(seconds, 5);
	ck_assert_uint_eq(microseconds, 6);
}
END_TEST

/* The two forms of each, by Postfix itself. */
static const struct {
	int64_t seconds;
	uint32_t microseconds;
	uint64_t inode;
	const char *long_form;
	const char *short_form;
} made[] = {
	{ 1700000000, 123456, 789, "4SVLCh0sf8zHS", "1E240315" },
	{ 1700000000, 0, 1, "4SVLCh0000z1", "000001" },
	{ 1700000000, 999999, 131072, "4SVLCh75plzyN2", "F423F20000" },
	{ 1795328136, 1, 11116637, "4jXJj40001z1cmyG", "00001A9A05D" },
	{ 4294967295, 65535, 1234567890123, "CHPgSv0SDHz1M89y8hp",
	  "0FFFF11F71FB04CB" },
	{ 0, 15, 51, "000000000Hz10", "0000F33" },
	{ 1700000000, 0, UINT64_MAX - 1, "4SVLCh0000z31wvQ2DWVjly",
	  "00000FFFFFFFFFFFFFFFE" },
};

static void
expect_made(bool is_long, int i, const char *wanted)
{
	char id[QF_QUEUE_ID_MAX + 1];
	uint64_t inode = 0;
	int64_t seconds = 0;
	uint32_t microseconds = 0;

	ck_assert_uint_eq(qf_queue_id_make(is_long, made[i].seconds,
					   made[i].microseconds, made[i].inode,
					   id),
			  strlen(wanted));
	ck_assert_str_eq(id, wanted);
	ck_assert(qf_queue_id_ok(id));
	ck_assert_int_eq(qf_queue_id_is_long(id), is_long);
	ck_assert(qf_queue_id_inode(id, &inode));
	ck_assert_uint_eq(inode, made[i].inode);
	ck_assert(qf_queue_id_time(id, &seconds, &microseconds));
	ck_assert_int_eq(seconds, is_long ? made[i].seconds : -1);
	ck_assert_uint_eq(microseconds, made[i].microseconds);
}

START_TEST(makes_names)
{
	expect_made(true, _i, made[_i].long_form);
	expect_made(false, _i, made[_i].short_form);
}
END_TEST

/* Each digit at each place, there and back. */
START_TEST(makes_names_that_can_be_read)
{
	char id[QF_QUEUE_ID_MAX + 1];
	uint64_t inode = 1;
	int64_t seconds = 0;
	uint32_t microseconds = 0;

	for (uint32_t i = 0; i < 5000; i++) {
		int64_t when = 1 + (int64_t)i * 7919 * 104729;
		uint32_t part = i * 199 % 1000000;
		uint64_t number = 1 + (uint64_t)i * i * i * 99991;

		for (int is_long = 0; is_long < 2; is_long++) {
			qf_queue_id_make(is_long != 0, when, part, number, id);
			ck_assert(qf_queue_id_inode(id, &inode));
			ck_assert_uint_eq(inode, number);
			ck_assert(
				qf_queue_id_time(id, &seconds, &microseconds));
			ck_assert_uint_eq(microseconds, part);
			ck_assert_int_eq(seconds, is_long != 0 ? when : -1);
		}
	}
}
END_TEST

static const struct {
	const char *id;
	unsigned depth;
	const char *path;
} hashes[] = {
	{ "4SVLCh0sf8zHS", 0, "" },
	{ "4SVLCh0sf8zHS", 1, "1/" },
	{ "4SVLCh0sf8zHS", 5, "1/E/2/4/0/" },
	{ "4SVLCh0sf8zHS", 7, "1/E/2/4/0/_/_/" },
	{ "1E240315", 0, "" },
	{ "1E240315", 1, "1/" },
	{ "1E240315", 8, "1/E/2/4/0/3/1/5/" },
	{ "1E240315", 9, "1/E/2/4/0/3/1/5/_/" },
	{ "AB", 4, "A/B/_/_/" },
	{ "4SVLCh00A0z1", 5, "0/0/0/0/0/" },
	/* More than a second has microseconds: six digits. */
	{ "000000yyyyz1", 6, "6/D/6/0/F/A/" },
	{ "000000yyyyz1", 8, "6/D/6/0/F/A/_/_/" },
};

START_TEST(hashes_to_each_depth)
{
	char path[2 * 20 + 1];
	size_t len;

	memset(path, 'x', sizeof(path));
	len = qf_queue_id_hash(hashes[_i].id, hashes[_i].depth, path);
	ck_assert_str_eq(path, hashes[_i].path);
	ck_assert_uint_eq(len, strlen(hashes[_i].path));
	/* No more than its room is written. */
	for (size_t i = 2 * hashes[_i].depth + 1; i < sizeof(path); i++)
		ck_assert_int_eq(path[i], 'x');
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("queue_id");
	TCase *tc = tcase_create("queue_id");

	tcase_add_loop_test(tc, tells_queue_ids, 0, COUNT(names));
	tcase_add_test(tc, an_id_has_at_most_255_bytes);
	tcase_add_loop_test(tc, takes_names_apart, 0, COUNT(parts));
	tcase_add_test(tc, a_time_that_is_too_large_is_none);
	tcase_add_loop_test(tc, makes_names, 0, COUNT(made));
	tcase_add_test(tc, makes_names_that_can_be_read);
	tcase_add_loop_test(tc, hashes_to_each_depth, 0, COUNT(hashes));
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
