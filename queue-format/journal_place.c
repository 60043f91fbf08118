/*
 * journal_place.c - the directory that the journal lies in.
 */
#include "journal_place.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#define STAMP_SIZE 200

/*
 * What is not here is taken for a local one.  Two machines that write a table
 * which each has mapped into its memory destroy it.
 */
bool
qf_journal_place_fits(unsigned long kind)
{
	static const unsigned long remote[] = {
		0x00006969, /* NFS */
		0x0000517b, /* SMB */
		0xff534d42, /* CIFS */
		0xfe534d42, /* SMB 2 */
		0x65735546, /* FUSE: sshfs, GlusterFS, s3fs */
		0x01021997, /* 9P */
		0x00c36400, /* Ceph */
		0x5346414f, /* AFS */
		0x6b414653, /* kAFS */
		0x73757245, /* Coda */
		0x0000564c, /* NCP */
		0x0bd00bd0, /* Lustre */
		0x01161970, /* GFS2 */
		0x7461636f, /* OCFS2 */
		0x47504653, /* GPFS */
		0x19830326, /* BeeGFS */
		0x20030528, /* OrangeFS */
		0x786f4256, /* a folder of VirtualBox */
	};

	for (size_t i = 0; i < sizeof(remote) / sizeof(remote[0]); i++) {
		if ((kind & 0xffffffff) == remote[i])
			return false;
	}
	return true;
}

/* Ours alone? */
static enum qf_status
check_owner(const char *name, const struct stat *st, struct qf_error *err)
{
	if (st->st_uid != geteuid())
		return qf_fail(err, QF_UNSAFE,
			       "%s belongs to user %u, not to %u", name,
			       (unsigned)st->st_uid, (unsigned)geteuid());
	if ((st->st_mode & 077) != 0)
		return qf_fail(err, QF_UNSAFE,
			       "%s is open to others: its mode is %04o", name,
			       (unsigned)st->st_mode & 07777);
	return QF_OK;
}

enum qf_status
qf_journal_place_file(const struct qf_journal_place *place, const char *name,
		      struct stat *st, struct qf_error *err)
{
	if (fstatat(place->directory, name, st, AT_SYMLINK_NOFOLLOW) != 0)
		return qf_system(err, "cannot look at %s", name);
	if (!S_ISREG(st->st_mode))
		return qf_fail(err, QF_UNSAFE, "%s is not a plain file", name);
	if (st->st_nlink != 1)
		return qf_fail(err, QF_UNSAFE, "%s has %lu names", name,
			       (unsigned long)st->st_nlink);
	return check_owner(name, st, err);
}

/* `parent' is AT_FDCWD for a path. */
static enum qf_status
open_directory(int parent, const char *name, bool read_only, int *fd,
	       struct qf_error *err)
{
	const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	struct stat st;

	*fd = openat(parent, name, flags);
	if (*fd < 0 && errno == ENOENT && !read_only) {
		if (mkdirat(parent, name, 0700) != 0 && errno != EEXIST &&
		    errno != ENOENT)
			return qf_system(err, "cannot make %s", name);
		*fd = openat(parent, name, flags);
	}
	if (*fd < 0 && errno == ENOENT)
		return qf_fail(err, QF_ABSENT, "there is no journal");
	if (*fd < 0 && (errno == ELOOP || errno == ENOTDIR))
		return qf_fail(err, QF_UNSAFE, "%s is not a directory", name);
	if (*fd < 0)
		return qf_system(err, "cannot open %s", name);
	if (fstat(*fd, &st) != 0)
		return qf_system(err, "cannot look at %s", name);
	return check_owner(name, &st, err);
}

static enum qf_status
check_file_system(int fd, struct qf_error *err)
{
	struct statfs fs;

	if (fstatfs(fd, &fs) != 0)
		return qf_system(err, "cannot tell the file system");
	if (!qf_journal_place_fits((unsigned long)fs.f_type))
		return qf_fail(err, QF_UNSAFE,
			       "on a network file system (type 0x%lx), where a "
			       "journal does not survive",
			       (unsigned long)fs.f_type & 0xffffffff);
	return QF_OK;
}

static enum qf_status
open_writer(struct qf_journal_place *place, struct qf_error *err)
{
	struct stat st;

	place->writer = openat(place->directory, "writer",
			       O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK |
				       O_NOCTTY | O_CLOEXEC,
			       0600);
	if (place->writer < 0 && errno == ELOOP)
		return qf_fail(err, QF_UNSAFE, "writer is not a plain file");
	if (place->writer < 0)
		return qf_system(err, "cannot open writer");
	return qf_journal_place_file(place, "writer", &st, err);
}

enum qf_status
qf_journal_place_open(const char *path, bool read_only,
		      struct qf_journal_place *place, struct qf_error *err)
{
	static const char *const files[] = { "data.mdb", "lock.mdb", "stamp" };
	enum qf_status status;
	struct stat st;

	status = open_directory(AT_FDCWD, path, read_only, &place->directory,
				err);
	if (status == QF_OK)
		status = check_file_system(place->directory, err);
	if (status == QF_OK)
		status = open_directory(place->directory, "jobs", read_only,
					&place->jobs, err);
	for (size_t i = 0; status == QF_OK && i < 3; i++) {
		status = qf_journal_place_file(place, files[i], &st, err);
		if (status == QF_GONE)
			status = QF_OK;
	}
	if (status == QF_OK && !read_only)
		status = open_writer(place, err);
	if (status != QF_OK)
		qf_journal_place_close(place);
	return status;
}

void
qf_journal_place_close(struct qf_journal_place *place)
{
	const struct qf_journal_place nowhere = QF_JOURNAL_NOWHERE;

	if (place->writer >= 0)
		close(place->writer);
	if (place->jobs >= 0)
		close(place->jobs);
	if (place->directory >= 0)
		close(place->directory);
	*place = nowhere;
}

/* No list of our own: a library that others use has no state of its own. */
bool
qf_journal_place_is_open(const struct stat *file)
{
	DIR *directory = opendir("/proc/self/fd");
	const struct dirent *entry;
	bool found = false;
	struct stat st;

	if (directory == NULL)
		return false;
	while (!found && (entry = readdir(directory)) != NULL)
		found = fstatat(dirfd(directory), entry->d_name, &st, 0) == 0 &&
			st.st_ino == file->st_ino && st.st_dev == file->st_dev;
	closedir(directory);
	return found;
}

/* False: it cannot be told. */
static bool
boot(char text[64])
{
	int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	ssize_t len = fd < 0 ? -1 : read(fd, text, 63);

	if (fd >= 0)
		close(fd);
	if (len <= 0)
		return false;
	text[len] = '\0';
	text[strcspn(text, "\n")] = '\0';
	return true;
}

static bool
make_stamp(const struct stat *table, char text[STAMP_SIZE])
{
	char id[64];

	if (!boot(id))
		return false;
	snprintf(text, STAMP_SIZE, "%s %llu %lld %lld.%09ld\n", id,
		 (unsigned long long)table->st_ino, (long long)table->st_size,
		 (long long)table->st_mtim.tv_sec, table->st_mtim.tv_nsec);
	return true;
}

static int
open_stamp(const struct qf_journal_place *place, int flags)
{
	return openat(place->directory, "stamp",
		      flags | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC,
		      0600);
}

bool
qf_journal_stamp_fits(const struct qf_journal_place *place,
		      const struct stat *table)
{
	char wanted[STAMP_SIZE];
	char text[STAMP_SIZE];
	int fd = open_stamp(place, O_RDONLY);
	ssize_t len = fd < 0 ? -1 : read(fd, text, sizeof(text));

	if (fd >= 0)
		close(fd);
	return make_stamp(table, wanted) && len == (ssize_t)strlen(wanted) &&
	       memcmp(text, wanted, strlen(wanted)) == 0;
}

/* Half a stamp does not fit: no harm. */
void
qf_journal_stamp(const struct qf_journal_place *place, const struct stat *table)
{
	char text[STAMP_SIZE];
	ssize_t written;
	int fd;

	if (!make_stamp(table, text))
		return;
	fd = open_stamp(place, O_WRONLY | O_CREAT | O_TRUNC);
	if (fd < 0)
		return;
	written = write(fd, text, strlen(text));
	(void)written;
	close(fd);
}
