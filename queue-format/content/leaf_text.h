/*
 * leaf_text.h - what a person would be shown of a part.
 */
#ifndef QF_CONTENT_LEAF_TEXT_H
#define QF_CONTENT_LEAF_TEXT_H

#include "finding.h"
#include "mime.h"

/* Which parts had text that is not only blanks; all zero at first. */
struct qf_leaf_texts {
	bool *shown;
	size_t count;
};

void qf_leaf_texts_free(struct qf_leaf_texts *texts);

/* Is text of this part wanted? */
bool qf_leaf_text_wanted(const struct qf_mime_part *part, unsigned want);

/*
 * The decoded bytes of part i of a tree, which are `cut' off, or not, become
 * text of the finding, if it is wanted (enum qf_content_want).
 */
void qf_leaf_text_add(struct qf_leaf_texts *texts, const struct qf_mime *tree,
		      size_t i, const char *data, size_t len, bool cut,
		      unsigned want, struct qf_finding *finding);

#endif
