/*
 * settings.c - what the administrator has set for the suite.
 */
#include "settings.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* More than that is no file of settings, and no expression either. */
#define SMALL_FILE_MAX ((size_t)1024 * 1024)

static enum qf_status
read_all(int fd, const char *path, char *text, size_t *len,
	 struct qf_error *err)
{
	size_t filled = 0;

	for (;;) {
		ssize_t got = read(fd, text + filled, SMALL_FILE_MAX - filled);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return qf_system(err, "%s", path);
		if (got == 0)
			break;
		filled += (size_t)got;
		if (filled == SMALL_FILE_MAX)
			return qf_fail(err, QF_INVALID,
				       "%s: more than %zu bytes", path,
				       SMALL_FILE_MAX);
	}
	if (memchr(text, '\0', filled) != NULL)
		return qf_fail(err, QF_INVALID,
			       "%s: has a NUL byte: it is no text", path);
	text[filled] = '\0';
	*len = filled;
	return QF_OK;
}

enum qf_status
read_small_file(const char *path, char **text, size_t *len,
		struct qf_error *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	enum qf_status status;
	char *buffer;

	if (fd < 0)
		return qf_system(err, "%s", path);
	buffer = malloc(SMALL_FILE_MAX + 1);
	status = buffer == NULL ? qf_system(err, "%s", path)
				: read_all(fd, path, buffer, len, err);
	close(fd);
	if (status == QF_OK)
		*text = buffer;
	else
		free(buffer);
	return status;
}

void
settings_open(struct tool *tool, struct settings *settings)
{
	struct qf_error err;
	enum qf_status status;

	*settings = (struct settings){ .path = tool->settings };
	if (settings->path == NULL)
		settings->path = SETTINGS_FILE;
	status = read_small_file(settings->path, &settings->text,
				 &settings->len, &err);
	if (status == QF_OK || (status == QF_GONE && tool->settings == NULL))
		return;
	tool_die(tool,
		 status == QF_INVALID ? TOOL_BAD_DATA : tool_exit_of(status),
		 "%s", err.text);
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static char *
trim(char *text)
{
	size_t len;

	while (is_blank(*text) || *text == '\n')
		text++;
	len = strlen(text);
	while (len > 0 && (is_blank(text[len - 1]) || text[len - 1] == '\n'))
		len--;
	text[len] = '\0';
	return text;
}

static void
add(struct tool *tool, struct settings *settings, const char *name,
    const char *value)
{
	if (settings->count == settings->room) {
		size_t room = settings->room == 0 ? 16 : settings->room * 2;
		struct setting *items =
			reallocarray(settings->items, room, sizeof(*items));

		if (items == NULL)
			tool_die(tool, TOOL_IO, "%s: out of memory",
				 settings->path);
		settings->items = items;
		settings->room = room;
	}
	settings->items[settings->count++] = (struct setting){ name, value };
}

/* What has no meaning is most often a name that was mistyped. */
static bool
is_known(const char *name)
{
	static const char selection[] = "selection.";
	static const char *const names[] = {
		"journal_days",	   "journal_messages", "postsuper_delete",
		"state_directory", "trash_days",       "trash_messages",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(names[i], name) == 0)
			return true;
	}
	return strncmp(name, selection, sizeof(selection) - 1) == 0 &&
	       name[sizeof(selection) - 1] != '\0';
}

/* A logical line that begins in line `number' of the file. */
static void
take_line(struct tool *tool, struct settings *settings, char *line,
	  size_t number)
{
	char *equals = strchr(line, '=');
	const char *name;

	if (equals == NULL)
		tool_die(tool, TOOL_BAD_DATA,
			 "%s, line %zu: expected \"name = value\"",
			 settings->path, number);
	*equals = '\0';
	name = trim(line);
	if (!is_known(name))
		tool_note(tool, "%s, line %zu: there is no setting \"%s\"",
			  settings->path, number, name);
	add(tool, settings, name, trim(equals + 1));
}

/* Comments and empty lines may stand between a line and its continuation. */
static bool
is_nothing(const char *line)
{
	while (is_blank(*line))
		line++;
	return *line == '\n' || *line == '\0' || *line == '#';
}

/* The end of the line, behind its newline. */
static char *
line_end(char *line)
{
	char *end = strchr(line, '\n');

	return end == NULL ? line + strlen(line) : end + 1;
}

static void
blank_out(char *line, const char *end)
{
	for (; line < end; line++)
		*line = ' ';
}

void
settings_parse(struct tool *tool, struct settings *settings)
{
	char *line = settings->parsed ? NULL : settings->text;
	size_t number = 1;

	settings->parsed = true;
	while (line != NULL && *line != '\0') {
		char *end = line_end(line);
		size_t first = number++;
		char *last = end;

		if (is_nothing(line)) {
			line = end;
			continue;
		}
		/* What continues it, and what does not count in between. */
		while (*end != '\0' && (is_blank(*end) || is_nothing(end))) {
			char *next = line_end(end);

			number++;
			if (is_nothing(end))
				blank_out(end, next);
			else
				last = next;
			end = next;
		}
		if (last[-1] == '\n')
			last[-1] = '\0';
		take_line(tool, settings, line, first);
		line = end;
	}
}

const char *
settings_get(const struct settings *settings, const char *prefix,
	     const char *name, size_t len)
{
	size_t prefix_len = strlen(prefix);

	for (size_t i = settings->count; i > 0; i--) {
		const struct setting *item = &settings->items[i - 1];

		if (strncmp(item->name, prefix, prefix_len) == 0 &&
		    strlen(item->name) == prefix_len + len &&
		    memcmp(item->name + prefix_len, name, len) == 0)
			return item->value;
	}
	return NULL;
}

uint32_t
settings_number(struct tool *tool, const struct settings *settings,
		const char *name, uint32_t otherwise)
{
	const char *text = settings_get(settings, "", name, strlen(name));
	char *end = NULL;
	unsigned long number;

	if (text == NULL)
		return otherwise;
	errno = 0;
	number = strtoul(text, &end, 10);
	if (*text < '0' || *text > '9' || *end != '\0' || errno != 0 ||
	    number == 0 || number > UINT32_MAX)
		tool_die(tool, TOOL_BAD_DATA,
			 "%s: %s: \"%s\" is not a number above zero",
			 settings->path, name, text);
	return (uint32_t)number;
}

void
settings_free(struct settings *settings)
{
	free(settings->items);
	free(settings->text);
	*settings = (struct settings){ 0 };
}
