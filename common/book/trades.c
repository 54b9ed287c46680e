#include "book/trades.h"

#include "base/number.h"

/* trade and mbo have price and size at the same place */
_Static_assert(
    offsetof(struct rp_mbo, price) == offsetof(struct rp_trade, price),
    "price");
_Static_assert(
    offsetof(struct rp_mbo, size) == offsetof(struct rp_trade, size), "size");

static uint8_t
other_side(uint8_t side)
{
	return side == RP_SIDE_BID ? RP_SIDE_ASK
	    : side == RP_SIDE_ASK  ? RP_SIDE_BID
				   : RP_SIDE_NONE;
}

static bool
of_mbo(const struct rp_event *ev, struct rp_trade_tick *t)
{
	t->side = ev->side;
	if (ev->action == 'T')
		return true;
	t->side = other_side(ev->side);
	return ev->action == 'F' &&
	    (ev->tflags & (RP_MBO_TRADES_CHANGE_BOOK | RP_MBO_NON_PRINTABLE)) ==
	    RP_MBO_TRADES_CHANGE_BOOK;
}

bool
rp_trade_of(const struct rp_record *rec, struct rp_trade_tick *t)
{
	const struct rp_trade *p = (const struct rp_trade *)rec->payload;

	if (rec->type == RP_MBO) {
		if (!of_mbo(&p->ev, t))
			return false;
	} else if (rec->type != RP_TRADE || p->ev.action != 0 ||
	    (p->ev.tflags & RP_TRADE_NONE) != 0) {
		return false;
	} else {
		t->side = p->ev.side;
	}
	t->ts_event = p->ev.ts_event;
	t->price = p->price;
	t->size = p->size;
	t->px_exp = p->ev.px_exp;
	t->qty_exp = p->ev.qty_exp;
	t->instrument_id = p->ev.aux;
	return t->price != RP_ABSENT && t->size != RP_ABSENT && t->size > 0;
}

bool
rp_wide_refine(rp_wide *v, int from, int to)
{
	int n = from - to;

	if (n <= 0 || *v == 0)
		return true;
	return n <= 38 && !__builtin_mul_overflow(*v, rp_wide_power(n), v);
}

bool
rp_mantissa_refine(int64_t *v, int from, int to)
{
	rp_wide x = *v;

	if (*v == RP_ABSENT || from <= to)
		return true;
	if (!rp_wide_refine(&x, from, to) || x > INT64_MAX || x <= INT64_MIN)
		return false;
	*v = (int64_t)x;
	return true;
}
