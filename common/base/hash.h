/* XXH3-64 (libxxhash): hashes of frames, names and records. */
#ifndef RP_BASE_HASH_H
#define RP_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

uint64_t rp_hash(const void *p, size_t len);
uint64_t rp_hash_seed(const void *p, size_t len, uint64_t seed);

/* "xxhash 0.8.1", as compiled in. */
const char *rp_hash_version(void);

#endif
