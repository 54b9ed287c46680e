/* base: the histogram of latenesses, and CRC-32. */
#include <check.h>
#include <stdlib.h>

#include "base/crc32.h"
#include "base/histogram.h"

START_TEST(small_values_are_exact)
{
	struct rp_histogram h = { 0 };
	uint64_t v;

	ck_assert_uint_eq(rp_histogram_at(&h, 500, 1000), 0);
	for (v = 1; v <= 60; v++)
		rp_histogram_add(&h, v);
	ck_assert_uint_eq(rp_histogram_at(&h, 500, 1000), 30);
	ck_assert_uint_eq(rp_histogram_at(&h, 1, 60), 1);
	ck_assert_uint_eq(rp_histogram_at(&h, 2, 60), 2);
	ck_assert_uint_eq(rp_histogram_at(&h, 0, 60), 1);
	ck_assert_uint_eq(rp_histogram_at(&h, 1, 1), 60);
	ck_assert_uint_eq(h.max, 60);
}
END_TEST

/* One value alone is its own percentile, as max; below others, within 1/32. */
START_TEST(large_values_are_near)
{
	uint64_t v, at;
	int bit, k;

	for (bit = 0; bit < 64; bit++) {
		for (k = 0; k < 64; k++) {
			struct rp_histogram h = { 0 };

			v = (uint64_t)1 << bit;
			v |= (v - 1) / 64 * (uint64_t)k;
			rp_histogram_add(&h, v);
			ck_assert_uint_eq(rp_histogram_at(&h, 1, 2), v);
			rp_histogram_add(&h, UINT64_MAX);
			at = rp_histogram_at(&h, 1, 2);
			ck_assert_uint_ge(at, v);
			ck_assert_uint_le(at - v, v / 32);
		}
	}
}
END_TEST

static int
compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

START_TEST(percentiles_are_those_of_the_sorted)
{
	static const uint32_t parts[] = { 1, 250, 500, 900, 990, 999, 1000 };
	enum { N = 10000 };
	static uint64_t values[N];
	struct rp_histogram h = { 0 };
	uint64_t state = 1, at, want;
	size_t i;

	for (i = 0; i < N; i++) {
		state = state * 6364136223846793005u + 1442695040888963407u;
		values[i] = (state >> 33) >> (state >> 59);
		rp_histogram_add(&h, values[i]);
	}
	qsort(values, N, sizeof(*values), compare);
	for (i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
		want = values[(parts[i] * N + 999) / 1000 - 1];
		at = rp_histogram_at(&h, parts[i], 1000);
		ck_assert_uint_ge(at, want);
		ck_assert_uint_le(at - want, want / 32);
	}
}
END_TEST

START_TEST(crc32_is_zlibs)
{
	uint32_t crc = rp_crc32(0, "1234", 4);

	ck_assert_uint_eq(rp_crc32(0, "", 0), 0);
	ck_assert_uint_eq(rp_crc32(0, "123456789", 9), 0xcbf43926);
	ck_assert_uint_eq(rp_crc32(crc, "56789", 5), 0xcbf43926);
	ck_assert_uint_eq(rp_crc32(0, "\xff\x80\x00", 3), 0x7a5a75b4);
}
END_TEST

/* RFC 3720, B.4 */
START_TEST(crc32c_is_that_of_iscsi)
{
	uint8_t p[32] = { 0 };
	uint32_t crc;

	ck_assert_uint_eq(rp_crc32c(0, "", 0), 0);
	ck_assert_uint_eq(rp_crc32c(0, "123456789", 9), 0xe3069283);
	ck_assert_uint_eq(rp_crc32c(0, p, sizeof(p)), 0x8a9136aa);
	for (size_t i = 0; i < sizeof(p); i++)
		p[i] = (uint8_t)i;
	ck_assert_uint_eq(rp_crc32c(0, p, sizeof(p)), 0x46dd794e);
	for (size_t i = 0; i < sizeof(p); i++) {
		crc = rp_crc32c(0, p, i);
		crc = rp_crc32c(crc, p + i, sizeof(p) - i);
		ck_assert_uint_eq(crc, 0x46dd794e);
	}
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("histogram");
	TCase *tc = tcase_create("base");
	SRunner *sr = srunner_create(s);
	int failed;

	tcase_add_test(tc, small_values_are_exact);
	tcase_add_test(tc, large_values_are_near);
	tcase_add_test(tc, percentiles_are_those_of_the_sorted);
	tcase_add_test(tc, crc32_is_zlibs);
	tcase_add_test(tc, crc32c_is_that_of_iscsi);
	suite_add_tcase(s, tc);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
