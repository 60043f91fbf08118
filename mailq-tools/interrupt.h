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

/*
 * From now on, until the end of the program; so long lives the flag.  Signals that are ignored, as
 * nohup(1) has it, stay so.  To be called before other threads are begun.
 */
enum qf_status interrupt_start(atomic_bool *flag, struct qf_error *err);

#endif
