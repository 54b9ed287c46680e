/*
 * Flatbuffers, written from the root on: a table comes before what it refers
 * to, so that offsets point forward and all is appended. A failure of memory
 * is kept: look at failed when all is written.
 *
 *	rp_flat_out_begin(&f);
 *	root = rp_flat_out_table(&f, "84");
 *	rp_flat_out_set(&f, root, 0, 8, length);
 *	rp_flat_out_link(&f, root, 1, rp_flat_out_text(&f, "name", 4));
 *
 * The first table is the root. https://flatbuffers.dev/internals/
 */
#ifndef RP_ARROW_FLAT_WRITE_H
#define RP_ARROW_FLAT_WRITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"

struct rp_flat_out {
	struct rp_buffer bytes; /* to be written at a multiple of 8 */
	bool failed;
};

/* Empty it, or begin with an all-zero one; it keeps its room. */
void rp_flat_out_begin(struct rp_flat_out *f);
void rp_flat_out_free(struct rp_flat_out *f);

/*
 * A table; widths has a digit for each field in the order of its declaration:
 * the bytes that it takes, 4 for an offset, 0 for a field that is left out.
 * All are zero. Where it is, for what follows; so do the next two.
 */
size_t rp_flat_out_table(struct rp_flat_out *f, const char *widths);

/* A vector of n elements of zeros of size bytes; 4 for offsets. */
size_t rp_flat_out_vector(struct rp_flat_out *f, size_t n, size_t size);
size_t rp_flat_out_text(struct rp_flat_out *f, const char *text, size_t len);

/* Set a number of a table, or an offset to what was written behind it. */
void rp_flat_out_set(struct rp_flat_out *f, size_t table, unsigned field,
    size_t size, uint64_t v);
void rp_flat_out_link(
    struct rp_flat_out *f, size_t table, unsigned field, size_t target);

/* The same of a vector: bytes from its first element on, or element i. */
void rp_flat_out_put(
    struct rp_flat_out *f, size_t vector, size_t off, size_t size, uint64_t v);
void rp_flat_out_refer(
    struct rp_flat_out *f, size_t vector, size_t i, size_t target);

#endif
