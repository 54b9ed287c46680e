/*
 * One side of a book: its price levels in order, the best one last.
 *
 * Keys lie in blocks of up to RP_BLOCK, and their first ones in an array: a
 * tree of two floors. A level among the best of some is found in some ns, any
 * other one by two binary searches (10,000 levels: some 20 ns), and is made or
 * taken away by a move of some hundred bytes. Levels stand apart, where orders
 * can point to them: some 60 bytes a level in all.
 */
#ifndef RP_BOOK_PRICES_H
#define RP_BOOK_PRICES_H

#include <stdbool.h>
#include <stddef.h>
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

enum { RP_BLOCK = 64 };

/* A key is the price, negative on the ask side. */
struct rp_price_block {
	int64_t keys[RP_BLOCK]; /* ascending: the best last; then INT64_MAX */
	uint32_t levels[RP_BLOCK]; /* of these, in pool */
	uint32_t n; /* at least 1 */
};

struct rp_prices {
	struct rp_price_head {
		int64_t key; /* the first of the block */
		struct rp_price_block *block;
	} * heads; /* n_blocks of cap, ascending */
	struct rp_price_block *best; /* the last one, or NULL */
	uint32_t n_blocks, cap;
	uint32_t n; /* levels */
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

/* How many levels are worse than a price. */
uint32_t rp_prices_worse(const struct rp_prices *s, int64_t price);

/* The level of a price, or RP_NO_LEVEL. */
uint32_t rp_prices_find(const struct rp_prices *s, int64_t price);

/* The same, made if there is none: empty, without orders. RP_ERR_NOMEM. */
RP_CHECKED enum rp_status rp_prices_add(struct rp_prices *s,
    struct rp_price_pool *pool, int64_t price, uint32_t *level);

/* Take away the level of a price, if it is there. */
void rp_prices_remove(
    struct rp_prices *s, struct rp_price_pool *pool, int64_t price);

void rp_prices_clear(struct rp_prices *s, struct rp_price_pool *pool);

/* All levels have got other prices, in the same order. */
void rp_prices_renew(struct rp_prices *s, const struct rp_price_pool *pool);

/* rp_prices_at, where it lies before the last block. */
uint32_t rp_prices_beyond(const struct rp_prices *s, uint32_t i);

/* The i-th best level (0 is the best), or RP_NO_LEVEL. */
static inline uint32_t
rp_prices_at(const struct rp_prices *s, uint32_t i)
{
	const struct rp_price_block *best = s->best;

	if (best != NULL && i < best->n)
		return best->levels[best->n - 1 - i];
	return i < s->n ? rp_prices_beyond(s, i) : RP_NO_LEVEL;
}

#endif
