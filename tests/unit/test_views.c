/* gen: the views of a market agree with one another, and keep their records. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/crc32.h"
#include "gen/feed.h"
#include "types/types.h"

enum { SYMBOLS = 4, ORDERS = 1 << 16, LEVELS = 520, TEXT = 2048 };

static const struct rp_market_options market = {
	.seed = 7,
	.symbols = SYMBOLS,
	.rate = 100000,
	.burst = 1,
	.start = 1700000000000000000,
};

/* ---- books made from records only ---- */

struct level {
	int64_t price, size;
	uint32_t orders;
};

/* One side, in any order. */
struct side {
	struct level level[LEVELS];
	int n;
};

struct book {
	struct side side[3]; /* by enum rp_side */
};

/* All that a reader of the feeds keeps. */
struct reader {
	struct order {
		int64_t price, size;
		uint8_t side;
	} * order; /* by id */
	struct book l3[SYMBOLS], l2[SYMBOLS];
	struct rp_bbo bbo[SYMBOLS];
	uint64_t mbo_sequence[SYMBOLS], level_sequence[SYMBOLS];
	uint64_t trades[SYMBOLS];
	int64_t traded_mbo, traded;
	uint64_t events, snapshots, checksums, records[13];
	/* of the level update at hand */
	uint32_t depths[LEVELS];
	struct rp_level update[LEVELS];
	int n_update;
};

static struct level *
find(struct side *s, int64_t price)
{
	int i;

	for (i = 0; i < s->n; i++)
		if (s->level[i].price == price)
			return &s->level[i];
	ck_assert_int_lt(s->n, LEVELS);
	s->level[s->n] = (struct level){ price, 0, 0 };
	return &s->level[s->n++];
}

static void
change(struct side *s, int64_t price, int64_t size, int orders)
{
	struct level *l = find(s, price);

	l->size += size;
	l->orders = (uint32_t)((int)l->orders + orders);
	ck_assert_int_ge(l->size, 0);
	ck_assert_int_eq(l->size > 0, l->orders > 0);
	if (l->orders == 0)
		*l = s->level[--s->n];
}

static bool
is_better(uint8_t side, int64_t a, int64_t b)
{
	return side == RP_SIDE_BID ? a > b : a < b;
}

static const struct level *
best(const struct book *b, uint8_t side)
{
	const struct side *s = &b->side[side];
	const struct level *found = NULL;
	int i;

	for (i = 0; i < s->n; i++)
		if (found == NULL ||
		    is_better(side, s->level[i].price, found->price))
			found = &s->level[i];
	return found;
}

static uint32_t
count_better(const struct book *b, uint8_t side, int64_t price)
{
	const struct side *s = &b->side[side];
	uint32_t n = 0;
	int i;

	for (i = 0; i < s->n; i++)
		n += is_better(side, s->level[i].price, price);
	return n;
}

static void
ck_same_book(struct book *a, struct book *b)
{
	const struct level *x, *y;
	int side, i;

	for (side = RP_SIDE_BID; side <= RP_SIDE_ASK; side++) {
		ck_assert_int_eq(a->side[side].n, b->side[side].n);
		for (i = 0; i < a->side[side].n; i++) {
			x = &a->side[side].level[i];
			y = find(&b->side[side], x->price);
			ck_assert_int_eq(x->size, y->size);
			ck_assert_uint_eq(x->orders, y->orders);
		}
	}
}

/* The rule of views.h, by text and by sorting. */
static uint32_t
checksum_of(const struct book *b)
{
	static const uint8_t sides[] = { RP_SIDE_ASK, RP_SIDE_BID };
	struct book copy = *b;
	const struct level *l;
	char text[TEXT];
	int i, n, len = 0;

	for (i = 0; i < 2; i++)
		for (n = 0; n < 10 && (l = best(&copy, sides[i])) != NULL;
		     n++) {
			len +=
			    snprintf(text + len, TEXT - (size_t)len, "%lld%lld",
				(long long)l->price, (long long)l->size);
			*(struct level *)(uintptr_t)l =
			    copy.side[sides[i]].level[--copy.side[sides[i]].n];
		}
	return rp_crc32(0, text, (size_t)len);
}

/* ---- records ---- */

static void
read_mbo(struct reader *r, const struct rp_record *rec, uint32_t symbol)
{
	const struct rp_mbo *m = (const void *)rec->payload;
	struct order *o = &r->order[m->id_lo];
	struct book *b = &r->l3[symbol];

	ck_assert_uint_lt(m->id_lo, ORDERS);
	switch (m->ev.action) {
	case 'R':
		memset(b, 0, sizeof(*b));
		break;
	case 'A':
		*o = (struct order){ m->price, m->size, m->ev.side };
		change(&b->side[o->side], o->price, o->size, 1);
		break;
	case 'C':
		o->size -= m->size;
		change(&b->side[o->side], o->price, -m->size, -(o->size == 0));
		break;
	case 'M':
		change(&b->side[o->side], o->price, -o->size, -1);
		o->price = m->price;
		o->size = m->size;
		change(&b->side[o->side], o->price, o->size, 1);
		break;
	case 'T':
		r->traded_mbo += m->size;
		break;
	default:
		ck_assert_int_eq(m->ev.action, 'F');
	}
	if ((rec->flags & RP_LAST) == 0)
		return;
	if ((rec->flags & RP_SNAPSHOT) == 0)
		r->mbo_sequence[symbol]++;
	ck_assert_uint_eq(m->ev.sequence, r->mbo_sequence[symbol]);
	r->events++;
}

static void
end_levels(struct reader *r, const struct rp_record *rec, uint32_t symbol)
{
	const struct rp_level *l;
	struct book *b = &r->l2[symbol];
	int i;

	for (i = 0; i < r->n_update; i++) {
		l = &r->update[i];
		if (l->ev.action != RP_LEVEL_CLEAR)
			ck_assert_uint_eq(
			    l->ev.aux, count_better(b, l->ev.side, l->price));
		ck_assert_uint_eq(l->prev_sequence, r->level_sequence[symbol]);
		ck_assert_uint_eq(l->first_sequence,
		    r->level_sequence[symbol] +
			((rec->flags & RP_SNAPSHOT) == 0));
		ck_assert_uint_ge(l->ev.sequence, l->first_sequence);
	}
	l = &r->update[r->n_update - 1];
	r->level_sequence[symbol] = l->ev.sequence;
	if (l->ev.tflags & RP_LEVEL_CHECKSUM) {
		ck_assert_uint_eq(l->checksum, checksum_of(b));
		r->checksums++;
	}
	r->n_update = 0;
	/* order by order, and level by level, it is one book */
	ck_same_book(&r->l3[symbol], b);
}

static void
read_level(struct reader *r, const struct rp_record *rec, uint32_t symbol)
{
	const struct rp_level *l = (const void *)rec->payload;
	struct book *b = &r->l2[symbol];
	struct side *s = &b->side[l->ev.side];
	struct level *at;

	ck_assert_int_lt(r->n_update, LEVELS);
	r->update[r->n_update++] = *l;
	if (l->ev.action == RP_LEVEL_CLEAR) {
		ck_assert_int_eq(l->price, RP_ABSENT);
		memset(b, 0, sizeof(*b));
	} else if (l->ev.action == RP_LEVEL_SET) {
		ck_assert_int_gt(l->size, 0);
		*find(s, l->price) =
		    (struct level){ l->price, l->size, l->orders };
	} else {
		ck_assert_int_eq(l->ev.action, RP_LEVEL_REMOVE);
		ck_assert_int_eq(l->size, 0);
		at = find(s, l->price);
		ck_assert_int_gt(at->size, 0); /* it was there */
		*at = s->level[--s->n];
	}
	if (rec->flags & RP_LAST)
		end_levels(r, rec, symbol);
	else
		ck_assert_uint_eq(l->ev.tflags, 0);
	if ((rec->flags & (RP_LAST | RP_SNAPSHOT)) == (RP_LAST | RP_SNAPSHOT))
		r->snapshots++;
}

static void
read_trade(struct reader *r, const struct rp_record *rec, uint32_t symbol)
{
	const struct rp_trade *t = (const void *)rec->payload;

	ck_assert_uint_eq(t->id_lo, ++r->trades[symbol]);
	ck_assert_int_gt(t->size, 0);
	ck_assert_int_gt(t->price, 0);
	r->traded += t->size;
}

static void
ck_best(const struct book *b, uint8_t side, int64_t price, int64_t size,
    uint32_t orders)
{
	const struct level *l = best(b, side);

	ck_assert_int_eq(price, l != NULL ? l->price : RP_ABSENT);
	ck_assert_int_eq(size, l != NULL ? l->size : RP_ABSENT);
	ck_assert_uint_eq(orders, l != NULL ? l->orders : 0);
}

/* The last bbo holds until the next. */
static void
ck_bbo(const struct reader *r, uint32_t symbol)
{
	const struct rp_bbo *o = &r->bbo[symbol];
	const struct book *b = &r->l3[symbol];

	ck_best(b, RP_SIDE_BID, o->bid_px, o->bid_sz, o->bid_ct);
	ck_best(b, RP_SIDE_ASK, o->ask_px, o->ask_sz, o->ask_ct);
	if (o->bid_px != RP_ABSENT && o->ask_px != RP_ABSENT)
		ck_assert_int_lt(o->bid_px, o->ask_px);
}

static enum rp_status
read_record(void *arg, const struct rp_record *rec, uint32_t symbol)
{
	static const uint16_t channel[] = {
		[RP_MBO] = 0, [RP_LEVEL] = 1, [RP_BBO] = 2, [RP_TRADE] = 3
	};
	const struct rp_event *ev = (const void *)rec->payload;
	struct reader *r = arg;

	ck_assert_uint_eq(ev->channel, channel[rec->type]);
	r->records[rec->type]++;
	if (rec->type == RP_MBO)
		read_mbo(r, rec, symbol);
	else if (rec->type == RP_LEVEL)
		read_level(r, rec, symbol);
	else if (rec->type == RP_TRADE)
		read_trade(r, rec, symbol);
	else
		r->bbo[symbol] = *(const struct rp_bbo *)ev;
	return RP_OK;
}

static enum rp_status
no_fault(void *arg, enum rp_gen_fault fault, const struct rp_record *rec,
    uint32_t symbol)
{
	(void)arg;
	(void)rec;
	(void)symbol;
	ck_abort_msg("a fault: %s", rp_gen_fault_names[fault]);
	return RP_ERR_CORRUPT;
}

START_TEST(views_agree)
{
	const struct rp_feed_options opt = {
		.market = market,
		.views = { .view = { true, true, true, true },
		    .checksum = true,
		    .snapshots = 10000000 },
		.records = UINT64_MAX,
		.duration = 100000000,
	};
	struct reader *r = calloc(1, sizeof(*r));
	const struct rp_faults_host host = { r, read_record, no_fault };
	struct rp_feed *f = rp_feed_new(&opt, &host);
	enum rp_status st;
	int64_t ts;
	uint32_t i, turn = 0;

	ck_assert(r != NULL && f != NULL);
	r->order = calloc(ORDERS, sizeof(*r->order));
	for (i = 0; i < SYMBOLS; i++)
		r->bbo[i].bid_px = r->bbo[i].bid_sz = r->bbo[i].ask_px =
		    r->bbo[i].ask_sz = RP_ABSENT;
	while ((st = rp_feed_next(f, &ts)) == RP_OK) {
		ck_assert_int_eq(rp_feed_put(f), RP_OK);
		/* books in turn: what is wrong with one stays so */
		i = turn++ % SYMBOLS;
		ck_same_book(&r->l3[i], &r->l2[i]);
		ck_bbo(r, i);
	}
	for (i = 0; i < SYMBOLS; i++) {
		ck_same_book(&r->l3[i], &r->l2[i]);
		ck_bbo(r, i);
	}
	ck_assert_int_eq(st, RP_END);
	ck_assert_int_eq(rp_feed_end(f), RP_OK);
	ck_assert_uint_gt(r->events, 9000);
	ck_assert_uint_gt(r->checksums, 5000);
	/* every 10 ms of 100 ms, after the first event of each */
	ck_assert_uint_ge(r->snapshots, SYMBOLS * 8);
	ck_assert_uint_le(r->snapshots, SYMBOLS * 10);
	ck_assert_int_gt(r->traded, 0);
	ck_assert_int_eq(r->traded, r->traded_mbo);
	for (i = 0; i < SYMBOLS; i++)
		ck_assert_uint_gt(r->trades[i], 0);
	rp_feed_free(f);
	free(r->order);
	free(r);
}
END_TEST

/* ---- golden sums ---- */

static enum rp_status
add_hash(void *arg, const struct rp_record *rec, uint32_t symbol)
{
	*(uint64_t *)arg += rp_record_hash(rec, symbol, 0);
	return RP_OK;
}

static enum rp_status
add_fault(void *arg, enum rp_gen_fault fault, const struct rp_record *rec,
    uint32_t symbol)
{
	*(uint64_t *)arg += rp_record_hash(rec, symbol, (uint64_t)fault + 1);
	return RP_OK;
}

static uint64_t
sum_of(const struct rp_feed_options *opt)
{
	uint64_t sum = 0;
	const struct rp_faults_host host = { &sum, add_hash, add_fault };
	struct rp_feed *f = rp_feed_new(opt, &host);
	int64_t ts;

	ck_assert_ptr_nonnull(f);
	while (rp_feed_next(f, &ts) == RP_OK)
		ck_assert_int_eq(rp_feed_put(f), RP_OK);
	ck_assert_int_eq(rp_feed_end(f), RP_OK);
	rp_feed_free(f);
	return sum;
}

/* These numbers change only together with RP_MARKET_MODEL. */
START_TEST(golden_sums)
{
	static const uint64_t golden[RP_VIEWS] = { 5694954415586893524u,
		12999428667918389111u, 1643473118488804466u,
		8817780472957966663u };
	struct rp_feed_options opt = { .market = market, .records = 20000 };
	int i;

	for (i = 0; i < RP_VIEWS; i++) {
		memset(opt.views.view, 0, sizeof(opt.views.view));
		opt.views.view[i] = true;
		ck_assert_msg(sum_of(&opt) == golden[i], "%s: %lluu",
		    rp_view_names[i], (unsigned long long)sum_of(&opt));
	}
	opt.views = (struct rp_views_options){
		.view = { true, true }, .checksum = true, .snapshots = 1000000
	};
	ck_assert_uint_eq(sum_of(&opt), 15989418114831854162u);
	opt.market.burst = 100;
	ck_assert_uint_eq(sum_of(&opt), 8295939309388508759u);
	opt.faulty = true;
	for (i = 0; i < RP_GEN_FAULTS; i++)
		opt.fault_rate[i] = 1u << 22;
	ck_assert_uint_eq(sum_of(&opt), 7494449713587397415u);
}
END_TEST

/* ---- bursts ---- */

/* The index of dispersion of the number of events a ms: 1 of a Poisson process. */
static double
dispersion(uint32_t burst, int64_t *took)
{
	struct rp_market_options opt = market;
	enum { EVENTS = 200000, MS = 4000 };
	static int count[MS];
	struct rp_market *m;
	struct rp_market_event ev;
	double mean = 0, square = 0;
	int64_t ts = 0;
	int i;

	memset(count, 0, sizeof(count));
	opt.burst = burst;
	ck_assert_ptr_nonnull(m = rp_market_new(&opt));
	for (i = 0; i < EVENTS; i++) {
		rp_market_next(m, SIZE_MAX, &ev);
		ts = rp_market_time(&ev) - opt.start;
		if (ts / 1000000 < MS)
			count[ts / 1000000]++;
	}
	rp_market_free(m);
	*took = ts;
	for (i = 0; i < 1500; i++)
		mean += count[i] / 1500.0;
	for (i = 0; i < 1500; i++)
		square += (count[i] - mean) * (count[i] - mean) / 1500.0;
	return square / mean;
}

START_TEST(bursts_are_bursts_and_keep_the_rate)
{
	int64_t took;

	ck_assert_double_lt(dispersion(1, &took), 1.2);
	ck_assert_int_gt(took, 1980000000);
	ck_assert_int_lt(took, 2020000000);
	ck_assert_double_gt(dispersion(50, &took), 20);
	ck_assert_int_gt(took, 1800000000);
	ck_assert_int_lt(took, 2200000000);
}
END_TEST

/* ---- limits ---- */

static enum rp_status
count_record(void *arg, const struct rp_record *rec, uint32_t symbol)
{
	(void)rec;
	(void)symbol;
	++*(uint64_t *)arg;
	return RP_OK;
}

START_TEST(records_are_as_many_as_whole_events_allow)
{
	struct rp_feed_options opt = { .market = market };
	uint64_t n, want;
	const struct rp_faults_host host = { &n, count_record, no_fault };
	struct rp_feed *f;
	int64_t ts;
	int all;

	for (all = 0; all < 2; all++) {
		for (want = 0; want < 300; want += 7) {
			n = 0;
			opt.records = want;
			opt.views.view[RP_VIEW_MBO] = true;
			opt.views.view[RP_VIEW_LEVEL] = all;
			opt.views.view[RP_VIEW_TRADE] = all;
			f = rp_feed_new(&opt, &host);
			while (rp_feed_next(f, &ts) == RP_OK)
				ck_assert_int_eq(rp_feed_put(f), RP_OK);
			rp_feed_free(f);
			ck_assert_uint_le(n, want);
			ck_assert_uint_ge(n + (all ? 40 : 0), want);
		}
	}
}
END_TEST

START_TEST(depth_counts_better_levels)
{
	struct rp_ladder *l = malloc(sizeof(*l));
	static const int32_t at[] = { 3, 64, 100, 127, 128, 500, 501, 900 };
	int i;

	ck_assert_ptr_nonnull(l);
	rp_ladder_init(l);
	ck_assert_uint_eq(rp_ladder_depth(l, RP_LADDER_BID, 0), 0);
	ck_assert_uint_eq(rp_ladder_depth(l, RP_LADDER_ASK, 1023), 0);
	for (i = 0; i < 5; i++)
		rp_ladder_add(l, RP_LADDER_BID, at[i], 1, 2);
	for (; i < 8; i++)
		rp_ladder_add(l, RP_LADDER_ASK, at[i], 1, 2);
	for (i = 0; i < 5; i++)
		ck_assert_uint_eq(
		    rp_ladder_depth(l, RP_LADDER_BID, at[i]), 4 - i);
	for (; i < 8; i++)
		ck_assert_uint_eq(
		    rp_ladder_depth(l, RP_LADDER_ASK, at[i]), i - 5);
	ck_assert_uint_eq(rp_ladder_depth(l, RP_LADDER_BID, -1), 5);
	ck_assert_uint_eq(rp_ladder_depth(l, RP_LADDER_BID, 200), 0);
	ck_assert_uint_eq(rp_ladder_depth(l, RP_LADDER_ASK, 1023), 3);
	ck_assert_uint_eq(rp_ladder_at(l, RP_LADDER_BID, 64).size, 2);
	ck_assert_uint_eq(rp_ladder_at(l, RP_LADDER_ASK, 64).orders, 0);
	free(l);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("views");
	TCase *tc = tcase_create("gen");
	SRunner *sr = srunner_create(s);
	int failed;

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, views_agree);
	tcase_add_test(tc, golden_sums);
	tcase_add_test(tc, bursts_are_bursts_and_keep_the_rate);
	tcase_add_test(tc, records_are_as_many_as_whole_events_allow);
	tcase_add_test(tc, depth_counts_better_levels);
	suite_add_tcase(s, tc);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
