/*
 * A reader of Parquet as far as rp writes it, for the fuzz target: flat columns,
 * data pages of version 1, its encodings and codecs. It goes by the footer,
 * and holds pages, their CRCs and the page index against it.
 */
#ifndef RP_FUZZ_PARQUET_READ_H
#define RP_FUZZ_PARQUET_READ_H

#include "rows.h" /* whose NEED the decoders take */

#include "../unit/parquet_decode.h"
#include "base/crc32.h"
#include "parquet/format.h"
#include "wire/codec.h"

enum { PARQUET_COLUMNS = 512 };

/* A column as the schema has it, and all its values: of each a byte whether it
 * is there, and then 4 of its length and its bytes, as PLAIN has them. */
struct parquet_column {
	int type, width;
	bool optional;
	struct rp_buffer values;
};

struct parquet_file {
	const uint8_t *data;
	size_t len;
	struct parquet_column columns[PARQUET_COLUMNS];
	size_t n;
	uint64_t rows;
};

static inline void
parquet_value(struct rp_buffer *to, const uint8_t *p, size_t len)
{
	uint8_t head[5] = { p != NULL };

	rp_put32(head + 1, (uint32_t)len);
	NEED(rp_buffer_add(to, head, p != NULL ? 5 : 1) == RP_OK);
	if (p != NULL)
		NEED(rp_buffer_add(to, p, len) == RP_OK);
}

/* ---- thrift ---- */

/* The integers of a struct by their fields; in holds structs within, by field. */
struct fields {
	int64_t v[16];
	struct cursor in[16];
};

static inline void
get_fields(struct cursor *c, struct fields *f)
{
	int last = 0, type;

	*f = (struct fields){ 0 };
	while (get_field(c, &last, &type)) {
		NEED(last > 0 && last < 16);
		f->in[last] = *c;
		if (type == T_TRUE || type == T_FALSE)
			f->v[last] = type == T_TRUE;
		else if (type == T_I32 || type == T_I64)
			f->v[last] = get_zigzag(c);
		else
			skip(c, type);
		NEED(c->p <= c->end);
	}
}

/* The elements of a field that is a list. */
static inline size_t
get_elements(const struct fields *f, int field, struct cursor *c)
{
	int type;

	*c = f->in[field];
	return c->p != NULL ? get_list(c, &type) : 0;
}

static inline void
get_schema(struct parquet_file *file, const struct fields *footer)
{
	struct cursor c;
	struct fields f;
	size_t n = get_elements(footer, 2, &c);

	NEED(n > 0 && n <= PARQUET_COLUMNS);
	get_fields(&c, &f); /* the root */
	NEED((size_t)f.v[5] == n - 1);
	for (; file->n < n - 1; file->n++) {
		get_fields(&c, &f);
		file->columns[file->n] =
		    (struct parquet_column){ .type = (int)f.v[1],
			    .width = f.v[1] == RP_PARQUET_FIXED ? (int)f.v[2]
				: f.v[1] == RP_PARQUET_INT32    ? 4
				: f.v[1] == RP_PARQUET_BYTES    ? 0
								: 8,
			    .optional = f.v[3] == RP_PARQUET_OPTIONAL };
	}
}

/* ---- values ---- */

/* Values that are there, n of them, one after the other in at. */
struct spans {
	struct cursor *at;
	size_t n;
};

static inline struct cursor
take(struct cursor *c, size_t len)
{
	struct cursor taken = { c->p, c->p + len };

	NEED(len <= (size_t)(c->end - c->p));
	c->p += len;
	return taken;
}

static inline void
get_plain(
    struct cursor *c, const struct parquet_column *column, struct spans *s)
{
	for (size_t i = 0; i < s->n; i++) {
		size_t len = (size_t)column->width;

		if (column->type == RP_PARQUET_BYTES)
			len = rp_le32(take(c, 4).p);
		s->at[i] = take(c, len);
	}
}

/* Numbers are put into room, which is of 8 bytes a value and more. */
static inline void
get_deltas(struct cursor *c, const struct parquet_column *column,
    struct spans *s, uint64_t *room)
{
	const bool texts = column->type == RP_PARQUET_BYTES;

	NEED(decode_delta(c, room) == s->n);
	for (size_t i = 0; i < s->n; i++) {
		const uint8_t *p = (const uint8_t *)&room[i];

		s->at[i] = texts ? take(c, room[i])
				 : (struct cursor){ p, p + column->width };
	}
}

static inline void
get_numbers(struct cursor *c, const struct spans *dict, struct spans *s)
{
	uint32_t *numbers = calloc(s->n + 1, sizeof(*numbers));
	unsigned width = get_byte(c);

	NEED(numbers != NULL && width <= 32);
	decode_rle(c, width, numbers, s->n);
	for (size_t i = 0; i < s->n; i++) {
		NEED(numbers[i] < dict->n);
		s->at[i] = dict->at[numbers[i]];
	}
	free(numbers);
}

static inline void
get_values(struct cursor *c, int encoding, const struct parquet_column *column,
    const struct spans *dict, struct spans *s, uint64_t *room)
{
	switch (encoding) {
	case RP_PARQUET_PLAIN:
		get_plain(c, column, s);
		break;
	case RP_PARQUET_DICT:
		get_numbers(c, dict, s);
		break;
	case RP_PARQUET_DELTA:
		NEED(column->type != RP_PARQUET_BYTES);
		get_deltas(c, column, s, room);
		break;
	case RP_PARQUET_DELTA_LENGTH:
		NEED(column->type == RP_PARQUET_BYTES);
		get_deltas(c, column, s, room);
		break;
	default:
		NEED(!"an encoding that we do not write");
	}
	NEED(c->p == c->end);
}

/* ---- pages ---- */

struct page {
	struct fields head, data; /* data: of its kind */
	uint8_t *raw;
	size_t raw_len, size; /* size: in the file, with its head */
};

/* The page at c, uncompressed; the caller frees raw. */
static inline void
get_page(struct cursor *c, int codec, struct page *page)
{
	static const int codecs[] = { [RP_PARQUET_ZSTD] = RP_CODEC_ZSTD,
		[RP_PARQUET_LZ4_RAW] = RP_CODEC_LZ4 };
	struct rp_codec_state state = { 0 };
	const uint8_t *begin = c->p;
	struct cursor body;

	get_fields(c, &page->head);
	body = take(c, (size_t)page->head.v[3]);
	page->size = (size_t)(c->p - begin);
	page->raw_len = (size_t)page->head.v[2];
	NEED(rp_crc32(0, body.p, (size_t)(body.end - body.p)) ==
	    (uint32_t)page->head.v[4]);
	page->raw = malloc(page->raw_len + 1);
	NEED(page->raw != NULL);
	if (codec != RP_PARQUET_NONE) {
		NEED(rp_codec_decompress(&state, codecs[codec], body.p,
			 (size_t)(body.end - body.p), page->raw,
			 page->raw_len) == RP_OK);
	} else {
		NEED(page->raw_len == (size_t)(body.end - body.p));
		memcpy(page->raw, body.p, page->raw_len);
	}
	rp_codec_state_free(&state);
	body = page->head.in[page->head.v[1] == RP_PARQUET_DICT_PAGE ? 7 : 5];
	get_fields(&body, &page->data);
}

/* The rows of a data page, appended to the column's. */
static inline void
get_data(const struct page *page, struct parquet_column *column,
    const struct spans *dict)
{
	const size_t rows = (size_t)page->data.v[1];
	struct cursor c = { page->raw, page->raw + page->raw_len };
	struct spans s = { calloc(rows + 1, sizeof(*s.at)), rows };
	uint32_t *levels = calloc(rows + 1, sizeof(*levels));
	uint64_t *room = calloc(rows + 1, sizeof(*room));
	struct cursor bits;

	NEED(s.at != NULL && levels != NULL && room != NULL);
	if (column->optional) {
		bits = take(&c, rp_le32(take(&c, 4).p));
		decode_rle(&bits, 1, levels, rows);
		s.n = 0;
		for (size_t i = 0; i < rows; i++)
			s.n += levels[i];
	}
	get_values(&c, (int)page->data.v[2], column, dict, &s, room);
	for (size_t i = 0, k = 0; i < rows; i++) {
		if (column->optional && levels[i] == 0) {
			parquet_value(&column->values, NULL, 0);
			continue;
		}
		parquet_value(&column->values, s.at[k].p,
		    (size_t)(s.at[k].end - s.at[k].p));
		k++;
	}
	free(room);
	free(levels);
	free(s.at);
}

/* The pages of a chunk, which are where its offset index says. */
static inline void
get_pages(const struct parquet_file *file, struct parquet_column *column,
    const struct fields *chunk, uint64_t rows)
{
	struct cursor c = chunk->in[3], locations;
	struct fields meta, index, location;
	struct spans dict = { 0 };
	struct page page, first = { 0 };
	uint64_t row = 0;
	size_t n;

	get_fields(&c, &meta);
	NEED((uint64_t)meta.v[5] == rows);
	c = (struct cursor){ file->data + meta.v[9], file->data + file->len };
	if (meta.v[11] > 0) {
		struct cursor at = { file->data + meta.v[11], c.p };

		get_page(&at, (int)meta.v[4], &first);
		NEED(at.p == c.p);
		dict.n = (size_t)first.data.v[1];
		dict.at = calloc(dict.n + 1, sizeof(*dict.at));
		NEED(dict.at != NULL);
		at = (struct cursor){ first.raw, first.raw + first.raw_len };
		get_plain(&at, column, &dict);
		NEED(at.p == at.end);
	}
	locations = (struct cursor){ file->data + chunk->v[4],
		file->data + chunk->v[4] + chunk->v[5] };
	get_fields(&locations, &index);
	n = get_elements(&index, 1, &locations);
	for (size_t i = 0; i < n; i++) {
		get_fields(&locations, &location);
		NEED(location.v[1] == c.p - file->data);
		NEED((uint64_t)location.v[3] == row);
		get_page(&c, (int)meta.v[4], &page);
		NEED((size_t)location.v[2] == page.size);
		get_data(&page, column, &dict);
		row += (uint64_t)page.data.v[1];
		free(page.raw);
	}
	NEED(row == rows);
	free(dict.at);
	free(first.raw);
}

/* ---- files ---- */

static inline void
parquet_read(struct parquet_file *file, const uint8_t *data, size_t len)
{
	const uint8_t *end = data + len - 8;
	struct fields footer, group, chunk;
	struct cursor c, groups, chunks;
	size_t n;

	memset(file, 0, sizeof(*file));
	file->data = data;
	file->len = len;
	NEED(len >= 12 && memcmp(data, "PAR1", 4) == 0 &&
	    memcmp(end + 4, "PAR1", 4) == 0 && rp_le32(end) <= len - 12);
	c = (struct cursor){ end - rp_le32(end), end };
	get_fields(&c, &footer);
	NEED(c.p == end);
	get_schema(file, &footer);
	for (n = get_elements(&footer, 4, &groups); n > 0; n--) {
		get_fields(&groups, &group);
		NEED(get_elements(&group, 1, &chunks) == file->n);
		for (size_t i = 0; i < file->n; i++) {
			get_fields(&chunks, &chunk);
			get_pages(file, &file->columns[i], &chunk,
			    (uint64_t)group.v[3]);
		}
		file->rows += (uint64_t)group.v[3];
	}
	NEED(file->rows == (uint64_t)footer.v[3]);
}

static inline void
parquet_free(struct parquet_file *file)
{
	for (size_t i = 0; i < file->n; i++)
		rp_buffer_free(&file->columns[i].values);
}

#endif
