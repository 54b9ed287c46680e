/* wire/directory and wire/namebook: names and types in, the same out. */
#include "base/hash.h"
#include "streams.h"
#include "wire/directory.h"
#include "wire/namebook.h"

struct names {
	struct rp_label *label;
	char (*text)[RP_MAX_NAME];
	uint32_t n;
};

/* n different names, of all lengths if long_ones. */
static struct names
make_names(uint32_t n, bool long_ones)
{
	struct names s = { calloc(n + !n, sizeof(*s.label)),
		calloc(n + !n, sizeof(*s.text)), n };

	for (uint32_t i = 0; i < n; i++) {
		size_t len =
		    (size_t)snprintf(s.text[i], sizeof(s.text[i]), "%x", i);

		if (long_ones) {
			memset(s.text[i] + len, '-', RP_MAX_NAME - len);
			len += (i * 37) % (RP_MAX_NAME - len + 1);
		}
		rp_label_init(&s.label[i], (enum rp_name_class)(1 + i % 3),
		    s.text[i], len);
		s.label[i].records = i % 3 != 2 ? 1 : 0;
	}
	return s;
}

static void
free_names(struct names *s)
{
	free(s->label);
	free(s->text);
}

static void
ck_names(const struct rp_frame *f, const struct names *s)
{
	ck_assert_uint_eq(f->n_names, s->n);
	for (uint32_t i = 0; i < s->n; i++) {
		ck_assert_uint_eq(f->names[i].hash, s->label[i].hash);
		ck_assert_uint_eq(f->names[i].records, s->label[i].records);
		ck_assert_uint_eq(f->names[i].class, s->label[i].class);
		ck_assert_uint_eq(f->names[i].len, s->label[i].len);
		ck_assert_int_eq(
		    memcmp(f->names[i].text, s->label[i].text, s->label[i].len),
		    0);
	}
}

/* Encode, decode; pack, decode. */
static void
ck_directory(
    const struct names *s, const struct rp_type_count *types, uint32_t n_types)
{
	const struct rp_encoding enc[] = { { RP_CODEC_LZ4, 0, 0 },
		{ RP_CODEC_ZSTD, 0, 1 } };
	struct rp_frame_scratch scratch = { 0 };
	struct rp_frame f = { 0 };
	struct rp_buffer plain = { 0 }, packed = { 0 };

	for (uint32_t i = 0; i < n_types; i++)
		f.head.records += types[i].records;
	ck_ok(rp_dir_encode(&plain, types, n_types, s->label, s->n));
	f.head.dir_len = (uint32_t)plain.len;
	f.head.dir_hash = rp_hash(plain.data, plain.len);
	ck_ok(rp_dir_decode(&f, plain.data, &scratch, NULL));
	ck_names(&f, s);
	ck_assert_uint_eq(f.n_types, n_types);
	ck_assert_int_eq(memcmp(f.types, types, n_types * sizeof(*types)), 0);
	for (size_t i = 0; i < RP_LEN(enc); i++) {
		enum rp_status st = rp_dir_pack(
		    &packed, plain.data, plain.len, &enc[i], &scratch);

		if (st == RP_EMPTY)
			continue; /* not worth it */
		ck_ok(st);
		ck_assert_uint_lt(packed.len, plain.len);
		f.head.codec = (uint8_t)enc[i].codec;
		f.head.flags = RP_FRAME_DIR_PACKED;
		f.head.dir_len = (uint32_t)packed.len;
		f.head.dir_hash = rp_hash(packed.data, packed.len);
		ck_ok(rp_dir_decode(&f, packed.data, &scratch, NULL));
		ck_names(&f, s);
	}
	rp_buffer_free(&plain);
	rp_buffer_free(&packed);
	rp_frame_scratch_free(&scratch);
}

START_TEST(names_come_back)
{
	static const uint32_t counts[] = { 0, 1, 2, 3, 7, 100, 3000,
		RP_MAX_NAMES };
	static const struct rp_type_count types[] = { { 1, 64, 5 },
		{ 4, 0, 70000 }, { 65535, 65535, 1 } };

	for (size_t i = 0; i < RP_LEN(counts); i++) {
		struct names s = make_names(counts[i], false);

		ck_directory(&s, types, (uint32_t)RP_LEN(types));
		free_names(&s);
		if (counts[i] > 3000)
			continue; /* does not fit */
		s = make_names(counts[i], true);
		ck_directory(&s, types, (uint32_t)RP_LEN(types));
		free_names(&s);
	}
}
END_TEST

START_TEST(more_than_a_directory_holds)
{
	struct rp_type_count t = { 1, 64, 1 };
	struct names s = make_names(RP_MAX_NAMES, true);
	struct rp_buffer b = { 0 };

	ck_assert_int_eq(rp_dir_encode(&b, &t, 1, s.label, s.n), RP_ERR_LIMIT);
	rp_buffer_free(&b);
	free_names(&s);
}
END_TEST

START_TEST(a_stream_of_bytes_is_no_directory)
{
	struct rp_frame_scratch scratch = { 0 };
	uint64_t seed = 4;

	for (int i = 0; i < 20000; i++) {
		_Alignas(8) uint8_t dir[128];
		struct rp_frame f = { .head = { .records = 3 } };
		size_t len = 8 * (draw(&seed) % 17);

		for (size_t k = 0; k < sizeof(dir); k++)
			dir[k] =
			    draw(&seed) % 4 != 0 ? 0 : (uint8_t)draw(&seed);
		rp_put16(dir + 2, 8);
		rp_put16(dir + 8, 24);
		rp_put16(dir + 10, 0);
		f.head.dir_len = (uint32_t)len;
		f.head.dir_hash = rp_hash(dir, len);
		if (i % 2 != 0) {
			f.head.flags = RP_FRAME_DIR_PACKED;
			f.head.codec = (uint8_t)(1 + i / 2 % 2);
		}
		(void)!rp_dir_decode(&f, dir, &scratch, NULL);
	}
	rp_frame_scratch_free(&scratch);
}
END_TEST

START_TEST(valid_names)
{
	static const struct {
		const char *text;
		bool good;
	} cases[] = { { "ESH4", true }, { "", false }, { "a b", true },
		{ "\xc3\xa9", true }, { "\xe2\x82\xac", true },
		{ "\xf0\x9d\x94\x98", true }, { "\xf4\x8f\xbf\xbf", true },
		{ "\xf4\x90\x80\x80", false }, { "\xf8\x88\x80\x80", false },
		{ "\xc0\x80", false }, { "\xe0\x80\x80", false },
		{ "\xf0\x80\x80\x80", false }, { "\xed\xbf\xbf", false },
		{ "\xee\x80\x80", true }, { "\xc2\x85", false },
		{ "\xc2\xa0", true }, { "a\tb", false }, { "a\x7f", false },
		{ "\x80", false }, { "a\xc3", false } };
	char longest[RP_MAX_NAME + 2];

	for (size_t i = 0; i < RP_LEN(cases); i++)
		ck_assert_msg(rp_name_is_valid(cases[i].text,
				  strlen(cases[i].text)) == cases[i].good,
		    "case %zu", i);
	memset(longest, 'x', sizeof(longest));
	ck_assert(rp_name_is_valid(longest, RP_MAX_NAME));
	ck_assert(!rp_name_is_valid(longest, RP_MAX_NAME + 1));
	ck_assert(!rp_name_is_valid("a\0b", 3));
}
END_TEST

START_TEST(a_namebook_finds_again)
{
	struct names s = make_names(5000, false);
	struct rp_namebook b;
	uint32_t index;

	ck_ok(rp_namebook_init(&b));
	for (int round = 0; round < 3; round++) {
		for (uint32_t i = 0; i < s.n; i++) {
			ck_ok(rp_namebook_find(&b, &s.label[i], &index));
			ck_assert_uint_eq(index, i);
		}
		for (uint32_t i = s.n; i-- > 0;) {
			/* another label of the same text */
			struct rp_label l;

			rp_label_init(&l, s.label[i].class, s.label[i].text,
			    s.label[i].len);
			ck_ok(rp_namebook_find(&b, &l, &index));
			ck_assert_uint_eq(index, i);
		}
		ck_ok(rp_namebook_find(&b, NULL, &index));
		ck_assert_uint_eq(index, RP_NO_NAME);
		rp_namebook_clear(&b);
		ck_assert_uint_eq(b.n_names, 0);
	}
	rp_namebook_free(&b);
	free_names(&s);
}
END_TEST

START_TEST(a_full_namebook_still_fits)
{
	struct names s = make_names(RP_MAX_NAMES, true);
	struct rp_buffer dir = { 0 };
	struct rp_namebook b;
	uint32_t index, i;
	enum rp_status st = RP_OK;

	ck_ok(rp_namebook_init(&b));
	for (i = 0; i < s.n && st == RP_OK; i++)
		st = rp_namebook_find(&b, &s.label[i], &index);
	ck_assert_int_eq(st, RP_ERR_LIMIT);
	/* the types that come now must not push it over the limit */
	for (uint16_t t = 0; t < RP_MAX_TYPES; t++)
		(void)!rp_namebook_type(&b, t, &index);
	ck_assert_uint_le(b.dir_size, RP_MAX_DIR);
	ck_ok(rp_namebook_encode(&b, &dir));
	ck_assert_uint_le(dir.len, RP_MAX_DIR);
	rp_buffer_free(&dir);
	rp_namebook_free(&b);
	free_names(&s);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_test(tc, names_come_back);
	tcase_add_test(tc, more_than_a_directory_holds);
	tcase_add_test(tc, a_stream_of_bytes_is_no_directory);
	tcase_add_test(tc, valid_names);
	tcase_add_test(tc, a_namebook_finds_again);
	tcase_add_test(tc, a_full_namebook_still_fits);
}

int
main(void)
{
	return run_suite("directory", add);
}
