/* ITCH 5.0: instruments, the state of trading, imbalances before a cross. */
#include "import/itch.h"

#include <string.h>

#include "types/reference.h"
#include "types/text.h"

/* ---- S, H, h, Y, W: status ---- */

/* words of a status: types/reference.c */
enum {
	NONE = 0,
	PRE_OPEN = 1,
	QUOTING = 3,
	TRADING = 7,
	HALT = 8,
	PAUSE = 9,
	CLOSE = 12,
	POST_CLOSE = 13,
	SSR_CHANGE = 14
};
enum { SCHEDULED = 1, OPERATIONAL = 60, LEVEL_1 = 120 };

static struct rp_trading_status_more *
begin_status(struct rp_itch *t, const uint8_t *p, uint8_t code, uint16_t action,
    struct rp_record **r)
{
	struct rp_trading_status_more *m;

	*r = rp_itch_begin(t, p, RP_STATUS, sizeof(*m));
	if (*r == NULL)
		return NULL;
	m = (struct rp_trading_status_more *)(*r)->payload;
	m->status.action = action;
	m->status.is_trading = '~';
	m->status.is_quoting = '~';
	m->status.is_short_sell_restricted = '~';
	m->status.ts_out = RP_ABSENT;
	m->venue_code = code;
	m->tracking = rp_be16(p + RP_ITCH_TRACKING);
	return m;
}

/* S: of the whole market. */
enum { EVENT_CODE = 11 };

enum rp_status
rp_itch_make_system(struct rp_itch *t, const uint8_t *p)
{
	static const uint8_t actions[256] = { ['S'] = PRE_OPEN,
		['Q'] = TRADING,
		['M'] = CLOSE,
		['E'] = POST_CLOSE };
	const uint8_t code = p[EVENT_CODE];
	struct rp_record *r;
	struct rp_trading_status_more *m =
	    begin_status(t, p, code, actions[code], &r);

	if (m == NULL)
		return rp_import_write_failed(t->im);
	m->status.reason = SCHEDULED;
	/* another day's numbers of orders begin anew */
	if (code == 'O')
		rp_itch_orders_clear(&t->orders);
	return rp_itch_add(t, p, r);
}

/* NASDAQ's codes of a trading action, and what they are among ours. */
static const struct {
	char code[5];
	uint8_t reason;
} reasons[] = {
	{ "T1  ", 30 }, /* news_pending */
	{ "T2  ", 31 }, /* news_released */
	{ "T3  ", 32 }, /* news_and_resumption_times */
	{ "T5  ", 50 }, /* luld_pause: a single-stock pause */
	{ "T6  ", 2 }, /* surveillance_intervention */
	{ "T7  ", 50 }, /* luld_pause: quotation-only period */
	{ "T8  ", 90 }, /* etf */
	{ "T12 ", 70 }, /* additional_information_requested */
	{ "H4  ", 12 }, /* non_compliance */
	{ "H9  ", 13 }, /* filings_not_current */
	{ "H10 ", 14 }, /* sec_trading_suspension */
	{ "H11 ", 10 }, /* regulatory */
	{ "O1  ", 60 }, /* operational */
	{ "IPO1", 110 }, /* new_security_offering */
	{ "IPOQ", 110 }, /* new_security_offering: released for quotation */
	{ "IPOE",
	    110 }, /* new_security_offering: positioning window extension */
	{ "LUDP", 50 }, /* luld_pause */
	{ "LUDS", 50 }, /* luld_pause: straddle condition */
	{ "M1  ", 100 }, /* corporate_action */
	{ "M2  ", 130 }, /* quotation_not_available */
	{ "MWC0", 123 }, /* market_wide_halt_carryover */
	{ "MWC1", 120 }, /* market_wide_halt_level1 */
	{ "MWC2", 121 }, { "MWC3", 122 },
	{ "MWCQ", 124 }, /* market_wide_halt_resumption */
	{ "R1  ", 15 }, /* new_issue */
	{ "R2  ", 16 }, /* issue_available */
	{ "R4  ", 17 }, /* issues_reviewed */
	{ "R9  ", 18 }, /* filing_reqs_satisfied */
	{ "C3  ", 33 }, /* news_not_forthcoming */
	{ "C4  ", 17 }, /* qualifications ended: issues_reviewed */
	{ "C9  ", 18 }, /* filing_reqs_satisfied */
	{ "C11 ", 10 }, /* regulatory: ended by another regulator */
};

static uint16_t
reason_of(const uint8_t *code)
{
	for (size_t i = 0; i < RP_LEN(reasons); i++)
		if (memcmp(reasons[i].code, code, 4) == 0)
			return reasons[i].reason;
	return NONE;
}

/* H: of an instrument, on all markets. */
enum { ACTION_STATE = 19, ACTION_REASON = 21 };

enum rp_status
rp_itch_make_action(struct rp_itch *t, const uint8_t *p)
{
	static const uint8_t actions[256] = {
		['H'] = HALT, ['P'] = PAUSE, ['Q'] = QUOTING, ['T'] = TRADING
	};
	const uint8_t code = p[ACTION_STATE];
	struct rp_record *r;
	struct rp_trading_status_more *m =
	    begin_status(t, p, code, actions[code], &r);

	if (m == NULL)
		return rp_import_write_failed(t->im);
	m->status.reason = reason_of(p + ACTION_REASON);
	if (actions[code] != NONE) {
		m->status.is_trading = code == 'T' ? 'Y' : 'N';
		m->status.is_quoting = code == 'T' || code == 'Q' ? 'Y' : 'N';
	}
	memcpy(m->reason_code, p + ACTION_REASON, sizeof(m->reason_code));
	return rp_itch_add(t, p, r);
}

/* h: of an instrument, on one market. */
enum { HALT_MARKET = 19, HALT_ACTION = 20 };

enum rp_status
rp_itch_make_halt(struct rp_itch *t, const uint8_t *p)
{
	const uint8_t code = p[HALT_ACTION];
	struct rp_record *r;
	struct rp_trading_status_more *m = begin_status(t, p, code,
	    code == 'H'       ? HALT
		: code == 'T' ? TRADING
			      : NONE,
	    &r);

	if (m == NULL)
		return rp_import_write_failed(t->im);
	m->status.reason = OPERATIONAL;
	m->market_code = p[HALT_MARKET];
	return rp_itch_add(t, p, r);
}

/* Y: the price test of short sales (Regulation SHO, rule 201). */
enum { SHORT_SALE_ACTION = 19 };

enum rp_status
rp_itch_make_short_sale(struct rp_itch *t, const uint8_t *p)
{
	const uint8_t code = p[SHORT_SALE_ACTION];
	struct rp_record *r;
	struct rp_trading_status_more *m =
	    begin_status(t, p, code, SSR_CHANGE, &r);

	if (m == NULL)
		return rp_import_write_failed(t->im);
	m->status.is_short_sell_restricted = code == '0' ? 'N'
	    : code == '1' || code == '2'                 ? 'Y'
							 : '~';
	return rp_itch_add(t, p, r);
}

/* W: the market has fallen by a level of its circuit breaker; the halts that
 * follow are told by H. */
enum { BREAKER_LEVEL = 11 };

enum rp_status
rp_itch_make_breaker(struct rp_itch *t, const uint8_t *p)
{
	const uint8_t code = p[BREAKER_LEVEL];
	struct rp_record *r;
	struct rp_trading_status_more *m = begin_status(t, p, code, NONE, &r);

	if (m == NULL)
		return rp_import_write_failed(t->im);
	if (code >= '1' && code <= '3')
		m->status.reason = (uint16_t)(LEVEL_1 + code - '1');
	return rp_itch_add(t, p, r);
}

/* ---- R: definition ---- */

enum {
	DEF_CATEGORY = 19,
	DEF_FINANCIAL = 20,
	DEF_LOT = 21,
	DEF_LOTS_ONLY = 25,
	DEF_CLASS = 26,
	DEF_SUBTYPE = 27,
	DEF_AUTHENTICITY = 29,
	DEF_SHORT_SALE = 30,
	DEF_IPO = 31,
	DEF_TIER = 32,
	DEF_ETP = 33,
	DEF_LEVERAGE = 34,
	DEF_INVERSE = 38
};

/* All fields of a record that can be absent are, but those of its event. */
static void
make_absent(struct rp_record *r)
{
	const struct rp_type *type = rp_type_by_id(r->type);

	for (size_t i = 0; i < type->n_fields; i++) {
		const struct rp_field *f = &type->fields[i];

		if (f->off >= RP_EV_HEAD && f->off + f->size <= (int)r->len)
			(void)!rp_text_read(f, r, NULL, 0, NULL);
	}
}

static void
set_letters(struct rp_definition_more *m, const uint8_t *p)
{
	m->market_category = p[DEF_CATEGORY];
	m->financial_status = p[DEF_FINANCIAL];
	m->round_lots_only = p[DEF_LOTS_ONLY];
	m->issue_classification = p[DEF_CLASS];
	m->authenticity = p[DEF_AUTHENTICITY];
	m->short_sale_threshold = p[DEF_SHORT_SALE];
	m->ipo_flag = p[DEF_IPO];
	m->luld_tier = p[DEF_TIER];
	m->etp_flag = p[DEF_ETP];
	m->inverse = p[DEF_INVERSE];
	memcpy(m->issue_subtype, p + DEF_SUBTYPE, sizeof(m->issue_subtype));
}

enum rp_status
rp_itch_make_directory(struct rp_itch *t, const uint8_t *p)
{
	const uint32_t lot = rp_be32(p + DEF_LOT);
	const struct rp_label *symbol =
	    t->stocks[rp_be16(p + RP_ITCH_LOCATE)].label;
	struct rp_definition_more *m;
	struct rp_record *r;

	if (lot > INT32_MAX)
		return rp_itch_reject(
		    t, p, rp_itch_len(p[0]), "the round lot is above 2^31 - 1");
	if ((r = rp_itch_begin(t, p, RP_DEFINITION, sizeof(*m))) == NULL)
		return rp_import_write_failed(t->im);
	m = (struct rp_definition_more *)r->payload;
	make_absent(r);
	m->definition.min_lot_size_round_lot = (int32_t)lot;
	m->definition.inst_attrib_value = INT32_MAX;
	m->definition.instrument_class = 'K';
	m->definition.security_update_action = 'A';
	memcpy(m->definition.raw_symbol, symbol->text, symbol->len);
	m->etp_leverage_factor = rp_be32(p + DEF_LEVERAGE);
	m->tracking = rp_be16(p + RP_ITCH_TRACKING);
	set_letters(m, p);
	return rp_itch_add(t, p, r);
}

/* ---- I: imbalance ---- */

enum {
	IMB_PAIRED = 11,
	IMB_SHARES = 19,
	IMB_DIRECTION = 27,
	IMB_FAR = 36,
	IMB_NEAR = 40,
	IMB_REFERENCE = 44,
	IMB_CROSS = 48,
	IMB_VARIATION = 49
};

/* The far price is that of the orders of the cross alone, the near price that
 * of these and of the book. */
static void
set_imbalance(struct rp_imbalance_more *m, const uint8_t *p)
{
	const uint8_t code = p[IMB_DIRECTION];
	struct rp_imbalance *b = &m->imbalance;

	b->ev.side = code == 'B' ? RP_SIDE_BID
	    : code == 'S'        ? RP_SIDE_ASK
				 : RP_SIDE_NONE;
	b->ref_price = rp_be32(p + IMB_REFERENCE);
	b->cont_book_clr_price = rp_be32(p + IMB_NEAR);
	b->auct_interest_clr_price = rp_be32(p + IMB_FAR);
	b->paired_qty = (uint32_t)rp_be64(p + IMB_PAIRED);
	b->total_imbalance_qty = (uint32_t)rp_be64(p + IMB_SHARES);
	b->auction_type = p[IMB_CROSS];
	b->unpaired_side = 'N';
	b->significant_imbalance = p[IMB_VARIATION];
	m->tracking = rp_be16(p + RP_ITCH_TRACKING);
	m->direction = code;
}

enum rp_status
rp_itch_make_imbalance(struct rp_itch *t, const uint8_t *p)
{
	struct rp_record *r;

	if (rp_be64(p + IMB_PAIRED) >= UINT32_MAX ||
	    rp_be64(p + IMB_SHARES) >= UINT32_MAX)
		return rp_itch_reject(t, p, rp_itch_len(p[0]),
		    "the shares of an imbalance are above 2^32 - 2");
	if ((r = rp_itch_begin(
		 t, p, RP_IMBALANCE, sizeof(struct rp_imbalance_more))) == NULL)
		return rp_import_write_failed(t->im);
	make_absent(r);
	set_imbalance((struct rp_imbalance_more *)r->payload, p);
	return rp_itch_add(t, p, r);
}
