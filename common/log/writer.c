#include "log/writer.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/limits.h"
#include "log/lock.h"
#include "log/recover.h"
#include "log/segment.h"
#include "log/tail.h"
#include "types/gap.h"

struct rp_log_writer {
	char *dir;
	struct rp_log_options opt;
	char uuid[37];
	bool made; /* the directory is of this run */
	int lock;
	struct rp_log_totals totals;
	int64_t ts_last; /* highest ts_recv so far */

	/* the segment being written; w is NULL between segments */
	struct rp_segment segment;
	char *path;
	int fd;
	struct rp_writer *w;
	struct rp_index index;
	bool in_period; /* it has a record */
	int64_t period; /* ts / roll_time of its first record */
	int64_t synced; /* ns, monotonic */
	bool dirty;
	struct rp_error err;
};

const struct rp_error *
rp_log_writer_error(const struct rp_log_writer *lw)
{
	return &lw->err;
}

const struct rp_log_totals *
rp_log_writer_totals(const struct rp_log_writer *lw)
{
	return &lw->totals;
}

/* ---- opening ---- */

/* A random UUID, version 4 (RFC 9562, section 5.4). */
static enum rp_status
make_uuid(char uuid[static 37], struct rp_error *err)
{
	uint8_t b[16];

	if (getrandom(b, sizeof(b), 0) != sizeof(b))
		return rp_error_errno(err, "random numbers");
	b[6] = (uint8_t)((b[6] & 0x0f) | 0x40);
	b[8] = (uint8_t)((b[8] & 0x3f) | 0x80);
	snprintf(uuid, 37,
	    "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-"
	    "%02x%02x%02x%02x%02x%02x",
	    b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10],
	    b[11], b[12], b[13], b[14], b[15]);
	return RP_OK;
}

/* A record of what was lost, at the time of the last one before it. */
static enum rp_status
put_gap(struct rp_log_writer *lw, uint64_t first, uint64_t last)
{
	union rp_gap_row row;
	struct rp_gap *gap =
	    rp_gap_init(&row, RP_GAP_RECOVERED, lw->ts_last, RP_ABSENT);

	row.rec.flags |= RP_TS_RECV_INFERRED;
	gap->first_lost = first;
	gap->last_lost = last;
	return rp_writer_add(lw->w, &row.rec, NULL, NULL);
}

/* In a frame of its own: by its type one sees that the gap is told. */
static enum rp_status
add_gap(struct rp_log_writer *lw, uint64_t first, uint64_t last)
{
	enum rp_status st = rp_writer_flush(lw->w);

	if (st == RP_OK)
		st = put_gap(lw, first, last);
	if (st == RP_OK)
		st = rp_writer_flush(lw->w);
	return st;
}

static enum rp_status begin_segment(struct rp_log_writer *lw);
static enum rp_status check_writer(struct rp_log_writer *lw, enum rp_status st);
static void salvage(struct rp_log_writer *lw);

/* Go on behind what there is, after a gap record if something was lost. */
static enum rp_status
continue_log(struct rp_log_writer *lw, const struct rp_segments *segments,
    bool *recovered)
{
	struct rp_log_tail t;
	enum rp_status st = rp_log_tail_find(&t, lw->dir, segments, &lw->err);

	if (st != RP_OK)
		return st;
	*recovered = t.recovered;
	lw->ts_last = t.ts_last;
	lw->totals.next_seq = t.last_seq + 1;
	memcpy(lw->uuid, t.uuid, sizeof(t.uuid));
	if (t.uuid[0] == '\0')
		st = make_uuid(lw->uuid, &lw->err);
	if (st != RP_OK || !t.lost)
		return st;
	lw->totals.next_seq = t.last_seq + RP_RECOVERY_SEQ_STEP;
	if ((st = begin_segment(lw)) == RP_OK)
		st = check_writer(
		    lw, add_gap(lw, t.last_seq + 1, lw->totals.next_seq - 1));
	lw->totals.next_seq += st == RP_OK;
	return st;
}

enum rp_status
rp_log_writer_open(struct rp_log_writer **out, const char *dir,
    const struct rp_log_options *opt, bool *recovered, struct rp_error *err)
{
	struct rp_log_writer *lw = calloc(1, sizeof(*lw));
	struct rp_segments segments = { 0 };
	bool again = false;
	enum rp_status st;

	*out = NULL;
	*recovered = false;
	if (lw == NULL || (lw->dir = strdup(dir)) == NULL) {
		free(lw);
		return rp_error_no_memory(err);
	}
	lw->lock = lw->fd = -1;
	lw->opt = *opt;
	if (lw->opt.roll_size == 0)
		lw->opt.roll_size = RP_LOG_ROLL_SIZE;
	if (lw->opt.sync_interval == 0)
		lw->opt.sync_interval = 1000000000;
	if (lw->opt.frames.frame_raw == 0)
		lw->opt.frames.frame_raw =
		    opt->frames.frame_records != 0 ? RP_MAX_RAW : RP_FRAME_RAW;
	lw->made = mkdir(dir, 0777) == 0;
	if (!lw->made && errno != EEXIST)
		st = rp_error_errno(&lw->err, "%s", dir);
	else if ((!lw->made || opt->sync == RP_SYNC_NEVER ||
		     (st = rp_parent_sync(dir, &lw->err)) == RP_OK) &&
	    (st = rp_log_check_files(dir, &lw->err)) == RP_OK &&
	    (st = rp_log_lock(dir, &lw->lock, &lw->err)) == RP_OK)
		st = rp_segments_list(&segments, dir, &lw->err);
	if (st == RP_OK && segments.n > 0 && !opt->append)
		st = rp_error_set(&lw->err, RP_ERR_EXISTS,
		    "%s: holds a log already; --append goes on with it, "
		    "--replace makes a new one",
		    dir);
	else if (st == RP_OK && segments.n > 0)
		st = continue_log(lw, &segments, &again);
	else if (st == RP_OK) {
		lw->totals.next_seq = 1;
		st = make_uuid(lw->uuid, &lw->err);
	}
	lw->totals.first_seq = lw->totals.next_seq;
	*recovered = again;
	rp_segments_free(&segments);
	if (st != RP_OK) {
		(void)rp_error_set(err, lw->err.status, "%s", lw->err.text);
		salvage(lw);
		rp_log_writer_free(lw);
		return st;
	}
	*out = lw;
	return RP_OK;
}

void
rp_log_writer_free(struct rp_log_writer *lw)
{
	if (lw == NULL)
		return;
	rp_writer_free(lw->w);
	rp_index_free(&lw->index);
	if (lw->fd >= 0)
		close(lw->fd);
	if (lw->lock >= 0)
		close(lw->lock);
	free(lw->path);
	free(lw->dir);
	free(lw);
}

/* ---- segments ---- */

static void
note_frame(void *arg, const struct rp_frame *f)
{
	struct rp_log_writer *lw = arg;

	if (rp_index_add(&lw->index, f) != RP_OK)
		(void)rp_error_no_memory(&lw->err);
	lw->dirty = true;
	if (f->head.kind != RP_DATA)
		return;
	lw->totals.records += f->head.records;
	if (f->head.ts_max > lw->ts_last)
		lw->ts_last = f->head.ts_max;
}

/* Take over what the segment's writer has to say of its failure. */
static enum rp_status
check_writer(struct rp_log_writer *lw, enum rp_status st)
{
	if (st < RP_OK) {
		if (lw->w != NULL && rp_writer_error(lw->w)->status != RP_OK)
			(void)rp_error_set(
			    &lw->err, st, "%s", rp_writer_error(lw->w)->text);
		else
			(void)rp_error_set(
			    &lw->err, st, "%s: cannot be written", lw->dir);
		return st;
	}
	return lw->err.status;
}

static enum rp_status
sync_segment(struct rp_log_writer *lw)
{
	if (!lw->dirty)
		return RP_OK;
	if (fdatasync(lw->fd) != 0)
		return rp_error_errno(&lw->err, "%s: sync", lw->path);
	lw->dirty = false;
	lw->synced = rp_clock_monotonic();
	return RP_OK;
}

static enum rp_status
begin_segment(struct rp_log_writer *lw)
{
	struct rp_writer_options opt = lw->opt.frames;
	char note[128];
	enum rp_status st;
	int n;

	lw->segment = (struct rp_segment){ .first_seq = lw->totals.next_seq };
	rp_segment_name(lw->segment.name, lw->segment.first_seq);
	free(lw->path);
	lw->path = rp_segment_path(lw->dir, &lw->segment, NULL);
	if (lw->path == NULL)
		return rp_error_no_memory(&lw->err);
	lw->fd = open(lw->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	if (lw->fd < 0)
		return rp_error_errno(&lw->err, "%s", lw->path);
	opt.assign_seq = lw->totals.next_seq;
	if ((lw->w = rp_writer_fd(lw->fd, lw->path, &opt)) == NULL)
		return rp_error_no_memory(&lw->err);
	rp_index_clear(&lw->index);
	lw->in_period = false;
	rp_writer_on_frame(lw->w, note_frame, lw);
	lw->synced = rp_clock_monotonic();
	n = snprintf(note, sizeof(note),
	    "log.uuid=%s\nlog.segment=%" PRIu64 "\n", lw->uuid,
	    lw->segment.first_seq);
	st = check_writer(lw, rp_writer_note(lw->w, note, (size_t)n));
	if (st == RP_OK && lw->opt.sync != RP_SYNC_NEVER)
		st = rp_directory_sync(lw->dir, &lw->err);
	return st;
}

static void
close_segment(struct rp_log_writer *lw)
{
	lw->totals.bytes += rp_writer_bytes(lw->w);
	rp_writer_free(lw->w);
	lw->w = NULL;
	close(lw->fd);
	lw->fd = -1;
}

static enum rp_status
seal(struct rp_log_writer *lw, uint32_t end_flags)
{
	bool sync = lw->opt.sync != RP_SYNC_NEVER;
	enum rp_status st;

	st = check_writer(lw, rp_writer_finish(lw->w, end_flags));
	lw->totals.next_seq = rp_writer_next_seq(lw->w);
	if (st == RP_OK && sync)
		st = sync_segment(lw);
	if (st != RP_OK)
		return st;
	close_segment(lw);
	return rp_segment_write_index(
	    &lw->index, lw->dir, &lw->segment, sync, &lw->err);
}

/* After a failed write: cut the torn end off, and seal if there is room. */
static void
salvage(struct rp_log_writer *lw)
{
	struct rp_error ignored = { 0 }; /* the first one is told */
	struct rp_recovery r;

	if (lw->w == NULL)
		return;
	/* what was not written whole goes: its records were never stored */
	if (lw->index.segment_len == 0) {
		close_segment(lw);
		unlink(lw->path);
	} else if (ftruncate(lw->fd, (off_t)lw->index.segment_len) == 0) {
		close_segment(lw);
		(void)!rp_segment_recover(
		    lw->dir, &lw->segment, false, &r, &ignored);
	} else {
		close_segment(lw);
	}
}

/* ---- records ---- */

static int64_t
period_of(const struct rp_log_writer *lw, int64_t ts)
{
	int64_t t = lw->opt.roll_time;

	return t == 0 ? 0 : ts / t - (ts % t < 0);
}

/* A segment to write a record of this time to. */
static enum rp_status
ready(struct rp_log_writer *lw, int64_t ts)
{
	enum rp_status st = lw->err.status;

	/* a clock that goes back does not roll: it may do so all the time */
	if (st == RP_OK && lw->w != NULL && lw->in_period &&
	    (rp_writer_bytes(lw->w) >= lw->opt.roll_size ||
		period_of(lw, ts) > lw->period))
		st = seal(lw, 0);
	if (st == RP_OK && lw->w == NULL)
		st = begin_segment(lw);
	if (!lw->in_period)
		lw->period = period_of(lw, ts);
	lw->in_period = true;
	return st;
}

/* What the policy wants after frames were written. */
static enum rp_status
sync_by_policy(struct rp_log_writer *lw)
{
	if (lw->w == NULL || !lw->dirty)
		return RP_OK;
	if (lw->opt.sync == RP_SYNC_FRAME ||
	    (lw->opt.sync == RP_SYNC_INTERVAL &&
		rp_clock_monotonic() - lw->synced >= lw->opt.sync_interval))
		return sync_segment(lw);
	return RP_OK;
}

static enum rp_status
put_records(struct rp_log_writer *lw, const struct rp_frame *f)
{
	const struct rp_record *r = NULL;
	enum rp_status st = RP_OK;

	while (st == RP_OK && (r = rp_frame_next(f, r)) != NULL) {
		if (lw->opt.roll_time != 0 &&
		    (st = ready(lw, r->ts_recv)) != RP_OK)
			break;
		st = rp_writer_put(lw->w, f, r);
	}
	return st;
}

/* A frame of a good size as it is cut, others gathered, a period at a time. */
static enum rp_status
put_frame(struct rp_log_writer *lw, const struct rp_frame *f)
{
	const struct rp_writer_options *o = &lw->opt.frames;
	const struct rp_frame_head *h = &f->head;

	if (period_of(lw, h->ts_max) > lw->period)
		return put_records(lw, f);
	if (h->records > 1 &&
	    (h->raw_len > o->frame_raw ||
		(o->frame_records != 0 && h->records > o->frame_records)))
		return rp_writer_gather(lw->w, f);
	return rp_writer_fit(lw->w, f);
}

/*
 * A NOTE of the input. One that opened another log must not seem to be ours: its
 * lines get "from." in front.
 */
static enum rp_status
copy_note(struct rp_log_writer *lw, const char *text, size_t len)
{
	struct rp_buffer b = { 0 };
	enum rp_status st = RP_OK;
	size_t value;

	if (rp_note_value(text, len, "log.uuid", &value) == NULL)
		return rp_log_writer_note(lw, text, len);
	while (len > 0 && st == RP_OK) {
		const char *nl = memchr(text, '\n', len);
		size_t line = nl != NULL ? (size_t)(nl - text) + 1 : len;

		if ((st = rp_buffer_add(&b, "from.", 5)) == RP_OK)
			st = rp_buffer_add(&b, text, line);
		text += line;
		len -= line;
	}
	st = st == RP_OK ? rp_log_writer_note(lw, (const char *)b.data, b.len)
			 : rp_error_no_memory(&lw->err);
	rp_buffer_free(&b);
	return st;
}

enum rp_status
rp_log_writer_frame(struct rp_log_writer *lw, const struct rp_frame *f)
{
	const struct rp_frame_head *h = &f->head;
	enum rp_status st;

	if (h->kind == RP_NOTE)
		return copy_note(lw, f->text, f->text_len);
	if (h->kind != RP_DATA)
		return lw->err.status;
	if ((st = ready(lw, h->ts_min)) != RP_OK)
		return st;
	if ((st = check_writer(lw, put_frame(lw, f))) != RP_OK)
		return st;
	lw->totals.next_seq = rp_writer_next_seq(lw->w);
	return sync_by_policy(lw);
}

enum rp_status
rp_log_writer_note(struct rp_log_writer *lw, const char *text, size_t len)
{
	enum rp_status st = lw->err.status;

	if (st == RP_OK && lw->w == NULL)
		st = begin_segment(lw);
	return st != RP_OK ? st
			   : check_writer(lw, rp_writer_note(lw->w, text, len));
}

int
rp_log_writer_idle(void *arg)
{
	struct rp_log_writer *lw = arg;
	int64_t due;
	int ms;

	if (lw->w == NULL || lw->err.status != RP_OK)
		return -1;
	ms = rp_writer_idle(lw->w);
	if (sync_by_policy(lw) != RP_OK)
		return -1;
	if (ms < 0 && lw->dirty && lw->opt.sync == RP_SYNC_INTERVAL) {
		due = lw->synced + lw->opt.sync_interval - rp_clock_monotonic();
		ms = due > 0 ? (int)(due / 1000000) + 1 : 0;
	}
	return ms;
}

enum rp_status
rp_log_writer_close(struct rp_log_writer *lw, uint32_t end_flags, bool lost)
{
	enum rp_status st = lw->err.status;

	if (st == RP_OK && lw->w == NULL && lw->opt.append)
		return RP_OK; /* nothing came, nothing was begun */
	if (st == RP_OK && lw->w == NULL)
		st = begin_segment(lw);
	if (st == RP_OK && lost) {
		end_flags |= RP_END_RECOVERED;
		st = check_writer(lw, add_gap(lw, 0, 0));
	}
	if (st == RP_OK)
		st = seal(lw, end_flags);
	if (st == RP_OK && lw->opt.sync != RP_SYNC_NEVER)
		st = rp_directory_sync(lw->dir, &lw->err);
	if (lw->err.status != RP_OK)
		salvage(lw);
	return st;
}

void
rp_log_writer_discard(struct rp_log_writer *lw)
{
	char *lock;

	if (lw->w != NULL) {
		close_segment(lw);
		unlink(lw->path);
	}
	if (!lw->made || asprintf(&lock, "%s/lock", lw->dir) < 0)
		return;
	unlink(lock);
	free(lock);
	rmdir(lw->dir);
}
