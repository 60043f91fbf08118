/*
 * channel.h - pieces with a head, over the socket between a reader and its
 * worker.
 */
#ifndef QF_CONTENT_CHANNEL_H
#define QF_CONTENT_CHANNEL_H

#include "wire.h"

/*
 * Send a piece, and a descriptor with it (-1: none).  False: the other side
 * is gone.
 */
bool qf_channel_send(int channel, enum qf_wire_kind kind, uint32_t value,
		     const char *data, size_t len, int fd);

/*
 * For the worker: wait for a request, and take its descriptor.  False: the
 * other side is gone.
 */
bool qf_channel_request(int channel, struct qf_wire_head *head, int *fd);

#endif
