/* Consumers of a queue in Redis: a group of a stream, and keys beside it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "queue/consumer_redis.h"

enum { FORGOTTEN = 86400000 /* ms after which consumers without jobs go */ };

/* ---- scripts ---- */

/* KEYS: the stream. ARGV: the group, we, ms that a job was not renewed, where
 * to go on, how many. The answer: where to go on, then {entry, fields, times}
 * each. */
static const char claim_script[] =
    "local s, g = KEYS[1], ARGV[1]\n"
    "local r = redis.call('XAUTOCLAIM', s, g, ARGV[2], ARGV[3], ARGV[4],\n"
    "    'COUNT', ARGV[5])\n"
    "local out = {r[1]}\n"
    "for i, e in ipairs(r[2]) do\n"
    "  local p = redis.call('XPENDING', s, g, e[1], e[1], 1)\n"
    "  out[i + 1] = {e[1], e[2], p[1] and p[1][4] or 1}\n"
    "end\n"
    "return out\n";

/* KEYS: the stream. ARGV: the group. The answer: how many are waiting, and how
 * many pending. Once an entry was taken off, Redis knows no lag: up to a
 * thousand are counted then. */
static const char depth_script[] =
    "for _, g in ipairs(redis.call('XINFO', 'GROUPS', KEYS[1])) do\n"
    "  local f = {}\n"
    "  for i = 1, #g, 2 do f[g[i]] = g[i + 1] end\n"
    "  if f['name'] == ARGV[1] then\n"
    "    local lag = f['lag']\n"
    "    if not lag then\n"
    "      lag = #redis.call('XRANGE', KEYS[1],\n"
    "          '(' .. f['last-delivered-id'], '+', 'COUNT', 1000)\n"
    "    end\n"
    "    return {lag, f['pending']}\n"
    "  end\n"
    "end\n"
    "return {redis.call('XLEN', KEYS[1]), 0}\n";

/* KEYS: the stream. ARGV: the group, we, ms. */
static const char leave_script[] =
    "local s, g, me = KEYS[1], ARGV[1], ARGV[2]\n"
    "for _, c in ipairs(redis.call('XINFO', 'CONSUMERS', s, g)) do\n"
    "  local f = {}\n"
    "  for i = 1, #c, 2 do f[c[i]] = c[i + 1] end\n"
    "  local old = f['idle'] > tonumber(ARGV[3])\n"
    "  if f['pending'] == 0 and (f['name'] == me or old) then\n"
    "    redis.call('XGROUP', 'DELCONSUMER', s, g, f['name'])\n"
    "  end\n"
    "end\n"
    "return 1\n";

/* ---- the connection ---- */

static void
disconnect(struct redis_consumer *c)
{
	rp_redis_close(c->redis);
	c->redis = NULL;
}

/* The group, from the first job on, if there is none yet. */
static enum rp_status
make_group(struct redis_consumer *c, struct rp_error *err)
{
	struct rp_redis_command command = { 0 };
	struct redisReply *reply;
	enum rp_status st;

	rp_redis_begin(&command, "XGROUP");
	rp_redis_addf(&command, "CREATE");
	rp_redis_addf(&command, "%s", queue_of(c));
	rp_redis_addf(&command, "%s", c->base.options->group);
	rp_redis_addf(&command, "0");
	rp_redis_addf(&command, "MKSTREAM");
	st = rp_redis_call(c->redis, &command, &reply, err);
	if (st == RP_ERR_IO && strstr(err->text, "BUSYGROUP") != NULL) {
		*err = (struct rp_error){ 0 };
		st = RP_OK;
	}
	rp_redis_free(reply);
	rp_redis_command_free(&command);
	return st;
}

static enum rp_status
connect_once(struct redis_consumer *c, struct rp_error *err)
{
	enum rp_status st;

	if (c->redis != NULL)
		return RP_OK;
	st = rp_redis_open(&c->redis, c->base.options->queue->url, err);
	return st == RP_OK ? make_group(c, err) : st;
}

enum rp_status
rp_consumer_redis_call(
    struct redis_consumer *c, struct redisReply **reply, struct rp_error *err)
{
	enum rp_status st = connect_once(c, err);

	*reply = NULL;
	if (st == RP_OK)
		st = rp_redis_call(c->redis, &c->command, reply, err);
	if (st == RP_ERR_IO && strstr(err->text, "NOGROUP") != NULL) {
		*err = (struct rp_error){ 0 };
		if ((st = make_group(c, err)) == RP_OK)
			st = rp_redis_call(c->redis, &c->command, reply, err);
	}
	if (st == RP_ERR_REMOTE)
		disconnect(c);
	return st;
}

enum rp_status
rp_consumer_redis_do(struct redis_consumer *c, struct rp_error *err)
{
	struct redisReply *reply;
	enum rp_status st = rp_consumer_redis_call(c, &reply, err);

	rp_redis_free(reply);
	return st;
}

enum rp_status
rp_consumer_redis_strange(struct redis_consumer *c, struct rp_error *err)
{
	return rp_error_set(err, RP_ERR_REMOTE, "%s: a strange answer",
	    rp_redis_name(c->redis));
}

static void
close_redis(struct rp_consumer *base)
{
	struct redis_consumer *c = (struct redis_consumer *)base;

	disconnect(c);
	rp_redis_command_free(&c->command);
	free(c);
}

static enum rp_status
open_redis(struct rp_consumer **out, const struct rp_consumer_options *options,
    struct rp_error *err)
{
	struct redis_consumer *c = calloc(1, sizeof(*c));
	enum rp_status st;

	*out = NULL;
	if (c == NULL)
		return rp_error_no_memory(err);
	c->base = (struct rp_consumer){ &rp_consumer_of_redis, options };
	memcpy(c->cursor, "0-0", sizeof("0-0"));
	if ((st = connect_once(c, err)) != RP_OK) {
		close_redis(&c->base);
		return st;
	}
	*out = &c->base;
	return RP_OK;
}

/* ---- jobs come ---- */

static const struct redisReply *
payload_of(const struct redisReply *fields)
{
	for (size_t i = 0; i + 1 < rp_redis_items(fields); i += 2) {
		const char *name =
		    rp_redis_text(rp_redis_item(fields, i), NULL);

		if (name != NULL && strcmp(name, "payload") == 0)
			return rp_redis_item(fields, i + 1);
	}
	return NULL;
}

/* {entry, fields, times}; times: 1 if it is not there. One without a payload
 * is a job all the same, an empty one. */
static enum rp_status
read_delivery(struct rp_delivery *d, const struct redisReply *reply)
{
	const char *entry = rp_redis_text(rp_redis_item(reply, 0), NULL);
	const char *payload =
	    rp_redis_text(payload_of(rp_redis_item(reply, 1)), &d->len);

	if (entry == NULL || strlen(entry) >= sizeof(d->entry))
		return RP_ERR_CORRUPT;
	snprintf(d->entry, sizeof(d->entry), "%s", entry);
	d->times = rp_redis_items(reply) > 2
	    ? (uint64_t)rp_redis_number(rp_redis_item(reply, 2))
	    : 1;
	if (payload == NULL)
		d->len = 0;
	if ((d->payload = malloc(d->len + 1)) == NULL)
		return RP_ERR_NOMEM;
	if (d->len > 0)
		memcpy(d->payload, payload, d->len);
	return RP_OK;
}

/* The items of a list from one on. */
static enum rp_status
read_deliveries(struct redis_consumer *c, const struct redisReply *list,
    size_t from, struct rp_delivery **out, size_t *n, struct rp_error *err)
{
	size_t have = rp_redis_items(list);
	enum rp_status st = RP_OK;

	if (have <= from)
		return RP_OK;
	if ((*out = calloc(have - from, sizeof(**out))) == NULL)
		return rp_error_no_memory(err);
	for (size_t i = from; i < have && st == RP_OK; i++)
		st = read_delivery(&(*out)[(*n)++], rp_redis_item(list, i));
	if (st == RP_OK)
		return RP_OK;
	rp_deliveries_free(*out, *n);
	*out = NULL;
	*n = 0;
	return st == RP_ERR_NOMEM ? rp_error_no_memory(err)
				  : rp_consumer_redis_strange(c, err);
}

static enum rp_status
read_new(struct rp_consumer *base, size_t most, int ms,
    struct rp_delivery **out, size_t *n, struct rp_error *err)
{
	struct redis_consumer *c = (struct redis_consumer *)base;
	struct redisReply *reply;
	enum rp_status st;

	*out = NULL;
	*n = 0;
	rp_redis_begin(&c->command, "XREADGROUP");
	add_text(c, "GROUP");
	add_us(c);
	add_text(c, "COUNT");
	add_number(c, (int64_t)most);
	if (ms > 0) {
		add_text(c, "BLOCK");
		add_number(c, ms);
	}
	add_text(c, "STREAMS");
	add_text(c, queue_of(c));
	add_text(c, ">");
	st = rp_consumer_redis_call(c, &reply, err);
	if (st == RP_OK) /* {{stream, entries}}, or nil */
		st = read_deliveries(c,
		    rp_redis_item(rp_redis_item(reply, 0), 1), 0, out, n, err);
	rp_redis_free(reply);
	return st;
}

/* One page of what is pending. */
static enum rp_status
claim_page(struct redis_consumer *c, size_t most, struct rp_delivery **out,
    size_t *n, struct rp_error *err)
{
	struct redisReply *reply;
	const char *cursor;
	enum rp_status st;

	begin_script(c, claim_script, 1);
	add_text(c, queue_of(c));
	add_us(c);
	add_number(c, c->base.options->lease);
	add_text(c, c->cursor);
	add_number(c, (int64_t)most);
	if ((st = rp_consumer_redis_call(c, &reply, err)) == RP_OK) {
		cursor = rp_redis_text(rp_redis_item(reply, 0), NULL);
		if (cursor == NULL || strlen(cursor) >= sizeof(c->cursor))
			st = rp_consumer_redis_strange(c, err);
		else
			memcpy(c->cursor, cursor, strlen(cursor) + 1);
	}
	if (st == RP_OK)
		st = read_deliveries(c, reply, 1, out, n, err);
	rp_redis_free(reply);
	return st;
}

/* A page may have none that are due, and pages behind it some. */
static enum rp_status
claim(struct rp_consumer *base, size_t most, struct rp_delivery **out,
    size_t *n, struct rp_error *err)
{
	struct redis_consumer *c = (struct redis_consumer *)base;
	enum rp_status st;

	*out = NULL;
	*n = 0;
	do
		st = claim_page(c, most, out, n, err);
	while (st == RP_OK && *n == 0 && strcmp(c->cursor, "0-0") != 0);
	return st;
}

/* ---- the queue ---- */

static enum rp_status
depth(struct rp_consumer *base, uint64_t *waiting, uint64_t *pending,
    struct rp_error *err)
{
	struct redis_consumer *c = (struct redis_consumer *)base;
	struct redisReply *reply;
	enum rp_status st;

	begin_script(c, depth_script, 1);
	add_text(c, queue_of(c));
	add_text(c, base->options->group);
	if ((st = rp_consumer_redis_call(c, &reply, err)) == RP_OK) {
		*waiting = (uint64_t)rp_redis_number(rp_redis_item(reply, 0));
		*pending = (uint64_t)rp_redis_number(rp_redis_item(reply, 1));
	}
	rp_redis_free(reply);
	return st;
}

static enum rp_status
leave(struct rp_consumer *base, struct rp_error *err)
{
	struct redis_consumer *c = (struct redis_consumer *)base;

	begin_script(c, leave_script, 1);
	add_text(c, queue_of(c));
	add_us(c);
	add_number(c, FORGOTTEN);
	return rp_consumer_redis_do(c, err);
}

const struct rp_consumer_kind rp_consumer_of_redis = {
	.open = open_redis,
	.close = close_redis,
	.read = read_new,
	.claim = claim,
	.take = rp_redis_take,
	.seal = rp_redis_seal,
	.adopt = rp_redis_adopt,
	.renew = rp_redis_renew,
	.finish = rp_redis_finish,
	.bury = rp_redis_bury,
	.release = rp_redis_release,
	.depth = depth,
	.leave = leave,
};
