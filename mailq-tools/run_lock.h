/*
 * run_lock.h - one run of a program at a time, for each instance.
 *
 * The lock is the kernel's, on a file in the state directory: it ends with its
 * process, however that ends, and a file that is left behind locks nobody out.
 */
#ifndef RUN_LOCK_H
#define RUN_LOCK_H

#include <stdbool.h>

#include "queue-format/error.h"

/* What becomes of a run that meets another one. */
enum run_lock_mode {
	RUN_LOCK_REFUSE, /* it fails */
	RUN_LOCK_SKIP,	 /* it ends, and all is well */
	RUN_LOCK_WAIT,	 /* it waits for the other one's end */
};

struct run_lock {
	int fd;	  /* 0: not locked */
	long pid; /* of who has it, where that is known: QF_BUSY */
};

/*
 * Lock the file `name' in the directory `state'; with `wait', for as long as
 * that takes.
 *
 * QF_BUSY  another process has it
 */
enum qf_status run_lock_take(struct run_lock *lock, const char *state,
			     const char *name, bool wait, struct qf_error *err);

void run_lock_give(struct run_lock *lock);

#endif
