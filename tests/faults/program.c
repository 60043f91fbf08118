/*
 * program.c - run mqadm, with faults or without.
 */
#include "program.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* Nothing that is asked here takes a second. */
#define PATIENCE_MS 60000

static void
in_folder(const struct stage *stage, const char *name, char path[PATH_MAX])
{
	snprintf(path, PATH_MAX, "%.3000s/%s", stage->folder, name);
}

void
stage_open(struct stage *stage)
{
	char path[PATH_MAX];
	int fd;

	in_folder(stage, "settings", path);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	if (fd < 0 || close(fd) < 0)
		err(1, "%s", path);
	in_folder(stage, "orders", path);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	if (fd < 0 || ftruncate(fd, sizeof(struct orders)) < 0)
		err(1, "%s", path);
	stage->orders = mmap(NULL, sizeof(struct orders),
			     PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (stage->orders == MAP_FAILED)
		err(1, "%s", path);
	close(fd);
}

static int
open_output(const struct stage *stage, const char *name)
{
	char path[PATH_MAX];
	int fd;

	in_folder(stage, name, path);
	fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	if (fd < 0)
		err(1, "%s", path);
	return fd;
}

/* The surroundings of mqadm. */
static void
make_surroundings(const struct stage *stage)
{
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	dup2(null, STDIN_FILENO);
	dup2(stage->out, STDOUT_FILENO);
	dup2(stage->err, STDERR_FILENO);
	clearenv();
	setenv("PATH", "/usr/bin:/bin", 1);
	setenv("TZ", "UTC0", 1);
	setenv("LC_ALL", "C.UTF-8", 1);
	setenv("MAILQ_TOOLS_STATE", stage->state, 1);
}

/* With what it is called; the settings have a path of their own. */
static void
make_words(const struct stage *stage, const char *const words[],
	   char settings[PATH_MAX], const char *argv[REQUEST_WORDS])
{
	size_t n = 0;

	argv[n++] = stage->mqadm;
	for (size_t i = 0; words[i] != NULL && i < WORDS_MAX; i++)
		argv[n++] = words[i];
	in_folder(stage, "settings", settings);
	argv[n++] = "--spool";
	argv[n++] = stage->spool;
	argv[n++] = "--settings";
	argv[n++] = settings;
	argv[n] = NULL;
}

static _Noreturn void
become_traced(const struct stage *stage, const char *const words[])
{
	const char *argv[REQUEST_WORDS + 4] = {
		"/usr/bin/strace",
		"-fcqo",
		stage->trace,
	};
	char settings[PATH_MAX];

	make_words(stage, words, settings, argv + 3);
	make_surroundings(stage);
	execv(argv[0], (char *const *)(void *)argv);
	_exit(127);
}

static _Noreturn void
become_server(const struct stage *stage, int socket)
{
	const char *argv[] = { stage->mqadm, NULL };
	char orders[PATH_MAX];

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	in_folder(stage, "orders", orders);
	make_surroundings(stage);
	setenv(ORDERS_FILE, orders, 1);
	setenv("LD_PRELOAD", stage->shim, 1);
	/* With dup2(2) to itself it would be closed. */
	socket = fcntl(socket, F_DUPFD, SERVE_FD + 1);
	dup2(socket, SERVE_FD);
	close(socket);
	execv(argv[0], (char *const *)(void *)argv);
	_exit(127);
}

static void
start_server(struct stage *stage)
{
	int ends[2];
	pid_t child;

	stage->out = open_output(stage, "stdout");
	stage->err = open_output(stage, "stderr");
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		err(1, "socketpair");
	child = fork();
	if (child < 0)
		err(1, "fork");
	if (child == 0)
		become_server(stage, ends[1]);
	close(ends[1]);
	stage->server = ends[0];
}

static void
end_of(int result, struct outcome *outcome)
{
	if (WIFSIGNALED(result))
		outcome->signal = WTERMSIG(result);
	else
		outcome->status = WEXITSTATUS(result);
	/* Alone, one is also the parent of those who have lost theirs. */
	while (waitpid(-1, NULL, WNOHANG) > 0)
		continue;
}

static void
take_answer(struct stage *stage, struct answer *answer)
{
	if (recv(stage->server, answer, sizeof(*answer), 0) !=
	    (ssize_t)sizeof(*answer))
		errx(1, "%s does not start", stage->mqadm);
}

static void
ask(struct stage *stage, const char *const words[], bool faulty,
    struct outcome *outcome)
{
	struct pollfd end = { .fd = stage->server, .events = POLLIN };
	struct request request = { .faulty = faulty };
	const char *argv[REQUEST_WORDS];
	char settings[PATH_MAX];
	struct answer answer;
	size_t len = 0;

	make_words(stage, words, settings, argv);
	for (size_t i = 0; argv[i] != NULL; i++) {
		size_t size = strlen(argv[i]) + 1;

		if (size > sizeof(request.words) - len)
			errx(1, "%s: too long", argv[i]);
		memcpy(request.words + len, argv[i], size);
		len += size;
	}
	len += offsetof(struct request, words);
	if (send(stage->server, &request, len, 0) < 0)
		err(1, "%s", stage->mqadm);
	take_answer(stage, &answer);
	if (poll(&end, 1, PATIENCE_MS) == 0) {
		outcome->timed_out = true;
		kill(answer.pid, SIGKILL);
	}
	take_answer(stage, &answer);
	end_of(answer.result, outcome);
}

static void
run_traced(struct stage *stage, const char *const words[],
	   struct outcome *outcome)
{
	pid_t child = fork();
	int result = 0;

	if (child < 0)
		err(1, "fork");
	if (child == 0)
		become_traced(stage, words);
	while (waitpid(child, &result, 0) < 0 && errno == EINTR)
		continue;
	end_of(result, outcome);
}

static void
read_output(int fd, char text[OUTPUT_ROOM])
{
	ssize_t len = pread(fd, text, OUTPUT_ROOM - 1, 0);

	text[len < 0 ? 0 : len] = '\0';
}

void
stage_run(struct stage *stage, const char *const words[], bool faulty,
	  struct outcome *outcome)
{
	if (stage->server == 0)
		start_server(stage);
	if (ftruncate(stage->out, 0) < 0 || ftruncate(stage->err, 0) < 0)
		err(1, "%s", stage->folder);
	outcome->timed_out = false;
	outcome->signal = outcome->status = 0;
	if (faulty && stage->trace != NULL)
		run_traced(stage, words, outcome);
	else
		ask(stage, words, faulty, outcome);
	read_output(stage->out, outcome->out);
	read_output(stage->err, outcome->err);
}
