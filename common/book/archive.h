/*
 * Archives: state as bytes, and back. One function does both for a struct, as
 * its struct rp_archive says, so that what is loaded cannot differ from what
 * was stored. Integers are little-endian, nothing is aligned. Pure.
 *
 * After a failure everything that is loaded is zero and nothing is stored: a
 * caller may look at the status at the end.
 */
#ifndef RP_BOOK_ARCHIVE_H
#define RP_BOOK_ARCHIVE_H

#include <stdbool.h>
#include <string.h>

#include "base/buffer.h"

struct rp_archive {
	bool loading;
	struct rp_buffer out; /* storing: what was stored */
	const uint8_t *at, *end; /* loading: what is left */
	enum rp_status status; /* RP_OK, RP_ERR_NOMEM or RP_ERR_CORRUPT */
};

/* Bytes as they are. */
void rp_archive_bytes(struct rp_archive *ar, void *p, size_t n);

/* What was loaded cannot be: RP_ERR_CORRUPT. */
void rp_archive_fail(struct rp_archive *ar);

/* The same unless ok; storing, ok holds. */
static inline void
rp_archive_check(struct rp_archive *ar, bool ok)
{
	if (!ok)
		rp_archive_fail(ar);
}

/* 0 or 1. */
void rp_archive_bool(struct rp_archive *ar, bool *v);

/* A number of things to come, of at least `least` bytes each: one that is
 * loaded is held against what is left. */
uint64_t rp_archive_count(struct rp_archive *ar, uint64_t n, size_t least);

static inline void
rp_archive_u64(struct rp_archive *ar, uint64_t *v)
{
	rp_archive_bytes(ar, v, sizeof(*v));
}

static inline void
rp_archive_i64(struct rp_archive *ar, int64_t *v)
{
	rp_archive_bytes(ar, v, sizeof(*v));
}

static inline void
rp_archive_u32(struct rp_archive *ar, uint32_t *v)
{
	rp_archive_bytes(ar, v, sizeof(*v));
}

static inline void
rp_archive_i32(struct rp_archive *ar, int32_t *v)
{
	rp_archive_bytes(ar, v, sizeof(*v));
}

static inline void
rp_archive_u16(struct rp_archive *ar, uint16_t *v)
{
	rp_archive_bytes(ar, v, sizeof(*v));
}

static inline void
rp_archive_u8(struct rp_archive *ar, uint8_t *v)
{
	rp_archive_bytes(ar, v, sizeof(*v));
}

static inline void
rp_archive_i8(struct rp_archive *ar, int8_t *v)
{
	rp_archive_bytes(ar, v, sizeof(*v));
}

#endif
