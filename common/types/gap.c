#include "types/gap.h"

static struct rp_gap *
payload(union rp_gap_row *row)
{
	return (struct rp_gap *)row->rec.payload;
}

struct rp_gap *
rp_gap_init(
    union rp_gap_row *row, enum rp_gap_reason reason, int64_t from, int64_t to)
{
	const int64_t ts = to != RP_ABSENT ? to : from;

	row->rec = (struct rp_record){ .symbol = RP_NO_NAME,
		.source = RP_NO_NAME,
		.len = sizeof(struct rp_gap),
		.type = RP_GAP,
		.flags = RP_LAST | RP_TS_EVENT_INFERRED,
		.ts_recv = ts };
	*payload(row) = (struct rp_gap){ .ev = { .ts_event = ts,
					     .action = (uint8_t)reason,
					     .send_delta = INT32_MIN },
		.ts_from = from,
		.ts_to = to };
	return payload(row);
}

struct rp_gap *
rp_gap_before(union rp_gap_row *row, const struct rp_record *rec,
    enum rp_gap_reason reason, int64_t from)
{
	struct rp_gap *g = rp_gap_init(row, reason, from, rec->ts_recv);

	row->rec.seq = rec->seq;
	row->rec.flags = RP_LAST;
	g->ev = *(const struct rp_event *)rec->payload;
	g->ev.action = (uint8_t)reason;
	g->ev.side = RP_SIDE_NONE;
	g->ev.tflags = 0;
	g->ev.aux = 0;
	return g;
}
