/*
 * A record as it travels: a 32-byte header and a payload, zero-padded to 8
 * bytes (rp-stream(5), "RECORDS"). Records are used in place, in the rows of
 * a decoded frame or in a buffer of the caller's; both are 8-byte aligned.
 */
#ifndef RP_WIRE_RECORD_H
#define RP_WIRE_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/hash.h"

#define RP_NO_NAME UINT32_MAX /* symbol or source: none */

enum rp_record_flags {
	RP_LAST = 1 << 0, /* last of its venue event */
	RP_SNAPSHOT = 1 << 1, /* from a snapshot */
	RP_TS_EVENT_INFERRED = 1 << 2,
	RP_TS_RECV_INFERRED = 1 << 3,
	RP_MARKED_BAD = 1 << 4 /* marked bad or late by the venue */
};

struct rp_record {
	uint32_t symbol; /* name index in its frame, or RP_NO_NAME */
	uint32_t source; /* the same */
	uint64_t seq; /* 0: not assigned */
	uint32_t len; /* payload bytes, unpadded */
	uint16_t type; /* types/types.h */
	uint16_t flags; /* enum rp_record_flags */
	int64_t ts_recv; /* ns since the epoch, UTC */
	uint8_t payload[];
};

_Static_assert(sizeof(struct rp_record) == 32, "the wire's record header");

/* Bytes from one record to the next. */
static inline size_t
rp_record_size(const struct rp_record *r)
{
	return sizeof(*r) + rp_align8(r->len);
}

/* The record behind one, in the same rows. */
static inline const struct rp_record *
rp_record_after(const struct rp_record *r)
{
	return (
	    const struct rp_record *)((const uint8_t *)r + rp_record_size(r));
}

enum rp_name_class {
	RP_NAME_SYMBOL = 1,
	RP_NAME_SOURCE = 2,
	RP_NAME_SCHEMA = 3
};

/*
 * A name of a symbol, source or schema. The text is not terminated. A source
 * makes its labels once (rp_label_init) and hands them to the writer with each
 * record; a decoded frame holds one for each name of its directory.
 */
struct rp_label {
	const char *text;
	uint64_t hash; /* XXH3-64 of the text */
	uint32_t records; /* in this frame, by the directory */
	uint16_t len; /* bytes, at most RP_MAX_NAME */
	uint8_t class; /* enum rp_name_class */
	uint32_t slot; /* a writer's: where it found this name last, ... */
	uint64_t
	    stamp; /* ... in which of its frames; 0 in a label of other text */
};

/* text stays the caller's and must outlive the label. */
void rp_label_init(struct rp_label *label, enum rp_name_class class,
    const char *text, size_t len);

/* Whether two labels are the same name of the same class. */
bool rp_label_same(const struct rp_label *a, const struct rp_label *b);

/*
 * H(r) of rp-stream(5): what a record adds to the order-agnostic sum, given
 * the hashes of its symbol and source (0 for none). It does not see seq.
 */
static inline uint64_t
rp_record_seed(uint64_t symbol_hash, uint64_t source_hash)
{
	return symbol_hash ^ rp_rotl64(source_hash, 32);
}

#define RP_RECORD_HASHED 16 /* bytes of the header that it begins behind */

static inline uint64_t
rp_record_hash(
    const struct rp_record *r, uint64_t symbol_hash, uint64_t source_hash)
{
	return rp_hash_seed((const uint8_t *)r + RP_RECORD_HASHED,
	    sizeof(*r) - RP_RECORD_HASHED + r->len,
	    rp_record_seed(symbol_hash, source_hash));
}

/* The same with the keys of that seed. */
static inline uint64_t
rp_record_hash_keyed(const struct rp_record *r, const struct rp_hash_keys *keys)
{
	return rp_hash_keyed(keys, (const uint8_t *)r + RP_RECORD_HASHED,
	    sizeof(*r) - RP_RECORD_HASHED + r->len);
}

#endif
