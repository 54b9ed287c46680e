/*
 * The index of a segment (rp-log(5), "INDEX FILES"): what the headers and
 * directories of its DATA frames say, so that a reader need not visit them.
 * It is always rebuildable, and believed only where the segment agrees.
 */
#ifndef RP_LOG_INDEX_H
#define RP_LOG_INDEX_H

#include "base/buffer.h"
#include "base/error.h"
#include "wire/frame.h"

#define RP_INDEX_HEAD 168 /* bytes of an index file's header */

/* What records a segment, or a selection, can hold; empty: min above max. */
struct rp_log_range {
	uint64_t seq_min, seq_max;
	int64_t ts_min, ts_max; /* of ts_recv, ns */
};

struct rp_index_entry { /* as stored */
	uint64_t offset; /* bytes into the segment */
	uint64_t seq_min, seq_max;
	int64_t ts_min, ts_max;
	uint64_t head_hash, rec_sum;
	uint32_t size; /* bytes of the frame */
	uint32_t records, raw_len, flags;
	uint32_t pool; /* first of its types, then its names, in the pool */
	uint32_t n_names;
	uint16_t n_types;
	uint8_t codec, layout;
	uint32_t body_len;
};

struct rp_index_count { /* a type or name of a frame, as stored */
	uint32_t slot, records;
};

struct rp_index_type { /* of the whole segment, as stored */
	uint32_t type, fixed_len;
	uint64_t records;
};

struct rp_index_name { /* of the whole segment */
	struct rp_label label; /* records: saturated */
	uint64_t records;
};

struct rp_index {
	struct rp_buffer entries, pool, types, names, heap;
	struct rp_buffer table; /* slots + 1 of names, by hash */
	uint64_t segment_len; /* bytes that the index covers */
	uint64_t first_hash, last_hash; /* head_hash of first and last frame */
	bool sealed; /* the last frame is an END */
	struct rp_end end; /* that END */
	struct rp_log_range range;
	/* for rp_index_frame */
	struct rp_buffer frame_types, frame_names;
};

void rp_index_free(struct rp_index *x);
void rp_index_clear(struct rp_index *x);

/* Add a frame of any kind; DATA with types and names; f->offset, f->size. */
RP_CHECKED enum rp_status rp_index_add(
    struct rp_index *x, const struct rp_frame *f);

static inline size_t
rp_index_frames(const struct rp_index *x)
{
	return x->entries.len / sizeof(struct rp_index_entry);
}

static inline const struct rp_index_entry *
rp_index_entry(const struct rp_index *x, size_t i)
{
	return (const struct rp_index_entry *)x->entries.data + i;
}

static inline size_t
rp_index_types(const struct rp_index *x)
{
	return x->types.len / sizeof(struct rp_index_type);
}

static inline const struct rp_index_type *
rp_index_type(const struct rp_index *x, size_t i)
{
	return (const struct rp_index_type *)x->types.data + i;
}

static inline size_t
rp_index_names(const struct rp_index *x)
{
	return x->names.len / sizeof(struct rp_index_name);
}

static inline const struct rp_index_name *
rp_index_name(const struct rp_index *x, size_t i)
{
	return (const struct rp_index_name *)x->names.data + i;
}

/*
 * Frame i as its header and directory would be decoded (no body): good for
 * rp_select_frame. Valid until the next call on x.
 */
RP_CHECKED enum rp_status rp_index_frame(
    struct rp_index *x, size_t i, struct rp_frame *f);

/* The bytes of an index file, and back: RP_ERR_CORRUPT, RP_ERR_NOMEM. */
RP_CHECKED enum rp_status rp_index_encode(
    const struct rp_index *x, struct rp_buffer *out);
RP_CHECKED enum rp_status rp_index_decode(
    struct rp_index *x, const uint8_t *p, size_t len);

/* The same from its first RP_INDEX_HEAD bytes: all but entries and names. */
RP_CHECKED enum rp_status rp_index_decode_head(
    struct rp_index *x, const uint8_t *p, size_t len);

#endif
