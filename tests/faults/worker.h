/*
 * worker.h - one run after the other, in a folder of its own.
 */
#ifndef FAULTS_WORKER_H
#define FAULTS_WORKER_H

#include "bench.h"
#include "known.h"
#include "plan.h"
#include "program.h"
#include "scenario.h"

/* What all workers add to. */
struct tally {
	_Atomic size_t next;
	_Atomic size_t runs;
	_Atomic size_t missed; /* there was no such call this time */
	_Atomic size_t recovered;
	_Atomic size_t same; /* not carried on from once more */
	_Atomic size_t wrong;
	_Atomic size_t modes[MODE_COUNT];
	_Atomic size_t kinds[KIND_COUNT]; /* that failed */
	struct known known;
};

struct options {
	const char *only;
	const char *call;
	size_t messages;
	size_t one_in; /* of the runs, by chance */
	uint64_t seed;
	size_t workers;
	bool in_full;
	bool carry_on;
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
	size_t runs;	      /* of this journal */
	struct listing start; /* what the command found */
	bool unchanged;	      /* and what is still there for the next */
	char job[40];	      /* before the command */
	char plan[PATH_MAX];
	const char *words[WORDS_MAX];
};

void worker_open(struct worker *worker, const struct options *options,
		 const struct samples *samples, size_t number);

/* What the command does when nothing fails; there is no plan yet. */
void worker_look(struct worker *worker, const struct plan *plan);

/* All runs of the plan that nobody else has taken. */
void worker_work(struct worker *worker, const struct plan *plan);

#endif
