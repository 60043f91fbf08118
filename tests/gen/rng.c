/*
 * rng.c - numbers that look random and are the same for the same seed.
 */
#include "rng.h"

/*
 * A counter that is scrambled (the construction known as splitmix64):
 * every seed is a good one, and a stream costs nothing to start.
 */
static uint64_t
next(struct rng *r)
{
	uint64_t x = r->state += 0x9e3779b97f4a7c15U;

	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9U;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebU;
	return x ^ (x >> 31);
}

struct rng
rng_new(uint64_t seed, uint64_t stream)
{
	struct rng r = { seed };

	r.state = next(&r) ^ (stream * 0xd1342543de82ef95U);
	r.state = next(&r);
	return r;
}

uint32_t
rng_below(struct rng *r, uint32_t limit)
{
	return (uint32_t)(((next(r) >> 32) * limit) >> 32);
}

long
rng_between(struct rng *r, long low, long high)
{
	return low + (long)(next(r) % (uint64_t)(high - low + 1));
}

/* At least 0, less than 1. */
static double
fraction(struct rng *r)
{
	return (double)(next(r) >> 11) / 9007199254740992.0;
}

uint32_t
rng_skewed(struct rng *r, uint32_t limit)
{
	double x = fraction(r);

	return (uint32_t)(x * x * x * limit);
}

bool
rng_percent(struct rng *r, unsigned percent)
{
	return rng_below(r, 100) < percent;
}

/*
 * An exponential distribution, made of halvings: each further half-life is
 * reached when a coin falls on heads, and within one we go evenly.  Good
 * enough for sizes, and it needs no libm.
 */
double
rng_around(struct rng *r, double mean)
{
	double halvings = 0;

	while (halvings < 10 && rng_percent(r, 50))
		halvings++;
	return mean * 0.6931 * (halvings + fraction(r));
}
