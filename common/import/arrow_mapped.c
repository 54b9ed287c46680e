/* Arrow of any shape by a mapping, whose columns are those of a table. */
#include <stdlib.h>
#include <string.h>

#include "import/arrow_mapped.h"

/* ---- columns ---- */

/* The column of a name, or "$3"; false: there is none, or it is there twice. */
static bool
find_column(const struct rp_arrow_schema *s, const struct rp_cell *name,
    uint32_t *at, const char **why)
{
	uint64_t number = 0, i = 0;
	unsigned found = 0;

	if (name->len > 1 && name->text[0] == '$' &&
	    rp_u64_parse(name->text + 1, name->len - 1, &number) != RP_OK)
		number = 0;
	for (uint32_t c = 0; c < s->n; c += s->fields[c].span) {
		const struct rp_flat_text *text = &s->fields[c].name;

		if (++i == number ||
		    (number == 0 && text->len == name->len &&
			memcmp(text->text, name->text, name->len) == 0)) {
			*at = c;
			found++;
		}
	}
	*why = found == 0 ? "there is no column" : "there are two columns";
	return found == 1;
}

static enum rp_status
take_column(struct rp_arrow_mapped *m, struct rp_import *im,
    const struct rp_cell *name, uint32_t *at)
{
	const int len = name->len < 60 ? (int)name->len : 60;
	const char *why;

	if (!find_column(&m->source.schema, name, at, &why))
		return rp_arrow_fail(&m->source, im, RP_ERR_CORRUPT,
		    "%s '%.*s'", why, len, name->text);
	return rp_arrow_want(&m->source, im, *at);
}

static enum rp_status
find_columns(struct rp_arrow_mapped *m, struct rp_import *im)
{
	const struct rp_cell *names =
	    RP_MAPPING_ITEMS(m->mapping.columns, struct rp_cell);
	enum rp_status st = RP_OK;

	for (size_t i = 0; st == RP_OK && i < m->n; i++)
		st = take_column(m, im, &names[i], &m->columns[i]);
	return st;
}

/* ---- rows ---- */

/* The texts of the row; else why it has none. */
static enum rp_status
put_texts(struct rp_arrow_mapped *m, struct rp_import *im)
{
	const struct rp_cell *names =
	    RP_MAPPING_ITEMS(m->mapping.columns, struct rp_cell);
	struct rp_flat_text text;
	enum rp_status st;

	for (size_t i = 0; i < m->n; i++) {
		const struct rp_arrow_array *a =
		    &m->source.batch.arrays[m->columns[i]];

		st = rp_arrow_cell(&m->source, a, m->source.row, m->texts[i],
		    rp_arrow_is_binary(a->field) ? &m->hex[i] : NULL, &text);
		if (st == RP_ERR_LIMIT)
			return rp_error_set(&m->out.error, RP_ERR_USAGE,
			    "%.*s: it is out of range",
			    names[i].len < 60 ? (int)names[i].len : 60,
			    names[i].text);
		if (st != RP_OK && st != RP_EMPTY)
			return rp_arrow_cell_failed(&m->source, im, a, st);
		m->values[i] = st == RP_OK
		    ? (struct rp_cell){ text.text, text.len }
		    : (struct rp_cell){ NULL, 0 };
	}
	return RP_OK;
}

static enum rp_status
put_row(struct rp_arrow_mapped *m, struct rp_import *im)
{
	const struct rp_mapping_row row = { .columns = m->values };
	char why[sizeof(m->out.error.text)];
	enum rp_status st = put_texts(m, im);

	if (st == RP_OK)
		st = rp_mapping_put(&m->out, im, &row, NULL, NULL);
	if (m->out.error.status == RP_OK) {
		im->records += st == RP_OK;
		return st == RP_ERR_NOMEM && im->error.status == RP_OK
		    ? rp_import_no_memory(im)
		    : st;
	}
	memcpy(why, m->out.error.text, sizeof(why));
	m->out.error = (struct rp_error){ 0 };
	return rp_arrow_reject(&m->source, im, why);
}

/* ---- the format ---- */

static enum rp_status
mapped_convert(struct rp_import *im)
{
	struct rp_arrow_mapped *m = im->state;
	struct rp_arrow_source *s = &m->source;
	bool fresh;
	enum rp_status st = rp_arrow_next(s, im, &fresh), finish;

	if (st == RP_OK && fresh)
		return find_columns(m, im);
	for (s->row = 0; st == RP_OK && s->row < s->batch.rows; s->row++)
		st = put_row(m, im);
	if (st == RP_OK)
		return st;
	finish = rp_mapping_finish(&m->out, im, st == RP_END);
	return st == RP_END && finish != RP_OK ? finish : st;
}

static enum rp_status
mapped_open(struct rp_import *im)
{
	struct rp_arrow_mapped *m = im->state;

	m->n = RP_MAPPING_COUNT(m->mapping.columns, struct rp_cell);
	m->columns = calloc(m->n + 1, sizeof(*m->columns));
	m->values = calloc(m->n + 1, sizeof(*m->values));
	m->texts = calloc(m->n + 1, sizeof(*m->texts));
	m->hex = calloc(m->n + 1, sizeof(*m->hex));
	if (m->columns == NULL || m->values == NULL || m->texts == NULL ||
	    m->hex == NULL)
		return rp_import_no_memory(im);
	return rp_mapping_rows_init(&m->out, &m->mapping, &im->error);
}

static void
mapped_close(struct rp_import *im)
{
	struct rp_arrow_mapped *m = im->state;

	if (m == NULL)
		return;
	rp_arrow_source_free(&m->source);
	rp_mapping_rows_free(&m->out);
	rp_mapping_free(&m->mapping);
	for (size_t i = 0; m->hex != NULL && i < m->n; i++)
		rp_buffer_free(&m->hex[i]);
	free(m->hex);
	free(m->columns);
	free(m->values);
	free(m->texts);
	free(m);
	im->state = NULL;
}

const struct rp_import_format rp_import_mapped_arrow = {
	.name = "arrow",
	.summary = "Arrow, by a mapping",
	.open = mapped_open,
	.convert = mapped_convert,
	.close = mapped_close,
};
