/*
 * What targets of the writers of columns share: bytes as options, and the rest
 * as records of one type in a frame, with names, a schema and every length.
 *
 *	byte 0	decimals by its remainder of 3; bit 2 they have 16 bytes, 3 books
 *		are lists, 4 texts, 5 all columns, 6 lengths, 7 prices of scale 2
 *	byte 1	the record type, among those of the table, or one without
 *	byte 2	bits 0-1 codec, 2-4 rows of a batch, the rest the target's own
 *	byte 3	the target's own
 *	then	each record: 2 bytes of what its header has, 2 of the length of
 *		its payload, and so many bytes, as far as there are any
 */
#ifndef RP_FUZZ_ROWS_H
#define RP_FUZZ_ROWS_H

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "columns/batch.h"
#include "columns/whole.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { FUZZ_OPTIONS = 4, FUZZ_ROWS = 200 };
#define FUZZ_SCHEMA "mid:-3,spread:-1"

/* What must hold. */
#define NEED(condition)           \
	do {                      \
		if (!(condition)) \
			abort();  \
	} while (0)

struct fuzz_rows {
	struct rp_label names[6];
	struct rp_frame frame;
	struct rp_buffer rows;
	const struct rp_record *recs[FUZZ_ROWS];
	size_t n;
	uint16_t type;
};

static const uint32_t fuzz_schemas[] = { 5 };

static void
fuzz_name(struct fuzz_rows *r)
{
	static const char *const texts[] = { "ES", "a\"b,\xc3\xa9",
		"a name that is longer than thirty-two bytes", "X",
		"\xe6\x97\xa5" };

	for (size_t i = 0; i < 5; i++)
		rp_label_init(&r->names[i],
		    i < 3 ? RP_NAME_SYMBOL : RP_NAME_SOURCE, texts[i],
		    strlen(texts[i]));
	rp_label_init(
	    &r->names[5], RP_NAME_SCHEMA, FUZZ_SCHEMA, sizeof(FUZZ_SCHEMA) - 1);
	r->frame.names = r->names;
	r->frame.n_names = 6;
	r->frame.schemas = fuzz_schemas;
	r->frame.n_schemas = 1;
}

/* The next record of the bytes at *p. */
static void
fuzz_record(struct fuzz_rows *r, const uint8_t **p, const uint8_t *end)
{
	const struct rp_type *t = rp_type_by_id(r->type);
	const uint8_t head = (*p)[0], flags = (*p)[1];
	struct rp_record rec = { .symbol = head & 3,
		.source = 3 + (head >> 2 & 3),
		.seq = head & 16 ? 0 : r->n + 1,
		.type = r->type,
		.flags = flags,
		.len = rp_le16(*p + 2) & 1023,
		.ts_recv = RP_ABSENT };
	uint8_t *at;
	size_t have;

	*p += 4;
	if (rec.symbol == 3)
		rec.symbol = RP_NO_NAME;
	if (rec.source >= 5)
		rec.source = RP_NO_NAME;
	if (!(head & 32))
		rec.ts_recv = (int64_t)r->n * 1000 + flags;
	else if ((head & 64) && end - *p >= 8)
		rec.ts_recv = (int64_t)rp_le64(*p);
	if (t != NULL && rec.len < t->min_len)
		rec.len = t->min_len;
	have = (size_t)(end - *p) < rec.len ? (size_t)(end - *p) : rec.len;
	NEED(rp_buffer_reserve(&r->rows, r->rows.len + rp_record_size(&rec)) ==
	    RP_OK);
	at = r->rows.data + r->rows.len;
	memset(at, 0, rp_record_size(&rec));
	memcpy(at, &rec, sizeof(rec));
	memcpy(at + sizeof(rec), *p, have);
	if (r->type == RP_FEATURE && (head & 128))
		rp_put64(at + sizeof(rec) + sizeof(struct rp_event),
		    r->names[5].hash);
	*p += have;
	/* the tools leave those out before anything else sees them */
	if (rp_record_fault(t, (const struct rp_record *)(void *)at) != NULL)
		return;
	r->rows.len += rp_record_size(&rec);
	r->n++;
}

/* Of at least FUZZ_OPTIONS bytes. */
static void
fuzz_rows_init(struct fuzz_rows *r, const uint8_t *data, size_t size)
{
	const uint8_t *p = data + FUZZ_OPTIONS, *end = data + size;
	const size_t type = data[1] % (rp_n_types + 1);
	const struct rp_record *rec = NULL;

	memset(r, 0, sizeof(*r));
	fuzz_name(r);
	r->type = type < rp_n_types ? rp_types[type]->id : RP_TYPE_USER;
	while (r->n < FUZZ_ROWS && end - p >= 4)
		fuzz_record(r, &p, end);
	r->frame.rows = r->rows.data;
	r->frame.rows_end = r->n > 0 ? r->rows.data + r->rows.len : NULL;
	for (size_t i = 0; i < r->n; i++)
		r->recs[i] = rec = rp_frame_next(&r->frame, rec);
}

static void
fuzz_rows_free(struct fuzz_rows *r)
{
	rp_buffer_free(&r->rows);
}

/* ---- as batches ---- */

struct fuzz_table {
	struct rp_cell_style cells;
	struct rp_plan plan;
	struct rp_batch_style style;
	struct rp_batch batch;
	struct rp_whole whole; /* if lengths are asked for */
	struct rp_error err;
};

static void
fuzz_table_free(struct fuzz_table *t)
{
	rp_whole_free(&t->whole);
	rp_batch_free(&t->batch);
	rp_plan_free(&t->plan);
	rp_batch_style_free(&t->style);
	rp_cell_style_free(&t->cells);
}

/* By the options; false: there are no such columns, and why is said. */
static bool
fuzz_table_init(struct fuzz_table *t, uint16_t type, const uint8_t *data,
    struct rp_frame *f)
{
	enum rp_status st = RP_OK;

	*t = (struct fuzz_table){ .style = {
				      .decimals = data[0] % 3,
				      .decimal_size = data[0] & 4 ? 16 : 8,
				      .level_lists = data[0] & 8,
				      .texts = data[0] & 16,
				      .lengths = data[0] & 64,
				  } };
	rp_plan_init(&t->plan, &t->cells);
	t->plan.aligned = t->plan.features = true;
	t->cells.frame = f;
	if (data[0] & 32)
		NEED(rp_plan_add(&t->plan, "all", &t->err) == RP_OK);
	if ((data[0] & 128) && t->style.decimals == RP_DECIMALS_FIXED)
		NEED(rp_batch_scale(&t->style, "price=2", &t->err) == RP_OK);
	if (t->style.lengths)
		st = rp_whole_init(&t->whole, type);
	NEED(st == RP_OK);
	st = rp_batch_init(&t->batch, rp_plan_row(&t->plan, type), &t->style);
	t->cells.frame = NULL;
	NEED(st == RP_OK || (st == RP_ERR_USAGE && t->batch.error.text[0]));
	return st == RP_OK;
}

/* With lengths, as rp-arrow asks: the columns would give the record back. */
static bool
is_wanted(struct fuzz_table *t, const struct rp_record *rec)
{
	struct rp_whole *w = &t->whole;

	return !t->style.lengths || w->t == NULL ||
	    (rp_whole_says_all(w, rec) &&
		(w->open || rec->type == RP_BOOK ||
		    rec->len <= rp_whole_end(w, rec->len)));
}

/*
 * Add records, n of them at most, leaving out those that do not fit, with a
 * reason, and, with lengths, those that no columns would give back; keep says
 * which went in.
 */
static void
fuzz_table_add(struct fuzz_table *t, const struct rp_frame *f,
    const struct rp_record *const *recs, size_t n, bool *keep)
{
	size_t done;

	for (size_t i = 0, end; i < n; i += done + 1) {
		const uint64_t rows = t->batch.rows;
		enum rp_status st;

		for (end = i; end < n && is_wanted(t, recs[end]);)
			keep[end++] = true;
		st = rp_batch_add(&t->batch, f, recs + i, end - i);
		done = (size_t)(t->batch.rows - rows);
		NEED(st == RP_OK ? done == end - i
				 : st == RP_ERR_LIMIT && done < end - i &&
			    t->batch.error.text[0] != '\0');
		t->batch.error = (struct rp_error){ 0 };
		if (i + done < n)
			keep[i + done] = false;
	}
}

#endif
