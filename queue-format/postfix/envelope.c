/*
 * envelope.c - what the records of a queue file say about a message.
 *
 * The order of tests, and what is forgiven, follow showq(8), so that a
 * listing agrees with Postfix's own.
 */
#include "envelope.h"

#include <errno.h>
#include <string.h>

#include "queue-format/postfix/attribute.h"

/* What is being read, so that each record's function has one argument. */
struct parse {
	struct qf_reader *reader;
	struct qf_arena *arena;
	struct qf_envelope *env;
	struct qf_error *err;
	const char *original; /* O: belongs to the next recipient */
	bool in_content;
	bool has_skip; /* a C record, also behind S, says how to skip */
	int64_t skip;  /* the content: so many bytes */
};

static enum qf_status
no_memory(struct parse *p)
{
	errno = ENOMEM;
	return qf_system(p->err, "cannot read the envelope");
}

/*
 * A record's data as a string.  Postfix handles it as a C string as well, so
 * that a NUL ends it here, too.
 */
static enum qf_status
copy(struct parse *p, const struct qf_record *rec, const char **out)
{
	char *text = qf_arena_copy(p->arena, rec->data,
				   strnlen(rec->data, rec->len));

	if (text == NULL)
		return no_memory(p);
	*out = text;
	return QF_OK;
}

/*
 * Larger is no number of seconds or bytes; two of them can be added up, or
 * taken from each other.
 */
#define MAX_NUMBER (INT64_MAX / 4)

/* As atol() does it, but bounded: blanks, a sign, digits; stops elsewhere. */
static int64_t
leading_number(const char *text, size_t len, size_t *used)
{
	size_t i = 0;
	bool negative = false;
	int64_t value = 0;

	while (i < len && (text[i] == ' ' || text[i] == '\t'))
		i++;
	if (i < len && (text[i] == '-' || text[i] == '+'))
		negative = text[i++] == '-';
	for (; i < len && text[i] >= '0' && text[i] <= '9'; i++) {
		value = value > MAX_NUMBER / 10 ? MAX_NUMBER
						: value * 10 + (text[i] - '0');
	}
	*used = i;
	return negative ? -value : value;
}

static bool
is_digits_and_blanks(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (text[i] != ' ' && (text[i] < '0' || text[i] > '9'))
			return false;
	}
	return true;
}

/*
 * C: digits and blanks only.  One to six numbers; 2.3 and older wrote fewer,
 * 3.11 writes -1 into maildrop files (which is then no size at all).
 */
static void
take_size(struct parse *p, const struct qf_record *rec)
{
	int64_t fields[6] = { 0 };
	size_t len = strnlen(rec->data, rec->len);
	size_t pos = 0;

	if (p->has_skip || !is_digits_and_blanks(rec->data, len))
		return;
	for (size_t i = 0; i < 6 && pos < len; i++) {
		size_t used = 0;

		fields[i] = leading_number(rec->data + pos, len - pos, &used);
		pos += used;
	}
	p->has_skip = true;
	p->skip = fields[0];
	/* showq(8) tells what it knows when it comes to the sender. */
	if (p->env->sender != NULL)
		return;
	p->env->has_size = true;
	p->env->size = fields[0];
	p->env->content_offset = fields[1];
	p->env->options = (unsigned)fields[5];
}

static void
take_time(struct parse *p, const struct qf_record *rec)
{
	size_t used = 0;
	size_t more = 0;

	if (p->env->arrival != 0 || p->env->sender != NULL)
		return;
	p->env->arrival = leading_number(rec->data, rec->len, &used);
	p->env->arrival_usec = (uint32_t)leading_number(rec->data + used,
							rec->len - used, &more);
}

/*
 * Names with their lengths: the table is searched for each attribute of each
 * message, and most names differ in length already.
 */
#define SPAN(text)                                                             \
	{                                                                      \
		text, sizeof(text) - 1                                         \
	}
#define NO_SPAN                                                                \
	{                                                                      \
		NULL, 0                                                        \
	}

static const struct qf_span attribute_names[QF_ATTR_COUNT][2] = {
	[QF_ATTR_CLIENT_NAME] = { SPAN("log_client_name"),
				  SPAN("client_name") },
	[QF_ATTR_CLIENT_ADDRESS] = { SPAN("log_client_address"),
				     SPAN("client_address") },
	[QF_ATTR_HELO] = { SPAN("log_helo_name"), SPAN("helo_name") },
	[QF_ATTR_PROTOCOL] = { SPAN("log_protocol_name"),
			       SPAN("protocol_name") },
	[QF_ATTR_SASL_METHOD] = { SPAN("sasl_method"), NO_SPAN },
	[QF_ATTR_SASL_USER] = { SPAN("sasl_username"), NO_SPAN },
	[QF_ATTR_SASL_SENDER] = { SPAN("sasl_sender"), NO_SPAN },
	[QF_ATTR_ENCODING] = { SPAN("encoding"), NO_SPAN },
	[QF_ATTR_ENVELOPE_ID] = { SPAN("envelope_id"), NO_SPAN },
	[QF_ATTR_ORIGIN] = { SPAN("rewrite_context"), NO_SPAN },
	[QF_ATTR_LOG_ID] = { SPAN("log_ident"), NO_SPAN },
	[QF_ATTR_MESSAGE_ID] = { SPAN("message_id"), NO_SPAN },
};

static const struct qf_span create_time = SPAN("create_time");

static bool
is_same(struct qf_span a, struct qf_span b)
{
	return a.len == b.len && memcmp(a.text, b.text, a.len) == 0;
}

/* log_client_* overrides the older client_*, in either order (qmgr). */
static enum qf_status
keep_attribute(struct parse *p, struct qf_span name, struct qf_span value)
{
	for (size_t i = 0; i < QF_ATTR_COUNT; i++) {
		const char **slot = &p->env->attributes[i];
		bool main_name = is_same(name, attribute_names[i][0]);

		if (!main_name &&
		    (!is_same(name, attribute_names[i][1]) || *slot != NULL))
			continue;
		*slot = qf_arena_copy(p->arena, value.text, value.len);
		return *slot == NULL ? no_memory(p) : QF_OK;
	}
	return QF_OK;
}

static enum qf_status
take_attribute(struct parse *p, const struct qf_record *rec)
{
	struct qf_span name;
	struct qf_span value;
	size_t used;

	if (p->in_content ||
	    qf_attribute_split(rec->data, rec->len, &name, &value) != NULL)
		return QF_OK;
	if (is_same(name, create_time)) {
		if (p->env->created == 0)
			p->env->created =
				leading_number(value.text, value.len, &used);
		return QF_OK;
	}
	return keep_attribute(p, name, value);
}

static enum qf_status
take_sender(struct parse *p, const struct qf_record *rec)
{
	if (p->env->sender != NULL)
		return qf_corrupt(p->err, rec->offset, "second sender record");
	return copy(p, rec, &p->env->sender);
}

static enum qf_status
take_recipient(struct parse *p, const struct qf_record *rec)
{
	struct qf_envelope *env = p->env;
	struct qf_envelope_recipient recipient = {
		.original = p->original,
		.offset = rec->offset,
		.done = rec->type == QF_REC_DONE,
	};
	enum qf_status status;
	void *grown;

	if (env->sender == NULL)
		return qf_corrupt(p->err, rec->offset,
				  "recipient before the sender");
	p->original = NULL;
	status = copy(p, rec, &recipient.address);
	if (status != QF_OK)
		return status;
	grown = qf_arena_grow(p->arena, env->recipients, env->recipient_count,
			      &env->recipient_room, sizeof(recipient));
	if (grown == NULL)
		return no_memory(p);
	env->recipients = grown;
	env->recipients[env->recipient_count++] = recipient;
	return QF_OK;
}

/*
 * Step over the content as showq does: from behind the M record by the size
 * in C.  Without a size the content is read, and ignored.
 */
static void
skip_content(struct parse *p)
{
	off_t here = qf_reader_tell(p->reader);
	off_t target;

	p->in_content = true;
	if (p->has_skip && !__builtin_add_overflow(here, p->skip, &target))
		qf_reader_seek(p->reader, target);
}

static enum qf_status
take_record(struct parse *p, const struct qf_record *rec)
{
	struct qf_envelope *env = p->env;
	size_t used;

	switch (rec->type) {
	case QF_REC_SIZE:
		take_size(p, rec);
		return QF_OK;
	case QF_REC_TIME:
		take_time(p, rec);
		return QF_OK;
	case QF_REC_WARN:
		env->warn = leading_number(rec->data, rec->len, &used);
		return QF_OK;
	case QF_REC_ATTRIBUTE:
		return take_attribute(p, rec);
	case QF_REC_SENDER:
		return take_sender(p, rec);
	case QF_REC_ORIGINAL:
		return copy(p, rec, &p->original);
	case QF_REC_RECIPIENT:
	case QF_REC_DONE:
		return take_recipient(p, rec);
	case QF_REC_CANCELED:
		p->original = NULL;
		return QF_OK;
	case QF_REC_FULL_NAME:
		return copy(p, rec, &env->full_name);
	case QF_REC_FILTER: /* the same letter is text in the content */
		return p->in_content ? QF_OK : copy(p, rec, &env->filter);
	case QF_REC_REDIRECT:
		return copy(p, rec, &env->redirect);
	case QF_REC_MESSAGE:
		skip_content(p);
		return QF_OK;
	case QF_REC_EXTRACTED:
		p->in_content = false;
		return QF_OK;
	case 0: /* where rec_get() leaves it to the caller, all stop */
		return qf_corrupt(p->err, rec->offset, "record of type zero");
	default:
		return QF_OK;
	}
}

static bool
is_recipient(const struct qf_record *rec)
{
	return rec->type == QF_REC_RECIPIENT || rec->type == QF_REC_DONE ||
	       rec->type == QF_REC_ORIGINAL || rec->type == QF_REC_MESSAGE;
}

static enum qf_status
check_end(struct parse *p)
{
	off_t here = qf_reader_tell(p->reader);

	if (!qf_reader_ended(p->reader))
		return qf_corrupt(p->err, here, "no end record: cut off");
	if (p->env->sender == NULL)
		return qf_corrupt(p->err, here, "no sender record");
	return QF_OK;
}

enum qf_status
qf_envelope_read(struct qf_reader *reader, enum qf_envelope_depth depth,
		 struct qf_arena *arena, struct qf_envelope *env,
		 struct qf_error *err)
{
	struct parse p = {
		.reader = reader, .arena = arena, .env = env, .err = err
	};
	enum qf_status status;
	struct qf_record rec;

	*env = (struct qf_envelope){ 0 };
	for (;;) {
		status = qf_reader_next(reader, &rec, err);
		if (status == QF_END)
			return check_end(&p);
		if (status != QF_OK)
			return status;
		if (depth == QF_ENVELOPE_SENDER && env->sender != NULL &&
		    is_recipient(&rec))
			return QF_OK;
		status = take_record(&p, &rec);
		if (status != QF_OK)
			return status;
	}
}
