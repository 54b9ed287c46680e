#include "book/lob.h"

#include <stdlib.h>

#include "base/decimal.h"
#include "base/hash.h"

const char *const rp_fault_names[RP_FAULTS] = {
	[RP_FAULT_UNSEEDED] = "unseeded",
	[RP_FAULT_GAP] = "gap",
	[RP_FAULT_CHAIN] = "broken_chain",
	[RP_FAULT_CHECKSUM] = "checksum",
	[RP_FAULT_CROSSED] = "crossed",
	[RP_FAULT_LOCKED] = "locked",
	[RP_FAULT_UNKNOWN_ORDER] = "unknown_order",
	[RP_FAULT_DUPLICATE_ORDER] = "duplicate_order",
	[RP_FAULT_OVER_CANCEL] = "over_cancel",
	[RP_FAULT_OTHER_PRICE] = "other_price",
	[RP_FAULT_NEGATIVE_SIZE] = "negative_size",
	[RP_FAULT_ZERO_SIZE] = "zero_size",
	[RP_FAULT_ZERO_MODIFY] = "zero_modify",
	[RP_FAULT_ZERO_CANCEL] = "zero_cancel",
	[RP_FAULT_UNKNOWN_ACTION] = "unknown_action",
	[RP_FAULT_NO_SIDE] = "no_side",
	[RP_FAULT_NO_PRICE] = "no_price",
	[RP_FAULT_OVERFLOW] = "overflow",
	[RP_FAULT_OLD] = "old",
};

void
rp_lob_init(struct rp_lob *b, enum rp_lob_venue venue)
{
	*b = (struct rp_lob){ .venue = (uint8_t)venue,
		.pool = { .free = RP_NO_LEVEL },
		.orders = { .free = RP_NO_ORDER } };
	b->side[rp_lob_side(RP_SIDE_ASK)].asks = true;
}

void
rp_lob_free(struct rp_lob *b)
{
	rp_prices_free(&b->side[0]);
	rp_prices_free(&b->side[1]);
	rp_price_pool_free(&b->pool);
	rp_orders_free(&b->orders);
	free(b->pending);
}

void
rp_lob_clear(struct rp_lob *b)
{
	rp_prices_clear(&b->side[0], &b->pool);
	rp_prices_clear(&b->side[1], &b->pool);
	rp_orders_clear(&b->orders);
	b->has_exp = false; /* it may be another instrument from now on */
	b->limited = false;
	b->state = RP_LOB_VALID;
}

void
rp_lob_break(struct rp_lob *b, enum rp_fault why)
{
	b->faults[why]++;
	if (b->state == RP_LOB_VALID)
		b->state = RP_LOB_BROKEN;
	/* what was kept may lack what was lost, in the midst of an update */
	b->n_pending = 0;
	b->keeping = false;
}

rp_faults
rp_lob_crossing(struct rp_lob *b)
{
	const struct rp_price_level *bid = rp_lob_at(b, RP_SIDE_BID, 0);
	const struct rp_price_level *ask = rp_lob_at(b, RP_SIDE_ASK, 0);
	rp_faults faults = 0;

	if (bid == NULL || ask == NULL || bid->price < ask->price)
		return 0;
	rp_lob_fault(b, &faults,
	    bid->price == ask->price ? RP_FAULT_LOCKED : RP_FAULT_CROSSED);
	return faults;
}

/* ---- exponents ---- */

/* Multiply by 10^by, which is not negative. */
static bool
shift(int64_t *v, int by)
{
	struct rp_decimal d = { .mantissa = *v, .exp = (int8_t)by };

	if (*v == 0 || by == 0)
		return true;
	if (by > RP_EXP_MAX || rp_decimal_rescale(&d, 0) != RP_OK)
		return false;
	*v = d.mantissa;
	return true;
}

/* All that is in the book with exponents finer by these numbers of digits. */
static bool
try_refine(struct rp_lob *b, int px, int qty, bool commit)
{
	for (unsigned s = 0; s < 2; s++)
		for (uint32_t i = 0; i < b->side[s].n; i++) {
			uint32_t at = rp_prices_at(&b->side[s], i);
			struct rp_price_level *l = &b->pool.levels[at];
			int64_t price = l->price, size = l->size;

			if (!shift(&price, px) || !shift(&size, qty))
				return false;
			if (!commit)
				continue;
			l->price = price;
			l->size = size;
		}
	for (uint32_t i = 0; commit && i < b->orders.n; i++) {
		struct rp_order *o = &b->orders.order[i];

		/* no larger than its level, which fits */
		if (o->side != RP_SIDE_NONE)
			(void)(shift(&o->price, px) && shift(&o->size, qty));
	}
	return true;
}

static enum rp_status
refine(struct rp_lob *b, int8_t px_exp, int8_t qty_exp)
{
	int px = b->px_exp - px_exp, qty = b->qty_exp - qty_exp;

	if (px == 0 && qty == 0)
		return RP_OK;
	if (!try_refine(b, px, qty, false))
		return RP_ERR_LIMIT;
	(void)try_refine(b, px, qty, true);
	rp_prices_renew(&b->side[0], &b->pool);
	rp_prices_renew(&b->side[1], &b->pool);
	b->px_exp = px_exp;
	b->qty_exp = qty_exp;
	return RP_OK;
}

enum rp_status
rp_lob_scale(
    struct rp_lob *b, const struct rp_event *ev, int64_t *price, int64_t *size)
{
	int8_t px, qty;

	if (b->has_exp && ev->px_exp == b->px_exp && ev->qty_exp == b->qty_exp)
		return RP_OK;
	if (!b->has_exp) {
		b->has_exp = true;
		b->px_exp = ev->px_exp;
		b->qty_exp = ev->qty_exp;
		return RP_OK;
	}
	px = ev->px_exp < b->px_exp ? ev->px_exp : b->px_exp;
	qty = ev->qty_exp < b->qty_exp ? ev->qty_exp : b->qty_exp;
	if (!shift(price, ev->px_exp - px) || !shift(size, ev->qty_exp - qty))
		return RP_ERR_LIMIT;
	return refine(b, px, qty);
}

/* ---- what is in it ---- */

bool
rp_lob_queue(const struct rp_lob *b, uint64_t id_hi, uint64_t id_lo,
    struct rp_queue_place *place)
{
	uint32_t at = rp_orders_find(&b->orders, id_hi, id_lo);
	const struct rp_order *o;

	if (at == RP_NO_ORDER)
		return false;
	o = &b->orders.order[at];
	*place = (struct rp_queue_place){ .price = o->price,
		.size = o->size,
		.side = o->side,
		.level_orders = b->pool.levels[o->level].orders };
	while ((at = b->orders.order[at].prev) != RP_NO_ORDER) {
		place->ahead++;
		place->size_ahead += b->orders.order[at].size;
	}
	return true;
}

static uint64_t
hash_level(const struct rp_lob *b, const struct rp_price_level *l, uint64_t h)
{
	int64_t level[3] = { l->price, l->size, l->orders };

	h = rp_hash_seed(level, sizeof(level), h);
	for (uint32_t i = l->head; i != RP_NO_ORDER;
	     i = b->orders.order[i].next) {
		const struct rp_order *o = &b->orders.order[i];
		uint64_t order[3] = { o->id_hi, o->id_lo, (uint64_t)o->size };

		h = rp_hash_seed(order, sizeof(order), h);
	}
	return h;
}

uint64_t
rp_lob_hash(const struct rp_lob *b)
{
	int64_t shape[4] = { b->px_exp, b->qty_exp, b->side[0].n,
		b->side[1].n };
	uint64_t h = rp_hash(shape, sizeof(shape));

	for (unsigned s = 0; s < 2; s++)
		for (uint32_t i = 0; i < b->side[s].n; i++)
			h = hash_level(b,
			    &b->pool.levels[rp_prices_at(&b->side[s], i)], h);
	return h;
}
