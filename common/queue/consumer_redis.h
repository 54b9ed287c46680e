/* Inside queue/: what the files of consumers of a queue in Redis share. */
#ifndef RP_QUEUE_CONSUMER_REDIS_H
#define RP_QUEUE_CONSUMER_REDIS_H

#include <string.h>

#include "queue/consumer_work.h"
#include "queue/redis.h"

struct redis_consumer {
	struct rp_consumer base;
	struct rp_redis *redis; /* NULL: not connected */
	struct rp_redis_command command; /* in the making */
	char cursor[RP_ENTRY_ROOM]; /* of claims */
};

/* Send what was begun, and have its reply. A group that is gone, as after a
 * restart without persistence, is made anew. */
RP_CHECKED enum rp_status rp_consumer_redis_call(
    struct redis_consumer *c, struct redisReply **reply, struct rp_error *err);
/* The same where the reply is of no interest. */
RP_CHECKED enum rp_status rp_consumer_redis_do(
    struct redis_consumer *c, struct rp_error *err);
/* RP_ERR_REMOTE: the reply is none of those that there are. */
enum rp_status rp_consumer_redis_strange(
    struct redis_consumer *c, struct rp_error *err);

/* Of rp_consumer_of_redis. */
RP_CHECKED enum rp_status rp_redis_take(struct rp_consumer *base,
    struct rp_delivery *d, size_t n, struct rp_error *err);
RP_CHECKED enum rp_status rp_redis_seal(
    struct rp_consumer *base, struct rp_job_window *w, struct rp_error *err);
RP_CHECKED enum rp_status rp_redis_adopt(struct rp_consumer *base,
    const char *name, struct rp_job_window *out, struct rp_error *err);
RP_CHECKED enum rp_status rp_redis_renew(struct rp_consumer *base,
    const struct rp_member *members, size_t n, struct rp_error *err);
RP_CHECKED enum rp_status rp_redis_finish(struct rp_consumer *base,
    const struct rp_job_window *w, const char *result, size_t *done,
    struct rp_error *err);
RP_CHECKED enum rp_status rp_redis_bury(struct rp_consumer *base,
    const struct rp_delivery *d, const char *reason, const char *attempts,
    struct rp_error *err);
RP_CHECKED enum rp_status rp_redis_release(struct rp_consumer *base,
    const struct rp_member *members, size_t n, struct rp_error *err);

/* ---- commands ---- */

static inline const char *
queue_of(const struct redis_consumer *c)
{
	return c->base.options->queue->name;
}

static inline void
begin_script(struct redis_consumer *c, const char *script, size_t n_keys)
{
	rp_redis_begin(&c->command, "EVAL");
	rp_redis_addf(&c->command, "%s", script);
	rp_redis_addf(&c->command, "%zu", n_keys);
}

static inline void
add_text(struct redis_consumer *c, const char *text)
{
	rp_redis_add(&c->command, text, strlen(text));
}

static inline void
add_number(struct redis_consumer *c, int64_t number)
{
	rp_redis_addf(&c->command, "%lld", (long long)number);
}

/* "lease:NAME:ID", "processed:NAME:ID" and the like. */
static inline void
add_key(struct redis_consumer *c, const char *kind, const char *id)
{
	rp_redis_addf(&c->command, "%s:%s:%s", kind, queue_of(c), id);
}

/* The group and who we are. */
static inline void
add_us(struct redis_consumer *c)
{
	add_text(c, c->base.options->group);
	add_text(c, c->base.options->name);
}

#endif
