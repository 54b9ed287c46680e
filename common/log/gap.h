/* The record of what a log has no more (rp-types(5), gap). */
#ifndef RP_LOG_GAP_H
#define RP_LOG_GAP_H

#include "types/types.h"
#include "wire/record.h"

union rp_log_gap {
	struct rp_record rec; /* with its payload */
	uint8_t bytes[sizeof(struct rp_record) + sizeof(struct rp_gap)];
};

/* No seq; ts_recv, ts_event and ts_from are ts. What is not given is absent. */
void rp_log_gap_init(union rp_log_gap *u, enum rp_gap_reason reason, int64_t ts,
    uint64_t first, uint64_t last);

#endif
