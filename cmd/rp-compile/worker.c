/*
 * A worker makes objects of units: the window is stored, the object made and
 * put, and then its jobs are done. Whatever fails on the way is tried again
 * for as long as it takes; only a slice that cannot be made is given up.
 */
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/limits.h"
#include "compile.h"
#include "object.h"
#include "slice.h"

struct worker {
	struct compile *x;
	pthread_t thread;
	struct rp_consumer *consumer;
	struct rp_store *store;
	struct attempts queue, put, log;
	bool hangs; /* the queue, to which nothing could be given back */
	uint64_t retries; /* of the store, that were reported */
	struct rp_buffer history; /* of a slice: a line for each failure */
	struct rp_error error;
};

static void
forget(void *worker, const char *id)
{
	held_remove(((struct worker *)worker)->x->held, id);
}

/* ---- the key ---- */

/* ns of an entry "MS-N", N within the ms. */
static int64_t
time_of_entry(const char *entry)
{
	unsigned long long ms = 0, n = 0;

	(void)sscanf(entry, "%llu-%llu", &ms, &n);
	if (ms > INT64_MAX / 1000000 - 1)
		ms = INT64_MAX / 1000000 - 1; /* nobody's clock */
	return (int64_t)(ms * 1000000 + (n < 1000000 ? n : 999999));
}

/* Of the data, where there are some. */
static enum fault
time_of_data(struct worker *w, const struct unit *u, int64_t *ts)
{
	struct slice s;
	enum fault fault = FAULT_NONE;
	int64_t first = RP_ABSENT;

	if (!u->is_slice)
		return FAULT_NONE;
	fault = slice_open(
	    &s, &u->job.job, &w->x->config, w->x->stopping, &w->error);
	if (fault == FAULT_NONE)
		fault = slice_first_time(
		    &s, &u->job.job, &w->x->config, &first, &w->error);
	slice_free(&s);
	if (fault == FAULT_NONE && first != RP_ABSENT)
		*ts = first;
	return fault;
}

static enum fault
make_key(struct worker *w, struct unit *u)
{
	const char *by = w->x->config.key_time, *prefix = w->x->prefix;
	int64_t ts = strcmp(by, "clock") == 0 ? rp_time_now()
					      : time_of_entry(u->window.name);
	enum fault fault = FAULT_NONE;

	if (strcmp(by, "data") == 0)
		fault = time_of_data(w, u, &ts);
	if (fault != FAULT_NONE)
		return fault;
	free(u->window.key);
	if (asprintf(&u->window.key,
		"%s%sreplay-deltas/%s/%" PRId64 "-%09" PRId64 ".arrow", prefix,
		*prefix != '\0' ? "/" : "", u->window.members[0].id,
		ts / RP_SECOND, ts % RP_SECOND) >= 0)
		return FAULT_NONE;
	u->window.key = NULL;
	(void)rp_error_no_memory(&w->error);
	return FAULT_STORE;
}

/* ---- the object ---- */

/* The store has failed, or a slice: which means that. */
static enum fault
of_store(enum rp_status st)
{
	return st == RP_OK ? FAULT_NONE : FAULT_STORE;
}

/* Read what comes of a slice; the object begins with its first bytes. */
static enum rp_status
copy_slice(
    struct worker *w, const struct unit *u, struct slice *s, struct object *o)
{
	uint8_t data[RP_IO_SIZE];
	enum rp_status st = RP_OK;
	ssize_t got = 1;

	while (st == RP_OK && got != 0) {
		st = o->put != NULL ? object_wait(o, s->fd, &w->error)
				    : slice_wait(s, &w->error);
		if (st != RP_OK)
			break;
		got = read(s->fd, data, sizeof(data));
		if (got < 0 && errno != EINTR)
			return rp_error_errno(&w->error, "rp-arrow");
		if (got > 0 && o->put == NULL)
			st = object_begin(o, w->store, &w->x->config,
			    u->window.key, &w->error);
		if (got > 0 && st == RP_OK)
			st = object_write(o, data, (size_t)got, &w->error);
	}
	return st;
}

static enum fault
write_slice(struct worker *w, const struct unit *u, struct object *o)
{
	struct slice s;
	enum rp_status st;
	enum fault fault;

	fault = slice_open(
	    &s, &u->job.job, &w->x->config, w->x->stopping, &w->error);
	if (fault != FAULT_NONE) {
		slice_free(&s);
		return fault;
	}
	if (slice_start(&s, &u->job.job, &w->x->config, &w->error) != RP_OK) {
		slice_free(&s);
		return FAULT_LOG;
	}
	st = copy_slice(w, u, &s, o);
	fault = st == RP_OK ? slice_end(&s, &w->error) : of_store(st);
	if (fault == FAULT_NONE && o->put == NULL) {
		fault = FAULT_AGAIN;
		(void)rp_error_set(
		    &w->error, RP_ERR_IO, "rp-arrow: wrote nothing");
	}
	slice_free(&s);
	return fault;
}

static enum fault
write_ids(struct worker *w, const struct unit *u, struct object *o)
{
	const struct rp_job_window *window = &u->window;
	enum rp_status st =
	    object_begin(o, w->store, &w->x->config, window->key, &w->error);

	if (st == RP_OK)
		st = object_write_ids(o, window->members, window->n, &w->error);
	return of_store(st);
}

static enum fault
make_object(
    struct worker *w, const struct unit *u, struct rp_put_result *result)
{
	struct object o = { 0 };
	enum fault fault =
	    u->is_slice ? write_slice(w, u, &o) : write_ids(w, u, &o);

	if (fault == FAULT_NONE)
		fault = of_store(object_commit(&o, result, &w->error));
	object_free(&o);
	report_retries(rp_store_retries(w->store) - w->retries);
	w->retries = rp_store_retries(w->store);
	return fault;
}

/* ---- a unit, step by step ---- */

enum step {
	STEP_ON, /* go on, or try again */
	STEP_OVER, /* it is settled, and out of hand */
	STEP_LEFT, /* it is left to others, at once */
	STEP_LATER /* it is left to others, when its lease has run out */
};

/* A call of the queue has failed: whether to repeat it. */
static bool
queue_again(struct worker *w, enum rp_status st)
{
	if (st == RP_OK)
		attempts_well(&w->queue, PEER_QUEUE);
	return st != RP_OK && attempts_again(&w->queue, PEER_QUEUE, &w->error);
}

/* The slice failed by itself: its history has a line more. */
static void
note_failure(struct worker *w)
{
	struct rp_time_text clock = { 0 };
	char line[RP_TIME_ROOM + 500];
	size_t len = rp_time_format(&clock, line, rp_time_now());
	int n =
	    snprintf(line + len, sizeof(line) - len, " %.400s", w->error.text);

	if (w->history.len > 0)
		(void)!rp_buffer_add(&w->history, "\n", 1);
	(void)!rp_buffer_add(&w->history, line, len + (size_t)n);
}

static enum step
bury(struct worker *w, struct unit *u)
{
	char reason[sizeof(w->error.text)];
	enum rp_status st;

	memcpy(reason, w->error.text, sizeof(reason));
	if (rp_buffer_add(&w->history, "", 1) != RP_OK)
		w->history.len = 0;
	do
		st = rp_consumer_bury(w->consumer, &u->slice, reason,
		    w->history.len > 0 ? (char *)w->history.data : "",
		    &w->error);
	while (queue_again(w, st));
	if (st != RP_OK)
		return STEP_LEFT;
	report_dead(u->slice.id, u->slice.entry, reason);
	forget(w, u->slice.id);
	return STEP_OVER;
}

/* What to do after a failure of the object. */
static enum step
after(struct worker *w, struct unit *u, enum fault fault)
{
	const bool last = w->log.failures + 1 >= w->x->config.attempts;

	if (fault == FAULT_STORE)
		return attempts_again(&w->put, PEER_STORE, &w->error)
		    ? STEP_ON
		    : STEP_LEFT;
	note_failure(w);
	if (fault == FAULT_FINAL || (fault == FAULT_AGAIN && last))
		return bury(w, u);
	if (last) {
		report_trouble(
		    PEER_LOG, w->error.text, w->log.failures + 1, -1);
		return STEP_LATER;
	}
	return attempts_again(&w->log, PEER_LOG, &w->error) ? STEP_ON
							    : STEP_LEFT;
}

/* The window without those that are not ours any more. */
static enum step
drop_lost(struct worker *w, struct unit *u)
{
	const size_t n = u->window.n;

	unit_drop_lost(u, forget, w);
	report_jobs(JOB_LOST, n - u->window.n);
	return u->window.n > 0 ? STEP_ON : STEP_OVER;
}

/* The window gets a key, and is stored with it. */
static enum step
store_window(struct worker *w, struct unit *u)
{
	enum step step = STEP_ON;
	enum fault fault;
	enum rp_status st;

	while (!u->stored && step == STEP_ON) {
		if ((fault = make_key(w, u)) != FAULT_NONE) {
			step = after(w, u, fault);
			continue;
		}
		do
			st = rp_consumer_seal(
			    w->consumer, &u->window, &w->error);
		while (st != RP_ERR_BUSY && queue_again(w, st));
		u->stored = st == RP_OK;
		if (st == RP_ERR_BUSY)
			step = drop_lost(w, u);
		else if (st != RP_OK)
			step = STEP_LEFT;
	}
	return step;
}

static enum step
put_object(struct worker *w, struct unit *u, struct rp_put_result *result)
{
	enum step step = STEP_ON;
	enum fault fault = FAULT_NONE;

	while (step == STEP_ON &&
	    (fault = make_object(w, u, result)) != FAULT_NONE)
		step = after(w, u, fault);
	if (fault == FAULT_NONE)
		attempts_well(&w->put, PEER_STORE);
	return step;
}

/* The jobs are done; what was queued twice is, too. */
static void
let_go(struct worker *w, const struct unit *u)
{
	size_t repeats = 0;

	for (size_t i = 0; i < u->window.n; i++)
		repeats += held_remove_done(w->x->held, u->window.members[i].id,
		    u->window.members[i].entry, w->consumer);
	report_jobs(JOB_REPEATED, repeats);
}

static enum step
finish(struct worker *w, struct unit *u, const struct rp_put_result *result)
{
	char *where = NULL;
	size_t done = 0;
	enum rp_status st;

	if (asprintf(&where, "%s%s%s", w->x->root,
		w->x->root[strlen(w->x->root) - 1] == '/' ? "" : "/",
		u->window.key) < 0)
		return STEP_LEFT;
	do
		st = rp_consumer_finish(
		    w->consumer, &u->window, where, &done, &w->error);
	while (queue_again(w, st));
	if (st == RP_OK) {
		let_go(w, u);
		report_jobs(JOB_DONE, done);
		report_object(
		    u, result, where, rp_clock_monotonic() - u->since);
	}
	free(where);
	return st == RP_OK ? STEP_OVER : STEP_LEFT;
}

/* Others may have the jobs. They are out of hand before, so that nobody renews
 * what is given back. */
static void
leave_to_others(struct worker *w, const struct unit *u, bool at_once)
{
	struct rp_member *members = NULL;
	size_t n = 0;
	struct rp_error err = { 0 };

	at_once |= rp_cli_stopping();
	if (at_once && (w->x->once || rp_cli_stopping()))
		w->x->failed = true;
	w->x->left |= w->x->once;
	for (size_t i = 0; i < u->window.n; i++)
		held_remove_left(
		    w->x->held, u->window.members[i].id, &members, &n);
	/* of a queue that hangs it is asked once */
	if (at_once && !w->hangs)
		w->hangs =
		    rp_consumer_release(w->consumer, members, n, &err) != RP_OK;
	held_list_free(members, n);
}

static void
do_unit(struct worker *w, struct unit *u)
{
	struct rp_put_result result = { 0 };
	enum step step;

	attempts_init(&w->log, w->x);
	w->history.len = 0;
	step = w->x->giving_up ? STEP_LEFT : store_window(w, u);
	if (step == STEP_ON)
		step = put_object(w, u, &result);
	if (step == STEP_ON)
		step = finish(w, u, &result);
	if (step != STEP_OVER)
		leave_to_others(w, u, step == STEP_LEFT);
	w->error = (struct rp_error){ 0 };
	unit_free(u);
}

/* ---- the thread ---- */

static void *
work(void *worker)
{
	struct worker *w = worker;
	struct unit *u;

	while ((u = channel_get(w->x->channel)) != NULL)
		do_unit(w, u);
	return NULL;
}

static void
free_worker(struct worker *w)
{
	rp_store_free(w->store);
	rp_consumer_close(w->consumer);
	rp_buffer_free(&w->history);
	free(w);
}

static enum rp_status
open_all(struct worker *w)
{
	enum rp_status st;

	st = compile_open_consumer(w->x, &w->consumer, &w->error);
	if (st == RP_OK)
		st = compile_open_store(w->x, &w->store, &w->error);
	if (st == RP_OK && pthread_create(&w->thread, NULL, work, w) != 0)
		st = rp_error_set(&w->error, RP_ERR_IO, "no thread");
	return st;
}

enum rp_status
worker_start(struct worker **out, struct compile *x)
{
	struct worker *w = *out = calloc(1, sizeof(*w));
	enum rp_status st;

	if (w == NULL)
		return rp_error_no_memory(&x->cli->error);
	w->x = x;
	attempts_init(&w->queue, x);
	attempts_init(&w->put, x);
	if ((st = open_all(w)) != RP_OK) {
		x->cli->error = w->error;
		free_worker(w);
		*out = NULL;
	}
	return st;
}

void
worker_end(struct worker *w)
{
	if (w == NULL)
		return;
	pthread_join(w->thread, NULL);
	free_worker(w);
}
