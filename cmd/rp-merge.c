/*
 * rp-merge: any number of streams and logs as one, by time.
 *
 * Reads all operands at once, writes one stream. Frames that lie before all
 * that other inputs have pass undecoded. Memory: at most 1 MiB an input whose
 * frames hold no more, besides what --tolerance and --unique-window keep.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/time.h"
#include "cli/cli.h"
#include "cli/feeds.h"
#include "cli/frames.h"
#include "cli/stores.h"
#include "merge/arbiter.h"
#include "merge/window.h"
#include "rp-merge/account.h"

struct opts {
	const char *output, *on_late, *gaps;
	enum rp_clock clock;
	int64_t tolerance;
	struct rp_arbiter_options lines;
	struct rp_frame_options frames;
	struct rp_store_choice store;
};

static const struct rp_tool tool = {
	.name = "rp-merge",
	.usage = "[--clock recv|event] [--tolerance SPAN] [--unique KEY] "
		 "[-o FILE]\n"
		 "                [LOG | FILE ...]",
	.summary = "merge streams and logs into one by time",
	.flags = RP_TOOL_STATS | RP_TOOL_NOTES | RP_TOOL_FORCE,
};

struct merging {
	struct rp_cli *cli;
	const struct opts *o;
	struct rp_writer_options writer;
	const struct rp_merge_order *order; /* NULL: by ts_recv */
	struct rp_stores stores;
	struct rp_feeds feeds;
	struct rp_merge *m;
	struct rp_arbiter *arbiter;
	struct rp_window *window;
	struct rp_sink out;
	struct account *accounts; /* of each input */
	int64_t high; /* key of the last record that was written in order */
	int64_t marked, marked_at; /* the last MARK, and when */
	bool lossy;
};

/* Times do not wrap. */
static int64_t
minus(int64_t t, int64_t span)
{
	return t < INT64_MIN + span ? INT64_MIN : t - span;
}

/* ---- records ---- */

/* A record comes late by so many ns: *keep says whether it is written. */
static enum rp_status
judge_late(struct merging *mg, size_t input, uint64_t late, bool *keep)
{
	struct account *a = &mg->accounts[input];
	char span[RP_SPAN_ROOM];

	a->late++;
	a->lateness = late > a->lateness ? late : a->lateness;
	*keep = strcmp(mg->o->on_late, "pass") == 0;
	if (strcmp(mg->o->on_late, "fail") == 0)
		return rp_error_set(&mg->cli->error, RP_ERR_CORRUPT,
		    "%s: a record lies %s before what was written: see "
		    "--tolerance",
		    mg->feeds.feed[input].name, rp_span_text(span, late));
	if (!*keep) {
		mg->lossy = true;
		rp_writer_thin(mg->out.w);
	}
	return RP_OK;
}

static enum rp_status
write_held(struct merging *mg, int64_t upto)
{
	struct rp_window_record h;
	enum rp_status st = RP_OK;
	bool keep;

	while (st == RP_OK && rp_window_take(mg->window, upto, &h)) {
		keep = true;
		if (h.key >= mg->high)
			mg->high = h.key;
		else
			st = judge_late(mg, h.input,
			    (uint64_t)mg->high - (uint64_t)h.key, &keep);
		if (st == RP_OK && keep)
			st = rp_sink_add_of(
			    &mg->out, h.rec, h.symbol, h.source, h.schema);
	}
	return st;
}

/* As the merge sees it. */
static int64_t
key_of(struct merging *mg, const struct rp_merge_run *run,
    const struct rp_record *rec)
{
	int64_t *last = &mg->accounts[run->input].last, key = rec->ts_recv;

	if (mg->order != NULL) {
		key = mg->order->key(mg->order->arg, run->frame, rec);
		key = key == RP_ABSENT ? *last : key;
	}
	return *last = key;
}

static bool
is_there(void *arg, size_t input)
{
	const struct rp_feed *feed =
	    &((struct merging *)arg)->feeds.feed[input];

	return feed->records > 0 && !feed->ended;
}

static enum rp_status
take_record(struct merging *mg, const struct rp_merge_run *run,
    const struct rp_record *rec)
{
	int64_t key = key_of(mg, run, rec);
	bool keep;
	enum rp_status st = RP_OK;

	if (rp_arbiter_judge(
		mg->arbiter, run->input, run->frame, rec, key, &keep) != RP_OK)
		return rp_error_no_memory(&mg->cli->error);
	if (!keep)
		return RP_OK;
	if (mg->window != NULL)
		return rp_window_put(mg->window, run->input, run->frame, rec,
			   key) == RP_OK
		    ? RP_OK
		    : rp_error_no_memory(&mg->cli->error);
	if (run->late != 0)
		st = judge_late(mg, run->input, run->late, &keep);
	return st == RP_OK && keep ? rp_sink_put(&mg->out, run->frame, rec)
				   : st;
}

static enum rp_status
take_records(struct merging *mg, const struct rp_merge_run *run,
    const struct rp_record *rec, const struct rp_record *end)
{
	enum rp_status st = RP_OK;

	if (mg->window != NULL && (run->frame->head.flags & RP_FRAME_THINNED))
		rp_writer_thin(mg->out.w);
	for (; st == RP_OK && rec < end; rec = rp_record_after(rec))
		st = take_record(mg, run, rec);
	if (st == RP_OK && mg->window != NULL)
		st = write_held(
		    mg, minus(rp_merge_high(mg->m), mg->o->tolerance));
	return st;
}

/* ---- whole frames ---- */

static enum rp_status
failed(struct merging *mg, enum rp_status st)
{
	if (st == RP_ERR_NOMEM)
		return rp_error_no_memory(&mg->cli->error);
	return st;
}

static enum rp_status
take_frame(struct merging *mg, struct rp_merge_run *run, bool each)
{
	struct rp_frame *f = run->frame;
	enum rp_frame_way way;
	enum rp_status st;

	if (f->head.kind != RP_DATA) {
		st = rp_merge_body(mg->m, run);
		return st == RP_OK ? rp_sink_forward(&mg->out, f)
				   : failed(mg, st);
	}
	way = rp_frame_way(&mg->o->frames, &mg->writer, f);
	if (each || way != RP_FRAME_PASS)
		st = rp_merge_rows(mg->m, run);
	else
		st = rp_merge_body(mg->m, run);
	if (st != RP_OK)
		return failed(mg, st);
	if (each)
		return take_records(mg, run, rp_frame_next(f, NULL),
		    (const struct rp_record *)f->rows_end);
	if (way == RP_FRAME_CUT)
		return rp_sink_cut(&mg->out, f);
	if (way == RP_FRAME_RECODE)
		return rp_sink_recode(&mg->out, f);
	return rp_sink_forward(&mg->out, f);
}

static enum rp_status
merge(struct merging *mg)
{
	struct rp_merge_run run;
	enum rp_status st;
	bool each;

	while ((st = rp_merge_next(mg->m, &run)) == RP_OK) {
		each = rp_arbiter_concerns(
		    mg->arbiter, &run, rp_merge_high(mg->m));
		st = run.first == NULL
		    ? take_frame(mg, &run, each || mg->window != NULL)
		    : take_records(mg, &run, run.first, run.end);
		if (st != RP_OK)
			return st;
	}
	if (st == RP_END && mg->window != NULL)
		st = write_held(mg, INT64_MAX);
	return st < 0 ? failed(mg, st) : RP_OK;
}

/* ---- waiting ---- */

/*
 * Before a read that blocks: let out what has waited, then say how far time has
 * come, so that who merges this with others can go on.
 */
static int
idle(void *arg)
{
	struct merging *mg = arg;
	int64_t low, now = rp_clock_monotonic() / 1000000;
	int ms, pause = mg->writer.frame_time;

	if (mg->out.w == NULL || mg->order != NULL)
		return mg->out.w == NULL ? -1 : rp_writer_idle(mg->out.w);
	low = minus(rp_merge_low(mg->m), mg->o->tolerance);
	/* failures are kept, and seen at the next write */
	if (mg->window != NULL && write_held(mg, low) != RP_OK)
		return -1;
	if ((ms = rp_writer_idle(mg->out.w)) >= 0 || low <= mg->marked)
		return ms;
	if (now - mg->marked_at < pause)
		return pause - (int)(now - mg->marked_at);
	mg->marked = low;
	mg->marked_at = now;
	if (rp_sink_note(&mg->out) == RP_OK)
		(void)!rp_sink_mark(&mg->out, low);
	return -1;
}

/* ---- life ---- */

static enum rp_status
start_arbiter(struct merging *mg)
{
	struct rp_arbiter_options lines = mg->o->lines;
	enum rp_status st;

	lines.common_gaps = strcmp(mg->o->gaps, "common") == 0;
	lines.by_recv = mg->order == NULL;
	st = rp_arbiter_new(&mg->arbiter, &lines, mg->feeds.n, &mg->cli->error);
	if (st != RP_OK)
		rp_error_prefix(&mg->cli->error, "--unique");
	else
		rp_arbiter_on_presence(mg->arbiter, is_there, mg);
	return st;
}

static enum rp_status
start(struct merging *mg)
{
	const struct opts *o = mg->o;
	enum rp_status st;

	if (o->clock == RP_CLOCK_EVENT)
		mg->order = &rp_merge_by_event;
	if ((st = rp_feeds_open(
		 &mg->feeds, mg->cli, &mg->stores.remote, idle, mg)) != RP_OK ||
	    (st = start_arbiter(mg)) != RP_OK)
		return st;
	if (o->tolerance > 0 && (mg->window = rp_window_new()) == NULL)
		return rp_error_no_memory(&mg->cli->error);
	mg->accounts = calloc(mg->feeds.n, sizeof(*mg->accounts));
	mg->m = rp_merge_new(mg->feeds.inputs, mg->feeds.n, mg->order);
	if (mg->accounts == NULL || mg->m == NULL)
		return rp_error_no_memory(&mg->cli->error);
	for (size_t i = 0; i < mg->feeds.n; i++)
		mg->accounts[i].last = INT64_MIN;
	return rp_sink_open(&mg->out, mg->cli, o->output, &mg->writer);
}

static enum rp_status
run(struct rp_cli *cli, const struct opts *o)
{
	struct merging mg = {
		.cli = cli, .o = o, .high = INT64_MIN, .marked = INT64_MIN
	};
	uint32_t flags;
	enum rp_status st;

	rp_stores_init(&mg.stores, cli, &o->store);
	if ((st = rp_cli_frames(cli, &o->frames, &mg.writer)) != RP_OK)
		return st;
	if (mg.writer.frame_time == 0)
		mg.writer.frame_time = RP_FRAME_TIME_MS;
	if ((st = start(&mg)) == RP_OK)
		st = merge(&mg);
	if (mg.accounts != NULL)
		accounts_tell(
		    mg.accounts, cli, &mg.feeds, mg.arbiter, mg.lossy);
	flags = rp_feeds_close(&mg.feeds) | (mg.lossy ? RP_END_LOSSY : 0);
	st = rp_sink_close(&mg.out, st, flags);
	rp_merge_free(mg.m);
	rp_arbiter_free(mg.arbiter);
	rp_window_free(mg.window);
	free(mg.accounts);
	rp_stores_free(&mg.stores);
	return st;
}

int
main(int argc, char **argv)
{
	struct opts o = { .on_late = "pass",
		.gaps = "keep",
		.lines.window = RP_SECOND,
		.frames = RP_FRAME_OPTIONS_UNSET,
		.store = RP_STORE_CHOICE };
	const struct rp_option options[] = {
		{ 0, "clock", RP_OPT_CLOCK, &o.clock, "CLOCK",
		    "the time that orders: recv (default) or event",
		    RP_CLOCK_WORDS },
		{ 0, "tolerance", RP_OPT_SPAN, &o.tolerance, "SPAN",
		    "put in order what comes late by up to SPAN", NULL },
		{ 0, "on-late", RP_OPT_STRING, &o.on_late, "WHAT",
		    "records later than that: pass (default), drop or fail",
		    "pass|drop|fail" },
		{ 0, "unique", RP_OPT_STRING, &o.lines.unique, "KEY",
		    "drop what repeats another input's: record, content, seq "
		    "or FIELD,FIELD",
		    NULL },
		{ 0, "unique-window", RP_OPT_SPAN, &o.lines.window, "SPAN",
		    "within so much time (default 1s)", NULL },
		{ 0, "unique-within", RP_OPT_FLAG, &o.lines.within, NULL,
		    "and what one input repeats", NULL },
		{ 0, "gaps", RP_OPT_STRING, &o.gaps, "WHICH",
		    "gap records to keep: keep (default) all, or those that "
		    "the inputs, lines of one feed, have in common",
		    "keep|common" },
		{ 'o', "output", RP_OPT_STRING, &o.output, "FILE",
		    "write to FILE, whole or not at all", NULL },
		RP_FRAME_OPTIONS(&o.frames),
		RP_STORE_OPTIONS(&o.store),
		RP_OPT_END,
	};
	struct rp_cli cli;

	if (!rp_cli_start(&cli, &tool, options, argc, argv))
		return rp_cli_status(&cli);
	return rp_cli_end(&cli, run(&cli, &o));
}
