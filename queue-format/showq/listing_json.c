/*
 * listing_json.c - a line of what `postqueue -j' prints.
 */
#include "listing_json.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "queue-format/json_read.h"

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

/* Put a copy of the text, which belongs to the tree, into the arena. */
static enum qf_status
keep(const struct parser *p, const char *text, const char **kept)
{
	const char *copy = qf_arena_copy(p->arena, text, strlen(text));

	if (copy == NULL)
		return no_memory(p);
	*kept = copy;
	return QF_OK;
}

/* The text stays the tree's. */
static enum qf_status
get_text(const struct parser *p, const struct qf_json *object, const char *name,
	 const char **text)
{
	const struct qf_json *value = qf_json_member(object, name);

	if (value == NULL)
		return complain(p, name, "is missing");
	*text = qf_json_string(value);
	if (*text == NULL)
		return complain(p, name, "is not a string");
	return QF_OK;
}

/* A member that may be missing, which gives an empty text. */
static enum qf_status
get_optional(const struct parser *p, const struct qf_json *object,
	     const char *name, const char **text)
{
	if (qf_json_member(object, name) != NULL)
		return get_text(p, object, name, text);
	*text = "";
	return QF_OK;
}

static enum qf_status
get_number(const struct parser *p, const struct qf_json *object,
	   const char *name, int64_t *number)
{
	const struct qf_json *value = qf_json_member(object, name);

	if (value == NULL)
		return complain(p, name, "is missing");
	if (!qf_json_integer(value, number))
		return complain(p, name, "is not an integer");
	if (*number < 0)
		return complain(p, name, "is negative");
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
take_name(struct parser *p, const struct qf_json *object, struct qf_message *m)
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
take_sender(const struct parser *p, const struct qf_json *object,
	    struct qf_message *m)
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
take_forced_expire(const struct parser *p, const struct qf_json *object,
		   struct qf_message *m)
{
	const struct qf_json *value = qf_json_member(object, "forced_expire");

	if (value != NULL && !qf_json_flag(value, &m->forced_expire))
		return complain(p, "forced_expire",
				"is neither true nor false");
	return QF_OK;
}

static enum qf_status
take_envelope(const struct parser *p, const struct qf_json *object,
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
take_reason(struct parser *p, const struct qf_json *object,
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
take_recipient(struct parser *p, const struct qf_json *object,
	       struct qf_recipient *recipient)
{
	const char *address = NULL;
	const char *original = NULL;
	enum qf_status status;

	*recipient = (struct qf_recipient){ .state = QF_RECIPIENT_WAITING };
	if (!qf_json_is_object(object))
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
take_recipients(struct parser *p, const struct qf_json *object,
		struct qf_message *m)
{
	const struct qf_json *array = qf_json_member(object, "recipients");
	struct qf_recipient *recipients;
	size_t count = qf_json_count(array);

	if (array == NULL)
		return complain(p, "recipients", "is missing");
	if (!qf_json_is_array(array))
		return complain(p, "recipients", "is not an array");
	if (count == 0)
		return QF_OK;
	recipients = qf_arena_alloc(p->arena, count * sizeof(*recipients));
	if (recipients == NULL)
		return no_memory(p);
	for (p->recipient = 0; p->recipient < count; p->recipient++) {
		enum qf_status status =
			take_recipient(p, qf_json_at(array, p->recipient),
				       &recipients[p->recipient]);

		if (status != QF_OK)
			return status;
	}
	m->left = recipients;
	m->left_count = count;
	return QF_OK;
}

enum qf_status
qf_listing_json_parse(const char *line, size_t len, struct qf_arena *arena,
		      struct qf_message *message, struct qf_error *err)
{
	struct parser p = { .arena = arena,
			    .err = err,
			    .recipient = NO_RECIPIENT };
	struct qf_message m = { .parts = QF_LISTING_PARTS, .fault_offset = -1 };
	struct qf_json *tree = NULL;
	enum qf_status status;

	if (len > QF_LISTING_LINE_MAX)
		return qf_corrupt(err, 0, "line of more than %zu bytes",
				  QF_LISTING_LINE_MAX);
	status = qf_json_parse(line, len, &tree, err);
	if (status != QF_OK)
		return status;
	if (!qf_json_is_object(tree))
		status = qf_corrupt(err, 0, "not a JSON object");
	if (status == QF_OK)
		status = take_name(&p, tree, &m);
	if (status == QF_OK)
		status = take_envelope(&p, tree, &m);
	if (status == QF_OK)
		status = take_recipients(&p, tree, &m);
	qf_json_free(tree);
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
