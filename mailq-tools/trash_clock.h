/*
 * trash_clock.h - how long messages are in the trash, whatever the clock says.
 *
 * An age is the difference of two times of the clock, and a clock can be
 * wrong: it would be the end of messages that somebody still wants back.  So
 * each look is compared with the one before it, which a small file remembers:
 * within one run of the machine, the time that has passed is what the kernel
 * has counted, and nobody can set that.  What cannot be proved to be old is
 * young; it is kept longer, and never shorter, than it should be.
 */
#ifndef TRASH_CLOCK_H
#define TRASH_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "queue-format/error.h"

#define TRASH_BOOT_MAX 40

/* What can be known of the time at one moment; in seconds. */
struct trash_moment {
	int64_t wall;		   /* since 1970, as the clock has it */
	int64_t up;		   /* since the machine was started */
	bool synced;		   /* somebody (NTP) keeps the clock right */
	char boot[TRASH_BOOT_MAX]; /* which start that was, "": not known */
};

/* What the file remembers. */
struct trash_stamp {
	struct trash_moment moment;
	int64_t since; /* nothing counts as deleted before this */
	/* All that was deleted up to then has been purged; 0: not known. */
	int64_t purged;
};

enum trash_belief {
	TRASH_BELIEVED,
	TRASH_FIRST,   /* there is nothing to compare with */
	TRASH_RESTART, /* how long the machine was down cannot be proved */
	TRASH_BACK,    /* the clock was set back */
	TRASH_AHEAD,   /* it is further than the time that has passed */
	TRASH_STRANGE, /* something is older than all that was purged */
};

struct trash_clock {
	enum trash_belief belief;
	struct trash_moment now;
	int64_t off;   /* seconds: TRASH_AHEAD, TRASH_BACK */
	int64_t since; /* as in the stamp, from now on */
	int64_t purged;
};

/* What time it is.  The only place that asks the kernel about it. */
void trash_moment_now(struct trash_moment *moment);

/* `last' may be NULL: nothing is remembered. */
void trash_clock_look(const struct trash_moment *now,
		      const struct trash_stamp *last,
		      struct trash_clock *clock);

/* When something counts as deleted that was so at this time of the clock. */
int64_t trash_clock_deleted(const struct trash_clock *clock, int64_t when);

/* Could it not be there any more, if its time were right? */
bool trash_clock_is_strange(const struct trash_clock *clock, int64_t when);

/* Such a thing was met: everything counts from now on. */
void trash_clock_distrust(struct trash_clock *clock);

/*
 * Read the stamp in an instance's state directory.  QF_GONE: there is none,
 * or it is damaged, which is the same.
 */
enum qf_status trash_stamp_read(const char *state, struct trash_stamp *stamp,
				struct qf_error *err);

/* Write what is true now; in place, since the disk may be full. */
enum qf_status trash_stamp_write(const char *state,
				 const struct trash_clock *clock,
				 struct qf_error *err);

/* All three of them: what is to be believed in that directory. */
void trash_clock_open(const char *state, struct trash_clock *clock);

/*
 * Something is about to be deleted: remember the clock with which that is
 * done, where it is another one than before.
 */
void trash_clock_keep(const char *state);

#endif
