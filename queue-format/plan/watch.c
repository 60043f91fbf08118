/*
 * watch.c - what becomes of messages that were released.
 */
#include "watch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "queue-format/buffer.h"
#include "queue-format/postfix/delay_log.h"
#include "queue-format/postfix/queue_id.h"
#include "queue-format/reason.h"

#define LOOK_MS 1000

/* From one look at a message to the next: twice as long each time. */
#define FIRST_MS 500
#define LAST_MS	 16000

/* Troubles that are told apart; of further ones only the number is known. */
#define REASONS	   32
#define REASON_MAX 240
#define NO_REASON  (-1)

enum state { STATE_NONE, STATE_WAITS, STATE_GONE, STATE_DEFERRED, STATE_LOST };

struct watched {
	enum state state;
	uint64_t inode;
	int64_t since; /* s: the time of its file then */
	int64_t next_ms;
	int64_t pause_ms;
	int reason;
	char id[QF_QUEUE_ID_MAX + 1];
};

struct reason {
	unsigned count;
	char shape[REASON_MAX]; /* equal for equal troubles */
	char text[REASON_MAX];
};

struct qf_watch {
	const struct qf_spool *spool;
	unsigned percent;
	struct qf_delay_log *log;
	struct qf_arena arena;
	struct qf_buffer shape;
	int64_t next_ms; /* the next look */
	unsigned tried;
	unsigned deferred;
	size_t next; /* in the ring */
	struct watched ring[QF_WATCH_MAX];
	struct reason reasons[REASONS];
};

struct qf_watch *
qf_watch_new(const struct qf_spool *spool, unsigned percent)
{
	struct qf_watch *watch = calloc(1, sizeof(*watch));

	if (watch == NULL)
		return NULL;
	watch->log = qf_delay_log_new();
	if (watch->log == NULL) {
		free(watch);
		return NULL;
	}
	watch->spool = spool;
	watch->percent = percent;
	return watch;
}

void
qf_watch_free(struct qf_watch *watch)
{
	if (watch == NULL)
		return;
	qf_delay_log_free(watch->log);
	qf_arena_free(&watch->arena);
	qf_buffer_free(&watch->shape);
	free(watch);
}

/* It does not count any more: another one takes its place. */
static void
forget(struct qf_watch *watch, const struct watched *w)
{
	if (w->state == STATE_GONE || w->state == STATE_DEFERRED)
		watch->tried--;
	if (w->state != STATE_DEFERRED)
		return;
	watch->deferred--;
	if (w->reason != NO_REASON)
		watch->reasons[w->reason].count--;
}

void
qf_watch_add(struct qf_watch *watch, const char *id, uint64_t inode,
	     int64_t since, int64_t now_ms)
{
	struct watched *w = &watch->ring[watch->next++ % QF_WATCH_MAX];

	forget(watch, w);
	*w = (struct watched){
		.state = STATE_WAITS,
		.inode = inode,
		.since = since,
		.next_ms = now_ms + FIRST_MS,
		.pause_ms = FIRST_MS,
		.reason = NO_REASON,
	};
	snprintf(w->id, sizeof(w->id), "%s", id);
}

/* QF_OK: a file of that name is there, and it is the message. */
static enum qf_status
look_in(const struct qf_watch *watch, const struct watched *w,
	const char *folder, struct stat *st)
{
	char path[QF_SPOOL_PATH_MAX];
	enum qf_status status;

	qf_spool_path(watch->spool, folder, w->id, path);
	status = qf_spool_stat(watch->spool, path, st, NULL);
	/* A short id comes back for another message. */
	if (status == QF_OK && st->st_ino != w->inode)
		return QF_GONE;
	return status;
}

/* The place of this trouble in the table, or NO_REASON. */
static int
place_of(struct qf_watch *watch, const char *text)
{
	int empty = NO_REASON;
	const char *shape;

	qf_buffer_empty(&watch->shape);
	qf_reason_normalise(&watch->shape, text);
	shape = qf_buffer_text(&watch->shape);
	for (int i = 0; i < REASONS; i++) {
		struct reason *r = &watch->reasons[i];

		if (r->count == 0)
			empty = i;
		else if (strncmp(r->shape, shape, REASON_MAX - 1) == 0)
			return i;
	}
	if (empty == NO_REASON)
		return NO_REASON;
	snprintf(watch->reasons[empty].shape, REASON_MAX, "%s", shape);
	snprintf(watch->reasons[empty].text, REASON_MAX, "%s", text);
	return empty;
}

/* What the log says of the first recipient has to do for all. */
static void
read_reason(struct qf_watch *watch, struct watched *w)
{
	char path[QF_SPOOL_PATH_MAX];
	struct qf_delay entry;
	int fd = -1;

	qf_spool_path(watch->spool, "defer", w->id, path);
	if (qf_spool_file(watch->spool, path, &fd, NULL, NULL) != QF_OK)
		return;
	qf_arena_empty(&watch->arena, 1 << 16);
	qf_delay_log_start(watch->log, fd);
	if (qf_delay_log_next(watch->log, &watch->arena, &entry, NULL) == QF_OK)
		w->reason = place_of(watch, entry.reason);
	if (w->reason != NO_REASON)
		watch->reasons[w->reason].count++;
	close(fd);
}

/*
 * In deferred/: qmgr(8) gives a message that it could not deliver a time in
 * the future, and there is a log that is not older than the release.
 */
static enum state
is_deferred(const struct qf_watch *watch, const struct watched *w,
	    const struct stat *st)
{
	char path[QF_SPOOL_PATH_MAX];
	struct stat log;

	if (st->st_mtim.tv_sec <= w->since)
		return STATE_WAITS;
	qf_spool_path(watch->spool, "defer", w->id, path);
	if (qf_spool_stat(watch->spool, path, &log, NULL) != QF_OK ||
	    log.st_mtim.tv_sec < w->since)
		return STATE_WAITS;
	return STATE_DEFERRED;
}

/*
 * Twice, in the order in which it goes: it may move while we look.  One that
 * somebody has taken again tells nothing.
 */
static enum state
state_of(const struct qf_watch *watch, const struct watched *w)
{
	static const struct {
		const char *folder;
		enum state state;
	} way[] = {
		{ "deferred", STATE_NONE }, { "incoming", STATE_WAITS },
		{ "active", STATE_WAITS },  { "deferred", STATE_NONE },
		{ "hold", STATE_LOST },	    { "maildrop", STATE_LOST },
		{ "corrupt", STATE_LOST },  { "incoming", STATE_WAITS },
		{ "active", STATE_WAITS },
	};

	for (size_t i = 0; i < sizeof(way) / sizeof(way[0]); i++) {
		struct stat st;
		enum qf_status status = look_in(watch, w, way[i].folder, &st);

		if (status == QF_GONE)
			continue;
		if (status != QF_OK)
			return STATE_LOST;
		return way[i].state == STATE_NONE ? is_deferred(watch, w, &st)
						  : way[i].state;
	}
	return STATE_GONE;
}

static void
look_at(struct qf_watch *watch, struct watched *w, int64_t now_ms)
{
	w->state = state_of(watch, w);
	if (w->state == STATE_WAITS) {
		w->pause_ms =
			w->pause_ms * 2 < LAST_MS ? w->pause_ms * 2 : LAST_MS;
		w->next_ms = now_ms + w->pause_ms;
		return;
	}
	if (w->state == STATE_LOST)
		return;
	watch->tried++;
	if (w->state != STATE_DEFERRED)
		return;
	watch->deferred++;
	read_reason(watch, w);
}

bool
qf_watch_look(struct qf_watch *watch, int64_t now_ms)
{
	if (now_ms < watch->next_ms)
		return false;
	watch->next_ms = now_ms + LOOK_MS;
	for (size_t i = 0; i < QF_WATCH_MAX; i++) {
		struct watched *w = &watch->ring[i];

		if (w->state == STATE_WAITS && w->next_ms <= now_ms)
			look_at(watch, w, now_ms);
	}
	return watch->tried >= QF_WATCH_MIN &&
	       watch->deferred * 100 >= watch->tried * watch->percent;
}

void
qf_watch_count(const struct qf_watch *watch, struct qf_watch_count *count)
{
	*count = (struct qf_watch_count){
		.tried = watch->tried,
		.deferred = watch->deferred,
		.reason = "",
	};
	for (int i = 0; i < REASONS; i++) {
		const struct reason *r = &watch->reasons[i];

		if (r->count > count->for_reason) {
			count->for_reason = r->count;
			count->reason = r->text;
		}
	}
}
