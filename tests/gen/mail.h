/*
 * mail.h - the description of one message that shall lie in a queue.
 *
 * Plain values, filled in by those who invent messages (monday.c, bulk.c)
 * and used by those who write them (compose.c, post.c).  Strings belong to
 * an arena or are constants.
 */
#ifndef GEN_MAIL_H
#define GEN_MAIL_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/time.h>
#include <sys/types.h>
#include <time.h>

#include "reason.h"
#include "spool.h"

/* The values are those of the record types. */
enum rcpt_state {
	RCPT_LEFT = 'R',
	RCPT_DONE = 'D',
	RCPT_CANCELED = '/',
};

enum rcpt_place {
	RCPT_BEFORE,	/* the content: SMTP's RCPT TO */
	RCPT_BEHIND,	/* taken from headers: sendmail -t */
	RCPT_BCC,	/* behind the content as well: always_bcc */
	RCPT_BY_MILTER, /* behind the end of the file */
};

#define NOTIFY_NEVER   1
#define NOTIFY_SUCCESS 2
#define NOTIFY_FAILURE 4
#define NOTIFY_DELAY   8

struct rcpt {
	const char *address;  /* internal form, not quoted */
	const char *original; /* before rewriting; NULL: the same */
	const char *orcpt;    /* the client's ORCPT; NULL: none */
	int notify;
	enum rcpt_state state;
	enum rcpt_place place;
	const struct failure *failure; /* NULL: no attempt yet */
	size_t offset;		       /* filled in by compose() */
};

/* Who handed us the message by SMTP. */
struct client {
	const char *name; /* "unknown" when it has none */
	const char *address;
	const char *helo;
	const char *protocol;  /* ESMTP, ESMTPS, ESMTPSA */
	const char *sasl_user; /* NULL: not logged in */
	const char *sasl_method;
	bool trusted; /* of ours: rewrite_context=local */
};

enum origin {
	ORIGIN_SMTP,
	ORIGIN_SENDMAIL, /* by a local user */
	ORIGIN_BOUNCE,	 /* a notice by Postfix itself */
};

/* Text lines, each with a newline; then filler; then one last line. */
struct body {
	const char *text;
	size_t filler;
	const char *last; /* without newline; NULL: none */
};

/* What a milter did.  NULL: not that. */
struct edits {
	const char *old_sender;
	const char *insert; /* header, before the first received one */
	const char *change; /* in place of the one counted by change_at */
	size_t change_at;
	const char *append[3];
	const struct body *old_body;
};

enum state {
	STATE_READY,
	STATE_WRITING, /* cleanup is not done with it */
	STATE_DAMAGED, /* cut off in the middle of a record */
};

enum log_style {
	LOG_BOTH, /* an old line, then name=value: the default of Postfix */
	LOG_NEW,  /* backwards_bounce_logfile_compatibility = no */
	LOG_OLD,  /* as before Postfix 2.0 */
};

struct mail {
	unsigned long serial;
	enum queue queue;
	enum state state;
	enum origin origin;
	bool postdrop; /* in the format of a local submission */
	bool forced_expire;

	struct timeval arrival;
	time_t created; /* when cleanup got it */
	time_t changed; /* the file's time: of the next attempt, if deferred */
	time_t attempt; /* of the last one; 0: none */
	time_t warn;	/* 0: no record; -1: has been sent */

	const char *sender;
	const char *full_name; /* NULL: none */
	struct client client;  /* for ORIGIN_SMTP */
	uid_t uid;	       /* for ORIGIN_SENDMAIL */
	struct rcpt *rcpts;
	size_t rcpt_count;

	const char *envelope_id; /* NULL: none */
	int ret_flags;		 /* 0: none */
	const char *encoding;	 /* of MAIL FROM: 7bit, 8bit; NULL: none */
	const char *transfer_encoding; /* that its headers tell */
	const char *filter;
	const char *redirect;
	const char *verp;
	int trace_flags;
	bool smtputf8; /* asked for by the client */

	/* As received, each with folded lines but no newline at the end. */
	const char **headers;
	size_t header_count;
	struct body body;
	const char *subject; /* decoded and in one line, for the manifest */

	bool milters;
	struct edits edits;
	enum log_style log_style;
};

#endif
