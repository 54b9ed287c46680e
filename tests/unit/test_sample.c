/* Samples: what is kept and for how long, marks, what a frame decides. */
#include "streams.h"

#include "sample/sample.h"

enum { MOST = 4096 };

/* What was put, by the seq of the records. */
struct got {
	uint64_t passed[MOST], rejected[MOST];
	size_t n_passed, n_rejected;
	uint32_t flags; /* of the frames, of all together */
};

static enum rp_status
put(void *arg, const struct rp_frame *f, const struct rp_record *rec,
    bool passes)
{
	struct got *g = arg;

	if (passes)
		g->passed[g->n_passed++] = rec->seq;
	else
		g->rejected[g->n_rejected++] = rec->seq;
	g->flags |= f->head.flags;
	ck_assert(rec->symbol == RP_NO_NAME ||
	    f->names[rec->symbol].class == RP_NAME_SYMBOL);
	return RP_OK;
}

/* A frame of n records of one ns each, of symbols in turn. */
struct made {
	struct rp_buffer out;
	struct rp_reader *r;
	struct rp_frame f;
};

static void
make(struct made *m, uint64_t first, uint64_t n, unsigned symbols)
{
	struct rp_label label[4];
	char text[4][8];
	struct rp_writer *w;
	union record u;

	*m = (struct made){ 0 };
	w = rp_writer_memory(&m->out, NULL);
	for (unsigned i = 0; i < symbols; i++) {
		snprintf(text[i], sizeof(text[i]), "S%u", i);
		rp_label_init(&label[i], RP_NAME_SYMBOL, text[i], 2);
	}
	for (uint64_t i = first; i < first + n; i++) {
		plain_record(&u, i);
		u.rec.ts_recv = (int64_t)i;
		ck_ok(rp_writer_add(w, &u.rec, &label[i % symbols], NULL));
	}
	ck_ok(rp_writer_finish(w, 0));
	rp_writer_free(w);
	m->r = rp_reader_memory(m->out.data, m->out.len, "test");
	ck_ok(rp_reader_next(m->r, &m->f));
}

static void
drop(struct made *m)
{
	rp_reader_free(m->r);
	rp_buffer_free(&m->out);
}

static struct rp_sample *
start(const struct rp_sample_options *o, struct got *g)
{
	struct rp_error err = { 0 };
	struct rp_sample *s = rp_sample_new(o, put, g, &err);

	memset(g, 0, sizeof(*g));
	ck_assert_msg(s != NULL, "%s", err.text);
	return s;
}

/* All of a frame, record by record where that is left open. */
static enum rp_sample_share
run(struct rp_sample *s, const struct rp_frame *f, struct got *g)
{
	const struct rp_record *rec = NULL;
	enum rp_sample_share share;

	ck_ok(rp_sample_frame(s, f, &share));
	while ((rec = rp_frame_next(f, rec)) != NULL)
		if (share == RP_SHARE_SOME)
			ck_ok(rp_sample_record(s, f, rec, false));
		else
			ck_ok(put(g, f, rec, share == RP_SHARE_ALL));
	return share;
}

/* The generator is documented: these are the same for ever. */
START_TEST(draws_are_for_ever)
{
	static const uint64_t chance[] = { 9, 13, 15, 49, 50 };
	static const uint64_t count[] = { 11, 16, 31, 34, 51 };
	struct rp_sample_options o = { .mode = RP_SAMPLE_CHANCE,
		.share = { 1, -1 },
		.seed = 1,
		.rejects = true };
	struct rp_sample *s;
	struct got g;
	struct made m;

	make(&m, 1, 60, 1);
	s = start(&o, &g);
	ck_assert_int_eq(run(s, &m.f, &g), RP_SHARE_SOME);
	ck_assert_uint_eq(g.n_passed + g.n_rejected, 60);
	for (size_t i = 0; i < RP_LEN(chance); i++)
		ck_assert_uint_eq(g.passed[i], chance[i]);
	rp_sample_free(s);
	o.mode = RP_SAMPLE_COUNT;
	o.n = RP_LEN(count);
	s = start(&o, &g);
	(void)run(s, &m.f, &g);
	ck_ok(rp_sample_end(s));
	ck_assert_uint_eq(g.n_passed, RP_LEN(count));
	for (size_t i = 0; i < RP_LEN(count); i++)
		ck_assert_uint_eq(g.passed[i], count[i]);
	rp_sample_free(s);
	drop(&m);
}
END_TEST

/* A frame of which nothing or all passes is counted as its records would be. */
START_TEST(frames_count_like_records)
{
	struct rp_sample_options o = { .mode = RP_SAMPLE_EVERY,
		.rejects = true };
	struct rp_sample *s, *t;
	struct got whole, each;
	struct made m;

	for (unsigned k = 0; k < 18; k++) {
		o.per = k % 3 == 0 ? RP_PER_ALL
		    : k % 3 == 1   ? RP_PER_SYMBOL
				   : RP_PER_TYPE;
		o.mode = k % 2 == 0 ? RP_SAMPLE_EVERY : RP_SAMPLE_HEAD;
		o.n = 1 + k * 17;
		o.offset = o.mode == RP_SAMPLE_EVERY ? o.n / 3 : 0;
		o.whole_events = false;
		s = start(&o, &whole);
		o.whole_events = true; /* no frame is decided whole */
		t = start(&o, &each);
		for (uint64_t i = 0; i < 12; i++) {
			make(&m, 1 + i * 20, 20, 1 + i % 4);
			(void)run(s, &m.f, &whole);
			ck_assert_int_eq(run(t, &m.f, &each), RP_SHARE_SOME);
			drop(&m);
		}
		ck_assert_mem_eq(&whole, &each, sizeof(whole));
		rp_sample_free(s);
		rp_sample_free(t);
	}
}
END_TEST

/* Frames within an interval that has all its records need no decoding. */
START_TEST(intervals_decide_frames)
{
	const struct rp_sample_options o = { .mode = RP_SAMPLE_FIRST,
		.per = RP_PER_SYMBOL,
		.span = 100,
		.rejects = true };
	struct got g;
	struct rp_sample *s = start(&o, &g);
	struct made m;

	for (uint64_t i = 0; i < 20; i++) {
		make(&m, i * 10, 10, 2);
		ck_assert_int_eq(run(s, &m.f, &g),
		    i % 10 == 0 ? RP_SHARE_SOME : RP_SHARE_NONE);
		drop(&m);
	}
	ck_assert_uint_eq(g.n_passed, 4);
	ck_assert_uint_eq(g.passed[1], 1);
	ck_assert_uint_eq(g.passed[2], 100);
	rp_sample_free(s);
}
END_TEST

/* A mark ends an interval, and passes only when nothing is kept below it. */
START_TEST(marks)
{
	struct rp_sample_options o = {
		.mode = RP_SAMPLE_LAST, .per = RP_PER_SYMBOL, .span = 100
	};
	struct got g;
	struct rp_sample *s = start(&o, &g);
	struct made m;
	bool passes;

	ck_ok(rp_sample_mark(s, 5, &passes));
	ck_assert(passes);
	make(&m, 10, 10, 2);
	(void)run(s, &m.f, &g);
	ck_ok(rp_sample_mark(s, 50, &passes));
	ck_assert(!passes);
	ck_assert_uint_eq(g.n_passed, 0);
	ck_ok(rp_sample_mark(s, 100, &passes));
	ck_assert(passes);
	ck_assert_uint_eq(g.n_passed, 2);
	ck_assert_uint_eq(g.passed[0], 18);
	ck_assert_uint_eq(g.passed[1], 19);
	ck_ok(rp_sample_end(s));
	ck_assert_uint_eq(g.n_passed, 2);
	rp_sample_free(s);

	o.clock = RP_CLOCK_EVENT;
	s = start(&o, &g);
	(void)run(s, &m.f, &g);
	ck_ok(rp_sample_mark(s, 1000, &passes));
	ck_assert(!passes);
	rp_sample_free(s);

	o = (struct rp_sample_options){ .mode = RP_SAMPLE_TAIL, .n = 3 };
	s = start(&o, &g);
	(void)run(s, &m.f, &g);
	ck_ok(rp_sample_mark(s, 1000, &passes));
	ck_assert(!passes);
	ck_ok(rp_sample_end(s));
	ck_assert_uint_eq(g.n_passed, 3);
	ck_assert_uint_eq(g.passed[0], 17);
	rp_sample_free(s);
	drop(&m);
}
END_TEST

/* Kept records hold on to their names and to what their frame was. */
START_TEST(kept_records)
{
	const struct rp_sample_options o = {
		.mode = RP_SAMPLE_TAIL, .n = 30, .rejects = true
	};
	struct got g;
	struct rp_sample *s = start(&o, &g);
	struct made m;

	for (uint64_t i = 0; i < 5; i++) {
		make(&m, i * 20, 20, 3);
		m.f.head.flags |= i == 4 ? RP_FRAME_THINNED : 0;
		(void)run(s, &m.f, &g);
		drop(&m);
	}
	ck_assert_uint_eq(g.n_rejected, 70);
	ck_assert_uint_eq(g.flags & RP_FRAME_THINNED, 0);
	ck_ok(rp_sample_end(s));
	ck_assert_uint_eq(g.n_passed, 30);
	for (uint64_t i = 0; i < 30; i++)
		ck_assert_uint_eq(g.passed[i], 70 + i);
	ck_assert_uint_ne(g.flags & RP_FRAME_THINNED, 0);
	rp_sample_free(s);
}
END_TEST

/* Times at both ends of what there is. */
START_TEST(far_times)
{
	static const int64_t times[] = { INT64_MIN, INT64_MIN + 1, -1, 0, 1,
		INT64_MAX - 1, INT64_MAX };
	const enum rp_sample_mode modes[] = { RP_SAMPLE_FIRST, RP_SAMPLE_LAST,
		RP_SAMPLE_RATE };
	struct got g;
	struct made m;

	make(&m, 0, RP_LEN(times), 1);
	for (size_t k = 0; k < RP_LEN(modes); k++) {
		const struct rp_sample_options o = { .mode = modes[k],
			.n = UINT32_MAX,
			.burst = 1,
			.span = 1,
			.shift = RP_LEN(modes) - k };
		struct rp_sample *s = start(&o, &g);
		const struct rp_record *rec = NULL;
		enum rp_sample_share share;
		size_t i = 0;

		m.f.head.ts_max = INT64_MAX;
		ck_ok(rp_sample_frame(s, &m.f, &share));
		while ((rec = rp_frame_next(&m.f, rec)) != NULL) {
			((struct rp_record *)(uintptr_t)rec)->ts_recv =
			    times[i++];
			ck_ok(rp_sample_record(s, &m.f, rec, false));
		}
		ck_ok(rp_sample_end(s));
		ck_assert_uint_eq(g.n_passed, RP_LEN(times));
		rp_sample_free(s);
	}
	drop(&m);
}
END_TEST

static void
add_tests(TCase *t)
{
	tcase_add_test(t, draws_are_for_ever);
	tcase_add_test(t, frames_count_like_records);
	tcase_add_test(t, intervals_decide_frames);
	tcase_add_test(t, marks);
	tcase_add_test(t, kept_records);
	tcase_add_test(t, far_times);
}

int
main(void)
{
	return run_suite("sample", add_tests);
}
