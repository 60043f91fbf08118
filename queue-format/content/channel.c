/*
 * channel.c - pieces with a head, over the socket between a reader and its
 * worker.
 */
#include "channel.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

static bool
send_rest(int channel, const char *data, size_t len)
{
	while (len > 0) {
		ssize_t sent = send(channel, data, len, MSG_NOSIGNAL);
		struct pollfd ready = { .fd = channel, .events = POLLOUT };

		if (sent < 0 && errno == EAGAIN) {
			(void)poll(&ready, 1, -1);
			continue;
		}
		if (sent < 0 && errno == EINTR)
			continue;
		if (sent <= 0)
			return false;
		data += sent;
		len -= (size_t)sent;
	}
	return true;
}

/* The head goes with the descriptor, all at once: a socket has room for it. */
static bool
send_head(int channel, const struct qf_wire_head *head, int fd)
{
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = { .bytes = "" };
	struct iovec part = { .iov_base = (void *)(uintptr_t)head,
			      .iov_len = sizeof(*head) };
	struct msghdr message = {
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof(control.bytes),
	};
	struct cmsghdr *with = CMSG_FIRSTHDR(&message);
	ssize_t sent;

	with->cmsg_level = SOL_SOCKET;
	with->cmsg_type = SCM_RIGHTS;
	with->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(with), &fd, sizeof(fd));
	do {
		sent = sendmsg(channel, &message, MSG_NOSIGNAL);
	} while (sent < 0 && errno == EINTR);
	return sent == (ssize_t)sizeof(*head);
}

bool
qf_channel_send(int channel, enum qf_wire_kind kind, uint32_t value,
		const char *data, size_t len, int fd)
{
	struct qf_wire_head head = {
		.magic = QF_WIRE_MAGIC,
		.kind = kind,
		.size = (uint32_t)len,
		.value = value,
	};

	if (fd >= 0 && !send_head(channel, &head, fd))
		return false;
	if (fd < 0 && !send_rest(channel, (const char *)&head, sizeof(head)))
		return false;
	return send_rest(channel, data, len);
}

bool
qf_channel_request(int channel, struct qf_wire_head *head, int *fd)
{
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control;
	struct iovec part = { .iov_base = head, .iov_len = sizeof(*head) };
	struct msghdr message = {
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof(control.bytes),
	};
	struct cmsghdr *with;
	ssize_t got;

	do {
		got = recvmsg(channel, &message, MSG_CMSG_CLOEXEC);
	} while (got < 0 && errno == EINTR);
	with = CMSG_FIRSTHDR(&message);
	if (got != (ssize_t)sizeof(*head) || head->magic != QF_WIRE_MAGIC ||
	    with == NULL || with->cmsg_type != SCM_RIGHTS)
		return false;
	memcpy(fd, CMSG_DATA(with), sizeof(*fd));
	return true;
}
