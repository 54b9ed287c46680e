/* select: what a selection says of frames and of their records. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "expr/group.h"
#include "expr/select.h"
#include "records.h"

static const char letters[] = "BATbSOK"; /* as in test_expr.c */

typedef enum rp_status (*setter)(
    struct rp_select *, const char *, struct rp_error *);

static enum rp_status
from(struct rp_select *sel, const char *t, struct rp_error *err)
{
	return rp_select_times(sel, t, NULL, RP_CLOCK_RECV, err);
}

static enum rp_status
to(struct rp_select *sel, const char *t, struct rp_error *err)
{
	return rp_select_times(sel, NULL, t, RP_CLOCK_RECV, err);
}

static enum rp_status
from_event(struct rp_select *sel, const char *t, struct rp_error *err)
{
	return rp_select_times(sel, t, NULL, RP_CLOCK_EVENT, err);
}

static const struct {
	setter set;
	const char *arg;
	setter set2;
	const char *arg2;
	enum rp_verdict verdict;
	const char *records; /* that pass, where the verdict is SOME */
	bool thins;
} items[] = {
	{ NULL, NULL, NULL, NULL, RP_PASS_ALL, NULL, false },
	/* times */
	{ from, "2023-12-25T23:00:05", NULL, NULL, RP_PASS_SOME, "OK", false },
	{ from, "23:00:05", NULL, NULL, RP_PASS_SOME, "OK", false },
	{ from, "+5s", NULL, NULL, RP_PASS_SOME, "OK", false },
	{ from, "2023-12-25", NULL, NULL, RP_PASS_ALL, NULL, false },
	{ from, "23:00", NULL, NULL, RP_PASS_ALL, NULL, false },
	{ from, "23:00:07", NULL, NULL, RP_PASS_NONE, NULL, false },
	{ to, "23:00:01", NULL, NULL, RP_PASS_SOME, "B", false },
	{ to, "+1s", NULL, NULL, RP_PASS_SOME, "B", false },
	{ to, "23:00", NULL, NULL, RP_PASS_NONE, NULL, false },
	{ to, "23:00:06.000000001", NULL, NULL, RP_PASS_ALL, NULL, false },
	{ from_event, "23:00:00", NULL, NULL, RP_PASS_SOME, "ATbSK", false },
	{ from_event, "2023-12-25", NULL, NULL, RP_PASS_SOME, "BATbSK", false },
	/* seqs: one record has none */
	{ rp_select_seq, "2..3", NULL, NULL, RP_PASS_SOME, "AT", true },
	{ rp_select_seq, "5..", NULL, NULL, RP_PASS_SOME, "SK", true },
	{ rp_select_seq, "..2", NULL, NULL, RP_PASS_SOME, "BA", true },
	{ rp_select_seq, "4", NULL, NULL, RP_PASS_SOME, "b", true },
	{ rp_select_seq, "0..7", NULL, NULL, RP_PASS_ALL, NULL, true },
	{ rp_select_seq, "8..", NULL, NULL, RP_PASS_NONE, NULL, true },
	/* names */
	{ rp_select_symbol, "ESH4", NULL, NULL, RP_PASS_SOME, "BTSK", false },
	{ rp_select_symbol, "ESH4", rp_select_symbol, "NQ*", RP_PASS_SOME,
	    "BATSOK", false },
	{ rp_select_symbol, "*", NULL, NULL, RP_PASS_SOME, "BATSOK", false },
	{ rp_select_symbol, "glbx", NULL, NULL, RP_PASS_NONE, NULL, false },
	{ rp_select_symbol, "\\ESH4", NULL, NULL, RP_PASS_SOME, "BTSK", false },
	{ rp_select_source, "g*", NULL, NULL, RP_PASS_SOME, "T", false },
	{ rp_select_source, "ESH4", NULL, NULL, RP_PASS_NONE, NULL, false },
	/* types */
	{ rp_select_type, "mbo", NULL, NULL, RP_PASS_SOME, "BAS", false },
	{ rp_select_type, "mbo,trades", NULL, NULL, RP_PASS_SOME, "BATS",
	    false },
	{ rp_select_type, "mbp-1", NULL, NULL, RP_PASS_SOME, "b", false },
	{ rp_select_type, "mbp-10", NULL, NULL, RP_PASS_SOME, "K", false },
	{ rp_select_type, "b*", NULL, NULL, RP_PASS_SOME, "bK", false },
	{ rp_select_type, "2000", NULL, NULL, RP_PASS_SOME, "O", false },
	{ rp_select_type, "bar", NULL, NULL, RP_PASS_NONE, NULL, false },
	{ rp_select_type, "*", rp_select_type, "2000", RP_PASS_ALL, NULL,
	    false },
	/* flags and expressions; all of what is asked for has to be met */
	{ rp_select_flags, "last", NULL, NULL, RP_PASS_SOME, "BA", true },
	{ rp_select_flags, "last,!snapshot", NULL, NULL, RP_PASS_SOME, "B",
	    true },
	{ rp_select_flags, "last", rp_select_flags, "snapshot", RP_PASS_SOME,
	    "A", true },
	{ rp_select_where, "size >= 5", NULL, NULL, RP_PASS_SOME, "BA", true },
	{ rp_select_where, "size >= 5", rp_select_symbol, "NQH4", RP_PASS_SOME,
	    "A", true },
	{ rp_select_where, "symbol == NQH4", rp_select_type, "mbo",
	    RP_PASS_SOME, "A", true },
	{ rp_select_where, "type == bar", NULL, NULL, RP_PASS_NONE, NULL,
	    true },
};

START_TEST(selects)
{
	struct rp_select *sel = rp_select_new();
	struct rp_error err = { 0 };
	enum rp_verdict verdict;
	char got[RECORDS + 1];
	struct sample s;
	size_t n = 0;
	int i;

	sample_init(&s);
	if (items[_i].set != NULL)
		ck_assert_msg(items[_i].set(sel, items[_i].arg, &err) == RP_OK,
		    "%s", err.text);
	if (items[_i].set2 != NULL)
		ck_assert_int_eq(
		    items[_i].set2(sel, items[_i].arg2, &err), RP_OK);
	ck_assert_int_eq(rp_select_thins(sel), items[_i].thins);
	ck_assert_int_eq(rp_select_is_all(sel), items[_i].set == NULL);
	ck_assert_int_eq(rp_select_frame(sel, &s.frame, &verdict), RP_OK);
	ck_assert_msg(verdict == items[_i].verdict, "%s: %d", items[_i].arg,
	    (int)verdict);
	if (verdict == RP_PASS_SOME) {
		for (i = 0; i < RECORDS; i++)
			if (rp_select_record(sel, &s.frame, s.record[i]))
				got[n++] = letters[i];
		got[n] = '\0';
		ck_assert_msg(strcmp(got, items[_i].records) == 0,
		    "%s: %s, not %s", items[_i].arg, got, items[_i].records);
	}
	rp_select_free(sel);
}
END_TEST

static const struct {
	setter set;
	const char *arg, *text;
} wrongs[] = {
	{ from, "noon", "from: \"noon\" is no time" },
	{ to, "", "to: \"\" is no time" },
	{ rp_select_zone, "Nowhere", "no time zone \"Nowhere\"" },
	{ rp_select_seq, "", "\"\" is no range" },
	{ rp_select_seq, "..", "\"..\" is no range" },
	{ rp_select_seq, "3..2", "\"3..2\" is no range" },
	{ rp_select_seq, "1..2..3", "\"1..2..3\" is no range" },
	{ rp_select_seq, "99999999999999999999", "\"9999" },
	{ rp_select_type, "mboo", "no record type named \"mboo\"; did you" },
	{ rp_select_type, "mbo,", "no record type named \"\"" },
	{ rp_select_type, "0", "no record type named \"0\"" },
	{ rp_select_flags, "", "no flag named \"\"" },
	{ rp_select_flags, "last,", "no flag named \"\"" },
	{ rp_select_flags, "!", "no flag named \"\"" },
	{ rp_select_symbol, "", "an empty name" },
	{ rp_select_where, "sise ~ 'x", "column 8: this quote is not closed" },
};

START_TEST(says_what_is_wrong)
{
	struct rp_select *sel = rp_select_new();
	struct rp_error err = { 0 };

	ck_assert_int_eq(
	    wrongs[_i].set(sel, wrongs[_i].arg, &err), RP_ERR_USAGE);
	ck_assert_msg(
	    strncmp(err.text, wrongs[_i].text, strlen(wrongs[_i].text)) == 0,
	    "%s", err.text);
	rp_select_free(sel);
}
END_TEST

START_TEST(ranges_for_a_log)
{
	struct rp_select *sel = rp_select_new();
	struct rp_select_range r;

	rp_select_range(sel, &r);
	ck_assert(r.seq_min == 0 && r.seq_max == UINT64_MAX);
	ck_assert(r.ts_min == INT64_MIN && r.ts_max == INT64_MAX);
	ck_assert_int_eq(rp_select_seq(sel, "5..9", NULL), RP_OK);
	ck_assert_int_eq(
	    rp_select_times(sel, "23:00", "+1s", RP_CLOCK_RECV, NULL), RP_OK);
	ck_assert(rp_select_needs_start(sel));
	rp_select_range(sel, &r);
	ck_assert(r.seq_min == 5 && r.seq_max == 9);
	ck_assert(r.ts_min == INT64_MIN && r.ts_max == INT64_MAX);
	rp_select_start(sel, T0 + 5);
	rp_select_start(sel, 0); /* too late */
	rp_select_range(sel, &r);
	ck_assert_int_eq(r.ts_min, T0);
	ck_assert_int_eq(r.ts_max, T0 + SECOND - 1);
	/* the venue's time says nothing of where a log has it */
	ck_assert_int_eq(
	    rp_select_times(sel, "2023-12-25", NULL, RP_CLOCK_EVENT, NULL),
	    RP_OK);
	ck_assert(!rp_select_needs_start(sel));
	rp_select_range(sel, &r);
	ck_assert(r.ts_min == INT64_MIN && r.ts_max == INT64_MAX);
	/* a span behind a given start needs no other */
	ck_assert_int_eq(rp_select_times(sel, "2023-12-25T23:00", "+1m",
			     RP_CLOCK_RECV, NULL),
	    RP_OK);
	ck_assert(!rp_select_needs_start(sel));
	rp_select_range(sel, &r);
	ck_assert_int_eq(r.ts_max, T0 + 60 * SECOND - 1);
	rp_select_free(sel);
}
END_TEST

START_TEST(names_from_a_file)
{
	char path[] = "/tmp/rp-test-select-XXXXXX", arg[64];
	static const char text[] = "# ours\r\n\n  ESH4 \nNQ[A-Z]4";
	struct rp_select *sel = rp_select_new();
	struct rp_error err = { 0 };
	enum rp_verdict verdict;
	struct sample s;
	int fd = mkstemp(path);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(
	    write(fd, text, sizeof(text) - 1), (int)sizeof(text) - 1);
	close(fd);
	snprintf(arg, sizeof(arg), "@%s", path);
	ck_assert_msg(
	    rp_select_symbol(sel, arg, &err) == RP_OK, "%s", err.text);
	sample_init(&s);
	ck_assert_int_eq(rp_select_frame(sel, &s.frame, &verdict), RP_OK);
	ck_assert(rp_select_record(sel, &s.frame, s.record[MBO_BID]));
	ck_assert(rp_select_record(sel, &s.frame, s.record[MBO_ASK]));
	ck_assert(!rp_select_record(sel, &s.frame, s.record[BBO]));
	unlink(path);
	ck_assert_int_eq(rp_select_symbol(sel, arg, &err), RP_ERR_IO);
	rp_select_free(sel);
}
END_TEST

START_TEST(groups_are_of_one_symbol_and_source)
{
	struct rp_group g = { 0 };
	struct sample s, other;
	int i;

	sample_init(&s);
	ck_assert(!rp_group_is_of(&g, &s.frame, s.record[MBO_BID]));
	rp_group_open(&g, &s.frame, s.record[MBO_BID]);
	ck_assert_int_eq(rp_group_hold(&g, &s.frame, s.record[MBO_BID]), RP_OK);
	ck_assert(rp_group_is_of(&g, &s.frame, s.record[SHORT]));
	ck_assert(!rp_group_is_of(&g, &s.frame, s.record[MBO_ASK]));
	ck_assert(!rp_group_is_of(&g, &s.frame, s.record[TRADE]));
	ck_assert(!rp_group_is_of(&g, &s.frame, s.record[BBO]));
	/* the same names with other numbers, in a later frame */
	sample_init(&other);
	other.names[0] = s.names[1];
	other.names[1] = s.names[0];
	ck_assert(rp_group_is_of(&g, &other.frame, other.record[MBO_ASK]));
	memset(&s, 0xff, sizeof(s)); /* what is held needs no frame */
	ck_assert_int_eq(g.frame.rows_end - g.frame.rows, 96);
	ck_assert_int_eq(
	    memcmp(rp_frame_name(&g.frame, 0)->text, "ESH4", 4), 0);
	rp_group_release(&g);
	ck_assert_ptr_null(rp_frame_next(&g.frame, NULL));
	for (i = 0; i < RP_MAX_EVENT / 96; i++)
		ck_assert_int_eq(
		    rp_group_hold(&g, &other.frame, other.record[MBO_BID]),
		    RP_OK);
	ck_assert_int_eq(rp_group_hold(&g, &other.frame, other.record[MBO_BID]),
	    RP_ERR_LIMIT);
	rp_group_free(&g);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("select");
	TCase *tc = tcase_create("select");
	SRunner *sr = srunner_create(s);
	int failed;

	tcase_add_loop_test(tc, selects, 0, (int)RP_LEN(items));
	tcase_add_loop_test(tc, says_what_is_wrong, 0, (int)RP_LEN(wrongs));
	tcase_add_test(tc, ranges_for_a_log);
	tcase_add_test(tc, names_from_a_file);
	tcase_add_test(tc, groups_are_of_one_symbol_and_source);
	suite_add_tcase(s, tc);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
