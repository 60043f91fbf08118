/*
 * inject - send tagged messages to an SMTP server, over several connections.
 *
 * usage: inject [-c CONNECTIONS] [-d DOMAINS] [-n MESSAGES] [-r COUNT,...]
 *		[-m PER-MINUTE] [-s SEED] PORT LOG
 *
 * Message number N has the tag mN, the sender mN@bD.example, recipients
 * mN-1@dD.example, mN-2@dD.example and so on, and the tag in its header
 * X-Test-Id and in its last line.  -r has the numbers of recipients to choose
 * from; what is chosen depends on the seed and the tag alone.
 *
 * The log has a line for each recipient, when the 250 has come:
 *
 *	in TIME TAG QUEUE-ID RECIPIENT
 *
 * or `maybe TIME TAG - RECIPIENT' when the connection broke before a reply to
 * the text: nobody can know.  Such a message is sent again as another one.
 */
#include <arpa/inet.h>
#include <err.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/gen/rng.h"
#include "tests/rig/log_line.h"

#define COUNTS	   8
#define BODY_LINES 60

struct plan {
	unsigned long port;
	int log;
	unsigned connections;
	unsigned messages;
	unsigned domains;
	unsigned per_minute; /* 0: as fast as it goes */
	unsigned long seed;
	unsigned counts[COUNTS];
	unsigned count_count;
};

/* One connection; in and out are NULL when it is broken. */
struct client {
	const struct plan *plan;
	FILE *in;
	FILE *out;
	char reply[500];
};

struct mail {
	unsigned number;
	unsigned recipients;
	unsigned lines;
	struct rng domains;
};

static struct mail
make_mail(const struct plan *plan, unsigned number)
{
	struct rng r = rng_new(plan->seed, number);
	struct mail mail = { .number = number };

	mail.recipients = plan->counts[rng_below(&r, plan->count_count)];
	mail.lines = rng_below(&r, BODY_LINES);
	mail.domains = r;
	return mail;
}

/* The next recipient, from the first; `domains' is a copy of the mail's. */
static void
print_recipient(char *text, size_t size, const struct plan *plan,
		const struct mail *mail, unsigned n, struct rng *domains)
{
	snprintf(text, size, "m%u-%u@d%u.example", mail->number, n,
		 1 + rng_below(domains, plan->domains));
}

static void
hang_up(struct client *client)
{
	if (client->in != NULL)
		fclose(client->in);
	if (client->out != NULL)
		fclose(client->out);
	client->in = NULL;
	client->out = NULL;
}

/* The last line of the reply is kept.  False: there was none, or another. */
static bool
expect(struct client *client, const char *code)
{
	do {
		if (fgets(client->reply, sizeof(client->reply), client->in) ==
		    NULL)
			return false;
	} while (strlen(client->reply) > 3 && client->reply[3] == '-');
	return strncmp(client->reply, code, 3) == 0;
}

static bool
flush_and_expect(struct client *client, const char *code)
{
	return fflush(client->out) == 0 && expect(client, code);
}

static bool
dial(struct client *client)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	struct timeval patience = { .tv_sec = 20 };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (fd < 0)
		err(1, "socket");
	address.sin_port = htons((uint16_t)client->plan->port);
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0) {
		close(fd);
		return false;
	}
	client->in = fdopen(fd, "r");
	client->out = fdopen(dup(fd), "w");
	if (client->in == NULL || client->out == NULL)
		err(1, "fdopen");
	if (!expect(client, "220"))
		return false;
	fprintf(client->out, "EHLO client.lab.example\r\n");
	return flush_and_expect(client, "250");
}

static bool
send_envelope(struct client *client, const struct mail *mail)
{
	struct rng domains = mail->domains;
	char to[100];

	fprintf(client->out, "MAIL FROM:<m%u@b%u.example>\r\n", mail->number,
		1 + mail->number % client->plan->domains);
	if (!flush_and_expect(client, "250"))
		return false;
	for (unsigned n = 1; n <= mail->recipients; n++) {
		print_recipient(to, sizeof(to), client->plan, mail, n,
				&domains);
		fprintf(client->out, "RCPT TO:<%s>\r\n", to);
		if (!flush_and_expect(client, "250"))
			return false;
	}
	fprintf(client->out, "DATA\r\n");
	return flush_and_expect(client, "354");
}

static bool
send_text(struct client *client, const struct mail *mail)
{
	fprintf(client->out,
		"From: <m%u@client.lab.example>\r\n"
		"Message-Id: <m%u@client.lab.example>\r\n"
		"Subject: number %u\r\nX-Test-Id: m%u\r\n\r\n",
		mail->number, mail->number, mail->number, mail->number);
	for (unsigned i = 0; i < mail->lines; i++)
		fprintf(client->out, "line %u of m%u %*s\r\n", i, mail->number,
			60, "of a text");
	fprintf(client->out, "end of m%u\r\n.\r\n", mail->number);
	return flush_and_expect(client, "250");
}

static void
note(const struct client *client, const struct mail *mail, const char *what,
     const char *id)
{
	struct rng domains = mail->domains;
	struct log_lines lines = { 0 };
	char to[100];

	for (unsigned n = 1; n <= mail->recipients; n++) {
		print_recipient(to, sizeof(to), client->plan, mail, n,
				&domains);
		log_add(&lines, "%s %lld m%u %s %s\n", what,
			(long long)log_now(), mail->number, id, to);
	}
	log_write(client->plan->log, &lines);
	log_free(&lines);
}

/* False: it was not taken, as far as we know. */
static bool
send_mail(struct client *client, const struct mail *mail)
{
	char id[100];

	if (client->out == NULL && !dial(client))
		return false;
	if (!send_envelope(client, mail))
		return false;
	if (!send_text(client, mail)) {
		note(client, mail, "maybe", "-");
		return false;
	}
	if (sscanf(client->reply, "250 %*s Ok: queued as %99[0-9A-Za-z]", id) !=
	    1)
		errx(1, "what does it mean: %s", client->reply);
	note(client, mail, "in", id);
	return true;
}

static void
pause_ms(int64_t ms)
{
	struct timespec t = { ms / 1000, (long)(ms % 1000) * 1000000 };

	if (ms > 0)
		nanosleep(&t, NULL);
}

/* One of the connections sends every so-manieth message. */
static void
work(const struct plan *plan, unsigned which)
{
	struct client client = { .plan = plan };
	unsigned left = plan->messages / plan->connections +
			(which < plan->messages % plan->connections);
	int64_t begun = log_now();
	int64_t done = 0;

	for (unsigned number = which + 1; left > 0;
	     number += plan->connections) {
		struct mail mail = make_mail(plan, number);

		if (send_mail(&client, &mail)) {
			left--;
			done++;
		} else {
			hang_up(&client);
			pause_ms(100);
		}
		if (plan->per_minute > 0)
			pause_ms(begun +
				 done * 60000 * plan->connections /
					 plan->per_minute -
				 log_now());
	}
	hang_up(&client);
}

static void
read_counts(struct plan *plan, char *list)
{
	char *word;

	plan->count_count = 0;
	while ((word = strsep(&list, ",")) != NULL) {
		if (plan->count_count == COUNTS)
			errx(64, "too many numbers of recipients");
		plan->counts[plan->count_count++] =
			(unsigned)number_of(word, 1000);
	}
}

static void
read_options(struct plan *plan, int argc, char **argv)
{
	int option;

	while ((option = getopt(argc, argv, "c:d:m:n:r:s:")) != -1) {
		switch (option) {
		case 'c':
			plan->connections = (unsigned)number_of(optarg, 100);
			break;
		case 'd':
			plan->domains = (unsigned)number_of(optarg, 10000);
			break;
		case 'm':
			plan->per_minute = (unsigned)number_of(optarg, 1000000);
			break;
		case 'n':
			plan->messages = (unsigned)number_of(optarg, 10000000);
			break;
		case 'r':
			read_counts(plan, optarg);
			break;
		case 's':
			plan->seed = number_of(optarg, 1000000000);
			break;
		default:
			exit(64);
		}
	}
	if (argc - optind != 2 || plan->connections == 0 ||
	    plan->domains == 0 || plan->count_count == 0)
		errx(64, "usage: inject [OPTION...] PORT LOG");
	plan->port = number_of(argv[optind], 65535);
	plan->log = log_open(argv[optind + 1]);
}

int
main(int argc, char **argv)
{
	struct plan plan = {
		.connections = 1,
		.messages = 1,
		.domains = 1,
		.counts = { 1 },
		.count_count = 1,
	};
	int result = 0;
	int status;

	read_options(&plan, argc, argv);
	signal(SIGPIPE, SIG_IGN);
	for (unsigned i = 0; i < plan.connections; i++) {
		pid_t pid = fork();

		if (pid < 0)
			err(1, "fork");
		if (pid == 0) {
			work(&plan, i);
			_exit(0);
		}
	}
	while (wait(&status) > 0) {
		if (status != 0)
			result = 1;
	}
	return result;
}
