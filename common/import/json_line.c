#include "import/json_line.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/utf8.h"

static bool
fail(struct rp_json_line *l, const char *why)
{
	l->why = why;
	return false;
}

static inline void
skip_space(struct rp_json_line *l)
{
	while (l->at < l->end &&
	    (*l->at == ' ' || *l->at == '\t' || *l->at == '\r'))
		l->at++;
}

static bool
take(struct rp_json_line *l, char c, const char *why)
{
	skip_space(l);
	if (l->at == l->end || *l->at != c)
		return fail(l, why);
	l->at++;
	return true;
}

/* ---- strings ---- */

#define EACH(byte) (0x0101010101010101u * (byte))

/* High bits set where x has a zero byte; bytes after the first may lie. */
static inline uint64_t
zero_bytes(uint64_t x)
{
	return (x - EACH(1)) & ~x & EACH(0x80);
}

/* The next quote, backslash or control character; end: none. */
static inline const char *
find_special(const char *p, const char *end)
{
	for (; end - p >= 8; p += 8) {
		uint64_t x = rp_le64(p);
		uint64_t found = zero_bytes(x ^ EACH('"')) |
		    zero_bytes(x ^ EACH('\\')) |
		    ((x - EACH(0x20)) & ~x & EACH(0x80));

		if (found != 0)
			return p + __builtin_ctzll(found) / 8;
	}
	while (p < end && *p != '"' && *p != '\\' && (unsigned char)*p >= 0x20)
		p++;
	return p;
}

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

/* \u at l->at, which is behind the u; a pair of surrogates is one character. */
static bool
put_escaped_code(struct rp_json_line *l, char **out)
{
	uint32_t code, low;

	if (!four_hex(l->at, l->end, &code))
		return fail(l, "\\u without four hex digits");
	l->at += 4;
	if (code >= 0xd800 && code < 0xdc00) {
		if (l->end - l->at < 6 || l->at[0] != '\\' || l->at[1] != 'u' ||
		    !four_hex(l->at + 2, l->end, &low) || low < 0xdc00 ||
		    low >= 0xe000)
			return fail(l, "half a pair of surrogates");
		l->at += 6;
		code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
	} else if (code >= 0xdc00 && code < 0xe000) {
		return fail(l, "half a pair of surrogates");
	}
	*out += rp_utf8_encode(*out, code);
	return true;
}

static bool
put_escaped(struct rp_json_line *l, char **out)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	const char *known;

	if (l->at == l->end)
		return fail(l, "the string does not end");
	if (*l->at == 'u') {
		l->at++;
		return put_escaped_code(l, out);
	}
	known = memchr(from, *l->at, sizeof(from) - 1);
	if (known == NULL)
		return fail(l, "no such escape");
	*(*out)++ = to[known - from];
	l->at++;
	return true;
}

/* A string with escapes, from its first character on, into l->plain. */
static bool
plain_string(struct rp_json_line *l, const char **text, uint32_t *len)
{
	char *start = (char *)l->plain.data + l->plain.len, *out = start;
	const char *next;

	for (;;) {
		next = find_special(l->at, l->end);
		memcpy(out, l->at, (size_t)(next - l->at));
		out += next - l->at;
		l->at = next;
		if (next == l->end)
			return fail(l, "the string does not end");
		if (*next == '"')
			break;
		if (*next != '\\')
			return fail(l, "control character in a string");
		l->at++;
		if (!put_escaped(l, &out))
			return false;
	}
	l->at++;
	*text = start;
	*len = (uint32_t)(out - start);
	l->plain.len += *len;
	return true;
}

/* A string, behind its opening quote. */
static inline bool
read_string(struct rp_json_line *l, const char **text, uint32_t *len)
{
	const char *next = find_special(l->at, l->end);

	if (next == l->end || *next != '"')
		return plain_string(l, text, len);
	*text = l->at;
	*len = (uint32_t)(next - l->at);
	l->at = next + 1;
	return true;
}

/* ---- members ---- */

static size_t
skip_digits(struct rp_json_line *l)
{
	const char *start = l->at;

	while (l->at < l->end && *l->at >= '0' && *l->at <= '9')
		l->at++;
	return (size_t)(l->at - start);
}

static bool
skip_number(struct rp_json_line *l)
{
	size_t digits;
	const char *start;

	if (l->at < l->end && *l->at == '-')
		l->at++;
	start = l->at;
	digits = skip_digits(l);
	if (digits == 0)
		return fail(l, "a string, a number or null is expected");
	if (digits > 1 && *start == '0')
		return fail(l, "a number begins with 0");
	if (l->at < l->end && *l->at == '.') {
		l->at++;
		if (skip_digits(l) == 0)
			return fail(l, "digits are missing");
	}
	if (l->at < l->end && (*l->at | 32) == 'e') {
		l->at++;
		if (l->at < l->end && (*l->at == '-' || *l->at == '+'))
			l->at++;
		if (skip_digits(l) == 0)
			return fail(l, "digits are missing");
	}
	return true;
}

static inline bool
read_value(struct rp_json_line *l, struct rp_json_member *m)
{
	const char *start;

	skip_space(l);
	m->string = l->at < l->end && *l->at == '"';
	if (m->string) {
		l->at++;
		return read_string(l, &m->text, &m->len);
	}
	start = l->at;
	if (l->end - start >= 4 && memcmp(start, "null", 4) == 0) {
		l->at += 4;
		m->text = NULL;
		m->len = 0;
		return true;
	}
	if (!skip_number(l))
		return false;
	m->text = start;
	m->len = (uint32_t)(l->at - start);
	return true;
}

/* The key of member i of the line before: its offset in before, its length. */
struct before {
	uint32_t off, len;
};

static bool
is_key_before(struct rp_json_line *l, struct rp_json_member *m, size_t i)
{
	const struct before *b;
	const char *key;

	if (i >= l->n_before)
		return false;
	b = (const struct before *)(const void *)l->before.data + i;
	key = (const char *)l->before.data + b->off;
	/* with its quotes and colon, as it stood there */
	if ((size_t)(l->end - l->at) < b->len + 3u || l->at[0] != '"' ||
	    memcmp(l->at + 1, key, b->len) != 0 || l->at[b->len + 1] != '"' ||
	    l->at[b->len + 2] != ':')
		return false;
	m->key = key;
	m->key_len = b->len;
	l->at += b->len + 3;
	return true;
}

static bool
read_member(struct rp_json_line *l, struct rp_json_member *m, size_t i)
{
	skip_space(l);
	if (is_key_before(l, m, i))
		return read_value(l, m);
	l->same_keys = false;
	return take(l, '"', "a key in quotes is expected") &&
	    read_string(l, &m->key, &m->key_len) &&
	    take(l, ':', "':' is expected") && read_value(l, m);
}

static struct rp_json_member *
add_member(struct rp_json_line *l)
{
	struct rp_json_member *grown;
	size_t cap = l->cap == 0 ? 64 : 2 * l->cap;

	if (l->n == l->cap) {
		grown = reallocarray(l->members, cap, sizeof(*grown));
		if (grown == NULL)
			return NULL;
		l->members = grown;
		l->cap = cap;
	}
	return &l->members[l->n++];
}

/* Keep the keys, for the next line and for the members of this one. */
static enum rp_status
keep_keys(struct rp_json_line *l)
{
	struct rp_buffer kept = { 0 };
	size_t room = l->n * sizeof(struct before), at = room;
	struct before *b;

	for (size_t i = 0; i < l->n; i++)
		room += l->members[i].key_len;
	if (rp_buffer_reserve(&kept, room + 1) != RP_OK)
		return RP_ERR_NOMEM;
	b = (struct before *)(void *)kept.data;
	for (size_t i = 0; i < l->n; i++) {
		struct rp_json_member *m = &l->members[i];

		memcpy(kept.data + at, m->key, m->key_len);
		b[i] = (struct before){ (uint32_t)at, m->key_len };
		/* one that was written with escapes is never recognised */
		if (find_special(m->key, m->key + m->key_len) !=
		    m->key + m->key_len)
			b[i].len = UINT32_MAX / 2;
		m->key = (const char *)kept.data + at;
		at += m->key_len;
	}
	rp_buffer_free(&l->before);
	l->before = kept;
	l->n_before = l->n;
	return RP_OK;
}

enum rp_status
rp_json_line_read(struct rp_json_line *l, const char *line, size_t len)
{
	struct rp_json_member *m;
	bool more;

	l->n = 0;
	l->at = line;
	l->end = line + len;
	l->plain.len = 0;
	l->same_keys = true;
	/* no string is longer without its escapes */
	if (rp_buffer_reserve(&l->plain, len + 4) != RP_OK)
		return RP_ERR_NOMEM;
	if (!take(l, '{', "an object is expected"))
		return RP_ERR_CORRUPT;
	skip_space(l);
	more = l->at == l->end || *l->at != '}';
	while (more) {
		if ((m = add_member(l)) == NULL)
			return RP_ERR_NOMEM;
		if (!read_member(l, m, l->n - 1))
			return RP_ERR_CORRUPT;
		skip_space(l);
		more = l->at < l->end && *l->at == ',';
		l->at += more;
	}
	if (!take(l, '}', "',' or '}' is expected"))
		return RP_ERR_CORRUPT;
	skip_space(l);
	if (l->at != l->end) {
		fail(l, "something follows the object");
		return RP_ERR_CORRUPT;
	}
	l->same_keys &= l->n == l->n_before;
	return l->same_keys ? RP_OK : keep_keys(l);
}

void
rp_json_line_free(struct rp_json_line *l)
{
	free(l->members);
	rp_buffer_free(&l->before);
	rp_buffer_free(&l->plain);
}
