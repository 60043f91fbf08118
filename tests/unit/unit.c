/*
 * unit.c - what all unit tests need.
 */
#include "unit.h"

#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

/*
 * Some tests ask for more memory than there is: a sanitizer must give NULL
 * then, as malloc() does.
 */
const char *__asan_default_options(void);
const char *__tsan_default_options(void);

const char *
__asan_default_options(void)
{
	return "allocator_may_return_null=1";
}

const char *
__tsan_default_options(void)
{
	return "allocator_may_return_null=1";
}

/* A busy machine makes a test slow: only what hangs shall fail. */
__attribute__((constructor)) static void
be_patient(void)
{
	setenv("CK_DEFAULT_TIMEOUT", "60", 0);
}

int
unit_run(Suite *suite)
{
	SRunner *runner = srunner_create(suite);
	int failed;

	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

void
unit_says(const char *text, const char *wanted)
{
	ck_assert_msg(strstr(text, wanted) != NULL,
		      "it says \"%s\", wanted is \"%s\"", text, wanted);
}

void
unit_drop_root(void)
{
	if (geteuid() == 0)
		ck_assert_int_eq(seteuid(65534), 0);
}

/* The leak detector attaches to the process at its end: it must be allowed. */
void
unit_regain_root(void)
{
	if (getuid() == 0 && geteuid() != 0) {
		ck_assert_int_eq(seteuid(0), 0);
		ck_assert_int_eq(prctl(PR_SET_DUMPABLE, 1, 0, 0, 0), 0);
	}
}
