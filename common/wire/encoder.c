#include "wire/encoder.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

struct rp_encoder {
	struct rp_encoding enc;
	int n_threads, n_jobs;
	struct rp_encode_job *jobs; /* a ring */
	uint64_t head, taken, tail; /* next to fill, to encode, to collect */
	bool stop;
	pthread_mutex_t lock;
	pthread_cond_t work, done;
	pthread_t *threads;
};

static void
encode(const struct rp_encoder *e, struct rp_encode_job *j)
{
	const uint8_t *rows = j->borrowed != NULL ? j->borrowed : j->rows.data;
	size_t len = j->borrowed != NULL ? j->head.raw_len : j->rows.len;

	j->status = rp_frame_encode(&j->out, &j->head, j->dir.data, j->dir.len,
	    rows, len, &e->enc, &j->scratch);
}

static void *
encode_jobs(void *arg)
{
	struct rp_encoder *e = arg;

	pthread_mutex_lock(&e->lock);
	for (;;) {
		struct rp_encode_job *j;

		while (e->taken == e->head && !e->stop)
			pthread_cond_wait(&e->work, &e->lock);
		if (e->taken == e->head)
			break;
		j = &e->jobs[e->taken++ % (uint64_t)e->n_jobs];
		pthread_mutex_unlock(&e->lock);
		encode(e, j);
		pthread_mutex_lock(&e->lock);
		j->state = RP_JOB_DONE;
		pthread_cond_broadcast(&e->done);
	}
	pthread_mutex_unlock(&e->lock);
	return NULL;
}

/* Signals are for the caller's thread: its waiting is what they interrupt. */
static bool
start(struct rp_encoder *e, int threads)
{
	sigset_t all, before;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	while (e->n_threads < threads &&
	    pthread_create(&e->threads[e->n_threads], NULL, encode_jobs, e) ==
		0)
		e->n_threads++;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return e->n_threads == threads;
}

struct rp_encoder *
rp_encoder_new(const struct rp_encoding *enc, int threads)
{
	struct rp_encoder *e = calloc(1, sizeof(*e));

	if (e == NULL)
		return NULL;
	e->enc = *enc;
	e->n_jobs = threads > 1 ? threads + 1 : 1;
	pthread_mutex_init(&e->lock, NULL);
	pthread_cond_init(&e->work, NULL);
	pthread_cond_init(&e->done, NULL);
	e->jobs = calloc((size_t)e->n_jobs, sizeof(*e->jobs));
	e->threads = calloc((size_t)e->n_jobs, sizeof(*e->threads));
	if (e->jobs == NULL || e->threads == NULL)
		goto fail;
	if (threads > 1 && !start(e, threads))
		goto fail;
	return e;
fail:
	rp_encoder_free(e);
	return NULL;
}

void
rp_encoder_free(struct rp_encoder *e)
{
	if (e == NULL)
		return;
	pthread_mutex_lock(&e->lock);
	e->stop = true;
	pthread_cond_broadcast(&e->work);
	pthread_mutex_unlock(&e->lock);
	for (int i = 0; i < e->n_threads; i++)
		pthread_join(e->threads[i], NULL);
	for (int i = 0; e->jobs != NULL && i < e->n_jobs; i++) {
		rp_buffer_free(&e->jobs[i].rows);
		rp_buffer_free(&e->jobs[i].dir);
		rp_frame_scratch_free(&e->jobs[i].scratch);
	}
	pthread_cond_destroy(&e->work);
	pthread_cond_destroy(&e->done);
	pthread_mutex_destroy(&e->lock);
	free(e->threads);
	free(e->jobs);
	free(e);
}

struct rp_encode_job *
rp_encoder_job(struct rp_encoder *e)
{
	if (e->head - e->tail == (uint64_t)e->n_jobs)
		return NULL;
	return &e->jobs[e->head % (uint64_t)e->n_jobs];
}

void
rp_encoder_submit(struct rp_encoder *e)
{
	struct rp_encode_job *j = rp_encoder_job(e);

	if (e->n_threads == 0) {
		encode(e, j);
		j->state = RP_JOB_DONE;
		e->head++;
		return;
	}
	pthread_mutex_lock(&e->lock);
	j->state = RP_JOB_WAITING;
	e->head++;
	pthread_cond_signal(&e->work);
	pthread_mutex_unlock(&e->lock);
}

struct rp_encode_job *
rp_encoder_collect(struct rp_encoder *e)
{
	struct rp_encode_job *j = &e->jobs[e->tail % (uint64_t)e->n_jobs];

	if (e->tail == e->head)
		return NULL;
	pthread_mutex_lock(&e->lock);
	while (j->state != RP_JOB_DONE)
		pthread_cond_wait(&e->done, &e->lock);
	pthread_mutex_unlock(&e->lock);
	return j;
}

void
rp_encoder_release(struct rp_encoder *e)
{
	struct rp_encode_job *j = &e->jobs[e->tail++ % (uint64_t)e->n_jobs];

	j->state = RP_JOB_FREE;
	j->borrowed = NULL;
	j->rows.len = 0;
}
