/* Inside queue/: what its files share. */
#ifndef RP_QUEUE_QUEUE_WORK_H
#define RP_QUEUE_QUEUE_WORK_H

#include "queue/queue.h"
#include "queue/redis.h"

struct rp_queue {
	const struct rp_queue_options *options;
	struct rp_redis *redis;
	struct rp_redis_command command; /* in the making */
	char seen
	    [RP_ENTRY_ROOM]; /* the dead letter that rp_queue_ask saw last */
};

/* Begin a command that runs a script on so many keys, which follow. */
void rp_queue_script(struct rp_queue *q, const char *script, size_t n_keys);

/* Send what was begun, and have its reply. */
RP_CHECKED enum rp_status rp_queue_call(
    struct rp_queue *q, struct redisReply **reply, struct rp_error *err);

/* rp_queue_dead of those behind an entry; "": of all. */
RP_CHECKED enum rp_status rp_queue_dead_after(struct rp_queue *q,
    const char *entry,
    bool (*fn)(void *arg, const struct rp_dead_letter *letter), void *arg,
    struct rp_error *err);

#endif
