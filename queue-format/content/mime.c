/*
 * mime.c - what GMime makes of a message: its parts.
 */
#include "mime_tree.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "queue-format/ascii.h"
#include "queue-format/text.h"

/* GMime has much to say about messages; the one fatal thing is no memory. */
static void
on_log(const gchar *domain, GLogLevelFlags level, const gchar *text,
       gpointer context)
{
	void (*const *no_memory)(void) = context;

	(void)domain;
	(void)text;
	if ((level & (G_LOG_LEVEL_ERROR | G_LOG_FLAG_FATAL)) != 0)
		(*no_memory)();
}

void
qf_mime_begin(void (*no_memory)(void))
{
	/* It is needed for as long as there is a GLib. */
	void (**context)(void) = g_malloc(sizeof(no_memory));

	*context = no_memory;
	(void)g_log_set_default_handler(on_log, context);
	g_mime_init();
	/* What the class of a thing needs is made when there is the first. */
	g_object_unref(g_mime_part_new());
	g_object_unref(g_mime_message_part_new("rfc822"));
	g_object_unref(g_mime_multipart_new());
}

/* Bytes that are no UTF-8, where they must be, come from an old Windows. */
static GMimeParserOptions *
new_options(void)
{
	static const char *charsets[] = { "utf-8", "windows-1252", NULL };
	GMimeParserOptions *options = g_mime_parser_options_new();

	g_mime_parser_options_set_fallback_charsets(options, charsets);
	return options;
}

static bool
is_plain(const char *flat, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (flat[i] == '\0' || (unsigned char)flat[i] >= 0x80 ||
		    (flat[i] == '=' && i + 1 < len && flat[i + 1] == '?'))
			return false;
	return true;
}

const char *
qf_mime_decode_header(struct qf_finding *finding, const char *value, size_t len)
{
	char *flat = qf_arena_alloc(&finding->arena, len + 1);
	struct qf_buffer decoded = { 0 };
	const char *result;

	if (flat == NULL) {
		finding->failed = true;
		return "";
	}
	len = qf_mime_unfold(flat, value, len);
	flat[len] = '\0';
	if (is_plain(flat, len))
		return flat;
	qf_mime_words(&decoded, flat, len);
	result = qf_finding_string(finding, qf_buffer_text(&decoded),
				   decoded.len);
	finding->failed = finding->failed || decoded.failed;
	qf_buffer_free(&decoded);
	return result;
}

static const char *
string_of(struct qf_finding *finding, const char *text)
{
	return text == NULL ? ""
			    : qf_finding_string(finding, text, strlen(text));
}

static const char *
small(struct qf_finding *finding, const char *text)
{
	gchar *lower;
	const char *result;

	if (text == NULL)
		return "";
	lower = g_ascii_strdown(text, -1);
	g_strstrip(lower);
	result = string_of(finding, lower);
	g_free(lower);
	return result;
}

static const char *
file_name(GMimeObject *object)
{
	const char *name = g_mime_object_get_content_disposition_parameter(
		object, "filename");

	if (name == NULL)
		name = g_mime_object_get_content_type_parameter(object, "name");
	return name;
}

/* What S/MIME has wrapped up says in a parameter how. */
static unsigned
marks_of_smime(GMimeObject *object)
{
	const char *kind =
		g_mime_object_get_content_type_parameter(object, "smime-type");

	if (kind != NULL && strncasecmp(kind, "signed", 6) == 0)
		return QF_MARK_SIGNED;
	return QF_MARK_ENCRYPTED;
}

static unsigned
marks_of_type(GMimeObject *object, const char *type)
{
	static const struct {
		const char *type;
		unsigned marks;
	} known[] = {
		{ "multipart/signed", QF_MARK_SIGNED },
		{ "multipart/encrypted", QF_MARK_ENCRYPTED },
		{ "application/pkcs7-signature", QF_MARK_SIGNATURE },
		{ "application/x-pkcs7-signature", QF_MARK_SIGNATURE },
		{ "application/pgp-signature", QF_MARK_SIGNATURE },
		{ "application/pgp-encrypted", QF_MARK_ENCRYPTED },
		{ "application/ms-tnef", QF_MARK_TNEF },
		{ "application/vnd.ms-tnef", QF_MARK_TNEF },
		{ "text/calendar", QF_MARK_CALENDAR },
	};

	if (strcmp(type, "application/pkcs7-mime") == 0 ||
	    strcmp(type, "application/x-pkcs7-mime") == 0)
		return marks_of_smime(object);
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strcmp(type, known[i].type) == 0)
			return known[i].marks;
	return 0;
}

static unsigned
marks_of(GMimeObject *object, const struct qf_content_part *part)
{
	unsigned marks = marks_of_type(object, part->type);

	if (GMIME_IS_MULTIPART(object))
		return marks | QF_MARK_MULTIPART;
	if (GMIME_IS_MESSAGE_PART(object))
		marks |= QF_MARK_MESSAGE;
	if (strcasecmp(part->name, "winmail.dat") == 0)
		marks |= QF_MARK_TNEF;
	if (strcmp(part->disposition, "attachment") == 0 ||
	    part->name[0] != '\0')
		marks |= QF_MARK_ATTACHMENT;
	return marks;
}

static enum qf_mime_shape
shape_of(GMimeObject *object)
{
	if (GMIME_IS_MULTIPART(object))
		return QF_MIME_MULTIPART;
	if (GMIME_IS_MESSAGE_PART(object))
		return QF_MIME_MESSAGE;
	return QF_MIME_LEAF;
}

static const char *
subject_of(GMimeObject *object, struct qf_finding *finding)
{
	GMimeMessage *message = NULL;
	GMimeHeader *header = NULL;
	const char *raw;

	if (GMIME_IS_MESSAGE_PART(object))
		message = g_mime_message_part_get_message(
			GMIME_MESSAGE_PART(object));
	if (message != NULL)
		header = g_mime_header_list_get_header(
			g_mime_object_get_header_list(GMIME_OBJECT(message)),
			"Subject");
	raw = header == NULL ? NULL : g_mime_header_get_raw_value(header);
	if (raw == NULL)
		return "";
	return qf_mime_decode_header(finding, raw, strlen(raw));
}

/* What is no type at all counts as text, as if nothing was said. */
static const char *
type_of(GMimeObject *object, struct qf_finding *finding)
{
	const char *said = g_mime_object_get_header(object, "Content-Type");
	const char *type;
	char *name;

	if (said != NULL && strchr(said, '/') == NULL && GMIME_IS_PART(object))
		return "text/plain";
	name = g_mime_content_type_get_mime_type(
		g_mime_object_get_content_type(object));
	type = small(finding, name);
	g_free(name);
	return type;
}

static void
describe(GMimeObject *object, struct qf_finding *finding,
	 struct qf_content_part *part)
{
	GMimeContentType *type = g_mime_object_get_content_type(object);

	part->type = type_of(object, finding);
	part->name = string_of(finding, file_name(object));
	part->charset = small(
		finding, g_mime_content_type_get_parameter(type, "charset"));
	part->encoding = small(
		finding,
		g_mime_object_get_header(object, "Content-Transfer-Encoding"));
	part->disposition =
		small(finding, g_mime_object_get_disposition(object));
	part->description = subject_of(object, finding);
	part->marks = marks_of(object, part);
}

/* False: there is no room for another one. */
static bool
add(struct qf_mime *tree, GMimeObject *object, const struct node *as,
    struct qf_finding *finding)
{
	struct qf_content_part *part;
	struct node *nodes;
	struct node *node;

	if (tree->count >= finding->limits.parts) {
		qf_finding_notice(finding, QF_NOTICE_LIMIT, 0,
				  "there are more than %u parts; the rest is "
				  "not shown",
				  finding->limits.parts);
		return false;
	}
	nodes = qf_arena_grow(&finding->arena, tree->nodes, tree->count,
			      &tree->room, sizeof(*nodes));
	part = nodes == NULL ? NULL : qf_finding_part(finding);
	if (part == NULL) {
		finding->failed = true;
		return false;
	}
	tree->nodes = nodes;
	describe(object, finding, part);
	part->depth = as->part.depth;
	node = &nodes[tree->count++];
	*node = *as;
	node->object = object;
	node->part.shape = shape_of(object);
	node->part.marks = part->marks;
	node->part.charset = part->charset;
	node->part.text = node->part.shape == QF_MIME_LEAF &&
			  strncmp(part->type, "text/", 5) == 0;
	node->part.html = strcmp(part->type, "text/html") == 0;
	return true;
}

/* The form that is shown: plain text, else the first. */
static int
shown_form(GMimeMultipart *multipart)
{
	int count = g_mime_multipart_get_count(multipart);

	for (int i = 0; i < count; i++) {
		GMimeContentType *type = g_mime_object_get_content_type(
			g_mime_multipart_get_part(multipart, i));

		if (g_mime_content_type_is_type(type, "text", "plain"))
			return i;
	}
	return 0;
}

static bool
has_forms(GMimeObject *object)
{
	GMimeContentType *type = g_mime_object_get_content_type(object);

	return g_mime_content_type_is_type(type, "multipart", "alternative");
}

/* Where we are in something that has parts in it. */
struct place {
	GMimeObject *object;
	struct node as; /* what its parts are, unless something else is said */
	int next;
	int shown; /* which of its parts, -1: all */
	size_t shown_at;
};

static struct place
begin_at(GMimeObject *object, const struct node *node)
{
	struct place place = { .object = object, .as = *node, .shown = -1 };

	place.as.part.depth++;
	if (GMIME_IS_MULTIPART(object) && has_forms(object))
		place.shown = shown_form(GMIME_MULTIPART(object));
	return place;
}

static GMimeObject *
next_of(struct place *place)
{
	GMimeMessage *message;

	if (GMIME_IS_MULTIPART(place->object)) {
		GMimeMultipart *multipart = GMIME_MULTIPART(place->object);

		if (place->next >= g_mime_multipart_get_count(multipart))
			return NULL;
		return g_mime_multipart_get_part(multipart, place->next++);
	}
	if (place->next++ > 0)
		return NULL;
	message = g_mime_message_part_get_message(
		GMIME_MESSAGE_PART(place->object));
	return message == NULL ? NULL : g_mime_message_get_mime_part(message);
}

/* What the next part is, beside what is in it. */
static struct node
as_part(struct qf_mime *tree, struct place *place)
{
	struct node as = place->as;
	int at = place->next - 1;

	if (place->shown < 0)
		return as;
	if (at == place->shown) {
		place->shown_at = tree->count;
	} else if (!as.part.other_form) {
		as.part.other_form = true;
		as.part.beside =
			at > place->shown ? place->shown_at : tree->count;
	}
	return as;
}

/* Without recursion: a stranger says how deep this goes. */
static void
walk(struct qf_mime *tree, struct place *places, struct qf_finding *finding)
{
	struct node as = { .object = NULL };
	unsigned depth = 0;

	if (!add(tree, tree->root, &as, finding))
		return;
	if (tree->nodes[0].part.shape == QF_MIME_LEAF)
		return;
	places[depth++] = begin_at(tree->root, &as);
	while (depth > 0) {
		struct place *place = &places[depth - 1];
		GMimeObject *object = next_of(place);

		if (object == NULL) {
			depth--;
			continue;
		}
		as = as_part(tree, place);
		if (!add(tree, object, &as, finding))
			return;
		if (shape_of(object) == QF_MIME_LEAF)
			continue;
		if (depth < finding->limits.depth)
			places[depth++] = begin_at(object, &as);
		else
			qf_finding_notice(finding, QF_NOTICE_LIMIT, 0,
					  "parts are nested more than %u deep; "
					  "what is deeper is not shown",
					  finding->limits.depth);
	}
}

static GMimeObject *
parse(const struct qf_mime_source *source)
{
	GMimeStream *stream = qf_mime_stream_new(source);
	GMimeParser *parser = g_mime_parser_new_with_stream(stream);
	GMimeParserOptions *options = new_options();
	GMimeObject *root = g_mime_parser_construct_part(parser, options);

	g_mime_parser_options_free(options);
	g_object_unref(parser);
	g_object_unref(stream);
	return root;
}

struct qf_mime *
qf_mime_new(struct qf_view *view, const char *mime, size_t mime_len,
	    uint64_t body, struct qf_finding *finding)
{
	struct qf_mime *tree = g_new0(struct qf_mime, 1);
	struct place *places = g_new0(struct place, finding->limits.depth + 1);

	tree->before = g_malloc(mime_len + 1);
	if (mime_len > 0)
		memcpy(tree->before, mime, mime_len);
	tree->before[mime_len] = '\n';
	tree->source = (struct qf_mime_source){
		.view = view,
		.before = tree->before,
		.before_len = mime_len + 1,
		.body = body,
	};
	tree->root = parse(&tree->source);
	if (tree->root != NULL)
		walk(tree, places, finding);
	g_free(places);
	return tree;
}

void
qf_mime_free(struct qf_mime *tree)
{
	if (tree == NULL)
		return;
	if (tree->root != NULL)
		g_object_unref(tree->root);
	g_free(tree->before);
	g_free(tree);
}

size_t
qf_mime_count(const struct qf_mime *tree)
{
	return tree->count;
}

const struct qf_mime_part *
qf_mime_at(const struct qf_mime *tree, size_t i)
{
	return &tree->nodes[i].part;
}
