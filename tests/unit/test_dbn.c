/* dbn: hand-made files in, records and errors out. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "dbn_bytes.h"
#include "import/import.h"
#include "types/reference.h"
#include "wire/codec.h"
#include "wire/reader.h"

#define DAY UINT64_C(86400000000000)
#define T0 (19716 * DAY + 3600000000000) /* 2023-12-25T01:00 */

static const struct dbn_file v1 = { 1, 0, 1, 0, 0 };
static const struct dbn_file v3 = { 3, 0, 1, 0, 0 };

static const struct dbn_mbo order = { .ts_event = T0,
	.ts_recv = T0 + 5,
	.order_id = UINT64_C(0xfedcba9876543210),
	.price = 4829250000000,
	.id = 17077,
	.size = 3,
	.sequence = 99,
	.delta = 12345,
	.flags = 128,
	.channel = 2,
	.action = 'A',
	.side = 'B' };

/* What came of an input. */
struct outcome {
	struct rp_buffer stream;
	struct rp_error error;
	enum rp_status status;
	uint64_t records;
	unsigned warnings, rejects;
	char counted[128];
	struct rp_reader *reader;
	struct rp_frame frame;
	const struct rp_record *rec;
};

static void
on_warn(void *arg, const char *text)
{
	struct outcome *o = arg;

	ck_assert_ptr_null(strchr(text, '\n'));
	o->warnings++;
}

static void
on_count(void *arg, const char *name, uint64_t n)
{
	struct outcome *o = arg;
	size_t at = strlen(o->counted);

	snprintf(o->counted + at, sizeof(o->counted) - at, "%s=%u ", name,
	    (unsigned)n);
}

static enum rp_status
on_reject(void *arg, const char *text, size_t len, const char *reason)
{
	struct outcome *o = arg;

	ck_assert_uint_gt(len, 0);
	ck_assert_ptr_nonnull(strstr(reason, "record "));
	(void)text;
	o->rejects++;
	return RP_OK;
}

static void
import_bytes(struct outcome *o, const void *p, size_t n, bool rejects)
{
	const struct rp_import_host host = { .arg = o,
		.warn = on_warn,
		.count = on_count,
		.reject = rejects ? on_reject : NULL };
	struct rp_import im = { .name = "t", .host = &host, .notes = true };
	struct rp_writer *w;

	memset(o, 0, sizeof(*o));
	w = rp_writer_memory(&o->stream, NULL);
	im.in = rp_intake_memory(p, n);
	im.out = w;
	im.format = rp_import_format_find("dbn");
	ck_assert_ptr_nonnull(im.format);
	o->status = rp_import_open(&im);
	while (o->status == RP_OK)
		o->status = rp_import_step(&im);
	o->records = im.records;
	o->error = im.error;
	rp_import_close(&im);
	rp_intake_free(im.in);
	ck_assert_int_eq(rp_writer_finish(w, 0), RP_OK);
	rp_writer_free(w);
	o->reader = rp_reader_memory(o->stream.data, o->stream.len, "t");
}

static void
import(struct outcome *o, const struct bytes *b)
{
	import_bytes(o, b->p, b->n, true);
	ck_assert_str_eq(o->error.text, "");
	ck_assert_int_eq(o->status, RP_END);
}

static const struct rp_record *
next(struct outcome *o)
{
	if (o->rec != NULL)
		o->rec = rp_frame_next(&o->frame, o->rec);
	while (o->rec == NULL) {
		if (rp_reader_next(o->reader, &o->frame) != RP_OK)
			return NULL;
		if (o->frame.head.kind == RP_DATA)
			o->rec = rp_frame_next(&o->frame, NULL);
	}
	return o->rec;
}

static const void *
payload(struct outcome *o, uint16_t type, uint32_t len)
{
	const struct rp_record *r = next(o);

	ck_assert_ptr_nonnull(r);
	ck_assert_uint_eq(r->type, type);
	ck_assert_uint_eq(r->len, len);
	return r->payload;
}

static void
ck_name(const struct outcome *o, uint32_t index, const char *want)
{
	const struct rp_label *l = rp_frame_name(&o->frame, index);

	ck_assert_ptr_nonnull(l);
	ck_assert_uint_eq(l->len, strlen(want));
	ck_assert_int_eq(memcmp(l->text, want, l->len), 0);
}

static void
done(struct outcome *o)
{
	rp_reader_free(o->reader);
	rp_buffer_free(&o->stream);
}

/* ---- market data ---- */

START_TEST(an_order_keeps_every_field)
{
	static struct bytes b;
	struct outcome o;
	const struct rp_mbo *m;

	b.n = 0;
	dbn_plain_header(&b, _i == 0 ? &v1 : &v3);
	dbn_put_mbo(&b, &order, 0);
	import(&o, &b);
	m = payload(&o, RP_MBO, 64);
	ck_assert_int_eq(m->ev.ts_event, (int64_t)T0);
	ck_assert_int_eq(o.rec->ts_recv, (int64_t)T0 + 5);
	ck_assert_uint_eq(o.rec->flags, RP_LAST);
	ck_assert_uint_eq(m->ev.sequence, 99);
	ck_assert_int_eq(m->ev.px_exp, -9);
	ck_assert_int_eq(m->ev.qty_exp, 0);
	ck_assert_uint_eq(m->ev.side, RP_SIDE_BID);
	ck_assert_uint_eq(m->ev.action, 'A');
	ck_assert_uint_eq(m->ev.channel, 2);
	ck_assert_int_eq(m->ev.send_delta, 12345);
	ck_assert_uint_eq(m->ev.aux, 17077);
	ck_assert_int_eq(m->price, 4829250000000);
	ck_assert_int_eq(m->size, 3);
	ck_assert_uint_eq(m->id_hi, 0);
	ck_assert_uint_eq(m->id_lo, UINT64_C(0xfedcba9876543210));
	ck_name(&o, o.rec->source, "GLBX.MDP3.GLBX");
	ck_name(&o, o.rec->symbol, "17077");
	ck_assert_uint_eq(o.warnings, 1);
	ck_assert_ptr_null(next(&o));
	done(&o);
}
END_TEST

/* No two bytes of flags become the same, and every bit has its meaning. */
START_TEST(flags_map_one_to_one)
{
	static const struct {
		uint8_t dbn;
		uint16_t flags, tflags;
	} bits[] = { { 128, RP_LAST, 0 }, { 64, 0, 1 }, { 32, RP_SNAPSHOT, 0 },
		{ 16, 0, 2 }, { 8, RP_TS_RECV_INFERRED, 0 },
		{ 4, RP_MARKED_BAD, 0 }, { 2, 0, 4 }, { 1, 0, 8 } };
	static struct bytes b;
	struct dbn_mbo m = order;
	struct outcome o;

	b.n = 0;
	dbn_plain_header(&b, &v3);
	for (int f = 0; f < 256; f++) {
		m.flags = (uint8_t)f;
		dbn_put_mbo(&b, &m, 0);
	}
	import(&o, &b);
	for (int f = 0; f < 256; f++) {
		const struct rp_event *ev = payload(&o, RP_MBO, 64);
		uint16_t flags = 0, tflags = 0;

		for (size_t i = 0; i < RP_LEN(bits); i++)
			if (f & bits[i].dbn) {
				flags |= bits[i].flags;
				tflags |= bits[i].tflags;
			}
		ck_assert_uint_eq(o.rec->flags, flags);
		ck_assert_uint_eq(ev->tflags, tflags);
	}
	done(&o);
}
END_TEST

START_TEST(undefined_values_are_absent)
{
	static struct bytes b;
	struct dbn_mbo m = order;
	const struct rp_mbo *got;
	struct outcome o;

	b.n = 0;
	m.price = INT64_MAX;
	m.size = UINT32_MAX;
	m.ts_event = UINT64_MAX;
	m.side = 'N';
	dbn_plain_header(&b, &v3);
	dbn_put_mbo(&b, &m, 0);
	m = order;
	m.ts_recv = UINT64_MAX;
	dbn_put_mbo(&b, &m, 0);
	import(&o, &b);
	got = payload(&o, RP_MBO, 64);
	ck_assert_int_eq(got->price, RP_ABSENT);
	ck_assert_int_eq(got->size, RP_ABSENT);
	ck_assert_int_eq(got->ev.ts_event, RP_ABSENT);
	ck_assert_uint_eq(got->ev.side, RP_SIDE_NONE);
	ck_assert_int_eq(o.rec->ts_recv, (int64_t)T0 + 5);
	got = payload(&o, RP_MBO, 64);
	ck_assert_int_eq(o.rec->ts_recv, (int64_t)T0);
	ck_assert_uint_eq(o.rec->flags, RP_LAST | RP_TS_RECV_INFERRED);
	done(&o);
}
END_TEST

/* What does not fit is rejected, never rounded, and the rest goes on. */
START_TEST(what_does_not_fit_is_rejected)
{
	static struct bytes b;
	struct dbn_mbo bad[5];
	struct outcome o;

	for (size_t i = 0; i < RP_LEN(bad); i++)
		bad[i] = order;
	bad[0].price = INT64_MIN;
	bad[1].side = 'X';
	bad[2].ts_recv = UINT64_C(1) << 63;
	bad[3].ts_event = UINT64_MAX - 1;
	bad[4].delta = INT32_MIN;
	b.n = 0;
	dbn_plain_header(&b, &v3);
	for (size_t i = 0; i < RP_LEN(bad); i++)
		dbn_put_mbo(&b, &bad[i], 0);
	dbn_put_mbo(&b, &order, 0);
	import(&o, &b);
	ck_assert_uint_eq(o.rejects, 5);
	ck_assert_uint_eq(o.records, 6);
	payload(&o, RP_MBO, 64);
	ck_assert_ptr_null(next(&o));
	done(&o);
	import_bytes(&o, b.p, b.n, false);
	ck_assert_int_eq(o.status, RP_ERR_REJECTED);
	ck_assert_uint_eq(o.records, 1); /* met */
	ck_assert_str_eq(o.error.text,
	    "t: record 1 at byte 128: a price is -2^63, which means absent "
	    "here");
	done(&o);
}
END_TEST

START_TEST(ts_out_stands_behind_the_payload)
{
	static struct bytes b;
	struct dbn_file f = v3;
	struct outcome o;
	const uint8_t *p;

	b.n = 0;
	f.ts_out = 1;
	dbn_plain_header(&b, &f);
	dbn_put_mbo(&b, &order, 1);
	dbn_put_mbo(&b, &order, 0);
	import(&o, &b);
	p = payload(&o, RP_MBO, 80);
	ck_assert_uint_eq(rp_le64(p + 64), UINT64_MAX); /* priority */
	ck_assert_uint_eq(rp_le64(p + 72), T0 + 1005);
	payload(&o, RP_MBO, 64);
	done(&o);
}
END_TEST

/* trades and mbp-N begin alike: price, size, action, side, flags, depth */
static void
put_market(struct bytes *b, size_t len, uint8_t rtype)
{
	dbn_record(b, len, rtype, 7, T0);
	put(b, 5000000000, 8);
	put(b, 11, 4);
	put(b, 'T', 1);
	put(b, 'A', 1);
	put(b, 130, 1);
	put(b, 3, 1);
	put(b, T0 + 1, 8);
	put(b, 17, 4);
	put(b, 55, 4);
}

static void
put_level(struct bytes *b, uint32_t n)
{
	put(b, 4000000000 - n, 8);
	put(b, n == 9 ? INT64_MAX : 6000000000 + n, 8);
	put(b, 100 + n, 4);
	put(b, 200 + n, 4);
	put(b, 300 + n, 4);
	put(b, 400 + n, 4);
}

START_TEST(trades)
{
	static struct bytes b;
	const struct rp_trade *t;
	struct outcome o;

	b.n = 0;
	dbn_plain_header(&b, &v3);
	put_market(&b, 48, 0);
	b.p[b.n - 48 + 28] = 'T';
	import(&o, &b);
	t = payload(&o, RP_TRADE, 72);
	ck_assert_int_eq(t->price, 5000000000);
	ck_assert_int_eq(t->size, 11);
	ck_assert_uint_eq(t->depth, 3);
	ck_assert_uint_eq(t->ev.side, RP_SIDE_ASK);
	ck_assert_uint_eq(t->ev.action, 0);
	ck_assert_uint_eq(t->ev.tflags, 4);
	ck_assert_uint_eq(t->ev.sequence, 55);
	ck_assert_int_eq(t->ev.send_delta, 17);
	ck_assert_uint_eq(t->id_hi | t->id_lo, 0);
	done(&o);
}
END_TEST

/* rtype, interval, consolidated, sampled at trades */
static const struct {
	uint8_t rtype;
	uint16_t schema, interval;
	bool consolidated, at_trade;
} quotes[] = { { 0x01, 1, 0, false, false }, { 0x01, 3, 0, false, true },
	{ 0xc3, 18, 1, false, false }, { 0xc4, 19, 60, false, false },
	{ 0xb1, 14, 0, true, false }, { 0xc2, 17, 0, true, true },
	{ 0xc0, 15, 1, true, false }, { 0xc1, 16, 60, true, false } };

START_TEST(quotes_of_every_schema)
{
	static struct bytes b;
	struct dbn_file f = v3;
	const struct rp_bbo *q;
	struct outcome o;

	b.n = 0;
	f.schema = quotes[_i].schema;
	dbn_plain_header(&b, &f);
	put_market(&b, 80, quotes[_i].rtype);
	put_level(&b, 0);
	import(&o, &b);
	q = payload(&o, RP_BBO, 96);
	ck_assert_int_eq(q->bid_px, 4000000000);
	ck_assert_int_eq(q->ask_px, 6000000000);
	ck_assert_int_eq(q->bid_sz, 100);
	ck_assert_int_eq(q->ask_sz, 200);
	ck_assert_int_eq(q->price, 5000000000);
	ck_assert_int_eq(q->size, 11);
	ck_assert_uint_eq(q->interval, quotes[_i].interval);
	ck_assert_uint_eq(q->bid_ct, quotes[_i].consolidated ? 0 : 300);
	ck_assert_uint_eq(
	    q->bid_publisher, quotes[_i].consolidated ? 300 : UINT16_MAX);
	ck_assert_uint_eq(
	    q->ask_publisher, quotes[_i].consolidated ? 400 : UINT16_MAX);
	ck_assert_uint_eq(q->ev.tflags & 16, quotes[_i].at_trade ? 16 : 0);
	ck_assert_uint_eq(q->ev.action, quotes[_i].interval == 0 ? 'T' : 0);
	ck_assert_uint_eq(q->depth, quotes[_i].rtype == 0x01 ? 3 : UINT8_MAX);
	done(&o);
}
END_TEST

START_TEST(books_have_ten_levels)
{
	static struct bytes b;
	const struct rp_book *k;
	struct outcome o;

	b.n = 0;
	dbn_plain_header(&b, &v3);
	put_market(&b, 368, 0x0a);
	for (uint32_t i = 0; i < 10; i++)
		put_level(&b, i);
	import(&o, &b);
	k = payload(&o, RP_BOOK, 72 + 20 * 24);
	ck_assert_uint_eq(k->n_bid, 10);
	ck_assert_uint_eq(k->n_ask, 10);
	ck_assert_uint_eq(k->instrument_id, 7);
	ck_assert_uint_eq(k->ev.aux, 0);
	ck_assert_uint_eq(k->depth, 3);
	for (uint32_t i = 0; i < 10; i++) {
		ck_assert_int_eq(k->levels[i].price, 4000000000 - (int64_t)i);
		ck_assert_int_eq(k->levels[i].size, 100 + i);
		ck_assert_uint_eq(k->levels[i].orders, 300 + i);
		ck_assert_int_eq(k->levels[10 + i].price,
		    i == 9 ? RP_ABSENT : 6000000000 + (int64_t)i);
	}
	done(&o);
}
END_TEST

START_TEST(bars_close_after_their_span)
{
	static const struct {
		uint8_t rtype;
		int64_t span;
	} bars[] = { { 0x20, 1 }, { 0x21, 60 }, { 0x22, 3600 }, { 0x23, 86400 },
		{ 0x24, 0 }, { 0x11, 60 } };
	static struct bytes b;
	struct dbn_file f = v1;
	struct outcome o;

	b.n = 0;
	f.schema = 6; /* ohlcv-1m, for the old rtype */
	dbn_plain_header(&b, &f);
	for (size_t i = 0; i < RP_LEN(bars); i++) {
		dbn_record(&b, 56, bars[i].rtype, 7, T0);
		for (int k = 1; k <= 5; k++)
			put(&b, (uint64_t)k, 8);
	}
	import(&o, &b);
	for (size_t i = 0; i < RP_LEN(bars); i++) {
		const struct rp_bar *r = payload(&o, RP_BAR, 120);

		ck_assert_int_eq(r->open, 1);
		ck_assert_int_eq(r->close, 4);
		ck_assert_int_eq(r->volume, 5);
		ck_assert_int_eq(r->buy_volume, RP_ABSENT);
		ck_assert_uint_eq(r->instrument_id, 7);
		ck_assert_uint_eq(r->ev.aux, 1);
		ck_assert_uint_eq(o.rec->flags, RP_TS_RECV_INFERRED);
		ck_assert_int_eq(o.rec->ts_recv, (int64_t)T0);
		ck_assert_int_eq(r->ts_close,
		    bars[i].span == 0
			? RP_ABSENT
			: (int64_t)T0 + bars[i].span * 1000000000);
	}
	done(&o);
}
END_TEST

/* ---- reference data ---- */

START_TEST(statistics_of_every_version)
{
	static struct bytes b;
	const struct rp_stat *s;
	struct dbn_file f = v3;
	struct outcome o;
	int wide = _i == 3 ? 8 : 4;

	b.n = 0;
	f.version = (uint8_t)_i;
	dbn_plain_header(&b, &f);
	for (int k = 0; k < 2; k++) {
		dbn_record(&b, _i == 3 ? 80 : 64, 0x18, 7, T0);
		put(&b, T0 + 1, 8);
		put(&b, UINT64_MAX, 8);
		put(&b, 42, 8);
		put(&b, k == 0 ? (uint64_t)-9 : UINT64_MAX >> (65 - 8 * wide),
		    (size_t)wide);
		put(&b, 5, 4);
		put(&b, (uint32_t)-6, 4);
		put(&b, 10001, 2);
		put(&b, 65535, 2);
		put(&b, 2, 1);
		put(&b, 255, 1);
		put_text(&b, "", _i == 3 ? 18 : 6);
	}
	import(&o, &b);
	s = payload(&o, RP_STAT, 64);
	ck_assert_int_eq(s->ts_ref, RP_ABSENT);
	ck_assert_int_eq(s->price, 42);
	ck_assert_int_eq(s->quantity, -9);
	ck_assert_uint_eq(s->ev.sequence, 5);
	ck_assert_int_eq(s->ev.send_delta, -6);
	ck_assert_uint_eq(s->ev.channel, 65535);
	ck_assert_uint_eq(s->stat_type, 10001);
	ck_assert_uint_eq(s->update_action, 2);
	ck_assert_uint_eq(s->stat_flags, 255);
	s = payload(&o, RP_STAT, 64);
	ck_assert_int_eq(s->quantity, RP_ABSENT);
	done(&o);
}
END_TEST

/* Offsets of some fields in each version: strike_price, raw_symbol, asset,
 * instrument_class, min_lot_size, leg_count (0: none). */
static const struct {
	size_t len, strike, symbol, asset, class, lot, raw_id, legs;
} layouts[] = { { 360, 328, 200, 248, 325, 140, 120, 0 },
	{ 400, 112, 200, 297, 374, 148, 128, 0 },
	{ 520, 104, 238, 335, 487, 160, 112, 220 } };

START_TEST(definitions_of_every_version)
{
	static struct bytes b;
	const struct rp_definition *d;
	struct dbn_file f = v3;
	struct outcome o;
	size_t at;

	b.n = 0;
	f.version = (uint8_t)(_i + 1);
	dbn_plain_header(&b, &f);
	at = b.n;
	dbn_record(&b, layouts[_i].len, 0x13, 7, T0);
	put(&b, T0 + 1, 8);
	put_text(&b, "", layouts[_i].len - 24);
	set(&b, at + layouts[_i].strike, INT64_MAX, 8);
	set(&b, at + layouts[_i].lot, INT32_MAX, 4);
	set(&b, at + layouts[_i].raw_id, UINT32_MAX, 4);
	memcpy(b.p + at + layouts[_i].symbol, "ESZ4 C5000", 10);
	memcpy(b.p + at + layouts[_i].asset, "ES", 2);
	b.p[at + layouts[_i].class] = 'C';
	if (layouts[_i].legs != 0)
		b.p[at + layouts[_i].legs] = 2;
	import(&o, &b);
	d = payload(&o, RP_DEFINITION, 528);
	ck_assert_int_eq(d->strike_price, RP_ABSENT);
	ck_assert_int_eq(d->min_lot_size, INT32_MIN);
	ck_assert_uint_eq(d->raw_instrument_id, UINT32_MAX);
	ck_assert_str_eq(d->raw_symbol, "ESZ4 C5000");
	ck_assert_str_eq(d->asset, "ES");
	ck_assert_uint_eq(d->instrument_class, 'C');
	ck_assert_uint_eq(d->leg_count, layouts[_i].legs != 0 ? 2 : 0);
	ck_assert_int_eq(d->leg_price, layouts[_i].legs != 0 ? 0 : RP_ABSENT);
	ck_assert_int_eq(
	    d->trading_reference_price, layouts[_i].legs != 0 ? RP_ABSENT : 0);
	ck_assert_uint_eq(d->md_security_trading_status,
	    layouts[_i].legs != 0 ? UINT8_MAX : 0);
	done(&o);
}
END_TEST

START_TEST(status_and_imbalance)
{
	static struct bytes b;
	const struct rp_trading_status *s;
	const struct rp_imbalance *m;
	struct outcome o;

	b.n = 0;
	dbn_plain_header(&b, &v3);
	dbn_record(&b, 40, 0x12, 7, T0);
	put(&b, T0 + 1, 8);
	put(&b, 7, 2);
	put(&b, 1, 2);
	put(&b, 2, 2);
	put_text(&b, "YN~", 10);
	dbn_record(&b, 112, 0x14, 7, T0);
	put(&b, T0 + 1, 8);
	for (uint64_t k = 1; k <= 8; k++)
		put(&b, k, 8);
	for (uint32_t k = 0; k < 4; k++)
		put(&b, k == 3 ? UINT32_MAX : k, 4);
	put_text(&b,
	    "OB\x01\x02\x03"
	    "AL",
	    8);
	import(&o, &b);
	s = payload(&o, RP_STATUS, 48);
	ck_assert_uint_eq(s->action, 7);
	ck_assert_uint_eq(s->reason, 1);
	ck_assert_uint_eq(s->trading_event, 2);
	ck_assert_uint_eq(s->is_trading, 'Y');
	ck_assert_uint_eq(s->is_short_sell_restricted, '~');
	m = payload(&o, RP_IMBALANCE, 120);
	ck_assert_int_eq(m->ref_price, 1);
	ck_assert_int_eq(m->auction_time, 2);
	ck_assert_int_eq(m->lower_collar, 8);
	ck_assert_uint_eq(m->total_imbalance_qty, 1);
	ck_assert_uint_eq(m->unpaired_qty, UINT32_MAX);
	ck_assert_uint_eq(m->ev.side, RP_SIDE_BID);
	ck_assert_uint_eq(m->auction_type, 'O');
	ck_assert_uint_eq(m->num_extensions, 3);
	ck_assert_uint_eq(m->unpaired_side, 'A');
	ck_assert_uint_eq(m->significant_imbalance, 'L');
	done(&o);
}
END_TEST

/* ---- symbols ---- */

/* One mapping with intervals of (start, end, other). */
static void
put_mapping(
    struct bytes *b, const struct dbn_file *f, const char *symbol, uint32_t n)
{
	put_text(b, symbol, dbn_symbol_len(f));
	put(b, n, 4);
}

static void
put_interval(struct bytes *b, const struct dbn_file *f, uint32_t from,
    uint32_t to, const char *other)
{
	put(b, from, 4);
	put(b, to, 4);
	put_text(b, other, dbn_symbol_len(f));
}

static void
put_order_on(struct bytes *b, uint32_t id, uint64_t ts)
{
	struct dbn_mbo m = order;

	m.id = id;
	m.ts_event = m.ts_recv = ts;
	dbn_put_mbo(b, &m, 0);
}

START_TEST(symbols_change_over_time)
{
	static struct bytes b;
	struct dbn_file f = _i == 0 ? v1 : v3;
	struct outcome o;

	b.n = 0;
	dbn_begin_header(&b, &f);
	put(&b, 1, 4);
	put_text(&b, "ES.c.0", dbn_symbol_len(&f));
	put(&b, 0, 8);
	put(&b, 2, 4);
	put_mapping(&b, &f, "ESZ3", 1);
	put_interval(&b, &f, 20231225, 20231226, "7");
	put_mapping(&b, &f, "ESH4", 2);
	put_interval(&b, &f, 20231226, 20231227, "7");
	put_interval(&b, &f, 20231225, 20231227, "8");
	dbn_end_header(&b, 0);
	put_order_on(&b, 7, 19716 * DAY);
	put_order_on(&b, 7, 19717 * DAY - 1);
	put_order_on(&b, 8, 19717 * DAY - 1);
	put_order_on(&b, 7, 19717 * DAY);
	put_order_on(&b, 7, 19718 * DAY - 1);
	put_order_on(&b, 7, 19718 * DAY);
	put_order_on(&b, 9, T0);
	put_order_on(&b, 7, 19716 * DAY);
	import(&o, &b);
	static const char *const want[] = { "ESZ3", "ESZ3", "ESH4", "ESH4",
		"ESH4", "7", "9", "ESZ3" };
	for (size_t i = 0; i < RP_LEN(want); i++) {
		payload(&o, RP_MBO, 64);
		ck_name(&o, o.rec->symbol, want[i]);
	}
	ck_assert_uint_eq(o.warnings, 1);
	done(&o);
}
END_TEST

/* Ids in, symbols out. */
START_TEST(mappings_may_be_inverse)
{
	static struct bytes b;
	struct dbn_file f = v3;
	struct outcome o;

	b.n = 0;
	f.stype_in = 0;
	f.stype_out = 1;
	dbn_begin_header(&b, &f);
	put(&b, 0, 12);
	put(&b, 1, 4);
	put_mapping(&b, &f, "7", 2);
	put_interval(&b, &f, 20231224, 20231226, "ESZ3");
	put_interval(&b, &f, 20231226, 20231227, "");
	dbn_end_header(&b, 0);
	put_order_on(&b, 7, T0);
	put_order_on(&b, 7, T0 + DAY);
	import(&o, &b);
	payload(&o, RP_MBO, 64);
	ck_name(&o, o.rec->symbol, "ESZ3");
	payload(&o, RP_MBO, 64);
	ck_name(&o, o.rec->symbol, "7");
	done(&o);
}
END_TEST

static void
put_symbol_mapping(struct bytes *b, int version, uint32_t id, const char *out)
{
	dbn_record(b, version == 1 ? 80 : 176, 0x16, id, T0);
	if (version == 1) {
		put_text(b, "ES.FUT", 22);
		put_text(b, out, 26);
	} else {
		put(b, 4, 1);
		put_text(b, "ES.FUT", 71);
		put(b, 1, 1);
		put_text(b, out, 71);
	}
	put(b, T0, 8);
	put(b, UINT64_MAX, 8);
}

START_TEST(live_mappings_hold_from_then_on)
{
	static struct bytes b;
	struct dbn_file f = v3;
	struct outcome o;
	const struct rp_dbn_payload *d;

	b.n = 0;
	f.version = _i == 0 ? 1 : 3;
	f.schema = 0xffff;
	f.stype_in = 0xff;
	dbn_plain_header(&b, &f);
	put_order_on(&b, 7, T0);
	put_symbol_mapping(&b, f.version, 7, "ESZ3");
	put_order_on(&b, 7, T0);
	put_symbol_mapping(&b, f.version, 7, "ESH4");
	put_order_on(&b, 7, T0 + 3 * DAY);
	import(&o, &b);
	payload(&o, RP_MBO, 64);
	ck_name(&o, o.rec->symbol, "7");
	d = payload(&o, RP_DBN, f.version == 1 ? 88 : 184);
	ck_assert_uint_eq(d->dbn_version, f.version);
	ck_assert_uint_eq(d->record[1], 0x16);
	payload(&o, RP_MBO, 64);
	ck_name(&o, o.rec->symbol, "ESZ3");
	next(&o);
	payload(&o, RP_MBO, 64);
	ck_name(&o, o.rec->symbol, "ESH4");
	ck_assert_str_eq(o.counted, "opaque.symbol_mapping=2 ");
	done(&o);
}
END_TEST

/* ---- what has no type here ---- */

START_TEST(the_rest_travels_verbatim)
{
	static struct bytes b;
	const struct rp_dbn_payload *d;
	struct outcome o;
	size_t at[4];

	b.n = 0;
	dbn_plain_header(&b, &v3);
	at[0] = b.n;
	dbn_record(&b, 320, 0x17, 0, T0); /* system */
	set(&b, at[0] + 2, 0, 2);
	put_text(&b, "Heartbeat", 304);
	at[1] = b.n;
	dbn_record(&b, 24, 0x77, 7, UINT64_MAX); /* unknown */
	put(&b, 1, 8);
	at[2] = b.n;
	dbn_put_mbo(&b, &order, 1); /* longer than an order */
	at[3] = b.n;
	import(&o, &b);
	for (int i = 0; i < 3; i++) {
		size_t len = at[i + 1] - at[i];

		d = payload(&o, RP_DBN, (uint32_t)(8 + len));
		ck_assert_int_eq(memcmp(d->record, b.p + at[i], len), 0);
		ck_assert_int_eq(o.rec->ts_recv, (int64_t)T0);
		ck_assert((o.rec->symbol == RP_NO_NAME) == (i == 0) &&
		    (o.rec->source == RP_NO_NAME) == (i == 0));
	}
	ck_assert_str_eq(
	    o.counted, "opaque.system=1 opaque.rtype-77=1 opaque.mbo=1 ");
	done(&o);
}
END_TEST

/* ---- whole files ---- */

START_TEST(files_in_a_row_have_their_own_ids)
{
	static struct bytes b;
	struct outcome o;

	b.n = 0;
	for (int i = 0; i < 3; i++) {
		size_t start = b.n;

		dbn_begin_header(&b, &v3);
		put(&b, 0, 12);
		put(&b, 1, 4);
		put_mapping(&b, &v3, i == 0 ? "ESZ3" : "NQZ3", 1);
		put_interval(&b, &v3, 20231225, 20231226, "7");
		dbn_end_header(&b, start);
		if (i != 1)
			put_order_on(&b, 7, T0);
	}
	import(&o, &b);
	payload(&o, RP_MBO, 64);
	ck_name(&o, o.rec->symbol, "ESZ3");
	payload(&o, RP_MBO, 64);
	ck_name(&o, o.rec->symbol, "NQZ3");
	done(&o);
}
END_TEST

START_TEST(the_header_becomes_a_note)
{
	static struct bytes b;
	struct rp_frame f;
	struct outcome o;
	char *text;

	b.n = 0;
	dbn_begin_header(&b, &v3);
	put(&b, 2, 4);
	put_text(&b, "ESZ3", 71);
	put_text(&b, "NQZ3", 71);
	put(&b, 0, 12);
	dbn_end_header(&b, 0);
	import(&o, &b);
	ck_assert_int_eq(rp_reader_next(o.reader, &f), RP_OK);
	ck_assert_int_eq(f.head.kind, RP_NOTE);
	text = strndup(f.text, f.text_len);
	ck_assert_str_eq(text,
	    "dbn.version=3\ndbn.dataset=GLBX.MDP3\ndbn.schema=mbo\n"
	    "dbn.stype_in=raw_symbol\ndbn.stype_out=instrument_id\n"
	    "dbn.start=1700000000000000000\ndbn.ts_out=0\n"
	    "dbn.symbols=ESZ3,NQZ3\ndbn.symbols.count=2\n");
	free(text);
	done(&o);
}
END_TEST

/* Cut anywhere: truncated, but at the end of the header or of a record. */
START_TEST(every_truncation_is_told)
{
	static struct bytes b;
	struct outcome o;
	size_t head;

	b.n = 0;
	dbn_begin_header(&b, &v1);
	put(&b, 0, 12);
	put(&b, 1, 4);
	put_mapping(&b, &v1, "ESZ3", 1);
	put_interval(&b, &v1, 20231225, 20231226, "7");
	dbn_end_header(&b, 0);
	head = b.n;
	put_order_on(&b, 7, T0);
	put_order_on(&b, 7, T0);
	for (size_t n = 0; n <= b.n; n++) {
		bool whole = n >= head && (n - head) % 56 == 0;

		import_bytes(&o, b.p, n, true);
		ck_assert_int_eq(o.status, whole ? RP_END : RP_ERR_TRUNCATED);
		ck_assert_int_eq(o.error.text[0] == '\0', whole);
		done(&o);
	}
}
END_TEST

/* Bytes of a header that lie: offset, value, size, status. */
static const struct {
	size_t at;
	uint64_t value;
	size_t size;
	enum rp_status status;
	const char *text;
} lies[] = {
	{ 3, 0, 1, RP_ERR_UNSUPPORTED, "DBN version 0" },
	{ 3, 4, 1, RP_ERR_UNSUPPORTED, "DBN version 4" },
	{ 4, 99, 4, RP_ERR_CORRUPT, "below the fixed 100" },
	{ 4, UINT32_MAX, 4, RP_ERR_TRUNCATED, "the file ends in it" },
	{ 8, 0xff, 1, RP_ERR_CORRUPT, "not UTF-8" },
	{ 108, 1, 4, RP_ERR_UNSUPPORTED, "schema definition" },
	{ 112, UINT32_MAX, 4, RP_ERR_CORRUPT, "4294967295 items" },
	{ 116, 1000, 4, RP_ERR_CORRUPT, "1000 items" },
	{ 124, UINT32_MAX, 4, RP_ERR_CORRUPT, "4294967295 items" },
	{ 128, 0x0a, 1, RP_ERR_CORRUPT, "not UTF-8" },
	{ 128, 0, 4, RP_ERR_CORRUPT, "no symbol" },
	{ 150, UINT32_MAX, 4, RP_ERR_CORRUPT, "items" },
	{ 154, 20231301, 4, RP_ERR_CORRUPT, "not a date" },
	{ 154, 20230229, 4, RP_ERR_CORRUPT, "not a date" },
	{ 158, 20231224, 4, RP_ERR_CORRUPT, "ends before" },
	{ 162, 'x', 1, RP_ERR_CORRUPT, "instrument id" },
	{ 184, 3, 1, RP_ERR_CORRUPT, "below the 16" },
	{ 184, 13, 1, RP_ERR_CORRUPT, "52 bytes; a mbo record" },
	{ 184, 255, 1, RP_ERR_TRUNCATED, "56 of its 1020 bytes" },
};

START_TEST(lies_are_told_in_one_line)
{
	static struct bytes b;
	struct outcome o;

	b.n = 0;
	dbn_begin_header(&b, &v1);
	put(&b, 0, 12);
	put(&b, 1, 4);
	put_mapping(&b, &v1, "ESZ3", 1);
	put_interval(&b, &v1, 20231225, 20231226, "7");
	dbn_end_header(&b, 0);
	ck_assert_uint_eq(b.n, 184);
	put_order_on(&b, 7, T0);
	set(&b, lies[_i].at, lies[_i].value, lies[_i].size);
	import_bytes(&o, b.p, b.n, true);
	ck_assert_msg(o.status == lies[_i].status &&
		strstr(o.error.text, lies[_i].text) != NULL,
	    "%d, %s", o.status, o.error.text);
	ck_assert_ptr_null(strchr(o.error.text, '\n'));
	done(&o);
}
END_TEST

START_TEST(other_kinds_of_files_are_named)
{
	static const char dbz[] = "\x50\x2a\x4d\x18\x00\x00\x00\x00"
				  "DBZ\x01";
	static struct bytes b;
	struct outcome o;

	import_bytes(&o, dbz, sizeof(dbz) - 1, true);
	ck_assert_int_eq(o.status, RP_ERR_UNSUPPORTED);
	ck_assert_ptr_nonnull(strstr(o.error.text, "DBZ"));
	done(&o);
	b.n = 0;
	dbn_put_mbo(&b, &order, 0);
	dbn_put_mbo(&b, &order, 0);
	import_bytes(&o, b.p, b.n, true);
	ck_assert_int_eq(o.status, RP_ERR_UNSUPPORTED);
	ck_assert_ptr_nonnull(strstr(o.error.text, "fragment"));
	done(&o);
}
END_TEST

/* ---- zstd ---- */

static void
add_frame(struct rp_buffer *to, const uint8_t *p, size_t n)
{
	struct rp_codec_state s = { 0 };
	struct rp_buffer one = { 0 };

	ck_assert_int_eq(rp_codec_compress(&s, RP_CODEC_ZSTD, 1, p, n, NULL, 0,
			     n + 1024, &one),
	    RP_OK);
	ck_assert_int_eq(rp_buffer_add(to, one.data, one.len), RP_OK);
	rp_buffer_free(&one);
	rp_codec_state_free(&s);
}

/* Frames may end anywhere, also within a record. */
START_TEST(packed_in_several_frames)
{
	static struct bytes b;
	struct rp_buffer z = { 0 };
	struct outcome o;
	size_t cut;

	b.n = 0;
	dbn_plain_header(&b, &v3);
	for (int i = 0; i < 100; i++)
		dbn_put_mbo(&b, &order, 0);
	cut = b.n / 2 + 3;
	add_frame(&z, b.p, cut);
	add_frame(&z, b.p + cut, b.n - cut);
	import_bytes(&o, z.data, z.len, true);
	ck_assert_str_eq(o.error.text, "");
	ck_assert_uint_eq(o.records, 100);
	done(&o);
	for (size_t n = 13; n < z.len; n++) {
		import_bytes(&o, z.data, n, true);
		ck_assert_int_eq(o.status, RP_ERR_TRUNCATED);
		done(&o);
	}
	z.data[z.len / 2] ^= 0x55;
	import_bytes(&o, z.data, z.len, true);
	ck_assert_int_lt(o.status, 0);
	done(&o);
	rp_buffer_free(&z);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("dbn");
	TCase *tc = tcase_create("dbn");
	SRunner *sr = srunner_create(s);
	int failed;

	tcase_add_loop_test(tc, an_order_keeps_every_field, 0, 2);
	tcase_add_test(tc, flags_map_one_to_one);
	tcase_add_test(tc, undefined_values_are_absent);
	tcase_add_test(tc, what_does_not_fit_is_rejected);
	tcase_add_test(tc, ts_out_stands_behind_the_payload);
	tcase_add_test(tc, trades);
	tcase_add_loop_test(tc, quotes_of_every_schema, 0, (int)RP_LEN(quotes));
	tcase_add_test(tc, books_have_ten_levels);
	tcase_add_test(tc, bars_close_after_their_span);
	tcase_add_loop_test(tc, statistics_of_every_version, 1, 4);
	tcase_add_loop_test(tc, definitions_of_every_version, 0, 3);
	tcase_add_test(tc, status_and_imbalance);
	tcase_add_loop_test(tc, symbols_change_over_time, 0, 2);
	tcase_add_test(tc, mappings_may_be_inverse);
	tcase_add_loop_test(tc, live_mappings_hold_from_then_on, 0, 2);
	tcase_add_test(tc, the_rest_travels_verbatim);
	tcase_add_test(tc, files_in_a_row_have_their_own_ids);
	tcase_add_test(tc, the_header_becomes_a_note);
	tcase_add_test(tc, every_truncation_is_told);
	tcase_add_loop_test(
	    tc, lies_are_told_in_one_line, 0, (int)RP_LEN(lies));
	tcase_add_test(tc, other_kinds_of_files_are_named);
	tcase_add_test(tc, packed_in_several_frames);
	suite_add_tcase(s, tc);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
