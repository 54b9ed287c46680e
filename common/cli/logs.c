#include "cli/logs.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "cli/feeds.h"
#include "cli/logs_work.h"

/* ---- inputs of the merge ---- */

/* Whether a log that was let pass waits with something (look_at_idle). */
static bool
others_wait(const struct rp_logs *ls)
{
	for (size_t i = 0; i < ls->n_chains; i++)
		if (ls->chain[i].idle && ls->chain[i].n_held > 0)
			return true;
	return false;
}

/*
 * A log that is followed and has had nothing for long enough does not hold up
 * the others: a MARK of our own, behind all that they have, lets them pass.
 */
static enum rp_status
let_pass(struct rp_log_chain *c, struct rp_frame *f)
{
	struct rp_logs *ls = c->ls;

	c->idle = true;
	if (rp_clock_monotonic() - c->heard < ls->opt.hold ||
	    ls->marked == INT64_MAX ||
	    (ls->newest < c->marked && !others_wait(ls)))
		return RP_EMPTY;
	if (ls->marked < ls->newest)
		ls->marked = ls->newest;
	c->marked = ++ls->marked;
	*f = (struct rp_frame){ .head = { .kind = RP_MARK,
				    .ts_min = c->marked,
				    .ts_max = c->marked } };
	return RP_OK;
}

static enum rp_status
head(void *arg, struct rp_frame *f)
{
	struct rp_log_chain *c = arg;
	enum rp_status st;

	c->idle = false;
	if (c->n_held > 0) {
		*f = c->held[0].frame;
		c->some = c->held[0].some;
		c->held[0] = c->held[1];
		c->n_held--;
		return RP_OK;
	}
	st = rp_log_chain_next(c, f);
	return st == RP_EMPTY && c->ls->m != NULL ? let_pass(c, f) : st;
}

static enum rp_status
body(void *arg, struct rp_frame *f)
{
	struct rp_log_chain *c = arg;

	return f->head.kind == RP_NOTE || f->rows != NULL
	    ? RP_OK
	    : rp_log_chain_checked(c, rp_log_reader_body(c->reader, f));
}

static enum rp_status
rows(void *arg, struct rp_frame *f)
{
	struct rp_log_chain *c = arg;

	return f->rows != NULL
	    ? RP_OK
	    : rp_log_chain_checked(c, rp_log_reader_rows(c->reader, f));
}

/* Whether a log that was let pass has something again: it is read first. */
static bool
look_at_idle(struct rp_logs *ls, enum rp_status *st)
{
	bool any = false;

	for (size_t i = 0; i < ls->n_chains && *st == RP_EMPTY; i++) {
		struct rp_log_chain *c = &ls->chain[i];
		struct rp_frame f;

		if (!c->idle || c->n_held > 0)
			continue;
		*st = rp_log_chain_next(c, &f);
		if (*st != RP_OK)
			continue;
		*st = RP_EMPTY;
		c->held[1] = c->held[0];
		c->held[0] = (struct rp_held_frame){ f, c->some };
		c->n_held++;
		any = true;
	}
	return any;
}

enum rp_status
rp_logs_next(struct rp_logs *ls, struct rp_logs_run *run)
{
	struct rp_log_chain *c = ls->chain;
	enum rp_status st;

	if (ls->m == NULL) {
		run->run = (struct rp_merge_run){ .frame = &ls->lone };
		st = ls->n_chains > 0 ? head(c, &ls->lone) : RP_END;
		run->some = st == RP_OK && c->some;
		run->select = ls->opt.select;
		run->after = ls->opt.after;
		return st;
	}
	do {
		st = rp_merge_next(ls->m, &run->run);
	} while (st == RP_EMPTY && look_at_idle(ls, &st));
	run->some = false;
	if (st == RP_OK && run->run.late != 0)
		ls->late++;
	if (st == RP_ERR_NOMEM)
		st = rp_error_no_memory(&ls->cli->error);
	return st;
}

enum rp_status
rp_logs_load(struct rp_logs *ls, struct rp_logs_run *run, bool all_rows)
{
	struct rp_frame *f = run->run.frame;
	enum rp_status st;

	if (ls->m == NULL)
		return all_rows ? rows(ls->chain, f) : body(ls->chain, f);
	st = all_rows ? rp_merge_rows(ls->m, &run->run)
		      : rp_merge_body(ls->m, &run->run);
	return st == RP_ERR_NOMEM ? rp_error_no_memory(&ls->cli->error) : st;
}

/* ---- following ---- */

void
rp_logs_wait(struct rp_logs *ls, int ms)
{
	struct rp_log_reader **all = calloc(ls->n_chains + 1, sizeof(*all));
	size_t n = 0;

	if (all == NULL)
		return;
	for (size_t i = 0; i < ls->n_chains; i++) {
		struct rp_log_chain *c = &ls->chain[i];
		int64_t left = c->heard + ls->opt.hold - rp_clock_monotonic();

		/* a log that holds up the others does so no longer than that */
		if (ls->m != NULL && left > 0 &&
		    (ms < 0 || ms > left / 1000000))
			ms = (int)(left / 1000000) + 1;
		if (c->reader != NULL)
			all[n++] = c->reader;
	}
	rp_log_readers_wait(all, n, ms);
	free(all);
}

void
rp_logs_let_go(struct rp_logs *ls)
{
	ls->opt.hold = 0;
}

int64_t
rp_logs_low(const struct rp_logs *ls)
{
	int64_t low = INT64_MAX;

	for (size_t i = 0; i < ls->n_chains; i++) {
		const struct rp_log_chain *c = &ls->chain[i];

		if (c->log == NULL && ls->n_chains > 1)
			continue;
		if (!c->ordered)
			return INT64_MIN;
		low = c->high < low ? c->high : low;
	}
	return low == INT64_MAX ? INT64_MIN : low;
}

uint64_t
rp_logs_last_seq(const struct rp_logs *ls)
{
	const struct rp_log_chain *c = ls->chain;

	if (ls->n != 1 || ls->bounded || ls->n_chains == 0)
		return 0;
	return c->reader != NULL ? rp_log_reader_last_seq(c->reader)
				 : ls->last_seq;
}

uint64_t
rp_logs_late(const struct rp_logs *ls)
{
	return ls->late;
}

/* ---- opening ---- */

/* What a log starts with, for times such as 09:30: they are of that day. */
static enum rp_status
find_start(struct rp_logs *ls, const char *dir, int64_t *start)
{
	const struct rp_log_reader_options plain = { .remote = ls->opt.remote };
	struct rp_error *err = &ls->cli->error;
	struct rp_log_reader *log;
	struct rp_frame f;
	enum rp_status st = rp_log_reader_open(&log, dir, &plain, err);

	if (st != RP_OK)
		return st;
	do
		st = rp_log_reader_head(log, &f);
	while (st == RP_OK && f.head.kind != RP_DATA);
	if (st == RP_OK && f.head.ts_min < *start)
		*start = f.head.ts_min;
	else if (st < RP_OK)
		(void)rp_error_set(
		    err, st, "%s", rp_log_reader_error(log)->text);
	rp_log_reader_free(log);
	return st >= RP_OK ? RP_OK : st;
}

static enum rp_status
find_range(struct rp_logs *ls, const struct rp_log_names *names)
{
	struct rp_select *select = ls->opt.select;
	struct rp_select_range r;
	int64_t start = INT64_MAX;
	enum rp_status st = RP_OK;

	if (rp_select_needs_start(select)) {
		for (size_t i = 0; i < names->n && st == RP_OK; i++)
			st = find_start(ls, names->item[i].path, &start);
		if (st == RP_OK && start != INT64_MAX)
			rp_select_start(select, start);
	}
	rp_select_range(select, &r);
	ls->range =
	    (struct rp_log_range){ r.seq_min, r.seq_max, r.ts_min, r.ts_max };
	if (r.seq_min <= ls->opt.after)
		ls->range.seq_min = ls->opt.after + 1;
	ls->all = rp_select_is_all(select) && ls->opt.after == 0;
	ls->bounded = r.seq_max != UINT64_MAX || r.ts_max != INT64_MAX;
	ls->tell_lost =
	    ls->opt.after != 0 || r.seq_min != 0 || r.ts_min != INT64_MIN;
	return st;
}

static int
by_time(const void *a, const void *b)
{
	const struct rp_one_log *x = a, *y = b;
	int64_t t = x->span.range.ts_min, u = y->span.range.ts_min;

	return t != u ? (t > u) - (t < u) : strcmp(x->dir, y->dir);
}

/* The logs that can have what is wanted, by the time that they begin. */
static enum rp_status
find_logs(struct rp_logs *ls, const struct rp_log_names *names)
{
	enum rp_status st;

	if ((ls->log = calloc(names->n + 1, sizeof(*ls->log))) == NULL)
		return rp_error_no_memory(&ls->cli->error);
	ls->n = names->n;
	for (size_t i = 0; i < names->n; i++) {
		struct rp_one_log *l = &ls->log[ls->n_logs];

		l->dir = names->item[i].path;
		if (names->n > 1 && !ls->opt.follow) {
			st = rp_log_span_of(
			    &l->span, l->dir, ls->opt.remote, &ls->cli->error);
			if (st != RP_OK)
				return st;
			if (l->span.range.ts_min > ls->range.ts_max ||
			    l->span.range.ts_max < ls->range.ts_min)
				continue;
		}
		ls->n_logs++;
	}
	if (!ls->opt.follow)
		qsort(ls->log, ls->n_logs, sizeof(*ls->log), by_time);
	return RP_OK;
}

/* Behind a chain that ends before the log begins; followed logs do not end. */
static struct rp_log_chain *
find_chain(struct rp_logs *ls, const struct rp_one_log *l)
{
	for (size_t i = 0; i < ls->n_chains && !ls->opt.follow; i++)
		if (ls->chain[i].end < l->span.range.ts_min)
			return &ls->chain[i];
	return NULL;
}

static enum rp_status
link_logs(struct rp_logs *ls)
{
	if ((ls->chain = calloc(ls->n_logs + 1, sizeof(*ls->chain))) == NULL)
		return rp_error_no_memory(&ls->cli->error);
	for (size_t i = 0; i < ls->n_logs; i++) {
		struct rp_one_log *l = &ls->log[i];
		struct rp_log_chain *c = find_chain(ls, l);

		if (c != NULL) {
			c->last->next = l;
		} else {
			c = &ls->chain[ls->n_chains++];
			*c = (struct rp_log_chain){ .ls = ls,
				.log = l,
				.end = INT64_MIN,
				.ordered = true,
				.high = INT64_MIN,
				.marked = INT64_MIN };
		}
		c->last = l;
		if (l->span.range.ts_max > c->end)
			c->end = l->span.range.ts_max;
	}
	return RP_OK;
}

static enum rp_status
start_merge(struct rp_logs *ls)
{
	struct rp_merge_input *inputs;
	enum rp_status st;

	if (ls->n_chains < 2)
		return RP_OK;
	/* a segment; following, also its directory and what tells of changes */
	if (ls->opt.follow)
		st = rp_cli_files(
		    ls->cli, 3 * ls->n_chains, "descriptors of followed logs");
	else
		st = rp_cli_files(
		    ls->cli, ls->n_chains, "logs that overlap in time");
	if (st != RP_OK)
		return st;
	if ((inputs = calloc(ls->n_chains, sizeof(*inputs))) == NULL)
		return rp_error_no_memory(&ls->cli->error);
	for (size_t i = 0; i < ls->n_chains; i++)
		inputs[i] =
		    (struct rp_merge_input){ &ls->chain[i], head, body, rows };
	ls->m = rp_merge_new(inputs, ls->n_chains, NULL);
	free(inputs);
	return ls->m != NULL ? RP_OK : rp_error_no_memory(&ls->cli->error);
}

enum rp_status
rp_logs_open(struct rp_logs **out, struct rp_cli *cli,
    const struct rp_log_names *names, const struct rp_logs_options *opt)
{
	struct rp_logs *ls = calloc(1, sizeof(*ls));
	enum rp_status st;

	if ((*out = ls) == NULL)
		return rp_error_no_memory(&cli->error);
	ls->cli = cli;
	ls->opt = *opt;
	ls->newest = ls->marked = INT64_MIN;
	if ((st = find_range(ls, names)) == RP_OK &&
	    (st = find_logs(ls, names)) == RP_OK &&
	    (st = link_logs(ls)) == RP_OK)
		st = start_merge(ls);
	return st;
}

uint32_t
rp_logs_close(struct rp_logs *ls)
{
	uint32_t flags;

	if (ls == NULL)
		return 0;
	for (size_t i = 0; i < ls->n_chains; i++) {
		rp_log_chain_close(&ls->chain[i]);
		rp_buffer_free(&ls->chain[i].rows);
	}
	flags = ls->end_flags;
	rp_merge_free(ls->m);
	free(ls->chain);
	free(ls->log);
	free(ls);
	return flags;
}
