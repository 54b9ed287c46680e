/*
 * rp's records as Arrow and back. What is written is read by our own reader,
 * as many records and rows refused; with all columns, exact ones and lengths these are
 * the same records, else, unless one ends early, which only lengths tell, they
 * come to the same bytes when they are written again. But for features as
 * doubles, whose exponents nobody knows: these are refused. Options as in rows.h; byte 3: bit 0 the stream format.
 */
#include "arrow/writer.h"
#include "import/import.h"
#include "rows.h"
#include "wire/reader.h"

/* ---- writing ---- */

struct writing {
	struct rp_arrow_options options;
	struct rp_arrow *arrow;
	struct rp_out out;
	uint64_t batch_rows;
};

static void
begin(struct writing *w, const struct fuzz_table *t, uint16_t type)
{
	static const char *const decimals[] = { "fixed", "float", "exact" };
	char name[8];
	const char *said = rp_type_name(type, name);
	const char *form = decimals[t->style.decimals];
	const struct rp_arrow_entry entries[] = { { "rp.type", said,
						      strlen(said) },
		{ "rp.decimals", form, strlen(form) } };
	const struct rp_arrow_meta meta = { entries, RP_LEN(entries) };

	rp_out_init(&w->out, -1, "out");
	w->arrow = rp_arrow_new(&w->out, &w->options, NULL);
	NEED(w->arrow != NULL);
	NEED(rp_arrow_begin(w->arrow, t->batch.columns, t->batch.n, &meta) ==
	    RP_OK);
}

static void
put(struct writing *w, struct fuzz_table *t, const struct rp_frame *f,
    const struct rp_record *const *recs, size_t n, bool *keep)
{
	for (size_t i = 0, k; i < n; i += k) {
		k = w->batch_rows - t->batch.rows;
		k = k < n - i ? k : n - i;
		fuzz_table_add(t, f, recs + i, k, keep + i);
		if (t->batch.rows < w->batch_rows)
			continue;
		NEED(rp_arrow_put(w->arrow, &t->batch) == RP_OK);
		rp_batch_empty(&t->batch);
	}
}

static void
end(struct writing *w, struct fuzz_table *t)
{
	const struct rp_arrow_meta none = { 0 };

	if (t->batch.rows > 0)
		NEED(rp_arrow_put(w->arrow, &t->batch) == RP_OK);
	NEED(rp_arrow_finish(w->arrow, &none) == RP_OK);
	rp_arrow_free(w->arrow);
}

/* ---- reading ---- */

/* A row that makes no record, such as a book without its levels. */
static enum rp_status
count_rejected(void *arg, const char *text, size_t len, const char *reason)
{
	(void)text;
	(void)len;
	NEED(reason[0] != '\0');
	++*(uint64_t *)arg;
	return RP_OK;
}

/* The records of Arrow's bytes as a stream, and what it holds. */
static enum rp_status
read_back(const struct rp_buffer *bytes, struct rp_buffer *stream,
    struct rp_end *totals, uint64_t *rejected)
{
	const struct rp_import_options options = { 0 };
	const struct rp_import_host host = { .reject = count_rejected,
		.arg = rejected };
	struct rp_import im = { .name = "f",
		.host = &host,
		.format = &rp_import_arrow,
		.options = options,
		.in = rp_intake_memory(bytes->data, bytes->len),
		.out = rp_writer_memory(stream, NULL) };
	enum rp_status st = rp_import_open(&im);

	while (st == RP_OK)
		st = rp_import_step(&im);
	rp_import_close(&im);
	rp_intake_free(im.in);
	NEED(rp_writer_finish(im.out, 0) == RP_OK);
	*totals = *rp_writer_totals(im.out);
	rp_writer_free(im.out);
	return st;
}

/* What a stream's records come to when they are written as the first were. */
static void
write_again(struct writing *w, const uint8_t *data, uint16_t type,
    const struct rp_buffer *stream, struct rp_frame *like)
{
	struct rp_reader *r = rp_reader_memory(stream->data, stream->len, "s");
	struct fuzz_table t;
	struct rp_frame f;
	bool keep[FUZZ_ROWS];
	enum rp_status st;

	NEED(fuzz_table_init(&t, type, data, like));
	begin(w, &t, type);
	while ((st = rp_reader_next(r, &f)) == RP_OK) {
		const struct rp_record *rec = NULL;

		if (f.head.kind != RP_DATA)
			continue;
		while ((rec = rp_frame_next(&f, rec)) != NULL) {
			put(w, &t, &f, &rec, 1, keep);
			NEED(keep[0]);
		}
	}
	NEED(st == RP_END);
	end(w, &t);
	rp_reader_free(r);
	fuzz_table_free(&t);
}

/* ---- both ---- */

static uint64_t
hash_of(const struct fuzz_rows *r, const struct rp_record *rec)
{
	const struct rp_label *symbol = rp_frame_name(&r->frame, rec->symbol);
	const struct rp_label *source = rp_frame_name(&r->frame, rec->source);

	return rp_record_hash(rec, symbol != NULL ? symbol->hash : 0,
	    source != NULL ? source->hash : 0);
}

/* Does it end where those end that we write, or behind all fields? */
static bool
is_full(const struct rp_record *rec)
{
	const struct rp_type *t = rp_type_by_id(rec->type);
	uint32_t end = 0;

	for (size_t i = 0; t != NULL && i < t->n_fields; i++)
		if (t->fields[i].off + (uint32_t)t->fields[i].size > end)
			end = t->fields[i].off + (uint32_t)t->fields[i].size;
	return t == NULL || rec->len == t->len || rec->len >= end;
}

static void
compare(struct fuzz_rows *r, const uint8_t *data, struct writing *w,
    const bool *keep)
{
	struct writing again = { .options = w->options,
		.batch_rows = w->batch_rows };
	const bool whole = (data[0] & 96) == 96 && data[0] % 3 == 2;
	struct rp_buffer stream = { 0 };
	enum rp_status st;
	struct rp_end totals;
	uint64_t sum = 0, records = 0, rejected = 0;
	bool full = true;

	st = read_back(&w->out.text, &stream, &totals, &rejected);
	if (r->type == RP_FEATURE && data[0] % 3 == RP_DECIMALS_FLOAT &&
	    !(data[0] & 32)) {
		NEED(st == RP_ERR_UNSUPPORTED || st == RP_ERR_CORRUPT);
		rp_buffer_free(&stream);
		return;
	}
	NEED(st == RP_END);

	for (size_t i = 0; i < r->n; i++)
		if (keep[i]) {
			sum += hash_of(r, r->recs[i]);
			records++;
			full &= whole || is_full(r->recs[i]);
		} else {
			/* its words may be in a dictionary */
			full &= (data[0] & 16) != 0;
		}
	NEED(totals.records + rejected == records);
	if (whole)
		NEED(totals.records == records && totals.rec_sum == sum);
	if (full && rejected == 0) {
		write_again(&again, data, r->type, &stream, &r->frame);
		NEED(again.out.text.len == w->out.text.len &&
		    memcmp(again.out.text.data, w->out.text.data,
			w->out.text.len) == 0);
		rp_out_free(&again.out);
	}
	rp_buffer_free(&stream);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct writing w;
	struct fuzz_table t;
	struct fuzz_rows r;
	bool keep[FUZZ_ROWS];

	if (size < FUZZ_OPTIONS)
		return 0;
	w = (struct writing){
		.options = { .stream = data[3] & 1, .codec = data[2] % 3 },
		.batch_rows = UINT64_C(1) << (data[2] >> 2 & 7),
	};
	fuzz_rows_init(&r, data, size);
	if (fuzz_table_init(&t, r.type, data, &r.frame)) {
		begin(&w, &t, r.type);
		put(&w, &t, &r.frame, r.recs, r.n, keep);
		end(&w, &t);
		compare(&r, data, &w, keep);
		rp_out_free(&w.out);
	}
	fuzz_table_free(&t);
	fuzz_rows_free(&r);
	return 0;
}
