/*
 * Tables as text: rows of cells, quoted as RFC 4180 has it. Rows without a
 * quote, which are most, are split here; libcsv splits the others. Blanks
 * around a cell that is not quoted do not count.
 */
#include "import/csv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"

/* ---- rows to cells ---- */

static void
trim(struct rp_cell *c)
{
	while (c->len > 0 && (*c->text == ' ' || *c->text == '\t')) {
		c->text++;
		c->len--;
	}
	while (c->len > 0 &&
	    (c->text[c->len - 1] == ' ' || c->text[c->len - 1] == '\t'))
		c->len--;
}

static enum rp_status
split_plain(struct rp_csv *s)
{
	size_t cap = s->split.cap / sizeof(struct rp_cell);
	struct rp_cell *cells = (struct rp_cell *)(void *)s->split.data;

	s->n_cells = rp_cells_split(
	    cells, cap, s->rows.text, s->rows.len, s->mapping.delimiter);
	if (s->n_cells > cap) {
		if (rp_buffer_reserve(&s->split, s->n_cells * sizeof(*cells)) !=
		    RP_OK)
			return RP_ERR_NOMEM;
		return split_plain(s);
	}
	s->cells = cells;
	for (size_t i = 0; i < s->n_cells; i++)
		trim(&cells[i]);
	return RP_OK;
}

static enum rp_status
split_quoted(struct rp_import *im)
{
	struct rp_csv *s = im->state;
	enum rp_status st = rp_rows_join(&s->rows, im->in, '"');

	if (st == RP_EMPTY)
		return st;
	if (st == RP_END)
		return rp_error_set(&s->out.error, RP_ERR_USAGE,
		    "a quoted field does not end within %zu bytes",
		    s->rows.max);
	st = rp_csv_quoted_split(
	    s->quoted, s->rows.text, s->rows.len, &s->cells, &s->n_cells);
	if (st == RP_ERR_USAGE)
		return rp_error_set(&s->out.error, st,
		    "a quote stands neither around a field nor doubled in one");
	return st;
}

/* A line without cells, or with those of the header. */
static bool
is_idle(const struct rp_csv *s)
{
	const struct rp_rows *r = &s->rows;

	return r->number <= s->mapping.skip_lines || rp_rows_is_blank(r) ||
	    (s->mapping.comment != 0 && r->text[0] == s->mapping.comment) ||
	    (s->header.len > 0 && r->len == s->header.len &&
		memcmp(r->text, s->header.data, r->len) == 0);
}

/*
 * Go to the next row that is not blank, a comment or a header once more:
 * s->cells. RP_EMPTY: there is none at hand. RP_ERR_USAGE, RP_ERR_LIMIT: it
 * cannot be split, s->out.error says why. RP_ERR_NOMEM.
 */
static enum rp_status
next_row(struct rp_import *im)
{
	struct rp_csv *s = im->state;
	struct rp_rows *r = &s->rows;

	do
		if (!rp_rows_next(r, im->in))
			return RP_EMPTY;
	while (!r->too_long && is_idle(s));
	if (r->too_long)
		return rp_error_set(
		    &s->out.error, RP_ERR_LIMIT, RP_ROWS_TOO_LONG, r->max);
	if (s->mapping.quotes && memchr(r->text, '"', r->len) != NULL)
		return split_quoted(im);
	return split_plain(s);
}

/* ---- columns ---- */

/* The number of a column in the row or header at hand. */
static enum rp_status
find_column(struct rp_import *im, const struct rp_cell *name, uint32_t *at)
{
	const struct rp_csv *s = im->state;
	const int len = name->len < 60 ? (int)name->len : 60;
	uint64_t number;
	size_t found = 0;

	if (name->text[0] == '$' &&
	    rp_u64_parse(name->text + 1, name->len - 1, &number) == RP_OK) {
		*at = (uint32_t)number - 1;
		return number <= s->n_cells
		    ? RP_OK
		    : rp_error_set(&im->error, RP_ERR_CORRUPT,
			  "%s: line %llu has %zu columns, but the mapping "
			  "names %.*s",
			  im->name, (unsigned long long)s->rows.number,
			  s->n_cells, len, name->text);
	}
	for (size_t i = 0; i < s->n_cells && s->mapping.header; i++)
		if (s->cells[i].len == name->len &&
		    memcmp(s->cells[i].text, name->text, name->len) == 0) {
			*at = (uint32_t)i;
			found++;
		}
	if (found == 1)
		return RP_OK;
	return rp_error_set(&im->error, RP_ERR_CORRUPT,
	    "%s: line %llu: %s '%.*s'%s", im->name,
	    (unsigned long long)s->rows.number,
	    !s->mapping.header ? "without a header there is no column"
		: found > 1    ? "the header names the column"
			       : "the header has no column",
	    len, name->text, found > 1 ? " twice" : "");
}

/* Find the columns in the first row, which is the header if there is one. */
static enum rp_status
find_columns(struct rp_import *im)
{
	struct rp_csv *s = im->state;
	const struct rp_cell *c =
	    RP_MAPPING_ITEMS(s->mapping.columns, struct rp_cell);
	size_t n = RP_MAPPING_COUNT(s->mapping.columns, *c);
	enum rp_status st = RP_OK;

	s->order = calloc(n + 1, sizeof(*s->order));
	s->values = calloc(n + 1, sizeof(*s->values));
	if (s->order == NULL || s->values == NULL)
		return rp_import_no_memory(im);
	for (size_t i = 0; st == RP_OK && i < n; i++)
		st = find_column(im, &c[i], &s->order[i]);
	if (st != RP_OK)
		return st;
	s->n = s->n_cells;
	s->ready = true;
	if (s->mapping.header &&
	    rp_buffer_add(&s->header, s->rows.text, s->rows.len) != RP_OK)
		return rp_import_no_memory(im);
	return RP_OK;
}

/* ---- rows to records ---- */

/* A row that makes no record. */
static enum rp_status
reject(struct rp_import *im)
{
	struct rp_csv *s = im->state;
	const unsigned long long line = s->rows.number;
	enum rp_status st;

	if (!s->ready)
		return rp_error_set(&im->error, RP_ERR_CORRUPT,
		    "%s: line %llu: %s", im->name, line, s->out.error.text);
	st = rp_import_reject(im, s->rows.text, s->rows.len, "line %llu: %s",
	    line, s->out.error.text);
	s->out.error = (struct rp_error){ 0 };
	im->records++;
	return st;
}

static enum rp_status
put_row(struct rp_import *im)
{
	struct rp_csv *s = im->state;
	const size_t n = RP_MAPPING_COUNT(s->mapping.columns, struct rp_cell);
	const struct rp_mapping_row row = { .columns = s->values };
	enum rp_status st;

	if (s->n_cells != s->n)
		return rp_error_set(&s->out.error, RP_ERR_USAGE,
		    "%zu columns, but the %s has %zu", s->n_cells,
		    s->mapping.header ? "header" : "first row", s->n);
	for (size_t i = 0; i < n; i++)
		s->values[i] = s->cells[s->order[i]];
	st = rp_mapping_put(&s->out, im, &row, NULL, NULL);
	im->records += st == RP_OK;
	return st;
}

static enum rp_status
take_row(struct rp_import *im)
{
	struct rp_csv *s = im->state;
	enum rp_status st;

	if (!s->ready) {
		if ((st = find_columns(im)) != RP_OK || s->mapping.header)
			return st;
	}
	return put_row(im);
}

static enum rp_status
csv_convert(struct rp_import *im)
{
	struct rp_csv *s = im->state;
	enum rp_status st = RP_OK, finish;

	while (st == RP_OK && (st = next_row(im)) != RP_EMPTY) {
		if (st == RP_OK)
			st = take_row(im);
		if (s->out.error.status != RP_OK)
			st = reject(im);
		else if (st == RP_ERR_NOMEM)
			st = rp_import_no_memory(im);
	}
	if (st == RP_EMPTY && (st = rp_rows_more(&s->rows, im)) == RP_OK)
		return st;
	if (st == RP_END && !s->ready && s->mapping.header)
		st = rp_error_set(&im->error, RP_ERR_TRUNCATED,
		    "%s: there is no header", im->name);
	finish = rp_mapping_finish(&s->out, im, st == RP_END);
	return st == RP_END && finish != RP_OK ? finish : st;
}

static enum rp_status
csv_open(struct rp_import *im)
{
	struct rp_csv *s = im->state;

	s->rows.max = RP_MAX_LINE;
	if ((s->quoted = rp_csv_quoted_new(s->mapping.delimiter)) == NULL)
		return rp_import_no_memory(im);
	return rp_mapping_rows_init(&s->out, &s->mapping, &im->error);
}

static void
csv_close(struct rp_import *im)
{
	struct rp_csv *s = im->state;

	if (s == NULL)
		return;
	rp_mapping_rows_free(&s->out);
	rp_mapping_free(&s->mapping);
	rp_csv_quoted_free(s->quoted);
	rp_buffer_free(&s->split);
	rp_buffer_free(&s->header);
	free(s->order);
	free(s->values);
	free(s);
	im->state = NULL;
}

const struct rp_import_format rp_import_mapped_csv = {
	.name = "csv",
	.summary = "a table, by a mapping",
	.lines = true,
	.open = csv_open,
	.convert = csv_convert,
	.close = csv_close,
};
