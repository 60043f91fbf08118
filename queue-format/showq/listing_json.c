/*
 * listing_json.c - a line of what `postqueue -j' prints.
 */
#include "listing_json.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "queue-format/buffer.h"
#include "queue-format/text.h"

#define NO_RECIPIENT SIZE_MAX

/* How postqueue shows the null sender: empty_address_recipient. */
#define NULL_SENDER "MAILER-DAEMON"

struct parser {
	struct qf_arena *arena;
	struct qf_error *err;

	/* For errors. */
	const char *id;	  /* NULL: not known yet */
	size_t recipient; /* the one at hand, or NO_RECIPIENT */

	const char *reason; /* the last one that was kept, or NULL */
};

/* `member' may be NULL: the recipient itself is wrong. */
static enum qf_status
complain(const struct parser *p, const char *member, const char *fault)
{
	enum qf_status status;
	char place[40] = "";

	if (p->recipient != NO_RECIPIENT)
		snprintf(place, sizeof(place), "recipients[%zu]%s",
			 p->recipient, member == NULL ? "" : ".");
	status = qf_corrupt(p->err, 0, "%s%s %s", place,
			    member == NULL ? "" : member, fault);
	if (p->id != NULL)
		qf_error_prefix(p->err, p->id);
	return status;
}

static enum qf_status
no_memory(const struct parser *p)
{
	errno = ENOMEM;
	return qf_system(p->err, "cannot read a listing");
}

/* Put a copy of the text, which belongs to jansson, into the arena. */
static enum qf_status
keep(const struct parser *p, const char *text, const char **kept)
{
	const char *copy = qf_arena_copy(p->arena, text, strlen(text));

	if (copy == NULL)
		return no_memory(p);
	*kept = copy;
	return QF_OK;
}

/* The text stays jansson's.  jansson lets no NUL into a string. */
static enum qf_status
get_text(const struct parser *p, const json_t *object, const char *name,
	 const char **text)
{
	const json_t *value = json_object_get(object, name);

	if (value == NULL)
		return complain(p, name, "is missing");
	if (!json_is_string(value))
		return complain(p, name, "is not a string");
	*text = json_string_value(value);
	return QF_OK;
}

/* A member that may be missing, which gives an empty text. */
static enum qf_status
get_optional(const struct parser *p, const json_t *object, const char *name,
	     const char **text)
{
	if (json_object_get(object, name) != NULL)
		return get_text(p, object, name, text);
	*text = "";
	return QF_OK;
}

static enum qf_status
get_number(const struct parser *p, const json_t *object, const char *name,
	   int64_t *number)
{
	const json_t *value = json_object_get(object, name);

	if (value == NULL)
		return complain(p, name, "is missing");
	if (!json_is_integer(value))
		return complain(p, name, "is not an integer");
	if (json_integer_value(value) < 0)
		return complain(p, name, "is negative");
	*number = json_integer_value(value);
	return QF_OK;
}

/* The characters that a queue id can have. */
static size_t
id_length(const char *text, size_t len)
{
	size_t i = 0;

	while (i < len &&
	       ((text[i] >= '0' && text[i] <= '9') ||
		(text[i] >= 'A' && text[i] <= 'Z') ||
		(text[i] >= 'a' && text[i] <= 'z') || text[i] == '_'))
		i++;
	return i;
}

static bool
queue_by_name(const char *name, enum qf_queue *queue)
{
	return qf_queue_by_name(name, queue) &&
	       (QF_QUEUE_BIT(*queue) & QF_QUEUES_LISTED) != 0;
}

static enum qf_status
take_name(struct parser *p, const json_t *object, struct qf_message *m)
{
	const char *id = NULL;
	const char *queue = NULL;
	enum qf_status status = get_text(p, object, "queue_id", &id);

	if (status != QF_OK)
		return status;
	if (*id == '\0' || strlen(id) >= QF_LISTING_ID_SIZE ||
	    id_length(id, strlen(id)) != strlen(id))
		return complain(p, "queue_id", "is not a queue id");
	status = keep(p, id, &m->id);
	if (status != QF_OK)
		return status;
	p->id = m->id;
	status = get_text(p, object, "queue_name", &queue);
	if (status == QF_OK && !queue_by_name(queue, &m->queue))
		status = complain(p, "queue_name", "is not a queue");
	return status;
}

static enum qf_status
take_sender(const struct parser *p, const json_t *object, struct qf_message *m)
{
	const char *sender = NULL;
	enum qf_status status = get_text(p, object, "sender", &sender);

	if (status != QF_OK)
		return status;
	if (strcmp(sender, NULL_SENDER) == 0)
		sender = "";
	return keep(p, sender, &m->sender);
}

static enum qf_status
take_forced_expire(const struct parser *p, const json_t *object,
		   struct qf_message *m)
{
	const json_t *value = json_object_get(object, "forced_expire");

	if (value != NULL && !json_is_boolean(value))
		return complain(p, "forced_expire",
				"is neither true nor false");
	m->forced_expire = json_is_true(value);
	return QF_OK;
}

static enum qf_status
take_envelope(const struct parser *p, const json_t *object,
	      struct qf_message *m)
{
	enum qf_status status;

	status = get_number(p, object, "arrival_time", &m->arrival);
	if (status == QF_OK)
		status = get_number(p, object, "message_size", &m->size);
	if (status == QF_OK)
		status = take_forced_expire(p, object, m);
	if (status == QF_OK)
		status = take_sender(p, object, m);
	return status;
}

/* Most recipients of a message wait for the same reason: it is kept once. */
static enum qf_status
keep_reason(struct parser *p, const char *text, const char **reason)
{
	enum qf_status status = QF_OK;

	if (p->reason == NULL || strcmp(p->reason, text) != 0)
		status = keep(p, text, &p->reason);
	if (status == QF_OK)
		*reason = p->reason;
	return status;
}

static enum qf_status
take_reason(struct parser *p, const json_t *object,
	    struct qf_recipient *recipient)
{
	/* Which log it is from.  An unknown log still tells of an attempt. */
	static const struct {
		const char *name;
		enum qf_recipient_state state;
	} kinds[] = {
		{ "delay_reason", QF_RECIPIENT_DEFERRED },
		{ "bounce_reason", QF_RECIPIENT_BOUNCED },
		{ "other_reason", QF_RECIPIENT_DEFERRED },
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		const char *text = NULL;
		enum qf_status status =
			get_optional(p, object, kinds[i].name, &text);

		if (status == QF_OK && *text != '\0') {
			if (recipient->reason != NULL)
				return complain(p, kinds[i].name,
						"is a second reason");
			recipient->state = kinds[i].state;
			status = keep_reason(p, text, &recipient->reason);
		}
		if (status != QF_OK)
			return status;
	}
	return QF_OK;
}

static enum qf_status
take_recipient(struct parser *p, const json_t *object,
	       struct qf_recipient *recipient)
{
	const char *address = NULL;
	const char *original = NULL;
	enum qf_status status;

	*recipient = (struct qf_recipient){ .state = QF_RECIPIENT_WAITING };
	if (!json_is_object(object))
		return complain(p, NULL, "is not an object");
	status = get_text(p, object, "address", &address);
	if (status == QF_OK)
		status = get_optional(p, object, "orig_address", &original);
	if (status == QF_OK)
		status = keep(p, address, &recipient->address);
	if (status == QF_OK && *original != '\0' &&
	    strcmp(original, address) != 0)
		status = keep(p, original, &recipient->original);
	return status == QF_OK ? take_reason(p, object, recipient) : status;
}

static enum qf_status
take_recipients(struct parser *p, const json_t *object, struct qf_message *m)
{
	const json_t *array = json_object_get(object, "recipients");
	struct qf_recipient *recipients;
	size_t count = json_array_size(array);

	if (array == NULL)
		return complain(p, "recipients", "is missing");
	if (!json_is_array(array))
		return complain(p, "recipients", "is not an array");
	if (count == 0)
		return QF_OK;
	recipients = qf_arena_alloc(p->arena, count * sizeof(*recipients));
	if (recipients == NULL)
		return no_memory(p);
	for (p->recipient = 0; p->recipient < count; p->recipient++) {
		enum qf_status status =
			take_recipient(p, json_array_get(array, p->recipient),
				       &recipients[p->recipient]);

		if (status != QF_OK)
			return status;
	}
	m->left = recipients;
	m->left_count = count;
	return QF_OK;
}

/* A copy with U+FFFD for each byte that is not UTF-8. */
static void
repair(struct qf_buffer *out, const char *text, size_t len)
{
	uint32_t rune;

	while (len > 0) {
		size_t size = qf_utf8_next(text, len, &rune);

		if (size == 0) {
			qf_buffer_string(out, "\xef\xbf\xbd");
			size = 1;
		} else {
			qf_buffer_add(out, text, size);
		}
		text += size;
		len -= size;
	}
}

/* The place in the line that became the place `position' by repair. */
static size_t
place_before_repair(const char *line, size_t len, size_t position)
{
	size_t done = 0;
	size_t i = 0;
	uint32_t rune;

	while (i < len) {
		size_t size = qf_utf8_next(line + i, len - i, &rune);

		done += size == 0 ? 3 : size;
		if (done > position)
			break;
		i += size == 0 ? 1 : size;
	}
	return i;
}

/* jansson sets no text when it has run out of memory. */
static enum qf_status
refuse(const struct parser *p, const char *line, size_t len,
       const json_error_t *error)
{
	if (json_error_code(error) == json_error_out_of_memory ||
	    error->text[0] == '\0')
		return no_memory(p);
	return qf_corrupt(
		p->err,
		(off_t)place_before_repair(line, len, (size_t)error->position),
		"not JSON: %s", error->text);
}

static enum qf_status
read_tree(const struct parser *p, const char *line, size_t len, json_t **tree)
{
	struct qf_buffer repaired = { 0 };
	const char *text = line;
	size_t text_len = len;
	enum qf_status status = QF_OK;
	json_error_t error;

	if (len > QF_LISTING_LINE_MAX)
		return qf_corrupt(p->err, 0, "line of more than %zu bytes",
				  QF_LISTING_LINE_MAX);
	if (!qf_utf8_valid(line, len)) {
		repair(&repaired, line, len);
		text = repaired.data;
		text_len = repaired.len;
	}
	if (repaired.failed) {
		status = no_memory(p);
		goto out;
	}
	*tree = json_loadb(text, text_len, JSON_REJECT_DUPLICATES, &error);
	if (*tree == NULL)
		status = refuse(p, line, len, &error);
out:
	qf_buffer_free(&repaired);
	return status;
}

enum qf_status
qf_listing_json_parse(const char *line, size_t len, struct qf_arena *arena,
		      struct qf_message *message, struct qf_error *err)
{
	struct parser p = { .arena = arena,
			    .err = err,
			    .recipient = NO_RECIPIENT };
	struct qf_message m = { .parts = QF_LISTING_PARTS, .fault_offset = -1 };
	json_t *tree = NULL;
	enum qf_status status = read_tree(&p, line, len, &tree);

	if (status != QF_OK)
		return status;
	if (!json_is_object(tree))
		status = qf_corrupt(err, 0, "not a JSON object");
	if (status == QF_OK)
		status = take_name(&p, tree, &m);
	if (status == QF_OK)
		status = take_envelope(&p, tree, &m);
	if (status == QF_OK)
		status = take_recipients(&p, tree, &m);
	json_decref(tree);
	if (status == QF_OK)
		*message = m;
	return status;
}

/* Go past `text' if it stands at *at. */
static bool
skip(const char **at, const char *end, const char *text)
{
	size_t len = strlen(text);

	if ((size_t)(end - *at) < len || memcmp(*at, text, len) != 0)
		return false;
	*at += len;
	return true;
}

/* Copy a word of 1 to 255 characters that need no escape. */
static bool
copy_word(const char **at, const char *end, char word[QF_LISTING_ID_SIZE])
{
	size_t len = id_length(*at, (size_t)(end - *at));

	if (len == 0 || len >= QF_LISTING_ID_SIZE)
		return false;
	memcpy(word, *at, len);
	word[len] = '\0';
	*at += len;
	return true;
}

bool
qf_listing_json_head(const char *line, size_t len, enum qf_queue *queue,
		     char id[QF_LISTING_ID_SIZE])
{
	const char *end = line + len;
	char name[QF_LISTING_ID_SIZE];

	return skip(&line, end, "{\"queue_name\": \"") &&
	       copy_word(&line, end, name) &&
	       skip(&line, end, "\", \"queue_id\": \"") &&
	       copy_word(&line, end, id) && skip(&line, end, "\"") &&
	       queue_by_name(name, queue);
}
