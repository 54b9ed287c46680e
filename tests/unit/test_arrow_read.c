/* arrow: flatbuffers by hand, and what is cut, flipped or made up. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arrow/ipc_read.h"
#include "base/bytes.h"
#include "effort.h"
#include "import/import.h"
#include "wire/reader.h"

/* ---- flatbuffers ---- */

/* A table of four fields: i16 -2; none; text "ab"; a vector of two tables,
 * each of one field: i8 7, i8 9. */
static const uint8_t good[] = {
	/* 0 */ 16, 0, 0, 0, /* root */
	/* 4 */ 12, 0, 16, 0, 4, 0, 0, 0, 8, 0, 12, 0, /* vtable */
	/* 16 */ 12, 0, 0, 0, 0xfe, 0xff, 0, 0, 8, 0, 0, 0, 12, 0, 0, 0,
	/* 32 */ 2, 0, 0, 0, 'a', 'b', 0, 0, /* text */
	/* 40 */ 2, 0, 0, 0, 16, 0, 0, 0, 20, 0, 0, 0, /* vector */
	/* 52 */ 6, 0, 8, 0, 4, 0, 0, 0, /* their vtable */
	/* 60 */ 8, 0, 0, 0, 7, 0, 0, 0, /* the first */
	/* 68 */ 16, 0, 0, 0, 9, 0, 0, 0, /* the second */
};

enum { FIELD_INT, FIELD_NONE, FIELD_TEXT, FIELD_VECTOR };

/* All that there is to read; the sum of its integers, -1 after a fault. */
static int64_t
walk(const uint8_t *p, size_t len, struct rp_flat *flat)
{
	struct rp_flat_table t, element;
	struct rp_flat_text text;
	struct rp_flat_vector v;
	int64_t sum;

	rp_flat_begin(flat, p, len);
	t = rp_flat_root(flat);
	sum = rp_flat_int(&t, FIELD_INT, 2, 100);
	sum += rp_flat_int(&t, FIELD_NONE, 8, 1000);
	text = rp_flat_text(&t, FIELD_TEXT);
	for (uint32_t i = 0; i < text.len; i++)
		sum += text.text[i];
	v = rp_flat_vector(&t, FIELD_VECTOR, 4);
	for (uint32_t i = 0; i < v.n; i++) {
		element = rp_flat_element(&v, i);
		sum += rp_flat_int(&element, 0, 1, 0);
	}
	return flat->why == NULL ? sum : -1;
}

START_TEST(flat_good)
{
	struct rp_flat flat;
	struct rp_flat_table t, none;

	ck_assert_int_eq(
	    walk(good, sizeof(good), &flat), -2 + 1000 + 'a' + 'b' + 7 + 9);
	t = rp_flat_root(&flat);
	ck_assert_int_eq(rp_flat_int(&t, 77, 4, 5), 5);
	/* of what is not there, nothing is */
	none = rp_flat_table(&t, FIELD_NONE);
	ck_assert(!rp_flat_is(&none));
	ck_assert_int_eq(rp_flat_int(&none, FIELD_INT, 2, 5), 5);
	ck_assert_ptr_null(rp_flat_text(&none, FIELD_TEXT).text);
	ck_assert_uint_eq(rp_flat_vector(&none, FIELD_VECTOR, 4).n, 0);
	ck_assert_ptr_null(flat.why);
}
END_TEST

/* A byte of it is another, and this is what is wrong then. */
static const struct {
	size_t at;
	uint8_t byte;
	const char *why;
	uint32_t where;
} faults[] = {
	{ 0, 0, "a table is outside", 0 },
	{ 0, 73, "a table is outside", 0 },
	{ 3, 0x80, "a table is outside", 0 },
	{ 16, 17, "a vtable is outside", 16 },
	{ 19, 0x80, "a vtable is outside", 16 },
	{ 4, 2, "a vtable has a bad length", 4 },
	{ 4, 13, "a vtable has a bad length", 4 },
	{ 5, 1, "a vtable has a bad length", 4 },
	{ 6, 3, "a table has a bad length", 16 },
	{ 6, 61, "a table has a bad length", 16 },
	{ 8, 15, "a field is outside its table", 8 },
	{ 8, 3, "a field is outside its table", 8 },
	{ 24, 0, "a vector is outside", 24 },
	{ 27, 0xff, "a vector is outside", 24 },
	{ 32, 41, "a vector is longer than what is left", 32 },
	{ 35, 0xff, "a vector is longer than what is left", 32 },
	{ 43, 0x40, "a vector is longer than what is left", 40 },
	{ 44, 29, "a table is outside", 44 },
};

START_TEST(flat_bad)
{
	uint8_t bytes[sizeof(good)];
	struct rp_flat flat;

	memcpy(bytes, good, sizeof(good));
	bytes[faults[_i].at] = faults[_i].byte;
	ck_assert_int_eq(walk(bytes, sizeof(bytes), &flat), -1);
	ck_assert_str_eq(flat.why, faults[_i].why);
	ck_assert_uint_eq(flat.where, faults[_i].where);
}
END_TEST

/* Cut anywhere it is a fault, in memory of just that size. */
START_TEST(flat_cut)
{
	struct rp_flat flat;

	for (size_t n = 0; n < sizeof(good) - 3; n++) {
		uint8_t *bytes = malloc(n + 1);

		memcpy(bytes, good, n);
		ck_assert_int_eq(walk(bytes, n, &flat), -1);
		free(bytes);
	}
}
END_TEST

/* Offsets lead forward only, so that nothing is in itself; and what is shared
 * is not opened more often than there is room for tables. */
START_TEST(flat_shared)
{
	struct rp_flat flat;
	struct rp_flat_table t;
	struct rp_flat_vector v;
	unsigned opened = 0;

	rp_flat_begin(&flat, good, sizeof(good));
	t = rp_flat_root(&flat);
	v = rp_flat_vector(&t, FIELD_VECTOR, 4);
	while (opened < 100 && (t = rp_flat_element(&v, 0), rp_flat_is(&t)))
		opened++;
	ck_assert_uint_eq(opened, sizeof(good) / 4 - 1);
	ck_assert_str_eq(flat.why, "more tables than there is room for");
}
END_TEST

/* ---- inputs ---- */

static enum rp_status
skip(void *arg, const char *text, size_t len, const char *reason)
{
	(void)arg;
	ck_assert_uint_gt(len, 0);
	ck_assert_int_eq(text[0], '{');
	ck_assert_ptr_nonnull(strstr(reason, "row "));
	return RP_OK;
}

static void
count_warning(void *arg, const char *text)
{
	ck_assert_ptr_nonnull(strstr(text, "no mark of its end"));
	++*(unsigned *)arg;
}

/* Import bytes; what came of them is a stream. */
static enum rp_status
import(const uint8_t *p, size_t len, unsigned *warnings, struct rp_error *err)
{
	const struct rp_import_host host = {
		.reject = skip, .warn = count_warning, .arg = warnings
	};
	struct rp_import im = {
		.name = "f", .host = &host, .format = &rp_import_arrow
	};
	struct rp_buffer stream = { 0 };
	struct rp_reader *r;
	struct rp_frame f;
	enum rp_status st;

	im.in = rp_intake_memory(p, len);
	im.out = rp_writer_memory(&stream, NULL);
	st = rp_import_open(&im);
	while (st == RP_OK)
		st = rp_import_step(&im);
	*err = im.error;
	ck_assert_int_eq(st == RP_END, im.error.status == RP_OK);
	rp_import_close(&im);
	rp_intake_free(im.in);
	ck_assert_int_eq(rp_writer_finish(im.out, 0), RP_OK);
	rp_writer_free(im.out);
	r = rp_reader_memory(stream.data, stream.len, "s");
	rp_reader_verify_sums(r, true);
	while (rp_reader_next(r, &f) == RP_OK)
		;
	ck_assert_int_eq(rp_reader_error(r)->status, RP_OK);
	rp_reader_free(r);
	rp_buffer_free(&stream);
	return st;
}

/* An input of the fuzzer's, without its first byte. */
static uint8_t *
slurp(const char *name, size_t *len)
{
	const char *top = getenv("RP_TOP");
	char path[4096];
	uint8_t *data = malloc(1 << 16);
	FILE *fp;

	snprintf(path, sizeof(path), "%s/tests/fuzz/corpus/arrow/%s",
	    top != NULL ? top : ".", name);
	fp = fopen(path, "rb");
	ck_assert_msg(fp != NULL, "no %s", path);
	*len = fread(data, 1, 1 << 16, fp) - 1;
	fclose(fp);
	memmove(data, data + 1, *len);
	return data;
}

static const char *const names[] = { "stream", "file", "lz4", "zstd", "legacy",
	"lists", "exact", "own", "own-file", "own-lists", "polars",
	"javascript", "deltas" };

/* Where messages begin, of a stream. */
static bool
is_boundary(const uint8_t *p, size_t len, size_t at)
{
	struct rp_arrow_head head;
	struct rp_error err = { 0 };
	size_t i = 0, prefix;

	while (i < at) {
		prefix = rp_le32(p + i) == RP_ARROW_CONTINUATION ? 8 : 4;
		if (i + prefix > len || rp_le32(p + i + prefix - 4) == 0)
			return false;
		if (rp_arrow_head_read(&head, p + i + prefix,
			rp_le32(p + i + prefix - 4), &err) != RP_OK)
			return false;
		i += prefix + rp_le32(p + i + prefix - 4) + head.body_len;
	}
	return i == at && at > 0;
}

/* A file that is cut is truncated, wherever; so is a stream of rp-arrow's.
 * Others may end between messages, with a warning. */
START_TEST(cut)
{
	struct rp_error err;
	unsigned warnings;
	size_t len;
	uint8_t *p = slurp(names[_i], &len);
	const size_t step = thinned(5);
	const bool file = memcmp(p, "ARROW1", 6) == 0;
	const bool own = strncmp(names[_i], "own", 3) == 0 ||
	    strcmp(names[_i], "exact") == 0;

	for (size_t n = 0; n < len; n += n < 4096 ? step : 7 * step) {
		uint8_t *part = malloc(n + 1);
		enum rp_status st;

		memcpy(part, p, n);
		warnings = 0;
		st = import(part, n, &warnings, &err);
		free(part);
		if (strcmp(names[_i], "deltas") == 0) {
			ck_assert_int_ne(st, RP_END);
		} else if (!file && !own && is_boundary(p, len, n)) {
			ck_assert_int_eq(st, RP_END);
			ck_assert_uint_eq(warnings, 1);
		} else {
			ck_assert_msg(st == RP_ERR_TRUNCATED,
			    "%s at %zu: %d %s", names[_i], n, st, err.text);
		}
	}
	free(p);
}
END_TEST

/* Whatever bit is another: it is read, or refused in a line. */
START_TEST(flipped)
{
	struct rp_error err;
	unsigned warnings = 0, refused = 0;
	const size_t times = thinned(7);
	size_t len;
	uint8_t *p = slurp(names[_i], &len);

	for (size_t i = 0; i < 8 * len; i += 5 * times) {
		p[i / 8] ^= (uint8_t)(1 << i % 8);
		if (import(p, len, &warnings, &err) != RP_END) {
			refused++;
			ck_assert_msg(
			    strncmp(err.text, "f: ", 3) == 0, "%s", err.text);
			ck_assert_ptr_null(strchr(err.text, '\n'));
		}
		p[i / 8] ^= (uint8_t)(1 << i % 8);
	}
	ck_assert_uint_gt(refused, len / 8 / times);
	free(p);
}
END_TEST

/* As it comes, it is read to its end. */
START_TEST(whole)
{
	struct rp_error err;
	unsigned warnings = 0;
	size_t len;
	uint8_t *p = slurp(names[_i], &len);
	enum rp_status st = import(p, len, &warnings, &err);

	if (strcmp(names[_i], "deltas") == 0)
		ck_assert_int_eq(st, RP_ERR_UNSUPPORTED);
	else
		ck_assert_msg(st == RP_END, "%s: %s", names[_i], err.text);
	ck_assert_uint_eq(warnings, 0);
	free(p);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("arrow_read");
	TCase *tc = tcase_create("flat");

	tcase_add_test(tc, flat_good);
	tcase_add_loop_test(tc, flat_bad, 0, RP_LEN(faults));
	tcase_add_test(tc, flat_cut);
	tcase_add_test(tc, flat_shared);
	suite_add_tcase(s, tc);
	tc = tcase_create("inputs");
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, whole, 0, RP_LEN(names));
	tcase_add_loop_test(tc, cut, 0, RP_LEN(names));
	tcase_add_loop_test(tc, flipped, 0, RP_LEN(names));
	suite_add_tcase(s, tc);
	return s;
}

int
main(void)
{
	SRunner *sr = srunner_create(suite());
	int failed;

	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
