/*
 * Frames: their header, directory and body, encoded and decoded in memory.
 * The format is rp-stream(5); nothing else in rp knows its byte offsets.
 */
#ifndef RP_WIRE_FRAME_H
#define RP_WIRE_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/error.h"
#include "wire/codec.h"
#include "wire/record.h"

enum rp_frame_kind {
	RP_DATA = 1,
	RP_END_FRAME = 2,
	RP_NOTE = 3,
	RP_MARK = 65,
	RP_ABORT = 128
};

enum rp_codec { RP_CODEC_NONE = 0, RP_CODEC_LZ4 = 1, RP_CODEC_ZSTD = 2 };
enum rp_layout { RP_LAYOUT_ROWS = 0, RP_LAYOUT_COLUMNS = 1 };

enum rp_frame_flags {
	RP_FRAME_TS_ORDERED = 1 << 0,
	RP_FRAME_SEQ_ORDERED = 1 << 1,
	RP_FRAME_SEQ_DENSE = 1 << 2, /* seq_max - seq_min + 1 == records */
	RP_FRAME_THINNED = 1 << 3,
	RP_FRAME_JUMBO = 1 << 16, /* one record, up to RP_MAX_RAW_JUMBO */
	RP_FRAME_DIR_PACKED = 1 << 17 /* the directory went through the codec */
};
#define RP_FRAME_CRITICAL 0xffff0000u
#define RP_FRAME_CRITICAL_KNOWN (RP_FRAME_JUMBO | RP_FRAME_DIR_PACKED)

enum rp_end_flags {
	RP_END_MORE = 1 << 0,
	RP_END_EARLY = 1 << 1,
	RP_END_SIGNAL = 1 << 2,
	RP_END_RECOVERED = 1 << 3,
	RP_END_LOSSY = 1 << 4,
	RP_END_THINNED = 1 << 5
};

#define RP_FRAME_HEAD 96 /* bytes of a header that we write */
#define RP_FRAME_HEAD_MAX 256 /* of one that we accept */
#define RP_END_PAYLOAD 64

struct rp_frame_head {
	uint8_t kind, codec, layout;
	uint32_t head_len; /* bytes, 96 to 256 */
	uint32_t flags;
	uint32_t dir_len; /* bytes as stored, multiple of 8 */
	uint32_t body_len; /* bytes as stored, before padding */
	uint32_t raw_len; /* bytes of rows */
	uint32_t records;
	uint32_t mid_len; /* bytes after the codec, before the layout */
	uint64_t seq_min, seq_max;
	int64_t ts_min, ts_max; /* of ts_recv, ns */
	uint64_t rec_sum;
	uint64_t body_hash, dir_hash, head_hash;
};

struct rp_end {
	uint64_t records, rec_sum, frame_chain, data_frames, raw_bytes;
	uint32_t flags; /* enum rp_end_flags */
};

struct rp_type_count {
	uint16_t type;
	uint16_t fixed_len; /* payload bytes if all are equal, else 0 */
	uint32_t records;
};

/*
 * One frame as rp_reader hands it out. Every pointer is valid until the next
 * call on that reader.
 */
struct rp_frame {
	struct rp_frame_head head;
	const struct rp_type_count *types; /* n_types, ascending */
	uint32_t n_types;
	struct rp_label *names; /* n_names, in order of first use */
	uint32_t n_names;
	const uint32_t *schemas; /* n_schemas: which are of RP_NAME_SCHEMA */
	uint32_t n_schemas;
	const uint8_t *stored; /* the frame's own bytes, or NULL */
	size_t size; /* bytes of the frame as stored */
	int file; /* of a regular file that has them at offset: fd + 1; else 0 */
	const uint8_t *rows, *rows_end; /* decoded records, or NULL */
	const char *text; /* NOTE and ABORT, not terminated */
	size_t text_len;
	struct rp_end end; /* END only */
	uint64_t number; /* of this frame in its input, from 0 */
	uint64_t offset; /* of its first byte in its input */
};

/* The record after prev (NULL: the first), or NULL after the last. */
static inline const struct rp_record *
rp_frame_next(const struct rp_frame *f, const struct rp_record *prev)
{
	const uint8_t *p = f->rows;

	if (prev != NULL)
		p = (const uint8_t *)prev + rp_record_size(prev);
	return p < f->rows_end ? (const struct rp_record *)p : NULL;
}

/* Are all records of one type, and as long? */
static inline bool
rp_frame_is_even(const struct rp_frame *f)
{
	return f->n_types == 1 && f->types[0].fixed_len > 0;
}

/* The records from one on, as far as they have its type, but at most n of them:
 * how many there are. */
size_t rp_frame_run(const struct rp_frame *f, const struct rp_record *from,
    const struct rp_record **recs, size_t n);

/* The label of a record's symbol or source index, or NULL for none. */
static inline struct rp_label *
rp_frame_name(const struct rp_frame *f, uint32_t index)
{
	return index < f->n_names ? &f->names[index] : NULL;
}

/* These bytes begin a stream, be it of a later version, as far as they go. */
bool rp_head_is_begun(const uint8_t *p, size_t len);

/*
 * Decode and check a header of at least RP_FRAME_HEAD bytes; len says how many
 * are there. RP_EMPTY: more bytes are needed (head->head_len says how many).
 */
RP_CHECKED enum rp_status rp_head_decode(struct rp_frame_head *head,
    const uint8_t *p, size_t len, struct rp_error *err);

/* Write RP_FRAME_HEAD bytes; head_hash is computed and stored in head. */
void rp_head_encode(struct rp_frame_head *head, uint8_t *p);

/* Put changed flags into an encoded header of head_len bytes and hash it anew. */
void rp_head_patch(struct rp_frame_head *head, uint8_t *p);

/* Bytes of the whole frame. */
static inline size_t
rp_head_size(const struct rp_frame_head *h)
{
	return h->head_len + (size_t)h->dir_len + rp_align8(h->body_len);
}

/*
 * What a decoder or encoder keeps between frames, so that nothing is allocated
 * twice. All zero is valid; one serves one thread.
 */
struct rp_frame_scratch {
	struct rp_buffer dir, mid, rows, types, names, marks, cuts, tmp;
	struct rp_codec_state codec;
};
void rp_frame_scratch_free(struct rp_frame_scratch *s);

/*
 * Check a stored directory (8-byte aligned) against its hash and header and
 * fill f->types and f->names; f->head is set. The texts point into dir or into
 * the scratch.
 */
RP_CHECKED enum rp_status rp_dir_decode(struct rp_frame *f, const uint8_t *dir,
    struct rp_frame_scratch *s, struct rp_error *err);

/*
 * Decode a stored body whose hash has been checked: fills f->rows, and checks
 * tiling, counts, ranges, claimed order, padding and name indices, and with
 * sums the records against rec_sum. The rows point into body (no codec, rows)
 * or into the scratch.
 */
RP_CHECKED enum rp_status rp_body_decode(struct rp_frame *f,
    const uint8_t *body, bool sums, struct rp_frame_scratch *s,
    struct rp_error *err);

/* The order-agnostic sum of the decoded rows, to hold against head.rec_sum. */
uint64_t rp_frame_sum(const struct rp_frame *f);

/* Encode and decode the 64 bytes of an END payload. */
void rp_end_encode(const struct rp_end *end, uint8_t *p);
RP_CHECKED enum rp_status rp_end_decode(
    struct rp_end *end, const uint8_t *p, struct rp_error *err);

struct rp_encoding {
	enum rp_codec codec;
	enum rp_layout layout;
	int level; /* the codec's own; 0: its default */
};

/* An encoded frame, in pieces, so that rows need not be copied. */
struct rp_encoded {
	const uint8_t *head; /* header and directory */
	size_t head_len;
	const uint8_t *body; /* stored body; pad zero bytes follow it */
	size_t body_len, pad;
};

/*
 * Encode one DATA frame. head holds flags (order, THINNED), records, ranges
 * and rec_sum; the rest of it is computed. dir is a plain directory
 * (rp_dir_encode). A body that would not shrink is stored as plain rows. The
 * pieces lie in the scratch or are rows itself.
 */
RP_CHECKED enum rp_status rp_frame_encode(struct rp_encoded *out,
    struct rp_frame_head *head, const uint8_t *dir, size_t dir_len,
    const uint8_t *rows, size_t raw_len, const struct rp_encoding *enc,
    struct rp_frame_scratch *s);

/* A plain directory from its parts; names need text, len, class, hash, records. */
RP_CHECKED enum rp_status rp_dir_encode(struct rp_buffer *out,
    const struct rp_type_count *types, size_t n_types,
    const struct rp_label *names, size_t n_names);

/*
 * A frame of another kind, into out (overwritten): NOTE and ABORT with their
 * text, END with its payload, MARK with its ts in head.
 */
RP_CHECKED enum rp_status rp_frame_encode_other(struct rp_buffer *out,
    struct rp_frame_head *head, const void *body, size_t len);

/* c of rp-stream(5): the chain of a section after one more frame. */
uint64_t rp_chain(uint64_t chain, uint64_t head_hash);

#endif
