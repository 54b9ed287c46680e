#include "table.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/limits.h"
#include "columns/json.h"
#include "types/types.h"

enum {
	PAGE_ROWS = 1 << 16, /* of a page in each column, at most ... */
	PAGE_BYTES = 8 << 20, /* ... and of the batch that they are made of */
	STEP = 256, /* records between two looks at that */
	NAMES = 1000 /* symbols and sources listed in a footer */
};

/* ---- what all files share ---- */

void
writing_free(struct writing *w)
{
	for (int i = 0; i < w->n_batches; i++)
		rp_batch_free(&w->batch[i]);
	rp_parquet_stop(&w->parquet);
	rp_columnar_free(&w->columns);
	rp_buffer_free(&w->notes);
}

enum rp_status
writing_note(struct writing *w, const struct rp_frame *f)
{
	if (w->cli->no_notes || w->notes.len + f->text_len > RP_MAX_NOTE)
		return RP_OK; /* enough of them */
	if ((w->notes.len > 0 && rp_buffer_add(&w->notes, "\n", 1) != RP_OK) ||
	    rp_buffer_add(&w->notes, f->text, f->text_len) != RP_OK)
		return rp_error_no_memory(&w->cli->error);
	return RP_OK;
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

/* ---- names ---- */

static enum rp_status
add_name(struct names *n, struct rp_label *name)
{
	if (name == NULL || n->many)
		return RP_OK;
	n->many = n->labels.n >= NAMES;
	return n->many || rp_labels_of(&n->labels, name) != NULL ? RP_OK
								 : RP_ERR_NOMEM;
}

static enum rp_status
add_names(struct table *t, const struct rp_frame *f,
    const struct rp_record *const *recs, size_t n)
{
	uint32_t symbol = RP_NO_NAME, source = RP_NO_NAME;
	enum rp_status st = RP_OK;

	for (size_t i = 0; st == RP_OK && i < n; i++) {
		if (recs[i]->symbol != symbol) {
			symbol = recs[i]->symbol;
			st = add_name(&t->symbols, rp_frame_name(f, symbol));
		}
		if (st == RP_OK && recs[i]->source != source) {
			source = recs[i]->source;
			st = add_name(&t->sources, rp_frame_name(f, source));
		}
	}
	return st == RP_OK ? st : rp_error_no_memory(&t->w->cli->error);
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
	t->symbols.labels.class = RP_NAME_SYMBOL;
	t->sources.labels.class = RP_NAME_SOURCE;
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
	enum rp_status st = add_names(t, f, recs, n);
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

enum rp_status
table_mixed(struct table *t, uint16_t other, const char *or_else)
{
	char a[8], b[8];

	return rp_error_set(&t->w->cli->error, RP_ERR_USAGE,
	    "records of type %s and of type %s: choose one with -t, name "
	    "columns with -c, or %s",
	    rp_type_name(t->type, a), rp_type_name(other, b), or_else);
}

/* ---- the end ---- */

static enum rp_status
say_text(struct table *t, const char *key, const char *text)
{
	return rp_parquet_say(t->p, key, text, strlen(text));
}

/* An array in JSON. */
static enum rp_status
say_names(struct table *t, const char *key, const struct names *names)
{
	struct rp_buffer list = { 0 };
	char quoted[RP_QUOTED_ROOM(RP_MAX_NAME)];
	enum rp_status st = names->many ? RP_EMPTY : RP_OK;

	for (size_t i = 0; st == RP_OK && i < names->labels.size; i++) {
		const struct rp_label *l = names->labels.table[i];

		if (l == NULL)
			continue;
		st = rp_buffer_add(&list, list.len == 0 ? "[" : ",", 1);
		if (st == RP_OK)
			st = rp_buffer_add(&list, quoted,
			    rp_json_quote(quoted, l->text, l->len, NULL));
	}
	if (st == RP_OK && list.len > 0 &&
	    (st = rp_buffer_add(&list, "]", 1)) == RP_OK)
		st = rp_parquet_say(
		    t->p, key, (const char *)list.data, list.len);
	rp_buffer_free(&list);
	return st == RP_EMPTY ? RP_OK : st;
}

/* The notes of the input, then our own. */
static enum rp_status
say_notes(struct table *t)
{
	struct rp_buffer text = { 0 };
	enum rp_status st = RP_OK;
	size_t len;
	char *own;

	if (t->w->cli->no_notes)
		return RP_OK;
	if ((own = rp_cli_note(t->w->cli, &len)) == NULL)
		return RP_ERR_NOMEM;
	st = rp_buffer_add(&text, t->w->notes.data, t->w->notes.len);
	if (st == RP_OK && text.len > 0)
		st = rp_buffer_add(&text, "\n", 1);
	if (st == RP_OK)
		st = rp_buffer_add(&text, own, len);
	if (st == RP_OK)
		st = rp_parquet_say(
		    t->p, "rp.notes", (const char *)text.data, text.len);
	rp_buffer_free(&text);
	free(own);
	return st;
}

static enum rp_status
say_all(struct table *t)
{
	static const char *const decimals[] = { "fixed", "float", "exact" };
	const struct writing *w = t->w;
	char type[8];
	enum rp_status st = RP_OK;

	if (!rp_columnar_is_mixed(&w->columns))
		st = say_text(t, "rp.type", rp_type_name(t->type, type));
	if (st == RP_OK)
		st = say_text(
		    t, "rp.decimals", decimals[w->columns.style.decimals]);
	if (st == RP_OK)
		st = say_names(t, "rp.symbols", &t->symbols);
	if (st == RP_OK)
		st = say_names(t, "rp.sources", &t->sources);
	return st == RP_OK ? say_notes(t) : st;
}

enum rp_status
table_end(struct table *t)
{
	enum rp_status st;

	if ((st = say_all(t)) == RP_OK)
		st = rp_parquet_finish(t->p, "rp version " RP_VERSION);
	return told(t, st);
}

void
table_free(struct table *t)
{
	rp_parquet_free(t->p);
	rp_labels_free(&t->symbols.labels);
	rp_labels_free(&t->sources.labels);
	t->p = NULL;
	t->symbols = t->sources = (struct names){ 0 };
	t->records = 0;
}
