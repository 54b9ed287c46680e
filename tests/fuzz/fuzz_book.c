/*
 * Any bytes as records of a book. Of the first byte, bit 0 chooses orders or
 * price levels, bits 1 and 2 the venue, bit 3 whole books in place of levels; then each record is a byte of flags
 * (bit 7: the book is broken by a gap, bit 6: its hash is taken) and a payload,
 * of levels one of two lengths (bit 5). What is true of every book is true
 * behind each record, and what is counted is what was told.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../unit/books.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* level's payload before first_sequence came to it */
enum { SHORT_LEVEL = offsetof(struct rp_level, first_sequence) };

enum kind { LEVELS, ORDERS, BOOKS };

enum { DEPTH = 2, STRIDE = sizeof(struct rp_book_level) + 1 };

static const size_t sizes[] = { [LEVELS] = sizeof(struct rp_level),
	[ORDERS] = sizeof(struct rp_mbo),
	[BOOKS] = sizeof(struct rp_book) + 2 * DEPTH * STRIDE };

static enum rp_status
apply_book(struct rp_lob *b, const uint8_t *payload, rp_faults *faults)
{
	union {
		struct rp_book book;
		uint8_t bytes[sizeof(struct rp_book) + 2 * DEPTH * STRIDE];
	} k;

	memcpy(&k, payload, sizeof(k.bytes));
	k.book.n_bid %= DEPTH + 1;
	k.book.n_ask %= DEPTH + 1;
	k.book.level_size = STRIDE;
	return rp_lob_book(b, &k.book, faults);
}

static void
step(struct rp_lob *b, enum kind kind, const uint8_t *payload, uint8_t how,
    uint64_t counted[RP_FAULTS])
{
	uint16_t flags = (how & 1 ? RP_LAST : 0) | (how & 2 ? RP_SNAPSHOT : 0);
	rp_faults faults;
	struct rp_level l;
	struct rp_mbo m;
	enum rp_status st;

	if (kind == BOOKS) {
		st = apply_book(b, payload, &faults);
	} else if (kind == ORDERS) {
		memcpy(&m, payload, sizeof(m));
		st = rp_lob_mbo(b, &m, flags, &faults);
	} else {
		memcpy(&l, payload, sizeof(l));
		st = rp_lob_level(
		    b, &l, how & 32 ? SHORT_LEVEL : sizeof(l), flags, &faults);
	}
	if (st != RP_OK)
		abort();
	if (flags & RP_LAST)
		faults |= rp_lob_crossing(b);
	if (how & 64)
		(void)rp_lob_hash(b);
	for (unsigned i = 0; i < RP_FAULTS; i++) {
		/* one record may let updates that wait be applied */
		if ((faults >> i & 1) && b->faults[i] == counted[i])
			abort();
		counted[i] = b->faults[i];
	}
	if (how & 128)
		rp_lob_break(b, RP_FAULT_GAP);
	counted[RP_FAULT_GAP] = b->faults[RP_FAULT_GAP];
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const enum rp_lob_venue venues[] = { RP_VENUE_PLAIN,
		RP_VENUE_KRAKEN, RP_VENUE_OKX, RP_VENUE_BITGET };
	uint64_t counted[RP_FAULTS] = { 0 };
	enum kind kind;
	struct rp_lob b;
	size_t len;

	if (size == 0)
		return 0;
	rp_lob_init(&b, venues[data[0] >> 1 & 3]);
	kind = data[0] & 1 ? ORDERS : data[0] & 8 ? BOOKS : LEVELS;
	len = 1 + sizes[kind];
	for (size_t at = 1; at + len <= size; at += len) {
		step(&b, kind, data + at + 1, data[at], counted);
		if (book_flaw(&b) != NULL)
			abort();
	}
	rp_lob_free(&b);
	return 0;
}
