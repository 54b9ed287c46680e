/* book/: checkpoints: what is stored comes back, and nothing else does. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/random.h"
#include "book/bars.h"
#include "book/checkpoint.h"
#include "book/features.h"
#include "books.h"

/* What the streams go on from. */
static struct rp_random dice;
static struct stream {
	uint64_t update; /* the last one of levels */
	uint32_t snapshot; /* records of a snapshot that are still to come */
} stream;

static uint32_t
draw(uint32_t n)
{
	return rp_random_scale((uint32_t)(rp_random_next(&dice) >> 32), n);
}

static void
setup(void)
{
	rp_random_seed(&dice, 1);
	memset(&stream, 0, sizeof(stream));
}

/* ---- streams ---- */

/* Orders of few identifiers and prices, with what a venue does wrong. */
static void
random_order(struct rp_lob *b)
{
	static const char actions[] = "AAAAMMCCTFR";
	struct rp_mbo m = { .ev = { .px_exp = (int8_t)(-2 - (int)draw(2)),
				.qty_exp = (int8_t) - (int)draw(2),
				.side = (uint8_t)(RP_SIDE_BID + draw(2)),
				.action = (uint8_t)actions[draw(10)] },
		.price = 1000 + draw(50),
		.size = draw(100),
		.id_hi = draw(2),
		.id_lo = draw(300) };
	uint16_t flags = draw(3) ? RP_LAST : 0;
	rp_faults faults;

	if (draw(500) == 0)
		m.ev.action = 'R';
	if (stream.snapshot > 0)
		stream.snapshot--;
	else if (draw(100) == 0)
		stream.snapshot = draw(30);
	if (stream.snapshot > 0)
		flags |= RP_SNAPSHOT;
	ck_assert_int_eq(rp_lob_mbo(b, &m, flags, &faults), RP_OK);
}

/* Levels in a chain that breaks now and then, with snapshots after that, which
 * may take several updates. */
static void
random_level(struct rp_lob *b)
{
	struct rp_level l = { .ev = { .px_exp = -1,
				  .action = RP_LEVEL_SET,
				  .side = (uint8_t)(RP_SIDE_BID + draw(2)) },
		.price = 1000 + draw(60),
		.size = draw(3) ? 1 + draw(1000) : 0,
		.orders = draw(9) };
	uint16_t flags = draw(3) ? RP_LAST : 0;
	rp_faults faults;

	if (!b->in_update) {
		if (stream.snapshot > 0)
			stream.snapshot--;
		else if (draw(60) == 0)
			stream.snapshot = draw(6);
		l.prev_sequence = stream.update;
		stream.update += 1 + draw(3);
		if (draw(50) == 0)
			l.prev_sequence++;
		if (draw(2))
			l.first_sequence = l.prev_sequence + draw(2);
	}
	l.ev.sequence = stream.update;
	if (stream.snapshot > 0)
		flags |= RP_SNAPSHOT;
	ck_assert_int_eq(rp_lob_level(b, &l, sizeof(l), flags, &faults), RP_OK);
}

/* ---- books ---- */

static struct rp_buffer
stored(struct rp_lob *b)
{
	struct rp_archive s = { 0 };

	rp_lob_archive(&s, b);
	ck_assert_int_eq(s.status, RP_OK);
	return s.out;
}

static enum rp_status
load(struct rp_lob *b, const struct rp_buffer *from, size_t len)
{
	struct rp_archive s = {
		.loading = true, .at = from->data, .end = from->data + len
	};

	rp_lob_init(b, RP_VENUE_PLAIN);
	rp_lob_archive(&s, b);
	ck_assert_ptr_null(book_flaw(b));
	return s.status == RP_OK && s.at != s.end ? RP_ERR_CORRUPT : s.status;
}

/* A book that was stored and loaded goes on as one that was not. */
static void
go_on(void (*step)(struct rp_lob *), int n)
{
	struct rp_lob a, b;
	struct rp_buffer x, y;
	struct rp_random dice_then;
	struct stream stream_then;
	uint64_t pending = 0;

	rp_lob_init(&a, RP_VENUE_PLAIN);
	for (int i = 0; i < n; i++) {
		for (uint32_t k = draw(40); k > 0; k--)
			step(&a);
		a.verified = (uint64_t)i;
		x = stored(&a);
		ck_assert_int_eq(load(&b, &x, x.len), RP_OK);
		ck_assert_uint_eq(rp_lob_hash(&a), rp_lob_hash(&b));
		ck_assert_uint_eq(a.verified, b.verified);
		pending += a.n_pending;
		dice_then = dice;
		stream_then = stream;
		for (int k = 0; k < 30; k++)
			step(&b);
		dice = dice_then;
		stream = stream_then;
		rp_buffer_free(&x);
		for (int k = 0; k < 30; k++)
			step(&a);
		x = stored(&a);
		y = stored(&b);
		ck_assert_uint_eq(x.len, y.len);
		ck_assert_mem_eq(x.data, y.data, x.len);
		rp_buffer_free(&x);
		rp_buffer_free(&y);
		rp_lob_free(&b);
	}
	rp_lob_free(&a);
	ck_assert(step == random_order || pending > 0);
}

START_TEST(test_orders)
{
	go_on(random_order, 500);
}
END_TEST

START_TEST(test_levels)
{
	go_on(random_level, 500);
}
END_TEST

/* Neither any part of the bytes nor a flipped one makes a book with flaws. */
static void
damage(void (*step)(struct rp_lob *))
{
	struct rp_lob a, b;
	struct rp_buffer x;

	rp_lob_init(&a, RP_VENUE_PLAIN);
	for (int i = 0; i < 300; i++)
		step(&a);
	x = stored(&a);
	for (size_t len = 0; len < x.len; len++) {
		ck_assert_int_eq(load(&b, &x, len), RP_ERR_CORRUPT);
		rp_lob_free(&b);
	}
	for (size_t i = 0; i < x.len; i++) {
		x.data[i] ^= (uint8_t)(1u << draw(8));
		(void)!load(&b, &x, x.len);
		for (int k = 0; k < 5; k++)
			step(&b);
		ck_assert_ptr_null(book_flaw(&b));
		rp_lob_free(&b);
		x.data[i] = (uint8_t)draw(256);
		(void)!load(&b, &x, x.len);
		rp_lob_free(&b);
	}
	rp_buffer_free(&x);
	rp_lob_free(&a);
}

START_TEST(test_damaged_orders)
{
	damage(random_order);
}
END_TEST

START_TEST(test_damaged_levels)
{
	damage(random_level);
}
END_TEST

/* ---- features and bars ---- */

/* Bytes in, the same bytes out: nothing is forgotten but padding. */
START_TEST(test_features)
{
	struct rp_feature_state a = { .px_exp = -3,
		.any = true,
		.ofi = 5,
		.squares = { 6, 7 },
		.sells = 8,
		.since = 9,
		.has_since = true,
		.trade_exp = -1,
		.trades_lost = true,
		.in_bucket = 10,
		.nets = { [49] = 11 },
		.n_nets = 50,
		.at_net = 49 };
	struct rp_feature_state b = { 0 };
	struct rp_archive s = { 0 }, t = { .loading = true }, u = { 0 };

	rp_features_archive(&s, &a);
	t.at = s.out.data;
	t.end = s.out.data + s.out.len;
	rp_features_archive(&t, &b);
	ck_assert_int_eq(t.status, RP_OK);
	ck_assert_ptr_eq(t.at, t.end);
	rp_features_archive(&u, &b);
	ck_assert_mem_eq(s.out.data, u.out.data, s.out.len);
	ck_assert_int_eq(b.nets[49], 11);
	/* a place in the ring that is none */
	b.at_net = 50;
	u.out.len = 0;
	rp_features_archive(&u, &b);
	t = (struct rp_archive){
		.loading = true, .at = u.out.data, .end = u.out.data + u.out.len
	};
	rp_features_archive(&t, &a);
	ck_assert_int_eq(t.status, RP_ERR_CORRUPT);
	rp_buffer_free(&s.out);
	rp_buffer_free(&u.out);
}
END_TEST

/* ---- heads ---- */

static enum rp_status
decode(const uint8_t *p, size_t n, size_t size, struct rp_checkpoint *c,
    const char *says)
{
	struct rp_error err = { 0 };
	enum rp_status st = rp_checkpoint_decode(c, p, n, size, &err);

	ck_assert_ptr_nonnull(strstr(err.text, says));
	return st;
}

START_TEST(test_head)
{
	struct rp_checkpoint c = { .log =
				       "01234567-89ab-cdef-0123-456789abcdef",
		.dense = true,
		.seq = 17,
		.ts_event = -5 };
	struct rp_error err = { 0 };
	struct rp_checkpoint d;
	uint8_t p[RP_CHECKPOINT_HEAD + 4] = { 0 };
	const size_t all = sizeof(p), n = RP_CHECKPOINT_HEAD;

	memcpy(p + n, "body", 4);
	rp_checkpoint_encode(&c, "body", 4, p);
	ck_assert_int_eq(decode(p, n, all, &d, ""), RP_OK);
	ck_assert_str_eq(d.log, c.log);
	ck_assert(d.dense && d.seq == 17 && d.ts_event == -5);
	ck_assert_int_eq(rp_checkpoint_verify(&d, p + n, &err), RP_OK);
	p[n] ^= 1;
	ck_assert_int_eq(rp_checkpoint_verify(&d, p + n, &err), RP_ERR_CORRUPT);
	for (size_t cut = 0; cut < n; cut++) {
		enum rp_status st = decode(
		    p, cut, cut, &d, cut < 8 ? "no checkpoint" : "cut short");

		ck_assert_int_eq(
		    st, cut < 8 ? RP_ERR_CORRUPT : RP_ERR_TRUNCATED);
	}
	ck_assert_int_eq(
	    decode(p, n, all - 1, &d, "cut short"), RP_ERR_TRUNCATED);
	ck_assert_int_eq(
	    decode(p, n, all + 1, &d, "bytes behind"), RP_ERR_CORRUPT);
	for (size_t i = 12; i < n; i++) {
		p[i] ^= 1;
		ck_assert_int_eq(
		    decode(p, n, all, &d, "damaged"), RP_ERR_CORRUPT);
		p[i] ^= 1;
	}
	p[8] = RP_CHECKPOINT_VERSION + 1;
	ck_assert_int_eq(
	    decode(p, n, all, &d, "version 3"), RP_ERR_UNSUPPORTED);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("checkpoint");
	TCase *tc = tcase_create("all");
	SRunner *sr;
	int failed;

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, test_orders);
	tcase_add_test(tc, test_levels);
	tcase_add_test(tc, test_damaged_orders);
	tcase_add_test(tc, test_damaged_levels);
	tcase_add_test(tc, test_features);
	tcase_add_test(tc, test_head);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
