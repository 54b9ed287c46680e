/*
 * rp-fan: one stream dealt to workers, commands that each get a part of it.
 *
 * Reads streams one after the other; writes a stream to each of N commands, all
 * records of a symbol to the same. With --merge their outputs, streams too, come
 * back as one by time. Memory: a frame in, a frame out a worker, a pipe of 1 MiB
 * each way; with --merge what waits to be merged is in files without a name.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/limits.h"
#include "cli/cli.h"
#include "cli/feeds.h"
#include "expr/shard.h"
#include "rp-fan/deal.h"
#include "rp-fan/gather.h"
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
	.usage = "[-j N] [--by FIELD | --balance FILE] [--merge [-o FILE]] "
		 "COMMAND\n"
		 "              [FILE ...]",
	.summary = "deal a stream to several commands by symbol",
	.flags = RP_TOOL_STATS | RP_TOOL_NOTES | RP_TOOL_FORCE,
};

/* What a worker gets. */
struct part {
	struct rp_writer *w;
	struct rp_buffer picked; /* const struct rp_record *, of a frame */
};

struct fan {
	struct rp_cli *cli;
	const struct opts *o;
	struct deal *deal;
	struct rp_input in;
	struct workers ws;
	struct part *parts; /* of each worker */
	struct gather *gather; /* --merge */
	struct rp_sink out;
	bool noted;
	uint64_t to_all; /* records that went to all */
	/* --merge: how far the input has come, if it never went back */
	int64_t ts_high, marked;
	uint64_t since_mark; /* bytes */
	bool forward;
	int64_t started; /* monotonic ns */
};

static enum rp_status
no_memory(struct fan *x)
{
	return rp_error_set(&x->cli->error, RP_ERR_NOMEM, "out of memory");
}

/* ---- to a worker ---- */

/* What it was that went wrong: a worker and the merge fail while something else
 * is waited for, which is then given up. */
static enum rp_status
cause(const struct fan *x, enum rp_status st)
{
	if (x->ws.failed != NULL)
		return RP_ERR_IO; /* workers_stop will know more */
	if (x->gather != NULL && gather_status(x->gather) < 0)
		return gather_status(x->gather);
	return st;
}

/* What became of a call to its writer. */
static enum rp_status
sent(struct fan *x, uint32_t i, enum rp_status st)
{
	const struct rp_error *err = rp_writer_error(x->parts[i].w);

	if (cause(x, RP_OK) != RP_OK)
		return cause(x, RP_OK);
	if (st == RP_OK)
		return st;
	if (st == RP_ERR_PIPE)
		worker_broke(&x->ws.worker[i], RP_ERR_IO,
		    "stopped reading before the end of its input");
	else
		(void)rp_error_set(&x->cli->error, st, "%s", err->text);
	return st;
}

static enum rp_status
pass_to_all(struct fan *x, const struct rp_frame *f)
{
	enum rp_status st = RP_OK;

	for (uint32_t i = 0; i < x->ws.n && st == RP_OK; i++)
		st = sent(x, i, rp_writer_pass(x->parts[i].w, f));
	return st;
}

/* Before the first DATA frame: this tool's NOTE. */
static enum rp_status
note(struct fan *x)
{
	enum rp_status st = RP_OK;
	size_t len;
	char *text;

	if (x->noted || x->cli->no_notes)
		return RP_OK;
	x->noted = true;
	if ((text = rp_cli_note(x->cli, &len)) == NULL)
		return no_memory(x);
	for (uint32_t i = 0; i < x->ws.n && st == RP_OK; i++)
		st = sent(x, i, rp_writer_note(x->parts[i].w, text, len));
	free(text);
	return st;
}

/* ---- a frame ---- */

static void
pick(struct part *p, const struct rp_record *rec)
{
	memcpy(p->picked.data + p->picked.len, &rec, sizeof(rec));
	p->picked.len += sizeof(rec);
}

/* The records of a frame to lists, one a worker: so each writer has its run of
 * them, and remembers the names. */
static enum rp_status
pick_all(struct fan *x, const struct rp_frame *f)
{
	const struct rp_record *rec = NULL;

	for (uint32_t i = 0; i < x->ws.n; i++)
		if (rp_buffer_reserve(&x->parts[i].picked,
			f->head.records * sizeof(rec)) != RP_OK)
			return no_memory(x);
	while ((rec = rp_frame_next(f, rec)) != NULL) {
		uint32_t to = deal_record(x->deal, f, rec);

		x->to_all += to == DEAL_ALL;
		for (uint32_t i = 0; to == DEAL_ALL && i < x->ws.n; i++)
			pick(&x->parts[i], rec);
		if (to != DEAL_ALL)
			pick(&x->parts[to], rec);
	}
	return RP_OK;
}

static enum rp_status
put_picked(struct fan *x, const struct rp_frame *f, uint32_t i)
{
	struct part *p = &x->parts[i];
	const struct rp_record *rec;
	enum rp_status st = RP_OK;

	for (size_t at = 0; at < p->picked.len && st == RP_OK;
	     at += sizeof(rec)) {
		memcpy(&rec, p->picked.data + at, sizeof(rec));
		st = rp_writer_put(p->w, f, rec);
	}
	p->picked.len = 0;
	return sent(x, i, st);
}

static enum rp_status
deal_out(struct fan *x, struct rp_frame *f)
{
	enum rp_status st;

	if ((st = rp_input_rows(&x->in, f)) != RP_OK ||
	    (st = pick_all(x, f)) != RP_OK)
		return st;
	for (uint32_t i = 0; i < x->ws.n && st == RP_OK; i++)
		st = put_picked(x, f, i);
	return st;
}

/* All of a frame to one worker; small ones are gathered. */
static enum rp_status
hand_over(struct fan *x, struct rp_frame *f, uint32_t to)
{
	bool small = f->head.raw_len < RP_FRAME_PLAIN / 2;
	struct rp_writer *w = x->parts[to].w;
	enum rp_status st;

	st = small ? rp_input_rows(&x->in, f) : rp_input_body(&x->in, f);
	if (st != RP_OK)
		return st;
	return sent(
	    x, to, small ? rp_writer_gather(w, f) : rp_writer_pass(w, f));
}

static enum rp_status
mark(struct fan *x)
{
	enum rp_status st = RP_OK;

	x->since_mark = 0;
	if (x->gather == NULL || !x->forward || x->ts_high == x->marked)
		return RP_OK;
	x->marked = x->ts_high;
	for (uint32_t i = 0; i < x->ws.n && st == RP_OK; i++)
		st = sent(x, i, rp_writer_mark(x->parts[i].w, x->ts_high, 0));
	return st;
}

static enum rp_status
take_data(struct fan *x, struct rp_frame *f)
{
	uint32_t to;
	enum rp_status st;

	if ((st = note(x)) != RP_OK)
		return st;
	if (deal_frame(x->deal, f, &to) != RP_OK)
		return no_memory(x);
	st = to != DEAL_EACH ? hand_over(x, f, to) : deal_out(x, f);
	if (f->head.records == 0)
		return st;
	x->forward &= (f->head.flags & RP_FRAME_TS_ORDERED) &&
	    f->head.ts_min >= x->ts_high;
	x->ts_high = f->head.ts_max;
	x->since_mark += f->head.raw_len;
	return st == RP_OK && x->since_mark >= MARK_EVERY ? mark(x) : st;
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
	return st == RP_OK ? pass_to_all(x, f) : st;
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

/* A worker has failed: there shall be no more input to wait for. */
static void
cut_input(struct fan *x)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	if (fd >= 0) {
		(void)dup3(fd, x->in.fd, O_CLOEXEC);
		close(fd);
	}
}

/* ms until a frame in hand has waited for long enough; -1: there is none. */
static int
flush_old(struct fan *x)
{
	int ms, least = x->out.w != NULL ? rp_writer_idle(x->out.w) : -1;

	for (uint32_t i = 0; i < x->ws.n; i++) {
		ms = rp_writer_idle(x->parts[i].w);
		if (ms >= 0 && (least < 0 || ms < least))
			least = ms;
	}
	return least;
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
	if (!ok)
		cut_input(x);
	return ok ? 0 : -1;
}

/* ---- the report ---- */

static void
count(struct fan *x, const char *what, uint32_t number, uint64_t n)
{
	char name[40];

	snprintf(name, sizeof(name), "%s:%" PRIu32, what, number);
	rp_cli_count(x->cli, name, n);
}

static void
report(struct fan *x)
{
	double seconds = (double)(rp_clock_monotonic() - x->started) / 1e9;
	char text[RP_FAULT_ROOM];

	for (uint32_t i = 0; i < x->ws.n && x->parts[i].w != NULL; i++) {
		const struct worker *w = &x->ws.worker[i];
		uint64_t records = rp_writer_totals(x->parts[i].w)->records;
		uint64_t bytes = rp_writer_bytes(x->parts[i].w);

		(void)worker_fault(w, text);
		if (x->cli->stats)
			fprintf(stderr,
			    "rp-fan  worker %" PRIu32 "  records %" PRIu64
			    "  bytes %" PRIu64 "  %.0f records/s  %s\n",
			    w->number, records, bytes,
			    (double)records / seconds, text);
		if (x->cli->stats_json != NULL) {
			count(x, "records", w->number, records);
			count(x, "bytes", w->number, bytes);
			count(x, "status", w->number, (uint64_t)worker_exit(w));
		}
		if (x->gather == NULL) {
			x->cli->counts.records_out += records;
			x->cli->counts.bytes_out += bytes;
		}
	}
	if (x->to_all > 0)
		rp_cli_count(x->cli, "to-all", x->to_all);
}

/* ---- life ---- */

static enum rp_status
open_writers(struct fan *x)
{
	const struct rp_writer_options opt = { .thinned =
						   !deal_is_whole(x->deal) };
	char name[32];

	if ((x->parts = calloc(x->ws.n, sizeof(*x->parts))) == NULL)
		return no_memory(x);
	for (uint32_t i = 0; i < x->ws.n; i++) {
		struct worker *w = &x->ws.worker[i];

		snprintf(name, sizeof(name), "worker %" PRIu32, w->number);
		x->parts[i].w = rp_writer_fd(w->in, name, &opt);
		if (x->parts[i].w == NULL)
			return no_memory(x);
		rp_writer_on_full(x->parts[i].w, worker_takes_more, w);
	}
	return RP_OK;
}

static enum rp_status
start(struct fan *x)
{
	const struct opts *o = x->o;
	uint32_t n = o->deal.workers;
	enum rp_status st;

	if ((st = deal_new(&x->deal, &o->deal, &x->cli->error)) != RP_OK ||
	    (st = rp_cli_files(x->cli, 5 * (uint64_t)n,
		 "pipes and files of workers")) != RP_OK)
		return st;
	if (o->merge &&
	    (st = rp_sink_open(&x->out, x->cli, o->output, NULL)) != RP_OK)
		return st;
	x->out.noted = true; /* it comes back with each part */
	st = workers_start(&x->ws, x->cli, x->cli->argv[0], n, o->merge);
	if (st == RP_OK)
		st = open_writers(x);
	if (st == RP_OK && o->merge)
		st = gather_new(&x->gather, &x->ws, &x->out, o->directory);
	return st;
}

/* END to each; then it is theirs. */
static enum rp_status
finish(struct fan *x)
{
	uint32_t flags = x->in.end_flags & ~(uint32_t)RP_END_MORE;
	enum rp_status st = note(x);

	for (uint32_t i = 0; i < x->ws.n && st == RP_OK; i++) {
		st = sent(x, i, rp_writer_finish(x->parts[i].w, flags));
		if (st == RP_OK)
			worker_close_input(&x->ws.worker[i]);
	}
	if (st != RP_OK)
		return st;
	if (!workers_finish(&x->ws))
		return cause(x, RP_ERR_IO);
	return x->gather != NULL ? gather_finish(x->gather) : RP_OK;
}

static enum rp_status
fan(struct fan *x)
{
	enum rp_status st = start(x);
	uint32_t flags;

	x->in.wait = idle;
	x->in.wait_arg = x;
	if (st == RP_OK)
		st = cause(x, take_all(x));
	if (st == RP_END)
		st = finish(x);
	if (x->ws.failed != NULL) /* what was told since comes of that */
		x->cli->error = (struct rp_error){ 0 };
	rp_input_close(&x->in);
	st = workers_stop(&x->ws, st);
	if (x->parts != NULL)
		report(x);
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
	for (uint32_t i = 0; x.parts != NULL && i < x.ws.n; i++) {
		rp_writer_free(x.parts[i].w);
		rp_buffer_free(&x.parts[i].picked);
	}
	free(x.parts);
	workers_free(&x.ws);
	deal_free(x.deal);
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
		{ 0, "by", RP_OPT_STRING, &o.deal.by, "FIELD",
		    "deal by the hash of symbol (default), source or another "
		    "field",
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
