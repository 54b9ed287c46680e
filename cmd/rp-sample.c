/*
 * rp-sample: fewer records of a stream, by a rule that says how many.
 *
 * Reads streams and writes one; with --reject a second one of all the others.
 * Frames that pass or fail as a whole, by their header and directory, are
 * handed on or skipped undecoded. Memory: a frame in, a frame out, a few bytes
 * for each symbol; --count, --tail and --keep last keep what they sample.
 */
#include "cli/cli.h"
#include "cli/schemas.h"
#include "expr/group.h"
#include "rp-sample/rule.h"
#include "sample/sample.h"

static const struct rp_tool tool = {
	.name = "rp-sample",
	.usage =
	    "--every N | -p P [--key FIELD] | --count K | --interval SPAN |\n"
	    "                 --head N | --tail N | --max-rate N/SPAN "
	    "[--per WHAT]\n"
	    "                 [-o FILE] [--reject FILE] [FILE ...]",
	.summary = "sample records by number, chance, key and time",
	.flags = RP_TOOL_STATS | RP_TOOL_NOTES | RP_TOOL_FORCE,
};

struct sampler {
	const struct rule_opts *o;
	struct rp_cli *cli;
	struct rp_sample_options rule;
	struct rp_sample *sample;
	struct rp_input in;
	struct rp_sink out, rejects;
	bool rejecting; /* rejects is open */
	struct rp_group event; /* --whole-events: the one in hand */
};

/* ---- records ---- */

static enum rp_status
put(void *arg, const struct rp_frame *f, const struct rp_record *rec,
    bool passes)
{
	struct sampler *x = arg;

	return rp_sink_put(passes ? &x->out : &x->rejects, f, rec);
}

/* Nothing that follows passes, nor is wanted. */
static bool
is_full(const struct sampler *x)
{
	return !x->rejecting && !x->event.open && rp_sample_is_full(x->sample);
}

static enum rp_status
failed(struct sampler *x, enum rp_status st)
{
	if (st == RP_ERR_NOMEM)
		return rp_error_no_memory(&x->cli->error);
	if (st == RP_ERR_LIMIT)
		return rp_error_set(&x->cli->error, st,
		    "a venue event of more than %d bytes cannot be kept whole",
		    RP_MAX_EVENT);
	return st;
}

static enum rp_status
each_record(struct sampler *x, const struct rp_frame *f)
{
	const struct rp_record *rec = NULL;
	bool more = false;
	enum rp_status st;

	while ((rec = rp_frame_next(f, rec)) != NULL) {
		if (x->o->whole_events)
			more = rp_group_goes_on(&x->event, f, rec);
		if (!more && rp_sample_is_full(x->sample) && !x->rejecting)
			return RP_OK;
		st = rp_sample_record(x->sample, f, rec, more);
		if (st != RP_OK)
			return failed(x, st);
	}
	return RP_OK;
}

/* ---- frames ---- */

/* Hand on a frame of which all or no records pass. */
static enum rp_status
pass_frame(struct sampler *x, struct rp_frame *f, bool passes)
{
	enum rp_status st;

	if (!passes && !x->rejecting)
		return RP_OK;
	if ((st = rp_input_body(&x->in, f)) != RP_OK)
		return st;
	return rp_sink_forward(passes ? &x->out : &x->rejects, f);
}

static enum rp_status
sample_data(struct sampler *x, struct rp_frame *f)
{
	enum rp_sample_share share;
	enum rp_status st = rp_sample_frame(x->sample, f, &share);

	if (st != RP_OK)
		return failed(x, st);
	if (share != RP_SHARE_SOME)
		return pass_frame(x, f, share == RP_SHARE_ALL);
	if ((st = rp_input_rows(&x->in, f)) != RP_OK)
		return st;
	return each_record(x, f);
}

static enum rp_status
sample_other(struct sampler *x, struct rp_frame *f)
{
	bool passes = true;
	enum rp_status st = RP_OK;

	if (f->head.kind == RP_END_FRAME)
		return RP_OK;
	if (f->head.kind == RP_MARK)
		st = rp_sample_mark(x->sample, f->head.ts_min, &passes);
	if (st != RP_OK || (st = rp_input_body(&x->in, f)) != RP_OK)
		return failed(x, st);
	if (passes)
		st = rp_sink_forward(&x->out, f);
	if (st == RP_OK && x->rejecting && f->head.kind != RP_MARK)
		st = rp_sink_forward(&x->rejects, f);
	return st;
}

static enum rp_status
sample(struct sampler *x)
{
	enum rp_status st = RP_OK;
	struct rp_frame f;

	while (!is_full(x) && (st = rp_input_head(&x->in, &f)) == RP_OK) {
		st = f.head.kind == RP_DATA ? sample_data(x, &f)
					    : sample_other(x, &f);
		if (st != RP_OK)
			return st;
	}
	return st < 0 ? st : failed(x, rp_sample_end(x->sample));
}

/* ---- the ends ---- */

/* Say what the key is that only a feature may have. */
static enum rp_status
expect_key(struct sampler *x)
{
	const char *key = x->rule.key, *hint = rp_sample_guess(x->sample);
	char why[256];

	if (hint == NULL)
		return RP_OK;
	snprintf(why, sizeof(why), "--key: no field named \"%s\"%s", key, hint);
	return rp_cli_need_feature(x->cli, key, strlen(key), why);
}

static enum rp_status
open_all(struct sampler *x)
{
	struct rp_writer_options w = { 0 };
	struct rp_error err = { 0 };
	enum rp_status st;

	x->sample = rp_sample_new(&x->rule, put, x, &err);
	if (x->sample == NULL)
		return err.status == RP_ERR_USAGE
		    ? rp_cli_usage(x->cli, "%s", err.text)
		    : rp_error_set(&x->cli->error, err.status, "%s", err.text);
	if ((st = expect_key(x)) != RP_OK)
		return st;
	w.thinned = rp_sample_thins(x->sample);
	st = rp_sink_open(&x->out, x->cli, x->o->output, &w);
	if (st == RP_OK && x->o->reject != NULL) {
		st = rp_sink_open(&x->rejects, x->cli, x->o->reject, &w);
		x->rejecting = st == RP_OK;
	}
	return st;
}

static enum rp_status
run_sample(struct sampler *x)
{
	enum rp_status st = open_all(x);
	uint32_t flags;

	if (st == RP_OK)
		st = sample(x);
	rp_input_close(&x->in);
	flags = x->in.end_flags;
	if (st >= 0 && is_full(x))
		flags |= RP_END_EARLY;
	/* the rejects first: the main output says that all is done */
	if (x->rejecting)
		st = rp_sink_close(&x->rejects, st, flags);
	return rp_sink_close(&x->out, st, flags);
}

static enum rp_status
run(struct rp_cli *cli, const struct rule_opts *o)
{
	struct sampler x = { .o = o, .cli = cli };
	enum rp_status st;

	if ((st = rule_read(cli, o, &x.rule)) != RP_OK)
		return st;
	rp_input_init(&x.in, cli, false);
	st = run_sample(&x);
	rp_sample_free(x.sample);
	rp_group_free(&x.event);
	return st;
}

int
main(int argc, char **argv)
{
	struct rule_opts o = RULE_DEFAULTS;
	const struct rp_option options[] = {
		{ 0, "every", RP_OPT_COUNT, &o.every, "N", "one record of N",
		    NULL },
		{ 0, "offset", RP_OPT_COUNT, &o.offset, "K",
		    "of these the one behind K others (default 0)", NULL },
		{ 'p', "probability", RP_OPT_STRING, &o.probability, "P",
		    "each record with probability P", NULL },
		{ 0, "key", RP_OPT_STRING, &o.key, "FIELD",
		    "with -p, all records of a value of FIELD, or none", NULL },
		{ 'k', "count", RP_OPT_COUNT, &o.count, "K",
		    "K records, drawn from all", NULL },
		{ 'S', "seed", RP_OPT_COUNT, &o.seed, "N",
		    "another draw for each number (default 1)", NULL },
		{ 'i', "interval", RP_OPT_SPAN, &o.interval, "SPAN",
		    "one record of each symbol in each SPAN", NULL },
		{ 0, "keep", RP_OPT_STRING, &o.keep, NULL,
		    "which one of them (default first)", "first|last" },
		{ 0, "day-start", RP_OPT_STRING, &o.day_start, "T",
		    "a time of day (UTC) at which an interval begins", NULL },
		{ 0, "head", RP_OPT_COUNT, &o.head, "N", "the first N records",
		    NULL },
		{ 0, "tail", RP_OPT_COUNT, &o.tail, "N", "the last N records",
		    NULL },
		{ 0, "max-rate", RP_OPT_STRING, &o.max_rate, "N/SPAN",
		    "at most N records in each SPAN of time", NULL },
		{ 0, "burst", RP_OPT_COUNT, &o.burst, "N",
		    "and at most so many at once (default: N of the rate)",
		    NULL },
		{ 0, "per", RP_OPT_STRING, &o.per, NULL,
		    "count each symbol, source or type by itself",
		    "all|symbol|source|type" },
		{ 0, "clock", RP_OPT_CLOCK, &o.clock, "CLOCK",
		    "the time that counts: recv (default) or event",
		    RP_CLOCK_WORDS },
		{ 0, "whole-events", RP_OPT_FLAG, &o.whole_events, NULL,
		    "sample venue events in place of records", NULL },
		{ 'o', "output", RP_OPT_STRING, &o.output, "FILE",
		    "write to FILE, whole or not at all", NULL },
		{ 0, "reject", RP_OPT_STRING, &o.reject, "FILE",
		    "write what does not pass to FILE", NULL },
		RP_OPT_END,
	};
	struct rp_cli cli;

	if (!rp_cli_start(&cli, &tool, options, argc, argv))
		return rp_cli_status(&cli);
	return rp_cli_end(&cli, run(&cli, &o));
}
