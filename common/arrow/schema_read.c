#include <stdlib.h>
#include <string.h>

#include "arrow/ipc_work.h"
#include "base/limits.h"

/* The numbers of fields: Schema.fbs. */
enum { SCHEMA_ENDIANNESS, SCHEMA_FIELDS, SCHEMA_METADATA };
enum {
	FIELD_NAME,
	FIELD_NULLABLE,
	FIELD_TYPE_KIND,
	FIELD_TYPE,
	FIELD_DICTIONARY,
	FIELD_CHILDREN
};
enum { DICTIONARY_ID, DICTIONARY_INDEX };
enum { INT_WIDTH, INT_SIGNED };
enum { DECIMAL_PRECISION, DECIMAL_SCALE, DECIMAL_WIDTH };
enum { TIME_UNIT, TIME_WIDTH, TIME_ZONE = 1 };
enum { PAIR_KEY, PAIR_VALUE };

static const char *const type_names[] = {
	[RP_ARROW_NULL] = "null",
	[RP_ARROW_INT] = "int",
	[RP_ARROW_FLOAT] = "floating point",
	[RP_ARROW_BINARY] = "binary",
	[RP_ARROW_UTF8] = "utf8",
	[RP_ARROW_BOOL] = "bool",
	[RP_ARROW_DECIMAL] = "decimal",
	[RP_ARROW_DATE] = "date",
	[RP_ARROW_TIME] = "time of day",
	[RP_ARROW_TIMESTAMP] = "timestamp",
	[RP_ARROW_INTERVAL] = "interval",
	[RP_ARROW_LIST] = "list",
	[RP_ARROW_STRUCT] = "struct",
	[RP_ARROW_UNION] = "union",
	[RP_ARROW_FIXED_BINARY] = "fixed-size binary",
	[RP_ARROW_FIXED_LIST] = "fixed-size list",
	[RP_ARROW_MAP] = "map",
	[RP_ARROW_DURATION] = "duration",
	[RP_ARROW_LARGE_BINARY] = "large binary",
	[RP_ARROW_LARGE_UTF8] = "large utf8",
	[RP_ARROW_LARGE_LIST] = "large list",
	[RP_ARROW_RUN_END] = "run-end encoded",
	[RP_ARROW_BINARY_VIEW] = "binary view",
	[RP_ARROW_UTF8_VIEW] = "utf8 view",
	[RP_ARROW_LIST_VIEW] = "list view",
	[RP_ARROW_LARGE_LIST_VIEW] = "large list view",
};

const char *
rp_arrow_type_name(const struct rp_arrow_field *f)
{
	return type_names[f->type];
}

/* A name for messages, cut where it is long. */
#define SHOWN(text_)                                \
	((text_).len < 60 ? (int)(text_).len : 60), \
	    (text_).text != NULL ? (text_).text : ""

/* ---- types ---- */

/* The bytes of so many bits; 0: no number has as many. */
static uint8_t
bytes_of(int64_t bits)
{
	return bits == 8 || bits == 16 || bits == 32 || bits == 64 ||
		bits == 128 || bits == 256
	    ? (uint8_t)(bits / 8)
	    : 0;
}

/* An INT, of a column or of the indices of a dictionary. */
static bool
read_int(const struct rp_flat_table *t, uint8_t *width, bool *is_signed)
{
	*width = bytes_of(rp_flat_int(t, INT_WIDTH, 4, 0));
	*is_signed = rp_flat_int(t, INT_SIGNED, 1, 0) != 0;
	return *width > 0 && *width <= 8;
}

static bool
read_unit(struct rp_arrow_field *f, const struct rp_flat_table *t,
    enum rp_arrow_unit otherwise)
{
	int64_t unit = rp_flat_int(t, TIME_UNIT, 2, otherwise);

	f->unit = (uint8_t)unit;
	return unit >= RP_ARROW_SECOND && unit <= RP_ARROW_NANOSECOND;
}

static bool
read_decimal(struct rp_arrow_field *f, const struct rp_flat_table *t)
{
	int64_t precision = rp_flat_int(t, DECIMAL_PRECISION, 4, 0);

	f->width = bytes_of(rp_flat_int(t, DECIMAL_WIDTH, 4, 128));
	f->scale = (int32_t)rp_flat_int(t, DECIMAL_SCALE, 4, 0);
	f->is_signed = true;
	return f->width >= 4 && precision > 0 && precision <= 76;
}

static bool
read_length(struct rp_arrow_field *f, const struct rp_flat_table *t)
{
	int64_t n = rp_flat_int(t, 0, 4, 0);

	f->fixed = (uint32_t)n;
	return n >= 0 && n <= RP_MAX_ARROW_BODY;
}

/* What a type says of itself; false: what cannot be. */
static bool
read_type(struct rp_arrow_field *f, const struct rp_flat_table *t)
{
	static const uint8_t intervals[] = { 4, 8, 16 };
	int64_t n;

	switch (f->type) {
	case RP_ARROW_INT:
		return read_int(t, &f->width, &f->is_signed);
	case RP_ARROW_FLOAT:
		n = rp_flat_int(t, 0, 2, 0);
		f->width = (uint8_t)(2 << (n & 3));
		return n >= 0 && n <= 2;
	case RP_ARROW_DECIMAL:
		return read_decimal(f, t);
	case RP_ARROW_DATE:
		n = rp_flat_int(t, 0, 2, 1);
		f->width = n == 0 ? 4 : 8;
		f->unit = RP_ARROW_MILLISECOND;
		return n == 0 || n == 1;
	case RP_ARROW_TIME:
		f->width = bytes_of(rp_flat_int(t, TIME_WIDTH, 4, 32));
		return read_unit(f, t, RP_ARROW_MILLISECOND) &&
		    f->width == (f->unit <= RP_ARROW_MILLISECOND ? 4 : 8);
	case RP_ARROW_TIMESTAMP:
		f->width = 8;
		f->naive = rp_flat_text(t, TIME_ZONE).len == 0;
		return read_unit(f, t, RP_ARROW_SECOND);
	case RP_ARROW_DURATION:
		f->width = 8;
		return read_unit(f, t, RP_ARROW_MILLISECOND);
	case RP_ARROW_INTERVAL:
		n = rp_flat_int(t, 0, 2, 0);
		f->width = intervals[n & 1 ? 1 : n & 2];
		return n >= 0 && n <= 2;
	case RP_ARROW_UNION:
		n = rp_flat_int(t, 0, 2, 0);
		f->dense = n == 1;
		return n == 0 || n == 1;
	case RP_ARROW_FIXED_BINARY:
	case RP_ARROW_FIXED_LIST:
		return read_length(f, t);
	default:
		return true;
	}
}

/* How many children a type must have; -1: any number. */
static int
n_children(uint8_t type)
{
	switch (type) {
	case RP_ARROW_LIST:
	case RP_ARROW_LARGE_LIST:
	case RP_ARROW_FIXED_LIST:
	case RP_ARROW_MAP:
	case RP_ARROW_LIST_VIEW:
	case RP_ARROW_LARGE_LIST_VIEW:
		return 1;
	case RP_ARROW_RUN_END:
		return 2;
	case RP_ARROW_STRUCT:
	case RP_ARROW_UNION:
		return -1;
	default:
		return 0;
	}
}

/* ---- fields ---- */

static enum rp_status
read_dictionary(struct rp_arrow_field *f, const struct rp_flat_table *t,
    struct rp_error *err)
{
	struct rp_flat_table index = rp_flat_table(t, DICTIONARY_INDEX);

	if (!rp_flat_is(t))
		return RP_OK;
	f->dictionary = true;
	f->id = rp_flat_int(t, DICTIONARY_ID, 8, 0);
	f->index_width = 4;
	f->index_signed = true;
	if (rp_flat_is(&index) &&
	    !read_int(&index, &f->index_width, &f->index_signed))
		return rp_error_set(err, RP_ERR_CORRUPT,
		    "column '%.*s' has indices of a bad width", SHOWN(f->name));
	return RP_OK;
}

/* One field, without those in it. */
static enum rp_status
read_field(struct rp_arrow_field *f, const struct rp_flat_table *t,
    uint32_t children, struct rp_error *err)
{
	const int64_t type = rp_flat_int(t, FIELD_TYPE_KIND, 1, 0) & 255;
	struct rp_flat_table table = rp_flat_table(t, FIELD_TYPE);
	struct rp_flat_table dictionary = rp_flat_table(t, FIELD_DICTIONARY);
	enum rp_status st;
	int want;

	f->name = rp_flat_text(t, FIELD_NAME);
	f->type = (uint8_t)type;
	if ((st = rp_arrow_flat_status(t->flat, err)) != RP_OK)
		return st;
	if (type == 0 || type >= (int64_t)RP_LEN(type_names))
		return rp_error_set(err,
		    type == 0 ? RP_ERR_CORRUPT : RP_ERR_UNSUPPORTED,
		    "column '%.*s' is of the unknown type %d", SHOWN(f->name),
		    (int)type);
	want = n_children(f->type);
	if (!rp_flat_is(&table) || !read_type(f, &table) ||
	    (want >= 0 && children != (uint32_t)want))
		return rp_error_set(err, RP_ERR_CORRUPT,
		    "column '%.*s' is of a type %s that contradicts itself",
		    SHOWN(f->name), type_names[type]);
	return read_dictionary(f, &dictionary, err);
}

static enum rp_status
add_fields(struct rp_arrow_schema *s, const struct rp_flat_vector *v,
    uint32_t depth, struct rp_error *err)
{
	struct rp_arrow_field f;
	struct rp_flat_table t;
	struct rp_flat_vector children;
	enum rp_status st;
	size_t at;

	if (depth > RP_MAX_ARROW_DEPTH)
		return rp_error_set(err, RP_ERR_LIMIT,
		    "types within types, more than %d", RP_MAX_ARROW_DEPTH);
	for (uint32_t i = 0; i < v->n; i++) {
		at = s->store.len / sizeof(f);
		if (at == RP_MAX_ARROW_FIELDS)
			return rp_error_set(err, RP_ERR_LIMIT,
			    "more than %d columns", RP_MAX_ARROW_FIELDS);
		f = (struct rp_arrow_field){ .depth = depth };
		t = rp_flat_element(v, i);
		children = rp_flat_vector(&t, FIELD_CHILDREN, 4);
		if ((st = read_field(&f, &t, children.n, err)) != RP_OK)
			return st;
		if (rp_buffer_add(&s->store, &f, sizeof(f)) != RP_OK)
			return rp_error_set(err, RP_ERR_NOMEM, "out of memory");
		if ((st = add_fields(s, &children, depth + 1, err)) != RP_OK)
			return st;
		s->fields = (struct rp_arrow_field *)(void *)s->store.data;
		s->n = s->store.len / sizeof(f);
		s->fields[at].span = (uint32_t)(s->n - at);
	}
	return RP_OK;
}

static enum rp_status
add_pairs(struct rp_arrow_schema *s, const struct rp_flat_vector *v,
    struct rp_error *err)
{
	for (uint32_t i = 0; i < v->n; i++) {
		struct rp_flat_table t = rp_flat_element(v, i);
		struct rp_flat_text pair[2] = { rp_flat_text(&t, PAIR_KEY),
			rp_flat_text(&t, PAIR_VALUE) };

		if (rp_buffer_add(&s->pairs, pair, sizeof(pair)) != RP_OK)
			return rp_error_set(err, RP_ERR_NOMEM, "out of memory");
	}
	return RP_OK;
}

enum rp_status
rp_arrow_schema_table(struct rp_arrow_schema *s, const struct rp_flat_table *t,
    struct rp_error *err)
{
	struct rp_flat_vector fields = rp_flat_vector(t, SCHEMA_FIELDS, 4);
	struct rp_flat_vector pairs = rp_flat_vector(t, SCHEMA_METADATA, 4);
	enum rp_status st;

	if (rp_flat_int(t, SCHEMA_ENDIANNESS, 2, 0) != 0)
		return rp_error_set(
		    err, RP_ERR_UNSUPPORTED, "it is big-endian");
	if ((st = add_fields(s, &fields, 0, err)) != RP_OK ||
	    (st = add_pairs(s, &pairs, err)) != RP_OK)
		return st;
	return rp_arrow_flat_status(t->flat, err);
}

enum rp_status
rp_arrow_schema_read(struct rp_arrow_schema *s, const uint8_t *meta, size_t len,
    struct rp_error *err)
{
	struct rp_arrow_head head;
	enum rp_status st;

	if (rp_buffer_add(&s->bytes, meta, len) != RP_OK)
		return rp_error_set(err, RP_ERR_NOMEM, "out of memory");
	st = rp_arrow_head_read(&head, s->bytes.data, len, err);
	if (st == RP_OK && head.kind != RP_ARROW_SCHEMA)
		st = rp_error_set(err, RP_ERR_CORRUPT, "it is no schema");
	if (st == RP_OK)
		st = rp_arrow_schema_table(s, &head.header, err);
	s->old = st == RP_OK && head.old;
	return st;
}

void
rp_arrow_schema_free(struct rp_arrow_schema *s)
{
	rp_buffer_free(&s->bytes);
	rp_buffer_free(&s->store);
	rp_buffer_free(&s->pairs);
	*s = (struct rp_arrow_schema){ 0 };
}

struct rp_flat_text
rp_arrow_schema_get(const struct rp_arrow_schema *s, const char *key)
{
	const struct rp_flat_text *pair = (const void *)s->pairs.data;
	const size_t n = s->pairs.len / sizeof(*pair), len = strlen(key);

	for (size_t i = 0; i + 1 < n; i += 2)
		if (pair[i].len == len && pair[i].text != NULL &&
		    memcmp(pair[i].text, key, len) == 0)
			return pair[i + 1];
	return (struct rp_flat_text){ 0 };
}

static bool
same_field(const struct rp_arrow_field *a, const struct rp_arrow_field *b)
{
	return a->type == b->type && a->width == b->width &&
	    a->is_signed == b->is_signed && a->unit == b->unit &&
	    a->dense == b->dense && a->scale == b->scale &&
	    a->fixed == b->fixed && a->dictionary == b->dictionary &&
	    a->id == b->id && a->index_width == b->index_width &&
	    a->span == b->span && a->depth == b->depth &&
	    a->name.len == b->name.len &&
	    (a->name.len == 0 ||
		memcmp(a->name.text, b->name.text, a->name.len) == 0);
}

enum rp_status
rp_arrow_schema_compare(const struct rp_arrow_schema *s,
    const struct rp_flat_table *table, struct rp_error *err)
{
	struct rp_arrow_schema other = { 0 };
	enum rp_status st = rp_arrow_schema_table(&other, table, err);
	bool same = st == RP_OK && s->n == other.n;

	for (size_t i = 0; same && i < s->n; i++)
		same = same_field(&s->fields[i], &other.fields[i]);
	if (st == RP_OK && !same)
		st = rp_error_set(err, RP_ERR_CORRUPT,
		    "its schema is not that of the file's start");
	rp_arrow_schema_free(&other);
	return st;
}
