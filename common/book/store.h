/*
 * State as bytes, and back: one function a struct does both, as its struct
 * rp_store says, so that what is loaded cannot differ from what was stored.
 * Integers are little-endian, nothing is aligned. Pure.
 *
 * After a failure everything that is loaded is zero and nothing is stored: a
 * caller may look at the status at the end.
 */
#ifndef RP_BOOK_STORE_H
#define RP_BOOK_STORE_H

#include <stdbool.h>
#include <string.h>

#include "base/buffer.h"

struct rp_store {
	bool loading;
	struct rp_buffer out; /* storing: what was stored */
	const uint8_t *at, *end; /* loading: what is left */
	enum rp_status status; /* RP_OK, RP_ERR_NOMEM or RP_ERR_CORRUPT */
};

/* Bytes as they are. */
void rp_store_bytes(struct rp_store *s, void *p, size_t n);

/* What was loaded cannot be: RP_ERR_CORRUPT. */
void rp_store_fail(struct rp_store *s);

/* The same unless ok; storing, ok holds. */
static inline void
rp_store_check(struct rp_store *s, bool ok)
{
	if (!ok)
		rp_store_fail(s);
}

/* 0 or 1. */
void rp_store_bool(struct rp_store *s, bool *v);

/* A number of things to come, of at least `least` bytes each: one that is
 * loaded is held against what is left. */
uint64_t rp_store_count(struct rp_store *s, uint64_t n, size_t least);

static inline void
rp_store_u64(struct rp_store *s, uint64_t *v)
{
	rp_store_bytes(s, v, sizeof(*v));
}

static inline void
rp_store_i64(struct rp_store *s, int64_t *v)
{
	rp_store_bytes(s, v, sizeof(*v));
}

static inline void
rp_store_u32(struct rp_store *s, uint32_t *v)
{
	rp_store_bytes(s, v, sizeof(*v));
}

static inline void
rp_store_i32(struct rp_store *s, int32_t *v)
{
	rp_store_bytes(s, v, sizeof(*v));
}

static inline void
rp_store_u16(struct rp_store *s, uint16_t *v)
{
	rp_store_bytes(s, v, sizeof(*v));
}

static inline void
rp_store_u8(struct rp_store *s, uint8_t *v)
{
	rp_store_bytes(s, v, sizeof(*v));
}

static inline void
rp_store_i8(struct rp_store *s, int8_t *v)
{
	rp_store_bytes(s, v, sizeof(*v));
}

#endif
