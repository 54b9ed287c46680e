/*
 * level: price levels as they change, one update an event (L2 from L3, or L2
 * without deltas and without what changes nothing). An update says what became
 * of each price that the event touched, in the order in which they were
 * touched; of one that empties the book first, all that is in it then.
 */
#include <stdlib.h>
#include <string.h>

#include "base/decimal.h"
#include "emit.h"

/* A price that the event has touched, and how it was before. */
struct touch {
	int64_t price, size;
	uint32_t orders;
	uint8_t side;
	int8_t px_exp, qty_exp; /* of price and size */
};

struct state {
	struct touch *touched; /* n of cap, while an event is open */
	uint32_t n, cap;
	bool cleared; /* the event has emptied the book */
	uint64_t sequence; /* of the update written last */
};

/* ---- what an event touches ---- */

static bool
is_touched(const struct state *s, const struct touch *t)
{
	const struct touch *o = s->touched;

	for (; o < s->touched + s->n; o++)
		if (o->side == t->side &&
		    rp_decimal_compare(
			o->price, o->px_exp, t->price, t->px_exp) == 0)
			return true;
	return false;
}

/* How it is before the record that touches it. */
static void
set_before(const struct rp_lob *b, struct touch *t)
{
	int64_t price = rp_view_rescaled(t->price, t->px_exp, b->px_exp);
	const struct rp_price_level *l;
	uint32_t level;

	t->qty_exp = b->qty_exp;
	level = price != RP_ABSENT
	    ? rp_prices_find(&b->side[rp_lob_side(t->side)], price)
	    : RP_NO_LEVEL;
	if (level == RP_NO_LEVEL)
		return;
	l = &b->pool.levels[level];
	t->size = l->size;
	t->orders = l->orders;
}

static enum rp_status
touch(struct emission *e, struct book *b, uint8_t side, int64_t price,
    int8_t px_exp)
{
	struct state *s = emission_state(e, b);
	struct touch t = { .price = price, .px_exp = px_exp, .side = side };
	struct touch *touched;
	uint32_t cap;

	if (price == RP_ABSENT ||
	    (side != RP_SIDE_BID && side != RP_SIDE_ASK) || is_touched(s, &t))
		return RP_OK;
	if (s->n == s->cap) {
		cap = s->cap == 0 ? 8 : 2 * s->cap;
		touched = realloc(s->touched, cap * sizeof(*touched));
		if (touched == NULL)
			return emission_no_memory(e);
		s->touched = touched;
		s->cap = cap;
	}
	set_before(&b->lob, &t);
	s->touched[s->n++] = t;
	return RP_OK;
}

/* Where the order is now, and where it is to go. */
static enum rp_status
touch_order(struct emission *e, struct book *b, const struct rp_mbo *m)
{
	uint32_t at = rp_orders_find(&b->lob.orders, m->id_hi, m->id_lo);
	const struct rp_order *o;
	uint8_t side = m->ev.side;
	enum rp_status st = RP_OK;

	if (at != RP_NO_ORDER) {
		o = &b->lob.orders.order[at];
		if (side == RP_SIDE_NONE)
			side = o->side;
		st = touch(e, b, o->side, o->price, b->lob.px_exp);
	}
	if (st == RP_OK && (m->ev.action == 'A' || m->ev.action == 'M'))
		st = touch(e, b, side, m->price, m->ev.px_exp);
	return st;
}

/* Does the book begin anew by this record? */
static bool
is_clear(const struct book *b, const struct rp_record *rec)
{
	const struct rp_event *ev = (const struct rp_event *)rec->payload;

	if (rec->type == RP_BOOK)
		return true;
	if (rec->type == RP_LEVEL)
		return ev->action == RP_LEVEL_CLEAR ||
		    (rec->flags & RP_SNAPSHOT) != 0;
	return ev->action == 'R' ||
	    ((rec->flags & RP_SNAPSHOT) != 0 && !b->lob.from_snapshot);
}

static enum rp_status
level_record(struct emission *e, struct book *b, const struct rp_record *rec)
{
	const struct rp_level *l = (const struct rp_level *)rec->payload;
	struct state *s = emission_state(e, b);

	if (rec->type == RP_TRADE)
		return RP_OK;
	s->cleared |= is_clear(b, rec);
	if (s->cleared)
		return RP_OK;
	if (rec->type == RP_MBO)
		return touch_order(e, b, (const struct rp_mbo *)rec->payload);
	return touch(e, b, l->ev.side, l->price, l->ev.px_exp);
}

/* ---- updates ---- */

static enum rp_status
put_level(struct emission *e, struct book *b, enum rp_level_action action,
    uint8_t side, const struct rp_price_level *at, uint32_t depth, bool last)
{
	const struct rp_cause *cause = &b->cause;
	struct state *s = emission_state(e, b);
	struct rp_record *r;
	struct rp_level *l;

	r = emission_place(e, cause, RP_LEVEL, sizeof(*l));
	if (r == NULL)
		return e->cli->error.status;
	l = (struct rp_level *)r->payload;
	*l = (struct rp_level){ .ev = rp_view_event(&b->lob, cause),
		.price = at != NULL ? at->price : RP_ABSENT,
		.size = at != NULL ? at->size : RP_ABSENT,
		.orders = at != NULL ? at->orders : 0,
		.prev_sequence = s->sequence };
	l->ev.action = (uint8_t)action;
	l->ev.side = side;
	l->ev.aux = depth;
	/* updates never go back, for they are told by it from older ones */
	if (l->ev.sequence < s->sequence)
		l->ev.sequence = s->sequence;
	l->first_sequence = s->sequence + (l->ev.sequence > s->sequence);
	if (!last)
		r->flags &= (uint16_t)~RP_LAST;
	else
		s->sequence = l->ev.sequence;
	return emission_add(e, r, b);
}

static enum rp_status
put_side(struct emission *e, struct book *b, uint8_t side, uint32_t *left)
{
	const struct rp_price_level *l;
	enum rp_status st = RP_OK;

	for (uint32_t i = 0;
	     st == RP_OK && (l = rp_lob_at(&b->lob, side, i)) != NULL; i++)
		st = put_level(e, b, RP_LEVEL_SET, side, l, i, --*left == 0);
	return st;
}

static enum rp_status
put_all(struct emission *e, struct book *b)
{
	uint32_t left = rp_lob_depth(&b->lob, RP_SIDE_BID) +
	    rp_lob_depth(&b->lob, RP_SIDE_ASK);
	enum rp_status st;

	st = put_level(e, b, RP_LEVEL_CLEAR, RP_SIDE_NONE, NULL, 0, left == 0);
	if (st == RP_OK)
		st = put_side(e, b, RP_SIDE_BID, &left);
	return st == RP_OK ? put_side(e, b, RP_SIDE_ASK, &left) : st;
}

/* What is there at a touched price; *depth: better levels. */
static struct rp_price_level
now_at(const struct rp_lob *b, const struct touch *t, uint32_t *depth)
{
	const struct rp_prices *s = &b->side[rp_lob_side(t->side)];
	struct rp_price_level none = { .price = t->price };
	uint32_t level = rp_prices_find(s, t->price);

	*depth = s->n - rp_prices_worse(s, t->price);
	if (level == RP_NO_LEVEL)
		return none;
	--*depth;
	return b->pool.levels[level];
}

/* Keep those whose level is other than before, in the book's exponents. */
static uint32_t
sift(const struct rp_lob *b, struct state *s)
{
	struct rp_price_level now;
	uint32_t n = 0, depth;
	struct touch t;

	for (uint32_t i = 0; i < s->n; i++) {
		t = s->touched[i];
		t.price = rp_view_rescaled(t.price, t.px_exp, b->px_exp);
		t.size = rp_view_rescaled(t.size, t.qty_exp, b->qty_exp);
		if (t.price == RP_ABSENT) /* the book did not take it */
			continue;
		now = now_at(b, &t, &depth);
		if (now.size != t.size || now.orders != t.orders)
			s->touched[n++] = t;
	}
	return n;
}

static enum rp_status
put_touched(struct emission *e, struct book *b, struct state *s)
{
	uint32_t n = sift(&b->lob, s), depth;
	struct rp_price_level now;
	enum rp_status st = RP_OK;

	for (uint32_t i = 0; i < n && st == RP_OK; i++) {
		now = now_at(&b->lob, &s->touched[i], &depth);
		st = put_level(e, b,
		    now.size != 0 ? RP_LEVEL_SET : RP_LEVEL_REMOVE,
		    s->touched[i].side, &now, depth, i + 1 == n);
	}
	return st;
}

static enum rp_status
level_event(struct emission *e, struct book *b)
{
	struct state *s = emission_state(e, b);
	enum rp_status st = RP_OK;

	if (s->cleared && b->lob.state == RP_LOB_VALID)
		st = put_all(e, b);
	/* a clear in front of a guess would make it a valid book */
	else if (!s->cleared && emission_shows(e, b))
		st = put_touched(e, b, s);
	s->cleared = false;
	s->n = 0;
	return st;
}

/* An event may be open. */
static void
store_touched(struct emission *e, struct state *s, struct rp_archive *ar)
{
	const size_t size = 8 + 8 + 4 + 1 + 1 + 1;
	uint64_t n = rp_archive_count(ar, s->n, size);

	if (ar->loading && n > 0) {
		if (n > UINT32_MAX ||
		    (s->touched = calloc(n, sizeof(*s->touched))) == NULL) {
			ar->status = emission_no_memory(e);
			return;
		}
		s->n = s->cap = (uint32_t)n;
	}
	for (struct touch *t = s->touched; n > 0; n--, t++) {
		rp_archive_i64(ar, &t->price);
		rp_archive_i64(ar, &t->size);
		rp_archive_u32(ar, &t->orders);
		rp_archive_u8(ar, &t->side);
		rp_archive_check(
		    ar, t->side == RP_SIDE_BID || t->side == RP_SIDE_ASK);
		rp_archive_i8(ar, &t->px_exp);
		rp_archive_i8(ar, &t->qty_exp);
	}
}

static void
level_archive_book(struct emission *e, struct book *b, struct rp_archive *ar)
{
	struct state *s = emission_state(e, b);

	store_touched(e, s, ar);
	rp_archive_bool(ar, &s->cleared);
	rp_archive_u64(ar, &s->sequence);
}

static void
level_forget(struct emission *e, struct book *b)
{
	struct state *s = emission_state(e, b);

	free(s->touched);
}

const struct emission_kind emission_level = {
	.name = "level",
	.params = "",
	.state_size = sizeof(struct state),
	.record = level_record,
	.event = level_event,
	.archive_book = level_archive_book,
	.forget = level_forget,
};
