/*
 * html.h - HTML as text that people can read.  Only html.c includes libxml2's
 * headers.
 */
#ifndef QF_CONTENT_HTML_H
#define QF_CONTENT_HTML_H

#include <stddef.h>

#include "queue-format/buffer.h"

/* Once, before rights are given up. */
void qf_html_begin(void);

/*
 * Append the text of a page, which is UTF-8 whatever it says.  Where a link
 * leads stands behind it, since that is what a reader has to know.
 */
void qf_html_text(struct qf_buffer *out, const char *html, size_t len);

#endif
