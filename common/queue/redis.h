/*
 * A connection to Redis: commands out, several at a time if need be, and
 * replies back in their order.
 */
#ifndef RP_QUEUE_REDIS_H
#define RP_QUEUE_REDIS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/error.h"

struct rp_redis;
struct redisReply;

/* The URL is as rp_redis_open wants it. RP_ERR_USAGE, RP_ERR_NOMEM. */
RP_CHECKED enum rp_status rp_redis_check(const char *url, struct rp_error *err);

/*
 * Connect, within 5 s, to redis://[[USER]:PASSWORD@]HOST[:PORT][/DB] or
 * unix://[[USER]:PASSWORD@]PATH[?db=DB]. RP_ERR_USAGE: another URL;
 * RP_ERR_REMOTE: nobody is there; RP_ERR_IO: the password is wrong. Passwords
 * are in no message.
 */
RP_CHECKED enum rp_status rp_redis_open(
    struct rp_redis **out, const char *url, struct rp_error *err);
void rp_redis_close(struct rp_redis *r);

/* The host and port, or the path, for messages. */
const char *rp_redis_name(const struct rp_redis *r);

/* A command in the making: arguments are copied, and memory that runs out is
 * told when it is sent. All zero is empty. */
struct rp_redis_command {
	struct rp_buffer bytes, ends; /* size_t: where each argument ends */
	bool failed;
};

/* Begin one of this name; then its arguments in their order. */
void rp_redis_begin(struct rp_redis_command *c, const char *name);
void rp_redis_add(struct rp_redis_command *c, const void *bytes, size_t len);
void rp_redis_addf(struct rp_redis_command *c, const char *fmt, ...)
    RP_PRINTF(2, 3);
void rp_redis_command_free(struct rp_redis_command *c);

/* Queue it; it goes out before the next reply is read. */
RP_CHECKED enum rp_status rp_redis_send(
    struct rp_redis *r, const struct rp_redis_command *c, struct rp_error *err);

/*
 * The next reply, within 10 s, freed by rp_redis_free. RP_ERR_REMOTE: the
 * connection is lost, or Redis cannot do it now; RP_ERR_IO: it refuses.
 */
RP_CHECKED enum rp_status rp_redis_receive(
    struct rp_redis *r, struct redisReply **reply, struct rp_error *err);
void rp_redis_free(struct redisReply *reply);

/* Both. */
RP_CHECKED enum rp_status rp_redis_call(struct rp_redis *r,
    const struct rp_redis_command *c, struct redisReply **reply,
    struct rp_error *err);

/* ---- replies ---- */

/* Text or status; NULL: it is neither. It ends with a zero byte. */
const char *rp_redis_text(const struct redisReply *reply, size_t *len);
/* A number; 0: it is none. */
int64_t rp_redis_number(const struct redisReply *reply);
/* Items of a list; 0: it is none. */
size_t rp_redis_items(const struct redisReply *reply);
const struct redisReply *rp_redis_item(
    const struct redisReply *reply, size_t i);

/* "libhiredis 0.14.1", as compiled in. */
const char *rp_redis_version(void);

#endif
