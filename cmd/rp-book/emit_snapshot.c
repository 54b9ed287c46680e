/*
 * snapshot: all that is in a book, as records from which a book is built: a
 * clear, then each order as it queues, level by level (mbo), or each level,
 * of a book that is built from these (level). Bids first, best first. Without
 * times, at the end of the stream.
 */
#include "when.h"

struct snapshot {
	struct emission *e;
	const struct book *book;
	const struct rp_cause *cause;
	uint32_t left; /* records to come */
};

struct state {
	struct when_state when;
};

/* A record of it, of which the payload's head is set. */
static void *
place(struct snapshot *s, uint16_t type, uint32_t len, uint8_t side,
    uint8_t action, struct rp_record **rec)
{
	struct rp_event *ev;

	*rec = emission_place(s->e, s->cause, type, len);
	if (*rec == NULL)
		return NULL;
	(*rec)->flags |= RP_SNAPSHOT;
	if (--s->left > 0)
		(*rec)->flags &= (uint16_t)~RP_LAST;
	ev = (struct rp_event *)(*rec)->payload;
	*ev = rp_view_event(&s->book->lob, s->cause);
	ev->side = side;
	ev->action = action;
	return ev;
}

static enum rp_status
put_order(struct snapshot *s, uint8_t action, const struct rp_order *o)
{
	static const struct rp_order none = {
		.price = RP_ABSENT, .size = RP_ABSENT, .side = RP_SIDE_NONE
	};
	struct rp_record *r;
	struct rp_mbo *m;

	if (o == NULL)
		o = &none;
	m = place(s, RP_MBO, sizeof(*m), o->side, action, &r);
	if (m == NULL)
		return s->e->cli->error.status;
	m->price = o->price;
	m->size = o->size;
	m->id_hi = o->id_hi;
	m->id_lo = o->id_lo;
	m->ev.tflags = (uint16_t)(s->book->id_form << RP_ID_FORM_SHIFT);
	return emission_add(s->e, r, s->book);
}

static enum rp_status
put_queue(struct snapshot *s, const struct rp_price_level *l)
{
	const struct rp_order *orders = s->book->lob.orders.order;
	enum rp_status st = RP_OK;

	for (uint32_t at = l->head; at != RP_NO_ORDER && st == RP_OK;
	     at = orders[at].next)
		st = put_order(s, 'A', &orders[at]);
	return st;
}

static enum rp_status
put_level(struct snapshot *s, uint8_t side, const struct rp_price_level *at,
    uint32_t depth)
{
	uint64_t sequence = s->book->lob.sequence;
	struct rp_record *r;
	struct rp_level *l;

	l = place(s, RP_LEVEL, sizeof(*l), side,
	    at != NULL ? RP_LEVEL_SET : RP_LEVEL_CLEAR, &r);
	if (l == NULL)
		return s->e->cli->error.status;
	*l = (struct rp_level){ .ev = l->ev,
		.price = at != NULL ? at->price : RP_ABSENT,
		.size = at != NULL ? at->size : RP_ABSENT,
		.orders = at != NULL ? at->orders : 0,
		.prev_sequence = sequence,
		.first_sequence = sequence };
	l->ev.sequence = sequence;
	l->ev.aux = depth;
	return emission_add(s->e, r, s->book);
}

static enum rp_status
put_side(struct snapshot *s, uint8_t side)
{
	const struct rp_lob *b = &s->book->lob;
	const struct rp_price_level *l;
	enum rp_status st = RP_OK;

	for (uint32_t i = 0; st == RP_OK && (l = rp_lob_at(b, side, i)) != NULL;
	     i++)
		st = s->book->type == RP_MBO ? put_queue(s, l)
					     : put_level(s, side, l, i);
	return st;
}

/* Of a book that is a guess there is none: it would be read as one that is
 * not. */
static enum rp_status
show_snapshot(struct emission *e, struct book *b, const struct rp_cause *cause)
{
	struct snapshot s = { .e = e, .book = b, .cause = cause };
	enum rp_status st;

	if (b->lob.state != RP_LOB_VALID || b->type == 0)
		return RP_OK;
	if (b->type == RP_MBO) {
		s.left = 1 + b->lob.orders.live;
		st = put_order(&s, 'R', NULL);
	} else {
		s.left = 1 + rp_lob_depth(&b->lob, RP_SIDE_BID) +
		    rp_lob_depth(&b->lob, RP_SIDE_ASK);
		st = put_level(&s, RP_SIDE_NONE, NULL, 0);
	}
	if (st == RP_OK)
		st = put_side(&s, RP_SIDE_BID);
	return st == RP_OK ? put_side(&s, RP_SIDE_ASK) : st;
}

static enum rp_status
snapshot_event(struct emission *e, struct book *b)
{
	return when_on_change(e->options) ? RP_OK : when_event(e, b);
}

static enum rp_status
snapshot_finish(struct emission *e)
{
	struct book *b;
	enum rp_status st = RP_OK;

	for (size_t i = 0;
	     when_on_change(e->options) && i < e->books->n && st == RP_OK;
	     i++) {
		b = e->books->all[i];
		st = show_snapshot(e, b, &b->cause);
	}
	return st;
}

static void
snapshot_archive_book(struct emission *e, struct book *b, struct rp_archive *ar)
{
	struct state *s = emission_state(e, b);

	when_archive_state(ar, &s->when);
}

const struct emission_kind emission_snapshot = {
	.name = "snapshot",
	.params = WHEN_PARAMS,
	.options_size = sizeof(struct when),
	.own_size = sizeof(struct when_own),
	.state_size = sizeof(struct state),
	.param = when_param,
	.check = when_check,
	.start = when_start,
	.tick = when_tick,
	.event = snapshot_event,
	.show = show_snapshot,
	.finish = snapshot_finish,
	.archive = when_archive,
	.archive_book = snapshot_archive_book,
	.free = when_free,
};
