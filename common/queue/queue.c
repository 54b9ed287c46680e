#include "queue/queue.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "queue/directory.h"
#include "queue/redis.h"
#include "queue/queue_work.h"

/* ---- what the kinds share ---- */

void
rp_queue_item_free(struct rp_queue_item *item)
{
	free(item->id);
	free(item->payload);
	free(item->result);
	*item = (struct rp_queue_item){ 0 };
}

bool
rp_queue_is_unsent(const struct rp_queue_item *item)
{
	return item->state == RP_JOB_NEW || item->state == RP_JOB_FULL;
}

bool
rp_queue_is_waited_for(const struct rp_queue_item *item)
{
	return item->state == RP_JOB_QUEUED || item->state == RP_JOB_REPEATED;
}

enum rp_status
rp_queue_set_result(struct rp_queue_item *item, enum rp_job_state state,
    const char *result, struct rp_error *err)
{
	item->state = state;
	item->result = strdup(result);
	return item->result != NULL ? RP_OK : rp_error_no_memory(err);
}

int
rp_entry_compare(const char *a, const char *b)
{
	unsigned long long a_ms = 0, a_n = 0, b_ms = 0, b_n = 0;

	(void)sscanf(a, "%llu-%llu", &a_ms, &a_n);
	(void)sscanf(b, "%llu-%llu", &b_ms, &b_n);
	if (a_ms != b_ms)
		return a_ms < b_ms ? -1 : 1;
	return (a_n > b_n) - (a_n < b_n);
}

/* ---- by kind ---- */

enum rp_status
rp_queue_check(const struct rp_queue_options *options, struct rp_error *err)
{
	if (strcmp(options->name, options->dlq) == 0)
		return rp_error_set(err, RP_ERR_USAGE,
		    "queue '%s': its dead letters need another name",
		    options->name);
	return rp_directory_of(options->url) != NULL
	    ? RP_OK
	    : rp_redis_check(options->url, err);
}

enum rp_status
rp_queue_open(struct rp_queue **out, const struct rp_queue_options *options,
    struct rp_error *err)
{
	const struct rp_queue_kind *kind = rp_directory_of(options->url) != NULL
	    ? &rp_queue_of_directories
	    : &rp_queue_of_redis;
	enum rp_status st;

	*out = NULL;
	if ((st = rp_queue_check(options, err)) != RP_OK ||
	    (st = kind->open(out, options, err)) != RP_OK)
		return st;
	(*out)->kind = kind;
	(*out)->options = options;
	return RP_OK;
}

void
rp_queue_close(struct rp_queue *q)
{
	if (q != NULL)
		q->kind->close(q);
}

enum rp_status
rp_queue_put(struct rp_queue *q, struct rp_queue_item *items, size_t n,
    struct rp_error *err)
{
	return q->kind->put(q, items, n, err);
}

enum rp_status
rp_queue_ask(struct rp_queue *q, struct rp_queue_item *items, size_t n,
    struct rp_error *err)
{
	return q->kind->ask(q, items, n, err);
}

enum rp_status
rp_queue_dead(struct rp_queue *q,
    bool (*fn)(void *, const struct rp_dead_letter *), void *arg,
    struct rp_error *err)
{
	return q->kind->dead(q, fn, arg, err);
}

enum rp_status
rp_queue_revive(struct rp_queue *q, const struct rp_dead_letter *letter,
    bool *done, struct rp_error *err)
{
	return q->kind->revive(q, letter, done, err);
}

enum rp_status
rp_queue_bury(struct rp_queue *q, const struct rp_dead_letter *letter,
    bool *done, struct rp_error *err)
{
	return q->kind->bury(q, letter, done, err);
}
