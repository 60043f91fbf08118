/*
 * reason_words.c - what a text says, without names, numbers and marks.
 */
#include "reason_words.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "ascii.h"
#include "reason_text.h"
#include "reason_token.h"

/* "Can't_deliver" is "cant deliver". */
static void
add_word(struct qf_reason_words *words, const struct qf_token *token)
{
	size_t start = words->len;

	if (token->len + 1 > QF_REASON_WORDS - words->len)
		return;
	for (size_t i = 0; i < token->len; i++) {
		char byte = qf_fold(token->text[i]);

		if (byte == '\'')
			continue;
		if (byte == '-' || byte == '_' || byte == '.')
			byte = ' ';
		if (byte != ' ' ||
		    (words->len > start && words->text[words->len - 1] != ' '))
			words->text[words->len++] = byte;
	}
	if (words->len > start && words->text[words->len - 1] != ' ')
		words->text[words->len++] = ' ';
}

/* No phrase goes on in the next sentence. */
static void
add_stop(struct qf_reason_words *words, char mark)
{
	if ((mark == '.' || mark == ';' || mark == '!') &&
	    QF_REASON_WORDS - words->len >= 2) {
		words->text[words->len++] = '.';
		words->text[words->len++] = ' ';
	}
}

/*
 * "192.0.2.1 is blocked" is about an address, "[192.0.2.1] Your message is
 * blocked" is not.
 */
static void
add_ip(struct qf_reason_words *words, const char *behind)
{
	static const struct qf_token ip = { .text = "ip", .len = 2 };

	add_word(words, &ip);
	behind += strspn(behind, " \t])>0123456789");
	if (qf_is_upper(behind[0]) && qf_is_lower(behind[1]))
		add_stop(words, '.');
}

/* Is one part of a host's name, or of a URL, this label? */
static bool
has_label(const struct qf_token *name, const char *label)
{
	size_t len = strlen(label);
	size_t start = 0;

	for (size_t i = 0; i <= name->len; i++) {
		if (i < name->len && qf_is_alnum(name->text[i]))
			continue;
		if (i - start == len &&
		    strncasecmp(name->text + start, label, len) == 0)
			return true;
		start = i + 1;
	}
	return false;
}

/*
 * Names say nothing, but for those of who keeps lists of hosts: many servers
 * give no other reason than a link.
 */
static void
add_site(struct qf_reason_words *words, const struct qf_token *name)
{
	static const struct {
		const char *label;
		const char *word;
	} sites[] = {
		{ "abusix", "blocklist" },
		{ "barracudacentral", "blocklist" },
		{ "dnsbl", "blocklist" },
		{ "mailspike", "blocklist" },
		{ "nixspam", "blocklist" },
		{ "openspf", "spf" },
		{ "psbl", "blocklist" },
		{ "rbl", "blocklist" },
		{ "sorbs", "blocklist" },
		{ "spamcop", "blocklist" },
		{ "spamhaus", "blocklist" },
		{ "spamrats", "blocklist" },
		{ "spfbl", "blocklist" },
		{ "surbl", "surbl" },
		{ "uceprotect", "blocklist" },
		{ "uribl", "uribl" },
	};

	for (size_t i = 0; i < sizeof(sites) / sizeof(sites[0]); i++) {
		if (has_label(name, sites[i].label)) {
			struct qf_token word = { .text = sites[i].word,
						 .len = strlen(sites[i].word) };

			add_word(words, &word);
			return;
		}
	}
}

void
qf_reason_take_words(struct qf_reason_words *words, const char *text,
		     const char *reply)
{
	enum qf_token_kind before = QF_TOKEN_BLANK;
	struct qf_token token;

	words->len = 0;
	words->reply = SIZE_MAX;
	for (; *text != '\0' && words->len < QF_REASON_WORDS;
	     text += token.len) {
		bool is_theirs = reply != NULL && text >= reply;

		if (is_theirs && words->reply == SIZE_MAX)
			words->reply = words->len;
		/* What follows is Postfix again. */
		if (strncmp(text, QF_IN_REPLY_TO, strlen(QF_IN_REPLY_TO)) == 0)
			break;
		token = qf_token_at(text);
		/* "spam/virus" is no path. */
		if (token.kind == QF_TOKEN_PATH && before == QF_TOKEN_WORD)
			token.len = 1;
		else if (token.kind == QF_TOKEN_WORD)
			add_word(words, &token);
		else if (token.kind == QF_TOKEN_IP && is_theirs &&
			 text[token.len] != ':')
			add_ip(words, text + token.len);
		else if (is_theirs && (token.kind == QF_TOKEN_HOST ||
				       token.kind == QF_TOKEN_URL))
			add_site(words, &token);
		else if (token.kind == QF_TOKEN_MARK)
			add_stop(words, *text);
		before = token.kind;
	}
	words->text[words->len] = '\0';
}
