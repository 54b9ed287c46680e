#include "parquet/bits.h"

#include <stdbool.h>
#include <string.h>

#include "base/bytes.h"
#include "parquet/varint.h"

enum { GROUP = 8 }; /* values that are packed at least, a byte a bit */

/* n values of width bits, lowest first; n is a multiple of GROUP. */
static uint8_t *
pack(uint8_t *p, const uint64_t *v, size_t n, unsigned width)
{
	uint64_t word = 0;
	unsigned used = 0;

	if (width == 0)
		return p;
	for (size_t i = 0; i < n; i++) {
		word |= v[i] << used;
		used += width;
		if (used < 64)
			continue;
		rp_put64(p, word);
		p += 8;
		used -= 64;
		word = used > 0 ? v[i] >> (width - used) : 0;
	}
	for (; used > 0; used -= 8, word >>= 8)
		*p++ = (uint8_t)word;
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
	enum { AT_ONCE = 64 };
	uint64_t some[AT_ONCE];

	if (n == 0)
		return p;
	p = rp_varint(p, (uint64_t)((n + GROUP - 1) / GROUP) << 1 | 1);
	for (size_t i = 0; i < n; i += AT_ONCE) {
		size_t k, left = n - i < AT_ONCE ? n - i : AT_ONCE;

		for (k = 0; k < left; k++)
			some[k] = v[i + k];
		for (; k % GROUP != 0; k++)
			some[k] = 0;
		p = pack(p, some, k, width);
	}
	return p;
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

	for (i = 0; i < n; i += run) {
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
			p = pack(p, delta + i * MINI, MINI, width[i]);
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
