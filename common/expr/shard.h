/*
 * The parts into which a stream is dealt by symbol: rp-read --shard i/n and the
 * workers of rp-fan(1) have the same. A symbol is in part XXH3-64 of its name
 * modulo n, counted from 0. A gap record without a symbol speaks of all symbols
 * and is in every part; any other record without one is in the first.
 */
#ifndef RP_EXPR_SHARD_H
#define RP_EXPR_SHARD_H

#include "types/types.h"
#include "wire/record.h"

/* More of them are a mistake. */
#define RP_MAX_SHARDS 4096

static inline uint32_t
rp_shard_of(const struct rp_label *symbol, uint32_t n)
{
	return (uint32_t)(symbol->hash % n);
}

/* Of a record without a symbol. */
static inline bool
rp_shard_is_everywhere(const struct rp_record *rec)
{
	return rec->type == RP_GAP;
}

#endif
