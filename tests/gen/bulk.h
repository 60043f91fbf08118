/*
 * bulk.h - large queues of messages that are alike, for tests and timing.
 */
#ifndef GEN_BULK_H
#define GEN_BULK_H

#include <stdint.h>
#include <stdio.h>
#include <time.h>

#include "spool.h"

/* A message has been here for so long at least: the first attempt is over. */
#define BULK_SPAN_MIN 10

struct bulk_options {
	unsigned long count;
	enum queue queue;
	time_t now;
	uint64_t seed;
	unsigned threads;
	long span;	      /* arrival times: so many seconds before now */
	unsigned long size;   /* mean body size */
	unsigned large_share; /* percent of all messages, as all shares */
	unsigned long large_size;
	unsigned rcpts;	       /* for each message; 0: mostly one */
	unsigned behind_share; /* recipients only behind the content */
	unsigned both_share;   /* one more behind the content */
	unsigned milter_share; /* written with room for milters' edits */
	unsigned done_share;   /* percent of the recipients, not of messages */
	unsigned no_log_share;
	const char *domain; /* of all recipients; NULL: many */
	const char *sender; /* of all messages; NULL: many */
};

/* Write them all; returns when the last thread is done. */
void bulk(const struct spool *spool, FILE *manifest,
	  const struct bulk_options *options);

#endif
