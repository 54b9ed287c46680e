/*
 * NASDAQ TotalView-ITCH 5.0, message by message: of a file (itch.c), of a
 * capture (pcap.c) or of a socket.
 *
 * Layouts and codes are facts of the specification "NASDAQ TotalView-ITCH 5.0"
 * (version of 2023); rp-types(5) states the mapping. All numbers are
 * big-endian, prices have four decimals.
 */
#ifndef RP_IMPORT_ITCH_H
#define RP_IMPORT_ITCH_H

#include "base/time.h"
#include "import/import.h"
#include "import/itch_orders.h"
#include "types/types.h"
#include "wire/labels.h"

enum {
	RP_ITCH_LOCATE = 1,
	RP_ITCH_TRACKING = 3,
	RP_ITCH_TIME = 5,
	RP_ITCH_HEAD = 11, /* bytes before what is a type's own */
	RP_ITCH_NUMBER = 11, /* where an order's number is */
	RP_ITCH_NUMBER_2 = 19, /* and that of the one that replaces it */
	RP_ITCH_STOCK = 8, /* bytes of a stock, blank-padded */
	RP_ITCH_LOCATES = 65536,
	RP_ITCH_PX_EXP = -4
};
#define RP_ITCH_ZONE "America/New_York"

/* An instrument by its locate code, which holds for a day. */
struct rp_itch_stock {
	uint64_t text; /* its 8 bytes; 0: not known yet */
	struct rp_label *label; /* its symbol, or the code as text */
};

/* What a feed has told so far. All zero but as rp_itch_new has it. */
struct rp_itch {
	struct rp_import *im; /* where records, rejects and counts go */
	struct rp_label *source;
	struct rp_labels sources, symbols;
	struct rp_itch_stock *stocks; /* RP_ITCH_LOCATES */
	struct rp_itch_orders orders;
	int64_t midnight; /* ns: what times of day are added to */

	/* of the message in hand; the caller's */
	int64_t ts_recv; /* RP_ABSENT: not known, then it is ts_event */
	uint64_t sequence;

	uint64_t opaque[256]; /* messages without a type of ours, by theirs */
	uint64_t unknown_orders; /* references to orders that are not open */
	uint64_t repeated_orders; /* orders added that were open already */
	uint64_t excess; /* more was taken from an order than it had */
	uint64_t unnamed; /* messages of a locate code without a symbol */
};

/*
 * A feed that writes to im->out, its records of this source ("XNAS.ITCH"),
 * which is copied. NULL: no memory.
 */
struct rp_itch *rp_itch_new(struct rp_import *im, const char *source);

/* A session has ended: what the next one says of orders and stocks is its own.
 */
void rp_itch_forget(struct rp_itch *t);

/* Warn of and count (im->host) what there is to tell, and release it. */
void rp_itch_free(struct rp_itch *t);

/*
 * A message from its type on, len bytes as its framing says: its records are
 * written. t->midnight, t->ts_recv and t->sequence are set. A message that
 * makes no sense is rejected (rp_import_reject).
 */
RP_CHECKED enum rp_status rp_itch_message(
    struct rp_itch *t, const uint8_t *p, size_t len);

/*
 * What a message is going to look up: where its order, if it names one at p + at,
 * and its symbol are. To be fetched before: a market fits no processor's caches.
 * (It is not fetched here because gcc drops calls of a function that only
 * prefetches.)
 */
static inline const void *
rp_itch_near_order(const struct rp_itch *t, const uint8_t *p, size_t at)
{
	return rp_itch_orders_near(&t->orders, rp_be64(p + at));
}

static inline const void *
rp_itch_near_symbol(const struct rp_itch *t, const uint8_t *p)
{
	return t->stocks[rp_be16(p + RP_ITCH_LOCATE)].label;
}

/* Bytes of a message of a type, 0: not one of ITCH 5.0. */
size_t rp_itch_len(uint8_t type);

/* A message that could well be one: a type, its length, a time of day, and
 * the letters that its type has. *time is its ns since midnight. */
bool rp_itch_plausible(const uint8_t *p, size_t len, int64_t *time);

/* ---- days ---- */

/* The midnight in New York before ts; to set t->midnight by a clock. */
int64_t rp_itch_midnight(struct rp_zone *zone, int64_t ts);

/*
 * The midnight of im->options.date or, without it, of the date in the name of
 * the input: MMDDYYYY, YYYYMMDD or YYYY-MM-DD, or MMDDYY behind an S, as NASDAQ
 * and others name such files. RP_ERR_USAGE: no such date, or no date at all.
 */
RP_CHECKED enum rp_status rp_itch_date(
    struct rp_import *im, struct rp_zone *zone, int64_t *midnight);

/* ---- inside: itch_messages.c, itch_market.c, itch_reference.c ---- */

/* The 48 bits of a time. */
static inline uint64_t
rp_be48(const uint8_t *p)
{
	return (uint64_t)rp_be16(p) << 32 | rp_be32(p + 2);
}

/* The header of a message's record, with len bytes of payload; its ts_event. */
static inline int64_t
rp_itch_stamp(const struct rp_itch *t, const uint8_t *p, struct rp_record *r,
    uint16_t type, uint32_t len)
{
	const int64_t ts = t->midnight + (int64_t)rp_be48(p + RP_ITCH_TIME);
	const bool known = t->ts_recv != RP_ABSENT;

	r->seq = 0;
	r->len = len;
	r->type = type;
	r->flags = known ? RP_LAST : RP_LAST | RP_TS_RECV_INFERRED;
	r->ts_recv = known ? t->ts_recv : ts;
	return ts;
}

/* The same, and its event head. */
static inline void
rp_itch_head(const struct rp_itch *t, const uint8_t *p, struct rp_record *r,
    uint16_t type, uint32_t len)
{
	const int64_t ts = rp_itch_stamp(t, p, r, type, len);

	*(struct rp_event *)r->payload = (struct rp_event){ .ts_event = ts,
		.sequence = t->sequence,
		.px_exp = RP_ITCH_PX_EXP,
		.send_delta = INT32_MIN,
		.aux = rp_be16(p + RP_ITCH_LOCATE) };
}

/* The same in the place where it will be written, the rest of its payload
 * zero. NULL: the writer failed. */
struct rp_record *rp_itch_begin(
    struct rp_itch *t, const uint8_t *p, uint16_t type, uint32_t len);

/* Write it, with the message's symbol and its source. */
RP_CHECKED enum rp_status rp_itch_add(
    struct rp_itch *t, const uint8_t *p, struct rp_record *r);

/* Leave a message out, for this reason. */
RP_CHECKED enum rp_status rp_itch_reject(
    struct rp_itch *t, const uint8_t *p, size_t len, const char *why);

/* itch_market.c */
enum rp_status rp_itch_make_add(struct rp_itch *t, const uint8_t *p);
enum rp_status rp_itch_make_execution(struct rp_itch *t, const uint8_t *p);
enum rp_status rp_itch_make_cancel(struct rp_itch *t, const uint8_t *p);
enum rp_status rp_itch_make_delete(struct rp_itch *t, const uint8_t *p);
enum rp_status rp_itch_make_replace(struct rp_itch *t, const uint8_t *p);
enum rp_status rp_itch_make_trade(struct rp_itch *t, const uint8_t *p);
enum rp_status rp_itch_make_cross(struct rp_itch *t, const uint8_t *p);
enum rp_status rp_itch_make_bust(struct rp_itch *t, const uint8_t *p);

/* itch_reference.c */
enum rp_status rp_itch_make_system(struct rp_itch *t, const uint8_t *p);
enum rp_status rp_itch_make_directory(struct rp_itch *t, const uint8_t *p);
enum rp_status rp_itch_make_action(struct rp_itch *t, const uint8_t *p);
enum rp_status rp_itch_make_halt(struct rp_itch *t, const uint8_t *p);
enum rp_status rp_itch_make_short_sale(struct rp_itch *t, const uint8_t *p);
enum rp_status rp_itch_make_breaker(struct rp_itch *t, const uint8_t *p);
enum rp_status rp_itch_make_imbalance(struct rp_itch *t, const uint8_t *p);

#endif
