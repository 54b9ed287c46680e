/*
 * The CRC-32 by which a venue lets its clients check their books, over digits
 * as the venue writes them:
 *	Kraken       ten best asks, then ten best bids; of each price and size
 *	             the digits without point and leading zeros
 *	             (docs.kraken.com, "Book checksum", version 1)
 *	OKX, Bitget  25 best levels, bid and ask in turn while there are any,
 *	             price:size as text, joined by colons (okx.com and bitget.com,
 *	             "Checksum" of the order book channels)
 */
#include <string.h>

#include "base/crc32.h"
#include "base/decimal.h"
#include "book/lob.h"

enum { KRAKEN_LEVELS = 10, OKX_LEVELS = 25 };

/* The digits of a mantissa as the venue wrote it: with its own exponent. */
static size_t
digits(char *buf, int64_t v, int book_exp, int own_exp, bool plain)
{
	struct rp_decimal d = { .mantissa = v, .exp = (int8_t)book_exp };

	/* it was written with own_exp, so that it fits */
	if (rp_decimal_rescale(&d, own_exp) != RP_OK)
		return 0;
	return plain
	    ? rp_i64_format(buf, d.mantissa)
	    : rp_decimal_format(buf, d.mantissa, d.exp, RP_DIGITS_KEEP);
}

static uint32_t
kraken_side(const struct rp_lob *b, uint8_t side, uint32_t crc)
{
	char text[RP_DECIMAL_ROOM];
	const struct rp_price_level *l;

	for (uint32_t i = 0; i < KRAKEN_LEVELS; i++) {
		if ((l = rp_lob_at(b, side, i)) == NULL)
			break;
		crc = rp_crc32(crc, text,
		    digits(text, l->price, b->px_exp, l->px_exp, true));
		crc = rp_crc32(crc, text,
		    digits(text, l->size, b->qty_exp, l->qty_exp, true));
	}
	return crc;
}

static uint32_t
okx_level(
    const struct rp_lob *b, uint8_t side, uint32_t i, uint32_t crc, bool *any)
{
	const struct rp_price_level *l = rp_lob_at(b, side, i);
	char text[RP_DECIMAL_ROOM];

	if (l == NULL)
		return crc;
	if (*any)
		crc = rp_crc32(crc, ":", 1);
	*any = true;
	crc = rp_crc32(
	    crc, text, digits(text, l->price, b->px_exp, l->px_exp, false));
	crc = rp_crc32(crc, ":", 1);
	return rp_crc32(
	    crc, text, digits(text, l->size, b->qty_exp, l->qty_exp, false));
}

uint32_t
rp_lob_checksum(const struct rp_lob *b)
{
	uint32_t crc = 0;
	bool any = false;

	if (b->venue == RP_VENUE_KRAKEN)
		return kraken_side(
		    b, RP_SIDE_BID, kraken_side(b, RP_SIDE_ASK, 0));
	for (uint32_t i = 0; i < OKX_LEVELS; i++) {
		crc = okx_level(b, RP_SIDE_BID, i, crc, &any);
		crc = okx_level(b, RP_SIDE_ASK, i, crc, &any);
	}
	return crc;
}
