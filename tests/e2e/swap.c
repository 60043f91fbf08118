/*
 * swap.c - let two names change places, again and again.
 *
 * usage: swap [-p MICROSECONDS] A B
 *
 * Until standard input ends.  Between two swaps it waits, that long at most.
 * At the end both are where they were, and it prints how often they were not.
 */
#include <err.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void
swap(const char *a, const char *b)
{
	if (renameat2(AT_FDCWD, a, AT_FDCWD, b, RENAME_EXCHANGE) < 0)
		err(74, "%s and %s", a, b);
}

int
main(int argc, char **argv)
{
	struct pollfd input = { STDIN_FILENO, POLLIN, 0 };
	unsigned pause = 200;
	unsigned seed = 1;
	unsigned long count = 0;

	if (argc == 5) {
		pause = (unsigned)strtoul(argv[2], NULL, 10);
		argv += 2;
		argc -= 2;
	}
	if (argc != 3 || pause == 0)
		errx(64, "usage: swap [-p MICROSECONDS] A B");
	while (poll(&input, 1, 0) == 0) {
		swap(argv[1], argv[2]);
		usleep((unsigned)rand_r(&seed) % pause);
		swap(argv[1], argv[2]);
		usleep((unsigned)rand_r(&seed) % pause);
		count++;
	}
	printf("%lu\n", count);
	return 0;
}
