/* Jobs on their way into the queue, and what became of them. */
#ifndef RP_ENQUEUE_SENDER_H
#define RP_ENQUEUE_SENDER_H

#include "base/buffer.h"
#include "base/random.h"
#include "cli/cli.h"
#include "queue/job.h"
#include "queue/queue.h"

struct sender {
	struct rp_cli *cli;
	const struct rp_queue_options *options;
	struct rp_queue *queue; /* NULL: not connected */
	struct rp_buffer items; /* struct rp_queue_item */
	size_t queued; /* of these, the first ones */
	struct rp_random random;
	bool wait; /* for what becomes of the jobs */
	bool json; /* a line each on stdout */
	int64_t patience; /* ns to wait; 0: for ever */
	uint64_t failures; /* of the queue in a row */
	uint64_t dead, lost;
	char first[256]; /* the first of these, and why */
};

/* Connect. The rest of s is the caller's to set. RP_ERR_REMOTE, RP_ERR_USAGE. */
RP_CHECKED enum rp_status sender_open(struct sender *s);

/* Queue a job, now or with others. RP_ERR_REMOTE, RP_ERR_LIMIT, RP_ERR_NOMEM. */
RP_CHECKED enum rp_status sender_add(
    struct sender *s, const struct rp_job *job);

/* Queue what was added so far. */
RP_CHECKED enum rp_status sender_flush(struct sender *s);

/* The same, and wait for all of them if s->wait. RP_ERR_IO: some are dead or
 * lost; RP_ERR_REMOTE: some are not done in time. */
RP_CHECKED enum rp_status sender_finish(struct sender *s);
void sender_free(struct sender *s);

#endif
