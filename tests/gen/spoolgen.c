/*
 * spoolgen - make a Postfix spool for tests, demonstrations and timing.
 *
 * It shares no code with the library, so that a test cannot share a bug
 * with what it tests.
 */
#include <err.h>
#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "bulk.h"
#include "monday.h"
#include "spool.h"

struct options {
	const char *dir;
	const char *owner;
	const char *manifest;
	const char *hash_queues;
	unsigned long hash_depth;
	bool long_ids;
	bool append;
	bool monday;
	const char *bulk_only; /* an option without meaning for the sample */
	struct bulk_options bulk;
};

enum option_code {
	OPT_APPEND = 256,
	OPT_BEHIND,
	OPT_BOTH,
	OPT_COUNT,
	OPT_DOMAIN,
	OPT_DONE,
	OPT_HASH_DEPTH,
	OPT_HASH_QUEUES,
	OPT_HELP,
	OPT_LARGE_SHARE,
	OPT_LARGE_SIZE,
	OPT_LONG_IDS,
	OPT_MANIFEST,
	OPT_MILTER,
	OPT_MONDAY,
	OPT_NO_LOG,
	OPT_NOW,
	OPT_OWNER,
	OPT_QUEUE,
	OPT_RCPTS,
	OPT_SEED,
	OPT_SENDER,
	OPT_SIZE,
	OPT_SPAN,
	OPT_THREADS,
};

static const struct option long_options[] = {
	{ "append", no_argument, NULL, OPT_APPEND },
	{ "behind-share", required_argument, NULL, OPT_BEHIND },
	{ "both-share", required_argument, NULL, OPT_BOTH },
	{ "count", required_argument, NULL, OPT_COUNT },
	{ "domain", required_argument, NULL, OPT_DOMAIN },
	{ "done-share", required_argument, NULL, OPT_DONE },
	{ "hash-depth", required_argument, NULL, OPT_HASH_DEPTH },
	{ "hash-queues", required_argument, NULL, OPT_HASH_QUEUES },
	{ "help", no_argument, NULL, OPT_HELP },
	{ "large-share", required_argument, NULL, OPT_LARGE_SHARE },
	{ "large-size", required_argument, NULL, OPT_LARGE_SIZE },
	{ "long-ids", no_argument, NULL, OPT_LONG_IDS },
	{ "manifest", required_argument, NULL, OPT_MANIFEST },
	{ "milter-share", required_argument, NULL, OPT_MILTER },
	{ "monday", no_argument, NULL, OPT_MONDAY },
	{ "no-log-share", required_argument, NULL, OPT_NO_LOG },
	{ "now", required_argument, NULL, OPT_NOW },
	{ "owner", required_argument, NULL, OPT_OWNER },
	{ "queue", required_argument, NULL, OPT_QUEUE },
	{ "recipients", required_argument, NULL, OPT_RCPTS },
	{ "seed", required_argument, NULL, OPT_SEED },
	{ "sender", required_argument, NULL, OPT_SENDER },
	{ "size", required_argument, NULL, OPT_SIZE },
	{ "span", required_argument, NULL, OPT_SPAN },
	{ "threads", required_argument, NULL, OPT_THREADS },
	{ NULL, 0, NULL, 0 },
};

static const char help[] =
	"usage: spoolgen [OPTIONS] DIR\n"
	"Make DIR a Postfix queue_directory with messages in it.\n"
	"  --monday              a sample: a mail relay on a Monday morning\n"
	"  --count N             instead of it, N messages that are alike\n"
	"  --append              DIR may have files in it already\n"
	"  --owner USER[:GROUP]  mail_owner, for root only (postfix)\n"
	"  --long-ids            names as with enable_long_queue_ids = yes\n"
	"  --hash-depth N        hash_queue_depth (1); 0: no queue is hashed\n"
	"  --hash-queues LIST    hash_queue_names (deferred, defer)\n"
	"  --manifest FILE       tell what was made, in lines of JSON\n"
	"  --now EPOCH           all times are relative to it (the present)\n"
	"  --seed N              other contents (1)\n"
	"Only with --count; a share P is a percentage, 0 by default:\n"
	"  --queue NAME, --threads N             (deferred; all processors)\n"
	"  --span SECONDS        they came within that time\n"
	"  --size BYTES          of a body, on average (1200)\n"
	"  --large-share P, --large-size BYTES   some are as large as that\n"
	"  --recipients N        each has as many (most have one)\n"
	"  --domain NAME, --sender ADDRESS       of all (many)\n"
	"  --behind-share P      recipients only behind the body\n"
	"  --both-share P        one more recipient behind the body\n"
	"  --milter-share P      written for milters, and mostly edited\n"
	"  --done-share P        of the recipients: delivered already\n"
	"  --no-log-share P      deferred without a defer log\n";

static unsigned long
number(const char *option, const char *text, unsigned long max)
{
	unsigned long value;
	char *end;

	errno = 0;
	value = strtoul(text, &end, 10);
	if (errno != 0 || *text < '0' || *text > '9' || *end != '\0' ||
	    value > max)
		errx(EX_USAGE, "--%s: '%s' is not a number up to %lu", option,
		     text, max);
	return value;
}

static unsigned
share(const char *option, const char *text)
{
	return (unsigned)number(option, text, 100);
}

static enum queue
message_queue(const char *name)
{
	enum queue queue = queue_by_name(name);

	if (queue > QUEUE_HOLD)
		errx(EX_USAGE, "--queue: '%s' is not a queue for messages",
		     name);
	return queue;
}

/* Options that only bulk mode has.  False: not one of them. */
static bool
set_bulk_option(struct bulk_options *b, int code, const char *name,
		const char *value)
{
	switch (code) {
	case OPT_BEHIND:
		b->behind_share = share(name, value);
		return true;
	case OPT_BOTH:
		b->both_share = share(name, value);
		return true;
	case OPT_DOMAIN:
		b->domain = value;
		return true;
	case OPT_DONE:
		b->done_share = share(name, value);
		return true;
	case OPT_LARGE_SHARE:
		b->large_share = share(name, value);
		return true;
	case OPT_LARGE_SIZE:
		b->large_size = number(name, value, 1UL << 30);
		return true;
	case OPT_MILTER:
		b->milter_share = share(name, value);
		return true;
	case OPT_NO_LOG:
		b->no_log_share = share(name, value);
		return true;
	case OPT_QUEUE:
		b->queue = message_queue(value);
		return true;
	case OPT_RCPTS:
		b->rcpts = (unsigned)number(name, value, 1000000);
		return true;
	case OPT_SENDER:
		b->sender = value;
		return true;
	case OPT_SIZE:
		b->size = number(name, value, 1UL << 30);
		return true;
	case OPT_SPAN:
		b->span = (long)number(name, value, 1UL << 30);
		return true;
	case OPT_THREADS:
		b->threads = (unsigned)number(name, value, 256);
		return true;
	}
	return false;
}

static void
set_option(struct options *o, int code, const char *name, const char *value)
{
	switch (code) {
	case OPT_APPEND:
		o->append = true;
		break;
	case OPT_COUNT:
		o->monday = false;
		o->bulk.count = number(name, value, 1000000000);
		break;
	case OPT_HASH_DEPTH:
		o->hash_depth = number(name, value, HASH_DEPTH_MAX);
		break;
	case OPT_HASH_QUEUES:
		o->hash_queues = value;
		break;
	case OPT_HELP:
		fputs(help, stdout);
		exit(EX_OK);
	case OPT_LONG_IDS:
		o->long_ids = true;
		break;
	case OPT_MANIFEST:
		o->manifest = value;
		break;
	case OPT_MONDAY:
		o->monday = true;
		break;
	case OPT_NOW:
		o->bulk.now = (time_t)number(name, value, 1UL << 40);
		break;
	case OPT_OWNER:
		o->owner = value;
		break;
	case OPT_SEED:
		o->bulk.seed = number(name, value, ~0UL);
		break;
	default:
		if (!set_bulk_option(&o->bulk, code, name, value))
			errx(EX_USAGE, "try --help");
		o->bulk_only = name;
	}
}

static void
read_options(struct options *o, int argc, char **argv)
{
	int index = 0;
	int code;

	while ((code = getopt_long(argc, argv, "", long_options, &index)) != -1)
		set_option(o, code, long_options[index].name, optarg);
	if (optind != argc - 1)
		errx(EX_USAGE, "one directory is wanted; try --help");
	if (o->monday && o->bulk_only != NULL)
		errx(EX_USAGE, "--%s goes with --count", o->bulk_only);
	o->dir = argv[optind];
	/* Only what is stuck is old. */
	if (o->bulk.span == 0)
		o->bulk.span = o->bulk.queue == QUEUE_DEFERRED ||
					       o->bulk.queue == QUEUE_HOLD
				       ? 2 * 24 * 3600
				       : 300;
	if (o->bulk.span < BULK_SPAN_MIN)
		o->bulk.span = BULK_SPAN_MIN;
	if (o->bulk.threads == 0)
		o->bulk.threads = 1;
}

static void
generate(const struct options *o, const struct spool *spool)
{
	FILE *manifest = NULL;

	if (o->manifest != NULL && (manifest = fopen(o->manifest, "w")) == NULL)
		err(EX_CANTCREAT, "%s", o->manifest);
	if (o->monday)
		monday(spool, manifest, o->bulk.now, o->bulk.seed);
	else
		bulk(spool, manifest, &o->bulk);
	if (manifest != NULL && fclose(manifest) != 0)
		err(EX_IOERR, "%s", o->manifest);
}

int
main(int argc, char **argv)
{
	long processors = sysconf(_SC_NPROCESSORS_ONLN);
	struct options options = {
		.hash_queues = "deferred, defer",
		.hash_depth = 1,
		.monday = true,
		.bulk = {
			.queue = QUEUE_DEFERRED,
			.now = time(NULL),
			.seed = 1,
			.size = 1200,
			.large_size = 2UL << 20,
			.threads = processors > 0 ? (unsigned)processors : 1,
		},
	};
	struct spool spool = { 0 };

	umask(022);
	read_options(&options, argc, argv);
	spool.long_ids = options.long_ids;
	spool.hash_depth = (unsigned)options.hash_depth;
	if (spool.hash_depth > 0)
		spool_hash(&spool, options.hash_queues);
	spool_owner(&spool, options.owner);
	spool_open(&spool, options.dir, options.append);
	generate(&options, &spool);
	spool_close(&spool);
	return EX_OK;
}
