/*
 * Records held back until time has passed them by a tolerance, and let out in
 * order: what comes late by less than that finds its place. Memory: what is
 * held, with some 60 bytes a record; names are kept.
 */
#ifndef RP_MERGE_WINDOW_H
#define RP_MERGE_WINDOW_H

#include "wire/frame.h"

struct rp_window;

/* NULL: no memory. */
struct rp_window *rp_window_new(void);
void rp_window_free(struct rp_window *w);

/* Hold a copy of a record. RP_ERR_NOMEM. */
RP_CHECKED enum rp_status rp_window_put(struct rp_window *w, size_t input,
    const struct rp_frame *f, const struct rp_record *rec, int64_t key);

struct rp_window_record {
	const struct rp_record *rec;
	struct rp_label *symbol, *source, *schema; /* NULL: none */
	size_t input;
	int64_t key;
};

/*
 * Take the record of the lowest key, of equal ones that which came first, if
 * it is not above upto. What it says is valid until the next call of any kind.
 */
bool rp_window_take(
    struct rp_window *w, int64_t upto, struct rp_window_record *held);

#endif
