/*
 * queue: where an order stands, whenever that changes, as a record of type
 * feature: its price and size, the orders and the size ahead of it, and the
 * orders of its level. Once it is gone its size is 0 and the rest is absent.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "emit.h"
#include "types/schema.h"
#include "types/text.h"

enum value { ORDER_ID, PRICE, SIZE, AHEAD, SIZE_AHEAD, ORDERS, VALUES };

struct options {
	bool given;
	uint64_t id_hi, id_lo;
	/* of the exponents that a book had last */
	struct rp_label schema;
	char text[128];
	int8_t px_exp, qty_exp;
};

struct state {
	bool there, came; /* is it; was it ever */
	struct rp_queue_place place; /* shown last */
};

static enum rp_status
queue_param(struct emission *e, const char *text, size_t *len)
{
	struct options *o = e->options;

	if (o->given)
		return RP_EMPTY;
	if (*len == 0)
		return rp_cli_usage(
		    e->cli, "--emit %s: the order has no id", e->text);
	o->given = true;
	(void)rp_text_take_id(text, *len, &o->id_hi, &o->id_lo);
	return RP_OK;
}

static enum rp_status
queue_check(struct emission *e)
{
	const struct options *o = e->options;

	if (!o->given)
		return rp_cli_usage(e->cli,
		    "--emit %s: of which order? queue:ORDER_ID", e->text);
	return RP_OK;
}

static struct rp_label *
schema_of(struct options *o, const struct rp_lob *b)
{
	int n;

	if (o->schema.len > 0 && o->px_exp == b->px_exp &&
	    o->qty_exp == b->qty_exp)
		return &o->schema;
	o->px_exp = b->px_exp;
	o->qty_exp = b->qty_exp;
	n = snprintf(o->text, sizeof(o->text),
	    "order:0,order_px:%d,order_sz:%d,ahead_ct:0,ahead_sz:%d,level_ct:0",
	    b->px_exp, b->qty_exp, b->qty_exp);
	rp_label_init(&o->schema, RP_NAME_SCHEMA, o->text, (size_t)n);
	return &o->schema;
}

static enum rp_status
put(struct emission *e, const struct book *b, const struct state *s)
{
	struct options *o = e->options;
	const struct rp_queue_place *p = &s->place;
	int64_t value[VALUES] = { [PRICE] = p->price,
		[SIZE] = p->size,
		[AHEAD] = p->ahead,
		[SIZE_AHEAD] = p->size_ahead,
		[ORDERS] = p->level_orders };
	uint64_t valid = s->there ? (1u << VALUES) - 1 : 1u << SIZE;
	struct rp_label *schema = schema_of(o, &b->lob);
	struct rp_feature_head *h;
	struct rp_record *r;

	valid &= ~(UINT64_C(1) << ORDER_ID);
	if (o->id_hi == 0 && o->id_lo <= INT64_MAX) {
		valid |= 1u << ORDER_ID;
		value[ORDER_ID] = (int64_t)o->id_lo;
	}
	r = emission_place(e, &b->cause, RP_FEATURE, rp_feature_size(VALUES));
	if (r == NULL)
		return e->cli->error.status;
	h = (struct rp_feature_head *)r->payload;
	*h = (struct rp_feature_head){ .ev = rp_view_event(&b->lob, &b->cause),
		.schema = schema->hash,
		.reflects_seq = b->cause.seq };
	h->ev.side = p->side;
	h->ev.action = 0;
	h->ev.aux = VALUES;
	h->ev.tflags = emission_tflags(b);
	memcpy(h + 1, &valid, sizeof(valid));
	memcpy((uint8_t *)(h + 1) + sizeof(valid), value, sizeof(value));
	return rp_sink_add_of(e->sink, r, b->symbol, b->source, schema);
}

static enum rp_status
queue_event(struct emission *e, struct book *b)
{
	const struct options *o = e->options;
	struct state *s = emission_state(e, b);
	struct rp_queue_place now = { .side = s->place.side };
	bool there = rp_lob_queue(&b->lob, o->id_hi, o->id_lo, &now);

	s->came |= there;
	if (!emission_shows(e, b) ||
	    (there == s->there && now.ahead == s->place.ahead &&
		now.size_ahead == s->place.size_ahead &&
		now.size == s->place.size && now.price == s->place.price))
		return RP_OK;
	s->there = there;
	s->place = now;
	return put(e, b, s);
}

/* Silence has two meanings. */
static enum rp_status
queue_finish(struct emission *e)
{
	bool came = false;

	for (size_t i = 0; i < e->books->n && !came; i++) {
		const struct state *s = emission_state(e, e->books->all[i]);

		came = s->came;
	}
	if (!came)
		rp_cli_warn(e->cli,
		    "--emit %.*s: no book had such an order at the end of an "
		    "event",
		    (int)e->what, e->text);
	return RP_OK;
}

static bool
queue_differ(const struct emission *a, const struct emission *b)
{
	const struct options *o = a->options, *p = b->options;

	return o->id_hi != p->id_hi || o->id_lo != p->id_lo;
}

static void
queue_archive_book(struct emission *e, struct book *b, struct rp_archive *ar)
{
	struct state *s = emission_state(e, b);

	rp_archive_bool(ar, &s->there);
	rp_archive_bool(ar, &s->came);
	rp_archive_u32(ar, &s->place.ahead);
	rp_archive_u32(ar, &s->place.level_orders);
	rp_archive_i64(ar, &s->place.size_ahead);
	rp_archive_i64(ar, &s->place.size);
	rp_archive_i64(ar, &s->place.price);
	rp_archive_u8(ar, &s->place.side);
}

const struct emission_kind emission_queue = {
	.name = "queue",
	.params = ":ORDER_ID",
	.options_size = sizeof(struct options),
	.state_size = sizeof(struct state),
	.param = queue_param,
	.check = queue_check,
	.differ = queue_differ,
	.event = queue_event,
	.finish = queue_finish,
	.archive_book = queue_archive_book,
};
