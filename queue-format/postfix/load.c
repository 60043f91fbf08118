/*
 * load.c - make a message of a queue file and its logs.
 */
#include "load.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "queue-format/postfix/envelope.h"
#include "queue-format/postfix/recipients.h"

struct qf_load {
	const struct qf_spool *spool;
	const struct qf_config *config;
	const char *instance;
	const struct qf_filter *filter;
	struct qf_reader *reader;
	struct qf_recipients *recipients;
	struct qf_reason_table *table; /* NULL: nobody asks for classes */
	time_t now;
};

/* What is known of the message while it is being loaded. */
struct work {
	struct qf_load *load;
	struct qf_arena *arena;
	struct qf_message *m;
	struct qf_envelope env;
	struct stat st;
	int fd;
	struct qf_error *err;
	bool taken; /* the filter has said so: it is not asked again */
};

struct qf_load *
qf_load_new(const struct qf_spool *spool, const char *instance,
	    const struct qf_filter *filter)
{
	struct qf_load *load = calloc(1, sizeof(*load));
	bool classes =
		((filter->parts | filter->stages) & QF_PART_CLASSES) != 0;

	if (load == NULL)
		return NULL;
	load->spool = spool;
	load->config = qf_spool_config(spool);
	load->instance = instance;
	load->filter = filter;
	load->now = time(NULL);
	load->reader = qf_reader_new();
	if (classes)
		load->table = qf_reason_table_new();
	load->recipients =
		qf_recipients_new(spool, filter->as_showq, load->table);
	if (load->reader == NULL || load->recipients == NULL ||
	    (classes && load->table == NULL)) {
		qf_load_free(load);
		return NULL;
	}
	return load;
}

void
qf_load_free(struct qf_load *load)
{
	if (load == NULL)
		return;
	qf_recipients_free(load->recipients);
	qf_reason_table_free(load->table);
	qf_reader_free(load->reader);
	free(load);
}

/*
 * A part has become known.  QF_END: the filter does not want the message.
 */
static enum qf_status
now_known(struct work *w, enum qf_part part)
{
	if ((w->m->parts & part) != 0)
		return QF_OK;
	w->m->parts |= part;
	return qf_filter_ask(w->load->filter, w->m, part, &w->taken);
}

/*
 * Does anything that is still to come need a part of this kind?  Who asks for
 * a time of birth where there is none gets the envelope in its place.
 */
static bool
needs(const struct work *w, unsigned parts)
{
	unsigned wanted = qf_filter_parts(w->load->filter, w->m, w->taken);

	if ((w->m->parts & QF_PART_BIRTH) != 0 && w->m->birth == 0)
		wanted |= QF_PART_ENVELOPE;
	return (wanted & parts & ~w->m->parts) != 0;
}

/*
 * When it will be tried next: deferred mail has the time as its mtime.
 * Incoming mail has a time in the future where an agent still had it when
 * qmgr(8) wanted it back.
 */
static int64_t
next_try(const struct work *w)
{
	int64_t mtime = w->st.st_mtime;

	if (w->m->queue == QF_QUEUE_DEFERRED)
		return mtime;
	if (w->m->queue == QF_QUEUE_INCOMING && mtime > w->load->now + 1)
		return mtime;
	return 0;
}

static enum qf_status
take_state(struct work *w)
{
	if ((w->st.st_mode & QF_MODE_READY) != QF_MODE_READY &&
	    w->m->queue != QF_QUEUE_CORRUPT)
		return QF_STOPPED;
	w->m->inode = w->st.st_ino;
	w->m->file_size = w->st.st_size;
	w->m->forced_expire = (w->st.st_mode & QF_MODE_EXPIRE) != 0;
	w->m->next = next_try(w);
	return now_known(w, QF_PART_INODE);
}

/* Only for who asks: not a part of what other looks tell. */
static enum qf_status
take_birth(struct work *w)
{
	enum qf_status status;

	if (!needs(w, QF_PART_BIRTH))
		return QF_OK;
	status = qf_spool_birth(w->load->spool, w->m->place, w->fd, w->m->inode,
				&w->m->birth, w->err);
	return status == QF_OK ? now_known(w, QF_PART_BIRTH) : status;
}

/*
 * When it was tried last.  After an attempt at the time t, qmgr(8) sets the
 * next one to t + (t - created), kept between the two limits of backoff; this
 * is the same read backwards.
 */
static int64_t
last_try(const struct qf_config *config, int64_t created, int64_t next,
	 int64_t now)
{
	int64_t delay = (next - created) / 2;

	if (delay < config->minimal_backoff_time)
		delay = config->minimal_backoff_time;
	if (delay > config->maximal_backoff_time)
		delay = config->maximal_backoff_time;
	/* Limits that were changed since, or a time set by hand. */
	if (next - delay < created || next - delay > now)
		return 0;
	return next - delay;
}

static void
take_times(struct work *w)
{
	const struct qf_config *config = w->load->config;
	const struct qf_envelope *env = &w->env;
	struct qf_message *m = w->m;

	m->arrival = env->arrival > 0 ? env->arrival : w->st.st_mtime;
	m->created = env->created > 0 ? env->created : m->arrival;
	/* pickup(8) starts both clocks anew. */
	if (m->queue == QF_QUEUE_MAILDROP || m->queue == QF_QUEUE_CORRUPT)
		return;
	m->expires = m->created + (env->sender == NULL || *env->sender != '\0'
					   ? config->maximal_queue_lifetime
					   : config->bounce_queue_lifetime);
	if (m->queue == QF_QUEUE_DEFERRED)
		m->last = last_try(config, m->created, m->next, w->load->now);
}

/* smtpd(8) writes an address as in RFC 5321, with a tag; people do not. */
static const char *
without_tag(const char *address)
{
	static const char tag[] = "IPv6:";

	if (address != NULL && strncmp(address, tag, sizeof(tag) - 1) == 0)
		return address + sizeof(tag) - 1;
	return address;
}

static void
take_origin(struct work *w)
{
	const char *const *attributes = w->env.attributes;
	const char *origin = attributes[QF_ATTR_ORIGIN];
	const char *log_id = attributes[QF_ATTR_LOG_ID];

	w->m->origin = (struct qf_origin){
		.client_name = attributes[QF_ATTR_CLIENT_NAME],
		.client_address =
			without_tag(attributes[QF_ATTR_CLIENT_ADDRESS]),
		.helo = attributes[QF_ATTR_HELO],
		.protocol = attributes[QF_ATTR_PROTOCOL],
		.sasl_method = attributes[QF_ATTR_SASL_METHOD],
		.sasl_user = attributes[QF_ATTR_SASL_USER],
		.sasl_sender = attributes[QF_ATTR_SASL_SENDER],
		.full_name = w->env.full_name,
		.filter = w->env.filter,
		.redirect = w->env.redirect,
		.encoding = attributes[QF_ATTR_ENCODING],
		.envelope_id = attributes[QF_ATTR_ENVELOPE_ID],
		.message_id = attributes[QF_ATTR_MESSAGE_ID],
		/* smtpd(8) writes its own id where no other is known. */
		.upstream_id = log_id != NULL && strcmp(log_id, w->m->id) != 0
				       ? log_id
				       : NULL,
		.local = origin != NULL && strcmp(origin, "local") == 0 &&
			 attributes[QF_ATTR_CLIENT_ADDRESS] == NULL,
		.smtputf8 = (w->env.options & 1) != 0,
	};
}

static int64_t
message_size(const struct work *w)
{
	bool trusted = w->m->queue != QF_QUEUE_MAILDROP ||
		       qf_config_trusts_maildrop(w->load->config);

	return w->env.has_size && trusted ? w->env.size : w->st.st_size;
}

static enum qf_status
take_envelope(struct work *w)
{
	enum qf_status status = QF_OK;

	w->m->size = message_size(w);
	take_times(w);
	take_origin(w);
	if (w->env.sender != NULL)
		status = qf_recipients_address(w->load->recipients, w->arena,
					       w->env.sender, &w->m->sender,
					       w->err);
	return status;
}

/* Keep what is wrong with the file as a fact about the message. */
static enum qf_status
note_fault(struct work *w, const char *text, off_t offset)
{
	w->m->fault = qf_arena_copy(w->arena, text, strlen(text));
	w->m->fault_offset = offset;
	if (w->m->fault != NULL)
		return QF_OK;
	errno = ENOMEM;
	return qf_system(w->err, "%s", w->m->place);
}

/* A zero size means that cleanup(8) never came to the end of its work. */
static bool
is_unfinished(const struct work *w)
{
	return w->env.has_size && w->env.size == 0 &&
	       w->env.content_offset == 0 && w->m->queue != QF_QUEUE_MAILDROP;
}

static enum qf_status
read_envelope(struct work *w, enum qf_envelope_depth depth)
{
	struct qf_error fault;
	enum qf_status status;

	qf_reader_seek(w->load->reader, 0);
	status = qf_envelope_read(w->load->reader, depth, w->arena, &w->env,
				  &fault);
	if (status == QF_CORRUPT) {
		status = note_fault(w, fault.text, fault.offset);
	} else if (status != QF_OK) {
		if (w->err != NULL)
			*w->err = fault;
		qf_error_prefix(w->err, w->m->place);
	}
	if (status == QF_OK && w->m->fault == NULL && is_unfinished(w))
		status = note_fault(w,
				    "size record is all zero: "
				    "never completed",
				    0);
	return status == QF_OK ? take_envelope(w) : status;
}

/* Will the filter look at the message once this part is known? */
static bool
asks(const struct work *w, enum qf_part part)
{
	return !w->taken && w->load->filter->test != NULL &&
	       (w->load->filter->stages & part) != 0;
}

/* What is known of recipients, and needs all of the envelope. */
#define RECIPIENT_PARTS (QF_PART_RECIPIENTS | QF_PART_DONE | LOG_PARTS)
#define LOG_PARTS	(QF_PART_REASONS | QF_PART_CLASSES)

/*
 * A filter that may drop the message on what its envelope says saves the
 * second read, behind the content.
 */
static enum qf_status
read_file(struct work *w)
{
	unsigned more = RECIPIENT_PARTS;
	bool at_once = needs(w, more) && !asks(w, QF_PART_ENVELOPE);
	enum qf_status status;

	qf_reader_start(w->load->reader, w->fd, w->st.st_size, false);
	status = read_envelope(w, at_once ? QF_ENVELOPE_RECIPIENTS
					  : QF_ENVELOPE_SENDER);
	if (status == QF_OK)
		status = now_known(w, QF_PART_ENVELOPE);
	if (status == QF_OK && !at_once && needs(w, more))
		status = read_envelope(w, QF_ENVELOPE_RECIPIENTS);
	return status;
}

/* The same for the log: it is opened for a message that may be shown. */
static enum qf_status
read_recipients(struct work *w)
{
	struct qf_recipients *recipients = w->load->recipients;
	enum qf_status status = QF_OK;

	if (!needs(w, RECIPIENT_PARTS))
		return QF_OK;
	if (!needs(w, LOG_PARTS) || asks(w, QF_PART_RECIPIENTS)) {
		status = qf_recipients_fill(recipients, w->arena, &w->env, w->m,
					    false, w->err);
		if (status == QF_OK)
			status = now_known(w, QF_PART_RECIPIENTS);
	}
	if (status != QF_OK || !needs(w, LOG_PARTS))
		return status;
	status = qf_recipients_fill(recipients, w->arena, &w->env, w->m, true,
				    w->err);
	w->m->parts |= QF_PART_RECIPIENTS;
	if (status == QF_OK)
		status = now_known(w, QF_PART_REASONS);
	if (status == QF_OK && w->load->table != NULL)
		status = now_known(w, QF_PART_CLASSES);
	return status;
}

/* What is known of a file without opening it. */
#define LOOK_PARTS ((unsigned)(QF_PART_INODE | QF_PART_BIRTH))

/*
 * Reading waits until the name and a stat leave the filter undecided, so
 * that a question about names or times opens nothing.
 */
static enum qf_status
load_parts(struct work *w)
{
	enum qf_status status = now_known(w, QF_PART_NAME);

	if (status != QF_OK || !needs(w, ~0u))
		return status;
	if (asks(w, QF_PART_INODE) || !needs(w, ~LOOK_PARTS)) {
		status = qf_spool_stat(w->load->spool, w->m->place, &w->st,
				       w->err);
		if (status == QF_OK)
			status = take_state(w);
		if (status == QF_OK && !needs(w, ~LOOK_PARTS))
			status = take_birth(w);
		if (status != QF_OK || !needs(w, ~0u))
			return status;
	}
	status = qf_spool_file(w->load->spool, w->m->place, &w->fd, &w->st,
			       w->err);
	if (status == QF_OK)
		status = take_state(w);
	if (status == QF_OK && needs(w, ~(unsigned)QF_PART_BIRTH))
		status = read_file(w);
	/* Nobody asks about it: so only of what the envelope leaves in. */
	if (status == QF_OK)
		status = take_birth(w);
	if (w->fd >= 0)
		close(w->fd);
	return status == QF_OK ? read_recipients(w) : status;
}

enum qf_status
qf_load_message(struct qf_load *load, enum qf_queue queue, const char *id,
		const char *path, struct qf_arena *arena,
		struct qf_message *message, struct qf_error *err)
{
	struct work w = {
		.load = load, .arena = arena, .m = message, .fd = -1, .err = err
	};
	enum qf_status status;

	*message = (struct qf_message){ .instance = load->instance,
					.id = id,
					.queue = queue,
					.place = path,
					.fault_offset = -1 };
	status = load_parts(&w);
	if (status == QF_OK)
		status =
			qf_filter_finish(load->filter, message, arena, w.taken);
	return status;
}
