#include "columns/csv_pool.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct job {
	struct rp_csv csv;
	struct rp_zone zone;
	struct rp_frame frame;
	struct rp_buffer rows, labels, schemas, texts; /* of the frame */
	struct rp_out out;
	bool done; /* under the lock */
};

struct rp_csv_pool {
	struct rp_csv_types types;
	struct rp_out *out;
	const struct rp_csv *model;
	size_t n_rows; /* of the model's, which all jobs have */
	bool deep;
	uint64_t hidden;
	int n_threads, n_jobs;
	struct job *jobs; /* a ring */
	unsigned head, taken, tail; /* next to fill, to work on, to write */
	bool stop;
	pthread_mutex_t lock;
	pthread_cond_t work, done;
	pthread_t *threads;
};

static void *
do_jobs(void *arg)
{
	struct rp_csv_pool *pool = arg;
	struct job *j;

	pthread_mutex_lock(&pool->lock);
	for (;;) {
		while (pool->taken == pool->head && !pool->stop)
			pthread_cond_wait(&pool->work, &pool->lock);
		if (pool->taken == pool->head)
			break;
		j = &pool->jobs[pool->taken++ % (unsigned)pool->n_jobs];
		pthread_mutex_unlock(&pool->lock);
		/* a failure is kept in j->out */
		(void)!rp_csv_frame(&j->csv, &j->out, &j->frame, &pool->types);
		pthread_mutex_lock(&pool->lock);
		j->done = true;
		pthread_cond_signal(&pool->done);
	}
	pthread_mutex_unlock(&pool->lock);
	return NULL;
}

/* ---- making and ending ---- */

static bool
job_init(struct job *j, const struct rp_csv *model)
{
	rp_csv_init(&j->csv);
	j->csv.style.quoting = model->style.quoting;
	j->csv.style.text = model->style.text;
	if (model->style.text.time.zone != NULL) {
		/* a zone serves one thread */
		j->zone = *model->style.text.time.zone;
		j->csv.style.text.time.zone = &j->zone;
	}
	rp_out_init(&j->out, -1, "CSV");
	return rp_plan_copy(&j->csv.plan, &model->plan, &j->csv.style) == RP_OK;
}

static void
job_free(struct job *j)
{
	rp_csv_free(&j->csv);
	rp_buffer_free(&j->rows);
	rp_buffer_free(&j->labels);
	rp_buffer_free(&j->schemas);
	rp_buffer_free(&j->texts);
	rp_out_free(&j->out);
}

static bool
start(struct rp_csv_pool *pool, const struct rp_csv *model, int threads)
{
	for (int i = 0; i < pool->n_jobs; i++)
		if (!job_init(&pool->jobs[i], model))
			return false;
	for (; pool->n_threads < threads; pool->n_threads++)
		if (pthread_create(&pool->threads[pool->n_threads], NULL,
			do_jobs, pool) != 0)
			return false;
	return true;
}

struct rp_csv_pool *
rp_csv_pool_new(const struct rp_csv *model, const struct rp_csv_types *types,
    struct rp_out *out, int threads)
{
	struct rp_csv_pool *pool = calloc(1, sizeof(*pool));

	if (pool == NULL)
		return NULL;
	pool->types = *types;
	pool->out = out;
	pool->model = model;
	pool->n_jobs = threads + 2;
	pthread_mutex_init(&pool->lock, NULL);
	pthread_cond_init(&pool->work, NULL);
	pthread_cond_init(&pool->done, NULL);
	pool->jobs = calloc((size_t)pool->n_jobs, sizeof(*pool->jobs));
	pool->threads = calloc((size_t)threads, sizeof(*pool->threads));
	if (pool->jobs != NULL && pool->threads != NULL &&
	    start(pool, model, threads))
		return pool;
	rp_csv_pool_free(pool);
	return NULL;
}

void
rp_csv_pool_free(struct rp_csv_pool *pool)
{
	if (pool == NULL)
		return;
	pthread_mutex_lock(&pool->lock);
	pool->stop = true;
	pool->head = pool->taken;
	pthread_cond_broadcast(&pool->work);
	pthread_mutex_unlock(&pool->lock);
	for (int i = 0; i < pool->n_threads; i++)
		pthread_join(pool->threads[i], NULL);
	for (int i = 0; pool->jobs != NULL && i < pool->n_jobs; i++)
		job_free(&pool->jobs[i]);
	pthread_mutex_destroy(&pool->lock);
	pthread_cond_destroy(&pool->work);
	pthread_cond_destroy(&pool->done);
	free(pool->jobs);
	free(pool->threads);
	free(pool);
}

/* ---- frames in, text out ---- */

/* Rows and names, which are all that cells look at. */
static enum rp_status
copy_frame(struct job *j, const struct rp_frame *f)
{
	struct rp_label *label;
	enum rp_status st;
	size_t room = 0;

	for (uint32_t i = 0; i < f->n_names; i++)
		room += f->names[i].len;
	j->rows.len = j->labels.len = j->schemas.len = j->texts.len = 0;
	if ((st = rp_buffer_add(&j->rows, f->rows,
		 (size_t)(f->rows_end - f->rows))) != RP_OK ||
	    (st = rp_buffer_add(
		 &j->labels, f->names, f->n_names * sizeof(*label))) != RP_OK ||
	    (st = rp_buffer_reserve(&j->texts, room)) != RP_OK)
		return st;
	st = rp_buffer_add(
	    &j->schemas, f->schemas, f->n_schemas * sizeof(*f->schemas));
	if (st != RP_OK)
		return st;
	label = (struct rp_label *)(void *)j->labels.data;
	for (uint32_t i = 0; i < f->n_names; i++) {
		const char *text = label[i].text;

		label[i].text = (char *)j->texts.data + j->texts.len;
		st = rp_buffer_add(&j->texts, text, label[i].len);
		if (st != RP_OK)
			return st;
	}
	j->frame = (struct rp_frame){ .head = f->head,
		.names = label,
		.n_names = f->n_names,
		.schemas = (const uint32_t *)(void *)j->schemas.data,
		.n_schemas = f->n_schemas,
		.rows = j->rows.data,
		.rows_end = j->rows.data + j->rows.len };
	return RP_OK;
}

/* Write the oldest job's text; it must be done, or is waited for. RP_EMPTY:
 * there is none, or none that is done. */
static enum rp_status
collect(struct rp_csv_pool *pool, bool wait)
{
	struct job *j = &pool->jobs[pool->tail % (unsigned)pool->n_jobs];
	bool done;

	if (pool->tail == pool->head)
		return RP_EMPTY;
	pthread_mutex_lock(&pool->lock);
	while (wait && !j->done)
		pthread_cond_wait(&pool->done, &pool->lock);
	done = j->done;
	pthread_mutex_unlock(&pool->lock);
	if (!done)
		return RP_EMPTY;
	pool->tail++;
	pool->deep |= j->csv.deep;
	pool->hidden += j->csv.hidden.n;
	j->csv.hidden.n = 0;
	if (j->out.error.status != RP_OK)
		return rp_error_set(&pool->out->error, j->out.error.status,
		    "%s", j->out.error.text);
	return rp_out_take(pool->out, &j->out);
}

/* Columns of features are those of the frame that the model's row was made by,
 * whichever frame a job gets first. */
static enum rp_status
adopt_rows(struct rp_csv_pool *pool, const struct rp_frame *f)
{
	const struct rp_plan *from = &pool->model->plan;
	enum rp_status st;

	if (pool->n_rows == from->n_rows)
		return RP_OK;
	if ((st = rp_csv_pool_flush(pool)) != RP_OK)
		return st;
	for (int i = 0; i < pool->n_jobs; i++) {
		struct rp_csv *csv = &pool->jobs[i].csv;

		csv->style.frame = f;
		for (size_t k = pool->n_rows; k < from->n_rows; k++)
			if (rp_plan_row(&csv->plan, from->rows[k].type) == NULL)
				st = rp_error_no_memory(&pool->out->error);
		csv->style.frame = NULL;
	}
	pool->n_rows = from->n_rows;
	return st;
}

enum rp_status
rp_csv_pool_put(struct rp_csv_pool *pool, const struct rp_frame *f)
{
	enum rp_status st;
	struct job *j;

	if ((st = adopt_rows(pool, f)) != RP_OK)
		return st;
	if (pool->head - pool->tail == (unsigned)pool->n_jobs)
		st = collect(pool, true);
	while (st == RP_OK)
		st = collect(pool, false);
	if (st != RP_EMPTY)
		return st;
	j = &pool->jobs[pool->head % (unsigned)pool->n_jobs];
	if ((st = copy_frame(j, f)) != RP_OK)
		return rp_error_set(&pool->out->error, st, "out of memory");
	pthread_mutex_lock(&pool->lock);
	j->done = false;
	pool->head++;
	pthread_cond_signal(&pool->work);
	pthread_mutex_unlock(&pool->lock);
	return RP_OK;
}

bool
rp_csv_pool_poll(struct rp_csv_pool *pool)
{
	enum rp_status st;

	do
		st = collect(pool, false);
	while (st == RP_OK);
	return st != RP_EMPTY || pool->tail == pool->head;
}

enum rp_status
rp_csv_pool_flush(struct rp_csv_pool *pool)
{
	enum rp_status st;

	do
		st = collect(pool, true);
	while (st == RP_OK);
	return st == RP_EMPTY ? RP_OK : st;
}

bool
rp_csv_pool_deep(const struct rp_csv_pool *pool)
{
	return pool->deep;
}

uint64_t
rp_csv_pool_hidden(const struct rp_csv_pool *pool)
{
	return pool->hidden;
}
