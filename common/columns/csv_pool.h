/*
 * Lines of CSV made by threads, a frame each, and written in the order of the
 * frames. Each job has a copy of its frame, cells of its own and its text:
 * some 3 MiB for frames of 1 MiB; there are two jobs more than threads.
 */
#ifndef RP_COLUMNS_CSV_POOL_H
#define RP_COLUMNS_CSV_POOL_H

#include "columns/csv.h"

struct rp_csv_pool;

/*
 * Lines as by model, whose style and plan are complete, to out; both stay the
 * caller's. A row that the model's plan has made by a frame, before that is put,
 * is made by the same in the threads. types is asked in the threads. NULL: no memory, no threads.
 */
struct rp_csv_pool *rp_csv_pool_new(const struct rp_csv *model,
    const struct rp_csv_types *types, struct rp_out *out, int threads);
void rp_csv_pool_free(struct rp_csv_pool *pool);

/* Take a copy of a frame, and write out what is ready before it. RP_ERR_NOMEM,
 * or out->error. */
RP_CHECKED enum rp_status rp_csv_pool_put(
    struct rp_csv_pool *pool, const struct rp_frame *f);

/* Write out what is ready; false: there is more to come. A failure is kept. */
bool rp_csv_pool_poll(struct rp_csv_pool *pool);

/* Write out the lines of all frames that were put. The same. */
RP_CHECKED enum rp_status rp_csv_pool_flush(struct rp_csv_pool *pool);

/* A book was cut: rp_csv.deep. */
bool rp_csv_pool_deep(const struct rp_csv_pool *pool);

/* Features that were: rp_csv.hidden. */
uint64_t rp_csv_pool_hidden(const struct rp_csv_pool *pool);

#endif
