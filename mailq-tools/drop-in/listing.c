/*
 * listing.c - what `mailq' and `postqueue -p' and `-j' do.
 *
 * The texts are those of Postfix's postqueue(1), for the sake of scripts that
 * look for them.
 */
#include "listing.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "mailq-tools/postqueue_format.h"
#include "mailq-tools/privilege.h"
#include "mailq-tools/stream.h"
#include "queue-format/postfix/postfix_store.h"
#include "queue-format/survey.h"

struct listing {
	struct postqueue_format format;
	struct stream stream;
	bool json;
	bool incomplete;	 /* some names could not be listed */
	struct qf_error trouble; /* the last that was met, or why incomplete */
};

static _Noreturn void
become_postqueue(const struct qf_config *config, const char *directory,
		 bool json)
{
	const char *const action[] = { json ? "-j" : "-p", NULL };

	drop_in_become_postqueue(config, directory, action);
}

static _Noreturn void
fatal_error(const struct qf_error *err)
{
	drop_in_fatal(POSTQUEUE, POSTQUEUE_FAILED, "%s", err->text);
}

/* mailq(1) reads main.cf itself, before it runs postqueue(1). */
static void
read_config(const struct drop_in *caller, const char *directory,
	    struct qf_config *config)
{
	drop_in_read_config(caller, directory, config);
	if (chdir(config->queue_directory) < 0)
		drop_in_fatal(caller->name, caller->status, "chdir %s: %s",
			      config->queue_directory, strerror(errno));
}

/*
 * Does somebody listen?  A datagram cannot reach a stream socket, so that
 * showq(8) is not woken for nothing, but the kernel says EPROTOTYPE only
 * where there is a listener.  0: yes, else the reason why not.
 */
static int
probe_showq(const struct qf_config *config)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd;
	int error;

	snprintf(address.sun_path, sizeof(address.sun_path), "public/%.80s",
		 config->showq_service);
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return errno;
	error = connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0
			? errno
			: 0;
	close(fd);
	return error == EPROTOTYPE ? 0 : error;
}

/* Postfix down is a warning for root, the end for others. */
static void
check_mail_system(const struct qf_config *config)
{
	char reason[200] = "";
	int error;

	error = probe_showq(config);
	if (error == 0)
		return;
	if (error == EACCES ||
	    (error == EPERM && qf_config_since(config, 3, 7)))
		drop_in_fatal(POSTQUEUE, POSTQUEUE_FAILED,
			      "Connect to the %s %s service: %s",
			      config->mail_name, config->showq_service,
			      strerror(error));
	if (qf_config_since(config, 3, 7))
		snprintf(reason, sizeof(reason),
			 " (Connect to the %s %s service: %s)",
			 config->mail_name, config->showq_service,
			 strerror(error));
	if (geteuid() != 0)
		drop_in_fatal(POSTQUEUE, POSTQUEUE_FAILED,
			      "Queue report unavailable - mail system is "
			      "down%s",
			      reason);
	drop_in_warn(POSTQUEUE,
		     "Mail system is down -- accessing queue directly%s",
		     reason);
}

/* Root gives up what it does not need to read; others must be mail_owner. */
static void
be_mail_owner(const struct qf_config *config, const char *directory, bool json)
{
	struct identity owner;
	struct qf_error err;

	if (identity_of_user(config->mail_owner, &owner, &err) != QF_OK)
		fatal_error(&err);
	if (geteuid() != 0 && geteuid() != owner.uid)
		become_postqueue(config, directory, json);
	check_mail_system(config);
	if (geteuid() == 0 && identity_become(&owner, &err) != QF_OK)
		fatal_error(&err);
}

static enum qf_status
show(void *context, const struct qf_message *message)
{
	struct listing *listing = context;

	/* showq(8) says nothing of a file without a sender. */
	if (message->sender == NULL)
		return QF_OK;
	if (listing->json)
		postqueue_format_json(&listing->format, message,
				      &listing->stream.buffer);
	else
		postqueue_format_mailq(&listing->format, message,
				       &listing->stream.buffer);
	return stream_offer(&listing->stream) ? QF_OK : QF_STOPPED;
}

/*
 * A folder of the queue is missing or cannot be read: Postfix's listing ends
 * there, ours goes on with the rest, and fails at the end.  Of single files
 * Postfix tells its log.
 */
static void
note_trouble(void *context, const char *instance,
	     const struct qf_error *trouble)
{
	struct listing *listing = context;

	(void)instance;
	if (trouble->status == QF_CORRUPT)
		listing->incomplete = true;
	else if (listing->incomplete)
		return;
	listing->trouble = *trouble;
}

static void
run(struct qf_store *store, struct listing *listing)
{
	struct qf_survey survey = {
		.stores = &store,
		.store_count = 1,
		.selection = { .queues = QF_QUEUES_LISTED },
		.filter = { .parts = QF_PART_NAME | QF_PART_INODE |
				     QF_PART_ENVELOPE | QF_PART_RECIPIENTS |
				     QF_PART_REASONS,
			    .as_showq = true },
		.message = show,
		.trouble = note_trouble,
		.context = listing,
	};
	struct qf_survey_result result;
	struct qf_error err;
	enum qf_status status = qf_survey_run(&survey, &result, &err);

	if (status != QF_OK && status != QF_STOPPED)
		fatal_error(&err);
	if (status == QF_OK && !listing->json)
		postqueue_format_mailq_end(&listing->format,
					   &listing->stream.buffer);
	if (!stream_flush(&listing->stream) &&
	    !stream_is_closed(&listing->stream))
		drop_in_fatal(POSTQUEUE, POSTQUEUE_FAILED,
			      "output write error: %s",
			      strerror(listing->stream.errnum));
	if (listing->incomplete || result.listing != QF_OK)
		fatal_error(&listing->trouble);
}

void
drop_in_list(const struct drop_in *caller, const char *directory, bool json)
{
	struct listing listing = { .json = json,
				   .stream = { .fd = STDOUT_FILENO } };
	struct qf_store *store = NULL;
	struct qf_config config;
	struct qf_error err;

	read_config(caller, directory, &config);
	be_mail_owner(&config, directory, json);
	postqueue_format_start(&listing.format, &config);
	if (qf_postfix_store_open(&config, NULL, &store, &err) != QF_OK)
		fatal_error(&err);
	run(store, &listing);
	qf_store_close(store);
	qf_config_free(&config);
	stream_free(&listing.stream);
	exit(0);
}
