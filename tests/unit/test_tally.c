/* wire/tally: counts, order and sums of frames, as rp-check shows them. */
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "wire/reader.h"
#include "wire/tally.h"
#include "wire/writer.h"

enum { TYPE = 2000, GAP = 8 };

struct stream {
	struct rp_buffer bytes;
	struct rp_writer *w;
};

static void
begin(struct stream *s)
{
	*s = (struct stream){ 0 };
	s->w = rp_writer_memory(&s->bytes, NULL);
	ck_assert_ptr_nonnull(s->w);
}

static void
add(struct stream *s, uint16_t type, const char *symbol, uint64_t seq,
    int64_t ts)
{
	union {
		struct rp_record rec;
		uint8_t room[40];
	} u = { .rec = { .seq = seq, .len = 8, .type = type, .ts_recv = ts } };
	struct rp_label label;

	u.rec.payload[0] = (uint8_t)seq;
	if (symbol != NULL)
		rp_label_init(&label, RP_NAME_SYMBOL, symbol, strlen(symbol));
	ck_assert_int_eq(
	    rp_writer_add(s->w, &u.rec, symbol != NULL ? &label : NULL, NULL),
	    RP_OK);
}

static void
cut(struct stream *s)
{
	ck_assert_int_eq(rp_writer_flush(s->w), RP_OK);
}

/* End the stream and tally it; the caller frees t. */
static void
tally(struct stream *s, struct rp_tally *t)
{
	struct rp_reader *r;
	struct rp_frame f;
	enum rp_status st;

	ck_assert_int_eq(rp_writer_finish(s->w, 0), RP_OK);
	r = rp_reader_memory(s->bytes.data, s->bytes.len, "test");
	rp_tally_init(t);
	while ((st = rp_reader_next(r, &f)) == RP_OK) {
		ck_assert_int_eq(rp_tally_frame(t, &f, GAP), RP_OK);
		if (f.head.kind == RP_DATA)
			ck_assert_int_eq(rp_tally_rows(t, &f), RP_OK);
	}
	ck_assert_int_eq(st, RP_END);
	ck_assert_uint_eq(t->bytes, s->bytes.len);
	rp_reader_free(r);
	rp_writer_free(s->w);
	rp_buffer_free(&s->bytes);
}

START_TEST(an_empty_stream_has_no_ranges)
{
	struct stream s;
	struct rp_tally t;

	begin(&s);
	tally(&s, &t);
	ck_assert_uint_eq(t.frames, 1);
	ck_assert_uint_eq(t.records, 0);
	ck_assert_uint_eq(t.seq_max, 0);
	ck_assert_int_eq(t.ts_min, RP_ABSENT);
	ck_assert_uint_eq(t.rec_sum, 0);
	rp_tally_free(&t);
}
END_TEST

START_TEST(sums_by_symbol_add_up)
{
	struct stream s;
	struct rp_tally t;
	uint64_t sum = 0, records = 0;
	char name[16];
	size_t i;

	begin(&s);
	for (i = 0; i < 5000; i++) {
		snprintf(name, sizeof(name), "S%zu", i % 700);
		add(&s, TYPE, i % 3 != 0 ? name : NULL, i + 1, (int64_t)i);
		if (i % 1000 == 999)
			cut(&s);
	}
	tally(&s, &t);
	rp_tally_sort(&t);
	ck_assert_uint_eq(t.n_names, 701);
	ck_assert_str_eq(t.names[0].label.text, "");
	ck_assert_str_eq(t.names[1].label.text, "S0");
	for (i = 0; i < t.n_names; i++) {
		sum += t.names[i].rec_sum;
		records += t.names[i].records;
	}
	ck_assert_uint_eq(sum, t.rec_sum);
	ck_assert_uint_eq(records, 5000);
	ck_assert_uint_eq(t.data_frames, 5);
	ck_assert_uint_eq(t.types[0].records, 5000);
	rp_tally_free(&t);
}
END_TEST

START_TEST(a_gap_is_between_dense_frames)
{
	struct stream s;
	struct rp_tally t;

	begin(&s);
	add(&s, TYPE, "A", 1, 1);
	add(&s, TYPE, "A", 2, 2);
	cut(&s);
	add(&s, TYPE, "A", 5, 3); /* 3 and 4 are missing */
	cut(&s);
	add(&s, GAP, NULL, 100, 4); /* explained */
	cut(&s);
	add(&s, TYPE, "A", 103, 5);
	add(&s, TYPE, "A", 105, 6); /* not dense: nobody knows */
	tally(&s, &t);
	ck_assert_uint_eq(t.gaps, 1);
	ck_assert_uint_eq(t.missing, 2);
	ck_assert_uint_eq(t.gap_after, 2);
	ck_assert_uint_eq(t.seq.back, 0);
	ck_assert_uint_eq(t.seq_min, 1);
	ck_assert_uint_eq(t.seq_max, 105);
	ck_assert_uint_eq(t.ts.back, 0);
	rp_tally_free(&t);
}
END_TEST

START_TEST(going_back_is_seen_within_and_between)
{
	struct stream s;
	struct rp_tally t;

	begin(&s);
	add(&s, TYPE, "A", 10, 10);
	cut(&s);
	add(&s, TYPE, "A", 10, 9); /* not larger; earlier */
	cut(&s);
	add(&s, TYPE, "A", 12, 20);
	add(&s, TYPE, "A", 11, 19); /* within */
	tally(&s, &t);
	ck_assert_uint_eq(t.seq.back, 2);
	ck_assert_uint_eq(t.seq.frame, 1);
	ck_assert_uint_eq(t.ts.back, 2);
	ck_assert_uint_eq(t.gaps, 0);
	rp_tally_free(&t);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("tally");
	TCase *t = tcase_create("tally");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_add_test(t, an_empty_stream_has_no_ranges);
	tcase_add_test(t, sums_by_symbol_add_up);
	tcase_add_test(t, a_gap_is_between_dense_frames);
	tcase_add_test(t, going_back_is_seen_within_and_between);
	suite_add_tcase(s, t);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
