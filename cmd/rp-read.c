/*
 * rp-read: logs, merged by time, or segments and stream files as one stream.
 *
 * Reads log directories by their index and files from front to back; writes a
 * stream. Frames that pass whole are verified by their hashes and copied
 * undecoded, frames that cannot pass are not even read. Memory: a frame out,
 * a frame in for each log that overlaps others in time, and the index of a
 * segment of each when something is selected.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/time.h"
#include "cli/checkpoint.h"
#include "cli/cli.h"
#include "cli/logs.h"
#include "cli/select.h"
#include "cli/stores.h"
#include "log/position.h"
#include "log/readers.h"
#include "log/segment.h"

struct opts {
	struct rp_select_options select;
	uint64_t limit;
	bool follow, from_now;
	int64_t until_idle, hold; /* ns; negative: not given */
	const char *name, *after, *output;
	struct rp_writer_options writer;
	struct rp_store_choice store;
};

static const struct rp_tool tool = {
	.name = "rp-read",
	.usage = "[--from T] [--to T] [-s SYMBOL] [-t TYPE] [-w EXPR] [-n N] "
		 "[--follow] [LOG | FILE ...]",
	.summary = "read logs, segments or streams as one stream",
	.flags = RP_TOOL_SOURCE | RP_TOOL_STATS | RP_TOOL_NOTES | RP_TOOL_FORCE,
};

struct reading {
	struct rp_cli *cli;
	const struct opts *o;
	struct rp_select *select;
	struct rp_stores stores;
	struct rp_sink out;
	uint64_t left; /* records that --limit still allows */
	uint32_t end_flags;
	struct rp_logs *logs;
	bool let_go; /* what idle logs held up, before the end */
	int64_t heard; /* when a log last had something, monotonic ns */
};

/* ---- logs ---- */

/* A whole frame, undecoded if all of it passes. */
static enum rp_status
copy_frame(struct reading *r, struct rp_logs_run *run)
{
	struct rp_frame *f = run->run.frame;
	const struct rp_record *rec = NULL;
	enum rp_status st;

	if (f->head.kind != RP_DATA)
		return rp_sink_forward(&r->out, f);
	if (!run->some && f->rows == NULL && f->head.records <= r->left) {
		if ((st = rp_logs_load(r->logs, run, false)) != RP_OK)
			return st;
		r->left -= f->head.records;
		return rp_sink_forward(&r->out, f);
	}
	st = rp_logs_load(r->logs, run, true);
	while (st == RP_OK && r->left > 0 &&
	    (rec = rp_frame_next(f, rec)) != NULL) {
		if (!rp_logs_wants(run, rec))
			continue;
		st = rp_sink_put(&r->out, f, rec);
		r->left--;
	}
	return st;
}

static enum rp_status
copy_records(struct reading *r, const struct rp_merge_run *run)
{
	const struct rp_record *rec = run->first;
	enum rp_status st = RP_OK;

	for (; rec < run->end && r->left > 0 && st == RP_OK;
	     rec = rp_record_after(rec)) {
		st = rp_sink_put(&r->out, run->frame, rec);
		r->left--;
	}
	return st;
}

/*
 * How far the logs have been read: a time, if it has only gone forward, and of
 * one log a seq, if nothing but its end stops us.
 */
static enum rp_status
mark(struct reading *r)
{
	int64_t ts = rp_logs_low(r->logs);
	uint64_t seq = rp_logs_last_seq(r->logs);
	enum rp_status st;

	if (ts == INT64_MIN && seq == 0)
		return RP_OK;
	if ((st = rp_sink_note(&r->out)) != RP_OK)
		return st;
	st = rp_writer_mark(r->out.w, ts, seq);
	return st == RP_OK ? st
			   : rp_error_set(&r->cli->error, st, "%s",
				 rp_writer_error(r->out.w)->text);
}

/*
 * Nothing there yet: let out what is in hand, with a MARK, and wait. RP_END:
 * it is time to stop.
 */
static enum rp_status
idle(struct reading *r, bool *marked)
{
	int64_t now = rp_clock_monotonic(), ms = -1;
	enum rp_status st;

	if (rp_cli_stopping() || r->let_go)
		return RP_END;
	if (!*marked && (st = mark(r)) != RP_OK)
		return st;
	*marked = true;
	if (r->o->until_idle >= 0) {
		ms = (r->heard + r->o->until_idle - now) / 1000000;
		if (now >= r->heard + r->o->until_idle) {
			r->let_go = true;
			rp_logs_let_go(r->logs);
			return RP_OK;
		}
	}
	rp_logs_wait(r->logs, ms < 0 || ms > 1000 ? 1000 : (int)ms + 1);
	rp_cli_progress(r->cli);
	return RP_OK;
}

static enum rp_status
copy_logs(struct reading *r)
{
	bool marked = false;
	struct rp_logs_run run;
	enum rp_status st = RP_OK;

	r->heard = rp_clock_monotonic();
	while (st == RP_OK && r->left > 0 && !rp_cli_stopping()) {
		st = rp_logs_next(r->logs, &run);
		if (st == RP_EMPTY) {
			st = idle(r, &marked);
			continue;
		}
		if (st != RP_OK)
			break;
		if (r->o->follow) {
			r->heard = rp_clock_monotonic();
			marked = false;
		}
		st = run.run.first == NULL ? copy_frame(r, &run)
					   : copy_records(r, &run.run);
	}
	if (st == RP_END && (st = mark(r)) == RP_OK)
		st = RP_END;
	return st;
}

/* Behind what the checkpoint of --after reflects. */
static enum rp_status
find_checkpoint(struct reading *r, const char *dir, uint64_t *after)
{
	struct rp_error why = { 0 };
	struct rp_checkpoint_file c;
	enum rp_status st = rp_checkpoint_read(r->cli, r->o->after, &c);

	rp_checkpoint_release(&c);
	if (st != RP_OK)
		return st;
	*after = c.head.seq;
	st = rp_log_check_position(
	    dir, &r->stores.remote, c.head.log, c.head.seq, &why);
	return st == RP_OK ? st
			   : rp_error_set(&r->cli->error, st, "--after %s: %s",
				 r->o->after, why.text);
}

static enum rp_status
read_logs(struct reading *r, const struct rp_log_names *names)
{
	struct rp_logs_options opt = { .select = r->select,
		.remote = &r->stores.remote,
		.follow = r->o->follow,
		.from_end = r->o->from_now,
		.hold = r->o->hold };
	enum rp_status st = RP_OK;

	if (r->o->name != NULL)
		st = rp_log_confirmed(names->item[0].path, opt.remote,
		    r->o->name, &opt.after, &r->cli->error);
	if (r->o->after != NULL)
		st = find_checkpoint(r, names->item[0].path, &opt.after);
	if (st == RP_OK)
		st = rp_logs_open(&r->logs, r->cli, names, &opt);
	if (st == RP_OK)
		st = copy_logs(r);
	if (r->logs != NULL && rp_logs_late(r->logs) > 0)
		rp_cli_warn(r->cli,
		    "%" PRIu64 " records came after later ones of other logs "
		    "(--hold)",
		    rp_logs_late(r->logs));
	r->end_flags |= rp_logs_close(r->logs);
	r->logs = NULL;
	return st == RP_END ? RP_OK : st;
}

/* ---- files ---- */

static enum rp_status
copy_file_frame(struct reading *r, struct rp_input *in, struct rp_frame *f)
{
	const struct rp_record *rec = NULL;
	enum rp_verdict v;
	enum rp_status st;

	if (f->head.kind != RP_DATA)
		return rp_sink_forward(&r->out, f);
	if (rp_select_frame(r->select, f, &v) != RP_OK)
		return rp_error_no_memory(&r->cli->error);
	if (v == RP_PASS_NONE)
		return RP_OK;
	if (v == RP_PASS_ALL && f->head.records <= r->left) {
		if ((st = rp_input_body(in, f)) != RP_OK)
			return st;
		r->left -= f->head.records;
		return rp_sink_forward(&r->out, f);
	}
	st = rp_input_rows(in, f);
	while (st == RP_OK && r->left > 0 &&
	    (rec = rp_frame_next(f, rec)) != NULL) {
		if (v != RP_PASS_ALL && !rp_select_record(r->select, f, rec))
			continue;
		st = rp_sink_put(&r->out, f, rec);
		r->left--;
	}
	return st;
}

static enum rp_status
read_files(struct reading *r)
{
	struct rp_input in;
	struct rp_frame f;
	enum rp_status st = RP_OK;

	rp_input_init(&in, r->cli, false);
	in.remote = &r->stores.remote;
	while (st == RP_OK && r->left > 0 &&
	    (st = rp_input_head(&in, &f)) == RP_OK)
		st = copy_file_frame(r, &in, &f);
	r->end_flags |= in.end_flags;
	rp_input_close(&in);
	return st == RP_END ? RP_OK : st;
}

/* ---- operands ---- */

/* The logs that the operands mean; none: they are files. */
static enum rp_status
find_logs(struct reading *r, struct rp_log_names *logs)
{
	struct rp_cli *cli = r->cli;
	bool follow = r->o->follow;
	const char *file = NULL;
	enum rp_status st;

	for (int i = 0; i < cli->argc; i++) {
		const char *name = rp_log_path(cli->argv[i]);

		st = rp_log_names_add(
		    logs, name, &r->stores.remote, &cli->error);
		if (st < RP_OK)
			return st;
		if (follow && rp_log_is_remote(name))
			return rp_cli_usage(cli,
			    "%s: --follow takes directories: what is in a "
			    "store does not grow",
			    name);
		if (st == RP_OK)
			continue;
		if (rp_log_is_directory(name) && follow) {
			st = rp_log_names_add_empty(logs, name, &cli->error);
			if (st != RP_OK)
				return st;
			continue;
		}
		if (rp_log_is_directory(name))
			return rp_error_set(&cli->error, RP_ERR_TRUNCATED,
			    "%s: not a log: no segments in it", name);
		if (access(name, F_OK) != 0 && rp_log_is_glob(name) &&
		    !rp_log_is_remote(name))
			return rp_error_set(
			    &cli->error, RP_ERR_IO, "%s: matches no log", name);
		file = name;
	}
	if (file != NULL && logs->n > 0)
		return rp_cli_usage(cli,
		    "%s is no log: logs are merged by time, files follow one "
		    "another",
		    file);
	return RP_OK;
}

static enum rp_status
check_opts(struct rp_cli *cli, struct opts *o, const struct rp_log_names *logs)
{
	if ((o->follow || o->name != NULL || o->after != NULL) &&
	    logs->n == 0 && cli->argc > 0 && access(cli->argv[0], F_OK) != 0)
		return rp_error_errno(&cli->error, "%s", cli->argv[0]);
	if (o->follow && logs->n == 0)
		return rp_cli_usage(cli, "--follow takes logs");
	if (o->name != NULL && logs->n != 1)
		return rp_cli_usage(cli, "--name takes one log");
	if (o->after != NULL && logs->n != 1)
		return rp_cli_usage(cli, "--after takes one log");
	if (o->after != NULL && o->name != NULL)
		return rp_cli_usage(
		    cli, "--after and --name are two places to begin at");
	if (o->select.seq != NULL && logs->n > 1)
		return rp_cli_usage(
		    cli, "--seq takes one log: each has its own numbers");
	if (o->until_idle >= 0 && !o->follow)
		return rp_cli_usage(cli, "--until-idle goes with --follow");
	if (o->hold >= 0 && !o->follow)
		return rp_cli_usage(cli, "--hold goes with --follow");
	if (o->hold < 0)
		o->hold = RP_SECOND;
	if (o->follow && o->select.from != NULL &&
	    strcmp(o->select.from, "now") == 0) {
		o->from_now = true;
		o->select.from = NULL;
	}
	return RP_OK;
}

static enum rp_status
read_all(struct reading *r, struct opts *o, const struct rp_log_names *logs)
{
	enum rp_status st;

	if (o->follow)
		rp_cli_live();
	o->writer.thinned = rp_select_thins(r->select);
	st = rp_sink_open(&r->out, r->cli, o->output, &o->writer);
	if (st != RP_OK)
		return st;
	st = logs->n > 0 ? read_logs(r, logs) : read_files(r);
	if (r->left == 0)
		r->end_flags |= RP_END_EARLY;
	return rp_sink_close(&r->out, st, r->end_flags);
}

static enum rp_status
run(struct rp_cli *cli, struct opts *o)
{
	struct reading r = { .cli = cli, .o = o, .left = o->limit };
	struct rp_log_names logs = { 0 };
	enum rp_status st;

	rp_stores_init(&r.stores, cli, &o->store);
	if ((st = find_logs(&r, &logs)) == RP_OK &&
	    (st = check_opts(cli, o, &logs)) == RP_OK &&
	    (st = rp_cli_select(cli, &o->select, &r.select)) == RP_OK)
		st = read_all(&r, o, &logs);
	rp_select_free(r.select);
	rp_log_names_free(&logs);
	rp_stores_free(&r.stores);
	return st;
}

int
main(int argc, char **argv)
{
	struct opts o = { .limit = UINT64_MAX,
		.until_idle = -1,
		.hold = -1,
		.store = RP_STORE_CHOICE };
	const struct rp_option options[] = {
		RP_SELECT_OPTIONS(&o.select),
		{ 'n', "limit", RP_OPT_COUNT, &o.limit, "N",
		    "stop after N records", NULL },
		{ 'f', "follow", RP_OPT_FLAG, &o.follow, NULL,
		    "go on as the log grows; --from now: only what is new",
		    NULL },
		{ 0, "until-idle", RP_OPT_SPAN, &o.until_idle, "SPAN",
		    "but end after nothing came for so long", NULL },
		{ 0, "hold", RP_OPT_SPAN, &o.hold, "SPAN",
		    "of several: how long an idle log holds up the others "
		    "(default 1s)",
		    NULL },
		{ 0, "shard", RP_OPT_STRING, &o.select.shard, "I/N",
		    "the symbols of part I of N, as rp-fan deals them", NULL },
		{ 0, "name", RP_OPT_STRING, &o.name, "NAME",
		    "start after what the sink of that name confirmed", NULL },
		{ 0, "after", RP_OPT_STRING, &o.after, "FILE",
		    "start after what a checkpoint of rp-book reflects", NULL },
		{ 'o', "output", RP_OPT_STRING, &o.output, "FILE",
		    "write to FILE, whole or not at all", NULL },
		RP_STORE_OPTIONS(&o.store),
		RP_OPT_END,
	};
	struct rp_cli cli;

	if (!rp_cli_start(&cli, &tool, options, argc, argv))
		return rp_cli_status(&cli);
	return rp_cli_end(&cli, run(&cli, &o));
}
