/* Merging: order, whole frames, marks, late records, windows, repetitions. */
#include "merge/merge.h"

#include "merge/gaps.h"
#include "merge/unique.h"
#include "merge/window.h"
#include "streams.h"
#include "types/types.h"

enum { INPUTS = 40, MOST = 4000 };

/* What orders a record, and where it was put. */
struct row {
	int64_t ts;
	uint32_t source; /* its name is "s" and this letter */
	uint64_t seq;
	size_t input;
};

static int
by_order(const void *x, const void *y)
{
	const struct row *a = x, *b = y;

	if (a->ts != b->ts)
		return a->ts < b->ts ? -1 : 1;
	if (a->source != b->source)
		return a->source < b->source ? -1 : 1;
	if (a->seq != b->seq)
		return a->seq < b->seq ? -1 : 1;
	return (a->input > b->input) - (a->input < b->input);
}

static void
put_row(struct rp_writer *w, const struct row *row)
{
	char name[2] = { 's', (char)('a' + row->source) };
	struct rp_label source;
	union record u;

	rp_label_init(&source, RP_NAME_SOURCE, name, 2);
	plain_record(&u, row->seq);
	u.rec.ts_recv = row->ts;
	rp_put64(u.rec.payload, row->input);
	ck_ok(rp_writer_add(w, &u.rec, NULL, &source));
}

/* A stream of n rows; the caller frees it. */
static struct rp_buffer
stream_of(const struct row *rows, size_t n, const struct rp_encoding *enc,
    uint32_t per)
{
	struct rp_writer_options opt = { .encoding = *enc,
		.frame_records = per };
	struct rp_buffer b = { 0 };
	struct rp_writer *w = rp_writer_memory(&b, &opt);

	for (size_t i = 0; i < n; i++)
		put_row(w, &rows[i]);
	ck_ok(rp_writer_finish(w, 0));
	rp_writer_free(w);
	return b;
}

static enum rp_status
head(void *arg, struct rp_frame *f)
{
	return rp_reader_head(arg, f);
}

static enum rp_status
body(void *arg, struct rp_frame *f)
{
	return rp_reader_body(arg, f);
}

static enum rp_status
rows(void *arg, struct rp_frame *f)
{
	return rp_reader_rows(arg, f);
}

static struct rp_merge_input
input_of(const struct rp_buffer *b)
{
	struct rp_reader *r = rp_reader_memory(b->data, b->len, "t");

	ck_assert_ptr_nonnull(r);
	return (struct rp_merge_input){ r, head, body, rows };
}

/* What came out, record by record. */
struct outputs {
	struct row row[MOST];
	size_t n, whole, late;
	uint64_t lateness;
};

static void
take(struct outputs *o, const struct rp_frame *f, const struct rp_record *rec)
{
	const struct rp_label *source = rp_frame_name(f, rec->source);

	ck_assert_uint_lt(o->n, MOST);
	o->row[o->n++] =
	    (struct row){ rec->ts_recv, (uint32_t)source->text[1] - 'a',
		    rec->seq, (size_t)rp_le64(rec->payload) };
}

static enum rp_status
run_merge(struct rp_merge *m, struct outputs *o)
{
	const struct rp_record *rec;
	struct rp_merge_run run;
	enum rp_status st;

	while ((st = rp_merge_next(m, &run)) == RP_OK) {
		if (run.frame->head.kind != RP_DATA)
			continue;
		o->late += run.late != 0;
		if (run.late > o->lateness)
			o->lateness = run.late;
		if (run.first == NULL) {
			o->whole++;
			ck_ok(rp_merge_rows(m, &run));
			run.first = rp_frame_next(run.frame, NULL);
			run.end = (const struct rp_record *)run.frame->rows_end;
		}
		for (rec = run.first; rec < run.end;
		     rec = (const struct rp_record *)((const uint8_t *)rec +
			 rp_record_size(rec)))
			take(o, run.frame, rec);
	}
	return st;
}

static enum rp_status
merge_streams(const struct rp_buffer *b, size_t n,
    const struct rp_merge_order *order, struct outputs *o)
{
	struct rp_merge_input in[INPUTS] = { 0 };
	struct rp_merge *m;
	enum rp_status st;

	*o = (struct outputs){ 0 };
	for (size_t i = 0; i < n; i++)
		in[i] = input_of(&b[i]);
	m = rp_merge_new(in, n, order);
	ck_assert_ptr_nonnull(m);
	st = run_merge(m, o);
	rp_merge_free(m);
	for (size_t i = 0; i < n; i++)
		rp_reader_free(in[i].arg);
	return st;
}

static struct outputs got;

/* Any number of inputs against qsort, in every encoding. */
START_TEST(test_order)
{
	static const struct rp_encoding encodings[] = {
		{ RP_CODEC_NONE, RP_LAYOUT_ROWS, 0 },
		{ RP_CODEC_LZ4, RP_LAYOUT_COLUMNS, 0 },
		{ RP_CODEC_ZSTD, RP_LAYOUT_ROWS, 1 },
	};
	static const size_t inputs[] = { 1, 2, 3, 4, 5, 8, 13, 40 };
	static struct row all[MOST];
	uint64_t seed = (uint64_t)_i;
	struct rp_buffer b[INPUTS];
	size_t n = 0, k = inputs[_i % 8];

	for (size_t i = 0; i < k; i++) {
		size_t mine = draw(&seed) % (MOST / k), first = n;

		for (size_t j = 0; j < mine; j++)
			all[n++] = (struct row){
				(int64_t)(draw(&seed) % (_i % 2 ? 50 : 100000)),
				(uint32_t)(draw(&seed) % 3), draw(&seed) % 4, i
			};
		qsort(all + first, n - first, sizeof(*all), by_order);
		b[i] = stream_of(all + first, n - first, &encodings[_i % 3],
		    1 + (uint32_t)(draw(&seed) % 300));
	}
	qsort(all, n, sizeof(*all), by_order);
	ck_assert_int_eq(merge_streams(b, k, NULL, &got), RP_END);
	ck_assert_uint_eq(got.n, n);
	ck_assert_uint_eq(got.late, 0);
	for (size_t i = 0; i < n; i++)
		ck_assert_int_eq(by_order(&got.row[i], &all[i]), 0);
	for (size_t i = 0; i < k; i++)
		rp_buffer_free(&b[i]);
}
END_TEST

/* Inputs of many parts: a frame that no one holds whole (merge.c, PART). */
START_TEST(test_parts)
{
	const struct rp_encoding lz4 = { RP_CODEC_LZ4, RP_LAYOUT_COLUMNS, 0 };
	struct rp_merge_input in[6];
	struct rp_merge_run run;
	struct rp_buffer b[6];
	struct rp_merge *m;
	uint64_t sum = 0, want = 0, n = 0;
	int64_t last = INT64_MIN;
	const struct rp_record *rec;
	union record u;

	for (int i = 0; i < 6; i++) {
		struct rp_writer_options opt = { .encoding = lz4,
			.frame_raw = RP_MAX_RAW };
		struct rp_writer *w;

		b[i] = (struct rp_buffer){ 0 };
		w = rp_writer_memory(&b[i], &opt);
		for (uint64_t j = 0; j < 30000; j++) {
			plain_record(&u, j * 6 + (uint64_t)i);
			ck_ok(rp_writer_add(w, &u.rec, NULL, NULL));
		}
		ck_ok(rp_writer_finish(w, 0));
		want += rp_writer_totals(w)->rec_sum;
		rp_writer_free(w);
		in[i] = input_of(&b[i]);
	}
	m = rp_merge_new(in, 6, NULL);
	while (rp_merge_next(m, &run) == RP_OK) {
		ck_assert_ptr_nonnull(run.first);
		for (rec = run.first; rec < run.end; n++,
		    rec = (const struct rp_record *)((const uint8_t *)rec +
			rp_record_size(rec))) {
			ck_assert_int_ge(rec->ts_recv, last);
			last = rec->ts_recv;
			sum += rp_record_hash(rec, 0, 0);
		}
	}
	ck_assert_uint_eq(n, 180000);
	ck_assert_uint_eq(sum, want);
	rp_merge_free(m);
	for (int i = 0; i < 6; i++) {
		rp_reader_free(in[i].arg);
		rp_buffer_free(&b[i]);
	}
}
END_TEST

/* Frames that do not overlap are handed out undecoded. */
START_TEST(test_whole)
{
	const struct rp_encoding plain = { 0 };
	struct row first[200], second[200];
	struct rp_buffer b[2];

	for (uint64_t i = 0; i < 200; i++) {
		first[i] = (struct row){ (int64_t)i, 0, i, 0 };
		second[i] = (struct row){ (int64_t)i + 200, 0, i, 1 };
	}
	b[0] = stream_of(second, 200, &plain, 20);
	b[1] = stream_of(first, 200, &plain, 20);
	ck_assert_int_eq(merge_streams(b, 2, NULL, &got), RP_END);
	ck_assert_uint_eq(got.n, 400);
	ck_assert_uint_eq(got.whole, 20);
	for (size_t i = 0; i < 400; i++)
		ck_assert_int_eq(got.row[i].ts, (int64_t)i);
	rp_buffer_free(&b[0]);
	/* of one time: the source decides, which the header does not say */
	for (uint64_t i = 0; i < 200; i++) {
		first[i].source = 1;
		second[i].ts = first[i].ts = 7;
	}
	rp_buffer_free(&b[1]);
	b[0] = stream_of(first, 200, &plain, 20);
	b[1] = stream_of(second, 200, &plain, 20);
	ck_assert_int_eq(merge_streams(b, 2, NULL, &got), RP_END);
	ck_assert_uint_eq(got.row[0].source, 0);
	ck_assert_uint_eq(got.row[199].source, 0);
	ck_assert_uint_eq(got.row[200].source, 1);
	rp_buffer_free(&b[0]);
	rp_buffer_free(&b[1]);
}
END_TEST

/* What is late comes where it stands, and is said. */
START_TEST(test_late)
{
	const struct rp_encoding plain = { 0 };
	const struct row a[] = { { 10, 0, 1, 0 }, { 50, 0, 2, 0 },
		{ 20, 0, 3, 0 }, { 45, 0, 4, 0 }, { 60, 0, 5, 0 } };
	const struct row c[] = { { 5, 0, 1, 1 }, { 55, 0, 2, 1 } };
	const int64_t want[] = { 5, 10, 50, 20, 45, 55, 60 };
	struct rp_buffer b[2];

	for (uint32_t per = 1; per <= 5; per += 4) {
		b[0] = stream_of(a, 5, &plain, per);
		b[1] = stream_of(c, 2, &plain, per);
		ck_assert_int_eq(merge_streams(b, 2, NULL, &got), RP_END);
		ck_assert_uint_eq(got.n, 7);
		for (size_t i = 0; i < 7; i++)
			ck_assert_int_eq(got.row[i].ts, want[i]);
		ck_assert_uint_eq(got.late, 2);
		ck_assert_uint_eq(got.lateness, 30);
		rp_buffer_free(&b[0]);
		rp_buffer_free(&b[1]);
	}
}
END_TEST

/* The same from a file, which may grow. */
static struct rp_merge_input
growing_input(const struct rp_buffer *b, FILE **file)
{
	struct rp_reader *r;

	*file = tmpfile();
	ck_assert_ptr_nonnull(*file);
	ck_assert_uint_eq(fwrite(b->data, 1, b->len, *file), b->len);
	rewind(*file);
	r = rp_reader_fd(fileno(*file), "t");
	rp_reader_follow(r, true);
	return (struct rp_merge_input){ r, head, body, rows };
}

/* MARKs let the others go on, up to their time and no further. */
START_TEST(test_marks)
{
	const struct rp_encoding plain = { 0 };
	struct rp_buffer live = { 0 }, b;
	struct rp_writer *w = rp_writer_memory(&live, NULL);
	struct rp_merge_input in[2];
	struct row many[100];
	struct rp_merge *m;
	FILE *file;

	for (uint64_t i = 0; i < 100; i++)
		many[i] = (struct row){ (int64_t)i, 0, i, 0 };
	b = stream_of(many, 100, &plain, 7);
	ck_ok(rp_writer_mark(w, 40, 0));
	in[0] = growing_input(&live, &file);
	in[1] = input_of(&b);
	m = rp_merge_new(in, 2, NULL);
	got = (struct outputs){ 0 };
	ck_assert_int_eq(run_merge(m, &got), RP_EMPTY);
	ck_assert_uint_eq(got.n, 40); /* 0 to 39: at 40 the mark holds */
	ck_assert_int_eq(rp_merge_low(m), 40);
	ck_assert_int_eq(rp_merge_high(m), 39);
	ck_assert_int_eq(run_merge(m, &got), RP_EMPTY);
	ck_assert_uint_eq(got.n, 40);
	rp_merge_free(m);
	rp_reader_free(in[0].arg);
	rp_reader_free(in[1].arg);
	fclose(file);

	/* a section's end takes its mark back: the next one is waited for */
	ck_ok(rp_writer_finish(w, RP_END_MORE));
	rp_writer_free(w);
	in[0] = growing_input(&live, &file);
	in[1] = input_of(&b);
	m = rp_merge_new(in, 2, NULL);
	got = (struct outputs){ 0 };
	ck_assert_int_eq(run_merge(m, &got), RP_EMPTY);
	ck_assert_uint_eq(got.n, 40);
	ck_assert_int_eq(rp_merge_low(m), INT64_MIN);
	rp_merge_free(m);
	rp_reader_free(in[0].arg);
	rp_reader_free(in[1].arg);
	fclose(file);
	rp_buffer_free(&live);
	rp_buffer_free(&b);
}
END_TEST

/* A body that is damaged, whoever decodes it: the input's own words. */
START_TEST(test_damage)
{
	const struct rp_encoding lz4 = { RP_CODEC_LZ4, RP_LAYOUT_ROWS, 0 };
	struct rp_merge_input in[6];
	struct rp_merge_run run;
	struct rp_buffer b[6];
	struct rp_merge *m;
	struct row many[100];
	enum rp_status st;

	for (size_t k = 2; k <= 6; k += 4) {
		for (size_t i = 0; i < k; i++) {
			for (uint64_t j = 0; j < 100; j++)
				many[j] = (struct row){ (int64_t)j, 0, j, i };
			b[i] = stream_of(many, 100, &lz4, 100);
			if (i == 1)
				b[i].data[200] ^= 1;
			in[i] = input_of(&b[i]);
		}
		m = rp_merge_new(in, k, NULL);
		while ((st = rp_merge_next(m, &run)) == RP_OK)
			;
		ck_assert_int_eq(st, RP_ERR_CORRUPT);
		ck_assert_uint_eq(run.input, 1);
		ck_assert_ptr_nonnull(strstr(
		    rp_reader_error(in[1].arg)->text, "t: frame 0 at byte 0"));
		rp_merge_free(m);
		for (size_t i = 0; i < k; i++) {
			rp_reader_free(in[i].arg);
			rp_buffer_free(&b[i]);
		}
	}
}
END_TEST

/* ---- by the venue's time ---- */

static struct rp_buffer
events(const int64_t (*at)[3], size_t n) /* ts_recv, ts_event, sequence */
{
	struct rp_buffer b = { 0 };
	struct rp_writer *w = rp_writer_memory(&b, NULL);
	struct rp_label source;
	union record u;

	rp_label_init(&source, RP_NAME_SOURCE, "sa", 2);
	for (size_t i = 0; i < n; i++) {
		struct rp_mbo mbo = { .ev = { .ts_event = at[i][1],
					  .sequence = (uint64_t)at[i][2] } };

		u.rec = (struct rp_record){ .symbol = RP_NO_NAME,
			.seq = i,
			.len = sizeof(mbo),
			.type = RP_MBO,
			.ts_recv = at[i][0] };
		memcpy(u.rec.payload, &mbo, sizeof(mbo));
		ck_ok(rp_writer_add(w, &u.rec, NULL, &source));
	}
	ck_ok(rp_writer_finish(w, 0));
	rp_writer_free(w);
	return b;
}

START_TEST(test_by_event)
{
	const int64_t a[][3] = { { 100, 1, 1 }, { 101, 2, 3 }, { 102, 9, 9 } };
	const int64_t c[][3] = { { 300, 2, 2 }, { 301, RP_ABSENT, 0 },
		{ 302, 2, 4 } };
	const int64_t want[] = { 100, 300, 301, 101, 302, 102 };
	struct rp_buffer b[2] = { events(a, 3), events(c, 3) };

	ck_assert_int_eq(merge_streams(b, 2, &rp_merge_by_event, &got), RP_END);
	ck_assert_uint_eq(got.n, 6);
	ck_assert_uint_eq(got.late, 0);
	for (size_t i = 0; i < 6; i++)
		ck_assert_int_eq(got.row[i].ts, want[i]);
	rp_buffer_free(&b[0]);
	rp_buffer_free(&b[1]);
}
END_TEST

/* ---- window ---- */

/* Records up to 50 late come out in order, equal ones as they came. */
START_TEST(test_window)
{
	struct rp_window *w = rp_window_new();
	struct rp_frame f = { 0 };
	struct rp_window_record held;
	int64_t high = 0, ts, last = INT64_MIN, last_order = -1;
	uint64_t seed = 7, n = 0;
	union record u;

	for (uint64_t i = 0; i < 20000; i++) {
		plain_record(&u, i);
		ts = (int64_t)(i / 3) - (int64_t)(draw(&seed) % 51);
		u.rec.ts_recv = ts;
		u.rec.len = (uint32_t)(draw(&seed) % 480);
		ck_ok(rp_window_put(w, i % 5, &f, &u.rec, ts));
		high = ts > high ? ts : high;
		while (rp_window_take(w, high - 51, &held)) {
			ck_assert_int_ge(held.key, last);
			if (held.key > last)
				last_order = -1;
			ck_assert_int_gt((int64_t)held.rec->seq, last_order);
			ck_assert_uint_eq(held.input, held.rec->seq % 5);
			last_order = (int64_t)held.rec->seq;
			last = held.key;
			n++;
		}
		if (i == 10000)
			ck_assert_uint_gt(n, 9000);
	}
	while (rp_window_take(w, INT64_MAX, &held)) {
		ck_assert_int_ge(held.key, last);
		last = held.key;
		n++;
	}
	ck_assert_uint_eq(n, 20000);
	rp_window_free(w);
}
END_TEST

/* ---- unique ---- */

static bool
repeats(struct rp_unique *u, size_t input, const union record *rec, int64_t now)
{
	struct rp_frame f = { 0 };
	bool is;

	ck_ok(rp_unique_test(u, input, &f, &rec->rec, now, &is));
	return is;
}

static struct rp_unique *
unique(const char *key, int64_t window, bool within)
{
	struct rp_error err = { 0 };
	struct rp_unique *u;

	ck_ok(rp_unique_new(&u, key, window, within, &err));
	return u;
}

START_TEST(test_unique)
{
	struct rp_unique *u = unique("content", 100, false);
	union record a, other;

	plain_record(&a, 1);
	plain_record(&other, 2);
	ck_assert(!repeats(u, 0, &a, 0));
	ck_assert(!repeats(u, 0, &a, 1)); /* twice in one input: its own */
	ck_assert(repeats(u, 1, &a, 2));
	ck_assert(repeats(u, 1, &a, 3));
	ck_assert(!repeats(u, 1, &a, 4)); /* a third is new */
	ck_assert(repeats(u, 0, &a, 5));
	ck_assert(repeats(u, 2, &a, 5));
	ck_assert(!repeats(u, 1, &other, 5));
	ck_assert(!repeats(u, 1, &a, 104)); /* the fourth of input 1 */
	ck_assert(!repeats(u, 0, &a, 400)); /* all is forgotten */
	rp_unique_free(u);

	u = unique("content", 100, true);
	ck_assert(!repeats(u, 0, &a, 0));
	ck_assert(repeats(u, 0, &a, 1));
	ck_assert(repeats(u, 0, &a, 90)); /* seen again: kept longer */
	ck_assert(repeats(u, 1, &a, 150));
	ck_assert(!repeats(u, 1, &a, 300));
	rp_unique_free(u);
}
END_TEST

/* record sees the time of receipt, content does not, seq only numbers. */
START_TEST(test_unique_keys)
{
	struct rp_unique *u = unique("record", 100, false);
	struct rp_error err = { 0 };
	union record a, b;

	plain_record(&a, 1);
	b = a;
	b.rec.ts_recv++;
	b.rec.seq = 77;
	ck_assert(!repeats(u, 0, &a, 0));
	ck_assert(!repeats(u, 1, &b, 0));
	rp_unique_free(u);
	u = unique("content", 100, false);
	ck_assert(!repeats(u, 0, &a, 0));
	ck_assert(repeats(u, 1, &b, 0));
	b.rec.payload[0]++;
	ck_assert(!repeats(u, 1, &b, 0));
	rp_unique_free(u);
	u = unique("seq", 100, false);
	b.rec.seq = a.rec.seq;
	ck_assert(!repeats(u, 0, &a, 0));
	ck_assert(repeats(u, 1, &b, 0));
	a.rec.seq = b.rec.seq = 0; /* not numbered: nothing is known */
	ck_assert(!repeats(u, 0, &a, 0));
	ck_assert(!repeats(u, 1, &b, 0));
	rp_unique_free(u);
	ck_assert_int_eq(
	    rp_unique_new(&u, "seq,nonsense", 1, false, &err), RP_ERR_USAGE);
	ck_assert_ptr_nonnull(strstr(err.text, "'nonsense'"));
	ck_assert_ptr_null(u);
}
END_TEST

START_TEST(test_unique_fields)
{
	struct rp_unique *u = unique("type,price,sequence", 100, false);
	struct rp_mbo one = { .ev = { .sequence = 5, .px_exp = -2 },
		.price = 150 };
	struct rp_mbo two = { .ev = { .sequence = 5, .px_exp = -1 },
		.price = 15 };
	union record a = { .rec = { .len = sizeof(one), .type = RP_MBO } };
	union record b = a, none;

	memcpy(a.rec.payload, &one, sizeof(one));
	memcpy(b.rec.payload, &two, sizeof(two));
	ck_assert(!repeats(u, 0, &a, 0));
	ck_assert(repeats(u, 1, &b, 0)); /* 1.50 is 1.5 */
	two.price = 16;
	memcpy(b.rec.payload, &two, sizeof(two));
	ck_assert(!repeats(u, 1, &b, 0));
	plain_record(&none, 1); /* has no price: never a repetition */
	ck_assert(!repeats(u, 0, &none, 0));
	ck_assert(!repeats(u, 1, &none, 0));
	rp_unique_free(u);
}
END_TEST

/* Against a list, over many keys that come and go. */
START_TEST(test_unique_many)
{
	enum { WINDOW = 500, KEYS = 300 };
	struct rp_unique *u = unique("seq", WINDOW, true);
	int64_t last[KEYS];
	uint64_t seed = 3, k;
	union record a;

	for (k = 0; k < KEYS; k++)
		last[k] = INT64_MIN / 2;
	plain_record(&a, 1);
	for (int64_t now = 0; now < 200000; now++) {
		k = draw(&seed) % KEYS * (draw(&seed) % KEYS) / KEYS;
		a.rec.seq = k + 1;
		ck_assert_int_eq(
		    repeats(u, 0, &a, now), now - last[k] <= WINDOW);
		last[k] = now;
	}
	rp_unique_free(u);
}
END_TEST

/* ---- gaps ---- */

static bool
is_there(void *arg, size_t line)
{
	return line < *(size_t *)arg;
}

START_TEST(test_gaps)
{
	struct rp_gaps *g = rp_gaps_new(3);
	struct rp_frame f = { 0 };
	struct rp_gap gap = { .first_lost = 5, .last_lost = 7 };
	union record u = { .rec = { .symbol = RP_NO_NAME,
			       .len = sizeof(gap),
			       .type = RP_GAP } };
	size_t there = 2;

	memcpy(u.rec.payload, &gap, sizeof(gap));
	ck_assert(!rp_gaps_are_common(g, 0, &f, &u.rec, is_there, &there));
	gap.first_lost = 8;
	gap.last_lost = 9;
	memcpy(u.rec.payload, &gap, sizeof(gap));
	ck_assert(!rp_gaps_are_common(g, 1, &f, &u.rec, is_there, &there));
	gap.first_lost = gap.last_lost = 6;
	memcpy(u.rec.payload, &gap, sizeof(gap));
	ck_assert(rp_gaps_are_common(g, 1, &f, &u.rec, is_there, &there));
	there = 3;
	ck_assert(!rp_gaps_are_common(g, 1, &f, &u.rec, is_there, &there));
	/* no numbers: by times */
	gap = (struct rp_gap){ .ts_from = 100, .ts_to = 200 };
	memcpy(u.rec.payload, &gap, sizeof(gap));
	there = 2;
	ck_assert(!rp_gaps_are_common(g, 0, &f, &u.rec, is_there, &there));
	gap.ts_from = 201;
	gap.ts_to = 300;
	memcpy(u.rec.payload, &gap, sizeof(gap));
	ck_assert(!rp_gaps_are_common(g, 1, &f, &u.rec, is_there, &there));
	gap.ts_from = 199;
	memcpy(u.rec.payload, &gap, sizeof(gap));
	ck_assert(rp_gaps_are_common(g, 1, &f, &u.rec, is_there, &there));
	rp_gaps_free(g);
}
END_TEST

static void
add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, test_order, 0, 48);
	tcase_add_test(tc, test_parts);
	tcase_add_test(tc, test_whole);
	tcase_add_test(tc, test_late);
	tcase_add_test(tc, test_marks);
	tcase_add_test(tc, test_damage);
	tcase_add_test(tc, test_by_event);
	tcase_add_test(tc, test_window);
	tcase_add_test(tc, test_unique);
	tcase_add_test(tc, test_unique_keys);
	tcase_add_test(tc, test_unique_fields);
	tcase_add_test(tc, test_unique_many);
	tcase_add_test(tc, test_gaps);
}

int
main(void)
{
	return run_suite("merge", add_tests);
}
