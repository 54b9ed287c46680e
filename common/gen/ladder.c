#include "gen/ladder.h"

#include <string.h>

void
rp_ladder_init(struct rp_ladder *l)
{
	int i;

	memset(l, 0, sizeof(*l));
	for (i = 0; i < RP_LADDER_ORDERS; i++)
		l->slots[i] = (uint16_t)i;
	for (i = 0; i < RP_LADDER_LEVELS; i++)
		l->level[i].head = l->level[i].tail = RP_LADDER_NONE;
	l->best[RP_LADDER_BID] = -1;
	l->best[RP_LADDER_ASK] = RP_LADDER_LEVELS;
}

static int32_t
used_below(const struct rp_ladder *l, int32_t level)
{
	int32_t word = level >> 6;
	uint64_t bits;

	bits = l->used[word] & (((uint64_t)1 << (level & 63)) - 1);
	while (bits == 0) {
		if (word-- == 0)
			return -1;
		bits = l->used[word];
	}
	return (word << 6) + 63 - __builtin_clzll(bits);
}

static int32_t
used_above(const struct rp_ladder *l, int32_t level)
{
	int32_t word = level >> 6;
	uint64_t bits;

	bits = l->used[word] & ~(uint64_t)1 << (level & 63);
	while (bits == 0) {
		if (++word == RP_LADDER_LEVELS / 64)
			return RP_LADDER_LEVELS;
		bits = l->used[word];
	}
	return (word << 6) + __builtin_ctzll(bits);
}

int32_t
rp_ladder_worse(
    const struct rp_ladder *l, enum rp_ladder_side side, int32_t level)
{
	return side == RP_LADDER_BID ? used_below(l, level)
				     : used_above(l, level);
}

static void
enqueue(struct rp_ladder *l, uint16_t slot)
{
	struct rp_ladder_order *o = &l->order[slot];
	struct rp_ladder_queue *q = &l->level[o->level];
	int32_t *best = &l->best[o->side];

	o->next = RP_LADDER_NONE;
	o->prev = q->tail;
	if (q->tail == RP_LADDER_NONE) {
		q->head = slot;
		q->side = o->side;
		l->used[o->level >> 6] |= (uint64_t)1 << (o->level & 63);
		if (o->side == RP_LADDER_BID ? o->level > *best
					     : o->level < *best)
			*best = o->level;
	} else {
		l->order[q->tail].next = slot;
	}
	q->tail = slot;
	q->orders++;
	q->size += o->size;
}

static void
dequeue(struct rp_ladder *l, uint16_t slot)
{
	struct rp_ladder_order *o = &l->order[slot];
	struct rp_ladder_queue *q = &l->level[o->level];

	*(o->prev == RP_LADDER_NONE ? &q->head : &l->order[o->prev].next) =
	    o->next;
	*(o->next == RP_LADDER_NONE ? &q->tail : &l->order[o->next].prev) =
	    o->prev;
	q->orders--;
	q->size -= o->size;
	if (q->head == RP_LADDER_NONE) {
		l->used[o->level >> 6] &= ~((uint64_t)1 << (o->level & 63));
		if (o->level == l->best[o->side])
			l->best[o->side] =
			    rp_ladder_worse(l, o->side, o->level);
	}
}

uint16_t
rp_ladder_add(struct rp_ladder *l, enum rp_ladder_side side, int32_t level,
    uint64_t id, uint32_t size)
{
	uint16_t slot = l->slots[l->n];

	l->order[slot] = (struct rp_ladder_order){
		.id = id,
		.size = size,
		.level = (uint16_t)level,
		.side = side,
		.place = l->n++,
	};
	enqueue(l, slot);
	return slot;
}

void
rp_ladder_remove(struct rp_ladder *l, uint16_t slot)
{
	uint16_t place = l->order[slot].place, last = l->slots[--l->n];

	dequeue(l, slot);
	l->slots[place] = last;
	l->order[last].place = place;
	l->slots[l->n] = slot;
}

void
rp_ladder_move(struct rp_ladder *l, uint16_t slot, int32_t level)
{
	dequeue(l, slot);
	l->order[slot].level = (uint16_t)level;
	enqueue(l, slot);
}

void
rp_ladder_resize(struct rp_ladder *l, uint16_t slot, uint32_t size)
{
	struct rp_ladder_order *o = &l->order[slot];

	l->level[o->level].size += size - o->size;
	o->size = size;
}

struct rp_ladder_queue
rp_ladder_at(const struct rp_ladder *l, enum rp_ladder_side side, int32_t level)
{
	const struct rp_ladder_queue *q = &l->level[level];

	static const struct rp_ladder_queue empty = { .head = RP_LADDER_NONE,
		.tail = RP_LADDER_NONE };

	return q->orders > 0 && q->side == side ? *q : empty;
}

/* Levels in use from one to before another. */
static uint32_t
used_between(const struct rp_ladder *l, int32_t from, int32_t to)
{
	uint32_t n = 0;
	uint64_t bits;
	int32_t word;

	for (word = from >> 6; from < to; from = ++word << 6) {
		bits = l->used[word] >> (from & 63);
		if (to - from < 64)
			bits &= ((uint64_t)1 << (to - from)) - 1;
		n += (uint32_t)__builtin_popcountll(bits);
	}
	return n;
}

uint32_t
rp_ladder_depth(
    const struct rp_ladder *l, enum rp_ladder_side side, int32_t level)
{
	if (side == RP_LADDER_BID)
		return used_between(l, level + 1, l->best[side] + 1);
	return used_between(l, l->best[side], level);
}
