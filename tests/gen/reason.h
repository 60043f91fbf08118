/*
 * reason.h - why mail is not delivered, in the words of Postfix and of
 * other people's servers.
 */
#ifndef GEN_REASON_H
#define GEN_REASON_H

#include <stddef.h>

#include "arena.h"

/* Who speaks. */
enum reason_kind {
	REASON_OURS,   /* Postfix itself, without any remote host's words */
	REASON_SAID,   /* a reply to a command */
	REASON_REFUSED /* a greeting that turns us away */
};

/*
 * In the text, %d stands for the recipient's domain, %h and %i for the
 * host's name and address, %r for the recipient and %s for the sender.
 */
struct reason {
	const char *name;
	const char *status;
	enum reason_kind kind;
	const char *text;
	const char *command; /* that a REASON_SAID replies to */
};

/* Filled in for one recipient; what a log entry holds. */
struct failure {
	const char *status;
	const char *text;
	const char *reply; /* NULL: nobody said anything */
	const char *host;
};

/* Whom we talked to, and about what. */
struct talk {
	const char *host;
	const char *ip;
	const char *sender;
	const char *rcpt;
};

/* Temporary ones, for messages that wait. */
extern const struct reason reasons[];
extern const size_t reason_count;

/* Permanent ones, for bounces. */
extern const struct reason final_reasons[];
extern const size_t final_reason_count;

/* The first of that name or, when there are several, another one of them. */
const struct reason *reason_by_name(const char *name, unsigned variant);

struct failure *reason_failure(struct arena *a, const struct reason *r,
			       const struct talk *talk);

#endif
