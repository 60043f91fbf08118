/*
 * plan.h - which calls are made to fail, and how.
 */
#ifndef FAULTS_PLAN_H
#define FAULTS_PLAN_H

#include <stddef.h>

#include "orders.h"

struct fault {
	enum mode mode;
	enum kind kind;
	int error;
	uint64_t at; /* which of this kind */
};

struct run {
	struct fault first;
	struct fault then; /* in what brings it to an end */
};

struct plan {
	struct run *runs;
	size_t count;
	size_t room;
	size_t calls; /* of a run without faults */
	size_t allocations;
};

/* Errors that every call may meet. */
#define ERRORS 8
extern const int plan_errors[ERRORS];

/*
 * Of what a run without faults did, in `seen': every call fails, every
 * allocation.  Not `in_full': a call meets one error of its own and one of the
 * others by turns, so that calls of one kind meet all of them.  `only': calls
 * of this kind; NULL: of all.
 */
void plan_make(struct plan *plan, const struct orders *seen, const char *only,
	       bool in_full);

/* One call of each kind, which fails once. */
void plan_make_kinds(struct plan *plan, const struct orders *seen);

/* The control: each renaming is said to be done, and is not. */
void plan_make_lies(struct plan *plan, const struct orders *seen);

void plan_free(struct plan *plan);

const char *kind_name(enum kind kind);
const char *mode_name(enum mode mode);

#endif
