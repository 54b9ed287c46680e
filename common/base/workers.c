#include "base/workers.h"

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>

struct helper {
	struct rp_workers *workers;
	pthread_t thread;
	int number;
};

struct rp_workers {
	pthread_mutex_t lock;
	pthread_cond_t begun, done;
	rp_job_fn *do_job;
	void *arg;
	size_t n, next, ended; /* jobs; the next one; those that are over */
	bool over;
	int n_helpers;
	struct helper helpers[];
};

/* With the lock: do jobs while there are some. */
static void
work(struct rp_workers *w, int number)
{
	size_t job;

	while (w->next < w->n) {
		job = w->next++;
		pthread_mutex_unlock(&w->lock);
		w->do_job(w->arg, job, number);
		pthread_mutex_lock(&w->lock);
		if (++w->ended == w->n)
			pthread_cond_signal(&w->done);
	}
}

static void *
help(void *arg)
{
	struct helper *h = arg;
	struct rp_workers *w = h->workers;

	pthread_mutex_lock(&w->lock);
	while (!w->over) {
		work(w, h->number);
		if (!w->over)
			pthread_cond_wait(&w->begun, &w->lock);
	}
	pthread_mutex_unlock(&w->lock);
	return NULL;
}

/* Signals are the caller's to take. */
static bool
start_helper(struct rp_workers *w)
{
	struct helper *h = &w->helpers[w->n_helpers];
	sigset_t all, old;
	bool ok;

	*h = (struct helper){ .workers = w, .number = w->n_helpers + 1 };
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	ok = pthread_create(&h->thread, NULL, help, h) == 0;
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	w->n_helpers += ok;
	return ok;
}

struct rp_workers *
rp_workers_new(int threads)
{
	size_t helpers = threads > 1 ? (size_t)threads - 1 : 0;
	struct rp_workers *w =
	    calloc(1, sizeof(*w) + helpers * sizeof(w->helpers[0]));

	if (w == NULL)
		return NULL;
	pthread_mutex_init(&w->lock, NULL);
	pthread_cond_init(&w->begun, NULL);
	pthread_cond_init(&w->done, NULL);
	for (size_t i = 0; i < helpers; i++)
		if (!start_helper(w)) {
			rp_workers_free(w);
			return NULL;
		}
	return w;
}

void
rp_workers_free(struct rp_workers *w)
{
	if (w == NULL)
		return;
	rp_workers_wait(w);
	pthread_mutex_lock(&w->lock);
	w->over = true;
	pthread_cond_broadcast(&w->begun);
	pthread_mutex_unlock(&w->lock);
	for (int i = 0; i < w->n_helpers; i++)
		pthread_join(w->helpers[i].thread, NULL);
	pthread_cond_destroy(&w->done);
	pthread_cond_destroy(&w->begun);
	pthread_mutex_destroy(&w->lock);
	free(w);
}

int
rp_workers_count(const struct rp_workers *w)
{
	return w->n_helpers + 1;
}

void
rp_workers_start(struct rp_workers *w, rp_job_fn *do_job, void *arg, size_t n)
{
	pthread_mutex_lock(&w->lock);
	w->do_job = do_job;
	w->arg = arg;
	w->n = n;
	w->next = w->ended = 0;
	pthread_cond_broadcast(&w->begun);
	pthread_mutex_unlock(&w->lock);
}

void
rp_workers_wait(struct rp_workers *w)
{
	pthread_mutex_lock(&w->lock);
	work(w, 0);
	while (w->ended < w->n)
		pthread_cond_wait(&w->done, &w->lock);
	w->n = w->next = w->ended = 0;
	pthread_mutex_unlock(&w->lock);
}
