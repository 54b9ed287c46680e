/*
 * A column chunk in the making: the pages of one column of a row group, encoded
 * and compressed as they come. A page is the rows of a batch.
 */
#ifndef RP_PARQUET_CHUNK_H
#define RP_PARQUET_CHUNK_H

#include "parquet/values.h"
#include "wire/codec.h"

struct rp_chunk_page {
	uint8_t *data; /* with its header */
	uint32_t len, raw; /* bytes with header; the same uncompressed */
	uint64_t rows, nulls;
	struct rp_bounds bounds;
};

/* Which encoding a column gets: of its own, or the smallest one. */
#define RP_PARQUET_MEASURED RP_PARQUET_ENCODINGS

struct rp_chunk {
	struct rp_storage storage;
	bool nullable;
	enum rp_parquet_encoding wanted; /* or MEASURED */
	/* of the row group */
	enum rp_parquet_encoding encoding; /* of the next page, or MEASURED */
	struct rp_dict dict;
	struct rp_chunk_page *pages;
	size_t n_pages, room;
	uint32_t used[RP_PARQUET_ENCODINGS]; /* pages by encoding */
	uint64_t rows, nulls;
	size_t bytes; /* of all pages, without the dictionary's */
	bool ascending; /* no value is absent, or less than that before it */
	int64_t last;
};

/* What one thread needs to make pages; all zero but the codec is valid. */
struct rp_chunk_work {
	enum rp_parquet_codec codec;
	int level;
	struct rp_values values;
	struct rp_buffer body, packed, head, room;
	struct rp_codec_state state;
};
void rp_chunk_work_free(struct rp_chunk_work *w);

/* Of a column of a batch, without pages. */
void rp_chunk_init(struct rp_chunk *c, const struct rp_column *column,
    enum rp_parquet_encoding wanted);

/* Add the rows of a column as a page. RP_ERR_NOMEM. */
RP_CHECKED enum rp_status rp_chunk_add(struct rp_chunk *c,
    const struct rp_column *column, size_t rows, struct rp_chunk_work *w);

/* The dictionary's page, with len 0 if there is none; the caller frees
 * page->data. RP_ERR_NOMEM. */
RP_CHECKED enum rp_status rp_chunk_dict_page(
    struct rp_chunk *c, struct rp_chunk_page *page, struct rp_chunk_work *w);

/* Release the pages: the next row group begins, or it is over. */
void rp_chunk_empty(struct rp_chunk *c);

/* Bytes in memory. */
size_t rp_chunk_held(const struct rp_chunk *c);

#endif
