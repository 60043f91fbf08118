/*
 * orders.h - what the shim is told to do to a program, and what it saw.
 *
 * A file that both the driver and the program have mapped: it needs no call
 * of its own while the program runs.  The environment names it (ORDERS_FILE).
 */
#ifndef FAULTS_ORDERS_H
#define FAULTS_ORDERS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define ORDERS_FILE "FAULTS_ORDERS"

/* The system calls that can be made to fail, by the names that strace has. */
#define FAULTS_KINDS(X)                                                        \
	X(access)                                                              \
	X(clone)                                                               \
	X(clone3)                                                              \
	X(clock_nanosleep)                                                     \
	X(close)                                                               \
	X(connect)                                                             \
	X(dup2)                                                                \
	X(fallocate)                                                           \
	X(fchmod)                                                              \
	X(fchown)                                                              \
	X(fcntl)                                                               \
	X(fdatasync)                                                           \
	X(flock)                                                               \
	X(fstatfs)                                                             \
	X(fsync)                                                               \
	X(ftruncate)                                                           \
	X(getdents64)                                                          \
	X(getrandom)                                                           \
	X(ioctl)                                                               \
	X(lseek)                                                               \
	X(madvise)                                                             \
	X(memfd_create)                                                        \
	X(mkdir)                                                               \
	X(mkdirat)                                                             \
	X(mmap)                                                                \
	X(msync)                                                               \
	X(munmap)                                                              \
	X(newfstatat)                                                          \
	X(openat)                                                              \
	X(openat2)                                                             \
	X(pipe2)                                                               \
	X(poll)                                                                \
	X(prctl)                                                               \
	X(pread64)                                                             \
	X(prlimit64)                                                           \
	X(pwrite64)                                                            \
	X(read)                                                                \
	X(readlink)                                                            \
	X(renameat)                                                            \
	X(renameat2)                                                           \
	X(sendto)                                                              \
	X(setgroups)                                                           \
	X(setresgid)                                                           \
	X(setresuid)                                                           \
	X(setsockopt)                                                          \
	X(socket)                                                              \
	X(statx)                                                               \
	X(syncfs)                                                              \
	X(uname)                                                               \
	X(unlinkat)                                                            \
	X(utimensat)                                                           \
	X(wait4)                                                               \
	X(write)                                                               \
	X(writev)

enum kind {
#define X(name) KIND_##name,
	FAULTS_KINDS(X)
#undef X
		KIND_COUNT
};

enum mode {
	MODE_NONE,	  /* only count */
	MODE_FAIL,	  /* the call fails */
	MODE_FAIL_ON,	  /* and all after it */
	MODE_KILL_BEFORE, /* it is never made */
	MODE_KILL_AFTER,  /* it is made, and nothing more */
	MODE_NO_MEMORY,	  /* the allocation fails */
	MODE_NO_MEMORY_ON,
	MODE_LIE, /* says that it was made, and was not: a control */
	MODE_COUNT
};

#define CALL_PATH 56

struct call {
	uint8_t kind;
	char path[CALL_PATH]; /* the end of it, or "" */
};

#define CALLS_MAX 20000

/* A program that is ready to begin is asked for runs by this descriptor. */
#define SERVE_FD      3
#define REQUEST_ROOM  8192
#define REQUEST_WORDS 32

/* Its words are behind each other, each with its zero. */
struct request {
	bool faulty; /* as the orders say */
	char words[REQUEST_ROOM];
};

/* Comes twice: when the run has begun, and when it has ended. */
struct answer {
	int32_t pid;
	int result; /* as of waitpid(2) */
};

struct orders {
	/* Of the driver. */
	enum mode mode;
	enum kind kind;
	int error;
	uint64_t at; /* which call of this kind, or which allocation, from 1 */
	bool keep;   /* all calls, in `log' */

	/* Of the shim. */
	_Atomic uint64_t calls;
	_Atomic uint64_t kinds[KIND_COUNT];
	_Atomic uint64_t allocations;
	_Atomic uint64_t hits;
	struct call hit; /* the first call that was not as usual */
	struct call log[CALLS_MAX];
};

/* Inside the program: from now on its calls count. */
void shim_obey(void);

#endif
