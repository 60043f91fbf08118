/*
 * walk.c - all files of a folder, and what is wrong with their names.
 */
#include "work.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Deeper than any hash_queue_depth; against a circle of bind mounts. */
#define MAX_DEPTH 24

struct walk {
	struct qf_check_look *look;
	const char *folder;
	unsigned hash_depth;
	unsigned level;
	char path[QF_SPOOL_PATH_MAX + QF_QUEUE_ID_MAX];
	size_t len; /* of the directory's path */
};

static bool
is_one_of(const char *folder, const char *const *names)
{
	for (; *names != NULL; names++) {
		if (strcmp(folder, *names) == 0)
			return true;
	}
	return false;
}

static bool
is_queue(const char *folder)
{
	static const char *const queues[] = { "maildrop", "incoming", "active",
					      "deferred", "hold",     NULL };

	return is_one_of(folder, queues);
}

/* Nothing is in these that Postfix reads. */
static bool
is_attic(const char *folder)
{
	static const char *const attics[] = { "corrupt", "saved", NULL };

	return is_one_of(folder, attics);
}

/* Who is writing it has time to go on. */
static void
check_unfinished(struct qf_check_look *look, const struct qf_check_file *file)
{
	int64_t age = look->check->now - file->st->st_mtime;

	if (age > QF_STRUCTURE_STALE_AGE)
		qf_check_note(look, QF_CHECK_STALE, file, "", "%s", "");
	else if (age > QF_CHECK_UNFINISHED_AGE)
		qf_check_note(look, QF_CHECK_UNFINISHED, file, "", "%s", "");
}

/* Has another message this id, too? */
static bool
is_second(struct qf_check_look *look, const struct qf_check_file *file,
	  const char *right)
{
	char other[QF_SPOOL_PATH_MAX];
	uint64_t inode = 0;

	if (!qf_queue_id_inode(file->name, &inode) ||
	    inode == file->st->st_ino ||
	    !qf_check_find(look->check->spool, file->name, file->path, other))
		return false;
	qf_check_note(look, QF_CHECK_TWO_QUEUES, file, right, "the other is %s",
		      other);
	return true;
}

static void
note_left(struct qf_check_look *look, const struct qf_check_file *file,
	  enum qf_check_kind kind, const char *right)
{
	size_t len = strlen(file->name) - strlen(QF_STRUCTURE_SUFFIX);

	qf_check_keep_id(look, file->name, len);
	qf_check_note(look, kind, file, right, "%s", "");
}

/* False: it is no message, nor a log. */
static bool
check_name(struct qf_check_look *look, const struct qf_check_file *file,
	   const struct qf_structure *verdict)
{
	const char *right = verdict->path;

	switch (verdict->fault) {
	case QF_STRUCTURE_LEFT:
		note_left(look, file, QF_CHECK_FIX_LEFT, right);
		break;
	case QF_STRUCTURE_LEFT_INODE:
		note_left(look, file, QF_CHECK_FIX_INODE, "");
		break;
	case QF_STRUCTURE_LONG:
	case QF_STRUCTURE_INODE:
		qf_check_keep_id(look, verdict->id, strlen(verdict->id));
		if (!is_second(look, file, right))
			qf_check_note(look,
				      verdict->fault == QF_STRUCTURE_LONG
					      ? QF_CHECK_LONG_ID
					      : QF_CHECK_WRONG_INODE,
				      file, right, "%s", "");
		break;
	case QF_STRUCTURE_PLACE:
		qf_check_keep_id(look, file->name, strlen(file->name));
		qf_check_note(look, QF_CHECK_WRONG_PLACE, file, right, "%s",
			      "");
		break;
	case QF_STRUCTURE_RIGHT:
		if (qf_structure_has_messages(file->folder))
			(void)is_second(look, file, "");
		break;
	case QF_STRUCTURE_FOREIGN:
		qf_check_note(look, QF_CHECK_FOREIGN_FILE, file, "", "%s", "");
		return false;
	default:
		return false;
	}
	return true;
}

/*
 * A file that is not complete has been whole once where only whole ones are
 * brought; elsewhere nobody has been told that it was taken.
 */
static bool
is_unfinished(const struct qf_check_look *look,
	      const struct qf_check_file *file)
{
	if (qf_queue_id_is_coming(file->name))
		return true;
	if (!qf_queue_id_ok(file->name))
		return false;
	if ((file->st->st_mode & QF_MODE_READY) == QF_MODE_READY ||
	    (file->st->st_mode & 07777) == 0400)
		return false;
	return (strcmp(file->folder, "deferred") != 0 &&
		strcmp(file->folder, "active") != 0) ||
	       !qf_check_is_whole(look->check->spool, file->path);
}

/* The message of a log that was without one in the look before. */
static void
match_inode(struct qf_check_look *look, const struct qf_check_file *file)
{
	uint64_t inode = file->st->st_ino;
	size_t low = 0, high = look->wanted_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (look->wanted[middle] < inode)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < look->wanted_count && look->wanted[low] == inode; low++) {
		char *path = qf_arena_copy(&look->ids_arena, file->path,
					   strlen(file->path));

		if (path == NULL)
			look->failed = true;
		else
			look->matches[low] = (struct qf_check_match){
				path, path + (file->name - file->path)
			};
	}
}

static void
check_file(struct walk *walk, const struct qf_check_file *file)
{
	struct qf_check_look *look = walk->look;
	struct qf_structure verdict;

	look->report->files++;
	if (is_attic(walk->folder)) {
		qf_check_note(look,
			      walk->folder[0] == 's' ? QF_CHECK_SAVED
						     : QF_CHECK_CORRUPT,
			      file, "", "%s", "");
		return;
	}
	qf_structure_judge(
		&(struct qf_structure_file){
			.folder = walk->folder,
			.path = file->below,
			.st = file->st,
			.depth = walk->hash_depth,
			.long_ids = look->config->long_queue_ids,
			.now = look->check->now },
		&verdict);
	if (verdict.fault == QF_STRUCTURE_NOT_PLAIN) {
		qf_check_note(look, QF_CHECK_NOT_PLAIN, file, "", "%s", "");
		return;
	}
	if (is_queue(walk->folder) && is_unfinished(look, file)) {
		check_unfinished(look, file);
		return;
	}
	if (!check_name(look, file, &verdict))
		return;
	if (is_queue(walk->folder)) {
		match_inode(look, file);
		qf_check_message(look, file);
	} else {
		qf_check_log(look, file);
	}
}

/* False: nothing of Postfix is in there. */
static bool
check_directory(struct walk *walk, const struct qf_check_file *file)
{
	struct qf_check_look *look = walk->look;
	struct qf_structure verdict;
	mode_t mode = file->st->st_mode & 07777;

	qf_structure_judge(
		&(struct qf_structure_file){ .folder = walk->folder,
					     .path = file->below,
					     .st = file->st,
					     .depth = walk->hash_depth },
		&verdict);
	if (verdict.fault == QF_STRUCTURE_DIRECTORY) {
		qf_check_note(look, QF_CHECK_FOREIGN_FOLDER, file, "", "%s",
			      "");
		return false;
	}
	if (verdict.fault == QF_STRUCTURE_DEEP && !is_attic(walk->folder))
		qf_check_note(look, QF_CHECK_DEEP_FOLDER, file, "", "%s", "");
	if (file->st->st_uid != look->check->owner)
		qf_check_note(look, QF_CHECK_FOLDER_OWNER, file, "",
			      "belongs to user %ld, not %ld",
			      (long)file->st->st_uid, (long)look->check->owner);
	else if ((mode & 0777) != 0700)
		qf_check_note(look, QF_CHECK_FOLDER_MODE, file, "",
			      "mode %04o, not 0700", (unsigned)mode);
	return true;
}

static void walk_directory(struct walk *walk);

static void
check_entry(struct walk *walk, const char *name, const struct stat *st)
{
	size_t len = walk->len;
	int added = snprintf(walk->path + len, sizeof(walk->path) - len, "/%s",
			     name);
	struct qf_check_file file = {
		.folder = walk->folder,
		.path = walk->path,
		.below = walk->path + strlen(walk->folder) + 1,
		.name = walk->path + len + 1,
		.st = st,
	};

	if (!S_ISDIR(st->st_mode)) {
		check_file(walk, &file);
	} else if (check_directory(walk, &file) && walk->level < MAX_DEPTH) {
		walk->len += (size_t)added;
		walk->level++;
		walk_directory(walk);
		walk->level--;
		walk->len = len;
	}
	walk->path[len] = '\0';
}

/* What goes away while we look is not there. */
static void
walk_directory(struct walk *walk)
{
	struct qf_error err;
	struct stat st;
	DIR *dir = NULL;
	enum qf_status status = qf_spool_directory(walk->look->check->spool,
						   walk->path, &dir, &err);

	/* One that is missing, or elsewhere, is told with the folders. */
	if (status == QF_GONE ||
	    (status != QF_OK && walk->level == 0 && status != QF_DENIED))
		return;
	if (status != QF_OK) {
		qf_check_unknown(walk->look, &err);
		return;
	}
	for (;;) {
		const struct dirent *entry;

		errno = 0;
		entry = readdir(dir);
		if (entry == NULL)
			break;
		if (strcmp(entry->d_name, ".") == 0 ||
		    strcmp(entry->d_name, "..") == 0)
			continue;
		if (fstatat(dirfd(dir), entry->d_name, &st,
			    AT_SYMLINK_NOFOLLOW) == 0)
			check_entry(walk, entry->d_name, &st);
		else if (errno != ENOENT &&
			 qf_system(&err, "%s", walk->path) != QF_OK)
			qf_check_unknown(walk->look, &err);
	}
	if (errno != 0 && qf_system(&err, "%s", walk->path) != QF_OK)
		qf_check_unknown(walk->look, &err);
	closedir(dir);
}

void
qf_check_walk(struct qf_check_look *look, const char *folder)
{
	struct walk walk = { .look = look, .folder = folder };

	if (strcmp(folder, "maildrop") != 0)
		walk.hash_depth = qf_spool_depth(look->check->spool, folder);
	walk.len = strlen(folder);
	memcpy(walk.path, folder, walk.len + 1);
	walk_directory(&walk);
}
