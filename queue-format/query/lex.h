/*
 * lex.h - an expression in pieces.  Private to query/.
 *
 * Where a value stands, the parser asks for one: an address may be made of
 * what are operators elsewhere.
 */
#ifndef QF_QUERY_LEX_H
#define QF_QUERY_LEX_H

#include "queue-format/span.h"

#include <stdbool.h>

enum qf_token {
	QF_TOKEN_END,
	QF_TOKEN_WORD,	   /* a keyword or a field */
	QF_TOKEN_NAME,	   /* @NAME; the text is without the @ */
	QF_TOKEN_OPERATOR, /* = != < <= > >= ~ !~ */
	QF_TOKEN_OPEN,
	QF_TOKEN_CLOSE,
	QF_TOKEN_COMMA,
	QF_TOKEN_OTHER, /* nothing of these; the text is one run of it */
};

struct qf_lexer {
	const char *text; /* ends in NUL */
	bool comments;	  /* what stands behind a # in its line is one */
	size_t next;	  /* where to go on */
	size_t before;	  /* where the piece before this one ended */
	/* The piece that is looked at. */
	enum qf_token token;
	size_t offset;
	struct qf_span span;
};

/* What a value looks like; it is copied, for what quotes change. */
enum qf_lex_value {
	QF_LEX_VALUE,
	QF_LEX_NOTHING,	   /* no value stands there */
	QF_LEX_OPEN_QUOTE, /* it does not end */
};

/* Look at the first piece. */
void qf_lex_start(struct qf_lexer *lexer, const char *text, bool comments);

/* Look at the next one. */
void qf_lex_next(struct qf_lexer *lexer);

/*
 * Take the piece that is looked at, and what is joined to it, as a value:
 * lexer->span is then all of it, with its quotes, and qf_lex_next() goes on
 * behind it.
 */
enum qf_lex_value qf_lex_value(struct qf_lexer *lexer);

/* Is the piece this keyword, in whatever case? */
bool qf_lex_is(const struct qf_lexer *lexer, const char *keyword);

#endif
