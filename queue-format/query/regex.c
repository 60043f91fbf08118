/*
 * regex.c - regular expressions, by PCRE2.
 */
#include "regex.h"

#include <stdio.h>
#include <stdlib.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

/*
 * Far more than a sensible pattern needs for a reason of some hundred bytes,
 * and less than what would be noticed for one message.
 */
#define MATCH_LIMIT 200000
#define DEPTH_LIMIT 20000
#define HEAP_KIB    4096
#define NEST_LIMIT  50

struct qf_regex {
	struct qf_regex *next;
	pcre2_code *code;
	pcre2_match_context *limits;
};

static void
free_one(struct qf_regex *regex)
{
	pcre2_match_context_free(regex->limits);
	pcre2_code_free(regex->code);
	free(regex);
}

struct qf_regex *
qf_regex_push(struct qf_regex *regex, struct qf_regex *list)
{
	regex->next = list;
	return regex;
}

void
qf_regex_free_all(struct qf_regex *list)
{
	while (list != NULL) {
		struct qf_regex *next = list->next;

		free_one(list);
		list = next;
	}
}

static enum qf_status
no_memory(struct qf_query_mistake *mistake)
{
	snprintf(mistake->text, sizeof(mistake->text), "out of memory");
	return QF_SYSTEM;
}

static enum qf_status
wrong_pattern(struct qf_query_mistake *mistake, struct qf_span pattern,
	      int number, size_t at)
{
	PCRE2_UCHAR text[200] = "";

	pcre2_get_error_message(number, text, sizeof(text));
	snprintf(mistake->text, sizeof(mistake->text), "regular expression: %s",
		 (const char *)text);
	mistake->offset = at < pattern.len ? at : pattern.len;
	mistake->len = at < pattern.len;
	return QF_INVALID;
}

/* Texts may be any bytes: what is not UTF-8 in them matches nothing. */
static pcre2_code *
compile(struct qf_span pattern, int *number, size_t *at)
{
	pcre2_compile_context *context = pcre2_compile_context_create(NULL);
	pcre2_code *code = NULL;

	*number = PCRE2_ERROR_NOMEMORY;
	if (context == NULL)
		return NULL;
	pcre2_set_parens_nest_limit(context, NEST_LIMIT);
	code = pcre2_compile((PCRE2_SPTR)pattern.text, pattern.len,
			     PCRE2_CASELESS | PCRE2_UTF |
				     PCRE2_MATCH_INVALID_UTF |
				     PCRE2_NEVER_BACKSLASH_C,
			     number, at, context);
	pcre2_compile_context_free(context);
	return code;
}

enum qf_status
qf_regex_new(struct qf_span pattern, struct qf_regex **regex,
	     struct qf_query_mistake *mistake)
{
	struct qf_regex *made = calloc(1, sizeof(*made));
	size_t at = 0;
	int number = 0;

	if (made == NULL)
		return no_memory(mistake);
	made->code = compile(pattern, &number, &at);
	made->limits = pcre2_match_context_create(NULL);
	if (made->code == NULL || made->limits == NULL) {
		bool bad = made->code == NULL && number != PCRE2_ERROR_NOMEMORY;

		free_one(made);
		return bad ? wrong_pattern(mistake, pattern, number, at)
			   : no_memory(mistake);
	}
	pcre2_set_match_limit(made->limits, MATCH_LIMIT);
	pcre2_set_depth_limit(made->limits, DEPTH_LIMIT);
	pcre2_set_heap_limit(made->limits, HEAP_KIB);
	/* Without it matching is slower, and nothing else. */
	(void)pcre2_jit_compile(made->code, PCRE2_JIT_COMPLETE);
	*regex = made;
	return QF_OK;
}

enum qf_regex_answer
qf_regex_ask(const struct qf_regex *regex, struct qf_span text)
{
	pcre2_match_data *data =
		pcre2_match_data_create_from_pattern(regex->code, NULL);
	int result;

	if (data == NULL)
		return QF_REGEX_LIMIT;
	result = pcre2_match(regex->code, (PCRE2_SPTR)text.text, text.len, 0, 0,
			     data, regex->limits);
	if (result == PCRE2_ERROR_JIT_STACKLIMIT)
		result = pcre2_match(regex->code, (PCRE2_SPTR)text.text,
				     text.len, 0, PCRE2_NO_JIT, data,
				     regex->limits);
	pcre2_match_data_free(data);
	if (result == PCRE2_ERROR_NOMATCH)
		return QF_REGEX_NO;
	return result < 0 ? QF_REGEX_LIMIT : QF_REGEX_YES;
}
