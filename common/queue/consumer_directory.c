/*
 * Consumers of a queue in a directory, which are one group. A consumer is alive
 * for as long as it keeps its byte of the lock file; the jobs of one that is
 * not are due at once.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "queue/consumer_directory.h"
#include "queue/job.h"

enum { LOOK_MS = 50 /* at the queue, if it cannot be watched */ };

/* ---- life ---- */

static void
disconnect(struct directory_consumer *c)
{
	rp_directory_close(&c->d);
	if (c->notify >= 0)
		close(c->notify);
	c->notify = -1;
}

static enum rp_status
open_once(struct directory_consumer *c, struct rp_error *err)
{
	enum rp_status st;

	if (c->d.db != NULL)
		return RP_OK;
	disconnect(c);
	st = rp_directory_open(&c->d, c->base.options->queue, true, err);
	if (st == RP_OK)
		st = rp_directory_join(&c->d, c->us, err);
	if (st != RP_OK)
		disconnect(c);
	return st;
}

static void
close_directory(struct rp_consumer *base)
{
	disconnect((struct directory_consumer *)base);
	free(base);
}

static enum rp_status
open_directory(struct rp_consumer **out,
    const struct rp_consumer_options *options, struct rp_error *err)
{
	struct directory_consumer *c = calloc(1, sizeof(*c));
	enum rp_status st;

	*out = NULL;
	if (c == NULL)
		return rp_error_no_memory(err);
	c->base = (struct rp_consumer){ &rp_consumer_of_directories, options };
	c->us = rp_directory_number(options->name);
	c->notify = -1;
	if ((st = open_once(c, err)) == RP_OK)
		*out = &c->base;
	else
		close_directory(&c->base);
	return st;
}

enum rp_status
rp_directory_consumer_begin(
    struct directory_consumer *c, enum rp_access access, struct rp_error *err)
{
	enum rp_status st = open_once(c, err);

	return st == RP_OK ? rp_directory_begin(&c->d, access, err) : st;
}

/* ---- jobs come ---- */

/* What is given out, as it grows. */
struct given {
	struct rp_delivery *d;
	size_t n, most;
};

/* The job that s is at: entry, payload, times. One that is too long is none,
 * however it ends. */
static enum rp_status
add_delivery(struct given *g, const struct rp_sql *s, struct rp_error *err)
{
	struct rp_delivery *d = &g->d[g->n];
	const char *payload = rp_sql_get_text(s, 1, &d->len);

	if (d->len > RP_JOB_MAX)
		d->len = RP_JOB_MAX + 1;
	if ((d->payload = malloc(d->len + 1)) == NULL)
		return rp_error_no_memory(err);
	memcpy(d->payload, payload, d->len);
	rp_entry_write(d->entry, rp_sql_get_number(s, 0));
	d->times = (uint64_t)rp_sql_get_number(s, 2) + 1;
	g->n++;
	return RP_OK;
}

/* The jobs of an owner that it has since then or before, those first that it
 * has longest. */
static enum rp_status
select_jobs(struct directory_consumer *c, struct given *g, int64_t owner,
    int64_t since, struct rp_error *err)
{
	struct rp_sql *s = rp_sql(c->d.db,
	    "SELECT entry,payload,times FROM job WHERE owner=? AND since<=?"
	    " ORDER BY since, entry LIMIT ?");
	enum rp_status st = RP_OK;

	rp_sql_number(s, owner);
	rp_sql_number(s, since);
	rp_sql_number(s, (int64_t)(g->most - g->n));
	while (st == RP_OK && g->n < g->most &&
	    (st = rp_sql_next(s, err)) == RP_OK)
		st = add_delivery(g, s, err);
	return st == RP_END ? RP_OK : st;
}

/* They are ours now, and were delivered once more. */
static enum rp_status
own(struct directory_consumer *c, const struct given *g, struct rp_error *err)
{
	const int64_t now = rp_directory_ms();
	enum rp_status st = RP_OK;

	for (size_t i = 0; i < g->n && st == RP_OK; i++) {
		struct rp_sql *s = rp_sql(c->d.db,
		    "UPDATE job SET owner=?,since=?,times=? WHERE entry=?");

		rp_sql_number(s, c->us);
		rp_sql_number(s, now);
		rp_sql_number(s, (int64_t)g->d[i].times);
		rp_sql_number(s, rp_entry_read(g->d[i].entry));
		st = rp_sql_run(s, NULL, err);
	}
	return st;
}

/* Jobs that choose finds, as ours. */
static enum rp_status
give(struct directory_consumer *c, size_t most,
    enum rp_status (*choose)(
	struct directory_consumer *c, struct given *g, struct rp_error *err),
    struct rp_delivery **out, size_t *n, struct rp_error *err)
{
	struct given g = { .most = most };
	enum rp_status st;

	if ((g.d = calloc(most + 1, sizeof(*g.d))) == NULL)
		return rp_error_no_memory(err);
	if ((st = rp_directory_consumer_begin(c, RP_ACCESS_WRITE, err)) ==
	    RP_OK) {
		st = choose(c, &g, err);
		if (st == RP_OK)
			st = own(c, &g, err);
		st = rp_directory_end(&c->d, st, err);
	}
	if (st != RP_OK || g.n == 0) {
		rp_deliveries_free(g.d, g.n);
		return st;
	}
	*out = g.d;
	*n = g.n;
	return RP_OK;
}

static enum rp_status
choose_new(struct directory_consumer *c, struct given *g, struct rp_error *err)
{
	return select_jobs(c, g, 0, 0, err);
}

/* Whether a job waits; nobody is kept from writing to find that out. */
static enum rp_status
look(struct directory_consumer *c, bool *waits, struct rp_error *err)
{
	struct rp_sql *s;
	enum rp_status st = rp_directory_consumer_begin(c, RP_ACCESS_READ, err);

	*waits = false;
	if (st != RP_OK)
		return st;
	s = rp_sql(c->d.db, "SELECT 1 FROM job WHERE owner=0 LIMIT 1");
	st = rp_sql_next(s, err);
	*waits = st == RP_OK;
	return rp_directory_end(&c->d, st == RP_END ? RP_OK : st, err);
}

/* Watch the file that is touched when there are jobs. */
static void
watch(struct directory_consumer *c)
{
	char path[32];

	if (c->notify >= 0)
		return;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", c->d.lock);
	c->notify = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (c->notify < 0 || inotify_add_watch(c->notify, path, IN_ATTRIB) >= 0)
		return;
	close(c->notify);
	c->notify = -1;
}

/* Events tell only that there are some. */
static void
drain(struct directory_consumer *c)
{
	char events[4096];

	while (c->notify >= 0 && read(c->notify, events, sizeof(events)) > 0)
		;
}

/* Until jobs are put, for ms at most; false: a signal came. */
static bool
wait_for_jobs(const struct directory_consumer *c, int64_t ms)
{
	struct pollfd p = { .fd = c->notify, .events = POLLIN };

	if (c->notify < 0 && ms > LOOK_MS)
		ms = LOOK_MS;
	return poll(&p, 1, (int)ms) >= 0 || errno != EINTR;
}

static enum rp_status
read_new(struct rp_consumer *base, size_t most, int ms,
    struct rp_delivery **out, size_t *n, struct rp_error *err)
{
	struct directory_consumer *c = (struct directory_consumer *)base;
	const int64_t until = rp_directory_ms() + ms;
	enum rp_status st;
	bool waits;

	*out = NULL;
	*n = 0;
	if ((st = open_once(c, err)) != RP_OK)
		return st;
	watch(c);
	for (int64_t left = ms;; left = until - rp_directory_ms()) {
		drain(c);
		if ((st = look(c, &waits, err)) != RP_OK)
			return st;
		if (waits)
			st = give(c, most, choose_new, out, n, err);
		if (st != RP_OK || *n > 0 || left <= 0 ||
		    !wait_for_jobs(c, left))
			return st;
	}
}

/* The next of those who have jobs; RP_END: there is none. */
static enum rp_status
next_owner(struct directory_consumer *c, int64_t *owner, struct rp_error *err)
{
	struct rp_sql *s = rp_sql(c->d.db,
	    "SELECT owner FROM job WHERE owner>? ORDER BY owner LIMIT 1");
	const int64_t last = *owner;
	enum rp_status st;

	rp_sql_number(s, last);
	if ((st = rp_sql_next(s, err)) != RP_OK)
		return st;
	*owner = rp_sql_get_number(s, 0);
	/* what is no number is behind all that are */
	return *owner > last ? RP_OK
			     : rp_error_set(err, RP_ERR_CORRUPT,
				   "%s: an owner that is no number", c->d.file);
}

static enum rp_status
choose_due(struct directory_consumer *c, struct given *g, struct rp_error *err)
{
	const int64_t due = rp_directory_ms() - c->base.options->lease;
	enum rp_status st = RP_OK;

	for (int64_t owner = 0; st == RP_OK && g->n < g->most;) {
		if ((st = next_owner(c, &owner, err)) != RP_OK)
			break;
		st = select_jobs(c, g, owner,
		    rp_directory_is_alive(&c->d, owner) || owner == c->us
			? due
			: INT64_MAX,
		    err);
	}
	return st == RP_END ? RP_OK : st;
}

static enum rp_status
claim(struct rp_consumer *base, size_t most, struct rp_delivery **out,
    size_t *n, struct rp_error *err)
{
	*out = NULL;
	*n = 0;
	return give(
	    (struct directory_consumer *)base, most, choose_due, out, n, err);
}

/* ---- the queue ---- */

static enum rp_status
depth(struct rp_consumer *base, uint64_t *waiting, uint64_t *pending,
    struct rp_error *err)
{
	struct directory_consumer *c = (struct directory_consumer *)base;
	struct rp_sql *s;
	enum rp_status st = rp_directory_consumer_begin(c, RP_ACCESS_READ, err);

	if (st != RP_OK)
		return st;
	s = rp_sql(c->d.db,
	    "SELECT (SELECT count(*) FROM job WHERE owner=0),"
	    " (SELECT count(*) FROM job WHERE owner<>0)");
	if ((st = rp_sql_next(s, err)) == RP_OK) {
		*waiting = (uint64_t)rp_sql_get_number(s, 0);
		*pending = (uint64_t)rp_sql_get_number(s, 1);
	}
	return rp_directory_end(&c->d, st, err);
}

/* Who is there is known by their locks, which go when they go. */
static enum rp_status
leave(struct rp_consumer *base, struct rp_error *err)
{
	(void)base;
	(void)err;
	return RP_OK;
}

const struct rp_consumer_kind rp_consumer_of_directories = {
	.open = open_directory,
	.close = close_directory,
	.read = read_new,
	.claim = claim,
	.take = rp_directory_take,
	.seal = rp_directory_seal,
	.adopt = rp_directory_adopt,
	.renew = rp_directory_renew,
	.finish = rp_directory_finish,
	.bury = rp_directory_bury,
	.release = rp_directory_release,
	.depth = depth,
	.leave = leave,
};
