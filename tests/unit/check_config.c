/*
 * check_config.c - settings are taken from what postconf prints, and what
 * makes no sense is refused by name.
 */
#include "queue-format/postfix/config.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "unit.h"

static struct qf_config config;
static struct qf_error err;

static void
end(void)
{
	qf_config_free(&config);
}

static void
expect_parsed(const char *text)
{
	enum qf_status status = qf_config_parse(text, &config, &err);

	ck_assert_msg(status == QF_OK, "status %d: %s", (int)status, err.text);
}

static void
expect_defaults(void)
{
	ck_assert_str_eq(config.instance, "");
	ck_assert_str_eq(config.instances, "");
	ck_assert_str_eq(config.command_directory, "/usr/sbin");
	ck_assert_str_eq(config.mail_owner, "postfix");
	ck_assert_str_eq(config.mail_name, "Postfix");
	ck_assert_str_eq(config.showq_service, "showq");
	ck_assert_str_eq(config.empty_address, "MAILER-DAEMON");
	ck_assert_str_eq(config.hash_queue_names, "deferred, defer");
	ck_assert_uint_eq(config.major, 3);
	ck_assert_uint_eq(config.hash_queue_depth, 1);
	ck_assert_uint_eq(config.duplicate_filter_limit, 1000);
	ck_assert(!config.long_queue_ids);
	ck_assert(config.smtputf8);
	ck_assert_int_eq(config.minimal_backoff_time, 300);
	ck_assert_int_eq(config.maximal_backoff_time, 4000);
	ck_assert_int_eq(config.maximal_queue_lifetime, 5 * 86400);
	ck_assert_int_eq(config.bounce_queue_lifetime, 5 * 86400);
}

START_TEST(nothing_said_is_the_default)
{
	expect_parsed("");
	expect_defaults();
	ck_assert_str_eq(config.queue_directory, "/var/spool/postfix");
	ck_assert_ptr_null(config.directory);
}
END_TEST

START_TEST(a_spool_without_postfix_has_defaults)
{
	ck_assert_int_eq(qf_config_default("copy/of/spool", &config, &err),
			 QF_OK);
	expect_defaults();
	ck_assert_str_eq(config.queue_directory, "copy/of/spool");
	ck_assert_ptr_null(config.directory);
}
END_TEST

START_TEST(takes_what_postconf_prints)
{
	expect_parsed("mail_version = 3.9.1\n"
		      "multi_instance_name = postfix-out\n"
		      "multi_instance_directories = /etc/postfix-out /etc/b\n"
		      "queue_directory = /var/spool/postfix-out\n"
		      "command_directory = /opt/postfix/sbin\n"
		      "mail_owner = mail\n"
		      "mail_name = Mailer\n"
		      "showq_service_name = queue\n"
		      "empty_address_recipient = NOBODY\n"
		      "hash_queue_names = incoming, active\n"
		      "hash_queue_depth = 2\n"
		      "duplicate_filter_limit = 0\n"
		      "enable_long_queue_ids = yes\n"
		      "smtputf8_enable = no\n"
		      "minimal_backoff_time = 2m\n"
		      "maximal_backoff_time = 3h\n"
		      "maximal_queue_lifetime = 2w\n"
		      "bounce_queue_lifetime = 1\n");
	ck_assert_str_eq(config.mail_version, "3.9.1");
	ck_assert_str_eq(config.instance, "postfix-out");
	ck_assert_str_eq(config.instances, "/etc/postfix-out /etc/b");
	ck_assert_str_eq(config.queue_directory, "/var/spool/postfix-out");
	ck_assert_str_eq(config.command_directory, "/opt/postfix/sbin");
	ck_assert_str_eq(config.mail_owner, "mail");
	ck_assert_str_eq(config.mail_name, "Mailer");
	ck_assert_str_eq(config.showq_service, "queue");
	ck_assert_str_eq(config.empty_address, "NOBODY");
	ck_assert_str_eq(config.hash_queue_names, "incoming, active");
	ck_assert_uint_eq(config.major, 3);
	ck_assert_uint_eq(config.minor, 9);
	ck_assert_uint_eq(config.hash_queue_depth, 2);
	ck_assert_uint_eq(config.duplicate_filter_limit, 0);
	ck_assert(config.long_queue_ids);
	ck_assert(!config.smtputf8);
	ck_assert_int_eq(config.minimal_backoff_time, 120);
	ck_assert_int_eq(config.maximal_backoff_time, 3 * 3600);
	ck_assert_int_eq(config.maximal_queue_lifetime, 14 * 86400);
	ck_assert_int_eq(config.bounce_queue_lifetime, 86400);
}
END_TEST

static const struct {
	const char *text;
	const char *name;
} lines[] = {
	{ "mail_name = a", "a" },
	{ "mail_name=a\n", "a" },
	{ "mail_name   =    a   \n", "a" },
	{ "mail_name = a = b", "a = b" },
	{ "mail_name =", "" },
	{ "mail_name = \n", "" },
	{ "mail_name = a\nmail_name = b\n", "b" },
	{ "\n\n\nmail_name = a\n\n", "a" },
	{ "no equal sign\nmail_name = a", "a" },
	{ "= a\nmail_name = b", "b" },
	{ "mail_names = a\n", "Postfix" },
	{ "mail_nam = a\n", "Postfix" },
	{ "MAIL_NAME = a\n", "Postfix" },
	{ "x = mail_name = a\n", "Postfix" },
	{ "unknown_setting = a\n", "Postfix" },
};

START_TEST(reads_a_line)
{
	expect_parsed(lines[_i].text);
	ck_assert_str_eq(config.mail_name, lines[_i].name);
}
END_TEST

/* Seconds; the unit that is not said is that of Postfix's own default. */
static const struct {
	const char *text;
	int64_t seconds;
} times[] = {
	{ "minimal_backoff_time = 0", 0 },
	{ "minimal_backoff_time = 7", 7 },
	{ "minimal_backoff_time = 7s", 7 },
	{ "minimal_backoff_time = 7m", 420 },
	{ "minimal_backoff_time = 7h", 25200 },
	{ "minimal_backoff_time = 7d", 604800 },
	{ "minimal_backoff_time = 7w", 4233600 },
	{ "minimal_backoff_time = 2147483647", 2147483647 },
};

START_TEST(reads_a_time)
{
	expect_parsed(times[_i].text);
	ck_assert_int_eq(config.minimal_backoff_time, times[_i].seconds);
}
END_TEST

static const struct {
	const char *text;
	const char *says;
} mistakes[] = {
	{ "minimal_backoff_time = x",
	  "minimal_backoff_time: not a time: \"x\"" },
	{ "minimal_backoff_time =", "minimal_backoff_time: not a time: \"\"" },
	{ "minimal_backoff_time = 5y",
	  "minimal_backoff_time: not a time: \"5y\"" },
	{ "minimal_backoff_time = 5mm",
	  "minimal_backoff_time: not a time: \"5mm\"" },
	{ "minimal_backoff_time = 5 m",
	  "minimal_backoff_time: not a time: \"5 m\"" },
	{ "minimal_backoff_time = -5",
	  "minimal_backoff_time: not a time: \"-5\"" },
	{ "minimal_backoff_time = 2147483648",
	  "minimal_backoff_time: not a time: \"2147483648\"" },
	{ "minimal_backoff_time = 99999999999999999999",
	  "minimal_backoff_time: not a time: \"99999999999999999999\"" },
	{ "hash_queue_depth = 1s", "hash_queue_depth: not a number: \"1s\"" },
	{ "hash_queue_depth = ", "hash_queue_depth: not a number: \"\"" },
	{ "hash_queue_depth = 0", "hash_queue_depth: out of range: 0" },
	{ "hash_queue_depth = 21", "hash_queue_depth: out of range: 21" },
	{ "duplicate_filter_limit = -1",
	  "duplicate_filter_limit: not a number: \"-1\"" },
	{ "enable_long_queue_ids = maybe",
	  "enable_long_queue_ids: not yes or no: \"maybe\"" },
	{ "smtputf8_enable =", "smtputf8_enable: not yes or no: \"\"" },
	{ "smtputf8_enable = ${x?{yes}:{no}}",
	  "smtputf8_enable: not yes or no: \"${x?{yes}:{no}}\"" },
	{ "queue_directory = spool",
	  "queue_directory: not an absolute path: \"spool\"" },
	{ "queue_directory =", "queue_directory: not an absolute path: \"\"" },
};

/* Nothing is left behind then: *config is as it was. */
START_TEST(refuses_what_makes_no_sense)
{
	struct qf_config before;

	memset(&before, 'x', sizeof(before));
	memcpy(&config, &before, sizeof(config));
	ck_assert_int_eq(qf_config_parse(mistakes[_i].text, &config, &err),
			 QF_INVALID);
	ck_assert_str_eq(err.text, mistakes[_i].says);
	ck_assert_mem_eq(&config, &before, sizeof(config));
	memset(&config, 0, sizeof(config));
}
END_TEST

START_TEST(yes_and_no_have_any_case)
{
	expect_parsed("enable_long_queue_ids = YES\nsmtputf8_enable = No\n");
	ck_assert(config.long_queue_ids);
	ck_assert(!config.smtputf8);
}
END_TEST

/* bounce(8) and qmgr(8): what returns mail lives no longer than mail. */
START_TEST(the_shorter_lifetime_counts)
{
	expect_parsed("maximal_queue_lifetime = 2d\n");
	ck_assert_int_eq(config.maximal_queue_lifetime, 2 * 86400);
	ck_assert_int_eq(config.bounce_queue_lifetime, 2 * 86400);
	qf_config_free(&config);
	expect_parsed("bounce_queue_lifetime = 0\n");
	ck_assert_int_eq(config.bounce_queue_lifetime, 0);
	ck_assert_int_eq(config.maximal_queue_lifetime, 5 * 86400);
}
END_TEST

static const struct {
	const char *version;
	unsigned major;
	unsigned minor;
	unsigned patch;
	bool since_3_5;
	bool since_3_9;
	enum qf_printable printable;
} versions[] = {
	{ "mail_version = 2.11.0", 2, 11, 0, false, false, QF_PRINTABLE_LOOSE },
	{ "mail_version = 3.4.29", 3, 4, 29, false, false, QF_PRINTABLE_LOOSE },
	{ "mail_version = 3.5.0", 3, 5, 0, true, false, QF_PRINTABLE_LOOSE },
	{ "mail_version = 3.7.11", 3, 7, 11, true, false, QF_PRINTABLE_LOOSE },
	{ "mail_version = 3.8.6", 3, 8, 6, true, false, QF_PRINTABLE_LOOSE },
	{ "mail_version = 3.9.0", 3, 9, 0, true, true, QF_PRINTABLE_STRICT },
	{ "mail_version = 3.11.6", 3, 11, 6, true, true, QF_PRINTABLE_STRICT },
	{ "mail_version = 3.12-20260821", 3, 12, 0, true, true,
	  QF_PRINTABLE_STRICT },
	{ "mail_version = 4.0.0", 4, 0, 0, true, true, QF_PRINTABLE_STRICT },
	{ "mail_version = 0.-7", 3, 7, 0, true, false, QF_PRINTABLE_LOOSE },
	{ "mail_version = -1.7", 3, 7, 0, true, false, QF_PRINTABLE_LOOSE },
	{ "mail_version = 5", 3, 7, 0, true, false, QF_PRINTABLE_LOOSE },
	{ "mail_version = 3.7.-1", 3, 7, 0, true, false, QF_PRINTABLE_LOOSE },
	{ "mail_version = 3.7.", 3, 7, 0, true, false, QF_PRINTABLE_LOOSE },
	{ "mail_version =", 3, 7, 0, true, false, QF_PRINTABLE_LOOSE },
	{ "mail_version = unheard of", 3, 7, 0, true, false,
	  QF_PRINTABLE_LOOSE },
	{ "mail_version = 3.9\nsmtputf8_enable = no", 3, 9, 0, true, true,
	  QF_PRINTABLE_ASCII },
	{ "mail_version = 3.7\nsmtputf8_enable = no", 3, 7, 0, true, false,
	  QF_PRINTABLE_ASCII },
};

START_TEST(knows_versions)
{
	expect_parsed(versions[_i].version);
	ck_assert_uint_eq(config.major, versions[_i].major);
	ck_assert_uint_eq(config.minor, versions[_i].minor);
	ck_assert_uint_eq(config.patch, versions[_i].patch);
	ck_assert_int_eq(qf_config_since(&config, 3, 5),
			 versions[_i].since_3_5);
	ck_assert_int_eq(qf_config_since(&config, 3, 9),
			 versions[_i].since_3_9);
	ck_assert_int_eq(qf_config_printable(&config), versions[_i].printable);
}
END_TEST

/* The last patch level that does, and the first that does not. */
static const struct {
	const char *version;
	bool trusts;
} trusting[] = {
	{ "mail_version = 2.11.11", true }, { "mail_version = 3.6.99", true },
	{ "mail_version = 3.7.11", true },  { "mail_version = 3.7.16", true },
	{ "mail_version = 3.7.17", false }, { "mail_version = 3.8.11", true },
	{ "mail_version = 3.8.12", false }, { "mail_version = 3.9.5", true },
	{ "mail_version = 3.9.6", false },  { "mail_version = 3.10.4", true },
	{ "mail_version = 3.10.5", false }, { "mail_version = 3.11.0", false },
	{ "mail_version = 4.7.0", false },
};

START_TEST(knows_who_trusts_maildrop)
{
	expect_parsed(trusting[_i].version);
	ck_assert_int_eq(qf_config_trusts_maildrop(&config),
			 trusting[_i].trusts);
}
END_TEST

static const struct {
	const char *names;
	const char *queue;
	bool hashed;
} hashings[] = {
	{ "", "deferred", false },
	{ "deferred, defer", "deferred", true },
	{ "deferred, defer", "defer", true },
	{ "deferred, defer", "def", false },
	{ "deferred, defer", "deferre", false },
	{ "deferred, defer", "deferred2", false },
	{ "deferred, defer", "active", false },
	{ "deferred,defer", "defer", true },
	{ "deferred\tdefer", "defer", true },
	{ ",,  ,defer,,", "defer", true },
	{ "DeFerred", "deferred", true },
	{ "none", "deferred", false },
	{ "defer", "deferred", false },
};

START_TEST(knows_what_is_hashed)
{
	char text[100] = "hash_queue_names = ";

	strcat(text, hashings[_i].names);
	expect_parsed(text);
	ck_assert_int_eq(qf_config_is_hashed(&config, hashings[_i].queue),
			 hashings[_i].hashed);
}
END_TEST

START_TEST(can_be_freed_twice)
{
	expect_parsed("mail_name = x");
	qf_config_free(&config);
	ck_assert_ptr_null(config.mail_name);
	qf_config_free(&config);
}
END_TEST

static bool
has_postconf(void)
{
	return access(POSTCONF_PATH, X_OK) == 0 ||
	       access("/usr/sbin/postconf", X_OK) == 0;
}

/* With the Postfix in place, if there is one. */
START_TEST(asks_postconf)
{
	if (!has_postconf())
		return;
	setenv("MAIL_CONFIG", "/nonexistent", 1);
	scratch_text("main.cf",
		     "compatibility_level = 3.6\n"
		     "queue_directory = /tmp/$mail_owner/spool\n"
		     "mail_owner = nobody\n"
		     "enable_long_queue_ids = yes\n"
		     "hash_queue_names = hold,\n"
		     "\tincoming\n",
		     0644);
	ck_assert_int_eq(qf_config_read(scratch_path(""), &config, &err),
			 QF_OK);
	ck_assert_str_eq(config.directory, scratch_path(""));
	ck_assert_str_eq(config.queue_directory, "/tmp/nobody/spool");
	ck_assert(config.long_queue_ids);
	ck_assert(qf_config_is_hashed(&config, "hold"));
	ck_assert(qf_config_is_hashed(&config, "incoming"));
	ck_assert(!qf_config_is_hashed(&config, "deferred"));
	ck_assert_uint_ge(config.major, 2);
	ck_assert_int_eq(config.maximal_backoff_time, 4000);
	ck_assert(config.smtputf8);
}
END_TEST

START_TEST(passes_on_what_postconf_says)
{
	enum qf_status status;

	if (!has_postconf()) {
		ck_assert_int_eq(qf_config_read("/etc", &config, &err),
				 QF_ABSENT);
		ck_assert_str_eq(err.text, "no postconf, so no Postfix");
		return;
	}
	status = qf_config_read(scratch_path("nowhere"), &config, &err);
	ck_assert_int_eq(status, QF_ABSENT);
	unit_says(err.text, "No such file or directory");
	unit_says(err.text, "nowhere");
	ck_assert_ptr_null(strstr(err.text, "fatal"));
	ck_assert_ptr_null(config.mail_name);

	/* There is one, but postconf cannot make sense of it. */
	scratch_text("main.cf", "hash_queue_depth = ${bad\n", 0644);
	status = qf_config_read(scratch_path(""), &config, &err);
	ck_assert_int_eq(status, QF_INVALID);
	ck_assert_ptr_null(strstr(err.text, "fatal"));

	scratch_text("main.cf", "hash_queue_depth = many\n", 0644);
	status = qf_config_read(scratch_path(""), &config, &err);
	ck_assert_int_eq(status, QF_INVALID);
	ck_assert_str_eq(err.text, "hash_queue_depth: not a number: \"many\"");
	ck_assert_ptr_null(config.mail_name);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("config");
	TCase *tc = tcase_create("config");

	tcase_add_unchecked_fixture(tc, scratch_begin, scratch_end);
	tcase_add_checked_fixture(tc, scratch_new, end);
	tcase_set_timeout(tc, 30);
	tcase_add_test(tc, nothing_said_is_the_default);
	tcase_add_test(tc, a_spool_without_postfix_has_defaults);
	tcase_add_test(tc, takes_what_postconf_prints);
	tcase_add_loop_test(tc, reads_a_line, 0, COUNT(lines));
	tcase_add_loop_test(tc, reads_a_time, 0, COUNT(times));
	tcase_add_loop_test(tc, refuses_what_makes_no_sense, 0,
			    COUNT(mistakes));
	tcase_add_test(tc, yes_and_no_have_any_case);
	tcase_add_test(tc, the_shorter_lifetime_counts);
	tcase_add_loop_test(tc, knows_versions, 0, COUNT(versions));
	tcase_add_loop_test(tc, knows_who_trusts_maildrop, 0, COUNT(trusting));
	tcase_add_loop_test(tc, knows_what_is_hashed, 0, COUNT(hashings));
	tcase_add_test(tc, can_be_freed_twice);
	tcase_add_test(tc, asks_postconf);
	tcase_add_test(tc, passes_on_what_postconf_says);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
