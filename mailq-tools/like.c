/*
 * like.c - an expression for messages that are like a given one.
 *
 * A run of spam has one thing in common: the account that was used, the
 * client it came from, or its sender.  Each of them alone makes a message
 * one of the run.
 */
#include "like.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "mailq-tools/id_list.h"
#include "mailq-tools/old_ids.h"
#include "queue-format/query/query.h"
#include "queue-format/survey.h"

struct like {
	struct tool *tool;
	const char *id; /* as it was given */
	struct id_list wanted;
	struct qf_buffer *expression;
	bool found;
};

/* Append "FIELD = VALUE". */
static void
put_term(struct qf_buffer *out, const char *field, const char *value)
{
	if (out->len > 0)
		qf_buffer_string(out, " or ");
	qf_buffer_string(out, field);
	qf_buffer_string(out, " = ");
	qf_query_quote(out, value, strlen(value));
}

/*
 * What comes from this host itself is no one client's; and Postfix may not
 * have known the address.
 */
static bool
is_client(const char *address)
{
	unsigned char ip[sizeof(struct in6_addr)];

	if (strncmp(address, "127.", 4) == 0 || strcmp(address, "::1") == 0)
		return false;
	return inet_pton(AF_INET, address, ip) == 1 ||
	       inet_pton(AF_INET6, address, ip) == 1;
}

/* Reports of others' mail have only their target in common. */
static void
put_bounce(struct qf_buffer *out, const struct qf_message *m)
{
	const char *at = m->left_count > 0 && m->left[0].address != NULL
				 ? strrchr(m->left[0].address, '@')
				 : NULL;

	if (at == NULL)
		return;
	qf_buffer_string(out, out->len > 0 ? " or (" : "(");
	qf_buffer_string(out, "bounce and rcpt.domain = ");
	qf_query_quote(out, at + 1, strlen(at + 1));
	qf_buffer_byte(out, ')');
}

static enum qf_status
take(void *context, const struct qf_message *m)
{
	struct like *like = context;
	struct qf_buffer *out = like->expression;
	const char *client = m->origin.client_address;

	if (!id_list_has(&like->wanted, m) || like->found)
		return QF_OK;
	like->found = true;
	if (m->origin.sasl_user != NULL)
		put_term(out, "sasl_user", m->origin.sasl_user);
	if (client != NULL && !m->origin.local && is_client(client))
		put_term(out, "client.ip", client);
	if (m->sender != NULL && *m->sender != '\0')
		put_term(out, "sender", m->sender);
	else if (m->sender != NULL)
		put_bounce(out, m);
	return QF_OK;
}

/* Why it was not found, if that is why. */
static void
note_trouble(void *context, const char *instance,
	     const struct qf_error *trouble)
{
	struct like *like = context;

	tool_complain_of(like->tool, TOOL_PARTLY, instance, trouble->text);
}

static void
note_unfinished(void *context, const char *instance, const char *id)
{
	struct like *like = context;

	id_list_note_unfinished(&like->wanted, instance, id);
}

static void
look(struct like *like, struct access *access,
     const struct qf_selection *selection)
{
	struct qf_survey survey = {
		.stores = access->stores,
		.store_count = access->store_count,
		.selection = *selection,
		.filter = { .parts = QF_PART_NAME | QF_PART_INODE |
				     QF_PART_ENVELOPE | QF_PART_RECIPIENTS |
				     QF_PART_REASONS },
		.threads = 1,
		.message = take,
		.trouble = note_trouble,
		.unfinished = note_unfinished,
		.context = like,
	};
	struct qf_survey_result result;
	struct qf_error err;
	enum qf_status status = qf_survey_run(&survey, &result, &err);

	if (status != QF_OK)
		tool_die(like->tool, tool_exit_of(status), "--like: %s",
			 err.text);
}

/* In the quotes of a shell, so that it can be used again. */
static void
tell(struct tool *tool, const char *id, const char *expression)
{
	struct qf_buffer quoted = { 0 };

	for (const char *c = expression; *c != '\0'; c++) {
		if (*c == '\'')
			qf_buffer_string(&quoted, "'\\''");
		else
			qf_buffer_byte(&quoted, *c);
	}
	tool_note(tool, "like %s: -w '%s'", id, qf_buffer_text(&quoted));
	qf_buffer_free(&quoted);
}

void
like_expression(struct tool *tool, struct access *access, const char *id,
		struct qf_buffer *expression)
{
	struct like like = { .tool = tool, .id = id, .expression = expression };
	struct qf_selection selection = {
		.queues = QF_QUEUES_LISTED | QF_QUEUE_BIT(QF_QUEUE_CORRUPT)
	};

	like.wanted.sole = access->sole;
	id_list_add(tool, &like.wanted, id);
	id_list_close(tool, &like.wanted, &selection);
	if (selection.id_count > 0)
		look(&like, access, &selection);
	while (!like.found &&
	       old_ids_look_again(tool, access, &like.wanted, &selection))
		look(&like, access, &selection);
	if (id_list_unfinished(&like.wanted) > 0)
		tool_die(tool, TOOL_PARTLY, "--like: %s: still being written",
			 id);
	id_list_free(&like.wanted);
	if (!like.found)
		tool_die(tool, TOOL_NOT_FOUND, "--like: %s: no such message",
			 id);
	if (expression->len == 0)
		tool_die(tool, TOOL_NOT_FOUND,
			 "--like: %s has no sender, client or login that "
			 "another message could share",
			 id);
	tell(tool, id, qf_buffer_text(expression));
}
