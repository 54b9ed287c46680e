/*
 * The live orders of a book, found by the venue's identifier in constant time:
 * an open-addressed table of 4-byte slots, at most three quarters full, beside
 * a pool of 48 bytes an order.
 */
#ifndef RP_BOOK_ORDERS_H
#define RP_BOOK_ORDERS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

#define RP_NO_ORDER UINT32_MAX

struct rp_order {
	uint64_t id_hi, id_lo;
	int64_t price, size; /* mantissas */
	uint32_t prev,
	    next; /* in the queue of its level; of a free one: next */
	uint32_t level;
	uint8_t side; /* enum rp_side; RP_SIDE_NONE: free */
};

struct rp_orders {
	struct rp_order *order; /* n of cap have been used */
	uint32_t n, cap, free, live;
	uint32_t *table; /* index + 1; size is a power of two */
	uint32_t size;
};

/* All zero but for free, which is RP_NO_ORDER, is an empty one. */
void rp_orders_free(struct rp_orders *o);
void rp_orders_clear(struct rp_orders *o);

/* An order's index, or RP_NO_ORDER. */
uint32_t rp_orders_find(const struct rp_orders *o, uint64_t hi, uint64_t lo);

/* A new order with this identifier, which no other has; the rest of it is the
 * caller's to fill. RP_ERR_NOMEM. */
RP_CHECKED enum rp_status rp_orders_add(
    struct rp_orders *o, uint64_t hi, uint64_t lo, uint32_t *index);

/*
 * Fill an empty one with n orders at once, 0 to n - 1: all of each is the
 * caller's to set, and then they are to be entered. RP_ERR_NOMEM;
 * RP_ERR_CORRUPT: two have the same identifier, and it is to be cleared.
 */
RP_CHECKED enum rp_status rp_orders_fill(struct rp_orders *o, uint32_t n);
RP_CHECKED enum rp_status rp_orders_enter(struct rp_orders *o);

void rp_orders_remove(struct rp_orders *o, uint32_t index);

#endif
