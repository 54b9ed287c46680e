/*
 * Seeded random numbers in integer arithmetic only: the same on every machine
 * and with every compiler. Not for secrets.
 */
#ifndef RP_BASE_RANDOM_H
#define RP_BASE_RANDOM_H

#include <stdint.h>

#include "base/bytes.h"

/* xoshiro256++ 1.0 (Blackman and Vigna), seeded by splitmix64. */
struct rp_random {
	uint64_t s[4];
};

void rp_random_seed(struct rp_random *r, uint64_t seed);

static inline uint64_t
rp_random_next(struct rp_random *r)
{
	uint64_t *s = r->s, t = s[1] << 17;
	uint64_t out = rp_rotl64(s[0] + s[3], 23) + s[0];

	s[2] ^= s[0];
	s[3] ^= s[1];
	s[1] ^= s[2];
	s[0] ^= s[3];
	s[2] ^= t;
	s[3] = rp_rotl64(s[3], 45);
	return out;
}

/* 32 random bits to 0 .. n - 1. */
static inline uint32_t
rp_random_scale(uint32_t bits, uint32_t n)
{
	return (uint32_t)(((uint64_t)bits * n) >> 32);
}

#endif
