/* Record batches: which buffers are whose, unpacked and held to what they
 * claim. */
#include <stdlib.h>

#include "arrow/ipc_work.h"
#include "base/limits.h"

/* The numbers of fields: Message.fbs. */
enum {
	BATCH_LENGTH,
	BATCH_NODES,
	BATCH_BUFFERS,
	BATCH_COMPRESSION,
	BATCH_VARIADIC
};
enum { COMPRESSION_CODEC, COMPRESSION_METHOD };
enum { PAIR = 16, VIEW = 16, VIEW_INLINE = 12, PACKED_HEAD = 8 };

/* Rows that an array may claim: one bit each takes as many. */
#define MAX_ROWS (UINT64_C(8) * RP_MAX_ARROW_BODY)

/* Rows of columns that hold nothing: more than a writer puts into a batch. */
#define MAX_EMPTY_ROWS (1 << 16)

enum rp_status
rp_arrow_batch_init(
    struct rp_arrow_batch *b, const struct rp_arrow_field *fields, size_t n)
{
	*b = (struct rp_arrow_batch){ .fields = fields, .n = n };
	b->arrays = calloc(n + 1, sizeof(*b->arrays));
	if (b->arrays == NULL)
		return RP_ERR_NOMEM;
	for (size_t i = 0; i < n; i++)
		b->arrays[i].field = &fields[i];
	return RP_OK;
}

void
rp_arrow_batch_free(struct rp_arrow_batch *b)
{
	for (uint32_t i = 0; i < b->n_spans; i++)
		rp_buffer_free(&b->unpacked[i]);
	free(b->unpacked);
	free(b->spans);
	free(b->arrays);
	rp_unzstd_free(&b->zstd);
	rp_unlz4_free(&b->lz4);
	*b = (struct rp_arrow_batch){ 0 };
}

/* What is wrong with a column. */
static enum rp_status
bad(const struct rp_arrow_array *a, enum rp_status st, struct rp_error *err,
    const char *why)
{
	const struct rp_flat_text *name = &a->field->name;

	return rp_error_set(err, st, "column '%.*s': %s",
	    name->len < 60 ? (int)name->len : 60,
	    name->text != NULL ? name->text : "", why);
}

/* ---- buffers ---- */

static enum rp_status
step(struct rp_arrow_batch *b, const uint8_t **in, const uint8_t *end,
    uint8_t **out, uint8_t *out_end)
{
	return b->codec == RP_ARROW_ZSTD
	    ? rp_unzstd_step(&b->zstd, in, end, out, out_end)
	    : rp_unlz4_step(&b->lz4, in, end, out, out_end);
}

/* Unpack to exactly n bytes. Room grows with what comes: the claim may lie. */
static enum rp_status
unpack(struct rp_arrow_batch *b, const uint8_t *in, const uint8_t *end,
    size_t n, struct rp_buffer *out)
{
	const struct rp_unpacker *u =
	    b->codec == RP_ARROW_ZSTD ? &b->zstd : &b->lz4;
	enum rp_status st;

	out->len = 0;
	do {
		size_t room = out->len + RP_IO_SIZE + (size_t)(end - in);
		const uint8_t *before = in;
		uint8_t *to, *from;

		if (room < 2 * out->len)
			room = 2 * out->len;
		if (room > n)
			room = n;
		if (rp_buffer_reserve(out, room + 1) != RP_OK)
			return RP_ERR_NOMEM;
		to = from = out->data + out->len;
		st = step(b, &in, end, &to, out->data + room);
		out->len += (size_t)(to - from);
		if (st == RP_OK && to == from && in == before)
			st = RP_ERR_CORRUPT;
	} while (st == RP_OK && (in < end || u->inside));
	return st == RP_OK && out->len != n ? RP_ERR_CORRUPT : st;
}

/* A buffer that is compressed: its length, or -1: it is not, then its bytes. */
static enum rp_status
unpack_span(struct rp_arrow_batch *b, const struct rp_arrow_array *a,
    uint32_t i, struct rp_error *err)
{
	struct rp_arrow_span *span = &b->spans[i];
	struct rp_buffer *out = &b->unpacked[i];
	int64_t n;

	if (span->len < PACKED_HEAD)
		return bad(a, RP_ERR_CORRUPT, err,
		    "a compressed buffer without its length");
	n = (int64_t)rp_le64(span->p);
	span->p += PACKED_HEAD;
	span->len -= PACKED_HEAD;
	if (n == -1)
		return RP_OK;
	if (n < 0)
		return bad(a, RP_ERR_CORRUPT, err,
		    "a compressed buffer of a negative length");
	if ((uint64_t)n > RP_MAX_ARROW_BODY - b->unpacked_len)
		return bad(a, RP_ERR_LIMIT, err,
		    "more than 1 GiB in one batch, unpacked");
	b->unpacked_len += (uint64_t)n;
	switch (unpack(b, span->p, span->p + span->len, (size_t)n, out)) {
	case RP_OK:
		*span = (struct rp_arrow_span){ out->data, (uint64_t)n };
		return RP_OK;
	case RP_ERR_NOMEM:
		return bad(a, RP_ERR_NOMEM, err, "no memory to unpack it");
	case RP_ERR_LIMIT:
		return bad(a, RP_ERR_LIMIT, err,
		    "its zstd needs a window above 128 MiB");
	default:
		return bad(a, RP_ERR_CORRUPT, err,
		    b->codec == RP_ARROW_ZSTD ? "bad zstd data"
					      : "bad lz4 data");
	}
}

/* The next n buffers, which are an array's. */
static enum rp_status
take_buffers(struct rp_arrow_batch *b, const struct rp_arrow_array *a,
    uint32_t n, struct rp_error *err)
{
	enum rp_status st = RP_OK;

	if (n > b->buffers.n - b->next_buffer)
		return bad(a, RP_ERR_CORRUPT, err,
		    "the batch has too few buffers for it");
	for (; st == RP_OK && n > 0; n--) {
		uint32_t i = b->next_buffer++;
		uint64_t at = (uint64_t)rp_flat_i64(&b->buffers, 2 * i);
		uint64_t len = (uint64_t)rp_flat_i64(&b->buffers, 2 * i + 1);

		b->spans[i] = (struct rp_arrow_span){ NULL, 0 };
		if (at > b->body_len || len > b->body_len - at)
			return bad(a, RP_ERR_CORRUPT, err,
			    "a buffer is outside the batch");
		if (!a->wanted || len == 0)
			continue;
		b->spans[i] = (struct rp_arrow_span){ b->body + at, len };
		if (b->codec >= 0)
			st = unpack_span(b, a, i, err);
	}
	return st;
}

/* ---- arrays ---- */

static bool
is_view(const struct rp_arrow_field *f)
{
	return !f->dictionary &&
	    (f->type == RP_ARROW_UTF8_VIEW || f->type == RP_ARROW_BINARY_VIEW);
}

static bool
has_validity(const struct rp_arrow_field *f, bool old)
{
	return f->dictionary ||
	    (f->type != RP_ARROW_NULL && f->type != RP_ARROW_RUN_END &&
		(f->type != RP_ARROW_UNION || old));
}

/* Buffers behind the validity, but for a view's. */
static uint32_t
n_buffers(const struct rp_arrow_field *f)
{
	if (f->dictionary)
		return 1;
	switch (f->type) {
	case RP_ARROW_NULL:
	case RP_ARROW_STRUCT:
	case RP_ARROW_FIXED_LIST:
	case RP_ARROW_RUN_END:
		return 0;
	case RP_ARROW_UNION:
		return f->dense ? 2 : 1;
	case RP_ARROW_BINARY:
	case RP_ARROW_UTF8:
	case RP_ARROW_LARGE_BINARY:
	case RP_ARROW_LARGE_UTF8:
	case RP_ARROW_LIST_VIEW:
	case RP_ARROW_LARGE_LIST_VIEW:
		return 2;
	default:
		return 1;
	}
}

/* How many buffers a view has. */
static enum rp_status
take_variadic(
    struct rp_arrow_batch *b, struct rp_arrow_array *a, struct rp_error *err)
{
	int64_t n = 0;

	a->n_views = 0;
	if (!is_view(a->field))
		return RP_OK;
	if (b->next_variadic < b->variadic.n)
		n = rp_flat_i64(&b->variadic, b->next_variadic++);
	else
		n = -1;
	if (n < 0 || n > b->buffers.n)
		return bad(a, RP_ERR_CORRUPT, err,
		    "the batch does not say how many buffers it has");
	a->n_views = (uint32_t)n;
	return RP_OK;
}

/* Give an array its buffers, of which the first is number i. */
static void
place(struct rp_arrow_batch *b, struct rp_arrow_array *a, uint32_t i)
{
	const struct rp_arrow_field *f = a->field;
	const struct rp_arrow_span *span = &b->spans[i];

	if (has_validity(f, b->old))
		span++;
	a->values = span->p;
	a->values_len = span->len;
	a->offsets = NULL;
	a->views = NULL;
	a->wide_offsets = false;
	if (f->dictionary)
		return;
	switch (f->type) {
	case RP_ARROW_LARGE_BINARY:
	case RP_ARROW_LARGE_UTF8:
		a->wide_offsets = true;
		/* fallthrough */
	case RP_ARROW_BINARY:
	case RP_ARROW_UTF8:
		a->offsets = span[0].p;
		a->values = span[1].p;
		a->values_len = span[1].len;
		break;
	case RP_ARROW_LARGE_LIST:
		a->wide_offsets = true;
		/* fallthrough */
	case RP_ARROW_LIST:
	case RP_ARROW_MAP:
		a->offsets = span[0].p;
		break;
	case RP_ARROW_UTF8_VIEW:
	case RP_ARROW_BINARY_VIEW:
		a->offsets = span[0].p;
		a->views = span + 1;
		break;
	default:
		break;
	}
}

/* Offsets ascend, from row to row, up to a limit. */
static const char *
check_offsets(const struct rp_arrow_array *a, uint64_t room, uint64_t limit)
{
	const unsigned width = a->wide_offsets ? 8 : 4;
	uint64_t last = 0, next;

	if (a->rows == 0)
		return NULL;
	if (room < (a->rows + 1) * width)
		return "it has too few offsets for its rows";
	for (uint64_t i = 0; i <= a->rows; i++, last = next)
		if ((next = rp_arrow_offset(a, i)) < last)
			return "its offsets do not ascend";
	return last > limit ? "an offset is outside what it holds" : NULL;
}

/* Views lie within the buffers that they name. */
static const char *
check_views(const struct rp_arrow_array *a, uint64_t room)
{
	const uint8_t *p = a->offsets;

	if (room < a->rows * VIEW)
		return "it has too few views for its rows";
	for (uint64_t i = 0; i < a->rows; i++, p += VIEW) {
		uint32_t len = rp_le32(p), at = rp_le32(p + 12),
			 buffer = rp_le32(p + 8);

		if (!rp_arrow_is_valid(a, i) || len <= VIEW_INLINE)
			continue;
		if (buffer >= a->n_views || at > a->views[buffer].len ||
		    len > a->views[buffer].len - at)
			return "a view is outside its buffers";
	}
	return NULL;
}

/* Is there what its rows claim? a->field + 1 is the first within it. */
static const char *
check_values(const struct rp_arrow_array *a, uint64_t room)
{
	const struct rp_arrow_field *f = a->field;
	const uint64_t width = f->dictionary   ? f->index_width
	    : f->type == RP_ARROW_FIXED_BINARY ? f->fixed
					       : f->width;

	if (f->dictionary || f->width > 0 || f->type == RP_ARROW_FIXED_BINARY)
		return a->values_len < a->rows * width
		    ? "it has too few values for its rows"
		    : NULL;
	switch (f->type) {
	case RP_ARROW_BOOL:
		return a->values_len < (a->rows + 7) / 8
		    ? "it has too few bits for its rows"
		    : NULL;
	case RP_ARROW_BINARY:
	case RP_ARROW_UTF8:
	case RP_ARROW_LARGE_BINARY:
	case RP_ARROW_LARGE_UTF8:
		return check_offsets(a, room, a->values_len);
	case RP_ARROW_UTF8_VIEW:
	case RP_ARROW_BINARY_VIEW:
		return check_views(a, room);
	case RP_ARROW_LIST:
	case RP_ARROW_LARGE_LIST:
	case RP_ARROW_MAP:
		return check_offsets(a, room, a[1].rows);
	case RP_ARROW_FIXED_LIST:
		return a[1].rows < a->rows * f->fixed
		    ? "it has too few elements for its rows"
		    : NULL;
	default:
		return NULL;
	}
}

/* A struct's children have a row each of its rows. */
static bool
check_children(const struct rp_arrow_array *a)
{
	if (a->field->type != RP_ARROW_STRUCT || a->field->dictionary)
		return true;
	for (uint32_t i = 1; i < a->field->span; i += a[i].field->span)
		if (a[i].rows < a->rows)
			return false;
	return true;
}

static enum rp_status
check_array(struct rp_arrow_batch *b, struct rp_arrow_array *a, uint32_t first,
    uint64_t nulls, struct rp_error *err)
{
	const struct rp_arrow_span *span = &b->spans[first];
	const char *why;

	a->validity = NULL;
	if (has_validity(a->field, b->old)) {
		if (nulls > 0 && span->len < (a->rows + 7) / 8)
			return bad(a, RP_ERR_CORRUPT, err,
			    "it has nulls, but too few bits to tell them");
		if (nulls > 0)
			a->validity = span->p;
		span++;
	}
	why = check_values(a, span->len);
	if (why == NULL && !check_children(a))
		why = "the structs' values are fewer than they";
	return why == NULL ? RP_OK : bad(a, RP_ERR_CORRUPT, err, why);
}

/* ---- batches ---- */

/* What walking the fields found out of an array. */
struct found {
	uint32_t first; /* buffer */
	uint64_t nulls;
};

static enum rp_status
take_array(struct rp_arrow_batch *b, struct rp_arrow_array *a,
    struct found *found, struct rp_error *err)
{
	uint32_t n = n_buffers(a->field) + has_validity(a->field, b->old);
	int64_t rows, nulls;
	enum rp_status st;

	if (b->next_node == b->nodes.n)
		return bad(a, RP_ERR_CORRUPT, err, "the batch ends before it");
	rows = rp_flat_i64(&b->nodes, 2 * b->next_node);
	nulls = rp_flat_i64(&b->nodes, 2 * b->next_node + 1);
	b->next_node++;
	if (rows < 0 || (uint64_t)rows > MAX_ROWS || nulls < 0 || nulls > rows)
		return bad(a, RP_ERR_CORRUPT, err,
		    "its number of rows or of nulls cannot be");
	a->rows = (uint64_t)rows;
	if (a->field->depth == 0 && a->rows != b->rows)
		return bad(
		    a, RP_ERR_CORRUPT, err, "it has other rows than the batch");
	*found = (struct found){ b->next_buffer, (uint64_t)nulls };
	if ((st = take_variadic(b, a, err)) == RP_OK)
		st = take_buffers(b, a, n + a->n_views, err);
	if (st == RP_OK)
		place(b, a, found->first);
	return st;
}

/* Room for the spans of as many buffers as the batch names, and of three that
 * are empty: an array may look at what it has not. */
static enum rp_status
make_spans(struct rp_arrow_batch *b)
{
	uint32_t n = b->buffers.n + 3;
	struct rp_arrow_span *spans;
	struct rp_buffer *unpacked;

	if (n > b->n_spans) {
		spans = reallocarray(b->spans, n, sizeof(*spans));
		if (spans == NULL)
			return RP_ERR_NOMEM;
		b->spans = spans;
		unpacked = reallocarray(b->unpacked, n, sizeof(*unpacked));
		if (unpacked == NULL)
			return RP_ERR_NOMEM;
		b->unpacked = unpacked;
		memset(unpacked + b->n_spans, 0,
		    (n - b->n_spans) * sizeof(*unpacked));
		b->n_spans = n;
	}
	memset(b->spans, 0, n * sizeof(*b->spans));
	return RP_OK;
}

/* What a batch says before its columns. */
static enum rp_status
read_table(struct rp_arrow_batch *b, const struct rp_flat_table *t,
    struct rp_error *err)
{
	struct rp_flat_table packed = rp_flat_table(t, BATCH_COMPRESSION);
	int64_t rows = rp_flat_int(t, BATCH_LENGTH, 8, 0);
	int64_t codec = rp_flat_int(&packed, COMPRESSION_CODEC, 1, 0);
	int64_t method = rp_flat_int(&packed, COMPRESSION_METHOD, 1, 0);
	enum rp_status st;

	b->nodes = rp_flat_vector(t, BATCH_NODES, PAIR);
	b->buffers = rp_flat_vector(t, BATCH_BUFFERS, PAIR);
	b->variadic = rp_flat_vector(t, BATCH_VARIADIC, 8);
	b->next_node = b->next_buffer = b->next_variadic = 0;
	b->unpacked_len = 0;
	b->codec = rp_flat_is(&packed) ? (int)codec : -1;
	if ((st = rp_arrow_flat_status(t->flat, err)) != RP_OK)
		return st;
	if (rows < 0 || (uint64_t)rows > MAX_ROWS)
		return rp_error_set(err, RP_ERR_CORRUPT, "a batch of %lld rows",
		    (long long)rows);
	b->rows = (uint64_t)rows;
	if (rp_flat_is(&packed) &&
	    (method != 0 || codec < RP_ARROW_LZ4_FRAME ||
		codec > RP_ARROW_ZSTD))
		return rp_error_set(err, RP_ERR_UNSUPPORTED,
		    "a compression (%lld, %lld) that is not known",
		    (long long)codec, (long long)method);
	if (make_spans(b) != RP_OK)
		return rp_error_set(err, RP_ERR_NOMEM, "out of memory");
	return RP_OK;
}

/* Are there bytes for its rows? Of nothing a batch may claim any number. */
static bool
holds_rows(const struct rp_arrow_batch *b)
{
	for (size_t i = 0; i < b->n; i += b->fields[i].span)
		if (b->arrays[i].wanted &&
		    (b->fields[i].dictionary ||
			b->fields[i].type != RP_ARROW_NULL) &&
		    (b->fields[i].type != RP_ARROW_FIXED_BINARY ||
			b->fields[i].fixed > 0))
			return true;
	return b->rows <= MAX_EMPTY_ROWS;
}

static enum rp_status
take_arrays(struct rp_arrow_batch *b, struct found *found, struct rp_error *err)
{
	struct rp_arrow_array *a = b->arrays;
	enum rp_status st;
	size_t i;

	for (i = 0; i < b->n;
	     i += b->fields[i].dictionary ? b->fields[i].span : 1)
		if ((st = take_array(b, &a[i], &found[i], err)) != RP_OK)
			return st;
	if (b->next_node != b->nodes.n || b->next_buffer != b->buffers.n)
		return rp_error_set(err, RP_ERR_CORRUPT,
		    "the batch has more columns or buffers than its schema");
	if (!holds_rows(b))
		return rp_error_set(err, RP_ERR_UNSUPPORTED,
		    "%llu rows, but no column that is read holds anything",
		    (unsigned long long)b->rows);
	for (i = 0; i < b->n;
	     i += b->fields[i].dictionary ? b->fields[i].span : 1)
		if (a[i].wanted &&
		    (st = check_array(b, &a[i], found[i].first, found[i].nulls,
			 err)) != RP_OK)
			return st;
	return RP_OK;
}

enum rp_status
rp_arrow_batch_read(struct rp_arrow_batch *b, const struct rp_flat_table *table,
    bool old, const uint8_t *body, uint64_t body_len, struct rp_error *err)
{
	struct found *found = calloc(b->n + 1, sizeof(*found));
	enum rp_status st;

	if (found == NULL)
		return rp_error_set(err, RP_ERR_NOMEM, "out of memory");
	b->old = old;
	b->body = body;
	b->body_len = body_len;
	if ((st = read_table(b, table, err)) == RP_OK)
		st = take_arrays(b, found, err);
	free(found);
	return st;
}
