/*
 * journal_record.c - the values of the journal, as bytes.
 */
#include "journal_record.h"

#include <stdint.h>
#include <string.h>

#define VALUE_VERSION 1
#define HEAD_SIZE     12 /* "MQ", kind, version, length, CRC */
#define LENGTH_AT     4
#define CRC_AT	      8

/*
 * The CRC-32 of Ethernet and zlib.  A byte's part in it is that of its low
 * half and that of its high half, so that neither has to wait for the other;
 * and two small tables stay where they are fast.
 */
static uint32_t
crc_add(uint32_t crc, const void *data, size_t len)
{
	static const uint32_t low[16] = {
		0x00000000, 0x77073096, 0xee0e612c, 0x990951ba,
		0x076dc419, 0x706af48f, 0xe963a535, 0x9e6495a3,
		0x0edb8832, 0x79dcb8a4, 0xe0d5e91e, 0x97d2d988,
		0x09b64c2b, 0x7eb17cbd, 0xe7b82d07, 0x90bf1d91,
	};
	static const uint32_t high[16] = {
		0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac,
		0x76dc4190, 0x6b6b51f4, 0x4db26158, 0x5005713c,
		0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
		0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c,
	};
	const unsigned char *bytes = data;

	crc = ~crc;
	for (size_t i = 0; i < len; i++) {
		uint32_t byte = (crc ^ bytes[i]) & 255;

		crc = crc >> 8 ^ low[byte & 15] ^ high[byte >> 4];
	}
	return ~crc;
}

static uint32_t
value_crc(const void *key, size_t key_len, const unsigned char *value,
	  size_t len)
{
	uint32_t crc = crc_add(0, key, key_len);

	crc = crc_add(crc, value, CRC_AT);
	return crc_add(crc, value + HEAD_SIZE, len - HEAD_SIZE);
}

static void
set_u32(char *at, uint32_t number)
{
	for (unsigned i = 0; i < 4; i++)
		at[i] = (char)(number >> (8 * i));
}

static uint32_t
get_u32(const unsigned char *at)
{
	return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 |
	       (uint32_t)at[3] << 24;
}

/* Groups of seven bits, the low group first: most numbers are small. */
static void
put_number(struct qf_buffer *value, uint64_t number)
{
	for (; number > 0x7f; number >>= 7)
		qf_buffer_byte(value, (char)(number | 0x80));
	qf_buffer_byte(value, (char)number);
}

/* The sign is the lowest bit, so that -1 is short, too. */
static void
put_signed(struct qf_buffer *value, int64_t number)
{
	uint64_t bits = (uint64_t)number << 1;

	put_number(value, number < 0 ? ~bits : bits);
}

/* 0 is NULL; what is longer than `max' ends in "...". */
static void
put_text(struct qf_buffer *value, const char *text, size_t max)
{
	size_t len = text == NULL ? 0 : strlen(text);

	if (text == NULL) {
		put_number(value, 0);
	} else if (len <= max) {
		put_number(value, len + 1);
		qf_buffer_add(value, text, len);
	} else {
		put_number(value, max + 1);
		qf_buffer_add(value, text, max - 3);
		qf_buffer_string(value, "...");
	}
}

static void
begin_value(struct qf_buffer *value, enum qf_journal_kind kind)
{
	const char head[HEAD_SIZE] = { 'M', 'Q', (char)kind, VALUE_VERSION };

	qf_buffer_empty(value);
	qf_buffer_add(value, head, sizeof(head));
}

static enum qf_status
end_value(struct qf_buffer *value, const struct qf_journal_key *key,
	  struct qf_error *err)
{
	const unsigned char *bytes = (const unsigned char *)value->data;

	if (value->failed)
		return qf_fail(err, QF_SYSTEM, "out of memory");
	set_u32(value->data + LENGTH_AT, (uint32_t)value->len);
	set_u32(value->data + CRC_AT,
		value_crc(key->bytes, key->len, bytes, value->len));
	return QF_OK;
}

enum qf_status
qf_journal_pack_head(const struct qf_journal_key *key,
		     const struct qf_journal_head *head,
		     struct qf_buffer *value, struct qf_error *err)
{
	begin_value(value, QF_JOURNAL_HEAD);
	put_number(value, head->format);
	put_number(value, head->sequence);
	put_number(value, head->items);
	return end_value(value, key, err);
}

enum qf_status
qf_journal_pack_job(const struct qf_journal_key *key, const struct qf_job *job,
		    struct qf_buffer *value, struct qf_error *err)
{
	const char *const texts[] = {
		job->user,    job->sudo_user, job->tty,	      job->host,
		job->command, job->action,    job->selection, job->reason,
	};

	begin_value(value, QF_JOURNAL_JOB);
	put_number(value, job->state);
	put_signed(value, job->begun);
	put_signed(value, job->ended);
	put_number(value, job->uid);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		put_text(value, texts[i] == NULL ? "" : texts[i],
			 QF_JOURNAL_TEXT_MAX);
	for (size_t i = 0; i < QF_OUTCOME_COUNT; i++)
		put_number(value, job->counts[i]);
	return end_value(value, key, err);
}

/* A name is never cut: another message might have what is left. */
static bool
names_fit(const struct qf_journal_item *item)
{
	const char *const names[] = { item->from_folder, item->from_id,
				      item->to_folder, item->to_id };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (names[i] != NULL && strlen(names[i]) > QF_JOURNAL_NAME_MAX)
			return false;
	}
	return true;
}

enum qf_status
qf_journal_pack_item(const struct qf_journal_key *key,
		     const struct qf_journal_entry *entry,
		     struct qf_buffer *value, struct qf_error *err)
{
	const struct qf_journal_item *item = &entry->item;

	if (!names_fit(item))
		return qf_fail(err, QF_INVALID,
			       "a name of more than %d bytes for the journal",
			       QF_JOURNAL_NAME_MAX);
	begin_value(value, QF_JOURNAL_ITEM);
	put_number(value, item->outcome);
	put_number(value, entry->sequence);
	put_number(value, item->inode);
	put_signed(value, item->birth);
	put_signed(value, item->arrival);
	put_text(value, item->sender, QF_JOURNAL_TEXT_MAX);
	put_text(value, item->from_folder, QF_JOURNAL_NAME_MAX);
	put_text(value, item->from_id, QF_JOURNAL_NAME_MAX);
	put_text(value, item->to_folder, QF_JOURNAL_NAME_MAX);
	put_text(value, item->to_id, QF_JOURNAL_NAME_MAX);
	put_signed(value, item->modified);
	put_number(value, item->mode);
	put_signed(value, item->changed);
	put_number(value, item->defer);
	put_number(value, item->bounce);
	put_number(value, item->trace);
	put_signed(value, item->qmgr_pid);
	put_number(value, item->qmgr_start);
	put_text(value, item->text, QF_JOURNAL_TEXT_MAX);
	return end_value(value, key, err);
}

/* What is left of a value; the first thing that is wrong is kept. */
struct reader {
	const unsigned char *at;
	const unsigned char *end;
	struct qf_arena *arena;
	const char *wrong;
};

static void
wrong(struct reader *r, const char *what)
{
	if (r->wrong == NULL)
		r->wrong = what;
	r->at = r->end;
}

/* There is one way only to write a number. */
static uint64_t
get_number(struct reader *r, uint64_t max)
{
	uint64_t number = 0;

	for (unsigned shift = 0; shift < 64 && r->at < r->end; shift += 7) {
		unsigned char byte = *r->at++;
		uint64_t bits = byte & 0x7f;

		if (shift == 63 && bits > 1)
			break;
		number |= bits << shift;
		if ((byte & 0x80) != 0)
			continue;
		if ((byte == 0 && shift > 0) || number > max)
			break;
		return number;
	}
	wrong(r, "a number in it is wrong");
	return 0;
}

static int64_t
get_signed(struct reader *r)
{
	uint64_t bits = get_number(r, UINT64_MAX);
	int64_t number = (int64_t)(bits >> 1);

	return (bits & 1) != 0 ? -number - 1 : number;
}

static const char *
get_text(struct reader *r, size_t max)
{
	uint64_t len = get_number(r, max + 1);
	const char *text = (const char *)r->at;
	const char *copy;

	if (len == 0)
		return NULL;
	len--;
	if (len > (size_t)(r->end - r->at) || memchr(text, '\0', len) != NULL) {
		wrong(r, "a text in it is wrong");
		return NULL;
	}
	r->at += len;
	copy = qf_arena_copy(r->arena, text, len);
	if (copy == NULL)
		wrong(r, "out of memory");
	return copy;
}

static const char *
get_some_text(struct reader *r)
{
	const char *text = get_text(r, QF_JOURNAL_TEXT_MAX);

	if (text == NULL)
		wrong(r, "a text in it is wrong");
	return text == NULL ? "" : text;
}

static enum qf_status
damaged(struct qf_bytes key, const char *why, struct qf_error *err)
{
	char text[QF_JOURNAL_KEY_TEXT];

	qf_journal_key_text(key, text);
	return qf_corrupt(err, -1, "journal: %s is damaged: %s", text, why);
}

static enum qf_status
open_value(struct qf_bytes key, struct qf_bytes value,
	   enum qf_journal_kind kind, struct reader *r, struct qf_error *err)
{
	const unsigned char *bytes = value.data;

	if (value.len < HEAD_SIZE || memcmp(bytes, "MQ", 2) != 0 ||
	    bytes[2] != (unsigned char)kind)
		return damaged(key, "it does not begin as it should", err);
	if (bytes[3] != VALUE_VERSION)
		return damaged(key, "its version is unknown", err);
	if (get_u32(bytes + LENGTH_AT) != value.len)
		return damaged(key, "its length is wrong", err);
	if (get_u32(bytes + CRC_AT) !=
	    value_crc(key.data, key.len, bytes, value.len))
		return damaged(key, "its checksum is wrong", err);
	r->at = bytes + HEAD_SIZE;
	r->end = bytes + value.len;
	return QF_OK;
}

static enum qf_status
close_value(struct qf_bytes key, const struct reader *r, struct qf_error *err)
{
	if (r->wrong != NULL && strcmp(r->wrong, "out of memory") == 0)
		return qf_fail(err, QF_SYSTEM, "out of memory");
	if (r->wrong != NULL)
		return damaged(key, r->wrong, err);
	if (r->at != r->end)
		return damaged(key, "there are bytes behind it", err);
	return QF_OK;
}

enum qf_status
qf_journal_unpack_head(struct qf_bytes key, struct qf_bytes value,
		       struct qf_journal_head *head, struct qf_error *err)
{
	struct reader r = { 0 };
	enum qf_status status =
		open_value(key, value, QF_JOURNAL_HEAD, &r, err);

	if (status != QF_OK)
		return status;
	head->format = get_number(&r, UINT64_MAX);
	/* What a newer version has behind that is its own affair. */
	if (r.wrong == NULL && head->format > QF_JOURNAL_FORMAT)
		return QF_OK;
	head->sequence = get_number(&r, UINT64_MAX);
	head->items = get_number(&r, UINT64_MAX);
	return close_value(key, &r, err);
}

enum qf_status
qf_journal_unpack_job(struct qf_bytes key, struct qf_bytes value,
		      struct qf_arena *arena, struct qf_job *job,
		      struct qf_error *err)
{
	struct reader r = { .arena = arena };
	enum qf_status status = open_value(key, value, QF_JOURNAL_JOB, &r, err);

	if (status != QF_OK)
		return status;
	*job = (struct qf_job){ 0 };
	if (key.len != 1 + sizeof(job->id.bytes))
		return damaged(key, "its key is wrong", err);
	memcpy(job->id.bytes, (const char *)key.data + 1, key.len - 1);
	job->state = (enum qf_job_state)get_number(&r, QF_JOB_RECOVERED);
	job->begun = get_signed(&r);
	job->ended = get_signed(&r);
	job->uid = (uid_t)get_number(&r, UINT32_MAX);
	job->user = get_some_text(&r);
	job->sudo_user = get_some_text(&r);
	job->tty = get_some_text(&r);
	job->host = get_some_text(&r);
	job->command = get_some_text(&r);
	job->action = get_some_text(&r);
	job->selection = get_some_text(&r);
	job->reason = get_some_text(&r);
	for (size_t i = 0; i < QF_OUTCOME_COUNT; i++)
		job->counts[i] = get_number(&r, UINT32_MAX);
	return close_value(key, &r, err);
}

enum qf_status
qf_journal_unpack_item(struct qf_bytes key, struct qf_bytes value,
		       struct qf_arena *arena, struct qf_journal_entry *entry,
		       struct qf_error *err)
{
	struct reader r = { .arena = arena };
	struct qf_journal_item *item = &entry->item;
	struct qf_job_id id;
	enum qf_status status =
		open_value(key, value, QF_JOURNAL_ITEM, &r, err);

	if (status != QF_OK)
		return status;
	*entry = (struct qf_journal_entry){ 0 };
	if (!qf_journal_key_read(key, &id, &item->number))
		return damaged(key, "its key is wrong", err);
	item->outcome = (enum qf_outcome)get_number(&r, QF_OUTCOME_COUNT - 1);
	entry->sequence = get_number(&r, UINT64_MAX);
	item->inode = get_number(&r, UINT64_MAX);
	item->birth = get_signed(&r);
	item->arrival = get_signed(&r);
	item->sender = get_text(&r, QF_JOURNAL_TEXT_MAX);
	item->from_folder = get_text(&r, QF_JOURNAL_NAME_MAX);
	item->from_id = get_text(&r, QF_JOURNAL_NAME_MAX);
	item->to_folder = get_text(&r, QF_JOURNAL_NAME_MAX);
	item->to_id = get_text(&r, QF_JOURNAL_NAME_MAX);
	item->modified = get_signed(&r);
	item->mode = (uint32_t)get_number(&r, UINT32_MAX);
	item->changed = get_signed(&r);
	item->defer = get_number(&r, UINT64_MAX);
	item->bounce = get_number(&r, UINT64_MAX);
	item->trace = get_number(&r, UINT64_MAX);
	item->qmgr_pid = get_signed(&r);
	item->qmgr_start = get_number(&r, UINT64_MAX);
	item->text = get_text(&r, QF_JOURNAL_TEXT_MAX);
	return close_value(key, &r, err);
}
