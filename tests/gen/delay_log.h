/*
 * delay_log.h - the defer, bounce and trace logs that lie beside a message.
 */
#ifndef GEN_DELAY_LOG_H
#define GEN_DELAY_LOG_H

#include "mail.h"

struct bytes;

/* Append the entry of one recipient that has a failure. */
void delay_log_add(struct bytes *log, struct arena *a, enum log_style style,
		   const char *action, const struct rcpt *rcpt);

#endif
