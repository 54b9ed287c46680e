/* parquet: encodings by decoders of the tests, dictionaries, bounds, thrift. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "parquet/bits.h"
#include "parquet/dict.h"
#include "parquet/thrift.h"
#include "parquet/values.h"
#include "parquet_decode.h"

enum { MOST = 3000, CANARY = 0xa5 };

static struct rp_random rnd;

static uint32_t
below(uint32_t n)
{
	return rp_random_scale((uint32_t)(rp_random_next(&rnd) >> 32), n);
}

/* Room with a canary behind it. */
static uint8_t *
new_room(size_t n)
{
	uint8_t *p = malloc(n + 8);

	memset(p, CANARY, n + 8);
	return p;
}

static void
check_room(const uint8_t *p, const uint8_t *end, size_t n)
{
	ck_assert_uint_le((size_t)(end - p), n);
	for (int i = 0; i < 8; i++)
		ck_assert_uint_eq(p[n + (size_t)i], CANARY);
}

/* ---- RLE ---- */

/* Runs and single values in turn, with all lengths of both. */
static size_t
fill(uint32_t *v, unsigned width)
{
	size_t n = 1 + below(MOST - 1), i = 0;
	uint32_t mask = width == 32 ? UINT32_MAX : (1u << width) - 1;
	uint32_t longest = 1 + below(40);

	while (i < n) {
		uint32_t value = (uint32_t)rp_random_next(&rnd) & mask;
		uint32_t run = 1 + below(longest);

		for (; run > 0 && i < n; run--)
			v[i++] = value;
	}
	return n;
}

START_TEST(rle_comes_back)
{
	uint32_t v[MOST], back[MOST];

	for (int round = 0; round < 330; round++) {
		unsigned width = (unsigned)round % 33;
		size_t n = fill(v, width), room = rp_rle_room(n, width);
		uint8_t *p = new_room(room);
		uint8_t *end = rp_rle_put(p, v, n, width);
		struct cursor c = { p, end };

		check_room(p, end, room);
		decode_rle(&c, width, back, n);
		ck_assert_ptr_eq(c.p, c.end);
		ck_assert_mem_eq(back, v, n * sizeof(*v));
		free(p);
	}
}
END_TEST

START_TEST(rle_is_as_the_format_says)
{
	const uint32_t counting[8] = { 0, 1, 2, 3, 4, 5, 6, 7 };
	const uint32_t same[20] = { 0 };
	const uint8_t packed[] = { 3, 0x88, 0xc6, 0xfa };
	uint8_t p[64];

	ck_assert_ptr_eq(rp_rle_put(p, counting, 8, 3), p + 4);
	ck_assert_mem_eq(p, packed, 4); /* the example of Encodings.md */
	ck_assert_ptr_eq(rp_rle_put(p, same, 20, 9), p + 3);
	ck_assert_mem_eq(p, "\x28\0\0", 3);
	ck_assert_ptr_eq(rp_rle_put(p, same, 0, 1), p);
}
END_TEST

START_TEST(bits_come_back)
{
	uint8_t bits[MOST / 8 + 1];
	uint32_t back[MOST];

	for (int round = 0; round < 240; round++) {
		size_t n = 1 + below(MOST - 1), room = rp_rle_room(n, 1), i;
		uint8_t *p = new_room(room), *end;
		struct cursor c;

		for (i = 0; i < sizeof(bits);) {
			uint8_t byte = (uint8_t)rp_random_next(&rnd);
			uint32_t run = 1 + below(30);

			byte = byte < 100 ? 0 : byte < 200 ? 0xff : byte;
			for (; run > 0 && i < sizeof(bits); run--)
				bits[i++] = byte;
		}
		end = rp_rle_put_bits(p, bits, n);
		check_room(p, end, room);
		c = (struct cursor){ p, end };
		decode_rle(&c, 1, back, n);
		ck_assert_ptr_eq(c.p, c.end);
		for (i = 0; i < n; i++)
			ck_assert_uint_eq(back[i], bits[i / 8] >> i % 8 & 1);
		free(p);
	}
}
END_TEST

/* ---- deltas ---- */

static uint64_t
some_value(int shape, uint64_t before)
{
	uint64_t r = rp_random_next(&rnd);

	switch (shape) {
	case 0:
		return before + 1;
	case 1:
		return before + r % 1000 - 500;
	case 2:
		return r;
	case 3:
		return r & 1 ? (uint64_t)INT64_MAX : (uint64_t)INT64_MIN;
	case 4:
		return r & 1 ? (uint64_t)INT32_MAX : (uint64_t)INT32_MIN;
	default:
		return r % 5 == 0 ? r : before;
	}
}

START_TEST(deltas_come_back)
{
	uint64_t v[MOST], back[MOST];

	for (int round = 0; round < 240; round++) {
		size_t n = below(MOST), room = rp_delta_room(n);
		unsigned bits = round & 1 ? 32 : 64;
		uint8_t *p = new_room(room), *end;
		struct cursor c;

		for (size_t i = 0; i < n; i++)
			v[i] = some_value(round / 2 % 6, i > 0 ? v[i - 1] : 7);
		end = rp_delta_put(p, v, n, bits);
		check_room(p, end, room);
		c = (struct cursor){ p, end };
		ck_assert_uint_eq(decode_delta(&c, back), n);
		ck_assert_ptr_eq(c.p, c.end);
		for (size_t i = 0; i < n; i++)
			ck_assert(bits == 64
				? back[i] == v[i]
				: (uint32_t)back[i] == (uint32_t)v[i]);
		free(p);
	}
}
END_TEST

/* The first example of Encodings.md, in blocks of 128. */
START_TEST(deltas_are_as_the_format_says)
{
	const uint64_t v[5] = { 1, 2, 3, 4, 5 };
	const uint8_t want[] = { 0x80, 1, 4, 5, 2, 2, 0, 0, 0, 0 };
	uint8_t p[2000];

	ck_assert_ptr_eq(rp_delta_put(p, v, 5, 64), p + sizeof(want));
	ck_assert_mem_eq(p, want, sizeof(want));
}
END_TEST

/* No more bits than a value has, however far apart they are. */
START_TEST(deltas_of_32_bits_are_packed_in_as_many)
{
	uint64_t v[200];
	uint8_t p[8000], *end;
	struct cursor c;

	for (size_t i = 0; i < 200; i++)
		v[i] =
		    i & 1 ? (uint64_t)INT32_MAX : (uint64_t)(int64_t)INT32_MIN;
	end = rp_delta_put(p, v, 200, 32);
	c = (struct cursor){ p, end };
	for (int i = 0; i < 3; i++)
		(void)get_varint(&c);
	(void)get_zigzag(&c);
	(void)get_zigzag(&c);
	for (int i = 0; i < 4; i++)
		ck_assert_uint_le(get_byte(&c), 32);
}
END_TEST

/* ---- dictionaries ---- */

START_TEST(a_dictionary_numbers_values)
{
	const uint64_t v[] = { 5, 5, 7, 5, UINT64_MAX, 7 };
	const uint32_t want[] = { 0, 0, 1, 0, 2, 1 };
	uint32_t numbers[6];

	for (unsigned width = 4; width <= 8; width += 4) {
		struct rp_dict d = { 0 };

		ck_assert_int_eq(
		    rp_dict_numbers(&d, width, v, 6, numbers), RP_OK);
		ck_assert_mem_eq(numbers, want, sizeof(want));
		ck_assert_uint_eq(d.n, 3);
		ck_assert_uint_eq(d.page.len, 3 * width);
		ck_assert_mem_eq(d.page.data + 2 * width,
		    "\xff\xff\xff\xff\xff\xff\xff\xff", width);
		rp_dict_free(&d);
	}
}
END_TEST

START_TEST(a_full_dictionary_stays_what_it_was)
{
	uint64_t *v = calloc(RP_DICT_MOST + 1, sizeof(*v));
	uint32_t *numbers = calloc(RP_DICT_MOST + 1, sizeof(*numbers));
	struct rp_dict d = { 0 };

	for (uint64_t i = 0; i <= RP_DICT_MOST; i++)
		v[i] = i * i;
	ck_assert_int_eq(rp_dict_numbers(&d, 8, v, 100, numbers), RP_OK);
	ck_assert_int_eq(
	    rp_dict_numbers(&d, 8, v, RP_DICT_MOST + 1, numbers), RP_EMPTY);
	ck_assert_uint_eq(d.n, 100);
	ck_assert_uint_eq(d.page.len, 800);
	ck_assert_int_eq(rp_dict_numbers(&d, 8, v + 50, 100, numbers), RP_OK);
	ck_assert_uint_eq(numbers[0], 50);
	ck_assert_uint_eq(numbers[99], 149);
	ck_assert_uint_eq(d.n, 150);
	rp_dict_empty(&d);
	ck_assert_int_eq(
	    rp_dict_numbers(&d, 8, v, RP_DICT_MOST, numbers), RP_OK);
	ck_assert_uint_eq(numbers[RP_DICT_MOST - 1], RP_DICT_MOST - 1);
	rp_dict_free(&d);
	free(numbers);
	free(v);
}
END_TEST

START_TEST(a_dictionary_numbers_spans)
{
	static const char *const texts[] = { "bid", "", "ask", "bid", "" };
	const uint32_t want[] = { 0, 1, 2, 0, 1 };
	struct rp_dict d = { 0 };
	struct rp_span v[5], huge = { calloc(1, RP_DICT_BYTES), RP_DICT_BYTES };
	uint32_t numbers[5];

	for (int i = 0; i < 5; i++)
		v[i] = (struct rp_span){ (const uint8_t *)texts[i],
			(uint32_t)strlen(texts[i]) };
	ck_assert_int_eq(rp_dict_spans(&d, 0, v, 5, numbers), RP_OK);
	ck_assert_mem_eq(numbers, want, sizeof(want));
	ck_assert_uint_eq(d.page.len, 18);
	ck_assert_mem_eq(d.page.data, "\3\0\0\0bid\0\0\0\0\3\0\0\0ask", 18);
	ck_assert_int_eq(rp_dict_spans(&d, 0, &huge, 1, numbers), RP_EMPTY);
	ck_assert_uint_eq(d.n, 3);
	free((void *)(uintptr_t)huge.p);
	rp_dict_free(&d);
}
END_TEST

/* ---- bounds ---- */

static struct rp_bounds
bounds_of(const struct rp_column *c, size_t rows)
{
	const struct rp_storage s = rp_storage_of(c);
	struct rp_values v = { 0 };
	struct rp_bounds b;

	ck_assert_int_eq(rp_values_take(&v, &s, c, rows), RP_OK);
	rp_values_bounds(&v, &s, &b);
	rp_values_free(&v);
	return b;
}

static struct rp_column
column_of(enum rp_column_kind kind, uint8_t size, void *values, size_t len)
{
	return (struct rp_column){
		.kind = kind, .size = size, .values = { values, len, len }
	};
}

START_TEST(bounds_are_in_the_order_of_the_type)
{
	int64_t i64[] = { 3, -5, 9 };
	uint64_t u64[] = { 3, UINT64_MAX, 9 };
	uint8_t u8[] = { 3, 255, 9 };
	int8_t i8[] = { 3, -1, 9 };
	double d[] = { 1.5, -2.5, 0 };
	struct rp_column c;
	struct rp_bounds b;

	c = column_of(RP_COLUMN_INT, 8, i64, sizeof(i64));
	b = bounds_of(&c, 3);
	ck_assert_mem_eq(b.low.bytes, &i64[1], 8);
	ck_assert_mem_eq(b.high.bytes, &i64[2], 8);
	c = column_of(RP_COLUMN_UINT, 8, u64, sizeof(u64));
	b = bounds_of(&c, 3);
	ck_assert_mem_eq(b.low.bytes, &u64[0], 8);
	ck_assert_mem_eq(b.high.bytes, &u64[1], 8);
	c = column_of(RP_COLUMN_UINT, 1, u8, sizeof(u8));
	b = bounds_of(&c, 3);
	ck_assert_uint_eq(b.high.len, 4);
	ck_assert_mem_eq(b.high.bytes, "\xff\0\0\0", 4);
	c = column_of(RP_COLUMN_INT, 1, i8, sizeof(i8));
	b = bounds_of(&c, 3);
	ck_assert_mem_eq(b.low.bytes, "\xff\xff\xff\xff", 4);
	c = column_of(RP_COLUMN_FLOAT, 8, d, sizeof(d));
	b = bounds_of(&c, 3);
	ck_assert_mem_eq(b.low.bytes, &d[1], 8);
	ck_assert_mem_eq(b.high.bytes, &d[0], 8);
}
END_TEST

/* Two's complement, most significant byte first. */
START_TEST(wide_decimals_are_signed)
{
	__int128 v[] = { -1, (__int128)1 << 100, -((__int128)1 << 90) };
	struct rp_column c = column_of(RP_COLUMN_DECIMAL, 16, v, sizeof(v));
	struct rp_bounds b = bounds_of(&c, 3);

	ck_assert_uint_eq(b.low.len, 16);
	ck_assert_uint_eq(b.low.bytes[0], 0xff);
	ck_assert_uint_eq(b.low.bytes[4], 0xfc);
	ck_assert_uint_eq(b.high.bytes[0], 0);
	ck_assert_uint_eq(b.high.bytes[3], 0x10);
}
END_TEST

START_TEST(zero_has_both_signs_as_bounds)
{
	double d[] = { 0.0, 0.0 };
	struct rp_column c = column_of(RP_COLUMN_FLOAT, 8, d, sizeof(d));
	struct rp_bounds b = bounds_of(&c, 2);

	ck_assert_uint_eq(b.low.bytes[7], 0x80);
	ck_assert_uint_eq(b.high.bytes[7], 0);
}
END_TEST

START_TEST(absent_values_have_no_bounds)
{
	int64_t v[] = { 0, 7, 0 };
	uint8_t bits[] = { 2 };
	struct rp_column c = column_of(RP_COLUMN_TIME, 8, v, sizeof(v));
	struct rp_bounds b;

	c.nulls = 2;
	c.validity = (struct rp_buffer){ bits, 1, 1 };
	b = bounds_of(&c, 3);
	ck_assert_mem_eq(b.low.bytes, &v[1], 8);
	ck_assert_mem_eq(b.high.bytes, &v[1], 8);
	bits[0] = 0;
	c.nulls = 3;
	b = bounds_of(&c, 3);
	ck_assert_int_eq(b.state, RP_BOUNDS_NONE);
}
END_TEST

/* ---- thrift ---- */

START_TEST(thrift_is_compact)
{
	const uint8_t want[] = { 0x15, 3, 0x16, 0x80, 1, 0x11, 0x12, 0x58, 2,
		'h', 'i', 0x19, 0x25, 2, 4, 0x1c, 0x13, 8, 0, 0 };
	struct rp_buffer out = { 0 };
	struct rp_thrift t = { .out = &out };

	rp_thrift_begin(&t);
	rp_thrift_i32(&t, 1, -2);
	rp_thrift_i64(&t, 2, 64);
	rp_thrift_bool(&t, 3, true);
	rp_thrift_bool(&t, 4, false);
	rp_thrift_bytes(&t, 9, "hi", 2);
	rp_thrift_list(&t, 10, RP_THRIFT_I32, 2);
	rp_thrift_add_int(&t, 1);
	rp_thrift_add_int(&t, 2);
	rp_thrift_struct(&t, 11);
	rp_thrift_byte(&t, 1, 8);
	rp_thrift_end(&t);
	rp_thrift_end(&t);
	ck_assert_int_eq(t.status, RP_OK);
	ck_assert_int_eq(t.depth, 0);
	ck_assert_uint_eq(out.len, sizeof(want));
	ck_assert_mem_eq(out.data, want, sizeof(want));
	rp_buffer_free(&out);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("parquet");
	TCase *tc = tcase_create("parquet");
	SRunner *sr = srunner_create(s);
	int failed;

	rp_random_seed(&rnd, 1);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, rle_comes_back);
	tcase_add_test(tc, rle_is_as_the_format_says);
	tcase_add_test(tc, bits_come_back);
	tcase_add_test(tc, deltas_come_back);
	tcase_add_test(tc, deltas_are_as_the_format_says);
	tcase_add_test(tc, deltas_of_32_bits_are_packed_in_as_many);
	tcase_add_test(tc, a_dictionary_numbers_values);
	tcase_add_test(tc, a_full_dictionary_stays_what_it_was);
	tcase_add_test(tc, a_dictionary_numbers_spans);
	tcase_add_test(tc, bounds_are_in_the_order_of_the_type);
	tcase_add_test(tc, wide_decimals_are_signed);
	tcase_add_test(tc, zero_has_both_signs_as_bounds);
	tcase_add_test(tc, absent_values_have_no_bounds);
	tcase_add_test(tc, thrift_is_compact);
	suite_add_tcase(s, tc);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
