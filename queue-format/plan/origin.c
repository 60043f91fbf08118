/*
 * origin.c - when a message came and from whom, for the journal.
 *
 * Nothing that is done to a message needs to know it, so it is read beside:
 * by the thread that gets hold of the message.
 */
#include "work.h"

#include <string.h>

bool
qf_plan_origins_open(struct origins *origins, const struct qf_spool *spool)
{
	origins->reader = qf_reader_new();
	origins->recipients = qf_recipients_new(spool, false, NULL);
	return origins->reader != NULL && origins->recipients != NULL;
}

void
qf_plan_origins_close(struct origins *origins)
{
	qf_reader_free(origins->reader);
	qf_recipients_free(origins->recipients);
	qf_string_set_free(&origins->pool);
	qf_arena_free(&origins->arena);
	qf_arena_free(&origins->kept);
}

/* A run of mail has one sender. */
static const char *
keep(struct origins *origins, const char *text)
{
	const char *known = qf_string_set_find(&origins->pool, text);

	if (known != NULL)
		return known;
	known = qf_arena_copy(&origins->kept, text, strlen(text));
	if (known != NULL)
		(void)qf_string_set_add(&origins->pool, known);
	return known;
}

/* What cannot be read stays unknown: the message is none the worse for it. */
static void
read_origin(struct origins *origins, struct change *c)
{
	struct qf_envelope env = { 0 };
	const char *sender = NULL;
	enum qf_status status;

	qf_arena_empty(&origins->arena, 1 << 16);
	qf_reader_start(origins->reader, c->pin.fd, (off_t)c->pin.size, false);
	status = qf_envelope_read(origins->reader, QF_ENVELOPE_SENDER,
				  &origins->arena, &env, NULL);
	if (status != QF_OK && status != QF_CORRUPT)
		return;
	c->item.arrival = env.arrival > 0 ? env.arrival : c->pin.modified;
	if (env.sender != NULL &&
	    qf_recipients_address(origins->recipients, &origins->arena,
				  env.sender, &sender, NULL) == QF_OK)
		c->item.sender = keep(origins, sender);
}

void
qf_plan_take_origin(struct work *work, struct change *c)
{
	const struct qf_chosen *chosen = c->chosen;

	if (chosen != NULL && chosen->arrival != 0) {
		c->item.arrival = chosen->arrival;
		c->item.sender = chosen->sender;
	} else if (chosen != NULL && c->item.arrival == 0) {
		read_origin(&work->origins, c);
	}
}
