/*
 * sandbox.h - give up every right but those to compute and to answer.
 *
 * Only sandbox.c includes libseccomp's header.  What a kernel has not got is
 * said and done without: each of the walls holds alone, too.
 */
#ifndef QF_CONTENT_SANDBOX_H
#define QF_CONTENT_SANDBOX_H

#include <stddef.h>

/*
 * A sanitizer reports to standard error what it finds, and needs more memory
 * than any limit would leave it.
 */
#if defined(__SANITIZE_ADDRESS__)
#define QF_SANDBOX_REPORTS 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define QF_SANDBOX_REPORTS 1
#endif
#endif
#ifndef QF_SANDBOX_REPORTS
#define QF_SANDBOX_REPORTS 0
#endif

/* The walls, so that tests can take them away.  0, or an errno. */
struct qf_sandbox_walls {
	/* Nothing can be reached by a name any more. */
	int (*landlock)(void);
	/*
	 * Only memory, time, reading of files that are open, and `channel',
	 * is left of the system calls: opening fails, the rest is death.
	 */
	int (*seccomp)(int channel);
};

extern const struct qf_sandbox_walls qf_sandbox_walls;

struct qf_sandbox {
	const struct qf_sandbox_walls *walls;
	int channel;
	size_t memory;	  /* bytes beyond those that are there now */
	unsigned seconds; /* of processor time, for all that follows */
};

/*
 * There is no way back.  `missing' gets a line of what could not be set up,
 * "" when all could.
 */
void
qf_sandbox_enter(const struct qf_sandbox *sandbox, char *missing, size_t size);

#endif
