/*
 * Sorting more records than fit into memory: they are gathered, sorted and
 * written to temporary files as runs, which are merged. Stable. Runs that follow
 * one another become one: what is in order already is only copied. The files
 * have no name: no death leaves any.
 */
#ifndef RP_MERGE_SORTER_H
#define RP_MERGE_SORTER_H

#include "merge/sortkey.h"

struct rp_sorter;

struct rp_sorter_options {
	struct rp_sortkey *key; /* the caller's */
	size_t memory; /* bytes for records, and again for merging them */
	const char *directory; /* for the files */
};

/* NULL: no memory. */
struct rp_sorter *rp_sorter_new(const struct rp_sorter_options *opt);
void rp_sorter_free(struct rp_sorter *s);

/*
 * Add a DATA frame, by its header and directory; load has its body read or its
 * rows decoded, as it is asked for, and keeps its own error. RP_ERR_IO: a file
 * cannot be written; RP_ERR_NOMEM.
 */
RP_CHECKED enum rp_status rp_sorter_add(struct rp_sorter *s, struct rp_frame *f,
    enum rp_status (*load)(void *arg, struct rp_frame *f, bool rows),
    void *arg);

/* All has been added. */
RP_CHECKED enum rp_status rp_sorter_end(struct rp_sorter *s);

/*
 * What comes next, as rp_merge_next has it: records, or a whole frame to be
 * loaded, with its rows or as it is stored. RP_END: that was all.
 */
RP_CHECKED enum rp_status rp_sorter_next(
    struct rp_sorter *s, struct rp_merge_run *run);
RP_CHECKED enum rp_status rp_sorter_load(
    struct rp_sorter *s, struct rp_merge_run *run, bool rows);

/* Whether a whole frame is coded as the sorter's files are, or as it came. */
bool rp_sorter_is_own(
    const struct rp_sorter *s, const struct rp_merge_run *run);

struct rp_sorter_totals {
	uint64_t runs; /* files written at first */
	uint64_t rounds; /* of merging them into fewer */
	uint64_t bytes; /* written to files */
};
const struct rp_sorter_totals *rp_sorter_totals(const struct rp_sorter *s);

const struct rp_error *rp_sorter_error(const struct rp_sorter *s);

#endif
