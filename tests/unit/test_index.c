/* log/index: what the frames say, kept and brought back; nothing trusted. */
#include "base/hash.h"
#include "log/index.h"
#include "streams.h"

/* The index of a stream in memory. */
static void
index_stream(struct rp_index *x, const struct rp_buffer *b)
{
	struct rp_reader *r = rp_reader_memory(b->data, b->len, "t");
	struct rp_frame f;

	rp_index_clear(x);
	while (rp_reader_head(r, &f) == RP_OK)
		ck_ok(rp_index_add(x, &f));
	ck_assert_int_eq(rp_reader_error(r)->status, RP_OK);
	rp_reader_free(r);
}

/* Frames of different types and names, times that jump. */
static struct rp_buffer
varied_stream(uint64_t seed, uint32_t names, uint32_t records)
{
	struct rp_writer_options opt = { .frame_records = 50,
		.encoding = { RP_CODEC_LZ4, RP_LAYOUT_COLUMNS, 0 } };
	struct rp_buffer b = { 0 };
	struct rp_writer *w = rp_writer_memory(&b, &opt);
	char text[16];
	union record u;

	ck_ok(rp_writer_note(w, "a=b\n", 4));
	for (uint32_t i = 0; i < records; i++) {
		struct rp_label l;
		int len = snprintf(
		    text, sizeof(text), "S%u", (unsigned)(draw(&seed) % names));

		rp_label_init(&l,
		    draw(&seed) % 2 != 0 ? RP_NAME_SYMBOL : RP_NAME_SOURCE,
		    text, (size_t)len);
		plain_record(&u, i + 1);
		u.rec.type = (uint16_t)(draw(&seed) % 3);
		u.rec.len = u.rec.type == 1 ? 16 : (uint32_t)(i / 50 % 17);
		u.rec.ts_recv -= (int64_t)(draw(&seed) % 200) * 1000000000;
		ck_ok(rp_writer_add(w, &u.rec,
		    l.class == RP_NAME_SYMBOL ? &l : NULL,
		    l.class == RP_NAME_SOURCE ? &l : NULL));
	}
	ck_ok(rp_writer_finish(w, RP_END_LOSSY));
	rp_writer_free(w);
	return b;
}

static void
ck_names_of(const struct rp_frame *a, const struct rp_frame *b)
{
	ck_assert_uint_eq(a->n_names, b->n_names);
	for (uint32_t i = 0; i < a->n_names; i++) {
		ck_assert_uint_eq(a->names[i].hash, b->names[i].hash);
		ck_assert_uint_eq(a->names[i].class, b->names[i].class);
		ck_assert_uint_eq(a->names[i].records, b->names[i].records);
		ck_assert_uint_eq(a->names[i].len, b->names[i].len);
		ck_assert_int_eq(
		    memcmp(a->names[i].text, b->names[i].text, a->names[i].len),
		    0);
	}
}

static void
ck_frame_of(const struct rp_frame *a, const struct rp_frame *b)
{
	ck_assert_uint_eq(a->offset, b->offset);
	ck_assert_uint_eq(a->size, b->size);
	ck_assert_uint_eq(a->head.records, b->head.records);
	ck_assert_uint_eq(a->head.seq_min, b->head.seq_min);
	ck_assert_uint_eq(a->head.seq_max, b->head.seq_max);
	ck_assert_int_eq(a->head.ts_min, b->head.ts_min);
	ck_assert_int_eq(a->head.ts_max, b->head.ts_max);
	ck_assert_uint_eq(a->head.flags, b->head.flags);
	ck_assert_uint_eq(a->head.codec, b->head.codec);
	ck_assert_uint_eq(a->head.layout, b->head.layout);
	ck_assert_uint_eq(a->head.rec_sum, b->head.rec_sum);
	ck_assert_uint_eq(a->head.head_hash, b->head.head_hash);
	ck_assert_uint_eq(a->n_types, b->n_types);
	for (uint32_t i = 0; i < a->n_types; i++) {
		ck_assert_uint_eq(a->types[i].type, b->types[i].type);
		ck_assert_uint_eq(a->types[i].records, b->types[i].records);
	}
	ck_names_of(a, b);
}

/* Each DATA frame of the stream is what the index says of it. */
static void
ck_agrees(struct rp_index *x, const struct rp_buffer *b)
{
	struct rp_reader *r = rp_reader_memory(b->data, b->len, "t");
	struct rp_frame f, g;
	size_t i = 0;

	while (rp_reader_head(r, &f) == RP_OK) {
		if (f.head.kind != RP_DATA)
			continue;
		ck_assert_uint_lt(i, rp_index_frames(x));
		ck_ok(rp_index_frame(x, i, &g));
		ck_frame_of(&f, &g);
		i++;
	}
	ck_assert_uint_eq(i, rp_index_frames(x));
	ck_assert_uint_eq(x->segment_len, b->len);
	ck_assert(x->sealed);
	ck_assert_uint_eq(x->end.flags, RP_END_LOSSY);
	rp_reader_free(r);
}

START_TEST(indexes_come_back)
{
	struct rp_index x = { 0 }, y = { 0 };
	struct rp_buffer file = { 0 };

	for (uint64_t seed = 1; seed < 8; seed++) {
		struct rp_buffer b = varied_stream(
		    seed, 1 + (uint32_t)seed * seed * seed * 7, 3000);

		index_stream(&x, &b);
		ck_agrees(&x, &b);
		ck_ok(rp_index_encode(&x, &file));
		ck_ok(rp_index_decode(&y, file.data, file.len));
		ck_agrees(&y, &b);
		ck_assert_uint_eq(x.first_hash, y.first_hash);
		ck_assert_uint_eq(x.last_hash, y.last_hash);
		ck_assert_int_eq(
		    memcmp(&x.range, &y.range, sizeof(x.range)), 0);
		ck_ok(rp_index_decode_head(&y, file.data, RP_INDEX_HEAD));
		ck_assert_int_eq(
		    memcmp(&x.range, &y.range, sizeof(x.range)), 0);
		rp_buffer_free(&b);
	}
	rp_index_free(&x);
	rp_index_free(&y);
	rp_index_free(NULL);
	rp_buffer_free(&file);
}
END_TEST

START_TEST(an_empty_segment)
{
	struct rp_buffer b = plain_stream(0, 0, NULL), file = { 0 };
	struct rp_index x = { 0 }, y = { 0 };

	index_stream(&x, &b);
	ck_assert_uint_eq(rp_index_frames(&x), 0);
	ck_assert(x.sealed);
	ck_assert_uint_gt(x.range.seq_min, x.range.seq_max);
	ck_ok(rp_index_encode(&x, &file));
	ck_ok(rp_index_decode(&y, file.data, file.len));
	ck_assert_uint_gt(y.range.seq_min, y.range.seq_max);
	rp_index_free(&x);
	rp_index_free(&y);
	rp_buffer_free(&b);
	rp_buffer_free(&file);
}
END_TEST

/* Hash an index file anew, so that the checks behind the hashes are reached. */
static void
hash_again(struct rp_buffer *file)
{
	rp_put64(file->data + 152,
	    rp_hash(file->data + RP_INDEX_HEAD, file->len - RP_INDEX_HEAD));
	rp_put64(file->data + 160, rp_hash(file->data, 160));
}

START_TEST(any_bit_is_hashed)
{
	struct rp_buffer b = varied_stream(1, 5, 200), file = { 0 };
	struct rp_index x = { 0 };

	index_stream(&x, &b);
	ck_ok(rp_index_encode(&x, &file));
	for (size_t bit = 0; bit < 8 * file.len; bit++) {
		file.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
		ck_assert_int_eq(
		    rp_index_decode(&x, file.data, file.len), RP_ERR_CORRUPT);
		file.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	for (size_t len = 0; len < file.len; len++)
		ck_assert_int_eq(
		    rp_index_decode(&x, file.data, len), RP_ERR_CORRUPT);
	ck_ok(rp_index_decode(&x, file.data, file.len));
	rp_index_free(&x);
	rp_buffer_free(&b);
	rp_buffer_free(&file);
}
END_TEST

/* Whatever it says, each frame of it can be looked at. */
static void
visit(struct rp_index *x)
{
	struct rp_frame f;

	for (size_t i = 0; i < rp_index_frames(x); i++) {
		ck_ok(rp_index_frame(x, i, &f));
		ck_assert_uint_le(f.offset + f.size, x->segment_len);
		ck_assert_uint_le(f.head.codec, RP_CODEC_ZSTD);
		ck_assert_uint_le(f.head.layout, RP_LAYOUT_COLUMNS);
	}
}

START_TEST(hostile_indexes)
{
	static const uint8_t bad[] = { 0xff, 0x80, 0x01, 0x7f };
	struct rp_buffer b = varied_stream(1, 5, 300), file = { 0 };
	struct rp_index x = { 0 };
	unsigned refused = 0;

	index_stream(&x, &b);
	ck_ok(rp_index_encode(&x, &file));
	for (size_t at = 8; at < file.len; at++)
		for (size_t k = 0; k < RP_LEN(bad); k++) {
			uint8_t was = file.data[at];

			if (at >= 152 && at < RP_INDEX_HEAD)
				continue;
			file.data[at] ^= bad[k];
			hash_again(&file);
			if (rp_index_decode(&x, file.data, file.len) == RP_OK)
				visit(&x);
			else
				refused++;
			file.data[at] = was;
		}
	ck_assert_uint_gt(refused, 500);
	rp_index_free(&x);
	rp_buffer_free(&b);
	rp_buffer_free(&file);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_test(tc, indexes_come_back);
	tcase_add_test(tc, an_empty_segment);
	tcase_add_test(tc, any_bit_is_hashed);
	tcase_add_test(tc, hostile_indexes);
}

int
main(void)
{
	return run_suite("index", add);
}
