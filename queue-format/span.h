/*
 * span.h - a piece of a string that is somebody else's.
 */
#ifndef QF_SPAN_H
#define QF_SPAN_H

#include <stddef.h>

/* `len' bytes without a NUL behind them; text NULL: not known, or none. */
struct qf_span {
	const char *text;
	size_t len;
};

#endif
