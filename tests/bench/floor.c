/*
 * floor - what a listing of a queue costs at least, on this machine.
 *
 * Two threads open, read what a listing needs of, and close each file of the
 * deferred queue and its log, and do nothing with it.  Nothing that lists the
 * queue from its files can be faster by much.
 *
 * usage: floor SPOOL	(hash_queue_depth 1, short queue ids)
 */
#include <dirent.h>
#include <err.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Not to write the time of access, as any reader does that can help it. */
#define OPEN_FLAGS (O_RDONLY | O_NOATIME)

#define THREADS	   2
#define PIECE	   4096 /* a first read */
#define CHUNK	   64	/* files that a thread takes at a time */
#define NAME_BYTES 32

struct names {
	char (*items)[NAME_BYTES]; /* "0/0123456789" */
	size_t count;
	size_t room;
};

struct job {
	const struct names *names;
	int deferred;
	int defer;
	atomic_size_t next;
	atomic_size_t bytes;
};

static void
add_name(struct names *names, char hash, const char *id)
{
	if (names->count == names->room) {
		names->room = names->room == 0 ? 1024 : names->room * 2;
		names->items = reallocarray(names->items, names->room,
					    sizeof(*names->items));
		if (names->items == NULL)
			err(1, "names");
	}
	snprintf(names->items[names->count++], NAME_BYTES, "%c/%.28s", hash,
		 id);
}

static void
read_names(int deferred, struct names *names)
{
	for (const char *hash = "0123456789ABCDEF"; *hash != '\0'; hash++) {
		char folder[2] = { *hash, '\0' };
		int fd = openat(deferred, folder, O_RDONLY | O_DIRECTORY);
		DIR *dir = fd < 0 ? NULL : fdopendir(fd);
		struct dirent *entry;

		if (dir == NULL)
			continue;
		while ((entry = readdir(dir)) != NULL) {
			if (entry->d_name[0] != '.')
				add_name(names, *hash, entry->d_name);
		}
		closedir(dir);
	}
}

/*
 * Recipients may stand behind the content, which the first record measures:
 * its first two numbers are the size and the offset of the content.
 */
static size_t
read_message(int fd, char *piece)
{
	ssize_t got = pread(fd, piece, PIECE - 1, 0);
	size_t bytes = got < 0 ? 0 : (size_t)got;
	long size = 0;
	long offset = 0;

	piece[bytes] = '\0';
	if (got < 34 || sscanf(piece + 2, "%ld %ld", &size, &offset) != 2)
		return bytes;
	if (offset + size >= got) {
		got = pread(fd, piece, PIECE, offset + size);
		bytes += got < 0 ? 0 : (size_t)got;
	}
	return bytes;
}

static void *
work(void *argument)
{
	struct job *job = argument;
	char piece[PIECE];
	size_t bytes = 0;
	size_t begin;

	while ((begin = atomic_fetch_add(&job->next, CHUNK)) <
	       job->names->count) {
		for (size_t i = begin;
		     i < begin + CHUNK && i < job->names->count; i++) {
			const char *name = job->names->items[i];
			int fd = openat(job->deferred, name, OPEN_FLAGS);

			if (fd < 0)
				continue;
			bytes += read_message(fd, piece);
			close(fd);
			fd = openat(job->defer, name, OPEN_FLAGS);
			if (fd < 0)
				continue;
			bytes += (size_t)read(fd, piece, PIECE);
			close(fd);
		}
	}
	atomic_fetch_add(&job->bytes, bytes);
	return NULL;
}

int
main(int argc, char **argv)
{
	struct names names = { 0 };
	struct job job = { .names = &names };
	pthread_t threads[THREADS];

	if (argc != 2 || chdir(argv[1]) < 0)
		errx(64, "usage: floor SPOOL");
	job.deferred = open("deferred", O_RDONLY | O_DIRECTORY);
	job.defer = open("defer", O_RDONLY | O_DIRECTORY);
	if (job.deferred < 0 || job.defer < 0)
		err(1, "%s", argv[1]);
	read_names(job.deferred, &names);
	for (int i = 0; i < THREADS; i++) {
		if (pthread_create(&threads[i], NULL, work, &job) != 0)
			errx(1, "cannot start a thread");
	}
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	printf("%zu files, %zu bytes\n", names.count, job.bytes);
	free(names.items);
	return 0;
}
