/*
 * Logs in buckets: who reads the files of one, for log/remote.h. Places are
 * s3://BUCKET/PREFIX. Objects are read as they were when their place was listed,
 * or, of places that were not, when they were opened.
 */
#ifndef RP_STORE_LOGS_H
#define RP_STORE_LOGS_H

#include "log/remote.h"
#include "store/store.h"

struct rp_store_logs;

/* The options must outlive it. */
RP_CHECKED enum rp_status rp_store_logs_new(struct rp_store_logs **l,
    const struct rp_store_options *opt, struct rp_error *err);
void rp_store_logs_free(struct rp_store_logs *l);

/* Valid as long as l. */
const struct rp_log_remote *rp_store_logs_remote(const struct rp_store_logs *l);

#endif
