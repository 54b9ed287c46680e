#include "gen/feed.h"

#include <stdlib.h>

struct rp_feed {
	struct rp_feed_options opt;
	struct rp_faults_host host;
	struct rp_market *market;
	struct rp_views *views;
	struct rp_faults *faults;
	uint64_t left; /* records */
	struct rp_update updates[RP_VIEW_UPDATES]; /* of the event at hand */
	uint32_t n_updates;
};

struct rp_feed *
rp_feed_new(
    const struct rp_feed_options *opt, const struct rp_faults_host *host)
{
	struct rp_feed *f = calloc(1, sizeof(*f));

	if (f == NULL)
		return NULL;
	f->opt = *opt;
	f->opt.views.start = opt->market.start;
	f->host = *host;
	f->left = opt->records;
	f->market = rp_market_new(&opt->market);
	f->views = rp_views_new(&f->opt.views, opt->market.symbols);
	if (opt->faulty)
		f->faults =
		    rp_faults_new(opt->market.seed, opt->fault_rate, host);
	if (f->market == NULL || f->views == NULL ||
	    (opt->faulty && f->faults == NULL)) {
		rp_feed_free(f);
		return NULL;
	}
	return f;
}

void
rp_feed_free(struct rp_feed *f)
{
	if (f == NULL)
		return;
	rp_market_free(f->market);
	rp_views_free(f->views);
	rp_faults_free(f->faults);
	free(f);
}

static bool
is_over(const struct rp_feed *f, int64_t ts_event)
{
	return f->opt.duration > 0 &&
	    ts_event - f->opt.market.start >= f->opt.duration;
}

/* Only where order by order is wanted do its records fill what is left. */
static size_t
room(const struct rp_feed *f)
{
	return f->opt.views.view[RP_VIEW_MBO] ? f->left : SIZE_MAX;
}

enum rp_status
rp_feed_next(struct rp_feed *f, int64_t *ts_recv)
{
	struct rp_market_event ev;
	uint64_t records = 0;
	uint32_t i;

	if (f->left == 0)
		return RP_END;
	do {
		rp_market_next(f->market, room(f), &ev);
		if (is_over(f, rp_market_time(&ev)))
			return RP_END;
		f->n_updates = rp_views_next(f->views, &ev, f->updates);
	} while (f->n_updates == 0);
	for (i = 0; i < f->n_updates; i++)
		records += f->updates[i].records;
	if (records > f->left)
		return RP_END;
	f->left -= records;
	*ts_recv = ev.first->ts_recv;
	return RP_OK;
}

static enum rp_status
put(struct rp_feed *f, struct rp_update *up)
{
	const struct rp_record *rec = up->first;
	enum rp_status st = RP_OK;
	uint32_t i;

	if (f->faults != NULL)
		return rp_faults_update(f->faults, up);
	for (i = 0; i < up->records && st == RP_OK; i++) {
		st = f->host.put(f->host.arg, rec, up->symbol);
		rec = rp_record_after(rec);
	}
	return st;
}

enum rp_status
rp_feed_put(struct rp_feed *f)
{
	enum rp_status st = RP_OK;
	uint32_t i;

	for (i = 0; i < f->n_updates && st == RP_OK; i++)
		st = put(f, &f->updates[i]);
	return st;
}

enum rp_status
rp_feed_end(struct rp_feed *f)
{
	return f->faults != NULL ? rp_faults_end(f->faults) : RP_OK;
}
