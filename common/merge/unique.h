/*
 * Which records of a merge repeat what another input gave before: the lines A
 * and B of a feed, redundant recorders, downloads that overlap.
 *
 * A record is told by its key:
 *	record    all of it but seq
 *	content   symbol, type and payload: whatever the recorders added is not
 *	          in it, neither ts_recv nor source nor flags
 *	seq       source and seq
 *	FIELD,... these fields; decimals are equal by value, and a record that
 *	          lacks one of them is no repetition
 *
 * If one input has a key n times, that is how often it is kept, from whichever
 * input each copy comes first: what a venue sent twice is no repetition.
 *
 * Keys are remembered for a window of time: some 80 bytes each, and 40 more for
 * each input that had it.
 */
#ifndef RP_MERGE_UNIQUE_H
#define RP_MERGE_UNIQUE_H

#include "wire/frame.h"

struct rp_unique;

/*
 * within: drop what one input repeats, too. RP_ERR_USAGE: a field that no type
 * has; RP_ERR_NOMEM.
 */
RP_CHECKED enum rp_status rp_unique_new(struct rp_unique **u, const char *key,
    int64_t window, bool within, struct rp_error *err);
void rp_unique_free(struct rp_unique *u);

/* Whether a record, at time now (ns), repeats another. RP_ERR_NOMEM. */
RP_CHECKED enum rp_status rp_unique_test(struct rp_unique *u, size_t input,
    const struct rp_frame *f, const struct rp_record *rec, int64_t now,
    bool *repeats);

#endif
