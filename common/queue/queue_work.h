/* Inside queue/: what a kind of queue does for its producers. */
#ifndef RP_QUEUE_QUEUE_WORK_H
#define RP_QUEUE_QUEUE_WORK_H

#include "queue/queue.h"

struct rp_queue_kind {
	/* the first two members of *out are set by rp_queue_open */
	enum rp_status (*open)(struct rp_queue **out,
	    const struct rp_queue_options *options, struct rp_error *err);
	void (*close)(struct rp_queue *q);
	enum rp_status (*put)(struct rp_queue *q, struct rp_queue_item *items,
	    size_t n, struct rp_error *err);
	enum rp_status (*ask)(struct rp_queue *q, struct rp_queue_item *items,
	    size_t n, struct rp_error *err);
	enum rp_status (*dead)(struct rp_queue *q,
	    bool (*fn)(void *, const struct rp_dead_letter *), void *arg,
	    struct rp_error *err);
	enum rp_status (*revive)(struct rp_queue *q,
	    const struct rp_dead_letter *letter, bool *done,
	    struct rp_error *err);
	enum rp_status (*bury)(struct rp_queue *q,
	    const struct rp_dead_letter *letter, bool *done,
	    struct rp_error *err);
};

/* Each kind's begins with it. */
struct rp_queue {
	const struct rp_queue_kind *kind;
	const struct rp_queue_options *options;
};

extern const struct rp_queue_kind rp_queue_of_redis, rp_queue_of_directories;

/* NEW or FULL: to be put. */
bool rp_queue_is_unsent(const struct rp_queue_item *item);
/* QUEUED or REPEATED: to be asked about. */
bool rp_queue_is_waited_for(const struct rp_queue_item *item);
/* DONE or DEAD, with a copy of the result. */
RP_CHECKED enum rp_status rp_queue_set_result(struct rp_queue_item *item,
    enum rp_job_state state, const char *result, struct rp_error *err);

/* Entries of one queue are in the order of its clock: below, 0, above 0. */
int rp_entry_compare(const char *a, const char *b);

#endif
