/*
 * regex.h - regular expressions, by PCRE2.  Private to query/.
 *
 * Neither a pattern nor a text can make a match run away: there are limits,
 * and meeting one is an answer of its own.
 */
#ifndef QF_QUERY_REGEX_H
#define QF_QUERY_REGEX_H

#include "queue-format/query/query.h"

struct qf_regex;

enum qf_regex_answer {
	QF_REGEX_NO,
	QF_REGEX_YES,
	QF_REGEX_LIMIT, /* it took too much time or memory */
};

/*
 * Found anywhere in the text, without case unless the pattern says so.
 *
 * QF_INVALID  mistake->text, and the place in the pattern
 * QF_SYSTEM   out of memory
 */
enum qf_status qf_regex_new(struct qf_span pattern, struct qf_regex **regex,
			    struct qf_query_mistake *mistake);

/* By any number of threads at once. */
enum qf_regex_answer
qf_regex_ask(const struct qf_regex *regex, struct qf_span text);

/* A list of them, for who owns many. */
struct qf_regex *qf_regex_push(struct qf_regex *regex, struct qf_regex *list);
void qf_regex_free_all(struct qf_regex *list); /* NULL is allowed */

#endif
