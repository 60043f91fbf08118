/*
 * say.h - messages of the drop-ins, in the form of Postfix's.
 */
#ifndef DROP_IN_SAY_H
#define DROP_IN_SAY_H

#include <stdarg.h>

#include "queue-format/error.h"
#include "queue-format/postfix/address.h"

/*
 * One line on standard error: "NAME", "KIND" (such as ": fatal: "), and a text
 * in which nothing is left that Postfix would not print.
 */
void drop_in_say(const char *name, const char *kind, enum qf_printable how,
		 const char *format, va_list args) QF_PRINTF(4, 0);

#endif
