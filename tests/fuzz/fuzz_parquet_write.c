/*
 * rp's records as Parquet, read by a small reader of the tests': each value of
 * each column is that of the batches it was made of. Options as in rows.h, and
 * in byte 2 from bit 5 on the encoding, byte 3 the rows of a row group.
 */
#include "parquet/writer.h"
#include "parquet_read.h"

/* The columns of all batches, as PLAIN would have them. */
struct wanted {
	struct rp_buffer columns[PARQUET_COLUMNS];
	uint64_t rows;
};

static enum rp_status
keep_bytes(void *file, const void *data, size_t len)
{
	return rp_buffer_add(file, data, len);
}

static bool
is_there(const struct rp_column *c, size_t row)
{
	return c->nulls == 0 || (c->validity.data[row / 8] >> row % 8 & 1) != 0;
}

static void
want_text(struct rp_buffer *to, const struct rp_column *c, size_t row)
{
	const uint8_t *at, *text = (const uint8_t *)"";
	size_t len;

	if (c->kind == RP_COLUMN_DICTIONARY) {
		text = (const uint8_t *)rp_dictionary_text(
		    c->dictionary, rp_le32(c->values.data + 4 * row), &len);
	} else {
		at = c->offsets.data + 4 * row;
		len = rp_le32(at + 4) - rp_le32(at);
		if (len > 0)
			text = c->values.data + rp_le32(at);
	}
	parquet_value(to, text, len);
}

/* Of 1, 2, 4 or 8 bytes as of 4 or 8; of 16 the greatest byte first. */
static void
want_number(struct rp_buffer *to, const struct rp_column *c, size_t row)
{
	const uint8_t *p = c->values.data + row * c->size;
	const bool negative =
	    c->kind == RP_COLUMN_INT && (p[c->size - 1] & 0x80);
	uint8_t v[16];

	memset(v, negative ? 0xff : 0, sizeof(v));
	for (size_t i = 0; i < c->size; i++)
		v[c->size == 16 ? 15 - i : i] = p[i];
	parquet_value(to, v, c->size < 4 ? 4 : c->size);
}

static void
want(struct wanted *w, const struct rp_batch *batch)
{
	for (size_t i = 0; i < batch->n; i++) {
		const struct rp_column *c = &batch->columns[i];

		for (size_t row = 0; row < batch->rows; row++) {
			if (!is_there(c, row))
				parquet_value(&w->columns[i], NULL, 0);
			else if (c->size == 0 ||
			    c->kind == RP_COLUMN_DICTIONARY)
				want_text(&w->columns[i], c, row);
			else
				want_number(&w->columns[i], c, row);
		}
	}
	w->rows += batch->rows;
}

static void
compare(const struct rp_buffer *bytes, const struct fuzz_table *t,
    const struct wanted *w)
{
	static struct parquet_file file;

	parquet_read(&file, bytes->data, bytes->len);
	NEED(file.n == t->batch.n && file.rows == w->rows);
	for (size_t i = 0; i < file.n; i++) {
		const struct rp_buffer *values = &file.columns[i].values;

		NEED(file.columns[i].optional == t->batch.columns[i].nullable);
		NEED(values->len == w->columns[i].len);
		NEED(values->len == 0 ||
		    memcmp(values->data, w->columns[i].data, values->len) == 0);
	}
	parquet_free(&file);
}

static void
put(struct rp_parquet *p, struct fuzz_table *t, struct wanted *w)
{
	want(w, &t->batch);
	NEED(rp_parquet_put(p, &t->batch) == RP_OK);
	rp_batch_empty(&t->batch);
}

/* All records, in pages of so many rows, and of no more than there is room for. */
static void
write_rows(struct rp_parquet *p, struct fuzz_table *t,
    const struct fuzz_rows *r, struct wanted *w, uint64_t page_rows)
{
	bool kept[FUZZ_ROWS];

	for (size_t i = 0, k; i < r->n; i += k) {
		const uint64_t room = rp_parquet_room(p);
		const uint64_t full = page_rows < room ? page_rows : room;

		k = full - t->batch.rows;
		k = k < r->n - i ? k : r->n - i;
		fuzz_table_add(t, &r->frame, r->recs + i, k, kept);
		if (t->batch.rows == full)
			put(p, t, w);
	}
	put(p, t, w);
	NEED(rp_parquet_say(p, "key", "text", 4) == RP_OK);
	NEED(rp_parquet_finish(p, "fuzz") == RP_OK);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const enum rp_parquet_codec codecs[] = { RP_PARQUET_NONE,
		RP_PARQUET_LZ4_RAW, RP_PARQUET_ZSTD };
	static const char *const encodings[] = { "auto", "plain", "dict",
		"delta", "delta-length" };
	static struct wanted w;
	struct rp_parquet_options o = { .group_bytes = 1 << 20 };
	struct rp_buffer bytes = { 0 };
	struct rp_parquet *p = NULL;
	struct fuzz_table t;
	struct fuzz_rows r;
	struct rp_error err;
	enum rp_status st;

	if (size < FUZZ_OPTIONS)
		return 0;
	memset(&w, 0, sizeof(w));
	o.codec = codecs[data[2] % 3];
	o.group_rows = 1 + data[3];
	NEED(rp_parquet_encode(&o,
		 encodings[(data[2] >> 5) % RP_LEN(encodings)], &err) == RP_OK);
	NEED(rp_parquet_start(&o, 1) == RP_OK);
	fuzz_rows_init(&r, data, size);
	if (fuzz_table_init(&t, r.type, data, &r.frame)) {
		NEED(t.batch.n <= PARQUET_COLUMNS);
		st = rp_parquet_new(
		    &p, &o, &t.batch, NULL, keep_bytes, &bytes, &err);
		NEED(st == RP_OK ||
		    (st == RP_ERR_UNSUPPORTED && t.style.level_lists));
		if (st == RP_OK) {
			write_rows(
			    p, &t, &r, &w, UINT64_C(1) << (data[2] >> 2 & 7));
			compare(&bytes, &t, &w);
		}
		rp_parquet_free(p);
	}
	for (size_t i = 0; i < PARQUET_COLUMNS; i++)
		rp_buffer_free(&w.columns[i]);
	rp_buffer_free(&bytes);
	rp_parquet_stop(&o);
	fuzz_table_free(&t);
	fuzz_rows_free(&r);
	return 0;
}
