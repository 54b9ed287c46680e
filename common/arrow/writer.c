#include "arrow/writer.h"

#include <stdlib.h>
#include <string.h>

#include "arrow/body.h"
#include "arrow/flat_write.h"
#include "arrow/format.h"
#include "arrow/schema_write.h"

/* Where a message is, for the footer: the format's struct Block. */
struct block {
	uint64_t offset;
	uint32_t metadata, pad;
	uint64_t body;
};

struct rp_arrow {
	struct rp_out *out;
	const struct rp_arrow_options *options;
	struct rp_workers *workers;
	const struct rp_column *columns;
	size_t n;
	uint64_t at; /* bytes so far */
	struct rp_flat_out flat;
	struct rp_arrow_part *parts; /* a column each */
	size_t *order; /* of columns, as workers take them */
	struct rp_arrow_part dictionary; /* of one being written */
	uint32_t *entered; /* texts of a column's dictionary written so far */
	bool *begun; /* it was written */
	const struct rp_batch *batch; /* in work */
	struct rp_buffer dictionaries, batches; /* struct block */
};

struct rp_arrow *
rp_arrow_new(struct rp_out *out, const struct rp_arrow_options *options,
    struct rp_workers *workers)
{
	struct rp_arrow *a = calloc(1, sizeof(*a));

	if (a == NULL)
		return NULL;
	a->out = out;
	a->options = options;
	a->workers = workers;
	return a;
}

void
rp_arrow_free(struct rp_arrow *a)
{
	if (a == NULL)
		return;
	if (a->batch != NULL && a->workers != NULL)
		rp_workers_wait(a->workers);
	for (size_t i = 0; a->parts != NULL && i < a->n; i++)
		rp_arrow_part_free(&a->parts[i]);
	rp_arrow_part_free(&a->dictionary);
	rp_flat_out_free(&a->flat);
	rp_buffer_free(&a->dictionaries);
	rp_buffer_free(&a->batches);
	free(a->parts);
	free(a->order);
	free(a->entered);
	free(a->begun);
	free(a);
}

static enum rp_status
out_of_memory(struct rp_arrow *a)
{
	return rp_error_set(
	    &a->out->error, RP_ERR_NOMEM, "%s: out of memory", a->out->name);
}

/* ---- messages ---- */

static enum rp_status
put(struct rp_arrow *a, const void *p, size_t n)
{
	a->at += n;
	return rp_out_put(a->out, p, n);
}

/* Zeros up to a multiple of the alignment. */
static enum rp_status
align(struct rp_arrow *a)
{
	static const uint8_t zeros[RP_ARROW_ALIGN];

	return put(a, zeros, -a->at & (RP_ARROW_ALIGN - 1));
}

/* A message of that header, which is to be linked. */
static size_t
begin_message(struct rp_arrow *a, enum rp_arrow_message kind, uint64_t body)
{
	enum { VERSION, HEADER_TYPE, HEADER, BODY_LENGTH };
	size_t t;

	rp_flat_out_begin(&a->flat);
	t = rp_flat_out_table(&a->flat, "2148");
	rp_flat_out_set(&a->flat, t, VERSION, 2, RP_ARROW_V5);
	rp_flat_out_set(&a->flat, t, HEADER_TYPE, 1, kind);
	rp_flat_out_set(&a->flat, t, BODY_LENGTH, 8, body);
	return t;
}

#define MESSAGE_HEADER 2 /* the field of the table */

/* The metadata of a message, so long that its body is aligned. */
static enum rp_status
put_metadata(struct rp_arrow *a, struct block *b)
{
	const struct rp_buffer *bytes = &a->flat.bytes;
	uint32_t head[2] = { RP_ARROW_CONTINUATION };
	enum rp_status st;
	size_t end;

	if (a->flat.failed)
		return out_of_memory(a);
	b->offset = a->at;
	end = a->at + sizeof(head) + bytes->len;
	end += -end & (RP_ARROW_ALIGN - 1);
	b->metadata = (uint32_t)(end - a->at);
	head[1] = b->metadata - (uint32_t)sizeof(head);
	if ((st = put(a, head, sizeof(head))) != RP_OK ||
	    (st = put(a, bytes->data, bytes->len)) != RP_OK)
		return st;
	return align(a);
}

enum rp_status
rp_arrow_begin(struct rp_arrow *a, const struct rp_column *columns, size_t n,
    const struct rp_arrow_meta *meta)
{
	static const char magic[RP_ARROW_FILE_HEAD] = RP_ARROW_MAGIC;
	enum rp_status st = RP_OK;
	struct block block;
	size_t message;

	a->columns = columns;
	a->n = n;
	a->parts = calloc(n + 1, sizeof(*a->parts));
	a->order = calloc(n + 1, sizeof(*a->order));
	a->entered = calloc(n + 1, sizeof(*a->entered));
	a->begun = calloc(n + 1, sizeof(*a->begun));
	if (a->parts == NULL || a->order == NULL || a->entered == NULL ||
	    a->begun == NULL)
		return out_of_memory(a);
	for (size_t i = 0; i < n; i++)
		a->order[i] = i;
	if (!a->options->stream)
		st = put(a, magic, sizeof(magic));
	if (st != RP_OK)
		return st;
	message = begin_message(a, RP_ARROW_SCHEMA, 0);
	rp_flat_out_link(&a->flat, message, MESSAGE_HEADER,
	    rp_arrow_put_schema(&a->flat, columns, n, meta));
	return put_metadata(a, &block);
}

/* ---- batches ---- */

static const struct rp_arrow_piece *
pieces(const struct rp_arrow_part *p, size_t *n)
{
	*n = p->pieces.len / sizeof(struct rp_arrow_piece);
	return (const struct rp_arrow_piece *)(const void *)p->pieces.data;
}

static uint64_t
aligned(uint64_t n)
{
	return n + (-n & (RP_ARROW_ALIGN - 1));
}

static uint64_t
body_length(const struct rp_arrow_part *parts, size_t n_parts)
{
	const struct rp_arrow_piece *p;
	uint64_t sum = 0;
	size_t n;

	for (size_t i = 0; i < n_parts; i++) {
		p = pieces(&parts[i], &n);
		for (size_t k = 0; k < n; k++)
			sum += aligned(p[k].len);
	}
	return sum;
}

/* Where the buffers are. */
static size_t
put_buffers(
    struct rp_flat_out *f, const struct rp_arrow_part *parts, size_t n_parts)
{
	const struct rp_arrow_piece *p;
	size_t n, all = 0, i = 0, v;
	uint64_t at = 0;

	for (size_t k = 0; k < n_parts; k++) {
		(void)pieces(&parts[k], &n);
		all += n;
	}
	v = rp_flat_out_vector(f, all, 16);
	for (size_t k = 0; k < n_parts; k++) {
		p = pieces(&parts[k], &n);
		for (size_t m = 0; m < n; m++, i++) {
			rp_flat_out_put(f, v, 16 * i, 8, at);
			rp_flat_out_put(f, v, 16 * i + 8, 8, p[m].len);
			at += aligned(p[m].len);
		}
	}
	return v;
}

static size_t
put_nodes(
    struct rp_flat_out *f, const struct rp_arrow_part *parts, size_t n_parts)
{
	const struct rp_arrow_node *nodes;
	size_t n, all = 0, i = 0, v;

	for (size_t k = 0; k < n_parts; k++)
		all += parts[k].nodes.len / sizeof(*nodes);
	v = rp_flat_out_vector(f, all, sizeof(*nodes));
	for (size_t k = 0; k < n_parts; k++) {
		nodes = (const void *)parts[k].nodes.data;
		n = parts[k].nodes.len / sizeof(*nodes);
		for (size_t m = 0; m < n; m++, i++) {
			rp_flat_out_put(f, v, 16 * i, 8, nodes[m].rows);
			rp_flat_out_put(f, v, 16 * i + 8, 8, nodes[m].nulls);
		}
	}
	return v;
}

/* The table RecordBatch. */
static size_t
put_batch(struct rp_arrow *a, const struct rp_arrow_part *parts, size_t n_parts,
    uint64_t rows)
{
	enum { LENGTH, NODES, BUFFERS, COMPRESSION };
	const bool packed = a->options->codec != RP_CODEC_NONE;
	struct rp_flat_out *f = &a->flat;
	const size_t t = rp_flat_out_table(f, packed ? "8444" : "8440");
	size_t compression;

	rp_flat_out_set(f, t, LENGTH, 8, rows);
	rp_flat_out_link(f, t, NODES, put_nodes(f, parts, n_parts));
	rp_flat_out_link(f, t, BUFFERS, put_buffers(f, parts, n_parts));
	if (!packed)
		return t;
	compression = rp_flat_out_table(f, "11");
	rp_flat_out_set(f, compression, 0, 1,
	    a->options->codec == RP_CODEC_ZSTD ? RP_ARROW_ZSTD
					       : RP_ARROW_LZ4_FRAME);
	rp_flat_out_link(f, t, COMPRESSION, compression);
	return t;
}

static enum rp_status
put_body(struct rp_arrow *a, const struct rp_arrow_part *parts, size_t n_parts)
{
	const struct rp_arrow_piece *p;
	enum rp_status st = RP_OK;
	size_t n;

	for (size_t i = 0; st == RP_OK && i < n_parts; i++) {
		p = pieces(&parts[i], &n);
		for (size_t k = 0; st == RP_OK && k < n; k++) {
			if (p[k].len == 0)
				continue;
			st = put(
			    a, rp_arrow_piece_data(&parts[i], &p[k]), p[k].len);
			if (st == RP_OK)
				st = align(a);
		}
	}
	return st;
}

/* The message whose metadata is complete, and its body. */
static enum rp_status
put_message(struct rp_arrow *a, const struct rp_arrow_part *parts,
    size_t n_parts, struct rp_buffer *blocks)
{
	struct block block = { .body = body_length(parts, n_parts) };
	enum rp_status st = put_metadata(a, &block);

	if (st != RP_OK)
		return st;
	if (!a->options->stream &&
	    rp_buffer_add(blocks, &block, sizeof(block)) != RP_OK)
		return out_of_memory(a);
	return put_body(a, parts, n_parts);
}

/* Texts from first on, as a column. */
static enum rp_status
copy_texts(struct rp_column *c, const struct rp_dictionary *d, uint32_t first)
{
	const int32_t *offsets = (const void *)d->offsets.data;
	int32_t offset;

	for (uint32_t i = first; d->n > 0 && i <= d->n; i++) {
		offset = offsets[i] - offsets[first];
		if (rp_buffer_add(&c->offsets, &offset, sizeof(offset)) !=
		    RP_OK)
			return RP_ERR_NOMEM;
	}
	c->values.data = d->bytes.data;
	if (d->n > 0) {
		c->values.data += offsets[first];
		c->values.len = (size_t)(offsets[d->n] - offsets[first]);
	}
	return RP_OK;
}

/* What has come to a column's dictionary, as a delta but for the first time. */
static enum rp_status
put_dictionary(struct rp_arrow *a, size_t i)
{
	enum { ID, DATA, IS_DELTA };
	const struct rp_dictionary *d = a->columns[i].dictionary;
	const uint32_t n = d->n - a->entered[i];
	struct rp_column c = { .kind = RP_COLUMN_TEXT };
	struct rp_flat_out *f = &a->flat;
	enum rp_status st;
	size_t message, t;

	if (a->begun[i] && n == 0)
		return RP_OK;
	st = copy_texts(&c, d, a->entered[i]);
	if (st == RP_OK)
		st = rp_arrow_part_encode(&a->dictionary, &c, n,
		    a->options->codec, a->options->level);
	if (st == RP_OK) {
		message = begin_message(
		    a, RP_ARROW_DICTIONARY, body_length(&a->dictionary, 1));
		t = rp_flat_out_table(f, "841");
		rp_flat_out_link(f, message, MESSAGE_HEADER, t);
		rp_flat_out_set(f, t, ID, 8, i);
		rp_flat_out_link(
		    f, t, DATA, put_batch(a, &a->dictionary, 1, n));
		rp_flat_out_set(f, t, IS_DELTA, 1, a->begun[i]);
		st = put_message(a, &a->dictionary, 1, &a->dictionaries);
	} else
		st = out_of_memory(a);
	rp_buffer_free(&c.offsets);
	a->begun[i] = true;
	a->entered[i] = d->n;
	return st;
}

/* The largest columns first, so that nobody waits in the end for one that has
 * just begun with such a one. */
static void
order_by_size(struct rp_arrow *a, const struct rp_column *columns)
{
	for (size_t i = 1; i < a->n; i++) {
		const size_t next = a->order[i];
		const size_t bytes = rp_column_bytes(&columns[next]);
		size_t to = i;

		while (to > 0 &&
		    rp_column_bytes(&columns[a->order[to - 1]]) < bytes) {
			a->order[to] = a->order[to - 1];
			to--;
		}
		a->order[to] = next;
	}
}

static void
encode(void *arg, size_t job, int worker)
{
	struct rp_arrow *a = arg;
	const size_t i = a->order[job];

	(void)worker;
	(void)rp_arrow_part_encode(&a->parts[i], &a->batch->columns[i],
	    a->batch->rows, a->options->codec, a->options->level);
}

enum rp_status
rp_arrow_put(struct rp_arrow *a, const struct rp_batch *batch)
{
	enum rp_status st = rp_arrow_settle(a);

	if (st != RP_OK || batch->rows == 0)
		return st;
	a->batch = batch;
	if (a->workers != NULL) {
		order_by_size(a, batch->columns);
		rp_workers_start(a->workers, encode, a, batch->n);
		return RP_OK;
	}
	for (size_t i = 0; i < batch->n; i++)
		encode(a, i, 0);
	return rp_arrow_settle(a);
}

enum rp_status
rp_arrow_settle(struct rp_arrow *a)
{
	enum rp_status st = RP_OK;
	uint64_t rows;
	size_t message;

	if (a->batch == NULL)
		return RP_OK;
	if (a->workers != NULL)
		rp_workers_wait(a->workers);
	rows = a->batch->rows;
	a->batch = NULL;
	for (size_t i = 0; i < a->n; i++)
		if (a->parts[i].status != RP_OK)
			return out_of_memory(a);
	for (size_t i = 0; st == RP_OK && i < a->n; i++)
		if (a->columns[i].kind == RP_COLUMN_DICTIONARY)
			st = put_dictionary(a, i);
	if (st != RP_OK)
		return st;
	message = begin_message(a, RP_ARROW_BATCH, body_length(a->parts, a->n));
	rp_flat_out_link(&a->flat, message, MESSAGE_HEADER,
	    put_batch(a, a->parts, a->n, rows));
	return put_message(a, a->parts, a->n, &a->batches);
}

/* ---- the end ---- */

static size_t
put_blocks(struct rp_flat_out *f, const struct rp_buffer *blocks)
{
	const size_t size = sizeof(struct block), n = blocks->len / size;
	const size_t v = rp_flat_out_vector(f, n, size);

	for (size_t i = 0; i < blocks->len; i += 8)
		rp_flat_out_put(f, v, i, 8, rp_le64(blocks->data + i));
	return v;
}

static enum rp_status
put_footer(struct rp_arrow *a, const struct rp_arrow_meta *meta)
{
	enum { VERSION, SCHEMA, DICTIONARIES, BATCHES };
	struct rp_flat_out *f = &a->flat;
	enum rp_status st;
	uint32_t len;
	size_t t;

	rp_flat_out_begin(f);
	t = rp_flat_out_table(f, "2444");
	rp_flat_out_set(f, t, VERSION, 2, RP_ARROW_V5);
	rp_flat_out_link(
	    f, t, SCHEMA, rp_arrow_put_schema(f, a->columns, a->n, meta));
	rp_flat_out_link(f, t, DICTIONARIES, put_blocks(f, &a->dictionaries));
	rp_flat_out_link(f, t, BATCHES, put_blocks(f, &a->batches));
	if (f->failed)
		return out_of_memory(a);
	len = (uint32_t)f->bytes.len;
	if ((st = put(a, f->bytes.data, f->bytes.len)) != RP_OK ||
	    (st = put(a, &len, sizeof(len))) != RP_OK)
		return st;
	return put(a, RP_ARROW_MAGIC, RP_ARROW_MAGIC_LEN);
}

enum rp_status
rp_arrow_finish(struct rp_arrow *a, const struct rp_arrow_meta *meta)
{
	static const uint32_t end[2] = { RP_ARROW_CONTINUATION, 0 };
	enum rp_status st = rp_arrow_settle(a);

	if (st == RP_OK)
		st = put(a, end, sizeof(end));
	if (st != RP_OK || a->options->stream)
		return st;
	return put_footer(a, meta);
}
