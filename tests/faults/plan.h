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

/* Is something otherwise than before after a call of this kind? */
bool plan_changes(enum kind kind);

/* Also in the files?  To open, to lock and to complain hardly is. */
bool plan_changes_files(enum kind kind);

/*
 * Of what a run without faults did, in `seen': every call fails once with each
 * error, and once for good; the program is killed before it, and after it, if
 * it has changed something; every allocation fails.  `in_full': for good with
 * each error, and killed after those that only read as well.  `only': calls of
 * this kind; NULL: of all.
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
