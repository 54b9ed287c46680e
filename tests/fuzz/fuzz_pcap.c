/*
 * Any bytes as a capture of ITCH over MoldUDP64. Of the first byte, bit 0
 * chooses whether bad messages are skipped, bit 1 whether the format is told by
 * the content, bit 2 a date in place of that of the packets.
 */
#include "import.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rp_import_options options = { 0 };

	if (size == 0)
		return 0;
	if (data[0] & 4)
		options.date = "2020-01-30";
	fuzz_import(data[0] & 2 ? NULL : &rp_import_pcap, &options, data[0] & 1,
	    data + 1, size - 1);
	return 0;
}
