/*
 * fuzz_envelope - any bytes as a queue file, understood.
 *
 * Recipients are where they say, the short reading agrees with the long one,
 * and addresses survive being quoted and made printable.
 */
#include "fuzz.h"

#include <string.h>

#include "queue-format/postfix/address.h"
#include "queue-format/postfix/envelope.h"

static void
check_printable(const char *quoted, struct qf_arena *arena,
		enum qf_printable how)
{
	size_t len = strlen(quoted);
	char *once = qf_arena_copy(arena, quoted, len);
	char *twice;

	FUZZ_ASSERT(once != NULL);
	qf_printable(once, len, how);
	FUZZ_ASSERT(strlen(once) == len);
	for (size_t i = 0; i < len; i++) {
		unsigned char byte = (unsigned char)once[i];

		FUZZ_ASSERT(byte >= 0x20 && byte != 0x7f);
		FUZZ_ASSERT(byte == (unsigned char)quoted[i] || byte == '?');
		FUZZ_ASSERT(how != QF_PRINTABLE_ASCII || byte < 0x7f);
	}
	/* A second time there is nothing left to do. */
	twice = qf_arena_copy(arena, once, len);
	FUZZ_ASSERT(twice != NULL);
	qf_printable(twice, len, how);
	FUZZ_ASSERT(memcmp(once, twice, len) == 0);
}

static void
check_address(const char *raw, struct qf_arena *arena)
{
	const char *quoted = qf_address_quote(arena, raw);

	FUZZ_ASSERT(quoted != NULL && quoted[0] != '\0');
	FUZZ_ASSERT(strlen(quoted) <= 2 * strlen(raw) + 2);
	check_printable(quoted, arena, QF_PRINTABLE_ASCII);
	check_printable(quoted, arena, QF_PRINTABLE_LOOSE);
	check_printable(quoted, arena, QF_PRINTABLE_STRICT);
}

static void
check_recipients(const struct qf_envelope *env, struct qf_arena *arena,
		 const uint8_t *data, size_t size)
{
	for (size_t i = 0; i < env->recipient_count; i++) {
		const struct qf_envelope_recipient *r = &env->recipients[i];

		FUZZ_ASSERT(r->offset >= 0 && (size_t)r->offset < size);
		FUZZ_ASSERT(data[r->offset] == (r->done ? 'D' : 'R'));
		check_address(r->address, arena);
		if (r->original != NULL)
			check_address(r->original, arena);
	}
}

static enum qf_status
read_envelope(enum qf_envelope_depth depth, struct qf_arena *arena,
	      struct qf_envelope *env, const uint8_t *data, size_t size)
{
	struct qf_reader *reader = qf_reader_new();
	struct qf_error err;
	enum qf_status status;

	FUZZ_ASSERT(reader != NULL);
	qf_reader_start(reader, fuzz_file(data, size), (off_t)size, false);
	status = qf_envelope_read(reader, depth, arena, env, &err);
	FUZZ_ASSERT(status == QF_OK || status == QF_CORRUPT);
	if (status == QF_CORRUPT)
		FUZZ_ASSERT(err.offset >= 0 && (size_t)err.offset <= size &&
			    err.text[0] != '\0');
	FUZZ_ASSERT(status != QF_OK || env->sender != NULL);
	FUZZ_ASSERT(env->sender != NULL || env->recipient_count == 0);
	qf_reader_free(reader);
	return status;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct qf_arena arena = { 0 };
	struct qf_envelope brief;
	struct qf_envelope whole;
	enum qf_status first =
		read_envelope(QF_ENVELOPE_SENDER, &arena, &brief, data, size);
	enum qf_status second = read_envelope(QF_ENVELOPE_RECIPIENTS, &arena,
					      &whole, data, size);

	FUZZ_ASSERT(first == QF_OK || second == QF_CORRUPT);
	FUZZ_ASSERT((brief.sender == NULL) == (whole.sender == NULL));
	FUZZ_ASSERT(brief.sender == NULL ||
		    strcmp(brief.sender, whole.sender) == 0);
	FUZZ_ASSERT(brief.recipient_count == 0);
	FUZZ_ASSERT(brief.has_size == whole.has_size &&
		    brief.size == whole.size && brief.size >= 0);
	FUZZ_ASSERT(brief.arrival == whole.arrival);
	if (whole.sender != NULL && whole.sender[0] != '\0')
		check_address(whole.sender, &arena);
	check_recipients(&whole, &arena, data, size);
	qf_arena_free(&arena);
	return 0;
}
