/*
 * fuzz_walk - any bytes as a queue file, gone through in each way.
 *
 * However pointers lead, it ends, and gives no more than reading the file a
 * few times would.  What lies in the file is given once.  What counts is what
 * is met, without pointers and padding; and the envelope is left out only
 * where a message record stands before what is given then.
 */
#include "fuzz.h"

#include <string.h>

#include "queue-format/postfix/attribute.h"
#include "queue-format/postfix/walk.h"

#define MOST 20000

/* What a walk gave: the offsets, and how it ended. */
struct given {
	off_t offsets[MOST];
	enum qf_section sections[MOST];
	size_t count;
	size_t bytes;
	enum qf_status status;
};

static void
check_attribute(const struct qf_record *rec)
{
	struct qf_span name;
	struct qf_span value;

	if (qf_attribute_split(rec->data, rec->len, &name, &value) != NULL)
		return;
	FUZZ_ASSERT(name.text >= rec->data && name.len > 0);
	FUZZ_ASSERT(name.text + name.len < value.text);
	FUZZ_ASSERT(value.text + value.len <= rec->data + rec->len);
}

static void
walk_on(struct qf_walk *walk, size_t size, bool all, struct given *given)
{
	enum qf_section section = QF_SECTION_ENVELOPE;
	struct qf_record rec;
	struct qf_error err;

	given->count = 0;
	given->bytes = 0;
	while ((given->status = qf_walk_next(walk, &rec, &section, &err)) ==
	       QF_OK) {
		given->bytes += rec.len + 2;
		FUZZ_ASSERT(given->bytes <= 3 * size + 100000);
		FUZZ_ASSERT(rec.offset >= 0 && (size_t)rec.offset < size);
		check_attribute(&rec);
		if (!all &&
		    (rec.type == QF_REC_POINTER || rec.type == QF_REC_PADDING))
			continue;
		if (given->count < MOST) {
			given->offsets[given->count] = rec.offset;
			given->sections[given->count] = section;
			given->count++;
		}
	}
	FUZZ_ASSERT(given->status == QF_END || given->status == QF_CORRUPT);
	if (given->status == QF_CORRUPT)
		FUZZ_ASSERT(qf_walk_damage(walk)->kind != QF_DAMAGE_NONE &&
			    qf_walk_damage(walk)->record.offset == err.offset);
}

static void
go(struct qf_walk *walk, const uint8_t *data, size_t size, enum qf_walk_way way,
   bool all, struct given *given)
{
	struct qf_error err;

	FUZZ_ASSERT(qf_walk_start(walk, fuzz_file(data, size), way, &err) ==
		    QF_OK);
	FUZZ_ASSERT(!qf_walk_is_pipe(walk));
	walk_on(walk, size, all, given);
}

static void
compare(const struct given *a, const struct given *b)
{
	FUZZ_ASSERT(a->status == b->status && a->count == b->count);
	for (size_t i = 0; i < a->count; i++)
		FUZZ_ASSERT(a->offsets[i] == b->offsets[i] &&
			    a->sections[i] == b->sections[i]);
}

static void
check_file(const struct given *given)
{
	for (size_t i = 1; i < given->count; i++)
		FUZZ_ASSERT(given->offsets[i - 1] < given->offsets[i]);
}

static void
check_skip(struct qf_walk *walk, const uint8_t *data, size_t size)
{
	struct qf_error err;
	off_t at;

	FUZZ_ASSERT(qf_walk_start(walk, fuzz_file(data, size), QF_WALK_MESSAGE,
				  &err) == QF_OK);
	if (!qf_walk_skip_envelope(walk)) {
		FUZZ_ASSERT(qf_walk_tell(walk) == 0);
		return;
	}
	at = qf_walk_tell(walk);
	FUZZ_ASSERT(at > 2 && (size_t)at <= size);
	FUZZ_ASSERT(memcmp(data + at - 2, "M\0", 2) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct given counts;
	static struct given met;
	struct qf_walk *walk = qf_walk_new();

	FUZZ_ASSERT(walk != NULL);
	go(walk, data, size, QF_WALK_MESSAGE, false, &counts);
	go(walk, data, size, QF_WALK_RECORDS, false, &met);
	compare(&counts, &met);
	go(walk, data, size, QF_WALK_FILE, true, &met);
	check_file(&met);
	check_skip(walk, data, size);
	qf_walk_free(walk);
	return 0;
}
