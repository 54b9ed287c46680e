#include "sample/sample.h"

#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "sample/group.h"
#include "sample/key.h"
#include "types/types.h"

enum fate { DROPPED, PASSED, KEPT };

struct rp_sample {
	struct rp_sample_options o;
	rp_sample_put *put;
	void *arg;
	struct groups groups;
	struct sample_key key;
	struct rp_keep keep;
	struct rp_random random;
	uint64_t units; /* so far */
	struct rp_buffer drawn; /* CHANCE: a byte a record: it passes ... */
	size_t at; /* ... and which of them is next */
	uint64_t interval; /* its number; 0: none has begun */
	int64_t end; /* ns: where the next one begins */
	uint64_t full; /* RATE: a level that is full */

	/* the unit in hand */
	enum fate fate;
	struct rp_unit *unit; /* KEPT: where */
};

/* ---- times ---- */

static int64_t
time_of(const struct rp_sample *s, const struct rp_record *rec)
{
	return s->o.clock == RP_CLOCK_EVENT ? rp_record_ts_event(rec)
					    : rec->ts_recv;
}

/* The end of the interval that holds ns, or the end of time. */
static int64_t
end_of_interval(const struct rp_sample_options *o, int64_t ns)
{
	rp_wide at = (rp_wide)ns - o->shift, end;

	end = (at / o->span + (at % o->span >= 0)) * o->span + o->shift;
	return end < INT64_MAX ? (int64_t)end : INT64_MAX;
}

static int
by_number(const void *a, const void *b)
{
	uint64_t x = (*(struct rp_unit *const *)a)->number;
	uint64_t y = (*(struct rp_unit *const *)b)->number;

	return (x > y) - (x < y);
}

/* All units that are kept, in the order of the input. */
static enum rp_status
kept(const struct rp_sample *s, struct rp_buffer *list)
{
	enum rp_status st = RP_OK;
	uint32_t i;
	size_t j;

	for (i = 0; i < groups_n(&s->groups); i++) {
		const struct rp_places *p = &groups_at(&s->groups, i)->places;

		for (j = 0; st == RP_OK && j < p->n; j++) {
			struct rp_unit *unit = &p->unit[j];

			if (unit->rows.len != 0)
				st = rp_buffer_add(list, &unit, sizeof(unit));
		}
	}
	if (list->len != 0)
		qsort(list->data, list->len / sizeof(struct rp_unit *),
		    sizeof(struct rp_unit *), by_number);
	return st;
}

static enum rp_status
put_kept(struct rp_sample *s)
{
	struct rp_buffer list = { 0 };
	enum rp_status st = kept(s, &list);
	size_t i;

	for (i = 0; st == RP_OK && i < list.len / sizeof(struct rp_unit *); i++)
		st = rp_keep_put(
		    &s->keep, ((struct rp_unit **)list.data)[i], true);
	rp_buffer_free(&list);
	return st;
}

/* Time never goes back: what is late counts to the interval that it is in. */
static enum rp_status
advance(struct rp_sample *s, int64_t ns)
{
	if (s->interval != 0 && ns < s->end)
		return RP_OK;
	s->interval++;
	s->end = end_of_interval(&s->o, ns);
	return s->o.mode == RP_SAMPLE_LAST ? put_kept(s) : RP_OK;
}

/* ---- the modes: what becomes of a unit ---- */

static bool
draw(struct rp_sample *s)
{
	return threshold_has(s->key.threshold, rp_random_next(&s->random));
}

/* A number below n, each alike: by 63 bits, but for those above the last
 * multiple of n. */
static uint64_t
draw_below(struct rp_sample *s, uint64_t n)
{
	const uint64_t all = (uint64_t)1 << 63;
	uint64_t v, rest;

	do {
		v = rp_random_next(&s->random) >> 1;
		rest = v % n;
	} while (v - rest > all - n);
	return rest;
}

static enum fate
every(struct rp_sample *s, struct group *g)
{
	if (g->n > 0) {
		g->n--;
		return DROPPED;
	}
	g->n = s->o.n - 1;
	return PASSED;
}

static enum rp_status
keep_at(struct rp_sample *s, struct group *g, uint64_t place, enum fate *fate)
{
	*fate = KEPT;
	return rp_keep_place(&s->keep, &g->places, place, &s->unit);
}

/* Vitter's algorithm R: the i-th replaces one of n with probability n / i. */
static enum rp_status
reservoir(struct rp_sample *s, struct group *g, enum fate *fate)
{
	uint64_t place = g->n++;

	if (place >= s->o.n)
		place = draw_below(s, g->n);
	if (place >= s->o.n)
		return RP_OK;
	return keep_at(s, g, place, fate);
}

static enum rp_status
tail(struct rp_sample *s, struct group *g, enum fate *fate)
{
	uint64_t place = g->n;

	if (s->o.n == 0)
		return RP_OK;
	g->n = place + 1 < s->o.n ? place + 1 : 0;
	return keep_at(s, g, place, fate);
}

static enum rp_status
of_interval(struct rp_sample *s, struct group *g, int64_t ns, enum fate *fate)
{
	enum rp_status st = advance(s, ns);

	if (st != RP_OK)
		return st;
	if (s->o.mode == RP_SAMPLE_LAST)
		return keep_at(s, g, 0, fate);
	if (g->n != s->interval)
		*fate = PASSED;
	g->n = s->interval;
	return RP_OK;
}

/*
 * A bucket of tokens, of which span make a unit: n more come with each ns, up
 * to burst units.
 */
static enum fate
rate(struct rp_sample *s, struct group *g, int64_t ns)
{
	const struct rp_sample_options *o = &s->o;
	unsigned __int128 level = g->n;

	if (g->time == RP_ABSENT)
		level = s->full;
	else if (ns > g->time)
		level += (unsigned __int128)((uint64_t)ns - (uint64_t)g->time) *
		    o->n;
	g->n = level < s->full ? (uint64_t)level : s->full;
	g->time = ns > g->time ? ns : g->time;
	if (g->n < (uint64_t)o->span)
		return DROPPED;
	g->n -= (uint64_t)o->span;
	return PASSED;
}

/* Of the unit that begins with rec. */
static enum rp_status
decide(struct rp_sample *s, const struct rp_frame *f,
    const struct rp_record *rec, enum fate *fate)
{
	struct group *g = groups_of(&s->groups, rec);

	*fate = DROPPED;
	switch (s->o.mode) {
	case RP_SAMPLE_EVERY:
		*fate = every(s, g);
		return RP_OK;
	case RP_SAMPLE_CHANCE:
		*fate = draw(s) ? PASSED : DROPPED;
		return RP_OK;
	case RP_SAMPLE_KEY:
		*fate =
		    rp_sample_key_passes(&s->key, f, rec) ? PASSED : DROPPED;
		return RP_OK;
	case RP_SAMPLE_COUNT:
		return reservoir(s, g, fate);
	case RP_SAMPLE_FIRST:
	case RP_SAMPLE_LAST:
		return of_interval(s, g, time_of(s, rec), fate);
	case RP_SAMPLE_HEAD:
		*fate = g->n < s->o.n ? PASSED : DROPPED;
		g->n += *fate == PASSED;
		return RP_OK;
	case RP_SAMPLE_TAIL:
		return tail(s, g, fate);
	case RP_SAMPLE_RATE:
		*fate = rate(s, g, time_of(s, rec));
		return RP_OK;
	}
	return RP_OK;
}

enum rp_status
rp_sample_record(struct rp_sample *s, const struct rp_frame *f,
    const struct rp_record *rec, bool more)
{
	enum rp_status st;

	if (s->at < s->drawn.len) {
		s->fate = s->drawn.data[s->at++] != 0 ? PASSED : DROPPED;
	} else if (!more) {
		if ((st = decide(s, f, rec, &s->fate)) != RP_OK)
			return st;
		if (s->fate == KEPT)
			s->unit->number = s->units;
		s->units++;
	}
	if (s->fate == KEPT)
		return rp_keep_add(&s->keep, s->unit, f, rec);
	if (s->fate == PASSED || s->o.rejects)
		return s->put(s->arg, f, rec, s->fate == PASSED);
	return RP_OK;
}

/* ---- frames ---- */

static enum rp_sample_share
share_of(uint64_t passed, uint64_t records)
{
	if (passed == 0)
		return RP_SHARE_NONE;
	return passed == records ? RP_SHARE_ALL : RP_SHARE_SOME;
}

/* How many of the next k units of a group pass, and the group behind them. */
static uint64_t
passed_of(const struct rp_sample *s, const struct group *g, uint64_t k,
    struct group *after)
{
	const uint64_t n = s->o.n;
	uint64_t passed;

	*after = *g;
	switch (s->o.mode) {
	case RP_SAMPLE_EVERY:
		if (k <= g->n) {
			after->n -= k;
			return 0;
		}
		passed = 1 + (k - g->n - 1) / n;
		after->n = n - 1 - (k - g->n - 1) % n;
		return passed;
	case RP_SAMPLE_HEAD:
		passed = k < n - g->n ? k : n - g->n;
		after->n += passed;
		return passed;
	default: /* FIRST, within an interval */
		after->n = s->interval;
		return g->n != s->interval;
	}
}

static enum rp_sample_share
share_by_counts(struct rp_sample *s, const struct rp_frame *f)
{
	const struct group_share *share =
	    (const struct group_share *)s->groups.shares.data;
	size_t i, n = s->groups.shares.len / sizeof(*share);
	struct group after;
	enum rp_sample_share whole;
	uint64_t passed = 0;

	for (i = 0; i < n; i++)
		passed += passed_of(s, groups_at(&s->groups, share[i].group),
		    share[i].records, &after);
	whole = share_of(passed, f->head.records);
	for (i = 0; whole != RP_SHARE_SOME && i < n; i++) {
		struct group *g = groups_at(&s->groups, share[i].group);

		(void)passed_of(s, g, share[i].records, &after);
		*g = after;
	}
	return whole;
}

/* Draw for all records of a frame: what they are does not matter. */
static enum rp_status
share_by_chance(
    struct rp_sample *s, const struct rp_frame *f, enum rp_sample_share *share)
{
	uint32_t i, n = f->head.records;
	uint64_t passed = 0;
	enum rp_status st;

	s->at = s->drawn.len = 0;
	if ((st = rp_buffer_reserve(&s->drawn, n)) != RP_OK)
		return st;
	for (i = 0; i < n; i++)
		passed += s->drawn.data[i] = draw(s);
	*share = share_of(passed, n);
	if (*share == RP_SHARE_SOME)
		s->drawn.len = n;
	return RP_OK;
}

enum rp_status
rp_sample_frame(
    struct rp_sample *s, const struct rp_frame *f, enum rp_sample_share *share)
{
	enum rp_status st;

	*share = RP_SHARE_SOME;
	if ((st = rp_groups_frame(&s->groups, f)) != RP_OK ||
	    (st = rp_keep_frame(&s->keep, f)) != RP_OK ||
	    (s->o.mode == RP_SAMPLE_KEY &&
		(st = rp_sample_key_frame(&s->key, f, share)) != RP_OK))
		return st;
	if (s->o.whole_events) {
		*share = RP_SHARE_SOME;
		return RP_OK;
	}
	switch (s->o.mode) {
	case RP_SAMPLE_EVERY:
	case RP_SAMPLE_HEAD:
		*share = share_by_counts(s, f);
		break;
	case RP_SAMPLE_CHANCE:
		return share_by_chance(s, f, share);
	case RP_SAMPLE_FIRST:
		if (s->o.clock == RP_CLOCK_RECV && s->interval != 0 &&
		    f->head.ts_max < s->end)
			*share = share_by_counts(s, f);
		break;
	default:
		break;
	}
	return RP_OK;
}

enum rp_status
rp_sample_mark(struct rp_sample *s, int64_t ts, bool *passes)
{
	enum rp_status st = RP_OK;

	if (s->o.mode == RP_SAMPLE_LAST && s->o.clock == RP_CLOCK_RECV &&
	    ts >= s->end && s->interval != 0) {
		s->end = ts;
		st = put_kept(s);
	}
	*passes = s->o.mode != RP_SAMPLE_COUNT && s->o.mode != RP_SAMPLE_TAIL &&
	    (s->o.mode != RP_SAMPLE_LAST || s->interval == 0 ||
		(s->o.clock == RP_CLOCK_RECV && s->end <= ts));
	return st;
}

enum rp_status
rp_sample_end(struct rp_sample *s)
{
	return put_kept(s);
}

/* ---- what it is ---- */

bool
rp_sample_is_full(const struct rp_sample *s)
{
	return s->o.mode == RP_SAMPLE_HEAD && s->o.per == RP_PER_ALL &&
	    (groups_n(&s->groups) == 0 ? s->o.n == 0
				       : groups_at(&s->groups, 0)->n >= s->o.n);
}

bool
rp_sample_thins(const struct rp_sample *s)
{
	switch (s->o.mode) {
	case RP_SAMPLE_EVERY:
		return s->o.n != 1;
	case RP_SAMPLE_CHANCE:
		return !s->key.threshold.all;
	case RP_SAMPLE_KEY:
		return !s->key.threshold.all &&
		    (s->o.whole_events || !rp_sample_key_is_whole(&s->key));
	case RP_SAMPLE_HEAD:
	case RP_SAMPLE_TAIL:
		return s->o.per != RP_PER_ALL;
	default:
		return true;
	}
}

struct rp_sample *
rp_sample_new(const struct rp_sample_options *o, rp_sample_put *put, void *arg,
    struct rp_error *err)
{
	struct rp_sample *s = calloc(1, sizeof(*s));

	if (s == NULL) {
		(void)rp_error_no_memory(err);
		return NULL;
	}
	s->o = *o;
	s->put = put;
	s->arg = arg;
	rp_random_seed(&s->random, o->seed);
	rp_groups_init(&s->groups, o->per, o->offset);
	rp_keep_init(&s->keep, put, arg, o->rejects);
	if (rp_sample_key_init(&s->key, o, err) == RP_OK &&
	    (o->mode != RP_SAMPLE_RATE ||
		!__builtin_mul_overflow(o->burst, (uint64_t)o->span, &s->full)))
		return s;
	(void)rp_error_set(err, RP_ERR_USAGE,
	    "a burst and a span that multiply to more than 2^64 ns");
	rp_sample_free(s);
	return NULL;
}

const char *
rp_sample_guess(const struct rp_sample *s)
{
	return s->key.kind == RP_KIND_VALUE ? s->key.hint : NULL;
}

void
rp_sample_free(struct rp_sample *s)
{
	if (s == NULL)
		return;
	rp_groups_free(&s->groups);
	rp_keep_free(&s->keep);
	rp_sample_key_free(&s->key);
	rp_buffer_free(&s->drawn);
	free(s);
}
