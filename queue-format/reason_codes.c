/*
 * reason_codes.c - what the codes of a reply alone tell.
 */
#include "reason_codes.h"

/*
 * What RFC 3463 and those after it say, as far as servers keep to it: 5.7.1
 * and 4.7.0 are said of everything.  An `x' is any number.
 */
static const struct {
	const char *dsn;
	enum qf_reason_class theirs;
	enum qf_reason_class ours;
} dsn_rows[] = {
	{ "x.1.1", QF_REASON_NO_SUCH_USER, QF_REASON_NO_SUCH_USER },
	{ "5.1.0", QF_REASON_NO_SUCH_USER, QF_REASON_OTHER },
	{ "x.1.2", QF_REASON_NO_SUCH_USER, QF_REASON_DNS },
	{ "x.1.3", QF_REASON_NO_SUCH_USER, QF_REASON_NO_SUCH_USER },
	{ "x.1.6", QF_REASON_NO_SUCH_USER, QF_REASON_NO_SUCH_USER },
	{ "x.1.7", QF_REASON_POLICY, QF_REASON_POLICY },
	{ "x.1.8", QF_REASON_POLICY, QF_REASON_POLICY },
	{ "x.1.10", QF_REASON_NO_SUCH_USER, QF_REASON_NO_SUCH_USER },
	{ "5.2.1", QF_REASON_NO_SUCH_USER, QF_REASON_NO_SUCH_USER },
	{ "x.2.2", QF_REASON_MAILBOX_FULL, QF_REASON_MAILBOX_FULL },
	{ "x.2.3", QF_REASON_POLICY, QF_REASON_POLICY },
	{ "x.3.1", QF_REASON_MAILBOX_FULL, QF_REASON_LOCAL_CONFIG },
	{ "x.3.2", QF_REASON_REFUSED, QF_REASON_SUSPENDED },
	{ "x.3.4", QF_REASON_POLICY, QF_REASON_POLICY },
	{ "4.3.x", QF_REASON_REFUSED, QF_REASON_LOCAL_CONFIG },
	{ "x.3.5", QF_REASON_REFUSED, QF_REASON_LOCAL_CONFIG },
	/* Microsoft: the recipient is not in the directory. */
	{ "5.4.1", QF_REASON_NO_SUCH_USER, QF_REASON_CONNECT },
	{ "4.4.1", QF_REASON_OTHER, QF_REASON_CONNECT },
	{ "x.4.2", QF_REASON_CONNECT, QF_REASON_CONNECT },
	{ "x.4.3", QF_REASON_REFUSED, QF_REASON_DNS },
	{ "x.4.4", QF_REASON_DNS, QF_REASON_DNS },
	{ "x.4.5", QF_REASON_REFUSED, QF_REASON_REFUSED },
	{ "x.4.6", QF_REASON_LOOP, QF_REASON_LOOP },
	{ "x.4.7", QF_REASON_TIMEOUT, QF_REASON_OTHER },
	{ "x.4.14", QF_REASON_LOOP, QF_REASON_LOOP },
	{ "x.5.3", QF_REASON_POLICY, QF_REASON_POLICY },
	{ "x.6.7", QF_REASON_POLICY, QF_REASON_POLICY },
	{ "x.6.x", QF_REASON_CONTENT, QF_REASON_CONTENT },
	{ "x.7.2", QF_REASON_POLICY, QF_REASON_POLICY },
	{ "4.7.4", QF_REASON_OTHER, QF_REASON_TLS },
	{ "x.7.5", QF_REASON_OTHER, QF_REASON_TLS },
	{ "x.7.8", QF_REASON_POLICY, QF_REASON_LOCAL_CONFIG },
	{ "x.7.9", QF_REASON_POLICY, QF_REASON_LOCAL_CONFIG },
	{ "x.7.10", QF_REASON_TLS, QF_REASON_TLS },
	{ "x.7.11", QF_REASON_TLS, QF_REASON_TLS },
	{ "x.7.13", QF_REASON_NO_SUCH_USER, QF_REASON_NO_SUCH_USER },
	{ "x.7.14", QF_REASON_POLICY, QF_REASON_POLICY },
	{ "x.7.16", QF_REASON_POLICY, QF_REASON_POLICY },
	{ "x.7.17", QF_REASON_NO_SUCH_USER, QF_REASON_NO_SUCH_USER },
	{ "x.7.18", QF_REASON_NO_SUCH_USER, QF_REASON_NO_SUCH_USER },
	{ "x.7.19", QF_REASON_POLICY, QF_REASON_POLICY },
	{ "x.7.20", QF_REASON_POLICY, QF_REASON_POLICY },
	{ "x.7.21", QF_REASON_POLICY, QF_REASON_POLICY },
	{ "x.7.22", QF_REASON_POLICY, QF_REASON_POLICY },
	{ "x.7.23", QF_REASON_POLICY, QF_REASON_POLICY },
	{ "x.7.24", QF_REASON_POLICY, QF_REASON_POLICY },
	{ "x.7.25", QF_REASON_REPUTATION, QF_REASON_OTHER },
	{ "x.7.26", QF_REASON_POLICY, QF_REASON_POLICY },
	{ "x.7.27", QF_REASON_POLICY, QF_REASON_POLICY },
	{ "x.7.28", QF_REASON_RATELIMIT, QF_REASON_OTHER },
	{ "x.7.29", QF_REASON_POLICY, QF_REASON_POLICY },
	{ "x.7.30", QF_REASON_TLS, QF_REASON_TLS },
	/* Microsoft. */
	{ "5.7.54", QF_REASON_POLICY, QF_REASON_OTHER },
	{ "5.7.57", QF_REASON_POLICY, QF_REASON_OTHER },
	{ "5.7.60", QF_REASON_POLICY, QF_REASON_OTHER },
	{ "5.7.64", QF_REASON_POLICY, QF_REASON_OTHER },
	{ "5.7.123", QF_REASON_POLICY, QF_REASON_OTHER },
	{ "5.7.124", QF_REASON_POLICY, QF_REASON_OTHER },
	{ "5.7.133", QF_REASON_POLICY, QF_REASON_OTHER },
	{ "5.7.134", QF_REASON_POLICY, QF_REASON_OTHER },
	{ "5.7.136", QF_REASON_POLICY, QF_REASON_OTHER },
	{ "5.7.501", QF_REASON_REPUTATION, QF_REASON_OTHER },
	{ "5.7.502", QF_REASON_REPUTATION, QF_REASON_OTHER },
	{ "5.7.503", QF_REASON_REPUTATION, QF_REASON_OTHER },
	{ "5.7.506", QF_REASON_REPUTATION, QF_REASON_OTHER },
	{ "5.7.508", QF_REASON_RATELIMIT, QF_REASON_OTHER },
	{ "5.7.509", QF_REASON_POLICY, QF_REASON_OTHER },
	{ "5.7.511", QF_REASON_REPUTATION, QF_REASON_OTHER },
	{ "5.7.515", QF_REASON_POLICY, QF_REASON_OTHER },
	{ "5.7.606", QF_REASON_REPUTATION, QF_REASON_OTHER },
	{ "4.7.650", QF_REASON_REPUTATION, QF_REASON_OTHER },
	{ "4.7.651", QF_REASON_REPUTATION, QF_REASON_OTHER },
	{ "5.7.705", QF_REASON_RATELIMIT, QF_REASON_OTHER },
	{ "5.7.708", QF_REASON_REPUTATION, QF_REASON_OTHER },
};

/* "5.1.10" is "x.1.10", and "5.1" without an end is not "x.1.1". */
static bool
dsn_matches(const char *row, const char *dsn, size_t len)
{
	const char *end = dsn + len;

	for (; *row != '\0'; row++) {
		if (*row == 'x') {
			while (dsn < end && *dsn >= '0' && *dsn <= '9')
				dsn++;
		} else if (dsn == end || *dsn++ != *row) {
			return false;
		}
	}
	return dsn == end;
}

enum qf_reason_class
qf_reason_class_of_dsn(const char *dsn, size_t len, bool ours)
{
	for (size_t i = 0; i < sizeof(dsn_rows) / sizeof(dsn_rows[0]); i++) {
		if (dsn_matches(dsn_rows[i].dsn, dsn, len))
			return ours ? dsn_rows[i].ours : dsn_rows[i].theirs;
	}
	return QF_REASON_OTHER;
}

/* Most codes of SMTP say only whether to try again; 421 ends any dialogue. */
enum qf_reason_class
qf_reason_class_of_code(int code, enum qf_reason_stage stage)
{
	switch (code) {
	case 521: /* Of their host in RFC 7504, in fact of ours. */
		return QF_REASON_REPUTATION;
	case 523:
	case 530:
	case 534:
	case 535:
	case 538:
		return QF_REASON_POLICY;
	case 552: /* Behind a message it is of its size, or what is in it. */
		return stage == QF_STAGE_SENDER || stage == QF_STAGE_MESSAGE
			       ? QF_REASON_OTHER
			       : QF_REASON_MAILBOX_FULL;
	case 556:
		return QF_REASON_NO_SUCH_USER;
	default:
		return QF_REASON_OTHER;
	}
}
