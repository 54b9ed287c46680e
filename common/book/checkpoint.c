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
store_queue(struct rp_archive *ar, const struct rp_lob *b,
    const struct rp_price_level *l)
{
	const struct rp_order *o;
	struct stored_order order;

	for (uint32_t i = l->head; i != RP_NO_ORDER; i = o->next) {
		o = &b->orders.order[i];
		order = (struct stored_order){ o->id_lo, o->id_hi, o->size };
		rp_archive_bytes(ar, &order, sizeof(order));
	}
}

/* n orders of a level that has none, and what they are in all; *at is the first
 * of them. */
static void
load_queue(struct rp_archive *ar, struct rp_lob *b, struct rp_price_level *l,
    const struct rp_order *like, uint32_t n, uint32_t *at)
{
	struct stored_order order;

	rp_archive_check(ar, n <= b->orders.n - *at);
	if (ar->status != RP_OK)
		return;
	for (l->head = *at; n > 0; n--, ++*at) {
		rp_archive_bytes(ar, &order, sizeof(order));
		rp_archive_check(
		    ar, order.size > 0 && order.size <= INT64_MAX - l->size);
		if (ar->status != RP_OK)
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

/* A level'ar own numbers; *queue: orders that follow, none of L2. */
static void
store_level(struct rp_archive *ar, struct rp_price_level *l, uint32_t *queue)
{
	rp_archive_i64(ar, &l->price);
	rp_archive_i64(ar, &l->size);
	rp_archive_u32(ar, &l->orders);
	rp_archive_u32(ar, queue);
	rp_archive_i8(ar, &l->px_exp);
	rp_archive_i8(ar, &l->qty_exp);
}

static void
store_side(struct rp_archive *ar, struct rp_lob *b, uint8_t side)
{
	uint32_t n = rp_lob_depth(b, side), queue;
	struct rp_price_level l;

	(void)rp_archive_count(ar, n, LEVEL_BYTES);
	while (n-- > 0) {
		l = *rp_lob_at(b, side, n);
		queue = l.head != RP_NO_ORDER ? l.orders : 0;
		store_level(ar, &l, &queue);
		store_queue(ar, b, &l);
	}
}

/* A level that is better than those that are there. */
static void
load_level(
    struct rp_archive *ar, struct rp_lob *b, uint8_t side, uint32_t *order)
{
	struct rp_prices *prices = &b->side[rp_lob_side(side)];
	struct rp_order like = { .side = side };
	struct rp_price_level l, *made;
	uint32_t queue, depth = prices->n;

	store_level(ar, &l, &queue);
	rp_archive_check(ar, l.price != RP_ABSENT && l.size > 0);
	if (ar->status != RP_OK)
		return;
	ar->status = rp_prices_add(prices, &b->pool, l.price, &like.level);
	if (ar->status != RP_OK)
		return;
	rp_archive_check(ar,
	    prices->n == depth + 1 && rp_prices_at(prices, 0) == like.level);
	made = &b->pool.levels[like.level];
	made->px_exp = l.px_exp;
	made->qty_exp = l.qty_exp;
	if (queue > 0) {
		load_queue(ar, b, made, &like, queue, order);
		rp_archive_check(
		    ar, made->size == l.size && made->orders == l.orders);
		return;
	}
	made->size = l.size;
	made->orders = l.orders;
}

static void
load_side(
    struct rp_archive *ar, struct rp_lob *b, uint8_t side, uint32_t *order)
{
	uint64_t n = rp_archive_count(ar, 0, LEVEL_BYTES);

	while (n-- > 0 && ar->status == RP_OK)
		load_level(ar, b, side, order);
}

static void
load_levels(struct rp_archive *ar, struct rp_lob *b)
{
	uint64_t n = rp_archive_count(ar, 0, sizeof(struct stored_order));
	uint32_t order = 0;

	rp_archive_check(ar, n <= INT32_MAX);
	if (ar->status == RP_OK && n > 0)
		ar->status = rp_orders_fill(&b->orders, (uint32_t)n);
	load_side(ar, b, RP_SIDE_BID, &order);
	load_side(ar, b, RP_SIDE_ASK, &order);
	rp_archive_check(ar, order == n);
	if (ar->status == RP_OK && n > 0)
		ar->status = rp_orders_enter(&b->orders);
}

static void
store_levels(struct rp_archive *ar, struct rp_lob *b)
{
	(void)rp_archive_count(ar, b->orders.live, sizeof(struct stored_order));
	store_side(ar, b, RP_SIDE_BID);
	store_side(ar, b, RP_SIDE_ASK);
}

/* ---- the rest of it ---- */

static void
store_pending(struct rp_archive *ar, struct rp_lob *b)
{
	const size_t size = sizeof(struct rp_level) + 6;
	uint64_t n = rp_archive_count(ar, b->n_pending, size);

	if (ar->loading) {
		rp_archive_check(ar, n <= RP_PENDING_MAX);
		if (ar->status != RP_OK || n == 0)
			return;
		b->pending = calloc(n, sizeof(*b->pending));
		if (b->pending == NULL) {
			ar->status = RP_ERR_NOMEM;
			return;
		}
		b->n_pending = b->cap_pending = (uint32_t)n;
	}
	for (uint32_t i = 0; i < n; i++) {
		struct rp_pending *p = &b->pending[i];

		rp_archive_bytes(ar, &p->level, sizeof(p->level));
		rp_archive_u32(ar, &p->len);
		rp_archive_u16(ar, &p->flags);
	}
}

static void
store_chain(struct rp_archive *ar, struct rp_lob *b)
{
	rp_archive_u64(ar, &b->sequence);
	rp_archive_u64(ar, &b->update);
	rp_archive_bool(ar, &b->in_update);
	rp_archive_bool(ar, &b->skipping);
	rp_archive_bool(ar, &b->from_snapshot);
	rp_archive_bool(ar, &b->keeping);
	store_pending(ar, b);
}

void
rp_lob_archive(struct rp_archive *ar, struct rp_lob *b)
{
	uint64_t faults = rp_archive_count(ar, RP_FAULTS, sizeof(*b->faults));

	rp_archive_check(ar, faults == RP_FAULTS);
	for (size_t i = 0; i < RP_FAULTS; i++)
		rp_archive_u64(ar, &b->faults[i]);
	rp_archive_u64(ar, &b->verified);
	rp_archive_i8(ar, &b->px_exp);
	rp_archive_i8(ar, &b->qty_exp);
	rp_archive_bool(ar, &b->has_exp);
	rp_archive_bool(ar, &b->limited);
	rp_archive_u8(ar, &b->state);
	rp_archive_check(ar, b->state <= RP_LOB_BROKEN);
	store_chain(ar, b);
	if (ar->loading)
		load_levels(ar, b);
	else
		store_levels(ar, b);
	if (ar->loading && ar->status != RP_OK) {
		rp_lob_clear(b);
		b->n_pending = 0;
	}
}
