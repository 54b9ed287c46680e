/*
 * Inside import/: what recordings of venues that speak JSON have in common.
 *
 * A line is a time of reception and a message. Levels and the values of a
 * message are read first, all of them; then records are made of them: a message
 * that is rejected leaves none.
 */
#ifndef RP_IMPORT_VENUE_H
#define RP_IMPORT_VENUE_H

#include "import/import.h"
#include "import/json_scan.h"
#include "import/rows.h"
#include "types/reference.h"
#include "wire/labels.h"

/* bytes of a line: with its time before it, JSON fits a record */
#define RP_VENUE_MAX_LINE (RP_INTAKE_MAX - 4096)

struct rp_venue_level {
	struct rp_decimal price, size;
	int64_t ts_event; /* RP_ABSENT: that of the message */
	uint32_t orders;
	uint16_t tflags;
};

struct rp_venue_side {
	struct rp_venue_level *levels;
	size_t n, cap;
};

/* What the records of a message share. */
struct rp_venue_event {
	struct rp_label *symbol, *source; /* NULL: none */
	int64_t ts_recv;
	int64_t ts_event; /* RP_ABSENT: not told */
	int64_t ts_sent; /* RP_ABSENT: not told */
	uint64_t sequence;
	uint16_t channel;
};

/* A message about the levels of a book. */
struct rp_venue_update {
	bool snapshot; /* the book is what follows, else it changes so */
	uint64_t first_sequence, prev_sequence;
	bool has_checksum;
	uint32_t checksum;
};

struct rp_venue_trade {
	struct rp_decimal price, size;
	uint8_t side; /* the aggressor's */
	uint16_t tflags;
	uint64_t id_hi, id_lo;
	bool more_follow; /* of the same message */
	/* what is told by few: written if has_more */
	bool has_more;
	uint64_t order_id; /* 0: none; the others: UINT64_MAX */
	uint64_t first_id, last_id, taker_id;
};

/* By side: RP_VENUE_BID, RP_VENUE_ASK. */
enum { RP_VENUE_BID, RP_VENUE_ASK };
struct rp_venue_bbo {
	struct rp_decimal px[2], sz[2];
	uint32_t ct[2];
};

/* Messages that have no type here, by what the venue calls them. */
struct rp_venue_opaque {
	char name[24];
	uint64_t n;
};
#define RP_VENUE_OPAQUE 32 /* names; of more, "other" */

struct rp_venue {
	struct rp_rows rows;
	struct rp_scan scan; /* of the message */
	struct rp_error error; /* what is wrong with it, but for its JSON */
	struct rp_venue_side bids, asks; /* of the message */
	struct rp_labels symbols, sources;
	struct rp_buffer text; /* a record of JSON being made */
	struct rp_venue_opaque opaque[RP_VENUE_OPAQUE];
	size_t n_opaque;
};

void rp_venue_init(struct rp_venue *v);
/* Say what was counted, and release. */
void rp_venue_free(struct rp_import *im, struct rp_venue *v);

/* Count a message that has no type here. */
void rp_venue_count(struct rp_venue *v, const struct rp_json_value *name);

/* Fail for a message; returns false. */
bool rp_venue_fail(struct rp_venue *v, const char *fmt, ...) RP_PRINTF(2, 3);

/*
 * The lines at hand, each by `line`: false if it is wrong, of which v->error
 * or v->scan says how, and it is rejected. *st, RP_OK before, is how its records
 * were put.
 */
RP_CHECKED enum rp_status rp_venue_convert(struct rp_import *im,
    struct rp_venue *v, bool (*line)(struct rp_import *im, enum rp_status *st));

/* ---- values: false fails the message; name is for its text ---- */

/* A value is wrong, or missing: returns false. */
bool rp_venue_bad(struct rp_venue *v, const struct rp_json_value *value,
    const char *name, const char *why);

/* A number, in quotes or not. */
bool rp_venue_decimal(struct rp_venue *v, const struct rp_json_value *value,
    const char *name, struct rp_decimal *d);
bool rp_venue_u64(struct rp_venue *v, const struct rp_json_value *value,
    const char *name, uint64_t *n);

/* ms since the epoch, or us or ns where the number is that large. */
bool rp_venue_time(struct rp_venue *v, const struct rp_json_value *value,
    const char *name, int64_t *ns);

/* s since the epoch with a fraction of up to 9 digits. */
bool rp_venue_seconds(struct rp_venue *v, const char *text, size_t len,
    const char *name, int64_t *ns);

/* Bring decimals to the finest of their exponents. */
bool rp_venue_align(struct rp_venue *v, struct rp_decimal *d, size_t n);

/* The label of a name, in v->symbols or v->sources. */
bool rp_venue_label(struct rp_venue *v, struct rp_labels *labels,
    const char *text, size_t len, struct rp_label **label);

static inline bool
rp_venue_symbol(
    struct rp_venue *v, const char *text, size_t len, struct rp_label **label)
{
	return rp_venue_label(v, &v->symbols, text, len, label);
}

static inline bool
rp_venue_source(struct rp_venue *v, const char *text, struct rp_label **label)
{
	return rp_venue_label(v, &v->sources, text, strlen(text), label);
}

/*
 * The levels of the array that was entered, behind those that side has: [price,
 * size, ...], where `rest` reads what follows in each, to its end (NULL:
 * nothing does).
 */
bool rp_venue_levels(struct rp_venue *v, struct rp_venue_side *side,
    bool (*rest)(struct rp_venue *v, struct rp_venue_level *level));

/* The same for the value that is next, which has to be an array. */
bool rp_venue_side(struct rp_venue *v, struct rp_venue_side *side,
    bool (*rest)(struct rp_venue *v, struct rp_venue_level *level));

/* For `rest`: nothing more follows. */
bool rp_venue_level_end(struct rp_venue *v);

/* ---- records ---- */

/* One with this payload, padded to 8 bytes. */
RP_CHECKED enum rp_status rp_venue_put(struct rp_import *im,
    const struct rp_venue_event *e, uint16_t type, uint16_t flags,
    const void *payload, uint32_t len);

/* The levels that were read, bids first. */
RP_CHECKED enum rp_status rp_venue_put_levels(struct rp_import *im,
    struct rp_venue *v, const struct rp_venue_event *e,
    const struct rp_venue_update *u);
RP_CHECKED enum rp_status rp_venue_put_trade(struct rp_import *im,
    const struct rp_venue_event *e, const struct rp_venue_trade *t);

/* px are of one exponent, and sz are (rp_venue_align). */
RP_CHECKED enum rp_status rp_venue_put_bbo(struct rp_import *im,
    const struct rp_venue_event *e, const struct rp_venue_bbo *b);

/* A message that has no type, or the bytes sent. */
RP_CHECKED enum rp_status rp_venue_put_json(struct rp_import *im,
    struct rp_venue *v, const struct rp_venue_event *e, const char *text,
    size_t len, enum rp_json_direction direction);

#endif
