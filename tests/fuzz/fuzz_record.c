/*
 * fuzz_record - any bytes as a queue file.
 *
 * Read raw, all records are those that a simple loop over the bytes finds.
 * However pointers lead, what is given out lies in the file, and is no more
 * than reading the file twice would give.
 */
#include "fuzz.h"

#include <string.h>

#include "queue-format/postfix/record.h"

/* What lies at an offset of the file, without any of the reader's code. */
struct expected {
	enum qf_status status;
	size_t header;
	size_t len;
};

static struct expected
look(const uint8_t *data, size_t size, size_t offset)
{
	struct expected e = { .status = QF_CORRUPT };

	if (offset >= size) {
		e.status = QF_END;
		return e;
	}
	for (e.header = 1; e.header <= 4; e.header++) {
		unsigned byte;

		if (offset + e.header >= size)
			return e;
		byte = data[offset + e.header];
		e.len += (size_t)(byte % 128) << (7 * (e.header - 1));
		if (byte < 128)
			break;
	}
	e.header++;
	if (e.header <= 5 && e.len <= size - offset - e.header)
		e.status = QF_OK;
	return e;
}

static void
check_record(const struct qf_record *rec, const uint8_t *data, size_t size)
{
	struct expected e = look(data, size, (size_t)rec->offset);

	FUZZ_ASSERT(e.status == QF_OK);
	FUZZ_ASSERT(rec->type == data[rec->offset]);
	FUZZ_ASSERT(rec->len == e.len);
	FUZZ_ASSERT(memcmp(rec->data, data + rec->offset + e.header, e.len) ==
		    0);
}

static void
read_raw(struct qf_reader *reader, const uint8_t *data, size_t size)
{
	size_t offset = 0;
	bool ended = false;
	struct qf_record rec;
	struct qf_error err;

	qf_reader_start(reader, fuzz_file(data, size), (off_t)size, true);
	for (;;) {
		struct expected e = look(data, size, offset);
		enum qf_status status = qf_reader_next(reader, &rec, &err);

		FUZZ_ASSERT(status == e.status);
		if (status == QF_CORRUPT)
			FUZZ_ASSERT((size_t)err.offset == offset);
		if (status != QF_OK)
			break;
		FUZZ_ASSERT((size_t)rec.offset == offset);
		check_record(&rec, data, size);
		offset += e.header + e.len;
		FUZZ_ASSERT((size_t)qf_reader_tell(reader) == offset);
		ended = ended || rec.type == QF_REC_END;
		FUZZ_ASSERT(qf_reader_ended(reader) == ended);
	}
}

static void
read_through(struct qf_reader *reader, const uint8_t *data, size_t size)
{
	size_t bytes = 0;
	bool ended = false;
	struct qf_record rec;
	struct qf_error err;
	enum qf_status status;

	qf_reader_start(reader, fuzz_file(data, size), (off_t)size, false);
	while ((status = qf_reader_next(reader, &rec, &err)) == QF_OK) {
		FUZZ_ASSERT(!ended);
		FUZZ_ASSERT(rec.offset >= 0 && (size_t)rec.offset < size);
		FUZZ_ASSERT(rec.type != QF_REC_POINTER &&
			    rec.type != QF_REC_PADDING);
		check_record(&rec, data, size);
		ended = rec.type == QF_REC_END;
		bytes += rec.len + 2;
		FUZZ_ASSERT(bytes <= 3 * size + 65536);
	}
	FUZZ_ASSERT(status == QF_END || status == QF_CORRUPT);
	if (status == QF_CORRUPT)
		FUZZ_ASSERT(err.offset >= 0 && (size_t)err.offset < size &&
			    err.text[0] != '\0');
	FUZZ_ASSERT(qf_reader_ended(reader) == ended);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct qf_reader *reader = qf_reader_new();

	FUZZ_ASSERT(reader != NULL);
	read_through(reader, data, size);
	read_raw(reader, data, size);
	qf_reader_free(reader);
	return 0;
}
