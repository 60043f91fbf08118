/*
 * reason_token.c - the text of a server, cut into tokens.
 *
 * Nothing here looks further ahead than a name may be long, so that a text
 * of a megabyte is no trouble.
 */
#include "reason_token.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "ascii.h"
#include "reason_time.h"
#include "text.h"

/* RFC 5321, section 4.5.3.1; a host name is shorter. */
#define MAX_ADDRESS 320
#define MAX_NAME    255

/* No word of a human is longer. */
#define MAX_WORD 40

#define MAX_SCHEME 8

/* A character beyond ASCII; U+FFFD stands for a byte that is none. */
static size_t
foreign_length(const char *at)
{
	uint32_t rune = 0;
	size_t size = qf_utf8_next(at, strnlen(at, 4), &rune);

	return size > 1 && rune != 0xfffd ? size : 0;
}

/* What a run of name characters is made of. */
struct run {
	const char *text;
	size_t len;
	size_t letters;
	size_t digits;
	size_t dots;
	size_t turns; /* from letters to digits and back, and back to capitals */
	bool hex;     /* nothing but hexadecimal digits */
	bool foreign; /* not only ASCII */
};

/* Returns whether `byte' goes on a run; counts it. */
static bool
count_byte(struct run *run, char byte, char before)
{
	if (qf_is_letter(byte)) {
		run->letters++;
		run->turns += qf_is_digit(before) ||
			      (qf_is_upper(byte) && qf_is_lower(before));
		run->hex = run->hex && qf_is_hex(byte);
	} else if (qf_is_digit(byte)) {
		run->digits++;
		run->turns += qf_is_letter(before);
	} else if (byte == '.') {
		run->dots++;
		run->hex = false;
	} else {
		run->hex = false;
		return byte == '-' || byte == '_' || byte == '\'';
	}
	return true;
}

/*
 * Letters, digits, and what may be between them in a name or a word; at most
 * `most' bytes of it.
 */
static struct run
run_at(const char *at, size_t most)
{
	struct run run = { .text = at, .hex = true };
	char before = '\0';
	bool hex;

	for (;;) {
		hex = run.hex;
		if (run.len >= most || at[run.len] == '\0')
			break;
		if ((unsigned char)at[run.len] >= 0x80) {
			size_t size = foreign_length(at + run.len);

			if (size == 0)
				break;
			run.len += size;
			run.letters++;
			run.hex = false;
			run.foreign = true;
			before = '\0';
			continue;
		}
		if (!count_byte(&run, at[run.len], before))
			break;
		before = at[run.len++];
	}
	run.hex = hex;
	/* A full stop ends a sentence, not a name. */
	while (run.len > 1 && strchr(".-_'", at[run.len - 1]) != NULL)
		run.dots -= at[--run.len] == '.';
	return run;
}

static bool
is_ip4(const char *at, size_t len)
{
	for (int part = 0; part < 4; part++) {
		size_t digits = qf_count_digits(at, len < 3 ? len : 3);

		if (digits == 0)
			return false;
		at += digits;
		len -= digits;
		if (part < 3) {
			if (len == 0 || *at != '.')
				return false;
			at++;
			len--;
		}
	}
	return len == 0;
}

/* The length of an IPv6 address, which has "::" or eight groups; or 0. */
static size_t
ip6_length(const char *at)
{
	size_t colons = 0;
	size_t digits = 0;
	bool gap = false;
	size_t len = 0;

	while (len < 46 && (qf_is_hex(at[len]) || at[len] == ':' ||
			    (at[len] == '.' && qf_is_digit(at[len + 1])))) {
		if (at[len] == ':') {
			gap = gap || at[len + 1] == ':';
			colons++;
		} else {
			digits++;
		}
		len++;
	}
	/* What goes on there may be an id, before it is a placeholder. */
	if (len == 46 || qf_is_letter(at[len]) || at[len] == '<' || colons > 8)
		return 0;
	/* The colon behind it is not its own. */
	if (len > 1 && at[len - 1] == ':' && at[len - 2] != ':') {
		len--;
		colons--;
	}
	return digits > 0 && (colons == 7 || (gap && colons > 1)) ? len : 0;
}

size_t
qf_token_dsn_length(const char *at)
{
	size_t len = 1;

	if (*at != '2' && *at != '4' && *at != '5')
		return 0;
	for (int part = 0; part < 2; part++) {
		size_t digits =
			at[len] == '.' ? qf_count_digits(at + len + 1, 4) : 0;

		if (digits == 0 || digits > 3)
			return 0;
		len += 1 + digits;
	}
	if (qf_is_alnum(at[len]) ||
	    (at[len] == '.' && qf_is_alnum(at[len + 1])))
		return 0;
	return len;
}

/*
 * "rejected.Please": a blank is missing there, and no host is called that.
 */
static bool
is_sentence_end(const struct run *run)
{
	const char *dot = memchr(run->text, '.', run->len);

	return run->dots == 1 && qf_is_lower(dot[-1]) && qf_is_upper(dot[1]) &&
	       dot[2] != '\0' && !qf_is_upper(dot[2]);
}

/* org, ORG or Org, xn--p1ai; but the names of Exchange are no hosts. */
static bool
is_top_label(const char *label, size_t len)
{
	if (len > 4 && strncasecmp(label, "xn--", 4) == 0)
		return true;
	for (size_t i = 0; i < len; i++) {
		if (qf_is_digit(label[i]) || label[i] == '_' ||
		    (i > 0 && qf_is_upper(label[i]) &&
		     qf_is_lower(label[i - 1])))
			return false;
	}
	return len >= 2;
}

/* Labels that are not empty, the last one of letters. */
static bool
is_host(const struct run *run)
{
	const char *label = run->text;
	const char *end = run->text + run->len;

	if (run->dots == 0 || run->len > MAX_NAME ||
	    memchr(run->text, '\'', run->len) != NULL)
		return false;
	for (const char *at = label; at < end; at++) {
		if (*at != '.')
			continue;
		if (at == label)
			return false;
		label = at + 1;
	}
	return is_top_label(label, (size_t)(end - label)) &&
	       !is_sentence_end(run);
}

/*
 * Queue ids of all systems, UUIDs, hashes, cookies.  Names that people gave,
 * like TSS04, S3140 or sha256, are short or change seldom between letters
 * and digits.
 */
static bool
is_id(const struct run *run)
{
	if (run->len > MAX_WORD && !run->foreign)
		return true;
	if (run->digits == 0)
		return run->len >= 16 && run->turns >= 4;
	if (run->letters == 0)
		return false;
	if (run->hex && run->len >= 6 && run->digits >= 2)
		return true;
	return (run->len >= 8 && run->turns >= 3) || run->digits >= 8;
}

static struct qf_token
token(enum qf_token_kind kind, const char *text, size_t len)
{
	return (struct qf_token){ .kind = kind, .text = text, .len = len };
}

static bool
is_placeholder(const char *at, size_t len)
{
	static const char *const names[] = { "address", "host", "ip", "id",
					     "time",	"n",	NULL };

	for (const char *const *name = names; *name != NULL; name++) {
		if (strlen(*name) == len && memcmp(at, *name, len) == 0)
			return true;
	}
	return false;
}

/* <user@example.org>, <mail.example.org>, <user>; not "a < b". */
static struct qf_token
bracket(const char *at)
{
	size_t len = 1;
	bool capitals = true;
	bool url = false;
	struct run run;

	while (len < MAX_ADDRESS && at[len] != '\0' && at[len] != '<' &&
	       at[len] != '>' && (!qf_is_blank(at[len]) || at[1] == '"')) {
		capitals = capitals && qf_is_upper(at[len]);
		url = url || strncmp(at + len, "://", 3) == 0;
		len++;
	}
	/* <CR><LF> is none; a URL is looked at by itself. */
	if (at[len] != '>' || capitals || url)
		return token(QF_TOKEN_MARK, at, 1);
	if (is_placeholder(at + 1, len - 1))
		return token(QF_TOKEN_PLACEHOLDER, at, len + 1);
	run = run_at(at + 1, len - 1);
	if (run.len == len - 1 && is_ip4(run.text, run.len))
		return token(QF_TOKEN_IP, at, len + 1);
	if (run.len == len - 1 && is_host(&run))
		return token(QF_TOKEN_HOST, at, len + 1);
	return token(QF_TOKEN_ADDRESS, at, len + 1);
}

static bool
is_graph(char byte)
{
	return byte > ' ' && byte < 0x7f &&
	       strchr("<>\"'()[]{}`|\\,;", byte) == NULL;
}

/* What a URL or a path may be made of, from there on. */
static size_t
graph_length(const char *at)
{
	size_t len = 0;

	for (;;) {
		struct qf_token inner = { .kind = QF_TOKEN_MARK };

		if (at[len] == '<')
			inner = bracket(at + len);
		if (inner.kind != QF_TOKEN_MARK)
			len += inner.len;
		else if (is_graph(at[len]))
			len++;
		else
			break;
	}
	while (len > 0 && strchr(".:!?", at[len - 1]) != NULL)
		len--;
	return len;
}

/* The length of an address whose local part starts here, or 0. */
static size_t
address_length(const char *at, size_t len)
{
	bool literal;

	while (len < MAX_ADDRESS &&
	       (qf_is_alnum(at[len]) ||
		(at[len] != '\0' && strchr(".-_+=%~#&*!/$'", at[len]) != NULL)))
		len++;
	if (at[len] != '@' ||
	    (!qf_is_alnum(at[len + 1]) && at[len + 1] != '[' &&
	     foreign_length(at + len + 1) == 0))
		return 0;
	literal = at[len + 1] == '[';
	len += literal ? 2 : 1;
	len += run_at(at + len, MAX_NAME).len;
	return literal && at[len] == ']' ? len + 1 : len;
}

/* mail[192.0.2.1], lmtp[private/dovecot-lmtp] */
static bool
is_bracketed_address(const char *at)
{
	const char *inside = at + 1;
	struct run run;

	if (*at != '[')
		return false;
	if (*inside == '/' || strncmp(inside, "private/", 8) == 0)
		return true;
	if (ip6_length(inside) > 0)
		return true;
	run = run_at(inside, MAX_NAME);
	return inside[run.len] == ']' && is_ip4(inside, run.len);
}

/* What base64 has more than a run, and all behind it. */
static size_t
base64_length(const char *at)
{
	size_t len = 0;

	if (*at != '+' && *at != '/' && *at != '=')
		return 0;
	while (qf_is_alnum(at[len]) ||
	       (at[len] != '\0' && strchr("+/=", at[len]) != NULL))
		len++;
	return len;
}

/* A run without dots. */
static struct qf_token
word(const struct run *run)
{
	const char *behind = run->text + run->len;
	size_t digits = qf_count_digits(run->text, 4);
	size_t unit;

	if (is_bracketed_address(behind))
		return token(QF_TOKEN_HOST, run->text, run->len);
	if (run->digits == run->len) {
		unit = qf_time_unit_length(behind);
		return token(unit > 0 ? QF_TOKEN_TIME : QF_TOKEN_NUMBER,
			     run->text, run->len + unit);
	}
	/* "450-try", one line of a reply of many. */
	if (digits == 3 && run->text[3] == '-')
		return token(QF_TOKEN_NUMBER, run->text, 3);
	if (is_id(run))
		return token(QF_TOKEN_ID, run->text,
			     run->len + base64_length(behind));
	digits = qf_count_digits(run->text, run->len);
	if (digits > 0) {
		unit = qf_time_unit_length(run->text + digits);
		if (unit > 0)
			return token(QF_TOKEN_TIME, run->text, digits + unit);
		if (digits + 2 >= run->len && qf_is_letter(run->text[digits]))
			return token(QF_TOKEN_NUMBER, run->text, digits);
	}
	return token(QF_TOKEN_WORD, run->text, run->len);
}

/* A run with dots: a name, a number, or words with no blank behind a stop. */
static struct qf_token
dotted(const struct run *run)
{
	const char *behind = run->text + run->len;
	size_t unit;

	if (is_ip4(run->text, run->len))
		return token(QF_TOKEN_IP, run->text, run->len);
	if (is_bracketed_address(behind))
		return token(QF_TOKEN_HOST, run->text, run->len);
	if (qf_token_dsn_length(run->text) == run->len)
		return token(QF_TOKEN_DSN, run->text, run->len);
	if (run->digits + run->dots == run->len) {
		unit = qf_time_unit_length(behind);
		return token(unit > 0 ? QF_TOKEN_TIME : QF_TOKEN_NUMBER,
			     run->text, run->len + unit);
	}
	if (qf_count_digits(run->text, 4) == 3 && run->text[3] == '-') {
		if (4 + qf_token_dsn_length(run->text + 4) == run->len)
			return token(QF_TOKEN_DSN, run->text, run->len);
		return token(QF_TOKEN_NUMBER, run->text, 3);
	}
	if (is_host(run))
		return token(QF_TOKEN_HOST, run->text, run->len);
	if (is_id(run))
		return token(QF_TOKEN_ID, run->text,
			     run->len + base64_length(behind));
	return token(QF_TOKEN_WORD, run->text, run->len);
}

/*
 * "refused.https://example.org/": a blank is missing there.  Returns how much
 * of the run is in front of the URL; 0 when there is none.
 */
static size_t
before_url(const struct run *run)
{
	size_t scheme = 0;

	if (strncmp(run->text + run->len, "://", 3) != 0)
		return 0;
	while (scheme < run->len && scheme <= MAX_SCHEME &&
	       qf_is_letter(run->text[run->len - 1 - scheme]))
		scheme++;
	if (scheme == 0 || scheme > MAX_SCHEME || scheme == run->len ||
	    run->text[run->len - 1 - scheme] != '.')
		return 0;
	return run->len - 1 - scheme;
}

/* Most are words between blanks: 0 when it needs a closer look. */
static size_t
plain_word_length(const char *at)
{
	size_t len = qf_count_letters(at, 15);

	/* Three letters may be a month. */
	return len != 3 && (qf_is_blank(at[len]) || at[len] == '\0') ? len : 0;
}

static struct qf_token
name_or_word(const char *at)
{
	struct run run = run_at(at, SIZE_MAX);
	const char *behind = at + run.len;
	uint32_t rune = 0;
	size_t len;

	if (run.len == 0) {
		/* A byte that is no UTF-8, or U+FFFD, which stands for one. */
		len = qf_utf8_next(at, strnlen(at, 4), &rune);
		return token(QF_TOKEN_MARK, at, len == 0 ? 1 : len);
	}
	if (run.len > MAX_NAME)
		return token(QF_TOKEN_ID, at, run.len);
	if (strncmp(behind, "://", 3) == 0 && run.letters == run.len &&
	    run.len <= MAX_SCHEME)
		return token(QF_TOKEN_URL, at,
			     run.len + 3 + graph_length(behind + 3));
	len = before_url(&run);
	if (len > 0) {
		run = run_at(at, len);
		return run.dots > 0 ? dotted(&run) : word(&run);
	}
	if (*behind == ':' && run.hex && (len = ip6_length(at)) > 0)
		return token(QF_TOKEN_IP, at, len);
	if (!qf_is_blank(*behind) && *behind != '\0' &&
	    (len = address_length(at, run.len)) > 0)
		return token(QF_TOKEN_ADDRESS, at, len);
	len = qf_time_length(at);
	if (len > 0)
		return token(QF_TOKEN_TIME, at, len);
	return run.dots > 0 ? dotted(&run) : word(&run);
}

/* A path starts with a word: a placeholder would make it none. */
static size_t
path_length(const char *at)
{
	size_t len = 1;

	if (!qf_is_letter(at[1]))
		return 0;
	while (len <= MAX_WORD + 1 && is_graph(at[len]) &&
	       strchr("/?&=#:", at[len]) == NULL)
		len++;
	if (qf_token_part(at + 1, len - 1) != QF_TOKEN_WORD)
		return 0;
	return 1 + graph_length(at + 1);
}

struct qf_token
qf_token_at(const char *at)
{
	size_t len = 1;

	if (qf_is_blank(*at)) {
		while (qf_is_blank(at[len]))
			len++;
		return token(QF_TOKEN_BLANK, at, len);
	}
	len = plain_word_length(at);
	if (len > 0)
		return token(QF_TOKEN_WORD, at, len);
	len = 1;
	if (qf_is_alnum(*at) || (unsigned char)*at >= 0x80)
		return name_or_word(at);
	if (*at == '<')
		return bracket(at);
	if (*at == ':' && at[1] == ':' && (len = ip6_length(at)) > 0)
		return token(QF_TOKEN_IP, at, len);
	if (*at == '/' && (len = path_length(at)) > 0)
		return token(QF_TOKEN_PATH, at, len);
	return token(QF_TOKEN_MARK, at, 1);
}

enum qf_token_kind
qf_token_part(const char *part, size_t len)
{
	const char *sign = memchr(part, '@', len);
	struct run run;

	if (sign != NULL && sign > part && sign + 1 < part + len)
		return QF_TOKEN_ADDRESS;
	if (is_ip4(part, len))
		return QF_TOKEN_IP;
	run = run_at(part, len);
	if (run.len == len && is_host(&run))
		return QF_TOKEN_HOST;
	if (run.len == len && (is_id(&run) || run.digits >= 8))
		return QF_TOKEN_ID;
	return len > MAX_WORD ? QF_TOKEN_ID : QF_TOKEN_WORD;
}
