/* Values of rows: dictionaries, texts, and the texts of rows that are bad. */
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "import/arrow.h"
#include "types/text.h"

/* ---- dictionaries ---- */

/* A text by its number. */
struct entry {
	uint32_t at; /* in bytes */
	uint32_t len; /* or one of these */
};
#define ENTRY_NULL UINT32_MAX
#define ENTRY_BAD (UINT32_MAX - 1)

static struct rp_arrow_dictionary *
find_dictionary(const struct rp_arrow_source *s, int64_t id)
{
	for (size_t i = 0; i < s->n_dictionaries; i++)
		if (s->dictionaries[i].id == id)
			return &s->dictionaries[i];
	return NULL;
}

/* Does a column have this dictionary, if it is not wanted? */
static bool
is_named(const struct rp_arrow_source *s, int64_t id)
{
	for (size_t i = 0; i < s->schema.n; i++)
		if (s->schema.fields[i].dictionary &&
		    s->schema.fields[i].id == id)
			return true;
	return false;
}

static uint64_t
total_bytes(const struct rp_arrow_source *s)
{
	uint64_t n = 0;

	for (size_t i = 0; i < s->n_dictionaries; i++)
		n += s->dictionaries[i].bytes.len +
		    s->dictionaries[i].entries.len;
	return n;
}

static enum rp_status
add_entry(struct rp_arrow_dictionary *d, uint64_t row)
{
	struct entry e = { .at = (uint32_t)d->bytes.len };
	char buf[RP_ARROW_TEXT_ROOM];
	struct rp_flat_text text;
	enum rp_status st = rp_arrow_text(d->batch.arrays, row, buf, &text);

	e.len = st == RP_OK  ? text.len
	    : st == RP_EMPTY ? ENTRY_NULL
			     : ENTRY_BAD;
	if (st == RP_OK && text.len > 0 &&
	    rp_buffer_add(&d->bytes, text.text, text.len) != RP_OK)
		return RP_ERR_NOMEM;
	d->n++;
	return rp_buffer_add(&d->entries, &e, sizeof(e));
}

static enum rp_status
add_entries(struct rp_arrow_source *s, struct rp_import *im,
    struct rp_arrow_dictionary *d)
{
	const uint64_t limit = RP_MAX_ARROW_DICTIONARIES;

	for (uint64_t i = 0; i < d->batch.rows; i++) {
		if (i % 1024 == 0 && total_bytes(s) > limit)
			break;
		if (add_entry(d, i) != RP_OK)
			return rp_arrow_fail(
			    s, im, RP_ERR_NOMEM, "out of memory");
	}
	if (total_bytes(s) > limit)
		return rp_arrow_fail(s, im, RP_ERR_LIMIT,
		    "dictionaries take more than %d MiB",
		    RP_MAX_ARROW_DICTIONARIES >> 20);
	return RP_OK;
}

enum rp_status
rp_arrow_dictionary_read(struct rp_arrow_source *s, struct rp_import *im)
{
	enum { ID, DATA, IS_DELTA };
	const int64_t id = rp_flat_int(&s->head.header, ID, 8, 0);
	const bool delta = rp_flat_int(&s->head.header, IS_DELTA, 1, 0) != 0;
	struct rp_flat_table data = rp_flat_table(&s->head.header, DATA);
	struct rp_arrow_dictionary *d = find_dictionary(s, id);
	struct rp_error err = { 0 };
	enum rp_status st;

	if (s->head.flat.why == NULL && d == NULL && is_named(s, id))
		return RP_OK;
	if (s->head.flat.why == NULL && (d == NULL || !rp_flat_is(&data)))
		return rp_arrow_fail(s, im, RP_ERR_CORRUPT,
		    d == NULL ? "no column has the dictionary %lld"
			      : "dictionary %lld without values",
		    (long long)id);
	if (s->head.flat.why != NULL)
		return rp_arrow_fail(s, im, RP_ERR_CORRUPT, "bad metadata: %s",
		    s->head.flat.why);
	if (!delta && d->come && s->file)
		return rp_arrow_fail(s, im, RP_ERR_UNSUPPORTED,
		    "a file cannot replace its dictionary %lld", (long long)id);
	st = rp_arrow_batch_read(
	    &d->batch, &data, s->schema.old, s->body.data, s->body.len, &err);
	if (st != RP_OK)
		return rp_arrow_fail(s, im, st, "%s", err.text);
	if (!delta)
		d->n = 0, d->entries.len = d->bytes.len = 0;
	d->come = true;
	return add_entries(s, im, d);
}

bool
rp_arrow_dictionaries_come(const struct rp_arrow_source *s)
{
	for (size_t i = 0; i < s->n_dictionaries; i++)
		if (!s->dictionaries[i].come)
			return false;
	return true;
}

static enum rp_status
want_dictionary(struct rp_arrow_source *s, const struct rp_arrow_field *f)
{
	const size_t n = s->n_dictionaries;
	struct rp_arrow_dictionary *d;

	if (find_dictionary(s, f->id) != NULL)
		return RP_OK;
	/* none may move: their batches point to their fields */
	if (s->dictionaries == NULL)
		s->dictionaries = calloc(s->schema.n, sizeof(*s->dictionaries));
	if (s->dictionaries == NULL)
		return RP_ERR_NOMEM;
	d = &s->dictionaries[n];
	d->id = f->id;
	d->field = *f;
	d->field.dictionary = false;
	d->field.depth = 0;
	if (rp_arrow_batch_init(&d->batch, &d->field, 1) != RP_OK)
		return RP_ERR_NOMEM;
	d->batch.arrays[0].wanted = true;
	s->n_dictionaries++;
	return RP_OK;
}

/* ---- values ---- */

enum rp_status
rp_arrow_want(struct rp_arrow_source *s, struct rp_import *im, size_t field)
{
	const struct rp_arrow_field *f = &s->schema.fields[field];

	if (!rp_arrow_has_text(f))
		return rp_arrow_fail(s, im, RP_ERR_UNSUPPORTED,
		    "column '%.*s' is of a type that is not read: %s",
		    f->name.len < 60 ? (int)f->name.len : 60, f->name.text,
		    rp_arrow_type_name(f));
	s->batch.arrays[field].wanted = true;
	return !f->dictionary || want_dictionary(s, f) == RP_OK
	    ? RP_OK
	    : rp_import_no_memory(im);
}

/* The entry of a dictionary. */
static enum rp_status
find_entry(const struct rp_arrow_source *s, const struct rp_arrow_array *a,
    uint64_t row, struct rp_flat_text *text)
{
	const struct rp_arrow_dictionary *d = find_dictionary(s, a->field->id);
	const uint64_t i = rp_arrow_index(a, row);
	const struct entry *e;

	if (i >= d->n)
		return RP_ERR_CORRUPT;
	e = (const struct entry *)(const void *)d->entries.data + i;
	if (e->len >= ENTRY_BAD)
		return e->len == ENTRY_NULL ? RP_EMPTY : RP_ERR_LIMIT;
	*text = (struct rp_flat_text){
		e->len > 0 ? (const char *)d->bytes.data + e->at : "", e->len
	};
	return RP_OK;
}

enum rp_status
rp_arrow_cell(const struct rp_arrow_source *s, const struct rp_arrow_array *a,
    uint64_t row, char buf[static RP_ARROW_TEXT_ROOM], struct rp_buffer *hex,
    struct rp_flat_text *text)
{
	enum rp_status st;

	if (!a->field->dictionary)
		st = rp_arrow_text(a, row, buf, text);
	else
		st = rp_arrow_is_valid(a, row) ? find_entry(s, a, row, text)
					       : RP_EMPTY;
	if (st != RP_OK || hex == NULL)
		return st;
	if (rp_buffer_reserve(hex, 2 * (size_t)text->len + 1) != RP_OK)
		return RP_ERR_NOMEM;
	text->len =
	    (uint32_t)rp_text_hex((char *)hex->data, text->text, text->len);
	text->text = (const char *)hex->data;
	return RP_OK;
}

enum rp_status
rp_arrow_cell_failed(const struct rp_arrow_source *s, struct rp_import *im,
    const struct rp_arrow_array *a, enum rp_status st)
{
	const struct rp_flat_text *name = &a->field->name;

	if (st == RP_ERR_NOMEM)
		return rp_import_no_memory(im);
	return rp_arrow_fail(s, im, st,
	    "row %llu of column '%.*s' names an entry that its dictionary has "
	    "not",
	    (unsigned long long)s->row + 1,
	    name->len < 60 ? (int)name->len : 60, name->text);
}

/* ---- bad rows ---- */

static bool
add_quoted(struct rp_buffer *b, const char *text, size_t len)
{
	static const char hex[] = "0123456789abcdef";
	char escaped[] = "\\u0000";
	bool ok = rp_buffer_add(b, "\"", 1) == RP_OK;

	for (size_t i = 0; ok && i < len; i++) {
		const unsigned char c = (unsigned char)text[i];

		escaped[4] = hex[c >> 4];
		escaped[5] = hex[c & 15];
		ok = (c == '"' || c == '\\' || c < 0x20
			     ? rp_buffer_add(b, escaped, 6)
			     : rp_buffer_add(b, text + i, 1)) == RP_OK;
	}
	return ok && rp_buffer_add(b, "\"", 1) == RP_OK;
}

/* The row as an object of JSON: its columns that are read. */
static bool
add_row(const struct rp_arrow_source *s, struct rp_buffer *b)
{
	const struct rp_arrow_array *a = s->batch.arrays;
	char buf[RP_ARROW_TEXT_ROOM];
	struct rp_flat_text text;
	bool ok = true;

	for (size_t i = 0; ok && i < s->schema.n; i += a[i].field->span) {
		const struct rp_flat_text *name = &a[i].field->name;

		if (!a[i].wanted || !rp_arrow_has_text(a[i].field))
			continue;
		ok = rp_buffer_add(b, b->len > 0 ? "," : "{", 1) == RP_OK &&
		    add_quoted(b, name->text, name->len) &&
		    rp_buffer_add(b, ":", 1) == RP_OK;
		if (rp_arrow_cell(s, &a[i], s->row, buf, NULL, &text) == RP_OK)
			ok = ok && add_quoted(b, text.text, text.len);
		else
			ok = ok && rp_buffer_add(b, "null", 4) == RP_OK;
	}
	return ok &&
	    rp_buffer_add(b, b->len > 0 ? "}" : "{}", b->len > 0 ? 1 : 2) ==
	    RP_OK;
}

enum rp_status
rp_arrow_reject(
    struct rp_arrow_source *s, struct rp_import *im, const char *why)
{
	struct rp_buffer row = { 0 };
	enum rp_status st;

	if (!add_row(s, &row)) {
		rp_buffer_free(&row);
		return rp_import_no_memory(im);
	}
	st = rp_import_reject(im, (const char *)row.data, row.len,
	    "row %llu of batch %llu: %s", (unsigned long long)s->row + 1,
	    (unsigned long long)s->n_batches, why);
	im->records++; /* it was met, if not converted */
	rp_buffer_free(&row);
	return st;
}
