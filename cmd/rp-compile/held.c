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

struct delivered {
	char text[RP_ENTRY_ROOM];
};

struct job {
	char *id;
	struct delivered *entries; /* the first one is worked on */
	size_t n;
};

struct held {
	pthread_mutex_t lock;
	pthread_cond_t fewer;
	void *tree; /* of struct job, by id: tsearch(3) */
	size_t n; /* entries of them */
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
	free(((struct job *)job)->entries);
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

/* RP_ERR_NOMEM; *added: it was not there. */
static enum rp_status
add_entry(struct job *job, const char *text, bool *added)
{
	struct delivered *more;

	*added = false;
	for (size_t i = 0; i < job->n; i++)
		if (strcmp(job->entries[i].text, text) == 0)
			return RP_OK;
	more = realloc(job->entries, (job->n + 1) * sizeof(*more));
	if (more == NULL)
		return RP_ERR_NOMEM;
	job->entries = more;
	snprintf(more[job->n++].text, sizeof(more->text), "%s", text);
	*added = true;
	return RP_OK;
}

static struct job *
new_job(const char *id, const char *entry)
{
	struct job *job = calloc(1, sizeof(*job));
	bool added;

	if (job != NULL && (job->id = strdup(id)) != NULL &&
	    add_entry(job, entry, &added) == RP_OK)
		return job;
	if (job != NULL)
		free_job(job);
	return NULL;
}

enum rp_status
held_add(struct held *h, const char *id, const char *entry, bool *added)
{
	struct job *job = new_job(id, entry), **node;
	enum rp_status st = RP_OK;
	bool repeated = false;

	*added = false;
	if (job == NULL)
		return RP_ERR_NOMEM;
	pthread_mutex_lock(&h->lock);
	node = tsearch(job, &h->tree, compare);
	if (node == NULL)
		st = RP_ERR_NOMEM;
	else if (*node == job)
		*added = true;
	else
		st = add_entry(*node, entry, &repeated);
	h->n += *added || repeated;
	pthread_mutex_unlock(&h->lock);
	if (!*added)
		free_job(job);
	return st;
}

/* Out of the tree, for the caller to free; NULL: it was not there. */
static struct job *
take_out(struct held *h, const char *id)
{
	struct job key = { .id = (char *)(uintptr_t)id }, **node, *job = NULL;

	pthread_mutex_lock(&h->lock);
	if ((node = tfind(&key, &h->tree, compare)) != NULL) {
		job = *node;
		tdelete(job, &h->tree, compare);
		h->n -= job->n;
		pthread_cond_signal(&h->fewer);
	}
	pthread_mutex_unlock(&h->lock);
	return job;
}

void
held_remove(struct held *h, const char *id)
{
	struct job *job = take_out(h, id);

	if (job != NULL)
		free_job(job);
}

size_t
held_remove_done(struct held *h, const char *id, const char *entry,
    struct rp_consumer *consumer)
{
	struct job *job = take_out(h, id);
	struct rp_error err = { 0 };
	size_t n = 0;

	for (size_t i = 0; job != NULL && i < job->n; i++) {
		struct rp_delivery d = { .id = job->id, .times = 1 };

		if (strcmp(job->entries[i].text, entry) == 0)
			continue;
		memcpy(d.entry, job->entries[i].text, sizeof(d.entry));
		n += rp_consumer_take(consumer, &d, 1, &err) == RP_OK &&
		    d.hold == RP_HOLD_DONE;
	}
	if (job != NULL)
		free_job(job);
	return n;
}

void
held_remove_left(
    struct held *h, const char *id, struct rp_member **members, size_t *n)
{
	struct job *job = take_out(h, id);
	struct rp_member *more;

	if (job == NULL)
		return;
	more = realloc(*members, (*n + job->n) * sizeof(*more));
	if (more != NULL)
		*members = more;
	for (size_t i = 0; more != NULL && i < job->n; i++) {
		struct rp_member *m = &more[*n];

		*m = (struct rp_member){ .id = strdup(id) };
		if (m->id == NULL)
			break;
		memcpy(m->entry, job->entries[i].text, sizeof(m->entry));
		++*n;
	}
	free_job(job);
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
	for (size_t i = 0; i < job->n; i++) {
		m = &list->members[list->n];
		if ((m->id = strdup(job->id)) == NULL) {
			list->failed = true;
			return;
		}
		memcpy(m->entry, job->entries[i].text, sizeof(m->entry));
		list->n++;
	}
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
