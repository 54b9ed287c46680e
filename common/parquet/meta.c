/* Structs and fields by their numbers in parquet.thrift. */
#include "parquet/meta.h"

#include "base/crc32.h"
#include "parquet/chunk.h"

/* ---- pages ---- */

static void
put_statistics(struct rp_thrift *t, int16_t id, const struct rp_statistics *s)
{
	const struct rp_bounds *b = s->bounds;

	rp_thrift_struct(t, id);
	rp_thrift_i64(t, 3, (int64_t)s->nulls);
	if (b->state == RP_BOUNDS_SET) {
		rp_thrift_bytes(t, 5, b->high.bytes, b->high.len);
		rp_thrift_bytes(t, 6, b->low.bytes, b->low.len);
		rp_thrift_bool(t, 7, true); /* they are exact */
		rp_thrift_bool(t, 8, true);
	}
	if (s->storage->type == RP_PARQUET_DOUBLE)
		rp_thrift_i64(t, 9, 0); /* values that are no number */
	rp_thrift_end(t);
}

enum rp_status
rp_page_head_encode(struct rp_buffer *out, const struct rp_page_head *head,
    size_t raw, const uint8_t *stored, size_t len)
{
	struct rp_thrift t = { .out = out };

	out->len = 0;
	rp_thrift_begin(&t);
	rp_thrift_i32(&t, 1, head->type);
	rp_thrift_i32(&t, 2, (int32_t)raw);
	rp_thrift_i32(&t, 3, (int32_t)len);
	rp_thrift_i32(&t, 4, (int32_t)rp_crc32(0, stored, len));
	rp_thrift_struct(&t, head->type == RP_PARQUET_DICT_PAGE ? 7 : 5);
	rp_thrift_i32(&t, 1, (int32_t)head->values);
	rp_thrift_i32(&t, 2, head->encoding);
	if (head->type == RP_PARQUET_DATA_PAGE) {
		rp_thrift_i32(&t, 3, RP_PARQUET_RLE); /* definition levels */
		rp_thrift_i32(&t, 4, RP_PARQUET_RLE); /* repetition levels */
		put_statistics(&t, 5, &head->statistics);
	}
	rp_thrift_end(&t);
	rp_thrift_end(&t);
	return t.status;
}

/* ---- schema ---- */

static void
put_integer(struct rp_thrift *t, uint8_t bytes, bool is_signed)
{
	const uint8_t width = (uint8_t)(8 * bytes);

	rp_thrift_struct(t, RP_PARQUET_INTEGER);
	rp_thrift_byte(t, 1, width);
	rp_thrift_bool(t, 2, is_signed);
	rp_thrift_end(t);
}

static void
put_timestamp(struct rp_thrift *t)
{
	rp_thrift_struct(t, RP_PARQUET_TIMESTAMP);
	rp_thrift_bool(t, 1, true); /* UTC */
	rp_thrift_struct(t, 2);
	rp_thrift_struct(t, RP_PARQUET_NANOS);
	rp_thrift_end(t);
	rp_thrift_end(t);
	rp_thrift_end(t);
}

static void
put_decimal(struct rp_thrift *t, const struct rp_column *c)
{
	rp_thrift_struct(t, RP_PARQUET_DECIMAL);
	rp_thrift_i32(t, 1, c->scale);
	rp_thrift_i32(t, 2, c->precision);
	rp_thrift_end(t);
}

static bool
is_text(const struct rp_column *c)
{
	return c->kind == RP_COLUMN_DICTIONARY || c->kind == RP_COLUMN_TEXT;
}

static void
put_logical(struct rp_thrift *t, const struct rp_column *c)
{
	if (c->kind == RP_COLUMN_FLOAT || c->kind == RP_COLUMN_BYTES)
		return;
	rp_thrift_struct(t, 10);
	switch (c->kind) {
	case RP_COLUMN_INT:
	case RP_COLUMN_UINT:
		put_integer(t, c->size, c->kind == RP_COLUMN_INT);
		break;
	case RP_COLUMN_TIME:
		put_timestamp(t);
		break;
	case RP_COLUMN_DECIMAL:
		put_decimal(t, c);
		break;
	default:
		rp_thrift_struct(t, RP_PARQUET_STRING);
		rp_thrift_end(t);
	}
	rp_thrift_end(t);
}

/* For readers that know no logical types; nanoseconds have no such name. */
static void
put_converted(struct rp_thrift *t, const struct rp_column *c)
{
	int log2 = __builtin_ctz(c->size | 16);

	if (is_text(c))
		rp_thrift_i32(t, 6, RP_PARQUET_UTF8);
	else if (c->kind == RP_COLUMN_UINT)
		rp_thrift_i32(t, 6, RP_PARQUET_UINT_8 + log2);
	else if (c->kind == RP_COLUMN_INT)
		rp_thrift_i32(t, 6, RP_PARQUET_INT_8 + log2);
	if (c->kind != RP_COLUMN_DECIMAL)
		return;
	rp_thrift_i32(t, 6, RP_PARQUET_AS_DECIMAL);
	rp_thrift_i32(t, 7, c->scale);
	rp_thrift_i32(t, 8, c->precision);
}

void
rp_schema_element(struct rp_thrift *t, const struct rp_column *c)
{
	const struct rp_storage s = rp_storage_of(c);

	rp_thrift_begin(t);
	rp_thrift_i32(t, 1, s.type);
	if (s.type == RP_PARQUET_FIXED)
		rp_thrift_i32(t, 2, s.width);
	rp_thrift_i32(
	    t, 3, c->nullable ? RP_PARQUET_OPTIONAL : RP_PARQUET_REQUIRED);
	rp_thrift_bytes(t, 4, c->name, c->name_len);
	put_converted(t, c);
	put_logical(t, c);
	rp_thrift_end(t);
}

void
rp_schema_root(struct rp_thrift *t, size_t n)
{
	static const char name[] = "schema";

	rp_thrift_begin(t);
	rp_thrift_bytes(t, 4, name, sizeof(name) - 1);
	rp_thrift_i32(t, 5, (int32_t)n);
	rp_thrift_end(t);
}

/* ---- chunks ---- */

static void
put_encodings(struct rp_thrift *t, const struct rp_chunk *c)
{
	bool used[RP_PARQUET_ENCODINGS];
	size_t n = 0;

	for (size_t i = 0; i < RP_PARQUET_ENCODINGS; i++) {
		used[i] = c->used[i] > 0;
		if (i == RP_PARQUET_PLAIN)
			used[i] |= c->dict.n > 0;
		if (i == RP_PARQUET_RLE)
			used[i] |= c->nullable;
		n += used[i];
	}
	rp_thrift_list(t, 2, RP_THRIFT_I32, n);
	for (size_t i = 0; i < RP_PARQUET_ENCODINGS; i++)
		if (used[i])
			rp_thrift_add_int(t, (int64_t)i);
}

static void
put_page_count(struct rp_thrift *t, enum rp_parquet_page_type type,
    size_t encoding, uint32_t pages)
{
	rp_thrift_begin(t);
	rp_thrift_i32(t, 1, type);
	rp_thrift_i32(t, 2, (int32_t)encoding);
	rp_thrift_i32(t, 3, (int32_t)pages);
	rp_thrift_end(t);
}

static void
put_page_counts(struct rp_thrift *t, const struct rp_chunk *c)
{
	size_t n = c->dict.n > 0;

	for (size_t i = 0; i < RP_PARQUET_ENCODINGS; i++)
		n += c->used[i] > 0;
	rp_thrift_list(t, 13, RP_THRIFT_STRUCT, n);
	if (c->dict.n > 0)
		put_page_count(t, RP_PARQUET_DICT_PAGE, RP_PARQUET_PLAIN, 1);
	for (size_t i = 0; i < RP_PARQUET_ENCODINGS; i++)
		if (c->used[i] > 0)
			put_page_count(t, RP_PARQUET_DATA_PAGE, i, c->used[i]);
}

void
rp_chunk_meta(struct rp_thrift *t, const struct rp_chunk *c,
    const struct rp_column *column, enum rp_parquet_codec codec,
    const struct rp_chunk_place *place)
{
	struct rp_bounds all = { .state = RP_BOUNDS_NONE };
	uint64_t raw = place->dict_raw;

	for (size_t i = 0; i < c->n_pages; i++) {
		raw += c->pages[i].raw;
		rp_bounds_join(&c->storage, &all, &c->pages[i].bounds);
	}
	rp_thrift_begin(t);
	rp_thrift_i32(t, 1, c->storage.type);
	put_encodings(t, c);
	rp_thrift_list(t, 3, RP_THRIFT_BYTES, 1);
	rp_thrift_add_bytes(t, column->name, column->name_len);
	rp_thrift_i32(t, 4, codec);
	rp_thrift_i64(t, 5, (int64_t)c->rows);
	rp_thrift_i64(t, 6, (int64_t)raw);
	rp_thrift_i64(t, 7, (int64_t)(place->dict_len + c->bytes));
	rp_thrift_i64(t, 9, (int64_t)(place->at + place->dict_len));
	if (place->dict_len > 0)
		rp_thrift_i64(t, 11, (int64_t)place->at);
	put_statistics(
	    t, 12, &(struct rp_statistics){ &c->storage, c->nulls, &all });
	put_page_counts(t, c);
	rp_thrift_end(t);
}

/* ---- page index ---- */

static bool
has_values(const struct rp_chunk_page *page)
{
	return page->bounds.state == RP_BOUNDS_SET;
}

/* Do the bounds of pages ascend, descend or neither? */
static enum rp_parquet_order
order_of(const struct rp_chunk *c)
{
	const struct rp_bounds *last = NULL;
	bool up = true, down = true;

	for (size_t i = 0; i < c->n_pages; i++) {
		const struct rp_bounds *b = &c->pages[i].bounds;
		int low, high;

		if (!has_values(&c->pages[i]))
			continue;
		if (last != NULL) {
			low =
			    rp_bound_compare(&c->storage, &b->low, &last->low);
			high = rp_bound_compare(
			    &c->storage, &b->high, &last->high);
			up &= low >= 0 && high >= 0;
			down &= low <= 0 && high <= 0;
		}
		last = b;
	}
	return up  ? RP_PARQUET_ASCENDING
	    : down ? RP_PARQUET_DESCENDING
		   : RP_PARQUET_UNORDERED;
}

static void
put_bounds(struct rp_thrift *t, int16_t id, const struct rp_chunk *c, bool high)
{
	rp_thrift_list(t, id, RP_THRIFT_BYTES, c->n_pages);
	for (size_t i = 0; i < c->n_pages; i++) {
		const struct rp_bounds *b = &c->pages[i].bounds;
		const struct rp_bound *bound = high ? &b->high : &b->low;

		rp_thrift_add_bytes(
		    t, bound->bytes, has_values(&c->pages[i]) ? bound->len : 0);
	}
}

bool
rp_chunk_column_index(struct rp_thrift *t, const struct rp_chunk *c)
{
	for (size_t i = 0; i < c->n_pages; i++)
		if (c->pages[i].bounds.state == RP_BOUNDS_LONG)
			return false;
	rp_thrift_begin(t);
	rp_thrift_list(t, 1, RP_THRIFT_TRUE, c->n_pages);
	for (size_t i = 0; i < c->n_pages; i++)
		rp_thrift_add_bool(t, !has_values(&c->pages[i]));
	put_bounds(t, 2, c, false);
	put_bounds(t, 3, c, true);
	rp_thrift_i32(t, 4, order_of(c));
	rp_thrift_list(t, 5, RP_THRIFT_I64, c->n_pages);
	for (size_t i = 0; i < c->n_pages; i++)
		rp_thrift_add_int(t, (int64_t)c->pages[i].nulls);
	if (c->storage.type == RP_PARQUET_DOUBLE) {
		rp_thrift_list(t, 8, RP_THRIFT_I64, c->n_pages);
		for (size_t i = 0; i < c->n_pages; i++)
			rp_thrift_add_int(t, 0);
	}
	rp_thrift_end(t);
	return true;
}

void
rp_chunk_offset_index(struct rp_thrift *t, const struct rp_chunk *c,
    const struct rp_chunk_place *place)
{
	uint64_t at = place->at + place->dict_len, row = 0;

	rp_thrift_begin(t);
	rp_thrift_list(t, 1, RP_THRIFT_STRUCT, c->n_pages);
	for (size_t i = 0; i < c->n_pages; i++) {
		rp_thrift_begin(t);
		rp_thrift_i64(t, 1, (int64_t)at);
		rp_thrift_i32(t, 2, (int32_t)c->pages[i].len);
		rp_thrift_i64(t, 3, (int64_t)row);
		rp_thrift_end(t);
		at += c->pages[i].len;
		row += c->pages[i].rows;
	}
	rp_thrift_end(t);
}
