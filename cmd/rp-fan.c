/*
 * rp-fan: one stream dealt to workers, commands that each get a part of it.
 *
 * Reads streams one after the other; writes a stream to each of N commands, all
 * records of a symbol to the same. With --merge their outputs, streams too, come
 * back as one by time. Memory: a frame in, a frame out a worker, a pipe of 1 MiB
 * each way; with --merge what waits to be merged is in files without a name.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/limits.h"
#include "cli/cli.h"
#include "cli/feeds.h"
#include "expr/shard.h"
#include "rp-fan/gather.h"
#include "rp-fan/parts.h"
#include "rp-fan/workers.h"

/* Bytes of rows between the MARKs that let a merge go on. */
enum { MARK_EVERY = 4 << 20 };

struct opts {
	int workers;
	struct deal_options deal;
	bool merge;
	const char *output, *directory;
};

static const struct rp_tool tool = {
	.name = "rp-fan",
	.usage = "[-j N] [--by VALUE | --balance FILE] [--merge [-o FILE]] "
		 "COMMAND\n"
		 "              [FILE ...]",
	.summary = "deal a stream to several commands by symbol",
	.flags = RP_TOOL_STATS | RP_TOOL_NOTES | RP_TOOL_FORCE,
};

struct fan {
	struct rp_cli *cli;
	const struct opts *o;
	struct rp_input in;
	struct workers ws;
	struct parts parts;
	struct gather *gather; /* --merge */
	struct rp_sink out;
	bool noted;
	/* --merge: how far the input has come, if it never went back */
	int64_t ts_high, marked;
	uint64_t since_mark; /* bytes */
	bool forward;
	int64_t started; /* monotonic ns */
};

/* ---- frames ---- */

/* Before the first DATA frame: this tool's NOTE. */
static enum rp_status
note(struct fan *x)
{
	enum rp_status st;
	size_t len;
	char *text;

	if (x->noted || x->cli->no_notes)
		return RP_OK;
	x->noted = true;
	if ((text = rp_cli_note(x->cli, &len)) == NULL)
		return rp_error_set(
		    &x->cli->error, RP_ERR_NOMEM, "out of memory");
	st = parts_note(&x->parts, text, len);
	free(text);
	return st;
}

static enum rp_status
mark(struct fan *x)
{
	x->since_mark = 0;
	if (x->gather == NULL || !x->forward || x->ts_high == x->marked)
		return RP_OK;
	x->marked = x->ts_high;
	return parts_mark(&x->parts, x->ts_high);
}

static enum rp_status
take_data(struct fan *x, struct rp_frame *f)
{
	enum rp_status st;

	if ((st = note(x)) != RP_OK ||
	    (st = parts_deal(&x->parts, &x->in, f)) != RP_OK)
		return st;
	if (f->head.records == 0)
		return RP_OK;
	x->forward &= (f->head.flags & RP_FRAME_TS_ORDERED) &&
	    f->head.ts_min >= x->ts_high;
	x->ts_high = f->head.ts_max;
	x->since_mark += f->head.raw_len;
	return x->since_mark >= MARK_EVERY ? mark(x) : RP_OK;
}

static enum rp_status
take_other(struct fan *x, struct rp_frame *f)
{
	enum rp_status st;

	if (f->head.kind == RP_END_FRAME ||
	    (f->head.kind == RP_NOTE && x->cli->no_notes) ||
	    (f->head.kind == RP_MARK && x->in.n > 1))
		return RP_OK;
	st = rp_input_body(&x->in, f);
	return st == RP_OK ? parts_pass(&x->parts, f) : st;
}

static enum rp_status
take_all(struct fan *x)
{
	struct rp_frame f;
	enum rp_status st;

	while ((st = rp_input_head(&x->in, &f)) == RP_OK) {
		st = f.head.kind == RP_DATA ? take_data(x, &f)
					    : take_other(x, &f);
		if (st != RP_OK)
			return st;
	}
	return st;
}

/* ---- waiting for input ---- */

/* ms until a frame in hand has waited for long enough; -1: there is none. */
static int
flush_old(struct fan *x)
{
	int ms = x->out.w != NULL ? rp_writer_idle(x->out.w) : -1;
	int parts = parts_idle(&x->parts);

	return parts >= 0 && (ms < 0 || parts < ms) ? parts : ms;
}

/* Before a read that blocks; failures are kept, and seen after it. */
static int
idle(void *arg)
{
	struct fan *x = arg;
	bool ready = false, ok = true;
	int ms;

	while (ok && !ready) {
		ms = flush_old(x);
		if (ms < 0)
			ok = mark(x) == RP_OK;
		if (ok)
			ok =
			    workers_await(&x->ws, x->in.fd, POLLIN, ms, &ready);
	}
	if (!ok) /* a worker has failed */
		rp_input_cut(&x->in);
	return ok ? 0 : -1;
}

/* ---- life ---- */

static enum rp_status
start(struct fan *x)
{
	const struct opts *o = x->o;
	uint32_t n = o->deal.workers;
	enum rp_status st;

	x->parts.cli = x->cli;
	x->parts.ws = &x->ws;
	if ((st = deal_new(&x->parts.deal, &o->deal, &x->cli->error)) !=
		RP_OK ||
	    (st = rp_cli_files(x->cli, 5 * (uint64_t)n,
		 "pipes and files of workers")) != RP_OK)
		return st;
	if (o->merge &&
	    (st = rp_sink_open(&x->out, x->cli, o->output, NULL)) != RP_OK)
		return st;
	x->out.noted = true; /* it comes back with each part */
	st = workers_start(&x->ws, x->cli, x->cli->argv[0], n, o->merge);
	if (st == RP_OK)
		st = parts_open(&x->parts);
	if (st == RP_OK && o->merge)
		st = gather_new(&x->gather, &x->ws, &x->out, o->directory);
	return st;
}

/* END to each; then it is theirs. */
static enum rp_status
finish(struct fan *x)
{
	uint32_t flags = x->in.end_flags & ~(uint32_t)RP_END_MORE;
	enum rp_status st;

	if ((st = note(x)) != RP_OK ||
	    (st = parts_finish(&x->parts, flags)) != RP_OK ||
	    (st = workers_finish(&x->ws)) != RP_OK)
		return st;
	return x->gather != NULL ? gather_finish(x->gather) : RP_OK;
}

static enum rp_status
fan(struct fan *x)
{
	enum rp_status st = start(x), failed;
	uint32_t flags;

	x->in.wait = idle;
	x->in.wait_arg = x;
	if (st == RP_OK) {
		st = take_all(x);
		/* it may have ended because a worker failed (idle) */
		if ((failed = workers_status(&x->ws)) != RP_OK)
			st = failed;
	}
	if (st == RP_END)
		st = finish(x);
	if (x->ws.failed != NULL) /* what was told since comes of that */
		x->cli->error = (struct rp_error){ 0 };
	rp_input_close(&x->in);
	st = workers_stop(&x->ws, st);
	parts_report(&x->parts,
	    (double)(rp_clock_monotonic() - x->started) / 1e9,
	    x->gather == NULL);
	flags = gather_free(x->gather);
	return rp_sink_close(&x->out, st, flags);
}

static enum rp_status
check_opts(struct rp_cli *cli, struct opts *o)
{
	if (cli->argc == 0)
		return rp_cli_usage(cli,
		    "a command is missing, such as 'rp-csv -o {worker}.csv'");
	if (o->workers < 1 || o->workers > RP_MAX_SHARDS)
		return rp_cli_usage(cli, "-j is from 1 to %d", RP_MAX_SHARDS);
	if (o->output != NULL && !o->merge)
		return rp_cli_usage(cli, "-o goes with --merge");
	if (o->directory != NULL && !o->merge)
		return rp_cli_usage(cli, "-T goes with --merge");
	if (o->directory == NULL && (o->directory = getenv("TMPDIR")) == NULL)
		o->directory = "/tmp";
	o->deal.workers = (uint32_t)o->workers;
	return RP_OK;
}

static enum rp_status
run(struct rp_cli *cli, struct opts *o)
{
	static char dash[] = "-";
	static char *standard[] = { dash };
	struct fan x = { .cli = cli,
		.o = o,
		.ts_high = INT64_MIN,
		.marked = INT64_MIN,
		.forward = true,
		.started = rp_clock_monotonic() };
	enum rp_status st;

	if ((st = check_opts(cli, o)) != RP_OK)
		return st;
	rp_input_init_names(&x.in, cli,
	    cli->argc > 1 ? cli->argv + 1 : standard,
	    cli->argc > 1 ? cli->argc - 1 : 1, false);
	st = fan(&x);
	parts_free(&x.parts);
	workers_free(&x.ws);
	deal_free(x.parts.deal);
	return st;
}

int
main(int argc, char **argv)
{
	long processors = sysconf(_SC_NPROCESSORS_ONLN);
	struct opts o = { .workers = processors > 0 ? (int)processors : 1,
		.deal.by = "symbol" };
	const struct rp_option options[] = {
		{ 'j', "workers", RP_OPT_INT, &o.workers, "N",
		    "run N of the command (default: one a processor)", NULL },
		{ 0, "by", RP_OPT_STRING, &o.deal.by, "VALUE",
		    "deal by the hash of symbol (default) or of other values",
		    NULL },
		{ 0, "balance", RP_OPT_STRING, &o.deal.balance, "FILE",
		    "deal symbols evenly, by the counts of rp-ls --json",
		    NULL },
		{ 0, "merge", RP_OPT_FLAG, &o.merge, NULL,
		    "merge the streams that the workers write, by time", NULL },
		{ 'o', "output", RP_OPT_STRING, &o.output, "FILE",
		    "write that to FILE, whole or not at all", NULL },
		{ 'T', "temporary-directory", RP_OPT_STRING, &o.directory,
		    "DIR", "for what waits to be merged ($TMPDIR or /tmp)",
		    NULL },
		RP_OPT_END,
	};
	struct rp_cli cli;

	if (!rp_cli_start(&cli, &tool, options, argc, argv))
		return rp_cli_status(&cli);
	return rp_cli_end(&cli, run(&cli, &o));
}
