/*
 * A market, its views and what befalls them, as one source of records:
 *
 *	while ((st = rp_feed_next(feed, &ts_recv)) == RP_OK)
 *		st = rp_feed_put(feed);
 *	st = rp_feed_end(feed);
 */
#ifndef RP_GEN_FEED_H
#define RP_GEN_FEED_H

#include "gen/faults.h"
#include "gen/market.h"
#include "gen/views.h"

struct rp_feed_options {
	struct rp_market_options market;
	struct rp_views_options views; /* start is set by the market's */
	uint64_t
	    fault_rate[RP_GEN_FAULTS]; /* in 2^-32, at most 2^32 together */
	bool faulty;
	uint64_t records; /* at most, before faults; UINT64_MAX: no limit */
	int64_t duration; /* ns of event time; 0: no limit */
};

struct rp_feed;

/* host is told of each record and fault. NULL: no memory. */
struct rp_feed *rp_feed_new(
    const struct rp_feed_options *opt, const struct rp_faults_host *host);
void rp_feed_free(struct rp_feed *f);

/*
 * Have the next event at hand that any view has records of. RP_END: it is not
 * of the duration, or has more records than are left.
 */
RP_CHECKED enum rp_status rp_feed_next(struct rp_feed *f, int64_t *ts_recv);

/* Put the records of the event at hand. */
RP_CHECKED enum rp_status rp_feed_put(struct rp_feed *f);

/* Put what faults have held back. */
RP_CHECKED enum rp_status rp_feed_end(struct rp_feed *f);

#endif
