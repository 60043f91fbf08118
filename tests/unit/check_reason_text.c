/*
 * check_reason_text.c - who said it, with which codes, and texts that differ
 * only in names and numbers.
 */
#include "queue-format/reason.h"

#include <stdlib.h>
#include <string.h>

#include "queue-format/text.h"
#include "unit.h"

#define MAX_NORMALISED 300

#define SAID "host mx.example.org[192.0.2.1] said: "

static struct qf_buffer out;
static struct qf_buffer again;

static void
end(void)
{
	qf_buffer_free(&out);
	qf_buffer_free(&again);
}

static const char *
copy(struct qf_span piece)
{
	static char text[100];

	if (piece.text == NULL)
		return "(none)";
	ck_assert_uint_gt(piece.len, 0);
	ck_assert_uint_lt(piece.len, sizeof(text));
	memcpy(text, piece.text, piece.len);
	text[piece.len] = '\0';
	return text;
}

static const struct {
	const char *text;
	const char *host;
} hosts[] = {
	{ "", "(none)" },
	{ "550 5.1.1 said by mx.example.org", "(none)" },
	{ SAID "550 no, says host mx.example.net", "mx.example.org" },
	{ "host mx.example.org[192.0.2.1] refused to talk to me: 421 no",
	  "mx.example.org" },
	{ "host mx[192.0.2.1] said: 550 no", "mx" },
	{ "host 192.0.2.1[192.0.2.1] said: 550 no", "192.0.2.1" },
	{ "connect to mx.example.org[2001:db8::1]:25: Connection timed out",
	  "mx.example.org" },
	{ "connect to [192.0.2.1]:25: Connection refused", "192.0.2.1" },
	{ "connect to [2001:db8::1]:25: Connection refused", "2001:db8::1" },
	{ "connect to lmtp[private/dovecot-lmtp]: No such file or directory",
	  "lmtp" },
	{ "delivery temporarily suspended: connect to "
	  "mx.example.org[192.0.2.1]:25: No route to host",
	  "mx.example.org" },
	{ "lost connection with mx.example.org[192.0.2.1] while sending DATA",
	  "mx.example.org" },
	{ "Host or domain name not found. Name service error for "
	  "name=example.org type=MX: Host not found, try again",
	  "example.org" },
	{ "unable to look up host mx.example.org: Name or service not known",
	  "mx.example.org" },
	{ "mail for example.org loops back to myself", "example.org" },
	{ "Domain example.org does not accept mail (nullMX)", "example.org" },
	{ "TLS is required, but was not offered by host mx.example.org[::1]",
	  "mx.example.org" },
	{ "SASL authentication failed; server mx.example.org[192.0.2.1] said: "
	  "535 no",
	  "mx.example.org" },
	{ "message size 2 exceeds size limit 1 of server mx.example.org[::1]",
	  "mx.example.org" },
	{ "Command output: a@example.org main.cf", "(none)" },
	{ "unknown user: \"someone\"", "(none)" },
};

START_TEST(finds_the_host)
{
	ck_assert_str_eq(copy(qf_reason_host(hosts[_i].text)), hosts[_i].host);
}
END_TEST

static const struct {
	const char *text;
	int code;
	const char *dsn;
} codes[] = {
	{ "", 0, "(none)" },
	{ "connect to mx.example.org[192.0.2.1]:25: No route", 0, "(none)" },
	{ "message size 550 exceeds 5.1.1", 0, "(none)" },
	{ SAID "550 5.1.1 no", 550, "5.1.1" },
	{ SAID "550-5.1.1 no 550 5.2.2 yes", 550, "5.1.1" },
	{ SAID "550 no", 550, "(none)" },
	{ SAID "550", 550, "(none)" },
	{ SAID "450 4.7.1 said: 550 5.1.1", 450, "4.7.1" },
	{ SAID "550 5.7.511 no", 550, "5.7.511" },
	{ SAID "550 5.7.1234 no", 550, "(none)" },
	{ SAID "550 5.7.1.2 no", 550, "(none)" },
	{ SAID "550 5.7. no", 550, "(none)" },
	{ SAID "550 3.7.1 no", 550, "(none)" },
	{ SAID "550 5.7.1: no", 550, "5.7.1" },
	{ SAID "550 #5.1.0 no", 550, "5.1.0" },
	{ SAID "550 [5.1.0] no", 550, "5.1.0" },
	{ SAID "554 no mailbox here (#5.1.1)", 554, "5.1.1" },
	{ SAID "554 no # here (#5.1) #4.2.2", 554, "4.2.2" },
	{ SAID "554 no mailbox here 5.1.1", 554, "(none)" },
	{ SAID "5501 no", 0, "(none)" },
	{ SAID "550no", 0, "(none)" },
	{ SAID "192.0.2.1 no", 0, "(none)" },
	{ SAID "199 no", 0, "(none)" },
	{ SAID "600 no", 0, "(none)" },
	{ SAID "200 yes", 200, "(none)" },
	{ SAID "599 no", 599, "(none)" },
	{ SAID "55", 0, "(none)" },
	{ "host mx.example.org[192.0.2.1] refused to talk to me: 421 4.3.2 no",
	  421, "4.3.2" },
	{ "550 5.1.1 no", 550, "5.1.1" },
	{ "SASL authentication failed; server mx.example.org[::1] said: "
	  "535 5.7.8 no",
	  535, "5.7.8" },
};

START_TEST(finds_the_codes)
{
	ck_assert_int_eq(qf_reason_code(codes[_i].text), codes[_i].code);
	ck_assert_str_eq(copy(qf_reason_dsn(codes[_i].text)), codes[_i].dsn);
}
END_TEST

#define NORMAL "host <host>[<ip>] said: "

static const struct {
	const char *text;
	const char *normal;
} normals[] = {
	{ "", "" },
	{ " \t\r\n", "" },
	{ "  a \t b\x01\x7f  ", "a b" },
	{ SAID "550 5.1.1 <a@example.com>: no",
	  NORMAL "550 5.1.1 <address>: no" },
	{ "host mx[2001:db8::1] said: 550-5.1.1 a 550 5.1.1 b",
	  "host <host>[<ip>] said: 550-5.1.1 a 550 5.1.1 b" },
	{ "host lmtp[private/dovecot-lmtp] said: 452 4.2.2 <a> Quota",
	  "host <host>[private/dovecot-lmtp] said: 452 4.2.2 <address> Quota" },
	{ "connect to mx.example.org[192.0.2.1]:25: Connection refused",
	  "connect to <host>[<ip>]:25: Connection refused" },
	{ "connect to mx.example.org[2001:db8::1]:465: Connection refused",
	  "connect to <host>[<ip>]:465: Connection refused" },
	{ "Name service error for name=localhost type=AAAA: Host not found",
	  "Name service error for name=<host> type=AAAA: Host not found" },
	{ "Name service error for name=example.org type=MX: Host not found",
	  "Name service error for name=<host> type=MX: Host not found" },
	/* Gmail. */
	{ SAID "452-4.2.2 over quota. Please 452 4.2.2  "
	       "https://support.google.com/mail/?p=OverQuotaTemp "
	       "d9443c01a7336-1d7abcdef01si1234567edb.163 - gsmtp "
	       "(in reply to RCPT TO command)",
	  NORMAL "452-4.2.2 over quota. Please 452 4.2.2 "
		 "https://support.google.com/mail/?p=OverQuotaTemp <id> - "
		 "gsmtp (in reply to RCPT TO command)" },
	{ SAID "421-4.7.28 [192.0.2.9      15] unusual",
	  NORMAL "421-4.7.28 [<ip> <n>] unusual" },
	/* Microsoft. */
	{ SAID "451 4.7.500 Server busy from [192.0.2.9]. (S77714) "
	       "[AM0EUR02FT032.eop-EUR02.prod.protection.outlook.com "
	       "2024-05-01T12:34:56.789Z 08DC6A1B2C3D4E5F]",
	  NORMAL "451 4.7.500 Server busy from [<ip>]. (S77714) "
		 "[<host> <time> <id>]" },
	{ SAID "550 5.1.10 RESOLVER.ADR.RecipientNotFound; not found",
	  NORMAL "550 5.1.10 RESOLVER.ADR.RecipientNotFound; not found" },
	/* Yahoo. */
	{ SAID "421 4.7.0 [TSS04] Messages from 192.0.2.9 deferred - "
	       "4.16.55.1; see https://postmaster.yahooinc.com/error-codes",
	  NORMAL "421 4.7.0 [TSS04] Messages from <ip> deferred - <ip>; "
		 "see https://postmaster.yahooinc.com/error-codes" },
	/* Ids. */
	{ "as 4F2A11BC0D, 4XyZ3q2Jk9z8Tfd, 1rAbCd-0001Xy-2Z",
	  "as <id>, <id>, <id>" },
	{ "as 550e8400-e29b-41d4-a716-446655440000, 08dc6a1b",
	  "as <id>, <id>" },
	{ "as aGVsbG8gd29ybGQxMjM0+abc/Zz==", "as <id>" },
	{ "as [z7qZw5BPd1zlDYHka4589ru.us222]", "as [<id>]" },
	{ "in sha256 with TLSv1.3 of IPv6 at mx-01", NULL },
	/* Numbers, and those that say what the trouble is. */
	{ "message size 12345678 exceeds 550", "message size <n> exceeds <n>" },
	{ SAID "550 no 550 of 551", NORMAL "550 no 550 of <n>" },
	{ SAID "550-no 550 yes", NORMAL "550-no 550 yes" },
	{ "size 10MB or 2.5 GB of 100%", "size <n>MB or <n> GB of <n>%" },
	{ "Command died with status 75: \"/usr/bin/procmail\"", NULL },
	{ "Command died with signal 9: \"/usr/bin/procmail\"", NULL },
	/* Times. */
	{ "try again in 300 seconds, 5 minutes, 30s, 5min, 2-hour",
	  "try again in <time>, <time>, <time>, <time>, <time>" },
	{ "at 2026-11-20 10:00:00, 2026-11-20T10:00:00.123+01:00, 10:00:00",
	  "at <time>, <time>, <time>" },
	{ "at Fri, 20 Nov 2026 10:00:00 +0000 (Nov 20 10:00:00; 20-Nov-2026)",
	  "at <time> (<time>; <time>)" },
	{ "you may 5 times", "you may <n> times" },
	/* Names. */
	{ "from a+b=c@example.org, \"x\" <\"a b\"@example.org>, a@[192.0.2.1]",
	  "from <address>, \"x\" <address>, <address>" },
	{ "by [user@example.org] here", "by [<address>] here" },
	{ "<mail.example.org>: <[mail]>: <CR><LF>",
	  "<host>: <address>: <CR><LF>" },
	{ "IPv6:2001:db8::dead:beef, ::1, fe80::1, 1:2:3:4:5:6:7:8",
	  "IPv6:<ip>, <ip>, <ip>, <ip>" },
	{ "std::string, a: b", NULL },
	{ "9.2.0.192.dyn.example.org, _dmarc.example.org, xn--a.xn--p1ai",
	  "<host>, _<host>, <host>" },
	{ "unknown user: \"someone\"", "unknown user: \"<address>\"" },
	{ "unknown user: \"<address>\"", NULL },
	{ "rejected.Please see e.g. RFC.", NULL },
	/* URLs and paths. */
	{ "see https://www.spamhaus.org/query/ip/192.0.2.9.",
	  "see https://www.spamhaus.org/query/ip/<ip>." },
	{ "see http://x.example/r?ip=192.0.2.9&id=4F2A11BC0D&c=hi",
	  "see http://x.example/r?ip=<ip>&id=<id>&c=hi" },
	{ "see http://x.example/help/example.com.html?d=example.org",
	  "see http://x.example/help/<host>?d=<host>" },
	{ "see http://go.example/?LinkID=526655)",
	  "see http://go.example/?LinkID=526655)" },
	{ "see <http://x.example/a@example.org>",
	  "see <http://x.example/<address>>" },
	{ "found.http://x.example/a", NULL },
	{ "no /home/user/Maildir/tmp/1, /var/mail/user: /etc/aliases",
	  "no /home/<id>, /var/mail/<id>: /etc/aliases" },
	/* What is there already. */
	{ "<address> <host>[<ip>] <id> <time> <n> <other>",
	  "<address> <host>[<ip>] <id> <time> <n> <address>" },
	/* Bytes that are no text. */
	{ "bo\xc3\xaete \xe9\x82\xae", NULL },
	{ "a\xff\xc3z", "a\xef\xbf\xbd\xef\xbf\xbdz" },
};

START_TEST(normalises)
{
	const char *normal = normals[_i].normal == NULL ? normals[_i].text
							: normals[_i].normal;

	qf_reason_normalise(&out, normals[_i].text);
	ck_assert_str_eq(qf_buffer_text(&out), normal);
	qf_reason_normalise(&again, normal);
	ck_assert_str_eq(qf_buffer_text(&again), normal);
}
END_TEST

START_TEST(appends_to_what_is_there)
{
	qf_buffer_string(&out, "status ");
	qf_reason_normalise(&out, " 75");
	ck_assert_str_eq(qf_buffer_text(&out), "status <n>");
}
END_TEST

/* Whole tokens, and a mark of the end, in 300 bytes. */
START_TEST(cuts_a_long_text)
{
	char text[1000];
	char wanted[MAX_NORMALISED + 1];

	memset(text, 'a', sizeof(text));
	for (size_t i = 9; i < sizeof(text); i += 10)
		text[i] = ' ';
	text[MAX_NORMALISED] = '\0';
	qf_reason_normalise(&out, text);
	ck_assert_uint_eq(out.len, MAX_NORMALISED - 1);

	qf_buffer_empty(&out);
	text[MAX_NORMALISED] = 'a';
	text[MAX_NORMALISED + 1] = '\0';
	qf_reason_normalise(&out, text);
	memcpy(wanted, text, 289);
	strcpy(wanted + 289, "...");
	ck_assert_str_eq(qf_buffer_text(&out), wanted);
	qf_reason_normalise(&again, wanted);
	ck_assert_str_eq(qf_buffer_text(&again), wanted);
}
END_TEST

/* Letters of two bytes, at both ways a limit can fall among them. */
START_TEST(cuts_between_characters)
{
	char text[1000];
	size_t len = (size_t)_i;

	memset(text, '.', len);
	while (len < sizeof(text) - 3) {
		memcpy(text + len, "\xc3\xa9,", 3);
		len += 3;
	}
	text[len] = '\0';
	qf_reason_normalise(&out, text);
	ck_assert_uint_gt(out.len, MAX_NORMALISED - 6);
	ck_assert_uint_le(out.len, MAX_NORMALISED);
	ck_assert(qf_utf8_valid(out.data, out.len));
	ck_assert_str_eq(qf_buffer_text(&out) + out.len - 3, "...");
}
END_TEST

START_TEST(a_long_text_takes_no_time)
{
	static const char *const pieces[] = {
		"<", "a.b", "a..",  "=",  " a",	    "/", "1:", "http://",
		" ", "a-",  "\xff", "a@", "said: ", "#", "[",  "http://a/",
	};
	size_t size = 1024 * 1024;
	char *text = malloc(size + 1);

	ck_assert_ptr_nonnull(text);
	for (int i = 0; i < COUNT(pieces); i++) {
		size_t len = strlen(pieces[i]);

		for (size_t at = 0; at < size; at++)
			text[at] = pieces[i][at % len];
		text[size] = '\0';
		qf_buffer_empty(&out);
		qf_reason_normalise(&out, text);
		ck_assert_uint_le(out.len, MAX_NORMALISED);
		ck_assert_ptr_null(qf_reason_host(text).text);
		ck_assert_ptr_null(qf_reason_dsn(text).text);
		ck_assert_int_eq(qf_reason_code(text), 0);
	}
	free(text);
}
END_TEST

START_TEST(no_bytes_do_harm)
{
	static const char common[] = "<>[]().:/@=-_'\" 0159afsZ";

	srand48(_i);
	for (int round = 0; round < 5000; round++) {
		char text[64];
		size_t len = (size_t)(lrand48() % 63);

		for (size_t i = 0; i < len; i++)
			text[i] = lrand48() % 8 == 0
					  ? (char)(lrand48() % 255 + 1)
					  : common[(size_t)lrand48() %
						   (sizeof(common) - 1)];
		text[len] = '\0';
		qf_buffer_empty(&out);
		qf_buffer_empty(&again);
		qf_reason_normalise(&out, text);
		ck_assert(out.len == 0 || qf_utf8_valid(out.data, out.len));
		qf_reason_normalise(&again, qf_buffer_text(&out));
		ck_assert_str_eq(qf_buffer_text(&again), qf_buffer_text(&out));
		(void)qf_reason_host(text);
	}
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("reason_text");
	TCase *tc = tcase_create("reason_text");

	tcase_add_checked_fixture(tc, NULL, end);
	tcase_add_loop_test(tc, finds_the_host, 0, COUNT(hosts));
	tcase_add_loop_test(tc, finds_the_codes, 0, COUNT(codes));
	tcase_add_loop_test(tc, normalises, 0, COUNT(normals));
	tcase_add_test(tc, appends_to_what_is_there);
	tcase_add_test(tc, cuts_a_long_text);
	tcase_add_loop_test(tc, cuts_between_characters, 0, 3);
	tcase_add_test(tc, a_long_text_takes_no_time);
	tcase_add_loop_test(tc, no_bytes_do_harm, 0, 4);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
