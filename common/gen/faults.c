#include "gen/faults.h"

#include <stdlib.h>

#include "base/buffer.h"
#include "base/random.h"
#include "types/gap.h"

enum {
	HELD_MAX = 64, /* updates held back at a time, and crossed books */
	LATE_MAX = 16 /* updates that overtake one that is late */
};
#define NOT_OF_MARKET ((uint64_t)1 << 63) /* ids of our own orders begin */

const char *const rp_gen_fault_names[RP_GEN_FAULTS] = { "lost", "gap",
	"duplicate", "late", "reordered", "crossed", "checksum", "chain",
	"unknown", "negative" };

/* A row of any type that we make or copy. */
struct row {
	uint8_t head[sizeof(struct rp_record)];
	union {
		struct rp_event ev;
		struct rp_mbo mbo;
		struct rp_level level;
		struct rp_trade trade;
	};
};

struct held {
	struct rp_update up;
	struct rp_buffer rows;
	enum rp_gen_fault fault; /* LATE or REORDERED */
	uint32_t wait; /* late: updates still to come before it */
};

/* The record that takes a crossed book apart with the next update. */
struct undo {
	uint32_t symbol;
	enum rp_view view;
	struct row row;
};

struct rp_faults {
	struct rp_random random;
	uint64_t rate[RP_GEN_FAULTS];
	struct rp_faults_host host;
	struct held held[HELD_MAX];
	uint32_t n_held;
	struct undo undo[HELD_MAX];
	uint32_t n_undo;
	uint64_t next_id;
	int64_t ts_recv; /* of the last update put */
};

struct rp_faults *
rp_faults_new(uint64_t seed, const uint64_t rate[RP_GEN_FAULTS],
    const struct rp_faults_host *host)
{
	struct rp_faults *x = calloc(1, sizeof(*x));

	if (x == NULL)
		return NULL;
	rp_random_seed(&x->random, seed ^ NOT_OF_MARKET);
	memcpy(x->rate, rate, sizeof(x->rate));
	x->host = *host;
	x->next_id = NOT_OF_MARKET;
	x->ts_recv = INT64_MIN;
	return x;
}

void
rp_faults_free(struct rp_faults *x)
{
	uint32_t i;

	if (x == NULL)
		return;
	for (i = 0; i < HELD_MAX; i++)
		rp_buffer_free(&x->held[i].rows);
	free(x);
}

/* ---- rows ---- */

static struct rp_record *
after(struct rp_record *rec)
{
	return (struct rp_record *)(uintptr_t)rp_record_after(rec);
}

static struct rp_record *
record_of(struct row *row)
{
	return (struct rp_record *)row->head;
}

/* A row like this record of an update, to be changed; not its last. */
static struct row
copy_of(const struct rp_record *rec)
{
	struct row row = { 0 };

	memcpy(&row, rec, sizeof(*rec) + rec->len);
	record_of(&row)->flags &= ~RP_LAST;
	if (rec->type == RP_LEVEL) {
		row.ev.tflags &= ~RP_LEVEL_CHECKSUM;
		row.level.checksum = 0;
	}
	return row;
}

static enum rp_status
put(struct rp_faults *x, const struct rp_update *up,
    const struct rp_record *rec)
{
	return x->host.put(x->host.arg, rec, up->symbol);
}

static enum rp_status
tell(struct rp_faults *x, const struct rp_update *up, enum rp_gen_fault fault)
{
	return x->host.tell(x->host.arg, fault, up->first, up->symbol);
}

/* ---- whole updates ---- */

static struct undo *
find_undo(struct rp_faults *x, const struct rp_update *up)
{
	uint32_t i;

	for (i = 0; i < x->n_undo; i++)
		if (x->undo[i].symbol == up->symbol &&
		    x->undo[i].view == up->view)
			return &x->undo[i];
	return NULL;
}

/* The order or level that crossed the book goes; a snapshot clears it anyway. */
static enum rp_status
uncross(struct rp_faults *x, const struct rp_update *up)
{
	struct undo *undo = find_undo(x, up);
	const struct rp_event *now = (const void *)up->first->payload;
	struct row row;

	if (undo == NULL)
		return RP_OK;
	row = undo->row;
	*undo = x->undo[--x->n_undo];
	if (up->snapshot)
		return RP_OK;
	record_of(&row)->ts_recv = up->first->ts_recv;
	row.ev.ts_event = now->ts_event;
	row.ev.sequence = now->sequence;
	row.ev.send_delta = now->send_delta;
	if (up->view == RP_VIEW_LEVEL) {
		row.level.prev_sequence =
		    ((const struct rp_level *)now)->prev_sequence;
		row.level.first_sequence =
		    ((const struct rp_level *)now)->first_sequence;
	}
	return put(x, up, record_of(&row));
}

/* Its records, and in front of the last one of ours, if there is one. */
static enum rp_status
put_with(struct rp_faults *x, const struct rp_update *up,
    enum rp_gen_fault fault, struct row *more)
{
	const struct rp_record *rec = up->first;
	enum rp_status st = uncross(x, up);
	uint32_t i;

	for (i = 1; i <= up->records && st == RP_OK; i++) {
		if (i == up->records && more != NULL &&
		    (st = tell(x, up, fault)) == RP_OK)
			st = put(x, up, record_of(more));
		if (st == RP_OK)
			st = put(x, up, rec);
		rec = rp_record_after(rec);
	}
	if (x->ts_recv < up->first->ts_recv)
		x->ts_recv = up->first->ts_recv;
	return st;
}

static enum rp_status
put_update(struct rp_faults *x, const struct rp_update *up)
{
	return put_with(x, up, RP_GEN_FAULTS, NULL);
}

/* ---- lost, duplicate, late and reordered ---- */

static enum rp_status
put_gap(struct rp_faults *x, const struct rp_update *up)
{
	const struct rp_event *lost = (const void *)up->first->payload;
	union rp_gap_row row;
	struct rp_gap *gap =
	    rp_gap_before(&row, up->first, RP_GAP_VENUE, up->first->ts_recv);

	gap->first_lost = up->view == RP_VIEW_LEVEL
	    ? ((const struct rp_level *)lost)->first_sequence
	    : lost->sequence;
	gap->last_lost = lost->sequence;
	gap->count = up->records;
	return put(x, up, &row.rec);
}

static enum rp_status
lose(struct rp_faults *x, const struct rp_update *up, enum rp_gen_fault fault)
{
	enum rp_status st = tell(x, up, fault);

	if (st == RP_OK && fault == RP_GEN_GAP)
		st = put_gap(x, up);
	return st;
}

static enum rp_status
duplicate(struct rp_faults *x, const struct rp_update *up)
{
	enum rp_status st = put_update(x, up);

	if (st == RP_OK)
		st = tell(x, up, RP_GEN_DUPLICATE);
	return st == RP_OK ? put_update(x, up) : st;
}

static enum rp_status
hold(struct rp_faults *x, const struct rp_update *up, enum rp_gen_fault fault,
    uint32_t wait)
{
	size_t len = (size_t)((uint8_t *)after(rp_update_last(up)) -
	    (uint8_t *)up->first);
	struct held *h;

	if (x->n_held == HELD_MAX)
		return put_update(x, up);
	h = &x->held[x->n_held];
	h->rows.len = 0;
	if (rp_buffer_add(&h->rows, up->first, len) != RP_OK)
		return RP_ERR_NOMEM;
	x->n_held++;
	h->up = *up;
	h->up.first = (struct rp_record *)h->rows.data;
	h->fault = fault;
	h->wait = wait;
	return RP_OK;
}

/* Put one that was held; it was a fault if something came before it. */
static enum rp_status
release(struct rp_faults *x, uint32_t i, bool overtaken)
{
	struct held h = x->held[i];
	enum rp_status st = RP_OK;

	x->n_held--;
	memmove(&x->held[i], &x->held[i + 1], (x->n_held - i) * sizeof(h));
	x->held[x->n_held] = h; /* its buffer is used again */
	if (overtaken)
		st = tell(x, &h.up, h.fault);
	return st == RP_OK ? put_update(x, &h.up) : st;
}

/* It arrives with the update that overtook it. */
static void
delay(struct rp_update *up, int64_t ts_recv)
{
	struct rp_record *rec = up->first;
	struct rp_event *ev = (struct rp_event *)rec->payload;
	int64_t delta = ev->send_delta + (ts_recv - rec->ts_recv);
	uint32_t i;

	if (delta > INT32_MAX)
		delta = INT32_MAX;
	for (i = 0; i < up->records; i++, rec = after(rec)) {
		rec->ts_recv = ts_recv;
		((struct rp_event *)rec->payload)->send_delta = (int32_t)delta;
	}
}

static struct held *
find_reordered(struct rp_faults *x, const struct rp_update *up)
{
	uint32_t i;

	for (i = 0; i < x->n_held; i++)
		if (x->held[i].fault == RP_GEN_REORDERED &&
		    x->held[i].up.symbol == up->symbol &&
		    x->held[i].up.view == up->view)
			return &x->held[i];
	return NULL;
}

static enum rp_status
follow_up(struct rp_faults *x, struct held *h, const struct rp_update *up)
{
	delay(&h->up, up->first->ts_recv);
	return release(x, (uint32_t)(h - x->held), true);
}

/* One update more has gone out: those that are late come nearer. */
static enum rp_status
release_late(struct rp_faults *x)
{
	enum rp_status st = RP_OK;
	struct held *h;
	uint32_t i = 0;

	while (i < x->n_held && st == RP_OK) {
		h = &x->held[i];
		if (h->wait > 0)
			h->wait--;
		if (h->fault == RP_GEN_LATE && h->wait == 0 &&
		    h->up.first->ts_recv < x->ts_recv)
			st = release(x, i, true);
		else
			i++;
	}
	return st;
}

/* ---- crossed ---- */

static enum rp_status
cross_book(struct rp_faults *x, const struct rp_update *up)
{
	const struct rp_market_book *b = up->book;
	int32_t ask = b->ladder.best[RP_LADDER_ASK];
	struct rp_record *last = rp_update_last(up);
	struct row row = copy_of(last);
	struct undo *undo;
	enum rp_status st;

	if (!rp_ladder_is_level(ask) || x->n_undo == HELD_MAX)
		return put_update(x, up);
	row.ev.side = RP_SIDE_BID;
	row.mbo.price = rp_market_price(b, ask + 1);
	row.mbo.size = 1;
	undo = &x->undo[x->n_undo];
	undo->symbol = up->symbol;
	undo->view = up->view;
	if (up->view == RP_VIEW_MBO) {
		row.ev.action = 'A';
		row.mbo.id_lo = x->next_id++;
		undo->row = row;
		undo->row.ev.action = 'C';
	} else {
		row.ev.action = RP_LEVEL_SET;
		row.ev.aux = 0;
		row.level.orders = 1;
		undo->row = row;
		undo->row.ev.action = RP_LEVEL_REMOVE;
		undo->row.level.size = undo->row.level.orders = 0;
		/* the venue's checksum is of another book */
		((struct rp_event *)last->payload)->tflags &=
		    ~RP_LEVEL_CHECKSUM;
		((struct rp_level *)last->payload)->checksum = 0;
	}
	st = put_with(x, up, RP_GEN_CROSSED, &row);
	x->n_undo++; /* from the next update on */
	return st;
}

static enum rp_status
cross(struct rp_faults *x, const struct rp_update *up)
{
	struct rp_bbo *bbo = (struct rp_bbo *)up->first->payload;
	enum rp_status st = RP_OK;

	if (up->view == RP_VIEW_TRADE)
		return put_update(x, up);
	if (up->view != RP_VIEW_BBO)
		return cross_book(x, up);
	if (bbo->bid_px != RP_ABSENT && bbo->ask_px != RP_ABSENT) {
		bbo->bid_px = bbo->ask_px + up->book->tick;
		st = tell(x, up, RP_GEN_CROSSED);
	}
	return st == RP_OK ? put_update(x, up) : st;
}

/* ---- contents ---- */

static enum rp_status
spoil_checksum(struct rp_faults *x, const struct rp_update *up)
{
	struct rp_level *level = (struct rp_level *)rp_update_last(up)->payload;
	enum rp_status st = RP_OK;

	if (up->view == RP_VIEW_LEVEL &&
	    (level->ev.tflags & RP_LEVEL_CHECKSUM) != 0) {
		level->checksum ^= 1u << 31 | 1;
		st = tell(x, up, RP_GEN_CHECKSUM);
	}
	return st == RP_OK ? put_update(x, up) : st;
}

static enum rp_status
break_chain(struct rp_faults *x, const struct rp_update *up)
{
	struct rp_record *rec = up->first;
	enum rp_status st;
	uint32_t i;

	if (up->view != RP_VIEW_LEVEL)
		return put_update(x, up);
	for (i = 0; i < up->records; i++, rec = after(rec))
		((struct rp_level *)rec->payload)->prev_sequence++;
	st = tell(x, up, RP_GEN_CHAIN);
	return st == RP_OK ? put_update(x, up) : st;
}

/* A level below all others: nothing is there, and nothing comes of it. */
static void
place_below(struct row *row, const struct rp_update *up)
{
	row->ev.side = RP_SIDE_BID;
	row->mbo.price = rp_market_price(up->book, -1);
	row->mbo.size = 1;
	if (up->view != RP_VIEW_LEVEL) {
		row->mbo.id_lo = 0;
		return;
	}
	row->ev.aux = rp_ladder_depth(&up->book->ladder, RP_LADDER_BID, -1);
	row->level.orders = 0;
}

static enum rp_status
mention_unknown(struct rp_faults *x, const struct rp_update *up)
{
	struct row row;

	if (up->view != RP_VIEW_MBO && up->view != RP_VIEW_LEVEL)
		return put_update(x, up);
	row = copy_of(rp_update_last(up));
	place_below(&row, up);
	if (up->view == RP_VIEW_MBO) {
		row.ev.action = 'C';
		row.mbo.id_lo = x->next_id++;
	} else {
		row.ev.action = RP_LEVEL_REMOVE;
		row.level.size = 0;
	}
	return put_with(x, up, RP_GEN_UNKNOWN, &row);
}

static enum rp_status
negate(struct rp_faults *x, const struct rp_update *up)
{
	struct rp_bbo *bbo = (struct rp_bbo *)up->first->payload;
	enum rp_status st = RP_OK;
	struct row row;

	if (up->view == RP_VIEW_BBO) {
		if (bbo->bid_sz != RP_ABSENT) {
			bbo->bid_sz = -bbo->bid_sz;
			st = tell(x, up, RP_GEN_NEGATIVE);
		}
		return st == RP_OK ? put_update(x, up) : st;
	}
	row = copy_of(rp_update_last(up));
	place_below(&row, up);
	row.mbo.size = -1;
	if (up->view == RP_VIEW_LEVEL)
		row.ev.action = RP_LEVEL_SET;
	else
		row.mbo.id_lo = x->next_id++;
	if (up->view == RP_VIEW_MBO)
		row.ev.action = 'A';
	return put_with(x, up, RP_GEN_NEGATIVE, &row);
}

/* ---- which ---- */

static enum rp_status
befall(struct rp_faults *x, struct rp_update *up, enum rp_gen_fault fault,
    uint32_t bits)
{
	switch (fault) {
	case RP_GEN_LOST:
	case RP_GEN_GAP:
		return lose(x, up, fault);
	case RP_GEN_DUPLICATE:
		return duplicate(x, up);
	case RP_GEN_LATE:
		return hold(x, up, fault, 1 + rp_random_scale(bits, LATE_MAX));
	case RP_GEN_REORDERED:
		return hold(x, up, fault, 0);
	case RP_GEN_CROSSED:
		return cross(x, up);
	case RP_GEN_CHECKSUM:
		return spoil_checksum(x, up);
	case RP_GEN_CHAIN:
		return break_chain(x, up);
	case RP_GEN_UNKNOWN:
		return mention_unknown(x, up);
	case RP_GEN_NEGATIVE:
		return negate(x, up);
	case RP_GEN_FAULTS:
		break;
	}
	return put_update(x, up);
}

static enum rp_gen_fault
draw(const struct rp_faults *x, uint32_t bits)
{
	uint64_t below = 0;
	int fault;

	for (fault = 0; fault < RP_GEN_FAULTS; fault++) {
		below += x->rate[fault];
		if (bits < below)
			break;
	}
	return (enum rp_gen_fault)fault;
}

enum rp_status
rp_faults_update(struct rp_faults *x, struct rp_update *up)
{
	uint64_t bits = rp_random_next(&x->random);
	enum rp_gen_fault fault = draw(x, (uint32_t)bits);
	struct held *overtaken = find_reordered(x, up);
	enum rp_status st;

	/* one fault at a time, and one that can be told from its trace */
	if (up->snapshot || overtaken != NULL || find_undo(x, up) != NULL)
		fault = RP_GEN_FAULTS;
	st = befall(x, up, fault, (uint32_t)(bits >> 32));
	if (st == RP_OK && overtaken != NULL)
		st = follow_up(x, overtaken, up);
	return st == RP_OK ? release_late(x) : st;
}

enum rp_status
rp_faults_end(struct rp_faults *x)
{
	enum rp_status st = RP_OK;
	struct held *h = x->held; /* the first of them, each time */
	bool overtaken;

	while (st == RP_OK && x->n_held > 0) {
		overtaken = h->up.first->ts_recv < x->ts_recv;
		/* nothing came that a reordered one could follow */
		if (h->fault == RP_GEN_REORDERED && overtaken) {
			delay(&h->up, x->ts_recv);
			overtaken = false;
		}
		st = release(x, 0, overtaken);
	}
	return st;
}
