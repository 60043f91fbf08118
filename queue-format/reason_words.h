/*
 * reason_words.h - what a text says, without names, numbers and marks.
 */
#ifndef QF_REASON_WORDS_H
#define QF_REASON_WORDS_H

#include <stddef.h>

/* Whoever has something to say says it sooner. */
#define QF_REASON_WORDS 2048

/*
 * The words of a text, in lower case, each with a blank behind it; "." ends a
 * sentence.
 */
struct qf_reason_words {
	char text[QF_REASON_WORDS + 1];
	size_t len;
	size_t reply; /* where the words of another server start */
};

/* `reply' is what qf_reason_reply() gives. */
void qf_reason_take_words(struct qf_reason_words *words, const char *text,
			  const char *reply);

#endif
