/*
 * The queue of jobs: a directory (queue/directory.h), or in Redis, as
 * rp-enqueue(1) describes its keys:
 *
 *	NAME              a stream; each entry has the field payload, a job
 *	queued:NAME:ID    the entry of a job, for as long as ids are remembered
 *	processed:NAME:ID a job is done; what it came to
 *	DLQ               a stream of jobs that were given up: reason, payload,
 *	                  job_id
 *
 * What belongs together is done in one script or one transaction, whole or not
 * at all.
 */
#ifndef RP_QUEUE_QUEUE_H
#define RP_QUEUE_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/error.h"

struct rp_queue_options {
	const char *url; /* file://DIR, a path, or rp_redis_open's */
	const char *name; /* of the directory or the stream */
	const char *dlq; /* of the dead letters */
	int64_t remember; /* s that an id is remembered; 0: it is not */
	uint64_t max_len; /* jobs that may be queued; 0: any number */
};

struct rp_queue;

/* The URL is one, and the dead letters are not the queue. RP_ERR_USAGE. */
RP_CHECKED enum rp_status rp_queue_check(
    const struct rp_queue_options *options, struct rp_error *err);

/* Connect. RP_ERR_USAGE, RP_ERR_REMOTE, RP_ERR_NOMEM; of a directory, those of
 * rp_directory_open, too. options must outlive it. */
RP_CHECKED enum rp_status rp_queue_open(struct rp_queue **out,
    const struct rp_queue_options *options, struct rp_error *err);
void rp_queue_close(struct rp_queue *q);

enum rp_job_state {
	RP_JOB_NEW, /* not known to be queued */
	RP_JOB_FULL, /* not queued, as there are max_len jobs */
	RP_JOB_QUEUED,
	RP_JOB_REPEATED, /* its id was queued before, as entry */
	RP_JOB_DONE, /* see result */
	RP_JOB_DEAD, /* see result: the reason */
	RP_JOB_LOST /* it is neither queued nor done any more */
};

#define RP_ENTRY_ROOM 44 /* "1700000000000-18446744073709551615" */

struct rp_queue_item {
	char *id;
	uint8_t *payload;
	size_t len;
	char entry[RP_ENTRY_ROOM]; /* "": none is known */
	enum rp_job_state state;
	char *result; /* or NULL */
};

/* Free what it points to. */
void rp_queue_item_free(struct rp_queue_item *item);

/*
 * Queue those of n items that are NEW or FULL, in their order, many on the way
 * at a time. RP_ERR_REMOTE: those that are still NEW may have been queued or
 * not; if ids are remembered it is safe to try again. Behind one that is FULL
 * all are.
 */
RP_CHECKED enum rp_status rp_queue_put(struct rp_queue *q,
    struct rp_queue_item *items, size_t n, struct rp_error *err);

/* Ask what became of those items that are QUEUED or REPEATED: some become
 * DONE, DEAD or LOST. RP_ERR_REMOTE, RP_ERR_NOMEM. */
RP_CHECKED enum rp_status rp_queue_ask(struct rp_queue *q,
    struct rp_queue_item *items, size_t n, struct rp_error *err);

/* ---- dead letters ---- */

struct rp_dead_letter {
	const char *entry; /* of the DLQ */
	const char *id, *reason; /* "": not said */
	const uint8_t *payload;
	size_t len;
	/* all other fields, name and value in turn */
	const char *const *others;
	size_t n_others;
};

/* Each dead letter, the oldest first; fn returns false to stop. */
RP_CHECKED enum rp_status rp_queue_dead(struct rp_queue *q,
    bool (*fn)(void *arg, const struct rp_dead_letter *letter), void *arg,
    struct rp_error *err);

/*
 * Queue a dead letter again, whatever is remembered of its id, or forget it:
 * *done is false if there was none of this entry.
 */
RP_CHECKED enum rp_status rp_queue_revive(struct rp_queue *q,
    const struct rp_dead_letter *letter, bool *done, struct rp_error *err);
RP_CHECKED enum rp_status rp_queue_bury(struct rp_queue *q,
    const struct rp_dead_letter *letter, bool *done, struct rp_error *err);

#endif
