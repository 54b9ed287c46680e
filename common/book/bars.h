/*
 * Bars: the trades of one source and symbol between two times, or until they
 * are so many, or so much. Pure and exact; no trade is split, so that a bar by
 * volume or notional holds at least its measure. Times begin at the epoch.
 *
 * A bar's exponents are the finest of its trades'. By time, trades count by
 * the latest event time so far: one that comes late counts in the bar in
 * hand. An interval without a trade has no bar.
 */
#ifndef RP_BOOK_BARS_H
#define RP_BOOK_BARS_H

#include "book/archive.h"
#include "book/trades.h"

enum rp_bar_kind {
	RP_BAR_TIME = 1,
	RP_BAR_TICK,
	RP_BAR_VOLUME,
	RP_BAR_NOTIONAL
};

struct rp_bar_rule {
	enum rp_bar_kind kind;
	int64_t span; /* TIME: ns */
	uint64_t trades; /* TICK */
	struct rp_decimal measure; /* VOLUME, NOTIONAL: above 0 */
};

/* The bar in hand; all zero is none. It has no pointers. */
struct rp_bars {
	struct rp_bar bar; /* of none count is 0 */
	int64_t clock; /* the latest event time; has_clock */
	bool has_clock;
};

/*
 * Event time has come to this: RP_OK and a bar in *done that is over, or
 * RP_EMPTY. To be told before the trade of that time.
 */
RP_CHECKED enum rp_status rp_bars_time(struct rp_bars *s,
    const struct rp_bar_rule *rule, int64_t ts_event, struct rp_bar *done);

/*
 * The same for a trade. RP_ERR_LIMIT: a sum of the bar does not fit; the trade
 * is not in it.
 */
RP_CHECKED enum rp_status rp_bars_trade(struct rp_bars *s,
    const struct rp_bar_rule *rule, const struct rp_trade_tick *t,
    struct rp_bar *done);

/* The same at the end of all: what is done is partial (RP_BAR_PARTIAL). */
RP_CHECKED enum rp_status rp_bars_end(struct rp_bars *s, struct rp_bar *done);

/* For checkpoints. */
void rp_bars_archive(struct rp_archive *ar, struct rp_bars *s);

#endif
