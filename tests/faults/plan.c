/*
 * plan.c - which calls are made to fail, and how.
 */
#include "plan.h"

#include <err.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The first is what a disk says that breaks. */
const int plan_errors[ERRORS] = { EIO,	  ENOSPC, EINTR,  EACCES,
				  EMFILE, EROFS,  EDQUOT, ESTALE };

/*
 * Interrupted for good is nothing that happens: who is interrupted tries again,
 * and rightly for ever.  And a lock that cannot be had (EACCES) is somebody
 * else's, for whom one waits half a minute.
 */
static bool
may_last(int error)
{
	return error != EINTR && error != EACCES;
}

bool
plan_changes(enum kind kind)
{
	switch (kind) {
	case KIND_fallocate:
	case KIND_fchmod:
	case KIND_fchown:
	case KIND_fcntl:
	case KIND_fdatasync:
	case KIND_fsync:
	case KIND_ftruncate:
	case KIND_mkdir:
	case KIND_mkdirat:
	case KIND_msync:
	case KIND_openat:
	case KIND_pwrite64:
	case KIND_renameat:
	case KIND_renameat2:
	case KIND_syncfs:
	case KIND_unlinkat:
	case KIND_utimensat:
	case KIND_write:
	case KIND_writev:
		return true;
	default:
		return false;
	}
}

bool
plan_changes_files(enum kind kind)
{
	return plan_changes(kind) && kind != KIND_openat &&
	       kind != KIND_fcntl && kind != KIND_write;
}

/* A call: the n-th of its kind.  That is what hardly differs between runs. */
struct point {
	enum kind kind;
	uint64_t at;
};

static struct run *
add(struct plan *plan, enum mode mode, int error, const struct point *point)
{
	struct run *run;

	if (plan->count == plan->room) {
		plan->room = 2 * plan->room + 1000;
		plan->runs =
			realloc(plan->runs, plan->room * sizeof(*plan->runs));
		if (plan->runs == NULL)
			err(1, "memory");
	}
	run = &plan->runs[plan->count++];
	*run = (struct run){ .first = { mode, point->kind, error, point->at } };
	return run;
}

/* Recovery is killed, or meets an error, at one of its own calls. */
static void
add_compound(struct plan *plan, const struct point *point,
	     const struct orders *seen)
{
	struct run *run = add(plan, MODE_KILL_BEFORE, 0, point);
	uint64_t turn = plan->count;
	uint64_t call = turn * 7919 % seen->calls;
	enum kind kind = seen->log[call].kind;

	run->then = (struct fault){
		.mode = turn % 3 == 0 ? MODE_FAIL : MODE_KILL_BEFORE,
		.kind = kind,
		.error = plan_errors[turn % ERRORS],
		.at = turn % seen->kinds[kind] + 1,
	};
}

/* One that may last. */
static int
error_by_turns(uint64_t turn)
{
	while (!may_last(plan_errors[turn % ERRORS]))
		turn++;
	return plan_errors[turn % ERRORS];
}

static void
add_call(struct plan *plan, const struct orders *seen,
	 const struct point *point, bool in_full)
{
	bool changes = plan_changes(point->kind);

	for (size_t i = 0; i < ERRORS; i++) {
		add(plan, MODE_FAIL, plan_errors[i], point);
		if (in_full && may_last(plan_errors[i]))
			add(plan, MODE_FAIL_ON, plan_errors[i], point);
	}
	if (!in_full)
		add(plan, MODE_FAIL_ON, error_by_turns(point->at), point);
	add(plan, MODE_KILL_BEFORE, 0, point);
	if (in_full || changes)
		add(plan, MODE_KILL_AFTER, 0, point);
	if (in_full || changes)
		add_compound(plan, point, seen);
}

static void
add_allocation(struct plan *plan, uint64_t at, bool in_full)
{
	const struct point point = { .at = at };

	add(plan, MODE_NO_MEMORY, 0, &point);
	if (in_full || at % 4 == 0)
		add(plan, MODE_NO_MEMORY_ON, 0, &point);
}

void
plan_make(struct plan *plan, const struct orders *seen, const char *only,
	  bool in_full)
{
	struct point point = { .at = 0 };

	plan->calls = seen->calls;
	plan->allocations = seen->allocations;
	for (int kind = 0; kind < KIND_COUNT; kind++) {
		point.kind = (enum kind)kind;
		if (only != NULL && strcmp(only, kind_name(point.kind)) != 0)
			continue;
		for (point.at = 1; point.at <= seen->kinds[kind]; point.at++)
			add_call(plan, seen, &point, in_full);
	}
	for (uint64_t at = 1; only == NULL && at <= seen->allocations; at++)
		add_allocation(plan, at, in_full);
}

void
plan_make_kinds(struct plan *plan, const struct orders *seen)
{
	struct point point = { .at = 1 };

	plan->calls = seen->calls;
	plan->allocations = seen->allocations;
	for (int kind = 0; kind < KIND_COUNT; kind++) {
		point.kind = (enum kind)kind;
		if (seen->kinds[kind] > 0)
			add(plan, MODE_FAIL, EIO, &point);
	}
}

void
plan_make_lies(struct plan *plan, const struct orders *seen)
{
	struct point point = { .kind = KIND_renameat2 };

	plan->calls = seen->calls;
	plan->allocations = seen->allocations;
	for (point.at = 1; point.at <= seen->kinds[point.kind]; point.at++)
		add(plan, MODE_LIE, 0, &point);
}

void
plan_free(struct plan *plan)
{
	free(plan->runs);
	*plan = (struct plan){ .count = 0 };
}

const char *
kind_name(enum kind kind)
{
	static const char *const names[] = {
#define X(name) [KIND_##name] = #name,
		FAULTS_KINDS(X)
#undef X
	};

	return names[kind];
}

const char *
mode_name(enum mode mode)
{
	static const char *const names[MODE_COUNT] = {
		[MODE_NONE] = "nothing",
		[MODE_FAIL] = "failed once",
		[MODE_FAIL_ON] = "failed for good",
		[MODE_KILL_BEFORE] = "killed before",
		[MODE_KILL_AFTER] = "killed after",
		[MODE_NO_MEMORY] = "no memory once",
		[MODE_NO_MEMORY_ON] = "no memory for good",
		[MODE_LIE] = "lied",
	};

	return names[mode];
}
