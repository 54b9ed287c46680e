/*
 * One side of a book: its price levels in order, the best one last.
 *
 * An array of keys, found from the best end: a level at the touch costs some
 * ns; one that lies n levels behind costs a binary search and a move of 16 n
 * bytes (10,000 levels: some 5 us). Levels stand apart, where orders can point
 * to them: 48 bytes a level in all.
 */
#ifndef RP_BOOK_PRICES_H
#define RP_BOOK_PRICES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

#define RP_NO_LEVEL UINT32_MAX

struct rp_price_level {
	int64_t price, size; /* mantissas */
	uint32_t orders; /* at this level; of L2 what the venue says */
	uint32_t head,
	    tail; /* the queue of orders of L3; of a free one: next */
	int8_t px_exp, qty_exp; /* L2: as the venue wrote them */
};

struct rp_prices {
	struct rp_price_key {
		int64_t key; /* the price, negative on the ask side */
		uint32_t level; /* index in pool */
	} * keys; /* ascending: the best last */
	uint32_t n, cap;
	bool asks;
};

/* The levels of both sides. */
struct rp_price_pool {
	struct rp_price_level *levels;
	uint32_t n, cap;
	uint32_t free; /* the first free one, or RP_NO_LEVEL */
};

/* All zero is an empty one but for asks, and for free, which is NO_LEVEL. */
void rp_prices_free(struct rp_prices *s);
void rp_price_pool_free(struct rp_price_pool *pool);

/* Where in keys the level of a price stands, or would stand. */
uint32_t rp_prices_place(const struct rp_prices *s, int64_t price);

/* The level of a price, or RP_NO_LEVEL. */
uint32_t rp_prices_find(const struct rp_prices *s, int64_t price);

/* The same, made if there is none: empty, without orders. RP_ERR_NOMEM. */
RP_CHECKED enum rp_status rp_prices_add(struct rp_prices *s,
    struct rp_price_pool *pool, int64_t price, uint32_t *level);

/* Take away the level of a price, if it is there. */
void rp_prices_remove(
    struct rp_prices *s, struct rp_price_pool *pool, int64_t price);

void rp_prices_clear(struct rp_prices *s, struct rp_price_pool *pool);

/* The i-th best level (0 is the best), or RP_NO_LEVEL. */
static inline uint32_t
rp_prices_at(const struct rp_prices *s, uint32_t i)
{
	return i < s->n ? s->keys[s->n - 1 - i].level : RP_NO_LEVEL;
}

#endif
