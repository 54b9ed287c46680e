#include "columns/json.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/utf8.h"
#include "columns/whole.h"
#include "types/schema.h"
#include "wire/directory.h"

/* How a member's value is dressed. */
enum shape {
	SHAPE_BARE, /* a small number */
	SHAPE_STRING, /* always a string */
	SHAPE_WORD, /* a string, but a number where there is no word */
	SHAPE_NUMBER, /* a string, or a number with --json-numbers */
	SHAPE_QUOTED /* put has quoted it */
};

/* A member's key with what precedes it: ,"price": */
struct member {
	uint8_t shape;
	uint8_t key_len;
	char key[62];
};

struct rp_json_row {
	struct rp_row *row;
	const struct rp_type *t; /* NULL: opaque */
	struct member *members; /* row->n */
	size_t n_header; /* members that are of the record's header */
	struct rp_whole whole;
};

void
rp_json_init(struct rp_json *json, struct rp_plan *plan, bool numbers)
{
	*json = (struct rp_json){ .plan = plan, .numbers = numbers };
}

void
rp_json_free(struct rp_json *json)
{
	for (size_t i = 0; i < json->n_rows; i++) {
		free(json->rows[i].members);
		rp_whole_free(&json->rows[i].whole);
	}
	free(json->rows);
}

/* A character as JSON has it; its bytes in text. */
static size_t
put_char(char **p, const char *text, size_t len)
{
	static const char hex[] = "0123456789abcdef";
	char *out = *p;
	uint32_t c;
	size_t n = rp_utf8_decode(text, len, &c);

	if (n == 0) {
		n = 1;
		memcpy(out, "\\ufffd", 6);
		out += 6;
	} else if (c == '\n') {
		memcpy(out, "\\n", 2);
		out += 2;
	} else if (c < 0x20 || c == 0x7f) {
		memcpy(out, "\\u00", 4);
		out[4] = hex[c >> 4];
		out[5] = hex[c & 15];
		out += 6;
	} else {
		if (c == '"' || c == '\\')
			*out++ = '\\';
		memcpy(out, text, n);
		out += n;
	}
	*p = out;
	return n;
}

size_t
rp_json_quote(
    char *out, const char *text, size_t len, const struct rp_quoting *quoting)
{
	char *p = out;

	(void)quoting;
	*p++ = '"';
	for (size_t i = 0; i < len;)
		i += put_char(&p, text + i, len - i);
	*p++ = '"';
	return (size_t)(p - out);
}

/* ---- what a type's members look like ---- */

static enum shape
shape_of(const struct rp_field *field)
{
	switch (field->kind) {
	case RP_KIND_SYMBOL:
	case RP_KIND_SOURCE:
	case RP_KIND_CHARS:
	case RP_KIND_TEXT:
		return SHAPE_QUOTED;
	case RP_KIND_UINT:
	case RP_KIND_INT:
		return field->size <= 4 ? SHAPE_BARE : SHAPE_NUMBER;
	case RP_KIND_LEVEL_CT:
		return SHAPE_BARE;
	case RP_KIND_ENUM:
	case RP_KIND_CHAR:
		return SHAPE_WORD;
	case RP_KIND_TYPE:
	case RP_KIND_RECORD_FLAGS:
	case RP_KIND_FLAGS:
	case RP_KIND_BYTES:
		return SHAPE_STRING;
	default:
		return SHAPE_NUMBER;
	}
}

static bool
is_header(const struct rp_field *field)
{
	return field->kind <= RP_KIND_RECORD_FLAGS;
}

static void
make_member(struct member *m, const struct rp_field *field,
    const struct rp_column_name *name)
{
	size_t len =
	    name->len < sizeof(m->key) - 4 ? name->len : sizeof(m->key) - 4;

	m->shape = (uint8_t)shape_of(field);
	m->key[0] = ',';
	m->key[1] = '"';
	memcpy(m->key + 2, name->text, len);
	memcpy(m->key + 2 + len, "\":", 2);
	m->key_len = (uint8_t)(len + 4);
}

static struct rp_json_row *
make_row(struct rp_json *json, uint16_t type)
{
	struct rp_json_row *grown, *j;
	struct rp_row *row = rp_plan_row(json->plan, type);

	grown = reallocarray(json->rows, json->n_rows + 1, sizeof(*grown));
	if (row == NULL || grown == NULL)
		return NULL;
	json->rows = grown;
	j = &grown[json->n_rows];
	*j = (struct rp_json_row){ .row = row, .t = rp_type_by_id(type) };
	j->members = calloc(row->n + 1, sizeof(*j->members));
	if (j->members == NULL)
		return NULL;
	json->n_rows++;
	for (size_t i = 0; i < row->n; i++) {
		make_member(
		    &j->members[i], &row->cells[i].field, &row->names[i]);
		j->n_header += is_header(&row->cells[i].field);
	}
	return rp_whole_init(&j->whole, type) != RP_OK ? NULL : j;
}

static struct rp_json_row *
row_of(struct rp_json *json, uint16_t type)
{
	for (size_t i = 0; i < json->n_rows; i++)
		if (json->rows[i].row->type == type)
			return &json->rows[i];
	return make_row(json, type);
}

/* ---- writing ---- */

static bool
all_digits(const char *p, const char *end)
{
	for (; p < end; p++)
		if (*p < '0' || *p > '9')
			return false;
	return true;
}

/* A number that JSON has: an ID's may be a UUID, or begin with zeros. */
static bool
is_number(const struct rp_cell *c, const char *p, const char *end)
{
	if (c->field.kind == RP_KIND_ID)
		return all_digits(p, end) && (*p != '0' || end == p + 1);
	return !(c->style->text.iso &&
	    (c->field.kind == RP_KIND_TIME ||
		c->field.kind == RP_KIND_TS_RECV));
}

static char *
put_value(const struct rp_json *json, struct rp_cell *c, enum shape shape,
    const struct rp_record *rec, char *p)
{
	bool quote = shape != SHAPE_BARE && shape != SHAPE_QUOTED;
	char *end = rp_cell_put(c, rec, p + quote);

	if (end == p + quote && shape != SHAPE_STRING) {
		memcpy(p, "null", 4);
		return p + 4;
	}
	if (shape == SHAPE_WORD)
		quote = p[1] < '0' || p[1] > '9';
	else if (shape == SHAPE_NUMBER && json->numbers)
		quote = !is_number(c, p + 1, end);
	else if (!quote)
		return end;
	if (!quote) {
		memmove(p, p + 1, (size_t)(end - p - 1));
		return end - 1;
	}
	*p = '"';
	*end = '"';
	return end + 1;
}

static char *
put_hex(char *p, const char *key, const uint8_t *bytes, size_t len)
{
	size_t n = strlen(key);

	memcpy(p, key, n);
	p += n;
	p += rp_text_hex(p, bytes, len);
	*p++ = '"';
	return p;
}

/* Beyond the payload there are no members, not even null ones. */
static bool
is_there(const struct rp_field *field, const struct rp_record *rec)
{
	return is_header(field) || field->kind == RP_KIND_LEVEL_PX ||
	    field->kind == RP_KIND_LEVEL_SZ ||
	    field->kind == RP_KIND_LEVEL_CT ||
	    rec->len >= field->off + (uint32_t)field->size;
}

static inline char *
put_member(const struct rp_json *json, const struct rp_json_row *j,
    const struct rp_record *rec, size_t i, char *p)
{
	struct rp_cell *c = &j->row->cells[i];
	const struct member *m = &j->members[i];

	if (!is_there(&c->field, rec))
		return p;
	memcpy(p, m->key, sizeof(m->key));
	return put_value(json, c, m->shape, rec, p + m->key_len);
}

static char *
put_members(const struct rp_json *json, const struct rp_json_row *j,
    const struct rp_record *rec, size_t n, char *p)
{
	for (size_t i = 0; i < n; i++)
		p = put_member(json, j, rec, i, p);
	return p;
}

/* ---- features ---- */

/* The schema of a record that is shown by names rather than as bytes. */
static const struct rp_label *
schema_of(const struct rp_json_row *j, const struct rp_record *rec)
{
	const struct rp_frame *f = j->row->cells[0].style->frame;
	const struct rp_label *schema = rp_schema_of(f, rec);

	return schema != NULL && rp_schema_is_whole(schema, rec) ? schema
								 : NULL;
}

/* Bytes of the schema and of the values, with their names. */
static size_t
feature_room(const struct rp_label *schema)
{
	return 2 * RP_QUOTED_ROOM(schema->len) +
	    schema->len / 3u * (RP_DECIMAL_ROOM + 8) + 256;
}

static char *
put_values(const struct rp_json *json, const struct rp_label *schema,
    const struct rp_record *rec, char *p)
{
	const char *q = json->numbers ? "" : "\"", *text = schema->text;
	struct rp_schema_item item;
	int64_t v;

	for (uint32_t i = 0; rp_schema_next(schema, &text, &item); i++) {
		*p++ = ',';
		p += rp_json_quote(p, item.name, item.len, NULL);
		*p++ = ':';
		if (!rp_schema_mantissa(rec, i, &v)) {
			memcpy(p, "null", 4);
			p += 4;
			continue;
		}
		p = stpcpy(p, q);
		p += rp_decimal_format(
		    p, v, item.exp, json->plan->style->text.digits);
		p = stpcpy(p, q);
	}
	return p;
}

/* All members, of which schema is its text, and values have their names. */
static char *
put_feature(const struct rp_json *json, const struct rp_json_row *j,
    const struct rp_record *rec, const struct rp_label *schema, char *p)
{
	for (size_t i = 0; i < j->row->n; i++) {
		const struct rp_field *field = &j->row->cells[i].field;

		if (field->kind == RP_KIND_BYTES)
			continue;
		if (is_header(field) ||
		    field->off != offsetof(struct rp_feature_head, schema)) {
			p = put_member(json, j, rec, i, p);
			continue;
		}
		p = stpcpy(p, ",\"schema\":");
		p += rp_json_quote(p, schema->text, schema->len, NULL);
	}
	return put_values(json, schema, rec, p);
}

#define LEVEL_ROOM 400 /* bytes of the six members of a level */

static char *
put_level(const struct rp_json *json, const struct rp_json_row *j,
    const struct rp_record *rec, uint8_t side, uint32_t index, char *p)
{
	static const enum rp_kind kinds[] = { RP_KIND_LEVEL_PX,
		RP_KIND_LEVEL_SZ, RP_KIND_LEVEL_CT };
	static const char suffix[][4] = { "_px", "_sz", "_ct" };
	struct rp_text_style *style = &j->row->cells[0].style->text;
	struct rp_field field = { .side = side, .index = (uint16_t)index };
	struct rp_value v;
	bool quote;

	for (size_t i = 0; i < RP_LEN(kinds); i++) {
		field.kind = kinds[i];
		rp_field_get(&field, j->row->cells[0].style->frame, rec, &v);
		memcpy(p, side == RP_SIDE_BID ? ",\"bid" : ",\"ask", 5);
		memcpy(p + 5, suffix[i], 3);
		p[8] = '_';
		p += 9;
		if (index < 10)
			*p++ = '0';
		p += rp_u64_format(p, index);
		memcpy(p, "\":", 2);
		p += 2;
		if (v.kind == RP_VALUE_ABSENT) {
			memcpy(p, "null", 4);
			p += 4;
			continue;
		}
		quote = v.kind == RP_VALUE_DECIMAL && !json->numbers;
		if (quote)
			*p++ = '"';
		p += rp_text_format(p, &field, &v, style);
		if (quote)
			*p++ = '"';
	}
	return p;
}

static char *
put_levels(const struct rp_json *json, const struct rp_json_row *j,
    const struct rp_record *rec, char *p)
{
	uint32_t n_bid =
	    rp_le32(rec->payload + offsetof(struct rp_book, n_bid));
	uint32_t n_ask =
	    rp_le32(rec->payload + offsetof(struct rp_book, n_ask));

	for (uint32_t i = 0; i < n_bid || i < n_ask; i++) {
		if (i < n_bid)
			p = put_level(json, j, rec, RP_SIDE_BID, i, p);
		if (i < n_ask)
			p = put_level(json, j, rec, RP_SIDE_ASK, i, p);
	}
	return p;
}

enum rp_status
rp_json_record(
    struct rp_json *json, struct rp_out *out, const struct rp_record *rec)
{
	bool all = json->plan->set == RP_COLUMNS_ALL;
	struct rp_json_row *j = row_of(json, rec->type);
	const struct rp_label *schema = NULL;
	bool whole, levels;
	uint32_t end;
	size_t room;
	char *p, *start;

	if (j == NULL)
		return rp_error_no_memory(&out->error);
	whole = all && rp_whole_says_all(&j->whole, rec);
	levels = whole && rec->type == RP_BOOK;
	room = j->row->room + j->row->n * sizeof(j->members->key) + 64 +
	    (j->row->has_bytes ? RP_QUOTED_ROOM(rec->len)
			       : 2 * (size_t)rec->len);
	if (levels)
		room += rec->len / sizeof(struct rp_book_level) * LEVEL_ROOM;
	if (whole && rec->type == RP_FEATURE &&
	    (schema = schema_of(j, rec)) != NULL)
		room += feature_room(schema);
	if ((p = start = rp_out_room(out, room)) == NULL)
		return out->error.status;
	p = schema != NULL ? put_feature(json, j, rec, schema, p)
			   : put_members(json, j, rec,
				 all && !whole ? j->n_header : j->row->n, p);
	if (levels)
		p = put_levels(json, j, rec, p);
	else if (whole && j->t != NULL && !j->whole.open &&
	    rec->len > (end = rp_whole_end(&j->whole, rec->len)))
		p = put_hex(
		    p, ",\"tail\":\"", rec->payload + end, rec->len - end);
	else if (all && !whole)
		p = put_hex(p, ",\"raw\":\"", rec->payload, rec->len);
	if (p == start)
		*p++ = '{';
	*start = '{';
	memcpy(p, "}\n", 2);
	rp_out_end(out, p + 2);
	return RP_OK;
}
