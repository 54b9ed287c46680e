/*
 * Kraken's WebSocket API 1: [channelID, content, ..., "book-1000", "XBT/USD"],
 * by docs.kraken.com/api, "Spot WebSocket API v1". Prices and volumes have the
 * digits over which its checksums are.
 */
#include <stdlib.h>
#include <string.h>

#include "import/cryptofeed.h"

/* What follows the price and the volume of a level: its time, or also "r". */
static bool
rest_of_level(struct rp_venue *v, struct rp_venue_level *l)
{
	struct rp_scan *s = &v->scan;
	struct rp_json_value value;

	if (!rp_scan_item(s) || !rp_scan_value(s, &value) ||
	    !rp_venue_seconds(
		v, value.text, value.len, "timestamp", &l->ts_event))
		return rp_venue_fail(v, "a level has no timestamp");
	if (!rp_scan_item(s))
		return s->why == NULL;
	if (!rp_scan_value(s, &value))
		return false;
	if (!rp_json_is(&value, "r"))
		return rp_venue_fail(
		    v, "a level has an unknown type of update");
	l->tflags = RP_LEVEL_REPUBLISHED;
	return rp_venue_level_end(v);
}

/* ---- book ---- */

static bool
read_checksum(struct rp_venue *v, struct rp_venue_update *u)
{
	struct rp_json_value value;
	uint64_t n;

	if (!rp_scan_value(&v->scan, &value) ||
	    !rp_venue_u64(v, &value, "c", &n))
		return false;
	if (n > UINT32_MAX)
		return rp_venue_fail(v, "c has more than 32 bits");
	u->has_checksum = true;
	u->checksum = (uint32_t)n;
	return true;
}

/* A part of an update; *snapshots counts sides of a snapshot. */
static bool
read_part(struct rp_cryptofeed *c, struct rp_venue_update *u,
    unsigned *snapshots, unsigned *changes)
{
	struct rp_scan *s = &c->v.scan;
	struct rp_json_value key;
	bool good;

	while (rp_scan_key(s, &key)) {
		*snapshots += rp_json_is(&key, "as") || rp_json_is(&key, "bs");
		*changes += rp_json_is(&key, "a") || rp_json_is(&key, "b");
		if (rp_json_is(&key, "as") || rp_json_is(&key, "a"))
			good = rp_venue_side(&c->v, &c->v.asks, rest_of_level);
		else if (rp_json_is(&key, "bs") || rp_json_is(&key, "b"))
			good = rp_venue_side(&c->v, &c->v.bids, rest_of_level);
		else if (rp_json_is(&key, "c"))
			good = read_checksum(&c->v, u);
		else
			good = rp_scan_skip(s);
		if (!good)
			return false;
	}
	return s->why == NULL;
}

static bool
put_book(struct rp_import *im, struct rp_venue_event *e,
    const struct rp_json_value *part, size_t n, enum rp_status *st)
{
	struct rp_cryptofeed *c = im->state;
	struct rp_venue_update u = { 0 };
	unsigned snapshots = 0, changes = 0;

	for (size_t i = 0; i < n; i++)
		if (!rp_cryptofeed_enter(
			c, &part[i], RP_JSON_OBJECT, "a part of a book") ||
		    !read_part(c, &u, &snapshots, &changes))
			return false;
	if ((snapshots == 0) == (changes == 0))
		return rp_venue_fail(
		    &c->v, "a book is as and bs, or a change a or b");
	u.snapshot = snapshots > 0;
	*st = rp_venue_put_levels(im, &c->v, e, &u);
	return true;
}

/* ---- trades and quotes ---- */

/* The values of the array that was entered; at least min of them. */
static bool
read_values(struct rp_venue *v, struct rp_json_value *value, size_t min,
    size_t max, const char *name)
{
	size_t n = 0;

	memset(value, 0, max * sizeof(*value));
	while (n < max && rp_scan_item(&v->scan))
		if (!rp_scan_whole(&v->scan, &value[n++]))
			return false;
	if (n == max && rp_scan_item(&v->scan))
		return rp_venue_fail(v, "%s has too many values", name);
	if (v->scan.why == NULL && n < min)
		return rp_venue_fail(v, "%s has too few values", name);
	return v->scan.why == NULL;
}

static bool
read_order(struct rp_venue *v, const struct rp_json_value *side,
    const struct rp_json_value *order, struct rp_venue_trade *t)
{
	if (rp_json_is(side, "b"))
		t->side = RP_SIDE_BID;
	else if (rp_json_is(side, "s"))
		t->side = RP_SIDE_ASK;
	else
		return rp_venue_fail(v, "a trade's side is neither b nor s");
	if (rp_json_is(order, "m"))
		t->tflags = RP_TRADE_MARKET;
	else if (rp_json_is(order, "l"))
		t->tflags = RP_TRADE_LIMIT;
	else
		return rp_venue_fail(v, "a trade's order is neither m nor l");
	return true;
}

static bool
read_trade(struct rp_cryptofeed *c)
{
	enum { PRICE, VOLUME, TIME, SIDE, ORDER, MISC, VALUES };
	struct rp_json_value value[VALUES], entered;
	struct rp_cryptofeed_trade *t;
	struct rp_venue *v = &c->v;

	if (!rp_scan_value(&v->scan, &entered))
		return false;
	if (entered.kind != RP_JSON_ARRAY)
		return rp_venue_fail(v, "a trade is an array");
	if ((t = rp_cryptofeed_add_trade(c)) == NULL)
		return false;
	return read_values(v, value, MISC, VALUES, "a trade") &&
	    rp_venue_decimal(v, &value[PRICE], "price", &t->trade.price) &&
	    rp_venue_decimal(v, &value[VOLUME], "volume", &t->trade.size) &&
	    rp_venue_seconds(
		v, value[TIME].text, value[TIME].len, "time", &t->ts_event) &&
	    read_order(v, &value[SIDE], &value[ORDER], &t->trade);
}

static bool
put_trades(struct rp_import *im, struct rp_venue_event *e,
    const struct rp_json_value *part, enum rp_status *st)
{
	struct rp_cryptofeed *c = im->state;

	if (!rp_cryptofeed_enter(c, part, RP_JSON_ARRAY, "trades"))
		return false;
	while (rp_scan_item(&c->v.scan))
		if (!read_trade(c))
			return false;
	*st = rp_cryptofeed_put_trades(im, e);
	return true;
}

static bool
put_spread(struct rp_import *im, struct rp_venue_event *e,
    const struct rp_json_value *part, enum rp_status *st)
{
	enum { BID, ASK, TIME, BID_SIZE, ASK_SIZE, VALUES };
	struct rp_cryptofeed *c = im->state;
	struct rp_json_value value[VALUES];
	struct rp_venue *v = &c->v;
	struct rp_venue_bbo q = { 0 };

	if (!rp_cryptofeed_enter(c, part, RP_JSON_ARRAY, "a spread") ||
	    !read_values(v, value, VALUES, VALUES, "a spread") ||
	    !rp_venue_decimal(v, &value[BID], "bid", &q.px[RP_VENUE_BID]) ||
	    !rp_venue_decimal(v, &value[ASK], "ask", &q.px[RP_VENUE_ASK]) ||
	    !rp_venue_decimal(
		v, &value[BID_SIZE], "bid size", &q.sz[RP_VENUE_BID]) ||
	    !rp_venue_decimal(
		v, &value[ASK_SIZE], "ask size", &q.sz[RP_VENUE_ASK]) ||
	    !rp_venue_seconds(
		v, value[TIME].text, value[TIME].len, "time", &e->ts_event) ||
	    !rp_venue_align(v, q.px, 2) || !rp_venue_align(v, q.sz, 2))
		return false;
	*st = rp_venue_put_bbo(im, e, &q);
	return true;
}

/* [price, whole lots, lots] of a ticker's a or b. */
static bool
read_quote(
    struct rp_venue *v, struct rp_decimal *price, struct rp_decimal *size)
{
	enum { PRICE, WHOLE, LOTS, VALUES };
	struct rp_json_value value[VALUES], entered;

	if (!rp_scan_value(&v->scan, &entered))
		return false;
	if (entered.kind != RP_JSON_ARRAY)
		return rp_venue_fail(v, "a quote is an array");
	return read_values(v, value, VALUES, VALUES, "a quote") &&
	    rp_venue_decimal(v, &value[PRICE], "price", price) &&
	    rp_venue_decimal(v, &value[LOTS], "lots", size);
}

/* The quote; the statistics of the day beside it only travel as they are. */
static bool
put_ticker(struct rp_import *im, struct rp_venue_event *e,
    const struct rp_json_value *part, enum rp_status *st)
{
	struct rp_cryptofeed *c = im->state;
	struct rp_venue *v = &c->v;
	struct rp_venue_bbo q = { 0 };
	bool bid = false, ask = false;
	struct rp_json_value key;
	bool good;

	if (!rp_cryptofeed_enter(c, part, RP_JSON_OBJECT, "a ticker"))
		return false;
	while (rp_scan_key(&v->scan, &key)) {
		if (rp_json_is(&key, "a"))
			good = ask = read_quote(
			    v, &q.px[RP_VENUE_ASK], &q.sz[RP_VENUE_ASK]);
		else if (rp_json_is(&key, "b"))
			good = bid = read_quote(
			    v, &q.px[RP_VENUE_BID], &q.sz[RP_VENUE_BID]);
		else
			good = rp_scan_skip(&v->scan);
		if (!good)
			return false;
	}
	if (!bid || !ask)
		return rp_venue_fail(v, "a ticker without a or b");
	if (!rp_venue_align(v, q.px, 2) || !rp_venue_align(v, q.sz, 2))
		return false;
	*st = rp_venue_put_bbo(im, e, &q);
	return true;
}

/* ---- bars ---- */

/* "ohlc-5": the minutes of a bar, in ns. */
static bool
read_interval(struct rp_venue *v, const char *text, size_t len, int64_t *ns)
{
	struct rp_json_value value = { text, (uint32_t)len, RP_JSON_STRING };
	uint64_t minutes;

	if (!rp_venue_u64(v, &value, "the bar's interval", &minutes))
		return false;
	if (minutes > 1000000)
		return rp_venue_fail(v, "the bar's interval is too large");
	*ns = (int64_t)minutes * INT64_C(60000000000);
	return true;
}

static bool
put_bar(struct rp_import *im, struct rp_venue_event *e,
    const struct rp_json_value *part, int64_t interval, enum rp_status *st)
{
	enum { TIME, END, OPEN, HIGH, LOW, CLOSE, VWAP, VOLUME, COUNT, VALUES };
	struct rp_cryptofeed *c = im->state;
	struct rp_json_value value[VALUES];
	struct rp_venue *v = &c->v;
	struct rp_venue_event event = *e;
	struct rp_bar b = { .buy_volume = RP_ABSENT };
	struct rp_decimal px[4], size;

	if (!rp_cryptofeed_enter(c, part, RP_JSON_ARRAY, "a bar") ||
	    !read_values(v, value, VALUES, VALUES, "a bar") ||
	    !rp_venue_seconds(
		v, value[END].text, value[END].len, "end", &b.ts_close) ||
	    !rp_venue_decimal(v, &value[VOLUME], "volume", &size) ||
	    !rp_venue_u64(v, &value[COUNT], "count", &b.count))
		return false;
	for (size_t i = 0; i < RP_LEN(px); i++)
		if (!rp_venue_decimal(v, &value[OPEN + i], "price", &px[i]))
			return false;
	if (!rp_venue_align(v, px, RP_LEN(px)))
		return false;
	b.ev = (struct rp_event){ .ts_event = b.ts_close - interval,
		.px_exp = px[0].exp,
		.qty_exp = size.exp,
		.send_delta = INT32_MIN,
		.aux = 1 }; /* filled by time */
	b.open = px[0].mantissa;
	b.high = px[1].mantissa;
	b.low = px[2].mantissa;
	b.close = px[3].mantissa;
	b.volume = size.mantissa;
	b.turnover[1] = UINT64_C(1) << 63; /* absent */
	event.ts_event = b.ev.ts_event;
	*st = rp_venue_put(im, &event, RP_BAR, RP_LAST, &b, sizeof(b));
	return true;
}

/* ---- channels ---- */

/* The message itself, behind what could be made of it. */
static bool
keep_too(struct rp_import *im, struct rp_venue_event *e, const char *name,
    enum rp_status *st)
{
	const struct rp_json_value value = { name, (uint32_t)strlen(name),
		RP_JSON_STRING };

	return *st != RP_OK || rp_cryptofeed_keep(im, e, &value, st);
}

static bool
begins(const struct rp_json_value *v, const char *text)
{
	size_t n = strlen(text);

	return v->len > n && memcmp(v->text, text, n) == 0;
}

/* The digits behind the '-' of "book-1000". */
static uint16_t
depth_of(const struct rp_json_value *channel)
{
	unsigned depth = 0;

	for (uint32_t i = 5; i < channel->len && depth < 6000; i++)
		if (channel->text[i] >= '0' && channel->text[i] <= '9')
			depth = 10 * depth + (unsigned)(channel->text[i] - '0');
	return (uint16_t)depth;
}

bool
rp_cryptofeed_kraken(struct rp_import *im, struct rp_venue_event *e,
    const struct rp_json_value *value, size_t n, enum rp_status *st)
{
	struct rp_cryptofeed *c = im->state;
	const struct rp_json_value *channel = &value[n - 2],
				   *pair = &value[n - 1];
	int64_t interval = 0;

	if (!rp_venue_source(&c->v, "kraken", &e->source) ||
	    !rp_venue_symbol(&c->v, pair->text, pair->len, &e->symbol))
		return false;
	if (begins(channel, "book-")) {
		e->channel = depth_of(channel);
		return put_book(im, e, value + 1, n - 3, st);
	}
	if (n != 4)
		return rp_venue_fail(&c->v, "the message has several parts");
	if (rp_json_is(channel, "trade"))
		return put_trades(im, e, &value[1], st);
	if (rp_json_is(channel, "spread"))
		return put_spread(im, e, &value[1], st);
	if (rp_json_is(channel, "ticker"))
		return put_ticker(im, e, &value[1], st) &&
		    keep_too(im, e, "ticker", st);
	if (begins(channel, "ohlc-"))
		return read_interval(&c->v, channel->text + 5, channel->len - 5,
			   &interval) &&
		    put_bar(im, e, &value[1], interval, st) &&
		    keep_too(im, e, "ohlc", st);
	return rp_cryptofeed_keep(im, e, channel, st);
}
