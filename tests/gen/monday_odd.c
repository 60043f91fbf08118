/*
 * monday_odd.c - what a reader of queue files stumbles over, one of each.
 */
#include "scene.h"

#include <string.h>

#include "attachment.h"
#include "text.h"

static const struct site slow = { "slowpoke.example", "mx.slowpoke.example",
				  "198.51.100.77", "timeout" };

/* Deferred mail from the office, still without headers. */
static struct mail
office_mail(struct stage *s, long age, const char *to)
{
	struct mail m = scene_mail(s, QUEUE_DEFERRED, age, &exchange);

	m.sender = staff[s->posted % staff_count].address;
	scene_fail(s, &m, scene_rcpt(s, &m, to), &slow, 0);
	return m;
}

static const char *const subjects[] = {
	"周一早上的会议纪要",
	"月曜日の朝の会議について（至急ご確認ください）",
	"اجتماع صباح الاثنين",
	"🚀 Launch day 🎉 – are we ready?",
	"Совещание в понедельник в 9:00",
	"회의 일정 변경 안내",
	"Überfällige Rechnung: Prüfung nötig",
	"עדכון לוח זמנים",
};

/* Each as an encoded word and, as SMTPUTF8 allows it, as it is. */
static void
foreign_subjects(struct stage *s)
{
	for (size_t i = 0; i < 2 * COUNT(subjects); i++) {
		const char *subject = subjects[i / 2];
		struct mail m = office_mail(s, 30 * MINUTE + 7 * (long)i,
					    "overseas@slowpoke.example");

		m.smtputf8 = i % 2 == 1;
		scene_headers(s, &m, staff[i % staff_count].name, subject);
		if (m.smtputf8)
			m.headers[2] = arena_printf(&s->worker.arena,
						    "Subject: %s", subject);
		m.body.text = "See above.\n";
		scene_post(s, &m);
	}
}

static void
utf8_addresses(struct stage *s)
{
	static const char *const pairs[][2] = {
		{ "用户@例子.example", "收件人@slowpoke.example" },
		{ "anna.keller@example.com", "δοκιμή@παράδειγμα.example" },
		{ "jürgen@example.org", "josé.niño@slowpoke.example" },
	};

	for (size_t i = 0; i < COUNT(pairs); i++) {
		struct mail m = scene_mail(s, QUEUE_DEFERRED,
					   2 * HOUR + 60 * (long)i, &exchange);

		m.smtputf8 = true;
		m.sender = pairs[i][0];
		scene_fail(s, &m, scene_rcpt(s, &m, pairs[i][1]), &slow, 0);
		scene_headers(s, &m, "Test", "Internationalised addresses");
		m.body.text = "Bonne journée – 你好\n";
		scene_post(s, &m);
	}
}

static void
attachments(struct stage *s)
{
	static const char *const texts[ATTACHMENT_COUNT] = {
		"The offer is attached.",
		"All drawings in one file.",
		"Our new logo.  Do you like it?",
		"Please open the invoice and follow the instructions.",
	};

	for (enum attachment i = 0; i < ATTACHMENT_COUNT; i++) {
		bool bad = i == ATTACHMENT_PROGRAM;
		struct mail m =
			scene_mail(s, bad ? QUEUE_HOLD : QUEUE_DEFERRED,
				   80 * MINUTE, bad ? &partner : &exchange);
		struct rcpt *r;

		m.sender = bad ? "billing@partner.example"
			       : "olga.petrova@example.org";
		r = scene_rcpt(s, &m,
			       bad ? "accounts@example.com"
				   : "design@slowpoke.example");
		if (!bad)
			scene_fail(s, &m, r, &slow, 0);
		scene_headers(s, &m, bad ? "Billing" : "Olga Petrova",
			      bad ? "Invoice 9912, last reminder" : texts[i]);
		attachment_add(s, &m, texts[i], i);
		scene_post(s, &m);
	}
}

static void
html_letter(struct stage *s)
{
	struct mail m = office_mail(s, 3 * HOUR, "press@slowpoke.example");

	scene_headers(s, &m, "Press Office", "Press release: new plant opened");
	scene_header(s, &m, "MIME-Version: 1.0");
	scene_header(s, &m,
		     "Content-Type: multipart/alternative;\n"
		     "\tboundary=\"alt-1\"");
	m.body.text = "--alt-1\nContent-Type: text/plain\n\nIt is open.\n"
		      "--alt-1\nContent-Type: text/html\n"
		      "Content-Transfer-Encoding: quoted-printable\n\n"
		      "<h1 style=3D\"color:=20red\">It is open.</h1>\n"
		      "--alt-1--\n";
	scene_post(s, &m);
}

/* Somebody would like to write on the screen of whoever lists the queue. */
static void
hostile_text(struct stage *s)
{
	static const char *const hostile[] = {
		"\033[2J\033[1;31mYour queue is empty\033[0m\033]0;hello\007",
		"Gr\xfc\xdf"
		"e aus K\xf6ln (Latin-1, not UTF-8)",
		"abc \xe2\x80\xae"
		"fdp.exe \xe2\x80\xac and \xc2\x9b"
		"31m",
		"tab\there, CR\rhere, backspace\b\b\b and \x7f",
	};

	for (size_t i = 0; i < COUNT(hostile); i++) {
		struct mail m =
			office_mail(s, 50 * MINUTE, "victim@slowpoke.example");

		scene_headers(s, &m, "Nobody", "x");
		m.headers[2] = arena_printf(&s->worker.arena, "Subject: %s",
					    hostile[i]);
		m.subject = hostile[i];
		m.body.text = "Look at the subject.\n";
		scene_post(s, &m);
	}
}

static void
quoted_addresses(struct stage *s)
{
	struct mail m = office_mail(s, HOUR, "john smith@slowpoke.example");
	static const char *const more[] = {
		"a\"b\\c@slowpoke.example",
		".dots..here.@slowpoke.example",
		"x@y@slowpoke.example",
		"list-owner+user=example.org@slowpoke.example",
	};

	m.sender = "mailing, list@example.com";
	for (size_t i = 0; i < COUNT(more); i++)
		scene_fail(s, &m, scene_rcpt(s, &m, more[i]), &slow, 0);
	scene_headers(s, &m, "Odd Names", "Quoted local parts");
	m.body.text = "All of these are valid.\n";
	scene_post(s, &m);
}

static void
many_hops(struct stage *s)
{
	struct mail m = office_mail(s, 100 * MINUTE, "far@slowpoke.example");

	for (int i = 30; i > 1; i--)
		scene_header(
			s, &m,
			"Received: from hop%d.example.net (hop%d.example"
			".net [198.51.100.%d])\n\tby hop%d.example.net "
			"with ESMTP id H%04d;\n\t%s",
			i - 1, i - 1, 100 + i, i, 7 * i,
			text_date(&s->worker.arena, m.arrival.tv_sec - 32 + i));
	scene_headers(s, &m, "Traveller", "A long way");
	m.body.text = "Finally.\n";
	scene_post(s, &m);
}

/* From sendmail -t, with all that DSN has, and a report wanted. */
static void
local_user(struct stage *s)
{
	struct mail m = scene_mail(s, QUEUE_DEFERRED, 5 * HOUR, NULL);

	m.uid = 1001;
	m.full_name = "Anna Keller";
	m.sender = "anna.keller@example.com";
	m.envelope_id = "QQ314159";
	m.ret_flags = 2;
	m.trace_flags = 1024;
	for (size_t i = 0; i < 3; i++) {
		struct rcpt *r =
			scene_rcpt(s, &m,
				   arena_printf(&s->worker.arena, "team%zu@%s",
						i, slow.domain));

		r->place = RCPT_BEHIND;
		r->notify = NOTIFY_SUCCESS | NOTIFY_FAILURE | NOTIFY_DELAY;
		scene_fail(s, &m, r, &slow, 0);
	}
	scene_headers(s, &m, "Anna Keller", "Sent from the command line");
	m.body.text = "With delivery status notifications.\n";
	scene_post(s, &m);
}

/* One address stands for several, and one of those is there twice. */
static void
aliases(struct stage *s)
{
	static const char *const members[] = {
		"fatima@slowpoke.example",
		"Luis@slowpoke.example",
		"fatima@slowpoke.example",
	};
	struct mail m = scene_mail(s, QUEUE_DEFERRED, 90 * MINUTE, &partner);

	m.sender = "buyer@partner.example";
	m.filter = "scan:[127.0.0.1]:10024";
	for (size_t i = 0; i < COUNT(members); i++) {
		struct rcpt *r = scene_rcpt(s, &m, members[i]);

		r->original = i < 2 ? "sales@example.com" : "luis@example.com";
		r->orcpt = arena_printf(&s->worker.arena, "rfc822;%s",
					r->original);
		scene_fail(s, &m, r, &slow, 0);
	}
	scene_headers(s, &m, "Buyer", "Order 77");
	m.body.text = "Ten valves, please.\n";
	m.log_style = LOG_NEW;
	scene_post(s, &m);
}

static void
forced(struct stage *s)
{
	struct mail m = office_mail(s, 2 * DAY, "nobody@slowpoke.example");

	m.forced_expire = true;
	m.redirect = "postmaster@example.com";
	scene_headers(s, &m, "Chen Wei", "No longer needed");
	m.body.text = "Never mind.\n";
	scene_post(s, &m);
}

#define LONG_1                                                                 \
	"A subject that somebody has made so long that it is folded twice,"
#define LONG_2 " since neither people nor programs like lines that are"
#define LONG_3 " longer than a screen is wide, and which ends here"

static void
long_lines(struct stage *s)
{
	struct mail m = office_mail(s, 25 * MINUTE, "wide@slowpoke.example");
	char *line = arena_alloc(&s->worker.arena, 5002);

	memset(line, 'w', 5000);
	line[5000] = '\n';
	scene_headers(s, &m, "Reports", LONG_1 LONG_2 LONG_3);
	m.headers[2] = "Subject: " LONG_1 "\n" LONG_2 "\n" LONG_3;
	m.body.text = line;
	m.body.last = "End.";
	scene_post(s, &m);
}

/* A milter has rewritten nearly all of it. */
static void
edited(struct stage *s)
{
	static const struct body before = { .text = "Buy cheap watches!\n" };
	struct mail m = scene_mail(s, QUEUE_DEFERRED, 70 * MINUTE, &partner);

	m.milters = true;
	m.sender = "real.sender@partner.example";
	scene_rcpt(s, &m, "lost@slowpoke.example")->state = RCPT_CANCELED;
	scene_fail(s, &m, scene_rcpt(s, &m, "kept@slowpoke.example"), &slow, 0);
	scene_headers(s, &m, "Seller", "[SPAM] watches");
	m.rcpts[2] = (struct rcpt){ .address = "quarantine@slowpoke.example",
				    .place = RCPT_BY_MILTER,
				    .state = RCPT_LEFT };
	scene_fail(s, &m, &m.rcpts[m.rcpt_count++], &slow, 0);
	m.edits = (struct edits){
		.old_sender = "x@y",
		.insert = "X-Virus-Scanned: at scan.example.com",
		.change = m.headers[2],
		.change_at = 3,
		.append = { "X-Spam-Level: *******", "X-Spam: Yes" },
		.old_body = &before,
	};
	m.headers[2] = "Subject: watches";
	m.body.text = "The text of this message has been taken away by a "
		      "filter, since it looked\nlike unwanted mail.  Ask the "
		      "postmaster if you would like to see it.\n";
	scene_post(s, &m);
}

static void
blind_copy(struct stage *s)
{
	static const struct site archive = { "archive.example.com",
					     "archive.example.com",
					     "192.0.2.50", "refused" };
	struct mail m =
		office_mail(s, 4 * DAY + 22 * HOUR, "late@slowpoke.example");
	struct rcpt *r;

	m.milters = true;
	scene_headers(s, &m, "Marc Dubois", "This is about to expire");
	r = scene_rcpt(s, &m, "everything@archive.example.com");
	r->place = RCPT_BCC;
	scene_fail(s, &m, r, &archive, 0);
	m.body.text = "It has been here for nearly five days.\n";
	m.log_style = LOG_OLD;
	scene_post(s, &m);
}

static void
no_content(struct stage *s)
{
	struct mail m = office_mail(s, 12 * MINUTE, "empty@slowpoke.example");

	scene_post(s, &m);
}

static void
damaged(struct stage *s)
{
	struct mail m = office_mail(s, 7 * HOUR, "broken@slowpoke.example");

	m.state = STATE_DAMAGED;
	scene_headers(s, &m, "Marc Dubois", "Written as the power failed");
	m.body.filler = 1500;
	m.body.last = "This line does not come to its end.";
	scene_post(s, &m);
}

static const struct {
	struct site site;
	long age;
	struct reason reason;
} rare[] = {
	/* As with soft_bounce = yes: who says "never" is asked again. */
	{ { "museum.example", "mx.museum.example", "203.0.113.60", NULL },
	  100 * MINUTE,
	  { "no_user", "4.1.1", REASON_SAID,
	    "550 5.1.1 <%r>: Recipient address rejected: no such user here",
	    "RCPT TO" } },
	{ { "fax.example.com", NULL, NULL, NULL },
	  140 * MINUTE,
	  { "local", "4.3.0", REASON_OURS, "mail transport unavailable",
	    NULL } },
	{ { "branch.example.org", NULL, NULL, NULL },
	  40 * MINUTE,
	  { "suspended", "4.3.2", REASON_OURS, "deferred transport", NULL } },
};

static void
rare_reasons(struct stage *s)
{
	for (size_t i = 0; i < COUNT(rare); i++) {
		struct mail m =
			scene_mail(s, QUEUE_DEFERRED, rare[i].age, &exchange);
		struct rcpt *r =
			scene_rcpt(s, &m,
				   arena_printf(&s->worker.arena, "former@%s",
						rare[i].site.domain));

		m.sender = staff[i].address;
		scene_bounce(s, &m, r, &rare[i].site, &rare[i].reason);
		r->state = RCPT_LEFT;
		scene_headers(s, &m, staff[i].name, "A rare case");
		m.body.text = "Why does it wait?\n";
		scene_post(s, &m);
	}
}

void
monday_odd(struct stage *s)
{
	foreign_subjects(s);
	utf8_addresses(s);
	attachments(s);
	html_letter(s);
	hostile_text(s);
	quoted_addresses(s);
	many_hops(s);
	local_user(s);
	aliases(s);
	forced(s);
	long_lines(s);
	edited(s);
	blind_copy(s);
	no_content(s);
	damaged(s);
	rare_reasons(s);
}
