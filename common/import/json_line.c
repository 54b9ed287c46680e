#include "import/json_line.h"

#include <stdlib.h>
#include <string.h>

/* A value that is text, a number or null. */
static inline bool
read_value(struct rp_scan *s, struct rp_json_member *m)
{
	struct rp_json_value v;

	if (!rp_scan_value(s, &v))
		return false;
	m->string = v.kind == RP_JSON_STRING;
	if (v.kind != RP_JSON_STRING && v.kind != RP_JSON_NUMBER &&
	    v.kind != RP_JSON_NULL) {
		s->at = v.text;
		return rp_scan_fail(
		    s, "a string, a number or null is expected");
	}
	m->text = v.kind == RP_JSON_NULL ? NULL : v.text;
	m->len = v.kind == RP_JSON_NULL ? 0 : v.len;
	return true;
}

/* The key of member i of the line before: its offset in before, its length. */
struct before {
	uint32_t off, len;
};

/* The next key, as it stood in the line before: ,"key": */
static bool
is_key_before(struct rp_json_line *l, struct rp_json_member *m, size_t i)
{
	struct rp_scan *s = &l->scan;
	const char *at = s->at + !s->first, *key;
	const struct before *b;

	if (i >= l->n_before)
		return false;
	b = (const struct before *)(const void *)l->before.data + i;
	key = (const char *)l->before.data + b->off;
	if (s->end - at < (ptrdiff_t)b->len + 3 ||
	    (!s->first && *s->at != ',') || at[0] != '"' ||
	    memcmp(at + 1, key, b->len) != 0 || at[b->len + 1] != '"' ||
	    at[b->len + 2] != ':')
		return false;
	m->key = key;
	m->key_len = b->len;
	s->at = at + b->len + 3;
	s->first = false;
	return true;
}

/* The next key, if there is one. */
static bool
read_key(struct rp_json_line *l, struct rp_json_member *m, size_t i)
{
	struct rp_json_value key;

	if (is_key_before(l, m, i))
		return true;
	if (!rp_scan_key(&l->scan, &key))
		return false;
	l->same_keys = false;
	m->key = key.text;
	m->key_len = key.len;
	return true;
}

static bool
add_member(struct rp_json_line *l, const struct rp_json_member *m)
{
	struct rp_json_member *grown;
	size_t cap = l->cap == 0 ? 64 : 2 * l->cap;

	if (l->n == l->cap) {
		grown = reallocarray(l->members, cap, sizeof(*grown));
		if (grown == NULL)
			return false;
		l->members = grown;
		l->cap = cap;
	}
	l->members[l->n++] = *m;
	return true;
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
		if (rp_scan_special(m->key, m->key + m->key_len) !=
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

static enum rp_status
read_object(struct rp_json_line *l)
{
	struct rp_scan *s = &l->scan;
	struct rp_json_value v;
	struct rp_json_member m;

	if (!rp_scan_value(s, &v))
		return rp_scan_status(s);
	if (v.kind != RP_JSON_OBJECT) {
		s->at = v.text;
		rp_scan_fail(s, "an object is expected");
		return RP_ERR_CORRUPT;
	}
	while (read_key(l, &m, l->n)) {
		if (!read_value(s, &m))
			return rp_scan_status(s);
		if (!add_member(l, &m))
			return RP_ERR_NOMEM;
	}
	(void)!rp_scan_end(s);
	return rp_scan_status(s);
}

enum rp_status
rp_json_line_read(struct rp_json_line *l, const char *line, size_t len)
{
	enum rp_status st;

	l->n = 0;
	l->same_keys = true;
	(void)!rp_scan_begin(&l->scan, line, len);
	if ((st = read_object(l)) != RP_OK)
		return st;
	l->same_keys &= l->n == l->n_before;
	return l->same_keys ? RP_OK : keep_keys(l);
}

void
rp_json_line_free(struct rp_json_line *l)
{
	free(l->members);
	rp_buffer_free(&l->before);
	rp_scan_free(&l->scan);
}
