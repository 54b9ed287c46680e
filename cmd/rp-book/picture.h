/*
 * A book as lines of text: what it is, its best levels around the spread, the
 * last trades. Numbers of a column have as many decimals, and end at the same
 * place.
 */
#ifndef RP_BOOK_PICTURE_H
#define RP_BOOK_PICTURE_H

#include <stdio.h>

#include "book/trades.h"
#include "books.h"
#include "screen.h"

struct picture {
	const struct book *book;
	double rate; /* records a second; below 0: not known */
	const struct rp_trade_tick *trades; /* n_trades, the last one first */
	unsigned n_trades;
};

/* Draw it as large as the screen is. False: no memory. */
bool picture_paint(FILE *out, const struct picture *p, const struct screen *s);

#endif
