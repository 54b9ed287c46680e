/* wire/wordcols: decoding is the exact inverse, whatever the rows hold. */
#include "effort.h"
#include "streams.h"
#include "wire/wordcols.h"

struct rows {
	struct rp_buffer b;
	uint32_t records;
};

/* A record of len payload bytes; word k of it is fn(i, k). */
static void
add_row(struct rows *r, uint16_t type, uint32_t len, uint32_t symbol,
    uint64_t (*fn)(uint64_t i, uint64_t k, uint64_t *seed), uint64_t *seed)
{
	size_t size = sizeof(struct rp_record) + rp_align8(len), at = r->b.len;
	struct rp_record *rec;

	ck_ok(rp_buffer_reserve(&r->b, at + size));
	rec = (struct rp_record *)(r->b.data + at);
	memset(rec, 0, size);
	*rec = (struct rp_record){ .symbol = symbol,
		.source = RP_NO_NAME,
		.seq = fn(r->records, 1, seed),
		.len = len,
		.type = type,
		.flags = (uint16_t)fn(r->records, 2, seed),
		.ts_recv = (int64_t)fn(r->records, 3, seed) };
	for (uint32_t k = 0; k < len; k++)
		rec->payload[k] =
		    (uint8_t)(fn(r->records, 4 + k / 8, seed) >> k % 8 * 8);
	r->b.len = at + size;
	r->records++;
}

/* Encode, decode into memory of just the size, and compare. */
static void
ck_inverse(const struct rows *r, enum rp_status want)
{
	struct rp_buffer out = { 0 }, cuts = { 0 }, tmp = { 0 };
	struct rp_error err = { 0 };
	uint32_t last = 0;
	uint8_t *back;

	ck_assert_int_eq(rp_wordcols_encode(&out, &cuts, &tmp, r->b.data,
			     r->b.len, r->records),
	    want);
	if (want == RP_OK) {
		back = malloc(r->b.len);
		ck_assert_ptr_nonnull(back);
		ck_ok(rp_wordcols_decode(
		    back, r->b.len, r->records, &tmp, out.data, out.len, &err));
		ck_assert_int_eq(memcmp(back, r->b.data, r->b.len), 0);
		free(back);
		ck_assert_uint_le(cuts.len, cuts.cap);
		for (size_t i = 0; i < cuts.len; i += 4) {
			ck_assert_uint_gt(rp_le32(cuts.data + i), last);
			last = rp_le32(cuts.data + i);
		}
		ck_assert_uint_le(last, out.len);
	}
	rp_buffer_free(&out);
	rp_buffer_free(&cuts);
	rp_buffer_free(&tmp);
}

static void
ck_rows(struct rows *r)
{
	ck_inverse(r, RP_OK);
	rp_buffer_free(&r->b);
	*r = (struct rows){ 0 };
}

/* ---- what words may hold ---- */

static uint64_t
zeros(uint64_t i, uint64_t k, uint64_t *seed)
{
	(void)i, (void)k, (void)seed;
	return 0;
}

static uint64_t
noise(uint64_t i, uint64_t k, uint64_t *seed)
{
	(void)i, (void)k;
	return draw(seed);
}

static uint64_t
absent(uint64_t i, uint64_t k, uint64_t *seed)
{
	(void)i, (void)k, (void)seed;
	return (uint64_t)INT64_MIN;
}

static uint64_t
extremes(uint64_t i, uint64_t k, uint64_t *seed)
{
	static const uint64_t v[] = { 0, 1, UINT64_MAX, (uint64_t)INT64_MIN,
		INT64_MAX, (uint64_t)INT64_MIN + 1, (uint64_t)INT64_MAX - 1 };

	(void)i, (void)k;
	return v[draw(seed) % RP_LEN(v)];
}

static uint64_t
ticks(uint64_t i, uint64_t k, uint64_t *seed)
{
	return UINT64_C(4750250000000) + 250000000 * (draw(seed) % 9) + i * k;
}

static uint64_t
halves(uint64_t i, uint64_t k, uint64_t *seed)
{
	(void)k, (void)seed;
	return i % 2 != 0 ? UINT64_C(1) << 63 : 0;
}

static uint64_t
sparse(uint64_t i, uint64_t k, uint64_t *seed)
{
	return i % 37 == k ? draw(seed) : 0;
}

static uint64_t
clocks(uint64_t i, uint64_t k, uint64_t *seed)
{
	return UINT64_C(1703545200000000000) + i * 1000 + k * 17 +
	    draw(seed) % 5;
}

static uint64_t (*const shapes[])(uint64_t, uint64_t, uint64_t *) = { zeros,
	noise, absent, extremes, ticks, halves, sparse, clocks };

START_TEST(one_record)
{
	for (size_t s = 0; s < RP_LEN(shapes); s++)
		for (uint32_t len = 0; len < 40; len++) {
			uint64_t seed = len;
			struct rows r = { 0 };

			add_row(&r, 4, len, 0, shapes[s], &seed);
			ck_rows(&r);
		}
}
END_TEST

START_TEST(shapes_and_counts)
{
	/* around the sample of 1,024 and the bitmap's bytes */
	static const uint32_t counts[] = { 2, 3, 7, 8, 9, 127, 128, 129, 1023,
		1024, 1025, 1026, 1500, 4099 };

	for (size_t s = 0; s < RP_LEN(shapes); s++)
		for (size_t c = 0; c < RP_LEN(counts); c++) {
			uint64_t seed = c;
			struct rows r = { 0 };

			for (uint32_t i = 0; i < counts[c]; i++)
				add_row(
				    &r, 4, 29, i * 7 / 3 % 5, shapes[s], &seed);
			ck_rows(&r);
		}
}
END_TEST

START_TEST(random_mixtures)
{
	for (uint64_t seed = 1; seed <= 60 / thinned(6); seed++) {
		uint64_t s = seed, n = 1 + draw(&s) % 3000;
		uint64_t types = 1 + draw(&s) % 9, lens = 1 + draw(&s) % 12;
		uint64_t symbols = 1 + draw(&s) % 40;
		struct rows r = { 0 };

		for (uint64_t i = 0; i < n; i++)
			add_row(&r, (uint16_t)(draw(&s) % types),
			    (uint32_t)(draw(&s) % lens * 5),
			    (uint32_t)(draw(&s) % symbols),
			    shapes[draw(&s) % RP_LEN(shapes)], &s);
		ck_rows(&r);
	}
}
END_TEST

START_TEST(symbols_beyond_the_keys)
{
	uint64_t seed = 5;
	struct rows r = { 0 };

	for (uint32_t i = 0; i < 3000; i++) {
		uint32_t symbol = (uint32_t)draw(&seed) % 8;

		/* 32768 and above share one key, and so does none */
		add_row(&r, 4, 64, symbol < 4 ? symbol : RP_NO_NAME - symbol,
		    ticks, &seed);
	}
	ck_rows(&r);
	for (uint32_t i = 0; i < 40000; i++)
		add_row(&r, 4, 8, i % 33000, ticks, &seed);
	ck_rows(&r);
}
END_TEST

START_TEST(as_many_groups_as_there_may_be)
{
	uint64_t seed = 1;
	struct rows r = { 0 };

	for (uint32_t i = 0; i < 3 * RP_MAX_GROUPS; i++)
		add_row(&r, (uint16_t)(i % RP_MAX_GROUPS), 8, 0, ticks, &seed);
	ck_inverse(&r, RP_OK);
	add_row(&r, RP_MAX_GROUPS, 8, 0, ticks, &seed);
	ck_inverse(&r, RP_EMPTY);
	rp_buffer_free(&r.b);
}
END_TEST

START_TEST(every_cut_has_room)
{
	uint64_t seed = 3;
	struct rows r = { 0 };

	/* sparse noise in each word: bitmap and eight planes a column */
	for (uint32_t i = 0; i < 6000; i++)
		add_row(&r, (uint16_t)(i % 2), 64, (uint32_t)draw(&seed),
		    i % 3 != 0 ? noise : zeros, &seed);
	ck_rows(&r);
}
END_TEST

/* ---- what did not come from the encoder ---- */

START_TEST(any_prefix_is_refused)
{
	struct rp_buffer out = { 0 }, cuts = { 0 }, tmp = { 0 };
	uint64_t seed = 9;
	struct rows r = { 0 };
	uint8_t *back;

	for (uint32_t i = 0; i < 50; i++)
		add_row(&r, (uint16_t)(i % 3), i % 3 * 8, i % 4, ticks, &seed);
	ck_ok(rp_wordcols_encode(
	    &out, &cuts, &tmp, r.b.data, r.b.len, r.records));
	back = malloc(r.b.len);
	for (size_t len = 0; len < out.len; len++) {
		uint8_t *in = malloc(len + !len);

		memcpy(in, out.data, len);
		ck_assert_int_eq(rp_wordcols_decode(back, r.b.len, r.records,
				     &tmp, in, len, NULL),
		    RP_ERR_CORRUPT);
		free(in);
	}
	free(back);
	rp_buffer_free(&r.b);
	rp_buffer_free(&out);
	rp_buffer_free(&cuts);
	rp_buffer_free(&tmp);
}
END_TEST

START_TEST(any_damage_is_survived)
{
	struct rp_buffer out = { 0 }, cuts = { 0 }, tmp = { 0 };
	uint64_t seed = 9;
	struct rows r = { 0 };
	uint8_t *back;
	enum rp_status st;

	for (uint32_t i = 0; i < 200; i++)
		add_row(&r, (uint16_t)(i % 3), i % 3 * 8, i % 4, ticks, &seed);
	ck_ok(rp_wordcols_encode(
	    &out, &cuts, &tmp, r.b.data, r.b.len, r.records));
	back = malloc(r.b.len);
	for (size_t i = 0; i < out.len; i++) {
		uint8_t was = out.data[i];

		out.data[i] ^= (uint8_t)(1u << draw(&seed) % 8);
		st = rp_wordcols_decode(
		    back, r.b.len, r.records, &tmp, out.data, out.len, NULL);
		ck_assert(st == RP_OK || st == RP_ERR_CORRUPT);
		out.data[i] = was;
	}
	free(back);
	rp_buffer_free(&r.b);
	rp_buffer_free(&out);
	rp_buffer_free(&cuts);
	rp_buffer_free(&tmp);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_test(tc, one_record);
	tcase_add_test(tc, shapes_and_counts);
	tcase_add_test(tc, random_mixtures);
	tcase_add_test(tc, symbols_beyond_the_keys);
	tcase_add_test(tc, as_many_groups_as_there_may_be);
	tcase_add_test(tc, every_cut_has_room);
	tcase_add_test(tc, any_prefix_is_refused);
	tcase_add_test(tc, any_damage_is_survived);
}

int
main(void)
{
	return run_suite("wordcols", add);
}
