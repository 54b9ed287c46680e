/*
 * Which worker of rp-fan a record goes to: by the hash of its symbol or of
 * other values, or by a table of symbols that evens out their counts.
 */
#ifndef RP_FAN_DEAL_H
#define RP_FAN_DEAL_H

#include "wire/frame.h"

struct deal;

struct deal_options {
	const char *by; /* values of rp-syntax(7) */
	const char *balance; /* file of rp-ls --json, or NULL */
	uint32_t workers;
};

/* RP_ERR_USAGE, RP_ERR_IO, RP_ERR_CORRUPT with the reason; RP_ERR_NOMEM. */
RP_CHECKED enum rp_status deal_new(
    struct deal **d, const struct deal_options *o, struct rp_error *err);
void deal_free(struct deal *d);

/* Has each worker whole symbols or sources? Else its part is THINNED. */
bool deal_is_whole(const struct deal *d);

#define DEAL_EACH UINT32_MAX /* by its records */
#define DEAL_ALL (UINT32_MAX - 1) /* to all workers */

/* Start on a DATA frame: the worker, from 0, that all of it goes to by its
 * directory, or DEAL_EACH. RP_ERR_LIMIT, RP_ERR_NOMEM. */
RP_CHECKED enum rp_status deal_frame(struct deal *d, const struct rp_frame *f,
    uint32_t *worker, struct rp_error *err);

/* If a name of this class decides alone, the workers by the names of that frame;
 * else NULL. */
const uint32_t *deal_names(const struct deal *d, enum rp_name_class *class);

/* The worker of a record of that frame, or DEAL_ALL: where names do not decide,
 * or it has none that does. RP_ERR_LIMIT: it has no value that could be told;
 * RP_ERR_NOMEM. */
RP_CHECKED enum rp_status deal_record(struct deal *d, const struct rp_frame *f,
    const struct rp_record *rec, uint32_t *worker, struct rp_error *err);

#endif
