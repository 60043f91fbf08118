/*
 * fuzz_delay_log - any bytes as a defer log.
 *
 * Every text of an entry is a piece of one line of the file, or one of the
 * texts that Postfix makes up.
 */
#include "fuzz.h"

#include <string.h>

#include "queue-format/postfix/delay_log.h"

static void
check_text(const char *text, const uint8_t *data, size_t size)
{
	static const char *const made_up[] = {
		"(MAILER-DAEMON)",
		"(recipient address unavailable)",
		"(description unavailable)",
	};

	if (text == NULL)
		return;
	FUZZ_ASSERT(strchr(text, '\n') == NULL);
	for (size_t i = 0; i < sizeof(made_up) / sizeof(made_up[0]); i++) {
		if (strcmp(text, made_up[i]) == 0)
			return;
	}
	FUZZ_ASSERT(memmem(data, size, text, strlen(text)) != NULL);
}

static void
check_entry(const struct qf_delay *entry, const uint8_t *data, size_t size)
{
	FUZZ_ASSERT(entry->address != NULL && entry->address[0] != '\0');
	FUZZ_ASSERT(entry->reason != NULL && entry->reason[0] != '\0');
	FUZZ_ASSERT(entry->offset >= 0);
	check_text(entry->address, data, size);
	check_text(entry->original, data, size);
	check_text(entry->dsn_original, data, size);
	check_text(entry->reason, data, size);
	check_text(entry->status, data, size);
	check_text(entry->action, data, size);
	check_text(entry->mta, data, size);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct qf_delay_log *log = qf_delay_log_new();
	struct qf_arena arena = { 0 };
	size_t entries = 0;
	struct qf_delay entry;
	struct qf_error err;
	enum qf_status status;
	off_t first = 0;

	FUZZ_ASSERT(log != NULL);
	qf_delay_log_start(log, fuzz_file(data, size));
	while ((status = qf_delay_log_next(log, &arena, &entry, &err)) ==
	       QF_OK) {
		check_entry(&entry, data, size);
		entries++;
	}
	FUZZ_ASSERT(status == QF_END || status == QF_CORRUPT);
	/* An entry is at least a line of one byte and a blank line. */
	FUZZ_ASSERT(entries <= size / 3);
	FUZZ_ASSERT(qf_delay_log_skipped(log, &first) <= size / 2);
	FUZZ_ASSERT(qf_delay_log_skipped(log, &first) == 0 ||
		    (first >= 0 && (size_t)first < size &&
		     (first == 0 || data[first - 1] == '\n')));
	qf_arena_free(&arena);
	qf_delay_log_free(log);
	return 0;
}
