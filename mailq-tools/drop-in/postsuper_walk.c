/*
 * postsuper_walk.c - all that lies in the directories of the queue.
 */
#include "postsuper_walk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "queue-format/postfix/structure.h"

const struct postsuper_queue *
postsuper_known_queue(const char *name)
{
	static const struct postsuper_queue queues[] = {
		{ "maildrop", true, QF_QUEUE_MAILDROP },
		{ "incoming", true, QF_QUEUE_INCOMING },
		{ "active", true, QF_QUEUE_ACTIVE },
		{ "deferred", true, QF_QUEUE_DEFERRED },
		{ "hold", true, QF_QUEUE_HOLD },
		{ .name = "trace" },
		{ .name = "defer" },
		{ .name = "bounce" },
		{ .name = "flush" },
	};

	for (size_t i = 0; i < sizeof(queues) / sizeof(queues[0]); i++) {
		if (strcmp(queues[i].name, name) == 0)
			return &queues[i];
	}
	return NULL;
}

const struct postsuper_queue *
postsuper_queue(struct postsuper *p, const char *name)
{
	const struct postsuper_queue *queue = postsuper_known_queue(name);

	if (queue != NULL)
		return queue;
	postsuper_come_up_to(p);
	say_fatal(p, "invalid directory name: %s", name);
}

const char *
walk_why(const struct qf_error *err)
{
	return err->errnum == 0 ? err->text : strerror(err->errnum);
}

/* What was met before is done, as it is by Postfix. */
static void
stop(struct walk *w)
{
	if (w->stop != NULL)
		w->stop(w);
}

bool
walk_remove(struct walk *w, const char *path, const struct stat *st)
{
	struct postsuper *p = w->p;
	struct qf_error err;

	switch (qf_repair_remove(p->repair, path, st->st_ino, &err)) {
	case QF_OK:
		if (p->verbose > 0)
			say_info(p, "removed file %s", path);
		return true;
	case QF_GONE:
	case QF_CHANGED:
		return false;
	default:
		stop(w);
		say_fatal(p, "remove file %s: %s", path, walk_why(&err));
	}
}

/* Who is in the way may go away until the next pass. */
static bool
is_in_the_way(struct walk *w, const char *from, const char *to)
{
	if (w->may_come_again) {
		w->comes_again = true;
		return false;
	}
	w->p->failed = true;
	say_warning(w->p, "rename file %s as %s: %s", from, to,
		    strerror(EEXIST));
	return false;
}

bool
walk_moved(struct walk *w, enum qf_status status, const char *from,
	   const char *to, const struct qf_error *err)
{
	struct postsuper *p = w->p;

	switch (status) {
	case QF_OK:
		if (p->verbose > 0)
			say_info(p, "renamed file %s as %s", from, to);
		return true;
	case QF_GONE:
	case QF_CHANGED:
		return false;
	case QF_EXISTS:
		return is_in_the_way(w, from, to);
	default:
		stop(w);
		say_fatal(p, "rename file %s as %s: %s", from, to,
			  walk_why(err));
	}
}

/* One that nobody should have made; it goes if there is nothing in it. */
static void
remove_alien(struct walk *w, const char *path)
{
	struct postsuper *p = w->p;
	struct qf_error err;
	enum qf_status status = qf_repair_remove_folder(p->repair, path, &err);

	if (status == QF_OK && p->verbose > 0)
		say_info(p, "remove subdirectory %s", path);
	else if (status != QF_OK && status != QF_GONE)
		say_warning(p, "remove subdirectory %s: %s", path,
			    walk_why(&err));
}

static void
look_at(struct walk *w, const char *path)
{
	struct qf_structure verdict;
	struct stat st;
	struct qf_structure_file file = {
		.folder = w->queue->name,
		.path = path + strlen(w->queue->name) + 1,
		.st = &st,
		.depth = w->depth,
		.long_ids = w->p->config.long_queue_ids,
		.long_inodes = w->p->long_inodes,
		.now = time(NULL),
	};

	postsuper_check_interrupt(w->p);
	if (fstatat(qf_spool_root(w->p->place.spool), path, &st,
		    AT_SYMLINK_NOFOLLOW) < 0)
		return;
	if (S_ISDIR(st.st_mode)) {
		remove_alien(w, path);
		return;
	}
	qf_structure_judge(&file, &verdict);
	w->look(w, path, &st, &verdict);
}

/* A level that is not needed any more; it is empty by now. */
static void
leave(struct walk *w, const char *path, unsigned level)
{
	struct postsuper *p = w->p;
	struct qf_error err;

	if (level <= w->depth)
		return;
	switch (qf_repair_remove_folder(p->repair, path, &err)) {
	case QF_OK:
		if (p->verbose > 0)
			say_info(p, "remove directory %s", path);
		return;
	case QF_GONE:
		return;
	default:
		/* What we leave alone is something that Postfix moves. */
		if (err.errnum == ENOTEMPTY && (w->left > 0 || w->comes_again))
			return;
		stop(w);
		say_fatal(p, "remove directory %s: %s", path, walk_why(&err));
	}
}

static DIR *
open_directory(struct walk *w, const char *path)
{
	struct qf_error err = { .errnum = 0 };
	DIR *dir = NULL;

	if (qf_spool_directory(w->p->place.spool, path, &dir, &err) == QF_OK)
		return dir;
	stop(w);
	say_fatal(w->p, "scan_dir_push: open directory %s: %s", path,
		  strerror(err.errnum == 0 ? ENOTDIR : err.errnum));
}

static void
walk_directory(struct walk *w, const char *path, unsigned level)
{
	bool has_levels =
		w->queue->queue != QF_QUEUE_MAILDROP || !w->queue->has_messages;
	DIR *dir = open_directory(w, path);
	const struct dirent *entry;

	while ((entry = readdir(dir)) != NULL) {
		const char *name = entry->d_name;
		char below[QF_SPOOL_PATH_MAX];

		if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
			continue;
		if ((size_t)snprintf(below, sizeof(below), "%s/%s", path,
				     name) >= sizeof(below)) {
			say_warning(w->p, "bogus file name: %s/%s", path, name);
		} else if (name[1] == '\0' && has_levels) {
			walk_directory(w, below, level + 1);
			leave(w, below, level + 1);
		} else {
			look_at(w, below);
		}
	}
	closedir(dir);
}

void
walk_queue(struct walk *w, const char *name)
{
	struct postsuper *p = w->p;

	if (p->verbose > 0)
		say_info(p, "queue: %s", name);
	w->queue = postsuper_queue(p, name);
	w->depth = qf_spool_depth(p->place.spool, name);
	if (w->depth > 0 && strcmp(name, "maildrop") == 0)
		say_fatal(p, "%s queue must not be hashed", name);
	walk_directory(w, name, 0);
}
