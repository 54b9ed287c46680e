#include "gen/market.h"

#include <stdbool.h>
#include <stdlib.h>

#include "base/bytes.h"
#include "gen/ladder.h"
#include "gen/random.h"
#include "types/types.h"

enum {
	CENTER =
	    RP_LADDER_LEVELS / 2, /* the level of the fair price at start */
	PULL = 4096, /* 2 x variance of the walk, ticks squared */
	WALK_MAX = 448, /* ticks from CENTER */
	DISTANCE_MAX = 47, /* ticks of a limit order from the fair price */
	TARGET = RP_LADDER_ORDERS / 2,
	EVENT_MAX = 3 * RP_MARKET_FILLS + 1, /* T, F and C each, then A */
	/* shares of 1024 */
	SHARE_TAKE = 24,
	SHARE_MODIFY = 160,
	/* ns */
	LATENCY_VENUE = 12000, /* from the matching engine to its gateway */
	LATENCY_LINE = 5000,
	LATENCY_JITTER = 3000 /* mean of the exponential part */
};

/* Where time stands still, in 2262: less than a gap from overflow. */

struct mbo_row {
	uint8_t head[sizeof(struct rp_record)];
	struct rp_mbo mbo;
};

struct fill {
	uint16_t slot;
	uint32_t size;
};

struct rp_market {
	struct rp_random random;
	struct rp_zipf zipf;
	struct rp_random spells; /* of calm and bursts */
	uint64_t gap[2]; /* mean, ns: in calm, in a burst */
	bool bursts, in_burst;
	int64_t ts_event, ts_recv;
	int32_t send_delta;
	uint64_t next_id;
	struct rp_market_book *books, *book; /* of the event at hand */
	uint32_t n_books, symbol;
	uint32_t n; /* rows of the event at hand */
	struct mbo_row row[EVENT_MAX];
	uint32_t n_touched;
	struct rp_market_touch touched[RP_MARKET_TOUCHED];
};

static void
book_init(struct rp_market_book *b, uint32_t i, struct rp_random *random)
{
	static const struct {
		int8_t tick, exp;
	} grid[] = { { 25, -2 }, { 1, -2 }, { 5, -1 }, { 1, -4 } };
	uint64_t bits = rp_random_next(random);

	rp_ladder_init(&b->ladder);
	b->fair = CENTER;
	b->tick = grid[i % RP_LEN(grid)].tick;
	b->px_exp = grid[i % RP_LEN(grid)].exp;
	b->base = b->tick * (2000 + rp_random_scale(bits >> 32, 20000));
}

/* Calm takes as many events as bursts do: the mean of both gaps is that of all. */
static void
set_pace(struct rp_market *m, const struct rp_market_options *opt)
{
	uint64_t mean = RP_MARKET_MAX_RATE / opt->rate;

	m->bursts = opt->burst > 1;
	rp_random_seed(&m->spells, ~opt->seed);
	m->gap[1] = 2 * mean / (opt->burst + 1);
	m->gap[0] = m->bursts ? 2 * mean - m->gap[1] : mean;
}

struct rp_market *
rp_market_new(const struct rp_market_options *opt)
{
	struct rp_market *m = calloc(1, sizeof(*m));
	uint32_t i;

	if (m == NULL)
		return NULL;
	rp_random_seed(&m->random, opt->seed);
	m->n_books = opt->symbols;
	m->books = calloc(opt->symbols, sizeof(*m->books));
	if (m->books == NULL || rp_zipf_init(&m->zipf, opt->symbols) != RP_OK) {
		rp_market_free(m);
		return NULL;
	}
	for (i = 0; i < m->n_books; i++)
		book_init(&m->books[i], i, &m->random);
	set_pace(m, opt);
	m->ts_event = opt->start < RP_MARKET_END ? opt->start : RP_MARKET_END;
	m->ts_recv = m->ts_event;
	m->next_id = 1;
	return m;
}

void
rp_market_free(struct rp_market *m)
{
	if (m == NULL)
		return;
	rp_zipf_free(&m->zipf);
	free(m->books);
	free(m);
}

/* ---- records ---- */

static struct rp_mbo *
emit(struct rp_market *m, char action, uint8_t side, int32_t level,
    uint32_t size, uint64_t id)
{
	const struct rp_market_book *b = m->book;
	struct mbo_row *row = &m->row[m->n++];
	struct rp_record *head = (struct rp_record *)row->head;

	/* member by member: a copy would wait for what was just stored */
	head->symbol = head->source = RP_NO_NAME;
	head->seq = 0;
	head->len = sizeof(row->mbo);
	head->type = RP_MBO;
	head->flags = 0;
	head->ts_recv = m->ts_recv;
	row->mbo = (struct rp_mbo) {
		.ev = {
			.ts_event = m->ts_event,
			.sequence = b->sequence,
			.px_exp = b->px_exp,
			.side = side,
			.action = (uint8_t)action,
			.send_delta = m->send_delta,
			.aux = m->symbol + 1,
		},
		.price = rp_market_price(b, level),
		.size = size,
		.id_lo = id,
	};
	return &row->mbo;
}

static void
emit_order(struct rp_market *m, char action, uint16_t slot, uint32_t size)
{
	const struct rp_ladder_order *o = &m->book->ladder.order[slot];

	emit(m, action, rp_market_side(o->side), o->level, size, o->id);
}

/* ---- what happens ---- */

/* Before a level changes: keep what stood there, once an event. */
static void
touch(struct rp_market *m, enum rp_ladder_side side, int32_t level)
{
	uint32_t i;

	for (i = m->n_touched; i > 0; i--)
		if (m->touched[i - 1].level == level &&
		    m->touched[i - 1].side == side)
			return;
	m->touched[m->n_touched++] = (struct rp_market_touch){ side, level,
		rp_ladder_at(&m->book->ladder, side, level) };
}

/*
 * Meet the resting orders of the other side from its best level on, no
 * further than limit: T a level, F an order. Returns the number of fills.
 */
static size_t
match(struct rp_market *m, enum rp_ladder_side side, int32_t limit,
    uint32_t *size, struct fill *fill, size_t max)
{
	const struct rp_ladder *l = &m->book->ladder;
	enum rp_ladder_side other = !side;
	int32_t level = l->best[other];
	struct rp_mbo *trade;
	uint32_t take;
	uint16_t slot;
	size_t n = 0;

	while (*size > 0 && n < max && level >= 0 && level < RP_LADDER_LEVELS &&
	    (side == RP_LADDER_BID ? level <= limit : level >= limit)) {
		trade = emit(m, 'T', rp_market_side(side), level, 0, 0);
		for (slot = l->level[level].head;
		     slot != RP_LADDER_NONE && *size > 0 && n < max;
		     slot = l->order[slot].next) {
			take = l->order[slot].size;
			if (take > *size)
				take = *size;
			emit_order(m, 'F', slot, take);
			fill[n++] = (struct fill){ slot, take };
			trade->size += take;
			*size -= take;
		}
		level = rp_ladder_worse(l, other, level);
	}
	return n;
}

/* The fills of an event become changes of the book: C where nothing is left. */
static void
settle(struct rp_market *m, const struct fill *fill, size_t n)
{
	struct rp_ladder *l = &m->book->ladder;
	struct rp_ladder_order *o;

	for (; n > 0; n--, fill++) {
		o = &l->order[fill->slot];
		touch(m, o->side, o->level);
		if (o->size == fill->size) {
			emit_order(m, 'C', fill->slot, fill->size);
			rp_ladder_remove(l, fill->slot);
		} else {
			rp_ladder_resize(l, fill->slot, o->size - fill->size);
			emit_order(m, 'M', fill->slot, o->size);
		}
	}
}

/* Trade what crosses; what is then left, if it may rest, is added. */
static void
arrive(struct rp_market *m, enum rp_ladder_side side, int32_t level,
    uint32_t size, bool rests, size_t room)
{
	struct rp_ladder *l = &m->book->ladder;
	struct fill fill[RP_MARKET_FILLS];
	size_t max = (room - 1) / 3, n = 0;
	uint64_t id = m->next_id;

	if (max > RP_MARKET_FILLS)
		max = RP_MARKET_FILLS;
	if (max > 0 && rp_ladder_crosses(l, side, level)) {
		n = match(m, side, level, &size, fill, max);
		settle(m, fill, n);
	}
	if (rests && size > 0 && l->n < RP_LADDER_ORDERS &&
	    !rp_ladder_crosses(l, side, level)) {
		m->next_id++;
		touch(m, side, level);
		emit_order(
		    m, 'A', rp_ladder_add(l, side, level, id, size), size);
	}
}

/* One draw of 64 bits serves a whole order: its side, distance and size. */
static void
limit_order(struct rp_market *m, size_t room)
{
	uint64_t bits = rp_random_next(&m->random);
	enum rp_ladder_side side = bits & 1;
	int32_t away, level;
	uint32_t size;

	away = 4 * __builtin_ctzll(bits >> 3 | 1 << 11) + (bits >> 1 & 3);
	level = side == RP_LADDER_BID ? m->book->fair - away
				      : m->book->fair + 1 + away;
	size = 1 +
	    rp_random_scale((uint32_t)(bits >> 32),
		2u << __builtin_ctzll(bits >> 16 | 1 << 6));
	arrive(m, side, level, size, true, room);
}

static void
market_order(struct rp_market *m, size_t room)
{
	uint64_t bits = rp_random_next(&m->random);
	enum rp_ladder_side side = bits & 1;
	uint32_t size;

	size = 1 +
	    rp_random_scale((uint32_t)(bits >> 32),
		4u << __builtin_ctzll(bits >> 16 | 1 << 6));
	arrive(m, side, side == RP_LADDER_BID ? RP_LADDER_LEVELS - 1 : 0, size,
	    false, room);
}

static uint16_t
any_order(const struct rp_ladder *l, uint64_t bits)
{
	return l->slots[rp_random_scale((uint32_t)(bits >> 32), l->n)];
}

/* Three of four cancels are whole. */
static void
cancel(struct rp_market *m)
{
	struct rp_ladder *l = &m->book->ladder;
	uint64_t bits = rp_random_next(&m->random);
	uint16_t slot = any_order(l, bits);
	struct rp_ladder_order *o = &l->order[slot];
	uint32_t size = o->size;

	if ((bits & 3) == 0 && size > 1)
		size = 1 + rp_random_scale((uint32_t)bits, size - 1);
	emit_order(m, 'C', slot, size);
	touch(m, o->side, o->level);
	if (size == o->size)
		rp_ladder_remove(l, slot);
	else
		rp_ladder_resize(l, slot, o->size - size);
}

/*
 * A new size, a new price, or both. Only a lower size keeps its place in the
 * queue. A price that would trade is left as it was.
 */
static void
modify(struct rp_market *m)
{
	struct rp_ladder *l = &m->book->ladder;
	uint64_t bits = rp_random_next(&m->random);
	uint16_t slot = any_order(l, bits);
	struct rp_ladder_order *o = &l->order[slot];
	uint32_t size = o->size;
	int32_t level = o->level;

	if (bits & 1)
		level += (int32_t)(bits >> 1 & 7) - 3;
	if (!(bits & 1) || (bits & 16))
		size = 1 + rp_random_scale((uint32_t)bits << 3, 2 * size);
	if (level < 0 || level >= RP_LADDER_LEVELS ||
	    rp_ladder_crosses(l, o->side, level))
		level = o->level;
	touch(m, o->side, o->level);
	touch(m, o->side, level);
	if (level != o->level || size > o->size)
		rp_ladder_move(l, slot, level);
	rp_ladder_resize(l, slot, size);
	emit_order(m, 'M', slot, size);
}

/* ---- the process ---- */

static void
walk(struct rp_market_book *b, uint64_t bits)
{
	int32_t off = b->fair - CENTER, up = (int32_t)(bits >> 3 & (PULL - 1));

	if ((bits & 7) != 0)
		return;
	if (up < PULL / 2 - off)
		b->fair += off < WALK_MAX;
	else
		b->fair -= off > -WALK_MAX;
}

static void
act(struct rp_market *m, size_t room)
{
	struct rp_ladder *l = &m->book->ladder;
	uint64_t bits = rp_random_next(&m->random);
	uint32_t share = bits >> 16 & 1023;

	walk(m->book, bits);
	if (share < SHARE_TAKE)
		market_order(m, room);
	else if (share < SHARE_TAKE + SHARE_MODIFY && l->n > 0)
		modify(m);
	else if (rp_random_scale((uint32_t)(bits >> 32), 2 * TARGET) >= l->n)
		limit_order(m, room);
	if (m->n == 0 && l->n > 0) /* nothing came of it, or its turn */
		cancel(m);
}

/* A session starts with an empty book. */
static void
open_book(struct rp_market *m)
{
	struct rp_mbo *clear = emit(m, 'R', RP_SIDE_NONE, 0, 0, 0);

	clear->price = clear->size = RP_ABSENT;
}

static void
pass_time(struct rp_market *m)
{
	uint64_t gap = rp_random_exponential(&m->random, m->gap[m->in_burst]);
	uint64_t jitter = rp_random_exponential(&m->random, LATENCY_JITTER);
	int64_t sent, arrival;

	if (m->ts_event < RP_MARKET_END)
		m->ts_event += (int64_t)gap;
	sent = m->ts_event + LATENCY_VENUE;
	arrival = sent + LATENCY_LINE + (int64_t)jitter;
	if (m->ts_recv < arrival)
		m->ts_recv = arrival;
	m->send_delta = (int32_t)(m->ts_recv - sent);
	if (m->bursts)
		m->in_burst ^=
		    rp_random_next(&m->spells) % RP_MARKET_SPELL == 0;
}

void
rp_market_next(struct rp_market *m, size_t room, struct rp_market_event *ev)
{
	struct rp_record *last;

	m->symbol = rp_zipf_draw(&m->zipf, &m->random);
	m->book = &m->books[m->symbol];
	m->book->sequence++;
	pass_time(m);
	m->n = m->n_touched = 0;
	if (m->book->sequence == 1)
		open_book(m);
	while (m->n == 0) /* an empty book lets a market order find nothing */
		act(m, room);
	last = (struct rp_record *)m->row[m->n - 1].head;
	last->flags |= RP_LAST;
	ev->symbol = m->symbol;
	ev->records = m->n;
	ev->first = (struct rp_record *)m->row[0].head;
	ev->book = m->book;
	ev->touched = m->touched;
	ev->n_touched = m->n_touched;
}

int64_t
rp_market_time(const struct rp_market_event *ev)
{
	return ((const struct rp_mbo *)ev->first->payload)->ev.ts_event;
}
