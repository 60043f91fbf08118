/*
 * per_domain.h - no more than so many messages for each domain of recipients.
 */
#ifndef PER_DOMAIN_H
#define PER_DOMAIN_H

#include "queue-format/arena.h"
#include "queue-format/message.h"
#include "queue-format/string_set.h"

struct per_domain {
	/* To be set by the caller: of each domain so many. */
	unsigned long limit;

	/* State; all zero at the begin. */
	struct qf_arena arena;
	struct qf_string_set domains; /* their names, each in a struct */
	uint64_t messages;
};

/*
 * May this one come along?  Those who still wait for it count, the message
 * once for each of their domains; where one of these has its number, it may
 * not, and counts for none.
 *
 * QF_OK       it was counted
 * QF_STOPPED  not this time
 * QF_SYSTEM   out of memory
 */
enum qf_status
per_domain_take(struct per_domain *per, const struct qf_message *message);

void per_domain_free(struct per_domain *per);

#endif
