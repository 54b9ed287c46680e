/*
 * Inside import/: what cryptofeed's raw data collection writes, a line a
 * message, and the venues in it whose messages are read.
 */
#ifndef RP_IMPORT_CRYPTOFEED_H
#define RP_IMPORT_CRYPTOFEED_H

#include "import/venue.h"

/* A trade of a message of several. */
struct rp_cryptofeed_trade {
	struct rp_venue_trade trade;
	int64_t ts_event;
	uint64_t sequence;
};

/* The values of a message: of an array in order, of an object by its keys. */
enum { RP_CRYPTOFEED_VALUES = 8 };

struct rp_cryptofeed {
	struct rp_venue v;
	const char *text; /* the message, of len bytes */
	size_t len;
	struct rp_label *host; /* the venue, as far as connections tell */
	struct rp_cryptofeed_trade *trades; /* of the message */
	size_t n_trades, cap_trades;
	int64_t ts_last; /* of the line before; RP_ABSENT: none */
	bool connected; /* there was a connection before */
};

/* A message's records: false as of rp_venue_convert. */
bool rp_cryptofeed_kraken(struct rp_import *im, struct rp_venue_event *e,
    const struct rp_json_value *value, size_t n, enum rp_status *st);

/* What of a message of OKX or Bitget stands where; NONE: it is missing. */
struct rp_cryptofeed_push {
	struct rp_json_value arg, action, data, ts;
};

bool rp_cryptofeed_okx(struct rp_import *im, struct rp_venue_event *e,
    const struct rp_cryptofeed_push *push, enum rp_status *st);

/* Keep a message as it is, under a name. */
bool rp_cryptofeed_keep(struct rp_import *im, struct rp_venue_event *e,
    const struct rp_json_value *name, enum rp_status *st);

/* Begin to scan a value that was got whole; false: it is no such container. */
bool rp_cryptofeed_enter(struct rp_cryptofeed *c,
    const struct rp_json_value *value, enum rp_json_kind kind,
    const char *name);

/* Another trade of the message. NULL: no memory. */
struct rp_cryptofeed_trade *rp_cryptofeed_add_trade(struct rp_cryptofeed *c);

/* Their records, of one event. */
RP_CHECKED enum rp_status rp_cryptofeed_put_trades(
    struct rp_import *im, struct rp_venue_event *e);

#endif
