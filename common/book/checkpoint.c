#include "book/checkpoint.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/bytes.h"
#include "base/hash.h"

/* ---- the head ---- */

static const char magic[8] = "rp-book";

enum { DENSE = 1 };

void
rp_checkpoint_encode(struct rp_checkpoint *c, const void *body, size_t len,
    uint8_t head[static RP_CHECKPOINT_HEAD])
{
	c->body_len = len;
	c->body_hash = rp_hash(body, len);
	memset(head, 0, RP_CHECKPOINT_HEAD);
	memcpy(head, magic, sizeof(magic));
	rp_put32(head + 8, RP_CHECKPOINT_VERSION);
	rp_put32(head + 12, c->dense ? DENSE : 0);
	memcpy(head + 16, c->log, sizeof(c->log) - 1);
	rp_put64(head + 56, c->seq);
	rp_put64(head + 64, (uint64_t)c->ts_event);
	rp_put64(head + 72, c->body_len);
	rp_put64(head + 80, c->body_hash);
	rp_put64(head + 88, rp_hash(head, 88));
}

enum rp_status
rp_checkpoint_decode(struct rp_checkpoint *c, const void *head, size_t n,
    uint64_t size, struct rp_error *err)
{
	const uint8_t *p = head;

	*c = (struct rp_checkpoint){ 0 };
	if (n < sizeof(magic) || memcmp(p, magic, sizeof(magic)) != 0)
		return rp_error_set(
		    err, RP_ERR_CORRUPT, "is no checkpoint of rp-book");
	if (n >= 12 && rp_le32(p + 8) != RP_CHECKPOINT_VERSION)
		return rp_error_set(err, RP_ERR_UNSUPPORTED,
		    "is a checkpoint of version %" PRIu32
		    ", and this rp-book reads version %u",
		    rp_le32(p + 8), RP_CHECKPOINT_VERSION);
	if (n < RP_CHECKPOINT_HEAD)
		return rp_error_set(err, RP_ERR_TRUNCATED,
		    "is a checkpoint that was cut short");
	if (rp_le64(p + 88) != rp_hash(p, 88))
		return rp_error_set(err, RP_ERR_CORRUPT,
		    "is a damaged checkpoint: its head has another hash");
	memcpy(c->log, p + 16, sizeof(c->log) - 1);
	c->dense = (rp_le32(p + 12) & DENSE) != 0;
	c->seq = rp_le64(p + 56);
	c->ts_event = (int64_t)rp_le64(p + 64);
	c->body_len = rp_le64(p + 72);
	c->body_hash = rp_le64(p + 80);
	if (size - RP_CHECKPOINT_HEAD < c->body_len)
		return rp_error_set(err, RP_ERR_TRUNCATED,
		    "is a checkpoint that was cut short");
	if (size - RP_CHECKPOINT_HEAD > c->body_len)
		return rp_error_set(err, RP_ERR_CORRUPT,
		    "is a damaged checkpoint: there are bytes behind it");
	return RP_OK;
}

enum rp_status
rp_checkpoint_verify(
    const struct rp_checkpoint *c, const void *body, struct rp_error *err)
{
	if (rp_hash(body, c->body_len) == c->body_hash)
		return RP_OK;
	return rp_error_set(err, RP_ERR_CORRUPT,
	    "is a damaged checkpoint: its body has another hash");
}

/* ---- the levels of a book ---- */

struct stored_order {
	uint64_t id_lo, id_hi;
	int64_t size;
};

static void
store_queue(
    struct rp_store *s, const struct rp_lob *b, const struct rp_price_level *l)
{
	const struct rp_order *o;
	struct stored_order order;

	for (uint32_t i = l->head; i != RP_NO_ORDER; i = o->next) {
		o = &b->orders.order[i];
		order = (struct stored_order){ o->id_lo, o->id_hi, o->size };
		rp_store_bytes(s, &order, sizeof(order));
	}
}

/* n orders of a level that has none, and what they are in all; *at is the first
 * of them. */
static void
load_queue(struct rp_store *s, struct rp_lob *b, struct rp_price_level *l,
    const struct rp_order *like, uint32_t n, uint32_t *at)
{
	struct stored_order order;

	rp_store_check(s, n <= b->orders.n - *at);
	if (s->status != RP_OK)
		return;
	for (l->head = *at; n > 0; n--, ++*at) {
		rp_store_bytes(s, &order, sizeof(order));
		rp_store_check(
		    s, order.size > 0 && order.size <= INT64_MAX - l->size);
		if (s->status != RP_OK)
			return;
		b->orders.order[*at] = (struct rp_order){ .id_hi = order.id_hi,
			.id_lo = order.id_lo,
			.price = l->price,
			.size = order.size,
			.prev = l->tail,
			.next = n > 1 ? *at + 1 : RP_NO_ORDER,
			.level = like->level,
			.side = like->side };
		l->tail = *at;
		l->orders++;
		l->size += order.size;
	}
}

enum { LEVEL_BYTES = 26 };

/* A level's own numbers; *queue: orders that follow, none of L2. */
static void
store_level(struct rp_store *s, struct rp_price_level *l, uint32_t *queue)
{
	rp_store_i64(s, &l->price);
	rp_store_i64(s, &l->size);
	rp_store_u32(s, &l->orders);
	rp_store_u32(s, queue);
	rp_store_i8(s, &l->px_exp);
	rp_store_i8(s, &l->qty_exp);
}

static void
store_side(struct rp_store *s, struct rp_lob *b, uint8_t side)
{
	uint32_t n = rp_lob_depth(b, side), queue;
	struct rp_price_level l;

	(void)rp_store_count(s, n, LEVEL_BYTES);
	while (n-- > 0) {
		l = *rp_lob_at(b, side, n);
		queue = l.head != RP_NO_ORDER ? l.orders : 0;
		store_level(s, &l, &queue);
		store_queue(s, b, &l);
	}
}

/* A level that is better than those that are there. */
static void
load_level(struct rp_store *s, struct rp_lob *b, uint8_t side, uint32_t *order)
{
	struct rp_prices *prices = &b->side[rp_lob_side(side)];
	struct rp_order like = { .side = side };
	struct rp_price_level l, *made;
	uint32_t queue, depth = prices->n;

	store_level(s, &l, &queue);
	rp_store_check(s, l.price != RP_ABSENT && l.size > 0);
	if (s->status != RP_OK)
		return;
	s->status = rp_prices_add(prices, &b->pool, l.price, &like.level);
	if (s->status != RP_OK)
		return;
	rp_store_check(
	    s, prices->n == depth + 1 && rp_prices_at(prices, 0) == like.level);
	made = &b->pool.levels[like.level];
	made->px_exp = l.px_exp;
	made->qty_exp = l.qty_exp;
	if (queue > 0) {
		load_queue(s, b, made, &like, queue, order);
		rp_store_check(
		    s, made->size == l.size && made->orders == l.orders);
		return;
	}
	made->size = l.size;
	made->orders = l.orders;
}

static void
load_side(struct rp_store *s, struct rp_lob *b, uint8_t side, uint32_t *order)
{
	uint64_t n = rp_store_count(s, 0, LEVEL_BYTES);

	while (n-- > 0 && s->status == RP_OK)
		load_level(s, b, side, order);
}

static void
load_levels(struct rp_store *s, struct rp_lob *b)
{
	uint64_t n = rp_store_count(s, 0, sizeof(struct stored_order));
	uint32_t order = 0;

	rp_store_check(s, n <= INT32_MAX);
	if (s->status == RP_OK && n > 0)
		s->status = rp_orders_fill(&b->orders, (uint32_t)n);
	load_side(s, b, RP_SIDE_BID, &order);
	load_side(s, b, RP_SIDE_ASK, &order);
	rp_store_check(s, order == n);
	if (s->status == RP_OK && n > 0)
		s->status = rp_orders_enter(&b->orders);
}

static void
store_levels(struct rp_store *s, struct rp_lob *b)
{
	(void)rp_store_count(s, b->orders.live, sizeof(struct stored_order));
	store_side(s, b, RP_SIDE_BID);
	store_side(s, b, RP_SIDE_ASK);
}

/* ---- the rest of it ---- */

static void
store_pending(struct rp_store *s, struct rp_lob *b)
{
	const size_t size = sizeof(struct rp_level) + 6;
	uint64_t n = rp_store_count(s, b->n_pending, size);

	if (s->loading) {
		rp_store_check(s, n <= RP_PENDING_MAX);
		if (s->status != RP_OK || n == 0)
			return;
		b->pending = calloc(n, sizeof(*b->pending));
		if (b->pending == NULL) {
			s->status = RP_ERR_NOMEM;
			return;
		}
		b->n_pending = b->cap_pending = (uint32_t)n;
	}
	for (uint32_t i = 0; i < n; i++) {
		struct rp_pending *p = &b->pending[i];

		rp_store_bytes(s, &p->level, sizeof(p->level));
		rp_store_u32(s, &p->len);
		rp_store_u16(s, &p->flags);
	}
}

static void
store_chain(struct rp_store *s, struct rp_lob *b)
{
	rp_store_u64(s, &b->sequence);
	rp_store_u64(s, &b->update);
	rp_store_bool(s, &b->in_update);
	rp_store_bool(s, &b->skipping);
	rp_store_bool(s, &b->from_snapshot);
	rp_store_bool(s, &b->keeping);
	store_pending(s, b);
}

void
rp_lob_store(struct rp_store *s, struct rp_lob *b)
{
	uint64_t faults = rp_store_count(s, RP_FAULTS, sizeof(*b->faults));

	rp_store_check(s, faults == RP_FAULTS);
	for (size_t i = 0; i < RP_FAULTS; i++)
		rp_store_u64(s, &b->faults[i]);
	rp_store_u64(s, &b->verified);
	rp_store_i8(s, &b->px_exp);
	rp_store_i8(s, &b->qty_exp);
	rp_store_bool(s, &b->has_exp);
	rp_store_u8(s, &b->state);
	rp_store_check(s, b->state <= RP_LOB_BROKEN);
	store_chain(s, b);
	if (s->loading)
		load_levels(s, b);
	else
		store_levels(s, b);
	if (s->loading && s->status != RP_OK) {
		rp_lob_clear(b);
		b->n_pending = 0;
	}
}
