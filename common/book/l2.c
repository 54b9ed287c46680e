/*
 * Price levels to a book (L2, MBP): snapshots, and updates that follow one
 * another by the venue's numbers.
 *
 * The chain of updates, from the venues' own documents:
 *	Binance spot     first_sequence (U) is the last sequence (u) plus one;
 *	                 after a snapshot S: U <= S + 1 <= u
 *	Binance futures  prev_sequence (pu) is the last u;
 *	                 after a snapshot S: U <= S <= u
 *	OKX              prev_sequence (prevSeqId) is the last sequence (seqId)
 *	others           no numbers: every update follows
 * An update that is older than the book is left out.
 *
 * Recorders ask for the snapshot after they have begun to listen: it may come
 * behind updates that it does not hold. So those that come while the book is
 * not valid are kept, and applied again behind the snapshot.
 */
#include <stdlib.h>
#include <string.h>

#include "book/lob.h"

/* ---- the chain ---- */

static uint64_t
first_of(const struct rp_level *l, uint32_t len)
{
	return len >= sizeof(*l) ? l->first_sequence : 0;
}

static bool
is_chained(const struct rp_level *l, uint32_t len)
{
	return first_of(l, len) != 0 || l->prev_sequence != 0;
}

/* The first update after snapshot s holds it. */
static bool
joins(uint64_t s, uint64_t first, uint64_t prev, uint64_t last)
{
	if (first == 0)
		return prev == s;
	if (prev != 0)
		return first <= s && s <= last;
	return first <= s + 1 && s + 1 <= last;
}

static bool
is_old(const struct rp_lob *b, uint64_t first, uint64_t prev, uint64_t last)
{
	if (b->from_snapshot && first != 0 && prev != 0)
		return last < b->sequence;
	return last <= b->sequence;
}

/* An update begins: does it follow? */
static void
begin_update(
    struct rp_lob *b, const struct rp_level *l, uint32_t len, rp_faults *faults)
{
	uint64_t first = first_of(l, len), prev = l->prev_sequence;
	uint64_t last = l->ev.sequence;
	bool follows;

	b->in_update = true;
	b->skipping = false;
	b->update = last;
	if (!is_chained(l, len) || b->sequence == 0)
		return;
	if (prev != 0 && prev == b->sequence)
		return;
	if (is_old(b, first, prev, last)) {
		b->skipping = true;
		rp_lob_fault(b, faults, RP_FAULT_OLD);
		return;
	}
	if (b->from_snapshot)
		follows = joins(b->sequence, first, prev, last);
	else
		follows = prev == 0 && first == b->sequence + 1;
	if (!follows && b->state == RP_LOB_VALID) {
		rp_lob_break_by(b, faults, RP_FAULT_CHAIN);
	}
}

/* A snapshot begins: one that is older than the book has nothing to tell. It
 * may come in several updates, and without a clear. */
static void
begin_snapshot(struct rp_lob *b, const struct rp_level *l, rp_faults *faults)
{
	b->in_update = true;
	b->update = l->ev.sequence;
	b->skipping = b->state == RP_LOB_VALID && b->sequence != 0 &&
	    l->ev.sequence != 0 && l->ev.sequence < b->sequence;
	if (b->skipping)
		rp_lob_fault(b, faults, RP_FAULT_OLD);
	else if (!b->from_snapshot)
		rp_lob_clear(b);
}

/* ---- levels ---- */

static enum rp_status
set_level(
    struct rp_lob *b, const struct rp_level *l, int64_t price, int64_t size)
{
	struct rp_prices *s = &b->side[rp_lob_side(l->ev.side)];
	struct rp_price_level *at;
	enum rp_status st;
	uint32_t level;

	if (size == 0) {
		rp_prices_remove(s, &b->pool, price);
		return RP_OK;
	}
	if ((st = rp_prices_add(s, &b->pool, price, &level)) != RP_OK)
		return st;
	at = &b->pool.levels[level];
	at->size = size;
	at->orders = l->orders;
	at->px_exp = l->ev.px_exp;
	at->qty_exp = l->ev.qty_exp;
	return RP_OK;
}

/* The size of a level after a change of it; RP_ERR_LIMIT: out of range. */
static enum rp_status
add_delta(struct rp_lob *b, uint8_t side, int64_t price, int64_t *size)
{
	uint32_t level = rp_prices_find(&b->side[rp_lob_side(side)], price);

	if (level != RP_NO_LEVEL &&
	    __builtin_add_overflow(b->pool.levels[level].size, *size, size))
		return RP_ERR_LIMIT;
	return RP_OK;
}

static void
clear_levels(struct rp_lob *b, uint8_t side, rp_faults *faults)
{
	if (side == RP_SIDE_NONE)
		rp_lob_clear(b);
	else if (side != RP_SIDE_BID && side != RP_SIDE_ASK)
		rp_lob_fault(b, faults, RP_FAULT_NO_SIDE);
	else
		rp_prices_clear(&b->side[rp_lob_side(side)], &b->pool);
}

static enum rp_status
change_level(struct rp_lob *b, const struct rp_level *l, rp_faults *faults)
{
	int64_t price = l->price, size = l->size;
	bool remove = l->ev.action == RP_LEVEL_REMOVE;

	if (l->ev.side != RP_SIDE_BID && l->ev.side != RP_SIDE_ASK) {
		rp_lob_fault(b, faults, RP_FAULT_NO_SIDE);
		return RP_OK;
	}
	if (price == RP_ABSENT || (size == RP_ABSENT && !remove)) {
		rp_lob_fault(b, faults, RP_FAULT_NO_PRICE);
		return RP_OK;
	}
	if (remove)
		size = 0;
	if (rp_lob_scale(b, &l->ev, &price, &size) != RP_OK ||
	    (l->ev.action == RP_LEVEL_DELTA &&
		add_delta(b, l->ev.side, price, &size) != RP_OK)) {
		rp_lob_break_by(b, faults, RP_FAULT_OVERFLOW);
		return RP_OK;
	}
	if (size < 0) {
		rp_lob_fault(b, faults, RP_FAULT_NEGATIVE_SIZE);
		return RP_OK;
	}
	return set_level(b, l, price, size);
}

static enum rp_status
apply(struct rp_lob *b, const struct rp_level *l, rp_faults *faults)
{
	switch (l->ev.action) {
	case RP_LEVEL_CLEAR:
		clear_levels(b, l->ev.side, faults);
		return RP_OK;
	case RP_LEVEL_SET:
	case RP_LEVEL_DELTA:
	case RP_LEVEL_REMOVE:
		return change_level(b, l, faults);
	case RP_LEVEL_NONE:
		return RP_OK;
	default:
		rp_lob_fault(b, faults, RP_FAULT_UNKNOWN_ACTION);
		return RP_OK;
	}
}

/* ---- updates before their snapshot ---- */

/* Keep one of an update that may be wanted behind the snapshot to come. */
static enum rp_status
keep(struct rp_lob *b, const struct rp_level *l, uint32_t len, uint16_t flags)
{
	struct rp_pending *p;

	if (b->n_pending == RP_PENDING_MAX) {
		/* the snapshot is late: newer ones matter, but only whole */
		b->n_pending = 0;
		b->keeping = false;
		return RP_OK;
	}
	if (b->n_pending == b->cap_pending) {
		uint32_t cap = b->cap_pending == 0 ? 256 : 2 * b->cap_pending;

		p = realloc(b->pending, cap * sizeof(*p));
		if (p == NULL)
			return RP_ERR_NOMEM;
		b->pending = p;
		b->cap_pending = cap;
	}
	p = &b->pending[b->n_pending++];
	memset(p, 0, sizeof(*p));
	memcpy(&p->level, l, len < sizeof(*l) ? len : sizeof(*l));
	p->len = len;
	p->flags = flags;
	return RP_OK;
}

static enum rp_status
apply_pending(struct rp_lob *b, rp_faults *faults)
{
	struct rp_pending *p = b->pending;
	uint64_t snapshot = b->sequence;
	uint32_t n = b->n_pending;
	enum rp_status st = RP_OK;
	rp_faults of_one;

	b->pending = NULL;
	b->n_pending = b->cap_pending = 0;
	for (uint32_t i = 0; i < n && st == RP_OK; i++) {
		/* it is in the snapshot, and may be of a book that was wrong;
		 * without a chain nothing else tells that one is older */
		if (p[i].level.ev.sequence == snapshot ||
		    (p[i].level.ev.sequence < snapshot &&
			!is_chained(&p[i].level, p[i].len)))
			continue;
		st =
		    rp_lob_level(b, &p[i].level, p[i].len, p[i].flags, &of_one);
		*faults |= of_one & ~(1u << RP_FAULT_OLD);
	}
	free(p);
	return st;
}

/* ---- the end of an update ---- */

/* Kraken does not say which levels leave a book of limited depth, which is the
 * channel; of less than 10 there are none. */
enum { KRAKEN_LEAST = 10 };

static void
cut(struct rp_lob *b, struct rp_prices *s, uint32_t depth)
{
	while (s->n > depth)
		rp_prices_remove(s, &b->pool,
		    b->pool.levels[rp_prices_at(s, s->n - 1)].price);
}

static void
verify(struct rp_lob *b, uint32_t checksum, rp_faults *faults)
{
	if (rp_lob_checksum(b) == checksum) {
		b->verified++;
		return;
	}
	rp_lob_break_by(b, faults, RP_FAULT_CHECKSUM);
}

static enum rp_status
end_update(struct rp_lob *b, const struct rp_level *l, uint16_t flags,
    rp_faults *faults)
{
	b->in_update = false;
	if (b->skipping)
		return RP_OK;
	b->sequence = l->ev.sequence;
	b->from_snapshot = (flags & RP_SNAPSHOT) != 0;
	if (b->venue == RP_VENUE_KRAKEN && l->ev.channel >= KRAKEN_LEAST) {
		cut(b, &b->side[0], l->ev.channel);
		cut(b, &b->side[1], l->ev.channel);
	}
	if ((l->ev.tflags & RP_LEVEL_CHECKSUM) && b->state == RP_LOB_VALID &&
	    b->venue != RP_VENUE_PLAIN)
		verify(b, l->checksum, faults);
	return b->from_snapshot && b->n_pending > 0 ? apply_pending(b, faults)
						    : RP_OK;
}

enum rp_status
rp_lob_level(struct rp_lob *b, const struct rp_level *l, uint32_t len,
    uint16_t flags, rp_faults *faults)
{
	bool snapshot = (flags & RP_SNAPSHOT) != 0;
	enum rp_status st = RP_OK;

	*faults = 0;
	if (!b->in_update || b->update != l->ev.sequence) {
		if (snapshot)
			begin_snapshot(b, l, faults);
		else
			begin_update(b, l, len, faults);
		b->keeping = !snapshot && b->state != RP_LOB_VALID;
	}
	if (b->state != RP_LOB_VALID && !snapshot &&
	    l->ev.action != RP_LEVEL_CLEAR) {
		if (b->state == RP_LOB_UNSEEDED)
			rp_lob_fault(b, faults, RP_FAULT_UNSEEDED);
		if (b->keeping && l->ev.sequence != 0 &&
		    (st = keep(b, l, len, flags)) != RP_OK)
			return st;
	}
	if (!b->skipping)
		st = apply(b, l, faults);
	if (st == RP_OK && (flags & RP_LAST))
		st = end_update(b, l, flags, faults);
	return st;
}

/* ---- whole books ---- */

static enum rp_status
set_levels(struct rp_lob *b, const struct rp_book *k, uint8_t side,
    const uint8_t *levels, uint32_t n, rp_faults *faults)
{
	struct rp_level l = { .ev = { .px_exp = k->ev.px_exp,
				  .qty_exp = k->ev.qty_exp,
				  .side = side,
				  .action = RP_LEVEL_SET } };
	enum rp_status st = RP_OK;

	for (; n > 0 && st == RP_OK; n--, levels += k->level_size) {
		struct rp_book_level at;

		memcpy(&at, levels, sizeof(at));
		l.price = at.price;
		l.size = at.size;
		l.orders = at.orders;
		/* of fixed depths the rest may be there as nothing */
		if (l.price != RP_ABSENT || l.size > 0)
			st = change_level(b, &l, faults);
	}
	return st;
}

enum rp_status
rp_lob_book(struct rp_lob *b, const struct rp_book *k, rp_faults *faults)
{
	const uint8_t *bids = (const uint8_t *)k->levels;
	const uint8_t *asks = bids + (size_t)k->n_bid * k->level_size;
	uint8_t before = b->state;
	enum rp_status st;

	*faults = 0;
	rp_lob_clear(b);
	b->sequence = k->ev.sequence;
	b->limited = (k->ev.tflags & RP_BOOK_DEPTH_LIMITED) != 0;
	st = set_levels(b, k, RP_SIDE_BID, bids, k->n_bid, faults);
	if (st == RP_OK)
		st = set_levels(b, k, RP_SIDE_ASK, asks, k->n_ask, faults);
	if ((k->ev.tflags & RP_VIEW_STALE) == 0)
		return st;
	/* a guess of whoever made it; news only if nothing had told of it */
	if (before != RP_LOB_VALID)
		b->state = before;
	else if (b->state == RP_LOB_VALID)
		rp_lob_break_by(b, faults, RP_FAULT_GAP);
	return st;
}
