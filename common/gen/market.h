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
 *
 * Bursts: events come in calm and in bursts, and after each event the one
 * changes to the other with a probability of 1/RP_MARKET_SPELL. Gaps in a burst
 * are as many times shorter as options say, and the mean rate stays what it
 * is. Bursts change times only; the orders are the same.
 */
#ifndef RP_GEN_MARKET_H
#define RP_GEN_MARKET_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "gen/ladder.h"
#include "types/types.h"

enum {
	RP_MARKET_MODEL = 1,
	RP_MARKET_FILLS = 16, /* resting orders that one order meets */
	RP_MARKET_MAX_SYMBOLS = 32768, /* RP_MAX_NAMES; 27 KiB of memory each */
	RP_MARKET_SPELL = 256, /* mean number of events in a burst */
	RP_MARKET_TOUCHED = RP_MARKET_FILLS + 2 /* levels in an event */
};
/* the time at which a market stands still: a gap before the end of times */
#define RP_MARKET_END (INT64_MAX - ((int64_t)1 << 37))
#define RP_MARKET_MAX_RATE 1000000000

struct rp_market_options {
	uint64_t seed;
	uint32_t symbols; /* 1 to RP_MARKET_MAX_SYMBOLS */
	uint32_t
	    rate; /* mean events/s of event time, 1 to RP_MARKET_MAX_RATE */
	uint32_t burst; /* gaps in bursts are by this factor shorter; 1: none */
	int64_t start; /* ns since the epoch: the first event follows it */
};

/* The book of one symbol; prices are base + level * tick, by px_exp. */
struct rp_market_book {
	struct rp_ladder ladder;
	int64_t base, tick; /* mantissas */
	int8_t px_exp;
	int32_t fair; /* level of the fair price */
	uint64_t sequence; /* of its last event */
};

/* What stood at a level before an event. */
struct rp_market_touch {
	enum rp_ladder_side side;
	int32_t level;
	struct rp_ladder_queue before;
};

/* The records of one venue event, valid until the next; the last is LAST. */
struct rp_market_event {
	uint32_t symbol; /* 0 .. symbols - 1 */
	uint32_t records; /* of type RP_MBO, at least one */
	struct rp_record *first; /* then at rp_record_size; names not set */
	const struct rp_market_book *book; /* after the event */
	/* each level that it changed, or may have */
	const struct rp_market_touch *touched;
	uint32_t n_touched;
};

struct rp_market;

/* NULL: no memory. */
struct rp_market *rp_market_new(const struct rp_market_options *opt);
void rp_market_free(struct rp_market *m);

/* enum rp_side. */
static inline uint8_t
rp_market_side(enum rp_ladder_side side)
{
	return side == RP_LADDER_BID ? RP_SIDE_BID : RP_SIDE_ASK;
}

/* The price of a level, a mantissa. */
static inline int64_t
rp_market_price(const struct rp_market_book *b, int32_t level)
{
	return b->base + level * b->tick;
}

/* The next event, of at most room records; room is at least 1. */
void rp_market_next(
    struct rp_market *m, size_t room, struct rp_market_event *ev);

/* The time of an event at the venue. */
int64_t rp_market_time(const struct rp_market_event *ev);

#endif
