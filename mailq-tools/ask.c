/*
 * ask.c - a question to a person, who answers yes or no.
 */
#include "ask.h"

#include <fcntl.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define TERMINAL "/dev/tty"

struct person {
	int from;
	int to;
};

/* A terminal on standard input need not be the one that we belong to. */
static bool
meet(struct person *person)
{
	int fd = open(TERMINAL, O_RDWR | O_CLOEXEC);

	*person = (struct person){ fd, fd };
	if (fd >= 0)
		return true;
	*person = (struct person){ STDIN_FILENO, STDERR_FILENO };
	return isatty(STDIN_FILENO) == 1 && isatty(STDERR_FILENO) == 1;
}

static void
leave(const struct person *person)
{
	if (person->from > STDERR_FILENO)
		close(person->from);
}

/*
 * A terminal to ask is not enough: also a program that nobody looks at may
 * belong to one.
 */
bool
ask_can(bool stdin_is_taken)
{
	struct person person;

	if (isatty(stdin_is_taken ? STDERR_FILENO : STDIN_FILENO) != 1 ||
	    !meet(&person))
		return false;
	leave(&person);
	return true;
}

/*
 * A line, as far as it has room; what does not fit is no yes.  False: it has
 * no end.
 */
static bool
read_line(int fd, char *line, size_t room)
{
	size_t len = 0;
	char byte = '\0';

	while (read(fd, &byte, 1) == 1 && byte != '\n') {
		if (len + 1 < room)
			line[len++] = byte;
	}
	line[len] = '\0';
	return byte == '\n';
}

bool
ask(const char *question)
{
	size_t len = strlen(question);
	struct person person;
	char answer[8] = "";

	if (!meet(&person))
		return false;
	if (write(person.to, question, len) != (ssize_t)len ||
	    !read_line(person.from, answer, sizeof(answer)))
		answer[0] = '\0';
	leave(&person);
	return strcasecmp(answer, "y") == 0 || strcasecmp(answer, "yes") == 0;
}
