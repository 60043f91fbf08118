/*
 * wake.c - wake a program of Postfix.
 */
#include "wake.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "queue-format/clock.h"

/* As long as postqueue(1) waits. */
#define WAKE_SECONDS 2

/* "/proc/self/fd/" and a number. */
#define FD_PATH_MAX 40

/* A failure to reach a service, told as what it means. */
static enum qf_status
failed(const char *path, struct qf_error *err)
{
	switch (errno) {
	case ENOENT:
	case ECONNREFUSED:
	case ECONNRESET:
	case ENXIO:
	case EPIPE:
		return qf_fail(err, QF_DOWN,
			       "%s: nobody listens: the mail system is down",
			       path);
	case EAGAIN:
		return qf_fail(err, QF_DOWN,
			       "%s: the mail system does not answer", path);
	default:
		return qf_system(err, "%s", path);
	}
}

/*
 * A call failed: once more, since a signal came?  The kernel's own time limit
 * begins anew each time.
 */
static bool
is_to_repeat(int64_t end)
{
	if (errno != EINTR)
		return false;
	if (qf_clock_ms() < end)
		return true;
	errno = EAGAIN;
	return false;
}

static bool
send_all(int fd, const char *data, size_t len, int64_t end)
{
	while (len > 0) {
		ssize_t sent = send(fd, data, len, MSG_NOSIGNAL);

		if (sent < 0 && is_to_repeat(end))
			continue;
		if (sent < 0)
			return false;
		data += sent;
		len -= (size_t)sent;
	}
	return true;
}

/*
 * The service closes the connection when it has taken the request; closed
 * earlier, it could be lost.
 */
static void
wait_until_taken(int fd, int64_t end)
{
	struct pollfd wait = { .fd = fd, .events = POLLIN };
	int64_t left;

	while ((left = end - qf_clock_ms()) > 0) {
		if (poll(&wait, 1, (int)left) >= 0 || errno != EINTR)
			return;
	}
}

/* A service that hangs has a full queue of connections: do not wait for it. */
static int
connect_to(const char *path, int64_t end)
{
	const struct timeval limit = { .tv_sec = WAKE_SECONDS };
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int result;
	int error;

	if (fd < 0)
		return -1;
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	do
		result = connect(fd, (const struct sockaddr *)&address,
				 sizeof(address));
	while (result < 0 && is_to_repeat(end));
	if (result == 0)
		return fd;
	error = errno;
	close(fd);
	errno = error;
	return -1;
}

static enum qf_status
wake_socket(const char *fd_path, const char *path, const char *request,
	    struct qf_error *err)
{
	int64_t end = qf_clock_ms() + WAKE_SECONDS * 1000;
	int fd = connect_to(fd_path, end);
	enum qf_status status = QF_OK;

	if (fd < 0)
		return failed(path, err);
	if (send_all(fd, request, strlen(request) + 1, end))
		wait_until_taken(fd, end);
	else
		status = failed(path, err);
	close(fd);
	return status;
}

/*
 * Our own end for reading keeps the kernel from sending SIGPIPE when the
 * service goes away before we write.
 */
static enum qf_status
wake_fifo(const char *fd_path, const char *path, const char *request,
	  struct qf_error *err)
{
	int fd = open(fd_path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
	enum qf_status status = QF_OK;
	int reader;

	if (fd < 0)
		return failed(path, err);
	reader = open(fd_path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (reader < 0 || write(fd, request, strlen(request)) < 0)
		status = failed(path, err);
	if (reader >= 0)
		close(reader);
	close(fd);
	return status;
}

/*
 * By way of a descriptor of the name itself: so it is what was looked at, and
 * the path of a socket, which must be short, is.
 */
enum qf_status
qf_wake(const struct qf_spool *spool, const char *service, const char *request,
	struct qf_error *err)
{
	char path[64];
	char fd_path[FD_PATH_MAX];
	enum qf_status status;
	struct stat st;
	int fd;

	snprintf(path, sizeof(path), "public/%s", service);
	fd = openat(qf_spool_root(spool), path,
		    O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return failed(path, err);
	snprintf(fd_path, sizeof(fd_path), "/proc/self/fd/%d", fd);
	if (fstat(fd, &st) < 0)
		status = qf_system(err, "%s", path);
	else if (S_ISSOCK(st.st_mode))
		status = wake_socket(fd_path, path, request, err);
	else if (S_ISFIFO(st.st_mode))
		status = wake_fifo(fd_path, path, request, err);
	else
		status = qf_fail(err, QF_UNSAFE,
				 "%s: no socket and no named pipe", path);
	close(fd);
	return status;
}
