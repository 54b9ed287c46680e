/* book/: features and bars by hand-made numbers, where they round and end. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "book/bars.h"
#include "book/features.h"

static struct rp_lob lob;
static struct rp_feature_set set;
static struct rp_feature_state state;
static int64_t values[RP_FEATURES_MAX];

static void
setup(void)
{
	rp_lob_init(&lob, RP_VENUE_PLAIN);
	rp_lob_clear(&lob);
	memset(&set, 0, sizeof(set));
	memset(&state, 0, sizeof(state));
}

static void
teardown(void)
{
	rp_lob_free(&lob);
}

static void
want(const char *list)
{
	struct rp_error err = { 0 };
	size_t n;

	for (;; list += n + 1) {
		n = strcspn(list, ",");
		ck_assert_int_eq(rp_features_add(&set, list, n, &err), RP_OK);
		if (list[n] == '\0')
			return;
	}
}

/* Prices in cents, sizes whole. */
static void
level(uint8_t side, int64_t price, int64_t size)
{
	const struct rp_level l = { .ev = { .px_exp = -2,
					.side = side,
					.action = size > 0 ? RP_LEVEL_SET
							   : RP_LEVEL_REMOVE },
		.price = price,
		.size = size };
	rp_faults faults;

	ck_assert_int_eq(
	    rp_lob_level(&lob, &l, sizeof(l), RP_LAST, &faults), RP_OK);
	ck_assert_uint_eq(faults, 0);
	rp_features_event(&state, &lob);
}

static uint64_t
get(void)
{
	return rp_features_get(&state, &set, &lob, 0, values);
}

static void
trade(uint8_t side, int64_t size, int8_t exp)
{
	const struct rp_trade_tick t = {
		.side = side, .price = 100, .size = size, .qty_exp = exp
	};

	rp_features_trade(&state, &set, &t);
}

START_TEST(test_schema)
{
	char text[RP_FEATURES_TEXT];
	static const char expect[] = "mid:-3,spread:-2,imbalance_5:-9,"
				     "bid_depth_10bp:0,ask_depth_10bp:0";
	size_t len;

	want("mid,spread,imbalance=5,depth=10bp");
	len = rp_features_schema(&set, -2, 0, text);
	ck_assert_uint_eq(len, strlen(expect));
	ck_assert_mem_eq(text, expect, len);
	len = rp_features_schema(&set, -18, 0, text);
	ck_assert_mem_eq(text, "mid:-18,spread:-18,", 19);
}
END_TEST

START_TEST(test_most)
{
	char text[RP_FEATURES_TEXT], one[32];
	struct rp_error err = { 0 };
	int n;

	for (int i = 0; i < RP_FEATURES_MAX; i++) {
		n = snprintf(one, sizeof(one), "weighted_mid=%d", 1000 - i);
		ck_assert_int_eq(
		    rp_features_add(&set, one, (size_t)n, &err), RP_OK);
	}
	ck_assert_int_eq(rp_features_add(&set, "mid", 3, &err), RP_ERR_USAGE);
	ck_assert_uint_lt(
	    rp_features_schema(&set, -18, -18, text), (size_t)RP_FEATURES_TEXT);
}
END_TEST

START_TEST(test_half_even)
{
	/* (1 - 3) / 4 */
	want("imbalance=1,microprice");
	level(RP_SIDE_BID, 10000, 1);
	level(RP_SIDE_ASK, 10001, 3);
	ck_assert_uint_eq(get(), 3);
	ck_assert_int_eq(values[0], -500000000);
	/* (100.00 x 3 + 100.01 x 1) / 4 = 100.0025 */
	ck_assert_int_eq(values[1], 100002500);
	/* 0.5 and 1.5 of 10^-6 more than 100 */
	level(RP_SIDE_ASK, 10001, 19999);
	ck_assert_uint_eq(get(), 3);
	ck_assert_int_eq(values[1], 100000000);
	level(RP_SIDE_BID, 10000, 3);
	level(RP_SIDE_ASK, 10001, 19997);
	ck_assert_uint_eq(get(), 3);
	ck_assert_int_eq(values[1], 100000002);
	/* 3 - 19997 of 20000 */
	ck_assert_int_eq(values[0], -999700000);
}
END_TEST

START_TEST(test_empty_side)
{
	want("mid,ofi,depth=100bp");
	level(RP_SIDE_BID, 10000, 5);
	ck_assert_uint_eq(get(), 2);
	ck_assert_int_eq(values[1], 0); /* nothing was before it */
	ck_assert_int_eq(values[0], 0);
	level(RP_SIDE_ASK, 10002, 7);
	ck_assert_uint_eq(get(), 15);
	ck_assert_int_eq(values[0], 100010);
	ck_assert_int_eq(values[1], -7);
	level(RP_SIDE_ASK, 10002, 0);
	ck_assert_uint_eq(get(), 2);
	ck_assert_int_eq(values[1], 0);
}
END_TEST

/* Equation (4) of Cont, Kukanov and Stoikov, each of its cases. */
START_TEST(test_ofi)
{
	static const struct {
		uint8_t side;
		int64_t price, size, sum;
	} steps[] = {
		{ RP_SIDE_BID, 10000, 8, 3 }, /* 5 to 8 */
		{ RP_SIDE_BID, 10001, 2, 5 }, /* up: 2 */
		{ RP_SIDE_BID, 10001, 0, 3 }, /* down again: -2 */
		{ RP_SIDE_ASK, 10002, 4, -1 }, /* down: -4 */
		{ RP_SIDE_ASK, 10002, 1, 2 }, /* 4 to 1: 3 */
		{ RP_SIDE_ASK, 10002, 0, 3 }, /* up: 1 */
		{ RP_SIDE_BID, 9999, 100, 3 }, /* behind the best */
	};

	want("ofi");
	level(RP_SIDE_BID, 10000, 5);
	level(RP_SIDE_ASK, 10003, 7);
	rp_features_restart(&state, 0);
	for (size_t i = 0; i < RP_LEN(steps); i++) {
		level(steps[i].side, steps[i].price, steps[i].size);
		ck_assert_uint_eq(get(), 1);
		ck_assert_int_eq(values[0], steps[i].sum);
	}
	rp_features_forget(&state);
	rp_features_restart(&state, 0);
	level(RP_SIDE_BID, 10002, 50);
	ck_assert_uint_eq(get(), 1);
	ck_assert_int_eq(values[0], 0);
}
END_TEST

START_TEST(test_depth_bounds)
{
	/* mid 100.00: 10 bp are 0.10, and bounds belong to it */
	want("depth=10bp,slope=2");
	level(RP_SIDE_BID, 9999, 1);
	level(RP_SIDE_BID, 9990, 10);
	level(RP_SIDE_BID, 9989, 100);
	level(RP_SIDE_ASK, 10001, 2);
	ck_assert_uint_eq(get(), 7); /* one ask has no slope of two */
	level(RP_SIDE_ASK, 10011, 20);
	ck_assert_uint_eq(get(), 15);
	ck_assert_int_eq(values[0], 11);
	ck_assert_int_eq(values[1], 2);
	ck_assert_int_eq(values[2], 110000000); /* 11 / 0.10 */
	ck_assert_int_eq(values[3], 200000000); /* 22 / 0.11 */
}
END_TEST

START_TEST(test_limited)
{
	/* the venue has more levels: what they would change is not known */
	want("depth=10bp,imbalance=2,weighted_mid=2,imbalance=1,mid");
	level(RP_SIDE_BID, 9999, 1);
	level(RP_SIDE_BID, 9989, 3);
	level(RP_SIDE_ASK, 10001, 2);
	ck_assert_uint_eq(get(), 63);
	lob.limited = true;
	ck_assert_uint_eq(get(), 1 | 16 | 32);
	ck_assert_int_eq(values[1], 0);
	level(RP_SIDE_ASK, 10010, 4); /* the last level is at the bound */
	ck_assert_uint_eq(get(), 63 - 2);
	level(RP_SIDE_ASK, 10010, 0);
	level(RP_SIDE_ASK, 10011, 4);
	ck_assert_uint_eq(get(), 63);
	ck_assert_int_eq(values[1], 2);
	ck_assert_int_eq(values[2], -200000000); /* (4 - 6) / 10 */
}
END_TEST

START_TEST(test_volatility)
{
	want("volatility");
	level(RP_SIDE_BID, 9999, 1);
	level(RP_SIDE_ASK, 10001, 1);
	/* mid 100.00 to 100.01 to 100.02 by the ask: 10^-4, 1/10001 */
	level(RP_SIDE_ASK, 10001, 0);
	level(RP_SIDE_ASK, 10003, 1);
	ck_assert_uint_eq(get(), 1);
	ck_assert_int_eq(values[0], 0); /* the ask was away in between */
	level(RP_SIDE_BID, 10001, 1);
	ck_assert_uint_eq(get(), 1);
	ck_assert_int_eq(values[0], 99990001); /* 0.01 / 100.01 */
}
END_TEST

START_TEST(test_vpin)
{
	want("vpin=2.5,trade_sign,trade_imbalance");
	ck_assert_uint_eq(get(), 0);
	trade(RP_SIDE_NONE, 1000, 0); /* is not poured */
	for (int i = 0; i < RP_VPIN_BUCKETS; i++) {
		ck_assert_uint_eq(get() & 1, 0);
		trade(RP_SIDE_BID, 2, 0);
		trade(RP_SIDE_ASK, 50, -2);
	}
	ck_assert_uint_eq(get(), 7);
	ck_assert_int_eq(values[0], 600000000); /* 1.5 of 2.5 */
	ck_assert_int_eq(values[1], 0);
	ck_assert_int_eq(values[2], 600000000);
	/* one that fills all of them, and 10^15 more, at once */
	trade(RP_SIDE_ASK, INT64_C(1000000000000000), 0);
	ck_assert_uint_eq(get() & 1, 1);
	ck_assert_int_eq(values[0], 1000000000);
	/* what does not fit is absent from then on */
	trade(RP_SIDE_ASK, INT64_MAX, 0);
	ck_assert_uint_eq(get(), 2);
}
END_TEST

static enum rp_status
bar_trade(struct rp_bars *s, const struct rp_bar_rule *rule, int64_t ts,
    int64_t price, int8_t px_exp, int64_t size, struct rp_bar *done)
{
	const struct rp_trade_tick t = { .ts_event = ts,
		.price = price,
		.px_exp = px_exp,
		.size = size,
		.side = RP_SIDE_BID };

	return rp_bars_trade(s, rule, &t, done);
}

START_TEST(test_bar_time)
{
	const struct rp_bar_rule rule = { .kind = RP_BAR_TIME, .span = 10 };
	struct rp_bars s = { 0 };
	struct rp_bar done;

	/* before the epoch, too, intervals begin at multiples */
	ck_assert_int_eq(rp_bars_time(&s, &rule, -3, &done), RP_EMPTY);
	ck_assert_int_eq(bar_trade(&s, &rule, -3, 15, -1, 4, &done), RP_EMPTY);
	ck_assert_int_eq(rp_bars_time(&s, &rule, -1, &done), RP_EMPTY);
	ck_assert_int_eq(bar_trade(&s, &rule, -1, 125, -2, 2, &done), RP_EMPTY);
	ck_assert_int_eq(rp_bars_time(&s, &rule, 0, &done), RP_OK);
	ck_assert_int_eq(done.ev.ts_event, -10);
	ck_assert_int_eq(done.ts_close, 0);
	ck_assert_int_eq(done.ev.px_exp, -2);
	ck_assert_int_eq(done.open, 150);
	ck_assert_int_eq(done.high, 150);
	ck_assert_int_eq(done.low, 125);
	ck_assert_int_eq(done.close, 125);
	ck_assert_int_eq(done.volume, 6);
	ck_assert_uint_eq(done.turnover[0], 850);
	ck_assert_uint_eq(done.count, 2);
	/* late: the clock stands at 25 */
	ck_assert_int_eq(rp_bars_time(&s, &rule, 25, &done), RP_EMPTY);
	ck_assert_int_eq(rp_bars_time(&s, &rule, 3, &done), RP_EMPTY);
	ck_assert_int_eq(bar_trade(&s, &rule, 3, 1, 0, 1, &done), RP_EMPTY);
	ck_assert_int_eq(rp_bars_end(&s, &done), RP_OK);
	ck_assert_int_eq(done.ev.ts_event, 20);
	ck_assert_uint_eq(done.ev.tflags, RP_BAR_PARTIAL);
	ck_assert_int_eq(rp_bars_end(&s, &done), RP_EMPTY);
}
END_TEST

START_TEST(test_bar_limits)
{
	const struct rp_bar_rule rule = { .kind = RP_BAR_VOLUME,
		.measure = { INT64_MAX, 18 } };
	struct rp_bars s = { 0 };
	struct rp_bar done;

	ck_assert_int_eq(
	    bar_trade(&s, &rule, 1, 7, 0, INT64_MAX - 1, &done), RP_EMPTY);
	ck_assert_int_eq(bar_trade(&s, &rule, 2, 7, 0, 2, &done), RP_ERR_LIMIT);
	ck_assert_int_eq(bar_trade(&s, &rule, 2, 7, -18, 1, &done), RP_EMPTY);
	ck_assert_int_eq(
	    bar_trade(&s, &rule, 2, INT64_MAX, 0, 1, &done), RP_ERR_LIMIT);
	ck_assert_int_eq(rp_bars_end(&s, &done), RP_OK);
	ck_assert_uint_eq(done.count, 2);
	ck_assert_int_eq(done.volume, INT64_MAX);
	ck_assert_int_eq(done.close, 7);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("features");
	TCase *tc = tcase_create("all");
	SRunner *sr;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, test_schema);
	tcase_add_test(tc, test_most);
	tcase_add_test(tc, test_half_even);
	tcase_add_test(tc, test_empty_side);
	tcase_add_test(tc, test_ofi);
	tcase_add_test(tc, test_depth_bounds);
	tcase_add_test(tc, test_limited);
	tcase_add_test(tc, test_volatility);
	tcase_add_test(tc, test_vpin);
	tcase_add_test(tc, test_bar_time);
	tcase_add_test(tc, test_bar_limits);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
