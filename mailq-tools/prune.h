/*
 * prune.h - forget old jobs, but not those whose messages are in the trash.
 */
#ifndef PRUNE_H
#define PRUNE_H

#include "mailq-tools/workplace.h"

/*
 * As qf_journal_prune().  Where the trash cannot be read, nothing is forgotten
 * of what may be in it.
 */
enum qf_status prune_journal(const struct workplace *place, int64_t before,
			     uint64_t items, struct qf_error *err);

#endif
