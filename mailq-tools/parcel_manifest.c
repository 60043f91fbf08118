/*
 * parcel_manifest.c - what an archive says is in it.
 */
#include "parcel.h"

#include <stdio.h>
#include <string.h>

#include "mailq-tools/json.h"
#include "queue-format/json_read.h"

static const char *const parts[QF_COPY_FILES] = { "message", "defer", "bounce",
						  "trace" };

void
parcel_put_head(struct qf_buffer *out, const char *host, int64_t made)
{
	qf_buffer_string(out, "{");
	json_number(out, "export", PARCEL_FORMAT);
	json_text(out, "program", "mailq-tools " PACKAGE_VERSION);
	json_text(out, "host", host);
	json_time(out, "made", made);
	json_name(out, "messages");
	qf_buffer_byte(out, '[');
}

static void
put_part(struct qf_buffer *out, const char *name,
	 const struct parcel_part *part)
{
	if (!part->there)
		return;
	json_name(out, name);
	qf_buffer_byte(out, '{');
	json_number(out, "size", part->size);
	json_text(out, "sha256", part->sum);
	qf_buffer_byte(out, '}');
}

void
parcel_put_message(struct qf_buffer *out, const struct parcel_facts *facts,
		   const struct parcel_message *message)
{
	char inode[32];

	snprintf(inode, sizeof(inode), "%llu",
		 (unsigned long long)facts->inode);
	qf_buffer_string(out, facts->number > 1 ? ",\n{" : "\n{");
	json_number(out, "number", (int64_t)facts->number);
	json_text(out, "instance", facts->instance);
	json_text(out, "id", message->id);
	json_text(out, "queue", facts->queue);
	json_text(out, "inode", inode);
	json_time(out, "arrival", facts->arrival);
	json_text(out, "sender", facts->sender);
	if (facts->sender != NULL)
		json_exact(out, "sender", facts->sender);
	json_text(out, "key", message->key);
	if (message->expire)
		json_flag(out, "expire", true);
	for (size_t i = 0; i < QF_COPY_FILES; i++)
		put_part(out, parts[i], &message->parts[i]);
	qf_buffer_byte(out, '}');
}

void
parcel_put_end(struct qf_buffer *out)
{
	qf_buffer_string(out, "\n]}\n");
}

static enum qf_status
lies(struct qf_error *err, size_t i, const char *what)
{
	return qf_fail(err, QF_CORRUPT, "%s: message %zu: %s", PARCEL_MANIFEST,
		       i + 1, what);
}

static enum qf_status
damaged(struct qf_error *err, const char *what)
{
	return qf_fail(err, QF_CORRUPT, "%s: %s", PARCEL_MANIFEST, what);
}

/* A checksum that is not right is a fault of the message. */
static enum qf_status
check_part(struct parcel *parcel, size_t i, size_t part,
	   const struct qf_json *value, struct qf_error *err)
{
	struct parcel_message *message = &parcel->messages[i];
	const struct parcel_part *found = &message->parts[part];
	const char *sum = qf_json_string(qf_json_member(value, "sha256"));
	char fault[80];
	int64_t size = 0;

	if (value == NULL && !found->there)
		return QF_OK;
	if (value == NULL || !found->there)
		return lies(err, i,
			    value == NULL ? "a file that it does not name"
					  : "a file that is not there");
	if (!qf_json_integer(qf_json_member(value, "size"), &size) ||
	    sum == NULL)
		return lies(err, i, "a file without size or checksum");
	if (size != found->size)
		return lies(err, i, "a file has another size");
	if (strcmp(sum, found->sum) == 0 || message->fault != NULL)
		return QF_OK;
	snprintf(fault, sizeof(fault), "the checksum of \"%s\" is wrong",
		 parts[part]);
	message->fault = qf_arena_copy(&parcel->arena, fault, strlen(fault));
	return message->fault == NULL ? qf_fail(err, QF_SYSTEM, "out of memory")
				      : QF_OK;
}

/* What is for people only is not looked at. */
static enum qf_status
check_message(struct parcel *parcel, size_t i, const struct qf_json *value,
	      struct qf_error *err)
{
	struct parcel_message *message = &parcel->messages[i];
	const struct qf_json *expire = qf_json_member(value, "expire");
	const char *id = qf_json_string(qf_json_member(value, "id"));
	enum qf_status status = QF_OK;
	int64_t number = 0;

	if (!qf_json_integer(qf_json_member(value, "number"), &number) ||
	    number != (int64_t)i + 1)
		return lies(err, i, "its number is another one");
	if (id == NULL || strcmp(id, message->id) != 0)
		return lies(err, i, "its id is another one");
	if (expire != NULL && !qf_json_flag(expire, &message->expire))
		return lies(err, i, "expire is neither true nor false");
	for (size_t part = 0; part < QF_COPY_FILES && status == QF_OK; part++)
		status = check_part(parcel, i, part,
				    qf_json_member(value, parts[part]), err);
	return status;
}

static enum qf_status
check_head(struct parcel *parcel, const struct qf_json *tree,
	   struct qf_error *err)
{
	const char *host = qf_json_string(qf_json_member(tree, "host"));
	int64_t format = 0;

	if (!qf_json_integer(qf_json_member(tree, "export"), &format) ||
	    format < 1)
		return damaged(err, "not the manifest of an export");
	if (format > PARCEL_FORMAT)
		return qf_fail(err, QF_CORRUPT,
			       "%s: written by a newer mqadm: its format is "
			       "%lld, and %d is known here",
			       PARCEL_MANIFEST, (long long)format,
			       PARCEL_FORMAT);
	if (!qf_json_integer(qf_json_member(tree, "made"), &parcel->made))
		parcel->made = 0;
	host = host == NULL ? "" : host;
	parcel->host = qf_arena_copy(&parcel->arena, host, strlen(host));
	if (parcel->host == NULL)
		return qf_fail(err, QF_SYSTEM, "out of memory");
	return QF_OK;
}

static enum qf_status
check_tree(struct parcel *parcel, const struct qf_json *tree,
	   struct qf_error *err)
{
	const struct qf_json *list = qf_json_member(tree, "messages");
	enum qf_status status = check_head(parcel, tree, err);

	if (status != QF_OK)
		return status;
	if (!qf_json_is_array(list))
		return damaged(err, "it names no messages");
	if (qf_json_count(list) != parcel->count)
		return damaged(err, "it names another number of messages than "
				    "there are");
	for (size_t i = 0; i < parcel->count && status == QF_OK; i++)
		status = check_message(parcel, i, qf_json_at(list, i), err);
	return status;
}

enum qf_status
parcel_check(struct parcel *parcel, const char *text, size_t len,
	     struct qf_error *err)
{
	struct qf_json *tree = NULL;
	struct qf_error fault;
	enum qf_status status = qf_json_parse(text, len, &tree, &fault);

	if (status == QF_CORRUPT)
		return damaged(err, fault.text);
	if (status != QF_OK)
		return qf_fail(err, status, "%s", fault.text);
	status = check_tree(parcel, tree, err);
	qf_json_free(tree);
	return status;
}
