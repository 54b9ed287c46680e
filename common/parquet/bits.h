/*
 * Integers of few bits: Parquet's encodings that pack them. Each function
 * writes at p, where there is room for what its _room says, and returns the end.
 * Formats: Parquet's Encodings.md.
 */
#ifndef RP_PARQUET_BITS_H
#define RP_PARQUET_BITS_H

#include <stddef.h>
#include <stdint.h>

/* Bits that v needs: 0 to 64. */
static inline unsigned
rp_bit_width(uint64_t v)
{
	return v == 0 ? 0 : 64 - (unsigned)__builtin_clzll(v);
}

/* ---- RLE / bit-packing hybrid: without its length, width 0 to 32 ---- */

size_t rp_rle_room(size_t n, unsigned width);
uint8_t *rp_rle_put(uint8_t *p, const uint32_t *v, size_t n, unsigned width);

/* The same of single bits, n of them from the lowest of bits on; NULL: all
 * are set. */
uint8_t *rp_rle_put_bits(uint8_t *p, const uint8_t *bits, size_t n);

/* ---- DELTA_BINARY_PACKED ---- */

/* Differences wrap at bits, 32 or 64: of 32 the upper half does not count. */
size_t rp_delta_room(size_t n);
uint8_t *rp_delta_put(uint8_t *p, const uint64_t *v, size_t n, unsigned bits);

#endif
