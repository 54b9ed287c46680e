/* book/: orders (L3) against a model in the simplest possible code. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "books.h"
#include "streams.h"

/*
 * ---- the model ----
 *
 * A list of orders in no order. Prices and sizes are whole numbers of 10^-4,
 * in 128 bits: nothing is rescaled, and whether a mantissa of the book's
 * exponents holds a number is asked of the number.
 */

enum { MOST = 400, FINEST = -4 };

struct model_order {
	uint64_t id_hi, id_lo, age; /* the smaller is ahead in its queue */
	rp_wide price, size;
	uint8_t side;
};

static struct model {
	struct model_order order[MOST];
	size_t n;
	uint64_t age;
	int px_exp, qty_exp;
	bool seeded, in_snapshot, has_exp;
} model;

static const rp_faults unseeded = 1u << RP_FAULT_UNSEEDED,
		       unknown = 1u << RP_FAULT_UNKNOWN_ORDER,
		       duplicate = 1u << RP_FAULT_DUPLICATE_ORDER,
		       over_cancel = 1u << RP_FAULT_OVER_CANCEL,
		       other_price = 1u << RP_FAULT_OTHER_PRICE,
		       negative = 1u << RP_FAULT_NEGATIVE_SIZE,
		       zero = 1u << RP_FAULT_ZERO_SIZE,
		       zero_modify = 1u << RP_FAULT_ZERO_MODIFY,
		       zero_cancel = 1u << RP_FAULT_ZERO_CANCEL,
		       unknown_action = 1u << RP_FAULT_UNKNOWN_ACTION,
		       no_side = 1u << RP_FAULT_NO_SIDE,
		       no_price = 1u << RP_FAULT_NO_PRICE,
		       overflow = 1u << RP_FAULT_OVERFLOW;

static rp_wide
ten_to(int n)
{
	return n == 0 ? 1 : 10 * ten_to(n - 1);
}

static rp_wide
wide(int64_t mantissa, int exp)
{
	return mantissa * ten_to(exp - FINEST);
}

static bool
holds(rp_wide v, int exp)
{
	v /= ten_to(exp - FINEST);
	return -INT64_MAX <= v && v <= INT64_MAX;
}

static void
model_clear(void)
{
	model.n = 0;
	model.seeded = true;
	model.has_exp = false;
}

static struct model_order *
model_find(const struct rp_mbo *m)
{
	for (size_t i = 0; i < model.n; i++)
		if (model.order[i].id_hi == m->id_hi &&
		    model.order[i].id_lo == m->id_lo)
			return &model.order[i];
	return NULL;
}

static void
model_remove(struct model_order *o)
{
	*o = model.order[--model.n];
}

/* The size of a level without one of its orders. */
static rp_wide
model_level(uint8_t side, rp_wide price, const struct model_order *without)
{
	rp_wide size = 0;

	for (const struct model_order *o = model.order;
	     o < model.order + model.n; o++)
		if (o != without && o->side == side && o->price == price)
			size += o->size;
	return size;
}

/* The book takes on the finer exponents of a record, if all that there is and
 * these fit. */
static bool
model_scale(const struct rp_mbo *m, rp_wide price, rp_wide size)
{
	int px = m->ev.px_exp, qty = m->ev.qty_exp;

	if (model.has_exp && px > model.px_exp)
		px = model.px_exp;
	if (model.has_exp && qty > model.qty_exp)
		qty = model.qty_exp;
	if (!holds(price, px) || !holds(size, qty))
		return false;
	if (model.has_exp && px == model.px_exp && qty == model.qty_exp)
		return true;
	for (const struct model_order *o = model.order;
	     o < model.order + model.n; o++)
		if (!holds(o->price, px) ||
		    !holds(model_level(o->side, o->price, NULL), qty))
			return false;
	model.has_exp = true;
	model.px_exp = px;
	model.qty_exp = qty;
	return true;
}

static bool
model_fits(const struct rp_mbo *m, uint8_t side, const struct model_order *o)
{
	rp_wide price = wide(m->price, m->ev.px_exp);
	rp_wide size = wide(m->size, m->ev.qty_exp);

	return model_scale(m, price, size) &&
	    holds(model_level(side, price, o) + size, model.qty_exp);
}

static rp_faults
model_add(const struct rp_mbo *m)
{
	struct model_order *o = model_find(m);
	rp_faults faults = 0;

	if (m->ev.side != RP_SIDE_BID && m->ev.side != RP_SIDE_ASK)
		return no_side;
	if (m->price == RP_ABSENT || m->size == RP_ABSENT)
		return no_price;
	if (m->size <= 0)
		return m->size < 0 ? negative : zero;
	if (!model_fits(m, m->ev.side, o))
		return overflow;
	if (o != NULL) {
		model_remove(o);
		faults = duplicate;
	}
	model.order[model.n++] = (struct model_order){ .id_hi = m->id_hi,
		.id_lo = m->id_lo,
		.age = model.age++,
		.price = wide(m->price, m->ev.px_exp),
		.size = wide(m->size, m->ev.qty_exp),
		.side = m->ev.side };
	return faults;
}

static rp_faults
model_modify(const struct rp_mbo *m)
{
	struct model_order *o = model_find(m);
	rp_wide price, size;

	if (o == NULL)
		return unknown | model_add(m);
	if (m->ev.side != RP_SIDE_NONE && m->ev.side != o->side)
		return no_side;
	if (m->size == 0) {
		model_remove(o);
		return zero_modify;
	}
	if (m->price == RP_ABSENT || m->size == RP_ABSENT)
		return no_price;
	if (m->size < 0)
		return negative;
	if (!model_fits(m, o->side, o))
		return overflow;
	price = wide(m->price, m->ev.px_exp);
	size = wide(m->size, m->ev.qty_exp);
	if (price != o->price || size > o->size)
		o->age = model.age++;
	o->price = price;
	o->size = size;
	return 0;
}

static rp_faults
model_take(const struct rp_mbo *m)
{
	struct model_order *o = model_find(m);
	rp_faults faults;
	rp_wide size;

	if (o == NULL)
		return unknown;
	if (m->ev.side != RP_SIDE_NONE && m->ev.side != o->side)
		return no_side;
	if (m->size == RP_ABSENT)
		return no_price;
	if (m->size < 0)
		return negative;
	if (m->size == 0)
		return zero_cancel;
	size = wide(m->size, m->ev.qty_exp);
	faults = m->ev.action == 'C' && m->price != RP_ABSENT &&
		wide(m->price, m->ev.px_exp) != o->price
	    ? other_price
	    : 0;
	if (!model_scale(m, 0, size))
		return faults | overflow;
	faults |= size > o->size ? over_cancel : 0;
	o->size -= size;
	if (o->size <= 0)
		model_remove(o);
	return faults;
}

static rp_faults
model_apply(const struct rp_mbo *m, uint16_t flags)
{
	bool trade = m->ev.action == 'T' || m->ev.action == 'F';
	bool snapshot = (flags & RP_SNAPSHOT) != 0;
	rp_faults faults;

	if (snapshot && !model.in_snapshot)
		model_clear();
	model.in_snapshot = snapshot;
	if (m->ev.action == 'R')
		model_clear();
	if (strchr("ARMCTFN", m->ev.action) == NULL)
		return unknown_action;
	if (m->ev.action == 'R' || m->ev.action == 'N' ||
	    (trade && !(m->ev.tflags & RP_MBO_TRADES_CHANGE_BOOK)) ||
	    (trade && m->id_hi == 0 && m->id_lo == 0))
		return 0;
	faults = model.seeded ? 0 : unseeded;
	if (m->ev.action == 'A')
		return faults | model_add(m);
	if (m->ev.action == 'M')
		return faults | model_modify(m);
	return faults | model_take(m);
}

static int
by_place(const void *a, const void *b)
{
	const struct model_order *x = a, *y = b;
	rp_wide p = x->side == RP_SIDE_BID ? y->price : x->price;
	rp_wide q = x->side == RP_SIDE_BID ? x->price : y->price;

	if (x->side != y->side)
		return x->side < y->side ? -1 : 1;
	if (p != q)
		return p < q ? -1 : 1;
	return x->age < y->age ? -1 : x->age > y->age;
}

/* ---- the book and the model ---- */

static bool
same_order(const struct rp_lob *b, const struct rp_order *o,
    const struct model_order *m)
{
	return o->id_hi == m->id_hi && o->id_lo == m->id_lo &&
	    o->side == m->side && wide(o->price, b->px_exp) == m->price &&
	    wide(o->size, b->qty_exp) == m->size;
}

/* Levels from the best, of each the queue: the orders of the model. */
static bool
same(const struct rp_lob *b)
{
	const struct model_order *o = model.order, *end = o + model.n;

	qsort(model.order, model.n, sizeof(*o), by_place);
	if (b->orders.live != model.n || model.seeded == (b->state == 0))
		return false;
	for (uint8_t side = RP_SIDE_BID; side <= RP_SIDE_ASK; side++)
		for (uint32_t i = 0; i < rp_lob_depth(b, side); i++)
			for (uint32_t k = rp_lob_at(b, side, i)->head;
			     k != RP_NO_ORDER; k = b->orders.order[k].next)
				if (o == end ||
				    !same_order(b, &b->orders.order[k], o++))
					return false;
	return o == end;
}

/* The place of an order in its queue, by counting those ahead. */
static bool
same_place(const struct rp_lob *b, const struct rp_mbo *m)
{
	const struct model_order *mine = model_find(m);
	struct rp_queue_place place;
	uint32_t ahead = 0, all = 0;
	rp_wide size = 0;

	if (!rp_lob_queue(b, m->id_hi, m->id_lo, &place))
		return mine == NULL;
	if (mine == NULL)
		return false;
	for (const struct model_order *o = model.order;
	     o < model.order + model.n; o++) {
		if (o->side != mine->side || o->price != mine->price)
			continue;
		all++;
		ahead += o->age < mine->age;
		size += o->age < mine->age ? o->size : 0;
	}
	return place.ahead == ahead && place.level_orders == all &&
	    wide(place.size_ahead, b->qty_exp) == size &&
	    wide(place.size, b->qty_exp) == mine->size &&
	    wide(place.price, b->px_exp) == mine->price &&
	    place.side == mine->side;
}

/* ---- random events ---- */

static bool
one_in(uint64_t *seed, uint64_t n)
{
	return draw(seed) % n == 0;
}

/* Mostly what a venue sends; now and then what none should. */
static struct rp_mbo
random_event(uint64_t *seed, uint64_t ids, uint16_t *flags)
{
	static const char actions[] = "AAAAMMMCCCTFN";
	uint64_t id = draw(seed) % ids;
	struct rp_mbo m = { .price = (int64_t)(draw(seed) % 60) - 30,
		.size = 1 + (int64_t)(draw(seed) % 5),
		.id_hi = id % 3 == 0 ? id : 0,
		.id_lo = id % 3 == 0 ? 7 : id * 4096 };
	struct model_order *o = model_find(&m);

	m.ev.action = (uint8_t)actions[draw(seed) % (sizeof(actions) - 1)];
	m.ev.side = one_in(seed, 2) ? RP_SIDE_BID : RP_SIDE_ASK;
	m.ev.px_exp = (int8_t)(-2 - one_in(seed, 9) - one_in(seed, 99));
	m.ev.qty_exp = (int8_t)(0 - one_in(seed, 9) - one_in(seed, 99));
	if (o != NULL && !one_in(seed, 8))
		m.ev.side = o->side;
	if (m.ev.action == 'T' || m.ev.action == 'F')
		m.ev.tflags = one_in(seed, 2) ? RP_MBO_TRADES_CHANGE_BOOK : 0;
	if (one_in(seed, 300))
		m.ev.side = (uint8_t)(draw(seed) % 5);
	if (one_in(seed, 300))
		m.price = one_in(seed, 2) ? RP_ABSENT : INT64_MAX / 50;
	if (one_in(seed, 100))
		m.size = one_in(seed, 3) ? RP_ABSENT : one_in(seed, 2) ? -2 : 0;
	if (one_in(seed, 300))
		m.size = INT64_MAX / 4 * (int64_t)(1 + draw(seed) % 4);
	if (o != NULL && m.ev.action == 'C' && !one_in(seed, 4)) {
		/* exact in any exponent that a record has */
		m.price = (int64_t)(o->price / ten_to(-4 - FINEST));
		m.ev.px_exp = -4;
	}
	if (one_in(seed, 5000))
		m.ev.action = one_in(seed, 2) ? 'R' : 'X';
	/* some events of a snapshot, then some of none */
	*flags = one_in(seed, 6000) ? RP_SNAPSHOT
	    : one_in(seed, 10)      ? 0
				    : *flags;
	return m;
}

START_TEST(orders_agree_with_the_model)
{
	uint64_t seed = (uint64_t)_i, ids = _i == 0 ? 8 : _i == 1 ? 40 : 300;
	uint64_t counted[RP_FAULTS] = { 0 };
	uint16_t flags = 0;
	struct rp_lob b;

	memset(&model, 0, sizeof(model));
	rp_lob_init(&b, RP_VENUE_PLAIN);
	for (int i = 0; i < 400000; i++) {
		struct rp_mbo m = random_event(&seed, ids, &flags);
		rp_faults expected = model_apply(&m, flags), faults;
		enum rp_status st = rp_lob_mbo(&b, &m, flags, &faults);

		if (st != RP_OK || faults != expected)
			ck_abort_msg("event %d (%c): faults %x, not %x", i,
			    m.ev.action, faults, expected);
		for (unsigned k = 0; k < RP_FAULTS; k++)
			counted[k] += faults >> k & 1;
		if (i % 64 == 0 && !same(&b))
			ck_abort_msg("event %d: another book", i);
		if (i % 16 == 0 && !same_place(&b, &m))
			ck_abort_msg("event %d: another place", i);
		if (i % 512 == 0 && book_flaw(&b) != NULL)
			ck_abort_msg("event %d: %s", i, book_flaw(&b));
	}
	/* each was met, and each was counted */
	for (unsigned k = 0; k < RP_FAULTS; k++)
		ck_assert_uint_eq(counted[k], b.faults[k]);
	for (unsigned k = RP_FAULT_UNKNOWN_ORDER; k <= RP_FAULT_OVERFLOW; k++)
		ck_assert_uint_gt(counted[k], 0);
	rp_lob_free(&b);
}
END_TEST

/* ---- hashes ---- */

static void
put(struct rp_lob *b, char action, uint8_t side, int64_t price, int64_t size,
    uint64_t id)
{
	struct rp_mbo m = { .ev = { .action = (uint8_t)action, .side = side },
		.price = price,
		.size = size,
		.id_lo = id };
	rp_faults faults;

	if (rp_lob_mbo(b, &m, 0, &faults) != RP_OK)
		ck_abort();
}

/* The same orders by another way: worst level first, with others between that
 * leave again, and each with more than it will have. */
static void
rebuild(const struct rp_lob *from, struct rp_lob *b)
{
	put(b, 'R', 0, 0, 0, 0);
	for (uint8_t side = RP_SIDE_ASK; side >= RP_SIDE_BID; side--)
		for (uint32_t i = rp_lob_depth(from, side); i-- > 0;) {
			const struct rp_price_level *l =
			    rp_lob_at(from, side, i);

			for (uint32_t k = l->head; k != RP_NO_ORDER;
			     k = from->orders.order[k].next) {
				const struct rp_order *o =
				    &from->orders.order[k];

				put(b, 'A', side, l->price, 1, 1u << 30);
				put(b, 'A', side, l->price, o->size + 2,
				    o->id_lo);
				put(b, 'C', side, l->price, 2, o->id_lo);
				put(b, 'C', side, l->price, 1, 1u << 30);
			}
		}
}

START_TEST(equal_books_have_equal_hashes)
{
	struct rp_lob a, b;
	uint64_t seed = 5, before;

	rp_lob_init(&a, RP_VENUE_PLAIN);
	rp_lob_init(&b, RP_VENUE_PLAIN);
	put(&a, 'R', 0, 0, 0, 0);
	for (int i = 0; i < 20000; i++) {
		uint64_t id = 1 + draw(&seed) % 60;

		put(&a, "AMC"[draw(&seed) % 3], (uint8_t)(1 + draw(&seed) % 2),
		    (int64_t)(draw(&seed) % 12), 1 + (int64_t)(draw(&seed) % 4),
		    id);
		if (i % 100 != 0)
			continue;
		rebuild(&a, &b);
		if (rp_lob_hash(&a) != rp_lob_hash(&b))
			ck_abort_msg("event %d", i);
	}
	ck_assert_uint_gt(a.orders.live, 2);
	/* any difference is one of hashes */
	put(&a, 'R', 0, 0, 0, 0);
	put(&a, 'A', 1, 5, 2, 1);
	put(&a, 'A', 1, 5, 2, 2);
	rebuild(&a, &b);
	before = rp_lob_hash(&a);
	put(&b, 'M', 1, 5, 3, 1); /* goes to the end, ... */
	put(&b, 'M', 1, 5, 2, 1); /* and has its old size */
	ck_assert_uint_ne(rp_lob_hash(&b), before);
	put(&a, 'M', 1, 6, 2, 1);
	ck_assert_uint_ne(rp_lob_hash(&a), before);
	put(&a, 'M', 1, 5, 2, 1);
	ck_assert_uint_eq(rp_lob_hash(&a), rp_lob_hash(&b));
	put(&a, 'M', 1, 5, 1, 1);
	ck_assert_uint_ne(rp_lob_hash(&a), rp_lob_hash(&b));
	rp_lob_free(&a);
	rp_lob_free(&b);
}
END_TEST

/* ---- size ---- */

START_TEST(a_million_orders)
{
	struct rp_lob b;
	struct rp_queue_place place;
	size_t bytes;

	rp_lob_init(&b, RP_VENUE_PLAIN);
	put(&b, 'R', 0, 0, 0, 0);
	for (uint64_t i = 0; i < 1000000; i++)
		put(&b, 'A', 1 + (i & 1), (int64_t)(i % 20011), 1, i + 1);
	bytes = b.orders.cap * sizeof(*b.orders.order) +
	    b.orders.size * sizeof(*b.orders.table) +
	    b.pool.cap * sizeof(*b.pool.levels) +
	    (b.side[0].cap + b.side[1].cap) * sizeof(*b.side->heads) +
	    (b.side[0].n_blocks + b.side[1].n_blocks) *
		sizeof(*b.side->heads->block);
	ck_assert_uint_lt(bytes, 100u << 20);
	ck_assert_uint_eq(b.orders.live, 1000000);
	ck_assert(book_flaw(&b) == NULL);
	ck_assert(rp_lob_queue(&b, 0, 20011 * 4 + 1, &place));
	ck_assert_uint_eq(place.ahead, 2);
	for (uint64_t i = 0; i < 1000000; i++)
		put(&b, 'C', 0, RP_ABSENT, 1, i + 1);
	ck_assert(book_flaw(&b) == NULL);
	ck_assert_uint_eq(b.orders.live, 0);
	ck_assert_uint_eq(rp_lob_depth(&b, RP_SIDE_BID), 0);
	ck_assert_uint_eq(b.faults[RP_FAULT_UNKNOWN_ORDER], 0);
	rp_lob_free(&b);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_loop_test(tc, orders_agree_with_the_model, 0, 5);
	tcase_add_test(tc, equal_books_have_equal_hashes);
	tcase_add_test(tc, a_million_orders);
}

int
main(void)
{
	return run_suite("book", add);
}
