/* --dlq: the dead letters, seen, queued again, forgotten. */
#ifndef RP_ENQUEUE_DLQ_H
#define RP_ENQUEUE_DLQ_H

#include "cli/cli.h"
#include "queue/queue.h"

struct dlq {
	struct rp_cli *cli;
	const char *act; /* list, show, replay, purge */
	/* entries or ids of jobs; none: all of them, which replay and purge
	 * want to be told */
	char **wanted;
	int n_wanted;
	bool all, json;
};

RP_CHECKED enum rp_status dlq_run(
    const struct dlq *d, const struct rp_queue_options *options);

#endif
