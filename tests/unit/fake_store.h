/*
 * fake_store.h - a store that is made up: message N has the id "N", and its
 * members say what is wrong with some.
 */
#ifndef FAKE_STORE_H
#define FAKE_STORE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "queue-format/store.h"

struct fake_store {
	struct qf_store store;
	size_t count;	  /* messages */
	size_t heavy;	  /* bytes that each message takes */
	atomic_bool slow; /* loading takes a millisecond, or two */
	pthread_t caller;
	bool lists_badly; /* there is no listing at all */
	size_t bad_name;  /* an entry that cannot be listed, or 0 */
	enum qf_status bad_status;
	size_t loaders_left; /* 1: the next loader is the last one */
	enum qf_status (*outcome)(size_t n);
	atomic_int loaders;   /* now */
	atomic_int loaded;    /* load() was called so often */
	atomic_int by_others; /* of these: not on the caller's thread */
	atomic_int listings;  /* now */
	atomic_int at_once;   /* threads in next(): must be one */
};

/* Begin anew; the calling thread is the one that runs the survey. */
void fake_store_begin(struct fake_store *self);

#endif
