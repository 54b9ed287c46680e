/*
 * A deterministic L3 market: orders, cancels, modifications and trades of
 * several symbols, as a venue's order-by-order feed would send them. Pure
 * state and integers: the same options give the same records on every
 * machine, for as long as RP_MARKET_MODEL stays the same.
 *
 * Model 1. Venue events are a Poisson process; each falls on a symbol by
 * Zipf's law. A symbol has a fair price on a grid of ticks: a random walk of
 * one tick in every eighth event, drawn back to its start (an
 * Ornstein-Uhlenbeck process with a standard deviation of 45 ticks and never
 * more than 448 ticks away). Limit orders arrive around the fair price at
 * geometric distances; one that crosses trades first. Market orders take up to
 * RP_MARKET_FILLS resting orders in price-time priority. Orders are cancelled,
 * in part or whole, and modified at random; the book settles at 256 orders a
 * symbol, of at most 512.
 *
 * As at the venues whose feeds Databento carries, T (trade) and F (fill)
 * do not change the book: the C and M records of the same event do. The book
 * is never crossed or locked after an event. A symbol's first record is R.
 */
#ifndef RP_GEN_MARKET_H
#define RP_GEN_MARKET_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "wire/record.h"

enum {
	RP_MARKET_MODEL = 1,
	RP_MARKET_FILLS = 16, /* resting orders that one order meets */
	RP_MARKET_MAX_SYMBOLS = 32768 /* RP_MAX_NAMES; 19 KiB of memory each */
};
#define RP_MARKET_MAX_RATE 1000000000

struct rp_market_options {
	uint64_t seed;
	uint32_t symbols; /* 1 to RP_MARKET_MAX_SYMBOLS */
	uint32_t
	    rate; /* mean events/s of event time, 1 to RP_MARKET_MAX_RATE */
	int64_t start; /* ns since the epoch: the first event follows it */
};

/* The records of one venue event, valid until the next; the last is LAST. */
struct rp_market_event {
	uint32_t symbol; /* 0 .. symbols - 1 */
	uint32_t records; /* of type RP_MBO, at least one */
	const struct rp_record
	    *first; /* then at rp_record_size; names not set */
};

struct rp_market;

/* NULL: no memory. */
struct rp_market *rp_market_new(const struct rp_market_options *opt);
void rp_market_free(struct rp_market *m);

/* The next event, of at most room records; room is at least 1. */
void rp_market_next(
    struct rp_market *m, size_t room, struct rp_market_event *ev);

#endif
