/*
 * clock.h - how long something takes: times since some moment, which no
 * change of the date disturbs.
 */
#ifndef QF_CLOCK_H
#define QF_CLOCK_H

#include <stdint.h>
#include <time.h>

static inline int64_t
qf_clock_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static inline int64_t
qf_clock_ms(void)
{
	return qf_clock_ns() / 1000000;
}

#endif
