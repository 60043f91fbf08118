/*
 * queue_name.h - the names Postfix gives to queue files.
 *
 * A name is made of the time when the file got it and of the file's inode
 * number.  Both forms are written here; nothing reads them.
 */
#ifndef GEN_QUEUE_NAME_H
#define GEN_QUEUE_NAME_H

#include <sys/time.h>
#include <sys/types.h>

#define QUEUE_NAME_MAX 40
#define HASH_DEPTH_MAX 5

/* enable_long_queue_ids = no: microseconds and inode, in hexadecimal. */
void queue_name_short(char name[QUEUE_NAME_MAX], struct timeval t, ino_t inode);

/* enable_long_queue_ids = yes: never the same name twice. */
void queue_name_long(char name[QUEUE_NAME_MAX], struct timeval t, ino_t inode);

/*
 * The directories below a hashed queue, each one digit and a slash, as
 * "A/0/" for depth 2.  They come from the microseconds, in both forms.
 */
void
queue_name_hash(char dirs[2 * HASH_DEPTH_MAX + 1], long usec, unsigned depth);

#endif
