#include "book/orders.h"

#include <stdlib.h>
#include <string.h>

#include "types/types.h"

void
rp_orders_free(struct rp_orders *o)
{
	free(o->order);
	free(o->table);
	*o = (struct rp_orders){ .free = RP_NO_ORDER };
}

void
rp_orders_clear(struct rp_orders *o)
{
	if (o->size > 0)
		memset(o->table, 0, o->size * sizeof(*o->table));
	o->n = o->live = 0;
	o->free = RP_NO_ORDER;
}

/* Identifiers are often consecutive: the high bits of a product spread them
 * (Knuth, The Art of Computer Programming 3, 6.4). */
static inline uint32_t
slot_of(const struct rp_orders *o, uint64_t hi, uint64_t lo)
{
	uint64_t x = (lo ^ (hi << 32 | hi >> 32)) * 0x9e3779b97f4a7c15u;

	return (uint32_t)(x >> 32) & (o->size - 1);
}

uint32_t
rp_orders_find(const struct rp_orders *o, uint64_t hi, uint64_t lo)
{
	const struct rp_order *found;
	uint32_t at;

	if (o->size == 0)
		return RP_NO_ORDER;
	for (at = slot_of(o, hi, lo); o->table[at] != 0;
	     at = (at + 1) & (o->size - 1)) {
		found = &o->order[o->table[at] - 1];
		if (found->id_lo == lo && found->id_hi == hi)
			return o->table[at] - 1;
	}
	return RP_NO_ORDER;
}

static void
enter(struct rp_orders *o, uint32_t index)
{
	const struct rp_order *r = &o->order[index];
	uint32_t at = slot_of(o, r->id_hi, r->id_lo);

	while (o->table[at] != 0)
		at = (at + 1) & (o->size - 1);
	o->table[at] = index + 1;
}

static enum rp_status
resize_table(struct rp_orders *o, uint32_t size)
{
	uint32_t *table = calloc(size, sizeof(*table));

	if (table == NULL)
		return RP_ERR_NOMEM;
	free(o->table);
	o->table = table;
	o->size = size;
	for (uint32_t i = 0; i < o->n; i++)
		if (o->order[i].side != RP_SIDE_NONE)
			enter(o, i);
	return RP_OK;
}

static enum rp_status
resize_pool(struct rp_orders *o, uint32_t cap)
{
	struct rp_order *p = realloc(o->order, cap * sizeof(*p));

	if (p == NULL)
		return RP_ERR_NOMEM;
	o->order = p;
	o->cap = cap;
	return RP_OK;
}

/* Is a table of this size full enough by n orders? */
static bool
is_full(uint32_t size, uint32_t n)
{
	return n * UINT64_C(4) > size * UINT64_C(3);
}

enum { LEAST = 64 }; /* orders, and slots of the table */

enum rp_status
rp_orders_add(struct rp_orders *o, uint64_t hi, uint64_t lo, uint32_t *index)
{
	if (is_full(o->size, o->live + 1) &&
	    resize_table(o, o->size == 0 ? LEAST : 2 * o->size) != RP_OK)
		return RP_ERR_NOMEM;
	if (o->free != RP_NO_ORDER) {
		*index = o->free;
		o->free = o->order[o->free].next;
	} else {
		if (o->n == o->cap &&
		    resize_pool(o, o->cap == 0 ? LEAST : o->cap + o->cap / 2) !=
			RP_OK)
			return RP_ERR_NOMEM;
		*index = o->n++;
	}
	o->order[*index] = (struct rp_order){ .id_hi = hi, .id_lo = lo };
	enter(o, *index);
	o->live++;
	return RP_OK;
}

enum rp_status
rp_orders_fill(struct rp_orders *o, uint32_t n)
{
	uint32_t size = o->size == 0 ? LEAST : o->size;

	while (is_full(size, n))
		size *= 2;
	if (size > o->size && resize_table(o, size) != RP_OK)
		return RP_ERR_NOMEM;
	if (n > o->cap && resize_pool(o, n < LEAST ? LEAST : n) != RP_OK)
		return RP_ERR_NOMEM;
	o->n = o->live = n;
	return RP_OK;
}

/* Have near what entering an order will look at: it is all over the memory. */
static inline void
fetch_slot(const struct rp_orders *o, const struct rp_order *r)
{
	__builtin_prefetch(&o->table[slot_of(o, r->id_hi, r->id_lo)]);
}

static inline void
fetch_order(const struct rp_orders *o, const struct rp_order *r)
{
	uint32_t at = o->table[slot_of(o, r->id_hi, r->id_lo)];

	if (at != 0)
		__builtin_prefetch(&o->order[at - 1]);
}

enum rp_status
rp_orders_enter(struct rp_orders *o)
{
	enum { NEAR = 8, FAR = 16 };

	for (uint32_t i = 0; i < o->n; i++) {
		const struct rp_order *r = &o->order[i];

		if (i + FAR < o->n) {
			fetch_slot(o, r + FAR);
			fetch_order(o, r + NEAR);
		}
		if (rp_orders_find(o, r->id_hi, r->id_lo) != RP_NO_ORDER)
			return RP_ERR_CORRUPT;
		enter(o, i);
	}
	return RP_OK;
}

/* Close the hole at a slot: what was entered behind it may move up. */
static void
close_hole(struct rp_orders *o, uint32_t hole)
{
	uint32_t mask = o->size - 1, at = hole, home;

	for (;;) {
		o->table[hole] = 0;
		do {
			at = (at + 1) & mask;
			if (o->table[at] == 0)
				return;
			home = slot_of(o, o->order[o->table[at] - 1].id_hi,
			    o->order[o->table[at] - 1].id_lo);
		} while (((at - home) & mask) < ((at - hole) & mask));
		o->table[hole] = o->table[at];
		hole = at;
	}
}

void
rp_orders_remove(struct rp_orders *o, uint32_t index)
{
	struct rp_order *r = &o->order[index];
	uint32_t at = slot_of(o, r->id_hi, r->id_lo);

	while (o->table[at] != index + 1)
		at = (at + 1) & (o->size - 1);
	close_hole(o, at);
	r->side = RP_SIDE_NONE;
	r->next = o->free;
	o->free = index;
	o->live--;
}
