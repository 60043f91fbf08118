/*
 * reason_stage.c - what a reply can mean, by when it was given.
 */
#include "reason_stage.h"

#include <string.h>

#include "reason_text.h"

static enum qf_reason_stage
stage_of(const char *text, const char *reply)
{
	static const struct {
		const char *command;
		enum qf_reason_stage stage;
	} commands[] = {
		{ "HELO", QF_STAGE_GREETING },
		{ "EHLO", QF_STAGE_GREETING },
		{ "LHLO", QF_STAGE_GREETING },
		{ "STARTTLS", QF_STAGE_TLS },
		{ "MAIL FROM", QF_STAGE_SENDER },
		{ "RCPT TO", QF_STAGE_RECIPIENT },
		{ "end of DATA", QF_STAGE_MESSAGE },
	};
	static const char no_talk[] = " refused to talk to me: ";
	const char *last = NULL;
	const char *found;

	if (reply == NULL)
		return QF_STAGE_UNKNOWN;
	/* What they quote comes sooner. */
	for (found = strstr(reply, QF_IN_REPLY_TO); found != NULL;
	     found = strstr(last, QF_IN_REPLY_TO))
		last = found + strlen(QF_IN_REPLY_TO);
	if (last == NULL) {
		found = strstr(text, no_talk);
		return found != NULL && found < reply ? QF_STAGE_GREETING
						      : QF_STAGE_UNKNOWN;
	}
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (strncmp(last, commands[i].command,
			    strlen(commands[i].command)) == 0)
			return commands[i].stage;
	}
	return QF_STAGE_UNKNOWN;
}

/* x.1.7 and x.1.8 speak of the sender's address and its domain. */
static bool
is_of_sender(struct qf_span dsn)
{
	return dsn.len == 5 && dsn.text[2] == '1' &&
	       (dsn.text[4] == '7' || dsn.text[4] == '8');
}

struct qf_reason_setting
qf_reason_setting(const char *text, const char *reply)
{
	struct qf_span dsn = qf_reason_dsn(text);

	return (struct qf_reason_setting){
		.ours = reply == NULL,
		.stage = stage_of(text, reply),
		.code = qf_reason_code(text),
		.subject = dsn.len > 0 ? dsn.text[2] : '\0',
		.is_of_sender = is_of_sender(dsn),
	};
}

/* No server says of trouble that passes that it is there for good. */
static bool
is_for_good(const struct qf_reason_setting *setting)
{
	/* But 554 as a greeting says "not now", and x.3.x is of its system. */
	return setting->code >= 500 && setting->stage != QF_STAGE_GREETING &&
	       setting->subject != '3';
}

static bool
is_before_message(enum qf_reason_stage stage)
{
	return stage == QF_STAGE_GREETING || stage == QF_STAGE_SENDER ||
	       stage == QF_STAGE_RECIPIENT;
}

/* 4.3.x: their system has trouble, whatever they call it. */
static bool
is_their_trouble(const struct qf_reason_setting *setting)
{
	return setting->code < 500 && setting->subject == '3';
}

bool
qf_reason_is_possible(enum qf_reason_class reason_class,
		      const struct qf_reason_setting *setting)
{
	int code = setting->code;

	switch (reason_class) {
	case QF_REASON_CONNECT:
	case QF_REASON_REFUSED:
	case QF_REASON_TIMEOUT:
	case QF_REASON_SUSPENDED:
		return !is_for_good(setting);
	case QF_REASON_GREYLIST:
		/* It waits for the recipient. */
		return !is_for_good(setting) &&
		       setting->stage != QF_STAGE_GREETING &&
		       setting->stage != QF_STAGE_SENDER;
	case QF_REASON_CONTENT:
		/* A message that was judged is not to be sent again. */
		return !is_before_message(setting->stage) &&
		       (setting->code == 0 || setting->code >= 500);
	case QF_REASON_POLICY:
		return !is_their_trouble(setting) ||
		       setting->stage == QF_STAGE_SENDER;
	case QF_REASON_MAILBOX_FULL:
		/* 4.7.1 speaks of another quota than that of a mailbox. */
		return setting->subject != '7' || code == 552 || code == 522;
	default:
		return true;
	}
}

enum qf_reason_class
qf_reason_meant(enum qf_reason_class reason_class,
		const struct qf_reason_setting *setting)
{
	enum qf_reason_stage stage = setting->stage;

	switch (reason_class) {
	case QF_REASON_CONTENT:
		return is_before_message(stage) ? QF_REASON_REPUTATION
						: QF_REASON_CONTENT;
	case QF_REASON_DNS:
	case QF_REASON_NO_SUCH_USER:
		if (stage == QF_STAGE_GREETING)
			return QF_REASON_REPUTATION;
		return stage == QF_STAGE_SENDER || setting->is_of_sender
			       ? QF_REASON_POLICY
			       : reason_class;
	default:
		return reason_class;
	}
}

enum qf_reason_class
qf_reason_class_of_setting(const struct qf_reason_setting *setting)
{
	enum qf_reason_stage stage = setting->stage;
	int code = setting->code;

	if (stage == QF_STAGE_TLS)
		return QF_REASON_TLS;
	if (stage != QF_STAGE_GREETING)
		return QF_REASON_OTHER;
	/* 500, 502 and 503 are of commands that it does not know. */
	return code == 501 || code == 504 || code > 504 ? QF_REASON_REPUTATION
							: QF_REASON_OTHER;
}
