#include "log/tail.h"

#include <stdlib.h>
#include <unistd.h>

#include "log/recover.h"
#include "types/types.h"

/*
 * Whether the loss that an END tells of is still to be recorded. A gap record
 * at the end of a segment does that; one at its beginning is of the loss before.
 */
static bool
is_untold(struct rp_index *x, const struct rp_segment *s)
{
	size_t n = rp_index_frames(x);
	struct rp_frame f;

	if (!(x->end.flags & RP_END_RECOVERED))
		return false;
	return n == 0 || rp_index_frame(x, n - 1, &f) != RP_OK ||
	    f.n_types != 1 || f.types[0].type != RP_GAP ||
	    f.head.seq_min == s->first_seq;
}

/* Scan a segment; RP_OK also if it was not closed or is damaged. */
static enum rp_status
scan(struct rp_index *x, const char *dir, const struct rp_segment *s,
    bool *whole, struct rp_error *err)
{
	char *path = rp_segment_path(dir, s, NULL);
	struct rp_error why = { 0 };
	struct rp_readable b;
	enum rp_status st;

	if (path == NULL)
		return rp_error_no_memory(err);
	st = rp_segment_open(dir, s, &b, err);
	if (st == RP_EMPTY)
		st = rp_error_set(err, RP_ERR_IO, "%s: is gone", path);
	if (st == RP_OK) {
		st = rp_segment_scan(x, &b, path, &why);
		*whole = st == RP_OK && x->sealed &&
		    x->segment_len == rp_readable_size(&b);
		if (st == RP_ERR_CORRUPT)
			st = RP_OK;
		if (st != RP_OK)
			(void)rp_error_set(err, st, "%s", why.text);
		rp_readable_close(&b);
	}
	free(path);
	return st;
}

/* The highest ts_recv of the last segment that has records. */
static enum rp_status
find_time(struct rp_log_tail *t, const char *dir,
    const struct rp_segments *segments, struct rp_index *x,
    struct rp_error *err)
{
	size_t i = segments->n - 1;
	bool whole;
	enum rp_status st = RP_OK;

	while (st == RP_OK && rp_index_frames(x) == 0 && i > 0)
		st = scan(x, dir, &segments->item[--i], &whole, err);
	t->ts_last = rp_index_frames(x) != 0 ? x->range.ts_max : 0;
	return st;
}

static enum rp_status
find_uuid(
    struct rp_log_tail *t, const char *dir, bool empty, struct rp_error *err)
{
	struct rp_error why = { 0 };
	enum rp_status st = rp_log_uuid(dir, NULL, t->uuid, &why);

	if (st == RP_ERR_CORRUPT && empty) {
		t->uuid[0] = '\0';
		return RP_OK;
	}
	return st == RP_OK ? RP_OK : rp_error_set(err, st, "%s", why.text);
}

enum rp_status
rp_log_tail_find(struct rp_log_tail *t, const char *dir,
    const struct rp_segments *segments, struct rp_error *err)
{
	const struct rp_segment *last = &segments->item[segments->n - 1];
	struct rp_recovery r;
	struct rp_index x = { 0 };
	bool whole, empty;
	enum rp_status st;

	*t = (struct rp_log_tail){ 0 };
	st = scan(&x, dir, last, &whole, err);
	if (st == RP_OK && !whole) {
		st = rp_segment_recover(dir, last, false, &r, err);
		if (st == RP_OK)
			st = scan(&x, dir, last, &whole, err);
		t->recovered = st == RP_OK && !r.sealed;
	}
	if (st == RP_OK) {
		t->last_seq = rp_segment_last_seq(&x, last);
		t->lost = t->recovered || is_untold(&x, last);
		empty = rp_index_frames(&x) == 0 && segments->n == 1;
		st = find_uuid(t, dir, empty, err);
	}
	if (st == RP_OK)
		st = find_time(t, dir, segments, &x, err);
	rp_index_free(&x);
	return st;
}
