#include "columns/cell.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/limits.h"

struct span {
	uint32_t off, len;
};

/*
 * Prices come back: those of a book's best levels fit a small table, which is
 * three times as fast as writing their digits anew.
 */
#define PRICE_BITS 7
struct rp_cell_price {
	int64_t mantissa;
	int8_t exp;
	uint8_t len; /* 0: empty */
	char text[RP_CELL_TEXT];
};

enum rp_status
rp_cell_style_frame(struct rp_cell_style *s, const struct rp_frame *f)
{
	enum rp_status st;
	size_t room = 0;
	struct span *span;

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
		char *out = (char *)s->names.data + s->names.len;

		span[i].off = (uint32_t)s->names.len;
		span[i].len = (uint32_t)s->quoting.quote(
		    out, f->names[i].text, f->names[i].len, &s->quoting);
		s->names.len += span[i].len;
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
	uint32_t end = (uint32_t)c->field.off + c->field.size;

	return rec->len >= end ? rec->payload + c->field.off : NULL;
}

static char *
put_nothing(struct rp_cell *c, const struct rp_record *rec, char *p)
{
	(void)c;
	(void)rec;
	(void)p;
	return NULL;
}

/* Whatever has no faster way. */
static char *
put_any(struct rp_cell *c, const struct rp_record *rec, char *p)
{
	struct rp_value v;

	rp_field_get(&c->field, c->style->frame, rec, &v);
	if (v.kind == RP_VALUE_ABSENT)
		return NULL;
	return p + rp_text_format(p, &c->field, &v, &c->style->text);
}

static char *
put_chars(struct rp_cell *c, const struct rp_record *rec, char *p)
{
	const struct rp_quoting *q = &c->style->quoting;
	struct rp_value v;

	rp_field_get(&c->field, c->style->frame, rec, &v);
	if (v.kind != RP_VALUE_TEXT)
		return NULL;
	return p + q->quote(p, v.text, v.len, q);
}

static inline char *
put_name(const struct rp_cell *c, uint32_t index, char *p)
{
	const struct rp_cell_style *s = c->style;
	const struct span *span;

	if (index >= s->frame->n_names)
		return NULL;
	span = (const struct span *)s->spans.data + index;
	memcpy(p, s->names.data + span->off, span->len);
	return p + span->len;
}

static char *
put_symbol(struct rp_cell *c, const struct rp_record *rec, char *p)
{
	return put_name(c, rec->symbol, p);
}

static char *
put_source(struct rp_cell *c, const struct rp_record *rec, char *p)
{
	return put_name(c, rec->source, p);
}

static char *
put_seq(struct rp_cell *c, const struct rp_record *rec, char *p)
{
	(void)c;
	return rec->seq == 0 ? NULL : p + rp_u64_format(p, rec->seq);
}

/* Times of one second share their first digits. */
static inline char *
put_time(struct rp_cell *c, int64_t ns, char *p)
{
	uint64_t part;

	if (ns == RP_ABSENT)
		return NULL;
	if (c->style->text.iso)
		return p + rp_time_format(&c->style->text.time, p, ns);
	if (ns < RP_SECOND)
		return p + rp_i64_format(p, ns);
	part = (uint64_t)ns - (uint64_t)c->last;
	if (part >= RP_SECOND) {
		c->last = ns - ns % RP_SECOND;
		c->last_len = rp_i64_format(c->last_text, ns / RP_SECOND);
		part = (uint64_t)(ns % RP_SECOND);
	}
	memcpy(p, c->last_text, RP_CELL_TEXT);
	p += c->last_len;
	rp_digits_format(p, (uint32_t)part, 9);
	return p + 9;
}

static char *
put_ts_recv(struct rp_cell *c, const struct rp_record *rec, char *p)
{
	return put_time(c, rec->ts_recv, p);
}

static char *
put_time_field(struct rp_cell *c, const struct rp_record *rec, char *p)
{
	const uint8_t *v = field_at(c, rec);

	return v == NULL ? NULL : put_time(c, (int64_t)rp_le64(v), p);
}

/* UINT of 4 and 8 bytes that are never absent. */
static char *
put_u32(struct rp_cell *c, const struct rp_record *rec, char *p)
{
	const uint8_t *v = field_at(c, rec);

	return v == NULL ? NULL : p + rp_u64_format(p, rp_le32(v));
}

static char *
put_u64(struct rp_cell *c, const struct rp_record *rec, char *p)
{
	const uint8_t *v = field_at(c, rec);

	return v == NULL ? NULL : p + rp_u64_format(p, rp_le64(v));
}

static inline char *
put_decimal(const struct rp_cell *c, int64_t mantissa, int exp, char *p)
{
	if (exp == 0)
		return p + rp_i64_format(p, mantissa);
	return p + rp_text_decimal(p, mantissa, exp, c->style->text.digits);
}

static char *
put_price(struct rp_cell *c, const struct rp_record *rec, char *p)
{
	const uint8_t *v = field_at(c, rec);
	struct rp_cell_price *known;
	int64_t mantissa;
	int8_t exp;
	size_t len;

	if (v == NULL || (mantissa = (int64_t)rp_le64(v)) == RP_ABSENT)
		return NULL;
	exp = (int8_t)rec->payload[RP_EV_PX_EXP];
	known = &c->prices[(uint64_t)mantissa * 0x9e3779b97f4a7c15u >>
	    (64 - PRICE_BITS)];
	if (known->mantissa == mantissa && known->exp == exp &&
	    known->len > 0) {
		memcpy(p, known->text, RP_CELL_TEXT);
		return p + known->len;
	}
	len = (size_t)(put_decimal(c, mantissa, exp, p) - p);
	if (len <= RP_CELL_TEXT) {
		known->mantissa = mantissa;
		known->exp = exp;
		known->len = (uint8_t)len;
		memcpy(known->text, p, len);
	}
	return p + len;
}

static char *
put_size(struct rp_cell *c, const struct rp_record *rec, char *p)
{
	const uint8_t *v = field_at(c, rec);
	int64_t mantissa;

	if (v == NULL || (mantissa = (int64_t)rp_le64(v)) == RP_ABSENT)
		return NULL;
	return put_decimal(c, mantissa, (int8_t)rec->payload[RP_EV_QTY_EXP], p);
}

static char *
put_enum(struct rp_cell *c, const struct rp_record *rec, char *p)
{
	const uint8_t *v = field_at(c, rec);
	const struct rp_cell_word *word;

	if (v == NULL)
		return NULL;
	if (c->field.size > 1 || *v >= RP_CELL_WORDS)
		return put_any(c, rec, p);
	word = &c->words[*v];
	memcpy(p, word->text, sizeof(word->text));
	return p + word->len;
}

static char *
put_char(struct rp_cell *c, const struct rp_record *rec, char *p)
{
	const uint8_t *v = field_at(c, rec);

	return v == NULL || *v == 0 ? NULL : p + rp_text_char(p, *v);
}

/* Flags are mostly those of the record before. */
static inline char *
put_flags(struct rp_cell *c, uint16_t flags, char *p)
{
	size_t len;

	if (flags == c->last) {
		memcpy(p, c->last_text, RP_CELL_TEXT);
		return p + c->last_len;
	}
	len = rp_text_flags(p, &c->field, flags);
	if (len <= RP_CELL_TEXT) {
		c->last = flags;
		c->last_len = len;
		memcpy(c->last_text, p, len);
	}
	return p + len;
}

static char *
put_record_flags(struct rp_cell *c, const struct rp_record *rec, char *p)
{
	return put_flags(c, rec->flags, p);
}

static char *
put_tflags(struct rp_cell *c, const struct rp_record *rec, char *p)
{
	const uint8_t *v = field_at(c, rec);

	return v == NULL ? NULL : put_flags(c, rp_le16(v), p);
}

static char *
put_id(struct rp_cell *c, const struct rp_record *rec, char *p)
{
	const uint8_t *v = field_at(c, rec);
	uint64_t hi, lo;
	uint8_t form;

	if (v == NULL)
		return NULL;
	hi = rp_le64(v);
	lo = rp_le64(v + 8);
	form =
	    (uint8_t)(rp_le16(rec->payload + RP_EV_TFLAGS) >> RP_ID_FORM_SHIFT);
	if (form == RP_ID_NUMBER && hi == 0)
		return lo == 0 && c->field.optional ? NULL
						    : p + rp_u64_format(p, lo);
	return p + rp_text_id(p, hi, lo, form);
}

/* ---- making cells ---- */

static rp_cell_fn *
function(const struct rp_field *field)
{
	switch (field->kind) {
	case RP_KIND_SEQ:
		return put_seq;
	case RP_KIND_TS_RECV:
		return put_ts_recv;
	case RP_KIND_SYMBOL:
		return put_symbol;
	case RP_KIND_SOURCE:
		return put_source;
	case RP_KIND_RECORD_FLAGS:
		return put_record_flags;
	case RP_KIND_UINT:
		if (field->optional || field->size < 4)
			return put_any;
		return field->size == 4 ? put_u32 : put_u64;
	case RP_KIND_PRICE:
		return put_price;
	case RP_KIND_SIZE:
		return put_size;
	case RP_KIND_TIME:
		return put_time_field;
	case RP_KIND_ENUM:
		return put_enum;
	case RP_KIND_CHAR:
		return put_char;
	case RP_KIND_FLAGS:
		return field->size == 2 ? put_tflags : put_any;
	case RP_KIND_ID:
		return put_id;
	case RP_KIND_CHARS:
		return put_chars;
	default:
		return put_any;
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

static void
fill_words(struct rp_cell *c)
{
	char text[RP_TEXT_ROOM];

	for (uint32_t v = 0; v < RP_CELL_WORDS; v++) {
		size_t len = rp_text_word(text, &c->field, v);

		if (len > sizeof(c->words[v].text)) {
			c->put = put_any;
			return;
		}
		memcpy(c->words[v].text, text, len);
		c->words[v].len = (uint8_t)len;
	}
}

enum rp_status
rp_cell_init(struct rp_cell *c, const struct rp_field *field,
    struct rp_cell_style *style)
{
	memset(c, 0, sizeof(*c));
	c->style = style;
	c->put = put_nothing;
	if (field == NULL)
		return RP_OK;
	c->field = *field;
	c->put = function(field);
	c->room = room(field);
	if (c->put == put_enum)
		fill_words(c);
	if (c->put == put_price) {
		c->prices = calloc((size_t)1 << PRICE_BITS, sizeof(*c->prices));
		if (c->prices == NULL)
			return RP_ERR_NOMEM;
	}
	return RP_OK;
}

void
rp_cell_free(struct rp_cell *c)
{
	free(c->prices);
	c->prices = NULL;
}
