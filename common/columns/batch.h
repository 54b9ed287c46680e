/*
 * Records as typed columns: what Arrow and Parquet are made of. The columns of
 * a record type come from its row of the plan; a batch gathers values of
 * records of one type until its owner writes it out and empties it.
 *
 * The buffers of a column are laid out as Arrow's are, little-endian: values
 * dense, one a row with zeros for those that are absent; validity a bit a row,
 * the lowest first; offsets one more than rows. Words and names are kept as
 * numbers of a dictionary, so that a text is stored once.
 */
#ifndef RP_COLUMNS_BATCH_H
#define RP_COLUMNS_BATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/error.h"
#include "columns/plan.h"
#include "wire/frame.h"

enum rp_column_kind {
	RP_COLUMN_INT, /* signed, of size bytes: 1, 2, 4, 8 */
	RP_COLUMN_UINT, /* unsigned */
	RP_COLUMN_TIME, /* i64, ns since the epoch, UTC */
	RP_COLUMN_DECIMAL, /* of size bytes, 8 or 16: value x 10^scale */
	RP_COLUMN_FLOAT, /* double */
	RP_COLUMN_DICTIONARY, /* u32, the number of a text of the dictionary */
	RP_COLUMN_TEXT, /* UTF-8: i32 offsets into bytes */
	RP_COLUMN_BYTES, /* the same, of any bytes */
	RP_COLUMN_LEVELS /* i32 offsets into levels: children, a row each */
};

/* Texts by number, in the order in which they came; they are never dropped,
 * so that a number means the same in all batches. */
struct rp_dictionary {
	struct rp_buffer offsets; /* i32, n + 1 of them */
	struct rp_buffer bytes;
	uint32_t n;
	struct rp_dictionary_index *index; /* of texts, to numbers */
};

struct rp_column {
	const char *name; /* not terminated; the plan's */
	size_t name_len;
	struct rp_field field;
	enum rp_column_kind kind;
	uint8_t size; /* bytes of a value; 0: it has offsets */
	uint8_t precision; /* DECIMAL: digits, 18 or 38 */
	int8_t scale; /* DECIMAL: digits behind the point */
	bool nullable;
	uint64_t nulls; /* in the batch */
	struct rp_buffer validity; /* empty while nulls is 0 */
	struct rp_buffer values; /* TEXT, BYTES: their bytes */
	struct rp_buffer offsets;
	struct rp_dictionary *dictionary; /* DICTIONARY: the batch's */
	struct rp_column *children; /* LEVELS: price, size, orders */
	size_t n_children;
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
	struct rp_buffer scales; /* struct rp_column_scale */
};

struct rp_batch {
	struct rp_batch_style *style; /* the caller's */
	uint16_t type;
	uint64_t rows;
	size_t bytes; /* of all buffers, roughly: to bound a batch */
	struct rp_column *columns;
	size_t n;
	struct rp_error error; /* the value that did not fit, and where */
};

/*
 * The columns of a type by its row of the plan, no rows yet. The row must
 * outlive the batch. RP_ERR_NOMEM; RP_ERR_USAGE, with error: a type without
 * columns, or a scale for a column that takes none. Freed by rp_batch_free
 * even if this fails.
 */
RP_CHECKED enum rp_status rp_batch_init(struct rp_batch *batch,
    const struct rp_row *row, struct rp_batch_style *style);
void rp_batch_free(struct rp_batch *batch);

/* "price=2": the digits behind the point of a column. RP_ERR_USAGE. */
RP_CHECKED enum rp_status rp_batch_scale(
    struct rp_batch_style *style, const char *text, struct rp_error *err);

/*
 * Append n records of the batch's type and of one frame. Nothing is rounded:
 * RP_ERR_CORRUPT, with error, for a value that a column cannot hold; the rows
 * before it stay. RP_ERR_NOMEM.
 */
RP_CHECKED enum rp_status rp_batch_add(struct rp_batch *batch,
    const struct rp_frame *f, const struct rp_record *const *recs, size_t n);

/* Forget the rows, keep the room and the dictionaries. */
void rp_batch_empty(struct rp_batch *batch);

#endif
