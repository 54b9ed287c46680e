/* book/: against a model in the simplest possible code, on random events. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "book/lob.h"
#include "book/views.h"
#include "streams.h"

/* ---- the model: a list of orders, a list of levels, no order in either ---- */

#define MOST 4000

struct model_order {
	uint64_t id, age; /* age: the smaller is ahead in its queue */
	int64_t price, size;
	uint8_t side;
};

static struct model {
	struct model_order order[MOST];
	size_t n;
	uint64_t age;
} model;

static struct model_order *
model_find(uint64_t id)
{
	for (size_t i = 0; i < model.n; i++)
		if (model.order[i].id == id)
			return &model.order[i];
	return NULL;
}

static void
model_remove(struct model_order *o)
{
	*o = model.order[--model.n];
}

static void
model_add(const struct rp_mbo *m)
{
	struct model_order *o = model_find(m->id_lo);

	if (o != NULL)
		model_remove(o);
	model.order[model.n++] = (struct model_order){ .id = m->id_lo,
		.age = model.age++,
		.price = m->price,
		.size = m->size,
		.side = m->ev.side };
}

static void
model_apply(const struct rp_mbo *m)
{
	struct model_order *o = model_find(m->id_lo);

	if (m->ev.action == 'R') {
		model.n = 0;
	} else if (m->ev.action == 'A' || (m->ev.action == 'M' && o == NULL)) {
		model_add(m);
	} else if (o == NULL) {
		return;
	} else if (m->ev.action == 'M') {
		if (m->ev.side != o->side)
			return;
		if (m->price != o->price || m->size > o->size)
			o->age = model.age++;
		o->price = m->price;
		o->size = m->size;
	} else if (m->ev.action == 'C') {
		o->size -= m->size;
		if (o->size <= 0)
			model_remove(o);
	}
}

static int
by_place(const void *a, const void *b)
{
	const struct model_order *x = a, *y = b;
	int64_t p = x->side == RP_SIDE_BID ? y->price : x->price;
	int64_t q = x->side == RP_SIDE_BID ? x->price : y->price;

	if (x->side != y->side)
		return x->side < y->side ? -1 : 1;
	if (p != q)
		return p < q ? -1 : 1;
	return x->age < y->age ? -1 : x->age > y->age;
}

/* Both hold the same orders, in the same order. */
static void
compare(const struct rp_lob *b)
{
	struct model_order *o = model.order, *end = o + model.n;

	qsort(o, model.n, sizeof(*o), by_place);
	ck_assert_uint_eq(b->orders.live, model.n);
	for (uint8_t side = RP_SIDE_BID; side <= RP_SIDE_ASK; side++) {
		for (uint32_t i = 0; i < rp_lob_depth(b, side); i++) {
			const struct rp_price_level *l = rp_lob_at(b, side, i);
			int64_t size = 0;
			uint32_t n = 0;

			for (uint32_t k = l->head; k != RP_NO_ORDER;
			     k = b->orders.order[k].next, o++, n++) {
				ck_assert(o < end);
				ck_assert_uint_eq(
				    b->orders.order[k].id_lo, o->id);
				ck_assert_int_eq(
				    b->orders.order[k].size, o->size);
				ck_assert_int_eq(l->price, o->price);
				ck_assert_int_eq(side, o->side);
				size += o->size;
			}
			ck_assert_int_eq(l->size, size);
			ck_assert_uint_eq(l->orders, n);
		}
	}
	ck_assert(o == end);
}

static struct rp_mbo
random_event(uint64_t *seed, uint64_t ids)
{
	static const char actions[] = "AAAAMMMCCCTF";
	struct rp_mbo m = { .price = (int64_t)(draw(seed) % 60) - 30,
		.size = 1 + (int64_t)(draw(seed) % 5),
		.id_lo = 1 + draw(seed) % ids };
	struct model_order *o = model_find(m.id_lo);

	m.ev.action = (uint8_t)actions[draw(seed) % (sizeof(actions) - 1)];
	if (draw(seed) % 5000 == 0)
		m.ev.action = 'R';
	m.ev.side = draw(seed) % 2 ? RP_SIDE_BID : RP_SIDE_ASK;
	if (o != NULL && draw(seed) % 8 != 0)
		m.ev.side = o->side;
	return m;
}

START_TEST(orders_agree_with_the_model)
{
	uint64_t seed = (uint64_t)_i;
	uint64_t ids = _i == 0 ? 20 : 1000;
	struct rp_lob b;
	rp_faults faults;

	model.n = 0;
	rp_lob_init(&b, RP_VENUE_PLAIN);
	for (int i = 0; i < 100000; i++) {
		struct rp_mbo m = random_event(&seed, ids);

		ck_ok(rp_lob_mbo(&b, &m, 0, &faults));
		model_apply(&m);
		if (i % 1000 == 0)
			compare(&b);
	}
	rp_lob_free(&b);
}
END_TEST

/* ---- exponents, chains ---- */

static rp_faults
level(struct rp_lob *b, uint8_t action, uint8_t side, int64_t price,
    int64_t size, int exp, uint64_t first, uint64_t seq, uint64_t prev,
    uint16_t flags)
{
	struct rp_level l = { .ev = { .px_exp = (int8_t)exp,
				  .action = action,
				  .side = side,
				  .sequence = seq },
		.price = price,
		.size = size,
		.first_sequence = first,
		.prev_sequence = prev };
	rp_faults faults;

	ck_ok(rp_lob_level(b, &l, sizeof(l), flags, &faults));
	return faults;
}

START_TEST(exponents_become_finer)
{
	struct rp_lob b;

	rp_lob_init(&b, RP_VENUE_PLAIN);
	level(&b, RP_LEVEL_CLEAR, 0, 0, 0, -1, 0, 0, 0, RP_LAST);
	level(&b, RP_LEVEL_SET, 1, 105, 3, -1, 0, 0, 0, RP_LAST);
	level(&b, RP_LEVEL_SET, 1, 1049, 4, -2, 0, 0, 0, RP_LAST);
	level(&b, RP_LEVEL_SET, 1, 1050, 5, -2, 0, 0, 0, RP_LAST);
	level(&b, RP_LEVEL_SET, 2, 11, 6, 0, 0, 0, 0, RP_LAST);
	ck_assert_int_eq(b.px_exp, -2);
	ck_assert_uint_eq(rp_lob_depth(&b, RP_SIDE_BID), 2);
	ck_assert_int_eq(rp_lob_at(&b, RP_SIDE_BID, 0)->price, 1050);
	ck_assert_int_eq(rp_lob_at(&b, RP_SIDE_BID, 0)->size, 5);
	ck_assert_int_eq(rp_lob_at(&b, RP_SIDE_ASK, 0)->price, 1100);
	/* what does not fit changes nothing */
	ck_assert_uint_eq(
	    level(&b, RP_LEVEL_SET, 1, INT64_MAX, 1, 0, 0, 0, 0, RP_LAST),
	    1u << RP_FAULT_OVERFLOW);
	ck_assert_uint_eq(rp_lob_depth(&b, RP_SIDE_BID), 2);
	rp_lob_free(&b);
}
END_TEST

/* Bids of one update, first to last: price is its number. */
static rp_faults
update(struct rp_lob *b, uint64_t first, uint64_t last, uint64_t prev)
{
	return level(b, RP_LEVEL_SET, RP_SIDE_BID, (int64_t)last, 1, 0, first,
	    last, prev, RP_LAST);
}

static void
snapshot(struct rp_lob *b, uint64_t seq)
{
	level(b, RP_LEVEL_CLEAR, 0, 0, 0, 0, 0, seq, 0, RP_SNAPSHOT);
	level(b, RP_LEVEL_SET, RP_SIDE_BID, 1, 1, 0, 0, seq, 0,
	    RP_SNAPSHOT | RP_LAST);
}

START_TEST(a_spot_chain)
{
	struct rp_lob b;

	rp_lob_init(&b, RP_VENUE_PLAIN);
	update(&b, 5, 8, 0);
	update(&b, 9, 12, 0);
	ck_assert_int_eq(b.state, RP_LOB_UNSEEDED);
	/* it holds the first of them, and half of the second */
	snapshot(&b, 10);
	ck_assert_int_eq(b.state, RP_LOB_VALID);
	ck_assert_uint_eq(rp_lob_depth(&b, RP_SIDE_BID), 2);
	ck_assert_uint_eq(b.sequence, 12);
	ck_assert_uint_eq(update(&b, 13, 14, 0), 0);
	ck_assert_uint_eq(update(&b, 13, 14, 0), 1u << RP_FAULT_OLD);
	ck_assert_uint_eq(update(&b, 16, 17, 0), 1u << RP_FAULT_CHAIN);
	ck_assert_int_eq(b.state, RP_LOB_BROKEN);
	ck_assert_uint_eq(update(&b, 18, 18, 0), 0);
	snapshot(&b, 17);
	ck_assert_int_eq(b.state, RP_LOB_VALID);
	ck_assert_uint_eq(b.sequence, 18);
	ck_assert_uint_eq(b.faults[RP_FAULT_CHAIN], 1);
	rp_lob_free(&b);
}
END_TEST

START_TEST(a_futures_chain)
{
	struct rp_lob b;

	rp_lob_init(&b, RP_VENUE_PLAIN);
	snapshot(&b, 10);
	ck_assert_uint_eq(update(&b, 3, 9, 2), 1u << RP_FAULT_OLD);
	ck_assert_uint_eq(update(&b, 8, 12, 7), 0);
	ck_assert_uint_eq(update(&b, 15, 20, 12), 0);
	ck_assert_uint_eq(update(&b, 22, 25, 21), 1u << RP_FAULT_CHAIN);
	/* a snapshot that is older than a valid book has nothing to tell */
	snapshot(&b, 30);
	update(&b, 28, 35, 27);
	snapshot(&b, 33);
	ck_assert_uint_eq(b.sequence, 35);
	ck_assert_int_eq(b.state, RP_LOB_VALID);
	rp_lob_free(&b);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_loop_test(tc, orders_agree_with_the_model, 0, 3);
	tcase_add_test(tc, exponents_become_finer);
	tcase_add_test(tc, a_spot_chain);
	tcase_add_test(tc, a_futures_chain);
}

int
main(void)
{
	return run_suite("book", add);
}
