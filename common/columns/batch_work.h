/*
 * Inside columns/: how a batch gathers. Records are taken up in blocks that
 * stay in the first-level cache, and of a block one column after the other.
 */
#ifndef RP_COLUMNS_BATCH_WORK_H
#define RP_COLUMNS_BATCH_WORK_H

#include <string.h>

#include "columns/batch.h"

#define RP_BLOCK 256 /* records */

/* A text as it is copied: short ones by two instructions, with their length. */
#define RP_SPAN_TEXT 31
struct rp_text_span {
	char text[RP_SPAN_TEXT]; /* of a long one: u32 offset, u32 length */
	uint8_t len; /* above RP_SPAN_TEXT: a long one */
};

/*
 * The texts that a column has in hand, by a number of its own: the names of a
 * frame by their index, or words in the order in which they came.
 */
#define RP_TEXTS_CACHE 256 /* words found at once */
#define RP_TEXTS_MAX 4096 /* words kept */
#define RP_TEXTS_NONE UINT32_MAX /* absent; of numbers: not yet entered */
#define RP_TEXTS_FREE (UINT32_MAX - 1) /* of the cache */
struct rp_texts {
	struct rp_buffer spans; /* struct rp_text_span */
	struct rp_buffer longer; /* the bytes of long ones */
	struct rp_buffer numbers; /* u32, in the dictionary */
	uint32_t n;
	size_t longest;
	const struct rp_field
	    *field; /* whose values these are, a number each */
	uint32_t values[RP_TEXTS_CACHE], ids[RP_TEXTS_CACHE];
};

/* The digits that large identifiers begin with. */
struct rp_id_head {
	uint64_t base; /* what they stand for, a multiple of 10^8; 0: none */
	size_t len;
	char text[32]; /* room for rp_put_u64 */
};

/* What a mantissa is multiplied with, and the largest that then fits. */
struct rp_factor {
	int64_t factor, limit; /* limit -1: none */
};

/* Of decimals with one scale, by the exponent as a byte. */
struct rp_factors {
	int8_t scale;
	uint8_t precision;
	struct rp_factor of[256];
};

struct rp_column_work {
	struct rp_texts texts;
	struct rp_id_head id;
	const struct rp_factors *factors; /* DECIMAL: the batch's */
	/* VALUE: where the schema that was seen last has it */
	uint64_t schema;
	uint32_t index;
	int8_t exp;
	bool known, has_value;
	size_t rows;
	struct {
		size_t values, offsets, validity, rows;
		uint64_t nulls;
	} before; /* the block */
};

/* A type that a batch takes, with its field of each column. */
struct rp_batch_source {
	uint16_t type; /* 0: all without a table */
	struct rp_field *fields; /* name NULL: it has none */
};

struct rp_batch_work {
	struct rp_batch_source *sources;
	size_t n_sources, capacity; /* capacity: of columns and fields */
	struct rp_factors **factors; /* of each scale */
	size_t n_factors;
	uint64_t names; /* dir_hash of the frame whose names are in hand */
	bool shared; /* the dictionaries are another's */
};

struct rp_column_scale {
	char name[64]; /* a pattern */
	const char *given;
	int8_t digits;
	bool used;
};

/* A block being gathered, and what the column in hand has of it. */
struct rp_block {
	struct rp_batch *batch;
	const struct rp_frame *f;
	bool new_names; /* the frame has others than the one before */
	const struct rp_record *const *recs;
	size_t n;
	uint32_t min_len; /* of their payloads */
	size_t failed; /* the record whose value did not fit */
	size_t absent; /* values ... */
	uint8_t present[RP_BLOCK]; /* ... if there are any: 0 or 1 each */
	uint32_t ids[RP_BLOCK]; /* of texts */
	bool some_none; /* of ids: RP_TEXTS_NONE */
	bool one_id; /* all are the first, which alone is there; none is NONE */
	int64_t mantissas[RP_BLOCK]; /* of decimals */
	uint8_t exps[RP_BLOCK];
	bool has_books;
	struct rp_block_book {
		const uint8_t *side[2]; /* the best bid and ask */
		uint32_t n[2], stride;
	} books[RP_BLOCK];
};

static inline void
rp_block_absent(struct rp_block *b, size_t i)
{
	if (b->absent++ == 0)
		memset(b->present, 1, sizeof(b->present));
	b->present[i] = 0;
}

/* Do all records of the block have the field? */
static inline bool
rp_block_reaches(const struct rp_block *b, const struct rp_field *field)
{
	return b->min_len >= (uint32_t)field->off + field->size;
}

/* Where a field of fixed size lies in a record, or its header. */
size_t rp_block_offset(const struct rp_field *field);

/* batch_shape.c: a column's kind and size; that of words and names. */
void rp_column_be(struct rp_column *c, enum rp_column_kind kind, unsigned size);
void rp_column_be_words(
    struct rp_column *c, const struct rp_batch_style *style);

/* What c->field of a type is as a column, where f (or NULL) has the schemas of
 * features. RP_ERR_USAGE: a scale that was asked for does not go with it. */
RP_CHECKED enum rp_status rp_column_shape(struct rp_batch *b,
    struct rp_column *c, const struct rp_type *t, const struct rp_frame *f);

/* Make room for so many more bytes of values, and offsets. RP_ERR_NOMEM. */
RP_CHECKED enum rp_status rp_column_room(
    struct rp_column *c, size_t bytes, size_t offsets);

/* Append the values of a block to a column. RP_ERR_LIMIT: that of b->failed
 * does not fit, and the batch's error says why. RP_ERR_NOMEM. */
RP_CHECKED enum rp_status rp_gather(
    struct rp_block *b, struct rp_column *c, const struct rp_field *field);

/* The parts of it: of DICTIONARY, TEXT and BYTES; of decimals in any form; of
 * LEVELS. field->name NULL: all are absent. */
RP_CHECKED enum rp_status rp_gather_texts(
    struct rp_block *b, struct rp_column *c, const struct rp_field *field);
RP_CHECKED enum rp_status rp_gather_decimals(
    struct rp_block *b, struct rp_column *c, const struct rp_field *field);
RP_CHECKED enum rp_status rp_gather_levels(
    struct rp_block *b, struct rp_column *c, const struct rp_field *field);

/* After n rows were appended: their bits, by b->absent and b->present. */
RP_CHECKED enum rp_status rp_gather_validity(
    const struct rp_block *b, struct rp_column *c, size_t n);

/* Convert the first n of b->mantissas and b->exps. */
RP_CHECKED enum rp_status rp_put_mantissas(
    struct rp_block *b, struct rp_column *c, size_t n);

/* NULL: no memory. */
const struct rp_factors *rp_batch_factors(
    struct rp_batch_work *w, int8_t scale, uint8_t precision);

/* The value of record i does not fit: sets the batch's error. */
enum rp_status rp_block_misfit(struct rp_block *b, const struct rp_column *c,
    size_t i, const char *fmt, ...) RP_PRINTF(4, 5);

static inline void *
rp_column_end(const struct rp_column *c)
{
	return c->values.data + c->values.len;
}

#endif
