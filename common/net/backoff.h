/*
 * How long to wait before another attempt: up to twice as long after each
 * failure in a row, and any time up to that, so that many clients do not come
 * back at once ("full jitter").
 */
#ifndef RP_NET_BACKOFF_H
#define RP_NET_BACKOFF_H

#include "base/random.h"
#include "base/time.h"

#define RP_BACKOFF_FIRST (RP_SECOND / 4)
#define RP_BACKOFF_MOST (60 * RP_SECOND)

/* ns to wait after so many failures in a row, the first wait up to first. */
static inline int64_t
rp_backoff_from(struct rp_random *random, int64_t first, uint64_t failures)
{
	const uint64_t cap = RP_BACKOFF_MOST;
	uint64_t most = (uint64_t)first;

	while (failures-- > 0 && most < cap)
		most *= 2;
	if (most > cap)
		most = cap;
	return (int64_t)(rp_random_next(random) % (most + 1));
}

static inline int64_t
rp_backoff(struct rp_random *random, uint64_t failures)
{
	return rp_backoff_from(random, RP_BACKOFF_FIRST, failures);
}

#endif
