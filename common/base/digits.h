/*
 * Digits of numbers, inline, for the loops that write millions of them a
 * second; elsewhere base/decimal.h serves.
 *
 * Numbers of any length are written eight digits at a time in one 64-bit
 * word, first digit in the lowest byte: no branch on the count of digits, and
 * zeros at either end are counted with one instruction. Numbers of known
 * length take three digits at a time from a table.
 */
#ifndef RP_BASE_DIGITS_H
#define RP_BASE_DIGITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"

#define RP_E8 100000000u
#define RP_E16 10000000000000000u

/* The digits of v < 10^8 as bytes 0 to 9, the first one lowest. */
static inline uint64_t
rp_digits8(uint32_t v)
{
	uint64_t x, q;

	/* two fours in 32-bit lanes, four twos in 16-bit lanes, eight ones */
	x = (v / 10000) | (uint64_t)(v % 10000) << 32;
	q = ((x * 10486) >> 20) & 0x0000007f0000007fu;
	x = q | (x - q * 100) << 16;
	q = ((x * 103) >> 10) & 0x000f000f000f000fu;
	return q | (x - q * 10) << 8;
}

/* The last n bytes of digits x (n from 1 to 8) as text; writes 8 bytes. */
static inline char *
rp_put_last(char *buf, uint64_t x, unsigned n)
{
	rp_put64(buf, (x | 0x3030303030303030u) >> (8 * (8 - n)));
	return buf + n;
}

/* Significant bytes of digits x; at least 1, as the last one always counts. */
static inline unsigned
rp_significant(uint64_t x)
{
	return 8 - (unsigned)__builtin_ctzll(x | 1ull << 56) / 8;
}

/* "000" to "999", each with a zero byte. */
extern const char rp_digits3[1000][4];

/* v < 10^3 as three digits; writes 4 bytes. */
static inline char *
rp_put_3(char *p, uint32_t v)
{
	memcpy(p, rp_digits3[v], 4);
	return p + 3;
}

/* v < 10^6 as six digits; writes 7 bytes. */
static inline char *
rp_put_6(char *p, uint32_t v)
{
	p = rp_put_3(p, v / 1000);
	return rp_put_3(p, v % 1000);
}

/* v < 10^9 as nine digits; writes 10 bytes. */
static inline char *
rp_put_9(char *p, uint32_t v)
{
	p = rp_put_3(p, v / 1000000);
	return rp_put_6(p, v % 1000000);
}

/* v < 10^3; its end. Writes 4 bytes. */
static inline char *
rp_put_small(char *p, uint32_t v)
{
	unsigned n = 1 + (v >= 10) + (v >= 100);

	rp_put32(p, rp_le32(rp_digits3[v]) >> (8 * (3 - n)));
	return p + n;
}

/* v < 10^9; its end. Writes up to 10 bytes. */
static inline char *
rp_put_u30(char *p, uint32_t v)
{
	if (v < 1000)
		return rp_put_small(p, v);
	if (v < 1000000)
		return rp_put_3(rp_put_small(p, v / 1000), v % 1000);
	return rp_put_6(rp_put_small(p, v / 1000000), v % 1000000);
}

/* A number; its end. Writes up to 24 bytes. */
static inline char *
rp_put_u64(char *p, uint64_t v)
{
	uint64_t x, top;

	if (v < RP_E8) {
		x = rp_digits8((uint32_t)v);
		return rp_put_last(p, x, rp_significant(x));
	}
	if (v >= RP_E16) {
		top = v / RP_E16;
		x = rp_digits8((uint32_t)top);
		p = rp_put_last(p, x, rp_significant(x));
		v %= RP_E16;
		p = rp_put_last(p, rp_digits8((uint32_t)(v / RP_E8)), 8);
	} else {
		x = rp_digits8((uint32_t)(v / RP_E8));
		p = rp_put_last(p, x, rp_significant(x));
	}
	return rp_put_last(p, rp_digits8((uint32_t)(v % RP_E8)), 8);
}

/* ---- and back ---- */

#define RP_ZEROS8 0x3030303030303030u /* "00000000" */

/* Are eight bytes of text digits? */
static inline bool
rp_are_digits8(uint64_t x)
{
	return ((x & (x + 0x0606060606060606u)) & 0xf0f0f0f0f0f0f0f0u) ==
	    RP_ZEROS8;
}

/* The number that eight digits of text are, the first one lowest. */
static inline uint32_t
rp_value8(uint64_t x)
{
	x = (x & 0x0f0f0f0f0f0f0f0fu) * (1 + (10 << 8)) >> 8;
	x = (x & 0x00ff00ff00ff00ffu) * (1 + (100 << 16)) >> 16;
	return (uint32_t)((x & 0x0000ffff0000ffffu) *
		(1 + ((uint64_t)10000 << 32)) >>
	    32);
}

/* 1 to 8 bytes of text in the lowest bytes, the rest zero. */
static inline uint64_t
rp_load_short(const char *p, size_t len)
{
	if (len >= 4)
		return rp_le32(p) |
		    (uint64_t)rp_le32(p + len - 4) << (8 * (len - 4));
	return (uint8_t)p[0] |
	    (uint64_t)(uint8_t)p[len / 2] << (8 * (len / 2)) |
	    (uint64_t)(uint8_t)p[len - 1] << (8 * (len - 1));
}

#endif
