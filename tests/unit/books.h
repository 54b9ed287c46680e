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
	const struct rp_price_level *l, *before = NULL;
	const char *flaw;
	uint32_t n = 0;

	for (uint32_t i = 0; i < s->n_blocks; i++) {
		const struct rp_price_block *p = s->heads[i].block;

		if (p->n == 0 || p->n > RP_BLOCK)
			return "a block of no or too many keys";
		if (s->heads[i].key != p->keys[0])
			return "a head is not its block's";
		if (i + 1 == s->n_blocks && s->best != p)
			return "the best block is another";
		for (uint32_t k = p->n; k < RP_BLOCK; k++)
			if (p->keys[k] != INT64_MAX)
				return "a key where there is none";
		n += p->n;
		for (uint32_t k = 0; k < p->n; k++, before = l) {
			l = &b->pool.levels[p->levels[k]];
			if (p->levels[k] >= b->pool.n)
				return "a key leads nowhere";
			if (p->keys[k] != (s->asks ? -l->price : l->price))
				return "a key is not its level's price";
			if (before != NULL &&
			    (before->price < l->price) == s->asks)
				return "a side is not sorted";
			if (rp_prices_worse(s, l->price) != n - p->n + k ||
			    rp_lob_at(b, side, s->n - 1 - (n - p->n + k)) != l)
				return "a level is not where it is sought";
			if ((flaw = queue_flaw(b, p->levels[k], side)) != NULL)
				return flaw;
			*live += l->head != RP_NO_ORDER ? l->orders : 0;
		}
	}
	if (n != s->n)
		return "the levels of a side are miscounted";
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
