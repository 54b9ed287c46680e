/* Events of a market: trade, bbo, level, mbo and book. */
#include "types/tables.h"

#include <stddef.h>

SIZE(rp_event, RP_EV_HEAD);
AT(rp_event, ts_event, RP_EV_TS_EVENT);
AT(rp_event, sequence, RP_EV_SEQUENCE);
AT(rp_event, px_exp, RP_EV_PX_EXP);
AT(rp_event, qty_exp, RP_EV_QTY_EXP);
AT(rp_event, side, RP_EV_SIDE);
AT(rp_event, action, RP_EV_ACTION);
AT(rp_event, channel, RP_EV_CHANNEL);
AT(rp_event, tflags, RP_EV_TFLAGS);
AT(rp_event, send_delta, RP_EV_SEND_DELTA);
AT(rp_event, aux, RP_EV_AUX);

const struct rp_word rp_side_words[3] = {
	{ RP_SIDE_NONE, "none", "N" },
	{ RP_SIDE_BID, "bid", "buy|B" },
	{ RP_SIDE_ASK, "ask", "sell|A" },
};

/* clang-format off */

/* Bits 0 to 3 are the flags of Databento's feeds that records do not have. */
#define FEED_FLAGS \
	{ 1 << 0, "tob", NULL }, { 1 << 1, "mbp", NULL }, \
	{ 1 << 2, "publisher", NULL }, { 1 << 3, "reserved", NULL }

#define ID_FORMS \
	{ RP_ID_HASH << RP_ID_FORM_SHIFT, "id_hash", NULL }, \
	{ RP_ID_ASCII << RP_ID_FORM_SHIFT, "id_ascii", NULL }, \
	{ RP_ID_UUID << RP_ID_FORM_SHIFT, "id_uuid", NULL }

/* clang-format on */

/* ---- trade ---- */

AT(rp_trade, price, 32);
AT(rp_trade, size, 40);
AT(rp_trade, id_hi, 48);
AT(rp_trade, id_lo, 56);
AT(rp_trade, depth, 64);
SIZE(rp_trade, 72);
AT(rp_trade_more, ts_out, 72);
AT(rp_trade_more, order_hi, 80);
AT(rp_trade_more, order_lo, 88);
AT(rp_trade_more, tracking, 96);
AT(rp_trade_more, cross_type, 98);
AT(rp_trade_more, order_side, 99);
AT(rp_trade_more, first_id, 104);
AT(rp_trade_more, taker_id, 120);
SIZE(rp_trade_more, 128);

static const struct rp_word trade_actions[] = {
	{ 0, "normal", NULL },
	{ 1, "bust", NULL },
	{ 2, "correction", NULL },
};

static const struct rp_word trade_flags[] = {
	FEED_FLAGS,
	{ RP_TRADE_INSURANCE_FUND, "insurance_fund", NULL },
	{ RP_TRADE_ADL, "adl", NULL },
	{ RP_TRADE_NONE, "no_trade", NULL },
	{ RP_TRADE_MARKET, "market_order", NULL },
	{ RP_TRADE_LIMIT, "limit_order", NULL },
	ID_FORMS,
};

static const struct rp_field trade_fields[] = {
	EVENT_START,
	ACTION(trade_actions, "what became of the trade"),
	EVENT_REST(trade_flags),
	INSTRUMENT,
	FIELD(PRICE, "price", 32, 8, "price"),
	FIELD(SIZE, "size", 40, 8, "quantity traded"),
	OPTIONAL(ID, "trade_id", 48, 16, "the venue's identifier"),
	OPTIONAL(UINT, "depth", 64, 4, "level of the book where it happened"),
	FIELD(TIME, "ts_out", 72, 8, "time of sending by the gateway"),
	OPTIONAL(ID, "order_id", 80, 16, "the order in the book that traded"),
	FIELD(UINT, "tracking", 96, 2, "the venue's tracking number"),
	FIELD(CHAR, "cross_type", 98, 1, "of a cross, the venue's letter"),
	FIELD(CHAR, "order_side", 99, 1,
	    "side of that order, the venue's letter"),
	OPTIONAL(UINT, "first_id", 104, 8, "first of the trades in one"),
	OPTIONAL(UINT, "last_id", 112, 8, "last of them"),
	OPTIONAL(UINT, "taker_id", 120, 8, "the aggressor's order"),
};

const struct rp_type rp_type_trade = TYPE(RP_TRADE, "trade", 64,
    sizeof(struct rp_trade), true, trade_fields, "a trade");

/* ---- bbo ---- */

AT(rp_bbo, bid_px, 32);
AT(rp_bbo, bid_sz, 40);
AT(rp_bbo, ask_px, 48);
AT(rp_bbo, ask_sz, 56);
AT(rp_bbo, bid_ct, 64);
AT(rp_bbo, ask_ct, 68);
AT(rp_bbo, price, 72);
AT(rp_bbo, size, 80);
AT(rp_bbo, depth, 88);
AT(rp_bbo, interval, 90);
AT(rp_bbo, bid_publisher, 92);
AT(rp_bbo, ask_publisher, 94);
SIZE(rp_bbo, 96);

static const struct rp_word bbo_flags[] = {
	FEED_FLAGS,
	{ RP_BBO_AT_TRADE, "at_trade", NULL },
	{ RP_VIEW_CROSSED, "crossed", NULL },
	{ RP_VIEW_STALE, "stale", NULL },
	{ RP_VIEW_LOCKED, "locked", NULL },
};

static const struct rp_field bbo_fields[] = {
	EVENT_START,
	ACTION_CHAR("of the event that caused it, as of mbo"),
	EVENT_REST(bbo_flags),
	INSTRUMENT,
	FIELD(PRICE, "bid_px", 32, 8, "best bid"),
	FIELD(SIZE, "bid_sz", 40, 8, "size at the best bid"),
	FIELD(PRICE, "ask_px", 48, 8, "best ask"),
	FIELD(SIZE, "ask_sz", 56, 8, "size at the best ask"),
	FIELD(UINT, "bid_ct", 64, 4, "orders at the best bid"),
	FIELD(UINT, "ask_ct", 68, 4, "orders at the best ask"),
	FIELD(PRICE, "price", 72, 8, "price of the event that caused it"),
	FIELD(SIZE, "size", 80, 8, "size of the event that caused it"),
	OPTIONAL(UINT, "depth", 88, 1, "level of the event that caused it"),
	FIELD(UINT, "interval", 90, 2, "s between records; 0: on change"),
	OPTIONAL(UINT, "bid_publisher", 92, 2,
	    "who has the best bid, in a consolidated one"),
	OPTIONAL(UINT, "ask_publisher", 94, 2,
	    "who has the best ask, in a consolidated one"),
	FIELD(TIME, "ts_out", 96, 8, "time of sending by the gateway"),
};

const struct rp_type rp_type_bbo = TYPE(RP_BBO, "bbo", 88,
    sizeof(struct rp_bbo), true, bbo_fields, "best bid and offer");

/* ---- level ---- */

AT(rp_level, price, 32);
AT(rp_level, size, 40);
AT(rp_level, prev_sequence, 48);
AT(rp_level, orders, 56);
AT(rp_level, checksum, 60);
AT(rp_level, first_sequence, 64);
SIZE(rp_level, 72);

static const struct rp_word level_actions[] = {
	{ RP_LEVEL_SET, "set", NULL },
	{ RP_LEVEL_DELTA, "delta", NULL },
	{ RP_LEVEL_REMOVE, "remove", NULL },
	{ RP_LEVEL_CLEAR, "clear", NULL },
	{ RP_LEVEL_NONE, "none", NULL },
};

static const struct rp_word level_flags[] = {
	FEED_FLAGS,
	{ RP_LEVEL_CHECKSUM, "checksum", NULL },
	{ RP_LEVEL_REPUBLISHED, "republished", NULL },
};

static const struct rp_field level_fields[] = {
	EVENT_START,
	ACTION(level_actions, "what becomes of the level"),
	EVENT_REST(level_flags),
	AUX("depth", "place in the book; 0 is the best"),
	FIELD(PRICE, "price", 32, 8, "price of the level"),
	FIELD(SIZE, "size", 40, 8, "its size, or the change of it"),
	FIELD(UINT, "prev_sequence", 48, 8,
	    "sequence of the update before this one"),
	FIELD(UINT, "orders", 56, 4, "orders at the level; 0: not known"),
	FIELD(UINT, "checksum", 60, 4,
	    "the venue's, of the book after the update, if tflags says so"),
	FIELD(UINT, "first_sequence", 64, 8, "first sequence of the update"),
	FIELD(TIME, "ts_out", 72, 8, "time of sending by the gateway"),
};

const struct rp_type rp_type_level = TYPE(RP_LEVEL, "level", 64,
    sizeof(struct rp_level), true, level_fields, "a change of one price level");

/* ---- mbo ---- */

AT(rp_mbo, price, 32);
AT(rp_mbo, size, 40);
AT(rp_mbo, id_hi, 48);
AT(rp_mbo, id_lo, 56);
SIZE(rp_mbo, 64);
AT(rp_mbo_more, priority, 64);
AT(rp_mbo_more, ts_out, 72);
AT(rp_mbo_more, trade_hi, 80);
AT(rp_mbo_more, trade_lo, 88);
AT(rp_mbo_more, orig_hi, 96);
AT(rp_mbo_more, orig_lo, 104);
AT(rp_mbo_more, participant, 112);
AT(rp_mbo_more, tracking, 116);

static const struct rp_word mbo_flags[] = {
	FEED_FLAGS,
	{ 1 << 8, "trades_change_book", NULL },
	{ 1 << 9, "non_printable", NULL },
	ID_FORMS,
};

static const struct rp_field mbo_fields[] = {
	EVENT_START,
	ACTION_CHAR("A add, M modify, C cancel, R clear, T trade, F fill"),
	EVENT_REST(mbo_flags),
	INSTRUMENT,
	FIELD(PRICE, "price", 32, 8, "price of the order"),
	FIELD(SIZE, "size", 40, 8,
	    "A: of the order, M: its new size, C: what was taken away"),
	FIELD(ID, "order_id", 48, 16, "the venue's identifier of the order"),
	OPTIONAL(UINT, "priority", 64, 8, "place in the queue at its price"),
	FIELD(TIME, "ts_out", 72, 8, "time of sending by the gateway"),
	OPTIONAL(ID, "trade_id", 80, 16, "T, F: the venue's identifier"),
	OPTIONAL(
	    ID, "orig_order_id", 96, 16, "A: the order that this one replaces"),
	FIELD(CHARS, "participant", 112, 4, "whose order it is"),
	FIELD(UINT, "tracking", 116, 2, "the venue's tracking number"),
};

const struct rp_type rp_type_mbo = TYPE(RP_MBO, "mbo", 64,
    sizeof(struct rp_mbo), true, mbo_fields, "an event of one order (L3)");

/* ---- book ---- */

AT(rp_book, reflects_seq, 32);
AT(rp_book, n_bid, 40);
AT(rp_book, n_ask, 44);
AT(rp_book, level_size, 48);
AT(rp_book, depth, 50);
AT(rp_book, instrument_id, 52);
AT(rp_book, price, 56);
AT(rp_book, size, 64);
AT(rp_book, levels, 72);
AT(rp_book_level, size, 8);
AT(rp_book_level, orders, 16);
SIZE(rp_book, 72);
SIZE(rp_book_level, 24);

static const struct rp_word book_flags[] = {
	FEED_FLAGS,
	{ RP_BOOK_DEPTH_LIMITED, "depth_limited", NULL },
	{ RP_VIEW_CROSSED, "crossed", NULL },
	{ RP_VIEW_STALE, "stale", NULL },
	{ 1 << 7, "checksum", NULL },
	{ RP_VIEW_LOCKED, "locked", NULL },
	{ 1 << 9, "verified", NULL },
};

static const struct rp_field book_fields[] = {
	EVENT_START,
	ACTION_CHAR("of the event that caused it, as of mbo"),
	EVENT_REST(book_flags),
	AUX("checksum", "the venue's, if tflags says so"),
	FIELD(UINT, "reflects_seq", 32, 8, "seq of the last record in it"),
	FIELD(UINT, "n_bid", 40, 4, "bid levels"),
	FIELD(UINT, "n_ask", 44, 4, "ask levels"),
	FIELD(UINT, "level_size", 48, 2, "bytes of a level"),
	FIELD(UINT, "depth", 50, 2, "level of the event that caused it"),
	FIELD(UINT, "instrument_id", 52, 4,
	    "the venue's number of the instrument"),
	FIELD(PRICE, "price", 56, 8, "price of the event that caused it"),
	FIELD(SIZE, "size", 64, 8, "size of the event that caused it"),
};

const struct rp_type rp_type_book = TYPE(RP_BOOK, "book", 72,
    sizeof(struct rp_book), false, book_fields, "levels of a book, best first");
