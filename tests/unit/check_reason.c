/*
 * check_reason.c - the class of a reason: what words, speakers and codes
 * decide, and what must not.
 */
#include "queue-format/reason.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "queue-format/reason_phrases.h"
#include "unit.h"

static struct qf_reason_table *table;

static void
begin(void)
{
	table = qf_reason_table_new();
	ck_assert_ptr_nonnull(table);
}

static void
end(void)
{
	qf_reason_table_free(table);
}

static const char *
class_of(const char *text, const char *dsn)
{
	const char *name =
		qf_reason_class_name(qf_reason_classify(table, text, dsn));

	return name == NULL ? "(none)" : name;
}

START_TEST(classes_have_names_and_hints)
{
	for (int i = QF_REASON_NONE + 1; i < QF_REASON_CLASS_COUNT; i++) {
		enum qf_reason_class c = (enum qf_reason_class)i;
		enum qf_reason_class found = QF_REASON_NONE;
		const char *name = qf_reason_class_name(c);
		const char *hint = qf_reason_hint(c);

		ck_assert_ptr_nonnull(name);
		ck_assert_ptr_nonnull(hint);
		ck_assert_msg(strlen(hint) >= 20 && strlen(hint) <= 40,
			      "hint of %s", name);
		ck_assert_ptr_null(strpbrk(hint, "\n\t"));
		ck_assert(qf_reason_class_by_name(name, strlen(name), &found));
		ck_assert_int_eq(found, c);
	}
	ck_assert_ptr_null(qf_reason_class_name(QF_REASON_NONE));
	ck_assert_ptr_null(qf_reason_hint(QF_REASON_NONE));
}
END_TEST

START_TEST(a_class_has_one_name)
{
	enum qf_reason_class found = QF_REASON_LOOP;

	ck_assert_str_eq(qf_reason_class_name(QF_REASON_MAILBOX_FULL),
			 "mailbox-full");
	ck_assert_str_eq(qf_reason_class_name(QF_REASON_NO_SUCH_USER),
			 "no-such-user");
	ck_assert_str_eq(qf_reason_class_name(QF_REASON_LOCAL_CONFIG),
			 "local-config");
	ck_assert(qf_reason_class_by_name("DNS!", 3, &found));
	ck_assert_int_eq(found, QF_REASON_DNS);
	ck_assert(!qf_reason_class_by_name("dn", 2, &found));
	ck_assert(!qf_reason_class_by_name("dnss", 4, &found));
	ck_assert(!qf_reason_class_by_name("", 0, &found));
	ck_assert_int_eq(found, QF_REASON_DNS);
}
END_TEST

#define SAID	    "host mx.example.org[192.0.2.1] said: "
#define TALK	    "host mx.example.org[192.0.2.1] refused to talk to me: "
#define TO(command) " (in reply to " command " command)"

static const struct {
	const char *text;
	const char *dsn;
	const char *reason_class;
} texts[] = {
	{ "", NULL, "(none)" },
	{ "", "4.4.1", "(none)" },
	{ "something else", NULL, "other" },
	{ "something else", "4.0.0", "other" },
	/* Who says it. */
	{ "temporary lookup failure", "4.3.0", "local-config" },
	{ SAID "451 4.3.0 <a@example.com>: Temporary lookup failure", "4.3.0",
	  "refused" },
	{ "host mx.example.org[192.0.2.1] refused to talk to me: "
	  "451 Temporary lookup failure",
	  "4.3.0", "refused" },
	{ "connect to mx.example.org[192.0.2.1]:25: Connection refused",
	  "4.4.1", "refused" },
	{ "SASL authentication failed; server mx.example.org[192.0.2.1] "
	  "said: 535 5.7.8 Error: authentication failed: user unknown",
	  "4.7.8", "local-config" },
	{ "550 5.1.1 <a@example.com> User unknown", NULL, "no-such-user" },
	/* A program that is neither Postfix nor another server. */
	{ "rejected by our greylisting", NULL, "greylist" },
	/* The inner cause counts, if there is one. */
	{ "delivery temporarily suspended", "4.3.2", "suspended" },
	{ "delivery temporarily suspended: ", "4.3.2", "suspended" },
	{ "delivery temporarily suspended: connect to "
	  "mx.example.org[192.0.2.1]:25: No route to host",
	  "4.4.1", "connect" },
	{ "delivery temporarily suspended: delivery temporarily suspended: "
	  "unknown mail transport error",
	  "4.3.0", "local-config" },
	{ "delivery temporarily suspended: something else", NULL, "other" },
	/* Words count more than codes, codes of the reply more than ours. */
	{ SAID "550 5.1.1 over quota", "5.1.1", "mailbox-full" },
	{ SAID "550 5.1.1 no", "5.2.2", "no-such-user" },
	{ SAID "550 no (#5.2.2)", "5.1.1", "mailbox-full" },
	{ SAID "550 no", "5.1.1", "no-such-user" },
	{ SAID "550 5.7.1 no", "5.2.2", "other" },
	{ SAID "421 no", "4.0.0", "other" },
	{ SAID "421 4.7.0 no", "4.7.0", "other" },
	{ SAID "550 no", NULL, "other" },
	{ SAID "552 no", NULL, "mailbox-full" },
	{ SAID "552 no" TO("RCPT TO"), NULL, "mailbox-full" },
	{ SAID "552 no" TO("end of DATA"), NULL, "other" },
	{ SAID "503 5.1.1 no", "5.1.1", "other" },
	/* What a reply can mean at all. */
	{ SAID "450 server busy" TO("RCPT TO"), NULL, "refused" },
	{ SAID "550 server busy" TO("RCPT TO"), NULL, "other" },
	{ SAID "550 5.3.0 server busy" TO("RCPT TO"), NULL, "refused" },
	{ TALK "554 not accepting connections", NULL, "refused" },
	{ SAID "550 over quota" TO("RCPT TO"), NULL, "mailbox-full" },
	{ SAID "550 5.7.1 over quota" TO("RCPT TO"), NULL, "other" },
	{ SAID "451 4.3.0 policy" TO("RCPT TO"), NULL, "refused" },
	{ SAID "450 greylisted" TO("RCPT TO"), NULL, "greylist" },
	{ SAID "450 retry in 5 minutes" TO("MAIL FROM"), NULL, "other" },
	/* What it means at its stage. */
	{ SAID "550 spam" TO("end of DATA"), NULL, "content" },
	{ SAID "550 spam" TO("RCPT TO"), NULL, "reputation" },
	{ SAID "550 spam, too many recipients" TO("RCPT TO"), NULL, "policy" },
	{ SAID "450 host not found" TO("RCPT TO"), NULL, "dns" },
	{ SAID "450 host not found" TO("MAIL FROM"), NULL, "policy" },
	{ SAID "450 host not found" TO("EHLO"), NULL, "reputation" },
	{ SAID "450 4.1.8 host not found" TO("RCPT TO"), NULL, "policy" },
	{ TALK "554 no", NULL, "reputation" },
	{ TALK "503 no", NULL, "other" },
	{ SAID "454 no" TO("STARTTLS"), NULL, "tls" },
	{ SAID "550 no" TO("MAIL FROM"), NULL, "other" },
	/* A stage that they quote is not ours. */
	{ SAID "450 spam" TO("RCPT TO") " no" TO("end of DATA"), NULL,
	  "content" },
	/* Trouble that nobody else tells of is ours. */
	{ "some server is overloaded", NULL, "local-config" },
	{ "some message is spam", NULL, "other" },
	/* Addresses and links. */
	{ SAID "550 192.0.2.7 is banned", NULL, "reputation" },
	{ SAID "550 [192.0.2.7] Attachments are banned", NULL, "content" },
	{ SAID "550 no, see https://www.spamhaus.org/query", NULL,
	  "reputation" },
	{ SAID "550 no, see https://www.notspamhaus.org/query", NULL, "other" },
	/* Words that say only that something is refused. */
	{ SAID "550 prohibited", NULL, "other" },
	{ SAID "550 the sender is prohibited", NULL, "policy" },
	{ SAID "550 your mail server is prohibited", NULL, "reputation" },
	/* What Postfix adds is none of their words. */
	{ SAID "450 try again in 5 minutes", NULL, "greylist" },
	{ SAID "450 try again (in reply to RCPT TO command)", NULL, "other" },
	/* Not a status code. */
	{ SAID "550 no", "", "other" },
	{ SAID "550 no", "5.1.1.", "other" },
	{ SAID "550 no", "5.1.1111", "other" },
	{ SAID "550 no", "hello", "other" },
	/* The table's order. */
	{ SAID "451 Client host blocked using rbl; greylisted", NULL,
	  "greylist" },
	{ SAID "450 4.1.8 <a@example.com>: Sender address rejected: "
	       "Domain not found",
	  NULL, "policy" },
	{ SAID "450 4.1.2 <a@example.com>: Recipient address rejected: "
	       "Domain not found",
	  NULL, "dns" },
	{ SAID "450 4.7.1 <mail>: Helo command rejected: Host not found", NULL,
	  "reputation" },
	/* Blanks, hyphens, apostrophes, case, lines of a reply. */
	{ SAID "550 OVER-quota", NULL, "mailbox-full" },
	{ SAID "550-the MAILBOX is 550 over\t \tquota", NULL, "mailbox-full" },
	{ SAID "550 user Doesn't exist", NULL, "no-such-user" },
	{ SAID "550 user <a@example.com> does not exist", NULL,
	  "no-such-user" },
	{ SAID "550-5.7.1 blocked 550-5.7.1 using a list", NULL, "reputation" },
	{ SAID "550 rejected.Virus found", NULL, "content" },
	{ SAID "550 spam/virus", NULL, "content" },
	/* No phrase goes on in the next sentence, or ends in a word. */
	{ SAID "550 It is blocked. Using it is no good", NULL, "other" },
	{ SAID "550 a mailboxfullness", NULL, "other" },
	{ SAID "550 prespam", NULL, "other" },
	/* Names are not words. */
	{ "connect to spam.example.org[192.0.2.1]:25: No route to host", NULL,
	  "connect" },
	{ "host blocked.example[192.0.2.1] said: 550 no", NULL, "other" },
	{ "host greylist[192.0.2.1] said: 550 no", NULL, "other" },
	{ "host greylist[private/lmtp] said: 550 no", NULL, "other" },
	{ SAID "550 <full@example.com> no", NULL, "other" },
	{ SAID "550 <quota@example.com>: no", NULL, "other" },
	{ SAID "550 quota@example.com no", NULL, "other" },
	{ SAID "550 <\"over quota\"@example.com> no", NULL, "other" },
	{ SAID "550 <spam>: no", NULL, "other" },
	{ SAID "550 over quota.example.net no", NULL, "other" },
	{ SAID "550 no, see https://spam.example/quota/virus?spam=1", NULL,
	  "other" },
	{ SAID "550 no /var/spam/virus/quota", NULL, "other" },
	{ SAID "550 no virus@[192.0.2.1]", NULL, "other" },
	{ SAID "550 no spam_filter-1.example.net", NULL, "other" },
	{ SAID "550 no \xc3\xbc.spam.example", NULL, "other" },
};

START_TEST(finds_the_class)
{
	ck_assert_msg(strcmp(class_of(texts[_i].text, texts[_i].dsn),
			     texts[_i].reason_class) == 0,
		      "\"%s\" is %s, not %s", texts[_i].text,
		      class_of(texts[_i].text, texts[_i].dsn),
		      texts[_i].reason_class);
}
END_TEST

START_TEST(no_bytes_do_harm)
{
	srand48(_i);
	for (int round = 0; round < 5000; round++) {
		char text[64];
		size_t len = (size_t)(lrand48() % 63);
		enum qf_reason_class found;

		for (size_t i = 0; i < len; i++)
			text[i] = (char)(lrand48() % 255 + 1);
		text[len] = '\0';
		found = qf_reason_classify(table, text, text);
		ck_assert_int_lt(found, QF_REASON_CLASS_COUNT);
		ck_assert_int_eq(found == QF_REASON_NONE, len == 0);
	}
}
END_TEST

/* What comes late in a text of a megabyte is not looked at. */
START_TEST(a_long_text_takes_no_time)
{
	static const char *const pieces[] = { "<",  "a.b", "a..", "=",
					      " a", "/",   "1:",  "http://",
					      "a-", "\xff" };
	size_t size = 1024 * 1024;
	char *text = malloc(size + 1);

	ck_assert_ptr_nonnull(text);
	for (int i = 0; i < COUNT(pieces); i++) {
		size_t len = strlen(pieces[i]);

		for (size_t at = 0; at < size; at++)
			text[at] = pieces[i][at % len];
		text[size] = '\0';
		ck_assert_str_eq(class_of(text, NULL), "other");
		memcpy(text, "greylisted ", 11);
		ck_assert_str_eq(class_of(text, NULL), "greylist");
	}
	free(text);
}
END_TEST

/*
 * A text that has the phrase and nothing else, said by its speaker, with the
 * first word of each set.
 */
static void
make_text(char *text, size_t size, const struct qf_reason_phrase *phrase)
{
	size_t len = (size_t)snprintf(text, size, "%s",
				      phrase->speaker == QF_SAID_BY_THEM ? SAID
									 : "");

	for (const char *at = phrase->text; *at != '\0';) {
		size_t word = strcspn(at, " ");
		const char *const *set = qf_reason_set(at, word);

		ck_assert_uint_lt(len, size);
		if (set != NULL) {
			len += (size_t)snprintf(text + len, size - len, "%s",
						set[0]);
			at += word;
		} else {
			text[len++] = *at == '*' ? 'x' : *at;
			at++;
		}
	}
	ck_assert_uint_lt(len, size);
	text[len] = '\0';
}

/* Lower case, one blank between two words; `*' if it may. */
static void
expect_plain(const char *text, const char *more)
{
	for (const char *at = text; *at != '\0'; at++)
		ck_assert_msg((*at >= 'a' && *at <= 'z') ||
				      (*at >= '0' && *at <= '9') ||
				      (unsigned char)*at >= 0x80 ||
				      strchr(more, *at) != NULL,
			      "\"%s\"", text);
	ck_assert_msg(strstr(text, "  ") == NULL && text[0] != ' ' &&
			      text[strlen(text) - 1] != ' ',
		      "\"%s\": blanks", text);
}

/* A word in capitals is the name of a set, and its words are plain. */
static void
expect_set(const char *name, size_t len)
{
	const char *const *set = qf_reason_set(name, len);

	ck_assert_msg(set != NULL, "there is no set %s", name);
	for (; *set != NULL; set++)
		expect_plain(*set, " ");
}

START_TEST(phrases_are_well_formed)
{
	size_t count = 0;
	const struct qf_reason_phrase *rows = qf_reason_phrases(&count);

	ck_assert_uint_gt(count, 100);
	for (size_t i = 0; i < count; i++) {
		const char *text = rows[i].text;
		const char *star = strchr(text, '*');

		expect_plain(text, " *ABCDEFGHIJKLMNOPQRSTUVWXYZ_");
		for (const char *at = text; *at != '\0';) {
			size_t len = strcspn(at, " ");

			if (*at >= 'A' && *at <= 'Z')
				expect_set(at, len);
			at += len + (at[len] == ' ');
		}
		/* The index goes by the first word, or four letters of it. */
		ck_assert_msg(star == NULL || star - text >= 4 ||
				      memchr(text, ' ', 3) != NULL,
			      "\"%s\": starts too late", text);
		ck_assert_msg(rows[i].reason_class > QF_REASON_NONE &&
				      rows[i].reason_class < QF_REASON_OTHER,
			      "\"%s\": class", text);
		for (size_t j = 0; j < i; j++)
			ck_assert_msg(strcmp(rows[j].text, text) != 0 ||
					      rows[j].speaker !=
						      rows[i].speaker,
				      "\"%s\" is there twice", text);
	}
}
END_TEST

/* An earlier row that is found wherever this one is would make it useless. */
START_TEST(each_phrase_can_win)
{
	size_t count = 0;
	const struct qf_reason_phrase *rows = qf_reason_phrases(&count);
	char text[200];

	for (size_t i = 0; i < count; i++) {
		make_text(text, sizeof(text), &rows[i]);
		ck_assert_msg(qf_reason_classify(table, text, NULL) ==
				      rows[i].reason_class,
			      "\"%s\" is %s", text, class_of(text, NULL));
	}
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("reason");
	TCase *tc = tcase_create("reason");

	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_test(tc, classes_have_names_and_hints);
	tcase_add_test(tc, a_class_has_one_name);
	tcase_add_loop_test(tc, finds_the_class, 0, COUNT(texts));
	tcase_add_loop_test(tc, no_bytes_do_harm, 0, 4);
	tcase_add_test(tc, a_long_text_takes_no_time);
	tcase_add_test(tc, phrases_are_well_formed);
	tcase_add_test(tc, each_phrase_can_win);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
