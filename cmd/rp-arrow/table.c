#include "table.h"

#include <string.h>

#include "base/clock.h"

#define STEP 256 /* records between two looks at how full a batch is */

/* The sheet's output has failed. */
static enum rp_status
told(struct table *t, enum rp_status st)
{
	const struct rp_error *err = &t->sheet->out.error;

	if (st == RP_OK)
		return st;
	return err->status == RP_OK
	    ? rp_error_no_memory(&t->w->cli->error)
	    : rp_error_set(&t->w->cli->error, err->status, "%s", err->text);
}

/* ---- metadata ---- */

#define MAX_ENTRIES 8

struct entries {
	struct rp_buffer *texts; /* each key and text, the key with its end */
	struct {
		size_t key, text, len;
	} at[MAX_ENTRIES];
	size_t n;
};

static enum rp_status
say(void *arg, const char *key, const char *text, size_t len)
{
	struct entries *e = arg;
	enum rp_status st;

	e->at[e->n].key = e->texts->len;
	if ((st = rp_buffer_add(e->texts, key, strlen(key) + 1)) != RP_OK)
		return st;
	e->at[e->n].text = e->texts->len;
	e->at[e->n++].len = len;
	return rp_buffer_add(e->texts, text, len);
}

/* What there is to say now, valid until the next call. */
static enum rp_status
metadata(struct table *t, struct rp_arrow_entry entries[MAX_ENTRIES],
    struct rp_arrow_meta *meta)
{
	struct entries e = { .texts = &t->texts };
	const struct writing *w = t->w;
	enum rp_status st;

	t->texts.len = 0;
	st = rp_provenance_say(
	    &w->provenance, &w->columns, t->type, &t->names, say, &e);
	for (size_t i = 0; i < e.n; i++)
		entries[i] = (struct rp_arrow_entry){
			(const char *)t->texts.data + e.at[i].key,
			(const char *)t->texts.data + e.at[i].text, e.at[i].len
		};
	*meta = (struct rp_arrow_meta){ entries, e.n };
	return told(t, st);
}

/* ---- beginning ---- */

enum rp_status
table_begin(struct table *t, const struct rp_frame *f, uint16_t type)
{
	struct writing *w = t->w;
	const bool mixed = rp_columnar_is_mixed(&w->columns);
	enum rp_status st = RP_OK;

	t->type = mixed && !w->split ? 0 : type;
	rp_origins_init(&t->names);
	if (type != 0 || mixed)
		st = rp_columnar_batch(&w->columns, f, type, &t->batch[0]);
	if (st == RP_OK && t->batch[0].n > 0 && w->workers != NULL)
		st = told(t, rp_batch_like(&t->batch[1], &t->batch[0]));
	if (st != RP_OK)
		return st;
	t->arrow = rp_arrow_new(&t->sheet->out, &w->arrow, w->workers);
	return t->arrow != NULL ? RP_OK : told(t, RP_ERR_NOMEM);
}

/* The schema, as late as can be: names and notes may still come. */
static enum rp_status
begin_file(struct table *t)
{
	struct rp_arrow_entry entries[MAX_ENTRIES];
	struct rp_arrow_meta meta;
	enum rp_status st;

	if (t->begun)
		return RP_OK;
	t->begun = true;
	if ((st = metadata(t, entries, &meta)) != RP_OK)
		return st;
	return told(t,
	    rp_arrow_begin(
		t->arrow, t->batch[0].columns, t->batch[0].n, &meta));
}

/* ---- rows ---- */

/* Workers have one batch at a time, of whatever table. */
enum rp_status
writing_settle(struct writing *w)
{
	struct table *t = w->busy;

	w->busy = NULL;
	return t != NULL ? told(t, rp_arrow_settle(t->arrow)) : RP_OK;
}

static enum rp_status
put_batch(struct table *t)
{
	struct writing *w = t->w;
	enum rp_status st;

	if ((st = begin_file(t)) != RP_OK || (st = writing_settle(w)) != RP_OK)
		return st;
	st = told(t, rp_arrow_put(t->arrow, &t->batch[t->at]));
	if (w->workers != NULL) {
		w->busy = t;
		t->at = !t->at;
	}
	if (st == RP_OK)
		rp_batch_empty(&t->batch[t->at]);
	return st;
}

static bool
is_full(const struct table *t, const struct rp_batch *batch)
{
	const struct writing *w = t->w;

	return batch->rows >= w->batch_rows || batch->bytes >= w->batch_bytes;
}

enum rp_status
table_add(struct table *t, struct rp_sift *sift, const struct rp_frame *f,
    const struct rp_record *const *recs, size_t n)
{
	struct writing *w = t->w;
	enum rp_status st = told(t, rp_origins_add(&t->names, f, recs, n));
	struct rp_batch *batch;
	size_t k;

	for (; st == RP_OK && n > 0; recs += k, n -= k) {
		batch = &t->batch[t->at];
		if (batch->rows == 0 && w->batch_time > 0)
			t->since = rp_clock_monotonic();
		k = n < STEP ? n : STEP;
		if (k > w->batch_rows - batch->rows)
			k = (size_t)(w->batch_rows - batch->rows);
		st = rp_columnar_add(&w->columns, batch, sift, f, recs, k);
		if (st == RP_OK && is_full(t, batch))
			st = put_batch(t);
	}
	return st;
}

enum rp_status
table_flush(struct table *t)
{
	enum rp_status st = RP_OK;

	if (t->batch[t->at].rows > 0)
		st = put_batch(t);
	return st == RP_OK ? writing_settle(t->w) : st;
}

/* ---- the end ---- */

enum rp_status
table_end(struct table *t)
{
	struct rp_arrow_entry entries[MAX_ENTRIES];
	struct rp_arrow_meta meta;
	enum rp_status st;

	if ((st = table_flush(t)) != RP_OK || (st = begin_file(t)) != RP_OK ||
	    (st = metadata(t, entries, &meta)) != RP_OK)
		return st;
	return told(t, rp_arrow_finish(t->arrow, &meta));
}

void
table_free(struct table *t)
{
	rp_arrow_free(t->arrow);
	rp_batch_free(&t->batch[1]);
	rp_batch_free(&t->batch[0]);
	rp_origins_free(&t->names);
	rp_buffer_free(&t->texts);
}
