#include "book/bars.h"

#include <string.h>

static rp_wide
turnover(const struct rp_bar *bar)
{
	rp_wide v;

	memcpy(&v, bar->turnover, sizeof(v));
	return v;
}

/* ---- one exponent each ---- */

static int8_t
finer(int8_t a, int8_t b)
{
	return a < b ? a : b;
}

static bool
refine_bar(struct rp_bar *bar, int8_t px_exp, int8_t qty_exp)
{
	struct rp_bar b = *bar;
	rp_wide t = turnover(&b);

	if (b.ev.px_exp == px_exp && b.ev.qty_exp == qty_exp)
		return true;
	if (!rp_mantissa_refine(&b.open, b.ev.px_exp, px_exp) ||
	    !rp_mantissa_refine(&b.high, b.ev.px_exp, px_exp) ||
	    !rp_mantissa_refine(&b.low, b.ev.px_exp, px_exp) ||
	    !rp_mantissa_refine(&b.close, b.ev.px_exp, px_exp) ||
	    !rp_mantissa_refine(&b.volume, b.ev.qty_exp, qty_exp) ||
	    !rp_mantissa_refine(&b.buy_volume, b.ev.qty_exp, qty_exp) ||
	    !rp_wide_refine(&t, b.ev.px_exp + b.ev.qty_exp, px_exp + qty_exp))
		return false;
	memcpy(b.turnover, &t, sizeof(t));
	b.ev.px_exp = px_exp;
	b.ev.qty_exp = qty_exp;
	*bar = b;
	return true;
}

static bool
refine_trade(struct rp_trade_tick *t, int8_t px_exp, int8_t qty_exp)
{
	bool fits = rp_mantissa_refine(&t->price, t->px_exp, px_exp) &&
	    rp_mantissa_refine(&t->size, t->qty_exp, qty_exp);

	t->px_exp = px_exp;
	t->qty_exp = qty_exp;
	return fits;
}

/* ---- a trade more ---- */

/* Where the interval of a time begins. */
static int64_t
floor_to(int64_t ts, int64_t span)
{
	int64_t into = ts % span;

	return ts - (into < 0 ? into + span : into);
}

static void
begin(struct rp_bar *bar, const struct rp_bar_rule *rule,
    const struct rp_trade_tick *t, int64_t clock)
{
	*bar = (struct rp_bar){
		.ev = { .ts_event = t->ts_event,
		    .px_exp = t->px_exp,
		    .qty_exp = t->qty_exp,
		    .send_delta = INT32_MIN,
		    .aux = rule->kind },
		.open = t->price,
		.high = t->price,
		.low = t->price,
		.instrument_id = t->instrument_id,
	};
	if (rule->kind != RP_BAR_TIME)
		return;
	bar->ev.ts_event = floor_to(clock, rule->span);
	if (__builtin_add_overflow(
		bar->ev.ts_event, rule->span, &bar->ts_close))
		bar->ts_close = INT64_MAX;
}

static bool
add(struct rp_bar *bar, const struct rp_bar_rule *rule,
    const struct rp_trade_tick *t)
{
	rp_wide sum = turnover(bar);
	int64_t volume;

	if (__builtin_add_overflow(sum, (rp_wide)t->price * t->size, &sum) ||
	    __builtin_add_overflow(bar->volume, t->size, &volume))
		return false;
	memcpy(bar->turnover, &sum, sizeof(sum));
	bar->volume = volume;
	if (t->side == RP_SIDE_BID)
		bar->buy_volume += t->size;
	if (t->price > bar->high)
		bar->high = t->price;
	if (t->price < bar->low)
		bar->low = t->price;
	bar->close = t->price;
	bar->count++;
	if (rule->kind != RP_BAR_TIME)
		bar->ts_close = t->ts_event;
	return true;
}

static bool
is_full(const struct rp_bar *bar, const struct rp_bar_rule *rule)
{
	const struct rp_decimal *m = &rule->measure;
	rp_wide money;

	switch (rule->kind) {
	case RP_BAR_TICK:
		return bar->count >= rule->trades;
	case RP_BAR_VOLUME:
		return rp_decimal_compare(bar->volume, bar->ev.qty_exp,
			   m->mantissa, m->exp) >= 0;
	case RP_BAR_NOTIONAL:
		/* of prices below zero, too */
		money = turnover(bar);
		return rp_wide_compare(money < 0 ? -money : money,
			   bar->ev.px_exp + bar->ev.qty_exp, m->mantissa,
			   m->exp) >= 0;
	default:
		return false;
	}
}

static void
take(struct rp_bars *s, struct rp_bar *done)
{
	*done = s->bar;
	s->bar.count = 0;
}

/* ---- what is told ---- */

enum rp_status
rp_bars_time(struct rp_bars *s, const struct rp_bar_rule *rule,
    int64_t ts_event, struct rp_bar *done)
{
	if (ts_event == RP_ABSENT || (s->has_clock && ts_event <= s->clock))
		return RP_EMPTY;
	s->clock = ts_event;
	s->has_clock = true;
	if (rule->kind != RP_BAR_TIME || s->bar.count == 0 ||
	    ts_event < s->bar.ts_close)
		return RP_EMPTY;
	take(s, done);
	return RP_OK;
}

enum rp_status
rp_bars_trade(struct rp_bars *s, const struct rp_bar_rule *rule,
    const struct rp_trade_tick *trade, struct rp_bar *done)
{
	struct rp_trade_tick t = *trade;
	struct rp_bar bar = s->bar;

	if (rule->kind == RP_BAR_TIME && !s->has_clock)
		return RP_EMPTY; /* nothing has had a time */
	if (bar.count == 0)
		begin(&bar, rule, &t, s->clock);
	if (!refine_bar(&bar, finer(bar.ev.px_exp, t.px_exp),
		finer(bar.ev.qty_exp, t.qty_exp)) ||
	    !refine_trade(&t, bar.ev.px_exp, bar.ev.qty_exp) ||
	    !add(&bar, rule, &t))
		return RP_ERR_LIMIT;
	s->bar = bar;
	if (!is_full(&bar, rule))
		return RP_EMPTY;
	take(s, done);
	return RP_OK;
}

enum rp_status
rp_bars_end(struct rp_bars *s, struct rp_bar *done)
{
	if (s->bar.count == 0)
		return RP_EMPTY;
	take(s, done);
	done->ev.tflags |= RP_BAR_PARTIAL;
	return RP_OK;
}

void
rp_bars_archive(struct rp_archive *ar, struct rp_bars *s)
{
	rp_archive_bytes(ar, &s->bar, sizeof(s->bar));
	rp_archive_i64(ar, &s->clock);
	rp_archive_bool(ar, &s->has_clock);
}
