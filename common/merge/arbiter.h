/*
 * Inputs of a merge that are lines of one feed, redundant recorders of it or
 * downloads that overlap: what one of them repeats of another (unique.h), and
 * gaps that another has filled (gaps.h).
 */
#ifndef RP_MERGE_ARBITER_H
#define RP_MERGE_ARBITER_H

#include "merge/merge.h"

struct rp_arbiter;

struct rp_arbiter_options {
	const char *unique; /* a key; NULL: repetitions stay */
	int64_t window; /* ns that keys are remembered */
	bool within; /* leave out what one line repeats itself */
	bool common_gaps; /* leave out gaps that not all lines have */
	bool by_recv; /* the merge is by ts_recv */
};

/* Of n lines. RP_ERR_USAGE: unique; RP_ERR_NOMEM. */
RP_CHECKED enum rp_status rp_arbiter_new(struct rp_arbiter **l,
    const struct rp_arbiter_options *opt, size_t n, struct rp_error *err);
void rp_arbiter_free(struct rp_arbiter *l);

/* Who knows whether a line has begun and not ended. */
void rp_arbiter_on_presence(
    struct rp_arbiter *l, bool (*is_there)(void *arg, size_t line), void *arg);

/* Whether records of a whole frame have to be looked at, and not only passed.
 * To be asked of each run of the merge, in turn. */
bool rp_arbiter_concerns(
    struct rp_arbiter *l, const struct rp_merge_run *run, int64_t high);

/* *keep: a record, of this key in the merge, is to be kept. RP_ERR_NOMEM. */
RP_CHECKED enum rp_status rp_arbiter_judge(struct rp_arbiter *l, size_t line,
    const struct rp_frame *f, const struct rp_record *rec, int64_t key,
    bool *keep);

struct rp_arbiter_totals {
	uint64_t repeated, filled; /* records, gaps left out */
};
struct rp_arbiter_totals rp_arbiter_counts(
    const struct rp_arbiter *l, size_t line);

#endif
