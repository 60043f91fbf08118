/*
 * reason_token.h - the text of a server, cut into tokens.
 *
 * Tells words from names: a host called spam.example.org says nothing about
 * spam, and its name is not what makes one trouble differ from another.
 */
#ifndef QF_REASON_TOKEN_H
#define QF_REASON_TOKEN_H

#include <stddef.h>

enum qf_token_kind {
	QF_TOKEN_BLANK, /* any number of blanks and control characters */
	QF_TOKEN_WORD,	/* can have digits and . - _ ' in it */
	QF_TOKEN_MARK,	/* one character that is none of all this */
	QF_TOKEN_NUMBER,
	QF_TOKEN_DSN, /* 5.1.1, also with a reply's code: 550-5.1.1 */
	QF_TOKEN_ADDRESS,
	QF_TOKEN_HOST,
	QF_TOKEN_IP,
	QF_TOKEN_ID,
	QF_TOKEN_TIME, /* a date, a time of the day, or how long */
	QF_TOKEN_URL,
	QF_TOKEN_PATH,
	QF_TOKEN_PLACEHOLDER /* what qf_reason_normalise() writes */
};

/* `len' bytes of somebody else's text, at least one. */
struct qf_token {
	enum qf_token_kind kind;
	const char *text;
	size_t len;
};

/*
 * The token that starts at `at', which must be where the text starts or where
 * the last token ended, and not where the text ends.
 */
struct qf_token qf_token_at(const char *at);

/* The same for one part of a URL or a path, between its slashes. */
enum qf_token_kind qf_token_part(const char *part, size_t len);

/* The length of an enhanced status code (RFC 3463) at `at', or 0. */
size_t qf_token_dsn_length(const char *at);

#endif
