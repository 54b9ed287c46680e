/* What the columns of a schema are to all of its rows. */
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "import/arrow_rows.h"
#include "import/names.h"
#include "wire/directory.h"

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
	r->exact = r->features = false;
}

void
rp_arrow_rows_free(struct rp_arrow_rows *r)
{
	forget(r);
	free(r->shapes);
	rp_labels_free(&r->symbols);
	rp_labels_free(&r->sources);
	rp_labels_free(&r->schemas);
	rp_arrow_source_free(&r->source);
}

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
want_levels(struct rp_arrow_rows *r, struct rp_import *im,
    const struct rp_arrow_levels *l)
{
	struct rp_arrow_array *arrays = r->source.batch.arrays;
	enum rp_status st = RP_OK;

	arrays[l->list].wanted = arrays[l->list + 1].wanted = true;
	for (size_t k = 0; st == RP_OK && k < 3; k++)
		if (l->parts[k] != RP_ARROW_NONE)
			st = rp_arrow_want(&r->source, im, l->parts[k]);
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
					     : rp_arrow_want(&r->source, im, i);
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

		other |= r->features && rp_arrow_is_value(&s->fields[i]);
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

/* Features, whose schema is no column, but whose values are. */
static bool
has_features(const struct rp_arrow_schema *s)
{
	const struct rp_flat_text type =
	    rp_arrow_schema_get(s, RP_ARROW_KEY_TYPE);
	bool features = type.len == 7 && memcmp(type.text, "feature", 7) == 0;

	for (uint32_t i = 0; i < s->n; i += s->fields[i].span)
		features &= !name_is(&s->fields[i], "schema");
	return features;
}

/* Schemas that the metadata tell, so that records have the one of their hash. */
static enum rp_status
keep_schemas(struct rp_arrow_rows *r, struct rp_import *im)
{
	const struct rp_flat_text said =
	    rp_arrow_schema_get(&r->source.schema, RP_ARROW_KEY_SCHEMAS);
	const char *p = said.text, *end, *begin;

	if (p == NULL)
		return RP_OK;
	end = p + said.len;
	/* texts in quotes: a schema has nothing that would be escaped */
	while ((begin = memchr(p, '"', (size_t)(end - p))) != NULL &&
	    (p = memchr(begin + 1, '"', (size_t)(end - begin - 1))) != NULL) {
		const size_t len = (size_t)(p++ - ++begin);

		if (rp_name_is_valid(begin, len) &&
		    rp_labels_add(&r->schemas, begin, len) == NULL)
			return rp_import_no_memory(im);
	}
	return RP_OK;
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
	r->features = has_features(s);
	for (uint32_t i = 0; i < s->n; i += s->fields[i].span)
		note_column(r, i);
	if ((st = check_names(r, im)) != RP_OK ||
	    (st = keep_schemas(r, im)) != RP_OK ||
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
