/*
 * The table of record types and their fields: said once, used by the text,
 * JSON and CSV writers, by the parsers that read them back, by expressions and
 * by man/rp-types.5 (scripts/make-types-page prints its tables).
 *
 * A payload only grows at its end: a field that lies beyond a record's length
 * is absent, bytes beyond the last field known are kept and not interpreted.
 */
#ifndef RP_TYPES_TYPES_H
#define RP_TYPES_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/decimal.h"
#include "wire/record.h"

enum rp_type_id {
	RP_TRADE = 1,
	RP_BBO = 2,
	RP_LEVEL = 3,
	RP_MBO = 4,
	RP_BOOK = 5,
	RP_BAR = 6,
	RP_FEATURE = 7,
	RP_GAP = 8,
	RP_STATUS = 9,
	RP_DEFINITION = 10,
	RP_STAT = 11,
	RP_IMBALANCE = 12,
	RP_DBN = 48, /* a DBN record that has no type of ours, verbatim */
	RP_ITCH = 49, /* an ITCH message that has none */
	RP_JSON = 50 /* a message in JSON that has none */
};
#define RP_TYPE_USER 1024 /* from here on: the user's own, opaque */

enum rp_kind {
	/* header fields: they lie in struct rp_record, not in the payload */
	RP_KIND_SEQ, /* u64, 0 is absent */
	RP_KIND_TS_RECV, /* time */
	RP_KIND_TYPE, /* the type's name */
	RP_KIND_SYMBOL, /* text, by the frame's names */
	RP_KIND_SOURCE,
	RP_KIND_RECORD_FLAGS, /* u16, enum rp_record_flags */
	/* payload fields: size bytes at off */
	RP_KIND_UINT, /* 1, 2, 4 or 8 bytes; all ones is absent if optional */
	RP_KIND_INT, /* 1, 2, 4 or 8 bytes; the minimum is absent if optional */
	RP_KIND_PRICE, /* i64 mantissa, exponent px_exp; INT64_MIN is absent */
	RP_KIND_SIZE, /* i64 mantissa, exponent qty_exp; INT64_MIN is absent */
	RP_KIND_TURNOVER, /* i128 mantissa, exponent px_exp + qty_exp */
	RP_KIND_TIME, /* i64 ns since the epoch, UTC; INT64_MIN is absent */
	RP_KIND_ENUM, /* u8 or u16, named by words */
	RP_KIND_CHAR, /* u8, an ASCII letter; 0 is absent */
	RP_KIND_FLAGS, /* u16 or u32, a word a bit */
	RP_KIND_ID, /* u64 hi, lo; form in tflags; if optional 0 is absent */
	RP_KIND_CHARS, /* text, zero-padded to size bytes */
	/* book: side, index */
	RP_KIND_LEVEL_PX,
	RP_KIND_LEVEL_SZ,
	RP_KIND_LEVEL_CT,
	RP_KIND_BYTES, /* the payload from off to its end */
	RP_KIND_TEXT, /* the same, as text */
	RP_KIND_VALUE /* feature: of the name, of size bytes, in its schema */
};

/* Forms of an identifier (tflags bits 14-15 of trade and mbo). */
enum rp_id_form { RP_ID_NUMBER, RP_ID_UUID, RP_ID_ASCII, RP_ID_HASH };
#define RP_ID_FORM_SHIFT 14

/*
 * A word of an enumeration, or of a set of flags: there value is a mask, all
 * of whose bits are set, and a mask of several bits precedes its parts.
 */
struct rp_word {
	uint32_t value;
	const char *word;
	const char *also; /* accepted on the way in, joined by '|', or NULL */
};

struct rp_field {
	const char *name;
	enum rp_kind kind;
	uint16_t off; /* bytes from the start of the payload */
	uint8_t size; /* bytes */
	bool optional; /* RP_KIND_UINT, INT, ID: has an absent value */
	uint8_t side; /* RP_KIND_LEVEL_*: RP_SIDE_BID or RP_SIDE_ASK */
	uint16_t index; /* RP_KIND_LEVEL_*: 0 is the best */
	const struct rp_word *words; /* n_words; ENUM and FLAGS */
	uint16_t n_words;
	const char *also; /* another name, accepted on the way in, or NULL */
	const char *doc; /* unit and meaning, for rp-types(5) */
};

struct rp_type {
	uint16_t id;
	const char *name;
	uint16_t min_len; /* bytes; a shorter payload is corrupt */
	uint16_t len; /* bytes of a payload that we write (fixed part) */
	bool frozen; /* else rp-types(5) calls it experimental */
	const struct rp_field *fields; /* of the payload */
	size_t n_fields;
	const char *doc;
};

enum rp_side { RP_SIDE_NONE = 0, RP_SIDE_BID = 1, RP_SIDE_ASK = 2 };

/* Offsets that code reads directly: the event head of types 1 to 12 ... */
enum {
	RP_EV_TS_EVENT = 0,
	RP_EV_SEQUENCE = 8,
	RP_EV_PX_EXP = 16,
	RP_EV_QTY_EXP = 17,
	RP_EV_SIDE = 18,
	RP_EV_ACTION = 19,
	RP_EV_CHANNEL = 20,
	RP_EV_TFLAGS = 22,
	RP_EV_SEND_DELTA = 24,
	RP_EV_AUX = 28,
	RP_EV_HEAD = 32
};

/* ... and the event head as a struct, for those who make records. */
struct rp_event {
	int64_t ts_event;
	uint64_t sequence;
	int8_t px_exp, qty_exp;
	uint8_t side, action;
	uint16_t channel, tflags;
	int32_t send_delta; /* ns from venue's sending; INT32_MIN none */
	uint32_t aux;
};

struct rp_trade {
	struct rp_event ev;
	int64_t price, size;
	uint64_t id_hi, id_lo;
	uint32_t depth, res; /* level at which it happened; UINT32_MAX none */
};

/* What a trade may have behind that; a payload may end before any of it. */
struct rp_trade_more {
	struct rp_trade trade;
	int64_t ts_out;
	uint64_t order_hi, order_lo;
	uint16_t tracking;
	uint8_t cross_type, order_side; /* the venue's letters; 0 none */
	uint32_t res;
	/* of trades in one record; and the order that came; UINT64_MAX none */
	uint64_t first_id, last_id, taker_id;
};

/* trade's own flags in tflags */
enum {
	RP_TRADE_INSURANCE_FUND = 1 << 4,
	RP_TRADE_ADL = 1 << 5,
	RP_TRADE_NONE = 1 << 6, /* the venue says that it is none */
	RP_TRADE_MARKET = 1 << 7, /* the aggressor's was a market order, ... */
	RP_TRADE_LIMIT = 1 << 8 /* ... a limit order; else it is not known */
};

struct rp_bbo {
	struct rp_event ev;
	int64_t bid_px, bid_sz, ask_px, ask_sz;
	uint32_t bid_ct, ask_ct;
	int64_t price, size; /* of the event that caused it */
	uint8_t depth, res;
	uint16_t interval; /* s; 0: on change */
	/* of a consolidated one; UINT16_MAX none */
	uint16_t bid_publisher, ask_publisher;
};

struct rp_level {
	struct rp_event ev; /* action: enum rp_level_action; aux: depth */
	int64_t price, size;
	uint64_t prev_sequence;
	uint32_t orders, checksum;
	uint64_t first_sequence;
};

/* own flags in tflags of bbo, of book and of feature, which show the same */
enum {
	RP_BBO_AT_TRADE = 1 << 4, /* bbo: the one before a trade */
	RP_VIEW_CROSSED = 1 << 5, /* the best bid is above the best ask */
	RP_VIEW_STALE = 1 << 6, /* of a book that is a guess */
	RP_VIEW_LOCKED = 1 << 8 /* the best bid is the best ask */
};

enum rp_level_action {
	RP_LEVEL_SET = 1,
	RP_LEVEL_DELTA,
	RP_LEVEL_REMOVE,
	RP_LEVEL_CLEAR,
	RP_LEVEL_NONE /* the sequence numbers of an empty update */
};

/* level's own flags in tflags */
enum {
	RP_LEVEL_CHECKSUM = 1 << 4, /* there is one */
	RP_LEVEL_REPUBLISHED = 1 << 5 /* it had left a book of limited depth */
};

struct rp_mbo {
	struct rp_event ev;
	int64_t price, size;
	uint64_t id_hi, id_lo;
};

/* mbo's own flags in tflags */
enum { RP_MBO_TRADES_CHANGE_BOOK = 1 << 8, RP_MBO_NON_PRINTABLE = 1 << 9 };

/* What an mbo may have behind that; a payload may end before any of it. */
struct rp_mbo_more {
	struct rp_mbo mbo;
	uint64_t priority; /* UINT64_MAX none */
	int64_t ts_out;
	uint64_t trade_hi, trade_lo, orig_hi, orig_lo;
	char participant[4];
	uint16_t tracking;
};

struct rp_book_level {
	int64_t price, size;
	uint32_t orders, res;
};

struct rp_book {
	struct rp_event ev;
	uint64_t reflects_seq;
	uint32_t n_bid, n_ask;
	uint16_t level_size, depth;
	uint32_t instrument_id;
	int64_t price, size; /* of the event that caused it */
	struct rp_book_level levels[]; /* bids, then asks, best first */
};

/* book's own flags in tflags */
enum { RP_BOOK_DEPTH_LIMITED = 1 << 4 };

struct rp_bar {
	struct rp_event ev; /* ts_event: open time; aux: the bar's kind */
	int64_t ts_close;
	int64_t open, high, low, close;
	int64_t volume, buy_volume;
	uint64_t turnover[2]; /* i128, low word first */
	uint64_t count;
	uint32_t instrument_id, res;
};

/* bar's own flag in tflags: the stream ended before the bar did */
enum { RP_BAR_PARTIAL = 1 << 4 };

/* ev.aux values in words behind it: a bitmap of those that are there, 64 a
 * word, then the values, scaled as the schema says (types/schema.h) */
struct rp_feature_head {
	struct rp_event ev;
	uint64_t schema, reflects_seq;
};

struct rp_gap {
	struct rp_event ev; /* action: enum rp_gap_reason */
	uint64_t first_lost, last_lost, count;
	int64_t ts_from, ts_to;
};

enum rp_gap_reason {
	RP_GAP_VENUE = 1,
	RP_GAP_DISCONNECT,
	RP_GAP_CHECKSUM,
	RP_GAP_TRIMMED,
	RP_GAP_RECOVERED,
	RP_GAP_OVERLOAD,
	RP_GAP_UNDECODABLE
};

/* The fields of every record's header: seq ts_recv type symbol source flags. */
extern const struct rp_field rp_header_fields[];
#define RP_HEADER_FIELDS 6

/* All types with a table, ascending by id. */
extern const struct rp_type *const rp_types[];
extern const size_t rp_n_types;

/* The type's table, or NULL for an opaque type. */
const struct rp_type *rp_type_by_id(uint16_t id);

/* By name: "mbo", one of Databento's schemas, or any type's number, "1024" or
 * "type:1024". *id is set. False: unknown. */
bool rp_type_by_name(const char *name, size_t len, uint16_t *id);

/* Its name, or its number as text in buf (at least 8 bytes). */
const char *rp_type_name(uint16_t id, char buf[static 8]);

/*
 * Find a field of a type, of the header first, by name; bid_px_00 and the like
 * for books (out->name is then "bid_px_"). t may be NULL: header fields only.
 * False: the type has no such field.
 */
bool rp_type_field(const struct rp_type *t, const char *name, size_t len,
    struct rp_field *out);

/* The value of an ENUM's or a bit of a FLAGS' word. False: no such word. */
bool rp_field_word(const struct rp_field *field, const char *word, size_t len,
    uint32_t *value);

/* A field's value as every interface sees it. */
enum rp_value_kind {
	RP_VALUE_ABSENT,
	RP_VALUE_INT, /* i */
	RP_VALUE_UINT, /* u */
	RP_VALUE_DECIMAL, /* i x 10^exp */
	RP_VALUE_WIDE, /* wide x 10^exp */
	RP_VALUE_TIME, /* i, ns */
	RP_VALUE_WORD, /* u, named by field->words (ENUM, FLAGS), or CHAR */
	RP_VALUE_ID, /* hi, lo, form */
	RP_VALUE_TEXT /* text, len */
};

struct rp_value {
	enum rp_value_kind kind;
	int8_t exp;
	uint8_t form; /* enum rp_id_form */
	union {
		int64_t i;
		uint64_t u;
		rp_wide wide;
		struct {
			uint64_t hi, lo;
		} id;
		struct {
			const char *text;
			size_t len;
		};
	};
};

struct rp_frame;

/* Level index (0 is the best) of one side of a book, as a struct
 * rp_book_level of any alignment, or NULL if it has no such level. */
const uint8_t *rp_book_level(
    const struct rp_record *rec, uint8_t side, uint32_t index);

/*
 * Why the fields of a record of type t (NULL: an opaque one) make no sense: a
 * payload shorter than the first version of its type, or than its levels. NULL
 * if they do.
 */
const char *rp_record_fault(
    const struct rp_type *t, const struct rp_record *rec);

/* ts_event, which the types with an event head start with, or RP_ABSENT. */
static inline int64_t
rp_record_ts_event(const struct rp_record *rec)
{
	if (rec->type == 0 || rec->type > RP_IMBALANCE ||
	    rec->len < RP_EV_TS_EVENT + 8)
		return RP_ABSENT;
	return (int64_t)rp_le64(rec->payload + RP_EV_TS_EVENT);
}

/*
 * Get a field of a record in frame f. A field that lies beyond the payload, or
 * holds its type's absent value, is RP_VALUE_ABSENT. Text points into the
 * record or the frame.
 */
void rp_field_get(const struct rp_field *field, const struct rp_frame *f,
    const struct rp_record *rec, struct rp_value *v);

#endif
