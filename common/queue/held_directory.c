/* Jobs that consumers of a queue in a directory hold, and what becomes of
 * them. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/time.h"
#include "queue/consumer_directory.h"

/* ---- who holds a job ---- */

struct held {
	int64_t owner; /* 0: nobody */
	char window[RP_ENTRY_ROOM]; /* "": in none */
};

/* One whose time is over, or who is dead, holds nothing. */
static enum rp_status
get_held(struct directory_consumer *c, const char *id, struct held *h,
    struct rp_error *err)
{
	struct rp_sql *s =
	    rp_sql(c->d.db, "SELECT owner,until,window FROM held WHERE id=?");
	enum rp_status st;

	*h = (struct held){ 0 };
	rp_sql_text(s, id);
	if ((st = rp_sql_next(s, err)) != RP_OK)
		return st == RP_END ? RP_OK : st;
	h->owner = rp_sql_get_number(s, 0);
	snprintf(
	    h->window, sizeof(h->window), "%s", rp_sql_get_text(s, 2, NULL));
	if (h->owner != c->us &&
	    (rp_sql_get_number(s, 1) <= rp_directory_ms() ||
		!rp_directory_is_alive(&c->d, h->owner)))
		h->owner = 0;
	return RP_OK;
}

static bool
is_others(const struct directory_consumer *c, const struct held *h)
{
	return h->owner != 0 && h->owner != c->us;
}

/* Hold a job from now on; history, a line or "", is added to its own. */
static enum rp_status
hold(struct directory_consumer *c, const char *id, const char *history,
    struct rp_error *err)
{
	struct rp_sql *s = rp_sql(c->d.db,
	    "INSERT INTO held(id,owner,until,history) VALUES(?1,?2,?3,?4)"
	    " ON CONFLICT(id) DO UPDATE SET owner=?2,until=?3,"
	    " history=history||?4");

	rp_sql_text(s, id);
	rp_sql_number(s, c->us);
	rp_sql_number(s, rp_directory_ms() + c->base.options->lease);
	rp_sql_text(s, history);
	return rp_sql_run(s, NULL, err);
}

static enum rp_status
is_done(struct directory_consumer *c, const char *id, bool *done,
    struct rp_error *err)
{
	struct rp_sql *s =
	    rp_sql(c->d.db, "SELECT 1 FROM done WHERE id=? AND until>?");
	enum rp_status st;

	rp_sql_text(s, id);
	rp_sql_number(s, rp_directory_now());
	st = rp_sql_next(s, err);
	*done = st == RP_OK;
	return st == RP_END ? RP_OK : st;
}

/* A job goes off the queue. */
static enum rp_status
drop(struct directory_consumer *c, const char *entry, uint64_t *changed,
    struct rp_error *err)
{
	struct rp_sql *s =
	    rp_sql(c->d.db, "DELETE FROM job WHERE entry=? AND owner<>0");

	rp_sql_number(s, rp_entry_read(entry));
	return rp_sql_run(s, changed, err);
}

/* It stays ours, since then, and so many deliveries less; *changed: 0 if it is
 * not on the queue any more. */
static enum rp_status
set_since(struct directory_consumer *c, const char *entry, int64_t since,
    int fewer, uint64_t *changed, struct rp_error *err)
{
	struct rp_sql *s = rp_sql(c->d.db,
	    "UPDATE job SET owner=?,since=?,times=max(times-?,0)"
	    " WHERE entry=? AND owner<>0");

	rp_sql_number(s, c->us);
	rp_sql_number(s, since);
	rp_sql_number(s, fewer);
	rp_sql_number(s, rp_entry_read(entry));
	return rp_sql_run(s, changed, err);
}

static enum rp_status
take_one(struct directory_consumer *c, struct rp_delivery *d, const char *now,
    struct rp_error *err)
{
	char history[RP_TIME_ROOM + RP_CONSUMER_ROOM + 48] = "";
	struct held h;
	bool done;
	enum rp_status st = is_done(c, d->id, &done, err);

	if (st == RP_OK && done) {
		d->hold = RP_HOLD_DONE;
		return drop(c, d->entry, NULL, err);
	}
	if (st != RP_OK || (st = get_held(c, d->id, &h, err)) != RP_OK)
		return st;
	if (is_others(c, &h)) {
		d->hold = RP_HOLD_BUSY;
		return set_since(c, d->entry, rp_directory_ms(), 1, NULL, err);
	}
	d->hold = RP_HOLD_OURS;
	memcpy(d->window, h.window, sizeof(d->window));
	if (d->times > 1)
		snprintf(history, sizeof(history),
		    "%s delivery %" PRIu64 " to %s\n", now, d->times,
		    c->base.options->name);
	return hold(c, d->id, history, err);
}

enum rp_status
rp_directory_take(struct rp_consumer *base, struct rp_delivery *d, size_t n,
    struct rp_error *err)
{
	struct directory_consumer *c = (struct directory_consumer *)base;
	struct rp_time_text times = { 0 };
	char now[RP_TIME_ROOM + 1];
	enum rp_status st =
	    rp_directory_consumer_begin(c, RP_ACCESS_WRITE, err);

	if (st != RP_OK)
		return st;
	now[rp_time_format(&times, now, rp_time_now())] = '\0';
	for (size_t i = 0; i < n && st == RP_OK; i++)
		st = take_one(c, &d[i], now, err);
	return rp_directory_end(&c->d, st, err);
}

/* ---- windows ---- */

/* *there is left alone if it is not. */
static enum rp_status
window_is_there(struct directory_consumer *c, const char *name, bool *there,
    struct rp_error *err)
{
	struct rp_sql *s = rp_sql(c->d.db, "SELECT 1 FROM window WHERE name=?");
	enum rp_status st;

	rp_sql_text(s, name);
	if ((st = rp_sql_next(s, err)) == RP_OK)
		*there = true;
	return st == RP_END ? RP_OK : st;
}

/* RP_ERR_BUSY: some are not ours, or in another window that is there. */
static enum rp_status
check_ours(
    struct directory_consumer *c, struct rp_job_window *w, struct rp_error *err)
{
	enum rp_status st = RP_OK;
	size_t lost = 0;

	for (size_t i = 0; i < w->n && st == RP_OK; i++) {
		struct held h;

		if ((st = get_held(c, w->members[i].id, &h, err)) != RP_OK)
			break;
		w->members[i].lost = h.owner != c->us;
		if (h.window[0] != '\0' && strcmp(h.window, w->name) != 0)
			st = window_is_there(
			    c, h.window, &w->members[i].lost, err);
		lost += w->members[i].lost;
	}
	return st == RP_OK && lost > 0 ? RP_ERR_BUSY : st;
}

static enum rp_status
store_window(struct directory_consumer *c, const struct rp_job_window *w,
    const struct rp_buffer *text, struct rp_error *err)
{
	struct rp_sql *s =
	    rp_sql(c->d.db, "INSERT OR REPLACE INTO window VALUES(?,?)");
	enum rp_status st;

	rp_sql_text(s, w->name);
	rp_sql_bytes(s, text->data, text->len);
	st = rp_sql_run(s, NULL, err);
	for (size_t i = 0; i < w->n && st == RP_OK; i++) {
		s = rp_sql(c->d.db, "UPDATE held SET window=? WHERE id=?");
		rp_sql_text(s, w->name);
		rp_sql_text(s, w->members[i].id);
		st = rp_sql_run(s, NULL, err);
	}
	return st;
}

enum rp_status
rp_directory_seal(
    struct rp_consumer *base, struct rp_job_window *w, struct rp_error *err)
{
	struct directory_consumer *c = (struct directory_consumer *)base;
	struct rp_buffer text = { 0 };
	enum rp_status st = rp_job_window_write(w, &text);

	if (st != RP_OK)
		st = rp_error_no_memory(err);
	else if ((st = rp_directory_consumer_begin(
		      c, RP_ACCESS_DURABLE, err)) == RP_OK) {
		st = check_ours(c, w, err);
		if (st == RP_OK)
			st = store_window(c, w, &text, err);
		st = rp_directory_end(&c->d, st, err);
	}
	rp_buffer_free(&text);
	return st;
}

/* RP_EMPTY: it is not stored. RP_ERR_CORRUPT: what is stored is none. */
static enum rp_status
get_window(struct directory_consumer *c, const char *name,
    struct rp_job_window *out, struct rp_error *err)
{
	struct rp_sql *s =
	    rp_sql(c->d.db, "SELECT members FROM window WHERE name=?");
	const char *text;
	size_t len;
	enum rp_status st;

	rp_sql_text(s, name);
	if ((st = rp_sql_next(s, err)) != RP_OK)
		return st == RP_END ? RP_EMPTY : st;
	text = rp_sql_get_text(s, 0, &len);
	if ((st = rp_job_window_read(out, name, text, len)) == RP_ERR_NOMEM)
		return rp_error_no_memory(err);
	return st;
}

/* Those that are done need not be held. */
static enum rp_status
hold_window(struct directory_consumer *c, const struct rp_job_window *w,
    struct rp_error *err)
{
	enum rp_status st = RP_OK;

	for (size_t i = 0; i < w->n && st == RP_OK; i++) {
		const char *id = w->members[i].id;
		struct held h;
		bool done;

		if ((st = is_done(c, id, &done, err)) != RP_OK || done)
			continue;
		if ((st = get_held(c, id, &h, err)) == RP_OK)
			st = is_others(c, &h) ? RP_ERR_BUSY
					      : hold(c, id, "", err);
	}
	return st;
}

static enum rp_status
forget_window(
    struct directory_consumer *c, const char *name, struct rp_error *err)
{
	struct rp_sql *s = rp_sql(c->d.db, "DELETE FROM window WHERE name=?");

	rp_sql_text(s, name);
	return rp_sql_run(s, NULL, err);
}

enum rp_status
rp_directory_adopt(struct rp_consumer *base, const char *name,
    struct rp_job_window *out, struct rp_error *err)
{
	struct directory_consumer *c = (struct directory_consumer *)base;
	enum rp_status st =
	    rp_directory_consumer_begin(c, RP_ACCESS_WRITE, err);

	*out = (struct rp_job_window){ 0 };
	if (st != RP_OK)
		return st;
	st = get_window(c, name, out, err);
	if (st == RP_ERR_CORRUPT) { /* its jobs are in none */
		st = rp_directory_end(&c->d, forget_window(c, name, err), err);
		return st == RP_OK ? RP_EMPTY : st;
	}
	if (st == RP_OK)
		st = hold_window(c, out, err);
	if ((st = rp_directory_end(&c->d, st, err)) != RP_OK)
		rp_job_window_free(out);
	return st;
}

static enum rp_status
forget_held(struct directory_consumer *c, const char *id, struct rp_error *err)
{
	struct rp_sql *s = rp_sql(c->d.db, "DELETE FROM held WHERE id=?");

	rp_sql_text(s, id);
	return rp_sql_run(s, NULL, err);
}

static enum rp_status
finish_one(struct directory_consumer *c, const struct rp_member *m,
    const char *result, size_t *done, struct rp_error *err)
{
	const int64_t now = rp_directory_now();
	struct rp_sql *s = rp_sql(c->d.db,
	    "INSERT INTO done VALUES(?1,?2,?3) ON CONFLICT(id)"
	    " DO UPDATE SET result=?2,until=?3 WHERE until<=?4");
	uint64_t changed;
	enum rp_status st;

	rp_sql_text(s, m->id);
	rp_sql_text(s, result);
	rp_sql_number(s, now + c->base.options->remember);
	rp_sql_number(s, now);
	if ((st = rp_sql_run(s, &changed, err)) == RP_OK)
		st = drop(c, m->entry, NULL, err);
	*done += st == RP_OK && changed > 0;
	return st == RP_OK ? forget_held(c, m->id, err) : st;
}

enum rp_status
rp_directory_finish(struct rp_consumer *base, const struct rp_job_window *w,
    const char *result, size_t *done, struct rp_error *err)
{
	struct directory_consumer *c = (struct directory_consumer *)base;
	enum rp_status st =
	    rp_directory_consumer_begin(c, RP_ACCESS_DURABLE, err);

	*done = 0;
	if (st != RP_OK)
		return st;
	st = rp_directory_forget(&c->d, err);
	for (size_t i = 0; i < w->n && st == RP_OK; i++)
		st = finish_one(c, &w->members[i], result, done, err);
	if (st == RP_OK)
		st = forget_window(c, w->name, err);
	return rp_directory_end(&c->d, st, err);
}

/* ---- jobs that are held ---- */

static enum rp_status
renew_one(struct directory_consumer *c, const struct rp_member *m,
    struct rp_error *err)
{
	struct held h;
	uint64_t is_there;
	enum rp_status st = get_held(c, m->id, &h, err);

	/* what was done or given back meanwhile is nobody's */
	if (st != RP_OK || h.owner != c->us)
		return st;
	st = set_since(c, m->entry, rp_directory_ms(), 0, &is_there, err);
	return st == RP_OK && is_there > 0 ? hold(c, m->id, "", err) : st;
}

static enum rp_status
release_one(struct directory_consumer *c, const struct rp_member *m,
    struct rp_error *err)
{
	struct rp_sql *s =
	    rp_sql(c->d.db, "UPDATE held SET owner=0 WHERE id=? AND owner=?");
	uint64_t changed;
	enum rp_status st;

	rp_sql_text(s, m->id);
	rp_sql_number(s, c->us);
	if ((st = rp_sql_run(s, &changed, err)) != RP_OK || changed == 0)
		return st;
	/* as if we had had it for longer than the lease */
	return set_since(c, m->entry,
	    rp_directory_ms() - c->base.options->lease, 1, NULL, err);
}

/* Do it for each, in one step. */
static enum rp_status
for_each(struct rp_consumer *base, const struct rp_member *members, size_t n,
    enum rp_status (*do_one)(struct directory_consumer *c,
	const struct rp_member *m, struct rp_error *err),
    struct rp_error *err)
{
	struct directory_consumer *c = (struct directory_consumer *)base;
	enum rp_status st =
	    rp_directory_consumer_begin(c, RP_ACCESS_WRITE, err);

	if (st != RP_OK)
		return st;
	for (size_t i = 0; i < n && st == RP_OK; i++)
		st = do_one(c, &members[i], err);
	return rp_directory_end(&c->d, st, err);
}

enum rp_status
rp_directory_renew(struct rp_consumer *base, const struct rp_member *members,
    size_t n, struct rp_error *err)
{
	return for_each(base, members, n, renew_one, err);
}

enum rp_status
rp_directory_release(struct rp_consumer *base, const struct rp_member *members,
    size_t n, struct rp_error *err)
{
	return for_each(base, members, n, release_one, err);
}

/* ---- jobs go ---- */

static enum rp_status
add_letter(struct directory_consumer *c, const struct rp_delivery *d,
    const char *reason, const char *attempts, struct rp_error *err)
{
	const char *id = d->id != NULL ? d->id : "";
	struct rp_sql *s;
	int64_t last;
	enum rp_status st = rp_directory_last(&c->d, &last, err);

	if (st != RP_OK)
		return st;
	last = rp_entry_after(last);
	s = rp_sql(c->d.db,
	    "INSERT INTO dead VALUES(?1,?2,?3,?4,?5,?6,?7,?8,"
	    " rtrim(ifnull((SELECT history FROM held WHERE id=?3),'')||?9,"
	    " char(10)))");
	rp_sql_number(s, last);
	rp_sql_text(s, c->base.options->queue->dlq);
	rp_sql_text(s, id);
	rp_sql_text(s, reason);
	rp_sql_bytes(s, d->payload, d->len);
	rp_sql_number(s, rp_entry_read(d->entry));
	rp_sql_number(s, (int64_t)d->times);
	rp_sql_text(s, c->base.options->name);
	rp_sql_text(s, attempts);
	if ((st = rp_sql_run(s, NULL, err)) == RP_OK)
		st = rp_directory_set_last(&c->d, last, err);
	return st;
}

/* A window that the job is alone in goes with it. */
static enum rp_status
leave_window(
    struct directory_consumer *c, const char *name, struct rp_error *err)
{
	struct rp_job_window w;
	enum rp_status st = RP_OK;
	size_t n;

	if (*name == '\0' || (st = get_window(c, name, &w, err)) == RP_EMPTY ||
	    st == RP_ERR_CORRUPT)
		return RP_OK;
	if (st != RP_OK)
		return st;
	n = w.n;
	rp_job_window_free(&w);
	return n == 1 ? forget_window(c, name, err) : RP_OK;
}

static enum rp_status
bury_one(struct directory_consumer *c, const struct rp_delivery *d,
    const char *reason, const char *attempts, struct rp_error *err)
{
	struct held h = { 0 };
	bool done = false;
	uint64_t was_there;
	enum rp_status st = RP_OK;

	/* of a job without an id nobody knows more than its entry */
	if (d->id != NULL && (st = get_held(c, d->id, &h, err)) == RP_OK)
		st = is_done(c, d->id, &done, err);
	if (st != RP_OK || is_others(c, &h))
		return st;
	st = drop(c, d->entry, &was_there, err);
	if (st != RP_OK || was_there == 0 || done)
		return st;
	st = add_letter(c, d, reason, attempts, err);
	if (st == RP_OK)
		st = leave_window(c, h.window, err);
	return st == RP_OK && d->id != NULL ? forget_held(c, d->id, err) : st;
}

enum rp_status
rp_directory_bury(struct rp_consumer *base, const struct rp_delivery *d,
    const char *reason, const char *attempts, struct rp_error *err)
{
	struct directory_consumer *c = (struct directory_consumer *)base;
	enum rp_status st =
	    rp_directory_consumer_begin(c, RP_ACCESS_DURABLE, err);

	return st == RP_OK ? rp_directory_end(&c->d,
				 bury_one(c, d, reason, attempts, err), err)
			   : st;
}
