/*
 * queue_id.h - names of messages, and where a message of that name lies.
 *
 * A short id is the microsecond of its making and the inode in hex; a long
 * one has seconds, microseconds and inode in an alphabet without vowels.
 * Nothing here touches a file.
 * Source: Postfix src/global/mail_queue.h, mail_queue.c.
 */
#ifndef QF_POSTFIX_QUEUE_ID_H
#define QF_POSTFIX_QUEUE_ID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define QF_QUEUE_ID_MAX 255

/* Would Postfix take this as a queue id (mail_queue_id_ok())? */
bool qf_queue_id_ok(const char *id);

/*
 * Is it the name of a file that cleanup(8) or postdrop(1) has just made,
 * MICROSECONDS.PID?  It gets its queue id a moment later.
 */
bool qf_queue_id_is_coming(const char *name);

/* Has it the long form?  True for any name whose last `z' is far enough. */
bool qf_queue_id_is_long(const char *id);

/* The inode in a name.  False: that part cannot be decoded. */
bool qf_queue_id_inode(const char *id, uint64_t *inode);

/*
 * When it was made.  A short id knows the microsecond only, *seconds is then
 * -1.  False: that part cannot be decoded.
 */
bool qf_queue_id_time(const char *id, int64_t *seconds, uint32_t *microseconds);

/* The microsecond alone; 0: that part cannot be decoded. */
uint32_t qf_queue_id_microseconds(const char *id);

/*
 * Make a name of an inode and a time, in the long or the short form, as
 * Postfix would.  Returns the length.
 */
size_t qf_queue_id_make(bool is_long, int64_t seconds, uint32_t microseconds,
			uint64_t inode, char id[QF_QUEUE_ID_MAX + 1]);

/*
 * The hash directories of a name: "A/3/" for depth 2, "" for depth 0.
 * Returns the length.  `path' has room for 2 * depth + 1 bytes.
 */
size_t qf_queue_id_hash(const char *id, unsigned depth, char *path);

#endif
