/*
 * measure - run a program and say what it took.
 *
 * usage: measure PROGRAM [ARGUMENT ...]
 *
 * Its standard output goes through a pipe to this program, which throws it
 * away, as in daily use somebody reads it.  Prints
 *
 *	milliseconds until the end, until the first byte of output,
 *	of processor time, kB of memory at the peak, bytes of output, status
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double
milliseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1000 + (double)now.tv_nsec / 1e6;
}

static double
of_timeval(struct timeval time)
{
	return (double)time.tv_sec * 1000 + (double)time.tv_usec / 1000;
}

static pid_t
start(char **argv, int *out)
{
	int fds[2];
	pid_t pid;

	if (pipe(fds) < 0)
		err(1, "pipe");
	pid = fork();
	if (pid < 0)
		err(1, "fork");
	if (pid == 0) {
		dup2(fds[1], STDOUT_FILENO);
		close(fds[0]);
		close(fds[1]);
		execvp(argv[0], argv);
		err(127, "%s", argv[0]);
	}
	close(fds[1]);
	*out = fds[0];
	return pid;
}

int
main(int argc, char **argv)
{
	static char piece[65536];
	double begin = milliseconds();
	double first = 0;
	unsigned long long bytes = 0;
	struct rusage usage;
	int status = 0;
	int out = -1;
	ssize_t got;
	pid_t pid;

	if (argc < 2)
		errx(64, "usage: measure PROGRAM [ARGUMENT ...]");
	pid = start(argv + 1, &out);
	while ((got = read(out, piece, sizeof(piece))) > 0) {
		if (bytes == 0)
			first = milliseconds() - begin;
		bytes += (unsigned long long)got;
	}
	if (wait4(pid, &status, 0, &usage) < 0)
		err(1, "wait4");
	printf("%.1f %.1f %.1f %ld %llu %d\n", milliseconds() - begin, first,
	       of_timeval(usage.ru_utime) + of_timeval(usage.ru_stime),
	       usage.ru_maxrss, bytes,
	       WIFEXITED(status) ? WEXITSTATUS(status) : 128);
	return 0;
}
