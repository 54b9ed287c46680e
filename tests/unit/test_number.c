/* number: decimals that are rounded, against values worked out by hand and by
 * Python's decimal. */
#include <check.h>

#include "base/number.h"

static struct rp_number
n(int64_t m, int exp)
{
	return (struct rp_number){ m, exp };
}

static void
is(struct rp_number got, int64_t m, int exp)
{
	ck_assert_msg(rp_number_compare(got, n(m, exp)) == 0,
	    "%lldE%d, not %lldE%d", (long long)got.m, got.exp, (long long)m,
	    exp);
}

#define ABSENT n(RP_ABSENT, 0)

START_TEST(adds)
{
	is(rp_number_add(n(15, -1), n(25, -2)), 175, -2);
	is(rp_number_add(n(-5, 0), n(5, 0)), 0, 0);
	is(rp_number_add(n(0, 3), n(7, -9)), 7, -9);
	/* a tie goes to even, what is beyond counts */
	is(rp_number_add(n(INT64_MAX, 0), n(1, 0)), 922337203685477581, 1);
	is(rp_number_add(n(1000000000000000000, 1), n(5, 0)),
	    1000000000000000000, 1);
	is(rp_number_add(n(1000000000000000000, 1), n(5000001, -6)),
	    1000000000000000001, 1);
	is(rp_number_add(n(-1, 9), n(8034482474704561998, -11)),
	    -9196551752529543800, -10);
	is(rp_number_add(n(1, 0), n(1, -400)), 1, 0);
	ck_assert(rp_number_is_absent(rp_number_add(ABSENT, n(1, 0))));
}
END_TEST

START_TEST(multiplies_and_divides)
{
	is(rp_number_multiply(n(-3, -2), n(4, 5)), -12, 3);
	is(rp_number_multiply(n(4611686018427387905, 0), n(4, 0)),
	    1844674407370955162, 1);
	is(rp_number_divide(n(1, 0), n(4, 0)), 25, -2);
	is(rp_number_divide(n(1, 0), n(3, 0)), 3333333333333333333, -19);
	is(rp_number_divide(n(-2, 0), n(3, 0)), -6666666666666666667, -19);
	/* what would be rounded twice, to a tie that is none */
	is(rp_number_divide(n(786500, 0), n(-913295925949955048, 0)),
	    -8611666576547249857, -31);
	ck_assert(rp_number_is_absent(rp_number_divide(n(1, 0), n(0, 0))));
	ck_assert(
	    rp_number_is_absent(rp_number_multiply(n(1, 900), n(1, 900))));
}
END_TEST

START_TEST(roots_and_logarithms)
{
	int64_t v;

	is(rp_number_sqrt(n(4, 0)), 2, 0);
	is(rp_number_sqrt(n(4, 3)), 632455532033675866, -16);
	is(rp_number_sqrt(n(2, 0)), 1414213562373095049, -18);
	ck_assert(rp_number_is_absent(rp_number_sqrt(n(-1, 0))));
	is(rp_number_log(n(1, 0)), 0, 0);
	is(rp_number_log(n(2, 0)), 693147180559945, -15);
	is(rp_number_log(n(1, 1)), 2302585092994046, -15);
	is(rp_number_log(n(4804875, -3)), 8477386306497850, -15);
	is(rp_number_log(n(1, -30)), -69077552789821371, -15);
	ck_assert(rp_number_is_absent(rp_number_log(n(0, 0))));
	ck_assert(rp_number_is_absent(rp_number_log(ABSENT)));
	ck_assert(rp_number_at(n(25, -1), 0, &v) && v == 2);
	ck_assert(rp_number_at(n(35, -1), 0, &v) && v == 4);
	ck_assert(rp_number_at(n(-25, -1), 0, &v) && v == -2);
	ck_assert(rp_number_at(n(7, -90), -9, &v) && v == 0);
	ck_assert(!rp_number_at(n(1, 10), -9, &v));
	ck_assert(!rp_number_at(n(1, 90), 0, &v));
	ck_assert(!rp_number_at(ABSENT, 0, &v));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("number");
	TCase *tc = tcase_create("number");
	SRunner *sr = srunner_create(s);
	int failed;

	tcase_add_test(tc, adds);
	tcase_add_test(tc, multiplies_and_divides);
	tcase_add_test(tc, roots_and_logarithms);
	suite_add_tcase(s, tc);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
