/* The queue in a directory, for those who put jobs into it. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "queue/directory.h"
#include "queue/queue_work.h"

enum { AT_ONCE = 4096 /* jobs of a transaction: others wait for its end */ };

struct directory_queue {
	struct rp_queue base;
	struct rp_directory d;
};

/* ---- life ---- */

static void
queue_close(struct rp_queue *queue)
{
	struct directory_queue *q = (struct directory_queue *)queue;

	rp_directory_close(&q->d);
	free(q);
}

/* One that is not there is made by the first job. */
static enum rp_status
queue_open(struct rp_queue **out, const struct rp_queue_options *options,
    struct rp_error *err)
{
	struct directory_queue *q = calloc(1, sizeof(*q));
	enum rp_status st;

	if (q == NULL)
		return rp_error_no_memory(err);
	st = rp_directory_open(&q->d, options, false, err);
	if (st == RP_OK || st == RP_EMPTY) {
		*out = &q->base;
		return RP_OK;
	}
	queue_close(&q->base);
	return st;
}

static enum rp_status
begin(struct directory_queue *q, enum rp_access access, struct rp_error *err)
{
	enum rp_status st = rp_directory_open(
	    &q->d, q->base.options, access != RP_ACCESS_READ, err);

	return st == RP_OK ? rp_directory_begin(&q->d, access, err) : st;
}

/* ---- putting ---- */

/* What a transaction puts. */
struct batch {
	int64_t last; /* entry */
	int64_t now, until; /* s */
	uint64_t room; /* for so many jobs */
};

static enum rp_status
begin_batch(struct directory_queue *q, struct batch *b, struct rp_error *err)
{
	const struct rp_queue_options *o = q->base.options;
	struct rp_sql *s;
	enum rp_status st;

	b->now = rp_directory_now();
	b->until = b->now + o->remember;
	b->room = UINT64_MAX;
	if ((st = rp_directory_forget(&q->d, err)) != RP_OK ||
	    (st = rp_directory_last(&q->d, &b->last, err)) != RP_OK ||
	    o->max_len == 0)
		return st;
	s = rp_sql(q->d.db, "SELECT count(*) FROM job");
	if ((st = rp_sql_next(s, err)) == RP_OK) {
		const uint64_t n = (uint64_t)rp_sql_get_number(s, 0);

		b->room = n < o->max_len ? o->max_len - n : 0;
	}
	return st;
}

/* The entry that an id was queued as; RP_END: it is not known. */
static enum rp_status
find_queued(struct directory_queue *q, const struct batch *b,
    struct rp_queue_item *item, struct rp_error *err)
{
	struct rp_sql *s =
	    rp_sql(q->d.db, "SELECT entry FROM queued WHERE id=? AND until>?");
	enum rp_status st;

	rp_sql_text(s, item->id);
	rp_sql_number(s, b->now);
	if ((st = rp_sql_next(s, err)) == RP_OK)
		rp_entry_write(item->entry, rp_sql_get_number(s, 0));
	return st;
}

static enum rp_status
remember(struct directory_queue *q, const char *id, int64_t entry,
    int64_t until, struct rp_error *err)
{
	struct rp_sql *s =
	    rp_sql(q->d.db, "INSERT OR REPLACE INTO queued VALUES(?,?,?)");

	rp_sql_text(s, id);
	rp_sql_number(s, entry);
	rp_sql_number(s, until);
	return rp_sql_run(s, NULL, err);
}

static enum rp_status
put_one(struct directory_queue *q, struct batch *b, struct rp_queue_item *item,
    struct rp_error *err)
{
	const bool unique = q->base.options->remember > 0;
	enum rp_status st = unique ? find_queued(q, b, item, err) : RP_END;

	if (st != RP_END) {
		item->state = RP_JOB_REPEATED;
		return st;
	}
	if (b->room == 0) {
		item->state = RP_JOB_FULL;
		return RP_OK;
	}
	b->room--;
	b->last = rp_entry_after(b->last);
	st = rp_directory_add(&q->d, b->last, item->payload, item->len, err);
	if (st == RP_OK && unique)
		st = remember(q, item->id, b->last, b->until, err);
	rp_entry_write(item->entry, b->last);
	item->state = RP_JOB_QUEUED;
	return st;
}

/* Those of n items that are to be put; if that fails, none was. */
static enum rp_status
put_some(struct directory_queue *q, struct rp_queue_item *items, size_t n,
    struct rp_error *err)
{
	bool *ours = calloc(n, sizeof(*ours));
	struct batch b;
	enum rp_status st = ours != NULL ? RP_OK : rp_error_no_memory(err);

	if (st == RP_OK)
		st = begin(q, RP_ACCESS_DURABLE, err);
	if (st != RP_OK) {
		free(ours);
		return st;
	}
	st = begin_batch(q, &b, err);
	for (size_t i = 0; i < n && st == RP_OK; i++)
		if ((ours[i] = rp_queue_is_unsent(&items[i])))
			st = put_one(q, &b, &items[i], err);
	if (st == RP_OK)
		st = rp_directory_set_last(&q->d, b.last, err);
	if ((st = rp_directory_end(&q->d, st, err)) == RP_OK)
		rp_directory_ring(&q->d);
	for (size_t i = 0; i < n && st != RP_OK; i++)
		if (ours[i]) {
			items[i].state = RP_JOB_NEW;
			items[i].entry[0] = '\0';
		}
	free(ours);
	return st;
}

static enum rp_status
queue_put(struct rp_queue *queue, struct rp_queue_item *items, size_t n,
    struct rp_error *err)
{
	enum rp_status st = RP_OK;

	for (size_t at = 0, some; at < n && st == RP_OK; at += some) {
		some = n - at < AT_ONCE ? n - at : AT_ONCE;
		st = put_some(
		    (struct directory_queue *)queue, items + at, some, err);
	}
	return st;
}

/* ---- asking ---- */

static const char ask_sql[] =
    "SELECT (SELECT result FROM done WHERE id=?1 AND until>?3),"
    " (SELECT reason FROM dead WHERE id=?1 AND entry>?2 AND dlq=?4),"
    " EXISTS(SELECT 1 FROM job WHERE entry=?2)";

static enum rp_status
ask_one(
    struct directory_queue *q, struct rp_queue_item *item, struct rp_error *err)
{
	struct rp_sql *s = rp_sql(q->d.db, ask_sql);
	enum rp_status st;

	rp_sql_text(s, item->id);
	rp_sql_number(s, rp_entry_read(item->entry));
	rp_sql_number(s, rp_directory_now());
	rp_sql_text(s, q->base.options->dlq);
	if ((st = rp_sql_next(s, err)) != RP_OK)
		return st;
	if (!rp_sql_is_null(s, 0))
		return rp_queue_set_result(
		    item, RP_JOB_DONE, rp_sql_get_text(s, 0, NULL), err);
	if (!rp_sql_is_null(s, 1))
		return rp_queue_set_result(
		    item, RP_JOB_DEAD, rp_sql_get_text(s, 1, NULL), err);
	if (rp_sql_get_number(s, 2) == 0)
		item->state = RP_JOB_LOST;
	return RP_OK;
}

static enum rp_status
queue_ask(struct rp_queue *queue, struct rp_queue_item *items, size_t n,
    struct rp_error *err)
{
	struct directory_queue *q = (struct directory_queue *)queue;
	enum rp_status st = begin(q, RP_ACCESS_READ, err);

	/* jobs that were queued, and there is no queue any more */
	for (size_t i = 0; i < n && st == RP_EMPTY; i++)
		if (rp_queue_is_waited_for(&items[i]))
			items[i].state = RP_JOB_LOST;
	if (st != RP_OK)
		return st == RP_EMPTY ? RP_OK : st;
	for (size_t i = 0; i < n && st == RP_OK; i++)
		if (rp_queue_is_waited_for(&items[i]))
			st = ask_one(q, &items[i], err);
	return rp_directory_end(&q->d, st, err);
}

/* ---- dead letters ---- */

static const char dead_sql[] =
    "SELECT entry,job,deliveries,payload,id,reason,consumer,history FROM dead"
    " WHERE entry>? AND dlq=? ORDER BY entry LIMIT 1";

/* A letter that outlives its transaction. */
struct copy {
	int64_t entry, job, deliveries;
	struct rp_buffer bytes; /* payload, id, reason, consumer, history */
	size_t at[5]; /* where each begins */
};

static enum rp_status
copy_letter(struct copy *to, const struct rp_sql *s, struct rp_error *err)
{
	enum rp_status st = RP_OK;

	to->entry = rp_sql_get_number(s, 0);
	to->job = rp_sql_get_number(s, 1);
	to->deliveries = rp_sql_get_number(s, 2);
	to->bytes.len = 0;
	for (size_t i = 0; i < 5 && st == RP_OK; i++) {
		size_t len;
		const char *text = rp_sql_get_text(s, (int)i + 3, &len);

		to->at[i] = to->bytes.len;
		st = rp_buffer_add(&to->bytes, text, len);
		if (st == RP_OK)
			st = rp_buffer_add(&to->bytes, "", 1);
	}
	return st == RP_OK ? RP_OK : rp_error_no_memory(err);
}

/* The first letter behind an entry. RP_END: there is none. */
static enum rp_status
next_letter(struct directory_queue *q, int64_t behind, struct copy *to,
    struct rp_error *err)
{
	struct rp_sql *s;
	enum rp_status st = begin(q, RP_ACCESS_READ, err);

	if (st != RP_OK)
		return st == RP_EMPTY ? RP_END : st;
	s = rp_sql(q->d.db, dead_sql);
	rp_sql_number(s, behind);
	rp_sql_text(s, q->base.options->dlq);
	if ((st = rp_sql_next(s, err)) == RP_OK)
		st = copy_letter(to, s, err);
	/* what is no number is behind all that are */
	if (st == RP_OK && to->entry <= behind)
		st = rp_error_set(err, RP_ERR_CORRUPT,
		    "%s: a dead letter without an entry", q->d.file);
	return rp_directory_end(&q->d, st, err);
}

/* To fn; false: it wants no more. */
static bool
show_letter(const struct copy *c,
    bool (*fn)(void *, const struct rp_dead_letter *), void *arg)
{
	const char *text = (const char *)c->bytes.data;
	char entry[RP_ENTRY_ROOM], job[RP_ENTRY_ROOM], deliveries[24];
	const char *others[] = { "entry", job, "deliveries", deliveries,
		"consumer", text + c->at[3], "history", text + c->at[4] };
	const struct rp_dead_letter letter = { .entry = entry,
		.payload = c->bytes.data,
		.len = c->at[1] - 1,
		.id = text + c->at[1],
		.reason = text + c->at[2],
		.others = others,
		.n_others = RP_LEN(others) };

	rp_entry_write(entry, c->entry);
	rp_entry_write(job, c->job);
	snprintf(deliveries, sizeof(deliveries), "%" PRId64, c->deliveries);
	return fn(arg, &letter);
}

/* A transaction a letter: fn may take its time, and a reader that stays keeps
 * the write-ahead log from being emptied. */
static enum rp_status
queue_dead(struct rp_queue *queue,
    bool (*fn)(void *, const struct rp_dead_letter *), void *arg,
    struct rp_error *err)
{
	struct directory_queue *q = (struct directory_queue *)queue;
	struct copy c = { .entry = -1 };
	enum rp_status st;

	while ((st = next_letter(q, c.entry, &c, err)) == RP_OK)
		if (!show_letter(&c, fn, arg))
			break;
	rp_buffer_free(&c.bytes);
	return st == RP_END ? RP_OK : st;
}

/* Take a dead letter away, and what is remembered of its id. RP_EMPTY: there
 * was none of its entry. */
static enum rp_status
take_letter(struct directory_queue *q, const struct rp_dead_letter *letter,
    struct rp_error *err)
{
	struct rp_sql *s =
	    rp_sql(q->d.db, "DELETE FROM dead WHERE entry=? AND dlq=?");
	uint64_t changed;
	enum rp_status st;

	rp_sql_number(s, rp_entry_read(letter->entry));
	rp_sql_text(s, q->base.options->dlq);
	if ((st = rp_sql_run(s, &changed, err)) != RP_OK)
		return st;
	if (changed == 0)
		return RP_EMPTY;
	s = rp_sql(q->d.db, "DELETE FROM queued WHERE id=?");
	rp_sql_text(s, letter->id);
	return rp_sql_run(s, NULL, err);
}

static enum rp_status
put_letter(struct directory_queue *q, const struct rp_dead_letter *letter,
    struct rp_error *err)
{
	const int64_t span = q->base.options->remember;
	struct rp_sql *s = rp_sql(q->d.db, "DELETE FROM done WHERE id=?");
	int64_t last = 0;
	enum rp_status st;

	rp_sql_text(s, letter->id);
	if ((st = rp_sql_run(s, NULL, err)) != RP_OK ||
	    (st = rp_directory_last(&q->d, &last, err)) != RP_OK)
		return st;
	last = rp_entry_after(last);
	st = rp_directory_add(&q->d, last, letter->payload, letter->len, err);
	if (st == RP_OK && span > 0)
		st = remember(
		    q, letter->id, last, rp_directory_now() + span, err);
	return st == RP_OK ? rp_directory_set_last(&q->d, last, err) : st;
}

static enum rp_status
change_letter(struct directory_queue *q, const struct rp_dead_letter *letter,
    bool again, bool *done, struct rp_error *err)
{
	enum rp_status st = begin(q, RP_ACCESS_DURABLE, err);

	*done = false;
	if (st != RP_OK)
		return st;
	st = take_letter(q, letter, err);
	if (st == RP_OK && again)
		st = put_letter(q, letter, err);
	st = rp_directory_end(&q->d, st, err);
	*done = st == RP_OK;
	if (*done && again)
		rp_directory_ring(&q->d);
	return st == RP_EMPTY ? RP_OK : st;
}

static enum rp_status
queue_revive(struct rp_queue *q, const struct rp_dead_letter *letter,
    bool *done, struct rp_error *err)
{
	return change_letter(
	    (struct directory_queue *)q, letter, true, done, err);
}

static enum rp_status
queue_bury(struct rp_queue *q, const struct rp_dead_letter *letter, bool *done,
    struct rp_error *err)
{
	return change_letter(
	    (struct directory_queue *)q, letter, false, done, err);
}

const struct rp_queue_kind rp_queue_of_directories = {
	.open = queue_open,
	.close = queue_close,
	.put = queue_put,
	.ask = queue_ask,
	.dead = queue_dead,
	.revive = queue_revive,
	.bury = queue_bury,
};
