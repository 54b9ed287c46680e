/* Inside queue/: what the files of the queue in Redis share. */
#ifndef RP_QUEUE_QUEUE_REDIS_H
#define RP_QUEUE_QUEUE_REDIS_H

#include "queue/queue_work.h"
#include "queue/redis.h"

struct redis_queue {
	struct rp_queue base;
	struct rp_redis *redis;
	struct rp_redis_command command; /* in the making */
	char seen[RP_ENTRY_ROOM]; /* the dead letter that was looked at last */
};

/* Begin a command that runs a script on so many keys, which follow. */
void rp_queue_redis_script(
    struct redis_queue *q, const char *script, size_t n_keys);

/* Send what was begun, and have its reply. */
RP_CHECKED enum rp_status rp_queue_redis_call(
    struct redis_queue *q, struct redisReply **reply, struct rp_error *err);

/* Dead letters behind an entry; "": all. */
RP_CHECKED enum rp_status rp_queue_redis_dead_after(struct redis_queue *q,
    const char *entry,
    bool (*fn)(void *arg, const struct rp_dead_letter *letter), void *arg,
    struct rp_error *err);

/* Of rp_queue_of_redis. */
RP_CHECKED enum rp_status rp_queue_redis_dead(struct rp_queue *queue,
    bool (*fn)(void *arg, const struct rp_dead_letter *letter), void *arg,
    struct rp_error *err);
RP_CHECKED enum rp_status rp_queue_redis_revive(struct rp_queue *queue,
    const struct rp_dead_letter *letter, bool *done, struct rp_error *err);
RP_CHECKED enum rp_status rp_queue_redis_bury(struct rp_queue *queue,
    const struct rp_dead_letter *letter, bool *done, struct rp_error *err);

#endif
