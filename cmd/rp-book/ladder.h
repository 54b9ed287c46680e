/*
 * rp-book --ladder: a book as it is, drawn again as it changes, some times a
 * second; where standard output is no terminal, once, as it is at the end.
 */
#ifndef RP_BOOK_LADDER_H
#define RP_BOOK_LADDER_H

#include "book/trades.h"
#include "books.h"
#include "cli/cli.h"
#include "screen.h"

enum { LADDER_TRADES = 64 };

/* All zero shows nothing. */
struct ladder {
	bool on;
	struct rp_cli *cli;
	struct rp_input *in;
	const char *symbol; /* a name or glob; NULL: the first */
	struct screen screen;
	const struct book *book; /* the one that is shown, once it came */
	bool changed; /* since it was drawn */
	bool seen; /* an event of it is over: it has been drawn */
	int64_t drawn; /* monotonic ns */
	int64_t since; /* ... from which records are counted for the rate */
	uint64_t records; /* of the book by then */
	double rate;
	struct rp_trade_tick trades[LADDER_TRADES]; /* the last one first */
	unsigned n_trades;
	enum rp_status st; /* the first failure */
};

/* Start to draw; in: so that it goes on while its reader waits. */
void ladder_open(struct ladder *l, struct rp_cli *cli, const char *symbol,
    struct rp_input *in);

/* A record of a book, before it is applied; an event is over. */
void ladder_record(
    struct ladder *l, const struct book *b, const struct rp_record *rec);
void ladder_event(struct ladder *l, const struct book *b);

/* Draw what is due: once a frame. RP_END: the user wants it to end (INT, TERM);
 * RP_ERR_IO, RP_ERR_PIPE, RP_ERR_NOMEM. */
RP_CHECKED enum rp_status ladder_draw(struct ladder *l);

/* How reading ended: well, if the user wanted it to. */
RP_CHECKED enum rp_status ladder_result(struct ladder *l, enum rp_status st);

/* The last picture, to stay. st: how the run ended. */
RP_CHECKED enum rp_status ladder_close(struct ladder *l, enum rp_status st);

#endif
