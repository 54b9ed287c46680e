/* mold: datagrams in, messages and gaps out. */
#include "import/mold.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"

#define MS INT64_C(1000000)

/* What a channel has said: "5 6 [7-9] 10", "S10" a session that begins. */
struct heard {
	char text[4096];
	struct rp_mold_gap gap; /* the last one */
	int64_t ts_recv; /* of the last message */
	uint64_t fails_at; /* sequence number that the sink refuses */
};

static struct heard heard;
static struct rp_mold *m;

static void
say(const char *format, uint64_t a, uint64_t b)
{
	size_t n = strlen(heard.text);

	snprintf(heard.text + n, sizeof(heard.text) - n, format,
	    (unsigned long long)a, (unsigned long long)b);
}

static enum rp_status
on_message(
    void *arg, const uint8_t *p, size_t len, uint64_t sequence, int64_t ts_recv)
{
	ck_assert_ptr_eq(arg, &heard);
	/* a message here says its own number */
	ck_assert_uint_eq(len, 8);
	ck_assert_uint_eq(rp_be64(p), sequence);
	heard.ts_recv = ts_recv;
	if (sequence == heard.fails_at)
		return RP_ERR_REJECTED;
	say("%llu ", sequence, 0);
	return RP_OK;
}

static enum rp_status
on_gap(void *arg, const struct rp_mold_gap *gap)
{
	ck_assert_ptr_eq(arg, &heard);
	heard.gap = *gap;
	say("[%llu-%llu] ", gap->first, gap->last);
	return RP_OK;
}

static enum rp_status
on_session(void *arg, const char name[RP_MOLD_SESSION], uint64_t sequence)
{
	ck_assert_ptr_eq(arg, &heard);
	say(name[0] == 'S' ? "S%llu " : "T%llu ", sequence, 0);
	return RP_OK;
}

static void
setup(void)
{
	const struct rp_mold_sink sink = { &heard, on_message, on_gap,
		on_session };

	memset(&heard, 0, sizeof(heard));
	m = rp_mold_new(&sink);
	ck_assert_ptr_nonnull(m);
}

static void
teardown(void)
{
	rp_mold_free(m);
}

/* A datagram of session S or T: count messages from sequence on. */
static size_t
datagram(uint8_t *p, char session, uint64_t sequence, unsigned count)
{
	uint64_t be = __builtin_bswap64(sequence);
	uint8_t *at = p + RP_MOLD_HEADER;

	memset(p, ' ', RP_MOLD_SESSION);
	p[0] = (uint8_t)session;
	rp_put64(p + 10, be);
	rp_put16(p + 18, __builtin_bswap16((uint16_t)count));
	for (unsigned i = 0; count != 0xffff && i < count; i++, at += 10) {
		rp_put16(at, __builtin_bswap16(8));
		rp_put64(at + 2, __builtin_bswap64(sequence + i));
	}
	return (size_t)(at - p);
}

static enum rp_status
feed(char session, uint64_t sequence, unsigned count, int64_t ts)
{
	static uint8_t p[4096];
	size_t len = datagram(p, session, sequence, count);

	ck_assert(rp_mold_fits(p, len));
	return rp_mold_feed(m, p, len, ts);
}

static void
ck_feed(uint64_t sequence, unsigned count, int64_t ts)
{
	ck_assert_int_eq(feed('S', sequence, count, ts), RP_OK);
}

#define ck_heard(text_) ck_assert_str_eq(heard.text, text_)

START_TEST(test_in_sequence)
{
	ck_feed(7, 3, 1);
	ck_feed(10, 1, 2);
	ck_heard("S7 7 8 9 10 ");
	ck_assert_int_eq(heard.ts_recv, 2);
	ck_assert_uint_eq(rp_mold_counts(m)->messages, 4);
	ck_assert_uint_eq(rp_mold_counts(m)->datagrams, 2);
}
END_TEST

START_TEST(test_repeated)
{
	ck_feed(1, 3, 1);
	ck_feed(1, 3, 2);
	ck_feed(2, 4, 3); /* of which two are new */
	ck_heard("S1 1 2 3 4 5 ");
	ck_assert_uint_eq(rp_mold_counts(m)->repeated, 5);
	ck_assert_uint_eq(rp_mold_counts(m)->late, 0);
}
END_TEST

START_TEST(test_reordered)
{
	ck_feed(1, 1, 1);
	ck_feed(6, 2, 2);
	ck_feed(4, 2, 3);
	ck_heard("S1 1 ");
	ck_feed(2, 2, 4);
	ck_heard("S1 1 2 3 4 5 6 7 ");
	ck_assert_int_eq(heard.ts_recv, 2); /* its own */
	ck_assert_uint_eq(rp_mold_counts(m)->reordered, 2);
	ck_assert_uint_eq(rp_mold_counts(m)->gaps, 0);
}
END_TEST

START_TEST(test_gap_by_number)
{
	ck_feed(1, 1, 1);
	for (unsigned i = 0; i < RP_MOLD_HELD; i++)
		ck_feed(5 + i, 1, 2 + i);
	ck_heard("S1 1 ");
	ck_feed(5 + RP_MOLD_HELD, 1, 99);
	ck_assert_ptr_nonnull(strstr(heard.text, "S1 1 [2-4] 5 6 7"));
	ck_assert_ptr_nonnull(strstr(heard.text, "36 37 "));
	ck_assert_int_eq(heard.gap.from, 1);
	ck_assert_int_eq(heard.gap.to, 2);
	ck_assert_uint_eq(rp_mold_counts(m)->missing, 3);
	ck_assert_uint_eq(rp_mold_counts(m)->reordered, 0);
	/* now it is too late, but not a repetition */
	ck_feed(2, 3, 100);
	ck_feed(5, 1, 101);
	ck_assert_uint_eq(rp_mold_counts(m)->late, 3);
	ck_assert_uint_eq(rp_mold_counts(m)->repeated, 1);
}
END_TEST

START_TEST(test_gap_by_time)
{
	ck_feed(1, 1, 0);
	ck_feed(3, 1, 10 * MS);
	ck_assert_int_eq(rp_mold_expire(m, 110 * MS), RP_OK);
	ck_heard("S1 1 ");
	ck_assert_int_eq(rp_mold_expire(m, 110 * MS + 1), RP_OK);
	ck_heard("S1 1 [2-2] 3 ");
	/* the clock of the datagrams does it, too */
	ck_feed(5, 1, 200 * MS);
	ck_feed(7, 1, 250 * MS);
	ck_feed(8, 1, 301 * MS);
	ck_heard("S1 1 [2-2] 3 [4-4] 5 ");
	/* nothing follows */
	ck_assert_int_eq(rp_mold_expire(m, INT64_MAX), RP_OK);
	ck_heard("S1 1 [2-2] 3 [4-4] 5 [6-6] 7 8 ");
}
END_TEST

START_TEST(test_heartbeats)
{
	ck_feed(1, 2, 1);
	ck_feed(3, 0, 2); /* nothing new */
	ck_feed(5, 0, 3); /* two are missing */
	ck_feed(5, 0xffff, 4);
	ck_assert_int_eq(rp_mold_expire(m, INT64_MAX), RP_OK);
	ck_heard("S1 1 2 [3-4] ");
	ck_assert_uint_eq(rp_mold_counts(m)->heartbeats, 2);
	ck_assert_uint_eq(rp_mold_counts(m)->ends, 1);
}
END_TEST

START_TEST(test_sessions)
{
	ck_feed(5, 1, 1);
	ck_feed(7, 1, 2); /* held when the next session begins */
	ck_assert_int_eq(feed('T', 1, 1, 3), RP_OK);
	ck_heard("S5 5 [6-6] 7 T1 1 ");
	/* one that was not heard from its beginning */
	ck_assert_int_eq(feed('S', 4, 1, 200 * MS), RP_OK);
	ck_heard("S5 5 [6-6] 7 T1 1 S4 [1-3] 4 ");
	/* what is late is so within a session */
	ck_assert_int_eq(feed('S', 6, 0, 201 * MS), RP_OK);
	ck_assert_int_eq(feed('S', 2, 1, 202 * MS), RP_OK);
	ck_assert_uint_eq(rp_mold_counts(m)->late, 1);
}
END_TEST

START_TEST(test_former_session)
{
	ck_feed(7, 2, 1);
	ck_assert_int_eq(feed('T', 1, 1, 2), RP_OK);
	/* overtaken by it: no way back */
	ck_feed(9, 2, 3);
	ck_assert_int_eq(feed('T', 2, 1, 4), RP_OK);
	ck_heard("S7 7 8 T1 1 2 ");
	ck_assert_uint_eq(rp_mold_counts(m)->late, 2);
	ck_assert_uint_eq(rp_mold_counts(m)->messages, 4);
	/* a session that begins again is one, though */
	ck_feed(1, 1, 2 + 101 * MS);
	ck_heard("S7 7 8 T1 1 2 S1 1 ");
}
END_TEST

START_TEST(test_too_long_to_hold)
{
	const unsigned many = 300; /* 3,020 bytes */

	ck_feed(1, 1, 1);
	ck_feed(3, 1, 2);
	ck_feed(6, many, 3);
	ck_assert_int_eq(strncmp(heard.text, "S1 1 [2-2] 3 [4-5] 6 7 ", 23), 0);
	ck_assert_uint_eq(rp_mold_counts(m)->messages, many + 2);
}
END_TEST

START_TEST(test_sink_stops)
{
	heard.fails_at = 3;
	ck_feed(1, 1, 1);
	ck_assert_int_eq(feed('S', 2, 3, 2), RP_ERR_REJECTED);
	ck_heard("S1 1 2 ");
}
END_TEST

START_TEST(test_fits)
{
	uint8_t p[256];
	size_t len = datagram(p, 'S', 9, 3);

	for (size_t n = 0; n < len; n++)
		ck_assert(!rp_mold_fits(p, n));
	ck_assert(rp_mold_fits(p, len));
	ck_assert(!rp_mold_fits(p, len + 1));
	p[3] = 0x7f;
	ck_assert(!rp_mold_fits(p, len));
	p[3] = ' ';
	p[19] = 4; /* messages */
	ck_assert(!rp_mold_fits(p, len));
	p[19] = 2;
	ck_assert(!rp_mold_fits(p, len));
	p[19] = 3;
	p[21] = 9; /* the length of the first */
	ck_assert(!rp_mold_fits(p, len));
	/* numbers that would begin anew */
	len = datagram(p, 'S', UINT64_MAX - 1, 3);
	ck_assert(!rp_mold_fits(p, len));
	len = datagram(p, 'S', 1, 0xffff);
	ck_assert_uint_eq(len, RP_MOLD_HEADER);
	ck_assert(rp_mold_fits(p, len));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("mold");
	TCase *t = tcase_create("channel");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, test_in_sequence);
	tcase_add_test(t, test_repeated);
	tcase_add_test(t, test_reordered);
	tcase_add_test(t, test_gap_by_number);
	tcase_add_test(t, test_gap_by_time);
	tcase_add_test(t, test_heartbeats);
	tcase_add_test(t, test_sessions);
	tcase_add_test(t, test_former_session);
	tcase_add_test(t, test_too_long_to_hold);
	tcase_add_test(t, test_sink_stops);
	tcase_add_test(t, test_fits);
	suite_add_tcase(s, t);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
