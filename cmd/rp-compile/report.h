/*
 * What rp-compile says of itself: lines of JSON on stderr, one an event, and
 * counts for /metrics and /healthz. Any thread may call.
 */
#ifndef RP_COMPILE_REPORT_H
#define RP_COMPILE_REPORT_H

#include "base/buffer.h"
#include "cli/cli.h"
#include "store/store.h"
#include "unit.h"

enum outcome {
	JOB_DONE,
	JOB_REPEATED, /* was done before */
	JOB_BUSY, /* is with somebody else */
	JOB_LOST, /* came to somebody else while we held it */
	JOB_DEAD,
	N_OUTCOMES
};

/* On whom we depend. */
enum peer { PEER_QUEUE, PEER_STORE, PEER_LOG, N_PEERS };

/* Before there are threads. */
void report_open(const struct rp_cli *cli);

/* "started", "draining", ...; text: more of it, or NULL. */
void report_state(const char *event, const char *text);

void report_jobs(enum outcome outcome, uint64_t n);
uint64_t report_jobs_of(enum outcome outcome);

/* An object was made of a unit, which took ns. */
void report_object(const struct unit *u, const struct rp_put_result *result,
    const char *where, int64_t ns);

/* A job was given up; id NULL: it has none. */
void report_dead(const char *id, const char *entry, const char *reason);

/* A peer has failed so many times in a row; it is tried again after ms, or (-1)
 * not any more. */
void report_trouble(
    enum peer peer, const char *error, uint64_t failures, int64_t ms);
/* It works. */
void report_well(enum peer peer);

/* Numbers that others know. */
struct gauges {
	uint64_t held, waiting, pending, units;
};
void report_gauges(const struct gauges *g);
void report_retries(uint64_t n); /* of the store's requests, so many more */

/* rp_serve_fn: /metrics (Prometheus text format 0.0.4) and /healthz. */
unsigned report_serve(
    void *arg, const char *path, struct rp_buffer *body, const char **type);

#endif
