#include "import/venue.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "wire/directory.h"

void
rp_venue_init(struct rp_venue *v)
{
	v->rows.max = RP_VENUE_MAX_LINE;
	v->symbols.class = RP_NAME_SYMBOL;
	v->sources.class = RP_NAME_SOURCE;
}

static struct rp_venue_opaque *
find_opaque(struct rp_venue *v, const struct rp_json_value *name)
{
	struct rp_venue_opaque *o = v->opaque;

	while (o < v->opaque + v->n_opaque && !rp_json_is(name, o->name))
		o++;
	return o;
}

void
rp_venue_count(struct rp_venue *v, const struct rp_json_value *name)
{
	static const struct rp_json_value other = { "other", 5,
		RP_JSON_STRING };
	struct rp_venue_opaque *o;

	if (name->kind != RP_JSON_STRING || name->len >= sizeof(o->name) ||
	    !rp_name_is_valid(name->text, name->len))
		name = &other;
	o = find_opaque(v, name);
	if (o >= v->opaque + RP_VENUE_OPAQUE - 1)
		o = find_opaque(v, name = &other);
	if (o->n++ == 0) {
		memcpy(o->name, name->text, name->len);
		v->n_opaque++;
	}
}

void
rp_venue_free(struct rp_import *im, struct rp_venue *v)
{
	char name[sizeof("opaque.") + sizeof(v->opaque->name)];

	for (size_t i = 0; i < v->n_opaque; i++) {
		snprintf(name, sizeof(name), "opaque.%s", v->opaque[i].name);
		rp_import_count(im, name, v->opaque[i].n);
	}
	rp_scan_free(&v->scan);
	free(v->bids.levels);
	free(v->asks.levels);
	rp_labels_free(&v->symbols);
	rp_labels_free(&v->sources);
	rp_buffer_free(&v->text);
}

bool
rp_venue_fail(struct rp_venue *v, const char *fmt, ...)
{
	char text[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	(void)rp_error_set(&v->error, RP_ERR_CORRUPT, "%s", text);
	return false;
}

static bool
no_memory(struct rp_venue *v)
{
	(void)rp_error_no_memory(&v->error);
	return false;
}

/* ---- lines ---- */

/* Leave a line out, or give up. */
static enum rp_status
reject(struct rp_import *im, const struct rp_venue *v)
{
	unsigned long long number = v->rows.number;
	const struct rp_scan *s = &v->scan;

	if (s->no_memory || v->error.status == RP_ERR_NOMEM)
		return rp_import_no_memory(im);
	if (s->why != NULL)
		return rp_import_reject(im, v->rows.text, v->rows.len,
		    "line %llu: column %zu: %s", number,
		    (size_t)(s->at - v->rows.text) + 1, s->why);
	return rp_import_reject(im, v->rows.text, v->rows.len, "line %llu: %s",
	    number, v->error.text);
}

static enum rp_status
convert_line(struct rp_import *im, struct rp_venue *v,
    bool (*line)(struct rp_import *im, enum rp_status *st))
{
	enum rp_status st = RP_OK;
	bool good;

	v->error.status = RP_OK;
	v->scan.why = NULL;
	v->scan.no_memory = false;
	v->bids.n = v->asks.n = 0;
	if (v->rows.too_long)
		good = rp_venue_fail(v, RP_ROWS_TOO_LONG, v->rows.max);
	else
		good = line(im, &st);
	if (!good && st == RP_OK)
		st = reject(im, v);
	im->records++; /* it was met, if not converted */
	return st;
}

enum rp_status
rp_venue_convert(struct rp_import *im, struct rp_venue *v,
    bool (*line)(struct rp_import *im, enum rp_status *st))
{
	enum rp_status st = RP_OK;

	while (st == RP_OK && rp_rows_next(&v->rows, im->in))
		if (!rp_rows_is_blank(&v->rows))
			st = convert_line(im, v, line);
	return st != RP_OK ? st : rp_rows_more(&v->rows, im);
}

/* ---- values ---- */

bool
rp_venue_bad(struct rp_venue *v, const struct rp_json_value *value,
    const char *name, const char *why)
{
	int len = value->len < 60 ? (int)value->len : 60;

	if (value->kind == RP_JSON_NONE)
		return rp_venue_fail(v, "%s is missing", name);
	return rp_venue_fail(v, "%s '%.*s' %s", name, len, value->text, why);
}

static bool
is_number(const struct rp_json_value *value)
{
	return value->kind == RP_JSON_STRING || value->kind == RP_JSON_NUMBER;
}

bool
rp_venue_decimal(struct rp_venue *v, const struct rp_json_value *value,
    const char *name, struct rp_decimal *d)
{
	enum rp_status st = RP_ERR_USAGE;

	if (is_number(value))
		st = rp_decimal_parse(value->text, value->len, d);
	if (st == RP_OK)
		return true;
	return rp_venue_bad(v, value, name,
	    st == RP_ERR_LIMIT ? "has too many digits" : "is not a number");
}

bool
rp_venue_u64(struct rp_venue *v, const struct rp_json_value *value,
    const char *name, uint64_t *n)
{
	enum rp_status st = RP_ERR_USAGE;

	if (is_number(value))
		st = rp_u64_parse(value->text, value->len, n);
	if (st == RP_OK)
		return true;
	return rp_venue_bad(v, value, name,
	    st == RP_ERR_LIMIT ? "is too large" : "is not a whole number");
}

bool
rp_venue_time(struct rp_venue *v, const struct rp_json_value *value,
    const char *name, int64_t *ns)
{
	uint64_t t, unit;

	if (!rp_venue_u64(v, value, name, &t))
		return false;
	/* ms until the year 5138, us from 1973 on */
	unit = t < UINT64_C(100000000000000)   ? 1000000
	    : t < UINT64_C(100000000000000000) ? 1000
					       : 1;
	if (t > (uint64_t)INT64_MAX / unit)
		return rp_venue_bad(
		    v, value, name, "is out of the range of times");
	*ns = (int64_t)(t * unit);
	return true;
}

bool
rp_venue_seconds(struct rp_venue *v, const char *text, size_t len,
    const char *name, int64_t *ns)
{
	struct rp_json_value value = { text, (uint32_t)len, RP_JSON_STRING };
	struct rp_decimal d;
	enum rp_status st = rp_decimal_parse(text, len, &d);

	if (st == RP_OK)
		st = rp_decimal_rescale(&d, -9);
	*ns = d.mantissa;
	if (st == RP_OK && *ns >= 0)
		return true;
	return rp_venue_bad(v, &value, name,
	    st == RP_ERR_USAGE ? "is not a time in seconds"
			       : "is out of the range of times");
}

bool
rp_venue_align(struct rp_venue *v, struct rp_decimal *d, size_t n)
{
	int exp = d[0].exp;

	for (size_t i = 1; i < n; i++)
		if (d[i].exp < exp)
			exp = d[i].exp;
	for (size_t i = 0; i < n; i++)
		if (rp_decimal_rescale(&d[i], exp) != RP_OK)
			return rp_venue_fail(
			    v, "too many digits for one exponent");
	return true;
}

bool
rp_venue_label(struct rp_venue *v, struct rp_labels *labels, const char *text,
    size_t len, struct rp_label **label)
{
	struct rp_json_value value = { text, (uint32_t)len, RP_JSON_STRING };
	const struct rp_label *last = labels->last;

	if ((last == NULL || last->len != len ||
		memcmp(last->text, text, len) != 0) &&
	    !rp_name_is_valid(text, len))
		return rp_venue_bad(v, &value,
		    labels == &v->symbols ? "symbol" : "source", "is no name");
	*label = rp_labels_find(labels, text, len);
	return *label != NULL || no_memory(v);
}

/* ---- levels ---- */

static struct rp_venue_level *
add_level(struct rp_venue *v, struct rp_venue_side *side)
{
	struct rp_venue_level *grown;
	size_t cap = side->cap == 0 ? 64 : 2 * side->cap;

	if (side->n == side->cap) {
		grown = reallocarray(side->levels, cap, sizeof(*grown));
		if (grown == NULL) {
			no_memory(v);
			return NULL;
		}
		side->levels = grown;
		side->cap = cap;
	}
	return &side->levels[side->n++];
}

bool
rp_venue_level_end(struct rp_venue *v)
{
	if (rp_scan_item(&v->scan))
		return rp_venue_fail(v, "a level has too many values");
	return v->scan.why == NULL;
}

/* A level, in its bracket. */
static bool
read_level(struct rp_venue *v, struct rp_venue_level *l,
    bool (*rest)(struct rp_venue *v, struct rp_venue_level *level))
{
	struct rp_scan *s = &v->scan;
	struct rp_json_value value = { 0 };

	l->ts_event = RP_ABSENT;
	l->orders = 0;
	l->tflags = 0;
	if (!rp_scan_item(s) || !rp_scan_value(s, &value) ||
	    !rp_venue_decimal(v, &value, "price", &l->price) ||
	    !rp_scan_item(s) || !rp_scan_value(s, &value) ||
	    !rp_venue_decimal(v, &value, "size", &l->size))
		return rp_venue_fail(v, "a level is [price, size]");
	return rest != NULL ? rest(v, l) : rp_venue_level_end(v);
}

bool
rp_venue_levels(struct rp_venue *v, struct rp_venue_side *side,
    bool (*rest)(struct rp_venue *v, struct rp_venue_level *level))
{
	struct rp_scan *s = &v->scan;
	struct rp_venue_level *l;
	struct rp_json_value value;

	while (rp_scan_item(s)) {
		if (!rp_scan_value(s, &value))
			return false;
		if (value.kind != RP_JSON_ARRAY)
			return rp_venue_fail(v, "a level is [price, size]");
		if ((l = add_level(v, side)) == NULL || !read_level(v, l, rest))
			return false;
	}
	return s->why == NULL;
}

bool
rp_venue_side(struct rp_venue *v, struct rp_venue_side *side,
    bool (*rest)(struct rp_venue *v, struct rp_venue_level *level))
{
	struct rp_json_value value;

	if (!rp_scan_value(&v->scan, &value))
		return false;
	if (value.kind != RP_JSON_ARRAY)
		return rp_venue_fail(v, "levels are an array");
	return rp_venue_levels(v, side, rest);
}

/* ---- records ---- */

/* The head of the next record, which is made where it will stand. */
static struct rp_record *
begin(struct rp_import *im, const struct rp_venue_event *e, uint16_t type,
    uint32_t len, uint16_t flags)
{
	struct rp_record *r = rp_writer_place(im->out, len);

	if (r == NULL)
		return NULL;
	*r = (struct rp_record){
		.len = len, .type = type, .flags = flags, .ts_recv = e->ts_recv
	};
	if (e->ts_event == RP_ABSENT)
		r->flags |= RP_TS_EVENT_INFERRED;
	return r;
}

static enum rp_status
add(struct rp_import *im, const struct rp_record *r,
    const struct rp_venue_event *e)
{
	if (r == NULL ||
	    rp_writer_add(im->out, r, e->symbol, e->source) != RP_OK)
		return rp_import_write_failed(im);
	return RP_OK;
}

/*
 * The time of sending is send_delta where that reaches, some 2 s; else, unless
 * it is ts_event too, the payload's ts_out: then this is true.
 */
static bool
event_head(const struct rp_venue_event *e, struct rp_event *head)
{
	int64_t delta;

	*head = (struct rp_event){ .ts_event = e->ts_event,
		.sequence = e->sequence,
		.channel = e->channel,
		.send_delta = INT32_MIN };
	if (e->ts_event == RP_ABSENT)
		head->ts_event = e->ts_recv;
	if (e->ts_sent == RP_ABSENT)
		return false;
	delta = e->ts_recv - e->ts_sent;
	if (delta <= INT32_MIN || delta > INT32_MAX)
		return e->ts_sent != e->ts_event;
	head->send_delta = (int32_t)delta;
	return false;
}

enum rp_status
rp_venue_put(struct rp_import *im, const struct rp_venue_event *e,
    uint16_t type, uint16_t flags, const void *payload, uint32_t len)
{
	struct rp_record *r = begin(im, e, type, len, flags);

	if (r != NULL)
		memcpy(r->payload, payload, len);
	return add(im, r, e);
}

/* What levels of a message have in common. */
struct level_form {
	struct rp_level level;
	int64_t ts_out;
	uint32_t len;
	uint16_t flags;
	bool own_time; /* ts_event is not that of the message */
	bool has_checksum;
	uint32_t checksum; /* for the last record */
	size_t left; /* records to come */
};

static enum rp_status
put_level(
    struct rp_import *im, const struct rp_venue_event *e, struct level_form *f)
{
	struct rp_record *r = begin(im, e, RP_LEVEL, f->len, f->flags);

	if (r == NULL)
		return rp_import_write_failed(im);
	if (f->own_time)
		r->flags &= (uint16_t)~RP_TS_EVENT_INFERRED;
	if (--f->left == 0) {
		r->flags |= RP_LAST;
		if (f->has_checksum) {
			f->level.ev.tflags |= RP_LEVEL_CHECKSUM;
			f->level.checksum = f->checksum;
		}
	}
	memcpy(r->payload, &f->level, sizeof(f->level));
	if (f->len > sizeof(f->level))
		rp_put64(r->payload + sizeof(f->level), (uint64_t)f->ts_out);
	return add(im, r, e);
}

/* An action on no level in particular. */
static enum rp_status
put_bare(struct rp_import *im, const struct rp_venue_event *e,
    struct level_form *f, enum rp_level_action action)
{
	struct rp_level *l = &f->level;

	l->ev.action = (uint8_t)action;
	l->ev.side = RP_SIDE_NONE;
	l->ev.px_exp = l->ev.qty_exp = 0;
	l->price = l->size = RP_ABSENT;
	return put_level(im, e, f);
}

static enum rp_status
put_side(struct rp_import *im, const struct rp_venue_event *e,
    struct level_form *f, const struct rp_venue_side *side, enum rp_side which)
{
	struct rp_level *l = &f->level;
	const int64_t ts_event = l->ev.ts_event;
	const uint16_t tflags = l->ev.tflags;
	enum rp_status st = RP_OK;

	l->ev.side = (uint8_t)which;
	for (size_t i = 0; i < side->n && st == RP_OK; i++) {
		const struct rp_venue_level *from = &side->levels[i];

		l->ev.action =
		    from->size.mantissa == 0 ? RP_LEVEL_REMOVE : RP_LEVEL_SET;
		l->ev.px_exp = from->price.exp;
		l->ev.qty_exp = from->size.exp;
		f->own_time = from->ts_event != RP_ABSENT;
		l->ev.ts_event = f->own_time ? from->ts_event : ts_event;
		l->ev.tflags = tflags | from->tflags;
		if (f->flags & RP_SNAPSHOT)
			l->ev.aux = (uint32_t)i;
		l->price = from->price.mantissa;
		l->size = from->size.mantissa;
		l->orders = from->orders;
		st = put_level(im, e, f);
	}
	l->ev.ts_event = ts_event;
	l->ev.tflags = tflags;
	l->ev.aux = 0;
	l->orders = 0;
	return st;
}

enum rp_status
rp_venue_put_levels(struct rp_import *im, struct rp_venue *v,
    const struct rp_venue_event *e, const struct rp_venue_update *u)
{
	struct level_form f = { .ts_out = e->ts_sent,
		.len = sizeof(struct rp_level),
		.flags = u->snapshot ? RP_SNAPSHOT : 0,
		.has_checksum = u->has_checksum,
		.checksum = u->checksum,
		.left = v->bids.n + v->asks.n };
	enum rp_status st = RP_OK;

	if (event_head(e, &f.level.ev))
		f.len += sizeof(int64_t);
	f.level.first_sequence = u->first_sequence;
	f.level.prev_sequence = u->prev_sequence;
	if (u->snapshot || f.left == 0) {
		f.left++;
		st = put_bare(
		    im, e, &f, u->snapshot ? RP_LEVEL_CLEAR : RP_LEVEL_NONE);
	}
	if (st == RP_OK)
		st = put_side(im, e, &f, &v->bids, RP_SIDE_BID);
	if (st == RP_OK)
		st = put_side(im, e, &f, &v->asks, RP_SIDE_ASK);
	return st;
}

enum rp_status
rp_venue_put_trade(struct rp_import *im, const struct rp_venue_event *e,
    const struct rp_venue_trade *t)
{
	struct rp_trade_more m = { .trade = { .price = t->price.mantissa,
				       .size = t->size.mantissa,
				       .id_hi = t->id_hi,
				       .id_lo = t->id_lo,
				       .depth = UINT32_MAX },
		.ts_out = RP_ABSENT,
		.order_lo = t->order_id,
		.first_id = t->first_id,
		.last_id = t->last_id,
		.taker_id = t->taker_id };
	uint32_t len = sizeof(m.trade);

	if (event_head(e, &m.trade.ev)) {
		m.ts_out = e->ts_sent;
		len += sizeof(m.ts_out);
	}
	m.trade.ev.px_exp = t->price.exp;
	m.trade.ev.qty_exp = t->size.exp;
	m.trade.ev.side = t->side;
	m.trade.ev.tflags = t->tflags;
	if (t->has_more)
		len = sizeof(m);
	return rp_venue_put(
	    im, e, RP_TRADE, t->more_follow ? 0 : RP_LAST, &m, len);
}

enum rp_status
rp_venue_put_bbo(struct rp_import *im, const struct rp_venue_event *e,
    const struct rp_venue_bbo *b)
{
	struct {
		struct rp_bbo bbo;
		int64_t ts_out;
	} p = { .bbo = { .bid_px = b->px[RP_VENUE_BID].mantissa,
		    .bid_sz = b->sz[RP_VENUE_BID].mantissa,
		    .ask_px = b->px[RP_VENUE_ASK].mantissa,
		    .ask_sz = b->sz[RP_VENUE_ASK].mantissa,
		    .bid_ct = b->ct[RP_VENUE_BID],
		    .ask_ct = b->ct[RP_VENUE_ASK],
		    .price = RP_ABSENT,
		    .size = RP_ABSENT,
		    .depth = UINT8_MAX,
		    .bid_publisher = UINT16_MAX,
		    .ask_publisher = UINT16_MAX },
		.ts_out = e->ts_sent };
	uint32_t len = sizeof(p.bbo);

	if (event_head(e, &p.bbo.ev))
		len = sizeof(p);
	p.bbo.ev.px_exp = b->px[0].exp;
	p.bbo.ev.qty_exp = b->sz[0].exp;
	return rp_venue_put(im, e, RP_BBO, RP_LAST, &p, len);
}

enum rp_status
rp_venue_put_json(struct rp_import *im, struct rp_venue *v,
    const struct rp_venue_event *e, const char *text, size_t len,
    enum rp_json_direction direction)
{
	struct rp_json_payload p = { .ts_event = e->ts_event,
		.direction = (uint8_t)direction };
	struct rp_record head = { .len = (uint32_t)(sizeof(p) + len),
		.type = RP_JSON,
		.flags = RP_LAST,
		.ts_recv = e->ts_recv };
	static const uint8_t padding[8];

	v->text.len = 0;
	if (rp_buffer_add(&v->text, &head, sizeof(head)) != RP_OK ||
	    rp_buffer_add(&v->text, &p, sizeof(p)) != RP_OK ||
	    rp_buffer_add(&v->text, text, len) != RP_OK ||
	    rp_buffer_add(&v->text, padding, rp_align8(len) - len) != RP_OK)
		return rp_import_no_memory(im);
	return add(im, (const struct rp_record *)(void *)v->text.data, e);
}
