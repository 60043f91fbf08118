/*
 * essence.c - what stays the same in a queue file.
 */
#include "essence.h"

#include <string.h>

#include "queue-format/postfix/envelope.h"

#define TRACE_FLAGS "trace_flags="

/*
 * What is in the file beside the marks; and of a recipient, whether it is
 * done is a mark.
 */
static bool
stays(const struct qf_record *rec)
{
	size_t len = strlen(TRACE_FLAGS);

	if (rec->type == QF_REC_WARN || rec->type == QF_REC_KILLED)
		return false;
	return rec->type != QF_REC_ATTRIBUTE || rec->len < len ||
	       memcmp(rec->data, TRACE_FLAGS, len) != 0;
}

static void
add(struct qf_checksum *sum, const struct qf_record *rec)
{
	int type = rec->type == QF_REC_DONE ? QF_REC_RECIPIENT : rec->type;
	unsigned char head[5] = { (unsigned char)type };

	for (int i = 0; i < 4; i++)
		head[i + 1] = (unsigned char)(rec->len >> (8 * i));
	qf_checksum_add(sum, head, sizeof(head));
	qf_checksum_add(sum, rec->data, rec->len);
}

static enum qf_status
sum_up(struct qf_reader *reader, struct qf_checksum *sum, struct qf_error *err)
{
	enum qf_status status = QF_OK;
	struct qf_record rec;

	while (status == QF_OK) {
		status = qf_reader_next(reader, &rec, err);
		if (status == QF_OK && stays(&rec))
			add(sum, &rec);
	}
	return status == QF_END ? QF_OK : status;
}

/* Postfix makes hash directories of capital letters. */
static void
to_upper(char *text)
{
	for (; *text != '\0'; text++) {
		if (*text >= 'a' && *text <= 'f')
			*text = (char)(*text - 'a' + 'A');
	}
}

static enum qf_status
check(struct qf_reader *reader, int fd, off_t size, struct qf_error *err)
{
	struct qf_arena arena = { 0 };
	struct qf_envelope env = { 0 };
	enum qf_status status;

	qf_reader_start(reader, fd, size, false);
	status = qf_envelope_read(reader, QF_ENVELOPE_RECIPIENTS, &arena, &env,
				  err);
	if (status == QF_OK && !env.has_size)
		status = qf_corrupt(err, 0, "not a queue file: no sizes");
	else if (status == QF_OK && env.sender == NULL)
		status = qf_corrupt(err, 0, "not a queue file: no sender");
	else if (status == QF_OK && env.arrival <= 0)
		status = qf_corrupt(err, 0, "not a queue file: no arrival");
	else if (status == QF_OK && env.recipient_count == 0)
		status = qf_corrupt(err, 0, "not a queue file: no recipient");
	qf_arena_free(&arena);
	return status;
}

enum qf_status
qf_essence(struct qf_reader *reader, int fd, off_t size,
	   char key[QF_ESSENCE_KEY], struct qf_error *err)
{
	struct qf_checksum *sum;
	enum qf_status status = check(reader, fd, size, err);

	if (status != QF_OK)
		return status;
	sum = qf_checksum_new();
	if (sum == NULL)
		return qf_fail(err, QF_SYSTEM, "out of memory");
	qf_reader_start(reader, fd, size, true);
	status = sum_up(reader, sum, err);
	if (status == QF_OK) {
		qf_checksum_text(sum, key);
		to_upper(key);
	}
	qf_checksum_free(sum);
	return status;
}
