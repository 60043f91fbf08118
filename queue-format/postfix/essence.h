/*
 * essence.h - what stays the same in a queue file, whatever becomes of the
 * message.
 *
 * From the moment that a message is complete, Postfix changes single bytes of
 * its file: a recipient that is done, a delay warning that was sent, a report
 * that was.  Its name and its inode change when it is moved.  All the rest
 * says who the message is, on any machine: the time of its arrival to the
 * microsecond, its sender, all recipients, done or not, and its text with all
 * headers.
 * Source: Postfix src/global/deliver_completed.c, src/qmgr/qmgr_message.c.
 */
#ifndef QF_POSTFIX_ESSENCE_H
#define QF_POSTFIX_ESSENCE_H

#include "queue-format/checksum.h"
#include "queue-format/postfix/record.h"

#define QF_ESSENCE_KEY QF_CHECKSUM_TEXT

/*
 * Is this a complete queue file, as cleanup(8) would have made it?  Then who
 * it is: a checksum, in the form of a queue id that Postfix does not make.
 *
 * QF_CORRUPT  it is none: err says what is wrong, and where
 * QF_SYSTEM   reading failed, or out of memory
 */
enum qf_status qf_essence(struct qf_reader *reader, int fd, off_t size,
			  char key[QF_ESSENCE_KEY], struct qf_error *err);

#endif
