/* Numbers of variable length: ULEB128, and zigzag for signed ones. */
#ifndef RP_PARQUET_VARINT_H
#define RP_PARQUET_VARINT_H

#include <stdint.h>

#define RP_VARINT_MAX 10 /* bytes */

static inline uint64_t
rp_zigzag(int64_t v)
{
	return (uint64_t)v << 1 ^ (v < 0 ? UINT64_MAX : 0);
}

/* Write v at p; the end of it. */
static inline uint8_t *
rp_varint(uint8_t *p, uint64_t v)
{
	for (; v >= 0x80; v >>= 7)
		*p++ = (uint8_t)v | 0x80;
	*p++ = (uint8_t)v;
	return p;
}

#endif
