/*
 * JSON (RFC 8259), pulled value by value from text in memory: the only reader
 * of it in the house. What is found are spans of that text; numbers keep
 * their digits. Strict: grammar, escapes and UTF-8 are checked, of
 * what is passed over, too.
 *
 * An object:                               An array:
 *	while (rp_scan_key(&s, &key))           while (rp_scan_item(&s))
 *		rp_scan_value(&s, &value)               rp_scan_value(&s, &value)
 *
 * A value that is an object or an array is entered by its opening bracket:
 * loop over it, or pass over it with rp_scan_leave. All functions return false
 * at the end of what they walk, and once something is wrong: then s->why says
 * what, at s->at, and everything returns false from then on.
 */
#ifndef RP_IMPORT_JSON_SCAN_H
#define RP_IMPORT_JSON_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/bytes.h"
#include "base/error.h"

enum rp_json_kind {
	RP_JSON_NONE, /* for who looks for values: there is none */
	RP_JSON_NULL,
	RP_JSON_FALSE,
	RP_JSON_TRUE,
	RP_JSON_NUMBER,
	RP_JSON_STRING,
	RP_JSON_ARRAY, /* these two are entered */
	RP_JSON_OBJECT
};

/* Brackets within brackets. */
#define RP_JSON_MAX_DEPTH 64

/* Text without its quotes and escapes; of a container the opening bracket
 * only, unless it was got whole. Valid until the next rp_scan_begin. */
struct rp_json_value {
	const char *text; /* not terminated */
	uint32_t len;
	uint8_t kind; /* enum rp_json_kind */
};

/* All zero is one that has not begun. */
struct rp_scan {
	const char *at, *end, *why;
	bool no_memory; /* that is why */
	bool first; /* a bracket was just opened */
	uint8_t depth;
	const char *start;
	struct rp_buffer plain; /* strings without their escapes */
};

/* Begin with a text of less than 4 GiB, which stays the caller's. False: it is
 * not UTF-8. */
bool rp_scan_begin(struct rp_scan *s, const char *text, size_t len);
void rp_scan_free(struct rp_scan *s);

/* Nothing but space follows. */
bool rp_scan_end(struct rp_scan *s);

/* Pass over the rest of a container of this kind that was entered. */
bool rp_scan_leave(struct rp_scan *s, enum rp_json_kind kind);

/* The next value as it is written, from its bracket to its closing one. */
bool rp_scan_whole(struct rp_scan *s, struct rp_json_value *v);

/* Fail, if nothing has: the place is s->at. Returns false. */
bool rp_scan_fail(struct rp_scan *s, const char *why);

/* Where it went wrong, from 1, and how. */
static inline size_t
rp_scan_column(const struct rp_scan *s)
{
	return (size_t)(s->at - s->start) + 1;
}

static inline enum rp_status
rp_scan_status(const struct rp_scan *s)
{
	return s->why == NULL ? RP_OK
	    : s->no_memory    ? RP_ERR_NOMEM
			      : RP_ERR_CORRUPT;
}

/* Is the text these characters? */
static inline bool
rp_json_is(const struct rp_json_value *v, const char *text)
{
	return v->len == strlen(text) && memcmp(v->text, text, v->len) == 0;
}

/* ---- the parts that are in every loop ---- */

/* What these do not know at once. */
bool rp_scan_key_slowly(struct rp_scan *s, struct rp_json_value *key);
bool rp_scan_item_slowly(struct rp_scan *s);
bool rp_scan_value_slowly(struct rp_scan *s, struct rp_json_value *v);
bool rp_scan_string_slowly(struct rp_scan *s, struct rp_json_value *v);

#define RP_EACH_BYTE(byte) (0x0101010101010101u * (byte))

/* The next quote, backslash or control character; end: none. */
static inline const char *
rp_scan_special(const char *p, const char *end)
{
	/* high bits where a byte is zero; those after the first may lie */
	for (; end - p >= 8; p += 8) {
		const uint64_t one = RP_EACH_BYTE(1), x = rp_le64(p);
		const uint64_t quote = x ^ RP_EACH_BYTE('"'),
			       slash = x ^ RP_EACH_BYTE('\\');
		const uint64_t found =
		    (((quote - one) & ~quote) | ((slash - one) & ~slash) |
			((x - RP_EACH_BYTE(0x20)) & ~x)) &
		    RP_EACH_BYTE(0x80);

		if (found != 0)
			return p + __builtin_ctzll(found) / 8;
	}
	while (p < end && *p != '"' && *p != '\\' && (unsigned char)*p >= 0x20)
		p++;
	return p;
}

/* A string, behind its opening quote. */
static inline bool
rp_scan_string(struct rp_scan *s, struct rp_json_value *v)
{
	const char *next = rp_scan_special(s->at, s->end);

	v->kind = RP_JSON_STRING;
	if (next == s->end || *next != '"')
		return rp_scan_string_slowly(s, v);
	v->text = s->at;
	v->len = (uint32_t)(next - s->at);
	s->at = next + 1;
	return true;
}

/* The next member's key of the object that was entered; its value follows. */
static inline bool
rp_scan_key(struct rp_scan *s, struct rp_json_value *key)
{
	const char *p = s->at + !s->first;

	if (s->end - p < 2 || *p != '"' || (!s->first && *s->at != ','))
		return rp_scan_key_slowly(s, key);
	s->first = false;
	s->at = p + 1;
	/* many venues save bytes by keys of one letter */
	if (s->end - p >= 4 && p[2] == '"' && p[3] == ':' && p[1] != '\\' &&
	    p[1] != '"' && (unsigned char)p[1] >= 0x20) {
		*key = (struct rp_json_value){ p + 1, 1, RP_JSON_STRING };
		s->at = p + 4;
		return true;
	}
	if (!rp_scan_string(s, key))
		return false;
	if (s->at < s->end && *s->at == ':') {
		s->at++;
		return true;
	}
	return rp_scan_key_slowly(s, NULL);
}

/* There is another element in the array that was entered; it follows. */
static inline bool
rp_scan_item(struct rp_scan *s)
{
	if (s->first || s->at == s->end || *s->at != ',')
		return rp_scan_item_slowly(s);
	s->at++;
	return true;
}

static inline bool
rp_scan_value(struct rp_scan *s, struct rp_json_value *v)
{
	if (s->at == s->end || *s->at != '"')
		return rp_scan_value_slowly(s, v);
	s->at++;
	return rp_scan_string(s, v);
}

/* Pass over the next value. */
static inline bool
rp_scan_skip(struct rp_scan *s)
{
	struct rp_json_value v;

	return rp_scan_value(s, &v) &&
	    (v.kind < RP_JSON_ARRAY || rp_scan_leave(s, v.kind));
}

#endif
