#include "when.h"

#include <stdlib.h>
#include <string.h>

#include "cli/values.h"

/* ---- parameters ---- */

static enum rp_status
read_every(struct emission *e, const char *text)
{
	struct when *w = e->options;

	if (w->span > 0 || w->records > 0)
		return rp_cli_usage(
		    e->cli, "--emit %s: every= is given twice", e->text);
	if ((rp_value_count(text, &w->records) && w->records > 0) ||
	    (rp_value_span(text, &w->span) && w->span > 0))
		return RP_OK;
	return rp_cli_usage(e->cli,
	    "--emit %s: every=%s is neither a number of records nor a span of "
	    "time",
	    e->text, text);
}

/* A time has colons of its own: of the pieces that follow it takes all that
 * make it a time. */
static enum rp_status
read_at(struct emission *e, const char *text, size_t *len)
{
	struct when *w = e->options;
	size_t n = strlen(text);
	struct rp_error err;
	struct rp_when *at;

	at = realloc(w->at, (w->n_at + 1) * sizeof(*at));
	if (at == NULL)
		return emission_no_memory(e);
	w->at = at;
	for (; n > 0; n--) {
		err = (struct rp_error){ 0 };
		if ((text[n] != '\0' && text[n] != ':') ||
		    rp_when_parse(text, n, NULL, rp_time_now(), &at[w->n_at],
			&err) != RP_OK)
			continue;
		w->n_at++;
		*len = n;
		return RP_OK;
	}
	return rp_cli_usage(
	    e->cli, "--emit %s: at=%s is no time", e->text, text);
}

enum rp_status
when_param(struct emission *e, const char *text, size_t *len)
{
	static const char every[] = "every=", at[] = "at=";
	char value[64];
	size_t n;
	enum rp_status st;

	if (strncmp(text, every, strlen(every)) == 0) {
		n = *len - strlen(every);
		n = n < sizeof(value) ? n : sizeof(value) - 1;
		memcpy(value, text + strlen(every), n);
		value[n] = '\0';
		return read_every(e, value);
	}
	if (strncmp(text, at, strlen(at)) != 0)
		return RP_EMPTY;
	st = read_at(e, text + strlen(at), len);
	*len += strlen(at);
	return st;
}

enum rp_status
when_check(struct emission *e)
{
	const struct when *w = e->options;

	if (w->records > 0 && w->n_at > 0)
		return rp_cli_usage(e->cli,
		    "--emit %s: a number of records and times exclude each "
		    "other",
		    e->text);
	return RP_OK;
}

void
when_free(struct emission *e)
{
	struct when *w = e->options;

	free(w->at);
}

/* ---- the clock ---- */

/* The first of the times to come after ts. */
static void
wind(struct emission *e, int64_t ts)
{
	const struct when *w = e->options;
	struct when_own *own = e->own;
	int64_t into, next;

	e->due = EMISSION_NEVER;
	if (w->span > 0) {
		into = ts % w->span;
		into += into < 0 ? w->span : 0;
		if (!__builtin_add_overflow(ts, w->span - into, &next))
			e->due = next;
	}
	while (own->at < w->n_at && w->at[own->at].ns <= ts)
		own->at++;
	if (own->at < w->n_at && w->at[own->at].ns < e->due)
		e->due = w->at[own->at].ns;
}

static int
by_time(const void *a, const void *b)
{
	const struct rp_when *x = a, *y = b;

	return (x->ns > y->ns) - (x->ns < y->ns);
}

enum rp_status
when_start(struct emission *e, const struct rp_record *rec)
{
	struct when *w = e->options;
	int64_t first = rec->ts_recv;

	for (size_t i = 0; i < w->n_at; i++)
		w->at[i] = (struct rp_when){ .kind = RP_WHEN_AT,
			.ns = rp_when_resolve(
			    &w->at[i], NULL, first, first, RP_ABSENT) };
	if (w->n_at > 1)
		qsort(w->at, w->n_at, sizeof(*w->at), by_time);
	wind(e, rp_record_ts_event(rec));
	return RP_OK;
}

/* ---- books that are due ---- */

static enum rp_status
show_at(struct emission *e, struct book *b, int64_t boundary, int64_t ts_recv,
    uint64_t seq)
{
	struct rp_cause cause = b->cause;

	if (!emission_shows(e, b))
		return RP_OK;
	cause.ts_event = boundary;
	cause.ts_recv = ts_recv;
	cause.seq = seq;
	return e->kind->show(e, b, &cause);
}

/* Events that go on over the boundary are as before it. */
static void
await_open(struct emission *e, int64_t boundary)
{
	struct when_state *s;

	for (size_t i = 0; e->books->open > 0 && i < e->books->n; i++) {
		if (!e->books->all[i]->open)
			continue;
		s = emission_state(e, e->books->all[i]);
		s->late = true;
		s->boundary = boundary;
	}
}

enum rp_status
when_tick(struct emission *e, const struct rp_record *rec)
{
	struct when_own *own = e->own;
	int64_t boundary = e->due;
	uint64_t at = own->first;
	enum rp_status st = RP_OK;

	own->first = own->last = 0;
	while (at != 0 && st == RP_OK) {
		struct book *b = e->books->all[at - 1];
		struct when_state *s = emission_state(e, b);

		at = s->next;
		s->changed = false;
		s->next = 0;
		if (!b->open)
			st = show_at(e, b, boundary, rec->ts_recv, rec->seq);
	}
	await_open(e, boundary);
	wind(e, rp_record_ts_event(rec));
	return st;
}

static void
list_changed(struct emission *e, struct book *b, struct when_state *s)
{
	struct when_own *own = e->own;
	struct when_state *last;

	s->changed = true;
	if (own->last != 0) {
		last = emission_state(e, e->books->all[own->last - 1]);
		last->next = b->number + 1;
	} else {
		own->first = b->number + 1;
	}
	own->last = b->number + 1;
}

static enum rp_status
timed_event(struct emission *e, struct book *b, struct when_state *s)
{
	if (s->late) {
		s->late = false;
		return show_at(
		    e, b, s->boundary, b->cause.ts_recv, b->cause.seq);
	}
	if (!s->changed)
		list_changed(e, b, s);
	return RP_OK;
}

/* ---- events ---- */

enum rp_status
when_event(struct emission *e, struct book *b)
{
	const struct when *w = e->options;
	struct when_state *s = emission_state(e, b);

	if (w->span > 0 || w->n_at > 0)
		return timed_event(e, b, s);
	if (!emission_shows(e, b)) {
		s->shown = false;
		return RP_OK;
	}
	if (b->records - s->records < w->records)
		return RP_OK;
	s->records = b->records;
	return e->kind->show(e, b, &b->cause);
}

/* ---- checkpoints ---- */

/* The times as they were resolved. */
static void
store_times(struct rp_archive *ar, struct when *w, struct when_own *own)
{
	uint64_t n = rp_archive_count(ar, w->n_at, sizeof(int64_t));

	rp_archive_check(ar, n == w->n_at);
	for (size_t i = 0; i < w->n_at; i++)
		rp_archive_i64(ar, &w->at[i].ns);
	rp_archive_u64(ar, &own->at);
	rp_archive_check(ar, own->at <= w->n_at);
}

/* The books that changed, in their order. */
static void
load_changed(struct emission *e, struct rp_archive *ar)
{
	uint64_t n = rp_archive_count(ar, 0, sizeof(uint32_t));
	uint32_t number;

	while (n-- > 0 && ar->status == RP_OK) {
		struct when_state *w;
		struct book *b;

		rp_archive_u32(ar, &number);
		rp_archive_check(ar, number < e->books->n);
		if (ar->status != RP_OK)
			return;
		b = e->books->all[number];
		w = emission_state(e, b);
		rp_archive_check(ar, !w->changed);
		if (!w->changed)
			list_changed(e, b, w);
	}
}

static void
store_changed(struct emission *e, struct rp_archive *ar)
{
	const struct when_own *own = e->own;
	uint64_t n = 0, at;
	uint32_t number;
	const struct when_state *w;

	for (at = own->first; at != 0; at = w->next, n++)
		w = emission_state(e, e->books->all[at - 1]);
	(void)rp_archive_count(ar, n, sizeof(number));
	for (at = own->first; at != 0; at = w->next) {
		number = (uint32_t)at - 1;
		rp_archive_u32(ar, &number);
		w = emission_state(e, e->books->all[number]);
	}
}

void
when_archive(struct emission *e, struct rp_archive *ar)
{
	store_times(ar, e->options, e->own);
	if (ar->loading)
		load_changed(e, ar);
	else
		store_changed(e, ar);
}

void
when_archive_state(struct rp_archive *ar, struct when_state *w)
{
	rp_archive_u64(ar, &w->records);
	rp_archive_i64(ar, &w->boundary);
	rp_archive_bool(ar, &w->late);
	rp_archive_bool(ar, &w->shown);
}
