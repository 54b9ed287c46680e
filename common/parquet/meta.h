/* What a Parquet file says of itself: heads of pages, and the footer's parts. */
#ifndef RP_PARQUET_META_H
#define RP_PARQUET_META_H

#include "parquet/thrift.h"
#include "parquet/values.h"

struct rp_chunk;
struct rp_chunk_page;

struct rp_statistics {
	const struct rp_storage *storage;
	uint64_t nulls;
	const struct rp_bounds *bounds;
};

struct rp_page_head {
	enum rp_parquet_page_type type;
	enum rp_parquet_encoding encoding;
	uint64_t values; /* of a data page, those that are absent too */
	struct rp_statistics statistics; /* of a data page */
};

/* Into out (overwritten): the head of a page whose body of raw bytes is stored
 * as len bytes, which its CRC is of. RP_ERR_NOMEM. */
RP_CHECKED enum rp_status rp_page_head_encode(struct rp_buffer *out,
    const struct rp_page_head *head, size_t raw, const uint8_t *stored,
    size_t len);

/* The element of the schema of a column. */
void rp_schema_element(struct rp_thrift *t, const struct rp_column *c);

/* The root of a schema of n columns. */
void rp_schema_root(struct rp_thrift *t, size_t n);

/* Where a chunk lies in the file. */
struct rp_chunk_place {
	uint64_t at; /* of its first page: the dictionary's, if there is one */
	uint64_t dict_len, dict_raw; /* bytes of that one, or 0 */
};

/* ColumnMetaData of a chunk, its pages written at place. */
void rp_chunk_meta(struct rp_thrift *t, const struct rp_chunk *c,
    const struct rp_column *column, enum rp_parquet_codec codec,
    const struct rp_chunk_place *place);

/* Its column index, which it has only if all pages have bounds; false: none. */
bool rp_chunk_column_index(struct rp_thrift *t, const struct rp_chunk *c);
void rp_chunk_offset_index(struct rp_thrift *t, const struct rp_chunk *c,
    const struct rp_chunk_place *place);

#endif
