/*
 * check_spool_depth.c - without settings the directories tell how they are
 * hashed; where they cannot be read, nothing seems to be gone.
 */
#include "queue-format/postfix/spool.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <unistd.h>

#include "unit.h"

static struct qf_config config;
static struct qf_spool *spool;
static struct qf_error err;

/* The library is linked statically, so it calls this. */
static bool is_broken;

struct dirent *
readdir(DIR *dir)
{
	static struct dirent *(*real)(DIR *);

	if (is_broken) {
		errno = EIO;
		return NULL;
	}
	if (real == NULL)
		*(void **)&real = dlsym(RTLD_NEXT, "readdir");
	return real(dir);
}

static void
begin(void)
{
	is_broken = false;
	scratch_new();
	scratch_text("deferred/A/AB1C2D3", "a message", 0700);
	ck_assert_int_eq(qf_config_default(scratch_path(""), &config, &err),
			 QF_OK);
}

static void
end(void)
{
	qf_spool_close(spool);
	spool = NULL;
	qf_config_free(&config);
}

static void
expect_error(enum qf_status status)
{
	ck_assert_int_eq(status, QF_SYSTEM);
	ck_assert_str_eq(err.text, "deferred: Input/output error");
}

START_TEST(what_cannot_be_read_is_an_error)
{
	struct stat st;
	DIR *dir;
	int fd;

	is_broken = true;
	ck_assert_int_eq(qf_spool_open(&config, &spool, &err), QF_OK);
	is_broken = false;
	expect_error(qf_spool_file(spool, "deferred/AB1C2D3", &fd, NULL, &err));
	expect_error(qf_spool_stat(spool, "deferred/AB1C2D3", &st, &err));
	expect_error(qf_spool_directory(spool, "deferred", &dir, &err));
	expect_error(qf_spool_folder(spool, "deferred", true, &fd, &err));
}
END_TEST

START_TEST(a_folder_that_is_not_there_is_not_hashed)
{
	struct stat st;

	ck_assert_int_eq(qf_spool_open(&config, &spool, &err), QF_OK);
	ck_assert_int_eq(qf_spool_stat(spool, "hold/AB1C2D3", &st, &err),
			 QF_GONE);
	ck_assert_int_eq(qf_spool_stat(spool, "deferred/A/AB1C2D3", &st, &err),
			 QF_OK);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("spool_depth");
	TCase *tc = tcase_create("spool_depth");

	tcase_add_unchecked_fixture(tc, scratch_begin, scratch_end);
	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_test(tc, what_cannot_be_read_is_an_error);
	tcase_add_test(tc, a_folder_that_is_not_there_is_not_hashed);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
