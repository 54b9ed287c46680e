#include "base/clock.h"

#include <sys/prctl.h>
#include <time.h>

enum { NS = 1000000000 };

int64_t
rp_clock_monotonic(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * NS + ts.tv_nsec;
}

bool
rp_clock_sleep_until(int64_t monotonic)
{
	const struct timespec ts = {
		.tv_sec = monotonic / NS,
		.tv_nsec = monotonic % NS,
	};

	return clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL) == 0;
}

void
rp_clock_sharpen(void)
{
	prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL);
}
