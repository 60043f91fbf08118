/*
 * mqls.h - what mqls was asked for, and how far it is.
 */
#ifndef MQLS_H
#define MQLS_H

#include "mailq-tools/access.h"
#include "mailq-tools/by.h"
#include "mailq-tools/explain.h"
#include "mailq-tools/holder.h"
#include "mailq-tools/id_list.h"
#include "mailq-tools/output.h"
#include "mailq-tools/progress.h"
#include "mailq-tools/rows.h"
#include "mailq-tools/summary.h"
#include "mailq-tools/tool.h"
#include "mailq-tools/value.h"
#include "mailq-tools/where.h"

struct mqls {
	struct tool tool;
	struct access access;
	struct output output;
	enum output_format listed_as;
	struct columns columns;
	struct id_list ids;
	struct rows rows;
	struct by by;
	struct where where;
	const char *like; /* an id, or NULL */
	struct qf_buffer like_text;
	struct explain explain;
	struct holder holder;
	struct progress progress;
	struct qf_selection selection;
	bool by_id;
	bool count_only;
	bool explains;
	struct option_lists columns_given;
	struct option_lists sorts_given;
	size_t limit;
	unsigned threads;
	uint64_t seen; /* so far */
	struct summary summary;
};

static inline bool
is_grouped(const struct mqls *m)
{
	return m->by.field_count > 0;
}

/*
 * Read the command line; ends the program for a mistake in it, and for what
 * only prints something.
 */
void mqls_read_options(struct mqls *m, int argc, char **argv);

#endif
