/*
 * Inside import/: what the parts of the DBN reader share.
 *
 * Layouts and codes are facts of the Databento Binary Encoding, versions 1 to
 * 3, as published in databento/dbn: rust/dbn/src/{record,compat,enums,flags}.rs
 * and decode/dbn/fsm.rs. rp-types(5) states the mapping.
 */
#ifndef RP_IMPORT_DBN_H
#define RP_IMPORT_DBN_H

#include <string.h>

#include "base/bytes.h"
#include "import/import.h"
#include "types/reference.h"

/* ---- the header of a file ---- */

enum { RP_DBN_NO_SCHEMA = 0xffff, RP_DBN_NO_STYPE = 0xff };
#define RP_DBN_UNDEF_TIME UINT64_MAX
#define RP_DBN_UNDEF_PRICE INT64_MAX

struct rp_dbn_meta {
	uint8_t version; /* 1 to 3 */
	uint8_t stype_in, stype_out;
	bool ts_out; /* records carry 8 bytes more */
	uint16_t schema;
	uint16_t symbol_len; /* bytes of a symbol in the header */
	char dataset[17];
	uint64_t start, end, limit;
};

/* ---- symbols over time ---- */

/* A span of time in which an instrument has a symbol. */
struct rp_dbn_span {
	int64_t from, to; /* ns, to exclusive */
	struct rp_label *label;
	uint32_t id;
	uint32_t next; /* the span to look at after this one, or RP_NO_NAME */
};

/*
 * Instrument id and day -> symbol. All zero is empty. Of two spans that hold
 * the same day the one added later counts, as in Databento's own maps.
 */
struct rp_dbn_symbols {
	struct rp_dbn_span *spans;
	uint32_t n_spans, cap_spans;
	uint32_t *table; /* by id: its first span + 1; open addresses */
	uint32_t table_size, n_ids;
	struct rp_dbn_names *names; /* texts and labels, freed together */
	uint32_t unnamed, first_unnamed; /* ids without a symbol on a day */

	/* the last answer: holds for this id from this midnight on for a day */
	uint32_t memo_id;
	int64_t memo_day;
	struct rp_label *memo;
};

/*
 * A label of a class with its own copy of the text, valid until the names are
 * freed; NULL: no memory.
 */
struct rp_label *rp_dbn_name(struct rp_dbn_names **names,
    enum rp_name_class class, const char *text, size_t len);
void rp_dbn_names_free(struct rp_dbn_names *names);

/* id has this symbol from `from` to before `to`: RP_OK or RP_ERR_NOMEM. */
RP_CHECKED enum rp_status rp_dbn_symbols_add(struct rp_dbn_symbols *s,
    uint32_t id, int64_t from, int64_t to, struct rp_label *label);

/* From now on and at any time: a live symbol mapping. */
RP_CHECKED enum rp_status rp_dbn_symbols_set(
    struct rp_dbn_symbols *s, uint32_t id, struct rp_label *label);

/*
 * The symbol of id at ts, or the id as text (and then it is counted in
 * unnamed); ts is not negative. NULL: no memory.
 */
struct rp_label *rp_dbn_symbols_find(
    struct rp_dbn_symbols *s, uint32_t id, int64_t ts);
void rp_dbn_symbols_free(struct rp_dbn_symbols *s);

static inline struct rp_label *
rp_dbn_symbol(struct rp_dbn_symbols *s, uint32_t id, int64_t ts)
{
	const uint64_t day = UINT64_C(86400000000000);

	if (id == s->memo_id && s->memo != NULL &&
	    (uint64_t)ts - (uint64_t)s->memo_day < day)
		return s->memo;
	return rp_dbn_symbols_find(s, id, ts);
}

/* ---- publishers ---- */

struct rp_dbn_sources {
	struct rp_label **pages[256]; /* by the id's high byte, then its low */
	struct rp_dbn_names *names;
	struct rp_label *memo; /* of memo_id, the last one asked for */
	uint16_t memo_id;
};

/* "GLBX.MDP3.GLBX", or "DATASET.ID" for one that is not in the table; NULL:
 * no memory. */
struct rp_label *rp_dbn_sources_find(
    struct rp_dbn_sources *s, uint16_t id, const char *dataset);
void rp_dbn_sources_free(struct rp_dbn_sources *s);

static inline struct rp_label *
rp_dbn_source(struct rp_dbn_sources *s, uint16_t id, const char *dataset)
{
	if (s->memo != NULL && id == s->memo_id)
		return s->memo;
	return rp_dbn_sources_find(s, id, dataset);
}

/* ---- records ---- */

/* What a format keeps for an input. */
struct rp_dbn {
	struct rp_dbn_meta meta;
	struct rp_dbn_symbols symbols;
	struct rp_dbn_sources sources;
	int64_t last_ts; /* ts_recv of the record before */
	bool warned; /* that ids have no symbol */
	uint64_t opaque[256]; /* records, by rtype */
};

/*
 * A kind of record by its rtype. make fills the payload behind the event head
 * and what of the head is its own; the rest is there already. It returns NULL,
 * or why the record cannot be represented.
 */
struct rp_dbn_kind {
	const char *name;
	uint16_t len[3]; /* bytes by version, without ts_out; 0: not in it */
	uint16_t type; /* enum rp_type_id */
	uint16_t payload; /* bytes, without ts_out */
	uint16_t ts_out; /* where it goes in the payload */
	uint8_t recv; /* offset of ts_recv; 0: none */
	uint8_t flags; /* offset of the flags; 0: none */
	const char *(*make)(
	    const struct rp_dbn *d, const uint8_t *p, struct rp_record *r);
};

/* By rtype; name NULL: none. make NULL: it travels as RP_DBN. */
extern const struct rp_dbn_kind rp_dbn_kinds[256];

/* The rtypes that something beside the table asks for. */
enum {
	RP_DBN_OHLCV_OLD = 0x11,
	RP_DBN_SYMBOL_MAPPING = 0x16,
	RP_DBN_OHLCV_1S = 0x20,
	RP_DBN_BBO_1M = 0xc4,
	RP_DBN_CBBO_1M = 0xc1,
	RP_DBN_TCBBO = 0xc2
};

/* dbn_reference.c: status, definition, statistics, imbalance */
const char *rp_dbn_make_status(
    const struct rp_dbn *d, const uint8_t *p, struct rp_record *r);
const char *rp_dbn_make_definition(
    const struct rp_dbn *d, const uint8_t *p, struct rp_record *r);
const char *rp_dbn_make_stat(
    const struct rp_dbn *d, const uint8_t *p, struct rp_record *r);
const char *rp_dbn_make_imbalance(
    const struct rp_dbn *d, const uint8_t *p, struct rp_record *r);

/* A time; false: neither undefined nor within i64. */
static inline bool
rp_dbn_time(const uint8_t *p, int64_t *t)
{
	uint64_t v = rp_le64(p);

	*t = v == RP_DBN_UNDEF_TIME ? RP_ABSENT : (int64_t)v;
	return v <= INT64_MAX || v == RP_DBN_UNDEF_TIME;
}

/* A price; false: our absent value, which would be lost. */
static inline bool
rp_dbn_price(const uint8_t *p, int64_t *v)
{
	int64_t x = (int64_t)rp_le64(p);

	*v = x == RP_DBN_UNDEF_PRICE ? RP_ABSENT : x;
	return x != RP_ABSENT;
}

/* N, B, A to enum rp_side; false: another letter. */
static inline bool
rp_dbn_side(uint8_t c, uint8_t *side)
{
	*side = c == 'B' ? RP_SIDE_BID : c == 'A' ? RP_SIDE_ASK : RP_SIDE_NONE;
	return c == 'N' || *side != RP_SIDE_NONE;
}

/* ---- the header (dbn_meta.c) ---- */

/* The four bytes at p begin a header of a version that we read. */
static inline bool
rp_dbn_meta_begins(const uint8_t *p)
{
	return memcmp(p, "DBN", 3) == 0 && p[3] >= 1 && p[3] <= 3;
}

/*
 * Read the header at im->in, fill d->meta and d->symbols, and write it as a
 * NOTE if im->notes. Fails with the byte in im->error.
 */
RP_CHECKED enum rp_status rp_dbn_meta_read(
    struct rp_import *im, struct rp_dbn *d);

#endif
