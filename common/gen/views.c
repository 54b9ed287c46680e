#include "gen/views.h"

#include <stdlib.h>

#include "base/bytes.h"
#include "base/crc32.h"
#include "base/decimal.h"

enum {
	/* bytes of the largest row, that of a bbo */
	ROW_MAX = sizeof(struct rp_record) + sizeof(struct rp_bbo),
	/* of one event and its snapshots */
	ROWS_MAX = 128 + 2 * (RP_LADDER_ORDERS + 1)
};

const char *const rp_view_names[RP_VIEWS] = { "mbo", "level", "bbo", "trade" };

struct best {
	int32_t level;
	uint32_t size, orders;
};

struct symbol {
	uint64_t updated; /* sequence of the last level update */
	uint64_t trades;
	struct best best[2];
	int64_t snapshot; /* due from this ts_event on */
};

struct rp_views {
	struct rp_views_options opt;
	struct symbol *symbols;
	/* of the event at hand */
	const struct rp_market_event *ev;
	struct symbol *symbol;
	struct rp_event head; /* as the event's records have it */
	int64_t ts_recv;
	struct rp_update *updates;
	uint32_t n_updates;
	size_t used; /* bytes of rows */
	_Alignas(8) uint8_t rows[ROWS_MAX * ROW_MAX];
};

struct rp_views *
rp_views_new(const struct rp_views_options *opt, uint32_t symbols)
{
	struct rp_views *v = calloc(1, sizeof(*v));
	uint32_t i;

	if (v == NULL)
		return NULL;
	v->opt = *opt;
	v->symbols = calloc(symbols, sizeof(*v->symbols));
	if (v->symbols == NULL) {
		rp_views_free(v);
		return NULL;
	}
	for (i = 0; i < symbols; i++) {
		v->symbols[i].best[RP_LADDER_BID].level = -1;
		v->symbols[i].best[RP_LADDER_ASK].level = RP_LADDER_LEVELS;
		v->symbols[i].snapshot = opt->start;
	}
	return v;
}

void
rp_views_free(struct rp_views *v)
{
	if (v == NULL)
		return;
	free(v->symbols);
	free(v);
}

static const struct rp_mbo *
mbo_of(const struct rp_record *rec)
{
	return (const struct rp_mbo *)rec->payload;
}

/* ---- updates and their rows ---- */

static void
open_update(struct rp_views *v, enum rp_view view, bool snapshot)
{
	v->updates[v->n_updates] = (struct rp_update){
		.first = (struct rp_record *)(v->rows + v->used),
		.symbol = v->ev->symbol,
		.view = view,
		.snapshot = snapshot,
		.book = v->ev->book,
	};
}

/* A row more: its header, and the event head of its payload. */
static void *
add_row(struct rp_views *v, uint16_t type, uint32_t len)
{
	struct rp_update *up = &v->updates[v->n_updates];
	struct rp_record *rec = (struct rp_record *)(v->rows + v->used);
	struct rp_event *head = (struct rp_event *)rec->payload;

	*rec = (struct rp_record){
		.symbol = RP_NO_NAME,
		.source = RP_NO_NAME,
		.len = len,
		.type = type,
		.flags = up->snapshot ? RP_SNAPSHOT : 0,
		.ts_recv = v->ts_recv,
	};
	memset(rec->payload, 0, len);
	*head = v->head;
	head->channel = (uint16_t)up->view;
	v->used += sizeof(*rec) + rp_align8(len);
	up->records++;
	return rec->payload;
}

static void
close_update(struct rp_views *v)
{
	struct rp_update *up = &v->updates[v->n_updates];

	if (up->records == 0)
		return;
	rp_update_last(up)->flags |= RP_LAST;
	v->n_updates++;
}

/* ---- mbo ---- */

static void
view_mbo(struct rp_views *v)
{
	open_update(v, RP_VIEW_MBO, false);
	v->updates[v->n_updates].first = v->ev->first;
	v->updates[v->n_updates++].records = v->ev->records;
}

static void
snapshot_side(struct rp_views *v, enum rp_ladder_side side)
{
	const struct rp_market_book *b = v->ev->book;
	const struct rp_ladder *l = &b->ladder;
	struct rp_mbo *mbo;
	uint16_t slot;
	int32_t level;

	for (level = l->best[side]; rp_ladder_is_level(level);
	     level = rp_ladder_worse(l, side, level)) {
		for (slot = l->level[level].head; slot != RP_LADDER_NONE;
		     slot = l->order[slot].next) {
			mbo = add_row(v, RP_MBO, sizeof(*mbo));
			mbo->ev.action = 'A';
			mbo->ev.side = rp_market_side(side);
			mbo->price = rp_market_price(b, level);
			mbo->size = l->order[slot].size;
			mbo->id_lo = l->order[slot].id;
		}
	}
}

static void
snapshot_mbo(struct rp_views *v)
{
	struct rp_mbo *clear;

	open_update(v, RP_VIEW_MBO, true);
	clear = add_row(v, RP_MBO, sizeof(*clear));
	clear->ev.action = 'R';
	clear->ev.side = RP_SIDE_NONE;
	clear->price = clear->size = RP_ABSENT;
	snapshot_side(v, RP_LADDER_BID);
	snapshot_side(v, RP_LADDER_ASK);
	close_update(v);
}

/* ---- trade ---- */

static void
view_trade(struct rp_views *v)
{
	const struct rp_record *rec = v->ev->first;
	const struct rp_mbo *mbo;
	struct rp_trade *trade;
	uint32_t i, depth = 0;

	open_update(v, RP_VIEW_TRADE, false);
	for (i = 0; i < v->ev->records; i++) {
		mbo = mbo_of(rec);
		if (mbo->ev.action == 'T') {
			trade = add_row(v, RP_TRADE, sizeof(*trade));
			trade->ev.action = 0;
			trade->ev.side = mbo->ev.side;
			trade->price = mbo->price;
			trade->size = mbo->size;
			trade->id_lo = ++v->symbol->trades;
			trade->depth = depth++;
		}
		rec = rp_record_after(rec);
	}
	close_update(v);
}

/* ---- level ---- */

static uint32_t
digits_of(uint32_t crc, uint64_t v)
{
	char text[RP_INT_ROOM];

	return rp_crc32(crc, text, rp_u64_format(text, v));
}

static uint32_t
checksum_of(const struct rp_market_book *b)
{
	static const enum rp_ladder_side order[] = { RP_LADDER_ASK,
		RP_LADDER_BID };
	const struct rp_ladder *l = &b->ladder;
	uint32_t crc = 0, n;
	int32_t level;
	size_t i;

	for (i = 0; i < RP_LEN(order); i++) {
		level = l->best[order[i]];
		for (n = 0; n < RP_CHECKSUM_DEPTH && rp_ladder_is_level(level);
		     n++) {
			crc =
			    digits_of(crc, (uint64_t)rp_market_price(b, level));
			crc = digits_of(crc, l->level[level].size);
			level = rp_ladder_worse(l, order[i], level);
		}
	}
	return crc;
}

static struct rp_level *
add_level(struct rp_views *v, enum rp_level_action action)
{
	struct rp_level *level = add_row(v, RP_LEVEL, sizeof(*level));

	level->ev.action = (uint8_t)action;
	level->ev.aux = 0;
	level->prev_sequence = v->symbol->updated;
	level->first_sequence = v->symbol->updated + 1;
	if (v->updates[v->n_updates].snapshot)
		level->ev.sequence = level->first_sequence = v->symbol->updated;
	return level;
}

static void
clear_levels(struct rp_views *v)
{
	struct rp_level *level = add_level(v, RP_LEVEL_CLEAR);

	level->ev.side = RP_SIDE_NONE;
	level->price = level->size = RP_ABSENT;
}

static void
add_state(struct rp_views *v, enum rp_ladder_side side, int32_t at,
    struct rp_ladder_queue now)
{
	const struct rp_market_book *b = v->ev->book;
	struct rp_level *level;

	level = add_level(v, now.orders > 0 ? RP_LEVEL_SET : RP_LEVEL_REMOVE);
	level->ev.side = rp_market_side(side);
	level->ev.aux = rp_ladder_depth(&b->ladder, side, at);
	level->price = rp_market_price(b, at);
	level->size = now.size;
	level->orders = now.orders;
}

static void
close_levels(struct rp_views *v)
{
	struct rp_update *up = &v->updates[v->n_updates];
	struct rp_level *last;

	if (up->records == 0)
		return;
	last = (struct rp_level *)(v->rows + v->used - sizeof(*last));
	if (v->opt.checksum) {
		last->ev.tflags |= RP_LEVEL_CHECKSUM;
		last->checksum = checksum_of(v->ev->book);
	}
	v->symbol->updated = last->ev.sequence;
	close_update(v);
}

static void
view_level(struct rp_views *v)
{
	const struct rp_market_touch *t = v->ev->touched;
	struct rp_ladder_queue now;
	uint32_t i;

	open_update(v, RP_VIEW_LEVEL, false);
	if (mbo_of(v->ev->first)->ev.action == 'R')
		clear_levels(v);
	for (i = 0; i < v->ev->n_touched; i++, t++) {
		now = rp_ladder_at(&v->ev->book->ladder, t->side, t->level);
		if (now.size != t->before.size ||
		    now.orders != t->before.orders)
			add_state(v, t->side, t->level, now);
	}
	close_levels(v);
}

static void
snapshot_levels(struct rp_views *v, enum rp_ladder_side side)
{
	const struct rp_ladder *l = &v->ev->book->ladder;
	int32_t level;

	for (level = l->best[side]; rp_ladder_is_level(level);
	     level = rp_ladder_worse(l, side, level))
		add_state(v, side, level, l->level[level]);
}

static void
snapshot_level(struct rp_views *v)
{
	open_update(v, RP_VIEW_LEVEL, true);
	clear_levels(v);
	snapshot_levels(v, RP_LADDER_BID);
	snapshot_levels(v, RP_LADDER_ASK);
	close_levels(v);
}

/* ---- bbo ---- */

static struct best
best_of(const struct rp_ladder *l, enum rp_ladder_side side)
{
	struct best b = { .level = l->best[side] };

	if (rp_ladder_is_level(b.level)) {
		b.size = l->level[b.level].size;
		b.orders = l->level[b.level].orders;
	}
	return b;
}

/* Keep the best level of a side; has it changed? */
static bool
follow(struct rp_views *v, enum rp_ladder_side side)
{
	struct best now = best_of(&v->ev->book->ladder, side);
	struct best *was = &v->symbol->best[side];
	bool changed = now.level != was->level || now.size != was->size ||
	    now.orders != was->orders;

	*was = now;
	return changed;
}

static void
put_best(const struct rp_views *v, enum rp_ladder_side side, int64_t *price,
    int64_t *size, uint32_t *orders)
{
	const struct best *best = &v->symbol->best[side];

	*price = *size = RP_ABSENT;
	*orders = best->orders;
	if (!rp_ladder_is_level(best->level))
		return;
	*price = rp_market_price(v->ev->book, best->level);
	*size = best->size;
}

static void
view_bbo(struct rp_views *v)
{
	const struct rp_update event = { .first = v->ev->first,
		.records = v->ev->records };
	const struct rp_mbo *last = mbo_of(rp_update_last(&event));
	bool bid = follow(v, RP_LADDER_BID), ask = follow(v, RP_LADDER_ASK);
	struct rp_bbo *bbo;

	if (!bid && !ask)
		return;
	open_update(v, RP_VIEW_BBO, false);
	bbo = add_row(v, RP_BBO, sizeof(*bbo));
	put_best(v, RP_LADDER_BID, &bbo->bid_px, &bbo->bid_sz, &bbo->bid_ct);
	put_best(v, RP_LADDER_ASK, &bbo->ask_px, &bbo->ask_sz, &bbo->ask_ct);
	bbo->ev.action = last->ev.action;
	bbo->ev.side = last->ev.side;
	bbo->price = last->price;
	bbo->size = last->size;
	bbo->depth = UINT8_MAX;
	bbo->bid_publisher = bbo->ask_publisher = UINT16_MAX;
	close_update(v);
}

/* ---- an event ---- */

/* Is a snapshot due? Then the next one is at the next multiple. */
static bool
is_due(struct rp_views *v)
{
	int64_t every = v->opt.snapshots, ts = v->head.ts_event, *due;
	uint64_t ahead;

	due = &v->symbol->snapshot;
	if (every == 0 || ts < *due)
		return false;
	ahead =
	    (uint64_t)every - (uint64_t)(ts - v->opt.start) % (uint64_t)every;
	*due = ahead > (uint64_t)(INT64_MAX - ts) ? INT64_MAX
						  : ts + (int64_t)ahead;
	return v->head.sequence > 1; /* an empty book needs none */
}

uint32_t
rp_views_next(struct rp_views *v, const struct rp_market_event *ev,
    struct rp_update *updates)
{
	const bool *view = v->opt.view;

	v->ev = ev;
	v->symbol = &v->symbols[ev->symbol];
	v->head = mbo_of(ev->first)->ev;
	v->ts_recv = ev->first->ts_recv;
	v->updates = updates;
	v->n_updates = 0;
	v->used = 0;
	if (view[RP_VIEW_MBO])
		view_mbo(v);
	if (view[RP_VIEW_TRADE])
		view_trade(v);
	if (view[RP_VIEW_LEVEL])
		view_level(v);
	if (view[RP_VIEW_BBO])
		view_bbo(v);
	if (!is_due(v))
		return v->n_updates;
	if (view[RP_VIEW_MBO])
		snapshot_mbo(v);
	if (view[RP_VIEW_LEVEL])
		snapshot_level(v);
	return v->n_updates;
}
