/*
 * error.h - how the library says that something failed.
 *
 * The status is for programs: each value leads to another decision.  The
 * text is for people.  An error is made once, at the lowest place that
 * understands it, and passed up; a place that knows more (a path, an
 * instance) may put that in front.  Nothing here prints.
 */
#ifndef QF_ERROR_H
#define QF_ERROR_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#ifdef __clang__
#define QF_CHECKED __attribute__((warn_unused_result))
#else
#define QF_CHECKED [[nodiscard]]
#endif
#define QF_PRINTF(format, first)                                               \
	__attribute__((__format__(__printf__, format, first)))

/* The compiler warns when a result of this type is ignored. */
enum QF_CHECKED qf_status {
	QF_OK = 0,
	QF_END,	    /* nothing left; not a failure */
	QF_STOPPED, /* the caller asked for an early end; not a failure */
	QF_GONE,    /* the message is not, or no longer, where it was */
	QF_CHANGED, /* what has that name is another message */
	QF_EXISTS,  /* the name is taken */
	QF_BUSY,    /* somebody works on the message */
	QF_CORRUPT, /* the bytes break the format */
	QF_UNSAFE,  /* not a plain file, or not a name Postfix would make */
	QF_DENIED,  /* no permission */
	QF_ABSENT,  /* no such spool, instance or program */
	QF_DOWN,    /* the mail system is needed and does not run */
	QF_INVALID, /* a setting or an argument is wrong */
	QF_SYSTEM,  /* a system call failed; see errnum */
};

struct qf_error {
	enum qf_status status;
	int errnum;   /* errno where a system call failed, else 0 */
	off_t offset; /* in the file when QF_CORRUPT, else -1 */
	char text[400];
};

/*
 * Fill *err (NULL is allowed) and return `status', so that failing is one
 * statement.  Lower case, no full stop, what and which one.
 */
enum qf_status qf_fail(struct qf_error *err, enum qf_status status,
		       const char *format, ...) QF_PRINTF(3, 4);

/* The same for bytes that break a format; `offset' is where that starts. */
enum qf_status qf_corrupt(struct qf_error *err, off_t offset,
			  const char *format, ...) QF_PRINTF(3, 4);

/*
 * The same for a system call that set errno: the text gets ": " and
 * strerror.  EACCES and EPERM give QF_DENIED, ENOENT gives QF_GONE, the rest
 * QF_SYSTEM.
 */
enum qf_status qf_system(struct qf_error *err, const char *format, ...)
	QF_PRINTF(2, 3);

/* Does the disk take no more: full, a quota reached, or only to be read? */
bool qf_error_is_full(const struct qf_error *err);

/* Put "prefix: " before the text.  err may be NULL. */
void qf_error_prefix(struct qf_error *err, const char *prefix);

#endif
