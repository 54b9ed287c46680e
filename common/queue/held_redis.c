/* Jobs that are held of a queue in Redis: taken, in windows, done, given up. What
 * is one step is a script; its keys of jobs come in groups, one of each kind a
 * job. */
#include <stdio.h>

#include "base/time.h"
#include "queue/consumer_redis.h"

enum { HELD_AT_ONCE = 512 /* jobs of a script that need not be one step */ };

/* ---- scripts ---- */

/*
 * KEYS: the stream, then processed, lease, member, history of each job. ARGV:
 * the group, we, ms of the lease, the time, then entry and times of each. The
 * answer for each: its window, or "" if it is in none; 0: busy; 1: done.
 */
static const char take_script[] =
    "local s, g, me, ms, now = KEYS[1], unpack(ARGV, 1, 4)\n"
    "local out = {}\n"
    "for i = 1, (#KEYS - 1) / 4 do\n"
    "  local k, e, times = 4 * i - 2, ARGV[2 * i + 3], ARGV[2 * i + 4]\n"
    "  local known = redis.call('MGET', KEYS[k], KEYS[k + 2])\n"
    "  if known[1] then\n"
    "    redis.call('XACK', s, g, e)\n"
    "    out[i] = 1\n"
    "  else\n"
    "    local owner = redis.call('SET', KEYS[k + 1], me, 'NX', 'GET',\n"
    "        'PX', ms)\n"
    "    if owner and owner ~= me then\n"
    "      redis.call('XCLAIM', s, g, me, 0, e, 'RETRYCOUNT',\n"
    "          times - 1, 'JUSTID')\n"
    "      out[i] = 0\n"
    "    else\n"
    "      if tonumber(times) > 1 then\n"
    "        redis.call('RPUSH', KEYS[k + 3],\n"
    "            now .. ' delivery ' .. times .. ' to ' .. me)\n"
    "      end\n"
    "      out[i] = known[2] or ''\n"
    "    end\n"
    "  end\n"
    "end\n"
    "return out\n";

/* KEYS: the window, then lease, member and processed of each job. ARGV: we, the
 * window's name, its text, what the names of windows begin with. The answer:
 * the numbers of those that are lost: not ours any more, done, or in another
 * window that is there. */
static const char seal_script[] =
    "local me, w = ARGV[1], ARGV[2]\n"
    "local lost = {}\n"
    "for i = 1, (#KEYS - 1) / 3 do\n"
    "  local k = 3 * i - 1\n"
    "  local is = redis.call('MGET', KEYS[k], KEYS[k + 1], KEYS[k + 2])\n"
    "  if is[1] ~= me or is[3] or is[2] and is[2] ~= w and\n"
    "      redis.call('EXISTS', ARGV[4] .. is[2]) == 1 then\n"
    "    lost[#lost + 1] = i\n"
    "  end\n"
    "end\n"
    "if #lost == 0 then\n"
    "  redis.call('SET', KEYS[1], ARGV[3])\n"
    "  for i = 3, #KEYS, 3 do redis.call('SET', KEYS[i], w) end\n"
    "end\n"
    "return lost\n";

/* KEYS: the window, then processed and lease of each job. ARGV: we, ms of the
 * lease. The answer: 1 held, 0 somebody else has one, -1 there is no window. */
static const char hold_script[] =
    "local me = ARGV[1]\n"
    "if redis.call('EXISTS', KEYS[1]) == 0 then return -1 end\n"
    "for i = 2, #KEYS, 2 do\n"
    "  local is = redis.call('MGET', KEYS[i], KEYS[i + 1])\n"
    "  if not is[1] and is[2] and is[2] ~= me then return 0 end\n"
    "end\n"
    "for i = 3, #KEYS, 2 do\n"
    "  redis.call('SET', KEYS[i], me, 'PX', ARGV[2])\n"
    "end\n"
    "return 1\n";

/* KEYS: the stream, then the lease of each job. ARGV: the group, we, ms of the
 * lease, then the entry of each. A lease that ran out is taken again, unless
 * the job is somebody's meanwhile, or nobody's: done, or given back. */
static const char renew_script[] =
    "local s, g, me, ms = KEYS[1], unpack(ARGV, 1, 3)\n"
    "for i = 2, #KEYS do\n"
    "  local e, owner = ARGV[i + 2], redis.call('GET', KEYS[i])\n"
    "  if not owner then\n"
    "    local p = redis.call('XPENDING', s, g, e, e, 1)\n"
    "    owner = p[1] and p[1][2]\n"
    "  end\n"
    "  if owner == me then\n"
    "    redis.call('SET', KEYS[i], me, 'PX', ms)\n"
    "    redis.call('XCLAIM', s, g, me, 0, e, 'JUSTID')\n"
    "  end\n"
    "end\n"
    "return 1\n";

/* KEYS: the stream, the window, then processed, lease, member, history of each
 * job. ARGV: the group, we, s that a job is remembered, the result, then the
 * entry of each. The answer: how many were not done before. */
static const char finish_script[] =
    "local s, g, me, ttl, result = KEYS[1], unpack(ARGV, 1, 4)\n"
    "local done = 0\n"
    "for i = 1, (#KEYS - 2) / 4 do\n"
    "  local k = 4 * i - 1\n"
    "  if redis.call('SET', KEYS[k], result, 'NX', 'EX', ttl) then\n"
    "    done = done + 1\n"
    "  end\n"
    "  redis.call('XACK', s, g, ARGV[4 + i])\n"
    "  if redis.call('GET', KEYS[k + 1]) == me then\n"
    "    redis.call('DEL', KEYS[k + 1], KEYS[k + 2], KEYS[k + 3])\n"
    "  else\n"
    "    redis.call('DEL', KEYS[k + 2], KEYS[k + 3])\n"
    "  end\n"
    "end\n"
    "redis.call('DEL', KEYS[2])\n"
    "return done\n";

/*
 * KEYS: the stream, the DLQ, processed, lease, member, history. ARGV: the
 * group, we, the entry, the job's id, the reason, the payload, times, our
 * attempts, what the names of windows begin with. A window that it is alone in
 * goes with it.
 */
static const char bury_script[] =
    "local s, g, me, e = KEYS[1], unpack(ARGV, 1, 3)\n"
    "local owner = redis.call('GET', KEYS[4])\n"
    "if #redis.call('XPENDING', s, g, e, e, 1) == 0 then return 0 end\n"
    "if owner and owner ~= me then return 0 end\n"
    "if redis.call('EXISTS', KEYS[3]) == 1 then\n"
    "  redis.call('XACK', s, g, e)\n"
    "  return 0\n"
    "end\n"
    "local history = redis.call('LRANGE', KEYS[6], 0, -1)\n"
    "history[#history + 1] = ARGV[8] ~= '' and ARGV[8] or nil\n"
    "local letter = {'reason', ARGV[5], 'payload', ARGV[6]}\n"
    "local function say(name, text)\n"
    "  letter[#letter + 1], letter[#letter + 2] = name, text\n"
    "end\n"
    "if ARGV[4] ~= '' then say('job_id', ARGV[4]) end\n"
    "say('entry', e)\n"
    "say('deliveries', ARGV[7])\n"
    "say('consumer', me)\n"
    "say('history', table.concat(history, '\\n'))\n"
    "redis.call('XADD', KEYS[2], '*', unpack(letter))\n"
    "redis.call('XACK', s, g, e)\n"
    "local w = redis.call('GET', KEYS[5])\n"
    "if w then\n"
    "  local text = redis.call('GET', ARGV[9] .. w) or ''\n"
    "  local _, lines = string.gsub(text, '\\n', '')\n"
    "  if lines <= 2 then redis.call('DEL', ARGV[9] .. w) end\n"
    "end\n"
    "redis.call('DEL', KEYS[4], KEYS[5], KEYS[6])\n"
    "return 1\n";

/* KEYS: the stream, then the lease of each job. ARGV: the group, we, ms after
 * which others claim a job, then the entry of each. They become those of a
 * consumer that is nobody, so that a renewal that comes late does nothing. */
static const char release_script[] =
    "local s, g, me, ms = KEYS[1], unpack(ARGV, 1, 3)\n"
    "local ours = {}\n"
    "for i = 2, #KEYS do\n"
    "  ours[i] = redis.call('GET', KEYS[i]) == me\n"
    "end\n"
    "for i = 2, #KEYS do\n"
    "  local e = ARGV[i + 2]\n"
    "  local p = ours[i] and redis.call('XPENDING', s, g, e, e, 1)\n"
    "  if p and p[1] then\n"
    "    redis.call('XCLAIM', s, g, '-', 0, e, 'IDLE', ms, 'RETRYCOUNT',\n"
    "        math.max(p[1][4] - 1, 0), 'JUSTID')\n"
    "  end\n"
    "  if ours[i] then redis.call('DEL', KEYS[i]) end\n"
    "end\n"
    "return 1\n";

/* ---- jobs are taken ---- */

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

	begin_script(c, take_script, 1 + 4 * n);
	add_text(c, queue_of(c));
	for (size_t i = 0; i < n; i++) {
		add_key(c, "processed", d[i].id);
		add_key(c, "lease", d[i].id);
		add_key(c, "member", d[i].id);
		add_key(c, "history", d[i].id);
	}
	add_us(c);
	add_number(c, c->base.options->lease);
	add_text(c, now);
	for (size_t i = 0; i < n; i++) {
		add_text(c, d[i].entry);
		add_number(c, (int64_t)d[i].times);
	}
	if ((st = rp_consumer_redis_call(c, &reply, err)) != RP_OK)
		return st;
	for (size_t i = 0; i < n && st == RP_OK; i++)
		if (set_hold(&d[i], rp_redis_item(reply, i)) != RP_OK)
			st = rp_consumer_redis_strange(c, err);
	rp_redis_free(reply);
	return st;
}

enum rp_status
rp_redis_take(struct rp_consumer *base, struct rp_delivery *d, size_t n,
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
			return rp_consumer_redis_strange(c, err);
		w->members[number - 1].lost = true;
	}
	return rp_redis_items(reply) == 0 ? RP_OK : RP_ERR_BUSY;
}

enum rp_status
rp_redis_seal(
    struct rp_consumer *base, struct rp_job_window *w, struct rp_error *err)
{
	struct redis_consumer *c = (struct redis_consumer *)base;
	struct rp_buffer text = { 0 };
	struct redisReply *reply;
	enum rp_status st = rp_job_window_write(w, &text);

	if (st != RP_OK)
		st = rp_error_no_memory(err);
	begin_script(c, seal_script, 1 + 3 * w->n);
	add_key(c, "window", w->name);
	for (size_t i = 0; i < w->n; i++) {
		add_key(c, "lease", w->members[i].id);
		add_key(c, "member", w->members[i].id);
		add_key(c, "processed", w->members[i].id);
	}
	add_text(c, base->options->name);
	add_text(c, w->name);
	rp_redis_add(&c->command, text.data, text.len);
	add_key(c, "window", "");
	rp_buffer_free(&text);
	if (st == RP_OK &&
	    (st = rp_consumer_redis_call(c, &reply, err)) == RP_OK) {
		st = mark_lost(w, reply, c, err);
		rp_redis_free(reply);
	}
	return st;
}

/* What is stored is no window: its jobs are in none. */
static enum rp_status
drop_window(struct redis_consumer *c, const char *name, struct rp_error *err)
{
	enum rp_status st;

	rp_redis_begin(&c->command, "DEL");
	add_key(c, "window", name);
	st = rp_consumer_redis_do(c, err);
	return st == RP_OK ? RP_EMPTY : st;
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
	if ((st = rp_consumer_redis_call(c, &reply, err)) != RP_OK)
		return st;
	text = rp_redis_text(reply, &len);
	st = text == NULL ? RP_EMPTY : rp_job_window_read(out, name, text, len);
	if (st == RP_ERR_NOMEM)
		(void)rp_error_no_memory(err);
	else if (st == RP_ERR_CORRUPT)
		st = drop_window(c, name, err);
	rp_redis_free(reply);
	return st;
}

static enum rp_status
hold(struct redis_consumer *c, const struct rp_job_window *w,
    struct rp_error *err)
{
	struct redisReply *reply;
	enum rp_status st;

	begin_script(c, hold_script, 1 + 2 * w->n);
	add_key(c, "window", w->name);
	for (size_t i = 0; i < w->n; i++) {
		add_key(c, "processed", w->members[i].id);
		add_key(c, "lease", w->members[i].id);
	}
	add_text(c, c->base.options->name);
	add_number(c, c->base.options->lease);
	if ((st = rp_consumer_redis_call(c, &reply, err)) == RP_OK)
		st = rp_redis_number(reply) == 1 ? RP_OK
		    : rp_redis_number(reply) < 0 ? RP_EMPTY
						 : RP_ERR_BUSY;
	rp_redis_free(reply);
	return st;
}

enum rp_status
rp_redis_adopt(struct rp_consumer *base, const char *name,
    struct rp_job_window *out, struct rp_error *err)
{
	struct redis_consumer *c = (struct redis_consumer *)base;
	enum rp_status st = get_window(c, name, out, err);

	if (st == RP_OK && (st = hold(c, out, err)) != RP_OK)
		rp_job_window_free(out);
	return st;
}

enum rp_status
rp_redis_finish(struct rp_consumer *base, const struct rp_job_window *w,
    const char *result, size_t *done, struct rp_error *err)
{
	struct redis_consumer *c = (struct redis_consumer *)base;
	struct redisReply *reply;
	enum rp_status st;

	begin_script(c, finish_script, 2 + 4 * w->n);
	add_text(c, queue_of(c));
	add_key(c, "window", w->name);
	for (size_t i = 0; i < w->n; i++) {
		add_key(c, "processed", w->members[i].id);
		add_key(c, "lease", w->members[i].id);
		add_key(c, "member", w->members[i].id);
		add_key(c, "history", w->members[i].id);
	}
	add_us(c);
	add_number(c, base->options->remember);
	add_text(c, result);
	for (size_t i = 0; i < w->n; i++)
		add_text(c, w->members[i].entry);
	if ((st = rp_consumer_redis_call(c, &reply, err)) == RP_OK)
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
		begin_script(c, script, 1 + some);
		add_text(c, queue_of(c));
		for (size_t i = at; i < at + some; i++)
			add_key(c, "lease", members[i].id);
		add_us(c);
		add_number(c, base->options->lease);
		for (size_t i = at; i < at + some; i++)
			add_text(c, members[i].entry);
		st = rp_consumer_redis_do(c, err);
	}
	return st;
}

enum rp_status
rp_redis_renew(struct rp_consumer *c, const struct rp_member *members, size_t n,
    struct rp_error *err)
{
	return for_held(c, renew_script, members, n, err);
}

enum rp_status
rp_redis_release(struct rp_consumer *c, const struct rp_member *members,
    size_t n, struct rp_error *err)
{
	return for_held(c, release_script, members, n, err);
}

/* ---- jobs go ---- */

enum rp_status
rp_redis_bury(struct rp_consumer *base, const struct rp_delivery *d,
    const char *reason, const char *attempts, struct rp_error *err)
{
	struct redis_consumer *c = (struct redis_consumer *)base;
	/* of a job that has no id the keys are nobody's */
	const char *id = d->id != NULL ? d->id : "";

	begin_script(c, bury_script, 6);
	add_text(c, queue_of(c));
	add_text(c, base->options->queue->dlq);
	add_key(c, "processed", id);
	add_key(c, "lease", id);
	add_key(c, "member", id);
	add_key(c, "history", id);
	add_us(c);
	add_text(c, d->entry);
	add_text(c, id);
	add_text(c, reason);
	rp_redis_add(&c->command, d->payload, d->len);
	add_number(c, (int64_t)d->times);
	add_text(c, attempts);
	add_key(c, "window", "");
	return rp_consumer_redis_do(c, err);
}
