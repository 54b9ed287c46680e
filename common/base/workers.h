/*
 * A few threads that share the jobs of a caller who takes part himself: so
 * that n of them need n - 1 threads. One set of jobs is worked on at a time.
 */
#ifndef RP_BASE_WORKERS_H
#define RP_BASE_WORKERS_H

#include <stddef.h>

struct rp_workers;

/* NULL: no memory, or no threads. */
struct rp_workers *rp_workers_new(int threads);
void rp_workers_free(struct rp_workers *w);

/* How many there are, with the caller. */
int rp_workers_count(const struct rp_workers *w);

/*
 * Begin do_job(arg, job, worker) for each job below n, in that order; worker
 * tells those apart that work at the same time, from 0, the caller, on. The jobs before
 * must have been waited for.
 */
typedef void rp_job_fn(void *arg, size_t job, int worker);
void rp_workers_start(
    struct rp_workers *w, rp_job_fn *do_job, void *arg, size_t n);

/* Take part until all jobs are done. Harmless if there are none. */
void rp_workers_wait(struct rp_workers *w);

#endif
