/*
 * fuzz_plan_file - any bytes as a plan.
 *
 * Reading it ends well; what is taken of it is what the header promises, and
 * a head that was understood is understood again when it is written.
 */
#include "fuzz.h"

#include <stdio.h>
#include <string.h>

#include "mailq-tools/plan_file.h"
#include "mailq-tools/verb.h"
#include "queue-format/postfix/queue_id.h"

static void
check_head(const struct plan_head *head)
{
	struct qf_arena arena = { 0 };
	struct plan_file again = { 0 };
	struct qf_buffer line = { 0 };
	enum plan_line kind = PLAN_BLANK;
	struct plan_message message;
	struct qf_error err;

	FUZZ_ASSERT(plan_takes(head->verb));
	FUZZ_ASSERT(!head->now || verb_words(head->verb)->takes_now);
	FUZZ_ASSERT(head->messages <= PLAN_MESSAGES_MAX);
	FUZZ_ASSERT(head->made >= 0 && head->bytes >= 0);
	FUZZ_ASSERT(head->user != NULL && head->sudo_user != NULL);
	FUZZ_ASSERT(head->host != NULL && head->command != NULL);
	FUZZ_ASSERT(head->selection != NULL && head->reason != NULL);
	if (head->user[0] == '\0')
		return;
	plan_put_head(&line, head);
	FUZZ_ASSERT(plan_take_line(&again, line.data, line.len - 1, &arena,
				   &kind, &message, &err) == QF_OK);
	FUZZ_ASSERT(kind == PLAN_HEAD && again.head.verb == head->verb);
	FUZZ_ASSERT(again.head.made == head->made &&
		    again.head.messages == head->messages);
	qf_buffer_free(&line);
	qf_arena_free(&arena);
}

static void
check_message(const struct plan_message *message)
{
	const struct qf_chosen *chosen = &message->chosen;

	FUZZ_ASSERT(qf_queue_id_ok(chosen->id));
	FUZZ_ASSERT(chosen->inode != 0 && chosen->birth >= 0);
	FUZZ_ASSERT(chosen->arrival >= 0 && !chosen->in_trash);
	FUZZ_ASSERT(chosen->queue < QF_QUEUE_COUNT);
	FUZZ_ASSERT(chosen->sender == NULL ||
		    strlen(chosen->sender) < PLAN_LINE_MAX);
}

/* Each complaint is about a line of the file. */
static void
check_complaint(const struct plan_file *file, const struct qf_error *err)
{
	char place[40];

	snprintf(place, sizeof(place),
		 "line %llu: ", (unsigned long long)file->line);
	FUZZ_ASSERT(err->status == QF_CORRUPT);
	FUZZ_ASSERT(strncmp(err->text, place, strlen(place)) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *at = (const char *)data;
	const char *end = at + size;
	struct qf_arena arena = { 0 };
	struct plan_file file = { 0 };
	enum qf_status status = QF_OK;
	struct qf_error err;

	while (at < end && status == QF_OK) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));
		const char *stop = newline == NULL ? end : newline;
		enum plan_line kind = PLAN_BLANK;
		struct plan_message message = { 0 };

		status = plan_take_line(&file, at, (size_t)(stop - at), &arena,
					&kind, &message, &err);
		if (status != QF_OK)
			check_complaint(&file, &err);
		else if (kind == PLAN_HEAD)
			check_head(&file.head);
		else if (kind == PLAN_MESSAGE)
			check_message(&message);
		at = newline == NULL ? end : newline + 1;
	}
	FUZZ_ASSERT(file.messages <= file.head.messages + 1);
	if (status == QF_OK && plan_take_end(&file, &err) == QF_OK)
		FUZZ_ASSERT(file.has_head && file.is_over);
	qf_arena_free(&arena);
	return 0;
}
