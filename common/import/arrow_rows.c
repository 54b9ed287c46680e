#include "import/arrow_rows.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/decimal.h"
#include "import/names.h"
#include "types/text.h"

/* Levels of a side: the members' keys have room for so many. */
#define MAX_LEVELS 65536

static void
forget(struct rp_arrow_rows *r)
{
	for (size_t i = 0; i < r->n_shapes; i++)
		rp_arrow_shape_free(r->shapes[i]);
	r->n_shapes = 0;
	r->recent = NULL;
	r->type = r->type_at = RP_ARROW_NONE;
	r->raw_at = r->len_at = RP_ARROW_NONE;
	r->px_exp = r->qty_exp = RP_ARROW_NONE;
	r->levels[0].list = r->levels[1].list = RP_ARROW_NONE;
	r->n_levels[0] = r->n_levels[1] = 0;
	r->exact = false;
}

void
rp_arrow_rows_free(struct rp_arrow_rows *r)
{
	forget(r);
	free(r->shapes);
	rp_labels_free(&r->symbols);
	rp_labels_free(&r->sources);
	rp_arrow_source_free(&r->source);
}

/* ---- schemas ---- */

static bool
name_is(const struct rp_arrow_field *f, const char *text)
{
	return f->name.len == strlen(text) &&
	    memcmp(f->name.text, text, f->name.len) == 0;
}

/* The field of this name within a struct, or NONE. */
static uint32_t
find_part(const struct rp_arrow_field *fields, uint32_t at, const char *name,
    const char *also)
{
	const uint32_t end = at + fields[at].span;

	for (uint32_t i = at + 1; i < end; i += fields[i].span)
		if (name_is(&fields[i], name) || name_is(&fields[i], also))
			return i;
	return RP_ARROW_NONE;
}

/* Is column i the levels of a side, a list of structs? */
static bool
find_levels(struct rp_arrow_rows *r, uint32_t i)
{
	const struct rp_arrow_field *fields = r->source.schema.fields;
	const struct rp_arrow_field *f = &fields[i];
	struct rp_arrow_levels *l = &r->levels[name_is(f, "asks")];

	if ((!name_is(f, "bids") && !name_is(f, "asks")) || f->dictionary ||
	    (f->type != RP_ARROW_LIST && f->type != RP_ARROW_LARGE_LIST) ||
	    f[1].type != RP_ARROW_STRUCT || f[1].dictionary)
		return false;
	l->list = i;
	l->parts[0] = find_part(fields, i + 1, "price", "px");
	l->parts[1] = find_part(fields, i + 1, "size", "sz");
	l->parts[2] = find_part(fields, i + 1, "orders", "ct");
	return true;
}

static enum rp_status
want(struct rp_arrow_rows *r, struct rp_import *im, uint32_t column)
{
	const struct rp_flat_text *name = &r->source.schema.fields[column].name;
	const char *why = NULL;

	switch (rp_arrow_want(&r->source, column, &why)) {
	case RP_OK:
		return RP_OK;
	case RP_ERR_UNSUPPORTED:
		return rp_arrow_fail(&r->source, im, RP_ERR_UNSUPPORTED,
		    "column '%.*s' is of a type that is not read: %s",
		    name->len < 60 ? (int)name->len : 60, name->text, why);
	default:
		return rp_import_no_memory(im);
	}
}

static enum rp_status
want_levels(struct rp_arrow_rows *r, struct rp_import *im,
    const struct rp_arrow_levels *l)
{
	struct rp_arrow_array *arrays = r->source.batch.arrays;
	enum rp_status st = RP_OK;

	arrays[l->list].wanted = arrays[l->list + 1].wanted = true;
	for (size_t k = 0; st == RP_OK && k < 3; k++)
		if (l->parts[k] != RP_ARROW_NONE)
			st = want(r, im, l->parts[k]);
	return st;
}

/* Note a column that is more than a field. */
static void
note_column(struct rp_arrow_rows *r, uint32_t i)
{
	const struct rp_arrow_field *f = &r->source.schema.fields[i];

	if (find_levels(r, i))
		return;
	if (name_is(f, "type"))
		r->type_at = i;
	else if (name_is(f, "raw"))
		r->raw_at = i;
	else if (name_is(f, RP_ARROW_COLUMN_LEN) && f->type == RP_ARROW_INT &&
	    !f->dictionary)
		r->len_at = i;
	else if (name_is(f, "px_exp"))
		r->px_exp = i;
	else if (name_is(f, "qty_exp"))
		r->qty_exp = i;
}

static enum rp_status
want_all(struct rp_arrow_rows *r, struct rp_import *im)
{
	const struct rp_arrow_schema *s = &r->source.schema;
	enum rp_status st = RP_OK;

	for (uint32_t i = 0; st == RP_OK && i < s->n; i += s->fields[i].span)
		st = i == r->levels[0].list  ? want_levels(r, im, &r->levels[0])
		    : i == r->levels[1].list ? want_levels(r, im, &r->levels[1])
					     : want(r, im, i);
	return st;
}

/* The names of columns that are fields, or should be. */
static enum rp_status
list_names(const struct rp_arrow_rows *r, struct rp_buffer *names)
{
	static const char *const others[] = { "raw", "tail", "payload" };
	const struct rp_arrow_schema *s = &r->source.schema;

	for (uint32_t i = 0; i < s->n; i += s->fields[i].span) {
		const struct rp_flat_text *name = &s->fields[i].name;
		const struct rp_cell cell = {
			name->text != NULL ? name->text : "", name->len
		};
		bool other = i == r->len_at || i == r->levels[0].list ||
		    i == r->levels[1].list;

		for (size_t k = 0; k < RP_LEN(others); k++)
			other |= rp_cell_is(&cell, others[k]);
		if (!other &&
		    rp_buffer_add(names, &cell, sizeof(cell)) != RP_OK)
			return RP_ERR_NOMEM;
	}
	return RP_OK;
}

/* The type of all rows: the schema says it, or a column of each, or its
 * columns are those of one alone. */
static enum rp_status
find_type(struct rp_arrow_rows *r, struct rp_import *im,
    const struct rp_cell *names, size_t n)
{
	const struct rp_flat_text said =
	    rp_arrow_schema_get(&r->source.schema, RP_ARROW_KEY_TYPE);
	const bool book = r->levels[0].list != RP_ARROW_NONE ||
	    r->levels[1].list != RP_ARROW_NONE;
	const struct rp_type *t;
	char which[200] = "";
	uint16_t id;

	if (r->type_at != RP_ARROW_NONE)
		return RP_OK;
	if (said.text != NULL) {
		if (!rp_type_by_name(said.text, said.len, &id))
			return rp_arrow_fail(&r->source, im, RP_ERR_UNSUPPORTED,
			    "its records are of type '%.*s', which is none",
			    said.len < 60 ? (int)said.len : 60, said.text);
		r->type = id;
		return RP_OK;
	}
	t = book ? rp_type_by_id(RP_BOOK)
		 : rp_names_type(names, n, which, sizeof(which));
	if (t == NULL)
		return rp_arrow_fail(&r->source, im, RP_ERR_UNSUPPORTED,
		    which[0] == '\0'
			? "no record type has all these columns%s"
			: "the columns could be of %s: say which in a column "
			  "type, or by --mapping",
		    which);
	r->type = t->id;
	return RP_OK;
}

static enum rp_status
check_names(struct rp_arrow_rows *r, struct rp_import *im)
{
	struct rp_buffer buffer = { 0 };
	const struct rp_cell *names;
	enum rp_status st;
	size_t n, unknown;

	if (list_names(r, &buffer) != RP_OK) {
		st = rp_import_no_memory(im);
	} else {
		names = (const struct rp_cell *)(const void *)buffer.data;
		n = buffer.len / sizeof(*names);
		unknown = rp_names_unknown(names, n);
		st = unknown == n
		    ? find_type(r, im, names, n)
		    : rp_arrow_fail(&r->source, im, RP_ERR_UNSUPPORTED,
			  "'%.*s' is no field of a record (--mapping FILE can "
			  "say what it is)",
			  names[unknown].len < 60 ? (int)names[unknown].len
						  : 60,
			  names[unknown].text);
	}
	rp_buffer_free(&buffer);
	return st;
}

enum rp_status
rp_arrow_rows_schema(struct rp_arrow_rows *r, struct rp_import *im)
{
	const struct rp_arrow_schema *s = &r->source.schema;
	const struct rp_flat_text said =
	    rp_arrow_schema_get(s, RP_ARROW_KEY_DECIMALS);
	struct rp_arrow_shape *shape;
	enum rp_status st;

	forget(r);
	r->exact = said.len == 5 && memcmp(said.text, "exact", 5) == 0;
	for (uint32_t i = 0; i < s->n; i += s->fields[i].span)
		note_column(r, i);
	if ((st = check_names(r, im)) != RP_OK ||
	    (st = want_all(r, im)) != RP_OK || r->type == RP_ARROW_NONE)
		return st;
	shape = rp_arrow_shape_of(r, (uint16_t)r->type, false);
	if (shape == NULL)
		return rp_import_no_memory(im);
	if (shape->why[0] != '\0' || shape->n_others > 0)
		return rp_arrow_fail(&r->source, im, RP_ERR_UNSUPPORTED, "%s",
		    shape->why[0] != '\0' ? shape->why
					  : "a column is of another type");
	return RP_OK;
}

/* ---- rows ---- */

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

	st = o->px || o->qty
	    ? put_mantissa(r, o, a, at, shape->texts[i], &text)
	    : rp_arrow_cell(&r->source, a, at, shape->texts[i], &text);
	m->text = st == RP_OK ? text.text : NULL;
	m->len = st == RP_OK ? text.len : 0;
	return st == RP_EMPTY ? RP_OK : st;
}

/* What put_text said of a member. */
static enum rp_status
bad_member(struct rp_arrow_rows *r, struct rp_import *im,
    const struct rp_json_member *m, enum rp_status st)
{
	const int len = m->key_len < 60 ? (int)m->key_len : 60;

	if (st == RP_ERR_CORRUPT)
		return rp_arrow_fail(&r->source, im, st,
		    "row %llu of column '%.*s' names an entry that its "
		    "dictionary has not",
		    (unsigned long long)r->source.row + 1, len, m->key);
	return reject(r, im,
	    st == RP_ERR_LIMIT ? "%.*s: it is out of range"
			       : "%.*s: there is no exponent for it",
	    len, m->key);
}

/* Bytes that the hex digits of a row take; they may not move. */
static bool
make_hex_room(const struct rp_arrow_rows *r, struct rp_arrow_shape *shape)
{
	char buf[RP_ARROW_TEXT_ROOM];
	struct rp_flat_text text;
	size_t room = 0;

	for (size_t i = 1; i < shape->n_columns; i++)
		if (shape->origins[i].bytes &&
		    rp_arrow_cell(&r->source,
			&r->source.batch.arrays[shape->origins[i].column],
			r->source.row, buf, &text) == RP_OK)
			room += 2 * (size_t)text.len;
	shape->hex.len = 0;
	return rp_buffer_reserve(&shape->hex, room + 1) == RP_OK;
}

static void
to_hex(struct rp_arrow_shape *shape, struct rp_json_member *m)
{
	char *p = (char *)shape->hex.data + shape->hex.len;

	if (m->text == NULL)
		return;
	m->len = (uint32_t)rp_text_hex(p, m->text, m->len);
	m->text = p;
	shape->hex.len += m->len;
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

	if (shape->has_bytes && !make_hex_room(r, shape))
		return rp_import_no_memory(im);
	for (i = 1; i < shape->n_columns; i++) {
		st = put_text(r, shape, i, &arrays[shape->origins[i].column],
		    r->source.row);
		if (st != RP_OK)
			break;
		if (shape->origins[i].bytes)
			to_hex(shape, &shape->members[i]);
	}
	for (size_t side = 0; st == RP_OK && side < 2; side++)
		st = put_levels(r, shape, side, &i);
	if (st == RP_OK)
		return RP_OK;
	st = bad_member(r, im, &shape->members[i], st);
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
		st = rp_arrow_cell(
		    &r->source, &arrays[r->type_at], r->source.row, buf, &text);
		if (st != RP_OK ||
		    !rp_type_by_name(text.text, text.len, &type)) {
			st = reject(r, im,
			    st == RP_OK ? "'%.*s' is no type of records"
					: "it has no type%.*s",
			    st != RP_OK         ? 0
				: text.len < 60 ? (int)text.len
						: 60,
			    st == RP_OK ? text.text : "");
			return st == RP_OK ? RP_EMPTY : st;
		}
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
	if (rp_writer_add(im->out, rec, shape->compose.symbol,
		shape->compose.source) != RP_OK)
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
