/*
 * worker.c - write described messages into a spool.
 */
#include "worker.h"

#include <err.h>
#include <stdlib.h>
#include <sysexits.h>

#include "compose.h"
#include "delay_log.h"
#include "manifest.h"

/* The defaults of Postfix, except that it warns of delays here. */
#define QUEUE_RUN_DELAY 300
#define LAST_QUEUE_RUN	130 /* seconds ago */
#define BACKOFF_MIN	300
#define BACKOFF_MAX	4000
#define DELAY_WARNING	(4 * 3600)

void
worker_free(struct worker *w)
{
	arena_free(&w->arena);
	queue_file_free(&w->file);
	bytes_free(&w->scratch);
}

struct mail
worker_mail(struct worker *w, enum queue queue, long age)
{
	struct timeval arrival = {
		.tv_sec = w->now - age,
		.tv_usec = rng_between(&w->rng, 0, 999999),
	};

	return (struct mail){
		.queue = queue,
		.arrival = arrival,
		.created = arrival.tv_sec,
		.changed = arrival.tv_sec,
		.sender = "",
	};
}

/*
 * An attempt is made when a queue run finds the time over; the next one is
 * due after as long as the message has been here, within limits.
 */
void
worker_schedule(struct worker *w, struct mail *m)
{
	time_t attempt = m->created + rng_between(&w->rng, 0, 2);
	time_t next;
	time_t late;

	for (;;) {
		time_t wait = attempt - m->created;

		if (wait < BACKOFF_MIN)
			wait = BACKOFF_MIN;
		if (wait > BACKOFF_MAX)
			wait = BACKOFF_MAX;
		next = attempt + wait;
		late = (w->now - LAST_QUEUE_RUN - next) % QUEUE_RUN_DELAY;
		if (late < 0)
			late += QUEUE_RUN_DELAY;
		if (next + late > w->now)
			break;
		attempt = next + late;
	}
	m->attempt = attempt;
	m->changed = next;
}

/* The record that says when the sender is to be told of the delay. */
static void
set_warning(struct mail *m)
{
	if (*m->sender == '\0' || m->postdrop)
		return;
	m->warn = m->arrival.tv_sec + DELAY_WARNING;
	if (m->attempt >= m->warn - 1)
		m->warn = -1;
}

/* Torn off in the last line of text, or while the text came in. */
static void
cut_off(struct queue_file *f, enum state state)
{
	if (state == STATE_DAMAGED)
		f->bytes.len = f->extra_at - 5;
	if (state == STATE_WRITING)
		f->bytes.len = f->data_at + (f->extra_at - f->data_at) * 2 / 3;
}

static void
commit(const struct worker *w, struct spool_file *where, const struct mail *m)
{
	struct file_state state = {
		.mode = m->postdrop ? 0744 : 0700,
		.uid = m->postdrop ? m->uid : w->spool->uid,
		.gid = m->postdrop ? w->spool->drop_gid : w->spool->gid,
		.time = { .tv_sec = m->changed },
	};

	if (m->state == STATE_WRITING)
		state.mode = 0600;
	if (m->forced_expire)
		state.mode |= 0010;
	spool_commit(w->spool, where, &w->file.bytes, &state);
}

/* Temporary failures are in the defer log, the others in the bounce log. */
static void
write_log(struct worker *w, enum queue log, const struct spool_file *where,
	  const struct mail *m, struct timeval named)
{
	const char class = log == LOG_DEFER ? '4' : '5';
	const char *action = log == LOG_DEFER ? "delayed" : "failed";
	const struct timespec time = {
		.tv_sec = m->attempt,
		.tv_nsec = m->arrival.tv_usec * 991,
	};

	w->scratch.len = 0;
	for (size_t i = 0; i < m->rcpt_count; i++) {
		const struct rcpt *r = &m->rcpts[i];

		if (r->failure != NULL && r->failure->status[0] == class)
			delay_log_add(&w->scratch, &w->arena, m->log_style,
				      action, r);
	}
	if (w->scratch.len > 0)
		spool_write_log(w->spool, log, where->id, named, &w->scratch,
				time);
}

/* One write for each line, so that the lines of all threads stay whole. */
static void
write_manifest(struct worker *w, const struct spool_file *where,
	       const struct mail *m)
{
	if (w->manifest == NULL)
		return;
	w->scratch.len = 0;
	manifest_line(&w->scratch, m, where, &w->file, &w->arena);
	if (fwrite(w->scratch.data, w->scratch.len, 1, w->manifest) != 1)
		err(EX_IOERR, "manifest");
}

/*
 * The id is in the file's text, and the inode is in the id: so there is a
 * file before there is a text.
 */
void
worker_post(struct worker *w, struct mail *m)
{
	struct timeval named = {
		.tv_sec = m->created,
		.tv_usec = rng_between(&w->rng, 0, 999999),
	};
	struct spool_file where;

	set_warning(m);
	spool_create(w->spool, &where, m->queue, named, m->serial);
	compose(&w->file, m, where.id, &w->arena);
	cut_off(&w->file, m->state);
	/* The logs first: Postfix may take the message at once. */
	write_log(w, LOG_DEFER, &where, m, named);
	write_log(w, LOG_BOUNCE, &where, m, named);
	commit(w, &where, m);
	write_manifest(w, &where, m);
	arena_reset(&w->arena);
}
