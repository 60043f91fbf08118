/*
 * fuzz_journal_record - any bytes as a key and a value of the journal.
 *
 * The first byte says how long the key is.  A second try gets the checksum
 * and the length right, so that what is behind them is read.  What is taken
 * apart gives the same bytes when it is put together again.
 */
#include "fuzz.h"

#include <string.h>

#include "queue-format/journal_record.h"

static struct qf_buffer again;

static void
check_same(struct qf_bytes value)
{
	FUZZ_ASSERT(!again.failed);
	FUZZ_ASSERT(again.len == value.len);
	FUZZ_ASSERT(memcmp(again.data, value.data, value.len) == 0);
}

static void
check_head(struct qf_bytes key, struct qf_bytes value)
{
	struct qf_journal_head head;
	struct qf_journal_key own;
	enum qf_status status;

	status = qf_journal_unpack_head(key, value, &head, NULL);
	FUZZ_ASSERT(status == QF_OK || status == QF_CORRUPT);
	qf_journal_key_head(&own);
	if (status != QF_OK || head.format > QF_JOURNAL_FORMAT ||
	    key.len != own.len || memcmp(key.data, own.bytes, own.len) != 0)
		return;
	FUZZ_ASSERT(qf_journal_pack_head(&own, &head, &again, NULL) == QF_OK);
	check_same(value);
}

static void
check_job(struct qf_bytes key, struct qf_bytes value, struct qf_arena *arena)
{
	struct qf_journal_key own;
	struct qf_job job;
	enum qf_status status;

	status = qf_journal_unpack_job(key, value, arena, &job, NULL);
	FUZZ_ASSERT(status == QF_OK || status == QF_CORRUPT);
	if (status != QF_OK)
		return;
	FUZZ_ASSERT(job.state <= QF_JOB_RECOVERED && job.reason != NULL);
	qf_journal_key_job(&own, &job.id);
	if (memcmp(key.data, own.bytes, own.len) != 0)
		return;
	FUZZ_ASSERT(qf_journal_pack_job(&own, &job, &again, NULL) == QF_OK);
	check_same(value);
}

static void
check_item(struct qf_bytes key, struct qf_bytes value, struct qf_arena *arena)
{
	struct qf_journal_entry entry;
	struct qf_journal_key own;
	struct qf_job_id id;
	enum qf_status status;
	uint32_t number;

	status = qf_journal_unpack_item(key, value, arena, &entry, NULL);
	FUZZ_ASSERT(status == QF_OK || status == QF_CORRUPT);
	if (status != QF_OK)
		return;
	FUZZ_ASSERT(entry.item.outcome < QF_OUTCOME_COUNT);
	FUZZ_ASSERT(qf_journal_key_read(key, &id, &number));
	FUZZ_ASSERT(number == entry.item.number);
	qf_journal_key_item(&own, &id, number);
	if (key.len != own.len || memcmp(key.data, own.bytes, own.len) != 0)
		return;
	FUZZ_ASSERT(qf_journal_pack_item(&own, &entry, &again, NULL) == QF_OK);
	check_same(value);
}

static void
check(struct qf_bytes key, struct qf_bytes value)
{
	struct qf_arena arena = { 0 };
	char text[QF_JOURNAL_KEY_TEXT];

	qf_journal_key_text(key, text);
	FUZZ_ASSERT(memchr(text, '\0', sizeof(text)) != NULL);
	check_head(key, value);
	check_job(key, value, &arena);
	check_item(key, value, &arena);
	qf_arena_free(&arena);
}

/* Bit by bit, unlike the library's. */
static uint32_t
crc(uint32_t sum, const uint8_t *data, size_t len)
{
	sum = ~sum;
	for (size_t i = 0; i < 8 * len; i++) {
		if (i % 8 == 0)
			sum ^= data[i / 8];
		sum = (sum & 1) != 0 ? sum >> 1 ^ 0xedb88320 : sum >> 1;
	}
	return ~sum;
}

static void
mend(const uint8_t *key, size_t key_len, uint8_t *value, size_t len)
{
	uint32_t sum;

	for (unsigned i = 0; i < 4; i++)
		value[4 + i] = (uint8_t)(len >> (8 * i));
	sum = crc(crc(crc(0, key, key_len), value, 8), value + 12, len - 12);
	for (unsigned i = 0; i < 4; i++)
		value[8 + i] = (uint8_t)(sum >> (8 * i));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t copy[65536];
	size_t key_len = size == 0 ? 0 : data[0];
	size_t len;

	if (size <= key_len || size > sizeof(copy))
		return 0;
	len = size - 1 - key_len;
	memcpy(copy, data + 1 + key_len, len);
	check((struct qf_bytes){ data + 1, key_len },
	      (struct qf_bytes){ copy, len });
	if (len < 12)
		return 0;
	mend(data + 1, key_len, copy, len);
	check((struct qf_bytes){ data + 1, key_len },
	      (struct qf_bytes){ copy, len });
	return 0;
}
