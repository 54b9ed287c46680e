/*
 * The header of a DBN file: what was asked for, and the symbols over time. It
 * is read piece by piece within the length that it states, so that what it
 * takes in memory is the map of symbols and nothing else.
 */
#include "import/dbn.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/limits.h"
#include "wire/directory.h"

#define DAY INT64_C(86400000000000)

enum {
	PRELUDE = 8, /* "DBN", u8 version, u32 length of what follows */
	FIXED = 100, /* bytes of the fixed part, in every version */
	SYMBOL_LEN_V1 = 22,
	STYPE_ID = 0, /* instrument_id */
	/* bytes of names in the NOTE; more are counted only */
	NOTE_NAMES = 16 << 10
};

/* By code, databento/dbn enums.rs. */
static const char *const schemas[] = { "mbo", "mbp-1", "mbp-10", "tbbo",
	"trades", "ohlcv-1s", "ohlcv-1m", "ohlcv-1h", "ohlcv-1d", "definition",
	"statistics", "status", "imbalance", "ohlcv-eod", "cmbp-1", "cbbo-1s",
	"cbbo-1m", "tcbbo", "bbo-1s", "bbo-1m" };

static const char *const stypes[] = { "instrument_id", "raw_symbol", "smart",
	"continuous", "parent", "nasdaq_symbol", "cms_symbol", "isin",
	"us_code", "bbg_comp_id", "bbg_comp_ticker", "figi", "figi_ticker" };

/* "mbp-1", or NULL. */
static const char *
schema_name(uint16_t schema)
{
	return schema < RP_LEN(schemas) ? schemas[schema] : NULL;
}

/* "raw_symbol", or NULL. */
static const char *
stype_name(uint8_t stype)
{
	return stype < RP_LEN(stypes) ? stypes[stype] : NULL;
}

struct reader {
	struct rp_import *im;
	struct rp_dbn *d;
	uint64_t left; /* bytes of the header not yet read */
	struct rp_buffer note;
	bool inverse; /* mappings go from ids to symbols */
	bool mapped; /* they can be used at all */
};

static enum rp_status RP_PRINTF(3, 4)
    fail(struct rp_import *im, enum rp_status st, const char *fmt, ...)
{
	char why[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	return rp_error_set(&im->error, st, "%s: DBN header at %sbyte %llu: %s",
	    im->name, rp_intake_packed(im->in) ? "unpacked " : "",
	    (unsigned long long)rp_intake_offset(im->in), why);
}

/* n more bytes of the header, or NULL with the reason in im->error. */
static const uint8_t *
take(struct reader *r, size_t n)
{
	struct rp_intake *in = r->im->in;
	struct rp_error err = { 0 };
	const uint8_t *p;
	enum rp_status st;

	if (n > r->left) {
		fail(r->im, RP_ERR_CORRUPT,
		    "%zu bytes expected, %" PRIu64 " are left of its length", n,
		    r->left);
		return NULL;
	}
	st = rp_intake_need(in, n, &err);
	if (st == RP_END)
		st = RP_ERR_TRUNCATED;
	if (st != RP_OK) {
		fail(r->im, st, "%s",
		    *err.text != '\0' ? err.text : "the file ends in it");
		return NULL;
	}
	p = in->at;
	in->at += n;
	r->left -= n;
	return p;
}

static enum rp_status
take_u32(struct reader *r, uint32_t *v)
{
	const uint8_t *p = take(r, 4);

	*v = p != NULL ? rp_le32(p) : 0;
	return p != NULL ? RP_OK : r->im->error.status;
}

/* A zero-padded text of the header: its length; names are shown to people. */
static enum rp_status
check_text(struct reader *r, const uint8_t *p, size_t size, size_t *len)
{
	*len = strnlen((const char *)p, size);
	if (*len != 0 && !rp_name_is_valid((const char *)p, *len))
		return fail(r->im, RP_ERR_CORRUPT,
		    "a symbol is not UTF-8 text of up to %d bytes",
		    RP_MAX_NAME);
	return RP_OK;
}

/* ---- the NOTE ---- */

static enum rp_status RP_PRINTF(2, 3)
    note(struct reader *r, const char *fmt, ...)
{
	char line[RP_MAX_NAME + 64];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	if (n < 0 || rp_buffer_add(&r->note, line, (size_t)n) != RP_OK)
		return fail(r->im, RP_ERR_NOMEM, "no memory");
	return RP_OK;
}

static enum rp_status
note_fixed(struct reader *r)
{
	const struct rp_dbn_meta *m = &r->d->meta;
	const char *in = stype_name(m->stype_in);
	const char *out = stype_name(m->stype_out);
	const char *schema = schema_name(m->schema);
	enum rp_status st;

	st =
	    note(r, "dbn.version=%u\ndbn.dataset=%s\n", m->version, m->dataset);
	if (st == RP_OK && schema != NULL)
		st = note(r, "dbn.schema=%s\n", schema);
	if (st == RP_OK && in != NULL)
		st = note(r, "dbn.stype_in=%s\n", in);
	if (st == RP_OK && out != NULL)
		st = note(r, "dbn.stype_out=%s\n", out);
	if (st == RP_OK)
		st = note(r, "dbn.start=%" PRIu64 "\n", m->start);
	if (st == RP_OK && m->end != RP_DBN_UNDEF_TIME)
		st = note(r, "dbn.end=%" PRIu64 "\n", m->end);
	if (st == RP_OK && m->limit != 0)
		st = note(r, "dbn.limit=%" PRIu64 "\n", m->limit);
	return st == RP_OK ? note(r, "dbn.ts_out=%d\n", m->ts_out) : st;
}

/* ---- the parts ---- */

static enum rp_status
read_prelude(struct reader *r)
{
	const uint8_t *p;

	r->left = PRELUDE;
	if ((p = take(r, PRELUDE)) == NULL)
		return r->im->error.status;
	if (memcmp(p, "DBN", 3) != 0)
		return fail(
		    r->im, RP_ERR_CORRUPT, "it does not begin with DBN");
	r->d->meta.version = p[3];
	r->left = rp_le32(p + 4);
	if (p[3] == 0 || p[3] > 3)
		return fail(r->im, RP_ERR_UNSUPPORTED,
		    "DBN version %u; versions 1 to 3 are read", p[3]);
	if (r->left < FIXED)
		return fail(r->im, RP_ERR_CORRUPT,
		    "a length of %" PRIu64 " bytes is below the fixed %d",
		    r->left, FIXED);
	return RP_OK;
}

static enum rp_status
read_fixed(struct reader *r)
{
	struct rp_dbn_meta *m = &r->d->meta;
	const uint8_t *p = take(r, FIXED);
	size_t len;
	enum rp_status st;

	if (p == NULL)
		return r->im->error.status;
	memset(m->dataset, 0, sizeof(m->dataset));
	memcpy(m->dataset, p, sizeof(m->dataset) - 1);
	if ((st = check_text(r, p, sizeof(m->dataset) - 1, &len)) != RP_OK)
		return st;
	m->schema = rp_le16(p + 16);
	m->start = rp_le64(p + 18);
	m->end = rp_le64(p + 26);
	m->limit = rp_le64(p + 34);
	/* version 1 has a count of records here that nothing maintains */
	p += m->version == 1 ? 50 : 42;
	m->stype_in = p[0];
	m->stype_out = p[1];
	m->ts_out = p[2] != 0;
	m->symbol_len = m->version == 1 ? SYMBOL_LEN_V1 : rp_le16(p + 3);
	return note_fixed(r);
}

/* What no version has used so far: a schema of the file's own. */
static enum rp_status
read_schema_definition(struct reader *r)
{
	uint32_t len;
	enum rp_status st;

	if ((st = take_u32(r, &len)) != RP_OK)
		return st;
	if (len != 0)
		return fail(r->im, RP_ERR_UNSUPPORTED,
		    "a schema definition of %u bytes", len);
	return RP_OK;
}

/* A count of items that take at least size bytes each. */
static enum rp_status
take_count(struct reader *r, size_t size, uint32_t *n)
{
	enum rp_status st;

	if ((st = take_u32(r, n)) != RP_OK)
		return st;
	if (size == 0 || *n > r->left / size)
		return *n == 0 ? RP_OK
			       : fail(r->im, RP_ERR_CORRUPT,
				     "%u items of %zu bytes in %" PRIu64, *n,
				     size, r->left);
	return RP_OK;
}

/* A list of symbols, which only the NOTE is told. */
static enum rp_status
read_symbols(struct reader *r, const char *key)
{
	size_t size = r->d->meta.symbol_len, len;
	size_t end = r->note.len + NOTE_NAMES / 3;
	enum rp_status st;
	const uint8_t *p;
	uint32_t n;

	if ((st = take_count(r, size, &n)) != RP_OK)
		return st;
	if (n != 0 && (st = note(r, "dbn.%s=", key)) != RP_OK)
		return st;
	for (uint32_t i = 0; i < n; i++) {
		if ((p = take(r, size)) == NULL)
			return r->im->error.status;
		if ((st = check_text(r, p, size, &len)) != RP_OK)
			return st;
		if (r->note.len + len + 1 > end)
			continue;
		if ((i != 0 && (st = note(r, ",")) != RP_OK) ||
		    (st = note(r, "%.*s", (int)len, (const char *)p)) != RP_OK)
			return st;
	}
	if (n != 0)
		st = note(r, "\ndbn.%s.count=%u\n", key, n);
	return st;
}

/* ---- mappings ---- */

/* Days from 1970-01-01 of a Gregorian date; false: there is no such day.
 * After H. Hinnant, chrono-compatible low-level date algorithms. */
static bool
days_of(uint32_t yyyymmdd, int64_t *days)
{
	static const uint8_t lengths[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30,
		31, 30, 31 };
	int64_t y = yyyymmdd / 10000, m = yyyymmdd / 100 % 100;
	int64_t d = yyyymmdd % 100, era, of_era, of_year;
	bool leap = (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;

	if (m < 1 || m > 12 || d < 1 ||
	    d > lengths[m - 1] + (m == 2 && leap ? 1 : 0) || y > 9999)
		return false;
	/* years begin in March, so that the leap day is their last */
	y -= m <= 2;
	era = (y >= 0 ? y : y - 399) / 400;
	of_era = y - era * 400;
	of_year = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
	*days = era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 +
	    of_year - 719468;
	return true;
}

/* Midnight of a date, held to what i64 ns can say. */
static enum rp_status
take_date(struct reader *r, int64_t *ns)
{
	uint32_t date;
	int64_t days;
	enum rp_status st;

	if ((st = take_u32(r, &date)) != RP_OK)
		return st;
	if (!days_of(date, &days))
		return fail(r->im, RP_ERR_CORRUPT, "%u is not a date", date);
	if (days > INT64_MAX / DAY)
		*ns = INT64_MAX;
	else
		*ns = days < INT64_MIN / DAY ? INT64_MIN : days * DAY;
	return RP_OK;
}

static enum rp_status
parse_id(struct reader *r, const uint8_t *p, size_t len, uint32_t *id)
{
	uint64_t v = 0;

	for (size_t i = 0; i < len; i++) {
		if (p[i] < '0' || p[i] > '9' || v > UINT32_MAX)
			v = UINT64_MAX;
		else
			v = v * 10 + (uint64_t)(p[i] - '0');
	}
	if (len == 0 || v > UINT32_MAX)
		return fail(r->im, RP_ERR_CORRUPT,
		    "\"%.*s\" is mapped as an instrument id",
		    (int)(len < 80 ? len : 80), (const char *)p);
	*id = (uint32_t)v;
	return RP_OK;
}

/* One side of the mapping that stays the same over all its intervals. */
struct fixed_side {
	struct rp_label *label; /* symbols to ids */
	uint32_t id; /* ids to symbols */
};

static enum rp_status
new_label(
    struct reader *r, const uint8_t *p, size_t len, struct rp_label **label)
{
	*label = rp_dbn_name(
	    &r->d->symbols.names, RP_NAME_SYMBOL, (const char *)p, len);
	if (*label == NULL)
		return fail(r->im, RP_ERR_NOMEM, "no memory for symbols");
	return RP_OK;
}

static enum rp_status
read_interval(struct reader *r, struct fixed_side *side)
{
	size_t size = r->d->meta.symbol_len, len;
	struct rp_label *label = side->label;
	uint32_t id = side->id;
	int64_t from, to;
	const uint8_t *p;
	enum rp_status st;

	if ((st = take_date(r, &from)) != RP_OK ||
	    (st = take_date(r, &to)) != RP_OK)
		return st;
	if (from > to)
		return fail(
		    r->im, RP_ERR_CORRUPT, "a mapping ends before it begins");
	if ((p = take(r, size)) == NULL)
		return r->im->error.status;
	if ((st = check_text(r, p, size, &len)) != RP_OK)
		return st;
	/* old files have intervals without a symbol: nothing is known there */
	if (!r->mapped || len == 0 || from == to)
		return RP_OK;
	if (r->inverse)
		st = new_label(r, p, len, &label);
	else
		st = parse_id(r, p, len, &id);
	if (st != RP_OK)
		return st;
	if (rp_dbn_symbols_add(&r->d->symbols, id, from, to, label) != RP_OK)
		return fail(r->im, RP_ERR_NOMEM, "no memory for symbols");
	return RP_OK;
}

static enum rp_status
read_mapping(struct reader *r)
{
	size_t size = r->d->meta.symbol_len, len;
	struct fixed_side side = { NULL, 0 };
	enum rp_status st;
	const uint8_t *p;
	uint32_t n;

	if ((p = take(r, size)) == NULL)
		return r->im->error.status;
	if ((st = check_text(r, p, size, &len)) != RP_OK)
		return st;
	if (r->mapped && r->inverse)
		st = parse_id(r, p, len, &side.id);
	else if (r->mapped && len != 0)
		st = new_label(r, p, len, &side.label);
	if (st != RP_OK || (st = take_count(r, 8 + size, &n)) != RP_OK)
		return st;
	if (n != 0 && len == 0)
		return fail(r->im, RP_ERR_CORRUPT, "a mapping of no symbol");
	for (uint32_t i = 0; i < n && st == RP_OK; i++)
		st = read_interval(r, &side);
	return st;
}

static enum rp_status
read_mappings(struct reader *r)
{
	enum rp_status st;
	uint32_t n;

	/* Databento's rule: symbols to ids if the output is ids, else from */
	r->inverse = r->d->meta.stype_out != STYPE_ID;
	r->mapped = !r->inverse || r->d->meta.stype_in == STYPE_ID;
	if ((st = take_count(r, r->d->meta.symbol_len + 4u, &n)) != RP_OK)
		return st;
	for (uint32_t i = 0; i < n && st == RP_OK; i++)
		st = read_mapping(r);
	return st != RP_OK || n == 0 ? st : note(r, "dbn.mappings=%u\n", n);
}

/* Padding of a later writer, if any. */
static enum rp_status
skip_rest(struct reader *r)
{
	while (r->left != 0)
		if (take(r, r->left < RP_IO_SIZE ? r->left : RP_IO_SIZE) ==
		    NULL)
			return r->im->error.status;
	return RP_OK;
}

enum rp_status
rp_dbn_meta_read(struct rp_import *im, struct rp_dbn *d)
{
	struct reader r = { .im = im, .d = d };
	enum rp_status st;

	if ((st = read_prelude(&r)) == RP_OK &&
	    (st = read_fixed(&r)) == RP_OK &&
	    (st = read_schema_definition(&r)) == RP_OK &&
	    (st = read_symbols(&r, "symbols")) == RP_OK &&
	    (st = read_symbols(&r, "partial")) == RP_OK &&
	    (st = read_symbols(&r, "not_found")) == RP_OK &&
	    (st = read_mappings(&r)) == RP_OK)
		st = skip_rest(&r);
	if (st == RP_OK && im->notes &&
	    rp_writer_note(im->out, (const char *)r.note.data, r.note.len) !=
		RP_OK)
		st = rp_import_write_failed(im);
	rp_buffer_free(&r.note);
	return st;
}
