/*
 * reason_text.h - where in a reason another server speaks.
 */
#ifndef QF_REASON_TEXT_H
#define QF_REASON_TEXT_H

/*
 * Where the reply of another server starts in the text; NULL when all of it
 * is said by this host.
 */
const char *qf_reason_reply(const char *text);

#endif
