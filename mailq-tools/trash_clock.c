/*
 * trash_clock.c - how long messages are in the trash, whatever the clock says.
 */
#include "trash_clock.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

#define STAMP_NAME "trash-clock"
#define STAMP_MAX  512

/* Clocks drift and are corrected. */
#define SLACK 3600

/* A time or a count of seconds beyond that is none. */
#define SECONDS_MAX ((int64_t)1 << 40)

static void
read_boot(char boot[TRASH_BOOT_MAX])
{
	int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	ssize_t len = fd < 0 ? -1 : read(fd, boot, TRASH_BOOT_MAX - 1);

	if (fd >= 0)
		close(fd);
	boot[len < 0 ? 0 : len] = '\0';
	boot[strspn(boot, "0123456789abcdef-")] = '\0';
}

static bool
is_synced(void)
{
	struct timex timex = { .modes = 0 };

	return adjtimex(&timex) >= 0 && (timex.status & STA_UNSYNC) == 0;
}

void
trash_moment_now(struct trash_moment *moment)
{
	struct timespec wall, up;

	clock_gettime(CLOCK_REALTIME, &wall);
	clock_gettime(CLOCK_BOOTTIME, &up);
	*moment = (struct trash_moment){
		.wall = wall.tv_sec,
		.up = up.tv_sec,
		.synced = is_synced(),
	};
	read_boot(moment->boot);
}

static int64_t
smaller(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int64_t
larger(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static bool
is_same_run(const struct trash_moment *now, const struct trash_moment *then)
{
	return now->boot[0] != '\0' && strcmp(now->boot, then->boot) == 0 &&
	       now->up >= then->up;
}

/*
 * The clock is another one than it was: times of before and of now cannot be
 * compared.
 */
static void
begin_anew(struct trash_clock *clock, enum trash_belief belief, int64_t since)
{
	clock->belief = belief;
	clock->since = since;
	clock->purged = 0;
}

void
trash_clock_look(const struct trash_moment *now, const struct trash_stamp *last,
		 struct trash_clock *clock)
{
	bool same = last != NULL && is_same_run(now, &last->moment);
	int64_t passed = same ? now->up - last->moment.up : 0;
	int64_t off;

	*clock = (struct trash_clock){ .now = *now };
	if (last == NULL) {
		begin_anew(clock, TRASH_FIRST, now->wall);
		return;
	}
	clock->since = last->since;
	clock->purged = last->purged;
	off = now->wall - last->moment.wall - passed;
	if (off < -SLACK) {
		/* What it has been, and when, nobody knows. */
		begin_anew(clock, TRASH_BACK, smaller(last->since, now->wall));
		clock->off = -off;
	} else if (same && off > SLACK) {
		begin_anew(clock, TRASH_AHEAD, now->wall);
		clock->off = off;
	} else if (!same && !now->synced && off > now->up + SLACK) {
		/* It was down for a month, or its clock is a month ahead. */
		clock->belief = TRASH_RESTART;
		clock->since = larger(last->since, now->wall - now->up);
	}
	clock->since = smaller(clock->since, now->wall);
}

int64_t
trash_clock_deleted(const struct trash_clock *clock, int64_t when)
{
	return larger(smaller(when, clock->now.wall), clock->since);
}

/*
 * A run that purges all up to a certain time leaves nothing of before; what
 * is there nevertheless came later, while the clock was wrong.
 */
bool
trash_clock_is_strange(const struct trash_clock *clock, int64_t when)
{
	return trash_clock_deleted(clock, when) <= clock->purged;
}

void
trash_clock_distrust(struct trash_clock *clock)
{
	begin_anew(clock, TRASH_STRANGE, clock->now.wall);
}

/* Ends with a newline: a file that was cut has none there. */
static const char form[] = "mailq-tools trash clock 1\n"
			   "wall %020" PRId64 "\n"
			   "up %020" PRId64 "\n"
			   "since %020" PRId64 "\n"
			   "purged %020" PRId64 "\n"
			   "boot %-36.36s\n";

static bool
read_number(char **text, const char *name, int64_t *number)
{
	size_t len = strlen(name);
	char *end;

	if (strncmp(*text, name, len) != 0 || (*text)[len] != ' ')
		return false;
	errno = 0;
	*number = strtoll(*text + len + 1, &end, 10);
	if (errno != 0 || *end != '\n' || end == *text + len + 1 ||
	    *number < 0 || *number > SECONDS_MAX)
		return false;
	*text = end + 1;
	return true;
}

static bool
parse(char *text, struct trash_stamp *stamp)
{
	static const char boot[] = "boot ";
	size_t head = strcspn(text, "\n") + 1;
	struct trash_moment *moment = &stamp->moment;
	size_t len;

	*stamp = (struct trash_stamp){ .since = 0 };
	if (strncmp(text, form, head) != 0)
		return false;
	text += head;
	if (!read_number(&text, "wall", &moment->wall) ||
	    !read_number(&text, "up", &moment->up) ||
	    !read_number(&text, "since", &stamp->since) ||
	    !read_number(&text, "purged", &stamp->purged) ||
	    strncmp(text, boot, sizeof(boot) - 1) != 0)
		return false;
	text += sizeof(boot) - 1;
	len = strspn(text, "0123456789abcdef-");
	if (len >= sizeof(moment->boot) || strchr(text, '\n') == NULL)
		return false;
	memcpy(moment->boot, text, len);
	return true;
}

static enum qf_status
open_stamp(const char *state, int flags, int *fd, struct qf_error *err)
{
	int dir = open(state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	*fd = dir < 0 ? -1
		      : openat(dir, STAMP_NAME,
			       flags | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC,
			       0600);
	if (*fd < 0)
		(void)qf_system(err, "%s/%s", state, STAMP_NAME);
	if (dir >= 0)
		close(dir);
	return *fd >= 0 ? QF_OK : err != NULL ? err->status : QF_SYSTEM;
}

enum qf_status
trash_stamp_read(const char *state, struct trash_stamp *stamp,
		 struct qf_error *err)
{
	char text[STAMP_MAX + 1];
	struct trash_stamp found;
	ssize_t len;
	int fd;

	if (open_stamp(state, O_RDONLY, &fd, err) != QF_OK)
		return QF_GONE;
	len = pread(fd, text, STAMP_MAX, 0);
	close(fd);
	text[len < 0 ? 0 : len] = '\0';
	if (!parse(text, &found))
		return qf_fail(err, QF_GONE, "%s/%s: damaged", state,
			       STAMP_NAME);
	*stamp = found;
	return QF_OK;
}

/* All of it has the same length: what is there is written over. */
enum qf_status
trash_stamp_write(const char *state, const struct trash_clock *clock,
		  struct qf_error *err)
{
	const struct trash_moment *now = &clock->now;
	char text[STAMP_MAX];
	enum qf_status status;
	ssize_t done;
	int fd;
	int len = snprintf(text, sizeof(text), form, now->wall, now->up,
			   clock->since, clock->purged, now->boot);

	status = open_stamp(state, O_WRONLY | O_CREAT, &fd, err);
	if (status != QF_OK)
		return status;
	done = pwrite(fd, text, (size_t)len, 0);
	if (done != len) {
		errno = done < 0 ? errno : ENOSPC;
		status = qf_system(err, "%s/%s", state, STAMP_NAME);
	}
	close(fd);
	return status;
}

void
trash_clock_open(const char *state, struct trash_clock *clock)
{
	struct trash_moment now;
	struct trash_stamp last;
	bool known = trash_stamp_read(state, &last, NULL) == QF_OK;

	trash_moment_now(&now);
	trash_clock_look(&now, known ? &last : NULL, clock);
}

/* Where that fails, the next purge believes less, and not more. */
void
trash_clock_keep(const char *state)
{
	struct trash_clock clock;

	trash_clock_open(state, &clock);
	if (clock.belief != TRASH_BELIEVED)
		(void)trash_stamp_write(state, &clock, NULL);
}
