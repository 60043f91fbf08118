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
#include <sys/syscall.h>
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

static void
become_program(const struct stage *stage, const char *const words[],
	       bool faulty)
{
	char settings[PATH_MAX];
	char orders[PATH_MAX];
	const char *argv[WORDS_MAX + 10];
	size_t n = 0;

	if (faulty && stage->trace != NULL) {
		argv[n++] = "/usr/bin/strace";
		argv[n++] = "-fcqo";
		argv[n++] = stage->trace;
	}
	argv[n++] = stage->mqadm;
	for (size_t i = 0; words[i] != NULL && i < WORDS_MAX; i++)
		argv[n++] = words[i];
	in_folder(stage, "settings", settings);
	argv[n++] = "--spool";
	argv[n++] = stage->spool;
	argv[n++] = "--settings";
	argv[n++] = settings;
	argv[n] = NULL;
	clearenv();
	setenv("PATH", "/usr/bin:/bin", 1);
	setenv("TZ", "UTC0", 1);
	setenv("LC_ALL", "C.UTF-8", 1);
	setenv("MAILQ_TOOLS_STATE", stage->state, 1);
	if (faulty && stage->trace == NULL) {
		in_folder(stage, "orders", orders);
		setenv(ORDERS_FILE, orders, 1);
		setenv("LD_PRELOAD", stage->shim, 1);
	}
	execv(argv[0], (char *const *)(void *)argv);
}

static int
open_output(const struct stage *stage, const char *name)
{
	char path[PATH_MAX];
	int fd;

	in_folder(stage, name, path);
	fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0)
		err(1, "%s", path);
	return fd;
}

static void
read_output(int fd, char text[OUTPUT_ROOM])
{
	ssize_t len = pread(fd, text, OUTPUT_ROOM - 1, 0);

	text[len < 0 ? 0 : len] = '\0';
	close(fd);
}

static void
wait_for(pid_t child, struct outcome *outcome)
{
	struct pollfd end = { .events = POLLIN };
	int result = 0;

	end.fd = (int)syscall(SYS_pidfd_open, child, 0);
	if (end.fd < 0)
		err(1, "pidfd_open");
	if (poll(&end, 1, PATIENCE_MS) == 0) {
		outcome->timed_out = true;
		kill(child, SIGKILL);
	}
	close(end.fd);
	while (waitpid(child, &result, 0) < 0 && errno == EINTR)
		continue;
	if (WIFSIGNALED(result))
		outcome->signal = WTERMSIG(result);
	else
		outcome->status = WEXITSTATUS(result);
	/* Alone, one is also the parent of those who have lost theirs. */
	while (waitpid(-1, NULL, WNOHANG) > 0)
		continue;
}

void
stage_run(struct stage *stage, const char *const words[], bool faulty,
	  struct outcome *outcome)
{
	int out = open_output(stage, "stdout");
	int error = open_output(stage, "stderr");
	pid_t child = fork();

	outcome->timed_out = false;
	outcome->signal = outcome->status = 0;
	if (child < 0)
		err(1, "fork");
	if (child == 0) {
		int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

		dup2(null, STDIN_FILENO);
		dup2(out, STDOUT_FILENO);
		dup2(error, STDERR_FILENO);
		become_program(stage, words, faulty);
		_exit(127);
	}
	wait_for(child, outcome);
	read_output(out, outcome->out);
	read_output(error, outcome->err);
}
