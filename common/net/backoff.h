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

/* ns to wait after so many failures in a row. */
static inline int64_t
rp_backoff(struct rp_random *random, uint64_t failures)
{
	uint64_t most = failures < 8 ? (uint64_t)RP_BACKOFF_FIRST << failures
				     : RP_BACKOFF_MOST;

	if (most > RP_BACKOFF_MOST)
		most = RP_BACKOFF_MOST;
	return (int64_t)(rp_random_next(random) % (most + 1));
}

#endif
