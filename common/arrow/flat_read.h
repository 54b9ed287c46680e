/*
 * Flatbuffers, read in place: tables, their fields, vectors and strings. Every
 * offset, vtable and length is held against the buffer before it is used.
 *
 * A buffer keeps its first fault, and from then on all that is asked of it is
 * absent: look at why when all is read, and before what was read is trusted.
 *
 *	rp_flat_begin(&flat, p, len);
 *	root = rp_flat_root(&flat);
 *	length = rp_flat_int(&root, 0, 8, 0);
 *	if (flat.why != NULL) ...
 *
 * https://flatbuffers.dev/internals/
 */
#ifndef RP_ARROW_FLAT_READ_H
#define RP_ARROW_FLAT_READ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"

struct rp_flat {
	const uint8_t *p; /* the caller's */
	uint32_t len;
	uint32_t tables; /* that may still be opened: as many as have room, so
			  * that tables that are shared cost no more than
			  * those that are not */
	const char *why; /* the first fault, ... */
	uint32_t where; /* ... and the byte of it */
};

/* A place of 0, where none can be, says that there is none. */
struct rp_flat_table {
	struct rp_flat *flat;
	uint32_t at, size;
	uint32_t vtable, vtable_size;
};

struct rp_flat_vector {
	struct rp_flat *flat;
	uint32_t at; /* of the first element */
	uint32_t n;
};

struct rp_flat_text {
	const char *text; /* not terminated; NULL: none */
	uint32_t len;
};

void rp_flat_begin(struct rp_flat *flat, const uint8_t *p, size_t len);

/* Keep a fault, if it is the first. */
void rp_flat_fail(struct rp_flat *flat, const char *why, uint64_t where);

struct rp_flat_table rp_flat_root(struct rp_flat *flat);

static inline bool
rp_flat_is(const struct rp_flat_table *t)
{
	return t->at != 0;
}

/* ---- the fields of a table, by their number in its declaration ---- */

/* A signed number of 1, 2, 4 or 8 bytes. */
int64_t rp_flat_int(const struct rp_flat_table *t, unsigned field,
    unsigned size, int64_t otherwise);

struct rp_flat_table rp_flat_table(
    const struct rp_flat_table *t, unsigned field);

/* size: bytes of an element; 4 for offsets of tables. */
struct rp_flat_vector rp_flat_vector(
    const struct rp_flat_table *t, unsigned field, unsigned size);

struct rp_flat_text rp_flat_text(const struct rp_flat_table *t, unsigned field);

/* ---- the elements of a vector; i < n ---- */

struct rp_flat_table rp_flat_element(
    const struct rp_flat_vector *v, uint32_t i);

static inline int64_t
rp_flat_i64(const struct rp_flat_vector *v, uint32_t i)
{
	return (int64_t)rp_le64(v->flat->p + v->at + 8 * (size_t)i);
}

#endif
