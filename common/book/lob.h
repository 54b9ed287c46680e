/*
 * A limit order book of one source and symbol, from orders (L3, l3.c) or from
 * price levels (L2, l2.c), one by one or as whole books. Pure state: it knows
 * payloads, not streams.
 *
 * Prices and sizes are kept as mantissas with one exponent each for the whole
 * book; a record with another exponent is rescaled, or the book is, exactly.
 * What a record does to the book can be seen when its venue event is over
 * (flag LAST): the caller looks then, and not before.
 *
 * A book is unseeded until a clear or a snapshot says what is in it, and
 * broken after a gap, a broken chain, a wrong checksum or a number that it cannot
 * hold until the next one.
 * It goes on taking updates all the same: what it holds is then a guess, and
 * says so (rp_lob.state).
 */
#ifndef RP_BOOK_LOB_H
#define RP_BOOK_LOB_H

#include "book/orders.h"
#include "book/prices.h"
#include "types/types.h"

/* What can be amiss; each is counted apart. */
enum rp_fault {
	RP_FAULT_UNSEEDED, /* events before the first clear or snapshot */
	RP_FAULT_GAP, /* gap records of the stream, whole books that say so */
	RP_FAULT_CHAIN, /* an update does not follow the one before */
	RP_FAULT_CHECKSUM, /* the venue's differs from the book's */
	RP_FAULT_CROSSED, /* the best bid is above the best ask */
	RP_FAULT_LOCKED, /* ... or equal to it */
	RP_FAULT_UNKNOWN_ORDER, /* a change of an order that is not there */
	RP_FAULT_DUPLICATE_ORDER, /* an add of one that is */
	RP_FAULT_OVER_CANCEL, /* more taken away than there was */
	RP_FAULT_OTHER_PRICE, /* a cancel that does not say the order's */
	RP_FAULT_NEGATIVE_SIZE,
	RP_FAULT_ZERO_SIZE, /* an add of nothing */
	RP_FAULT_ZERO_MODIFY, /* an order that is to have no size */
	RP_FAULT_ZERO_CANCEL, /* nothing taken away */
	RP_FAULT_UNKNOWN_ACTION,
	RP_FAULT_NO_SIDE, /* neither bid nor ask, or not the order's own */
	RP_FAULT_NO_PRICE, /* an absent price or size */
	RP_FAULT_OVERFLOW, /* does not fit the book's exponent */
	RP_FAULT_OLD, /* an update from before the snapshot, left out */
	RP_FAULTS
};

/* "unknown_order" and so on: names for statistics. */
extern const char *const rp_fault_names[RP_FAULTS];

/* Set of faults: bits 1 << enum rp_fault. */
typedef uint32_t rp_faults;

enum rp_lob_state { RP_LOB_UNSEEDED, RP_LOB_VALID, RP_LOB_BROKEN };

enum rp_lob_venue {
	RP_VENUE_PLAIN, /* no rules of its own */
	RP_VENUE_KRAKEN,
	RP_VENUE_OKX,
	RP_VENUE_BITGET
};

/* An update that came before its snapshot. */
struct rp_pending {
	struct rp_level level;
	uint32_t len;
	uint16_t flags;
};

#define RP_PENDING_MAX (1u << 16) /* of a book: some 6 MiB */

struct rp_lob {
	struct rp_prices side[2]; /* bids, asks */
	struct rp_price_pool pool;
	struct rp_orders orders;
	int8_t px_exp, qty_exp;
	bool has_exp; /* they are known: a record came */
	uint8_t state; /* enum rp_lob_state */
	uint8_t venue; /* enum rp_lob_venue: whose checksum */
	bool limited; /* of whole books: the venue has more levels */
	/* the chain of L2 updates (l2.c) */
	uint64_t sequence; /* of the last update; 0: none */
	uint64_t update; /* the one that is being applied */
	bool in_update, skipping, from_snapshot;
	bool keeping; /* the update in pending, from its beginning */
	struct rp_pending *pending; /* updates before their snapshot */
	uint32_t n_pending, cap_pending;
	uint64_t faults[RP_FAULTS]; /* how often */
	uint64_t verified; /* checksums that were right */
};

/* Side of a book as an index: RP_SIDE_BID or RP_SIDE_ASK less one. */
static inline unsigned
rp_lob_side(uint8_t side)
{
	return side - 1u;
}

void rp_lob_init(struct rp_lob *b, enum rp_lob_venue venue);
void rp_lob_free(struct rp_lob *b);

/* Take everything out; the book is valid and empty. */
void rp_lob_clear(struct rp_lob *b);

/* What it holds is a guess from now on, because of this fault. */
void rp_lob_break(struct rp_lob *b, enum rp_fault why);

/*
 * Apply a record; flags are its enum rp_record_flags, len the bytes of its
 * payload, as a payload may end before its last fields. *faults says what was
 * amiss, counted already. A record that makes no sense changes nothing.
 * RP_ERR_NOMEM.
 */
RP_CHECKED enum rp_status rp_lob_mbo(struct rp_lob *b, const struct rp_mbo *m,
    uint16_t flags, rp_faults *faults);
RP_CHECKED enum rp_status rp_lob_level(struct rp_lob *b,
    const struct rp_level *l, uint32_t len, uint16_t flags, rp_faults *faults);
/* A whole book, of which the levels are there: it replaces all that there was.
 * One that says stale is a guess, too; RP_FAULT_GAP if that of before was none. */
RP_CHECKED enum rp_status rp_lob_book(
    struct rp_lob *b, const struct rp_book *k, rp_faults *faults);

/* At the end of a venue event: crossed or locked; counted, too. */
rp_faults rp_lob_crossing(struct rp_lob *b);

/* ---- what is in it ---- */

/* The i-th level of a side (0 is the best), or NULL. */
static inline const struct rp_price_level *
rp_lob_at(const struct rp_lob *b, uint8_t side, uint32_t i)
{
	uint32_t level = rp_prices_at(&b->side[rp_lob_side(side)], i);

	return level == RP_NO_LEVEL ? NULL : &b->pool.levels[level];
}

static inline uint32_t
rp_lob_depth(const struct rp_lob *b, uint8_t side)
{
	return b->side[rp_lob_side(side)].n;
}

/*
 * Where an order stands in the queue of its level: orders and size ahead of
 * it. False: it is not there. Takes the time of that queue's length.
 */
struct rp_queue_place {
	uint32_t ahead, level_orders;
	int64_t size_ahead, size, price;
	uint8_t side;
};
bool rp_lob_queue(const struct rp_lob *b, uint64_t id_hi, uint64_t id_lo,
    struct rp_queue_place *place);

/*
 * A hash of all that is in it: levels, best first, with their orders in queue
 * order; equal for equal books, however they came about, but for exponents,
 * which count (XXH3-64).
 */
uint64_t rp_lob_hash(const struct rp_lob *b);

/* ---- for l3.c and l2.c ---- */

static inline void
rp_lob_fault(struct rp_lob *b, rp_faults *faults, enum rp_fault fault)
{
	b->faults[fault]++;
	*faults |= 1u << fault;
}

/* The same, and what the book holds is a guess from now on. */
static inline void
rp_lob_break_by(struct rp_lob *b, rp_faults *faults, enum rp_fault why)
{
	*faults |= 1u << why;
	rp_lob_break(b, why);
}

/*
 * A price and a size as mantissas of the book's exponents, which become finer
 * if need be. RP_ERR_LIMIT: they do not fit.
 */
RP_CHECKED enum rp_status rp_lob_scale(
    struct rp_lob *b, const struct rp_event *ev, int64_t *price, int64_t *size);

/* The venue's CRC-32 of the book (checksum.c). */
uint32_t rp_lob_checksum(const struct rp_lob *b);

#endif
