/*
 * scratch.c - files of a test below a temporary directory.
 */
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "unit.h"

/* Fixtures of the running test program. */
static char top[200];
static char own[240];

static int
remove_entry(const char *path, const struct stat *st, int kind,
	     struct FTW *place)
{
	(void)st;
	(void)kind;
	(void)place;
	return remove(path);
}

/* Directories that a test has closed would keep their files. */
static int
open_up(const char *path, const struct stat *st, int kind, struct FTW *place)
{
	(void)st;
	(void)place;
	if (kind == FTW_D || kind == FTW_DNR)
		chmod(path, 0700);
	return 0;
}

void
scratch_begin(void)
{
	const char *place = getenv("TMPDIR");

	snprintf(top, sizeof(top), "%s/mailq-tools-unit.XXXXXX",
		 place == NULL ? "/tmp" : place);
	ck_assert_ptr_nonnull(mkdtemp(top));
	ck_assert_int_eq(chmod(top, 0755), 0);
}

void
scratch_end(void)
{
	nftw(top, open_up, 8, FTW_PHYS);
	ck_assert_int_eq(nftw(top, remove_entry, 8, FTW_PHYS | FTW_DEPTH), 0);
}

void
scratch_new(void)
{
	snprintf(own, sizeof(own), "%s/XXXXXX", top);
	ck_assert_ptr_nonnull(mkdtemp(own));
	ck_assert_int_eq(chmod(own, 0755), 0);
}

const char *
scratch_path(const char *name)
{
	static char paths[8][1024];
	static unsigned next;
	char *path = paths[next++ % 8];

	snprintf(path, sizeof(paths[0]), "%s%s%s", own,
		 *name == '\0' ? "" : "/", name);
	return path;
}

/* Make what leads to the last component of a path. */
static void
make_parents(const char *path)
{
	char part[1024];

	snprintf(part, sizeof(part), "%s", path);
	for (char *slash = strchr(part + strlen(own) + 1, '/'); slash != NULL;
	     slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		mkdir(part, 0755);
		*slash = '/';
	}
}

void
scratch_directory(const char *name)
{
	const char *path = scratch_path(name);

	make_parents(path);
	ck_assert_int_eq(mkdir(path, 0755), 0);
}

void
scratch_file(const char *name, const void *data, size_t len, mode_t mode)
{
	const char *path = scratch_path(name);
	int fd;

	make_parents(path);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	ck_assert_msg(fd >= 0, "cannot make %s", path);
	ck_assert_int_eq(write(fd, data, len), (ssize_t)len);
	ck_assert_int_eq(fchmod(fd, mode), 0);
	ck_assert_int_eq(close(fd), 0);
}

void
scratch_text(const char *name, const char *text, mode_t mode)
{
	scratch_file(name, text, strlen(text), mode);
}
