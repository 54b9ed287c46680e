#include "parquet/values.h"

#include <string.h>

#include "base/bytes.h"

struct rp_storage
rp_storage_of(const struct rp_column *c)
{
	struct rp_storage s = { .kind = c->kind };

	switch (c->kind) {
	case RP_COLUMN_INT:
	case RP_COLUMN_UINT:
	case RP_COLUMN_TIME:
		s.type = c->size == 8 ? RP_PARQUET_INT64 : RP_PARQUET_INT32;
		s.width = c->size == 8 ? 8 : 4;
		if (c->kind == RP_COLUMN_UINT && c->size == 8)
			s.flip = UINT64_C(1) << 63;
		break;
	case RP_COLUMN_FLOAT:
		s.type = RP_PARQUET_DOUBLE;
		s.width = 8;
		break;
	case RP_COLUMN_DECIMAL:
		s.width = c->size;
		s.spans = c->size > 8;
		s.type = s.spans ? RP_PARQUET_FIXED : RP_PARQUET_INT64;
		break;
	default:
		s.type = RP_PARQUET_BYTES;
		s.spans = true;
	}
	return s;
}

void
rp_values_free(struct rp_values *v)
{
	rp_buffer_free(&v->number_room);
	rp_buffer_free(&v->span_room);
	rp_buffer_free(&v->which_room);
	rp_buffer_free(&v->fixed_room);
	rp_buffer_free(&v->map);
	*v = (struct rp_values){ 0 };
}

/* ---- taking ---- */

/* The next row from i on that has a value, or one that is not below rows. */
static size_t
present(const struct rp_column *c, size_t i, size_t rows)
{
	const uint8_t *bits = c->validity.data;

	while (c->nulls > 0 && i < rows && !(bits[i / 8] >> i % 8 & 1))
		i++;
	return i;
}

static uint64_t
number_at(const struct rp_column *c, size_t i)
{
	const uint8_t *p = c->values.data + i * c->size;
	bool sign = c->kind != RP_COLUMN_UINT;

	switch (c->size) {
	case 1:
		return sign ? (uint64_t)(int64_t)(int8_t)*p : *p;
	case 2:
		return sign ? (uint64_t)(int64_t)(int16_t)rp_le16(p)
			    : rp_le16(p);
	case 4:
		return sign ? (uint64_t)(int64_t)(int32_t)rp_le32(p)
			    : rp_le32(p);
	default:
		return rp_le64(p);
	}
}

static enum rp_status
take_numbers(struct rp_values *v, const struct rp_column *c, size_t rows)
{
	uint64_t *out;

	if (c->size == 8 && c->nulls == 0) {
		v->numbers = (const uint64_t *)(const void *)c->values.data;
		v->n = rows;
		return RP_OK;
	}
	if (rp_buffer_reserve(&v->number_room, rows * sizeof(*out)) != RP_OK)
		return RP_ERR_NOMEM;
	v->numbers = out = (uint64_t *)(void *)v->number_room.data;
	for (size_t i = present(c, 0, rows); i < rows;
	     i = present(c, i + 1, rows))
		*out++ = number_at(c, i);
	v->n = (size_t)(out - v->numbers);
	return RP_OK;
}

static struct rp_span *
have_spans(struct rp_values *v, size_t n)
{
	if (rp_buffer_reserve(&v->span_room, n * sizeof(struct rp_span)) !=
	    RP_OK)
		return NULL;
	v->spans = (const struct rp_span *)(void *)v->span_room.data;
	return (struct rp_span *)(void *)v->span_room.data;
}

static struct rp_span
text_at(
    const struct rp_buffer *offsets, const struct rp_buffer *bytes, size_t i)
{
	static const uint8_t none;
	const uint32_t from = rp_le32(offsets->data + 4 * i);

	return (struct rp_span){ bytes->len > 0 ? bytes->data + from : &none,
		rp_le32(offsets->data + 4 * i + 4) - from };
}

static enum rp_status
take_texts(struct rp_values *v, const struct rp_column *c, size_t rows)
{
	struct rp_span *out = have_spans(v, rows);

	if (out == NULL)
		return RP_ERR_NOMEM;
	for (size_t i = present(c, 0, rows); i < rows;
	     i = present(c, i + 1, rows))
		*out++ = text_at(&c->offsets, &c->values, i);
	v->n = v->n_spans = (size_t)(out - v->spans);
	return RP_OK;
}

/* Decimals of 16 bytes, most significant first. */
static enum rp_status
take_wide(struct rp_values *v, const struct rp_column *c, size_t rows)
{
	struct rp_span *out = have_spans(v, rows);
	uint8_t *p;

	if (out == NULL ||
	    rp_buffer_reserve(&v->fixed_room, 16 * rows) != RP_OK)
		return RP_ERR_NOMEM;
	p = v->fixed_room.data;
	for (size_t i = present(c, 0, rows); i < rows;
	     i = present(c, i + 1, rows)) {
		const uint8_t *value = c->values.data + 16 * i;

		rp_put64(p, rp_be64(value + 8));
		rp_put64(p + 8, rp_be64(value));
		*out++ = (struct rp_span){ p, 16 };
		p += 16;
	}
	v->n = v->n_spans = (size_t)(out - v->spans);
	return RP_OK;
}

/* Texts by number: each of the page once, and which of them a value is. */
static enum rp_status
take_numbered(struct rp_values *v, const struct rp_column *c, size_t rows)
{
	const struct rp_dictionary *d = c->dictionary;
	struct rp_span *spans = have_spans(v, d->n < rows ? d->n : rows);
	uint32_t *map, *out;
	size_t n = 0;

	if ((spans == NULL && d->n > 0) ||
	    rp_buffer_reserve(&v->map, d->n * sizeof(*map)) != RP_OK ||
	    rp_buffer_reserve(&v->which_room, rows * sizeof(*out)) != RP_OK)
		return RP_ERR_NOMEM;
	map = (uint32_t *)(void *)v->map.data;
	if (d->n > 0)
		memset(map, 0, d->n * sizeof(*map));
	v->which = out = (uint32_t *)(void *)v->which_room.data;
	for (size_t i = present(c, 0, rows); i < rows;
	     i = present(c, i + 1, rows)) {
		uint32_t number = rp_le32(c->values.data + 4 * i);

		if (map[number] == 0) {
			spans[n] = text_at(&d->offsets, &d->bytes, number);
			map[number] = (uint32_t)++n;
		}
		*out++ = map[number] - 1;
	}
	v->n = (size_t)(out - v->which);
	v->n_spans = n;
	return RP_OK;
}

enum rp_status
rp_values_take(struct rp_values *v, const struct rp_storage *s,
    const struct rp_column *c, size_t rows)
{
	v->n = v->n_spans = 0;
	v->numbers = NULL;
	v->spans = NULL;
	v->which = NULL;
	if (rows == 0)
		return RP_OK;
	if (!s->spans)
		return take_numbers(v, c, rows);
	if (c->kind == RP_COLUMN_DICTIONARY)
		return take_numbered(v, c, rows);
	return c->kind == RP_COLUMN_DECIMAL ? take_wide(v, c, rows)
					    : take_texts(v, c, rows);
}

/* ---- bounds ---- */

static double
as_double(const uint8_t *p)
{
	double d;

	memcpy(&d, p, sizeof(d));
	return d;
}

/* Of equally long ones of 4 to 16 bytes: their heads and their tails. */
static int
compare_short(const uint8_t *a, const uint8_t *b, size_t len)
{
	uint64_t x, y;

	if (len < 8) {
		x = (uint64_t)rp_be32(a) << 32 | rp_be32(a + len - 4);
		y = (uint64_t)rp_be32(b) << 32 | rp_be32(b + len - 4);
	} else if ((x = rp_be64(a)) == (y = rp_be64(b))) {
		x = rp_be64(a + len - 8);
		y = rp_be64(b + len - 8);
	}
	return (x > y) - (x < y);
}

static int
compare_bytes(const uint8_t *a, size_t a_len, const uint8_t *b, size_t b_len)
{
	size_t n = a_len < b_len ? a_len : b_len;
	int order;

	if (a_len == b_len && n >= 4 && n <= 16)
		return compare_short(a, b, n);
	order = n > 0 ? memcmp(a, b, n) : 0;

	return order != 0 ? order : (a_len > b_len) - (a_len < b_len);
}

/* Of two's complement, most significant byte first. */
static int
compare_signed(const uint8_t *a, const uint8_t *b, size_t len)
{
	if ((a[0] ^ b[0]) & 0x80)
		return a[0] & 0x80 ? -1 : 1;
	return memcmp(a, b, len);
}

int
rp_bound_compare(const struct rp_storage *s, const struct rp_bound *a,
    const struct rp_bound *b)
{
	int64_t x, y;

	if (s->type == RP_PARQUET_DOUBLE)
		return (as_double(a->bytes) > as_double(b->bytes)) -
		    (as_double(a->bytes) < as_double(b->bytes));
	if (s->type == RP_PARQUET_FIXED)
		return compare_signed(a->bytes, b->bytes, s->width);
	if (s->spans)
		return compare_bytes(a->bytes, a->len, b->bytes, b->len);
	if (s->width == 4 && s->kind == RP_COLUMN_UINT) {
		x = rp_le32(a->bytes);
		y = rp_le32(b->bytes);
	} else if (s->width == 4) {
		x = (int32_t)rp_le32(a->bytes);
		y = (int32_t)rp_le32(b->bytes);
	} else {
		x = (int64_t)(rp_le64(a->bytes) ^ s->flip);
		y = (int64_t)(rp_le64(b->bytes) ^ s->flip);
	}
	return (x > y) - (x < y);
}

void
rp_bounds_join(const struct rp_storage *s, struct rp_bounds *to,
    const struct rp_bounds *more)
{
	if (more->state == RP_BOUNDS_NONE || to->state == RP_BOUNDS_LONG)
		return;
	if (to->state == RP_BOUNDS_NONE || more->state == RP_BOUNDS_LONG) {
		*to = *more;
		return;
	}
	if (rp_bound_compare(s, &more->low, &to->low) < 0)
		to->low = more->low;
	if (rp_bound_compare(s, &more->high, &to->high) > 0)
		to->high = more->high;
}

static void
set_bound(struct rp_bound *b, const void *p, size_t len)
{
	b->len = (uint8_t)len;
	if (len > 0)
		memcpy(b->bytes, p, len);
}

static void
number_bounds(
    const struct rp_values *v, const struct rp_storage *s, struct rp_bounds *b)
{
	int64_t low = INT64_MAX, high = INT64_MIN, value;
	uint64_t number;

	for (size_t i = 0; i < v->n; i++) {
		value = (int64_t)(v->numbers[i] ^ s->flip);
		low = value < low ? value : low;
		high = value > high ? value : high;
	}
	number = (uint64_t)low ^ s->flip;
	set_bound(&b->low, &number, s->width);
	number = (uint64_t)high ^ s->flip;
	set_bound(&b->high, &number, s->width);
}

/* A zero is -0 where it is the least, and +0 where it is the greatest. */
static void
double_bounds(const struct rp_values *v, struct rp_bounds *b)
{
	double low, high, value;

	low = high = as_double((const uint8_t *)v->numbers);
	for (size_t i = 1; i < v->n; i++) {
		value = as_double((const uint8_t *)&v->numbers[i]);
		low = value < low ? value : low;
		high = value > high ? value : high;
	}
	low = low == 0 ? -0.0 : low;
	high = high == 0 ? 0.0 : high;
	set_bound(&b->low, &low, sizeof(low));
	set_bound(&b->high, &high, sizeof(high));
}

static int
compare_spans(const struct rp_storage *s, struct rp_span a, struct rp_span b)
{
	return s->type == RP_PARQUET_FIXED
	    ? compare_signed(a.p, b.p, s->width)
	    : compare_bytes(a.p, a.len, b.p, b.len);
}

static void
span_bounds(
    const struct rp_values *v, const struct rp_storage *s, struct rp_bounds *b)
{
	struct rp_span low = v->spans[0], high = low;

	for (size_t i = 1; i < v->n_spans; i++) {
		if (compare_spans(s, v->spans[i], low) < 0)
			low = v->spans[i];
		else if (compare_spans(s, v->spans[i], high) > 0)
			high = v->spans[i];
	}
	if (low.len > RP_BOUND_MAX || high.len > RP_BOUND_MAX) {
		b->state = RP_BOUNDS_LONG;
		return;
	}
	set_bound(&b->low, low.p, low.len);
	set_bound(&b->high, high.p, high.len);
}

void
rp_values_bounds(
    const struct rp_values *v, const struct rp_storage *s, struct rp_bounds *b)
{
	b->state = v->n > 0 ? RP_BOUNDS_SET : RP_BOUNDS_NONE;
	if (v->n == 0)
		return;
	if (s->type == RP_PARQUET_DOUBLE)
		double_bounds(v, b);
	else if (!s->spans)
		number_bounds(v, s, b);
	else
		span_bounds(v, s, b);
}
