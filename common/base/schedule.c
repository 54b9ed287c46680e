#include "base/schedule.h"

#define SECOND UINT64_C(1000000000)
#define FAR (INT64_MAX / 4) /* ns: no stream is as long, and no sum overflows */

/* A distance of the stream as one of the clock. */
static int64_t
scale(const struct rp_schedule *s, int64_t from, int64_t to)
{
	rp_wide d = (rp_wide)to - from;
	int exp;

	for (exp = s->speed.exp; exp < 0; exp++)
		d *= 10;
	d /= s->speed.mantissa;
	for (; exp > 0; exp--)
		d /= 10;
	if (d > FAR)
		return FAR;
	return d < -FAR ? -FAR : (int64_t)d;
}

static int64_t
bounded(int64_t due)
{
	return due < FAR ? due : FAR;
}

/* The nth record at a fixed rate. */
static int64_t
at_rate(const struct rp_schedule *s)
{
	uint64_t sec = s->n / s->rate, rest = s->n % s->rate;

	if (sec > (uint64_t)FAR / SECOND)
		return FAR;
	return (int64_t)(sec * SECOND +
	    (uint64_t)((rp_wide)rest * SECOND / s->rate));
}

static void
cut_gap(struct rp_schedule *s, int64_t ts, int64_t by)
{
	s->gaps++;
	s->cut = by;
	s->cut_all = bounded(s->cut_all + by);
	s->from_ts = ts;
	s->from_due = bounded(s->due_high + s->max_gap);
}

/* By time, and on: distances count from where the last gap was cut. */
static int64_t
by_time(struct rp_schedule *s, int64_t ts)
{
	int64_t due = bounded(s->from_due + scale(s, s->from_ts, ts));

	if (s->max_gap > 0 && due - s->due_high > s->max_gap) {
		cut_gap(s, ts, due - s->due_high - s->max_gap);
		due = s->from_due;
	}
	return due;
}

int64_t
rp_schedule_next(struct rp_schedule *s, int64_t ts, bool *ahead)
{
	int64_t due;

	*ahead = true;
	if (s->rate > 0) {
		due = at_rate(s);
		s->n++;
		return due;
	}
	if (ts == RP_ABSENT)
		return s->due_high;
	if (s->n++ == 0)
		s->from_ts = s->ts_high = ts;
	if (ts < s->ts_high) {
		*ahead = false;
		s->back++;
		return s->from_due + scale(s, s->from_ts, ts);
	}
	due = by_time(s, ts);
	s->ts_high = ts;
	s->due_high = due;
	return due;
}

int64_t
rp_schedule_peek(const struct rp_schedule *s, int64_t ts)
{
	struct rp_schedule copy = *s;
	bool ahead;

	return rp_schedule_next(&copy, ts, &ahead);
}
