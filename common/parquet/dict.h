/*
 * The dictionary of a column in a row group: each value once, numbered in the
 * order in which they came, as a dictionary page has them (PLAIN). Values are
 * numbers of 4 or 8 bytes, or spans of bytes.
 */
#ifndef RP_PARQUET_DICT_H
#define RP_PARQUET_DICT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"

struct rp_span {
	const uint8_t *p;
	uint32_t len;
};

/* A value that would make it larger is refused: bounds its memory. */
enum {
	RP_DICT_MOST = 1 << 15, /* values */
	RP_DICT_BYTES = 1 << 20 /* of the page */
};

/* All zero is an empty one. */
struct rp_dict {
	struct rp_buffer page; /* values, PLAIN */
	struct rp_buffer offsets; /* u32: where spans are in the page */
	uint32_t *table; /* open addresses: number + 1 */
	size_t size; /* of table, a power of two */
	uint32_t n;
};

/*
 * Numbers of n values, added if they are new; RP_EMPTY: it is full, and then
 * has what it had before. RP_ERR_NOMEM. width: bytes of a number, 4 or 8.
 */
RP_CHECKED enum rp_status rp_dict_numbers(struct rp_dict *d, unsigned width,
    const uint64_t *v, size_t n, uint32_t *numbers);

/* The same for spans; fixed: all are of that many bytes, 0: of any. */
RP_CHECKED enum rp_status rp_dict_spans(struct rp_dict *d, unsigned fixed,
    const struct rp_span *v, size_t n, uint32_t *numbers);

/* Forget the values, keep the room. */
void rp_dict_empty(struct rp_dict *d);
void rp_dict_free(struct rp_dict *d);

#endif
