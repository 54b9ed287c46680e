/*
 * Any bytes as a capture of cryptofeed. The first byte chooses whether bad lines are
 * skipped (bit 0), and whether the format is told by what it finds (bit 1).
 */
#include "import.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct rp_import_options options = { 0 };

	if (size > 0)
		fuzz_import(data[0] & 2 ? NULL : &rp_import_cryptofeed,
		    &options, data[0] & 1, data + 1, size - 1);
	return 0;
}
