/*
 * The open orders of a feed by reference number: what is left of each, at
 * which price. Executions and cancels name an order only by its number.
 *
 * Open addresses, a slot of 16 bytes; at most five of eight are taken, so an
 * open order costs 26 to 51 bytes, by the most that were open at a time.
 */
#ifndef RP_IMPORT_ITCH_ORDERS_H
#define RP_IMPORT_ITCH_ORDERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct rp_itch_order {
	uint64_t key; /* number << 2 | enum rp_side */
	uint32_t price;
	uint32_t shares; /* left; 0: the slot is free */
};

struct rp_itch_orders {
	struct rp_itch_order *slots;
	uint64_t mask; /* slots - 1 */
	uint64_t n;
	unsigned shift; /* 64 - the bits of a slot's index */
};

#define RP_ITCH_ORDER_MAX (UINT64_MAX >> 2) /* the highest number */

RP_CHECKED enum rp_status rp_itch_orders_init(struct rp_itch_orders *o);
void rp_itch_orders_free(struct rp_itch_orders *o);
void rp_itch_orders_clear(struct rp_itch_orders *o);

/* The order, or NULL. Valid until the next call that changes the table. */
static inline struct rp_itch_order *rp_itch_orders_find(
    const struct rp_itch_orders *o, uint64_t number);

/* Room for one more: may move all. */
RP_CHECKED enum rp_status rp_itch_orders_grow(struct rp_itch_orders *o);

/* Take one away that was found. */
void rp_itch_orders_remove(
    struct rp_itch_orders *o, struct rp_itch_order *order);

/* ---- inline ---- */

/* Numbers that follow one another are spread evenly by the golden ratio. */
static inline uint64_t
rp_itch_orders_home(const struct rp_itch_orders *o, uint64_t number)
{
	return number * UINT64_C(0x9e3779b97f4a7c15) >> o->shift;
}

static inline struct rp_itch_order *
rp_itch_orders_slot(const struct rp_itch_orders *o, uint64_t number)
{
	uint64_t i = rp_itch_orders_home(o, number);

	while (o->slots[i].shares != 0 && o->slots[i].key >> 2 != number)
		i = (i + 1) & o->mask;
	return &o->slots[i];
}

/* Where to look for an order first: what to fetch before it is asked for. */
static inline const void *
rp_itch_orders_near(const struct rp_itch_orders *o, uint64_t number)
{
	return &o->slots[rp_itch_orders_home(o, number)];
}

static inline struct rp_itch_order *
rp_itch_orders_find(const struct rp_itch_orders *o, uint64_t number)
{
	struct rp_itch_order *s = rp_itch_orders_slot(o, number);

	return s->shares != 0 ? s : NULL;
}

/*
 * Enter an order, whose shares are not 0 and whose number is not above
 * RP_ITCH_ORDER_MAX, in place of one of that number. *replaced: there was one.
 */
RP_CHECKED static inline enum rp_status
rp_itch_orders_set(struct rp_itch_orders *o, uint64_t number, uint8_t side,
    uint32_t price, uint32_t shares, bool *replaced)
{
	struct rp_itch_order *s;
	enum rp_status st;

	if (o->n >= o->mask / 8 * 5 && (st = rp_itch_orders_grow(o)) != RP_OK)
		return st;
	s = rp_itch_orders_slot(o, number);
	*replaced = s->shares != 0;
	o->n += s->shares == 0;
	*s = (struct rp_itch_order){ number << 2 | side, price, shares };
	return RP_OK;
}

#endif
