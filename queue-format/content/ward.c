/*
 * ward.c - a worker as it is seen from outside: started, waited for, ended.
 */
#include "ward.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "worker.h"

#define LOOK_EVERY 100 /* ms; at how much time it has used */
#define NANO	   UINT64_C(1000000000)

/*
 * A worker that waits uses no time of a processor: for the disk, or because
 * somebody has stopped it.  Nobody waits for that for ever.
 */
#define PATIENCE 30

static uint64_t
nanoseconds(clockid_t clock)
{
	struct timespec now;

	if (clock_gettime(clock, &now) < 0)
		return 0;
	return (uint64_t)now.tv_sec * NANO + (uint64_t)now.tv_nsec;
}

static uint64_t
time_used(const struct qf_ward *ward)
{
	clockid_t clock;

	if (clock_getcpuclockid(ward->pid, &clock) != 0)
		return 0;
	return nanoseconds(clock);
}

enum qf_status
qf_ward_start(struct qf_ward *ward, const struct qf_content_settings *settings,
	      struct qf_error *err)
{
	int ends[2];
	pid_t pid;

	if (ward->pid > 0)
		return QF_OK;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		return qf_system(err, "cannot look into messages");
	pid = fork();
	if (pid == 0)
		qf_worker_run(settings, ends[1]);
	close(ends[1]);
	if (pid < 0) {
		(void)qf_system(err, "cannot look into messages");
		close(ends[0]);
		return QF_SYSTEM;
	}
	(void)fcntl(ends[0], F_SETFL, O_NONBLOCK);
	*ward = (struct qf_ward){ .pid = pid, .channel = ends[0] };
	return QF_OK;
}

/* Closing the channel is enough for one that listens. */
static int
bury(struct qf_ward *ward, bool killing)
{
	int how = 0;

	if (killing)
		(void)kill(ward->pid, SIGKILL);
	close(ward->channel);
	while (waitpid(ward->pid, &how, 0) < 0)
		if (errno != EINTR)
			break;
	*ward = (struct qf_ward){ .pid = 0 };
	return how;
}

void
qf_ward_end(struct qf_ward *ward)
{
	if (ward->pid > 0)
		(void)bury(ward, true);
}

void
qf_ward_retire(struct qf_ward *ward)
{
	if (ward->pid > 0 && time_used(ward) > QF_WORKER_SECONDS * NANO)
		qf_ward_end(ward);
}

static enum qf_status
ended_by(int number, struct qf_error *err)
{
	if (number == SIGSYS)
		return qf_fail(err, QF_CORRUPT,
			       "its reader was stopped: it tried what it may "
			       "not do");
	if (number == SIGXCPU)
		return qf_fail(err, QF_CORRUPT, "it takes too much time");
	return qf_fail(
		err, QF_CORRUPT, "its reader ended with signal %d (%s)", number,
		sigdescr_np(number) == NULL ? "unknown" : sigdescr_np(number));
}

/* It has closed its end: why? */
static enum qf_status
find_cause(struct qf_ward *ward, const struct qf_content_settings *settings,
	   struct qf_error *err)
{
	int how = bury(ward, false);

	if (WIFSIGNALED(how))
		return ended_by(WTERMSIG(how), err);
	if (WIFEXITED(how) && WEXITSTATUS(how) == QF_WORKER_NO_MEMORY)
		return qf_fail(err, QF_CORRUPT,
			       "it takes more than %zu MiB of memory",
			       settings->limits.memory >> 20);
	return qf_fail(err, QF_CORRUPT, "its reader has ended");
}

static enum qf_status
give_up(struct qf_ward *ward, struct qf_error *err, const char *why,
	unsigned seconds)
{
	qf_ward_end(ward);
	return qf_fail(err, QF_CORRUPT, "%s %u seconds", why, seconds);
}

/* Read all of `len' bytes; `began' is when waiting did. */
static enum qf_status
receive(struct qf_ward *ward, const struct qf_content_settings *settings,
	uint64_t began, char *data, size_t len, struct qf_error *err)
{
	unsigned most = settings->limits.seconds;

	while (len > 0) {
		struct pollfd ready = { .fd = ward->channel, .events = POLLIN };
		ssize_t got = recv(ward->channel, data, len, 0);

		if (got > 0) {
			data += got;
			len -= (size_t)got;
			continue;
		}
		if (got == 0 || (errno != EAGAIN && errno != EINTR))
			return find_cause(ward, settings, err);
		if (poll(&ready, 1, LOOK_EVERY) != 0)
			continue;
		if (time_used(ward) > ward->used + most * NANO)
			return give_up(ward, err, "it takes more than", most);
		if (nanoseconds(CLOCK_MONOTONIC) >
		    began + (most + PATIENCE) * NANO)
			return give_up(ward, err, "its reader is silent for",
				       most + PATIENCE);
	}
	return QF_OK;
}

enum qf_status
qf_ward_take(struct qf_ward *ward, const struct qf_content_settings *settings,
	     struct qf_wire_head *head, struct qf_buffer *bytes,
	     struct qf_error *err)
{
	uint64_t began = nanoseconds(CLOCK_MONOTONIC);
	enum qf_status status;

	status = receive(ward, settings, began, (char *)head, sizeof(*head),
			 err);
	if (status != QF_OK)
		return status;
	if (head->magic != QF_WIRE_MAGIC || head->size > QF_WIRE_LARGEST) {
		qf_ward_end(ward);
		return qf_fail(err, QF_CORRUPT,
			       "its reader does not say what it should");
	}
	qf_buffer_empty(bytes);
	if (!qf_buffer_reserve(bytes, head->size)) {
		qf_ward_end(ward);
		qf_buffer_free(bytes);
		errno = ENOMEM;
		return qf_system(err, "cannot keep what is in the message");
	}
	status = receive(ward, settings, began, bytes->data, head->size, err);
	if (status == QF_OK)
		bytes->len = head->size;
	return status;
}

/* The hello may tell of a sandbox with holes. */
static enum qf_status
take_hello(struct qf_ward *ward, const struct qf_content_settings *settings,
	   struct qf_error *err)
{
	struct qf_buffer bytes = { 0 };
	struct qf_wire_head head;
	enum qf_status status;

	status = qf_ward_take(ward, settings, &head, &bytes, err);
	if (status == QF_OK && (head.kind != QF_WIRE_HELLO ||
				bytes.len >= sizeof(ward->missing))) {
		qf_ward_end(ward);
		status = qf_fail(err, QF_CORRUPT, "its reader says no hello");
	}
	if (status == QF_OK) {
		memcpy(ward->missing, qf_buffer_text(&bytes), bytes.len);
		ward->ready = true;
	}
	qf_buffer_free(&bytes);
	return status;
}

enum qf_status
qf_ward_hello(struct qf_ward *ward, const struct qf_content_settings *settings,
	      struct qf_error *err)
{
	enum qf_status status = qf_ward_start(ward, settings, err);

	if (status == QF_OK && !ward->ready)
		status = take_hello(ward, settings, err);
	return status;
}

enum qf_status
qf_ward_ask(struct qf_ward *ward, const struct qf_content_settings *settings,
	    enum qf_wire_kind kind, uint32_t value, int fd,
	    struct qf_error *err)
{
	enum qf_status status = qf_ward_hello(ward, settings, err);

	if (status != QF_OK)
		return status;
	ward->used = time_used(ward);
	if (!qf_channel_send(ward->channel, kind, value, "", 0, fd))
		return find_cause(ward, settings, err);
	return QF_OK;
}
