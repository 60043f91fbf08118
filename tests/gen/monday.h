/*
 * monday.h - a sample spool: a company's mail relay on a Monday morning.
 */
#ifndef GEN_MONDAY_H
#define GEN_MONDAY_H

#include <stdint.h>
#include <stdio.h>
#include <time.h>

#include "spool.h"

void
monday(const struct spool *spool, FILE *manifest, time_t now, uint64_t seed);

#endif
