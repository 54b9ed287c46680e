#include "cli/pacer.h"

#include <poll.h>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/limits.h"

/* ns */
enum {
	TICK = 50000, /* from one wake-up to the next, at least */
	SPIN = 100000, /* what a sleep may come back too late */
	LONG = RP_FRAME_TIME_MS * 1000000, /* worth a MARK */
	NAP = 200000000 /* until a look at signals and progress */
};

void
rp_pacer_init(struct rp_pacer *p, struct rp_sink *sink, bool precise)
{
	*p = (struct rp_pacer){ .sink = sink, .precise = precise };
	rp_clock_sharpen();
	p->start = p->now = rp_clock_monotonic();
}

enum rp_status
rp_pacer_flush(struct rp_pacer *p)
{
	enum rp_status st;
	uint32_t i;

	if (p->n_due == 0)
		return RP_OK;
	if ((st = rp_sink_flush(p->sink)) != RP_OK)
		return st;
	p->now = rp_clock_monotonic();
	for (i = 0; i < p->n_due; i++)
		rp_histogram_add(&p->late, (uint64_t)(p->now - p->due[i]));
	p->n_due = 0;
	return RP_OK;
}

enum rp_status
rp_pacer_put(struct rp_pacer *p, int64_t due)
{
	p->due[p->n_due++] = due;
	return p->n_due < RP_PACER_PENDING ? RP_OK : rp_pacer_flush(p);
}

/* Has the reader of a pipe gone? The next write may be hours away. */
static bool
is_left(int fd)
{
	struct pollfd p = { .fd = fd };

	return poll(&p, 1, 0) == 1 && (p.revents & POLLERR) != 0;
}

static enum rp_status
sleep_until(struct rp_pacer *p, int64_t until)
{
	const struct rp_output *out = &p->sink->out;

	while (p->now < until && !rp_cli_stopping()) {
		rp_clock_sleep_until(
		    until - p->now > NAP ? p->now + NAP : until);
		p->now = rp_clock_monotonic();
		rp_cli_progress(out->cli);
		if (p->now < until && is_left(out->fd))
			return rp_error_set(
			    &out->cli->error, RP_ERR_PIPE, "nobody reads");
	}
	return RP_OK;
}

enum rp_status
rp_pacer_wait(struct rp_pacer *p, int64_t due, int64_t ts_recv)
{
	enum rp_status st;

	if (due <= p->now)
		return RP_OK;
	p->now = rp_clock_monotonic();
	if (due <= p->now)
		return RP_OK;
	if ((st = rp_pacer_flush(p)) != RP_OK)
		return st;
	if (due - p->now > LONG && !p->unordered &&
	    (st = rp_sink_mark(p->sink, ts_recv)) != RP_OK)
		return st;
	if (p->precise)
		st = sleep_until(p, due - SPIN);
	else
		st = sleep_until(p, due - p->now > TICK ? due : p->now + TICK);
	while (st == RP_OK && p->now < due && !rp_cli_stopping())
		p->now = rp_clock_monotonic();
	return st == RP_OK && rp_cli_stopping() ? RP_END : st;
}

void
rp_pacer_report(const struct rp_pacer *p, struct rp_cli *cli)
{
	static const struct {
		const char *name;
		uint32_t part;
	} at[] = { { "lateness_p50_ns", 500 }, { "lateness_p90_ns", 900 },
		{ "lateness_p99_ns", 990 }, { "lateness_p99.9_ns", 999 } };
	size_t i;

	for (i = 0; i < RP_LEN(at); i++)
		rp_cli_count(cli, at[i].name,
		    rp_histogram_at(&p->late, at[i].part, 1000));
	rp_cli_count(cli, "lateness_max_ns", p->late.max);
}
