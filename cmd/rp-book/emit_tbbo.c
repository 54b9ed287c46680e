/*
 * tbbo: each trade with the best bid and offer as they were before its event,
 * a record of type bbo like those of Databento's schema of that name.
 */
#include "book/trades.h"
#include "emit.h"

struct state {
	struct rp_bbo before; /* the event that is open */
};

static void
look(const struct book *b, struct rp_bbo *bbo)
{
	rp_view_bbo(&b->lob, &b->cause, bbo);
	bbo->ev.tflags = emission_tflags(b);
}

/* The trade's own digits are kept, and the book's. */
static void
join(struct rp_bbo *bbo, const struct rp_trade *t)
{
	int8_t px = t->ev.px_exp, qty = t->ev.qty_exp;
	int8_t book_px = bbo->ev.px_exp, book_qty = bbo->ev.qty_exp;

	px = book_px < px ? book_px : px;
	qty = book_qty < qty ? book_qty : qty;
	bbo->bid_px = rp_view_rescaled(bbo->bid_px, book_px, px);
	bbo->ask_px = rp_view_rescaled(bbo->ask_px, book_px, px);
	bbo->bid_sz = rp_view_rescaled(bbo->bid_sz, book_qty, qty);
	bbo->ask_sz = rp_view_rescaled(bbo->ask_sz, book_qty, qty);
	bbo->price = rp_view_rescaled(t->price, t->ev.px_exp, px);
	bbo->size = rp_view_rescaled(t->size, t->ev.qty_exp, qty);
	bbo->ev.px_exp = px;
	bbo->ev.qty_exp = qty;
}

static enum rp_status
put(struct emission *e, const struct book *b, const struct rp_record *rec,
    const struct rp_bbo *before, uint8_t aggressor)
{
	/* mbo has price and size at the same place */
	const struct rp_trade *t = (const struct rp_trade *)rec->payload;
	const struct rp_cause cause = {
		.ts_recv = rec->ts_recv, .seq = rec->seq, .flags = rec->flags
	};
	struct rp_bbo *bbo;
	struct rp_record *r;

	r = emission_place(e, &cause, RP_BBO, sizeof(*bbo));
	if (r == NULL)
		return e->cli->error.status;
	bbo = (struct rp_bbo *)r->payload;
	*bbo = *before;
	bbo->ev = t->ev;
	bbo->ev.px_exp = before->ev.px_exp;
	bbo->ev.qty_exp = before->ev.qty_exp;
	bbo->ev.tflags = before->ev.tflags | RP_BBO_AT_TRADE;
	bbo->ev.action = 'T';
	bbo->ev.side = aggressor;
	if (rec->type == RP_TRADE && t->depth < UINT8_MAX)
		bbo->depth = (uint8_t)t->depth;
	join(bbo, t);
	return emission_add(e, r, b);
}

static enum rp_status
tbbo_record(struct emission *e, struct book *b, const struct rp_record *rec)
{
	struct state *s = emission_state(e, b);
	struct rp_trade_tick trade;

	if (!b->open)
		look(b, &s->before);
	if (!rp_trade_of(rec, &trade) || !emission_shows(e, b))
		return RP_OK;
	return put(e, b, rec, &s->before, trade.side);
}

static void
tbbo_archive_book(struct emission *e, struct book *b, struct rp_archive *ar)
{
	struct state *s = emission_state(e, b);

	rp_archive_bytes(ar, &s->before, sizeof(s->before));
}

const struct emission_kind emission_tbbo = {
	.name = "tbbo",
	.params = "",
	.state_size = sizeof(struct state),
	.record = tbbo_record,
	.archive_book = tbbo_archive_book,
};
