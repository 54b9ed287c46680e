/* What a book shows: bbo, its best bid and offer, and book, its levels. */
#include <string.h>

#include "base/hash.h"
#include "cli/values.h"
#include "when.h"

struct options {
	struct when when;
	uint32_t depth; /* levels of book; UINT32_MAX: all; 0: not given */
};

/* Of the last view: what it is told by from the next one. */
struct look {
	uint64_t v[6]; /* bbo: prices, sizes, orders; book: a hash */
	uint16_t tflags;
	int8_t px_exp, qty_exp;
	uint32_t res; /* 0: looks are compared by their bytes */
};

struct state {
	struct when_state when;
	struct look look;
	bool any; /* there was a view */
};

/* Keep how it looks now; false: that is as before, and no news. That a book
 * begins empty is none. */
static bool
is_news(const struct options *o, struct state *s, const struct look *now,
    bool empty)
{
	if (when_on_change(&o->when) &&
	    (s->when.shown ? memcmp(&s->look, now, sizeof(*now)) == 0
			   : !s->any && empty && now->tflags == 0))
		return false;
	s->look = *now;
	s->any = s->when.shown = true;
	return true;
}

static struct look
look_of(const struct book *b)
{
	struct look now;

	memset(&now, 0, sizeof(now));
	now.tflags = emission_tflags(b);
	now.px_exp = b->lob.px_exp;
	now.qty_exp = b->lob.qty_exp;
	return now;
}

static uint32_t
deepest(const struct rp_lob *b)
{
	uint32_t bids = rp_lob_depth(b, RP_SIDE_BID);
	uint32_t asks = rp_lob_depth(b, RP_SIDE_ASK);

	return bids > asks ? bids : asks;
}

/* ---- bbo ---- */

static void
look_at_best(const struct book *b, uint8_t side, uint64_t v[3])
{
	const struct rp_price_level *l = rp_lob_at(&b->lob, side, 0);

	v[0] = (uint64_t)(l != NULL ? l->price : RP_ABSENT);
	v[1] = (uint64_t)(l != NULL ? l->size : RP_ABSENT);
	v[2] = l != NULL ? l->orders : 0;
}

static enum rp_status
show_bbo(struct emission *e, struct book *b, const struct rp_cause *cause)
{
	const struct options *o = e->options;
	struct look now = look_of(b);
	struct rp_record *r;
	struct rp_bbo *bbo;

	look_at_best(b, RP_SIDE_BID, now.v);
	look_at_best(b, RP_SIDE_ASK, now.v + 3);
	if (!is_news(o, emission_state(e, b), &now, deepest(&b->lob) == 0))
		return RP_OK;
	r = emission_place(e, cause, RP_BBO, sizeof(*bbo));
	if (r == NULL)
		return e->cli->error.status;
	bbo = (struct rp_bbo *)r->payload;
	rp_view_bbo(&b->lob, cause, bbo);
	bbo->ev.tflags = now.tflags;
	if (o->when.span % RP_SECOND == 0 &&
	    o->when.span / RP_SECOND <= UINT16_MAX)
		bbo->interval = (uint16_t)(o->when.span / RP_SECOND);
	return emission_add(e, r, b);
}

/* ---- book ---- */

static enum rp_status
show_book(struct emission *e, struct book *b, const struct rp_cause *cause)
{
	const struct options *o = e->options;
	struct look now = look_of(b);
	uint32_t n = deepest(&b->lob);
	struct rp_record *r;
	struct rp_book *book;

	n = n < o->depth ? n : o->depth;
	r = emission_place(e, cause, RP_BOOK, (uint32_t)RP_VIEW_BOOK_ROOM(n));
	if (r == NULL)
		return e->cli->error.status;
	book = (struct rp_book *)r->payload;
	r->len = rp_view_book(&b->lob, cause, n, book);
	book->ev.tflags |= now.tflags;
	now.tflags = book->ev.tflags;
	now.v[0] = rp_hash(book->levels, r->len - sizeof(*book));
	now.v[1] = book->n_bid;
	if (!is_news(o, emission_state(e, b), &now, n == 0))
		return RP_OK;
	return emission_add(e, r, b);
}

static enum rp_status
book_param(struct emission *e, const char *text, size_t *len)
{
	struct options *o = e->options;
	char number[16] = "";
	uint64_t depth;

	if (*len < sizeof(number))
		memcpy(number, text, *len);
	if (strcmp(number, "all") == 0)
		depth = UINT32_MAX;
	else if (!rp_value_count(number, &depth))
		return when_param(e, text, len);
	if (o->depth != 0)
		return rp_cli_usage(
		    e->cli, "--emit %s: two numbers of levels", e->text);
	if (depth == 0 || depth > UINT32_MAX)
		return rp_cli_usage(
		    e->cli, "--emit %s: 1 level or more", e->text);
	o->depth = (uint32_t)depth;
	return RP_OK;
}

static enum rp_status
book_check(struct emission *e)
{
	const struct options *o = e->options;

	if (o->depth == 0)
		return rp_cli_usage(e->cli,
		    "--emit %s: of how many levels? book:10, book:all",
		    e->text);
	return when_check(e);
}

/* ---- checkpoints ---- */

static void
archive_book(struct emission *e, struct book *b, struct rp_archive *ar)
{
	struct state *s = emission_state(e, b);

	when_archive_state(ar, &s->when);
	for (size_t i = 0; i < RP_LEN(s->look.v); i++)
		rp_archive_u64(ar, &s->look.v[i]);
	rp_archive_u16(ar, &s->look.tflags);
	rp_archive_i8(ar, &s->look.px_exp);
	rp_archive_i8(ar, &s->look.qty_exp);
	rp_archive_bool(ar, &s->any);
}

const struct emission_kind emission_bbo = {
	.name = "bbo",
	.params = WHEN_PARAMS,
	.options_size = sizeof(struct options),
	.own_size = sizeof(struct when_own),
	.state_size = sizeof(struct state),
	.param = when_param,
	.check = when_check,
	.start = when_start,
	.tick = when_tick,
	.event = when_event,
	.show = show_bbo,
	.archive = when_archive,
	.archive_book = archive_book,
	.free = when_free,
};

const struct emission_kind emission_book = {
	.name = "book",
	.params = ":N|all" WHEN_PARAMS,
	.options_size = sizeof(struct options),
	.own_size = sizeof(struct when_own),
	.state_size = sizeof(struct state),
	.param = book_param,
	.check = book_check,
	.start = when_start,
	.tick = when_tick,
	.event = when_event,
	.show = show_book,
	.archive = when_archive,
	.archive_book = archive_book,
	.free = when_free,
};
