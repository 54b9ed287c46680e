/* What the columns of a schema are to a record type. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "import/arrow_rows.h"
#include "types/schema.h"

void
rp_arrow_shape_free(struct rp_arrow_shape *shape)
{
	if (shape == NULL)
		return;
	rp_compose_free(&shape->compose);
	for (size_t i = 0; shape->hex != NULL && i < shape->n_columns; i++)
		rp_buffer_free(&shape->hex[i]);
	free(shape->hex);
	rp_buffer_free(&shape->names);
	rp_buffer_free(&shape->schema);
	free(shape->members);
	free(shape->origins);
	free(shape->texts);
	free(shape->others);
	free(shape);
}

static bool
is_levels(const struct rp_arrow_rows *r, uint32_t column)
{
	return column == r->levels[0].list || column == r->levels[1].list;
}

/* A payload as bytes: what compose.h knows that is no field. */
static bool
is_payload(const struct rp_flat_text *name, const struct rp_type *t)
{
	const struct rp_json_member m = { .key = name->text,
		.key_len = name->len };

	return rp_member_is(&m, "raw") ||
	    rp_member_is(&m, t != NULL ? "tail" : "payload");
}

/* How a column's values become the text of a field. */
static struct rp_arrow_origin
origin_of(const struct rp_arrow_rows *r, uint32_t column,
    const struct rp_field *field)
{
	const struct rp_arrow_field *f = &r->source.schema.fields[column];
	struct rp_arrow_origin o = { .column = column };
	bool whole = f->type == RP_ARROW_INT ||
	    (f->type == RP_ARROW_DECIMAL && f->width == 16 && f->scale == 0);

	if (field->kind == RP_KIND_BYTES)
		o.bytes = rp_arrow_is_binary(f);
	if (!r->exact || !whole || f->dictionary)
		return o;
	o.px = field->kind == RP_KIND_PRICE ||
	    field->kind == RP_KIND_LEVEL_PX || field->kind == RP_KIND_TURNOVER;
	o.qty = field->kind == RP_KIND_SIZE ||
	    field->kind == RP_KIND_LEVEL_SZ || field->kind == RP_KIND_TURNOVER;
	return o;
}

bool
rp_arrow_is_value(const struct rp_arrow_field *f)
{
	const struct rp_flat_text *name = &f->name;

	return (f->type == RP_ARROW_DECIMAL || f->type == RP_ARROW_INT) &&
	    !f->dictionary && rp_schema_is_name(name->text, name->len) &&
	    !rp_schema_is_known(name->text, name->len);
}

/* Take a column up, as a member or among the others. */
static void
add_column(struct rp_arrow_shape *shape, const struct rp_arrow_rows *r,
    uint32_t column)
{
	const struct rp_arrow_field *f = &r->source.schema.fields[column];
	const struct rp_flat_text *name = &f->name;
	const struct rp_type *t = rp_type_by_id(shape->type);
	struct rp_field field = { .kind = RP_KIND_BYTES };
	bool found = rp_type_field(t, name->text, name->len, &field);

	if (found && field.kind == RP_KIND_TYPE)
		return;
	/* beside a whole payload its fields only say the same */
	if (shape->raw && found && field.kind > RP_KIND_RECORD_FLAGS)
		return;
	if ((column == r->raw_at) != shape->raw && column == r->raw_at)
		return;
	if (!found && !is_payload(name, t) &&
	    !(r->features && rp_arrow_is_value(f))) {
		shape->others[shape->n_others++] = column;
		return;
	}
	shape->members[shape->n] = (struct rp_json_member){
		.key = name->text, .key_len = name->len, .string = true
	};
	shape->origins[shape->n++] = origin_of(r, column, &field);
}

/* The schema of features, as a member: "mid:-3,spread:-2", of the columns that
 * are their values. */
static enum rp_status
add_schema(struct rp_arrow_shape *shape, const struct rp_arrow_rows *r)
{
	const struct rp_arrow_schema *s = &r->source.schema;
	struct rp_buffer *text = &shape->schema;
	char exp[16];

	for (uint32_t i = 0; i < s->n; i += s->fields[i].span) {
		const struct rp_arrow_field *f = &s->fields[i];
		int len = snprintf(exp, sizeof(exp), ":%d",
		    f->type == RP_ARROW_DECIMAL ? -f->scale : 0);

		if (!rp_arrow_is_value(f))
			continue;
		if ((text->len > 0 && rp_buffer_add(text, ",", 1) != RP_OK) ||
		    rp_buffer_add(text, f->name.text, f->name.len) != RP_OK ||
		    rp_buffer_add(text, exp, (size_t)len) != RP_OK)
			return RP_ERR_NOMEM;
	}
	shape->compose.sparse = false;
	shape->members[shape->n] = (struct rp_json_member){ .key = "schema",
		.key_len = 6,
		.text = (const char *)text->data,
		.len = (uint32_t)text->len,
		.string = true };
	shape->origins[shape->n++] =
	    (struct rp_arrow_origin){ .column = RP_ARROW_NONE };
	return RP_OK;
}

/* Room for so many members. */
static bool
make_room(struct rp_arrow_shape *shape, size_t n)
{
	void *p;

	if ((p = reallocarray(shape->members, n, sizeof(*shape->members))) ==
	    NULL)
		return false;
	shape->members = p;
	if ((p = reallocarray(shape->origins, n, sizeof(*shape->origins))) ==
	    NULL)
		return false;
	shape->origins = p;
	if ((p = reallocarray(shape->texts, n, sizeof(*shape->texts))) == NULL)
		return false;
	shape->texts = p;
	return true;
}

/* The price, size or orders (k) of a level, of an array or of none. */
static void
add_level_part(struct rp_arrow_shape *shape, const struct rp_arrow_rows *r,
    uint32_t column, unsigned k, const char *name)
{
	const struct rp_field field = { .kind = RP_KIND_LEVEL_PX + k };

	shape->members[shape->n] = (struct rp_json_member){
		.key = name, .key_len = (uint32_t)strlen(name), .string = true
	};
	shape->origins[shape->n] = (struct rp_arrow_origin){ .column = column };
	if (column != RP_ARROW_NONE)
		shape->origins[shape->n] = origin_of(r, column, &field);
	shape->n++;
}

/* Members for the levels of both sides, behind those of columns: of a level its
 * price, size and orders. */
static enum rp_status
add_levels(struct rp_arrow_shape *shape, const struct rp_arrow_rows *r)
{
	enum { NAME = 16 };
	static const char *const parts[] = { "bid_px_", "bid_sz_", "bid_ct_",
		"ask_px_", "ask_sz_", "ask_ct_" };
	const size_t n = 3 * ((size_t)r->n_levels[0] + r->n_levels[1]);
	char *name;

	shape->n = shape->n_columns;
	if (!make_room(shape, shape->n + n) ||
	    rp_buffer_reserve(&shape->names, NAME * n) != RP_OK)
		return RP_ERR_NOMEM;
	name = (char *)shape->names.data;
	for (size_t side = 0; side < 2; side++)
		for (uint32_t i = 0; i < r->n_levels[side]; i++)
			for (unsigned k = 0; k < 3; k++, name += NAME) {
				snprintf(name, NAME, "%s%02u",
				    parts[3 * side + k], i);
				add_level_part(shape, r,
				    r->levels[side].parts[k], k, name);
			}
	memcpy(shape->n_levels, r->n_levels, sizeof(shape->n_levels));
	return RP_OK;
}

/* The members are complete, or there are other levels: what do they mean? */
static enum rp_status
survey(struct rp_arrow_shape *shape, const struct rp_arrow_rows *r)
{
	enum rp_status st = RP_OK;

	if (shape->type == RP_BOOK && !shape->raw)
		st = add_levels(shape, r);
	shape->why[0] = '\0';
	return st != RP_OK ? st
			   : rp_compose_survey(&shape->compose, shape->members,
				 shape->n, shape->why, sizeof(shape->why));
}

static struct rp_arrow_shape *
make_shape(struct rp_arrow_rows *r, uint16_t type, bool raw)
{
	const struct rp_arrow_schema *s = &r->source.schema;
	struct rp_arrow_shape *shape = calloc(1, sizeof(*shape));
	const char *name;

	if (shape == NULL)
		return NULL;
	shape->type = type;
	shape->raw = raw;
	shape->compose.sparse = true;
	shape->compose.symbols = &r->symbols;
	shape->compose.sources = &r->sources;
	shape->compose.schemas = &r->schemas;
	shape->others = calloc(s->n, sizeof(*shape->others));
	if (shape->others == NULL || !make_room(shape, s->n + 2))
		goto no_memory;
	name = rp_type_name(type, shape->number);
	shape->members[0] = (struct rp_json_member){ .key = "type",
		.key_len = 4,
		.text = name,
		.len = (uint32_t)strlen(name),
		.string = true };
	shape->origins[0] = (struct rp_arrow_origin){ RP_ARROW_NONE, 0, 0, 0 };
	shape->n = 1;
	for (uint32_t i = 0; i < s->n; i += s->fields[i].span)
		if (!is_levels(r, i) && i != r->len_at)
			add_column(shape, r, i);
	if (r->features && type == RP_FEATURE && add_schema(shape, r) != RP_OK)
		goto no_memory;
	shape->n_columns = shape->n;
	if ((shape->hex = calloc(shape->n, sizeof(*shape->hex))) == NULL)
		goto no_memory;
	if (survey(shape, r) == RP_OK)
		return shape;
no_memory:
	rp_arrow_shape_free(shape);
	return NULL;
}

/* Those of a book for the levels of the batch. */
static struct rp_arrow_shape *
fit_levels(struct rp_arrow_shape *shape, const struct rp_arrow_rows *r)
{
	if (shape->type != RP_BOOK || shape->raw ||
	    memcmp(shape->n_levels, r->n_levels, sizeof(r->n_levels)) == 0)
		return shape;
	return survey(shape, r) == RP_OK ? shape : NULL;
}

struct rp_arrow_shape *
rp_arrow_shape_of(struct rp_arrow_rows *r, uint16_t type, bool raw)
{
	struct rp_arrow_shape **grown, *shape;

	if (r->recent != NULL && r->recent->type == type &&
	    r->recent->raw == raw)
		return fit_levels(r->recent, r);
	for (size_t i = 0; i < r->n_shapes; i++)
		if (r->shapes[i]->type == type && r->shapes[i]->raw == raw)
			return fit_levels(r->recent = r->shapes[i], r);
	grown = reallocarray(r->shapes, r->n_shapes + 1, sizeof(*grown));
	if (grown == NULL)
		return NULL;
	r->shapes = grown;
	if ((shape = make_shape(r, type, raw)) == NULL)
		return NULL;
	r->shapes[r->n_shapes++] = shape;
	return r->recent = shape;
}
