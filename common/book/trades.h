/* What of a stream are trades, whatever the records that tell of them. Pure. */
#ifndef RP_BOOK_TRADES_H
#define RP_BOOK_TRADES_H

#include "types/types.h"

struct rp_trade_tick {
	int64_t ts_event;
	int64_t price, size; /* mantissas; size is above 0 */
	int8_t px_exp, qty_exp;
	uint8_t side; /* enum rp_side of the aggressor */
	uint32_t instrument_id;
};

/*
 * A record of type trade that is none of a bust, a correction or what the
 * venue says is no trade; a T of mbo; an F of one whose trades change the book
 * (there is no T for it) and that is printable, whose side is the resting
 * order's. False: the record is none of them, or has no price or size.
 */
bool rp_trade_of(const struct rp_record *rec, struct rp_trade_tick *t);

/* A mantissa with a lower or the same exponent. False: it overflows. */
bool rp_wide_refine(rp_wide *v, int from, int to);
bool rp_mantissa_refine(int64_t *v, int from, int to);

#endif
