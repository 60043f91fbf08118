/*
 * leaf.c - look at the bytes of the parts of a message.
 */
#include "leaf.h"

#include <string.h>

#include "queue-format/buffer.h"

#include "leaf_text.h"
#include "looks.h"
#include "mime_digest.h"

/* What is kept of the parts while one after the other is looked at. */
struct leaves {
	const struct qf_mime *tree;
	struct qf_magic *magic;
	struct qf_finding *finding;
	unsigned want;
	uint64_t decoded; /* bytes of all parts */
	struct qf_leaf_texts texts;
};

/* One part, while it is decoded. */
struct leaf {
	struct leaves *all;
	size_t i;
	bool is_text;	 /* its text is wanted */
	bool is_whole;	 /* all of it is wanted */
	bool over_limit; /* of what is decoded */
	uint64_t size;
	struct qf_digest *digest;
	struct qf_buffer head; /* for libmagic, or all of a text */
	size_t head_most;
};

static unsigned
number_of(const struct leaf *leaf)
{
	return (unsigned)leaf->i + 1;
}

static struct qf_content_part *
part_of(const struct leaf *leaf)
{
	return &leaf->all->finding->parts[leaf->i];
}

static bool
take(void *context, const char *data, size_t len)
{
	struct leaf *leaf = context;
	size_t room = leaf->head_most - leaf->head.len;

	if (len > leaf->all->finding->limits.decoded - leaf->all->decoded) {
		leaf->over_limit = true;
		return false;
	}
	leaf->all->decoded += len;
	leaf->size += len;
	if (leaf->digest != NULL)
		qf_digest_add(leaf->digest, data, len);
	qf_buffer_add(&leaf->head, data, len < room ? len : room);
	return leaf->is_whole || leaf->head.len < leaf->head_most;
}

static void
look_at_name(const struct leaf *leaf)
{
	const struct qf_content_part *part = part_of(leaf);
	const char *why = qf_looks_disguised(part->name, false);

	if (why != NULL)
		qf_finding_notice(leaf->all->finding, QF_NOTICE_DISGUISE,
				  number_of(leaf), "its name has %s in it",
				  why);
}

static void
look_at_type(const struct leaf *leaf)
{
	struct qf_finding *finding = leaf->all->finding;
	struct qf_content_part *part = part_of(leaf);
	size_t len = leaf->head.len;
	const char *type;

	type = qf_magic_type(leaf->all->magic, leaf->head.data, len);
	part->found = qf_finding_string(finding, type, strlen(type));
	if (qf_looks_archive(part->found))
		part->marks |= QF_MARK_ARCHIVE;
	if (qf_looks_program(part->found))
		part->marks |= QF_MARK_EXECUTABLE;
	if (qf_looks_locked(part->found, leaf->head.data, len))
		part->marks |= QF_MARK_LOCKED;
	if (qf_looks_different(part->found, part->type, part->name))
		part->marks |= QF_MARK_DIFFERS;
	if ((part->marks & QF_MARK_LOCKED) != 0)
		qf_finding_notice(finding, QF_NOTICE_LOCKED, number_of(leaf),
				  "an archive that needs a password");
	if ((part->marks & QF_MARK_DIFFERS) != 0)
		qf_finding_notice(finding, QF_NOTICE_DIFFERS, number_of(leaf),
				  "called %s%s%s, but is %s", part->type,
				  part->name[0] == '\0' ? "" : " and ",
				  part->name, part->found);
}

/* By what it is called, or by what it is. */
static void
look_if_it_runs(const struct leaf *leaf)
{
	struct qf_content_part *part = part_of(leaf);
	bool is_program = (part->marks & QF_MARK_EXECUTABLE) != 0;

	if (!is_program && !qf_looks_runnable(part->name))
		return;
	part->marks |= QF_MARK_EXECUTABLE;
	qf_finding_notice(leaf->all->finding, QF_NOTICE_EXECUTABLE,
			  number_of(leaf), "%s%sa program%s%s%s", part->name,
			  part->name[0] == '\0' ? "" : ": ",
			  is_program ? " (" : ", by its name",
			  is_program ? part->found : "", is_program ? ")" : "");
}

static void
look_at_damage(const struct leaf *leaf, enum qf_mime_damage damage)
{
	if (damage == QF_MIME_STRANGE)
		qf_finding_notice(leaf->all->finding, QF_NOTICE_DAMAGED,
				  number_of(leaf),
				  "there are characters in it that are no "
				  "base64");
	if (damage == QF_MIME_SHORT)
		qf_finding_notice(leaf->all->finding, QF_NOTICE_DAMAGED,
				  number_of(leaf), "its base64 is cut off");
}

static void
note_size(const struct leaf *leaf)
{
	struct qf_content_part *part = part_of(leaf);
	const char *digest;

	if (leaf->digest == NULL || leaf->over_limit)
		return;
	digest = qf_digest_text(leaf->digest);
	part->sha256 =
		qf_finding_string(leaf->all->finding, digest, strlen(digest));
	part->size = leaf->size;
	part->sized = true;
}

/* What has to be read of it, by what is wanted. */
static bool
plan(struct leaf *leaf)
{
	const struct leaves *all = leaf->all;
	const struct qf_mime_part *part = qf_mime_at(all->tree, leaf->i);
	bool is_typed = (all->want & QF_WANT_TYPES) != 0 && all->magic != NULL;

	leaf->is_text = qf_leaf_text_wanted(part, all->want);
	leaf->is_whole = (all->want & QF_WANT_DIGESTS) != 0;
	if (is_typed)
		leaf->head_most = QF_MAGIC_BYTES;
	if (leaf->is_text && leaf->head_most < all->finding->limits.text)
		leaf->head_most = all->finding->limits.text;
	if (leaf->is_whole)
		leaf->digest = qf_digest_new();
	return leaf->is_whole || leaf->head_most > 0;
}

static void
conclude(struct leaf *leaf, enum qf_mime_damage damage, bool is_complete)
{
	struct leaves *all = leaf->all;

	if (leaf->over_limit)
		qf_finding_notice(all->finding, QF_NOTICE_LIMIT,
				  number_of(leaf),
				  "too large: not all of it was looked at");
	note_size(leaf);
	look_at_damage(leaf, damage);
	if ((all->want & QF_WANT_TYPES) != 0 && all->magic != NULL &&
	    leaf->head.len > 0)
		look_at_type(leaf);
	if (leaf->is_text)
		qf_leaf_text_add(&all->texts, all->tree, leaf->i,
				 leaf->head.data, leaf->head.len,
				 !is_complete || leaf->size > leaf->head.len,
				 all->want, all->finding);
	all->finding->failed = all->finding->failed || leaf->head.failed;
}

static void
look_at(struct leaves *all, size_t i)
{
	struct leaf leaf = { .all = all, .i = i };
	enum qf_mime_damage damage = QF_MIME_SOUND;
	bool is_complete;

	look_at_name(&leaf);
	if (qf_mime_at(all->tree, i)->shape == QF_MIME_LEAF && plan(&leaf)) {
		is_complete =
			qf_mime_decode(all->tree, i, take, &leaf, &damage);
		conclude(&leaf, damage, is_complete);
	}
	if (qf_mime_at(all->tree, i)->shape == QF_MIME_LEAF)
		look_if_it_runs(&leaf);
	qf_digest_free(leaf.digest);
	qf_buffer_free(&leaf.head);
}

void
qf_leaves_look(const struct qf_mime *tree, unsigned want,
	       struct qf_magic *magic, struct qf_finding *finding)
{
	struct leaves all = {
		.tree = tree,
		.magic = magic,
		.finding = finding,
		.want = want,
	};

	for (size_t i = 0; i < qf_mime_count(tree); i++)
		look_at(&all, i);
	qf_leaf_texts_free(&all.texts);
}
