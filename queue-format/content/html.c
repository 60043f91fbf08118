/*
 * html.c - HTML as text that people can read.
 *
 * The page comes as a row of events, so that no tree of it is ever in memory,
 * and nesting costs nothing.
 */
#include "html.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include <libxml/HTMLparser.h>

#define STEP	     16384
#define LONGEST_LINK 2000

/* What an element does to the text. */
enum effect {
	EFFECT_NONE,
	EFFECT_LINE,	  /* stands on lines of its own */
	EFFECT_PARAGRAPH, /* and has an empty line around it */
	EFFECT_BREAK,
	EFFECT_RULE,
	EFFECT_ITEM,
	EFFECT_CELL,
	EFFECT_AS_IS, /* blanks count */
	EFFECT_LINK,
	EFFECT_IMAGE,
	EFFECT_HIDDEN,
};

static const struct {
	const char *name;
	enum effect effect;
} elements[] = {
	{ "a", EFFECT_LINK },	      { "address", EFFECT_LINE },
	{ "article", EFFECT_LINE },   { "blockquote", EFFECT_PARAGRAPH },
	{ "br", EFFECT_BREAK },	      { "caption", EFFECT_LINE },
	{ "center", EFFECT_LINE },    { "dd", EFFECT_LINE },
	{ "div", EFFECT_LINE },	      { "dl", EFFECT_PARAGRAPH },
	{ "dt", EFFECT_LINE },	      { "fieldset", EFFECT_LINE },
	{ "footer", EFFECT_LINE },    { "form", EFFECT_LINE },
	{ "h1", EFFECT_PARAGRAPH },   { "h2", EFFECT_PARAGRAPH },
	{ "h3", EFFECT_PARAGRAPH },   { "h4", EFFECT_PARAGRAPH },
	{ "h5", EFFECT_PARAGRAPH },   { "h6", EFFECT_PARAGRAPH },
	{ "header", EFFECT_LINE },    { "hr", EFFECT_RULE },
	{ "img", EFFECT_IMAGE },      { "li", EFFECT_ITEM },
	{ "ol", EFFECT_PARAGRAPH },   { "p", EFFECT_PARAGRAPH },
	{ "pre", EFFECT_AS_IS },      { "script", EFFECT_HIDDEN },
	{ "section", EFFECT_LINE },   { "select", EFFECT_HIDDEN },
	{ "style", EFFECT_HIDDEN },   { "table", EFFECT_PARAGRAPH },
	{ "td", EFFECT_CELL },	      { "template", EFFECT_HIDDEN },
	{ "textarea", EFFECT_AS_IS }, { "th", EFFECT_CELL },
	{ "title", EFFECT_HIDDEN },   { "tr", EFFECT_LINE },
	{ "ul", EFFECT_PARAGRAPH },
};

struct page {
	struct qf_buffer *out;
	size_t start;	   /* of the page, in `out' */
	unsigned hidden;   /* elements that are, around here */
	unsigned as_is;	   /* the same for blanks that count */
	unsigned newlines; /* that are due before the next text */
	bool blank;	   /* one is due before it */
	char link[LONGEST_LINK];
	size_t link_start; /* of its text, in `out' */
};

static enum effect
effect_of(const xmlChar *name)
{
	for (size_t i = 0; i < sizeof(elements) / sizeof(elements[0]); i++)
		if (strcasecmp((const char *)name, elements[i].name) == 0)
			return elements[i].effect;
	return EFFECT_NONE;
}

static void
want_lines(struct page *page, unsigned newlines)
{
	if (page->newlines < newlines)
		page->newlines = newlines;
	page->blank = false;
}

/* Text follows: what is due before it comes first. */
static void
begin_text(struct page *page)
{
	if (page->newlines > 0 && page->out->len > page->start)
		qf_buffer_fill(page->out, '\n', page->newlines);
	else if (page->blank && page->out->len > page->start &&
		 page->newlines == 0)
		qf_buffer_byte(page->out, ' ');
	page->newlines = 0;
	page->blank = false;
}

static bool
is_blank(xmlChar c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

static void
on_text(void *context, const xmlChar *text, int len)
{
	struct page *page = context;

	if (page->hidden > 0)
		return;
	for (int i = 0; i < len; i++) {
		if (page->as_is > 0 && text[i] == '\n') {
			page->newlines++;
		} else if (page->as_is == 0 && is_blank(text[i])) {
			page->blank = true;
		} else {
			begin_text(page);
			qf_buffer_byte(page->out, (char)text[i]);
		}
	}
}

static const char *
attribute(const xmlChar **attributes, const char *name)
{
	for (size_t i = 0; attributes != NULL && attributes[i] != NULL; i += 2)
		if (strcasecmp((const char *)attributes[i], name) == 0)
			return attributes[i + 1] == NULL
				       ? ""
				       : (const char *)attributes[i + 1];
	return "";
}

static void
begin_link(struct page *page, const char *target)
{
	page->link[0] = '\0';
	page->link_start = page->out->len;
	if (target[0] == '\0' || target[0] == '#' ||
	    strlen(target) >= sizeof(page->link))
		return;
	memcpy(page->link, target, strlen(target) + 1);
}

/* A link whose text says where it leads is not said twice. */
static void
end_link(struct page *page)
{
	const char *target = page->link;
	size_t len;

	if (strncasecmp(target, "mailto:", 7) == 0)
		target += 7;
	len = strlen(target);
	if (len > 0 && (page->out->len - page->link_start < len ||
			memcmp(page->out->data + page->out->len - len, target,
			       len) != 0)) {
		begin_text(page);
		if (page->out->len > page->start &&
		    page->out->data[page->out->len - 1] != ' ' &&
		    page->out->data[page->out->len - 1] != '\n')
			qf_buffer_byte(page->out, ' ');
		qf_buffer_byte(page->out, '<');
		qf_buffer_string(page->out, target);
		qf_buffer_byte(page->out, '>');
	}
	page->link[0] = '\0';
}

static void
show_image(struct page *page, const char *instead)
{
	if (instead[0] == '\0')
		return;
	begin_text(page);
	qf_buffer_byte(page->out, '[');
	qf_buffer_string(page->out, instead);
	qf_buffer_byte(page->out, ']');
}

static void
begin_shown(struct page *page, enum effect effect, const xmlChar **attributes)
{
	switch (effect) {
	case EFFECT_LINE:
	case EFFECT_PARAGRAPH:
		want_lines(page, effect == EFFECT_LINE ? 1 : 2);
		break;
	case EFFECT_BREAK:
		page->newlines++;
		page->blank = false;
		break;
	case EFFECT_RULE:
		want_lines(page, 1);
		begin_text(page);
		qf_buffer_string(page->out, "----");
		want_lines(page, 1);
		break;
	case EFFECT_ITEM:
		want_lines(page, 1);
		begin_text(page);
		qf_buffer_string(page->out, "* ");
		break;
	case EFFECT_CELL:
		page->blank = true;
		break;
	case EFFECT_LINK:
		begin_link(page, attribute(attributes, "href"));
		break;
	case EFFECT_IMAGE:
		show_image(page, attribute(attributes, "alt"));
		break;
	default:
		break;
	}
}

static void
on_begin(void *context, const xmlChar *name, const xmlChar **attributes)
{
	enum effect effect = effect_of(name);
	struct page *page = context;

	if (effect == EFFECT_HIDDEN)
		page->hidden++;
	if (page->hidden > 0)
		return;
	if (effect == EFFECT_AS_IS) {
		want_lines(page, 2);
		page->as_is++;
	}
	begin_shown(page, effect, attributes);
}

static void
on_end(void *context, const xmlChar *name)
{
	enum effect effect = effect_of(name);
	struct page *page = context;

	if (effect == EFFECT_HIDDEN && page->hidden > 0)
		page->hidden--;
	if (page->hidden > 0)
		return;
	if (effect == EFFECT_AS_IS && page->as_is > 0)
		page->as_is--;
	if (effect == EFFECT_PARAGRAPH || effect == EFFECT_AS_IS)
		want_lines(page, 2);
	if (effect == EFFECT_LINE || effect == EFFECT_ITEM)
		want_lines(page, 1);
	if (effect == EFFECT_LINK)
		end_link(page);
}

/* What is wrong with a page is of no interest to anybody. */
static void
say_nothing(void *context, const char *format, ...)
{
	(void)context;
	(void)format;
}

void
qf_html_begin(void)
{
	xmlInitParser();
	xmlSetGenericErrorFunc(NULL, say_nothing);
}

void
qf_html_text(struct qf_buffer *out, const char *html, size_t len)
{
	htmlSAXHandler handler = {
		.startElement = on_begin,
		.endElement = on_end,
		.characters = on_text,
		.cdataBlock = NULL,
		.ignorableWhitespace = on_text,
	};
	struct page page = { .out = out, .start = out->len };
	htmlParserCtxtPtr parser;

	parser = htmlCreatePushParserCtxt(&handler, &page, NULL, 0, NULL,
					  XML_CHAR_ENCODING_UTF8);
	if (parser == NULL) {
		out->failed = true;
		return;
	}
	htmlCtxtUseOptions(parser, HTML_PARSE_RECOVER | HTML_PARSE_NOERROR |
					   HTML_PARSE_NOWARNING |
					   HTML_PARSE_NONET |
					   HTML_PARSE_IGNORE_ENC);
	for (size_t done = 0; done < len; done += STEP)
		htmlParseChunk(parser, html + done,
			       (int)(len - done < STEP ? len - done : STEP), 0);
	htmlParseChunk(parser, html, 0, 1);
	htmlFreeParserCtxt(parser);
	if (out->len > page.start)
		qf_buffer_byte(out, '\n');
}
