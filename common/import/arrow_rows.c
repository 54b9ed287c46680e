#include "import/arrow_rows.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "base/decimal.h"
#include "types/schema.h"
#include "types/text.h"

/* Levels of a side: the members' keys have room for so many. */
#define MAX_LEVELS 65536

/* What is wrong with the row at hand. */
static enum rp_status RP_PRINTF(3, 4)
    reject(struct rp_arrow_rows *r, struct rp_import *im, const char *fmt, ...)
{
	char why[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	return rp_arrow_reject(&r->source, im, why);
}

/* The exponent of a row's decimals; false: the row has none. */
static bool
exponent(const struct rp_arrow_rows *r, uint32_t column, uint64_t row, int *exp)
{
	const struct rp_arrow_array *a;

	if (column == RP_ARROW_NONE)
		return false;
	a = &r->source.batch.arrays[column];
	if (a->field->type != RP_ARROW_INT || a->field->dictionary ||
	    !rp_arrow_is_valid(a, row))
		return false;
	*exp += (int8_t)rp_arrow_i64(a, row);
	return true;
}

/* A mantissa as the decimal that it is. `at` is its place in the array. */
static enum rp_status
put_mantissa(const struct rp_arrow_rows *r, const struct rp_arrow_origin *o,
    const struct rp_arrow_array *a, uint64_t at, char *buf,
    struct rp_flat_text *text)
{
	const uint64_t row = r->source.row;
	rp_wide v;
	int exp = 0;

	if (!rp_arrow_is_valid(a, at))
		return RP_EMPTY;
	if ((o->px && !exponent(r, r->px_exp, row, &exp)) ||
	    (o->qty && !exponent(r, r->qty_exp, row, &exp)))
		return RP_ERR_USAGE;
	text->text = buf;
	if (a->field->type == RP_ARROW_INT) {
		text->len = (uint32_t)rp_text_decimal(
		    buf, rp_arrow_i64(a, at), exp, RP_DIGITS_KEEP);
		return RP_OK;
	}
	memcpy(&v, a->values + at * sizeof(v), sizeof(v));
	if (exp < 2 * RP_EXP_MIN || exp > 2 * RP_EXP_MAX)
		return RP_ERR_LIMIT;
	text->len = (uint32_t)rp_wide_format(buf, v, exp, RP_DIGITS_KEEP);
	return RP_OK;
}

/* The text of a member, from the place of an array. */
static enum rp_status
put_text(struct rp_arrow_rows *r, struct rp_arrow_shape *shape, size_t i,
    const struct rp_arrow_array *a, uint64_t at)
{
	const struct rp_arrow_origin *o = &shape->origins[i];
	struct rp_json_member *m = &shape->members[i];
	struct rp_flat_text text;
	enum rp_status st;

	st = o->px || o->qty ? put_mantissa(r, o, a, at, shape->texts[i], &text)
			     : rp_arrow_cell(&r->source, a, at, shape->texts[i],
				   o->bytes ? &shape->hex[i] : NULL, &text);
	m->text = st == RP_OK ? text.text : NULL;
	m->len = st == RP_OK ? text.len : 0;
	return st == RP_EMPTY ? RP_OK : st;
}

/* What put_text said of a member. */
static enum rp_status
bad_member(struct rp_arrow_rows *r, struct rp_import *im,
    const struct rp_arrow_shape *shape, size_t i, enum rp_status st)
{
	const struct rp_json_member *m = &shape->members[i];
	const int len = m->key_len < 60 ? (int)m->key_len : 60;

	if (st == RP_ERR_LIMIT)
		return reject(r, im, "%.*s: it is out of range", len, m->key);
	if (st == RP_ERR_USAGE)
		return reject(
		    r, im, "%.*s: there is no exponent for it", len, m->key);
	return rp_arrow_cell_failed(&r->source, im,
	    &r->source.batch.arrays[shape->origins[i].column], st);
}

/* The levels of the row, side by side; those that it has not are absent. */
static enum rp_status
put_levels(struct rp_arrow_rows *r, struct rp_arrow_shape *shape, size_t side,
    size_t *i)
{
	const struct rp_arrow_levels *l = &r->levels[side];
	const struct rp_arrow_array *arrays = r->source.batch.arrays;
	const size_t end = *i + 3 * (size_t)shape->n_levels[side];
	uint64_t at = 0, stop = 0;
	enum rp_status st = RP_OK;

	if (l->list != RP_ARROW_NONE &&
	    rp_arrow_is_valid(&arrays[l->list], r->source.row)) {
		at = rp_arrow_offset(&arrays[l->list], r->source.row);
		stop = rp_arrow_offset(&arrays[l->list], r->source.row + 1);
	}
	for (; st == RP_OK && *i < end; at++)
		for (size_t k = 0; k < 3 && st == RP_OK; k++, ++*i) {
			struct rp_json_member *m = &shape->members[*i];
			const uint32_t part = l->parts[k];

			m->text = NULL;
			m->len = 0;
			if (at >= stop)
				continue;
			if (part != RP_ARROW_NONE)
				st = put_text(r, shape, *i, &arrays[part], at);
			/* its orders say that a level is there */
			if (st == RP_OK && k == 2 && m->text == NULL) {
				m->text = "0";
				m->len = 1;
			}
		}
	if (st != RP_OK)
		--*i;
	return st;
}

/* The texts of all members. RP_EMPTY: the row is bad, and rejected. */
static enum rp_status
put_texts(
    struct rp_arrow_rows *r, struct rp_arrow_shape *shape, struct rp_import *im)
{
	const struct rp_arrow_array *arrays = r->source.batch.arrays;
	enum rp_status st = RP_OK;
	size_t i;

	for (i = 1; i < shape->n_columns; i++) {
		if (shape->origins[i].column == RP_ARROW_NONE)
			continue;
		st = put_text(r, shape, i, &arrays[shape->origins[i].column],
		    r->source.row);
		if (st != RP_OK)
			break;
	}
	for (size_t side = 0; st == RP_OK && side < 2; side++)
		st = put_levels(r, shape, side, &i);
	if (st == RP_OK)
		return RP_OK;
	st = bad_member(r, im, shape, i, st);
	return st == RP_OK ? RP_EMPTY : st;
}

/* A column that is none of the type's fields, but holds something. */
static const struct rp_arrow_field *
find_other(const struct rp_arrow_rows *r, const struct rp_arrow_shape *shape)
{
	const struct rp_arrow_array *arrays = r->source.batch.arrays;

	for (size_t i = 0; i < shape->n_others; i++) {
		const struct rp_arrow_array *a = &arrays[shape->others[i]];

		if (a->field->type != RP_ARROW_NULL &&
		    rp_arrow_is_valid(a, r->source.row))
			return a->field;
	}
	return NULL;
}

/* The shape of the row at hand. RP_EMPTY: it has none, and is rejected. */
static enum rp_status
find_shape(struct rp_arrow_rows *r, struct rp_import *im,
    struct rp_arrow_shape **shape)
{
	const struct rp_arrow_array *arrays = r->source.batch.arrays;
	uint16_t type = (uint16_t)r->type;
	char buf[RP_ARROW_TEXT_ROOM];
	struct rp_flat_text text;
	enum rp_status st;

	if (r->type == RP_ARROW_NONE) {
		st = rp_arrow_cell(&r->source, &arrays[r->type_at],
		    r->source.row, buf, NULL, &text);
		if (st == RP_ERR_CORRUPT)
			return rp_arrow_cell_failed(
			    &r->source, im, &arrays[r->type_at], st);
		if (st != RP_OK)
			st = reject(r, im, "it has no type");
		else if (!rp_type_by_name(text.text, text.len, &type))
			st = reject(r, im, "'%.*s' is no type of records",
			    text.len < 60 ? (int)text.len : 60, text.text);
		else
			st = RP_END;
		if (st != RP_END)
			return st == RP_OK ? RP_EMPTY : st;
	}
	*shape = rp_arrow_shape_of(r, type,
	    r->raw_at != RP_ARROW_NONE &&
		rp_arrow_is_valid(&arrays[r->raw_at], r->source.row));
	if (*shape == NULL)
		return rp_import_no_memory(im);
	if ((*shape)->why[0] == '\0')
		return RP_OK;
	st = reject(r, im, "%s", (*shape)->why);
	return st == RP_OK ? RP_EMPTY : st;
}

/* The length of the payload, where a column says it. */
static void
tell_length(const struct rp_arrow_rows *r, struct rp_arrow_shape *shape)
{
	const struct rp_arrow_array *a;
	int64_t len;

	shape->compose.told = false;
	if (r->len_at == RP_ARROW_NONE)
		return;
	a = &r->source.batch.arrays[r->len_at];
	if (!rp_arrow_is_valid(a, r->source.row))
		return;
	len = rp_arrow_i64(a, r->source.row);
	shape->compose.told = true;
	shape->compose.told_len =
	    len < 0 || len > UINT32_MAX ? UINT32_MAX : (uint32_t)len;
}

static enum rp_status
put_row(struct rp_arrow_rows *r, struct rp_import *im)
{
	struct rp_arrow_shape *shape = NULL;
	const struct rp_arrow_field *other;
	struct rp_error err = { 0 };
	struct rp_label *schema;
	struct rp_record *rec;
	enum rp_status st;

	if ((st = find_shape(r, im, &shape)) != RP_OK)
		return st == RP_EMPTY ? RP_OK : st;
	if ((other = find_other(r, shape)) != NULL)
		return reject(r, im, "type %s has no field '%.*s'",
		    shape->members[0].text,
		    other->name.len < 60 ? (int)other->name.len : 60,
		    other->name.text);
	if ((st = put_texts(r, shape, im)) != RP_OK)
		return st == RP_EMPTY ? RP_OK : st;
	tell_length(r, shape);
	st = rp_compose_record(
	    &shape->compose, shape->members, shape->n, &rec, &err);
	if (st == RP_ERR_NOMEM)
		return rp_import_no_memory(im);
	if (st != RP_OK)
		return reject(r, im, "%s", err.text);
	schema = shape->compose.schema != NULL
	    ? shape->compose.schema
	    : rp_schema_kept(&r->schemas, rec);
	if (rp_writer_add_of(im->out, rec, shape->compose.symbol,
		shape->compose.source, schema) != RP_OK)
		return rp_import_write_failed(im);
	im->records++;
	return RP_OK;
}

/* The most levels of any row, of both sides. */
static enum rp_status
count_levels(struct rp_arrow_rows *r, struct rp_import *im)
{
	for (size_t side = 0; side < 2; side++) {
		const struct rp_arrow_levels *l = &r->levels[side];
		const struct rp_arrow_array *a;
		uint64_t most = 0, n;

		r->n_levels[side] = 0;
		if (l->list == RP_ARROW_NONE)
			continue;
		a = &r->source.batch.arrays[l->list];
		for (uint64_t i = 0; i < a->rows; i++) {
			n = rp_arrow_offset(a, i + 1) - rp_arrow_offset(a, i);
			most = n > most ? n : most;
		}
		if (most > MAX_LEVELS)
			return rp_arrow_fail(&r->source, im, RP_ERR_LIMIT,
			    "a book of %llu levels; more than %d are not read",
			    (unsigned long long)most, MAX_LEVELS);
		r->n_levels[side] = (uint32_t)most;
	}
	return RP_OK;
}

enum rp_status
rp_arrow_rows_batch(struct rp_arrow_rows *r, struct rp_import *im)
{
	struct rp_arrow_source *s = &r->source;
	enum rp_status st = count_levels(r, im);

	for (s->row = 0; st == RP_OK && s->row < s->batch.rows; s->row++)
		st = put_row(r, im);
	return st;
}
