/* Consumers of a queue in Redis: a group of a stream, and keys beside it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "queue/consumer_scripts.h"
#include "queue/consumer_work.h"
#include "queue/redis.h"

enum {
	HELD_AT_ONCE = 512, /* jobs of a script that need not be one step */
	FORGOTTEN = 86400000 /* ms after which consumers without jobs go */
};

struct redis_consumer {
	struct rp_consumer base;
	struct rp_redis *redis; /* NULL: not connected */
	struct rp_redis_command command; /* in the making */
	char cursor[RP_ENTRY_ROOM]; /* of claims */
};

static const char *
queue_of(const struct redis_consumer *c)
{
	return c->base.options->queue->name;
}

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

/* Send what was begun, and have its reply. A group that is gone, as after a
 * restart without persistence, is made anew. */
static enum rp_status
call(struct redis_consumer *c, struct redisReply **reply, struct rp_error *err)
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

/* The same where the reply is of no interest. */
static enum rp_status
do_it(struct redis_consumer *c, struct rp_error *err)
{
	struct redisReply *reply;
	enum rp_status st = call(c, &reply, err);

	rp_redis_free(reply);
	return st;
}

static enum rp_status
strange(struct redis_consumer *c, struct rp_error *err)
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

/* ---- commands ---- */

static void
begin(struct redis_consumer *c, const char *script, size_t n_keys)
{
	rp_redis_begin(&c->command, "EVAL");
	rp_redis_addf(&c->command, "%s", script);
	rp_redis_addf(&c->command, "%zu", n_keys);
}

static void
add(struct redis_consumer *c, const char *text)
{
	rp_redis_add(&c->command, text, strlen(text));
}

static void
add_number(struct redis_consumer *c, int64_t number)
{
	rp_redis_addf(&c->command, "%lld", (long long)number);
}

/* "lease:NAME:ID" and the like. */
static void
add_key(struct redis_consumer *c, const char *kind, const char *id)
{
	rp_redis_addf(&c->command, "%s:%s:%s", kind, queue_of(c), id);
}

static void
add_processed(struct redis_consumer *c, const char *id)
{
	rp_redis_addf(&c->command, "processed:%s", id);
}

/* The group and who we are. */
static void
add_us(struct redis_consumer *c)
{
	add(c, c->base.options->group);
	add(c, c->base.options->name);
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
	return st == RP_ERR_NOMEM ? rp_error_no_memory(err) : strange(c, err);
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
	add(c, "GROUP");
	add_us(c);
	add(c, "COUNT");
	add_number(c, (int64_t)most);
	if (ms > 0) {
		add(c, "BLOCK");
		add_number(c, ms);
	}
	add(c, "STREAMS");
	add(c, queue_of(c));
	add(c, ">");
	st = call(c, &reply, err);
	if (st == RP_OK) /* {{stream, entries}}, or nil */
		st = read_deliveries(c,
		    rp_redis_item(rp_redis_item(reply, 0), 1), 0, out, n, err);
	rp_redis_free(reply);
	return st;
}

static enum rp_status
claim(struct rp_consumer *base, size_t most, struct rp_delivery **out,
    size_t *n, struct rp_error *err)
{
	struct redis_consumer *c = (struct redis_consumer *)base;
	struct redisReply *reply;
	const char *cursor;
	enum rp_status st;

	*out = NULL;
	*n = 0;
	begin(c, claim_script, 1);
	add(c, queue_of(c));
	add_us(c);
	add_number(c, base->options->lease);
	add(c, c->cursor);
	add_number(c, (int64_t)most);
	if ((st = call(c, &reply, err)) == RP_OK) {
		cursor = rp_redis_text(rp_redis_item(reply, 0), NULL);
		if (cursor == NULL || strlen(cursor) >= sizeof(c->cursor))
			st = strange(c, err);
		else
			memcpy(c->cursor, cursor, strlen(cursor) + 1);
	}
	if (st == RP_OK)
		st = read_deliveries(c, reply, 1, out, n, err);
	rp_redis_free(reply);
	return st;
}

static enum rp_status
set_hold(struct rp_delivery *d, const struct redisReply *reply)
{
	const char *window = rp_redis_text(reply, NULL);

	if (window == NULL) {
		d->hold =
		    rp_redis_number(reply) == 1 ? RP_HOLD_DONE : RP_HOLD_BUSY;
		return RP_OK;
	}
	if (strlen(window) >= sizeof(d->window))
		return RP_ERR_CORRUPT;
	memcpy(d->window, window, strlen(window) + 1);
	d->hold = RP_HOLD_OURS;
	return RP_OK;
}

static enum rp_status
take_some(struct redis_consumer *c, struct rp_delivery *d, size_t n,
    const char *now, struct rp_error *err)
{
	struct redisReply *reply;
	enum rp_status st;

	begin(c, take_script, 1 + 4 * n);
	add(c, queue_of(c));
	for (size_t i = 0; i < n; i++) {
		add_processed(c, d[i].id);
		add_key(c, "lease", d[i].id);
		add_key(c, "member", d[i].id);
		add_key(c, "history", d[i].id);
	}
	add_us(c);
	add_number(c, c->base.options->lease);
	add(c, now);
	for (size_t i = 0; i < n; i++) {
		add(c, d[i].entry);
		add_number(c, (int64_t)d[i].times);
	}
	if ((st = call(c, &reply, err)) != RP_OK)
		return st;
	for (size_t i = 0; i < n && st == RP_OK; i++)
		if (set_hold(&d[i], rp_redis_item(reply, i)) != RP_OK)
			st = strange(c, err);
	rp_redis_free(reply);
	return st;
}

static enum rp_status
take(struct rp_consumer *base, struct rp_delivery *d, size_t n,
    struct rp_error *err)
{
	struct rp_time_text times = { 0 };
	char now[RP_TIME_ROOM + 1];
	enum rp_status st = RP_OK;

	now[rp_time_format(&times, now, rp_time_now())] = '\0';
	for (size_t at = 0, some; at < n && st == RP_OK; at += some) {
		some = n - at < HELD_AT_ONCE ? n - at : HELD_AT_ONCE;
		st = take_some(
		    (struct redis_consumer *)base, d + at, some, now, err);
	}
	return st;
}

/* ---- windows ---- */

static enum rp_status
mark_lost(struct rp_job_window *w, const struct redisReply *reply,
    struct redis_consumer *c, struct rp_error *err)
{
	for (size_t i = 0; i < rp_redis_items(reply); i++) {
		int64_t number = rp_redis_number(rp_redis_item(reply, i));

		if (number < 1 || (uint64_t)number > w->n)
			return strange(c, err);
		w->members[number - 1].lost = true;
	}
	return rp_redis_items(reply) == 0 ? RP_OK : RP_ERR_BUSY;
}

static enum rp_status
seal(struct rp_consumer *base, struct rp_job_window *w, struct rp_error *err)
{
	struct redis_consumer *c = (struct redis_consumer *)base;
	struct rp_buffer text = { 0 };
	struct redisReply *reply;
	enum rp_status st = rp_job_window_write(w, &text);

	if (st != RP_OK)
		st = rp_error_no_memory(err);
	begin(c, seal_script, 1 + 2 * w->n);
	add_key(c, "window", w->name);
	for (size_t i = 0; i < w->n; i++) {
		add_key(c, "lease", w->members[i].id);
		add_key(c, "member", w->members[i].id);
	}
	add(c, base->options->name);
	add(c, w->name);
	rp_redis_add(&c->command, text.data, text.len);
	rp_buffer_free(&text);
	if (st == RP_OK && (st = call(c, &reply, err)) == RP_OK) {
		st = mark_lost(w, reply, c, err);
		rp_redis_free(reply);
	}
	return st;
}

/* The window as it is stored. RP_EMPTY: it is not. */
static enum rp_status
get_window(struct redis_consumer *c, const char *name,
    struct rp_job_window *out, struct rp_error *err)
{
	struct redisReply *reply;
	const char *text;
	size_t len;
	enum rp_status st;

	rp_redis_begin(&c->command, "GET");
	add_key(c, "window", name);
	if ((st = call(c, &reply, err)) != RP_OK)
		return st;
	text = rp_redis_text(reply, &len);
	if (text == NULL)
		st = RP_EMPTY;
	else if ((st = rp_job_window_read(out, name, text, len)) ==
	    RP_ERR_NOMEM)
		(void)rp_error_no_memory(err);
	else if (st != RP_OK)
		(void)rp_error_set(err, st, "%s: window:%s:%s is none",
		    rp_redis_name(c->redis), queue_of(c), name);
	rp_redis_free(reply);
	return st;
}

static enum rp_status
hold(struct redis_consumer *c, const struct rp_job_window *w,
    struct rp_error *err)
{
	struct redisReply *reply;
	enum rp_status st;

	begin(c, hold_script, 1 + 2 * w->n);
	add_key(c, "window", w->name);
	for (size_t i = 0; i < w->n; i++) {
		add_processed(c, w->members[i].id);
		add_key(c, "lease", w->members[i].id);
	}
	add(c, c->base.options->name);
	add_number(c, c->base.options->lease);
	if ((st = call(c, &reply, err)) == RP_OK)
		st = rp_redis_number(reply) == 1 ? RP_OK
		    : rp_redis_number(reply) < 0 ? RP_EMPTY
						 : RP_ERR_BUSY;
	rp_redis_free(reply);
	return st;
}

static enum rp_status
adopt(struct rp_consumer *base, const char *name, struct rp_job_window *out,
    struct rp_error *err)
{
	struct redis_consumer *c = (struct redis_consumer *)base;
	enum rp_status st = get_window(c, name, out, err);

	if (st == RP_OK && (st = hold(c, out, err)) != RP_OK)
		rp_job_window_free(out);
	return st;
}

static enum rp_status
finish(struct rp_consumer *base, const struct rp_job_window *w,
    const char *result, size_t *done, struct rp_error *err)
{
	struct redis_consumer *c = (struct redis_consumer *)base;
	struct redisReply *reply;
	enum rp_status st;

	begin(c, finish_script, 2 + 4 * w->n);
	add(c, queue_of(c));
	add_key(c, "window", w->name);
	for (size_t i = 0; i < w->n; i++) {
		add_processed(c, w->members[i].id);
		add_key(c, "lease", w->members[i].id);
		add_key(c, "member", w->members[i].id);
		add_key(c, "history", w->members[i].id);
	}
	add_us(c);
	add_number(c, base->options->remember);
	add(c, result);
	for (size_t i = 0; i < w->n; i++)
		add(c, w->members[i].entry);
	if ((st = call(c, &reply, err)) == RP_OK)
		*done = (size_t)rp_redis_number(reply);
	rp_redis_free(reply);
	return st;
}

/* ---- jobs that are held, some at a time ---- */

static enum rp_status
for_held(struct rp_consumer *base, const char *script,
    const struct rp_member *members, size_t n, struct rp_error *err)
{
	struct redis_consumer *c = (struct redis_consumer *)base;
	enum rp_status st = RP_OK;

	for (size_t at = 0, some; at < n && st == RP_OK; at += some) {
		some = n - at < HELD_AT_ONCE ? n - at : HELD_AT_ONCE;
		begin(c, script, 1 + some);
		add(c, queue_of(c));
		for (size_t i = at; i < at + some; i++)
			add_key(c, "lease", members[i].id);
		add_us(c);
		add_number(c, base->options->lease);
		for (size_t i = at; i < at + some; i++)
			add(c, members[i].entry);
		st = do_it(c, err);
	}
	return st;
}

static enum rp_status
renew(struct rp_consumer *c, const struct rp_member *members, size_t n,
    struct rp_error *err)
{
	return for_held(c, renew_script, members, n, err);
}

static enum rp_status
release(struct rp_consumer *c, const struct rp_member *members, size_t n,
    struct rp_error *err)
{
	return for_held(c, release_script, members, n, err);
}

/* ---- jobs go ---- */

static enum rp_status
bury(struct rp_consumer *base, const struct rp_delivery *d, const char *reason,
    const char *attempts, struct rp_error *err)
{
	struct redis_consumer *c = (struct redis_consumer *)base;
	/* of a job that has no id the keys are nobody's */
	const char *id = d->id != NULL ? d->id : "";

	begin(c, bury_script, 6);
	add(c, queue_of(c));
	add(c, base->options->queue->dlq);
	add_processed(c, id);
	add_key(c, "lease", id);
	add_key(c, "member", id);
	add_key(c, "history", id);
	add_us(c);
	add(c, d->entry);
	add(c, id);
	add(c, reason);
	rp_redis_add(&c->command, d->payload, d->len);
	add_number(c, (int64_t)d->times);
	add(c, attempts);
	add_key(c, "window", "");
	return do_it(c, err);
}

/* ---- the queue ---- */

static enum rp_status
depth(struct rp_consumer *base, uint64_t *waiting, uint64_t *pending,
    struct rp_error *err)
{
	struct redis_consumer *c = (struct redis_consumer *)base;
	struct redisReply *reply;
	enum rp_status st;

	begin(c, depth_script, 1);
	add(c, queue_of(c));
	add(c, base->options->group);
	if ((st = call(c, &reply, err)) == RP_OK) {
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

	begin(c, leave_script, 1);
	add(c, queue_of(c));
	add_us(c);
	add_number(c, FORGOTTEN);
	return do_it(c, err);
}

const struct rp_consumer_kind rp_consumer_of_redis = {
	.open = open_redis,
	.close = close_redis,
	.read = read_new,
	.claim = claim,
	.take = take,
	.seal = seal,
	.adopt = adopt,
	.renew = renew,
	.finish = finish,
	.bury = bury,
	.release = release,
	.depth = depth,
	.leave = leave,
};
