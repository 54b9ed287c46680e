/*
 * What a book shows: bbo, its best bid and offer, and book, its levels. On
 * change, every so many records, or at times: then one clock of event time is
 * for all books, and each that has had an event since it was shown last is
 * shown as it was before the first record from that time on.
 */
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/time.h"
#include "cli/values.h"
#include "emit.h"

struct options {
	uint32_t depth; /* levels of book; UINT32_MAX: all */
	bool has_depth;
	uint64_t records; /* every so many; 0: not by them */
	int64_t span; /* every so long; 0: not by it */
	struct rp_when *at; /* n_at; once resolved they are all RP_WHEN_AT */
	size_t n_at;
};

/* What is kept beside the books. */
struct own {
	uint64_t dirty; /* number + 1 of the book that changed last */
	uint64_t at; /* the next of the times */
};

struct shown {
	uint64_t levels[6]; /* of bbo: prices, sizes, counts; book: a hash */
	uint64_t records; /* of the book when it was shown */
	int64_t boundary; /* late: the time of the view */
	uint32_t next; /* of the books that changed: number + 1 */
	bool dirty;
	bool late; /* an event was open at the boundary: show it when over */
	bool any; /* levels are those of something shown */
	uint16_t tflags;
	int8_t px_exp, qty_exp;
};

static bool
is_timed(const struct options *o)
{
	return o->span > 0 || o->n_at > 0;
}

/* ---- parameters ---- */

static enum rp_status
read_every(struct emission *e, const char *text)
{
	struct options *o = e->options;

	if (o->span > 0 || o->records > 0)
		return rp_cli_usage(
		    e->cli, "--emit %s: every= is given twice", e->text);
	if ((rp_value_count(text, &o->records) && o->records > 0) ||
	    (rp_value_span(text, &o->span) && o->span > 0))
		return RP_OK;
	return rp_cli_usage(e->cli,
	    "--emit %s: every=%s is neither a number of records nor a span of "
	    "time",
	    e->text, text);
}

/* A time has colons of its own: it is as long as it can be. */
static enum rp_status
read_at(struct emission *e, const char *text, size_t *len)
{
	struct options *o = e->options;
	struct rp_error err = { 0 };
	struct rp_when *at;
	size_t n = strlen(text);

	at = realloc(o->at, (o->n_at + 1) * sizeof(*at));
	if (at == NULL)
		return emission_no_memory(e);
	o->at = at;
	at += o->n_at++;
	for (;; n--) {
		err = (struct rp_error){ 0 };
		if ((n == strlen(text) || text[n] == ':') &&
		    rp_when_parse(text, n, NULL, rp_time_now(), at, &err) ==
			RP_OK)
			break;
		if (n == 0)
			return rp_cli_usage(
			    e->cli, "--emit %s: at=: no time", e->text);
	}
	*len = n;
	return RP_OK;
}

static enum rp_status
when_param(struct emission *e, const char *text, size_t *len)
{
	char every[64];
	size_t n;
	enum rp_status st;

	if (strncmp(text, "every=", 6) == 0) {
		n = *len - 6 < sizeof(every) ? *len - 6 : sizeof(every) - 1;
		memcpy(every, text + 6, n);
		every[n] = '\0';
		return read_every(e, every);
	}
	if (strncmp(text, "at=", 3) != 0)
		return RP_EMPTY;
	st = read_at(e, text + 3, len);
	*len += 3;
	return st;
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
	if (o->has_depth)
		return rp_cli_usage(
		    e->cli, "--emit %s: two numbers of levels", e->text);
	if (depth == 0 || depth > UINT32_MAX)
		return rp_cli_usage(e->cli,
		    "--emit %s: a number of levels is above 0", e->text);
	o->depth = (uint32_t)depth;
	o->has_depth = true;
	return RP_OK;
}

static enum rp_status
when_check(struct emission *e)
{
	struct options *o = e->options;

	if (o->records > 0 && o->n_at > 0)
		return rp_cli_usage(e->cli,
		    "--emit %s: every so many records and at= exclude each "
		    "other",
		    e->text);
	return RP_OK;
}

static enum rp_status
book_check(struct emission *e)
{
	struct options *o = e->options;

	if (!o->has_depth)
		return rp_cli_usage(e->cli,
		    "--emit %s: how many levels? book:10, or book:all",
		    e->text);
	return when_check(e);
}

/* ---- the views ---- */

static enum rp_status
put_bbo(struct emission *e, struct book *b, const struct rp_cause *cause)
{
	const struct options *o = e->options;
	struct rp_record *r;
	struct rp_bbo *bbo;

	r = emission_place(e, cause, RP_BBO, sizeof(*bbo));
	if (r == NULL)
		return e->cli->error.status;
	bbo = (struct rp_bbo *)r->payload;
	rp_view_bbo(&b->lob, cause, bbo);
	bbo->ev.tflags = emission_tflags(b);
	if (o->span > 0 && o->span % RP_SECOND == 0 &&
	    o->span / RP_SECOND < UINT16_MAX)
		bbo->interval = (uint16_t)(o->span / RP_SECOND);
	return emission_add(e, r, b);
}

static uint32_t
deepest(const struct rp_lob *b)
{
	uint32_t bids = rp_lob_depth(b, RP_SIDE_BID);
	uint32_t asks = rp_lob_depth(b, RP_SIDE_ASK);

	return bids > asks ? bids : asks;
}

/* *changed: only if its levels are others than those shown last. */
static enum rp_status
put_book(struct emission *e, struct book *b, const struct rp_cause *cause,
    bool on_change)
{
	const struct options *o = e->options;
	struct shown *s = emission_state(e, b);
	uint32_t n = deepest(&b->lob);
	struct rp_record *r;
	struct rp_book *book;
	uint64_t hash;

	n = n < o->depth ? n : o->depth;
	r = emission_place(e, cause, RP_BOOK, (uint32_t)RP_VIEW_BOOK_ROOM(n));
	if (r == NULL)
		return e->cli->error.status;
	book = (struct rp_book *)r->payload;
	r->len = rp_view_book(&b->lob, cause, n, book);
	book->ev.tflags |= emission_tflags(b);
	hash = rp_hash_seed(
	    book->levels, r->len - sizeof(*book), (uint64_t)book->n_bid);
	if (on_change && s->any && s->levels[0] == hash &&
	    s->tflags == book->ev.tflags && s->px_exp == b->lob.px_exp &&
	    s->qty_exp == b->lob.qty_exp)
		return RP_OK;
	s->any = true;
	s->levels[0] = hash;
	s->tflags = book->ev.tflags;
	s->px_exp = b->lob.px_exp;
	s->qty_exp = b->lob.qty_exp;
	return emission_add(e, r, b);
}

/* ---- at times ---- */

/* The first of the times to come after ts. */
static void
wind(struct emission *e, int64_t ts)
{
	const struct options *o = e->options;
	struct own *own = e->own;
	int64_t into, next;

	e->due = EMISSION_NEVER;
	if (o->span > 0) {
		into = ts % o->span < 0 ? ts % o->span + o->span : ts % o->span;
		if (!__builtin_add_overflow(ts, o->span - into, &next))
			e->due = next;
	}
	while (own->at < o->n_at && o->at[own->at].ns <= ts)
		own->at++;
	if (own->at < o->n_at && o->at[own->at].ns < e->due)
		e->due = o->at[own->at].ns;
}

static int
by_time(const void *a, const void *b)
{
	const struct rp_when *x = a, *y = b;

	return (x->ns > y->ns) - (x->ns < y->ns);
}

static enum rp_status
when_start(struct emission *e, int64_t ts_event)
{
	struct options *o = e->options;

	for (size_t i = 0; i < o->n_at; i++)
		o->at[i] = (struct rp_when){ .kind = RP_WHEN_AT,
			.ns = rp_when_resolve(
			    &o->at[i], NULL, ts_event, ts_event, RP_ABSENT) };
	if (o->n_at > 1)
		qsort(o->at, o->n_at, sizeof(*o->at), by_time);
	if (is_timed(o))
		wind(e, ts_event);
	return RP_OK;
}

static enum rp_status
show_at(struct emission *e, struct book *b, int64_t boundary, int64_t ts_recv,
    uint64_t seq)
{
	struct rp_cause cause = b->cause;

	cause.ts_event = boundary;
	cause.ts_recv = ts_recv;
	cause.seq = seq;
	if (!emission_shows(e, b))
		return RP_OK;
	return e->kind == &emission_bbo ? put_bbo(e, b, &cause)
					: put_book(e, b, &cause, false);
}

static enum rp_status
when_tick(struct emission *e, const struct rp_record *rec)
{
	struct own *own = e->own;
	int64_t boundary = e->due;
	uint64_t at = own->dirty;
	enum rp_status st = RP_OK;

	own->dirty = 0;
	while (at != 0 && st == RP_OK) {
		struct book *b = e->books->all[at - 1];
		struct shown *s = emission_state(e, b);

		at = s->next;
		s->dirty = false;
		s->late = b->open;
		s->boundary = boundary;
		if (!b->open)
			st = show_at(e, b, boundary, rec->ts_recv, rec->seq);
	}
	wind(e, rp_record_ts_event(rec));
	return st;
}

static void
mark_dirty(struct emission *e, struct book *b, struct shown *s)
{
	struct own *own = e->own;

	if (s->dirty)
		return;
	s->dirty = true;
	s->next = (uint32_t)own->dirty;
	own->dirty = b->number + 1;
}

static enum rp_status
timed_event(struct emission *e, struct book *b, struct shown *s)
{
	if (!s->late) {
		mark_dirty(e, b, s);
		return RP_OK;
	}
	s->late = false;
	return show_at(e, b, s->boundary, b->cause.ts_recv, b->cause.seq);
}

/* ---- events ---- */

/* What bbo shows; is it other than before? */
static bool
follow_bbo(const struct book *b, struct shown *s)
{
	const struct rp_price_level *bid = rp_lob_at(&b->lob, RP_SIDE_BID, 0);
	const struct rp_price_level *ask = rp_lob_at(&b->lob, RP_SIDE_ASK, 0);
	const uint64_t now[6] = {
		bid != NULL ? (uint64_t)bid->price : (uint64_t)RP_ABSENT,
		ask != NULL ? (uint64_t)ask->price : (uint64_t)RP_ABSENT,
		bid != NULL ? (uint64_t)bid->size : 0,
		ask != NULL ? (uint64_t)ask->size : 0,
		bid != NULL ? bid->orders : 0,
		ask != NULL ? ask->orders : 0,
	};
	uint16_t tflags = emission_tflags(b);

	if (s->any && memcmp(s->levels, now, sizeof(now)) == 0 &&
	    s->tflags == tflags && s->px_exp == b->lob.px_exp &&
	    s->qty_exp == b->lob.qty_exp)
		return false;
	memcpy(s->levels, now, sizeof(now));
	s->any = true;
	s->tflags = tflags;
	s->px_exp = b->lob.px_exp;
	s->qty_exp = b->lob.qty_exp;
	return true;
}

/* Is it time for a view by the number of records? */
static bool
is_due(const struct options *o, const struct book *b, struct shown *s)
{
	if (b->records - s->records < o->records)
		return false;
	s->records = b->records;
	return true;
}

static enum rp_status
when_event(struct emission *e, struct book *b)
{
	const struct options *o = e->options;
	struct shown *s = emission_state(e, b);
	bool is_bbo = e->kind == &emission_bbo;

	if (is_timed(o))
		return timed_event(e, b, s);
	if (!emission_shows(e, b)) {
		s->any = false;
		return RP_OK;
	}
	if (o->records > 0) {
		if (!is_due(o, b, s))
			return RP_OK;
		return is_bbo ? put_bbo(e, b, &b->cause)
			      : put_book(e, b, &b->cause, false);
	}
	if (!is_bbo)
		return put_book(e, b, &b->cause, true);
	return follow_bbo(b, s) ? put_bbo(e, b, &b->cause) : RP_OK;
}

static void
free_options(struct emission *e)
{
	struct options *o = e->options;

	free(o->at);
}

const struct emission_kind emission_bbo = {
	.name = "bbo",
	.params = "[:every=N|SPAN][:at=T]...",
	.options_size = sizeof(struct options),
	.own_size = sizeof(struct own),
	.state_size = sizeof(struct shown),
	.param = when_param,
	.check = when_check,
	.start = when_start,
	.tick = when_tick,
	.event = when_event,
	.free = free_options,
};

const struct emission_kind emission_book = {
	.name = "book",
	.params = ":N|all[:every=N|SPAN][:at=T]...",
	.options_size = sizeof(struct options),
	.own_size = sizeof(struct own),
	.state_size = sizeof(struct shown),
	.param = book_param,
	.check = book_check,
	.start = when_start,
	.tick = when_tick,
	.event = when_event,
	.free = free_options,
};
