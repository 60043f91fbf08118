/*
 * serve.c - to be loaded into a program with shim.c: it runs again and again.
 *
 * To start a program costs more than what mqadm then does with three messages.
 * So one that is ready to begin stays there, and for each run a copy of it
 * begins.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <dlfcn.h>
#include <errno.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "orders.h"

typedef int program(int argc, char **argv, char **environment);

/* The program's own; NULL only asks for it. */
static program *
own_main(program *set)
{
	static program *own;

	if (set != NULL)
		own = set;
	return own;
}

static int
begin(struct request *request, ssize_t len)
{
	char *argv[REQUEST_WORDS + 1];
	char *end = (char *)request + len;
	char *word = request->words;
	int argc = 0;

	while (word < end && argc < REQUEST_WORDS) {
		argv[argc++] = word;
		word += strlen(word) + 1;
	}
	argv[argc] = NULL;
	if (request->faulty)
		shim_obey();
	return own_main(NULL)(argc, argv, environ);
}

static int
serve(int argc, char **argv, char **environment)
{
	struct request request;

	(void)argc;
	(void)argv;
	(void)environment;
	/* The C library keeps it: it is read once, and not by each run. */
	newlocale(LC_ALL_MASK, "", (locale_t)0);
	for (;;) {
		ssize_t len = recv(SERVE_FD, &request, sizeof(request), 0);
		struct answer answer = { .result = 0 };

		if (len <= 0)
			_exit(0);
		answer.pid = fork();
		if (answer.pid == 0) {
			close(SERVE_FD);
			return begin(&request, len);
		}
		if (answer.pid < 0 ||
		    send(SERVE_FD, &answer, sizeof(answer), 0) < 0)
			_exit(1);
		while (waitpid(answer.pid, &answer.result, 0) < 0)
			continue;
		if (send(SERVE_FD, &answer, sizeof(answer), 0) < 0)
			_exit(1);
	}
}

/* What the beginning of each program calls with its main(). */
int
__libc_start_main(program *its_main, int argc, char **argv, void (*init)(void),
		  void (*fini)(void), void (*linker)(void), void *stack)
{
	int (*real)(program *, int, char **, void (*)(void), void (*)(void),
		    void (*)(void), void *);

	*(void **)&real = dlsym(RTLD_NEXT, "__libc_start_main");
	own_main(its_main);
	return real(serve, argc, argv, init, fini, linker, stack);
}
