#include "cli/logs.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "cli/feeds.h"
#include "log/gap.h"
#include "log/reader.h"
#include "log/segment.h"
#include "log/span.h"

struct one_log {
	const char *dir;
	struct rp_log_span span;
	struct one_log *next; /* of its chain */
};

/* Logs that are read one after the other: an input of the merge. */
struct chain {
	struct rp_logs *ls;
	struct one_log *log, *last; /* the one being read; NULL: at the end */
	int64_t end; /* highest ts_recv of the last */
	struct rp_log_reader *reader; /* NULL: log is still to be opened */
	bool some; /* of the frame in hand: not all of it is selected */
	struct rp_buffer rows; /* what is */
	struct held {
		struct rp_frame frame;
		bool some;
	} held[2]; /* n_held: what was read, but not handed out yet */
	size_t n_held;
	union rp_log_gap gap;
	/* following */
	bool idle, ordered;
	int64_t high, marked; /* of what came; of the last MARK made */
	int64_t heard; /* when it last had something, monotonic */
};

struct rp_logs {
	struct rp_cli *cli;
	struct rp_logs_options opt;
	struct rp_log_range range;
	bool tell_lost, bounded, all;
	struct one_log *log; /* n_logs */
	struct chain *chain; /* n_chains */
	size_t n, n_logs, n_chains; /* n: that were named */
	struct rp_merge *m; /* NULL: there is but one chain */
	struct rp_frame lone; /* of that */
	/* highest ts_recv that was read, and that a MARK of ours named */
	int64_t newest, marked;
	uint64_t late, last_seq;
	uint32_t end_flags;
};

static enum rp_status
no_memory(struct rp_logs *ls)
{
	return rp_error_set(&ls->cli->error, RP_ERR_NOMEM, "out of memory");
}

static enum rp_status
checked(struct chain *c, enum rp_status st)
{
	return st >= RP_OK ? st
			   : rp_error_set(&c->ls->cli->error, st, "%s",
				 rp_log_reader_error(c->reader)->text);
}

/* ---- selecting ---- */

static enum rp_status
verdict(struct rp_logs *ls, const struct rp_frame *f, enum rp_verdict *v)
{
	enum rp_status st = rp_select_frame(ls->opt.select, f, v);

	if (st != RP_OK)
		return no_memory(ls);
	if (ls->opt.after != 0 && f->head.seq_max <= ls->opt.after)
		*v = RP_PASS_NONE;
	else if (*v == RP_PASS_ALL && ls->opt.after != 0 &&
	    f->head.seq_min <= ls->opt.after)
		*v = RP_PASS_SOME;
	return RP_OK;
}

/* Asked by a log's reader, of a frame's header and directory. */
static bool
want(void *arg, const struct rp_frame *f)
{
	enum rp_verdict v;

	return verdict(arg, f, &v) == RP_OK && v != RP_PASS_NONE;
}

static bool
is_selected(
    struct rp_logs *ls, const struct rp_frame *f, const struct rp_record *rec)
{
	return (ls->opt.after == 0 || rec->seq > ls->opt.after) &&
	    rp_select_record(ls->opt.select, f, rec);
}

/* Let f be a plain frame of what is selected of it, for the merge. */
static enum rp_status
select_rows(struct chain *c, struct rp_frame *f)
{
	const struct rp_record *rec = NULL;
	struct rp_frame_head *h = &f->head;
	enum rp_status st = checked(c, rp_log_reader_rows(c->reader, f));

	c->rows.len = 0;
	h->records = 0;
	h->ts_min = INT64_MAX;
	h->ts_max = INT64_MIN;
	while (st == RP_OK && (rec = rp_frame_next(f, rec)) != NULL) {
		if (!is_selected(c->ls, f, rec))
			continue;
		if (rp_buffer_add(&c->rows, rec, rp_record_size(rec)) != RP_OK)
			st = no_memory(c->ls);
		h->ts_min = rec->ts_recv < h->ts_min ? rec->ts_recv : h->ts_min;
		h->ts_max = rec->ts_recv > h->ts_max ? rec->ts_recv : h->ts_max;
		h->records++;
	}
	h->codec = RP_CODEC_NONE;
	h->layout = RP_LAYOUT_ROWS;
	h->raw_len = (uint32_t)c->rows.len;
	f->rows = c->rows.data;
	f->rows_end = c->rows.data + c->rows.len;
	f->stored = NULL;
	return st;
}

/* ---- one frame of a chain ---- */

static enum rp_status
open_log(struct chain *c)
{
	struct rp_logs *ls = c->ls;
	struct rp_log_reader_options opt = { .follow = ls->opt.follow,
		.from_end = ls->opt.from_end };

	if (!ls->all) {
		opt.range = &ls->range;
		opt.tell_lost = ls->tell_lost;
		opt.want = want;
		opt.want_arg = ls;
	}
	c->heard = rp_clock_monotonic();
	return rp_log_reader_open(
	    &c->reader, c->log->dir, &opt, &ls->cli->error);
}

static void
close_log(struct chain *c)
{
	if (c->reader == NULL)
		return;
	c->ls->end_flags |= rp_log_reader_end_flags(c->reader);
	c->ls->last_seq = rp_log_reader_last_seq(c->reader);
	rp_log_reader_free(c->reader);
	c->reader = NULL;
}

/*
 * What retention took away of what was asked for: a warning and, if it is
 * selected, a gap record in f, with the frame that was there held back.
 */
static void
tell_lost(struct chain *c, struct rp_frame *f, bool at_end)
{
	struct rp_logs *ls = c->ls;
	struct rp_log_range lost;
	int64_t ts;

	if (!rp_log_reader_lost(c->reader, &lost))
		return;
	rp_cli_warn(ls->cli, "%s: seq %" PRIu64 " to %" PRIu64 " were trimmed",
	    c->log->dir, lost.seq_min, lost.seq_max);
	if (!rp_select_has_type(ls->opt.select, RP_GAP))
		return;
	ts = at_end ? lost.ts_max : f->head.ts_min;
	rp_log_gap_init(
	    &c->gap, RP_GAP_TRIMMED, ts, lost.seq_min, lost.seq_max);
	c->gap.rec.symbol = c->gap.rec.source = RP_NO_NAME;
	c->gap.rec.seq = lost.seq_max;
	if (!at_end)
		c->held[c->n_held++] = (struct held){ *f, c->some };
	c->some = false;
	*f = (struct rp_frame){ .head = { .kind = RP_DATA,
				    .flags = RP_FRAME_TS_ORDERED,
				    .raw_len = sizeof(c->gap),
				    .records = 1,
				    .seq_min = lost.seq_max,
				    .seq_max = lost.seq_max,
				    .ts_min = ts,
				    .ts_max = ts },
		.rows = c->gap.bytes,
		.rows_end = c->gap.bytes + sizeof(c->gap) };
}

/* A frame as it came: RP_EMPTY if nothing of it is to be handed out. */
static enum rp_status
take_frame(struct chain *c, struct rp_frame *f)
{
	struct rp_logs *ls = c->ls;
	enum rp_verdict v;
	size_t len;
	enum rp_status st;

	c->some = false;
	if (f->head.kind == RP_NOTE) {
		if ((st = checked(c, rp_log_reader_body(c->reader, f))) !=
		    RP_OK)
			return st;
		/* several logs are none: nobody is to confirm to one */
		return ls->n > 1 &&
			rp_note_value(f->text, f->text_len, "log.uuid", &len) !=
			    NULL
		    ? RP_EMPTY
		    : RP_OK;
	}
	c->ordered &=
	    (f->head.flags & RP_FRAME_TS_ORDERED) && f->head.ts_min >= c->high;
	c->high = f->head.ts_max > c->high ? f->head.ts_max : c->high;
	ls->newest = c->high > ls->newest ? c->high : ls->newest;
	if ((st = verdict(ls, f, &v)) != RP_OK)
		return st;
	c->some = v == RP_PASS_SOME;
	if (c->some && ls->m != NULL) {
		st = select_rows(c, f);
		return st == RP_OK && f->head.records == 0 ? RP_EMPTY : st;
	}
	return v == RP_PASS_NONE ? RP_EMPTY : RP_OK;
}

/* The next frame of the chain's logs. RP_EMPTY: there is none for now. */
static enum rp_status
read_chain(struct chain *c, struct rp_frame *f)
{
	struct rp_counts *counts = &c->ls->cli->counts;
	enum rp_status st = RP_OK, taken = RP_EMPTY;

	while (taken == RP_EMPTY) {
		if (c->log == NULL)
			return RP_END;
		if (c->reader == NULL && (st = open_log(c)) != RP_OK)
			return st;
		st = checked(c, rp_log_reader_head(c->reader, f));
		if (st == RP_END) {
			*f = (struct rp_frame){ 0 };
			tell_lost(c, f, true);
			close_log(c);
			c->log = c->log->next;
			if (f->rows != NULL)
				return RP_OK;
			continue;
		}
		if (st != RP_OK)
			return st;
		counts->bytes_in += f->size;
		counts->records_in += f->head.records;
		rp_cli_progress(c->ls->cli);
		c->heard = rp_clock_monotonic();
		taken = take_frame(c, f);
	}
	if (taken == RP_OK && f->head.kind == RP_DATA)
		tell_lost(c, f, false);
	return taken;
}

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
let_pass(struct chain *c, struct rp_frame *f)
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
	struct chain *c = arg;
	enum rp_status st;

	c->idle = false;
	if (c->n_held > 0) {
		*f = c->held[0].frame;
		c->some = c->held[0].some;
		c->held[0] = c->held[1];
		c->n_held--;
		return RP_OK;
	}
	st = read_chain(c, f);
	return st == RP_EMPTY && c->ls->m != NULL ? let_pass(c, f) : st;
}

static enum rp_status
body(void *arg, struct rp_frame *f)
{
	struct chain *c = arg;

	return f->head.kind == RP_NOTE || f->rows != NULL
	    ? RP_OK
	    : checked(c, rp_log_reader_body(c->reader, f));
}

static enum rp_status
rows(void *arg, struct rp_frame *f)
{
	struct chain *c = arg;

	return f->rows != NULL ? RP_OK
			       : checked(c, rp_log_reader_rows(c->reader, f));
}

/* Whether a log that was let pass has something again: it is read first. */
static bool
look_at_idle(struct rp_logs *ls, enum rp_status *st)
{
	bool any = false;

	for (size_t i = 0; i < ls->n_chains && *st == RP_EMPTY; i++) {
		struct chain *c = &ls->chain[i];
		struct rp_frame f;

		if (!c->idle || c->n_held > 0)
			continue;
		*st = read_chain(c, &f);
		if (*st != RP_OK)
			continue;
		*st = RP_EMPTY;
		c->held[1] = c->held[0];
		c->held[0] = (struct held){ f, c->some };
		c->n_held++;
		any = true;
	}
	return any;
}

enum rp_status
rp_logs_next(struct rp_logs *ls, struct rp_logs_run *run)
{
	struct chain *c = ls->chain;
	enum rp_status st;

	if (ls->m == NULL) {
		run->run = (struct rp_merge_run){ .frame = &ls->lone };
		st = ls->n_chains > 0 ? head(c, &ls->lone) : RP_END;
		run->some = st == RP_OK && c->some;
		return st;
	}
	do {
		st = rp_merge_next(ls->m, &run->run);
	} while (st == RP_EMPTY && look_at_idle(ls, &st));
	run->some = false;
	if (st == RP_OK && run->run.late != 0)
		ls->late++;
	if (st == RP_ERR_NOMEM)
		(void)no_memory(ls);
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
	return st == RP_ERR_NOMEM ? no_memory(ls) : st;
}

bool
rp_logs_wants(struct rp_logs *ls, const struct rp_logs_run *run,
    const struct rp_record *rec)
{
	return !run->some || is_selected(ls, run->run.frame, rec);
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
		struct chain *c = &ls->chain[i];
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
		const struct chain *c = &ls->chain[i];

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
	const struct chain *c = ls->chain;

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
	const struct rp_log_reader_options plain = { 0 };
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
	const struct one_log *x = a, *y = b;
	int64_t t = x->span.range.ts_min, u = y->span.range.ts_min;

	return t != u ? (t > u) - (t < u) : strcmp(x->dir, y->dir);
}

/* The logs that can have what is wanted, by the time that they begin. */
static enum rp_status
find_logs(struct rp_logs *ls, const struct rp_log_names *names)
{
	enum rp_status st;

	if ((ls->log = calloc(names->n + 1, sizeof(*ls->log))) == NULL)
		return no_memory(ls);
	ls->n = names->n;
	for (size_t i = 0; i < names->n; i++) {
		struct one_log *l = &ls->log[ls->n_logs];

		l->dir = names->item[i].path;
		if (names->n > 1 && !ls->opt.follow) {
			st = rp_log_span_of(&l->span, l->dir, &ls->cli->error);
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
static struct chain *
find_chain(struct rp_logs *ls, const struct one_log *l)
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
		return no_memory(ls);
	for (size_t i = 0; i < ls->n_logs; i++) {
		struct one_log *l = &ls->log[i];
		struct chain *c = find_chain(ls, l);

		if (c != NULL) {
			c->last->next = l;
		} else {
			c = &ls->chain[ls->n_chains++];
			*c = (struct chain){ .ls = ls,
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
	/* a segment, an index; a directory and what tells of its changes */
	st = rp_cli_files(
	    ls->cli, ls->n_chains * (ls->opt.follow ? 4 : 2), "open files");
	if (st != RP_OK)
		return st;
	if ((inputs = calloc(ls->n_chains, sizeof(*inputs))) == NULL)
		return no_memory(ls);
	for (size_t i = 0; i < ls->n_chains; i++)
		inputs[i] =
		    (struct rp_merge_input){ &ls->chain[i], head, body, rows };
	ls->m = rp_merge_new(inputs, ls->n_chains, NULL);
	free(inputs);
	return ls->m != NULL ? RP_OK : no_memory(ls);
}

enum rp_status
rp_logs_open(struct rp_logs **out, struct rp_cli *cli,
    const struct rp_log_names *names, const struct rp_logs_options *opt)
{
	struct rp_logs *ls = calloc(1, sizeof(*ls));
	enum rp_status st;

	if ((*out = ls) == NULL)
		return rp_error_set(&cli->error, RP_ERR_NOMEM, "out of memory");
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
		close_log(&ls->chain[i]);
		rp_buffer_free(&ls->chain[i].rows);
	}
	flags = ls->end_flags;
	rp_merge_free(ls->m);
	free(ls->chain);
	free(ls->log);
	free(ls);
	return flags;
}
