/*
 * history.c - what was done to the queue: which jobs there are, and which of
 * them is meant.
 */
#include "history_print.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mailq-tools/verb.h"

#define DIGITS_MIN 8

bool
history_format_by_name(const char *name, enum output_format *format)
{
	enum output_format found;

	if (!output_format_by_name(name, &found) ||
	    (found != OUTPUT_TABLE && found != OUTPUT_JSON &&
	     found != OUTPUT_JSONL))
		return false;
	*format = found;
	return true;
}

void
history_put_counts(struct qf_buffer *out, const struct qf_job *job)
{
	const char *separator = "";

	for (int i = 0; i < QF_OUTCOME_COUNT; i++) {
		if (job->counts[i] == 0)
			continue;
		qf_buffer_string(out, separator);
		qf_buffer_number(out, (long long)job->counts[i]);
		qf_buffer_byte(out, ' ');
		qf_buffer_string(out, verb_outcome_name((enum qf_outcome)i));
		separator = ", ";
	}
}

void
history_put_user(struct qf_buffer *out, const struct qf_job *job)
{
	if (job->sudo_user[0] != '\0') {
		qf_buffer_string(out, job->sudo_user);
		qf_buffer_string(out, " as ");
	}
	if (job->user[0] != '\0') {
		qf_buffer_string(out, job->user);
	} else {
		qf_buffer_string(out, "uid ");
		qf_buffer_number(out, job->uid);
	}
}

static const char *
state_name(const struct qf_job *job, bool is_alive)
{
	switch (job->state) {
	case QF_JOB_RUNNING:
		return is_alive ? "running" : "died";
	case QF_JOB_DONE:
		return "done";
	case QF_JOB_INTERRUPTED:
		return "interrupted";
	case QF_JOB_RECOVERED:
		return "recovered";
	}
	return "unknown";
}

static void
complain(const struct history *history, size_t instance,
	 const struct qf_error *err)
{
	tool_complain_of(history->tool, tool_exit_of(err->status),
			 history->access->names[instance], err->text);
}

/* While the jobs of one instance are collected. */
struct collecting {
	struct history *history;
	size_t instance;
};

static enum qf_status
collect_one(void *context, const struct qf_job *job, bool is_alive)
{
	struct collecting *collecting = context;
	struct history *history = collecting->history;

	(void)is_alive;
	if (history->count == history->room) {
		size_t room = history->room == 0 ? 256 : history->room * 2;
		struct history_ref *refs =
			reallocarray(history->refs, room, sizeof(*refs));

		if (refs == NULL)
			tool_die(history->tool, TOOL_IO, "out of memory");
		history->refs = refs;
		history->room = room;
	}
	history->refs[history->count++] =
		(struct history_ref){ job->id, collecting->instance };
	return QF_OK;
}

static int
newest_first(const void *left, const void *right)
{
	const struct history_ref *a = left;
	const struct history_ref *b = right;

	return memcmp(b->id.bytes, a->id.bytes, sizeof(a->id.bytes));
}

/* How many digits two ids have in common. */
static size_t
common_digits(const struct qf_job_id *a, const struct qf_job_id *b)
{
	size_t i = 0;

	while (i < sizeof(a->bytes) && a->bytes[i] == b->bytes[i])
		i++;
	if (i == sizeof(a->bytes))
		return 2 * i;
	return 2 * i + ((a->bytes[i] ^ b->bytes[i]) < 0x10);
}

/* Neighbours have the most in common. */
static size_t
digits_needed(const struct history *history)
{
	size_t digits = DIGITS_MIN;

	for (size_t i = 1; i < history->count; i++) {
		size_t common = common_digits(&history->refs[i - 1].id,
					      &history->refs[i].id);

		if (common + 1 > digits)
			digits = common + 1;
	}
	return digits;
}

/* Where nothing was changed yet, there is no journal: no failure. */
static void
collect(struct history *history)
{
	for (size_t i = 0; i < history->access->count; i++) {
		struct collecting collecting = { history, i };
		struct qf_journal *journal = NULL;
		struct qf_error err;
		enum qf_status status;

		status = access_journal(history->access, i, &journal, &err);
		if (status == QF_ABSENT)
			continue;
		if (status == QF_OK)
			status = qf_journal_jobs(journal, collect_one,
						 &collecting, &err);
		if (status != QF_OK)
			complain(history, i, &err);
	}
	if (history->count > 0)
		qsort(history->refs, history->count, sizeof(*history->refs),
		      newest_first);
	history->digits = digits_needed(history);
}

bool
history_one(struct history *history, const struct history_ref *ref,
	    bool (*take)(void *context, const struct history_job *job),
	    void *context)
{
	struct access *access = history->access;
	struct qf_arena arena = { 0 };
	struct qf_journal *journal = NULL;
	struct qf_job job;
	struct qf_error err;
	enum qf_status status;
	bool is_alive = false;
	bool fine = true;

	status = access_journal(access, ref->instance, &journal, &err);
	if (status == QF_OK)
		status = qf_journal_job(journal, &ref->id, &arena, &job,
					&is_alive, &err);
	if (status == QF_OK) {
		struct history_job shown = {
			.instance = access->names[ref->instance],
			.job = &job,
			.state = state_name(&job, is_alive),
		};

		for (int i = 0; i < QF_OUTCOME_COUNT; i++)
			shown.messages += job.counts[i];
		fine = take(context, &shown);
	} else if (status != QF_GONE) {
		complain(history, ref->instance, &err);
	}
	qf_arena_free(&arena);
	return fine;
}

bool
history_each(struct history *history,
	     bool (*take)(void *context, const struct history_job *job),
	     void *context)
{
	size_t limit = history->options->limit;
	bool fine = true;

	if (limit == 0 || limit > history->count)
		limit = history->count;
	for (size_t i = 0; i < limit && fine; i++)
		fine = history_one(history, &history->refs[i], take, context);
	return fine;
}

/* While the messages of a job are given out. */
struct giving {
	bool (*take)(void *context, const struct qf_journal_item *item);
	void *context;
	size_t left; /* SIZE_MAX: no limit */
	bool fine;
};

static enum qf_status
give(void *context, const struct qf_journal_item *item)
{
	struct giving *giving = context;

	giving->fine = giving->take(giving->context, item);
	if (giving->left != SIZE_MAX)
		giving->left--;
	return giving->fine && giving->left > 0 ? QF_OK : QF_STOPPED;
}

bool
history_items(struct history *history, const struct history_ref *ref,
	      bool (*take)(void *context, const struct qf_journal_item *item),
	      void *context)
{
	size_t limit = history->options->limit;
	struct giving giving = {
		.take = take,
		.context = context,
		.left = limit == 0 ? SIZE_MAX : limit,
		.fine = true,
	};
	struct qf_journal *journal = NULL;
	struct qf_error err;
	enum qf_status status;

	status = access_journal(history->access, ref->instance, &journal, &err);
	if (status == QF_OK)
		status = qf_journal_items(journal, &ref->id, give, &giving,
					  &err);
	if (status != QF_OK && status != QF_STOPPED)
		complain(history, ref->instance, &err);
	return giving.fine;
}

static bool
begins_with(const struct history_ref *ref, const char *digits)
{
	char text[QF_JOB_ID_TEXT];

	qf_job_id_text(&ref->id, text);
	return strncasecmp(text, digits, strlen(digits)) == 0;
}

/* The one job whose id begins so. */
static const struct history_ref *
find(const struct history *history)
{
	const char *digits = history->options->job;
	const struct history_ref *found = NULL;
	size_t count = 0;

	if (*digits == '\0' ||
	    strspn(digits, "0123456789abcdefABCDEF") != strlen(digits))
		tool_misuse(history->tool, "\"%s\" is not the id of a job",
			    digits);
	for (size_t i = 0; i < history->count; i++) {
		if (!begins_with(&history->refs[i], digits))
			continue;
		found = &history->refs[i];
		count++;
	}
	if (count > 1)
		tool_misuse(history->tool,
			    "the ids of %zu jobs begin with %s: give more of "
			    "it",
			    count, digits);
	if (count == 0)
		tool_die(history->tool, TOOL_NOT_FOUND,
			 "there is no job \"%s\"", digits);
	return found;
}

struct history_picked
history_pick(struct tool *tool, struct access *access, const char *digits)
{
	const struct history_options options = { .job = digits };
	struct history history = {
		.tool = tool,
		.access = access,
		.options = &options,
	};
	const struct history_ref *ref;
	struct history_picked picked;

	collect(&history);
	if (digits == NULL && history.count == 0)
		tool_die(tool, TOOL_NOT_FOUND,
			 "no change of the queue is known");
	ref = digits == NULL ? &history.refs[0] : find(&history);
	picked = (struct history_picked){ ref->id, ref->instance };
	free(history.refs);
	return picked;
}

static void
finish(struct history *history)
{
	struct stream *stream = &history->stream;

	stream_flush(stream);
	if (stream->errnum != 0 && !stream_is_closed(stream))
		tool_die(history->tool, TOOL_IO, "standard output: %s",
			 strerror(stream->errnum));
	stream_free(stream);
	free(history->refs);
}

void
history_print(struct tool *tool, struct access *access,
	      const struct history_options *options)
{
	bool is_table = options->format == OUTPUT_TABLE;
	struct history history = {
		.tool = tool,
		.access = access,
		.options = options,
		.stream = { .fd = STDOUT_FILENO,
			    .ascii = !tool->utf8 && isatty(STDOUT_FILENO) },
	};

	collect(&history);
	if (options->job != NULL) {
		const struct history_ref *ref = find(&history);

		(void)(is_table ? history_table_job(&history, ref)
				: history_json_job(&history, ref));
	} else {
		(void)(is_table ? history_table_list(&history)
				: history_json_list(&history));
		if (is_table && history.count == 0 && tool->exit == TOOL_OK)
			tool_note(tool, "no change of the queue is known");
	}
	finish(&history);
}
