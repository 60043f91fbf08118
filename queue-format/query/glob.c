/*
 * glob.c - `*' and `?' in texts.
 */
#include "value.h"

#include "queue-format/ascii.h"
#include "queue-format/text.h"

bool
qf_glob_is(struct qf_span text)
{
	for (size_t i = 0; i < text.len; i++) {
		if (text.text[i] == '\\')
			i++;
		else if (text.text[i] == '*' || text.text[i] == '?')
			return true;
	}
	return false;
}

static bool
same(char a, char b, bool exact)
{
	return a == b || (!exact && qf_fold(a) == qf_fold(b));
}

/* A character of UTF-8, or a byte that is none. */
static size_t
character(const char *text, size_t len)
{
	uint32_t rune;
	size_t size = qf_utf8_next(text, len, &rune);

	return size == 0 ? 1 : size;
}

/* Is this byte a plain one of the glob, after a backslash or without? */
static bool
is_escape(struct qf_span glob, size_t at)
{
	return glob.text[at] == '\\' && at + 1 < glob.len &&
	       (glob.text[at + 1] == '*' || glob.text[at + 1] == '?' ||
		glob.text[at + 1] == '\\');
}

/*
 * Where a `*' has taken too little, it takes one more character; only the last one
 * needs to be tried again, since what is before it has found its place.
 */
bool
qf_glob_matches(struct qf_span glob, struct qf_span text, bool exact)
{
	size_t star = (size_t)-1; /* just behind the last one */
	size_t resume = 0;	  /* where the text goes on after it */
	size_t g = 0;
	size_t t = 0;

	while (t < text.len || g < glob.len) {
		bool escape = g < glob.len && is_escape(glob, g);

		if (g < glob.len && !escape && glob.text[g] == '*') {
			star = ++g;
			resume = t;
			continue;
		}
		if (g < glob.len && t < text.len) {
			if (!escape && glob.text[g] == '?') {
				g++;
				t += character(text.text + t, text.len - t);
				continue;
			}
			if (same(glob.text[g + escape], text.text[t], exact)) {
				g += 1 + (size_t)escape;
				t++;
				continue;
			}
		}
		if (star == (size_t)-1 || resume >= text.len)
			return false;
		g = star;
		resume += character(text.text + resume, text.len - resume);
		t = resume;
	}
	return true;
}
