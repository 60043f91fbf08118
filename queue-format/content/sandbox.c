/*
 * sandbox.c - give up every right but those to compute and to answer.
 */
#include "sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/landlock.h>
#include <seccomp.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define OPEN_FILES   16

/*
 * What a ruleset may handle, as the newest kernel knows it; the headers of
 * the system may be older than its kernel.
 */
struct ruleset {
	uint64_t files;
	uint64_t net;	 /* since version 4 */
	uint64_t scopes; /* since version 6 */
};

static uint64_t
bits(unsigned count)
{
	return (UINT64_C(1) << count) - 1;
}

/* Each version of Landlock knows some more kinds of access. */
static struct ruleset
all_rules(long version)
{
	struct ruleset rules = { .files = bits(13) };

	if (version >= 2)
		rules.files = bits(14); /* moving to another directory */
	if (version >= 3)
		rules.files = bits(15); /* truncating */
	if (version >= 4)
		rules.net = bits(2); /* TCP */
	if (version >= 5)
		rules.files = bits(16); /* ioctl on devices */
	if (version >= 6)
		rules.scopes = bits(2); /* abstract sockets, signals */
	return rules;
}

static size_t
size_of(long version)
{
	if (version < 4)
		return offsetof(struct ruleset, net);
	if (version < 6)
		return offsetof(struct ruleset, scopes);
	return sizeof(struct ruleset);
}

/* All is handled, and nothing allowed. */
static int
enter_landlock(void)
{
	long version = syscall(SYS_landlock_create_ruleset, NULL, 0,
			       LANDLOCK_CREATE_RULESET_VERSION);
	struct ruleset rules;
	int result = 0;
	long fd;

	if (version < 1)
		return errno;
	rules = all_rules(version);
	fd = syscall(SYS_landlock_create_ruleset, &rules, size_of(version), 0);
	if (fd < 0)
		return errno;
	if (syscall(SYS_landlock_restrict_self, (int)fd, 0) < 0)
		result = errno;
	close((int)fd);
	return result;
}

/* Needed by who has memory to get and time to read, and harmless. */
static const int allowed[] = {
	SCMP_SYS(brk),
	SCMP_SYS(clock_gettime),
	SCMP_SYS(close),
	SCMP_SYS(exit),
	SCMP_SYS(exit_group),
	SCMP_SYS(fstat),
	SCMP_SYS(futex),
	SCMP_SYS(getpid),
	SCMP_SYS(getrandom),
	SCMP_SYS(gettid),
	SCMP_SYS(gettimeofday),
	SCMP_SYS(lseek),
	SCMP_SYS(madvise),
	SCMP_SYS(mremap),
	SCMP_SYS(munmap),
	SCMP_SYS(pread64),
	SCMP_SYS(restart_syscall),
	SCMP_SYS(rt_sigaction),
	SCMP_SYS(rt_sigprocmask),
	SCMP_SYS(rt_sigreturn),
	SCMP_SYS(sched_yield),
	SCMP_SYS(sigaltstack),
	SCMP_SYS(time),
};

/*
 * Libraries ask for files where they can do without: iconv for a charset that
 * was not loaded.  They are told that they may not.
 */
static const int refused[] = {
	SCMP_SYS(access),
	SCMP_SYS(faccessat),
	SCMP_SYS(faccessat2),
	SCMP_SYS(getcwd),
	SCMP_SYS(ioctl),
	SCMP_SYS(lstat),
	SCMP_SYS(open),
	SCMP_SYS(openat),
	SCMP_SYS(openat2),
	SCMP_SYS(readlink),
	SCMP_SYS(readlinkat),
	SCMP_SYS(stat),
	SCMP_SYS(statfs),
	SCMP_SYS(statx),
	SCMP_SYS(sysinfo),
	SCMP_SYS(getrlimit),
	SCMP_SYS(prlimit64),
	SCMP_SYS(uname),
	SCMP_SYS(sched_getaffinity),
};

/* 0, or a negative errno, as libseccomp has it. */
static int
add_lists(scmp_filter_ctx filter)
{
	int result = 0;

	for (size_t i = 0; i < COUNT(allowed) && result == 0; i++)
		result =
			seccomp_rule_add(filter, SCMP_ACT_ALLOW, allowed[i], 0);
	for (size_t i = 0; i < COUNT(refused) && result == 0; i++)
		result = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EACCES),
					  refused[i], 0);
	return result;
}

/* A rule for calls whose argument `arg', as far as `mask' goes, is `value'. */
static int
add_rule(scmp_filter_ctx filter, uint32_t action, int call, unsigned arg,
	 uint64_t mask, uint64_t value)
{
	struct scmp_arg_cmp when = {
		.arg = arg,
		.op = SCMP_CMP_MASKED_EQ,
		.datum_a = mask,
		.datum_b = value,
	};

	return seccomp_rule_add_array(filter, action, call, 1, &when);
}

static int
add_channel(scmp_filter_ctx filter, int channel)
{
	static const int calls[] = { SCMP_SYS(read), SCMP_SYS(recvmsg),
				     SCMP_SYS(recvfrom), SCMP_SYS(sendto),
				     SCMP_SYS(write) };
	int result = 0;

	for (size_t i = 0; i < COUNT(calls) && result == 0; i++)
		result = add_rule(filter, SCMP_ACT_ALLOW, calls[i], 0,
				  UINT32_MAX, (uint64_t)channel);
	return result;
}

/* Memory that can be run is never needed, and only we are to be ended. */
static int
add_special(scmp_filter_ctx filter)
{
	static const int memory[] = { SCMP_SYS(mmap), SCMP_SYS(mprotect) };
	int result = 0;

	for (size_t i = 0; i < COUNT(memory) && result == 0; i++)
		result = add_rule(filter, SCMP_ACT_ALLOW, memory[i], 2,
				  PROT_EXEC, 0);
	if (result == 0)
		result = add_rule(filter, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 0,
				  UINT32_MAX, (uint64_t)getpid());
	/* fstat() of some libraries; with a path it is refused. */
	if (result == 0)
		result = add_rule(filter, SCMP_ACT_ALLOW, SCMP_SYS(newfstatat),
				  3, AT_EMPTY_PATH, AT_EMPTY_PATH);
	if (result == 0)
		result = add_rule(filter, SCMP_ACT_ERRNO(EACCES),
				  SCMP_SYS(newfstatat), 3, AT_EMPTY_PATH, 0);
	return result;
}

/* A report of a sanitizer goes to standard error, before the end. */
static int
add_sanitizer(scmp_filter_ctx filter)
{
	if (!QF_SANDBOX_REPORTS)
		return 0;
	return add_rule(filter, SCMP_ACT_ALLOW, SCMP_SYS(write), 0, UINT32_MAX,
			STDERR_FILENO);
}

static int
enter_seccomp(int channel)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
	int result;

	if (filter == NULL)
		return ENOMEM;
	result = add_lists(filter);
	if (result == 0)
		result = add_channel(filter, channel);
	if (result == 0)
		result = add_special(filter);
	if (result == 0)
		result = add_sanitizer(filter);
	if (result == 0)
		result = seccomp_load(filter);
	seccomp_release(filter);
	return -result;
}

const struct qf_sandbox_walls qf_sandbox_walls = {
	.landlock = enter_landlock,
	.seccomp = enter_seccomp,
};

static void
limit(__rlimit_resource_t resource, rlim_t most)
{
	struct rlimit now;

	if (getrlimit(resource, &now) < 0)
		return;
	if (now.rlim_max != RLIM_INFINITY && most > now.rlim_max)
		most = now.rlim_max;
	now.rlim_cur = most;
	now.rlim_max = most;
	(void)setrlimit(resource, &now);
}

/* How much of memory is there already, in bytes; 0 when nobody tells. */
static size_t
memory_now(void)
{
	char text[128] = "";
	unsigned long pages = 0;
	int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
	ssize_t got = 0;

	if (fd >= 0) {
		got = read(fd, text, sizeof(text) - 1);
		close(fd);
	}
	if (got <= 0 || sscanf(text, "%lu", &pages) != 1)
		return 0;
	return pages * (size_t)sysconf(_SC_PAGESIZE);
}

/*
 * Without /proc the memory is only limited by what one message may cost
 * elsewhere; a sanitizer needs more memory than any limit allows.
 */
static void
enter_limits(const struct qf_sandbox *sandbox)
{
	size_t now = memory_now();

	if (now > 0 && !QF_SANDBOX_REPORTS)
		limit(RLIMIT_AS, now + sandbox->memory);
	limit(RLIMIT_CPU, sandbox->seconds);
	limit(RLIMIT_FSIZE, 0);
	limit(RLIMIT_CORE, 0);
	limit(RLIMIT_NPROC, 0);
	limit(RLIMIT_NOFILE, OPEN_FILES);
}

static void
miss(char *missing, size_t size, const char *what, int why)
{
	size_t len = strlen(missing);

	snprintf(missing + len, size - len, "%sno %s: %s", len == 0 ? "" : "; ",
		 what, strerror(why));
}

void
qf_sandbox_enter(const struct qf_sandbox *sandbox, char *missing, size_t size)
{
	int why;

	missing[0] = '\0';
	enter_limits(sandbox);
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		miss(missing, size, "way to give up privileges", errno);
	why = sandbox->walls->landlock();
	if (why != 0)
		miss(missing, size, "Landlock", why);
	why = sandbox->walls->seccomp(sandbox->channel);
	if (why != 0)
		miss(missing, size, "seccomp", why);
}
