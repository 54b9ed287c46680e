/* Gathering of decimals - prices, sizes, turnovers, features - and levels. */
#include <stdlib.h>

#include "base/number.h"
#include "columns/batch_work.h"
#include "types/schema.h"
#include "types/text.h"

/* ---- factors ---- */

/* With 10^(scale + exp), if that is a whole number of 64 bits. */
static struct rp_factor
factor(const struct rp_factors *f, int exp)
{
	const int digits = f->scale + exp;
	const rp_wide most = rp_wide_power(f->precision) - 1;
	rp_wide limit;

	if (digits < 0 || digits > 18)
		return (struct rp_factor){ 0, -1 };
	limit = most / rp_wide_power(digits);
	/* the product is made in 64 bits */
	if (limit > INT64_MAX / rp_wide_power(digits))
		limit = INT64_MAX / rp_wide_power(digits);
	return (
	    struct rp_factor){ (int64_t)rp_wide_power(digits), (int64_t)limit };
}

const struct rp_factors *
rp_batch_factors(struct rp_batch_work *w, int8_t scale, uint8_t precision)
{
	struct rp_factors **grown, *f;

	for (size_t i = 0; i < w->n_factors; i++)
		if (w->factors[i]->scale == scale &&
		    w->factors[i]->precision == precision)
			return w->factors[i];
	grown = reallocarray(w->factors, w->n_factors + 1, sizeof(*grown));
	if (grown == NULL)
		return NULL;
	w->factors = grown;
	if ((f = calloc(1, sizeof(*f))) == NULL)
		return NULL;
	f->scale = scale;
	f->precision = precision;
	for (int exp = INT8_MIN; exp <= INT8_MAX; exp++)
		f->of[(uint8_t)exp] = factor(f, exp);
	return w->factors[w->n_factors++] = f;
}

/* ---- values that do not fit ---- */

/* A value in full, and what would hold it. */
static enum rp_status
misfit(
    struct rp_block *b, const struct rp_column *c, size_t i, rp_wide m, int exp)
{
	struct rp_text_style style = { .digits = RP_DIGITS_TRIM };
	struct rp_field field = { .kind = RP_KIND_TURNOVER };
	struct rp_value v = {
		.kind = RP_VALUE_WIDE, .exp = (int8_t)exp, .wide = m
	};
	char text[RP_TEXT_ROOM];
	size_t len = rp_text_format(text, &field, &v, &style);

	return rp_block_misfit(b, c, i,
	    "%.*s does not fit decimal(%u, %d): see --scale, --float64, "
	    "--exact",
	    (int)len, text, c->precision, c->scale);
}

/* m x 10^exp as m x 10^-scale; false: it does not fit. */
static bool
scaled(const struct rp_column *c, rp_wide m, int exp, rp_wide *out)
{
	const rp_wide most = rp_wide_power(c->precision) - 1;
	int digits = c->scale + exp;
	rp_wide unit;

	if (m == 0) {
		*out = 0;
		return true;
	}
	if (digits < -38 || digits > 38)
		return false;
	unit = rp_wide_power(digits < 0 ? -digits : digits);
	if (digits < 0) {
		*out = m / unit;
		return m % unit == 0 && *out <= most && *out >= -most;
	}
	if (m > most / unit || m < -(most / unit))
		return false;
	*out = m * unit;
	return true;
}

/* The nearest double. */
static double
nearest(rp_wide m, int exp)
{
	static const double powers[] = { 1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7,
		1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18,
		1e19, 1e20, 1e21, 1e22 };
	const rp_wide exact = (rp_wide)1 << 53;
	char text[RP_WIDE_ROOM];
	size_t len;

	/* two numbers that a double holds: one rounding */
	if (m <= exact && m >= -exact && exp <= 22 && exp >= -22)
		return exp < 0 ? (double)m / powers[-exp]
			       : (double)m * powers[exp];
	len = rp_wide_format(text, m, 0, RP_DIGITS_KEEP);
	text[len++] = 'e';
	len += rp_i64_format(text + len, exp);
	text[len] = '\0';
	return strtod(text, NULL);
}

static void
put(struct rp_column *c, size_t i, rp_wide v)
{
	uint8_t *out = rp_column_end(c);

	/* little-endian, two's complement */
	memcpy(out + i * c->size, &v, c->size);
}

/* ---- mantissas of 64 bits ---- */

/* A value that is not simply multiplied. */
static enum rp_status
put_odd(struct rp_block *b, struct rp_column *c, size_t i)
{
	const int64_t m = b->mantissas[i];
	const int exp = (int8_t)b->exps[i];
	rp_wide v = 0;

	if (m == RP_ABSENT)
		rp_block_absent(b, i);
	else if (!scaled(c, m, exp, &v))
		return misfit(b, c, i, m, exp);
	put(c, i, v);
	return RP_OK;
}

/* A mantissa times its factor, which 64 bits hold, as a value of the column. */
static inline void
put_product(uint8_t *out, int64_t m, int64_t factor, const size_t size)
{
	const uint64_t v[2] = { (uint64_t)m * (uint64_t)factor,
		m < 0 ? UINT64_MAX : 0 };

	memcpy(out, v, size);
}

/* The compiler makes a loop of each size. */
static inline enum rp_status
put_sized(struct rp_block *b, struct rp_column *c, size_t n, const size_t size)
{
	const struct rp_factor *of = c->work->factors->of;
	uint8_t *out = rp_column_end(c);
	enum rp_status st = RP_OK;

	for (size_t i = 0; st == RP_OK && i < n; i++, out += size) {
		const int64_t m = b->mantissas[i];
		const struct rp_factor f = of[b->exps[i]];

		if (m <= f.limit && m >= -f.limit)
			put_product(out, m, f.factor, size);
		else
			st = put_odd(b, c, i);
	}
	return st;
}

static enum rp_status
put_fixed(struct rp_block *b, struct rp_column *c, size_t n)
{
	return c->size == 8 ? put_sized(b, c, n, 8) : put_sized(b, c, n, 16);
}

static void
put_floats(struct rp_block *b, struct rp_column *c, size_t n)
{
	double *out = rp_column_end(c);

	for (size_t i = 0; i < n; i++) {
		out[i] = 0;
		if (b->mantissas[i] == RP_ABSENT)
			rp_block_absent(b, i);
		else
			out[i] = nearest(b->mantissas[i], (int8_t)b->exps[i]);
	}
}

static void
put_exact(struct rp_block *b, struct rp_column *c, size_t n)
{
	int64_t *out = rp_column_end(c);

	for (size_t i = 0; i < n; i++) {
		out[i] = b->mantissas[i];
		if (out[i] == RP_ABSENT) {
			out[i] = 0;
			rp_block_absent(b, i);
		}
	}
}

enum rp_status
rp_put_mantissas(struct rp_block *b, struct rp_column *c, size_t n)
{
	enum rp_status st = RP_OK;

	if (rp_column_room(c, n * c->size, 0) != RP_OK)
		return RP_ERR_NOMEM;
	if (c->kind == RP_COLUMN_FLOAT)
		put_floats(b, c, n);
	else if (c->kind == RP_COLUMN_INT)
		put_exact(b, c, n);
	else
		st = put_fixed(b, c, n);
	c->values.len += n * c->size;
	return st;
}

/* ---- where mantissas are ---- */

static size_t
exponent_of(const struct rp_field *field)
{
	return field->kind == RP_KIND_PRICE ? RP_EV_PX_EXP : RP_EV_QTY_EXP;
}

static void
load_mantissas(struct rp_block *b, const struct rp_field *field)
{
	const size_t n = b->n, off = field->off, exp = exponent_of(field);

	for (size_t i = 0; i < n; i++) {
		const uint8_t *payload = b->recs[i]->payload;

		b->mantissas[i] = (int64_t)rp_le64(payload + off);
		b->exps[i] = payload[exp];
	}
}

/* Mostly all of a block have one exponent, and fit: false if not. */
static inline bool
put_alike(const struct rp_block *b, struct rp_column *c,
    const struct rp_field *field, const size_t size)
{
	const struct rp_record *const *recs = b->recs;
	const size_t n = b->n, off = field->off, at = exponent_of(field);
	const uint8_t exp = recs[0]->payload[at];
	const struct rp_factor f = c->work->factors->of[exp];
	const uint64_t limit = (uint64_t)f.limit;
	uint8_t *out = rp_column_end(c);
	unsigned other = f.limit < 0;

	for (size_t i = 0; i < n; i++) {
		const uint8_t *payload = recs[i]->payload;
		const uint64_t m = rp_le64(payload + off);

		other |= (m + limit > 2 * limit) | (payload[at] ^ exp);
		put_product(out + i * size, (int64_t)m, f.factor, size);
	}
	return other == 0;
}

static enum rp_status
put_prices(
    struct rp_block *b, struct rp_column *c, const struct rp_field *field)
{
	if (rp_column_room(c, b->n * c->size, 0) != RP_OK)
		return RP_ERR_NOMEM;
	if (c->kind == RP_COLUMN_DECIMAL &&
	    (c->size == 8 ? put_alike(b, c, field, 8)
			  : put_alike(b, c, field, 16))) {
		c->values.len += b->n * c->size;
		return RP_OK;
	}
	load_mantissas(b, field);
	return rp_put_mantissas(b, c, b->n);
}

/* The same where some payloads may end before the field. */
static void
load_some(struct rp_block *b, const struct rp_field *field)
{
	struct rp_value v;

	for (size_t i = 0; i < b->n; i++) {
		rp_field_get(field, b->f, b->recs[i], &v);
		b->mantissas[i] = v.kind == RP_VALUE_DECIMAL ? v.i : RP_ABSENT;
		b->exps[i] = v.kind == RP_VALUE_DECIMAL ? (uint8_t)v.exp : 0;
	}
}

static void
load_book(const struct rp_record *rec, struct rp_block_book *book)
{
	static const struct rp_block_book none = { 0 };
	const uint8_t *p = rec->payload;

	*book = none;
	if (rec->type != RP_BOOK || rec->len < sizeof(struct rp_book))
		return;
	book->stride = rp_le16(p + offsetof(struct rp_book, level_size));
	book->n[0] = rp_le32(p + offsetof(struct rp_book, n_bid));
	book->n[1] = rp_le32(p + offsetof(struct rp_book, n_ask));
	book->side[0] = rp_book_level(rec, RP_SIDE_BID, 0);
	book->side[1] = rp_book_level(rec, RP_SIDE_ASK, 0);
	for (int i = 0; i < 2; i++) {
		/* counts are held against the payload (rp_record_fault) */
		if (book->side[i] == NULL)
			book->n[i] = 0;
	}
}

static void
load_books(struct rp_block *b)
{
	if (b->has_books)
		return;
	for (size_t i = 0; i < b->n; i++)
		load_book(b->recs[i], &b->books[i]);
	b->has_books = true;
}

/* A part of n levels from p on. */
static void
load_levels(struct rp_block *b, size_t i, const struct rp_record *rec,
    const uint8_t *p, enum rp_kind kind)
{
	const bool price = kind == RP_KIND_LEVEL_PX;

	b->mantissas[i] = (int64_t)rp_le64(
	    p + (price ? 0 : offsetof(struct rp_book_level, size)));
	b->exps[i] = rec->payload[price ? RP_EV_PX_EXP : RP_EV_QTY_EXP];
}

static void
load_wide(struct rp_block *b, const struct rp_field *field)
{
	const int side = field->side == RP_SIDE_ASK;

	load_books(b);
	for (size_t i = 0; i < b->n; i++) {
		const struct rp_block_book *book = &b->books[i];

		b->mantissas[i] = RP_ABSENT;
		b->exps[i] = 0;
		if (field->index < book->n[side])
			load_levels(b, i, b->recs[i],
			    book->side[side] +
				(size_t)field->index * book->stride,
			    field->kind);
	}
}

/* Where a record's schema has the value of a column. */
static bool
find_value(struct rp_column_work *w, const struct rp_frame *f,
    const struct rp_record *rec, const struct rp_field *field)
{
	const struct rp_feature_head *h = (const void *)rec->payload;
	const struct rp_label *schema;
	struct rp_schema_item item;
	const char *p;

	if (rec->len < sizeof(*h))
		return false;
	if (w->known && w->schema == h->schema)
		return w->has_value;
	if ((schema = rp_schema_of(f, rec)) == NULL)
		return false;
	w->known = true;
	w->schema = h->schema;
	w->has_value = false;
	p = schema->text;
	for (w->index = 0; rp_schema_next(schema, &p, &item); w->index++)
		if (item.len == field->size &&
		    memcmp(item.name, field->name, item.len) == 0) {
			w->exp = item.exp;
			return w->has_value = true;
		}
	return false;
}

static void
load_values(
    struct rp_block *b, struct rp_column_work *w, const struct rp_field *field)
{
	struct rp_value v;

	for (size_t i = 0; i < b->n; i++) {
		b->mantissas[i] = RP_ABSENT;
		b->exps[i] = 0;
		if (!find_value(w, b->f, b->recs[i], field))
			continue;
		v.kind = RP_VALUE_ABSENT;
		rp_schema_value(b->recs[i], w->index, w->exp, &v);
		if (v.kind != RP_VALUE_DECIMAL)
			continue;
		b->mantissas[i] = v.i;
		b->exps[i] = (uint8_t)w->exp;
	}
}

/* ---- mantissas of 128 bits ---- */

static enum rp_status
put_wide(struct rp_block *b, struct rp_column *c, const struct rp_field *field)
{
	const bool exact = b->batch->style->decimals == RP_DECIMALS_EXACT;
	struct rp_value v;
	rp_wide out;
	double d;

	if (rp_column_room(c, b->n * c->size, 0) != RP_OK)
		return RP_ERR_NOMEM;
	for (size_t i = 0; i < b->n; i++) {
		rp_field_get(field, b->f, b->recs[i], &v);
		put(c, i, 0);
		if (v.kind == RP_VALUE_ABSENT) {
			rp_block_absent(b, i);
		} else if (c->kind == RP_COLUMN_FLOAT) {
			d = nearest(v.wide, v.exp);
			memcpy((double *)rp_column_end(c) + i, &d, sizeof(d));
		} else if (scaled(c, v.wide, exact ? 0 : v.exp, &out)) {
			put(c, i, out);
		} else
			return misfit(b, c, i, v.wide, v.exp);
	}
	c->values.len += b->n * c->size;
	return RP_OK;
}

enum rp_status
rp_gather_decimals(
    struct rp_block *b, struct rp_column *c, const struct rp_field *field)
{
	if (field->name == NULL) {
		for (size_t i = 0; i < b->n; i++)
			b->mantissas[i] = RP_ABSENT;
		memset(b->exps, 0, sizeof(b->exps));
		return rp_put_mantissas(b, c, b->n);
	}
	switch (field->kind) {
	case RP_KIND_TURNOVER:
		return put_wide(b, c, field);
	case RP_KIND_LEVEL_PX:
	case RP_KIND_LEVEL_SZ:
		load_wide(b, field);
		break;
	case RP_KIND_VALUE:
		load_values(b, c->work, field);
		break;
	default:
		if (rp_block_reaches(b, field))
			return put_prices(b, c, field);
		load_some(b, field);
	}
	return rp_put_mantissas(b, c, b->n);
}

/* ---- books as lists ---- */

/* Levels of record r from first on, at most a block: one child. */
static enum rp_status
put_child(struct rp_block *b, struct rp_column *c, size_t r, const uint8_t *p,
    size_t n)
{
	const size_t stride = b->books[r].stride;
	enum rp_status st = RP_OK;
	uint32_t *orders;

	b->absent = 0;
	if (c->field.kind == RP_KIND_LEVEL_CT) {
		if (rp_column_room(c, n * sizeof(*orders), 0) != RP_OK)
			return RP_ERR_NOMEM;
		orders = rp_column_end(c);
		for (size_t i = 0; i < n; i++)
			orders[i] = rp_le32(p + i * stride +
			    offsetof(struct rp_book_level, orders));
		c->values.len += n * sizeof(*orders);
	} else {
		for (size_t i = 0; i < n; i++)
			load_levels(
			    b, i, b->recs[r], p + i * stride, c->field.kind);
		st = rp_put_mantissas(b, c, n);
		if (st == RP_ERR_LIMIT)
			b->failed = r;
	}
	return st == RP_OK ? rp_gather_validity(b, c, n) : st;
}

static enum rp_status
put_list(struct rp_block *b, struct rp_column *c, size_t r, int side)
{
	const struct rp_block_book *book = &b->books[r];
	enum rp_status st = RP_OK;
	size_t n;

	for (uint32_t at = 0; st == RP_OK && at < book->n[side]; at += n) {
		n = book->n[side] - at < RP_BLOCK ? book->n[side] - at
						  : RP_BLOCK;
		for (size_t i = 0; st == RP_OK && i < c->n_children; i++)
			st = put_child(b, &c->children[i], r,
			    book->side[side] + (size_t)at * book->stride, n);
	}
	return st;
}

enum rp_status
rp_gather_levels(
    struct rp_block *b, struct rp_column *c, const struct rp_field *field)
{
	const int side = c->field.side == RP_SIDE_ASK;
	enum rp_status st = RP_OK;
	int32_t end;

	(void)field;
	load_books(b);
	for (size_t i = 0; st == RP_OK && i < b->n; i++) {
		if (c->children[0].work->rows + b->books[i].n[side] > INT32_MAX)
			return rp_block_misfit(
			    b, c, i, "more than 2^31 levels in one batch");
		if ((st = rp_column_room(c, 0, 1)) == RP_OK)
			st = put_list(b, c, i, side);
		end = (int32_t)c->children[0].work->rows;
		if (st == RP_OK)
			st = rp_buffer_add(&c->offsets, &end, sizeof(end));
	}
	b->absent = 0;
	return st;
}
