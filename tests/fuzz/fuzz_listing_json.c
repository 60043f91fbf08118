/*
 * A line that pretends to be from `postqueue -j': whatever it is, reading it
 * ends well, and a message that comes out of it is what its header promises.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "queue-format/showq/listing_json.h"
#include "queue-format/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(bool is_so)
{
	if (!is_so)
		abort();
}

static void
must_be_text(const char *text)
{
	must(text != NULL && qf_utf8_valid(text, strlen(text)));
}

static void
look_at_recipient(const struct qf_recipient *recipient)
{
	must_be_text(recipient->address);
	if (recipient->original != NULL)
		must_be_text(recipient->original);
	if (recipient->reason != NULL)
		must_be_text(recipient->reason);
	must((recipient->reason == NULL) ==
	     (recipient->state == QF_RECIPIENT_WAITING));
}

static void
look_at_message(const struct qf_message *message)
{
	must(message->parts == QF_LISTING_PARTS);
	must(*message->id != '\0' && strlen(message->id) < QF_LISTING_ID_SIZE);
	must((QF_QUEUE_BIT(message->queue) & QF_QUEUES_LISTED) != 0);
	must(message->size >= 0 && message->arrival >= 0);
	must_be_text(message->sender);
	for (size_t i = 0; i < message->left_count; i++)
		look_at_recipient(&message->left[i]);
}

/* What the head says is what the whole line says. */
static void
look_at_head(const char *line, size_t len, const struct qf_message *message)
{
	char id[QF_LISTING_ID_SIZE];
	enum qf_queue queue;

	if (!qf_listing_json_head(line, len, &queue, id) || message == NULL)
		return;
	must(queue == message->queue);
	must(strcmp(id, message->id) == 0);
}

/* jansson may not find a byte that is no UTF-8: all are repaired. */
static void
look_at_error(const struct qf_error *err, size_t size)
{
	must(err->status == QF_CORRUPT);
	must(err->offset >= 0 && err->offset <= (off_t)size);
	must(*err->text != '\0');
	must(strstr(err->text, "unable to decode byte") == NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *line = (const char *)data;
	struct qf_arena arena = { 0 };
	struct qf_message message;
	struct qf_error err;

	if (qf_listing_json_parse(line, size, &arena, &message, &err) ==
	    QF_OK) {
		look_at_message(&message);
		look_at_head(line, size, &message);
	} else {
		look_at_error(&err, size);
		look_at_head(line, size, NULL);
	}
	qf_arena_free(&arena);
	return 0;
}
