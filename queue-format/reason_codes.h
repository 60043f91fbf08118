/*
 * reason_codes.h - what the codes of a reply alone tell.
 */
#ifndef QF_REASON_CODES_H
#define QF_REASON_CODES_H

#include <stdbool.h>
#include <stddef.h>

#include "reason.h"
#include "reason_stage.h"

/* QF_REASON_OTHER when that is nothing; `ours': our own Postfix made it up. */
enum qf_reason_class
qf_reason_class_of_dsn(const char *dsn, size_t len, bool ours);
enum qf_reason_class
qf_reason_class_of_code(int code, enum qf_reason_stage stage);

#endif
