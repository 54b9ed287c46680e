/* itch: the table of open orders, days, a clock, what is told by content. */
#include "import/itch.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "streams.h"
#include "types/types.h"

/* ---- open orders ---- */

enum { NUMBERS = 4000 };

/* What the table should hold: shares by index, 0 is none. */
struct model {
	uint64_t number[NUMBERS];
	uint32_t shares[NUMBERS];
	unsigned n;
};

static void
ck_table(const struct rp_itch_orders *o, const struct model *model)
{
	ck_assert_uint_eq(o->n, model->n);
	for (unsigned i = 0; i < NUMBERS; i++) {
		const struct rp_itch_order *s =
		    rp_itch_orders_find(o, model->number[i]);

		ck_assert_uint_eq(s != NULL ? s->shares : 0, model->shares[i]);
		if (s != NULL)
			ck_assert_uint_eq(s->key >> 2, model->number[i]);
	}
}

static void
step(struct rp_itch_orders *o, struct model *model, uint64_t *seed)
{
	unsigned i = (unsigned)(draw(seed) % NUMBERS);
	struct rp_itch_order *s = rp_itch_orders_find(o, model->number[i]);
	bool replaced;

	if (s != NULL && draw(seed) % 2 == 0) {
		rp_itch_orders_remove(o, s);
		model->shares[i] = 0;
		model->n--;
		return;
	}
	model->n += model->shares[i] == 0;
	ck_assert_int_eq(rp_itch_orders_set(o, model->number[i], 1, 7,
			     model->shares[i] + 1, &replaced),
	    RP_OK);
	ck_assert_int_eq(replaced, model->shares[i] != 0);
	model->shares[i]++;
}

static void
ck_orders(uint64_t first, uint64_t stride)
{
	static struct model model;
	struct rp_itch_orders o;
	uint64_t seed = 1;

	memset(&model, 0, sizeof(model));
	for (unsigned i = 0; i < NUMBERS; i++)
		model.number[i] = (first + i * stride) & RP_ITCH_ORDER_MAX;
	ck_assert_int_eq(rp_itch_orders_init(&o), RP_OK);
	for (unsigned i = 0; i < 40000; i++) {
		step(&o, &model, &seed);
		if (i % 1000 == 0)
			ck_table(&o, &model);
	}
	ck_table(&o, &model);
	rp_itch_orders_clear(&o);
	memset(model.shares, 0, sizeof(model.shares));
	model.n = 0;
	ck_table(&o, &model);
	rp_itch_orders_free(&o);
}

START_TEST(test_orders)
{
	ck_orders(0, 1);
	ck_orders(RP_ITCH_ORDER_MAX - NUMBERS + 1, 1);
	ck_orders(5, UINT64_C(1) << 40);
	/* this stride puts all in one place to begin with */
	ck_orders(1, UINT64_C(0xf1de83e19937733d));
}
END_TEST

/* ---- days ---- */

START_TEST(test_midnight)
{
	static const struct {
		const char *at, *midnight;
	} days[] = {
		{ "2020-01-30T14:30:00Z", "2020-01-30T05:00:00Z" },
		{ "2020-01-30T05:00:00Z", "2020-01-30T05:00:00Z" },
		{ "2020-01-30T04:59:59Z", "2020-01-29T05:00:00Z" },
		{ "2020-07-30T13:30:00Z", "2020-07-30T04:00:00Z" },
		/* the clock changes between midnight and then */
		{ "2020-03-08T12:00:00Z", "2020-03-08T05:00:00Z" },
		{ "2020-11-01T12:00:00Z", "2020-11-01T04:00:00Z" },
	};
	struct rp_zone zone;
	int64_t at, midnight;

	ck_ok(rp_zone_open(&zone, RP_ITCH_ZONE, NULL));
	for (size_t i = 0; i < RP_LEN(days); i++) {
		ck_ok(rp_time_parse(days[i].at, strlen(days[i].at), NULL, &at));
		ck_ok(rp_time_parse(days[i].midnight, strlen(days[i].midnight),
		    NULL, &midnight));
		ck_assert_int_eq(rp_itch_midnight(&zone, at), midnight);
	}
}
END_TEST

START_TEST(test_names)
{
	static const struct {
		const char *name, *date; /* NULL: none is in it */
	} names[] = {
		{ "01302020.NASDAQ_ITCH50.gz", "2020-01-30" },
		{ "/data/20191230/20200130.PSX_ITCH_50", "2020-01-30" },
		{ "S013020-v50.txt", "2020-01-30" },
		{ "s013020", "2020-01-30" },
		{ "ex20200130.TEST_ITCH_50", "2020-01-30" },
		{ "itch-2020-01-30.bin", "2020-01-30" },
		{ "itch_2020_01_30", "2020-01-30" },
		{ "99999999-20200130", "2020-01-30" },
		{ "12202012", "2012-12-20" },
		{ "20122012", NULL },
		{ "202001300", NULL },
		{ "2020-01-301", NULL },
		{ "013020", NULL },
		{ "A013020", NULL },
		{ "20200230", NULL },
		{ "2020-1-30", NULL },
		{ "01302020/itch", NULL },
		{ "", NULL },
	};
	struct rp_zone zone;
	int64_t want, got;

	ck_ok(rp_zone_open(&zone, RP_ITCH_ZONE, NULL));
	for (size_t i = 0; i < RP_LEN(names); i++) {
		struct rp_import im = { .name = names[i].name };
		enum rp_status st = rp_itch_date(&im, &zone, &got);

		if (names[i].date == NULL) {
			ck_assert_int_eq(st, RP_ERR_USAGE);
			continue;
		}
		ck_assert_str_eq(im.error.text, "");
		ck_ok(rp_time_parse(names[i].date, 10, &zone, &want));
		ck_assert_int_eq(got, want);
	}
}
END_TEST

/* ---- messages ---- */

static size_t
put(uint8_t *p, size_t len, const char *hex)
{
	unsigned v;

	for (; *hex != '\0'; hex += 2) {
		ck_assert_int_eq(sscanf(hex, "%2x", &v), 1);
		p[len++] = (uint8_t)v;
	}
	return len;
}

/* An order for 100 X of 0x00000002.0000, and its end; framed. */
#define ADD                                                        \
	"0024"                                                     \
	"41000100000000000000010000000000000009420000006458202020" \
	"2020202000004e20"
#define END                                        \
	"0013440001000000000000000200000000000000" \
	"09"

START_TEST(test_probe)
{
	uint8_t p[256];
	size_t len = put(p, 0, ADD END END);

	for (size_t n = 0; n < len; n++)
		ck_assert(!rp_import_itch.probe(p, n));
	ck_assert(rp_import_itch.probe(p, len));
	/* time goes back; another type; a length that is not the type's; a side */
	p[38 + 2 + 10] = 0xff;
	ck_assert(!rp_import_itch.probe(p, len));
	put(p, 0, ADD END END);
	p[2] = 'Z';
	ck_assert(!rp_import_itch.probe(p, len));
	put(p, 0, ADD END END);
	p[1] = 0x23;
	ck_assert(!rp_import_itch.probe(p, len));
	p[1] = 0;
	ck_assert(rp_import_itch.probe(p, len));
	p[2 + 19] = 'C';
	ck_assert(!rp_import_itch.probe(p, len));
}
END_TEST

static int64_t
now(void *arg)
{
	return *(int64_t *)arg;
}

/* Import bytes by a clock; the stream is the caller's. */
static struct rp_buffer
import_now(const uint8_t *p, size_t len, int64_t clock)
{
	struct rp_buffer stream = { 0 };
	struct rp_import im = { .name = "t",
		.format = &rp_import_itch,
		.options = { .now = now, .now_arg = &clock } };
	enum rp_status st;

	im.in = rp_intake_memory(p, len);
	im.out = rp_writer_memory(&stream, NULL);
	st = rp_import_open(&im);
	while (st == RP_OK)
		st = rp_import_step(&im);
	ck_assert_str_eq(im.error.text, "");
	rp_import_close(&im);
	rp_intake_free(im.in);
	ck_ok(rp_writer_finish(im.out, 0));
	rp_writer_free(im.out);
	return stream;
}

START_TEST(test_clock)
{
	const int64_t clock = INT64_C(1580394600000000000);
	uint8_t p[256];
	size_t len = put(p, 0, ADD END);
	struct rp_buffer stream = import_now(p, len, clock);
	struct rp_reader *r =
	    rp_reader_memory(stream.data, stream.len, "stream");
	const struct rp_record *rec;
	const struct rp_mbo *mbo;
	struct rp_frame f;

	ck_ok(rp_reader_next(r, &f));
	rec = rp_frame_next(&f, NULL);
	ck_assert_ptr_nonnull(rec);
	mbo = (const struct rp_mbo *)rec->payload;
	ck_assert_uint_eq(rec->flags, RP_LAST);
	ck_assert_int_eq(rec->ts_recv, clock);
	/* midnight of that day in New York, and a nanosecond */
	ck_assert_int_eq(mbo->ev.ts_event, INT64_C(1580360400000000000) + 1);
	ck_assert_int_eq(mbo->price, 20000);
	ck_assert_int_eq(mbo->size, 100);
	rec = rp_frame_next(&f, rec);
	ck_assert_ptr_nonnull(rec);
	mbo = (const struct rp_mbo *)rec->payload;
	ck_assert_int_eq(mbo->ev.action, 'C');
	ck_assert_int_eq(mbo->ev.side, RP_SIDE_BID);
	ck_assert_int_eq(mbo->price, 20000);
	ck_assert_int_eq(mbo->size, 100);
	ck_assert_ptr_null(rp_frame_next(&f, rec));
	rp_reader_free(r);
	rp_buffer_free(&stream);
}
END_TEST

static void
add_tests(TCase *t)
{
	tcase_add_test(t, test_orders);
	tcase_add_test(t, test_midnight);
	tcase_add_test(t, test_names);
	tcase_add_test(t, test_probe);
	tcase_add_test(t, test_clock);
}

int
main(void)
{
	return run_suite("itch", add_tests);
}
