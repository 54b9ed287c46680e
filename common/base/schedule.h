/*
 * When the records of a stream are due, in ns after the first one: by their
 * distances in time and a speed, or at a fixed rate. It reads no clock.
 */
#ifndef RP_BASE_SCHEDULE_H
#define RP_BASE_SCHEDULE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/decimal.h"

struct rp_schedule {
	/* the caller's; all zero but speed: original distances */
	struct rp_decimal speed; /* above 0, its exponent from -9 to 9 */
	uint64_t rate; /* records/s; 0: by time and speed */
	int64_t max_gap; /* ns from one due time to the next; 0: no limit */
	/* what was met */
	uint64_t gaps; /* that were cut to max_gap */
	int64_t cut; /* ns that the last of them was too long, ... */
	int64_t cut_all; /* ... and all together */
	uint64_t back; /* records whose time lies before an earlier one's */
	/* its own */
	uint64_t n;
	int64_t ts_high, due_high; /* the latest so far, and when it was due */
	int64_t from_ts, from_due; /* where distances are counted from */
};

/*
 * When a record of this time is due; RP_ABSENT has none of its own and comes
 * with the one before. False in *ahead: the time is not after those of all
 * records so far, and the record is due at once.
 */
int64_t rp_schedule_next(struct rp_schedule *s, int64_t ts, bool *ahead);

/* When one would be, had it come next. */
int64_t rp_schedule_peek(const struct rp_schedule *s, int64_t ts);

#endif
