#include "table.h"

#include <string.h>

#include "base/file.h"
#include "types/types.h"

enum {
	PAGE_ROWS = 1 << 16, /* of a page in each column, at most ... */
	PAGE_BYTES = 8 << 20, /* ... and of the batch that they are made of */
	STEP = 256 /* records between two looks at that */
};

/* ---- what all files share ---- */

void
writing_free(struct writing *w)
{
	for (int i = 0; i < w->n_batches; i++)
		rp_batch_free(&w->batch[i]);
	rp_parquet_stop(&w->parquet);
	rp_columnar_free(&w->columns);
	rp_provenance_free(&w->provenance);
}

enum rp_status
writing_batches(struct writing *w, const struct rp_frame *f, uint16_t type)
{
	int n = rp_workers_count(w->parquet.workers) > 1 ? 2 : 1;
	enum rp_status st = RP_OK;

	if (w->n_batches > 0 &&
	    (w->type == type || rp_columnar_is_mixed(&w->columns)))
		return RP_OK;
	if (w->parquet.busy != NULL)
		st = rp_parquet_wait(w->parquet.busy);
	for (int i = 0; i < w->n_batches; i++)
		rp_batch_free(&w->batch[i]);
	w->n_batches = 0;
	w->at = 0;
	w->type = type;
	while (st == RP_OK && w->n_batches < n)
		st = rp_columnar_batch(
		    &w->columns, f, type, &w->batch[w->n_batches++]);
	return st;
}

/* ---- rows ---- */

static enum rp_status
write_bytes(void *arg, const void *data, size_t len)
{
	struct table *t = arg;
	struct rp_cli *cli = t->w->cli;

	cli->counts.bytes_out += len;
	if (t->parts != NULL)
		return rp_part_write(t->parts, t->part, data, len);
	return rp_file_write(t->out->fd, data, len,
	    t->out->path != NULL ? t->out->path : "<stdout>", &cli->error);
}

/* What the writer does not tell: memory. */
static enum rp_status
told(struct table *t, enum rp_status st)
{
	return st == RP_ERR_NOMEM ? rp_error_no_memory(&t->w->cli->error) : st;
}

enum rp_status
table_begin(struct table *t)
{
	struct writing *w = t->w;

	t->type = w->type;
	rp_origins_init(&t->origins);
	return rp_parquet_new(&t->p, &w->parquet, &w->batch[0], w->left_out,
	    write_bytes, t, &w->cli->error);
}

enum rp_status
table_page(struct table *t)
{
	struct writing *w = t->w;
	enum rp_status st = rp_parquet_put(t->p, &w->batch[w->at]);

	w->at = (w->at + 1) % w->n_batches;
	rp_batch_empty(&w->batch[w->at]);
	return told(t, st);
}

static size_t
step(const struct table *t, const struct rp_batch *batch, size_t n)
{
	uint64_t room = rp_parquet_room(t->p) - batch->rows;

	n = n < STEP ? n : STEP;
	return n < room ? n : (size_t)room;
}

static bool
is_full(const struct table *t, const struct rp_batch *batch)
{
	return batch->rows >= PAGE_ROWS || batch->bytes >= PAGE_BYTES ||
	    batch->rows >= rp_parquet_room(t->p);
}

enum rp_status
table_add(struct table *t, struct rp_sift *sift, const struct rp_frame *f,
    const struct rp_record *const *recs, size_t n)
{
	struct writing *w = t->w;
	enum rp_status st = told(t, rp_origins_add(&t->origins, f, recs, n));
	struct rp_batch *batch;
	uint64_t rows;
	size_t k;

	for (; st == RP_OK && n > 0; recs += k, n -= k) {
		batch = &w->batch[w->at];
		rows = batch->rows;
		k = step(t, batch, n);
		st = rp_columnar_add(&w->columns, batch, sift, f, recs, k);
		t->records += batch->rows - rows;
		if (st == RP_OK && is_full(t, batch))
			st = table_page(t);
	}
	return st;
}

/* ---- the end ---- */

static enum rp_status
say(void *table, const char *key, const char *text, size_t len)
{
	struct table *t = table;

	return rp_parquet_say(t->p, key, text, len);
}

enum rp_status
table_end(struct table *t)
{
	const struct rp_columnar *columns = &t->w->columns;
	enum rp_status st;

	st = rp_provenance_say(&t->w->provenance, columns,
	    rp_columnar_is_mixed(columns) ? 0 : t->type, &t->origins, say, t);
	if (st == RP_OK)
		st = rp_parquet_finish(t->p, "rp version " RP_VERSION);
	return told(t, st);
}

void
table_free(struct table *t)
{
	rp_parquet_free(t->p);
	rp_origins_free(&t->origins);
	t->p = NULL;
	t->records = 0;
}
