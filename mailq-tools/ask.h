/*
 * ask.h - a question to a person, who answers yes or no.
 */
#ifndef ASK_H
#define ASK_H

#include <stdbool.h>

/*
 * Is there somebody at a terminal?  `stdin_is_taken': standard input is for
 * other things, and the question goes to the terminal behind it.
 */
bool ask_can(bool stdin_is_taken);

/* True: yes.  Anything else that is answered, and an end, is no. */
bool ask(const char *question);

#endif
