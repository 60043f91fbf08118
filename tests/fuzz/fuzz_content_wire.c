/*
 * fuzz_content_wire - any bytes as what a worker says.
 *
 * They are refused, or what they say can be said again in the same way.
 */
#include "fuzz.h"

#include <string.h>

#include "queue-format/content/wire.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct qf_finding finding = { .limits = { .depth = 20, .parts = 100 } };
	struct qf_finding copy;
	struct qf_buffer bytes = { 0 };
	struct qf_error err;
	enum qf_status status;

	qf_content_limits_complete(&finding.limits);
	copy = finding;
	status = qf_wire_unpack((const char *)data, size, &finding, &err);
	FUZZ_ASSERT(status == QF_OK || status == QF_CORRUPT);
	if (status == QF_OK) {
		qf_wire_pack(&bytes, &finding);
		FUZZ_ASSERT(qf_wire_unpack(bytes.data, bytes.len, &copy,
					   &err) == QF_OK);
		FUZZ_ASSERT(copy.header_count == finding.header_count);
		FUZZ_ASSERT(copy.part_count == finding.part_count);
		FUZZ_ASSERT(copy.text_count == finding.text_count);
		FUZZ_ASSERT(copy.notice_count == finding.notice_count);
	} else {
		FUZZ_ASSERT(err.offset >= 0 && (size_t)err.offset <= size &&
			    err.text[0] != '\0');
	}
	qf_buffer_free(&bytes);
	qf_finding_free(&finding);
	qf_finding_free(&copy);
	return 0;
}
