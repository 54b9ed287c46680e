/*
 * A limit order book of bounded size: resting orders in FIFO queues on a
 * ladder of price levels, both sides on one ladder. Every operation takes
 * constant time but for finding the next best level, which walks a bitmap.
 * It knows prices as levels only (0 .. RP_LADDER_LEVELS - 1, higher is
 * dearer) and is never crossed: an order that would cross must not be added.
 */
#ifndef RP_GEN_LADDER_H
#define RP_GEN_LADDER_H

#include <stdbool.h>
#include <stdint.h>

enum {
	RP_LADDER_LEVELS = 1024,
	RP_LADDER_ORDERS = 512, /* resting at a time, both sides */
	RP_LADDER_NONE = 0xffff /* no order */
};

enum rp_ladder_side { RP_LADDER_BID, RP_LADDER_ASK };

struct rp_ladder_order {
	uint64_t id;
	uint32_t size;
	uint16_t level;
	uint16_t next, prev; /* in its queue, or RP_LADDER_NONE */
	uint16_t place; /* in slots */
	uint8_t side;
};

struct rp_ladder {
	struct rp_ladder_order order[RP_LADDER_ORDERS];
	struct rp_ladder_queue {
		uint16_t head, tail;
		uint8_t side; /* unless it is empty */
		uint16_t orders; /* in it, ... */
		uint32_t size; /* ... and their sizes together */
	} level[RP_LADDER_LEVELS];
	uint16_t
	    slots[RP_LADDER_ORDERS]; /* the first n rest, the others are free */
	uint64_t used[RP_LADDER_LEVELS / 64];
	uint16_t n;
	int32_t best[2]; /* bid: -1 if none; ask: RP_LADDER_LEVELS if none */
};

void rp_ladder_init(struct rp_ladder *l);

/*
 * A new order at the end of its level's queue. The ladder must not be full
 * (n < RP_LADDER_ORDERS). Returns its slot.
 */
uint16_t rp_ladder_add(struct rp_ladder *l, enum rp_ladder_side side,
    int32_t level, uint64_t id, uint32_t size);

void rp_ladder_remove(struct rp_ladder *l, uint16_t slot);

/* To the end of the queue of another level of its side, or of its own. */
void rp_ladder_move(struct rp_ladder *l, uint16_t slot, int32_t level);

/* Another size; its place in the queue stays. */
void rp_ladder_resize(struct rp_ladder *l, uint16_t slot, uint32_t size);

/* The queue of a level if it is one of this side, or an empty one. */
struct rp_ladder_queue rp_ladder_at(
    const struct rp_ladder *l, enum rp_ladder_side side, int32_t level);

/* How many levels of this side are better than this one. */
uint32_t rp_ladder_depth(
    const struct rp_ladder *l, enum rp_ladder_side side, int32_t level);

/* The next level with orders that is worse than this one, as best is said. */
int32_t rp_ladder_worse(
    const struct rp_ladder *l, enum rp_ladder_side side, int32_t level);

/* Is this level, as best and worse say it, one? */
static inline bool
rp_ladder_is_level(int32_t level)
{
	return level >= 0 && level < RP_LADDER_LEVELS;
}

/* Would an order of this side at this level trade at once? */
static inline bool
rp_ladder_crosses(
    const struct rp_ladder *l, enum rp_ladder_side side, int32_t level)
{
	return side == RP_LADDER_BID ? level >= l->best[RP_LADDER_ASK]
				     : level <= l->best[RP_LADDER_BID];
}

#endif
