/* What the threads of rp-compile share. */
#ifndef RP_COMPILE_H
#define RP_COMPILE_H

#include <stdatomic.h>

#include "base/random.h"
#include "base/time.h"
#include "config.h"
#include "held.h"
#include "report.h"
#include "unit.h"

struct compile {
	struct rp_cli *cli;
	struct config config;
	bool once; /* what is there now, and no more */
	bool lines; /* jobs come from stdin, once */
	int64_t drain; /* ns after a signal, until all is given up */
	/* of the queue */
	struct rp_queue_options queue;
	struct rp_consumer_options consumer;
	char name[RP_CONSUMER_ROOM];
	/* of the store */
	struct rp_store_options store;
	const char *bucket; /* of S3, or NULL: a directory */
	const char *root; /* what keys are below: a directory, or "s3://..." */
	const char *prefix; /* what keys begin with */

	struct held *held;
	struct channel *channel;
	bool (*stopping)(void); /* giving_up, for who has no x */
	atomic_bool giving_up; /* no more attempts: the time to drain is over */
	atomic_bool failed; /* a worker could not do its work, and ends */
	atomic_bool left; /* some jobs are left for later */
};

/* Attempts at something that may fail for a while. */
struct attempts {
	const struct compile *x;
	struct rp_random random;
	uint64_t failures; /* in a row */
	bool hasty; /* waits no longer once a signal came */
};

void attempts_init(struct attempts *a, const struct compile *x);

/*
 * It has failed: tell, and wait a while; err is clear then. False: it is not to
 * be tried again, as we are giving up or, with --once, after so many attempts.
 */
bool attempts_again(struct attempts *a, enum peer peer, struct rp_error *err);
/* It went well. */
void attempts_well(struct attempts *a, enum peer peer);

/* A consumer of one's own, for a thread; until a signal comes it is tried again
 * while the queue cannot be reached. */
RP_CHECKED enum rp_status compile_open_consumer(const struct compile *x,
    struct rp_consumer **consumer, struct rp_error *err);

/* A store of one's own, for a thread. */
RP_CHECKED enum rp_status compile_open_store(
    const struct compile *x, struct rp_store **store, struct rp_error *err);

/* intake.c: give the workers all that is to be done, until that is all or a
 * signal came. A failure is told in cli->error. */
RP_CHECKED enum rp_status take_in(struct compile *x);

/* worker.c: a thread that makes objects of units until the channel is closed,
 * and empty. A failure is told in cli->error. */
struct worker;
RP_CHECKED enum rp_status worker_start(struct worker **out, struct compile *x);
void worker_end(struct worker *w);

/* watch.c: a thread that waits for nobody: after a signal it has all given up
 * when the time to drain is over. */
struct watch;
RP_CHECKED enum rp_status watch_start(struct watch **out, struct compile *x);
void watch_end(struct watch *w);

/* keeper.c: a thread that renews what is held until it is told to end. */
struct keeper;
RP_CHECKED enum rp_status keeper_start(struct keeper **out, struct compile *x);
void keeper_end(struct keeper *k);

#endif
