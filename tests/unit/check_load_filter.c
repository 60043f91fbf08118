/*
 * check_load_filter.c - a filter is asked as soon as it can decide, nothing
 * is read for a message that it drops, and damage does not depend on it.
 */
#include "queue-format/postfix/load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "unit.h"

#define ID   "1E240315"
#define HELD "hold/" ID

static struct qf_config config;
static struct qf_spool *spool;
static struct qf_filter filter;
static struct qf_arena arena;
static struct qf_message m;
static struct qf_error err;
static struct sample file;

/* What the filter says at each stage, and what it saw then. */
static struct {
	enum qf_verdict verdicts[257];
	char seen[100];
} script;

static enum qf_verdict
ask(void *context, const struct qf_message *message)
{
	static const struct {
		unsigned part;
		char letter;
	} parts[] = { { QF_PART_HOLDER, 'h' },	 { QF_PART_CLASSES, 'c' },
		      { QF_PART_REASONS, 'l' },	 { QF_PART_RECIPIENTS, 'r' },
		      { QF_PART_ENVELOPE, 'e' }, { QF_PART_INODE, 'i' },
		      { QF_PART_NAME, 'n' } };
	int i = 0;

	ck_assert_ptr_eq(context, &script);
	ck_assert_str_eq(message->id, ID);
	while ((message->parts & parts[i].part) == 0)
		i++;
	strncat(script.seen, &parts[i].letter, 1);
	return script.verdicts[parts[i].part];
}

/* By then its file is known. */
static bool
find_holder(void *context, struct qf_message *message, struct qf_arena *a)
{
	ck_assert_ptr_eq(context, &script);
	ck_assert_ptr_eq(a, &arena);
	ck_assert_uint_ne(message->inode, 0);
	ck_assert_uint_ne(message->parts & QF_PART_BIRTH, 0);
	message->holder.by = "alice";
	return true;
}

static void
begin(void)
{
	scratch_new();
	scratch_directory("deferred");
	ck_assert_int_eq(qf_config_default(scratch_path(""), &config, &err),
			 QF_OK);
	config.directory = strdup("/etc/postfix");
	ck_assert_int_eq(qf_spool_open(&config, &spool, &err), QF_OK);
	memset(&script, 0, sizeof(script));
	filter = (struct qf_filter){ .test = ask,
				     .context = &script,
				     .find_holder = find_holder,
				     .holder_context = &script };
}

static void
end(void)
{
	qf_spool_close(spool);
	qf_config_free(&config);
	qf_arena_free(&arena);
	sample_free(&file);
}

static enum qf_status
load(void)
{
	struct qf_load *loader = qf_load_new(spool, NULL, &filter);
	enum qf_status status;

	ck_assert_ptr_nonnull(loader);
	script.seen[0] = '\0';
	err = (struct qf_error){ .text = "" };
	status = qf_load_message(loader, QF_QUEUE_HOLD, ID, HELD, &arena, &m,
				 &err);
	qf_load_free(loader);
	return status;
}

static void
put(int type, const char *text)
{
	sample_text(&file, type, text);
}

static void
save(void)
{
	scratch_file(HELD, file.data, file.len, 0700);
}

static void
save_message(void)
{
	put('T', "1700000000 5");
	put('S', "a@b");
	put('R', "b@c");
	put('M', "");
	put('N', "text");
	put('X', "");
	put('R', "d@c");
	put('E', "");
	save();
	scratch_text("defer/1/" ID, "<b@c>: timed out\n\n", 0600);
}

#define N QF_PART_NAME
#define I QF_PART_INODE
#define E QF_PART_ENVELOPE
#define R QF_PART_RECIPIENTS
#define L QF_PART_REASONS
#define C QF_PART_CLASSES
#define B QF_PART_BIRTH
#define H QF_PART_HOLDER

static const struct {
	unsigned parts;
	unsigned stages;
	unsigned takes; /* stages at which it takes */
	unsigned drops; /* and at which it drops */
	enum qf_status status;
	const char *seen;
	unsigned known;
} cases[] = {
	/* Taken at once: not asked again. */
	{ N, N, N, 0, QF_OK, "n", N },
	{ N | E, N | E, N, 0, QF_OK, "n", N | I | E },
	{ L, N | I | E | R | L, N, 0, QF_OK, "n", N | I | E | R | L },
	{ L, N | I | E | R | L, E, 0, QF_OK, "nie", N | I | E | R | L },
	/* Taken late: what was needed to decide is known as well. */
	{ N, I, I, 0, QF_OK, "i", N | I },
	{ N, E, E, 0, QF_OK, "e", N | I | E },
	{ N, R, R, 0, QF_OK, "r", N | I | E | R },
	{ N, L, L, 0, QF_OK, "l", N | I | E | R | L },
	{ L, E | L, L, 0, QF_OK, "el", N | I | E | R | L },
	/* Taken early: what only later stages need is not read. */
	{ N, N | L, N, 0, QF_OK, "n", N },
	{ N, I | L, I, 0, QF_OK, "i", N | I },
	{ E, E | L, E, 0, QF_OK, "e", N | I | E },
	{ R, R | L, R, 0, QF_OK, "r", N | I | E | R },
	/* Dropped. */
	{ L, N, 0, N, QF_END, "n", N },
	{ L, I, 0, I, QF_END, "i", N | I },
	{ L, E, 0, E, QF_END, "e", N | I | E },
	{ L, R, 0, R, QF_END, "r", N | I | E | R },
	{ L, L, 0, L, QF_END, "l", N | I | E | R | L },
	{ L, N | I | E | R | L, 0, L, QF_END, "nierl", N | I | E | R | L },
	/* Never decided is dropped. */
	{ L, N, 0, 0, QF_END, "n", N | I | E | R | L },
	{ N, E, 0, 0, QF_END, "e", N | I | E },
	/* What the reasons mean comes last, and only when it is asked for. */
	{ C, 0, 0, 0, QF_END, "", N | I | E | R | L | C },
	{ C, N, N, 0, QF_OK, "n", N | I | E | R | L | C },
	{ N, C, C, 0, QF_OK, "c", N | I | E | R | L | C },
	{ N, N | C, N, 0, QF_OK, "n", N },
	{ L, L | C, L, 0, QF_OK, "l", N | I | E | R | L | C },
	{ L, L | C, 0, C, QF_END, "lc", N | I | E | R | L | C },
	{ C, L | C, 0, L, QF_END, "l", N | I | E | R | L },
	{ N, N | I | E | R | L | C, C, 0, QF_OK, "nierlc",
	  N | I | E | R | L | C },
	/* Who holds it is found by its file, and after all else. */
	{ H, N, N, 0, QF_OK, "n", N | I | B | H },
	{ N, H, H, 0, QF_OK, "h", N | I | B | H },
	{ N, H, 0, H, QF_END, "h", N | I | B | H },
	{ N, N | H, N, 0, QF_OK, "n", N },
	{ H, N | E, 0, E, QF_END, "ne", N | I | E },
	{ E, N | E | H, H, 0, QF_OK, "neh", N | I | E | B | H },
	{ N, N | L | H, H, 0, QF_OK, "nlh", N | I | E | R | L | B | H },
	{ H, 0, 0, 0, QF_END, "", N | I | B | H },
};

START_TEST(asks_at_each_stage)
{
	save_message();
	filter.parts = cases[_i].parts;
	filter.stages = cases[_i].stages;
	for (unsigned part = 1; part <= 256; part *= 2)
		script.verdicts[part] = (cases[_i].takes & part) != 0 ? QF_TAKE
					: (cases[_i].drops & part) != 0
						? QF_DROP
						: QF_UNDECIDED;
	ck_assert_int_eq(load(), cases[_i].status);
	ck_assert_str_eq(script.seen, cases[_i].seen);
	ck_assert_uint_eq(m.parts & ~(unsigned)QF_PART_DONE, cases[_i].known);
	if ((m.parts & H) != 0)
		ck_assert_str_eq(m.holder.by, "alice");
	else
		ck_assert_ptr_null(m.holder.by);
	if (cases[_i].status == QF_OK && (m.parts & L) != 0) {
		ck_assert_uint_eq(m.left_count, 2);
		ck_assert_str_eq(m.left[0].reason, "timed out");
		ck_assert_int_eq(m.left[0].reason_class,
				 (m.parts & C) != 0 ? QF_REASON_TIMEOUT
						    : QF_REASON_NONE);
		ck_assert_int_eq(m.left[1].reason_class, QF_REASON_NONE);
	}
}
END_TEST

/* A name that is dropped has no file, a dropped inode no contents. */
START_TEST(a_dropped_message_is_not_read)
{
	filter.parts = L;
	filter.stages = N;
	script.verdicts[N] = QF_DROP;
	ck_assert_int_eq(load(), QF_END);

	put('N', "no envelope at all");
	save();
	filter.stages = I;
	script.verdicts[I] = QF_DROP;
	ck_assert_int_eq(load(), QF_END);
	ck_assert_ptr_null(m.fault);
}
END_TEST

/* Files whose damage must be told alike with and without a filter. */
static const struct {
	const char *bytes;
	size_t len;
	const char *fault;
	off_t offset;
	const char *sender;
	size_t left;
} damages[] = {
	{ BYTES(""), "no end record: cut off", 0, NULL, 0 },
	{ BYTES("T\0011"), "no end record: cut off", 3, NULL, 0 },
	{ BYTES("T\0011S\005a@"), "file ends inside record data", 3, NULL, 0 },
	{ BYTES("S\001aE\0"), NULL, -1, "a", 0 },
	{ BYTES("S\001aA\001xE\0"), NULL, -1, "a", 0 },
	{ BYTES("T\0011E\0"), "no sender record", 5, NULL, 0 },
	{ BYTES("S\001aR\001bE\0"), NULL, -1, "a", 1 },
	{ BYTES("S\001aR\001b"), "no end record: cut off", 6, "a", 1 },
	{ BYTES("S\001aR\001bR\005c"), "file ends inside record data", 6, "a",
	  1 },
	{ BYTES("S\001aR\001bS\001cR\001dE\0"), "second sender record", 6, "a",
	  1 },
	{ BYTES("S\001aS\001cR\001dE\0"), "second sender record", 3, "a", 0 },
	{ BYTES("R\001bS\001aE\0"), "recipient before the sender", 0, NULL, 0 },
	{ BYTES("S\001aR\001bp\0013E\0"), "pointer records lead in a circle",
	  -2, "a", 0 },
	{ BYTES("S\001aR\001b\0\0E\0"), "record of type zero", 6, "a", 1 },
	{ BYTES("S\001aR\001b\xff\xff\xff\xff\xff"),
	  "record length of more than 4 bytes", 6, "a", 1 },
	{ BYTES("\x1f\x8b\x08"), "file ends inside record data", 0, NULL, 0 },
	/* A size of nothing but zeros, and the oldest form of one. */
	{ BYTES("C\0030 0S\001aR\001bE\0"),
	  "size record is all zero: never completed", 0, "a", 1 },
	{ BYTES("C\0030 5S\001aR\001bE\0"), NULL, -1, "a", 1 },
	{ BYTES("C\00277S\001aR\001bE\0"), NULL, -1, "a", 1 },
};

START_TEST(damage_is_a_fact_about_the_message)
{
	sample_add(&file, damages[_i].bytes, damages[_i].len);
	save();
	for (int with_filter = 0; with_filter < 2; with_filter++) {
		filter = (struct qf_filter){ .parts = N | I | E | R | L };
		if (with_filter != 0) {
			filter.test = ask;
			filter.context = &script;
			filter.stages = E;
			script.verdicts[E] = QF_TAKE;
		}
		ck_assert_int_eq(load(), QF_OK);
		ck_assert_str_eq(m.id, ID);
		ck_assert_int_eq(m.file_size, (int64_t)damages[_i].len);
		ck_assert_int_eq(m.fault != NULL, damages[_i].fault != NULL);
		if (m.fault != NULL)
			ck_assert_str_eq(m.fault, damages[_i].fault);
		if (damages[_i].offset != -2)
			ck_assert_int_eq(m.fault_offset, damages[_i].offset);
		ck_assert_int_eq(m.sender != NULL, damages[_i].sender != NULL);
		if (m.sender != NULL)
			ck_assert_str_eq(m.sender, damages[_i].sender);
		if (damages[_i].offset != -2)
			ck_assert_uint_eq(m.left_count, damages[_i].left);
	}
}
END_TEST

/* The fault of a log does not hide that of the file. */
START_TEST(the_file_comes_first)
{
	put('S', "a");
	put('R', "b");
	save();
	scratch_text("defer/1/" ID, "malformed\n", 0600);
	filter = (struct qf_filter){ .parts = L };
	ck_assert_int_eq(load(), QF_OK);
	ck_assert_str_eq(m.fault, "no end record: cut off");

	put('E', "");
	save();
	ck_assert_int_eq(load(), QF_OK);
	ck_assert_str_eq(m.fault, "defer/1/" ID ": malformed line");
	ck_assert_int_eq(m.fault_offset, 0);
}
END_TEST

/* A small log or text that lies in the wrong folder is no message. */
START_TEST(a_text_file_is_no_message)
{
	sample_add(&file, BYTES("From a@b Mon Jan  1\nSubject: x\n\ntext\n"));
	save();
	filter = (struct qf_filter){ .parts = L };
	ck_assert_int_eq(load(), QF_OK);
	ck_assert_ptr_nonnull(m.fault);
	ck_assert_ptr_null(m.sender);
	ck_assert_uint_eq(m.left_count, 0);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("load filter");
	TCase *tc = tcase_create("load filter");

	tcase_add_unchecked_fixture(tc, scratch_begin, scratch_end);
	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_loop_test(tc, asks_at_each_stage, 0, COUNT(cases));
	tcase_add_test(tc, a_dropped_message_is_not_read);
	tcase_add_loop_test(tc, damage_is_a_fact_about_the_message, 0,
			    COUNT(damages));
	tcase_add_test(tc, the_file_comes_first);
	tcase_add_test(tc, a_text_file_is_no_message);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
