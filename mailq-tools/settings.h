/*
 * settings.h - what the administrator has set for the suite:
 * /etc/mailq-tools.conf, or the file of --settings.
 *
 * The syntax is that of Postfix's main.cf: "name = value", a line that begins
 * with white space continues the one before it, a line whose first character
 * is a # is a comment.
 */
#ifndef SETTINGS_H
#define SETTINGS_H

#include "mailq-tools/tool.h"

#define SETTINGS_FILE "/etc/mailq-tools.conf"

struct setting {
	const char *name;
	const char *value;
};

struct settings {
	const char *path;
	char *text; /* of the file; names and values are in it */
	size_t len;
	bool parsed;
	struct setting *items; /* as they stand in the file */
	size_t count;
	size_t room;
};

/*
 * Read the bytes of the file with the rights of the caller.  It need not be
 * there, unless --settings names it; ends the program when it cannot be read.
 */
void settings_open(struct tool *tool, struct settings *settings);

/*
 * Understand them; ends the program at a line that is none.  To do it twice is
 * no mistake.
 */
void settings_parse(struct tool *tool, struct settings *settings);

/* The value; NULL: not set.  The last one counts, as in main.cf. */
const char *settings_get(const struct settings *settings, const char *prefix,
			 const char *name, size_t len);

/*
 * A number above zero, or what is given here where it is not set; ends the
 * program for anything else.
 */
uint32_t settings_number(struct tool *tool, const struct settings *settings,
			 const char *name, uint32_t otherwise);

/* What the journal remembers where the settings say nothing. */
#define SETTINGS_JOURNAL_DAYS	  90
#define SETTINGS_JOURNAL_MESSAGES 2000000

void settings_free(struct settings *settings);

/*
 * Read a whole file that is not expected to be long, into memory of the
 * caller, with a NUL behind it.  QF_GONE: there is none.
 */
enum qf_status read_small_file(const char *path, char **text, size_t *len,
			       struct qf_error *err);

#endif
