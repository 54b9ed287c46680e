/*
 * Bars of the trades of each book's source and symbol (book/bars.h). A bar by
 * time is over with the first record of its own book from its end on, so that
 * it is the same whatever else the stream has.
 */
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/time.h"
#include "book/bars.h"
#include "cli/values.h"
#include "emit.h"

struct state {
	struct rp_bars bars;
	struct rp_cause last; /* record of the book: time and seq */
};

/* ---- parameters ---- */

/* A decimal above 0 with k, M or G. */
static bool
read_measure(const char *text, struct rp_decimal *d)
{
	size_t len = strlen(text);
	int more = 0;

	switch (len > 0 ? text[len - 1] : '\0') {
	case 'k':
		more = 3;
		break;
	case 'M':
		more = 6;
		break;
	case 'G':
		more = 9;
		break;
	}
	if (more > 0)
		len--;
	if (rp_decimal_parse(text, len, d) != RP_OK || d->mantissa <= 0 ||
	    d->exp + more > RP_EXP_MAX)
		return false;
	d->exp = (int8_t)(d->exp + more);
	return true;
}

static bool
read_rule(const char *text, struct rp_bar_rule *rule)
{
	static const struct {
		const char *word;
		enum rp_bar_kind kind;
	} words[] = {
		{ "time=", RP_BAR_TIME },
		{ "trades=", RP_BAR_TICK },
		{ "volume=", RP_BAR_VOLUME },
		{ "notional=", RP_BAR_NOTIONAL },
		{ "", RP_BAR_TIME },
	};
	size_t i = 0;

	while (strncmp(text, words[i].word, strlen(words[i].word)) != 0)
		i++;
	text += strlen(words[i].word);
	rule->kind = words[i].kind;
	if (rule->kind == RP_BAR_TIME)
		return rp_value_span(text, &rule->span) && rule->span > 0;
	if (rule->kind == RP_BAR_TICK)
		return rp_value_count(text, &rule->trades) && rule->trades > 0;
	return read_measure(text, &rule->measure);
}

static enum rp_status
bars_param(struct emission *e, const char *text, size_t *len)
{
	struct rp_bar_rule *rule = e->options;
	char one[64];

	if (rule->kind != 0)
		return RP_EMPTY;
	if (*len >= sizeof(one))
		return rp_cli_usage(
		    e->cli, "--emit %s: its measure is too long", e->text);
	memcpy(one, text, *len);
	one[*len] = '\0';
	if (read_rule(one, rule))
		return RP_OK;
	return rp_cli_usage(e->cli,
	    "--emit %s: '%s' is not 1m, time=1m, trades=100, volume=1000 or "
	    "notional=1M",
	    e->text, one);
}

static enum rp_status
bars_check(struct emission *e)
{
	const struct rp_bar_rule *rule = e->options;

	if (rule->kind != 0)
		return RP_OK;
	return rp_cli_usage(e->cli,
	    "--emit %s: bars of what? bars:1m, bars:trades=100", e->text);
}

/* ---- records ---- */

static enum rp_status
put(struct emission *e, struct book *b, const struct rp_bar *bar)
{
	struct state *s = emission_state(e, b);
	struct rp_record *r;

	r = emission_place(e, &s->last, RP_BAR, sizeof(*bar));
	if (r == NULL)
		return e->cli->error.status;
	memcpy(r->payload, bar, sizeof(*bar));
	return emission_add(e, r, b);
}

static enum rp_status
too_large(struct emission *e, struct book *b, const struct rp_trade_tick *t)
{
	const struct state *s = emission_state(e, b);
	const struct rp_bar *bar = &s->bars.bar;
	struct rp_time_text utc = { 0 };
	char from[RP_TIME_ROOM];
	int64_t ts = bar->count > 0 ? bar->ev.ts_event : t->ts_event;

	return rp_error_set(&e->cli->error, RP_ERR_LIMIT,
	    "--emit %s: %.*s: with this trade the sums of the bar from %.*s do "
	    "not fit",
	    e->text, b->symbol != NULL ? (int)b->symbol->len : 1,
	    b->symbol != NULL ? b->symbol->text : "-",
	    (int)rp_time_format(&utc, from, ts), from);
}

static enum rp_status
bars_record(struct emission *e, struct book *b, const struct rp_record *rec)
{
	const struct rp_bar_rule *rule = e->options;
	struct state *s = emission_state(e, b);
	int64_t ts_event = rp_record_ts_event(rec);
	struct rp_trade_tick trade;
	struct rp_bar done;
	enum rp_status st;

	if (ts_event == RP_ABSENT)
		ts_event = rec->ts_recv;
	s->last.ts_event = ts_event;
	s->last.ts_recv = rec->ts_recv;
	s->last.seq = rec->seq;
	st = rp_bars_time(&s->bars, rule, ts_event, &done);
	if (st == RP_OK)
		st = put(e, b, &done);
	if (st < 0 || !rp_trade_of(rec, &trade))
		return st == RP_EMPTY ? RP_OK : st;
	st = rp_bars_trade(&s->bars, rule, &trade, &done);
	if (st == RP_ERR_LIMIT)
		return too_large(e, b, &trade);
	return st == RP_OK ? put(e, b, &done) : RP_OK;
}

static enum rp_status
bars_finish(struct emission *e)
{
	struct rp_bar done;
	enum rp_status st = RP_OK;

	for (size_t i = 0; i < e->books->n && st == RP_OK; i++) {
		struct book *b = e->books->all[i];
		struct state *s = emission_state(e, b);

		if (rp_bars_end(&s->bars, &done) == RP_OK)
			st = put(e, b, &done);
	}
	return st;
}

static void
bars_archive_book(struct emission *e, struct book *b, struct rp_archive *ar)
{
	struct state *s = emission_state(e, b);

	rp_bars_archive(ar, &s->bars);
	rp_archive_i64(ar, &s->last.ts_event);
	rp_archive_i64(ar, &s->last.ts_recv);
	rp_archive_u64(ar, &s->last.seq);
}

/* By how they are measured, and by time from the open to the close. */
static bool
bars_differ(const struct emission *a, const struct emission *b)
{
	const struct rp_bar_rule *r = a->options, *o = b->options;

	return r->kind != o->kind ||
	    (r->kind == RP_BAR_TIME && r->span != o->span);
}

const struct emission_kind emission_bars = {
	.name = "bars",
	.params = ":SPAN|trades=N|volume=X|notional=X",
	.options_size = sizeof(struct rp_bar_rule),
	.state_size = sizeof(struct state),
	.param = bars_param,
	.check = bars_check,
	.differ = bars_differ,
	.record = bars_record,
	.finish = bars_finish,
	.archive_book = bars_archive_book,
};
