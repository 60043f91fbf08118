/*
 * mqadm_check.h - the doctor: what it has found, and what comes of it.
 */
#ifndef MQADM_CHECK_H
#define MQADM_CHECK_H

#include "mqadm.h"

#include "queue-format/check/check.h"

struct mqadm_check {
	struct mqadm *m;
	struct qf_check checks[ACCESS_MAX]; /* as access.names */
	struct qf_check_report reports[ACCESS_MAX];
	uint64_t counts[QF_CHECK_NOTICE + 1]; /* by severity */
	uint64_t repairable;
	uint64_t files;
};

/* Look, and count; what could not be looked at is complained about. */
void mqadm_check_look(struct mqadm_check *check);
void mqadm_check_free(struct mqadm_check *check);

/* What was found, on standard output. */
void mqadm_check_print(struct mqadm_check *check);

/* Put right what can be, in all instances. */
void mqadm_check_mend(struct mqadm_check *check);

/* Take back what a job of this kind has moved. */
void
mqadm_check_undo(struct mqadm *m, size_t instance, const struct qf_job_id *job);

#endif
