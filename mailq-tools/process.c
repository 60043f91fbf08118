/*
 * process.c - the state in which a program begins.
 */
#include "process.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

/* Messages are held open while somebody works on them. */
#define FILES 16384

void
process_start(int failed)
{
	struct stat st;

	for (int fd = 0; fd < 3; fd++) {
		if (fstat(fd, &st) < 0 && open("/dev/null", O_RDWR) != fd)
			_exit(failed);
	}
	if (getuid() != geteuid() || getgid() != getegid()) {
		fputs("mailq-tools: not made to be set-uid or set-gid\n",
		      stderr);
		_exit(failed);
	}
	signal(SIGPIPE, SIG_IGN);
	/* Ignored, as some daemons have it, it would take away exit states. */
	signal(SIGCHLD, SIG_DFL);
}

static void
raise_file_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur >= FILES)
		return;
	limit.rlim_cur = limit.rlim_max < FILES ? limit.rlim_max : FILES;
	(void)setrlimit(RLIMIT_NOFILE, &limit);
}

void
process_make_room(void)
{
	struct rlimit limit;
	int last = FILES - 1;

	raise_file_limit();
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < FILES)
		last = (int)limit.rlim_cur - 1;
	last = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, last);
	if (last >= 0)
		close(last);
}
