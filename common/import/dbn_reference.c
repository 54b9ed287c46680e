/*
 * Reference data of DBN: status, definition, statistics and imbalance, driven
 * by tables, a row for each field: where it goes, and where it stands in each
 * version.
 */
#include "import/dbn.h"

#include <string.h>

/* What a value that means "undefined" becomes; the others stay. */
enum rule {
	NUMBER, /* verbatim, sign as ours */
	CHARS, /* zero-padded text */
	PRICE, /* i64, 2^63 - 1 is undefined */
	TIME, /* u64, 2^64 - 1 is undefined */
	UNDEF_INT, /* the largest of its signed type is undefined */
	UNDEF_UINT, /* the largest of its unsigned type is undefined, as ours */
	DELTA, /* i32, no undefined value; ours is the least */
	SIDE /* a letter to enum rp_side */
};

struct row {
	uint16_t to; /* in our payload */
	uint8_t size;
	uint8_t rule;
	struct {
		uint16_t at; /* in the record; 0: not in this version */
		uint8_t size;
	} from[3];
};

/* A value of size bytes, sign-extended. */
static int64_t
get_int(const uint8_t *p, size_t size)
{
	uint64_t v = 0;
	unsigned unused = 64 - 8 * (unsigned)size;

	memcpy(&v, p, size);
	return (int64_t)(v << unused) >> unused;
}

static int64_t
int_max(size_t size)
{
	return INT64_MAX >> (64 - 8 * size);
}

/* The value that stands for nothing in a field that the version lacks. */
static void
put_absent(const struct row *w, uint8_t *to)
{
	const int64_t none = RP_ABSENT;
	int64_t least;

	switch (w->rule) {
	case PRICE:
	case TIME:
		memcpy(to, &none, sizeof(none));
		break;
	case UNDEF_INT:
		least = -int_max(w->size) - 1;
		memcpy(to, &least, w->size);
		break;
	case UNDEF_UINT:
		memset(to, 0xff, w->size);
		break;
	default:
		memset(to, 0, w->size);
		break;
	}
}

static const char *
put_int(const struct row *w, const uint8_t *p, size_t size, uint8_t *to)
{
	int64_t v = get_int(p, size);
	int64_t least = -int_max(w->size) - 1;

	if (v == least)
		return "a number is the least of its type, which means absent "
		       "here";
	if (w->rule == UNDEF_INT && v == int_max(size))
		v = least;
	memcpy(to, &v, w->size);
	return NULL;
}

static const char *
put(const struct row *w, const uint8_t *p, size_t size, uint8_t *to)
{
	int64_t v = 0;

	switch (w->rule) {
	case PRICE:
		if (!rp_dbn_price(p, &v))
			return "a price is -2^63, which means absent here";
		break;
	case TIME:
		if (!rp_dbn_time(p, &v))
			return "a time is after 2262";
		break;
	case UNDEF_INT:
	case DELTA:
		return put_int(w, p, size, to);
	case SIDE:
		return rp_dbn_side(*p, to) ? NULL
					   : "the side is none of A, B and N";
	default:
		memcpy(to, p, size);
		memset(to + size, 0, w->size - size);
		return NULL;
	}
	memcpy(to, &v, sizeof(v));
	return NULL;
}

static const char *
make(const struct row *rows, size_t n, const struct rp_dbn *d, const uint8_t *p,
    struct rp_record *r)
{
	unsigned version = d->meta.version - 1u;
	const char *why = NULL;

	for (size_t i = 0; i < n && why == NULL; i++) {
		const struct row *w = &rows[i];

		if (w->from[version].at == 0)
			put_absent(w, r->payload + w->to);
		else
			why = put(w, p + w->from[version].at,
			    w->from[version].size, r->payload + w->to);
	}
	return why;
}

/* clang-format off */

/* Offsets in versions 1, 2 and 3 of a field as long as ours; 0: none. */
#define ROW(rule_, member_, a_, b_, c_) \
	SIZED(rule_, member_, a_, LEN(member_), b_, LEN(member_), \
	    c_, LEN(member_))
/* The same with a length for each. */
#define SIZED(rule_, member_, a_, an_, b_, bn_, c_, cn_) \
	{ offsetof(struct HERE, member_), LEN(member_), rule_, \
	    { { a_, an_ }, { b_, bn_ }, { c_, cn_ } } }
#define LEN(member_) sizeof(((struct HERE *)0)->member_)
/* One that never moved. */
#define SAME(rule_, member_, at_) ROW(rule_, member_, at_, at_, at_)

/* clang-format on */

#define HERE rp_trading_status
static const struct row status_rows[] = {
	SAME(NUMBER, action, 24),
	SAME(NUMBER, reason, 26),
	SAME(NUMBER, trading_event, 28),
	SAME(NUMBER, is_trading, 30),
	SAME(NUMBER, is_quoting, 31),
	SAME(NUMBER, is_short_sell_restricted, 32),
	ROW(NUMBER, res, 0, 0, 0),
};
#undef HERE

const char *
rp_dbn_make_status(
    const struct rp_dbn *d, const uint8_t *p, struct rp_record *r)
{
	return make(status_rows, RP_LEN(status_rows), d, p, r);
}

#define HERE rp_stat
static const struct row stat_rows[] = {
	SAME(TIME, ts_ref, 24),
	SAME(PRICE, price, 32),
	SIZED(UNDEF_INT, quantity, 40, 4, 40, 4, 40, 8),
	SIZED(NUMBER, ev.sequence, 44, 4, 44, 4, 48, 4),
	ROW(DELTA, ev.send_delta, 48, 48, 52),
	ROW(NUMBER, stat_type, 52, 52, 56),
	ROW(NUMBER, ev.channel, 54, 54, 58),
	ROW(NUMBER, update_action, 56, 56, 60),
	ROW(NUMBER, stat_flags, 57, 57, 61),
	ROW(NUMBER, res, 0, 0, 0),
};
#undef HERE

const char *
rp_dbn_make_stat(const struct rp_dbn *d, const uint8_t *p, struct rp_record *r)
{
	return make(stat_rows, RP_LEN(stat_rows), d, p, r);
}

#define HERE rp_imbalance
static const struct row imbalance_rows[] = {
	SAME(PRICE, ref_price, 24),
	SAME(TIME, auction_time, 32),
	SAME(PRICE, cont_book_clr_price, 40),
	SAME(PRICE, auct_interest_clr_price, 48),
	SAME(PRICE, ssr_filling_price, 56),
	SAME(PRICE, ind_match_price, 64),
	SAME(PRICE, upper_collar, 72),
	SAME(PRICE, lower_collar, 80),
	SAME(NUMBER, paired_qty, 88),
	SAME(NUMBER, total_imbalance_qty, 92),
	SAME(NUMBER, market_imbalance_qty, 96),
	SAME(NUMBER, unpaired_qty, 100),
	SAME(NUMBER, auction_type, 104),
	SAME(SIDE, ev.side, 105),
	SAME(NUMBER, auction_status, 106),
	SAME(NUMBER, freeze_status, 107),
	SAME(NUMBER, num_extensions, 108),
	SAME(NUMBER, unpaired_side, 109),
	SAME(NUMBER, significant_imbalance, 110),
	ROW(NUMBER, res, 0, 0, 0),
};
#undef HERE

const char *
rp_dbn_make_imbalance(
    const struct rp_dbn *d, const uint8_t *p, struct rp_record *r)
{
	return make(imbalance_rows, RP_LEN(imbalance_rows), d, p, r);
}

#define HERE rp_definition
static const struct row definition_rows[] = {
	ROW(NUMBER, ev.channel, 184, 184, 218),
	ROW(PRICE, min_price_increment, 24, 24, 24),
	ROW(PRICE, display_factor, 32, 32, 32),
	ROW(TIME, expiration, 40, 40, 40),
	ROW(TIME, activation, 48, 48, 48),
	ROW(PRICE, high_limit_price, 56, 56, 56),
	ROW(PRICE, low_limit_price, 64, 64, 64),
	ROW(PRICE, max_price_variation, 72, 72, 72),
	ROW(PRICE, trading_reference_price, 80, 80, 0),
	ROW(PRICE, unit_of_measure_qty, 88, 88, 80),
	ROW(PRICE, min_price_increment_amount, 96, 96, 88),
	ROW(PRICE, price_ratio, 104, 104, 96),
	ROW(PRICE, strike_price, 328, 112, 104),
	SIZED(NUMBER, raw_instrument_id, 120, 4, 128, 4, 112, 8),
	ROW(PRICE, leg_price, 0, 0, 120),
	ROW(PRICE, leg_delta, 0, 0, 128),
	ROW(NUMBER, inst_attrib_value, 112, 120, 136),
	ROW(NUMBER, underlying_id, 116, 124, 140),
	ROW(UNDEF_INT, market_depth_implied, 124, 132, 144),
	ROW(UNDEF_INT, market_depth, 128, 136, 148),
	ROW(UNDEF_UINT, market_segment_id, 132, 140, 152),
	ROW(UNDEF_UINT, max_trade_vol, 136, 144, 156),
	ROW(UNDEF_INT, min_lot_size, 140, 148, 160),
	ROW(UNDEF_INT, min_lot_size_block, 144, 152, 164),
	ROW(UNDEF_INT, min_lot_size_round_lot, 148, 156, 168),
	ROW(UNDEF_UINT, min_trade_vol, 152, 160, 172),
	ROW(UNDEF_INT, contract_multiplier, 160, 164, 176),
	ROW(UNDEF_INT, decay_quantity, 164, 168, 180),
	ROW(UNDEF_INT, original_contract_size, 168, 172, 184),
	ROW(NUMBER, leg_instrument_id, 0, 0, 188),
	ROW(NUMBER, leg_ratio_price_numerator, 0, 0, 192),
	ROW(NUMBER, leg_ratio_price_denominator, 0, 0, 196),
	ROW(NUMBER, leg_ratio_qty_numerator, 0, 0, 200),
	ROW(NUMBER, leg_ratio_qty_denominator, 0, 0, 204),
	ROW(NUMBER, leg_underlying_id, 0, 0, 208),
	ROW(UNDEF_INT, appl_id, 178, 178, 212),
	ROW(UNDEF_UINT, maturity_year, 180, 180, 214),
	ROW(UNDEF_UINT, decay_start_date, 182, 182, 216),
	ROW(UNDEF_UINT, trading_reference_date, 176, 176, 0),
	ROW(NUMBER, leg_count, 0, 0, 220),
	ROW(NUMBER, leg_index, 0, 0, 222),
	ROW(NUMBER, instrument_class, 325, 374, 487),
	ROW(NUMBER, match_algorithm, 342, 375, 488),
	ROW(NUMBER, security_update_action, 349, 382, 493),
	ROW(NUMBER, user_defined_instrument, 353, 386, 497),
	ROW(NUMBER, leg_instrument_class, 0, 0, 501),
	ROW(NUMBER, leg_side, 0, 0, 502),
	ROW(UNDEF_UINT, main_fraction, 344, 377, 489),
	ROW(UNDEF_UINT, price_display_format, 345, 378, 490),
	ROW(UNDEF_UINT, sub_fraction, 347, 380, 491),
	ROW(UNDEF_UINT, settl_price_type, 346, 379, 0),
	ROW(UNDEF_UINT, underlying_product, 348, 381, 492),
	ROW(UNDEF_UINT, md_security_trading_status, 343, 376, 0),
	ROW(UNDEF_UINT, maturity_month, 350, 383, 494),
	ROW(UNDEF_UINT, maturity_day, 351, 384, 495),
	ROW(UNDEF_UINT, maturity_week, 352, 385, 496),
	ROW(UNDEF_UINT, tick_rule, 356, 389, 500),
	ROW(UNDEF_INT, contract_multiplier_unit, 354, 387, 498),
	ROW(UNDEF_INT, flow_schedule_type, 355, 388, 499),
	ROW(CHARS, currency, 186, 186, 224),
	ROW(CHARS, settl_currency, 190, 190, 228),
	ROW(CHARS, secsubtype, 194, 194, 232),
	SIZED(CHARS, raw_symbol, 200, 22, 200, 71, 238, 71),
	ROW(CHARS, group, 222, 271, 309),
	ROW(CHARS, exchange, 243, 292, 330),
	SIZED(CHARS, asset, 248, 7, 297, 7, 335, 11),
	ROW(CHARS, cfi, 255, 304, 346),
	ROW(CHARS, security_type, 262, 311, 353),
	ROW(CHARS, unit_of_measure, 269, 318, 360),
	ROW(CHARS, underlying, 300, 349, 391),
	ROW(CHARS, strike_price_currency, 321, 370, 412),
	ROW(CHARS, leg_raw_symbol, 0, 0, 416),
	ROW(NUMBER, res, 0, 0, 0),
};
#undef HERE

const char *
rp_dbn_make_definition(
    const struct rp_dbn *d, const uint8_t *p, struct rp_record *r)
{
	return make(definition_rows, RP_LEN(definition_rows), d, p, r);
}
