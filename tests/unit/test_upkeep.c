/* log/: retention, replacing segments, what is told of it, trees of logs. */
#include "base/file.h"
#include "log/lock.h"
#include "log/replace.h"
#include "log/tree.h"
#include "log/trim.h"
#include "log/upkeep.h"
#include "logs.h"

/* ---- paths ---- */

START_TEST(paths_between_directories)
{
	static const struct {
		const char *from, *to, *want;
	} t[] = { { "a/b", "a/b", "." }, { "a", "a/b", "b" },
		{ "a/b", "a", "../" }, { "a/b", "a/c", "../c" },
		{ "a/b", "a/bb", "../bb" }, { "a/bb", "a/b", "../b" },
		{ "a/b", "d/e", "../../d/e" }, { "d", "a/b", "../a/b" },
		{ ".", "d/e", "d/e" }, { "d/e", ".", "../../" } };

	ck_assert_int_eq(system("mkdir -p a/b a/bb a/c d/e"), 0);
	for (size_t i = 0; i < RP_LEN(t); i++) {
		char *got = rp_path_between(t[i].from, t[i].to), *path;
		size_t n = strlen(t[i].want);

		if (t[i].want[n - 1] == '/') /* one slash is as good as none */
			n--;
		ck_assert_int_eq(strncmp(got, t[i].want, n), 0);
		ck_assert_uint_le(strlen(got), n + 1);
		/* and it leads there */
		ck_assert_int_gt(asprintf(&path, "%s/%s", t[i].from, got), 0);
		free(got);
		got = rp_path_between(path, t[i].to);
		ck_assert_str_eq(got, ".");
		free(got);
		free(path);
	}
	ck_assert_ptr_null(rp_path_between("a", "nowhere"));
	ck_assert_ptr_null(rp_path_between("nowhere", "a"));
}
END_TEST

START_TEST(where_links_lead)
{
	char *target;

	ck_assert_int_eq(mkdir("dir", 0777), 0);
	ck_assert_int_eq(symlink("../x", "dir/relative"), 0);
	ck_assert_int_eq(symlink("/x/y", "dir/absolute"), 0);
	target = rp_link_target("dir/relative");
	ck_assert_str_eq(target, "dir/../x");
	free(target);
	target = rp_link_target("dir/absolute");
	ck_assert_str_eq(target, "/x/y");
	free(target);
	ck_assert_ptr_null(rp_link_target("dir"));
	ck_assert_ptr_null(rp_link_target("nothing"));
}
END_TEST

/* ---- retention ---- */

/* A survey of segments of 100 bytes each whose last records are so old. */
static struct rp_survey
survey_of(struct rp_survey_item *item, size_t n, const int64_t *ages)
{
	struct rp_survey v = { .item = item, .n = n, .bytes = 100 * n };

	for (size_t i = 0; i < n; i++) {
		item[i] = (struct rp_survey_item){ .settled = true };
		item[i].segment.size = 100;
		item[i].summary.range.ts_max =
		    ages[i] < 0 ? INT64_MIN : 1000 - ages[i];
	}
	return v;
}

START_TEST(any_limit_counts)
{
	/* the third has no records */
	static const int64_t ages[] = { 90, 50, -1, 70, 10 };
	static const struct {
		struct rp_retention limits;
		size_t want;
	} t[] = {
		{ { 1000, -1, UINT64_MAX, UINT64_MAX }, 0 },
		{ { 1000, 91, UINT64_MAX, UINT64_MAX }, 0 },
		{ { 1000, 90, UINT64_MAX, UINT64_MAX }, 1 },
		{ { 1000, 60, UINT64_MAX, UINT64_MAX }, 1 },
		{ { 1000, 50, UINT64_MAX, UINT64_MAX }, 4 },
		{ { 1000, 0, UINT64_MAX, UINT64_MAX }, 5 },
		{ { 1000, -1, 500, UINT64_MAX }, 0 },
		{ { 1000, -1, 499, UINT64_MAX }, 1 },
		{ { 1000, -1, 0, UINT64_MAX }, 5 },
		{ { 1000, -1, UINT64_MAX, 5 }, 0 },
		{ { 1000, -1, UINT64_MAX, 1 }, 4 },
		{ { 1000, 90, 350, 4 }, 3 },
	};
	struct rp_survey_item item[5];
	struct rp_survey v = survey_of(item, 5, ages);

	for (size_t i = 0; i < RP_LEN(t); i++)
		ck_assert_uint_eq(
		    rp_retention_exceeding(&t[i].limits, &v), t[i].want);
}
END_TEST

/* ---- trimming ---- */

static void
trim_first(const char *dir)
{
	struct rp_segments s = list(dir);
	struct rp_log_trimmed t;
	struct rp_index x = { 0 };
	struct rp_readable b;

	ck_ok(rp_log_trimmed(dir, NULL, &t, NULL));
	ck_ok(rp_segment_open(dir, &s.item[0], &b, NULL));
	rp_index_clear(&x);
	ck_assert(rp_segment_summary(&x, dir, &s.item[0], &b));
	rp_readable_close(&b);
	ck_ok(rp_log_trim(dir, &s.item[0], &x, &t, NULL));
	rp_index_free(&x);
	rp_segments_free(&s);
}

static void
count_names(void *arg, const char *name)
{
	ck_assert_ptr_nonnull(name);
	++*(int *)arg;
}

START_TEST(what_was_trimmed_is_known)
{
	struct rp_log_trimmed t;
	int found = 0;

	append("log", 1, 10, NULL);
	append("log", 11, 20, NULL);
	append("log", 31, 30, NULL);
	ck_ok(rp_log_trimmed("log", NULL, &t, NULL));
	ck_assert_uint_eq(t.last_seq, 0);
	trim_first("log");
	trim_first("log");
	ck_ok(rp_log_trimmed("log", NULL, &t, NULL));
	ck_assert_uint_eq(t.last_seq, 30);
	ck_assert_uint_eq(t.records, 30);
	ck_assert_int_le(t.ts_min, t.ts_max);
	ck_assert(!exists(ONE ".rps") && !exists(ONE ".rpx"));
	ck_ok(rp_log_trim_finish(
	    "log", NULL, &t, false, count_names, &found, NULL));
	ck_assert_int_eq(found, 0);
	append("log", 61, 1, NULL);
	store("log/trimmed", "last_seq=1\n", 11);
	ck_assert_int_eq(rp_log_trimmed("log", NULL, &t, NULL), RP_ERR_CORRUPT);
	store("log/trimmed", "", 0);
	ck_assert_int_eq(rp_log_trimmed("log", NULL, &t, NULL), RP_ERR_CORRUPT);
}
END_TEST

START_TEST(a_removal_that_was_begun_is_finished)
{
	static const char text[] =
	    "last_seq=30\nrecords=30\nts_min=1\nts_max=2\n";
	struct rp_log_trimmed t;
	int found = 0;

	append("log", 1, 10, NULL);
	append("log", 11, 20, NULL);
	append("log", 31, 30, NULL);
	store("log/trimmed", text, sizeof(text) - 1);
	unlink(ONE ".rpx");
	ck_ok(rp_log_trim_finish(
	    "log", NULL, &t, true, count_names, &found, NULL));
	ck_assert_int_eq(found, 2);
	ck_assert(exists(ONE ".rps"));
	ck_ok(rp_log_trim_finish(
	    "log", NULL, &t, false, count_names, &found, NULL));
	ck_assert_int_eq(found, 4);
	ck_assert(!exists(ONE ".rps"));
	ck_assert_uint_eq(t.records, 30);
	ck_assert_uint_eq(read_log("log", NULL).first_seq, 31);
}
END_TEST

START_TEST(who_asks_for_what_is_gone_is_told)
{
	struct rp_log_range range = { 5, UINT64_MAX, INT64_MIN, INT64_MAX };
	struct rp_log_reader_options opt = { .range = &range,
		.tell_lost = true };
	struct rp_log_range lost;
	struct rp_log_reader *lr;
	struct rp_frame f;

	append("log", 1, 10, NULL);
	append("log", 11, 10, NULL);
	trim_first("log");
	ck_ok(rp_log_reader_open(&lr, "log", &opt, NULL));
	ck_ok(rp_log_reader_head(lr, &f));
	ck_assert(rp_log_reader_lost(lr, &lost));
	ck_assert_uint_eq(lost.seq_min, 5);
	ck_assert_uint_eq(lost.seq_max, 10);
	ck_assert(!rp_log_reader_lost(lr, &lost)); /* once */
	rp_log_reader_free(lr);
	/* behind it, or without a position, nothing is lost */
	range.seq_min = 11;
	for (int i = 0; i < 2; i++) {
		ck_ok(rp_log_reader_open(&lr, "log", &opt, NULL));
		ck_ok(rp_log_reader_head(lr, &f));
		ck_assert(!rp_log_reader_lost(lr, &lost));
		rp_log_reader_free(lr);
		opt = (struct rp_log_reader_options){ 0 };
	}
}
END_TEST

/* A reader that listed the log before: data frames until the end. */
static uint64_t
read_on(struct rp_log_reader *lr, struct rp_log_range *lost)
{
	uint64_t records = 0;
	struct rp_frame f;
	enum rp_status st;

	while ((st = rp_log_reader_head(lr, &f)) == RP_OK)
		records += f.head.records;
	ck_assert_int_eq(st, RP_END);
	ck_assert(rp_log_reader_lost(lr, lost));
	return records;
}

START_TEST(a_reader_that_is_overtaken_goes_on)
{
	struct rp_log_reader_options opt = { 0 };
	struct rp_log_range lost;
	struct rp_log_reader *lr;
	struct rp_frame f;

	for (uint64_t i = 0; i < 4; i++)
		append("log", 10 * i + 1, 10, NULL);
	ck_ok(rp_log_reader_open(&lr, "log", &opt, NULL));
	do
		ck_ok(rp_log_reader_head(lr, &f));
	while (f.head.kind != RP_DATA);
	for (int i = 0; i < 3; i++)
		trim_first("log");
	ck_assert_uint_eq(read_on(lr, &lost), 10);
	ck_assert_uint_eq(lost.seq_min, 11);
	ck_assert_uint_eq(lost.seq_max, 30);
	rp_log_reader_free(lr);
}
END_TEST

START_TEST(a_segment_that_is_missing_is_an_error)
{
	struct rp_log_reader_options opt = { 0 };
	struct rp_log_reader *lr;
	struct rp_frame f;
	enum rp_status st;

	for (uint64_t i = 0; i < 3; i++)
		append("log", 10 * i + 1, 10, NULL);
	ck_ok(rp_log_reader_open(&lr, "log", &opt, NULL));
	unlink("log/00000000000000000011.rps");
	while ((st = rp_log_reader_head(lr, &f)) == RP_OK)
		;
	ck_assert_int_eq(st, RP_ERR_IO);
	rp_log_reader_free(lr);
}
END_TEST

/* ---- locks and trees ---- */

START_TEST(upkeep_has_a_lock_of_its_own)
{
	int writer, upkeep, again;

	append("log", 1, 1, NULL);
	ck_ok(rp_log_lock("log", &writer, NULL));
	ck_ok(rp_log_lock_upkeep("log", &upkeep, NULL));
	ck_assert_int_eq(rp_log_lock_upkeep("log", &again, NULL), RP_ERR_BUSY);
	close(upkeep);
	ck_ok(rp_log_lock_upkeep("log", &again, NULL));
	close(again);
	close(writer);
	ck_ok(rp_log_check_files("log", NULL));
}
END_TEST

static void
ck_names(const char *operand, const char *want)
{
	struct rp_log_names l = { 0 };
	char got[256] = "";
	enum rp_status st = rp_log_names_add(&l, operand, NULL, NULL);

	ck_assert_int_eq(st, *want != '\0' ? RP_OK : RP_EMPTY);
	for (size_t i = 0; i < l.n; i++) {
		strcat(got, i > 0 ? " " : "");
		strcat(got, l.item[i].path);
	}
	ck_assert_str_eq(got, want);
	rp_log_names_free(&l);
}

START_TEST(logs_are_found)
{
	ck_assert_int_eq(
	    system("mkdir -p t/a/b t/c/b t/.h t/e/f && ln -s .. t/e/up"), 0);
	append("t/a/b/1", 1, 1, NULL);
	append("t/a/b/2", 1, 1, NULL);
	append("t/c/b/1", 1, 1, NULL);
	append("t/c/2", 1, 1, NULL);
	append("t/.h/3", 1, 1, NULL);
	append("t/e/x.cold", 1, 1, NULL);
	ck_names("t/c/2", "t/c/2");
	ck_names("t", "t/a/b/1 t/a/b/2 t/c/2 t/c/b/1");
	ck_names("t/", "t/a/b/1 t/a/b/2 t/c/2 t/c/b/1");
	ck_names("t/**", "t/a/b/1 t/a/b/2 t/c/2 t/c/b/1");
	ck_names("t/**/2", "t/a/b/2 t/c/2");
	ck_names("**/b/1", "t/a/b/1 t/c/b/1");
	ck_names("**/**/1", "t/a/b/1 t/c/b/1");
	ck_names("t/*/b", "t/a/b/1 t/a/b/2 t/c/b/1");
	ck_names("t/[ab]/*/[12]", "t/a/b/1 t/a/b/2");
	ck_names("t/?/2", "t/c/2");
	ck_names("t/.h/*", "t/.h/3");
	ck_names("t/a/b/1/*", "");
	ck_names("t/z*", "");
	ck_names("t/e", "");
	ck_names("nothing", "");
	ck_assert_int_eq(chdir("t/c"), 0);
	ck_names(".", "2 b/1");
	ck_names("*", "2 b/1");
	ck_names("../a/*/1", "../a/b/1");
	ck_assert(rp_log_is_log("2"));
	ck_assert(!rp_log_is_log("b"));
	ck_assert(rp_log_is_cold("x/y.cold/") && !rp_log_is_cold(".cold"));
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, paths_between_directories);
	tcase_add_test(tc, where_links_lead);
	tcase_add_test(tc, any_limit_counts);
	tcase_add_test(tc, what_was_trimmed_is_known);
	tcase_add_test(tc, a_removal_that_was_begun_is_finished);
	tcase_add_test(tc, who_asks_for_what_is_gone_is_told);
	tcase_add_test(tc, a_reader_that_is_overtaken_goes_on);
	tcase_add_test(tc, a_segment_that_is_missing_is_an_error);
	tcase_add_test(tc, upkeep_has_a_lock_of_its_own);
	tcase_add_test(tc, logs_are_found);
}

int
main(void)
{
	return run_suite("upkeep", add);
}
