/*
 * plan_file_read.c - understand a plan, whoever has written it.
 */
#include "plan_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mailq-tools/verb.h"
#include "queue-format/json_read.h"
#include "queue-format/postfix/queue_id.h"

/* A line that is taken. */
struct reading {
	struct plan_file *file;
	struct qf_arena *arena;
	struct qf_error *err;
	const struct qf_json *line;
};

static enum qf_status
damaged(const struct reading *r, const char *member, const char *fault)
{
	return qf_fail(r->err, QF_CORRUPT, "line %llu: %s%s%s",
		       (unsigned long long)r->file->line,
		       member == NULL ? "" : member, member == NULL ? "" : " ",
		       fault);
}

static enum qf_status
no_memory(const struct reading *r)
{
	errno = ENOMEM;
	return qf_system(r->err, "cannot read a plan");
}

/* A string, or `otherwise' where there is no such member. */
static enum qf_status
take_text(const struct reading *r, const char *name, const char *otherwise,
	  const char **text)
{
	const struct qf_json *value = qf_json_member(r->line, name);
	const char *given = qf_json_string(value);
	const char *copy;

	if (value == NULL) {
		*text = otherwise;
		return QF_OK;
	}
	if (given == NULL)
		return damaged(r, name, "is not a string");
	copy = qf_arena_copy(r->arena, given, strlen(given));
	if (copy == NULL)
		return no_memory(r);
	*text = copy;
	return QF_OK;
}

/* The same, and it has to be there. */
static enum qf_status
need_text(const struct reading *r, const char *name, const char **text)
{
	if (qf_json_member(r->line, name) == NULL)
		return damaged(r, name, "is missing");
	return take_text(r, name, NULL, text);
}

/* A number that is not negative; 0 where there is none. */
static enum qf_status
take_number(const struct reading *r, const char *name, int64_t *number)
{
	const struct qf_json *value = qf_json_member(r->line, name);
	int64_t given = 0;

	if (value != NULL && !qf_json_integer(value, &given))
		return damaged(r, name, "is not an integer");
	if (given < 0)
		return damaged(r, name, "is negative");
	*number = given;
	return QF_OK;
}

static enum qf_status
need_count(const struct reading *r, const char *name, uint64_t *count)
{
	int64_t number = 0;
	enum qf_status status = take_number(r, name, &number);

	if (status != QF_OK)
		return status;
	if (qf_json_member(r->line, name) == NULL)
		return damaged(r, name, "is missing");
	if (number > PLAN_MESSAGES_MAX)
		return damaged(r, name, "is more than any plan has");
	*count = (uint64_t)number;
	return QF_OK;
}

/* In a string, since not every program keeps a number of 64 bits. */
static enum qf_status
take_large(const struct reading *r, const char *name, uint64_t *number)
{
	const struct qf_json *value = qf_json_member(r->line, name);
	const char *text = qf_json_string(value);
	unsigned long long given;
	char *end = NULL;

	if (value == NULL) {
		*number = 0;
		return QF_OK;
	}
	errno = 0;
	given = text == NULL ? 0 : strtoull(text, &end, 10);
	if (text == NULL || *text < '0' || *text > '9' || *end != '\0' ||
	    errno != 0)
		return damaged(r, name, "is not a string of digits");
	*number = given;
	return QF_OK;
}

static enum qf_status
take_action(const struct reading *r, struct plan_head *head)
{
	const struct qf_json *now = qf_json_member(r->line, "now");
	const char *action = NULL;
	enum qf_status status = need_text(r, "action", &action);

	if (status != QF_OK)
		return status;
	if (!qf_verb_by_name(action, &head->verb) || !plan_takes(head->verb))
		return damaged(r, "action", "is none that can be planned");
	if (now != NULL && !qf_json_flag(now, &head->now))
		return damaged(r, "now", "is neither true nor false");
	if (head->now && !verb_words(head->verb)->takes_now)
		return damaged(r, "now", "does not go with the action");
	return QF_OK;
}

static enum qf_status
take_words(const struct reading *r, struct plan_head *head)
{
	const struct {
		const char *name;
		const char **text;
	} words[] = {
		{ "user", &head->user },
		{ "sudo_user", &head->sudo_user },
		{ "host", &head->host },
		{ "command", &head->command },
		{ "selection", &head->selection },
		{ "reason", &head->reason },
	};
	enum qf_status status = QF_OK;

	if (qf_json_member(r->line, "user") == NULL)
		return damaged(r, "user", "is missing");
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (status == QF_OK)
			status = take_text(r, words[i].name, "", words[i].text);
	}
	return status;
}

static enum qf_status
take_format(const struct reading *r)
{
	int64_t format = 0;

	if (!qf_json_integer(qf_json_member(r->line, "plan"), &format))
		return damaged(r, NULL, "this is not a plan of mqadm");
	if (format > PLAN_FORMAT)
		return qf_fail(r->err, QF_CORRUPT,
			       "line %llu: the plan was written by a newer "
			       "mqadm: its format is %lld, and %d is known "
			       "here",
			       (unsigned long long)r->file->line,
			       (long long)format, PLAN_FORMAT);
	if (format < 1)
		return damaged(r, "plan", "is no number of a format");
	return QF_OK;
}

static enum qf_status
take_head(const struct reading *r)
{
	struct plan_head head = { 0 };
	int64_t uid = 0;
	enum qf_status status = take_format(r);

	if (status == QF_OK)
		status = take_action(r, &head);
	if (status == QF_OK)
		status = need_count(r, "messages", &head.messages);
	if (status == QF_OK)
		status = take_number(r, "bytes", &head.bytes);
	if (status == QF_OK)
		status = take_number(r, "made", &head.made);
	if (status == QF_OK)
		status = take_number(r, "uid", &uid);
	if (status == QF_OK)
		status = take_words(r, &head);
	if (status != QF_OK)
		return status;
	head.uid = (uint64_t)uid;
	r->file->head = head;
	r->file->has_head = true;
	return QF_OK;
}

/* The value of a digit of base64, or 64. */
static unsigned
digit(char c)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *at = c == '\0' ? NULL : strchr(digits, c);

	return at == NULL ? 64 : (unsigned)(at - digits);
}

/* The text of base64 in its place.  False: it is none, or has a NUL. */
static bool
decode(char *text)
{
	size_t len = strlen(text);
	size_t padding = len >= 2 ? (size_t)(text[len - 1] == '=') +
					    (size_t)(text[len - 2] == '=')
				  : 0;
	char *to = text;
	unsigned bits = 0;

	if (len % 4 != 0)
		return false;
	for (size_t i = 0; i < len - padding; i++) {
		unsigned value = digit(text[i]);

		if (value == 64)
			return false;
		bits = (bits << 6 | value) & 0xffffff;
		if (i % 4 == 0)
			continue;
		*to = (char)(bits >> (6 - 2 * (i % 4)));
		if (*to++ == '\0')
			return false;
	}
	*to = '\0';
	return true;
}

/* What is not UTF-8 is there twice: for people, and as it is. */
static enum qf_status
take_sender(const struct reading *r, const char **sender)
{
	const char *exact = NULL;
	enum qf_status status = take_text(r, "sender", NULL, sender);
	char *copy;

	if (status == QF_OK)
		status = take_text(r, "sender_base64", NULL, &exact);
	if (status != QF_OK || exact == NULL)
		return status;
	copy = qf_arena_copy(r->arena, exact, strlen(exact));
	if (copy == NULL)
		return no_memory(r);
	if (!decode(copy))
		return damaged(r, "sender_base64", "is not base64 of a text");
	*sender = copy;
	return QF_OK;
}

static enum qf_status
take_identity(const struct reading *r, struct qf_chosen *chosen)
{
	uint64_t birth = 0;
	enum qf_status status = take_large(r, "inode", &chosen->inode);

	if (status == QF_OK && chosen->inode == 0)
		status = damaged(r, "inode", "is missing");
	if (status == QF_OK)
		status = take_large(r, "birth", &birth);
	if (status == QF_OK && birth > INT64_MAX)
		status = damaged(r, "birth", "is no time");
	if (status == QF_OK)
		status = take_number(r, "arrival", &chosen->arrival);
	if (status == QF_OK)
		status = take_sender(r, &chosen->sender);
	chosen->birth = (int64_t)birth;
	return status;
}

static enum qf_status
take_message(const struct reading *r, struct plan_message *message)
{
	struct plan_message m = { 0 };
	const char *queue = NULL;
	enum qf_status status = need_text(r, "id", &m.chosen.id);

	if (status == QF_OK && !qf_queue_id_ok(m.chosen.id))
		status = damaged(r, "id", "is not a queue id");
	if (status == QF_OK)
		status = need_text(r, "queue", &queue);
	if (status == QF_OK && !qf_queue_by_name(queue, &m.chosen.queue))
		status = damaged(r, "queue", "is not a queue");
	if (status == QF_OK)
		status = take_text(r, "instance", NULL, &m.instance);
	if (status == QF_OK)
		status = take_identity(r, &m.chosen);
	if (status == QF_OK && ++r->file->messages > r->file->head.messages)
		status = damaged(r, NULL,
				 "there are more messages than the plan has");
	if (status == QF_OK)
		*message = m;
	return status;
}

/* Its count is that of the first line: they belong together. */
static enum qf_status
take_end(const struct reading *r)
{
	uint64_t messages = 0;
	enum qf_status status = need_count(r, "messages", &messages);

	if (status == QF_OK && messages != r->file->head.messages)
		status = damaged(r, NULL, "this is the end of another plan");
	if (status == QF_OK)
		r->file->is_over = true;
	return status;
}

static enum qf_status
take_object(const struct reading *r, enum plan_line *kind,
	    struct plan_message *message)
{
	if (!qf_json_is_object(r->line))
		return damaged(r, NULL, "is not an object of JSON");
	if (!r->file->has_head) {
		*kind = PLAN_HEAD;
		return take_head(r);
	}
	if (r->file->is_over)
		return damaged(r, NULL, "is behind the end of the plan");
	if (qf_json_member(r->line, "plan") != NULL)
		return damaged(r, NULL, "another plan begins here");
	if (qf_json_member(r->line, "end") != NULL) {
		*kind = PLAN_END;
		return take_end(r);
	}
	*kind = PLAN_MESSAGE;
	return take_message(r, message);
}

/* What begins otherwise is some other file. */
static enum qf_status
read_line(const struct reading *r, const char *line, size_t len,
	  struct qf_json **tree)
{
	struct qf_error err;
	enum qf_status status;

	if (len > PLAN_LINE_MAX)
		return damaged(r, NULL, "is too long");
	if (!r->file->has_head && line[0] != '{')
		return damaged(r, NULL, "this is not a plan of mqadm");
	status = qf_json_parse(line, len, tree, &err);
	if (status == QF_CORRUPT)
		return damaged(r, NULL, err.text);
	if (status != QF_OK && r->err != NULL)
		*r->err = err;
	return status;
}

static bool
is_blank(const char *line, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (strchr(" \t\r", line[i]) == NULL || line[i] == '\0')
			return false;
	}
	return true;
}

enum qf_status
plan_take_line(struct plan_file *file, const char *line, size_t len,
	       struct qf_arena *arena, enum plan_line *kind,
	       struct plan_message *message, struct qf_error *err)
{
	struct reading r = { .file = file, .arena = arena, .err = err };
	struct qf_json *tree = NULL;
	enum qf_status status;

	file->line++;
	if (len <= PLAN_LINE_MAX && is_blank(line, len)) {
		*kind = PLAN_BLANK;
		return QF_OK;
	}
	status = read_line(&r, line, len, &tree);
	if (status != QF_OK)
		return status;
	r.line = tree;
	status = take_object(&r, kind, message);
	qf_json_free(tree);
	return status;
}

enum qf_status
plan_take_end(const struct plan_file *file, struct qf_error *err)
{
	if (!file->has_head)
		return qf_fail(err, QF_CORRUPT,
			       "line %llu: this is not a plan of mqadm",
			       (unsigned long long)file->line + 1);
	if (!file->is_over)
		return qf_fail(err, QF_CORRUPT,
			       "line %llu: the plan has no end: it was cut",
			       (unsigned long long)file->line);
	return QF_OK;
}
