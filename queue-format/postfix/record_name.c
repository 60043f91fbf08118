/*
 * record_name.c - what the types of records are called.
 *
 * The words are those of postcat(1), which people and scripts know.
 */
#include "record.h"

static const struct {
	char type;
	const char *name;
} names[] = {
	{ QF_REC_SIZE, "message_size" },
	{ QF_REC_TIME, "message_arrival_time" },
	{ 'c', "queue_file_create_time" },
	{ QF_REC_FULL_NAME, "sender_fullname" },
	{ QF_REC_INSPECTOR, "content_inspector" },
	/* In the content, the same letter is unterminated_text. */
	{ QF_REC_FILTER, "content_filter" },
	{ QF_REC_SENDER, "sender" },
	{ QF_REC_DONE, "done_recipient" },
	{ QF_REC_CANCELED, "canceled_recipient" },
	{ QF_REC_RECIPIENT, "recipient" },
	{ QF_REC_ORIGINAL, "original_recipient" },
	{ QF_REC_WARN, "warning_message_time" },
	{ QF_REC_ATTRIBUTE, "named_attribute" },
	{ QF_REC_POINTER, "pointer_record" },
	{ QF_REC_KILLED, "killed_record" },
	{ QF_REC_MESSAGE, "message_content" },
	{ QF_REC_LINE, "regular_text" },
	{ QF_REC_PADDING, "padding" },
	{ QF_REC_EXTRACTED, "extracted_info" },
	{ 'r', "return_receipt" },
	{ 'e', "errors_to" },
	{ 'P', "priority" },
	{ QF_REC_VERP, "verp_delimiters" },
	{ QF_REC_END, "message_end" },
	{ QF_REC_REDIRECT, "redirect_to" },
	{ 'f', "flags" },
	{ QF_REC_DSN_RET, "dsn_return_flags" },
	{ QF_REC_DSN_ENVID, "dsn_envelope_id" },
	{ QF_REC_DSN_ORCPT, "dsn_original_recipient" },
	{ QF_REC_DSN_NOTIFY, "dsn_notify_flags" },
};

const char *
qf_record_name(int type)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (names[i].type == type)
			return names[i].name;
	}
	return "unknown_record_type";
}
