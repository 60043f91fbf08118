/*
 * trash_due.h - what may leave the trash for good, by the settings.
 */
#ifndef TRASH_DUE_H
#define TRASH_DUE_H

#include <sys/statvfs.h>

#include "mailq-tools/trash.h"
#include "mailq-tools/trash_clock.h"
#include "mailq-tools/trash_job.h"

struct trash_rules {
	uint32_t days;
	uint32_t messages; /* of one instance */
};

/* What is true of the trash of one instance. */
struct trash_due {
	struct trash_clock clock;
	int64_t retention;  /* seconds */
	bool short_of_disk; /* so it is a tenth of what is set */
	uint64_t count;	    /* of messages */
	uint64_t too_many;  /* the oldest of them, which have to go */
	uint64_t future;    /* deleted later than now, by the clock */
};

/* Is less than a tenth of its blocks or inodes left to mail_owner? */
bool trash_is_short(const struct statvfs *disk);

/*
 * Look at clock and disk of each instance; `dues' has room for all of
 * access->count.
 */
void trash_due_open(const struct trash *trash, struct trash_jobs *jobs,
		    const struct trash_rules *rules, struct trash_due *dues);

/* When it is over with that one, by its age. */
int64_t trash_due_time(const struct trash_due *due, struct trash_jobs *jobs,
		       const struct trash_entry *entry);

/* Keep what is due now: by age, or since there are too many. */
void trash_keep_due(struct trash *trash, struct trash_jobs *jobs,
		    struct trash_due *dues);

/* Say what has to be known about the clock, if anything; where it is wrong,
 * the exit status says so, too. */
void trash_due_report(struct tool *tool, const char *instance,
		      const struct trash_due *due);

#endif
