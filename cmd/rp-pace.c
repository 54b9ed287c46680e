/*
 * rp-pace: the records of a stream in their time.
 *
 * Reads streams and writes one, holding each record back until it is due: by
 * the distances of the recording and a speed, or at a rate. On request it
 * moves the records' times to the present. Memory: a frame in and a frame out.
 */
#include <string.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "base/schedule.h"
#include "base/time.h"
#include "cli/cli.h"
#include "cli/pacer.h"
#include "types/times.h"
#include "types/types.h"

struct opts {
	const char *speed, *retime, *output;
	enum rp_clock clock;
	uint64_t rate;
	int64_t max_gap;
	bool max, precise;
};

static const struct rp_tool tool = {
	.name = "rp-pace",
	.usage = "[--speed X | --rate N | --max] [--retime MODE]\n"
		 "               [--max-gap SPAN] [-o FILE] [FILE ...]",
	.summary = "send records in their time",
	.flags = RP_TOOL_STATS | RP_TOOL_NOTES | RP_TOOL_FORCE,
};

enum retime { NONE, RELATIVE, CURRENT };
enum { TYPES = 64, MAX_EXP = 9, MAX_RATE = 1000000000 };
#define NO_RATE UINT64_MAX

struct pace {
	const struct opts *o;
	struct rp_cli *cli;
	struct rp_input in;
	struct rp_sink out;
	struct rp_pacer pacer;
	struct rp_schedule schedule;
	enum retime retime;
	bool by_event; /* the clock */
	bool passes; /* frames, as they are: nothing waits or is retimed */
	bool started;
	int64_t start; /* when the first record went out: ns since the epoch */
	int64_t ts_high; /* of ts_recv, as sent */
	struct rp_time_fields fields[TYPES], other; /* by type */
	struct rp_buffer copy; /* of a record that is retimed */
};

/* ---- records ---- */

static const struct rp_time_fields *
fields_of(struct pace *p, uint16_t type)
{
	struct rp_time_fields *t = type < TYPES ? &p->fields[type] : &p->other;

	if (!t->known || t == &p->other)
		rp_time_fields(t, type);
	return t;
}

static int64_t
time_of(struct pace *p, const struct rp_record *rec)
{
	return p->by_event ? rp_record_event(fields_of(p, rec->type), rec)
			   : rec->ts_recv;
}

/* The first record goes out now; all else is relative to it. */
static void
begin(struct pace *p)
{
	p->started = true;
	p->pacer.start = p->pacer.now = rp_clock_monotonic();
	p->start = rp_time_now();
	p->ts_high = INT64_MIN;
}

/* A copy of rec with the times it is to be sent with. */
static enum rp_status
retimed(struct pace *p, const struct rp_record *rec, int64_t due,
    const struct rp_record **out)
{
	int64_t ts = time_of(p, rec), to = p->start + due;
	struct rp_record *copy;

	if (p->retime == CURRENT)
		to = rp_time_now();
	if (ts == RP_ABSENT)
		ts = rec->ts_recv;
	p->copy.len = 0;
	if (rp_buffer_add(&p->copy, rec, rp_record_size(rec)) != RP_OK)
		return rp_error_no_memory(&p->cli->error);
	copy = (struct rp_record *)p->copy.data;
	rp_record_move(fields_of(p, rec->type), copy, (rp_wide)to - ts);
	*out = copy;
	return RP_OK;
}

/* What a pause before rec may promise: no ts_recv from now on is earlier. */
static int64_t
promise(struct pace *p, const struct rp_record *rec, int64_t due)
{
	if (p->by_event)
		return p->ts_high;
	if (p->retime == CURRENT)
		return rp_time_now();
	if (p->retime == RELATIVE)
		return p->start + due;
	p->pacer.unordered |= rec->ts_recv < p->ts_high;
	return rec->ts_recv;
}

static void
say_gap(struct pace *p, const struct rp_record *rec)
{
	char text[RP_TIME_ROOM];
	struct rp_time_text as = { 0 };
	size_t len;

	if (rec->ts_recv == RP_ABSENT)
		return;
	len = rp_time_format(&as, text, rec->ts_recv);
	rp_cli_say(p->cli, "before %.*s a gap is cut by %.3f s", (int)len, text,
	    (double)p->schedule.cut / 1e9);
}

static enum rp_status
put(struct pace *p, const struct rp_frame *f, const struct rp_record *rec)
{
	if (rec->ts_recv < p->ts_high)
		p->pacer.unordered = true;
	else
		p->ts_high = rec->ts_recv;
	return rp_sink_put(&p->out, f, rec);
}

static enum rp_status
pace_record(
    struct pace *p, const struct rp_frame *f, const struct rp_record *rec)
{
	uint64_t gaps = p->schedule.gaps;
	enum rp_status st = RP_OK;
	int64_t due, at;
	bool ahead;

	if (!p->started)
		begin(p);
	due = rp_schedule_next(&p->schedule, time_of(p, rec), &ahead);
	if (p->schedule.gaps > gaps)
		say_gap(p, rec);
	at = p->pacer.start + due;
	if (!p->o->max)
		st = rp_pacer_wait(&p->pacer, at, promise(p, rec, due));
	if (st == RP_OK && p->retime != NONE)
		st = retimed(p, rec, due, &rec);
	if (st == RP_OK)
		st = put(p, f, rec);
	if (st == RP_OK && !p->o->max)
		/* one that lies back cannot be in time */
		st = rp_pacer_put(&p->pacer, ahead ? at : p->pacer.now);
	return st;
}

/* ---- frames ---- */

static enum rp_status
pace_data(struct pace *p, struct rp_frame *f)
{
	const struct rp_record *rec = NULL;
	enum rp_status st;

	if (p->passes) {
		st = rp_input_body(&p->in, f);
		return st == RP_OK ? rp_sink_forward(&p->out, f) : st;
	}
	st = rp_input_rows(&p->in, f);
	while (st == RP_OK && (rec = rp_frame_next(f, rec)) != NULL)
		st = pace_record(p, f, rec);
	return st;
}

/* A promise about the input's times is one about ours only if we know how
 * these follow from those. */
static enum rp_status
pace_mark(struct pace *p, const struct rp_frame *f)
{
	int64_t ts = f->head.ts_min;

	if (p->retime == NONE)
		return rp_sink_forward(&p->out, f);
	if (p->retime == CURRENT || p->by_event || p->schedule.rate > 0 ||
	    !p->started || ts == INT64_MIN || p->in.n > 1)
		return RP_OK;
	return rp_sink_mark(
	    &p->out, p->start + rp_schedule_peek(&p->schedule, ts));
}

static enum rp_status
pace_frame(struct pace *p, struct rp_frame *f)
{
	enum rp_status st;

	if (f->head.kind == RP_DATA)
		return pace_data(p, f);
	st = rp_pacer_flush(&p->pacer);
	if (st == RP_OK && f->head.kind == RP_MARK)
		return pace_mark(p, f);
	if (st == RP_OK && (st = rp_input_body(&p->in, f)) == RP_OK)
		st = rp_sink_forward(&p->out, f);
	return st;
}

/* Before the input is waited for: what is due has gone out. */
static int
on_wait(void *arg)
{
	struct pace *p = arg;

	/* a failure is kept, and seen at the next record */
	(void)!rp_pacer_flush(&p->pacer);
	return -1;
}

/* ---- the ends ---- */

static void
report(const struct pace *p)
{
	const struct rp_schedule *s = &p->schedule;

	if (p->passes)
		return; /* nobody looked at the records */
	if (!p->o->max)
		rp_pacer_report(&p->pacer, p->cli);
	rp_cli_count(p->cli, "unordered", s->back);
	if (s->max_gap > 0) {
		rp_cli_count(p->cli, "gaps_cut", s->gaps);
		rp_cli_count(p->cli, "gaps_cut_ns", (uint64_t)s->cut_all);
	}
}

static enum rp_status
pace(struct pace *p)
{
	struct rp_frame f;
	enum rp_status st;

	while ((st = rp_input_head(&p->in, &f)) == RP_OK)
		if ((st = pace_frame(p, &f)) != RP_OK)
			return st;
	return st == RP_END ? rp_pacer_flush(&p->pacer) : st;
}

static enum rp_status
check_opts(struct pace *p)
{
	const struct opts *o = p->o;
	struct rp_decimal *speed = &p->schedule.speed;

	if ((o->speed != NULL) + (o->rate != NO_RATE) + o->max > 1)
		return rp_cli_usage(
		    p->cli, "one of --speed, --rate and --max, please");
	if (o->rate == 0 || (o->rate != NO_RATE && o->rate > MAX_RATE))
		return rp_cli_usage(
		    p->cli, "--rate is between 1 and %d records/s", MAX_RATE);
	if (o->rate != NO_RATE && o->max_gap != 0)
		return rp_cli_usage(
		    p->cli, "--max-gap: at a --rate there are no gaps");
	*speed = (struct rp_decimal){ .mantissa = 1 };
	if (o->speed != NULL &&
	    (rp_decimal_parse(o->speed, strlen(o->speed), speed) != RP_OK ||
		speed->mantissa <= 0 || speed->exp < -MAX_EXP ||
		speed->exp > MAX_EXP))
		return rp_cli_usage(p->cli,
		    "--speed %s: expected a factor above 0, such as 10 or 0.5",
		    o->speed);
	p->schedule.rate = o->rate != NO_RATE ? o->rate : 0;
	p->schedule.max_gap = o->max_gap;
	p->by_event = o->clock == RP_CLOCK_EVENT;
	if (o->retime != NULL && strcmp(o->retime, "none") != 0)
		p->retime =
		    strcmp(o->retime, "current") == 0 ? CURRENT : RELATIVE;
	p->passes = o->max && p->retime == NONE;
	return RP_OK;
}

static enum rp_status
run(struct rp_cli *cli, const struct opts *o)
{
	struct pace p = { .o = o, .cli = cli };
	enum rp_status st;

	if ((st = check_opts(&p)) != RP_OK)
		return st;
	rp_input_init(&p.in, cli, false);
	p.in.wait = on_wait;
	p.in.wait_arg = &p;
	if ((st = rp_sink_open(&p.out, cli, o->output, NULL)) == RP_OK) {
		rp_pacer_init(&p.pacer, &p.out, o->precise);
		st = pace(&p);
		report(&p);
	}
	rp_input_close(&p.in);
	st = rp_sink_close(&p.out, st, p.in.end_flags);
	rp_buffer_free(&p.copy);
	return st;
}

int
main(int argc, char **argv)
{
	struct opts o = { .rate = NO_RATE };
	const struct rp_option options[] = {
		{ 0, "speed", RP_OPT_STRING, &o.speed, "X",
		    "as recorded, but X times as fast (default 1)", NULL },
		{ 0, "rate", RP_OPT_COUNT, &o.rate, "N",
		    "N records/s, whatever their times", NULL },
		{ 0, "max", RP_OPT_FLAG, &o.max, NULL,
		    "as fast as possible: wait for nothing", NULL },
		{ 0, "clock", RP_OPT_CLOCK, &o.clock, "CLOCK",
		    "the time that counts: recv (default) or event",
		    RP_CLOCK_WORDS },
		{ 0, "retime", RP_OPT_STRING, &o.retime, "MODE",
		    "times: none (kept), relative to now, or current",
		    "none|relative|current" },
		{ 0, "max-gap", RP_OPT_SPAN, &o.max_gap, "SPAN",
		    "wait for no record longer than this", NULL },
		{ 0, "precise", RP_OPT_FLAG, &o.precise, NULL,
		    "spin the last 100 us before a record is due", NULL },
		{ 'o', "output", RP_OPT_STRING, &o.output, "FILE",
		    "write to FILE, whole or not at all", NULL },
		RP_OPT_END,
	};
	struct rp_cli cli;

	if (!rp_cli_start(&cli, &tool, options, argc, argv))
		return rp_cli_status(&cli);
	return rp_cli_end(&cli, run(&cli, &o));
}
