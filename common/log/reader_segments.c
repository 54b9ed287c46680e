/* The segments of a log that is read: in their order, none missing but told. */
#include <inttypes.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "log/reader_work.h"
#include "log/recover.h"
#include "log/trim.h"

void
rp_lr_close_segment(struct rp_log_reader *lr)
{
	rp_reader_free(lr->r);
	lr->r = NULL;
	rp_readable_close(&lr->file);
	free(lr->path);
	lr->path = NULL;
}

static bool
overlaps(const struct rp_log_range *a, const struct rp_log_range *b)
{
	return a->seq_min <= b->seq_max && b->seq_min <= a->seq_max &&
	    a->ts_min <= b->ts_max && b->ts_min <= a->ts_max;
}

/* Keep what was lost from a seq to the beginning of a segment. */
static void
lose(struct rp_log_reader *lr, uint64_t from, const struct rp_segment *s,
    const struct rp_log_trimmed *t)
{
	if (!lr->is_lost)
		lr->lost.seq_min = from > 0 ? from : 1;
	lr->lost.seq_max = s->first_seq - 1;
	lr->lost.ts_min = t->ts_min;
	lr->lost.ts_max = t->ts_max;
	lr->is_lost = true;
}

/* Before the first segment: was what range begins with trimmed? */
static enum rp_status
check_beginning(struct rp_log_reader *lr, const struct rp_segment *s)
{
	const struct rp_log_range *want = &lr->range;
	struct rp_log_trimmed t;
	enum rp_status st;

	if (!lr->opt.tell_lost || s->first_seq <= 1)
		return RP_OK;
	if ((st = rp_log_trimmed(lr->dir, lr->opt.remote, &t, &lr->err)) ==
		RP_OK &&
	    want->seq_min < s->first_seq && want->seq_min <= t.last_seq &&
	    want->ts_min <= t.ts_max && want->ts_max >= t.ts_min)
		lose(lr, want->seq_min, s, &t);
	return st;
}

/* Hold a segment's name against the end of the one before. */
static enum rp_status
check_sequence(struct rp_log_reader *lr, const struct rp_segment *s)
{
	struct rp_log_trimmed t;
	enum rp_status st;

	if (!lr->any)
		return check_beginning(lr, s);
	if (s->first_seq == lr->last_seq + 1)
		return RP_OK;
	if (lr->recovered &&
	    s->first_seq >= lr->last_seq + RP_RECOVERY_SEQ_STEP)
		return RP_OK;
	if ((st = rp_log_trimmed(lr->dir, lr->opt.remote, &t, &lr->err)) !=
	    RP_OK)
		return st;
	if (t.last_seq > lr->last_seq) {
		lose(lr, lr->last_seq + 1, s, &t);
		return RP_OK;
	}
	return rp_error_set(&lr->err, RP_ERR_CORRUPT,
	    "%s: a segment is missing before %s: seq goes from %" PRIu64
	    " to %" PRIu64,
	    lr->dir, s->name, lr->last_seq, s->first_seq);
}

/*
 * A segment that was listed cannot be opened. If retention took it the log goes
 * on behind that; if not, why says what is wrong.
 */
static enum rp_status
pass_trimmed(struct rp_log_reader *lr, const struct rp_segment *s,
    const struct rp_error *why)
{
	struct rp_log_trimmed t;
	struct rp_segments now;
	enum rp_status st;

	if ((st = rp_log_trimmed(lr->dir, lr->opt.remote, &t, &lr->err)) !=
	    RP_OK)
		return st;
	if (t.last_seq < s->first_seq)
		return why->status != RP_OK
		    ? rp_error_set(&lr->err, why->status, "%s", why->text)
		    : rp_error_set(&lr->err, RP_ERR_IO,
			  "%s/%s: removed while the log is read?", lr->dir,
			  s->name);
	if ((st = rp_segments_find(&now, lr->dir, lr->opt.remote, &lr->err)) !=
	    RP_OK)
		return st;
	rp_segments_free(&lr->segments);
	lr->segments = now;
	for (lr->at = 0;
	     lr->at < now.n && now.item[lr->at].first_seq <= t.last_seq;)
		lr->at++;
	return lr->at < now.n
	    ? RP_EMPTY
	    : rp_error_set(&lr->err, RP_ERR_TRUNCATED,
		  "%s: its end was removed while it was read", lr->dir);
}

void
rp_lr_leave_segment(struct rp_log_reader *lr, uint64_t last_seq, uint32_t flags)
{
	lr->any = true;
	lr->seen = last_seq;
	lr->begun |= lr->r != NULL;
	lr->last_seq = last_seq;
	lr->recovered = (flags & RP_END_RECOVERED) != 0;
	lr->end_flags |= flags;
	lr->at++;
	rp_lr_close_segment(lr);
}

/* What will be read of the segment: fetched ahead if it is far away. */
static enum rp_status
announce(struct rp_log_reader *lr)
{
	size_t n = rp_index_frames(&lr->x);
	struct rp_frame f;

	if (lr->file.kind == NULL)
		return RP_OK;
	if (!lr->indexed || lr->opt.want == NULL) {
		rp_readable_announce(&lr->file, 0, lr->file.size);
		return RP_OK;
	}
	if (!lr->begun && lr->next == 0 && n > 0)
		rp_readable_announce(
		    &lr->file, 0, rp_index_entry(&lr->x, 0)->offset);
	for (size_t i = lr->next; i < n; i++) {
		if (rp_index_frame(&lr->x, i, &f) != RP_OK)
			return rp_error_no_memory(&lr->err);
		if (lr->opt.want(lr->opt.want_arg, &f))
			rp_readable_announce(&lr->file, f.offset, f.size);
	}
	return RP_OK;
}

enum rp_status
rp_lr_open_reader(struct rp_log_reader *lr)
{
	if ((lr->r = rp_reader_open(&lr->file, lr->path)) == NULL)
		return rp_error_no_memory(&lr->err);
	rp_reader_follow(lr->r, true);
	return announce(lr);
}

static enum rp_status
open_segment(struct rp_log_reader *lr, const struct rp_segment *s)
{
	struct rp_error why = { 0 };
	bool built;
	enum rp_status st;

	if (rp_segment_open(lr->dir, s, &lr->file, &why) != RP_OK)
		return pass_trimmed(lr, s, &why);
	if ((lr->path = rp_segment_path(lr->dir, s, NULL)) == NULL)
		return rp_error_no_memory(&lr->err);
	if ((st = check_sequence(lr, s)) != RP_OK)
		return st;
	lr->limit = rp_readable_size(&lr->file);
	lr->sealed = lr->indexed = lr->distrusted = false;
	if (lr->opt.range != NULL &&
	    rp_segment_summary(&lr->x, lr->dir, s, &lr->file) &&
	    !overlaps(&lr->x.range, lr->opt.range)) {
		rp_lr_leave_segment(
		    lr, rp_segment_last_seq(&lr->x, s), lr->x.end.flags);
		return RP_EMPTY;
	}
	lr->last_seq = s->first_seq;
	if (lr->opt.want != NULL || lr->opt.from_end) {
		st = rp_segment_index(
		    &lr->x, lr->dir, s, &lr->file, &built, &lr->err);
		lr->indexed = st == RP_OK;
		lr->next = lr->opt.from_end ? rp_index_frames(&lr->x) : 0;
		lr->opt.from_end = false;
		if (st != RP_OK)
			return st;
	}
	return rp_lr_open_reader(lr);
}

enum rp_status
rp_lr_check_directory(struct rp_log_reader *lr)
{
	struct stat then, now;

	if (fstat(lr->place, &then) == 0 && stat(lr->dir, &now) == 0 &&
	    then.st_dev == now.st_dev && then.st_ino == now.st_ino)
		return RP_OK;
	return rp_error_set(&lr->err, RP_ERR_TRUNCATED,
	    "%s: was replaced or removed while it was followed", lr->dir);
}

/* New segments of a log that is followed. */
static enum rp_status
list_again(struct rp_log_reader *lr)
{
	struct rp_segments now;
	uint64_t last = 0;
	enum rp_status st;

	if ((st = rp_lr_check_directory(lr)) != RP_OK)
		return st;
	if (lr->segments.n > 0)
		last = lr->segments.item[lr->segments.n - 1].first_seq;
	if ((st = rp_segments_find(&now, lr->dir, lr->opt.remote, &lr->err)) !=
	    RP_OK)
		return st;
	rp_segments_free(&lr->segments);
	lr->segments = now;
	for (lr->at = 0; lr->at < now.n && now.item[lr->at].first_seq <= last;)
		lr->at++;
	return RP_OK;
}

/* Whether all that is wanted lies before the segment to be opened. */
static bool
past_range(const struct rp_log_reader *lr)
{
	return lr->opt.range != NULL &&
	    lr->segments.item[lr->at].first_seq > lr->range.seq_max;
}

enum rp_status
rp_lr_have_segment(struct rp_log_reader *lr)
{
	enum rp_status st = RP_EMPTY;

	while (lr->r == NULL && st == RP_EMPTY) {
		if (lr->at == lr->segments.n && lr->opt.follow &&
		    (st = list_again(lr)) != RP_OK)
			return st;
		if (lr->at == lr->segments.n)
			return lr->opt.follow ? RP_EMPTY : RP_END;
		if (past_range(lr))
			return RP_END;
		st = open_segment(lr, &lr->segments.item[lr->at]);
	}
	return lr->r != NULL ? RP_OK : st;
}
