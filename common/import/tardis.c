/*
 * CSV files of Tardis.dev: what a header of theirs names in any order, with
 * times in us, exact decimals and no quotes. A file may be several in a row,
 * each with the same header.
 */
#include "import/tardis.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "types/text.h"

static const char *const common_columns[RP_TARDIS_OWN] = { "exchange", "symbol",
	"timestamp", "local_timestamp" };

/* ---- the header ---- */

/* Where the cell that is name stands among n, or n. */
static size_t
find_column(const struct rp_cell *cells, size_t n, const char *name)
{
	size_t i = 0;

	while (i < n && !rp_cell_is(&cells[i], name))
		i++;
	return i;
}

/* Find columns of these names, count of them, in the header: how many are not
 * there, the last of them in *missing. */
static size_t
find_columns(struct rp_tardis *s, const char *const *names, size_t count,
    size_t first, const char **missing)
{
	size_t lost = 0;

	for (size_t i = 0; i < count; i++) {
		size_t at = find_column(s->names, s->n, names[i]);

		if (at == s->n) {
			*missing = names[i];
			lost++;
		}
		s->order[first + i] = (uint32_t)at;
	}
	return lost;
}

/* Is the header one of this schema? *missing: it is but for this column. */
static bool
is_schema(struct rp_tardis *s, const struct rp_tardis_schema *schema,
    const char **missing)
{
	size_t count = 0, lost;

	*missing = NULL;
	while (schema->columns[count] != NULL)
		count++;
	lost = find_columns(s, schema->columns, count, RP_TARDIS_OWN, missing);
	if (lost != 1 || s->n != RP_TARDIS_OWN + count - 1)
		*missing = NULL;
	return lost == 0 && s->n == RP_TARDIS_OWN + count;
}

static const char *const book_columns[] = { "asks[%u].price", "asks[%u].amount",
	"bids[%u].price", "bids[%u].amount" };

/* "asks[24].amount": the number of that column of a book; 0: it is none. */
static size_t
book_column(const struct rp_cell *c, size_t levels)
{
	char text[32];
	unsigned level = 0;

	if (c->len < 6)
		return 0;
	for (size_t i = 5; i < c->len && i < 11; i++)
		if (c->text[i] >= '0' && c->text[i] <= '9')
			level = 10 * level + (unsigned)(c->text[i] - '0');
	for (size_t i = 0; level < levels && i < RP_LEN(book_columns); i++) {
		snprintf(text, sizeof(text), book_columns[i], level);
		if (rp_cell_is(c, text))
			return RP_TARDIS_OWN + 4 * level + i;
	}
	return 0;
}

/* Find the columns of so many levels of a book: how many are there. */
static size_t
find_book_columns(struct rp_tardis *s, size_t levels)
{
	size_t column, found = 0;

	memset(s->order + RP_TARDIS_OWN, 0xff, 4 * levels * sizeof(*s->order));
	for (size_t i = 0; i < s->n; i++) {
		if ((column = book_column(&s->names[i], levels)) == 0)
			continue;
		found += s->order[column] == UINT32_MAX;
		s->order[column] = (uint32_t)i;
	}
	return found;
}

/* A book of any depth, all of whose columns are there, once. */
static bool
is_book(struct rp_tardis *s)
{
	const size_t own = s->n - RP_TARDIS_OWN;

	s->levels = (uint32_t)(own / 4);
	return own > 0 && own % 4 == 0 &&
	    find_book_columns(s, s->levels) == own;
}

/* The header is that of a book but for columns, the first of which has this
 * name: NULL, it is not. */
static const char *
missing_of_book(struct rp_tardis *s, char *name, size_t size)
{
	size_t levels = 0, column;

	for (size_t i = 0; i < s->n; i++)
		if ((column = book_column(&s->names[i], s->n)) != 0 &&
		    (column - RP_TARDIS_OWN) / 4 >= levels)
			levels = (column - RP_TARDIS_OWN) / 4 + 1;
	/* of more than may be there one is missing among these */
	if (levels > s->n / 4)
		levels = s->n / 4;
	(void)find_book_columns(s, levels);
	for (column = 0; column < 4 * levels; column++)
		if (s->order[RP_TARDIS_OWN + column] == UINT32_MAX) {
			snprintf(name, size, book_columns[column % 4],
			    (unsigned)(column / 4));
			return name;
		}
	return NULL;
}

/* The column that is there twice, if so many are looked at; n: none. */
static size_t
find_double(const struct rp_tardis *s)
{
	for (size_t i = 1; i < s->n && i < 1000; i++)
		for (size_t j = 0; j < i; j++)
			if (s->names[i].len == s->names[j].len &&
			    memcmp(s->names[i].text, s->names[j].text,
				s->names[i].len) == 0)
				return i;
	return s->n;
}

/* Why no schema has the columns of the header: one is there twice, or missing
 * that all files have, or (or NULL) that only one schema wants. */
static enum rp_status
refuse_header(struct rp_import *im, const char *missing, const char *schema)
{
	struct rp_tardis *s = im->state;
	const int shown = s->header.len < 200 ? (int)s->header.len : 200;
	const size_t twice = find_double(s);

	if (twice < s->n)
		return rp_error_set(&im->error, RP_ERR_CORRUPT,
		    "%s: line 1: the header names %.*s twice", im->name,
		    (int)s->names[twice].len, s->names[twice].text);
	if (missing != NULL)
		return rp_error_set(&im->error, RP_ERR_CORRUPT,
		    "%s: line 1: the header has no column %s, as %s of "
		    "Tardis.dev has: %.*s",
		    im->name, missing, schema, shown,
		    (const char *)s->header.data);
	return rp_error_set(&im->error, RP_ERR_UNSUPPORTED,
	    "%s: line 1: no schema of Tardis.dev that is read has these "
	    "columns (--mapping can say what they are): %.*s",
	    im->name, shown, (const char *)s->header.data);
}

static enum rp_status
find_schema(struct rp_import *im)
{
	struct rp_tardis *s = im->state;
	const struct rp_tardis_schema *schemas = rp_tardis_schemas;
	const char *missing = NULL, *lost, *near = "";
	char name[32];
	int shown = s->header.len < 200 ? (int)s->header.len : 200;

	if (find_columns(s, common_columns, RP_TARDIS_OWN, 0, &lost) > 0)
		return refuse_header(im, lost, "every file");
	for (size_t i = 0; i < rp_tardis_n_schemas && s->schema == NULL; i++) {
		if (is_schema(s, &schemas[i], &lost))
			s->schema = &schemas[i];
		if (lost != NULL && missing == NULL) {
			missing = lost;
			near = schemas[i].name;
		}
	}
	if (s->schema == NULL && is_book(s))
		s->schema = &rp_tardis_book_snapshot;
	if (s->schema == NULL && missing == NULL) {
		missing = missing_of_book(s, name, sizeof(name));
		near = rp_tardis_book_snapshot.name;
	}
	if (s->schema == NULL)
		return refuse_header(im, missing, near);
	/* the header of liquidations is that of trades */
	if (strstr(im->name, "liquidations") != NULL)
		return rp_error_set(&im->error, RP_ERR_UNSUPPORTED,
		    "%s: liquidations are not read (their header is that of "
		    "trades; --mapping can say what they are): %.*s",
		    im->name, shown, (const char *)s->header.data);
	return RP_OK;
}

/* The payload of the schema in which all is absent. */
static enum rp_status
make_blank(struct rp_tardis *s)
{
	struct rp_record *rec;

	rec = calloc(1, sizeof(*rec) + rp_align8(s->schema->len));
	if (rec == NULL)
		return RP_ERR_NOMEM;
	rec->len = s->schema->len;
	rp_text_blank(rp_type_by_id(s->schema->type), rec);
	if (rp_buffer_add(&s->blank, rec->payload, rec->len) != RP_OK)
		rec->len = 0;
	free(rec);
	return s->blank.len > 0 ? RP_OK : RP_ERR_NOMEM;
}

/* Keep the header: its names point into it. */
static enum rp_status
read_header(struct rp_import *im)
{
	struct rp_tardis *s = im->state;
	struct rp_buffer *h = &s->header;
	enum rp_status st;

	if (s->rows.too_long)
		return rp_error_set(&im->error, RP_ERR_LIMIT,
		    "%s: line 1 is longer than %d bytes", im->name,
		    RP_MAX_LINE);
	if (rp_buffer_reserve(h, s->rows.len + 1) != RP_OK ||
	    rp_buffer_add(h, s->rows.text, s->rows.len) != RP_OK)
		return rp_import_no_memory(im);
	s->n = rp_cells_split(NULL, 0, (const char *)h->data, h->len, ',');
	/* a schema or a book may look for more columns than there are */
	s->names = calloc(s->n, sizeof(*s->names));
	s->cells = calloc(s->n, sizeof(*s->cells));
	s->order =
	    calloc(s->n + RP_TARDIS_OWN + RP_TARDIS_MAX_OWN, sizeof(*s->order));
	s->decimals = calloc(s->n, sizeof(*s->decimals));
	if (s->names == NULL || s->cells == NULL || s->order == NULL ||
	    s->decimals == NULL)
		return rp_import_no_memory(im);
	rp_cells_split(s->names, s->n, (const char *)h->data, h->len, ',');
	if ((st = find_schema(im)) != RP_OK)
		return st;
	return make_blank(s) == RP_OK ? RP_OK : rp_import_no_memory(im);
}

static enum rp_status
tardis_open(struct rp_import *im)
{
	struct rp_tardis *s = calloc(1, sizeof(*s));
	enum rp_status st = RP_OK;

	if (s == NULL)
		return rp_import_no_memory(im);
	im->state = s;
	s->rows.max = RP_MAX_LINE;
	s->symbols.class = RP_NAME_SYMBOL;
	s->sources.class = RP_NAME_SOURCE;
	while (st == RP_OK && !rp_rows_next(&s->rows, im->in))
		st = rp_rows_more(&s->rows, im);
	if (st == RP_END)
		return rp_error_set(&im->error, RP_ERR_TRUNCATED,
		    "%s: there is no header", im->name);
	return st == RP_OK ? read_header(im) : st;
}

/* ---- rows ---- */

static bool
is_header(const struct rp_tardis *s)
{
	return s->rows.len == s->header.len &&
	    memcmp(s->rows.text, s->header.data, s->header.len) == 0;
}

/* Another file begins, behind the first: no book goes on. */
static enum rp_status
begin_again(struct rp_import *im)
{
	struct rp_tardis *s = im->state;

	if (s->books != NULL)
		memset(s->books, 0, s->books_size * sizeof(*s->books));
	s->n_books = 0;
	s->book = NULL;
	return rp_held_flush(&s->held, im, true);
}

/* A header that differs from the first: other columns follow. */
static bool
is_other_header(const struct rp_tardis *s)
{
	return s->cells[0].len == s->names[0].len &&
	    memcmp(s->cells[0].text, s->names[0].text, s->names[0].len) == 0;
}

/* A row that makes no record, for s->error. */
static enum rp_status
reject(struct rp_import *im)
{
	struct rp_tardis *s = im->state;
	enum rp_status st;

	if (is_other_header(s))
		return rp_import_fail(im, RP_ERR_CORRUPT,
		    "line %llu: a header that is not that of line 1",
		    (unsigned long long)s->rows.number);
	st = rp_import_reject(im, s->rows.text, s->rows.len, "line %llu: %s",
	    (unsigned long long)s->rows.number, s->error.text);
	s->error = (struct rp_error){ 0 };
	im->records++;
	return st;
}

static enum rp_status
put_row(struct rp_import *im)
{
	struct rp_tardis *s = im->state;
	enum rp_status st;
	size_t n;

	n = rp_cells_split(s->cells, s->n, s->rows.text, s->rows.len, ',');
	if (s->rows.too_long)
		st = rp_error_set(
		    &s->error, RP_ERR_LIMIT, RP_ROWS_TOO_LONG, s->rows.max);
	else if (n != s->n)
		st = rp_error_set(&s->error, RP_ERR_USAGE,
		    "%zu columns, but the header has %zu", n, s->n);
	else
		st = rp_tardis_put(im);
	if (s->error.status != RP_OK)
		return reject(im);
	im->records += st == RP_OK;
	return st;
}

static enum rp_status
put_line(struct rp_import *im)
{
	const struct rp_tardis *s = im->state;

	if (rp_rows_is_blank(&s->rows))
		return RP_OK;
	return is_header(s) ? begin_again(im) : put_row(im);
}

static enum rp_status
tardis_convert(struct rp_import *im)
{
	struct rp_tardis *s = im->state;
	enum rp_status st = RP_OK;

	while (st == RP_OK && rp_rows_next(&s->rows, im->in))
		st = put_line(im);
	if (st == RP_OK)
		st = rp_rows_more(&s->rows, im);
	if (st == RP_END && s->empty > 0)
		rp_import_count(im, "rows without a value", s->empty);
	if (st == RP_END && rp_held_flush(&s->held, im, true) != RP_OK)
		return im->error.status;
	/* what came before a failure goes on; its event may, too */
	if (st != RP_OK && st != RP_END)
		(void)!rp_held_flush(&s->held, im, false);
	return st;
}

static void
tardis_close(struct rp_import *im)
{
	struct rp_tardis *s = im->state;

	if (s == NULL)
		return;
	rp_held_free(&s->held);
	rp_labels_free(&s->symbols);
	rp_labels_free(&s->sources);
	rp_buffer_free(&s->header);
	rp_buffer_free(&s->blank);
	free(s->names);
	free(s->cells);
	free(s->order);
	free(s->decimals);
	free(s->books);
	free(s);
	im->state = NULL;
}

/* Does the first line have a cell that is name? */
static bool
has_column(const char *line, const char *end, const char *name)
{
	struct rp_cell cell = { .text = line };
	const char *comma;

	for (; cell.text < end; cell.text = comma + 1) {
		comma = memchr(cell.text, ',', (size_t)(end - cell.text));
		if (comma == NULL)
			comma = end;
		cell.len = (size_t)(comma - cell.text);
		if (rp_cell_is(&cell, name))
			return true;
	}
	return false;
}

static bool
tardis_probe(const uint8_t *p, size_t len)
{
	const char *line = (const char *)p, *end = memchr(p, '\n', len);
	size_t found = 0;

	if (end == NULL)
		end = line + len;
	else if (end > line && end[-1] == '\r')
		end--;
	if (end - line >= 3 && memcmp(line, "\xef\xbb\xbf", 3) == 0)
		line += 3;
	/* one that is missing is for the user to hear of */
	for (size_t i = 0; i < RP_TARDIS_OWN; i++)
		found += has_column(line, end, common_columns[i]);
	return found >= RP_TARDIS_OWN - 1;
}

const struct rp_import_format rp_import_tardis = {
	.name = "tardis",
	.summary = "CSV of Tardis.dev: books, trades, quotes, tickers",
	.lines = true,
	.probe = tardis_probe,
	.open = tardis_open,
	.convert = tardis_convert,
	.close = tardis_close,
};
