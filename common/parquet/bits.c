#include "parquet/bits.h"

#include <stdbool.h>
#include <string.h>

#include "base/bytes.h"
#include "parquet/varint.h"

enum { GROUP = 8 }; /* values that are packed at least, a byte a bit */

/* Bits on their way to p, the lowest first. */
struct bits {
	uint8_t *p;
	uint64_t word;
	unsigned used;
};

static inline void
put_word(struct bits *b, uint64_t v, unsigned width)
{
	b->word |= v << b->used;
	b->used += width;
	if (b->used < 64)
		return;
	rp_put64(b->p, b->word);
	b->p += 8;
	b->used -= 64;
	b->word = b->used > 0 ? v >> (width - b->used) : 0;
}

/* So many values of size bytes at once, which have 64 bits at most together:
 * the compiler makes a loop of each. */
static inline void
put_together(struct bits *b, const void *values, size_t n, unsigned width,
    const size_t size, const size_t together)
{
	const uint8_t *v = values;

	for (size_t i = 0; i < n; i += together) {
		uint64_t word = 0;

		for (unsigned k = 0; k < together; k++, v += size)
			word |= (size == 8 ? rp_le64(v) : rp_le32(v))
			    << k * width;
		put_word(b, word, width * (unsigned)together);
	}
}

/* n values of width bits, lowest first; n is a multiple of GROUP. */
static inline uint8_t *
pack(uint8_t *p, const void *v, size_t n, unsigned width, const size_t size)
{
	struct bits b = { .p = p };

	if (width == 0)
		return p;
	if (width <= 8)
		put_together(&b, v, n, width, size, 8);
	else if (width <= 16)
		put_together(&b, v, n, width, size, 4);
	else if (width <= 32)
		put_together(&b, v, n, width, size, 2);
	else
		put_together(&b, v, n, width, size, 1);
	for (p = b.p; b.used > 0; b.used -= 8, b.word >>= 8)
		*p++ = (uint8_t)b.word;
	return p;
}

/* ---- RLE / bit-packing hybrid ---- */

enum {
	RUN_LEAST = 8, /* values: a shorter run is packed with its neighbours */
	RUN_HEAD = 5 /* bytes at most, of what a page may hold */
};

size_t
rp_rle_room(size_t n, unsigned width)
{
	/* a run and what is packed before it: two heads for 8 values or more,
	 * which packed would take a byte a bit; pack stores whole words */
	return 8 + (n / RUN_LEAST + 1) * (2 * RUN_HEAD + 4 + width);
}

static uint8_t *
put_run(uint8_t *p, uint32_t v, size_t n, unsigned width)
{
	p = rp_varint(p, (uint64_t)n << 1);
	for (unsigned bit = 0; bit < width; bit += 8)
		*p++ = (uint8_t)(v >> bit);
	return p;
}

/* Values that are packed, with zeros to a whole group. */
static uint8_t *
put_packed(uint8_t *p, const uint32_t *v, size_t n, unsigned width)
{
	const size_t whole = n - n % GROUP;
	uint32_t last[GROUP] = { 0 };

	if (n == 0)
		return p;
	p = rp_varint(p, (uint64_t)((n + GROUP - 1) / GROUP) << 1 | 1);
	p = pack(p, v, whole, width, sizeof(*v));
	if (whole == n)
		return p;
	memcpy(last, v + whole, (n - whole) * sizeof(*v));
	return pack(p, last, GROUP, width, sizeof(*v));
}

/* Where the next run that is long enough may begin, from i on: not before the
 * equal ones that end where such a run from i would. */
static size_t
next_run(const uint32_t *v, size_t i, size_t n)
{
	size_t at;

	while (n - i >= RUN_LEAST) {
		at = i + RUN_LEAST - 1;
		while (at > i && v[at - 1] == v[at])
			at--;
		if (at == i)
			return i;
		i = at;
	}
	return n;
}

static size_t
run_length(const uint32_t *v, size_t n)
{
	size_t i = 1;

	while (i < n && v[i] == v[0])
		i++;
	return i;
}

uint8_t *
rp_rle_put(uint8_t *p, const uint32_t *v, size_t n, unsigned width)
{
	size_t run, lent, i, from = 0; /* v[from] to v[i] are to be packed */

	for (i = next_run(v, 0, n); i < n; i = next_run(v, i + run, n)) {
		run = run_length(v + i, n - i);
		lent = (GROUP - (i - from) % GROUP) % GROUP;
		if (run < lent + RUN_LEAST)
			continue;
		i += lent; /* fill the group before the run with its values */
		run -= lent;
		p = put_packed(p, v + from, i - from, width);
		p = put_run(p, v[i], run, width);
		from = i + run;
	}
	return put_packed(p, v + from, n - from, width);
}

/* Bytes of bits that are all alike, from one on. */
static size_t
alike(const uint8_t *bits, size_t n)
{
	size_t i = 0;

	if (*bits != 0 && *bits != 0xff)
		return 0;
	while (i < n && bits[i] == *bits)
		i++;
	return i;
}

uint8_t *
rp_rle_put_bits(uint8_t *p, const uint8_t *bits, size_t n)
{
	enum { LEAST = 8 }; /* bytes that make a run worth its head */
	size_t run, whole = n / 8, i, from = 0;

	if (bits == NULL)
		return put_run(p, 1, n, 1);
	for (i = 0; i<whole; i += run> 0 ? run : 1) {
		if ((run = alike(bits + i, whole - i)) < LEAST)
			continue;
		if (i > from) {
			p = rp_varint(p, (uint64_t)(i - from) << 1 | 1);
			memcpy(p, bits + from, i - from);
			p += i - from;
		}
		p = put_run(p, bits[i] & 1, 8 * run, 1);
		from = i + run;
	}
	if (from < (n + 7) / 8) {
		p = rp_varint(p, (uint64_t)((n + 7) / 8 - from) << 1 | 1);
		memcpy(p, bits + from, whole - from);
		p += whole - from;
		if (n % 8 != 0)
			*p++ = bits[whole] & (uint8_t)((1u << n % 8) - 1);
	}
	return p;
}

/* ---- DELTA_BINARY_PACKED ---- */

enum { BLOCK = 128, MINI = 32, MINIS = BLOCK / MINI };

size_t
rp_delta_room(size_t n)
{
	return 4 * RP_VARINT_MAX +
	    (n / BLOCK + 1) * (RP_VARINT_MAX + MINIS + BLOCK * 8);
}

static unsigned
mini_width(const uint64_t *delta)
{
	uint64_t all = 0;

	for (size_t i = 0; i < MINI; i++)
		all |= delta[i];
	return rp_bit_width(all);
}

/* A block of n differences; those behind them are filled up. */
static uint8_t *
put_block(uint8_t *p, uint64_t delta[static BLOCK], size_t n)
{
	int64_t least = INT64_MAX;
	uint8_t *width;
	size_t i;

	for (i = 0; i < n; i++)
		least = (int64_t)delta[i] < least ? (int64_t)delta[i] : least;
	for (i = 0; i < n; i++)
		delta[i] -= (uint64_t)least;
	for (; i < BLOCK; i++)
		delta[i] = 0;
	p = rp_varint(p, rp_zigzag(least));
	width = p;
	p += MINIS;
	for (i = 0; i < MINIS; i++) {
		width[i] = (uint8_t)mini_width(delta + i * MINI);
		if (i * MINI < n)
			p = pack(p, delta + i * MINI, MINI, width[i],
			    sizeof(*delta));
	}
	return p;
}

/* Of 32 bits, with their sign. */
static uint64_t
narrow(uint64_t v, bool is_narrow)
{
	return is_narrow ? (uint64_t)(int64_t)(int32_t)(uint32_t)v : v;
}

uint8_t *
rp_delta_put(uint8_t *p, const uint64_t *v, size_t n, unsigned bits)
{
	uint64_t delta[BLOCK];
	bool is_narrow = bits == 32;

	p = rp_varint(p, BLOCK);
	p = rp_varint(p, MINIS);
	p = rp_varint(p, n);
	p = rp_varint(
	    p, n > 0 ? rp_zigzag((int64_t)narrow(v[0], is_narrow)) : 0);
	for (size_t i = 1; i < n; i += BLOCK) {
		size_t k, left = n - i < BLOCK ? n - i : BLOCK;

		for (k = 0; k < left; k++)
			delta[k] = narrow(v[i + k] - v[i + k - 1], is_narrow);
		p = put_block(p, delta, left);
	}
	return p;
}
