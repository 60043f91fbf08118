/*
 * postcat_show.h - one queue file on its way to the output; for postcat_*.c.
 */
#ifndef DROP_IN_POSTCAT_SHOW_H
#define DROP_IN_POSTCAT_SHOW_H

#include "mailq-tools/drop-in/postcat.h"

enum state {
	IN_ENVELOPE, /* or behind the content */
	IN_HEADERS,
	IN_BODY,
};

struct show {
	struct postcat *p;
	int fd;
	const char *path;
	bool can_seek;
	off_t offset; /* where the search for the record began */
	struct qf_record rec;
	enum qf_status status; /* of that search */
	struct qf_error err;
	/* Postfix takes data for strings: up to a NUL. */
	char *text;
	size_t room;
	enum state state;
	bool printing;	 /* what is in this part */
	int previous;	 /* type of the last that was printed */
	long data_size;	 /* of a size record; -1: none was seen */
	long data_start; /* likewise */
	bool is_done;
};

/* postcat_print.c: the output.  A marker stands between two parts. */
void show_string(struct show *s, const char *string);
void show_banner(struct show *s, const char *what);
void show_marker(struct show *s, const char *what);

/* The record with its name, and as its type wants it. */
void show_named(struct show *s);
void show_record(struct show *s);

/*
 * postcat_damage.c: what cannot be read.  Returns where Postfix's sees an end
 * of the file, and nothing wrong.
 */
void show_damage(struct show *s, const struct qf_damage *damage);
_Noreturn void show_fatal(struct show *s);

#endif
