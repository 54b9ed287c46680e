#include "columns/cell.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/digits.h"
#include "base/limits.h"
#include "types/schema.h"

/* A name, quoted: short ones with their length in one word of 16 bytes, which
 * one instruction copies. */
#define SHORT_NAME 15
struct span {
	char text[SHORT_NAME];
	uint8_t len; /* above SHORT_NAME: a long one */
	uint32_t long_off, long_len;
};

#define WORD_TEXT 31
struct rp_cell_word {
	char text[WORD_TEXT];
	uint8_t len; /* UINT8_MAX: too long to be kept */
};

/*
 * Prices come back: those of a book's best levels fit a small table, which is
 * three times as fast as writing their digits anew.
 */
#define PRICE_BITS 9
#define PRICE_TEXT 22
struct rp_cell_price {
	int64_t mantissa;
	int8_t exp;
	uint8_t len; /* 0: empty */
	char text[PRICE_TEXT];
};

/* What schemas say of a name: a stream has few of them, by exponents. */
#define VALUE_SCHEMAS 16
struct rp_cell_value {
	uint64_t schema; /* its hash; known */
	uint32_t index;
	int8_t exp;
	bool known, has;
};

enum rp_status
rp_cell_style_frame(struct rp_cell_style *s, const struct rp_frame *f)
{
	enum rp_status st;
	struct span *span;
	size_t room = 0;
	char *out;

	for (uint32_t i = 0; i < f->n_names; i++)
		room += RP_QUOTED_ROOM(f->names[i].len);
	if ((st = rp_buffer_reserve(&s->names, room)) != RP_OK ||
	    (st = rp_buffer_reserve(&s->spans, f->n_names * sizeof(*span))) !=
		RP_OK)
		return st;
	s->frame = f;
	s->names.len = 0;
	span = (struct span *)s->spans.data;
	for (uint32_t i = 0; i < f->n_names; i++) {
		out = (char *)s->names.data + s->names.len;
		span[i].long_off = (uint32_t)s->names.len;
		span[i].long_len = (uint32_t)s->quoting.quote(
		    out, f->names[i].text, f->names[i].len, &s->quoting);
		s->names.len += span[i].long_len;
		span[i].len = UINT8_MAX;
		if (span[i].long_len > SHORT_NAME)
			continue;
		span[i].len = (uint8_t)span[i].long_len;
		memcpy(span[i].text, out, span[i].len);
	}
	return RP_OK;
}

void
rp_cell_style_free(struct rp_cell_style *s)
{
	rp_buffer_free(&s->names);
	rp_buffer_free(&s->spans);
}

/* ---- one function a kind ---- */

static inline const uint8_t *
field_at(const struct rp_cell *c, const struct rp_record *rec)
{
	return rec->len >= c->end ? rec->payload + c->off : NULL;
}

static inline char *
put_nothing(struct rp_cell *c, const struct rp_record *rec, char *p)
{
	(void)c;
	(void)rec;
	return p;
}

/* Whatever has no faster way. */
static inline char *
put_any(struct rp_cell *c, const struct rp_record *rec, char *p)
{
	struct rp_value v;

	rp_field_get(&c->field, c->style->frame, rec, &v);
	return p + rp_text_format(p, &c->field, &v, &c->style->text);
}

static inline char *
put_chars(struct rp_cell *c, const struct rp_record *rec, char *p)
{
	const struct rp_quoting *q = &c->style->quoting;
	struct rp_value v;

	rp_field_get(&c->field, c->style->frame, rec, &v);
	return v.kind != RP_VALUE_TEXT ? p : p + q->quote(p, v.text, v.len, q);
}

static inline char *
put_name(const struct rp_cell *c, uint32_t index, char *p)
{
	const struct rp_cell_style *s = c->style;
	const struct span *span;

	if (index >= s->frame->n_names)
		return p;
	span = (const struct span *)s->spans.data + index;
	if (span->len <= SHORT_NAME) {
		memcpy(p, span, SHORT_NAME + 1);
		return p + span->len;
	}
	memcpy(p, s->names.data + span->long_off, span->long_len);
	return p + span->long_len;
}

static inline char *
put_symbol(struct rp_cell *c, const struct rp_record *rec, char *p)
{
	return put_name(c, rec->symbol, p);
}

static inline char *
put_source(struct rp_cell *c, const struct rp_record *rec, char *p)
{
	return put_name(c, rec->source, p);
}

/*
 * Numbers and times near each other share all digits but the last nine: begin
 * with those of v.
 */
#define UNIT 1000000000u
static void
set_base(struct rp_cell *c, uint64_t v)
{
	char text[RP_INT_ROOM];

	c->base = v - v % UNIT;
	c->base_len = rp_u64_format(text, v / UNIT);
	memcpy(c->base_text, text, sizeof(c->base_text));
}

/* In line even though it is large: two of three numbers are identifiers. */
static inline __attribute__((always_inline)) char *
put_number(struct rp_cell *c, uint64_t v, char *p)
{
	if (v < UNIT)
		return rp_put_u30(p, (uint32_t)v);
	if (v - c->base >= UNIT)
		set_base(c, v);
	memcpy(p, c->base_text, sizeof(c->base_text));
	return rp_put_9(p + c->base_len, (uint32_t)(v - c->base));
}

static inline char *
put_ns(struct rp_cell *c, int64_t ns, char *p)
{
	uint64_t v = (uint64_t)ns;

	if (v - c->base >= UNIT) {
		/* no second may reach beyond the end of time */
		if (ns < RP_SECOND || ns > INT64_MAX - RP_SECOND)
			return ns == RP_ABSENT ? p : p + rp_i64_format(p, ns);
		set_base(c, v);
	}
	memcpy(p, c->base_text, sizeof(c->base_text));
	return rp_put_9(p + c->base_len, (uint32_t)(v - c->base));
}

static inline char *
put_iso(const struct rp_cell *c, int64_t ns, char *p)
{
	return ns == RP_ABSENT
	    ? p
	    : p + rp_time_format(&c->style->text.time, p, ns);
}

static inline char *
put_ts_recv_ns(struct rp_cell *c, const struct rp_record *rec, char *p)
{
	return put_ns(c, rec->ts_recv, p);
}

static inline char *
put_ts_recv_iso(struct rp_cell *c, const struct rp_record *rec, char *p)
{
	return put_iso(c, rec->ts_recv, p);
}

static inline char *
put_time_ns(struct rp_cell *c, const struct rp_record *rec, char *p)
{
	const uint8_t *v = field_at(c, rec);

	return v == NULL ? p : put_ns(c, (int64_t)rp_le64(v), p);
}

static inline char *
put_time_iso(struct rp_cell *c, const struct rp_record *rec, char *p)
{
	const uint8_t *v = field_at(c, rec);

	return v == NULL ? p : put_iso(c, (int64_t)rp_le64(v), p);
}

static inline char *
put_seq(struct rp_cell *c, const struct rp_record *rec, char *p)
{
	return rec->seq == 0 ? p : put_number(c, rec->seq, p);
}

/* UINT of 4 and 8 bytes that are never absent. */
static inline char *
put_u32(struct rp_cell *c, const struct rp_record *rec, char *p)
{
	const uint8_t *v = field_at(c, rec);

	return v == NULL ? p : put_number(c, rp_le32(v), p);
}

static inline char *
put_u64(struct rp_cell *c, const struct rp_record *rec, char *p)
{
	const uint8_t *v = field_at(c, rec);

	return v == NULL ? p : put_number(c, rp_le64(v), p);
}

/* A decimal of those that come back. */
static inline char *
put_decimal(struct rp_cell *c, int64_t mantissa, int8_t exp, char *p)
{
	struct rp_cell_price *known;
	size_t len;

	known = &c->prices[(uint64_t)mantissa * 0x9e3779b97f4a7c15u >>
	    (64 - PRICE_BITS)];
	if (known->mantissa == mantissa && known->exp == exp &&
	    known->len > 0) {
		memcpy(p, known->text, PRICE_TEXT);
		return p + known->len;
	}
	len = rp_text_decimal(p, mantissa, exp, c->style->text.digits);
	if (len <= PRICE_TEXT) {
		known->mantissa = mantissa;
		known->exp = exp;
		known->len = (uint8_t)len;
		memcpy(known->text, p, len);
	}
	return p + len;
}

static inline char *
put_price(struct rp_cell *c, const struct rp_record *rec, char *p)
{
	const uint8_t *v = field_at(c, rec);
	int64_t mantissa;

	if (v == NULL || (mantissa = (int64_t)rp_le64(v)) == RP_ABSENT)
		return p;
	return put_decimal(c, mantissa, (int8_t)rec->payload[RP_EV_PX_EXP], p);
}

static inline char *
put_size(struct rp_cell *c, const struct rp_record *rec, char *p)
{
	const uint8_t *v = field_at(c, rec);
	uint64_t mantissa;
	int8_t exp;

	if (v == NULL || (mantissa = rp_le64(v)) == (uint64_t)RP_ABSENT)
		return p;
	exp = (int8_t)rec->payload[RP_EV_QTY_EXP];
	if (exp == 0 && mantissa < 1000)
		return rp_put_small(p, (uint32_t)mantissa);
	return p +
	    rp_text_decimal(p, (int64_t)mantissa, exp, c->style->text.digits);
}

static inline char *
put_word(const struct rp_cell *c, unsigned value, char *p)
{
	const struct rp_cell_word *word = &c->words[value];

	memcpy(p, word, sizeof(*word)); /* in one go */
	return p + word->len;
}

static inline bool
is_kept(const struct rp_cell *c, unsigned value)
{
	return value < RP_CELL_WORDS && c->words[value].len <= WORD_TEXT;
}

static inline char *
put_enum8(struct rp_cell *c, const struct rp_record *rec, char *p)
{
	const uint8_t *v = field_at(c, rec);

	if (v == NULL)
		return p;
	return is_kept(c, *v) ? put_word(c, *v, p) : put_any(c, rec, p);
}

static inline char *
put_char(struct rp_cell *c, const struct rp_record *rec, char *p)
{
	const uint8_t *v = field_at(c, rec);

	if (v == NULL || *v == 0)
		return p;
	*p = (char)*v;
	return rp_text_is_letter(*v) ? p + 1 : p + rp_text_char(p, *v);
}

static inline char *
put_record_flags(struct rp_cell *c, const struct rp_record *rec, char *p)
{
	return is_kept(c, rec->flags) ? put_word(c, rec->flags, p)
				      : put_any(c, rec, p);
}

static inline char *
put_flags16(struct rp_cell *c, const struct rp_record *rec, char *p)
{
	const uint8_t *v = field_at(c, rec);

	if (v == NULL)
		return p;
	return is_kept(c, rp_le16(v)) ? put_word(c, rp_le16(v), p)
				      : put_any(c, rec, p);
}

static inline char *
put_id(struct rp_cell *c, const struct rp_record *rec, char *p)
{
	const uint8_t *v = field_at(c, rec);
	uint64_t hi, lo;
	uint8_t form;

	if (v == NULL)
		return p;
	hi = rp_le64(v);
	lo = rp_le64(v + 8);
	form =
	    (uint8_t)(rp_le16(rec->payload + RP_EV_TFLAGS) >> RP_ID_FORM_SHIFT);
	if (form == RP_ID_NUMBER && hi == 0)
		return lo == 0 && c->field.optional ? p : put_number(c, lo, p);
	return p + rp_text_id(p, hi, lo, form);
}

/* What the schema of a record says of the name. */
static void
look_up(
    struct rp_cell *c, const struct rp_record *rec, struct rp_cell_value *at)
{
	const struct rp_feature_head *h = (const void *)rec->payload;
	const struct rp_label *schema = rp_schema_of(c->style->frame, rec);

	at->schema = h->schema;
	at->known = schema != NULL;
	at->has = schema != NULL &&
	    rp_schema_find(
		schema, c->field.name, c->field.size, &at->index, &at->exp);
}

static inline char *
put_value(struct rp_cell *c, const struct rp_record *rec, char *p)
{
	const struct rp_feature_head *h = (const void *)rec->payload;
	struct rp_value v = { .kind = RP_VALUE_ABSENT };
	struct rp_cell_value *at;

	if (rec->len < sizeof(*h))
		return p;
	at = &c->values[h->schema % VALUE_SCHEMAS];
	if (at->schema != h->schema || !at->known)
		look_up(c, rec, at);
	if (at->has)
		rp_schema_value(rec, at->index, at->exp, &v);
	if (v.kind == RP_VALUE_ABSENT)
		return p;
	return put_decimal(c, v.i, v.exp, p);
}

/* ---- rows of cells ---- */

/* What a cell does, put_ it; in order of no importance. */
/* clang-format off */
#define ACTS(X)                                                          \
	X(nothing) X(any) X(chars) X(symbol) X(source) X(ts_recv_ns)     \
	X(ts_recv_iso) X(time_ns) X(time_iso) X(seq) X(u32) X(u64)       \
	X(price) X(size) X(enum8) X(char) X(record_flags) X(flags16) X(id) \
	X(value)
/* clang-format on */

enum act {
#define ACT(name) ACT_##name,
	ACTS(ACT)
#undef ACT
};

/*
 * All of them in one function, without calls: each goes on to the next by
 * itself, so that the processor predicts where by where it is (labels as
 * values, which gcc and clang have).
 */
char *
rp_cells_put(struct rp_cell *c, size_t n, const struct rp_record *rec,
    char delimiter, char *p)
{
	static const void *const acts[] = {
#define ACT(name) (&&act_##name),
		ACTS(ACT)
#undef ACT
	};
	const struct rp_cell *const end = c + n;

	if (n == 0)
		return p;
	goto *acts[c->act];
/* clang-format off */
#define ACT(name)                                   \
	act_##name:                                 \
		p = put_##name(c, rec, p);          \
		*p++ = delimiter;                   \
		if (++c == end)                     \
			return p;                   \
		goto *acts[c->act];
	ACTS(ACT)
#undef ACT
	/* clang-format on */
}

char *
rp_cell_put(struct rp_cell *c, const struct rp_record *rec, char *p)
{
	static char *(*const puts[])(
	    struct rp_cell *, const struct rp_record *, char *) = {
#define ACT(name) put_##name,
		ACTS(ACT)
#undef ACT
	};

	return puts[c->act](c, rec, p);
}

/* ---- making cells ---- */

static enum act
act_of(const struct rp_field *field, bool iso)
{
	switch (field->kind) {
	case RP_KIND_SEQ:
		return ACT_seq;
	case RP_KIND_TS_RECV:
		return iso ? ACT_ts_recv_iso : ACT_ts_recv_ns;
	case RP_KIND_SYMBOL:
		return ACT_symbol;
	case RP_KIND_SOURCE:
		return ACT_source;
	case RP_KIND_RECORD_FLAGS:
		return ACT_record_flags;
	case RP_KIND_UINT:
		if (field->optional || field->size < 4)
			return ACT_any;
		return field->size == 4 ? ACT_u32 : ACT_u64;
	case RP_KIND_PRICE:
		return ACT_price;
	case RP_KIND_SIZE:
		return ACT_size;
	case RP_KIND_TIME:
		return iso ? ACT_time_iso : ACT_time_ns;
	case RP_KIND_ENUM:
		return field->size == 1 ? ACT_enum8 : ACT_any;
	case RP_KIND_CHAR:
		return ACT_char;
	case RP_KIND_FLAGS:
		return field->size == 2 ? ACT_flags16 : ACT_any;
	case RP_KIND_ID:
		return ACT_id;
	case RP_KIND_VALUE:
		return ACT_value;
	case RP_KIND_CHARS:
	case RP_KIND_TEXT:
		return ACT_chars;
	default:
		return ACT_any;
	}
}

static size_t
room(const struct rp_field *field)
{
	switch (field->kind) {
	case RP_KIND_SYMBOL:
	case RP_KIND_SOURCE:
		return RP_QUOTED_ROOM(RP_MAX_NAME);
	case RP_KIND_CHARS:
		return RP_QUOTED_ROOM(field->size);
	case RP_KIND_FLAGS:
	case RP_KIND_RECORD_FLAGS:
		return RP_TEXT_ROOM;
	default:
		return RP_WIDE_ROOM;
	}
}

static enum rp_status
fill_words(struct rp_cell *c)
{
	char text[RP_TEXT_ROOM];
	size_t len;

	c->words = calloc(RP_CELL_WORDS, sizeof(*c->words));
	if (c->words == NULL)
		return RP_ERR_NOMEM;
	for (uint32_t v = 0; v < RP_CELL_WORDS; v++) {
		len = c->field.kind == RP_KIND_ENUM
		    ? rp_text_word(text, &c->field, v)
		    : rp_text_flags(text, &c->field, v);
		c->words[v].len = len <= WORD_TEXT ? (uint8_t)len : UINT8_MAX;
		if (len <= WORD_TEXT)
			memcpy(c->words[v].text, text, len);
	}
	return RP_OK;
}

enum rp_status
rp_cell_init(struct rp_cell *c, const struct rp_field *field,
    struct rp_cell_style *style)
{
	memset(c, 0, sizeof(*c));
	c->style = style;
	c->act = ACT_nothing;
	if (field == NULL)
		return RP_OK;
	c->field = *field;
	c->off = field->off;
	c->end = (uint32_t)field->off + field->size;
	c->act = act_of(field, style->text.iso);
	set_base(c, UNIT);
	c->room = room(field);
	if (field->kind == RP_KIND_PRICE || field->kind == RP_KIND_VALUE) {
		c->prices = calloc((size_t)1 << PRICE_BITS, sizeof(*c->prices));
		if (c->prices == NULL)
			return RP_ERR_NOMEM;
	}
	if (field->kind == RP_KIND_VALUE) {
		c->values = calloc(VALUE_SCHEMAS, sizeof(*c->values));
		if (c->values == NULL)
			return RP_ERR_NOMEM;
	}
	return field->n_words > 0 ? fill_words(c) : RP_OK;
}

void
rp_cell_free(struct rp_cell *c)
{
	free(c->words);
	free(c->prices);
	free(c->values);
	c->words = NULL;
	c->prices = NULL;
	c->values = NULL;
}
