#include "held.h"

#include <errno.h>
#include <pthread.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/time.h"

struct job {
	char *id;
	char entry[RP_ENTRY_ROOM];
};

struct held {
	pthread_mutex_t lock;
	pthread_cond_t fewer;
	void *tree; /* of struct job, by id: tsearch(3) */
	size_t n;
};

struct held *
held_new(void)
{
	struct held *h = calloc(1, sizeof(*h));

	if (h == NULL)
		return NULL;
	pthread_mutex_init(&h->lock, NULL);
	pthread_cond_init(&h->fewer, NULL);
	return h;
}

static void
free_job(void *job)
{
	free(((struct job *)job)->id);
	free(job);
}

void
held_free(struct held *h)
{
	if (h == NULL)
		return;
	tdestroy(h->tree, free_job);
	pthread_cond_destroy(&h->fewer);
	pthread_mutex_destroy(&h->lock);
	free(h);
}

static int
compare(const void *a, const void *b)
{
	return strcmp(((const struct job *)a)->id, ((const struct job *)b)->id);
}

static struct job *
new_job(const char *id, const char *entry)
{
	struct job *job = calloc(1, sizeof(*job));

	if (job == NULL || (job->id = strdup(id)) == NULL) {
		free(job);
		return NULL;
	}
	snprintf(job->entry, sizeof(job->entry), "%s", entry);
	return job;
}

enum rp_status
held_add(struct held *h, const char *id, const char *entry, bool *added)
{
	struct job *job = new_job(id, entry), **node;

	*added = false;
	if (job == NULL)
		return RP_ERR_NOMEM;
	pthread_mutex_lock(&h->lock);
	node = tsearch(job, &h->tree, compare);
	*added = node != NULL && *node == job;
	h->n += *added;
	pthread_mutex_unlock(&h->lock);
	if (!*added)
		free_job(job);
	return node != NULL ? RP_OK : RP_ERR_NOMEM;
}

void
held_remove(struct held *h, const char *id)
{
	struct job key = { .id = (char *)(uintptr_t)id }, **node, *job;

	pthread_mutex_lock(&h->lock);
	if ((node = tfind(&key, &h->tree, compare)) != NULL) {
		job = *node;
		tdelete(job, &h->tree, compare);
		free_job(job);
		h->n--;
		pthread_cond_signal(&h->fewer);
	}
	pthread_mutex_unlock(&h->lock);
}

size_t
held_count(struct held *h)
{
	size_t n;

	pthread_mutex_lock(&h->lock);
	n = h->n;
	pthread_mutex_unlock(&h->lock);
	return n;
}

void
held_wait_below(struct held *h, size_t most, int ms)
{
	const int64_t until = rp_clock_monotonic() + ms * (RP_SECOND / 1000);
	const struct timespec t = { until / RP_SECOND, until % RP_SECOND };

	pthread_mutex_lock(&h->lock);
	while (h->n >= most &&
	    pthread_cond_clockwait(&h->fewer, &h->lock, CLOCK_MONOTONIC, &t) ==
		0)
		;
	pthread_mutex_unlock(&h->lock);
}

/* ---- all of them ---- */

struct list {
	struct rp_member *members;
	size_t n;
	bool failed;
};

static void
visit(const void *node, VISIT order, void *arg)
{
	const struct job *job = *(const struct job *const *)node;
	struct list *list = arg;
	struct rp_member *m;

	if (order != postorder && order != leaf)
		return;
	m = &list->members[list->n];
	if ((m->id = strdup(job->id)) == NULL) {
		list->failed = true;
		return;
	}
	memcpy(m->entry, job->entry, sizeof(m->entry));
	list->n++;
}

enum rp_status
held_list(struct held *h, struct rp_member **members, size_t *n)
{
	struct list list = { 0 };

	pthread_mutex_lock(&h->lock);
	list.members = calloc(h->n + 1, sizeof(*list.members));
	if (list.members != NULL)
		twalk_r(h->tree, visit, &list);
	pthread_mutex_unlock(&h->lock);
	*members = list.members;
	*n = list.n;
	if (list.members != NULL && !list.failed)
		return RP_OK;
	held_list_free(list.members, list.n);
	return RP_ERR_NOMEM;
}

void
held_list_free(struct rp_member *members, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(members[i].id);
	free(members);
}
