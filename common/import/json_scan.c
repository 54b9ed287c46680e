#include "import/json_scan.h"

#include "base/utf8.h"

bool
rp_scan_fail(struct rp_scan *s, const char *why)
{
	if (s->why == NULL) {
		s->why = why;
		/* nothing is found behind it */
		s->end = s->at;
		s->first = false;
	}
	return false;
}

static inline void
skip_space(struct rp_scan *s)
{
	while (s->at < s->end &&
	    (*s->at == ' ' || *s->at == '\t' || *s->at == '\r' ||
		*s->at == '\n'))
		s->at++;
}

/* The next character, behind space; 0: there is none. */
static char
peek(struct rp_scan *s)
{
	skip_space(s);
	return s->at < s->end ? *s->at : '\0';
}

/* ---- the whole ---- */

/* Most texts are ASCII, which is known at once. */
static bool
is_ascii(const char *p, const char *end)
{
	uint64_t all = 0;

	for (; end - p >= 32; p += 32)
		all |= rp_le64(p) | rp_le64(p + 8) | rp_le64(p + 16) |
		    rp_le64(p + 24);
	for (; p < end; p++)
		all |= (unsigned char)*p;
	return (all & RP_EACH_BYTE(0x80)) == 0;
}

bool
rp_scan_begin(struct rp_scan *s, const char *text, size_t len)
{
	s->start = s->at = text;
	s->end = text + len;
	s->why = NULL;
	s->no_memory = s->first = false;
	s->depth = 0;
	s->plain.len = 0;
	if (is_ascii(s->at, s->end))
		return true;
	s->at += rp_utf8_span(text, len);
	if (s->at < s->end)
		return rp_scan_fail(s, "not UTF-8");
	s->at = text;
	return true;
}

bool
rp_scan_end(struct rp_scan *s)
{
	skip_space(s);
	return s->why == NULL &&
	    (s->at == s->end || rp_scan_fail(s, "something follows the value"));
}

void
rp_scan_free(struct rp_scan *s)
{
	rp_buffer_free(&s->plain);
}

/* ---- strings ---- */

static bool
four_hex(const char *p, const char *end, uint32_t *code)
{
	*code = 0;
	if (end - p < 4)
		return false;
	for (int i = 0; i < 4; i++) {
		char c = p[i];

		*code <<= 4;
		if (c >= '0' && c <= '9')
			*code |= (uint32_t)(c - '0');
		else if ((c | 32) >= 'a' && (c | 32) <= 'f')
			*code |= (uint32_t)((c | 32) - 'a' + 10);
		else
			return false;
	}
	return true;
}

/* \u at s->at, which is behind the u; a pair of surrogates is one character. */
static bool
put_escaped_code(struct rp_scan *s, char **out)
{
	uint32_t code, low;

	if (!four_hex(s->at, s->end, &code))
		return rp_scan_fail(s, "\\u without four hex digits");
	s->at += 4;
	if (code >= 0xd800 && code < 0xdc00) {
		if (s->end - s->at < 6 || s->at[0] != '\\' || s->at[1] != 'u' ||
		    !four_hex(s->at + 2, s->end, &low) || low < 0xdc00 ||
		    low >= 0xe000)
			return rp_scan_fail(s, "half a pair of surrogates");
		s->at += 6;
		code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
	} else if (code >= 0xdc00 && code < 0xe000) {
		return rp_scan_fail(s, "half a pair of surrogates");
	}
	*out += rp_utf8_encode(*out, code);
	return true;
}

static bool
put_escaped(struct rp_scan *s, char **out)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	const char *known;

	if (s->at == s->end)
		return rp_scan_fail(s, "the string does not end");
	if (*s->at == 'u') {
		s->at++;
		return put_escaped_code(s, out);
	}
	known = memchr(from, *s->at, sizeof(from) - 1);
	if (known == NULL)
		return rp_scan_fail(s, "no such escape");
	*(*out)++ = to[known - from];
	s->at++;
	return true;
}

/* A string with escapes, or a bad one, from its first character on. */
bool
rp_scan_string_slowly(struct rp_scan *s, struct rp_json_value *v)
{
	char *start, *out;
	const char *next;

	/* no string is longer without its escapes: this is made once a text,
	 * and what was found in it stays */
	if (rp_buffer_reserve(&s->plain, (size_t)(s->end - s->start)) !=
	    RP_OK) {
		s->no_memory = true;
		return rp_scan_fail(s, "out of memory");
	}
	out = start = (char *)s->plain.data + s->plain.len;
	for (;;) {
		next = rp_scan_special(s->at, s->end);
		memcpy(out, s->at, (size_t)(next - s->at));
		out += next - s->at;
		s->at = next;
		if (next == s->end)
			return rp_scan_fail(s, "the string does not end");
		if (*next == '"')
			break;
		if (*next != '\\')
			return rp_scan_fail(s, "control character in a string");
		s->at++;
		if (!put_escaped(s, &out))
			return false;
	}
	s->at++;
	v->text = start;
	v->len = (uint32_t)(out - start);
	s->plain.len += v->len;
	return true;
}

/* ---- other values ---- */

static size_t
skip_digits(struct rp_scan *s)
{
	const char *start = s->at;

	while (s->at < s->end && *s->at >= '0' && *s->at <= '9')
		s->at++;
	return (size_t)(s->at - start);
}

static bool
skip_number(struct rp_scan *s)
{
	size_t digits;
	const char *start;

	s->at += *s->at == '-';
	start = s->at;
	digits = skip_digits(s);
	if (digits == 0)
		return rp_scan_fail(s, "digits are missing");
	if (digits > 1 && *start == '0')
		return rp_scan_fail(s, "a number begins with 0");
	if (s->at < s->end && *s->at == '.') {
		s->at++;
		if (skip_digits(s) == 0)
			return rp_scan_fail(s, "digits are missing");
	}
	if (s->at < s->end && (*s->at | 32) == 'e') {
		s->at++;
		if (s->at < s->end && (*s->at == '-' || *s->at == '+'))
			s->at++;
		if (skip_digits(s) == 0)
			return rp_scan_fail(s, "digits are missing");
	}
	return true;
}

static bool
take_word(struct rp_scan *s, const char *word)
{
	size_t len = strlen(word);

	if ((size_t)(s->end - s->at) < len || memcmp(s->at, word, len) != 0)
		return rp_scan_fail(s, "a value is expected");
	s->at += len;
	return true;
}

static bool
enter(struct rp_scan *s)
{
	if (s->depth == RP_JSON_MAX_DEPTH)
		return rp_scan_fail(s, "too many brackets within brackets");
	s->depth++;
	s->at++;
	s->first = true;
	return true;
}

static bool
leave(struct rp_scan *s)
{
	s->at++;
	s->depth--;
	s->first = false;
	return false;
}

bool
rp_scan_value_slowly(struct rp_scan *s, struct rp_json_value *v)
{
	char c = peek(s);
	bool good;

	v->text = s->at;
	switch (c) {
	case '"':
		s->at++;
		return rp_scan_string(s, v);
	case '{':
		v->kind = RP_JSON_OBJECT;
		good = enter(s);
		break;
	case '[':
		v->kind = RP_JSON_ARRAY;
		good = enter(s);
		break;
	case 'n':
		v->kind = RP_JSON_NULL;
		good = take_word(s, "null");
		break;
	case 't':
		v->kind = RP_JSON_TRUE;
		good = take_word(s, "true");
		break;
	case 'f':
		v->kind = RP_JSON_FALSE;
		good = take_word(s, "false");
		break;
	default:
		if (c != '-' && (c < '0' || c > '9'))
			return rp_scan_fail(s, "a value is expected");
		v->kind = RP_JSON_NUMBER;
		good = skip_number(s);
	}
	v->len = (uint32_t)(s->at - v->text);
	return good;
}

/* ---- containers ---- */

/* Before a member: at its first character, or false at the closing bracket. */
static bool
next_member(struct rp_scan *s, char closing, const char *expected)
{
	char c = peek(s);

	if (s->why != NULL)
		return false;
	if (c == closing && s->depth > 0)
		return leave(s);
	if (s->first) {
		s->first = false;
		return true;
	}
	if (c != ',')
		return rp_scan_fail(s, expected);
	s->at++;
	return true;
}

/* key NULL: it is there, but not its colon. */
bool
rp_scan_key_slowly(struct rp_scan *s, struct rp_json_value *key)
{
	if (key != NULL) {
		if (!next_member(s, '}', "',' or '}' is expected"))
			return false;
		if (peek(s) != '"')
			return rp_scan_fail(s, "a key in quotes is expected");
		s->at++;
		if (!rp_scan_string(s, key))
			return false;
	}
	if (peek(s) != ':')
		return rp_scan_fail(s, "':' is expected");
	s->at++;
	return true;
}

bool
rp_scan_item_slowly(struct rp_scan *s)
{
	return next_member(s, ']', "',' or ']' is expected");
}

bool
rp_scan_leave(struct rp_scan *s, enum rp_json_kind kind)
{
	/* a bit for each container that is open: is it an object? */
	uint64_t objects = kind == RP_JSON_OBJECT;
	unsigned open = 1;
	struct rp_json_value v;

	while (open > 0) {
		if (objects & 1 ? rp_scan_key(s, &v) : rp_scan_item(s)) {
			if (!rp_scan_value(s, &v))
				return false;
			if (v.kind < RP_JSON_ARRAY)
				continue;
			objects = objects << 1 | (v.kind == RP_JSON_OBJECT);
			open++;
		} else if (s->why != NULL) {
			return false;
		} else {
			objects >>= 1;
			open--;
		}
	}
	return true;
}

bool
rp_scan_whole(struct rp_scan *s, struct rp_json_value *v)
{
	if (!rp_scan_value(s, v))
		return false;
	if (v->kind < RP_JSON_ARRAY)
		return true;
	if (!rp_scan_leave(s, v->kind))
		return false;
	v->len = (uint32_t)(s->at - v->text);
	return true;
}
