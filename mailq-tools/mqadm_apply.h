/*
 * mqadm_apply.h - a plan that is read, and looked at or done.
 */
#ifndef MQADM_APPLY_H
#define MQADM_APPLY_H

#include "mailq-tools/mqadm.h"
#include "mailq-tools/plan_file.h"

struct apply {
	struct mqadm *m;
	struct plan_file file;
	struct qf_arena arena; /* strings of the plan */
};

/*
 * Read the file to its end: what is to be done, and to which messages, is in
 * apply->m then.  Ends the program for what is no plan, or not all of one.
 */
void apply_read(struct apply *apply);

/* Print what it would be about, by what is in the queue. */
void apply_look(const struct apply *apply);

#endif
