/*
 * rng.h - numbers that look random and are the same for the same seed.
 *
 * Each message has a stream of its own, so that its contents do not depend
 * on how many threads share the work.
 */
#ifndef GEN_RNG_H
#define GEN_RNG_H

#include <stdbool.h>
#include <stdint.h>

struct rng {
	uint64_t state;
};

struct rng rng_new(uint64_t seed, uint64_t stream);
uint32_t rng_below(struct rng *r, uint32_t limit);

/* Between low and high, both included. */
long rng_between(struct rng *r, long low, long high);

/* Like rng_below, but small numbers come far more often. */
uint32_t rng_skewed(struct rng *r, uint32_t limit);
bool rng_percent(struct rng *r, unsigned percent);

/* Exponentially distributed around a mean, at most eight times as much. */
double rng_around(struct rng *r, double mean);

#endif
