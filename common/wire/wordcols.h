/*
 * Layout 1, word columns (rp-stream(5), "WORD COLUMNS"): the rows of a frame
 * as columns of 8-byte words, by group of equal (type, length), and each
 * column transformed so that a byte-wise codec finds little left to say. The
 * layout knows nothing of fields; decoding is its exact inverse.
 */
#ifndef RP_WIRE_WORDCOLS_H
#define RP_WIRE_WORDCOLS_H

#include "base/buffer.h"
#include "base/error.h"

/*
 * Encode raw_len bytes of well-formed rows into out (overwritten). cuts gets
 * the u32 offsets in out where a plane of some size ends: places where a codec does well
 * to start new statistics. tmp is scratch. RP_EMPTY: more than RP_MAX_GROUPS
 * groups, keep the rows.
 */
RP_CHECKED enum rp_status rp_wordcols_encode(struct rp_buffer *out,
    struct rp_buffer *cuts, struct rp_buffer *tmp, const uint8_t *rows,
    size_t raw_len, uint32_t records);

/*
 * Decode len bytes into exactly raw_len bytes of rows at out (8-byte aligned). What the
 * rows say is not checked here. RP_ERR_CORRUPT with a reason otherwise.
 */
RP_CHECKED enum rp_status rp_wordcols_decode(uint8_t *out, size_t raw_len,
    uint32_t records, struct rp_buffer *tmp, const uint8_t *in, size_t len,
    struct rp_error *err);

#endif
