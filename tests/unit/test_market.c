/* gen: the market is deterministic, never crossed, and a book can follow it. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "gen/ladder.h"
#include "gen/market.h"
#include "gen/random.h"
#include "types/types.h"

enum { SYMBOLS = 5, MAX_ORDERS = 1 << 20 };

/* An independent book: all orders by id, best prices found by looking. */
struct shadow {
	struct resting {
		int64_t price, size;
		uint32_t symbol;
		uint8_t side;
	} * order; /* by id; size 0: not there */
	int64_t traded, filled;
};

static const struct rp_market_options options = {
	.seed = 1,
	.symbols = SYMBOLS,
	.rate = 100000,
	.burst = 1,
	.start = 1700000000000000000,
};

static const struct rp_mbo *
mbo_of(const struct rp_record *rec)
{
	return (const struct rp_mbo *)rec->payload;
}

static const struct rp_record *
after(const struct rp_record *rec)
{
	return (const void *)((const uint8_t *)rec + rp_record_size(rec));
}

static uint64_t
sum_of(const struct rp_market_options *opt, uint64_t records)
{
	struct rp_market *m = rp_market_new(opt);
	const struct rp_record *rec;
	struct rp_market_event ev;
	uint64_t sum = 0;
	uint32_t i;

	ck_assert_ptr_nonnull(m);
	while (records > 0) {
		rp_market_next(m, records, &ev);
		ck_assert_uint_ge(ev.records, 1);
		ck_assert_uint_le(ev.records, records);
		ck_assert_uint_lt(ev.symbol, opt->symbols);
		for (i = 0, rec = ev.first; i < ev.records; i++) {
			sum += rp_record_hash(rec, ev.symbol, 0);
			rec = after(rec);
		}
		records -= ev.records;
	}
	rp_market_free(m);
	return sum;
}

/* These numbers change only together with RP_MARKET_MODEL. */
START_TEST(golden_sums)
{
	struct rp_market_options opt = options;

	ck_assert_int_eq(RP_MARKET_MODEL, 1);
	ck_assert_uint_eq(sum_of(&opt, 100000), 8170395747405133855u);
	opt.seed = 2;
	ck_assert_uint_eq(sum_of(&opt, 100000), 10986058960752424264u);
	opt.symbols = 1000;
	ck_assert_uint_eq(sum_of(&opt, 100000), 5672681781162806982u);
}
END_TEST

START_TEST(same_seed_same_records)
{
	struct rp_market_options opt = options;

	ck_assert_uint_eq(sum_of(&opt, 5000), sum_of(&opt, 5000));
	opt.seed++;
	ck_assert_uint_ne(sum_of(&opt, 5000), sum_of(&options, 5000));
}
END_TEST

static void
apply(struct shadow *s, uint32_t symbol, const struct rp_mbo *mbo)
{
	struct resting *o = &s->order[mbo->id_lo];

	ck_assert_uint_lt(mbo->id_lo, MAX_ORDERS);
	switch (mbo->ev.action) {
	case 'A':
		ck_assert_int_eq(o->size, 0);
		*o = (struct resting){ mbo->price, mbo->size, symbol,
			mbo->ev.side };
		break;
	case 'C':
		ck_assert_uint_eq(o->symbol, symbol);
		ck_assert_uint_eq(o->side, mbo->ev.side);
		ck_assert_int_eq(o->price, mbo->price);
		ck_assert_int_ge(o->size, mbo->size);
		o->size -= mbo->size;
		break;
	case 'M':
		ck_assert_uint_eq(o->symbol, symbol);
		ck_assert_uint_eq(o->side, mbo->ev.side);
		ck_assert_int_gt(o->size, 0);
		o->price = mbo->price;
		o->size = mbo->size;
		break;
	case 'T':
		s->traded += mbo->size;
		break;
	case 'F':
		ck_assert_uint_eq(o->side, mbo->ev.side);
		ck_assert_int_eq(o->price, mbo->price);
		ck_assert_int_ge(o->size, mbo->size);
		s->filled += mbo->size;
		break;
	default:
		ck_assert_uint_eq(mbo->ev.action, 'R');
		ck_assert_int_eq(mbo->price, RP_ABSENT);
		return;
	}
	ck_assert_int_gt(mbo->size, 0);
	ck_assert_int_gt(mbo->price, 0);
}

static void
assert_not_crossed(const struct shadow *s, uint64_t ids)
{
	int64_t bid[SYMBOLS], ask[SYMBOLS];
	const struct resting *o;
	uint64_t id;
	int i;

	for (i = 0; i < SYMBOLS; i++) {
		bid[i] = INT64_MIN;
		ask[i] = INT64_MAX;
	}
	for (id = 1; id < ids; id++) {
		o = &s->order[id];
		if (o->size == 0)
			continue;
		if (o->side == RP_SIDE_BID && o->price > bid[o->symbol])
			bid[o->symbol] = o->price;
		if (o->side == RP_SIDE_ASK && o->price < ask[o->symbol])
			ask[o->symbol] = o->price;
	}
	for (i = 0; i < SYMBOLS; i++)
		ck_assert_int_lt(bid[i], ask[i]);
}

START_TEST(a_book_can_follow)
{
	struct shadow s = { 0 };
	struct rp_market *m = rp_market_new(&options);
	const struct rp_record *rec;
	const struct rp_mbo *mbo;
	struct rp_market_event ev;
	int64_t ts_event = options.start, ts_recv = options.start;
	uint64_t sequence[SYMBOLS] = { 0 }, ids = 1;
	uint32_t i, event, resting = 0;

	s.order = calloc(MAX_ORDERS, sizeof(*s.order));
	ck_assert(m != NULL && s.order != NULL);
	for (event = 0; event < 50000; event++) {
		rp_market_next(m, SIZE_MAX, &ev);
		sequence[ev.symbol]++;
		rec = ev.first;
		ck_assert_int_ge(mbo_of(rec)->ev.ts_event, ts_event);
		for (i = 0; i < ev.records; i++, rec = after(rec)) {
			mbo = mbo_of(rec);
			ck_assert_uint_eq(rec->type, RP_MBO);
			ck_assert_uint_eq(rec->len, sizeof(*mbo));
			ck_assert_uint_eq(rec->seq, 0);
			ck_assert_uint_eq(
			    rec->flags, i + 1 == ev.records ? RP_LAST : 0);
			ck_assert_uint_eq(
			    mbo->ev.sequence, sequence[ev.symbol]);
			ck_assert_int_ge(rec->ts_recv, ts_recv);
			ck_assert_int_le(mbo->ev.ts_event, rec->ts_recv);
			ck_assert_int_gt(mbo->ev.send_delta, 0);
			ts_event = mbo->ev.ts_event;
			ts_recv = rec->ts_recv;
			apply(&s, ev.symbol, mbo);
			if (mbo->id_lo >= ids)
				ids = mbo->id_lo + 1;
		}
		if (event % 64 == 0)
			assert_not_crossed(&s, ids);
	}
	for (i = 0; i < ids; i++)
		resting += s.order[i].size > 0;
	ck_assert_uint_gt(resting, SYMBOLS * 100);
	ck_assert_uint_le(resting, SYMBOLS * RP_LADDER_ORDERS);
	ck_assert_int_gt(s.traded, 0);
	ck_assert_int_eq(s.traded, s.filled);
	rp_market_free(m);
	free(s.order);
}
END_TEST

START_TEST(events_keep_their_room)
{
	struct rp_market *m = rp_market_new(&options);
	struct rp_market_event ev;
	size_t room;
	int i;

	for (i = 0; i < 100000; i++) {
		room = (size_t)i % 8 + 1;
		rp_market_next(m, room, &ev);
		ck_assert_uint_ge(ev.records, 1);
		ck_assert_uint_le(ev.records, room);
	}
	rp_market_free(m);
}
END_TEST

START_TEST(rate_is_the_mean)
{
	struct rp_market *m = rp_market_new(&options);
	struct rp_market_event ev = { 0 };
	int64_t took;
	int i;

	for (i = 0; i < 200000; i++)
		rp_market_next(m, SIZE_MAX, &ev);
	took = mbo_of(ev.first)->ev.ts_event - options.start;
	ck_assert_int_gt(took, 1980000000);
	ck_assert_int_lt(took, 2020000000);
	rp_market_free(m);
}
END_TEST

START_TEST(time_does_not_overflow)
{
	struct rp_market_options opt = options;
	struct rp_market *m;
	struct rp_market_event ev;
	int64_t ts = 0;
	int i;

	opt.start = INT64_MAX - 1000 * INT64_C(1000000000);
	opt.rate = 1;
	m = rp_market_new(&opt);
	for (i = 0; i < 5000; i++) {
		rp_market_next(m, SIZE_MAX, &ev);
		ck_assert_int_ge(ev.first->ts_recv, ts);
		ts = ev.first->ts_recv;
	}
	ck_assert_int_gt(ts, opt.start);
	rp_market_free(m);
}
END_TEST

START_TEST(exponential_has_its_mean_and_median)
{
	struct rp_random r;
	uint64_t sum = 0, v;
	int i, below = 0;

	rp_random_seed(&r, 7);
	for (i = 0; i < 1000000; i++) {
		v = rp_random_exponential(&r, 1000000);
		sum += v;
		below += v < 693147;
	}
	ck_assert_uint_gt(sum / 1000000, 995000);
	ck_assert_uint_lt(sum / 1000000, 1005000);
	ck_assert_int_gt(below, 497000);
	ck_assert_int_lt(below, 503000);
}
END_TEST

START_TEST(zipf_follows_its_law)
{
	struct rp_random r;
	struct rp_zipf z;
	int count[4] = { 0 }, i;

	rp_random_seed(&r, 7);
	ck_assert_int_eq(rp_zipf_init(&z, 4), RP_OK);
	for (i = 0; i < 250000; i++)
		count[rp_zipf_draw(&z, &r)]++;
	/* 1 + 1/2 + 1/3 + 1/4 = 25/12 */
	ck_assert_int_gt(count[0], 119000);
	ck_assert_int_lt(count[0], 121000);
	ck_assert_int_gt(count[1], 59300);
	ck_assert_int_lt(count[1], 60700);
	ck_assert_int_gt(count[2], 39400);
	ck_assert_int_lt(count[2], 40600);
	ck_assert_int_gt(count[3], 29400);
	ck_assert_int_lt(count[3], 30600);
	rp_zipf_free(&z);
	ck_assert_int_eq(rp_zipf_init(&z, 1), RP_OK);
	ck_assert_uint_eq(rp_zipf_draw(&z, &r), 0);
	rp_zipf_free(&z);
}
END_TEST

START_TEST(ladder_keeps_time_priority)
{
	struct rp_ladder *l = malloc(sizeof(*l));
	uint16_t a, b, c, d;

	ck_assert_ptr_nonnull(l);
	rp_ladder_init(l);
	ck_assert_int_eq(l->best[RP_LADDER_BID], -1);
	ck_assert_int_eq(l->best[RP_LADDER_ASK], RP_LADDER_LEVELS);
	a = rp_ladder_add(l, RP_LADDER_BID, 100, 1, 5);
	b = rp_ladder_add(l, RP_LADDER_BID, 100, 2, 5);
	c = rp_ladder_add(l, RP_LADDER_BID, 0, 3, 5);
	d = rp_ladder_add(l, RP_LADDER_ASK, 1023, 4, 5);
	ck_assert_int_eq(l->best[RP_LADDER_BID], 100);
	ck_assert_int_eq(l->best[RP_LADDER_ASK], 1023);
	ck_assert_uint_eq(l->level[100].head, a);
	rp_ladder_move(l, a, 100);
	ck_assert_uint_eq(l->level[100].head, b);
	ck_assert_uint_eq(l->level[100].tail, a);
	ck_assert_int_eq(rp_ladder_worse(l, RP_LADDER_BID, 100), 0);
	ck_assert_int_eq(rp_ladder_worse(l, RP_LADDER_BID, 0), -1);
	ck_assert(rp_ladder_crosses(l, RP_LADDER_ASK, 100));
	ck_assert(!rp_ladder_crosses(l, RP_LADDER_ASK, 101));
	rp_ladder_remove(l, b);
	rp_ladder_remove(l, a);
	ck_assert_int_eq(l->best[RP_LADDER_BID], 0);
	rp_ladder_remove(l, c);
	rp_ladder_remove(l, d);
	ck_assert_int_eq(l->best[RP_LADDER_BID], -1);
	ck_assert_int_eq(l->best[RP_LADDER_ASK], RP_LADDER_LEVELS);
	ck_assert_uint_eq(l->n, 0);
	free(l);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("market");
	TCase *tc = tcase_create("gen");
	SRunner *sr = srunner_create(s);
	int failed;

	tcase_add_test(tc, golden_sums);
	tcase_add_test(tc, same_seed_same_records);
	tcase_add_test(tc, a_book_can_follow);
	tcase_add_test(tc, events_keep_their_room);
	tcase_add_test(tc, rate_is_the_mean);
	tcase_add_test(tc, time_does_not_overflow);
	tcase_add_test(tc, exponential_has_its_mean_and_median);
	tcase_add_test(tc, zipf_follows_its_law);
	tcase_add_test(tc, ladder_keeps_time_priority);
	suite_add_tcase(s, tc);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
