/* What a log holds, from the indexes of its segments alone and at little cost. */
#ifndef RP_LOG_SPAN_H
#define RP_LOG_SPAN_H

#include "log/index.h"
#include "log/remote.h"

struct rp_log_span {
	struct rp_log_range range; /* no records: min above max */
	int64_t ts_first; /* the lowest ts_recv of its first records */
	uint64_t bytes; /* of its segments */
};

/* Where an index cannot say it, such as of a segment that is being written,
 * the range is everything. RP_ERR_IO, RP_ERR_NOMEM. */
RP_CHECKED enum rp_status rp_log_span_of(struct rp_log_span *span,
    const char *dir, const struct rp_log_remote *remote, struct rp_error *err);

#endif
