#include <stdarg.h>
#include <stdio.h>

#include "columns/batch_work.h"
#include "types/text.h"

/* ---- integers and times ---- */

size_t
rp_block_offset(const struct rp_field *field)
{
	switch (field->kind) {
	case RP_KIND_SEQ:
	case RP_KIND_TS_RECV:
	case RP_KIND_TYPE:
	case RP_KIND_SYMBOL:
	case RP_KIND_SOURCE:
	case RP_KIND_RECORD_FLAGS:
		return field->off; /* of the header */
	default:
		return offsetof(struct rp_record, payload) + field->off;
	}
}

/* Values from the same place in each record: how many are none. */
static inline size_t
load_size(const struct rp_block *b, size_t off, uint64_t none,
    const size_t size, uint8_t *out)
{
	const struct rp_record *const *recs = b->recs;
	const size_t n = b->n;
	size_t lacking = 0;

	for (size_t i = 0; i < n; i++) {
		uint64_t v = 0;

		memcpy(&v, (const uint8_t *)recs[i] + off, size);
		memcpy(out + i * size, &v, size);
		lacking += v == none;
	}
	return lacking;
}

static void
lack_all(struct rp_block *b, void *values, size_t size)
{
	memset(values, 0, b->n * size);
	memset(b->present, 0, sizeof(b->present));
	b->absent = b->n;
}

/* Those that stand for no value become zero. */
static inline void
drop_size(struct rp_block *b, uint64_t none, const size_t size, uint8_t *out)
{
	for (size_t i = 0; i < b->n; i++) {
		uint64_t v = 0;

		memcpy(&v, out + i * size, size);
		if (v == none) {
			memset(out + i * size, 0, size);
			rp_block_absent(b, i);
		}
	}
}

/* Mostly it is none of the values that stands for none, or all. */
static inline void
load_as(struct rp_block *b, size_t off, const uint64_t *none, const size_t size,
    uint8_t *out)
{
	const uint64_t bits = UINT64_MAX >> (64 - 8 * size);
	const size_t lacking =
	    load_size(b, off, none != NULL ? *none & bits : 0, size, out);

	if (none == NULL || lacking == 0)
		return;
	if (lacking == b->n)
		lack_all(b, out, size);
	else
		drop_size(b, *none & bits, size, out);
}

/* The compiler makes loops of each size. */
static void
load(struct rp_block *b, size_t off, const uint64_t *none, size_t size,
    uint8_t *out)
{
	switch (size) {
	case 1:
		load_as(b, off, none, 1, out);
		break;
	case 2:
		load_as(b, off, none, 2, out);
		break;
	case 4:
		load_as(b, off, none, 4, out);
		break;
	default:
		load_as(b, off, none, 8, out);
	}
}

/* Has the field such values, and which is it? */
static bool
has_none(const struct rp_field *field, uint64_t *none)
{
	switch (field->kind) {
	case RP_KIND_SEQ:
		*none = 0;
		return true;
	case RP_KIND_TS_RECV:
	case RP_KIND_TIME:
		*none = (uint64_t)RP_ABSENT;
		return true;
	case RP_KIND_INT:
		*none = (uint64_t)(INT64_MIN >> (64 - 8 * field->size));
		return field->optional;
	default:
		*none = UINT64_MAX;
		return field->optional;
	}
}

static bool
is_plain(const struct rp_column *c, const struct rp_field *field)
{
	switch (field->kind) {
	case RP_KIND_SEQ:
	case RP_KIND_UINT:
	case RP_KIND_RECORD_FLAGS: /* payload_len */
		return c->kind == RP_COLUMN_UINT && c->size == field->size;
	case RP_KIND_INT:
		return c->kind == RP_COLUMN_INT && c->size == field->size;
	case RP_KIND_TS_RECV:
	case RP_KIND_TIME:
		return c->kind == RP_COLUMN_TIME;
	default:
		return false;
	}
}

/* Whatever has no faster way. */
static enum rp_status
put_ints(struct rp_block *b, struct rp_column *c, const struct rp_field *field)
{
	uint8_t *out = rp_column_end(c);
	struct rp_value v;

	for (size_t i = 0; i < b->n; i++, out += c->size) {
		rp_field_get(field, b->f, b->recs[i], &v);
		if (v.kind == RP_VALUE_ABSENT) {
			memset(out, 0, c->size);
			rp_block_absent(b, i);
		} else if (v.kind == RP_VALUE_UINT &&
		    c->kind == RP_COLUMN_INT && v.u > INT64_MAX)
			return rp_block_misfit(b, c, i,
			    "%llu is beyond 2^63 - 1, all that the column "
			    "holds",
			    (unsigned long long)v.u);
		else
			memcpy(out, &v.u, c->size);
	}
	return RP_OK;
}

static enum rp_status
gather_ints(
    struct rp_block *b, struct rp_column *c, const struct rp_field *field)
{
	bool header = field->kind == RP_KIND_SEQ ||
	    field->kind == RP_KIND_TS_RECV ||
	    field->kind == RP_KIND_RECORD_FLAGS;
	enum rp_status st = RP_OK;
	uint64_t none;

	if (rp_column_room(c, b->n * c->size, 0) != RP_OK)
		return RP_ERR_NOMEM;
	if (field->name == NULL)
		lack_all(b, rp_column_end(c), c->size);
	else if (is_plain(c, field) && (header || rp_block_reaches(b, field))) {
		load(b, rp_block_offset(field),
		    has_none(field, &none) ? &none : NULL, c->size,
		    rp_column_end(c));
	} else
		st = put_ints(b, c, field);
	c->values.len += b->n * c->size;
	return st;
}

/* ---- validity ---- */

static void
set_bits(uint8_t *bits, size_t from, size_t n)
{
	for (; n > 0 && from % 8 != 0; from++, n--)
		bits[from / 8] |= (uint8_t)(1 << from % 8);
	memset(bits + from / 8, 0xff, n / 8);
	if (n % 8 != 0)
		bits[(from + n) / 8] = (uint8_t)((1 << n % 8) - 1);
}

/* The bits of eight that are 0 or 1 each. */
static uint8_t
pack(const uint8_t *present)
{
	uint64_t v = rp_le64(present);

	return (uint8_t)(v * 0x0102040810204080 >> 56);
}

static void
put_bits(uint8_t *bits, size_t at, const uint8_t *present, size_t n)
{
	const uint8_t *const end = present + n;

	for (; present < end && at % 8 != 0; at++)
		bits[at / 8] |= (uint8_t)(*present++ << at % 8);
	for (; end - present >= 8; present += 8, at += 8)
		bits[at / 8] = pack(present);
	for (; present < end; at++)
		bits[at / 8] |= (uint8_t)(*present++ << at % 8);
}

enum rp_status
rp_gather_validity(const struct rp_block *b, struct rp_column *c, size_t n)
{
	size_t rows = c->work->rows, len = (rows + n + 7) / 8;
	uint8_t *bits;

	c->work->rows += n;
	if (c->nulls == 0 && b->absent == 0)
		return RP_OK;
	if (len > c->validity.cap &&
	    rp_buffer_reserve(&c->validity, 2 * len) != RP_OK)
		return RP_ERR_NOMEM;
	bits = c->validity.data;
	memset(bits + c->validity.len, 0, len - c->validity.len);
	if (c->nulls == 0)
		set_bits(bits, 0, rows);
	c->validity.len = len;
	c->nulls += b->absent;
	if (b->absent == 0) {
		set_bits(bits, rows, n);
		return RP_OK;
	}
	put_bits(bits, rows, b->present, n);
	return RP_OK;
}

/* ---- a block ---- */

enum rp_status
rp_block_misfit(struct rp_block *b, const struct rp_column *c, size_t i,
    const char *fmt, ...)
{
	char why[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	b->failed = i;
	return rp_error_set(&b->batch->error, RP_ERR_LIMIT, "column %.*s: %s",
	    (int)c->name_len, c->name, why);
}

enum rp_status
rp_gather(struct rp_block *b, struct rp_column *c, const struct rp_field *field)
{
	enum rp_status st;

	b->absent = 0;
	switch (c->kind) {
	case RP_COLUMN_DECIMAL:
	case RP_COLUMN_FLOAT:
		st = rp_gather_decimals(b, c, field);
		break;
	case RP_COLUMN_INT:
		st = field->name == NULL || field->kind == RP_KIND_INT ||
			field->kind == RP_KIND_UINT
		    ? gather_ints(b, c, field)
		    : rp_gather_decimals(b, c, field);
		break;
	case RP_COLUMN_UINT:
	case RP_COLUMN_TIME:
		st = gather_ints(b, c, field);
		break;
	case RP_COLUMN_LEVELS:
		st = rp_gather_levels(b, c, field);
		break;
	default:
		st = rp_gather_texts(b, c, field);
	}
	return st == RP_OK ? rp_gather_validity(b, c, b->n) : st;
}

static const struct rp_batch_source *
source_of(const struct rp_batch *batch, uint16_t type)
{
	const struct rp_batch_work *w = batch->work;
	const struct rp_batch_source *any = &w->sources[0];

	for (size_t i = 0; i < w->n_sources; i++) {
		if (w->sources[i].type == type)
			return &w->sources[i];
		if (w->sources[i].type == 0)
			any = &w->sources[i];
	}
	return any;
}

static void
note(struct rp_column *c)
{
	struct rp_column_work *w = c->work;

	w->before.values = c->values.len;
	w->before.offsets = c->offsets.len;
	w->before.validity = c->validity.len;
	w->before.rows = w->rows;
	w->before.nulls = c->nulls;
	for (size_t i = 0; i < c->n_children; i++)
		note(&c->children[i]);
}

/* As it was; bits behind the last row are zero again. */
static void
restore(struct rp_column *c)
{
	struct rp_column_work *w = c->work;

	c->values.len = w->before.values;
	c->offsets.len = w->before.offsets;
	c->validity.len = w->before.validity;
	w->rows = w->before.rows;
	c->nulls = w->before.nulls;
	if (w->rows % 8 != 0 && c->validity.len > 0)
		c->validity.data[w->rows / 8] &=
		    (uint8_t)((1 << w->rows % 8) - 1);
	for (size_t i = 0; i < c->n_children; i++)
		restore(&c->children[i]);
}

static enum rp_status
gather_all(struct rp_block *b, const struct rp_batch_source *source)
{
	struct rp_batch *batch = b->batch;
	enum rp_status st = RP_OK;

	if (b->n == 0)
		return RP_OK;
	b->has_books = false;
	for (size_t i = 0; i < batch->n; i++)
		note(&batch->columns[i]);
	for (size_t i = 0; st == RP_OK && i < batch->n; i++)
		st = rp_gather(b, &batch->columns[i], &source->fields[i]);
	for (size_t i = 0; st != RP_OK && i < batch->n; i++)
		restore(&batch->columns[i]);
	if (st == RP_OK) {
		batch->rows += b->n;
		b->new_names = false;
	}
	return st;
}

/* Those before the first that does not fit. */
static enum rp_status
gather_block(struct rp_block *b, const struct rp_batch_source *source)
{
	struct rp_batch *batch = b->batch;
	struct rp_error first = { 0 };
	enum rp_status st;

	while ((st = gather_all(b, source)) == RP_ERR_LIMIT) {
		first = batch->error;
		batch->error = (struct rp_error){ 0 };
		b->n = b->failed;
	}
	if (st != RP_OK)
		return rp_error_set(&batch->error, st, "out of memory");
	batch->error = first;
	return first.status;
}

size_t
rp_column_bytes(const struct rp_column *c)
{
	size_t n = c->values.len + c->offsets.len + c->validity.len;

	for (size_t i = 0; i < c->n_children; i++)
		n += rp_column_bytes(&c->children[i]);
	return n;
}

static uint32_t
shortest(
    const struct rp_frame *f, const struct rp_record *const *recs, size_t n)
{
	uint32_t len = recs[0]->len;

	for (size_t i = 1; !rp_frame_is_even(f) && i < n; i++)
		len = recs[i]->len < len ? recs[i]->len : len;
	return len;
}

enum rp_status
rp_batch_add(struct rp_batch *batch, const struct rp_frame *f,
    const struct rp_record *const *recs, size_t n)
{
	const uint64_t names = f->head.dir_hash;
	struct rp_block b;
	enum rp_status st = RP_OK;
	size_t at;

	if (n == 0)
		return RP_OK;
	b.batch = batch;
	b.f = f;
	b.new_names = names == 0 || names != batch->work->names;
	batch->work->names = 0;
	for (at = 0; st == RP_OK && at < n; at += RP_BLOCK) {
		b.recs = recs + at;
		b.n = n - at < RP_BLOCK ? n - at : RP_BLOCK;
		b.min_len = shortest(f, b.recs, b.n);
		st = gather_block(&b, source_of(batch, recs[0]->type));
	}
	if (!b.new_names)
		batch->work->names = names;
	batch->bytes = 0;
	for (size_t i = 0; i < batch->n; i++)
		batch->bytes += rp_column_bytes(&batch->columns[i]);
	return st;
}

/* ---- ends ---- */

static void
empty(struct rp_column *c)
{
	c->values.len = c->offsets.len = c->validity.len = 0;
	c->nulls = 0;
	c->work->rows = 0;
	for (size_t i = 0; i < c->n_children; i++)
		empty(&c->children[i]);
}

void
rp_batch_empty(struct rp_batch *batch)
{
	for (size_t i = 0; i < batch->n; i++)
		empty(&batch->columns[i]);
	batch->rows = 0;
	batch->bytes = 0;
	batch->error = (struct rp_error){ 0 };
}
