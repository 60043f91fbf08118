/*
 * judge.c - is every message there, and is it true what was said?
 */
#include "judge.h"

#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define MARK_OF_EXPIRY 0010

void
verdict_add(struct verdict *verdict, const char *format, ...)
{
	size_t room = sizeof(verdict->text) - verdict->len;
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(verdict->text + verdict->len, room, format, args);
	va_end(args);
	if (len < 0 || (size_t)len + 1 >= room)
		return;
	verdict->len += (size_t)len;
	verdict->text[verdict->len++] = '\n';
	verdict->text[verdict->len] = '\0';
}

void
judge_start(struct bench *bench)
{
	bench_look(bench);
	for (size_t i = 0; i < bench->count; i++) {
		struct message *m = &bench->messages[i];
		const struct found *found = listing_find(&bench->now, m->inode);

		if (found != NULL)
			m->start = *found;
	}
}

static const char *
end_of(const struct bench *bench, const struct scenario *scenario,
       const struct message *m)
{
	const char *end = scenario->ends[(m - bench->messages) % 3];

	return end == END_SAME ? m->start.folder : end;
}

static bool
is_at_end(const struct bench *bench, const struct scenario *scenario,
	  const struct message *m, const struct found *found)
{
	const char *end = end_of(bench, scenario, m);

	if (found == NULL)
		return strcmp(end, END_NOWHERE) == 0;
	return strcmp(found->folder, end) == 0 &&
	       (!scenario->marks || (found->mode & MARK_OF_EXPIRY) != 0) &&
	       (!scenario->unmarks || (found->mode & MARK_OF_EXPIRY) == 0);
}

static bool
is_at_work(const char *folder)
{
	return strcmp(folder, "active") == 0 || strcmp(folder, "incoming") == 0;
}

/* A place between the first and the last is hold, for what was at work. */
static bool
may_be_at(const struct bench *bench, const struct scenario *scenario,
	  const struct message *m, const char *folder)
{
	return strcmp(folder, m->start.folder) == 0 ||
	       strcmp(folder, end_of(bench, scenario, m)) == 0 ||
	       (is_at_work(m->start.folder) && strcmp(folder, "hold") == 0);
}

static size_t
times(const struct listing *listing, uint64_t inode)
{
	size_t count = 0;

	for (size_t i = 0; i < listing->count; i++)
		count += listing->files[i].inode == inode;
	return count;
}

/*
 * Where it is looked for: under the name of the message, if that is where qmgr
 * finds it; and else under one that it had.
 */
static bool
is_log_of(const struct message *m, const struct found *message,
	  const struct found *log)
{
	if (strcmp(log->id, message->id) == 0)
		return true;
	return strcmp(message->folder, "deferred") != 0 &&
	       !is_at_work(message->folder) &&
	       (strcmp(log->id, m->first_id) == 0 ||
		strcmp(log->id, m->start.id) == 0);
}

static void
judge_log(const struct message *m, const struct listing *listing, size_t i,
	  const struct found *message, bool settled, struct verdict *verdict)
{
	static const char *const kinds[LOGS] = { "defer", "bounce" };
	const struct found *log = listing_find(listing, m->logs[i]);
	size_t count = times(listing, m->logs[i]);

	if (m->logs[i] == 0)
		return;
	if (count != 1 || log == NULL) {
		verdict_add(verdict, "%s: its %s log is there %zu times",
			    m->start.id, kinds[i], count);
		return;
	}
	if (strcmp(log->folder, kinds[i]) != 0)
		verdict_add(verdict, "%s: its %s log is in %s", m->start.id,
			    kinds[i], log->folder);
	if (settled && !is_log_of(m, message, log))
		verdict_add(verdict, "%s: is %s/%s, and its %s log %s",
			    m->start.id, message->folder, message->id, kinds[i],
			    log->id);
}

/*
 * Where the message is to go for good, its logs go first: they may be gone,
 * and where the message is, they have to be.
 */
static bool
goes_for_good(const struct bench *bench, const struct scenario *scenario,
	      const struct message *m)
{
	return strcmp(end_of(bench, scenario, m), END_NOWHERE) == 0;
}

static void
judge_logs(const struct bench *bench, const struct scenario *scenario,
	   const struct message *m, const struct listing *listing,
	   const struct found *message, bool settled, struct verdict *verdict)
{
	for (size_t i = 0; i < LOGS; i++) {
		size_t count = times(listing, m->logs[i]);

		if (message == NULL && count > 0)
			verdict_add(verdict, "%s: gone without its logs",
				    m->start.id);
		if (message != NULL &&
		    (count > 0 || !goes_for_good(bench, scenario, m)))
			judge_log(m, listing, i, message, settled, verdict);
	}
}

static void
judge_file(const struct bench *bench, const struct scenario *scenario,
	   const struct message *m, const struct found *found,
	   struct verdict *verdict)
{
	mode_t other = found->mode ^ m->start.mode;

	if (scenario->marks || scenario->unmarks)
		other &= ~(mode_t)MARK_OF_EXPIRY;
	if (found->names != 1)
		verdict_add(verdict, "%s: has %lu names", m->start.id,
			    (unsigned long)found->names);
	if (!bench_is_in_place(found))
		verdict_add(verdict, "%s: is at %s", m->start.id, found->path);
	if (!bench_is_intact(bench, m, found))
		verdict_add(verdict, "%s: is not what it was", m->start.id);
	if (other != 0)
		verdict_add(verdict, "%s: mode %04o was %04o", m->start.id,
			    found->mode, m->start.mode);
	if (!scenario->sets_time && found->modified != m->start.modified)
		verdict_add(verdict, "%s: it has another time", m->start.id);
	if (!may_be_at(bench, scenario, m, found->folder))
		verdict_add(verdict, "%s: is in %s", m->start.id,
			    found->folder);
}

/* Nobody else makes files here. */
static void
judge_others(const struct bench *bench, const struct listing *listing,
	     struct verdict *verdict)
{
	for (size_t i = 0; i < listing->count; i++) {
		const struct found *found = &listing->files[i];
		bool ours = false;

		for (size_t k = 0; k < bench->count && !ours; k++) {
			const struct message *m = &bench->messages[k];

			ours = found->inode == m->inode ||
			       found->inode == m->logs[0] ||
			       found->inode == m->logs[1];
		}
		if (!ours)
			verdict_add(verdict, "%s/%s: a file that was not there",
				    found->folder, found->id);
	}
}

void
judge_files(const struct bench *bench, const struct scenario *scenario,
	    bool settled, struct verdict *verdict)
{
	for (size_t i = 0; i < bench->count; i++) {
		const struct message *m = &bench->messages[i];
		const struct found *found = listing_find(&bench->now, m->inode);
		size_t count = times(&bench->now, m->inode);

		if (count == 0 && goes_for_good(bench, scenario, m)) {
			judge_logs(bench, scenario, m, &bench->now, NULL,
				   settled, verdict);
			continue;
		}
		if (count != 1 || found == NULL) {
			verdict_add(verdict, "%s: is there %zu times",
				    m->start.id, count);
			continue;
		}
		judge_file(bench, scenario, m, found, verdict);
		judge_logs(bench, scenario, m, &bench->now, found, settled,
			   verdict);
	}
	judge_others(bench, &bench->now, verdict);
}

void
judge_done(const struct bench *bench, const struct scenario *scenario,
	   struct verdict *verdict)
{
	for (size_t i = 0; i < bench->count; i++) {
		const struct message *m = &bench->messages[i];

		if (!is_at_end(bench, scenario, m,
			       listing_find(&bench->now, m->inode)))
			verdict_add(verdict, "%s: not done, and no word of it",
				    m->start.id);
	}
}

static const char *
member(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	return text == NULL ? "" : text;
}

static const struct message *
by_id(const struct bench *bench, const char *id)
{
	for (size_t i = 0; i < bench->count; i++) {
		if (strcmp(bench->messages[i].start.id, id) == 0)
			return &bench->messages[i];
	}
	return NULL;
}

/* What is said of one that was not done: is it where it is said to be? */
static void
judge_place(const struct message *m, const json_t *said,
	    const struct found *found, struct verdict *verdict)
{
	const char *to = member(said, "to");
	const char *now = member(said, "now");
	bool moved = strcmp(found->folder, m->start.folder) != 0 ||
		     strcmp(found->id, m->start.id) != 0;

	if (*to == '\0' ? moved
			: strcmp(to, found->folder) != 0 ||
				  strcmp(now, found->id) != 0)
		verdict_add(verdict, "%s: said to be %s/%s, and is %s/%s",
			    m->start.id, to, now, found->folder, found->id);
}

static void
judge_said(const struct bench *bench, const struct scenario *scenario,
	   const struct listing *listing, const json_t *said,
	   struct verdict *verdict)
{
	const char *outcome = member(said, "outcome");
	const struct message *m = by_id(bench, member(said, "id"));
	const struct found *found;
	bool done;

	if (m == NULL) {
		verdict_add(verdict, "who is \"%s\"?", member(said, "id"));
		return;
	}
	done = strcmp(outcome, "done") == 0 || strcmp(outcome, "already") == 0;
	found = listing_find(listing, m->inode);
	if (done && !is_at_end(bench, scenario, m, found))
		verdict_add(verdict, "%s: %s, as it says", m->start.id,
			    outcome);
	if (!done && strcmp(outcome, "failed") != 0 &&
	    strcmp(outcome, "refused") != 0 && strcmp(outcome, "busy") != 0)
		verdict_add(verdict, "%s: \"%s\"", m->start.id, outcome);
	if (found != NULL)
		judge_place(m, said, found, verdict);
}

/* Of how many something is said. */
static size_t
judge_lines(const struct bench *bench, const struct scenario *scenario,
	    const char *text, struct verdict *verdict)
{
	size_t count = 0;
	const char *end;

	for (; (end = strchr(text, '\n')) != NULL; text = end + 1) {
		json_t *said = json_loadb(text, (size_t)(end - text), 0, NULL);

		if (said == NULL)
			verdict_add(verdict, "not JSON: %.*s",
				    (int)(end - text), text);
		else
			judge_said(bench, scenario, &bench->now, said, verdict);
		json_decref(said);
		count++;
	}
	return count;
}

void
judge_words(const struct bench *bench, const struct scenario *scenario,
	    const struct outcome *outcome, bool killed, struct verdict *verdict)
{
	size_t lines = judge_lines(bench, scenario, outcome->out, verdict);

	if (outcome->timed_out)
		verdict_add(verdict, "it did not end");
	else if (outcome->signal != 0 && !killed)
		verdict_add(verdict, "it died of signal %d", outcome->signal);
	if (lines > bench->count)
		verdict_add(verdict, "%zu lines", lines);
	if (outcome->signal != 0 || outcome->status != 0)
		return;
	if (lines != bench->count)
		verdict_add(verdict, "status 0, and %zu lines", lines);
	judge_done(bench, scenario, verdict);
}

static json_t *
ask(struct stage *stage, const char *const words[], struct history *history,
    struct verdict *verdict)
{
	struct outcome outcome;

	stage_run(stage, words, false, &outcome);
	history->readable = outcome.status == 0 && outcome.signal == 0;
	if (!history->readable && verdict != NULL)
		verdict_add(verdict, "history: status %d, signal %d: %s",
			    outcome.status, outcome.signal, outcome.err);
	memcpy(history->text, outcome.out, sizeof(history->text));
	return json_loads(outcome.out, JSON_DISABLE_EOF_CHECK, NULL);
}

void
history_read(struct stage *stage, struct history *history,
	     struct verdict *verdict)
{
	const char *const last[] = {
		"history", "-n", "1", "-f", "jsonl", NULL
	};
	const char *one[] = { "history", "-f", "jsonl", NULL, NULL };
	json_t *said = ask(stage, last, history, verdict);

	snprintf(history->job, sizeof(history->job), "%s", member(said, "job"));
	snprintf(history->state, sizeof(history->state), "%s",
		 member(said, "state"));
	json_decref(said);
	if (history->job[0] == '\0')
		return;
	one[3] = history->job;
	json_decref(ask(stage, one, history, verdict));
}

static const struct message *
by_inode(const struct bench *bench, json_int_t inode)
{
	for (size_t i = 0; i < bench->count; i++) {
		if (bench->messages[i].inode == (uint64_t)inode)
			return &bench->messages[i];
	}
	return NULL;
}

/* An item that says where it went: it is there. */
static void
judge_item(const struct bench *bench, const struct listing *listing,
	   const json_t *item, struct verdict *verdict)
{
	const struct message *m = by_inode(
		bench, json_integer_value(json_object_get(item, "inode")));
	const char *outcome = member(item, "outcome");
	const char *to = member(item, "to");
	const char *id = member(item, "new_queue_id");
	const struct found *found;

	if (m == NULL)
		return;
	if (strcmp(outcome, "prepared") == 0)
		verdict_add(verdict, "%s: only prepared", m->start.id);
	if (*to == '\0') {
		to = member(item, "from");
		id = member(item, "queue_id");
	}
	found = listing_find(listing, m->inode);
	if (found == NULL)
		return;
	if (strcmp(found->folder, to) != 0 || strcmp(found->name, id) != 0)
		verdict_add(
			verdict, "%s: %s at %s/%s by the journal, but %s/%s",
			m->start.id, outcome, to, id, found->folder, found->id);
}

/*
 * A job ends early where it may leave some; or where the trash, into which it
 * moves messages, takes no more, and not all of it is done.
 */
static bool
may_end_early(const struct scenario *scenario, const json_t *said)
{
	const json_t *outcomes = json_object_get(said, "outcomes");

	if (scenario->parts)
		return true;
	return strcmp(scenario->ends[0], "mailq-tools-trash") == 0 &&
	       json_integer_value(json_object_get(outcomes, "failed")) > 0;
}

void
judge_history(const struct bench *bench, const struct scenario *scenario,
	      const struct history *history, struct verdict *verdict)
{
	json_t *said = json_loads(history->text, JSON_DISABLE_EOF_CHECK, NULL);
	json_t *items = json_object_get(said, "changes");

	if (history->job[0] != '\0' && strcmp(history->state, "done") != 0 &&
	    strcmp(history->state, "recovered") != 0 &&
	    !(strcmp(history->state, "interrupted") == 0 &&
	      may_end_early(scenario, said)))
		verdict_add(verdict, "job %s is %s", history->job,
			    history->state);
	for (size_t i = 0; i < json_array_size(items); i++)
		judge_item(bench, &bench->now, json_array_get(items, i),
			   verdict);
	json_decref(said);
}
