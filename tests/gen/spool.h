/*
 * spool.h - the directories of a spool, and files in them.
 *
 * It knows names, places, owners and modes, and nothing of what is inside.
 * All failures end the program with a message.
 */
#ifndef GEN_SPOOL_H
#define GEN_SPOOL_H

#include <stdbool.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/types.h>

#include "bytes.h"
#include "queue_name.h"

enum queue {
	QUEUE_MAILDROP,
	QUEUE_INCOMING,
	QUEUE_ACTIVE,
	QUEUE_DEFERRED,
	QUEUE_HOLD,
	QUEUE_CORRUPT,
	QUEUE_SAVED,
	LOG_BOUNCE,
	LOG_DEFER,
	LOG_TRACE,
	LOG_FLUSH,
	QUEUE_COUNT,
};

struct spool {
	int fd;
	bool root;	/* may give files away */
	uid_t uid;	/* of mail_owner */
	gid_t gid;	/* its group */
	gid_t drop_gid; /* setgid_group */
	bool long_ids;
	unsigned hash_depth;
	bool hashed[QUEUE_COUNT];
};

/* A file that has an inode and therefore an id, but not yet its name. */
struct spool_file {
	int fd;
	enum queue queue;
	char id[QUEUE_NAME_MAX];
	char path[64 + QUEUE_NAME_MAX]; /* where it will be */
	char temporary[64 + QUEUE_NAME_MAX];
};

/* What a file shall look like from outside. */
struct file_state {
	mode_t mode;
	uid_t uid;
	gid_t gid;
	struct timespec
		time; /* access and modification; nsec may be UTIME_OMIT */
};

const char *queue_name(enum queue queue);

/* QUEUE_COUNT when there is none of that name. */
enum queue queue_by_name(const char *name);

/* Names separated by blanks and commas, as in hash_queue_names. */
void spool_hash(struct spool *s, const char *names);

/* "USER[:GROUP]", or NULL for the user postfix if there is one. */
void spool_owner(struct spool *s, const char *owner);

/* Make the directories.  `append': `dir' may have files in it already. */
void spool_open(struct spool *s, const char *dir, bool append);
void spool_close(struct spool *s);

/*
 * Create a file under a temporary name and find out its id.  `serial' keeps
 * the temporary names apart.
 */
void spool_create(const struct spool *s, struct spool_file *f, enum queue queue,
		  struct timeval named, unsigned long serial);

/* Write it, and give it its name. */
void spool_commit(const struct spool *s, struct spool_file *f,
		  const struct bytes *b, const struct file_state *state);

/* Write the log of the message `id', which was named at `named'. */
void spool_write_log(const struct spool *s, enum queue log, const char *id,
		     struct timeval named, const struct bytes *b,
		     struct timespec time);

#endif
