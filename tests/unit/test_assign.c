/* Assignments: which frames they touch, and what is left of a frame. */
#include "streams.h"

#include "expr/assign.h"
#include "types/types.h"

/* A frame of n mbo records, sides and symbols in turn, of one price. */
struct made {
	struct rp_buffer out;
	struct rp_reader *r;
	struct rp_frame f;
};

static void
make(struct made *m, uint64_t n)
{
	struct rp_label symbols[2];
	struct rp_writer *w;
	union record u;

	*m = (struct made){ 0 };
	w = rp_writer_memory(&m->out, NULL);
	rp_label_init(&symbols[0], RP_NAME_SYMBOL, "ESH4", 4);
	rp_label_init(&symbols[1], RP_NAME_SYMBOL, "NQH4", 4);
	for (uint64_t i = 0; i < n; i++) {
		struct rp_mbo mbo = { .ev = { .px_exp = -2,
					  .side = 1 + i % 2,
					  .action = 'A' },
			.price = 10025,
			.size = (int64_t)i };

		memset(&u, 0, sizeof(u));
		u.rec = (struct rp_record){ .seq = i + 1,
			.len = sizeof(mbo),
			.type = RP_MBO,
			.ts_recv = (int64_t)i };
		memcpy(u.rec.payload, &mbo, sizeof(mbo));
		ck_ok(rp_writer_add(w, &u.rec, &symbols[i % 2], NULL));
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

static struct rp_assign *
compile(const char *text)
{
	struct rp_assign *a = rp_assign_new(NULL);
	struct rp_error err = { 0 };

	ck_assert_msg(
	    rp_assign_add(a, text, &err) == RP_OK, "%s: %s", text, err.text);
	return a;
}

static enum rp_status
count(void *arg, const struct rp_frame *f, const struct rp_record *rec,
    const char *why)
{
	ck_assert_ptr_nonnull(strstr(why, ": "));
	ck_assert((const uint8_t *)rec >= f->rows &&
	    (const uint8_t *)rec < f->rows_end);
	++*(unsigned *)arg;
	return RP_OK;
}

static const struct {
	const char *text;
	bool touches, whole;
	unsigned changed, rejected;
} cases[] = {
	{ "price = 5", true, true, 10, 0 },
	{ "price = 5 where side == bid", true, true, 5, 0 },
	{ "price = 5 where symbol == ESH4", true, true, 5, 0 },
	{ "price = 5 where symbol == YMH4", false, true, 0, 0 },
	{ "price = 5 where seq > 10", false, true, 0, 0 },
	{ "price = 5 where seq > 7", true, true, 3, 0 },
	{ "depth = 5", false, true, 0, 0 },
	{ "depth = 5; ts_recv += 1s", true, true, 10, 0 },
	{ "symbol = 'X'", true, false, 10, 0 },
	{ "flags += last", true, true, 10, 0 },
	{ "type = trade where size > 7", true, false, 2, 0 },
	{ "type = 1024; symbol = 'X'", true, false, 10, 0 },
	{ "ts_out = ts_recv", true, false, 10, 0 },
	{ "drop priority", true, true, 0, 0 },
	{ "size = size / 2", true, false, 5, 5 },
	{ "price = price / size", true, false, 2, 8 },
	{ "symbol = 'X' where side == ask; price = 7 where symbol == X", true,
	    false, 5, 0 },
	{ "type = trade; depth = 3 where type == trade", true, false, 10, 0 },
	{ "px_exp = -4; price = price + 0.0001", true, true, 10, 0 },
	{ "px_exp = 0", true, false, 0, 10 },
};

START_TEST(what_becomes_of_a_frame)
{
	struct rp_assign *a = compile(cases[_i].text);
	unsigned rejected = 0, left = 0;
	struct rp_frame whole;
	struct made m;
	bool touches;

	make(&m, 10);
	ck_ok(rp_assign_touches(a, &m.f, &touches));
	ck_assert_int_eq(touches, cases[_i].touches);
	/* twice: nothing of the first run stays */
	for (unsigned k = 0; k < 2; k++) {
		rejected = left = 0;
		ck_ok(rp_assign_run(a, &m.f, NULL, count, &rejected));
		ck_assert_uint_eq(rp_assign_changed(a), cases[_i].changed);
		ck_assert_uint_eq(rejected, cases[_i].rejected);
		ck_assert_uint_eq(rp_assign_records(a), 10);
		for (uint32_t i = 0; i < 10; i++)
			left += rp_assign_record(a, i) != NULL;
		ck_assert_uint_eq(left + rejected, 10);
		ck_assert_int_eq(rp_assign_whole(a, &whole), cases[_i].whole);
	}
	rp_assign_free(a);
	drop(&m);
}
END_TEST

/* A whole frame's header is true of its records. */
START_TEST(headers_are_true)
{
	struct rp_assign *a =
	    compile("ts_recv -= 5ns where side == ask; size = 7");
	unsigned rejected = 0;
	struct rp_frame f;
	struct made m;

	make(&m, 10);
	ck_assert(rp_assign_moves_time(a));
	ck_ok(rp_assign_run(a, &m.f, NULL, count, &rejected));
	ck_assert(rp_assign_whole(a, &f));
	ck_assert_int_eq(f.head.ts_min, -4);
	ck_assert_int_eq(f.head.ts_max, 8);
	ck_assert_uint_eq(f.head.flags & RP_FRAME_TS_ORDERED, 0);
	ck_assert_uint_ne(f.head.flags & RP_FRAME_SEQ_DENSE, 0);
	ck_assert_uint_eq(f.head.rec_sum, rp_frame_sum(&f));
	ck_assert_uint_ne(f.head.rec_sum, m.f.head.rec_sum);
	rp_assign_free(a);
	drop(&m);
}
END_TEST

static void
add_tests(TCase *t)
{
	tcase_add_loop_test(t, what_becomes_of_a_frame, 0, RP_LEN(cases));
	tcase_add_test(t, headers_are_true);
}

int
main(void)
{
	return run_suite("assign", add_tests);
}
