/*
 * The jobs' way in: what is new, and what others left behind, is read, held,
 * and gathered to units for the workers.
 */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "compile.h"

enum {
	IDLE_MS = 500, /* a read waits so long: a signal is heeded then */
	HUNGER = 4 /* times more are read while there are only ids */
};

struct intake {
	struct compile *x;
	struct rp_consumer *consumer;
	struct unit *window; /* that is gathered, or NULL */
	size_t appetite; /* jobs that are read at once */
	int64_t claim_at; /* monotonic */
	struct attempts attempts;
	struct rp_error *error;
};

/* ---- handing over ---- */

static void
hand_over(struct intake *in, struct unit *u)
{
	channel_put(in->x->channel, u);
}

static void
flush_window(struct intake *in)
{
	if (in->window != NULL)
		hand_over(in, in->window);
	in->window = NULL;
}

/* What of a window's age is left: ms. */
static int
age_left(const struct intake *in)
{
	const int64_t ms = RP_SECOND / 1000;
	int64_t age = (rp_clock_monotonic() - in->window->since) / ms,
		most = (int64_t)in->x->config.window_age;

	return age < most ? (int)(most - age) : 0;
}

static struct unit *
begin_unit(struct intake *in)
{
	struct unit *u = unit_new();

	if (u == NULL)
		(void)rp_error_no_memory(in->error);
	else
		u->since = rp_clock_monotonic();
	return u;
}

/* An id to the window, which goes when it is full. */
static enum rp_status
gather(struct intake *in, const struct rp_delivery *d)
{
	const struct config *c = &in->x->config;
	size_t len = strlen(d->id);

	if (in->window != NULL && in->window->bytes + len > c->window_bytes)
		flush_window(in);
	if (in->window == NULL && (in->window = begin_unit(in)) == NULL)
		return RP_ERR_NOMEM;
	if (unit_add(in->window, d->id, d->entry) != RP_OK)
		return rp_error_no_memory(in->error);
	if (in->window->window.n >= c->window_count)
		flush_window(in);
	return RP_OK;
}

/* The delivery becomes the unit's. */
static void
give_slice(struct unit *u, struct rp_delivery *d, struct rp_job_read *job)
{
	u->is_slice = true;
	u->slice = *d;
	u->job = *job;
	*d = (struct rp_delivery){ 0 };
	*job = (struct rp_job_read){ 0 };
}

static enum rp_status
hand_slice(struct intake *in, struct rp_delivery *d, struct rp_job_read *job)
{
	struct unit *u = begin_unit(in);

	if (u == NULL)
		return RP_ERR_NOMEM;
	if (unit_add(u, d->id, d->entry) != RP_OK) {
		unit_free(u);
		return rp_error_no_memory(in->error);
	}
	give_slice(u, d, job);
	hand_over(in, u);
	return RP_OK;
}

/* ---- windows of others ---- */

static void
forget(struct intake *in, const char *id)
{
	held_remove(in->x->held, id);
}

static bool
has_member(const struct rp_job_window *w, const char *id)
{
	for (size_t i = 0; i < w->n; i++)
		if (strcmp(w->members[i].id, id) == 0)
			return true;
	return false;
}

/* Those of d that are in the window of this name are settled: what w (empty:
 * nobody) has of them is in hand. */
static void
settle_window(struct intake *in, struct rp_delivery *d, size_t n,
    const char *name, const struct rp_job_window *w)
{
	for (size_t i = 0; i < n; i++)
		if (d[i].hold == RP_HOLD_OURS &&
		    strcmp(d[i].window, name) == 0) {
			d[i].hold = RP_HOLD_NONE;
			if (!has_member(w, d[i].id))
				forget(in, d[i].id);
		}
}

static enum rp_status
hold_all(struct intake *in, const struct rp_job_window *w)
{
	bool added;

	for (size_t i = 0; i < w->n; i++)
		if (held_add(in->x->held, w->members[i].id, w->members[i].entry,
			&added) != RP_OK)
			return rp_error_no_memory(in->error);
	return RP_OK;
}

/* The first of n deliveries, and perhaps more of them, is of a window that
 * was stored: it is made again as it was. */
static enum rp_status
adopt(
    struct intake *in, struct rp_delivery *d, size_t n, struct rp_job_read *job)
{
	char name[RP_ENTRY_ROOM];
	struct unit *u = begin_unit(in);
	enum rp_status st;

	if (u == NULL)
		return RP_ERR_NOMEM;
	memcpy(name, d->window, sizeof(name));
	st = rp_consumer_adopt(in->consumer, name, &u->window, in->error);
	if (st != RP_EMPTY)
		settle_window(in, d, n, name, &u->window);
	if (st == RP_OK)
		st = hold_all(in, &u->window);
	if (st == RP_OK) {
		u->stored = true;
		if (job->job.log != NULL && u->window.n == 1)
			give_slice(u, d, job);
		hand_over(in, u);
		return RP_OK;
	}
	unit_free(u);
	if (st == RP_EMPTY) /* it is not there any more: as a new job */
		return job->job.log != NULL ? hand_slice(in, d, job)
					    : gather(in, d);
	return st == RP_ERR_BUSY ? RP_OK : st;
}

/* ---- deliveries ---- */

static enum rp_status
bury(struct intake *in, struct rp_delivery *d, const char *reason)
{
	enum rp_status st;

	st = rp_consumer_bury(in->consumer, d, reason, "", in->error);
	if (st == RP_OK)
		report_dead(d->id, d->entry, reason);
	return st;
}

/* Read what came. *keep: it is a job that is in hand from now on; one that was
 * before is settled with that. */
static enum rp_status
look_at(struct intake *in, struct rp_delivery *d, struct rp_job_read *job,
    bool *keep)
{
	char reason[160];
	const char *fault;
	enum rp_status st;

	*keep = false;
	if (d->fault != NULL)
		return bury(in, d, d->fault);
	st = rp_job_unpack(job, d->payload, d->len);
	if (st == RP_ERR_NOMEM)
		return rp_error_no_memory(in->error);
	if (st != RP_OK)
		return bury(in, d, "its payload is no job");
	if ((fault = rp_job_fault(&job->job)) != NULL) {
		snprintf(reason, sizeof(reason), "a bad job: %s", fault);
		return bury(in, d, reason);
	}
	if (d->id == NULL && (d->id = strdup(job->job.id)) == NULL)
		return rp_error_no_memory(in->error);
	return held_add(in->x->held, d->id, d->entry, keep) == RP_OK
	    ? RP_OK
	    : rp_error_no_memory(in->error);
}

/* It may be what kills those who work on it. Not so ids in windows, which
 * whoever was killed had in hand. */
static enum rp_status
bury_poison(struct intake *in, struct rp_delivery *d)
{
	char reason[80];

	snprintf(reason, sizeof(reason), "delivered %llu times, and never done",
	    (unsigned long long)d->times);
	forget(in, d->id);
	return bury(in, d, reason);
}

/* We hold the first of n jobs. */
static enum rp_status
place_ours(
    struct intake *in, struct rp_delivery *d, size_t n, struct rp_job_read *job)
{
	const bool is_slice = job->job.log != NULL;

	if (d->times > in->x->config.max_deliveries &&
	    (is_slice || d->window[0] == '\0'))
		return bury_poison(in, d);
	if (d->window[0] != '\0')
		return adopt(in, d, n, job);
	return is_slice ? hand_slice(in, d, job) : gather(in, d);
}

/* Where the first of n jobs goes now that it was taken. */
static enum rp_status
place(
    struct intake *in, struct rp_delivery *d, size_t n, struct rp_job_read *job)
{
	switch (d->hold) {
	case RP_HOLD_OURS:
		return place_ours(in, d, n, job);
	case RP_HOLD_BUSY:
		report_jobs(JOB_BUSY, 1);
		forget(in, d->id);
		return RP_OK;
	case RP_HOLD_DONE:
		report_jobs(JOB_REPEATED,
		    1 +
			held_remove_done(
			    in->x->held, d->id, d->entry, in->consumer));
		return RP_OK;
	default:
		return RP_OK;
	}
}

/* Less of them while there are slices, which take long. */
static void
set_appetite(struct intake *in, const struct rp_job_read *jobs, size_t n)
{
	const struct config *c = &in->x->config;
	bool slices = false;

	for (size_t i = 0; i < n; i++)
		slices |= jobs[i].job.log != NULL;
	if (slices)
		in->appetite = c->parallel;
	else if (n > 0 && (in->appetite *= HUNGER) > c->window_count)
		in->appetite = c->window_count;
}

static enum rp_status
take(struct intake *in, struct rp_delivery *d, size_t n)
{
	enum rp_status st;

	do {
		st = rp_consumer_take(in->consumer, d, n, in->error);
		if (st == RP_OK)
			attempts_well(&in->attempts, PEER_QUEUE);
	} while (st != RP_OK &&
	    attempts_again(&in->attempts, PEER_QUEUE, in->error));
	return st;
}

/* Read and hold; *kept of them, which come to be the first ones. */
static enum rp_status
hold(struct intake *in, struct rp_delivery *d, size_t n,
    struct rp_job_read *jobs, size_t *kept)
{
	enum rp_status st = RP_OK;

	*kept = 0;
	for (size_t i = 0; i < n && st == RP_OK; i++) {
		struct rp_delivery one;
		bool keep;

		st = look_at(in, &d[i], &jobs[*kept], &keep);
		if (!keep) {
			rp_job_read_free(&jobs[*kept]);
			continue;
		}
		one = d[i];
		d[i] = d[*kept];
		d[(*kept)++] = one;
	}
	return st;
}

/* All of d are settled; what they point to may have moved. */
static enum rp_status
sort_out(struct intake *in, struct rp_delivery *d, size_t n)
{
	struct rp_job_read *jobs = calloc(n + 1, sizeof(*jobs));
	size_t kept, placed = 0;
	bool taken = false;
	enum rp_status st;

	if (jobs == NULL)
		return rp_error_no_memory(in->error);
	st = hold(in, d, n, jobs, &kept);
	set_appetite(in, jobs, kept);
	if (st == RP_OK)
		taken = (st = take(in, d, kept)) == RP_OK;
	while (st == RP_OK && placed < kept) {
		st = place(in, d + placed, kept - placed, &jobs[placed]);
		placed++;
	}
	/* after a failure they will be delivered again */
	for (size_t i = placed; i < kept; i++)
		if (!taken || d[i].hold != RP_HOLD_NONE)
			forget(in, d[i].id);
	for (size_t i = 0; i < kept; i++)
		rp_job_read_free(&jobs[i]);
	free(jobs);
	return st;
}

/* ---- reading ---- */

static int
patience(const struct intake *in)
{
	const int tick = (int)in->x->config.tick;
	int left;

	if (in->x->once && !in->x->lines)
		return 0;
	if (in->window == NULL || in->x->once)
		return IDLE_MS;
	left = age_left(in);
	return left < tick ? left + (left == 0) : tick;
}

/* Some jobs: those that were left behind, when it is time to look for them,
 * before new ones. *more: there may be others. */
static enum rp_status
read_some(struct intake *in, struct rp_delivery **d, size_t *n, bool *more)
{
	struct compile *x = in->x;
	size_t in_hand = held_count(x->held),
	       room = in_hand < x->config.capacity
	    ? x->config.capacity - in_hand
	    : 0,
	       most = room < in->appetite ? room : in->appetite;
	enum rp_status st = RP_OK;

	*d = NULL;
	*n = 0;
	if (most == 0) {
		*more = true;
		flush_window(in); /* it cannot grow */
		held_wait_below(
		    x->held, x->config.capacity, (int)x->config.tick);
		return RP_OK;
	}
	if (x->once || rp_clock_monotonic() >= in->claim_at) {
		st = rp_consumer_claim(in->consumer, most, d, n, in->error);
		if (st == RP_OK && *n == 0)
			in->claim_at = rp_clock_monotonic() +
			    (int64_t)x->config.lease * (RP_SECOND / 1000) / 3;
	}
	if (st == RP_OK && *n == 0)
		st = rp_consumer_read(
		    in->consumer, most, patience(in), d, n, in->error);
	*more = st != RP_END && (st != RP_OK || *n > 0 || x->lines);
	return st;
}

/* One round. *more: something may come. */
static enum rp_status
go_round(struct intake *in, bool *more)
{
	struct rp_delivery *d;
	size_t n;
	enum rp_status st = read_some(in, &d, &n, more);

	if (st != RP_OK && st != RP_END)
		return st;
	attempts_well(&in->attempts, PEER_QUEUE);
	st = sort_out(in, d, n);
	rp_deliveries_free(d, n);
	/* what is all there needs no patience, and makes the same windows */
	if (in->window != NULL && !in->x->once && age_left(in) == 0)
		flush_window(in);
	return st;
}

static bool
is_over(const struct compile *x)
{
	return rp_cli_stopping() || (x->once && x->failed);
}

static enum rp_status
take_all(struct intake *in)
{
	bool more = true;
	enum rp_status st = RP_OK;

	while (!is_over(in->x) && (more || !in->x->once)) {
		st = go_round(in, &more);
		if (st != RP_OK) /* what was on its way is delivered later */
			in->x->left |= in->x->once;
		if (st != RP_OK &&
		    (st == RP_ERR_NOMEM ||
			!attempts_again(&in->attempts, PEER_QUEUE, in->error)))
			break;
		st = RP_OK;
	}
	flush_window(in);
	if (in->x->lines && more && rp_cli_stopping())
		in->x->failed = true; /* there were lines */
	if (st == RP_ERR_REMOTE && rp_cli_stopping()) {
		/* what is in hand may still be done */
		*in->error = (struct rp_error){ 0 };
		st = RP_OK;
	}
	return st;
}

enum rp_status
take_in(struct compile *x)
{
	struct intake in = {
		.x = x, .appetite = x->config.parallel, .error = &x->cli->error
	};
	enum rp_status st;

	attempts_init(&in.attempts, x);
	in.attempts.hasty = true;
	st = compile_open_consumer(x, &in.consumer, in.error);
	if (st == RP_OK)
		st = take_all(&in);
	rp_consumer_close(in.consumer);
	return st;
}
