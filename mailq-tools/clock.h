/*
 * clock.h - how long something takes.
 */
#ifndef MQ_CLOCK_H
#define MQ_CLOCK_H

#include <stdint.h>

/* Milliseconds since some moment; no change of the date disturbs it. */
int64_t clock_ms(void);

#endif
