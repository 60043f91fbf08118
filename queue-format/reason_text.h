/*
 * reason_text.h - where in a reason another server speaks.
 */
#ifndef QF_REASON_TEXT_H
#define QF_REASON_TEXT_H

/* What Postfix says behind a reply. */
#define QF_IN_REPLY_TO "(in reply to "

/*
 * Where the reply of another server starts in the text; NULL when all of it
 * is said by this host.
 */
const char *qf_reason_reply(const char *text);

#endif
