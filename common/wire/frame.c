#include "wire/frame.h"

#include <string.h>

#include "base/bytes.h"
#include "base/hash.h"
#include "base/limits.h"
#include "wire/directory.h"
#include "wire/run.h"
#include "wire/wordcols.h"

static const uint8_t magic[4] = { 0x89, 'R', 'P', '1' };

static enum rp_status
corrupt(struct rp_error *err, const char *why)
{
	return rp_error_set(err, RP_ERR_CORRUPT, "%s", why);
}

void
rp_frame_scratch_free(struct rp_frame_scratch *s)
{
	if (s == NULL)
		return;
	rp_buffer_free(&s->dir);
	rp_buffer_free(&s->mid);
	rp_buffer_free(&s->rows);
	rp_buffer_free(&s->types);
	rp_buffer_free(&s->names);
	rp_buffer_free(&s->marks);
	rp_buffer_free(&s->cuts);
	rp_buffer_free(&s->tmp);
	rp_codec_state_free(&s->codec);
}

/* ---- header ---- */

bool
rp_head_is_begun(const uint8_t *p, size_t len)
{
	return len > 0 && memcmp(p, magic, len < 3 ? len : 3) == 0 &&
	    (len < 4 || (p[3] >= '0' && p[3] <= '9'));
}

/* Say what a stream that is not ours might be. */
static enum rp_status
wrong_magic(const uint8_t *p, size_t len, struct rp_error *err)
{
	if (p[0] == 0x89 && p[1] == 'R' && p[2] == 'P' && p[3] > '1' &&
	    p[3] <= '9')
		return rp_error_set(err, RP_ERR_UNSUPPORTED,
		    "stream version %c; this rp reads version 1", p[3]);
	/* formats with magics of letters are told by what follows them */
	for (size_t i = 0; i < 8 && i < len; i++)
		if ((p[i] < 0x20 && p[i] != '\n' && p[i] != '\t' &&
			p[i] != '\r') ||
		    p[i] == 0x7f || (i < 4 && p[i] >= 0x80))
			return corrupt(err,
			    "wrong magic: not an rp stream, "
			    "or damaged here");
	return corrupt(err,
	    "this is text, not an rp stream "
	    "(rp-import reads NDJSON)");
}

static enum rp_status
check_lengths(const struct rp_frame_head *h, struct rp_error *err)
{
	uint32_t raw_max = RP_MAX_RAW;

	if (h->flags & RP_FRAME_JUMBO)
		raw_max = RP_MAX_RAW_JUMBO;
	if (h->dir_len > RP_MAX_DIR || h->dir_len % 8 != 0)
		return corrupt(err, "length of the directory is out of range");
	if (h->kind == RP_DATA) {
		if (h->raw_len > raw_max || h->raw_len % 8 != 0 ||
		    h->records == 0 ||
		    (uint64_t)h->records * sizeof(struct rp_record) >
			h->raw_len)
			return corrupt(
			    err, "length of the rows is out of range");
		if ((h->flags & RP_FRAME_JUMBO) && h->records != 1)
			return corrupt(err, "a JUMBO frame holds one record");
		if (h->body_len > h->raw_len || h->mid_len > h->raw_len ||
		    h->body_len > h->mid_len)
			return corrupt(err, "stored length exceeds the rows");
		if (h->codec == RP_CODEC_NONE && h->body_len != h->mid_len)
			return corrupt(err,
			    "lengths before and after no codec "
			    "differ");
		if (h->layout == RP_LAYOUT_ROWS && h->mid_len != h->raw_len)
			return corrupt(err, "lengths of rows differ");
		if (h->seq_min > h->seq_max || h->ts_min > h->ts_max)
			return corrupt(err, "a range is upside down");
		return RP_OK;
	}
	if (h->kind >= 64 && h->kind < 128 && h->kind != RP_MARK)
		return h->body_len > RP_MAX_RAW
		    ? corrupt(err, "length of the body is out of range")
		    : RP_OK;
	if (h->body_len > RP_MAX_NOTE || h->raw_len != h->body_len ||
	    h->mid_len != h->body_len || h->dir_len != 0)
		return corrupt(err, "length of the body is out of range");
	if (h->kind == RP_END_FRAME && h->body_len != RP_END_PAYLOAD)
		return corrupt(err, "END of a wrong length");
	if (h->kind == RP_MARK && h->body_len != 0)
		return corrupt(err, "MARK with a body");
	if (h->seq_min != h->seq_max || h->ts_min != h->ts_max ||
	    (h->kind != RP_MARK && (h->seq_min != 0 || h->ts_min != 0)))
		return corrupt(err, "a frame without records claims a range");
	if (h->flags & RP_FRAME_CRITICAL)
		return corrupt(
		    err, "a frame without records is JUMBO or packed");
	if (h->records != 0 || h->rec_sum != 0 || h->codec != RP_CODEC_NONE ||
	    h->layout != RP_LAYOUT_ROWS)
		return corrupt(err, "a frame without records claims some");
	return RP_OK;
}

static enum rp_status
check_known(const struct rp_frame_head *h, struct rp_error *err)
{
	if (h->kind == 0)
		return corrupt(err, "frame kind 0");
	if (h->kind >= 128 && h->kind != RP_ABORT)
		return rp_error_set(err, RP_ERR_UNSUPPORTED,
		    "frame kind %u is of a later version", h->kind);
	if (h->flags & RP_FRAME_CRITICAL & ~RP_FRAME_CRITICAL_KNOWN)
		return rp_error_set(err, RP_ERR_UNSUPPORTED,
		    "frame flags %#x are of a later version",
		    h->flags & RP_FRAME_CRITICAL & ~RP_FRAME_CRITICAL_KNOWN);
	if (h->codec > RP_CODEC_ZSTD)
		return rp_error_set(err, RP_ERR_UNSUPPORTED,
		    "codec %u is of a later version", h->codec);
	if (h->layout > RP_LAYOUT_COLUMNS)
		return rp_error_set(err, RP_ERR_UNSUPPORTED,
		    "layout %u is of a later version", h->layout);
	if ((h->flags & RP_FRAME_DIR_PACKED) && h->codec == RP_CODEC_NONE)
		return corrupt(err, "packed directory without a codec");
	return RP_OK;
}

/* The hash of a header with its own field zero. */
static uint64_t
hash_head(const uint8_t *p, size_t len)
{
	uint8_t copy[RP_FRAME_HEAD_MAX];

	memcpy(copy, p, len);
	memset(copy + 88, 0, 8);
	return rp_hash(copy, len);
}

enum rp_status
rp_head_decode(
    struct rp_frame_head *h, const uint8_t *p, size_t len, struct rp_error *err)
{
	enum rp_status st;

	if (memcmp(p, magic, 4) != 0)
		return wrong_magic(p, len, err);
	*h = (struct rp_frame_head){ .kind = p[4],
		.codec = p[5],
		.layout = p[6],
		.head_len = p[7] * 8u,
		.flags = rp_le32(p + 8),
		.dir_len = rp_le32(p + 12),
		.body_len = rp_le32(p + 16),
		.raw_len = rp_le32(p + 20),
		.records = rp_le32(p + 24),
		.mid_len = rp_le32(p + 28),
		.seq_min = rp_le64(p + 32),
		.seq_max = rp_le64(p + 40),
		.ts_min = (int64_t)rp_le64(p + 48),
		.ts_max = (int64_t)rp_le64(p + 56),
		.rec_sum = rp_le64(p + 64),
		.body_hash = rp_le64(p + 72),
		.dir_hash = rp_le64(p + 80),
		.head_hash = rp_le64(p + 88) };
	if (h->head_len < RP_FRAME_HEAD || h->head_len > RP_FRAME_HEAD_MAX)
		return corrupt(err, "length of the header is out of range");
	if (h->head_len > len)
		return RP_EMPTY;
	if (hash_head(p, h->head_len) != h->head_hash)
		return corrupt(err, "checksum mismatch in the header");
	if ((st = check_known(h, err)) != RP_OK)
		return st;
	return check_lengths(h, err);
}

void
rp_head_encode(struct rp_frame_head *h, uint8_t *p)
{
	h->head_len = RP_FRAME_HEAD;
	memcpy(p, magic, 4);
	p[4] = h->kind;
	p[5] = h->codec;
	p[6] = h->layout;
	p[7] = RP_FRAME_HEAD / 8;
	rp_put32(p + 8, h->flags);
	rp_put32(p + 12, h->dir_len);
	rp_put32(p + 16, h->body_len);
	rp_put32(p + 20, h->raw_len);
	rp_put32(p + 24, h->records);
	rp_put32(p + 28, h->mid_len);
	rp_put64(p + 32, h->seq_min);
	rp_put64(p + 40, h->seq_max);
	rp_put64(p + 48, (uint64_t)h->ts_min);
	rp_put64(p + 56, (uint64_t)h->ts_max);
	rp_put64(p + 64, h->rec_sum);
	rp_put64(p + 72, h->body_hash);
	rp_put64(p + 80, h->dir_hash);
	h->head_hash = hash_head(p, RP_FRAME_HEAD);
	rp_put64(p + 88, h->head_hash);
}

void
rp_head_patch(struct rp_frame_head *h, uint8_t *p)
{
	rp_put32(p + 8, h->flags);
	h->head_hash = hash_head(p, h->head_len);
	rp_put64(p + 88, h->head_hash);
}

uint64_t
rp_chain(uint64_t chain, uint64_t head_hash)
{
	uint64_t link[2] = { chain, head_hash };

	return rp_hash(link, sizeof(link));
}

/* ---- rows ---- */

/* What a walk over the rows finds, to hold against what the frame claims. */
struct tally {
	/* of the record before: its length below, its type above; the type's
	 * index in the directory; and how many like it there are in a row */
	uint64_t shape;
	uint32_t type, like;
	uint32_t records, type_records[RP_MAX_TYPES];
	/* by index + 1, so that RP_NO_NAME is 0: how often a name is a symbol,
	 * how often a source */
	uint32_t *symbols, *sources;
	struct rp_ranges ranges;
};

static void
end_shape(struct tally *t)
{
	t->records += t->like;
	t->type_records[t->type] += t->like;
	t->like = 0;
}

static const char *
begin_shape(
    struct tally *t, const struct rp_frame *f, const struct rp_record *r)
{
	uint32_t type = t->type;

	end_shape(t);
	if (f->types[type].type != r->type) {
		for (type = 0; f->types[type].type != r->type;)
			if (++type == f->n_types)
				return "a type is not in the directory";
	}
	if (f->types[type].fixed_len != 0 && f->types[type].fixed_len != r->len)
		return "a record is not of its type's fixed length";
	t->shape = rp_run_shape(r);
	t->type = type;
	return NULL;
}

/* Names vary from record to record where shapes do not. */
static inline const char *
tally_record(
    struct tally *t, const struct rp_frame *f, const struct rp_record *r)
{
	uint32_t symbol = r->symbol + 1, source = r->source + 1;
	const char *why;

	for (uint32_t k = r->len; k % 8 != 0; k++)
		if (r->payload[k] != 0)
			return "padding of a record is not zero";
	if ((rp_run_shape(r) != t->shape || t->like == 0) &&
	    (why = begin_shape(t, f, r)) != NULL)
		return why;
	if (symbol > f->n_names || source > f->n_names)
		return "a record names what is not in the directory";
	t->like++;
	t->symbols[symbol]++;
	t->sources[source]++;
	rp_ranges_add(&t->ranges, r);
	return NULL;
}

static const char *
compare_names(const struct tally *t, const struct rp_frame *f)
{
	for (uint32_t i = 0; i < f->n_names; i++) {
		uint8_t class = f->names[i].class;

		if ((t->symbols[i + 1] > 0 && class != RP_NAME_SYMBOL) ||
		    (t->sources[i + 1] > 0 && class != RP_NAME_SOURCE))
			return "a record names a name of the wrong class";
		if (class != RP_NAME_SCHEMA &&
		    t->symbols[i + 1] + t->sources[i + 1] !=
			f->names[i].records)
			return "records of a name are miscounted";
	}
	return NULL;
}

static const char *
compare(const struct tally *t, const struct rp_frame *f)
{
	const struct rp_frame_head *h = &f->head;
	const struct rp_ranges *g = &t->ranges;

	if (t->records != h->records)
		return "number of records is wrong";
	if (g->seq_min != h->seq_min || g->seq_max != h->seq_max)
		return "range of seq is wrong";
	if (g->ts_min != h->ts_min || g->ts_max != h->ts_max)
		return "range of time is wrong";
	if ((h->flags & RP_FRAME_TS_ORDERED) && !g->ts_ordered)
		return "rows are not in the claimed order of time";
	if ((h->flags & (RP_FRAME_SEQ_ORDERED | RP_FRAME_SEQ_DENSE)) &&
	    !g->seq_ordered)
		return "rows are not in the claimed order of seq";
	if ((h->flags & RP_FRAME_SEQ_DENSE) &&
	    h->seq_max - h->seq_min + 1 != h->records)
		return "seq is not as dense as claimed";
	for (uint32_t i = 0; i < f->n_types; i++)
		if (t->type_records[i] != f->types[i].records)
			return "records of a type are miscounted";
	return compare_names(t, f);
}

static const char *
walk(struct tally *tally, const struct rp_frame *f)
{
	struct tally t = *tally; /* in registers, as far as there are any */
	const uint8_t *p = f->rows;
	const char *why = NULL;

	while (p < f->rows_end && why == NULL) {
		const struct rp_record *r = (const struct rp_record *)p;
		size_t left = (size_t)(f->rows_end - p);

		if (left < sizeof(*r) || r->len > left - sizeof(*r))
			return "a record exceeds the frame";
		why = tally_record(&t, f, r);
		p += rp_record_size(r);
	}
	end_shape(&t);
	*tally = t;
	return why;
}

static enum rp_status
check_rows(const struct rp_frame *f, bool sums, struct rp_frame_scratch *s,
    struct rp_error *err)
{
	struct tally t = { .ranges = RP_RANGES_OF_NONE };
	size_t names = ((size_t)f->n_names + 1) * sizeof(uint32_t);
	const char *why;
	enum rp_status st;

	if ((st = rp_buffer_reserve(&s->marks, 2 * names)) != RP_OK)
		return rp_error_set(err, st, "out of memory");
	memset(s->marks.data, 0, 2 * names);
	t.symbols = (uint32_t *)s->marks.data;
	t.sources = t.symbols + f->n_names + 1;
	if ((why = walk(&t, f)) == NULL)
		why = compare(&t, f);
	if (why == NULL && sums && rp_frame_sum(f) != f->head.rec_sum)
		why = "the records do not add up to the frame's sum";
	return why == NULL ? RP_OK : corrupt(err, why);
}

enum rp_status
rp_body_decode(struct rp_frame *f, const uint8_t *body, bool sums,
    struct rp_frame_scratch *s, struct rp_error *err)
{
	const struct rp_frame_head *h = &f->head;
	const uint8_t *mid = body;
	enum rp_status st;

	if (h->codec != RP_CODEC_NONE) {
		struct rp_buffer *to =
		    h->layout == RP_LAYOUT_ROWS ? &s->rows : &s->mid;

		if ((st = rp_buffer_reserve(to, h->mid_len)) != RP_OK)
			return rp_error_set(err, st, "out of memory");
		st = rp_codec_decompress(&s->codec, h->codec, body, h->body_len,
		    to->data, h->mid_len);
		if (st != RP_OK)
			return rp_error_set(err, st, "body cannot be unpacked");
		mid = to->data;
	}
	f->rows = mid;
	if (h->layout == RP_LAYOUT_COLUMNS) {
		if ((st = rp_buffer_reserve(&s->rows, h->raw_len)) != RP_OK)
			return rp_error_set(err, st, "out of memory");
		st = rp_wordcols_decode(s->rows.data, h->raw_len, h->records,
		    &s->tmp, mid, h->mid_len, err);
		if (st != RP_OK)
			return st;
		f->rows = s->rows.data;
	}
	f->rows_end = f->rows + h->raw_len;
	st = check_rows(f, sums, s, err);
	if (st != RP_OK)
		f->rows = f->rows_end = NULL;
	return st;
}

static uint64_t
name_hash(const struct rp_frame *f, uint32_t index)
{
	const struct rp_label *name = rp_frame_name(f, index);

	return name != NULL ? name->hash : 0;
}

size_t
rp_frame_run(const struct rp_frame *f, const struct rp_record *from,
    const struct rp_record **recs, size_t n)
{
	const uint8_t *p = (const uint8_t *)from;
	const size_t size = rp_record_size(from);
	const struct rp_record *rec = from;
	size_t i;

	if (rp_frame_is_even(f)) {
		n = (size_t)(f->rows_end - p) / size < n
		    ? (size_t)(f->rows_end - p) / size
		    : n;
		for (i = 0; i < n; i++)
			recs[i] = (const void *)(p + i * size);
		return n;
	}
	for (i = 0; i < n && rec != NULL && rec->type == from->type; i++) {
		recs[i] = rec;
		rec = rp_frame_next(f, rec);
	}
	return i;
}

uint64_t
rp_frame_sum(const struct rp_frame *f)
{
	const struct rp_record *r = NULL;
	struct rp_run run = { 0 };
	uint64_t sum = 0;

	while ((r = rp_frame_next(f, r)) != NULL) {
		if (!rp_run_has(&run, r))
			rp_run_begin(&run, r, 0, name_hash(f, r->symbol),
			    name_hash(f, r->source));
		run.records++;
		sum += rp_run_hash(&run, r);
	}
	return sum;
}

/* ---- END ---- */

void
rp_end_encode(const struct rp_end *end, uint8_t *p)
{
	memset(p, 0, RP_END_PAYLOAD);
	rp_put64(p, end->records);
	rp_put64(p + 8, end->rec_sum);
	rp_put64(p + 16, end->frame_chain);
	rp_put64(p + 24, end->data_frames);
	rp_put64(p + 32, end->raw_bytes);
	rp_put32(p + 40, end->flags);
}

enum rp_status
rp_end_decode(struct rp_end *end, const uint8_t *p, struct rp_error *err)
{
	end->records = rp_le64(p);
	end->rec_sum = rp_le64(p + 8);
	end->frame_chain = rp_le64(p + 16);
	end->data_frames = rp_le64(p + 24);
	end->raw_bytes = rp_le64(p + 32);
	end->flags = rp_le32(p + 40);
	for (size_t i = 44; i < RP_END_PAYLOAD; i++)
		if (p[i] != 0)
			return corrupt(
			    err, "END with bytes of a later version");
	return RP_OK;
}

/* ---- encoding ---- */

/*
 * The body in the wanted encoding, or as rows where that does not shrink it:
 * sets codec, layout, mid_len, body and body_len.
 */
static enum rp_status
encode_body(struct rp_encoded *out, struct rp_frame_head *h,
    const uint8_t *rows, size_t raw_len, const struct rp_encoding *enc,
    struct rp_frame_scratch *s)
{
	const uint8_t *mid = rows;
	size_t mid_len = raw_len, n_cuts = 0;
	enum rp_status st;

	h->codec = RP_CODEC_NONE;
	h->layout = RP_LAYOUT_ROWS;
	if (enc->layout == RP_LAYOUT_COLUMNS) {
		st = rp_wordcols_encode(
		    &s->mid, &s->cuts, &s->tmp, rows, raw_len, h->records);
		if (st < RP_OK)
			return st;
		if (st == RP_OK && s->mid.len < raw_len) {
			h->layout = RP_LAYOUT_COLUMNS;
			mid = s->mid.data;
			mid_len = s->mid.len;
			n_cuts = s->cuts.len / 4;
		}
	}
	h->mid_len = (uint32_t)mid_len;
	out->body = mid;
	out->body_len = mid_len;
	if (enc->codec == RP_CODEC_NONE)
		return RP_OK;
	st = rp_codec_compress(&s->codec, enc->codec, enc->level, mid, mid_len,
	    (const uint32_t *)s->cuts.data, n_cuts, mid_len - 1, &s->rows);
	if (st < RP_OK)
		return st;
	if (st == RP_OK) {
		h->codec = (uint8_t)enc->codec;
		out->body = s->rows.data;
		out->body_len = s->rows.len;
	}
	return RP_OK;
}

enum rp_status
rp_frame_encode(struct rp_encoded *out, struct rp_frame_head *h,
    const uint8_t *dir, size_t dir_len, const uint8_t *rows, size_t raw_len,
    const struct rp_encoding *enc, struct rp_frame_scratch *s)
{
	enum rp_status st;

	h->kind = RP_DATA;
	h->raw_len = (uint32_t)raw_len;
	h->flags &= ~(uint32_t)(RP_FRAME_DIR_PACKED | RP_FRAME_JUMBO);
	if (raw_len > RP_MAX_RAW)
		h->flags |= RP_FRAME_JUMBO;
	if ((st = encode_body(out, h, rows, raw_len, enc, s)) != RP_OK)
		return st;
	if (h->codec != RP_CODEC_NONE && dir_len > 256) {
		st = rp_dir_pack(&s->types, dir, dir_len, enc, s);
		if (st < RP_OK)
			return st;
		if (st == RP_OK) {
			h->flags |= RP_FRAME_DIR_PACKED;
			dir = s->types.data;
			dir_len = s->types.len;
		}
	}
	if ((st = rp_buffer_reserve(&s->names, RP_FRAME_HEAD + dir_len)) !=
	    RP_OK)
		return st;
	h->dir_len = (uint32_t)dir_len;
	h->body_len = (uint32_t)out->body_len;
	h->dir_hash = rp_hash(dir, dir_len);
	h->body_hash = rp_hash(out->body, out->body_len);
	memcpy(s->names.data + RP_FRAME_HEAD, dir, dir_len);
	rp_head_encode(h, s->names.data);
	out->head = s->names.data;
	out->head_len = RP_FRAME_HEAD + dir_len;
	out->pad = rp_align8(out->body_len) - out->body_len;
	return RP_OK;
}

enum rp_status
rp_frame_encode_other(struct rp_buffer *out, struct rp_frame_head *h,
    const void *body, size_t len)
{
	size_t size = RP_FRAME_HEAD + rp_align8(len);
	enum rp_status st;

	if (len > RP_MAX_NOTE)
		return RP_ERR_LIMIT;
	if ((st = rp_buffer_reserve(out, size)) != RP_OK)
		return st;
	h->raw_len = h->mid_len = h->body_len = (uint32_t)len;
	h->body_hash = rp_hash(body, len);
	h->dir_hash = rp_hash(NULL, 0);
	memset(out->data, 0, size);
	rp_head_encode(h, out->data);
	if (len != 0)
		memcpy(out->data + RP_FRAME_HEAD, body, len);
	out->len = size;
	return RP_OK;
}
