/* Market data of DBN: orders, trades, quotes, books and bars. */
#include "import/dbn.h"

#include <string.h>

/* Why a record cannot be represented. */
static const char bad_price[] = "a price is -2^63, which means absent here";
static const char bad_side[] = "the side is none of A, B and N";
static const char bad_delta[] = "ts_in_delta is -2^31, which means absent here";
static const char bad_volume[] = "the volume is above 2^63 - 1";

/* 2^32 - 1 is Databento's undefined size. */
static int64_t
size_at(const uint8_t *p)
{
	uint32_t v = rp_le32(p);

	return v == UINT32_MAX ? RP_ABSENT : (int64_t)v;
}

/* offsets in an mbo record */
enum {
	MBO_ORDER_ID = 16,
	MBO_PRICE = 24,
	MBO_SIZE = 32,
	MBO_FLAGS = 36,
	MBO_CHANNEL = 37,
	MBO_ACTION = 38,
	MBO_SIDE = 39,
	MBO_RECV = 40,
	MBO_DELTA = 48,
	MBO_SEQUENCE = 52
};

static const char *
make_mbo(const struct rp_dbn *d, const uint8_t *p, struct rp_record *r)
{
	struct rp_mbo *m = (struct rp_mbo *)r->payload;

	(void)d;
	m->ev.sequence = rp_le32(p + MBO_SEQUENCE);
	m->ev.action = p[MBO_ACTION];
	m->ev.channel = p[MBO_CHANNEL];
	m->ev.send_delta = (int32_t)rp_le32(p + MBO_DELTA);
	m->size = size_at(p + MBO_SIZE);
	m->id_hi = 0;
	m->id_lo = rp_le64(p + MBO_ORDER_ID);
	if (!rp_dbn_price(p + MBO_PRICE, &m->price))
		return bad_price;
	if (!rp_dbn_side(p[MBO_SIDE], &m->ev.side))
		return bad_side;
	return m->ev.send_delta == INT32_MIN ? bad_delta : NULL;
}

/* offsets that trades, mbp, bbo, cmbp and cbbo records have in common */
enum {
	MD_PRICE = 16,
	MD_SIZE = 24,
	MD_ACTION = 28, /* not bbo, cbbo: reserved */
	MD_SIDE = 29,
	MD_FLAGS = 30,
	MD_DEPTH = 31, /* trades and mbp only */
	MD_RECV = 32,
	MD_DELTA = 40, /* not bbo, cbbo */
	MD_SEQUENCE = 44, /* not cmbp, cbbo */
	MD_LEVELS = 48
};

/* offsets in a level; consolidated ones have publishers for order counts */
enum {
	LV_BID_PX = 0,
	LV_ASK_PX = 8,
	LV_BID_SZ = 16,
	LV_ASK_SZ = 20,
	LV_BID_CT = 24,
	LV_ASK_CT = 28,
	LV_SIZE = 32
};

static const char *
make_trade(const struct rp_dbn *d, const uint8_t *p, struct rp_record *r)
{
	struct rp_trade *t = (struct rp_trade *)r->payload;

	(void)d;
	t->ev.sequence = rp_le32(p + MD_SEQUENCE);
	t->ev.send_delta = (int32_t)rp_le32(p + MD_DELTA);
	t->size = size_at(p + MD_SIZE);
	t->id_hi = t->id_lo = 0;
	t->depth = p[MD_DEPTH];
	t->res = 0;
	if (p[MD_ACTION] != 'T')
		return "the action of a trade is not T";
	if (!rp_dbn_price(p + MD_PRICE, &t->price))
		return bad_price;
	if (!rp_dbn_side(p[MD_SIDE], &t->ev.side))
		return bad_side;
	return t->ev.send_delta == INT32_MIN ? bad_delta : NULL;
}

/* What all quotes have; counts, publishers and the rest are the caller's. */
static const char *
make_quote(const uint8_t *p, struct rp_bbo *b)
{
	const uint8_t *l = p + MD_LEVELS;

	b->bid_sz = rp_le32(l + LV_BID_SZ);
	b->ask_sz = rp_le32(l + LV_ASK_SZ);
	b->bid_ct = b->ask_ct = 0;
	b->size = size_at(p + MD_SIZE);
	b->depth = UINT8_MAX;
	b->res = 0;
	b->interval = 0;
	b->bid_publisher = b->ask_publisher = UINT16_MAX;
	if (!rp_dbn_price(l + LV_BID_PX, &b->bid_px) ||
	    !rp_dbn_price(l + LV_ASK_PX, &b->ask_px) ||
	    !rp_dbn_price(p + MD_PRICE, &b->price))
		return bad_price;
	return rp_dbn_side(p[MD_SIDE], &b->ev.side) ? NULL : bad_side;
}

static void
set_counts(const uint8_t *p, struct rp_bbo *b)
{
	b->bid_ct = rp_le32(p + MD_LEVELS + LV_BID_CT);
	b->ask_ct = rp_le32(p + MD_LEVELS + LV_ASK_CT);
}

static void
set_publishers(const uint8_t *p, struct rp_bbo *b)
{
	b->bid_publisher = rp_le16(p + MD_LEVELS + LV_BID_CT);
	b->ask_publisher = rp_le16(p + MD_LEVELS + LV_ASK_CT);
}

/* The event that caused a quote. */
static const char *
set_event(const uint8_t *p, struct rp_event *ev)
{
	ev->action = p[MD_ACTION];
	ev->send_delta = (int32_t)rp_le32(p + MD_DELTA);
	return ev->send_delta == INT32_MIN ? bad_delta : NULL;
}

/* tflags bit 4: one record a trade (tbbo, tcbbo), not one a change. */
#define AT_TRADE (1 << 4)
enum { SCHEMA_TBBO = 3 };

static const char *
make_mbp1(const struct rp_dbn *d, const uint8_t *p, struct rp_record *r)
{
	struct rp_bbo *b = (struct rp_bbo *)r->payload;
	const char *why = make_quote(p, b);

	set_counts(p, b);
	b->depth = p[MD_DEPTH];
	b->ev.sequence = rp_le32(p + MD_SEQUENCE);
	if (d->meta.schema == SCHEMA_TBBO)
		b->ev.tflags |= AT_TRADE;
	return why != NULL ? why : set_event(p, &b->ev);
}

static const char *
make_bbo(const struct rp_dbn *d, const uint8_t *p, struct rp_record *r)
{
	struct rp_bbo *b = (struct rp_bbo *)r->payload;
	const char *why = make_quote(p, b);

	(void)d;
	set_counts(p, b);
	b->interval = p[1] == RP_DBN_BBO_1M ? 60 : 1;
	b->ev.sequence = rp_le32(p + MD_SEQUENCE);
	return why;
}

static const char *
make_cmbp1(const struct rp_dbn *d, const uint8_t *p, struct rp_record *r)
{
	struct rp_bbo *b = (struct rp_bbo *)r->payload;
	const char *why = make_quote(p, b);

	(void)d;
	set_publishers(p, b);
	if (p[1] == RP_DBN_TCBBO)
		b->ev.tflags |= AT_TRADE;
	return why != NULL ? why : set_event(p, &b->ev);
}

static const char *
make_cbbo(const struct rp_dbn *d, const uint8_t *p, struct rp_record *r)
{
	struct rp_bbo *b = (struct rp_bbo *)r->payload;
	const char *why = make_quote(p, b);

	(void)d;
	set_publishers(p, b);
	b->interval = p[1] == RP_DBN_CBBO_1M ? 60 : 1;
	return why;
}

enum { DEPTH = 10 }; /* levels a side of mbp-10 */

static bool
make_levels(const uint8_t *l, struct rp_book_level *bid)
{
	struct rp_book_level *ask = bid + DEPTH;

	for (int i = 0; i < DEPTH; i++, l += LV_SIZE) {
		bid[i].size = rp_le32(l + LV_BID_SZ);
		ask[i].size = rp_le32(l + LV_ASK_SZ);
		bid[i].orders = rp_le32(l + LV_BID_CT);
		ask[i].orders = rp_le32(l + LV_ASK_CT);
		bid[i].res = ask[i].res = 0;
		if (!rp_dbn_price(l + LV_BID_PX, &bid[i].price) ||
		    !rp_dbn_price(l + LV_ASK_PX, &ask[i].price))
			return false;
	}
	return true;
}

static const char *
make_mbp10(const struct rp_dbn *d, const uint8_t *p, struct rp_record *r)
{
	struct rp_book *b = (struct rp_book *)r->payload;

	(void)d;
	/* aux is the venue's checksum in a book */
	b->instrument_id = b->ev.aux;
	b->ev.aux = 0;
	b->ev.sequence = rp_le32(p + MD_SEQUENCE);
	b->reflects_seq = 0;
	b->n_bid = b->n_ask = DEPTH;
	b->level_size = sizeof(struct rp_book_level);
	b->depth = p[MD_DEPTH];
	b->size = size_at(p + MD_SIZE);
	if (!rp_dbn_price(p + MD_PRICE, &b->price) ||
	    !make_levels(p + MD_LEVELS, b->levels))
		return bad_price;
	if (!rp_dbn_side(p[MD_SIDE], &b->ev.side))
		return bad_side;
	return set_event(p, &b->ev);
}

/* ---- bars ---- */

enum {
	BAR_OPEN = 16,
	BAR_HIGH = 24,
	BAR_LOW = 32,
	BAR_CLOSE = 40,
	BAR_VOLUME = 48,
	BAR_TIME = 1
};

/* Length of a bar in ns by rtype, or by schema for the rtype that did not
 * say; 0: not known (ohlcv-eod). */
static int64_t
bar_span(const struct rp_dbn *d, uint8_t rtype)
{
	static const int64_t spans[] = { 1, 60, 3600, 86400 };
	unsigned i = (unsigned)rtype - RP_DBN_OHLCV_1S;

	if (rtype == RP_DBN_OHLCV_OLD)
		i = (unsigned)d->meta.schema - 5; /* ohlcv-1s */
	return i < RP_LEN(spans) ? spans[i] * 1000000000 : 0;
}

static const char *
make_bar(const struct rp_dbn *d, const uint8_t *p, struct rp_record *r)
{
	struct rp_bar *b = (struct rp_bar *)r->payload;
	int64_t span = bar_span(d, p[1]);
	uint64_t volume = rp_le64(p + BAR_VOLUME);

	b->instrument_id = b->ev.aux;
	b->res = 0;
	b->ev.aux = BAR_TIME;
	b->ts_close = RP_ABSENT;
	if (span != 0 && b->ev.ts_event != RP_ABSENT &&
	    b->ev.ts_event <= INT64_MAX - span)
		b->ts_close = b->ev.ts_event + span;
	b->volume = (int64_t)volume;
	b->buy_volume = RP_ABSENT;
	b->turnover[0] = 0;
	b->turnover[1] = UINT64_C(1) << 63; /* absent */
	b->count = 0;
	if (!rp_dbn_price(p + BAR_OPEN, &b->open) ||
	    !rp_dbn_price(p + BAR_HIGH, &b->high) ||
	    !rp_dbn_price(p + BAR_LOW, &b->low) ||
	    !rp_dbn_price(p + BAR_CLOSE, &b->close))
		return bad_price;
	return volume > INT64_MAX ? bad_volume : NULL;
}

/* ---- by rtype ---- */

#define TRADE_ROW RP_TRADE, sizeof(struct rp_trade), sizeof(struct rp_trade)
#define BBO_ROW RP_BBO, sizeof(struct rp_bbo), sizeof(struct rp_bbo)
/* an order's priority stands before its ts_out */
#define MBO_ROW RP_MBO, sizeof(struct rp_mbo), sizeof(struct rp_mbo) + 8
#define BAR_ROW RP_BAR, sizeof(struct rp_bar), sizeof(struct rp_bar)
#define BOOK_LEN \
	(sizeof(struct rp_book) + 2 * DEPTH * sizeof(struct rp_book_level))
#define BOOK_ROW RP_BOOK, BOOK_LEN, BOOK_LEN
#define REFERENCE_ROW(id_, struct_) \
	id_, RP_REFERENCE_LEN(struct_), RP_REFERENCE_LEN(struct_)
#define OPAQUE_ROW RP_DBN, 0, 0, 0, 0, NULL
#define ALL(n_)            \
	{                  \
		n_, n_, n_ \
	}
#define BAR(name_)                                      \
	{                                               \
		name_, ALL(56), BAR_ROW, 0, 0, make_bar \
	}

const struct rp_dbn_kind rp_dbn_kinds[256] = {
	[0x00] = { "trades", ALL(48), TRADE_ROW, MD_RECV, MD_FLAGS,
	    make_trade },
	[0x01] = { "mbp-1", ALL(80), BBO_ROW, MD_RECV, MD_FLAGS, make_mbp1 },
	[0x0a] = { "mbp-10", ALL(368), BOOK_ROW, MD_RECV, MD_FLAGS,
	    make_mbp10 },
	[0x11] = BAR("ohlcv"),
	[0x12] = { "status", ALL(40),
	    REFERENCE_ROW(RP_STATUS, rp_trading_status), 16, 0,
	    rp_dbn_make_status },
	[0x13] = { "definition", { 360, 400, 520 },
	    REFERENCE_ROW(RP_DEFINITION, rp_definition), 16, 0,
	    rp_dbn_make_definition },
	[0x14] = { "imbalance", ALL(112),
	    REFERENCE_ROW(RP_IMBALANCE, rp_imbalance), 16, 0,
	    rp_dbn_make_imbalance },
	[0x15] = { "error", { 80, 320, 320 }, OPAQUE_ROW },
	[0x16] = { "symbol_mapping", { 80, 176, 176 }, OPAQUE_ROW },
	[0x17] = { "system", { 80, 320, 320 }, OPAQUE_ROW },
	[0x18] = { "statistics", { 64, 64, 80 },
	    REFERENCE_ROW(RP_STAT, rp_stat), 16, 0, rp_dbn_make_stat },
	[0x20] = BAR("ohlcv-1s"),
	[0x21] = BAR("ohlcv-1m"),
	[0x22] = BAR("ohlcv-1h"),
	[0x23] = BAR("ohlcv-1d"),
	[0x24] = BAR("ohlcv-eod"),
	[0xa0] = { "mbo", ALL(56), MBO_ROW, MBO_RECV, MBO_FLAGS, make_mbo },
	[0xb1] = { "cmbp-1", ALL(80), BBO_ROW, MD_RECV, MD_FLAGS, make_cmbp1 },
	[0xc0] = { "cbbo-1s", ALL(80), BBO_ROW, MD_RECV, MD_FLAGS, make_cbbo },
	[0xc1] = { "cbbo-1m", ALL(80), BBO_ROW, MD_RECV, MD_FLAGS, make_cbbo },
	[0xc2] = { "tcbbo", ALL(80), BBO_ROW, MD_RECV, MD_FLAGS, make_cmbp1 },
	[0xc3] = { "bbo-1s", ALL(80), BBO_ROW, MD_RECV, MD_FLAGS, make_bbo },
	[0xc4] = { "bbo-1m", ALL(80), BBO_ROW, MD_RECV, MD_FLAGS, make_bbo },
};
