/*
 * recipients.c - who is left and why, from a queue file and its logs.
 */
#include "recipients.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "queue-format/postfix/delay_log.h"

struct qf_recipients {
	const struct qf_spool *spool;
	const struct qf_config *config;
	enum qf_printable printable;
	bool as_showq;
	const struct qf_reason_table *table; /* NULL: no classes */
	struct qf_delay_log *log;
	struct qf_string_set logged; /* addresses that a log has named */
};

/* A list that grows in the arena. */
struct list {
	struct qf_recipient *items;
	size_t count;
	size_t room;
};

struct qf_recipients *
qf_recipients_new(const struct qf_spool *spool, bool as_showq,
		  const struct qf_reason_table *table)
{
	struct qf_recipients *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return NULL;
	r->spool = spool;
	r->config = qf_spool_config(spool);
	r->printable = qf_config_printable(r->config);
	r->as_showq = as_showq;
	r->table = table;
	r->log = qf_delay_log_new();
	if (r->log == NULL) {
		free(r);
		return NULL;
	}
	return r;
}

void
qf_recipients_free(struct qf_recipients *r)
{
	if (r == NULL)
		return;
	qf_string_set_free(&r->logged);
	qf_delay_log_free(r->log);
	free(r);
}

static enum qf_status
no_memory(struct qf_error *err)
{
	errno = ENOMEM;
	return qf_system(err, "cannot keep the recipients");
}

static bool
is_plain(const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text < ' ' || *text > '~')
			return false;
	}
	return true;
}

/* As Postfix prints it: the same string where that changes nothing. */
static const char *
printable(const struct qf_recipients *r, struct qf_arena *arena,
	  const char *text)
{
	char *copy;

	if (is_plain(text))
		return text;
	copy = qf_arena_copy(arena, text, strlen(text));
	if (copy != NULL)
		qf_printable(copy, strlen(copy), r->printable);
	return copy;
}

static enum qf_status
show_address(struct qf_recipients *r, struct qf_arena *arena, const char *raw,
	     const char **address, struct qf_error *err)
{
	const char *quoted = qf_address_quote(arena, raw);

	if (quoted != NULL && r->as_showq)
		quoted = printable(r, arena, quoted);
	if (quoted == NULL)
		return no_memory(err);
	*address = quoted;
	return QF_OK;
}

enum qf_status
qf_recipients_address(struct qf_recipients *r, struct qf_arena *arena,
		      const char *raw, const char **address,
		      struct qf_error *err)
{
	if (*raw != '\0')
		return show_address(r, arena, raw, address, err);
	if (r->as_showq)
		return show_address(r, arena, r->config->empty_address, address,
				    err);
	*address = "";
	return QF_OK;
}

/* Postfix's listing has a name for the empty address, but not here. */
static enum qf_status
original_address(struct qf_recipients *r, struct qf_arena *arena,
		 const char *raw, const char **address, struct qf_error *err)
{
	if (*raw == '\0' && r->as_showq)
		return show_address(r, arena, raw, address, err);
	return qf_recipients_address(r, arena, raw, address, err);
}

static enum qf_status
append(struct list *list, struct qf_arena *arena,
       const struct qf_recipient *item, struct qf_error *err)
{
	void *grown = qf_arena_grow(arena, list->items, list->count,
				    &list->room, sizeof(*item));

	if (grown == NULL)
		return no_memory(err);
	list->items = grown;
	list->items[list->count++] = *item;
	return QF_OK;
}

/*
 * Postfix stops remembering what a log has named after
 * duplicate_filter_limit addresses, and then shows recipients twice.
 */
static bool
remember(struct qf_recipients *r, const char *address)
{
	if (r->as_showq && r->config->duplicate_filter_limit != 0 &&
	    r->logged.count >= r->config->duplicate_filter_limit)
		return true;
	return qf_string_set_add(&r->logged, address);
}

/* Many recipients in a row have the same trouble. */
static enum qf_reason_class
classify(const struct qf_recipients *r, const struct list *left,
	 const struct qf_recipient *item)
{
	const struct qf_recipient *before =
		left->count > 0 ? &left->items[left->count - 1] : NULL;

	if (r->table == NULL)
		return QF_REASON_NONE;
	if (before != NULL && before->dsn != NULL && item->dsn != NULL &&
	    strcmp(before->dsn, item->dsn) == 0 &&
	    strcmp(before->reason, item->reason) == 0)
		return before->reason_class;
	return qf_reason_classify(r->table, item->reason, item->dsn);
}

/* One entry of a log. */
static enum qf_status
take_delay(struct qf_recipients *r, struct qf_arena *arena, struct list *left,
	   const struct qf_delay *delay, enum qf_recipient_state state,
	   struct qf_error *err)
{
	struct qf_recipient item = {
		.state = state,
		.address = delay->address,
		.original = delay->original,
		.reason = delay->reason,
		.dsn = delay->status,
		.mta = delay->mta,
	};
	const char *key = printable(r, arena, delay->address);

	if (key == NULL || !remember(r, key))
		return no_memory(err);
	if (r->as_showq) {
		item.address = key;
		item.reason = printable(r, arena, delay->reason);
		if (item.original != NULL)
			item.original = printable(r, arena, item.original);
		if (item.reason == NULL)
			return no_memory(err);
	}
	item.reason_class = classify(r, left, &item);
	return append(left, arena, &item, err);
}

/* What a damaged log says about itself; the message stays usable. */
static enum qf_status
note_log_fault(struct qf_arena *arena, struct qf_message *m,
	       const struct qf_error *fault, struct qf_error *err)
{
	if (m->fault != NULL)
		return QF_OK;
	m->fault = qf_arena_copy(arena, fault->text, strlen(fault->text));
	m->fault_offset = fault->offset;
	return m->fault == NULL ? no_memory(err) : QF_OK;
}

static enum qf_status
read_entries(struct qf_recipients *r, struct qf_arena *arena, struct list *left,
	     struct qf_message *m, const char *path,
	     enum qf_recipient_state state, struct qf_error *err)
{
	struct qf_error fault;
	struct qf_delay delay;
	enum qf_status status;
	off_t first = 0;

	for (;;) {
		status = qf_delay_log_next(r->log, arena, &delay, &fault);
		if (status != QF_OK)
			break;
		status = take_delay(r, arena, left, &delay, state, err);
		if (status != QF_OK)
			return status;
	}
	if (status == QF_END && qf_delay_log_skipped(r->log, &first) > 0)
		status = qf_corrupt(&fault, first, "malformed line");
	if (status == QF_END)
		return QF_OK;
	qf_error_prefix(&fault, path);
	return note_log_fault(arena, m, &fault, err);
}

/* Most messages have no log but that of what deferred them. */
static enum qf_status
read_log(struct qf_recipients *r, struct qf_arena *arena, struct list *left,
	 struct qf_message *m, const char *folder,
	 enum qf_recipient_state state, struct qf_error *err)
{
	char path[QF_SPOOL_PATH_MAX];
	struct qf_error fault;
	enum qf_status status;
	int fd = -1;

	qf_spool_path(r->spool, folder, m->id, path);
	status = qf_spool_file(r->spool, path, &fd, NULL, &fault);
	if (status == QF_GONE)
		return QF_OK;
	if (status != QF_OK)
		return note_log_fault(arena, m, &fault, err);
	qf_delay_log_start(r->log, fd);
	status = read_entries(r, arena, left, m, path, state, err);
	close(fd);
	return status;
}

static bool
was_logged(const struct qf_recipients *r, struct qf_arena *arena,
	   const char *address)
{
	const char *key;

	if (r->logged.count == 0)
		return false;
	key = printable(r, arena, address);
	return key != NULL && qf_string_set_find(&r->logged, key) != NULL;
}

/* The recipients of the queue file. */
static enum qf_status
take_file(struct qf_recipients *r, struct qf_arena *arena,
	  const struct qf_envelope *env, struct list *left, struct list *done,
	  struct qf_error *err)
{
	for (size_t i = 0; i < env->recipient_count; i++) {
		const struct qf_envelope_recipient *from = &env->recipients[i];
		struct qf_recipient item = { .state = QF_RECIPIENT_WAITING };
		enum qf_status status;

		if (from->done)
			item.state = QF_RECIPIENT_DONE;
		status = qf_recipients_address(r, arena, from->address,
					       &item.address, err);
		if (status == QF_OK && from->original != NULL)
			status = original_address(r, arena, from->original,
						  &item.original, err);
		if (status == QF_OK &&
		    (from->done || !was_logged(r, arena, item.address)))
			status = append(from->done ? done : left, arena, &item,
					err);
		if (status != QF_OK)
			return status;
	}
	return QF_OK;
}

enum qf_status
qf_recipients_fill(struct qf_recipients *r, struct qf_arena *arena,
		   const struct qf_envelope *env, struct qf_message *m,
		   bool reasons, struct qf_error *err)
{
	struct list left = { 0 };
	struct list done = { 0 };
	enum qf_status status = QF_OK;

	qf_string_set_empty(&r->logged);
	if (reasons && env->sender != NULL)
		status = read_log(r, arena, &left, m, "defer",
				  QF_RECIPIENT_DEFERRED, err);
	if (status == QF_OK && reasons && env->sender != NULL &&
	    qf_config_since(r->config, 3, 11))
		status = read_log(r, arena, &left, m, "bounce",
				  QF_RECIPIENT_BOUNCED, err);
	if (status == QF_OK)
		status = take_file(r, arena, env, &left, &done, err);
	m->left = left.items;
	m->left_count = left.count;
	m->done = done.items;
	m->done_count = done.count;
	m->parts |= QF_PART_DONE;
	return status;
}
