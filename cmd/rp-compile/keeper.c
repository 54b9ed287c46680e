/* Who renews the jobs in hand, and looks at how the queue is doing. */
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "compile.h"

enum { LOOK_MS = 500 /* between two looks at the queue, at most */ };

struct keeper {
	struct compile *x;
	struct rp_consumer *consumer;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t ended;
	bool end;
};

static enum rp_status
renew(struct keeper *k, struct rp_error *err)
{
	struct rp_member *members;
	size_t n;
	enum rp_status st = held_list(k->x->held, &members, &n);

	if (st != RP_OK)
		return rp_error_no_memory(err);
	st = rp_consumer_renew(k->consumer, members, n, err);
	held_list_free(members, n);
	return st;
}

static enum rp_status
look(struct keeper *k, struct rp_error *err)
{
	struct gauges g = { .held = held_count(k->x->held),
		.units = channel_depth(k->x->channel) };
	enum rp_status st =
	    rp_consumer_depth(k->consumer, &g.waiting, &g.pending, err);

	if (st == RP_OK)
		report_gauges(&g);
	return st;
}

/* False: it is over. */
static bool
rest(struct keeper *k, int64_t ms)
{
	const int64_t until = rp_clock_monotonic() + ms * (RP_SECOND / 1000);
	const struct timespec t = { until / RP_SECOND, until % RP_SECOND };
	bool end;

	pthread_mutex_lock(&k->lock);
	while (!k->end &&
	    pthread_cond_clockwait(&k->ended, &k->lock, CLOCK_MONOTONIC, &t) ==
		0)
		;
	end = k->end;
	pthread_mutex_unlock(&k->lock);
	return !end;
}

static int64_t
now_ms(void)
{
	return rp_clock_monotonic() / (RP_SECOND / 1000);
}

/* What fails is tried again after a pause. */
static void *
keep(void *arg)
{
	struct keeper *k = arg;
	const int64_t third = (int64_t)k->x->config.lease / 3,
		      pause = third < LOOK_MS ? third : LOOK_MS;
	int64_t due = now_ms() + third; /* the next renewal */
	uint64_t failures = 0;

	for (int64_t ms = pause; rest(k, ms);) {
		struct rp_error err = { 0 };
		enum rp_status st = RP_OK;

		if (now_ms() >= due) {
			st = renew(k, &err);
			due = now_ms() + (st == RP_OK ? third : pause);
		}
		if (st == RP_OK)
			st = look(k, &err);
		if (st != RP_OK)
			report_trouble(PEER_QUEUE, err.text, ++failures, pause);
		else if (failures > 0) {
			report_well(PEER_QUEUE);
			failures = 0;
		}
		ms = due - now_ms() < pause ? due - now_ms() : pause;
	}
	return NULL;
}

enum rp_status
keeper_start(struct keeper **out, struct compile *x)
{
	struct keeper *k = *out = calloc(1, sizeof(*k));
	enum rp_status st;

	if (k == NULL)
		return rp_error_no_memory(&x->cli->error);
	k->x = x;
	pthread_mutex_init(&k->lock, NULL);
	pthread_cond_init(&k->ended, NULL);
	st = compile_open_consumer(x, &k->consumer, &x->cli->error);
	if (st == RP_OK && pthread_create(&k->thread, NULL, keep, k) != 0)
		st = rp_error_set(&x->cli->error, RP_ERR_IO, "no thread");
	if (st == RP_OK)
		return RP_OK;
	rp_consumer_close(k->consumer);
	free(k);
	*out = NULL;
	return st;
}

void
keeper_end(struct keeper *k)
{
	if (k == NULL)
		return;
	pthread_mutex_lock(&k->lock);
	k->end = true;
	pthread_cond_signal(&k->ended);
	pthread_mutex_unlock(&k->lock);
	pthread_join(k->thread, NULL);
	rp_consumer_close(k->consumer);
	pthread_cond_destroy(&k->ended);
	pthread_mutex_destroy(&k->lock);
	free(k);
}
