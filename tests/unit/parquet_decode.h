/*
 * Decoders of what parquet/bits.h and parquet/thrift.h write, for the tests. What
 * must hold is held by NEED: who has no other takes that of the check library.
 */
#ifndef RP_TESTS_PARQUET_DECODE_H
#define RP_TESTS_PARQUET_DECODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifndef NEED
#include <check.h>
#define NEED(condition) ck_assert(condition)
#endif

struct cursor {
	const uint8_t *p, *end;
};

static inline uint8_t
get_byte(struct cursor *c)
{
	NEED(c->p < c->end);
	return *c->p++;
}

static inline uint64_t
get_varint(struct cursor *c)
{
	uint64_t v = 0;
	uint8_t byte;

	for (unsigned shift = 0;; shift += 7) {
		NEED(shift < 64);
		byte = get_byte(c);
		v |= (uint64_t)(byte & 0x7f) << shift;
		if (byte < 0x80)
			return v;
	}
}

static inline int64_t
get_zigzag(struct cursor *c)
{
	uint64_t v = get_varint(c);

	return (int64_t)(v >> 1 ^ (0 - (v & 1)));
}

/* Value i of those that are packed at p. */
static inline uint64_t
unpack(const uint8_t *p, size_t i, unsigned width)
{
	uint64_t v = 0;
	unsigned have = 0, take, from;

	for (size_t bit = i * width; have < width; bit += take) {
		from = bit % 8;
		take = width - have < 8 - from ? width - have : 8 - from;
		v |= (uint64_t)(p[bit / 8] >> from & ((1u << take) - 1))
		    << have;
		have += take;
	}
	return v;
}

/* n values of the hybrid, up to the cursor's end. */
static inline void
decode_rle(struct cursor *c, unsigned width, uint32_t *out, size_t n)
{
	size_t i = 0;

	while (i < n) {
		uint64_t head = get_varint(c), run = head >> 1;
		uint64_t value = 0;

		NEED(run > 0);
		if (head & 1) {
			NEED(run * width <= (uint64_t)(c->end - c->p));
			for (size_t k = 0; k < 8 * run && i < n; k++)
				out[i++] = (uint32_t)unpack(c->p, k, width);
			c->p += run * width;
			continue;
		}
		for (unsigned bit = 0; bit < width; bit += 8)
			value |= (uint64_t)get_byte(c) << bit;
		NEED(run <= n - i);
		while (run-- > 0)
			out[i++] = (uint32_t)value;
	}
}

/* DELTA_BINARY_PACKED: returns how many values there are. */
static inline size_t
decode_delta(struct cursor *c, uint64_t *out)
{
	uint64_t block = get_varint(c), minis = get_varint(c);
	uint64_t n = get_varint(c), mini, i = 0;
	uint8_t widths[64];
	int64_t least;

	NEED(block % 128 == 0);
	NEED(minis <= sizeof(widths));
	NEED(block / minis % 32 == 0);
	mini = block / minis;
	least = get_zigzag(c);
	if (n > 0)
		out[i++] = (uint64_t)least;
	while (i < n) {
		least = get_zigzag(c);
		for (size_t m = 0; m < minis; m++)
			widths[m] = get_byte(c);
		for (size_t m = 0; m < minis && i < n; m++) {
			NEED(widths[m] <= 64);
			NEED(mini / 8 * widths[m] <= (uint64_t)(c->end - c->p));
			for (size_t k = 0; k < mini && i < n; k++, i++)
				out[i] = out[i - 1] + (uint64_t)least +
				    unpack(c->p, k, widths[m]);
			c->p += mini / 8 * widths[m];
		}
	}
	return n;
}

/* ---- thrift's compact protocol ---- */

enum {
	T_TRUE = 1,
	T_FALSE,
	T_BYTE,
	T_I16,
	T_I32,
	T_I64,
	T_BYTES = 8,
	T_LIST,
	T_STRUCT = 12
};

/* The next field of a struct; false: its end. *last begins as 0. */
static inline bool
get_field(struct cursor *c, int *last, int *type)
{
	uint8_t head = get_byte(c);

	if (head == 0)
		return false;
	*type = head & 15;
	*last = head >> 4 != 0 ? *last + (head >> 4) : (int)get_zigzag(c);
	return true;
}

static inline size_t
get_list(struct cursor *c, int *type)
{
	uint8_t head = get_byte(c);

	*type = head & 15;
	return head >> 4 == 15 ? (size_t)get_varint(c) : head >> 4;
}

static inline size_t
get_bytes(struct cursor *c, const uint8_t **p)
{
	size_t n = (size_t)get_varint(c);

	NEED(n <= (size_t)(c->end - c->p));
	*p = c->p;
	c->p += n;
	return n;
}

static inline void
skip(struct cursor *c, int type)
{
	int last = 0, of;
	size_t n;

	switch (type) {
	case T_TRUE:
	case T_FALSE:
		return;
	case T_BYTE:
		c->p++;
		return;
	case T_BYTES:
		n = (size_t)get_varint(c);
		c->p += n;
		return;
	case T_LIST:
		for (n = get_list(c, &of); n > 0; n--)
			skip(c, of == T_TRUE ? T_BYTE : of);
		return;
	case T_STRUCT:
		while (get_field(c, &last, &of))
			skip(c, of);
		return;
	default:
		(void)get_varint(c);
	}
}

#endif
