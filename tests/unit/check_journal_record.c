/*
 * check_journal_record.c - a value of the journal comes back as it was, or is
 * refused.
 */
#include "queue-format/journal_record.h"

#include <stdint.h>
#include <string.h>

#include "journal_sample.h"
#include "unit.h"

static struct qf_buffer value;
static struct qf_arena arena;
static struct qf_journal_key key;
static struct qf_error err;
static const struct qf_job_id job_id = { "0123456789abcdef" };

static void
end(void)
{
	qf_buffer_free(&value);
	qf_arena_free(&arena);
}

static struct qf_bytes
key_bytes(void)
{
	return (struct qf_bytes){ key.bytes, key.len };
}

static struct qf_bytes
value_bytes(void)
{
	return (struct qf_bytes){ value.data, value.len };
}

/* Bytes that are on disks already: this must not change without a version. */
START_TEST(bytes_are_as_ever)
{
	static const char wanted[] = "MQH\1\x11\0\0\0\xeb\xb5\x7c\xce"
				     "\1\xac\2\x85\1";
	const struct qf_journal_head head = { 1, 300, 133 };

	qf_journal_key_head(&key);
	ck_assert_int_eq(qf_journal_pack_head(&key, &head, &value, &err),
			 QF_OK);
	ck_assert_uint_eq(value.len, sizeof(wanted) - 1);
	ck_assert_mem_eq(value.data, wanted, sizeof(wanted) - 1);
}
END_TEST

/* As the polynomial says it, a bit at a time. */
static uint32_t
crc_of(uint32_t crc, const char *bytes, size_t len)
{
	crc = ~crc;
	for (size_t i = 0; i < len; i++) {
		crc ^= (unsigned char)bytes[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1) * 0xedb88320;
	}
	return ~crc;
}

/* Over the key and all of the value but the sum itself. */
START_TEST(sum_is_that_of_the_polynomial)
{
	qf_journal_key_head(&key);
	for (uint64_t i = 0; i < 4096; i++) {
		const struct qf_journal_head head = { 1, i * i, i << 32 };
		uint32_t crc = crc_of(0, (char *)key.bytes, key.len);
		uint32_t sum = 0;

		ck_assert_int_eq(
			qf_journal_pack_head(&key, &head, &value, &err), QF_OK);
		crc = crc_of(crc, value.data, 8);
		crc = crc_of(crc, value.data + 12, value.len - 12);
		for (unsigned byte = 0; byte < 4; byte++)
			sum |= (uint32_t)(unsigned char)value.data[8 + byte]
			       << (8 * byte);
		ck_assert_uint_eq(sum, crc);
	}
}
END_TEST

START_TEST(head_comes_back)
{
	const struct qf_journal_head head = { 1, UINT64_MAX, 133 };
	struct qf_journal_head back;

	qf_journal_key_head(&key);
	ck_assert_int_eq(qf_journal_pack_head(&key, &head, &value, &err),
			 QF_OK);
	ck_assert_int_eq(
		qf_journal_unpack_head(key_bytes(), value_bytes(), &back, &err),
		QF_OK);
	ck_assert_uint_eq(back.format, 1);
	ck_assert_uint_eq(back.sequence, UINT64_MAX);
	ck_assert_uint_eq(back.items, 133);
}
END_TEST

START_TEST(job_comes_back)
{
	struct qf_job job = sample_job("release");
	struct qf_job back;

	job.id = job_id;
	job.state = QF_JOB_RECOVERED;
	job.begun = INT64_MAX;
	job.ended = INT64_MIN;
	for (unsigned i = 0; i < QF_OUTCOME_COUNT; i++)
		job.counts[i] = i * 100000;
	qf_journal_key_job(&key, &job_id);
	ck_assert_int_eq(qf_journal_pack_job(&key, &job, &value, &err), QF_OK);
	ck_assert_int_eq(qf_journal_unpack_job(key_bytes(), value_bytes(),
					       &arena, &back, &err),
			 QF_OK);
	sample_same_job(&job, &back);
}
END_TEST

static void
pack_item(const struct qf_journal_item *item, uint64_t sequence)
{
	const struct qf_journal_entry entry = { *item, sequence };

	qf_journal_key_item(&key, &job_id, item->number);
	ck_assert_int_eq(qf_journal_pack_item(&key, &entry, &value, &err),
			 QF_OK);
}

static void
item_comes_back(const struct qf_journal_item *item)
{
	struct qf_journal_entry back;

	pack_item(item, 77);
	ck_assert_int_eq(qf_journal_unpack_item(key_bytes(), value_bytes(),
						&arena, &back, &err),
			 QF_OK);
	sample_same_item(item, &back.item);
	ck_assert_uint_eq(back.sequence, 77);
}

START_TEST(items_come_back)
{
	struct qf_journal_item item = sample_item(UINT64_MAX, "A1", "B2");

	item.number = UINT32_MAX;
	item.outcome = QF_OUTCOME_FAILED;
	item_comes_back(&item);
	item.birth = -1;
	item.changed = INT64_MIN;
	item.modified = INT64_MAX;
	item.mode = UINT32_MAX;
	item_comes_back(&item);
	/* Nothing but what is always there. */
	item = (struct qf_journal_item){ .number = 3 };
	item_comes_back(&item);
}
END_TEST

START_TEST(long_texts_are_cut_and_names_are_not)
{
	struct qf_journal_item item = sample_item(1, "A", "B");
	struct qf_journal_entry entry = { item, 0 };
	struct qf_journal_entry back;
	char text[5000];
	char name[257];

	memset(text, 't', sizeof(text));
	memset(name, 'n', sizeof(name));
	text[4999] = name[256] = '\0';
	item.text = text;
	name[255] = '\0';
	item.to_id = name;
	pack_item(&item, 0);
	ck_assert_int_eq(qf_journal_unpack_item(key_bytes(), value_bytes(),
						&arena, &back, &err),
			 QF_OK);
	ck_assert_str_eq(back.item.to_id, name);
	ck_assert_uint_eq(strlen(back.item.text), 4096);
	ck_assert_str_eq(back.item.text + 4092, "t...");
	text[4096] = '\0';
	pack_item(&item, 0);
	ck_assert_int_eq(qf_journal_unpack_item(key_bytes(), value_bytes(),
						&arena, &back, &err),
			 QF_OK);
	ck_assert_str_eq(back.item.text, text);
	name[255] = 'n';
	entry.item.from_folder = name;
	ck_assert_int_eq(qf_journal_pack_item(&key, &entry, &value, &err),
			 QF_INVALID);
	unit_says(err.text, "a name of more than 255 bytes");
}
END_TEST

static void
expect_damaged(struct qf_bytes bytes, const char *what)
{
	struct qf_journal_entry back;

	memset(&err, 0, sizeof(err));
	ck_assert_msg(qf_journal_unpack_item(key_bytes(), bytes, &arena, &back,
					     &err) == QF_CORRUPT,
		      "%s is not noticed", what);
	unit_says(err.text, "message 0 of job "
			    "30313233343536373839616263646566 is damaged");
}

START_TEST(every_damage_is_noticed)
{
	const struct qf_journal_item item = sample_item(4711, "A1", "B2");

	pack_item(&item, 9);
	for (size_t i = 0; i < value.len; i++) {
		for (int bit = 0; bit < 8; bit++) {
			value.data[i] = (char)(value.data[i] ^ (1 << bit));
			expect_damaged(value_bytes(), "a bit");
			value.data[i] = (char)(value.data[i] ^ (1 << bit));
		}
	}
	for (size_t len = 0; len < value.len; len++)
		expect_damaged((struct qf_bytes){ value.data, len }, "an end");
	qf_buffer_byte(&value, '\0');
	expect_damaged(value_bytes(), "one more byte");
	value.len--;
	item_comes_back(&item);
}
END_TEST

/* Good bytes in the wrong place. */
START_TEST(value_belongs_to_its_key)
{
	const struct qf_journal_item item = sample_item(4711, "A1", "B2");
	struct qf_journal_entry back;
	struct qf_job job;

	pack_item(&item, 9);
	qf_journal_key_item(&key, &job_id, 1);
	ck_assert_int_eq(qf_journal_unpack_item(key_bytes(), value_bytes(),
						&arena, &back, &err),
			 QF_CORRUPT);
	unit_says(err.text, "message 1 of job");
	unit_says(err.text, "its checksum is wrong");
	qf_journal_key_job(&key, &job_id);
	ck_assert_int_eq(qf_journal_unpack_job(key_bytes(), value_bytes(),
					       &arena, &job, &err),
			 QF_CORRUPT);
	unit_says(err.text, "job 30313233343536373839616263646566 is damaged: "
			    "it does not begin as it should");
}
END_TEST

/* A newer head may have more in it than we know. */
START_TEST(newer_head_tells_its_format)
{
	const struct qf_journal_head head = { 2, 0, 0 };
	struct qf_journal_head back;

	qf_journal_key_head(&key);
	ck_assert_int_eq(qf_journal_pack_head(&key, &head, &value, &err),
			 QF_OK);
	ck_assert_int_eq(
		qf_journal_unpack_head(key_bytes(), value_bytes(), &back, &err),
		QF_OK);
	ck_assert_uint_eq(back.format, 2);
}
END_TEST

static int
compare(const struct qf_journal_key *a, const struct qf_journal_key *b)
{
	int order =
		memcmp(a->bytes, b->bytes, a->len < b->len ? a->len : b->len);

	return order != 0 ? order : (a->len > b->len) - (a->len < b->len);
}

START_TEST(keys_are_in_order)
{
	struct qf_journal_key a;
	struct qf_journal_key b;

	qf_journal_key_item(&a, &job_id, 255);
	qf_journal_key_item(&b, &job_id, 256);
	ck_assert_int_lt(compare(&a, &b), 0);
	qf_journal_key_name(&a, "A", UINT64_MAX, &job_id, UINT32_MAX);
	qf_journal_key_name(&b, "AA", 1, &job_id, 0);
	ck_assert_int_lt(compare(&a, &b), 0);
	qf_journal_key_name(&b, "A", 255, &job_id, 0);
	ck_assert_int_gt(compare(&a, &b), 0);
	qf_journal_key_inode(&a, 255, &job_id, 9);
	qf_journal_key_inode(&b, 256, &job_id, 0);
	ck_assert_int_lt(compare(&a, &b), 0);
	qf_journal_key_job(&a, &job_id);
	qf_journal_key_above_jobs(&b);
	ck_assert_int_lt(compare(&a, &b), 0);
}
END_TEST

START_TEST(key_names_its_item)
{
	struct qf_job_id id;
	uint32_t number;

	qf_journal_key_item(&key, &job_id, 1234567);
	ck_assert(qf_journal_key_read(key_bytes(), &id, &number));
	ck_assert_mem_eq(&id, &job_id, sizeof(id));
	ck_assert_uint_eq(number, 1234567);
	qf_journal_key_inode(&key, 5, &job_id, 8);
	ck_assert(qf_journal_key_read(key_bytes(), &id, &number));
	ck_assert_uint_eq(number, 8);
	qf_journal_key_name(&key, "", 0x0102030405060708, &job_id, 9);
	ck_assert(qf_journal_key_read(key_bytes(), &id, &number));
	ck_assert_uint_eq(number, 9);
	ck_assert_uint_eq(qf_journal_key_sequence(key_bytes()),
			  0x0102030405060708);
	/* One byte less, one more, and another kind. */
	key.len--;
	ck_assert(!qf_journal_key_read(key_bytes(), &id, &number));
	qf_journal_key_inode(&key, 5, &job_id, 8);
	key.len++;
	ck_assert(!qf_journal_key_read(key_bytes(), &id, &number));
	qf_journal_key_job(&key, &job_id);
	ck_assert(!qf_journal_key_read(key_bytes(), &id, &number));
	key.len = 0;
	ck_assert(!qf_journal_key_read(key_bytes(), &id, &number));
}
END_TEST

START_TEST(job_ids_are_hex_digits)
{
	char text[QF_JOB_ID_TEXT];
	struct qf_job_id id;

	ck_assert(qf_job_id_read("00112233445566778899aAbBcCdDeEfF", &id));
	qf_job_id_text(&id, text);
	ck_assert_str_eq(text, "00112233445566778899aabbccddeeff");
	ck_assert(!qf_job_id_read("", &id));
	ck_assert(!qf_job_id_read("00112233445566778899aabbccddeef", &id));
	ck_assert(!qf_job_id_read("00112233445566778899aabbccddeefff", &id));
	ck_assert(!qf_job_id_read("0011223344556677 899aabbccddeeff", &id));
	ck_assert(!qf_job_id_read("0011223344556677g899aabbccddeeff", &id));
	qf_job_id_text(&id, text);
	ck_assert_str_eq(text, "00112233445566778899aabbccddeeff");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("journal_record");
	TCase *tc = tcase_create("all");

	tcase_add_checked_fixture(tc, NULL, end);
	tcase_add_test(tc, bytes_are_as_ever);
	tcase_add_test(tc, sum_is_that_of_the_polynomial);
	tcase_add_test(tc, head_comes_back);
	tcase_add_test(tc, job_comes_back);
	tcase_add_test(tc, items_come_back);
	tcase_add_test(tc, long_texts_are_cut_and_names_are_not);
	tcase_add_test(tc, every_damage_is_noticed);
	tcase_add_test(tc, value_belongs_to_its_key);
	tcase_add_test(tc, newer_head_tells_its_format);
	tcase_add_test(tc, keys_are_in_order);
	tcase_add_test(tc, key_names_its_item);
	tcase_add_test(tc, job_ids_are_hex_digits);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
