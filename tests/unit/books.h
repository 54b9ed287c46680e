/* What is always true of a book, whatever was done to it: for tests and fuzz
 * targets. */
#ifndef RP_TESTS_BOOKS_H
#define RP_TESTS_BOOKS_H

#include "book/lob.h"

/* The queue of a level: linked both ways, of orders that say the same. */
static inline const char *
queue_flaw(const struct rp_lob *b, uint32_t level, uint8_t side)
{
	const struct rp_price_level *l = &b->pool.levels[level];
	const struct rp_order *o;
	uint32_t n = 0, before = RP_NO_ORDER;
	int64_t size = 0;

	for (uint32_t i = l->head; i != RP_NO_ORDER; i = o->next) {
		if (i >= b->orders.n || n++ > b->orders.live)
			return "a queue leads nowhere";
		o = &b->orders.order[i];
		if (o->prev != before)
			return "a queue is not linked backwards";
		if (o->side != side || o->level != level ||
		    o->price != l->price || o->size <= 0)
			return "an order is not where it says";
		if (rp_orders_find(&b->orders, o->id_hi, o->id_lo) != i)
			return "an order is not found";
		size += o->size;
		before = i;
	}
	if (l->tail != before)
		return "a queue has another end";
	if (n > 0 && (l->orders != n || l->size != size))
		return "a level is not the sum of its orders";
	return l->size > 0 ? NULL : "a level of nothing";
}

static inline const char *
side_flaw(const struct rp_lob *b, uint8_t side, uint32_t *live)
{
	const struct rp_prices *s = &b->side[rp_lob_side(side)];
	const char *flaw;

	for (uint32_t i = 0; i < s->n; i++) {
		const struct rp_price_level *l;

		if (i > 0 && s->keys[i - 1].key >= s->keys[i].key)
			return "a side is not sorted";
		if (s->keys[i].level >= b->pool.n)
			return "a key leads nowhere";
		l = &b->pool.levels[s->keys[i].level];
		if (s->keys[i].key != (s->asks ? -l->price : l->price))
			return "a key is not its level's price";
		if ((flaw = queue_flaw(b, s->keys[i].level, side)) != NULL)
			return flaw;
		*live += l->head != RP_NO_ORDER ? l->orders : 0;
	}
	return NULL;
}

/* NULL, or what is wrong with it. Takes the time of the whole book. */
static inline const char *
book_flaw(const struct rp_lob *b)
{
	const struct rp_orders *o = &b->orders;
	uint32_t live = 0, used = 0, free = 0;
	const char *flaw;

	if ((flaw = side_flaw(b, RP_SIDE_BID, &live)) != NULL ||
	    (flaw = side_flaw(b, RP_SIDE_ASK, &live)) != NULL)
		return flaw;
	if (live != o->live)
		return "orders are in no queue";
	for (uint32_t i = 0; i < o->size; i++)
		used += o->table[i] != 0;
	if (used != o->live)
		return "the table has other orders than the book";
	for (uint32_t i = o->free; i != RP_NO_ORDER && free <= o->n; free++)
		i = o->order[i].next;
	if (free + o->live != o->n)
		return "an order is lost";
	free = 0;
	for (uint32_t i = b->pool.free; i != RP_NO_LEVEL && free <= b->pool.n;
	     free++)
		i = b->pool.levels[i].head;
	if (free + b->side[0].n + b->side[1].n != b->pool.n)
		return "a level is lost";
	return NULL;
}

#endif
