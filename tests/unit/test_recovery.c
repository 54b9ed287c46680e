/* log/: what breaks off, is torn at any byte, killed or damaged. */
#include <signal.h>
#include <sys/wait.h>

#include "log/recover.h"
#include "logs.h"

/* ---- input that breaks off, disks that are full ---- */

START_TEST(lost_input_leaves_a_gap_record)
{
	struct rp_log_writer *lw = open_log("log", NULL);
	struct seen s;

	write_records(lw, 1, 10, 10);
	ck_ok(rp_log_writer_close(lw, 0, true));
	rp_log_writer_free(lw);
	s = read_log("log", NULL);
	ck_assert_int_eq(s.status, RP_END);
	ck_assert_uint_eq(s.records, 10);
	ck_assert_uint_eq(s.gaps, 1);
	ck_assert_uint_eq(s.end_flags, RP_END_RECOVERED);
	/* the gap is recorded: what follows goes on at once */
	append("log", 11, 10, NULL);
	s = read_log("log", NULL);
	ck_assert_uint_eq(s.records, 20);
	ck_assert_uint_eq(s.gaps, 1);
	ck_assert_uint_eq(s.last_seq, 21);
}
END_TEST

START_TEST(discarded_without_a_trace)
{
	struct rp_log_writer *lw = open_log("log", NULL);

	ck_ok(rp_log_writer_note(lw, "a=b\n", 4));
	rp_log_writer_discard(lw);
	rp_log_writer_free(lw);
	ck_assert(!exists("log"));
	append("log", 1, 5, NULL);
	lw = open_log("log", NULL);
	ck_ok(rp_log_writer_note(lw, "a=b\n", 4));
	rp_log_writer_discard(lw);
	rp_log_writer_free(lw);
	ck_log("log", 5);
}
END_TEST

/* ---- recovery ---- */

/* Offsets behind each frame of a segment, and the records up to there. */
struct bounds {
	size_t end[64];
	uint64_t records[64];
	size_t n;
};

static struct bounds
bounds_of(const struct rp_buffer *b)
{
	struct rp_reader *r = rp_reader_memory(b->data, b->len, "t");
	struct bounds s = { .n = 0 };
	uint64_t records = 0;
	struct rp_frame f;

	while (rp_reader_next(r, &f) == RP_OK) {
		records += f.head.records;
		s.end[s.n] = f.offset + f.size;
		s.records[s.n++] = records;
	}
	rp_reader_free(r);
	return s;
}

/* A log cut to len bytes: what is whole is kept, nothing is thrown away. */
static void
ck_cut(const struct rp_buffer *b, const struct bounds *at, size_t len)
{
	struct rp_log_options opt = { .append = true };
	struct rp_log_writer *lw;
	struct rp_error err = { 0 };
	size_t whole = 0, i;
	uint64_t records = 0;
	struct rp_buffer torn;
	struct seen s;
	bool recovered, sealed = len == b->len;

	for (i = 0; i < at->n && at->end[i] <= len; i++) {
		whole = at->end[i];
		records = at->records[i];
	}
	store(ONE ".rps", b->data, len);
	unlink(ONE ".rpx");
	/* nobody writes it: told, after all that is whole was handed out */
	s = read_log("log", NULL);
	ck_assert_int_eq(s.status, sealed ? RP_END : RP_ERR_TRUNCATED);
	ck_assert_uint_eq(s.records, records);
	if (rp_log_writer_open(&lw, "log", &opt, &recovered, &err) != RP_OK)
		ck_abort_msg("%zu bytes: %s", len, err.text);
	ck_assert_int_eq(recovered, !sealed);
	write_records(lw, records + 1, 10, 10);
	close_log(lw);
	ck_log("log", records + 10);
	s = read_log("log", NULL);
	ck_assert_uint_eq(s.gaps, sealed ? 0 : 1);
	if (!sealed)
		ck_assert_uint_ge(s.last_seq, records + RP_RECOVERY_SEQ_STEP);
	ck_assert_int_eq(exists(ONE ".torn"), len > whole);
	if (len > whole) {
		torn = load(ONE ".torn");
		ck_assert_uint_eq(torn.len, len - whole);
		ck_assert_int_eq(
		    memcmp(torn.data, b->data + whole, torn.len), 0);
		rp_buffer_free(&torn);
	}
	remove_all("log");
	ck_assert_int_eq(mkdir("log", 0777), 0);
}

START_TEST(torn_at_every_byte)
{
	struct rp_log_options opt = { .frames.frame_records = 3 };
	struct rp_buffer b;
	struct bounds at;

	append("log", 1, 6, &opt);
	b = load(ONE ".rps");
	at = bounds_of(&b);
	ck_assert_uint_eq(at.n, 4); /* NOTE, twice DATA, END */
	for (size_t len = 0; len <= b.len; len++)
		ck_cut(&b, &at, len);
	rp_buffer_free(&b);
}
END_TEST

START_TEST(torn_tails_that_are_garbage)
{
	struct rp_log_options opt = { .frames.frame_records = 3 };
	struct rp_buffer b;
	struct seen s;
	uint8_t junk[5000];

	append("log", 1, 6, &opt);
	b = load(ONE ".rps");
	for (int fill = 0; fill < 3; fill++) {
		memset(junk,
		    fill == 0       ? 0
			: fill == 1 ? 0xff
				    : 0x89,
		    sizeof(junk));
		store(ONE ".rps", b.data, b.len - 160);
		int fd = open(ONE ".rps", O_WRONLY | O_APPEND);
		ck_assert_int_eq(write(fd, junk, sizeof(junk)), sizeof(junk));
		close(fd);
		unlink(ONE ".rpx");
		append("log", 7, 4, NULL);
		ck_log("log", 10);
		s = read_log("log", NULL);
		ck_assert_uint_eq(s.gaps, 1);
		ck_assert_int_eq(size_of(ONE ".torn"), sizeof(junk));
		remove_all("log");
		ck_assert_int_eq(mkdir("log", 0777), 0);
	}
	rp_buffer_free(&b);
}
END_TEST

START_TEST(damage_in_the_middle_is_not_cut)
{
	struct rp_log_options opt = { .frames.frame_records = 3 },
			      again = { .append = true };
	struct rp_log_writer *lw;
	struct rp_error err = { 0 };
	struct rp_buffer b, now;
	struct bounds at;
	bool recovered;

	append("log", 1, 9, &opt);
	b = load(ONE ".rps");
	at = bounds_of(&b);
	unlink(ONE ".rpx");
	for (size_t i = at.end[0]; i < at.end[2]; i += 11) {
		b.data[i] ^= 0x20;
		store(ONE ".rps", b.data, b.len - 160);
		ck_assert_int_eq(
		    rp_log_writer_open(&lw, "log", &again, &recovered, &err),
		    RP_ERR_CORRUPT);
		ck_assert_ptr_nonnull(strstr(err.text, "nothing was changed"));
		now = load(ONE ".rps");
		ck_assert_uint_eq(now.len, b.len - 160);
		ck_assert_int_eq(memcmp(now.data, b.data, now.len), 0);
		ck_assert(!exists(ONE ".torn"));
		rp_buffer_free(&now);
		err = (struct rp_error){ 0 };
		b.data[i] ^= 0x20;
	}
	rp_buffer_free(&b);
}
END_TEST

START_TEST(a_dry_recovery_changes_nothing)
{
	struct rp_recovery r;
	struct rp_buffer b, now;

	append("log", 1, 6, NULL);
	b = load(ONE ".rps");
	store("alone", b.data, b.len - 20);
	ck_ok(rp_file_recover("alone", "torn", true, &r, NULL));
	ck_assert(!r.sealed);
	ck_assert_uint_eq(r.records, 6);
	ck_assert_uint_eq(r.torn_bytes, 140);
	ck_assert(!exists("torn"));
	now = load("alone");
	ck_assert_uint_eq(now.len, b.len - 20);
	rp_buffer_free(&now);
	ck_ok(rp_file_recover("alone", "torn", false, &r, NULL));
	ck_assert_int_eq(size_of("torn"), 140);
	ck_ok(rp_file_recover("alone", "torn", false, &r, NULL));
	ck_assert(r.sealed);
	ck_assert_int_eq(size_of("torn"), 140);
	now = load("alone");
	ck_assert_int_eq(read_bytes(now.data, now.len).status, RP_END);
	rp_buffer_free(&now);
	rp_buffer_free(&b);
}
END_TEST

START_TEST(a_writer_that_is_killed)
{
	uint64_t written = 0;

	ck_assert_int_eq(mkdir("log", 0777), 0);
	for (int i = 0; i < 12; i++) {
		struct seen s, t;
		int fds[2], status;
		pid_t pid;

		ck_assert_int_eq(pipe(fds), 0);
		if ((pid = fork()) == 0) {
			struct rp_log_options opt = { .append = true,
				.roll_size = 4000,
				.frames.frame_records = 20 };
			struct rp_log_writer *lw;

			forked = true;
			lw = open_log("log", &opt);
			for (uint64_t n = 1;; n++) {
				write_records(lw, written + n, 1, 1);
				/* what idle has let out is in the file */
				uint64_t done =
				    rp_log_writer_totals(lw)->records;
				if (write(fds[1], &done, sizeof(done)) !=
				    sizeof(done))
					_exit(1);
			}
		}
		close(fds[1]);
		uint64_t done = 0, n;
		/* it has begun: before that there may be no log at all */
		ck_assert(read(fds[0], &done, sizeof(done)) == sizeof(done));
		usleep((useconds_t)(3000 + 1777 * i));
		kill(pid, SIGKILL);
		ck_assert_int_eq(waitpid(pid, &status, 0), pid);
		ck_assert(WIFSIGNALED(status)); /* it had not failed */
		while (read(fds[0], &n, sizeof(n)) == sizeof(n))
			done = n;
		close(fds[0]);
		s = read_log("log", NULL);
		close_log(open_log("log", NULL));
		t = read_log("log", NULL);
		ck_assert_msg(t.status == RP_END, "%s", t.text);
		/* repairing lost nothing that could be read before */
		ck_assert_uint_eq(t.records, s.records);
		/* nor what had been written */
		ck_assert_uint_ge(t.records + t.gaps, written + done);
		written = t.records;
	}
}
END_TEST

static void
add(TCase *tc)
{
	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, lost_input_leaves_a_gap_record);
	tcase_add_test(tc, discarded_without_a_trace);
	tcase_add_test(tc, torn_at_every_byte);
	tcase_add_test(tc, torn_tails_that_are_garbage);
	tcase_add_test(tc, damage_in_the_middle_is_not_cut);
	tcase_add_test(tc, a_dry_recovery_changes_nothing);
	tcase_add_test(tc, a_writer_that_is_killed);
}

int
main(void)
{
	return run_suite("recovery", add);
}
