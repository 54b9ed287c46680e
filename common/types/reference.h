/*
 * Payloads of reference data, as venues publish it beside the events of the
 * market: status, definition, stat, imbalance; and the wrappers of DBN records,
 * of ITCH messages and of JSON that have no type here. Field names are
 * Databento's.
 *
 * ts_out, last in each, is written only where a feed tells it; a payload
 * without it ends before (RP_REFERENCE_LEN). What other venues have beyond
 * that stands behind it, in a struct ..._more.
 */
#ifndef RP_TYPES_REFERENCE_H
#define RP_TYPES_REFERENCE_H

#include "types/types.h"

/* Bytes of a payload without its ts_out. */
#define RP_REFERENCE_LEN(struct_) (sizeof(struct struct_) - sizeof(int64_t))

struct rp_trading_status {
	struct rp_event ev;
	uint16_t action, reason, trading_event;
	uint8_t is_trading, is_quoting, is_short_sell_restricted; /* Y N ~ */
	uint8_t res[7];
	int64_t ts_out;
};

struct rp_stat {
	struct rp_event ev;
	int64_t ts_ref, price, quantity;
	uint16_t stat_type;
	uint8_t update_action, stat_flags;
	uint32_t res;
	int64_t ts_out;
};

/* stat_type: Databento's numbers, and from 20000 on our own. */
enum rp_stat_type {
	RP_STAT_OPEN_INTEREST = 9,
	RP_STAT_FUNDING_RATE = 20001, /* quantity; ts_ref: when it is paid */
	RP_STAT_PREDICTED_FUNDING_RATE, /* quantity */
	RP_STAT_LAST_PRICE,
	RP_STAT_INDEX_PRICE,
	RP_STAT_MARK_PRICE
};

struct rp_imbalance {
	struct rp_event ev;
	int64_t ref_price, auction_time, cont_book_clr_price,
	    auct_interest_clr_price, ssr_filling_price, ind_match_price,
	    upper_collar, lower_collar;
	uint32_t paired_qty, total_imbalance_qty, market_imbalance_qty,
	    unpaired_qty;
	uint8_t auction_type, auction_status, freeze_status, num_extensions,
	    unpaired_side, significant_imbalance, res[2];
	int64_t ts_out;
};

struct rp_definition {
	struct rp_event ev;
	int64_t min_price_increment, display_factor, expiration, activation,
	    high_limit_price, low_limit_price, max_price_variation,
	    trading_reference_price, unit_of_measure_qty,
	    min_price_increment_amount, price_ratio, strike_price;
	uint64_t raw_instrument_id;
	int64_t leg_price, leg_delta;
	int32_t inst_attrib_value;
	uint32_t underlying_id;
	int32_t market_depth_implied, market_depth;
	uint32_t market_segment_id, max_trade_vol;
	int32_t min_lot_size, min_lot_size_block, min_lot_size_round_lot;
	uint32_t min_trade_vol;
	int32_t contract_multiplier, decay_quantity, original_contract_size;
	uint32_t leg_instrument_id;
	int32_t leg_ratio_price_numerator, leg_ratio_price_denominator,
	    leg_ratio_qty_numerator, leg_ratio_qty_denominator;
	uint32_t leg_underlying_id;
	int16_t appl_id;
	uint16_t maturity_year, decay_start_date, trading_reference_date,
	    leg_count, leg_index;
	uint8_t instrument_class, match_algorithm, security_update_action,
	    user_defined_instrument, leg_instrument_class, leg_side,
	    main_fraction, price_display_format, sub_fraction, settl_price_type,
	    underlying_product, md_security_trading_status, maturity_month,
	    maturity_day, maturity_week, tick_rule;
	int8_t contract_multiplier_unit, flow_schedule_type;
	char currency[4], settl_currency[4], secsubtype[6], raw_symbol[71],
	    group[21], exchange[5], asset[11], cfi[7], security_type[7],
	    unit_of_measure[31], underlying[21], strike_price_currency[4],
	    leg_raw_symbol[71];
	uint8_t res[7];
	int64_t ts_out;
};

struct rp_trading_status_more {
	struct rp_trading_status status;
	uint8_t venue_code, market_code; /* the venue's letters; 0 none */
	uint16_t tracking;
	char reason_code[4];
};

struct rp_imbalance_more {
	struct rp_imbalance imbalance;
	uint16_t tracking;
	uint8_t direction; /* the venue's letter; 0 none */
};

struct rp_definition_more {
	struct rp_definition definition;
	uint32_t etp_leverage_factor;
	uint16_t tracking;
	/* the venue's letters; 0 none */
	uint8_t market_category, financial_status, round_lots_only,
	    issue_classification, authenticity, short_sale_threshold, ipo_flag,
	    luld_tier, etp_flag, inverse;
	char issue_subtype[2];
};

struct rp_itch_payload {
	int64_t ts_event;
	uint64_t sequence;
	uint8_t message[]; /* as received, from its type on */
};

enum rp_json_direction {
	RP_JSON_RECEIVED = 0,
	/* lines of who recorded, of which JSON is a part */
	RP_JSON_SENT = 1,
	RP_JSON_CONNECTED = 2,
	RP_JSON_FETCHED = 3
};

struct rp_json_payload {
	int64_t ts_event;
	uint8_t direction; /* enum rp_json_direction */
	uint8_t res[7];
	uint8_t text[]; /* as it came */
};

struct rp_dbn_payload {
	uint8_t dbn_version;
	uint8_t res[7];
	uint8_t record[]; /* the DBN record, header and all */
};

#endif
