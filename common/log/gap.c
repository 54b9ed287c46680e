#include "log/gap.h"

#include <string.h>

void
rp_log_gap_init(union rp_log_gap *u, enum rp_gap_reason reason, int64_t ts,
    uint64_t first, uint64_t last)
{
	const struct rp_gap g = { .ev = { .ts_event = ts,
				      .action = (uint8_t)reason,
				      .send_delta = INT32_MIN },
		.first_lost = first,
		.last_lost = last,
		.ts_from = ts,
		.ts_to = RP_ABSENT };

	u->rec = (struct rp_record){ .len = sizeof(g),
		.type = RP_GAP,
		.flags = RP_LAST | RP_TS_EVENT_INFERRED | RP_TS_RECV_INFERRED,
		.ts_recv = ts };
	memcpy(u->rec.payload, &g, sizeof(g));
}
