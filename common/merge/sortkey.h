/*
 * The order of records by fields: "symbol,ts_recv". Numbers, decimals and times
 * compare by value, exactly; words by their number, text by its bytes. A field
 * that is absent comes after all others.
 */
#ifndef RP_MERGE_SORTKEY_H
#define RP_MERGE_SORTKEY_H

#include "merge/merge.h"

struct rp_sortkey;

/* reverse: the other way round, what is absent first. RP_ERR_USAGE: a field
 * that no type has; RP_ERR_NOMEM. */
RP_CHECKED enum rp_status rp_sortkey_new(struct rp_sortkey **k,
    const char *fields, bool reverse, struct rp_error *err);
void rp_sortkey_free(struct rp_sortkey *k);

/* The order that a merge of sorted inputs takes. Valid as long as k. */
const struct rp_merge_order *rp_sortkey_order(const struct rp_sortkey *k);

/* To be told of each frame before its records are compared. RP_ERR_NOMEM. */
RP_CHECKED enum rp_status rp_sortkey_learn(
    struct rp_sortkey *k, const struct rp_frame *f);

/* A number that grows with the order, if not as finely; never INT64_MIN. */
int64_t rp_sortkey_rank(struct rp_sortkey *k, const struct rp_frame *f,
    const struct rp_record *rec);

/* The order itself: below 0, 0, above. */
int rp_sortkey_compare(struct rp_sortkey *k, const struct rp_frame *f,
    const struct rp_record *rec, const struct rp_frame *g,
    const struct rp_record *other);

/* Whether a frame's header says that its records are in order. */
bool rp_sortkey_is_ordered(
    const struct rp_sortkey *k, const struct rp_frame *f);

#endif
