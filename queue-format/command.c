/*
 * command.c - run one of Postfix's programs.
 */
#include "command.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* For one that has all its input, and does not end. */
#define PATIENCE_MS 5000
#define WAIT_MS	    5

struct qf_command {
	pid_t pid;
	FILE *out;  /* its standard output, or NULL */
	int in;	    /* its standard input, or -1 */
	FILE *said; /* a file that takes its standard error */
};

/*
 * What a program of Postfix needs: TZ for times, a PATH for the scripts
 * behind it.  MAIL_CONFIG is given as an option instead.
 */
static void
make_environment(char *tz, size_t size, const char *environment[4])
{
	const char *value = getenv("TZ");

	environment[0] = "PATH=/usr/bin:/usr/sbin:/bin:/sbin";
	environment[1] = "LC_ALL=C";
	environment[2] = NULL;
	environment[3] = NULL;
	if (value != NULL && strlen(value) + 4 <= size) {
		snprintf(tz, size, "TZ=%s", value);
		environment[2] = tz;
	}
}

/* posix_spawn(3) promises in words only that it changes no string. */
static char *const *
vector(const char *const strings[])
{
	const union {
		const char *const *ours;
		char *const *theirs;
	} both = { .ours = strings };

	return both.theirs;
}

/* What the caller has open is not the program's, marked so or not. */
static int
close_others(posix_spawn_file_actions_t *files)
{
#ifdef __GLIBC_PREREQ
#if __GLIBC_PREREQ(2, 34)
	return posix_spawn_file_actions_addclosefrom_np(files, 3);
#endif
#endif
	(void)files;
	return 0;
}

/* -1: nothing to read. */
static int
add_input(posix_spawn_file_actions_t *files, int in)
{
	if (in >= 0)
		return posix_spawn_file_actions_adddup2(files, in, 0);
	return posix_spawn_file_actions_addopen(files, 0, "/dev/null", O_RDONLY,
						0);
}

/*
 * File actions and attributes: a clean start in all that exec keeps.  Who
 * takes our lines shall do so to the end, though an interrupt from the
 * terminal is for the whole process group.
 */
static int
spawn(pid_t *pid, const char *const argv[], int in, int out, int said)
{
	short flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF;
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attributes;
	char tz[200];
	const char *environment[4];
	sigset_t none;
	sigset_t all;
	int error;

	make_environment(tz, sizeof(tz), environment);
	sigemptyset(&none);
	sigfillset(&all);
	error = posix_spawn_file_actions_init(&files);
	if (error != 0)
		return error;
	error = posix_spawnattr_init(&attributes);
	if (error != 0)
		goto out;
	if (in >= 0)
		flags |= POSIX_SPAWN_SETPGROUP;
	posix_spawnattr_setflags(&attributes, flags);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawnattr_setsigdefault(&attributes, &all);
	error = add_input(&files, in);
	if (error == 0)
		error = posix_spawn_file_actions_adddup2(&files, out, 1);
	if (error == 0)
		error = posix_spawn_file_actions_adddup2(&files, said, 2);
	if (error == 0)
		error = close_others(&files);
	if (error == 0)
		error = posix_spawn(pid, argv[0], &files, &attributes,
				    vector(argv), vector(environment));
	posix_spawnattr_destroy(&attributes);
out:
	posix_spawn_file_actions_destroy(&files);
	return error;
}

/*
 * A file without a name that no other program inherits.  In memory, so that
 * a full disk is no reason not to list the queue.
 */
static FILE *
scratch_file(void)
{
	int fd = memfd_create("said", MFD_CLOEXEC);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "r+");

	if (file == NULL && fd >= 0)
		close(fd);
	return file;
}

/* One of the two is an end of a pipe; -1 is none. */
static enum qf_status
run(struct qf_command *command, const char *const argv[], int in, int out,
    struct qf_error *err)
{
	int error;
	int said;

	command->said = scratch_file();
	if (command->said == NULL)
		return qf_system(err, "cannot make a temporary file");
	said = fileno(command->said);
	error = spawn(&command->pid, argv, in, out < 0 ? said : out, said);
	if (error == ENOENT)
		return qf_fail(err, QF_ABSENT, "%s: no such program", argv[0]);
	errno = error;
	return error == 0 ? QF_OK : qf_system(err, "cannot run %s", argv[0]);
}

static enum qf_status
run_to_read(struct qf_command *command, const char *const argv[],
	    struct qf_error *err)
{
	enum qf_status status;
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) < 0)
		return qf_system(err, "cannot make a pipe");
	command->out = fdopen(fds[0], "r");
	if (command->out == NULL) {
		status = qf_system(err, "cannot read from a pipe");
		close(fds[0]);
	} else {
		status = run(command, argv, -1, fds[1], err);
	}
	close(fds[1]);
	return status;
}

static enum qf_status
run_to_write(struct qf_command *command, const char *const argv[],
	     struct qf_error *err)
{
	enum qf_status status;
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) < 0)
		return qf_system(err, "cannot make a pipe");
	command->in = fds[1];
	status = run(command, argv, fds[0], -1, err);
	close(fds[0]);
	return status;
}

static void
release(struct qf_command *command)
{
	if (command->out != NULL)
		fclose(command->out);
	if (command->in >= 0)
		close(command->in);
	if (command->said != NULL)
		fclose(command->said);
	free(command);
}

static enum qf_status
start(enum qf_status (*how)(struct qf_command *command,
			    const char *const argv[], struct qf_error *err),
      const char *const argv[], struct qf_command **command,
      struct qf_error *err)
{
	struct qf_command *made = calloc(1, sizeof(*made));
	enum qf_status status;

	if (made == NULL)
		return qf_system(err, "cannot run %s", argv[0]);
	made->in = -1;
	status = how(made, argv, err);
	if (status == QF_OK)
		*command = made;
	else
		release(made);
	return status;
}

enum qf_status
qf_command_start(const char *const argv[], struct qf_command **command,
		 FILE **out, struct qf_error *err)
{
	enum qf_status status = start(run_to_read, argv, command, err);

	if (status == QF_OK)
		*out = (*command)->out;
	return status;
}

enum qf_status
qf_command_feed(const char *const argv[], struct qf_command **command, int *in,
		struct qf_error *err)
{
	enum qf_status status = start(run_to_write, argv, command, err);

	if (status == QF_OK)
		*in = (*command)->in;
	return status;
}

/* Warnings come before what ended the program. */
static void
read_reason(FILE *file, struct qf_buffer *said)
{
	char *line = NULL;
	size_t room = 0;
	ssize_t len;

	rewind(file);
	while ((len = getline(&line, &room, file)) > 0) {
		if (line[len - 1] == '\n')
			len--;
		qf_buffer_empty(said);
		qf_buffer_add(said, line, (size_t)len);
		if (strstr(line, "fatal:") != NULL)
			break;
	}
	free(line);
}

static pid_t
wait_for(pid_t pid, int *result, int flags)
{
	pid_t found;

	do
		found = waitpid(pid, result, flags);
	while (found < 0 && errno == EINTR);
	return found;
}

/* No call waits for a child with a limit. */
static pid_t
wait_or_kill(pid_t pid, int *result)
{
	const struct timespec pause = { .tv_nsec = WAIT_MS * 1000000L };

	for (int i = 0; i < PATIENCE_MS / WAIT_MS; i++) {
		pid_t found = wait_for(pid, result, WNOHANG);

		if (found != 0)
			return found;
		nanosleep(&pause, NULL);
	}
	if (kill(pid, SIGKILL) == 0)
		return wait_for(pid, result, 0);
	/* It has rights that we have given up: it is left alone. */
	*result = SIGKILL;
	return pid;
}

enum qf_status
qf_command_end(struct qf_command *command, int *exit_status,
	       struct qf_buffer *said, struct qf_error *err)
{
	enum qf_status status = QF_OK;
	int result = 0;
	pid_t pid;

	if (command->in >= 0) {
		close(command->in);
		command->in = -1;
		pid = wait_or_kill(command->pid, &result);
	} else {
		/* A broken pipe is noticed by who writes, and only then. */
		if (!feof(command->out))
			kill(command->pid, SIGTERM);
		fclose(command->out);
		command->out = NULL;
		pid = wait_for(command->pid, &result, 0);
	}
	if (pid < 0)
		status = qf_system(err, "cannot wait for a program");
	else if (exit_status != NULL)
		*exit_status = WIFEXITED(result) ? WEXITSTATUS(result)
						 : 128 + WTERMSIG(result);
	if (said != NULL)
		read_reason(command->said, said);
	release(command);
	return status;
}
