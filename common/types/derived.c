/* What is made from events, or said about a stream: bar, feature, gap. */
#include "types/tables.h"

#include <stddef.h>

/* ---- bar ---- */

AT(rp_bar, ts_close, 32);
AT(rp_bar, open, 40);
AT(rp_bar, high, 48);
AT(rp_bar, low, 56);
AT(rp_bar, close, 64);
AT(rp_bar, volume, 72);
AT(rp_bar, buy_volume, 80);
AT(rp_bar, turnover, 88);
AT(rp_bar, count, 104);
AT(rp_bar, instrument_id, 112);
SIZE(rp_bar, 120);

static const struct rp_word no_words[] = { { 0, "none", NULL } };
static const struct rp_word no_flags[] = { { 1 << 3, "reserved", NULL } };

static const struct rp_word bar_flags[] = {
	{ 1 << 3, "reserved", NULL },
	{ RP_BAR_PARTIAL, "partial", NULL },
};

static const struct rp_word bar_kinds[] = {
	{ 1, "time", NULL },
	{ 2, "tick", NULL },
	{ 3, "volume", NULL },
	{ 4, "notional", NULL },
};

static const struct rp_field bar_fields[] = {
	EVENT_START,
	ACTION(no_words, "none"),
	EVENT_REST(bar_flags),
	WORDED(ENUM, "kind", RP_EV_AUX, 4, bar_kinds, "what fills a bar"),
	FIELD(TIME, "ts_close", 32, 8, "end of the bar; ts_event is its start"),
	FIELD(PRICE, "open", 40, 8, "first price"),
	FIELD(PRICE, "high", 48, 8, "highest price"),
	FIELD(PRICE, "low", 56, 8, "lowest price"),
	FIELD(PRICE, "close", 64, 8, "last price"),
	FIELD(SIZE, "volume", 72, 8, "quantity traded"),
	FIELD(SIZE, "buy_volume", 80, 8, "of it, bought by the aggressor"),
	FIELD(TURNOVER, "turnover", 88, 16, "sum of price x size"),
	FIELD(UINT, "count", 104, 8, "trades"),
	FIELD(UINT, "instrument_id", 112, 4,
	    "the venue's number of the instrument"),
	FIELD(TIME, "ts_out", 120, 8, "time of sending by the gateway"),
};

const struct rp_type rp_type_bar = TYPE(RP_BAR, "bar", 112,
    sizeof(struct rp_bar), false, bar_fields, "prices and volume of a span");

/* ---- feature ---- */

static const struct rp_word feature_flags[] = {
	{ 1 << 3, "reserved", NULL },
	{ RP_VIEW_CROSSED, "crossed", NULL },
	{ RP_VIEW_STALE, "stale", NULL },
	{ RP_VIEW_LOCKED, "locked", NULL },
};

static const struct rp_field feature_fields[] = {
	EVENT_START,
	ACTION(no_words, "none"),
	EVENT_REST(feature_flags),
	AUX("n", "values"),
	FIELD(UINT, "schema", 32, 8, "hash of the name of its schema"),
	FIELD(UINT, "reflects_seq", 40, 8, "seq of the last record in it"),
	FIELD(BYTES, "values", 48, 0,
	    "bitmap of what is valid, then n scaled i64"),
};

const struct rp_type rp_type_feature = TYPE(RP_FEATURE, "feature", 48, 48,
    false, feature_fields, "numbers computed from events");

/* ---- gap ---- */

AT(rp_gap, first_lost, 32);
AT(rp_gap, last_lost, 40);
AT(rp_gap, count, 48);
AT(rp_gap, ts_from, 56);
AT(rp_gap, ts_to, 64);
SIZE(rp_gap, 72);

static const struct rp_word gap_reasons[] = {
	{ RP_GAP_VENUE, "venue", NULL },
	{ RP_GAP_DISCONNECT, "disconnect", NULL },
	{ RP_GAP_CHECKSUM, "checksum", NULL },
	{ RP_GAP_TRIMMED, "trimmed", NULL },
	{ RP_GAP_RECOVERED, "recovered", NULL },
	{ RP_GAP_OVERLOAD, "overload", NULL },
	{ RP_GAP_UNDECODABLE, "undecodable", NULL },
};

static const struct rp_field gap_fields[] = {
	EVENT_START,
	ACTION(gap_reasons, "why records are missing"),
	EVENT_REST(no_flags),
	FIELD(UINT, "aux", RP_EV_AUX, 4, "not used"),
	FIELD(UINT, "first_lost", 32, 8, "first number missing"),
	FIELD(UINT, "last_lost", 40, 8, "last number missing"),
	FIELD(UINT, "count", 48, 8, "records missing; 0: not known"),
	FIELD(TIME, "ts_from", 56, 8, "start of the gap"),
	FIELD(TIME, "ts_to", 64, 8, "end of the gap"),
};

const struct rp_type rp_type_gap = TYPE(RP_GAP, "gap", 72,
    sizeof(struct rp_gap), false, gap_fields, "records that are missing");
