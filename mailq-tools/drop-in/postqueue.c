/*
 * postqueue - list and flush the queue as Postfix's postqueue does; it lists
 * faster.
 */
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "mailq-tools/drop-in/flush.h"
#include "mailq-tools/drop-in/listing.h"
#include "mailq-tools/process.h"

static _Noreturn void
usage(void)
{
	drop_in_fatal(POSTQUEUE, POSTQUEUE_FAILED,
		      "usage: postqueue -f | postqueue -i queueid | "
		      "postqueue -j | postqueue -p | postqueue -s site");
}

/* Postfix's postqueue says so when it was given no standard output. */
static void
make_unwritable(int target)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	if (fd >= 0 && dup2(fd, target) >= 0)
		close(fd);
}

/*
 * The name in messages is fixed, as in Postfix, since the caller chooses what
 * argv[0] is.
 */
int
main(int argc, char **argv)
{
	const char *directory = getenv("MAIL_CONFIG");
	bool is_closed = fcntl(STDOUT_FILENO, F_GETFD) < 0;
	struct drop_in_flush flush = { .argument = NULL };
	int mode = 0;
	int opt;

	argv[0] = (char[]){ "postqueue" };
	process_start(POSTQUEUE_FAILED);
	if (is_closed)
		make_unwritable(STDOUT_FILENO);
	tzset();
	while ((opt = getopt(argc, argv, "+c:fi:jps:v")) != -1) {
		switch (opt) {
		case 'c':
			directory = optarg;
			break;
		case 'f':
		case 'i':
		case 'j':
		case 'p':
		case 's':
			if (mode != 0)
				usage();
			mode = opt;
			flush.argument = optarg;
			break;
		case 'v':
			flush.verbose = true;
			break;
		default:
			usage();
		}
	}
	if (argc > optind || mode == 0)
		usage();
	if (mode != 'j' && mode != 'p') {
		flush.option = (char)mode;
		drop_in_flush(directory, &flush);
	}
	drop_in_list(&(struct drop_in){ POSTQUEUE, POSTQUEUE_FAILED },
		     directory, mode == 'j');
}
