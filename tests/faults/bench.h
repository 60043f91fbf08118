/*
 * bench.h - a small spool that is made anew before each run, and looked
 * through after it.
 *
 * A message is known by its inode: what becomes of it can be seen whatever it
 * is called by then.
 */
#ifndef FAULTS_BENCH_H
#define FAULTS_BENCH_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define MESSAGES_MAX 64
#define LOGS	     2 /* of a message at most */
#define NAME_ROOM    128

/* What a message is made of; from a spool of spoolgen's. */
struct sample {
	char *bytes;
	size_t len;
	char *log; /* of delays */
	size_t log_len;
	char time_part[6]; /* the first half of its id */
	mode_t mode;
};

struct samples {
	struct sample list[MESSAGES_MAX];
	size_t count;
	uid_t uid;
	gid_t gid;
};

/* A file, as it is found. */
struct found {
	char path[2 * NAME_ROOM]; /* below the spool */
	char folder[32];
	char id[NAME_ROOM];   /* of the message, also in the trash */
	char name[NAME_ROOM]; /* of the file */
	uint64_t inode;
	int64_t modified; /* ns */
	int64_t changed;
	off_t size;
	mode_t mode;
	nlink_t names;
};

/* All files, except those that are nobody's business. */
struct listing {
	struct found files[4 * MESSAGES_MAX];
	size_t count;
};

struct message {
	const struct sample *sample;
	uint64_t inode;
	uint64_t logs[LOGS]; /* inodes, 0: none */
	char first_id[NAME_ROOM];
	/* Where the run that is tried finds it. */
	struct found start;
};

/* The folder of a worker. */
struct bench {
	char spool[PATH_MAX];
	char state[PATH_MAX];
	const struct samples *samples;
	struct message messages[MESSAGES_MAX];
	size_t count;
	struct listing now; /* when it was last looked at */
};

void samples_read(struct samples *samples, const char *spool);

/*
 * Make the spool anew: the i-th message in the i-th of three places, by turns.
 * `reported': each has a bounce log, too.
 */
void bench_make(struct bench *bench, size_t count, const char *const places[3],
		bool reported);

/* Away with a directory and all that is in it. */
void bench_remove(const char *path);

/* See what is there now. */
void bench_look(struct bench *bench);

/* Do both have the same files, of the same time? */
bool listing_is(const struct listing *a, const struct listing *b);

/* NULL: it is not there. */
const struct found *listing_find(const struct listing *listing, uint64_t inode);

/* Is it where Postfix looks for a file of that name? */
bool bench_is_in_place(const struct found *found);

/* Does the file have the bytes that it was made with? */
bool bench_is_intact(const struct bench *bench, const struct message *message,
		     const struct found *found);

#endif
