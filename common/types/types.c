#include "types/types.h"

#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "types/schema.h"
#include "types/tables.h"
#include "wire/frame.h"

/* A type is one line here, and one block in a file of tables. */
const struct rp_type *const rp_types[] = {
	&rp_type_trade,
	&rp_type_bbo,
	&rp_type_level,
	&rp_type_mbo,
	&rp_type_book,
	&rp_type_bar,
	&rp_type_feature,
	&rp_type_gap,
	&rp_type_status,
	&rp_type_definition,
	&rp_type_stat,
	&rp_type_imbalance,
	&rp_type_dbn,
	&rp_type_itch,
	&rp_type_json,
};
const size_t rp_n_types = RP_LEN(rp_types);

static const struct rp_word record_flags[] = {
	{ RP_LAST, "last", NULL },
	{ RP_SNAPSHOT, "snapshot", NULL },
	{ RP_TS_EVENT_INFERRED, "ts_event_inferred", NULL },
	{ RP_TS_RECV_INFERRED, "ts_recv_inferred", NULL },
	{ RP_MARKED_BAD, "bad", NULL },
};

const struct rp_field rp_header_fields[RP_HEADER_FIELDS] = {
	FIELD(SEQ, "seq", 8, 8, "number in the log"),
	FIELD(TS_RECV, "ts_recv", 24, 8, "time of capture"),
	FIELD(TYPE, "type", 20, 2, "record type"),
	FIELD(SYMBOL, "symbol", 0, 4, "instrument"),
	FIELD(SOURCE, "source", 4, 4, "where the record comes from"),
	WORDED(
	    RECORD_FLAGS, "flags", 22, 2, record_flags, "flags of the record"),
};

/* Databento's names of schemas, for -t. */
static const struct {
	const char *name;
	uint16_t id;
} schemas[] = {
	{ "trades", RP_TRADE },
	{ "mbp-1", RP_BBO },
	{ "tbbo", RP_BBO },
	{ "bbo-1s", RP_BBO },
	{ "bbo-1m", RP_BBO },
	{ "cmbp-1", RP_BBO },
	{ "tcbbo", RP_BBO },
	{ "cbbo-1s", RP_BBO },
	{ "cbbo-1m", RP_BBO },
	{ "mbp-10", RP_BOOK },
	{ "ohlcv-1s", RP_BAR },
	{ "ohlcv-1m", RP_BAR },
	{ "ohlcv-1h", RP_BAR },
	{ "ohlcv-1d", RP_BAR },
	{ "ohlcv-eod", RP_BAR },
	{ "statistics", RP_STAT },
};

const struct rp_type *
rp_type_by_id(uint16_t id)
{
	for (size_t i = 0; i < rp_n_types; i++)
		if (rp_types[i]->id == id)
			return rp_types[i];
	return NULL;
}

static bool
same(const char *word, const char *text, size_t len)
{
	return word != NULL && strlen(word) == len &&
	    memcmp(word, text, len) == 0;
}

/* A number from 1 to 65535. */
static bool
type_number(const char *s, size_t len, uint16_t *id)
{
	uint32_t v = 0;

	if (len == 0 || len > 5)
		return false;
	for (size_t i = 0; i < len; i++) {
		if (s[i] < '0' || s[i] > '9')
			return false;
		v = v * 10 + (uint32_t)(s[i] - '0');
	}
	*id = (uint16_t)v;
	return v > 0 && v <= UINT16_MAX;
}

bool
rp_type_by_name(const char *name, size_t len, uint16_t *id)
{
	static const char prefix[] = "type:";
	const size_t skip = sizeof(prefix) - 1;

	for (size_t i = 0; i < rp_n_types; i++)
		if (same(rp_types[i]->name, name, len)) {
			*id = rp_types[i]->id;
			return true;
		}
	for (size_t i = 0; i < RP_LEN(schemas); i++)
		if (same(schemas[i].name, name, len)) {
			*id = schemas[i].id;
			return true;
		}
	if (len > skip && memcmp(name, prefix, skip) == 0)
		return type_number(name + skip, len - skip, id);
	return type_number(name, len, id);
}

const char *
rp_type_name(uint16_t id, char buf[static 8])
{
	const struct rp_type *t = rp_type_by_id(id);

	if (t != NULL)
		return t->name;
	snprintf(buf, 8, "%u", (unsigned)id);
	return buf;
}

/* bid_px_00 to ask_ct_65535: a level's field of a book. */
static bool
book_field(const char *name, size_t len, struct rp_field *out)
{
	static const struct {
		const char *prefix;
		struct rp_field field;
	} parts[] = {
		{ "bid_px_",
		    { .kind = RP_KIND_LEVEL_PX,
			.size = 8,
			.side = RP_SIDE_BID } },
		{ "bid_sz_",
		    { .kind = RP_KIND_LEVEL_SZ,
			.size = 8,
			.side = RP_SIDE_BID } },
		{ "bid_ct_",
		    { .kind = RP_KIND_LEVEL_CT,
			.size = 4,
			.side = RP_SIDE_BID } },
		{ "ask_px_",
		    { .kind = RP_KIND_LEVEL_PX,
			.size = 8,
			.side = RP_SIDE_ASK } },
		{ "ask_sz_",
		    { .kind = RP_KIND_LEVEL_SZ,
			.size = 8,
			.side = RP_SIDE_ASK } },
		{ "ask_ct_",
		    { .kind = RP_KIND_LEVEL_CT,
			.size = 4,
			.side = RP_SIDE_ASK } },
	};
	const size_t skip = 7;
	uint32_t index = 0;

	/* at least two digits, and no more zeros than that takes */
	if (len < skip + 2 || len > skip + 5 ||
	    (len > skip + 2 && name[skip] == '0'))
		return false;
	for (size_t i = skip; i < len; i++) {
		if (name[i] < '0' || name[i] > '9')
			return false;
		index = index * 10 + (uint32_t)(name[i] - '0');
	}
	for (size_t i = 0; index <= UINT16_MAX && i < RP_LEN(parts); i++)
		if (memcmp(parts[i].prefix, name, skip) == 0) {
			*out = parts[i].field;
			out->name = parts[i].prefix;
			out->index = (uint16_t)index;
			return true;
		}
	return false;
}

static bool
find(const struct rp_field *fields, size_t n, const char *name, size_t len,
    struct rp_field *out)
{
	for (size_t i = 0; i < n; i++)
		if (same(fields[i].name, name, len) ||
		    same(fields[i].also, name, len)) {
			*out = fields[i];
			return true;
		}
	return false;
}

bool
rp_type_field(
    const struct rp_type *t, const char *name, size_t len, struct rp_field *out)
{
	if (find(rp_header_fields, RP_HEADER_FIELDS, name, len, out))
		return true;
	if (t == NULL)
		return false;
	return find(t->fields, t->n_fields, name, len, out) ||
	    (t->id == RP_BOOK && book_field(name, len, out));
}

/* Is text one of the words joined by '|'? */
static bool
one_of(const char *words, const char *text, size_t len)
{
	size_t n;

	for (; words != NULL; words = words[n] == '|' ? words + n + 1 : NULL) {
		n = strcspn(words, "|");
		if (n == len && memcmp(words, text, len) == 0)
			return true;
	}
	return false;
}

bool
rp_field_word(
    const struct rp_field *field, const char *word, size_t len, uint32_t *value)
{
	for (size_t i = 0; i < field->n_words; i++)
		if (same(field->words[i].word, word, len) ||
		    one_of(field->words[i].also, word, len)) {
			*value = field->words[i].value;
			return true;
		}
	return false;
}

/* ---- values ---- */

static void
get_uint(const struct rp_field *field, const uint8_t *p, struct rp_value *v)
{
	uint64_t none = UINT64_MAX >> (64 - 8 * field->size);

	v->u = 0;
	memcpy(&v->u, p, field->size);
	v->kind =
	    field->optional && v->u == none ? RP_VALUE_ABSENT : RP_VALUE_UINT;
}

static void
get_int(const struct rp_field *field, const uint8_t *p, struct rp_value *v)
{
	unsigned unused = 64 - 8 * field->size;
	uint64_t u = 0;

	memcpy(&u, p, field->size);
	v->i = (int64_t)(u << unused) >> unused;
	v->kind = field->optional && v->i == INT64_MIN >> unused
	    ? RP_VALUE_ABSENT
	    : RP_VALUE_INT;
}

static void
get_i64(
    const uint8_t *p, enum rp_value_kind kind, int exponent, struct rp_value *v)
{
	v->i = (int64_t)rp_le64(p);
	v->exp = (int8_t)exponent;
	v->kind = v->i == RP_ABSENT ? RP_VALUE_ABSENT : kind;
}

static void
get_turnover(const uint8_t *p, struct rp_value *v)
{
	const __int128 none = (__int128)((unsigned __int128)1 << 127);

	memcpy(&v->wide, p, sizeof(v->wide));
	v->kind = v->wide == none ? RP_VALUE_ABSENT : RP_VALUE_WIDE;
}

static void
get_id(const struct rp_field *field, const struct rp_record *rec,
    const uint8_t *p, struct rp_value *v)
{
	v->form =
	    (uint8_t)(rp_le16(rec->payload + RP_EV_TFLAGS) >> RP_ID_FORM_SHIFT);
	v->id.hi = rp_le64(p);
	v->id.lo = rp_le64(p + 8);
	v->kind = field->optional && v->form == RP_ID_NUMBER && v->id.hi == 0 &&
		v->id.lo == 0
	    ? RP_VALUE_ABSENT
	    : RP_VALUE_ID;
}

static void
get_text(const char *text, size_t len, struct rp_value *v)
{
	v->kind = RP_VALUE_TEXT;
	v->text = text;
	v->len = len;
}

static void
get_name(const struct rp_frame *f, uint32_t index, struct rp_value *v)
{
	const struct rp_label *name = rp_frame_name(f, index);

	if (name != NULL)
		get_text(name->text, name->len, v);
}

static void
get_type(uint16_t id, struct rp_value *v)
{
	const struct rp_type *t = rp_type_by_id(id);

	if (t != NULL) {
		get_text(t->name, strlen(t->name), v);
		return;
	}
	v->kind = RP_VALUE_UINT;
	v->u = id;
}

const uint8_t *
rp_book_level(const struct rp_record *rec, uint8_t side, uint32_t index)
{
	const uint8_t *p = rec->payload;
	uint64_t n_bid, n_ask, stride, at;

	if (rec->len < sizeof(struct rp_book))
		return NULL;
	n_bid = rp_le32(p + offsetof(struct rp_book, n_bid));
	n_ask = rp_le32(p + offsetof(struct rp_book, n_ask));
	stride = rp_le16(p + offsetof(struct rp_book, level_size));
	if (stride < sizeof(struct rp_book_level) ||
	    index >= (side == RP_SIDE_BID ? n_bid : n_ask))
		return NULL;
	at = sizeof(struct rp_book) +
	    stride * (side == RP_SIDE_BID ? index : n_bid + index);
	return at + stride <= rec->len ? p + at : NULL;
}

static bool
levels_fit(const struct rp_record *rec)
{
	const uint8_t *p = rec->payload;
	uint64_t n = (uint64_t)rp_le32(p + offsetof(struct rp_book, n_bid)) +
	    rp_le32(p + offsetof(struct rp_book, n_ask));
	uint64_t stride = rp_le16(p + offsetof(struct rp_book, level_size));

	return n == 0 ||
	    (stride >= sizeof(struct rp_book_level) &&
		n <= (rec->len - sizeof(struct rp_book)) / stride);
}

const char *
rp_record_fault(const struct rp_type *t, const struct rp_record *rec)
{
	if (t == NULL)
		return NULL;
	if (rec->len < t->min_len)
		return "the payload is too short";
	if (t->id == RP_BOOK && !levels_fit(rec))
		return "the payload is too short for the levels it claims";
	return NULL;
}

static void
get_level(const struct rp_field *field, const struct rp_record *rec,
    struct rp_value *v)
{
	const uint8_t *p = rp_book_level(rec, field->side, field->index);
	const uint8_t *exponents = rec->payload + RP_EV_PX_EXP;

	if (p == NULL)
		return;
	if (field->kind == RP_KIND_LEVEL_CT) {
		v->kind = RP_VALUE_UINT;
		v->u = rp_le32(p + offsetof(struct rp_book_level, orders));
	} else if (field->kind == RP_KIND_LEVEL_PX)
		get_i64(p, RP_VALUE_DECIMAL, (int8_t)exponents[0], v);
	else
		get_i64(p + offsetof(struct rp_book_level, size),
		    RP_VALUE_DECIMAL, (int8_t)exponents[1], v);
}

/* A field of the payload that lies wholly within it. */
static void
get_payload(const struct rp_field *field, const struct rp_record *rec,
    struct rp_value *v)
{
	const uint8_t *p = rec->payload + field->off;
	bool has_exps = rec->len > RP_EV_QTY_EXP;
	int px_exp = has_exps ? (int8_t)rec->payload[RP_EV_PX_EXP] : 0;
	int qty_exp = has_exps ? (int8_t)rec->payload[RP_EV_QTY_EXP] : 0;

	switch (field->kind) {
	case RP_KIND_UINT:
		get_uint(field, p, v);
		break;
	case RP_KIND_INT:
		get_int(field, p, v);
		break;
	case RP_KIND_PRICE:
		get_i64(p, RP_VALUE_DECIMAL, px_exp, v);
		break;
	case RP_KIND_SIZE:
		get_i64(p, RP_VALUE_DECIMAL, qty_exp, v);
		break;
	case RP_KIND_TURNOVER:
		v->exp = (int8_t)(px_exp + qty_exp);
		get_turnover(p, v);
		break;
	case RP_KIND_TIME:
		get_i64(p, RP_VALUE_TIME, 0, v);
		break;
	case RP_KIND_ENUM:
	case RP_KIND_FLAGS:
		get_uint(field, p, v);
		v->kind = RP_VALUE_WORD;
		break;
	case RP_KIND_CHAR:
		v->u = *p;
		v->kind = *p == 0 ? RP_VALUE_ABSENT : RP_VALUE_WORD;
		break;
	case RP_KIND_ID:
		get_id(field, rec, p, v);
		break;
	case RP_KIND_CHARS:
		get_text(
		    (const char *)p, strnlen((const char *)p, field->size), v);
		break;
	default:
		break;
	}
}

void
rp_field_get(const struct rp_field *field, const struct rp_frame *f,
    const struct rp_record *rec, struct rp_value *v)
{
	v->kind = RP_VALUE_ABSENT;
	switch (field->kind) {
	case RP_KIND_SEQ:
		v->u = rec->seq;
		v->kind = rec->seq == 0 ? RP_VALUE_ABSENT : RP_VALUE_UINT;
		break;
	case RP_KIND_TS_RECV:
		get_i64((const uint8_t *)&rec->ts_recv, RP_VALUE_TIME, 0, v);
		break;
	case RP_KIND_TYPE:
		get_type(rec->type, v);
		break;
	case RP_KIND_SYMBOL:
		get_name(f, rec->symbol, v);
		break;
	case RP_KIND_SOURCE:
		get_name(f, rec->source, v);
		break;
	case RP_KIND_RECORD_FLAGS:
		v->u = rec->flags;
		v->kind = RP_VALUE_WORD;
		break;
	case RP_KIND_LEVEL_PX:
	case RP_KIND_LEVEL_SZ:
	case RP_KIND_LEVEL_CT:
		get_level(field, rec, v);
		break;
	case RP_KIND_BYTES:
	case RP_KIND_TEXT:
		if (rec->len >= field->off)
			get_text((const char *)rec->payload + field->off,
			    rec->len - field->off, v);
		break;
	case RP_KIND_VALUE:
		rp_schema_get(f, rec, field->name, field->size, v);
		break;
	default:
		if (rec->len >= (uint32_t)field->off + field->size)
			get_payload(field, rec, v);
		break;
	}
}
