/* What fields are as columns: kinds, sizes, scales. */
#include <fnmatch.h>
#include <string.h>

#include "columns/batch_work.h"
#include "types/schema.h"

#define WIDE_DIGITS 38 /* of a decimal of 16 bytes */
#define LONG_DIGITS 18 /* of one of 8 */
#define SCALE 9 /* unless asked for another */
#define WIDE_SCALE 18

/* ---- style ---- */

static struct rp_column_scale *
scales(const struct rp_batch_style *style, size_t *n)
{
	*n = style->scales.len / sizeof(struct rp_column_scale);
	return (struct rp_column_scale *)(void *)style->scales.data;
}

enum rp_status
rp_batch_scale(
    struct rp_batch_style *style, const char *text, struct rp_error *err)
{
	const char *equals = strrchr(text, '=');
	struct rp_column_scale s = { .given = text };
	int64_t digits;

	if (equals == NULL || equals == text ||
	    (size_t)(equals - text) >= sizeof(s.name) ||
	    rp_i64_parse(equals + 1, strlen(equals + 1), &digits) != RP_OK ||
	    digits < 0 || digits > WIDE_DIGITS)
		return rp_error_set(err, RP_ERR_USAGE,
		    "--scale %s: is COLUMN=DIGITS, as price=2", text);
	memcpy(s.name, text, (size_t)(equals - text));
	s.digits = (int8_t)digits;
	if (rp_buffer_add(&style->scales, &s, sizeof(s)) != RP_OK)
		return rp_error_set(err, RP_ERR_NOMEM, "out of memory");
	return RP_OK;
}

const char *
rp_batch_scale_unused(const struct rp_batch_style *style)
{
	struct rp_column_scale *s;
	size_t n;

	s = scales(style, &n);
	for (size_t i = 0; i < n; i++)
		if (!s[i].used)
			return s[i].given;
	return NULL;
}

void
rp_batch_style_free(struct rp_batch_style *style)
{
	rp_buffer_free(&style->scales);
}

/* The scale that was asked for a column, the last one; NULL: none. */
static struct rp_column_scale *
scale_of(const struct rp_batch_style *style, const struct rp_column *c)
{
	struct rp_column_scale *s, *found = NULL;
	char name[256];
	size_t n;

	s = scales(style, &n);
	if (n == 0 || c->name_len >= sizeof(name))
		return NULL;
	memcpy(name, c->name, c->name_len);
	name[c->name_len] = '\0';
	for (size_t i = 0; i < n; i++)
		if (fnmatch(s[i].name, name, 0) == 0)
			found = &s[i];
	return found;
}

/* ---- the shape of a column ---- */

void
rp_column_be(struct rp_column *c, enum rp_column_kind kind, unsigned size)
{
	c->kind = kind;
	c->size = (uint8_t)size;
}

static void
be_decimal(struct rp_column *c, uint8_t precision, int scale, uint8_t size)
{
	rp_column_be(c, RP_COLUMN_DECIMAL, size);
	c->precision = precision;
	c->scale = (int8_t)scale;
}

/* The finest exponent that a schema of the frame gives a feature, as a scale; a
 * frame that has none tells nothing. */
static int
scale_of_feature(const struct rp_frame *f, const struct rp_column *c)
{
	struct rp_schema_item item;
	int scale = -1;
	const char *p;

	for (uint32_t i = 0; f != NULL && i < f->n_schemas; i++) {
		const struct rp_label *schema = &f->names[f->schemas[i]];

		p = schema->text;
		while (rp_schema_next(schema, &p, &item))
			if (item.len == c->name_len &&
			    memcmp(item.name, c->name, item.len) == 0 &&
			    -item.exp > scale)
				scale = item.exp < 0 ? -item.exp : 0;
	}
	return scale >= 0 ? scale : WIDE_SCALE;
}

/* Mantissas are of 64 bits, or of 128. */
static void
shape_decimal(struct rp_column *c, const struct rp_batch_style *style,
    const struct rp_frame *f)
{
	bool wide = c->field.kind == RP_KIND_TURNOVER;
	bool feature = c->field.kind == RP_KIND_VALUE;

	if (style->decimals == RP_DECIMALS_FLOAT)
		rp_column_be(c, RP_COLUMN_FLOAT, 8);
	else if (feature)
		be_decimal(c, WIDE_DIGITS, scale_of_feature(f, c), 16);
	else if (style->decimals == RP_DECIMALS_FIXED && wide)
		be_decimal(c, WIDE_DIGITS, WIDE_SCALE, 16);
	else if (style->decimals == RP_DECIMALS_FIXED)
		be_decimal(c, LONG_DIGITS, SCALE, style->decimal_size);
	else if (wide)
		be_decimal(c, WIDE_DIGITS, 0, 16);
	else
		rp_column_be(c, RP_COLUMN_INT, 8);
}

void
rp_column_be_words(struct rp_column *c, const struct rp_batch_style *style)
{
	if (style->texts)
		rp_column_be(c, RP_COLUMN_TEXT, 0);
	else
		rp_column_be(c, RP_COLUMN_DICTIONARY, 4);
}

static void
shape(struct rp_column *c, const struct rp_batch_style *style,
    const struct rp_frame *f)
{
	switch (c->field.kind) {
	case RP_KIND_SEQ:
		rp_column_be(c, RP_COLUMN_UINT, 8);
		break;
	case RP_KIND_TS_RECV:
	case RP_KIND_TIME:
		rp_column_be(c, RP_COLUMN_TIME, 8);
		break;
	case RP_KIND_UINT:
		rp_column_be(c, RP_COLUMN_UINT, c->field.size);
		break;
	case RP_KIND_LEVEL_CT:
		rp_column_be(c, RP_COLUMN_UINT, 4);
		break;
	case RP_KIND_INT:
		rp_column_be(c, RP_COLUMN_INT, c->field.size);
		break;
	case RP_KIND_PRICE:
	case RP_KIND_SIZE:
	case RP_KIND_TURNOVER:
	case RP_KIND_LEVEL_PX:
	case RP_KIND_LEVEL_SZ:
	case RP_KIND_VALUE:
		shape_decimal(c, style, f);
		break;
	case RP_KIND_ID:
	case RP_KIND_CHARS:
	case RP_KIND_TEXT:
		rp_column_be(c, RP_COLUMN_TEXT, 0);
		break;
	case RP_KIND_BYTES:
		rp_column_be(c, RP_COLUMN_BYTES, 0);
		break;
	case RP_KIND_TYPE:
	case RP_KIND_SYMBOL:
	case RP_KIND_SOURCE:
	case RP_KIND_RECORD_FLAGS:
	case RP_KIND_ENUM:
	case RP_KIND_CHAR:
	case RP_KIND_FLAGS:
		rp_column_be_words(c, style);
		break;
	}
}

/* May a record of the type lack the field? */
static bool
may_lack(const struct rp_type *t, const struct rp_field *field)
{
	if (t != NULL && field->off + field->size > t->min_len)
		return true;
	switch (field->kind) {
	case RP_KIND_TYPE:
	case RP_KIND_RECORD_FLAGS:
	case RP_KIND_ENUM:
	case RP_KIND_FLAGS:
	case RP_KIND_CHARS:
		return false;
	case RP_KIND_BYTES:
	case RP_KIND_TEXT:
		return t != NULL && field->off > t->min_len;
	case RP_KIND_UINT:
	case RP_KIND_INT:
	case RP_KIND_ID:
		return field->optional;
	default:
		return true;
	}
}

/* The scale that was asked for, held against what the column is. */
static enum rp_status
rescale(struct rp_batch *b, struct rp_column *c)
{
	struct rp_column_scale *s = scale_of(b->style, c);

	if (s == NULL)
		return RP_OK;
	if (c->kind != RP_COLUMN_DECIMAL ||
	    b->style->decimals != RP_DECIMALS_FIXED)
		return rp_error_set(&b->error, RP_ERR_USAGE,
		    "--scale %s: column %.*s is no decimal", s->given,
		    (int)c->name_len, c->name);
	if (s->digits > c->precision)
		return rp_error_set(&b->error, RP_ERR_USAGE,
		    "--scale %s: column %.*s has %u digits in all", s->given,
		    (int)c->name_len, c->name, c->precision);
	c->scale = s->digits;
	s->used = true;
	return RP_OK;
}

enum rp_status
rp_column_shape(struct rp_batch *b, struct rp_column *c,
    const struct rp_type *t, const struct rp_frame *f)
{
	shape(c, b->style, f);
	c->nullable = may_lack(t, &c->field);
	return rescale(b, c);
}
