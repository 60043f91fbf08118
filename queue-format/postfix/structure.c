/*
 * structure.c - what the place and the name of a file in a spool should be.
 */
#include "structure.h"

#include <string.h>

#define SUFFIX_LEN (sizeof(QF_STRUCTURE_SUFFIX) - 1)

/* Of a short id; the rest is the inode. */
#define SHORT_TIME 5

_Static_assert(QF_STRUCTURE_PATH_MAX == QF_SPOOL_PATH_MAX + SUFFIX_LEN,
	       "a path must have room for the suffix");

bool
qf_structure_has_messages(const char *folder)
{
	static const char *const queues[] = {
		"maildrop", "incoming", "active", "deferred", "hold", "corrupt"
	};

	for (size_t i = 0; i < sizeof(queues) / sizeof(queues[0]); i++) {
		if (strcmp(folder, queues[i]) == 0)
			return true;
	}
	return false;
}

/* Nobody looks into directories of maildrop: it is open to others. */
static void
judge_directory(const struct qf_structure_file *file, const char *name,
		struct qf_structure *verdict)
{
	unsigned level = 1;

	for (const char *c = file->path; *c != '\0'; c++)
		level += *c == '/';
	if (name[0] == '\0' || name[1] != '\0' ||
	    strcmp(file->folder, "maildrop") == 0)
		verdict->fault = QF_STRUCTURE_DIRECTORY;
	else if (level > file->depth)
		verdict->fault = QF_STRUCTURE_DEEP;
}

/*
 * The same time in another id.  What is left of it in a short one is enough:
 * no two messages have the same inode.  False: it would be too long.
 */
static bool
make_id(const struct qf_structure_file *file, const char *old,
	char id[QF_QUEUE_ID_MAX + 1])
{
	char made[QF_QUEUE_ID_MAX + 1];
	uint32_t microseconds = 0;
	const char *mark = strrchr(old, 'z');
	const char *inode;
	size_t time_len;

	if (!qf_queue_id_is_long(old)) {
		qf_queue_id_make(false, 0, 0, file->st->st_ino, made);
		time_len = SHORT_TIME;
		inode = made + SHORT_TIME;
	} else if (file->long_ids) {
		qf_queue_id_make(true, 0, 0, file->st->st_ino, made);
		time_len = (size_t)(mark - old) + 1;
		inode = strrchr(made, 'z') + 1;
	} else {
		microseconds = qf_queue_id_microseconds(old);
		qf_queue_id_make(false, 0, microseconds, file->st->st_ino, id);
		return true;
	}
	if (time_len + strlen(inode) > QF_QUEUE_ID_MAX)
		return false;
	memcpy(id, old, time_len);
	memcpy(id + time_len, inode, strlen(inode) + 1);
	return true;
}

/* What is wrong with the name; the right one is verdict->id. */
static enum qf_structure_fault
judge_id(const struct qf_structure_file *file, const char *id,
	 struct qf_structure *verdict)
{
	enum qf_structure_fault fault = QF_STRUCTURE_RIGHT;
	bool is_long = qf_queue_id_is_long(id);
	uint64_t inode = 0;

	if (!qf_queue_id_ok(id))
		return QF_STRUCTURE_FOREIGN;
	memcpy(verdict->id, id, strlen(id) + 1);
	if (!qf_structure_has_messages(file->folder))
		return QF_STRUCTURE_RIGHT;
	if (!qf_queue_id_inode(id, &inode))
		fault = QF_STRUCTURE_FOREIGN;
	else if (is_long && !file->long_ids)
		fault = QF_STRUCTURE_LONG;
	else if (inode != file->st->st_ino && (!is_long || file->long_inodes))
		fault = QF_STRUCTURE_INODE;
	if (fault == QF_STRUCTURE_FOREIGN ||
	    (fault != QF_STRUCTURE_RIGHT && !make_id(file, id, verdict->id))) {
		verdict->id[0] = '\0';
		return QF_STRUCTURE_FOREIGN;
	}
	return fault;
}

/* The name is that of a message or log, and the suffix. */
static enum qf_structure_fault
judge_left(const struct qf_structure_file *file, const char *name,
	   struct qf_structure *verdict)
{
	size_t len = strlen(name) - SUFFIX_LEN;
	char id[QF_QUEUE_ID_MAX + 1];
	uint64_t inode = 0;

	if (len > QF_QUEUE_ID_MAX)
		return QF_STRUCTURE_FOREIGN;
	memcpy(id, name, len);
	id[len] = '\0';
	if (!qf_queue_id_ok(id))
		return QF_STRUCTURE_FOREIGN;
	if (qf_structure_has_messages(file->folder)) {
		if (!qf_queue_id_inode(id, &inode))
			return QF_STRUCTURE_FOREIGN;
		if (inode != file->st->st_ino)
			return QF_STRUCTURE_LEFT_INODE;
	}
	memcpy(verdict->id, id, len + 1);
	return QF_STRUCTURE_LEFT;
}

static bool
has_suffix(const char *name)
{
	size_t len = strlen(name);

	return len > SUFFIX_LEN &&
	       strcmp(name + len - SUFFIX_LEN, QF_STRUCTURE_SUFFIX) == 0;
}

/* By its right name. */
static void
find_place(const struct qf_structure_file *file, struct qf_structure *verdict)
{
	size_t len = strlen(file->folder);

	memcpy(verdict->path, file->folder, len);
	verdict->path[len++] = '/';
	len += qf_queue_id_hash(verdict->id, file->depth, verdict->path + len);
	memcpy(verdict->path + len, verdict->id, strlen(verdict->id) + 1);
	if (verdict->fault == QF_STRUCTURE_RIGHT &&
	    strcmp(verdict->path + strlen(file->folder) + 1, file->path) != 0)
		verdict->fault = QF_STRUCTURE_PLACE;
}

void
qf_structure_judge(const struct qf_structure_file *file,
		   struct qf_structure *verdict)
{
	const char *slash = strrchr(file->path, '/');
	const char *name = slash == NULL ? file->path : slash + 1;
	const struct stat *st = file->st;

	*verdict = (struct qf_structure){ .fault = QF_STRUCTURE_RIGHT };
	if (S_ISDIR(st->st_mode)) {
		judge_directory(file, name, verdict);
		return;
	}
	if (!S_ISREG(st->st_mode)) {
		verdict->fault = QF_STRUCTURE_NOT_PLAIN;
		return;
	}
	verdict->stale = qf_structure_has_messages(file->folder) &&
			 (st->st_mode & QF_MODE_READY) != QF_MODE_READY &&
			 file->now - st->st_mtime > QF_STRUCTURE_STALE_AGE;
	verdict->fault = has_suffix(name) ? judge_left(file, name, verdict)
					  : judge_id(file, name, verdict);
	if (verdict->id[0] != '\0')
		find_place(file, verdict);
}
