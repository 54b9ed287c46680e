/* Any bytes as CSV of Tardis.dev, or of whatever format takes them. The first
 * byte chooses: bit 0 skips bad rows, bit 1 names the format. */
#include "import.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct rp_import_options none;

	if (size > 0)
		fuzz_import(data[0] & 2 ? &rp_import_tardis : NULL, &none,
		    data[0] & 1, data + 1, size - 1);
	return 0;
}
