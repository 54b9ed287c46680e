/*
 * Features of each book (book/features.h): on change, or at multiples of a
 * span of event time, by the first record of the book itself from then on, so
 * that they are the same whatever else the stream has.
 */
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "book/features.h"
#include "cli/values.h"
#include "emit.h"
#include "formulas.h"
#include "types/schema.h"

struct options {
	struct rp_feature_set set; /* those named, then what formulas read */
	uint32_t n_named;
	struct formulas formulas;
	bool of_touch; /* nothing depends on more of the book */
	int64_t span; /* 0: on change */
	/* of each pair of exponents that a book had: n_schemas */
	struct schema {
		int8_t px_exp, qty_exp;
		struct rp_label label;
		char text[RP_FEATURES_TEXT];
	} * *schemas;
	size_t n_schemas;
};

struct state {
	struct rp_feature_state features;
	struct values shown;
	int64_t due; /* has_due */
	bool has_due;
	bool
	    settled; /* the last event was looked at, and no trade came since */
	bool dirty; /* something has happened since the record before */
};

/* ---- parameters ---- */

static enum rp_status
read_set(struct emission *e, const char *text, size_t len)
{
	struct options *o = e->options;
	struct rp_error err = { 0 };
	const char *end = text + len;
	size_t n;

	for (;; text += n + 1) {
		const char *comma = memchr(text, ',', (size_t)(end - text));

		n = (size_t)((comma != NULL ? comma : end) - text);
		if (rp_features_add(&o->set, text, n, &err) != RP_OK)
			return rp_cli_usage(
			    e->cli, "--emit %s: %s", e->text, err.text);
		if (comma == NULL)
			return RP_OK;
	}
}

static enum rp_status
features_param(struct emission *e, const char *text, size_t *len)
{
	static const char every[] = "every=";
	struct options *o = e->options;
	char span[32] = "";
	size_t skip = sizeof(every) - 1;

	if (*len < skip || memcmp(text, every, skip) != 0)
		return o->set.n == 0 && o->span == 0 ? read_set(e, text, *len)
						     : RP_EMPTY;
	if (o->span != 0)
		return rp_cli_usage(
		    e->cli, "--emit %s: every= is given twice", e->text);
	if (*len - skip < sizeof(span))
		memcpy(span, text + skip, *len - skip);
	if (rp_value_span(span, &o->span) && o->span > 0)
		return RP_OK;
	return rp_cli_usage(e->cli,
	    "--emit %s: every=%.*s is no span of time, such as 1s", e->text,
	    (int)(*len - skip), text + skip);
}

/* The names of a record for books of these exponents; their length. */
static size_t
schema_text(const struct options *o, int px_exp, int qty_exp,
    char text[static RP_FEATURES_TEXT])
{
	struct rp_feature_set named = o->set;
	char own[RP_FEATURES_TEXT];
	size_t len, more = formulas_schema(&o->formulas, own);

	named.n = o->n_named;
	len = rp_features_schema(&named, px_exp, qty_exp, text);
	if (len > 0 && more > 0 && len < RP_FEATURES_TEXT)
		text[len++] = ',';
	if (len + more > RP_FEATURES_TEXT)
		return RP_FEATURES_TEXT;
	memcpy(text + len, own, more);
	return len + more;
}

static enum rp_status
features_check(struct emission *e)
{
	struct options *o = e->options;
	char text[RP_FEATURES_TEXT];
	enum rp_status st;
	size_t len;

	o->n_named = o->set.n;
	if ((st = formulas_parse(&o->formulas, e->formulas, e->cli)) != RP_OK ||
	    (st = formulas_resolve(&o->formulas, &o->set, e->cli)) != RP_OK)
		return st;
	o->of_touch = o->formulas.n == 0 && rp_features_are_of_touch(&o->set);
	if (o->n_named + o->formulas.n == 0)
		return rp_cli_usage(e->cli,
		    "--emit %s: which features? features:mid,spread,ofi",
		    e->text);
	if (o->span == 0 && rp_features_has_rate(&o->set))
		return rp_cli_usage(e->cli,
		    "--emit %s: a rate needs a span: every=1s", e->text);
	/* exponents as long as they can be */
	len = schema_text(o, RP_EXP_MIN, RP_EXP_MIN, text);
	if (len > RP_MAX_NAME)
		return rp_cli_usage(e->cli,
		    "--emit %s: its names take %zu bytes, more than the %d of "
		    "a schema: use two --emit",
		    e->text, len, RP_MAX_NAME);
	return RP_OK;
}

/* ---- records ---- */

static struct schema *
add_schema(struct options *o, const struct rp_lob *b)
{
	struct schema **all;
	struct schema *s;

	all = realloc(o->schemas, (o->n_schemas + 1) * sizeof(struct schema *));
	if (all == NULL)
		return NULL;
	o->schemas = all;
	if ((s = calloc(1, sizeof(*s))) == NULL)
		return NULL;
	s->px_exp = b->px_exp;
	s->qty_exp = b->qty_exp;
	rp_label_init(&s->label, RP_NAME_SCHEMA, s->text,
	    schema_text(o, b->px_exp, b->qty_exp, s->text));
	return all[o->n_schemas++] = s;
}

/* There are as many as books differ in exponents: few. */
static struct rp_label *
schema_of(struct options *o, const struct rp_lob *b)
{
	struct schema *s = NULL;

	for (size_t i = 0; i < o->n_schemas && s == NULL; i++)
		if (o->schemas[i]->px_exp == b->px_exp &&
		    o->schemas[i]->qty_exp == b->qty_exp)
			s = o->schemas[i];
	if (s == NULL)
		s = add_schema(o, b);
	return s != NULL ? &s->label : NULL;
}

static enum rp_status
put(struct emission *e, struct book *b, const struct rp_cause *cause)
{
	struct options *o = e->options;
	struct state *s = emission_state(e, b);
	struct rp_label *schema = schema_of(o, &b->lob);
	uint32_t named = o->n_named, own = o->formulas.n, n = named + own;
	uint64_t valid = (s->shown.valid & (((uint64_t)1 << named) - 1)) |
	    s->shown.valid >> FORMULAS_AT << named;
	struct rp_feature_head *h;
	int64_t *v;
	struct rp_record *r;

	if (schema == NULL)
		return emission_no_memory(e);
	r = emission_place(e, cause, RP_FEATURE, rp_feature_size(n));
	if (r == NULL)
		return e->cli->error.status;
	h = (struct rp_feature_head *)r->payload;
	*h = (struct rp_feature_head){
		.ev = { .ts_event = cause->ts_event,
		    .sequence = b->cause.sequence,
		    .px_exp = b->lob.px_exp,
		    .qty_exp = b->lob.qty_exp,
		    .channel = b->cause.channel,
		    .tflags = emission_tflags(b),
		    .send_delta = INT32_MIN,
		    .aux = n },
		.schema = schema->hash,
		.reflects_seq = b->cause.seq,
	};
	v = (int64_t *)(void *)(h + 1);
	*v++ = (int64_t)valid;
	memcpy(v, s->shown.v, named * sizeof(*v));
	memcpy(v + named, s->shown.v + FORMULAS_AT, own * sizeof(*v));
	return rp_sink_add_of(e->sink, r, b->symbol, b->source, schema);
}

/* The values as of an event, or a time. */
static void
look(struct emission *e, struct book *b, const struct rp_cause *cause,
    struct values *now)
{
	const struct options *o = e->options;
	const struct state *s = emission_state(e, b);

	now->px_exp = b->lob.px_exp;
	now->qty_exp = b->lob.qty_exp;
	now->valid = rp_features_get(
	    &s->features, &o->set, &b->lob, cause->ts_event, now->v);
	formulas_get(&o->formulas, &o->set, &b->lob, cause, &s->shown, now);
}

/* What was not computed stays as it was: state holds nothing by chance. */
static void
keep(const struct emission *e, struct state *s, const struct values *now)
{
	const struct options *o = e->options;

	memcpy(s->shown.v, now->v, o->set.n * sizeof(now->v[0]));
	memcpy(s->shown.v + FORMULAS_AT, now->v + FORMULAS_AT,
	    o->formulas.n * sizeof(now->v[0]));
	s->shown.valid = now->valid;
	s->shown.px_exp = now->px_exp;
	s->shown.qty_exp = now->qty_exp;
}

/* Show them, if anything is to be shown, and begin anew. */
static enum rp_status
show(struct emission *e, struct book *b, const struct rp_cause *cause,
    const struct values *now)
{
	struct state *s = emission_state(e, b);
	enum rp_status st = RP_OK;

	s->dirty = false;
	if (emission_shows(e, b)) {
		keep(e, s, now);
		st = put(e, b, cause);
	}
	rp_features_restart(&s->features, cause->ts_event);
	return st;
}

static enum rp_status
show_at(struct emission *e, struct book *b, const struct rp_record *rec,
    int64_t ts_event)
{
	const struct options *o = e->options;
	struct state *s = emission_state(e, b);
	struct rp_cause cause = { .ts_event = s->due,
		.ts_recv = rec->ts_recv,
		.sequence = b->cause.sequence,
		.seq = rec->seq,
		.price = RP_ABSENT,
		.size = RP_ABSENT };
	struct values now;
	int64_t into = ts_event % o->span;
	enum rp_status st = RP_OK;

	if (s->has_due && ts_event < s->due)
		return RP_OK;
	if (s->has_due && s->dirty) {
		look(e, b, &cause, &now);
		st = show(e, b, &cause, &now);
	}
	into = into < 0 ? into + o->span : into;
	/* what has been counted until now is of the span that begins here */
	if (__builtin_add_overflow(ts_event, o->span - into, &s->due))
		s->due = INT64_MAX;
	rp_features_restart(&s->features, ts_event - into);
	s->has_due = true;
	return st;
}

static enum rp_status
features_record(struct emission *e, struct book *b, const struct rp_record *rec)
{
	const struct options *o = e->options;
	struct state *s = emission_state(e, b);
	int64_t ts_event = rp_record_ts_event(rec);
	struct rp_trade_tick trade;
	enum rp_status st = RP_OK;

	if (o->span > 0 && !b->open && ts_event != RP_ABSENT &&
	    (rec->flags & RP_SNAPSHOT) == 0)
		st = show_at(e, b, rec, ts_event);
	if (st == RP_OK && rp_trade_of(rec, &trade)) {
		rp_features_trade(&s->features, &o->set, &trade);
		s->dirty = true;
		s->settled = false;
	}
	return st;
}

static enum rp_status
features_event(struct emission *e, struct book *b)
{
	const struct options *o = e->options;
	struct state *s = emission_state(e, b);
	bool valid = b->lob.state == RP_LOB_VALID, moved, settled = s->settled;
	struct values now;

	if (!valid || (b->cause.flags & RP_SNAPSHOT) != 0)
		rp_features_forget(&s->features);
	moved = rp_features_event(&s->features, &b->lob);
	s->dirty = true;
	s->settled = valid && o->of_touch;
	if (o->span > 0 || (s->settled && settled && !moved))
		return RP_OK;
	look(e, b, &b->cause, &now);
	if (!rp_features_moved(
		&o->set, now.valid, now.v, s->shown.valid, s->shown.v) &&
	    !formulas_moved(&o->formulas, &s->shown, &now))
		return RP_OK;
	return show(e, b, &b->cause, &now);
}

static void
features_archive_book(struct emission *e, struct book *b, struct rp_archive *ar)
{
	struct state *s = emission_state(e, b);

	rp_features_archive(ar, &s->features);
	for (size_t i = 0; i < RP_LEN(s->shown.v); i++)
		rp_archive_i64(ar, &s->shown.v[i]);
	rp_archive_u64(ar, &s->shown.valid);
	rp_archive_i8(ar, &s->shown.px_exp);
	rp_archive_i8(ar, &s->shown.qty_exp);
	rp_archive_i64(ar, &s->due);
	rp_archive_bool(ar, &s->has_due);
	rp_archive_bool(ar, &s->dirty);
	rp_archive_bool(ar, &s->settled);
}

/* By the names in their schemas, in whatever order: it is by name that they are
 * read. Those of one's own are the same of all. */
static bool
features_differ(const struct emission *a, const struct emission *b)
{
	const struct options *of_a = a->options, *of_b = b->options;
	uint32_t same = 0;

	for (uint32_t i = 0; i < of_a->n_named; i++)
		for (uint32_t j = 0; j < of_b->n_named; j++)
			same += of_a->set.item[i].id == of_b->set.item[j].id &&
			    of_a->set.item[i].n == of_b->set.item[j].n;
	return same != of_a->n_named || same != of_b->n_named;
}

static void
features_free(struct emission *e)
{
	struct options *o = e->options;

	for (size_t i = 0; i < o->n_schemas; i++)
		free(o->schemas[i]);
	free(o->schemas);
	formulas_free(&o->formulas);
}

const struct emission_kind emission_features = {
	.name = "features",
	.params = ":NAME,...[:every=SPAN]",
	.options_size = sizeof(struct options),
	.state_size = sizeof(struct state),
	.param = features_param,
	.check = features_check,
	.differ = features_differ,
	.record = features_record,
	.event = features_event,
	.archive_book = features_archive_book,
	.free = features_free,
};
