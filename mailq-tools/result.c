/*
 * result.c - what has become of the messages of a change, as it is told.
 */
#include "result.h"

#include <string.h>
#include <unistd.h>

#include "mailq-tools/json.h"
#include "mailq-tools/value.h"
#include "mailq-tools/verb.h"
#include "queue-format/text.h"

bool
result_format_by_name(const char *name, enum result_format *format)
{
	static const char *const names[] = { "text", "json", "jsonl" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(names[i], name) == 0) {
			*format = (enum result_format)i;
			return true;
		}
	}
	return false;
}

void
result_start(struct result *result)
{
	result->is_terminal = isatty(STDOUT_FILENO) == 1;
	result->stream = (struct stream){
		.fd = STDOUT_FILENO,
		.ascii = !result->tool->utf8 && result->is_terminal,
	};
	progress_start_of(&result->progress, "messages", result->total);
	if (result->format == RESULT_JSON)
		qf_buffer_byte(&result->stream.buffer, '[');
}

/* A terminal has one place for both the bar and the lines. */
static void
offer(struct result *result)
{
	if (result->is_terminal) {
		progress_end(&result->progress);
		stream_flush(&result->stream);
	} else {
		stream_offer(&result->stream);
	}
}

void
result_pause(struct result *result)
{
	progress_end(&result->progress);
	stream_flush(&result->stream);
}

static void
put_id(const struct result *result, struct qf_buffer *out, const char *id)
{
	if (result->instance != NULL) {
		qf_buffer_string(out, result->instance);
		qf_buffer_byte(out, '/');
	}
	qf_buffer_string(out, id);
}

/* Said as soon as it is true: logs go on under the old id. */
void
result_renamed(void *context, const char *old, const char *now)
{
	struct result *result = context;
	struct qf_buffer *out = &result->stream.buffer;

	if (result->format != RESULT_TEXT || result->verbose)
		return;
	put_id(result, out, old);
	qf_buffer_string(out, ": renamed to ");
	put_id(result, out, now);
	qf_buffer_byte(out, '\n');
	offer(result);
}

static bool
is_renamed(const struct qf_plan_note *note)
{
	return note->now != NULL && note->id != NULL &&
	       strcmp(note->now, note->id) != 0;
}

/*
 * "placed on hold; was being delivered, 3 recipients already done".  Whoever
 * did not do it knows best why.
 */
static void
put_outcome(const struct result *result, struct qf_buffer *out,
	    const struct qf_plan_note *note)
{
	bool is_done = note->outcome == QF_OUTCOME_DONE;
	bool is_told = !is_done && note->text[0] != '\0';

	qf_buffer_string(out,
			 is_told ? note->text
				 : verb_outcome(result->verb, note->outcome));
	if (note->was_active) {
		qf_buffer_string(out, "; was being delivered, ");
		qf_buffer_number(out, (long long)note->done);
		qf_buffer_string(out, note->done == 1
					      ? " recipient already done"
					      : " recipients already done");
	}
	if (is_done && note->text[0] != '\0') {
		qf_buffer_string(out, "; ");
		qf_buffer_string(out, note->text);
	}
}

static void
put_line(const struct result *result, struct qf_buffer *out,
	 const struct qf_plan_note *note)
{
	put_id(result, out, note->id);
	qf_buffer_string(out, ": ");
	if (is_renamed(note)) {
		qf_buffer_string(out, "renamed to ");
		put_id(result, out, note->now);
		qf_buffer_string(out, "; ");
	}
	put_outcome(result, out, note);
}

/* What is gone needs no flush any more. */
static bool
is_fine(const struct result *result, enum qf_outcome outcome)
{
	return outcome == QF_OUTCOME_DONE || outcome == QF_OUTCOME_ALREADY ||
	       (result->verb == QF_FLUSH &&
		(outcome == QF_OUTCOME_GONE || outcome == QF_OUTCOME_CHANGED));
}

/* What was not done is told, but not a screen of the same. */
static void
tell_trouble(struct result *result, const struct qf_plan_note *note)
{
	struct qf_buffer line = { 0 };

	if (!result->verbose && result->told[note->outcome] == RESULT_LINES) {
		result->untold[note->outcome]++;
		return;
	}
	result->told[note->outcome]++;
	put_line(result, &line, note);
	result_pause(result);
	tool_note(result->tool, "%s", qf_buffer_text(&line));
	qf_buffer_free(&line);
}

static void
tell_untold(const struct result *result, enum qf_outcome outcome)
{
	const char *what = verb_outcome(result->verb, outcome);
	unsigned long long count = result->untold[outcome];

	if (result->job[0] == '\0')
		tool_note(result->tool, "and %llu more: %s", count, what);
	else
		tool_note(result->tool,
			  "and %llu more: %s (mqadm history %.*s shows all)",
			  count, what, RESULT_DIGITS, result->job);
}

static void
tell_text(struct result *result, const struct qf_plan_note *note)
{
	struct qf_buffer line = { 0 };

	if (!is_fine(result, note->outcome)) {
		tell_trouble(result, note);
		return;
	}
	if (!result->verbose)
		return;
	put_line(result, &line, note);
	qf_text_plain(&result->stream.buffer, line.data, line.len);
	qf_buffer_byte(&result->stream.buffer, '\n');
	qf_buffer_free(&line);
	offer(result);
}

static void
tell_json(struct result *result, const struct qf_plan_note *note)
{
	struct qf_buffer *out = &result->stream.buffer;

	if (result->format == RESULT_JSON)
		qf_buffer_string(out, result->over > 0 ? ",\n" : "\n");
	qf_buffer_byte(out, '{');
	json_text(out, "instance", result->instance);
	json_text(out, "id", note->id);
	json_text(out, "now", note->now);
	json_text(out, "action", qf_verb_name(result->verb));
	json_text(out, "outcome", verb_outcome_name(note->outcome));
	json_text(out, "from", note->from);
	json_text(out, "to", note->to);
	json_flag(out, "was_active", note->was_active);
	if (note->was_active)
		json_number(out, "done", (int64_t)note->done);
	if (note->text[0] != '\0')
		json_text(out, "text", note->text);
	json_text(out, "job", result->job[0] == '\0' ? NULL : result->job);
	qf_buffer_byte(out, '}');
	if (result->format == RESULT_JSONL)
		qf_buffer_byte(out, '\n');
	offer(result);
}

void
result_over(void *context, const struct qf_plan_note *note)
{
	struct result *result = context;

	if (result->format == RESULT_TEXT)
		tell_text(result, note);
	else
		tell_json(result, note);
	result->counts[note->outcome]++;
	if (note->outcome == QF_OUTCOME_DONE)
		result->occupied += note->occupied;
	progress_tell(&result->progress, ++result->over);
}

void
result_wait(struct result *result)
{
	if (result->stream.buffer.len > 0)
		stream_flush(&result->stream);
	progress_tell(&result->progress, result->over);
}

void
result_begin_job(struct result *result, const char *instance,
		 const struct qf_job_id *job)
{
	result->instance = instance;
	result->job[0] = '\0';
	if (job != NULL) {
		qf_job_id_text(job, result->job);
		if (result->jobs.len > 0)
			qf_buffer_string(&result->jobs, ", ");
		qf_buffer_add(&result->jobs, result->job, RESULT_DIGITS);
	}
	memset(result->told, 0, sizeof(result->told));
	memset(result->untold, 0, sizeof(result->untold));
}

void
result_end_job(struct result *result)
{
	result_pause(result);
	for (int i = 0; i < QF_OUTCOME_COUNT; i++) {
		if (result->untold[i] > 0)
			tell_untold(result, (enum qf_outcome)i);
	}
}

/*
 * Some of it was not done: the worst of them counts, unless it is all there
 * is, and one of its kind.
 */
static int
exit_status(const struct result *result)
{
	const uint64_t *counts = result->counts;
	uint64_t fine = 0;
	uint64_t lost = counts[QF_OUTCOME_GONE] + counts[QF_OUTCOME_RETURNED] +
			counts[QF_OUTCOME_CHANGED];

	for (int i = 0; i < QF_OUTCOME_COUNT; i++)
		fine += is_fine(result, (enum qf_outcome)i) ? counts[i] : 0;
	if (fine == result->over)
		return result->left > 0 ? TOOL_PARTLY : TOOL_OK;
	if (lost == result->over && result->by_id)
		return TOOL_NOT_FOUND;
	if (counts[QF_OUTCOME_REFUSED] == result->over &&
	    result->verb != QF_FLUSH)
		return TOOL_BAD_DATA;
	if (counts[QF_OUTCOME_FAILED] == result->over)
		return TOOL_IO;
	return TOOL_PARTLY;
}

static void
put_sum(struct qf_buffer *line, const char *what, uint64_t count)
{
	if (line->len > 0)
		qf_buffer_string(line, "; ");
	qf_buffer_string(line, what);
	qf_buffer_string(line, ": ");
	qf_buffer_number(line, (long long)count);
}

/* What deleting is about, most often: the disk. */
static void
put_space(const struct result *result, struct qf_buffer *line)
{
	bool deleted = result->verb == QF_DELETE;

	if ((!deleted && result->verb != QF_PURGE) || result->occupied == 0)
		return;
	qf_buffer_string(line, "; ");
	value_size(line, result->occupied);
	qf_buffer_string(line, deleted ? " still occupied: mqadm trash purge "
					 "frees it"
				       : " freed");
}

/* In the manner of postsuper(1). */
static void
print_sums(struct result *result)
{
	uint64_t done = result->counts[QF_OUTCOME_DONE];
	struct qf_buffer line = { 0 };

	put_sum(&line, verb_outcomes(result->verb, QF_OUTCOME_DONE), done);
	qf_buffer_string(&line, done == 1 ? " message" : " messages");
	for (int i = QF_OUTCOME_DONE + 1; i < QF_OUTCOME_COUNT; i++) {
		const char *what =
			verb_outcomes(result->verb, (enum qf_outcome)i);

		if (result->counts[i] > 0)
			put_sum(&line, what, result->counts[i]);
	}
	if (result->left > 0)
		put_sum(&line, "not begun", result->left);
	if (result->later > 0) {
		put_sum(&line, "left for a later run", result->later);
		qf_buffer_string(&line, " (");
		qf_buffer_string(&line, result->later_for);
		qf_buffer_byte(&line, ')');
	}
	if (result->held > 0) {
		put_sum(&line, "left on hold", result->held);
		qf_buffer_string(&line, " (mqadm release)");
	}
	if (result->jobs.len > 0) {
		qf_buffer_string(&line, " (job ");
		qf_buffer_string(&line, qf_buffer_text(&result->jobs));
		qf_buffer_byte(&line, ')');
	}
	put_space(result, &line);
	tool_note(result->tool, "%s", qf_buffer_text(&line));
	qf_buffer_free(&line);
}

static bool
is_worth_a_line(const struct result *result, int exit)
{
	return result->total > 0 && (!result->quiet || exit != TOOL_OK);
}

void
result_end(struct result *result)
{
	int exit = exit_status(result);

	if (result->format == RESULT_JSON)
		qf_buffer_string(&result->stream.buffer,
				 result->over > 0 ? "\n]\n" : "]\n");
	result_pause(result);
	if (is_worth_a_line(result, exit))
		print_sums(result);
	tool_exit_with(result->tool, exit);
	if (result->stream.errnum != 0 && !stream_is_closed(&result->stream))
		tool_die(result->tool, TOOL_IO, "standard output: %s",
			 strerror(result->stream.errnum));
}

void
result_free(struct result *result)
{
	stream_free(&result->stream);
	qf_buffer_free(&result->jobs);
}
