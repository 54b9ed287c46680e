/*
 * ITCH 5.0: orders and trades. A message about an order but the first names it
 * only by its number: side and price are looked up among the open orders.
 */
#include "import/itch.h"

#include <string.h>

enum {
	NUMBER = RP_ITCH_NUMBER, /* offset of an order's reference number */
	/* bytes of payload up to the fields that a message needs, in words of
	 * 8: other lengths do not come back from text */
	MBO_LEN = sizeof(struct rp_mbo),
	TRADE_ID_LEN = offsetof(struct rp_mbo_more, orig_hi),
	ORIG_ID_LEN = offsetof(struct rp_mbo_more, participant),
	MBO_ALL_LEN = sizeof(struct rp_mbo_more),
	TRADE_LEN = offsetof(struct rp_trade_more, first_id)
};

static uint8_t
side_of(uint8_t letter)
{
	return letter == 'B' ? RP_SIDE_BID
	    : letter == 'S'  ? RP_SIDE_ASK
			     : RP_SIDE_NONE;
}

/* ---- records of orders ---- */

/* An event of an order in the place where it is written; NULL: the writer
 * failed. */
static inline struct rp_record *
begin_order(struct rp_itch *t, const uint8_t *p, char action, uint64_t number)
{
	struct rp_record *r =
	    rp_writer_place(t->im->out, sizeof(struct rp_mbo_more));
	struct rp_mbo *m;

	if (r == NULL)
		return NULL;
	rp_itch_head(t, p, r, RP_MBO, MBO_LEN);
	m = (struct rp_mbo *)r->payload;
	m->ev.action = (uint8_t)action;
	m->ev.tflags = RP_MBO_TRADES_CHANGE_BOOK;
	m->price = m->size = RP_ABSENT;
	m->id_hi = 0;
	m->id_lo = number;
	return r;
}

/* Side and price of an open order, and so many of its shares; NULL: what the
 * message says about an unknown one is all there is. */
static inline void
set_order(struct rp_itch *t, struct rp_mbo *m, const struct rp_itch_order *o)
{
	if (o == NULL) {
		t->unknown_orders++;
		return;
	}
	m->ev.side = o->key & 3;
	m->price = o->price;
}

/* What lies behind the fields of every mbo, absent but for its user's. */
static struct rp_mbo_more *
extend(struct rp_record *r, uint32_t len)
{
	struct rp_mbo_more *m = (struct rp_mbo_more *)r->payload;

	if (r->len == MBO_LEN) {
		memset(r->payload + MBO_LEN, 0, sizeof(*m) - MBO_LEN);
		m->priority = UINT64_MAX;
		m->ts_out = RP_ABSENT;
	}
	r->len = len;
	return m;
}

static inline enum rp_status
add_order(struct rp_itch *t, const uint8_t *p, struct rp_record *r)
{
	uint16_t tracking = rp_be16(p + RP_ITCH_TRACKING);

	/* mostly 0, which its absence stands for */
	if (tracking != 0)
		extend(r, MBO_ALL_LEN)->tracking = tracking;
	return rp_itch_add(t, p, r);
}

/* ---- the open orders ---- */

static enum rp_status
open_order(struct rp_itch *t, uint64_t number, uint8_t side, uint32_t price,
    uint32_t shares)
{
	bool replaced;

	if (shares == 0)
		return RP_OK;
	if (rp_itch_orders_set(
		&t->orders, number, side, price, shares, &replaced) != RP_OK)
		return rp_import_no_memory(t->im);
	t->repeated_orders += replaced;
	return RP_OK;
}

/* Shares leave an order. */
static inline void
reduce(struct rp_itch *t, struct rp_itch_order *o, uint32_t shares)
{
	if (o == NULL)
		return;
	t->excess += shares > o->shares;
	if (shares >= o->shares)
		rp_itch_orders_remove(&t->orders, o);
	else
		o->shares -= shares;
}

static enum rp_status
bad_number(struct rp_itch *t, const uint8_t *p)
{
	return rp_itch_reject(t, p, rp_itch_len(p[0]),
	    "an order's reference number is above 2^62 - 1");
}

/* ---- messages ---- */

/* A, and F with a participant. */
enum { ADD_SIDE = 19, ADD_SHARES = 20, ADD_PRICE = 32, ADD_PARTICIPANT = 36 };

enum rp_status
rp_itch_make_add(struct rp_itch *t, const uint8_t *p)
{
	const uint64_t number = rp_be64(p + NUMBER);
	const uint32_t shares = rp_be32(p + ADD_SHARES);
	const uint32_t price = rp_be32(p + ADD_PRICE);
	const uint8_t side = side_of(p[ADD_SIDE]);
	struct rp_record *r;
	struct rp_mbo *m;
	enum rp_status st;

	if (number > RP_ITCH_ORDER_MAX)
		return bad_number(t, p);
	if (side == RP_SIDE_NONE)
		return rp_itch_reject(t, p, rp_itch_len(p[0]),
		    "the side of an order is neither B nor S");
	if ((st = open_order(t, number, side, price, shares)) != RP_OK)
		return st;
	if ((r = begin_order(t, p, 'A', number)) == NULL)
		return rp_import_write_failed(t->im);
	m = (struct rp_mbo *)r->payload;
	m->ev.side = side;
	m->price = price;
	m->size = shares;
	if (p[0] == 'F')
		memcpy(extend(r, MBO_ALL_LEN)->participant, p + ADD_PARTICIPANT,
		    4);
	return add_order(t, p, r);
}

/* E, and C at a price of its own. */
enum { EXEC_SHARES = 19, EXEC_MATCH = 23, EXEC_PRINTABLE = 31, EXEC_PRICE };

enum rp_status
rp_itch_make_execution(struct rp_itch *t, const uint8_t *p)
{
	const uint64_t number = rp_be64(p + NUMBER);
	const uint32_t shares = rp_be32(p + EXEC_SHARES);
	struct rp_itch_order *o = rp_itch_orders_find(&t->orders, number);
	struct rp_record *r = begin_order(t, p, 'F', number);
	struct rp_mbo_more *m;

	if (r == NULL)
		return rp_import_write_failed(t->im);
	m = extend(r, TRADE_ID_LEN);
	set_order(t, &m->mbo, o);
	m->mbo.size = shares;
	m->trade_lo = rp_be64(p + EXEC_MATCH);
	if (p[0] == 'C') {
		m->mbo.price = rp_be32(p + EXEC_PRICE);
		if (p[EXEC_PRINTABLE] == 'N')
			m->mbo.ev.tflags |= RP_MBO_NON_PRINTABLE;
	}
	reduce(t, o, shares);
	return add_order(t, p, r);
}

/* X: a part of an order. */
enum { CANCEL_SHARES = 19 };

enum rp_status
rp_itch_make_cancel(struct rp_itch *t, const uint8_t *p)
{
	const uint64_t number = rp_be64(p + NUMBER);
	const uint32_t shares = rp_be32(p + CANCEL_SHARES);
	struct rp_itch_order *o = rp_itch_orders_find(&t->orders, number);
	struct rp_record *r = begin_order(t, p, 'C', number);
	struct rp_mbo *m;

	if (r == NULL)
		return rp_import_write_failed(t->im);
	m = (struct rp_mbo *)r->payload;
	set_order(t, m, o);
	m->size = shares;
	reduce(t, o, shares);
	return add_order(t, p, r);
}

/* All that is left of an order: D, and the old one of U. */
static inline struct rp_record *
make_end(struct rp_itch *t, const uint8_t *p, uint64_t number,
    struct rp_itch_order *o)
{
	struct rp_record *r = begin_order(t, p, 'C', number);
	struct rp_mbo *m;

	if (r == NULL)
		return NULL;
	m = (struct rp_mbo *)r->payload;
	set_order(t, m, o);
	if (o != NULL)
		m->size = o->shares;
	return r;
}

enum rp_status
rp_itch_make_delete(struct rp_itch *t, const uint8_t *p)
{
	const uint64_t number = rp_be64(p + NUMBER);
	struct rp_itch_order *o = rp_itch_orders_find(&t->orders, number);
	struct rp_record *r = make_end(t, p, number, o);

	if (r == NULL)
		return rp_import_write_failed(t->im);
	if (o != NULL)
		rp_itch_orders_remove(&t->orders, o);
	return add_order(t, p, r);
}

/* U: an order ends, and another one of its side takes its place. */
enum {
	REPLACE_NUMBER = RP_ITCH_NUMBER_2,
	REPLACE_SHARES = 27,
	REPLACE_PRICE = 31
};

static enum rp_status
add_replacement(
    struct rp_itch *t, const uint8_t *p, uint64_t number, uint8_t side)
{
	const uint32_t shares = rp_be32(p + REPLACE_SHARES);
	const uint32_t price = rp_be32(p + REPLACE_PRICE);
	struct rp_mbo_more *m;
	struct rp_record *r;
	enum rp_status st;

	if ((st = open_order(t, number, side, price, shares)) != RP_OK)
		return st;
	if ((r = begin_order(t, p, 'A', number)) == NULL)
		return rp_import_write_failed(t->im);
	m = extend(r, ORIG_ID_LEN);
	m->mbo.ev.side = side;
	m->mbo.price = price;
	m->mbo.size = shares;
	m->orig_lo = rp_be64(p + NUMBER);
	return add_order(t, p, r);
}

enum rp_status
rp_itch_make_replace(struct rp_itch *t, const uint8_t *p)
{
	const uint64_t old = rp_be64(p + NUMBER);
	const uint64_t new = rp_be64(p + REPLACE_NUMBER);
	struct rp_itch_order *o = rp_itch_orders_find(&t->orders, old);
	const uint8_t side = o != NULL ? o->key & 3 : RP_SIDE_NONE;
	struct rp_record *r;
	enum rp_status st;

	if (new > RP_ITCH_ORDER_MAX)
		return bad_number(t, p);
	if ((r = make_end(t, p, old, o)) == NULL)
		return rp_import_write_failed(t->im);
	r->flags &= (uint16_t)~RP_LAST;
	if (o != NULL)
		rp_itch_orders_remove(&t->orders, o);
	if ((st = add_order(t, p, r)) != RP_OK)
		return st;
	return add_replacement(t, p, new, side);
}

/* ---- trades ---- */

static struct rp_trade_more *
begin_trade(struct rp_itch *t, const uint8_t *p, struct rp_record **r)
{
	struct rp_trade_more *m;

	if ((*r = rp_itch_begin(t, p, RP_TRADE, TRADE_LEN)) == NULL)
		return NULL;
	m = (struct rp_trade_more *)(*r)->payload;
	m->trade.depth = UINT32_MAX;
	m->trade.price = m->trade.size = RP_ABSENT;
	m->ts_out = RP_ABSENT;
	m->tracking = rp_be16(p + RP_ITCH_TRACKING);
	return m;
}

/* P: against an order that is not displayed. Its side says nothing of the
 * aggressor; since 2014 it is always B. */
enum { TRADE_SIDE = 19, TRADE_SHARES = 20, TRADE_PRICE = 32, TRADE_MATCH = 36 };

enum rp_status
rp_itch_make_trade(struct rp_itch *t, const uint8_t *p)
{
	struct rp_record *r;
	struct rp_trade_more *m = begin_trade(t, p, &r);

	if (m == NULL)
		return rp_import_write_failed(t->im);
	m->trade.price = rp_be32(p + TRADE_PRICE);
	m->trade.size = rp_be32(p + TRADE_SHARES);
	m->trade.id_lo = rp_be64(p + TRADE_MATCH);
	m->order_lo = rp_be64(p + NUMBER);
	m->order_side = p[TRADE_SIDE];
	return rp_itch_add(t, p, r);
}

/* Q: all that traded in a cross. */
enum { CROSS_SHARES = 11, CROSS_PRICE = 27, CROSS_MATCH = 31, CROSS_TYPE = 39 };

enum rp_status
rp_itch_make_cross(struct rp_itch *t, const uint8_t *p)
{
	const uint64_t shares = rp_be64(p + CROSS_SHARES);
	struct rp_record *r;
	struct rp_trade_more *m;

	if (shares > INT64_MAX)
		return rp_itch_reject(t, p, rp_itch_len(p[0]),
		    "the shares of a cross are above 2^63 - 1");
	if ((m = begin_trade(t, p, &r)) == NULL)
		return rp_import_write_failed(t->im);
	m->trade.price = rp_be32(p + CROSS_PRICE);
	m->trade.size = (int64_t)shares;
	m->trade.id_lo = rp_be64(p + CROSS_MATCH);
	m->cross_type = p[CROSS_TYPE];
	return rp_itch_add(t, p, r);
}

/* B: an execution or trade, known by its match number, is void. */
enum { BUST_MATCH = 11, BUST = 1 };

enum rp_status
rp_itch_make_bust(struct rp_itch *t, const uint8_t *p)
{
	struct rp_record *r;
	struct rp_trade_more *m = begin_trade(t, p, &r);

	if (m == NULL)
		return rp_import_write_failed(t->im);
	m->trade.ev.action = BUST;
	m->trade.id_lo = rp_be64(p + BUST_MATCH);
	return rp_itch_add(t, p, r);
}
