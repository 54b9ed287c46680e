/*
 * Inside import/: messages of Binance. Their members have one letter, or are
 * among a few with a name: each has a slot.
 */
#ifndef RP_IMPORT_BINANCE_H
#define RP_IMPORT_BINANCE_H

#include "import/venue.h"

/* A letter's slot is its code less that of 'A'. */
#define RP_BINANCE_SLOT(letter) ((letter) - 'A')
enum {
	RP_BINANCE_PU = 'z' - 'A' + 1,
	RP_BINANCE_LAST_UPDATE_ID,
	RP_BINANCE_BIDS,
	RP_BINANCE_ASKS,
	RP_BINANCE_SYMBOL,
	RP_BINANCE_STREAM, /* of the wrapper of a combined stream, ... */
	RP_BINANCE_SLOTS
};

/* A message: what was read of it is valid until the next one. */
struct rp_binance_message {
	struct rp_json_value value[RP_BINANCE_SLOTS]; /* if seen */
	uint64_t seen; /* a bit each */
	bool has_data; /* ... and the message within */
};

struct rp_binance {
	struct rp_venue v;
	struct rp_binance_message m;
	struct rp_label *symbol; /* of the messages so far ... */
	bool symbols; /* ... of which there were several */
	struct rp_label *source; /* of the last message that tells it, ... */
	const struct rp_label *source_symbol; /* ... by these two */
	bool source_futures;
};

/*
 * Read the message that v.scan has begun with, levels to v.bids and v.asks.
 * False: v.error or v.scan says why not.
 */
bool rp_binance_read(struct rp_binance *b);

static inline bool
rp_binance_has(const struct rp_binance *b, unsigned slot)
{
	return b->m.seen >> slot & 1;
}

/* A member's value, of kind RP_JSON_NONE if it is missing. */
static inline const struct rp_json_value *
rp_binance_get(const struct rp_binance *b, unsigned slot)
{
	static const struct rp_json_value none;

	return rp_binance_has(b, slot) ? &b->m.value[slot] : &none;
}

#endif
