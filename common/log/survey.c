#include "log/survey.h"

#include <stdlib.h>
#include <unistd.h>

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
look(struct rp_survey_item *it, const char *dir, int fd, struct rp_error *err)
{
	char *place;
	enum rp_status st;

	it->indexed = rp_segment_summary(&it->summary, dir, &it->segment, fd);
	if (it->indexed)
		return RP_OK;
	if ((place = rp_segment_path(dir, &it->segment, NULL)) == NULL)
		return rp_error_no_memory(err);
	st = rp_segment_scan(&it->summary, fd, place, err);
	free(place);
	return st;
}

static enum rp_status
survey_segment(
    struct rp_survey_item *it, const char *dir, bool live, struct rp_error *err)
{
	char *place = rp_segment_place(dir, &it->segment);
	int fd;
	enum rp_status st;

	it->moved = place != NULL;
	free(place);
	if ((st = rp_segment_open(dir, &it->segment, &fd, err)) != RP_OK)
		return st == RP_EMPTY ? RP_OK : st;
	st = look(it, dir, fd, err);
	it->settled = st == RP_OK && it->summary.sealed && !live &&
	    it->summary.segment_len == it->segment.size;
	close(fd);
	return st;
}

enum rp_status
rp_survey_log(struct rp_survey *v, const char *dir,
    void (*failed)(void *arg, const struct rp_error *err), void *arg,
    struct rp_error *err)
{
	struct rp_segments all;
	enum rp_status st;

	/* before it is listed: a writer may begin a segment, but not end one */
	*v = (struct rp_survey){ .live = rp_log_is_locked(dir) };
	if ((st = rp_segments_list(&all, dir, err)) != RP_OK)
		return st;
	if ((v->item = calloc(all.n + 1, sizeof(*v->item))) == NULL)
		st = rp_error_no_memory(err);
	for (size_t i = 0; i < all.n && st == RP_OK; i++) {
		struct rp_error why = { 0 };
		struct rp_survey_item *it = &v->item[v->n++];

		it->segment = all.item[i];
		v->bytes += it->segment.size;
		rp_index_clear(&it->summary);
		st = survey_segment(it, dir, v->live && i + 1 == all.n, &why);
		if (st != RP_OK)
			failed(arg, &why);
		st = RP_OK;
	}
	rp_segments_free(&all);
	return st;
}
