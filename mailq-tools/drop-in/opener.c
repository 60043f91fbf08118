/*
 * opener.c - files opened with the rights that the program began with.
 */
#include "opener.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* What is sent beside the errno: one descriptor, aligned for its header. */
union passed {
	struct cmsghdr header;
	char room[CMSG_SPACE(sizeof(int))];
};

static int
open_one(const char *path, int *fd)
{
	*fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	return *fd < 0 ? errno : 0;
}

static void
send_result(int socket, int errnum, int fd)
{
	struct iovec data = { &errnum, sizeof(errnum) };
	union passed passed = { .room = { 0 } };
	struct msghdr message = { .msg_iov = &data, .msg_iovlen = 1 };

	if (fd >= 0) {
		struct cmsghdr *header = &passed.header;

		message.msg_control = passed.room;
		message.msg_controllen = sizeof(passed.room);
		header->cmsg_level = SOL_SOCKET;
		header->cmsg_type = SCM_RIGHTS;
		header->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(header), &fd, sizeof(fd));
	}
	if (sendmsg(socket, &message, MSG_NOSIGNAL) < 0)
		_exit(1);
}

static int
receive_result(int socket, int *fd)
{
	int errnum = 0;
	struct iovec data = { &errnum, sizeof(errnum) };
	union passed passed = { .room = { 0 } };
	struct msghdr message = { .msg_iov = &data,
				  .msg_iovlen = 1,
				  .msg_control = passed.room,
				  .msg_controllen = sizeof(passed.room) };
	ssize_t got;

	do
		got = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
	while (got < 0 && errno == EINTR);
	if (got != sizeof(errnum))
		return got < 0 ? errno : EPIPE;
	if (errnum != 0)
		return errnum;
	/* There was no room for another descriptor in this process. */
	if (message.msg_controllen < CMSG_LEN(sizeof(int)))
		return EMFILE;
	memcpy(fd, CMSG_DATA(&passed.header), sizeof(*fd));
	return 0;
}

/* A byte asks for the next file; when the asking process ends, so does this. */
static _Noreturn void
serve(int socket, char *const paths[])
{
	char asked;

	for (size_t i = 0; paths[i] != NULL; i++) {
		int errnum;
		int fd;

		if (read(socket, &asked, 1) != 1)
			break;
		errnum = open_one(paths[i], &fd);
		send_result(socket, errnum, fd);
		if (fd >= 0)
			close(fd);
	}
	_exit(0);
}

enum qf_status
opener_start(struct opener *opener, char *const paths[], struct qf_error *err)
{
	int sockets[2];

	*opener = (struct opener){ .paths = paths };
	if (geteuid() != 0)
		return QF_OK;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) < 0)
		return qf_system(err, "socketpair");
	opener->child = fork();
	if (opener->child == 0) {
		close(sockets[0]);
		serve(sockets[1], paths);
	}
	close(sockets[1]);
	opener->socket = sockets[0];
	if (opener->child < 0)
		return qf_system(err, "fork");
	return QF_OK;
}

int
opener_next(struct opener *opener, int *fd)
{
	if (opener->child <= 0)
		return open_one(*opener->paths++, fd);
	if (send(opener->socket, "", 1, MSG_NOSIGNAL) < 0)
		return errno;
	return receive_result(opener->socket, fd);
}

void
opener_stop(struct opener *opener)
{
	if (opener->child <= 0)
		return;
	close(opener->socket);
	while (waitpid(opener->child, NULL, 0) < 0 && errno == EINTR)
		;
}
