/*
 * Loads and stores at any alignment, rounding and checked arithmetic. The wire format is little-endian, and so must be the host:
 * records are used in place.
 */
#ifndef RP_BASE_BYTES_H
#define RP_BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
    "rp uses little-endian records in place");

#define RP_ABSENT INT64_MIN /* an i64 that holds no value */
#define RP_LEN(a) (sizeof(a) / sizeof((a)[0]))

static inline uint16_t
rp_le16(const void *p)
{
	uint16_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static inline uint32_t
rp_le32(const void *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static inline uint64_t
rp_le64(const void *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static inline void
rp_put16(void *p, uint16_t v)
{
	memcpy(p, &v, sizeof(v));
}

static inline void
rp_put32(void *p, uint32_t v)
{
	memcpy(p, &v, sizeof(v));
}

static inline void
rp_put64(void *p, uint64_t v)
{
	memcpy(p, &v, sizeof(v));
}

/* big-endian, as many venues and the Internet send */
static inline uint16_t
rp_be16(const void *p)
{
	return __builtin_bswap16(rp_le16(p));
}

static inline uint32_t
rp_be32(const void *p)
{
	return __builtin_bswap32(rp_le32(p));
}

static inline uint64_t
rp_be64(const void *p)
{
	return __builtin_bswap64(rp_le64(p));
}

static inline size_t
rp_align8(size_t n)
{
	return (n + 7) & ~(size_t)7;
}

static inline uint64_t
rp_rotl64(uint64_t v, unsigned n)
{
	return (v << n) | (v >> (64 - n));
}

#endif
