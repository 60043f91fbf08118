/*
 * sink - an SMTP server that counts what it says yes to.
 *
 * usage: sink [-a ADDRESSES] [-d MS] [-b PERCENT] [-t PERCENT] PORT LOG
 *
 *	-a	listen on so many addresses, from 127.0.1.1, not on one: each is
 *		a destination of its own for a queue manager
 *	-d	wait so long before the reply to a message, give or take a half
 *	-b	share of the recipients that are refused with 550, always
 *	-t	share of the recipients that are refused with 451, once or twice
 *
 * Which recipients these are is decided by their addresses alone, so that it
 * does not depend on what happens.  Reports (null sender) are not refused
 * with 550.  The log has a line for each recipient, written at the moment
 * when the 250 is sent, and not when the peer has gone before:
 *
 *	sent TIME RECIPIENT TAG
 *	report TIME RECIPIENT ACTION ADDRESS
 *
 * TIME is in milliseconds.  TAG is what the message has in its X-Test-Id
 * header, or `damaged' when its last line is missing; a report has a line for
 * each address that it tells of, or one with `none -'.
 *
 * SIGUSR1: from now on reply at once, and no 451.  SIGTERM ends it.
 */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/rig/letter.h"
#include "tests/rig/log_line.h"
#include "tests/rig/tries.h"

#define PEERS	   500
#define ADDRESSES  250
#define POLLS	   (PEERS + ADDRESSES + 1)
#define LINE_BYTES 4096

struct sink {
	int log;
	int signals;
	int listeners[ADDRESSES];
	unsigned addresses;
	unsigned delay;
	unsigned always; /* percent */
	unsigned first;
	struct tries tries;
};

struct peer {
	int fd; /* -1: nobody */
	char in[LINE_BYTES];
	size_t len;
	bool in_text;
	int64_t reply_at; /* the message is complete; 0: it is not */
	struct letter letter;
};

static void
leave(struct peer *peer)
{
	close(peer->fd);
	letter_clear(&peer->letter);
	peer->fd = -1;
}

/* A short line always fits; when it does not, the peer does not read. */
static bool
say(struct peer *peer, const char *line)
{
	size_t len = strlen(line);

	return send(peer->fd, line, len, MSG_NOSIGNAL) == (ssize_t)len;
}

static const char *
answer_recipient(struct sink *sink, struct peer *peer, const char *address)
{
	bool is_report = peer->letter.is_report;

	if (!is_report && chance(address, 'b') < sink->always)
		return "550 5.1.1 no such user here\r\n";
	if (chance(address, 't') < sink->first &&
	    tries_count(&sink->tries, address) < 1 + chance(address, 'n') % 2)
		return "451 4.2.0 try again\r\n";
	letter_add_recipient(&peer->letter, address);
	return "250 2.1.5 ok\r\n";
}

/* The address of MAIL FROM:<a@b> or RCPT TO:<a@b>. */
static char *
address_in(char *line)
{
	char *begin = strchr(line, '<');
	char *end = begin == NULL ? NULL : strchr(begin, '>');

	if (end == NULL)
		return NULL;
	*end = '\0';
	return begin + 1;
}

static bool
is_verb(const char *line, const char *verb)
{
	return strncasecmp(line, verb, strlen(verb)) == 0;
}

static const char *
answer(struct sink *sink, struct peer *peer, char *line)
{
	char *address;

	if (is_verb(line, "EHLO"))
		return "250-sink.lab.example\r\n250-PIPELINING\r\n"
		       "250-ENHANCEDSTATUSCODES\r\n250 8BITMIME\r\n";
	if (is_verb(line, "HELO") || is_verb(line, "NOOP"))
		return "250 2.0.0 ok\r\n";
	if (is_verb(line, "RSET")) {
		letter_clear(&peer->letter);
		return "250 2.0.0 ok\r\n";
	}
	if (is_verb(line, "MAIL") && (address = address_in(line)) != NULL) {
		letter_clear(&peer->letter);
		peer->letter.is_report = *address == '\0';
		return "250 2.1.0 ok\r\n";
	}
	if (is_verb(line, "RCPT") && (address = address_in(line)) != NULL)
		return answer_recipient(sink, peer, address);
	if (is_verb(line, "DATA")) {
		if (peer->letter.count == 0)
			return "554 5.5.1 no valid recipients\r\n";
		peer->in_text = true;
		return "354 go on\r\n";
	}
	if (is_verb(line, "QUIT"))
		return "221 2.0.0 bye\r\n";
	return "500 5.5.2 what?\r\n";
}

/* Around the mean, so that not all deliveries end in step. */
static int64_t
delay_of(const struct sink *sink, const struct peer *peer)
{
	return sink->delay / 2 +
	       (int64_t)sink->delay * chance(peer->letter.tag, 'd') / 100;
}

static void
take_line(struct sink *sink, struct peer *peer, char *line)
{
	const char *reply;
	bool is_last;

	if (peer->in_text) {
		if (strcmp(line, ".") != 0) {
			letter_add_line(&peer->letter,
					line[0] == '.' ? line + 1 : line);
			return;
		}
		peer->in_text = false;
		peer->reply_at = log_now() + delay_of(sink, peer);
		return;
	}
	is_last = is_verb(line, "QUIT");
	reply = answer(sink, peer, line);
	if (!say(peer, reply) || is_last)
		leave(peer);
}

/* Only what comes before a reply that is awaited is looked at. */
static void
take_lines(struct sink *sink, struct peer *peer)
{
	char *end;

	while (peer->fd >= 0 && peer->reply_at == 0 &&
	       (end = memchr(peer->in, '\n', peer->len)) != NULL) {
		char line[LINE_BYTES];
		size_t len = (size_t)(end - peer->in);

		memcpy(line, peer->in, len);
		line[len] = '\0';
		line[strcspn(line, "\r")] = '\0';
		peer->len -= len + 1;
		memmove(peer->in, end + 1, peer->len);
		take_line(sink, peer, line);
	}
}

static void
hear(struct sink *sink, struct peer *peer)
{
	ssize_t got;

	if (peer->len == sizeof(peer->in)) {
		leave(peer);
		return;
	}
	got = recv(peer->fd, peer->in + peer->len, sizeof(peer->in) - peer->len,
		   MSG_DONTWAIT);
	if (got > 0) {
		peer->len += (size_t)got;
		take_lines(sink, peer);
	} else if (got == 0 || (errno != EAGAIN && errno != EINTR)) {
		leave(peer);
	}
}

static void
accept_letter(struct sink *sink, struct peer *peer)
{
	struct log_lines lines = { 0 };

	peer->reply_at = 0;
	letter_tell(&peer->letter, log_now(), &lines);
	letter_clear(&peer->letter);
	if (say(peer, "250 2.0.0 taken\r\n"))
		log_write(sink->log, &lines);
	else
		leave(peer);
	log_free(&lines);
	if (peer->fd >= 0)
		take_lines(sink, peer);
}

static void
welcome(int listener, struct peer *peers)
{
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	int i = 0;

	if (fd < 0)
		return;
	while (i < PEERS && peers[i].fd >= 0)
		i++;
	if (i == PEERS) {
		close(fd);
		return;
	}
	peers[i].fd = fd;
	peers[i].len = 0;
	peers[i].in_text = false;
	peers[i].reply_at = 0;
	if (!say(&peers[i], "220 sink.lab.example ESMTP\r\n"))
		leave(&peers[i]);
}

/* What to wait for; returns for how long. */
static int
prepare(const struct sink *sink, const struct peer *peers,
	struct pollfd polls[POLLS])
{
	int64_t now = log_now();
	int64_t wait = 1000;

	for (int i = 0; i < PEERS; i++) {
		const struct peer *peer = &peers[i];

		polls[i] = (struct pollfd){ peer->fd, POLLRDHUP, 0 };
		if (peer->fd < 0)
			continue;
		if (peer->reply_at == 0)
			polls[i].events |= POLLIN;
		else if (peer->reply_at - now < wait)
			wait = peer->reply_at - now;
	}
	for (unsigned i = 0; i < sink->addresses; i++)
		polls[PEERS + i] =
			(struct pollfd){ sink->listeners[i], POLLIN, 0 };
	polls[PEERS + sink->addresses] =
		(struct pollfd){ sink->signals, POLLIN, 0 };
	return wait < 0 ? 0 : (int)wait;
}

/* An agent that was killed has not heard of our 250. */
static void
serve_peers(struct sink *sink, struct peer *peers, const struct pollfd *polls)
{
	int64_t now = log_now();

	for (int i = 0; i < PEERS; i++) {
		short events = polls[i].revents;

		if (peers[i].fd < 0)
			continue;
		if (peers[i].reply_at != 0 &&
		    (events & (POLLRDHUP | POLLHUP | POLLERR)) != 0)
			leave(&peers[i]);
		else if (peers[i].reply_at != 0 && peers[i].reply_at <= now)
			accept_letter(sink, &peers[i]);
		else if (peers[i].reply_at == 0 && events != 0)
			hear(sink, &peers[i]);
	}
}

/* False: to end. */
static bool
heed(struct sink *sink, struct peer *peers)
{
	struct signalfd_siginfo info;

	if (read(sink->signals, &info, sizeof(info)) != sizeof(info))
		return true;
	if (info.ssi_signo != SIGUSR1)
		return false;
	sink->delay = 0;
	sink->first = 0;
	for (int i = 0; i < PEERS; i++) {
		if (peers[i].fd >= 0 && peers[i].reply_at != 0)
			peers[i].reply_at = log_now();
	}
	return true;
}

static void
serve(struct sink *sink, struct peer peers[PEERS])
{
	struct pollfd polls[POLLS];

	for (int i = 0; i < PEERS; i++)
		peers[i].fd = -1;
	for (;;) {
		int wait = prepare(sink, peers, polls);

		if (poll(polls, PEERS + sink->addresses + 1, wait) < 0 &&
		    errno != EINTR)
			err(1, "poll");
		if (polls[PEERS + sink->addresses].revents != 0 &&
		    !heed(sink, peers))
			break;
		serve_peers(sink, peers, polls);
		for (unsigned i = 0; i < sink->addresses; i++) {
			if (polls[PEERS + i].revents != 0)
				welcome(sink->listeners[i], peers);
		}
	}
	for (int i = 0; i < PEERS; i++) {
		if (peers[i].fd >= 0)
			leave(&peers[i]);
	}
}

static int
listen_on(uint32_t host, unsigned long port)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	address.sin_port = htons((uint16_t)port);
	address.sin_addr.s_addr = htonl(host);
	if (fd < 0 ||
	    bind(fd, (struct sockaddr *)&address, sizeof(address)) != 0 ||
	    listen(fd, 500) != 0)
		err(1, "port %lu", port);
	return fd;
}

static void
listen_on_all(struct sink *sink, unsigned long port)
{
	if (sink->addresses == 0) {
		sink->addresses = 1;
		sink->listeners[0] = listen_on(INADDR_LOOPBACK, port);
		return;
	}
	for (unsigned i = 0; i < sink->addresses; i++)
		sink->listeners[i] = listen_on(0x7f000101 + i, port);
}

static int
catch_signals(void)
{
	sigset_t set;
	int fd;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	fd = signalfd(-1, &set, SFD_CLOEXEC);
	if (fd < 0)
		err(1, "signalfd");
	return fd;
}

static void
read_options(struct sink *sink, int argc, char **argv)
{
	int option;

	while ((option = getopt(argc, argv, "a:b:d:t:")) != -1) {
		switch (option) {
		case 'a':
			sink->addresses =
				(unsigned)number_of(optarg, ADDRESSES);
			break;
		case 'b':
			sink->always = (unsigned)number_of(optarg, 100);
			break;
		case 'd':
			sink->delay = (unsigned)number_of(optarg, 100000);
			break;
		case 't':
			sink->first = (unsigned)number_of(optarg, 100);
			break;
		default:
			exit(64);
		}
	}
	if (argc - optind != 2)
		errx(64, "usage: sink [OPTION...] PORT LOG");
}

int
main(int argc, char **argv)
{
	struct sink sink = { 0 };
	struct peer *peers = calloc(PEERS, sizeof(*peers));

	if (peers == NULL)
		err(1, "peers");
	read_options(&sink, argc, argv);
	listen_on_all(&sink, number_of(argv[optind], 65535));
	sink.log = log_open(argv[optind + 1]);
	sink.signals = catch_signals();
	serve(&sink, peers);
	tries_free(&sink.tries);
	free(peers);
	return 0;
}
