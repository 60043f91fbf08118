/*
 * interrupt.h - Ctrl-C while messages are being changed.
 *
 * The first of SIGINT, SIGTERM and SIGHUP sets a flag, so that the work ends
 * between two messages; a second one ends the program at once.
 */
#ifndef INTERRUPT_H
#define INTERRUPT_H

#include <stdatomic.h>

#include "queue-format/error.h"

struct interrupt {
	atomic_bool came; /* one of them */
	atomic_int signal;
};

/*
 * From now on, until the end of the program; so long lives what is given.
 * Signals that are ignored, as nohup(1) has it, stay so.  To be called before
 * other threads are begun.
 */
enum qf_status
interrupt_start(struct interrupt *interrupt, struct qf_error *err);

#endif
