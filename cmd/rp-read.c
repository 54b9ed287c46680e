/*
 * rp-read: a log, segments or stream files as one stream.
 *
 * Reads log directories by their index and files from front to back; writes a
 * stream. Frames that pass whole are verified by their hashes and copied
 * undecoded, frames that cannot pass are not even read. Memory: a frame in and
 * a frame out, and the index of a segment when something is selected.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/time.h"
#include "cli/cli.h"
#include "cli/select.h"
#include "log/gap.h"
#include "log/reader.h"
#include "log/readers.h"
#include "log/segment.h"

struct opts {
	struct rp_select_options select;
	uint64_t limit;
	bool follow, from_now;
	int64_t until_idle; /* ns; negative: not given */
	const char *name, *output;
	struct rp_writer_options writer;
};

static const struct rp_tool tool = {
	.name = "rp-read",
	.usage = "[--from T] [--to T] [-s SYMBOL] [-t TYPE] [-w EXPR] [-n N] "
		 "[--follow] [LOG | FILE ...]",
	.summary = "read logs, segments or streams as one stream",
	.flags = RP_TOOL_SOURCE | RP_TOOL_STATS | RP_TOOL_NOTES | RP_TOOL_FORCE,
};

/* One operand at a time, and what is wanted of it. */
struct reading {
	struct rp_cli *cli;
	const struct opts *o;
	struct rp_select *select;
	struct rp_sink out;
	uint64_t left; /* records that --limit still allows */
	uint64_t after; /* --name: only what has a higher seq */
	uint32_t end_flags;

	struct rp_log_reader *log; /* NULL: a file, by in */
	struct rp_input in;
	bool bounded; /* the selection ends before the log does */
	bool ordered; /* by time, so far */
	int64_t ts_high;
	int64_t heard; /* when the log last had something, monotonic ns */
};

static enum rp_status
failed(struct reading *r, enum rp_status st)
{
	return st >= RP_OK ? st
			   : rp_error_set(&r->cli->error, st, "%s",
				 rp_log_reader_error(r->log)->text);
}

/* ---- one frame ---- */

static enum rp_status
verdict(struct reading *r, const struct rp_frame *f, enum rp_verdict *v)
{
	enum rp_status st = rp_select_frame(r->select, f, v);

	if (st != RP_OK)
		return rp_error_set(&r->cli->error, st, "out of memory");
	if (r->after != 0 && f->head.seq_max <= r->after)
		*v = RP_PASS_NONE;
	else if (*v == RP_PASS_ALL &&
	    (f->head.records > r->left ||
		(r->after != 0 && f->head.seq_min <= r->after)))
		*v = RP_PASS_SOME;
	return RP_OK;
}

/* Asked by the log's reader, of a frame's header and directory. */
static bool
want(void *arg, const struct rp_frame *f)
{
	struct reading *r = arg;
	enum rp_verdict v;

	return verdict(r, f, &v) == RP_OK && v != RP_PASS_NONE;
}

static enum rp_status
load(struct reading *r, struct rp_frame *f, bool rows)
{
	if (r->log == NULL)
		return rows ? rp_input_rows(&r->in, f)
			    : rp_input_body(&r->in, f);
	return failed(r,
	    rows ? rp_log_reader_rows(r->log, f)
		 : rp_log_reader_body(r->log, f));
}

static enum rp_status
put_records(struct reading *r, const struct rp_frame *f)
{
	const struct rp_record *rec = NULL;
	enum rp_status st = RP_OK;

	while (st == RP_OK && r->left > 0 &&
	    (rec = rp_frame_next(f, rec)) != NULL) {
		if (r->after != 0 && rec->seq <= r->after)
			continue;
		if (!rp_select_record(r->select, f, rec))
			continue;
		st = rp_sink_put(&r->out, f, rec);
		r->left--;
	}
	return st;
}

static enum rp_status
copy_frame(struct reading *r, struct rp_frame *f)
{
	enum rp_verdict v;
	enum rp_status st;

	if (f->head.kind != RP_DATA)
		return rp_sink_forward(&r->out, f);
	r->ordered &= (f->head.flags & RP_FRAME_TS_ORDERED) &&
	    f->head.ts_min >= r->ts_high;
	r->ts_high = f->head.ts_max > r->ts_high ? f->head.ts_max : r->ts_high;
	if ((st = verdict(r, f, &v)) != RP_OK || v == RP_PASS_NONE)
		return st;
	if ((st = load(r, f, v == RP_PASS_SOME)) != RP_OK)
		return st;
	if (v == RP_PASS_SOME)
		return put_records(r, f);
	r->left -= f->head.records;
	return rp_sink_forward(&r->out, f);
}

/* ---- logs ---- */

/*
 * How far the log has been read: a time, if it has only gone forward, and a seq,
 * if nothing but the end of the log stops us.
 */
static enum rp_status
mark(struct reading *r)
{
	int64_t ts = r->ordered ? r->ts_high : INT64_MIN;
	uint64_t seq = r->bounded ? 0 : rp_log_reader_last_seq(r->log);
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
 * What retention took away of what was asked for: a warning, and a gap record in
 * front of the frame that is there (NULL: at the end).
 */
static enum rp_status
tell_lost(struct reading *r, const char *dir, const struct rp_frame *next)
{
	struct rp_log_range lost;
	union rp_log_gap gap;

	if (!rp_log_reader_lost(r->log, &lost))
		return RP_OK;
	rp_cli_warn(r->cli, "%s: seq %" PRIu64 " to %" PRIu64 " were trimmed",
	    dir, lost.seq_min, lost.seq_max);
	if (r->left == 0 || !rp_select_has_type(r->select, RP_GAP))
		return RP_OK;
	rp_log_gap_init(&gap, RP_GAP_TRIMMED,
	    next != NULL ? next->head.ts_min : lost.ts_max, lost.seq_min,
	    lost.seq_max);
	gap.rec.seq = lost.seq_max;
	r->left--;
	return rp_sink_add(&r->out, &gap.rec, NULL, NULL);
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

	if (rp_cli_stopping())
		return RP_END;
	if (!*marked && (st = mark(r)) != RP_OK)
		return st;
	*marked = true;
	if (r->o->until_idle >= 0) {
		ms = (r->heard + r->o->until_idle - now) / 1000000;
		if (now >= r->heard + r->o->until_idle)
			return RP_END;
	}
	rp_log_reader_wait(r->log, ms < 0 || ms > 1000 ? 1000 : (int)ms + 1);
	rp_cli_progress(r->cli);
	return RP_OK;
}

static enum rp_status
copy_log(struct reading *r, const char *dir)
{
	struct rp_counts *counts = &r->cli->counts;
	bool marked = false;
	struct rp_frame f;
	enum rp_status st = RP_OK;

	r->heard = rp_clock_monotonic();
	while (st == RP_OK && r->left > 0 && !rp_cli_stopping()) {
		st = failed(r, rp_log_reader_head(r->log, &f));
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
		counts->bytes_in += f.size;
		counts->records_in += f.head.records;
		st = f.head.kind == RP_DATA ? tell_lost(r, dir, &f) : RP_OK;
		if (st == RP_OK)
			st = copy_frame(r, &f);
		rp_cli_progress(r->cli);
	}
	r->end_flags |= rp_log_reader_end_flags(r->log);
	if (st == RP_END && (st = tell_lost(r, dir, NULL)) == RP_OK)
		st = RP_END;
	if (st == RP_END && r->cli->argc == 1 && (st = mark(r)) == RP_OK)
		st = RP_END;
	return st;
}

/* Times such as 09:30 are of the log's first day. */
static enum rp_status
find_start(struct reading *r, const char *dir)
{
	const struct rp_log_reader_options plain = { 0 };
	struct rp_log_reader *log;
	struct rp_frame f;
	enum rp_status st;

	st = rp_log_reader_open(&log, dir, &plain, &r->cli->error);
	if (st != RP_OK)
		return st;
	do
		st = rp_log_reader_head(log, &f);
	while (st == RP_OK && f.head.kind != RP_DATA);
	if (st == RP_OK)
		rp_select_start(r->select, f.head.ts_min);
	else if (st < RP_OK)
		st = rp_error_set(
		    &r->cli->error, st, "%s", rp_log_reader_error(log)->text);
	rp_log_reader_free(log);
	return st >= RP_OK ? RP_OK : st;
}

static enum rp_status
read_log(struct reading *r, const char *dir)
{
	struct rp_log_reader_options opt = { .follow = r->o->follow,
		.from_end = r->o->from_now };
	struct rp_select_range range;
	struct rp_log_range log_range;
	enum rp_status st = RP_OK;

	if (r->o->name != NULL)
		st = rp_log_confirmed(
		    dir, r->o->name, &r->after, &r->cli->error);
	if (st == RP_OK && rp_select_needs_start(r->select))
		st = find_start(r, dir);
	if (st != RP_OK)
		return st;
	if (!rp_select_is_all(r->select) || r->after != 0) {
		rp_select_range(r->select, &range);
		log_range = (struct rp_log_range){ range.seq_min, range.seq_max,
			range.ts_min, range.ts_max };
		if (log_range.seq_min <= r->after)
			log_range.seq_min = r->after + 1;
		r->bounded =
		    range.seq_max != UINT64_MAX || range.ts_max != INT64_MAX;
		opt.tell_lost = r->after != 0 || range.seq_min != 0 ||
		    range.ts_min != INT64_MIN;
		opt.range = &log_range;
		opt.want = want;
		opt.want_arg = r;
	}
	st = rp_log_reader_open(&r->log, dir, &opt, &r->cli->error);
	if (st == RP_OK)
		st = copy_log(r, dir);
	rp_log_reader_free(r->log);
	r->log = NULL;
	r->after = 0;
	return st == RP_END ? RP_OK : st;
}

/* ---- operands ---- */

static enum rp_status
read_file(struct reading *r, char **name)
{
	struct rp_frame f;
	enum rp_status st = RP_OK;

	rp_input_init_names(&r->in, r->cli, name, 1, false);
	while (st == RP_OK && r->left > 0 &&
	    (st = rp_input_head(&r->in, &f)) == RP_OK)
		st = copy_frame(r, &f);
	r->end_flags |= r->in.end_flags;
	rp_input_close(&r->in);
	return st == RP_END ? RP_OK : st;
}

static enum rp_status
read_operands(struct reading *r)
{
	static char dash[] = "-";
	static char *standard[] = { dash };
	struct rp_cli *cli = r->cli;
	char **names = cli->argc > 0 ? cli->argv : standard;
	int n = cli->argc > 0 ? cli->argc : 1;
	enum rp_status st = RP_OK;

	for (int i = 0; i < n && st == RP_OK && r->left > 0; i++)
		st = rp_log_is_directory(names[i]) ? read_log(r, names[i])
						   : read_file(r, &names[i]);
	if (r->left == 0)
		r->end_flags |= RP_END_EARLY;
	return st;
}

static enum rp_status
check_opts(struct rp_cli *cli, struct opts *o)
{
	bool one = cli->argc == 1;
	bool log = one && rp_log_is_directory(cli->argv[0]);

	if ((o->follow || o->name != NULL) && one &&
	    access(cli->argv[0], F_OK) != 0)
		return rp_error_errno(&cli->error, "%s", cli->argv[0]);
	if (o->follow && !log)
		return rp_cli_usage(cli, "--follow takes one log");
	if (o->name != NULL && !log)
		return rp_cli_usage(cli, "--name takes one log");
	if (o->until_idle >= 0 && !o->follow)
		return rp_cli_usage(cli, "--until-idle goes with --follow");
	if (o->follow && o->select.from != NULL &&
	    strcmp(o->select.from, "now") == 0) {
		o->from_now = true;
		o->select.from = NULL;
	}
	return RP_OK;
}

static enum rp_status
run(struct rp_cli *cli, struct opts *o)
{
	struct reading r = { .cli = cli,
		.o = o,
		.ordered = true,
		.ts_high = INT64_MIN,
		.left = o->limit };
	enum rp_status st;

	if ((st = check_opts(cli, o)) != RP_OK ||
	    (st = rp_cli_select(cli, &o->select, &r.select)) != RP_OK)
		return st;
	if (o->follow)
		rp_cli_live();
	o->writer.thinned = rp_select_thins(r.select);
	st = rp_sink_open(&r.out, cli, o->output, &o->writer);
	if (st == RP_OK) {
		st = read_operands(&r);
		st = rp_sink_close(&r.out, st, r.end_flags);
	}
	rp_select_free(r.select);
	return st;
}

int
main(int argc, char **argv)
{
	struct opts o = { .limit = UINT64_MAX, .until_idle = -1 };
	const struct rp_option options[] = {
		RP_SELECT_OPTIONS(&o.select),
		{ 'n', "limit", RP_OPT_COUNT, &o.limit, "N",
		    "stop after N records", NULL },
		{ 'f', "follow", RP_OPT_FLAG, &o.follow, NULL,
		    "go on as the log grows; --from now: only what is new",
		    NULL },
		{ 0, "until-idle", RP_OPT_SPAN, &o.until_idle, "SPAN",
		    "but end after nothing came for so long", NULL },
		{ 0, "name", RP_OPT_STRING, &o.name, "NAME",
		    "start after what the sink of that name confirmed", NULL },
		{ 'o', "output", RP_OPT_STRING, &o.output, "FILE",
		    "write to FILE, whole or not at all", NULL },
		RP_OPT_END,
	};
	struct rp_cli cli;

	if (!rp_cli_start(&cli, &tool, options, argc, argv))
		return rp_cli_status(&cli);
	return rp_cli_end(&cli, run(&cli, &o));
}
