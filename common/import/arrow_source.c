/* Arrow IPC, message by message. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "import/arrow.h"

enum { PREFIX = 4, TAIL = 4 + RP_ARROW_MAGIC_LEN };

void
rp_arrow_source_free(struct rp_arrow_source *s)
{
	for (size_t i = 0; i < s->n_dictionaries; i++) {
		rp_buffer_free(&s->dictionaries[i].entries);
		rp_buffer_free(&s->dictionaries[i].bytes);
		rp_arrow_batch_free(&s->dictionaries[i].batch);
	}
	free(s->dictionaries);
	rp_arrow_batch_free(&s->batch);
	rp_arrow_schema_free(&s->schema);
	rp_buffer_free(&s->meta);
	rp_buffer_free(&s->body);
	rp_buffer_free(&s->contents.dictionaries);
	rp_buffer_free(&s->contents.batches);
	*s = (struct rp_arrow_source){ 0 };
}

static bool
is_magic(const uint8_t *p, size_t len)
{
	return len >= RP_ARROW_MAGIC_LEN &&
	    memcmp(p, RP_ARROW_MAGIC, RP_ARROW_MAGIC_LEN) == 0;
}

bool
rp_arrow_probe(const uint8_t *p, size_t len)
{
	size_t skip = PREFIX;
	uint32_t n;

	if (is_magic(p, len))
		return true;
	if (len < 2 * PREFIX)
		return false;
	if (rp_le32(p) == RP_ARROW_CONTINUATION)
		skip += PREFIX;
	n = rp_le32(p + skip - PREFIX);
	if (n > RP_MAX_ARROW_META)
		return false;
	len -= skip;
	return rp_arrow_is_schema(p + skip, len < n ? len : n);
}

bool
rp_arrow_peek(struct rp_intake *in)
{
	struct rp_error err = { 0 };
	enum rp_status st = RP_OK;
	size_t len = 0;

	while (st == RP_OK && len < RP_IMPORT_PROBE) {
		st = rp_intake_need(in, len < 8 ? 8 : len + 1, &err);
		len = (size_t)(in->end - in->at);
		if (rp_arrow_probe(in->at, len))
			return true;
		/* as of text, which may come slowly */
		if (len >= PREFIX && rp_le32(in->at) > RP_MAX_ARROW_META &&
		    rp_le32(in->at) != RP_ARROW_CONTINUATION)
			return false;
	}
	return false;
}

/* ---- failures ---- */

enum rp_status
rp_arrow_fail(const struct rp_arrow_source *s, struct rp_import *im,
    enum rp_status st, const char *fmt, ...)
{
	static const char *const kinds[] = { "", " (schema)", " (dictionary)",
		" (batch)" };
	const struct rp_intake *in = im->in;
	char what[48], why[400];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	im->broken = (st == RP_ERR_CORRUPT || st == RP_ERR_TRUNCATED) &&
	    rp_intake_offset(in) + (uint64_t)(in->end - in->at) > s->at;
	snprintf(what, sizeof(what), "message %llu%s",
	    (unsigned long long)s->n_messages, kinds[s->head.kind & 3]);
	return rp_error_set(&im->error, st, "%s: %s at %sbyte %llu: %s",
	    im->name, s->over ? "footer" : what,
	    rp_intake_packed(in) ? "unpacked " : "", (unsigned long long)s->at,
	    why);
}

/* What an intake could not do for us. */
static enum rp_status
fail_input(const struct rp_arrow_source *s, struct rp_import *im,
    enum rp_status st, const struct rp_error *err)
{
	if (st == RP_END || (st == RP_ERR_TRUNCATED && err->status == RP_OK))
		return rp_arrow_fail(s, im, RP_ERR_TRUNCATED,
		    "it is cut: the input ends at byte %llu",
		    (unsigned long long)im->in->base);
	return rp_arrow_fail(s, im, st, "%s", err->text);
}

/* ---- bytes ---- */

static enum rp_status
need(const struct rp_arrow_source *s, struct rp_import *im, size_t n)
{
	struct rp_error err = { 0 };
	enum rp_status st = rp_intake_need(im->in, n, &err);

	return st == RP_OK ? st : fail_input(s, im, st, &err);
}

/* The next n bytes to a buffer, which grows as they come. */
static enum rp_status
take(const struct rp_arrow_source *s, struct rp_import *im,
    struct rp_buffer *to, uint64_t n)
{
	enum rp_status st;
	size_t part;

	for (to->len = 0; to->len < n; im->in->at += part) {
		if (im->in->at == im->in->end && (st = need(s, im, 1)) != RP_OK)
			return st;
		part = (size_t)(im->in->end - im->in->at);
		if (part > n - to->len)
			part = (size_t)(n - to->len);
		if (to->len + part > to->cap &&
		    rp_buffer_reserve(to, 2 * to->cap + part) != RP_OK)
			return rp_arrow_fail(
			    s, im, RP_ERR_NOMEM, "out of memory");
		if (rp_buffer_add(to, im->in->at, part) != RP_OK)
			return rp_arrow_fail(
			    s, im, RP_ERR_NOMEM, "out of memory");
	}
	return RP_OK;
}

/* The length of the next message's metadata; 0: that is the end. */
static enum rp_status
take_length(struct rp_arrow_source *s, struct rp_import *im, uint32_t *len)
{
	size_t skip = PREFIX;
	enum rp_status st;

	if ((st = need(s, im, PREFIX)) != RP_OK)
		return st;
	*len = rp_le32(im->in->at);
	if (*len == RP_ARROW_CONTINUATION) {
		skip += PREFIX;
		if ((st = need(s, im, skip)) != RP_OK)
			return st;
		*len = rp_le32(im->in->at + PREFIX);
	}
	if (skip == PREFIX && *len > RP_MAX_ARROW_META && s->n_messages == 1)
		return rp_arrow_fail(s, im, RP_ERR_UNSUPPORTED,
		    "it begins with neither " RP_ARROW_MAGIC " nor a schema");
	if (*len > INT32_MAX)
		return rp_arrow_fail(
		    s, im, RP_ERR_CORRUPT, "metadata of %d bytes", (int)*len);
	if (*len > RP_MAX_ARROW_META)
		return rp_arrow_fail(s, im, RP_ERR_LIMIT,
		    "metadata of %u bytes; more than %d are not read", *len,
		    RP_MAX_ARROW_META);
	im->in->at += skip;
	return RP_OK;
}

/* ---- messages ---- */

static enum rp_status
note_block(struct rp_arrow_source *s, struct rp_import *im, uint64_t body_at)
{
	const struct rp_arrow_block block = { s->at - s->start, body_at - s->at,
		s->head.body_len };
	struct rp_buffer *to = s->head.kind == RP_ARROW_BATCH
	    ? &s->contents.batches
	    : &s->contents.dictionaries;

	if (!s->file || s->head.kind == RP_ARROW_SCHEMA)
		return RP_OK;
	return rp_buffer_add(to, &block, sizeof(block)) == RP_OK
	    ? RP_OK
	    : rp_arrow_fail(s, im, RP_ERR_NOMEM, "out of memory");
}

/* A message, whole; RP_END: the mark of the end instead. */
static enum rp_status
take_message(struct rp_arrow_source *s, struct rp_import *im)
{
	struct rp_error err = { 0 };
	enum rp_status st;
	uint64_t body_at;
	uint32_t len;

	s->head = (struct rp_arrow_head){ 0 };
	s->at = rp_intake_offset(im->in);
	s->n_messages++;
	if ((st = take_length(s, im, &len)) != RP_OK)
		return st;
	if (len == 0)
		return RP_END;
	if ((st = take(s, im, &s->meta, len)) != RP_OK)
		return st;
	body_at = rp_intake_offset(im->in);
	st = rp_arrow_head_read(&s->head, s->meta.data, len, &err);
	if (st != RP_OK)
		return rp_arrow_fail(s, im, st, "%s", err.text);
	if ((st = take(s, im, &s->body, s->head.body_len)) != RP_OK)
		return st;
	return note_block(s, im, body_at);
}

/* ---- the parts of an input ---- */

static enum rp_status
read_schema(struct rp_arrow_source *s, struct rp_import *im)
{
	struct rp_error err = { 0 };
	enum rp_status st = take_message(s, im);

	if (st == RP_END)
		return rp_arrow_fail(
		    s, im, RP_ERR_CORRUPT, "it ends before its schema");
	if (st != RP_OK)
		return st;
	if (s->head.kind != RP_ARROW_SCHEMA)
		return rp_arrow_fail(
		    s, im, RP_ERR_CORRUPT, "a schema must come before it");
	st = rp_arrow_schema_read(&s->schema, s->meta.data, s->meta.len, &err);
	if (st == RP_OK &&
	    rp_arrow_batch_init(&s->batch, s->schema.fields, s->schema.n) !=
		RP_OK)
		st = rp_error_set(&err, RP_ERR_NOMEM, "out of memory");
	if (st != RP_OK)
		return rp_arrow_fail(s, im, st, "%s", err.text);
	s->contents.schema = &s->schema;
	s->begun = true;
	return RP_OK;
}

/* A file or stream, up to its schema. RP_END: there is none. */
static enum rp_status
begin(struct rp_arrow_source *s, struct rp_import *im)
{
	struct rp_error err = { 0 };
	const uint64_t at = rp_intake_offset(im->in);
	enum rp_status st;

	rp_arrow_source_free(s);
	s->start = s->at = at;
	st = rp_intake_need(im->in, RP_ARROW_FILE_HEAD, &err);
	if (st == RP_END && at > 0)
		return RP_END;
	if (st == RP_END)
		return rp_error_set(&im->error, RP_ERR_TRUNCATED,
		    "%s: empty input: there is no schema", im->name);
	if (st != RP_OK)
		return fail_input(s, im, st, &err);
	s->file = is_magic(im->in->at, RP_ARROW_FILE_HEAD);
	if (s->file)
		im->in->at += RP_ARROW_FILE_HEAD;
	return read_schema(s, im);
}

/* Behind the footer at hand are its length and the magic. */
static bool
ends_at(const uint8_t *p, size_t n)
{
	return rp_le32(p + n) == n && is_magic(p + n + 4, RP_ARROW_MAGIC_LEN);
}

/* The footer: it says where it begins only at its end. */
static enum rp_status
read_footer(struct rp_arrow_source *s, struct rp_import *im)
{
	struct rp_error err = { 0 };
	enum rp_status st;
	size_t n = 0;

	s->over = true;
	s->at = rp_intake_offset(im->in);
	do {
		if (n > RP_MAX_ARROW_META)
			return rp_arrow_fail(s, im, RP_ERR_CORRUPT,
			    "no footer ends within %d bytes",
			    RP_MAX_ARROW_META);
		if ((st = need(s, im, n + TAIL)) != RP_OK)
			return st;
		for (; n + TAIL <= (size_t)(im->in->end - im->in->at); n++)
			if (ends_at(im->in->at, n))
				break;
	} while (n + TAIL > (size_t)(im->in->end - im->in->at));
	st = rp_arrow_footer_check(im->in->at, n, &s->contents, &err);
	if (st != RP_OK)
		return rp_arrow_fail(s, im, st, "%s", err.text);
	im->in->at += n + TAIL;
	return RP_OK;
}

/* The mark of its end was met. */
static enum rp_status
finish(struct rp_arrow_source *s, struct rp_import *im)
{
	enum rp_status st = s->file ? read_footer(s, im) : RP_OK;

	s->begun = false;
	return st;
}

/*
 * Nothing follows a message. Whoever writes a stream may just stop, so that one
 * that is cut cannot be told; but rp-arrow never does, and a file has an end.
 */
static enum rp_status
stop(struct rp_arrow_source *s, struct rp_import *im)
{
	s->at = rp_intake_offset(im->in);
	s->head = (struct rp_arrow_head){ 0 };
	if (s->file ||
	    rp_arrow_schema_get(&s->schema, RP_ARROW_KEY_DECIMALS).text != NULL)
		return rp_arrow_fail(s, im, RP_ERR_TRUNCATED,
		    "the input ends without the mark of its end");
	rp_import_warn(im,
	    "%s: the stream has no mark of its end: it may have been cut",
	    im->name);
	return RP_END;
}

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

static enum rp_status
read_dictionary(struct rp_arrow_source *s, struct rp_import *im)
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
	if (!delta && d->replaced && s->file)
		return rp_arrow_fail(s, im, RP_ERR_UNSUPPORTED,
		    "a file cannot replace its dictionary %lld", (long long)id);
	st = rp_arrow_batch_read(
	    &d->batch, &data, s->schema.old, s->body.data, s->body.len, &err);
	if (st != RP_OK)
		return rp_arrow_fail(s, im, st, "%s", err.text);
	if (!delta)
		d->n = 0, d->entries.len = d->bytes.len = 0;
	d->replaced = true;
	return add_entries(s, im, d);
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

/* ---- for who reads ---- */

enum rp_status
rp_arrow_want(struct rp_arrow_source *s, size_t field, const char **why)
{
	const struct rp_arrow_field *f = &s->schema.fields[field];

	if (!rp_arrow_has_text(f)) {
		*why = rp_arrow_type_name(f);
		return RP_ERR_UNSUPPORTED;
	}
	s->batch.arrays[field].wanted = true;
	return f->dictionary ? want_dictionary(s, f) : RP_OK;
}

static enum rp_status
read_batch(struct rp_arrow_source *s, struct rp_import *im)
{
	struct rp_error err = { 0 };
	enum rp_status st = rp_arrow_batch_read(&s->batch, &s->head.header,
	    s->schema.old, s->body.data, s->body.len, &err);

	if (st != RP_OK)
		return rp_arrow_fail(s, im, st, "%s", err.text);
	s->row = 0;
	s->n_batches++;
	im->behind = rp_intake_offset(im->in) - s->at;
	return RP_OK;
}

enum rp_status
rp_arrow_next(struct rp_arrow_source *s, struct rp_import *im, bool *fresh)
{
	struct rp_error err = { 0 };
	enum rp_status st;

	im->behind = 0;
	for (;;) {
		*fresh = !s->begun;
		if (!s->begun)
			return begin(s, im);
		st = rp_intake_need(im->in, 1, &err);
		if (st == RP_END)
			return stop(s, im);
		st = take_message(s, im);
		if (st == RP_OK && s->head.kind == RP_ARROW_SCHEMA)
			st = rp_arrow_fail(s, im, RP_ERR_CORRUPT,
			    "a second schema, without an end before it");
		if (st == RP_OK && s->head.kind == RP_ARROW_DICTIONARY)
			st = read_dictionary(s, im);
		else if (st == RP_OK)
			st = read_batch(s, im);
		if (st == RP_OK && s->head.kind == RP_ARROW_BATCH)
			return st;
		if (st == RP_END)
			st = finish(s, im);
		if (st != RP_OK)
			return st;
	}
}

enum rp_status
rp_arrow_cell(const struct rp_arrow_source *s, const struct rp_arrow_array *a,
    uint64_t row, char buf[static RP_ARROW_TEXT_ROOM],
    struct rp_flat_text *text)
{
	const struct rp_arrow_dictionary *d;
	const struct entry *e;
	uint64_t i;

	if (!a->field->dictionary)
		return rp_arrow_text(a, row, buf, text);
	if (!rp_arrow_is_valid(a, row))
		return RP_EMPTY;
	i = rp_arrow_index(a, row);
	d = find_dictionary(s, a->field->id);
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
		if (rp_arrow_cell(s, &a[i], s->row, buf, &text) == RP_OK)
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
