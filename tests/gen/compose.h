/*
 * compose.h - make the bytes of a queue file from a message's description.
 *
 * It knows in which order Postfix's daemons write what.
 */
#ifndef GEN_COMPOSE_H
#define GEN_COMPOSE_H

#include "mail.h"
#include "queue_file.h"

/* The relay whose spool this is. */
#define MY_HOST	   "relay.example.com"
#define MY_ADDRESS "192.0.2.1"

/*
 * Fill `f'.  What is only known now goes into `m': offsets of recipients,
 * and the DSN values that Postfix adds to them.
 */
void
compose(struct queue_file *f, struct mail *m, const char *id, struct arena *a);

#endif
