#include "parquet/writer.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "parquet/chunk.h"
#include "parquet/meta.h"
#include "parquet/options.h"

/* What the footer says of a chunk, in done.meta. */
struct chunk_done {
	uint32_t meta, column_index, offset_index; /* bytes of each */
};

struct group_done {
	uint64_t rows, raw, stored, at;
	int32_t sorted; /* column, or -1 */
};

struct column {
	struct rp_column
	    like; /* the batch's, of which only what it is counts */
	size_t index; /* in the batch */
	struct rp_chunk chunk;
	enum rp_status status; /* of its page in the making */
};

struct rp_parquet {
	struct rp_parquet_options *o;
	rp_parquet_write_fn *write;
	void *arg;
	struct column *columns;
	size_t n;
	uint64_t at, rows, group_rows;
	const struct rp_batch *batch; /* that threads work on, or NULL */
	struct { /* of the row groups that were written */
		struct rp_buffer groups, chunks; /* struct *_done */
		struct rp_buffer meta, column_index, offset_index, said;
		size_t n_said;
	} done;
	enum rp_status status; /* the first failure */
};

/* ---- options ---- */

enum rp_status
rp_parquet_start(struct rp_parquet_options *o, int threads)
{
	o->workers = rp_workers_new(threads);
	o->work = calloc((size_t)threads, sizeof(*o->work));
	if (o->workers == NULL || o->work == NULL)
		return RP_ERR_NOMEM;
	for (int i = 0; i < threads; i++) {
		o->work[i].codec = o->codec;
		o->work[i].level = o->level;
	}
	return RP_OK;
}

void
rp_parquet_stop(struct rp_parquet_options *o)
{
	int n = o->workers != NULL && o->work != NULL
	    ? rp_workers_count(o->workers)
	    : 0;

	for (int i = 0; i < n; i++)
		rp_chunk_work_free(&o->work[i]);
	rp_workers_free(o->workers);
	free(o->work);
	rp_buffer_free(&o->encodings);
	o->workers = NULL;
	o->work = NULL;
}

/* ---- files ---- */

static bool
is_left_out(const char *const *names, const struct rp_column *c)
{
	for (; names != NULL && *names != NULL; names++)
		if (strlen(*names) == c->name_len &&
		    memcmp(*names, c->name, c->name_len) == 0)
			return true;
	return false;
}

enum rp_status
rp_parquet_new(struct rp_parquet **out, struct rp_parquet_options *o,
    const struct rp_batch *batch, const char *const *left_out,
    rp_parquet_write_fn *write, void *arg, struct rp_error *err)
{
	struct rp_parquet *p = calloc(1, sizeof(*p));
	enum rp_parquet_encoding encoding;
	enum rp_status st;

	*out = p;
	if (p == NULL ||
	    (p->columns = calloc(batch->n, sizeof(*p->columns))) == NULL)
		return rp_error_set(err, RP_ERR_NOMEM, "out of memory");
	p->o = o;
	p->write = write;
	p->arg = arg;
	for (size_t i = 0; i < batch->n; i++) {
		const struct rp_column *c = &batch->columns[i];
		struct column *column = &p->columns[p->n];

		if (is_left_out(left_out, c))
			continue;
		if ((st = rp_parquet_encoding_of(o, c, &encoding, err)) !=
		    RP_OK)
			return st;
		column->like = *c;
		column->index = i;
		rp_chunk_init(&column->chunk, c, encoding);
		p->n++;
	}
	return p->n > 0 ? RP_OK
			: rp_error_set(err, RP_ERR_USAGE, "no column is left");
}

void
rp_parquet_free(struct rp_parquet *p)
{
	if (p == NULL)
		return;
	if (p->batch != NULL)
		(void)!rp_parquet_wait(p);
	for (size_t i = 0; i < p->n; i++)
		rp_chunk_empty(&p->columns[i].chunk);
	free(p->columns);
	rp_buffer_free(&p->done.groups);
	rp_buffer_free(&p->done.chunks);
	rp_buffer_free(&p->done.meta);
	rp_buffer_free(&p->done.column_index);
	rp_buffer_free(&p->done.offset_index);
	rp_buffer_free(&p->done.said);
	free(p);
}

static enum rp_status
failed(struct rp_parquet *p, enum rp_status st)
{
	if (p->status == RP_OK)
		p->status = st;
	return p->status;
}

static enum rp_status
put_bytes(struct rp_parquet *p, const void *data, size_t len)
{
	if (p->status == RP_OK && len > 0)
		p->status = p->write(p->arg, data, len);
	p->at += len;
	return p->status;
}

static enum rp_status
put_magic(struct rp_parquet *p)
{
	return put_bytes(p, RP_PARQUET_MAGIC, RP_PARQUET_MAGIC_LEN);
}

/* ---- row groups ---- */

static enum rp_status
put_pages(
    struct rp_parquet *p, struct rp_chunk *c, struct rp_chunk_place *place)
{
	struct rp_chunk_page dict;
	enum rp_status st;

	if ((st = rp_chunk_dict_page(c, &dict, &p->o->work[0])) != RP_OK)
		return failed(p, st);
	*place = (struct rp_chunk_place){ p->at, dict.len, dict.raw };
	st = put_bytes(p, dict.data, dict.len);
	free(dict.data);
	for (size_t i = 0; i < c->n_pages && st == RP_OK; i++)
		st = put_bytes(p, c->pages[i].data, c->pages[i].len);
	return st;
}

/* Keep what the footer and the page index will say of a chunk. */
static enum rp_status
describe(struct rp_parquet *p, const struct column *column,
    const struct rp_chunk_place *place)
{
	const size_t meta = p->done.meta.len, ci = p->done.column_index.len,
		     oi = p->done.offset_index.len;
	struct rp_thrift t = { .out = &p->done.meta };
	struct rp_thrift columns = { .out = &p->done.column_index };
	struct rp_thrift offsets = { .out = &p->done.offset_index };
	struct chunk_done done;

	rp_chunk_meta(&t, &column->chunk, &column->like, p->o->codec, place);
	(void)rp_chunk_column_index(&columns, &column->chunk);
	rp_chunk_offset_index(&offsets, &column->chunk, place);
	done = (struct chunk_done){ (uint32_t)(p->done.meta.len - meta),
		(uint32_t)(p->done.column_index.len - ci),
		(uint32_t)(p->done.offset_index.len - oi) };
	if (t.status != RP_OK || columns.status != RP_OK ||
	    offsets.status != RP_OK ||
	    rp_buffer_add(&p->done.chunks, &done, sizeof(done)) != RP_OK)
		return failed(p, RP_ERR_NOMEM);
	return RP_OK;
}

/* The time that a row group is in the order of: the event's, or another. */
static int32_t
sorted_by(const struct rp_parquet *p)
{
	static const char event[] = "ts_event";
	int32_t sorted = -1;

	for (size_t i = 0; i < p->n; i++) {
		const struct rp_column *c = &p->columns[i].like;
		bool is_event = c->name_len == sizeof(event) - 1 &&
		    memcmp(c->name, event, c->name_len) == 0;

		if (p->columns[i].chunk.ascending && (sorted < 0 || is_event))
			sorted = (int32_t)i;
	}
	return sorted;
}

enum rp_status
rp_parquet_flush(struct rp_parquet *p)
{
	enum rp_status st = rp_parquet_wait(p);
	struct group_done group;

	if (st != RP_OK || p->group_rows == 0)
		return st;
	if (p->at == 0 && (st = put_magic(p)) != RP_OK)
		return st;
	group = (struct group_done){
		.rows = p->group_rows, .at = p->at, .sorted = sorted_by(p)
	};
	for (size_t i = 0; i < p->n; i++) {
		struct rp_chunk *c = &p->columns[i].chunk;
		struct rp_chunk_place place;

		if ((st = put_pages(p, c, &place)) != RP_OK ||
		    (st = describe(p, &p->columns[i], &place)) != RP_OK)
			return st;
		group.raw += place.dict_raw;
		for (size_t k = 0; k < c->n_pages; k++)
			group.raw += c->pages[k].raw;
		rp_chunk_empty(c);
	}
	group.stored = p->at - group.at;
	p->rows += p->group_rows;
	p->group_rows = 0;
	return rp_buffer_add(&p->done.groups, &group, sizeof(group)) == RP_OK
	    ? RP_OK
	    : failed(p, RP_ERR_NOMEM);
}

/* ---- pages ---- */

uint64_t
rp_parquet_room(const struct rp_parquet *p)
{
	uint64_t full = p->o->group_rows;

	return p->group_rows < full ? full - p->group_rows : full;
}

uint64_t
rp_parquet_written(const struct rp_parquet *p)
{
	return p->at;
}

uint64_t
rp_parquet_held(const struct rp_parquet *p)
{
	uint64_t held = 0;

	for (size_t i = 0; i < p->n; i++)
		held += rp_chunk_held(&p->columns[i].chunk);
	return held;
}

static void
make_page(void *arg, size_t job, int worker)
{
	struct rp_parquet *p = arg;
	struct column *c = &p->columns[job];

	c->status = rp_chunk_add(&c->chunk, &p->batch->columns[c->index],
	    p->batch->rows, &p->o->work[worker]);
}

enum rp_status
rp_parquet_wait(struct rp_parquet *p)
{
	if (p->batch == NULL)
		return p->status;
	rp_workers_wait(p->o->workers);
	p->o->busy = NULL;
	p->batch = NULL;
	for (size_t i = 0; i < p->n; i++)
		if (p->columns[i].status != RP_OK)
			return failed(p, p->columns[i].status);
	return p->status;
}

enum rp_status
rp_parquet_put(struct rp_parquet *p, const struct rp_batch *batch)
{
	enum rp_status st;

	if (p->o->busy != NULL && p->o->busy != p)
		(void)!rp_parquet_wait(p->o->busy); /* kept for its next call */
	st = rp_parquet_wait(p);
	if (st == RP_OK &&
	    (p->group_rows >= p->o->group_rows ||
		rp_parquet_held(p) >= p->o->group_bytes))
		st = rp_parquet_flush(p);
	if (st != RP_OK || batch->rows == 0)
		return st;
	p->batch = batch;
	p->o->busy = p;
	p->group_rows += batch->rows;
	rp_workers_start(p->o->workers, make_page, p, p->n);
	return rp_workers_count(p->o->workers) > 1 ? RP_OK : rp_parquet_wait(p);
}

/* ---- the footer ---- */

enum rp_status
rp_parquet_say(
    struct rp_parquet *p, const char *key, const char *value, size_t len)
{
	struct rp_thrift t = { .out = &p->done.said };

	rp_thrift_begin(&t);
	rp_thrift_bytes(&t, 1, key, strlen(key));
	rp_thrift_bytes(&t, 2, value, len);
	rp_thrift_end(&t);
	p->done.n_said++;
	return t.status == RP_OK ? RP_OK : failed(p, t.status);
}

static size_t
n_groups(const struct rp_parquet *p)
{
	return p->done.groups.len / sizeof(struct group_done);
}

/* Where what comes next of a chunk lies, in the footer's parts. */
struct cursor {
	const struct chunk_done *chunk;
	const uint8_t *meta;
	uint64_t column_index, offset_index; /* in the file */
};

static void
put_chunk(struct rp_thrift *t, struct cursor *at)
{
	const struct chunk_done *c = at->chunk++;

	rp_thrift_begin(t);
	rp_thrift_i64(t, 2, 0); /* the meta data is only here */
	rp_thrift_struct_raw(t, 3, at->meta, c->meta);
	rp_thrift_i64(t, 4, (int64_t)at->offset_index);
	rp_thrift_i32(t, 5, (int32_t)c->offset_index);
	if (c->column_index > 0) {
		rp_thrift_i64(t, 6, (int64_t)at->column_index);
		rp_thrift_i32(t, 7, (int32_t)c->column_index);
	}
	rp_thrift_end(t);
	at->meta += c->meta;
	at->column_index += c->column_index;
	at->offset_index += c->offset_index;
}

static void
put_group(struct rp_thrift *t, const struct rp_parquet *p,
    const struct group_done *g, struct cursor *at)
{
	rp_thrift_begin(t);
	rp_thrift_list(t, 1, RP_THRIFT_STRUCT, p->n);
	for (size_t i = 0; i < p->n; i++)
		put_chunk(t, at);
	rp_thrift_i64(t, 2, (int64_t)g->raw);
	rp_thrift_i64(t, 3, (int64_t)g->rows);
	if (g->sorted >= 0) {
		rp_thrift_list(t, 4, RP_THRIFT_STRUCT, 1);
		rp_thrift_begin(t);
		rp_thrift_i32(t, 1, g->sorted);
		rp_thrift_bool(t, 2, false); /* ascending */
		rp_thrift_bool(t, 3, false); /* no value is absent */
		rp_thrift_end(t);
	}
	rp_thrift_i64(t, 5, (int64_t)g->at);
	rp_thrift_i64(t, 6, (int64_t)g->stored);
	rp_thrift_end(t);
}

static void
put_schema(struct rp_thrift *t, const struct rp_parquet *p)
{
	rp_thrift_list(t, 2, RP_THRIFT_STRUCT, p->n + 1);
	rp_schema_root(t, p->n);
	for (size_t i = 0; i < p->n; i++)
		rp_schema_element(t, &p->columns[i].like);
}

/* Bounds are in the order of each column's type. */
static void
put_orders(struct rp_thrift *t, const struct rp_parquet *p)
{
	rp_thrift_list(t, 7, RP_THRIFT_STRUCT, p->n);
	for (size_t i = 0; i < p->n; i++) {
		rp_thrift_begin(t);
		rp_thrift_struct(t, 1);
		rp_thrift_end(t);
		rp_thrift_end(t);
	}
}

static void
put_footer(struct rp_thrift *t, const struct rp_parquet *p,
    const char *created_by, struct cursor *at)
{
	const struct group_done *groups =
	    (const struct group_done *)(const void *)p->done.groups.data;

	rp_thrift_begin(t);
	rp_thrift_i32(t, 1, 1); /* version */
	put_schema(t, p);
	rp_thrift_i64(t, 3, (int64_t)p->rows);
	rp_thrift_list(t, 4, RP_THRIFT_STRUCT, n_groups(p));
	for (size_t i = 0; i < n_groups(p); i++)
		put_group(t, p, &groups[i], at);
	if (p->done.n_said > 0) {
		rp_thrift_list(t, 5, RP_THRIFT_STRUCT, p->done.n_said);
		rp_thrift_raw(t, p->done.said.data, p->done.said.len);
	}
	rp_thrift_bytes(t, 6, created_by, strlen(created_by));
	put_orders(t, p);
	rp_thrift_end(t);
}

enum rp_status
rp_parquet_finish(struct rp_parquet *p, const char *created_by)
{
	struct rp_buffer footer = { 0 };
	struct rp_thrift t = { .out = &footer };
	struct cursor at;
	uint8_t len[4];
	enum rp_status st = rp_parquet_flush(p);

	if (st == RP_OK && p->at == 0)
		st = put_magic(p);
	if (st != RP_OK)
		return st;
	at = (struct cursor){
		(const struct chunk_done *)(const void *)p->done.chunks.data,
		p->done.meta.data, p->at, p->at + p->done.column_index.len
	};
	put_footer(&t, p, created_by, &at);
	rp_put32(len, (uint32_t)footer.len);
	st = t.status != RP_OK
	    ? failed(p, t.status)
	    : put_bytes(p, p->done.column_index.data, p->done.column_index.len);
	if (st == RP_OK)
		st = put_bytes(
		    p, p->done.offset_index.data, p->done.offset_index.len);
	if (st == RP_OK)
		st = put_bytes(p, footer.data, footer.len);
	if (st == RP_OK)
		st = put_bytes(p, len, sizeof(len));
	rp_buffer_free(&footer);
	return st == RP_OK ? put_magic(p) : st;
}
