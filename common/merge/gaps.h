/*
 * Gaps that the lines of one feed have in common. What one line lost another
 * may have: a gap of it is then none of the feed. A gap record is of the feed
 * once each other line that is there has had one that overlaps it, by the
 * numbers of what was lost or, where they are not known, by its times.
 */
#ifndef RP_MERGE_GAPS_H
#define RP_MERGE_GAPS_H

#include <stdbool.h>

#include "wire/frame.h"

struct rp_gaps;

/* Of n lines, each with its last 64 gaps. NULL: no memory. */
struct rp_gaps *rp_gaps_new(size_t n);
void rp_gaps_free(struct rp_gaps *g);

/*
 * Whether a gap record of a line (types/types.h, RP_GAP) is one of all those
 * for which is_there holds.
 */
bool rp_gaps_are_common(struct rp_gaps *g, size_t line,
    const struct rp_frame *f, const struct rp_record *rec,
    bool (*is_there)(void *arg, size_t line), void *arg);

#endif
