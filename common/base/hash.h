/* XXH3-64 (libxxhash): hashes of frames, names and records. */
#ifndef RP_BASE_HASH_H
#define RP_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

uint64_t rp_hash(const void *p, size_t len);
uint64_t rp_hash_seed(const void *p, size_t len, uint64_t seed);

/*
 * rp_hash_seed for many inputs with one seed: what depends on the seed alone is
 * made once.
 */
struct rp_hash_keys {
	uint64_t seed;
	_Alignas(16) uint8_t secret[192];
};
void rp_hash_keys(struct rp_hash_keys *keys, uint64_t seed);
uint64_t rp_hash_keyed(
    const struct rp_hash_keys *keys, const void *p, size_t len);

/* "xxhash 0.8.1", as compiled in. */
const char *rp_hash_version(void);

#endif
