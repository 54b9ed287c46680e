/* decimal: text that comes back digit by digit, comparison that never rounds. */
#include <check.h>
#include <inttypes.h>
#include <stdio.h>

#include "base/decimal.h"

/* A repeatable stream of 64-bit numbers of all magnitudes (xorshift64). */
static uint64_t
next_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state >> (*state % 64);
}

static const struct {
	const char *text;
	int64_t mantissa;
	int exp;
	const char *keep, *trim;
} items[] = {
	{ "0", 0, 0, "0", "0" },
	{ "-0", 0, 0, "0", "0" },
	{ "1.50", 150, -2, "1.50", "1.5" },
	{ "+1.50", 150, -2, "1.50", "1.5" },
	{ "0.00", 0, -2, "0.00", "0" },
	{ "5e2", 5, 2, "5e2", "500" },
	{ "5E+2", 5, 2, "5e2", "500" },
	{ "1.5e3", 15, 2, "15e2", "1500" },
	{ "150e-2", 150, -2, "1.50", "1.5" },
	{ "0e3", 0, 3, "0e3", "0" },
	{ "-4750.250000000", -4750250000000, -9, "-4750.250000000",
	    "-4750.25" },
	{ ".5", 5, -1, "0.5", "0.5" },
	{ "007", 7, 0, "7", "7" },
	{ "9223372036854775807", INT64_MAX, 0, "9223372036854775807",
	    "9223372036854775807" },
	{ "-9223372036854775807", -INT64_MAX, 0, "-9223372036854775807",
	    "-9223372036854775807" },
	{ "9.223372036854775807", INT64_MAX, -18, "9.223372036854775807",
	    "9.223372036854775807" },
	{ "0.000000000000000001", 1, -18, "0.000000000000000001",
	    "0.000000000000000001" },
	{ "1e18", 1, 18, "1e18", "1000000000000000000" },
	{ "9223372036854775807e18", INT64_MAX, 18, "9223372036854775807e18",
	    "9223372036854775807000000000000000000" },
	{ "100000000.00000000", 10000000000000000, -8, "100000000.00000000",
	    "100000000" },
	{ "1.000000010", 1000000010, -9, "1.000000010", "1.00000001" },
	{ "0.00000000010000000", 10000000, -17, "0.00000000010000000",
	    "0.0000000001" },
};

START_TEST(text_and_back)
{
	char buf[RP_DECIMAL_ROOM];
	struct rp_decimal d;
	size_t n;

	ck_assert_int_eq(
	    rp_decimal_parse(items[_i].text, strlen(items[_i].text), &d),
	    RP_OK);
	ck_assert_int_eq(d.mantissa, items[_i].mantissa);
	ck_assert_int_eq(d.exp, items[_i].exp);
	n = rp_decimal_format(buf, d.mantissa, d.exp, RP_DIGITS_KEEP);
	buf[n] = '\0';
	ck_assert_str_eq(buf, items[_i].keep);
	n = rp_decimal_format(buf, d.mantissa, d.exp, RP_DIGITS_TRIM);
	buf[n] = '\0';
	ck_assert_str_eq(buf, items[_i].trim);
}
END_TEST

static const struct {
	const char *text;
	enum rp_status status;
} wrongs[] = {
	{ "", RP_ERR_USAGE },
	{ "-", RP_ERR_USAGE },
	{ ".", RP_ERR_USAGE },
	{ "1.", RP_ERR_USAGE },
	{ "1.2.3", RP_ERR_USAGE },
	{ "1e", RP_ERR_USAGE },
	{ "1e+", RP_ERR_USAGE },
	{ "1e2x", RP_ERR_USAGE },
	{ "e5", RP_ERR_USAGE },
	{ " 1", RP_ERR_USAGE },
	{ "1 ", RP_ERR_USAGE },
	{ "0x10", RP_ERR_USAGE },
	{ "nan", RP_ERR_USAGE },
	{ "9223372036854775808", RP_ERR_LIMIT },
	{ "-9223372036854775808", RP_ERR_LIMIT }, /* is absent */
	{ "1e19", RP_ERR_LIMIT },
	{ "0.0000000000000000001", RP_ERR_LIMIT },
	{ "1e99999999999999999999", RP_ERR_LIMIT },
	{ "999999999999999999999999999999999999999999", RP_ERR_LIMIT },
};

START_TEST(refuses)
{
	struct rp_decimal d;

	ck_assert_int_eq(
	    rp_decimal_parse(wrongs[_i].text, strlen(wrongs[_i].text), &d),
	    wrongs[_i].status);
}
END_TEST

START_TEST(all_magnitudes_come_back)
{
	uint64_t state = 88172645463325252u;
	char buf[RP_WIDE_ROOM], plain[64];
	struct rp_decimal d;
	__int128 wide;
	size_t n;
	int i, exp, e;

	for (i = 0; i < 200000; i++) {
		uint64_t v = next_random(&state);
		int64_t m = (int64_t)next_random(&state);

		n = rp_u64_format(buf, v);
		buf[n] = '\0';
		snprintf(plain, sizeof(plain), "%" PRIu64, v);
		ck_assert_str_eq(buf, plain);
		n = rp_i64_format(buf, m);
		buf[n] = '\0';
		snprintf(plain, sizeof(plain), "%" PRId64, m);
		ck_assert_str_eq(buf, plain);

		m = m == RP_ABSENT ? 0 : i % 3 == 0 ? m / 1000 * 1000 : m;
		exp = (int)(state % 37) - 18;
		n = rp_decimal_format(buf, m, exp, RP_DIGITS_KEEP);
		ck_assert_int_eq(rp_decimal_parse(buf, n, &d), RP_OK);
		ck_assert(d.mantissa == m && d.exp == exp);
		n = rp_decimal_format(buf, m, exp, RP_DIGITS_TRIM);
		ck_assert(n < RP_DECIMAL_ROOM);
		ck_assert_int_eq(rp_wide_parse(buf, n, &wide, &e), RP_OK);
		ck_assert_int_eq(rp_wide_compare(wide, e, m, exp), 0);
		ck_assert(memchr(buf, '.', n) == NULL || buf[n - 1] != '0');
	}
}
END_TEST

START_TEST(wide_numbers_come_back)
{
	uint64_t state = 362436069362436069u;
	char buf[RP_WIDE_ROOM];
	__int128 m, back;
	size_t n;
	int i, exp, e;

	for (i = 0; i < 50000; i++) {
		m = (__int128)(int64_t)next_random(&state) *
		    (int64_t)next_random(&state);
		exp = (int)(state % 73) - 36;
		n = rp_wide_format(buf, m, exp, RP_DIGITS_KEEP);
		ck_assert_int_eq(rp_wide_parse(buf, n, &back, &e), RP_OK);
		ck_assert(back == m && e == exp);
		n = rp_wide_format(buf, m, exp, RP_DIGITS_TRIM);
		ck_assert(n < RP_WIDE_ROOM);
		ck_assert(memchr(buf, '.', n) == NULL || buf[n - 1] != '0');
	}
}
END_TEST

static const struct {
	int64_t a;
	int a_exp;
	int64_t b;
	int b_exp;
	int order;
} orders[] = {
	{ 10, -1, 1, 0, 0 },
	{ 0, 18, 0, -18, 0 },
	{ 1, 18, INT64_MAX, -18, 1 },
	{ -1, 18, -INT64_MAX, -18, -1 },
	{ 1, -18, 0, 18, 1 },
	{ -1, -18, 0, 18, -1 },
	{ INT64_MAX, 18, INT64_MAX, 17, 1 },
	{ INT64_MAX, 0, INT64_MAX - 1, 0, 1 },
	{ 1000000000000000000, -18, 1, 0, 0 },
	{ 1000000000000000001, -18, 1, 0, 1 },
	{ -5, 0, 4, 0, -1 },
};

START_TEST(compares)
{
	ck_assert_int_eq(rp_decimal_compare(orders[_i].a, orders[_i].a_exp,
			     orders[_i].b, orders[_i].b_exp),
	    orders[_i].order);
	ck_assert_int_eq(rp_decimal_compare(orders[_i].b, orders[_i].b_exp,
			     orders[_i].a, orders[_i].a_exp),
	    -orders[_i].order);
}
END_TEST

START_TEST(rescales_or_refuses)
{
	struct rp_decimal d = { 150, -2 };

	ck_assert_int_eq(rp_decimal_rescale(&d, -9), RP_OK);
	ck_assert(d.mantissa == 1500000000 && d.exp == -9);
	ck_assert_int_eq(rp_decimal_rescale(&d, -1), RP_OK);
	ck_assert(d.mantissa == 15 && d.exp == -1);
	ck_assert_int_eq(rp_decimal_rescale(&d, 0), RP_ERR_LIMIT);
	ck_assert(d.mantissa == 15 && d.exp == -1);
	ck_assert_int_eq(rp_decimal_rescale(&d, -19), RP_ERR_LIMIT);
	d = (struct rp_decimal){ INT64_MAX, 0 };
	ck_assert_int_eq(rp_decimal_rescale(&d, -1), RP_ERR_LIMIT);
	d = (struct rp_decimal){ RP_ABSENT, 0 };
	ck_assert_int_eq(rp_decimal_rescale(&d, -1), RP_OK);
	ck_assert(d.mantissa == RP_ABSENT);
	d = (struct rp_decimal){ 0, -18 };
	ck_assert_int_eq(rp_decimal_rescale(&d, 18), RP_OK);
}
END_TEST

START_TEST(integers_have_limits)
{
	uint64_t u;
	int64_t i;

	ck_assert_int_eq(rp_u64_parse("18446744073709551615", 20, &u), RP_OK);
	ck_assert_uint_eq(u, UINT64_MAX);
	ck_assert_int_eq(
	    rp_u64_parse("18446744073709551616", 20, &u), RP_ERR_LIMIT);
	ck_assert_int_eq(rp_u64_parse("", 0, &u), RP_ERR_USAGE);
	ck_assert_int_eq(rp_u64_parse("-1", 2, &u), RP_ERR_USAGE);
	ck_assert_int_eq(rp_i64_parse("-9223372036854775808", 20, &i), RP_OK);
	ck_assert(i == INT64_MIN);
	ck_assert_int_eq(
	    rp_i64_parse("9223372036854775808", 19, &i), RP_ERR_LIMIT);
	ck_assert_int_eq(rp_i64_parse("-", 1, &i), RP_ERR_USAGE);
}
END_TEST

/* Short texts are read eight digits at a time; wide ones digit by digit. */
START_TEST(short_texts_are_read_as_wide_ones)
{
	static const char signs[] = "0123456789..-+e ";
	uint64_t state = 3;
	char text[24];
	struct rp_decimal d;
	enum rp_status st;
	rp_wide v;
	int exp;

	for (int i = 0; i < 200000; i++) {
		size_t len = next_random(&state) % 21;

		for (size_t j = 0; j < len; j++)
			text[j] = signs[next_random(&state) %
			    (i % 3 == 0          ? 16
				    : i % 3 == 1 ? 11
						 : 10)];
		st = rp_wide_parse(text, len, &v, &exp);
		if (st == RP_OK &&
		    (v > INT64_MAX || v <= INT64_MIN || exp < RP_EXP_MIN ||
			exp > RP_EXP_MAX))
			st = RP_ERR_LIMIT;
		ck_assert_int_eq(rp_decimal_parse(text, len, &d), st);
		if (st == RP_OK)
			ck_assert(d.mantissa == v && d.exp == exp);
	}
}
END_TEST

START_TEST(digits_are_padded)
{
	char buf[RP_INT_ROOM];

	ck_assert_uint_eq(rp_digits_format(buf, 7, 1), 1);
	ck_assert_int_eq(buf[0], '7');
	ck_assert_uint_eq(rp_digits_format(buf, 42, 6), 6);
	ck_assert_int_eq(memcmp(buf, "000042", 6), 0);
	ck_assert_uint_eq(rp_digits_format(buf, 123456789, 9), 9);
	ck_assert_int_eq(memcmp(buf, "123456789", 9), 0);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("decimal");
	TCase *tc = tcase_create("decimal");
	SRunner *sr = srunner_create(s);
	int failed;

	tcase_add_loop_test(tc, text_and_back, 0, (int)RP_LEN(items));
	tcase_add_loop_test(tc, refuses, 0, (int)RP_LEN(wrongs));
	tcase_add_test(tc, all_magnitudes_come_back);
	tcase_add_test(tc, wide_numbers_come_back);
	tcase_add_loop_test(tc, compares, 0, (int)RP_LEN(orders));
	tcase_add_test(tc, rescales_or_refuses);
	tcase_add_test(tc, integers_have_limits);
	tcase_add_test(tc, short_texts_are_read_as_wide_ones);
	tcase_add_test(tc, digits_are_padded);
	suite_add_tcase(s, tc);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
