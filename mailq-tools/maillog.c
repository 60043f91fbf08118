/*
 * maillog.c - lines in Postfix's own log.
 */
#include "maillog.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mailq-tools/verb.h"
#include "queue-format/text.h"

/* What a message may have in the syslog protocol, with room for its head. */
#define LINE_MAX_BYTES 900

/* A burst of renamings is written as fast as the pipe takes it. */
#define PIPE_SIZE   (1024 * 1024)
#define PATIENCE_MS 2000

/* What is written at once is taken as a whole, or not at all. */
#define TOGETHER PIPE_BUF
_Static_assert(LINE_MAX_BYTES < TOGETHER, "a line must fit into the pipe");

void
maillog_open(struct maillog *log, struct tool *tool,
	     const struct qf_config *config)
{
	*log = (struct maillog){
		.tool = tool,
		.config = config,
		.fd = -1,
		.patience = PATIENCE_MS,
		.broken = config->directory == NULL,
	};
}

/* The tag is a word for people who look for it; it may not be an option. */
static const char *
log_name(const struct maillog *log)
{
	const char *name = log->config->syslog_name;

	return *name == '\0' || strchr(name, '$') != NULL ? "postfix" : name;
}

static enum qf_status
start(struct maillog *log, struct qf_error *err)
{
	char program[PATH_MAX];
	char tag[200];
	const char *argv[8];
	enum qf_status status;
	size_t n = 0;

	snprintf(program, sizeof(program), "%s/postlog",
		 log->config->command_directory);
	snprintf(tag, sizeof(tag), "%s/%s", log_name(log), log->tool->name);
	argv[n++] = program;
	if (log->config->directory[0] != '\0') {
		argv[n++] = "-c";
		argv[n++] = log->config->directory;
	}
	argv[n++] = "-i";
	argv[n++] = "-t";
	argv[n++] = tag;
	argv[n] = NULL;
	status = qf_command_feed(argv, &log->postlog, &log->fd, err);
	if (status != QF_OK)
		return status;
	/* What it is by default serves, too. */
	(void)fcntl(log->fd, F_SETPIPE_SZ, PIPE_SIZE);
	if (fcntl(log->fd, F_SETFL, O_NONBLOCK) < 0)
		return qf_system(err, "%s", program);
	return QF_OK;
}

static void
note_loss(struct maillog *log, const char *why)
{
	tool_note(log->tool,
		  "Postfix's log does not have all lines about this: %s", why);
}

/* Is there room again?  Not for ever, and not again after that. */
static bool
wait_for_room(const struct maillog *log)
{
	struct pollfd end = { .fd = log->fd, .events = POLLOUT };
	int ready;

	do
		ready = poll(&end, 1, log->patience);
	while (ready < 0 && errno == EINTR);
	return ready > 0;
}

/* Why it does not go is known when the program has ended. */
static bool
put(struct maillog *log)
{
	const struct qf_buffer *text = &log->waiting;

	for (;;) {
		ssize_t done = write(log->fd, text->data, text->len);

		if (done == (ssize_t)text->len)
			return true;
		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0 && errno == EAGAIN && wait_for_room(log))
			continue;
		return false;
	}
}

void
maillog_flush(struct maillog *log)
{
	if (log->lines > 0 && (log->waiting.failed || !put(log))) {
		log->lost += log->lines;
		log->broken = true;
	}
	qf_buffer_empty(&log->waiting);
	log->lines = 0;
}

static void
add(struct maillog *log, const char *text, size_t len)
{
	if (log->waiting.len + len + 1 > TOGETHER)
		maillog_flush(log);
	qf_buffer_add(&log->waiting, text, len);
	qf_buffer_byte(&log->waiting, '\n');
	log->lines++;
}

/* Not in the middle of a character. */
static size_t
cut(const char *text, size_t len)
{
	if (len <= LINE_MAX_BYTES)
		return len;
	len = LINE_MAX_BYTES;
	while (len > 0 && ((unsigned char)text[len] & 0xc0) == 0x80)
		len--;
	return len;
}

void
maillog_start(struct maillog *log)
{
	struct qf_error err;

	if (log->broken || log->postlog != NULL || start(log, &err) == QF_OK)
		return;
	log->broken = true;
	note_loss(log, err.text);
}

void
maillog_line(struct maillog *log, const char *format, ...)
{
	struct qf_buffer line = { 0 };
	va_list args;
	char *text;
	int len;

	maillog_start(log);
	if (log->broken) {
		log->lost++;
		return;
	}
	va_start(args, format);
	len = vasprintf(&text, format, args);
	va_end(args);
	if (len < 0) {
		log->lost++;
		return;
	}
	qf_text_plain(&line, text, (size_t)len);
	free(text);
	len = (int)cut(qf_buffer_text(&line), line.len);
	if (!line.failed)
		add(log, line.data, (size_t)len);
	qf_buffer_free(&line);
}

void
maillog_renamed(struct maillog *log, const char *old, const char *now)
{
	maillog_line(log, "%s: renamed to %s", old, now);
	maillog_flush(log);
}

void
maillog_removed(struct maillog *log, const char *id, const char *how)
{
	maillog_line(log, "%s: removed%s", id, how);
}

void
maillog_restored(struct maillog *log, const char *id)
{
	maillog_line(log, "%s: restored from the trash", id);
}

/* "12 done, 1 busy", or "nothing". */
static void
put_counts(struct qf_buffer *out, const struct qf_job *job)
{
	size_t begin = out->len;

	for (int i = 0; i < QF_OUTCOME_COUNT; i++) {
		if (job->counts[i] == 0)
			continue;
		qf_buffer_string(out, out->len > begin ? ", " : "");
		qf_buffer_number(out, (long long)job->counts[i]);
		qf_buffer_byte(out, ' ');
		qf_buffer_string(out, verb_outcome_name((enum qf_outcome)i));
	}
	if (out->len == begin)
		qf_buffer_string(out, "nothing");
}

/* Where nothing was noted, there is no job. */
static void
put_id(struct qf_buffer *out, const struct qf_job_id *id)
{
	static const struct qf_job_id none = { 0 };
	char text[QF_JOB_ID_TEXT];

	if (memcmp(id, &none, sizeof(none)) == 0)
		return;
	qf_job_id_text(id, text);
	qf_buffer_string(out, "job=");
	qf_buffer_string(out, text);
	qf_buffer_string(out, ", ");
}

/* What people write comes last: it may look like all the rest. */
void
maillog_job(struct maillog *log, const struct qf_job *job)
{
	struct qf_buffer line = { 0 };

	qf_buffer_string(&line, job->action);
	qf_buffer_string(&line, ": ");
	put_id(&line, &job->id);
	put_counts(&line, job);
	qf_buffer_string(&line, ", user=");
	qf_buffer_string(&line, job->user);
	if (job->sudo_user[0] != '\0') {
		qf_buffer_string(&line, ", sudo_user=");
		qf_buffer_string(&line, job->sudo_user);
	}
	if (job->state == QF_JOB_INTERRUPTED)
		qf_buffer_string(&line, ", interrupted");
	if (job->reason[0] != '\0') {
		qf_buffer_string(&line, ", reason: ");
		qf_buffer_string(&line, job->reason);
	}
	maillog_line(log, "%s", qf_buffer_text(&line));
	qf_buffer_free(&line);
}

void
maillog_close(struct maillog *log)
{
	struct qf_buffer said = { 0 };
	struct qf_error err;
	int result = 0;

	maillog_flush(log);
	qf_buffer_free(&log->waiting);
	if (log->postlog == NULL)
		return;
	if (qf_command_end(log->postlog, &result, &said, &err) != QF_OK) {
		note_loss(log, err.text);
	} else if (result == 128 + SIGKILL) {
		note_loss(log, "postlog did not take them");
	} else if (result != 0 || log->lost > 0) {
		if (said.len == 0) {
			qf_buffer_string(&said, "postlog ended with status ");
			qf_buffer_number(&said, result);
		}
		note_loss(log, qf_buffer_text(&said));
	}
	log->postlog = NULL;
	log->fd = -1;
	qf_buffer_free(&said);
}
