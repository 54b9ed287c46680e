/*
 * Features: numbers computed from a book and its trades, defined in
 * rp-features(7). Pure and, as all arithmetic is of integers, the same on
 * every machine: a value is an int64_t times a power of ten that its name in
 * the schema says, rounded half to even where it is not exact.
 */
#ifndef RP_BOOK_FEATURES_H
#define RP_BOOK_FEATURES_H

#include "base/nearest.h"
#include "book/lob.h"
#include "book/archive.h"
#include "book/trades.h"

#define RP_FEATURES_MAX 32 /* of one set */
#define RP_FEATURES_TEXT 1024 /* bytes of a set's schema at most */
#define RP_VPIN_BUCKETS 50

enum rp_feature_id {
	RP_FEATURE_MID,
	RP_FEATURE_SPREAD,
	RP_FEATURE_MICROPRICE,
	RP_FEATURE_WEIGHTED_MID,
	RP_FEATURE_IMBALANCE,
	RP_FEATURE_QUEUE_IMBALANCE,
	RP_FEATURE_DEPTH_BID,
	RP_FEATURE_DEPTH_ASK,
	RP_FEATURE_SLOPE_BID,
	RP_FEATURE_SLOPE_ASK,
	RP_FEATURE_OFI,
	RP_FEATURE_VOLATILITY,
	RP_FEATURE_TRADE_SIGN,
	RP_FEATURE_TRADE_IMBALANCE,
	RP_FEATURE_VPIN,
	RP_FEATURE_EVENT_RATE,
	RP_FEATURE_TRADE_RATE,
	RP_FEATURE_IDS
};

struct rp_feature_set {
	struct rp_feature {
		enum rp_feature_id id;
		uint32_t n; /* levels, or basis points */
	} item[RP_FEATURES_MAX];
	uint32_t n;
	struct rp_decimal bucket; /* of vpin: its volume */
};

/*
 * Add what a text names: "mid", "imbalance=5", "depth=10bp" (both sides).
 * RP_ERR_USAGE: err says what is wrong.
 */
RP_CHECKED enum rp_status rp_features_add(struct rp_feature_set *set,
    const char *text, size_t len, struct rp_error *err);

/*
 * The place in the set of the feature whose column has that name, such as
 * imbalance_5; it is added if it is not there. RP_EMPTY: there is no such
 * feature; RP_ERR_USAGE: err says why it cannot be had.
 */
RP_CHECKED enum rp_status rp_features_need(struct rp_feature_set *set,
    const char *name, size_t len, uint32_t *at, struct rp_error *err);

/* Names that were meant by one that is none. */
void rp_features_suggest(struct rp_nearest *near);

/* The exponent of a feature's values, of a book with these. */
int rp_feature_exp(enum rp_feature_id id, int px_exp, int qty_exp);

/* Is it a sum that begins anew with each record? */
bool rp_feature_flows(enum rp_feature_id id);

/* Are the best prices and sizes and the trades all that they are made of? */
bool rp_features_are_of_touch(const struct rp_feature_set *set);

/* Is there one that changes only with time or trades? */
bool rp_features_has_rate(const struct rp_feature_set *set);

/* The schema "mid:-3,spread:-2" for books of these exponents; its length. */
size_t rp_features_schema(const struct rp_feature_set *set, int px_exp,
    int qty_exp, char text[static RP_FEATURES_TEXT]);

/* What is remembered of a book; all zero at first, without pointers. */
struct rp_feature_state {
	/* the best prices at the last event, in mantissas of these exponents */
	int64_t bid_px, bid_sz, ask_px, ask_sz; /* RP_ABSENT: none */
	int8_t px_exp, qty_exp;
	bool any;
	/* since rp_features_restart */
	bool overflow; /* of ofi */
	int64_t ofi; /* x 10^qty_exp */
	uint64_t squares[2]; /* of returns, x 10^-24, rp_wide */
	uint64_t events, trades, buys, sells;
	int64_t buy_volume, sell_volume; /* x 10^trade_exp */
	int64_t since; /* event time; has_since */
	bool has_since;
	/* of trades, all along */
	int8_t trade_exp;
	bool has_trade_exp, trades_lost; /* sums that do not fit */
	int64_t in_bucket, bucket_net; /* the bucket in hand */
	int64_t nets[RP_VPIN_BUCKETS]; /* |buys - sells|, a ring */
	uint32_t n_nets, at_net;
};

/* A trade; to be told before the event that it is of is over. */
void rp_features_trade(struct rp_feature_state *s,
    const struct rp_feature_set *set, const struct rp_trade_tick *t);

/* An event of the book is over. False: its best prices and sizes are still what
 * they were. */
bool rp_features_event(struct rp_feature_state *s, const struct rp_lob *b);

/* The book was invalid: changes across that are none. */
void rp_features_forget(struct rp_feature_state *s);

/*
 * The values as of an event time; bit i of the result: value i is there. One
 * that is not is 0.
 */
uint64_t rp_features_get(const struct rp_feature_state *s,
    const struct rp_feature_set *set, const struct rp_lob *b, int64_t ts_event,
    int64_t values[static RP_FEATURES_MAX]);

/* Has anything of the set changed, or flowed, since values were got? */
bool rp_features_moved(const struct rp_feature_set *set, uint64_t valid,
    const int64_t *values, uint64_t valid_before, const int64_t *before);

/* Sums begin anew at an event time. */
void rp_features_restart(struct rp_feature_state *s, int64_t ts_event);

/* For checkpoints: every field of the state. */
void rp_features_archive(struct rp_archive *ar, struct rp_feature_state *s);

#endif
