/*
 * worker.c - the process that looks at messages.
 */
#include "worker.h"

#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "channel.h"
#include "charset.h"
#include "html.h"
#include "look.h"
#include "mime.h"

#define CHANNEL	   3
#define HIGH	   64
#define MOST_FILES 65536 /* when a kernel cannot close all at once */
#define STACK	   ((rlim_t)8 * 1024 * 1024)
#define LARGE	   ((size_t)4 * 1024 * 1024) /* memory that is not kept */

struct worker {
	const struct qf_content_settings *settings;
	struct qf_view *view;
	struct qf_charsets *charsets;
	struct qf_magic *magic;
	struct qf_finding finding;
	struct qf_buffer answer;
};

static _Noreturn void
out_of_memory(void)
{
	_exit(QF_WORKER_NO_MEMORY);
}

/*
 * Nothing is left of who we were but the channel.  Standard output is there,
 * so that nothing else takes its number, and cannot be written to.
 */
static void
leave_behind(int channel)
{
	int aside = fcntl(channel, F_DUPFD, HIGH);
	int nothing = open("/dev/null", O_RDONLY);

	if (aside < 0 || nothing < 0)
		_exit(1);
	for (int fd = 0; fd < CHANNEL; fd++)
		if (fd != STDERR_FILENO || !QF_SANDBOX_REPORTS)
			(void)dup2(nothing, fd);
	if (dup2(aside, CHANNEL) < 0)
		_exit(1);
	if (close_range(CHANNEL + 1, ~0U, 0) < 0)
		for (int fd = CHANNEL + 1; fd < MOST_FILES; fd++)
			close(fd);
}

/* Keys on a terminal are for who started us; who then closes the channel. */
static void
reset_signals(void)
{
	static const int ignored[] = { SIGHUP, SIGINT, SIGQUIT, SIGTSTP,
				       SIGPIPE };
	struct sigaction action = { .sa_handler = SIG_DFL };
	sigset_t none;

	for (int number = 1; number < NSIG; number++)
		(void)sigaction(number, &action, NULL);
	action.sa_handler = SIG_IGN;
	for (size_t i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
		(void)sigaction(ignored[i], &action, NULL);
	sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Parts in parts are taken apart with some stack for each. */
static void
make_stack(void)
{
	struct rlimit stack;

	if (getrlimit(RLIMIT_STACK, &stack) < 0 || stack.rlim_cur >= STACK)
		return;
	stack.rlim_cur = stack.rlim_max < STACK ? stack.rlim_max : STACK;
	(void)setrlimit(RLIMIT_STACK, &stack);
}

/* All that has to be read from elsewhere, as long as that is possible. */
static void
prepare(struct worker *worker)
{
	/* libmagic, iconv and others take files from the environment. */
	(void)clearenv();
	make_stack();
	qf_mime_begin(out_of_memory);
	qf_html_begin();
	worker->charsets = qf_charset_load();
	if (worker->settings->types)
		worker->magic = qf_magic_open();
	worker->view = qf_view_new(worker->settings->source);
	worker->finding.limits = worker->settings->limits;
	if (worker->charsets == NULL || worker->view == NULL)
		out_of_memory();
}

static bool
fail(const struct qf_error *why)
{
	return qf_channel_send(CHANNEL, QF_WIRE_FAILED, (uint32_t)why->status,
			       why->text, strlen(why->text), -1);
}

static enum qf_status
misbehave(const struct worker *worker, int fd, struct qf_error *why)
{
	const struct qf_content_tests *tests = worker->settings->tests;

	if (tests == NULL || tests->misbehave == NULL)
		return QF_OK;
	return tests->misbehave(fd, why);
}

static bool
answer_look(struct worker *worker, int fd, unsigned want)
{
	struct qf_error why;

	if ((want & QF_WANT_TYPES) != 0 && worker->magic == NULL)
		qf_finding_notice(&worker->finding, QF_NOTICE_LIMIT, 0,
				  "libmagic has no table of types; they are "
				  "not known");
	if (misbehave(worker, fd, &why) != QF_OK ||
	    qf_look(worker->view, fd, want, worker->magic, &worker->finding,
		    &why) != QF_OK)
		return fail(&why);
	qf_buffer_empty(&worker->answer);
	qf_wire_pack(&worker->answer, &worker->finding);
	if (worker->finding.failed || worker->answer.failed)
		out_of_memory();
	return qf_channel_send(CHANNEL, QF_WIRE_FOUND, 0, worker->answer.data,
			       worker->answer.len, -1);
}

static bool
pass_on(void *context, const char *data, size_t len)
{
	(void)context;
	return qf_channel_send(CHANNEL, QF_WIRE_BYTES, 0, data, len, -1);
}

static bool
answer_part(struct worker *worker, int fd, unsigned number)
{
	struct qf_error why;

	if (misbehave(worker, fd, &why) != QF_OK ||
	    qf_look_part(worker->view, fd, number, pass_on, NULL,
			 &worker->finding, &why) != QF_OK)
		return fail(&why);
	return qf_channel_send(CHANNEL, QF_WIRE_DONE, 0, "", 0, -1);
}

/* What one large message took is given back before the next. */
static void
forget(struct worker *worker)
{
	bool is_large = worker->answer.room > LARGE ||
			worker->finding.arena.used > LARGE;

	if (is_large)
		qf_buffer_free(&worker->answer);
	qf_finding_empty(&worker->finding);
	if (is_large)
		(void)malloc_trim(0);
}

static void
serve(struct worker *worker)
{
	struct qf_wire_head head;
	bool go_on = true;
	int fd = -1;

	while (go_on && qf_channel_request(CHANNEL, &head, &fd)) {
		if (head.kind == QF_WIRE_LOOK)
			go_on = answer_look(worker, fd, head.value);
		else
			go_on = answer_part(worker, fd, head.value);
		close(fd);
		forget(worker);
	}
}

void
qf_worker_run(const struct qf_content_settings *settings, int channel)
{
	const struct qf_content_tests *tests = settings->tests;
	struct worker worker = { .settings = settings };
	struct qf_sandbox sandbox = {
		.walls = tests != NULL && tests->walls != NULL
				 ? tests->walls
				 : &qf_sandbox_walls,
		.channel = CHANNEL,
		.memory = settings->limits.memory,
		.seconds = QF_WORKER_SECONDS + 2 * settings->limits.seconds,
	};
	char missing[300];

	reset_signals();
	leave_behind(channel);
	prepare(&worker);
	qf_sandbox_enter(&sandbox, missing, sizeof(missing));
	if (qf_channel_send(CHANNEL, QF_WIRE_HELLO, 0, missing, strlen(missing),
			    -1))
		serve(&worker);
	_exit(0);
}
