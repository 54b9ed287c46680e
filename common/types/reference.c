/* Reference data: status, stat, imbalance, definition; opaque DBN and ITCH. */
#include "types/reference.h"

#include <stddef.h>

#include "types/tables.h"

/* clang-format off */

/* A field of struct HERE by the name that it has there. */
#define MEMBER(kind_, name_, doc_) \
	FIELD(kind_, #name_, offsetof(struct HERE, name_), \
	    sizeof(((struct HERE *)0)->name_), doc_)
#define OPTIONAL_MEMBER(kind_, name_, doc_) \
	OPTIONAL(kind_, #name_, offsetof(struct HERE, name_), \
	    sizeof(((struct HERE *)0)->name_), doc_)
#define WORDED_MEMBER(kind_, name_, words_, doc_) \
	WORDED(kind_, #name_, offsetof(struct HERE, name_), \
	    sizeof(((struct HERE *)0)->name_), words_, doc_)
/* A field behind ts_out. */
#define MORE(kind_, name_, doc_) \
	FIELD(kind_, #name_, offsetof(struct MORE_HERE, name_), \
	    sizeof(((struct MORE_HERE *)0)->name_), doc_)
#define TRACKING MORE(UINT, tracking, "the venue's tracking number")
#define TS_OUT MEMBER(TIME, ts_out, "time of sending by the gateway")

/* clang-format on */

static const struct rp_word no_flags[] = { { 1 << 3, "reserved", NULL } };

/* ---- status: words from databento/dbn, rust/dbn/src/enums.rs ---- */

SIZE(rp_trading_status, 56);
AT(rp_trading_status, ts_out, 48);

static const struct rp_word status_actions[] = {
	{ 0, "none", NULL },
	{ 1, "pre_open", NULL },
	{ 2, "pre_cross", NULL },
	{ 3, "quoting", NULL },
	{ 4, "cross", NULL },
	{ 5, "rotation", NULL },
	{ 6, "new_price_indication", NULL },
	{ 7, "trading", NULL },
	{ 8, "halt", NULL },
	{ 9, "pause", NULL },
	{ 10, "suspend", NULL },
	{ 11, "pre_close", NULL },
	{ 12, "close", NULL },
	{ 13, "post_close", NULL },
	{ 14, "ssr_change", NULL },
	{ 15, "not_available_for_trading", NULL },
};

static const struct rp_word status_reasons[] = {
	{ 0, "none", NULL },
	{ 1, "scheduled", NULL },
	{ 2, "surveillance_intervention", NULL },
	{ 3, "market_event", NULL },
	{ 4, "instrument_activation", NULL },
	{ 5, "instrument_expiration", NULL },
	{ 6, "recovery_in_process", NULL },
	{ 10, "regulatory", NULL },
	{ 11, "administrative", NULL },
	{ 12, "non_compliance", NULL },
	{ 13, "filings_not_current", NULL },
	{ 14, "sec_trading_suspension", NULL },
	{ 15, "new_issue", NULL },
	{ 16, "issue_available", NULL },
	{ 17, "issues_reviewed", NULL },
	{ 18, "filing_reqs_satisfied", NULL },
	{ 30, "news_pending", NULL },
	{ 31, "news_released", NULL },
	{ 32, "news_and_resumption_times", NULL },
	{ 33, "news_not_forthcoming", NULL },
	{ 40, "order_imbalance", NULL },
	{ 50, "luld_pause", NULL },
	{ 60, "operational", NULL },
	{ 70, "additional_information_requested", NULL },
	{ 80, "merger_effective", NULL },
	{ 90, "etf", NULL },
	{ 100, "corporate_action", NULL },
	{ 110, "new_security_offering", NULL },
	{ 120, "market_wide_halt_level1", NULL },
	{ 121, "market_wide_halt_level2", NULL },
	{ 122, "market_wide_halt_level3", NULL },
	{ 123, "market_wide_halt_carryover", NULL },
	{ 124, "market_wide_halt_resumption", NULL },
	{ 130, "quotation_not_available", NULL },
};

static const struct rp_word trading_events[] = {
	{ 0, "none", NULL },
	{ 1, "no_cancel", NULL },
	{ 2, "change_trading_session", NULL },
	{ 3, "implied_matching_on", NULL },
	{ 4, "implied_matching_off", NULL },
};

AT(rp_trading_status_more, venue_code, 56);

#define HERE rp_trading_status
#define MORE_HERE rp_trading_status_more
static const struct rp_field status_fields[] = {
	EVENT_START,
	EVENT_REST(no_flags),
	INSTRUMENT,
	WORDED_MEMBER(ENUM, action, status_actions, "what changed"),
	WORDED_MEMBER(ENUM, reason, status_reasons, "why it changed"),
	WORDED_MEMBER(
	    ENUM, trading_event, trading_events, "its effect on trading"),
	MEMBER(CHAR, is_trading, "Y, N or ~ (not known)"),
	MEMBER(CHAR, is_quoting, "Y, N or ~ (not known)"),
	MEMBER(CHAR, is_short_sell_restricted, "Y, N or ~ (not known)"),
	TS_OUT,
	MORE(CHARS, venue_code, "the venue's letter for what changed"),
	MORE(CHARS, market_code, "the venue's letter of a market, if of one"),
	TRACKING,
	MORE(CHARS, reason_code, "the venue's code of the reason"),
};
#undef HERE
#undef MORE_HERE

const struct rp_type rp_type_status = TYPE(RP_STATUS, "status",
    RP_REFERENCE_LEN(rp_trading_status), RP_REFERENCE_LEN(rp_trading_status),
    false, status_fields, "trading state of an instrument");

/* ---- stat: words from the same ---- */

SIZE(rp_stat, 72);
AT(rp_stat, ts_out, 64);

static const struct rp_word stat_types[] = {
	{ 1, "opening_price", NULL },
	{ 2, "indicative_opening_price", NULL },
	{ 3, "settlement_price", NULL },
	{ 4, "trading_session_low_price", NULL },
	{ 5, "trading_session_high_price", NULL },
	{ 6, "cleared_volume", NULL },
	{ 7, "lowest_offer", NULL },
	{ 8, "highest_bid", NULL },
	{ 9, "open_interest", NULL },
	{ 10, "fixing_price", NULL },
	{ 11, "close_price", NULL },
	{ 12, "net_change", NULL },
	{ 13, "vwap", NULL },
	{ 14, "volatility", NULL },
	{ 15, "delta", NULL },
	{ 16, "uncrossing_price", NULL },
	{ 17, "upper_price_limit", NULL },
	{ 18, "lower_price_limit", NULL },
	{ 19, "block_volume", NULL },
	{ 10001, "venue_specific_volume_1", NULL },
	{ RP_STAT_FUNDING_RATE, "funding_rate", NULL },
	{ RP_STAT_PREDICTED_FUNDING_RATE, "predicted_funding_rate", NULL },
	{ RP_STAT_LAST_PRICE, "last_price", NULL },
	{ RP_STAT_INDEX_PRICE, "index_price", NULL },
	{ RP_STAT_MARK_PRICE, "mark_price", NULL },
};

static const struct rp_word stat_update_actions[] = {
	{ 1, "new", NULL },
	{ 2, "delete", NULL },
};

#define HERE rp_stat
static const struct rp_field stat_fields[] = {
	EVENT_START,
	EVENT_REST(no_flags),
	INSTRUMENT,
	MEMBER(TIME, ts_ref, "time or day that the value refers to"),
	MEMBER(PRICE, price, "value, if it is a price"),
	MEMBER(SIZE, quantity, "value, if it is not a price"),
	WORDED_MEMBER(ENUM, stat_type, stat_types, "what is stated"),
	WORDED_MEMBER(
	    ENUM, update_action, stat_update_actions, "added or taken back"),
	MEMBER(UINT, stat_flags, "flags of some kinds"),
	TS_OUT,
};
#undef HERE

const struct rp_type rp_type_stat = TYPE(RP_STAT, "stat",
    RP_REFERENCE_LEN(rp_stat), RP_REFERENCE_LEN(rp_stat), false, stat_fields,
    "a statistic of the venue: settlement, open interest, ...");

/* ---- imbalance ---- */

SIZE(rp_imbalance, 128);
AT(rp_imbalance, ts_out, 120);

static const struct rp_word unpaired_sides[] = {
	{ 'N', "none", "N" },
	{ 'B', "bid", "buy|B" },
	{ 'A', "ask", "sell|A" },
};

AT(rp_imbalance_more, tracking, 128);

#define HERE rp_imbalance
#define MORE_HERE rp_imbalance_more
static const struct rp_field imbalance_fields[] = {
	EVENT_START,
	EVENT_REST(no_flags),
	INSTRUMENT,
	MEMBER(PRICE, ref_price, "price at which the imbalance is computed"),
	MEMBER(TIME, auction_time, "time of the auction"),
	MEMBER(PRICE, cont_book_clr_price,
	    "clearing price of cross and continuous orders"),
	MEMBER(
	    PRICE, auct_interest_clr_price, "clearing price of cross orders"),
	MEMBER(PRICE, ssr_filling_price,
	    "price of short sales under a restriction"),
	MEMBER(PRICE, ind_match_price,
	    "price at which most would trade, within the collars"),
	MEMBER(PRICE, upper_collar, "upper limit of the auction"),
	MEMBER(PRICE, lower_collar, "lower limit of the auction"),
	OPTIONAL_MEMBER(UINT, paired_qty, "shares paired at ref_price"),
	OPTIONAL_MEMBER(
	    UINT, total_imbalance_qty, "shares not paired at ref_price"),
	OPTIONAL_MEMBER(UINT, market_imbalance_qty,
	    "market orders not paired at ref_price"),
	OPTIONAL_MEMBER(
	    UINT, unpaired_qty, "shares not paired at ref_price or better"),
	MEMBER(CHAR, auction_type, "the venue's letter; ~ if not used"),
	MEMBER(UINT, auction_status, "the venue's code"),
	MEMBER(UINT, freeze_status, "the venue's code"),
	MEMBER(UINT, num_extensions, "times the halt was extended"),
	WORDED_MEMBER(
	    ENUM, unpaired_side, unpaired_sides, "side of unpaired_qty"),
	MEMBER(
	    CHAR, significant_imbalance, "the venue's letter; ~ if not used"),
	TS_OUT,
	TRACKING,
	MORE(CHARS, direction, "the venue's letter for the side"),
};
#undef HERE
#undef MORE_HERE

const struct rp_type rp_type_imbalance = TYPE(RP_IMBALANCE, "imbalance",
    RP_REFERENCE_LEN(rp_imbalance), RP_REFERENCE_LEN(rp_imbalance), false,
    imbalance_fields, "the imbalance before an auction; side is the total's");

/* ---- definition ---- */

SIZE(rp_definition, 536);
AT(rp_definition, ts_out, 528);

AT(rp_definition_more, etp_leverage_factor, 536);
AT(rp_definition_more, issue_subtype, 552);

#define HERE rp_definition
#define MORE_HERE rp_definition_more
static const struct rp_field definition_fields[] = {
	EVENT_START,
	EVENT_REST(no_flags),
	INSTRUMENT,
	MEMBER(PRICE, min_price_increment, "tick size"),
	MEMBER(PRICE, display_factor,
	    "the venue's display price x this is the price"),
	MEMBER(TIME, expiration, "last time of trading"),
	MEMBER(TIME, activation, "first time of trading"),
	MEMBER(PRICE, high_limit_price, "highest price allowed today"),
	MEMBER(PRICE, low_limit_price, "lowest price allowed today"),
	MEMBER(PRICE, max_price_variation, "band around the reference price"),
	MEMBER(PRICE, trading_reference_price,
	    "settlement price of the day before (DBN 1, 2)"),
	MEMBER(PRICE, unit_of_measure_qty, "contract size, in unit_of_measure"),
	MEMBER(PRICE, min_price_increment_amount, "value of a tick"),
	MEMBER(PRICE, price_ratio, "of prices in a spread or leg"),
	MEMBER(PRICE, strike_price, "strike of an option"),
	MEMBER(UINT, raw_instrument_id,
	    "the publisher's number of the instrument"),
	MEMBER(PRICE, leg_price, "tied price of the leg"),
	MEMBER(PRICE, leg_delta, "delta of the leg"),
	MEMBER(
	    INT, inst_attrib_value, "bitmap of eligibility; 2147483647: none"),
	MEMBER(UINT, underlying_id, "instrument_id of the underlying"),
	OPTIONAL_MEMBER(
	    INT, market_depth_implied, "levels of the implied book"),
	OPTIONAL_MEMBER(INT, market_depth, "levels of the book"),
	OPTIONAL_MEMBER(UINT, market_segment_id, "market segment"),
	OPTIONAL_MEMBER(UINT, max_trade_vol, "largest trade"),
	OPTIONAL_MEMBER(INT, min_lot_size, "smallest order"),
	OPTIONAL_MEMBER(INT, min_lot_size_block, "smallest block trade"),
	OPTIONAL_MEMBER(INT, min_lot_size_round_lot, "round lot"),
	OPTIONAL_MEMBER(UINT, min_trade_vol, "smallest trade"),
	OPTIONAL_MEMBER(INT, contract_multiplier, "deliverables of a contract"),
	OPTIONAL_MEMBER(INT, decay_quantity, "daily decay of the contract"),
	OPTIONAL_MEMBER(INT, original_contract_size, "fixed contract value"),
	MEMBER(UINT, leg_instrument_id, "instrument_id of the leg"),
	MEMBER(INT, leg_ratio_price_numerator, "price ratio of the leg"),
	MEMBER(INT, leg_ratio_price_denominator, "price ratio of the leg"),
	MEMBER(INT, leg_ratio_qty_numerator, "quantity ratio of the leg"),
	MEMBER(INT, leg_ratio_qty_denominator, "quantity ratio of the leg"),
	MEMBER(
	    UINT, leg_underlying_id, "instrument_id of the leg's underlying"),
	OPTIONAL_MEMBER(INT, appl_id, "the venue's channel"),
	OPTIONAL_MEMBER(UINT, maturity_year, "year in the symbol"),
	OPTIONAL_MEMBER(UINT, decay_start_date, "day on which decay begins"),
	OPTIONAL_MEMBER(UINT, trading_reference_date,
	    "day of trading_reference_price, since 1970"),
	MEMBER(UINT, leg_count, "legs; 0: an outright"),
	MEMBER(UINT, leg_index, "of this leg, from 0"),
	MEMBER(CHAR, instrument_class,
	    "B bond, C call, F future, K stock, M mixed spread, P put, S "
	    "future spread, T option spread, X FX spot, Y commodity spot"),
	MEMBER(CHAR, match_algorithm, "F FIFO, and others of the venue"),
	MEMBER(CHAR, security_update_action,
	    "A added, M modified, D deleted, I invalidated"),
	MEMBER(CHAR, user_defined_instrument, "Y or N"),
	MEMBER(CHAR, leg_instrument_class, "as instrument_class"),
	MEMBER(CHAR, leg_side, "A, B or N, when the spread is bought"),
	OPTIONAL_MEMBER(
	    UINT, main_fraction, "denominator of the main fraction"),
	OPTIONAL_MEMBER(
	    UINT, price_display_format, "digits right of the tick mark"),
	OPTIONAL_MEMBER(UINT, sub_fraction, "denominator of the sub fraction"),
	OPTIONAL_MEMBER(UINT, settl_price_type,
	    "bitmap of the settlement price (DBN 1, 2)"),
	OPTIONAL_MEMBER(UINT, underlying_product, "product complex"),
	OPTIONAL_MEMBER(
	    UINT, md_security_trading_status, "trading status (DBN 1, 2)"),
	OPTIONAL_MEMBER(UINT, maturity_month, "month in the symbol"),
	OPTIONAL_MEMBER(UINT, maturity_day, "day in the symbol"),
	OPTIONAL_MEMBER(UINT, maturity_week, "week in the symbol"),
	OPTIONAL_MEMBER(UINT, tick_rule, "tick rule of the spread"),
	OPTIONAL_MEMBER(INT, contract_multiplier_unit, "1 hours, 2 days"),
	OPTIONAL_MEMBER(
	    INT, flow_schedule_type, "delivery schedule of electricity"),
	MEMBER(CHARS, currency, "of prices"),
	MEMBER(CHARS, settl_currency, "of settlement, if another"),
	MEMBER(CHARS, secsubtype, "kind of spread"),
	MEMBER(CHARS, raw_symbol, "the publisher's symbol"),
	MEMBER(CHARS, group, "security group"),
	MEMBER(CHARS, exchange, "exchange code"),
	MEMBER(CHARS, asset, "product code"),
	MEMBER(CHARS, cfi, "ISO 10962 classification"),
	MEMBER(CHARS, security_type, "FUT, OPT, ..."),
	MEMBER(CHARS, unit_of_measure, "unit of the contract size"),
	MEMBER(CHARS, underlying, "symbol of the underlying"),
	MEMBER(CHARS, strike_price_currency, "of strike_price"),
	MEMBER(CHARS, leg_raw_symbol, "the publisher's symbol of the leg"),
	TS_OUT,
	MORE(UINT, etp_leverage_factor, "leverage of a fund; 0: none"),
	TRACKING,
	MORE(CHARS, market_category, "tier or market of its listing"),
	MORE(CHARS, financial_status, "deficient, delinquent, bankrupt, ..."),
	MORE(CHARS, round_lots_only, "Y or N"),
	MORE(CHARS, issue_classification, "kind of security"),
	MORE(CHARS, authenticity, "P live, T a test instrument"),
	MORE(CHARS, short_sale_threshold, "Y or N: on the threshold list"),
	MORE(CHARS, ipo_flag, "Y or N: set up for a public offering"),
	MORE(CHARS, luld_tier, "1 or 2: tier of its price bands"),
	MORE(CHARS, etp_flag, "Y or N: an exchange-traded product"),
	MORE(CHARS, inverse, "Y or N: moves against its benchmark"),
	MORE(CHARS, issue_subtype, "kind of security, in detail"),
};
#undef HERE
#undef MORE_HERE

const struct rp_type rp_type_definition = TYPE(RP_DEFINITION, "definition",
    RP_REFERENCE_LEN(rp_definition), RP_REFERENCE_LEN(rp_definition), false,
    definition_fields, "an instrument; sizes and factors are in px_exp");

/* ---- dbn ---- */

static const struct rp_field dbn_fields[] = {
	FIELD(UINT, "dbn_version", 0, 1, "version of the layout"),
	FIELD(BYTES, "payload", 8, 0, "the DBN record, header and all"),
};

const struct rp_type rp_type_dbn = TYPE(RP_DBN, "dbn",
    sizeof(struct rp_dbn_payload), sizeof(struct rp_dbn_payload), false,
    dbn_fields, "a DBN record that has no type of ours, verbatim");

/* ---- itch ---- */

#define HERE rp_itch_payload
static const struct rp_field itch_fields[] = {
	MEMBER(TIME, ts_event, "time of the event at the venue"),
	MEMBER(UINT, sequence, "the venue's sequence number"),
	FIELD(BYTES, "payload", 16, 0, "the message, from its type on"),
};
#undef HERE

const struct rp_type rp_type_itch = TYPE(RP_ITCH, "itch",
    sizeof(struct rp_itch_payload), sizeof(struct rp_itch_payload), false,
    itch_fields, "an ITCH message that has no type of ours, verbatim");

/* ---- json ---- */

static const struct rp_word json_directions[] = {
	{ RP_JSON_RECEIVED, "received", NULL },
	{ RP_JSON_SENT, "sent", NULL },
	{ RP_JSON_CONNECTED, "connected", NULL },
	{ RP_JSON_FETCHED, "fetched", NULL },
};

#define HERE rp_json_payload
static const struct rp_field json_fields[] = {
	MEMBER(TIME, ts_event, "time of the event at the venue"),
	WORDED(ENUM, "direction", 8, 1, json_directions,
	    "from the venue; or a line of who recorded"),
	FIELD(TEXT, "text", 16, 0, "the message, as it came"),
};
#undef HERE

const struct rp_type rp_type_json = TYPE(RP_JSON, "json",
    sizeof(struct rp_json_payload), sizeof(struct rp_json_payload), false,
    json_fields, "a message in JSON that has no type of ours, verbatim");
