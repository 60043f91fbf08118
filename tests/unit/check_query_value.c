/*
 * check_query_value.c - texts and what they are compared with: globs,
 * domains, addresses, networks, and fields that have few values.
 */
#include "queue-format/query/value.h"

#include <stdio.h>
#include <string.h>

#include "ask.h"
#include "unit.h"

static struct qf_span
span(const char *text)
{
	return (struct qf_span){ text, strlen(text) };
}

/* Each row: does the glob match, with and without case? */
static const struct {
	const char *glob;
	const char *text;
	bool folded;
	bool exact;
} globs[] = {
	{ "", "", true, true },
	{ "", "a", false, false },
	{ "a", "", false, false },
	{ "abc", "abc", true, true },
	{ "abc", "ABC", true, false },
	{ "ABC", "abc", true, false },
	{ "abc", "abcd", false, false },
	{ "abcd", "abc", false, false },
	/* Only letters of ASCII: @ and ` differ by the same bit. */
	{ "@[", "`{", false, false },
	{ "\xc3\xa4", "\xc3\x84", false, false },
	{ "*", "", true, true },
	{ "*", "anything", true, true },
	{ "**", "", true, true },
	{ "a*", "a", true, true },
	{ "a*", "ba", false, false },
	{ "*a", "ba", true, true },
	{ "*a", "ab", false, false },
	{ "*a*", "bab", true, true },
	{ "a*b", "ab", true, true },
	{ "a*b", "acbcb", true, true },
	{ "a*b", "acbc", false, false },
	{ "*@Example.org", "x@example.ORG", true, false },
	{ "*ab*ab", "abab", true, true },
	{ "*ab*ab", "ab", false, false },
	{ "a*b*c", "aXbYc", true, true },
	{ "a*b*c", "acb", false, false },
	{ "*aab", "aaaab", true, true },
	{ "?", "", false, false },
	{ "?", "a", true, true },
	{ "?", "ab", false, false },
	{ "a?c", "abc", true, true },
	{ "?*", "", false, false },
	{ "*?", "ab", true, true },
	{ "*??", "a", false, false },
	{ "4.7.?", "4.7.1", true, true },
	/* A character is one, however many bytes it has. */
	{ "?", "\xc3\xa4", true, true },
	{ "?", "\xe2\x82\xac", true, true },
	{ "?", "\xf0\x9f\x98\x80", true, true },
	{ "??", "\xc3\xa4", false, false },
	{ "*??", "\xe2\x82\xac", false, false },
	{ "*?*?", "\xe2\x82\xac", false, false },
	{ "*??", "\xe2\x82\xac\xc3\xa4", true, true },
	{ "*?b",
	  "\xe2\x82\xac"
	  "b",
	  true, true },
	/* A byte that is no UTF-8 is one, too. */
	{ "?", "\xff", true, true },
	{ "??", "\xc3(", true, true },
	{ "a?", "a\xe2", true, true },
	{ "*\xe4*", "x\xe4y", true, true },
	/* Plain ones. */
	{ "\\*", "*", true, true },
	{ "\\*", "a", false, false },
	{ "\\?", "?", true, true },
	{ "\\?", "a", false, false },
	{ "\\\\", "\\", true, true },
	{ "\\\\*", "\\abc", true, true },
	{ "\\\\\\*", "\\*", true, true },
	{ "*\\*", "ab*", true, true },
	{ "*\\*", "ab", false, false },
	{ "a\\b", "a\\b", true, true },
	{ "a\\", "a\\", true, true },
	{ "*\\", "a\\", true, true },
};

START_TEST(globs_match_as_they_look)
{
	struct qf_span glob = span(globs[_i].glob);
	struct qf_span text = span(globs[_i].text);

	ck_assert_msg(qf_glob_matches(glob, text, false) == globs[_i].folded,
		      "%s ~ %s", glob.text, text.text);
	ck_assert_msg(qf_glob_matches(glob, text, true) == globs[_i].exact,
		      "%s ~ %s, with case", glob.text, text.text);
}
END_TEST

static const struct {
	const char *text;
	bool is_glob;
} plain[] = {
	{ "", false },	   { "abc", false },	 { "a*", true },
	{ "?", true },	   { "\\*", false },	 { "\\?a", false },
	{ "\\\\*", true }, { "\\\\\\*", false }, { "\\a*", true },
	{ "\\", false },   { "a\\", false },
};

START_TEST(a_backslash_makes_it_plain)
{
	ck_assert_int_eq(qf_glob_is(span(plain[_i].text)), plain[_i].is_glob);
}
END_TEST

/* What would take for ever if each star were tried at each place. */
START_TEST(many_stars_take_no_time)
{
	char glob[2048];
	char text[8192];

	for (size_t i = 0; i < sizeof(glob); i += 2) {
		glob[i] = '*';
		glob[i + 1] = 'a';
	}
	glob[sizeof(glob) - 1] = 'b';
	memset(text, 'a', sizeof(text));
	ck_assert(!qf_glob_matches((struct qf_span){ glob, sizeof(glob) },
				   (struct qf_span){ text, sizeof(text) },
				   false));
	text[sizeof(text) - 1] = 'B';
	ck_assert(qf_glob_matches((struct qf_span){ glob, sizeof(glob) },
				  (struct qf_span){ text, sizeof(text) },
				  false));
}
END_TEST

/* The text of a field, and whether the expression takes it. */
struct comparison {
	const char *text; /* NULL: it has none */
	const char *question;
	bool holds;
};

static void
compare(const struct comparison *c, const struct qf_message *m)
{
	ck_assert_msg(ask(c->question, m) == (c->holds ? QF_TAKE : QF_DROP),
		      "%s: \"%s\"", c->text == NULL ? "(none)" : c->text,
		      c->question);
}

static const struct comparison senders[] = {
	{ "a@example.org", "sender = a@example.org", true },
	{ "A@Example.Org", "sender = a@example.org", true },
	{ "a@example.org", "sender = *@EXAMPLE.org", true },
	{ "a@example.org", "sender = a", false },
	{ "a@example.org", "sender = b*", false },
	{ "a@example.org", "sender != b*", true },
	{ "a@example.org", "sender in (x, b*, a*)", true },
	{ "a@example.org", "sender not in (x, b*, a*)", false },
	{ "a@example.org", "sender", true },
	{ "a@example.org", "sender ~ EXAMPLE", true },
	{ "a@example.org", "sender ~ '(?-i)EXAMPLE'", false },
	{ "a@example.org", "sender ~ ^example", false },
	/* The null sender is known, and empty. */
	{ "", "sender = <>", true },
	{ "", "sender = ''", true },
	{ "", "sender = \"<>\"", true },
	{ "", "sender = *", true },
	{ "", "sender = ?*", false },
	{ "", "sender", false },
	{ "", "sender ~ ''", true },
	{ "", "sender ~ ^$", true },
	{ "", "sender != <>", false },
	{ "", "sender.local = ''", true },
	{ "", "sender.domain = ''", true },
	{ "", "sender.domain = *", false },
	{ "a@example.org", "sender = <>", false },
	/* What is not there is equal to "" alone. */
	{ NULL, "sender = ''", true },
	{ NULL, "sender = *", false },
	{ NULL, "sender ~ ''", false },
	{ NULL, "sender", false },
	{ NULL, "sender != x", true },
	{ NULL, "sender !~ x", true },
	{ NULL, "sender not in (x, y)", true },
	{ NULL, "bounce", false },
	/* Dots of a local part are no tree. */
	{ ".a@example.org", "sender = .a@example.org", true },
	{ "a@example.org", "sender = .a@example.org", false },
	/* VERP. */
	{ "l-b=c.org@example.org", "sender = l-b=c.org@example.org", true },
	{ "*@b", "sender = \\*@b", true },
	{ "a@b", "sender = \\*@b", false },
	{ "\"a b\"@c", "sender = '\"a b\"@c'", true },
	{ "\"a b\"@c", "sender = \"\\\"a b\\\"@c\"", true },
	{ "it's@c", "sender = 'it\\'s@c'", true },
	{ "a\\b@c", "sender = 'a\\b@c'", true },
	{ "a\\b@c", "sender = 'a\\\\b@c'", true },
	/* Domains. */
	{ "a@example.org", "sender.domain = example.org", true },
	{ "a@example.org", "sender.domain = .example.org", true },
	{ "a@EXAMPLE.org", "sender.domain = .example.ORG", true },
	{ "a@m.example.org", "sender.domain = .example.org", true },
	{ "a@m.n.example.org", "sender.domain = .example.org", true },
	{ "a@m.example.org", "sender.domain = example.org", false },
	{ "a@myexample.org", "sender.domain = .example.org", false },
	{ "a@xexample.org", "sender.domain = .example.org", false },
	{ "a@org", "sender.domain = .example.org", false },
	{ "a@example.org.", "sender.domain = .example.org", false },
	{ "a@example.org", "sender.domain in (x, .org)", true },
	{ "a@example.org", "sender.domain = *.example.org", false },
	{ "a@example.org", "sender.domain = .exam*", false },
	{ "a", "sender.domain = .org", false },
	{ "a", "sender.domain = ''", true },
};

START_TEST(compares_senders)
{
	struct qf_message m = ask_message();

	m.sender = senders[_i].text;
	compare(&senders[_i], &m);
}
END_TEST

static const struct comparison clients[] = {
	{ "192.0.2.77", "client.ip = 192.0.2.77", true },
	{ "192.0.2.77", "client.ip = 192.0.2.78", false },
	{ "192.0.2.77", "client.ip = 192.0.2.0/24", true },
	{ "192.0.2.77", "client.ip = 192.0.2.99/24", true },
	{ "192.0.2.77", "client.ip in 192.0.2.0/24", true },
	{ "192.0.2.77", "client.ip not in (10.0.0.0/8, ::1)", true },
	{ "192.0.2.77", "client.ip = 192.0.3.0/24", false },
	{ "192.0.2.77", "client.ip = 192.0.2.76/31", true },
	{ "192.0.2.77", "client.ip = 192.0.2.78/31", false },
	{ "192.0.2.77", "client.ip = 192.0.2.77/32", true },
	{ "192.0.2.77", "client.ip = 192.0.2.76/32", false },
	{ "192.0.2.77", "client.ip = 0.0.0.0/0", true },
	{ "192.0.2.77", "client.ip = 128.0.0.0/1", true },
	{ "127.0.0.1", "client.ip = 128.0.0.0/1", false },
	{ "2001:db8::1", "client.ip = 0.0.0.0/0", false },
	/* By value, and not by how it is written. */
	{ "2001:db8::1", "client.ip = 2001:DB8:0:0::1", true },
	{ "2001:db8::1", "client.ip = 2001:db8::/32", true },
	{ "2001:db9::1", "client.ip = 2001:db8::/32", false },
	{ "2001:db9::1", "client.ip = 2001:db8::/31", true },
	{ "2001:db8::1", "client.ip = 2001:db8::1/128", true },
	{ "2001:db8::2", "client.ip = 2001:db8::1/128", false },
	{ "2001:db8::2", "client.ip = 2001:db8::1/126", true },
	{ "2001:db8::1", "client.ip = ::/0", true },
	{ "192.0.2.77", "client.ip = ::/0", false },
	{ "::ffff:192.0.2.77", "client.ip = ::/0", false },
	{ "192.0.2.77", "client.ip = ::/95", false },
	{ "192.0.2.77", "client.ip = ::ffff:0:0/96", true },
	{ "::ffff:192.0.2.77", "client.ip = 192.0.2.77", true },
	{ "192.0.2.77", "client.ip = ::ffff:192.0.2.77", true },
	{ "192.0.2.77", "client.ip = ::ffff:192.0.2.0/120", true },
	{ "192.0.3.77", "client.ip = ::ffff:192.0.2.0/120", false },
	{ "::ffff:10.1.2.3", "client.ip in 10.0.0.0/8", true },
	/* Over the text. */
	{ "192.0.2.77", "client.ip = 192.0.2.*", true },
	{ "2001:db8::1", "client.ip = 2001:db8:*", true },
	{ "192.0.2.77", "client.ip ~ 77$", true },
	{ "unknown", "client.ip = 0.0.0.0/0", false },
	{ "unknown", "client.ip = ::/0", false },
	{ "unknown", "client.ip = unknow?", true },
	{ "unknown", "client.ip != 192.0.2.77", true },
	{ NULL, "client.ip = ::/0", false },
	{ NULL, "client.ip = ''", true },
	{ NULL, "client.ip != 10.0.0.0/8", true },
	{ NULL, "client.ip", false },
};

START_TEST(compares_addresses_of_clients)
{
	struct qf_message m = ask_message();

	m.origin.client_address = clients[_i].text;
	compare(&clients[_i], &m);
}
END_TEST

/* Case counts where two things may differ in nothing else. */
static const struct comparison cases[] = {
	{ NULL, "id = 4F2A11bC", true },
	{ NULL, "id = 4f2a11bc", false },
	{ NULL, "id = 4F2*", true },
	{ NULL, "id = 4f2*", false },
	{ NULL, "id in (4F2A11BC, 4F2A11bC)", true },
	{ NULL, "id ~ 4f2a", true },
	{ NULL, "path = deferred/4/*", true },
	{ NULL, "path = Deferred/4/*", false },
	{ NULL, "mark = D", true },
	{ NULL, "mark = d", false },
	{ NULL, "mark = \\*", false },
	{ NULL, "queue = DEFERRED", true },
	{ NULL, "queue = d*", true },
	{ NULL, "queue = nosuch*", false },
	{ NULL, "queue ~ nosuch", false },
	{ NULL, "sasl_user = TONY", true },
	{ NULL, "proto in (smtp, esmtpsa)", true },
	{ NULL, "filter = smtp:[127.0.0.1]:*", true },
	{ NULL, "helo = .helo", true },
	{ NULL, "client.name = .net", true },
	{ NULL, "instance = ''", true },
	{ NULL, "instance = *", false },
};

START_TEST(case_counts_for_some)
{
	struct qf_message m = ask_message();

	compare(&cases[_i], &m);
}
END_TEST

static const struct {
	const char *text;
	const char *mistake;
	size_t offset;
	size_t len;
} refused[] = {
	{ "client.ip = 192.0.2",
	  "expected an IP address or a network such as 192.0.2.0/24 or "
	  "2001:db8::/32",
	  12, 7 },
	{ "client.ip = localhost",
	  "expected an IP address or a network such as 192.0.2.0/24 or "
	  "2001:db8::/32",
	  12, 9 },
	{ "client.ip = /24",
	  "expected an IP address or a network such as 192.0.2.0/24 or "
	  "2001:db8::/32",
	  12, 3 },
	{ "client.ip = 10.0.0.0/33",
	  "expected a prefix of 0 to 32 bits behind the slash", 12, 11 },
	{ "client.ip = 10.0.0.0/",
	  "expected a prefix of 0 to 32 bits behind the slash", 12, 9 },
	{ "client.ip = 10.0.0.0/-1",
	  "expected a prefix of 0 to 32 bits behind the slash", 12, 11 },
	{ "client.ip = 10.0.0.0/0008",
	  "expected a prefix of 0 to 32 bits behind the slash", 12, 13 },
	{ "client.ip in (::1, ::/129)",
	  "expected a prefix of 0 to 128 bits behind the slash", 19, 6 },
	{ "client.ip = 1:2:3:4:5:6:7:8:9:1:2:3:4:5:6:7:8:9:1:2:3:4:5:6:7:8:9",
	  "expected an IP address or a network such as 192.0.2.0/24 or "
	  "2001:db8::/32",
	  12, 53 },
	{ "sender = .example.org",
	  "sender is an address; for a domain there is sender.domain", 9, 12 },
	{ "rcpt = .example.org",
	  "rcpt is an address; for a domain there is rcpt.domain", 7, 12 },
	{ "rcpt.orig in (a@b, .example.org)",
	  "rcpt.orig is an address; for a domain there is rcpt.domain", 19,
	  12 },
	{ "queue = defferred",
	  "queue is never 'defferred' (did you mean 'deferred'?)", 8, 9 },
	{ "queue = sent",
	  "queue is one of maildrop, active, incoming, deferred, hold, corrupt",
	  8, 4 },
	{ "rcpt.state = sent",
	  "rcpt.state is one of waiting, deferred, bounced, done", 13, 4 },
	{ "reason.class in (dns, time-out)",
	  "reason.class is never 'time-out' (did you mean 'timeout'?)", 22, 8 },
};

START_TEST(refuses_what_can_never_be)
{
	ask_refused(refused[_i].text, refused[_i].mistake, refused[_i].offset,
		    refused[_i].len);
}
END_TEST

/* An IPv4 address is one of IPv6, too. */
START_TEST(reads_addresses)
{
	static const unsigned char mapped[16] = { 0,   0, 0, 0, 0,    0,
						  0,   0, 0, 0, 0xff, 0xff,
						  192, 0, 2, 1 };
	unsigned char ip[16];

	ck_assert(qf_ip_read(span("192.0.2.1"), ip));
	ck_assert_mem_eq(ip, mapped, 16);
	ck_assert(qf_ip_read(span("::ffff:192.0.2.1"), ip));
	ck_assert_mem_eq(ip, mapped, 16);
	ck_assert(qf_ip_read(span("::FFFF:C000:201"), ip));
	ck_assert_mem_eq(ip, mapped, 16);
	ck_assert(qf_ip_read((struct qf_span){ "192.0.2.123", 9 }, ip));
	ck_assert_mem_eq(ip, mapped, 16);
	ck_assert(!qf_ip_read(span(""), ip));
	ck_assert(!qf_ip_read(span("192.0.2.256"), ip));
	ck_assert(!qf_ip_read(span("192.0.2.1 "), ip));
	ck_assert(!qf_ip_read(span("[::1]"), ip));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("query_value");
	TCase *tc = tcase_create("query_value");

	tcase_add_loop_test(tc, globs_match_as_they_look, 0, COUNT(globs));
	tcase_add_loop_test(tc, a_backslash_makes_it_plain, 0, COUNT(plain));
	tcase_add_test(tc, many_stars_take_no_time);
	tcase_add_loop_test(tc, compares_senders, 0, COUNT(senders));
	tcase_add_loop_test(tc, compares_addresses_of_clients, 0,
			    COUNT(clients));
	tcase_add_loop_test(tc, case_counts_for_some, 0, COUNT(cases));
	tcase_add_loop_test(tc, refuses_what_can_never_be, 0, COUNT(refused));
	tcase_add_test(tc, reads_addresses);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
