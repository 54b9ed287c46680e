/*
 * Tables, of text or Arrow, and NDJSON by a mapping (rp-mapping(5)); and tables that name their
 * columns as rp does, without one.
 */
#include <stdlib.h>

#include "base/limits.h"
#include "import/arrow_mapped.h"
#include "import/csv.h"
#include "import/mapping_json.h"

/* Go on as the format of what the mapping is for. */
static enum rp_status
open_as(struct rp_import *im, const struct rp_import_format *format)
{
	im->format = format;
	return format->open(im);
}

static enum rp_status
mapped_open(struct rp_import *im)
{
	struct rp_mapping m;
	struct rp_arrow_mapped *arrow;
	struct rp_json_rows *json;
	struct rp_csv *csv;
	bool is_arrow;

	if (rp_mapping_read(&m, im->options.mapping, &im->error) != RP_OK)
		goto failed;
	if (m.json && (json = calloc(1, sizeof(*json))) != NULL) {
		json->mapping = m;
		im->state = json;
		return open_as(im, &rp_import_mapped_json);
	}
	is_arrow = !m.json && rp_arrow_peek(im->in);
	if (is_arrow && (arrow = calloc(1, sizeof(*arrow))) != NULL) {
		arrow->mapping = m;
		im->state = arrow;
		return open_as(im, &rp_import_mapped_arrow);
	}
	if (!m.json && !is_arrow && (csv = calloc(1, sizeof(*csv))) != NULL) {
		csv->mapping = m;
		im->state = csv;
		return open_as(im, &rp_import_mapped_csv);
	}
	(void)!rp_import_no_memory(im);
failed:
	rp_mapping_free(&m);
	return im->error.status;
}

static void
mapped_close(struct rp_import *im)
{
	(void)im; /* it was not opened */
}

const struct rp_import_format rp_import_mapped = {
	.name = "mapping",
	.summary = "what a mapping says",
	.lines = true,
	.mapped = true,
	.open = mapped_open,
	.close = mapped_close,
};

/* ---- rp's own names ---- */

static bool
own_probe(const uint8_t *p, size_t len)
{
	return rp_csv_own_probe((const char *)p, len);
}

/* Look at the header, and give it back. */
static enum rp_status
own_open(struct rp_import *im)
{
	struct rp_csv *s = calloc(1, sizeof(*s));
	enum rp_status st = RP_OK;

	if (s == NULL)
		return rp_import_no_memory(im);
	im->state = s;
	s->rows.max = RP_MAX_LINE;
	while (st == RP_OK && !rp_rows_next(&s->rows, im->in))
		st = rp_rows_more(&s->rows, im);
	if (st == RP_END)
		return rp_error_set(&im->error, RP_ERR_TRUNCATED,
		    "%s: there is no header", im->name);
	if (st != RP_OK)
		return st;
	st = rp_csv_own_mapping(
	    &s->mapping, s->rows.text, s->rows.len, &im->error);
	if (st != RP_OK) {
		rp_error_prefix(&im->error, "%s: line 1", im->name);
		return st;
	}
	rp_rows_back(&s->rows);
	return open_as(im, &rp_import_mapped_csv);
}

static void
own_close(struct rp_import *im)
{
	if (im->state != NULL)
		rp_import_mapped_csv.close(im);
}

const struct rp_import_format rp_import_csv = {
	.name = "csv",
	.summary = "a table with rp's names, as rp-csv writes it, or any by "
		   "--mapping",
	.lines = true,
	.mapped = true,
	.probe = own_probe,
	.open = own_open,
	.close = own_close,
};
