/*
 * wake.h - wake a program of Postfix, as postqueue(1) and postkick(1) do.
 *
 * Source: Postfix src/global/mail_trigger.c, src/util/unix_trigger.c,
 * fifo_trigger.c.
 */
#ifndef QF_POSTFIX_WAKE_H
#define QF_POSTFIX_WAKE_H

#include "queue-format/postfix/spool.h"

/*
 * Wake a service: "qmgr" with bytes of "ADFIW", "pickup" with any; what they
 * mean is in qmgr(8); "" asks for nothing, and tells whether it listens.
 * Waits until the service has taken it, for 2 s at most.
 *
 * QF_DOWN    nobody listens: the mail system is down
 * QF_DENIED  no permission
 * QF_UNSAFE  what has that name is neither a socket nor a named pipe
 */
enum qf_status qf_wake(const struct qf_spool *spool, const char *service,
		       const char *request, struct qf_error *err);

#endif
