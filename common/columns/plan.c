#include "columns/plan.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "types/schema.h"

/* Rows do not move, so there is room for every type that a stream may have. */
#define MAX_ROWS 256

/* How values are encoded or carried, rather than what they say. */
static const char *const details[] = { "px_exp", "qty_exp", "channel", "tflags",
	"send_delta", "instrument_id", "aux", "level_size" };

void
rp_plan_init(struct rp_plan *plan, struct rp_cell_style *style)
{
	memset(plan, 0, sizeof(*plan));
	plan->style = style;
	plan->levels = RP_PLAN_LEVELS;
}

enum rp_status
rp_plan_copy(struct rp_plan *plan, const struct rp_plan *from,
    struct rp_cell_style *style)
{
	rp_plan_init(plan, style);
	plan->set = from->set;
	plan->aligned = from->aligned;
	plan->features = from->features;
	plan->with_type = from->with_type;
	plan->levels = from->levels;
	return rp_buffer_add(&plan->names, from->names.data, from->names.len);
}

static void
row_free(struct rp_row *row)
{
	for (size_t i = 0; i < row->n; i++)
		rp_cell_free(&row->cells[i]);
	free(row->cells);
	free(row->names);
	free(row->level_names);
	free(row->value_names);
}

void
rp_plan_free(struct rp_plan *plan)
{
	for (size_t i = 0; i < plan->n_rows; i++)
		row_free(&plan->rows[i]);
	free(plan->rows);
	rp_buffer_free(&plan->names);
	memset(plan, 0, sizeof(*plan));
}

/* ---- names ---- */

static size_t
n_names(const struct rp_plan *plan)
{
	return plan->names.len / sizeof(struct rp_column_name);
}

static const struct rp_column_name *
names(const struct rp_plan *plan)
{
	return (const struct rp_column_name *)plan->names.data;
}

static enum rp_status
add_name(
    struct rp_plan *plan, const char *text, size_t len, struct rp_error *err)
{
	const struct rp_column_name name = { text, len }, *known = names(plan);

	if (len == 0)
		return rp_error_set(err, RP_ERR_USAGE, "empty column name");
	for (size_t i = 0; i < n_names(plan); i++)
		if (known[i].len == len &&
		    memcmp(known[i].text, text, len) == 0)
			return rp_error_set(err, RP_ERR_USAGE,
			    "column '%.*s' is named twice", (int)len, text);
	if (rp_buffer_add(&plan->names, &name, sizeof(name)) != RP_OK)
		return rp_error_no_memory(err);
	return RP_OK;
}

enum rp_status
rp_plan_add(struct rp_plan *plan, const char *list, struct rp_error *err)
{
	enum rp_status st;
	size_t len;

	if (strcmp(list, "all") == 0) {
		plan->set = RP_COLUMNS_ALL;
		return RP_OK;
	}
	plan->set = RP_COLUMNS_NAMED;
	for (;; list += len + 1) {
		len = strcspn(list, ",");
		if ((st = add_name(plan, list, len, err)) != RP_OK)
			return st;
		if (list[len] == '\0')
			return RP_OK;
	}
}

/* Can it be but a feature's? */
static bool
is_guess(const char *name, size_t len)
{
	return rp_schema_is_name(name, len) && !rp_schema_is_known(name, len);
}

bool
rp_plan_guess(
    const struct rp_plan *plan, size_t i, const char **name, size_t *len)
{
	const struct rp_column_name *known = names(plan);

	for (size_t k = 0; plan->features && k < n_names(plan); k++) {
		*name = known[k].text;
		*len = known[k].len;
		if (is_guess(*name, *len) && i-- == 0)
			return true;
	}
	return false;
}

/* A field of a type; of one without a table, the header's and its payload. */
static bool
find(const struct rp_plan *plan, uint16_t type, const char *name, size_t len,
    struct rp_field *out)
{
	static const struct rp_field payload = { .name = "payload",
		.kind = RP_KIND_BYTES };
	const struct rp_type *t = rp_type_by_id(type);

	if (rp_type_field(t, name, len, out) ||
	    (plan->features && rp_schema_field(t, name, len, out)))
		return true;
	if (t != NULL || len != strlen(payload.name) ||
	    memcmp(name, payload.name, len) != 0)
		return false;
	*out = payload;
	return true;
}

enum rp_status
rp_plan_check(const struct rp_plan *plan,
    bool (*wanted)(const void *, uint16_t), const void *arg,
    struct rp_error *err)
{
	const struct rp_column_name *name = names(plan);
	struct rp_field field;
	bool found;

	if (plan->set != RP_COLUMNS_NAMED)
		return RP_OK;
	for (size_t i = 0; i < n_names(plan); i++, name++) {
		/* 0 stands for the types without a table */
		found = find(plan, 0, name->text, name->len, &field);
		for (size_t k = 0; !found && k < rp_n_types; k++)
			found = wanted(arg, rp_types[k]->id) &&
			    rp_type_field(
				rp_types[k], name->text, name->len, &field);
		found |= plan->features && wanted(arg, RP_FEATURE) &&
		    is_guess(name->text, name->len);
		if (!found)
			return rp_error_set(err, RP_ERR_USAGE,
			    "no record has a field '%.*s' (rp-types(5) lists "
			    "them)",
			    (int)name->len, name->text);
	}
	return RP_OK;
}

/* ---- rows ---- */

static enum rp_status
add_cell(struct rp_row *row, const struct rp_plan *plan,
    const struct rp_field *field, const char *name, size_t len)
{
	enum rp_status st;

	row->names[row->n] = (struct rp_column_name){ name, len };
	st = rp_cell_init(&row->cells[row->n], field, plan->style);
	row->room += row->cells[row->n].room + 1;
	row->has_bytes |= field != NULL &&
	    (field->kind == RP_KIND_BYTES || field->kind == RP_KIND_TEXT);
	row->n++;
	return st;
}

static enum rp_status
add_named(struct rp_row *row, const struct rp_plan *plan)
{
	const struct rp_column_name *name = names(plan);
	enum rp_status st = RP_OK;
	struct rp_field field;
	bool has;

	for (size_t i = 0; st == RP_OK && i < n_names(plan); i++) {
		has = find(plan, row->type, name[i].text, name[i].len, &field);
		if (has || plan->aligned)
			st = add_cell(row, plan, has ? &field : NULL,
			    name[i].text, name[i].len);
	}
	return st;
}

/* Are a feature's values columns of their own, rather than bytes? */
static bool
has_values(const struct rp_plan *plan, const struct rp_type *t)
{
	return t != NULL && t->id == RP_FEATURE &&
	    plan->set == RP_COLUMNS_DEFAULT && plan->style->frame != NULL &&
	    plan->style->frame->n_schemas > 0;
}

/* What is seen of a book may be stale, crossed or partial: not to be missed. */
static bool
is_view(const struct rp_type *t)
{
	return t != NULL &&
	    (t->id == RP_BBO || t->id == RP_BOOK || t->id == RP_FEATURE ||
		t->id == RP_BAR);
}

static bool
is_detail(const struct rp_plan *plan, const struct rp_type *t,
    const struct rp_field *field)
{
	if (is_view(t) && field->off == RP_EV_TFLAGS &&
	    field->kind == RP_KIND_FLAGS)
		return false;
	if (has_values(plan, t) &&
	    (field->kind == RP_KIND_BYTES ||
		strcmp(field->name, "schema") == 0 ||
		strcmp(field->name, "n") == 0))
		return true;
	if (field->kind == RP_KIND_TYPE)
		return !plan->with_type;
	for (size_t i = 0; i < RP_LEN(details); i++)
		if (strcmp(field->name, details[i]) == 0)
			return true;
	/* what only later or foreign writers append */
	return t != NULL && t->len > 0 && field->off >= t->len &&
	    field->kind != RP_KIND_TEXT;
}

static enum rp_status
add_fields(struct rp_row *row, const struct rp_plan *plan,
    const struct rp_type *t, const struct rp_field *fields, size_t n)
{
	enum rp_status st = RP_OK;

	for (size_t i = 0; st == RP_OK && i < n; i++)
		if (plan->set == RP_COLUMNS_ALL ||
		    !is_detail(plan, t, &fields[i]))
			st = add_cell(row, plan, &fields[i], fields[i].name,
			    strlen(fields[i].name));
	return st;
}

#define LEVEL_NAME 10 /* bytes of "bid_px_00" and its end */
#define LEVEL_FIELDS 6

/* bid_px_00 to ask_ct_09, as Databento writes them. */
static enum rp_status
add_levels(
    struct rp_row *row, const struct rp_plan *plan, const struct rp_type *t)
{
	static const char *const parts[LEVEL_FIELDS] = { "bid_px", "ask_px",
		"bid_sz", "ask_sz", "bid_ct", "ask_ct" };
	enum rp_status st = RP_OK;
	struct rp_field field;
	char *name;

	name = row->level_names =
	    malloc((size_t)plan->levels * LEVEL_FIELDS * LEVEL_NAME + 1);
	if (name == NULL)
		return RP_ERR_NOMEM;
	for (unsigned i = 0; i < plan->levels; i++)
		for (size_t k = 0; k < LEVEL_FIELDS; k++) {
			snprintf(name, LEVEL_NAME, "%.6s_%02u", parts[k],
			    i % RP_PLAN_MAX_LEVELS);
			if (!rp_type_field(t, name, strlen(name), &field))
				continue;
			st = add_cell(row, plan, &field, name, strlen(name));
			if (st != RP_OK)
				return st;
			name += LEVEL_NAME;
		}
	return RP_OK;
}

/* Is there a column of this name? */
static bool
has_column(const struct rp_row *row, const struct rp_schema_item *item)
{
	for (size_t i = 0; i < row->n; i++)
		if (row->names[i].len == item->len &&
		    memcmp(row->names[i].text, item->name, item->len) == 0)
			return true;
	return false;
}

/* Columns of features that a row may have: a frame may name millions. */
#define MAX_VALUES 1000

/* Names of features in the schemas of a frame, and their bytes. */
static size_t
count_values(const struct rp_frame *f, size_t *bytes)
{
	struct rp_schema_item item;
	const char *p;
	size_t n = 0;

	*bytes = 0;
	for (uint32_t i = 0; f != NULL && i < f->n_names; i++) {
		if (f->names[i].class != RP_NAME_SCHEMA)
			continue;
		p = f->names[i].text;
		while (
		    n < MAX_VALUES && rp_schema_next(&f->names[i], &p, &item)) {
			n++;
			*bytes += item.len + 1;
		}
	}
	return n;
}

/* A column for each name in a schema, of those that the frame in hand has. */
static enum rp_status
add_values(struct rp_row *row, const struct rp_plan *plan)
{
	const struct rp_frame *f = plan->style->frame;
	struct rp_field field = { .kind = RP_KIND_VALUE };
	struct rp_schema_item item;
	enum rp_status st = RP_OK;
	const char *p;
	size_t bytes, left = count_values(f, &bytes);
	char *name;

	if (left == 0)
		return RP_OK;
	if ((name = row->value_names = malloc(bytes)) == NULL)
		return RP_ERR_NOMEM;
	for (uint32_t i = 0; i < f->n_names; i++) {
		if (f->names[i].class != RP_NAME_SCHEMA)
			continue;
		p = f->names[i].text;
		while (st == RP_OK && left > 0 &&
		    rp_schema_next(&f->names[i], &p, &item)) {
			left--;
			if (has_column(row, &item))
				continue;
			memcpy(name, item.name, item.len);
			name[item.len] = '\0';
			field.name = name;
			field.size = (uint8_t)item.len;
			st = add_cell(row, plan, &field, name, item.len);
			name += item.len + 1;
		}
	}
	return st;
}

void
rp_hidden_look(struct rp_hidden *h, const struct rp_plan *plan,
    const struct rp_row *row, const struct rp_frame *f,
    const struct rp_record *rec)
{
	const struct rp_label *schema;
	struct rp_schema_item item;
	uint64_t hash;
	const char *p;

	/* other rows have the values as they are, or those that were named */
	if (plan->set != RP_COLUMNS_DEFAULT || row->value_names == NULL ||
	    rec->type != RP_FEATURE ||
	    rec->len < sizeof(struct rp_feature_head))
		return;
	hash = rp_le64(rec->payload + offsetof(struct rp_feature_head, schema));
	if (hash != h->schema && (schema = rp_schema_of(f, rec)) != NULL) {
		h->schema = hash;
		h->hides = false;
		p = schema->text;
		while (!h->hides && rp_schema_next(schema, &p, &item))
			h->hides = !has_column(row, &item);
	}
	h->n += hash == h->schema && h->hides;
}

static enum rp_status
add_own(struct rp_row *row, const struct rp_plan *plan)
{
	const struct rp_type *t = rp_type_by_id(row->type);
	struct rp_field payload;
	enum rp_status st;

	st = add_fields(row, plan, NULL, rp_header_fields, RP_HEADER_FIELDS);
	if (st != RP_OK)
		return st;
	if (t == NULL)
		return find(plan, row->type, "payload", 7, &payload)
		    ? add_cell(row, plan, &payload, "payload", 7)
		    : RP_OK;
	st = add_fields(row, plan, t, t->fields, t->n_fields);
	if (st == RP_OK && t->id == RP_BOOK)
		st = add_levels(row, plan, t);
	if (st == RP_OK && has_values(plan, t))
		st = add_values(row, plan);
	return st;
}

/* Cells that a row may have at most. */
static size_t
capacity(const struct rp_plan *plan, uint16_t type)
{
	const struct rp_type *t = rp_type_by_id(type);
	size_t bytes;

	return n_names(plan) + RP_HEADER_FIELDS + 1 +
	    (t != NULL ? t->n_fields : 0) +
	    (has_values(plan, t) ? count_values(plan->style->frame, &bytes)
				 : 0) +
	    (type == RP_BOOK ? LEVEL_FIELDS * plan->levels : 0);
}

struct rp_row *
rp_plan_make_row(struct rp_plan *plan, uint16_t type)
{
	struct rp_row *row;
	size_t n;

	for (size_t i = 0; i < plan->n_rows; i++)
		if (plan->rows[i].type == type)
			return plan->recent = &plan->rows[i];
	if (plan->rows == NULL)
		plan->rows = calloc(MAX_ROWS, sizeof(*plan->rows));
	if (plan->rows == NULL || plan->n_rows == MAX_ROWS)
		return NULL;
	row = &plan->rows[plan->n_rows++];
	row->type = type;
	n = capacity(plan, type);
	row->cells = calloc(n, sizeof(*row->cells));
	row->names = calloc(n, sizeof(*row->names));
	if (row->cells == NULL || row->names == NULL)
		return NULL;
	if ((plan->set == RP_COLUMNS_NAMED ? add_named(row, plan)
					   : add_own(row, plan)) != RP_OK)
		return NULL;
	return plan->recent = row;
}
