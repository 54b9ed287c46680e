/* Gap records (rp-types(5), gap), made in one way. */
#ifndef RP_TYPES_GAP_H
#define RP_TYPES_GAP_H

#include "types/types.h"
#include "wire/record.h"

/* One with its payload; numbers that were lost and a count are added to it. */
union rp_gap_row {
	struct rp_record rec;
	uint8_t bytes[sizeof(struct rp_record) + sizeof(struct rp_gap)];
};

/*
 * Records are missing between two times, either of which may be RP_ABSENT. No
 * venue says so: ts_recv and the inferred ts_event are those of its end, or of
 * its beginning if that is all that is known. No names, no seq. Returns the
 * payload.
 */
struct rp_gap *rp_gap_init(
    union rp_gap_row *row, enum rp_gap_reason reason, int64_t from, int64_t to);

/*
 * An event of the venue, the first record of which is rec, does not follow what
 * stood before it: the gap is the event's, since the time `from`.
 */
struct rp_gap *rp_gap_before(union rp_gap_row *row, const struct rp_record *rec,
    enum rp_gap_reason reason, int64_t from);

#endif
