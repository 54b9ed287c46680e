/*
 * A small frame of records of several types, made by hand, for the tests of
 * expressions and selections.
 */
#ifndef RP_TESTS_RECORDS_H
#define RP_TESTS_RECORDS_H

#include <stdint.h>
#include <string.h>

#include "types/types.h"
#include "wire/frame.h"

/* 2023-12-25T23:00:00Z; record i comes i seconds later */
#define T0 INT64_C(1703545200000000000)
#define SECOND INT64_C(1000000000)

enum {
	MBO_BID, /* ES, side bid, action A, 4750.25, size 5, order 1234 */
	MBO_ASK, /* NQ, side ask, action C, price absent, size 10 (1 x 10^1) */
	TRADE, /* ES from glbx, 1.50 (150 x 10^-2), size 3, id a UUID */
	BBO, /* no symbol, 99 to 101 */
	SHORT, /* ES, an mbo that ends behind its event head */
	OPAQUE, /* type 2000, NQ, not numbered */
	BOOK, /* ES, one bid 4750 of 7 by 2 orders, no ask */
	RECORDS
};

struct sample {
	struct rp_frame frame;
	struct rp_label names[3];
	struct rp_type_count types[6];
	_Alignas(8) uint8_t rows[2048];
	const struct rp_record *record[RECORDS];
};

static inline void *
sample_add(
    struct sample *s, int i, uint16_t type, uint32_t symbol, uint32_t len)
{
	size_t used = (size_t)(s->frame.rows_end - s->rows);
	struct rp_record *r = (struct rp_record *)(s->rows + used);
	struct rp_event *ev = (struct rp_event *)r->payload;

	*r = (struct rp_record){ .symbol = symbol,
		.source = RP_NO_NAME,
		.seq = (uint64_t)i + 1,
		.len = len,
		.type = type,
		.ts_recv = T0 + i * SECOND };
	if (len >= sizeof(*ev)) {
		ev->ts_event = r->ts_recv - 500;
		ev->sequence = 100 + (uint64_t)i;
		ev->send_delta = INT32_MIN;
		ev->aux = 17;
	}
	s->record[i] = r;
	s->frame.rows_end += rp_record_size(r);
	return r->payload;
}

static inline void
sample_names(struct sample *s)
{
	rp_label_init(&s->names[0], RP_NAME_SYMBOL, "ESH4", 4);
	rp_label_init(&s->names[1], RP_NAME_SYMBOL, "NQH4", 4);
	rp_label_init(&s->names[2], RP_NAME_SOURCE, "glbx", 4);
	s->names[0].records = 4;
	s->names[1].records = 2;
	s->names[2].records = 1;
	s->frame.names = s->names;
	s->frame.n_names = 3;
}

static inline void
sample_init(struct sample *s)
{
	static const struct rp_type_count types[] = { { RP_TRADE, 0, 1 },
		{ RP_BBO, 0, 1 }, { RP_MBO, 0, 3 }, { RP_BOOK, 0, 1 },
		{ 2000, 0, 1 } };
	struct rp_mbo *mbo;
	struct rp_trade *trade;
	struct rp_bbo *bbo;
	struct rp_book *book;

	memset(s, 0, sizeof(*s));
	s->frame.rows = s->frame.rows_end = s->rows;
	sample_names(s);
	memcpy(s->types, types, sizeof(types));
	s->frame.types = s->types;
	s->frame.n_types = RP_LEN(types);

	mbo = sample_add(s, MBO_BID, RP_MBO, 0, sizeof(*mbo));
	mbo->ev.side = RP_SIDE_BID;
	mbo->ev.action = 'A';
	mbo->ev.px_exp = -9;
	mbo->price = INT64_C(4750250000000);
	mbo->size = 5;
	mbo->id_lo = 1234;
	((struct rp_record *)s->record[MBO_BID])->flags = RP_LAST;

	mbo = sample_add(s, MBO_ASK, RP_MBO, 1, sizeof(*mbo));
	mbo->ev.side = RP_SIDE_ASK;
	mbo->ev.action = 'C';
	mbo->ev.qty_exp = 1;
	mbo->price = RP_ABSENT;
	mbo->size = 1;
	mbo->id_lo = 99;
	((struct rp_record *)s->record[MBO_ASK])->flags = RP_LAST | RP_SNAPSHOT;

	trade = sample_add(s, TRADE, RP_TRADE, 0, sizeof(*trade));
	trade->ev.side = RP_SIDE_ASK;
	trade->ev.px_exp = -2;
	trade->ev.tflags = RP_ID_UUID << RP_ID_FORM_SHIFT;
	trade->price = 150;
	trade->size = 3;
	trade->id_hi = UINT64_C(0x0123456789abcdef);
	trade->id_lo = UINT64_C(0xfedcba9876543210);
	trade->depth = UINT32_MAX;
	((struct rp_record *)s->record[TRADE])->source = 2;

	bbo = sample_add(s, BBO, RP_BBO, RP_NO_NAME, sizeof(*bbo));
	bbo->bid_px = 99;
	bbo->ask_px = 101;
	bbo->bid_sz = bbo->ask_sz = 1;
	bbo->price = bbo->size = RP_ABSENT;

	(void)sample_add(s, SHORT, RP_MBO, 0, sizeof(struct rp_event));
	(void)sample_add(s, OPAQUE, 2000, 1, 12);
	((struct rp_record *)s->record[OPAQUE])->seq = 0;

	book = sample_add(s, BOOK, RP_BOOK, 0, sizeof(*book) + 24);
	book->n_bid = 1;
	book->level_size = 24;
	book->price = book->size = RP_ABSENT;
	book->levels[0] = (struct rp_book_level){ 4750, 7, 2, 0 };

	s->frame.head.kind = RP_DATA;
	s->frame.head.records = RECORDS;
	s->frame.head.seq_min = 0;
	s->frame.head.seq_max = BOOK + 1;
	s->frame.head.ts_min = T0;
	s->frame.head.ts_max = T0 + BOOK * SECOND;
}

#endif
