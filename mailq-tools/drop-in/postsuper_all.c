/*
 * postsuper_all.c - an action on all that is in the queues.
 */
#include "postsuper_walk.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "queue-format/postfix/structure.h"
#include "queue-format/string_set.h"

/* Those that one plan is for. */
struct gathered {
	struct qf_chosen *items;
	size_t count;
	size_t room;
};

struct all {
	struct postsuper *p;
	char action;
	int64_t begun;
	struct qf_arena arena; /* of one queue */
	struct gathered first;
	struct gathered release;     /* -f: what is on hold */
	struct qf_string_set placed; /* inodes: they are met again there */
	/* Whose logs stay, as they do; and who is at work, to be told so. */
	struct qf_arena kept_arena;
	struct qf_string_set kept;
	const struct gathered *working;
};

static _Noreturn void
no_memory(struct postsuper *p)
{
	say_fatal(p, "%s", strerror(ENOMEM));
}

static void
gather(struct all *all, struct gathered *list, const struct qf_chosen *chosen)
{
	list->items = qf_arena_grow(&all->arena, list->items, list->count,
				    &list->room, sizeof(*list->items));
	if (list->items == NULL)
		no_memory(all->p);
	list->items[list->count++] = *chosen;
}

/* Its logs are not removed. */
static void
keep_logs(struct all *all, const char *id)
{
	const char *copy = qf_arena_copy(&all->kept_arena, id, strlen(id));

	if (copy == NULL || !qf_string_set_add(&all->kept, copy))
		no_memory(all->p);
}

/* It is in its place by now. */
static void
choose(struct walk *w, const char *name, const struct stat *st)
{
	struct all *all = w->context;
	char path[QF_SPOOL_PATH_MAX];
	bool on_hold = w->queue->queue == QF_QUEUE_HOLD;
	struct qf_chosen chosen = {
		.id = qf_arena_copy(&all->arena, name, strlen(name)),
		.queue = w->queue->queue,
		.inode = st->st_ino,
	};

	if (chosen.id == NULL)
		no_memory(all->p);
	qf_spool_path(all->p->place.spool, w->queue->name, name, path);
	if (qf_spool_birth(w->p->place.spool, path, -1, st->st_ino,
			   &chosen.birth, NULL) == QF_GONE)
		return;
	gather(all, &all->first, &chosen);
	if (all->action == 'f' && on_hold)
		gather(all, &all->release, &chosen);
}

static const char *
inode_text(const struct stat *st, char text[24])
{
	snprintf(text, 24, "%llu", (unsigned long long)st->st_ino);
	return text;
}

/* It was put where it is, and chosen then. */
static bool
is_met_again(const struct all *all, const struct stat *st)
{
	char inode[24];

	return qf_string_set_find(&all->placed, inode_text(st, inode)) != NULL;
}

static void
note_placed(struct all *all, const struct stat *st)
{
	char inode[24];
	const char *text = inode_text(st, inode);
	const char *copy = qf_arena_copy(&all->arena, text, strlen(text));

	if (copy == NULL || !qf_string_set_add(&all->placed, copy))
		no_memory(all->p);
}

/*
 * Where Postfix looks for it; there is none of that name, or it stays where it
 * is.
 */
static bool
put_in_place(struct walk *w, const char *path, const struct stat *st)
{
	const char *name = strrchr(path, '/') + 1;
	struct qf_structure wanted = { .fault = QF_STRUCTURE_PLACE };
	char right[QF_SPOOL_PATH_MAX];
	struct qf_error err;
	enum qf_status status;

	qf_spool_path(w->p->place.spool, w->queue->name, name, right);
	if (strcmp(right, path) == 0)
		return true;
	memcpy(wanted.path, right, sizeof(right));
	status = qf_repair_place(w->p->repair, path, st->st_ino, &wanted, &err);
	if (!walk_moved(w, status, path, right, &err))
		return false;
	note_placed(w->context, st);
	return true;
}

static bool
is_ready(const struct stat *st)
{
	return (st->st_mode & QF_MODE_READY) == QF_MODE_READY;
}

/* Does the action concern what is in this queue? */
static bool
concerns(char action, enum qf_queue queue)
{
	switch (action) {
	case 'H':
		return queue == QF_QUEUE_HOLD;
	case 'h':
		return queue != QF_QUEUE_MAILDROP && queue != QF_QUEUE_HOLD;
	default:
		return queue != QF_QUEUE_MAILDROP;
	}
}

static void
look(struct walk *w, const char *path, const struct stat *st,
     const struct qf_structure *verdict)
{
	struct all *all = w->context;

	if (is_met_again(all, st))
		return;
	if (verdict->fault == QF_STRUCTURE_NOT_PLAIN)
		(void)walk_remove(w, path, st);
	else if (!qf_queue_id_ok(strrchr(path, '/') + 1))
		say_warning(w->p, "bogus file name: %s", path);
	else if (!w->queue->has_messages ||
		 !concerns(all->action, w->queue->queue))
		return;
	else if (is_ready(st) && put_in_place(w, path, st))
		choose(w, strrchr(path, '/') + 1, st);
	else if (!is_ready(st) && all->action != 'e' && all->action != 'f')
		w->left++;
}

/* A message that was received in part is no message yet. */
static void
look_to_delete(struct walk *w, const char *path, const struct stat *st,
	       const struct qf_structure *verdict)
{
	struct all *all = w->context;
	const char *name = strrchr(path, '/') + 1;
	bool is_named = qf_queue_id_ok(name);

	if (is_met_again(all, st))
		return;
	if (verdict->fault == QF_STRUCTURE_NOT_PLAIN || verdict->stale) {
		(void)walk_remove(w, path, st);
	} else if (!is_ready(st)) {
		w->left++;
		if (is_named)
			keep_logs(all, name);
	} else if (is_named && put_in_place(w, path, st)) {
		choose(w, name, st);
	} else if (walk_remove(w, path, st)) {
		w->p->deleted.done++;
	}
}

/* Of one that is still there, or that has come meanwhile, the log stays. */
static void
look_to_delete_log(struct walk *w, const char *path, const struct stat *st,
		   const struct qf_structure *verdict)
{
	struct all *all = w->context;
	const char *name = strrchr(path, '/') + 1;

	(void)verdict;
	if (S_ISREG(st->st_mode) &&
	    (st->st_mtime >= all->begun ||
	     qf_string_set_find(&all->kept, name) != NULL))
		return;
	(void)walk_remove(w, path, st);
}

static void
renamed(void *context, const char *old, const char *now)
{
	struct all *all = context;

	say_info(all->p, "%s: renamed to %s", old, now);
}

static void
over(void *context, size_t i, bool done, const char *why)
{
	struct all *all = context;
	const char *id = all->working->items[i].id;

	(void)done;
	if (why == NULL)
		return;
	say_warning(all->p, "%s: %s", id, why);
	if (all->action == 'd')
		keep_logs(all, id);
}

static void
work(struct all *all, enum qf_verb verb, struct gathered *list,
     enum qf_queue queue)
{
	struct postsuper_work job = {
		.verb = verb,
		.selection = "ALL",
		.queues = QF_QUEUE_BIT(queue),
		.keeps_times = true,
		.renamed = renamed,
		.over = over,
		.context = all,
	};

	all->working = list;
	postsuper_work(all->p, &job, list->items, list->count);
	*list = (struct gathered){ .items = NULL };
}

static enum qf_verb
verb_of(const struct all *all)
{
	switch (all->action) {
	case 'd':
		return all->p->delete;
	case 'h':
		return QF_HOLD;
	case 'H':
		return QF_RELEASE;
	case 'r':
		return QF_REQUEUE;
	default:
		return QF_EXPIRE;
	}
}

static void
end_repair(struct postsuper *p)
{
	struct qf_error err;

	if (qf_repair_end(p->repair, NULL, NULL, &err) != QF_OK)
		say_warning(p, "%s", err.text);
}

/* What was met so far is done, also where it does not go on. */
static void
finish(struct walk *w)
{
	struct all *all = w->context;

	end_repair(all->p);
	if (w->queue->has_messages) {
		work(all, verb_of(all), &all->first, w->queue->queue);
		work(all, QF_RELEASE, &all->release, w->queue->queue);
	}
}

/* One queue after the other, as messages go from one to the next. */
static void
do_queue(struct all *all, struct walk *w, const char *name)
{
	walk_queue(w, name);
	finish(w);
	all->first = all->release = (struct gathered){ .items = NULL };
	qf_string_set_empty(&all->placed);
	qf_arena_empty(&all->arena, 0);
}

/* Logs go after those who stay are known; up to a name that is none. */
static void
delete_all(struct all *all, struct walk *w)
{
	const char *const *names = all->p->queues;
	size_t count = 0;

	/* What cannot be put in its place is removed where it is. */
	w->may_come_again = true;
	while (names[count] != NULL &&
	       postsuper_known_queue(names[count]) != NULL)
		count++;
	for (int logs = 0; logs < 2; logs++) {
		w->look = logs ? look_to_delete_log : look_to_delete;
		for (size_t i = 0; i < count; i++) {
			if (postsuper_known_queue(names[i])->has_messages ==
			    (logs == 0))
				do_queue(all, w, names[i]);
		}
	}
	if (names[count] != NULL)
		(void)postsuper_queue(all->p, names[count]);
}

void
postsuper_all(struct postsuper *p, char action)
{
	struct all all = { .p = p, .action = action, .begun = time(NULL) };
	struct walk w = {
		.p = p, .look = look, .stop = finish, .context = &all
	};

	if (action == 'd') {
		delete_all(&all, &w);
	} else {
		for (const char *const *name = p->queues; *name != NULL; name++)
			do_queue(&all, &w, *name);
	}
	if (w.left > 0)
		say_warning(p,
			    "left alone, as it is still being received: "
			    "%llu message%s",
			    (unsigned long long)w.left, w.left == 1 ? "" : "s");
	qf_arena_free(&all.arena);
	qf_string_set_free(&all.placed);
	qf_string_set_free(&all.kept);
	qf_arena_free(&all.kept_arena);
}
