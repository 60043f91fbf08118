/*
 * program.h - run mqadm, with faults or without.
 */
#ifndef FAULTS_PROGRAM_H
#define FAULTS_PROGRAM_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "orders.h"

#define WORDS_MAX   16
#define OUTPUT_ROOM 65536

/* How programs are run in the folder of a worker. */
struct stage {
	char folder[PATH_MAX];
	const char *mqadm;
	const char *shim;
	const char *trace; /* strace(1) counts into it, and no shim; or NULL */
	const char *spool;
	const char *state;
	struct orders *orders; /* mapped: a file in that folder */
	/* The program that is ready to begin; 0: it was not started yet. */
	int server;
	int out; /* what it says goes there */
	int err;
};

struct outcome {
	bool timed_out;
	int signal; /* that ended it, 0: none */
	int status;
	char out[OUTPUT_ROOM];
	char err[OUTPUT_ROOM];
};

void stage_open(struct stage *stage);

/*
 * mqadm with these words, up to a NULL, and those that name the spool.
 * `faulty': with the shim, which does what the orders say.
 */
void stage_run(struct stage *stage, const char *const words[], bool faulty,
	       struct outcome *outcome);

#endif
