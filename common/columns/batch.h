/*
 * Records as typed columns: what Arrow and Parquet are made of. The columns of
 * a record type come from its row of the plan; a batch gathers values of
 * records until its owner writes it out and empties it.
 *
 * The buffers of a column are laid out as Arrow's are, little-endian: values
 * dense, one a row with zeros for those that are absent; validity a bit a row,
 * the lowest first; offsets one more than rows. Words and names are kept as
 * numbers of a dictionary, so that a text is stored once, or as text.
 */
#ifndef RP_COLUMNS_BATCH_H
#define RP_COLUMNS_BATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/error.h"
#include "columns/dictionary.h"
#include "columns/plan.h"
#include "wire/frame.h"

enum rp_column_kind {
	RP_COLUMN_INT, /* signed, of size bytes: 1, 2, 4, 8 */
	RP_COLUMN_UINT, /* unsigned */
	RP_COLUMN_TIME, /* i64, ns since the epoch, UTC */
	RP_COLUMN_DECIMAL, /* of size bytes, 8 or 16: value x 10^scale */
	RP_COLUMN_FLOAT, /* double */
	RP_COLUMN_DICTIONARY, /* u32, the number of a text of the dictionary */
	RP_COLUMN_TEXT, /* UTF-8: i32 offsets into values */
	RP_COLUMN_BYTES, /* the same, of any bytes */
	RP_COLUMN_LEVELS /* i32 offsets into levels: children, a row each */
};

struct rp_column {
	const char *name; /* not terminated; the plan's */
	size_t name_len;
	struct rp_field field; /* of the first type that has it */
	enum rp_column_kind kind;
	uint8_t size; /* bytes of a value; 0: it has offsets */
	uint8_t precision; /* DECIMAL: digits, 18 or 38 */
	int8_t scale; /* DECIMAL: digits behind the point */
	bool nullable;
	uint64_t nulls; /* in the batch */
	struct rp_buffer validity; /* empty while nulls is 0 */
	struct rp_buffer values; /* TEXT, BYTES: their bytes */
	struct rp_buffer offsets; /* of 0 rows: one, or empty */
	struct rp_dictionary *dictionary; /* DICTIONARY: the batch's */
	struct rp_column *children; /* LEVELS: price, size, orders */
	size_t n_children;
	struct rp_column_work *work; /* batch_work.h */
};

enum rp_decimals {
	RP_DECIMALS_FIXED, /* decimal(18, 9), or as rp_batch_scale says */
	RP_DECIMALS_FLOAT, /* the nearest double */
	RP_DECIMALS_EXACT /* mantissas as i64, and the exponents' columns */
};

struct rp_batch_style {
	enum rp_decimals decimals;
	uint8_t decimal_size; /* bytes of decimal(18): 8, or 16 */
	bool level_lists; /* books as lists, not as columns a level */
	bool texts; /* words and names as TEXT, not DICTIONARY */
	bool lengths; /* a column payload_len: bytes of each payload */
	struct rp_buffer scales; /* struct rp_column_scale */
};

struct rp_batch {
	struct rp_batch_style *style; /* the caller's */
	uint16_t type; /* of the row that it was made with */
	uint64_t rows;
	size_t bytes; /* of all buffers, roughly: to bound a batch */
	struct rp_column *columns;
	size_t n;
	struct rp_error error; /* the value that did not fit, and why */
	struct rp_batch_work *work; /* batch_work.h */
};

/*
 * The columns of a type by its row of the plan, no rows yet. The row must
 * outlive the batch. RP_ERR_NOMEM; RP_ERR_USAGE, with error: a type without
 * columns, or a scale for a column that takes none. Freed by rp_batch_free
 * even if this fails.
 */
RP_CHECKED enum rp_status rp_batch_init(struct rp_batch *batch,
    const struct rp_row *row, struct rp_batch_style *style);

/*
 * Let a batch without rows take records of another type as well. The row is of
 * an aligned plan with named columns, so that it has the same ones; a column
 * becomes as wide as both need. Type 0 stands for all types without a
 * table. RP_ERR_USAGE, with error: a column that the two have of two kinds.
 */
RP_CHECKED enum rp_status rp_batch_unite(
    struct rp_batch *batch, const struct rp_row *row);

/* A batch of the same columns, without rows, that shares the dictionaries of
 * another, which must outlive it. */
RP_CHECKED enum rp_status rp_batch_like(
    struct rp_batch *batch, const struct rp_batch *other);

void rp_batch_free(struct rp_batch *batch);

/*
 * "price=2": the digits behind the point of a column, or of all whose names a
 * pattern fits, "bid_px_*=2". The children of lists are "bids.price" and so
 * on. RP_ERR_USAGE.
 */
RP_CHECKED enum rp_status rp_batch_scale(
    struct rp_batch_style *style, const char *text, struct rp_error *err);

/* The first scale that no column of any batch of the style took, or NULL. */
const char *rp_batch_scale_unused(const struct rp_batch_style *style);

void rp_batch_style_free(struct rp_batch_style *style);

/*
 * Append n records of one type of the batch's and of one frame. Nothing is
 * rounded: RP_ERR_LIMIT, with error, for a value that a column cannot hold;
 * the rows before it stay, so that rows says which record it is of, and the
 * call may be repeated with those behind it. RP_ERR_NOMEM.
 */
RP_CHECKED enum rp_status rp_batch_add(struct rp_batch *batch,
    const struct rp_frame *f, const struct rp_record *const *recs, size_t n);

/* Of all buffers of a column. */
size_t rp_column_bytes(const struct rp_column *c);

/* Forget the rows and the error, keep the room and the dictionaries. */
void rp_batch_empty(struct rp_batch *batch);

#endif
