#include "log/reader.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "log/lock.h"
#include "log/reader_work.h"

const struct rp_error *
rp_log_reader_error(const struct rp_log_reader *lr)
{
	return &lr->err;
}

uint32_t
rp_log_reader_end_flags(const struct rp_log_reader *lr)
{
	return lr->end_flags;
}

uint64_t
rp_log_reader_last_seq(const struct rp_log_reader *lr)
{
	return lr->seen;
}

bool
rp_log_reader_lost(struct rp_log_reader *lr, struct rp_log_range *lost)
{
	bool is = lr->is_lost;

	*lost = lr->lost;
	lr->is_lost = false;
	return is;
}

/* Take over the error of the segment's reader. */
static enum rp_status
check(struct rp_log_reader *lr, enum rp_status st)
{
	if (st < RP_OK)
		lr->err = *rp_reader_error(lr->r);
	return st;
}

enum rp_status
rp_log_reader_open(struct rp_log_reader **out, const char *dir,
    const struct rp_log_reader_options *opt, struct rp_error *err)
{
	struct rp_log_reader *lr = calloc(1, sizeof(*lr));
	enum rp_status st;

	*out = NULL;
	if (lr == NULL || (lr->dir = strdup(dir)) == NULL) {
		free(lr);
		return rp_error_no_memory(err);
	}
	lr->opt = *opt;
	lr->file = RP_READABLE_CLOSED;
	lr->notify = lr->place = -1;
	if (opt->range != NULL) {
		lr->range = *opt->range;
		lr->opt.range = &lr->range;
	}
	if (opt->follow) {
		/* before listing, so that nothing is missed in between */
		lr->notify = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
		if (lr->notify >= 0 &&
		    inotify_add_watch(lr->notify, dir,
			IN_CREATE | IN_MODIFY | IN_MOVED_TO | IN_CLOSE_WRITE) <
			0) {
			close(lr->notify);
			lr->notify = -1;
		}
	}
	if (opt->follow)
		lr->place = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	st = rp_segments_find(&lr->segments, dir, opt->remote, err);
	if (st == RP_OK && opt->follow && lr->place < 0)
		st = rp_error_errno(err, "%s", dir);
	if (st == RP_OK && lr->segments.n == 0 && !opt->follow)
		st = rp_error_set(err, RP_ERR_TRUNCATED,
		    "%s: not a log: no segments in it", dir);
	if (st != RP_OK) {
		rp_log_reader_free(lr);
		return st;
	}
	if (opt->from_end && lr->segments.n > 0)
		lr->at = lr->segments.n - 1;
	/* what lies before the range needs not even be there */
	while (opt->range != NULL && lr->at + 1 < lr->segments.n &&
	    lr->segments.item[lr->at + 1].first_seq <= lr->range.seq_min)
		lr->at++;
	*out = lr;
	return RP_OK;
}

void
rp_log_reader_free(struct rp_log_reader *lr)
{
	if (lr == NULL)
		return;
	rp_lr_close_segment(lr);
	rp_index_free(&lr->x);
	rp_segments_free(&lr->segments);
	if (lr->notify >= 0)
		close(lr->notify);
	if (lr->place >= 0)
		close(lr->place);
	free(lr->dir);
	free(lr);
}

/* ---- frames ---- */

/* Whether there is more in the file than when we looked last. */
static bool
has_grown(struct rp_log_reader *lr)
{
	uint64_t size = rp_readable_size(&lr->file);

	if (size <= rp_reader_offset(lr->r) || lr->limit == size)
		return false;
	lr->limit = size;
	return true;
}

/* A follower at the end: is this still the log, and the segment? */
static enum rp_status
await_more(struct rp_log_reader *lr)
{
	struct stat sb;
	enum rp_status st;

	if ((st = rp_lr_check_directory(lr)) != RP_OK)
		return st;
	if (lr->file.fd < 0 ||
	    (fstat(lr->file.fd, &sb) == 0 && sb.st_nlink > 0))
		return RP_EMPTY;
	/* sealed, and then replaced or trimmed, since we read its end? */
	if (has_grown(lr))
		return RP_OK;
	if (lr->seen >= lr->segments.item[lr->at].first_seq)
		return rp_error_set(&lr->err, RP_ERR_TRUNCATED,
		    "%s: was removed while it was followed", lr->path);
	/* its writer gave up before the first record: it may come again */
	rp_lr_close_segment(lr);
	lr->segments.n = lr->at;
	return RP_EMPTY;
}

/*
 * The segment has no more whole frames. RP_OK: the next one may be tried.
 */
static enum rp_status
at_tail(struct rp_log_reader *lr)
{
	bool last = lr->at + 1 >= lr->segments.n;

	if (lr->sealed) {
		rp_lr_leave_segment(
		    lr, lr->last_seq, rp_reader_end_flags(lr->r));
		return RP_OK;
	}
	if (last && lr->opt.follow)
		return await_more(lr);
	if (last && rp_log_is_locked(lr->dir))
		return RP_END;
	/* its writer may have sealed it and gone since we looked */
	if (has_grown(lr))
		return RP_OK;
	if (lr->file.kind != NULL)
		return rp_error_set(&lr->err, RP_ERR_TRUNCATED,
		    "%s: was not closed when it was put there", lr->path);
	return rp_error_set(&lr->err, RP_ERR_TRUNCATED,
	    "%s: was not closed, and nobody is writing it; "
	    "rp-check --repair %s keeps what is whole",
	    lr->path, lr->dir);
}

/* Whatever comes next in the segment, by its own bytes. */
static enum rp_status
read_head(struct rp_log_reader *lr, struct rp_frame *f)
{
	enum rp_status st = check(lr, rp_reader_head(lr->r, f));

	if (st != RP_OK)
		return st;
	if (f->head.kind == RP_END_FRAME)
		lr->sealed = true;
	if (f->head.kind == RP_DATA && f->head.seq_max > lr->seen)
		lr->seen = f->head.seq_max;
	if (lr->seen > lr->last_seq)
		lr->last_seq = lr->seen;
	return RP_OK;
}

/*
 * Go to the next frame that the index says is wanted; *f is not filled. At the
 * end of the index go on behind what it covers.
 */
static enum rp_status
seek_wanted(struct rp_log_reader *lr)
{
	size_t n = rp_index_frames(&lr->x);
	struct rp_frame f;
	enum rp_status st;

	for (; lr->next < n; lr->next++) {
		const struct rp_index_entry *e =
		    rp_index_entry(&lr->x, lr->next);

		if ((st = rp_index_frame(&lr->x, lr->next, &f)) != RP_OK)
			return rp_error_no_memory(&lr->err);
		if (!lr->opt.want(lr->opt.want_arg, &f))
			continue;
		lr->next++;
		if (e->offset == rp_reader_offset(lr->r))
			return RP_OK;
		return check(lr, rp_reader_seek(lr->r, e->offset));
	}
	lr->indexed = false;
	lr->last_seq = rp_segment_last_seq(&lr->x, &lr->segments.item[lr->at]);
	lr->end_flags |= lr->x.end.flags;
	if (n > 0)
		lr->seen = lr->last_seq;
	if (lr->x.sealed) {
		rp_lr_leave_segment(lr, lr->last_seq, lr->x.end.flags);
		return RP_EMPTY;
	}
	return check(lr, rp_reader_seek(lr->r, lr->x.segment_len));
}

/* The index was wrong: go by the segment itself, from the same place on. */
static enum rp_status
distrust_index(struct rp_log_reader *lr, uint64_t offset)
{
	enum rp_status st;

	lr->distrusted = true;
	lr->err = (struct rp_error){ 0 };
	rp_reader_free(lr->r);
	lr->r = NULL;
	st = rp_segment_scan(&lr->x, &lr->file, lr->path, &lr->err);
	if (st != RP_OK)
		return st;
	lr->next = 0;
	while (lr->next < rp_index_frames(&lr->x) &&
	    rp_index_entry(&lr->x, lr->next)->offset < offset)
		lr->next++;
	return rp_lr_open_reader(lr);
}

/* The frame that seek_wanted went to; *f is empty if it was not that one. */
static enum rp_status
read_wanted(struct rp_log_reader *lr, struct rp_frame *f)
{
	const struct rp_index_entry *e = rp_index_entry(&lr->x, lr->next - 1);
	enum rp_status st = read_head(lr, f);

	if (st == RP_OK && f->head.head_hash == e->head_hash)
		return RP_OK;
	*f = (struct rp_frame){ 0 };
	if (!lr->distrusted)
		return distrust_index(lr, e->offset);
	return st < RP_OK ? st
			  : rp_error_set(&lr->err, RP_ERR_CORRUPT,
				"%s: changes while it is read", lr->path);
}

/* Frames before the first DATA: NOTEs, of the first segment read. */
static bool
in_preamble(const struct rp_log_reader *lr)
{
	return !lr->begun && lr->next == 0 && rp_index_frames(&lr->x) > 0 &&
	    rp_reader_offset(lr->r) < rp_index_entry(&lr->x, 0)->offset;
}

static enum rp_status
next_head(struct rp_log_reader *lr, struct rp_frame *f)
{
	enum rp_status st;

	if ((st = rp_lr_have_segment(lr)) != RP_OK)
		return st;
	if (!lr->opt.follow && !lr->sealed && !lr->indexed &&
	    rp_reader_offset(lr->r) >= lr->limit)
		st = RP_EMPTY;
	else if (lr->indexed && !in_preamble(lr)) {
		if ((st = seek_wanted(lr)) == RP_EMPTY)
			return RP_EMPTY;
		if (st == RP_OK)
			st =
			    lr->indexed ? read_wanted(lr, f) : read_head(lr, f);
	} else {
		st = read_head(lr, f);
	}
	if (st == RP_EMPTY && (st = at_tail(lr)) == RP_OK)
		*f = (struct rp_frame){ 0 };
	return st;
}

/* Whether a frame is one to hand out. */
static bool
is_wanted(struct rp_log_reader *lr, const struct rp_frame *f)
{
	if (f->head.kind == RP_NOTE)
		return !lr->begun || f->offset != 0;
	if (f->head.kind != RP_DATA)
		return false;
	return lr->opt.want == NULL || lr->opt.want(lr->opt.want_arg, f);
}

enum rp_status
rp_log_reader_head(struct rp_log_reader *lr, struct rp_frame *f)
{
	enum rp_status st;

	do {
		size_t at = lr->at;

		*f = (struct rp_frame){ 0 };
		if (lr->err.status != RP_OK)
			return lr->err.status;
		st = next_head(lr, f);
		if (st == RP_EMPTY && lr->at != at)
			st = RP_OK; /* a segment was left: try the next */
	} while (st == RP_OK && !is_wanted(lr, f));
	return st;
}

enum rp_status
rp_log_reader_body(struct rp_log_reader *lr, struct rp_frame *f)
{
	return check(lr, rp_reader_body(lr->r, f));
}

enum rp_status
rp_log_reader_rows(struct rp_log_reader *lr, struct rp_frame *f)
{
	return check(lr, rp_reader_rows(lr->r, f));
}

/* Take what is told of changes off a log's queue. */
static void
drain(const struct rp_log_reader *lr)
{
	char events[4096];

	while (lr->notify >= 0 && read(lr->notify, events, sizeof(events)) > 0)
		;
}

void
rp_log_readers_wait(struct rp_log_reader *const *lr, size_t n, int ms)
{
	struct pollfd *p = calloc(n + 1, sizeof(*p));

	if (ms < 0 || ms > 1000)
		ms = 1000;
	for (size_t i = 0; i < n; i++) {
		/* without inotify (or memory for it) this is a pause */
		if ((lr[i]->notify < 0 || p == NULL) && ms > 100)
			ms = 100;
		if (p != NULL)
			p[i] = (struct pollfd){ .fd = lr[i]->notify,
				.events = POLLIN };
	}
	if (poll(p, p != NULL ? n : 0, ms) > 0)
		for (size_t i = 0; i < n; i++)
			drain(lr[i]);
	free(p);
}

void
rp_log_reader_wait(struct rp_log_reader *lr, int ms)
{
	rp_log_readers_wait(&lr, 1, ms);
}
