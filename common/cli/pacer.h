/*
 * Records sent in their time: what waits for the clock, and what sends at once
 * all that has become due. Nothing that is due stays in hand while it sleeps.
 *
 *	for each record:
 *		rp_pacer_wait(p, due, ts_recv);
 *		rp_sink_put(p->sink, ...);
 *		rp_pacer_put(p, due);
 *	rp_pacer_flush(p);
 *
 * Wake-ups are at least 50 us apart: records that are due within that go out
 * together, the first a little late, and the processor can rest. Precise, it
 * wakes for each and spins the last 100 us.
 */
#ifndef RP_CLI_PACER_H
#define RP_CLI_PACER_H

#include "base/histogram.h"
#include "cli/cli.h"

enum { RP_PACER_PENDING = 1024 };

struct rp_pacer {
	struct rp_sink *sink;
	bool precise;
	bool unordered; /* ts_recv went back: no MARK any more */
	int64_t now; /* the monotonic clock at the last look */
	int64_t start; /* and at the beginning */
	int64_t due[RP_PACER_PENDING]; /* of records put but not yet sent */
	uint32_t n_due;
	struct rp_histogram late; /* ns from due to sent */
};

void rp_pacer_init(struct rp_pacer *p, struct rp_sink *sink, bool precise);

/*
 * Come back when it is due, by the monotonic clock; a sleep that is long
 * says by a MARK that the next record has ts_recv. RP_END: the user wants it
 * to stop (rp_cli_stopping).
 */
RP_CHECKED enum rp_status rp_pacer_wait(
    struct rp_pacer *p, int64_t due, int64_t ts_recv);

/* A record that was due then has been put into the sink. */
RP_CHECKED enum rp_status rp_pacer_put(struct rp_pacer *p, int64_t due);

/* Send what has been put. */
RP_CHECKED enum rp_status rp_pacer_flush(struct rp_pacer *p);

/* Lateness for --stats: p50, p90, p99, p99.9 and the maximum, in ns. */
void rp_pacer_report(const struct rp_pacer *p, struct rp_cli *cli);

#endif
