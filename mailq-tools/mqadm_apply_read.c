/*
 * mqadm_apply_read.c - read a plan.
 *
 * The file is anybody's.  It is read and understood to its end before the
 * first message is touched.
 */
#include "mqadm_apply.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DAY 86400

/* What has stood for so long is not what the queue is like any more. */
#define AGE_MAX	   (3 * (int64_t)DAY)
#define CLOCKS_MAX 600 /* so much may two clocks differ */

struct reading {
	struct apply *apply;
	struct qf_arena line;	   /* what is said of the message at hand */
	struct qf_string_set seen; /* "store/id" */
	struct qf_string_set pool; /* of senders */
	struct qf_buffer key;
};

static _Noreturn void
no_memory(struct reading *reading)
{
	tool_die(&reading->apply->m->tool, TOOL_IO, "out of memory");
}

/* "FILE, line 3: inode is missing". */
static _Noreturn void
refuse(struct reading *reading, const struct qf_error *err)
{
	bool is_damaged = err->status == QF_CORRUPT;

	tool_die(&reading->apply->m->tool, is_damaged ? TOOL_BAD_DATA : TOOL_IO,
		 "%s%s %s", reading->apply->m->plan, is_damaged ? "," : ":",
		 err->text);
}

static _Noreturn void
refuse_line(struct reading *reading, const char *fault, const char *what)
{
	tool_die(&reading->apply->m->tool, TOOL_BAD_DATA,
		 "%s, line %llu: %s%s%s", reading->apply->m->plan,
		 (unsigned long long)reading->apply->file.line, fault,
		 what == NULL ? "" : ": ", what == NULL ? "" : what);
}

static const char *
keep(struct reading *reading, const char *text)
{
	const char *copy =
		qf_arena_copy(&reading->apply->arena, text, strlen(text));

	if (copy == NULL)
		no_memory(reading);
	return copy;
}

/* A run of mail has one sender. */
static const char *
keep_once(struct reading *reading, const char *text)
{
	const char *known = qf_string_set_find(&reading->pool, text);

	if (known != NULL)
		return known;
	known = keep(reading, text);
	if (!qf_string_set_add(&reading->pool, known))
		no_memory(reading);
	return known;
}

/* What somebody else calls it: a store of its own has no name where it is. */
static const char *
name_of(const struct access *access, size_t store)
{
	const char *name = access->stores[store]->instance;

	return name == NULL ? access->sole : name;
}

static size_t
list_of(struct reading *reading, const char *instance)
{
	const struct access *access = &reading->apply->m->access;

	if (instance == NULL && access->store_count == 1)
		return 0;
	if (instance == NULL)
		refuse_line(reading,
			    "there are several instances, and none is named",
			    NULL);
	for (size_t i = 0; i < access->store_count; i++) {
		const char *name = name_of(access, i);

		if (name != NULL && strcmp(name, instance) == 0)
			return i;
	}
	refuse_line(reading, "there is no such instance here", instance);
}

/* A line that was copied is a slip of an editor. */
static void
note_once(struct reading *reading, size_t list, const char *id)
{
	const char *key;

	qf_buffer_empty(&reading->key);
	qf_buffer_number(&reading->key, (long long)list);
	qf_buffer_byte(&reading->key, '/');
	qf_buffer_string(&reading->key, id);
	if (reading->key.failed)
		no_memory(reading);
	key = qf_buffer_text(&reading->key);
	if (qf_string_set_find(&reading->seen, key) != NULL)
		refuse_line(reading, "the message is there twice", id);
	if (!qf_string_set_add(&reading->seen, keep(reading, key)))
		no_memory(reading);
}

/*
 * Where its time of birth is known it needs no arrival to be told from
 * another one; then the journal gets that from the message itself, and not
 * from who wrote the plan.
 */
static void
take_message(struct reading *reading, const struct plan_message *message)
{
	size_t list = list_of(reading, message->instance);
	struct qf_chosen chosen = message->chosen;

	note_once(reading, list, chosen.id);
	chosen.id = keep(reading, chosen.id);
	if (chosen.sender != NULL)
		chosen.sender = keep_once(reading, chosen.sender);
	if (chosen.birth != 0)
		chosen.arrival = 0;
	choose_add(&reading->apply->m->choose, list, &chosen);
}

static void
take_line(struct reading *reading, const char *line, size_t len)
{
	struct qf_arena *arena = reading->apply->file.has_head
					 ? &reading->line
					 : &reading->apply->arena;
	enum plan_line kind = PLAN_BLANK;
	struct plan_message message;
	struct qf_error err;

	qf_arena_empty(&reading->line, PLAN_LINE_MAX);
	if (plan_take_line(&reading->apply->file, line, len, arena, &kind,
			   &message, &err) != QF_OK)
		refuse(reading, &err);
	if (kind == PLAN_MESSAGE)
		take_message(reading, &message);
}

/* Take the lines that are complete; returns the bytes of them. */
static size_t
take_lines(struct reading *reading, const char *text, size_t len)
{
	const char *begin = text;
	const char *end = text + len;
	const char *newline;

	while ((newline = memchr(begin, '\n', (size_t)(end - begin))) != NULL) {
		take_line(reading, begin, (size_t)(newline - begin));
		begin = newline + 1;
	}
	return (size_t)(begin - text);
}

/* No more than one line is held. */
static void
read_file(struct reading *reading)
{
	size_t room = PLAN_LINE_MAX + 2;
	char *text = malloc(room);
	size_t filled = 0;
	ssize_t got;

	if (text == NULL)
		no_memory(reading);
	for (;;) {
		size_t taken;

		got = read(reading->apply->m->plan_fd, text + filled,
			   room - filled);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			break;
		filled += (size_t)got;
		taken = take_lines(reading, text, filled);
		filled -= taken;
		memmove(text, text + taken, filled);
		/* Too long: the line says so itself. */
		if (filled > PLAN_LINE_MAX)
			take_line(reading, text, filled);
	}
	if (got < 0)
		tool_die(&reading->apply->m->tool, TOOL_IO, "%s: %s",
			 reading->apply->m->plan, strerror(errno));
	if (filled > 0)
		take_line(reading, text, filled);
	free(text);
}

/* None of that is a reason to refuse it; but somebody should know. */
static void
report_doubts(const struct apply *apply)
{
	struct mqadm *m = apply->m;
	const struct plan_head *head = &apply->file.head;
	int64_t age = m->tool.now - head->made;
	uint64_t left_out = head->messages - apply->file.messages;

	if (head->host[0] != '\0' && strcmp(head->host, m->caller.host) != 0)
		tool_note(&m->tool, "%s: made on another host: %s", m->plan,
			  head->host);
	if (head->made != 0 && age > AGE_MAX)
		tool_note(&m->tool, "%s: made %lld days ago", m->plan,
			  (long long)(age / DAY));
	if (age < -CLOCKS_MAX)
		tool_note(&m->tool, "%s: made in the future, by the clock here",
			  m->plan);
	if (left_out > 0)
		tool_note(&m->tool,
			  "%s: messages that somebody took out: %llu of %llu",
			  m->plan, (unsigned long long)left_out,
			  (unsigned long long)head->messages);
}

void
apply_read(struct apply *apply)
{
	struct reading reading = { .apply = apply };
	struct mqadm *m = apply->m;
	struct qf_error err;

	m->choose = (struct choose){ .tool = &m->tool, .access = &m->access };
	read_file(&reading);
	if (plan_take_end(&apply->file, &err) != QF_OK)
		refuse(&reading, &err);
	m->verb = apply->file.head.verb;
	m->now = apply->file.head.now;
	pace_check(&m->tool, &m->pace, m->verb);
	if (m->reason[0] == '\0')
		m->reason = apply->file.head.reason;
	report_doubts(apply);
	if (m->choose.count == 0)
		tool_note(&m->tool, "%s: there is no message in it", m->plan);
	qf_string_set_free(&reading.seen);
	qf_string_set_free(&reading.pool);
	qf_buffer_free(&reading.key);
	qf_arena_free(&reading.line);
}
