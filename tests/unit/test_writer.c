/* wire/writer: how records become frames, and frames pass. */
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "streams.h"

/* Random records of many names, types and lengths, copied or made in place. */
static void
add_mixture(struct rp_writer *w, uint64_t seed, uint64_t n, bool in_place)
{
	static const char texts[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
	struct rp_label labels[2][20];
	struct rp_record *r;
	union record u;

	for (uint32_t i = 0; i < 20; i++) {
		rp_label_init(
		    &labels[0][i], RP_NAME_SYMBOL, texts + i, 1 + i % 5);
		rp_label_init(
		    &labels[1][i], RP_NAME_SOURCE, texts + i, 1 + i % 5);
	}
	for (uint64_t i = 0; i < n; i++) {
		plain_record(&u, i + 1);
		u.rec.type = (uint16_t)(draw(&seed) % 5);
		u.rec.len = (uint32_t)(draw(&seed) % 60);
		u.rec.flags = (uint16_t)draw(&seed);
		u.rec.ts_recv += (int64_t)(draw(&seed) % 5) * 1000000000;
		for (uint32_t k = 0; k < u.rec.len; k++)
			u.rec.payload[k] = (uint8_t)draw(&seed);
		/* padding is the writer's: whatever stands there */
		u.rec.payload[u.rec.len] = 0xee;
		r = &u.rec;
		if (in_place) {
			/* what is not added leaves nothing behind */
			memset(rp_writer_place(w, 200), 0xee, 200);
			r = rp_writer_place(w, 60);
			memcpy(r, &u, sizeof(*r) + u.rec.len);
		}
		ck_ok(rp_writer_add(w, r,
		    draw(&seed) % 4 != 0 ? &labels[0][draw(&seed) % 20] : NULL,
		    draw(&seed) % 4 != 0 ? &labels[1][draw(&seed) % 20]
					 : NULL));
	}
}

static struct rp_buffer
mixture(uint64_t seed, uint64_t n, const struct rp_writer_options *opt)
{
	struct rp_buffer b = { 0 };
	struct rp_writer *w = rp_writer_memory(&b, opt);

	add_mixture(w, seed, n, false);
	ck_ok(rp_writer_finish(w, 0));
	ck_assert_uint_eq(rp_writer_bytes(w), b.len);
	ck_assert_uint_eq(rp_writer_totals(w)->records, n);
	rp_writer_free(w);
	return b;
}

START_TEST(records_are_made_in_place)
{
	static const struct rp_writer_options opts[] = { { .threads = 0 },
		{ .frame_records = 7 }, { .threads = 3, .frame_raw = 5000 } };

	for (size_t i = 0; i < RP_LEN(opts); i++) {
		struct rp_buffer copied = mixture(i, 3000, &opts[i]), b = { 0 };
		struct rp_writer *w = rp_writer_memory(&b, &opts[i]);
		struct outcome want = read_bytes(copied.data, copied.len), o;

		add_mixture(w, i, 3000, true);
		ck_ok(rp_writer_finish(w, 0));
		o = read_bytes(b.data, b.len);
		ck_same(&want, &o);
		rp_writer_free(w);
		rp_buffer_free(&copied);
		rp_buffer_free(&b);
	}
}
END_TEST

START_TEST(encodings_agree)
{
	static const struct rp_writer_options opts[] = { { .threads = 0 },
		{ .frame_records = 1 }, { .frame_records = 7 },
		{ .frame_raw = 1 }, { .frame_raw = 4096 },
		{ .frame_raw = UINT32_MAX },
		{ .encoding = { RP_CODEC_LZ4, RP_LAYOUT_ROWS, 0 } },
		{ .encoding = { RP_CODEC_LZ4, RP_LAYOUT_COLUMNS, 9 } },
		{ .encoding = { RP_CODEC_ZSTD, RP_LAYOUT_COLUMNS, 0 },
		    .frame_raw = 10000 },
		{ .encoding = { RP_CODEC_ZSTD, RP_LAYOUT_ROWS, -5 } },
		{ .encoding = { RP_CODEC_NONE, RP_LAYOUT_COLUMNS, 0 } } };

	for (uint64_t seed = 1; seed < 4; seed++) {
		struct rp_buffer first = mixture(seed, 3000, NULL);
		struct outcome want = read_bytes(first.data, first.len);

		ck_assert_int_eq(want.status, RP_END);
		ck_assert_uint_eq(want.records, 3000);
		for (size_t i = 0; i < RP_LEN(opts); i++) {
			struct rp_buffer b = mixture(seed, 3000, &opts[i]);
			struct outcome o = read_bytes(b.data, b.len);

			ck_same(&want, &o);
			rp_buffer_free(&b);
		}
		rp_buffer_free(&first);
	}
}
END_TEST

START_TEST(threads_change_no_byte)
{
	struct rp_writer_options opt = { .frame_raw = 20000,
		.encoding = { RP_CODEC_ZSTD, RP_LAYOUT_COLUMNS, 1 } };
	struct rp_buffer one = mixture(3, 20000, &opt);

	for (opt.threads = 2; opt.threads <= 8; opt.threads *= 2) {
		struct rp_buffer b = mixture(3, 20000, &opt);

		ck_assert_uint_eq(b.len, one.len);
		ck_assert_int_eq(memcmp(b.data, one.data, b.len), 0);
		rp_buffer_free(&b);
	}
	rp_buffer_free(&one);
}
END_TEST

START_TEST(frames_are_of_the_size_asked_for)
{
	struct rp_writer_options opt = { .frame_raw = 10000,
		.frame_records = 150 };
	struct rp_buffer b = { 0 };
	struct rp_writer *w = rp_writer_memory(&b, &opt);
	struct rp_reader *r;
	struct rp_frame f;

	add_records(w, 1, 1000); /* of 48 bytes */
	ck_ok(rp_writer_finish(w, 0));
	r = rp_reader_memory(b.data, b.len, "t");
	for (uint64_t left = 1000; left > 0; left -= f.head.records) {
		ck_ok(rp_reader_next(r, &f));
		ck_assert_uint_eq(f.head.records, left < 150 ? left : 150);
	}
	rp_reader_free(r);
	rp_writer_free(w);
	rp_buffer_free(&b);
}
END_TEST

/* ---- limits ---- */

START_TEST(jumbo_records)
{
	const size_t most = RP_MAX_RAW_JUMBO - sizeof(struct rp_record);
	struct rp_record *rec = calloc(1, RP_MAX_RAW_JUMBO + 64);
	static const struct rp_encoding enc[] = { { 0, 0, 0 },
		{ RP_CODEC_LZ4, RP_LAYOUT_COLUMNS, 0 } };

	rec->type = 5000;
	for (size_t i = 0; i < RP_LEN(enc); i++) {
		struct rp_writer_options opt = { .encoding = enc[i] };
		struct rp_buffer b = { 0 };
		struct rp_writer *w = rp_writer_memory(&b, &opt);
		struct outcome o;

		rec->len = 8;
		ck_ok(rp_writer_add(w, rec, NULL, NULL));
		rec->len = (2 << 20) + 3; /* larger than a frame is made */
		ck_ok(rp_writer_add(w, rec, NULL, NULL));
		rec->len = RP_MAX_RAW - sizeof(*rec); /* as large as may be */
		ck_ok(rp_writer_add(w, rec, NULL, NULL));
		rec->len++; /* JUMBO */
		ck_ok(rp_writer_add(w, rec, NULL, NULL));
		rec->len = (uint32_t)most;
		ck_ok(rp_writer_add(w, rec, NULL, NULL));
		rec->len = 8;
		ck_ok(rp_writer_add(w, rec, NULL, NULL));
		ck_ok(rp_writer_finish(w, 0));
		rp_writer_free(w);
		o = read_bytes(b.data, b.len);
		ck_assert_int_eq(o.status, RP_END);
		ck_assert_uint_eq(o.records, 6);
		ck_assert_uint_eq(o.frames, 7); /* with END */
		w = rp_writer_memory(&b, &opt);
		rec->len = (uint32_t)most + 1;
		ck_assert_int_eq(
		    rp_writer_add(w, rec, NULL, NULL), RP_ERR_LIMIT);
		ck_assert_int_eq(rp_writer_finish(w, 0), RP_ERR_LIMIT);
		rp_writer_free(w);
		rp_buffer_free(&b);
	}
	free(rec);
}
END_TEST

/* As many names as given, each of len bytes, with two types in turn. */
static void
ck_names(uint32_t n, uint32_t len, uint64_t least_frames)
{
	struct rp_writer_options opt = { .frame_raw = RP_MAX_RAW };
	struct rp_buffer b = { 0 };
	struct rp_writer *w = rp_writer_memory(&b, &opt);
	char text[RP_MAX_NAME + 1];
	struct outcome o;
	union record u;

	for (uint32_t i = 0; i < n; i++) {
		struct rp_label symbol, source;
		struct rp_record *made = rp_writer_place(w, 0);

		snprintf(text, sizeof(text), "%0*u", (int)len, i);
		rp_label_init(&symbol, RP_NAME_SYMBOL, text, len);
		rp_label_init(&source, RP_NAME_SOURCE, text, len);
		plain_record(&u, i + 1);
		u.rec.type = (uint16_t)(i / 3);
		u.rec.len = 0;
		*made = u.rec;
		ck_ok(rp_writer_add(w, made, &symbol, &source));
	}
	ck_ok(rp_writer_finish(w, 0));
	rp_writer_free(w);
	o = read_bytes(b.data, b.len);
	ck_assert_int_eq(o.status, RP_END);
	ck_assert_uint_eq(o.records, n);
	ck_assert_uint_ge(o.frames, least_frames);
	rp_buffer_free(&b);
}

START_TEST(a_full_directory_splits_frames)
{
	ck_names(200, 5, 2); /* 67 types */
	ck_names(40000, 5, 40000 / 3 / RP_MAX_TYPES);
	ck_names(5000, RP_MAX_NAME, 3);
}
END_TEST

START_TEST(more_names_than_a_frame_holds)
{
	struct rp_writer_options opt = { .frame_raw = RP_MAX_RAW };
	struct rp_buffer b = { 0 };
	struct rp_writer *w = rp_writer_memory(&b, &opt);
	char text[16];
	struct outcome o;
	union record u;

	for (uint32_t i = 0; i < RP_MAX_NAMES + 10; i++) {
		struct rp_label l;
		int len = snprintf(text, sizeof(text), "%x", i);

		rp_label_init(&l, RP_NAME_SYMBOL, text, (size_t)len);
		plain_record(&u, i + 1);
		ck_ok(rp_writer_add(w, &u.rec, &l, NULL));
	}
	ck_ok(rp_writer_finish(w, 0));
	rp_writer_free(w);
	o = read_bytes(b.data, b.len);
	ck_assert_int_eq(o.status, RP_END);
	ck_assert_uint_eq(o.records, RP_MAX_NAMES + 10);
	rp_buffer_free(&b);
}
END_TEST

/* ---- whole frames ---- */

/* Copy a stream frame by frame: pass if its bit of how is 0, recode or put. */
static struct rp_buffer
copy(const struct rp_buffer *in, const struct rp_writer_options *opt,
    unsigned how)
{
	struct rp_reader *r = rp_reader_memory(in->data, in->len, "t");
	struct rp_buffer b = { 0 };
	struct rp_writer *w = rp_writer_memory(&b, opt);
	const struct rp_record *rec;
	struct rp_frame f;
	enum rp_status st;

	while ((st = rp_reader_next(r, &f)) == RP_OK) {
		if (f.head.kind == RP_END_FRAME)
			continue;
		if (f.head.kind != RP_DATA || how == 0) {
			ck_ok(rp_writer_pass(w, &f));
		} else if (how == 1) {
			ck_ok(rp_writer_recode(w, &f));
		} else {
			for (rec = rp_frame_next(&f, NULL); rec != NULL;
			     rec = rp_frame_next(&f, rec))
				ck_ok(rp_writer_put(w, &f, rec));
		}
	}
	ck_assert_int_eq(st, RP_END);
	ck_ok(rp_writer_finish(w, 0));
	rp_writer_free(w);
	rp_reader_free(r);
	return b;
}

START_TEST(frames_are_copied)
{
	static const struct rp_writer_options opts[] = { { .threads = 0 },
		{ .encoding = { RP_CODEC_LZ4, RP_LAYOUT_COLUMNS, 0 } },
		{ .encoding = { RP_CODEC_ZSTD, RP_LAYOUT_ROWS, 0 },
		    .threads = 3 },
		{ .frame_records = 17 } };

	for (size_t i = 0; i < RP_LEN(opts); i++) {
		struct rp_buffer in = mixture(i, 3000, &opts[i]);
		struct outcome want = read_bytes(in.data, in.len), o;

		for (size_t k = 0; k < RP_LEN(opts); k++)
			for (unsigned how = 0; how < 3; how++) {
				struct rp_buffer b = copy(&in, &opts[k], how);

				o = read_bytes(b.data, b.len);
				ck_same(&want, &o);
				if (how == 0) {
					/* not a byte changed */
					ck_assert_uint_eq(b.len, in.len);
					ck_assert_int_eq(
					    memcmp(b.data, in.data, b.len), 0);
				}
				rp_buffer_free(&b);
			}
		rp_buffer_free(&in);
	}
}
END_TEST

enum { PARTS = 3 };

/* Records of f to lists, each to one of them by a draw. */
static void
pick(const struct rp_frame *f, uint64_t *seed, struct rp_picked p[PARTS],
    uint32_t at[PARTS][3000])
{
	memset(p, 0, PARTS * sizeof(*p));
	for (const struct rp_record *r = rp_frame_next(f, NULL); r != NULL;
	     r = rp_frame_next(f, r)) {
		unsigned to = draw(seed) % 7 % PARTS;

		at[to][p[to].n++] = (uint32_t)((const uint8_t *)r - f->rows);
		p[to].size += rp_record_size(r);
		p[to].at = at[to];
	}
}

/* Deal a stream out to PARTS, in one pass over the picked or one by one. */
static void
deal(const struct rp_buffer *in, const struct rp_writer_options *opt,
    bool picked, struct rp_buffer out[PARTS])
{
	struct rp_reader *r = rp_reader_memory(in->data, in->len, "t");
	static uint32_t at[PARTS][3000];
	struct rp_writer *w[PARTS];
	struct rp_picked p[PARTS];
	uint64_t seed = 7;
	struct rp_frame f;
	enum rp_status st;

	for (unsigned i = 0; i < PARTS; i++)
		w[i] = rp_writer_memory(&out[i], opt);
	while ((st = rp_reader_next(r, &f)) == RP_OK) {
		uint64_t left = f.head.rec_sum;

		if (f.head.kind != RP_DATA)
			continue;
		pick(&f, &seed, p, at);
		for (unsigned i = 0; i < PARTS; i++) {
			for (uint32_t k = 0; k < p[i].n && !picked; k++)
				ck_ok(rp_writer_put(w[i], &f,
				    (const struct rp_record *)(f.rows +
					p[i].at[k])));
			if (!picked)
				continue;
			/* the sum of the last is what the others left */
			p[i].summed =
			    i + 1 == PARTS && p[0].summed && p[1].summed;
			p[i].sum = left;
			ck_ok(rp_writer_put_picked(w[i], &f, &p[i]));
			left -= p[i].summed ? p[i].sum : 0;
		}
	}
	ck_assert_int_eq(st, RP_END);
	for (unsigned i = 0; i < PARTS; i++) {
		ck_ok(rp_writer_finish(w[i], 0));
		rp_writer_free(w[i]);
	}
	rp_reader_free(r);
}

START_TEST(picked_records_are_put)
{
	static const struct rp_writer_options opts[] = { { .threads = 0 },
		{ .frame_raw = 4096 }, { .frame_raw = 50 },
		{ .frame_records = 17 }, { .assign_seq = 5 },
		{ .encoding = { RP_CODEC_LZ4, RP_LAYOUT_COLUMNS, 0 } } };

	for (size_t i = 0; i < RP_LEN(opts); i++) {
		struct rp_writer_options in_opt = { .frame_raw = 30000 };
		struct rp_buffer in = mixture(i, 3000, &in_opt);
		struct rp_buffer one[PARTS] = { 0 }, all[PARTS] = { 0 };
		struct outcome want, got;

		deal(&in, &opts[i], false, one);
		deal(&in, &opts[i], true, all);
		for (unsigned k = 0; k < PARTS; k++) {
			want = read_bytes(one[k].data, one[k].len);
			got = read_bytes(all[k].data, all[k].len);
			ck_assert_uint_gt(want.records, 100);
			ck_same(&want, &got);
			rp_buffer_free(&one[k]);
			rp_buffer_free(&all[k]);
		}
		rp_buffer_free(&in);
	}
}
END_TEST

START_TEST(seqs_are_assigned)
{
	struct rp_buffer in = mixture(1, 1000, NULL);

	for (unsigned how = 0; how < 3; how++)
		for (int threads = 1; threads < 4; threads += 2) {
			struct rp_writer_options opt = { .assign_seq = 5000,
				.threads = threads,
				.frame_records = 100 };
			struct rp_buffer b = copy(&in, &opt, how);
			struct rp_reader *r =
			    rp_reader_memory(b.data, b.len, "t");
			const struct rp_record *rec = NULL;
			uint64_t seq = 5000;
			struct rp_frame f;

			while (rp_reader_next(r, &f) == RP_OK) {
				if (f.head.kind != RP_DATA)
					continue;
				ck_assert_uint_ne(
				    f.head.flags & RP_FRAME_SEQ_DENSE, 0);
				while ((rec = rp_frame_next(&f, rec)) != NULL)
					ck_assert_uint_eq(rec->seq, seq++);
			}
			ck_assert_uint_eq(seq, 6000);
			rp_reader_free(r);
			rp_buffer_free(&b);
		}
	rp_buffer_free(&in);
}
END_TEST

START_TEST(passing_keeps_what_is_not_known)
{
	struct rp_frame_head h = { .kind = 7 };
	struct rp_buffer one = { 0 }, in = { 0 }, out;
	struct rp_writer *w = rp_writer_memory(&in, NULL);
	struct rp_reader *r;
	struct rp_frame f;

	ck_ok(rp_writer_finish(w, 0));
	rp_writer_free(w);
	in.len = 0; /* the END would have to know of it */
	ck_ok(rp_frame_encode_other(&one, &h, "later", 5));
	ck_ok(rp_buffer_add(&in, one.data, one.len));
	r = rp_reader_memory(in.data, in.len, "t");
	ck_ok(rp_reader_next(r, &f));
	out = (struct rp_buffer){ 0 };
	w = rp_writer_memory(&out, NULL);
	ck_ok(rp_writer_pass(w, &f));
	ck_assert_uint_eq(out.len, one.len);
	ck_assert_int_eq(memcmp(out.data, one.data, one.len), 0);
	ck_ok(rp_writer_finish(w, 0));
	ck_assert_int_eq(read_bytes(out.data, out.len).status, RP_END);
	rp_writer_free(w);
	rp_reader_free(r);
	rp_buffer_free(&one);
	rp_buffer_free(&in);
	rp_buffer_free(&out);
}
END_TEST

/* ---- THINNED ---- */

START_TEST(thinned_stays)
{
	struct rp_writer_options thin = { .thinned = true,
		.frame_records = 10 };
	struct rp_buffer whole = plain_stream(20, 10, NULL), in = { 0 };
	struct rp_buffer thinned = mixture(1, 20, &thin);

	ck_ok(rp_buffer_add(&in, thinned.data, thinned.len));
	ck_ok(rp_buffer_add(&in, whole.data, whole.len));
	for (unsigned how = 0; how < 3; how++) {
		/* what follows a thinned frame is of a thinned stream */
		struct rp_buffer b = copy(&in, NULL, how);
		struct rp_reader *r = rp_reader_memory(b.data, b.len, "t");
		struct rp_frame f;

		while (rp_reader_next(r, &f) == RP_OK)
			if (f.head.kind == RP_DATA)
				ck_assert_uint_ne(
				    f.head.flags & RP_FRAME_THINNED, 0);
		ck_assert_int_eq(rp_reader_error(r)->status, RP_OK);
		ck_assert_uint_eq(rp_reader_end_flags(r), RP_END_THINNED);
		rp_reader_free(r);
		rp_buffer_free(&b);
	}
	rp_buffer_free(&in);
	rp_buffer_free(&whole);
	rp_buffer_free(&thinned);
}
END_TEST

/* ---- time and failure ---- */

START_TEST(idle_writes_what_waits)
{
	struct rp_writer_options opt = { .frame_time = 20 };

	for (opt.threads = 1; opt.threads <= 3; opt.threads += 2) {
		struct rp_buffer b = { 0 };
		struct rp_writer *w = rp_writer_memory(&b, &opt);
		int ms;

		ck_assert_int_eq(rp_writer_idle(w), -1);
		add_records(w, 1, 3);
		ms = rp_writer_idle(w);
		ck_assert_int_gt(ms, 0);
		ck_assert_int_le(ms, 20);
		ck_assert_uint_eq(b.len, 0);
		usleep(25000);
		ck_assert_int_eq(rp_writer_idle(w), -1);
		ck_assert_uint_gt(b.len, 0);
		ck_assert_uint_eq(rp_writer_totals(w)->records, 3);
		rp_writer_free(w);
		rp_buffer_free(&b);
	}
}
END_TEST

START_TEST(idle_waits_for_threads)
{
	struct rp_writer_options opt = { .threads = 3 };
	struct rp_buffer in = plain_stream(100, 0, NULL), b = { 0 };
	struct rp_reader *r = rp_reader_memory(in.data, in.len, "t");
	struct rp_writer *w = rp_writer_memory(&b, &opt);
	struct rp_frame f;

	do
		ck_ok(rp_reader_next(r, &f));
	while (f.head.kind != RP_DATA);
	ck_ok(rp_writer_recode(w, &f));
	/* no more input for now: the frame must not stay in the encoder */
	ck_assert_int_eq(rp_writer_idle(w), -1);
	ck_assert_uint_eq(rp_writer_totals(w)->records, 100);
	rp_writer_free(w);
	rp_reader_free(r);
	rp_buffer_free(&in);
	rp_buffer_free(&b);
}
END_TEST

START_TEST(abort_is_no_end)
{
	struct rp_buffer b = { 0 };
	struct rp_writer_options opt = { .frame_records = 2 };
	struct rp_writer *w = rp_writer_memory(&b, &opt);
	struct outcome o;

	add_records(w, 1, 5);
	rp_writer_abort(w, "disk on fire");
	rp_writer_free(w);
	o = read_bytes(b.data, b.len);
	ck_assert_int_eq(o.status, RP_ERR_ABORTED);
	ck_assert_uint_eq(o.records, 4); /* the one in hand is dropped */
	ck_assert_ptr_nonnull(strstr(o.text, "disk on fire"));
	rp_buffer_free(&b);
}
END_TEST

START_TEST(a_failure_stays)
{
	int fd = open("/dev/full", O_WRONLY);
	struct rp_writer_options opt = { .frame_records = 1 };
	struct rp_writer *w = rp_writer_fd(fd, "full", &opt);
	union record u;
	int i;

	plain_record(&u, 1);
	for (i = 0; i < 100; i++)
		if (rp_writer_add(w, &u.rec, NULL, NULL) != RP_OK)
			break;
	ck_assert_int_lt(i, 3);
	ck_assert_int_eq(rp_writer_error(w)->status, RP_ERR_IO);
	ck_assert_str_eq(
	    rp_writer_error(w)->text, "full: No space left on device");
	ck_assert_int_eq(rp_writer_note(w, "x=y\n", 4), RP_ERR_IO);
	ck_assert_int_eq(rp_writer_mark(w, 1, 0), RP_ERR_IO);
	ck_assert_int_eq(rp_writer_flush(w), RP_ERR_IO);
	ck_assert_int_eq(rp_writer_idle(w), -1);
	/* END after a failure is impossible */
	ck_assert_int_eq(rp_writer_finish(w, 0), RP_ERR_IO);
	rp_writer_abort(w, "again");
	rp_writer_free(w);
	close(fd);
}
END_TEST

START_TEST(a_reader_that_left)
{
	int fds[2];
	struct rp_writer *w;

	signal(SIGPIPE, SIG_IGN);
	ck_assert_int_eq(pipe(fds), 0);
	close(fds[0]);
	w = rp_writer_fd(fds[1], "pipe", NULL);
	add_records(w, 1, 3);
	ck_assert_int_eq(rp_writer_finish(w, 0), RP_ERR_PIPE);
	rp_writer_free(w);
	rp_writer_free(NULL);
	close(fds[1]);
}
END_TEST

START_TEST(a_failure_with_threads)
{
	int fd = open("/dev/full", O_WRONLY);
	struct rp_writer_options opt = { .frame_records = 1, .threads = 4 };
	struct rp_writer *w = rp_writer_fd(fd, "full", &opt);
	union record u;
	int i;

	plain_record(&u, 1);
	for (i = 0; i < 100; i++)
		if (rp_writer_add(w, &u.rec, NULL, NULL) != RP_OK)
			break;
	ck_assert_int_lt(i, 100);
	ck_assert_int_eq(rp_writer_finish(w, 0), RP_ERR_IO);
	rp_writer_free(w);
	close(fd);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_test(tc, encodings_agree);
	tcase_add_test(tc, records_are_made_in_place);
	tcase_add_test(tc, threads_change_no_byte);
	tcase_add_test(tc, frames_are_of_the_size_asked_for);
	tcase_add_test(tc, jumbo_records);
	tcase_add_test(tc, a_full_directory_splits_frames);
	tcase_add_test(tc, more_names_than_a_frame_holds);
	tcase_add_test(tc, frames_are_copied);
	tcase_add_test(tc, picked_records_are_put);
	tcase_add_test(tc, seqs_are_assigned);
	tcase_add_test(tc, passing_keeps_what_is_not_known);
	tcase_add_test(tc, thinned_stays);
	tcase_add_test(tc, idle_writes_what_waits);
	tcase_add_test(tc, idle_waits_for_threads);
	tcase_add_test(tc, abort_is_no_end);
	tcase_add_test(tc, a_failure_stays);
	tcase_add_test(tc, a_reader_that_left);
	tcase_add_test(tc, a_failure_with_threads);
}

int
main(void)
{
	return run_suite("writer", add);
}
