/*
 * Orders to a book (L3, MBO): time priority within a price. As the venues
 * whose feeds Databento carries have it (databento.com/docs, "MBO"; CME MDP 3.0
 * order priority): an order that changes its price or grows goes to the end of
 * its queue, one that shrinks keeps its place.
 */
#include "book/lob.h"

#include "base/decimal.h"

static struct rp_prices *
side_of(struct rp_lob *b, const struct rp_order *o)
{
	return &b->side[rp_lob_side(o->side)];
}

/* Put an order at the end of its level's queue. */
static enum rp_status
enqueue(struct rp_lob *b, uint32_t index)
{
	struct rp_order *o = &b->orders.order[index];
	struct rp_price_level *l;
	enum rp_status st;

	st = rp_prices_add(side_of(b, o), &b->pool, o->price, &o->level);
	if (st != RP_OK)
		return st;
	l = &b->pool.levels[o->level];
	o->prev = l->tail;
	o->next = RP_NO_ORDER;
	if (l->tail != RP_NO_ORDER)
		b->orders.order[l->tail].next = index;
	else
		l->head = index;
	l->tail = index;
	l->orders++;
	l->size += o->size;
	return RP_OK;
}

/* Take it out; a level without orders goes. */
static void
dequeue(struct rp_lob *b, uint32_t index)
{
	struct rp_order *o = &b->orders.order[index];
	struct rp_price_level *l = &b->pool.levels[o->level];

	if (o->prev != RP_NO_ORDER)
		b->orders.order[o->prev].next = o->next;
	else
		l->head = o->next;
	if (o->next != RP_NO_ORDER)
		b->orders.order[o->next].prev = o->prev;
	else
		l->tail = o->prev;
	l->size -= o->size;
	if (--l->orders == 0)
		rp_prices_remove(side_of(b, o), &b->pool, o->price);
}

static void
remove_order(struct rp_lob *b, uint32_t index)
{
	dequeue(b, index);
	rp_orders_remove(&b->orders, index);
}

struct change {
	const struct rp_mbo *m;
	int64_t price, size; /* as the book's mantissas once they fit */
	rp_faults *faults;
};

/* Would the size of its level leave the range? The order that is there with
 * its identifier (or RP_NO_ORDER) goes. */
static bool
overflows(
    const struct rp_lob *b, const struct change *c, uint8_t side, uint32_t at)
{
	uint32_t level = rp_prices_find(&b->side[rp_lob_side(side)], c->price);
	int64_t there;

	if (level == RP_NO_LEVEL)
		return false;
	there = b->pool.levels[level].size;
	if (at != RP_NO_ORDER && b->orders.order[at].level == level &&
	    b->orders.order[at].side == side)
		there -= b->orders.order[at].size;
	return c->size > INT64_MAX - there;
}

/* Make price and size the book's, for an order on this side. */
static bool
fits(struct rp_lob *b, struct change *c, uint8_t side, uint32_t at)
{
	if (rp_lob_scale(b, &c->m->ev, &c->price, &c->size) == RP_OK &&
	    !overflows(b, c, side, at))
		return true;
	rp_lob_break_by(b, c->faults, RP_FAULT_OVERFLOW);
	return false;
}

/* What an add, or a modification of an order that is not there, must say. */
static bool
is_whole(struct rp_lob *b, const struct change *c)
{
	if (c->m->ev.side != RP_SIDE_BID && c->m->ev.side != RP_SIDE_ASK)
		rp_lob_fault(b, c->faults, RP_FAULT_NO_SIDE);
	else if (c->price == RP_ABSENT || c->size == RP_ABSENT)
		rp_lob_fault(b, c->faults, RP_FAULT_NO_PRICE);
	else if (c->size < 0)
		rp_lob_fault(b, c->faults, RP_FAULT_NEGATIVE_SIZE);
	else if (c->size == 0)
		rp_lob_fault(b, c->faults, RP_FAULT_ZERO_SIZE);
	else
		return true;
	return false;
}

static enum rp_status
add(struct rp_lob *b, struct change *c)
{
	const struct rp_mbo *m = c->m;
	enum rp_status st;
	uint32_t at;

	if (!is_whole(b, c))
		return RP_OK;
	at = rp_orders_find(&b->orders, m->id_hi, m->id_lo);
	if (!fits(b, c, m->ev.side, at))
		return RP_OK;
	if (at != RP_NO_ORDER) {
		/* the newer one is what the venue believes in */
		rp_lob_fault(b, c->faults, RP_FAULT_DUPLICATE_ORDER);
		remove_order(b, at);
	}
	st = rp_orders_add(&b->orders, m->id_hi, m->id_lo, &at);
	if (st != RP_OK)
		return st;
	b->orders.order[at].side = m->ev.side;
	b->orders.order[at].price = c->price;
	b->orders.order[at].size = c->size;
	return enqueue(b, at);
}

static enum rp_status
modify(struct rp_lob *b, struct change *c)
{
	uint32_t at = rp_orders_find(&b->orders, c->m->id_hi, c->m->id_lo);
	struct rp_order *o;

	if (at == RP_NO_ORDER) {
		/* it says all that there is to know of the order */
		rp_lob_fault(b, c->faults, RP_FAULT_UNKNOWN_ORDER);
		return add(b, c);
	}
	o = &b->orders.order[at];
	if (c->m->ev.side != RP_SIDE_NONE && c->m->ev.side != o->side) {
		rp_lob_fault(b, c->faults, RP_FAULT_NO_SIDE);
		return RP_OK;
	}
	if (c->size == 0) {
		rp_lob_fault(b, c->faults, RP_FAULT_ZERO_MODIFY);
		remove_order(b, at);
		return RP_OK;
	}
	if (c->price == RP_ABSENT || c->size == RP_ABSENT) {
		rp_lob_fault(b, c->faults, RP_FAULT_NO_PRICE);
		return RP_OK;
	}
	if (c->size < 0) {
		rp_lob_fault(b, c->faults, RP_FAULT_NEGATIVE_SIZE);
		return RP_OK;
	}
	if (!fits(b, c, o->side, at))
		return RP_OK;
	if (c->price == o->price && c->size <= o->size) {
		b->pool.levels[o->level].size -= o->size - c->size;
		o->size = c->size;
		return RP_OK;
	}
	dequeue(b, at);
	o->price = c->price;
	o->size = c->size;
	return enqueue(b, at);
}

/* Executions may be at another price than their order's; a cancel that is has
 * missed a modification, but says which order it means. */
static bool
is_elsewhere(
    const struct rp_lob *b, const struct change *c, const struct rp_order *o)
{
	if (c->m->ev.action != 'C' || c->m->price == RP_ABSENT)
		return false;
	if (c->m->ev.px_exp == b->px_exp)
		return c->m->price != o->price;
	return rp_decimal_compare(
		   c->m->price, c->m->ev.px_exp, o->price, b->px_exp) != 0;
}

/* A cancel in part or whole, or an execution: the order keeps its place. */
static void
take(struct rp_lob *b, struct change *c)
{
	uint32_t at = rp_orders_find(&b->orders, c->m->id_hi, c->m->id_lo);
	struct rp_order *o;

	if (at == RP_NO_ORDER) {
		rp_lob_fault(b, c->faults, RP_FAULT_UNKNOWN_ORDER);
		return;
	}
	o = &b->orders.order[at];
	if (c->m->ev.side != RP_SIDE_NONE && c->m->ev.side != o->side) {
		rp_lob_fault(b, c->faults, RP_FAULT_NO_SIDE);
		return;
	}
	if (c->size == RP_ABSENT) {
		rp_lob_fault(b, c->faults, RP_FAULT_NO_PRICE);
		return;
	}
	if (c->size < 0) {
		rp_lob_fault(b, c->faults, RP_FAULT_NEGATIVE_SIZE);
		return;
	}
	if (c->size == 0) {
		rp_lob_fault(b, c->faults, RP_FAULT_ZERO_CANCEL);
		return;
	}
	if (is_elsewhere(b, c, o))
		rp_lob_fault(b, c->faults, RP_FAULT_OTHER_PRICE);
	c->price = 0; /* the order's own is what counts */
	if (rp_lob_scale(b, &c->m->ev, &c->price, &c->size) != RP_OK) {
		rp_lob_break_by(b, c->faults, RP_FAULT_OVERFLOW);
		return;
	}
	if (c->size > o->size)
		rp_lob_fault(b, c->faults, RP_FAULT_OVER_CANCEL);
	if (c->size >= o->size) {
		remove_order(b, at);
	} else {
		b->pool.levels[o->level].size -= c->size;
		o->size -= c->size;
	}
}

/* A snapshot begins where its first record comes, with or without a clear, and
 * replaces all that there was. */
static void
seed(struct rp_lob *b, uint16_t flags)
{
	bool snapshot = (flags & RP_SNAPSHOT) != 0;

	if (snapshot && !b->from_snapshot)
		rp_lob_clear(b);
	b->from_snapshot = snapshot;
}

enum rp_status
rp_lob_mbo(
    struct rp_lob *b, const struct rp_mbo *m, uint16_t flags, rp_faults *faults)
{
	struct change c = { m, m->price, m->size, faults };

	*faults = 0;
	seed(b, flags);
	switch (m->ev.action) {
	case 'R':
		rp_lob_clear(b);
		return RP_OK;
	case 'T':
	case 'F':
		/* of most venues the change of the book comes apart */
		if (!(m->ev.tflags & RP_MBO_TRADES_CHANGE_BOOK) ||
		    (m->id_hi | m->id_lo) == 0)
			return RP_OK;
		break;
	case 'A':
	case 'M':
	case 'C':
		break;
	case 'N':
		return RP_OK;
	default:
		rp_lob_fault(b, faults, RP_FAULT_UNKNOWN_ACTION);
		return RP_OK;
	}
	if (b->state == RP_LOB_UNSEEDED)
		rp_lob_fault(b, faults, RP_FAULT_UNSEEDED);
	if (m->ev.action == 'A')
		return add(b, &c);
	if (m->ev.action == 'M')
		return modify(b, &c);
	take(b, &c);
	return RP_OK;
}
