#include "log/inventory.h"

#include <stdlib.h>

#include "log/lock.h"
#include "types/types.h"

void
rp_inventory_init(struct rp_inventory *v)
{
	*v = (struct rp_inventory){ 0 };
	rp_tally_init(&v->tally);
}

void
rp_inventory_free(struct rp_inventory *v)
{
	rp_tally_free(&v->tally);
	free(v->readers);
	v->readers = NULL;
}

enum rp_log_state
rp_log_state_of(enum rp_status st)
{
	switch (st) {
	case RP_ERR_TRUNCATED:
		return RP_LOG_NOT_CLOSED;
	case RP_ERR_ABORTED:
		return RP_LOG_ABORTED;
	case RP_ERR_UNSUPPORTED:
		return RP_LOG_UNSUPPORTED;
	default:
		return st < RP_OK ? RP_LOG_CORRUPT : RP_LOG_SEALED;
	}
}

/* Records of a frame that have a higher seq; a log's frames are dense. */
static uint64_t
records_behind(const struct rp_index_entry *e, uint64_t seq)
{
	if (seq >= e->seq_max)
		return 0;
	if (seq < e->seq_min || e->seq_max - seq > e->records)
		return e->records;
	return e->seq_max - seq;
}

/* Add a segment's frames; bytes and END of the whole. */
static enum rp_status
add_index(struct rp_inventory *v, struct rp_index *x)
{
	uint64_t before = v->tally.bytes;
	struct rp_frame f;
	enum rp_status st;

	for (size_t i = 0; i < rp_index_frames(x); i++) {
		if ((st = rp_index_frame(x, i, &f)) != RP_OK ||
		    (st = rp_tally_frame(&v->tally, &f, RP_GAP)) != RP_OK)
			return st;
		for (size_t k = 0; k < v->n_readers; k++)
			v->readers[k].behind += records_behind(
			    rp_index_entry(x, i), v->readers[k].seq);
	}
	v->tally.bytes = before + x->segment_len;
	v->end_flags |= x->sealed ? x->end.flags : 0;
	return RP_OK;
}

/*
 * The index of an open segment, and its state; live: it may have a writer.
 * After a failure the index has what stands before the damage.
 */
static enum rp_status
index_segment(struct rp_inventory *of, struct rp_index *x, const char *dir,
    const struct rp_segment *s, const char *path, const struct rp_readable *b,
    bool live, struct rp_error *err)
{
	uint64_t end;
	enum rp_status st;

	st = rp_segment_index(x, dir, s, b, &of->no_index, err);
	if (st == RP_OK && !x->sealed && !live) /* closed since we looked? */
		st = rp_segment_scan(x, b, path, err);
	of->state = rp_log_state_of(st);
	if (st == RP_OK && !x->sealed)
		of->state = live ? RP_LOG_GROWING : RP_LOG_NOT_CLOSED;
	of->no_index &= of->state == RP_LOG_SEALED;
	end = rp_readable_size(b);
	if (of->state != RP_LOG_GROWING && end > x->segment_len)
		of->torn = end - x->segment_len;
	return st;
}

static enum rp_status
add_segment(struct rp_inventory *v, const char *dir, const struct rp_segment *s,
    bool last, const struct rp_inventory_watch *watch, struct rp_error *err)
{
	bool live = last && rp_log_is_locked(dir);
	char *path = rp_segment_path(dir, s, NULL);
	struct rp_index x = { 0 };
	struct rp_inventory of;
	struct rp_readable b;
	enum rp_status st, added;

	if (path == NULL)
		return rp_error_no_memory(err);
	rp_inventory_init(&of);
	rp_index_clear(&x);
	if ((st = rp_segment_open(dir, s, &b, err)) != RP_OK) {
		st = st == RP_EMPTY ? RP_OK : st; /* retention took it away */
		goto out;
	}
	st = index_segment(&of, &x, dir, s, path, &b, live, err);
	rp_readable_close(&b);
	if (st == RP_ERR_IO || st == RP_ERR_NOMEM)
		goto out;
	added = add_index(v, &x);
	if (added == RP_OK && watch->segment != NULL)
		added = add_index(&of, &x);
	if (added != RP_OK) {
		st = rp_error_no_memory(err);
		goto out;
	}
	v->segments++;
	v->torn += of.torn;
	v->state = of.state > v->state ? of.state : v->state;
	if (watch->segment != NULL)
		watch->segment(watch->arg, s, &of);
out:
	rp_index_free(&x);
	rp_inventory_free(&of);
	free(path);
	return st;
}

static void
go_on(const struct rp_inventory_watch *watch, struct rp_error *err)
{
	watch->failed(watch->arg, err);
	*err = (struct rp_error){ 0 };
}

enum rp_status
rp_inventory_log(struct rp_inventory *v, const char *dir,
    const struct rp_log_remote *remote, const struct rp_inventory_watch *watch,
    struct rp_error *err)
{
	struct rp_segments all = { 0 };
	enum rp_status st;

	if ((st = rp_segments_find(&all, dir, remote, err)) != RP_OK)
		return st;
	if (all.n > 0 && rp_log_uuid(dir, remote, v->uuid, err) != RP_OK)
		go_on(watch, err);
	if (rp_log_trimmed(dir, remote, &v->trimmed, err) != RP_OK)
		go_on(watch, err);
	if (!rp_log_is_remote(dir) &&
	    rp_log_positions(dir, &v->readers, &v->n_readers, err) != RP_OK)
		go_on(watch, err);
	for (size_t i = 0; i < all.n; i++)
		if (add_segment(v, dir, &all.item[i], i + 1 == all.n, watch,
			err) != RP_OK)
			go_on(watch, err);
	if (v->state == RP_LOG_SEALED && rp_log_is_locked(dir))
		v->state = RP_LOG_GROWING;
	rp_segments_free(&all);
	return RP_OK;
}
