/*
 * The feeds of one market (gen/market.h): order by order, trades, price levels
 * and best bid and offer. Each is a view of the same events, with the same
 * times and sequence; its records are an update, the last of which is LAST,
 * and bear its channel.
 *
 * mbo (channel 0): the market's own records.
 *
 * level (1): each level whose size or number of orders an event changed: set,
 * or remove if nothing is left there. depth is the number of better levels of
 * its side after the event. An update covers the sequences from first_sequence
 * to sequence; prev_sequence is the sequence of the symbol's update before. An
 * event that changes no level has no update. The first is clear.
 *
 * bbo (2): both best levels after an event that changed one of them; action,
 * side, price and size are those of its last mbo record.
 *
 * trade (3): each price at which an event traded, with the aggressor's side;
 * trade_id counts those of a symbol from 1, depth those of an event from 0.
 *
 * Checksum of the level feed, on the last record of an update: CRC-32
 * (base/crc32.h) of the text of the ten best asks, then of the ten best bids, of
 * each, best first, the digits of its price and those of its size without
 * point and leading zeros: the rule of Kraken's book feed.
 *
 * A snapshot is an update in which all records are SNAPSHOT: mbo R and then A
 * of every order, level by level, bids first, the best first, in order of
 * their queues; level clear and then set of every level, likewise. It follows
 * the first event of a symbol from a multiple of the interval on, and has its
 * times. mbo has its sequence, too; level prev_sequence, first_sequence and
 * sequence of the update before, so that it stands in the chain and out of it.
 */
#ifndef RP_GEN_VIEWS_H
#define RP_GEN_VIEWS_H

#include "gen/market.h"
#include "types/types.h"

enum rp_view { RP_VIEW_MBO, RP_VIEW_LEVEL, RP_VIEW_BBO, RP_VIEW_TRADE };

enum {
	RP_VIEWS = 4,
	RP_VIEW_UPDATES = RP_VIEWS + 2, /* of one event, at most */
	RP_CHECKSUM_DEPTH = 10
};

/* Their types' names, by enum rp_view. */
extern const char *const rp_view_names[RP_VIEWS];

struct rp_views_options {
	bool view[RP_VIEWS]; /* by enum rp_view */
	bool checksum;
	int64_t start; /* ns: the market's */
	int64_t snapshots; /* ns from one to the next; 0: none */
};

/* What one view says of one event. */
struct rp_update {
	struct rp_record *first; /* then at rp_record_size; names not set */
	uint32_t records; /* at least one */
	uint32_t symbol;
	enum rp_view view;
	bool snapshot;
	const struct rp_market_book *book; /* after the event */
};

/* Its last record: all of an update are of one size. */
static inline struct rp_record *
rp_update_last(const struct rp_update *up)
{
	return (struct rp_record *)((uintptr_t)up->first +
	    (up->records - 1) * rp_record_size(up->first));
}

struct rp_views;

/* NULL: no memory. */
struct rp_views *rp_views_new(
    const struct rp_views_options *opt, uint32_t symbols);
void rp_views_free(struct rp_views *v);

/*
 * The updates of an event, valid until the next call: their number, at most
 * RP_VIEW_UPDATES.
 */
uint32_t rp_views_next(struct rp_views *v, const struct rp_market_event *ev,
    struct rp_update *updates);

#endif
