/* Lines of JSON of any shape, by a mapping whose columns are JSON pointers. */
#include "import/mapping_json.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"

/* ---- set up ---- */

/* Pick all columns, each by its number; of elements without their dot. */
static enum rp_status
init_picks(struct rp_json_picks *p, const struct rp_buffer *columns,
    size_t skip, struct rp_import *im, const char *mapping)
{
	const struct rp_cell *c = RP_MAPPING_ITEMS(*columns, struct rp_cell);
	size_t n = RP_MAPPING_COUNT(*columns, *c);
	struct rp_error err = { 0 };
	enum rp_status st;
	uint32_t number;

	p->values = calloc(n + 1, sizeof(*p->values));
	p->cells = calloc(n + 1, sizeof(*p->cells));
	p->numbers = calloc(n + 1, sizeof(*p->numbers));
	if (p->values == NULL || p->cells == NULL || p->numbers == NULL)
		return rp_import_no_memory(im);
	for (p->n = 0; p->n < n; p->n++, c++) {
		st = rp_json_pick_add(
		    &p->pick, c->text + skip, c->len - skip, &number, &err);
		if (st != RP_OK)
			return rp_error_set(&im->error, st, "%s: '%.*s': %s",
			    mapping, c->len < 60 ? (int)c->len : 60, c->text,
			    err.text);
		p->numbers[p->n] = number;
	}
	return RP_OK;
}

static void
free_picks(struct rp_json_picks *p)
{
	rp_json_pick_free(&p->pick);
	rp_scan_free(&p->scan);
	free(p->values);
	free(p->cells);
	free(p->numbers);
}

/* ---- a row ---- */

/* Walk the value at hand; a mapping may ask for nothing in it. */
static bool
pick(struct rp_json_picks *p)
{
	return p->n == 0 ? rp_scan_skip(&p->scan)
			 : rp_json_pick(&p->pick, &p->scan, p->values);
}

static bool
is_array(const struct rp_mapping *m, size_t column)
{
	const struct rp_mapping_record *r =
	    RP_MAPPING_ITEMS(m->records, struct rp_mapping_record);

	for (size_t i = 0; i < RP_MAPPING_COUNT(m->records, *r); i++)
		if (r[i].has_each && r[i].each == column)
			return true;
	return false;
}

/* The values that were picked as cells. A container is no value, but for the
 * arrays whose elements are walked. */
static enum rp_status
take_values(struct rp_json_rows *s, struct rp_json_picks *p,
    const struct rp_buffer *columns)
{
	const struct rp_cell *name = RP_MAPPING_ITEMS(*columns, struct rp_cell);

	for (size_t i = 0; i < p->n; i++) {
		const struct rp_json_value *v = &p->values[p->numbers[i]];
		bool none = v->kind == RP_JSON_NONE || v->kind == RP_JSON_NULL;

		p->cells[i] = (struct rp_cell){ none ? NULL : v->text,
			none ? 0 : v->len };
		if (v->kind >= RP_JSON_ARRAY &&
		    (p != &s->row || !is_array(&s->mapping, i)))
			return rp_error_set(&s->out.error, RP_ERR_USAGE,
			    "%.*s is an %s, not a value",
			    name[i].len < 60 ? (int)name[i].len : 60,
			    name[i].text,
			    v->kind == RP_JSON_ARRAY ? "array" : "object");
	}
	return RP_OK;
}

/* What is wrong with the JSON at hand. */
static enum rp_status
bad_json(struct rp_json_rows *s, const struct rp_scan *scan)
{
	if (scan->no_memory)
		return RP_ERR_NOMEM;
	return rp_error_set(&s->out.error, RP_ERR_USAGE, "column %zu: %s",
	    rp_scan_column(scan), scan->why);
}

static enum rp_status
put_elements(struct rp_json_rows *s, size_t record)
{
	const struct rp_mapping_row row = { s->row.cells, s->inner.cells };
	struct rp_scan *scan = &s->inner.scan;
	enum rp_status st = RP_OK;

	while (st == RP_OK && rp_scan_item(scan)) {
		if (!pick(&s->inner))
			break;
		st = take_values(s, &s->inner, &s->mapping.inner);
		if (st == RP_OK)
			st = rp_mapping_make(&s->out, record, &row);
		if (st == RP_EMPTY)
			st = RP_OK;
	}
	return st == RP_OK && scan->why != NULL ? bad_json(s, scan) : st;
}

/* The elements of the array that a record of the mapping names. */
static enum rp_status
each(void *arg, size_t record)
{
	struct rp_json_rows *s = arg;
	const struct rp_mapping_record *r =
	    RP_MAPPING_ITEMS(s->mapping.records, struct rp_mapping_record) +
	    record;
	const struct rp_cell *name =
	    RP_MAPPING_ITEMS(s->mapping.columns, struct rp_cell) + r->each;
	const struct rp_cell *array = &s->row.cells[r->each];
	const struct rp_mapping_row row = { s->row.cells, NULL };
	struct rp_json_value v;

	if (array->text == NULL ||
	    !rp_mapping_holds(&s->mapping, &r->when, &row))
		return RP_EMPTY;
	if (!rp_scan_begin(&s->inner.scan, array->text, array->len) ||
	    !rp_scan_value(&s->inner.scan, &v) || v.kind != RP_JSON_ARRAY)
		return rp_error_set(&s->out.error, RP_ERR_USAGE,
		    "%.*s is no array", name->len < 60 ? (int)name->len : 60,
		    name->text);
	return put_elements(s, record);
}

static enum rp_status
put_row(struct rp_import *im)
{
	struct rp_json_rows *s = im->state;
	const struct rp_mapping_row row = { s->row.cells, NULL };
	struct rp_scan *scan = &s->row.scan;
	enum rp_status st;

	if (s->rows.too_long)
		return rp_error_set(
		    &s->out.error, RP_ERR_LIMIT, RP_ROWS_TOO_LONG, s->rows.max);
	if (!rp_scan_begin(scan, s->rows.text, s->rows.len) || !pick(&s->row) ||
	    !rp_scan_end(scan))
		return bad_json(s, scan);
	if ((st = take_values(s, &s->row, &s->mapping.columns)) != RP_OK)
		return st;
	return rp_mapping_put(&s->out, im, &row, each, s);
}

static enum rp_status
put_line(struct rp_import *im)
{
	struct rp_json_rows *s = im->state;
	enum rp_status st = put_row(im);

	im->records += st == RP_OK;
	if (s->out.error.status != RP_OK) {
		st = rp_import_reject(im, s->rows.text, s->rows.len,
		    "line %llu: %s", (unsigned long long)s->rows.number,
		    s->out.error.text);
		s->out.error = (struct rp_error){ 0 };
		im->records++;
	}
	return st == RP_ERR_NOMEM ? rp_import_no_memory(im) : st;
}

static bool
is_idle(const struct rp_json_rows *s)
{
	return s->rows.number <= s->mapping.skip_lines ||
	    rp_rows_is_blank(&s->rows) ||
	    (s->mapping.comment != 0 && s->rows.text[0] == s->mapping.comment);
}

static enum rp_status
json_convert(struct rp_import *im)
{
	struct rp_json_rows *s = im->state;
	enum rp_status st = RP_OK, finish;

	while (st == RP_OK && rp_rows_next(&s->rows, im->in))
		if (!is_idle(s))
			st = put_line(im);
	if (st == RP_OK && (st = rp_rows_more(&s->rows, im)) == RP_OK)
		return st;
	finish = rp_mapping_finish(&s->out, im, st == RP_END);
	return st == RP_END && finish != RP_OK ? finish : st;
}

/* The mapping is read. */
static enum rp_status
json_open(struct rp_import *im)
{
	struct rp_json_rows *s = im->state;
	const struct rp_mapping *m = &s->mapping;
	enum rp_status st;

	s->rows.max = RP_INTAKE_MAX - 2;
	if ((st = init_picks(&s->row, &m->columns, 0, im, m->name)) != RP_OK ||
	    (st = init_picks(&s->inner, &m->inner, 1, im, m->name)) != RP_OK)
		return st;
	return rp_mapping_rows_init(&s->out, m, &im->error);
}

static void
json_close(struct rp_import *im)
{
	struct rp_json_rows *s = im->state;

	if (s == NULL)
		return;
	rp_mapping_rows_free(&s->out);
	rp_mapping_free(&s->mapping);
	free_picks(&s->row);
	free_picks(&s->inner);
	free(s);
	im->state = NULL;
}

const struct rp_import_format rp_import_mapped_json = {
	.name = "ndjson",
	.summary = "JSON, an object a line, by a mapping",
	.lines = true,
	.open = json_open,
	.convert = json_convert,
	.close = json_close,
};
