#include "queue/queue_redis.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	BATCH = 128, /* jobs a script */
	ON_THE_WAY = 8 /* scripts that were sent and not answered */
};

/* ---- life ---- */

static void
queue_close(struct rp_queue *queue)
{
	struct redis_queue *q = (struct redis_queue *)queue;

	rp_redis_close(q->redis);
	rp_redis_command_free(&q->command);
	free(q);
}

static enum rp_status
queue_open(struct rp_queue **out, const struct rp_queue_options *options,
    struct rp_error *err)
{
	struct redis_queue *q = calloc(1, sizeof(*q));
	enum rp_status st;

	if (q == NULL)
		return rp_error_no_memory(err);
	if ((st = rp_redis_open(&q->redis, options->url, err)) == RP_OK)
		*out = &q->base;
	else
		queue_close(&q->base);
	return st;
}

/* ---- commands ---- */

void
rp_queue_redis_script(struct redis_queue *q, const char *script, size_t n_keys)
{
	rp_redis_begin(&q->command, "EVAL");
	rp_redis_addf(&q->command, "%s", script);
	rp_redis_addf(&q->command, "%zu", n_keys);
}

enum rp_status
rp_queue_redis_call(
    struct redis_queue *q, struct redisReply **reply, struct rp_error *err)
{
	return rp_redis_call(q->redis, &q->command, reply, err);
}

static void
set_entry(struct rp_queue_item *item, const struct redisReply *reply)
{
	const char *text = rp_redis_text(reply, NULL);

	snprintf(
	    item->entry, sizeof(item->entry), "%s", text != NULL ? text : "");
}

/* ---- putting ---- */

/*
 * KEYS: the stream, then queued:... of each job. ARGV: seconds that an id is
 * remembered, jobs that may be queued, then each job. The answer for each:
 * {1, entry} queued, {0, entry} it was before, {-1, ""} there is no room.
 *
 * Where there is no room, what no group has still to do is taken away first. A
 * job that turns out to be known is taken back: it is rare, and looking first
 * would cost a third of the time.
 */
static const char put_script[] =
    "local s, ttl, max = KEYS[1], tonumber(ARGV[1]), tonumber(ARGV[2])\n"
    "local function below(a, b)\n"
    "  local am, as = string.match(a, '(%d+)-(%d+)')\n"
    "  local bm, bs = string.match(b, '(%d+)-(%d+)')\n"
    "  am, bm = tonumber(am), tonumber(bm)\n"
    "  return am < bm or am == bm and tonumber(as) < tonumber(bs)\n"
    "end\n"
    "local function trim()\n"
    "  local low\n"
    "  for _, g in ipairs(redis.call('XINFO', 'GROUPS', s)) do\n"
    "    local f = {}\n"
    "    for i = 1, #g, 2 do f[g[i]] = g[i + 1] end\n"
    "    local at = f['last-delivered-id']\n"
    "    if f['pending'] > 0 then\n"
    "      at = redis.call('XPENDING', s, f['name'])[2]\n"
    "    end\n"
    "    if not low or below(at, low) then low = at end\n"
    "  end\n"
    "  if low then redis.call('XTRIM', s, 'MINID', low) end\n"
    "end\n"
    "local function full()\n"
    "  return max > 0 and redis.call('XLEN', s) >= max\n"
    "end\n"
    "local out, trimmed = {}, false\n"
    "for i = 2, #KEYS do\n"
    "  if full() and not trimmed then\n"
    "    trim()\n"
    "    trimmed = true\n"
    "  end\n"
    "  local known\n"
    "  if full() then\n"
    "    known = ttl > 0 and redis.call('GET', KEYS[i])\n"
    "    out[i - 1] = known and {0, known} or {-1, ''}\n"
    "  else\n"
    "    local e = redis.call('XADD', s, '*', 'payload', ARGV[i + 1])\n"
    "    known = ttl > 0 and\n"
    "        redis.call('SET', KEYS[i], e, 'NX', 'GET', 'EX', ttl)\n"
    "    if known then redis.call('XDEL', s, e) end\n"
    "    out[i - 1] = known and {0, known} or {1, e}\n"
    "  end\n"
    "end\n"
    "return out\n";

static enum rp_status
send_batch(struct redis_queue *q, const struct rp_queue_item *items, size_t n,
    struct rp_error *err)
{
	const struct rp_queue_options *o = q->base.options;

	rp_queue_redis_script(q, put_script, 1 + n);
	rp_redis_addf(&q->command, "%s", o->name);
	for (size_t i = 0; i < n; i++)
		rp_redis_addf(
		    &q->command, "queued:%s:%s", o->name, items[i].id);
	rp_redis_addf(&q->command, "%lld", (long long)o->remember);
	rp_redis_addf(&q->command, "%llu", (unsigned long long)o->max_len);
	for (size_t i = 0; i < n; i++)
		rp_redis_add(&q->command, items[i].payload, items[i].len);
	return rp_redis_send(q->redis, &q->command, err);
}

static enum rp_status
answered(struct redis_queue *q, struct rp_queue_item *items, size_t n,
    struct rp_error *err)
{
	struct redisReply *reply;
	enum rp_status st = rp_redis_receive(q->redis, &reply, err);

	for (size_t i = 0; st == RP_OK && i < n; i++) {
		const struct redisReply *each = rp_redis_item(reply, i);
		int64_t how;

		if (rp_redis_items(each) != 2) {
			st = rp_error_set(err, RP_ERR_REMOTE,
			    "%s: a strange answer", rp_redis_name(q->redis));
			break;
		}
		how = rp_redis_number(rp_redis_item(each, 0));
		set_entry(&items[i], rp_redis_item(each, 1));
		items[i].state = how == 1 ? RP_JOB_QUEUED
		    : how == 0            ? RP_JOB_REPEATED
					  : RP_JOB_FULL;
	}
	rp_redis_free(reply);
	return st;
}

/* The first of those that are to be queued, and how many are in one batch. */
static size_t
next_batch(const struct rp_queue_item *items, size_t n, size_t *at)
{
	size_t len = 0;

	while (*at < n && !rp_queue_is_unsent(&items[*at]))
		++*at;
	while (*at + len < n && len < BATCH &&
	    rp_queue_is_unsent(&items[*at + len]))
		len++;
	return len;
}

static enum rp_status
queue_put(struct rp_queue *queue, struct rp_queue_item *items, size_t n,
    struct rp_error *err)
{
	struct redis_queue *q = (struct redis_queue *)queue;
	struct {
		size_t at, len;
	} sent[ON_THE_WAY];
	size_t at = 0, len, head = 0, tail = 0;
	enum rp_status st = RP_OK;

	for (;;) {
		len = head - tail < ON_THE_WAY ? next_batch(items, n, &at) : 0;
		if (len == 0 && head == tail)
			return RP_OK;
		if (len > 0) {
			st = send_batch(q, items + at, len, err);
			sent[head % ON_THE_WAY].at = at;
			sent[head++ % ON_THE_WAY].len = len;
			at += len;
		} else {
			st = answered(q, items + sent[tail % ON_THE_WAY].at,
			    sent[tail % ON_THE_WAY].len, err);
			tail++;
		}
		if (st != RP_OK)
			return st;
	}
}

/* ---- asking ---- */

/* KEYS: the stream, then processed:... of each job. ARGV: their entries. The
 * answer for each: what it came to, 1 queued, 0 neither. */
static const char ask_script[] =
    "local out = {}\n"
    "for i = 2, #KEYS do\n"
    "  local done = redis.call('GET', KEYS[i])\n"
    "  local e = ARGV[i - 1]\n"
    "  out[i - 1] = done or #redis.call('XRANGE', KEYS[1], e, e)\n"
    "end\n"
    "return out\n";

/* Of n items from here on; those that are not waited for are asked about all
 * the same, and left as they are. */
static enum rp_status
ask_some(struct redis_queue *q, struct rp_queue_item *items, size_t n,
    struct rp_error *err)
{
	struct redisReply *reply;
	enum rp_status st;

	rp_queue_redis_script(q, ask_script, 1 + n);
	rp_redis_addf(&q->command, "%s", q->base.options->name);
	for (size_t i = 0; i < n; i++)
		rp_redis_addf(&q->command, "processed:%s:%s",
		    q->base.options->name, items[i].id);
	for (size_t i = 0; i < n; i++)
		rp_redis_addf(&q->command, "%s", items[i].entry);
	st = rp_queue_redis_call(q, &reply, err);
	for (size_t i = 0; st == RP_OK && i < n; i++) {
		const struct redisReply *each = rp_redis_item(reply, i);
		const char *result = rp_redis_text(each, NULL);

		if (!rp_queue_is_waited_for(&items[i]))
			continue;
		if (result != NULL)
			st = rp_queue_set_result(
			    &items[i], RP_JOB_DONE, result, err);
		else if (rp_redis_number(each) == 0)
			items[i].state = RP_JOB_LOST;
	}
	rp_redis_free(reply);
	return st;
}

struct roll {
	struct redis_queue *q;
	struct rp_queue_item *items;
	size_t n;
	enum rp_status st;
	struct rp_error *err;
};

/* A dead letter may be that of a job which was queued before it. */
static bool
call_roll(void *arg, const struct rp_dead_letter *letter)
{
	struct roll *roll = arg;

	for (size_t i = 0; i < roll->n && roll->st == RP_OK; i++) {
		struct rp_queue_item *item = &roll->items[i];

		if ((rp_queue_is_waited_for(item) ||
			item->state == RP_JOB_LOST) &&
		    strcmp(item->id, letter->id) == 0 &&
		    rp_entry_compare(item->entry, letter->entry) < 0)
			roll->st = rp_queue_set_result(
			    item, RP_JOB_DEAD, letter->reason, roll->err);
	}
	snprintf(roll->q->seen, sizeof(roll->q->seen), "%s", letter->entry);
	return roll->st == RP_OK;
}

static enum rp_status
queue_ask(struct rp_queue *queue, struct rp_queue_item *items, size_t n,
    struct rp_error *err)
{
	struct redis_queue *q = (struct redis_queue *)queue;
	struct roll roll = { q, items, n, RP_OK, err };
	enum rp_status st = RP_OK;

	for (size_t at = 0, len; at < n && st == RP_OK; at += len) {
		while (at < n && !rp_queue_is_waited_for(&items[at]))
			at++;
		len = n - at < BATCH ? n - at : BATCH;
		if (len > 0)
			st = ask_some(q, items + at, len, err);
	}
	if (st == RP_OK)
		st = rp_queue_redis_dead_after(
		    q, q->seen, call_roll, &roll, err);
	return st == RP_OK ? roll.st : st;
}

const struct rp_queue_kind rp_queue_of_redis = {
	.open = queue_open,
	.close = queue_close,
	.put = queue_put,
	.ask = queue_ask,
	.dead = rp_queue_redis_dead,
	.revive = rp_queue_redis_revive,
	.bury = rp_queue_redis_bury,
};
