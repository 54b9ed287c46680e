/*
 * The body of a record batch: the buffers of its columns in the order of Arrow's
 * format, as they are or each compressed. Columns are encoded apart, so that
 * threads may share them.
 */
#ifndef RP_ARROW_BODY_H
#define RP_ARROW_BODY_H

#include "columns/batch.h"
#include "wire/codec.h"

#define RP_ARROW_ALIGN 64 /* bytes, of buffers in a body */

struct rp_arrow_node {
	uint64_t rows, nulls;
};

struct rp_arrow_piece {
	const uint8_t *data; /* NULL: at that place of packed */
	size_t at, len;
};

/* Offsets of texts of one length, 0, step, 2 x step ..., as they were
 * compressed: such come again with each batch. */
struct rp_arrow_steps {
	int32_t step;
	size_t len; /* of the offsets, in bytes; 0: there are none */
	unsigned batches; /* in a row that had them */
	struct rp_buffer packed;
};

/* One column, with its children. All zero is valid; its room is kept. */
struct rp_arrow_part {
	struct rp_buffer nodes; /* struct rp_arrow_node */
	struct rp_buffer pieces; /* struct rp_arrow_piece: the buffers */
	struct rp_buffer packed;
	struct rp_arrow_steps steps;
	uint64_t batches; /* encoded so far */
	struct rp_codec_state codec;
	enum rp_status status;
};

void rp_arrow_part_free(struct rp_arrow_part *p);

/*
 * Encode a column of so many rows. Without a codec the pieces are the column's
 * own buffers. At level 0 each buffer is compressed at what pays for its kind.
 * The status, RP_OK or RP_ERR_NOMEM, is kept as well.
 */
enum rp_status rp_arrow_part_encode(struct rp_arrow_part *p,
    const struct rp_column *c, uint64_t rows, enum rp_codec codec, int level);

static inline const uint8_t *
rp_arrow_piece_data(
    const struct rp_arrow_part *p, const struct rp_arrow_piece *piece)
{
	return piece->data != NULL ? piece->data : p->packed.data + piece->at;
}

#endif
