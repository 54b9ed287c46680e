/* Where a log ends, for the writer that goes on with it. */
#ifndef RP_LOG_TAIL_H
#define RP_LOG_TAIL_H

#include "log/segment.h"

struct rp_log_tail {
	char uuid[37]; /* "": nothing is left that says */
	uint64_t last_seq;
	int64_t ts_last; /* highest ts_recv of the last records; 0: none */
	bool recovered; /* the last segment had not been closed, and was now */
	bool lost; /* something was lost behind it, and no gap record says so */
};

/*
 * Find the end of a log of at least one segment, by its own frames and not by
 * an index. A last segment that was not closed is recovered. The caller
 * holds the lock.
 */
RP_CHECKED enum rp_status rp_log_tail_find(struct rp_log_tail *t,
    const char *dir, const struct rp_segments *segments, struct rp_error *err);

#endif
