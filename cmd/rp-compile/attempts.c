#include <time.h>

#include "base/clock.h"
#include "compile.h"
#include "net/backoff.h"

enum { LOOK_MS = 100 /* at whether to give up, while waiting */ };

void
attempts_init(struct attempts *a, const struct compile *x)
{
	*a = (struct attempts){ .x = x };
	rp_random_seed(&a->random,
	    (uint64_t)rp_clock_monotonic() ^ (uint64_t)(uintptr_t)a);
}

static bool
is_over(const struct attempts *a)
{
	return a->x->giving_up || (a->hasty && rp_cli_stopping());
}

static void
sleep_until(const struct attempts *a, int64_t until)
{
	const int64_t look = LOOK_MS * (RP_SECOND / 1000);

	for (int64_t now; !is_over(a) && (now = rp_clock_monotonic()) < until;)
		(void)rp_clock_sleep_until(
		    until - now < look ? until : now + look);
}

bool
attempts_again(struct attempts *a, enum peer peer, struct rp_error *err)
{
	const struct compile *x = a->x;
	const int64_t first = (int64_t)x->config.delay * (RP_SECOND / 1000);
	bool over =
	    is_over(a) || (x->once && a->failures + 1 >= x->config.attempts);
	int64_t wait =
	    over ? 0 : rp_backoff_from(&a->random, first, a->failures);

	report_trouble(peer, err->text, ++a->failures,
	    over ? -1 : wait / (RP_SECOND / 1000));
	if (!over)
		sleep_until(a, rp_clock_monotonic() + wait);
	if (over || is_over(a))
		return false;
	*err = (struct rp_error){ 0 };
	return true;
}

void
attempts_well(struct attempts *a, enum peer peer)
{
	if (a->failures > 0)
		report_well(peer);
	a->failures = 0;
}
