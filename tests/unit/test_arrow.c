/* arrow: flatbuffers drawn by chance are read back by flat_read, byte by byte
 * aligned; bodies are compressed only where that makes them smaller. */
#include <check.h>
#include <stdlib.h>

#include "arrow/body.h"
#include "arrow/flat_read.h"
#include "arrow/flat_write.h"
#include "arrow/writer.h"
#include "records.h"
#include "streams.h"

/* ---- flatbuffers ---- */

#define FIELDS 12
static const char digits[] = "01248";

/* Numbers of all widths, some left out, and a table, vectors and a text below
 * the offsets; depth of them. */
static size_t
put_tree(struct rp_flat_out *f, uint64_t seed, int depth)
{
	char widths[FIELDS + 1] = "";
	size_t t, v;

	for (int i = 0; i < FIELDS; i++)
		widths[i] = digits[draw(&seed) % 5];
	widths[0] = depth > 0 ? '4' : '0';
	widths[1] = widths[2] = widths[3] = '4';
	t = rp_flat_out_table(f, widths);
	for (unsigned i = 4; i < FIELDS; i++)
		if (widths[i] != '0')
			rp_flat_out_set(
			    f, t, i, (size_t)(widths[i] - '0'), draw(&seed));
	rp_flat_out_link(
	    f, t, 1, rp_flat_out_text(f, "a text", draw(&seed) % 7));
	v = rp_flat_out_vector(f, 3, 16);
	rp_flat_out_link(f, t, 2, v);
	for (size_t i = 0; i < 6; i++)
		rp_flat_out_put(f, v, 8 * i, 8, draw(&seed));
	v = rp_flat_out_vector(f, 2, 4);
	rp_flat_out_link(f, t, 3, v);
	for (size_t i = 0; i < 2 && depth > 0; i++)
		rp_flat_out_refer(f, v, i, put_tree(f, seed + i, depth - 1));
	if (depth > 0)
		rp_flat_out_link(f, t, 0, put_tree(f, seed + 7, depth - 1));
	return t;
}

static void
check_tree(const struct rp_flat_table *t, uint64_t seed, int depth)
{
	struct rp_flat_table child;
	struct rp_flat_vector v;
	struct rp_flat_text text;
	char widths[FIELDS];

	ck_assert(rp_flat_is(t));
	for (int i = 0; i < FIELDS; i++)
		widths[i] = digits[draw(&seed) % 5];
	for (unsigned i = 4; i < FIELDS; i++) {
		unsigned size = (unsigned)(widths[i] - '0');
		int64_t got;

		if (size == 0) {
			ck_assert_int_eq(rp_flat_int(t, i, 4, -7), -7);
			continue;
		}
		got = (int64_t)(draw(&seed) << (64 - 8 * size)) >>
		    (64 - 8 * size);
		ck_assert_int_eq(rp_flat_int(t, i, size, -7), got);
	}
	text = rp_flat_text(t, 1);
	ck_assert_uint_eq(text.len, draw(&seed) % 7);
	ck_assert_int_eq(memcmp(text.text, "a text", text.len), 0);
	ck_assert_int_eq(text.text[text.len], 0);
	v = rp_flat_vector(t, 2, 16);
	ck_assert_uint_eq(v.n, 3);
	ck_assert_uint_eq(v.at % 8, 0);
	for (uint32_t i = 0; i < 6; i++)
		ck_assert_int_eq(rp_flat_i64(&v, i), (int64_t)draw(&seed));
	v = rp_flat_vector(t, 3, 4);
	ck_assert_uint_eq(v.n, 2);
	for (uint32_t i = 0; i < 2 && depth > 0; i++) {
		child = rp_flat_element(&v, i);
		check_tree(&child, seed + i, depth - 1);
	}
	child = rp_flat_table(t, 0);
	ck_assert(rp_flat_is(&child) == (depth > 0));
	if (depth > 0)
		check_tree(&child, seed + 7, depth - 1);
}

START_TEST(test_flat)
{
	struct rp_flat_out out = { 0 };
	struct rp_flat_table root;
	struct rp_flat in;

	for (uint64_t seed = 1; seed < 200; seed++) {
		rp_flat_out_begin(&out);
		(void)put_tree(&out, seed, (int)(seed % 4));
		ck_assert(!out.failed);
		rp_flat_begin(&in, out.bytes.data, out.bytes.len);
		root = rp_flat_root(&in);
		check_tree(&root, seed, (int)(seed % 4));
		ck_assert_msg(in.why == NULL, "%s", in.why);
	}
	rp_flat_out_free(&out);
}
END_TEST

/* ---- bodies ---- */

static const struct rp_arrow_piece *
piece_of(const struct rp_arrow_part *p, size_t i)
{
	return (const struct rp_arrow_piece *)(const void *)p->pieces.data + i;
}

START_TEST(test_body)
{
	static const enum rp_codec codecs[] = { RP_CODEC_LZ4, RP_CODEC_ZSTD };
	struct rp_column c = { .kind = RP_COLUMN_UINT, .size = 8, .nulls = 3 };
	struct rp_arrow_part part = { 0 };
	const struct rp_arrow_piece *p;
	uint64_t seed = 1, values[1000] = { 0 };
	const uint8_t *data;

	c.values.data = (uint8_t *)values;
	c.values.len = sizeof(values);
	ck_ok(rp_arrow_part_encode(&part, &c, 1000, RP_CODEC_NONE, 0));
	ck_assert_uint_eq(part.nodes.len, sizeof(struct rp_arrow_node));
	ck_assert_uint_eq(part.pieces.len, 2 * sizeof(*p));
	ck_assert_uint_eq(piece_of(&part, 0)->len, 0);
	ck_assert_ptr_eq(
	    rp_arrow_piece_data(&part, piece_of(&part, 1)), values);
	for (size_t k = 0; k < RP_LEN(codecs); k++) {
		memset(values, 0, sizeof(values));
		ck_ok(rp_arrow_part_encode(&part, &c, 1000, codecs[k], 0));
		p = piece_of(&part, 1);
		ck_assert_uint_lt(p->len, 200);
		ck_assert_uint_eq(
		    rp_le64(rp_arrow_piece_data(&part, p)), sizeof(values));
		for (size_t i = 0; i < RP_LEN(values); i++)
			values[i] = draw(&seed);
		ck_ok(rp_arrow_part_encode(&part, &c, 1000, codecs[k], 0));
		p = piece_of(&part, 1);
		data = rp_arrow_piece_data(&part, p);
		ck_assert_uint_eq(p->len, 8 + sizeof(values));
		ck_assert_int_eq((int64_t)rp_le64(data), -1);
		ck_assert_int_eq(memcmp(data + 8, values, sizeof(values)), 0);
	}
	rp_arrow_part_free(&part);
}
END_TEST

/* The offsets of so many texts of one length, in a column's second piece. */
static size_t
check_offsets(struct rp_arrow_part *part, struct rp_codec_state *state,
    int32_t n, int32_t len, int level)
{
	struct rp_column c = { .kind = RP_COLUMN_TEXT };
	int32_t offsets[101], back[101];
	const struct rp_arrow_piece *p;
	const uint8_t *data;

	for (int32_t i = 0; i <= n; i++)
		offsets[i] = i * len;
	c.offsets.data = (uint8_t *)offsets;
	c.offsets.len = sizeof(*offsets) * ((size_t)n + 1);
	ck_ok(
	    rp_arrow_part_encode(part, &c, (uint64_t)n, RP_CODEC_ZSTD, level));
	p = piece_of(part, 1);
	data = rp_arrow_piece_data(part, p);
	ck_assert_uint_eq(rp_le64(data), c.offsets.len);
	ck_ok(rp_codec_decompress(state, RP_CODEC_ZSTD, data + 8, p->len - 8,
	    (uint8_t *)back, c.offsets.len));
	ck_assert_int_eq(memcmp(back, offsets, c.offsets.len), 0);
	return p->len;
}

/* They are compressed once, but anew for another number or length; at a level
 * that was asked for, always alike. */
START_TEST(test_steps)
{
	struct rp_arrow_part part = { 0 }, plain = { 0 };
	struct rp_codec_state state = { 0 };
	size_t first, later, asked;

	first = check_offsets(&part, &state, 100, 1, 0);
	asked = check_offsets(&plain, &state, 100, 1, 1);
	for (int i = 0; i < 20; i++) {
		later = check_offsets(&part, &state, 100, 1, 0);
		ck_assert_uint_eq(
		    check_offsets(&plain, &state, 100, 1, 1), asked);
	}
	ck_assert_uint_lt(later, first);
	(void)check_offsets(&part, &state, 99, 1, 0);
	(void)check_offsets(&part, &state, 99, 3, 0);
	(void)check_offsets(&part, &state, 100, 3, 0);
	ck_assert_uint_eq(check_offsets(&part, &state, 100, 1, 0), first);
	rp_codec_state_free(&state);
	rp_arrow_part_free(&part);
	rp_arrow_part_free(&plain);
}
END_TEST

/* ---- files ---- */

/* Each message begins, and each body, at a multiple of 64 but for the first;
 * magic at both ends. */
START_TEST(test_file)
{
	static const struct rp_arrow_entry entry = { "key", "text", 4 };
	const struct rp_arrow_meta meta = { &entry, 1 };
	struct rp_arrow_options options = { .codec = RP_CODEC_NONE };
	const struct rp_record *recs[2];
	struct rp_batch_style style = { .decimal_size = 16 };
	struct rp_cell_style cells = { 0 };
	struct rp_batch batch;
	struct rp_plan plan;
	struct rp_arrow *a;
	struct sample s;
	struct rp_out out;
	const uint8_t *p;
	size_t at = 8;
	int n = 0;

	sample_init(&s);
	rp_plan_init(&plan, &cells);
	rp_out_init(&out, -1, "out");
	ck_ok(rp_batch_init(&batch, rp_plan_row(&plan, RP_MBO), &style));
	a = rp_arrow_new(&out, &options, NULL);
	ck_assert_ptr_nonnull(a);
	ck_ok(rp_arrow_begin(a, batch.columns, batch.n, &meta));
	for (int i = 0; i < 3; i++) {
		recs[0] = s.record[MBO_BID];
		recs[1] = s.record[MBO_ASK];
		ck_ok(rp_batch_add(&batch, &s.frame, recs, i < 2 ? 2 : 0));
		ck_ok(rp_arrow_put(a, &batch));
		rp_batch_empty(&batch);
	}
	ck_ok(rp_arrow_finish(a, &meta));
	p = out.text.data;
	ck_assert_int_eq(memcmp(p, "ARROW1\0\0", 8), 0);
	ck_assert_int_eq(memcmp(p + out.text.len - 6, "ARROW1", 6), 0);
	while (rp_le32(p + at + 4) != 0) {
		struct rp_flat flat;
		struct rp_flat_table root;

		ck_assert_uint_eq(rp_le32(p + at), UINT32_MAX);
		rp_flat_begin(&flat, p + at + 8, rp_le32(p + at + 4));
		root = rp_flat_root(&flat);
		at += 8 + rp_le32(p + at + 4);
		ck_assert_uint_eq(at % RP_ARROW_ALIGN, 0);
		at += (size_t)rp_flat_int(&root, 3, 8, 0);
		ck_assert_uint_eq(at % RP_ARROW_ALIGN, 0);
		ck_assert_ptr_null(flat.why);
		n++;
	}
	/* the schema; a dictionary a column of words, once; two batches */
	ck_assert_int_eq(n, 1 + 5 + 2);
	rp_arrow_free(a);
	rp_batch_free(&batch);
	rp_plan_free(&plan);
	rp_out_free(&out);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_test(tc, test_flat);
	tcase_add_test(tc, test_body);
	tcase_add_test(tc, test_steps);
	tcase_add_test(tc, test_file);
}

int
main(void)
{
	return run_suite("arrow", add);
}
