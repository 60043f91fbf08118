/*
 * process.c - the state in which a program begins.
 */
#include "process.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

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
