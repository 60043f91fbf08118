/*
 * error.c - fill in a struct qf_error.
 */
#include "error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static enum qf_status fill(struct qf_error *err, enum qf_status status,
			   int errnum, off_t offset, const char *format,
			   va_list args) QF_PRINTF(5, 0);

static enum qf_status
fill(struct qf_error *err, enum qf_status status, int errnum, off_t offset,
     const char *format, va_list args)
{
	size_t len;

	if (err == NULL)
		return status;
	err->status = status;
	err->errnum = errnum;
	err->offset = offset;
	vsnprintf(err->text, sizeof(err->text), format, args);
	len = strlen(err->text);
	if (errnum != 0)
		snprintf(err->text + len, sizeof(err->text) - len, ": %s",
			 strerror(errnum));
	return status;
}

enum qf_status
qf_fail(struct qf_error *err, enum qf_status status, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	status = fill(err, status, 0, -1, format, args);
	va_end(args);
	return status;
}

enum qf_status
qf_corrupt(struct qf_error *err, off_t offset, const char *format, ...)
{
	enum qf_status status;
	va_list args;

	va_start(args, format);
	status = fill(err, QF_CORRUPT, 0, offset, format, args);
	va_end(args);
	return status;
}

static enum qf_status
status_of_errno(int errnum)
{
	switch (errnum) {
	case EACCES:
	case EPERM:
		return QF_DENIED;
	case ENOENT:
		return QF_GONE;
	default:
		return QF_SYSTEM;
	}
}

enum qf_status
qf_system(struct qf_error *err, const char *format, ...)
{
	int errnum = errno;
	enum qf_status status = status_of_errno(errnum);
	va_list args;

	va_start(args, format);
	status = fill(err, status, errnum, -1, format, args);
	va_end(args);
	return status;
}

bool
qf_error_is_full(const struct qf_error *err)
{
	return err->errnum == ENOSPC || err->errnum == EDQUOT ||
	       err->errnum == EROFS;
}

void
qf_error_prefix(struct qf_error *err, const char *prefix)
{
	char text[2 * sizeof(err->text)];

	if (err == NULL)
		return;
	snprintf(text, sizeof(text), "%s: %s", prefix, err->text);
	text[sizeof(err->text) - 1] = '\0';
	memcpy(err->text, text, strlen(text) + 1);
}
