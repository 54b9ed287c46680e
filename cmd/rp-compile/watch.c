#include <pthread.h>
#include <stdlib.h>

#include "base/clock.h"
#include "compile.h"

enum { LOOK_MS = 50 /* at whether a signal came */ };

struct watch {
	struct compile *x;
	pthread_t thread;
	atomic_bool end;
};

static void
rest(void)
{
	(void)rp_clock_sleep_until(
	    rp_clock_monotonic() + LOOK_MS * (RP_SECOND / 1000));
}

static void *
look_out(void *arg)
{
	struct watch *w = arg;
	int64_t deadline;

	while (!w->end && !rp_cli_stopping())
		rest();
	if (w->end)
		return NULL;
	report_state("draining", NULL);
	deadline = rp_clock_monotonic() + w->x->drain;
	while (!w->end && rp_clock_monotonic() < deadline)
		rest();
	w->x->giving_up = true;
	return NULL;
}

enum rp_status
watch_start(struct watch **out, struct compile *x)
{
	struct watch *w = *out = calloc(1, sizeof(*w));

	if (w == NULL)
		return rp_error_no_memory(&x->cli->error);
	w->x = x;
	if (pthread_create(&w->thread, NULL, look_out, w) == 0)
		return RP_OK;
	free(w);
	*out = NULL;
	return rp_error_set(&x->cli->error, RP_ERR_IO, "no thread");
}

void
watch_end(struct watch *w)
{
	if (w == NULL)
		return;
	w->end = true;
	pthread_join(w->thread, NULL);
	free(w);
}
