#include "store/profile.h"

#include <string.h>

struct line {
	const char *at;
	size_t len;
};

static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static struct line
trim(struct line l)
{
	while (l.len > 0 && is_space(l.at[0])) {
		l.at++;
		l.len--;
	}
	while (l.len > 0 && is_space(l.at[l.len - 1]))
		l.len--;
	return l;
}

/* The next line, as it stands; false: there is none. */
static bool
next_line(struct line *rest, struct line *l)
{
	const char *end;

	if (rest->len == 0)
		return false;
	end = memchr(rest->at, '\n', rest->len);
	l->at = rest->at;
	l->len = end == NULL ? rest->len : (size_t)(end - rest->at);
	rest->at += l->len + (end != NULL);
	rest->len -= l->len + (end != NULL);
	return true;
}

static bool
is(struct line l, const char *text)
{
	return l.len == strlen(text) && memcmp(l.at, text, l.len) == 0;
}

/* "[ section ]", spaces in it as in the name. */
static bool
is_header(struct line l, const char *section)
{
	l = trim(l);
	return l.len >= 2 && l.at[0] == '[' && l.at[l.len - 1] == ']' &&
	    is(trim((struct line){ l.at + 1, l.len - 2 }), section);
}

static bool
is_named(struct line l, const char *name, struct line *value)
{
	const char *equals = memchr(l.at, '=', l.len);
	size_t n;

	if (l.len == 0 || is_space(l.at[0]) || equals == NULL ||
	    l.at[0] == '#' || l.at[0] == ';')
		return false;
	n = (size_t)(equals - l.at);
	*value = trim((struct line){ equals + 1, l.len - n - 1 });
	return is(trim((struct line){ l.at, n }), name);
}

char *
rp_profile_value(
    const char *text, size_t len, const char *section, const char *name)
{
	struct line rest = { text, len }, l, value, found = { NULL, 0 };
	bool inside = false;

	while (next_line(&rest, &l)) {
		if (l.len > 0 && l.at[0] == '[')
			inside = is_header(l, section);
		else if (inside && is_named(l, name, &value))
			found = value;
	}
	return found.at != NULL ? strndup(found.at, found.len) : NULL;
}

bool
rp_profile_has(const char *text, size_t len, const char *section)
{
	struct line rest = { text, len }, l;

	while (next_line(&rest, &l))
		if (is_header(l, section))
			return true;
	return false;
}
