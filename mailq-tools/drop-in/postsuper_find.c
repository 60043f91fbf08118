/*
 * postsuper_find.c - where a message is that was named.
 */
#include "postsuper.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

/* Warnings about files with two names are for those that stay so. */
#define MINUTE 60

void
postsuper_come_up_to(struct postsuper *p)
{
	if (p->before != NULL)
		p->before(p->before_context);
}

/* What lies there in place of a message, or with one. */
static void QF_PRINTF(3, 4)
	warn(struct postsuper *p, const char *path, const char *format, ...)
{
	char text[200];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	postsuper_come_up_to(p);
	say_warning(p, "%s: %s", path, text);
}

bool
postsuper_looks_in(struct postsuper *p, char action, const char *name,
		   const struct postsuper_queue **queue)
{
	if (action == 'H' && strcmp(name, "hold") != 0)
		return false;
	if (action == 'h' && strcmp(name, "hold") == 0)
		return false;
	if (strchr("hr", action) != NULL && strcmp(name, "maildrop") == 0)
		return false;
	*queue = postsuper_queue(p, name);
	return (*queue)->has_messages &&
	       (action == 'd' || (*queue)->queue != QF_QUEUE_MAILDROP);
}

static bool
is_message(struct postsuper *p, const char *path, struct stat *st)
{
	if (fstatat(qf_spool_root(p->place.spool), path, st,
		    AT_SYMLINK_NOFOLLOW) < 0) {
		if (errno != ENOENT)
			warn(p, path, "%s", strerror(errno));
		return false;
	}
	if (!S_ISREG(st->st_mode)) {
		warn(p, path, "uid %ld: not a regular file", (long)st->st_uid);
		return false;
	}
	if ((st->st_mode & QF_MODE_READY) != QF_MODE_READY)
		return false;
	if (st->st_nlink > 1 && st->st_ctime < time(NULL) - MINUTE)
		warn(p, path, "uid %ld: file has %d links", (long)st->st_uid,
		     (int)st->st_nlink);
	return true;
}

bool
postsuper_find(struct postsuper *p, char action, const char *id,
	       struct qf_chosen *chosen)
{
	int tries = action == 'H' ? 1 : 2;

	for (int i = 0; i < tries; i++) {
		for (const char *const *name = p->queues; *name != NULL;
		     name++) {
			const struct postsuper_queue *queue = NULL;
			char path[QF_SPOOL_PATH_MAX];
			struct stat st;

			if (!postsuper_looks_in(p, action, *name, &queue))
				continue;
			qf_spool_path(p->place.spool, *name, id, path);
			if (!is_message(p, path, &st))
				continue;
			*chosen = (struct qf_chosen){ .id = id,
						      .queue = queue->queue,
						      .inode = st.st_ino };
			if (qf_spool_birth(p->place.spool, path, -1, st.st_ino,
					   &chosen->birth, NULL) == QF_OK)
				return true;
		}
	}
	return false;
}
