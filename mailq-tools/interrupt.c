/*
 * interrupt.c - Ctrl-C while messages are being changed.
 *
 * A thread waits for the signals, so that there is no handler, which could
 * reach nothing but global variables.
 */
#include "interrupt.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <unistd.h>

static const int signals[] = { SIGINT, SIGTERM, SIGHUP };

/* Those that are not ignored. */
static void
wanted_signals(sigset_t *set)
{
	sigemptyset(set);
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
		struct sigaction action;

		if (sigaction(signals[i], NULL, &action) == 0 &&
		    action.sa_handler != SIG_IGN)
			sigaddset(set, signals[i]);
	}
}

static void *
wait_for_signals(void *argument)
{
	struct interrupt *interrupt = argument;
	sigset_t set;
	int number = 0;

	wanted_signals(&set);
	while (sigwait(&set, &number) != 0)
		;
	atomic_store(&interrupt->signal, number);
	atomic_store(&interrupt->came, true);
	/* From now on the signals do what they always did. */
	pthread_sigmask(SIG_UNBLOCK, &set, NULL);
	for (;;)
		pause();
	return NULL;
}

enum qf_status
interrupt_start(struct interrupt *interrupt, struct qf_error *err)
{
	pthread_t thread;
	sigset_t set;

	wanted_signals(&set);
	/* The thread, and those begun later, inherit what is blocked. */
	errno = pthread_sigmask(SIG_BLOCK, &set, NULL);
	if (errno == 0)
		errno = pthread_create(&thread, NULL, wait_for_signals,
				       interrupt);
	if (errno != 0)
		return qf_system(err, "cannot wait for signals");
	pthread_detach(thread);
	return QF_OK;
}
