/* A sealed segment anew: the same records in full frames, in another encoding. */
#ifndef RP_LOG_RECOMPRESS_H
#define RP_LOG_RECOMPRESS_H

#include "log/segment.h"
#include "wire/writer.h"

struct rp_recompression {
	struct rp_writer_options frames; /* encoding and threads */
	const char *codec; /* as the segment's first NOTE will name it */
	uint64_t bytes; /* of the new file */
};

/*
 * Write it beside the old one, read it back and hold it against what was
 * written: records, their order, seq and sums, NOTEs, END. Only then it takes
 * the old one's place, and its index is made. RP_ERR_CORRUPT: one of the two
 * is damaged, and nothing was changed.
 */
RP_CHECKED enum rp_status rp_segment_recompress(const char *dir,
    const struct rp_segment *s, struct rp_recompression *how,
    struct rp_error *err);

#endif
