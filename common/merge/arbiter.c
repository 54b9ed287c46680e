#include "merge/arbiter.h"

#include <stdlib.h>

#include "merge/gaps.h"
#include "merge/unique.h"
#include "types/types.h"

struct rp_arbiter {
	struct rp_arbiter_options opt;
	struct rp_unique *unique; /* or NULL */
	struct rp_gaps *gaps; /* or NULL */
	bool (*is_there)(void *, size_t);
	void *arg;
	/* whose the last run was, and how far all others had come before it */
	size_t holder;
	int64_t before, others;
	struct rp_arbiter_totals counts[];
};

enum rp_status
rp_arbiter_new(struct rp_arbiter **out, const struct rp_arbiter_options *opt,
    size_t n, struct rp_error *err)
{
	struct rp_arbiter *l = calloc(1, sizeof(*l) + n * sizeof(l->counts[0]));
	enum rp_status st = RP_OK;

	if ((*out = l) == NULL)
		return rp_error_no_memory(err);
	l->opt = *opt;
	l->before = l->others = INT64_MIN;
	if (opt->unique != NULL)
		st = rp_unique_new(
		    &l->unique, opt->unique, opt->window, opt->within, err);
	if (st == RP_OK && opt->common_gaps &&
	    (l->gaps = rp_gaps_new(n)) == NULL)
		st = rp_error_no_memory(err);
	return st;
}

void
rp_arbiter_free(struct rp_arbiter *l)
{
	if (l == NULL)
		return;
	rp_unique_free(l->unique);
	rp_gaps_free(l->gaps);
	free(l);
}

void
rp_arbiter_on_presence(
    struct rp_arbiter *l, bool (*is_there)(void *, size_t), void *arg)
{
	l->is_there = is_there;
	l->arg = arg;
}

static bool
has_gaps(const struct rp_frame *f)
{
	for (uint32_t i = 0; i < f->n_types; i++)
		if (f->types[i].type == RP_GAP)
			return true;
	return false;
}

/* Times do not wrap. */
static bool
is_apart(int64_t a, int64_t b, int64_t window)
{
	return a < b && (uint64_t)b - (uint64_t)a > (uint64_t)window;
}

bool
rp_arbiter_concerns(
    struct rp_arbiter *l, const struct rp_merge_run *run, int64_t high)
{
	const struct rp_frame_head *h = &run->frame->head;

	if (run->input != l->holder)
		l->others = l->before;
	l->holder = run->input;
	l->before = high;
	if (l->gaps != NULL && has_gaps(run->frame))
		return true;
	if (l->unique == NULL)
		return false;
	/* no record can repeat, or be repeated by, one of another line */
	return !l->opt.by_recv || l->opt.within ||
	    (l->others != INT64_MIN &&
		!is_apart(l->others, h->ts_min, l->opt.window)) ||
	    !is_apart(h->ts_max, run->before, l->opt.window);
}

enum rp_status
rp_arbiter_judge(struct rp_arbiter *l, size_t line, const struct rp_frame *f,
    const struct rp_record *rec, int64_t key, bool *keep)
{
	bool repeats = false;
	enum rp_status st = RP_OK;

	*keep = true;
	if (l->gaps != NULL && rec->type == RP_GAP) {
		*keep = rp_gaps_are_common(
		    l->gaps, line, f, rec, l->is_there, l->arg);
		l->counts[line].filled += !*keep;
	} else if (l->unique != NULL) {
		st = rp_unique_test(l->unique, line, f, rec, key, &repeats);
		*keep = !repeats;
		l->counts[line].repeated += repeats;
	}
	return st;
}

struct rp_arbiter_totals
rp_arbiter_counts(const struct rp_arbiter *l, size_t line)
{
	return l->counts[line];
}
