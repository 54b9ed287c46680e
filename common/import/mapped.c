/*
 * Any table or NDJSON, by a mapping (rp-mapping(5)); and tables that name their
 * columns as rp does, without one.
 */
#include <stdlib.h>

#include "import/csv.h"

static enum rp_status
mapped_open(struct rp_import *im)
{
	struct rp_csv *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return rp_import_fail(im, RP_ERR_NOMEM, "out of memory");
	im->state = s;
	if (rp_mapping_read(&s->mapping, im->options.mapping, &im->error) !=
	    RP_OK)
		return im->error.status;
	return rp_csv_open(im);
}

const struct rp_import_format rp_import_mapped = {
	.name = "mapping",
	.summary = "what a mapping says",
	.lines = true,
	.open = mapped_open,
	.convert = rp_csv_convert,
	.close = rp_csv_close,
};
