/*
 * fuzz_settings - any text as the file of settings.
 *
 * What is understood is in the text and without white space around it; what
 * is not has a line of the file.
 */
#include "fuzz.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mailq-tools/settings.h"

/* One file; the tool comes first, so that it leads to the rest. */
struct run {
	struct tool tool;
	struct settings settings;
	jmp_buf end;
	size_t lines;
};

/* Each complaint is about a line of the file. */
static void QF_PRINTF(2, 0)
	check_line(const struct run *run, const char *format, va_list args)
{
	char text[200];
	const char *line;
	unsigned long number;

	vsnprintf(text, sizeof(text), format, args);
	line = strstr(text, "fuzz, line ");
	FUZZ_ASSERT(line == text);
	number = strtoul(line + strlen("fuzz, line "), NULL, 10);
	FUZZ_ASSERT(number >= 1 && number <= run->lines);
}

/* These stand in for those of tool.c, which would end the program. */

void
tool_note(struct tool *tool, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	check_line((struct run *)tool, format, args);
	va_end(args);
}

void
tool_die(struct tool *tool, int exit, const char *format, ...)
{
	struct run *run = (struct run *)tool;
	va_list args;

	va_start(args, format);
	check_line(run, format, args);
	va_end(args);
	FUZZ_ASSERT(exit == TOOL_BAD_DATA);
	longjmp(run->end, 1);
}

int
tool_exit_of(enum qf_status status)
{
	return (int)status;
}

static bool
parse(struct run *run)
{
	if (setjmp(run->end) != 0)
		return false;
	settings_parse(&run->tool, &run->settings);
	return true;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static void
check_trimmed(const struct settings *settings, const char *text)
{
	size_t len = strlen(text);

	FUZZ_ASSERT(text >= settings->text &&
		    text + len <= settings->text + settings->len);
	FUZZ_ASSERT(len == 0 ||
		    (!is_blank(text[0]) && !is_blank(text[len - 1])));
}

static void
check_items(const struct run *run)
{
	const struct settings *settings = &run->settings;

	FUZZ_ASSERT(settings->count <= run->lines);
	for (size_t i = 0; i < settings->count; i++) {
		const struct setting *item = &settings->items[i];
		const char *found;

		check_trimmed(settings, item->name);
		check_trimmed(settings, item->value);
		FUZZ_ASSERT(strchr(item->name, '=') == NULL);
		found = settings_get(settings, "", item->name,
				     strlen(item->name));
		FUZZ_ASSERT(found != NULL && found >= item->value);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct run run = { .settings = { .path = "fuzz" }, .lines = 1 };

	/* A file with a NUL byte is refused before. */
	if (memchr(data, '\0', size) != NULL)
		return 0;
	run.settings.text = malloc(size + 1);
	FUZZ_ASSERT(run.settings.text != NULL);
	memcpy(run.settings.text, data, size);
	run.settings.text[size] = '\0';
	run.settings.len = size;
	for (size_t i = 0; i < size; i++)
		run.lines += data[i] == '\n';
	if (parse(&run))
		check_items(&run);
	settings_free(&run.settings);
	return 0;
}
