#include "arrow/flat_read.h"

enum { OFFSET = 4, VTABLE_HEAD = 4, VTABLE_ENTRY = 2 };

void
rp_flat_begin(struct rp_flat *flat, const uint8_t *p, size_t len)
{
	*flat = (struct rp_flat){ .p = p,
		.len = len < INT32_MAX ? (uint32_t)len : 0,
		.tables = (uint32_t)(len / OFFSET) };
	if (len >= INT32_MAX)
		rp_flat_fail(flat, "a flatbuffer of 2 GiB or more", 0);
}

void
rp_flat_fail(struct rp_flat *flat, const char *why, uint64_t where)
{
	if (flat->why != NULL)
		return;
	flat->why = why;
	flat->where = (uint32_t)where;
}

/* Are there n bytes at a place? */
static bool
has(const struct rp_flat *flat, uint64_t at, uint64_t n)
{
	return flat->why == NULL && at <= flat->len && n <= flat->len - at;
}

/* Where the offset leads that stands at a place, which is in the buffer: to n
 * bytes at least. 0: nowhere, and the fault is kept. */
static uint32_t
follow(struct rp_flat *flat, uint32_t at, uint32_t n, const char *why)
{
	uint64_t to = (uint64_t)at + rp_le32(flat->p + at);

	if (to > at && has(flat, to, n))
		return (uint32_t)to;
	rp_flat_fail(flat, why, at);
	return 0;
}

/* The table that the offset at a place leads to. */
static struct rp_flat_table
open_table(struct rp_flat *flat, uint32_t at)
{
	struct rp_flat_table t = { .flat = flat };
	uint32_t to = follow(flat, at, OFFSET, "a table is outside");
	int64_t vtable;

	if (to == 0)
		return t;
	if (flat->tables == 0) {
		rp_flat_fail(flat, "more tables than there is room for", at);
		return t;
	}
	flat->tables--;
	vtable = (int64_t)to - (int32_t)rp_le32(flat->p + to);
	if (vtable < 0 || !has(flat, (uint64_t)vtable, VTABLE_HEAD)) {
		rp_flat_fail(flat, "a vtable is outside", to);
		return t;
	}
	t.vtable = (uint32_t)vtable;
	t.vtable_size = rp_le16(flat->p + vtable);
	t.size = rp_le16(flat->p + vtable + VTABLE_ENTRY);
	if (t.vtable_size < VTABLE_HEAD || t.vtable_size % VTABLE_ENTRY != 0 ||
	    !has(flat, t.vtable, t.vtable_size))
		rp_flat_fail(flat, "a vtable has a bad length", t.vtable);
	else if (t.size < OFFSET || !has(flat, to, t.size))
		rp_flat_fail(flat, "a table has a bad length", to);
	else
		t.at = to;
	return t;
}

struct rp_flat_table
rp_flat_root(struct rp_flat *flat)
{
	if (has(flat, 0, OFFSET))
		return open_table(flat, 0);
	rp_flat_fail(flat, "it is too short", 0);
	return (struct rp_flat_table){ .flat = flat };
}

/* Where a field's size bytes are; 0: the table has it not. */
static uint32_t
find(const struct rp_flat_table *t, unsigned field, unsigned size)
{
	uint32_t entry = VTABLE_HEAD + VTABLE_ENTRY * field, off;

	if (t->at == 0 || t->flat->why != NULL ||
	    entry + VTABLE_ENTRY > t->vtable_size)
		return 0;
	off = rp_le16(t->flat->p + t->vtable + entry);
	if (off == 0)
		return 0;
	if (off >= OFFSET && off + size <= t->size)
		return t->at + off;
	rp_flat_fail(
	    t->flat, "a field is outside its table", t->vtable + entry);
	return 0;
}

int64_t
rp_flat_int(const struct rp_flat_table *t, unsigned field, unsigned size,
    int64_t otherwise)
{
	const unsigned unused = 64 - 8 * size;
	uint32_t at = find(t, field, size);
	uint64_t v = 0;

	if (at == 0)
		return otherwise;
	memcpy(&v, t->flat->p + at, size);
	return (int64_t)(v << unused) >> unused;
}

struct rp_flat_table
rp_flat_table(const struct rp_flat_table *t, unsigned field)
{
	uint32_t at = find(t, field, OFFSET);

	return at != 0 ? open_table(t->flat, at)
		       : (struct rp_flat_table){ .flat = t->flat };
}

struct rp_flat_vector
rp_flat_vector(const struct rp_flat_table *t, unsigned field, unsigned size)
{
	struct rp_flat_vector v = { .flat = t->flat };
	uint32_t at = find(t, field, OFFSET), to;

	if (at == 0 ||
	    (to = follow(t->flat, at, OFFSET, "a vector is outside")) == 0)
		return v;
	v.n = rp_le32(t->flat->p + to);
	v.at = to + OFFSET;
	if (has(t->flat, v.at, (uint64_t)v.n * size))
		return v;
	rp_flat_fail(t->flat, "a vector is longer than what is left", to);
	return (struct rp_flat_vector){ .flat = t->flat };
}

struct rp_flat_text
rp_flat_text(const struct rp_flat_table *t, unsigned field)
{
	struct rp_flat_vector v = rp_flat_vector(t, field, 1);

	if (v.at == 0)
		return (struct rp_flat_text){ 0 };
	return (struct rp_flat_text){ (const char *)t->flat->p + v.at, v.n };
}

struct rp_flat_table
rp_flat_element(const struct rp_flat_vector *v, uint32_t i)
{
	if (v->flat->why != NULL)
		return (struct rp_flat_table){ .flat = v->flat };
	return open_table(v->flat, v->at + OFFSET * i);
}
