/*
 * bench.c - a small spool that is made anew before each run.
 */
#include "bench.h"

#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const folders[] = {
	"maildrop", "incoming", "active", "deferred", "hold",
	"corrupt",  "defer",	"bounce", "trace",    "pid",
};
#define FOLDERS (sizeof(folders) / sizeof(folders[0]))

static char *
read_file(const char *path, size_t *len)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	char *bytes;

	if (fd < 0 || fstat(fd, &st) < 0)
		err(1, "%s", path);
	bytes = malloc((size_t)st.st_size + 1);
	if (bytes == NULL ||
	    read(fd, bytes, (size_t)st.st_size) != (ssize_t)st.st_size)
		err(1, "%s", path);
	close(fd);
	*len = (size_t)st.st_size;
	return bytes;
}

static FTS *
open_tree(const char *path)
{
	char *argv[2] = { strdup(path), NULL };
	FTS *tree = fts_open(argv, FTS_PHYSICAL | FTS_NOCHDIR, NULL);

	if (tree == NULL)
		err(1, "%s", path);
	free(argv[0]);
	return tree;
}

static void
add_sample(struct samples *samples, const char *spool, const FTSENT *entry)
{
	struct sample *sample = &samples->list[samples->count++];
	char path[PATH_MAX];

	sample->bytes = read_file(entry->fts_path, &sample->len);
	sample->mode = entry->fts_statp->st_mode & 07777;
	memcpy(sample->time_part, entry->fts_name, 5);
	samples->uid = entry->fts_statp->st_uid;
	samples->gid = entry->fts_statp->st_gid;
	snprintf(path, sizeof(path), "%s/defer/%c/%s", spool,
		 entry->fts_name[0], entry->fts_name);
	sample->log = read_file(path, &sample->log_len);
}

void
samples_read(struct samples *samples, const char *spool)
{
	char path[PATH_MAX];
	FTSENT *entry;
	FTS *tree;

	snprintf(path, sizeof(path), "%s/deferred", spool);
	tree = open_tree(path);
	while ((entry = fts_read(tree)) != NULL) {
		if (entry->fts_info == FTS_F && samples->count < MESSAGES_MAX)
			add_sample(samples, spool, entry);
	}
	fts_close(tree);
	if (samples->count == 0)
		errx(1, "%s: no messages", path);
}

void
bench_remove(const char *path)
{
	FTS *tree = open_tree(path);
	FTSENT *entry;

	while ((entry = fts_read(tree)) != NULL) {
		if (entry->fts_info == FTS_D || entry->fts_info == FTS_NS)
			continue;
		if (remove(entry->fts_accpath) < 0 && errno != ENOENT)
			err(1, "%s", entry->fts_path);
	}
	fts_close(tree);
}

static void
make_folder(const struct bench *bench, const char *path)
{
	if (mkdir(path, 0700) < 0 && errno != EEXIST)
		err(1, "%s", path);
	if (geteuid() == 0 &&
	    chown(path, bench->samples->uid, bench->samples->gid) < 0)
		err(1, "%s", path);
}

static bool
is_hashed(const char *folder)
{
	return strcmp(folder, "deferred") == 0 || strcmp(folder, "defer") == 0;
}

/* The path of a name: queues that are hashed have a level of folders. */
static void
make_path(const struct bench *bench, const char *folder, const char *id,
	  char path[PATH_MAX])
{
	if (!is_hashed(folder)) {
		snprintf(path, PATH_MAX, "%.3000s/%s/%s", bench->spool, folder,
			 id);
		return;
	}
	snprintf(path, PATH_MAX, "%.3000s/%s/%c", bench->spool, folder, id[0]);
	make_folder(bench, path);
	snprintf(path, PATH_MAX, "%.3000s/%s/%c/%s", bench->spool, folder,
		 id[0], id);
}

/* A file that has no name in a queue yet; its inode. */
static uint64_t
write_file(const struct bench *bench, const char *path, const char *bytes,
	   size_t len, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	struct stat st;

	if (fd < 0 || write(fd, bytes, len) != (ssize_t)len ||
	    fstat(fd, &st) < 0)
		err(1, "%s", path);
	if (geteuid() == 0 &&
	    fchown(fd, bench->samples->uid, bench->samples->gid) < 0)
		err(1, "%s", path);
	if (fchmod(fd, mode) < 0)
		err(1, "%s", path);
	close(fd);
	return st.st_ino;
}

static uint64_t
put_log(const struct bench *bench, const struct message *m, const char *folder)
{
	const struct sample *sample = m->sample;
	char path[PATH_MAX];

	make_path(bench, folder, m->first_id, path);
	return write_file(bench, path, sample->log, sample->log_len, 0600);
}

static void
put_message(const struct bench *bench, struct message *m, const char *folder)
{
	const struct sample *sample = m->sample;
	char path[PATH_MAX];
	char fresh[PATH_MAX];

	snprintf(fresh, sizeof(fresh), "%.3000s/pid/fresh", bench->spool);
	m->inode = write_file(bench, fresh, sample->bytes, sample->len,
			      sample->mode);
	snprintf(m->first_id, sizeof(m->first_id), "%s%lX", sample->time_part,
		 (unsigned long)m->inode);
	make_path(bench, folder, m->first_id, path);
	if (rename(fresh, path) < 0)
		err(1, "%s", path);
}

void
bench_make(struct bench *bench, size_t count, const char *const places[3],
	   bool reported)
{
	char path[PATH_MAX];

	bench_remove(bench->spool);
	make_folder(bench, bench->spool);
	for (size_t i = 0; i < FOLDERS; i++) {
		snprintf(path, sizeof(path), "%.3000s/%s", bench->spool,
			 folders[i]);
		make_folder(bench, path);
	}
	bench->count = count;
	for (size_t i = 0; i < count; i++) {
		struct message *m = &bench->messages[i];

		*m = (struct message){
			.sample = &bench->samples
					   ->list[i % bench->samples->count],
		};
		put_message(bench, m, places[i % 3]);
		m->logs[0] = put_log(bench, m, "defer");
		if (reported)
			m->logs[1] = put_log(bench, m, "bounce");
	}
}

static int64_t
nanoseconds(struct timespec time)
{
	return time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
}

/* ORIGIN.ID.JOB is what a message is called in the trash. */
static void
take_name(struct found *found, const char *name)
{
	const char *begin = strchr(name, '.');
	const char *end = strrchr(name, '.');

	snprintf(found->name, sizeof(found->name), "%.127s", name);
	if (begin != NULL && end != begin)
		snprintf(found->id, sizeof(found->id), "%.*s",
			 (int)(end - begin - 1), begin + 1);
	else
		snprintf(found->id, sizeof(found->id), "%.127s", name);
}

static void
add_found(struct listing *listing, const char *path, const char *name,
	  const struct stat *st)
{
	size_t len = strcspn(path, "/");
	struct found *found = &listing->files[listing->count++];

	if (listing->count == sizeof(listing->files) / sizeof(*found))
		errx(1, "too many files");
	*found = (struct found){
		.inode = st->st_ino,
		.modified = nanoseconds(st->st_mtim),
		.changed = nanoseconds(st->st_ctim),
		.size = st->st_size,
		.mode = st->st_mode & 07777,
		.names = st->st_nlink,
	};
	snprintf(found->path, sizeof(found->path), "%s", path);
	snprintf(found->folder, sizeof(found->folder), "%.*s", (int)len, path);
	take_name(found, name);
}

/* All files below a directory of the spool; fts(3) asks too much for that. */
static void
look_in(struct listing *listing, const char *path, size_t skip)
{
	char inner[PATH_MAX];
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;
	struct stat st;

	if (dir == NULL)
		err(1, "%s", path);
	while ((entry = readdir(dir)) != NULL) {
		if (strcmp(entry->d_name, ".") == 0 ||
		    strcmp(entry->d_name, "..") == 0)
			continue;
		snprintf(inner, sizeof(inner), "%.3500s/%s", path,
			 entry->d_name);
		if (entry->d_type == DT_DIR)
			look_in(listing, inner, skip);
		else if (fstatat(fd, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) ==
			 0)
			add_found(listing, inner + skip, entry->d_name, &st);
		else
			err(1, "%s", inner);
	}
	closedir(dir);
}

void
bench_look(struct bench *bench)
{
	bench->now.count = 0;
	look_in(&bench->now, bench->spool, strlen(bench->spool) + 1);
}

bool
listing_is(const struct listing *a, const struct listing *b)
{
	return a->count == b->count &&
	       memcmp(a->files, b->files, a->count * sizeof(*a->files)) == 0;
}

const struct found *
listing_find(const struct listing *listing, uint64_t inode)
{
	for (size_t i = 0; i < listing->count; i++) {
		if (listing->files[i].inode == inode)
			return &listing->files[i];
	}
	return NULL;
}

bool
bench_is_in_place(const struct found *found)
{
	char path[2 * NAME_ROOM];

	if (is_hashed(found->folder))
		snprintf(path, sizeof(path), "%s/%c/%s", found->folder,
			 found->id[0], found->id);
	else
		snprintf(path, sizeof(path), "%s/%s", found->folder,
			 found->name);
	return strcmp(path, found->path) == 0;
}

bool
bench_is_intact(const struct bench *bench, const struct message *message,
		const struct found *found)
{
	char path[PATH_MAX];
	char *bytes;
	size_t len;
	bool same;

	snprintf(path, sizeof(path), "%.3000s/%s", bench->spool, found->path);
	bytes = read_file(path, &len);
	same = len == message->sample->len &&
	       memcmp(bytes, message->sample->bytes, len) == 0;
	free(bytes);
	return same;
}
