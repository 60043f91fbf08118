/*
 * reason_phrases.h - the words by which a reason is known.
 *
 * Knows no algorithm: to teach the suite the words of another server is to
 * add a row.
 */
#ifndef QF_REASON_PHRASES_H
#define QF_REASON_PHRASES_H

#include <stddef.h>

#include "reason.h"

enum qf_reason_speaker {
	QF_SAID_BY_ANYBODY,
	QF_SAID_BY_US,	 /* our own Postfix */
	QF_SAID_BY_THEM, /* in the reply of another server */
};

/*
 * Words in lower case with one blank between, without names, numbers and
 * punctuation: what stands between two words of the text does not count, nor
 * do apostrophes ("dont").  `*' stands for anything within some 60 bytes, at
 * the end of a phrase for the rest of a word.
 */
struct qf_reason_phrase {
	const char *text;
	enum qf_reason_class reason_class;
	enum qf_reason_speaker speaker;
};

/*
 * The words of a set, ended by NULL; NULL: there is none of that name.  A word
 * in capitals in a phrase is the name of a set, and stands for any of its
 * words.
 */
const char *const *qf_reason_set(const char *name, size_t len);

/* Of two phrases that are found the one that comes first counts. */
const struct qf_reason_phrase *qf_reason_phrases(size_t *count);

#endif
