/* wire/frame: headers, bodies, ENDs, and every field of a header gone wrong. */
#include "base/hash.h"
#include "streams.h"

/* Fields of a header, by offset and bytes. */
static const struct field {
	const char *name;
	uint8_t at, size;
} fields[] = { { "magic", 0, 4 }, { "kind", 4, 1 }, { "codec", 5, 1 },
	{ "layout", 6, 1 }, { "head_words", 7, 1 }, { "flags", 8, 4 },
	{ "dir_len", 12, 4 }, { "body_len", 16, 4 }, { "raw_len", 20, 4 },
	{ "records", 24, 4 }, { "mid_len", 28, 4 }, { "seq_min", 32, 8 },
	{ "seq_max", 40, 8 }, { "ts_min", 48, 8 }, { "ts_max", 56, 8 },
	{ "rec_sum", 64, 8 }, { "body_hash", 72, 8 }, { "dir_hash", 80, 8 } };

static void
hash_again(uint8_t *head)
{
	size_t len = head[7] * 8u;
	uint8_t copy[RP_FRAME_HEAD_MAX];

	if (len < RP_FRAME_HEAD || len > RP_FRAME_HEAD_MAX)
		len = RP_FRAME_HEAD;
	memcpy(copy, head, len);
	memset(copy + 88, 0, 8);
	rp_put64(head + 88, rp_hash(copy, len));
}

static uint64_t
load(const uint8_t *p, size_t size)
{
	uint64_t v = 0;

	memcpy(&v, p, size);
	return v;
}

static void
store(uint8_t *p, size_t size, uint64_t v)
{
	memcpy(p, &v, size);
}

/* What the first frame of a stream comes to, decoded. */
static enum rp_status
first_frame(const void *p, size_t len)
{
	struct rp_reader *r = rp_reader_memory(p, len, "t");
	struct rp_frame f;
	enum rp_status st;

	rp_reader_verify_sums(r, true);
	st = rp_reader_next(r, &f);
	rp_reader_free(r);
	return st;
}

/* A stream that begins with a DATA frame of two records. */
static struct rp_buffer
data_stream(const struct rp_encoding *enc)
{
	struct rp_writer_options opt = { 0 };
	struct rp_buffer b = { 0 };
	struct rp_writer *w;

	if (enc != NULL)
		opt.encoding = *enc;
	w = rp_writer_memory(&b, &opt);
	add_records(w, 5, enc != NULL ? 105 : 6);
	ck_ok(rp_writer_finish(w, 0));
	rp_writer_free(w);
	return b;
}

static void
ck_each_field(const struct rp_encoding *enc)
{
	static const uint64_t step[] = { 1, UINT64_MAX, UINT64_C(1) << 31,
		UINT64_C(1) << 63, 8, 0x0101010101010101 };
	struct rp_buffer b = data_stream(enc);

	ck_ok(first_frame(b.data, b.len));
	for (size_t i = 0; i < RP_LEN(fields); i++)
		for (size_t k = 0; k < RP_LEN(step); k++) {
			const struct field *f = &fields[i];
			uint64_t was = load(b.data + f->at, f->size);
			enum rp_status st;

			store(b.data + f->at, f->size, was + step[k]);
			if (load(b.data + f->at, f->size) == was)
				continue;
			hash_again(b.data);
			st = first_frame(b.data, b.len);
			/* less may be claimed of the order, and what is 2^31
			 * off in the flags is unsupported */
			if (strcmp(f->name, "flags") != 0 &&
			    st != RP_ERR_CORRUPT && st != RP_ERR_UNSUPPORTED &&
			    st != RP_ERR_TRUNCATED && st != RP_ERR_ABORTED)
				ck_abort_msg("%s + %llx: status %d", f->name,
				    (unsigned long long)step[k], st);
			store(b.data + f->at, f->size, was);
			hash_again(b.data);
		}
	ck_ok(first_frame(b.data, b.len));
	rp_buffer_free(&b);
}

START_TEST(each_header_field_is_checked)
{
	static const struct rp_encoding enc[] = { { RP_CODEC_NONE,
						      RP_LAYOUT_ROWS, 0 },
		{ RP_CODEC_NONE, RP_LAYOUT_COLUMNS, 0 },
		{ RP_CODEC_LZ4, RP_LAYOUT_ROWS, 0 },
		{ RP_CODEC_LZ4, RP_LAYOUT_COLUMNS, 0 },
		{ RP_CODEC_ZSTD, RP_LAYOUT_ROWS, 3 },
		{ RP_CODEC_ZSTD, RP_LAYOUT_COLUMNS, 1 } };

	ck_each_field(NULL);
	for (size_t i = 0; i < RP_LEN(enc); i++)
		ck_each_field(&enc[i]);
}
END_TEST

START_TEST(each_bit_of_a_header_is_hashed)
{
	struct rp_buffer b = data_stream(NULL);

	for (size_t bit = 0; bit < 8 * RP_FRAME_HEAD; bit++) {
		b.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
		ck_assert_int_ne(first_frame(b.data, b.len), RP_OK);
		b.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	rp_buffer_free(&b);
}
END_TEST

START_TEST(headers_come_back)
{
	uint64_t seed = 1;
	uint8_t bytes[RP_FRAME_HEAD], again[RP_FRAME_HEAD];

	for (int i = 0; i < 1000; i++) {
		uint32_t raw = 64 + 8 * (uint32_t)(draw(&seed) % 1000);
		struct rp_frame_head back,
		    h = { .kind = RP_DATA,
			    .flags = (uint32_t)draw(&seed) & 0xffff,
			    .dir_len = 8 * (uint32_t)(draw(&seed) % 100),
			    .body_len = raw,
			    .raw_len = raw,
			    .mid_len = raw,
			    .records = 1 + (uint32_t)draw(&seed) % 2,
			    .seq_max = draw(&seed),
			    .ts_min = INT64_MIN,
			    .ts_max = (int64_t)draw(&seed),
			    .rec_sum = draw(&seed),
			    .body_hash = draw(&seed),
			    .dir_hash = draw(&seed) };

		rp_head_encode(&h, bytes);
		ck_ok(rp_head_decode(&back, bytes, sizeof(bytes), NULL));
		rp_head_encode(&back, again);
		ck_assert_int_eq(memcmp(bytes, again, sizeof(bytes)), 0);
		ck_assert_uint_eq(back.head_hash, h.head_hash);
		ck_assert_uint_eq(rp_head_size(&h), 96 + h.dir_len + raw);
	}
}
END_TEST

START_TEST(long_headers_need_their_bytes)
{
	struct rp_frame_head h = { .kind = RP_NOTE };
	uint8_t bytes[RP_FRAME_HEAD_MAX] = { 0 };

	rp_head_encode(&h, bytes);
	bytes[7] = RP_FRAME_HEAD_MAX / 8;
	hash_again(bytes);
	ck_assert_int_eq(
	    rp_head_decode(&h, bytes, RP_FRAME_HEAD, NULL), RP_EMPTY);
	ck_assert_uint_eq(h.head_len, RP_FRAME_HEAD_MAX);
	ck_assert_int_eq(
	    rp_head_decode(&h, bytes, RP_FRAME_HEAD_MAX - 1, NULL), RP_EMPTY);
	ck_ok(rp_head_decode(&h, bytes, RP_FRAME_HEAD_MAX, NULL));
	h.flags |= RP_FRAME_THINNED;
	rp_head_patch(&h, bytes);
	ck_ok(rp_head_decode(&h, bytes, RP_FRAME_HEAD_MAX, NULL));
	ck_assert_uint_eq(h.flags, RP_FRAME_THINNED);
}
END_TEST

START_TEST(ends_come_back)
{
	struct rp_end back,
	    end = { 1, UINT64_MAX, 3, 4, UINT64_C(1) << 60, RP_END_LOSSY };
	uint8_t p[RP_END_PAYLOAD], again[RP_END_PAYLOAD];

	rp_end_encode(&end, p);
	ck_ok(rp_end_decode(&back, p, NULL));
	rp_end_encode(&back, again);
	ck_assert_int_eq(memcmp(p, again, sizeof(p)), 0);
	for (size_t i = 44; i < RP_END_PAYLOAD; i++) {
		p[i] = 1;
		ck_assert_int_eq(rp_end_decode(&back, p, NULL), RP_ERR_CORRUPT);
		p[i] = 0;
	}
}
END_TEST

START_TEST(what_cannot_shrink_is_stored)
{
	struct rp_encoding enc = { RP_CODEC_ZSTD, RP_LAYOUT_COLUMNS, 1 };
	struct rp_writer_options opt = { .encoding = enc };
	struct rp_buffer b = { 0 };
	struct rp_writer *w = rp_writer_memory(&b, &opt);
	struct rp_frame_head h;
	uint64_t seed = 1;
	union record u;
	struct outcome o;

	plain_record(&u, 1);
	u.rec.len = 8;
	rp_put64(u.rec.payload, draw(&seed));
	ck_ok(rp_writer_add(w, &u.rec, NULL, NULL));
	ck_ok(rp_writer_finish(w, 0));
	ck_ok(rp_head_decode(&h, b.data, b.len, NULL));
	ck_assert_int_eq(h.codec, RP_CODEC_NONE);
	ck_assert_int_eq(h.layout, RP_LAYOUT_ROWS);
	ck_assert_uint_eq(h.body_len, h.raw_len);
	o = read_bytes(b.data, b.len);
	ck_assert_int_eq(o.status, RP_END);
	rp_writer_free(w);
	rp_buffer_free(&b);
}
END_TEST

START_TEST(sums_see_what_they_should)
{
	struct rp_label symbol, source;
	union record u;
	uint64_t h;

	plain_record(&u, 7);
	rp_label_init(&symbol, RP_NAME_SYMBOL, "A", 1);
	rp_label_init(&source, RP_NAME_SOURCE, "B", 1);
	h = rp_record_hash(&u.rec, symbol.hash, source.hash);
	/* neither seq nor the index of a name */
	u.rec.seq++;
	u.rec.symbol = 3;
	ck_assert_uint_eq(rp_record_hash(&u.rec, symbol.hash, source.hash), h);
	/* but which is which, time, flags, type and payload */
	ck_assert_uint_ne(rp_record_hash(&u.rec, source.hash, symbol.hash), h);
	ck_assert_uint_ne(rp_record_hash(&u.rec, symbol.hash, 0), h);
	for (size_t at = 16; at < 32 + 16; at++) {
		if (at >= 16 && at < 20)
			continue; /* the length, which says how much there is */
		u.bytes[at] ^= 1;
		ck_assert_uint_ne(
		    rp_record_hash(&u.rec, symbol.hash, source.hash), h);
		u.bytes[at] ^= 1;
	}
	/* the formula of rp-stream(5) */
	ck_assert_uint_eq(h,
	    rp_hash_seed(u.bytes + 16, 32,
		rp_hash("A", 1) ^ rp_rotl64(rp_hash("B", 1), 32)));
	ck_assert_uint_eq(
	    rp_chain(0, 1), rp_hash("\0\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0", 16));
}
END_TEST

START_TEST(too_long_a_note)
{
	struct rp_frame_head h = { .kind = RP_NOTE };
	struct rp_buffer b = { 0 };
	char *text = calloc(1, RP_MAX_NOTE + 1);

	ck_ok(rp_frame_encode_other(&b, &h, text, RP_MAX_NOTE));
	ck_assert_int_eq(
	    rp_frame_encode_other(&b, &h, text, RP_MAX_NOTE + 1), RP_ERR_LIMIT);
	free(text);
	rp_buffer_free(&b);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_test(tc, each_header_field_is_checked);
	tcase_add_test(tc, each_bit_of_a_header_is_hashed);
	tcase_add_test(tc, headers_come_back);
	tcase_add_test(tc, long_headers_need_their_bytes);
	tcase_add_test(tc, ends_come_back);
	tcase_add_test(tc, what_cannot_shrink_is_stored);
	tcase_add_test(tc, sums_see_what_they_should);
	tcase_add_test(tc, too_long_a_note);
}

int
main(void)
{
	return run_suite("frame", add);
}
