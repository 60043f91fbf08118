/*
 * text_source.h - the text of a message, out of a queue file.
 */
#ifndef QF_POSTFIX_TEXT_SOURCE_H
#define QF_POSTFIX_TEXT_SOURCE_H

#include "queue-format/content.h"

/*
 * What is between the message record and what was extracted from it, with
 * what milters changed.  The same text as postcat -bh gives.
 */
extern const struct qf_content_source qf_postfix_text;

#endif
