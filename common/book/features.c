#include "book/features.h"

#include <string.h>

#include "base/number.h"

typedef unsigned __int128 wide_sum;

#define SQUARED_MAX (((wide_sum)1 << 127) - 1)

/* ---- rounding ---- */

/* value / unit x 10^from as a mantissa of 10^to. False: it does not fit. */
static bool
scale(rp_wide value, rp_wide unit, int from, int to, int64_t *out)
{
	if (unit <= 0)
		return false;
	if (from >= to) {
		if (!rp_wide_refine(&value, from, to))
			return false;
	} else if (to - from > 36 ||
	    __builtin_mul_overflow(unit, rp_wide_power(to - from), &unit)) {
		return false;
	}
	value = rp_wide_divide(value, unit);
	if (value > INT64_MAX || value <= INT64_MIN)
		return false;
	*out = (int64_t)value;
	return true;
}

/* (a - b) / (a + b), which are not negative */
static bool
share(int64_t a, int64_t b, int exp, int64_t *out)
{
	return scale((rp_wide)a - b, (rp_wide)a + b, 0, exp, out);
}

/* ---- of the book ---- */

struct touch {
	const struct rp_price_level *bid, *ask;
};

/* Size of up to n levels of a side, which has some. */
static bool
sum_sizes(const struct rp_lob *b, uint8_t side, uint32_t n, int64_t *size)
{
	const struct rp_price_level *l;

	*size = 0;
	for (uint32_t i = 0; i < n && (l = rp_lob_at(b, side, i)) != NULL; i++)
		if (__builtin_add_overflow(*size, l->size, size))
			return false;
	return *size > 0;
}

/* The same, and of sizes times prices. */
static bool
sum_levels(const struct rp_lob *b, uint8_t side, uint32_t n, int64_t *size,
    rp_wide *money)
{
	const struct rp_price_level *l;

	*money = 0;
	for (uint32_t i = 0; i < n && (l = rp_lob_at(b, side, i)) != NULL; i++)
		if (__builtin_add_overflow(
			*money, (rp_wide)l->price * l->size, money))
			return false;
	return sum_sizes(b, side, n, size);
}

/* Does the book hold the best n levels of a side, or all that there are? */
static bool
is_known(const struct rp_lob *b, uint8_t side, uint32_t n)
{
	return !b->limited || rp_lob_depth(b, side) >= n;
}

/* Each side's mean price of n levels, weighted by the other side's size. */
static bool
weighted_mid(const struct rp_lob *b, uint32_t n, int exp, int64_t *out)
{
	int64_t bids, asks, bid, ask;
	rp_wide bid_money, ask_money;

	if (!is_known(b, RP_SIDE_BID, n) || !is_known(b, RP_SIDE_ASK, n) ||
	    !sum_levels(b, RP_SIDE_BID, n, &bids, &bid_money) ||
	    !sum_levels(b, RP_SIDE_ASK, n, &asks, &ask_money) ||
	    !scale(bid_money, bids, b->px_exp, exp, &bid) ||
	    !scale(ask_money, asks, b->px_exp, exp, &ask))
		return false;
	return scale((rp_wide)bid * asks + (rp_wide)ask * bids,
	    (rp_wide)bids + asks, 0, 0, out);
}

static bool
imbalance(const struct rp_lob *b, uint32_t n, int exp, int64_t *out)
{
	int64_t bids, asks;

	return is_known(b, RP_SIDE_BID, n) && is_known(b, RP_SIDE_ASK, n) &&
	    sum_sizes(b, RP_SIDE_BID, n, &bids) &&
	    sum_sizes(b, RP_SIDE_ASK, n, &asks) && share(bids, asks, exp, out);
}

/* Size at prices no farther than bp from the mid, by exact comparison. */
static bool
depth(const struct rp_lob *b, const struct touch *t, uint8_t side, uint32_t bp,
    int64_t *out)
{
	rp_wide twice = (rp_wide)t->bid->price + t->ask->price;
	rp_wide reach = (twice < 0 ? -twice : twice) * bp;
	const struct rp_price_level *l;

	*out = 0;
	for (uint32_t i = 0; (l = rp_lob_at(b, side, i)) != NULL; i++) {
		rp_wide away = side == RP_SIDE_BID
		    ? twice - 2 * (rp_wide)l->price
		    : 2 * (rp_wide)l->price - twice;

		if (away * 10000 > reach)
			return true;
		if (__builtin_add_overflow(*out, l->size, out))
			return false;
	}
	return !b->limited; /* there may be more in reach */
}

/* Size of n levels for each unit of price from the mid to the last of them. */
static bool
slope(const struct rp_lob *b, const struct touch *t, uint8_t side, uint32_t n,
    int exp, int64_t *out)
{
	uint32_t levels = rp_lob_depth(b, side);
	rp_wide twice = (rp_wide)t->bid->price + t->ask->price;
	rp_wide away;
	int64_t size;

	if (levels < n || !sum_sizes(b, side, n, &size))
		return false;
	away = 2 * (rp_wide)rp_lob_at(b, side, n - 1)->price - twice;
	if (side == RP_SIDE_BID)
		away = -away;
	return scale(2 * (rp_wide)size, away, b->qty_exp - b->px_exp, exp, out);
}

static bool
of_book(
    const struct rp_feature *f, const struct rp_lob *b, int exp, int64_t *out)
{
	const struct touch t = { rp_lob_at(b, RP_SIDE_BID, 0),
		rp_lob_at(b, RP_SIDE_ASK, 0) };

	if (t.bid == NULL || t.ask == NULL)
		return false;
	switch (f->id) {
	case RP_FEATURE_MID:
		return scale((rp_wide)t.bid->price + t.ask->price, 2, b->px_exp,
		    exp, out);
	case RP_FEATURE_SPREAD:
		return scale((rp_wide)t.ask->price - t.bid->price, 1, b->px_exp,
		    exp, out);
	case RP_FEATURE_MICROPRICE:
		return scale((rp_wide)t.bid->price * t.ask->size +
			(rp_wide)t.ask->price * t.bid->size,
		    (rp_wide)t.bid->size + t.ask->size, b->px_exp, exp, out);
	case RP_FEATURE_WEIGHTED_MID:
		return weighted_mid(b, f->n, exp, out);
	case RP_FEATURE_IMBALANCE:
		return imbalance(b, f->n, exp, out);
	case RP_FEATURE_QUEUE_IMBALANCE:
		return share(t.bid->size, t.ask->size, exp, out);
	case RP_FEATURE_DEPTH_BID:
		return depth(b, &t, RP_SIDE_BID, f->n, out);
	case RP_FEATURE_DEPTH_ASK:
		return depth(b, &t, RP_SIDE_ASK, f->n, out);
	case RP_FEATURE_SLOPE_BID:
		return slope(b, &t, RP_SIDE_BID, f->n, exp, out);
	default:
		return slope(b, &t, RP_SIDE_ASK, f->n, exp, out);
	}
}

/* ---- of what flowed ---- */

static bool
volatility(const struct rp_feature_state *s, int exp, int64_t *out)
{
	wide_sum sum;

	memcpy(&sum, s->squares, sizeof(sum));
	return sum <= SQUARED_MAX &&
	    scale(rp_wide_root((rp_wide)sum), 1, -12, exp, out);
}

static bool
vpin(const struct rp_feature_state *s, const struct rp_feature_set *set,
    int exp, int64_t *out)
{
	int64_t bucket = set->bucket.mantissa;
	rp_wide sum = 0;

	if (s->n_nets < RP_VPIN_BUCKETS || s->trades_lost ||
	    !rp_mantissa_refine(&bucket, set->bucket.exp, s->trade_exp))
		return false;
	for (uint32_t i = 0; i < s->n_nets; i++)
		sum += s->nets[i];
	return scale(sum, (rp_wide)bucket * RP_VPIN_BUCKETS, 0, exp, out);
}

static bool
rate(const struct rp_feature_state *s, uint64_t n, int64_t ts_event, int exp,
    int64_t *out)
{
	if (!s->has_since || ts_event == RP_ABSENT)
		return false;
	return scale((rp_wide)n, (rp_wide)ts_event - s->since, 9, exp, out);
}

static bool
of_flow(const struct rp_feature *f, const struct rp_feature_state *s,
    const struct rp_feature_set *set, int64_t ts_event, int exp, int64_t *out)
{
	switch (f->id) {
	case RP_FEATURE_OFI:
		return !s->overflow && scale(s->ofi, 1, s->qty_exp, exp, out);
	case RP_FEATURE_VOLATILITY:
		return volatility(s, exp, out);
	case RP_FEATURE_TRADE_SIGN:
		return share((int64_t)s->buys, (int64_t)s->sells, exp, out);
	case RP_FEATURE_TRADE_IMBALANCE:
		return !s->trades_lost &&
		    share(s->buy_volume, s->sell_volume, exp, out);
	case RP_FEATURE_VPIN:
		return vpin(s, set, exp, out);
	case RP_FEATURE_EVENT_RATE:
		return rate(s, s->events, ts_event, exp, out);
	default:
		return rate(s, s->trades, ts_event, exp, out);
	}
}

uint64_t
rp_features_get(const struct rp_feature_state *s,
    const struct rp_feature_set *set, const struct rp_lob *b, int64_t ts_event,
    int64_t values[static RP_FEATURES_MAX])
{
	uint64_t valid = 0;

	for (uint32_t i = 0; i < set->n; i++) {
		const struct rp_feature *f = &set->item[i];
		int exp = rp_feature_exp(f->id, b->px_exp, b->qty_exp);

		values[i] = 0;
		if (f->id < RP_FEATURE_OFI
			? of_book(f, b, exp, &values[i])
			: of_flow(f, s, set, ts_event, exp, &values[i]))
			valid |= (uint64_t)1 << i;
		else
			values[i] = 0;
	}
	return valid;
}

/* Sums are changes themselves; what depends on the time is none. */
bool
rp_features_moved(const struct rp_feature_set *set, uint64_t valid,
    const int64_t *values, uint64_t valid_before, const int64_t *before)
{
	for (uint32_t i = 0; i < set->n; i++) {
		enum rp_feature_id id = set->item[i].id;
		uint64_t bit = (uint64_t)1 << i;

		if (id >= RP_FEATURE_EVENT_RATE)
			continue;
		if (rp_feature_flows(id)) {
			bool trades = id >= RP_FEATURE_TRADE_SIGN;

			if ((valid & bit) != 0 && (trades || values[i] != 0))
				return true;
		} else if ((valid & bit) != (valid_before & bit) ||
		    values[i] != before[i]) {
			return true;
		}
	}
	return false;
}

/* ---- trades ---- */

static bool
refine_trades(struct rp_feature_state *s, int8_t exp)
{
	int8_t from = s->trade_exp;

	if (s->has_trade_exp && exp >= from)
		return true;
	s->trade_exp = exp;
	if (!s->has_trade_exp) {
		s->has_trade_exp = true;
		return true;
	}
	for (uint32_t i = 0; i < s->n_nets; i++)
		if (!rp_mantissa_refine(&s->nets[i], from, exp))
			return false;
	return rp_mantissa_refine(&s->buy_volume, from, exp) &&
	    rp_mantissa_refine(&s->sell_volume, from, exp) &&
	    rp_mantissa_refine(&s->in_bucket, from, exp) &&
	    rp_mantissa_refine(&s->bucket_net, from, exp);
}

static void
close_bucket(struct rp_feature_state *s)
{
	s->nets[s->at_net] = s->bucket_net < 0 ? -s->bucket_net : s->bucket_net;
	s->at_net = (s->at_net + 1) % RP_VPIN_BUCKETS;
	if (s->n_nets < RP_VPIN_BUCKETS)
		s->n_nets++;
	s->in_bucket = s->bucket_net = 0;
}

/* Pour a trade into buckets of this volume; one that is larger fills many. */
static void
pour(struct rp_feature_state *s, int64_t bucket, int64_t size, bool buy)
{
	int64_t part;
	/* after so many full buckets, the ring holds nothing else */
	int64_t same = size / bucket - 2 * RP_VPIN_BUCKETS;

	if (same > 0)
		size -= same * bucket;
	while (size > 0) {
		part = bucket - s->in_bucket;
		part = part < size ? part : size;
		s->in_bucket += part;
		s->bucket_net += buy ? part : -part;
		size -= part;
		if (s->in_bucket == bucket)
			close_bucket(s);
	}
}

static bool
count_volume(struct rp_feature_state *s, const struct rp_feature_set *set,
    const struct rp_trade_tick *t)
{
	bool buy = t->side == RP_SIDE_BID;
	int64_t *sum = buy ? &s->buy_volume : &s->sell_volume;
	int64_t size = t->size, bucket = set->bucket.mantissa;
	int8_t exp = t->qty_exp;

	if (bucket > 0 && set->bucket.exp < exp)
		exp = set->bucket.exp;
	if (!refine_trades(s, exp) ||
	    !rp_mantissa_refine(&size, t->qty_exp, s->trade_exp) ||
	    __builtin_add_overflow(*sum, size, sum))
		return false;
	if (bucket == 0)
		return true;
	if (!rp_mantissa_refine(&bucket, set->bucket.exp, s->trade_exp))
		return false;
	pour(s, bucket, size, buy);
	return true;
}

void
rp_features_trade(struct rp_feature_state *s, const struct rp_feature_set *set,
    const struct rp_trade_tick *t)
{
	s->trades++;
	if (t->side == RP_SIDE_NONE)
		return;
	*(t->side == RP_SIDE_BID ? &s->buys : &s->sells) += 1;
	if (!s->trades_lost && !count_volume(s, set, t))
		s->trades_lost = true;
}

/* ---- events ---- */

/* What an event brought to one side (Cont, Kukanov, Stoikov 2014, eq. 4). */
static rp_wide
flow(int64_t px, int64_t sz, int64_t old_px, int64_t old_sz, bool bid)
{
	rp_wide e = 0;
	bool has = px != RP_ABSENT, had = old_px != RP_ABSENT;

	if (has && (!had || (bid ? px >= old_px : px <= old_px)))
		e += sz;
	if (had && (!has || (bid ? px <= old_px : px >= old_px)))
		e -= old_sz;
	return e;
}

static void
add_flow(struct rp_feature_state *s, const struct rp_feature_state *old)
{
	rp_wide e = flow(s->bid_px, s->bid_sz, old->bid_px, old->bid_sz, true) -
	    flow(s->ask_px, s->ask_sz, old->ask_px, old->ask_sz, false);

	if (e > INT64_MAX || e < -INT64_MAX ||
	    __builtin_add_overflow(s->ofi, (int64_t)e, &s->ofi))
		s->overflow = true;
}

/* The square of the simple return of the mid. */
static void
add_return(struct rp_feature_state *s, const struct rp_feature_state *old)
{
	rp_wide before = (rp_wide)old->bid_px + old->ask_px;
	rp_wide change = (rp_wide)s->bid_px + s->ask_px - before;
	wide_sum sum;
	int64_t r;

	if (s->bid_px == RP_ABSENT || s->ask_px == RP_ABSENT ||
	    old->bid_px == RP_ABSENT || old->ask_px == RP_ABSENT || change == 0)
		return;
	memcpy(&sum, s->squares, sizeof(sum));
	if (!scale(change, before, 0, -12, &r))
		sum = SQUARED_MAX + 1; /* for good */
	else if (sum <= SQUARED_MAX)
		sum += (wide_sum)((rp_wide)r * r);
	memcpy(s->squares, &sum, sizeof(sum));
}

static void
remember(struct rp_feature_state *s, const struct rp_lob *b)
{
	const struct rp_price_level *bid = rp_lob_at(b, RP_SIDE_BID, 0);
	const struct rp_price_level *ask = rp_lob_at(b, RP_SIDE_ASK, 0);

	s->bid_px = bid != NULL ? bid->price : RP_ABSENT;
	s->bid_sz = bid != NULL ? bid->size : 0;
	s->ask_px = ask != NULL ? ask->price : RP_ABSENT;
	s->ask_sz = ask != NULL ? ask->size : 0;
	s->px_exp = b->px_exp;
	s->qty_exp = b->qty_exp;
	s->any = true;
}

/* The book's exponents have become finer: so do ours. */
static void
refine(struct rp_feature_state *s, const struct rp_lob *b)
{
	if (s->px_exp == b->px_exp && s->qty_exp == b->qty_exp)
		return;
	if (!rp_mantissa_refine(&s->bid_px, s->px_exp, b->px_exp) ||
	    !rp_mantissa_refine(&s->ask_px, s->px_exp, b->px_exp) ||
	    !rp_mantissa_refine(&s->bid_sz, s->qty_exp, b->qty_exp) ||
	    !rp_mantissa_refine(&s->ask_sz, s->qty_exp, b->qty_exp))
		s->any = false;
	if (!rp_mantissa_refine(&s->ofi, s->qty_exp, b->qty_exp))
		s->overflow = true;
	s->px_exp = b->px_exp;
	s->qty_exp = b->qty_exp;
}

bool
rp_features_event(struct rp_feature_state *s, const struct rp_lob *b)
{
	struct rp_feature_state old = { 0 };

	s->events++;
	refine(s, b);
	old.bid_px = s->bid_px;
	old.bid_sz = s->bid_sz;
	old.ask_px = s->ask_px;
	old.ask_sz = s->ask_sz;
	old.any = s->any;
	remember(s, b);
	if (!old.any)
		return true;
	if (s->bid_px == old.bid_px && s->bid_sz == old.bid_sz &&
	    s->ask_px == old.ask_px && s->ask_sz == old.ask_sz)
		return false;
	add_flow(s, &old);
	add_return(s, &old);
	return true;
}

void
rp_features_forget(struct rp_feature_state *s)
{
	s->any = false;
}

void
rp_features_restart(struct rp_feature_state *s, int64_t ts_event)
{
	s->overflow = false;
	s->ofi = 0;
	s->squares[0] = s->squares[1] = 0;
	s->events = s->trades = s->buys = s->sells = 0;
	s->buy_volume = s->sell_volume = 0;
	s->since = ts_event;
	s->has_since = ts_event != RP_ABSENT;
}

/* ---- checkpoints ---- */

static void
store_flow(struct rp_archive *ar, struct rp_feature_state *s)
{
	rp_archive_bool(ar, &s->overflow);
	rp_archive_i64(ar, &s->ofi);
	rp_archive_u64(ar, &s->squares[0]);
	rp_archive_u64(ar, &s->squares[1]);
	rp_archive_u64(ar, &s->events);
	rp_archive_u64(ar, &s->trades);
	rp_archive_u64(ar, &s->buys);
	rp_archive_u64(ar, &s->sells);
	rp_archive_i64(ar, &s->buy_volume);
	rp_archive_i64(ar, &s->sell_volume);
	rp_archive_i64(ar, &s->since);
	rp_archive_bool(ar, &s->has_since);
}

static void
store_buckets(struct rp_archive *ar, struct rp_feature_state *s)
{
	rp_archive_i8(ar, &s->trade_exp);
	rp_archive_bool(ar, &s->has_trade_exp);
	rp_archive_bool(ar, &s->trades_lost);
	rp_archive_i64(ar, &s->in_bucket);
	rp_archive_i64(ar, &s->bucket_net);
	rp_archive_check(ar, s->in_bucket >= 0);
	for (size_t i = 0; i < RP_VPIN_BUCKETS; i++)
		rp_archive_i64(ar, &s->nets[i]);
	rp_archive_u32(ar, &s->n_nets);
	rp_archive_u32(ar, &s->at_net);
	rp_archive_check(
	    ar, s->n_nets <= RP_VPIN_BUCKETS && s->at_net < RP_VPIN_BUCKETS);
}

void
rp_features_archive(struct rp_archive *ar, struct rp_feature_state *s)
{
	rp_archive_i64(ar, &s->bid_px);
	rp_archive_i64(ar, &s->bid_sz);
	rp_archive_i64(ar, &s->ask_px);
	rp_archive_i64(ar, &s->ask_sz);
	rp_archive_i8(ar, &s->px_exp);
	rp_archive_i8(ar, &s->qty_exp);
	rp_archive_bool(ar, &s->any);
	store_flow(ar, s);
	store_buckets(ar, s);
}
