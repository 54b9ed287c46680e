/*
 * Arrow IPC, files and streams, whose columns have rp's names of fields, as
 * rp-arrow writes them; and any by a mapping.
 */
#include <stdlib.h>

#include "import/arrow_rows.h"

static enum rp_status
own_open(struct rp_import *im)
{
	struct rp_arrow_rows *r = calloc(1, sizeof(*r));
	enum rp_status st;
	bool fresh;

	if (r == NULL)
		return rp_import_no_memory(im);
	im->state = r;
	r->symbols.class = RP_NAME_SYMBOL;
	r->sources.class = RP_NAME_SOURCE;
	r->schemas.class = RP_NAME_SCHEMA;
	st = rp_arrow_next(&r->source, im, &fresh);
	return st == RP_OK ? rp_arrow_rows_schema(r, im) : st;
}

static enum rp_status
own_convert(struct rp_import *im)
{
	struct rp_arrow_rows *r = im->state;
	bool fresh;
	enum rp_status st = rp_arrow_next(&r->source, im, &fresh);

	if (st != RP_OK)
		return st;
	return fresh ? rp_arrow_rows_schema(r, im) : rp_arrow_rows_batch(r, im);
}

static void
own_close(struct rp_import *im)
{
	if (im->state == NULL)
		return;
	rp_arrow_rows_free(im->state);
	free(im->state);
	im->state = NULL;
}

const struct rp_import_format rp_import_arrow = {
	.name = "arrow",
	.summary = "Arrow IPC, files and streams, with rp's names, as rp-arrow "
		   "writes it, or any by --mapping",
	.mapped = true,
	.probe = rp_arrow_probe,
	.open = own_open,
	.convert = own_convert,
	.close = own_close,
};
