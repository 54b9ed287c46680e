/* The values of a page in Parquet's encodings. */
#ifndef RP_PARQUET_ENCODE_H
#define RP_PARQUET_ENCODE_H

#include "parquet/values.h"

/* Whether columns that are stored so can have the encoding. */
bool rp_encoding_fits(
    const struct rp_storage *s, enum rp_parquet_encoding encoding);

/*
 * Append the first n of values to out. DICT: their numbers, in room, with
 * the dictionary's values added; RP_EMPTY: it would be too large, and nothing
 * was appended. RP_ERR_NOMEM.
 */
RP_CHECKED enum rp_status rp_encode(struct rp_buffer *out,
    const struct rp_storage *s, const struct rp_values *v, size_t n,
    enum rp_parquet_encoding encoding, struct rp_dict *dict,
    struct rp_buffer *room);

/* Append the definition levels of rows, as data pages have them. */
RP_CHECKED enum rp_status rp_encode_levels(
    struct rp_buffer *out, const uint8_t *validity, size_t rows);

#endif
