/*
 * config.h - the settings of a Postfix instance that its queue depends on.
 *
 * The authority is postconf(1) of the Postfix in place, which expands what
 * main.cf says.  A spool without Postfix gets Postfix's built-in defaults.
 * Source: postconf(5).
 */
#ifndef QF_POSTFIX_CONFIG_H
#define QF_POSTFIX_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "queue-format/error.h"
#include "queue-format/postfix/address.h"

/* Deeper directories than anybody has; Postfix itself has no limit. */
#define QF_HASH_DEPTH_MAX 20

struct qf_config {
	char *directory; /* of main.cf; NULL: a spool without Postfix */
	char *instance;	 /* multi_instance_name; may be empty */
	char *instances; /* multi_instance_directories */
	char *queue_directory;
	char *command_directory;
	char *mail_owner;
	char *mail_name;
	char *syslog_name; /* that log lines begin with */
	char *showq_service;
	char *empty_address; /* empty_address_recipient */
	char *hash_queue_names;
	char *mail_version;
	unsigned major; /* of mail_version; 3.7.11: 3, 7 and 11 */
	unsigned minor;
	unsigned patch;
	unsigned hash_queue_depth;	 /* 1 to QF_HASH_DEPTH_MAX */
	unsigned duplicate_filter_limit; /* 0: none */
	bool long_queue_ids;
	bool smtputf8;
	int64_t message_size_limit; /* bytes; 0: none */
	int64_t queue_minfree;
	int64_t minimal_backoff_time; /* these in seconds */
	int64_t maximal_backoff_time;
	int64_t maximal_queue_lifetime;
	int64_t bounce_queue_lifetime;
};

/*
 * Ask postconf about the instance whose main.cf is in `directory', or about
 * the default one (NULL).  Free with qf_config_free() when QF_OK.
 *
 * QF_ABSENT   there is no postconf, so no Postfix
 * QF_INVALID  postconf, or we, cannot make sense of main.cf
 */
enum qf_status qf_config_read(const char *directory, struct qf_config *config,
			      struct qf_error *err);

/* The same from what `postconf -x' printed; never runs anything. */
enum qf_status qf_config_parse(const char *text, struct qf_config *config,
			       struct qf_error *err);

/* The defaults, for a spool in `queue_directory' that has no Postfix. */
enum qf_status qf_config_default(const char *queue_directory,
				 struct qf_config *config,
				 struct qf_error *err);

void qf_config_free(struct qf_config *config);

/* Is this Postfix as new as major.minor? */
bool
qf_config_since(const struct qf_config *config, unsigned major, unsigned minor);

/*
 * Does this Postfix believe the size that a file in maildrop gives for
 * itself, where the submitter's own program has written it?
 */
bool qf_config_trusts_maildrop(const struct qf_config *config);

/* Is a queue of that name hashed (mail_queue_dir())? */
bool qf_config_is_hashed(const struct qf_config *config, const char *queue);

/* How this Postfix replaces bytes that it takes for unprintable. */
enum qf_printable qf_config_printable(const struct qf_config *config);

#endif
