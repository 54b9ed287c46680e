/*
 * Arrow IPC. The first byte chooses a mode:
 *
 *	bit 0   bad rows are skipped
 *	bit 1   by a mapping, which makes texts of the first columns
 *
 * Any bytes behind it: no crash, an error exactly if it fails, and what came of
 * them is a valid stream.
 */
#include "import.h"

#include "import/arrow_mapped.h"

static const char mapping[] = "event none\n"
			      "record json\nts_recv = \"1\"\ntext = $1\n"
			      "record json\nts_recv = \"2\"\ntext = $2\n";

/* As rp_import_mapped, whose mapping is in a file. */
static enum rp_status
open_mapped(struct rp_import *im)
{
	struct rp_arrow_mapped *m = calloc(1, sizeof(*m));

	if (m == NULL ||
	    rp_mapping_parse(&m->mapping, "m", mapping, sizeof(mapping) - 1,
		&im->error) != RP_OK)
		abort();
	im->state = m;
	im->format = &rp_import_mapped_arrow;
	return im->format->open(im);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct rp_import_options options = { 0 };
	struct rp_import_format mapped = rp_import_mapped_arrow;

	mapped.open = open_mapped;
	if (size == 0)
		return 0;
	fuzz_import(data[0] & 2 ? &mapped : &rp_import_arrow, &options,
	    data[0] & 1, data + 1, size - 1);
	return 0;
}
