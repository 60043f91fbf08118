/*
 * reason.c - the class of a reason.
 *
 * What the words say counts first, then the codes, then when it was said.
 */
#include "reason.h"

#include <string.h>
#include <strings.h>

#include "reason_codes.h"
#include "reason_match.h"
#include "reason_stage.h"
#include "reason_text.h"
#include "reason_token.h"

static const struct {
	const char *name;
	const char *hint;
} classes[QF_REASON_CLASS_COUNT] = {
	[QF_REASON_DNS] = { "dns", "check its MX records and your resolver" },
	[QF_REASON_CONNECT] = { "connect",
				"check route and firewall; is it up?" },
	[QF_REASON_REFUSED] = { "refused",
				"their trouble: wait, or tell them" },
	[QF_REASON_TIMEOUT] = { "timeout",
				"check firewall on port 25, or wait" },
	[QF_REASON_TLS] = { "tls", "compare TLS policies and certificates" },
	[QF_REASON_GREYLIST] = { "greylist",
				 "nothing: a later try gets through" },
	[QF_REASON_RATELIMIT] = { "ratelimit",
				  "send slower to this destination" },
	[QF_REASON_REPUTATION] = { "reputation",
				   "check blocklists, reverse DNS" },
	[QF_REASON_MAILBOX_FULL] = { "mailbox-full", "tell them another way" },
	[QF_REASON_NO_SUCH_USER] = { "no-such-user",
				     "correct or drop the address" },
	[QF_REASON_POLICY] = { "policy", "check SPF, DKIM, DMARC and sender" },
	[QF_REASON_CONTENT] = { "content",
				"look at it: is an account abused?" },
	[QF_REASON_LOOP] = { "loop", "check MX, mydestination and aliases" },
	[QF_REASON_LOCAL_CONFIG] = { "local-config",
				     "repair it: see the mail log" },
	[QF_REASON_SUSPENDED] = { "suspended",
				  "see why earlier deliveries failed" },
	[QF_REASON_OTHER] = { "other", "read the text, and its code" },
};

const char *
qf_reason_class_name(enum qf_reason_class reason_class)
{
	return classes[reason_class].name;
}

bool
qf_reason_class_by_name(const char *name, size_t len,
			enum qf_reason_class *reason_class)
{
	for (int i = QF_REASON_NONE + 1; i < QF_REASON_CLASS_COUNT; i++) {
		if (strlen(classes[i].name) == len &&
		    strncasecmp(classes[i].name, name, len) == 0) {
			*reason_class = (enum qf_reason_class)i;
			return true;
		}
	}
	return false;
}

const char *
qf_reason_hint(enum qf_reason_class reason_class)
{
	return classes[reason_class].hint;
}

/*
 * Postfix logs a status code that it makes up when the reply has none.  What
 * the reply has counts alone, even if it says nothing.
 */
static enum qf_reason_class
class_of_codes(const char *text, const char *dsn,
	       const struct qf_reason_setting *setting)
{
	struct qf_span span = qf_reason_dsn(text);
	enum qf_reason_class found = QF_REASON_OTHER;

	/* They did not understand a command, whatever else they found. */
	if (setting->code >= 500 && setting->code <= 503)
		return QF_REASON_OTHER;
	if (span.len > 0)
		found = qf_reason_class_of_dsn(span.text, span.len, false);
	else if (dsn != NULL && qf_token_dsn_length(dsn) == strlen(dsn))
		found = qf_reason_class_of_dsn(dsn, strlen(dsn), setting->ours);
	if (found == QF_REASON_OTHER && span.len == 0)
		found = qf_reason_class_of_code(setting->code, setting->stage);
	return qf_reason_is_possible(found, setting)
		       ? qf_reason_meant(found, setting)
		       : QF_REASON_OTHER;
}

enum qf_reason_class
qf_reason_classify(const struct qf_reason_table *table, const char *text,
		   const char *dsn)
{
	static const char wrapper[] = "delivery temporarily suspended: ";
	size_t wrapped = sizeof(wrapper) - 1;
	struct qf_reason_setting setting;
	enum qf_reason_class found;
	const char *reply;

	/* What it wraps is the cause. */
	while (strncmp(text, wrapper, wrapped) == 0 && text[wrapped] != '\0')
		text += wrapped;
	if (*text == '\0')
		return QF_REASON_NONE;
	reply = qf_reason_reply(text);
	setting = qf_reason_setting(text, reply);
	found = qf_reason_match(table, text, reply, &setting);
	if (found == QF_REASON_OTHER)
		found = class_of_codes(text, dsn, &setting);
	return found == QF_REASON_OTHER ? qf_reason_class_of_setting(&setting)
					: found;
}
