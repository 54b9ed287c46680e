/* Dead letters: the jobs that were given up. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "queue/queue_redis.h"

enum { PAGE = 256 /* letters that are asked for at a time */ };

/* Its fields, of the reply's texts; others has room for all of them. */
static void
read_letter(struct rp_dead_letter *letter, const struct redisReply *reply,
    const char **others)
{
	const struct redisReply *fields = rp_redis_item(reply, 1);

	*letter = (struct rp_dead_letter){
		.entry = rp_redis_text(rp_redis_item(reply, 0), NULL),
		.id = "",
		.reason = "",
		.others = others,
	};
	for (size_t i = 0; i + 1 < rp_redis_items(fields); i += 2) {
		size_t len = 0;
		const char *name =
		    rp_redis_text(rp_redis_item(fields, i), NULL);
		const char *value =
		    rp_redis_text(rp_redis_item(fields, i + 1), &len);

		if (name == NULL || value == NULL)
			continue;
		if (strcmp(name, "job_id") == 0)
			letter->id = value;
		else if (strcmp(name, "reason") == 0)
			letter->reason = value;
		else if (strcmp(name, "payload") == 0) {
			letter->payload = (const uint8_t *)value;
			letter->len = len;
		} else {
			others[letter->n_others++] = name;
			others[letter->n_others++] = value;
		}
	}
}

/* The letters of a page; false: fn wants no more, or *st is a failure. */
static bool
read_page(struct redisReply *page,
    bool (*fn)(void *, const struct rp_dead_letter *), void *arg,
    enum rp_status *st, struct rp_error *err)
{
	bool go_on = true;

	for (size_t i = 0; i < rp_redis_items(page) && go_on; i++) {
		const struct redisReply *each = rp_redis_item(page, i);
		size_t n = rp_redis_items(rp_redis_item(each, 1));
		const char **others = calloc(n + 1, sizeof(*others));
		struct rp_dead_letter letter;

		if (others == NULL) {
			*st = rp_error_no_memory(err);
			return false;
		}
		read_letter(&letter, each, others);
		go_on = letter.entry == NULL || fn(arg, &letter);
		free(others);
	}
	return go_on;
}

enum rp_status
rp_queue_redis_dead_after(struct redis_queue *q, const char *entry,
    bool (*fn)(void *, const struct rp_dead_letter *), void *arg,
    struct rp_error *err)
{
	char from[RP_ENTRY_ROOM + 1];
	struct redisReply *page = NULL;
	enum rp_status st;
	bool go_on;

	snprintf(from, sizeof(from), "%s%s", *entry != '\0' ? "(" : "-", entry);
	do {
		const char *last;
		size_t n;

		rp_redis_begin(&q->command, "XRANGE");
		rp_redis_addf(&q->command, "%s", q->base.options->dlq);
		rp_redis_addf(&q->command, "%s", from);
		rp_redis_addf(&q->command, "+");
		rp_redis_addf(&q->command, "COUNT");
		rp_redis_addf(&q->command, "%d", PAGE);
		if ((st = rp_queue_redis_call(q, &page, err)) != RP_OK)
			return st;
		go_on = read_page(page, fn, arg, &st, err);
		n = rp_redis_items(page);
		last = n > 0
		    ? rp_redis_text(
			  rp_redis_item(rp_redis_item(page, n - 1), 0), NULL)
		    : NULL;
		if (last != NULL)
			snprintf(from, sizeof(from), "(%s", last);
		go_on = go_on && n == PAGE && last != NULL;
		rp_redis_free(page);
	} while (go_on && st == RP_OK);
	return st;
}

enum rp_status
rp_queue_redis_dead(struct rp_queue *queue,
    bool (*fn)(void *, const struct rp_dead_letter *), void *arg,
    struct rp_error *err)
{
	return rp_queue_redis_dead_after(
	    (struct redis_queue *)queue, "", fn, arg, err);
}

/* KEYS: the DLQ, queued:..., processed:... and the stream; ARGV: the entry, the
 * job, and seconds that its id is remembered. The answer: 1, or 0 if there was
 * none of that entry. */
static const char revive_script[] =
    "if redis.call('XDEL', KEYS[1], ARGV[1]) == 0 then return 0 end\n"
    "redis.call('DEL', KEYS[2], KEYS[3])\n"
    "local e = redis.call('XADD', KEYS[4], '*', 'payload', ARGV[2])\n"
    "if tonumber(ARGV[3]) > 0 then\n"
    "  redis.call('SET', KEYS[2], e, 'EX', ARGV[3])\n"
    "end\n"
    "return 1\n";

static enum rp_status
is_done(struct redis_queue *q, bool *done, struct rp_error *err)
{
	struct redisReply *reply;
	enum rp_status st = rp_queue_redis_call(q, &reply, err);

	*done = st == RP_OK && rp_redis_number(reply) == 1;
	rp_redis_free(reply);
	return st;
}

enum rp_status
rp_queue_redis_revive(struct rp_queue *queue,
    const struct rp_dead_letter *letter, bool *done, struct rp_error *err)
{
	struct redis_queue *q = (struct redis_queue *)queue;
	const struct rp_queue_options *o = q->base.options;

	rp_queue_redis_script(q, revive_script, 4);
	rp_redis_addf(&q->command, "%s", o->dlq);
	rp_redis_addf(&q->command, "queued:%s:%s", o->name, letter->id);
	rp_redis_addf(&q->command, "processed:%s:%s", o->name, letter->id);
	rp_redis_addf(&q->command, "%s", o->name);
	rp_redis_addf(&q->command, "%s", letter->entry);
	rp_redis_add(&q->command, letter->payload, letter->len);
	rp_redis_addf(&q->command, "%lld", (long long)o->remember);
	return is_done(q, done, err);
}

/* KEYS: the DLQ, queued:...; ARGV: the entry. What is purged may be queued
 * anew. */
static const char bury_script[] =
    "if redis.call('XDEL', KEYS[1], ARGV[1]) == 0 then return 0 end\n"
    "redis.call('DEL', KEYS[2])\n"
    "return 1\n";

enum rp_status
rp_queue_redis_bury(struct rp_queue *queue, const struct rp_dead_letter *letter,
    bool *done, struct rp_error *err)
{
	struct redis_queue *q = (struct redis_queue *)queue;
	const struct rp_queue_options *o = q->base.options;

	rp_queue_redis_script(q, bury_script, 2);
	rp_redis_addf(&q->command, "%s", o->dlq);
	rp_redis_addf(&q->command, "queued:%s:%s", o->name, letter->id);
	rp_redis_addf(&q->command, "%s", letter->entry);
	return is_done(q, done, err);
}
