/* What a mapping says, and what the first rows of an input become by it. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "import/arrow.h"
#include "import/csv.h"
#include "import/mapping_json.h"

enum { ROWS = 100, SHOWN = 10, WIDTH = 48 };

struct check {
	struct rp_buffer *text;
	const struct rp_mapping *m;
	const struct rp_csv *table; /* NULL: JSON, or no input */
	struct rp_buffer *examples; /* a record each: its lines */
	uint64_t skipped;
	unsigned bad;
	bool no_memory;
};

static void RP_PRINTF(3, 4)
    put(struct check *c, struct rp_buffer *b, const char *fmt, ...)
{
	char line[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	rp_error_flatten(line);
	c->no_memory |= rp_buffer_add(b, line, strlen(line)) != RP_OK;
}

static void
end_line(struct check *c, struct rp_buffer *b)
{
	c->no_memory |= rp_buffer_add(b, "\n", 1) != RP_OK;
}

static int
shown(const struct rp_cell *text)
{
	return text->len < WIDTH ? (int)text->len : WIDTH;
}

/* ---- fields ---- */

/* Where a field comes from: date ($1) + " " + time ($2) */
static void
put_terms(
    struct check *c, struct rp_buffer *b, const struct rp_mapping_field *f)
{
	for (size_t i = 0; i < f->n_terms; i++) {
		const struct rp_mapping_term *t = &f->terms[i];
		const struct rp_cell *name = t->constant.text != NULL
		    ? &t->constant
		    : RP_MAPPING_ITEMS(t->inner ? c->m->inner : c->m->columns,
			  struct rp_cell) +
			t->column;

		put(c, b, "%s", i > 0 ? " + " : "");
		if (t->constant.text != NULL)
			put(c, b, "\"%.*s\"", shown(name), name->text);
		else
			put(c, b, "%.*s", shown(name), name->text);
		if (t->constant.text == NULL && c->table != NULL &&
		    name->text[0] != '$')
			put(c, b, " ($%u)", c->table->order[t->column] + 1);
	}
}

/* What is done with it, as the mapping says it. */
static void
put_form(struct check *c, struct rp_buffer *b, const struct rp_mapping_field *f)
{
	const char *unit = f->unit == 1 ? "ns"
	    : f->unit == 1000           ? "us"
	    : f->unit == 1000000        ? "ms"
					: "s";
	int64_t shift = f->shift < 0 ? -f->shift : f->shift;
	bool seconds = shift % RP_SECOND == 0;
	char scale[RP_DECIMAL_ROOM];

	if (f->worded)
		put(c, b, " {%zu words}", f->n_words);
	if (f->scaled)
		put(c, b, " * %.*s",
		    (int)rp_decimal_format(
			scale, f->scale.mantissa, f->scale.exp, RP_DIGITS_KEEP),
		    scale);
	if (f->time == RP_MAPPING_TIME_EPOCH)
		put(c, b, " as %s", unit);
	else if (f->time == RP_MAPPING_TIME_PATTERN)
		put(c, b, " as \"%.*s\"", shown(&f->pattern), f->pattern.text);
	if (f->shift != 0)
		put(c, b, " %s %lld%s", f->shift < 0 ? "minus" : "plus",
		    (long long)(seconds ? shift / RP_SECOND : shift),
		    seconds ? "s" : "ns");
}

/* The texts of a field's columns, as the row has them. */
static void
put_values(struct check *c, struct rp_buffer *b,
    const struct rp_mapping_field *f, const struct rp_mapping_row *row)
{
	bool first = true;

	for (size_t i = 0; i < f->n_terms; i++) {
		const struct rp_mapping_term *t = &f->terms[i];
		const struct rp_cell *text = t->inner
		    ? &row->inner[t->column]
		    : &row->columns[t->column];

		if (t->constant.text != NULL)
			continue;
		put(c, b, "%s", first ? ": " : ", ");
		first = false;
		if (text->text == NULL)
			put(c, b, "none");
		else
			put(c, b, "'%.*s'", shown(text), text->text);
	}
}

static void
put_result(struct check *c, struct rp_buffer *b,
    const struct rp_mapping_field *f, const struct rp_json_member *m)
{
	const struct rp_cell text = { m->text, m->len };
	struct rp_time_text iso = { 0 };
	char buf[RP_TIME_ROOM];
	int64_t ns;

	if (text.text == NULL)
		put(c, b, " -> absent");
	else
		put(c, b, " -> %.*s", shown(&text), text.text);
	if (text.text != NULL &&
	    (f->kind == RP_KIND_TIME || f->kind == RP_KIND_TS_RECV) &&
	    rp_i64_parse(text.text, text.len, &ns) == RP_OK)
		put(c, b, " = %.*s", (int)rp_time_format(&iso, buf, ns), buf);
}

/* A record: its fields, and of a row the texts that they have there. */
static void
put_record(struct check *c, struct rp_buffer *b, size_t i,
    const struct rp_mapping_row *row, const struct rp_json_member *texts)
{
	const struct rp_mapping_record *r =
	    RP_MAPPING_ITEMS(c->m->records, struct rp_mapping_record) + i;
	const struct rp_mapping_field *f =
	    RP_MAPPING_ITEMS(c->m->fields, struct rp_mapping_field) + r->fields;

	put(c, b, "record %s, line %u", r->t->name, r->line);
	if (row == NULL && c->examples != NULL)
		put(c, b, ": no row of it among the first");
	end_line(c, b);
	for (size_t j = 0; j < r->n_fields; j++) {
		put(c, b, "  %.*s = ", shown(&f[j].name), f[j].name.text);
		put_terms(c, b, &f[j]);
		put_form(c, b, &f[j]);
		if (row != NULL) {
			put_values(c, b, &f[j], row);
			put_result(c, b, &f[j], &texts[j]);
		}
		end_line(c, b);
	}
}

/* Keep the first row of each record. */
static void
watch(void *arg, size_t record, const struct rp_mapping_row *row,
    const struct rp_json_member *texts)
{
	struct check *c = arg;

	if (c->examples[record].len == 0)
		put_record(c, &c->examples[record], record, row, texts);
}

/* ---- an input ---- */

static enum rp_status
on_reject(void *arg, const char *text, size_t len, const char *reason)
{
	struct check *c = arg;

	(void)text;
	(void)len;
	if (c->bad++ < SHOWN) {
		put(c, c->text, "bad: %s", reason);
		end_line(c, c->text);
	}
	return RP_OK;
}

static void
on_count(void *arg, const char *name, uint64_t n)
{
	struct check *c = arg;

	(void)name; /* a mapping counts the rows that it skips */
	c->skipped += n;
}

/* Columns of the header that no field is made of. */
static void
put_unused(struct check *c)
{
	const struct rp_csv *s = c->table;
	size_t n_used = RP_MAPPING_COUNT(c->m->columns, struct rp_cell), n;
	struct rp_cell *cells;
	bool any = false, used;

	if (s->header.len == 0 ||
	    rp_csv_quoted_split(s->quoted, (const char *)s->header.data,
		s->header.len, &cells, &n) != RP_OK)
		return;
	for (size_t i = 0; i < n; i++) {
		used = false;
		for (size_t j = 0; j < n_used && !used; j++)
			used = s->order[j] == i;
		if (used)
			continue;
		put(c, c->text, "%s%.*s ($%zu)",
		    any ? ", " : "not used: ", shown(&cells[i]), cells[i].text,
		    i + 1);
		any = true;
	}
	if (any)
		end_line(c, c->text);
}

/* The records of rows, whatever they are rows of. */
static struct rp_mapping_rows *
rows_of(const struct rp_import *im)
{
	return im->format == &rp_import_mapped_json
	    ? &((struct rp_json_rows *)im->state)->out
	    : &((struct rp_csv *)im->state)->out;
}

/* The first lines that are at hand, or all of a short input. */
static enum rp_status
first_lines(struct rp_import *im, size_t *len)
{
	enum rp_status st = rp_intake_need(im->in, RP_IMPORT_PROBE, &im->error);
	const uint8_t *at = im->in->at, *end = im->in->end, *stop = at;

	if (st != RP_OK && st != RP_ERR_TRUNCATED && st != RP_END)
		return st;
	for (unsigned i = 0; i < ROWS && stop < end; i++) {
		const uint8_t *nl = memchr(stop, '\n', (size_t)(end - stop));

		/* of the last line there may be more */
		if (nl == NULL && !im->in->ended && i > 0)
			break;
		stop = nl != NULL ? nl + 1 : end;
	}
	*len = (size_t)(stop - at);
	return RP_OK;
}

static enum rp_status
read_rows(struct rp_import *im, struct check *c)
{
	enum rp_status st = im->error.status;
	size_t n;

	if (st == RP_OK)
		st = rp_import_open(im);
	if (st != RP_OK)
		return st;
	if (im->format == &rp_import_mapped_csv)
		c->table = im->state;
	c->m = rows_of(im)->m;
	n = RP_MAPPING_COUNT(c->m->records, struct rp_mapping_record);
	if ((c->examples = calloc(n, sizeof(*c->examples))) == NULL)
		return RP_ERR_NOMEM;
	rows_of(im)->watch = watch;
	rows_of(im)->watch_arg = c;
	while (st == RP_OK)
		st = rp_import_step(im);
	return st;
}

/* What was found out about each record of the mapping. */
static void
put_records(struct check *c)
{
	size_t n = RP_MAPPING_COUNT(c->m->records, struct rp_mapping_record);

	for (size_t i = 0; i < n; i++) {
		struct rp_buffer *b =
		    c->examples != NULL ? &c->examples[i] : NULL;

		if (b == NULL || b->len == 0)
			put_record(c, c->text, i, NULL, NULL);
		else
			c->no_memory |=
			    rp_buffer_add(c->text, b->data, b->len) != RP_OK;
	}
}

static void
free_examples(struct check *c)
{
	size_t n = c->examples == NULL
	    ? 0
	    : RP_MAPPING_COUNT(c->m->records, struct rp_mapping_record);

	for (size_t i = 0; i < n; i++)
		rp_buffer_free(&c->examples[i]);
	free(c->examples);
}

static enum rp_status
put_all(struct rp_import *im, struct check *c)
{
	put_records(c);
	if (c->table != NULL)
		put_unused(c);
	if (rp_writer_finish(im->out, 0) != RP_OK)
		return RP_ERR_NOMEM;
	put(c, c->text, "%llu rows: %llu records, %llu skipped, %u bad",
	    (unsigned long long)im->records,
	    (unsigned long long)rp_writer_totals(im->out)->records,
	    (unsigned long long)c->skipped, c->bad);
	end_line(c, c->text);
	return c->bad > 0 ? RP_ERR_REJECTED : RP_OK;
}

static enum rp_status
check_input(struct rp_import *im, struct check *c)
{
	const struct rp_import_host host = {
		.arg = c, .count = on_count, .reject = on_reject
	};
	struct rp_import first = {
		.host = &host, .name = im->name, .options = im->options
	};
	struct rp_buffer stream = { 0 };
	enum rp_status st;
	size_t len;

	if (rp_arrow_peek(im->in))
		return rp_error_set(&im->error, RP_ERR_UNSUPPORTED,
		    "%s: what a mapping makes of Arrow is not checked row by "
		    "row",
		    im->name);
	if ((st = first_lines(im, &len)) != RP_OK)
		return st;
	first.in = rp_intake_memory(im->in->at, len);
	first.out = rp_writer_memory(&stream, NULL);
	if (first.in == NULL || first.out == NULL)
		st = RP_ERR_NOMEM;
	else
		st = read_rows(&first, c);
	if (st == RP_END)
		st = put_all(&first, c);
	else
		rp_error_set(&im->error, st, "%s", first.error.text);
	free_examples(c);
	rp_import_close(&first);
	rp_intake_free(first.in);
	rp_writer_free(first.out);
	rp_buffer_free(&stream);
	return st;
}

static enum rp_status
check_alone(struct rp_import *im, struct check *c)
{
	struct rp_mapping m;
	enum rp_status st;

	st = rp_mapping_read(&m, im->options.mapping, &im->error);
	c->m = &m;
	if (st == RP_OK)
		put_records(c);
	rp_mapping_free(&m);
	c->m = NULL;
	return st;
}

enum rp_status
rp_import_check_mapping(struct rp_import *im, struct rp_buffer *text)
{
	struct check c = { .text = text };
	enum rp_status st =
	    im->in == NULL ? check_alone(im, &c) : check_input(im, &c);

	return c.no_memory || st == RP_ERR_NOMEM
	    ? rp_error_no_memory(&im->error)
	    : st;
}
