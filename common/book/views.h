/* A book as the records that show it: best prices, levels. Pure. */
#ifndef RP_BOOK_VIEWS_H
#define RP_BOOK_VIEWS_H

#include "book/lob.h"

/* What the event that caused a view was, as far as views tell it. */
struct rp_cause {
	int64_t ts_event, ts_recv;
	uint64_t sequence, seq;
	int64_t price, size; /* mantissas of the book; RP_ABSENT: none */
	uint8_t side, action;
	uint16_t flags; /* enum rp_record_flags, without LAST */
	uint16_t channel;
	int32_t send_delta;
	uint32_t aux; /* the venue's number of the instrument, or 0 */
};

/* v x 10^exp as a mantissa of another exponent; absent if it does not fit. */
int64_t rp_view_rescaled(int64_t v, int exp, int to);

/* The event head of a view, without tflags. */
struct rp_event rp_view_event(
    const struct rp_lob *b, const struct rp_cause *cause);

/* The best bid and offer; a side without orders has absent price and size. */
void rp_view_bbo(
    const struct rp_lob *b, const struct rp_cause *cause, struct rp_bbo *bbo);

/*
 * Up to n levels of each side as a book payload, of which room bytes at
 * RP_VIEW_BOOK_ROOM(n). Returns its length.
 */
#define RP_VIEW_BOOK_ROOM(n)      \
	(sizeof(struct rp_book) + \
	    2 * (size_t)(n) * sizeof(struct rp_book_level))
uint32_t rp_view_book(const struct rp_lob *b, const struct rp_cause *cause,
    uint32_t n, struct rp_book *book);

#endif
