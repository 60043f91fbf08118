/*
 * daemon.c - which queue manager runs.
 */
#include "daemon.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define PID_FILE "pid/master.pid"

/*
 * When any Postfix of this user stops, its queue manager may end a moment
 * later than its master.
 */
#define STRAY_TRIES    10
#define STRAY_PAUSE_NS 20000000

struct qf_daemon {
	const struct qf_spool *spool;
	uid_t owner; /* of the queue: Postfix's user */
	int master;  /* PID_FILE, or -1 */
};

enum qf_status
qf_daemon_open(const struct qf_spool *spool, struct qf_daemon **daemon,
	       struct qf_error *err)
{
	struct qf_daemon *opened;
	enum qf_status status;
	struct stat st;

	if (fstatat(qf_spool_root(spool), "deferred", &st,
		    AT_SYMLINK_NOFOLLOW) < 0)
		return qf_system(err, "deferred");
	opened = calloc(1, sizeof(*opened));
	if (opened == NULL)
		return qf_system(err, "cannot look for the queue manager");
	opened->spool = spool;
	opened->owner = st.st_uid;
	opened->master = -1;
	/* A master that never ran here, or one that is none of ours. */
	status = qf_spool_file(spool, PID_FILE, &opened->master, &st, err);
	if (status != QF_OK && status != QF_GONE && status != QF_DENIED) {
		free(opened);
		return status;
	}
	*daemon = opened;
	return QF_OK;
}

void
qf_daemon_close(struct qf_daemon *daemon)
{
	if (daemon == NULL)
		return;
	if (daemon->master >= 0)
		close(daemon->master);
	free(daemon);
}

/* A small file in one piece, with a NUL behind it. */
static bool
read_text(int fd, char *text, size_t size)
{
	ssize_t got;

	do
		got = pread(fd, text, size - 1, 0);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return false;
	text[got] = '\0';
	return true;
}

/*
 * Here a question is answered with the reason why it has no answer, or NULL.
 *
 * The process id of the master that ran last, as it wrote it; 0: none ever
 * ran.  Somebody may have removed the file and a new master made another
 * one, of which we would not know.
 */
static const char *
find_master(const struct qf_daemon *daemon, pid_t *pid)
{
	struct stat now;
	struct stat held;
	char text[64];
	char *end = NULL;
	long value;

	*pid = 0;
	if (fstatat(qf_spool_root(daemon->spool), PID_FILE, &now, 0) < 0)
		return errno == ENOENT && daemon->master < 0 ? NULL
							     : PID_FILE
			       " cannot be found";
	if (daemon->master < 0 || fstat(daemon->master, &held) < 0 ||
	    !read_text(daemon->master, text, sizeof(text)))
		return PID_FILE " cannot be read";
	if (held.st_ino != now.st_ino || held.st_dev != now.st_dev)
		return PID_FILE " is another file now";
	errno = 0;
	value = strtol(text, &end, 10);
	if (errno != 0 || value <= 1 || (pid_t)value != value ||
	    (*end != '\0' && *end != '\n'))
		return PID_FILE " has no process id";
	*pid = (pid_t)value;
	return NULL;
}

bool
qf_daemon_parse_stat(char *text, struct qf_daemon_stat *stat)
{
	char *name = strchr(text, '(');
	char *end = strrchr(text, ')');
	char state = '\0';
	long parent = 0;
	unsigned long long start = 0;

	if (name == NULL || end == NULL || end < name)
		return false;
	*end = '\0';
	if (sscanf(end + 1,
		   " %c %ld %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s "
		   "%*s %*s %*s %*s %*s %llu",
		   &state, &parent, &start) != 3)
		return false;
	snprintf(stat->name, sizeof(stat->name), "%s", name + 1);
	stat->state = state;
	stat->parent = (pid_t)parent;
	stat->start = start;
	return true;
}

enum sight {
	SEEN,
	ENDED,
	HIDDEN, /* or something went wrong: there may be one */
};

static enum sight
read_proc(int proc, const char *pid, const char *file, char *text, size_t size)
{
	char path[64];
	bool done;
	int error;
	int fd;

	if ((size_t)snprintf(path, sizeof(path), "%s/%s", pid, file) >=
	    sizeof(path))
		return HIDDEN;
	fd = openat(proc, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT || errno == ESRCH ? ENDED : HIDDEN;
	done = read_text(fd, text, size);
	error = errno;
	close(fd);
	if (done)
		return SEEN;
	return error == ESRCH ? ENDED : HIDDEN;
}

/* A process that has ended is listed until its parent has asked how. */
static enum sight
see(int proc, const char *pid, struct qf_daemon_stat *stat)
{
	char text[1024];
	enum sight sight = read_proc(proc, pid, "stat", text, sizeof(text));

	if (sight == SEEN && !qf_daemon_parse_stat(text, stat))
		return HIDDEN;
	if (sight == SEEN && (stat->state == 'Z' || stat->state == 'X'))
		return ENDED;
	return sight;
}

/* Whose process it is; that of its files is root for most daemons. */
static bool
belongs_to(int proc, const char *pid, uid_t owner)
{
	char text[2048];
	const char *line;
	unsigned long uid;

	if (read_proc(proc, pid, "status", text, sizeof(text)) != SEEN)
		return true;
	line = strstr(text, "\nUid:");
	return line == NULL || sscanf(line, "\nUid: %lu", &uid) != 1 ||
	       uid == owner;
}

static bool
is_qmgr(const char *name)
{
	return strcmp(name, "qmgr") == 0 || strcmp(name, "oqmgr") == 0 ||
	       strcmp(name, "nqmgr") == 0;
}

static bool
is_master(int proc, pid_t pid)
{
	struct qf_daemon_stat process;
	char name[32];

	snprintf(name, sizeof(name), "%ld", (long)pid);
	return see(proc, name, &process) == SEEN &&
	       strcmp(process.name, "master") == 0;
}

static const char stray[] = "there is one that belongs to no known master";

/*
 * A queue manager whose master was killed goes on for a while, and remembers:
 * whose it is cannot be told any more.
 */
static const char *
look_at_process(const struct qf_daemon *daemon, int proc, const char *pid,
		pid_t master, struct qf_process *qmgr)
{
	struct qf_daemon_stat process;

	switch (see(proc, pid, &process)) {
	case SEEN:
		break;
	case ENDED:
		return NULL;
	case HIDDEN:
		return "a process cannot be looked at";
	}
	if (!is_qmgr(process.name))
		return NULL;
	if (master != 0 && process.parent == master) {
		qmgr->pid = (pid_t)strtol(pid, NULL, 10);
		qmgr->start = process.start;
		return NULL;
	}
	if (!belongs_to(proc, pid, daemon->owner) ||
	    (master != 0 && is_master(proc, process.parent)))
		return NULL;
	return stray;
}

/* The queue manager among all processes. */
static const char *
find_qmgr(const struct qf_daemon *daemon, DIR *proc, pid_t master,
	  struct qf_process *qmgr)
{
	struct qf_daemon_stat first;
	const struct dirent *entry;
	const char *why = NULL;

	/* With the mount option hidepid, that of others are as if not there. */
	if (see(dirfd(proc), "1", &first) != SEEN)
		return "the processes of others are hidden";
	while (why == NULL && (errno = 0, entry = readdir(proc)) != NULL) {
		if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9')
			why = look_at_process(daemon, dirfd(proc),
					      entry->d_name, master, qmgr);
	}
	return why == NULL && errno != 0 ? "/proc cannot be read" : why;
}

/*
 * No queue manager was found.  A master in a container has processes that we
 * may not see, or by other numbers; but its lock is everywhere.  Only asked
 * when there seems to be none, since a master that starts in this very
 * moment would give up.
 */
static const char *
check_none(const struct qf_daemon *daemon, int proc, pid_t master)
{
	if (master == 0 || is_master(proc, master))
		return NULL;
	if (flock(daemon->master, LOCK_SH | LOCK_NB) < 0)
		return "Postfix runs where its processes cannot be seen";
	flock(daemon->master, LOCK_UN);
	return NULL;
}

static const char *
ask(const struct qf_daemon *daemon, struct qf_process *qmgr)
{
	pid_t master = 0;
	const char *why = find_master(daemon, &master);
	DIR *proc;

	if (why != NULL)
		return why;
	proc = opendir("/proc");
	if (proc == NULL)
		return "/proc cannot be read";
	why = find_qmgr(daemon, proc, master, qmgr);
	if (why == NULL && qmgr->pid == 0)
		why = check_none(daemon, dirfd(proc), master);
	closedir(proc);
	return why;
}

enum qf_status
qf_daemon_qmgr(const struct qf_daemon *daemon, struct qf_process *qmgr,
	       struct qf_error *err)
{
	const struct timespec pause = { .tv_nsec = STRAY_PAUSE_NS };
	struct qf_process found = { 0 };
	const char *why = ask(daemon, &found);

	for (int i = 1; why == stray && i < STRAY_TRIES; i++) {
		nanosleep(&pause, NULL);
		found = (struct qf_process){ 0 };
		why = ask(daemon, &found);
	}
	if (why != NULL)
		return qf_fail(err, QF_DENIED,
			       "cannot tell which queue manager runs: %s", why);
	*qmgr = found;
	return QF_OK;
}

bool
qf_daemon_has_master(const struct qf_daemon *daemon)
{
	pid_t master = 0;
	bool runs = false;
	DIR *proc;

	if (find_master(daemon, &master) != NULL || master == 0)
		return false;
	proc = opendir("/proc");
	if (proc == NULL)
		return false;
	runs = is_master(dirfd(proc), master);
	closedir(proc);
	return runs;
}

bool
qf_process_is_same(const struct qf_process *a, const struct qf_process *b)
{
	return a->pid != 0 && a->pid == b->pid && a->start == b->start;
}
