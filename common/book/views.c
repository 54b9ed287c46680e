#include "book/views.h"

#include <string.h>

#include "base/decimal.h"

int64_t
rp_view_rescaled(int64_t v, int exp, int to)
{
	struct rp_decimal d = { .mantissa = v, .exp = (int8_t)exp };

	if (v == RP_ABSENT || exp == to)
		return v;
	return rp_decimal_rescale(&d, to) == RP_OK ? d.mantissa : RP_ABSENT;
}

struct rp_event
rp_view_event(const struct rp_lob *b, const struct rp_cause *cause)
{
	return (struct rp_event){ .ts_event = cause->ts_event,
		.sequence = cause->sequence,
		.px_exp = b->px_exp,
		.qty_exp = b->qty_exp,
		.side = cause->side,
		.action = cause->action,
		.channel = cause->channel,
		.send_delta = cause->send_delta,
		.aux = cause->aux };
}

static void
best(const struct rp_lob *b, uint8_t side, int64_t *price, int64_t *size,
    uint32_t *orders)
{
	const struct rp_price_level *l = rp_lob_at(b, side, 0);

	*price = l != NULL ? l->price : RP_ABSENT;
	*size = l != NULL ? l->size : RP_ABSENT;
	*orders = l != NULL ? l->orders : 0;
}

void
rp_view_bbo(
    const struct rp_lob *b, const struct rp_cause *cause, struct rp_bbo *bbo)
{
	memset(bbo, 0, sizeof(*bbo));
	bbo->ev = rp_view_event(b, cause);
	best(b, RP_SIDE_BID, &bbo->bid_px, &bbo->bid_sz, &bbo->bid_ct);
	best(b, RP_SIDE_ASK, &bbo->ask_px, &bbo->ask_sz, &bbo->ask_ct);
	bbo->price = cause->price;
	bbo->size = cause->size;
	bbo->depth = UINT8_MAX;
	bbo->bid_publisher = bbo->ask_publisher = UINT16_MAX;
}

static uint32_t
put_side(
    const struct rp_lob *b, uint8_t side, uint32_t n, struct rp_book_level *to)
{
	const struct rp_price_level *l;
	uint32_t i;

	for (i = 0; i < n && (l = rp_lob_at(b, side, i)) != NULL; i++)
		to[i] = (struct rp_book_level){
			.price = l->price, .size = l->size, .orders = l->orders
		};
	return i;
}

uint32_t
rp_view_book(const struct rp_lob *b, const struct rp_cause *cause, uint32_t n,
    struct rp_book *book)
{
	memset(book, 0, sizeof(*book));
	book->ev = rp_view_event(b, cause);
	book->ev.aux = 0;
	book->instrument_id = cause->aux;
	book->reflects_seq = cause->seq;
	book->level_size = sizeof(struct rp_book_level);
	book->price = cause->price;
	book->size = cause->size;
	book->n_bid = put_side(b, RP_SIDE_BID, n, book->levels);
	book->n_ask = put_side(b, RP_SIDE_ASK, n, book->levels + book->n_bid);
	if (b->limited || rp_lob_depth(b, RP_SIDE_BID) > n ||
	    rp_lob_depth(b, RP_SIDE_ASK) > n)
		book->ev.tflags |= RP_BOOK_DEPTH_LIMITED;
	return (uint32_t)(sizeof(*book) +
	    (book->n_bid + book->n_ask) * sizeof(struct rp_book_level));
}
