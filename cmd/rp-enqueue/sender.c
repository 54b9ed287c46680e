#include "sender.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "cli/json.h"
#include "net/backoff.h"

enum {
	GATHERED = 1024, /* jobs that go together */
	ATTEMPTS = 5, /* to reach the queue, in a row */
	FIRST_LOOK_MS = 10, /* at what became of the jobs; then seldomer */
	LAST_LOOK_MS = 500
};

static struct rp_queue_item *
items(const struct sender *s)
{
	return (struct rp_queue_item *)s->items.data;
}

static size_t
n_items(const struct sender *s)
{
	return s->items.len / sizeof(struct rp_queue_item);
}

static void
sleep_ns(int64_t ns)
{
	const struct timespec t = { ns / RP_SECOND, ns % RP_SECOND };

	(void)nanosleep(&t, NULL);
}

/* ---- connecting ---- */

enum rp_status
sender_open(struct sender *s)
{
	rp_random_seed(&s->random, (uint64_t)rp_clock_monotonic());
	return rp_queue_open(&s->queue, s->options, &s->cli->error);
}

/* After a failure: connect again in a while, unless it has failed too often. */
static enum rp_status
again(struct sender *s, int64_t until)
{
	enum rp_status st = RP_ERR_REMOTE;

	rp_queue_close(s->queue);
	s->queue = NULL;
	while (st == RP_ERR_REMOTE) {
		if (until != 0 ? rp_clock_monotonic() >= until
			       : ++s->failures >= ATTEMPTS)
			return st;
		rp_cli_say(s->cli, "%s; trying again", s->cli->error.text);
		sleep_ns(rp_backoff(&s->random, s->failures));
		s->cli->error = (struct rp_error){ 0 };
		st = rp_queue_open(&s->queue, s->options, &s->cli->error);
	}
	return st;
}

/* ---- what became of a job ---- */

static void
tell(struct sender *s, const struct rp_queue_item *item)
{
	static const char *const words[] = {
		[RP_JOB_QUEUED] = "queued",
		[RP_JOB_REPEATED] = "repeated",
		[RP_JOB_DONE] = "done",
		[RP_JOB_DEAD] = "dead",
		[RP_JOB_LOST] = "lost",
	};
	struct rp_json j = { .f = stdout };

	if (!s->json)
		return;
	rp_json_open(&j, NULL);
	rp_json_text(&j, "id", item->id);
	rp_json_text(&j, "entry", item->entry);
	rp_json_text(&j, "status", words[item->state]);
	if (item->result != NULL)
		rp_json_text(&j, "result", item->result);
	rp_json_close(&j);
}

static void
mind(struct sender *s, const struct rp_queue_item *item, uint64_t *count,
    const char *why)
{
	if (s->dead + s->lost == 0)
		snprintf(
		    s->first, sizeof(s->first), "%.60s: %.180s", item->id, why);
	++*count;
}

static void
settle(struct sender *s, const struct rp_queue_item *item)
{
	if (item->state == RP_JOB_DEAD)
		mind(s, item, &s->dead, item->result);
	else if (item->state == RP_JOB_LOST)
		mind(s, item, &s->lost, "the queue does not have it any more");
	tell(s, item);
}

/* ---- queueing ---- */

enum rp_status
sender_add(struct sender *s, const struct rp_job *job)
{
	struct rp_queue_item item = { .id = strdup(job->id) };
	struct rp_buffer packed = { 0 };
	enum rp_status st = rp_job_pack(job, &packed);

	item.payload = packed.data;
	item.len = packed.len;
	if (st == RP_ERR_LIMIT)
		(void)rp_error_set(&s->cli->error, st,
		    "job %s takes more than 64 KiB", job->id);
	else if (st != RP_OK || item.id == NULL ||
	    rp_buffer_add(&s->items, &item, sizeof(item)) != RP_OK)
		st = rp_error_no_memory(&s->cli->error);
	if (st != RP_OK) {
		rp_queue_item_free(&item);
		return st;
	}
	s->cli->counts.records_in++;
	return n_items(s) % GATHERED == 0 ? sender_flush(s) : RP_OK;
}

/* Those in this state of the items from one on. */
static size_t
count(const struct sender *s, size_t from, enum rp_job_state state)
{
	size_t n = 0;

	for (size_t i = from; i < n_items(s); i++)
		n += items(s)[i].state == state;
	return n;
}

/* Those that are still to be queued. */
static size_t
count_left(const struct sender *s)
{
	return count(s, s->queued, RP_JOB_NEW) +
	    count(s, s->queued, RP_JOB_FULL);
}

/* Once: what has failed may be put again, as ids are remembered. */
static enum rp_status
put_once(struct sender *s, size_t missing)
{
	enum rp_status st = rp_queue_put(s->queue, items(s) + s->queued,
	    n_items(s) - s->queued, &s->cli->error);
	size_t left = count_left(s);

	if (left < missing)
		s->failures = 0;
	if (st == RP_ERR_REMOTE && s->options->remember > 0)
		return again(s, 0);
	if (st == RP_ERR_REMOTE)
		rp_error_prefix(&s->cli->error,
		    "%zu jobs may be queued or not, as no id is remembered",
		    left);
	return st;
}

/* Forget those that nobody waits for. */
static void
forget(struct sender *s)
{
	for (size_t i = 0; i < n_items(s); i++) {
		tell(s, &items(s)[i]);
		rp_queue_item_free(&items(s)[i]);
	}
	s->items.len = s->queued = 0;
}

enum rp_status
sender_flush(struct sender *s)
{
	struct rp_counts *counts = &s->cli->counts;
	uint64_t looks = 0;
	enum rp_status st = RP_OK;
	size_t left;

	while (st == RP_OK && (left = count_left(s)) > 0) {
		st = put_once(s, left);
		if (st == RP_OK && count(s, s->queued, RP_JOB_FULL) > 0) {
			if (looks == 0)
				rp_cli_say(s->cli,
				    "%s is full: waiting for room",
				    s->options->name);
			sleep_ns(
			    rp_backoff(&s->random, looks < 2 ? looks++ : 2));
		}
	}
	counts->records_out += count(s, s->queued, RP_JOB_QUEUED);
	counts->dropped = counts->records_in - counts->records_out;
	if (st != RP_OK)
		return st;
	s->queued = n_items(s);
	if (!s->wait)
		forget(s);
	return RP_OK;
}

/* ---- waiting ---- */

static enum rp_status
wait_for_all(struct sender *s)
{
	const int64_t until =
	    s->patience > 0 ? rp_clock_monotonic() + s->patience : 0;
	int64_t look = FIRST_LOOK_MS * (RP_SECOND / 1000);
	enum rp_status st;
	size_t left;

	for (;;) {
		st = rp_queue_ask(
		    s->queue, items(s), n_items(s), &s->cli->error);
		if (st == RP_OK)
			s->failures = 0;
		else if (st != RP_ERR_REMOTE || (st = again(s, until)) != RP_OK)
			return st;
		left =
		    count(s, 0, RP_JOB_QUEUED) + count(s, 0, RP_JOB_REPEATED);
		if (left == 0)
			return RP_OK;
		if (until != 0 && rp_clock_monotonic() >= until)
			return rp_error_set(&s->cli->error, RP_ERR_REMOTE,
			    "%zu of %zu jobs are not done yet", left,
			    n_items(s));
		sleep_ns(look);
		if ((look *= 2) > LAST_LOOK_MS * (RP_SECOND / 1000))
			look = LAST_LOOK_MS * (RP_SECOND / 1000);
	}
}

enum rp_status
sender_finish(struct sender *s)
{
	enum rp_status st = sender_flush(s);

	if (st != RP_OK || !s->wait)
		return st;
	st = wait_for_all(s);
	for (size_t i = 0; i < n_items(s); i++)
		settle(s, &items(s)[i]);
	if (s->dead + s->lost > 0)
		return rp_error_set(&s->cli->error, RP_ERR_IO,
		    "%" PRIu64 " of %zu jobs are dead, %" PRIu64
		    " are lost, the first: %s",
		    s->dead, n_items(s), s->lost, s->first);
	return st;
}

void
sender_free(struct sender *s)
{
	for (size_t i = 0; i < n_items(s); i++)
		rp_queue_item_free(&items(s)[i]);
	rp_buffer_free(&s->items);
	rp_queue_close(s->queue);
}
