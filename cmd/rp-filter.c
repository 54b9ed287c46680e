/*
 * rp-filter: the records of a stream that meet a selection.
 *
 * Reads streams and writes one; with --reject a second one of all the others.
 * Frames that pass or fail as a whole, by their header and directory, are
 * handed on or skipped undecoded. Memory: a frame in, a frame out, and with
 * --reject another; with --whole-events one venue event (at most 4 MiB).
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/schemas.h"
#include "cli/select.h"
#include "cli/sift.h"
#include "expr/group.h"

struct opts {
	struct rp_select_options select;
	const char *output, *reject;
	uint64_t limit;
	bool whole_events, invert, count, check;
};

static const struct rp_tool tool = {
	.name = "rp-filter",
	.usage = "[-w EXPR] [-s PATTERN] [-t NAME] [--from T] [--to T]\n"
		 "                 [-n N] [-o FILE] [--reject FILE] [FILE ...]",
	.summary = "select records by time, seq, symbol, type and expression",
	.flags = RP_TOOL_STATS | RP_TOOL_ERRORS | RP_TOOL_NOTES | RP_TOOL_FORCE,
};

struct filter {
	const struct opts *o;
	struct rp_cli *cli;
	struct rp_select *sel;
	struct rp_input in;
	struct rp_sift sift;
	struct rp_sink out, rejects;
	bool writing, rejecting; /* out and rejects are open */
	uint64_t passed;
	struct rp_group event; /* --whole-events: undecided, or it passes */
	bool event_passes;
};

/* ---- records ---- */

static bool
selected(
    struct filter *x, const struct rp_frame *f, const struct rp_record *rec)
{
	return rp_select_record(x->sel, f, rec) != x->o->invert;
}

static bool
is_full(const struct filter *x)
{
	return x->passed >= x->o->limit && !x->event_passes;
}

static enum rp_status
put(struct filter *x, const struct rp_frame *f, const struct rp_record *rec,
    bool passes)
{
	if (!passes)
		return x->rejecting ? rp_sink_put(&x->rejects, f, rec) : RP_OK;
	x->passed++;
	return x->writing ? rp_sink_put(&x->out, f, rec) : RP_OK;
}

/* ---- whole events ---- */

/* The records held: what becomes of the event becomes of them. */
static enum rp_status
settle_event(struct filter *x)
{
	const struct rp_frame *f = &x->event.frame;
	const struct rp_record *rec = NULL;
	enum rp_status st = RP_OK;

	while (st == RP_OK && (rec = rp_frame_next(f, rec)) != NULL)
		st = put(x, f, rec, x->event_passes);
	rp_group_release(&x->event);
	return st;
}

static enum rp_status
end_event(struct filter *x)
{
	enum rp_status st = settle_event(x);

	x->event.open = false;
	x->event_passes = false;
	return st;
}

static enum rp_status
hold(struct filter *x, const struct rp_frame *f, const struct rp_record *rec)
{
	enum rp_status st = rp_group_hold(&x->event, f, rec);

	if (st == RP_ERR_LIMIT)
		return rp_error_set(&x->cli->error, st,
		    "a venue event of more than %d bytes, or %d schemas, "
		    "cannot be decided whole",
		    RP_MAX_EVENT, RP_GROUP_NAMES - 2);
	if (st != RP_OK)
		return rp_error_no_memory(&x->cli->error);
	return st;
}

static enum rp_status
add_to_event(
    struct filter *x, const struct rp_frame *f, const struct rp_record *rec)
{
	enum rp_status st = RP_OK;

	if (!x->event_passes && selected(x, f, rec)) {
		x->event_passes = true;
		st = settle_event(x);
	}
	if (st == RP_OK)
		st = x->event_passes ? put(x, f, rec, true) : hold(x, f, rec);
	if (st == RP_OK && (rec->flags & RP_LAST) != 0)
		st = end_event(x);
	return st;
}

static enum rp_status
each_event(struct filter *x, const struct rp_frame *f)
{
	const struct rp_record *rec = NULL;
	enum rp_status st = RP_OK;

	while (st == RP_OK && !is_full(x) &&
	    (rec = rp_frame_next(f, rec)) != NULL) {
		if (!rp_group_is_of(&x->event, f, rec)) {
			st = end_event(x);
			if (st != RP_OK || is_full(x))
				break;
			rp_group_open(&x->event, f, rec);
		}
		st = add_to_event(x, f, rec);
	}
	return st;
}

/* ---- frames ---- */

/* Hand on a frame of which all or no records pass. */
static enum rp_status
pass_frame(struct filter *x, struct rp_frame *f, bool passes)
{
	bool wanted = passes ? x->writing : x->rejecting;
	enum rp_status st;

	if (passes)
		x->passed += f->head.records;
	if (!wanted)
		return RP_OK;
	if ((st = rp_input_body(&x->in, f)) != RP_OK)
		return st;
	return rp_sink_forward(passes ? &x->out : &x->rejects, f);
}

/*
 * The verdict that the records share which begin a frame; *other is the first
 * that does not share it, or NULL.
 */
static bool
leading_verdict(
    struct filter *x, const struct rp_frame *f, const struct rp_record **other)
{
	const struct rp_record *rec = rp_frame_next(f, NULL);
	bool passes = selected(x, f, rec);

	do
		rec = rp_frame_next(f, rec);
	while (rec != NULL && selected(x, f, rec) == passes);
	*other = rec;
	return passes;
}

/* A frame whose records turn out to agree is handed on whole. */
static enum rp_status
each_record(struct filter *x, struct rp_frame *f)
{
	const struct rp_record *rec = rp_frame_next(f, NULL), *other;
	bool passes = leading_verdict(x, f, &other);
	enum rp_status st = RP_OK;

	if (other == NULL && f->stored != NULL &&
	    (!passes || f->head.records <= x->o->limit - x->passed))
		return pass_frame(x, f, passes);
	for (; rec != NULL && st == RP_OK && !is_full(x);
	     rec = rp_frame_next(f, rec)) {
		if (rec == other)
			passes = !passes;
		else if (other == NULL || rec > other)
			passes = selected(x, f, rec);
		st = put(x, f, rec, passes);
	}
	return st;
}

static enum rp_status
filter_data(struct filter *x, struct rp_frame *f)
{
	enum rp_verdict verdict;
	enum rp_status st;
	bool passes;

	if ((st = rp_select_frame(x->sel, f, &verdict)) != RP_OK)
		return rp_error_no_memory(&x->cli->error);
	passes = (verdict == RP_PASS_ALL) != x->o->invert;
	if (verdict != RP_PASS_SOME && !x->o->whole_events &&
	    (!passes || f->head.records <= x->o->limit - x->passed))
		return pass_frame(x, f, passes);
	if ((st = rp_sift_rows(&x->sift, f)) != RP_OK || f->head.records == 0)
		return st;
	return x->o->whole_events ? each_event(x, f) : each_record(x, f);
}

static enum rp_status
filter_other(struct filter *x, struct rp_frame *f)
{
	enum rp_status st;

	if (f->head.kind == RP_END_FRAME)
		return RP_OK;
	st = rp_input_body(&x->in, f);
	if (st == RP_OK && x->writing)
		st = rp_sink_forward(&x->out, f);
	if (st == RP_OK && x->rejecting)
		st = rp_sink_forward(&x->rejects, f);
	return st;
}

static enum rp_status
filter(struct filter *x)
{
	enum rp_status st = RP_OK;
	struct rp_frame f;

	while (!is_full(x) && (st = rp_input_head(&x->in, &f)) == RP_OK) {
		st = f.head.kind == RP_DATA ? filter_data(x, &f)
					    : filter_other(x, &f);
		if (st != RP_OK)
			return st;
	}
	if (st >= 0 && x->event.open)
		st = end_event(x);
	return st;
}

/* ---- the ends ---- */

/*
 * What is dropped leaves whole symbols, sources, types and one span of time,
 * or else the stream is THINNED (rp-stream(5)). Of a span, the rest has a hole.
 */
static bool
thins(const struct filter *x, bool rejected)
{
	const struct opts *o = x->o;

	if (rp_select_is_all(x->sel))
		return false;
	return rp_select_thins(x->sel) || o->whole_events ||
	    (rejected != o->invert &&
		(o->select.from != NULL || o->select.to != NULL));
}

static enum rp_status
open_sinks(struct filter *x)
{
	struct rp_writer_options w = { .thinned = thins(x, false) };
	enum rp_status st = RP_OK;

	if (!x->o->count) {
		st = rp_sink_open(&x->out, x->cli, x->o->output, &w);
		x->writing = st == RP_OK;
	}
	if (st == RP_OK && x->o->reject != NULL) {
		w.thinned = thins(x, true);
		st = rp_sink_open(&x->rejects, x->cli, x->o->reject, &w);
		x->rejecting = st == RP_OK;
	}
	return st;
}

static enum rp_status
print_count(struct filter *x)
{
	struct rp_output out;
	enum rp_status st;

	if ((st = rp_output_open(&out, x->cli, x->o->output, false)) != RP_OK)
		return st;
	if (dprintf(out.fd, "%" PRIu64 "\n", x->passed) < 0)
		st = rp_error_errno(&x->cli->error, "%s",
		    x->o->output != NULL ? x->o->output : "<stdout>");
	if (st == RP_OK)
		st = rp_output_commit(&out);
	rp_output_discard(&out);
	x->cli->counts.records_out = x->passed;
	x->cli->counts.dropped =
	    x->cli->counts.records_in - x->passed - x->cli->counts.rejected;
	return st;
}

static enum rp_status
run_filter(struct filter *x)
{
	uint32_t flags;
	enum rp_status st;

	if ((st = open_sinks(x)) == RP_OK)
		st = filter(x);
	rp_input_close(&x->in);
	flags = x->in.end_flags;
	if (x->passed >= x->o->limit)
		flags |= RP_END_EARLY;
	/* the rejects first: the main output says that all is done */
	if (x->rejecting)
		st = rp_sink_close(&x->rejects, st, flags);
	if (x->writing)
		return rp_sink_close(&x->out, st, flags);
	return st < 0 ? st : print_count(x);
}

static enum rp_status
run(struct rp_cli *cli, const struct opts *o)
{
	struct filter x = { .o = o, .cli = cli };
	enum rp_status st;

	if ((st = rp_output_apart(cli, o->output, o->reject)) != RP_OK)
		return st;
	st = rp_cli_select(cli, &o->select, &x.sel);
	if (st == RP_OK && o->check) {
		rp_cli_warn_schemas(cli);
	} else if (st == RP_OK) {
		rp_input_init(&x.in, cli, false);
		rp_sift_init(&x.sift, &x.in,
		    o->invert || o->reject != NULL ? NULL : x.sel);
		st = run_filter(&x);
		rp_group_free(&x.event);
		rp_sift_free(&x.sift);
	}
	rp_select_free(x.sel);
	return st;
}

int
main(int argc, char **argv)
{
	struct opts o = { .limit = UINT64_MAX };
	const struct rp_option options[] = {
		RP_SELECT_OPTIONS(&o.select),
		{ 'n', "limit", RP_OPT_COUNT, &o.limit, "N",
		    "stop after N records that pass", NULL },
		{ 0, "invert", RP_OPT_FLAG, &o.invert, NULL,
		    "select what does not meet the selection", NULL },
		{ 0, "whole-events", RP_OPT_FLAG, &o.whole_events, NULL,
		    "select venue events of which any record is selected",
		    NULL },
		{ 'o', "output", RP_OPT_STRING, &o.output, "FILE",
		    "write to FILE, whole or not at all", NULL },
		{ 0, "reject", RP_OPT_STRING, &o.reject, "FILE",
		    "write what does not pass to FILE", NULL },
		{ 0, "count", RP_OPT_FLAG, &o.count, NULL,
		    "print the number of records that pass, nothing else",
		    NULL },
		{ 0, "check", RP_OPT_FLAG, &o.check, NULL,
		    "check the options and the expression, read nothing",
		    NULL },
		RP_OPT_END,
	};
	struct rp_cli cli;

	if (!rp_cli_start(&cli, &tool, options, argc, argv))
		return rp_cli_status(&cli);
	return rp_cli_end(&cli, run(&cli, &o));
}
