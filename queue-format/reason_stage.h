/*
 * reason_stage.h - what a reply can mean, by when it was given and how.
 *
 * A server that has not been told the recipient does not speak of one, and
 * one that refuses for good does not mean that it is busy.
 */
#ifndef QF_REASON_STAGE_H
#define QF_REASON_STAGE_H

#include "reason.h"

/* How far the dialogue got: what the other server had seen. */
enum qf_reason_stage {
	QF_STAGE_UNKNOWN,
	QF_STAGE_GREETING, /* our host, and the name it gave */
	QF_STAGE_TLS,
	QF_STAGE_SENDER,
	QF_STAGE_RECIPIENT,
	QF_STAGE_MESSAGE,
};

/* What is known of a reply before its words are read. */
struct qf_reason_setting {
	bool ours; /* no other server says it */
	enum qf_reason_stage stage;
	int code;     /* of SMTP; 0: none */
	char subject; /* '7' in 5.7.1, which is about security; '\0': none */
	bool is_of_sender; /* so says its status code */
};

/* `reply' is what qf_reason_reply() gives. */
struct qf_reason_setting qf_reason_setting(const char *text, const char *reply);

/*
 * Whether a reply in this setting can be of this class at all.  Words that
 * speak of another class are there by chance.
 */
bool qf_reason_is_possible(enum qf_reason_class reason_class,
			   const struct qf_reason_setting *setting);

/*
 * What words of this class mean in this setting: a name that is not found is
 * the one that they were told last, and who speaks of spam before there is a
 * message means our host.
 */
enum qf_reason_class qf_reason_meant(enum qf_reason_class reason_class,
				     const struct qf_reason_setting *setting);

/* When neither words nor codes tell. */
enum qf_reason_class
qf_reason_class_of_setting(const struct qf_reason_setting *setting);

#endif
