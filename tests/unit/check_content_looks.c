/*
 * check_content_looks.c - what is odd about names, types and letters is seen,
 * and what is not odd is not said to be.
 */
#include "queue-format/content/looks.h"

#include "unit.h"

static const struct {
	const char *name;
	bool runs;
} names[] = {
	{ "a.exe", true },     { "A.EXE", true },      { "a.exe   ", true },
	{ "a.pdf.scr", true }, { "a.js", true },       { "a.pdf", false },
	{ "exe", false },      { "a.exe.txt", false }, { "", false },
	{ ".exe", true },      { "a.exec", false },    { "a.", false },
};

START_TEST(names_that_run)
{
	ck_assert_int_eq(qf_looks_runnable(names[_i].name), names[_i].runs);
}
END_TEST

static const struct {
	const char *found;
	const char *declared;
	const char *name;
	bool different;
} types[] = {
	{ "application/pdf", "application/pdf", "a.pdf", false },
	{ "application/x-dosexec", "application/pdf", "a.pdf", true },
	{ "application/x-dosexec", "application/octet-stream", "a.pdf", true },
	{ "application/x-dosexec", "application/octet-stream", "a", false },
	{ "image/jpeg", "image/png", "a.png", false },
	{ "text/html", "image/png", "a.png", true },
	{ "text/plain", "text/html", "a.html", false },
	{ "application/zip", "application/vnd.openxmlformats-x", "a.docx",
	  false },
	{ "application/zip", "application/msword", "a.doc", false },
	{ "application/zip", "image/png", "", true },
	{ "application/octet-stream", "image/png", "a.png", false },
	{ "", "image/png", "a.png", false },
	{ "video/mp4", "audio/mp4", "a.mp3", false },
	{ "image/svg+xml", "image/svg+xml", "a.svg", false },
};

START_TEST(types_that_differ)
{
	ck_assert_int_eq(qf_looks_different(types[_i].found, types[_i].declared,
					    types[_i].name),
			 types[_i].different);
}
END_TEST

static const struct {
	const char *data;
	size_t len;
	bool locked;
} archives[] = {
	{ BYTES("PK\3\4\x14\0\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"),
	  true },
	{ BYTES("PK\3\4\x14\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"),
	  false },
	{ BYTES("PK\3\4\x14\0\1"), false },
	/* A file of 4 GB that is not there, and one whose names overflow. */
	{ BYTES("PK\3\4\x14\0\0\0\0\0\0\0\0\0\0\0\0\0\xff\xff\xff\xff\0\0\0\0"
		"\xff\xff\xff\xff"),
	  false },
	{ BYTES("Rar!\x1a\x07\0\0\0\0\x80\0\0\0"), true },
	{ BYTES("Rar!\x1a\x07\0\0\0\0\0\0\0\0"), false },
	{ BYTES("Rar!\x1a\x07\1\0\0\0\0\0\0\4\0\0\0\0"), true },
	{ BYTES("Rar!\x1a\x07\1\0\0\0\0\0\0\1\0\0\0\0"), false },
	{ BYTES("Rar!"), false },
	{ BYTES(""), false },
};

START_TEST(archives_that_are_locked)
{
	ck_assert_int_eq(qf_looks_locked("application/zip", archives[_i].data,
					 archives[_i].len),
			 archives[_i].locked);
	ck_assert(qf_looks_locked("application/encrypted", "", 0));
}
END_TEST

static const struct {
	const char *text;
	bool domain;
	const char *says; /* NULL: nothing */
} texts[] = {
	{ "Tony Smith", false, NULL },
	{ "", false, NULL },
	{ "Привет Tony", false, NULL },
	{ "Łódź Ελλάδα Привет", false, NULL },
	{ "早安 tony", false, NULL },
	{ "a\u202eb", false,
	  "a character that changes the direction of "
	  "writing" },
	{ "a\u200bb", false, "a character that cannot be seen" },
	{ "a\u00adb", false, "a character that cannot be seen" },
	{ "a\x1b[0m", false, "a control character" },
	{ "p\u0430ypal", false, "letters of several scripts in one word" },
	{ "x p\u0430ypal y", false, "letters of several scripts in one word" },
	{ "\u03bfk", false, "letters of several scripts in one word" },
	{ "\u0430\u0440\u0440\u04cf\u0435.com", true,
	  "letters that look like others" },
	{ "\u0430\u0440\u0440\u04cf\u0435.com", false, NULL },
	{ "почта.рф", true, NULL },
	{ "\U0001d44e", false, "letters that look like others" },
	{ "\xff\xfe", false, NULL },
};

START_TEST(letters_that_disguise)
{
	const char *says = qf_looks_disguised(texts[_i].text, texts[_i].domain);

	if (texts[_i].says == NULL)
		ck_assert_ptr_null(says);
	else
		ck_assert_pstr_eq(says, texts[_i].says);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("content_looks");
	TCase *tc = tcase_create("looks");

	tcase_add_loop_test(tc, names_that_run, 0, COUNT(names));
	tcase_add_loop_test(tc, types_that_differ, 0, COUNT(types));
	tcase_add_loop_test(tc, archives_that_are_locked, 0, COUNT(archives));
	tcase_add_loop_test(tc, letters_that_disguise, 0, COUNT(texts));
	suite_add_tcase(s, tc);
	return s;
}

int
main(void)
{
	return unit_run(suite());
}
