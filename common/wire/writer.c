#include "wire/writer_work.h"

#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/limits.h"
#include "wire/directory.h"
#include "wire/run.h"

static uint32_t
default_size(const struct rp_writer_options *o)
{
	if (o->frame_records != 0)
		return RP_MAX_RAW;
	if (o->encoding.codec == RP_CODEC_NONE &&
	    o->encoding.layout == RP_LAYOUT_ROWS)
		return RP_FRAME_PLAIN;
	return RP_FRAME_RAW;
}

static struct rp_writer *
writer_new(const char *name, const struct rp_writer_options *opt)
{
	struct rp_writer *w = calloc(1, sizeof(*w));

	if (w == NULL)
		return NULL;
	if (opt != NULL)
		w->opt = *opt;
	if (w->opt.frame_raw == 0)
		w->opt.frame_raw = default_size(&w->opt);
	if (w->opt.frame_raw > RP_MAX_RAW)
		w->opt.frame_raw = RP_MAX_RAW;
	if (w->opt.frame_records == 0)
		w->opt.frame_records = UINT32_MAX;
	if (w->opt.frame_time == 0)
		w->opt.frame_time = RP_FRAME_TIME_MS;
	w->name = strdup(name);
	w->forward = true;
	w->ts_high = INT64_MIN;
	w->encoder = rp_encoder_new(&w->opt.encoding, w->opt.threads);
	if (w->name == NULL || w->encoder == NULL ||
	    rp_namebook_init(&w->book) != RP_OK) {
		rp_writer_free(w);
		return NULL;
	}
	return w;
}

struct rp_writer *
rp_writer_fd(int fd, const char *name, const struct rp_writer_options *opt)
{
	struct rp_writer *w = writer_new(name, opt);

	if (w != NULL)
		rp_outlet_fd(&w->out, fd);
	return w;
}

struct rp_writer *
rp_writer_memory(struct rp_buffer *out, const struct rp_writer_options *opt)
{
	struct rp_writer *w = writer_new("<memory>", opt);

	if (w != NULL)
		w->out = (struct rp_outlet){ .fd = -1, .memory = out };
	return w;
}

void
rp_writer_free(struct rp_writer *w)
{
	if (w == NULL)
		return;
	rp_encoder_free(w->encoder);
	rp_namebook_free(&w->book);
	rp_buffer_free(&w->other);
	rp_frame_scratch_free(&w->seen);
	free(w->name);
	free(w);
}

const struct rp_end *
rp_writer_totals(const struct rp_writer *w)
{
	return &w->end;
}

uint64_t
rp_writer_next_seq(const struct rp_writer *w)
{
	return w->opt.assign_seq;
}

uint64_t
rp_writer_bytes(const struct rp_writer *w)
{
	return w->out.bytes;
}

void
rp_writer_on_frame(
    struct rp_writer *w, void (*fn)(void *, const struct rp_frame *), void *arg)
{
	w->on_frame = fn;
	w->on_frame_arg = arg;
}

const struct rp_error *
rp_writer_error(const struct rp_writer *w)
{
	return &w->err;
}

enum rp_status
rp_wr_fail(struct rp_writer *w, enum rp_status st, const char *why)
{
	w->room = 0;
	return rp_error_set(&w->err, st, "%s: %s", w->name, why);
}

enum rp_status
rp_wr_write(struct rp_writer *w, struct iovec *iov, int n)
{
	return rp_outlet_write(&w->out, iov, n, w->name, &w->err);
}

/* A frame is on its way: count it into the section. */
void
rp_wr_account(struct rp_writer *w, const struct rp_frame *f)
{
	w->end.frame_chain = rp_chain(w->end.frame_chain, f->head.head_hash);
	if (f->head.kind == RP_DATA) {
		w->forward &= (f->head.flags & RP_FRAME_TS_ORDERED) &&
		    f->head.ts_min >= w->ts_high;
		w->ts_high = f->head.ts_max;
		w->end.records += f->head.records;
		w->end.rec_sum += f->head.rec_sum;
		w->end.raw_bytes += f->head.raw_len;
		w->end.data_frames++;
	}
	if (w->on_frame != NULL)
		w->on_frame(w->on_frame_arg, f);
}

static enum rp_status
write_job(struct rp_writer *w, struct rp_encode_job *j)
{
	static const uint8_t zeros[8];
	struct rp_frame f = { .head = j->head, .offset = w->out.bytes };
	struct iovec iov[3] = { { (void *)(uintptr_t)j->out.head,
				    j->out.head_len },
		{ (void *)(uintptr_t)j->out.body, j->out.body_len },
		{ (void *)(uintptr_t)zeros, j->out.pad } };
	enum rp_status st;

	if (j->status != RP_OK)
		return rp_wr_fail(w, j->status, "a frame cannot be encoded");
	if ((st = rp_wr_write(w, iov, 3)) != RP_OK)
		return st;
	f.size = w->out.bytes - f.offset;
	if (w->on_frame != NULL &&
	    (st = rp_dir_decode_plain(
		 &f, j->dir.data, j->dir.len, &w->seen, &w->err)) != RP_OK)
		return st;
	rp_wr_account(w, &f);
	return RP_OK;
}

/* Write what has been encoded: all of it, or until a job is free. */
enum rp_status
rp_wr_collect(struct rp_writer *w, bool all)
{
	struct rp_encode_job *j;
	enum rp_status st = RP_OK;

	while (st == RP_OK && (all || rp_encoder_job(w->encoder) == NULL) &&
	    (j = rp_encoder_collect(w->encoder)) != NULL) {
		st = write_job(w, j);
		rp_encoder_release(w->encoder);
	}
	return st;
}

enum rp_status
rp_wr_submit(struct rp_writer *w)
{
	rp_encoder_submit(w->encoder);
	return rp_wr_collect(w, w->opt.threads <= 1);
}

/* ---- the frame in hand ---- */

enum rp_status
rp_wr_begin_frame(struct rp_writer *w)
{
	enum rp_status st;

	if ((st = rp_wr_collect(w, false)) != RP_OK)
		return st;
	w->job = rp_encoder_job(w->encoder);
	w->job->rows.len = w->settled = 0;
	w->head = (struct rp_frame_head){ 0 };
	w->ranges = RP_RANGES_OF_NONE;
	w->since = rp_clock_monotonic() / 1000000;
	return RP_OK;
}

/* What the ranges of the frame in hand say of it. */
static void
set_ranges(struct rp_writer *w)
{
	const struct rp_ranges *g = &w->ranges;
	struct rp_frame_head *h = &w->head;

	h->seq_min = g->seq_min;
	h->seq_max = g->seq_max;
	h->ts_min = g->ts_min;
	h->ts_max = g->ts_max;
	if (w->opt.thinned)
		h->flags |= RP_FRAME_THINNED;
	if (g->ts_ordered)
		h->flags |= RP_FRAME_TS_ORDERED;
	if (g->seq_ordered) {
		h->flags |= RP_FRAME_SEQ_ORDERED;
		if (h->seq_min != 0 &&
		    h->seq_max - h->seq_min + 1 == h->records)
			h->flags |= RP_FRAME_SEQ_DENSE;
	}
}

/* Hand the frame in hand to the encoder. */
enum rp_status
rp_wr_end_frame(struct rp_writer *w)
{
	enum rp_status st;

	if (w->head.records == 0)
		return RP_OK;
	rp_wr_settle(w);
	set_ranges(w);
	if ((st = rp_namebook_encode(&w->book, &w->job->dir)) != RP_OK)
		return rp_wr_fail(w, st, "a directory cannot be encoded");
	rp_namebook_clear(&w->book);
	w->job->head = w->head;
	w->job = NULL;
	w->room = 0;
	w->head.records = 0;
	return rp_wr_submit(w);
}

/* Let the frame in hand end with this record, which may lie there already. */
static struct rp_record *
lay_row(struct rp_writer *w, const struct rp_record *rec, size_t size)
{
	struct rp_buffer *rows = &w->job->rows;
	uint8_t *p = rows->data + rows->len;

	if ((const uint8_t *)rec != p)
		memmove(p, rec, sizeof(*rec) + rec->len);
	rows->len += size;
	rec = (const struct rp_record *)p;
	if (rec->len % 8 != 0)
		memset(p + sizeof(*rec) + rec->len, 0, 8 - rec->len % 8);
	return (struct rp_record *)p;
}

void
rp_wr_count_run(struct rp_namebook *b, const struct rp_run *run,
    uint32_t symbol, uint32_t source)
{
	struct rp_type_count *t = &b->types[run->type];
	uint32_t len = rp_run_len(run);

	if (run->records == 0)
		return;
	if (t->records == 0)
		t->fixed_len = len <= UINT16_MAX ? (uint16_t)len : 0;
	else if (t->fixed_len != len)
		t->fixed_len = 0;
	t->records += run->records;
	if (symbol != RP_NO_NAME)
		b->names[symbol].records += run->records;
	if (source != RP_NO_NAME)
		b->names[source].records += run->records;
}

static void
end_run(struct rp_namebook *b, const struct rp_run *run)
{
	rp_wr_count_run(b, run, rp_run_symbol(run), rp_run_source(run));
}

static void
begin_run(
    const struct rp_namebook *b, struct rp_run *run, const struct rp_record *r)
{
	uint64_t symbol = 0, source = 0;
	uint32_t type = run->type;

	while (b->types[type].type != r->type)
		type = (type + 1) % b->n_types;
	if (r->symbol != RP_NO_NAME)
		symbol = b->names[r->symbol].hash;
	if (r->source != RP_NO_NAME)
		source = b->names[r->source].hash;
	rp_run_begin(run, r, type, symbol, source);
}

/*
 * Counts, ranges and sums of the records since the last time. Not while each
 * of them is made: what has just been stored in parts is slow to load whole.
 */
void
rp_wr_settle(struct rp_writer *w)
{
	const struct rp_buffer *rows = &w->job->rows;
	const uint8_t *p = rows->data + w->settled;
	const uint8_t *end = rows->data + rows->len;
	struct rp_namebook *b = &w->book;
	struct rp_ranges ranges = w->ranges;
	struct rp_run run = { 0 };
	const struct rp_record *r;
	uint64_t sum = 0;

	for (; p < end; p += rp_record_size(r)) {
		r = (const void *)p;
		if (!rp_run_has(&run, r)) {
			end_run(b, &run);
			begin_run(b, &run, r);
		}
		run.records++;
		rp_ranges_add(&ranges, r);
		sum += rp_run_hash(&run, r);
	}
	end_run(b, &run);
	w->head.rec_sum += sum;
	w->ranges = ranges;
	w->settled = rows->len;
}

static inline enum rp_status
find_names(struct rp_writer *w, const struct rp_record *rec,
    struct rp_label *symbol, struct rp_label *source, uint32_t index[2])
{
	enum rp_status st = rp_namebook_find(&w->book, symbol, &index[0]);
	uint32_t type;

	if (st == RP_OK)
		st = rp_namebook_find(&w->book, source, &index[1]);
	if (st == RP_OK)
		st = rp_namebook_type(&w->book, rec->type, &type);
	return st;
}

/* Let the rows of the frame in hand reach at least this far. */
static enum rp_status
reserve(struct rp_writer *w, size_t size)
{
	size_t room = w->opt.frame_raw;

	if (room < w->job->rows.len + size)
		room = w->job->rows.len + size;
	if (rp_buffer_reserve(&w->job->rows, room) != RP_OK)
		return rp_wr_fail(w, RP_ERR_NOMEM, "out of memory");
	w->room = room;
	return RP_OK;
}

enum rp_status
rp_wr_make_room(struct rp_writer *w, size_t size)
{
	enum rp_status st;

	if (w->err.status != RP_OK)
		return w->err.status;
	if (size > RP_MAX_RAW_JUMBO)
		return rp_wr_fail(w, RP_ERR_LIMIT, "a record exceeds 32 MiB");
	if (w->job != NULL &&
	    (w->job->rows.len + size > w->opt.frame_raw ||
		w->head.records >= w->opt.frame_records)) {
		if ((st = rp_wr_end_frame(w)) != RP_OK)
			return st;
	}
	if (w->job == NULL && (st = rp_wr_begin_frame(w)) != RP_OK)
		return st;
	return reserve(w, size);
}

struct rp_record *
rp_writer_place(struct rp_writer *w, uint32_t len)
{
	size_t size = sizeof(struct rp_record) + rp_align8(len);

	if (rp_wr_frame_for(w, size) != RP_OK)
		return NULL;
	return (struct rp_record *)(w->job->rows.data + w->job->rows.len);
}

enum rp_status
rp_writer_add(struct rp_writer *w, const struct rp_record *rec,
    struct rp_label *symbol, struct rp_label *source)
{
	size_t size = rp_record_size(rec);
	struct rp_record *r;
	uint32_t index[2];
	enum rp_status st;

	if ((st = rp_wr_frame_for(w, size)) != RP_OK)
		return st;
	st = find_names(w, rec, symbol, source, index);
	if (st == RP_ERR_LIMIT && w->head.records > 0) {
		/* the directory is full: start another */
		if ((st = rp_wr_end_frame(w)) != RP_OK ||
		    (st = rp_wr_frame_for(w, size)) != RP_OK)
			return st;
		st = find_names(w, rec, symbol, source, index);
	}
	if (st != RP_OK)
		return rp_wr_fail(w, st, "a name does not fit a directory");
	r = lay_row(w, rec, size);
	r->symbol = index[0];
	r->source = index[1];
	if (w->opt.assign_seq != 0)
		r->seq = w->opt.assign_seq++;
	if (++w->head.records >= w->opt.frame_records)
		w->room = 0;
	return size > RP_MAX_RAW ? rp_wr_end_frame(w) : RP_OK;
}

/* Have these n of the names in the frame in hand. */
static enum rp_status
enter_schemas(struct rp_writer *w, struct rp_label *names,
    const uint32_t *schemas, uint32_t n)
{
	enum rp_status st = RP_OK;
	uint32_t index;

	for (uint32_t i = 0; i < n && st == RP_OK; i++)
		st = rp_namebook_find(&w->book, &names[schemas[i]], &index);
	return st;
}

/* Before the record, as the directory may be full, and again, as the record
 * may have begun another frame. */
static enum rp_status
add_with(struct rp_writer *w, const struct rp_record *rec,
    struct rp_label *symbol, struct rp_label *source, struct rp_label *names,
    const uint32_t *schemas, uint32_t n)
{
	enum rp_status st = enter_schemas(w, names, schemas, n);

	if (st == RP_ERR_LIMIT && w->job != NULL)
		st = rp_wr_end_frame(w);
	if (st == RP_OK)
		st = rp_writer_add(w, rec, symbol, source);
	if (st != RP_OK || w->job == NULL)
		return st;
	st = enter_schemas(w, names, schemas, n);
	return st == RP_OK
	    ? RP_OK
	    : rp_wr_fail(w, st, "a schema does not fit a directory");
}

enum rp_status
rp_writer_add_of(struct rp_writer *w, const struct rp_record *rec,
    struct rp_label *symbol, struct rp_label *source, struct rp_label *schema)
{
	static const uint32_t only = 0;

	return add_with(w, rec, symbol, source, schema, &only, schema != NULL);
}

enum rp_status
rp_writer_put(
    struct rp_writer *w, const struct rp_frame *f, const struct rp_record *rec)
{
	struct rp_label *symbol = rp_frame_name(f, rec->symbol);
	struct rp_label *source = rp_frame_name(f, rec->source);

	if (f->head.flags & RP_FRAME_THINNED)
		w->opt.thinned = true;
	if (f->n_schemas > 0)
		return add_with(
		    w, rec, symbol, source, f->names, f->schemas, f->n_schemas);
	return rp_writer_add(w, rec, symbol, source);
}

void
rp_writer_thin(struct rp_writer *w)
{
	w->opt.thinned = true;
}

enum rp_status
rp_writer_flush(struct rp_writer *w)
{
	enum rp_status st;

	if (w->err.status != RP_OK)
		return w->err.status;
	if (w->job != NULL && (st = rp_wr_end_frame(w)) != RP_OK)
		return st;
	return rp_wr_collect(w, true);
}

int
rp_writer_idle(void *arg)
{
	struct rp_writer *w = arg;
	int64_t age;

	if (w->err.status != RP_OK)
		return -1;
	if (w->job == NULL) {
		/* no more input: what threads encode will not be asked for */
		(void)!rp_wr_collect(w, true);
		return -1;
	}
	age = rp_clock_monotonic() / 1000000 - w->since;
	if (age >= 0 && age < w->opt.frame_time)
		return w->opt.frame_time - (int)age;
	/* a failure is kept, and seen at the next put */
	if (rp_writer_flush(w) == RP_OK && w->opt.marks && w->forward)
		(void)!rp_writer_mark(w, w->ts_high, 0);
	return -1;
}
