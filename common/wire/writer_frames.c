/* Whole frames: passed on, in another encoding, gathered into larger ones or
 * dealt out. */
#include <string.h>

#include "base/bytes.h"
#include "base/limits.h"
#include "wire/directory.h"
#include "wire/writer_work.h"

void
rp_writer_on_full(struct rp_writer *w, bool (*wait)(void *), void *arg)
{
	w->out.wait = wait;
	w->out.wait_arg = arg;
}

enum rp_status
rp_writer_pass(struct rp_writer *w, const struct rp_frame *f)
{
	uint8_t head[RP_FRAME_HEAD_MAX];
	struct rp_frame out = *f;
	struct iovec iov[2];
	size_t done = 0, head_len = f->head.head_len;
	enum rp_status st;
	int n = 0;

	if (f->head.kind == RP_MARK)
		return rp_writer_mark(w, f->head.ts_min, f->head.seq_min);
	if (f->stored == NULL || f->head.kind == RP_END_FRAME)
		return rp_wr_fail(
		    w, RP_ERR_USAGE, "a frame that cannot be passed");
	if (f->head.kind == RP_DATA && w->opt.assign_seq != 0)
		return rp_writer_recode(w, f);
	if ((st = rp_writer_flush(w)) != RP_OK)
		return st;
	if (f->head.flags & RP_FRAME_THINNED)
		w->opt.thinned = true;
	memcpy(head, f->stored, head_len);
	if (f->head.kind == RP_DATA && w->opt.thinned &&
	    !(f->head.flags & RP_FRAME_THINNED)) {
		out.head.flags |= RP_FRAME_THINNED;
		rp_head_patch(&out.head, head);
	}
	out.offset = w->out.bytes;
	if (f->file != 0 && out.head.flags == f->head.flags)
		done =
		    rp_outlet_splice(&w->out, f->file - 1, f->offset, f->size);
	if (done < head_len)
		iov[n++] = (struct iovec){ head + done, head_len - done };
	done = done < head_len ? head_len : done;
	iov[n++] = (struct iovec){ (void *)(uintptr_t)(f->stored + done),
		f->size - done };
	if ((st = rp_wr_write(w, iov, n)) != RP_OK)
		return st;
	rp_wr_account(w, &out);
	return RP_OK;
}

/* The rows of f as the next job's own, numbered if seqs are assigned. */
static enum rp_status
copy_rows(
    struct rp_writer *w, const struct rp_frame *f, struct rp_encode_job *j)
{
	struct rp_frame copy = *f;
	struct rp_record *r = NULL;
	size_t len = (size_t)(f->rows_end - f->rows);

	j->rows.len = 0;
	if (rp_buffer_add(&j->rows, f->rows, len) != RP_OK)
		return rp_wr_fail(w, RP_ERR_NOMEM, "out of memory");
	if (w->opt.assign_seq == 0)
		return RP_OK;
	copy.rows = j->rows.data;
	copy.rows_end = copy.rows + len;
	j->head.seq_min = w->opt.assign_seq;
	while ((r = (struct rp_record *)(uintptr_t)rp_frame_next(&copy, r)) !=
	    NULL)
		r->seq = w->opt.assign_seq++;
	j->head.seq_max = w->opt.assign_seq - 1;
	j->head.flags |= RP_FRAME_SEQ_ORDERED | RP_FRAME_SEQ_DENSE;
	return RP_OK;
}

enum rp_status
rp_writer_recode(struct rp_writer *w, const struct rp_frame *f)
{
	struct rp_encode_job *j;
	enum rp_status st;

	if (w->err.status != RP_OK)
		return w->err.status;
	if (f->rows == NULL)
		return rp_wr_fail(w, RP_ERR_USAGE, "a frame without its rows");
	if (w->job != NULL && (st = rp_wr_end_frame(w)) != RP_OK)
		return st;
	if ((st = rp_wr_collect(w, false)) != RP_OK)
		return st;
	if (f->head.flags & RP_FRAME_THINNED)
		w->opt.thinned = true;
	j = rp_encoder_job(w->encoder);
	j->head = f->head;
	if (w->opt.thinned)
		j->head.flags |= RP_FRAME_THINNED;
	if (w->opt.assign_seq != 0 || w->opt.threads > 1) {
		if ((st = copy_rows(w, f, j)) != RP_OK)
			return st;
	} else {
		j->borrowed = f->rows;
	}
	st = rp_dir_encode(&j->dir, f->types, f->n_types, f->names, f->n_names);
	if (st != RP_OK)
		return rp_wr_fail(w, st, "a directory cannot be encoded");
	return rp_wr_submit(w);
}

/* ---- gathering ---- */

/* Whether the directory of the frame in hand can take in that of f. */
static bool
has_room(const struct rp_writer *w, const struct rp_frame *f)
{
	size_t size = w->book.dir_size + f->n_types * sizeof(*f->types);

	for (uint32_t i = 0; i < f->n_names; i++)
		size += RP_DIR_NAME_SIZE + f->names[i].len;
	return size <= RP_MAX_DIR &&
	    w->book.n_names + f->n_names <= RP_MAX_NAMES &&
	    w->book.n_types + f->n_types <= RP_MAX_TYPES;
}

/* Have a frame in hand that has room for all of f. */
static enum rp_status
make_room(struct rp_writer *w, const struct rp_frame *f, size_t len)
{
	enum rp_status st = rp_wr_frame_for(w, len);

	if (st != RP_OK || w->head.records == 0 || has_room(w, f))
		return st;
	if ((st = rp_wr_end_frame(w)) != RP_OK)
		return st;
	return rp_wr_frame_for(w, len);
}

static enum rp_status
put_each(struct rp_writer *w, const struct rp_frame *f)
{
	const struct rp_record *r = NULL;
	enum rp_status st = RP_OK;

	while (st == RP_OK && (r = rp_frame_next(f, r)) != NULL)
		st = rp_writer_put(w, f, r);
	return st;
}

/*
 * Where the names of f stand in the frame in hand; map[i] for name i. False in
 * *same if any stands elsewhere than in f.
 */
static enum rp_status
map_names(
    struct rp_writer *w, const struct rp_frame *f, uint32_t *map, bool *same)
{
	enum rp_status st = RP_OK;

	*same = true;
	for (uint32_t i = 0; i < f->n_names && st == RP_OK; i++) {
		st = rp_namebook_find(&w->book, &f->names[i], &map[i]);
		*same &= st == RP_OK && map[i] == i;
	}
	return st;
}

static enum rp_status
add_types(struct rp_writer *w, const struct rp_frame *f)
{
	uint32_t at;
	enum rp_status st = RP_OK;

	for (uint32_t i = 0; i < f->n_types && st == RP_OK; i++) {
		const struct rp_type_count *from = &f->types[i];
		struct rp_type_count *to;

		st = rp_namebook_type(&w->book, from->type, &at);
		if (st != RP_OK)
			break;
		to = &w->book.types[at];
		if (to->records == 0)
			to->fixed_len = from->fixed_len;
		else if (to->fixed_len != from->fixed_len)
			to->fixed_len = 0;
		to->records += from->records;
	}
	return st;
}

static void
widen(struct rp_writer *w, const struct rp_frame_head *from)
{
	struct rp_ranges *g = &w->ranges;

	g->ts_ordered &= (from->flags & RP_FRAME_TS_ORDERED) != 0 &&
	    from->ts_min >= g->ts_max;
	g->seq_ordered &= (from->flags & RP_FRAME_SEQ_ORDERED) != 0 &&
	    from->seq_min >= g->seq_max;
	g->seq_min = from->seq_min < g->seq_min ? from->seq_min : g->seq_min;
	g->seq_max = from->seq_max > g->seq_max ? from->seq_max : g->seq_max;
	g->ts_min = from->ts_min < g->ts_min ? from->ts_min : g->ts_min;
	g->ts_max = from->ts_max > g->ts_max ? from->ts_max : g->ts_max;
	w->head.records += from->records;
	w->head.rec_sum += from->rec_sum;
}

/* Number and rename the records at p as they now stand in the frame in hand. */
static void
patch_rows(struct rp_writer *w, struct rp_frame *copy, const uint32_t *map)
{
	struct rp_record *r = NULL;

	while ((r = (struct rp_record *)(uintptr_t)rp_frame_next(copy, r)) !=
	    NULL) {
		if (w->opt.assign_seq != 0)
			r->seq = w->opt.assign_seq++;
		if (r->symbol != RP_NO_NAME)
			r->symbol = map[r->symbol];
		if (r->source != RP_NO_NAME)
			r->source = map[r->source];
	}
}

enum rp_status
rp_writer_gather(struct rp_writer *w, const struct rp_frame *f)
{
	size_t len = (size_t)(f->rows_end - f->rows);
	struct rp_frame copy = *f;
	struct rp_buffer *rows;
	uint32_t *map;
	bool same;
	enum rp_status st;

	if (w->opt.frame_records != UINT32_MAX || len > w->opt.frame_raw)
		return put_each(w, f);
	if (f->head.flags & RP_FRAME_THINNED)
		w->opt.thinned = true;
	if ((st = make_room(w, f, len)) != RP_OK)
		return st;
	if (!has_room(w, f))
		return put_each(w, f);
	if (rp_buffer_reserve(&w->other, f->n_names * sizeof(*map) + 1) !=
	    RP_OK)
		return rp_wr_fail(w, RP_ERR_NOMEM, "out of memory");
	map = (uint32_t *)w->other.data;
	st = map_names(w, f, map, &same);
	if (st == RP_OK)
		st = add_types(w, f);
	if (st != RP_OK)
		return rp_wr_fail(w, st, "a directory cannot be gathered");
	for (uint32_t i = 0; i < f->n_names; i++)
		w->book.names[map[i]].records += f->names[i].records;
	rp_wr_settle(w);
	rows = &w->job->rows;
	copy.rows = memcpy(rows->data + rows->len, f->rows, len);
	copy.rows_end = copy.rows + len;
	rows->len += len;
	w->settled = rows->len;
	if (w->opt.assign_seq != 0) {
		copy.head.seq_min = w->opt.assign_seq;
		copy.head.seq_max = w->opt.assign_seq + f->head.records - 1;
		copy.head.flags |= RP_FRAME_SEQ_ORDERED;
	}
	if (!same || w->opt.assign_seq != 0)
		patch_rows(w, &copy, map);
	widen(w, &copy.head);
	return RP_OK;
}

/* ---- picking ---- */

static enum rp_status
put_picked_each(
    struct rp_writer *w, const struct rp_frame *f, const struct rp_picked *p)
{
	enum rp_status st = RP_OK;

	for (uint32_t i = 0; st == RP_OK && i < p->n; i++)
		st = rp_writer_put(
		    w, f, (const struct rp_record *)(f->rows + p->at[i]));
	return st;
}

/* Where names of f stand in the frame in hand, as far as they were met. */
struct names_met {
	const struct rp_frame *f;
	uint32_t *map; /* by index; RP_NO_NAME: not met */
};

/* Count a record of this name, and put its place there in *index. */
static inline enum rp_status
count_name(struct rp_writer *w, const struct names_met *m, uint32_t name,
    uint32_t *index)
{
	enum rp_status st;

	*index = RP_NO_NAME;
	if (name == RP_NO_NAME)
		return RP_OK;
	if (m->map[name] == RP_NO_NAME &&
	    (st = rp_namebook_find(
		 &w->book, &m->f->names[name], &m->map[name])) != RP_OK)
		return st;
	*index = m->map[name];
	w->book.names[*index].records++;
	return RP_OK;
}

/* Count n records of a type, all as long as r. */
static enum rp_status
count_shape(struct rp_writer *w, const struct rp_record *r, uint32_t n)
{
	struct rp_run run = { .records = n, .shape = rp_run_shape(r) };
	enum rp_status st = rp_namebook_type(&w->book, r->type, &run.type);

	if (st == RP_OK)
		rp_wr_count_run(&w->book, &run, RP_NO_NAME, RP_NO_NAME);
	return st;
}

static inline uint64_t
hash_picked(const struct rp_frame *f, const struct rp_record *r)
{
	const struct rp_label *symbol = rp_frame_name(f, r->symbol);
	const struct rp_label *source = rp_frame_name(f, r->source);

	return rp_record_hash(r, symbol != NULL ? symbol->hash : 0,
	    source != NULL ? source->hash : 0);
}

/* A record; most are so short that a call would take as long again. */
static inline uint8_t *
copy_row(uint8_t *to, const struct rp_record *r)
{
	const uint8_t *from = (const uint8_t *)r;
	size_t size = rp_record_size(r);

	for (; size >= 32; size -= 32, to += 32, from += 32)
		memcpy(to, from, 32);
	for (; size > 0; size -= 8, to += 8, from += 8)
		memcpy(to, from, 8);
	return to;
}

/* Into the frame in hand, which has room for them. */
static enum rp_status
copy_picked(struct rp_writer *w, const struct names_met *m, struct rp_picked *p)
{
	const uint8_t *rows = m->f->rows;
	const struct rp_record *first = (const void *)(rows + p->at[0]), *r;
	struct rp_ranges ranges = w->ranges;
	uint8_t *to = w->job->rows.data + w->job->rows.len;
	uint32_t alike = 0;
	uint64_t sum = 0;
	enum rp_status st;

	for (uint32_t i = 0; i < p->n; i++) {
		struct rp_record *copy = (struct rp_record *)to;

		r = (const struct rp_record *)(rows + p->at[i]);
		to = copy_row(to, r);
		if ((st = count_name(w, m, r->symbol, &copy->symbol)) !=
			RP_OK ||
		    (st = count_name(w, m, r->source, &copy->source)) != RP_OK)
			return st;
		if (rp_run_shape(r) != rp_run_shape(first)) {
			if ((st = count_shape(w, first, alike)) != RP_OK)
				return st;
			first = r;
			alike = 0;
		}
		alike++;
		rp_ranges_add(&ranges, r);
		if (!p->summed)
			sum += hash_picked(m->f, r);
	}
	if ((st = count_shape(w, first, alike)) != RP_OK)
		return st;
	if (!p->summed)
		p->sum = sum;
	p->summed = true;
	w->head.records += p->n;
	w->head.rec_sum += p->sum;
	w->ranges = ranges;
	return RP_OK;
}

enum rp_status
rp_writer_put_picked(
    struct rp_writer *w, const struct rp_frame *f, struct rp_picked *p)
{
	const size_t size = f->n_names * sizeof(uint32_t);
	struct names_met met = { .f = f };
	enum rp_status st;

	if (p->n == 0)
		return RP_OK;
	if (f->head.flags & RP_FRAME_THINNED)
		w->opt.thinned = true;
	if (f->n_schemas > 0 || w->opt.assign_seq != 0 ||
	    w->opt.frame_records != UINT32_MAX || p->size > w->opt.frame_raw)
		return put_picked_each(w, f, p);
	if ((st = make_room(w, f, p->size)) != RP_OK)
		return st;
	if (!has_room(w, f))
		return put_picked_each(w, f, p);
	if (rp_buffer_reserve(&w->other, size + 1) != RP_OK)
		return rp_wr_fail(w, RP_ERR_NOMEM, "out of memory");
	met.map = memset(w->other.data, 0xff, size);
	rp_wr_settle(w);
	if (copy_picked(w, &met, p) != RP_OK)
		return rp_wr_fail(w, RP_ERR_LIMIT, "a directory is full");
	w->job->rows.len += p->size;
	w->settled = w->job->rows.len;
	return RP_OK;
}

enum rp_status
rp_writer_fit(struct rp_writer *w, const struct rp_frame *f)
{
	return f->head.raw_len < w->opt.frame_raw / 2 ? rp_writer_gather(w, f)
						      : rp_writer_recode(w, f);
}
