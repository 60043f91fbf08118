/*
 * reason_time.h - dates, times, and how long it takes, as servers write them.
 */
#ifndef QF_REASON_TIME_H
#define QF_REASON_TIME_H

#include <stddef.h>

/* The length of the date, or time of the day, that starts at `at'; or 0. */
size_t qf_time_length(const char *at);

/* "seconds" behind a number, with the blank between them; or 0. */
size_t qf_time_unit_length(const char *at);

#endif
