/*
 * postfix_store.h - the spool of a Postfix instance as a store.
 */
#ifndef QF_POSTFIX_STORE_H
#define QF_POSTFIX_STORE_H

#include "queue-format/postfix/config.h"
#include "queue-format/store.h"

/*
 * Open the queue directory that `config' names.  The config and the name of
 * the instance (NULL: do not show one) are borrowed.  Statuses:
 * qf_spool_open().  Close with qf_store_close().
 */
enum qf_status
qf_postfix_store_open(const struct qf_config *config, const char *instance,
		      struct qf_store **store, struct qf_error *err);

#endif
