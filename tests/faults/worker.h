/*
 * worker.h - one run after the other, in a folder of its own.
 */
#ifndef FAULTS_WORKER_H
#define FAULTS_WORKER_H

#include "bench.h"
#include "plan.h"
#include "program.h"
#include "scenario.h"

/* What all workers add to. */
struct tally {
	_Atomic size_t next;
	_Atomic size_t runs;
	_Atomic size_t missed; /* there was no such call this time */
	_Atomic size_t recovered;
	_Atomic size_t wrong;
	_Atomic size_t modes[MODE_COUNT];
	_Atomic size_t kinds[KIND_COUNT]; /* that failed */
};

struct options {
	const char *only;
	const char *call;
	size_t messages;
	size_t every;
	size_t workers;
	bool in_full;
	bool kinds;
	bool lie;
	const char *trace;
	const char *mqadm;
	const char *shim;
	const char *work;
};

struct worker {
	const struct options *options;
	const struct scenario *scenario;
	struct tally *tally;
	struct bench bench;
	struct stage stage;
	size_t runs;  /* of this journal */
	char job[40]; /* before the command */
	const char *words[WORDS_MAX];
};

void worker_open(struct worker *worker, const struct options *options,
		 const struct samples *samples, size_t number);

/* What the command does when nothing fails; there is no plan yet. */
void worker_look(struct worker *worker, const struct plan *plan);

/* All runs of the plan that nobody else has taken. */
void worker_work(struct worker *worker, const struct plan *plan);

#endif
