/* base: when records are due; types: times that move together. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/schedule.h"
#include "types/times.h"
#include "types/types.h"

static int64_t
next(struct rp_schedule *s, int64_t ts)
{
	bool ahead;

	return rp_schedule_next(s, ts, &ahead);
}

START_TEST(distances_are_scaled)
{
	static const struct {
		struct rp_decimal speed;
		int64_t due; /* of 1 s and 1 ns */
	} cases[] = {
		{ { 1, 0 }, 1000000001 },
		{ { 2, 0 }, 500000000 },
		{ { 5, -1 }, 2000000002 },
		{ { 25, -1 }, 400000000 },
		{ { 1, 9 }, 1 },
		{ { 1, -9 }, 1000000001000000000 },
		{ { INT64_MAX, 9 }, 0 },
	};
	size_t i;

	for (i = 0; i < RP_LEN(cases); i++) {
		struct rp_schedule s = { .speed = cases[i].speed };

		ck_assert_int_eq(next(&s, 77), 0);
		ck_assert_int_eq(next(&s, 1000000078), cases[i].due);
	}
}
END_TEST

START_TEST(rates_divide_seconds)
{
	struct rp_schedule s = { .speed = { 1, 0 }, .rate = 3 };

	ck_assert_int_eq(next(&s, 5), 0);
	ck_assert_int_eq(next(&s, -100), 333333333);
	ck_assert_int_eq(next(&s, RP_ABSENT), 666666666);
	ck_assert_int_eq(next(&s, 7), 1000000000);
	ck_assert_uint_eq(s.back, 0);
	/* no error adds up */
	s.n = 3000001;
	ck_assert_int_eq(next(&s, 7), 1000000333333333);
}
END_TEST

START_TEST(gaps_are_cut_and_distances_go_on)
{
	struct rp_schedule s = { .speed = { 1, 0 }, .max_gap = 10 };

	ck_assert_int_eq(next(&s, 100), 0);
	ck_assert_int_eq(next(&s, 110), 10);
	ck_assert_uint_eq(s.gaps, 0);
	ck_assert_int_eq(next(&s, 121), 20);
	ck_assert_uint_eq(s.gaps, 1);
	ck_assert_int_eq(s.cut, 1);
	ck_assert_int_eq(next(&s, 125), 24);
	ck_assert_int_eq(rp_schedule_peek(&s, 1000), 34);
	ck_assert_uint_eq(s.gaps, 1); /* looking changes nothing */
	ck_assert_int_eq(next(&s, 1000), 34);
	ck_assert_int_eq(s.cut, 865);
	ck_assert_int_eq(s.cut_all, 866);
}
END_TEST

START_TEST(what_lies_back_is_told_and_holds_nothing_up)
{
	struct rp_schedule s = { .speed = { 2, 0 } };
	bool ahead;

	ck_assert_int_eq(rp_schedule_next(&s, 100, &ahead), 0);
	ck_assert(ahead);
	ck_assert_int_eq(rp_schedule_next(&s, 200, &ahead), 50);
	ck_assert_int_eq(rp_schedule_next(&s, 150, &ahead), 25);
	ck_assert(!ahead);
	ck_assert_int_eq(rp_schedule_next(&s, 80, &ahead), -10);
	ck_assert(!ahead);
	ck_assert_int_eq(rp_schedule_next(&s, RP_ABSENT, &ahead), 50);
	ck_assert(ahead);
	ck_assert_int_eq(rp_schedule_next(&s, 200, &ahead), 50);
	ck_assert(ahead);
	ck_assert_uint_eq(s.back, 2);
}
END_TEST

START_TEST(the_ends_of_time_do_not_overflow)
{
	struct rp_schedule s = { .speed = { 1, -9 }, .max_gap = INT64_MAX };
	int64_t due;

	ck_assert_int_eq(next(&s, INT64_MIN + 1), 0);
	due = next(&s, INT64_MAX);
	ck_assert_int_gt(due, INT64_MAX / 8);
	ck_assert_int_lt(due, INT64_MAX / 2);
	ck_assert_int_lt(next(&s, INT64_MIN + 1), 1);
	s = (struct rp_schedule){ .speed = { 1, 0 }, .max_gap = 5 };
	ck_assert_int_eq(next(&s, INT64_MIN + 1), 0);
	ck_assert_int_eq(next(&s, INT64_MAX), 5);
	s = (struct rp_schedule){
		.speed = { 1, 0 }, .rate = 1, .n = UINT64_MAX - 5
	};
	ck_assert_int_gt(next(&s, 0), INT64_MAX / 8);
}
END_TEST

/* ---- times of records ---- */

union row {
	struct rp_record rec;
	uint8_t bytes[256];
};

static union row
gap_row(int64_t ts)
{
	const struct rp_gap gap = {
		.ev.ts_event = ts - 5, .ts_from = ts - 9, .ts_to = RP_ABSENT
	};
	union row row = { 0 };

	row.rec = (struct rp_record){
		.len = sizeof(gap), .type = RP_GAP, .ts_recv = ts
	};
	memcpy(row.bytes + sizeof(row.rec), &gap, sizeof(gap));
	return row;
}

START_TEST(times_move_together)
{
	union row row = gap_row(1000);
	const struct rp_gap *gap = (const void *)row.rec.payload;
	struct rp_time_fields t;

	rp_time_fields(&t, RP_GAP);
	ck_assert_int_eq(rp_record_event(&t, &row.rec), 995);
	rp_record_move(&t, &row.rec, -100);
	ck_assert_int_eq(row.rec.ts_recv, 900);
	ck_assert_int_eq(gap->ev.ts_event, 895);
	ck_assert_int_eq(gap->ts_from, 891);
	ck_assert_int_eq(gap->ts_to, RP_ABSENT);
	rp_record_move(&t, &row.rec, INT64_MAX);
	ck_assert_int_eq(row.rec.ts_recv, INT64_MAX);
	rp_record_move(&t, &row.rec, (rp_wide)INT64_MIN * 2);
	ck_assert_int_eq(row.rec.ts_recv, INT64_MIN + 1);
	ck_assert_int_eq(gap->ev.ts_event, INT64_MIN + 1);
}
END_TEST

START_TEST(fields_beyond_a_payload_are_left_alone)
{
	union row row = gap_row(1000), want;
	struct rp_time_fields t;

	rp_time_fields(&t, RP_GAP);
	row.rec.len = 60; /* ts_from begins at 56 */
	want = row;
	rp_record_move(&t, &row.rec, 10);
	ck_assert_int_eq(
	    memcmp(row.rec.payload + 8, want.rec.payload + 8, 64), 0);
	row.rec.len = 4;
	ck_assert_int_eq(rp_record_event(&t, &row.rec), RP_ABSENT);
	/* a type without a table: its payload is nobody's business */
	rp_time_fields(&t, RP_TYPE_USER);
	ck_assert_int_eq(t.n, 0);
	row = want;
	rp_record_move(&t, &row.rec, 10);
	ck_assert_int_eq(row.rec.ts_recv, 1010);
	ck_assert_int_eq(memcmp(row.rec.payload, want.rec.payload, 72), 0);
}
END_TEST

START_TEST(every_type_of_the_table_has_its_event_first)
{
	struct rp_time_fields t;
	size_t i;

	for (i = 0; i < rp_n_types; i++) {
		rp_time_fields(&t, rp_types[i]->id);
		if (rp_types[i]->id <= RP_IMBALANCE) {
			ck_assert(t.has_event);
			ck_assert_uint_eq(t.off[0], RP_EV_TS_EVENT);
		}
	}
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("schedule");
	TCase *tc = tcase_create("pace");
	SRunner *sr = srunner_create(s);
	int failed;

	tcase_add_test(tc, distances_are_scaled);
	tcase_add_test(tc, rates_divide_seconds);
	tcase_add_test(tc, gaps_are_cut_and_distances_go_on);
	tcase_add_test(tc, what_lies_back_is_told_and_holds_nothing_up);
	tcase_add_test(tc, the_ends_of_time_do_not_overflow);
	tcase_add_test(tc, times_move_together);
	tcase_add_test(tc, fields_beyond_a_payload_are_left_alone);
	tcase_add_test(tc, every_type_of_the_table_has_its_event_first);
	suite_add_tcase(s, tc);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
