/*
 * showq_store.c - what Postfix's own postqueue(1) lists, as a store.
 */
#include "showq_store.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "queue-format/command.h"
#include "queue-format/showq/listing_json.h"
#include "queue-format/string_set.h"

struct showq_store {
	struct qf_store store; /* first, so that one pointer is both */
	const char *postqueue;
	const char *directory; /* "": the default */
};

struct qf_listing {
	const struct showq_store *store;
	const struct qf_selection *selection;
	struct qf_string_set ids; /* of the selection, if it has any */
	struct qf_command *command;
	FILE *out;
	struct qf_buffer line;
	off_t line_offset; /* where it begins */
	off_t offset;	   /* bytes read */
	bool ended;
	struct qf_arena scratch;
};

struct qf_loader {
	const struct showq_store *store;
	const struct qf_filter *filter;
	struct qf_reason_table *table; /* NULL: nobody asks for classes */
};

static void
list_end(struct qf_listing *listing)
{
	/* Whoever does not read to the end does not want its status. */
	if (listing->command != NULL)
		(void)qf_command_end(listing->command, NULL, NULL, NULL);
	qf_string_set_free(&listing->ids);
	qf_buffer_free(&listing->line);
	qf_arena_free(&listing->scratch);
	free(listing);
}

static enum qf_status
no_memory(const struct showq_store *store, struct qf_error *err)
{
	errno = ENOMEM;
	return qf_system(err, "%s: cannot read its output", store->postqueue);
}

static bool
take_selection(struct qf_listing *listing, const struct qf_selection *selection)
{
	listing->selection = selection;
	if (selection->ids == NULL)
		return true;
	for (size_t i = 0; i < selection->id_count; i++) {
		if (!qf_string_set_add(&listing->ids, selection->ids[i]))
			return false;
	}
	return true;
}

static enum qf_status
run(struct qf_listing *listing, struct qf_error *err)
{
	const struct showq_store *store = listing->store;
	const char *whole[] = { store->postqueue, "-j", NULL };
	const char *other[] = { store->postqueue, "-c", store->directory, "-j",
				NULL };

	return qf_command_start(*store->directory == '\0' ? whole : other,
				&listing->command, &listing->out, err);
}

/* Only the corrupt queue: "empty" would be a guess. */
static enum qf_status
list(struct qf_store *store, const struct qf_selection *selection,
     struct qf_listing **listing, struct qf_error *err)
{
	struct showq_store *self = store->self;
	struct qf_listing *made;
	enum qf_status status;

	if (selection->queues == QF_QUEUE_BIT(QF_QUEUE_CORRUPT))
		return qf_fail(err, QF_DENIED,
			       "the corrupt queue is not listed by %s",
			       self->postqueue);
	made = calloc(1, sizeof(*made));
	if (made == NULL)
		return no_memory(self, err);
	made->store = self;
	if (take_selection(made, selection))
		status = run(made, err);
	else
		status = no_memory(self, err);
	if (status == QF_OK)
		*listing = made;
	else
		list_end(made);
	return status;
}

static int
next_byte(FILE *file)
{
	int byte;

	while ((byte = getc_unlocked(file)) == EOF && ferror(file) &&
	       errno == EINTR)
		clearerr(file);
	return byte;
}

/* Keep no more of a line than tells that it is too long. */
static enum qf_status
read_line(struct qf_listing *listing, struct qf_error *err)
{
	struct qf_buffer *line = &listing->line;
	int byte;

	qf_buffer_empty(line);
	listing->line_offset = listing->offset;
	while ((byte = next_byte(listing->out)) != EOF) {
		listing->offset++;
		if (byte == '\n')
			break;
		if (line->len <= QF_LISTING_LINE_MAX)
			qf_buffer_byte(line, (char)byte);
	}
	if (ferror(listing->out)) {
		listing->ended = true;
		return qf_system(err, "%s: cannot read its output",
				 listing->store->postqueue);
	}
	if (line->failed) {
		qf_buffer_free(line);
		return no_memory(listing->store, err);
	}
	return byte == EOF ? QF_END : QF_OK;
}

/*
 * What the program has said when it failed.  In the order of the tests: a
 * report that is unavailable may name the reason, which is then no matter of
 * permission.
 */
static enum qf_status
status_of_words(const char *said)
{
	static const struct {
		const char *words;
		enum qf_status status;
	} known[] = {
		{ "mail system is down", QF_DOWN },
		{ "not allowed to view the mail queue", QF_DENIED },
		{ "unauthorized configuration directory", QF_DENIED },
		{ "Permission denied", QF_DENIED },
		{ "Operation not permitted", QF_DENIED },
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (strstr(said, known[i].words) != NULL)
			return known[i].status;
	}
	return QF_SYSTEM;
}

static enum qf_status
failure(const struct qf_listing *listing, int exit_status, const char *said,
	struct qf_error *err)
{
	const char *postqueue = listing->store->postqueue;

	if (*said != '\0')
		return qf_fail(err, status_of_words(said), "%s", said);
	if (exit_status > 128)
		return qf_fail(err, QF_SYSTEM, "%s: killed by signal %d",
			       postqueue, exit_status - 128);
	return qf_fail(err, QF_SYSTEM, "%s: exit status %d", postqueue,
		       exit_status);
}

/* QF_END only if the program says so too: a part of a queue is none. */
static enum qf_status
finish(struct qf_listing *listing, struct qf_error *err)
{
	struct qf_buffer said = { 0 };
	int exit_status = 0;
	enum qf_status status =
		qf_command_end(listing->command, &exit_status, &said, err);

	listing->command = NULL;
	listing->ended = true;
	if (status == QF_OK) {
		status = QF_END;
		if (exit_status != 0)
			status = failure(listing, exit_status,
					 qf_buffer_text(&said), err);
		else if (listing->line.len > 0)
			status = qf_corrupt(err, listing->line_offset,
					    "%s: ends within a line",
					    listing->store->postqueue);
	}
	qf_buffer_free(&said);
	return status;
}

/* An error in a line, told as one of the whole output. */
static enum qf_status
parse(const struct showq_store *store, const char *line, size_t len,
      off_t offset, struct qf_arena *arena, struct qf_message *message,
      struct qf_error *err)
{
	enum qf_status status =
		qf_listing_json_parse(line, len, arena, message, err);

	if (status == QF_CORRUPT && err != NULL) {
		err->offset += offset;
		qf_error_prefix(err, store->postqueue);
	}
	return status;
}

/* A line in another form than Postfix's is parsed only to know these two. */
static enum qf_status
identify(struct qf_listing *listing, enum qf_queue *queue,
	 char id[QF_LISTING_ID_SIZE], struct qf_error *err)
{
	const struct qf_buffer *line = &listing->line;
	struct qf_message message;
	enum qf_status status;

	if (qf_listing_json_head(line->data, line->len, queue, id))
		return QF_OK;
	status = parse(listing->store, line->data, line->len,
		       listing->line_offset, &listing->scratch, &message, err);
	if (status == QF_OK) {
		*queue = message.queue;
		snprintf(id, QF_LISTING_ID_SIZE, "%s", message.id);
	}
	qf_arena_empty(&listing->scratch, 0);
	return status;
}

/* The data of a reference: the place in the output, then the line. */
static enum qf_status
refer(const struct qf_listing *listing, enum qf_queue queue, const char *id,
      struct qf_arena *arena, struct qf_ref *ref, struct qf_error *err)
{
	const struct qf_buffer *line = &listing->line;
	size_t len = sizeof(listing->line_offset) + line->len;
	char *data = qf_arena_alloc(arena, len);
	const char *copy = qf_arena_copy(arena, id, strlen(id));

	if (data == NULL || copy == NULL)
		return no_memory(listing->store, err);
	memcpy(data, &listing->line_offset, sizeof(listing->line_offset));
	memcpy(data + sizeof(listing->line_offset), line->data, line->len);
	*ref = (struct qf_ref){
		.queue = queue, .id = copy, .data = data, .data_len = len
	};
	return QF_OK;
}

static bool
is_selected(const struct qf_listing *listing, enum qf_queue queue,
	    const char *id)
{
	const struct qf_selection *selection = listing->selection;

	return (selection->queues & QF_QUEUE_BIT(queue)) != 0 &&
	       (selection->ids == NULL ||
		qf_string_set_find(&listing->ids, id) != NULL);
}

static enum qf_status
next(struct qf_listing *listing, struct qf_arena *arena, struct qf_ref *ref,
     struct qf_error *err)
{
	while (!listing->ended) {
		char id[QF_LISTING_ID_SIZE];
		enum qf_queue queue;
		enum qf_status status = read_line(listing, err);

		if (status == QF_END)
			return finish(listing, err);
		if (status == QF_OK)
			status = identify(listing, &queue, id, err);
		if (status != QF_OK)
			return status;
		if (is_selected(listing, queue, id))
			return refer(listing, queue, id, arena, ref, err);
	}
	return QF_END;
}

static void
loader_free(struct qf_loader *loader)
{
	qf_reason_table_free(loader->table);
	free(loader);
}

static enum qf_status
loader_new(struct qf_store *store, const struct qf_filter *filter,
	   struct qf_loader **loader, struct qf_error *err)
{
	struct qf_loader *made = calloc(1, sizeof(*made));

	if (made == NULL)
		return no_memory(store->self, err);
	made->store = store->self;
	made->filter = filter;
	if (((filter->parts | filter->stages) & QF_PART_CLASSES) != 0) {
		made->table = qf_reason_table_new();
		if (made->table == NULL) {
			free(made);
			return no_memory(store->self, err);
		}
	}
	*loader = made;
	return QF_OK;
}

/* What the reasons mean, in a list of its own. */
static enum qf_status
classify(const struct qf_loader *loader, struct qf_arena *arena,
	 struct qf_message *message, struct qf_error *err)
{
	size_t size = message->left_count * sizeof(*message->left);
	struct qf_recipient *list;

	if (loader->table == NULL || size == 0)
		return QF_OK;
	list = qf_arena_alloc(arena, size);
	if (list == NULL)
		return no_memory(loader->store, err);
	memcpy(list, message->left, size);
	for (size_t i = 0; i < message->left_count; i++) {
		if (list[i].reason != NULL)
			list[i].reason_class = qf_reason_classify(
				loader->table, list[i].reason, NULL);
	}
	message->left = list;
	return QF_OK;
}

/*
 * The parts become known one by one, as in a spool: a filter may count on
 * being asked about the name while nothing else is known.  What a listing
 * has of an inode comes with the envelope.
 */
static enum qf_status
ask(const struct qf_loader *loader, struct qf_message *message,
    struct qf_arena *arena)
{
	const struct qf_filter *filter = loader->filter;
	static const struct {
		enum qf_part part;
		enum qf_part stage;
	} steps[] = {
		{ QF_PART_NAME, QF_PART_NAME },
		{ QF_PART_ENVELOPE, QF_PART_INODE },
		{ QF_PART_ENVELOPE, QF_PART_ENVELOPE },
		{ QF_PART_RECIPIENTS, QF_PART_RECIPIENTS },
		{ QF_PART_REASONS, QF_PART_REASONS },
		{ QF_PART_CLASSES, QF_PART_CLASSES },
	};
	size_t count = sizeof(steps) / sizeof(steps[0]);
	bool taken = false;

	message->parts = 0;
	if (loader->table == NULL)
		count--; /* without the classes */
	for (size_t i = 0; i < count; i++) {
		enum qf_status status;

		message->parts |= steps[i].part;
		status = qf_filter_ask(filter, message, steps[i].stage, &taken);
		if (status != QF_OK)
			return status;
	}
	return qf_filter_finish(filter, message, arena, taken);
}

static enum qf_status
load(struct qf_loader *loader, const struct qf_ref *ref, struct qf_arena *arena,
     struct qf_message *message, struct qf_error *err)
{
	struct qf_message made;
	enum qf_status status;
	off_t offset;

	memcpy(&offset, ref->data, sizeof(offset));
	status = parse(loader->store, ref->data + sizeof(offset),
		       ref->data_len - sizeof(offset), offset, arena, &made,
		       err);
	if (status != QF_OK)
		return status;
	made.instance = loader->store->store.instance;
	status = classify(loader, arena, &made, err);
	if (status == QF_OK)
		status = ask(loader, &made, arena);
	if (status == QF_OK)
		*message = made;
	return status;
}

static void
close_store(struct qf_store *store)
{
	free(store->self);
}

static const struct qf_store_ops ops = {
	.list = list,
	.next = next,
	.list_end = list_end,
	.loader_new = loader_new,
	.load = load,
	.loader_free = loader_free,
	.close = close_store,
};

enum qf_status
qf_showq_store_open(const char *postqueue, const char *directory,
		    const char *instance, struct qf_store **store,
		    struct qf_error *err)
{
	struct showq_store *self = calloc(1, sizeof(*self));

	if (self == NULL)
		return qf_system(err, "cannot run %s", postqueue);
	self->store = (struct qf_store){
		.ops = &ops,
		.self = self,
		.instance = instance,
		.parts = QF_LISTING_PARTS | QF_PART_CLASSES,
	};
	self->postqueue = postqueue;
	self->directory = directory == NULL ? "" : directory;
	*store = &self->store;
	return QF_OK;
}
