/*
 * OKX and Bitget, whose messages are alike:
 * {"arg":{"channel":..,"instId":..},"action":..,"data":[..]}, by
 * www.okx.com/docs-v5 and www.bitget.com/api-doc, "Public channels". Bitget
 * says the type of instrument in arg, and no '-' is in its names.
 */
#include <stdlib.h>
#include <string.h>

#include "import/cryptofeed.h"
#include "types/text.h"

/* What arg says. */
struct arg {
	char channel[32], type[24]; /* "" if missing or longer */
	bool bitget;
};

enum action { ACTION_NONE, ACTION_SNAPSHOT, ACTION_UPDATE, ACTION_UNKNOWN };

static enum action
action_of(const struct rp_json_value *value)
{
	return value->kind == RP_JSON_NONE  ? ACTION_NONE
	    : rp_json_is(value, "snapshot") ? ACTION_SNAPSHOT
	    : rp_json_is(value, "update")   ? ACTION_UPDATE
					    : ACTION_UNKNOWN;
}

static void
copy(char *to, size_t room, const struct rp_json_value *v)
{
	size_t n = v->len < room ? v->len : 0;

	memcpy(to, v->text, n);
	to[n] = '\0';
}

/* "bitget-usdt-futures": the same name may be spot and a future. */
static bool
set_source(
    struct rp_cryptofeed *c, struct rp_venue_event *e, const struct arg *arg)
{
	char name[sizeof("bitget-") + sizeof(arg->type)];
	char *p = stpcpy(name, arg->bitget ? "bitget" : "okx");

	if (arg->bitget && arg->type[0] != '\0') {
		*p++ = '-';
		for (const char *t = arg->type; *t != '\0'; t++)
			*p++ = *t >= 'A' && *t <= 'Z' ? (char)(*t + 32) : *t;
		*p = '\0';
	}
	return rp_venue_source(&c->v, name, &e->source);
}

static bool
read_arg(struct rp_cryptofeed *c, struct rp_venue_event *e,
    const struct rp_json_value *value, struct arg *arg)
{
	struct rp_scan *s = &c->v.scan;
	struct rp_json_value key, v, id = { 0 };

	*arg = (struct arg){ 0 };
	if (!rp_cryptofeed_enter(c, value, RP_JSON_OBJECT, "arg"))
		return false;
	while (rp_scan_key(s, &key)) {
		if (!rp_scan_whole(s, &v))
			return false;
		if (v.kind != RP_JSON_STRING)
			continue;
		if (rp_json_is(&key, "channel"))
			copy(arg->channel, sizeof(arg->channel), &v);
		else if (rp_json_is(&key, "instType"))
			copy(arg->type, sizeof(arg->type), &v);
		else if (rp_json_is(&key, "instId"))
			id = v;
	}
	if (s->why != NULL)
		return false;
	arg->bitget = id.kind == RP_JSON_NONE
	    ? arg->type[0] != '\0'
	    : memchr(id.text, '-', id.len) == NULL;
	/* who needs it finds out that it is no name */
	if (id.kind == RP_JSON_NONE ||
	    !rp_venue_symbol(&c->v, id.text, id.len, &e->symbol))
		e->symbol = NULL;
	return set_source(c, e, arg);
}

/* ---- books ---- */

/* OKX: a number that is always 0, and how many orders there are. */
static bool
rest_of_level(struct rp_venue *v, struct rp_venue_level *l)
{
	struct rp_scan *s = &v->scan;
	struct rp_json_value value;
	uint64_t n;

	if (!rp_scan_item(s))
		return s->why == NULL;
	if (!rp_scan_skip(s))
		return false;
	if (!rp_scan_item(s))
		return s->why == NULL;
	if (!rp_scan_value(s, &value) || !rp_venue_u64(v, &value, "orders", &n))
		return false;
	if (n > UINT32_MAX)
		return rp_venue_fail(v, "orders are too many");
	l->orders = (uint32_t)n;
	return rp_venue_level_end(v);
}

/* A signed number; -1, which is none, and null as 0. */
static bool
read_sequence(struct rp_venue *v, const char *name, uint64_t *n)
{
	struct rp_json_value value;

	if (!rp_scan_value(&v->scan, &value))
		return false;
	*n = 0;
	return rp_json_is(&value, "-1") || value.kind == RP_JSON_NULL ||
	    rp_venue_u64(v, &value, name, n);
}

/* 32 bits, shown with a sign. */
static bool
read_checksum(struct rp_venue *v, struct rp_venue_update *u)
{
	struct rp_json_value value;
	int64_t n;

	if (!rp_scan_value(&v->scan, &value))
		return false;
	if (value.kind == RP_JSON_NULL)
		return true;
	if (rp_i64_parse(value.text, value.len, &n) != RP_OK || n < INT32_MIN ||
	    n > UINT32_MAX)
		return rp_venue_fail(v, "checksum is no number of 32 bits");
	u->has_checksum = true;
	u->checksum = (uint32_t)n;
	return true;
}

static bool
read_time(struct rp_venue *v, int64_t *ns)
{
	struct rp_json_value value;

	return rp_scan_value(&v->scan, &value) &&
	    rp_venue_time(v, &value, "ts", ns);
}

/* A side, which is there once; *seen: it was. */
static bool
read_side(struct rp_venue *v, struct rp_venue_side *side, bool *seen)
{
	if (*seen)
		return rp_scan_fail(&v->scan, "a member is there twice");
	*seen = true;
	return rp_venue_side(v, side, rest_of_level);
}

/* What a book is read into, beside the levels. */
struct book {
	struct rp_venue_event *e;
	struct rp_venue_update u;
	bool asks, bids; /* they were there */
};

static bool
read_book_member(
    struct rp_venue *v, const struct rp_json_value *key, struct book *b)
{
	if (rp_json_is(key, "asks"))
		return read_side(v, &v->asks, &b->asks);
	if (rp_json_is(key, "bids"))
		return read_side(v, &v->bids, &b->bids);
	if (rp_json_is(key, "ts"))
		return read_time(v, &b->e->ts_event);
	if (rp_json_is(key, "checksum"))
		return read_checksum(v, &b->u);
	if (rp_json_is(key, "seqId") || rp_json_is(key, "seq"))
		return read_sequence(v, "seqId", &b->e->sequence);
	if (rp_json_is(key, "prevSeqId") || rp_json_is(key, "pseq"))
		return read_sequence(v, "prevSeqId", &b->u.prev_sequence);
	return rp_scan_skip(&v->scan);
}

/* The one entry of data. */
static bool
read_book(
    struct rp_cryptofeed *c, const struct rp_json_value *data, struct book *b)
{
	struct rp_scan *s = &c->v.scan;
	struct rp_json_value key, entry;

	if (!rp_cryptofeed_enter(c, data, RP_JSON_ARRAY, "data") ||
	    !rp_scan_item(s) || !rp_scan_value(s, &entry) ||
	    entry.kind != RP_JSON_OBJECT)
		return rp_venue_fail(&c->v, "data is not [{...}]");
	while (rp_scan_key(s, &key))
		if (!read_book_member(&c->v, &key, b))
			return false;
	if (s->why == NULL && rp_scan_item(s))
		return rp_venue_fail(&c->v, "data has several books");
	if (s->why == NULL && !(b->asks && b->bids))
		return rp_venue_fail(&c->v, "asks or bids are missing");
	return s->why == NULL;
}

/* "books5", "books50-l2-tbt": their levels; 0: as many as there are. */
static uint16_t
depth_of(const char *channel)
{
	unsigned depth = 0;

	for (const char *p = channel + 5; *p >= '0' && *p <= '9'; p++)
		depth =
		    depth < 1000 ? 10 * depth + (unsigned)(*p - '0') : depth;
	return (uint16_t)depth;
}

static bool
put_book(struct rp_import *im, struct rp_venue_event *e, const struct arg *arg,
    enum action action, const struct rp_json_value *data, enum rp_status *st)
{
	struct rp_cryptofeed *c = im->state;
	/* without action each message is a whole book of few levels */
	struct book b = { .e = e, .u.snapshot = action != ACTION_UPDATE };

	if (action == ACTION_UNKNOWN)
		return rp_venue_fail(
		    &c->v, "action is neither snapshot nor update");
	e->channel = depth_of(arg->channel);
	if (!read_book(c, data, &b))
		return false;
	*st = rp_venue_put_levels(im, &c->v, e, &b.u);
	return true;
}

/* ---- bbo-tbt ---- */

static void
best(const struct rp_venue_side *side, struct rp_venue_bbo *q, int which)
{
	if (side->n == 0)
		return;
	q->px[which] = side->levels[0].price;
	q->sz[which] = side->levels[0].size;
	q->ct[which] = side->levels[0].orders;
}

static bool
put_bbo(struct rp_import *im, struct rp_venue_event *e,
    const struct rp_json_value *data, enum rp_status *st)
{
	struct rp_cryptofeed *c = im->state;
	const struct rp_decimal none = { RP_ABSENT, RP_EXP_MAX };
	struct rp_venue_bbo q = { { none, none }, { none, none }, { 0 } };
	struct book b = { .e = e };

	if (!read_book(c, data, &b))
		return false;
	if (c->v.bids.n > 1 || c->v.asks.n > 1)
		return rp_venue_fail(&c->v, "more than one level in bbo-tbt");
	best(&c->v.bids, &q, RP_VENUE_BID);
	best(&c->v.asks, &q, RP_VENUE_ASK);
	if (!rp_venue_align(&c->v, q.px, 2) || !rp_venue_align(&c->v, q.sz, 2))
		return false;
	*st = rp_venue_put_bbo(im, e, &q);
	return true;
}

/* ---- trades ---- */

static bool
read_side_of_trade(struct rp_venue *v, const struct rp_json_value *value,
    struct rp_venue_trade *t)
{
	if (rp_json_is(value, "buy"))
		t->side = RP_SIDE_BID;
	else if (rp_json_is(value, "sell"))
		t->side = RP_SIDE_ASK;
	else
		return rp_venue_fail(v, "side is neither buy nor sell");
	return true;
}

static bool
set_id(struct rp_venue *v, const struct rp_json_value *value,
    struct rp_venue_trade *t)
{
	enum rp_id_form form;

	if ((value->kind != RP_JSON_STRING && value->kind != RP_JSON_NUMBER) ||
	    value->len == 0)
		return rp_venue_fail(v, "tradeId is neither text nor a number");
	form = rp_text_take_id(value->text, value->len, &t->id_hi, &t->id_lo);
	t->tflags |= (uint16_t)(form << RP_ID_FORM_SHIFT);
	return true;
}

/* A trade by its members, of either venue. */
static bool
read_trade_object(struct rp_cryptofeed *c, struct rp_cryptofeed_trade *t)
{
	struct rp_venue *v = &c->v;
	struct rp_json_value key, value, px = { 0 }, sz = { 0 }, side = { 0 };
	struct rp_json_value ts = { 0 };
	bool good = true;

	while (good && rp_scan_key(&v->scan, &key)) {
		if (!rp_scan_whole(&v->scan, &value))
			return false;
		if (rp_json_is(&key, "px") || rp_json_is(&key, "price"))
			px = value;
		else if (rp_json_is(&key, "sz") || rp_json_is(&key, "size"))
			sz = value;
		else if (rp_json_is(&key, "side"))
			side = value;
		else if (rp_json_is(&key, "ts"))
			ts = value;
		else if (rp_json_is(&key, "tradeId"))
			good = set_id(v, &value, &t->trade);
		else if (rp_json_is(&key, "seqId"))
			good = rp_venue_u64(v, &value, "seqId", &t->sequence);
	}
	return good && v->scan.why == NULL &&
	    rp_venue_decimal(v, &px, "the price", &t->trade.price) &&
	    rp_venue_decimal(v, &sz, "the size", &t->trade.size) &&
	    read_side_of_trade(v, &side, &t->trade) &&
	    rp_venue_time(v, &ts, "ts", &t->ts_event);
}

/* [ts, price, size, side] of Bitget's API 1. */
static bool
read_trade_array(struct rp_cryptofeed *c, struct rp_cryptofeed_trade *t)
{
	enum { TIME, PRICE, SIZE, SIDE, VALUES };
	struct rp_venue *v = &c->v;
	struct rp_json_value value[VALUES] = { 0 };

	for (size_t i = 0; i < VALUES; i++)
		if (!rp_scan_item(&v->scan) ||
		    !rp_scan_whole(&v->scan, &value[i]))
			return rp_venue_fail(
			    v, "a trade is [ts, price, size, side]");
	if (rp_scan_item(&v->scan))
		return rp_venue_fail(v, "a trade has too many values");
	return v->scan.why == NULL &&
	    rp_venue_time(v, &value[TIME], "ts", &t->ts_event) &&
	    rp_venue_decimal(v, &value[PRICE], "price", &t->trade.price) &&
	    rp_venue_decimal(v, &value[SIZE], "size", &t->trade.size) &&
	    read_side_of_trade(v, &value[SIDE], &t->trade);
}

static bool
put_trades(struct rp_import *im, struct rp_venue_event *e,
    const struct rp_json_value *data, enum rp_status *st)
{
	struct rp_cryptofeed *c = im->state;
	struct rp_scan *s = &c->v.scan;
	struct rp_cryptofeed_trade *t;
	struct rp_json_value entry;
	bool good;

	if (!rp_cryptofeed_enter(c, data, RP_JSON_ARRAY, "data"))
		return false;
	while (rp_scan_item(s)) {
		if (!rp_scan_value(s, &entry) ||
		    (t = rp_cryptofeed_add_trade(c)) == NULL)
			return false;
		if (entry.kind == RP_JSON_OBJECT)
			good = read_trade_object(c, t);
		else
			good = entry.kind == RP_JSON_ARRAY
			    ? read_trade_array(c, t)
			    : rp_venue_fail(&c->v, "data holds no trades");
		if (!good)
			return false;
	}
	if (s->why != NULL)
		return false;
	*st = rp_cryptofeed_put_trades(im, e);
	return true;
}

/* ---- channels ---- */

/* Bitget says when it sent the message beside data. */
static bool
read_sent(struct rp_cryptofeed *c, const struct rp_json_value *ts,
    struct rp_venue_event *e)
{
	return ts->kind == RP_JSON_NONE ||
	    rp_venue_time(&c->v, ts, "ts", &e->ts_sent);
}

enum kind { BOOK, BBO, TRADES, OTHER };

static enum kind
kind_of(const struct arg *arg)
{
	if (strncmp(arg->channel, "books", 5) == 0)
		return BOOK;
	if (strcmp(arg->channel, "bbo-tbt") == 0)
		return BBO;
	return strcmp(arg->channel, "trade") == 0 ||
		strncmp(arg->channel, "trades", 6) == 0
	    ? TRADES
	    : OTHER;
}

bool
rp_cryptofeed_okx(struct rp_import *im, struct rp_venue_event *e,
    const struct rp_cryptofeed_push *push, enum rp_status *st)
{
	struct rp_cryptofeed *c = im->state;
	/* before its text is scanned over */
	enum action action = action_of(&push->action);
	struct rp_json_value name = { .kind = RP_JSON_STRING };
	enum kind kind;
	struct arg arg;

	if (!read_arg(c, e, &push->arg, &arg))
		return false;
	if ((kind = kind_of(&arg)) == OTHER) {
		name.text = arg.channel;
		name.len = (uint32_t)strlen(arg.channel);
		return rp_cryptofeed_keep(im, e, &name, st);
	}
	if (e->symbol == NULL)
		return rp_venue_fail(&c->v, "instId, the symbol, is missing");
	if (!read_sent(c, &push->ts, e))
		return false;
	if (kind == BOOK)
		return put_book(im, e, &arg, action, &push->data, st);
	if (kind == BBO)
		return put_bbo(im, e, &push->data, st);
	return put_trades(im, e, &push->data, st);
}
