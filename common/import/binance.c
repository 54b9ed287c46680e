/*
 * Binance as recorded by hftbacktest: lines of a receive time in ns, a space,
 * and a message of a WebSocket stream, combined or not, or of the REST API.
 *
 * Messages: developers.binance.com, "WebSocket Market Streams" of spot, USD-M
 * and COIN-M. rp-types(5) states the mapping.
 */
#include "import/binance.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"

#define SLOT RP_BINANCE_SLOT

/* ---- what messages share ---- */

/* The stream's name is SYMBOL@..., in lower case. */
static bool
symbol_of_stream(struct rp_binance *b, struct rp_label **label)
{
	const struct rp_json_value *stream =
	    rp_binance_get(b, RP_BINANCE_STREAM);
	char upper[RP_MAX_NAME];
	const char *at;
	size_t len;

	*label = NULL;
	if (stream->kind != RP_JSON_STRING)
		return true;
	at = memchr(stream->text, '@', stream->len);
	len = at != NULL ? (size_t)(at - stream->text) : 0;
	/* "!ticker@arr" is of all symbols */
	if (len == 0 || len > sizeof(upper) || *stream->text == '!')
		return true;
	for (size_t i = 0; i < len; i++)
		upper[i] = stream->text[i] >= 'a' && stream->text[i] <= 'z'
		    ? (char)(stream->text[i] - ('a' - 'A'))
		    : stream->text[i];
	return rp_venue_symbol(&b->v, upper, len, label);
}

static bool
find_symbol(struct rp_binance *b, struct rp_label **label)
{
	const struct rp_json_value *s = rp_binance_get(b, SLOT('s'));

	if (s->kind != RP_JSON_STRING)
		s = rp_binance_get(b, RP_BINANCE_SYMBOL);
	if (s->kind != RP_JSON_STRING)
		return symbol_of_stream(b, label);
	return rp_venue_symbol(&b->v, s->text, s->len, label);
}

/* Contracts that are settled in coins: BTCUSD_PERP, ETHUSD_240927. */
static bool
is_coin_margined(const struct rp_label *symbol)
{
	return symbol != NULL &&
	    memmem(symbol->text, symbol->len, "USD_", 4) != NULL;
}

static bool
set_source(struct rp_binance *b, struct rp_venue_event *e, bool futures)
{
	const char *name;

	if (b->source != NULL && b->source_symbol == e->symbol &&
	    b->source_futures == futures) {
		e->source = b->source;
		return true;
	}
	name = !futures                   ? "binance-spot"
	    : is_coin_margined(e->symbol) ? "binance-coinm"
					  : "binance-usdm";

	if (!rp_venue_source(&b->v, name, &e->source))
		return false;
	b->source = e->source;
	b->source_symbol = e->symbol;
	b->source_futures = futures;
	return true;
}

/* E is the time of the message, T that of the transaction. */
static bool
read_times(struct rp_binance *b, struct rp_venue_event *e)
{
	const struct rp_json_value *sent = rp_binance_get(b, SLOT('E')),
				   *event = rp_binance_get(b, SLOT('T'));

	e->ts_event = e->ts_sent = RP_ABSENT;
	if (sent->kind != RP_JSON_NONE &&
	    !rp_venue_time(&b->v, sent, "E", &e->ts_sent))
		return false;
	e->ts_event = e->ts_sent;
	return event->kind == RP_JSON_NONE ||
	    rp_venue_time(&b->v, event, "T", &e->ts_event);
}

/* depth5, depth10 and depth20 are the levels themselves; 0: another stream. */
static uint16_t
partial_depth(const struct rp_binance *b)
{
	const struct rp_json_value *stream =
	    rp_binance_get(b, RP_BINANCE_STREAM);
	const char *end, *p;
	uint16_t depth = 0;

	if (stream->kind != RP_JSON_STRING ||
	    (p = memmem(stream->text, stream->len, "@depth", 6)) == NULL)
		return 0;
	end = stream->text + stream->len;
	for (p += 6; p < end && *p >= '0' && *p <= '9' && depth < 1000; p++)
		depth = (uint16_t)(10 * depth + (*p - '0'));
	return depth;
}

/* A number, or none if it is not there. */
static bool
read_optional(
    struct rp_binance *b, unsigned slot, const char *name, uint64_t *n)
{
	return !rp_binance_has(b, slot) ||
	    rp_venue_u64(&b->v, rp_binance_get(b, slot), name, n);
}

static bool
read_number(struct rp_binance *b, unsigned slot, const char *name, uint64_t *n)
{
	return rp_venue_u64(&b->v, rp_binance_get(b, slot), name, n);
}

static bool
read_decimal(
    struct rp_binance *b, unsigned slot, const char *name, struct rp_decimal *d)
{
	return rp_venue_decimal(&b->v, rp_binance_get(b, slot), name, d);
}

/* ---- depth ---- */

/* Both sides of a book are there, if only as [], and have been read. */
static bool
has_sides(struct rp_binance *b, unsigned bids, unsigned asks)
{
	return (rp_binance_get(b, bids)->kind == RP_JSON_ARRAY &&
		   rp_binance_get(b, asks)->kind == RP_JSON_ARRAY) ||
	    rp_venue_fail(&b->v, "bids and asks are not both arrays");
}

static bool
put_depth(struct rp_import *im, struct rp_venue_event *e, enum rp_status *st)
{
	struct rp_binance *b = im->state;
	struct rp_venue_update u = { 0 };

	e->channel = partial_depth(b);
	u.snapshot = e->channel != 0;
	if (!has_sides(b, SLOT('b'), SLOT('a')) ||
	    !set_source(b, e, rp_binance_has(b, RP_BINANCE_PU)) ||
	    !read_number(b, SLOT('U'), "U", &u.first_sequence) ||
	    !read_number(b, SLOT('u'), "u", &e->sequence) ||
	    !read_optional(b, RP_BINANCE_PU, "pu", &u.prev_sequence))
		return false;
	*st = rp_venue_put_levels(im, &b->v, e, &u);
	return true;
}

/* The symbol of what follows in the input, as far as it is at hand. */
static bool
symbol_ahead(struct rp_import *im, struct rp_label **label)
{
	static const char key[] = "\"s\":\"";
	struct rp_binance *b = im->state;
	const char *end = (const char *)im->in->end, *p, *quote;
	const char *from = b->v.rows.text + b->v.rows.len;

	p = memmem(from, (size_t)(end - from), key, sizeof(key) - 1);
	if (p == NULL)
		return true;
	p += sizeof(key) - 1;
	quote = memchr(p, '"', (size_t)(end - p));
	return quote == NULL ||
	    rp_venue_symbol(&b->v, p, (size_t)(quote - p), label);
}

/*
 * A snapshot of the REST API names no symbol: it is of the one that is being
 * recorded.
 */
static bool
find_symbol_of_snapshot(struct rp_import *im, struct rp_venue_event *e)
{
	struct rp_binance *b = im->state;

	if (e->symbol != NULL)
		return true;
	if (b->symbols)
		return rp_venue_fail(
		    &b->v, "a snapshot without symbol among several symbols");
	e->symbol = b->symbol;
	if (e->symbol == NULL && !symbol_ahead(im, &e->symbol))
		return false;
	return e->symbol != NULL ||
	    rp_venue_fail(&b->v, "a snapshot, and no message says of what");
}

static bool
put_snapshot(struct rp_import *im, struct rp_venue_event *e, enum rp_status *st)
{
	struct rp_binance *b = im->state;
	const struct rp_venue_update u = { .snapshot = true };

	e->channel = partial_depth(b);
	if (!has_sides(b, RP_BINANCE_BIDS, RP_BINANCE_ASKS) ||
	    !find_symbol_of_snapshot(im, e) ||
	    !set_source(b, e, rp_binance_has(b, SLOT('E'))) ||
	    !read_number(
		b, RP_BINANCE_LAST_UPDATE_ID, "lastUpdateId", &e->sequence))
		return false;
	*st = rp_venue_put_levels(im, &b->v, e, &u);
	return true;
}

/* ---- trades and quotes ---- */

/* X: why there was a trade, on futures. */
static bool
read_reason(struct rp_binance *b, uint16_t *tflags)
{
	static const struct {
		const char *word;
		uint16_t flag;
	} reasons[] = {
		{ "MARKET", 0 },
		{ "INSURANCE_FUND", RP_TRADE_INSURANCE_FUND },
		{ "ADL", RP_TRADE_ADL },
		{ "NA", RP_TRADE_NONE },
	};
	const struct rp_json_value *x = rp_binance_get(b, SLOT('X'));

	*tflags = 0;
	if (x->kind == RP_JSON_NONE)
		return true;
	for (size_t i = 0; i < RP_LEN(reasons); i++)
		if (rp_json_is(x, reasons[i].word)) {
			*tflags = reasons[i].flag;
			return true;
		}
	return rp_venue_bad(&b->v, x, "X", "is not known");
}

/* m: the buyer's order was in the book, so that the seller came. */
static bool
read_maker(struct rp_binance *b, uint8_t *side)
{
	const struct rp_json_value *m = rp_binance_get(b, SLOT('m'));

	if (m->kind != RP_JSON_TRUE && m->kind != RP_JSON_FALSE)
		return rp_venue_bad(&b->v, m, "m", "is not true or false");
	*side = m->kind == RP_JSON_TRUE ? RP_SIDE_ASK : RP_SIDE_BID;
	return true;
}

/* b and a, on spot once: the orders of buyer and seller. */
static bool
read_orders(struct rp_binance *b, struct rp_venue_trade *t)
{
	bool buyer_made = t->side == RP_SIDE_ASK;
	uint64_t buyer, seller;

	if (!rp_binance_has(b, SLOT('b')) || !rp_binance_has(b, SLOT('a')))
		return true;
	t->has_more = true;
	if (!read_number(b, SLOT('b'), "b", &buyer) ||
	    !read_number(b, SLOT('a'), "a", &seller))
		return false;
	t->order_id = buyer_made ? buyer : seller;
	t->taker_id = buyer_made ? seller : buyer;
	return true;
}

static bool
read_trade(struct rp_binance *b, struct rp_venue_trade *t)
{
	return read_decimal(b, SLOT('p'), "p", &t->price) &&
	    read_decimal(b, SLOT('q'), "q", &t->size) &&
	    read_maker(b, &t->side) && read_reason(b, &t->tflags);
}

static bool
put_trade(struct rp_import *im, struct rp_venue_event *e, enum rp_status *st)
{
	struct rp_binance *b = im->state;
	struct rp_venue_trade t = { .first_id = UINT64_MAX,
		.last_id = UINT64_MAX,
		.taker_id = UINT64_MAX };

	/* spot has M, which means nothing else */
	if (!set_source(b, e, !rp_binance_has(b, SLOT('M'))) ||
	    !read_trade(b, &t) || !read_number(b, SLOT('t'), "t", &t.id_lo) ||
	    !read_orders(b, &t))
		return false;
	*st = rp_venue_put_trade(im, e, &t);
	return true;
}

static bool
put_agg_trade(
    struct rp_import *im, struct rp_venue_event *e, enum rp_status *st)
{
	struct rp_binance *b = im->state;
	struct rp_venue_trade t = { .has_more = true, .taker_id = UINT64_MAX };

	if (!set_source(b, e, !rp_binance_has(b, SLOT('M'))) ||
	    !read_trade(b, &t) || !read_number(b, SLOT('a'), "a", &t.id_lo) ||
	    !read_number(b, SLOT('f'), "f", &t.first_id) ||
	    !read_number(b, SLOT('l'), "l", &t.last_id))
		return false;
	*st = rp_venue_put_trade(im, e, &t);
	return true;
}

static bool
put_quote(struct rp_import *im, struct rp_venue_event *e, enum rp_status *st)
{
	struct rp_binance *b = im->state;
	struct rp_venue_bbo q = { 0 };

	if (!set_source(b, e, rp_binance_has(b, SLOT('e'))) ||
	    !read_number(b, SLOT('u'), "u", &e->sequence) ||
	    !read_decimal(b, SLOT('b'), "b", &q.px[RP_VENUE_BID]) ||
	    !read_decimal(b, SLOT('B'), "B", &q.sz[RP_VENUE_BID]) ||
	    !read_decimal(b, SLOT('a'), "a", &q.px[RP_VENUE_ASK]) ||
	    !read_decimal(b, SLOT('A'), "A", &q.sz[RP_VENUE_ASK]) ||
	    !rp_venue_align(&b->v, q.px, 2) || !rp_venue_align(&b->v, q.sz, 2))
		return false;
	*st = rp_venue_put_bbo(im, e, &q);
	return true;
}

/* ---- kinds ---- */

/* Whatever it says of its symbol and time is taken only if it can be. */
static bool
put_other(struct rp_import *im, struct rp_venue_event *e, enum rp_status *st)
{
	struct rp_binance *b = im->state;
	const struct rp_json_value *type = rp_binance_get(b, SLOT('e'));
	const char *text = b->v.scan.start;

	e->source = b->source;
	if (e->source == NULL && !rp_venue_source(&b->v, "binance", &e->source))
		return false;
	if (!find_symbol(b, &e->symbol)) {
		if (b->v.error.status == RP_ERR_NOMEM)
			return false;
		e->symbol = NULL;
	}
	/* T may be another time, such as that of the next funding */
	e->ts_event = RP_ABSENT;
	(void)!rp_venue_time(
	    &b->v, rp_binance_get(b, SLOT('E')), "E", &e->ts_event);
	rp_venue_count(&b->v, type);
	*st = rp_venue_put_json(im, &b->v, e, text,
	    (size_t)(b->v.rows.text + b->v.rows.len - text), RP_JSON_RECEIVED);
	return true;
}

/* Spot's bookTicker has no type, but just these. */
static bool
is_spot_quote(const struct rp_binance *b)
{
	return rp_binance_has(b, SLOT('u')) && rp_binance_has(b, SLOT('B')) &&
	    rp_binance_has(b, SLOT('A')) && rp_binance_has(b, SLOT('s'));
}

typedef bool put_fn(
    struct rp_import *im, struct rp_venue_event *e, enum rp_status *st);

static put_fn *
kind_of(const struct rp_binance *b)
{
	static const struct {
		const char *type;
		put_fn *put;
	} kinds[] = {
		{ "bookTicker", put_quote },
		{ "depthUpdate", put_depth },
		{ "trade", put_trade },
		{ "aggTrade", put_agg_trade },
	};
	const struct rp_json_value *e = rp_binance_get(b, SLOT('e'));

	for (size_t i = 0; i < RP_LEN(kinds) && e->kind == RP_JSON_STRING; i++)
		if (rp_json_is(e, kinds[i].type))
			return kinds[i].put;
	if (e->kind != RP_JSON_NONE)
		return put_other;
	if (is_spot_quote(b))
		return put_quote;
	if (rp_binance_has(b, RP_BINANCE_LAST_UPDATE_ID) &&
	    rp_binance_has(b, RP_BINANCE_BIDS) &&
	    rp_binance_has(b, RP_BINANCE_ASKS))
		return put_snapshot;
	return put_other;
}

/* ---- lines ---- */

/* The time of reception; what is behind it. NULL: there is none. */
static const char *
read_time(struct rp_binance *b, int64_t *ts)
{
	const struct rp_rows *r = &b->v.rows;
	const char *space = memchr(r->text, ' ', r->len);
	enum rp_status st = RP_ERR_USAGE;

	if (space != NULL)
		st = rp_i64_parse(r->text, (size_t)(space - r->text), ts);
	if (st == RP_OK && *ts >= RP_IMPORT_EARLIEST)
		return space + 1;
	rp_venue_fail(&b->v,
	    st == RP_ERR_USAGE
		? "it does not begin with a receive time in ns and a space"
		: "the receive time is out of range (a time in ns is "
		  "expected, from 1990 on)");
	return NULL;
}

/* Remember whose market is being recorded. */
static void
note_symbol(struct rp_binance *b, struct rp_label *symbol)
{
	if (symbol == NULL)
		return;
	b->symbols |= b->symbol != NULL && b->symbol != symbol;
	b->symbol = symbol;
}

static bool
binance_line(struct rp_import *im, enum rp_status *st)
{
	struct rp_binance *b = im->state;
	struct rp_rows *r = &b->v.rows;
	struct rp_venue_event e = { 0 };
	const char *text = read_time(b, &e.ts_recv);
	put_fn *put;

	if (text == NULL ||
	    !rp_scan_begin(
		&b->v.scan, text, (size_t)(r->text + r->len - text)) ||
	    !rp_binance_read(b))
		return false;
	put = kind_of(b);
	if (put != put_other) {
		if (!find_symbol(b, &e.symbol) || !read_times(b, &e))
			return false;
		if (e.symbol == NULL && put != put_snapshot)
			return rp_venue_fail(
			    &b->v, "s, the symbol, is missing");
		note_symbol(b, e.symbol);
	}
	return put(im, &e, st);
}

static enum rp_status
binance_convert(struct rp_import *im)
{
	struct rp_binance *b = im->state;

	return rp_venue_convert(im, &b->v, binance_line);
}

/* "1723161255030314667 {" and a member that its messages begin with. */
static bool
binance_probe(const uint8_t *p, size_t len)
{
	static const char *const firsts[] = { "\"stream\"", "\"data\"", "\"e\"",
		"\"u\"", "\"lastUpdateId\"", "\"result\"" };
	const uint8_t *end = p + len, *start = p;

	while (p < end && *p >= '0' && *p <= '9')
		p++;
	if (p - start < 16 || p - start > 19 || end - p < 2 || p[0] != ' ' ||
	    p[1] != '{')
		return false;
	for (p += 2; p < end && *p == ' '; p++)
		;
	for (size_t i = 0; i < RP_LEN(firsts); i++) {
		size_t n = strlen(firsts[i]);

		if ((size_t)(end - p) >= n && memcmp(p, firsts[i], n) == 0)
			return true;
	}
	return false;
}

static size_t
binance_stamp(char *dst, int64_t ts)
{
	return (size_t)snprintf(dst, RP_IMPORT_STAMP, "%lld ", (long long)ts);
}

static enum rp_status
binance_open(struct rp_import *im)
{
	struct rp_binance *b = calloc(1, sizeof(*b));

	if (b == NULL)
		return rp_import_no_memory(im);
	rp_venue_init(&b->v);
	im->state = b;
	return RP_OK;
}

static void
binance_close(struct rp_import *im)
{
	struct rp_binance *b = im->state;

	if (b == NULL)
		return;
	rp_venue_free(im, &b->v);
	free(b);
	im->state = NULL;
}

const struct rp_import_format rp_import_binance = {
	.name = "binance",
	.summary = "Binance as hftbacktest records it: ns, a space, JSON",
	.lines = true,
	.stamp = binance_stamp,
	.probe = binance_probe,
	.open = binance_open,
	.convert = binance_convert,
	.close = binance_close,
};
