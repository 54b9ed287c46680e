/* gen: a reader finds every fault that was put in, and no other. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "gen/feed.h"
#include "types/types.h"

enum {
	SYMBOLS = 3,
	RECORDS = 30000,
	UPDATES = 2 * RECORDS,
	IDS = 1 << 16,
	TYPES = 16,
	LEVELS = 512
};

/* What names an update: of one symbol, one type and one sequence. */
struct key {
	uint64_t sequence;
	uint32_t symbol;
	uint16_t type;
};

struct list {
	struct key key[UPDATES];
	size_t n;
};

/* A reader that believes all it reads and takes down what it finds odd. */
struct reader {
	enum rp_gen_fault kind;
	struct list told, found, seen;
	uint64_t records;
	int64_t ts_recv;
	bool first; /* of its update */
	uint64_t sequence[SYMBOLS][TYPES];
	uint64_t chain[SYMBOLS];
	struct {
		int64_t price, size;
		uint8_t side;
	} order[IDS], level[SYMBOLS][LEVELS];
	int n_levels[SYMBOLS];
	uint32_t owner[IDS];
};

static void
add(struct list *l, const struct rp_record *rec, uint32_t symbol)
{
	const struct rp_event *ev = (const void *)rec->payload;

	ck_assert_uint_lt(l->n, UPDATES);
	l->key[l->n].sequence = ev->sequence;
	l->key[l->n].symbol = symbol;
	l->key[l->n++].type = rec->type;
}

static int
compare(const void *a, const void *b)
{
	const struct key *x = a, *y = b;

	if (x->symbol != y->symbol)
		return x->symbol < y->symbol ? -1 : 1;
	if (x->type != y->type)
		return x->type < y->type ? -1 : 1;
	return x->sequence < y->sequence ? -1 : x->sequence > y->sequence;
}

static void
sort(struct list *l)
{
	qsort(l->key, l->n, sizeof(*l->key), compare);
}

static void
ck_same_list(struct list *a, struct list *b)
{
	size_t i;

	sort(a);
	sort(b);
	ck_assert_uint_eq(a->n, b->n);
	for (i = 0; i < a->n; i++)
		ck_assert_int_eq(compare(&a->key[i], &b->key[i]), 0);
}

/* ---- what a reader finds ---- */

/* Orders of the market count from 1, ours down from the end. */
static size_t
slot_of(uint64_t id)
{
	size_t slot = id >> 63 ? IDS - 1 - (id & (IDS - 1)) : id;

	ck_assert_uint_lt(slot, IDS);
	return slot;
}

static bool
apply_mbo(struct reader *r, const struct rp_mbo *m, uint32_t symbol)
{
	size_t i = slot_of(m->id_lo);

	switch (m->ev.action) {
	case 'C':
		if (r->order[i].size < m->size)
			return false;
		r->order[i].size -= m->size;
		break;
	case 'A':
	case 'M':
		r->order[i].price = m->price;
		r->order[i].size = m->size;
		r->order[i].side = m->ev.side;
		r->owner[i] = symbol;
		break;
	}
	return true;
}

static bool
apply_level(struct reader *r, const struct rp_level *l, uint32_t symbol)
{
	int i, *n = &r->n_levels[symbol];

	for (i = 0; i < *n; i++)
		if (r->level[symbol][i].price == l->price &&
		    r->level[symbol][i].side == l->ev.side)
			break;
	ck_assert_int_lt(i, LEVELS);
	if (l->ev.action == RP_LEVEL_CLEAR)
		*n = 0;
	else if (l->ev.action == RP_LEVEL_REMOVE && i == *n)
		return false;
	else if (l->ev.action == RP_LEVEL_REMOVE)
		r->level[symbol][i] = r->level[symbol][--*n];
	else {
		r->level[symbol][i].price = l->price;
		r->level[symbol][i].size = l->size;
		r->level[symbol][i].side = l->ev.side;
		*n += i == *n;
	}
	return true;
}

static bool
is_crossed(const struct reader *r, uint16_t type, uint32_t symbol)
{
	int64_t bid = INT64_MIN, ask = INT64_MAX, price;
	int i, n = type == RP_MBO ? IDS : r->n_levels[symbol];
	uint8_t side;

	for (i = 0; i < n; i++) {
		if (type == RP_MBO &&
		    (r->order[i].size <= 0 || r->owner[i] != symbol))
			continue;
		price = type == RP_MBO ? r->order[i].price
				       : r->level[symbol][i].price;
		side = type == RP_MBO ? r->order[i].side
				      : r->level[symbol][i].side;
		if (side == RP_SIDE_BID && price > bid)
			bid = price;
		if (side == RP_SIDE_ASK && price < ask)
			ask = price;
	}
	return bid >= ask;
}

static bool
crosses(struct reader *r, const struct rp_record *rec, uint32_t symbol)
{
	const struct rp_bbo *bbo = (const void *)rec->payload;

	if (rec->type == RP_BBO)
		return bbo->bid_px != RP_ABSENT && bbo->ask_px != RP_ABSENT &&
		    bbo->bid_px >= bbo->ask_px;
	return rec->type != RP_TRADE && (rec->flags & RP_LAST) &&
	    is_crossed(r, rec->type, symbol);
}

static bool
is_negative(const struct rp_record *rec)
{
	const void *p = rec->payload;

	switch (rec->type) {
	case RP_MBO:
		return ((const struct rp_mbo *)p)->size < 0 &&
		    ((const struct rp_mbo *)p)->size != RP_ABSENT;
	case RP_LEVEL:
		return ((const struct rp_level *)p)->size < 0 &&
		    ((const struct rp_level *)p)->size != RP_ABSENT;
	case RP_TRADE:
		return ((const struct rp_trade *)p)->size < 0;
	default:
		return ((const struct rp_bbo *)p)->bid_sz < 0 &&
		    ((const struct rp_bbo *)p)->bid_sz != RP_ABSENT;
	}
}

static bool
is_odd(struct reader *r, const struct rp_record *rec, uint32_t symbol)
{
	const struct rp_event *ev = (const void *)rec->payload;
	const struct rp_level *l = (const void *)ev;
	bool known = true, odd;

	if (rec->type == RP_MBO)
		known = apply_mbo(r, (const void *)ev, symbol);
	else if (rec->type == RP_LEVEL)
		known = apply_level(r, l, symbol);
	switch (r->kind) {
	case RP_GEN_LATE:
		return r->first && rec->ts_recv < r->ts_recv;
	case RP_GEN_REORDERED:
		ck_assert_int_ge(rec->ts_recv, r->ts_recv);
		return r->first &&
		    ev->sequence < r->sequence[symbol][rec->type];
	case RP_GEN_CROSSED:
		return crosses(r, rec, symbol);
	case RP_GEN_CHAIN:
		if (!r->first || rec->type != RP_LEVEL)
			return false;
		odd = l->prev_sequence != r->chain[symbol];
		r->chain[symbol] = l->ev.sequence;
		return odd;
	case RP_GEN_UNKNOWN:
		return !known;
	case RP_GEN_NEGATIVE:
		return is_negative(rec);
	default:
		return false;
	}
}

static enum rp_status
read_record(void *arg, const struct rp_record *rec, uint32_t symbol)
{
	const struct rp_event *ev = (const void *)rec->payload;
	struct reader *r = arg;

	r->records++;
	if (rec->type == RP_GAP)
		return RP_OK;
	if (r->first)
		add(&r->seen, rec, symbol);
	if (is_odd(r, rec, symbol))
		add(&r->found, rec, symbol);
	if (ev->sequence > r->sequence[symbol][rec->type])
		r->sequence[symbol][rec->type] = ev->sequence;
	if (rec->ts_recv > r->ts_recv)
		r->ts_recv = rec->ts_recv;
	r->first = (rec->flags & RP_LAST) != 0;
	return RP_OK;
}

static enum rp_status
hear(void *arg, enum rp_gen_fault fault, const struct rp_record *rec,
    uint32_t symbol)
{
	struct reader *r = arg;

	ck_assert_int_eq(fault, r->kind);
	add(&r->told, rec, symbol);
	return RP_OK;
}

static struct reader *
read_feed(
    enum rp_gen_fault kind, uint64_t rate, const struct rp_faults_host *host)
{
	struct rp_feed_options opt = {
		.market = { .seed = 3,
		    .symbols = SYMBOLS,
		    .rate = 100000,
		    .burst = 1,
		    .start = 1700000000000000000 },
		.views = { .view = { true, true, true, true },
		    .checksum = true },
		.records = RECORDS,
		.faulty = rate > 0,
	};
	struct reader *r = calloc(1, sizeof(*r));
	struct rp_faults_host own;
	struct rp_feed *f;
	int64_t ts;

	ck_assert_ptr_nonnull(r);
	r->kind = kind;
	r->first = true;
	opt.fault_rate[kind] = rate;
	own = (struct rp_faults_host){ r,
		host != NULL ? host->put : read_record, hear };
	ck_assert_ptr_nonnull(f = rp_feed_new(&opt, &own));
	while (rp_feed_next(f, &ts) == RP_OK)
		ck_assert_int_eq(rp_feed_put(f), RP_OK);
	ck_assert_int_eq(rp_feed_end(f), RP_OK);
	rp_feed_free(f);
	return r;
}

#define PERCENT (((uint64_t)1 << 32) / 100)

/* ---- the kinds ---- */

/* Late, reordered, crossed, chain, unknown, negative: by the stream alone. */
START_TEST(what_is_told_is_found)
{
	static const enum rp_gen_fault kinds[] = { RP_GEN_LATE,
		RP_GEN_REORDERED, RP_GEN_CROSSED, RP_GEN_CHAIN, RP_GEN_UNKNOWN,
		RP_GEN_NEGATIVE };
	struct reader *r = read_feed(kinds[_i], PERCENT / 4, NULL);

	ck_assert_uint_gt(r->told.n, 15);
	ck_same_list(&r->told, &r->found);
	free(r);
}
END_TEST

START_TEST(nothing_is_found_where_nothing_is_wrong)
{
	struct reader *r = read_feed((enum rp_gen_fault)_i, 0, NULL);

	ck_assert_uint_eq(r->told.n, 0);
	ck_assert_uint_eq(r->found.n, 0);
	free(r);
}
END_TEST

/* The updates of a feed are those of the clean one without, or with, the told. */
static void
ck_difference(struct reader *faulty, struct reader *clean, bool more)
{
	struct list *whole = more ? &faulty->seen : &clean->seen;
	struct list *part = more ? &clean->seen : &faulty->seen;
	size_t i;

	ck_assert_uint_gt(faulty->told.n, 50);
	for (i = 0; i < faulty->told.n; i++) {
		ck_assert_uint_lt(part->n, UPDATES);
		part->key[part->n++] = faulty->told.key[i];
	}
	ck_same_list(whole, part);
}

START_TEST(lost_updates_are_not_there)
{
	struct reader *clean = read_feed(RP_GEN_LOST, 0, NULL);
	struct reader *faulty = read_feed(RP_GEN_LOST, PERCENT, NULL);

	ck_difference(faulty, clean, false);
	ck_assert_uint_lt(faulty->records, clean->records);
	free(clean);
	free(faulty);
}
END_TEST

static uint64_t gaps, missing;

static enum rp_status
read_gap(void *arg, const struct rp_record *rec, uint32_t symbol)
{
	const struct rp_gap *gap = (const void *)rec->payload;
	struct reader *r = arg;

	if (rec->type == RP_GAP) {
		ck_assert_uint_eq(rec->len, 72);
		ck_assert_uint_eq(rec->flags, RP_LAST);
		ck_assert_uint_eq(gap->ev.action, RP_GAP_VENUE);
		ck_assert_uint_eq(
		    gap->last_lost, r->told.key[r->told.n - 1].sequence);
		ck_assert_uint_le(gap->first_lost, gap->last_lost);
		ck_assert_int_eq(gap->ts_from, rec->ts_recv);
		gaps++;
		missing += gap->count;
	}
	return read_record(arg, rec, symbol);
}

START_TEST(gaps_say_what_is_lost)
{
	static const struct rp_faults_host host = { .put = read_gap };
	struct reader *clean = read_feed(RP_GEN_GAP, 0, NULL);
	struct reader *faulty = read_feed(RP_GEN_GAP, PERCENT, &host);

	ck_difference(faulty, clean, false);
	ck_assert_uint_eq(gaps, faulty->told.n);
	ck_assert_uint_eq(faulty->records - gaps + missing, clean->records);
	free(clean);
	free(faulty);
}
END_TEST

START_TEST(duplicates_are_there_twice)
{
	struct reader *clean = read_feed(RP_GEN_DUPLICATE, 0, NULL);
	struct reader *faulty = read_feed(RP_GEN_DUPLICATE, PERCENT, NULL);

	ck_difference(faulty, clean, true);
	free(clean);
	free(faulty);
}
END_TEST

START_TEST(late_and_reordered_updates_are_all_there)
{
	static const enum rp_gen_fault kinds[] = { RP_GEN_LATE,
		RP_GEN_REORDERED };
	struct reader *clean = read_feed(kinds[_i], 0, NULL);
	struct reader *faulty = read_feed(kinds[_i], 5 * PERCENT, NULL);

	ck_assert_uint_gt(faulty->told.n, 50);
	ck_assert_uint_eq(faulty->records, clean->records);
	ck_same_list(&faulty->seen, &clean->seen);
	free(clean);
	free(faulty);
}
END_TEST

/* Checksums of level updates in their order. */
struct checksums {
	struct key key[RECORDS];
	uint32_t value[RECORDS];
	size_t n;
};

static struct checksums *checksums; /* to be filled */

static enum rp_status
read_checksum(void *arg, const struct rp_record *rec, uint32_t symbol)
{
	const struct rp_level *l = (const void *)rec->payload;

	(void)arg;
	if (rec->type != RP_LEVEL || (rec->flags & RP_LAST) == 0)
		return RP_OK;
	ck_assert_uint_eq(l->ev.tflags, RP_LEVEL_CHECKSUM);
	checksums->key[checksums->n] =
	    (struct key){ l->ev.sequence, symbol, RP_LEVEL };
	checksums->value[checksums->n++] = l->checksum;
	return RP_OK;
}

START_TEST(bad_checksums_are_those_told)
{
	static const struct rp_faults_host host = { .put = read_checksum };
	static struct checksums clean, faulty;
	struct reader *r;
	size_t i;

	checksums = &clean;
	free(read_feed(RP_GEN_CHECKSUM, 0, &host));
	checksums = &faulty;
	r = read_feed(RP_GEN_CHECKSUM, PERCENT, &host);
	ck_assert_uint_gt(r->told.n, 50);
	ck_assert_uint_eq(clean.n, faulty.n);
	for (i = 0; i < clean.n; i++)
		if (clean.value[i] != faulty.value[i])
			r->found.key[r->found.n++] = faulty.key[i];
	ck_same_list(&r->told, &r->found);
	free(r);
}
END_TEST

START_TEST(rates_are_kept)
{
	struct reader *r = read_feed(RP_GEN_DUPLICATE, 10 * PERCENT, NULL);
	double part = (double)r->told.n / (double)(r->seen.n - r->told.n);

	ck_assert_double_gt(part, 0.09);
	ck_assert_double_lt(part, 0.11);
	free(r);
	r = read_feed(RP_GEN_LOST, 100 * PERCENT + 96, NULL);
	ck_assert_uint_le(r->records, 1);
	free(r);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("faults");
	TCase *tc = tcase_create("gen");
	SRunner *sr = srunner_create(s);
	int failed;

	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, what_is_told_is_found, 0, 6);
	tcase_add_loop_test(
	    tc, nothing_is_found_where_nothing_is_wrong, 0, RP_GEN_FAULTS);
	tcase_add_test(tc, lost_updates_are_not_there);
	tcase_add_test(tc, gaps_say_what_is_lost);
	tcase_add_test(tc, duplicates_are_there_twice);
	tcase_add_loop_test(tc, late_and_reordered_updates_are_all_there, 0, 2);
	tcase_add_test(tc, bad_checksums_are_those_told);
	tcase_add_test(tc, rates_are_kept);
	suite_add_tcase(s, tc);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
