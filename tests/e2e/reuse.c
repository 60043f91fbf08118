/*
 * reuse.c - put other messages in the place of messages, under their names.
 *
 * usage: reuse [-p MICROSECONDS] [-s SEED] SPOOL TEXT <PATHS
 *
 * Each path below SPOOL, a line of standard input, is removed, and another
 * file of that name is made, with the contents of TEXT: on the same inode, if
 * the file system gives it back.  Such a message comes to its name as Postfix
 * brings it there: first with mode 0600, and when it is complete with 0700.
 *
 * -p: pause before each, that long at most; -s: in an order of its own.
 *
 * For each one that was replaced it prints the path, the inode, the time of
 * change as find(1) prints it, and "same" or "other" for the inode.  What is
 * not there any more is left out.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Others make files, too, and may get the inode; then it is free again. */
#define TRIES 16

#define NAME 100

struct job {
	int spool;
	char *text;
	size_t len;
	unsigned pause;
	unsigned seed;
};

static void
read_text(struct job *job, const char *path)
{
	FILE *file = fopen(path, "r");
	size_t room = 0;
	ssize_t len;

	if (file == NULL)
		err(74, "%s", path);
	len = getdelim(&job->text, &room, EOF, file);
	if (len <= 0)
		err(74, "%s", path);
	job->len = (size_t)len;
	fclose(file);
}

static char **
read_paths(size_t *count)
{
	char **paths = NULL;
	size_t room = 0;
	char *line = NULL;
	size_t size = 0;
	ssize_t len;

	*count = 0;
	while ((len = getline(&line, &size, stdin)) > 0) {
		line[strcspn(line, "\n")] = '\0';
		if (*count == room) {
			room = room * 2 + 64;
			paths = reallocarray(paths, room, sizeof(*paths));
		}
		if (paths == NULL)
			err(74, "stdin");
		paths[*count] = strdup(line);
		if (paths[(*count)++] == NULL)
			err(74, "stdin");
	}
	free(line);
	return paths;
}

static void
shuffle(char **paths, size_t count, unsigned *seed)
{
	for (size_t i = count; i > 1; i--) {
		size_t other = (size_t)rand_r(seed) % i;
		char *path = paths[i - 1];

		paths[i - 1] = paths[other];
		paths[other] = path;
	}
}

/*
 * A file of that inode, or another one, under a name that is no id.  In the
 * same folder: the inodes of another one may be elsewhere on the disk.
 */
static int
make_on(const struct job *job, const char *path, ino_t wanted, char name[NAME])
{
	int fds[TRIES];
	char names[TRIES][NAME];
	int folder = (int)(strrchr(path, '/') - path);
	int chosen = -1;
	int made = 0;
	struct stat st;

	while (chosen < 0 && made < TRIES) {
		snprintf(names[made], NAME, "%.*s/%ld.%d", folder, path,
			 (long)getpid(), made);
		fds[made] = openat(job->spool, names[made],
				   O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
		if (fds[made] < 0 || fstat(fds[made], &st) < 0)
			err(74, "%s", names[made]);
		if (st.st_ino == wanted)
			chosen = made;
		made++;
	}
	chosen = chosen < 0 ? 0 : chosen;
	for (int i = 0; i < made; i++) {
		if (i == chosen)
			continue;
		unlinkat(job->spool, names[i], 0);
		close(fds[i]);
	}
	snprintf(name, NAME, "%s", names[chosen]);
	return fds[chosen];
}

static void
replace(const struct job *job, const char *path)
{
	struct stat old;
	struct stat now;
	char name[NAME];
	int fd;

	if (fstatat(job->spool, path, &old, AT_SYMLINK_NOFOLLOW) < 0 ||
	    unlinkat(job->spool, path, 0) < 0) {
		if (errno != ENOENT)
			err(74, "%s", path);
		return;
	}
	fd = make_on(job, path, old.st_ino, name);
	if (write(fd, job->text, job->len) != (ssize_t)job->len ||
	    fchown(fd, old.st_uid, old.st_gid) < 0 ||
	    renameat2(job->spool, name, job->spool, path, RENAME_NOREPLACE) <
		    0 ||
	    fchmod(fd, 0700) < 0 || fstat(fd, &now) < 0)
		err(74, "%s", path);
	close(fd);
	printf("%s %llu %lld.%09ld0 %s\n", path, (unsigned long long)now.st_ino,
	       (long long)now.st_ctim.tv_sec, now.st_ctim.tv_nsec,
	       now.st_ino == old.st_ino ? "same" : "other");
}

int
main(int argc, char **argv)
{
	struct job job = { .seed = 0 };
	char **paths;
	size_t count;
	int option;

	while ((option = getopt(argc, argv, "p:s:")) != -1) {
		if (option == 'p')
			job.pause = (unsigned)strtoul(optarg, NULL, 10);
		else if (option == 's')
			job.seed = (unsigned)strtoul(optarg, NULL, 10);
		else
			return 64;
	}
	if (argc - optind != 2)
		errx(64, "usage: reuse [-p MICROSECONDS] [-s SEED] SPOOL "
			 "TEXT <PATHS");
	job.spool = open(argv[optind], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (job.spool < 0)
		err(74, "%s", argv[optind]);
	read_text(&job, argv[optind + 1]);
	paths = read_paths(&count);
	if (job.seed != 0)
		shuffle(paths, count, &job.seed);
	for (size_t i = 0; i < count; i++) {
		if (job.pause > 0)
			usleep((unsigned)rand_r(&job.seed) % job.pause);
		replace(&job, paths[i]);
		free(paths[i]);
	}
	free(paths);
	free(job.text);
	if (fflush(stdout) != 0)
		err(74, "stdout");
	return 0;
}
