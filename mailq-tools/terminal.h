/*
 * terminal.h - how wide the terminal is.
 */
#ifndef TERMINAL_H
#define TERMINAL_H

#include <stddef.h>

/* Its columns; 0: that is no terminal. */
size_t terminal_width(int fd);

#endif
