/*
 * apart.c - run a piece of a program in a process of its own.
 */
#include "apart.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>
#include <wchar.h>

#include "unit.h"

/* The child's part: never returns to the test. */
static _Noreturn void
run(int out, int err, int (*piece)(void *context), void *context)
{
	int in = open("/dev/null", O_RDONLY);

	if (in < 0 || dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(err, 2) < 0)
		_exit(99);
	exit(piece(context));
}

static int
wait_for(pid_t child)
{
	int status = 0;

	while (waitpid(child, &status, 0) < 0)
		ck_assert_int_eq(errno, EINTR);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int
new_file(void)
{
	int fd = memfd_create("apart", MFD_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	return fd;
}

static char *
take(int fd, size_t *len)
{
	struct stat st;
	char *text;

	ck_assert_int_eq(fstat(fd, &st), 0);
	*len = (size_t)st.st_size;
	text = calloc(1, *len + 1);
	ck_assert_ptr_nonnull(text);
	ck_assert_int_eq(pread(fd, text, *len, 0), st.st_size);
	close(fd);
	return text;
}

static pid_t
start(int out, int err, int (*piece)(void *context), void *context)
{
	pid_t child;

	/* What waits in a buffer would be written twice. */
	fflush(NULL);
	child = fork();
	ck_assert_int_ge(child, 0);
	if (child == 0)
		run(out, err, piece, context);
	return child;
}

void
apart_run(struct apart *apart, int (*piece)(void *context), void *context)
{
	int out = new_file();
	int err = new_file();

	apart->status = wait_for(start(out, err, piece, context));
	apart->out = take(out, &apart->out_len);
	apart->err = take(err, &apart->err_len);
}

/* A terminal that passes all bytes on as they are. */
static int
open_terminal(unsigned short columns, int *terminal)
{
	struct winsize size = { .ws_row = 25, .ws_col = columns };
	struct termios mode;
	int fd = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(grantpt(fd), 0);
	ck_assert_int_eq(unlockpt(fd), 0);
	*terminal = open(ptsname(fd), O_RDWR | O_NOCTTY | O_CLOEXEC);
	ck_assert_int_ge(*terminal, 0);
	ck_assert_int_eq(tcgetattr(*terminal, &mode), 0);
	mode.c_oflag &= ~(tcflag_t)OPOST;
	ck_assert_int_eq(tcsetattr(*terminal, TCSANOW, &mode), 0);
	ck_assert_int_eq(ioctl(*terminal, TIOCSWINSZ, &size), 0);
	return fd;
}

/* Until the last one who has the terminal open is gone: EIO. */
static void
read_terminal(int fd, struct apart *apart)
{
	char piece[4096];
	ssize_t got;

	while ((got = read(fd, piece, sizeof(piece))) > 0) {
		char *grown =
			realloc(apart->out, apart->out_len + (size_t)got + 1);

		ck_assert_ptr_nonnull(grown);
		apart->out = grown;
		for (ssize_t i = 0; i < got; i++)
			apart->out[apart->out_len++] = piece[i];
		apart->out[apart->out_len] = '\0';
	}
	close(fd);
}

void
apart_run_on_terminal(struct apart *apart, unsigned short columns,
		      int (*piece)(void *context), void *context)
{
	int terminal = -1;
	int fd = open_terminal(columns, &terminal);
	int err = new_file();
	pid_t child = start(terminal, err, piece, context);

	close(terminal);
	apart->out = calloc(1, 1);
	apart->out_len = 0;
	read_terminal(fd, apart);
	apart->status = wait_for(child);
	apart->err = take(err, &apart->err_len);
}

size_t
apart_widest(const struct apart *apart)
{
	const char *text = apart->out;
	size_t widest = 0;
	size_t width = 0;

	while (*text != '\0') {
		wchar_t rune = 0;
		int len = mbtowc(&rune, text, MB_CUR_MAX);

		ck_assert_int_gt(len, 0);
		text += len;
		if (rune == '\n') {
			width = 0;
			continue;
		}
		ck_assert_int_ge(wcwidth(rune), 0);
		width += (size_t)wcwidth(rune);
		if (width > widest)
			widest = width;
	}
	return widest;
}

void
apart_free(struct apart *apart)
{
	free(apart->out);
	free(apart->err);
	*apart = (struct apart){ 0 };
}
