#include "log/survey.h"

#include <stdlib.h>

#include "log/lock.h"

void
rp_survey_free(struct rp_survey *v)
{
	for (size_t i = 0; i < v->n; i++)
		rp_index_free(&v->item[i].summary);
	free(v->item);
	*v = (struct rp_survey){ 0 };
}

/* By its index, or else by its frames. */
static enum rp_status
look(struct rp_survey_item *it, const char *dir, const struct rp_readable *b,
    struct rp_error *err)
{
	char *place;
	enum rp_status st;

	it->indexed = rp_segment_summary(&it->summary, dir, &it->segment, b);
	if (it->indexed)
		return RP_OK;
	if ((place = rp_segment_path(dir, &it->segment, NULL)) == NULL)
		return rp_error_no_memory(err);
	st = rp_segment_scan(&it->summary, b, place, err);
	free(place);
	return st;
}

/* What is far away is not asked what its index says of it. */
static bool
is_known(struct rp_survey_item *it, const char *dir)
{
	char *place = rp_segment_place(dir, &it->segment);

	it->moved = place != NULL;
	it->far = it->moved && rp_log_is_remote(place);
	free(place);
	it->indexed = it->far &&
	    rp_segment_summary(&it->summary, dir, &it->segment, NULL);
	if (!it->indexed)
		return false;
	it->settled = it->summary.sealed;
	it->segment.size = it->summary.segment_len;
	return true;
}

static enum rp_status
survey_segment(
    struct rp_survey_item *it, const char *dir, bool live, struct rp_error *err)
{
	struct rp_readable b;
	enum rp_status st;

	if (is_known(it, dir))
		return RP_OK;
	if ((st = rp_segment_open(dir, &it->segment, &b, err)) != RP_OK)
		return st == RP_EMPTY ? RP_OK : st;
	st = look(it, dir, &b, err);
	it->segment.size = it->far ? b.size : it->segment.size;
	it->settled = st == RP_OK && it->summary.sealed && !live &&
	    it->summary.segment_len == it->segment.size;
	rp_readable_close(&b);
	return st;
}

enum rp_status
rp_survey_log(struct rp_survey *v, const char *dir,
    const struct rp_log_remote *remote,
    void (*failed)(void *arg, const struct rp_error *err), void *arg,
    struct rp_error *err)
{
	struct rp_segments all;
	enum rp_status st;

	/* before it is listed: a writer may begin a segment, but not end one */
	*v = (struct rp_survey){ .live = rp_log_is_locked(dir) };
	if ((st = rp_segments_find(&all, dir, remote, err)) != RP_OK)
		return st;
	if ((v->item = calloc(all.n + 1, sizeof(*v->item))) == NULL)
		st = rp_error_no_memory(err);
	for (size_t i = 0; i < all.n && st == RP_OK; i++) {
		struct rp_error why = { 0 };
		struct rp_survey_item *it = &v->item[v->n++];

		it->segment = all.item[i];
		rp_index_clear(&it->summary);
		st = survey_segment(it, dir, v->live && i + 1 == all.n, &why);
		v->bytes += it->segment.size;
		if (st != RP_OK)
			failed(arg, &why);
		st = RP_OK;
	}
	rp_segments_free(&all);
	return st;
}
