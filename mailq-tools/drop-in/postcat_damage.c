/*
 * postcat_damage.c - what postcat(1) says of files that it cannot read.
 */
#include "postcat_show.h"

#include <errno.h>
#include <string.h>

void
show_fatal(struct show *s)
{
	postcat_fatal(s->p, "record read error");
}

static _Noreturn void
fatal_pointer(struct show *s)
{
	if (s->p->verbose > 0)
		postcat_fatal(s->p, "bad pointer record, or input is not "
				    "seekable");
	show_fatal(s);
}

static void
warn_malformed(struct show *s, const struct qf_record *rec)
{
	size_t len = strnlen(rec->data, rec->len);
	size_t i = 0;

	while (i < len && (rec->data[i] == ' ' ||
			   (rec->data[i] >= '\t' && rec->data[i] <= '\r')))
		i++;
	postcat_warn(s->p, "%s: malformed pointer record value: %.*s", s->path,
		     (int)(len - i), rec->data + i);
}

void
show_damage(struct show *s, const struct qf_damage *damage)
{
	const struct qf_record *rec = &damage->record;

	switch (damage->kind) {
	case QF_DAMAGE_POINTER_FAR:
		return;
	case QF_DAMAGE_POINTER:
		warn_malformed(s, rec);
		fatal_pointer(s);
	case QF_DAMAGE_POINTER_PIPE:
		postcat_warn(s->p, "%s: seek error after pointer record: %s",
			     s->path, strerror(ESPIPE));
		fatal_pointer(s);
	case QF_DAMAGE_CIRCLE:
		postcat_warn(s->p, "%s: too many reverse jump records",
			     s->path);
		fatal_pointer(s);
	case QF_DAMAGE_CUT_LENGTH:
		postcat_warn(s->p,
			     "%s: unexpected EOF reading length, record type "
			     "%d",
			     s->path, rec->type);
		show_fatal(s);
	case QF_DAMAGE_LONG_LENGTH:
		postcat_warn(s->p, "%s: too many length bits, record type %d",
			     s->path, rec->type);
		show_fatal(s);
	case QF_DAMAGE_LARGE:
		postcat_warn(s->p,
			     "%s: record of more than 16 MB, record type %d "
			     "length %zu",
			     s->path, rec->type, rec->len);
		show_fatal(s);
	case QF_DAMAGE_CUT_DATA:
	case QF_DAMAGE_NONE:
		postcat_warn(s->p,
			     "%s: unexpected EOF in data, record type %d "
			     "length %zu",
			     s->path, rec->type, rec->len);
		show_fatal(s);
	}
}
