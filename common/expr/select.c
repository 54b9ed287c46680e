#include "expr/select.h"

#include <stdlib.h>
#include <string.h>

#include "base/decimal.h"
#include "base/limits.h"
#include "expr/names.h"
#include "expr/program.h"
#include "expr/shard.h"
#include "types/types.h"

/* A criterion: a bit of what is asked for, and of what a frame leaves open. */
enum criterion {
	BY_TIME = 1 << 0,
	BY_SEQ = 1 << 1,
	BY_TYPE = 1 << 2,
	BY_SYMBOL = 1 << 3,
	BY_SOURCE = 1 << 4,
	BY_FLAGS = 1 << 5,
	BY_SHARD = 1 << 6,
	BY_EXPR = 1 << 7
};

struct rp_select {
	unsigned asked; /* enum criterion, as open is */
	struct rp_zone zone;
	bool zoned;

	struct rp_when from_when, to_when;
	int64_t from, to; /* ns: from <= time < to, or <= if to is the end */
	enum rp_clock clock;
	bool started; /* the stream's first time is known */

	uint64_t seq_min, seq_max;
	uint64_t types[(UINT16_MAX + 1) / 64]; /* a bit for each */
	struct rp_names symbols, sources;
	uint32_t shard, shards; /* shard: from 0 */
	uint16_t flags_set, flags_clear;
	struct rp_expr *expr;

	/* of the frame in hand */
	unsigned open;
	uint32_t n_names;
	struct rp_buffer names; /* a byte for each name: it is selected */
};

struct rp_select *
rp_select_new(void)
{
	struct rp_select *sel = calloc(1, sizeof(*sel));

	if (sel == NULL)
		return NULL;
	sel->from = INT64_MIN;
	sel->to = INT64_MAX;
	sel->seq_max = UINT64_MAX;
	return sel;
}

void
rp_select_free(struct rp_select *sel)
{
	if (sel == NULL)
		return;
	rp_names_free(&sel->symbols);
	rp_names_free(&sel->sources);
	rp_buffer_free(&sel->names);
	rp_expr_free(sel->expr);
	free(sel);
}

/* ---- what to select ---- */

enum rp_status
rp_select_zone(struct rp_select *sel, const char *zone, struct rp_error *err)
{
	sel->zoned = true;
	return rp_zone_open(&sel->zone, zone, err);
}

struct rp_zone *
rp_select_its_zone(struct rp_select *sel)
{
	return sel->zoned ? &sel->zone : NULL;
}

static enum rp_status
parse_bound(struct rp_select *sel, const char *name, const char *text,
    struct rp_when *w, struct rp_error *err)
{
	enum rp_status st;

	w->kind = RP_WHEN_NONE;
	if (text == NULL)
		return RP_OK;
	sel->asked |= BY_TIME;
	st = rp_when_parse(
	    text, strlen(text), rp_select_its_zone(sel), rp_time_now(), w, err);
	if (st != RP_OK)
		rp_error_prefix(err, "%s", name);
	return st;
}

enum rp_status
rp_select_times(struct rp_select *sel, const char *from, const char *to,
    enum rp_clock clock, struct rp_error *err)
{
	enum rp_status st;

	sel->clock = clock;
	sel->started = false;
	if ((st = parse_bound(sel, "from", from, &sel->from_when, err)) !=
		RP_OK ||
	    (st = parse_bound(sel, "to", to, &sel->to_when, err)) != RP_OK)
		return st;
	if (!rp_select_needs_start(sel))
		rp_select_start(sel, 0);
	if ((sel->started && sel->from >= sel->to) ||
	    (sel->from_when.kind == RP_WHEN_OF_DAY &&
		sel->to_when.kind == RP_WHEN_OF_DAY &&
		sel->from_when.ns >= sel->to_when.ns))
		return rp_error_set(err, RP_ERR_USAGE,
		    "from: \"%s\" is not before \"%s\"", from, to);
	return RP_OK;
}

enum rp_status
rp_select_seq(struct rp_select *sel, const char *range, struct rp_error *err)
{
	const char *dots = strstr(range, "..");
	size_t len = dots != NULL ? (size_t)(dots - range) : strlen(range);
	enum rp_status st = RP_OK;

	sel->asked |= BY_SEQ;
	sel->seq_min = 1;
	if (len != 0)
		st = rp_u64_parse(range, len, &sel->seq_min);
	else if (dots == NULL || dots[2] == '\0')
		st = RP_ERR_USAGE;
	if (dots == NULL)
		sel->seq_max = sel->seq_min;
	else if (st == RP_OK && dots[2] != '\0')
		st = rp_u64_parse(dots + 2, strlen(dots + 2), &sel->seq_max);
	if (st == RP_OK && sel->seq_min <= sel->seq_max)
		return RP_OK;
	return rp_error_set(err, RP_ERR_USAGE,
	    "\"%s\" is no range of sequence numbers (A..B, A.., ..B or A)",
	    range);
}

enum rp_status
rp_select_symbol(
    struct rp_select *sel, const char *pattern, struct rp_error *err)
{
	sel->asked |= BY_SYMBOL;
	return rp_names_add(&sel->symbols, pattern, err);
}

enum rp_status
rp_select_source(
    struct rp_select *sel, const char *pattern, struct rp_error *err)
{
	sel->asked |= BY_SOURCE;
	return rp_names_add(&sel->sources, pattern, err);
}

static void
set_type(struct rp_select *sel, uint16_t id)
{
	sel->types[id / 64] |= UINT64_C(1) << id % 64;
}

static bool
has_type(const struct rp_select *sel, uint16_t id)
{
	return (sel->types[id / 64] >> id % 64 & 1) != 0;
}

/* A type's name, a number, a schema of Databento's, or a glob. */
static bool
add_type(struct rp_select *sel, const char *text, size_t len)
{
	bool any = false;
	uint16_t id;
	size_t i;

	if (rp_type_by_name(text, len, &id)) {
		set_type(sel, id);
		return true;
	}
	for (i = 0; i < rp_n_types; i++)
		if (rp_glob_match(text, len, rp_types[i]->name,
			strlen(rp_types[i]->name))) {
			set_type(sel, rp_types[i]->id);
			any = true;
		}
	return any;
}

static enum rp_status
unknown_type(const char *text, size_t len, struct rp_error *err)
{
	const struct expr_word w = { .text = text, .len = (uint32_t)len };
	char hint[80];

	rp_expr_suggest_type(&w, hint, sizeof(hint));
	return rp_error_set(err, RP_ERR_USAGE,
	    "no record type named \"%.*s\"%s", (int)len, text, hint);
}

static enum rp_status
add_types(void *arg, const char *text, size_t len, struct rp_error *err)
{
	struct rp_select *sel = arg;
	const char *end = text + len, *comma;

	for (;; text = comma + 1) {
		comma = memchr(text, ',', (size_t)(end - text));
		len = (size_t)((comma != NULL ? comma : end) - text);
		if (!add_type(sel, text, len))
			return unknown_type(text, len, err);
		if (comma == NULL)
			return RP_OK;
	}
}

enum rp_status
rp_select_type(struct rp_select *sel, const char *names, struct rp_error *err)
{
	sel->asked |= BY_TYPE;
	return rp_names_each(names, add_types, sel, err);
}

bool
rp_select_has_type(const struct rp_select *sel, uint16_t id)
{
	return (sel->asked & BY_TYPE) == 0 || has_type(sel, id);
}

enum rp_status
rp_select_shard(struct rp_select *sel, const char *text, struct rp_error *err)
{
	const char *slash = strchr(text, '/');
	uint64_t i = 0, n = 0;

	if (slash == NULL ||
	    rp_u64_parse(text, (size_t)(slash - text), &i) != RP_OK ||
	    rp_u64_parse(slash + 1, strlen(slash + 1), &n) != RP_OK || i < 1 ||
	    i > n || n > RP_MAX_SHARDS)
		return rp_error_set(err, RP_ERR_USAGE,
		    "\"%s\" is no part of several, such as 1/4 (of %d at most)",
		    text, RP_MAX_SHARDS);
	sel->asked |= BY_SHARD;
	sel->shard = (uint32_t)i - 1;
	sel->shards = (uint32_t)n;
	return RP_OK;
}

enum rp_status
rp_select_flags(struct rp_select *sel, const char *names, struct rp_error *err)
{
	struct rp_field flags;
	uint32_t value;
	size_t len;
	bool clear;

	if (!rp_type_field(NULL, "flags", 5, &flags))
		return RP_ERR_USAGE;
	sel->asked |= BY_FLAGS;
	for (;; names += len + 1) {
		clear = *names == '!';
		names += clear;
		len = strcspn(names, ",");
		if (!rp_field_word(&flags, names, len, &value))
			return rp_error_set(err, RP_ERR_USAGE,
			    "no flag named \"%.*s\"", (int)len, names);
		if (clear)
			sel->flags_clear |= (uint16_t)value;
		else
			sel->flags_set |= (uint16_t)value;
		if (names[len] == '\0')
			return RP_OK;
	}
}

enum rp_status
rp_select_where(struct rp_select *sel, const char *expr, struct rp_error *err)
{
	sel->asked |= BY_EXPR;
	return rp_expr_compile(&sel->expr, expr, rp_select_its_zone(sel), err);
}

size_t
rp_select_guesses(const struct rp_select *sel, const struct rp_guess **guesses)
{
	return sel->expr != NULL ? rp_expr_guesses(sel->expr, guesses) : 0;
}

/* ---- what is asked for ---- */

bool
rp_select_thins(const struct rp_select *sel)
{
	return (sel->asked & (BY_SEQ | BY_FLAGS | BY_EXPR)) != 0;
}

bool
rp_select_is_all(const struct rp_select *sel)
{
	return sel->asked == 0;
}

static bool
is_relative(const struct rp_when *w)
{
	return w->kind == RP_WHEN_OF_DAY || w->kind == RP_WHEN_AFTER;
}

bool
rp_select_needs_start(const struct rp_select *sel)
{
	/* the end may count from a start that is given */
	return is_relative(&sel->from_when) ||
	    sel->to_when.kind == RP_WHEN_OF_DAY ||
	    (sel->to_when.kind == RP_WHEN_AFTER &&
		sel->from_when.kind == RP_WHEN_NONE);
}

void
rp_select_start(struct rp_select *sel, int64_t first)
{
	struct rp_zone *zone = rp_select_its_zone(sel);

	if (sel->started)
		return;
	sel->started = true;
	sel->from =
	    rp_when_resolve(&sel->from_when, zone, first, first, INT64_MIN);
	sel->to = rp_when_resolve(&sel->to_when, zone, first,
	    sel->from_when.kind == RP_WHEN_NONE ? first : sel->from, INT64_MAX);
}

void
rp_select_range(const struct rp_select *sel, struct rp_select_range *r)
{
	*r = (struct rp_select_range){ .seq_min = sel->seq_min,
		.seq_max = sel->seq_max,
		.ts_min = INT64_MIN,
		.ts_max = INT64_MAX };
	if (!sel->started || sel->clock != RP_CLOCK_RECV)
		return;
	r->ts_min = sel->from;
	if (sel->to_when.kind != RP_WHEN_NONE)
		r->ts_max = sel->to - (sel->to != INT64_MIN);
}

/* ---- frames ---- */

static bool
in_time(const struct rp_select *sel, int64_t ns)
{
	return ns >= sel->from &&
	    (ns < sel->to || sel->to_when.kind == RP_WHEN_NONE);
}

static enum rp_verdict
frame_times(const struct rp_select *sel, const struct rp_frame_head *h)
{
	if (sel->clock == RP_CLOCK_EVENT)
		return RP_PASS_SOME;
	if (in_time(sel, h->ts_min) && in_time(sel, h->ts_max))
		return RP_PASS_ALL;
	return h->ts_max < sel->from || (h->ts_min >= sel->to) ? RP_PASS_NONE
							       : RP_PASS_SOME;
}

static enum rp_verdict
frame_seqs(const struct rp_select *sel, const struct rp_frame_head *h)
{
	if (h->seq_min >= sel->seq_min && h->seq_max <= sel->seq_max)
		return RP_PASS_ALL;
	return h->seq_max < sel->seq_min || h->seq_min > sel->seq_max
	    ? RP_PASS_NONE
	    : RP_PASS_SOME;
}

static enum rp_verdict
share(uint64_t records, bool any, const struct rp_frame *f)
{
	if (!any)
		return RP_PASS_NONE;
	return records == f->head.records ? RP_PASS_ALL : RP_PASS_SOME;
}

static enum rp_verdict
frame_types(const struct rp_select *sel, const struct rp_frame *f)
{
	uint64_t records = 0;
	bool any = false;
	uint32_t i;

	for (i = 0; i < f->n_types; i++)
		if (has_type(sel, f->types[i].type)) {
			any = true;
			records += f->types[i].records;
		}
	return share(records, any, f);
}

/* What has no symbol is left to be seen. */
static enum rp_verdict
frame_shard(const struct rp_select *sel, const struct rp_frame *f)
{
	uint64_t ours = 0, others = 0;
	uint32_t i;

	for (i = 0; i < f->n_names; i++) {
		if (f->names[i].class != RP_NAME_SYMBOL)
			continue;
		if (rp_shard_of(&f->names[i], sel->shards) == sel->shard)
			ours += f->names[i].records;
		else
			others += f->names[i].records;
	}
	if (ours == f->head.records)
		return RP_PASS_ALL;
	return others == f->head.records ? RP_PASS_NONE : RP_PASS_SOME;
}

/* Decide on the frame's names of one class, for it and for its records. */
static enum rp_verdict
frame_names(struct rp_select *sel, struct rp_names *names,
    enum rp_name_class class, const struct rp_frame *f)
{
	uint64_t records = 0;
	bool any = false;
	uint32_t i;

	for (i = 0; i < f->n_names; i++)
		if (f->names[i].class == class) {
			sel->names.data[i] =
			    rp_names_match(names, &f->names[i]);
			any |= sel->names.data[i] != 0;
			if (sel->names.data[i] != 0)
				records += f->names[i].records;
		}
	return share(records, any, f);
}

static enum rp_status
decide(struct rp_select *sel, enum criterion by, const struct rp_frame *f,
    enum rp_verdict *v)
{
	*v = RP_PASS_SOME;
	switch (by) {
	case BY_TIME:
		*v = frame_times(sel, &f->head);
		break;
	case BY_SEQ:
		*v = frame_seqs(sel, &f->head);
		break;
	case BY_TYPE:
		*v = frame_types(sel, f);
		break;
	case BY_SYMBOL:
		*v = frame_names(sel, &sel->symbols, RP_NAME_SYMBOL, f);
		break;
	case BY_SOURCE:
		*v = frame_names(sel, &sel->sources, RP_NAME_SOURCE, f);
		break;
	case BY_SHARD:
		*v = frame_shard(sel, f);
		break;
	case BY_FLAGS:
		break;
	case BY_EXPR:
		return rp_expr_frame(sel->expr, f, v);
	}
	return RP_OK;
}

enum rp_status
rp_select_frame(
    struct rp_select *sel, const struct rp_frame *f, enum rp_verdict *verdict)
{
	enum rp_verdict v;
	enum rp_status st;
	unsigned by;

	rp_select_start(sel, f->head.ts_min);
	sel->open = 0;
	sel->n_names = f->n_names;
	*verdict = RP_PASS_NONE;
	if ((sel->asked & (BY_SYMBOL | BY_SOURCE)) != 0) {
		if ((st = rp_buffer_reserve(&sel->names, f->n_names)) != RP_OK)
			return st;
		if (f->n_names != 0)
			memset(sel->names.data, 0, f->n_names);
	}
	for (by = 1; by <= BY_EXPR; by <<= 1) {
		if ((sel->asked & by) == 0)
			continue;
		if ((st = decide(sel, by, f, &v)) != RP_OK)
			return st;
		if (v == RP_PASS_NONE)
			return RP_OK;
		if (v == RP_PASS_SOME)
			sel->open |= by;
	}
	*verdict = sel->open == 0 ? RP_PASS_ALL : RP_PASS_SOME;
	return RP_OK;
}

/* ---- records ---- */

static bool
event_in_time(const struct rp_select *sel, const struct rp_record *rec)
{
	int64_t ns = rp_record_ts_event(rec);

	return ns != RP_ABSENT && in_time(sel, ns);
}

static bool
is_named(const struct rp_select *sel, uint32_t name)
{
	return name < sel->n_names && sel->names.data[name] != 0;
}

static bool
in_shard(const struct rp_select *sel, const struct rp_frame *f,
    const struct rp_record *rec)
{
	const struct rp_label *symbol = rp_frame_name(f, rec->symbol);

	if (symbol == NULL)
		return sel->shard == 0 || rp_shard_is_everywhere(rec);
	return rp_shard_of(symbol, sel->shards) == sel->shard;
}

bool
rp_select_record(struct rp_select *sel, const struct rp_frame *f,
    const struct rp_record *rec)
{
	unsigned open = sel->open;

	if ((open & BY_TYPE) && !has_type(sel, rec->type))
		return false;
	if ((open & BY_SYMBOL) && !is_named(sel, rec->symbol))
		return false;
	if ((open & BY_SOURCE) && !is_named(sel, rec->source))
		return false;
	if ((open & BY_SHARD) && !in_shard(sel, f, rec))
		return false;
	if ((open & BY_TIME) &&
	    !(sel->clock == RP_CLOCK_RECV ? in_time(sel, rec->ts_recv)
					  : event_in_time(sel, rec)))
		return false;
	if ((open & BY_SEQ) &&
	    (rec->seq < sel->seq_min || rec->seq > sel->seq_max))
		return false;
	if ((open & BY_FLAGS) &&
	    ((rec->flags & sel->flags_set) != sel->flags_set ||
		(rec->flags & sel->flags_clear) != 0))
		return false;
	return !(open & BY_EXPR) || rp_expr_record(sel->expr, f, rec);
}
