#include <string.h>

#include "expr/expr.h"

/*
 * Does c match the bracket expression at p ("[a-z]", "[!a-z]")? Sets *end
 * behind it. One that is not closed is a plain "[".
 */
static bool
bracket(const char *p, const char *p_end, char c, const char **end)
{
	const char *q = p + 1;
	bool negate = q < p_end && *q == '!', met = false;

	q += negate;
	do {
		unsigned char lo, hi;

		if (q >= p_end) {
			*end = p + 1;
			return c == '[';
		}
		lo = hi = (unsigned char)*q++;
		if (p_end - q >= 2 && q[0] == '-' && q[1] != ']') {
			hi = (unsigned char)q[1];
			q += 2;
		}
		met |= (unsigned char)c >= lo && (unsigned char)c <= hi;
	} while (q >= p_end || *q != ']');
	*end = q + 1;
	return met != negate;
}

/* Does c match the one element at p? Sets *end behind the element. */
static bool
element(const char *p, const char *p_end, char c, const char **end)
{
	if (*p == '[')
		return bracket(p, p_end, c, end);
	if (*p == '\\' && p + 1 < p_end)
		p++;
	else if (*p == '?') {
		*end = p + 1;
		return true;
	}
	*end = p + 1;
	return *p == c;
}

bool
rp_glob_is_closed(const char *pattern, size_t len)
{
	const char *p = pattern, *p_end = p + len, *end;

	for (; p < p_end; p = end) {
		(void)element(p, p_end, '\0', &end);
		if (*p == '[' && end == p + 1)
			return false;
	}
	return true;
}

bool
rp_glob_match(
    const char *pattern, size_t pattern_len, const char *text, size_t len)
{
	const char *p = pattern, *p_end = pattern + pattern_len;
	const char *t = text, *t_end = text + len, *end;
	const char *star = NULL, *resume = NULL;

	/* only the last star is ever tried again: no blow-up */
	for (;;) {
		if (p < p_end && *p == '*') {
			star = ++p;
			resume = t;
		} else if (t == t_end) {
			return p == p_end;
		} else if (p < p_end && element(p, p_end, *t, &end)) {
			p = end;
			t++;
		} else if (star != NULL) {
			p = star;
			t = ++resume;
		} else {
			return false;
		}
	}
}
