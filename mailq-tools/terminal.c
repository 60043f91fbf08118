/*
 * terminal.c - how wide the terminal is.
 */
#include "terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

size_t
terminal_width(int fd)
{
	struct winsize size;

	if (!isatty(fd))
		return 0;
	if (ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
		return size.ws_col;
	return 80;
}
