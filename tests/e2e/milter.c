/*
 * milter.c - edits messages as their senders ask for, so that queue files
 * with every kind of edit can be had.
 *
 * usage: milter SOCKET
 *
 * It speaks the milter protocol (version 6) on a local socket, until it is
 * killed.  What stands behind "edit-" in the local part of the sender is done
 * in that order, letter by letter; see edits[].
 */
#include <arpa/inet.h>
#include <err.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define LARGEST 70000

/* Of one connection. */
struct session {
	int fd;
	char data[LARGEST];
	char todo[100];
};

static int
read_all(int fd, char *data, size_t len)
{
	while (len > 0) {
		ssize_t got = read(fd, data, len);

		if (got <= 0)
			return 0;
		data += got;
		len -= (size_t)got;
	}
	return 1;
}

static void
reply(int fd, char command, const void *data, size_t len)
{
	static char packet[LARGEST + 5];
	uint32_t size = htonl((uint32_t)len + 1);
	size_t done = 0;

	memcpy(packet, &size, 4);
	packet[4] = command;
	memcpy(packet + 5, data, len);
	while (done < len + 5) {
		ssize_t written = write(fd, packet + done, len + 5 - done);

		if (written < 0)
			err(74, "cannot reply");
		done += (size_t)written;
	}
}

/* A header, with its place or without (index < 0). */
static void
header(int fd, char command, int index, const char *name, const char *value)
{
	char data[4000];
	uint32_t place = htonl((uint32_t)index);
	size_t len = 0;

	if (index >= 0) {
		memcpy(data, &place, 4);
		len = 4;
	}
	len += (size_t)snprintf(data + len, sizeof(data) - len, "%s", name) + 1;
	len += (size_t)snprintf(data + len, sizeof(data) - len, "%s", value) +
	       1;
	reply(fd, command, data, len);
}

static void
address(int fd, char command, const char *text)
{
	reply(fd, command, text, strlen(text) + 1);
}

static void
add(int fd)
{
	header(fd, 'h', -1, "X-Added", "at the end");
	header(fd, 'h', -1, "X", "y");
}

static void
insert(int fd)
{
	header(fd, 'i', 0, "X-Inserted", "first");
	header(fd, 'i', 2, "X-Inserted", "third\n\ton two lines");
}

static void
insert_many(int fd)
{
	char value[20];

	for (int i = 0; i < 200; i++) {
		snprintf(value, sizeof(value), "%d", i);
		header(fd, 'i', i % 3, "X-Many", value);
	}
}

static void
change_to_long(int fd)
{
	char value[3000];

	memset(value, 'l', sizeof(value) - 1);
	value[sizeof(value) - 1] = '\0';
	header(fd, 'm', 1, "Subject", value);
}

static void
change_to_short(int fd)
{
	header(fd, 'm', 1, "Subject", "s");
}

static void delete (int fd)
{
	header(fd, 'm', 1, "X-Delete", "");
	header(fd, 'm', 1, "X-Not-There", "");
}

static void
replace_body(int fd)
{
	const char text[] = "Another body.\r\n";

	reply(fd, 'b', text, sizeof(text) - 1);
}

static void
replace_body_by_long(int fd)
{
	static char text[64000];

	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = i % 3000 == 2998   ? '\r'
			  : i % 3000 == 2999 ? '\n'
					     : 'b';
	reply(fd, 'b', text, sizeof(text));
	reply(fd, 'b', text, sizeof(text));
}

static void
add_recipients(int fd)
{
	for (int i = 0; i < 20; i++) {
		char text[60];

		snprintf(text, sizeof(text), "<plus%d@closed.example>", i);
		address(fd, '+', text);
	}
}

static void
delete_recipient(int fd)
{
	address(fd, '-', "<minus@closed.example>");
	address(fd, '-', "<plus3@closed.example>");
}

static void
change_sender(int fd)
{
	address(fd, 'e', "<a.much.longer.sender.than.before@lab.example>");
}

static const struct {
	char letter;
	void (*edit)(int fd);
} edits[] = {
	{ 'a', add },
	{ 'i', insert },
	{ 'n', insert_many },
	{ 'l', change_to_long },
	{ 's', change_to_short },
	{ 'd', delete },
	{ 'b', replace_body },
	{ 'B', replace_body_by_long },
	{ 'p', add_recipients },
	{ 'm', delete_recipient },
	{ 'f', change_sender },
};

static void
edit(struct session *s)
{
	for (const char *letter = s->todo; *letter != '\0'; letter++) {
		for (size_t i = 0; i < sizeof(edits) / sizeof(edits[0]); i++) {
			if (edits[i].letter == *letter)
				edits[i].edit(s->fd);
		}
	}
}

/* The sender comes as "<address>", and parameters behind a NUL. */
static void
note_sender(struct session *s)
{
	const char *start = strstr(s->data, "edit-");

	s->todo[0] = '\0';
	if (start == NULL)
		return;
	start += strlen("edit-");
	snprintf(s->todo, sizeof(s->todo), "%.*s", (int)strcspn(start, "@>"),
		 start);
}

/* All actions that there are; of the events, only those that are used. */
static void
negotiate(struct session *s)
{
	const uint32_t offer[3] = { htonl(6), htonl(0x7f), htonl(0x3 | 0x78) };

	reply(s->fd, 'O', offer, sizeof(offer));
}

/* 0: the connection is over. */
static int
answer(struct session *s)
{
	uint32_t size;
	char command;

	if (!read_all(s->fd, (char *)&size, 4))
		return 0;
	size = ntohl(size);
	if (size == 0 || size > LARGEST || !read_all(s->fd, &command, 1) ||
	    !read_all(s->fd, s->data, size - 1))
		return 0;
	s->data[size - 1] = '\0';
	switch (command) {
	case 'O':
		negotiate(s);
		return 1;
	case 'D':
	case 'A':
	case 'K':
		return 1;
	case 'Q':
		return 0;
	case 'M':
		note_sender(s);
		break;
	case 'E':
		edit(s);
		break;
	}
	reply(s->fd, 'c', "", 0);
	return 1;
}

int
main(int argc, char **argv)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	int listener = socket(AF_UNIX, SOCK_STREAM, 0);

	if (argc != 2)
		errx(64, "usage: milter SOCKET");
	signal(SIGCHLD, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	snprintf(name.sun_path, sizeof(name.sun_path), "%s", argv[1]);
	if (listener < 0 ||
	    bind(listener, (struct sockaddr *)&name, sizeof(name)) < 0 ||
	    chmod(argv[1], 0666) < 0 || listen(listener, 20) < 0)
		err(71, "%s", argv[1]);
	for (;;) {
		static struct session s;

		s.fd = accept(listener, NULL, NULL);
		if (s.fd >= 0 && fork() == 0) {
			while (answer(&s))
				;
			_exit(0);
		}
		close(s.fd);
	}
}
