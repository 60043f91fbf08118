/*
 * reason_text.c - who said it, with which codes, and what is left when all
 * that differs between two messages is taken out.
 */
#include "reason.h"

#include <stdint.h>
#include <strings.h>

#include "ascii.h"
#include "reason_text.h"
#include "reason_token.h"
#include "text.h"

/* A normalised text is not longer than this, with the mark of its end. */
#define MAX_NORMALISED 300
#define CUT_MARK       "..."

/* A reply code: three digits, and no digits or letters behind them. */
static int
code_at(const char *at)
{
	int code = 0;

	for (int i = 0; i < 3; i++) {
		if (!qf_is_digit(at[i]))
			return 0;
		code = code * 10 + (at[i] - '0');
	}
	if (code < 200 || code > 599 || qf_is_digit(at[3]) ||
	    (at[3] == '.' && qf_is_digit(at[4])) || qf_is_letter(at[3]))
		return 0;
	return code;
}

/* Do these words, with any blanks between them, stand in front of `end'? */
static bool
stands_before(const char *start, const char *end, const char *words)
{
	for (size_t i = strlen(words); i-- > 0;) {
		if (end == start)
			return false;
		end--;
		if (words[i] != ' ') {
			if (*end != words[i])
				return false;
			continue;
		}
		if (!qf_is_blank(*end))
			return false;
		while (end > start && qf_is_blank(end[-1]))
			end--;
	}
	return true;
}

const char *
qf_reason_reply(const char *text)
{
	const char *colon = text;

	text += qf_count_blanks(text);
	if (code_at(text) > 0)
		return text;
	while ((colon = strchr(colon, ':')) != NULL) {
		size_t blanks = qf_count_blanks(colon + 1);

		if (blanks > 0 &&
		    (stands_before(text, colon, " said") ||
		     stands_before(text, colon, " refused to talk to me")))
			return colon + 1 + blanks;
		colon++;
	}
	return NULL;
}

int
qf_reason_code(const char *text)
{
	const char *reply = qf_reason_reply(text);

	return reply == NULL ? 0 : code_at(reply);
}

/* Right behind the code, or as qmail has it: (#5.1.1). */
struct qf_span
qf_reason_dsn(const char *text)
{
	const char *reply = qf_reason_reply(text);
	const char *at = reply;
	size_t len;

	if (reply == NULL)
		return (struct qf_span){ 0 };
	if (code_at(at) > 0)
		at += 3;
	at += strspn(at, " -#[(");
	len = qf_token_dsn_length(at);
	for (at = len > 0 ? at : strchr(reply, '#'); at != NULL && len == 0;
	     at = len > 0 ? at : strchr(at, '#'))
		len = qf_token_dsn_length(++at);
	return len > 0 ? (struct qf_span){ .text = at, .len = len }
		       : (struct qf_span){ 0 };
}

/* A host is spoken of behind these words of Postfix. */
static bool
leads_to_host(const struct qf_token *word)
{
	static const char *const words[] = { "host", "server", "to", "with",
					     "for",  "domain", "of", "name" };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strlen(words[i]) == word->len &&
		    strncasecmp(words[i], word->text, word->len) == 0)
			return true;
	}
	return false;
}

struct qf_span
qf_reason_host(const char *text)
{
	const char *reply = qf_reason_reply(text);
	struct qf_token before = { .kind = QF_TOKEN_MARK };
	struct qf_token token;

	for (; *text != '\0' && text != reply; text += token.len) {
		token = qf_token_at(text);
		if (token.kind == QF_TOKEN_BLANK || *text == '=' ||
		    *text == '[')
			continue;
		if ((token.kind == QF_TOKEN_HOST ||
		     token.kind == QF_TOKEN_IP) &&
		    *text != '<' && before.kind == QF_TOKEN_WORD &&
		    leads_to_host(&before))
			return (struct qf_span){ token.text, token.len };
		before = token;
	}
	return (struct qf_span){ 0 };
}

/* A text in the making. */
struct normal {
	struct qf_buffer *out;
	size_t start;	   /* where in `out' it starts */
	const char *reply; /* in the text that is read */
	int code;	   /* of that reply */
};

/* What stands in the place of a token; NULL: what it says itself. */
static const char *
placeholder(enum qf_token_kind kind)
{
	switch (kind) {
	case QF_TOKEN_NUMBER:
		return "<n>";
	case QF_TOKEN_ADDRESS:
		return "<address>";
	case QF_TOKEN_HOST:
		return "<host>";
	case QF_TOKEN_IP:
		return "<ip>";
	case QF_TOKEN_ID:
		return "<id>";
	case QF_TOKEN_TIME:
		return "<time>";
	case QF_TOKEN_BLANK:
	case QF_TOKEN_WORD:
	case QF_TOKEN_MARK:
	case QF_TOKEN_DSN:
	case QF_TOKEN_URL:
	case QF_TOKEN_PATH:
	case QF_TOKEN_PLACEHOLDER:
		break;
	}
	return NULL;
}

static void
add_plain(struct normal *normal, const struct qf_token *token)
{
	const char *name = placeholder(token->kind);

	if (name == NULL)
		qf_buffer_add(normal->out, token->text, token->len);
	else
		qf_buffer_string(normal->out, name);
}

/* Does what is there already end in this? */
static bool
follows(const struct normal *normal, const char *end)
{
	const struct qf_buffer *out = normal->out;
	size_t len = strlen(end);

	return out->len - normal->start >= len &&
	       strncasecmp(out->data + out->len - len, end, len) == 0;
}

static size_t
length(const struct normal *normal)
{
	return normal->out->len - normal->start;
}

/* 0 when the code is part of something that is replaced. */
static int
kept_code(const char *reply)
{
	struct qf_token token = qf_token_at(reply);

	return token.kind == QF_TOKEN_NUMBER || token.kind == QF_TOKEN_DSN
		       ? code_at(reply)
		       : 0;
}

/* A reply code, a port, and how a command ended say what the trouble is. */
static bool
number_counts(const struct normal *normal, const struct qf_token *token)
{
	if (normal->code > 0 && token->text >= normal->reply &&
	    token->len == 3 && code_at(token->text) == normal->code)
		return true;
	if (token->len <= 5 && follows(normal, "]:"))
		return true;
	return token->len <= 3 &&
	       (follows(normal, "status ") || follows(normal, "signal "));
}

/*
 * The host of a URL stays, a name with one dot behind it is a file's; but
 * help/example.org.html and ?domain=example.org are about us.
 */
static bool
host_counts(const struct normal *normal, const char *part, size_t len)
{
	const char *dot = memchr(part, '.', len);

	if (follows(normal, "://"))
		return true;
	return !follows(normal, "=") &&
	       memchr(dot + 1, '.', len - (size_t)(dot + 1 - part)) == NULL;
}

static void
add_part(struct normal *normal, const char *part, size_t len)
{
	enum qf_token_kind kind = qf_token_part(part, len);
	const char *name = placeholder(kind);

	if (kind == QF_TOKEN_HOST && host_counts(normal, part, len))
		name = NULL;
	if (name != NULL)
		qf_buffer_string(normal->out, name);
	else
		qf_buffer_add(normal->out, part, len);
}

/* Below these directories each user has one. */
static bool
is_home(const char *part, size_t len)
{
	static const char *const names[] = { "home",   "mail",	"vmail",
					     "vhosts", "users", "virtual" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strlen(names[i]) == len && memcmp(names[i], part, len) == 0)
			return true;
	}
	return false;
}

/* All that is below a home, up to what is a placeholder already. */
static const char *
add_rest(struct normal *normal, const char *at, const char *end)
{
	size_t len = 0;

	while (at + len < end && at[len] != '<')
		len++;
	if (len > 1)
		qf_buffer_string(normal->out, "/<id>");
	else
		qf_buffer_add(normal->out, at, len);
	return at + len;
}

/*
 * A URL or a path: what explains a reply stays, and whom it is about goes.
 */
static void
add_parts(struct normal *normal, const struct qf_token *token)
{
	static const char between[] = "/?&=#:";
	const char *end = token->text + token->len;
	const char *at = token->text;

	while (at < end && length(normal) <= MAX_NORMALISED) {
		struct qf_token inner;
		size_t len = 0;

		if (*at == '<') {
			inner = qf_token_at(at);
			add_plain(normal, &inner);
			at += inner.len;
			continue;
		}
		while (at + len < end && at[len] != '<' &&
		       strchr(between, at[len]) == NULL)
			len++;
		if (len > 0)
			add_part(normal, at, len);
		if (token->kind == QF_TOKEN_PATH && is_home(at, len)) {
			at = add_rest(normal, at + len, end);
			continue;
		}
		at += len;
		if (at < end && *at != '<')
			qf_buffer_byte(normal->out, *at++);
	}
}

/* unknown user: "someone"; returns how much of the text that was, or 0. */
static size_t
add_quoted_user(struct normal *normal, const char *at)
{
	size_t len;

	if (!follows(normal, "user ") && !follows(normal, "user: "))
		return 0;
	len = 1 + strcspn(at + 1, "\" ");
	if (len == 1 || at[len] != '"')
		return 0;
	qf_buffer_string(normal->out, "\"<address>\"");
	return len + 1;
}

/* Returns how much of the text is done: the token, or some more. */
static size_t
add_token(struct normal *normal, const struct qf_token *token)
{
	const char *name = placeholder(token->kind);
	size_t len;

	if (token->kind == QF_TOKEN_URL || token->kind == QF_TOKEN_PATH) {
		add_parts(normal, token);
		return token->len;
	}
	if (token->kind == QF_TOKEN_MARK) {
		len = *token->text == '"' ? add_quoted_user(normal, token->text)
					  : 0;
		if (len > 0)
			return len;
		if ((unsigned char)*token->text >= 0x80)
			name = "\xef\xbf\xbd";
	}
	if (token->kind == QF_TOKEN_NUMBER && number_counts(normal, token))
		name = NULL;
	if (token->kind == QF_TOKEN_WORD && follows(normal, "name="))
		name = "<host>";
	if (name == NULL)
		qf_buffer_add(normal->out, token->text, token->len);
	else
		qf_buffer_string(normal->out, name);
	return token->len;
}

/* No name goes on with these. */
static bool
may_end_before(const struct qf_token *token)
{
	return token->kind == QF_TOKEN_MARK && strchr(",;)", *token->text);
}

/*
 * The end is cut off where no name can go on: one that is cut would be
 * another word, and the text another one when it is normalised again.
 */
void
qf_reason_normalise(struct qf_buffer *out, const char *text)
{
	struct normal normal = { .out = out,
				 .start = out->len,
				 .reply = qf_reason_reply(text) };
	size_t fit = out->len;
	bool blank = false;

	if (normal.reply != NULL && *normal.reply != '\0')
		normal.code = kept_code(normal.reply);
	while (*text != '\0') {
		struct qf_token token = qf_token_at(text);

		if ((token.kind == QF_TOKEN_BLANK || may_end_before(&token)) &&
		    length(&normal) < MAX_NORMALISED - strlen(CUT_MARK))
			fit = out->len;
		if (token.kind == QF_TOKEN_BLANK) {
			blank = length(&normal) > 0;
			text += token.len;
			continue;
		}
		if (blank)
			qf_buffer_byte(out, ' ');
		blank = false;
		text += add_token(&normal, &token);
		if (length(&normal) > MAX_NORMALISED) {
			out->len = fit;
			qf_buffer_string(out, CUT_MARK);
			return;
		}
	}
}
