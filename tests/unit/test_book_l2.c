/* book/: price levels (L2) against a model in the simplest possible code, and
 * chains of updates against the book that they come from. */
#include <check.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/decimal.h"
#include "book/views.h"
#include "books.h"
#include "streams.h"

static bool
one_in(uint64_t *seed, uint64_t n)
{
	return draw(seed) % n == 0;
}

static rp_faults
apply(struct rp_lob *b, const struct rp_level *l, uint16_t flags)
{
	rp_faults faults;

	if (rp_lob_level(b, l, sizeof(*l), flags, &faults) != RP_OK)
		ck_abort();
	return faults;
}

static struct rp_level
level(uint8_t action, uint8_t side, int64_t price, int64_t size)
{
	return (struct rp_level){ .ev = { .action = action, .side = side },
		.price = price,
		.size = size };
}

/*
 * ---- levels: the model ----
 *
 * A list in no order; prices and sizes in 128 bits, whole numbers of 10^-3.
 */

enum { MOST = 400, FINEST = -3 };

static struct model {
	struct model_level {
		rp_wide price, size;
		uint32_t orders;
		uint8_t side;
	} level[MOST];
	size_t n;
	int px_exp, qty_exp;
	bool has_exp;
} model;

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

static struct model_level *
model_find(uint8_t side, rp_wide price)
{
	for (size_t i = 0; i < model.n; i++)
		if (model.level[i].side == side &&
		    model.level[i].price == price)
			return &model.level[i];
	return NULL;
}

static bool
model_scale(const struct rp_event *ev, rp_wide price, rp_wide size)
{
	int px = ev->px_exp, qty = ev->qty_exp;

	if (model.has_exp && px > model.px_exp)
		px = model.px_exp;
	if (model.has_exp && qty > model.qty_exp)
		qty = model.qty_exp;
	if (!holds(price, px) || !holds(size, qty))
		return false;
	for (size_t i = 0; i < model.n; i++)
		if (!holds(model.level[i].price, px) ||
		    !holds(model.level[i].size, qty))
			return false;
	model.has_exp = true;
	model.px_exp = px;
	model.qty_exp = qty;
	return true;
}

static void
model_clear(uint8_t side)
{
	for (size_t i = model.n; i-- > 0;)
		if (side == RP_SIDE_NONE || model.level[i].side == side)
			model.level[i] = model.level[--model.n];
	if (side == RP_SIDE_NONE)
		model.has_exp = false;
}

static rp_faults
model_apply(const struct rp_level *l)
{
	bool remove = l->ev.action == RP_LEVEL_REMOVE;
	rp_wide price = wide(l->price, l->ev.px_exp);
	rp_wide size = remove ? 0 : wide(l->size, l->ev.qty_exp);
	struct model_level *at = model_find(l->ev.side, price);

	if (l->ev.action == RP_LEVEL_CLEAR && l->ev.side > RP_SIDE_ASK)
		return 1u << RP_FAULT_NO_SIDE;
	if (l->ev.action == RP_LEVEL_CLEAR) {
		model_clear(l->ev.side);
		return 0;
	}
	if (l->ev.action == RP_LEVEL_NONE)
		return 0;
	if (l->ev.action == 0 || l->ev.action > RP_LEVEL_NONE)
		return 1u << RP_FAULT_UNKNOWN_ACTION;
	if (l->ev.side != RP_SIDE_BID && l->ev.side != RP_SIDE_ASK)
		return 1u << RP_FAULT_NO_SIDE;
	if (l->price == RP_ABSENT || (l->size == RP_ABSENT && !remove))
		return 1u << RP_FAULT_NO_PRICE;
	if (!model_scale(&l->ev, price, size))
		return 1u << RP_FAULT_OVERFLOW;
	if (l->ev.action == RP_LEVEL_DELTA && at != NULL)
		size += at->size;
	if (!holds(size, model.qty_exp))
		return 1u << RP_FAULT_OVERFLOW;
	if (size < 0)
		return 1u << RP_FAULT_NEGATIVE_SIZE;
	if (at == NULL && size > 0)
		at = &model.level[model.n++];
	if (at != NULL)
		*at =
		    (struct model_level){ price, size, l->orders, l->ev.side };
	if (at != NULL && size == 0)
		*at = model.level[--model.n];
	return 0;
}

/* Each level of the book is one of the model, and there are as many. */
static bool
same(const struct rp_lob *b)
{
	size_t n = 0;

	for (uint8_t side = RP_SIDE_BID; side <= RP_SIDE_ASK; side++)
		for (uint32_t i = 0; i < rp_lob_depth(b, side); i++, n++) {
			const struct rp_price_level *l = rp_lob_at(b, side, i);
			const struct model_level *m =
			    model_find(side, wide(l->price, b->px_exp));

			if (m == NULL || m->orders != l->orders ||
			    m->size != wide(l->size, b->qty_exp))
				return false;
		}
	return n == model.n && book_flaw(b) == NULL;
}

static struct rp_level
random_level(uint64_t *seed)
{
	static const uint8_t actions[] = { RP_LEVEL_SET, RP_LEVEL_SET,
		RP_LEVEL_SET, RP_LEVEL_DELTA, RP_LEVEL_DELTA, RP_LEVEL_REMOVE,
		RP_LEVEL_NONE };
	struct rp_level l =
	    level(actions[draw(seed) % sizeof(actions)], 1 + draw(seed) % 2,
		(int64_t)(draw(seed) % 80) - 40, (int64_t)(draw(seed) % 7));

	l.orders = (uint32_t)(draw(seed) % 3);
	l.ev.px_exp = (int8_t)(-1 - one_in(seed, 9) - one_in(seed, 99));
	l.ev.qty_exp = (int8_t)(0 - one_in(seed, 9) - one_in(seed, 99));
	if (l.ev.action == RP_LEVEL_DELTA || one_in(seed, 100))
		l.size -= 3;
	if (one_in(seed, 200))
		l.ev.side = (uint8_t)(draw(seed) % 5);
	if (one_in(seed, 200))
		l.size = one_in(seed, 2) ? RP_ABSENT : INT64_MAX / 3;
	if (one_in(seed, 300))
		l.price = one_in(seed, 2) ? RP_ABSENT : -INT64_MAX / 20;
	if (one_in(seed, 1000))
		l.ev.action = one_in(seed, 2) ? 0 : 'A';
	if (one_in(seed, 3000)) {
		l.ev.action = RP_LEVEL_CLEAR;
		l.ev.side = (uint8_t)(draw(seed) % 4);
	}
	return l;
}

START_TEST(levels_agree_with_the_model)
{
	static const enum rp_fault met[] = { RP_FAULT_NO_SIDE,
		RP_FAULT_UNKNOWN_ACTION, RP_FAULT_NO_PRICE,
		RP_FAULT_NEGATIVE_SIZE, RP_FAULT_OVERFLOW };
	struct rp_level clear = level(RP_LEVEL_CLEAR, 0, 0, 0);
	uint64_t seed = (uint64_t)_i;
	struct rp_lob b;

	memset(&model, 0, sizeof(model));
	rp_lob_init(&b, RP_VENUE_PLAIN);
	apply(&b, &clear, RP_LAST);
	for (int i = 0; i < 400000; i++) {
		struct rp_level l = random_level(&seed);
		rp_faults expected = model_apply(&l);
		rp_faults faults =
		    apply(&b, &l, one_in(&seed, 3) ? RP_LAST : 0);

		if (faults != expected)
			ck_abort_msg(
			    "level %d: faults %x, not %x", i, faults, expected);
		if (i % 64 == 0 && !same(&b))
			ck_abort_msg("level %d: another book", i);
	}
	for (size_t i = 0; i < sizeof(met) / sizeof(*met); i++)
		ck_assert_uint_gt(b.faults[met[i]], 0);
	rp_lob_free(&b);
}
END_TEST

/* ---- whole books ---- */

/* What a book shows of all its levels is a book with the same in it, whatever
 * was there before. */
START_TEST(whole_books_are_what_they_show)
{
	enum { ROOM = RP_VIEW_BOOK_ROOM(MOST) };
	struct rp_level clear = level(RP_LEVEL_CLEAR, 0, 0, 0);
	const struct rp_cause cause = { .sequence = 9 };
	struct rp_book *shown = malloc(ROOM);
	uint64_t seed = (uint64_t)_i;
	struct rp_lob a, b;
	rp_faults faults;

	ck_assert_ptr_nonnull(shown);
	memset(&model, 0, sizeof(model));
	rp_lob_init(&a, RP_VENUE_PLAIN);
	rp_lob_init(&b, RP_VENUE_PLAIN);
	apply(&a, &clear, RP_LAST);
	for (int i = 0; i < 20000; i++) {
		struct rp_level l = random_level(&seed);

		apply(&a, &l, RP_LAST);
		(void)model_apply(&l);
		if (i % 64 != 0)
			continue;
		rp_view_book(&a, &cause, MOST, shown);
		ck_assert_int_eq(rp_lob_book(&b, shown, &faults), RP_OK);
		ck_assert_uint_eq(faults, 0);
		ck_assert(same(&b));
		ck_assert_int_eq(b.state, RP_LOB_VALID);
		ck_assert(!b.limited);
		ck_assert_uint_eq(b.sequence, 9);
		/* the same as a guess: told once, until one is none */
		if (i % 256 != 0)
			continue;
		shown->ev.tflags |= RP_VIEW_STALE;
		for (int again = 0; again < 2; again++) {
			ck_assert_int_eq(
			    rp_lob_book(&b, shown, &faults), RP_OK);
			ck_assert_uint_eq(
			    faults, again ? 0 : 1u << RP_FAULT_GAP);
			ck_assert(same(&b));
			ck_assert_int_eq(b.state, RP_LOB_BROKEN);
		}
	}
	rp_view_book(&a, &cause, 1, shown);
	ck_assert_int_eq(rp_lob_book(&b, shown, &faults), RP_OK);
	ck_assert(b.limited);
	ck_assert_uint_eq(rp_lob_depth(&b, RP_SIDE_BID), 1);
	rp_lob_free(&a);
	rp_lob_free(&b);
	free(shown);
}
END_TEST

/* ---- 10,000 levels far from the touch ---- */

START_TEST(far_levels)
{
	struct rp_level l = level(RP_LEVEL_CLEAR, 0, 0, 0);
	uint64_t seed = 1, sum = 0;
	struct rp_lob b;

	rp_lob_init(&b, RP_VENUE_PLAIN);
	apply(&b, &l, RP_LAST);
	for (int64_t i = 0; i < 10000; i++) {
		/* every price below 10,000, in an order of no order */
		l = level(RP_LEVEL_SET, RP_SIDE_BID, i * 7919 % 10000, i + 1);
		apply(&b, &l, RP_LAST);
		l = level(RP_LEVEL_SET, RP_SIDE_ASK,
		    INT64_MAX / 2 + i * 7919 % 10000, i + 1);
		apply(&b, &l, RP_LAST);
	}
	ck_assert_uint_eq(rp_lob_depth(&b, RP_SIDE_BID), 10000);
	ck_assert_int_eq(rp_lob_at(&b, RP_SIDE_BID, 0)->price, 9999);
	ck_assert_int_eq(rp_lob_at(&b, RP_SIDE_BID, 9999)->price, 0);
	ck_assert_int_eq(
	    rp_lob_at(&b, RP_SIDE_ASK, 9999)->price, INT64_MAX / 2 + 9999);
	ck_assert(rp_lob_at(&b, RP_SIDE_ASK, 10000) == NULL);
	ck_assert(book_flaw(&b) == NULL);
	for (int i = 0; i < 20000; i++) {
		l = level(RP_LEVEL_SET, RP_SIDE_BID,
		    (int64_t)(draw(&seed) % 10000), 0);
		apply(&b, &l, RP_LAST);
	}
	for (uint32_t i = 0; i < rp_lob_depth(&b, RP_SIDE_BID); i++)
		sum += rp_lob_at(&b, RP_SIDE_BID, i)->size > 0;
	ck_assert_uint_lt(sum, 2000); /* 10,000 / e^2 */
	ck_assert(book_flaw(&b) == NULL);
	rp_lob_free(&b);
}
END_TEST

/* ---- exponents ---- */

START_TEST(exponents)
{
	struct rp_level l = level(RP_LEVEL_CLEAR, 0, 0, 0);
	struct rp_lob b;

	rp_lob_init(&b, RP_VENUE_PLAIN);
	apply(&b, &l, RP_LAST);
	l = level(RP_LEVEL_SET, RP_SIDE_BID, 105, 3);
	l.ev.px_exp = -1;
	ck_assert_uint_eq(apply(&b, &l, RP_LAST), 0);
	l = level(RP_LEVEL_SET, RP_SIDE_BID, 1050, 5);
	l.ev.px_exp = -2;
	ck_assert_uint_eq(apply(&b, &l, RP_LAST), 0);
	ck_assert_int_eq(b.px_exp, -2);
	ck_assert_uint_eq(rp_lob_depth(&b, RP_SIDE_BID), 1);
	ck_assert_int_eq(rp_lob_at(&b, RP_SIDE_BID, 0)->size, 5);
	/* further apart than any mantissa, and than a byte holds */
	for (int exp = -128; exp <= 127; exp++) {
		l.price = 70;
		l.ev.px_exp = (int8_t)exp;
		if (exp >= -17 && exp <= 15)
			continue;
		if (apply(&b, &l, RP_LAST) != 1u << RP_FAULT_OVERFLOW)
			ck_abort_msg("exponent %d", exp);
	}
	ck_assert_int_eq(b.px_exp, -2);
	/* what does not fit leaves the book as it was, also its exponents */
	l = level(RP_LEVEL_SET, RP_SIDE_BID, 1, INT64_MAX);
	l.ev.px_exp = -5;
	l.ev.qty_exp = 3;
	ck_assert_uint_eq(apply(&b, &l, RP_LAST), 1u << RP_FAULT_OVERFLOW);
	ck_assert_int_eq(b.px_exp, -2);
	/* behind a clear another instrument may begin */
	l = level(RP_LEVEL_CLEAR, 0, 0, 0);
	apply(&b, &l, RP_LAST);
	for (int k = 0; k < 2; k++) {
		l = level(RP_LEVEL_SET, RP_SIDE_BID, 10, 1);
		l.ev.px_exp = k == 0 ? INT8_MAX : INT8_MIN;
		ck_assert_uint_eq(
		    apply(&b, &l, RP_LAST), (unsigned)k << RP_FAULT_OVERFLOW);
	}
	l = level(RP_LEVEL_CLEAR, 0, 0, 0);
	apply(&b, &l, RP_LAST);
	l = level(RP_LEVEL_SET, RP_SIDE_BID, INT64_MAX, 1);
	l.ev.px_exp = 3;
	ck_assert_uint_eq(apply(&b, &l, RP_LAST), 0);
	rp_lob_free(&b);
}
END_TEST

/*
 * ---- chains ----
 *
 * A venue's book changes one price at each of its numbers, which are recorded.
 * A feed of it loses, repeats and delays; the book that comes of it may say
 * that it is a guess, but where it says that it is valid, it must be the
 * venue's at that number.
 */

enum { PRICES = 24, NUMBERS = 60000, KINDS = 4 };

enum chain { SPOT, FUTURES, OKX, DELTAS };

static int8_t venue[NUMBERS + 1][PRICES]; /* sizes at a number; bids first */

static void
make_venue(uint64_t *seed)
{
	memset(venue[0], 0, sizeof(venue[0]));
	for (size_t i = 1; i <= NUMBERS; i++) {
		memcpy(venue[i], venue[i - 1], sizeof(venue[i]));
		venue[i][draw(seed) % PRICES] = (int8_t)(draw(seed) % 4);
	}
}

static bool
is_venue_at(const struct rp_lob *b, uint64_t number)
{
	uint32_t n = 0;

	if (number == 0 || number > NUMBERS)
		return false;
	for (int i = 0; i < PRICES; i++) {
		const struct rp_prices *s = &b->side[i >= PRICES / 2];
		uint32_t at = rp_prices_find(s, i + 1);
		int64_t size = at != RP_NO_LEVEL ? b->pool.levels[at].size : 0;

		if (size != venue[number][i])
			return false;
		n += size > 0;
	}
	return n == b->side[0].n + b->side[1].n;
}

static struct rp_level
price_level(uint8_t action, int i, int64_t size)
{
	return level(
	    action, i < PRICES / 2 ? RP_SIDE_BID : RP_SIDE_ASK, i + 1, size);
}

/* All that changed from one number to another as one update. */
static rp_faults
send_update(struct rp_lob *b, enum chain chain, uint64_t before, uint64_t last)
{
	struct rp_level l = level(RP_LEVEL_NONE, 0, 0, 0);
	rp_faults faults = 0;

	for (int i = 0; i <= PRICES; i++) {
		bool end = i == PRICES;

		if (!end && venue[before][i] == venue[last][i] &&
		    chain == DELTAS)
			continue;
		if (end)
			l = level(RP_LEVEL_NONE, 0, 0, 0);
		else if (chain == DELTAS)
			l = price_level(RP_LEVEL_DELTA, i,
			    venue[last][i] - venue[before][i]);
		else
			l = price_level(RP_LEVEL_SET, i, venue[last][i]);
		l.ev.sequence = last;
		if (chain == SPOT)
			l.first_sequence = before + 1;
		if (chain != SPOT)
			l.prev_sequence = before;
		if (chain == FUTURES)
			l.first_sequence = before + 1;
		faults |= apply(b, &l, end ? RP_LAST : 0);
	}
	return faults;
}

static rp_faults
send_snapshot(struct rp_lob *b, uint64_t number, bool clear)
{
	struct rp_level l = level(RP_LEVEL_CLEAR, 0, 0, 0);
	rp_faults faults = 0;

	for (int i = clear ? -1 : 0; i < PRICES; i++) {
		if (i >= 0)
			l = price_level(RP_LEVEL_SET, i, venue[number][i]);
		l.ev.sequence = number;
		faults |=
		    apply(b, &l, RP_SNAPSHOT | (i == PRICES - 1 ? RP_LAST : 0));
	}
	return faults;
}

static unsigned
breaks(rp_faults faults)
{
	return faults >> RP_FAULT_CHAIN & 1;
}

START_TEST(chains)
{
	enum chain chain = (enum chain)(_i % KINDS);
	uint64_t seed = (uint64_t)_i, from[8] = { 0 }, to[8] = { 0 };
	uint64_t at = 1, valid = 0, lost = 0, found = 0, n = 0;
	struct rp_lob b;

	make_venue(&seed);
	rp_lob_init(&b, RP_VENUE_PLAIN);
	while (at < NUMBERS - 8) {
		uint64_t next = at + 1 + draw(&seed) % 6;
		bool was_valid = b.state == RP_LOB_VALID;
		bool loses = one_in(&seed, 60);

		from[n % 8] = at;
		to[n++ % 8] = next;
		if (!loses)
			found += breaks(send_update(&b, chain, at, next));
		lost += loses && was_valid;
		at = next;
		if (one_in(&seed, 40) && n > 8 && chain != DELTAS)
			send_update(
			    &b, chain, from[n % 8], to[n % 8]); /* again */
		/* a snapshot of any time near, as one asks for it by REST; of
		 * deltas only one between updates can be joined */
		if (one_in(&seed, 30) && at > 64)
			found += breaks(send_snapshot(&b,
			    chain == SPOT || chain == FUTURES
				? at - draw(&seed) % 24
				: to[draw(&seed) % 8],
			    one_in(&seed, 2)));
		if (b.state != RP_LOB_VALID)
			continue;
		valid++;
		if (!is_venue_at(&b, b.sequence))
			ck_abort_msg("chain %d: not the book at %" PRIu64,
			    chain, b.sequence);
	}
	ck_assert_uint_gt(valid, n / 2);
	ck_assert_uint_gt(lost, 20);
	ck_assert_uint_gt(found, lost / 2);
	ck_assert_uint_eq(b.faults[RP_FAULT_CHAIN], found);
	ck_assert_uint_gt(b.faults[RP_FAULT_OLD], 0);
	rp_lob_free(&b);
}
END_TEST

/* As the venues' documents have it, step by step. */
static rp_faults
update(struct rp_lob *b, uint64_t first, uint64_t last, uint64_t prev)
{
	struct rp_level l = level(RP_LEVEL_SET, RP_SIDE_BID, (int64_t)last, 1);

	l.ev.sequence = last;
	l.first_sequence = first;
	l.prev_sequence = prev;
	return apply(b, &l, RP_LAST);
}

static void
snapshot(struct rp_lob *b, uint64_t sequence)
{
	struct rp_level l = level(RP_LEVEL_CLEAR, 0, 0, 0);

	l.ev.sequence = sequence;
	apply(b, &l, RP_SNAPSHOT);
	l = level(RP_LEVEL_SET, RP_SIDE_BID, 1, 1);
	l.ev.sequence = sequence;
	apply(b, &l, RP_SNAPSHOT | RP_LAST);
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

/* A loss in the midst of an update that waits for its snapshot: the update is
 * in halves, and no snapshot makes it whole. */
START_TEST(half_an_update_waits)
{
	struct rp_level l = level(RP_LEVEL_SET, RP_SIDE_BID, 7, 1);
	struct rp_lob b;

	rp_lob_init(&b, RP_VENUE_PLAIN);
	l.ev.sequence = 12;
	l.first_sequence = 9;
	apply(&b, &l, 0);
	rp_lob_break(&b, RP_FAULT_GAP);
	l.price = 8;
	apply(&b, &l, RP_LAST);
	snapshot(&b, 10);
	ck_assert_uint_eq(update(&b, 13, 13, 0), 1u << RP_FAULT_CHAIN);
	ck_assert_int_eq(b.state, RP_LOB_BROKEN);
	rp_lob_free(&b);
}
END_TEST

/* Changes that are numbered but not chained: a snapshot holds those up to its
 * own number. */
START_TEST(unchained_changes_wait)
{
	struct rp_lob b;

	rp_lob_init(&b, RP_VENUE_PLAIN);
	for (uint64_t i = 1; i <= 9; i++) {
		struct rp_level l = level(RP_LEVEL_DELTA, RP_SIDE_BID, 1, 1);

		l.ev.sequence = i;
		apply(&b, &l, RP_LAST);
	}
	snapshot(&b, 6); /* 1 at 1 */
	ck_assert_int_eq(rp_lob_at(&b, RP_SIDE_BID, 0)->size, 1 + 3);
	rp_lob_free(&b);
}
END_TEST

/* More updates wait than are kept: the newest are, and none in part. */
START_TEST(many_updates_wait)
{
	struct rp_lob b;

	rp_lob_init(&b, RP_VENUE_PLAIN);
	for (uint64_t i = 1; i <= 40000; i++) {
		struct rp_level l =
		    level(RP_LEVEL_SET, RP_SIDE_BID, (int64_t)(i % 90), 1);

		l.ev.sequence = l.first_sequence = i;
		for (int k = 0; k < 3; k++)
			apply(&b, &l, k == 2 ? RP_LAST : 0);
		if (b.n_pending > 1u << 16)
			ck_abort();
	}
	snapshot(&b, 39000);
	ck_assert_int_eq(b.state, RP_LOB_VALID);
	ck_assert_uint_eq(b.sequence, 40000);
	rp_lob_free(&b);
}
END_TEST

/* ---- checksums ---- */

/* A snapshot of a book of the venue with a checksum; true: it is right. */
static bool
is_right(enum rp_lob_venue v, const struct rp_level *l, size_t n,
    uint16_t depth, uint32_t checksum)
{
	struct rp_level x = level(RP_LEVEL_CLEAR, 0, 0, 0);
	rp_faults faults = 0;
	struct rp_lob b;
	bool valid;

	rp_lob_init(&b, v);
	apply(&b, &x, RP_SNAPSHOT);
	for (size_t i = 0; i < n; i++) {
		x = l[i];
		x.ev.channel = depth;
		x.ev.tflags = i == n - 1 ? RP_LEVEL_CHECKSUM : 0;
		x.checksum = checksum;
		faults |=
		    apply(&b, &x, RP_SNAPSHOT | (i == n - 1 ? RP_LAST : 0));
	}
	valid = b.state == RP_LOB_VALID;
	if (valid != !(faults & 1u << RP_FAULT_CHECKSUM) ||
	    b.faults[RP_FAULT_CHECKSUM] != !valid)
		ck_abort();
	rp_lob_free(&b);
	return valid;
}

/*
 * 30 bids and 12 asks; prices with one or two digits, sizes with none, one or
 * three. Their checksums are Python's zlib.crc32 over the text that the venue
 * describes, which begins
 *	OKX, Bitget  100.50:0.3:101.00:0.005:100.0:31:101.10:0.010:99.50:0.5
 *	Kraken       101005101101010120151013020
 */
static size_t
checksum_book(struct rp_level *l)
{
	size_t n = 0;

	for (int i = 29; i >= 0; i--) {
		bool odd = i % 2 != 0;

		l[n] = level(RP_LEVEL_SET, RP_SIDE_BID,
		    odd ? 1005 - 5 * i : 10050 - 50 * i, odd ? 30 + i : 3 + i);
		l[n].ev.px_exp = odd ? -1 : -2;
		l[n++].ev.qty_exp = odd ? 0 : -1;
	}
	for (int i = 0; i < 12; i++) {
		l[n] = level(
		    RP_LEVEL_SET, RP_SIDE_ASK, 10100 + 10 * i, 5 * (i + 1));
		l[n].ev.px_exp = -2;
		l[n++].ev.qty_exp = -3;
	}
	return n;
}

START_TEST(checksums)
{
	struct rp_level l[64];
	size_t n = checksum_book(l);

	ck_assert(is_right(RP_VENUE_OKX, l, n, 0, 2217834885u));
	ck_assert(is_right(RP_VENUE_BITGET, l, n, 0, 2217834885u));
	ck_assert(is_right(RP_VENUE_KRAKEN, l, n, 25, 331393929u));
	ck_assert(is_right(RP_VENUE_OKX, l + 29, 1, 0, 2860116969u));
	ck_assert(!is_right(RP_VENUE_OKX, l, n, 0, 2217834884u));
	ck_assert(!is_right(RP_VENUE_KRAKEN, l, n, 25, 331393928u));
	/* no venue's: it is not looked at */
	ck_assert(is_right(RP_VENUE_PLAIN, l, n, 0, 1));
	/* a bid behind those that count may change, another not */
	l[0].size++;
	ck_assert(is_right(RP_VENUE_OKX, l, n, 0, 2217834885u));
	l[5].size++;
	ck_assert(!is_right(RP_VENUE_OKX, l, n, 0, 2217834885u));
	ck_assert(is_right(RP_VENUE_KRAKEN, l, n, 25, 331393929u));
}
END_TEST

/* Of a book of depth 10 Kraken does not say what leaves it. */
START_TEST(depth_of_kraken)
{
	struct rp_lob b;

	rp_lob_init(&b, RP_VENUE_KRAKEN);
	for (int64_t i = 0; i < 15; i++) {
		struct rp_level l = level(RP_LEVEL_SET, RP_SIDE_ASK, i, 1);

		l.ev.channel = 10;
		apply(&b, &l, RP_LAST | (i == 0 ? RP_SNAPSHOT : 0));
	}
	ck_assert_uint_eq(rp_lob_depth(&b, RP_SIDE_ASK), 10);
	ck_assert_int_eq(rp_lob_at(&b, RP_SIDE_ASK, 9)->price, 9);
	ck_assert(book_flaw(&b) == NULL);
	rp_lob_free(&b);
}
END_TEST

/* ---- prices ---- */

enum { RANGE = 3000 };

/* Make or take away a level; there says which there are. */
static void
toggle(struct rp_lob *b, bool there[RANGE], unsigned i, bool on)
{
	struct rp_prices *s = &b->side[rp_lob_side(RP_SIDE_ASK)];
	int64_t price = (int64_t)i - RANGE / 2;
	uint32_t level;

	ck_assert_int_eq(rp_prices_find(s, price) != RP_NO_LEVEL, there[i]);
	if (!on) {
		rp_prices_remove(s, &b->pool, price);
	} else {
		ck_ok(rp_prices_add(s, &b->pool, price, &level));
		ck_assert_uint_eq(rp_prices_find(s, price), level);
		b->pool.levels[level].size = 1;
	}
	there[i] = on;
}

static void
ck_levels(const struct rp_lob *b, const bool there[RANGE])
{
	uint32_t n = 0;

	ck_assert_msg(book_flaw(b) == NULL, "%s", book_flaw(b));
	for (unsigned i = 0; i < RANGE; i++)
		if (there[i])
			ck_assert_int_eq(rp_lob_at(b, RP_SIDE_ASK, n++)->price,
			    (int64_t)i - RANGE / 2);
	ck_assert_uint_eq(rp_lob_depth(b, RP_SIDE_ASK), n);
	ck_assert_ptr_null(rp_lob_at(b, RP_SIDE_ASK, n));
}

/* Blocks of prices are split and joined: against a row of bits. */
START_TEST(levels_come_and_go)
{
	static bool there[RANGE];
	uint64_t seed = (uint64_t)_i;
	struct rp_lob b;

	memset(there, 0, sizeof(there));
	rp_lob_init(&b, RP_VENUE_PLAIN);
	/* at random: more and more of them, then fewer and fewer */
	for (unsigned k = 0; k < 40000; k++) {
		toggle(&b, there, (unsigned)(draw(&seed) % RANGE),
		    draw(&seed) % 20 < (k < 20000 ? 14 : 4));
		if (k % 1000 == 0)
			ck_levels(&b, there);
	}
	/* in order: up, all of them; down, none */
	for (unsigned i = 0; i < RANGE; i++)
		toggle(&b, there, _i % 2 == 0 ? i : RANGE - 1 - i, true);
	ck_levels(&b, there);
	for (unsigned i = 0; i < RANGE; i++) {
		toggle(&b, there, i, false);
		if (i % 100 == 0)
			ck_levels(&b, there);
	}
	ck_assert_uint_eq(b.side[1].n_blocks, 0);
	toggle(&b, there, 7, true);
	ck_levels(&b, there);
	rp_lob_free(&b);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_loop_test(tc, levels_come_and_go, 0, 4);
	tcase_add_loop_test(tc, levels_agree_with_the_model, 0, 3);
	tcase_add_loop_test(tc, whole_books_are_what_they_show, 0, 3);
	tcase_add_test(tc, far_levels);
	tcase_add_test(tc, exponents);
	tcase_add_loop_test(tc, chains, 0, 2 * KINDS);
	tcase_add_test(tc, a_spot_chain);
	tcase_add_test(tc, a_futures_chain);
	tcase_add_test(tc, half_an_update_waits);
	tcase_add_test(tc, unchained_changes_wait);
	tcase_add_test(tc, many_updates_wait);
	tcase_add_test(tc, checksums);
	tcase_add_test(tc, depth_of_kraken);
}

int
main(void)
{
	return run_suite("book_l2", add);
}
