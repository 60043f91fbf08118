/*
 * spool.c - the directories of a spool, and files in them.
 */
#include "spool.h"

#include <assert.h>
#include <ctype.h>
#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sysexits.h>
#include <unistd.h>

/* Whose a directory is. */
enum owner { OWNER_ROOT, OWNER_MAIL, OWNER_MAIL_AND_DROP };

struct directory {
	const char *name;
	mode_t mode;
	enum owner owner;
};

static const struct directory queues[QUEUE_COUNT] = {
	[QUEUE_MAILDROP] = { "maildrop", 0730, OWNER_MAIL_AND_DROP },
	[QUEUE_INCOMING] = { "incoming", 0700, OWNER_MAIL },
	[QUEUE_ACTIVE] = { "active", 0700, OWNER_MAIL },
	[QUEUE_DEFERRED] = { "deferred", 0700, OWNER_MAIL },
	[QUEUE_HOLD] = { "hold", 0700, OWNER_MAIL },
	[QUEUE_CORRUPT] = { "corrupt", 0700, OWNER_MAIL },
	[QUEUE_SAVED] = { "saved", 0700, OWNER_MAIL },
	[LOG_BOUNCE] = { "bounce", 0700, OWNER_MAIL },
	[LOG_DEFER] = { "defer", 0700, OWNER_MAIL },
	[LOG_TRACE] = { "trace", 0700, OWNER_MAIL },
	[LOG_FLUSH] = { "flush", 0700, OWNER_MAIL },
};

static const struct directory others[] = {
	{ "private", 0700, OWNER_MAIL },
	{ "public", 0710, OWNER_MAIL_AND_DROP },
	{ "pid", 0755, OWNER_ROOT },
};

const char *
queue_name(enum queue queue)
{
	return queues[queue].name;
}

enum queue
queue_by_name(const char *name)
{
	enum queue queue = 0;

	while (queue < QUEUE_COUNT && strcasecmp(queues[queue].name, name) != 0)
		queue++;
	return queue;
}

void
spool_hash(struct spool *s, const char *names)
{
	char *copy = strdup(names);
	char *rest = copy;
	char *name;

	if (copy == NULL)
		err(EX_OSERR, "no memory");
	while ((name = strsep(&rest, ", \t")) != NULL) {
		enum queue queue = queue_by_name(name);

		/* A name that is no queue is how people turn hashing off. */
		if (queue < QUEUE_COUNT)
			s->hashed[queue] = true;
	}
	if (s->hashed[QUEUE_MAILDROP])
		errx(EX_USAGE, "the maildrop queue must not be hashed");
	free(copy);
}

static gid_t
group_by_name(const char *name)
{
	const struct group *group = getgrnam(name);

	if (group == NULL)
		errx(EX_NOUSER, "no group %s", name);
	return group->gr_gid;
}

void
spool_owner(struct spool *s, const char *owner)
{
	const struct group *drop = getgrnam("postdrop");
	const struct passwd *user;
	char *name;
	char *group;

	s->uid = geteuid();
	s->gid = getegid();
	s->drop_gid = s->gid;
	s->root = s->uid == 0;
	if (!s->root)
		return;

	name = strdup(owner != NULL ? owner : "postfix");
	if (name == NULL)
		err(EX_OSERR, "no memory");
	group = strchr(name, ':');
	if (group != NULL)
		*group++ = '\0';
	user = getpwnam(name);
	if (user == NULL && owner != NULL)
		errx(EX_NOUSER, "no user %s", name);
	if (user != NULL) {
		s->uid = user->pw_uid;
		s->gid = group != NULL ? group_by_name(group) : user->pw_gid;
		s->drop_gid = drop != NULL ? drop->gr_gid : s->gid;
	}
	free(name);
}

static void
make_directory(const struct spool *s, const struct directory *d)
{
	bool made = mkdirat(s->fd, d->name, d->mode) == 0;

	if (!made && errno != EEXIST)
		err(EX_CANTCREAT, "%s", d->name);
	if (!made)
		return;
	/* The umask took something away. */
	if (fchmodat(s->fd, d->name, d->mode, 0) < 0)
		err(EX_CANTCREAT, "%s", d->name);
	if (!s->root || d->owner == OWNER_ROOT)
		return;
	/* As Postfix leaves it: the group stays, where it has no meaning. */
	if (fchownat(s->fd, d->name, s->uid,
		     d->owner == OWNER_MAIL ? (gid_t)-1 : s->drop_gid, 0) < 0)
		err(EX_CANTCREAT, "%s", d->name);
}

static bool
is_empty(const char *path)
{
	const struct dirent *entry;
	DIR *dir = opendir(path);
	bool empty = true;

	if (dir == NULL)
		err(EX_CANTCREAT, "%s", path);
	while (empty && (entry = readdir(dir)) != NULL)
		empty = strcmp(entry->d_name, ".") == 0 ||
			strcmp(entry->d_name, "..") == 0;
	closedir(dir);
	return empty;
}

void
spool_open(struct spool *s, const char *dir, bool append)
{
	if (mkdir(dir, 0755) < 0 && errno != EEXIST)
		err(EX_CANTCREAT, "%s", dir);
	if (!append && !is_empty(dir))
		errx(EX_CANTCREAT, "%s is not empty (--append adds to it)",
		     dir);
	s->fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (s->fd < 0)
		err(EX_CANTCREAT, "%s", dir);
	for (size_t i = 0; i < QUEUE_COUNT; i++)
		make_directory(s, &queues[i]);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		make_directory(s, &others[i]);
}

void
spool_close(struct spool *s)
{
	close(s->fd);
	s->fd = -1;
}

/* The directory of a file, with a slash at the end. */
static void
find_directory(const struct spool *s, enum queue queue, long usec, char dir[32])
{
	char hash[2 * HASH_DEPTH_MAX + 1] = "";

	if (s->hashed[queue])
		queue_name_hash(hash, usec, s->hash_depth);
	snprintf(dir, 32, "%s/%s", queues[queue].name, hash);
}

/* As others may be at it at the same time, it may be there already. */
static void
make_parents(const struct spool *s, const char *path)
{
	char dir[sizeof(((struct spool_file *)NULL)->path)];

	for (const char *p = strchr(path, '/'); p != NULL;
	     p = strchr(p + 1, '/')) {
		snprintf(dir, sizeof(dir), "%.*s", (int)(p - path), path);
		if (mkdirat(s->fd, dir, 0700) < 0) {
			if (errno != EEXIST)
				err(EX_CANTCREAT, "%s", dir);
			continue;
		}
		if (s->root && fchownat(s->fd, dir, s->uid, s->gid, 0) < 0)
			err(EX_CANTCREAT, "%s", dir);
	}
}

static int
create(const struct spool *s, const char *path, mode_t mode)
{
	const int flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW;
	int fd = openat(s->fd, path, flags, mode);

	if (fd < 0 && errno == ENOENT) {
		make_parents(s, path);
		fd = openat(s->fd, path, flags, mode);
	}
	if (fd < 0)
		err(EX_CANTCREAT, "%s", path);
	return fd;
}

void
spool_create(const struct spool *s, struct spool_file *f, enum queue queue,
	     struct timeval named, unsigned long serial)
{
	struct stat st;
	char dir[32];

	find_directory(s, queue, named.tv_usec, dir);
	/* A dot in the name: nobody takes it for a message. */
	snprintf(f->temporary, sizeof(f->temporary), "%s%lu.%ld", dir, serial,
		 (long)getpid());
	f->queue = queue;
	f->fd = create(s, f->temporary, 0600);
	if (fstat(f->fd, &st) < 0)
		err(EX_IOERR, "%s", f->temporary);
	if (s->long_ids)
		queue_name_long(f->id, named, st.st_ino);
	else
		queue_name_short(f->id, named, st.st_ino);
	snprintf(f->path, sizeof(f->path), "%s%s", dir, f->id);
}

static void
write_all(int fd, const char *path, const struct bytes *b)
{
	size_t done = 0;

	while (done < b->len) {
		ssize_t n = write(fd, b->data + done, b->len - done);

		if (n < 0 && errno != EINTR)
			err(EX_IOERR, "%s", path);
		if (n > 0)
			done += (size_t)n;
	}
}

/* The mode is last: a file that is 0700 is a message that may be sent. */
static void
finish(const struct spool *s, int fd, const char *path,
       const struct file_state *state)
{
	const struct timespec times[2] = { state->time, state->time };

	if (s->root && fchown(fd, state->uid, state->gid) < 0)
		err(EX_IOERR, "%s", path);
	if (state->time.tv_nsec != UTIME_OMIT && futimens(fd, times) < 0)
		err(EX_IOERR, "%s", path);
	if (state->mode != 0600 && fchmod(fd, state->mode) < 0)
		err(EX_IOERR, "%s", path);
	if (close(fd) < 0)
		err(EX_IOERR, "%s", path);
}

void
spool_commit(const struct spool *s, struct spool_file *f, const struct bytes *b,
	     const struct file_state *state)
{
	write_all(f->fd, f->temporary, b);
	finish(s, f->fd, f->temporary, state);
	if (renameat2(s->fd, f->temporary, s->fd, f->path, RENAME_NOREPLACE) <
	    0)
		err(EX_IOERR, "%s", f->path);
}

void
spool_write_log(const struct spool *s, enum queue log, const char *id,
		struct timeval named, const struct bytes *b,
		struct timespec time)
{
	const struct file_state state = {
		.mode = 0600,
		.uid = s->uid,
		.gid = s->gid,
		.time = time,
	};
	char path[sizeof(((struct spool_file *)NULL)->path)];
	char dir[32];
	int fd;

	find_directory(s, log, named.tv_usec, dir);
	snprintf(path, sizeof(path), "%s%s", dir, id);
	fd = create(s, path, 0600);
	write_all(fd, path, b);
	finish(s, fd, path, &state);
}
