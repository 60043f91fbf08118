/*
 * scan.c - the names of messages, from the directories of a spool.
 */
#include "scan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "queue-format/postfix/queue_id.h"

/* Deeper than any hash_queue_depth; against a circle of bind mounts. */
#define MAX_DEPTH 24

struct qf_scan {
	const struct qf_spool *spool;
	unsigned queues;     /* those still to be begun */
	enum qf_queue queue; /* the one under way, when depth > 0 */
	unsigned depth;	     /* open directories */
	DIR *dirs[MAX_DEPTH];
	char path[QF_SPOOL_PATH_MAX]; /* of the innermost one */
	size_t path_len;
};

enum qf_status
qf_scan_open(const struct qf_spool *spool, unsigned queues,
	     struct qf_scan **scan, struct qf_error *err)
{
	struct qf_scan *made = calloc(1, sizeof(*made));

	if (made == NULL)
		return qf_system(err, "cannot scan the queue");
	made->spool = spool;
	made->queues = queues;
	*scan = made;
	return QF_OK;
}

void
qf_scan_close(struct qf_scan *scan)
{
	if (scan == NULL)
		return;
	while (scan->depth > 0)
		closedir(scan->dirs[--scan->depth]);
	free(scan);
}

/* Begin the next queue that is wanted.  QF_END: there is none. */
static enum qf_status
begin_queue(struct qf_scan *scan, struct qf_error *err)
{
	for (unsigned i = 0; i < QF_QUEUE_COUNT; i++) {
		const char *name = qf_spool_queue((enum qf_queue)i);
		enum qf_status status;

		if ((scan->queues & QF_QUEUE_BIT(i)) == 0)
			continue;
		scan->queues &= ~QF_QUEUE_BIT(i);
		status = qf_spool_directory(scan->spool, name, &scan->dirs[0],
					    err);
		if (status == QF_OK) {
			scan->queue = (enum qf_queue)i;
			scan->depth = 1;
			scan->path_len = strlen(name);
			memcpy(scan->path, name, scan->path_len + 1);
		}
		/* postfix(1) makes it, if it is ever needed. */
		if (status == QF_GONE && i == QF_QUEUE_CORRUPT)
			continue;
		if (status == QF_GONE)
			return qf_fail(err, QF_CORRUPT,
				       "%s: this folder is missing", name);
		return status;
	}
	return QF_END;
}

static void
leave(struct qf_scan *scan)
{
	closedir(scan->dirs[--scan->depth]);
	if (scan->depth > 0) {
		scan->path_len -= 2;
		scan->path[scan->path_len] = '\0';
	}
}

/* Names of one character are hash directories, without further look. */
static enum qf_status
enter(struct qf_scan *scan, char name, struct qf_error *err)
{
	enum qf_status status;

	if (scan->depth == MAX_DEPTH)
		return qf_fail(err, QF_UNSAFE, "%s/%c: too deep", scan->path,
			       name);
	scan->path[scan->path_len++] = '/';
	scan->path[scan->path_len++] = name;
	scan->path[scan->path_len] = '\0';
	status = qf_spool_directory(scan->spool, scan->path,
				    &scan->dirs[scan->depth], err);
	if (status == QF_OK) {
		scan->depth++;
	} else {
		scan->path_len -= 2;
		scan->path[scan->path_len] = '\0';
	}
	return status == QF_GONE ? QF_OK : status;
}

static enum qf_status
check_entry(const struct qf_scan *scan, const struct dirent *found,
	    struct qf_error *err)
{
	const char *kind = NULL;

	/* A hint only: what is opened is looked at once more. */
	switch (found->d_type) {
	case DT_REG:
	case DT_UNKNOWN:
		break;
	case DT_DIR:
		kind = "a directory";
		break;
	case DT_LNK:
		kind = "a symbolic link";
		break;
	case DT_FIFO:
		kind = "a named pipe";
		break;
	case DT_SOCK:
		kind = "a socket";
		break;
	default:
		kind = "a device";
		break;
	}
	if (kind != NULL)
		return qf_fail(err, QF_UNSAFE, "%s/%s: %s, not a message",
			       scan->path, found->d_name, kind);
	if (!qf_queue_id_ok(found->d_name))
		return qf_fail(err, QF_UNSAFE, "%s/%s: not a queue id",
			       scan->path, found->d_name);
	return QF_OK;
}

/* Postfix opens a file where its id says, and not where the name was found. */
static enum qf_status
make_entry(const struct qf_scan *scan, const char *id, struct qf_arena *arena,
	   struct qf_scan_entry *entry, struct qf_error *err)
{
	char path[QF_SPOOL_PATH_MAX];
	size_t len = qf_spool_path(scan->spool, qf_spool_queue(scan->queue), id,
				   path);
	size_t id_len = strlen(id);
	char *copy;

	if (len != scan->path_len + 1 + id_len ||
	    memcmp(path, scan->path, scan->path_len) != 0)
		return qf_fail(err, QF_UNSAFE,
			       "%s/%s: in the wrong place: Postfix looks for "
			       "it at %s; \"postsuper -s\" moves it there",
			       scan->path, id, path);
	copy = qf_arena_copy(arena, path, len);
	if (copy == NULL) {
		errno = ENOMEM;
		return qf_system(err, "cannot scan the queue");
	}
	entry->queue = scan->queue;
	entry->path = copy;
	entry->id = copy + len - id_len;
	return QF_OK;
}

static bool
is_hash_directory(const struct qf_scan *scan, const char *name)
{
	return scan->queue != QF_QUEUE_MAILDROP && name[1] == '\0';
}

enum qf_status
qf_scan_next(struct qf_scan *scan, struct qf_arena *arena,
	     struct qf_scan_entry *entry, struct qf_error *err)
{
	enum qf_status status;

	for (;;) {
		struct dirent *found;

		if (scan->depth == 0) {
			status = begin_queue(scan, err);
			if (status != QF_OK)
				return status;
		}
		errno = 0;
		found = readdir(scan->dirs[scan->depth - 1]);
		if (found == NULL) {
			status = errno == 0 ? QF_OK
					    : qf_system(err, "%s", scan->path);
			leave(scan);
			if (status != QF_OK)
				return status;
			continue;
		}
		if (strcmp(found->d_name, ".") == 0 ||
		    strcmp(found->d_name, "..") == 0 ||
		    qf_queue_id_is_coming(found->d_name))
			continue;
		if (is_hash_directory(scan, found->d_name)) {
			status = enter(scan, found->d_name[0], err);
			if (status != QF_OK)
				return status;
			continue;
		}
		status = check_entry(scan, found, err);
		if (status != QF_OK)
			return status;
		return make_entry(scan, found->d_name, arena, entry, err);
	}
}
