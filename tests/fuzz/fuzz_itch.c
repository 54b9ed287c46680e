/*
 * Any bytes as a file of ITCH 5.0. Of the first byte, bit 0 chooses whether bad
 * messages are skipped, bit 1 whether the format is told by the content, bit 2
 * a clock in place of a date.
 */
#include "import.h"

static int64_t
now(void *arg)
{
	(void)arg;
	return INT64_C(1580394600000000000);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rp_import_options options = { .date = "2020-01-30" };

	if (size == 0)
		return 0;
	if (data[0] & 4)
		options = (struct rp_import_options){ .now = now };
	fuzz_import(data[0] & 2 ? NULL : &rp_import_itch, &options, data[0] & 1,
	    data + 1, size - 1);
	return 0;
}
