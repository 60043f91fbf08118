/*
 * scene.h - helpers for inventing the messages of the sample.
 *
 * A scene is a handful of messages with a common story.  These functions
 * fill in what all mail has; memory is the worker's arena, so that each
 * message must be posted before the next one is begun.
 */
#ifndef GEN_SCENE_H
#define GEN_SCENE_H

#include "worker.h"

#define COUNT(table) ((uint32_t)(sizeof(table) / sizeof(table[0])))
#define MINUTE	     60L
#define HOUR	     (60 * MINUTE)
#define DAY	     (24 * HOUR)

/* All messages are numbered in the order in which they are posted. */
struct stage {
	struct worker worker;
	unsigned long posted;
};

/* Somebody with a name; the name is UTF-8. */
struct person {
	const char *name;
	const char *address;
};

/* Where mail goes, and how it fares there. */
struct site {
	const char *domain;
	const char *host;
	const char *ip;
	const char *reason; /* by its name */
};

extern const struct person staff[];
extern const uint32_t staff_count;

/* Hosts that give us mail. */
extern const struct client exchange, webshop, lists, partner;

/* A client that has logged in, from somewhere in the world. */
struct client scene_login(const char *user, const char *host, const char *ip);

/* A new message from that host or, when NULL, from a local user. */
struct mail scene_mail(struct stage *s, enum queue queue, long age,
		       const struct client *client);

/* Add a header, lines separated by newlines. */
void scene_header(struct stage *s, struct mail *m, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/*
 * The headers that all mail has: From, To (the recipients added so far),
 * Subject, Date, Message-ID.
 */
void scene_headers(struct stage *s, struct mail *m, const char *from,
		   const char *subject);

struct rcpt *scene_rcpt(struct stage *s, struct mail *m, const char *address);

/* The recipient could not be reached; `variant' picks one of that name. */
void scene_fail(struct stage *s, const struct mail *m, struct rcpt *r,
		const struct site *site, unsigned variant);

/* The same, for good. */
void scene_bounce(struct stage *s, const struct mail *m, struct rcpt *r,
		  const struct site *site, const struct reason *reason);

void scene_post(struct stage *s, struct mail *m);

/* The scenes that have files of their own. */
void monday_spam(struct stage *s);
void monday_lists(struct stage *s);
void monday_odd(struct stage *s);

#endif
