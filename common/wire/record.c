#include "wire/record.h"

#include "base/hash.h"

void
rp_label_init(struct rp_label *label, enum rp_name_class class,
    const char *text, size_t len)
{
	*label = (struct rp_label){ .text = text,
		.hash = rp_hash(text, len),
		.len = (uint16_t)len,
		.class = (uint8_t) class,
		.slot = RP_NO_NAME };
}

uint64_t
rp_record_hash(
    const struct rp_record *r, uint64_t symbol_hash, uint64_t source_hash)
{
	return rp_hash_seed((const uint8_t *)r + 16, 16 + (size_t)r->len,
	    symbol_hash ^ rp_rotl64(source_hash, 32));
}
