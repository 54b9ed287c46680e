/* log/: written, rolled, locked, read by index or without, followed. */
#include <signal.h>
#include <sys/wait.h>

#include "logs.h"
#include "log/lock.h"
#include "log/recover.h"

/* ---- what is written is read ---- */

START_TEST(a_log_comes_back)
{
	struct seen s;

	append("log", 1, 1000, NULL);
	ck_log("log", 1000);
	s = read_log("log", NULL);
	ck_assert_uint_eq(s.first_seq, 1);
	ck_assert_uint_eq(s.last_seq, 1000);
	ck_assert(exists("log/00000000000000000001.rps"));
	ck_assert(exists("log/00000000000000000001.rpx"));
}
END_TEST

START_TEST(appending_goes_on)
{
	struct rp_segments s;
	char uuid[37], again[37];

	append("log", 1, 10, NULL);
	ck_ok(rp_log_uuid("log", NULL, uuid, NULL));
	for (uint64_t i = 1; i < 20; i++)
		append("log", 10 * i + 1, 10, NULL);
	ck_log("log", 200);
	s = list("log");
	ck_assert_uint_eq(s.n, 20);
	for (size_t i = 0; i < s.n; i++)
		ck_assert_uint_eq(s.item[i].first_seq, 10 * i + 1);
	rp_segments_free(&s);
	ck_ok(rp_log_uuid("log", NULL, again, NULL));
	ck_assert_str_eq(uuid, again);
}
END_TEST

START_TEST(nothing_appended_changes_nothing)
{
	struct rp_segments s;

	append("log", 1, 10, NULL);
	close_log(open_log("log", NULL));
	s = list("log");
	ck_assert_uint_eq(s.n, 1);
	rp_segments_free(&s);
	append("log", 11, 10, NULL);
	ck_log("log", 20);
}
END_TEST

START_TEST(an_empty_log_uses_up_a_seq)
{
	struct rp_log_options fresh = { 0 };
	struct seen s;

	close_log(open_log("log", &fresh));
	s = read_log("log", NULL);
	ck_assert_int_eq(s.status, RP_END);
	append("log", 1, 10, NULL);
	s = read_log("log", NULL);
	ck_assert_int_eq(s.status, RP_END);
	ck_assert_uint_eq(s.records, 10);
	ck_assert_uint_eq(s.first_seq, 2);
}
END_TEST

START_TEST(rolls_by_size)
{
	struct rp_log_options opt = { .roll_size = 20000,
		.frames.frame_records = 100 };
	struct rp_segments s;

	append("log", 1, 10000, &opt); /* of 48 bytes, not packed */
	ck_log("log", 10000);
	s = list("log");
	ck_assert_uint_ge(s.n, 15);
	for (size_t i = 0; i + 1 < s.n; i++) {
		ck_assert_uint_ge(s.item[i].size, 20000);
		ck_assert_uint_lt(s.item[i].size, 30000);
	}
	rp_segments_free(&s);
}
END_TEST

START_TEST(rolls_at_any_size)
{
	struct rp_log_options opt = { .roll_size = 1,
		.frames.frame_records = 1 };
	struct rp_log_writer *lw = open_log("log", &opt);

	for (int i = 0; i < 3; i++)
		ck_ok(rp_log_writer_note(lw, "key=value\n", 10));
	write_records(lw, 1, 20, 1);
	close_log(lw);
	ck_log("log", 20);
}
END_TEST

START_TEST(rolls_by_time)
{
	struct rp_log_options opt = { .roll_time = INT64_C(60) * 1000000000 };
	struct rp_segments s;

	/* a record a second, from 00:00:01 on */
	append("log", 1, 300, &opt);
	ck_log("log", 300);
	s = list("log");
	ck_assert_uint_eq(s.n, 6);
	ck_assert_uint_eq(s.item[0].first_seq, 1);
	ck_assert_uint_eq(s.item[1].first_seq, 60);
	ck_assert_uint_eq(s.item[2].first_seq, 120);
	rp_segments_free(&s);
}
END_TEST

START_TEST(a_clock_that_jumps_back_rolls_nothing)
{
	struct rp_log_options opt = { .roll_time = INT64_C(60) * 1000000000 };
	struct rp_log_writer *lw = open_log("log", &opt);
	struct rp_segments s;

	for (int i = 0; i < 20; i++) {
		write_records(lw, 200, 1, 1);
		write_records(lw, 100, 1, 1);
	}
	close_log(lw);
	s = list("log");
	ck_assert_uint_eq(s.n, 1);
	rp_segments_free(&s);
	ck_assert_uint_eq(read_log("log", NULL).records, 40);
}
END_TEST

START_TEST(sync_policies_write_the_same)
{
	static const enum rp_log_sync how[] = { RP_SYNC_NEVER, RP_SYNC_ROLL,
		RP_SYNC_INTERVAL, RP_SYNC_FRAME };
	struct rp_log_options opt = { .roll_size = 3000,
		.sync_interval = 1000,
		.frames.frame_records = 100 };

	for (size_t i = 0; i < RP_LEN(how); i++) {
		opt.sync = how[i];
		append("log", 1, 500, &opt);
		ck_log("log", 500);
		remove_all("log");
	}
}
END_TEST

START_TEST(an_existing_log_is_an_error)
{
	struct rp_log_options opt = { 0 };
	struct rp_error err = { 0 };
	struct rp_log_writer *lw;
	bool recovered;

	append("log", 1, 5, NULL);
	ck_assert_int_eq(rp_log_writer_open(&lw, "log", &opt, &recovered, &err),
	    RP_ERR_EXISTS);
	ck_assert_ptr_null(lw);
	ck_assert_ptr_nonnull(strstr(err.text, "--append"));
	ck_log("log", 5);
	/* an empty directory is no log yet */
	ck_assert_int_eq(mkdir("empty", 0777), 0);
	close_log(open_log("empty", &opt));
}
END_TEST

START_TEST(one_writer)
{
	struct rp_log_options opt = { .append = true };
	struct rp_log_writer *lw = open_log("log", NULL), *second;
	bool recovered;
	int status, fd;
	pid_t pid;

	write_records(lw, 1, 5, 5);
	ck_assert(rp_log_is_locked("log"));
	ck_assert_int_eq(
	    rp_log_writer_open(&second, "log", &opt, &recovered, NULL),
	    RP_ERR_BUSY);
	if ((pid = fork()) == 0)
		_exit(rp_log_lock("log", &fd, NULL) == RP_ERR_BUSY ? 0 : 1);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	close_log(lw);
	ck_assert(!rp_log_is_locked("log"));
	ck_assert(!rp_log_is_locked("nowhere"));
	ck_log("log", 5);
}
END_TEST

/* ---- segments that are missing ---- */

START_TEST(a_missing_segment_is_told)
{
	struct seen s;

	for (uint64_t i = 0; i < 4; i++)
		append("log", 10 * i + 1, 10, NULL);
	unlink("log/00000000000000000011.rps");
	s = read_log("log", NULL);
	ck_assert_int_eq(s.status, RP_ERR_CORRUPT);
	ck_assert_ptr_nonnull(strstr(s.text, "a segment is missing"));
	ck_assert_uint_eq(s.records, 10);
	/* the first ones may go: retention removes them */
	unlink("log/00000000000000000001.rps");
	s = read_log("log", NULL);
	ck_assert_int_eq(s.status, RP_END);
	ck_assert_uint_eq(s.records, 20);
}
END_TEST

START_TEST(a_segment_removed_while_it_is_read)
{
	struct rp_log_reader_options opt = { 0 };
	struct rp_log_reader *lr;
	struct seen s = { 0 };
	struct rp_frame f;
	enum rp_status st;

	for (uint64_t i = 0; i < 3; i++)
		append("log", 10 * i + 1, 10, NULL);
	ck_ok(rp_log_reader_open(&lr, "log", &opt, NULL));
	ck_ok(rp_log_reader_head(lr, &f));
	unlink(ONE ".rps"); /* it is open */
	unlink("log/00000000000000000011.rps");
	while ((st = rp_log_reader_head(lr, &f)) == RP_OK)
		if (f.head.kind == RP_DATA) {
			ck_ok(rp_log_reader_rows(lr, &f));
			see(&s, &f);
		}
	ck_assert_uint_eq(s.records, 10);
	ck_assert_int_eq(st, RP_ERR_IO);
	ck_assert_ptr_nonnull(strstr(
	    rp_log_reader_error(lr)->text, "removed while the log is read"));
	rp_log_reader_free(lr);
}
END_TEST

/* ---- indexes ---- */

static bool
want_odd(void *arg, const struct rp_frame *f)
{
	(void)arg;
	return f->head.seq_min / 100 % 2 != 0;
}

/* Frames that are wanted, by the index or without. */
static struct seen
read_wanted(void)
{
	struct rp_log_reader_options opt = { .want = want_odd };

	return read_log("log", &opt);
}

static void
varied_log(void)
{
	struct rp_log_options opt = { .roll_size = 10000,
		.frames.frame_records = 100 };

	append("log", 1, 2000, &opt);
}

START_TEST(indexes_are_optional)
{
	struct rp_segments s;
	struct seen all;

	varied_log();
	all = read_wanted();
	ck_assert_int_eq(all.status, RP_END);
	ck_assert_uint_eq(all.records, 1000);
	s = list("log");
	ck_assert_uint_gt(s.n, 3);
	for (size_t i = 0; i < s.n; i++) {
		char *path = rp_segment_path("log", &s.item[i], ".rpx");
		struct rp_buffer b = load(path);
		struct seen now;

		/* missing, cut, damaged, empty, of another segment */
		unlink(path);
		now = read_wanted();
		ck_assert_uint_eq(now.payloads, all.payloads);
		store(path, b.data, b.len / 2);
		now = read_wanted();
		ck_assert_uint_eq(now.payloads, all.payloads);
		b.data[b.len / 2] ^= 1;
		store(path, b.data, b.len);
		now = read_wanted();
		ck_assert_uint_eq(now.payloads, all.payloads);
		store(path, "", 0);
		now = read_wanted();
		ck_assert_uint_eq(now.payloads, all.payloads);
		rp_buffer_free(&b);
		b = load("log/00000000000000000001.rpx");
		store(path, b.data, b.len);
		now = read_wanted();
		ck_assert_int_eq(now.status, RP_END);
		ck_assert_uint_eq(now.payloads, all.payloads);
		rp_buffer_free(&b);
		free(path);
	}
	rp_segments_free(&s);
}
END_TEST

START_TEST(an_index_that_lies_is_caught)
{
	struct rp_recovery r;
	struct rp_segments s;
	struct rp_index x = { 0 };
	struct rp_buffer b;
	struct seen now, all;

	varied_log();
	all = read_wanted();
	s = list("log");
	b = load(ONE ".rpx");
	ck_ok(rp_index_decode(&x, b.data, b.len));
	/* first and last frame are right, one between is not */
	((struct rp_index_entry *)x.entries.data)[1].head_hash ^= 1;
	ck_ok(rp_segment_write_index(&x, "log", &s.item[0], false, NULL));
	now = read_wanted();
	ck_assert_int_eq(now.status, RP_END);
	ck_assert_uint_eq(now.payloads, all.payloads);
	ck_assert(!rp_segment_has_index(&x, "log", &s.item[1]));
	ck_ok(rp_segment_recover("log", &s.item[0], false, &r, NULL));
	rp_buffer_free(&b);
	b = load(ONE ".rpx");
	ck_ok(rp_index_decode(&x, b.data, b.len));
	ck_assert(rp_segment_has_index(&x, "log", &s.item[0]));
	rp_index_free(&x);
	rp_buffer_free(&b);
	rp_segments_free(&s);
}
END_TEST

START_TEST(ranges_choose_segments)
{
	struct rp_log_range range = { 950, 1050, INT64_MIN, INT64_MAX };
	struct rp_log_reader_options opt = { .range = &range };
	struct seen s;

	varied_log();
	s = read_log("log", &opt);
	ck_assert_int_eq(s.status, RP_END);
	ck_assert_uint_le(s.first_seq, 950);
	ck_assert_uint_ge(s.last_seq, 1050);
	ck_assert_uint_lt(s.records, 1000);
	/* without indexes nothing is left out that might match */
	range = (struct rp_log_range){ 3000, 4000, INT64_MIN, INT64_MAX };
	s = read_log("log", &opt);
	ck_assert_int_eq(s.status, RP_END);
	ck_assert_uint_eq(s.records, 0);
}
END_TEST

/* ---- following ---- */

/* In a process of its own: append to the log in many ways, then leave. */
static void
write_slowly(int parts)
{
	for (int i = 0; i < parts; i++) {
		struct rp_log_options opt = { .append = true,
			.roll_size = i % 2 != 0 ? 500 : 0,
			.frames.frame_records = 7 };
		struct rp_log_writer *lw = open_log("log", &opt);

		for (uint64_t k = 0; k < 10; k++) {
			write_records(lw, 100 * (uint64_t)i + 10 * k + 1, 10,
			    1 + (uint32_t)k % 3);
			while (rp_log_writer_idle(lw) > 0)
				usleep(500);
			usleep(1000);
		}
		close_log(lw);
	}
}

static void
ck_follower(bool from_end)
{
	struct rp_log_reader_options opt = { .follow = true,
		.from_end = from_end };
	struct rp_log_reader *lr;
	struct seen s = { 0 }, later;
	struct rp_frame f;
	int status, idle = 0;
	enum rp_status st;
	pid_t pid;

	append("log", 1, 50, NULL);
	ck_ok(rp_log_reader_open(&lr, "log", &opt, NULL));
	if (from_end)
		ck_assert_int_eq(rp_log_reader_head(lr, &f), RP_EMPTY);
	if ((pid = fork()) == 0) {
		forked = true;
		write_slowly(3);
		_exit(0);
	}
	while (idle < 2) {
		if ((st = rp_log_reader_head(lr, &f)) == RP_EMPTY) {
			if (waitpid(pid, &status, WNOHANG) == pid || idle > 0)
				idle++; /* once more after it has ended */
			rp_log_reader_wait(lr, idle > 0 ? 0 : 100);
			continue;
		}
		ck_assert_int_eq(st, RP_OK);
		if (f.head.kind != RP_DATA)
			continue;
		ck_ok(rp_log_reader_rows(lr, &f));
		see(&s, &f);
	}
	rp_log_reader_free(lr);
	ck_assert_int_eq(status, 0);
	later = read_log("log", NULL);
	ck_assert_int_eq(later.status, RP_END);
	ck_assert_uint_eq(later.records, 350);
	ck_assert_uint_eq(s.records, from_end ? 300 : 350);
	ck_assert_uint_eq(s.first_seq, from_end ? 51 : 1);
	ck_assert_uint_eq(s.last_seq, later.last_seq);
}

START_TEST(a_follower_sees_all)
{
	ck_follower(false);
}
END_TEST

START_TEST(a_follower_from_the_end)
{
	ck_follower(true);
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, a_log_comes_back);
	tcase_add_test(tc, appending_goes_on);
	tcase_add_test(tc, nothing_appended_changes_nothing);
	tcase_add_test(tc, an_empty_log_uses_up_a_seq);
	tcase_add_test(tc, rolls_by_size);
	tcase_add_test(tc, rolls_at_any_size);
	tcase_add_test(tc, rolls_by_time);
	tcase_add_test(tc, a_clock_that_jumps_back_rolls_nothing);
	tcase_add_test(tc, sync_policies_write_the_same);
	tcase_add_test(tc, an_existing_log_is_an_error);
	tcase_add_test(tc, one_writer);
	tcase_add_test(tc, a_missing_segment_is_told);
	tcase_add_test(tc, a_segment_removed_while_it_is_read);
	tcase_add_test(tc, indexes_are_optional);
	tcase_add_test(tc, an_index_that_lies_is_caught);
	tcase_add_test(tc, ranges_choose_segments);
	tcase_add_test(tc, a_follower_sees_all);
	tcase_add_test(tc, a_follower_from_the_end);
}

int
main(void)
{
	return run_suite("log", add);
}
