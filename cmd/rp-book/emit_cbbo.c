/*
 * cbbo: the best bid and offer of all sources of one symbol, on change. Books
 * that are not valid have no part in it. Of equal prices the larger size is
 * taken, then the source that came first.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/decimal.h"
#include "base/limits.h"
#include "emit.h"

struct quote {
	int64_t px, sz; /* RP_ABSENT: none */
	uint32_t ct;
	int8_t px_exp, qty_exp;
	uint16_t publisher;
};

struct state {
	uint32_t next; /* the ring of books of one symbol: number + 1 */
	uint32_t first; /* of them: it has what was shown */
	uint16_t publisher; /* 0: not yet in the ring */
	uint16_t tflags; /* shown */
	bool any; /* something was shown */
	struct quote best[2]; /* of the book after its last event */
	struct quote shown[2];
};

struct own {
	uint64_t publishers; /* numbered so far */
};

/* ---- who is there ---- */

/* Say which source the number stands for. */
static enum rp_status
note_publisher(struct emission *e, const struct book *b, uint16_t publisher)
{
	char text[64 + RP_MAX_NAME];
	enum rp_status st;
	int n;

	n = snprintf(text, sizeof(text), "publisher=%" PRIu16 "\nsource=%.*s",
	    publisher, b->source != NULL ? b->source->len : 0,
	    b->source != NULL ? b->source->text : "");
	if (e->cli->no_notes)
		return RP_OK;
	st = rp_writer_note(e->sink->w, text, (size_t)n);
	if (st != RP_OK)
		rp_error_set(&e->cli->error, st, "%s",
		    rp_writer_error(e->sink->w)->text);
	return st;
}

/* The number of a source: in the order of their first events. */
static enum rp_status
number_source(struct emission *e, struct book *b, struct state *s)
{
	struct own *own = e->own;
	struct state *other;

	for (size_t i = 0; i < e->books->n; i++) {
		other = emission_state(e, e->books->all[i]);
		if (other->publisher != 0 &&
		    e->books->all[i]->source == b->source) {
			s->publisher = other->publisher;
			return RP_OK;
		}
	}
	if (own->publishers == UINT16_MAX - 1)
		return rp_error_set(&e->cli->error, RP_ERR_LIMIT,
		    "--emit %s: more than %d sources", e->text, UINT16_MAX - 1);
	s->publisher = (uint16_t)++own->publishers;
	return note_publisher(e, b, s->publisher);
}

/* Into the ring behind one that is in it, or into one of its own. */
static void
link_behind(struct state *s, uint32_t number, struct state *other)
{
	s->first = s->next = number + 1;
	if (other == NULL)
		return;
	s->first = other->first;
	s->next = other->next;
	other->next = number + 1;
}

/* Enter the ring of its symbol. */
static enum rp_status
join_ring(struct emission *e, struct book *b, struct state *s)
{
	struct state *other = NULL;
	enum rp_status st = number_source(e, b, s);

	if (st != RP_OK)
		return st;
	for (size_t i = 0; i < e->books->n; i++) {
		other = emission_state(e, e->books->all[i]);
		if (other->first != 0 && e->books->all[i]->symbol == b->symbol)
			break;
		other = NULL;
	}
	link_behind(s, b->number, other);
	return RP_OK;
}

/* ---- the best of them ---- */

static void
set_quote(struct quote *q, const struct book *b, uint8_t side, uint16_t who)
{
	const struct rp_price_level *l = rp_lob_at(&b->lob, side, 0);

	memset(q, 0, sizeof(*q)); /* quotes are compared by their bytes */
	q->px = l != NULL ? l->price : RP_ABSENT;
	q->sz = l != NULL ? l->size : RP_ABSENT;
	q->ct = l != NULL ? l->orders : 0;
	q->px_exp = b->lob.px_exp;
	q->qty_exp = b->lob.qty_exp;
	q->publisher = who;
}

static bool
is_better(const struct quote *a, const struct quote *b, uint8_t side)
{
	int cmp;

	if (a->px == RP_ABSENT || b->px == RP_ABSENT)
		return a->px != RP_ABSENT;
	cmp = rp_decimal_compare(a->px, a->px_exp, b->px, b->px_exp);
	if (cmp != 0)
		return (cmp > 0) == (side == RP_SIDE_BID);
	cmp = rp_decimal_compare(a->sz, a->qty_exp, b->sz, b->qty_exp);
	return cmp != 0 ? cmp > 0 : a->publisher < b->publisher;
}

/* The best of each side; *missing: a book that is a guess has no part in it. */
static void
find_best(
    struct emission *e, struct book *b, struct quote best[2], bool *missing)
{
	struct book *at = b;
	struct state *s;

	memset(best, 0, 2 * sizeof(*best));
	best[0].px = best[1].px = best[0].sz = best[1].sz = RP_ABSENT;
	best[0].publisher = best[1].publisher = UINT16_MAX;
	*missing = false;
	do {
		s = emission_state(e, at);
		if (at->lob.state != RP_LOB_VALID)
			*missing = true;
		for (uint8_t side = RP_SIDE_BID;
		     side <= RP_SIDE_ASK && at->lob.state == RP_LOB_VALID;
		     side++) {
			const struct quote *q = &s->best[rp_lob_side(side)];

			if (is_better(q, &best[rp_lob_side(side)], side))
				best[rp_lob_side(side)] = *q;
		}
		at = e->books->all[s->next - 1];
	} while (at != b);
}

static uint16_t
tflags_of(const struct emission *e, const struct quote best[2], bool missing)
{
	uint16_t tflags = missing && !e->drop ? RP_VIEW_STALE : 0;
	int cmp;

	if (best[0].px == RP_ABSENT || best[1].px == RP_ABSENT)
		return tflags;
	cmp = rp_decimal_compare(
	    best[0].px, best[0].px_exp, best[1].px, best[1].px_exp);
	if (cmp > 0)
		tflags |= RP_VIEW_CROSSED;
	if (cmp == 0)
		tflags |= RP_VIEW_LOCKED;
	return tflags;
}

/* That books begin empty is no news. */
static bool
is_blank(const struct quote best[2], uint16_t tflags)
{
	return best[0].px == RP_ABSENT && best[1].px == RP_ABSENT &&
	    tflags == 0;
}

/* ---- records ---- */

static int8_t
finest(int8_t a, int8_t b)
{
	return a < b ? a : b;
}

static enum rp_status
put(struct emission *e, const struct book *b, const struct state *first)
{
	const struct quote *bid = &first->shown[0], *ask = &first->shown[1];
	const struct rp_cause *cause = &b->cause;
	struct rp_record *r;
	struct rp_bbo *bbo;
	int8_t px, qty;

	r = emission_place(e, cause, RP_BBO, sizeof(*bbo));
	if (r == NULL)
		return e->cli->error.status;
	px = finest(b->lob.px_exp, finest(bid->px_exp, ask->px_exp));
	qty = finest(b->lob.qty_exp, finest(bid->qty_exp, ask->qty_exp));
	bbo = (struct rp_bbo *)r->payload;
	*bbo = (struct rp_bbo){ .ev = rp_view_event(&b->lob, cause),
		.bid_px = rp_view_rescaled(bid->px, bid->px_exp, px),
		.bid_sz = rp_view_rescaled(bid->sz, bid->qty_exp, qty),
		.ask_px = rp_view_rescaled(ask->px, ask->px_exp, px),
		.ask_sz = rp_view_rescaled(ask->sz, ask->qty_exp, qty),
		.bid_ct = bid->ct,
		.ask_ct = ask->ct,
		.price = rp_view_rescaled(cause->price, b->lob.px_exp, px),
		.size = rp_view_rescaled(cause->size, b->lob.qty_exp, qty),
		.depth = UINT8_MAX,
		.bid_publisher = bid->publisher,
		.ask_publisher = ask->publisher };
	bbo->ev.px_exp = px;
	bbo->ev.qty_exp = qty;
	bbo->ev.tflags = first->tflags;
	return rp_sink_add(e->sink, r, b->symbol, NULL);
}

static enum rp_status
cbbo_event(struct emission *e, struct book *b)
{
	struct state *s = emission_state(e, b), *first;
	struct quote best[2];
	uint16_t tflags;
	bool missing;
	enum rp_status st;

	if (s->publisher == 0 && (st = join_ring(e, b, s)) != RP_OK)
		return st;
	set_quote(&s->best[0], b, RP_SIDE_BID, s->publisher);
	set_quote(&s->best[1], b, RP_SIDE_ASK, s->publisher);
	first = emission_state(e, e->books->all[s->first - 1]);
	find_best(e, b, best, &missing);
	tflags = tflags_of(e, best, missing);
	if (first->any ? first->tflags == tflags &&
		    memcmp(first->shown, best, sizeof(best)) == 0
		       : is_blank(best, tflags))
		return RP_OK;
	memcpy(first->shown, best, sizeof(best));
	first->tflags = tflags;
	first->any = true;
	return put(e, b, first);
}

/* ---- checkpoints ---- */

static void
store_quote(struct rp_archive *ar, struct quote *q)
{
	rp_archive_i64(ar, &q->px);
	rp_archive_i64(ar, &q->sz);
	rp_archive_u32(ar, &q->ct);
	rp_archive_i8(ar, &q->px_exp);
	rp_archive_i8(ar, &q->qty_exp);
	rp_archive_u16(ar, &q->publisher);
}

static void
store_shown(struct rp_archive *ar, struct state *first)
{
	rp_archive_bool(ar, &first->any);
	rp_archive_u16(ar, &first->tflags);
	store_quote(ar, &first->shown[0]);
	store_quote(ar, &first->shown[1]);
}

static struct book *
next_of(struct emission *e, struct book *b)
{
	const struct state *s = emission_state(e, b);

	return e->books->all[s->next - 1];
}

enum { MEMBER_BYTES = 4 + 2 + 2 * 24 };

/* A book of a ring. NULL: there is none such. */
static struct book *
store_member(struct emission *e, struct rp_archive *ar, struct book *b)
{
	uint32_t number = b != NULL ? b->number : 0;
	const struct own *own = e->own;
	struct state *m;

	rp_archive_u32(ar, &number);
	rp_archive_check(ar, number < e->books->n);
	if (ar->status != RP_OK)
		return NULL;
	b = e->books->all[number];
	m = emission_state(e, b);
	rp_archive_check(ar, !ar->loading || m->first == 0);
	rp_archive_u16(ar, &m->publisher);
	rp_archive_check(
	    ar, m->publisher > 0 && m->publisher <= own->publishers);
	store_quote(ar, &m->best[0]);
	store_quote(ar, &m->best[1]);
	return ar->status == RP_OK ? b : NULL;
}

static void
store_ring(struct emission *e, struct rp_archive *ar, struct book *first)
{
	struct book *b = first;
	uint64_t n = 0;

	do
		n++;
	while ((b = next_of(e, b)) != first);
	(void)rp_archive_count(ar, n, MEMBER_BYTES);
	store_shown(ar, emission_state(e, first));
	do
		(void)store_member(e, ar, b);
	while ((b = next_of(e, b)) != first);
}

static void
load_ring(struct emission *e, struct rp_archive *ar)
{
	uint64_t n = rp_archive_count(ar, 0, MEMBER_BYTES);
	struct state shown, *before = NULL, *m;
	struct book *b, *first = NULL;

	store_shown(ar, &shown);
	while (n-- > 0 && (b = store_member(e, ar, NULL)) != NULL) {
		if (first == NULL)
			first = b;
		rp_archive_check(ar, b->symbol == first->symbol);
		m = emission_state(e, b);
		link_behind(m, b->number, before);
		before = m;
	}
	rp_archive_check(ar, first != NULL);
	if (first == NULL)
		return;
	m = emission_state(e, first);
	m->any = shown.any;
	m->tflags = shown.tflags;
	memcpy(m->shown, shown.shown, sizeof(m->shown));
}

/* For who has not read the output of the run that this one goes on with. */
static enum rp_status
note_publishers(struct emission *e)
{
	const struct own *own = e->own;
	enum rp_status st = RP_OK;

	for (uint64_t n = 1; n <= own->publishers && st == RP_OK; n++)
		for (size_t i = 0; i < e->books->n; i++) {
			const struct book *b = e->books->all[i];
			const struct state *s =
			    emission_state(e, e->books->all[i]);

			if (s->publisher != n)
				continue;
			st = note_publisher(e, b, s->publisher);
			break;
		}
	return st;
}

static void
cbbo_archive(struct emission *e, struct rp_archive *ar)
{
	struct own *own = e->own;
	const struct state *state;
	uint64_t rings = 0;

	for (size_t i = 0; i < e->books->n; i++) {
		state = emission_state(e, e->books->all[i]);
		rings += state->first == i + 1;
	}
	rp_archive_u64(ar, &own->publishers);
	rp_archive_check(ar, own->publishers < UINT16_MAX);
	rings = rp_archive_count(ar, rings, MEMBER_BYTES);
	if (ar->loading) {
		while (rings-- > 0 && ar->status == RP_OK)
			load_ring(e, ar);
		if (ar->status == RP_OK)
			ar->status = note_publishers(e);
		return;
	}
	for (size_t i = 0; i < e->books->n; i++) {
		state = emission_state(e, e->books->all[i]);
		if (state->first == i + 1)
			store_ring(e, ar, e->books->all[i]);
	}
}

const struct emission_kind emission_cbbo = {
	.name = "cbbo",
	.params = "",
	.own_size = sizeof(struct own),
	.state_size = sizeof(struct state),
	.event = cbbo_event,
	.archive = cbbo_archive,
};
