/*
 * journal_key.c - the keys of the journal, and the ids of jobs.
 */
#include "journal_record.h"

#include <stdio.h>
#include <string.h>

#define ID_SIZE sizeof(((struct qf_job_id *)NULL)->bytes)

static void
add(struct qf_journal_key *key, const void *data, size_t len)
{
	memcpy(key->bytes + key->len, data, len);
	key->len += len;
}

/* The high byte first. */
static void
add_number(struct qf_journal_key *key, uint64_t number, unsigned size)
{
	while (size-- > 0)
		key->bytes[key->len++] = (unsigned char)(number >> (8 * size));
}

static uint64_t
read_number(const unsigned char *bytes, unsigned size)
{
	uint64_t number = 0;

	while (size-- > 0)
		number = number << 8 | *bytes++;
	return number;
}

static void
start(struct qf_journal_key *key, enum qf_journal_kind kind)
{
	key->len = 0;
	key->bytes[key->len++] = (unsigned char)kind;
}

void
qf_journal_key_head(struct qf_journal_key *key)
{
	start(key, QF_JOURNAL_HEAD);
}

void
qf_journal_key_job(struct qf_journal_key *key, const struct qf_job_id *id)
{
	start(key, QF_JOURNAL_JOB);
	add(key, id->bytes, ID_SIZE);
}

void
qf_journal_key_above_jobs(struct qf_journal_key *key)
{
	start(key, QF_JOURNAL_JOB);
	memset(key->bytes + 1, 0xff, ID_SIZE + 1);
	key->len += ID_SIZE + 1;
}

static void
add_item(struct qf_journal_key *key, const struct qf_job_id *id,
	 uint32_t number)
{
	add(key, id->bytes, ID_SIZE);
	add_number(key, number, 4);
}

void
qf_journal_key_item(struct qf_journal_key *key, const struct qf_job_id *id,
		    uint32_t number)
{
	start(key, QF_JOURNAL_ITEM);
	add_item(key, id, number);
}

void
qf_journal_key_inodes(struct qf_journal_key *key, uint64_t inode)
{
	start(key, QF_JOURNAL_INODE);
	add_number(key, inode, 8);
}

void
qf_journal_key_inode(struct qf_journal_key *key, uint64_t inode,
		     const struct qf_job_id *id, uint32_t number)
{
	qf_journal_key_inodes(key, inode);
	add_item(key, id, number);
}

void
qf_journal_key_names(struct qf_journal_key *key, const char *name)
{
	start(key, QF_JOURNAL_NAME);
	add(key, name, strlen(name) + 1);
}

void
qf_journal_key_name(struct qf_journal_key *key, const char *name,
		    uint64_t sequence, const struct qf_job_id *id,
		    uint32_t number)
{
	qf_journal_key_names(key, name);
	add_number(key, sequence, 8);
	add_item(key, id, number);
}

bool
qf_journal_key_read(struct qf_bytes key, struct qf_job_id *id, uint32_t *number)
{
	const unsigned char *bytes = key.data;
	const unsigned char *item = bytes + key.len - ID_SIZE - 4;
	size_t rest;

	if (key.len < 1 + ID_SIZE + 4)
		return false;
	rest = key.len - 1 - ID_SIZE - 4;
	switch (bytes[0]) {
	case QF_JOURNAL_ITEM:
		if (rest != 0)
			return false;
		break;
	case QF_JOURNAL_INODE:
		if (rest != 8)
			return false;
		break;
	case QF_JOURNAL_NAME:
		/* The name ends where the sequence begins. */
		if (rest < 1 + 8 ||
		    memchr(bytes + 1, '\0', rest - 8) != bytes + rest - 8)
			return false;
		break;
	default:
		return false;
	}
	memcpy(id->bytes, item, ID_SIZE);
	*number = (uint32_t)read_number(item + ID_SIZE, 4);
	return true;
}

uint64_t
qf_journal_key_sequence(struct qf_bytes key)
{
	const unsigned char *bytes = key.data;

	return read_number(bytes + key.len - ID_SIZE - 4 - 8, 8);
}

void
qf_journal_key_text(struct qf_bytes key, char text[QF_JOURNAL_KEY_TEXT])
{
	const unsigned char *bytes = key.data;
	char hex[QF_JOB_ID_TEXT];
	struct qf_job_id id;
	uint32_t number;

	if (qf_journal_key_read(key, &id, &number)) {
		qf_job_id_text(&id, hex);
		snprintf(text, QF_JOURNAL_KEY_TEXT, "message %u of job %s",
			 number, hex);
	} else if (key.len == 1 + ID_SIZE && bytes[0] == QF_JOURNAL_JOB) {
		memcpy(id.bytes, bytes + 1, ID_SIZE);
		qf_job_id_text(&id, hex);
		snprintf(text, QF_JOURNAL_KEY_TEXT, "job %s", hex);
	} else if (key.len == 1 && bytes[0] == QF_JOURNAL_HEAD) {
		snprintf(text, QF_JOURNAL_KEY_TEXT, "head of the journal");
	} else {
		snprintf(text, QF_JOURNAL_KEY_TEXT, "unknown key");
	}
}

void
qf_job_id_text(const struct qf_job_id *id, char text[QF_JOB_ID_TEXT])
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < ID_SIZE; i++) {
		text[2 * i] = digits[id->bytes[i] >> 4];
		text[2 * i + 1] = digits[id->bytes[i] & 15];
	}
	text[2 * ID_SIZE] = '\0';
}

static int
digit(char byte)
{
	if (byte >= '0' && byte <= '9')
		return byte - '0';
	if (byte >= 'a' && byte <= 'f')
		return byte - 'a' + 10;
	if (byte >= 'A' && byte <= 'F')
		return byte - 'A' + 10;
	return -1;
}

bool
qf_job_id_read(const char *text, struct qf_job_id *id)
{
	struct qf_job_id read;

	for (size_t i = 0; i < ID_SIZE; i++) {
		int high = digit(text[2 * i]);
		int low = high < 0 ? -1 : digit(text[2 * i + 1]);

		if (low < 0)
			return false;
		read.bytes[i] = (unsigned char)(high << 4 | low);
	}
	if (text[2 * ID_SIZE] != '\0')
		return false;
	*id = read;
	return true;
}
