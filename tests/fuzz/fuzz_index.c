/*
 * Any bytes as an index file: no crash, and each frame that it tells of can be
 * looked at. Its hashes are made right first.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/hash.h"
#include "log/index.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rp_index x = { 0 };
	struct rp_buffer again = { 0 };
	struct rp_frame f;
	uint8_t *p = malloc(size + 1);

	memcpy(p, data, size);
	if (size >= RP_INDEX_HEAD) {
		rp_put64(
		    p + 152, rp_hash(p + RP_INDEX_HEAD, size - RP_INDEX_HEAD));
		rp_put64(p + 160, rp_hash(p, 160));
	}
	if (rp_index_decode(&x, p, size) == RP_OK) {
		for (size_t i = 0; i < rp_index_frames(&x); i++)
			if (rp_index_frame(&x, i, &f) != RP_OK ||
			    f.offset + f.size > x.segment_len)
				abort();
		if (rp_index_encode(&x, &again) != RP_OK)
			abort();
	}
	(void)!rp_index_decode_head(&x, p, size);
	rp_index_free(&x);
	rp_buffer_free(&again);
	free(p);
	return 0;
}
