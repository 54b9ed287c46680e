/* log/: named readers, stages and NOTEs. */
#include "log/readers.h"
#include "log/stage.h"
#include "logs.h"

/* ---- named readers ---- */

START_TEST(positions_are_kept)
{
	struct rp_log_position *all;
	struct rp_error err = { 0 };
	uint64_t seq;
	size_t n;

	append("log", 1, 10, NULL);
	ck_ok(rp_log_confirmed("log", NULL, "ohlcv", &seq, NULL));
	ck_assert_uint_eq(seq, 0);
	ck_ok(rp_log_confirm("log", "ohlcv", 7, NULL));
	ck_ok(rp_log_confirm("log", "b-2_x.y", 3, NULL));
	ck_ok(rp_log_confirmed("log", NULL, "ohlcv", &seq, NULL));
	ck_assert_uint_eq(seq, 7);
	ck_ok(rp_log_confirm("log", "ohlcv", 5, NULL)); /* never back */
	ck_ok(rp_log_confirmed("log", NULL, "ohlcv", &seq, NULL));
	ck_assert_uint_eq(seq, 7);
	ck_ok(rp_log_positions("log", &all, &n, NULL));
	ck_assert_uint_eq(n, 2);
	ck_assert_str_eq(all[0].name, "b-2_x.y");
	ck_assert_uint_eq(all[1].seq, 7);
	free(all);
	/* a position of another log */
	append("other", 1, 10, NULL);
	ck_assert_int_eq(mkdir("other/readers", 0777), 0);
	ck_assert_int_eq(rename("log/readers/ohlcv", "other/readers/ohlcv"), 0);
	ck_assert_int_eq(rp_log_confirmed("other", NULL, "ohlcv", &seq, &err),
	    RP_ERR_CORRUPT);
	ck_assert_ptr_nonnull(strstr(err.text, "another log"));
	ck_assert_int_eq(
	    rp_log_confirm("other", "ohlcv", 9, NULL), RP_ERR_CORRUPT);
}
END_TEST

START_TEST(names_of_readers)
{
	static const char *const bad[] = { "", ".", "..", ".x", "a/b", "a b",
		"\xc3\xa9", "a\n" };
	char name[66];
	uint64_t seq;

	append("log", 1, 1, NULL);
	for (size_t i = 0; i < RP_LEN(bad); i++) {
		ck_assert_int_eq(
		    rp_log_reader_name_check(bad[i], NULL), RP_ERR_USAGE);
		ck_assert_int_eq(
		    rp_log_confirm("log", bad[i], 1, NULL), RP_ERR_USAGE);
	}
	memset(name, 'x', sizeof(name));
	name[64] = '\0';
	ck_ok(rp_log_confirm("log", name, 1, NULL));
	ck_ok(rp_log_confirmed("log", NULL, name, &seq, NULL));
	ck_assert_uint_eq(seq, 1);
	name[64] = 'x';
	name[65] = '\0';
	ck_assert_int_eq(rp_log_reader_name_check(name, NULL), RP_ERR_USAGE);
}
END_TEST

START_TEST(positions_that_are_garbage)
{
	static const char *const text[] = { "", "x", "1234 5", "not-a-uuid 5\n",
		"99999999999999999999999999\n" };
	uint64_t seq;

	append("log", 1, 1, NULL);
	ck_ok(rp_log_confirm("log", "r", 1, NULL));
	for (size_t i = 0; i < RP_LEN(text); i++) {
		store("log/readers/r", text[i], strlen(text[i]));
		ck_assert_int_eq(rp_log_confirmed("log", NULL, "r", &seq, NULL),
		    RP_ERR_CORRUPT);
	}
}
END_TEST

/* ---- stages ---- */

START_TEST(a_stage_takes_the_place_of_a_log)
{
	struct rp_log_stage s;

	append("log", 1, 10, NULL);
	ck_assert_int_eq(
	    rp_log_stage_open(&s, "log", false, NULL), RP_ERR_EXISTS);
	rp_log_stage_discard(&s);
	ck_ok(rp_log_stage_open(&s, "log/", true, NULL));
	append(s.dir, 1, 5, NULL);
	ck_log("log", 10);
	ck_ok(rp_log_stage_publish(&s, NULL));
	rp_log_stage_discard(&s);
	ck_log("log", 5);
	/* positions go with the log that they are of */
	ck_ok(rp_log_confirm("log", "r", 3, NULL));
	ck_ok(rp_log_stage_open(&s, "log", true, NULL));
	append(s.dir, 1, 5, NULL);
	ck_ok(rp_log_stage_publish(&s, NULL));
	rp_log_stage_discard(&s);
	ck_assert(!exists("log/readers"));
	/* discarded, it leaves nothing */
	ck_ok(rp_log_stage_open(&s, "log", true, NULL));
	append(s.dir, 1, 7, NULL);
	rp_log_stage_discard(&s);
	ck_log("log", 5);
	remove_all("log");
	ck_assert_int_eq(rmdir(top), 0); /* nothing beside it */
	ck_assert_int_eq(mkdir(top, 0777), 0);
}
END_TEST

START_TEST(what_is_no_log_is_not_replaced)
{
	static const char *const files[] = { "thesis.txt", "lock.txt",
		".hidden", "1.rps", "00000000000000000001.rpsx" };
	struct rp_error err = { 0 };
	struct rp_log_stage s;
	char path[64];

	for (size_t i = 0; i < RP_LEN(files); i++) {
		ck_assert_int_eq(mkdir("dir", 0777), 0);
		snprintf(path, sizeof(path), "dir/%s", files[i]);
		store(path, "x", 1);
		ck_assert_int_eq(
		    rp_log_stage_open(&s, "dir", true, &err), RP_ERR_EXISTS);
		ck_assert_ptr_nonnull(strstr(err.text, files[i]));
		rp_log_stage_discard(&s);
		ck_assert(exists(path));
		ck_assert(!exists("dir/lock"));
		remove_all("dir");
		err = (struct rp_error){ 0 };
	}
	store("file", "x", 1);
	ck_assert_int_eq(
	    rp_log_stage_open(&s, "file", true, NULL), RP_ERR_EXISTS);
	rp_log_stage_discard(&s);
}
END_TEST

START_TEST(notes_have_values)
{
	static const char note[] = "a=1\nlog.uuid=x=y\nempty=\nlast=z";
	size_t len, n = sizeof(note) - 1;

	ck_assert_ptr_eq(rp_note_value(note, n, "a", &len), note + 2);
	ck_assert_uint_eq(len, 1);
	ck_assert_ptr_nonnull(rp_note_value(note, n, "log.uuid", &len));
	ck_assert_uint_eq(len, 3);
	ck_assert_ptr_nonnull(rp_note_value(note, n, "empty", &len));
	ck_assert_uint_eq(len, 0);
	ck_assert_ptr_nonnull(rp_note_value(note, n, "last", &len));
	ck_assert_uint_eq(len, 1);
	ck_assert_ptr_null(rp_note_value(note, n, "uuid", &len));
	ck_assert_ptr_null(rp_note_value(note, n, "las", &len));
	ck_assert_ptr_null(rp_note_value(note, 0, "a", &len));
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, positions_are_kept);
	tcase_add_test(tc, names_of_readers);
	tcase_add_test(tc, positions_that_are_garbage);
	tcase_add_test(tc, a_stage_takes_the_place_of_a_log);
	tcase_add_test(tc, what_is_no_log_is_not_replaced);
	tcase_add_test(tc, notes_have_values);
}

int
main(void)
{
	return run_suite("readers", add);
}
