#include "parquet/chunk.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "parquet/encode.h"
#include "parquet/meta.h"
#include "wire/frame.h"

/* Values by which encodings are compared. */
enum { SAMPLE = 1 << 14 };

void
rp_chunk_work_free(struct rp_chunk_work *w)
{
	rp_values_free(&w->values);
	rp_buffer_free(&w->body);
	rp_buffer_free(&w->packed);
	rp_buffer_free(&w->head);
	rp_buffer_free(&w->room);
	rp_codec_state_free(&w->state);
}

void
rp_chunk_init(struct rp_chunk *c, const struct rp_column *column,
    enum rp_parquet_encoding wanted)
{
	*c = (struct rp_chunk){ .storage = rp_storage_of(column),
		.nullable = column->nullable,
		.wanted = wanted };
	rp_chunk_empty(c);
}

void
rp_chunk_empty(struct rp_chunk *c)
{
	for (size_t i = 0; i < c->n_pages; i++)
		free(c->pages[i].data);
	free(c->pages);
	rp_dict_free(&c->dict);
	*c = (struct rp_chunk){ .storage = c->storage,
		.nullable = c->nullable,
		.wanted = c->wanted,
		.encoding = c->wanted,
		.ascending = true,
		.last = INT64_MIN };
}

/* ---- compression ---- */

/* The body as it is stored: *p, *len, in w or the body itself. */
static enum rp_status
compress(struct rp_chunk_work *w, const uint8_t **p, size_t *len)
{
	const struct rp_buffer *body = &w->body;
	enum rp_status st;

	*p = body->data;
	*len = body->len;
	if (w->codec == RP_PARQUET_NONE || body->len == 0)
		return RP_OK;
	/* the most that either codec makes of what it cannot compress */
	st = rp_codec_compress(&w->state,
	    w->codec == RP_PARQUET_ZSTD ? RP_CODEC_ZSTD : RP_CODEC_LZ4,
	    w->level, body->data, body->len, NULL, 0,
	    body->len + body->len / 128 + 1024, &w->packed);
	*p = w->packed.data;
	*len = w->packed.len;
	return st == RP_OK ? RP_OK : RP_ERR_NOMEM;
}

/* Compress the body and put a page's header before it. */
static enum rp_status
make_page(struct rp_chunk_work *w, struct rp_page_head *head,
    struct rp_chunk_page *page)
{
	const uint8_t *stored;
	size_t len;
	enum rp_status st;

	if ((st = compress(w, &stored, &len)) != RP_OK ||
	    (st = rp_page_head_encode(
		 &w->head, head, w->body.len, stored, len)) != RP_OK)
		return st;
	page->len = (uint32_t)(w->head.len + len);
	page->raw = (uint32_t)(w->head.len + w->body.len);
	if ((page->data = malloc(page->len)) == NULL)
		return RP_ERR_NOMEM;
	memcpy(page->data, w->head.data, w->head.len);
	if (len > 0)
		memcpy(page->data + w->head.len, stored, len);
	return RP_OK;
}

/* ---- choice of an encoding ---- */

/* Values of the middle, not by number: a stream may begin with others, such as
 * a snapshot. */
static struct rp_values
sample_of(const struct rp_values *v)
{
	struct rp_values some = *v;
	size_t from = v->n > SAMPLE ? (v->n - SAMPLE) / 2 : 0;

	some.n = v->n > SAMPLE ? SAMPLE : v->n;
	if (v->numbers != NULL)
		some.numbers += from;
	if (v->spans != NULL)
		some.spans += from;
	return some;
}

/* What of a dictionary's page counts: it serves more values than the sample, the
 * more the fewer of them are new. */
static size_t
dict_share(const struct rp_dict *d, size_t n)
{
	enum { LEAST = 4 };
	size_t grows = d->page.len * (size_t)d->n / n;

	return grows > d->page.len / LEAST ? grows : d->page.len / LEAST;
}

/* Bytes that a sample takes in an encoding; SIZE_MAX: it cannot have it. */
static enum rp_status
measure(struct rp_chunk *c, struct rp_chunk_work *w,
    enum rp_parquet_encoding encoding, size_t *bytes)
{
	const struct rp_values some = sample_of(&w->values);
	const uint8_t *stored;
	enum rp_status st;

	*bytes = SIZE_MAX;
	if (!rp_encoding_fits(&c->storage, encoding))
		return RP_OK;
	w->body.len = 0;
	st = rp_encode(
	    &w->body, &c->storage, &some, some.n, encoding, &c->dict, &w->room);
	if (st == RP_OK) {
		st = compress(w, &stored, bytes);
		*bytes += dict_share(&c->dict, some.n);
	}
	rp_dict_empty(&c->dict);
	return st == RP_EMPTY ? RP_OK : st;
}

static enum rp_status
choose(struct rp_chunk *c, struct rp_chunk_work *w)
{
	static const enum rp_parquet_encoding all[] = { RP_PARQUET_DICT,
		RP_PARQUET_DELTA, RP_PARQUET_DELTA_LENGTH, RP_PARQUET_PLAIN };
	size_t bytes, least = SIZE_MAX;
	enum rp_status st;

	/* names and words: few, as a rule */
	c->encoding = RP_PARQUET_DICT;
	if (c->storage.kind == RP_COLUMN_DICTIONARY)
		return RP_OK;
	for (size_t i = 0; i < RP_LEN(all); i++) {
		if ((st = measure(c, w, all[i], &bytes)) != RP_OK)
			return st;
		if (bytes < least) {
			least = bytes;
			c->encoding = all[i];
		}
	}
	if (c->encoding != RP_PARQUET_DICT)
		rp_dict_free(&c->dict);
	return RP_OK;
}

/* Where a dictionary has become too large; who asked for one may have readers
 * that know no deltas. */
static enum rp_parquet_encoding
instead_of_dict(const struct rp_chunk *c)
{
	const struct rp_storage *s = &c->storage;

	if (c->wanted == RP_PARQUET_DICT)
		return RP_PARQUET_PLAIN;
	return rp_encoding_fits(s, RP_PARQUET_DELTA) ? RP_PARQUET_DELTA
	    : rp_encoding_fits(s, RP_PARQUET_DELTA_LENGTH)
	    ? RP_PARQUET_DELTA_LENGTH
	    : RP_PARQUET_PLAIN;
}

/* ---- pages ---- */

static enum rp_status
encode_values(struct rp_chunk *c, struct rp_chunk_work *w,
    enum rp_parquet_encoding *encoding)
{
	struct rp_values *v = &w->values;
	enum rp_status st = RP_OK;

	*encoding = c->encoding;
	if (v->n == 0) { /* says nothing about the others */
		*encoding = RP_PARQUET_PLAIN;
		return RP_OK;
	}
	st = rp_encode(
	    &w->body, &c->storage, v, v->n, *encoding, &c->dict, &w->room);
	if (st != RP_EMPTY)
		return st;
	*encoding = c->encoding = instead_of_dict(c);
	return rp_encode(
	    &w->body, &c->storage, v, v->n, *encoding, &c->dict, &w->room);
}

/* Whether the row group is still in the order of this column. */
static void
watch_order(struct rp_chunk *c, const struct rp_values *v, size_t rows)
{
	int64_t last = c->last;
	bool ascending = c->ascending && v->n == rows;

	if (c->storage.kind != RP_COLUMN_TIME || !ascending) {
		c->ascending = false;
		return;
	}
	for (size_t i = 0; i < v->n; i++) {
		ascending &= (int64_t)v->numbers[i] >= last;
		last = (int64_t)v->numbers[i];
	}
	c->ascending = ascending;
	c->last = last;
}

static struct rp_chunk_page *
next_page(struct rp_chunk *c)
{
	size_t room = c->room > 0 ? 2 * c->room : 16;
	struct rp_chunk_page *pages;

	if (c->n_pages == c->room) {
		pages = reallocarray(c->pages, room, sizeof(*pages));
		if (pages == NULL)
			return NULL;
		c->pages = pages;
		c->room = room;
	}
	return &c->pages[c->n_pages];
}

enum rp_status
rp_chunk_add(struct rp_chunk *c, const struct rp_column *column, size_t rows,
    struct rp_chunk_work *w)
{
	struct rp_page_head head = { .type = RP_PARQUET_DATA_PAGE };
	struct rp_chunk_page *page = next_page(c);
	enum rp_status st;

	if (page == NULL)
		return RP_ERR_NOMEM;
	if ((st = rp_values_take(&w->values, &c->storage, column, rows)) !=
	    RP_OK)
		return st;
	if (c->encoding == RP_PARQUET_MEASURED && w->values.n > 0 &&
	    (st = choose(c, w)) != RP_OK)
		return st;
	watch_order(c, &w->values, rows);
	w->body.len = 0;
	if (c->nullable)
		st = rp_encode_levels(&w->body,
		    column->nulls > 0 ? column->validity.data : NULL, rows);
	if (st != RP_OK || (st = encode_values(c, w, &head.encoding)) != RP_OK)
		return st;
	page->rows = head.values = rows;
	page->nulls = rows - w->values.n;
	rp_values_bounds(&w->values, &c->storage, &page->bounds);
	head.statistics =
	    (struct rp_statistics){ &c->storage, page->nulls, &page->bounds };
	if ((st = make_page(w, &head, page)) != RP_OK)
		return st;
	c->n_pages++;
	c->used[head.encoding]++;
	c->rows += rows;
	c->nulls += page->nulls;
	c->bytes += page->len;
	return RP_OK;
}

enum rp_status
rp_chunk_dict_page(
    struct rp_chunk *c, struct rp_chunk_page *page, struct rp_chunk_work *w)
{
	struct rp_page_head head = { .type = RP_PARQUET_DICT_PAGE,
		.encoding = RP_PARQUET_PLAIN,
		.values = c->dict.n };

	*page = (struct rp_chunk_page){ 0 };
	if (c->dict.n == 0)
		return RP_OK;
	w->body.len = 0;
	if (rp_buffer_add(&w->body, c->dict.page.data, c->dict.page.len) !=
	    RP_OK)
		return RP_ERR_NOMEM;
	return make_page(w, &head, page);
}

size_t
rp_chunk_held(const struct rp_chunk *c)
{
	return c->bytes + c->room * sizeof(*c->pages) + c->dict.page.cap +
	    c->dict.offsets.cap + c->dict.size * sizeof(*c->dict.table);
}
